//! What the person said about preferences, and what a host model inferred: kept as entries, laid over what
//! was learned.
//!
//! Invariant: an entry about a learned preference names its target by feature, subject hash and direction. The only
//! learned words that it holds are the sentence that the person pinned or switched off ([`Said`]). Storing entries is left
//! to `store`, changing them to `engine`; `compose` lays them over what was learned.

mod compose;
mod meaning;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::language::Language;
use crate::learning::Suppression;
use crate::learning::gate::is_said;
use crate::learning::ledger::meaning::Reading;
use crate::learning::tuning::inferred;
use crate::signals::features::Feature;
use crate::store::{Payload, Stored};
use crate::types::AppliedPreference;
use crate::types::{Direction, Origin, Preference, PreferenceId, PreferenceKey};
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
    const VERSION: u8 = 2;

    fn read_earlier(version: u8, payload: Payload<'_>) -> Result<Self, StoreError> {
        match version {
            1 => payload.decode::<Entry1>().map(Self::from),
            _ => Err(StoreError::Damaged { what: "an entry of a version that never was" }),
        }
    }
}

/// An entry of version 1.
#[derive(Serialize, Deserialize)]
enum Entry1 {
    Stated(Stated),
    Override(Override1),
    Inferred(Inferred),
}

/// An override of version 1, which did not keep what the preference says.
#[derive(Serialize, Deserialize)]
struct Override1 {
    target: AppliedPreference,
    scope: Scope,
    pinned: bool,
    active: bool,
    corrected: Option<String>,
    deleted_through: Option<RecordId>,
    at: Timestamp,
}

impl From<Entry1> for Entry {
    fn from(entry: Entry1) -> Self {
        match entry {
            Entry1::Stated(words) => Self::Stated(words),
            Entry1::Inferred(inferred) => Self::Inferred(inferred),
            Entry1::Override(Override1 { target, scope, pinned, active, corrected, deleted_through, at }) => {
                Self::Override(Override {
                    pinned,
                    active,
                    corrected,
                    deleted_through,
                    ..Override::new(target, scope, at)
                })
            }
        }
    }
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

/// What the person decided about a learned preference.
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
    /// What a preference that is pinned or switched off says; `None` for others, and where it is not known.
    pub said: Option<Said>,
}

/// What a learned preference said when the person pinned it or switched it off, so that it goes on saying this whatever
/// is learned later.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// The word or phrase that it is about; empty where there is none.
    pub subject: String,
    /// Its level.
    pub level: Option<f32>,
}

crate::types::debug_without_text!(Said, "Said", shown: [level], hidden: [text, subject]);

impl Said {
    /// What a preference says; `None` for one that was not learned.
    pub fn of(preference: &Preference) -> Option<Self> {
        let Preference { text, key, level, .. } = preference;
        Some(Self { text: text.clone(), subject: key.as_ref()?.subject.clone(), level: *level })
    }
}

impl Override {
    /// An override that changes nothing yet.
    pub fn new(target: AppliedPreference, scope: Scope, at: Timestamp) -> Self {
        let (pinned, active, corrected, deleted_through, said) = (false, true, None, None, None);
        Self { target, scope, pinned, active, corrected, deleted_through, at, said }
    }

    /// The person deletes the preference: evidence up to `through` does not count, and what they had said of
    /// it before (pin, switch, wording) goes with it. What is set afterwards is about what is learned anew.
    pub fn delete(&mut self, through: RecordId, at: Timestamp) {
        let through = self.deleted_through.map_or(through, |earlier| earlier.max(through));
        *self = Self::new(self.target, self.scope.clone(), at);
        self.deleted_through = Some(through);
    }

    /// Whether [`keep_words`](Self::keep_words) needs the preference as it is learned now.
    pub fn needs_words(&self) -> bool {
        (self.pinned || !self.active) && self.said.is_none()
    }

