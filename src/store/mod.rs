//! Records and everything kept beside them, in one redb file that is synced before a write is acknowledged.
//!
//! ```text
//! folder/
//!   idiolect.redb    tables: meta, records, derived, entries, inference, tags
//!   idiolect.log     what was committed since the last checkpoint; only while the store is open, or after a crash
//!   idiolect.lock    held while the store is open
//!   idiolect.graph   snapshot of the graph index, where there is one; a cache
//!   idiolect.rows    snapshot of the vectors in memory, where there are many; a cache
//!   idiolect.words   snapshot of the words and further keys in memory, likewise
//! ```
//!
//! Invariant: a [`Batch`] is on the disk whole or not at all. `records`, `tags` and `entries` are the truth;
//! `derived` can be computed from them again. What the values mean is left to the layers above.
//!
//! A commit goes to the log and stays in memory; some hundred of them make a checkpoint, one transaction of the data
//! file. Reading lays what is in memory over the data file.

mod codec;
mod folder;
#[cfg(test)]
mod golden;
mod log;
mod pending;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parking_lot::{Mutex, RwLock};
use redb::{
    Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition, TableError,
    WriteTransaction,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use folder::{Folder, from_io};
use log::Log;
use pending::Pending;

/// Version of the tables and of what they hold. 2 has history items with keys of the app's own; all before are read.
pub const FORMAT: u32 = 2;

/// Pages that redb may keep in memory, in bytes.
const CACHE_BYTES: usize = 5 << 20;

const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";
/// How many commits are in the data file.
const APPLIED_KEY: &str = "applied";

/// A table of sealed values under `u64` keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// What happened: [`Record`] by record id.
    Records,
    /// What was computed from a record, by record id.
    Derived,
    /// What the person said about preferences, and what a host model inferred, by preference id.
    Entries,
    /// Questions for the host's model, by inference id.
    Inference,
    /// The tags of those records that have any, by record id.
    Tags,
}

impl Table {
    const ALL: [Self; 5] = [Self::Records, Self::Derived, Self::Entries, Self::Inference, Self::Tags];

    fn definition(self) -> TableDefinition<'static, u64, &'static [u8]> {
        TableDefinition::new(match self {
            Self::Records => "records",
            Self::Derived => "derived",
            Self::Entries => "entries",
            Self::Inference => "inference",
            Self::Tags => "tags",
        })
    }

    fn tag(self) -> u8 {
        match self {
            Self::Records => 1,
            Self::Derived => 2,
            Self::Entries => 3,
            Self::Inference => 4,
            Self::Tags => 5,
        }
    }
}

const META_TAG: u8 = 0;

#[derive(Serialize, Deserialize)]
enum Change {
    Put(Table, u64, Vec<u8>),
    Delete(Table, u64),
    Meta(Cow<'static, str>, Vec<u8>),
}

/// Changes that happen together.
#[derive(Default, Serialize, Deserialize)]
pub struct Batch(Vec<Change>);

impl Batch {
    /// With no changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how long it is in the log.
    fn bytes(&self) -> usize {
        let of = |change: &Change| match change {
            Change::Put(_, _, value) => value.len(),
            Change::Delete(..) => 0,
            Change::Meta(name, value) => name.len() + value.len(),
        };
        self.0.iter().map(|change| 16 + of(change)).sum()
    }

    /// Writes a value.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the value is larger than a frame may be.
    pub fn put<T: Serialize>(&mut self, table: Table, key: u64, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Put(table, key, codec::seal(table.tag(), key, value)?));
        Ok(())
    }

    /// Takes a value away, if it is there.
    pub fn delete(&mut self, table: Table, key: u64) {
        self.0.push(Change::Delete(table, key));
    }

    /// Writes a named value of the store itself.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_meta<T: Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Meta(name.into(), codec::seal(META_TAG, 0, value)?));
        Ok(())
    }
}

/// An open store. Reads and commits take `&self`; commits are put in order.
pub struct Store {
    /// `None` only after a failed [`Store::rewrite`].
    database: Option<Database>,
    /// Held by whoever commits; taken before `pending`.
    log: Mutex<Log>,
    /// Never held for writing while the disk is waited for.
    pending: RwLock<Pending>,
    /// The last to be dropped: it holds the lock.
    folder: Folder,
}

