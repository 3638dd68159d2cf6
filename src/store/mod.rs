//! The store: records and the data kept beside them, in one redb file preceded by a log that is synced before a write
//! is acknowledged. `FORMAT.md`, next to this file, describes every byte.
//!
//! ```text
//! folder/
//!   idiolect.redb    tables: meta, records, vectors, evidence, other_evidence, entries, inference, tags,
//!                    app_keys
//!   idiolect.log     commits since the last checkpoint; exists only while the store is open, or after a crash
//!   idiolect.log.aside-1, -2 ...   logs that could not be applied completely
//!   idiolect.lock    locked while the store is open
//!   idiolect.graph   snapshot of the graph index, if any; a cache
//!   idiolect.rows    snapshot of the vectors in memory, for large stores; a cache
//!   idiolect.words   snapshot of the words and additional keys in memory, for large stores; a cache
//! ```
//!
//! Invariant: a [`Batch`] is applied completely or not at all. `records`, `tags`, `app_keys` and `entries` are primary
//! data; `vectors` and the two evidence tables can be recomputed from them. The meaning of the values is left to the
//! layers above.
//!
//! A commit is written to the log and kept in memory; when the log is full, a checkpoint moves all commits into the
//! data file in one transaction. Reads overlay the commits in memory on the data file.

mod batch;
mod codec;
mod commit;
mod data_file;
mod folder;
#[cfg(test)]
pub(crate) mod golden;
mod log;
mod overlay;
mod random;
mod read;
#[cfg(test)]
mod records;
#[cfg(test)]
mod tests;

use std::path::Path;

use parking_lot::{Mutex, RwLock};
use redb::Database;

use crate::error::StoreError;
use crate::types::Record;
pub use batch::{Batch, Table};
pub use codec::{Payload, Stored};
use data_file::{Applied, Id, from_redb};
use folder::{Folder, from_io};
use log::Log;
use overlay::Overlay;
pub use random::{Random, system as system_random};

/// Version of the files and tables. Values have versions of their own; see [`Stored`].
pub const FORMAT: u32 = 1;

/// Stored in [`Table::Records`].
impl Stored for Record {
    const VERSION: u8 = 1;
}

/// The result of recovering the log when a store that was not closed is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Number of commits applied from the log to the data file.
    pub commits: usize,
    /// Whether the log could not be applied completely and was set aside.
    pub set_aside: bool,
}

/// An open store. Reads and commits take `&self`; commits are serialized.
pub struct Store {
    /// `None` only after a failed [`Store::rewrite`].
    database: Option<Database>,
    /// Locked for the duration of a commit; locked before `overlay`.
    log: Mutex<Log>,
    /// Never write-locked during disk I/O.
    overlay: RwLock<Overlay>,
    random: Random,
    recovery: Recovery,
    /// Dropped last, because it holds the lock file.
    folder: Folder,
}

impl Store {
    /// Opens the store in `path`, creating it if the folder is absent or empty. If `synced`, every commit reaches the
    /// disk before it returns; otherwise with the next [`flush`](Self::flush) or checkpoint.
    ///
    /// # Errors
    /// Every [`StoreError`] except `EncoderMismatch` and `NewerValue`.
    #[cfg(any(test, feature = "internals"))]
    pub fn open(path: &Path, synced: bool) -> Result<Self, StoreError> {
        Self::open_with(path, synced, random::system())
    }

