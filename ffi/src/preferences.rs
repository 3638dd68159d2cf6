//! The person's control over their preferences: listing, adding, correcting, pinning, switching off, deleting.
//!
//! Invariant: a list is a snapshot; it does not change when the engine does.

use std::ffi::c_char;

use idiolect_core::{Origin, Preference, PreferenceId, Scope};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, flag, idiolect_str, sized_struct, text};
use crate::scope::{idiolect_scope, scope_of};

/// Origin of a preference: the person stated it.
pub const IDIOLECT_ORIGIN_STATED: i32 = 1;
/// Origin of a preference: learned, then corrected by the person.
pub const IDIOLECT_ORIGIN_CORRECTED: i32 = 2;
/// Origin of a preference: learned from what the person did.
pub const IDIOLECT_ORIGIN_LEARNED: i32 = 3;
/// Origin of a preference: inferred from edits by the program's language model.
pub const IDIOLECT_ORIGIN_INFERRED: i32 = 4;
/// Any kind, origin, index or gate decision that this version of the ABI does not define.
pub const IDIOLECT_OTHER: i32 = 99;

/// One preference. Set `struct_size` to sizeof(idiolect_preference) before the call. The texts belong to the handle
/// from which it was obtained and are valid until that handle is freed. A part of the scope that is not set is {NULL,
/// 0}.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_preference {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Its id, which stays the same when it is learned again.
    pub id: u64,
    /// A statement without a subject and a full stop, for example "keeps mails near 60 words".
    pub text: idiolect_str,
    /// Application of the scope.
    pub app: idiolect_str,
    /// Task of the scope.
    pub task: idiolect_str,
    /// Audience of the scope.
    pub audience: idiolect_str,
    /// Locale of the scope.
    pub locale: idiolect_str,
    /// Time of the newest evidence, or when it was stated; milliseconds since 1970.
    pub updated_ms: i64,
    /// IDIOLECT_ORIGIN_*.
    pub origin: i32,
    /// 1 if the person wants it always applied, else 0.
    pub pinned: i32,
    /// 0 if the person deactivated it, else 1.
    pub active: i32,
    /// 1 if `level` is known, else 0.
    pub has_level: i32,
    /// The target level, in the feature's unit.
    pub level: f32,
    /// How pronounced the habit is, 0 to 1.
    pub strength: f32,
    /// Probability that it holds in the next text with an occasion for it, 0 to 1; 1 if the person stated it.
    pub confidence: f32,
    /// Number of occasions that are evidence for or against it.
    pub occasions: u32,
}
sized_struct!(idiolect_preference);

impl idiolect_preference {
    /// A view of a preference owned by a live handle.
    pub(crate) fn of(preference: &Preference) -> Self {
        let Scope { app, task, audience, locale, .. } = &preference.scope;
        let part = |part: &Option<String>| idiolect_str::borrowed_optional(part.as_deref());
        Self {
            struct_size: 0,
            id: preference.id.0,
            text: idiolect_str::borrowed(&preference.text),
            app: part(app),
            task: part(task),
            audience: part(audience),
            locale: part(locale),
            updated_ms: preference.updated.0,
            origin: match preference.origin {
                Origin::Stated => IDIOLECT_ORIGIN_STATED,
                Origin::Corrected => IDIOLECT_ORIGIN_CORRECTED,
                Origin::Learned => IDIOLECT_ORIGIN_LEARNED,
                Origin::Inferred => IDIOLECT_ORIGIN_INFERRED,
                _ => IDIOLECT_OTHER,
            },
            pinned: preference.pinned.into(),
            active: preference.active.into(),
            has_level: preference.level.is_some().into(),
            level: preference.level.unwrap_or(0.0),
            strength: preference.strength,
            confidence: preference.confidence,
            occasions: preference.occasions,
        }
    }
}

/// A snapshot of preferences.
pub struct idiolect_preferences {
    preferences: Vec<Preference>,
}

