//! What to bring back for a new context: the items that exist, filters over them, the nearest ones.
//!
//! Invariant: an item that was removed, or that the filter does not take, is never returned.

use crate::types::{RecordId, RecordKind, Scope, Timestamp};

/// What the catalogue knows of a record.
#[derive(Debug, Clone, PartialEq)]
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

/// An item found.
#[derive(Debug, Clone, Copy, PartialEq)]
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
pub(crate) use chunk::chunks_of;
pub use chunk::{PASSAGES_MAX, chunks};
pub use diversity::diverse;
pub use feedback::{Shown, propensity, rocchio};
pub use filter::Filter;
pub use hybrid::{Hybrid, HybridQuery, KEYS_MAX, Scored};
pub use lexical::{LexicalIndex, WordMatch, WordQuery};
pub(crate) use vector::Optimizing;
pub use vector::{Deadline, Neighbour, QuantizedVector, ScanIndex, Thresholds, TieredIndex, VectorIndex};
