//! Searching what was taken in.
//!
//! Invariant: hits are a snapshot with all their texts.

use std::time::Instant;

use idiolect_core::Hit;

use crate::engine::idiolect_engine;
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, idiolect_str, sized_struct};
use crate::query::idiolect_query;
use crate::record;
use crate::scope::parts;
use crate::wall::wall;

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

/// Searches.
///
/// Ownership: the caller owns `*out_hits` and frees it with idiolect_hits_free; it may outlive `engine`. Borrows `query`,
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
        let (query, limit) = handle::get(query)?.query();
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
/// Ownership: the texts belong to `hits` and are valid until `hits` is freed.
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
            kind: record::number(hit.kind),
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
/// Ownership: takes `hits`; NULL is allowed and does nothing. Their texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_free(hits: *mut idiolect_hits) {
    handle::free(hits);
}
