//! Memory owned by C: texts and slices as inputs, outputs and views.
//!
//! Invariant: a length is checked before anything is read or copied, and an output is zeroed before anything else
//! happens. C must guarantee that a non-NULL pointer refers to as many bytes as the length says, or to room for the
//! output; this cannot be checked.

use std::ffi::{CStr, c_char};
use std::slice;

use idiolect_core::InputError;

use crate::failure::Failure;

/// The maximum length of a text, in bytes; IDIOLECT_LIMIT_TEXT_BYTES can be raised to it.
pub const IDIOLECT_TEXT_MAX: usize = 64 << 20;

/// The maximum number of values in a vector.
pub(crate) const VECTOR_MAX: usize = 1 << 16;

/// The maximum number of ids in one call.
pub(crate) const IDS_MAX: usize = 1 << 20;

/// A borrowed text: UTF-8, `len` bytes, not followed by a NUL unless the function's doc says so. The function that
/// returns it documents who owns it. An empty text may have any pointer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_str {
    /// Pointer to the first byte.
    pub data: *const c_char,
    /// Length in bytes.
    pub len: usize,
}

impl idiolect_str {
    /// A view of a text that its owner keeps alive and unchanged until the owner is freed.
    pub(crate) fn borrowed(text: &str) -> Self {
        let data = if text.is_empty() { c"".as_ptr() } else { text.as_ptr().cast() };
        Self { data, len: text.len() }
    }

    pub(crate) fn of_static(text: &'static CStr) -> Self {
        Self { data: text.as_ptr(), len: text.count_bytes() }
    }

    /// As [`borrowed`](Self::borrowed); a missing text is {NULL, 0}.
    pub(crate) fn borrowed_optional(text: Option<&str>) -> Self {
        text.map_or(Self::ZERO, Self::borrowed)
    }

    #[cfg(test)]
    pub(crate) fn to_text(self) -> String {
        text(self.data, self.len, "view").expect("views are UTF-8")
    }
}

/// A text from C.
///
/// # Errors
/// `NullPointer`, `TextTooLong` above [`IDIOLECT_TEXT_MAX`], `InvalidUtf8`.
pub(crate) fn text(data: *const c_char, len: usize, what: &'static str) -> Result<String, Failure> {
    if len > IDIOLECT_TEXT_MAX {
        return Err(InputError::TextTooLong { what, bytes: len, limit: IDIOLECT_TEXT_MAX }.into());
    }
    let bytes = borrow(data.cast::<u8>(), len, what)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(InputError::InvalidUtf8 { what, at: error.valid_up_to() }.into()),
    }
}

/// A vector from C.
///
/// # Errors
/// `NullPointer`, `InvalidInput` for a length above [`VECTOR_MAX`] or a pointer that is not aligned.
pub(crate) fn vector(data: *const f32, len: usize, what: &'static str) -> Result<Vec<f32>, Failure> {
    bounded(len, VECTOR_MAX, what)?;
    Ok(borrow(data, len, what)?.to_vec())
}

/// Ids from C.
///
/// # Errors
/// As [`vector`], for [`IDS_MAX`].
pub(crate) fn ids(data: *const u64, len: usize, what: &'static str) -> Result<Vec<u64>, Failure> {
    bounded(len, IDS_MAX, what)?;
    Ok(borrow(data, len, what)?.to_vec())
}

fn bounded(len: usize, max: usize, what: &'static str) -> Result<(), Failure> {
    if len <= max {
        return Ok(());
    }
    Err(InputError::OutOfRange { what, value: len as f64, min: 0.0, max: max as f64 }.into())
}

fn borrow<'a, T>(data: *const T, len: usize, what: &'static str) -> Result<&'a [T], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::null(what));
    }
    if !data.is_aligned() {
        return Err(Failure::invalid(what, "the pointer is not aligned"));
    }
    // SAFETY: not NULL and aligned, checked above; callers bound `len` so that its bytes are below `isize::MAX`; C
    // guarantees that `len` values are there and stay unchanged during the call, and every caller here copies them.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// The item at an index from C.
///
/// # Errors
/// `InvalidInput` if the index is out of range.
pub(crate) fn at<T>(items: &[T], index: usize) -> Result<&T, Failure> {
    items.get(index).ok_or_else(|| Failure::invalid("index", "out of range"))
}

/// A boolean from C.
///
/// # Errors
/// `InvalidInput` for anything but 0 and 1.
pub(crate) fn flag(value: i32, what: &'static str) -> Result<bool, Failure> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(InputError::OutOfRange { what, value: f64::from(value), min: 0.0, max: 1.0 }.into()),
    }
}

/// The zero value of an output.
pub(crate) trait Zero: Copy {
    const ZERO: Self;
}

