//! Choice of words: swaps of one word for another, and words or phrases that are brought in or struck out.
//!
//! The subject of a swap holds both sides, "use<-utilize", the alphabetically earlier first, so that a swap
//! and its reverse are two directions of one subject and can never both be stated.

use crate::signals::features::feature::{Family, Feature, Shape, feature};

pub(super) const FAMILY: Family = Family { features: &[&SWAP, &PHRASE, &BLOCK], measure: |_, _| () };

pub(crate) const SWAP: Feature = feature(1501, "choice.swap", "swaps", Shape::Subject, 1.0, 0.0).own();
/// A block of text that comes back: known by a hash alone, and never put in words.
pub(crate) const BLOCK: Feature = feature(1503, "choice.block", "has", Shape::Subject, 1.0, 0.0).own();
pub(crate) const PHRASE: Feature = feature(1502, "choice.phrase", "uses", Shape::Subject, 1.0, 0.0).own();

/// The subject for writing `to` instead of `from`, and whether that is its direction "more".
pub(crate) fn join_swap(to: &str, from: &str) -> (String, bool) {
    if to < from { (format!("{to}<-{from}"), true) } else { (format!("{from}<-{to}"), false) }
}

/// Both sides of a swap's subject.
pub(crate) fn split_swap(subject: &str) -> Option<(&str, &str)> {
    // Subjects are short, and many are held against each other: not worth making a search for strings ready.
    let at = subject.as_bytes().windows(2).position(|two| two == b"<-")?;
    Some((&subject[..at], &subject[at + 2..]))
}
