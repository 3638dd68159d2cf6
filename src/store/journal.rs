//! The data file behind a journal: what a commit changed is appended to one file and synced there, so that a commit
//! costs one write in sequence where the pages themselves lie apart.
//!
//! ```text
//! idiolect.log     frames, one for each sync since the last checkpoint
//!   bytes  0..8    epoch, the same in all frames that count
//!   bytes  8..12   number of the frame, from 0
//!   bytes 12..16   length of the rest
//!   bytes 16..20   CRC-32 of the first 16 bytes and the rest
//!   bytes 20..     writes: place in the data file (u64), length (u32), bytes
//! ```
//! All numbers are little endian.
//!
//! Invariant: after a loss of power at any moment, the data file with the frames laid over it in their order is as redb
//! left it at the last sync that returned, but for what it wrote since, which redb makes good: it never writes over a
//! page of the state before. A checkpoint syncs the data file first and only then empties the journal; a change of the
//! data file's length waits for a checkpoint. A journal is never left beside a data file that was closed, or replaced.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use redb::StorageBackend;
use redb::backends::FileBackend;

/// The journal is emptied before it grows beyond this.
const JOURNAL_BYTES: usize = 4 << 20;
/// A commit that changes more than this goes to the data file at once.
const FRAME_BYTES: usize = 512 << 10;
const HEADER: usize = 20;

/// The data file behind its journal.
#[derive(Debug)]
pub(super) struct Journaled {
    data: FileBackend,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    journal: File,
    path: PathBuf,
    epoch: u64,
    number: u32,
    /// Where the next frame goes.
    end: usize,
    /// The next frame: what was written since the last sync.
    frame: Vec<u8>,
    /// Whether the next sync must be a checkpoint.
    whole: bool,
}

impl Journaled {
    /// Opens a data file whose journal is at `path`, once [`settle`] has seen to what is in there.
    pub(super) fn open(data: &Path, path: &Path) -> io::Result<Self> {
        let data = OpenOptions::new().read(true).write(true).open(data)?;
        let data = FileBackend::new(data).map_err(io::Error::other)?;
        let journal = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
        // The journal's name must outlast a loss of power, too, and an old one be gone for good.
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        let state = State {
            journal,
            path: path.to_owned(),
            epoch: 0,
            number: 0,
            end: 0,
            frame: vec![0; HEADER],
            whole: false,
        };
        Ok(Self { data, state: Mutex::new(state) })
    }

    /// Brings everything to the data file and empties the journal.
    fn checkpoint(&self, state: &mut State) -> io::Result<()> {
        self.data.sync_data()?;
        if state.end > 0 {
            empty(&mut state.journal)?;
        }
        state.epoch += 1;
        state.number = 0;
        state.end = 0;
        state.frame.truncate(HEADER);
        state.whole = false;
        Ok(())
    }
}

impl State {
    /// Adds what was written since the last sync to the journal.
    fn append(&mut self) -> io::Result<()> {
        let rest = (self.frame.len() - HEADER) as u32;
        self.frame[..8].copy_from_slice(&self.epoch.to_le_bytes());
        self.frame[8..12].copy_from_slice(&self.number.to_le_bytes());
        self.frame[12..16].copy_from_slice(&rest.to_le_bytes());
        let checksum = checksum(&self.frame[..16], &self.frame[HEADER..]);
        self.frame[16..HEADER].copy_from_slice(&checksum.to_le_bytes());
        self.journal.seek(SeekFrom::Start(self.end as u64))?;
        self.journal.write_all(&self.frame)?;
        self.journal.sync_data()?;
        self.end += self.frame.len();
        self.number += 1;
        self.frame.truncate(HEADER);
        Ok(())
    }
}