impl Zero for i32 {
    const ZERO: Self = 0;
}
impl Zero for i64 {
    const ZERO: Self = 0;
}
impl Zero for u64 {
    const ZERO: Self = 0;
}
impl Zero for usize {
    const ZERO: Self = 0;
}
impl Zero for f32 {
    const ZERO: Self = 0.0;
}
impl<T> Zero for *mut T {
    const ZERO: Self = std::ptr::null_mut();
}
impl Zero for idiolect_str {
    const ZERO: Self = Self { data: std::ptr::null(), len: 0 };
}

/// An output, zeroed when it is created.
pub(crate) struct Out<T>(*mut T);

impl<T: Zero> Out<T> {
    /// An output that may be NULL.
    pub(crate) fn optional(at: *mut T) -> Self {
        let out = Self(at);
        out.set(T::ZERO);
        out
    }

    /// An output that must not be NULL.
    ///
    /// # Errors
    /// `NullPointer`.
    pub(crate) fn required(at: *mut T, what: &'static str) -> Result<Self, Failure> {
        if at.is_null() { Err(Failure::null(what)) } else { Ok(Self::optional(at)) }
    }

    /// Whether the caller wants the value.
    pub(crate) fn wanted(&self) -> bool {
        !self.0.is_null()
    }

    /// Writes the value; does nothing for NULL.
    pub(crate) fn set(&self, value: T) {
        if self.wanted() {
            // SAFETY: not NULL, checked above; C guarantees room for one value; an unaligned write needs no more.
            unsafe { self.0.write_unaligned(value) };
        }
    }
}

/// A struct of the ABI that begins with `size_t struct_size` and may get more fields at its end. Implemented only by
/// [`sized_struct`], which checks that first field.
pub(crate) trait SizedStruct: Copy {
    /// The size of its first version; smaller ones are rejected.
    const MIN_SIZE: usize;
    /// Its name in messages.
    const NAME: &'static str;
}

/// Implements [`SizedStruct`] for a `repr(C)` struct in its first version, or whose first version ended with the
/// named field, at a multiple of the word size.
macro_rules! sized_struct {
    ($name:ident) => {
        sized_struct!($name, size_of::<$name>());
    };
    ($name:ident, since $last:ident: $type:ty) => {
        sized_struct!($name, std::mem::offset_of!($name, $last) + size_of::<$type>());
        const _: () = {
            let _: fn(&$name) -> &$type = |value| &value.$last;
            assert!(
                (std::mem::offset_of!($name, $last) + size_of::<$type>()).is_multiple_of(size_of::<u64>())
            );
        };
    };
    ($name:ident, $size:expr) => {
        impl $crate::memory::SizedStruct for $name {
            const MIN_SIZE: usize = $size;
            const NAME: &'static str = stringify!($name);
        }
        const _: () = {
            let _: fn(&$name) -> &usize = |value| &value.struct_size;
            assert!(std::mem::offset_of!($name, struct_size) == 0);
        };
    };
}
pub(crate) use sized_struct;

/// An output of a [`SizedStruct`], of which the caller may know a shorter or longer version.
pub(crate) struct SizedOut<T> {
    at: *mut T,
    size: usize,
}

/// No version of a struct is larger; a greater value means that `struct_size` was not set.
const STRUCT_SIZE_MAX: usize = 4096;

impl<T: SizedStruct> SizedOut<T> {
    /// Checks the size set by the caller and zeroes the bytes after `struct_size`.
    ///
    /// # Errors
    /// `NullPointer`; `InvalidInput` if `struct_size` was not set to the size of the struct.
    pub(crate) fn required(at: *mut T) -> Result<Self, Failure> {
        if at.is_null() {
            return Err(Failure::null(T::NAME));
        }
        // SAFETY: not NULL; C guarantees a struct of this type there, whose first field is a `usize`.
        let size = unsafe { at.cast::<usize>().read_unaligned() };
        if !(T::MIN_SIZE..=STRUCT_SIZE_MAX).contains(&size) {
            return Err(Failure::invalid(T::NAME, "struct_size is not the size of the struct"));
        }
        let out = Self { at, size };
        out.fill(None);
        Ok(out)
    }

    /// Writes the fields that the caller knows; those unknown to this library stay zero.
    pub(crate) fn set(&self, value: T) {
        self.fill(Some(&value));
    }

    /// Writes the bytes after `struct_size`: the fields of `value` as far as they fit, zeros for the rest.
    fn fill(&self, value: Option<&T>) {
        const FIRST: usize = size_of::<usize>();
        let known = value.map_or(FIRST, |_| size_of::<T>().min(self.size));
        let target = self.at.cast::<u8>();
        if let Some(value) = value {
            let from = (&raw const *value).cast::<u8>();
            // SAFETY: from the second field of `value` up to at most its end; `size` was checked to be at least that
            // of the first version, and C guarantees that many bytes; `value` is owned by Rust and does not overlap
            // with memory owned by C.
            unsafe { target.add(FIRST).copy_from_nonoverlapping(from.add(FIRST), known - FIRST) };
        }
        // SAFETY: `known` is at most `size`, and C guarantees `size` bytes.
        unsafe { target.add(known).write_bytes(0, self.size - known) };
    }
}

