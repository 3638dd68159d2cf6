//! A pseudorandom rotation in `n log n` steps: random signs, then butterflies (sums and differences of value pairs)
//! over halving distances; in enough rounds for each value to reach all positions.
//!
//! Invariant: it is orthogonal and depends only on the number of dimensions, so stored codes stay valid.

use std::f32::consts::FRAC_1_SQRT_2;

use crate::simd::{Kernel, Simd, Task};

/// Even rounds use halves of the vector as distances and reach all values. Odd rounds use distances a sixteenth shorter
/// and odd, so that values at any difference of positions are combined; these skip a few values at the end.
const ROUNDS: usize = 5;
/// Minimum distance of a step, except in the shortest vectors: whole vector registers.
const LEAST: usize = 16;
/// Seed of the signs. Identifies the rotation: a different rotation must have another seed, because codes are
/// incompatible.
pub(super) const SEED: u64 = 0x1d10_1ec8;

/// A rotation of padded vectors.
pub(super) struct Rotation {
    values: usize,
    signs: Vec<f32>,
}

impl Rotation {
    /// For vectors of `dimensions` values.
    pub(super) fn new(dimensions: usize) -> Self {
        let values = dimensions.next_multiple_of(64).max(64);
        let mut state = SEED;
        let signs = (0..values * ROUNDS).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { 1.0 } else { -1.0 }
        });
        Self { values, signs: signs.collect() }
    }

    /// Number of values after padding: a multiple of 64.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Pads a vector with zeros and rotates it.
    pub(super) fn apply(&self, vector: &mut Vec<f32>) {
        vector.resize(self.values, 0.0);
        Simd::detect().run(Rotate { signs: &self.signs, vector });
    }
}

struct Rotate<'a> {
    signs: &'a [f32],
    vector: &'a mut [f32],
}

impl Task for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) {
        let values = self.vector.len();
        for (round, signs) in self.signs.chunks_exact(values).enumerate() {
            for (value, sign) in self.vector.iter_mut().zip(signs) {
                *value *= sign;
            }
            let mut half = values / 2;
            while half >= LEAST.min(values / 16) {
                let apart = if round % 2 == 0 { half } else { (half * 15 / 16) | 1 };
                for pair in self.vector.chunks_exact_mut(apart * 2) {
                    let (low, high) = pair.split_at_mut(apart);
                    for (low, high) in low.iter_mut().zip(high) {
                        let (a, b) = (*low, *high);
                        *low = (a + b) * FRAC_1_SQRT_2;
                        *high = (a - b) * FRAC_1_SQRT_2;
                    }
                }
                if half % 2 == 1 {
                    break;
                }
                half /= 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preserves_lengths_and_angles_and_spreads_single_values() {
        for dimensions in [1, 24, 64, 100, 320, 384, 768, 1024, 1536, 4096] {
            let rotation = Rotation::new(dimensions);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let mut one = vec![0.0; dimensions];
            one[dimensions / 2] = 1.0;
            let ramp: Vec<f32> = (0..dimensions).map(|at| at as f32 / dimensions as f32 - 0.3).collect();
            let (mut a, mut b) = (one.clone(), ramp.clone());
            rotation.apply(&mut a);
            rotation.apply(&mut b);
            assert_eq!(a.len(), rotation.values());
            assert!((dot(&a, &a) - 1.0).abs() < 1e-4, "{dimensions}");
            assert!((dot(&b, &b) / dot(&ramp, &ramp) - 1.0).abs() < 1e-4, "{dimensions}");
            assert!((dot(&a, &b) - dot(&one, &ramp)).abs() < 1e-3, "{dimensions}");
            // No range and no residue class of positions gets too small or too large a share.
            let positions = a.len();
            for from in [0, dimensions / 3, dimensions - 1] {
                let mut one = vec![0.0; dimensions];
                one[from] = 1.0;
                rotation.apply(&mut one);
                for part in 0..8 {
                    let square = |at: usize| one[at] * one[at];
                    let near: f32 = (part * positions / 8..(part + 1) * positions / 8).map(square).sum();
                    let apart: f32 = (part..positions).step_by(8).map(square).sum();
                    for share in [near, apart] {
                        assert!(share > 0.01 && share < 0.4, "{dimensions} {from}: {share}");
                    }
                }
            }
            let peak = a.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
            assert!(peak < 6.0 / (rotation.values() as f32).sqrt(), "{dimensions}: {peak}");
        }
    }
}
