//! What is kept of the person: the records from which everything else is derived.
//!
//! Invariant: a record never changes after it was written; learning, indexes and learned preferences are
//! functions of the records (and of what the person stated), so that forgetting a record and computing again
//! gives a store that never saw it.

use serde::{Deserialize, Serialize};

use crate::types::{Granularity, Scope, Timestamp};

/// One thing that happened, as kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// The kind of a record and its texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Key {
    /// A text: a question that the item answers, its summary.
    Text(String),
    /// A vector, from the caller's own encoder.
    Vector(Vec<f32>),
}

/// A preference that was handed out for a draft, in a form that holds no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AppliedPreference {
    /// Id of the feature, stable between versions.
    pub feature: u16,
    /// Hash of the subject (a word, a phrase), 0 where the feature has none.
    pub subject: u64,
    /// 1 for more of the feature, -1 for less.
    pub direction: i8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::golden;

    fn record(signal: Signal) -> Record {
        Record {
            at: Timestamp(1_767_225_600_000),
            scope: Scope::app("mail").task("reply"),
            context: "c".into(),
            signal,
            strength: 0.5,
            reason: "r".into(),
            applied: vec![AppliedPreference { feature: 260, subject: 3, direction: -1 }],
            supplied: Some(vec![0.5, -0.5]),
        }
    }

    #[test]
    fn the_bytes_of_records_stay() {
        let signals = [
            ("edit", Signal::Edit { draft: "d".into(), edited: "e".into() }),
            ("accept", Signal::Accept { text: "t".into() }),
            ("reject", Signal::Reject { text: "t".into() }),
            ("choice", Signal::Choice { candidates: vec!["a".into(), "b".into()], chosen: 1 }),
            ("rating", Signal::Rating { text: "t".into(), rating: -1.0 }),
            ("history", Signal::History { text: "t".into() }),
        ];
        let keyed = [
            ("keyed_document", Granularity::Document, vec![]),
            ("keyed_passage", Granularity::Passage, vec![Key::Text("k".into())]),
            ("keyed_sentence", Granularity::Sentence, vec![Key::Text("k".into()), Key::Vector(vec![0.5])]),
        ];
        let keyed = keyed
            .map(|(name, granularity, keys)| (name, Signal::Keyed { text: "t".into(), granularity, keys }));
        let mut records: Vec<(&str, Record)> =
            signals.into_iter().chain(keyed).map(|(name, signal)| (name, record(signal))).collect();
        let scope = Scope { audience: Some("a".into()), locale: Some("en-GB".into()), ..Scope::person() };
        let plain =
            Record { scope, applied: vec![], supplied: None, ..record(Signal::Accept { text: "t".into() }) };
        records.push(("plain", plain));
        golden::check("record", &records);
        golden::check("tags", &[("none", vec![]), ("two", vec!["a".to_owned(), "b".to_owned()])]);
    }
}
