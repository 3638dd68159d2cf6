//! Corrected language: mistakes in spelling and grammar.
//!
//! Without a dictionary it is unknown whether a text has mistakes, so that the feature has no value in a text. It is
//! only known from edits, where a mistake is seen beside its correction (in `edit`).

use crate::signals::features::feature::{Family, Feature, Shape, feature};

pub(super) const FAMILY: Family = Family { features: &[&CORRECT], measure: |_, _| () };

pub(crate) const CORRECT: Feature =
    feature(2001, "language.correct", "share of the change", Shape::Presence, 0.5, 0.5).own();
