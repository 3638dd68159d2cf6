//! Estimates the divisor of the last layer norm per token, so that the linear map before it runs once per text instead
//! of once per token.
//!
//! The vector of a text is the mean of `norm(y + D g + b)` over its tokens, with `y` the input of the feed-forward
//! part, `g` its inner values, and `D` and `b` its last linear map. Everything but the deviation `s` that the norm
//! divides by is linear and commutes with the mean:
//!
//! ```text
//! mean_t norm(y_t + D g_t + b) = weight * centred(sum_t y_t / s_t + D sum_t g_t / s_t + b sum_t 1 / s_t) / n + bias
//! ```
//!
//! `D` takes a third of a layer's multiply-adds. The square of `s` is estimated by least squares from `y`, from the
//! part of its square outside a few directions in which the sum varies most, and from the sum's projections on these
//! directions, each of which costs an inner product of the length of `g` instead of the whole of `D`.
//!
//! Invariant: as [`super::math`]. Fitting the coefficients is left to `convert/deviation.rs`.

use super::linear::Groups;
use super::math::{dot, dots, sum};
use crate::simd::Lanes;

/// Number of directions on which the sum is projected.
pub(super) const DIRECTIONS: usize = 4;
/// Number of scalar coefficients before the minimum: offsets, factors of the squared and of the plain projections,
/// factor of the remainder, constant.
pub(super) const FEW: usize = 3 * DIRECTIONS + 2;

/// The coefficients of the estimate, rows padded like the encoder's.
#[derive(Debug)]
pub(super) struct Deviation {
    /// Rows that project a state on the directions.
    states: Vec<f32>,
    /// Rows that project the inner values.
    inners: Vec<f32>,
    /// Factors of the state's values.
    values: Vec<f32>,
    offsets: [f32; DIRECTIONS],
    squares: [f32; DIRECTIONS],
    projections: [f32; DIRECTIONS],
    rest: f32,
    constant: f32,
    least: f32,
    width: usize,
    eps: f32,
}

/// Number of coefficients for `hidden` values per token and `intermediate` inner values.
pub(super) fn count(hidden: usize, intermediate: usize) -> usize {
    DIRECTIONS * (hidden + intermediate) + hidden + FEW + 1
}

impl Deviation {
    /// From its [`count`] coefficients: a row over the state for each direction, a row over the inner values for each,
    /// a factor for each state value, offsets, factors of the squared projections, of the projections, of the
    /// remainder, the constant, the minimum sum of squares.
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
            projections: each(2 * DIRECTIONS),
            rest: numbers[3 * DIRECTIONS],
            constant: numbers[3 * DIRECTIONS + 1],
            least: numbers[FEW].max(0.0),
            width: hidden,
            eps,
        }
    }

    /// The estimated inverse deviation of a token.
    #[inline(always)]
    pub(super) fn inverse<L: Lanes>(&self, state: &[f32], inner: &[f32]) -> f32 {
        let of_state = dots::<L, DIRECTIONS>(state, &self.states);
        let of_inner = dots::<L, DIRECTIONS>(inner, &self.inners);
        let total = sum::<L>(state);
        let mut rest = dot::<L>(state, state) - total * total / self.width as f32;
        let mut square = self.constant + dot::<L>(state, &self.values);
        for at in 0..DIRECTIONS {
            let projection = of_state[at] + of_inner[at] + self.offsets[at];
            square += projection * (projection * self.squares[at] + self.projections[at]);
            rest -= of_state[at] * of_state[at];
        }
        square += rest * self.rest;
        let deviation = (square.max(self.least) / self.width as f32 + self.eps).sqrt();
        if deviation > 0.0 { 1.0 / deviation } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::embedding::model_file::{ModelReader, write};
    use crate::embedding::{Embedder, NativeEmbedder};
    use crate::types::CancelToken;

    /// The default model, with and without the estimate.
    fn models() -> [NativeEmbedder; 2] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
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
    fn the_mean_before_the_last_map_approximates_the_one_after_it() {
        let [estimating, plain] = models();
        // Includes kinds of text that the fit has not seen.
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
        // Short texts are unaffected, also in a batch.
        let short = ["", "no", "lol k", "\u{1f525}\u{1f525} omg"];
        let texts = [short[0], &long, short[1], short[2], &long, &long, short[3]];
        let [one, other] =
            [&estimating, &plain].map(|encoder| encoder.embed_batch(&texts, &CancelToken::new()).unwrap());
        for (at, (one, other)) in one.iter().zip(&other).enumerate() {
            assert_eq!(one == other, short.contains(&texts[at]), "{at}");
            assert_eq!(*one, estimating.embed(texts[at]).unwrap());
        }
    }
}
