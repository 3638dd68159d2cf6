//! Makes the preferences that hold into one answer that does not contradict or repeat itself.
//!
//! Invariant: of two preferences of one answer neither denies the other nor says nearly the same; the
//! stronger stays.

use std::iter;

use super::Candidate;
use crate::preference::Direction;
use crate::preference::feature::lexicon::{Kinds, lexicon};
use crate::preference::feature::{id, split_swap};

/// At most so many preferences are looked at for one answer: comparing them is quadratic.
const MOST: usize = 128;

/// Strongest first.
pub(super) fn sort(candidates: &mut [Candidate<'_>]) {
    candidates.sort_by(|a, b| {
        let rank = |candidate: &Candidate<'_>| candidate.strength * candidate.confidence;
        rank(b).total_cmp(&rank(a)).then_with(|| about(a).cmp(&about(b))).then_with(|| a.scope.cmp(b.scope))
    });
}

/// Strongest first, without what contradicts or repeats something stronger.
pub(super) fn select(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    sort(&mut candidates);
    candidates.truncate(MOST);
    // A phrase that is wanted says more than that there is one, that none is wanted more than that one is not, and the
    // length of a text more than that of its parts.
    candidates.sort_by_key(|candidate| !match candidate.feature.id {
        id::GREETING_PHRASE | id::CLOSING_PHRASE | id::SWAP => more(candidate),
        id::GREETING | id::CLOSING => !more(candidate),
        feature => feature == id::WORDS,
    });
    let mut kept: Vec<Candidate<'_>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let kin = candidate.feature.kin;
        let clashes = |other: &Candidate<'_>| {
            kin != 0 && kin == other.feature.kin || clash(&candidate, other) || clash(other, &candidate)
        };
        if !kept.iter().any(clashes) {
            kept.push(candidate);
        }
    }
    sort(&mut kept);
    kept
}

/// What the order of preferences that are as strong follows: that of their keys.
fn about<'a>(candidate: &Candidate<'a>) -> (u16, &'a str, Direction) {
    (candidate.feature.id, candidate.subject, candidate.direction)
}

fn more(candidate: &Candidate<'_>) -> bool {
    candidate.direction == Direction::More
}

fn clash(a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    if a.feature.id == b.feature.id && a.subject == b.subject {
        return true;
    }
    match (a.feature.id, b.feature.id) {
        (id::GREETING | id::GREETING_PHRASE, id::GREETING | id::GREETING_PHRASE)
        | (id::CLOSING | id::CLOSING_PHRASE, id::CLOSING | id::CLOSING_PHRASE) => true,
        (id::BULLETS, id::NUMBERED) | (id::FORMAL, id::CASUAL) => more(a) && more(b),
        (id::SWAP, id::PHRASE) => {
            split_swap(a.subject).is_some_and(|(to, from)| overlap(to, b.subject) || overlap(from, b.subject))
        }
        (id::SWAP, id::SWAP) => {
            matches!((sides(a), sides(b)), (Some(a), Some(b)) if a.0 == b.1 || a.1 == b.0)
        }
        (id::PHRASE, id::PHRASE) => overlap(a.subject, b.subject),
        (feature, id::PHRASE) => {
            a.direction != b.direction
                && kind(feature).is_some_and(|kind| lexicon().kinds(b.subject).meets(kind))
        }
        _ => false,
    }
}

/// What is written and what is not.
fn sides<'a>(candidate: &Candidate<'a>) -> Option<(&'a str, &'a str)> {
    let (to, from) = split_swap(candidate.subject)?;
    Some(if more(candidate) { (to, from) } else { (from, to) })
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
