//! Records of what the person did; everything else is derived from them.
//!
//! Invariant: a stored record never changes. Indexes and learned preferences are functions of the records (and of the
//! person's statements), so deleting a record and recomputing yields a store that never saw it.

use serde::{Deserialize, Serialize};

use crate::types::{Granularity, Scope, Timestamp};

/// One recorded event.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it happened.
    pub at: Timestamp,
    /// Its scope.
    pub scope: Scope,
    /// What the text is about or answers; for [`Signal::History`] the surrounding text, often empty.
    pub context: String,
    /// What happened.
    pub signal: Signal,
    /// Weight assigned by the app, above 0, at most 1; 1 by default.
    pub strength: f32,
    /// The person's reason, in their own words; may be empty.
    pub reason: String,
    /// Preferences that the draft was made with, as returned by the engine.
    pub applied: Vec<AppliedPreference>,
    /// The vector that the caller supplied for the context (for history: for the text).
    pub supplied: Option<Vec<f32>>,
}

crate::types::debug_without_text!(Record, "Record", shown: [at, scope, signal, strength, applied], hidden: [context, reason, supplied]);

/// The kind of event, with its texts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// The person changed `draft` into `edited`.
    Edit {
        /// The assistant's proposal; empty if the person wrote without one.
        draft: String,
        /// The person's version.
        edited: String,
    },
    /// The person accepted a text unchanged.
    Accept {
        /// The text.
        text: String,
    },
    /// The person rejected a text.
    Reject {
        /// The text.
        text: String,
    },
    /// The person chose one of several texts.
    Choice {
        /// The texts offered, two or more.
        candidates: Vec<String>,
        /// Index of the chosen text.
        chosen: u32,
    },
    /// The person rated a text.
    Rating {
        /// The text.
        text: String,
        /// -1 (worst) to 1 (best).
        rating: f32,
    },
    /// A text that the person wrote without a draft.
    History {
        /// The text.
        text: String,
    },
    /// A history text with granularity or additional keys set by the app.
    Keyed {
        /// The text.
        text: String,
        /// How the text is split into keys.
        granularity: Granularity,
        /// Additional keys from the app.
        keys: Vec<Key>,
    },
}

/// An additional search key of an item.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Key {
    /// A text, for example a question that the item answers, or a summary.
    Text(String),
    /// A vector, from the caller's own encoder.
    Vector(Vec<f32>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Vector(_) => "Vector",
        })
    }
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, bytes) = match self {
            Self::Edit { draft, edited } => ("Edit", draft.len() + edited.len()),
            Self::Accept { text } => ("Accept", text.len()),
            Self::Reject { text } => ("Reject", text.len()),
            Self::Choice { candidates, .. } => ("Choice", candidates.iter().map(String::len).sum()),
            Self::Rating { text, .. } => ("Rating", text.len()),
            Self::History { text } | Self::Keyed { text, .. } => ("History", text.len()),
        };
        write!(f, "{name} <{bytes} bytes>")
    }
}

/// Text-free reference to a preference that a draft was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppliedPreference {
    /// Id of the feature, stable across versions.
    pub feature: u16,
    /// Hash of the subject (a word or phrase); 0 if the feature has none.
    pub subject: u64,
    /// 1 for more of the feature, -1 for less.
    pub direction: i8,
}

/// The kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RecordKind {
    /// A draft that the person edited.
    Edit,
    /// An accepted text.
    Accept,
    /// A rejected text.
    Reject,
    /// A choice among several texts.
    Choice,
    /// A rating.
    Rating,
    /// A text that the person wrote.
    History,
}

impl RecordKind {
    /// All kinds, in numeric order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Edit, Self::Accept, Self::Reject, Self::Choice, Self::Rating, Self::History];
}
