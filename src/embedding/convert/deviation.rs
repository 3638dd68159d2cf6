//! Fits the coefficients of `embedding/deviation.rs`, which estimate the divisor of the last layer norm.
//!
//! Invariant: the fit depends on the model alone.

use super::calibrate;
use super::rounding::dot as dot64;
use crate::embedding::deviation::{DIRECTIONS, FEW};
use crate::embedding::native::NativeEmbedder;
use crate::embedding::network::Input;
use crate::embedding::tuning::convert as tuning;

/// Steps of the power iteration.
const STEPS: usize = 60;

/// Values observed per token, concatenated.
#[derive(Debug, Default)]
struct Observed {
    states: Vec<f32>,
    inners: Vec<f32>,
    sums: Vec<f32>,
}

/// The coefficients for `encoder`, whose last linear map has the rows `down` and these biases.
pub(super) fn fit(encoder: &NativeEmbedder, down: &[f32], biases: &[f32]) -> Vec<f32> {
    let spec = encoder.spec();
    let (hidden, intermediate, last) = (spec.hidden, spec.intermediate, spec.layers - 1);
    let mut observed = Observed::default();
    for ids in calibrate::sequences(encoder.tokenizer(), spec.max_tokens) {
        encoder.observe_ids(&ids, |layer, input, row| match input {
            Input::FeedForward if layer == last => observed.states.extend_from_slice(row),
            Input::Inner if layer == last => observed.inners.extend_from_slice(row),
            Input::Norm if layer == last => observed.sums.extend_from_slice(row),
            _ => {}
        });
        if observed.sums.len() >= tuning::TOKENS_PER_NUMBER * (hidden + FEW) * hidden {
            break;
        }
    }
    let sums: Vec<Vec<f64>> = observed.sums.chunks_exact(hidden).map(centred).collect();
    let squares: Vec<f64> = sums.iter().map(|row| dot64(row, row).max(f64::MIN_POSITIVE)).collect();
    let directions = directions(&sums, &squares, hidden);
    let narrow = |row: &[f64]| row.iter().map(|value| *value as f32).collect::<Vec<f32>>();
    let mut numbers: Vec<f32> = directions.iter().flat_map(|direction| narrow(direction)).collect();
    for direction in &directions {
        let mut row = vec![0.0f64; intermediate];
        for (weights, part) in down.chunks_exact(intermediate).zip(direction) {
            row.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += f64::from(*weight) * part);
        }
        numbers.extend(narrow(&row));
    }
    let biases = centred(biases);
    let offsets: Vec<f64> = directions.iter().map(|direction| dot64(direction, &biases)).collect();

    // Each token's equation is divided by its target, so that relative errors are minimized.
    let mut columns = vec![Vec::with_capacity(sums.len()); hidden + 2 * DIRECTIONS + 2];
    for ((state, sum), square) in observed.states.chunks_exact(hidden).zip(&sums).zip(&squares) {
        let level = centred(state);
        let places = directions.iter().map(|direction| dot64(direction, sum));
        let (places, own): (Vec<f64>, Vec<f64>) =
            places.zip(directions.iter().map(|direction| dot64(direction, &level))).unzip();
        let rest = dot64(&level, &level) - dot64(&own, &own);
        let row = state.iter().map(|value| f64::from(*value));
        let row = row.chain(places.iter().map(|place| place * place)).chain(places.iter().copied());
        let row = row.chain([rest, 1.0]);
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value / square));
    }
    let targets = vec![1.0; sums.len()];
    let found = narrow(&least_squares(&columns, &targets));
    let (values, found) = found.split_at(hidden);
    let least = squares.iter().copied().fold(f64::MAX, f64::min) as f32 * tuning::ESTIMATE_FLOOR;
    numbers.extend(values);
    numbers.extend(narrow(&offsets));
    numbers.extend(found);
    numbers.push(least);
    numbers
}

fn centred(row: &[f32]) -> Vec<f64> {
    let mean = row.iter().map(|value| f64::from(*value)).sum::<f64>() / row.len() as f64;
    row.iter().map(|value| f64::from(*value) - mean).collect()
}

