//! A preference as the verbs return it, and what it is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::subject_hash;
use crate::types::{AppliedPreference, Scope, Timestamp};

/// Id of a preference.
///
/// A preference that was stated, or inferred by a host model, is numbered as it comes (top bit clear). One
/// that was learned has the hash of its scope, feature, subject and direction (top bit set), so that the same
/// preference keeps its id however often it is learned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PreferenceId(pub u64);

impl fmt::Display for PreferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a preference comes from; later ones give way to earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Origin {
    /// The person said so.
    Stated,
    /// Learned, then put right by the person.
    Corrected,
    /// Learned from what the person did.
    Learned,
    /// Inferred from edits by the host's language model. One that was not yet held against other texts of the person, or
    /// that they do not follow, is listed and not applied.
    Inferred,
}

/// Which way a learned preference points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// Less of the feature.
    Less,
    /// More of the feature.
    More,
}

impl Direction {
    /// -1 for less, 1 for more.
    pub(crate) fn sign(self) -> i8 {
        match self {
            Self::Less => -1,
            Self::More => 1,
        }
    }
}

/// What a learned preference is about: a feature, for some features a subject (a word, a phrase), a direction.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PreferenceKey {
    /// Id of the feature, stable between versions.
    pub feature: u16,
    /// The word or phrase; empty where the feature has none.
    pub subject: String,
    /// More or less of it.
    pub direction: Direction,
}

crate::types::debug_without_text!(PreferenceKey, "PreferenceKey", shown: [feature, direction], hidden: [subject]);

/// One preference, ready to be shown or applied.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Preference {
    /// Its id.
    pub id: PreferenceId,
    /// A declarative sentence without a full stop, "keeps mails near 60 words" say.
    pub text: String,
    /// What it is about; `None` where it was stated or inferred as free text.
    pub key: Option<PreferenceKey>,
    /// Where it holds.
    pub scope: Scope,
    /// Where it comes from.
    pub origin: Origin,
    /// The level aimed at, in the feature's unit ("near 60 words"); `None` where only the direction is known.
    pub level: Option<f32>,
    /// How far the person goes, 0 to 1.
    pub strength: f32,
    /// Probability that the direction is right, 0.5 to 1; 1 where the person said so.
    pub confidence: f32,
    /// Occasions that speak for or against it.
    pub occasions: u32,
    /// The person wants it always applied.
    pub pinned: bool,
    /// Whether it is applied; `false` where the person switched it off.
    pub active: bool,
    /// When the newest evidence came, or when it was stated.
    pub updated: Timestamp,
}

crate::types::debug_without_text!(Preference, "Preference", shown: [id, key, scope, origin, level, strength, confidence, occasions, pinned, active, updated], hidden: [text]);

impl Preference {
    /// What is noted with a draft that was made with this preference; `None` for free text.
    pub fn applied(&self) -> Option<AppliedPreference> {
        self.key.as_ref().map(|key| AppliedPreference {
            feature: key.feature,
            subject: subject_hash(&key.subject),
            direction: key.direction.sign(),
        })
    }
}
