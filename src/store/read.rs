//! Reading: the data file overlaid with the commits since the last checkpoint.
//!
//! Invariant: a reader sees a consistent view at one moment, complete commits only. A value that cannot be decoded is
//! returned as an error of its own and does not prevent reading the others.

use redb::{ReadableDatabase, ReadableTableMetadata};

use super::batch::{META_TAG, Table};
use super::codec::{self, Stored};
use super::{Store, data_file};
use crate::error::StoreError;

impl Store {
    /// The named value `name` in `meta`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::NewerValue`], [`StoreError::Io`].
    pub fn meta<T: Stored>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let newer = self.overlay.read().meta(name);
        let value = match newer {
            Some(value) => Some(value.to_vec()),
            None => data_file::meta_bytes(self.database()?, name).map_err(|error| self.fail(error))?,
        };
        value.map(|bytes| codec::open(META_TAG, 0, &bytes)).transpose()
    }

    /// The value under a key.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::NewerValue`], [`StoreError::Io`].
    pub fn get<T: Stored>(&self, table: Table, key: u64) -> Result<Option<T>, StoreError> {
        let newer = self.overlay.read().row(table, key).cloned();
        if let Some(value) = newer {
            return value.map(|value| codec::open(table.tag(), key, &value)).transpose();
        }
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let value = rows.get(key).map_err(|error| self.fail(error))?;
        value.map(|value| codec::open(table.tag(), key, value.value())).transpose()
    }

    /// The values under several keys, in the order of the keys, from one consistent view: each as [`get`](Self::get)
    /// returns it.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn get_many<T: Stored>(
        &self,
        table: Table,
        keys: impl IntoIterator<Item = u64>,
    ) -> Result<Vec<Result<Option<T>, StoreError>>, StoreError> {
        // A commit leaves the overlay only after it is in the data file, so the two together are complete under one
        // lock.
        let overlay = self.overlay.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let newer: Vec<_> = keys.into_iter().map(|key| (key, overlay.row(table, key).cloned())).collect();
        drop(overlay);
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let mut values = Vec::with_capacity(newer.len());
        for (key, newer) in newer {
            values.push(if let Some(newer) = newer {
                newer.map(|value| codec::open(table.tag(), key, &value)).transpose()
            } else {
                let value = rows.get(key).map_err(|error| self.fail(error))?;
                value.map(|value| codec::open(table.tag(), key, value.value())).transpose()
            });
        }
        Ok(values)
    }

    /// All keys of a table, ascending.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn keys(&self, table: Table) -> Result<Vec<u64>, StoreError> {
        let mut keys = Vec::new();
        self.rows(table, 0, |key, _| {
            keys.push(key);
            Ok::<(), StoreError>(())
        })?;
        Ok(keys)
    }

    /// Calls `visit` with every value of a table, by ascending key, from one consistent view. A value that fails
    /// verification is passed as its error, so that the caller can decide how to proceed.
    ///
    /// # Errors
    /// [`StoreError::Io`], and any error that `visit` returns.
    pub fn scan<T: Stored, E: From<StoreError>>(
        &self,
        table: Table,
        visit: impl FnMut(u64, Result<T, StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_from(table, 0, visit)
    }

    /// Like [`scan`](Self::scan), starting at key `first`.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn scan_from<T: Stored, E: From<StoreError>>(
        &self,
        table: Table,
        first: u64,
        mut visit: impl FnMut(u64, Result<T, StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows(table, first, |key, value| visit(key, codec::open(table.tag(), key, value)))
    }

    /// Calls `visit` with the sealed values of a table, by ascending key, from one consistent view.
    fn rows<E: From<StoreError>>(
        &self,
        table: Table,
        first: u64,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // A commit leaves the overlay only after it is in the data file, so the two together are complete under one
        // lock.
        let overlay = self.overlay.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let newer: Vec<_> = overlay.rows(table, first).map(|(key, value)| (key, value.clone())).collect();
        drop(overlay);
        let mut newer = newer.into_iter().peekable();
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        for row in rows.range(first..).map_err(|error| self.fail(error))? {
            let (key, value) = row.map_err(|error| self.fail(error))?;
            let key = key.value();
            while let Some((before, value)) = newer.next_if(|(newer, _)| *newer < key) {
                value.map_or(Ok(()), |value| visit(before, &value))?;
            }
            match newer.next_if(|(newer, _)| *newer == key) {
                Some((_, value)) => value.map_or(Ok(()), |value| visit(key, &value))?,
                None => visit(key, value.value())?,
            }
        }
        newer.try_for_each(|(key, value)| value.map_or(Ok(()), |value| visit(key, &value)))
    }

    /// Number of values in a table.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn count(&self, table: Table) -> Result<u64, StoreError> {
        let overlay = self.overlay.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let mut count = rows.len().map_err(|error| self.fail(error))?;
        for (key, value) in overlay.rows(table, 0) {
            let was_there = rows.get(key).map_err(|error| self.fail(error))?.is_some();
            count = count + u64::from(value.is_some()) - u64::from(was_there);
        }
        Ok(count)
    }

    /// The greatest key of a table less than `below`.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn last_key(&self, table: Table, below: u64) -> Result<Option<u64>, StoreError> {
        let overlay = self.overlay.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let newer = overlay.rows(table, 0).filter(|(key, value)| *key < below && value.is_some()).last();
        for row in rows.range(..below).map_err(|error| self.fail(error))?.rev() {
            let key = row.map_err(|error| self.fail(error))?.0.value();
            // Skip keys whose deletion is pending.
            if overlay.row(table, key).is_none_or(Option::is_some) {
                return Ok(newer.map(|(key, _)| key).max(Some(key)));
            }
        }
        Ok(newer.map(|(key, _)| key))
    }
}
