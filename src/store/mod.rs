//! Records and everything kept beside them, in one redb file that is synced before a write is acknowledged.
//!
//! ```text
//! folder/
//!   idiolect.redb    tables: meta, records, derived, entries, inference, tags
//!   idiolect.log     what was committed since the last checkpoint; only while the store is open, or after a crash
//!   idiolect.lock    held while the store is open
//!   idiolect.graph   snapshot of the graph index, where there is one; a cache
//!   idiolect.rows    snapshot of the vectors in memory, where there are many; a cache
//! ```
//!
//! Invariant: a [`Batch`] is on the disk whole or not at all. `records`, `tags` and `entries` are the truth;
//! `derived` can be computed from them again. What the values mean is left to the layers above.

mod codec;
mod folder;
mod journal;
mod record;

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
    TableError, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use folder::{Folder, from_io};
use journal::Journaled;
pub use record::{AppliedPreference, Record, Signal};

/// Version of the tables and of what they hold.
pub const FORMAT: u32 = 1;

/// Pages that redb may keep in memory, in bytes.
const CACHE_BYTES: usize = 8 << 20;

const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";

/// A table of sealed values under `u64` keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

enum Change {
    Put(Table, u64, Vec<u8>),
    Delete(Table, u64),
    Meta(&'static str, Vec<u8>),
}

/// Changes that happen together.
#[derive(Default)]
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
        self.0.push(Change::Meta(name, codec::seal(META_TAG, 0, value)?));
        Ok(())
    }
}

/// An open store. Reads and commits take `&self`; redb puts commits in order.
pub struct Store {
    folder: Folder,
    /// `None` only after a failed [`Store::rewrite`] could not open the file again.
    database: Option<Database>,
    synced: bool,
}

impl Store {
    /// Opens the store in `path`, or makes one where the folder is absent or empty. With `synced` every
    /// commit reaches the disk before it returns, else with the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// Every [`StoreError`] but `EncoderMismatch`.
    pub fn open(path: &Path, synced: bool) -> Result<Self, StoreError> {
        let (folder, has_data) = Folder::hold(path)?;
        if !has_data {
            let database = create(&folder)?;
            fill_empty(&database).map_err(|error| from_redb(&folder, error))?;
            drop(database);
            folder.promote_pending()?;
        }
        let database = open_database(&folder)?;
        let store = Self { folder, database: Some(database), synced };
        let found = store.format()?;
        if found > FORMAT {
            return Err(StoreError::Newer { found, supported: FORMAT });
        }
        store.add_tables()?;
        Ok(store)
    }

