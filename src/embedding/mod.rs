//! Text to unit vectors: the [`Embedder`] seam and its implementations.
//!
//! Invariant: every vector that leaves an embedder is finite, has unit length, and depends on the text and
//! the model alone. Where vectors are kept and compared is left to `index` and `store`.

mod attention;
mod char_class;
#[cfg(any(test, feature = "internals"))]
pub mod convert;
mod deviation;
#[cfg(test)]
mod isa_tests;
mod linear;
mod math;
mod model_file;
mod native;
mod network;
#[cfg(feature = "onnx")]
mod onnx;
mod tokenizer;

#[cfg(feature = "internals")]
pub use model_file::{ModelSpec, Pooling};
pub use native::{Extent, LongText, NativeEmbedder};
#[cfg(feature = "onnx")]
pub use onnx::OnnxEmbedder;
#[cfg(feature = "internals")]
pub use tokenizer::{Encoded, Tokens, Vocabulary, WordPiece};

use crate::error::EmbeddingError;
use crate::types::CancelToken;

/// A text's vector.
#[derive(Clone, PartialEq)]
pub struct Embedding {
    /// Unit length, [`Embedder::dimensions`] values.
    pub vector: Vec<f32>,
    /// Tokens of the text that were read, special tokens included.
    pub tokens: usize,
    /// Whether the text was longer than the encoder reads and was cut.
    pub truncated: bool,
}

crate::types::debug_without_text!(Embedding, "Embedding", shown: [tokens, truncated], hidden: [vector]);

/// Turns text into vectors whose cosine tells how near two texts are.
pub trait Embedder: Send + Sync {
    /// Values per vector.
    fn dimensions(&self) -> usize;

    /// Names the model and its exact weights: vectors of two embedders compare only where this is equal.
    /// At most 128 bytes, without user data.
    fn fingerprint(&self) -> &str;

    /// The instruction set that the arithmetic runs on, where the embedder knows it.
    fn instruction_set(&self) -> Option<&'static str> {
        None
    }

    /// The vector of one text. Empty text is allowed and gives the model's vector for it.
    ///
    /// # Errors
    /// [`EmbeddingError::VectorRequired`] where the embedder has no text side, else
    /// [`EmbeddingError::Failed`].
    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError>;

    /// The vectors of many texts, in their order; polls `cancel` between texts.
    ///
    /// # Errors
    /// As [`embed`](Self::embed), and [`EmbeddingError::Cancelled`].
    fn embed_batch(&self, texts: &[&str], cancel: &CancelToken) -> Result<Vec<Embedding>, EmbeddingError> {
        texts
            .iter()
            .map(|text| if cancel.is_cancelled() { Err(EmbeddingError::Cancelled) } else { self.embed(text) })
            .collect()
    }
}

/// No model: the caller gives a vector with every text.
#[derive(Debug, Clone)]
pub struct SuppliedVectors {
    dimensions: usize,
    fingerprint: String,
}

impl SuppliedVectors {
    /// For vectors of `dimensions` values that come from the model called `model`.
    pub fn new(dimensions: usize, model: &str) -> Self {
        let name: String = model.chars().take(64).collect();
        Self { dimensions, fingerprint: format!("supplied:{name}:{dimensions}") }
    }
}

impl Embedder for SuppliedVectors {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn embed(&self, _text: &str) -> Result<Embedding, EmbeddingError> {
        Err(EmbeddingError::VectorRequired { what: "text" })
    }
}
