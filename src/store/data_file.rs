//! The data file, `idiolect.redb`: the tables, and in `meta` the store's identity and how many commits the file
//! contains.
//!
//! Invariant: a transaction is applied completely or not at all, and includes the number of commits the file then
//! contains and the round of the log that follows.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{Database, ReadableDatabase, TableDefinition, TableError, WriteTransaction};

use super::FORMAT;
use super::batch::Table;
use super::folder::{self, Folder, from_io};
use super::overlay::Overlay;
use crate::error::StoreError;

/// Limit of redb's page cache, in bytes.
pub(super) const CACHE_BYTES: usize = 5 << 20;

pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
/// The format (little endian) and the store's id; not sealed, so that every version can read it.
const STORE_KEY: &str = "store";
/// [`Applied`], not sealed.
const APPLIED_KEY: &str = "applied";
/// Row with the format in stores from before the first release, which lack [`STORE_KEY`].
const OLDER_KEY: &str = "format";

/// Random identity of a store.
pub(super) type Id = [u8; 16];

/// Position of a data file in the sequence of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applied {
    /// Number of the first commit that the file lacks.
    pub(super) next: u64,
    /// The round of the log that continues from here.
    pub(super) round: u64,
}

impl Applied {
    /// `next` and `round`, little endian, and the CRC-32 of both.
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = [self.next.to_le_bytes(), self.round.to_le_bytes()].concat();
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (next, rest) = bytes.split_first_chunk()?;
        let (round, checksum) = rest.split_first_chunk()?;
        let whole = crc32fast::hash(&bytes[..16]).to_le_bytes() == *checksum;
        whole.then(|| Self { next: u64::from_le_bytes(*next), round: u64::from_le_bytes(*round) })
    }
}

/// Creates an empty data file under the pending name.
pub(super) fn create(folder: &Folder) -> Result<Database, StoreError> {
    let path = folder.pending();
    // Created here to set its mode; redb accepts an empty file.
    let made = folder::remove(&path).and_then(|()| folder::create_file(&path));
    made.map_err(|error| from_io(folder.path(), error))?;
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path);
    database.map_err(|error| from_redb(folder, error.into()))
}

pub(super) fn open(folder: &Folder) -> Result<Database, StoreError> {
    // A damaged file can make redb panic in builds with debug assertions.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder().set_cache_size(CACHE_BYTES).open(folder.data());
        database.map_err(|error| from_redb(folder, error.into()))
    }));
    match opened {
        Ok(opened) => opened,
        Err(_) => Err(StoreError::Damaged { what: "the data file" }),
    }
}

/// Checks the store's format and returns its id.
pub(super) fn identify(folder: &Folder, database: &Database) -> Result<Id, StoreError> {
    let row = |name| meta_bytes(database, name).map_err(|error| from_redb(folder, error));
    let own = row(STORE_KEY)?;
    let Some((format, id)) = own.as_deref().and_then(<[u8]>::split_first_chunk) else {
        let folder = folder.path().to_owned();
        return Err(match row(OLDER_KEY)? {
            Some(_) => StoreError::Older { folder },
            None => StoreError::Foreign { folder, reason: "its data file belongs to another program" },
        });
    };
    match u32::from_le_bytes(*format) {
        FORMAT => id.try_into().map_err(|_| StoreError::Damaged { what: "the id of the store" }),
        found if found > FORMAT => Err(StoreError::Newer { found, supported: FORMAT }),
        _ => Err(StoreError::Damaged { what: "the format of the store" }),
    }
}

/// The file's position; `None` if the row is missing or damaged.
pub(super) fn applied(database: &Database) -> Result<Option<Applied>, redb::Error> {
    Ok(meta_bytes(database, APPLIED_KEY)?.as_deref().and_then(Applied::from_bytes))
}

pub(super) fn meta_bytes(database: &Database, name: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = match database.begin_read()?.open_table(META) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(table.get(name)?.map(|value| value.value().to_vec()))
}

/// Creates the tables of a store that contains only the named values of `named`.
pub(super) fn fill_empty(
    database: &Database,
    id: &Id,
    named: &Overlay,
    applied: Applied,
) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(STORE_KEY, [&FORMAT.to_le_bytes()[..], id].concat().as_slice())?;
    apply(&write, named, applied)?;
    Ok(write.commit()?)
}

/// Applies changes in one durable transaction.
pub(super) fn transact(database: &Database, changes: &Overlay, applied: Applied) -> Result<(), redb::Error> {
    let mut write = database.begin_write()?;
    // Avoids reading the whole file when opening after a crash.
    write.set_quick_repair(true);
    apply(&write, changes, applied)?;
    Ok(write.commit()?)
}

pub(super) fn apply(
    write: &WriteTransaction,
    changes: &Overlay,
    applied: Applied,
) -> Result<(), redb::Error> {
    for table in Table::ALL {
        let mut rows = write.open_table(table.definition())?;
        for (key, value) in changes.rows(table, 0) {
            match value {
                Some(value) => rows.insert(key, value.as_ref())?,
                None => rows.remove(key)?,
            };
        }
    }
    let mut meta = write.open_table(META)?;
    for (name, value) in changes.metas() {
        meta.insert(name, value)?;
    }
    meta.insert(APPLIED_KEY, applied.to_bytes().as_slice())?;
    Ok(())
}

pub(super) fn from_redb(folder: &Folder, error: redb::Error) -> StoreError {
    match error {
        // A short read means a truncated file.
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
