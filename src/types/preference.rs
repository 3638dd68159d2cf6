//! A preference as the public calls return it, and its key.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::subject_hash;
use crate::types::{AppliedPreference, RecordId, Scope, Timestamp};

/// Id of a preference.
///
/// A preference that was stated, or inferred by a host model, gets its id from a counter (top bit clear). A learned one
/// gets a hash of its scope, feature, subject and direction (top bit set), so learning it again yields the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PreferenceId(pub u64);

impl fmt::Display for PreferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a preference comes from, in order of authority: earlier variants override later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Origin {
    /// Stated by the person.
    Stated,
    /// Learned, then corrected by the person.
    Corrected,
    /// Learned from what the person did.
    Learned,
    /// Inferred from edits by the host's language model. It is listed but not applied until it was checked against
    /// other texts of the person and found to hold.
    Inferred,
}

/// Direction of a learned preference.
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

/// Key of a learned preference: a feature, for some features a subject (a word or phrase), and a direction.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PreferenceKey {
    /// Id of the feature, stable across versions.
    pub feature: u16,
    /// The word or phrase; empty for features without one.
    pub subject: String,
    /// More or less of the feature.
    pub direction: Direction,
}

crate::types::debug_without_text!(PreferenceKey, "PreferenceKey", shown: [feature, direction], hidden: [subject]);

/// A preference, to be shown or applied.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Preference {
    /// Its id.
    pub id: PreferenceId,
    /// A declarative statement without a full stop, for example "keeps mails near 60 words".
    pub text: String,
    /// Its key; `None` if it was stated or inferred as free text.
    pub key: Option<PreferenceKey>,
    /// The scope it holds in.
    pub scope: Scope,
    /// Where it comes from.
    pub origin: Origin,
    /// Target level in the feature's unit ("near 60 words"); `None` if only the direction is known.
    pub level: Option<f32>,
    /// Effect size, 0 to 1.
    pub strength: f32,
    /// Probability that it holds in the person's next text with an occasion for it, 0 to 1, from the occasions so far and
    /// how often learned habits hold in general: 3 of 3 occasions give about 0.9; a learned one never reaches 0.97. 1 if
    /// the person stated it.
    pub confidence: f32,
    /// Number of occasions with evidence for or against it.
    pub occasions: u32,
    /// Whether the person pinned it: always applied.
    pub pinned: bool,
    /// Whether it may be applied; `false` if the person switched it off.
    pub active: bool,
    /// Time of the newest evidence, or of the statement.
    pub updated: Timestamp,
    /// Where it holds only in some kinds of context within its scope: records whose contexts are of such a kind, newest
    /// first, at most 64. Empty where it holds in the whole scope, and where it was applied to one context.
    pub contexts: Vec<RecordId>,
}

crate::types::debug_without_text!(Preference, "Preference", shown: [id, key, scope, origin, level, strength, confidence, occasions, pinned, active, updated, contexts], hidden: [text]);

impl Preference {
    /// The reference to store with a draft made with this preference; `None` for free text.
    pub fn applied(&self) -> Option<AppliedPreference> {
        self.key.as_ref().map(|key| AppliedPreference {
            feature: key.feature,
            subject: subject_hash(&key.subject),
            direction: key.direction.sign(),
        })
    }
}
