//! Search in the history, by meaning and words combined.
//!
//! Invariant: forgotten items are not found; leaving out an option is the same as setting it to its default.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::document::Document;
use crate::engine::inference::Expanded;
use crate::engine::observe::check_tags;
use crate::engine::state::{final_text, kind_of, unless_damaged};
use crate::engine::texts::words_of;
use crate::engine::tuning::search;
use crate::engine::{Engine, Inner, check_range};
use crate::error::{InputError, Result};
use crate::search::Deadline;
use crate::search::{Filter, HybridQuery, Item, ItemWords, Scored, Shown, diverse, rocchio};
use crate::signals::asks_for_advice;
use crate::store::Table;
use crate::types::Record;
use crate::types::RecordKind;
use crate::types::{RecordId, Scope, Timestamp};

/// How a sub-query is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SearchMode {
    /// By meaning and words.
    #[default]
    Both,
    /// By meaning only: for a description in other words.
    Meaning,
    /// By words only: for a name, an identifier, a quotation.
    Words,
}

impl SearchMode {
    fn means(self) -> bool {
        self != Self::Words
    }

    fn words(self) -> bool {
        self != Self::Meaning
    }
}

/// A filter supplied by the app.
#[derive(Clone)]
struct Predicate(Arc<dyn Fn(&Item) -> bool + Send + Sync>);

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Predicate")
    }
}

/// A search.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// engine.add_history(HistoryItem::new("The ferry to Oslo leaves at nine.").tag("travel").scope(Scope::app("notes")))?;
/// let query = Query::new("boat to Norway")
///     .sub_query("Oslo", SearchMode::Words)
///     .scope(Scope::app("notes"))
///     .kinds([RecordKind::History])
///     .tag("travel")
///     .since(Timestamp(0))
///     .filter_by(|item| item.scope.task.is_none())
///     .diversity(0.3)
///     .k(5);
/// let hits = engine.search(&query)?;
/// // What the person did with them improves the next search for the same.
/// let again = engine.search(&query.clicked(hits[0].id, 0))?;
/// assert_eq!(again.len(), 1);
/// // While they type: the last word may be the beginning of one.
/// assert_eq!(engine.search(&Query::new("ferr").mode(SearchMode::Words).prefix_match(true))?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Query {
    text: String,
    mode: SearchMode,
    k: usize,
    filter: Filter,
    takes: Option<Predicate>,
    vector: Option<Vec<f32>>,
    sub_queries: Vec<(String, SearchMode)>,
    term_weights: Vec<(String, f32)>,
    prefix_match: bool,
    pseudo_feedback: bool,
    prefer_self_statements: Option<bool>,
    with_expansion: bool,
    diversity: f32,
    /// Item, position, and whether it was clicked.
    shown: Vec<(RecordId, usize, bool)>,
}

crate::types::debug_without_text!(Query, "Query", shown: [mode, k, filter, takes, prefix_match, pseudo_feedback, prefer_self_statements, with_expansion, diversity, shown], hidden: [text, vector, sub_queries, term_weights]);

/// Maximum number of sub-queries, term weights or shown items of one search.
const PARTS_MAX: usize = 256;

