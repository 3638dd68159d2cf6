//! Language put right: slips of spelling and grammar.
//!
//! Whether a text is free of slips cannot be told without a dictionary, so the feature has no value in a text:
//! it is known from edits alone, where a slip is seen beside what it became (`spans`).

use crate::signals::features::{Feature, Shape, feature, words};

pub(crate) const CORRECT: Feature = feature(
    2001,
    "language.correct",
    "share of the change",
    Shape::Presence,
    0.5,
    0.5,
    words("leaves slips of spelling and grammar as they are", "slips left in"),
    words("corrects spelling and grammar", "spelling and grammar put right"),
);
