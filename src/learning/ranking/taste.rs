//! A person's taste: the weight of each axis in their choices between texts, a Bradley-Terry model (Bradley and
//! Terry 1952) over differences of style and of meaning.
//!
//! An edit holds the final against the draft, a choice the text chosen against the others. A text that was accepted,
//! rejected or rated by itself is held against the mean of all that were judged so: it tells something only where
//! others were judged otherwise.
//!
//! Two models learn side by side: one starts from the weights of people in general, the other knows nobody. Their
//! weights are mixed by how well each predicted the person's comparisons before it learned them (Bayesian model
//! averaging), so that the prior speaks for a person only as far as they turned out to agree with it.
//!
//! Invariant: a pure function of the comparisons held and the prior: nothing is accumulated, the weights are
//! computed from the newest records in their order whenever they are asked for, so that removing a record leaves
//! no trace.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde::{Deserialize, Serialize};

use crate::learning::tuning::taste;
use crate::signals::axes::{Axes, Shift};
use crate::signals::style::{AXES, PLACES, PLACES_MAX, Style, place};
use crate::signals::tuning::{axes, style};
use crate::simd::fetch;
use crate::types::{RecordId, Scope};

/// That one text was preferred to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Steps from the text that lost to the one that won, by id of the axis, ascending.
    pub steps: Vec<(u16, f32)>,
    /// How much it counts, above 0 to 1.
    pub weight: f32,
}

/// What one record says of the person's taste.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparisons {
    /// Texts held against each other.
    pub pairs: Vec<Comparison>,
    /// The style of a text that was judged by itself, and how much it counts: above 0 to 1 where the person liked it,
    /// below 0 to -1 where they did not.
    pub judged: Option<(Style, f32)>,
    /// How the meaning moved from draft to final, where the engine was told to look at that.
    pub shift: Option<Shift>,
}

/// The weight of each axis and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// By place in [`AXES`]; what lies beyond is nothing, and learns nothing.
    general: Box<[Weight; PLACES_MAX]>,
    /// The same, learned from nothing but the person's comparisons.
    own: Box<[Weight; PLACES_MAX]>,
    /// Log of the odds of `general` over `own`, from their predictions of the person's comparisons.
    odds: f64,
    /// The person's own axes of meaning.
    axes: Arc<Axes>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Weight {
    mean: f64,
    variance: f64,
}

/// All comparisons of a person.
#[derive(Debug, Default)]
pub struct Taste {
    records: BTreeMap<RecordId, Held>,
    /// Made when they are first asked for; gone when the records change.
    axes: OnceLock<Arc<Axes>>,
}

/// What one record says, for learning from it.
#[derive(Debug)]
struct Held {
    scope: Scope,
    pairs: Vec<Pair>,
    judged: Option<(Style, f32)>,
    shift: Option<Shift>,
}

/// A [`Comparison`], its axes by their place in [`AXES`]: a question reads thousands of them.
#[derive(Debug)]
struct Pair {
    places: Box<[u8]>,
    steps: Box<[f32]>,
    /// 0 to 1.
    weight: f64,
}

/// The weights that hold for people in general, by place in [`AXES`]; made by `examples/tools/fit_priors.rs`.
static PRIOR: LazyLock<[Weight; PLACES_MAX]> = LazyLock::new(|| {
    let mut weights = [Weight { mean: 0.0, variance: 0.0 }; PLACES_MAX];
    for weight in &mut weights[..AXES.len()] {
        weight.variance = taste::BETWEEN_PEOPLE;
    }
    for line in include_str!("prior.txt").lines().filter(|line| !line.starts_with('#')) {
        let row =
            line.split_once(' ').and_then(|(id, mean)| Some((id.parse().ok()?, mean.trim().parse().ok()?)));
        if let Some((id, mean)) = row
            && let Ok(place) = AXES.binary_search(&id)
        {
            weights[place].mean = mean;
        }
    }
    weights
});

/// The axis of the number of words.
const LENGTH: u16 = 101; // fixed: its id

/// The weights of nobody in particular, by place in [`AXES`].
static NOBODY: LazyLock<[Weight; PLACES_MAX]> = LazyLock::new(|| {
    let mut weights = [Weight { mean: 0.0, variance: 0.0 }; PLACES_MAX];
    for (weight, id) in weights.iter_mut().zip(AXES.iter()) {
        weight.variance = if *id == LENGTH { taste::OWN_LENGTH } else { taste::OWN };
    }
    weights
});

impl Comparison {
    /// Of two texts; `None` where they do not differ.
    pub(crate) fn of(won: &Style, lost: &Style, weight: f32) -> Option<Self> {
        let steps = won.since(lost);
        (!steps.is_empty() && weight > 0.0).then_some(Self { steps, weight })
    }
}

