//! What is measured of two texts: how a draft became the final text, what each change is about, and what it cost.
//!
//! Invariant: everything here is computed from the two texts whenever it is asked for, and never kept.

mod alignment;
mod apart;
mod changes;
mod diff;
mod distance;

pub use alignment::ChangeKind;
pub(crate) use alignment::{Alignment, Moved};
pub use changes::{WordChange, changed_words};
pub use diff::{Hunk, diff};
pub(crate) use distance::distance_of;
pub use distance::edit_distance;
