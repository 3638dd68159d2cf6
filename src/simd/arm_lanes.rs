//! [`Lanes`] in four 128-bit NEON registers.
#![expect(unsafe_code, reason = "intrinsics need an instruction set")]
#![allow(clippy::wildcard_imports, reason = "most of what follows is intrinsics")]

use std::arch::aarch64::*;

use super::lanes::{LANES, Lanes};

/// Sixteen floats in four registers. Constructed only by code compiled for a NEON kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quad([float32x4_t; 4]);

/// Evaluates NEON intrinsics.
macro_rules! with {
    ($body:expr) => {{
        // SAFETY: the type is named only by kernels whose value proves the instruction set, and the arrays are as
        // long as what is read or written.
        unsafe { $body }
    }};
}

/// `if a < b { a } else { b }`; the minimum instruction treats NaN and signed zeros differently.
#[inline(always)]
fn min(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    with!(vbslq_f32(vcltq_f32(a, b), a, b))
}

/// `if a > b { a } else { b }`.
#[inline(always)]
fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    with!(vbslq_f32(vcgtq_f32(a, b), a, b))
}

#[inline(always)]
fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    with!(vaddq_f32(a, b))
}

impl Quad {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        let [a, b, c, d] = self.0;
        let [e, g, h, i] = other.0;
        Self([f(a, e), f(b, g), f(c, h), f(d, i)])
    }

    #[inline(always)]
    fn fold(self, f: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> f32 {
        let [a, b, c, d] = self.0;
        let four = f(f(a, c), f(b, d));
        let two = f(four, with!(vextq_f32::<2>(four, four)));
        with!(vgetq_lane_f32::<0>(f(two, vdupq_laneq_f32::<1>(two))))
    }

    #[inline(always)]
    fn bits(self) -> [uint32x4_t; 4] {
        self.0.map(|part| with!(vreinterpretq_u32_f32(part)))
    }

    /// The low 16 bits of each lane.
    #[inline(always)]
    fn low16(self) -> [uint16x8_t; 2] {
        let [a, b, c, d] = self.bits();
        with!([vcombine_u16(vmovn_u32(a), vmovn_u32(b)), vcombine_u16(vmovn_u32(c), vmovn_u32(d))])
    }
}

impl Lanes for Quad {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([with!(vdupq_n_f32(value)); 4])
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        let at = |at: usize| {
            let from = &from[at..at + 4];
            with!(vld1q_f32(from.as_ptr()))
        };
        Self([at(0), at(4), at(8), at(12)])
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        for (part, to) in self.0.into_iter().zip(to.as_chunks_mut::<4>().0) {
            with!(vst1q_f32(to.as_mut_ptr(), part));
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, add)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| with!(vsubq_f32(a, b)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| with!(vmulq_f32(a, b)))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        let [a, b, c, d] = self.0;
        let [e, f, g, h] = factor.0;
        let [i, j, k, l] = term.0;
        Self(with!([vfmaq_f32(i, a, e), vfmaq_f32(j, b, f), vfmaq_f32(k, c, g), vfmaq_f32(l, d, h)]))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, min)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, max)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(|part| with!(vabsq_f32(part))))
    }

    #[inline(always)]
    fn from_i32(from: &[i32; LANES]) -> Self {
        let at = |at: usize| {
            let from = &from[at..at + 4];
            with!(vcvtq_f32_s32(vld1q_s32(from.as_ptr())))
        };
        Self([at(0), at(4), at(8), at(12)])
    }

    #[inline(always)]
    fn raise(self, power: Self) -> Self {
        self.with(power, |a, n| {
            with!({
                let power = vshlq_n_u32::<23>(vreinterpretq_u32_f32(n));
                vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(a), power))
            })
        })
    }

    #[inline(always)]
    fn store_low16(self, to: &mut [i16; LANES]) {
        for (part, to) in self.low16().into_iter().zip(to.as_chunks_mut::<8>().0) {
            with!(vst1q_s16(to.as_mut_ptr(), vreinterpretq_s16_u16(part)));
        }
    }

    #[inline(always)]
    fn store_low8(self, to: &mut [u8; LANES]) {
        let [low, high] = self.low16();
        with!(vst1q_u8(to.as_mut_ptr(), vcombine_u8(vmovn_u16(low), vmovn_u16(high))));
    }

    #[inline(always)]
    fn fold_add(self) -> f32 {
        self.fold(add)
    }

    #[inline(always)]
    fn fold_min(self) -> f32 {
        self.fold(min)
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        self.fold(max)
    }
}
