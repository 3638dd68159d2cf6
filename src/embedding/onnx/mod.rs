//! ONNX sentence encoders, run by tract: the general alternative to the native encoder.
//!
//! Invariant: the result is a finite vector of unit length, or a typed error; a damaged, foreign or hostile folder
//! causes an error and never a panic. Reading the folder is left to `folder`, tokens to `tokens`, tract to `graph`.
//!
//! A folder cannot break memory safety, but its running time is not bounded: a graph may be arbitrarily slow.

mod folder;
mod graph;
mod tokens;

use std::fmt;
use std::path::Path;

use crate::error::EmbeddingError;

use super::{Embedder, Embedding};
use folder::{Folder, Pooling};
use graph::{Graph, Output};
use tokens::TextTokenizer;

/// Maximum bytes of the folder's name in the fingerprint.
const NAME_MAX: usize = 64;

/// A sentence encoder from a folder in the publishers' layout: `model.onnx` (there or in `onnx/`), `tokenizer.json`,
/// and if present `1_Pooling/config.json`, `sentence_bert_config.json`, `modules.json`, `tokenizer_config.json` and
/// `config.json`.
///
/// The graph takes `input_ids` and optionally `attention_mask` and `token_type_ids`. It outputs a vector per token
/// (`last_hidden_state`), pooled as the folder specifies (mean, first token, last token or maximum), or a vector per
/// text (`sentence_embedding`). Weights may be f32, f16, or quantized by ONNX Runtime's dynamic quantization.
pub struct OnnxEmbedder {
    graph: Graph,
    tokenizer: TextTokenizer,
    pooling: Pooling,
    dimensions: usize,
    max_tokens: usize,
    fingerprint: String,
}

impl OnnxEmbedder {
    /// Opens the encoder in `folder`.
    ///
    /// # Errors
    /// [`EmbeddingError::Io`] if a file cannot be read, [`EmbeddingError::Foreign`] and [`EmbeddingError::Damaged`] if
    /// a file is not what its name says, [`EmbeddingError::Unsupported`] for an unknown graph or setting and for files
    /// beyond the limits (2 GiB for a model).
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, EmbeddingError> {
        let folder = Folder::new(folder.as_ref());
        Self::open_in(&folder, &folder.default_model())
    }

    /// Opens the model file `model` with the tokenizer and settings of `folder`, to choose among several files of one
    /// encoder, for example `model_int8.onnx`. A relative path is resolved against the folder.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_file(model: impl AsRef<Path>, folder: impl AsRef<Path>) -> Result<Self, EmbeddingError> {
        let folder = Folder::new(folder.as_ref());
        Self::open_in(&folder, &folder.model(model.as_ref()))
    }

    fn open_in(folder: &Folder, model: &Path) -> Result<Self, EmbeddingError> {
        let settings = folder.settings()?;
        let bytes = folder::read_model(model)?;
        let file = model.file_name().unwrap_or_default().to_string_lossy();
        let graph = Graph::load(&bytes, &file, model.parent().unwrap_or(Path::new(".")))?;
        let max_tokens = graph.fixed_length().unwrap_or(settings.max_tokens).min(settings.max_tokens);
        let tokenizer_bytes = folder.read_tokenizer(model)?;
        let tokenizer = TextTokenizer::from_bytes(&tokenizer_bytes, max_tokens)?;
        // Everything that the vectors depend on.
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&bytes);
        checksum.update(&tokenizer_bytes);
        checksum.update(format!("{:?} {max_tokens}", settings.pooling).as_bytes());
        let fingerprint = fingerprint(&folder.name(), checksum.finalize());
        drop(bytes);
        let mut encoder =
            Self { graph, tokenizer, pooling: settings.pooling, dimensions: 0, max_tokens, fingerprint };
        // A graph that loads may still fail to run: detect that here and not at the first text.
        let (probe, pooled) = encoder.forward("a")?;
        if settings.dense && !pooled {
            return Err(EmbeddingError::Unsupported { what: "a dense layer after pooling".to_owned() });
        }
        encoder.dimensions = probe.vector.len();
        Ok(encoder)
    }

    /// Maximum tokens read of a text, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// A text's embedding, and whether the graph pooled it.
    fn forward(&self, text: &str) -> Result<(Embedding, bool), EmbeddingError> {
        let tokens = self.tokenizer.encode(text)?;
        let (mut vector, pooled) = match self.graph.run(&tokens.ids, &tokens.types)? {
            Output::Tokens { hidden, values } => (pool(&values, hidden, self.pooling), false),
            Output::Pooled(vector) => (vector, true),
        };
        normalize(&mut vector)?;
        Ok((Embedding { vector, tokens: tokens.ids.len(), truncated: tokens.truncated }, pooled))
    }
}

impl Embedder for OnnxEmbedder {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let (embedding, _) = self.forward(text)?;
        if embedding.vector.len() != self.dimensions {
            return Err(EmbeddingError::Failed { what: "the number of dimensions changed".to_owned() });
        }
        Ok(embedding)
    }
}

impl fmt::Debug for OnnxEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxEmbedder")
            .field("fingerprint", &self.fingerprint)
            .field("dimensions", &self.dimensions)
            .field("max_tokens", &self.max_tokens)
            .field("pooling", &self.pooling)
            .finish_non_exhaustive()
    }
}

/// Pools rows of `hidden` values, one per token and at least one, into one vector.
fn pool(rows: &[f32], hidden: usize, pooling: Pooling) -> Vec<f32> {
    let mut tokens = rows.chunks_exact(hidden);
    match pooling {
        Pooling::Cls => tokens.next().map_or_else(Vec::new, <[f32]>::to_vec),
        Pooling::Last => tokens.next_back().map_or_else(Vec::new, <[f32]>::to_vec),
        Pooling::Max => {
            let mut top = vec![f32::NEG_INFINITY; hidden];
            for row in tokens {
                // `f32::max` would hide a NaN from the check that follows.
                top.iter_mut().zip(row).for_each(|(top, value)| {
                    if value.is_nan() || *value > *top {
                        *top = *value;
                    }
                });
            }
            top
        }
        Pooling::Mean => {
            let mut sum = vec![0f64; hidden];
            for row in tokens {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            let count = (rows.len() / hidden) as f64;
            sum.into_iter().map(|sum| (sum / count) as f32).collect()
        }
    }
}

fn normalize(vector: &mut [f32]) -> Result<(), EmbeddingError> {
    let norm = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if !norm.is_finite() || norm < 1e-12 {
        return Err(EmbeddingError::Failed { what: "the vector is zero or not finite".to_owned() });
    }
    for value in vector {
        *value = (f64::from(*value) / norm) as f32;
    }
    Ok(())
}

fn fingerprint(name: &str, checksum: u32) -> String {
    let name = &name[..name.floor_char_boundary(NAME_MAX)];
    format!("onnx:{name}:{checksum:08x}")
}
