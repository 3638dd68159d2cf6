//! Questions that come up in use: whether preferences hold, what several come to, other words for a search.
//!
//! Invariant: nothing here is kept on disk, and nothing here speaks of a record that was forgotten: the same situation
//! asks the same again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::inference::InferenceId;
use crate::engine::state::State;
use crate::hash::stable_hash;
use crate::learning::{Entry, Inferred};
use crate::types::PreferenceId;
use crate::types::RecordId;
use crate::types::RecordKind;

/// Most questions that wait at a time; further ones are asked for later.
const WAITING_MAX: usize = 32;
/// Texts that a preference is held against, in all and in one question.
const CHECKS_MAX: usize = 4;
const CHECKS_AT_ONCE: usize = 3;
/// Expansions that are held.
const EXPANSIONS_MAX: usize = 64;

/// Ids of these questions have this bit set and are otherwise a hash of what they ask.
const ASKED_BIT: u64 = 1 << 63;

/// One such question.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// What these preferences come to. With all the records that they rest on, ascending.
    Aggregation { preferences: Vec<PreferenceId>, records: Vec<RecordId> },
    /// Which of these preferences these records follow.
    Verification { preferences: Vec<PreferenceId>, records: Vec<RecordId> },
    /// Other words for this search.
    Expansion { query: String },
}

impl Question {
    pub(super) fn id(&self) -> InferenceId {
        let (tag, preferences, records, query) = match self {
            Self::Aggregation { preferences, records } => (0u8, &preferences[..], &records[..], ""),
            Self::Verification { preferences, records } => (1, &preferences[..], &records[..], ""),
            Self::Expansion { query } => (2, &[][..], &[][..], query.as_str()),
        };
        let preferences: Vec<u8> = preferences.iter().flat_map(|id| id.0.to_le_bytes()).collect();
        let records: Vec<u8> = records.iter().flat_map(|id| id.0.to_le_bytes()).collect();
        InferenceId(stable_hash(&[&[tag], &preferences, &records, query.as_bytes()]) | ASKED_BIT)
    }

    /// The records that it speaks of.
    pub(super) fn records(&self) -> &[RecordId] {
        match self {
            Self::Aggregation { records, .. } | Self::Verification { records, .. } => records,
            Self::Expansion { .. } => &[],
        }
    }
}

/// Other words for a search, ready for use.
#[derive(Debug)]
pub(in crate::engine) struct Expanded {
    /// The mean of what they mean; empty where the encoder could not read them.
    pub(in crate::engine) vector: Vec<f32>,
    pub(in crate::engine) words: Vec<String>,
}

/// All of them, and what was shown in the kept questions that were handed out.
#[derive(Debug, Default)]
pub(in crate::engine) struct Asked {
    waiting: BTreeMap<InferenceId, Question>,
    /// Given up, or answered: not asked again while the store is open.
    settled: BTreeSet<InferenceId>,
    /// The edits that a kept question showed.
    shown: BTreeMap<InferenceId, Vec<RecordId>>,
    /// The oldest first.
    expansions: Vec<(InferenceId, Arc<Expanded>)>,
}

impl Asked {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn get(&self, id: InferenceId) -> Option<&Question> {
        self.waiting.get(&id)
    }

    /// Takes a question out that was answered or given up, or that has lost its ground.
    pub(super) fn settle(&mut self, id: InferenceId, for_good: bool) {
        if self.waiting.remove(&id).is_some() && for_good {
            self.settled.insert(id);
        }
    }

    pub(super) fn show(&mut self, id: InferenceId, records: Vec<RecordId>) {
        self.shown.insert(id, records);
    }

    /// What a kept question showed when it was handed out; `None` where it was not, or may not be answered any more.
    pub(super) fn shown(&self, id: InferenceId) -> Option<&[RecordId]> {
        self.shown.get(&id).map(Vec::as_slice)
    }

    pub(super) fn take_back(&mut self, id: InferenceId) {
        self.shown.remove(&id);
    }

    /// The other words for a search, where the model gave them.
    pub(in crate::engine) fn expansion(&self, query: &str) -> Option<Arc<Expanded>> {
        let id = Question::Expansion { query: query.to_owned() }.id();
        self.expansions.iter().find(|(held, _)| *held == id).map(|(_, expanded)| Arc::clone(expanded))
    }

    pub(super) fn expand(&mut self, id: InferenceId, expanded: Expanded) {
        if self.expansions.len() == EXPANSIONS_MAX {
            let (oldest, _) = self.expansions.remove(0);
            self.settled.remove(&oldest);
        }
        self.expansions.push((id, Arc::new(expanded)));
    }
}

impl State {
    /// Queues questions that are neither waiting nor settled.
    pub(super) fn ask(&mut self, questions: Vec<Question>) {
        for question in questions {
            let id = question.id();
            if self.asked.waiting.len() < WAITING_MAX && !self.is_asked(id) {
                self.asked.waiting.insert(id, question);
                self.queue.push_back(id);
            }
        }
    }