impl Store {
    /// Opens the store in `path`, or makes one where the folder is absent or empty. With `synced` every
    /// commit reaches the disk before it returns, else with the next [`flush`](Self::flush), or when many wait.
    ///
    /// # Errors
    /// Every [`StoreError`] but `EncoderMismatch`.
    pub fn open(path: &Path, synced: bool) -> Result<Self, StoreError> {
        let (folder, has_data) = Folder::hold(path)?;
        if !has_data {
            let database = create(&folder)?;
            fill_empty(&database).map_err(|error| from_redb(&folder, error))?;
            drop(database);
            // One that is there is of a store that is no more.
            folder::remove(&folder.log()).map_err(|error| from_io(folder.path(), error))?;
            folder.promote_pending()?;
            folder.sync_names()?;
        }
        let database = open_database(&folder)?;
        let fail = |error| from_redb(&folder, error);
        let format = meta_bytes(&database, FORMAT_KEY).map_err(fail)?;
        let found = format.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let found = found.ok_or_else(|| StoreError::Foreign {
            folder: folder.path().to_owned(),
            reason: "its data file is another program's",
        })?;
        if found > FORMAT {
            return Err(StoreError::Newer { found, supported: FORMAT });
        }
        bring_up(&database, found).map_err(fail)?;
        let next = apply_log(&folder, &database)?;
        let log = Log::create(folder.log(), next, synced).map_err(|error| from_io(folder.path(), error))?;
        Ok(Self { database: Some(database), log: Mutex::new(log), pending: RwLock::default(), folder })
    }

    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Damaged { what: "the data file could not be opened again" })
    }

    fn fail(&self, error: impl Into<redb::Error>) -> StoreError {
        from_redb(&self.folder, error.into())
    }

    /// A named value of the store itself.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn meta<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let pending = self.pending.read().meta(name);
        let value = match pending {
            Some(value) => Some(value.to_vec()),
            None => meta_bytes(self.database()?, name).map_err(|error| self.fail(error))?,
        };
        value.map(|bytes| codec::open(META_TAG, 0, &bytes)).transpose()
    }

    /// A value.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn get<T: DeserializeOwned>(&self, table: Table, key: u64) -> Result<Option<T>, StoreError> {
        let pending = self.pending.read().row(table, key).cloned();
        if let Some(value) = pending {
            return value.map(|value| codec::open(table.tag(), key, &value)).transpose();
        }
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let value = rows.get(key).map_err(|error| self.fail(error))?;
        value.map(|value| codec::open(table.tag(), key, value.value())).transpose()
    }

    /// The values under some keys, in their order, from one moment's view: each as [`get`](Self::get) returns it.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn get_many<T: DeserializeOwned>(
        &self,
        table: Table,
        keys: impl IntoIterator<Item = u64>,
    ) -> Result<Vec<Result<Option<T>, StoreError>>, StoreError> {
        // What is pending stays so until it is in the data file: looked at under one lock, the two lack nothing.
        let pending = self.pending.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let newer: Vec<_> = keys.into_iter().map(|key| (key, pending.row(table, key).cloned())).collect();
        drop(pending);
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

    /// Hands every value of a table to `visit`, by ascending key, from one moment's view. A value that does
    /// not verify is handed over as its error, so that the caller can decide what to do without it.
    ///
    /// # Errors
    /// [`StoreError::Io`], and what `visit` returns.
    pub fn scan<T: DeserializeOwned, E: From<StoreError>>(
        &self,
        table: Table,
        visit: impl FnMut(u64, Result<T, StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_from(table, 0, visit)
    }

    /// As [`scan`](Self::scan), from a key on.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn scan_from<T: DeserializeOwned, E: From<StoreError>>(
        &self,
        table: Table,
        first: u64,
        mut visit: impl FnMut(u64, Result<T, StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows(table, first, |key, value| visit(key, codec::open(table.tag(), key, value)))
    }

    /// Hands the sealed values of a table to `visit`, by ascending key, from one moment's view.
    fn rows<E: From<StoreError>>(
        &self,
        table: Table,
        first: u64,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // What is pending stays so until it is in the data file: looked at under one lock, the two lack nothing.
        let pending = self.pending.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let newer: Vec<_> = pending.rows(table, first).map(|(key, value)| (key, value.clone())).collect();
        drop(pending);
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

    /// How many values a table holds.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn count(&self, table: Table) -> Result<u64, StoreError> {
        let pending = self.pending.read();
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let mut count = rows.len().map_err(|error| self.fail(error))?;
        for (key, value) in pending.rows(table, 0) {
            let was_there = rows.get(key).map_err(|error| self.fail(error))?.is_some();
            count = count + u64::from(value.is_some()) - u64::from(was_there);
        }
        Ok(count)
    }

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
        let Some(frame) = log.frame(batch)? else {
            self.checkpoint(&mut log)?;
            let next = log.next() + 1;
            self.write(&mut log, &Pending::of([batch]), next)?;
            log.start_over(next);
            return Ok(());
        };
        if !log.has_room(&frame) {
            self.checkpoint(&mut log)?;
        }
        log.append(&frame).map_err(|error| from_io(self.folder.path(), error))?;
        self.pending.write().add(batch);
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

    /// Brings what is pending to the data file.
    fn checkpoint(&self, log: &mut Log) -> Result<(), StoreError> {
        let next = log.next();
        if !self.pending.read().is_empty() {
            self.write(log, &self.pending.read(), next)?;
            self.pending.write().clear();
        }
        log.start_over(next);
        Ok(())
    }

    fn write(&self, log: &mut Log, pending: &Pending, applied: u64) -> Result<(), StoreError> {
        let written = transact(self.database()?, pending, applied).map_err(|error| self.fail(error));
        if written.is_err() {
            // It may be in the data file all the same, and a frame of what comes then has no place in the log.
            log.stop();
        }
        written
    }

    /// Makes the changes in a copy of the store that takes the store's place: what a batch deletes is then
    /// no longer in the file at all, where a commit would leave its bytes in free pages.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); the store is then as before.
    pub fn rewrite(&mut self, batch: &Batch) -> Result<(), StoreError> {
        // A cache, which may hold what the batch deletes.
        self.folder.write_rows(None)?;
        self.folder.write_words(None)?;
        self.checkpoint(&mut self.log.lock())?;
        self.replace(|store, fresh| store.copy_into(fresh, batch))
    }

    /// Puts an empty store, with the named values of `batch`, in the place of this one.
    ///
    /// # Errors
    /// As [`rewrite`](Self::rewrite).
    pub fn erase(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.folder.write_graph(None)?;
        self.folder.write_rows(None)?;
        self.folder.write_words(None)?;
        let next = self.log.lock().next();
        self.replace(|_, fresh| {
            fill_empty(fresh)?;
            transact(fresh, &Pending::of([batch]), next)
        })
    }

    fn copy_into(&self, fresh: &Database, batch: &Batch) -> Result<(), redb::Error> {
        let deleted: std::collections::HashSet<(u8, u64)> = batch
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
        apply(&write, &Pending::of([batch]), self.log.lock().next())?;
        Ok(write.commit()?)
    }

    /// Puts another data file in the place of the present one, and empties the log: what was taken out may still be in
    /// there.
    fn replace(
        &mut self,
        fill: impl FnOnce(&Self, &Database) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let fresh =
            create(&self.folder).and_then(|fresh| fill(self, &fresh).map_err(|error| self.fail(error)));
        if let Err(error) = fresh {
            // What a full disk has no room for does not stay on it.
            drop(folder::remove(&self.folder.pending()));
            return Err(error);
        }
        self.database = None;
        if let Err(error) = self.folder.promote_pending() {
            drop(folder::remove(&self.folder.pending()));
            self.database = Some(open_database(&self.folder)?);
            return Err(error);
        }
        // What is pending is in the new file, or is erased. Until all is done nothing more is acknowledged.
        self.pending.get_mut().clear();
        let log = self.log.get_mut();
        log.stop();
        // Before the log is emptied: else a loss of power might leave the old file without its log.
        self.folder.sync_names()?;
        self.database = Some(open_database(&self.folder)?);
        log.renew().map_err(|error| from_io(self.folder.path(), error))
    }

    /// Bytes of the data file.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn file_bytes(&self) -> Result<u64, StoreError> {
        let found = std::fs::metadata(self.folder.data());
        found.map(|found| found.len()).map_err(|error| from_io(self.folder.path(), error))
    }

    /// Replaces the snapshot of the graph index, or takes it away.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Io`]; the old one is then still there.
    pub fn write_graph(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_graph(bytes)
    }

    /// Replaces the snapshot of the vectors, or takes it away; [`rewrite`](Self::rewrite) does so, too.
    ///
    /// # Errors
    /// As [`write_graph`](Self::write_graph).
    pub fn write_rows(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_rows(bytes)
    }

    /// Whether there is a snapshot of the vectors.
    pub fn has_rows(&self) -> bool {
        self.folder.has_rows()
    }

    /// The snapshot of the vectors, if there is one of at most `limit` bytes.
    pub fn read_rows(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_rows(limit)
    }

    /// Replaces the snapshot of the words, or takes it away; [`rewrite`](Self::rewrite) does so, too.
    ///
    /// # Errors
    /// As [`write_graph`](Self::write_graph).
    pub fn write_words(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_words(bytes)
    }

    /// Whether there is a snapshot of the words.
    pub fn has_words(&self) -> bool {
        self.folder.has_words()
    }

    /// The snapshot of the words, if there is one of at most `limit` bytes.
    pub fn read_words(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_words(limit)
    }

    /// Bytes that the store holds in memory, roughly: the pages of the data file that it may keep, and what is pending.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn memory_bytes(&self) -> Result<usize, StoreError> {
        let pages = usize::try_from(self.file_bytes()?).unwrap_or(usize::MAX).min(CACHE_BYTES);
        Ok(pages + self.pending.read().memory_bytes())
    }

    /// The snapshot of the graph index, if there is one of at most `limit` bytes.
    pub fn read_graph(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_graph(limit)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let mut log = self.log.lock();
        // What cannot be brought to the data file stays in the log.
        if self.database.is_some() && self.checkpoint(&mut log).is_ok() {
            log.remove();
        }
    }
}

