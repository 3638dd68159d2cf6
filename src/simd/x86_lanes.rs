//! [`Lanes`] in one 512-bit register, and in two 256-bit registers.
#![expect(unsafe_code, reason = "intrinsics need an instruction set")]
#![allow(clippy::wildcard_imports, reason = "most of what follows is intrinsics")]

use std::arch::x86_64::*;

use super::lanes::{LANES, Lanes};

/// Sixteen floats in a 512-bit register. Constructed only by code compiled for an AVX-512 kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zmm(__m512);

/// Sixteen floats in two 256-bit registers. Constructed only by code compiled for an AVX2 kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ymm(__m256, __m256);

/// Evaluates intrinsics of the type's instruction set.
macro_rules! with {
    ($body:expr) => {{
        // SAFETY: the type is named only by kernels whose value proves the instruction set, and the arrays are as
        // long as what is read or written.
        unsafe { $body }
    }};
}

impl Lanes for Zmm {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(with!(_mm512_set1_ps(value)))
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(with!(_mm512_loadu_ps(from.as_ptr())))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        with!(_mm512_storeu_ps(to.as_mut_ptr(), self.0));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(with!(_mm512_add_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(with!(_mm512_sub_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(with!(_mm512_mul_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(with!(_mm512_min_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(with!(_mm512_max_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(with!(_mm512_abs_ps(self.0)))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(with!(_mm512_fmadd_ps(self.0, factor.0, term.0)))
    }

    #[inline(always)]
    fn from_i32(from: &[i32; LANES]) -> Self {
        Self(with!(_mm512_cvtepi32_ps(_mm512_loadu_si512(from.as_ptr().cast()))))
    }

    #[inline(always)]
    fn raise(self, power: Self) -> Self {
        Self(with!({
            let power = _mm512_slli_epi32::<23>(_mm512_castps_si512(power.0));
            _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(self.0), power))
        }))
    }

    #[inline(always)]
    fn store_low16(self, to: &mut [i16; LANES]) {
        with!({
            let low = _mm512_cvtepi32_epi16(_mm512_castps_si512(self.0));
            _mm256_storeu_si256(to.as_mut_ptr().cast(), low);
        });
    }

    #[inline(always)]
    fn store_low8(self, to: &mut [u8; LANES]) {
        with!({
            let low = _mm512_cvtepi32_epi8(_mm512_castps_si512(self.0));
            _mm_storeu_si128(to.as_mut_ptr().cast(), low);
        });
    }

    #[inline(always)]
    fn fold_add(self) -> f32 {
        with!(fold_add(_mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0))))
    }

    #[inline(always)]
    fn fold_min(self) -> f32 {
        with!(fold_min(_mm256_min_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0))))
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        with!(fold_max(_mm256_max_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0))))
    }
}

/// Folds eight lanes by `$wide` and `$one`.
macro_rules! fold {
    ($name:ident, $wide:ident, $one:ident) => {
        #[target_feature(enable = "avx2")]
        #[inline]
        fn $name(lanes: __m256) -> f32 {
            let four = $wide(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
            let two = $wide(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32($one(two, _mm_movehdup_ps(two)))
        }
    };
}

fold!(fold_add, _mm_add_ps, _mm_add_ss);
fold!(fold_min, _mm_min_ps, _mm_min_ss);
fold!(fold_max, _mm_max_ps, _mm_max_ss);

impl Ymm {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(__m256, __m256) -> __m256) -> Self {
        Self(f(self.0, other.0), f(self.1, other.1))
    }
}

impl Lanes for Ymm {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        let half = with!(_mm256_set1_ps(value));
        Self(half, half)
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        let (low, high) = from.split_at(8);
        Self(with!(_mm256_loadu_ps(low.as_ptr())), with!(_mm256_loadu_ps(high.as_ptr())))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        let (low, high) = to.split_at_mut(8);
        with!(_mm256_storeu_ps(low.as_mut_ptr(), self.0));
        with!(_mm256_storeu_ps(high.as_mut_ptr(), self.1));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| with!(_mm256_add_ps(a, b)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| with!(_mm256_sub_ps(a, b)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| with!(_mm256_mul_ps(a, b)))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, |a, b| with!(_mm256_min_ps(a, b)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, |a, b| with!(_mm256_max_ps(a, b)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let sign = with!(_mm256_set1_ps(-0.0));
        Self(with!(_mm256_andnot_ps(sign, self.0)), with!(_mm256_andnot_ps(sign, self.1)))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(
            with!(_mm256_fmadd_ps(self.0, factor.0, term.0)),
            with!(_mm256_fmadd_ps(self.1, factor.1, term.1)),
        )
    }

    #[inline(always)]
    fn from_i32(from: &[i32; LANES]) -> Self {
        let half = |at: usize| {
            let from = &from[at..at + 8];
            with!(_mm256_cvtepi32_ps(_mm256_loadu_si256(from.as_ptr().cast())))
        };
        Self(half(0), half(8))
    }

    #[inline(always)]
    fn raise(self, power: Self) -> Self {
        self.with(power, |a, n| {
            with!({
                let power = _mm256_slli_epi32::<23>(_mm256_castps_si256(n));
                _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), power))
            })
        })
    }

    #[inline(always)]
    fn store_low16(self, to: &mut [i16; LANES]) {
        with!({
            let mask = _mm256_set1_epi32(0xffff);
            let low = _mm256_and_si256(_mm256_castps_si256(self.0), mask);
            let high = _mm256_and_si256(_mm256_castps_si256(self.1), mask);
            // The packing works within 128-bit halves.
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
            _mm256_storeu_si256(to.as_mut_ptr().cast(), packed);
        });
    }

    #[inline(always)]
    fn store_low8(self, to: &mut [u8; LANES]) {
        with!({
            let mask = _mm256_set1_epi32(0xff);
            let low = _mm256_and_si256(_mm256_castps_si256(self.0), mask);
            let high = _mm256_and_si256(_mm256_castps_si256(self.1), mask);
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
            let bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes);
        });
    }

    #[inline(always)]
    fn fold_add(self) -> f32 {
        with!(fold_add(_mm256_add_ps(self.0, self.1)))
    }

    #[inline(always)]
    fn fold_min(self) -> f32 {
        with!(fold_min(_mm256_min_ps(self.0, self.1)))
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        with!(fold_max(_mm256_max_ps(self.0, self.1)))
    }
}
