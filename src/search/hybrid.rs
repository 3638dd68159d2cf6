//! Search by meaning and by words together.
//!
//! Invariant: what this holds of an item beside the catalogue (words, further keys) goes with [`Hybrid::remove`]; an
//! item without words or further keys is found by its vector alone.
//!
//! # The score
//!
//! `(meaning + WORDS * words^1.5 + NAMED * named) * worth`, higher first, where
//!
//! - `meaning` is the cosine to the item's own vector; where it has further keys (passages, its surroundings), the
//!   mean of that and the best cosine among them: one passage alone does not make a document relevant;
//! - `words` is the item's BM25 score over the best one that any item has, 0 to 1 (after pseudo-feedback that and half
//!   of what it was before, 0 to 1.5). Cosines are comparable between queries, BM25 scores are not; dividing by the best
//!   makes them so without statistics over the whole collection, which an index that returns only the nearest could not
//!   give. A weak match says less than its share: hence the power;
//! - `named` is the share of the query's weight, 0 to 1, that lies in its rare names which the item has: words spelled as
//!   names or identifiers that a handful of items have at most. Who gives one looks for what has it, whatever else is
//!   about the same thing;
//! - `worth` is 1 for most texts. One that only repeats itself is worth less, and so is, where the query is a question,
//!   one that has hardly a word beside the question's and one that holds no fact of the kind that is asked for (see
//!   `Facts`). Such texts are as near to a question as can be and do not answer it: a share of the score is taken off,
//!   so that a heading falls below what answers and not below what is about something else.
//!
//! Where the order follows the words it is `words + BETWEEN_EQUALS * meaning`, and no other item is a candidate.
//!
//! Each arm proposes candidates; both score every candidate exactly, so that being missed by one arm costs nothing.
//! Where words count, the scores of the best are then regularized by those of the items like them; see `regularize`.

use std::collections::{BTreeMap, HashMap};

use super::lexical::{LexicalIndex, WordQuery};
use super::regularize::regularize;
use super::{Catalogue, Filter};
use crate::document::Document;
use crate::error::IndexError;
use crate::search::vector::{Deadline, QuantizedVector, Thresholds, TieredIndex, VectorIndex, map_bytes};
use crate::signals::{Facts, Form, is_question};
use crate::types::{ByRecord, RecordId};

/// Weight of the words against the cosine.
const WORDS: f32 = 0.25;
/// Weight of the rare names against the cosine.
const NAMED: f32 = 0.5;
/// A rare name is in so many items at most, and in one of so many.
const RARE: usize = 5;
const RARE_SHARE: usize = 20;
/// Words of a query of which most may be names.
const MANY: usize = 6;
/// What ends a sentence of a query.
const ENDS: [char; 7] = ['.', '!', '?', ':', '\u{3002}', '\u{ff1f}', '\u{61f}'];
/// The share of its score that a text loses which says nothing: a heading is about twice as near to a question as what
/// answers it in other words, and has all of its words.
const SAYS_NOTHING: f32 = 0.7;
/// How many terms of its own a text needs to say something: the shortest answers add a name and a date to the question.
const SAYS_ENOUGH: usize = 4;
/// The share that a text loses which holds nothing of the kind asked for. Small, since a fact can be told in ways that
/// are not known.
const LACKS: f32 = 0.25;
/// How likely two words of a text are the same one at most, unless it only repeats itself; a text that is twice as
/// repetitive says nothing.
const REPEATS: f32 = 0.1;
/// Candidates of each arm at least.
const CANDIDATES_MIN: usize = 128;
/// The best items, whose scores are regularized.
const REGULARIZED: usize = 64;
/// Further keys of an item at most.
pub const KEYS_MAX: usize = 64;
/// Texts that pseudo-feedback believes in, terms it takes from them, and their share in the query after it.
const BELIEVED: usize = 10;
const EXPANSION: usize = 20;
const SHARE: f32 = 0.4;
/// What the words count before feedback, where they count 1 after it.
const BEFORE: f32 = 0.5;
/// Weight of the cosine where the order follows the words.
const BETWEEN_EQUALS: f32 = 0.02;

