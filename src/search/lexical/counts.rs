//! The term counts of one text, as stored in the index.

use crate::search::tuning::bm25::{OWN_UNITS, REPETITION_TERMS_MIN};

/// How often each term occurs in a text and its surroundings.
#[derive(Debug)]
pub(crate) struct TermCounts {
    /// Ascending by term, in units of [`OWN_UNITS`].
    pub(super) counts: Vec<(String, u32)>,
    /// See [`LexicalIndex::repetition`](super::LexicalIndex::repetition).
    pub(super) repetition: f32,
}

impl TermCounts {
    /// From the terms of a text and of its surroundings.
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

/// The distinct terms, ascending, each with its number of occurrences times `unit`.
fn counted(mut terms: Vec<String>, unit: u32) -> Vec<(String, u32)> {
    terms.sort_unstable();
    let mut counts: Vec<(String, u32)> = terms.into_iter().map(|term| (term, unit)).collect();
    merge(&mut counts);
    counts
}

/// Merges adjacent counts of the same term.
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