impl Taste {
    /// Bytes in memory, roughly.
    pub fn memory_bytes(&self) -> usize {
        let of = |held: &Held| {
            let pairs = held.pairs.iter().map(|pair| pair.places.len() + size_of_val(&*pair.steps));
            3 * size_of::<Held>() / 2
                + held.scope.text_bytes()
                + held.pairs.capacity() * size_of::<Pair>()
                + pairs.sum::<usize>()
        };
        self.records.values().map(of).sum()
    }
}

impl Comparisons {
    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.judged.is_none() && self.shift.is_none()
    }
}

/// What the style of texts says of the person's taste, by what they did with them.
impl Comparisons {
    /// A choice among several.
    pub(crate) fn chosen(won: &Style, lost: &[Style], strength: f32) -> Self {
        let weight = strength / lost.len().max(1) as f32;
        let pairs = lost.iter().filter_map(|lost| Comparison::of(won, lost, weight)).collect();
        Self { pairs, ..Self::default() }
    }

    pub(crate) fn accepted(style: Style, strength: f32) -> Self {
        Self::judged(style, taste::ACCEPTED * strength)
    }

    pub(crate) fn rejected(style: Style, strength: f32) -> Self {
        Self::judged(style, -taste::REJECTED * strength)
    }

    pub(crate) fn rated(style: Style, rating: f32, strength: f32) -> Self {
        Self::judged(style, taste::RATED * rating * strength)
    }

    fn judged(style: Style, weight: f32) -> Self {
        let judged = (weight != 0.0 && weight.is_finite()).then(|| (style, weight.clamp(-1.0, 1.0)));
        Self { judged, ..Self::default() }
    }
}

impl Taste {
    /// Takes in what a record says.
    pub fn insert(&mut self, record: RecordId, scope: Scope, comparisons: Comparisons) {
        self.axes = OnceLock::new();
        if comparisons.is_empty() {
            self.records.remove(&record);
        } else {
            let Comparisons { pairs, judged, shift } = comparisons;
            let pairs = pairs.iter().map(Pair::of).collect();
            self.records.insert(record, Held { scope, pairs, judged, shift });
        }
    }

    /// How the meaning moved in a record, where that was looked at.
    pub(crate) fn shift(&self, record: RecordId) -> Option<&Shift> {
        self.records.get(&record)?.shift.as_ref()
    }

    /// Takes a record out.
    pub fn remove(&mut self, record: RecordId) {
        self.axes = OnceLock::new();
        self.records.remove(&record);
    }

    fn axes(&self) -> &Arc<Axes> {
        self.axes.get_or_init(|| {
            // No further back than the weights look.
            let newest = self.records.values().rev().take(taste::NEWEST);
            let shifts = newest.filter_map(|held| held.shift.as_ref());
            let mut newest: Vec<&Shift> = shifts.take(axes::NEWEST).collect();
            newest.reverse();
            Arc::new(Axes::of(newest))
        })
    }

    /// The weights for a scope: the prior, moved by what the newest records say.
    pub fn weights(&self, scope: &Scope) -> Weights {
        let mut weights = Weights { axes: Arc::clone(self.axes()), ..Weights::prior() };
        let mut newest: Vec<&Held> = self.records.values().rev().take(taste::NEWEST).collect();
        newest.reverse();
        // All are asked for before any is read, so that the memory is waited for once.
        for pair in newest.iter().flat_map(|held| &held.pairs) {
            fetch(&pair.places);
            fetch(&pair.steps);
        }
        let judged = newest.iter().filter_map(|held| held.judged.as_ref());
        let mean = Style::mean(judged.map(|(style, _)| style));
        for Held { scope: theirs, pairs, judged, shift } in newest {
            let near = if scope.contains(theirs) || theirs.contains(scope) {
                1.0
            } else if scope.app.is_some() && scope.app == theirs.app {
                taste::SAME_APP
            } else {
                taste::ELSEWHERE
            };
            let moved = shift.as_ref().map_or_else(Vec::new, |shift| weights.meaning(shift));
            for pair in pairs {
                weights.take_in(pair.steps().chain(placed(&moved)), near * pair.weight);
            }
            if let Some((style, liked)) = judged {
                let steps = if *liked > 0.0 { style.since(&mean) } else { mean.since(style) };
                weights.learn(&steps, near * f64::from(liked.abs()));
            }
        }
        weights
    }
}

/// Steps along axes of meaning count as far as those of style.
fn bounded(mut steps: Vec<(u16, f32)>) -> Vec<(u16, f32)> {
    for (_, step) in &mut steps {
        *step = step.clamp(-style::STEPS_MAX, style::STEPS_MAX);
    }
    steps
}

impl Weights {
    /// Of people in general.
    pub fn prior() -> Self {
        Self { general: Box::new(*PRIOR), own: Box::new(*NOBODY), odds: 0.0, axes: Arc::default() }
    }