/// A search by both arms.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct HybridQuery<'a> {
    /// The query's vector.
    pub vector: &'a [f32],
    /// Its words; empty for a search by meaning alone.
    pub words: &'a str,
    /// Further words with the caller's weights.
    pub weighted: &'a [(String, f32)],
    /// Items wanted.
    pub k: usize,
    /// Which items to consider.
    pub filter: &'a Filter,
    /// Whether the last word may be the beginning of one.
    pub completes: bool,
    /// Whether the words of the best texts found first are asked for too (pseudo-relevance feedback); the score is
    /// then that before and that after feedback together.
    pub pseudo_feedback: bool,
    /// Whether what the person says of themselves is wanted, rather than what they ask for; see [`Form`]. Such a text
    /// shares its subject with the query and seldom its words, so that words do not count.
    pub about_person: bool,
    /// Whether the order follows the words alone: for a name or an identifier. The cosine decides between items whose
    /// words fit equally well, that is within a few hundredths; items without any of the words are left out.
    /// [`about_person`](Self::about_person) then says nothing.
    pub by_words: bool,
}

/// An item found by both arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The record.
    pub id: RecordId,
    /// What the order follows; comparable within one search.
    pub score: f32,
    /// Cosine of the query to the item's own vector.
    pub similarity: f32,
    /// How well its words fit, 0 to 1.
    pub words: f32,
}

/// Words and further keys of the items in a catalogue.
pub struct Hybrid {
    lexical: LexicalIndex,
    keys: TieredIndex,
    /// How many further keys an item has.
    counts: ByRecord<u32>,
    hints: ByRecord<Hints>,
}

/// What is known of an item's own text.
#[derive(Debug, Clone, Copy)]
struct Hints {
    form: Form,
    facts: Facts,
    bytes: u32,
}

