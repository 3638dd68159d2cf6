//! Observations and history items, which share one kind of handle.
//!
//! Invariant: the handle only collects. Whether its parts are consistent is checked by the engine when it is used, so
//! that a handle can be used again, and a rejected one corrected.

use std::ffi::c_char;

use idiolect_core::{AppliedPreference, Granularity, HistoryItem, InputError, Observation, Scope, Timestamp};
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, text, vector};
use crate::personalize::idiolect_personalization;
use crate::record::{
    IDIOLECT_RECORD_ACCEPT, IDIOLECT_RECORD_CHOICE, IDIOLECT_RECORD_EDIT, IDIOLECT_RECORD_HISTORY,
    IDIOLECT_RECORD_RATING, IDIOLECT_RECORD_REJECT,
};
use crate::scope::{idiolect_scope, scope_of};

/// How a history item is divided into keys: not at all.
pub const IDIOLECT_GRANULARITY_DOCUMENT: i32 = 1;
/// How a history item is divided into keys: adjacent sentences together, up to 120 words.
pub const IDIOLECT_GRANULARITY_PASSAGE: i32 = 2;
/// How a history item is divided into keys: each sentence separately.
pub const IDIOLECT_GRANULARITY_SENTENCE: i32 = 3;

/// The maximum number of keys that an observation collects; the engine's own limit is lower.
const KEYS_MAX: usize = 1 << 8;
/// The maximum number of candidates that an observation collects; the engine's own limit is lower.
const CANDIDATES_MAX: usize = 1 << 16;
/// The maximum number of tags that an observation collects, including repeated ones; the engine's own limit is lower.
const TAGS_MAX: usize = 1 << 10;

/// One piece of feedback, or one text the person wrote (a history item), to be passed to the engine.
pub struct idiolect_observation {
    kind: i32,
    state: Mutex<Draft>,
}

impl Handle for idiolect_observation {
    const NAME: &'static str = "observation";
}

/// What a history item is found by in addition to its text.
enum Key {
    Text(String),
    Vector(Vec<f32>),
}

#[derive(Default)]
struct Draft {
    context: String,
    proposed: String,
    text: String,
    candidates: Vec<String>,
    chosen: Option<usize>,
    rating: Option<f32>,
    scope: Scope,
    at: Option<Timestamp>,
    strength: Option<f32>,
    reason: String,
    applied: Vec<AppliedPreference>,
    vector: Option<Vec<f32>>,
    tags: Vec<String>,
    granularity: Granularity,
    keys: Vec<Key>,
    app_key: Option<String>,
}

impl idiolect_observation {
    pub(crate) fn observation(&self) -> Result<Observation, Failure> {
        let state = self.state.lock();
        let context = state.context.clone();
        let text = state.text.clone();
        let mut observation = match self.kind {
            IDIOLECT_RECORD_EDIT => Observation::edit(context, state.proposed.clone(), text),
            IDIOLECT_RECORD_ACCEPT => Observation::accept(context, text),
            IDIOLECT_RECORD_REJECT => Observation::reject(context, text),
            IDIOLECT_RECORD_CHOICE => {
                let chosen =
                    state.chosen.ok_or_else(|| Failure::invalid("observation", "no choice was set"))?;
                Observation::choice(context, state.candidates.clone(), chosen)
            }
            IDIOLECT_RECORD_RATING => {
                let rating =
                    state.rating.ok_or_else(|| Failure::invalid("observation", "no rating was set"))?;
                Observation::rating(context, text, rating)
            }
            _ => {
                let reason = "a history item is added with idiolect_engine_add_history";
                return Err(Failure::invalid("observation", reason));
            }
        };
        observation = observation.scope(state.scope.clone());
        if let Some(at) = state.at {
            observation = observation.at(at);
        }
        if let Some(strength) = state.strength {
            observation = observation.strength(strength);
        }
        if !state.reason.is_empty() {
            observation = observation.reason(state.reason.clone());
        }
        if !state.applied.is_empty() {
            observation = observation.applied(state.applied.clone());
        }
        if let Some(vector) = &state.vector {
            observation = observation.vector(vector.clone());
        }
        Ok(state.tags.iter().fold(observation, Observation::tag))
    }