/// Copies a text into the caller's buffer if it fits, and returns its length.
///
/// # Errors
/// `NullPointer` if the buffer is NULL and its capacity is not 0.
pub(crate) fn copy_out(text: &str, buffer: *mut c_char, capacity: usize) -> Result<usize, Failure> {
    if buffer.is_null() && capacity > 0 {
        return Err(Failure::null("buffer"));
    }
    if text.len() <= capacity && !text.is_empty() {
        // SAFETY: not NULL, as the capacity is above 0; C guarantees `capacity` bytes, and the text has no more; it
        // is owned by Rust and does not overlap with memory owned by C.
        unsafe { buffer.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    }
    Ok(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::*;

    fn code<T>(result: Result<T, Failure>) -> i32 {
        result.err().map_or(IDIOLECT_OK, |failure| failure.code())
    }

    #[test]
    fn texts_are_checked_before_they_are_copied() {
        let bytes = b"a\0b\xffc";
        let at = bytes.as_ptr().cast();
        assert_eq!(text(at, 3, "text").expect("NUL is allowed"), "a\0b");
        assert_eq!(code(text(at, 5, "text")), IDIOLECT_ERROR_INVALID_UTF8);
        assert_eq!(text(std::ptr::null(), 0, "text").expect("empty"), "");
        assert_eq!(code(text(std::ptr::null(), 1, "text")), IDIOLECT_ERROR_NULL_POINTER);
        assert_eq!(code(text(at, usize::MAX, "text")), IDIOLECT_ERROR_TEXT_TOO_LONG);
        assert_eq!(code(text(at, IDIOLECT_TEXT_MAX + 1, "text")), IDIOLECT_ERROR_TEXT_TOO_LONG);
    }

    #[test]
    fn slices_are_checked_before_they_are_copied() {
        let values = [1.0f32, 2.0];
        assert_eq!(vector(values.as_ptr(), 2, "vector").expect("fits"), values);
        assert_eq!(code(vector(values.as_ptr(), usize::MAX, "vector")), IDIOLECT_ERROR_INVALID_INPUT);
        assert_eq!(code(ids(std::ptr::null(), 1, "ids")), IDIOLECT_ERROR_NULL_POINTER);
        let crooked = values.as_ptr().wrapping_byte_add(1);
        assert_eq!(code(vector(crooked, 1, "vector")), IDIOLECT_ERROR_INVALID_INPUT);
    }

    #[test]
    fn outputs_are_zeroed_at_once() {
        let mut value = 5u64;
        let out = Out::required(&raw mut value, "value").expect("not NULL");
        assert_eq!(value, 0);
        out.set(9);
        assert_eq!(value, 9);
        assert_eq!(code(Out::<u64>::required(std::ptr::null_mut(), "value")), IDIOLECT_ERROR_NULL_POINTER);
        assert!(!Out::<i32>::optional(std::ptr::null_mut()).wanted());
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Sized1 {
        struct_size: usize,
        id: u64,
        flag: i32,
    }
    sized_struct!(Sized1);

    #[test]
    fn structs_are_filled_as_far_as_the_caller_knows_them() {
        let full = size_of::<Sized1>();
        let value = Sized1 { struct_size: 0, id: 7, flag: 1 };
        let mut longer = (Sized1 { struct_size: full + 8, id: 1, flag: 2 }, 0xffu64);
        SizedOut::required(&raw mut longer.0).expect("long enough").set(value);
        assert_eq!((longer.0.struct_size, longer.0.id, longer.0.flag, longer.1), (full + 8, 7, 1, 0));
        for size in [0, full - 1, STRUCT_SIZE_MAX + 1, usize::MAX] {
            let mut wrong = Sized1 { struct_size: size, id: 1, flag: 2 };
            assert_eq!(code(SizedOut::required(&raw mut wrong)), IDIOLECT_ERROR_INVALID_INPUT);
            assert_eq!((wrong.id, wrong.flag), (1, 2), "nothing is written where the size is not known");
        }
    }

    #[test]
    fn buffers_get_the_text_only_where_it_fits() {
        let mut buffer = [0u8; 4];
        let at = buffer.as_mut_ptr().cast();
        assert_eq!(copy_out("hello", at, 4).expect("told"), 5);
        assert_eq!(buffer, [0; 4]);
        assert_eq!(copy_out("four", at, 4).expect("fits"), 4);
        assert_eq!(&buffer, b"four");
        assert_eq!(copy_out("five!", std::ptr::null_mut(), 0).expect("told"), 5);
        assert_eq!(code(copy_out("x", std::ptr::null_mut(), 1)), IDIOLECT_ERROR_NULL_POINTER);
    }
}
