//! Search by meaning and words combined.
//!
//! Invariant: what is held of an item here in addition to the catalogue (words, further keys) is removed by
//! [`Hybrid::remove`]; an item without words or further keys is found by its vector alone.
//!
//! # The score
//!
//! `(meaning + WORDS * words^1.5 + NAMES * named) * worth`, higher first, where
//!
//! - `meaning` is the cosine to the item's own vector or, if it has further keys (passages, its surroundings), the
//!   mean of that and the best cosine among them: one passage alone does not make a document relevant;
//! - `words` is the item's BM25 score divided by the best one of any item, 0 to 1 (with pseudo-feedback, that plus
//!   half of the value before feedback, 0 to 1.5). Cosines are comparable between queries, BM25 scores are not;
//!   dividing by the best makes them comparable without statistics over the whole collection, which an index that
//!   returns only the nearest items could not provide. The power reduces weak matches, which are less informative
//!   than their share;
//! - `named` is the share of the query's weight, 0 to 1, in its rare names that the item has: words spelled as names
//!   or identifiers that occur in at most a handful of items. A query with such a name looks for the items that have
//!   it, whatever else is on the same subject;
//! - `worth` is 1 for most texts. It is lower for a text that only repeats itself and, if the query is a question,
//!   for a text that has hardly a word beyond those of the question, or that has no fact of the kind asked for (see
//!   `Facts`). Such texts are as near to a question as possible but do not answer it. A share of their score is taken
//!   off, so that a heading ranks below the answers but above texts on other subjects.
//!
//! When ordering by words the score is `words + BETWEEN_EQUALS * meaning`, and items without any of the words are not
//! candidates.
//!
//! Search by meaning and search by words each propose candidates, and every candidate gets an exact score for both,
//! so that an item missed by one of them loses nothing. If words count, the scores of the best items are then
//! regularized by those of similar items; see `regularize`.

mod snapshot;

use std::collections::{BTreeMap, HashMap};

pub(crate) use self::snapshot::WORDS_VERSION;
use super::catalogue::Catalogue;
use super::filter::Filter;
use super::lexical::{LexicalIndex, TermCounts, WordQuery};
use super::regularize::regularize;
use super::tuning::{expansion, regularization, score};
use crate::document::{Document, terms};
use crate::error::IndexError;
use crate::search::vector::{Deadline, QuantizedVector, Thresholds, TieredIndex, VectorIndex, map_bytes};
use crate::signals::{Facts, Form, is_question};
use crate::types::{ByRecord, RecordId};

/// Maximum number of further keys of an item.
pub const KEYS_MAX: usize = 64;

/// A search by meaning and words.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct HybridQuery<'a> {
    /// The query's vector.
    pub vector: &'a [f32],
    /// The query's text; empty for a search by meaning alone.
    pub words: &'a Document<'a>,
    /// Further words with the caller's weights.
    pub weighted: &'a [(String, f32)],
    /// Number of items wanted.
    pub k: usize,
    /// Which items to consider.
    pub filter: &'a Filter,
    /// Whether the last word may be incomplete.
    pub completes: bool,
    /// Whether to add words of the best texts found first (pseudo-relevance feedback); the word score is then a
    /// combination of the scores before and after feedback.
    pub pseudo_feedback: bool,
    /// Whether statements of the person about themselves are preferred over their questions; see [`Form`]. Such a
    /// text has the query's subject but seldom its words, so that words do not count.
    pub about_person: bool,
    /// Whether to order by words alone: for a name or an identifier. The cosine decides between items whose word
    /// scores differ by no more than a few hundredths; items without any of the words are left out.
    /// [`about_person`](Self::about_person) then has no effect.
    pub by_words: bool,
}

/// An item found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The record.
    pub id: RecordId,
    /// The score that determines the order; comparable within one search.
    pub score: f32,
    /// Cosine of the query to the item's own vector.
    pub similarity: f32,
    /// The word score, 0 to 1.
    pub words: f32,
}

/// Words and further keys of the items in a catalogue.
pub struct Hybrid {
    lexical: LexicalIndex,
    keys: TieredIndex,
    /// Number of further keys of each item.
    counts: ByRecord<u32>,
    hints: ByRecord<Hints>,
}

/// The terms and hints taken from an item's texts. Computed without the index, so that no lock is needed.
#[derive(Debug)]
pub(crate) struct ItemWords {
    counts: TermCounts,
    hints: Hints,
}