impl Hybrid {
    /// Empty; vectors have `dimensions` values; from `graph_threshold` further keys on a graph searches them.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self {
            lexical: LexicalIndex::new(),
            keys: TieredIndex::new(dimensions, graph_threshold),
            counts: ByRecord::default(),
            hints: ByRecord::default(),
        }
    }

    /// Sets an item's words: its text and what surrounds it.
    pub fn insert_words(&mut self, id: RecordId, text: &str, around: &str) {
        self.insert_document(id, &Document::read(text, None), around);
    }

    /// The same of a text that is read already.
    pub(crate) fn insert_document(&mut self, id: RecordId, document: &Document<'_>, around: &str) {
        self.lexical.insert_in(document.language, id.0, document.text, around);
        let bytes = u32::try_from(document.text.len()).unwrap_or(u32::MAX);
        self.hints.insert(id, Hints { form: Form::of(document), facts: Facts::of(document), bytes });
    }

    /// Sets an item's further keys; those beyond [`KEYS_MAX`] are left out.
    ///
    /// # Errors
    /// As [`VectorIndex::insert`]; the item then has none.
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

    /// Removes all that is held of an item.
    pub fn remove(&mut self, id: RecordId) {
        self.remove_keys(id);
        self.lexical.remove(id.0);
        self.hints.remove(&id);
    }

    /// Gives the index of further keys other thresholds; see [`TieredIndex::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.keys.set_thresholds(thresholds);
    }

    /// The index of further keys.
    pub(crate) fn index_mut(&mut self) -> &mut TieredIndex {
        &mut self.keys
    }

    /// Whether the index of further keys has a graph that is behind; see [`TieredIndex::grow`].
    pub(crate) fn is_growing(&self) -> bool {
        self.keys.is_growing()
    }

    /// Whether an item's words are known.
    pub fn has_words(&self, id: RecordId) -> bool {
        self.lexical.contains(id.0)
    }

    /// Bytes in memory, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.lexical.memory_bytes()
            + self.keys.memory_bytes()
            + map_bytes(&self.counts)
            + map_bytes(&self.hints)
    }

    /// The up to `k` best items of `catalogue` that the filter takes, best first, ties by id.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search(&self, catalogue: &Catalogue, query: &HybridQuery<'_>) -> Result<Vec<Scored>, IndexError> {
        self.search_by(catalogue, query, &Deadline::none())
    }

    /// As [`search`](Self::search), the best that is found by a moment. Meaning is asked before words, or not at all
    /// where the order follows the words.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_by(
        &self,
        catalogue: &Catalogue,
        query: &HybridQuery<'_>,
        deadline: &Deadline,
    ) -> Result<Vec<Scored>, IndexError> {
        let depth = (4 * query.k).max(CANDIDATES_MIN);
        let among = (!query.filter.takes_all()).then(|| catalogue.matching(query.filter));
        let among: Option<Vec<u64>> = among.map(|ids| ids.into_iter().map(|id| id.0).collect());
        let mut candidates: Vec<u64> = Vec::new();
        if !query.by_words {
            let own = catalogue.nearest_by(query.vector, depth, query.filter, deadline)?;
            candidates.extend(own.iter().map(|found| found.id.0));
            let nearest = match &among {
                None => self.keys.search_by(query.vector, 2 * depth, &|_| true, deadline)?,
                Some(ids) => self.keys.search_among(query.vector, 2 * depth, &self.keys_of(ids), deadline)?,
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
            scored.truncate(BELIEVED);
            let worst = scored.last().map_or(0.0, |last| last.score);
            // Each counts by how far it stands above the last, and all at least a little.
            let good: Vec<(u64, f32)> =
                scored.iter().map(|item| (item.id.0, item.score - worst + 0.05)).collect();
            let expanded = self.lexical.expanded(&words, &good, EXPANSION, SHARE);
            add_matches(&expanded, &mut candidates);
            let before = self.shares(&words, &candidates, deadline);
            let after = self.shares(&expanded, &candidates, deadline);
            let both: Vec<f32> =
                before.iter().zip(after).map(|(before, after)| BEFORE * before + after).collect();
            let meaning = self.meaning(catalogue, query.vector, &candidates, deadline)?;
            scored = self.scored(&candidates, &meaning, &both, query, &words);
            for item in &mut scored {
                item.words /= 1.0 + BEFORE;
            }
        }
        if !query.by_words && !words.is_empty() && !deadline.cuts() {
            self.regularize_best(catalogue, &mut scored);
        }
        scored.truncate(query.k);
        Ok(scored)
    }

    fn words(&self, query: &HybridQuery<'_>) -> WordQuery {
        let language = Document::read(query.words, None).language;
        let words = self.lexical.query_in(language, query.words, query.completes);
        if query.weighted.is_empty() {
            return words;
        }
        let weighted = query.weighted.iter().map(|(word, weight)| (word.as_str(), *weight));
        self.lexical.joined(&words, &self.lexical.weighted(weighted))
    }

    fn keys_of(&self, ids: &[u64]) -> Vec<u64> {
        let count = |id: &u64| self.counts.get(&RecordId(*id)).copied().unwrap_or(0);
        ids.iter().flat_map(|id| (0..count(id)).map(|at| key(RecordId(*id), at))).collect()
    }

    /// Cosine to an item's own vector, and its part in the score.
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

    /// The scores of the words over the best of them.
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
        let is_question = is_question(query.words) && !asked.is_empty();
        let facts_asked =
            if is_question { Facts::asked(&Document::read(query.words, None)) } else { Facts::default() };
        let added = if is_question {
            self.lexical.added(asked, ids, SAYS_ENOUGH)
        } else {
            vec![SAYS_ENOUGH; ids.len()]
        };
        let repetition =
            |id: u64| self.lexical.repetition(id).map_or(0.0, |same| (same / REPEATS - 1.0).clamp(0.0, 1.0));
        let named = if query.by_words || asked.is_empty() {
            vec![0.0; ids.len()]
        } else {
            let (names, unfinished) = names(query.words);
            let names = self.lexical.query(&names, query.completes && unfinished);
            self.lexical.named(asked, &names, ids, RARE.min(self.lexical.len() / RARE_SHARE))
        };
        let scored = ids.iter().zip(words).zip(added).zip(named);
        let scored = scored.filter_map(|(((&id, &words), added), named)| {
            let emptiness = 1.0 - added as f32 / SAYS_ENOUGH as f32;
            let &(similarity, meaning) = meaning.get(&id)?;
            if query.by_words {
                let score = words + BETWEEN_EQUALS * meaning;
                return Some(Scored { id: RecordId(id), score, similarity, words });
            }
            let hints = self.hints.get(&RecordId(id));
            let lacks = hints.is_some_and(|hints| hints.facts.lack(facts_asked));
            let form =
                hints.filter(|_| query.about_person).map_or(0.0, |hints| hints.form.speaks_of_the_person());
            let worth = (1.0 - SAYS_NOTHING * emptiness)
                * (1.0 - SAYS_NOTHING * repetition(id))
                * if lacks { 1.0 - LACKS } else { 1.0 };
            let full = meaning + WORDS * words * words.sqrt() + NAMED * named;
            // What points away from the query is not to gain.
            let score = full - full.max(0.0) * (1.0 - worth) + form;
            let id = RecordId(id);
            Some(Scored { id, score, similarity, words })
        });
        let mut scored: Vec<Scored> = scored.collect();
        sort(&mut scored);
        scored
    }

    /// The best stay above the rest: each of their new scores lies between the old ones.
    fn regularize_best(&self, catalogue: &Catalogue, scored: &mut [Scored]) {
        let best = scored.len().min(REGULARIZED);
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

/// The words of a query that are spelled as names or identifiers: with a capital letter or a digit, but for one that only
/// begins a sentence. None where most of many are: titles and what is written in capitals name nothing by them. Also
/// whether the last word of the query is one that is not finished.
fn names(text: &str) -> (String, bool) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_marked = |c: char| c.is_uppercase() || c.is_numeric() || c == '_';
    let is_name = |at: usize| {
        // What is no sentence begins with a name as likely as not.
        let begins = if at == 0 { text.trim_end().ends_with(ENDS) } else { words[at - 1].ends_with(ENDS) };
        let mut letters = words[at].chars().skip_while(|c| !c.is_alphanumeric());
        let first = letters.next().is_some_and(is_marked);
        first && !begins || letters.any(is_marked)
    };
    let found: Vec<&str> = (0..words.len()).filter(|&at| is_name(at)).map(|at| words[at]).collect();
    if 2 * found.len() > words.len().max(MANY) {
        return (String::new(), false);
    }
    let unfinished = found.last() == words.last() && text.ends_with(|c: char| !c.is_whitespace());
    (found.join(" "), unfinished)
}

