//! Where what the person said contradicts itself or what they do, and how many preferences there are of each origin.
//!
//! Invariant: a list of conflicts is a snapshot; it does not change when the engine does.

use idiolect_core::{Conflict, ConflictReason, PreferenceCounts};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, sized_struct};
use crate::preferences::IDIOLECT_OTHER;

/// Reason of a conflict: the person said both, and they contradict each other. The one of the narrower scope goes first,
/// then the newer.
pub const IDIOLECT_CONFLICT_SAID: i32 = 1;
/// Reason of a conflict: the person said the first, but since then mostly did the opposite.
pub const IDIOLECT_CONFLICT_OBSERVED: i32 = 2;

/// Two preferences of which only the first is applied where both hold. Set `struct_size` to sizeof(idiolect_conflict)
/// before the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_conflict {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// The preference that goes first: the person stated, pinned or corrected it.
    pub first: u64,
    /// The preference that gives way; one that is observed need not be listed.
    pub second: u64,
    /// IDIOLECT_CONFLICT_*.
    pub reason: i32,
    /// For IDIOLECT_CONFLICT_OBSERVED, the number of occasions since the first was said on which the person did the
    /// opposite; else 0.
    pub against: u32,
    /// Of so many occasions on which they did either; else 0.
    pub occasions: u32,
}
sized_struct!(idiolect_conflict);

impl idiolect_conflict {
    fn of(conflict: Conflict) -> Self {
        let (reason, against, occasions) = match conflict.reason {
            ConflictReason::Said => (IDIOLECT_CONFLICT_SAID, 0, 0),
            ConflictReason::Observed { against, occasions } => {
                (IDIOLECT_CONFLICT_OBSERVED, against, occasions)
            }
            _ => (IDIOLECT_OTHER, 0, 0),
        };
        Self {
            struct_size: 0,
            first: conflict.first.0,
            second: conflict.second.0,
            reason,
            against,
            occasions,
        }
    }
}

/// Numbers of the preferences that idiolect_preferences_list lists. Each is counted once: as switched off, else as pinned,
/// else by its origin. Set `struct_size` to sizeof(idiolect_preference_counts) before the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_preference_counts {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Stated by the person.
    pub stated: u64,
    /// Pinned by the person, whatever the origin.
    pub pinned: u64,
    /// Learned, then corrected by the person.
    pub corrected: u64,
    /// Learned from what the person did.
    pub learned: u64,
    /// Inferred by the program's language model.
    pub inferred: u64,
    /// Deactivated by the person, whatever the origin.
    pub switched_off: u64,
}
sized_struct!(idiolect_preference_counts);

impl idiolect_preference_counts {
    fn of(counts: PreferenceCounts) -> Self {
        Self {
            struct_size: 0,
            stated: counts.stated as u64,
            pinned: counts.pinned as u64,
            corrected: counts.corrected as u64,
            learned: counts.learned as u64,
            inferred: counts.inferred as u64,
            switched_off: counts.switched_off as u64,
        }
    }
}

/// A snapshot of conflicts.
pub struct idiolect_conflicts {
    conflicts: Vec<Conflict>,
}

impl Handle for idiolect_conflicts {
    const NAME: &'static str = "conflicts";
}

/// Lists the conflicts among what the person stated, pinned and corrected, and between that and what they do. Sentences are
/// only held against each other as far as they are certainly understood: those of the library and their negations, a
/// sentence with and without a "not", greetings and sign-offs, and numbers of words.
///
/// Ownership: the caller owns `*out_conflicts` and frees it with idiolect_conflicts_free; it may outlive `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_conflicts(
    engine: *mut idiolect_engine,
    out_conflicts: *mut *mut idiolect_conflicts,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_conflicts, "out_conflicts")?;
        let conflicts = call(engine, |engine| engine.preferences().conflicts())?;
        out.set(handle::give(idiolect_conflicts { conflicts }));
        Ok(())
    })
}

/// Gets the number of conflicts in a snapshot.
///
/// Ownership: borrows `conflicts`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_conflicts_count(
    conflicts: *const idiolect_conflicts,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(conflicts)?.conflicts.len());
        Ok(())
    })
}

/// Gets one conflict of a snapshot.
///
/// Ownership: fills the caller's struct.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_conflicts_at(
    conflicts: *const idiolect_conflicts,
    index: usize,
    out_conflict: *mut idiolect_conflict,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_conflict)?;
        out.set(idiolect_conflict::of(*at(&handle::get(conflicts)?.conflicts, index)?));
        Ok(())
    })
}

/// Frees a snapshot of conflicts.
///
/// Ownership: takes `conflicts`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_conflicts_free(conflicts: *mut idiolect_conflicts) {
    handle::free(conflicts);
}

/// Counts the preferences by origin.
///
/// Ownership: fills the caller's struct.
/// Errors: INVALID_INPUT if `struct_size` is not set, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preferences_counts(
    engine: *mut idiolect_engine,
    out_counts: *mut idiolect_preference_counts,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_counts)?;
        let counts = call(engine, |engine| engine.preferences().counts())?;
        out.set(idiolect_preference_counts::of(counts));
        Ok(())
    })
}
