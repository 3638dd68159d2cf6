//! A query prepared for comparison with rows: as int8 codes for the scan, and as `f32` for the final similarity.
//!
//! Invariant: [`Query::estimate`] differs from [`Query::similarity`] by at most [`Query::margin`], for every row of
//! unit length: by the Cauchy-Schwarz inequality, the residual of one side contributes at most its norm times that of
//! the other.

use super::quantize::FINE;
use crate::error::IndexError;
use crate::simd::{Kernel, LINE, Line, Simd, Task, codes};

/// Number of partial sums of the final similarity, which fixes the order of addition on every machine.
const SUMS: usize = 32;

/// Adding and subtracting this rounds a small number to the nearest integer.
const ROUND: f64 = 6_755_399_441_055_744.0; // fixed: of the format

/// A unit query in two precisions, padded to whole lines.
pub(super) struct Query {
    simd: Simd,
    lines: Vec<Line>,
    values: Vec<f32>,
    step: f32,
    /// Twice the sum of the values: compensates for the offset of 2 in the fine bits.
    twice: f32,
    left_out: f32,
    rounding: f32,
}

impl Query {
    /// Checks a query and scales it to unit length.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::InvalidVector`].
    pub(super) fn new(query: &[f32], dimensions: usize) -> Result<Self, IndexError> {
        if query.len() != dimensions {
            return Err(IndexError::DimensionMismatch { got: query.len(), expected: dimensions });
        }
        let simd = Simd::detect();
        let mut values = Vec::with_capacity(dimensions.next_multiple_of(LINE).max(LINE));
        values.extend_from_slice(query);
        values.resize(dimensions.next_multiple_of(LINE).max(LINE), 0.0);
        simd.run(Prepare { simd, values, dimensions })
    }

    /// The instruction set in use.
    pub(super) fn simd(&self) -> Simd {
        self.simd
    }

    /// The codes, in the layout of [`crate::simd::dots`].
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The values, of unit length, followed by padding zeros.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Estimates the cosine similarity to a row from the product of the codes, within [`Self::margin`].
    pub(super) fn estimate(&self, product: i32, scale: f32) -> f32 {
        product as f32 * self.step * scale
    }

    /// Converts a product with the query's codes to one with the query.
    pub(super) fn estimate_of(&self, product: f32) -> f32 {
        product * self.step
    }

    /// Cosine similarity to a row, -1 to 1; determines the order of results.
    pub(super) fn similarity(&self, row: &[Line], fine: &[[u8; FINE]], scale: f32) -> f32 {
        let dot = self.simd.run(Dot { query: &self.values, row: codes(row), fine, twice: self.twice });
        (dot * scale).clamp(-1.0, 1.0)
    }

    /// Maximum error of [`Self::estimate`] for rows whose codes have a residual of norm at most `left_out`.
    pub(super) fn margin(&self, left_out: f32) -> f32 {
        // A row's norm is 1 within a thousandth; that of its codes exceeds it by at most the residual's.
        self.left_out * (1.001 + left_out) + 1.001 * left_out + self.rounding
    }

    /// Standard deviation of an estimate's error, if rounding errors are uncorrelated.
    pub(super) fn deviation(&self, left_out: f32, dimensions: usize) -> f32 {
        ((self.left_out.powi(2) + left_out.powi(2)) / dimensions as f32).sqrt() + self.rounding
    }
}

/// Builds a query from its values, padded to whole lines.
struct Prepare {
    simd: Simd,
    values: Vec<f32>,
    dimensions: usize,
}

impl Task for Prepare {
    type Output = Result<Query, IndexError>;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> Self::Output {
        const LANES: usize = 16;
        let Self { simd, mut values, dimensions } = self;
        let (mut finite, mut peaks, mut squares) = (true, [0.0f32; LANES], [0.0f64; LANES]);
        for values in values.as_chunks::<LANES>().0 {
            for at in 0..LANES {
                finite &= values[at].is_finite();
                peaks[at] = peaks[at].max(values[at].abs());
                squares[at] += f64::from(values[at]) * f64::from(values[at]);
            }
        }
        if !finite {
            return Err(IndexError::InvalidVector { reason: "has a value that is not finite" });
        }
        let peak = peaks.into_iter().fold(0.0, f32::max);
        if peak < f32::MIN_POSITIVE {
            return Err(IndexError::InvalidVector { reason: "is zero or nearly zero" });
        }
        let inverse = 1.0 / squares.iter().sum::<f64>().sqrt();
        let step = f64::from(peak) * inverse / 127.0;
        let per_step = 1.0 / step;
        let (mut left_out, mut sums) = ([0.0f64; LANES], [0.0f64; LANES]);
        let mut lines = Vec::with_capacity(values.len() / LINE);
        for values in values.as_chunks_mut::<LINE>().0 {
            let mut codes = [0i8; LINE];
            for (values, codes) in
                values.as_chunks_mut::<LANES>().0.iter_mut().zip(codes.as_chunks_mut::<LANES>().0)
            {
                for at in 0..LANES {
                    let value = f64::from(values[at]) * inverse;
                    let rounded = value * per_step + ROUND;
                    let residual = value - (rounded - ROUND) * step;
                    left_out[at] += residual * residual;
                    sums[at] += value;
                    // The lowest bits of the sum are the integer.
                    codes[at] = rounded.to_bits() as i8;
                    values[at] = value as f32;
                }
            }
            lines.push(Line(codes));
        }
        let rounding = (2e-7 * (dimensions as f64).sqrt() + 1e-6) as f32;
        let twice = 2.0 * sums.iter().sum::<f64>();
        let left_out = left_out.iter().sum::<f64>().sqrt() as f32;
        Ok(Query { simd, lines, values, step: step as f32, twice: twice as f32, left_out, rounding })
    }
}