    /// Moves the weights by one comparison, each axis at most once in its steps: assumed density filtering with a diagonal
    /// covariance (Opper 1998), the logistic likelihood at its Laplace approximation.
    pub fn learn(&mut self, steps: &[(u16, f32)], weight: f64) {
        self.take_in(placed(steps), weight);
    }

    /// The same, by the places of the axes.
    fn take_in(&mut self, steps: impl Iterator<Item = (usize, f64)> + Clone, weight: f64) {
        let general = update(&mut self.general, steps.clone(), weight);
        let own = update(&mut self.own, steps, weight);
        self.odds = (self.odds + weight * (general / own).ln()).clamp(-taste::ODDS_MAX, taste::ODDS_MAX);
    }

    /// The share of the prior's model in the mixture. Before anything is known of the person it is 1 where the prior is
    /// known to help (`trusted`) and 0 elsewhere; there it grows only with the person's agreement.
    pub(super) fn share(&self, trusted: bool) -> f64 {
        let posterior = 2.0 * sigmoid(self.odds);
        if trusted { posterior.min(1.0) } else { (posterior - 1.0).max(0.0) }
    }

    /// The probability that the text to which the steps lead is preferred.
    #[cfg(any(test, feature = "internals"))]
    pub fn preference(&self, steps: &[(u16, f32)]) -> f64 {
        let (logit, variance) = self.moments(placed(steps));
        moderated(logit, variance)
    }

    /// The sum of the parts that the steps have in the preference.
    #[cfg(any(test, feature = "internals"))]
    pub fn logit(&self, steps: &[(u16, f32)]) -> f64 {
        self.moments(placed(steps)).0
    }

    /// The weight of an axis, in logits a step, where the prior's model has a share (0 to 1) of it.
    pub fn mean(&self, id: u16, share: f64) -> f64 {
        let place = usize::from(place(&PLACES, id));
        share * self.general[place].mean + (1.0 - share) * self.own[place].mean
    }

    /// The steps of a shift along the person's own axes of meaning, by id, ascending; their ids lie above all others.
    pub fn meaning(&self, shift: &Shift) -> Vec<(u16, f32)> {
        bounded(self.axes.steps(shift))
    }

    /// The place of a text's vector on those axes.
    pub(super) fn places(&self, vector: &[f32]) -> Vec<(u16, f32)> {
        self.axes.places(vector)
    }

    /// Mean and variance of the logit of steps, by the prior's model.
    #[cfg(any(test, feature = "internals"))]
    fn moments(&self, steps: impl Iterator<Item = (usize, f64)>) -> (f64, f64) {
        moments(&self.general, steps)
    }
}

/// Mean and variance of the logit of steps.
fn moments(weights: &[Weight; PLACES_MAX], steps: impl Iterator<Item = (usize, f64)>) -> (f64, f64) {
    steps.fold((0.0, 0.0), |(logit, variance), (place, step)| {
        let weight = &weights[place];
        (logit + weight.mean * step, variance + weight.variance * step * step)
    })
}

/// Moves weights by one comparison; the probability that they gave it before.
fn update(
    weights: &mut [Weight; PLACES_MAX],
    steps: impl Iterator<Item = (usize, f64)> + Clone,
    weight: f64,
) -> f64 {
    let (logit, variance) = moments(weights, steps.clone());
    let predicted = moderated(logit, variance);
    let error = weight * (1.0 - predicted);
    let p = sigmoid(logit);
    let curvature = weight * p * (1.0 - p);
    steps.for_each(|(place, step)| {
        let held = &mut weights[place];
        held.mean += held.variance * error * step;
        held.variance /= 1.0 + held.variance * curvature * step * step;
    });
    predicted
}

/// Steps by the places of their axes.
fn placed(steps: &[(u16, f32)]) -> impl Iterator<Item = (usize, f64)> + Clone {
    let places = &**PLACES;
    steps.iter().map(|(id, step)| (usize::from(place(places, *id)), f64::from(*step)))
}

impl Pair {
    fn of(comparison: &Comparison) -> Self {
        let Comparison { steps, weight } = comparison;
        Self {
            places: steps.iter().map(|(id, _)| place(&PLACES, *id)).collect(),
            steps: steps.iter().map(|(_, step)| *step).collect(),
            weight: f64::from(weight.clamp(0.0, 1.0)),
        }
    }

