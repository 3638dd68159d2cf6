//! A compressed list of ascending record ids, about one byte each. Pools need it, since each of them lists all of its
//! records.
//!
//! Invariant: the bytes are the differences between consecutive ids, the first one counted from 0. Each is encoded
//! with seven bits a byte, lowest bits first; all but its last byte have the high bit set. The list can therefore be
//! read from either end.

use crate::types::RecordId;

/// Records, ascending, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordList {
    gaps: Vec<u8>,
    last: u64,
}

/// Iterates over the records of a list, from either end.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    gaps: &'a [u8],
    /// The last id returned from the front, and the next one to return from the back.
    front: u64,
    back: u64,
}

impl RecordList {
    /// Appends a record. Returns `false`, and does nothing, if it is not greater than all others.
    pub(super) fn push(&mut self, RecordId(id): RecordId) -> bool {
        if !self.is_empty() && id <= self.last {
            return false;
        }
        let mut gap = id - self.last;
        if self.gaps.len() + 10 > self.gaps.capacity() {
            self.gaps.reserve_exact(10.max(self.gaps.len() / 8));
        }
        while gap >= 0x80 {
            self.gaps.push(gap as u8 | 0x80);
            gap >>= 7;
        }
        self.gaps.push(gap as u8);
        self.last = id;
        true
    }

    /// Inserts a record at its place. Returns `false` if it is already in the list.
    pub(super) fn insert(&mut self, record: RecordId) -> bool {
        if self.push(record) {
            return true;
        }
        if self.iter().any(|held| held == record) {
            return false;
        }
        let (before, after): (Vec<RecordId>, Vec<RecordId>) = self.iter().partition(|held| *held < record);
        *self = before.into_iter().chain([record]).chain(after).collect();
        true
    }

    /// Removes a record. Returns `false` if it is not in the list.
    pub(super) fn remove(&mut self, record: RecordId) -> bool {
        let was_there = self.iter().any(|held| held == record);
        if was_there {
            *self = self.iter().filter(|held| *held != record).collect();
        }
        was_there
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The records, ascending.
    pub(super) fn iter(&self) -> Records<'_> {
        Records { gaps: &self.gaps, front: 0, back: self.last }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.gaps.capacity()
    }
}

/// Collects ascending records; those out of order are dropped.
impl FromIterator<RecordId> for RecordList {
    fn from_iter<T: IntoIterator<Item = RecordId>>(records: T) -> Self {
        let mut list = Self::default();
        for record in records {
            list.push(record);
        }
        list
    }
}

impl Iterator for Records<'_> {
    type Item = RecordId;

    fn next(&mut self) -> Option<RecordId> {
        let length = self.gaps.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (gap, rest) = self.gaps.split_at(length);
        self.gaps = rest;
        self.front += value(gap);
        Some(RecordId(self.front))
    }
}

impl DoubleEndedIterator for Records<'_> {
    fn next_back(&mut self) -> Option<RecordId> {
        let (_, before) = self.gaps.split_last()?;
        let start = before.iter().rposition(|byte| byte & 0x80 == 0).map_or(0, |end| end + 1);
        let (rest, gap) = self.gaps.split_at(start);
        self.gaps = rest;
        let id = self.back;
        self.back -= value(gap);
        Some(RecordId(id))
    }
}

fn value(gap: &[u8]) -> u64 {
    gap.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_as_an_ordered_set(
            steps in prop::collection::vec((prop_oneof![0u64..200, any::<u64>()], prop::bool::weighted(0.3)), 0..60),
            ends in prop::collection::vec(any::<bool>(), 60),
        ) {
            let (mut list, mut model) = (RecordList::default(), BTreeSet::new());
            for (id, removes) in steps {
                if removes {
                    prop_assert_eq!(list.remove(RecordId(id)), model.remove(&RecordId(id)));
                } else {
                    prop_assert_eq!(list.insert(RecordId(id)), model.insert(RecordId(id)));
                }
            }
            prop_assert_eq!(list.is_empty(), model.is_empty());
            prop_assert!(list.iter().eq(model.iter().copied()));
            prop_assert!(list.iter().rev().eq(model.iter().rev().copied()));
            let (mut from_list, mut from_model) = (list.iter(), model.iter().copied());
            for is_back in ends {
                if is_back {
                    prop_assert_eq!(from_list.next_back(), from_model.next_back());
                } else {
                    prop_assert_eq!(from_list.next(), from_model.next());
                }
            }
        }
    }
}
