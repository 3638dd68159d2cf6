//! Choice of words: one word replaced by another, and words or phrases that are added or removed.
//!
//! The subject of a replacement contains both sides, as in "use<-utilize", with the alphabetically earlier one first.
//! A replacement and its reverse are then two directions of the same subject and cannot both be stated.

use crate::signals::features::feature::{Family, Feature, Shape, feature};

pub(super) const FAMILY: Family = Family { features: &[&SWAP, &PHRASE, &BLOCK], measure: |_, _| () };

pub(crate) const SWAP: Feature = feature(1501, "choice.swap", "swaps", Shape::Subject, 1.0, 0.0).own();
/// A recurring block of text: known only by a hash, and never put into words.
pub(crate) const BLOCK: Feature = feature(1503, "choice.block", "has", Shape::Subject, 1.0, 0.0).own();
pub(crate) const PHRASE: Feature = feature(1502, "choice.phrase", "uses", Shape::Subject, 1.0, 0.0).own();

/// The subject for writing `to` instead of `from`, and whether that is its direction "more".
pub(crate) fn join_swap(to: &str, from: &str) -> (String, bool) {
    if to < from { (format!("{to}<-{from}"), true) } else { (format!("{from}<-{to}"), false) }
}

/// Both sides of a replacement's subject.
pub(crate) fn split_swap(subject: &str) -> Option<(&str, &str)> {
    // Subjects are short and many are compared: setting up a substring search does not pay.
    let at = subject.as_bytes().windows(2).position(|two| two == b"<-")?;
    Some((&subject[..at], &subject[at + 2..]))
}