    pub(crate) fn history_item(&self) -> Result<HistoryItem, Failure> {
        if self.kind != IDIOLECT_RECORD_HISTORY {
            return Err(Failure::invalid("observation", "feedback is taken in with idiolect_engine_observe"));
        }
        let state = self.state.lock();
        let mut item = HistoryItem::new(state.text.clone()).scope(state.scope.clone());
        if let Some(at) = state.at {
            item = item.at(at);
        }
        if let Some(vector) = &state.vector {
            item = item.vector(vector.clone());
        }
        if !state.context.is_empty() {
            item = item.context(state.context.clone());
        }
        item = item.granularity(state.granularity);
        if let Some(key) = &state.app_key {
            item = item.app_key(key);
        }
        for key in &state.keys {
            item = match key {
                Key::Text(text) => item.key(text),
                Key::Vector(vector) => item.key_vector(vector.clone()),
            };
        }
        Ok(state.tags.iter().fold(item, HistoryItem::tag))
    }
}

/// Changes the state of an observation that must be of one of these kinds.
fn change(
    observation: *mut idiolect_observation,
    kinds: &[i32],
    what: &'static str,
    change: impl FnOnce(&mut Draft) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let observation = handle::get(observation.cast_const())?;
    if !kinds.contains(&observation.kind) {
        return Err(Failure::invalid(what, "not available for this kind of observation"));
    }
    change(&mut observation.state.lock())
}

const FEEDBACK: &[i32] = &[
    IDIOLECT_RECORD_EDIT,
    IDIOLECT_RECORD_ACCEPT,
    IDIOLECT_RECORD_REJECT,
    IDIOLECT_RECORD_CHOICE,
    IDIOLECT_RECORD_RATING,
];
const ANY: &[i32] = &[
    IDIOLECT_RECORD_EDIT,
    IDIOLECT_RECORD_ACCEPT,
    IDIOLECT_RECORD_REJECT,
    IDIOLECT_RECORD_CHOICE,
    IDIOLECT_RECORD_RATING,
    IDIOLECT_RECORD_HISTORY,
];
const WITH_TEXT: &[i32] = &[
    IDIOLECT_RECORD_EDIT,
    IDIOLECT_RECORD_ACCEPT,
    IDIOLECT_RECORD_REJECT,
    IDIOLECT_RECORD_RATING,
    IDIOLECT_RECORD_HISTORY,
];

/// Creates an observation of a kind, IDIOLECT_RECORD_EDIT to IDIOLECT_RECORD_HISTORY. Texts that are not set are
/// empty.
///
/// Ownership: the caller owns `*out_observation` and frees it with idiolect_observation_free.
/// Errors: INVALID_INPUT for an unknown kind, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_new(
    kind: i32,
    out_observation: *mut *mut idiolect_observation,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_observation, "out_observation")?;
        if !ANY.contains(&kind) {
            return Err(Failure::invalid("kind", "unknown value"));
        }
        out.set(handle::give(idiolect_observation { kind, state: Mutex::default() }));
        Ok(())
    })
}

/// Sets the context: what the text was to be about, or the message it answers. It is optional for HISTORY, where it
/// holds the surroundings of the text (its title, the message it answers, the turns of a conversation before and after
/// it); searches find the item by them, too.
///
/// Ownership: copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_context(
    observation: *mut idiolect_observation,
    context: *const c_char,
    context_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let context = text(context, context_len, "context");
        change(observation, ANY, "context", |state| {
            state.context = context?;
            Ok(())
        })
    })
}

/// Sets the draft that the person edited; empty if they wrote without one. EDIT only.
///
/// Ownership: copies `draft`.
/// Errors: INVALID_INPUT for other kinds, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_draft(
    observation: *mut idiolect_observation,
    draft: *const c_char,
    draft_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let draft = text(draft, draft_len, "draft");
        change(observation, &[IDIOLECT_RECORD_EDIT], "draft", |state| {
            state.proposed = draft?;
            Ok(())
        })
    })
}