impl Query {
    /// A search for items near `text` in meaning or in words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            mode: SearchMode::Both,
            k: 10,
            filter: Filter::default(),
            takes: None,
            vector: None,
            sub_queries: Vec::new(),
            term_weights: Vec::new(),
            prefix_match: false,
            pseudo_feedback: false,
            prefer_self_statements: None,
            with_expansion: false,
            diversity: 0.0,
            shown: Vec::new(),
        }
    }

    /// How the text is matched; [`SearchMode::Both`] by default. With [`SearchMode::Words`], and no sub-query that is
    /// matched by meaning, the order follows the words: items without any of the words are not found, and meaning
    /// decides only between items that match equally well.
    pub fn mode(mut self, mode: SearchMode) -> Self {
        self.mode = mode;
        self
    }

    /// Adds a sub-query. The meanings of all sub-queries have equal weight, and so do their words.
    pub fn sub_query(mut self, text: impl Into<String>, mode: SearchMode) -> Self {
        self.sub_queries.push((text.into(), mode));
        self
    }

    /// Adds terms with the caller's own weights, for example from a sparse encoder. Weights must be above 0; a word
    /// of the text has weight 1.
    pub fn term_weights(mut self, terms: impl Into<Vec<(String, f32)>>) -> Self {
        self.term_weights = terms.into();
        self
    }

    /// Whether the last word may be incomplete: for search as you type.
    pub fn prefix_match(mut self, on: bool) -> Self {
        self.prefix_match = on;
        self
    }

    /// Whether the query is expanded with words of the best items found. Finds more for a short query; off by
    /// default.
    pub fn pseudo_feedback(mut self, on: bool) -> Self {
        self.pseudo_feedback = on;
        self
    }

    /// Whether statements of the person about themselves ("I prefer aisle seats") are preferred over their questions, and
    /// the words of the query do not count. By default only where the query asks for advice ("Which seat would you
    /// recommend?"), in a language that has a list of such words.
    pub fn prefer_self_statements(mut self, on: bool) -> Self {
        self.prefer_self_statements = Some(on);
        self
    }

    /// Whether the search is expanded by the host's language model: with a passage such as the wanted text may
    /// contain (Gao et al., "Precise Zero-Shot Dense Retrieval without Relevance Labels", 2023) and two paraphrases
    /// of the search. They are requested through the [`inference`](Engine::inference) queue and used in searches for
    /// the same text once the answer has arrived; they are not stored on disk. Without a host model, or for a text
    /// over 1,000 bytes, this has no effect.
    pub fn with_expansion(mut self, on: bool) -> Self {
        self.with_expansion = on;
        self
    }

    /// How much the hits should differ from each other, from 0 (the default) to 1: maximal marginal relevance.
    pub fn diversity(mut self, diversity: f32) -> Self {
        self.diversity = diversity;
        self
    }

    /// The person clicked this hit of an earlier search for the same; it was shown at `position`, counted from 0.
    pub fn clicked(mut self, id: RecordId, position: usize) -> Self {
        self.shown.push((id, position, true));
        self
    }

    /// The person was shown this hit at `position` and skipped it.
    pub fn skipped(mut self, id: RecordId, position: usize) -> Self {
        self.shown.push((id, position, false));
        self
    }

    /// Maximum number of hits; 10 by default.
    pub fn k(mut self, k: usize) -> Self {
        self.k = k;
        self
    }

    /// Only items within this scope. The query is read in the language of the scope's locale; without a locale its
    /// language is detected.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.filter.scope = Some(scope);
        self
    }

    /// Only items with a time of `since` or later.
    pub fn since(mut self, since: Timestamp) -> Self {
        self.filter.from = Some(since);
        self
    }

    /// Only items with a time before `until`.
    pub fn until(mut self, until: Timestamp) -> Self {
        self.filter.until = Some(until);
        self
    }

    /// Only items of these kinds.
    pub fn kinds(mut self, kinds: impl Into<Vec<RecordKind>>) -> Self {
        self.filter.kinds = Some(kinds.into());
        self
    }

    /// Only items with this tag. If called several times, items must have all of these tags.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.filter.all_tags.push(tag.into());
        self
    }

    /// Only items with this tag. If called several times, items must have at least one of these tags.
    pub fn any_tag(mut self, tag: impl Into<String>) -> Self {
        self.filter.any_tag.push(tag.into());
        self
    }

    /// Only these items; ids that no longer exist are ignored.
    pub fn ids(mut self, ids: impl Into<Vec<RecordId>>) -> Self {
        self.filter.ids = Some(ids.into());
        self
    }

    /// Only items for which `takes` returns `true`. It is called for every item that passes the other filters, before
    /// any comparison, while no lock is held: it may call the engine.
    pub fn filter_by(mut self, takes: impl Fn(&Item) -> bool + Send + Sync + 'static) -> Self {
        self.takes = Some(Predicate(Arc::new(takes)));
        self
    }

    /// The locale of the items searched, which determines the language of the query; `None` if the language is to be
    /// detected.
    fn locale(&self) -> Option<&str> {
        self.filter.scope.as_ref()?.locale.as_deref()
    }

    /// The query's vector, from the caller's own encoder. Further sub-queries are then matched by words only.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.vector = Some(vector);
        self
    }
}

