//! Whether a habit depends on the kind of context: whether similar contexts are treated alike.
//!
//! Invariant: the result is the same for both directions of a habit, and for any order of the contexts.

use crate::learning::tuning::neighbour::CLUSTER_SCALE;

/// The pairwise similarity of the contexts of a request.
pub(super) struct Contexts<'a> {
    /// The likeness of each pair, a square matrix row by row. The diagonal is not read.
    likenesses: &'a [f32],
    side: usize,
}

impl<'a> Contexts<'a> {
    /// `None` if the matrix does not have `side` rows and columns, or is empty.
    pub(super) fn new(likenesses: &'a [f32], side: usize) -> Option<Self> {
        (side > 0 && likenesses.len() == side * side).then_some(Self { likenesses, side })
    }

    /// How many standard deviations closer together the contexts in which a habit shows are than expected by chance.
    /// The statistic is Moran's I (Moran 1950, "Notes on continuous stochastic phenomena"), with its moments under
    /// randomization (Cliff and Ord 1981, "Spatial processes"). `shows` has distinct indexes into the matrix. `None`
    /// if there are fewer than four contexts, or if the habit shows in all or none of them.
    pub(super) fn clustering(&self, shows: &[(usize, bool)]) -> Option<f64> {
        let count = shows.len();
        let showing = shows.iter().filter(|(_, shows)| *shows).count();
        if count < 4 || showing == 0 || showing == count {
            return None;
        }
        let n = count as f64;
        let share = showing as f64 / n;
        let apart: Vec<f64> = shows.iter().map(|(_, shows)| f64::from(u8::from(*shows)) - share).collect();
        let weights = self.weights(shows);
        let at = |row: usize, column: usize| weights[row * count + column];
        let (mut together, mut all, mut squares, mut margins) = (0.0, 0.0, 0.0, 0.0);
        for row in 0..count {
            let mut margin = 0.0;
            for column in 0..count {
                all += at(row, column);
                together += at(row, column) * apart[row] * apart[column];
                squares += (at(row, column) + at(column, row)).powi(2);
                margin += at(row, column) + at(column, row);
            }
            margins += margin * margin;
        }
        squares /= 2.0;
        let second = apart.iter().map(|value| value.powi(2)).sum::<f64>();
        let fourth = apart.iter().map(|value| value.powi(4)).sum::<f64>();
        let kurtosis = n * fourth / (second * second);
        let found = n / all * together / second;
        let expected = -1.0 / (n - 1.0);
        let of_normal = n * ((n * n - 3.0 * n + 3.0) * squares - n * margins + 3.0 * all * all);
        let of_tails = kurtosis * ((n * n - n) * squares - 2.0 * n * margins + 6.0 * all * all);
        let spread = (n - 1.0) * (n - 2.0) * (n - 3.0) * all * all;
        let variance = (of_normal - of_tails) / spread - expected * expected;
        (variance > 0.0).then(|| (found - expected) / variance.sqrt())
    }

    /// The spatial weights, 0 to 1: how much each context counts for each other one. The most similar one has weight
    /// 1.
    fn weights(&self, shows: &[(usize, bool)]) -> Vec<f64> {
        let count = shows.len();
        let mut weights = vec![0.0; count * count];
        for (row, (from, _)) in shows.iter().enumerate() {
            let likeness = |to: usize| f64::from(self.likenesses[from * self.side + to]);
            let others = || shows.iter().enumerate().filter(|(column, _)| *column != row);
            let best = others().map(|(_, (to, _))| likeness(*to)).fold(f64::MIN, f64::max);
            for (column, (to, _)) in others() {
                weights[row * count + column] = ((likeness(*to) - best) / CLUSTER_SCALE).exp();
            }
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The likenesses of contexts of two kinds: the first half and the second half.
    fn of_two_kinds(side: usize) -> Vec<f32> {
        let kind = |at: usize| at * 2 / side;
        (0..side * side).map(|at| if kind(at / side) == kind(at % side) { -0.2 } else { -0.8 }).collect()
    }

    #[test]
    fn a_habit_of_one_kind_of_context_clusters_and_one_that_alternates_does_not() {
        let likenesses = of_two_kinds(12);
        let contexts = Contexts::new(&likenesses, 12).unwrap();
        let of_a_kind: Vec<_> = (0..12).map(|at| (at, at < 6)).collect();
        let in_turns: Vec<_> = (0..12).map(|at| (at, at % 2 == 0)).collect();
        let [kind, turns] = [of_a_kind, in_turns].map(|shows| contexts.clustering(&shows).unwrap());
        assert!(kind > 3.0 && turns < 0.5, "{kind} {turns}");
    }

    #[test]
    fn what_goes_one_way_or_is_seldom_met_clusters_not_at_all() {
        let likenesses = of_two_kinds(12);
        let contexts = Contexts::new(&likenesses, 12).unwrap();
        assert_eq!(contexts.clustering(&[(0, true), (1, true), (2, false)]), None);
        assert_eq!(contexts.clustering(&(0..12).map(|at| (at, true)).collect::<Vec<_>>()), None);
        assert!(Contexts::new(&likenesses, 11).is_none() && Contexts::new(&[], 0).is_none());
    }
}
