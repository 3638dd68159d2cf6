//! Versions of the ABI and of the library.
//!
//! Invariant: [`IDIOLECT_ABI_VERSION`] changes when a program compiled against an older header may malfunction;
//! additions do not change it.

use crate::memory::idiolect_str;

/// The version of this ABI. A program passes it to idiolect_config_new, which rejects versions that the library does
/// not support.
pub const IDIOLECT_ABI_VERSION: u32 = 1;

/// Returns the ABI version of the linked library; compare it with IDIOLECT_ABI_VERSION, the version of the header.
///
/// Ownership: none.
/// Errors: none.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_abi_version() -> u32 {
    IDIOLECT_ABI_VERSION
}

/// Returns the version of the library, for example "1.2.3".
///
/// Ownership: the text belongs to the library, is always valid, and is followed by a NUL.
/// Errors: none.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_version() -> idiolect_str {
    const VERSION: &std::ffi::CStr =
        match std::ffi::CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    idiolect_str::of_static(VERSION)
}
