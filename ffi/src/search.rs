//! Searching what was taken in.
//!
//! Invariant: hits are a snapshot with all their texts.

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::{Duration, Instant};

use idiolect_core::Item;
use idiolect_core::{Hit, Query, RecordId, RecordKind, Scope, SearchMode, Timestamp};
use parking_lot::Mutex;

use crate::callback::{self, UserData, idiolect_destroy};
use crate::engine::idiolect_engine;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, flag, idiolect_str, ids, sized_struct, text, vector};
use crate::observe::{
    IDIOLECT_RECORD_ACCEPT, IDIOLECT_RECORD_CHOICE, IDIOLECT_RECORD_EDIT, IDIOLECT_RECORD_HISTORY,
    IDIOLECT_RECORD_RATING, IDIOLECT_RECORD_REJECT,
};
use crate::preferences::IDIOLECT_OTHER;
use crate::scope::{idiolect_scope, scope_of};
use crate::wall::wall;

/// What a text is looked for by: its meaning and its words.
pub const IDIOLECT_SEARCH_MODE_BOTH: i32 = 1;
/// What a text is looked for by: its meaning alone, as of a description in other words.
pub const IDIOLECT_SEARCH_MODE_MEANING: i32 = 2;
/// What a text is looked for by: its words alone, as of a name, an identifier, a quotation. Where every sub-query is, items with
/// none of the words are not found.
pub const IDIOLECT_SEARCH_MODE_WORDS: i32 = 3;

/// A search.
pub struct idiolect_query {
    state: Mutex<Search>,
}

#[derive(Clone)]
struct Search {
    query: Query,
    kinds: Vec<RecordKind>,
    term_weights: Vec<(String, f32)>,
    takes: Option<Arc<Takes>>,
    /// Sub-queries, shown items and tags.
    parts: usize,
    limit: Option<Duration>,
}

/// A predicate with its data.
type Takes = dyn Fn(&Item) -> bool + Send + Sync;

impl Search {
    /// Counts one more sub-query, term weight, shown item or tag.
    fn part(&mut self) -> Result<(), Failure> {
        if self.parts == PARTS_MAX {
            return Err(Failure::invalid("query", "it has too many parts"));
        }
        self.parts += 1;
        Ok(())
    }
}

impl Handle for idiolect_query {
    const NAME: &'static str = "query";
}

/// What a search found.
pub struct idiolect_hits {
    hits: Vec<Hit>,
    partial: bool,
}

impl Handle for idiolect_hits {
    const NAME: &'static str = "hits";
}

/// One item found. Set `struct_size` to sizeof(idiolect_hit) before the call. The texts belong to the hits and are valid
/// until those are freed. A part of the scope that is not set is {NULL, 0}.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_hit {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// The record.
    pub record_id: u64,
    /// Its context; for history what surrounds it, often empty.
    pub context: idiolect_str,
    /// The text as the person left it.
    pub text: idiolect_str,
    /// The scope's application.
    pub app: idiolect_str,
    /// The scope's task.
    pub task: idiolect_str,
    /// The scope's audience.
    pub audience: idiolect_str,
    /// The scope's locale.
    pub locale: idiolect_str,
    /// When it happened, milliseconds since 1970.
    pub at_ms: i64,
    /// IDIOLECT_RECORD_*.
    pub kind: i32,
    /// Cosine similarity of the query to its context (to its text, for history), -1 to 1.
    pub similarity: f32,
    /// What the order follows where no diversity is asked for: meaning and words together, comparable within one search.
    pub score: f32,
}
sized_struct!(idiolect_hit, since similarity: f32);

