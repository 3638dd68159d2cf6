//! Search by words: an inverted index with BM25, changed in place.
//!
//! Invariant: an index from which a text was removed gives the same results, bit for bit, as one that never held it:
//! all statistics are integer counts, scores are summed in an order that depends on the terms alone, and a term of no
//! text is dropped with its spelling.
//!
//! It is ours because what exists for this (tantivy and its kin) keeps immutable segments in files of its own: deletion
//! only marks, the text stays until a merge, nothing is sealed, and the library would grow by more than all the rest
//! of it. One person's words fit into memory: a text costs about 7 bytes for each distinct term,
//! before the slack of growing lists, and its share of the dictionary.
//!
//! BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the inverse document
//! frequency that is never negative; upper bounds per term end a search early without changing its result (`MaxScore`,
//! Turtle and Flood 1995).

mod dictionary;
mod postings;
mod snapshot;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use parking_lot::Mutex;

use self::dictionary::{Dictionary, Place};
use self::postings::{Postings, packed, unpacked};
#[cfg(any(test, feature = "internals"))]
use crate::document::{Document, terms};
use crate::document::{WITHOUT_SPACES, lone, pair};
use crate::language::Language;
use crate::search::tuning::bm25::{B, K1, LISTED_SHARE, LONE_CHARACTER, OWN_UNITS, REPETITION_TERMS_MIN};
use crate::search::vector::{Deadline, grow, map_bytes};

/// Most terms of a query; the weightiest ones.
const QUERY_TERMS_MAX: usize = 1000;
/// Most terms that a prefix or a character stands for; the most frequent ones.
const STANDS_FOR_MAX: usize = 32;

/// A text found by its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordMatch {
    /// The key the text was inserted under.
    pub key: u64,
    /// Its BM25 score, above 0.
    pub score: f32,
}

/// Terms of a query with their weights, bound to the index as it was when they were looked up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WordQuery {
    /// Term number and weight, in the order of the terms' spelling.
    terms: Vec<(u32, f32)>,
}

impl WordQuery {
    /// Whether no text has any of its terms.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// How often a text has each of its terms, as the index holds it.
#[derive(Debug)]
pub(crate) struct TermCounts {
    /// Ascending by term, in units of [`OWN_UNITS`].
    counts: Vec<(String, u32)>,
    /// See [`LexicalIndex::repetition`].
    repetition: f32,
}

impl TermCounts {
    /// Of the terms of a text and of what surrounds it.
    pub(crate) fn of(text: Vec<String>, around: Vec<String>) -> Self {
        let own = counted(text, OWN_UNITS);
        let repetition = repetition(own.iter().map(|(_, count)| u64::from(count / OWN_UNITS)));
        let mut counts = own;
        if !around.is_empty() {
            counts.extend(counted(around, 1));
            counts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            merge(&mut counts);
        }
        Self { counts, repetition }
    }
}

/// Each term once, ascending, with how often it is there times `unit`.
fn counted(mut terms: Vec<String>, unit: u32) -> Vec<(String, u32)> {
    terms.sort_unstable();
    let mut counts: Vec<(String, u32)> = terms.into_iter().map(|term| (term, unit)).collect();
    merge(&mut counts);
    counts
}

/// Joins what stands beside each other for the same term.
fn merge(counts: &mut Vec<(String, u32)>) {
    counts.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0 };
        same
    });
}

#[derive(Debug)]
struct Text {
    key: u64,
    /// In units of [`OWN_UNITS`].
    length: u32,
    /// See [`LexicalIndex::repetition`].
    repetition: f32,
    /// Numbers of its distinct terms, [`packed`].
    terms: Box<[u8]>,
}

/// Texts under `u64` keys, found by their words.
#[derive(Debug, Default)]
pub struct LexicalIndex {
    dictionary: Dictionary,
    /// By term number; `None` for a free number.
    postings: Vec<Option<Postings>>,
    free_terms: Vec<u32>,
    /// By slot; `None` for a free slot.
    texts: Vec<Option<Text>>,
    free_slots: Vec<u32>,
    slots: HashMap<u64, u32>,
    /// Sum of the texts' lengths.
    length: u64,
    /// All zero between searches.
    scratch: Mutex<Vec<Vec<f32>>>,
}

impl LexicalIndex {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Texts held.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no text is held.
    #[cfg(any(test, feature = "internals"))]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether a text is held under the key.
    pub fn contains(&self, key: u64) -> bool {
        self.slots.contains_key(&key)
    }

