//! What the last layer norm divides each token by, estimated, so that the linear map before it runs once a text instead
//! of once a token.
//!
//! The vector of a text is the mean of `norm(y + D g + b)` over its tokens: `y` what the feed-forward part was given, `g`
//! what is inside it, `D` and `b` its last linear map. But for the deviation `s` that the norm divides by, all of that is
//! linear and can change places with the mean:
//!
//! ```text
//! mean_t norm(y_t + D g_t + b) = weight * centred(sum_t y_t / s_t + D sum_t g_t / s_t + b sum_t 1 / s_t) / n + bias
//! ```
//!
//! `D` takes a third of a layer's multiply-adds. The square of `s` is estimated by least
//! squares from `y`, from the part of its square that lies outside a few directions in which the sum varies most, and
//! from the sum's place along these, which takes a row of `g`'s length each instead of the whole of `D`.
//!
//! Invariant: as [`super::math`]; the fit, as [`super::rounding`], depends on the model alone.

use super::calibrate;
use super::linear::Groups;
use super::math::{dot, dots, sum};
use super::native::NativeEmbedder;
use super::network::Input;
use super::rounding::dot as dot64;
use crate::simd::Lanes;

/// Texts of fewer tokens are left alone: in them nothing evens out what a single token's estimate is off by.
pub(super) const LEAST_TOKENS: usize = 12;
/// In how many directions the sum is looked at.
pub(super) const DIRECTIONS: usize = 4;
/// Numbers of the estimate that are not as many as some dimension: offsets, factors of the squares and of the places,
/// factor of the rest, constant.
const FEW: usize = 3 * DIRECTIONS + 2;
/// The least estimate of the sum of squares, as a share of the least one seen.
const FLOOR: f32 = 0.25;
/// Tokens to fit to for each number that is sought.
const TOKENS: usize = 48;
/// What is added to each moment, as a share of it.
const RIDGE: f64 = 0.002;
/// Steps towards the directions.
const STEPS: usize = 60;

/// The estimate's numbers, rows padded as the encoder's.
#[derive(Debug)]
pub(super) struct Deviation {
    /// Rows by which a state's place along the directions is found.
    states: Vec<f32>,
    /// The same for what is inside the feed-forward part.
    inners: Vec<f32>,
    /// Factors of the state's values.
    values: Vec<f32>,
    offsets: [f32; DIRECTIONS],
    squares: [f32; DIRECTIONS],
    places: [f32; DIRECTIONS],
    rest: f32,
    constant: f32,
    least: f32,
    width: usize,
    eps: f32,
}

/// How many numbers there are for `hidden` values a token and `intermediate` ones inside the feed-forward part.
pub(super) fn count(hidden: usize, intermediate: usize) -> usize {
    DIRECTIONS * (hidden + intermediate) + hidden + FEW + 1
}

impl Deviation {
    /// From its [`count`] numbers: a row of state values for each direction, a row of inner values for each, a factor
    /// for each state value, offsets, factors of squares, of places, of the rest, the constant, the least sum of squares.
    pub(super) fn new(numbers: &[f32], hidden: usize, intermediate: usize, eps: f32) -> Self {
        let rows = |numbers: &[f32], width: usize| -> Vec<f32> {
            let groups = Groups::one(width);
            numbers.chunks_exact(width).flat_map(|row| groups.spread(row)).collect()
        };
        let (states, numbers) = numbers.split_at(DIRECTIONS * hidden);
        let (inners, numbers) = numbers.split_at(DIRECTIONS * intermediate);
        let (values, numbers) = numbers.split_at(hidden);
        let each = |first: usize| std::array::from_fn(|at| numbers[first + at]);
        Self {
            states: rows(states, hidden),
            inners: rows(inners, intermediate),
            values: rows(values, hidden),
            offsets: each(0),
            squares: each(DIRECTIONS),
            places: each(2 * DIRECTIONS),
            rest: numbers[3 * DIRECTIONS],
            constant: numbers[3 * DIRECTIONS + 1],
            least: numbers[FEW].max(0.0),
            width: hidden,
            eps,
        }
    }

    /// One over the deviation of a token with this state and these inner values.
    #[inline(always)]
    pub(super) fn inverse<L: Lanes>(&self, state: &[f32], inner: &[f32]) -> f32 {
        let of_state = dots::<L, DIRECTIONS>(state, &self.states);
        let of_inner = dots::<L, DIRECTIONS>(inner, &self.inners);
        let total = sum::<L>(state);
        let mut rest = dot::<L>(state, state) - total * total / self.width as f32;
        let mut square = self.constant + dot::<L>(state, &self.values);
        for at in 0..DIRECTIONS {
            let place = of_state[at] + of_inner[at] + self.offsets[at];
            square += place * (place * self.squares[at] + self.places[at]);
            rest -= of_state[at] * of_state[at];
        }
        square += rest * self.rest;
        let deviation = (square.max(self.least) / self.width as f32 + self.eps).sqrt();
        if deviation > 0.0 { 1.0 / deviation } else { 0.0 }
    }
}

