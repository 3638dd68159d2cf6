//! Regularizes the score of each item found by the scores of the items most similar to it: texts on the same subject
//! are likely to be relevant together (F. Diaz, "Regularizing ad hoc retrieval scores", 2005).
//!
//! Invariant: a score stays between the lowest and the highest input score, and is unchanged for an item without
//! neighbours.

use super::tuning::regularization::{HALF_BYTES, NEIGHBOURS, SHARE};

/// Moves each score towards those of its nearest items. `bytes` is the length of each text; `cosines` has one value
/// per pair, a square matrix row by row.
pub(super) fn regularize(scores: &mut [f32], bytes: &[f32], cosines: &[f32]) {
    let before = scores.to_vec();
    let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(NEIGHBOURS);
    for (at, (score, cosines)) in scores.iter_mut().zip(cosines.chunks_exact(before.len().max(1))).enumerate()
    {
        nearest.clear();
        for (other, &cosine) in cosines.iter().enumerate() {
            let is_near = nearest.len() < NEIGHBOURS || cosine > nearest[NEIGHBOURS - 1].0;
            if is_near && cosine > 0.0 && other != at {
                nearest.truncate(NEIGHBOURS - 1);
                nearest.insert(nearest.partition_point(|near| near.0 >= cosine), (cosine, other));
            }
        }
        let pull = |&(cosine, other): &(f32, usize)| {
            let shorter = bytes[at].min(bytes[other]);
            cosine.min(1.0) * shorter / (shorter + HALF_BYTES) * (before[other] - before[at])
        };
        *score += SHARE / NEIGHBOURS as f32 * nearest.iter().map(pull).sum::<f32>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: f32 = 1e9;

    fn close(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-5
    }

    #[test]
    fn one_among_good_ones_gains_and_one_alone_keeps_its_score() {
        #[rustfmt::skip]
        let cosines = [
            1.0, 0.6, 0.0, -0.2,
            0.6, 1.0, 0.0, 0.0,
            0.0, 0.0, 1.0, 0.0,
            -0.2, 0.0, 0.0, 1.0,
        ];
        let of = |bytes| {
            let mut scores = [0.9, 0.3, 0.5, 0.1];
            regularize(&mut scores, &[bytes, LONG, LONG, LONG], &cosines);
            scores
        };
        let expected = [0.9 - 0.03, 0.3 + 0.03, 0.5, 0.1];
        assert!(of(LONG).into_iter().zip(expected).all(|(score, expected)| close(score, expected)));
        let expected = [0.9 - 0.015, 0.3 + 0.015, 0.5, 0.1];
        assert!(of(HALF_BYTES).into_iter().zip(expected).all(|(score, expected)| close(score, expected)));
        assert!(close(of(0.0)[0], 0.9) && close(of(0.0)[1], 0.3));
    }

    #[test]
    fn only_the_nearest_count() {
        let count = NEIGHBOURS + 3;
        let mut cosines = vec![0.5; count * count];
        cosines[1] = 0.1;
        cosines[2] = 0.2;
        let mut scores = vec![0.6; count];
        scores[1..3].fill(-9.0);
        regularize(&mut scores, &vec![LONG; count], &cosines);
        assert!(close(scores[0], 0.6), "the two that are far worse are the farthest");
        assert!(scores[3] < 0.0, "all are as near to this one, and the first of them count");
    }

    #[test]
    fn an_item_is_no_neighbour_of_its_own() {
        let count = NEIGHBOURS + 1;
        let mut cosines = vec![0.6; count * count];
        (0..count).for_each(|at| cosines[at * count + at] = 1.0);
        let mut scores = vec![0.5; count];
        scores[NEIGHBOURS] = 0.0;
        regularize(&mut scores, &vec![LONG; count], &cosines);
        assert!(close(scores[0], 0.5 - 0.15 / NEIGHBOURS as f32), "the last of the others counts, too");
    }

    #[test]
    fn nothing_found_is_nothing_to_do() {
        regularize(&mut [], &[], &[]);
    }
}