fn create(folder: &Folder) -> Result<Database, StoreError> {
    let path = folder.pending();
    folder::remove(&path).map_err(|error| from_io(folder.path(), error))?;
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path);
    database.map_err(|error| from_redb(folder, error.into()))
}

fn open_database(folder: &Folder) -> Result<Database, StoreError> {
    // A damaged file may make redb panic in builds with debug assertions.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder().set_cache_size(CACHE_BYTES).open(folder.data());
        database.map_err(|error| from_redb(folder, error.into()))
    }));
    match opened {
        Ok(opened) => opened,
        Err(_) => Err(StoreError::Damaged { what: "the data file" }),
    }
}

/// Brings the commits of the log of a store that was not closed to the data file; the number of the next one.
fn apply_log(folder: &Folder, database: &Database) -> Result<u64, StoreError> {
    let fail = |error| from_redb(folder, error);
    let applied = meta_bytes(database, APPLIED_KEY).map_err(fail)?;
    let applied = applied.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let batches = log::read(&folder.log(), applied)?;
    let next = applied + batches.len() as u64;
    if !batches.is_empty() {
        transact(database, &Pending::of(&batches), next).map_err(fail)?;
    }
    Ok(next)
}

/// Makes a store of an older format one of this: the records stay, a table that it lacks is added.
fn bring_up(database: &Database, format: u32) -> Result<(), redb::Error> {
    match database.begin_read()?.open_table(Table::Tags.definition()) {
        Err(TableError::TableDoesNotExist(_)) => {}
        found => {
            found?;
            if format == FORMAT {
                return Ok(());
            }
        }
    }
    let write = database.begin_write()?;
    write.open_table(META)?.insert(FORMAT_KEY, FORMAT.to_le_bytes().as_slice())?;
    write.open_table(Table::Tags.definition())?;
    Ok(write.commit()?)
}

