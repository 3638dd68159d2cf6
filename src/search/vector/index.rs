//! The [`VectorIndex`] trait: a searchable set of vectors under keys.
//!
//! Invariant: a removed key never appears in a result again, and all implementations return the same results, up to the
//! recall that the implementation promises.

use super::quantize::QuantizedVector;
use crate::error::IndexError;

/// One search result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The key of the vector.
    pub key: u64,
    /// Cosine similarity, -1 to 1.
    pub similarity: f32,
}

/// A set of vectors under `u64` keys, searched by cosine similarity.
pub trait VectorIndex: Send + Sync {
    /// Short name for reports: "scan", "bits" or "graph".
    fn name(&self) -> &'static str;

    /// Number of values per vector.
    fn dimensions(&self) -> usize;

    /// Number of vectors.
    fn len(&self) -> usize;

    /// Whether there are no vectors.
    #[cfg(any(test, feature = "internals"))]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Approximate memory use in bytes.
    fn memory_bytes(&self) -> usize;

    /// Adds a vector, replacing the one under the same key.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::InvalidVector`], [`IndexError::Graph`]; the index is then
    /// unchanged.
    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError>;

    /// Removes a vector; `false` if there was none.
    fn remove(&mut self, key: u64) -> bool;

    /// The `k` nearest vectors among those whose key `accept` accepts, nearest first; ties by key. Fewer if there are
    /// fewer.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::InvalidVector`] for a query that is zero or not finite,
    /// [`IndexError::Graph`].
    #[cfg(any(test, feature = "internals"))]
    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError>;
}

/// The rows that a search considers.
#[derive(Clone, Copy)]
pub(crate) enum Accept<'a> {
    /// All rows.
    All,
    /// Rows whose key passes.
    Keys(&'a (dyn Fn(u64) -> bool + Sync)),
    /// Rows whose bit is set.
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
