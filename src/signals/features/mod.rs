//! Interpretable features of a text, one small file per family.
//!
//! Invariant: a feature's id and name never change and are never reused; ids are grouped by family in hundreds. A
//! value is `None` if the text gives no occasion for it, so that absence is never taken for a choice. Learning from
//! edits is left to `learning`, the wording of features to `language`.

mod choice;
mod feature;
mod form;
mod formality;
mod frame;
mod language;
mod length;
mod marks;
mod measured;
mod person;
mod punctuation;
mod readability;
mod sentence;
mod stance;
mod surface;
mod table;
mod tone;
mod wording;

pub(crate) use choice::{join_swap, split_swap};
pub use feature::Feature;
pub(crate) use feature::{Reach, Shape, id};
pub use measured::Measured;
#[cfg(any(test, feature = "internals"))]
pub use measured::measure;
pub use table::FEATURES;
