//! A person's taste: the weight of each axis in their choices between texts, a Bradley-Terry model (Bradley and
//! Terry 1952) over differences of style.
//!
//! Invariant: a pure function of the comparisons held and the prior: nothing is accumulated, the weights are
//! computed from the newest records in their order whenever they are asked for, so that removing a record leaves
//! no trace.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::preference::ranking::logistic::{self, sigmoid};
use crate::preference::ranking::style::Style;
use crate::store::{Record, Signal};
use crate::types::{RecordId, Scope};

/// That one text was preferred to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Steps from the text that lost to the one that won, by id of the axis, ascending.
    pub steps: Vec<(u16, f32)>,
    /// How much it counts, above 0 to 1.
    pub weight: f32,
}

/// The weight of each axis and how sure it is, by id of the axis, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<(u16, Weight)>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Weight {
    mean: f64,
    variance: f64,
}

/// All comparisons of a person.
#[derive(Debug, Default)]
pub struct Taste(BTreeMap<RecordId, (Scope, Vec<Comparison>)>);

/// Variance between people of an axis's weight.
const BETWEEN_PEOPLE: f64 = 0.04;
/// The newest records that are looked at.
const NEWEST: usize = 256;
/// What a record from outside the scope counts, and one that shares the app.
const ELSEWHERE: f64 = 0.25;
const SAME_APP: f64 = 0.5;
/// Other candidates that a chosen one is compared with.
const MOST_OTHERS: usize = 16;

/// The weights that hold for people in general, by id of the axis; made by `examples/fit_ranking.rs`.
static PRIOR: LazyLock<Vec<(u16, Weight)>> = LazyLock::new(|| {
    let row = |line: &str| {
        let (id, mean) = line.split_once(' ')?;
        Some((id.parse().ok()?, Weight { mean: mean.trim().parse().ok()?, variance: BETWEEN_PEOPLE }))
    };
    let mut rows: Vec<(u16, Weight)> =
        include_str!("prior.txt").lines().filter(|line| !line.starts_with('#')).filter_map(row).collect();
    rows.sort_by_key(|(id, _)| *id);
    rows
});

impl Weight {
    /// Of an axis that nothing is known of.
    const UNKNOWN: Self = Self { mean: 0.0, variance: BETWEEN_PEOPLE };
}

impl Comparison {
    /// Of two texts; `None` where they do not differ.
    pub(crate) fn of(won: &Style, lost: &Style, weight: f32) -> Option<Self> {
        let steps = won.since(lost);
        (!steps.is_empty() && weight > 0.0).then_some(Self { steps, weight })
    }
}

/// What a record says of texts held against each other.
pub fn comparisons(record: &Record) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut compare =
        |won: &Style, lost: &str, weight: f32| found.extend(Comparison::of(won, &Style::of(lost), weight));
    match &record.signal {
        Signal::Edit { draft, edited } if !draft.trim().is_empty() => {
            compare(&Style::of(edited), draft, record.strength);
        }
        Signal::Choice { candidates, chosen } => {
            let Some(text) = candidates.get(*chosen as usize) else { return found };
            let won = Style::of(text);
            let others = candidates.iter().enumerate().filter(|(at, _)| *at != *chosen as usize);
            let others: Vec<&String> = others.map(|(_, text)| text).take(MOST_OTHERS).collect();
            let weight = record.strength / others.len().max(1) as f32;
            for other in others {
                compare(&won, other, weight);
            }
        }
        // One text by itself was held against nothing.
        _ => {}
    }
    found
}

impl Taste {
    /// Takes in what a record compares.
    pub fn insert(&mut self, record: RecordId, scope: Scope, comparisons: Vec<Comparison>) {
        if comparisons.is_empty() {
            self.0.remove(&record);
        } else {
            self.0.insert(record, (scope, comparisons));
        }
    }

    /// Takes a record out.
    pub fn remove(&mut self, record: RecordId) {
        self.0.remove(&record);
    }

    /// The weights for a scope: the prior, moved by the newest comparisons.
    pub fn weights(&self, scope: &Scope) -> Weights {
        let mut weights = Weights::prior();
        let newest: Vec<_> = self.0.values().rev().take(NEWEST).collect();
        for (theirs, comparisons) in newest.into_iter().rev() {
            let near = if scope.contains(theirs) || theirs.contains(scope) {
                1.0
            } else if scope.app.is_some() && scope.app == theirs.app {
                SAME_APP
            } else {
                ELSEWHERE
            };
            for comparison in comparisons {
                weights.learn(&comparison.steps, near * f64::from(comparison.weight.clamp(0.0, 1.0)));
            }
        }
        weights
    }
}

impl Weights {
    /// Of people in general.
    pub fn prior() -> Self {
        Self(PRIOR.clone())
    }

