//! An item as the catalogue knows it, and a found item.
//!
//! Invariant: holds no text; creating one from a catalogue's item copies no scope.

use std::sync::Arc;

use crate::search::vector::Neighbour;
use crate::types::{RecordId, RecordKind, Scope, Timestamp};

/// The catalogue's data of a record.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// Its scope, shared between items of one scope.
    pub scope: Arc<Scope>,
    /// When it happened.
    pub at: Timestamp,
}

impl Item {
    /// An item.
    pub fn new(id: RecordId, kind: RecordKind, scope: impl Into<Arc<Scope>>, at: Timestamp) -> Self {
        Self { id, kind, scope: scope.into(), at }
    }
}

/// A found item.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The record.
    pub id: RecordId,
    /// Cosine similarity, -1 to 1.
    pub similarity: f32,
}

impl From<Neighbour> for Found {
    fn from(Neighbour { key, similarity }: Neighbour) -> Self {
        Self { id: RecordId(key), similarity }
    }
}
