//! Queries: a text, filters, and how hits are scored.
//!
//! Invariant: a setter that fails leaves the query unchanged. Consistency is checked by the engine when it searches.

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

use idiolect_core::{Item, Query, RecordId, RecordKind, SearchMode, Timestamp};
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::callback::{self, UserData, idiolect_destroy};
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, flag, idiolect_str, ids, text, vector};
use crate::record;
use crate::scope::{idiolect_scope, parts, scope_of};

/// How a text is searched for: by its meaning and by its words.
pub const IDIOLECT_SEARCH_MODE_BOTH: i32 = 1;
/// How a text is searched for: by its meaning only, as for a description in other words.
pub const IDIOLECT_SEARCH_MODE_MEANING: i32 = 2;
/// How a text is searched for: by its words only, as for a name, an identifier or a quotation. If all sub-queries have
/// this mode, items with none of the words are not found.
pub const IDIOLECT_SEARCH_MODE_WORDS: i32 = 3;

/// A search, with its filters and options.
pub struct idiolect_query {
    state: Mutex<Search>,
}

#[derive(Clone)]
struct Search {
    query: Query,
    kinds: Vec<RecordKind>,
    term_weights: Vec<(String, f32)>,
    takes: Option<Arc<Takes>>,
    /// Number of sub-queries, term weights, shown items and tags.
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

impl idiolect_query {
    /// The query as collected, and the time limit.
    pub(crate) fn query(&self) -> (Query, Option<Duration>) {
        let Search { mut query, kinds, term_weights, takes, limit, .. } = self.state.lock().clone();
        if !kinds.is_empty() {
            query = query.kinds(kinds);
        }
        if !term_weights.is_empty() {
            query = query.term_weights(term_weights);
        }
        if let Some(takes) = takes {
            query = query.filter_by(move |item| takes(item));
        }
        (query, limit)
    }
}

/// An item passed to a predicate. The texts are valid during the call. A part of the scope that is not set is {NULL,
/// 0}.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_item {
    /// Size of this struct, set by the library; do not read fields beyond it.
    pub struct_size: usize,
    /// Id of the record.
    pub record_id: u64,
    /// Application of the scope.
    pub app: idiolect_str,
    /// Task of the scope.
    pub task: idiolect_str,
    /// Audience of the scope.
    pub audience: idiolect_str,
    /// Locale of the scope.
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
            kind: record::number(item.kind),
        }
    }
}

/// Decides whether a search includes an item: 0 for no, any other number for yes.
///
/// Ownership: borrows `item` and its texts; `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called in the thread of idiolect_engine_search, for one item after another, while no lock is held;
/// by several threads at once if several search with the same query. It may call any function, also with the same
/// engine and the same query.
pub type idiolect_predicate =
    Option<extern "C" fn(user_data: *mut c_void, item: *const idiolect_item) -> i32>;

fn mode(number: i32) -> Result<SearchMode, Failure> {
    match number {
        IDIOLECT_SEARCH_MODE_BOTH => Ok(SearchMode::Both),
        IDIOLECT_SEARCH_MODE_MEANING => Ok(SearchMode::Meaning),
        IDIOLECT_SEARCH_MODE_WORDS => Ok(SearchMode::Words),
        _ => Err(Failure::invalid("mode", "unknown value")),
    }
}

/// Maximum number of sub-queries, term weights, shown items and tags collected in total; the engine accepts 256 of
/// each.
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
        // The state is a copy; if the change fails, it is dropped.
        let query = std::mem::replace(&mut search.query, Query::new(""));
        search.query = with(query)?;
        Ok(())
    })
}

/// Creates a search for items near a text in meaning or in words.
///
/// Ownership: the caller owns `*out_query` and frees it with idiolect_query_free; copies `text`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_new(
    text: *const c_char,
    text_len: usize,
    out_query: *mut *mut idiolect_query,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_query, "out_query")?;
        let query = Query::new(self::text(text, text_len, "query")?);
        let state =
            Search { query, kinds: Vec::new(), term_weights: Vec::new(), takes: None, parts: 0, limit: None };
        out.set(handle::give(idiolect_query { state: Mutex::new(state) }));
        Ok(())
    })
}

/// Sets the maximum number of hits; 10 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_k(
    query: *mut idiolect_query,
    k: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.k(k))))
}

/// Limits the search to items within a scope; NULL for the whole person, which includes all items, the default.
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
    status_of(error, || refine(query, |query| Ok(query.scope(scope_of(scope)?))))
}

/// Limits the search to items at or after a time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_since(
    query: *mut idiolect_query,
    unix_ms: i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.since(Timestamp(unix_ms)))))
}

/// Limits the search to items before a time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_until(
    query: *mut idiolect_query,
    unix_ms: i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.until(Timestamp(unix_ms)))))
}

/// Limits the search to items of this kind, IDIOLECT_RECORD_EDIT to IDIOLECT_RECORD_HISTORY, and of other kinds added
/// in the same way. Without a call, all kinds are included.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for an unknown kind, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_kind(
    query: *mut idiolect_query,
    kind: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(query, |search| {
            let kind = record::kind(kind)?;
            if !search.kinds.contains(&kind) {
                search.kinds.push(kind);
            }
            Ok(())
        })
    })
}

/// Limits the search to items that have this tag and all others added in the same way. At most 32.
///
/// Ownership: copies `tag`.
/// Errors: INVALID_INPUT for more than 1,024 parts of a query, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER,
/// INVALID_HANDLE. The other limits are checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_tag(
    query: *mut idiolect_query,
    tag: *const c_char,
    tag_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(query, |search| {
            search.part()?;
            search.query = search.query.clone().tag(text(tag, tag_len, "tag")?);
            Ok(())
        })
    })
}