/// The key that an item's `at`th further vector has in the index.
fn key(id: RecordId, at: u32) -> u64 {
    id.0 * KEYS_MAX as u64 + u64::from(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Item;
    use crate::types::RecordKind;
    use crate::types::{Scope, Timestamp};

    const EAST: [f32; 3] = [1.0, 0.0, 0.0];

    fn add(catalogue: &mut Catalogue, hybrid: &mut Hybrid, id: u64, vector: [f32; 3], text: &str) {
        let id = RecordId(id);
        let item = Item { id, kind: RecordKind::History, scope: Scope::app("a"), at: Timestamp(id.0 as i64) };
        catalogue.insert(&item, &QuantizedVector::from_f32(&vector).unwrap()).unwrap();
        hybrid.insert_words(id, text, "");
    }

    fn stock() -> (Catalogue, Hybrid) {
        let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
        add(&mut catalogue, &mut hybrid, 1, [0.9, 0.4, 0.0], "budget for the harbour");
        add(&mut catalogue, &mut hybrid, 2, [0.9, 0.5, 0.0], "Kestrel budget");
        add(&mut catalogue, &mut hybrid, 3, [0.0, 1.0, 0.0], "the kestrel flew");
        (catalogue, hybrid)
    }

    fn query<'a>(words: &'a str, filter: &'a Filter) -> HybridQuery<'a> {
        HybridQuery {
            vector: &EAST,
            words,
            weighted: &[],
            k: 3,
            filter,
            completes: false,
            pseudo_feedback: false,
            about_person: false,
            by_words: false,
        }
    }

    fn ids(found: &[Scored]) -> Vec<u64> {
        found.iter().map(|found| found.id.0).collect()
    }

    #[test]
    fn words_decide_among_what_means_the_same() {
        let (catalogue, hybrid) = stock();
        let all = Filter::default();
        assert_eq!(ids(&hybrid.search(&catalogue, &query("", &all)).unwrap()), [1, 2, 3]);
        let found = hybrid.search(&catalogue, &query("kestrel", &all)).unwrap();
        assert_eq!(ids(&found), [2, 1, 3]);
        assert!(found[2].words > 0.9 && found[2].similarity < 0.01);
        assert_eq!(found[1].words, 0.0);
        let weights = [("kestrel".to_owned(), 1.0)];
        let weighted = HybridQuery { weighted: &weights, ..query("", &all) };
        assert_eq!(ids(&hybrid.search(&catalogue, &weighted).unwrap()), [2, 1, 3]);
        let late = Filter { from: Some(Timestamp(3)), ..Filter::default() };
        assert_eq!(ids(&hybrid.search(&catalogue, &query("kestrel", &late)).unwrap()), [3]);
    }

    #[test]
    fn a_weak_match_of_words_counts_less_than_its_share() {
        let (mut catalogue, mut hybrid) = stock();
        // Like no other one, so that none moves its score.
        add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "budget for the harbour");
        let all = Filter::default();
        let query = HybridQuery { k: 9, ..query("kestrel budget", &all) };
        let found = hybrid.search(&catalogue, &query).unwrap();
        let weak = found.iter().find(|found| found.id.0 == 4).unwrap();
        assert!(weak.words > 0.1 && weak.words < 0.9, "{}", weak.words);
        assert!((weak.score - weak.similarity - WORDS * weak.words.powf(1.5)).abs() < 1e-5);
    }

    #[test]
    fn what_is_spelled_as_a_name_is_told() {
        let found = |text: &str| super::names(text).0;
        assert_eq!(found("Kestrel budget"), "Kestrel");
        assert_eq!(
            found("the budget of Kestrel, parse_header and v2 or getItem"),
            "Kestrel, parse_header v2 getItem"
        );
        assert_eq!(found("Anna Smith"), "Anna Smith");
        assert_eq!(found("When did Anna call? Nobody says so."), "Anna");
        assert_eq!(found("BRCA1 is large."), "BRCA1");
        for none in [
            "when it rained",
            "When it rained.",
            "ON THE BUDGET OF ALL BOATS",
            "Notes on the Use of Old Harbour Walls",
            "",
        ] {
            assert_eq!(found(none), "", "{none}");
        }
        assert!(
            super::names("the Kest").1 && !super::names("the Kestrel ").1 && !super::names("Kestrel bud").1
        );
    }

    #[test]
    fn a_rare_name_is_not_outvoted_by_meaning() {
        let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
        for id in 1..=60 {
            // All about what is asked, but for the one that has the name.
            add(&mut catalogue, &mut hybrid, id, [1.0, 0.01 * id as f32, 0.0], "the budget for that boat");
        }
        let away = [0.6, 0.0, 0.8];
        let text = "we heard of kestrel and of a few other things by the wall in the rain of June";
        add(&mut catalogue, &mut hybrid, 99, away, text);
        let all = Filter::default();
        let first = |query: &HybridQuery<'_>| ids(&hybrid.search(&catalogue, query).unwrap())[0];
        assert_eq!(first(&query("Kestrel budget", &all)), 99);
        assert_ne!(first(&query("kestrel budget", &all)), 99);
        assert_eq!(first(&HybridQuery { completes: true, ..query("the budget of Kest", &all) }), 99);
        assert_ne!(first(&query("the budget of Kest", &all)), 99);
        // Once many items have it, it marks none.
        (2..8).for_each(|id| hybrid.insert_words(RecordId(id), "kestrel kestrel budget", ""));
        let query = HybridQuery { k: 99, ..query("Kestrel budget", &all) };
        let found = ids(&hybrid.search(&catalogue, &query).unwrap());
        let rank = |id: u64| found.iter().position(|other| *other == id).unwrap();
        assert!(rank(1) < rank(99), "{found:?}");
    }

    #[test]
    fn of_two_as_good_the_one_like_the_best_comes_first() {
        let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
        let text = |name: &str| format!("{name} {}", "sails along the coast and back ".repeat(20));
        for (id, vector, name) in
            [(1, [0.7, -0.714, 0.0], "one"), (2, [0.7, 0.714, 0.0], "two"), (3, [0.95, 0.3, 0.0], "three")]
        {
            add(&mut catalogue, &mut hybrid, id, vector, &text(name));
        }
        let all = Filter::default();
        let found = |words| ids(&hybrid.search(&catalogue, &query(words, &all)).unwrap());
        assert_eq!(found("kestrel coast"), [3, 2, 1]);
        assert_eq!(found(""), [3, 1, 2], "by meaning alone the order is that of the cosines");
    }

    #[test]
    fn a_text_that_repeats_itself_says_little() {
        let (mut catalogue, mut hybrid) = stock();
        let repeated = "kestrel budget kestrel kestrel budget, budget kestrel kestrel budget";
        add(&mut catalogue, &mut hybrid, 4, [1.0, 0.1, 0.0], repeated);
        add(
            &mut catalogue,
            &mut hybrid,
            5,
            [1.0, 0.2, 0.0],
            "the kestrel and the budget of the harbour in June",
        );
        let all = Filter::default();
        let query = HybridQuery { k: 9, ..query("kestrel budget", &all) };
        let found = ids(&hybrid.search(&catalogue, &query).unwrap());
        let rank = |id: u64| found.iter().position(|other| *other == id).unwrap();
        assert!(rank(5) < rank(4) && rank(4) < rank(3), "{found:?}");
    }

    #[test]
    fn a_heading_stands_below_what_answers_a_question_and_above_what_is_of_something_else() {
        let (mut catalogue, mut hybrid) = stock();
        add(&mut catalogue, &mut hybrid, 4, [1.0, 0.1, 0.0], "Kestrel budget harbour");
        add(&mut catalogue, &mut hybrid, 5, [0.5, 0.8, 0.0], "we may spend two hundred on that boat");
        add(&mut catalogue, &mut hybrid, 6, [0.1, 0.9, 0.4], "rain fell on all of our roofs");
        let all = Filter::default();
        let rank = |words: &str, id: u64| {
            let found = hybrid.search(&catalogue, &HybridQuery { k: 9, ..query(words, &all) }).unwrap();
            ids(&found).iter().position(|other| *other == id).unwrap()
        };
        let question = "kestrel budget harbour?";
        assert!(rank(question, 5) < rank(question, 4) && rank(question, 4) < rank(question, 6));
        assert!(rank("kestrel budget harbour", 4) < rank("kestrel budget harbour", 5));
    }

    #[test]
    fn a_few_words_of_its_own_are_enough_to_answer() {
        let (mut catalogue, mut hybrid) = stock();
        // Like no other one, so that none moves its score.
        add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "kestrel rings Anna on Friday");
        let all = Filter::default();
        let score = |words: &str| {
            let query = HybridQuery { k: 9, ..query(words, &all) };
            let found = hybrid.search(&catalogue, &query).unwrap();
            found.iter().find(|found| found.id.0 == 4).unwrap().score
        };
        assert_eq!(score("kestrel?"), score("kestrel"));
    }

    #[test]
    fn a_text_without_what_a_question_asks_for_is_worth_less() {
        let (mut catalogue, mut hybrid) = stock();
        add(
            &mut catalogue,
            &mut hybrid,
            4,
            [0.9, 0.4, 0.0],
            "kestrel flies over that rather old harbour wall",
        );
        add(
            &mut catalogue,
            &mut hybrid,
            5,
            [0.9, 0.45, 0.0],
            "kestrel flies over that rather old harbour on 4 May",
        );
        let all = Filter::default();
        let first = |words: &str| ids(&hybrid.search(&catalogue, &query(words, &all)).unwrap())[0];
        assert_eq!(first("When does the kestrel fly?"), 5);
        assert_eq!(first("What does the kestrel fly over?"), 4);
        assert_eq!(first("when the kestrel flies"), 4);
    }

    #[test]
    fn what_points_away_gains_nothing_by_saying_nothing() {
        let (mut catalogue, mut hybrid) = stock();
        add(&mut catalogue, &mut hybrid, 4, [-1.0, 0.0, 0.0], "gulls");
        let all = Filter::default();
        let query = HybridQuery { k: 9, ..query("When kestrel?", &all) };
        let found = hybrid.search(&catalogue, &query).unwrap();
        assert!(found.iter().find(|found| found.id.0 == 4).unwrap().score < -0.99);
    }

    #[test]
    fn a_further_key_lifts_its_item_and_goes_with_it() {
        let (mut catalogue, mut hybrid) = stock();
        let all = Filter::default();
        let near = QuantizedVector::from_f32(&EAST).unwrap();
        let away = QuantizedVector::from_f32(&[-1.0, 0.0, 0.0]).unwrap();
        hybrid.insert_keys(RecordId(2), &[away, near.clone()]).unwrap();
        assert_eq!(ids(&hybrid.search(&catalogue, &query("", &all)).unwrap()), [2, 1, 3]);
        let wrong = QuantizedVector::from_f32(&[1.0]).unwrap();
        assert!(hybrid.insert_keys(RecordId(1), &[near, wrong]).is_err());
        assert_eq!(hybrid.keys.len(), 2);
        hybrid.remove(RecordId(2));
        catalogue.remove(RecordId(2));
        assert!(hybrid.keys.is_empty() && !hybrid.has_words(RecordId(2)));
        assert!(!hybrid.hints.contains_key(&RecordId(2)));
        assert_eq!(ids(&hybrid.search(&catalogue, &query("kestrel budget", &all)).unwrap()), [1, 3]);
    }

    #[test]
    fn pseudo_feedback_finds_what_shares_words_with_the_best() {
        let (mut catalogue, mut hybrid) = stock();
        add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "harbour fees");
        let all = Filter::default();
        let share = |pseudo_feedback| {
            let query = HybridQuery { pseudo_feedback, k: 9, ..query("budget", &all) };
            let found = hybrid.search(&catalogue, &query).unwrap();
            found.iter().find(|found| found.id.0 == 4).unwrap().words
        };
        assert_eq!(share(false), 0.0);
        assert!(share(true) > 0.0);
    }

    #[test]
    fn after_feedback_the_words_asked_for_count_beside_those_found() {
        let (mut catalogue, mut hybrid) = stock();
        let texts = ["budget harbour mooring fees", "budget harbour mooring", "harbour mooring", "budget"];
        for (id, text) in (4..).zip(texts) {
            add(&mut catalogue, &mut hybrid, id, [0.9, 0.1, 0.0], text);
        }
        let all = Filter::default();
        let found = |pseudo_feedback| {
            let query = HybridQuery { pseudo_feedback, k: 9, ..query("budget", &all) };
            hybrid.search(&catalogue, &query).unwrap()
        };
        let (plain, fed) = (found(false), found(true));
        let of = |found: &[Scored], id: u64| found.iter().find(|item| item.id.0 == id).unwrap().words;
        // The best of those found after it: 1 there, and what it was before.
        assert!((of(&fed, 4) - (0.5 * of(&plain, 4) + 1.0) / 1.5).abs() < 1e-5);
        assert!(of(&plain, 4) < 0.9 && of(&plain, 7) == 1.0 && of(&fed, 7) < 0.9);
        assert!(of(&fed, 7) > 1.0 / 3.0 && of(&fed, 6) > 0.0);
        assert!(fed.iter().all(|item| (0.0..=1.0).contains(&item.words)));
    }

    #[test]
    fn by_words_the_cosine_decides_between_equals_only() {
        let (mut catalogue, mut hybrid) = stock();
        add(&mut catalogue, &mut hybrid, 4, [0.1, 1.0, 0.0], "the kestrel flew");
        add(
            &mut catalogue,
            &mut hybrid,
            5,
            EAST,
            "kestrel, kestrel; kestrel kestrel kestrel kestrel kestrel kestrel",
        );
        let all = Filter::default();
        let by_words = |words, filter| HybridQuery { by_words: true, k: 9, ..query(words, filter) };
        let found = |query: &HybridQuery<'_>| ids(&hybrid.search(&catalogue, query).unwrap());
        let flew = by_words("Has the kestrel flown or flew?", &all);
        assert_eq!(found(&flew), [4, 3, 1, 5, 2]);
        assert_ne!(found(&HybridQuery { by_words: false, ..flew })[0], 4);
        assert_eq!(found(&HybridQuery { about_person: true, ..flew }), [4, 3, 1, 5, 2]);
        assert_eq!(found(&HybridQuery { k: 1, ..flew }), [4]);
        assert_eq!(found(&by_words("kestrel", &all)), [5, 2, 4, 3]);
        assert!(found(&by_words("gull", &all)).is_empty());
        assert_eq!(found(&HybridQuery { completes: true, ..by_words("fle", &all) }), [4, 3]);
        let weights = [("flew".to_owned(), 3.0)];
        assert_eq!(found(&HybridQuery { weighted: &weights, ..by_words("kestrel", &all) })[..2], [4, 3]);
        let late = Filter { from: Some(Timestamp(4)), ..Filter::default() };
        assert_eq!(found(&HybridQuery { filter: &late, ..flew }), [4, 5]);
        let harbour = HybridQuery { pseudo_feedback: true, ..by_words("harbour", &all) };
        assert_eq!(found(&harbour)[..2], [1, 2], "the words of what is found are asked for, too");
        let over = Deadline::at(std::time::Instant::now());
        assert_eq!(hybrid.search_by(&catalogue, &flew, &over).unwrap()[0].id.0, 4);
        assert!(over.was_cut());
    }

    #[test]
    fn whenever_the_time_is_over_something_is_found() {
        let (mut catalogue, mut hybrid) = (Catalogue::new(3, usize::MAX), Hybrid::new(3, usize::MAX));
        add(&mut catalogue, &mut hybrid, 2, EAST, "the kestrel budget");
        let away = vec![QuantizedVector::from_f32(&[0.0, 0.0, 1.0]).unwrap(); KEYS_MAX];
        for id in 10..280 {
            add(&mut catalogue, &mut hybrid, id, [0.0, 0.5, 1.0], "gulls over the wall");
            hybrid.insert_keys(RecordId(id), &away).unwrap();
        }
        let looks = |query: &HybridQuery<'_>| {
            let ample = Deadline::after(usize::MAX);
            hybrid.search_by(&catalogue, query, &ample).unwrap();
            ample.looks()
        };
        let few = Filter { until: Some(Timestamp(12)), ..Filter::default() };
        let full = HybridQuery { pseudo_feedback: true, ..query("the kestrel budget", &few) };
        let (whole, all_looks) = (hybrid.search(&catalogue, &full).unwrap(), looks(&full));
        for looks in 0..=all_looks {
            let deadline = Deadline::after(looks);
            let found = hybrid.search_by(&catalogue, &full, &deadline).unwrap();
            assert!(!found.is_empty() && deadline.was_cut() == (looks < all_looks), "{looks}");
            assert!(found == whole || deadline.was_cut());
        }
        let one = query("kestrel", &few);
        assert_eq!(looks(&query("the kestrel", &few)), looks(&one) + 2, "words, and their scores");
        let many = Filter { from: Some(Timestamp(2)), ..Filter::default() };
        let plain = HybridQuery { words: "", ..one };
        assert_eq!(looks(&HybridQuery { filter: &many, ..plain }), looks(&plain) + 1, "further keys");
        let deep = HybridQuery { k: 70, filter: &many, ..plain };
        assert_eq!(looks(&deep), looks(&plain) + 2, "and their cosines");
    }

    #[test]
    fn what_the_person_says_of_themselves_is_preferred_where_it_is_wanted() {
        let (mut catalogue, mut hybrid) = stock();
        add(&mut catalogue, &mut hybrid, 5, [0.88, 0.42, 0.0], "I prefer small boats.");
        let all = Filter::default();
        let asked = HybridQuery { about_person: true, ..query("Which budget?", &all) };
        assert_eq!(hybrid.search(&catalogue, &asked).unwrap()[0].id.0, 5);
    }
}
