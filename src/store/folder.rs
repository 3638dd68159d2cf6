//! The store's folder: recognition, the lock against a second engine, atomic replacement of files, and permissions.
//!
//! Invariant: the data file is always complete: it is written under another name, synced and renamed into place. Files
//! and folders created here are readable only by their owner (on Unix: files 0600, folders 0700, whatever the umask). A
//! mode set by the app is kept, also when the file is replaced.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

const DATA: &str = "idiolect.redb";
const PENDING: &str = "idiolect.redb.new";
const LOG: &str = "idiolect.log";
/// Prefix of logs that could not be applied; a number follows.
const ASIDE: &str = "idiolect.log.aside-";
const LOCK: &str = "idiolect.lock";
const GRAPH: &str = "idiolect.graph";
const ROWS: &str = "idiolect.rows";
const WORDS: &str = "idiolect.words";

/// First bytes of a redb file.
const DATA_MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// A folder locked by this engine.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Locks a folder that is an Idiolect store, empty or absent, creating it if needed. Also returns whether it has a
    /// data file.
    pub(super) fn open(path: &Path) -> Result<(Self, bool), StoreError> {
        Self::prepare(path)?;
        Self::lock(path)
    }

    /// Creates the folder if absent, and checks that it is empty or an Idiolect store, and writable.
    fn prepare(path: &Path) -> Result<(), StoreError> {
        let foreign = |reason| StoreError::Foreign { folder: path.to_owned(), reason };
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => return Err(foreign("it is a file, not a folder")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_durably(path).map_err(|error| from_io(path, error))?;
            }
            Err(error) => return Err(from_io(path, error)),
        }
        for entry in fs::read_dir(path).map_err(|error| from_io(path, error))? {
            let name = entry.map_err(|error| from_io(path, error))?.file_name();
            match name.to_str() {
                Some(DATA | PENDING | LOG | LOCK | GRAPH | ROWS | WORDS) => {}
                Some(name) if name.starts_with(ASIDE) => {}
                _ if path.join(DATA).exists() => {}
                _ => return Err(foreign("it contains other files")),
            }
        }
        // Permission bits are checked because a privileged process could write regardless of them.
        let read_only = |file: &Path| fs::metadata(file).is_ok_and(|found| found.permissions().readonly());
        if read_only(path) || read_only(&path.join(DATA)) {
            return Err(StoreError::ReadOnly { folder: path.to_owned() });
        }
        Ok(())
    }

    /// Takes the lock. Until then another process may be creating the store.
    fn lock(path: &Path) -> Result<(Self, bool), StoreError> {
        let foreign = |reason| StoreError::Foreign { folder: path.to_owned(), reason };
        let lock = private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(|error| from_io(path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(from_io(path, error)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        let has_data = fs::exists(folder.data()).map_err(|error| from_io(path, error))?;
        if has_data {
            let mut magic = [0; DATA_MAGIC.len()];
            let whole = File::open(folder.data()).and_then(|mut file| file.read_exact(&mut magic));
            match whole {
                Ok(()) if magic == DATA_MAGIC => {}
                Ok(()) => return Err(foreign("its data file is not a redb file")),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(StoreError::Damaged { what: "the data file is truncated" });
                }
                Err(error) => return Err(from_io(path, error)),
            }
        }
        remove(&folder.pending()).map_err(|error| from_io(path, error))?;
        Ok((folder, has_data))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join(DATA)
    }

    pub(super) fn pending(&self) -> PathBuf {
        self.path.join(PENDING)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Renames the pending data file, which must be synced, into place. Not durable until the folder is synced.
    pub(super) fn promote_pending(&self) -> Result<(), StoreError> {
        self.promote(&self.data()).map_err(|error| from_io(&self.path, error))
    }

    /// Renames the pending file to `target`, keeping the mode of the file it replaces.
    fn promote(&self, target: &Path) -> io::Result<()> {
        #[cfg(unix)]
        if let Ok(before) = fs::metadata(target) {
            fs::set_permissions(self.pending(), before.permissions())?;
        }
        fs::rename(self.pending(), target)
    }

    /// Writes a copy of the log to the next free `aside` name, unless an identical copy exists: a power failure during
    /// opening must not produce a second one.
    pub(super) fn set_log_aside(&self, log: &[u8]) -> Result<(), StoreError> {
        let mut number = 1;
        let name = loop {
            let name = format!("{ASIDE}{number}");
            match fs::read(self.path.join(&name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break name,
                Err(error) => return Err(from_io(&self.path, error)),
                Ok(kept) if kept == log => return Ok(()),
                Ok(_) => number += 1,
            }
        };
        self.write(&name, Some(log))
    }

    fn logs_aside(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_one = entry.file_name().to_str().is_some_and(|name| name.starts_with(ASIDE));
            found.extend(is_one.then(|| entry.path()));
        }
        Ok(found)
    }

    /// Number of logs that were set aside.
    pub(super) fn logs_set_aside(&self) -> Result<usize, StoreError> {
        self.logs_aside().map(|found| found.len()).map_err(|error| from_io(&self.path, error))
    }

    /// Removes the logs that were set aside.
    pub(super) fn remove_logs_aside(&self) -> Result<(), StoreError> {
        let removed = self.logs_aside().and_then(|found| found.iter().try_for_each(|path| remove(path)));
        removed.map_err(|error| from_io(&self.path, error))
    }

    /// Syncs the folder.
    pub(super) fn sync_folder(&self) -> Result<(), StoreError> {
        sync_folder(&self.path).map_err(|error| from_io(&self.path, error))
    }

    /// Replaces or removes the snapshot of the graph index.
    pub(super) fn write_graph(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.write(GRAPH, bytes)
    }

    /// The snapshot of the graph index, if it exists and has at most `limit` bytes.
    pub(super) fn read_graph(&self, limit: u64) -> Option<Vec<u8>> {
        self.read(GRAPH, limit)
    }

    /// Replaces or removes the snapshot of the vectors.
    pub(super) fn write_rows(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.write(ROWS, bytes)
    }

    pub(super) fn has_rows(&self) -> bool {
        self.path.join(ROWS).exists()
    }

    /// The snapshot of the vectors, if it exists and has at most `limit` bytes.
    pub(super) fn read_rows(&self, limit: u64) -> Option<Vec<u8>> {
        self.read(ROWS, limit)
    }

    /// Replaces or removes the snapshot of the words.
    pub(super) fn write_words(&self, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        self.write(WORDS, bytes)
    }

    pub(super) fn has_words(&self) -> bool {
        self.path.join(WORDS).exists()
    }

    /// The snapshot of the words, if it exists and has at most `limit` bytes.
    pub(super) fn read_words(&self, limit: u64) -> Option<Vec<u8>> {
        self.read(WORDS, limit)
    }

    fn write(&self, name: &str, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        let target = self.path.join(name);
        let Some(bytes) = bytes else {
            return remove(&target).map_err(|error| from_io(&self.path, error));
        };
        let pending = self.pending();
        let written = create_file(&pending).and_then(|mut file| {
            io::Write::write_all(&mut file, bytes)?;
            file.sync_all()?;
            self.promote(&target)
        });
        if let Err(error) = written {
            // Do not leave a partial file on a full disk.
            drop(remove(&pending));
            return Err(from_io(&self.path, error));
        }
        self.sync_folder()
    }

    fn read(&self, name: &str, limit: u64) -> Option<Vec<u8>> {
        let path = self.path.join(name);
        let length = fs::metadata(&path).ok()?.len();
        if length > limit { None } else { fs::read(path).ok() }
    }
}

/// Creates a folder and its absent ancestors, durably where the system lets a process open the parent folder.
fn create_durably(path: &Path) -> io::Result<()> {
    let absent: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    let mut make = DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(path)?;
    for folder in absent {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        drop(sync_folder(parent.unwrap_or(Path::new("."))));
    }
    Ok(())
}

/// Open options that create a file readable only by its owner.
pub(super) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has file modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a file, or truncates it.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    private().create(true).write(true).truncate(true).open(path)
}

/// Syncs a folder's directory entries; does nothing on systems other than Unix.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Removes a file, if it exists.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Converts an I/O error to a store error.
pub(super) fn from_io(folder: &Path, error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { folder: folder.to_owned() }
        }
        _ => StoreError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_created_before_the_lock_was_taken_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        Folder::prepare(folder.path()).unwrap();
        // As another process would in the meantime.
        drop(crate::store::Store::open(folder.path(), true).unwrap());
        let (_, has_data) = Folder::lock(folder.path()).unwrap();
        assert!(has_data);
    }

    #[test]
    fn absent_ancestors_are_created() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("of").join("a").join("person");
        let (_, has_data) = Folder::open(&inner).unwrap();
        assert!(inner.is_dir() && !has_data);
    }
}
