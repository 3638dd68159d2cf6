//! What a person prefers: features of text, evidence from what they did, preferences pooled from it, what the
//! person stated, the gate, the prompt, the ranking of candidates, and CIPHER's questions to a host model.
//!
//! Invariant: everything here is a deterministic function of the records, the directives and the clock that
//! are passed in; nothing here reads the disk. Storing and embedding are left to `engine`.

mod changes;
mod cipher;
mod evidence;
mod feature;
mod gate;
mod induce;
mod kept;
mod learner;
mod ledger;
mod letters;
mod prompt;
mod ranking;
mod spans;

pub use changes::{ChangeKind, WordChange, changed_words};
pub use cipher::{
    Expansion, Verdict, aggregation_prompt, compares, expansion_prompt, induction_prompt, parse_expansion,
    parse_preferences, parse_verdicts, verification_prompt,
};
pub use evidence::{Evidence, EvidenceItem, Inducer};
pub use feature::{FEATURES, Feature, Measured, measure};
pub(crate) use gate::is_said;
pub use gate::{AbstainReason, Decision, Gate, GateInput, Outcome, Outcomes, need};
pub use induce::FeatureInducer;
pub use kept::Kept;
pub(crate) use learner::NEIGHBOURS_MAX;
pub use learner::{Contribution, Explanation, Learner, PoolQuery, Suppression, fit_habits};
pub use ledger::{Check, Entry, Inferred, Ledger, Override, Stated};
pub(crate) use prompt::adds_to;
pub use prompt::{Example, PromptFragment, PromptRequest, render_prompt};
pub use ranking::{
    Acceptance, Comparison, Comparisons, Meaning, Offer, RankReason, Ranked, Shift, Style, TASTE, Taste,
    Weights, comparisons, fit_prior, rank_candidates,
};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::store::AppliedPreference;
use crate::types::{Scope, Timestamp};

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
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PreferenceKey {
    /// Id of the feature, stable between versions.
    pub feature: u16,
    /// The word or phrase; empty where the feature has none.
    pub subject: String,
    /// More or less of it.
    pub direction: Direction,
}

/// One preference, ready to be shown or applied.
#[derive(Debug, Clone, PartialEq)]
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

/// Hash of a subject for [`AppliedPreference`]; 0 for none.
pub fn subject_hash(subject: &str) -> u64 {
    if subject.is_empty() { 0 } else { stable_hash(&[subject.as_bytes()]).max(1) }
}

/// FNV-1a with a final mix, over parts that are kept apart by their lengths; the same on every machine and
/// version, because ids are made of it.
pub(crate) fn stable_hash(parts: &[&[u8]]) -> u64 {
    let mut hash = StableHash::new();
    for part in parts {
        hash.part(&[part]);
    }
    hash.finish()
}

/// [`stable_hash`], part by part.
pub(crate) struct StableHash(u64);

impl StableHash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// The next part, in pieces.
    pub(crate) fn part(&mut self, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.eat(&(length as u64).to_le_bytes());
        for piece in pieces {
            self.eat(piece);
        }
    }

    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn finish(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ (hash >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_the_parts_and_not_of_their_pieces() {
        let mut hash = StableHash::new();
        hash.part(&[b"=", b"mail"]);
        hash.part(&[]);
        assert_eq!(hash.finish(), stable_hash(&[b"=mail", b""]));
        assert_ne!(stable_hash(&[b"=mail", b""]), stable_hash(&[b"=", b"mail"]));
        // Ids that are stored are made of it.
        assert_eq!(stable_hash(&[b"mail"]), 0xba7d_4f83_d85f_9c3a);
    }
}