/// The result of a search with a deadline.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Searched {
    /// The best items, best first.
    pub hits: Vec<Hit>,
    /// Whether there may be better items: the search was cut short, or the store was opened recently and some items
    /// cannot yet be found by their words and further keys.
    pub partial: bool,
}

/// A search result.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// The score for meaning and words together, comparable within one search; the hits are in this order unless
    /// diversity is requested.
    pub score: f32,
    /// Cosine similarity of the query to the record's context; for history, to its text.
    pub similarity: f32,
    /// The kind of the record.
    pub kind: RecordKind,
    /// Its scope.
    pub scope: Scope,
    /// Its tags, ascending.
    pub tags: Vec<String>,
    /// When it happened.
    pub at: Timestamp,
    /// Its context; for history, what surrounds the text.
    pub context: String,
    /// The text as the person left it.
    pub text: String,
}

crate::types::debug_without_text!(Hit, "Hit", shown: [id, score, similarity, kind, scope, at], hidden: [tags, context, text]);

/// Maximum number of items whose words a search reads, before it answers, in a store that was opened recently.
pub(super) const WORDS_STEP: usize = 500;

/// Items whose words are added while the lock on the state is held.
const WORDS_HELD: usize = 16;

/// Items for which the app's filter is called between two accesses to the state.
const ASKED: usize = 256;

impl Engine {
    /// The best items, best first. In a store of more than a few hundred items that was just opened and has no
    /// snapshot of the words (a large store that was closed properly has one), searches do not know the words and
    /// further keys of all items until these have been read in the background; search by meaning is complete from the
    /// start. [`search_with_deadline`](Self::search_with_deadline) reports whether this was the case.
    ///
    /// # Errors
    /// Input errors name the text or number; `NotFound` for an unknown record among the items clicked or skipped.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.add_history(HistoryItem::new("The ferry to Oslo leaves at nine."))?;
    /// for hit in engine.search(&Query::new("boat to Norway").k(3))? {
    ///     println!("{:.2} {}", hit.score, hit.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>> {
        self.search_to(query, &Deadline::none()).map(|searched| searched.hits)
    }

    /// The best items that can be found before `until`, best first; meaning is searched before words. The query is
    /// always embedded, the hits are always read, and a first part of the search is always done, so that the call may
    /// return a little later than `until`.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// use std::time::{Duration, Instant};
    ///
    /// let searched = engine.search_with_deadline(&Query::new("ferry"), Instant::now() + Duration::from_millis(50))?;
    /// println!("{} hits{}", searched.hits.len(), if searched.partial { ", perhaps not the best" } else { "" });
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_with_deadline(&self, query: &Query, until: Instant) -> Result<Searched> {
        self.search_to(query, &Deadline::at(until))
    }

    fn search_to(&self, query: &Query, deadline: &Deadline) -> Result<Searched> {
        let searched = self.inner.search(query, deadline);
        self.inner.log.deliver();
        searched
    }
}

