//! The measures, by their standard definitions.
//!
//! Invariant: every function is total; an undefined measure (no variance, nothing relevant) is 0.

/// Spearman's rank correlation; ties get their mean rank.
pub(crate) fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let tied = order[start..].iter().take_while(|at| values[**at] == values[order[start]]).count().max(1);
        let rank = start as f64 + (tied as f64 - 1.0) / 2.0;
        order[start..start + tied].iter().for_each(|at| ranks[*at] = rank);
        start += tied;
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let mut sums = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        sums = (sums.0 + a * b, sums.1 + a * a, sums.2 + b * b);
    }
    let spread = (sums.1 * sums.2).sqrt();
    if spread > 0.0 { sums.0 / spread } else { 0.0 }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Normalized discounted cumulative gain of the first `k`, with linear (not exponential) gains: `ranked` contains the
/// gain of each result in order, `all` all existing gains.
pub(crate) fn ndcg(ranked: &[f64], all: &[f64], k: usize) -> f64 {
    let discounted = |gains: &[f64]| -> f64 {
        gains.iter().take(k).enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum()
    };
    let mut ideal = all.to_vec();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&ideal);
    if best > 0.0 { discounted(ranked) / best } else { 0.0 }
}

/// The share of relevant documents among the first `k`.
pub(crate) fn recall(ranked: &[f64], all: &[f64], k: usize) -> f64 {
    let relevant = |gains: &[f64]| gains.iter().filter(|gain| **gain > 0.0).count() as f64;
    let total = relevant(all);
    if total > 0.0 { relevant(&ranked[..k.min(ranked.len())]) / total } else { 0.0 }
}

/// The inner product, which is the cosine for unit vectors.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight partial sums, which the compiler vectorizes.
    let mut sums = [0f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for at in 0..8 {
            sums[at] += a[at] * b[at];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Recall at 1, 5 and 10 and mean reciprocal rank, from the rank (from 1) of the one right item of each query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranking {
    pub(crate) at: [f64; 3],
    pub(crate) mrr: f64,
}

impl Ranking {
    pub(crate) fn of(ranks: &[usize]) -> Self {
        let share =
            |k: usize| mean(&ranks.iter().map(|rank| f64::from(u8::from(*rank <= k))).collect::<Vec<_>>());
        let mrr = mean(&ranks.iter().map(|rank| 1.0 / (*rank).max(1) as f64).collect::<Vec<_>>());
        Self { at: [share(1), share(5), share(10)], mrr }
    }
}
