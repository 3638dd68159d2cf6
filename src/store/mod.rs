//! Records and everything kept beside them, in one redb file with a log before it that is synced before a write is
//! acknowledged. `FORMAT.md`, beside this file, describes every byte.
//!
//! ```text
//! folder/
//!   idiolect.redb    tables: meta, records, vectors, evidence, other_evidence, entries, inference, tags,
//!                    app_keys
//!   idiolect.log     what was committed since the last checkpoint; only while the store is open, or after a crash
//!   idiolect.log.aside-1, -2 ...   logs that could not be applied whole
//!   idiolect.lock    held while the store is open
//!   idiolect.graph   snapshot of the graph index, where there is one; a cache
//!   idiolect.rows    snapshot of the vectors in memory, where there are many; a cache
//!   idiolect.words   snapshot of the words and further keys in memory, likewise
//! ```
//!
//! Invariant: a [`Batch`] is on the disk whole or not at all. `records`, `tags`, `app_keys` and `entries` are the truth;
//! `vectors` and the two tables of evidence can be computed from them again. What the values mean is left to the layers above.
//!
//! A commit goes to the log and stays in memory; some hundred of them make a checkpoint, one transaction of the data
//! file. Reading lays what is in memory over the data file.

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
#[cfg(feature = "internals")]
pub use codec::Payload;
pub use codec::Stored;
use data_file::{Applied, Id, from_redb};
use folder::{Folder, from_io};
use log::Log;
use overlay::Overlay;
pub use random::{Random, system as system_random};

/// Version of the files and tables. What their values hold has versions of its own; see [`Stored`].
pub const FORMAT: u32 = 1;

/// What happened, under [`Table::Records`].
impl Stored for Record {
    const VERSION: u8 = 1;
}

/// What opening made of the log of a store that was not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Commits that were brought from the log to the data file.
    pub commits: usize,
    /// Whether the log held what could not be applied, and was set aside.
    pub set_aside: bool,
}

/// An open store. Reads and commits take `&self`; commits are put in order.
pub struct Store {
    /// `None` only after a failed [`Store::rewrite`].
    database: Option<Database>,
    /// Held by whoever commits; taken before `overlay`.
    log: Mutex<Log>,
    /// Never held for writing while the disk is waited for.
    overlay: RwLock<Overlay>,
    random: Random,
    recovery: Recovery,
    /// The last to be dropped: it holds the lock.
    folder: Folder,
}

impl Store {
    /// Opens the store in `path`, or makes one where the folder is absent or empty. With `synced` every
    /// commit reaches the disk before it returns, else with the next [`flush`](Self::flush), or when many wait.
    ///
    /// # Errors
    /// Every [`StoreError`] but `EncoderMismatch` and `NewerValue`.
    #[cfg(any(test, feature = "internals"))]
    pub fn open(path: &Path, synced: bool) -> Result<Self, StoreError> {
        Self::open_with(path, synced, random::system())
    }

    /// The same with random numbers from elsewhere.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: &Path, synced: bool, random: Random) -> Result<Self, StoreError> {
        let (folder, has_data) = Folder::hold(path)?;
        let in_folder = |error| from_io(folder.path(), error);
        if !has_data {
            let id = random::bytes(&random).map_err(in_folder)?;
            let first = Applied { next: 0, round: round(&random).map_err(in_folder)? };
            let database = data_file::create(&folder)?;
            data_file::fill_empty(&database, &id, &Overlay::default(), first)
                .map_err(|error| from_redb(&folder, error))?;
            drop(database);
            folder.promote_pending()?;
            folder.sync_names()?;
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
        self.database.as_ref().ok_or(StoreError::Damaged { what: "the data file could not be opened again" })
    }

    fn fail(&self, error: impl Into<redb::Error>) -> StoreError {
        from_redb(&self.folder, error.into())
    }

    /// What opening made of the log.
    pub fn recovery(&self) -> Recovery {
        self.recovery
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
        let pages = usize::try_from(self.file_bytes()?).unwrap_or(usize::MAX).min(data_file::CACHE_BYTES);
        Ok(pages + self.overlay.read().memory_bytes())
    }

    /// The snapshot of the graph index, if there is one of at most `limit` bytes.
    pub fn read_graph(&self, limit: u64) -> Option<Vec<u8>> {
        self.folder.read_graph(limit)
    }

    /// How many logs of this folder could not be applied whole when the store was opened, now or earlier: damaged, of
    /// another store, or of a data file that is no longer there. They stay beside the data file until something is taken
    /// out of the store with [`rewrite`](Self::rewrite).
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
        // What cannot be brought to the data file stays in the log.
        if self.database.is_some() && self.checkpoint(&mut log).is_ok() {
            log.remove();
        }
    }
}

/// The number of a round of the log that was never used before.
fn round(random: &Random) -> std::io::Result<u64> {
    random::bytes(random).map(u64::from_le_bytes)
}

/// Brings the commits of the log of a store that was not closed to the data file; how far this then has come. What cannot
/// be applied is kept aside first, so that no loss of power falls between.
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
    if !found.whole {
        folder.set_log_aside(&log)?;
    }
    let recovery = Recovery { commits: found.batches.len(), set_aside: !found.whole };
    if let Some(applied) = applied.filter(|_| recovery == Recovery::default()) {
        return Ok((applied, recovery));
    }
    let next = applied.map_or(0, |applied| applied.next) + found.batches.len() as u64;
    let round = round(random).map_err(|error| from_io(folder.path(), error))?;
    let applied = Applied { next, round };
    data_file::transact(database, &Overlay::of(&found.batches), applied).map_err(fail)?;
    Ok((applied, recovery))
}
