//! The status codes, one to one with the core's `ErrorKind`, and their names.
//!
//! Invariant: a code, once assigned, keeps its meaning; codes are grouped in decades by subject, with gaps for more.

use idiolect_core::ErrorKind;

use crate::memory::idiolect_str;

/// Success. Every other status is an error.
pub const IDIOLECT_OK: i32 = 0;
/// An argument is out of range or inconsistent with others.
pub const IDIOLECT_ERROR_INVALID_INPUT: i32 = 10;
/// A text that must not be empty is empty.
pub const IDIOLECT_ERROR_EMPTY_TEXT: i32 = 11;
/// A text is longer than the limit.
pub const IDIOLECT_ERROR_TEXT_TOO_LONG: i32 = 12;
/// A text is not valid UTF-8.
pub const IDIOLECT_ERROR_INVALID_UTF8: i32 = 13;
/// A vector contains NaN or an infinity, or only zeros.
pub const IDIOLECT_ERROR_INVALID_VECTOR: i32 = 14;
/// A vector has a different number of dimensions than the encoder.
pub const IDIOLECT_ERROR_DIMENSION_MISMATCH: i32 = 15;
/// A pointer is NULL where that is not allowed.
pub const IDIOLECT_ERROR_NULL_POINTER: i32 = 16;
/// A handle was freed, or is of another type.
pub const IDIOLECT_ERROR_INVALID_HANDLE: i32 = 17;
/// The program was compiled against an incompatible version of this header.
pub const IDIOLECT_ERROR_ABI_MISMATCH: i32 = 18;
/// Nothing has this id.
pub const IDIOLECT_ERROR_NOT_FOUND: i32 = 20;
/// The engine takes vectors from the caller, and none was supplied.
pub const IDIOLECT_ERROR_VECTOR_REQUIRED: i32 = 21;
/// The object exists, but its state does not allow this operation.
pub const IDIOLECT_ERROR_CONFLICT: i32 = 22;
/// The store is open in another process, or in another engine of this process.
pub const IDIOLECT_ERROR_STORE_LOCKED: i32 = 30;
/// The store's folder or data file is not writable.
pub const IDIOLECT_ERROR_STORE_READ_ONLY: i32 = 31;
/// The folder contains something other than an Idiolect store.
pub const IDIOLECT_ERROR_NOT_A_STORE: i32 = 32;
/// The store was written by a newer version.
pub const IDIOLECT_ERROR_STORE_NEWER: i32 = 33;
/// The store is damaged.
pub const IDIOLECT_ERROR_STORE_DAMAGED: i32 = 34;
/// The disk is full, or a quota is reached.
pub const IDIOLECT_ERROR_STORE_FULL: i32 = 35;
/// The operating system reported an error while reading or writing.
pub const IDIOLECT_ERROR_IO: i32 = 36;
/// The store's vectors were made by a different encoder than the one that was set.
pub const IDIOLECT_ERROR_ENCODER_MISMATCH: i32 = 37;
/// The store was written before the first release, in a format that is no longer supported.
pub const IDIOLECT_ERROR_STORE_OLDER: i32 = 38;
/// The file is not a model file.
pub const IDIOLECT_ERROR_MODEL_FOREIGN: i32 = 40;
/// The model file was written by a newer version.
pub const IDIOLECT_ERROR_MODEL_NEWER: i32 = 41;
/// The model file is damaged or truncated.
pub const IDIOLECT_ERROR_MODEL_DAMAGED: i32 = 42;
/// The model can be read, but this library cannot run a model of its form.
pub const IDIOLECT_ERROR_MODEL_UNSUPPORTED: i32 = 43;
/// The feature is not included in this build.
pub const IDIOLECT_ERROR_UNSUPPORTED: i32 = 50;
/// The caller cancelled the operation.
pub const IDIOLECT_ERROR_CANCELLED: i32 = 60;
/// The engine is closed.
pub const IDIOLECT_ERROR_CLOSED: i32 = 70;
/// An earlier call failed inside the engine. Writes that it acknowledged are safe; free the engine and open the store
/// again.
pub const IDIOLECT_ERROR_POISONED: i32 = 71;
/// A bug in this library.
pub const IDIOLECT_ERROR_INTERNAL: i32 = 72;

