//! The level that is wanted of a feature, "near 60 words" say.
//!
//! Invariant: a level is returned only where what it is taken from agrees on it.

use crate::learning::learner::belief::LEAST_SUPPORT;
use crate::learning::learner::sums::Sums;
use crate::signals::features::{Feature, id};

/// Levels are stated where they scatter by less than this, in steps.
pub(super) const TIGHT: f64 = 0.8;

/// Whether what is wanted of a feature may be a level.
pub(super) fn has_level(feature: &Feature) -> bool {
    matches!(feature.id, id::WORDS | id::SENTENCE_WORDS)
}

/// The level that the texts agree on, those included in which nothing was changed, or else the changes; what was cut too
/// far and drawn out again tells it, too.
pub(super) fn level(feature: &Feature, sums: &Sums, more: bool) -> Option<f32> {
    if !has_level(feature) {
        return None;
    }
    let side = &sums.sides[usize::from(more)];
    let tight = |(_, spread): &(f64, f64)| *spread <= TIGHT * f64::from(feature.scale);
    let changed = sums.levels();
    let mut all = changed;
    all.add_scaled(&sums.unchanged, 1.0);
    let (mean, _) = [all, changed, side.levels]
        .iter()
        .filter(|_| side.count >= LEAST_SUPPORT)
        .find_map(|levels| levels.moments().filter(tight))?;
    Some(feature.off_axis(mean as f32))
}
