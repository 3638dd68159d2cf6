//! A rotation that looks random and takes `n log n` steps: signs, Hadamard transforms of blocks, and a transposition
//! that carries values from block to block, three times over.
//!
//! Invariant: it is orthogonal, and a function of the number of dimensions alone, so that codes kept anywhere fit.

use crate::simd::{Kernel, Simd, Task};

const ROUNDS: usize = 3;
/// The rotation's seed. Codes made with another one do not fit.
const SEED: u64 = 0x1d10_1ec7;
/// Longest block: what a transform of one mixes is enough.
const BLOCK_MAX: usize = 1024;

/// A rotation of padded vectors.
pub(super) struct Rotation {
    values: usize,
    block: usize,
    signs: Vec<f32>,
}

impl Rotation {
    /// For vectors of `dimensions` values.
    pub(super) fn new(dimensions: usize) -> Self {
        let values = dimensions.next_multiple_of(64).max(64);
        let block = (1 << values.trailing_zeros()).min(BLOCK_MAX);
        let scale = 1.0 / (block as f32).sqrt();
        let mut state = SEED;
        let signs = (0..values * ROUNDS).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { scale } else { -scale }
        });
        Self { values, block, signs: signs.collect() }
    }

    /// Values after the rotation: a multiple of 64.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Rotates a vector, padding it with zeros first.
    pub(super) fn apply(&self, vector: &mut Vec<f32>) {
        vector.resize(self.values, 0.0);
        Simd::detect().run(Rotate { rotation: self, vector });
    }
}

struct Rotate<'a> {
    rotation: &'a Rotation,
    vector: &'a mut Vec<f32>,
}

impl Task for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) {
        let Self { rotation: Rotation { values, block, signs }, vector } = self;
        let blocks = values / block;
        let mut moved = if blocks > 1 { vec![0.0; *values] } else { Vec::new() };
        for (round, signs) in signs.chunks_exact(*values).enumerate() {
            for (value, sign) in vector.iter_mut().zip(signs) {
                *value *= sign;
            }
            for block in vector.chunks_exact_mut(*block) {
                hadamard(block);
            }
            if blocks > 1 && round + 1 < ROUNDS {
                for (from, block) in vector.chunks_exact(*block).enumerate() {
                    for (value, to) in block.iter().zip(moved[from..].iter_mut().step_by(blocks)) {
                        *to = *value;
                    }
                }
                std::mem::swap(vector, &mut moved);
            }
        }
    }
}

#[inline(always)]
fn hadamard(block: &mut [f32]) {
    let mut half = block.len() / 2;
    // Wide steps first, which the compiler makes vector code of; the last ones within eight values.
    while half >= 8 {
        for pair in block.chunks_exact_mut(half * 2) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half /= 2;
    }
    for eight in block.as_chunks_mut::<8>().0 {
        let [a, b, c, d, e, f, g, h] = *eight;
        let [a, b, c, d, e, f, g, h] = [a + e, b + f, c + g, d + h, a - e, b - f, c - g, d - h];
        let [a, b, c, d, e, f, g, h] = [a + c, b + d, a - c, b - d, e + g, f + h, e - g, f - h];
        *eight = [a + b, a - b, c + d, c - d, e + f, e - f, g + h, g - h];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_lengths_and_angles_and_spreads_what_is_in_one_place() {
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
            let peak = a.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
            assert!(peak < 6.0 / (rotation.values() as f32).sqrt(), "{dimensions}: {peak}");
        }
    }
}
