//! Interpretable features of a text, one small file per family.
//!
//! Invariant: a feature's id and name never change and are never used again; ids are grouped by family in
//! hundreds. A value is `None` where the text gives no occasion for it, so that absence is never taken for a
//! choice. What an edit teaches is left to `learning`, what is said of a feature to `language`.

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
