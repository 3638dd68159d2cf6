//! Questions that arise during use: whether preferences hold, what several preferences amount to, other words for a
//! search.
//!
//! Invariant: nothing here is stored on disk, and nothing here refers to a forgotten record. The same situation
//! raises the same question again.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::inference::questions::{Asked, Question};
use crate::engine::inference::row::InferenceId;
use crate::engine::state::State;
use crate::engine::tuning::inference::{CHECKS, CHECKS_AT_ONCE};
use crate::learning::{Entry, Inferred};
use crate::types::PreferenceId;
use crate::types::RecordId;
use crate::types::RecordKind;

/// Maximum number of waiting questions; further ones are asked later.
const WAITING_MAX: usize = 32;

impl State {
    /// Queues the questions that are neither waiting nor settled.
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

    /// Drops questions that refer to the forgotten records `gone`, which ascend. A question about an edit that showed
    /// a forgotten record among others is asked again without it.
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

    /// The questions to ask when these contexts are used, nearest first.
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

    /// For each group of preferences inferred from the same edits, a question that checks them against the nearest
    /// texts.
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

    /// The inferred preferences that apply to these contexts, nearest first: the ones aggregated from exactly these
    /// contexts' preferences if they exist, otherwise the individual ones.
    pub(crate) fn inferred_for(&self, near: &[RecordId]) -> Vec<PreferenceId> {
        let single = self.inferred_singly(near);
        self.aggregated(&single).unwrap_or(single)
    }

    /// The active preferences that were inferred from one of these records, without duplicates.
    fn inferred_singly(&self, near: &[RecordId]) -> Vec<PreferenceId> {
        let mut found = Vec::new();
        for record in near {
            for (id, entry) in self.ledger.resting_on(*record) {
                let speaks = match entry {
                    Entry::Inferred(inferred) => inferred.holds() && inferred.words.sources.contains(record),
                    // Inferred by an earlier version.
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

    /// The preferences that these were aggregated into.
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

    /// All records that the preferences are based on, ascending; `None` unless at least two of the preferences were
    /// inferred from different records.
    fn basis_of_several(&self, single: &[PreferenceId]) -> Option<Vec<RecordId>> {
        let entries = || single.iter().filter_map(|id| self.ledger.get(*id));
        let sources: BTreeSet<&[RecordId]> =
            entries().filter_map(|entry| Some(entry.words()?.sources.as_slice())).collect();
        let basis: BTreeSet<RecordId> = entries().flat_map(Entry::basis).collect();
        (sources.len() > 1).then(|| basis.into_iter().collect())
    }
}