/// An item that a predicate is asked about. The texts are valid during the call. A part of the scope that is not set is
/// {NULL, 0}.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_item {
    /// Size of this struct, set by the library; fields beyond it are not there.
    pub struct_size: usize,
    /// The record.
    pub record_id: u64,
    /// The scope's application.
    pub app: idiolect_str,
    /// The scope's task.
    pub task: idiolect_str,
    /// The scope's audience.
    pub audience: idiolect_str,
    /// The scope's locale.
    pub locale: idiolect_str,
    /// When it happened, milliseconds since 1970.
    pub at_ms: i64,
    /// IDIOLECT_RECORD_*.
    pub kind: i32,
}

impl idiolect_item {
    fn of(item: &Item) -> Self {
        let [app, task, audience, locale] = parts(&item.scope);
        Self {
            struct_size: size_of::<Self>(),
            record_id: item.id.0,
            app,
            task,
            audience,
            locale,
            at_ms: item.at.0,
            kind: kind_number(item.kind),
        }
    }
}

/// Says whether a search takes an item: 0 for no, any other number for yes.
///
/// Ownership: borrows `item` with its texts; `user_data` is what was given with it.
/// Errors: it has none to give.
/// Thread-safety: called in the thread of idiolect_engine_search, for one item after the other, while no lock is held; by
/// several threads at once where several search with the same query. It may call any function, with the same engine and
/// the same query, too.
pub type idiolect_predicate =
    Option<extern "C" fn(user_data: *mut c_void, item: *const idiolect_item) -> i32>;

const KINDS: [(i32, RecordKind); 6] = [
    (IDIOLECT_RECORD_EDIT, RecordKind::Edit),
    (IDIOLECT_RECORD_ACCEPT, RecordKind::Accept),
    (IDIOLECT_RECORD_REJECT, RecordKind::Reject),
    (IDIOLECT_RECORD_CHOICE, RecordKind::Choice),
    (IDIOLECT_RECORD_RATING, RecordKind::Rating),
    (IDIOLECT_RECORD_HISTORY, RecordKind::History),
];

fn kind_number(kind: RecordKind) -> i32 {
    KINDS.iter().find(|(_, known)| *known == kind).map_or(IDIOLECT_OTHER, |(number, _)| *number)
}

/// Application, task, audience and locale.
fn parts(scope: &Scope) -> [idiolect_str; 4] {
    [&scope.app, &scope.task, &scope.audience, &scope.locale]
        .map(|part| idiolect_str::borrowed_optional(part.as_deref()))
}

fn mode(number: i32) -> Result<SearchMode, Failure> {
    match number {
        IDIOLECT_SEARCH_MODE_BOTH => Ok(SearchMode::Both),
        IDIOLECT_SEARCH_MODE_MEANING => Ok(SearchMode::Meaning),
        IDIOLECT_SEARCH_MODE_WORDS => Ok(SearchMode::Words),
        _ => Err(Failure::invalid("mode", "there is none of this number")),
    }
}

/// Most sub-queries, term weights, shown items and tags that are collected at all; the engine takes 256 of each.
const PARTS_MAX: usize = 1_024;

fn change(
    query: *mut idiolect_query,
    change: impl FnOnce(&mut Search) -> Result<(), Failure>,
) -> Result<(), Failure> {
    callback::change(&handle::get(query.cast_const())?.state, change)
}

fn refine(
    query: *mut idiolect_query,
    with: impl FnOnce(Query) -> Result<Query, Failure>,
) -> Result<(), Failure> {
    change(query, |search| {
        // A copy already: where this fails, nobody sees what is left of it.
        let query = std::mem::replace(&mut search.query, Query::new(""));
        search.query = with(query)?;
        Ok(())
    })
}

/// Makes a search for items near a text in meaning or in words.
///
/// Ownership: `*out_query` is the caller's, to be freed with idiolect_query_free; copies `text`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_new(
    text: *const c_char,
    text_len: usize,
    out_query: *mut *mut idiolect_query,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_query, "out_query")?;
        let query = Query::new(self::text(text, text_len, "query")?);
        let state =
            Search { query, kinds: Vec::new(), term_weights: Vec::new(), takes: None, parts: 0, limit: None };
        out.set(handle::give(idiolect_query { state: Mutex::new(state) }));
        Ok(())
    })
}

