//! Rounds the weights of a linear map to minimize the change of its outputs on typical inputs.
//!
//! Rounding every weight to nearest is optimal only for independent inputs. For correlated inputs, later roundings can
//! compensate for earlier ones. With `H` the second moments of the inputs and `H = U D U^T`, `U` unit upper triangular,
//! the error `e H e^T` of a row is the sum of `D[k] (e[k] + sum_{j<k} e[j] U[j][k])^2`. So weight `k` is rounded after
//! the error of the preceding ones is added to it (LDLQ of Chee et al. 2023, equal to GPTQ of Frantar et al. 2023).
//!
//! Invariant: the result depends only on the arguments, on every machine: sums run in a fixed order, and only the four
//! operations and square roots are used.

use crate::embedding::tuning::convert::DAMPING;

/// Number of interleaved partial sums in an inner product.
const SUMS: usize = 8;

/// Error feedback between the inputs of one map.
#[derive(Debug)]
pub(super) struct Rounding {
    /// Inputs by descending second moment.
    order: Vec<usize>,
    /// Row `k`, of `k` values: the share of each preceding input's error that is added to the `k`-th in that order.
    feedback: Vec<Vec<f64>>,
}

impl Rounding {
    /// From observed inputs, in rows of `width`.
    pub(super) fn new(observed: &[f32], width: usize) -> Self {
        let count = (observed.len() / width.max(1)).max(1) as f64;
        let mut columns = vec![Vec::with_capacity(observed.len() / width.max(1)); width];
        for row in observed.chunks_exact(width) {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(f64::from(*value)));
        }
        let moments: Vec<f64> = columns.iter().map(|column| dot(column, column) / count).collect();
        let damping = DAMPING * moments.iter().sum::<f64>() / width as f64;
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|a, b| moments[*b].total_cmp(&moments[*a]).then(a.cmp(b)));

        // From the last input to the first: the rows of the Cholesky factor in reverse order are the columns of
        // `U sqrt(D)`.
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(width);
        for (at, &input) in order.iter().rev().enumerate() {
            let mut row = Vec::with_capacity(at + 1);
            for (before, &other) in order.iter().rev().take(at).enumerate() {
                let moment = dot(&columns[input], &columns[other]) / count;
                let rest = moment - dot(&row, &rows[before][..before]);
                row.push(rest / rows[before][before]);
            }
            let rest = moments[input] + damping - dot(&row, &row);
            // An input that was always zero: any positive value works.
            row.push(if rest > 0.0 { rest.sqrt() } else { 1.0 });
            rows.push(row);
        }
        let feedback = (0..width).map(|k| {
            let at = width - 1 - k;
            (0..k).map(|before| rows[width - 1 - before][at] / rows[at][at]).collect()
        });
        Self { feedback: feedback.collect(), order }
    }

    /// Rounds a row of weights to steps of `scale`, -127 to 127.
    pub(super) fn round(&self, weights: &[f32], scale: f32, to: &mut [i8]) {
        let inverse = if scale > 0.0 { 1.0 / f64::from(scale) } else { 0.0 };
        let mut errors = Vec::with_capacity(weights.len());
        for (feedback, &input) in self.feedback.iter().zip(&self.order) {
            let weight = f64::from(weights[input]) * inverse;
            let rounded = (weight + dot(feedback, &errors)).round().clamp(-127.0, 127.0);
            to[input] = rounded as i8;
            errors.push(weight - rounded);
        }
    }
}

/// The inner product, added in a fixed order.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; SUMS];
    let (a, a_rest) = a.as_chunks::<SUMS>();
    let (b, b_rest) = b.as_chunks::<SUMS>();
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudorandom numbers from -1 to 1.
    fn noise(count: usize, mut state: u64) -> Vec<f32> {
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    /// Correlated inputs: each row is a mix of a few factors.
    fn correlated(rows: usize, width: usize, seed: u64) -> Vec<f32> {
        let (mix, drive) = (noise(4 * width, 7), noise(rows * 4, seed));
        let noise = noise(rows * width, seed + 1);
        let value = |row: usize, k: usize| {
            let shared: f32 = (0..4).map(|d| drive[row * 4 + d] * mix[d * width + k]).sum();
            shared + 0.05 * noise[row * width + k]
        };
        (0..rows * width).map(|at| value(at / width, at % width)).collect()
    }

    fn error(weights: &[f32], rounded: &[i8], scale: f32, inputs: &[f32]) -> f32 {
        let errors = inputs.chunks_exact(weights.len()).map(|row| {
            let error: f32 =
                row.iter().zip(weights).zip(rounded).map(|((x, w), q)| x * (w - f32::from(*q) * scale)).sum();
            error * error
        });
        errors.sum()
    }

    #[test]
    fn correlated_inputs_reduce_the_output_error() {
        let width = 96;
        let rounding = Rounding::new(&correlated(200, width, 1), width);
        let fresh = correlated(200, width, 100);
        let (mut nearest, mut compensated) = (0.0, 0.0);
        for seed in 0..8 {
            let weights = noise(width, 1000 + seed);
            let scale = 0.1;
            let mut rounded = vec![0; width];
            rounding.round(&weights, scale, &mut rounded);
            let plain: Vec<i8> = weights.iter().map(|weight| (weight / scale).round() as i8).collect();
            compensated += error(&weights, &rounded, scale, &fresh);
            nearest += error(&weights, &plain, scale, &fresh);
        }
        assert!(compensated < nearest / 3.0, "{compensated} vs {nearest}");
    }

    #[test]
    fn independent_inputs_are_rounded_to_nearest() {
        let mut observed = vec![0.0; 16 * 16];
        (0..16).for_each(|at| observed[at * 17] = 1.0 + at as f32);
        let rounding = Rounding::new(&observed, 16);
        let weights = noise(16, 3);
        let mut rounded = vec![0; 16];
        rounding.round(&weights, 0.05, &mut rounded);
        let plain: Vec<i8> = weights.iter().map(|weight| (weight / 0.05).round() as i8).collect();
        assert_eq!(rounded, plain);
    }

    #[test]
    fn empty_observations_and_zero_scale_are_handled() {
        let mut rounded = vec![1; 4];
        Rounding::new(&[], 4).round(&[0.0; 4], 0.0, &mut rounded);
        assert_eq!(rounded, [0; 4]);
        Rounding::new(&[0.0; 8], 4).round(&[0.5, -3.0, 900.0, 0.2], 1.0, &mut rounded);
        assert_eq!(rounded, [1, -3, 127, 0]);
    }
}
