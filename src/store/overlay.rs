//! The overlay: committed changes that are not yet in the data file. Reads consult it first.
//!
//! Invariant: only the newest change of each key is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::{Batch, Change, Table};

type Value = Arc<[u8]>;

/// The newest pending change of each key.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// `None` marks a deletion.
    rows: BTreeMap<(Table, u64), Option<Value>>,
    meta: BTreeMap<Cow<'static, str>, Value>,
}

impl Overlay {
    /// Merges batches, oldest first.
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

    /// Approximate memory use in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let values = self.rows.values().flatten().chain(self.meta.values());
        let entries = (self.rows.len() + self.meta.len()) * 64;
        entries + values.map(|value| value.len() + 16).sum::<usize>()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The pending change of a key: `None` if there is none, `Some(None)` if the key was deleted.
    pub(super) fn row(&self, table: Table, key: u64) -> Option<&Option<Value>> {
        self.rows.get(&(table, key))
    }

    /// The pending changes of a table from key `first` on, ascending.
    pub(super) fn rows(&self, table: Table, first: u64) -> impl Iterator<Item = (u64, &Option<Value>)> {
        self.rows.range((table, first)..=(table, u64::MAX)).map(|((_, key), value)| (*key, value))
    }

    /// The pending value of a name in `meta`.
    pub(super) fn meta(&self, name: &str) -> Option<Value> {
        self.meta.get(name).cloned()
    }

    /// All pending named values, by name.
    pub(super) fn metas(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.meta.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}