/// Sets the most hits; 10 by default.
///
/// Ownership: nothing.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_k(
    query: *mut idiolect_query,
    k: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.k(k))))
}

/// Takes only items within a scope; NULL is the whole person, which takes all.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the query, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_scope(
    query: *mut idiolect_query,
    scope: *const idiolect_scope,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.scope(scope_of(scope)?))))
}

/// Takes only items from this moment on, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: nothing.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_since(
    query: *mut idiolect_query,
    unix_ms: i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.since(Timestamp(unix_ms)))))
}

/// Takes only items before this moment, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: nothing.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_until(
    query: *mut idiolect_query,
    unix_ms: i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.until(Timestamp(unix_ms)))))
}

/// Takes items of this kind, IDIOLECT_RECORD_EDIT to IDIOLECT_RECORD_HISTORY, and of the others added; all kinds where
/// none was added.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for an unknown kind, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_kind(
    query: *mut idiolect_query,
    kind: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            let known = KINDS.iter().find(|(number, _)| *number == kind);
            let (_, kind) = known.ok_or_else(|| Failure::invalid("kind", "there is none of this number"))?;
            if !search.kinds.contains(kind) {
                search.kinds.push(*kind);
            }
            Ok(())
        })
    })
}

/// Takes only items that have this tag, and all others added so. At most 32.
///
/// Ownership: copies `tag`.
/// Errors: INVALID_INPUT for far too many tags, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Tag and number
/// are checked further when they are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_tag(
    query: *mut idiolect_query,
    tag: *const c_char,
    tag_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.part()?;
            search.query = search.query.clone().tag(text(tag, tag_len, "tag")?);
            Ok(())
        })
    })
}

/// Takes only items that have this tag or any other added so. At most 32.
///
/// Ownership: copies `tag`.
/// Errors: as idiolect_query_add_tag.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_any_tag(
    query: *mut idiolect_query,
    tag: *const c_char,
    tag_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.part()?;
            search.query = search.query.clone().any_tag(text(tag, tag_len, "tag")?);
            Ok(())
        })
    })
}

/// Takes only these items, in the place of those set before; those that are gone are passed over. At most 1,048,576.
///
/// Ownership: copies `record_ids`.
/// Errors: INVALID_INPUT for too many or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_ids(
    query: *mut idiolect_query,
    record_ids: *const u64,
    record_count: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        refine(query, |query| {
            let ids = ids(record_ids, record_count, "record_ids")?;
            Ok(query.ids(ids.into_iter().map(RecordId).collect::<Vec<_>>()))
        })
    })
}

/// Takes only items that `predicate` takes, in the place of one set before; NULL takes all, as at first. It is asked once of
/// every item that the other limits let through, before anything is compared; a time limit does not cut this short.
///
/// Ownership: takes `user_data`. `destroy`, where it is not NULL, is called with it exactly once: when another predicate
/// took its place or the query was freed, and no search with it runs any more; at once where this call fails or
/// `predicate` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; a search that runs keeps the predicate that it began with.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_predicate(
    query: *mut idiolect_query,
    predicate: idiolect_predicate,
    user_data: *mut c_void,
    destroy: idiolect_destroy,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let data = UserData::new(user_data, destroy);
        let takes = predicate.map(|predicate| -> Arc<Takes> {
            Arc::new(move |item| predicate(data.get(), &idiolect_item::of(item)) != 0)
        });
        change(query, |search| {
            search.takes = takes;
            Ok(())
        })
    })
}

/// Sets after how many milliseconds the search gives what it has found; no limit at first. Embedding the query and reading
/// what was found are always done, and something is always looked at, so that it may end a little later;
/// idiolect_hits_partial tells whether it was cut short.
///
/// Ownership: nothing.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_time_limit(
    query: *mut idiolect_query,
    milliseconds: u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.limit = Some(Duration::from_millis(milliseconds));
            Ok(())
        })
    })
}

