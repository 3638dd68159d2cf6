//! Relevance feedback: moves a query towards items that helped and away from those that did not.
//!
//! J. J. Rocchio, "Relevance feedback in information retrieval" (1971), with each example weighted by the inverse of
//! the probability that a person looked at its position at all (Joachims, Swaminathan and Schnabel, "Unbiased
//! learning-to-rank with biased feedback", 2017).
//!
//! Invariant: without feedback the query is unchanged; the result has unit length.

use super::tuning::rocchio::{BETA, GAMMA, POSITION_MAX};

/// The probability that a person looks at `position`, counted from 0: the inverse of its rank.
pub fn propensity(position: usize) -> f32 {
    1.0 / (position.min(POSITION_MAX - 1) + 1) as f32
}

/// An item shown to the person, and whether they used it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown<'a> {
    /// The item's vector, of unit length.
    pub vector: &'a [f32],
    /// Its position, counted from 0.
    pub position: usize,
    /// Whether the person used it.
    pub used: bool,
}

/// The query after feedback, of unit length. Used items are weighted by the inverse of their position's propensity.
/// Skipped items are weighted by the propensity itself: an item at the top was seen and not wanted, one far down may
/// never have been seen.
pub fn rocchio(query: &[f32], shown: &[Shown<'_>]) -> Vec<f32> {
    let mut moved = query.to_vec();
    for used in [true, false] {
        let weight =
            |item: &Shown<'_>| if used { 1.0 / propensity(item.position) } else { propensity(item.position) };
        let items = || shown.iter().filter(|item| item.used == used && item.vector.len() == query.len());
        let total: f32 = items().map(weight).sum();
        let share = if used { BETA } else { -GAMMA };
        for item in items() {
            let scale = share * weight(item) / total;
            moved.iter_mut().zip(item.vector).for_each(|(sum, value)| *sum += scale * value);
        }
    }
    let norm = moved.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if norm < 1e-6 {
        return query.to_vec();
    }
    for value in &mut moved {
        *value = (f64::from(*value) / norm) as f32;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn moves_towards_what_was_used_and_away_from_what_was_not() {
        let (query, good, bad) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        let used = Shown { vector: &good, position: 0, used: true };
        let not = Shown { vector: &bad, position: 0, used: false };
        let moved = rocchio(&query, &[used, not]);
        assert!(dot(&moved, &good) > 0.4 && dot(&moved, &bad) < 0.0 && dot(&moved, &query) > 0.7);
        assert!((dot(&moved, &moved) - 1.0).abs() < 1e-5);
        assert_eq!(rocchio(&query, &[]), query);
    }

    #[test]
    fn a_use_far_down_says_more_than_one_at_the_top() {
        let (query, top, low) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        let at = |vector, position| Shown { vector, position, used: true };
        let moved = rocchio(&query, &[at(&top, 0), at(&low, 7)]);
        assert!(dot(&moved, &low) > 4.0 * dot(&moved, &top));
        assert_eq!(propensity(9), propensity(500));
    }
}