    /// Keeps what the preference says as long as the person pins it or switches it off. `learned` is the preference as it
    /// is learned now.
    pub fn keep_words(&mut self, learned: Option<&Preference>) {
        if !self.pinned && self.active {
            self.said = None;
        } else if self.said.is_none() {
            self.said = learned.filter(|learned| learned.applied() == Some(self.target)).and_then(Said::of);
        }
    }

    /// Drops the learned words that the person does not stand behind: those of a preference that is not pinned.
    pub fn drop_words(&mut self) {
        if !self.pinned && self.target.subject != 0 {
            self.said = None;
        }
    }

    /// What the preference says: the sentence that was kept, or else, of a feature without a subject, the one that
    /// tells its direction.
    fn says(&self) -> Option<Said> {
        if self.said.is_some() {
            return self.said.clone();
        }
        let feature = Feature::by_id(self.target.feature).filter(|feature| !feature.has_subject)?;
        let locale = self.scope.locale.as_deref();
        let text = feature.habit("", self.direction(), None, &self.scope, locale);
        Some(Said { text, subject: String::new(), level: None })
    }

    fn direction(&self) -> Direction {
        if self.target.direction > 0 { Direction::More } else { Direction::Less }
    }

    /// The key of its target, given the subject.
    fn key(&self, subject: String) -> PreferenceKey {
        PreferenceKey { feature: self.target.feature, subject, direction: self.direction() }
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
    /// What is understood of what is in words.
    readings: BTreeMap<PreferenceId, Reading>,
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
        let (text, scope) = match &entry {
            Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => {
                (Some(&words.text), &words.scope)
            }
            Entry::Override(say) => (say.corrected.as_ref(), &say.scope),
        };
        if let Some(text) = text {
            let language = Language::of_statements(scope.locale.as_deref());
            self.readings.insert(id, Reading::of(text, language));
        }
        self.entries.insert(id, entry);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: PreferenceId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.readings.remove(&id);
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
        let preference = match self.get(id)? {
            Entry::Stated(words) => words.preference(id),
            Entry::Inferred(inferred) => inferred.preference(id),
            Entry::Override(_) => return None,
        };
        let key = self.readings.get(&id).and_then(|reading| reading.key.clone());
        Some(Preference { key: key.filter(|_| preference.origin == Origin::Stated), ..preference })
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
    /// return its target at all.
    ///
    /// **Pinned and switched off.** A preference that was pinned says what it said then, at the level that it had then, and
    /// stays where the learner does not return its target; likewise, but not applied, one that was switched off. A learned
    /// preference that contradicts a pinned, stated or corrected one gives way to it where both hold; the person's own
    /// preferences are all listed, but in a situation, of two that contradict each other only the first is held: the one
    /// of the narrower scope, then the newer.
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

    /// What is understood of a preference.
    fn reading(&self, preference: &Preference) -> Cow<'_, Reading> {
        let in_words = self.readings.get(&preference.id);
        match (in_words, &preference.key) {
            (Some(reading), None) => Cow::Borrowed(reading),
            (Some(reading), Some(key)) => Cow::Owned(reading.clone().with(key, preference.level)),
            (None, Some(key)) => Cow::Owned(Reading::default().with(key, preference.level)),
            (None, None) => Cow::default(),
        }
    }

    /// Pairs of active preferences of the person's own that contradict each other where both hold, the one that goes
    /// first before the other. `composed` is a listing.
    pub fn contradictions(&self, composed: &[Preference]) -> Vec<(PreferenceId, PreferenceId)> {
        let own: Vec<&Preference> =
            composed.iter().filter(|preference| preference.active && is_said(preference)).collect();
        let readings: Vec<Cow<'_, Reading>> = own.iter().map(|preference| self.reading(preference)).collect();
        let mut found = Vec::new();
        for (at, one) in own.iter().enumerate() {
            for (other_at, other) in own.iter().enumerate().skip(at + 1) {
                if one.scope.overlaps(&other.scope) && readings[at].contradicts(&readings[other_at]) {
                    found.push(if compose::goes_first(one, other) {
                        (one.id, other.id)
                    } else {
                        (other.id, one.id)
                    });
                }
            }
        }
        found
    }
}
