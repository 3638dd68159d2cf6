//! Writing: commits to the log, checkpoints to the data file, and replacement of the data file.
//!
//! Invariant: an acknowledged commit is in the log or in the data file, and in the overlay until it is in the data
//! file. If a failed write leaves the state of the disk unknown, no commit is acknowledged until the store is reopened.

use std::collections::HashSet;

use redb::{Database, ReadableDatabase, ReadableTable};

use super::batch::{Batch, Change, Table};
use super::data_file::{self, Applied, META, apply, transact};
use super::folder::{self, from_io};
use super::log::Log;
use super::overlay::Overlay;
use super::{Store, new_round};
use crate::error::StoreError;

impl Store {
    /// Applies the changes, all or none.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Io`]; the store is then unchanged. If the state of
    /// the disk is unknown, further commits fail until the store is reopened.
    pub fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut log = self.log.lock();
        let Some(payload) = log.payload(batch)? else {
            self.checkpoint(&mut log)?;
            let next = log.next() + 1;
            return self.write(&mut log, &Overlay::of([batch]), next);
        };
        if !log.has_room(&payload) {
            self.checkpoint(&mut log)?;
        }
        log.append(&payload).map_err(|error| from_io(self.folder.path(), error))?;
        self.overlay.write().add(batch);
        Ok(())
    }

    /// Makes all commits durable.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut log = self.log.lock();
        if log.is_synced() { Ok(()) } else { self.checkpoint(&mut log) }
    }

    /// Moves the overlay into the data file.
    pub(super) fn checkpoint(&self, log: &mut Log) -> Result<(), StoreError> {
        if self.overlay.read().is_empty() {
            return Ok(());
        }
        let next = log.next();
        self.write(log, &self.overlay.read(), next)?;
        self.overlay.write().clear();
        Ok(())
    }

    /// Writes changes to the data file, which then contains all commits before number `next`, and starts a new round of
    /// the log.
    fn write(&self, log: &mut Log, changes: &Overlay, next: u64) -> Result<(), StoreError> {
        let applied = self.applied(next)?;
        let written = transact(self.database()?, changes, applied).map_err(|error| self.fail(error));
        if written.is_ok() {
            log.start_round(applied);
        } else {
            // The transaction may be in the data file nonetheless; a frame appended to the current round would then be
            // ignored.
            log.stop();
        }
        written
    }

    /// The position after all commits before number `next`, with a new round.
    fn applied(&self, next: u64) -> Result<Applied, StoreError> {
        let round = new_round(&self.random).map_err(|error| from_io(self.folder.path(), error))?;
        Ok(Applied { next, round })
    }

    /// Applies the changes to a copy of the store and replaces the store with it, so that deleted bytes are no longer
    /// in the file; a commit would leave them in free pages. Also removes the logs that were set aside.
    ///
    /// # Errors
    /// As [`commit`](Self::commit). If the error comes before the new file is in place, the store is unchanged; later,
    /// further commits fail until the store is reopened.
    pub fn rewrite(&mut self, batch: &Batch) -> Result<(), StoreError> {
        // Caches, which may contain what the batch deletes.
        self.folder.write_rows(None)?;
        self.folder.write_words(None)?;
        self.checkpoint(&mut self.log.lock())?;
        let next = self.log.get_mut().next();
        let applied = self.applied(next)?;
        self.replace(applied, |store, fresh| store.copy_into(fresh, batch, applied))
    }

    /// Replaces the store with an empty one that has the named values of `batch`.
    ///
    /// # Errors
    /// As [`rewrite`](Self::rewrite).
    pub fn erase(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.folder.write_graph(None)?;
        self.folder.write_rows(None)?;
        self.folder.write_words(None)?;
        let next = self.log.get_mut().next();
        let applied = self.applied(next)?;
        let id = *self.log.get_mut().id();
        self.replace(applied, |_, fresh| data_file::fill_empty(fresh, &id, &Overlay::of([batch]), applied))
    }

    fn copy_into(&self, fresh: &Database, batch: &Batch, applied: Applied) -> Result<(), redb::Error> {
        let deleted: HashSet<(u8, u64)> = batch
            .0
            .iter()
            .filter_map(|change| match change {
                Change::Delete(table, key) => Some((table.tag(), *key)),
                _ => None,
            })
            .collect();
        let read = self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?.begin_read()?;
        let write = fresh.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            for row in read.open_table(META)?.iter()? {
                let (name, value) = row?;
                meta.insert(name.value(), value.value())?;
            }
        }
        for table in Table::ALL {
            let mut rows = write.open_table(table.definition())?;
            for row in read.open_table(table.definition())?.iter()? {
                let (key, value) = row?;
                if !deleted.contains(&(table.tag(), key.value())) {
                    rows.insert(key.value(), value.value())?;
                }
            }
        }
        apply(&write, &Overlay::of([batch]), applied)?;
        Ok(write.commit()?)
    }

    /// Replaces the data file with one written by `fill`, and empties the log, which may still contain deleted data.
    pub(super) fn replace(
        &mut self,
        applied: Applied,
        fill: impl FnOnce(&Self, &Database) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let fresh = data_file::create(&self.folder)
            .and_then(|fresh| fill(self, &fresh).map_err(|error| self.fail(error)));
        if let Err(error) = fresh {
            // Do not leave a partial file on a full disk.
            drop(folder::remove(&self.folder.pending()));
            return Err(error);
        }
        self.database = None;
        if let Err(error) = self.folder.promote_pending() {
            drop(folder::remove(&self.folder.pending()));
            self.database = Some(data_file::open(&self.folder)?);
            return Err(error);
        }
        // The overlay's changes are in the new file, or erased. Nothing is acknowledged until the replacement is
        // complete.
        self.overlay.get_mut().clear();
        let log = self.log.get_mut();
        log.stop();
        // Must precede emptying the log: otherwise a power failure could leave the old data file without its log.
        self.folder.sync_folder()?;
        self.database = Some(data_file::open(&self.folder)?);
        // They may contain deleted data.
        self.folder.remove_logs_aside()?;
        let log = self.log.get_mut();
        log.reset(applied).map_err(|error| from_io(self.folder.path(), error))
    }
}
