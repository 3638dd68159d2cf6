//! Which records tell of one occasion: a report that comes twice is heard once.
//!
//! Invariant: of the records of an occasion the last counts, so that what was set aside can be learned anew. Most
//! occasions have one record, which takes no list.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use crate::hash::FastHasher;
use crate::types::{ByRecord, RecordId, Scope};

/// The hash and scope of what happened.
pub(super) type Occasion = (u64, Arc<Scope>);

type ByOccasion<T> = HashMap<Occasion, T, BuildHasherDefault<FastHasher>>;

/// The records of each occasion.
#[derive(Debug, Clone, Default)]
pub(super) struct Occasions {
    /// The one that counts.
    last: ByOccasion<RecordId>,
    /// All of them, ascending, where there are more.
    several: ByOccasion<Vec<RecordId>>,
    /// Of the others, the one that counts. There are few.
    outdone: ByRecord<RecordId>,
}

impl Occasions {
    /// Adds a record; the one that counted before, where there was one.
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

    /// The record that counts of the ones of a record's occasion.
    pub(super) fn counted(&self, record: RecordId) -> RecordId {
        self.outdone.get(&record).copied().unwrap_or(record)
    }

    /// As if there had never been other records than these.
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

    /// All that is held, in order.
    #[cfg(test)]
    pub(super) fn in_order(&self) -> impl std::fmt::Debug {
        use std::collections::BTreeMap;

        let Self { last, several, outdone } = self;
        let last: BTreeMap<_, _> = last.iter().collect();
        let several: BTreeMap<_, _> = several.iter().collect();
        let outdone: BTreeMap<_, _> = outdone.iter().collect();
        format!("{last:?} {several:?} {outdone:?}")
    }

    /// Bytes in memory, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let map = |capacity: usize, entry: usize| capacity * 8 / 7 * (entry + 1);
        map(self.last.capacity(), size_of::<(Occasion, RecordId)>())
            + map(self.several.capacity(), size_of::<(Occasion, Vec<RecordId>)>())
            + self.several.values().map(|records| size_of_val(&**records)).sum::<usize>()
            + map(self.outdone.capacity(), size_of::<(RecordId, RecordId)>())
    }
}

/// Takes note of which of an occasion's records counts.
fn outdo(records: &[RecordId], outdone: &mut ByRecord<RecordId>) {
    if let Some((counts, others)) = records.split_last() {
        outdone.extend(others.iter().map(|other| (*other, *counts)));
    }
}
