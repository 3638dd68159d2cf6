//! What is kept of the person: the records from which everything else is derived.
//!
//! Invariant: a record never changes after it was written; learning, indexes and learned preferences are
//! functions of the records (and of what the person stated), so that forgetting a record and computing again
//! gives a store that never saw it.

use serde::{Deserialize, Serialize};

use crate::types::{Granularity, Scope, Timestamp};

/// One thing that happened, as kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it happened.
    pub at: Timestamp,
    /// Where it belongs.
    pub scope: Scope,
    /// What the text was to be about or to answer; for [`Signal::History`] what surrounds it, often empty.
    pub context: String,
    /// What happened.
    pub signal: Signal,
    /// How much the app says it counts, above 0 to 1; 1 where it said nothing.
    pub strength: f32,
    /// Why, in the person's words; empty where they gave none.
    pub reason: String,
    /// Preferences that the draft was made with, as the engine handed them out.
    pub applied: Vec<AppliedPreference>,
    /// The vector that the caller supplied for the context (or, for history, the text).
    pub supplied: Option<Vec<f32>>,
}

crate::types::debug_without_text!(Record, "Record", shown: [at, scope, signal, strength, applied], hidden: [context, reason, supplied]);

/// The kind of a record and its texts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// The person changed `draft` into `edited`.
    Edit {
        /// What the assistant proposed; empty where the person wrote from nothing.
        draft: String,
        /// What the person made of it.
        edited: String,
    },
    /// The person took a text as it was.
    Accept {
        /// The text.
        text: String,
    },
    /// The person threw a text away.
    Reject {
        /// The text.
        text: String,
    },
    /// The person chose one of several texts.
    Choice {
        /// What was offered, two or more.
        candidates: Vec<String>,
        /// Index of the one taken.
        chosen: u32,
    },
    /// The person rated a text.
    Rating {
        /// The text.
        text: String,
        /// -1 (worst) to 1 (best).
        rating: f32,
    },
    /// A text of the person's own, without a draft.
    History {
        /// The text.
        text: String,
    },
    /// The same, where the app says what else it is found by.
    Keyed {
        /// The text.
        text: String,
        /// How finely it is cut into keys.
        granularity: Granularity,
        /// Further keys of the app's own.
        keys: Vec<Key>,
    },
}

/// What an item is found by beside its text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Key {
    /// A text: a question that the item answers, its summary.
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

/// A preference that was handed out for a draft, in a form that holds no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppliedPreference {
    /// Id of the feature, stable between versions.
    pub feature: u16,
    /// Hash of the subject (a word, a phrase), 0 where the feature has none.
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
