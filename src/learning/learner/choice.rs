//! The texts in which a person has the choice of a habit, where that is not every text: who puts one greeting for another
//! has it where there is a greeting, who adds "please" where something is asked for.
//!
//! Invariant: who adds a greeting where there was none has the choice in every text.

use super::{Held, Key, Learner, Place};
use crate::learning::learner::sums::{Counts, Pool};
use crate::signals::features::{Feature, id};

/// Where more of a thing is wanted that most texts do without, every text of the situation is an occasion, else those
/// that had the thing or the choice.
pub(super) fn occasions(feature: &Feature, more: bool, compared: f64, texts: f64) -> f64 {
    if more && feature.absence_tells_nothing() { texts } else { compared }
}

/// What a text must have for the choice.
enum Needs {
    /// A greeting or sign-off, whichever; the feature that tells whether there is one.
    Frame(u16),
    /// Any of some features.
    AnyOf(&'static [u16]),
}

fn needs(feature: u16) -> Option<Needs> {
    match feature {
        id::GREETING_PHRASE => Some(Needs::Frame(id::GREETING)),
        id::CLOSING_PHRASE => Some(Needs::Frame(id::CLOSING)),
        id::PLEASE => Some(Needs::AnyOf(&[id::PLEASE, id::REQUESTS, id::ORDERS])),
        _ => None,
    }
}

/// Records with the choice of a habit.
#[derive(Debug, Default)]
pub(super) struct Choices {
    texts: [f64; 2],
    /// Of the texts to which the frame came, those that had none.
    added: f64,
    replaced: f64,
}

impl Choices {
    /// Takes note of a record that counts so much, narrow and wide.
    pub(super) fn note(&mut self, held: &Held, key: Key, counts: [f64; 2]) {
        let items = held.items.comparing();
        let has = |feature: u16| {
            let first = items.partition_point(|item| item.feature < feature);
            items.get(first).is_some_and(|item| item.feature == feature)
        };
        let presence = match needs(key.0) {
            Some(Needs::Frame(presence)) if has(key.0) => Some(presence),
            Some(Needs::AnyOf(features)) if features.iter().any(|feature| has(*feature)) => None,
            _ => return,
        };
        self.texts = [self.texts[0] + counts[0], self.texts[1] + counts[1]];
        if let Some(presence) = presence
            && held.item(key).is_some_and(|item| item.change > 0.0)
        {
            let came = held.item((presence, 0)).is_some_and(|item| item.change > 0.0);
            *(if came { &mut self.added } else { &mut self.replaced }) += 1.0;
        }
    }

    /// The texts that had the choice, where these are not all.
    pub(super) fn texts(&self, key: Key) -> Option<[f64; 2]> {
        match needs(key.0)? {
            Needs::Frame(_) => (self.replaced > self.added).then_some(self.texts),
            Needs::AnyOf(_) => Some(self.texts),
        }
    }
}

impl Learner {
    /// How many texts at a place had the choice of a habit, at least.
    pub(super) fn texts_with_choice(place: &Place<'_>, key: Key) -> u32 {
        let counts = |feature: u16, subject: u64| place.pools.get(&(feature, subject)).map(Pool::counts);
        match needs(key.0) {
            None => place.texts,
            Some(Needs::Frame(presence)) => {
                let Some(Counts { compared: with_any, more: added, .. }) = counts(presence, 0) else {
                    return place.texts;
                };
                // A text without a greeting before and after compares nothing of it.
                let came = counts(key.0, key.1).map_or(0, |counts| counts.more);
                if came > 2 * added { with_any.min(place.texts) } else { place.texts }
            }
            Some(Needs::AnyOf(features)) => {
                let compared = |feature: &u16| counts(*feature, 0).map_or(0, |counts| counts.compared);
                features.iter().map(compared).max().unwrap_or(0)
            }
        }
    }
}
