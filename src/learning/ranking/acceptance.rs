//! How likely a person is to take an offered change: their habits by scope, pooled with the whole person, the
//! kind and size of the change, and their mood of late.
//!
//! Invariant: a pure function of the newest decisions, in their order, and of the offer.

use std::collections::VecDeque;

use crate::document::words;
use crate::learning::ranking::logistic::{self, Example};
use crate::types::Scope;

/// An offered change.
#[derive(Debug, Clone)]
pub struct Offer {
    scope: Scope,
    kind: usize,
    before: f64,
    after: f64,
}

/// The decisions of a person, in the order in which they came.
#[derive(Debug, Default)]
pub struct Acceptance(VecDeque<(Offer, f64, bool)>);

/// Decisions that are looked at.
const NEWEST: usize = 300;
/// Decisions that make the mood.
const MOOD: usize = 5;
/// Precisions of the weights: person, mood, last decision, length before, length after, insertion, deletion.
const COMMON: [f64; 7] = [6.0, 4.0, 6.0, 8.0, 8.0, 8.0, 8.0];
/// Of each scope's own part.
const SCOPE: f64 = 4.0;

impl Offer {
    /// To put `after` in the place of `before`; either may be empty.
    pub fn new(scope: Scope, before: &str, after: &str) -> Self {
        let (before, after) = (words(before).len(), words(after).len());
        let kind = usize::from(before == 0) + 2 * usize::from(after == 0 && before > 0);
        Self { scope, kind, before: (before as f64).ln_1p(), after: (after as f64).ln_1p() }
    }
}

impl Acceptance {
    /// The probability that the person takes the offer.
    pub fn predict(&self, offer: &Offer) -> f64 {
        let mut scopes: Vec<&Scope> = self.0.iter().map(|(offer, ..)| &offer.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let inputs = |offer: &Offer, mood: f64, last: f64| {
            let flag = |is: bool| f64::from(u8::from(is));
            let common = [
                1.0,
                mood,
                last,
                offer.before - 1.5,
                offer.after - 1.5,
                flag(offer.kind == 1),
                flag(offer.kind == 2),
            ];
            let own = scopes.iter().map(|scope| flag(**scope == offer.scope));
            common.into_iter().chain(own).collect::<Vec<f64>>()
        };
        let mut examples = Vec::with_capacity(self.0.len());
        for (at, (offer, weight, taken)) in self.0.iter().enumerate() {
            let (mood, last) = self.mood(at);
            examples.push(Example { inputs: inputs(offer, mood, last), came_true: *taken, weight: *weight });
        }
        let mut precisions = COMMON.to_vec();
        precisions.resize(COMMON.len() + scopes.len(), SCOPE);
        let (mood, last) = self.mood(self.0.len());
        logistic::fit(&examples, &precisions).predict(&inputs(offer, mood, last))
    }

    /// Takes in what the person decided; `strength` above 0 to 1.
    pub fn learn(&mut self, offer: Offer, strength: f64, taken: bool) {
        self.0.push_back((offer, strength.clamp(0.0, 1.0), taken));
        if self.0.len() > NEWEST {
            self.0.pop_front();
        }
    }

    /// The mean of the decisions just before one, and the last of them; -1 to 1.
    fn mood(&self, at: usize) -> (f64, f64) {
        let sign = |(.., taken): &(Offer, f64, bool)| if *taken { 1.0 } else { -1.0 };
        let sum: f64 = self.0.range(at.saturating_sub(MOOD)..at).map(sign).sum();
        (sum / MOOD as f64, at.checked_sub(1).map_or(0.0, |last| sign(&self.0[last])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_of_a_scope_are_told_apart_and_unknown_scopes_pool() {
        let offer = |task: &str| Offer::new(Scope::app("editor").task(task), "a few words", "some words");
        let mut acceptance = Acceptance::default();
        assert_eq!(acceptance.predict(&offer("fluency")), 0.5);
        for at in 0..60 {
            let (task, taken) = if at % 3 == 0 { ("fluency", true) } else { ("facts", false) };
            acceptance.learn(offer(task), 1.0, taken);
        }
        let of = |task| acceptance.predict(&offer(task));
        assert!(of("fluency") > 0.6 && of("facts") < 0.3, "{} {}", of("fluency"), of("facts"));
        assert!((of("facts")..of("fluency")).contains(&of("other")));
    }
}
