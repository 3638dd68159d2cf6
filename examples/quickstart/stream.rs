//! The stream of one person's writing that the quickstart replays: sixty drafts in five kinds of context, with
//! what matters in each and which of its facts are wrong.
//!
//! Invariant: the data say nothing about how the person writes; that is hidden in `person`. Two kinds carry no
//! scope, so that only the likeness of contexts tells them apart.

use idiolect::{Scope, Timestamp};
use serde::Deserialize;

/// When the first interaction happened; one follows every six hours.
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

    /// The scope that the app gives; chats and reviews come without.
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::Team => Scope::app("mail").task("reply").audience("team"),
            Self::Support => Scope::app("helpdesk").task("answer").audience("customer"),
            Self::Release => Scope::app("editor").task("release-notes"),
            Self::Chat | Self::Review => Scope::person(),
        }
    }
}

/// How much a sentence matters; later ones are dropped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Essential,
    Detail,
    Filler,
}

/// One thing to be written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Interaction {
    /// Which kind of context.
    pub(crate) kind: Kind,
    /// Whom the text addresses, where it is a letter.
    pub(crate) to: Option<String>,
    /// What is to be written.
    pub(crate) context: String,
    /// The plain draft's sentences; "-" marks a detail, "~" filler.
    body: Vec<String>,
    /// Facts that the draft has wrong, and how they are right.
    #[serde(default)]
    pub(crate) facts: Vec<(String, String)>,
    /// What only the person knows and adds to any draft.
    pub(crate) adds: Option<String>,
    /// The person has no time and corrects only the facts.
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

/// When interaction `index` happened.
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