/// Limits the search to items that have this tag or any other added in the same way. At most 32.
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
    status_of(error, || {
        change(query, |search| {
            search.part()?;
            search.query = search.query.clone().any_tag(text(tag, tag_len, "tag")?);
            Ok(())
        })
    })
}

/// Limits the search to these items, replacing those set before. Ids that no longer exist are ignored. At most
/// 1,048,576.
///
/// Ownership: copies `record_ids`.
/// Errors: INVALID_INPUT for too many ids or a misaligned pointer, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_ids(
    query: *mut idiolect_query,
    record_ids: *const u64,
    record_count: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        refine(query, |query| {
            let ids = ids(record_ids, record_count, "record_ids")?;
            Ok(query.ids(ids.into_iter().map(RecordId).collect::<Vec<_>>()))
        })
    })
}

/// Limits the search to items for which `predicate` returns non-zero, replacing the previous callback; NULL for all
/// items, the default. It is called once for every item that passes the other limits, before anything is compared; a
/// time limit does not shorten this.
///
/// Ownership: takes `user_data`. If `destroy` is not NULL, it is called with it exactly once: after the callback was
/// replaced or the query freed, and no search that uses it is running; immediately if this call fails or `predicate`
/// is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; a running search keeps the callback that it started with.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_predicate(
    query: *mut idiolect_query,
    predicate: idiolect_predicate,
    user_data: *mut c_void,
    destroy: idiolect_destroy,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
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

/// Sets the number of milliseconds after which the search returns what it has found; no limit by default. Embedding
/// the query, reading the hits and a minimum of searching are always done, so that a search may take a little longer.
/// idiolect_hits_partial reports whether it was cut short.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_time_limit(
    query: *mut idiolect_query,
    milliseconds: u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(query, |search| {
            search.limit = Some(Duration::from_millis(milliseconds));
            Ok(())
        })
    })
}

/// Sets the query's vector, from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a misaligned pointer, NULL_POINTER, INVALID_HANDLE. The values
/// are checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_vector(
    query: *mut idiolect_query,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.vector(vector(values, values_len, "vector")?))))
}

/// Sets how the text is searched for: IDIOLECT_SEARCH_MODE_BOTH (the default), IDIOLECT_SEARCH_MODE_MEANING or
/// IDIOLECT_SEARCH_MODE_WORDS.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_mode(
    query: *mut idiolect_query,
    mode: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.mode(self::mode(mode)?))))
}

/// Adds a sub-query, another text that is searched for by `mode`, IDIOLECT_SEARCH_MODE_*. The meanings of all
/// sub-queries count equally, and so do their words. At most 256.
///
/// Ownership: copies `text`.
/// Errors: INVALID_INPUT for an unknown mode or more than 1,024 parts of a query, TEXT_TOO_LONG, INVALID_UTF8,
/// NULL_POINTER, INVALID_HANDLE. The other limits are checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_sub_query(
    query: *mut idiolect_query,
    text: *const c_char,
    text_len: usize,
    mode: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(query, |search| {
            search.part()?;
            search.query =
                search.query.clone().sub_query(self::text(text, text_len, "sub-query")?, self::mode(mode)?);
            Ok(())
        })
    })
}

/// Adds a term with the caller's own weight, for example from a sparse encoder: above 0 to 1,000,000, where a word of
/// the text has weight 1. At most 256.
///
/// Ownership: copies `term`.
/// Errors: INVALID_INPUT for more than 1,024 parts of a query, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER,
/// INVALID_HANDLE. The weight and the other limits are checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_term_weight(
    query: *mut idiolect_query,
    term: *const c_char,
    term_len: usize,
    weight: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(query, |search| {
            search.part()?;
            search.term_weights.push((text(term, term_len, "term")?, weight));
            Ok(())
        })
    })
}

/// Sets whether the last word also matches longer words that begin with it (1), for search as you type, or not (0),
/// the default.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_prefix_match(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.prefix_match(flag(on, "prefix match")?))))
}

/// Sets whether the words of the best items found are added to the query (1) or not (0), the default. This finds more
/// for short queries.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_pseudo_feedback(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.pseudo_feedback(flag(on, "pseudo-feedback")?))))
}

/// Sets whether statements of the person about themselves ("I prefer aisle seats") are preferred over their questions,
/// and the words of the query do not count (1), or not (0). By default that is so only where the query asks for advice
/// ("Which seat would you recommend?"), in a language that has a list of such words.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_prefer_self_statements(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        refine(query, |query| Ok(query.prefer_self_statements(flag(on, "prefer self-statements")?)))
    })
}

/// Sets whether the search also uses other words supplied by the program's language model (1) or not (0), the default.
/// They are requested by an inference request of kind EXPANSION, and used in searches for the same text after it was
/// completed. Without a host model, and for a text of more than 1,000 bytes, this has no effect.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_expansion(
    query: *mut idiolect_query,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.with_expansion(flag(on, "expansion")?))))
}

/// Sets how much the hits should differ from each other, 0 (the default) to 1: maximal marginal relevance.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_set_diversity(
    query: *mut idiolect_query,
    diversity: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || refine(query, |query| Ok(query.diversity(diversity))))
}

/// Adds feedback on a hit of an earlier search for the same: it was shown at `position`, 0 for the first, and the
/// person clicked it (`clicked` 1) or skipped it (0). At most 256.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other `clicked` or more than 1,024 parts of a query, NULL_POINTER, INVALID_HANDLE.
/// The id and the other limits are checked when the query is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_add_shown(
    query: *mut idiolect_query,
    record_id: u64,
    position: usize,
    clicked: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
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

/// Frees a query.
///
/// Ownership: takes `query`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_query_free(query: *mut idiolect_query) {
    handle::free(query);
}