impl Inner {
    fn search(&self, query: &Query, deadline: &Deadline) -> Result<Searched> {
        drop(self.store()?);
        self.check_query(query)?;
        let expanded = if query.with_expansion { self.expansion(&query.text) } else { None };
        let vector = self.query_vector(query, expanded.as_deref())?;
        let behind = self.read_words_by(deadline)? > 0 || !self.is_searched_whole(&*self.state_so_far()?);
        let filter = self.filter_of(query)?;
        let sub_queries = query.sub_queries.iter().map(|(text, mode)| (text, *mode));
        let sub_queries = [(&query.text, query.mode)].into_iter().chain(sub_queries);
        let sub_queries = sub_queries.filter(|(_, mode)| mode.words()).map(|(text, _)| text.as_str());
        let other = expanded.iter().flat_map(|expanded| &expanded.words).map(String::as_str);
        let mut words: Vec<&str> = sub_queries.chain(other).collect();
        let completes = query.prefix_match && query.mode.words();
        if completes {
            // The last word is the incomplete one.
            words.rotate_left(1);
        }
        let depth = if query.diversity > 0.0 { search::DIVERSITY_DEPTH * query.k } else { query.k };
        let words = words.join("\n");
        let words = Document::read(&words, query.locale());
        let hybrid = HybridQuery {
            vector: &vector,
            words: &words,
            weighted: &query.term_weights,
            k: depth,
            filter: &filter,
            completes,
            pseudo_feedback: query.pseudo_feedback,
            about_person: query.prefer_self_statements.unwrap_or_else(|| asks_for_advice(&words)),
            by_words: !query.mode.means() && query.sub_queries.iter().all(|(_, mode)| !mode.means()),
        };
        let mut found = {
            let state = self.state_so_far()?;
            state.hybrid.search_by(&state.catalogue, &hybrid, deadline)?
        };
        if query.diversity > 0.0 && !deadline.cuts() {
            found = self.diversified(&found, query)?;
        }
        found.truncate(query.k);
        let hits = self.hits(&found)?;
        Ok(Searched { hits, partial: behind || deadline.was_cut() })
    }

    /// The hits for what was found, read from the store.
    fn hits(&self, found: &[Scored]) -> Result<Vec<Hit>> {
        let records =
            self.store()?.get_many::<Record>(Table::Records, found.iter().map(|found| found.id.0))?;
        let mut hits = Vec::with_capacity(found.len());
        for (found, record) in found.iter().zip(records) {
            // None if it was forgotten in the meantime.
            let Some(record) = unless_damaged(record)?.flatten() else { continue };
            hits.push(Hit {
                id: found.id,
                score: found.score,
                similarity: found.similarity,
                kind: kind_of(&record.signal),
                tags: Vec::new(),
                at: record.at,
                text: final_text(&record).to_owned(),
                scope: record.scope,
                context: record.context,
            });
        }
        let state = self.state_so_far()?;
        for hit in &mut hits {
            hit.tags = state.catalogue.tags(hit.id);
        }
        Ok(hits)
    }

