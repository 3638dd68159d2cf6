//! What to bring back for a new context: the items that exist, filters over them, the nearest ones.
//!
//! Invariant: an item that was removed, or that the filter does not take, is never returned.

use crate::types::{RecordId, RecordKind, Scope, Timestamp};

/// What the catalogue knows of a record.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// Its scope.
    pub scope: Scope,
    /// When it happened.
    pub at: Timestamp,
}

impl Item {
    /// An item.
    pub fn new(id: RecordId, kind: RecordKind, scope: Scope, at: Timestamp) -> Self {
        Self { id, kind, scope, at }
    }
}

/// An item found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The record.
    pub id: RecordId,
    /// Cosine similarity, -1 to 1.
    pub similarity: f32,
}

mod alike;
mod catalogue;
mod chunk;
mod diversity;
mod feedback;
mod filter;
mod hybrid;
mod lexical;
mod regularize;
mod tags;
mod vector;

pub(crate) use alike::even_out;
pub use alike::likeness;
pub use catalogue::Catalogue;
pub use chunk::{PASSAGES_MAX, chunks};
pub use diversity::diverse;
pub use feedback::{Shown, rocchio};
pub use filter::Filter;
pub use hybrid::{Hybrid, HybridQuery, KEYS_MAX, Scored};
#[cfg(feature = "internals")]
pub use lexical::{LexicalIndex, WordMatch, WordQuery};
pub(crate) use vector::Optimizing;
pub use vector::{Deadline, QuantizedVector, Thresholds, TieredIndex};
#[cfg(feature = "internals")]
pub use vector::{Neighbour, ScanIndex, VectorIndex};
