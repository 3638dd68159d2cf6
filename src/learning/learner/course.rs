//! How a habit goes within a scope: by all that was seen of it there, or since the person took to another way.
//!
//! Invariant: what is listed, explained and applied of a habit in a whole scope is by the same course.

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

/// How a habit goes within a scope.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) belief: Belief,
    /// What it rests on.
    pub(super) sums: Sums,
    /// How many texts of that time compare anything.
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
    /// How the features without a subject go within the widest scope of a chain, since the person took to another way
    /// where they did.
    pub(super) fn undirected(
        &self,
        places: &[Place<'_>],
        totals: &[Arc<ScopeTotals>],
        now: Timestamp,
    ) -> Undirected {
        let mut undirected = Undirected::default();
        let (Some(widest), Some(totals)) = (places.first(), totals.first()) else { return undirected };
        for (key, sums) in totals.iter().filter(|(key, _)| key.1 == 0) {
            let turned = if sums.may_have_turned() { self.turned(widest, key, sums) } else { None };
            let since = turned.map(|since| self.sums_since(widest, key, since, now));
            undirected.note(since.as_ref().unwrap_or(sums));
        }
        undirected
    }

    /// How a habit goes at a place, the last of a chain with these sums: where the person took to another way there,
    /// and it is asked whether they did (`may_turn`), by what came since.
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

    /// When the person took to another way at a place; `None` where they did not. `all` is the evidence of all times.
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

    /// The evidence of a key at a place since a time.
    fn sums_since(&self, place: &Place<'_>, key: Key, since: Timestamp, now: Timestamp) -> Sums {
        let mut sums = Sums::default();
        let records = place.pools.get(&key).into_iter().flat_map(Pool::records);
        let told = records.map(|record| observation(&self.records, record, key));
        for item in told.filter(|item| item.at >= since) {
            sums.add(&item, age_weight(item.at, now));
        }
        sums
    }

    /// How many texts at a place compare anything, since a time.
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

/// The share of its occasions within a scope on which a habit shows; so many `texts` there compare anything.
pub(super) fn share(feature: &Feature, more: bool, sums: &Sums, texts: u32) -> f64 {
    share_with(feature, more, sums, texts, 0)
}

/// The same where so many other texts went against the habit.
pub(super) fn share_with(feature: &Feature, more: bool, sums: &Sums, texts: u32, against: u32) -> f64 {
    let compared = f64::from(sums.occasions(more) + against);
    let occasions = choice::occasions(feature, more, compared, f64::from(texts));
    f64::from(sums.sides[usize::from(more)].count) / occasions.max(1.0)
}

/// Whether a habit shows on most of its occasions within a scope.
fn shows(feature: &Feature, more: bool, sums: &Sums, texts: u32) -> bool {
    share(feature, more, sums, texts) >= near::least_share(feature)
}

/// Whether a person's other texts within a scope deny a habit. Of some features only the texts that have any of it are
/// known: these tell nothing.
pub(super) fn denied(feature: &Feature, more: bool, sums: &Sums) -> bool {
    !feature.absence_tells_nothing() && sums.denies(more)
}
