//! The stream of one person's writing that the quickstart replays: sixty drafts in five kinds of context, with the
//! importance of each sentence and the wrong facts.
//!
//! Invariant: the data reveal nothing about how the person writes, which is hidden in `person`. Two kinds have no
//! scope, so only the similarity of contexts distinguishes them.

use idiolect::{Scope, Timestamp};
use serde::Deserialize;

/// Time of the first interaction; one follows every six hours.
const START: Timestamp = Timestamp(1_767_600_000_000);
const STEP_MS: i64 = 6 * 3_600_000;

/// Kinds of context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Team,
    Support,
    Release,
    Chat,
    Review,
}

impl Kind {
    /// A short name for tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Team => "team mail",
            Self::Support => "support",
            Self::Release => "release",
            Self::Chat => "chat",
            Self::Review => "review",
        }
    }

    /// The scope set by the app; chats and reviews have none.
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::Team => Scope::app("mail").task("reply").audience("team"),
            Self::Support => Scope::app("helpdesk").task("answer").audience("customer"),
            Self::Release => Scope::app("editor").task("release-notes"),
            Self::Chat | Self::Review => Scope::person(),
        }
    }
}

/// Importance of a sentence; later variants are dropped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Essential,
    Detail,
    Filler,
}

/// A text to be written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Interaction {
    /// The kind of context.
    pub(crate) kind: Kind,
    /// The addressee, if the text is a letter.
    pub(crate) to: Option<String>,
    /// The writing task.
    pub(crate) context: String,
    /// Sentences of the plain draft; "-" marks a detail, "~" filler.
    body: Vec<String>,
    /// Wrong facts of the draft, each with its correction.
    #[serde(default)]
    pub(crate) facts: Vec<(String, String)>,
    /// A sentence that only the person knows and adds to any draft.
    pub(crate) adds: Option<String>,
    /// Whether the person is in a hurry and corrects only the facts.
    #[serde(default)]
    pub(crate) hurry: bool,
}

impl Interaction {
    /// The sentences of the plain draft with their weights.
    pub(crate) fn sentences(&self) -> Vec<(Weight, &str)> {
        self.body
            .iter()
            .map(|sentence| match sentence.as_bytes().first() {
                Some(b'-') => (Weight::Detail, &sentence[1..]),
                Some(b'~') => (Weight::Filler, &sentence[1..]),
                _ => (Weight::Essential, sentence.as_str()),
            })
            .collect()
    }
}

/// Time of interaction `index`.
pub(crate) fn moment(index: usize) -> Timestamp {
    Timestamp(START.0 + index as i64 * STEP_MS)
}

/// The stream.
pub(crate) fn stream() -> Vec<Interaction> {
    include_str!("stream.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("the stream in the repository is well-formed"))
        .collect()
}