fn meta_bytes(database: &Database, name: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = match database.begin_read()?.open_table(META) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(table.get(name)?.map(|value| value.value().to_vec()))
}

fn fill_empty(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(FORMAT_KEY, FORMAT.to_le_bytes().as_slice())?;
    for table in Table::ALL {
        write.open_table(table.definition())?;
    }
    Ok(write.commit()?)
}

/// One durable transaction; `applied` is how many commits the data file then has.
fn transact(database: &Database, pending: &Pending, applied: u64) -> Result<(), redb::Error> {
    let mut write = database.begin_write()?;
    // So that opening after a crash does not read the whole file.
    write.set_quick_repair(true);
    apply(&write, pending, applied)?;
    Ok(write.commit()?)
}

fn apply(write: &WriteTransaction, pending: &Pending, applied: u64) -> Result<(), redb::Error> {
    for table in Table::ALL {
        let mut rows = write.open_table(table.definition())?;
        for (key, value) in pending.rows(table, 0) {
            match value {
                Some(value) => rows.insert(key, value.as_ref())?,
                None => rows.remove(key)?,
            };
        }
    }
    let mut meta = write.open_table(META)?;
    for (name, value) in pending.metas() {
        meta.insert(name, value)?;
    }
    meta.insert(APPLIED_KEY, applied.to_le_bytes().as_slice())?;
    Ok(())
}