/// Sets the query's vector, from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE. The
/// values are checked when they are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_vector(
    query: *mut idiolect_query,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.vector(vector(values, values_len, "vector")?))))
}

/// Sets what the text is looked for by: IDIOLECT_SEARCH_MODE_BOTH, as at first, IDIOLECT_SEARCH_MODE_MEANING or IDIOLECT_SEARCH_MODE_WORDS.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_mode(
    query: *mut idiolect_query,
    mode: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.mode(self::mode(mode)?))))
}

/// Adds a further sub-query, looked for by `mode`, IDIOLECT_SEARCH_MODE_*. The meanings of all sub-queries count equally, and so do their
/// words. At most 256.
///
/// Ownership: copies `text`.
/// Errors: INVALID_INPUT for an unknown mode or far too many sub-queries, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER,
/// INVALID_HANDLE. Text and number are checked further when they are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_sub_query(
    query: *mut idiolect_query,
    text: *const c_char,
    text_len: usize,
    mode: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.part()?;
            search.query =
                search.query.clone().sub_query(self::text(text, text_len, "sub-query")?, self::mode(mode)?);
            Ok(())
        })
    })
}

/// Adds a term with the caller's own weight, from a sparse encoder say: above 0 to 1,000,000, where a word of the text
/// has 1. At most 256.
///
/// Ownership: copies `term`.
/// Errors: INVALID_INPUT for far too many words, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Word, weight
/// and number are checked when they are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_term_weight(
    query: *mut idiolect_query,
    term: *const c_char,
    term_len: usize,
    weight: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.part()?;
            search.term_weights.push((text(term, term_len, "term")?, weight));
            Ok(())
        })
    })
}

/// Sets whether the last word may be the beginning of one (1), for a search while typing, or not (0), as at first.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_prefix_match(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.prefix_match(flag(on, "prefix match")?))))
}

/// Sets whether the words of the best items found are asked for, too (1), or not (0), as at first. Finds more for a short
/// query.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_pseudo_feedback(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.pseudo_feedback(flag(on, "pseudo-feedback")?))))
}

/// Sets whether what the person says of themselves is wanted ("I prefer aisle seats") rather than what they ask for (1),
/// or either (0), as at first.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_prefer_self_statements(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        refine(query, |query| Ok(query.prefer_self_statements(flag(on, "prefer self-statements")?)))
    })
}

/// Sets whether other words of the program's language model are searched with (1) or not (0), as at first. They are asked
/// for by an inference request of the kind EXPANSION, and used in searches for the same text once that is completed;
/// without a model, and for a text over 1,000 bytes, this does nothing.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_expansion(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.with_expansion(flag(on, "expansion")?))))
}

/// Sets how much the hits should differ from each other, 0 (at first) to 1: maximal marginal relevance.
///
/// Ownership: nothing.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_diversity(
    query: *mut idiolect_query,
    diversity: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || refine(query, |query| Ok(query.diversity(diversity))))
}

/// Tells that a hit of an earlier search for the same was shown at `position`, 0 the first, and that the person clicked it
/// (`clicked` 1) or skipped it (0). At most 256.
///
/// Ownership: nothing.
/// Errors: INVALID_INPUT for another `clicked` or far too many, NULL_POINTER, INVALID_HANDLE. The record is looked up when
/// it is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_shown(
    query: *mut idiolect_query,
    record_id: u64,
    position: usize,
    clicked: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        change(query, |search| {
            search.part()?;
            let (query, id) = (search.query.clone(), RecordId(record_id));
            search.query = if flag(clicked, "clicked")? {
                query.clicked(id, position)
            } else {
                query.skipped(id, position)
            };
            Ok(())
        })
    })
}

