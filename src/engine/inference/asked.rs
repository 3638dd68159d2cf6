//! Questions that come up in use: whether preferences hold, what several come to, other words for a search.
//!
//! Invariant: nothing here is kept on disk, and nothing here speaks of a record that was forgotten: the same situation
//! asks the same again.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::inference::questions::{Asked, Question};
use crate::engine::inference::row::InferenceId;
use crate::engine::state::State;
use crate::engine::tuning::inference::{CHECKS, CHECKS_AT_ONCE};
use crate::learning::{Entry, Inferred};
use crate::types::PreferenceId;
use crate::types::RecordId;
use crate::types::RecordKind;

/// Most questions that wait at a time; further ones are asked for later.
const WAITING_MAX: usize = 32;

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
    pub(crate) fn drop_questions(&mut self, gone: &[RecordId]) {
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
                    && inferred.checks.len() < CHECKS
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
    pub(crate) fn inferred_for(&self, near: &[RecordId]) -> Vec<PreferenceId> {
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
