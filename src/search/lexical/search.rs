//! Search for the best texts without scoring all of them (`MaxScore`).

use super::LexicalIndex;
use super::query::WordQuery;
use crate::search::tuning::bm25::{K1, LISTED_SHARE};
use crate::search::vector::Deadline;

/// A text found by its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordMatch {
    /// The key the text was inserted under.
    pub key: u64,
    /// Its BM25 score, above 0.
    pub score: f32,
}

impl LexicalIndex {
    /// Up to `k` best texts, best first, ties by key; only those in `among`, if specified.
    #[cfg(any(test, feature = "internals"))]
    pub fn search(&self, query: &WordQuery, k: usize, among: Option<&[u64]>) -> Vec<WordMatch> {
        self.search_by(query, k, among, &Deadline::none())
    }

    /// As [`search`](Self::search), using as many terms as time allows, in descending order of weight, but at least
    /// one.
    pub fn search_by(
        &self,
        query: &WordQuery,
        k: usize,
        among: Option<&[u64]>,
        deadline: &Deadline,
    ) -> Vec<WordMatch> {
        if k == 0 || query.is_empty() {
            return Vec::new();
        }
        if let Some(keys) = among
            && keys.len() * LISTED_SHARE < self.len()
        {
            let scores = self.scores_by(query, keys, deadline);
            let found = keys.iter().zip(scores).map(|(&key, score)| WordMatch { key, score });
            return best(found.filter(|found| found.score > 0.0).collect(), k);
        }
        let allowed: Option<Vec<bool>> = among.map(|keys| {
            let mut allowed = vec![false; self.texts.len()];
            for slot in keys.iter().filter_map(|key| self.slots.get(key)) {
                allowed[*slot as usize] = true;
            }
            allowed
        });
        let mut sums = self.scratch.lock().pop().unwrap_or_default();
        sums.resize(self.texts.len(), 0.0);
        let touched = self.accumulate(query, k, allowed.as_deref(), deadline, &mut sums);
        let found = touched.iter().filter_map(|&slot| {
            let score = sums[slot as usize];
            let text = self.texts[slot as usize].as_ref()?;
            (score > 0.0).then_some(WordMatch { key: text.key, score })
        });
        let found = best(found.collect(), k);
        for slot in touched {
            sums[slot as usize] = 0.0;
        }
        self.scratch.lock().push(sums);
        found
    }

    /// Sums up the scores term by term, in descending order of weight. Once no text outside the candidates found so
    /// far can reach the best `k`, only those candidates are looked up. Returns the slots whose sums are not 0.
    fn accumulate(
        &self,
        query: &WordQuery,
        k: usize,
        allowed: Option<&[bool]>,
        deadline: &Deadline,
        sums: &mut [f32],
    ) -> Vec<u32> {
        let terms = self.by_weight(&query.terms);
        let mut left: f32 = terms.iter().map(|term| term.1 * (K1 + 1.0)).sum();
        // An upper bound of the `k`-th best sum.
        let mut highest = 0.0;
        let mut touched: Vec<u32> = Vec::new();
        let mut candidates: Option<Vec<u32>> = None;
        let mut heights: Vec<f32> = Vec::new();
        let average = self.average();
        for (at, &(number, weight)) in terms.iter().enumerate() {
            let Some(list) = &self.postings[number as usize] else { continue };
            if at > 0 && deadline.cuts() {
                break;
            }
            // The margin covers rounding errors of the sums.
            let missing = left * 1.0001;
            let met = candidates.as_ref().unwrap_or(&touched);
            if met.len() > k && highest > missing {
                heights.clear();
                heights.extend(met.iter().map(|slot| sums[*slot as usize]));
                highest = *heights.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1;
                let least = highest - missing;
                if least > 0.0 {
                    candidates =
                        Some(met.iter().copied().filter(|slot| sums[*slot as usize] >= least).collect());
                }
            }
            let most = weight * (K1 + 1.0);
            left = (left - most).max(0.0);
            highest += most;
            match &candidates {
                Some(candidates) => {
                    for &slot in candidates {
                        if let Some(count) = list.count(slot) {
                            sums[slot as usize] += weight * self.saturation(slot, count, average);
                        }
                    }
                }
                None => {
                    for entry in list.entries() {
                        let slot = entry.slot();
                        if allowed.is_some_and(|allowed| !allowed[slot as usize]) {
                            continue;
                        }
                        let sum = &mut sums[slot as usize];
                        if *sum == 0.0 {
                            touched.push(slot);
                        }
                        *sum += weight * self.saturation(slot, entry.count, average);
                    }
                }
            }
        }
        if let Some(mut candidates) = candidates {
            candidates.sort_unstable();
            // The sums of the other texts are incomplete.
            for slot in &touched {
                if candidates.binary_search(slot).is_err() {
                    sums[*slot as usize] = 0.0;
                }
            }
            return candidates;
        }
        touched
    }
}

fn best(mut found: Vec<WordMatch>, k: usize) -> Vec<WordMatch> {
    let order = |a: &WordMatch, b: &WordMatch| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key));
    if k < found.len() {
        found.select_nth_unstable_by(k, order);
        found.truncate(k);
    }
    found.sort_unstable_by(order);
    found
}
