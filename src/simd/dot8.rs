//! Inner products of one int8 query with many int8 rows: the inner loop of an exact scan.
//!
//! Invariant: every variant computes the same `i32` sums, bit for bit, for codes from -127 to 127 in rows of at most
//! 65,536 values. Rows are whole cache lines, zero-padded; interpreting the sums is left to `search`.
#![expect(unsafe_code, reason = "intrinsics need an instruction set; lines are viewed as their bytes")]

use super::{Isa, Simd};

/// Codes per line.
pub(crate) const LINE: usize = 64;

/// A cache line of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [i8; LINE]);

impl Line {
    /// Splits `codes` into lines, at least one, and pads the last with zeros.
    pub(crate) fn pad(codes: &[i8]) -> impl Iterator<Item = Self> {
        let lines = codes.len().div_ceil(LINE).max(1);
        (0..lines).map(move |line| {
            let mut padded = [0; LINE];
            let codes = &codes[(line * LINE).min(codes.len())..codes.len().min((line + 1) * LINE)];
            padded[..codes.len()].copy_from_slice(codes);
            Self(padded)
        })
    }
}

/// The codes of consecutive lines.
#[inline(always)]
pub(crate) fn codes(lines: &[Line]) -> &[i8] {
    // SAFETY: a `Line` is 64 initialized `i8` without padding, so a slice of them is as many times 64 `i8`.
    unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), lines.len() * LINE) }
}

/// Selects rows.
#[derive(Clone, Copy)]
pub(crate) enum Pick<'a> {
    /// Consecutive rows from this one on, one for each sum.
    From(usize),
    /// These rows, in this order.
    Listed(&'a [u32]),
}

/// Writes the inner products of `query` with the selected rows to `sums`; a row has as many lines as the query.
///
/// # Panics
/// If a selected row is outside `rows`, or the length of a list differs from that of `sums`.
pub(crate) fn dots(simd: Simd, query: &[Line], rows: &[Line], pick: Pick<'_>, sums: &mut [i32]) {
    let count = rows.len() / query.len();
    match pick {
        Pick::From(first) => assert!(first + sums.len() <= count),
        Pick::Listed(list) => {
            assert!(list.len() == sums.len() && list.iter().all(|&row| (row as usize) < count));
        }
    }
    match simd.isa() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Simd` of this instruction set exists only if the processor has it.
        Isa::Avx512Vnni => unsafe { x86::avx512_vnni(query, rows, pick, sums) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above; AVX-VNNI implies AVX2.
        Isa::Avx2 | Isa::AvxVnni => unsafe { x86::avx2(query, rows, pick, sums) },
        #[cfg(target_arch = "aarch64")]
        Isa::Neon | Isa::NeonDotprod | Isa::NeonI8mm => neon::neon(query, rows, pick, sums),
        _ => portable(query, rows, pick, sums),
    }
}

/// The inner product of two rows of the same number of codes, a multiple of a line, at any address.
///
/// # Panics
/// If the lengths differ or are not a multiple of [`LINE`].
#[cfg(any(feature = "graph", test))]
pub(crate) fn dot(simd: Simd, a: &[i8], b: &[i8]) -> i32 {
    assert!(a.len() == b.len() && a.len().is_multiple_of(LINE));
    match simd.isa() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Simd` of this instruction set exists only if the processor has it.
        Isa::Avx512Vnni => unsafe { x86::avx512_vnni_one(a, b) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above; AVX-VNNI implies AVX2.
        Isa::Avx2 | Isa::AvxVnni => unsafe { x86::avx2_one(a, b) },
        #[cfg(target_arch = "aarch64")]
        Isa::Neon | Isa::NeonDotprod | Isa::NeonI8mm => neon::one(a, b),
        _ => portable_one(a, b),
    }
}

/// Prefetches values.
#[inline(always)]
pub(crate) fn fetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in values.chunks((LINE / size_of::<T>()).max(1)) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch of any address is sound; SSE belongs to x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// The loop over rows, for a function that computes the product of one row.
macro_rules! each {
    ($query:ident, $rows:ident, $pick:ident, $sums:ident, $ahead:expr, $one:expr) => {{
        let width = $query.len();
        match $pick {
            Pick::From(first) => {
                let rows = $rows[first * width..].chunks_exact(width);
                for (sum, row) in $sums.iter_mut().zip(rows) {
                    *sum = $one(row);
                }
            }
            Pick::Listed(list) => {
                for (at, (sum, &row)) in $sums.iter_mut().zip(list).enumerate() {
                    if let Some(&later) = list.get(at + AHEAD) {
                        $ahead(&$rows[later as usize * width..][..width]);
                    }
                    *sum = $one(&$rows[row as usize * width..][..width]);
                }
            }
        }
    }};
}