impl StorageBackend for Journaled {
    fn len(&self) -> io::Result<u64> {
        self.data.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.data.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        if len < self.data.len()? {
            // The frames may speak of what is cut off.
            self.checkpoint(&mut state)?;
        }
        state.whole = true;
        self.data.set_len(len)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.frame.len() + data.len() > FRAME_BYTES {
            state.whole = true;
            state.frame.truncate(HEADER);
        }
        if !state.whole {
            state.frame.extend(offset.to_le_bytes());
            state.frame.extend((data.len() as u32).to_le_bytes());
            state.frame.extend(data);
        }
        self.data.write(offset, data)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.whole || state.end + state.frame.len() > JOURNAL_BYTES {
            return self.checkpoint(&mut state);
        }
        if state.frame.len() == HEADER {
            return Ok(());
        }
        state.append()
    }

    fn close(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        self.checkpoint(&mut state)?;
        self.data.close()?;
        remove(&state.path)
    }
}

/// Lays what a journal holds over its data file, syncs that, and removes the journal.
///
/// # Errors
/// Of the system; `InvalidData` where a frame that counts does not fit the data file.
pub(super) fn settle(data: &Path, path: &Path) -> io::Result<()> {
    let mut journal = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(journal) => journal,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    (&mut journal).take(JOURNAL_BYTES as u64).read_to_end(&mut bytes)?;
    let mut data = OpenOptions::new().write(true).open(data)?;
    let length = data.metadata()?.len();
    for frame in frames(&bytes) {
        for (offset, page) in writes(frame) {
            if offset.checked_add(page.len() as u64).is_none_or(|end| end > length) {
                return Err(ErrorKind::InvalidData.into());
            }
            data.seek(SeekFrom::Start(offset))?;
            data.write_all(page)?;
        }
    }
    data.sync_data()?;
    empty(&mut journal)?;
    remove(path)
}

