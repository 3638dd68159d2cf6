//! The estimate of one feature in one situation: a normal distribution of the mean change.
//!
//! The model is hierarchical: people in general, the person, and their scopes from wide to narrow. The estimate for
//! the wider situation is the prior of the narrower one. The strength of that prior follows from the evidence
//! (empirical Bayes). If the changes scatter more than a single habit explains, habits differ between the parts of
//! the wider situation, and its prior is weaker.
//!
//! Invariant: no item of evidence is counted twice. The prior of a part is made without the evidence of that part.

use std::borrow::Borrow;

use crate::learning::learner::prior::Prior;
use crate::learning::learner::sums::Sums;
use crate::learning::tuning::prior::SCATTER;
use crate::learning::tuning::{belief, discovery};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief {
    pub(super) mean: f64,
    /// Variance of the mean.
    variance: f64,
    /// Variance of a single change about the mean.
    scatter: f64,
    informed: bool,
}

impl Belief {
    /// Computed from the sums of a feature along a chain of situations, widest first. Each situation is part of the
    /// one before it.
    pub(super) fn of_chain<S: Borrow<Sums>>(feature: u16, chain: &[S]) -> Self {
        let Prior { mean, variance } = Prior::of(feature);
        let mut belief = Self { mean, variance, scatter: SCATTER, informed: false };
        for (at, sums) in chain.iter().map(S::borrow).enumerate() {
            belief = match chain.get(at + 1) {
                Some(part) => belief.updated(&sums.without(part.borrow())),
                None => belief.updated(sums),
            };
        }
        belief
    }

    fn updated(self, sums: &Sums) -> Self {
        if sums.weight < 1e-6 {
            return self;
        }
        let scatter = scatter(sums);
        let likelihood = sums.weight / scatter;
        let apart = if self.informed {
            belief::PARTS_VARIANCE_MIN + belief::EXCESS_SHARE * (self.scatter - SCATTER).max(0.0)
        } else {
            0.0
        };
        let prior = 1.0 / (self.variance + apart);
        let precision = prior + likelihood;
        let mean = (self.mean * prior + sums.sum / scatter) / precision;
        Self { mean, variance: 1.0 / precision, scatter, informed: true }
    }

    pub(super) fn error(&self) -> f64 {
        self.variance.sqrt()
    }

    pub(super) fn more(&self) -> bool {
        self.mean > 0.0
    }

    /// Probability that the mean change has this direction.
    pub(super) fn confidence(&self, more: bool) -> f64 {
        normal_cdf(if more { self.mean } else { -self.mean } / self.error())
    }

    /// Whether the evidence is sufficient to state a preference. `decisive` is the evidence that it is based on, and
    /// `support` the number of changes in its direction.
    pub(super) fn holds(&self, decisive: &Sums, support: u32) -> bool {
        self.mean.abs() >= belief::EFFECT_MIN
            && support >= belief::SUPPORT_MIN
            && decisive.agreement(self.more()) >= belief::AGREEMENT_MIN
            && self.confidence(self.more()) >= belief::CONFIDENCE_MIN
            && chance(decisive, self.more()) <= belief::CHANCE_MAX
    }
}

/// An estimate of the share of features in which the person has no preferred direction, over all features of a scope.
///
/// Many features are tested at once, and some changes go one way by chance. If most features have no direction, a
/// single one needs clearer evidence. If most have one, few occasions are sufficient. This is empirical Bayes (Efron,
/// "Large-Scale Inference", 2010): the share of true null hypotheses, and the local false discovery rate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Undirected {
    /// Sum of two-sided p-values. Their mean is 1/2 for features without a direction.
    p: f64,
    features: f64,
}

impl Undirected {
    /// Counts the changes of one feature.
    pub(super) fn note(&mut self, sums: &Sums) {
        if sums.sides[0].count + sums.sides[1].count >= discovery::CHANGES_MIN {
            let more = sums.sides[1].weight > sums.sides[0].weight;
            self.p += (2.0 * chance(sums, more)).min(1.0);
            self.features += 1.0;
        }
    }

    fn share(&self) -> f64 {
        let seen = (discovery::NULL_SHARE * discovery::NULL_FEATURES + 2.0 * self.p)
            / (discovery::NULL_FEATURES + self.features);
        seen.min(discovery::NULL_SHARE_MAX)
    }

    /// Whether the changes have a direction, rather than going mostly one way by chance.
    pub(super) fn discovers(&self, sums: &Sums, more: bool) -> bool {
        let all = sums.sides[0].count + sums.sides[1].count;
        if all > 60 {
            return true;
        }
        let most = f64::from(all) * sums.agreement(more);
        let misses = all - most.round() as u32;
        let most = f64::from(all - misses);
        // Bayes factor of either direction against a fair coin: 6/2 2^n B(most + 6, misses + 1).
        let mut odds = discovery::DIRECTED / 2.0 * 2f64.powi(all as i32) / (most + discovery::DIRECTED);
        for miss in 1..=misses {
            odds *= f64::from(miss) / (most + discovery::DIRECTED + f64::from(miss));
        }
        let none = self.share();
        none <= discovery::RATE_MAX * (none + (1.0 - none) * odds)
    }
}

/// Sign test: the mid-p value of at least so many changes in one direction, if both are equally likely.
fn chance(sums: &Sums, more: bool) -> f64 {
    // The split of the changes follows their weight, so that distant neighbours count little.
    let all = sums.sides[0].count + sums.sides[1].count;
    let most = (f64::from(all) * sums.agreement(more)).round() as u32;
    let less = all - most;
    if all > 60 {
        let z = f64::from(most) - f64::from(all) / 2.0;
        return normal_cdf(-z / (f64::from(all) / 4.0).sqrt());
    }
    // Sums the upper tail of the binomial distribution, beginning at its end.
    let (mut ways, mut tail) = (1.0, 0.0);
    for misses in 0..=less {
        tail += if misses == less { ways / 2.0 } else { ways };
        ways *= f64::from(all - misses) / f64::from(misses + 1);
    }
    tail / 2f64.powi(all as i32)
}

fn scatter(sums: &Sums) -> f64 {
    let about_mean = (sums.square - sums.sum * sums.sum / sums.weight).max(0.0);
    (belief::SCATTER_ITEMS * SCATTER + about_mean) / (belief::SCATTER_ITEMS + sums.weight)
}

/// The standard normal distribution function, by formula 26.2.17 of Abramowitz and Stegun (error below 1e-7).
fn normal_cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let polynomial = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * polynomial;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toss_of_a_coin() {
        let of = |less: u32, more: u32| {
            let mut sums = Sums::default();
            (sums.sides[0].count, sums.sides[1].count) = (less, more);
            (sums.sides[0].weight, sums.sides[1].weight) = (f64::from(less), f64::from(more));
            chance(&sums, true)
        };
        for (less, more, p) in
            [(0, 3, 0.0625), (1, 5, 0.0625), (2, 8, 0.032_715), (3, 7, 0.113_281), (5, 5, 0.5)]
        {
            assert!((of(less, more) - p).abs() < 1e-5, "{less} to {more}");
        }
        assert!((of(30, 31) - 0.5).abs() < 0.06 && of(20, 45) < 0.01);
    }

    #[test]
    fn normal_cdf_matches_the_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_345), (1.644_854, 0.95), (-2.0, 0.022_750)] {
            assert!((normal_cdf(z) - p).abs() < 1e-5);
        }
    }
}