/// Sets the text: what the person made of the draft (EDIT), accepted, discarded, rated, or wrote (HISTORY). All kinds
/// except CHOICE.
///
/// Ownership: copies `text`.
/// Errors: as idiolect_observation_set_draft.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_text(
    observation: *mut idiolect_observation,
    text: *const c_char,
    text_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let text = self::text(text, text_len, "text");
        change(observation, WITH_TEXT, "text", |state| {
            state.text = text?;
            Ok(())
        })
    })
}

/// Adds a text that was offered; a choice needs at least two. CHOICE only.
///
/// Ownership: copies `candidate`.
/// Errors: as idiolect_observation_set_draft; also INVALID_INPUT for too many.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_add_candidate(
    observation: *mut idiolect_observation,
    candidate: *const c_char,
    candidate_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let candidate = text(candidate, candidate_len, "candidate");
        change(observation, &[IDIOLECT_RECORD_CHOICE], "candidate", |state| {
            if state.candidates.len() == CANDIDATES_MAX {
                return Err(Failure::invalid("candidate", "there are too many"));
            }
            state.candidates.push(candidate?);
            Ok(())
        })
    })
}

/// Sets which candidate the person chose, as an index from 0 in the order in which they were added. CHOICE only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for other kinds, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_chosen(
    observation: *mut idiolect_observation,
    index: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(observation, &[IDIOLECT_RECORD_CHOICE], "choice", |state| {
            state.chosen = Some(index);
            Ok(())
        })
    })
}

/// Sets the rating, -1 (worst) to 1 (best). RATING only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for other kinds or a value out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_rating(
    observation: *mut idiolect_observation,
    rating: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(observation, &[IDIOLECT_RECORD_RATING], "rating", |state| {
            within("rating", rating, -1.0)?;
            state.rating = Some(rating);
            Ok(())
        })
    })
}

/// Checks that a value is from `min` to 1; NaN is not.
fn within(what: &'static str, value: f32, min: f32) -> Result<(), Failure> {
    if (min..=1.0).contains(&value) {
        return Ok(());
    }
    Err(InputError::OutOfRange { what, value: value.into(), min: min.into(), max: 1.0 }.into())
}

/// Sets the scope; NULL for the whole person, the default.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the observation, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_scope(
    observation: *mut idiolect_observation,
    scope: *const idiolect_scope,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let scope = scope_of(scope);
        change(observation, ANY, "scope", |state| {
            state.scope = scope?;
            Ok(())
        })
    })
}

/// Sets when it happened, in milliseconds since 1970-01-01T00:00:00Z; the time of the call by default. Of feedback, a
/// time ahead of the clock counts as the current time.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_at(
    observation: *mut idiolect_observation,
    unix_ms: i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(observation, ANY, "time", |state| {
            state.at = Some(Timestamp(unix_ms));
            Ok(())
        })
    })
}

/// Sets how much it counts, above 0 to 1; 1 by default. All kinds except HISTORY.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for HISTORY or a value out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_strength(
    observation: *mut idiolect_observation,
    strength: f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(observation, FEEDBACK, "strength", |state| {
            within("strength", strength, f32::MIN_POSITIVE)?;
            state.strength = Some(strength);
            Ok(())
        })
    })
}

/// Sets the reason in the person's words. All kinds except HISTORY.
///
/// Ownership: copies `reason`.
/// Errors: INVALID_INPUT for HISTORY, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_reason(
    observation: *mut idiolect_observation,
    reason: *const c_char,
    reason_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let reason = text(reason, reason_len, "reason");
        change(observation, FEEDBACK, "reason", |state| {
            state.reason = reason?;
            Ok(())
        })
    })
}

/// Adds a tag, a label that searches can be restricted to. At most 128 bytes each, and 32 per record.
///
/// Ownership: copies `tag`.
/// Errors: INVALID_INPUT for more than 1,024 tags, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. The
/// other limits are checked when the observation is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_add_tag(
    observation: *mut idiolect_observation,
    tag: *const c_char,
    tag_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let tag = text(tag, tag_len, "tag");
        change(observation, ANY, "tag", |state| {
            if state.tags.len() == TAGS_MAX {
                return Err(Failure::invalid("tag", "there are too many"));
            }
            state.tags.push(tag?);
            Ok(())
        })
    })
}

