//! All that knows a language: word lists, spelling, stems.
//!
//! Invariant: lists are lower case; a word may be of several kinds.

mod contraction;
mod letters;
mod lexicon;
mod stem;

pub(crate) use contraction::is_contraction;
pub(crate) use letters::better_spelt;
pub(crate) use lexicon::{Entry, Kinds, lexicon};
pub(crate) use stem::{stem, stems_of_longer};
