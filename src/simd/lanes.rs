//! Sixteen floats: a common interface to the vector type of every instruction set.
//!
//! Invariant: each operation computes the same bits in every implementation. IEEE 754 defines the rounding of each, the
//! fused multiply-add included; folds halve the lanes until one is left; conversions are applied to values in range
//! only.

/// Number of lanes.
pub(crate) const LANES: usize = 16;

/// Added to a float of magnitude below 2^22, leaves the nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;

/// Sixteen floats.
pub(crate) trait Lanes: Copy {
    fn splat(value: f32) -> Self;
    fn load(from: &[f32; LANES]) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self * factor + term`, rounded once.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// `if self < other { self } else { other }`.
    fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`.
    fn max(self, other: Self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// Converts integers to floats.
    fn from_i32(from: &[i32; LANES]) -> Self;
    /// `self * 2^n` for normal numbers, where `power` is [`round`](Self::round) of `n`.
    fn raise(self, power: Self) -> Self;
    /// The low 16 bits of each lane.
    fn store_low16(self, to: &mut [i16; LANES]);
    /// The low 8 bits of each lane.
    fn store_low8(self, to: &mut [u8; LANES]);
    /// Folds the lanes into one.
    fn fold_add(self) -> f32;
    /// Folds the lanes into one.
    fn fold_min(self) -> f32;
    /// Folds the lanes into one.
    fn fold_max(self) -> f32;

    /// Rounds values of magnitude below 2^22 to the nearest integer, left in the low bits.
    #[inline(always)]
    fn round(self) -> Self {
        self.add(Self::splat(ROUND))
    }

    /// Converts the result of [`round`](Self::round) to a float.
    #[inline(always)]
    fn rounded(self) -> Self {
        self.sub(Self::splat(ROUND))
    }
}

/// [`Lanes`] in plain Rust.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Plain16([f32; LANES]);

impl Plain16 {
    #[inline(always)]
    fn with(mut self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        for lane in 0..LANES {
            self.0[lane] = f(self.0[lane], other.0[lane]);
        }
        self
    }

    #[inline(always)]
    fn fold(mut self, f: impl Fn(f32, f32) -> f32) -> f32 {
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                self.0[lane] = f(self.0[lane], self.0[lane + width]);
            }
            width /= 2;
        }
        self.0[0]
    }
}

impl Lanes for Plain16 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].mul_add(factor.0[lane], term.0[lane])))
    }

    #[inline(always)]
    fn from_i32(from: &[i32; LANES]) -> Self {
        Self(from.map(|value| value as f32))
    }

    #[inline(always)]
    fn raise(self, power: Self) -> Self {
        self.with(power, |a, n| f32::from_bits(a.to_bits().wrapping_add(n.to_bits() << 23)))
    }

    #[inline(always)]
    fn store_low16(self, to: &mut [i16; LANES]) {
        *to = self.0.map(|value| value.to_bits() as i16);
    }

    #[inline(always)]
    fn store_low8(self, to: &mut [u8; LANES]) {
        *to = self.0.map(|value| value.to_bits() as u8);
    }

    #[inline(always)]
    fn fold_add(self) -> f32 {
        self.fold(|a, b| a + b)
    }

    #[inline(always)]
    fn fold_min(self) -> f32 {
        self.fold(|a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        self.fold(|a, b| if a > b { a } else { b })
    }
}
