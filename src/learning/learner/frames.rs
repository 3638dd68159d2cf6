//! The occasions of a greeting or sign-off: where the person puts one for another, the texts that have any.
//!
//! Invariant: who adds a greeting where there was none has the choice in every text.

use super::{Held, Key, Learner, Place};
use crate::learning::learner::sums::{Counts, Pool};
use crate::signals::features::id;

/// The feature that tells whether there is any, for one that tells which.
fn presence(feature: u16) -> Option<u16> {
    match feature {
        id::GREETING_PHRASE => Some(id::GREETING),
        id::CLOSING_PHRASE => Some(id::CLOSING),
        _ => None,
    }
}

/// Texts with a greeting, or a sign-off, counted as occasions of a certain one.
#[derive(Debug, Default)]
pub(super) struct FrameTexts {
    with_any: [f64; 2],
    /// Of the texts to which this one came, those that had none.
    added: f64,
    replaced: f64,
}

impl FrameTexts {
    /// Takes note of a record that counts so much, narrow and wide.
    pub(super) fn note(&mut self, held: &Held, key: Key, counts: [f64; 2]) {
        let Some(presence) = presence(key.0) else { return };
        let items = held.items.comparing();
        let first = items.partition_point(|item| item.feature < key.0);
        if items.get(first).is_none_or(|item| item.feature != key.0) {
            return;
        }
        self.with_any = [self.with_any[0] + counts[0], self.with_any[1] + counts[1]];
        if held.item(key).is_some_and(|item| item.change > 0.0) {
            let came = held.item((presence, 0)).is_some_and(|item| item.change > 0.0);
            *(if came { &mut self.added } else { &mut self.replaced }) += 1.0;
        }
    }

    /// The texts that had the choice, where these are not all.
    pub(super) fn choices(&self) -> Option<[f64; 2]> {
        (self.replaced > self.added).then_some(self.with_any)
    }
}

impl Learner {
    /// How many texts at a place had the choice of a habit.
    pub(super) fn texts_with_choice(place: &Place<'_>, key: Key) -> u32 {
        let counts = |key: Key| place.pools.get(&key).map(Pool::counts);
        let Some(presence) = presence(key.0).and_then(|presence| counts((presence, 0))) else {
            return place.texts;
        };
        // A text without a greeting before and after compares nothing of it.
        let Counts { compared: with_any, more: added, .. } = presence;
        let came = counts(key).map_or(0, |counts| counts.more);
        if came > 2 * added { with_any.min(place.texts) } else { place.texts }
    }
}