    /// The keys of the texts, in the order in which [`save`](Self::save) writes them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        self.texts.iter().flatten().map(|text| text.key)
    }

    /// Bytes held in memory, roughly.
    pub fn memory_bytes(&self) -> usize {
        let lists: usize = self.postings.iter().flatten().map(Postings::heap_bytes).sum();
        let texts: usize = self.texts.iter().flatten().map(|text| text.terms.len()).sum();
        let scratch: usize = self.scratch.lock().iter().map(|sums| sums.capacity() * size_of::<f32>()).sum();
        self.dictionary.memory_bytes()
            + lists
            + texts
            + scratch
            + self.postings.capacity() * size_of::<Option<Postings>>()
            + self.texts.capacity() * size_of::<Option<Text>>()
            + (self.free_terms.capacity() + self.free_slots.capacity()) * size_of::<u32>()
            + map_bytes(&self.slots)
    }

    /// Adds a text, in the place of the one under the same key. `around` is what surrounds it (what it answers, its
    /// title, the turns beside it): its words count half.
    #[cfg(any(test, feature = "internals"))]
    pub fn insert(&mut self, key: u64, text: &str, around: &str) {
        let [text, around] = [text, around].map(|text| terms(text, Language::english()));
        self.insert_counts(key, TermCounts::of(text, around));
    }

    /// The same of terms that are counted already.
    pub(crate) fn insert_counts(&mut self, key: u64, counts: TermCounts) {
        self.remove(key);
        let TermCounts { counts, repetition } = counts;
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            grow(&mut self.texts, 1);
            self.texts.push(None);
            (self.texts.len() - 1) as u32
        });
        let length = counts.iter().map(|(_, count)| count).sum();
        let numbers = counts.into_iter().map(|(term, count)| self.post(&term, slot, count)).collect();
        self.texts[slot as usize] = Some(Text { key, length, repetition, terms: packed(numbers) });
        self.slots.insert(key, slot);
        self.length += u64::from(length);
    }

    fn post(&mut self, term: &str, slot: u32, count: u32) -> u32 {
        let place = match self.find(term) {
            Ok((number, _)) => {
                if let Some(list) = &mut self.postings[number as usize] {
                    list.insert(slot, count);
                }
                return number;
            }
            Err(place) => place,
        };
        let number = self.free_terms.pop().unwrap_or_else(|| {
            grow(&mut self.postings, 1);
            self.postings.push(None);
            (self.postings.len() - 1) as u32
        });
        self.postings[number as usize] = Some(Postings::new(term, slot, count));
        self.dictionary.insert(place, number);
        number
    }

    /// A term's number and place, or the place where it belongs.
    fn find(&self, term: &str) -> Result<(u32, Place), Place> {
        self.dictionary.find(|number| self.spelling(number).cmp(term.as_bytes()))
    }

    fn number(&self, term: &str) -> Option<u32> {
        self.find(term).ok().map(|(number, _)| number)
    }

    /// The terms from one on, in order, with their numbers.
    fn terms_from(&self, term: &str) -> impl Iterator<Item = (&str, u32)> {
        let (Ok((_, place)) | Err(place)) = self.find(term);
        let spelled = |number: u32| Some((self.postings[number as usize].as_ref()?.spelling.text(), number));
        self.dictionary.from(place).filter_map(spelled)
    }

    /// Removes a text; `false` if there was none.
    pub fn remove(&mut self, key: u64) -> bool {
        let Some(slot) = self.slots.remove(&key) else { return false };
        let Some(text) = self.texts[slot as usize].take() else { return false };
        self.free_slots.push(slot);
        self.length -= u64::from(text.length);
        for number in unpacked(&text.terms) {
            let Some(list) = &mut self.postings[number as usize] else { continue };
            if !list.remove(slot) {
                continue;
            }
            let term = self.list(number).map_or("", |list| list.spelling.text());
            if let Ok((_, place)) = self.find(term) {
                self.dictionary.remove(place);
            }
            self.postings[number as usize] = None;
            self.free_terms.push(number);
        }
        true
    }

    /// The query that a text is; with `completes` its last word may be the beginning of one.
    #[cfg(any(test, feature = "internals"))]
    pub fn query(&self, text: &str, completes: bool) -> WordQuery {
        let read = Document::new(text, Language::english());
        let begun = if completes { read.unfinished() } else { None };
        self.query_of_terms(read.language, read.terms(), begun.as_deref())
    }

    /// Those of `terms` that the index knows. A single character of a script without spaces also stands for the
    /// pairs that have it. A word that is `begun` also stands for the terms that begin with it and, where it is no term
    /// as it stands, for the stems of words that begin with it.
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
                // A character within a text is part of two.
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

    /// The caller's own weights of words, by the terms of each; what is not finite or not above 0 is left out, a word of
    /// several terms shares its weight among them.
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

    /// Both queries in one, their weights added.
    pub fn joined(&self, one: &WordQuery, other: &WordQuery) -> WordQuery {
        let mut weights: BTreeMap<u32, f32> = one.terms.iter().copied().collect();
        for &(number, weight) in &other.terms {
            *weights.entry(number).or_default() += weight;
        }
        self.ordered(weights)
    }

    /// The query after feedback: RM3 (Lavrenko and Croft 2001; Abdul-Jaleel et al. 2004). `share` of its weight, 0 to
    /// 1, goes to the `count` terms that mark the texts in `good` (keys with their weights, at least 0), the rest
    /// stays with the query.
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

    /// The up to `k` best texts, best first, ties by key; only those under `among`, where it is given.
    #[cfg(any(test, feature = "internals"))]
    pub fn search(&self, query: &WordQuery, k: usize, among: Option<&[u64]>) -> Vec<WordMatch> {
        self.search_by(query, k, among, &Deadline::none())
    }

    /// As [`search`](Self::search), by the weightiest terms for which there is time; one at least.
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

    /// Adds up the scores term by term, the weightiest first. Once no text that was not met yet can be among the
    /// best `k`, only those that were are looked up. Gives the slots whose sums are not 0.
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
        // What the k-th best sum is at most.
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
            // The margin is for the rounding of sums.
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
            // The sums of the others are not complete.
            for slot in &touched {
                if candidates.binary_search(slot).is_err() {
                    sums[*slot as usize] = 0.0;
                }
            }
            return candidates;
        }
        touched
    }

    /// The scores of given texts, in their order; 0 for one without any of the terms and for an unknown key.
    #[cfg(any(test, feature = "internals"))]
    pub fn scores(&self, query: &WordQuery, keys: &[u64]) -> Vec<f32> {
        self.scores_by(query, keys, &Deadline::none())
    }

    /// As [`scores`](Self::scores), by the weightiest terms for which there is time; one at least.
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

    /// Numbers and weights times idf, weightiest first, ties by spelling.
    fn by_weight(&self, terms: &[(u32, f32)]) -> Vec<(u32, f32)> {
        let mut terms: Vec<(u32, f32)> =
            terms.iter().map(|&(number, weight)| (number, weight * self.idf(number))).collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.spelling(a.0).cmp(self.spelling(b.0))));
        terms
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

    fn list(&self, number: u32) -> Option<&Postings> {
        self.postings.get(number as usize)?.as_ref()
    }

    fn spelling(&self, number: u32) -> &[u8] {
        self.list(number).map_or(&[], |list| list.spelling.bytes())
    }

    fn frequency(&self, number: u32) -> usize {
        self.list(number).map_or(0, |list| list.entries().len())
    }

    /// For each text the share of a query's weight, 0 to 1, that lies in those of `names` which the text has and `most`
    /// texts have at most; both queries are of the index as it is. 0 for a text that is not held.
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

    /// For each text how many distinct terms, surroundings included, are none of the query's, counted up to `most`;
    /// `most` for a text that is not held.
    pub fn added(&self, query: &WordQuery, keys: &[u64], most: usize) -> Vec<usize> {
        let mut asked: Vec<u32> = query.terms.iter().map(|(number, _)| *number).collect();
        asked.sort_unstable();
        let added = |text: &Text| {
            unpacked(&text.terms).filter(|number| asked.binary_search(number).is_err()).take(most).count()
        };
        keys.iter().map(|key| self.text(*key).map_or(most, added)).collect()
    }

    /// The probability that two terms drawn from a text, surroundings left out, are the same one (Yule 1944; Simpson
    /// 1949): unlike the share of distinct terms it does not depend on the length. 0 for a text of a few terms; `None`
    /// for one that is not held.
    pub fn repetition(&self, key: u64) -> Option<f32> {
        self.text(key).map(|text| text.repetition)
    }

    fn text(&self, key: u64) -> Option<&Text> {
        self.slots.get(&key).and_then(|slot| self.texts[*slot as usize].as_ref())
    }

    fn count(&self, number: u32, slot: u32) -> f32 {
        f32::from(self.list(number).and_then(|list| list.count(slot)).unwrap_or(0))
    }

    fn idf(&self, number: u32) -> f32 {
        let with = self.frequency(number) as f32;
        (1.0 + (self.len() as f32 - with + 0.5) / (with + 0.5)).ln()
    }

    fn average(&self) -> f32 {
        (self.length as f64 / self.len().max(1) as f64).max(1.0) as f32
    }

    fn saturation(&self, slot: u32, count: u8, average: f32) -> f32 {
        let length = self.texts[slot as usize].as_ref().map_or(0, |text| text.length);
        let count = f32::from(count) / OWN_UNITS as f32;
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length as f32 / average))
    }
}

fn repetition(counts: impl Iterator<Item = u64>) -> f32 {
    let (length, same) =
        counts.fold((0, 0), |(length, same), count| (length + count, same + count * count.saturating_sub(1)));
    if length < REPETITION_TERMS_MIN { 0.0 } else { (same as f64 / (length * (length - 1)) as f64) as f32 }
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

#[cfg(test)]
mod tests;
