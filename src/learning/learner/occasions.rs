//! Detects records that report the same occasion, so that a repeated report counts once.
//!
//! Invariant: the last record of an occasion counts, so that a habit can be learned again after its earlier evidence
//! was suppressed. Most occasions have one record, for which no list is allocated.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use crate::hash::FastHasher;
use crate::types::{ByRecord, RecordId, Scope};

/// The hash of what happened, and its scope.
pub(super) type Occasion = (u64, Arc<Scope>);

type ByOccasion<T> = HashMap<Occasion, T, BuildHasherDefault<FastHasher>>;

/// The records of each occasion.
#[derive(Debug, Clone, Default)]
pub(super) struct Occasions {
    /// The record that counts.
    last: ByOccasion<RecordId>,
    /// All records, ascending, of occasions with more than one.
    several: ByOccasion<Vec<RecordId>>,
    /// For each record that does not count, the one that counts in its place. There are few.
    outdone: ByRecord<RecordId>,
}

impl Occasions {
    /// Adds a record. Returns the record that counted before, if any.
    pub(super) fn insert(&mut self, occasion: Occasion, record: RecordId) -> Option<RecordId> {
        let counted = match self.last.get_mut(&occasion) {
            None => {
                self.last.insert(occasion, record);
                return None;
            }
            Some(last) => std::mem::replace(last, record.max(*last)),
        };
        let records = self.several.entry(occasion).or_insert_with(|| vec![counted]);
        records.insert(records.partition_point(|other| *other < record), record);
        outdo(records, &mut self.outdone);
        Some(counted)
    }

    /// The record that counts for the same occasion as this one.
    pub(super) fn counted(&self, record: RecordId) -> RecordId {
        self.outdone.get(&record).copied().unwrap_or(record)
    }

    /// A copy with some of the records only, as if the others had never been added.
    pub(super) fn with_only(&self, stays: impl Fn(RecordId) -> bool) -> Self {
        let mut left = Self::default();
        for (occasion, last) in &self.last {
            match self.several.get(occasion) {
                Some(records) => {
                    for record in records.iter().filter(|record| stays(**record)) {
                        left.insert(occasion.clone(), *record);
                    }
                }
                None if stays(*last) => drop(left.last.insert(occasion.clone(), *last)),
                None => {}
            }
        }
        left
    }

    /// The whole content in a fixed order, for comparison.
    #[cfg(test)]
    pub(super) fn in_order(&self) -> impl std::fmt::Debug {
        use std::collections::BTreeMap;

        let Self { last, several, outdone } = self;
        let last: BTreeMap<_, _> = last.iter().collect();
        let several: BTreeMap<_, _> = several.iter().collect();
        let outdone: BTreeMap<_, _> = outdone.iter().collect();
        format!("{last:?} {several:?} {outdone:?}")
    }

    /// Approximate number of bytes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let map = |capacity: usize, entry: usize| capacity * 8 / 7 * (entry + 1);
        map(self.last.capacity(), size_of::<(Occasion, RecordId)>())
            + map(self.several.capacity(), size_of::<(Occasion, Vec<RecordId>)>())
            + self.several.values().map(|records| size_of_val(&**records)).sum::<usize>()
            + map(self.outdone.capacity(), size_of::<(RecordId, RecordId)>())
    }
}

/// Stores which record of an occasion counts in place of each other one.
fn outdo(records: &[RecordId], outdone: &mut ByRecord<RecordId>) {
    if let Some((counts, others)) = records.split_last() {
        outdone.extend(others.iter().map(|other| (*other, *counts)));
    }
}
