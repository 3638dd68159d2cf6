//! The evidence of a habit within a whole scope: all of it, or only what is newer than a change of direction.
//!
//! Invariant: listing, explaining and applying a habit of a whole scope use the same course.

use std::borrow::Borrow;
use std::sync::Arc;

use super::{Held, Key, Learner, Place, choice, near, observation};
use crate::learning::learner::belief::{Belief, Undirected};
use crate::learning::learner::near::turn;
use crate::learning::learner::sums::{Observation, Pool, Sums, age_weight};
use crate::learning::learner::totals::ScopeTotals;
use crate::learning::tuning::neighbour::HEARD_MAX;
use crate::signals::features::Feature;
use crate::types::{RecordId, Timestamp};

/// The evidence of a habit within a scope, and the estimate from it.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) belief: Belief,
    /// The sums that the estimate is computed from.
    pub(super) sums: Sums,
    /// Number of texts with evidence about a change in the same period.
    pub(super) texts: u32,
}

impl Course {
    pub(super) fn holds(&self, feature: &Feature, support: u32) -> bool {
        self.belief.holds(&self.sums, support)
            && shows(feature, self.belief.more(), &self.sums, self.texts)
            && self.sums.sides[usize::from(self.belief.more())].is_of_kinds(feature)
            && !denied(feature, self.belief.more(), &self.sums)
    }
}

impl Learner {
    /// Estimates the share of features without a direction, from the features without a subject in the widest scope
    /// of a chain. After a change of direction, only the newer evidence counts.
    pub(super) fn undirected(
        &self,
        places: &[Place<'_>],
        totals: &[Arc<ScopeTotals>],
        now: Timestamp,
    ) -> Undirected {
        let mut undirected = Undirected::default();
        let (Some(widest), Some(totals)) = (places.first(), totals.first()) else { return undirected };
        for (key, sums, turn) in totals.without_subject() {
            let turned = || *turn.get_or_init(|| self.turned(widest, key, sums));
            let turned = sums.may_have_turned().then(turned).flatten();
            let since = turned.map(|since| self.sums_since(widest, key, since, now));
            undirected.note(since.as_ref().unwrap_or(sums));
        }
        undirected
    }

    /// The course of a habit at a place, the last of a chain with these sums. If the person changed direction there,
    /// and `may_turn` is set, only newer evidence is used.
    pub(super) fn course<S: Borrow<Sums>>(
        &self,
        place: &Place<'_>,
        key: Key,
        chain: &[S],
        now: Timestamp,
        may_turn: bool,
    ) -> Course {
        let all = chain.last().map_or_else(Sums::default, |sums| *sums.borrow());
        if let Some(since) = may_turn.then(|| self.turned(place, key, &all)).flatten() {
            let sums = self.sums_since(place, key, since, now);
            return Course {
                belief: Belief::of_chain(key.0, &[sums]),
                sums,
                texts: self.texts_since(place, since),
            };
        }
        let texts = Self::texts_with_choice(place, key);
        Course { belief: Belief::of_chain(key.0, chain), sums: all, texts }
    }

    /// When the person changed direction at a place; `None` if they did not. `all` is the evidence of all times.
    fn turned(&self, place: &Place<'_>, key: Key, all: &Sums) -> Option<Timestamp> {
        let mixed = all.sides.iter().all(|side| side.count < all.compared);
        let aside = || self.suppressions.iter().any(|one| (one.feature, one.subject_hash) == key);
        if !mixed || aside() {
            return None;
        }
        let told = |record| observation(&self.records, record, key);
        let newest = place.pools.get(&key)?.records().rev().map(told);
        let mut newest: Vec<Observation> =
            newest.filter(|item| item.bears() || item.refuses()).take(HEARD_MAX).collect();
        newest.reverse();
        turn(newest)
    }

    /// The evidence of a key at a place, from a time on.
    fn sums_since(&self, place: &Place<'_>, key: Key, since: Timestamp, now: Timestamp) -> Sums {
        let mut sums = Sums::default();
        let records = place.pools.get(&key).into_iter().flat_map(Pool::records);
        let told = records.map(|record| observation(&self.records, record, key));
        for item in told.filter(|item| item.at >= since) {
            sums.add(&item, age_weight(item.at, now));
        }
        sums
    }

    /// Number of texts at a place with evidence about a change, from a time on.
    fn texts_since(&self, place: &Place<'_>, since: Timestamp) -> u32 {
        let of_then = |record: RecordId, held: &Held| {
            self.counted(record) == record
                && held.compares()
                && held.at >= since
                && place.scope.contains(&held.scope)
        };
        self.records.iter().filter(|(record, held)| of_then(**record, held)).count() as u32
    }
}

/// The share of the occasions within a scope on which a habit shows. `texts` is the number of texts there with
/// evidence about a change.
pub(super) fn share(feature: &Feature, more: bool, sums: &Sums, texts: u32) -> f64 {
    share_with(feature, more, sums, texts, 0)
}

/// Same as [`share`], with so many more texts `against` the habit.
pub(super) fn share_with(feature: &Feature, more: bool, sums: &Sums, texts: u32, against: u32) -> f64 {
    let compared = f64::from(sums.occasions(more) + against);
    let occasions = choice::occasions(feature, more, compared, f64::from(texts));
    f64::from(sums.sides[usize::from(more)].count) / occasions.max(1.0)
}

/// Whether a habit shows on a sufficient share of its occasions within a scope.
fn shows(feature: &Feature, more: bool, sums: &Sums, texts: u32) -> bool {
    share(feature, more, sums, texts) >= near::least_share(feature)
}

/// Whether the person's other texts within a scope contradict a habit. For some features only texts that contain them
/// are recorded, so the others cannot contradict it.
pub(super) fn denied(feature: &Feature, more: bool, sums: &Sums) -> bool {
    !feature.absence_tells_nothing() && sums.denies(more)
}
