//! The level that a person wants of a feature, such as "near 60 words".
//!
//! Invariant: a level is returned only if the texts that it is computed from agree on it.

use crate::learning::learner::sums::Sums;
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::level::SPREAD_MAX;
use crate::signals::features::{Feature, id};

/// Whether a level can be stated for a feature.
pub(super) fn has_level(feature: &Feature) -> bool {
    matches!(feature.id, id::WORDS | id::SENTENCE_WORDS)
}

/// The mean of the first of three sets of levels that is concentrated enough: those of all texts, changed or not;
/// those of the changed ones, in both directions; those changed in this direction. Drafts that were too short and got
/// lengthened thus count, too.
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
