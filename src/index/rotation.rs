//! A rotation that looks random and takes `n log n` steps: signs, Hadamard transforms of blocks, and transpositions
//! that carry values from place to place and from block to block, three times over.
//!
//! Invariant: it is orthogonal, and a function of the number of dimensions alone, so that codes kept anywhere fit.

use crate::simd::{Kernel, Simd, Task};

const ROUNDS: usize = 3;
/// Values that are transformed within a row; a block has at least four rows.
const ROW: usize = 16;
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
        let mut scratch = vec![0.0; *block];
        for (round, signs) in signs.chunks_exact(*values).enumerate() {
            for (value, sign) in vector.iter_mut().zip(signs) {
                *value *= sign;
            }
            for block in vector.chunks_exact_mut(*block) {
                hadamard(block, &mut scratch[..]);
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

/// A Hadamard transform, and a transposition of what lies in rows of [`ROW`] values: so that all steps, between rows
/// before it and within them after it, are of whole vectors.
#[inline(always)]
fn hadamard(block: &mut [f32], scratch: &mut [f32]) {
    let rows = block.len() / ROW;
    steps(block, ROW);
    for (at, row) in block.as_chunks::<ROW>().0.iter().enumerate() {
        for (value, to) in row.iter().zip(scratch[at..].iter_mut().step_by(rows)) {
            *to = *value;
        }
    }
    steps(scratch, rows);
    block.copy_from_slice(scratch);
}

/// The steps of a transform over distances of at least `least` values, 4 or a multiple of 8.
#[inline(always)]
fn steps(block: &mut [f32], least: usize) {
    let mut half = block.len() / 2;
    while half >= least {
        for pair in block.chunks_exact_mut(half * 2) {
            let (low, high) = pair.split_at_mut(half);
            match half {
                4 => step::<4>(low, high),
                8 => step::<8>(low, high),
                _ => step::<16>(low, high),
            }
        }
        half /= 2;
    }
}

#[inline(always)]
fn step<const N: usize>(low: &mut [f32], high: &mut [f32]) {
    for (low, high) in low.as_chunks_mut::<N>().0.iter_mut().zip(high.as_chunks_mut::<N>().0) {
        let (a, b) = (*low, *high);
        for at in 0..N {
            low[at] = a[at] + b[at];
            high[at] = a[at] - b[at];
        }
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
