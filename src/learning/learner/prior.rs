//! What is believed of a feature before a person did anything: which way the edits of many people go, and how much
//! people differ in it.
//!
//! Invariant: the prior makes a common direction take a little less evidence of one's own and an uncommon one a little
//! more; by itself it is too weak for any preference.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::learning::tuning::prior;
#[cfg(any(test, feature = "internals"))]
use crate::learning::{Evidence, EvidenceItem};

/// The mean change of a feature over people, in steps of its scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prior {
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// Where nothing is known: most people have no habit in most features.
const ANY: Prior = Prior { mean: 0.0, variance: prior::BETWEEN_PEOPLE };

/// By feature; made by `examples/tools/fit_priors.rs`.
static HABITS: LazyLock<BTreeMap<u16, Prior>> = LazyLock::new(|| {
    let row = |line: &str| {
        let mut parts = line.split(' ');
        let id = parts.next()?.parse().ok()?;
        let mut number = || parts.next()?.parse().ok();
        Some((id, Prior { mean: number()?, variance: number()? }))
    };
    include_str!("prior.txt").lines().filter_map(row).collect()
});

impl Prior {
    /// Of a feature; one with a subject is a habit of its own with each subject, of which nothing is known.
    pub(super) fn of(feature: u16) -> Self {
        HABITS.get(&feature).copied().unwrap_or(ANY)
    }
}

/// Fits what is believed of a person of whom nothing is known, from the evidence of many people's edits: id of the
/// feature, mean change over people in steps of its scale, variance of that between people. What hardly changed is left
/// out.
///
/// The edits need not tell who made them. How far changes scatter comes from people who differ and from each person's
/// own edits, which then cannot be told apart: the share that is between people is taken to be what it is for a feature
/// of which nothing is known. Both numbers are drawn towards those of such a feature, the more, the fewer edits changed it.
#[cfg(any(test, feature = "internals"))]
pub fn fit_habits(edits: &[Evidence]) -> Vec<(u16, f64, f64)> {
    #[derive(Default)]
    struct Sums {
        weight: f64,
        sum: f64,
        square: f64,
        changed: f64,
    }
    let mut all: BTreeMap<u16, Sums> = BTreeMap::new();
    let compared =
        |item: &&EvidenceItem| item.subject_hash == 0 && !item.is_level_only() && item.weight > 0.0;
    for item in edits.iter().flat_map(|edit| &edit.items).filter(compared) {
        let (weight, change) = (f64::from(item.weight), f64::from(item.change));
        let sums = all.entry(item.feature).or_default();
        sums.weight += weight;
        sums.sum += weight * change;
        sums.square += weight * change * change;
        sums.changed += f64::from(u8::from(change != 0.0));
    }
    let between = ANY.variance / (ANY.variance + prior::SCATTER);
    let fit = |(feature, Sums { weight, sum, square, changed }): (u16, Sums)| {
        let mean = sum / weight;
        let variance = between * (square / weight - mean * mean).max(0.0);
        let drawn =
            |own: f64, any: f64| (changed * own + prior::ANY_EDITS * any) / (changed + prior::ANY_EDITS);
        (feature, drawn(mean, ANY.mean), drawn(variance, ANY.variance))
    };
    all.into_iter().filter(|(_, sums)| sums.changed > 0.0).map(fit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::learner::belief::Belief;
    use crate::learning::learner::sums::Sums;
    use crate::signals::features::{Feature, id};

    #[test]
    fn the_table_is_read_whole_and_too_weak_by_itself() {
        let rows = include_str!("prior.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(HABITS.len(), rows);
        assert!(rows > 20);
        for (feature, prior) in &*HABITS {
            assert!(Feature::by_id(*feature).is_some_and(|feature| !feature.has_subject), "{feature}");
            assert!((0.1..1.0).contains(&prior.variance), "{feature}: {prior:?}");
            let alone = Belief::of_chain(*feature, &[Sums::default()]);
            assert_eq!(alone.mean, prior.mean);
            assert!(alone.mean.abs() < 0.5 && alone.confidence(alone.more()) < 0.8, "{feature}: {prior:?}");
        }
        assert_eq!(Prior::of(id::PHRASE), ANY);
    }

    #[test]
    fn a_fit_is_drawn_to_what_is_known_of_any_feature() {
        let item = |feature: u16, change: f32, weight: f32| EvidenceItem {
            words: EvidenceItem::ANY_WORDS,
            feature,
            subject: String::new(),
            subject_hash: 0,
            change,
            left: change,
            before: Some(1.0),
            after: Some(1.0),
            weight,
        };
        let edits: Vec<Evidence> = (0..200)
            .map(|at| {
                let mut items = vec![item(id::WORDS, if at % 4 == 0 { 1.0 } else { -1.0 }, 1.0)];
                items.push(item(id::COMMA, if at == 0 { -2.0 } else { 0.0 }, 0.25));
                items.push(item(id::QUESTION, 0.0, 0.25));
                items.push(EvidenceItem {
                    words: EvidenceItem::ANY_WORDS,
                    subject_hash: 9,
                    ..item(id::PHRASE, -1.5, 1.0)
                });
                items.push(EvidenceItem { before: None, ..item(id::SENTENCES, 0.0, 0.25) });
                Evidence { items, ..Evidence::default() }
            })
            .collect();
        let fit = fit_habits(&edits);
        assert_eq!(fit.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), [id::WORDS, id::COMMA]);
        let (_, mean, variance) = fit[0];
        // Changes scatter by 0.75, of which 5 in 11 lie between people.
        assert!((mean + 0.5 * 200.0 / 300.0).abs() < 1e-9, "{mean}");
        assert!((variance - (200.0 * 0.75 / 2.2 + 100.0 * 0.5) / 300.0).abs() < 1e-9, "{variance}");
        let (_, mean, variance) = fit[1];
        assert!(mean.abs() < 0.001 && (variance - 0.5).abs() < 0.01, "one edit says next to nothing");
        assert_eq!(fit_habits(&[]), []);
    }
}