/// Inner product of `f32` values and the values of a row, in [`SUMS`] partial sums.
struct Dot<'a> {
    query: &'a [f32],
    row: &'a [i8],
    fine: &'a [[u8; FINE]],
    twice: f32,
}

impl Task for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> f32 {
        let (query, _) = self.query.as_chunks::<LINE>();
        let (row, _) = self.row.as_chunks::<LINE>();
        let (mut sums, mut fine_sums) = ([0.0f32; SUMS], [0.0f32; FINE]);
        for ((query, row), fine) in query.iter().zip(row).zip(self.fine) {
            for half in [0, SUMS] {
                for at in 0..SUMS {
                    sums[at] += query[half + at] * f32::from(row[half + at]);
                }
            }
            let (quarters, _) = query.as_chunks::<FINE>();
            add_fine::<0>(&mut fine_sums, &quarters[0], fine);
            add_fine::<2>(&mut fine_sums, &quarters[1], fine);
            add_fine::<4>(&mut fine_sums, &quarters[2], fine);
            add_fine::<6>(&mut fine_sums, &quarters[3], fine);
        }
        folded(sums) + 0.25 * (folded(fine_sums) - self.twice)
    }
}

/// Adds the products with the fine bits at bit `SHIFT`.
#[inline(always)]
fn add_fine<const SHIFT: u32>(sums: &mut [f32; FINE], query: &[f32; FINE], fine: &[u8; FINE]) {
    let bits: [u8; FINE] = std::array::from_fn(|at| (fine[at] >> SHIFT) & 3);
    let values = bits.map(f32::from);
    for at in 0..FINE {
        sums[at] += query[at] * values[at];
    }
}

/// Adds partial sums, halving their number each time.
#[inline(always)]
fn folded<const N: usize>(mut sums: [f32; N]) -> f32 {
    let mut width = N / 2;
    while width > 0 {
        for at in 0..width {
            sums[at] += sums[at + width];
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::vector::QuantizedVector;
    use crate::search::vector::quantize::NOTHING;
    use crate::simd::{codes, dot};

    fn product(query: &Query, row: &[Line]) -> i32 {
        dot(query.simd(), codes(query.lines()), codes(row))
    }

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    proptest! {
        #[test]
        fn estimate_and_similarity_stay_within_their_bounds(
            pair in prop::collection::vec((-1.0f32..1.0, -1.0f32..1.0), 1..700),
            magnitude in -30i32..30,
        ) {
            let query: Vec<f32> = pair.iter().map(|p| p.0 * 10f32.powi(magnitude)).collect();
            let vector: Vec<f32> = pair.iter().map(|p| p.1).collect();
            let (Ok(ready), Ok(row)) = (Query::new(&query, query.len()), QuantizedVector::from_f32(&vector)) else {
                return Ok(());
            };
            let codes: Vec<Line> = Line::pad(&row.codes).collect();
            let similarity = ready.similarity(&codes, row.fine.as_chunks().0, row.scale);
            let truth = cosine(&query, &row.to_f32());
            prop_assert!((f64::from(similarity) - truth).abs() < 2e-5, "{similarity} {truth}");
            let off = (ready.estimate(product(&ready, &codes), row.scale) - similarity).abs();
            let margin = ready.margin(row.left_out());
            prop_assert!(off <= margin, "{off} {margin}");
        }
    }

    #[test]
    fn integer_sums_do_not_overflow() {
        for dimensions in [1, 15, 16, 17, 384, 1024, 4096, 65_536] {
            let query = vec![f32::MAX; dimensions];
            let ready = Query::new(&query, dimensions).unwrap();
            for code in [127i8, -127] {
                let row: Vec<Line> = Line::pad(&vec![code; dimensions]).collect();
                let scale = (1.0 / (f64::from(code).powi(2) * dimensions as f64).sqrt()) as f32;
                let expected = f32::from(code.signum());
                let fine = vec![[NOTHING; FINE]; row.len()];
                assert!((ready.similarity(&row, &fine, scale) - expected).abs() < 1e-4, "{dimensions}");
                let estimate = ready.estimate(product(&ready, &row), scale);
                assert!((estimate - expected).abs() < ready.margin(0.0) + 1e-4, "{dimensions}");
            }
        }
    }
}