/// Distance, in rows of a list, between the row prefetched and the row computed.
const AHEAD: usize = 6;

fn portable(query: &[Line], rows: &[Line], pick: Pick<'_>, sums: &mut [i32]) {
    let one = |row: &[Line]| portable_one(codes(query), codes(row));
    each!(query, rows, pick, sums, |_: &[Line]| (), one);
}

fn portable_one(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![allow(clippy::wildcard_imports, reason = "most of what follows is intrinsics")]
    use std::arch::x86_64::*;

    use super::{AHEAD, LINE, Line, Pick, codes, fetch};

    /// `vpdpbusd` takes one unsigned factor: 128 is added to the rows' codes, and 128 times the query's sum is
    /// subtracted.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    pub(super) fn avx512_vnni(query: &[Line], rows: &[Line], pick: Pick<'_>, sums: &mut [i32]) {
        let offset = 128 * codes(query).iter().map(|&code| i32::from(code)).sum::<i32>();
        let one = |row: &[Line]| dot_offset(codes(query), codes(row)).wrapping_sub(offset);
        each!(query, rows, pick, sums, fetch, one);
    }

    #[cfg(any(feature = "graph", test))]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    pub(super) fn avx512_vnni_one(query: &[i8], row: &[i8]) -> i32 {
        let mut sum = _mm512_setzero_si512();
        for query in query.as_chunks::<LINE>().0 {
            // SAFETY: this function has AVX-512.
            sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), unsafe { load512(query) });
        }
        dot_offset(query, row).wrapping_sub(128 * _mm512_reduce_add_epi32(sum))
    }

    /// The product with 128 added to every code of the row.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    fn dot_offset(query: &[i8], row: &[i8]) -> i32 {
        let top = _mm512_set1_epi8(-128);
        let (mut even, mut odd) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        let (queries, last_query) = query.as_chunks::<LINE>().0.as_chunks::<2>();
        let (rows, last_row) = row.as_chunks::<LINE>().0.as_chunks::<2>();
        for (query, row) in queries.iter().zip(rows) {
            // SAFETY: this function has AVX-512.
            let (r, q) = unsafe { (load512(&row[0]), load512(&query[0])) };
            even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(r, top), q);
            // SAFETY: as above.
            let (r, q) = unsafe { (load512(&row[1]), load512(&query[1])) };
            odd = _mm512_dpbusd_epi32(odd, _mm512_xor_si512(r, top), q);
        }
        if let ([query], [row]) = (last_query, last_row) {
            // SAFETY: as above.
            let (r, q) = unsafe { (load512(row), load512(query)) };
            even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(r, top), q);
        }
        _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd))
    }

    /// # Safety
    /// The processor has AVX-512.
    #[inline(always)]
    unsafe fn load512(line: &[i8; LINE]) -> __m512i {
        // SAFETY: a line is 64 bytes; the caller guarantees the instruction set.
        unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
    }

    /// # Safety
    /// The processor has AVX2, and `half` is 0 or 1.
    #[inline(always)]
    unsafe fn load256(line: &[i8; LINE], half: usize) -> __m256i {
        // SAFETY: half a line is 32 bytes; the caller guarantees the rest.
        unsafe { _mm256_loadu_si256(line.as_ptr().add(half * 32).cast()) }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(query: &[Line], rows: &[Line], pick: Pick<'_>, sums: &mut [i32]) {
        let one = |row: &[Line]| avx2_one(codes(query), codes(row));
        each!(query, rows, pick, sums, fetch, one);
    }

    /// The query's sign is moved to the row, since `vpmaddubsw` takes one unsigned factor; two products of at most 127
    /// * 127 do not saturate.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn avx2_one(query: &[i8], row: &[i8]) -> i32 {
        let ones = _mm256_set1_epi16(1);
        let mut sum = _mm256_setzero_si256();
        for (query, row) in query.as_chunks::<LINE>().0.iter().zip(row.as_chunks::<LINE>().0) {
            for half in 0..2 {
                // SAFETY: this function has AVX2, and a line has two halves.
                let (r, q) = unsafe { (load256(row, half), load256(query, half)) };
                let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(q), _mm256_sign_epi8(r, q));
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
            }
        }
        let four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        let two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
        _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        vaddvq_s32, vdupq_n_s32, vget_high_s8, vget_low_s8, vld1q_s8, vmlal_s8, vmull_s8, vpadalq_s16,
    };

    use super::{AHEAD, Line, Pick, codes};

    pub(super) fn neon(query: &[Line], rows: &[Line], pick: Pick<'_>, sums: &mut [i32]) {
        let one = |row: &[Line]| one(codes(query), codes(row));
        each!(query, rows, pick, sums, |_: &[Line]| (), one);
    }

    /// Two products of at most 127 * 127 fit 16 bits.
    #[inline]
    pub(super) fn one(query: &[i8], row: &[i8]) -> i32 {
        // SAFETY: NEON belongs to 64-bit Arm.
        let mut sum = unsafe { vdupq_n_s32(0) };
        for (row, query) in row.as_chunks::<16>().0.iter().zip(query.as_chunks::<16>().0) {
            // SAFETY: both chunks are 16 bytes; NEON belongs to 64-bit Arm.
            sum = unsafe {
                let (r, q) = (vld1q_s8(row.as_ptr()), vld1q_s8(query.as_ptr()));
                let pairs = vmull_s8(vget_low_s8(r), vget_low_s8(q));
                vpadalq_s16(sum, vmlal_s8(pairs, vget_high_s8(r), vget_high_s8(q)))
            };
        }
        // SAFETY: as above.
        unsafe { vaddvq_s32(sum) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_variant_computes_the_sums_of_plain_code(
            width in 1usize..9,
            count in 1usize..20,
            seed in any::<u64>(),
            extreme in any::<bool>(),
        ) {
            let mut state = seed | 1;
            let mut code = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if extreme { [127, -127][(state >> 63) as usize] } else { ((state >> 33) % 255) as i8 as i32 as i8 }
            };
            let mut make = |lines: usize| -> Vec<Line> {
                let codes: Vec<i8> = (0..lines * LINE).map(|_| code().max(-127)).collect();
                Line::pad(&codes).collect()
            };
            let (query, rows) = (make(width), make(width * count));
            let mut truth = vec![0; count];
            portable(&query, &rows, Pick::From(0), &mut truth);
            let list: Vec<u32> = (0..count as u32 * 2).map(|at| at * 7 % count as u32).collect();
            for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
                let mut sums = vec![-1; count - count / 2];
                dots(simd, &query, &rows, Pick::From(count / 2), &mut sums);
                prop_assert_eq!(&sums[..], &truth[count / 2..], "{}", simd.isa());
                let mut sums = vec![-1; list.len()];
                dots(simd, &query, &rows, Pick::Listed(&list), &mut sums);
                let listed: Vec<i32> = list.iter().map(|&row| truth[row as usize]).collect();
                prop_assert_eq!(sums, listed, "{}", simd.isa());
                // One pair, at an odd address.
                let moved: Vec<i8> = [0].iter().chain(codes(&query)).copied().collect();
                for (row, &truth) in rows.chunks(width).zip(&truth) {
                    prop_assert_eq!(dot(simd, &moved[1..], codes(row)), truth, "{}", simd.isa());
                }
            }
        }
    }

    #[test]
    fn the_longest_row_does_not_overflow() {
        let row: Vec<Line> = Line::pad(&vec![127; 65_536]).collect();
        for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
            let mut sums = [0];
            dots(simd, &row, &row, Pick::From(0), &mut sums);
            assert_eq!(sums, [127 * 127 * 65_536], "{}", simd.isa());
            assert_eq!(dot(simd, codes(&row), codes(&row)), sums[0], "{}", simd.isa());
        }
    }

    #[test]
    fn padding_ends_with_zeros() {
        let lines: Vec<Line> = Line::pad(&[1; 65]).collect();
        assert_eq!(
            (lines.len(), codes(&lines)[..65].to_vec(), codes(&lines)[65..].to_vec()),
            (2, vec![1; 65], vec![0; 63])
        );
        assert_eq!(Line::pad(&[]).count(), 1);
    }
}