/// Makes the first frame one that does not count, so that none does.
fn empty(journal: &mut File) -> io::Result<()> {
    journal.seek(SeekFrom::Start(0))?;
    journal.write_all(&[0; HEADER])?;
    journal.sync_data()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn checksum(header: &[u8], rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(rest);
    hasher.finalize()
}

/// What the whole frames hold, up to the first that is torn or of an earlier epoch.
fn frames(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut epoch = None;
    while let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() {
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let own = header.first_chunk().copied().map(u64::from_le_bytes);
        let Some((frame, after)) = rest.split_at_checked(number(12) as usize) else { break };
        let counts = number(8) as usize == found.len() && (epoch.is_none() || epoch == own);
        if !counts || frame.is_empty() || number(16) != checksum(&header[..16], frame) {
            break;
        }
        epoch = own;
        found.push(frame);
        bytes = after;
    }
    found
}

/// The writes of a frame: where, and what.
fn writes(mut frame: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    while let Some((offset, rest)) = frame.split_first_chunk()
        && let Some((length, rest)) = rest.split_first_chunk()
        && let Some((page, rest)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)
    {
        found.push((u64::from_le_bytes(*offset), page));
        frame = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::{Batch, Store, Table};

    fn put(store: &Store, key: u64) {
        let mut batch = Batch::new();
        batch
            .put(Table::Records, key, &format!("text {key} {}", "x".repeat(key as usize * 37 % 900)))
            .unwrap();
        store.commit(&batch).unwrap();
    }

    fn keys(folder: &Path) -> Vec<u64> {
        let store = Store::open(folder, true).unwrap();
        let keys = store.keys(Table::Records).unwrap();
        for key in &keys {
            assert!(store.get::<String>(Table::Records, *key).unwrap().is_some());
        }
        keys
    }

    /// A store as a loss of power may leave it: of the pages of the data file that were written since it was `synced`
    /// those that `reached` the disk, and the journal.
    fn lose_power(
        synced: &[u8],
        now: &[u8],
        journal: &[u8],
        mut reached: impl FnMut(usize) -> bool,
    ) -> tempfile::TempDir {
        let mut data = synced.to_vec();
        assert_eq!(data.len(), now.len());
        for (at, (page, newer)) in data.chunks_mut(4096).zip(now.chunks(4096)).enumerate() {
            if reached(at) {
                page.copy_from_slice(newer);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("idiolect.redb"), data).unwrap();
        fs::write(folder.path().join("idiolect.log"), journal).unwrap();
        folder
    }

    #[test]
    fn a_loss_of_power_loses_nothing_that_was_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let (data, log) = (folder.path().join("idiolect.redb"), folder.path().join("idiolect.log"));
        let store = Store::open(folder.path(), true).unwrap();
        let synced = fs::read(&data).unwrap();
        let mut ends = vec![fs::read(&log).unwrap().len()];
        for key in 1..=12 {
            put(&store, key);
            ends.push(fs::read(&log).unwrap().len());
        }
        let (now, journal) = (fs::read(&data).unwrap(), fs::read(&log).unwrap());
        assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "each commit is in the journal: {ends:?}");
        let mut random = 7u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            random >> 33
        };
        for trial in 0..24 {
            let share = [0, 3, 8, 10][trial % 4];
            let lost = lose_power(&synced, &now, &journal, |_| next() % 10 < share);
            assert_eq!(keys(lost.path()), (1..=12).collect::<Vec<_>>(), "trial {trial}");
            assert!(!lost.path().join("idiolect.log").exists());
        }
        // Without the journal the commits are lost: it is what keeps them.
        let lost = lose_power(&synced, &now, &[], |_| false);
        assert!(keys(lost.path()).is_empty());
        // Torn while a frame was written: what was acknowledged before is there.
        for cut in (0..journal.len()).step_by(1999).chain(ends.iter().copied()) {
            let whole = ends.iter().filter(|end| **end <= cut).count() as u64;
            let lost = lose_power(&synced, &synced, &journal[..cut], |_| false);
            let expected: Vec<u64> = (1..whole.max(1)).collect();
            assert_eq!(keys(lost.path()), expected, "cut at {cut}");
        }
        drop(store);
        assert!(!log.exists(), "nothing is left beside a store that was closed");
    }

    #[test]
    fn a_full_journal_is_emptied_and_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("idiolect.log");
        let store = Store::open(folder.path(), true).unwrap();
        let mut checkpoints = 0;
        let mut first = [0; HEADER];
        for key in 1..=300 {
            put(&store, key);
            let bytes = fs::read(&log).unwrap();
            assert!(bytes.len() <= JOURNAL_BYTES);
            let header = *bytes.first_chunk().unwrap();
            checkpoints += usize::from(header != first);
            first = header;
            if key % 20 == 0 {
                // As a kill leaves it: the data file is what was written, the journal may be behind it.
                let copy = tempfile::tempdir().unwrap();
                for name in ["idiolect.redb", "idiolect.log"] {
                    fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
                }
                assert_eq!(keys(copy.path()), (1..=key).collect::<Vec<_>>());
            }
        }
        assert!(checkpoints > 3, "{checkpoints}");
    }

    #[test]
    fn frames_that_are_damaged_or_of_before_do_not_count() {
        let frame = |epoch: u64, number: u32, rest: &[u8]| {
            let mut header =
                [&epoch.to_le_bytes()[..], &number.to_le_bytes(), &(rest.len() as u32).to_le_bytes()]
                    .concat();
            let checksum = checksum(&header, rest);
            header.extend(checksum.to_le_bytes());
            [&header, rest].concat()
        };
        let row = |parts: &[Vec<u8>]| frames(&parts.concat()).len();
        assert_eq!(row(&[frame(3, 0, b"one"), frame(3, 1, b"two"), frame(2, 2, b"old")]), 2);
        assert_eq!(row(&[frame(3, 1, b"two")]), 0);
        assert_eq!(row(&[vec![0; HEADER], frame(3, 1, b"two")]), 0);
        let bytes = [frame(3, 0, b"one"), frame(3, 1, b"two")].concat();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(frames(&flipped).len() < 2, "bit {bit}");
        }
    }
}