/// Sets the vector of the context (of the text, for HISTORY), from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a misaligned pointer, NULL_POINTER, INVALID_HANDLE. The values
/// are checked when the observation is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_vector(
    observation: *mut idiolect_observation,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let values = vector(values, values_len, "vector");
        change(observation, ANY, "vector", |state| {
            state.vector = Some(values?);
            Ok(())
        })
    })
}

/// Sets how the text is divided into keys, IDIOLECT_GRANULARITY_*, each of which has a vector of its own; PASSAGE by
/// default. A text whose vector was set is not divided. HISTORY only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for other kinds or an unknown value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_granularity(
    observation: *mut idiolect_observation,
    granularity: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(observation, &[IDIOLECT_RECORD_HISTORY], "granularity", |state| {
            state.granularity = match granularity {
                IDIOLECT_GRANULARITY_DOCUMENT => Granularity::Document,
                IDIOLECT_GRANULARITY_PASSAGE => Granularity::Passage,
                IDIOLECT_GRANULARITY_SENTENCE => Granularity::Sentence,
                _ => return Err(Failure::invalid("granularity", "unknown value")),
            };
            Ok(())
        })
    })
}

/// Adds another text by which searches find the item, by meaning and by words: a question that it answers, or its
/// summary. At most 24 keys, including vectors. HISTORY only.
///
/// Ownership: copies `key`.
/// Errors: INVALID_INPUT for other kinds or more than 256 keys, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER,
/// INVALID_HANDLE. The text and the number of keys are checked when the observation is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_add_key(
    observation: *mut idiolect_observation,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || add_key(observation, text(key, key_len, "key").map(Key::Text)))
}

/// Adds a vector by which searches find the item, from the caller's own encoder; see idiolect_observation_add_key.
/// HISTORY only.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for other kinds, more than 256 keys, more than 65,536 values or a misaligned pointer,
/// NULL_POINTER, INVALID_HANDLE. The values are checked when the observation is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_add_key_vector(
    observation: *mut idiolect_observation,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || add_key(observation, vector(values, values_len, "key").map(Key::Vector)))
}

fn add_key(observation: *mut idiolect_observation, key: Result<Key, Failure>) -> Result<(), Failure> {
    change(observation, &[IDIOLECT_RECORD_HISTORY], "key", |state| {
        if state.keys.len() == KEYS_MAX {
            return Err(Failure::invalid("key", "there are too many"));
        }
        state.keys.push(key?);
        Ok(())
    })
}

/// Sets the program's own id of the text, 1 to 256 bytes, for example a message id or a path. The store holds one item
/// per key: if there is one with the same content, nothing is added; if its content differs, the new item replaces it.
/// HISTORY only.
///
/// Ownership: copies `key`.
/// Errors: INVALID_INPUT for other kinds, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. The key is
/// checked when the observation is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_app_key(
    observation: *mut idiolect_observation,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let key = text(key, key_len, "app key");
        change(observation, &[IDIOLECT_RECORD_HISTORY], "app key", |state| {
            state.app_key = Some(key?);
            Ok(())
        })
    })
}

/// Sets the personalization with which the draft was made: whatever the person leaves unchanged then confirms it. NULL
/// for none, the default. All kinds except HISTORY.
///
/// Ownership: copies what it needs of `personalization`.
/// Errors: INVALID_INPUT for HISTORY, NULL_POINTER for the observation, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_set_drafted_with(
    observation: *mut idiolect_observation,
    personalization: *const idiolect_personalization,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let used = handle::get_optional(personalization);
        change(observation, FEEDBACK, "personalization", |state| {
            state.applied = used?.map(|used| used.applied()).unwrap_or_default();
            Ok(())
        })
    })
}

/// Frees an observation.
///
/// Ownership: takes `observation`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observation_free(observation: *mut idiolect_observation) {
    handle::free(observation);
}
