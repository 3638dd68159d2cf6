//! Text to unit vectors: the [`Embedder`] trait and its implementations.
//!
//! Invariant: every vector that an embedder returns is finite, has unit length, and depends only on the text and the
//! model. Storing and comparing vectors is left to `search` and `store`.

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
mod tuning;

#[cfg(feature = "internals")]
pub use model_file::{ModelSpec, Pooling};
pub use native::{Extent, LongText, NativeEmbedder};
#[cfg(feature = "onnx")]
pub use onnx::OnnxEmbedder;
#[cfg(feature = "internals")]
pub use tokenizer::{Encoded, Tokens, Vocabulary, WordPiece};

use crate::error::EmbeddingError;
use crate::types::CancelToken;

/// The embedding of a text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Embedding {
    /// [`Embedder::dimensions`] values, of unit length.
    pub vector: Vec<f32>,
    /// Number of tokens read, special tokens included.
    pub tokens: usize,
    /// Whether the text exceeded the encoder's limit and was truncated.
    pub truncated: bool,
}

impl Embedding {
    /// An embedding from a vector of unit length, the number of tokens read, and whether the text was truncated.
    pub fn new(vector: Vec<f32>, tokens: usize, truncated: bool) -> Self {
        Self { vector, tokens, truncated }
    }
}

crate::types::debug_without_text!(Embedding, "Embedding", shown: [tokens, truncated], hidden: [vector]);

/// Turns texts into vectors whose cosine measures the similarity of the texts.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// /// Embeds a text by its length only; an app's encoder would run its model.
/// struct Length;
///
/// impl Embedder for Length {
///     fn dimensions(&self) -> usize {
///         2
///     }
///
///     fn fingerprint(&self) -> &str {
///         "length"
///     }
///
///     fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
///         let (sin, cos) = (text.len() as f32 / 1000.0).sin_cos();
///         Ok(Embedding::new(vec![sin, cos], text.len(), false))
///     }
/// }
///
/// let engine = Engine::builder(folder).encoder(Length).open()?;
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
pub trait Embedder: Send + Sync {
    /// Number of values per vector.
    fn dimensions(&self) -> usize;

    /// Identifies the model and its exact weights: vectors of two embedders are comparable only if this is equal. At
    /// most 128 bytes, without user data.
    fn fingerprint(&self) -> &str;

    /// The instruction set in use, if the embedder knows it.
    fn instruction_set(&self) -> Option<&'static str> {
        None
    }

    /// Embeds one text. Empty text is allowed.
    ///
    /// # Errors
    /// [`EmbeddingError::VectorRequired`] if the embedder cannot embed text; [`EmbeddingError::Failed`].
    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError>;

    /// Embeds many texts, in order; polls `cancel` between texts.
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

/// An embedder without a model: the caller supplies a vector with every text.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// let engine = Engine::builder(folder).encoder(SuppliedVectors::new(2, "the app's own model")).open()?;
/// engine.add_history(HistoryItem::new("The ferry leaves at nine.").vector(vec![0.6, 0.8]))?;
/// assert_eq!(engine.search(&Query::new("boat").vector(vec![0.7, 0.7]))?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SuppliedVectors {
    dimensions: usize,
    fingerprint: String,
}

impl SuppliedVectors {
    /// For vectors of `dimensions` values from the model named `model`. Only the first 64 characters of the name count.
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