    /// Adds the table that stores of before there were tags lack.
    fn add_tables(&self) -> Result<(), StoreError> {
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        match read.open_table(Table::Tags.definition()) {
            Err(TableError::TableDoesNotExist(_)) => {}
            found => return found.map(drop).map_err(|error| self.fail(error)),
        }
        let add = || -> Result<(), redb::Error> {
            let write = self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?.begin_write()?;
            write.open_table(Table::Tags.definition())?;
            Ok(write.commit()?)
        };
        add().map_err(|error| self.fail(error))
    }

    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Damaged { what: "the data file could not be opened again" })
    }

    fn fail(&self, error: impl Into<redb::Error>) -> StoreError {
        from_redb(&self.folder, error.into())
    }

    fn format(&self) -> Result<u32, StoreError> {
        let bytes = self.meta_bytes(FORMAT_KEY)?;
        let bytes = bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map(u32::from_le_bytes).ok_or(StoreError::Foreign {
            folder: self.folder.path().to_owned(),
            reason: "its data file is another program's",
        })
    }

    fn meta_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let table = match read.open_table(META) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(self.fail(error)),
        };
        let value = table.get(name).map_err(|error| self.fail(error))?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    /// A named value of the store itself.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn meta<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.meta_bytes(name)?.map(|bytes| codec::open(META_TAG, 0, &bytes)).transpose()
    }

    /// A value.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn get<T: DeserializeOwned>(&self, table: Table, key: u64) -> Result<Option<T>, StoreError> {
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let value = rows.get(key).map_err(|error| self.fail(error))?;
        value.map(|value| codec::open(table.tag(), key, value.value())).transpose()
    }

    /// All keys of a table, ascending.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn keys(&self, table: Table) -> Result<Vec<u64>, StoreError> {
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        let rows = rows.iter().map_err(|error| self.fail(error))?;
        rows.map(|row| row.map(|(key, _)| key.value()).map_err(|error| self.fail(error))).collect()
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
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        for row in rows.range(first..).map_err(|error| self.fail(error))? {
            let (key, value) = row.map_err(|error| self.fail(error))?;
            let key = key.value();
            visit(key, codec::open(table.tag(), key, value.value()))?;
        }
        Ok(())
    }

    /// How many values a table holds.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn count(&self, table: Table) -> Result<u64, StoreError> {
        let read = self.database()?.begin_read().map_err(|error| self.fail(error))?;
        let rows = read.open_table(table.definition()).map_err(|error| self.fail(error))?;
        rows.len().map_err(|error| self.fail(error))
    }

    /// Makes the changes, all or none.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Io`]; nothing is changed then.
    pub fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let durability = if self.synced { Durability::Immediate } else { Durability::None };
        self.write(durability, batch).map_err(|error| self.fail(error))
    }

    /// Brings all commits to the disk.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn flush(&self) -> Result<(), StoreError> {
        if self.synced {
            return Ok(());
        }
        self.write(Durability::Immediate, &Batch::new()).map_err(|error| self.fail(error))
    }

    fn write(&self, durability: Durability, batch: &Batch) -> Result<(), redb::Error> {
        let database = self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?;
        let mut write = database.begin_write()?;
        write.set_durability(durability)?;
        apply(&write, batch)?;
        Ok(write.commit()?)
    }

    /// Makes the changes in a copy of the store that takes the store's place: what a batch deletes is then
    /// no longer in the file at all, where a commit would leave its bytes in free pages.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); the store is then as before.
    pub fn rewrite(&mut self, batch: &Batch) -> Result<(), StoreError> {
        // A cache, which may hold what the batch deletes.
        self.folder.write_rows(None)?;
        let fresh = create(&self.folder)?;
        self.copy_into(&fresh, batch).map_err(|error| self.fail(error))?;
        self.replace_with(fresh)
    }

    /// Puts an empty store, with the named values of `batch`, in the place of this one.
    ///
    /// # Errors
    /// As [`rewrite`](Self::rewrite).
    pub fn erase(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let fresh = create(&self.folder)?;
        fill_empty(&fresh).map_err(|error| self.fail(error))?;
        let write = |database: &Database| -> Result<(), redb::Error> {
            let write = database.begin_write()?;
            apply(&write, batch)?;
            Ok(write.commit()?)
        };
        write(&fresh).map_err(|error| self.fail(error))?;
        self.folder.write_graph(None)?;
        self.folder.write_rows(None)?;
        self.replace_with(fresh)
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
        apply(&write, batch)?;
        Ok(write.commit()?)
    }

    fn replace_with(&mut self, fresh: Database) -> Result<(), StoreError> {
        drop(fresh);
        self.database = None;
        // What the journal holds is of the old file.
        let settled = self.folder.settle_journal();
        let replaced = settled.and_then(|()| self.folder.promote_pending());
        self.database = Some(open_database(&self.folder)?);
        replaced
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

    /// The snapshot of the graph index, if there is one of at most `limit` bytes.
    pub fn read_graph(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_graph(limit)
    }
}

fn create(folder: &Folder) -> Result<Database, StoreError> {
    let path = folder.pending();
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(from_io(folder.path(), error));
        }
        _ => {}
    }
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path);
    database.map_err(|error| from_redb(folder, error.into()))
}

fn open_database(folder: &Folder) -> Result<Database, StoreError> {
    // A damaged file may make redb panic in builds with debug assertions.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        folder.settle_journal()?;
        let data = Journaled::open(&folder.data(), &folder.journal())
            .map_err(|error| from_io(folder.path(), error))?;
        let database = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(data);
        database.map_err(|error| from_redb(folder, error.into()))
    }));
    match opened {
        Ok(opened) => opened,
        Err(_) => Err(StoreError::Damaged { what: "the data file" }),
    }
}

fn fill_empty(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(FORMAT_KEY, FORMAT.to_le_bytes().as_slice())?;
    for table in Table::ALL {
        write.open_table(table.definition())?;
    }
    Ok(write.commit()?)
}

fn apply(write: &WriteTransaction, batch: &Batch) -> Result<(), redb::Error> {
    for change in &batch.0 {
        match change {
            Change::Put(table, key, value) => {
                write.open_table(table.definition())?.insert(key, value.as_slice())?;
            }
            Change::Delete(table, key) => {
                write.open_table(table.definition())?.remove(key)?;
            }
            Change::Meta(name, value) => {
                write.open_table(META)?.insert(name, value.as_slice())?;
            }
        }
    }
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
    fn a_damaged_value_is_told_and_its_neighbours_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        put(&store, 1, "one");
        put(&store, 2, "two");
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
