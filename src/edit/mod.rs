//! What is measured of two texts: how a draft became the final text, what each change is about, and what it cost.
//!
//! Invariant: everything here is computed from the two texts whenever it is asked for, and never kept.

mod accounts;
mod alignment;
mod apart;
mod changes;
mod content;
mod corrections;
mod diff;
mod distance;
mod forms;
mod moved;
mod phrases;
pub(crate) mod tuning;

pub(crate) use accounts::{Accounted, Accounts};
pub(crate) use alignment::Alignment;
pub use alignment::ChangeKind;
#[cfg(test)]
pub(crate) use apart::counted;
pub use changes::WordChange;
pub(crate) use changes::changed_words;
#[cfg(feature = "internals")]
pub use diff::{Hunk, diff};
pub use distance::edit_distance;
pub(crate) use moved::Moved;