fn from_redb(folder: &Folder, error: redb::Error) -> StoreError {
    match error {
        // Short reads are of a file that was cut.
        redb::Error::Io(error)
            if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            StoreError::Damaged { what: "the data file" }
        }
        redb::Error::Io(error) => from_io(folder.path(), error),
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
            StoreError::Locked { folder: folder.path().to_owned() }
        }
        redb::Error::UpgradeRequired(found) => {
            StoreError::Newer { found: u32::from(found), supported: FORMAT }
        }
        redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::TableIsMultimap(_) => {
            StoreError::Damaged { what: "a table is missing or of another kind" }
        }
        redb::Error::PreviousIo => {
            StoreError::Io(std::io::Error::other("an earlier write failed; open the store again"))
        }
        _ => StoreError::Damaged { what: "the data file" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &Store, key: u64, text: &str) {
        let mut batch = Batch::new();
        batch.put(Table::Records, key, &text.to_owned()).unwrap();
        store.commit(&batch).unwrap();
    }

    #[test]
    fn a_store_of_an_older_format_becomes_one_of_this() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        put(&store, 7, "kept");
        drop(store);
        let database = Database::open(folder.path().join("idiolect.redb")).unwrap();
        let write = database.begin_write().unwrap();
        let one = 1u32.to_le_bytes();
        write.open_table(META).unwrap().insert(FORMAT_KEY, one.as_slice()).unwrap();
        write.delete_table(Table::Tags.definition()).unwrap();
        write.commit().unwrap();
        drop(database);
        let store = Store::open(folder.path(), true).unwrap();
        assert_eq!(store.get::<String>(Table::Records, 7).unwrap().as_deref(), Some("kept"));
        assert_eq!(store.count(Table::Tags).unwrap(), 0);
        let format = meta_bytes(store.database().unwrap(), FORMAT_KEY).unwrap().unwrap();
        assert_eq!(format, FORMAT.to_le_bytes(), "an older library is to see that it cannot read it");
    }

    fn contains(folder: &Path, needle: &str) -> bool {
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    }

    #[test]
    fn what_was_committed_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        for synced in [true, false] {
            let store = Store::open(folder.path(), synced).unwrap();
            put(&store, 1, "one");
            put(&store, 2, "two");
            store.flush().unwrap();
            drop(store);
            let store = Store::open(folder.path(), synced).unwrap();
            assert_eq!(store.keys(Table::Records).unwrap(), [1, 2]);
            assert_eq!(store.get::<String>(Table::Records, 2).unwrap().as_deref(), Some("two"));
            assert_eq!(store.get::<String>(Table::Records, 3).unwrap(), None);
        }
    }

    #[test]
    fn a_rewrite_takes_the_bytes_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "keep this sentence");
        put(&store, 2, "a secret sentence");
        assert!(contains(folder.path(), "a secret sentence"));
        let mut batch = Batch::new();
        batch.delete(Table::Records, 2);
        batch.put_meta("next", &7u64).unwrap();
        store.rewrite(&batch).unwrap();
        assert!(!contains(folder.path(), "a secret sentence"));
        assert_eq!(store.keys(Table::Records).unwrap(), [1]);
        assert_eq!(store.meta::<u64>("next").unwrap(), Some(7));
        put(&store, 3, "later");
        drop(store);
        let store = Store::open(folder.path(), true).unwrap();
        assert_eq!(store.keys(Table::Records).unwrap(), [1, 3]);
    }

    #[test]
    fn an_erased_store_is_empty_in_the_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "a secret sentence");
        store.write_graph(Some(b"a secret sentence")).unwrap();
        store.erase(&Batch::new()).unwrap();
        assert!(!contains(folder.path(), "a secret sentence"));
        assert_eq!(store.count(Table::Records).unwrap(), 0);
    }

    #[test]
    fn a_store_from_before_there_were_tags_opens() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "one");
        store.checkpoint(&mut store.log.lock()).unwrap();
        let write = store.database().unwrap().begin_write().unwrap();
        assert!(write.delete_table(Table::Tags.definition()).unwrap());
        write.commit().unwrap();
        drop(store);
        let mut store = Store::open(folder.path(), true).unwrap();
        assert_eq!(store.count(Table::Tags).unwrap(), 0);
        store.rewrite(&Batch::new()).unwrap();
        assert_eq!(store.keys(Table::Records).unwrap(), [1]);
    }

    #[test]
    fn a_leftover_pending_file_is_harmless() {
        let folder = tempfile::tempdir().unwrap();
        put(&Store::open(folder.path(), true).unwrap(), 1, "one");
        std::fs::write(folder.path().join("idiolect.redb.new"), b"half written").unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        assert_eq!(store.keys(Table::Records).unwrap(), [1]);
        assert!(!folder.path().join("idiolect.redb.new").exists());
    }

    #[test]
    fn what_cannot_be_written_leaves_no_file_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "one");
        let fresh = folder.path().join("idiolect.redb.new");
        let failed = store.replace(|_, _| {
            assert!(fresh.exists());
            Err(redb::Error::Io(ErrorKind::StorageFull.into()))
        });
        assert!(matches!(failed, Err(StoreError::Full)));
        assert!(!fresh.exists());
        // A folder cannot be written over.
        std::fs::create_dir_all(folder.path().join("idiolect.graph/full")).unwrap();
        assert!(store.write_graph(Some(b"nodes")).is_err());
        assert!(!fresh.exists());
        put(&store, 2, "two");
        assert_eq!(store.keys(Table::Records).unwrap(), [1, 2], "it goes on");
    }

    #[test]
    fn once_another_file_is_in_place_and_cannot_be_read_nothing_is_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "one");
        let fresh = folder.path().join("idiolect.redb.new");
        let failed = store.replace(|_, _| {
            std::fs::remove_file(&fresh).unwrap();
            std::fs::write(&fresh, b"no data file").unwrap();
            Ok(())
        });
        assert!(failed.is_err());
        assert!(store.pending.read().is_empty());
        let mut batch = Batch::new();
        batch.put(Table::Records, 2, &"two".to_owned()).unwrap();
        assert!(store.commit(&batch).unwrap_err().to_string().contains("open the store again"));
    }

    #[test]
    fn a_damaged_value_is_told_and_its_neighbours_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "one");
        put(&store, 2, "two");
        store.checkpoint(&mut store.log.lock()).unwrap();
        let write = store.database().unwrap().begin_write().unwrap();
        let mut frame = codec::seal(Table::Records.tag(), 1, &"one".to_owned()).unwrap();
        *frame.last_mut().unwrap() ^= 1;
        write.open_table(Table::Records.definition()).unwrap().insert(1, frame.as_slice()).unwrap();
        write.commit().unwrap();
        assert!(matches!(store.get::<String>(Table::Records, 1), Err(StoreError::Damaged { .. })));
        let mut seen = Vec::new();
        store
            .scan::<String, StoreError>(Table::Records, |key, value| {
                seen.push((key, value.ok()));
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [(1, None), (2, Some("two".to_owned()))]);
    }
}