/// Returns the name of a status: its constant without the prefixes, for example "STORE_LOCKED"; "OK" for success, and
/// "UNKNOWN" for a number that this version does not define.
///
/// Ownership: the text belongs to the library, is always valid, and is followed by a NUL.
/// Errors: none.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_status_name(status: i32) -> idiolect_str {
    idiolect_str::of_static(name(status))
}

fn name(status: i32) -> &'static std::ffi::CStr {
    if status == IDIOLECT_OK {
        return c"OK";
    }
    let Some(kind) = ErrorKind::ALL.iter().find(|kind| kind.code() == status) else {
        return c"UNKNOWN";
    };
    match kind {
        ErrorKind::InvalidInput => c"INVALID_INPUT",
        ErrorKind::EmptyText => c"EMPTY_TEXT",
        ErrorKind::TextTooLong => c"TEXT_TOO_LONG",
        ErrorKind::InvalidUtf8 => c"INVALID_UTF8",
        ErrorKind::InvalidVector => c"INVALID_VECTOR",
        ErrorKind::DimensionMismatch => c"DIMENSION_MISMATCH",
        ErrorKind::NullPointer => c"NULL_POINTER",
        ErrorKind::InvalidHandle => c"INVALID_HANDLE",
        ErrorKind::AbiMismatch => c"ABI_MISMATCH",
        ErrorKind::NotFound => c"NOT_FOUND",
        ErrorKind::VectorRequired => c"VECTOR_REQUIRED",
        ErrorKind::Conflict => c"CONFLICT",
        ErrorKind::StoreLocked => c"STORE_LOCKED",
        ErrorKind::StoreReadOnly => c"STORE_READ_ONLY",
        ErrorKind::NotAStore => c"NOT_A_STORE",
        ErrorKind::StoreNewer => c"STORE_NEWER",
        ErrorKind::StoreDamaged => c"STORE_DAMAGED",
        ErrorKind::StoreFull => c"STORE_FULL",
        ErrorKind::Io => c"IO",
        ErrorKind::EncoderMismatch => c"ENCODER_MISMATCH",
        ErrorKind::StoreOlder => c"STORE_OLDER",
        ErrorKind::ModelForeign => c"MODEL_FOREIGN",
        ErrorKind::ModelNewer => c"MODEL_NEWER",
        ErrorKind::ModelDamaged => c"MODEL_DAMAGED",
        ErrorKind::ModelUnsupported => c"MODEL_UNSUPPORTED",
        ErrorKind::Unsupported => c"UNSUPPORTED",
        ErrorKind::Cancelled => c"CANCELLED",
        ErrorKind::Closed => c"CLOSED",
        ErrorKind::Poisoned => c"POISONED",
        ErrorKind::Internal => c"INTERNAL",
        _ => c"UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The constants of this file, parsed from its source so that the comparison covers all of them.
    fn constants() -> BTreeMap<String, i32> {
        include_str!("status.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub const IDIOLECT_"))
            .map(|line| {
                let (name, rest) = line.split_once(": i32 = ").expect("every status is an i32");
                let name = name.strip_prefix("ERROR_").unwrap_or(name);
                (name.to_owned(), rest.trim_end_matches(';').parse().expect("a number"))
            })
            .collect()
    }

    #[test]
    fn constants_and_kinds_are_one_to_one() {
        let mut kinds: BTreeMap<String, i32> = ErrorKind::ALL
            .iter()
            .map(|kind| (name(kind.code()).to_str().expect("ASCII").to_owned(), kind.code()))
            .collect();
        assert_eq!(kinds.len(), ErrorKind::ALL.len(), "two kinds have one name");
        kinds.insert("OK".to_owned(), IDIOLECT_OK);
        assert_eq!(constants(), kinds);
    }

    #[test]
    fn names_follow_the_kinds() {
        for kind in ErrorKind::ALL {
            let plain = name(kind.code()).to_str().expect("ASCII").replace('_', "").to_lowercase();
            assert_eq!(plain, format!("{kind:?}").to_lowercase());
        }
        assert_eq!(name(9999), c"UNKNOWN");
        assert_eq!(name(-1), c"UNKNOWN");
    }
}
