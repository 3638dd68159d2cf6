//! The list of all preferences: those of whole scopes, and those that hold only in some kinds of context.
//!
//! Invariant: what is applied in one of the newest contexts is listed.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::state::{FEEDBACK, State};
use crate::engine::tuning::personalize::CANDIDATES;
use crate::learning::{Learner, Ledger};
use crate::types::{Preference, PreferenceId, RecordId, Timestamp};

impl State {
    /// All preferences in order of authority and strength, each at the widest scope where it holds; including those
    /// that hold only in some kinds of context, if the newest contexts include some of these kinds.
    pub(super) fn list(&self, now: Timestamp) -> Vec<Preference> {
        let mut learned = self.learner.list(now);
        learned.extend(self.local(&learned, now));
        learned.sort_by(|a, b| (b.strength * b.confidence).total_cmp(&(a.strength * a.confidence)));
        compose(&self.ledger, learned)
    }

    /// A preference of the list as it is learned, whatever the person said of it.
    pub(super) fn listed(&self, id: PreferenceId, now: Timestamp) -> Option<Preference> {
        let is_it = |preference: &Preference| preference.id == id;
        let learned = self.learner.list(now);
        // The contexts take longer.
        learned.iter().find(|it| is_it(it)).cloned().or_else(|| self.local(&learned, now).find(is_it))
    }

    /// What holds only in some kinds of context, given what is learned of whole scopes.
    fn local(&self, learned: &[Preference], now: Timestamp) -> impl Iterator<Item = Preference> + use<> {
        let known: BTreeSet<PreferenceId> = learned.iter().map(|preference| preference.id).collect();
        let mut local: BTreeMap<PreferenceId, Preference> = BTreeMap::new();
        for id in self.newest_contexts() {
            for preference in self.learned_at(id, now).into_iter().flatten() {
                if !known.contains(&preference.id) {
                    local.entry(preference.id).or_insert(preference).contexts.push(id);
                }
            }
        }
        local.into_values()
    }

    /// Records with feedback, newest first, up to [`CONTEXTS_LISTED`].
    fn newest_contexts(&self) -> Vec<RecordId> {
        let mut newest: Vec<RecordId> = self.surfaces.keys().copied().collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        let is_feedback =
            |id: &RecordId| self.catalogue.get(*id).is_some_and(|item| FEEDBACK.contains(&item.kind));
        newest.into_iter().filter(is_feedback).take(CONTEXTS_LISTED).collect()
    }

    /// The learned preferences that hold in the context of a record.
    fn learned_at(&self, id: RecordId, now: Timestamp) -> Option<Vec<Preference>> {
        let (item, surface) = (self.catalogue.get(id)?, self.surfaces.get(&id)?);
        let vector = self.catalogue.vector(id)?.to_f32();
        let found = self.catalogue.nearest(&vector, CANDIDATES, &self.neighbour_filter(&item.scope)).ok()?;
        let near = self.alike_to(surface, &found);
        Some(self.learner.pool(&near.query(&item.scope, now)))
    }
}

/// Number of newest contexts examined for preferences that hold only there.
const CONTEXTS_LISTED: usize = 64;

/// All preferences that hold in whole scopes; see [`State::list`].
pub(super) fn list(ledger: &Ledger, learner: &Learner, now: Timestamp) -> Vec<Preference> {
    compose(ledger, learner.list(now))
}

/// Combines learned preferences with the person's changes to them, and adds those inferred by the host's model.
fn compose(ledger: &Ledger, learned: Vec<Preference>) -> Vec<Preference> {
    let inferred: Vec<PreferenceId> = ledger.iter().map(|(id, _)| id).collect();
    ledger.compose(None, learned, &inferred)
}
