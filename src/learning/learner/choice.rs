//! The texts in which a person has the choice of a habit. Often that is not every text: a greeting can be replaced
//! only where there is one, and "please" belongs where something is requested.
//!
//! Invariant: a person who adds a greeting where there was none has the choice in every text.

use super::{Held, Key, Learner, Place};
use crate::learning::learner::sums::{Counts, Pool};
use crate::signals::features::{Feature, id};

/// The number of occasions of a habit. If it adds something that most texts lack, every text of the situation is an
/// occasion. Otherwise only the `compared` texts are, which have evidence about a change of the feature.
pub(super) fn occasions(feature: &Feature, more: bool, compared: f64, texts: f64) -> f64 {
    if more && feature.absence_tells_nothing() { texts } else { compared }
}

/// What a text needs to offer the choice.
enum Needs {
    /// Any greeting, or any sign-off; the feature that detects its presence.
    Frame(u16),
    /// At least one of these features.
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

/// Counts the records that offer the choice of a habit.
#[derive(Debug, Default)]
pub(super) struct Choices {
    texts: [f64; 2],
    /// Texts with the phrase that had no greeting or sign-off before. The others had a different one.
    added: f64,
    replaced: f64,
}

impl Choices {
    /// Counts a record, with its weights in the narrow and in the wide neighbourhood.
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

    /// The weight of the texts that offer the choice, narrow and wide; `None` if all texts do.
    pub(super) fn texts(&self, key: Key) -> Option<[f64; 2]> {
        match needs(key.0)? {
            Needs::Frame(_) => (self.replaced > self.added).then_some(self.texts),
            Needs::AnyOf(_) => Some(self.texts),
        }
    }
}

impl Learner {
    /// The number of texts at a place that offer the choice of a habit, a lower bound.
    pub(super) fn texts_with_choice(place: &Place<'_>, key: Key) -> u32 {
        let counts = |feature: u16, subject: u64| place.pools.get(&(feature, subject)).map(Pool::counts);
        match needs(key.0) {
            None => place.texts,
            Some(Needs::Frame(presence)) => {
                let Some(Counts { compared: with_any, more: added, .. }) = counts(presence, 0) else {
                    return place.texts;
                };
                // A text with no greeting before and after has no evidence of this feature.
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
