//! Buffers aligned to cache lines.
//!
//! Invariant: every byte of a buffer is initialized, and its element types have no invalid bit patterns, so a buffer
//! may be viewed as any of them.
#![expect(unsafe_code, reason = "views of bytes as other number types; `madvise`")]

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

/// Numbers without padding and without invalid bit patterns.
///
/// # Safety
/// Every bit pattern of the type's size is a value, and its alignment divides 64.
pub(crate) unsafe trait Plain: Copy + Default {}

// SAFETY: integers and floats take any bit pattern, and their alignment is at most 4.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for i16 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A vector of `T` whose first element is aligned to 64 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Aligned<T> {
    lines: Vec<Line>,
    len: usize,
    elements: PhantomData<T>,
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, elements: PhantomData }
    }
}

impl<T: Plain> Aligned<T> {
    /// `len` zeros.
    #[cfg(any(test, feature = "internals"))]
    pub(crate) fn zeros(len: usize) -> Self {
        let mut new = Self::default();
        new.resize(len);
        new
    }

    /// An empty vector with capacity for `len` values, on huge pages if the system provides them. For data that is read
    /// repeatedly.
    pub(crate) fn with_room(len: usize) -> Self {
        let mut lines = Vec::with_capacity((len * size_of::<T>()).div_ceil(64));
        advise_huge_pages(lines.spare_capacity_mut());
        Self { lines, ..Self::default() }
    }

    /// Sets the length; new elements are zero or earlier content. Memory grows and never shrinks.
    pub(crate) fn resize(&mut self, len: usize) {
        let lines = (len * size_of::<T>()).div_ceil(64);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0; 64]));
        }
        self.len = len;
    }

    /// Views the bytes as another number type; a remainder smaller than one number is left out.
    #[inline(always)]
    pub(crate) fn view<U: Plain>(&self) -> &[U] {
        let len = self.len * size_of::<T>() / size_of::<U>();
        // SAFETY: `len` values of `U` lie within the `len` of `T` that `resize` keeps initialized; `Plain` makes any
        // bytes a value, and a line's alignment covers that of `U`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), len) }
    }

    /// Mutable [`view`](Self::view).
    #[inline(always)]
    pub(crate) fn view_mut<U: Plain>(&mut self) -> &mut [U] {
        let len = self.len * size_of::<T>() / size_of::<U>();
        // SAFETY: as in `view`; the borrow of `self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), len) }
    }
}

impl<T: Plain> Deref for Aligned<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `resize` keeps at least `len` elements in `lines`, whose bytes are initialized; `Plain` makes any
        // of them a value, and a line's alignment covers that of `T`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Plain> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`; the borrow of `self` is exclusive, and any bytes written stay valid as `Line`.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

/// Advises the system to back the whole huge pages within `memory` by huge pages. A model's weights have more small
/// pages than the TLB has entries.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn advise_huge_pages<T>(memory: &mut [MaybeUninit<T>]) {
    const PAGE: usize = 2 << 20;
    let memory = memory.as_mut_ptr_range();
    let (start, end) = (memory.start.addr().next_multiple_of(PAGE), memory.end.addr() / PAGE * PAGE);
    if start < end {
        let first = memory.start.cast::<u8>().wrapping_add(start - memory.start.addr());
        // SAFETY: the pages lie within memory that the caller owns, and the advice does not change its content. Failure
        // is harmless.
        unsafe { libc::madvise(first.cast(), end - start, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn advise_huge_pages<T>(_: &mut [MaybeUninit<T>]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned_and_grow_with_zeros() {
        let mut buffer = Aligned::<i16>::default();
        assert!(buffer.is_empty());
        for len in [1, 31, 32, 33, 1000] {
            buffer.resize(len);
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr().addr() % 64, 0);
        }
        assert!(buffer.iter().all(|&value| value == 0));
        buffer[999] = -3;
        buffer.resize(10);
        buffer.resize(1000);
        assert_eq!(buffer[999], -3);
    }

    #[test]
    fn resizing_within_capacity_does_not_reallocate() {
        let len = (5 << 20) + 3;
        let mut buffer = Aligned::<i8>::with_room(len);
        buffer.resize(64);
        let at = buffer.as_ptr().addr();
        buffer.resize(len);
        assert_eq!((buffer.len(), buffer.as_ptr().addr()), (len, at));
        assert!(buffer.iter().all(|&value| value == 0));
    }
}