    fn steps(&self) -> impl Iterator<Item = (usize, f64)> + Clone {
        self.places.iter().zip(&self.steps).map(|(place, step)| (usize::from(*place), f64::from(*step)))
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// A logit's probability, drawn towards one half by what is uncertain.
fn moderated(logit: f64, variance: f64) -> f64 {
    sigmoid(logit / (1.0 + std::f64::consts::PI / 8.0 * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::comparisons;
    use crate::signals::style::NO_AXIS;
    use crate::types::{Record, Signal};

    #[test]
    fn every_axis_has_a_place() {
        assert!(AXES.len() < usize::from(NO_AXIS) && AXES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(AXES.iter().enumerate().all(|(at, id)| usize::from(place(&PLACES, *id)) == at));
        let mut weights = Weights::prior();
        let unknown = [(0, 1.0), (9_000, 1.0), (u16::MAX, 1.0)];
        weights.learn(&unknown, 1.0);
        assert_eq!((weights.logit(&unknown), weights), (0.0, Weights::prior()));
    }

    fn longer(step: f32) -> Comparisons {
        let pairs = vec![Comparison { steps: vec![(101, step)], weight: 1.0 }];
        Comparisons { pairs, ..Comparisons::default() }
    }

    #[test]
    fn a_persons_own_choices_move_the_prior() {
        let mut taste = Taste::default();
        let here = Scope::app("mail");
        assert_eq!(taste.weights(&here), Weights::prior());
        let before = taste.weights(&here).preference(&[(101, 1.0)]);
        for id in 1..40 {
            taste.insert(RecordId(id), here.clone(), longer(1.5));
        }
        let (near, far) = (taste.weights(&here), taste.weights(&Scope::app("chat")));
        let after = near.preference(&[(101, 1.0)]);
        assert!(after > 0.55 && after > before + 0.1, "{before} then {after}");
        assert!(near.mean(101, 0.0) > far.mean(101, 0.0), "elsewhere it counts for less");
    }

    #[test]
    fn removing_leaves_no_trace() {
        let mut taste = Taste::default();
        let mut never = Taste::default();
        for id in 1..20u64 {
            let comparison = longer(id as f32 / 10.0 - 1.0);
            taste.insert(RecordId(id), Scope::person(), comparison.clone());
            if id % 3 == 0 {
                never.insert(RecordId(id), Scope::person(), comparison);
            }
        }
        for id in (1..20).filter(|id| id % 3 != 0) {
            taste.remove(RecordId(id));
        }
        assert_eq!(taste.weights(&Scope::person()), never.weights(&Scope::person()));
    }

    fn record(signal: Signal) -> Record {
        Record {
            at: crate::types::Timestamp(0),
            scope: Scope::person(),
            context: "c".into(),
            signal,
            strength: 1.0,
            reason: String::new(),
            applied: Vec::new(),
            supplied: None,
        }
    }

    #[test]
    fn texts_judged_by_themselves_are_held_against_each_other() {
        let (short, long) = (
            "The hall is free.",
            "The hall is free on Monday and, as far as anybody can tell by now, after it.",
        );
        let accept = comparisons(&record(Signal::Accept { text: short.into() }));
        let reject = comparisons(&record(Signal::Reject { text: long.into() }));
        let rated = comparisons(&record(Signal::Rating { text: long.into(), rating: -1.0 }));
        assert!(comparisons(&record(Signal::Rating { text: long.into(), rating: 0.0 })).is_empty());
        let brevity = |said: &[&Comparisons]| {
            let mut taste = Taste::default();
            for (id, said) in (1..).zip(said) {
                taste.insert(RecordId(id), Scope::person(), (*said).clone());
            }
            taste.weights(&Scope::person()).logit(&Style::of(short).since(&Style::of(long)))
        };
        let before = brevity(&[]);
        let alike = brevity(&[&accept, &accept, &accept]);
        assert!((alike - before).abs() < 1e-6, "nothing to tell them apart by: {alike}, not {before}");
        assert!(brevity(&[&accept, &reject, &accept, &reject]) > before + 0.1);
        assert!(brevity(&[&accept, &rated, &accept, &rated]) > before + 0.1);
        assert!(brevity(&[&reject, &accept]) > before);
    }

    #[test]
    fn edits_that_move_the_meaning_one_way_give_that_way_a_weight() {
        let mut taste = Taste::default();
        let mut never = Taste::default();
        let shift = |x: f32| Shift::between(&[0.0, 0.0, 1.0], &[x, 0.0, 0.8]).expect("it moves");
        for id in 1..9u64 {
            let said = Comparisons { shift: Some(shift(0.3)), ..longer(0.1) };
            taste.insert(RecordId(id), Scope::person(), said.clone());
            if id > 1 {
                never.insert(RecordId(id), Scope::person(), said);
            }
        }
        let weights = taste.weights(&Scope::person());
        let steps = weights.meaning(&shift(0.3));
        assert!(weights.logit(&steps) > 0.2, "{steps:?}");
        assert!(weights.logit(&weights.meaning(&shift(-0.3))) < weights.logit(&steps));
        taste.remove(RecordId(1));
        assert_eq!(taste.weights(&Scope::person()), never.weights(&Scope::person()));
    }
}
