//! Language put right: slips of spelling and grammar.
//!
//! Whether a text is free of slips cannot be told without a dictionary, so the feature has no value in a text:
//! it is known from edits alone, where a slip is seen beside what it became (`spans`).

use crate::signals::features::feature::{Family, Feature, Shape, feature};

pub(super) const FAMILY: Family = Family { features: &[&CORRECT], measure: |_, _| () };

pub(crate) const CORRECT: Feature =
    feature(2001, "language.correct", "share of the change", Shape::Presence, 0.5, 0.5).own();
