//! A query made ready for comparison with int8 rows: once as int16 codes for the scan, once as `f32` for the
//! final similarity.
//!
//! Invariant: [`Query::estimate`] differs from [`Query::similarity`] by at most [`Query::margin`], for every
//! row whose decoded vector has unit length. The kernels are plain loops over fixed blocks, in the form that
//! the compiler turns into multiply-add instructions; vector instructions by hand belong to another module.

use crate::error::IndexError;

/// Rows and queries are padded with zeros to a multiple of this many values: the width at which the compiler
/// makes the best of [`dot_codes`].
pub(super) const BLOCK: usize = 32;

/// Values per row for vectors of `dimensions` values.
pub(super) fn stride(dimensions: usize) -> usize {
    dimensions.next_multiple_of(BLOCK).max(BLOCK)
}

/// A unit query in two precisions, padded to [`stride`].
pub(super) struct Query {
    codes: Vec<i16>,
    values: Vec<f32>,
    step: f64,
    margin: f32,
}

impl Query {
    /// Checks and scales a query to unit length.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`], [`IndexError::InvalidVector`].
    pub(super) fn new(query: &[f32], dimensions: usize) -> Result<Self, IndexError> {
        if query.len() != dimensions {
            return Err(IndexError::DimensionMismatch { got: query.len(), expected: dimensions });
        }
        if query.iter().any(|value| !value.is_finite()) {
            return Err(IndexError::InvalidVector { reason: "has a value that is not finite" });
        }
        let peak = query.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
        if peak < f32::MIN_POSITIVE {
            return Err(IndexError::InvalidVector {
                reason: "has no direction: its values are zero or next to it",
            });
        }
        let length = query.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let mut values: Vec<f32> = query.iter().map(|&value| (f64::from(value) / length) as f32).collect();
        // The largest scale at which no code leaves i16 and no sum with int8 codes leaves i32.
        let absolute: f64 = query.iter().map(|&value| f64::from(value).abs()).sum::<f64>() / length;
        let by_sum = (f64::from(i32::MAX) / 127.0 - dimensions as f64) / absolute;
        let per_unit = (f64::from(i16::MAX) * length / f64::from(peak)).min(by_sum);
        let mut codes: Vec<i16> =
            query.iter().map(|&value| (f64::from(value) / length * per_unit).round() as i16).collect();
        let step = 1.0 / per_unit;
        let root = (dimensions as f64).sqrt();
        // Half a step per value against a row of unit length, whose values sum to at most the root; then
        // the rounding of `f32` sums.
        let margin = (0.51 * step * root + 2e-7 * root + 1e-6) as f32;
        values.resize(stride(dimensions), 0.0);
        codes.resize(stride(dimensions), 0);
        Ok(Self { codes, values, step, margin })
    }

    /// Cosine similarity to a row from the integer codes: fast, and within [`Self::margin`].
    pub(super) fn estimate(&self, row: &[i8], scale: f32) -> f32 {
        (f64::from(dot_codes(&self.codes, row)) * self.step * f64::from(scale)) as f32
    }

    /// Cosine similarity to a row, -1 to 1, by which results are ordered.
    pub(super) fn similarity(&self, row: &[i8], scale: f32) -> f32 {
        (dot_values(&self.values, row) * scale).clamp(-1.0, 1.0)
    }

    /// The most by which [`Self::estimate`] is off.
    pub(super) fn margin(&self) -> f32 {
        self.margin
    }
}

/// Sum of products of int16 and int8 codes; the caller's scale keeps it within `i32`.
fn dot_codes(query: &[i16], row: &[i8]) -> i32 {
    let (query, _) = query.as_chunks::<BLOCK>();
    let (row, _) = row.as_chunks::<BLOCK>();
    query
        .iter()
        .zip(row)
        .map(|(query, row)| -> i32 {
            query.iter().zip(row).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
        })
        .sum()
}

/// Sum of products of `f32` values and int8 codes, in as many partial sums as a block has values, so that
/// the order of addition is the same on every machine.
fn dot_values(query: &[f32], row: &[i8]) -> f32 {
    let (query, _) = query.as_chunks::<BLOCK>();
    let (row, _) = row.as_chunks::<BLOCK>();
    let mut sums = [0.0f32; BLOCK];
    for (query, row) in query.iter().zip(row) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(query.iter().zip(row)) {
            *sum += a * f32::from(b);
        }
    }
    let mut width = BLOCK / 2;
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
    use crate::index::QuantizedVector;

    fn padded(codes: &[i8]) -> Vec<i8> {
        let mut row = codes.to_vec();
        row.resize(stride(codes.len()), 0);
        row
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
            let codes = padded(&row.codes);
            let similarity = ready.similarity(&codes, row.scale);
            let truth = cosine(&query, &row.to_f32());
            prop_assert!((f64::from(similarity) - truth).abs() < 2e-5, "{similarity} {truth}");
            let off = (ready.estimate(&codes, row.scale) - similarity).abs();
            prop_assert!(off <= ready.margin(), "{off} {}", ready.margin());
        }
    }

    #[test]
    fn integer_sums_hold_at_the_extremes() {
        for dimensions in [1, 15, 16, 17, 384, 1024, 4096, 65_536] {
            let query = vec![f32::MAX; dimensions];
            let ready = Query::new(&query, dimensions).unwrap();
            for code in [127i8, -127] {
                let row = padded(&vec![code; dimensions]);
                let scale = (1.0 / (f64::from(code).powi(2) * dimensions as f64).sqrt()) as f32;
                let expected = f32::from(code.signum());
                assert!((ready.similarity(&row, scale) - expected).abs() < 1e-4, "{dimensions}");
                assert!(
                    (ready.estimate(&row, scale) - expected).abs() < ready.margin() + 1e-4,
                    "{dimensions}"
                );
            }
        }
    }
}
