//! The counted terms of one text, as the index takes them.

use crate::search::tuning::bm25::{OWN_UNITS, REPETITION_TERMS_MIN};

/// How often a text has each of its terms, as the index holds it.
#[derive(Debug)]
pub(crate) struct TermCounts {
    /// Ascending by term, in units of [`OWN_UNITS`].
    pub(super) counts: Vec<(String, u32)>,
    /// The probability that two terms drawn from the text, surroundings left out, are the same one.
    pub(super) repetition: f32,
}

impl TermCounts {
    /// Of the terms of a text and of what surrounds it.
    pub(crate) fn of(text: Vec<String>, around: Vec<String>) -> Self {
        let own = counted(text, OWN_UNITS);
        let repetition = repetition(own.iter().map(|(_, count)| u64::from(count / OWN_UNITS)));
        let mut counts = own;
        if !around.is_empty() {
            counts.extend(counted(around, 1));
            counts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            merge(&mut counts);
        }
        Self { counts, repetition }
    }
}

/// Each term once, ascending, with how often it is there times `unit`.
fn counted(mut terms: Vec<String>, unit: u32) -> Vec<(String, u32)> {
    terms.sort_unstable();
    let mut counts: Vec<(String, u32)> = terms.into_iter().map(|term| (term, unit)).collect();
    merge(&mut counts);
    counts
}

/// Joins what stands beside each other for the same term.
fn merge(counts: &mut Vec<(String, u32)>) {
    counts.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0 };
        same
    });
}

fn repetition(counts: impl Iterator<Item = u64>) -> f32 {
    let (length, same) =
        counts.fold((0, 0), |(length, same), count| (length + count, same + count * count.saturating_sub(1)));
    if length < REPETITION_TERMS_MIN { 0.0 } else { (same as f64 / (length * (length - 1)) as f64) as f32 }
}