/// The directions in which the rows, scaled to unit length, vary most: the first eigenvectors of their second moments.
fn directions(rows: &[Vec<f64>], squares: &[f64], width: usize) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> = (0..width)
        .map(|at| rows.iter().zip(squares).map(|(row, square)| row[at] / square.sqrt()).collect())
        .collect();
    let mut moments = vec![vec![0.0; width]; width];
    for at in 0..width {
        for other in 0..=at {
            let moment = dot64(&columns[at], &columns[other]);
            moments[at][other] = moment;
            moments[other][at] = moment;
        }
    }
    let mut next = calibrate::Numbers::new(1);
    let mut start = || (0..width).map(|_| next.below(2000) as f64 - 1000.0).collect::<Vec<f64>>();
    let mut found: Vec<Vec<f64>> = (0..DIRECTIONS).map(|_| start()).collect();
    for _ in 0..STEPS {
        let stretched: Vec<Vec<f64>> =
            found.iter().map(|direction| moments.iter().map(|row| dot64(row, direction)).collect()).collect();
        found.clear();
        for mut direction in stretched {
            for before in &found {
                let shared = dot64(before, &direction);
                direction.iter_mut().zip(before).for_each(|(value, before)| *value -= shared * before);
            }
            let length = dot64(&direction, &direction).sqrt();
            let inverse = if length > 1e-12 { 1.0 / length } else { 0.0 };
            for value in &mut direction {
                *value *= inverse;
            }
            found.push(direction);
        }
    }
    found
}

/// Ridge regression: the factors by which the columns best sum to the targets. The last column has no ridge.
fn least_squares(columns: &[Vec<f64>], targets: &[f64]) -> Vec<f64> {
    let count = columns.len();
    // The Cholesky factor of the second moments, row by row.
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(count);
    for at in 0..count {
        let mut row = Vec::with_capacity(at + 1);
        for (other, before) in rows.iter().enumerate() {
            let rest = dot64(&columns[at], &columns[other]) - dot64(&row, &before[..other]);
            row.push(rest / before[other]);
        }
        let moment = dot64(&columns[at], &columns[at]);
        let ridge = if at + 1 < count { tuning::RIDGE * moment } else { 0.0 };
        let rest = moment + ridge - dot64(&row, &row);
        // A column that depends linearly on earlier ones gets the factor 0.
        row.push(if rest > 1e-12 * moment && rest > 0.0 { rest.sqrt() } else { f64::INFINITY });
        rows.push(row);
    }
    let mut found: Vec<f64> = Vec::with_capacity(count);
    for (column, row) in columns.iter().zip(&rows) {
        let rest = dot64(column, targets) - dot64(&found, &row[..found.len()]);
        found.push(rest / row[found.len()]);
    }
    for at in (0..count).rev() {
        let later: f64 = (at + 1..count).map(|other| rows[other][at] * found[other]).sum();
        found[at] = (found[at] - later) / rows[at][at];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_finds_the_factors() {
        let column = |factor: usize| (0..97).map(|at| (at * factor % 13) as f64 - 5.0).collect::<Vec<f64>>();
        let columns = [column(3), column(5), vec![0.0; 97], column(7), vec![1.0; 97]];
        let targets: Vec<f64> =
            (0..97).map(|at| 2.0 * columns[0][at] - columns[1][at] + 0.5 * columns[3][at] + 4.0).collect();
        let found = least_squares(&columns, &targets);
        for (found, expected) in found.iter().zip([2.0, -1.0, 0.0, 0.5, 4.0]) {
            assert!((found - expected).abs() < 0.02, "{found} for {expected}");
        }
    }

    #[test]
    fn directions_are_those_of_largest_variance() {
        // Mostly along the third axis, then the first.
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|at| {
                let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
                let mut row = vec![0.01 * f64::from(at % 7), 0.0, 3.0 * sign, 0.0, 0.02, 0.0];
                row[0] += if at % 4 < 2 { 1.0 } else { -1.0 };
                row
            })
            .collect();
        let squares: Vec<f64> = rows.iter().map(|row| dot64(row, row)).collect();
        let found = directions(&rows, &squares, 6);
        assert!(found[0][2].abs() > 0.999 && found[1][0].abs() > 0.99, "{found:?}");
        let shared = dot64(&found[0], &found[1]);
        assert!(shared.abs() < 1e-9);
    }
}
