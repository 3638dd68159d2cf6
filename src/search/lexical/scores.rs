//! BM25 scores and other measures of given texts for a query.

use super::postings::{Postings, unpacked};
use super::query::WordQuery;
use super::{LexicalIndex, Text};
use crate::search::tuning::bm25::{B, K1, OWN_UNITS};
use crate::search::vector::Deadline;

impl LexicalIndex {
    /// The scores of texts, in the order of `keys`; 0 for a text without any of the terms and for an unknown key.
    #[cfg(any(test, feature = "internals"))]
    pub fn scores(&self, query: &WordQuery, keys: &[u64]) -> Vec<f32> {
        self.scores_by(query, keys, &Deadline::none())
    }

    /// As [`scores`](Self::scores), using as many terms as time allows, in descending order of weight, but at least
    /// one.
    pub(crate) fn scores_by(&self, query: &WordQuery, keys: &[u64], deadline: &Deadline) -> Vec<f32> {
        let average = self.average();
        let slots: Vec<Option<u32>> = keys.iter().map(|key| self.slots.get(key).copied()).collect();
        let mut scores = vec![0.0; keys.len()];
        for (at, (number, weight)) in self.by_weight(&query.terms).into_iter().enumerate() {
            if at > 0 && deadline.cuts() {
                break;
            }
            let Some(list) = &self.postings[number as usize] else { continue };
            for (score, slot) in scores.iter_mut().zip(&slots) {
                if let Some(slot) = *slot
                    && let Some(count) = list.count(slot)
                {
                    *score += weight * self.saturation(slot, count, average);
                }
            }
        }
        scores
    }

    /// Term numbers with their weights times idf, greatest first, ties by spelling.
    pub(super) fn by_weight(&self, terms: &[(u32, f32)]) -> Vec<(u32, f32)> {
        let mut terms: Vec<(u32, f32)> =
            terms.iter().map(|&(number, weight)| (number, weight * self.idf(number))).collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.spelling(a.0).cmp(self.spelling(b.0))));
        terms
    }

    /// For each text, the share of the query's weight, 0 to 1, in those terms of `names` that the text has and that
    /// at most `most` texts have. Both queries must be of the index in its present state. 0 for a text that is not
    /// held.
    pub fn named(&self, query: &WordQuery, names: &WordQuery, keys: &[u64], most: usize) -> Vec<f32> {
        let weighed = |(number, weight): &(u32, f32)| weight * self.idf(*number);
        let rare = names.terms.iter().filter(|(number, _)| self.frequency(*number) <= most);
        let rare: Vec<(&Postings, f32)> =
            rare.filter_map(|term| Some((self.list(term.0)?, weighed(term)))).collect();
        if rare.is_empty() {
            return vec![0.0; keys.len()];
        }
        let whole = query.terms.iter().map(weighed).sum::<f32>().max(f32::MIN_POSITIVE);
        let share = |slot: &u32| {
            let held = rare.iter().filter(|(list, _)| list.count(*slot).is_some());
            (held.map(|(_, weight)| weight).sum::<f32>() / whole).min(1.0)
        };
        keys.iter().map(|key| self.slots.get(key).map_or(0.0, share)).collect()
    }

    /// For each text, the number of distinct terms, surroundings included, that are not in the query, counted up to
    /// `most`; `most` for a text that is not held.
    pub fn added(&self, query: &WordQuery, keys: &[u64], most: usize) -> Vec<usize> {
        let mut asked: Vec<u32> = query.terms.iter().map(|(number, _)| *number).collect();
        asked.sort_unstable();
        let added = |text: &Text| {
            unpacked(&text.terms).filter(|number| asked.binary_search(number).is_err()).take(most).count()
        };
        keys.iter().map(|key| self.text(*key).map_or(most, added)).collect()
    }

    /// The probability that two terms drawn from a text, surroundings excluded, are the same (Yule 1944; Simpson
    /// 1949). Unlike the share of distinct terms it does not depend on the length. 0 for a text of very few terms;
    /// `None` for one that is not held.
    pub fn repetition(&self, key: u64) -> Option<f32> {
        self.text(key).map(|text| text.repetition)
    }

    pub(super) fn count(&self, number: u32, slot: u32) -> f32 {
        f32::from(self.list(number).and_then(|list| list.count(slot)).unwrap_or(0))
    }

    pub(super) fn idf(&self, number: u32) -> f32 {
        let with = self.frequency(number) as f32;
        (1.0 + (self.len() as f32 - with + 0.5) / (with + 0.5)).ln()
    }

    pub(super) fn average(&self) -> f32 {
        (self.length as f64 / self.len().max(1) as f64).max(1.0) as f32
    }

    pub(super) fn saturation(&self, slot: u32, count: u8, average: f32) -> f32 {
        let length = self.texts[slot as usize].as_ref().map_or(0, |text| text.length);
        let count = f32::from(count) / OWN_UNITS as f32;
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length as f32 / average))
    }
}