impl ItemWords {
    /// Of an item's text and the terms of its surroundings, in the text's language.
    pub(crate) fn of(document: &Document<'_>, around: Vec<String>) -> Self {
        let bytes = u32::try_from(document.text.len()).unwrap_or(u32::MAX);
        Self {
            counts: TermCounts::of(document.terms(), around),
            hints: Hints { form: Form::of(document), facts: Facts::of(document), bytes },
        }
    }
}

/// Properties of an item's own text.
#[derive(Debug, Clone, Copy)]
struct Hints {
    form: Form,
    facts: Facts,
    bytes: u32,
}

impl Hybrid {
    /// An empty index for vectors of `dimensions` values. From `graph_threshold` further keys on a graph is used to
    /// search them.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self {
            lexical: LexicalIndex::new(),
            keys: TieredIndex::new(dimensions, graph_threshold),
            counts: ByRecord::default(),
            hints: ByRecord::default(),
        }
    }

    /// Sets an item's words: its text and its surroundings.
    #[cfg(any(test, feature = "internals"))]
    pub fn insert_words(&mut self, id: RecordId, text: &str, around: &str) {
        let document = Document::read(text, None);
        self.insert(id, ItemWords::of(&document, terms(around, document.language)));
    }

    /// The same from precomputed words.
    pub(crate) fn insert(&mut self, id: RecordId, words: ItemWords) {
        self.lexical.insert_counts(id.0, words.counts);
        self.hints.insert(id, words.hints);
    }

    /// Sets an item's further keys; those beyond [`KEYS_MAX`] are ignored.
    ///
    /// # Errors
    /// As [`VectorIndex::insert`]; the item then has no further keys.
    pub fn insert_keys(&mut self, id: RecordId, vectors: &[QuantizedVector]) -> Result<(), IndexError> {
        self.remove_keys(id);
        for (at, vector) in vectors.iter().take(KEYS_MAX).enumerate() {
            if let Err(error) = self.keys.insert(key(id, at as u32), vector) {
                self.remove_keys(id);
                return Err(error);
            }
            self.counts.insert(id, at as u32 + 1);
        }
        Ok(())
    }

    fn remove_keys(&mut self, id: RecordId) {
        for at in 0..self.counts.remove(&id).unwrap_or(0) {
            self.keys.remove(key(id, at));
        }
    }

    /// Removes everything held of an item.
    pub fn remove(&mut self, id: RecordId) {
        self.remove_keys(id);
        self.lexical.remove(id.0);
        self.hints.remove(&id);
    }

    /// Changes the thresholds of the index of further keys; see [`TieredIndex::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.keys.set_thresholds(thresholds);
    }

    /// The index of further keys.
    pub(crate) fn index_mut(&mut self) -> &mut TieredIndex {
        &mut self.keys
    }

    /// Whether the index of further keys has a graph that lacks keys; see [`TieredIndex::grow`].
    pub(crate) fn is_growing(&self) -> bool {
        self.keys.is_growing()
    }

    /// Number of further keys without codes; see [`TieredIndex::uncoded`].
    pub(crate) fn uncoded(&self) -> usize {
        self.keys.uncoded()
    }

    /// Codes up to `most` such keys; returns how many are still missing.
    pub(crate) fn code(&mut self, most: usize) -> usize {
        self.keys.code(most)
    }

    /// Whether an item's words are known.
    pub fn has_words(&self, id: RecordId) -> bool {
        self.lexical.contains(id.0)
    }

    /// Approximate memory in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.lexical.memory_bytes()
            + self.keys.memory_bytes()
            + map_bytes(&self.counts)
            + map_bytes(&self.hints)
    }

    /// Up to `k` best items of `catalogue` that pass the filter, best first, ties by id.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    #[cfg(any(test, feature = "internals"))]
    pub fn search(&self, catalogue: &Catalogue, query: &HybridQuery<'_>) -> Result<Vec<Scored>, IndexError> {
        self.search_by(catalogue, query, &Deadline::none())
    }

    /// As [`search`](Self::search), the best items found before a deadline. Meaning is searched before words, or not
    /// at all when ordering by words.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_by(
        &self,
        catalogue: &Catalogue,
        query: &HybridQuery<'_>,
        deadline: &Deadline,
    ) -> Result<Vec<Scored>, IndexError> {
        let depth = (score::CANDIDATES_PER_ITEM * query.k).max(score::CANDIDATES_MIN);
        let among = (!query.filter.takes_all()).then(|| catalogue.matching(query.filter));
        let among: Option<Vec<u64>> = among.map(|ids| ids.into_iter().map(|id| id.0).collect());
        let mut candidates: Vec<u64> = Vec::new();
        if !query.by_words {
            let own = catalogue.nearest_by(query.vector, depth, query.filter, deadline)?;
            candidates.extend(own.iter().map(|found| found.id.0));
            let keys_depth = score::KEYS_PER_CANDIDATE * depth;
            let nearest = match &among {
                None => self.keys.search_by(query.vector, keys_depth, &|_| true, deadline)?,
                Some(ids) => {
                    self.keys.search_among(query.vector, keys_depth, &self.keys_of(ids), deadline)?
                }
            };
            candidates.extend(nearest.iter().map(|found| found.key / KEYS_MAX as u64));
        }
        let wordless = !query.by_words && (query.about_person || deadline.cuts());
        let words = if wordless { WordQuery::default() } else { self.words(query) };
        let add_matches = |words: &WordQuery, candidates: &mut Vec<u64>| {
            let matches = self.lexical.search_by(words, depth, among.as_deref(), deadline).into_iter();
            candidates
                .extend(matches.map(|found| found.key).filter(|key| catalogue.get(RecordId(*key)).is_some()));
            candidates.sort_unstable();
            candidates.dedup();
        };
        add_matches(&words, &mut candidates);
        let meaning = self.meaning(catalogue, query.vector, &candidates, deadline)?;
        let share = self.shares(&words, &candidates, deadline);
        let mut scored = self.scored(&candidates, &meaning, &share, query, &words);
        if query.pseudo_feedback && !words.is_empty() && !deadline.cuts() {
            scored.truncate(expansion::TEXTS);
            let worst = scored.last().map_or(0.0, |last| last.score);
            // Each text is weighted by how far its score is above the last one's, but at least a little.
            let good: Vec<(u64, f32)> =
                scored.iter().map(|item| (item.id.0, item.score - worst + expansion::TEXT_MIN)).collect();
            let expanded = self.lexical.expanded(&words, &good, expansion::TERMS, expansion::SHARE);
            add_matches(&expanded, &mut candidates);
            let before = self.shares(&words, &candidates, deadline);
            let after = self.shares(&expanded, &candidates, deadline);
            let both: Vec<f32> =
                before.iter().zip(after).map(|(before, after)| expansion::BEFORE * before + after).collect();
            let meaning = self.meaning(catalogue, query.vector, &candidates, deadline)?;
            scored = self.scored(&candidates, &meaning, &both, query, &words);
            for item in &mut scored {
                item.words /= 1.0 + expansion::BEFORE;
            }
        }
        if !query.by_words && !words.is_empty() && !deadline.cuts() {
            self.regularize_best(catalogue, &mut scored);
        }
        scored.truncate(query.k);
        Ok(scored)
    }

    fn words(&self, query: &HybridQuery<'_>) -> WordQuery {
        let language = query.words.language;
        let begun = if query.completes { query.words.unfinished() } else { None };
        let words = self.lexical.query_of_terms(language, query.words.terms(), begun.as_deref());
        if query.weighted.is_empty() {
            return words;
        }
        let weighted = query.weighted.iter().map(|(word, weight)| (terms(word, language), *weight));
        self.lexical.joined(&words, &self.lexical.weighted(weighted))
    }

    fn keys_of(&self, ids: &[u64]) -> Vec<u64> {
        let count = |id: &u64| self.counts.get(&RecordId(*id)).copied().unwrap_or(0);
        ids.iter().flat_map(|id| (0..count(id)).map(|at| key(RecordId(*id), at))).collect()
    }

    /// Cosine to an item's own vector, and the meaning part of the score.
    fn meaning(
        &self,
        catalogue: &Catalogue,
        vector: &[f32],
        ids: &[u64],
        deadline: &Deadline,
    ) -> Result<BTreeMap<u64, (f32, f32)>, IndexError> {
        let keys = self.keys_of(ids);
        let mut best: HashMap<u64, f32> = HashMap::new();
        for found in self.keys.search_among(vector, keys.len(), &keys, deadline)? {
            let similarity = best.entry(found.key / KEYS_MAX as u64).or_insert(f32::NEG_INFINITY);
            *similarity = similarity.max(found.similarity);
        }
        let own: Vec<RecordId> = ids.iter().copied().map(RecordId).collect();
        let own = catalogue.nearest_among(vector, own.len(), &own)?.into_iter();
        Ok(own
            .map(|found| {
                let further = best.get(&found.id.0).copied().unwrap_or(found.similarity);
                (found.id.0, (found.similarity, f32::midpoint(found.similarity, further)))
            })
            .collect())
    }

    /// The word scores divided by the best of them.
    fn shares(&self, words: &WordQuery, ids: &[u64], deadline: &Deadline) -> Vec<f32> {
        let mut scores = self.lexical.scores_by(words, ids, deadline);
        let best = scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        for score in &mut scores {
            *score /= best;
        }
        scores
    }

    fn scored(
        &self,
        ids: &[u64],
        meaning: &BTreeMap<u64, (f32, f32)>,
        words: &[f32],
        query: &HybridQuery<'_>,
        asked: &WordQuery,
    ) -> Vec<Scored> {
        let is_question = is_question(query.words.text) && !asked.is_empty();
        let facts_asked = if is_question { Facts::asked(query.words) } else { Facts::default() };
        let added = if is_question {
            self.lexical.added(asked, ids, score::TERMS_ENOUGH)
        } else {
            vec![score::TERMS_ENOUGH; ids.len()]
        };
        let repetition = |id: u64| {
            self.lexical.repetition(id).map_or(0.0, |same| (same / score::REPETITION - 1.0).clamp(0.0, 1.0))
        };
        let named = if query.by_words || asked.is_empty() {
            vec![0.0; ids.len()]
        } else {
            let (names, language) = (query.words.names(), query.words.language);
            let begun = if query.completes { names.unfinished(language) } else { None };
            let names = self.lexical.query_of_terms(language, names.terms(language), begun.as_deref());
            self.lexical.named(
                asked,
                &names,
                ids,
                score::RARE_ITEMS.min(self.lexical.len() / score::RARE_SHARE),
            )
        };
        let scored = ids.iter().zip(words).zip(added).zip(named);
        let scored = scored.filter_map(|(((&id, &words), added), named)| {
            let emptiness = 1.0 - added as f32 / score::TERMS_ENOUGH as f32;
            let &(similarity, meaning) = meaning.get(&id)?;
            if query.by_words {
                let score = words + score::BETWEEN_EQUALS * meaning;
                return Some(Scored { id: RecordId(id), score, similarity, words });
            }
            let hints = self.hints.get(&RecordId(id));
            let lacks = hints.is_some_and(|hints| hints.facts.lack(facts_asked));
            let form =
                hints.filter(|_| query.about_person).map_or(0.0, |hints| hints.form.speaks_of_the_person());
            let worth = (1.0 - score::SAYS_NOTHING * emptiness)
                * (1.0 - score::SAYS_NOTHING * repetition(id))
                * if lacks { 1.0 - score::LACKS_FACT } else { 1.0 };
            let full = meaning + score::WORDS * words * words.sqrt() + score::NAMES * named;
            // An item that points away from the query must not gain from a low worth.
            let score = full - full.max(0.0) * (1.0 - worth) + form;
            let id = RecordId(id);
            Some(Scored { id, score, similarity, words })
        });
        let mut scored: Vec<Scored> = scored.collect();
        sort(&mut scored);
        scored
    }

    /// Regularizes the scores of the best items. They stay above the rest, since each new score lies between the old
    /// ones.
    fn regularize_best(&self, catalogue: &Catalogue, scored: &mut [Scored]) {
        let best = scored.len().min(regularization::ITEMS);
        let best = &mut scored[..best];
        let Some(cosines) = catalogue.cosines(best.iter().map(|item| item.id)) else { return };
        let mut scores: Vec<f32> = best.iter().map(|item| item.score).collect();
        let bytes = |item: &Scored| self.hints.get(&item.id).map_or(0.0, |hints| hints.bytes as f32);
        let bytes: Vec<f32> = best.iter().map(bytes).collect();
        regularize(&mut scores, &bytes, &cosines);
        best.iter_mut().zip(scores).for_each(|(item, score)| item.score = score);
        sort(best);
    }
}

fn sort(scored: &mut [Scored]) {
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
}

/// The key of an item's `at`th further vector in the index.
fn key(id: RecordId, at: u32) -> u64 {
    id.0 * KEYS_MAX as u64 + u64::from(at)
}

#[cfg(test)]
mod tests;
