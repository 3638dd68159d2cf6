//! The level that is wanted of a feature, "near 60 words" say.
//!
//! Invariant: a level is returned only where what it is taken from agrees on it.

use crate::learning::learner::sums::Sums;
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::level::SPREAD_MAX;
use crate::signals::features::{Feature, id};

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
    let tight = |(_, spread): &(f64, f64)| *spread <= SPREAD_MAX * f64::from(feature.scale);
    let changed = sums.levels();
    let mut all = changed;
    all.add_scaled(&sums.unchanged, 1.0);
    let (mean, _) = [all, changed, side.levels]
        .iter()
        .filter(|_| side.count >= SUPPORT_MIN)
        .find_map(|levels| levels.moments().filter(tight))?;
    Some(feature.off_axis(mean as f32))
}