/// What a token gave while the estimate is fitted.
#[derive(Debug, Default)]
struct Seen {
    states: Vec<f32>,
    inners: Vec<f32>,
    sums: Vec<f32>,
}

/// The numbers of the estimate for `encoder`, whose last linear map has the rows `down` and these biases.
pub(super) fn fit(encoder: &NativeEmbedder, down: &[f32], biases: &[f32]) -> Vec<f32> {
    let spec = encoder.spec();
    let (hidden, intermediate, last) = (spec.hidden, spec.intermediate, spec.layers - 1);
    let mut seen = Seen::default();
    for ids in calibrate::sequences(encoder.tokenizer(), spec.max_tokens) {
        encoder.observe_ids(&ids, |layer, input, row| match input {
            Input::FeedForward if layer == last => seen.states.extend_from_slice(row),
            Input::Inner if layer == last => seen.inners.extend_from_slice(row),
            Input::Norm if layer == last => seen.sums.extend_from_slice(row),
            _ => {}
        });
        if seen.sums.len() >= TOKENS * (hidden + FEW) * hidden {
            break;
        }
    }
    let sums: Vec<Vec<f64>> = seen.sums.chunks_exact(hidden).map(centred).collect();
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

    // Each token's equation is divided by what it is to give, so that errors count by their share.
    let mut columns = vec![Vec::with_capacity(sums.len()); hidden + 2 * DIRECTIONS + 2];
    for ((state, sum), square) in seen.states.chunks_exact(hidden).zip(&sums).zip(&squares) {
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
    let least = squares.iter().copied().fold(f64::MAX, f64::min) as f32 * FLOOR;
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

/// The directions in which the rows, each of length one, are longest: the first eigenvectors of their moments.
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

/// The factors with which the columns add up to the targets best, held back a little; the last is not.
fn least_squares(columns: &[Vec<f64>], targets: &[f64]) -> Vec<f64> {
    let count = columns.len();
    // Cholesky's lower triangle of the moments, row by row.
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(count);
    for at in 0..count {
        let mut row = Vec::with_capacity(at + 1);
        for (other, before) in rows.iter().enumerate() {
            let rest = dot64(&columns[at], &columns[other]) - dot64(&row, &before[..other]);
            row.push(rest / before[other]);
        }
        let moment = dot64(&columns[at], &columns[at]);
        let ridge = if at + 1 < count { RIDGE * moment } else { 0.0 };
        let rest = moment + ridge - dot64(&row, &row);
        // A column that says nothing of its own gets no factor.
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
    use std::path::Path;

    use super::super::Embedder;
    use super::super::model_file::{ModelReader, write};
    use super::*;
    use crate::types::CancelToken;

    /// The default model, and the same without the estimate.
    fn models() -> [NativeEmbedder; 2] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/embedding/all-MiniLM-L6-v2.idm");
        let file = std::fs::read(path).unwrap();
        let mut reader = ModelReader::open(&file[..], file.len() as u64, "test").unwrap();
        assert!(reader.has_deviation());
        let vocabulary = reader.vocabulary().unwrap();
        let spec = reader.spec().clone();
        let plain =
            write(&spec, &vocabulary, false, |section| reader.take(section.part, usize::from(section.layer)));
        [file, plain.unwrap()].map(|file| NativeEmbedder::from_bytes(&file).unwrap())
    }

    #[test]
    fn the_mean_before_the_last_map_is_nearly_that_after_it() {
        let [estimating, plain] = models();
        // Also such as the fit has not seen the like of.
        let texts = [
            "no no no, not in the least, nobody knows it",
            "Der Zug nach K\u{f6}ln hat leider wieder einmal Versp\u{e4}tung.",
            "SELECT u.name, COUNT(*) FROM users u GROUP BY u.name HAVING COUNT(*) > 3;",
            "The harbour office asked for the papers of all three boats by the end of next week.",
        ];
        let long = "The committee moved the meeting about the budget to Thursday. ".repeat(30);
        let texts: Vec<&str> = texts.into_iter().chain([long.as_str()]).collect();
        for text in texts {
            let [one, other] = [&estimating, &plain].map(|encoder| encoder.embed(text).unwrap().vector);
            let cosine: f32 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.9985, "{text:?}: {cosine}");
            assert_ne!(one, other);
        }
        // Short ones are as they were, also beside others.
        let short = ["", "no", "lol k", "\u{1f525}\u{1f525} omg"];
        let texts = [short[0], &long, short[1], short[2], &long, &long, short[3]];
        let [one, other] =
            [&estimating, &plain].map(|encoder| encoder.embed_batch(&texts, &CancelToken::new()).unwrap());
        for (at, (one, other)) in one.iter().zip(&other).enumerate() {
            assert_eq!(one == other, short.contains(&texts[at]), "{at}");
            assert_eq!(*one, estimating.embed(texts[at]).unwrap());
        }
    }

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
    fn directions_are_those_in_which_rows_are_longest() {
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
