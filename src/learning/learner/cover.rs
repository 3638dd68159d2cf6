//! Changes that are explained by others: habits of words, phrases and blocks of text also change the lengths and
//! shares of a text.
//!
//! Invariant: a habit that others explain in part is judged by the remaining change only.

use std::collections::BTreeSet;

use super::{Held, Key, Learner, Place};
use crate::language::Language;
use crate::learning::learner::candidate::Candidate;
use crate::learning::learner::listed::entry_in;
use crate::learning::learner::sums::{Observation, Pool, Sums, age_weight};
use crate::learning::tuning::occasion::KIND_WORDS_MIN;
use crate::signals::features::{Feature, id, split_swap};
use crate::types::{Direction, Timestamp};

/// The habits of words among some candidates, each with whether the person wants more of it.
pub(super) struct Accounting<'a> {
    language: &'static Language,
    habits: Vec<(Key, bool, &'a str)>,
}

impl<'a> Accounting<'a> {
    /// Selects the habits of words among the candidates. The words are in the given language.
    fn of(found: &[Candidate<'a>], language: &'static Language) -> Self {
        let habits = found
            .iter()
            .filter(|candidate| is_of_words(candidate.key))
            .map(|candidate| (candidate.key, candidate.direction == Direction::More, candidate.subject))
            .collect();
        Self { language, habits }
    }

    /// Whether several different words of the kind that a feature counts come (or go, if not `more`). It is then a
    /// habit of the kind, and not of single words.
    fn are_of_a_kind(&self, feature: &Feature, more: bool) -> bool {
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
        entries.len() >= KIND_WORDS_MIN as usize
    }

    /// Whether at least one of these habits shows in a record.
    fn shows_in(&self, held: &Held) -> bool {
        self.habits.iter().any(|(key, more, _)| {
            held.item(*key).is_some_and(|item| item.change != 0.0 && (item.change > 0.0) == *more)
        })
    }

    /// A record's observation, without the part that these habits explain.
    pub(super) fn without(&self, held: &Held, item: Observation) -> Observation {
        if item.change != 0.0 && self.shows_in(held) { item.accounted_for() } else { item }
    }
}

/// The candidates that are not explained by habits of words. `holds_without` returns whether a candidate still holds
/// without the explained part.
pub(super) fn not_accounted_for<'a>(
    mut found: Vec<Candidate<'a>>,
    language: &'static Language,
    holds_without: impl Fn(&Candidate<'a>, &Accounting<'a>) -> bool,
) -> Vec<Candidate<'a>> {
    let words = Accounting::of(&found, language);
    if !words.habits.is_empty() {
        found.retain(|candidate| {
            is_of_words(candidate.key)
                || words.are_of_a_kind(candidate.feature, candidate.direction == Direction::More)
                || holds_without(candidate, &words)
        });
    }
    // For a block of text only the hash is known, so it cannot be worded.
    found.retain(|candidate| candidate.feature.id != id::BLOCK);
    found
}

/// Whether a key is of a kind that explains other changes.
fn is_of_words(key: Key) -> bool {
    matches!(key.0, id::SWAP | id::PHRASE | id::BLOCK)
}

impl Learner {
    /// The evidence of a key at a place, without the part that habits of words explain.
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