    /// Moves the weights by one comparison, its steps by id, ascending: assumed density filtering with a diagonal
    /// covariance (Opper 1998), the logistic likelihood at its Laplace approximation.
    pub fn learn(&mut self, steps: &[(u16, f32)], weight: f64) {
        let (logit, variance) = self.moments(steps);
        let error = weight * (1.0 - moderated(logit, variance));
        let p = sigmoid(logit);
        let curvature = weight * p * (1.0 - p);
        let mut at = 0;
        for (id, step) in steps {
            let step = f64::from(*step);
            at += self.0[at..].iter().take_while(|(held, _)| held < id).count();
            if self.0.get(at).is_none_or(|(held, _)| held != id) {
                self.0.insert(at, (*id, Weight::UNKNOWN));
            }
            let held = &mut self.0[at].1;
            held.mean += held.variance * error * step;
            held.variance = 1.0 / (1.0 / held.variance + curvature * step * step);
        }
    }

    /// The probability that the text to which the steps lead is preferred.
    pub fn preference(&self, steps: &[(u16, f32)]) -> f64 {
        let (logit, variance) = self.moments(steps);
        moderated(logit, variance)
    }

    /// The sum of the parts that the steps have in the preference.
    pub fn logit(&self, steps: &[(u16, f32)]) -> f64 {
        self.moments(steps).0
    }

    /// The weight of an axis, in logits a step.
    pub fn mean(&self, id: u16) -> f64 {
        self.0.binary_search_by_key(&id, |(held, _)| *held).map_or(0.0, |at| self.0[at].1.mean)
    }

    /// Mean and variance of the logit of steps by id, ascending.
    fn moments(&self, steps: &[(u16, f32)]) -> (f64, f64) {
        let (mut logit, mut variance) = (0.0, 0.0);
        let mut held = self.0.iter().peekable();
        for (id, step) in steps {
            let step = f64::from(*step);
            while held.next_if(|(held, _)| held < id).is_some() {}
            let weight = held.next_if(|(held, _)| held == id).map_or(Weight::UNKNOWN, |(_, weight)| *weight);
            logit += weight.mean * step;
            variance += weight.variance * step * step;
        }
        (logit, variance)
    }
}

/// A logit's probability, drawn towards one half by what is uncertain.
fn moderated(logit: f64, variance: f64) -> f64 {
    sigmoid(logit / (1.0 + std::f64::consts::PI / 8.0 * variance).sqrt())
}

/// Fits the prior from the steps of many people's edits, `ridge` being the precision of each weight about zero.
pub fn fit_prior(edits: &[Vec<(u16, f32)>], ridge: f64) -> Vec<(u16, f64)> {
    let mut ids: Vec<u16> = edits.iter().flatten().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let example = |steps: &Vec<(u16, f32)>| {
        let mut inputs = vec![0.0; ids.len()];
        for (id, step) in steps {
            if let Ok(at) = ids.binary_search(id) {
                inputs[at] = f64::from(*step);
            }
        }
        logistic::Example { inputs, came_true: true, weight: 1.0 }
    };
    let examples: Vec<_> = edits.iter().map(example).collect();
    let fit = logistic::fit(&examples, &vec![ridge; ids.len()]);
    ids.into_iter().zip(fit.mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longer(step: f32) -> Comparison {
        Comparison { steps: vec![(101, step)], weight: 1.0 }
    }

    #[test]
    fn a_persons_own_choices_move_the_prior() {
        let mut taste = Taste::default();
        let here = Scope::app("mail");
        assert_eq!(taste.weights(&here), Weights::prior());
        let before = taste.weights(&here).preference(&[(101, 1.0)]);
        for id in 1..40 {
            taste.insert(RecordId(id), here.clone(), vec![longer(1.5)]);
        }
        let (near, far) = (taste.weights(&here), taste.weights(&Scope::app("chat")));
        let after = near.preference(&[(101, 1.0)]);
        assert!(after > 0.55 && after > before + 0.1, "{before} then {after}");
        assert!(near.mean(101) > far.mean(101), "elsewhere it counts for less");
    }

    #[test]
    fn removing_leaves_no_trace() {
        let mut taste = Taste::default();
        let mut never = Taste::default();
        for id in 1..20u64 {
            let comparison = longer(id as f32 / 10.0 - 1.0);
            taste.insert(RecordId(id), Scope::person(), vec![comparison.clone()]);
            if id % 3 == 0 {
                never.insert(RecordId(id), Scope::person(), vec![comparison]);
            }
        }
        for id in (1..20).filter(|id| id % 3 != 0) {
            taste.remove(RecordId(id));
        }
        assert_eq!(taste.weights(&Scope::person()), never.weights(&Scope::person()));
    }
}
