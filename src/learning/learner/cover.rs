//! What accounts for what: words, phrases and blocks of text that are habits of their own account for the lengths and
//! shares that move along with them.
//!
//! Invariant: of a habit that others account for only what is left without them counts.

use super::{Held, Key, Learner, Observation, Place};
use std::collections::BTreeSet;

use crate::language::Language;
use crate::learning::learner::listed::entry_in;
use crate::learning::learner::sums::{Pool, Sums, age_weight};
use crate::signals::features::{Feature, id, split_swap};
use crate::types::{Direction, Timestamp};

/// Different words of a kind that make a habit of the kind.
const KIND_WORDS: usize = 2;

/// Habits of words, with whether there is more of them.
pub(super) struct Accounting<'a> {
    language: &'static Language,
    habits: Vec<(Key, bool, &'a str)>,
}

impl<'a> Accounting<'a> {
    /// None yet; the person's words are in a language.
    pub(super) fn new(language: &'static Language) -> Self {
        Self { language, habits: Vec::new() }
    }

    pub(super) fn add(&mut self, key: Key, direction: Direction, subject: &'a str) {
        if is_of_words(key) {
            self.habits.push((key, direction == Direction::More, subject));
        }
    }

    /// Whether the words come or go as a kind, which a feature counts: there are several different ones.
    pub(super) fn are_of_a_kind(&self, feature: &Feature, more: bool) -> bool {
        let moved = |(key, way, subject): &(Key, bool, &'a str)| match (key.0, split_swap(subject)) {
            (id::PHRASE, _) => (*way == more).then_some(*subject),
            (id::SWAP, Some((to, from))) => Some(if *way == more { to } else { from }),
            _ => None,
        };
        let entries: BTreeSet<&str> = self
            .habits
            .iter()
            .filter_map(moved)
            .filter_map(|words| entry_in(self.language, words, feature.lists))
            .collect();
        entries.len() >= KIND_WORDS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.habits.is_empty()
    }

    /// Whether one of them shows in a record.
    fn shows_in(&self, held: &Held) -> bool {
        self.habits.iter().any(|(key, more, _)| {
            held.item(*key).is_some_and(|item| item.change != 0.0 && (item.change > 0.0) == *more)
        })
    }

    /// A record's observation without what they account for.
    pub(super) fn without(&self, held: &Held, item: Observation) -> Observation {
        if item.change != 0.0 && self.shows_in(held) { item.accounted_for() } else { item }
    }
}

/// Whether a key is of words that account for other changes.
pub(super) fn is_of_words(key: Key) -> bool {
    matches!(key.0, id::SWAP | id::PHRASE | id::BLOCK)
}

impl Learner {
    /// The evidence of a key at a place without what habits of words account for.
    pub(super) fn sums_without(
        &self,
        place: &Place<'_>,
        key: Key,
        words: &Accounting,
        now: Timestamp,
    ) -> Sums {
        let mut sums = Sums::default();
        for record in place.pools.get(&key).into_iter().flat_map(Pool::records) {
            let held = &self.records[&record];
            let item = super::observation(&self.records, record, key);
            sums.add(&words.without(held, item), age_weight(held.at, now));
        }
        sums
    }
}
