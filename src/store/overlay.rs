//! The overlay: changes that were committed and are not in the data file yet. Reading lays them over it.
//!
//! Invariant: of each key the newest change alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::{Batch, Change, Table};

type Value = Arc<[u8]>;

/// The newest value of all that is to be brought to the data file.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// `None` where it was deleted.
    rows: BTreeMap<(Table, u64), Option<Value>>,
    meta: BTreeMap<Cow<'static, str>, Value>,
}

impl Overlay {
    /// The changes of batches, the oldest first.
    pub(super) fn of<'a>(batches: impl IntoIterator<Item = &'a Batch>) -> Self {
        let mut pending = Self::default();
        batches.into_iter().for_each(|batch| pending.add(batch));
        pending
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.meta.is_empty()
    }

    pub(super) fn add(&mut self, batch: &Batch) {
        for change in &batch.0 {
            match change {
                Change::Put(table, key, value) => {
                    self.rows.insert((*table, *key), Some(value.as_slice().into()));
                }
                Change::Delete(table, key) => {
                    self.rows.insert((*table, *key), None);
                }
                Change::Meta(name, value) => {
                    self.meta.insert(name.clone(), value.as_slice().into());
                }
            }
        }
    }

    /// Bytes in memory, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let values = self.rows.values().flatten().chain(self.meta.values());
        let entries = (self.rows.len() + self.meta.len()) * 64;
        entries + values.map(|value| value.len() + 16).sum::<usize>()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// `None` where nothing is pending for the key, else its value, if it still has one.
    pub(super) fn row(&self, table: Table, key: u64) -> Option<&Option<Value>> {
        self.rows.get(&(table, key))
    }

    /// The changes of a table from a key on, ascending.
    pub(super) fn rows(&self, table: Table, first: u64) -> impl Iterator<Item = (u64, &Option<Value>)> {
        self.rows.range((table, first)..=(table, u64::MAX)).map(|((_, key), value)| (*key, value))
    }

    /// A named value of the store itself.
    pub(super) fn meta(&self, name: &str) -> Option<Value> {
        self.meta.get(name).cloned()
    }

    /// All named values, by name.
    pub(super) fn metas(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.meta.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}
