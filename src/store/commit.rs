//! Writing: commits to the log, checkpoints to the data file, and data files that take the place of others.
//!
//! Invariant: what was acknowledged is in the log or in the data file, and in the overlay until it is in the latter. Where
//! a write leaves it unknown what the disk holds, nothing more is acknowledged until the store is opened again.

use std::collections::HashSet;

use redb::{Database, ReadableDatabase, ReadableTable};

use super::batch::{Batch, Change, Table};
use super::data_file::{self, Applied, META, apply, transact};
use super::folder::{self, from_io};
use super::log::Log;
use super::overlay::Overlay;
use super::{Store, round};
use crate::error::StoreError;

impl Store {
    /// Makes the changes, all or none.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Io`]; nothing is changed then. Where it is not known
    /// what the disk holds, there are no further commits until the store is opened again.
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

    /// Brings all commits to the disk.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut log = self.log.lock();
        if log.is_synced() { Ok(()) } else { self.checkpoint(&mut log) }
    }

    /// Brings the overlay to the data file.
    pub(super) fn checkpoint(&self, log: &mut Log) -> Result<(), StoreError> {
        if self.overlay.read().is_empty() {
            return Ok(());
        }
        let next = log.next();
        self.write(log, &self.overlay.read(), next)?;
        self.overlay.write().clear();
        Ok(())
    }

    /// Brings changes to the data file, which then has all commits before number `next`, and starts the log over.
    fn write(&self, log: &mut Log, changes: &Overlay, next: u64) -> Result<(), StoreError> {
        let applied = self.applied(next)?;
        let written = transact(self.database()?, changes, applied).map_err(|error| self.fail(error));
        if written.is_ok() {
            log.start_over(applied);
        } else {
            // It may be in the data file all the same, and a frame of what comes then has no place in the log.
            log.stop();
        }
        written
    }

    /// That the data file has all commits before number `next`, and a new round of the log begins.
    fn applied(&self, next: u64) -> Result<Applied, StoreError> {
        let round = round(&self.random).map_err(|error| from_io(self.folder.path(), error))?;
        Ok(Applied { next, round })
    }

    /// Makes the changes in a copy of the store that takes the store's place: what a batch deletes is then
    /// no longer in the file at all, where a commit would leave its bytes in free pages. Logs that were set aside go, too.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); the store is then as before.
    pub fn rewrite(&mut self, batch: &Batch) -> Result<(), StoreError> {
        // A cache, which may hold what the batch deletes.
        self.folder.write_rows(None)?;
        self.folder.write_words(None)?;
        self.checkpoint(&mut self.log.lock())?;
        let next = self.log.get_mut().next();
        let applied = self.applied(next)?;
        self.replace(applied, |store, fresh| store.copy_into(fresh, batch, applied))
    }

    /// Puts an empty store, with the named values of `batch`, in the place of this one.
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

    /// Puts another data file in the place of the present one, and empties the log: what was taken out may still be in
    /// there.
    pub(super) fn replace(
        &mut self,
        applied: Applied,
        fill: impl FnOnce(&Self, &Database) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let fresh = data_file::create(&self.folder)
            .and_then(|fresh| fill(self, &fresh).map_err(|error| self.fail(error)));
        if let Err(error) = fresh {
            // What a full disk has no room for does not stay on it.
            drop(folder::remove(&self.folder.pending()));
            return Err(error);
        }
        self.database = None;
        if let Err(error) = self.folder.promote_pending() {
            drop(folder::remove(&self.folder.pending()));
            self.database = Some(data_file::open(&self.folder)?);
            return Err(error);
        }
        // What was in the overlay is in the new file, or is erased. Until all is done nothing more is acknowledged.
        self.overlay.get_mut().clear();
        let log = self.log.get_mut();
        log.stop();
        // Before the log is emptied: else a loss of power might leave the old file without its log.
        self.folder.sync_names()?;
        self.database = Some(data_file::open(&self.folder)?);
        // Nobody knows what they hold.
        self.folder.remove_asides()?;
        let log = self.log.get_mut();
        log.renew(applied).map_err(|error| from_io(self.folder.path(), error))
    }
}
