//! Diversity: maximal marginal relevance (Carbonell and Goldstein 1998).
//!
//! Invariant: the first item is always the most relevant one; with a `variety` of 0 the order is that of relevance.

/// Indexes of up to `k` items in the order in which they are chosen. The next item is always the one with the
/// greatest `(1 - variety) * relevance - variety * (greatest similarity to a chosen item)`, ties by index. `variety`
/// is 0 to 1.
pub fn diverse(
    relevance: &[f32],
    similarity: &dyn Fn(usize, usize) -> f32,
    variety: f32,
    k: usize,
) -> Vec<usize> {
    let mut left: Vec<(usize, f32)> = (0..relevance.len()).map(|at| (at, f32::NEG_INFINITY)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < k && !left.is_empty() {
        let worth = |&(at, nearest): &(usize, f32)| {
            let likeness = if nearest.is_finite() { nearest } else { 0.0 };
            let variety = if chosen.is_empty() { 0.0 } else { variety };
            (1.0 - variety) * relevance[at] - variety * likeness
        };
        let mut best = 0;
        for next in 1..left.len() {
            if worth(&left[next]).total_cmp(&worth(&left[best])).is_gt() {
                best = next;
            }
        }
        let (at, _) = left.remove(best);
        chosen.push(at);
        for (other, nearest) in &mut left {
            *nearest = nearest.max(similarity(at, *other));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_gives_way_to_something_new() {
        let relevance = [0.9, 0.89, 0.6];
        let same = |a: usize, b: usize| if a.max(b) < 2 { 1.0 } else { 0.1 };
        assert_eq!(diverse(&relevance, &same, 0.5, 3), [0, 2, 1]);
        assert_eq!(diverse(&relevance, &same, 0.0, 2), [0, 1]);
        assert_eq!(diverse(&[0.1, 0.7], &same, 1.0, 1), [1], "the most relevant first, whatever the variety");
        assert!(diverse(&[], &same, 0.5, 3).is_empty());
    }
}