    /// Like `open`, with the given source of random numbers.
    ///
    /// # Errors
    /// Every [`StoreError`] except `EncoderMismatch` and `NewerValue`.
    pub fn open_with(path: &Path, synced: bool, random: Random) -> Result<Self, StoreError> {
        let (folder, has_data) = Folder::open(path)?;
        let in_folder = |error| from_io(folder.path(), error);
        if !has_data {
            let id = random::bytes(&random).map_err(in_folder)?;
            let first = Applied { next: 0, round: new_round(&random).map_err(in_folder)? };
            let database = data_file::create(&folder)?;
            data_file::fill_empty(&database, &id, &Overlay::default(), first)
                .map_err(|error| from_redb(&folder, error))?;
            drop(database);
            folder.promote_pending()?;
            folder.sync_folder()?;
        }
        let database = data_file::open(&folder)?;
        let id = data_file::identify(&folder, &database)?;
        let (applied, recovery) = apply_log(&folder, &database, &id, &random)?;
        let log = Log::create(folder.log(), id, applied, synced).map_err(in_folder)?;
        Ok(Self {
            database: Some(database),
            log: Mutex::new(log),
            overlay: RwLock::default(),
            random,
            recovery,
            folder,
        })
    }

    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Damaged { what: "the data file could not be reopened" })
    }

    fn fail(&self, error: impl Into<redb::Error>) -> StoreError {
        from_redb(&self.folder, error.into())
    }

    /// The result of recovering the log at opening.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Size of the data file in bytes.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn file_bytes(&self) -> Result<u64, StoreError> {
        let found = std::fs::metadata(self.folder.data());
        found.map(|found| found.len()).map_err(|error| from_io(self.folder.path(), error))
    }

    /// Replaces the snapshot of the graph index, or removes it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Io`]; the previous snapshot is then unchanged.
    pub fn write_graph(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_graph(bytes)
    }

    /// Replaces the snapshot of the vectors, or removes it; [`rewrite`](Self::rewrite) removes it too.
    ///
    /// # Errors
    /// As [`write_graph`](Self::write_graph).
    pub fn write_rows(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_rows(bytes)
    }

    /// Whether a snapshot of the vectors exists.
    pub fn has_rows(&self) -> bool {
        self.folder.has_rows()
    }

    /// The snapshot of the vectors, if it exists and has at most `limit` bytes.
    pub fn read_rows(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_rows(limit)
    }

    /// Replaces the snapshot of the words, or removes it; [`rewrite`](Self::rewrite) removes it too.
    ///
    /// # Errors
    /// As [`write_graph`](Self::write_graph).
    pub fn write_words(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.folder.write_words(bytes)
    }

    /// Whether a snapshot of the words exists.
    pub fn has_words(&self) -> bool {
        self.folder.has_words()
    }

    /// The snapshot of the words, if it exists and has at most `limit` bytes.
    pub fn read_words(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_words(limit)
    }

    /// Approximate memory use in bytes: the page cache of the data file and the pending changes.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn memory_bytes(&self) -> Result<usize, StoreError> {
        let pages = usize::try_from(self.file_bytes()?).unwrap_or(usize::MAX).min(data_file::CACHE_BYTES);
        Ok(pages + self.overlay.read().memory_bytes())
    }

    /// The snapshot of the graph index, if it exists and has at most `limit` bytes.
    pub fn read_graph(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_graph(limit)
    }

    /// Number of logs in this folder that could not be applied completely at this or an earlier opening: damaged, of
    /// another store, or of a data file that no longer exists. They are kept until [`rewrite`](Self::rewrite) or
    /// [`erase`](Self::erase) removes data from the store.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn logs_set_aside(&self) -> Result<usize, StoreError> {
        self.folder.logs_set_aside()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let mut log = self.log.lock();
        // If the checkpoint fails, the log keeps its commits.
        if self.database.is_some() && self.checkpoint(&mut log).is_ok() {
            log.remove();
        }
    }
}

/// A fresh random number for a round of the log.
fn new_round(random: &Random) -> std::io::Result<u64> {
    random::bytes(random).map(u64::from_le_bytes)
}

/// Applies the log of a store that was not closed to the data file and returns the new position. A log that cannot be
/// applied completely is copied aside first, so that a power failure in between does not lose it.
fn apply_log(
    folder: &Folder,
    database: &Database,
    id: &Id,
    random: &Random,
) -> Result<(Applied, Recovery), StoreError> {
    let fail = |error| from_redb(folder, error);
    let applied = data_file::applied(database).map_err(fail)?;
    let log = log::read(&folder.log()).map_err(|error| from_io(folder.path(), error))?;
    let found = log::commits(&log, id, applied);
    if !found.complete {
        folder.set_log_aside(&log)?;
    }
    let recovery = Recovery { commits: found.batches.len(), set_aside: !found.complete };
    if let Some(applied) = applied.filter(|_| recovery == Recovery::default()) {
        return Ok((applied, recovery));
    }
    let next = applied.map_or(0, |applied| applied.next) + found.batches.len() as u64;
    let round = new_round(random).map_err(|error| from_io(folder.path(), error))?;
    let applied = Applied { next, round };
    data_file::transact(database, &Overlay::of(&found.batches), applied).map_err(fail)?;
    Ok((applied, recovery))
}
