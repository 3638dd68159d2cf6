//! What the person said about preferences, and what a host model inferred: kept as entries, laid over what
//! was learned.
//!
//! Invariant: an entry about a learned preference holds no learned text; it names its target by feature,
//! subject hash and direction, so that forgetting what it was learned from leaves nothing behind. Storing
//! entries is left to `store`, changing them to `engine`; `compose` lays them over what was learned.

mod compose;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::learning::Suppression;
use crate::learning::tuning::inferred;
use crate::store::Stored;
use crate::types::AppliedPreference;
use crate::types::{Origin, Preference, PreferenceId};
use crate::types::{RecordId, Scope, Timestamp};

/// One kept entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A preference in words.
    Stated(Stated),
    /// The person's say over a learned preference.
    Override(Override),
    /// A preference that the host's model read out of edits.
    Inferred(Inferred),
}

impl Stored for Entry {
    const VERSION: u8 = 1;
}

/// A preference in words, stated by the person or inferred by the host's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The words.
    pub text: String,
    /// Where it holds.
    pub scope: Scope,
    /// When it was stated or inferred.
    pub at: Timestamp,
    /// Always applied.
    pub pinned: bool,
    /// Applied at all.
    pub active: bool,
    /// The records it was inferred from, ascending; empty where the person stated it. For one that was put together from
    /// several inferred ones, all that these rest on.
    pub sources: Vec<RecordId>,
}

impl Stated {
    /// The entry as a preference. Stated: strength and confidence 1. Inferred: the confidence is Laplace's
    /// rule of succession over the records it was inferred from, (n + 1) / (n + 2).
    fn preference(&self, id: PreferenceId) -> Preference {
        let stated = self.sources.is_empty();
        let sources = self.sources.len() as f32;
        Preference {
            id,
            text: self.text.clone(),
            key: None,
            scope: self.scope.clone(),
            origin: if stated { Origin::Stated } else { Origin::Inferred },
            level: None,
            strength: if stated { 1.0 } else { inferred::STRENGTH },
            confidence: if stated { 1.0 } else { (sources + 1.0) / (sources + 2.0) },
            occasions: u32::try_from(self.sources.len()).unwrap_or(u32::MAX),
            pinned: self.pinned,
            active: self.active,
            updated: self.at,
            contexts: Vec::new(),
        }
    }
}

/// A preference that the host's model read out of edits, and what became of it against other texts of the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inferred {
    /// The preference; its sources are the edits that were shown.
    pub words: Stated,
    /// The one of them that was asked about.
    pub of: RecordId,
    /// Other texts that it was held against, each once.
    pub checks: Vec<Check>,
}

/// What the host's model said of a preference and a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The text's record.
    pub record: RecordId,
    /// Whether the text follows the preference.
    pub follows: bool,
}

impl Inferred {
    /// Whether it counts: the person pinned it, or at least two in three of the texts that it was held against follow it.
    pub fn holds(&self) -> bool {
        let follow = self.follow();
        self.words.pinned || (follow > 0 && 3 * follow >= 2 * self.checks.len())
    }

    /// The records that it rests on: those it was read out of, and those it was held against.
    pub fn basis(&self) -> impl Iterator<Item = RecordId> {
        self.words.sources.iter().copied().chain(self.checks.iter().map(|check| check.record))
    }

    fn follow(&self) -> usize {
        self.checks.iter().filter(|check| check.follows).count()
    }

    /// The entry as a preference. The confidence is Laplace's rule of succession over the checks: one half before the
    /// first.
    fn preference(&self, id: PreferenceId) -> Preference {
        let (follow, checks) = (self.follow() as f32, self.checks.len() as f32);
        Preference {
            confidence: (follow + 1.0) / (checks + 2.0),
            occasions: u32::try_from(self.basis().count()).unwrap_or(u32::MAX),
            ..self.words.preference(id)
        }
    }
}

/// What the person decided about a learned preference. Holds no learned text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// Feature, subject hash and direction.
    pub target: AppliedPreference,
    /// Its scope.
    pub scope: Scope,
    /// Always applied.
    pub pinned: bool,
    /// Applied at all.
    pub active: bool,
    /// The person's own wording; takes the place of the learned one.
    pub corrected: Option<String>,
    /// The person deleted it: evidence up to this record does not count.
    pub deleted_through: Option<RecordId>,
    /// When the person last changed it.
    pub at: Timestamp,
}

impl Override {
    /// An override that changes nothing yet.
    pub fn new(target: AppliedPreference, scope: Scope, at: Timestamp) -> Self {
        Self { target, scope, pinned: false, active: true, corrected: None, deleted_through: None, at }
    }

    /// The person deletes the preference: evidence up to `through` does not count, and what they had said of
    /// it before (pin, switch, wording) goes with it. What is set afterwards is about what is learned anew.
    pub fn delete(&mut self, through: RecordId, at: Timestamp) {
        let through = self.deleted_through.map_or(through, |earlier| earlier.max(through));
        *self = Self::new(self.target, self.scope.clone(), at);
        self.deleted_through = Some(through);
    }

    /// Whether it leaves a learned preference as it is.
    fn is_plain(&self) -> bool {
        !self.pinned && self.active && self.corrected.is_none()
    }

    /// Whether the person stands behind the preference: it is on, and pinned or in their words.
    fn is_claim(&self) -> bool {
        self.active && (self.pinned || self.corrected.is_some())
    }
}