/// Frees a search.
///
/// Ownership: takes `query`; NULL is allowed and does nothing.
/// Errors: none; a handle that was freed before is left alone.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_free(query: *mut idiolect_query) {
    handle::free(query);
}

/// Searches.
///
/// Ownership: `*out_hits` is the caller's, to be freed with idiolect_hits_free; it may outlive `engine`. Borrows `query`,
/// which may be used again.
/// Errors: INVALID_INPUT, NOT_FOUND for an unknown record among those shown, EMPTY_TEXT, TEXT_TOO_LONG, INVALID_VECTOR,
/// DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_search(
    engine: *mut idiolect_engine,
    query: *const idiolect_query,
    out_hits: *mut *mut idiolect_hits,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_hits, "out_hits")?;
        let engine = handle::get(engine.cast_const())?;
        let Search { mut query, kinds, term_weights, takes, limit, .. } =
            handle::get(query)?.state.lock().clone();
        if !kinds.is_empty() {
            query = query.kinds(kinds);
        }
        if !term_weights.is_empty() {
            query = query.term_weights(term_weights);
        }
        if let Some(takes) = takes {
            query = query.filter_by(move |item| takes(item));
        }
        // A limit beyond what the clock can tell is none.
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let (hits, partial) = engine.call(|engine| match until {
            Some(until) => {
                engine.search_with_deadline(&query, until).map(|found| (found.hits, found.partial))
            }
            None => engine.search(&query).map(|hits| (hits, false)),
        })?;
        out.set(handle::give(idiolect_hits { hits, partial }));
        Ok(())
    })
}

/// How many items were found.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_count(
    hits: *const idiolect_hits,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(hits)?.hits.len());
        Ok(())
    })
}

/// Whether there may be better items (1) or not (0): the search was cut short by its time limit, or the store was just
/// opened and some items are not yet found by their words and further keys. Always 0 for a search without a time limit.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_partial(
    hits: *const idiolect_hits,
    out_partial: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_partial, "out_partial")?;
        out.set(i32::from(handle::get(hits)?.partial));
        Ok(())
    })
}

/// One item found, nearest first.
///
/// Ownership: the texts belong to `hits` and are valid until those are freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_at(
    hits: *const idiolect_hits,
    index: usize,
    out_hit: *mut idiolect_hit,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = SizedOut::required(out_hit)?;
        let hits = handle::get(hits)?;
        let hit = at(&hits.hits, index)?;
        let [app, task, audience, locale] = parts(&hit.scope);
        out.set(idiolect_hit {
            struct_size: 0,
            record_id: hit.id.0,
            context: idiolect_str::borrowed(&hit.context),
            text: idiolect_str::borrowed(&hit.text),
            app,
            task,
            audience,
            locale,
            at_ms: hit.at.0,
            kind: kind_number(hit.kind),
            similarity: hit.similarity,
            score: hit.score,
        });
        Ok(())
    })
}

/// How many tags the item at `index` has.
///
/// Ownership: borrows `hits`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_tag_count(
    hits: *const idiolect_hits,
    index: usize,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(at(&handle::get(hits)?.hits, index)?.tags.len());
        Ok(())
    })
}

/// One tag of the item at `index`, in ascending order.
///
/// Ownership: the text belongs to `hits` and is valid until those are freed.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_tag_at(
    hits: *const idiolect_hits,
    index: usize,
    tag: usize,
    out_tag: *mut idiolect_str,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_tag, "out_tag")?;
        let hits = handle::get(hits)?;
        out.set(idiolect_str::borrowed(at(&at(&hits.hits, index)?.tags, tag)?));
        Ok(())
    })
}

/// Frees what a search found.
///
/// Ownership: takes `hits`; NULL is allowed and does nothing. Their texts are invalid from here on.
/// Errors: none; a handle that was freed before is left alone.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_free(hits: *mut idiolect_hits) {
    handle::free(hits);
}
