//! Measurements of a single text: interpretable features, style, form, and the kinds of facts it contains.
//!
//! Invariant: pure functions of the text, with the same result on every machine.

pub(crate) mod axes;
mod facts;
pub(crate) mod features;
mod form;
mod prose;
pub(crate) mod style;
mod surface;
pub(crate) mod tuning;

pub use axes::Shift;
pub(crate) use facts::{Facts, is_question};
#[cfg(any(test, feature = "internals"))]
pub use features::{FEATURES, measure};
#[cfg(feature = "internals")]
pub use features::{Feature, Measured};
pub use form::Form;
pub(crate) use form::asks_for_advice;
pub use style::Style;
pub use surface::Surface;