impl Handle for idiolect_preferences {
    const NAME: &'static str = "preferences";
}

/// Lists all preferences, each at the widest scope in which it holds, in order of authority and strength, including
/// inactive ones.
///
/// Ownership: the caller owns `*out_preferences` and frees it with idiolect_preferences_free; it may outlive `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_list(
    engine: *mut idiolect_engine,
    out_preferences: *mut *mut idiolect_preferences,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_preferences, "out_preferences")?;
        let preferences = call(engine, |engine| engine.preferences().list())?;
        out.set(handle::give(idiolect_preferences { preferences }));
        Ok(())
    })
}

/// Gets the number of preferences in a snapshot.
///
/// Ownership: borrows `preferences`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_count(
    preferences: *const idiolect_preferences,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(preferences)?.preferences.len());
        Ok(())
    })
}

/// Gets one preference of a snapshot.
///
/// Ownership: the texts belong to `preferences` and are valid until `preferences` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_at(
    preferences: *const idiolect_preferences,
    index: usize,
    out_preference: *mut idiolect_preference,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_preference)?;
        let preferences = handle::get(preferences)?;
        out.set(idiolect_preference::of(at(&preferences.preferences, index)?));
        Ok(())
    })
}

/// Frees a snapshot of preferences.
///
/// Ownership: takes `preferences`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_free(preferences: *mut idiolect_preferences) {
    handle::free(preferences);
}

/// Adds a preference in the person's own words, at most 2,000 bytes. `scope` may be NULL for the whole person;
/// `out_id` may be NULL.
///
/// Ownership: copies `text` and `scope`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_add(
    engine: *mut idiolect_engine,
    text: *const c_char,
    text_len: usize,
    scope: *const idiolect_scope,
    out_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_id);
        let text = self::text(text, text_len, "preference");
        let scope = scope_of(scope);
        let engine = handle::get(engine.cast_const())?;
        let (text, scope) = (text?, scope?);
        out.set(engine.call(|engine| engine.preferences().add(&text, &scope))?.0);
        Ok(())
    })
}

/// Replaces the wording of a preference with the person's own.
///
/// Ownership: copies `text`.
/// Errors: NOT_FOUND; otherwise as idiolect_preference_add.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_correct(
    engine: *mut idiolect_engine,
    id: u64,
    text: *const c_char,
    text_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let text = self::text(text, text_len, "preference");
        let engine = handle::get(engine.cast_const())?;
        let text = text?;
        engine.call(|engine| engine.preferences().correct(PreferenceId(id), &text))
    })
}

/// Pins (1) or unpins (0) a preference. A pinned one stays listed and is applied until it is unpinned or deleted, with the
/// sentence that it had when it was pinned, whatever is observed later and also when the records that it was learned from
/// are forgotten. idiolect_preferences_conflicts reports what the person does against it.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, INVALID_INPUT for any other value, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_pin(
    engine: *mut idiolect_engine,
    id: u64,
    pinned: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let engine = handle::get(engine.cast_const())?;
        let pinned = flag(pinned, "pinned")?;
        engine.call(|engine| engine.preferences().pin(PreferenceId(id), pinned))
    })
}

/// Activates (1) or deactivates (0) a preference: an inactive one is kept and still learned, but not applied, and stays
/// inactive when nothing speaks for it any more and it is learned again.
///
/// Ownership: borrows `engine`.
/// Errors: as idiolect_preference_pin.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_set_active(
    engine: *mut idiolect_engine,
    id: u64,
    active: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let engine = handle::get(engine.cast_const())?;
        let active = flag(active, "active")?;
        engine.call(|engine| engine.preferences().set_active(PreferenceId(id), active))
    })
}

/// Deletes a preference. For a learned one, the evidence so far no longer counts; it can be learned again from new
/// evidence.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_delete(
    engine: *mut idiolect_engine,
    id: u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || call(engine, |engine| engine.preferences().delete(PreferenceId(id))))
}
