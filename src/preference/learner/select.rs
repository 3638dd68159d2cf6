//! Makes the preferences that hold into one answer that does not contradict or repeat itself.
//!
//! Invariant: of two preferences of one answer neither denies the other nor says nearly the same; the
//! stronger stays.

use std::iter;

use crate::preference::feature::lexicon::{Kinds, lexicon};
use crate::preference::feature::{Feature, id, split_swap};
use crate::preference::{Direction, Preference, PreferenceKey};

/// At most so many preferences are looked at for one answer: comparing them is quadratic.
const MOST: usize = 128;

/// Strongest first.
pub(super) fn sort(preferences: &mut [Preference]) {
    preferences.sort_by(|a, b| {
        let rank = |preference: &Preference| preference.strength * preference.confidence;
        rank(b).total_cmp(&rank(a)).then_with(|| a.key.cmp(&b.key)).then_with(|| a.scope.cmp(&b.scope))
    });
}

/// Strongest first, without what contradicts or repeats something stronger.
pub(super) fn select(mut preferences: Vec<Preference>) -> Vec<Preference> {
    sort(&mut preferences);
    preferences.truncate(MOST);
    // A phrase that is wanted says more than that there is one, that none is wanted more than that one is not, and the
    // length of a text more than that of its parts.
    preferences.sort_by_key(|preference| {
        !preference.key.as_ref().is_some_and(|key| match key.feature {
            id::GREETING_PHRASE | id::CLOSING_PHRASE | id::SWAP => more(key),
            id::GREETING | id::CLOSING => !more(key),
            feature => feature == id::WORDS,
        })
    });
    let mut kept: Vec<Preference> = Vec::new();
    let mut kins: Vec<u8> = Vec::new();
    for preference in preferences {
        let kin = preference.key.as_ref().map_or(0, kin);
        let clashes = |(other, of): (&Preference, &u8)| match (&preference.key, &other.key) {
            (Some(a), Some(b)) => kin != 0 && kin == *of || clash(a, b) || clash(b, a),
            _ => false,
        };
        if !kept.iter().zip(&kins).any(clashes) {
            kept.push(preference);
            kins.push(kin);
        }
    }
    sort(&mut kept);
    kept
}

fn kin(key: &PreferenceKey) -> u8 {
    Feature::by_id(key.feature).map_or(0, |feature| feature.kin)
}

fn more(key: &PreferenceKey) -> bool {
    key.direction == Direction::More
}

fn clash(a: &PreferenceKey, b: &PreferenceKey) -> bool {
    if a.feature == b.feature && a.subject == b.subject {
        return true;
    }
    match (a.feature, b.feature) {
        (id::GREETING | id::GREETING_PHRASE, id::GREETING | id::GREETING_PHRASE)
        | (id::CLOSING | id::CLOSING_PHRASE, id::CLOSING | id::CLOSING_PHRASE) => true,
        (id::BULLETS, id::NUMBERED) | (id::FORMAL, id::CASUAL) => more(a) && more(b),
        (id::SWAP, id::PHRASE) => split_swap(&a.subject)
            .is_some_and(|(to, from)| overlap(to, &b.subject) || overlap(from, &b.subject)),
        (id::SWAP, id::SWAP) => {
            matches!((sides(a), sides(b)), (Some(a), Some(b)) if a.0 == b.1 || a.1 == b.0)
        }
        (id::PHRASE, id::PHRASE) => overlap(&a.subject, &b.subject),
        (feature, id::PHRASE) => kind(feature)
            .is_some_and(|kind| a.direction != b.direction && lexicon().kinds(&b.subject).meets(kind)),
        _ => false,
    }
}

/// What is written and what is not.
fn sides(key: &PreferenceKey) -> Option<(&str, &str)> {
    let (to, from) = split_swap(&key.subject)?;
    Some(if more(key) { (to, from) } else { (from, to) })
}

/// Whether one phrase lies in the other, word by word.
fn overlap(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let starts = long.match_indices(' ').map(|(space, _)| space + 1);
    iter::once(0).chain(starts).any(|at| {
        long[at..].strip_prefix(short).is_some_and(|after| after.is_empty() || after.starts_with(' '))
    })
}

fn kind(feature: u16) -> Option<Kinds> {
    Some(match feature {
        801 => Kinds::HEDGE,
        802 => Kinds::BOOSTER,
        804 => Kinds::HARSH,
        901 => Kinds::CONNECTIVE,
        902 => Kinds::FORMAL,
        903 => Kinds::CASUAL,
        _ => return None,
    })
}