    /// A query's filter, including the app's own, which is called for a few items at a time, between locks.
    fn filter_of<'a>(&self, query: &'a Query) -> Result<Cow<'a, Filter>> {
        let Some(Predicate(takes)) = &query.takes else { return Ok(Cow::Borrowed(&query.filter)) };
        let ids = self.state_so_far()?.catalogue.matching(&query.filter);
        let (mut taken, mut items) = (Vec::new(), Vec::with_capacity(ASKED.min(ids.len())));
        for ids in ids.chunks(ASKED) {
            let state = self.state_so_far()?;
            items.extend(ids.iter().filter_map(|id| state.catalogue.get(*id)));
            drop(state);
            taken.extend(items.drain(..).filter(|item| takes(item)).map(|item| item.id));
        }
        Ok(Cow::Owned(Filter { ids: Some(taken), ..Filter::default() }))
    }

    fn check_query(&self, query: &Query) -> Result<()> {
        if let Some(scope) = &query.filter.scope {
            scope.validate()?;
        }
        check_tags("tag", "number of tags", &query.filter.all_tags)?;
        check_tags("tag", "number of tags", &query.filter.any_tag)?;
        self.check_filled("query", &query.text)?;
        self.check_k(query.k)?;
        query.sub_queries.iter().try_for_each(|(text, _)| self.check_filled("sub-query", text))?;
        query.term_weights.iter().try_for_each(|(word, _)| self.check_text("weighted term", word))?;
        for (what, count) in [
            ("number of sub-queries", query.sub_queries.len()),
            ("number of term weights", query.term_weights.len()),
            ("number of shown items", query.shown.len()),
        ] {
            check_range(what, count as f64, 0.0, PARTS_MAX as f64)?;
        }
        for (_, weight) in &query.term_weights {
            check_range("weight of a word", f64::from(*weight), f64::from(f32::MIN_POSITIVE), 1e6)?;
        }
        check_range("diversity", f64::from(query.diversity), 0.0, 1.0)
    }

    /// The mean vector of the sub-queries, moved by the feedback on shown items.
    fn query_vector(&self, query: &Query, expanded: Option<&Expanded>) -> Result<Vec<f32>> {
        let supplied = query.vector.as_deref();
        let sub_queries = || query.sub_queries.iter().filter(|(_, mode)| supplied.is_none() && mode.means());
        let own = query.mode.means() || supplied.is_some() || sub_queries().next().is_none();
        let mut vector = vec![0.0; self.encoder.dimensions()];
        let mut add = |what, text: &str, supplied| -> Result<()> {
            let embedded = self.embed(what, text, supplied)?;
            vector.iter_mut().zip(&embedded.vector).for_each(|(sum, value)| *sum += value);
            Ok(())
        };
        if own {
            add("query", &query.text, supplied)?;
        }
        for (text, _) in sub_queries() {
            add("sub-query", text, None)?;
        }
        if let Some(expanded) = expanded.filter(|_| supplied.is_none()) {
            vector.iter_mut().zip(&expanded.vector).for_each(|(sum, value)| *sum += value);
        }
        let vector = super::unit_length(vector, self.encoder.dimensions())?;
        if query.shown.is_empty() {
            return Ok(vector);
        }
        let shown = query.shown.iter().map(|(id, ..)| self.vector_of(*id)).collect::<Result<Vec<_>>>()?;
        let shown: Vec<Shown<'_>> = shown
            .iter()
            .zip(&query.shown)
            .map(|(vector, &(_, position, used))| Shown { vector, position, used })
            .collect();
        Ok(rocchio(&vector, &shown))
    }

    pub(super) fn vector_of(&self, id: RecordId) -> Result<Vec<f32>> {
        let vector = self.state_so_far()?.catalogue.vector(id);
        Ok(vector.ok_or(InputError::NotFound { what: "record", id: id.0 })?.to_f32())
    }

    fn diversified(&self, found: &[Scored], query: &Query) -> Result<Vec<Scored>> {
        let state = self.state_so_far()?;
        // None if it was forgotten in the meantime.
        let with_vector = |found: &Scored| Some((*found, state.catalogue.vector(found.id)?.to_f32()));
        let (present, vectors): (Vec<Scored>, Vec<Vec<f32>>) = found.iter().filter_map(with_vector).unzip();
        drop(state);
        let relevance: Vec<f32> = present.iter().map(|found| found.score).collect();
        let cosine = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum();
        let order = diverse(&relevance, &cosine, query.diversity, query.k);
        Ok(order.into_iter().map(|at| present[at]).collect())
    }

    /// Reads the words of some of the items that lack them, newest first; returns how many still lack them.
    pub(super) fn read_words(&self) -> Result<usize> {
        self.read_words_by(&Deadline::none())
    }

    /// The same, until a deadline.
    fn read_words_by(&self, deadline: &Deadline) -> Result<usize> {
        let ids: Vec<RecordId> =
            self.state_so_far()?.wordless.iter().rev().take(WORDS_STEP).copied().collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let mut damaged = 0;
        for ids in ids.chunks(WORDS_HELD) {
            if deadline.cuts() {
                break;
            }
            let records = self.store()?.get_many::<Record>(Table::Records, ids.iter().map(|id| id.0))?;
            let records = records.into_iter().map(unless_damaged).collect::<Result<Vec<_>>>()?;
            let words =
                records.into_iter().map(|record| record.map(|record| record.map(|record| words_of(&record))));
            let words: Vec<Option<Option<ItemWords>>> = words.collect();
            let mut state = self.state.write();
            for (id, words) in ids.iter().zip(words) {
                match words {
                    Some(Some(words)) => state.insert_words(*id, words),
                    // The record was forgotten in the meantime.
                    Some(None) => drop(state.wordless.remove(id)),
                    // The record is damaged; its words stay unknown.
                    None => damaged += usize::from(state.wordless.remove(id)),
                }
            }
        }
        self.log.note_damaged(Table::Records.name(), damaged);
        Ok(self.state.read().wordless.len())
    }
}
