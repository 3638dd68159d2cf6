//! Queries: terms of the index with their weights.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::LexicalIndex;
use super::postings::unpacked;
#[cfg(any(test, feature = "internals"))]
use crate::document::Document;
use crate::document::{WITHOUT_SPACES, lone, pair};
use crate::language::Language;
use crate::search::tuning::bm25::LONE_CHARACTER;

/// Maximum number of terms of a query; the ones with the greatest weight are kept.
pub(super) const QUERY_TERMS_MAX: usize = 1000;
/// Maximum number of terms that a prefix or a character is expanded to; the most frequent ones are kept.
pub(super) const STANDS_FOR_MAX: usize = 32;

/// Terms of a query with their weights; valid for the index in the state in which they were looked up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WordQuery {
    /// Term number and weight, ordered by the terms' spelling.
    pub(super) terms: Vec<(u32, f32)>,
}

impl WordQuery {
    /// Whether none of its terms is in the index.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl LexicalIndex {
    /// The query for a text; with `completes` its last word may be incomplete.
    #[cfg(any(test, feature = "internals"))]
    pub fn query(&self, text: &str, completes: bool) -> WordQuery {
        let read = Document::new(text, Language::english());
        let begun = if completes { read.unfinished() } else { None };
        self.query_of_terms(read.language, read.terms(), begun.as_deref())
    }

    /// The query for those of `terms` that are in the index. A single character of a script without spaces also
    /// matches the pairs that contain it. The incomplete word `begun` also matches the terms that begin with it and,
    /// if it is not a term itself, the stems of words that begin with it.
    pub(crate) fn query_of_terms(
        &self,
        language: &Language,
        terms: Vec<String>,
        begun: Option<&str>,
    ) -> WordQuery {
        let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
        let mut pairs: BTreeMap<char, Vec<u32>> = BTreeMap::new();
        for term in terms {
            if let Some(number) = self.number(&term) {
                *weights.entry(number).or_default() += 1.0;
            }
            pairs.extend(lone(&term).map(|lone| (lone, Vec::new())));
        }
        if !pairs.is_empty() {
            for (term, number) in self.terms_from(WITHOUT_SPACES) {
                for c in pair(term).into_iter().flatten() {
                    pairs.entry(c).and_modify(|pairs| pairs.push(number));
                }
            }
        }
        for pairs in pairs.into_values() {
            for number in self.most_frequent(pairs) {
                // A character within a text is part of two pairs.
                *weights.entry(number).or_default() += LONE_CHARACTER;
            }
        }
        if let Some(prefix) = begun {
            let words = self.terms_from(prefix).take_while(|(term, _)| term.starts_with(prefix));
            let mut numbers: Vec<u32> = words.map(|(_, number)| number).collect();
            if numbers.first().is_none_or(|first| self.spelling(*first) != prefix.as_bytes()) {
                let stems = language.stems_of_longer(prefix);
                numbers.extend(stems.iter().filter_map(|stem| self.number(stem)));
            }
            for number in self.most_frequent(numbers) {
                weights.entry(number).or_insert(1.0);
            }
        }
        self.ordered(weights)
    }

    fn most_frequent(&self, mut terms: Vec<u32>) -> Vec<u32> {
        terms.sort_by_key(|number| (Reverse(self.frequency(*number)), self.spelling(*number)));
        terms.truncate(STANDS_FOR_MAX);
        terms
    }

    /// A query with the caller's weights for words, each given by its terms. Weights that are not finite or not above
    /// 0 are ignored; the weight of a word of several terms is divided among them.
    pub(crate) fn weighted(&self, words: impl IntoIterator<Item = (Vec<String>, f32)>) -> WordQuery {
        let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
        for (terms, weight) in words {
            if !(weight.is_finite() && weight > 0.0) {
                continue;
            }
            for term in &terms {
                if let Some(number) = self.number(term) {
                    *weights.entry(number).or_default() += weight / terms.len() as f32;
                }
            }
        }
        self.ordered(weights)
    }

    /// Combines two queries; weights of common terms are added.
    pub fn joined(&self, one: &WordQuery, other: &WordQuery) -> WordQuery {
        let mut weights: BTreeMap<u32, f32> = one.terms.iter().copied().collect();
        for &(number, weight) in &other.terms {
            *weights.entry(number).or_default() += weight;
        }
        self.ordered(weights)
    }

    /// The query after feedback: RM3 (Lavrenko and Croft 2001; Abdul-Jaleel et al. 2004). A `share` of the weight, 0
    /// to 1, goes to the `count` terms that best characterize the texts in `good` (keys with weights of at least 0);
    /// the rest stays with the original terms.
    pub fn expanded(&self, query: &WordQuery, good: &[(u64, f32)], count: usize, share: f32) -> WordQuery {
        let total: f32 = good.iter().map(|(_, weight)| weight).sum();
        let asked: f32 = query.terms.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 || asked <= 0.0 {
            return query.clone();
        }
        let mut marks: BTreeMap<u32, f32> = BTreeMap::new();
        for (key, weight) in good {
            let Some(text) = self.text(*key) else { continue };
            for number in unpacked(&text.terms) {
                let frequency = self.count(number, self.slots[key]) / text.length.max(1) as f32;
                *marks.entry(number).or_default() += weight / total * frequency * self.idf(number);
            }
        }
        let mut marks: Vec<(u32, f32)> = marks.into_iter().collect();
        marks.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.spelling(a.0).cmp(self.spelling(b.0))));
        marks.truncate(count);
        let marked: f32 = marks.iter().map(|(_, mark)| mark).sum();
        if marked <= 0.0 {
            return query.clone();
        }
        let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
        for &(number, weight) in &query.terms {
            *weights.entry(number).or_default() += (1.0 - share) * weight / asked;
        }
        for (number, mark) in marks {
            *weights.entry(number).or_default() += share * mark / marked;
        }
        self.ordered(weights)
    }

    fn ordered(&self, weights: BTreeMap<u32, f32>) -> WordQuery {
        let mut terms: Vec<(u32, f32)> = weights.into_iter().collect();
        if terms.len() > QUERY_TERMS_MAX {
            let weightiest = self.by_weight(&terms).into_iter().take(QUERY_TERMS_MAX);
            let kept: BTreeSet<u32> = weightiest.map(|(number, _)| number).collect();
            terms.retain(|(number, _)| kept.contains(number));
        }
        terms.sort_by(|a, b| self.spelling(a.0).cmp(self.spelling(b.0)));
        WordQuery { terms }
    }
}
