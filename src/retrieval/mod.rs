//! What to bring back for a new context: the items that exist, filters over them, the nearest ones.
//!
//! Invariant: an item that was removed, or that the filter does not take, is never returned.

use serde::{Deserialize, Serialize};

use crate::types::{RecordId, Scope, Timestamp};

/// What kind of record an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RecordKind {
    /// A draft that the person edited.
    Edit,
    /// A text that the person took.
    Accept,
    /// A text that the person threw away.
    Reject,
    /// A choice among several.
    Choice,
    /// A rating.
    Rating,
    /// A text of the person's own.
    History,
}

impl RecordKind {
    /// All, in the order of their numbers.
    pub(crate) const ALL: [Self; 6] =
        [Self::Edit, Self::Accept, Self::Reject, Self::Choice, Self::Rating, Self::History];
}

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
mod facts;
mod feedback;
mod filter;
mod form;
mod hybrid;
mod kinds;
mod regularize;
mod surface;
mod tags;

pub use crate::types::Granularity;
pub(crate) use alike::even_out;
pub use alike::likeness;
pub use catalogue::Catalogue;
pub use chunk::{PASSAGES_MAX, chunks};
pub use diversity::diverse;
pub use feedback::{Shown, propensity, rocchio};
pub use filter::Filter;
pub use form::Form;
pub use hybrid::{Hybrid, HybridQuery, KEYS_MAX, Scored};
pub use kinds::{ContextKey, ContextKinds};
pub use surface::Surface;
