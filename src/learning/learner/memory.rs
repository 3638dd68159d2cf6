//! The memory that the learner uses.
//!
//! Invariant: the size is computed from the contents, and is within a tenth of what was allocated.

use std::collections::BTreeMap;

use super::{Held, Key, Learner};
use crate::learning::learner::record_list::RecordList;

/// Bytes of a tree map with so many entries. Its nodes are at least two thirds full, and some are inner nodes.
fn tree_bytes(entries: usize, entry: usize) -> usize {
    entries * (entry + 4) * 3 / 2
}

impl Learner {
    /// Approximate number of bytes in memory.
    pub fn memory_bytes(&self) -> usize {
        let counted = 2 * size_of::<usize>();
        let records: usize = self
            .records
            .values()
            .map(|held| counted + size_of::<Held>() + held.items.heap_bytes() + held.kept.heap_bytes())
            .sum();
        let slots = self.records.capacity() * 8 / 7 * (2 * size_of::<u64>() + 1);
        let of_scope = |pools: &BTreeMap<Key, super::Pool>| {
            tree_bytes(pools.len(), size_of::<(Key, super::Pool)>())
                + pools.values().map(super::Pool::heap_bytes).sum::<usize>()
        };
        let pools: usize = self.nodes.values().map(of_scope).sum();
        let subject = |(text, told): &(String, RecordList)| text.capacity() + told.heap_bytes();
        let subjects = tree_bytes(self.subjects.len(), size_of::<(Key, (String, [usize; 3]))>())
            + self.subjects.values().map(subject).sum::<usize>();
        slots
            + records
            + pools
            + subjects
            + self.occasions.memory_bytes()
            + self.totals.memory_bytes()
            + self.own_texts.memory_bytes()
    }
}