    fn is_asked(&self, id: InferenceId) -> bool {
        self.asked.waiting.contains_key(&id) || self.asked.settled.contains(&id)
    }

    /// Drops what speaks of records that are forgotten, which ascend. What showed them among others is asked anew without
    /// them.
    pub(in crate::engine) fn drop_questions(&mut self, gone: &[RecordId]) {
        let speaks = |of: &[RecordId]| of.iter().any(|record| gone.binary_search(record).is_ok());
        let Asked { waiting, shown, expansions, settled } = &mut self.asked;
        waiting.retain(|_, question| {
            !speaks(question.records()) && !matches!(question, Question::Expansion { .. })
        });
        expansions.clear();
        settled.clear();
        let again: Vec<InferenceId> =
            shown.iter().filter(|(_, shown)| speaks(shown)).map(|(id, _)| *id).collect();
        for id in again {
            shown.remove(&id);
            self.queue.retain(|queued| *queued != id);
            self.queue.push_back(id);
        }
        let (waiting, inference) = (&self.asked.waiting, &self.inference);
        self.queue.retain(|id| waiting.contains_key(id) || inference.contains_key(id));
    }

    /// What is to be asked where contexts are used, given nearest first.
    pub(super) fn questions(&self, near: &[RecordId]) -> Vec<Question> {
        let mut questions = self.verifications(near);
        let single = self.inferred_singly(near);
        if self.aggregated(&single).is_none()
            && let Some(records) = self.basis_of_several(&single)
        {
            questions.push(Question::Aggregation { preferences: single, records });
        }
        questions.retain(|question| !self.is_asked(question.id()));
        questions
    }

    /// For each lot of preferences that were read out of the same edits, the nearest texts to hold them against.
    fn verifications(&self, near: &[RecordId]) -> Vec<Question> {
        let mut lots: BTreeMap<&[RecordId], Vec<(PreferenceId, &Inferred)>> = BTreeMap::new();
        for record in near {
            for (id, entry) in self.ledger.resting_on(*record) {
                if let Entry::Inferred(inferred) = entry
                    && inferred.words.active
                    && inferred.checks.len() < CHECKS_MAX
                {
                    let lot = lots.entry(&inferred.words.sources).or_default();
                    if lot.iter().all(|(held, _)| *held != id) {
                        lot.push((id, inferred));
                    }
                }
            }
        }
        let own = |record: &RecordId| {
            let kind = self.catalogue.get(*record).map(|item| item.kind);
            matches!(kind, Some(RecordKind::Edit | RecordKind::Accept | RecordKind::Choice))
        };
        lots.into_values()
            .filter_map(|lot| {
                let known: BTreeSet<RecordId> =
                    lot.iter().flat_map(|(_, inferred)| inferred.basis()).collect();
                let others = near.iter().filter(|record| !known.contains(record) && own(record));
                let records: Vec<RecordId> = others.take(CHECKS_AT_ONCE).copied().collect();
                let mut preferences: Vec<PreferenceId> = lot.iter().map(|(id, _)| *id).collect();
                preferences.sort_unstable();
                (!records.is_empty()).then_some(Question::Verification { preferences, records })
            })
            .collect()
    }

    /// The inferred preferences that speak for these contexts, given nearest first: those that were put together from
    /// just these, else each one's own.
    pub(in crate::engine) fn inferred_for(&self, near: &[RecordId]) -> Vec<PreferenceId> {
        let single = self.inferred_singly(near);
        self.aggregated(&single).unwrap_or(single)
    }

    /// Those that hold and were read out of one of these records, each once.
    fn inferred_singly(&self, near: &[RecordId]) -> Vec<PreferenceId> {
        let mut found = Vec::new();
        for record in near {
            for (id, entry) in self.ledger.resting_on(*record) {
                let speaks = match entry {
                    Entry::Inferred(inferred) => inferred.holds() && inferred.words.sources.contains(record),
                    // One that an earlier version inferred.
                    Entry::Stated(words) => words.sources == [*record],
                    Entry::Override(_) => false,
                };
                if speaks && !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        found
    }

    /// What these were put together to.
    fn aggregated(&self, single: &[PreferenceId]) -> Option<Vec<PreferenceId>> {
        let basis = self.basis_of_several(single)?;
        let found: Vec<PreferenceId> = self
            .ledger
            .resting_on(*basis.first()?)
            .filter(|(_, entry)| matches!(entry, Entry::Stated(words) if words.sources == basis))
            .map(|(id, _)| id)
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// All records that preferences rest on, ascending; `None` where there are not two that were read out of different
    /// ones.
    fn basis_of_several(&self, single: &[PreferenceId]) -> Option<Vec<RecordId>> {
        let entries = || single.iter().filter_map(|id| self.ledger.get(*id));
        let sources: BTreeSet<&[RecordId]> =
            entries().filter_map(|entry| Some(entry.words()?.sources.as_slice())).collect();
        let basis: BTreeSet<RecordId> = entries().flat_map(Entry::basis).collect();
        (sources.len() > 1).then(|| basis.into_iter().collect())
    }
}