impl Entry {
    /// The preference in words, but for an override's.
    pub fn words(&self) -> Option<&Stated> {
        match self {
            Self::Stated(words) => Some(words),
            Self::Inferred(inferred) => Some(&inferred.words),
            Self::Override(_) => None,
        }
    }

    /// The records that an inferred preference rests on; none for what the person said.
    pub fn basis(&self) -> Vec<RecordId> {
        match self {
            Self::Stated(words) => words.sources.clone(),
            Self::Inferred(inferred) => inferred.basis().collect(),
            Self::Override(_) => Vec::new(),
        }
    }
}

/// All entries. An override is kept under the id of the learned preference that it is about.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: BTreeMap<PreferenceId, Entry>,
    /// The entries that rest on a record.
    resting: BTreeMap<RecordId, BTreeSet<PreferenceId>>,
}

impl Ledger {
    /// With no entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, id: PreferenceId, entry: Entry) {
        self.remove(id);
        for record in entry.basis() {
            self.resting.entry(record).or_default().insert(id);
        }
        self.entries.insert(id, entry);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: PreferenceId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        for record in entry.basis() {
            if let Some(entries) = self.resting.get_mut(&record) {
                entries.remove(&id);
                if entries.is_empty() {
                    self.resting.remove(&record);
                }
            }
        }
        Some(entry)
    }

    /// An entry.
    pub fn get(&self, id: PreferenceId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// All entries by id.
    pub fn iter(&self) -> impl Iterator<Item = (PreferenceId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    fn overrides(&self) -> impl Iterator<Item = (PreferenceId, &Override)> {
        self.iter().filter_map(|(id, entry)| match entry {
            Entry::Override(say) => Some((id, say)),
            Entry::Stated(_) | Entry::Inferred(_) => None,
        })
    }

    fn in_words(&self) -> impl Iterator<Item = (PreferenceId, &Stated)> {
        self.iter().filter_map(|(id, entry)| Some((id, entry.words()?)))
    }

    /// The evidence that deletions set aside, one item for each feature, subject and scope, in their order. A
    /// deletion keeps its effect whatever else is said of the preference later.
    pub fn suppressions(&self) -> Vec<Suppression> {
        let mut through: BTreeMap<(u16, u64, &Scope), RecordId> = BTreeMap::new();
        for (_, say) in self.overrides() {
            if let Some(deleted) = say.deleted_through {
                let last =
                    through.entry((say.target.feature, say.target.subject, &say.scope)).or_insert(deleted);
                *last = deleted.max(*last);
            }
        }
        through
            .into_iter()
            .map(|((feature, subject_hash, scope), through)| Suppression {
                feature,
                subject_hash,
                scope: scope.clone(),
                through,
            })
            .collect()
    }

    /// The entries that rest on a record, in the order of their ids.
    pub fn resting_on(&self, record: RecordId) -> impl Iterator<Item = (PreferenceId, &Entry)> {
        let ids = self.resting.get(&record).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.entries.get(id)?)))
    }

    /// A stated or inferred entry as a preference; `None` for an override.
    pub fn preference(&self, id: PreferenceId) -> Option<Preference> {
        match self.get(id)? {
            Entry::Stated(words) => Some(words.preference(id)),
            Entry::Inferred(inferred) => Some(inferred.preference(id)),
            Entry::Override(_) => None,
        }
    }

    /// All preferences of a situation in order of authority (pinned or stated, corrected, learned, inferred),
    /// then of strength times confidence, then of id: stated and pinned ones whose scope contains `scope` (all
    /// of them where `scope` is `None`: a listing), the learned ones with the person's overrides laid over them
    /// (switched off ones kept, with `active` false), and the inferred ones among `inferred`, whose scope is
    /// not asked because the caller chose them by their context.
    ///
    /// **Which override counts.** An override made at scope S is about its target within S. For a listing it
    /// counts for a learned preference whose scope lies within S, hence for one of a wider scope only where
    /// the two are equal. For a situation a wider preference is about to be used at `scope`, so there an
    /// override counts where S contains `scope`: what the person switched off for mail stays off in mail,
    /// however widely it is learned by then, and stays on elsewhere. Of several the narrowest counts, of
    /// equally narrow ones the latest; one that is back at its defaults gives way to a wider one that the
    /// person made later.
    ///
    /// **Under which id.** A preference keeps its own id, so that acting on it makes a narrower override,
    /// which wins. Where the override that counts is the narrower of the two, the preference carries its id
    /// and scope; likewise where it brings the person's own words.
    ///
    /// **Own words.** A corrected text is free text: it keeps the learned key only where it says the same as
    /// the learned text or puts another number in the place of its level. It stays where the learner does not
    /// return its target at all. A pin whose target the learner does not return has no text and shows nothing.
    /// A learned preference that points the other way from a pinned or corrected one gives way to it.
    ///
    /// **Nothing twice.** Of equal texts (case, white space and a final stop aside) the one of higher authority
    /// stays, be it switched off; a listing holds only texts of the same scope against each other. Words that
    /// equal a learned text take over its key. A listing also shows, under the override's id, where a wider
    /// learned preference is treated differently in a narrower scope.
    ///
    /// Deleted ones are gone because the learner sets aside what [`suppressions`](Self::suppressions) names;
    /// what it returns nonetheless was learned anew.
    pub fn compose(
        &self,
        scope: Option<&Scope>,
        learned: Vec<Preference>,
        inferred: &[PreferenceId],
    ) -> Vec<Preference> {
        compose::compose(self, scope, learned, inferred)
    }
}
