//! The data file, `idiolect.redb`: the tables, and in `meta` what tells this store from others and how far it has come.
//!
//! Invariant: a transaction is on the disk whole or not at all, and brings with it how many commits the file then has
//! and the round that the log begins after it.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{Database, ReadableDatabase, TableDefinition, TableError, WriteTransaction};

use super::FORMAT;
use super::batch::Table;
use super::folder::{self, Folder, from_io};
use super::overlay::Overlay;
use crate::error::StoreError;

/// Pages that redb may keep in memory, in bytes.
pub(super) const CACHE_BYTES: usize = 5 << 20;

pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
/// The format, little endian, and the store's id; without a seal, so that every version can read it.
const STORE_KEY: &str = "store";
/// [`Applied`], without a seal.
const APPLIED_KEY: &str = "applied";
/// Stores from before the first release have their format here, and no [`STORE_KEY`].
const OLDER_KEY: &str = "format";

/// What tells a store from all others.
pub(super) type Id = [u8; 16];

/// How far a data file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applied {
    /// Number of the first commit that it lacks.
    pub(super) next: u64,
    /// The round of the log that goes on from here.
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

/// Makes the file under its pending name.
pub(super) fn create(folder: &Folder) -> Result<Database, StoreError> {
    let path = folder.pending();
    // Made here, for its mode; redb fills an empty file.
    let made = folder::remove(&path).and_then(|()| folder::create_file(&path));
    made.map_err(|error| from_io(folder.path(), error))?;
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path);
    database.map_err(|error| from_redb(folder, error.into()))
}

pub(super) fn open(folder: &Folder) -> Result<Database, StoreError> {
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

/// The id of the store, whose format this version reads.
pub(super) fn identify(folder: &Folder, database: &Database) -> Result<Id, StoreError> {
    let row = |name| meta_bytes(database, name).map_err(|error| from_redb(folder, error));
    let own = row(STORE_KEY)?;
    let Some((format, id)) = own.as_deref().and_then(<[u8]>::split_first_chunk) else {
        let folder = folder.path().to_owned();
        return Err(match row(OLDER_KEY)? {
            Some(_) => StoreError::Older { folder },
            None => StoreError::Foreign { folder, reason: "its data file is another program's" },
        });
    };
    match u32::from_le_bytes(*format) {
        FORMAT => id.try_into().map_err(|_| StoreError::Damaged { what: "the id of the store" }),
        found if found > FORMAT => Err(StoreError::Newer { found, supported: FORMAT }),
        _ => Err(StoreError::Damaged { what: "the format of the store" }),
    }
}

/// How far the file has come; `None` where that is damaged.
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

/// Makes the tables of a store that has nothing but named values.
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

/// One durable transaction.
pub(super) fn transact(database: &Database, changes: &Overlay, applied: Applied) -> Result<(), redb::Error> {
    let mut write = database.begin_write()?;
    // So that opening after a crash does not read the whole file.
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
