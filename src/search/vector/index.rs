//! The [`VectorIndex`] seam: what every set of vectors under keys can do.
//!
//! Invariant: a removed key never appears in a result again, and what a search returns is the same whatever
//! implementation stands behind it, up to the recall the implementation promises.

use super::quantize::QuantizedVector;
use crate::error::IndexError;

/// One search result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The key the vector was inserted under.
    pub key: u64,
    /// Cosine similarity, -1 to 1.
    pub similarity: f32,
}

/// A set of vectors under `u64` keys that can be searched by cosine.
pub trait VectorIndex: Send + Sync {
    /// Short name for reports: "scan", "bits", "graph".
    fn name(&self) -> &'static str;

    /// Values per vector.
    fn dimensions(&self) -> usize;

    /// Vectors held.
    fn len(&self) -> usize;

    /// Whether no vector is held.
    #[cfg(any(test, feature = "internals"))]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held in memory, roughly.
    fn memory_bytes(&self) -> usize;

    /// Adds a vector, replacing the one under the same key.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::Graph`]; the index is then as before.
    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError>;

    /// Removes a vector; `false` if there was none.
    fn remove(&mut self, key: u64) -> bool;

    /// The up to `k` nearest vectors among those whose key `accept` takes, nearest first; ties by key.
    /// `k` larger than the index is the same as its size; 0 gives nothing.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::InvalidVector`] for a query that is not finite or
    /// has no direction, [`IndexError::Graph`].
    #[cfg(any(test, feature = "internals"))]
    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError>;
}

/// Which rows a search considers.
#[derive(Clone, Copy)]
pub(crate) enum Accept<'a> {
    /// All.
    All,
    /// Those whose key passes.
    Keys(&'a (dyn Fn(u64) -> bool + Sync)),
    /// Those whose bit is set, by row.
    Rows(&'a [u64]),
}

impl Accept<'_> {
    #[inline]
    pub(crate) fn takes(self, row: usize, key: u64) -> bool {
        match self {
            Self::All => true,
            Self::Keys(accept) => accept(key),
            Self::Rows(bits) => bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1),
        }
    }
}
