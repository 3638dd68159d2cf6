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
//! The journal's bytes also stay in memory, and are read from there, until a checkpoint brings the newest of them to the
//! data file: a page that ten commits change is written to the data file once.
//!
//! Invariant: after a loss of power at any moment, the data file with the frames laid over it in their order is as redb
//! left it at the last sync that returned, but for pages that are free in that state: redb never writes over a page of
//! the state before. A checkpoint syncs the data file first and only then empties the journal; a change of the
//! data file's length waits for a checkpoint. A journal is never left beside a data file that was closed, or replaced.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, RwLock};
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
    /// Held by whoever writes; taken before `recent`.
    state: Mutex<State>,
    /// Held by readers as well, never for writing while the disk is waited for.
    recent: RwLock<Recent>,
}

#[derive(Debug)]
struct State {
    journal: File,
    path: PathBuf,
    epoch: u64,
    number: u32,
    /// Where the next frame goes.
    end: usize,
    /// Whether writes go to the data file, and the next sync must be a checkpoint.
    whole: bool,
}

/// What was written since the last checkpoint.
#[derive(Debug)]
struct Recent {
    /// The frames of the journal; the last one, whose header is still to be filled in, from [`State::end`] on.
    bytes: Vec<u8>,
    /// What is newer than the data file, by its place there: where it is in `bytes`. The places do not overlap.
    newest: BTreeMap<u64, Range<usize>>,
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
        let state = State { journal, path: path.to_owned(), epoch: 0, number: 0, end: 0, whole: false };
        Ok(Self { data, state: Mutex::new(state), recent: RwLock::new(Recent::new()) })
    }

    /// Writes what is newer than the data file to it.
    fn flush(&self) -> io::Result<()> {
        let recent = self.recent.read();
        for (&offset, place) in &recent.newest {
            self.data.write(offset, &recent.bytes[place.clone()])?;
        }
        drop(recent);
        // Only writers add to it, and they wait for the state's lock.
        self.recent.write().clear();
        Ok(())
    }

    /// Brings everything to the data file and empties the journal.
    fn checkpoint(&self, state: &mut State) -> io::Result<()> {
        self.flush()?;
        self.data.sync_data()?;
        if state.end > 0 {
            empty(&mut state.journal)?;
        }
        state.epoch += 1;
        state.number = 0;
        state.end = 0;
        state.whole = false;
        Ok(())
    }

    /// From here on writes go to the data file, up to the next sync.
    fn leave_journal(&self, state: &mut State) -> io::Result<()> {
        self.flush()?;
        state.whole = true;
        Ok(())
    }
}

impl State {
    /// Adds what was written since the last sync to the journal.
    fn append(&mut self, recent: &RwLock<Recent>) -> io::Result<()> {
        let mut writing = recent.write();
        let (header, rest) = writing.bytes[self.end..].split_at_mut(HEADER);
        header[..8].copy_from_slice(&self.epoch.to_le_bytes());
        header[8..12].copy_from_slice(&self.number.to_le_bytes());
        header[12..16].copy_from_slice(&(rest.len() as u32).to_le_bytes());
        let checksum = checksum(&header[..16], rest);
        header[16..].copy_from_slice(&checksum.to_le_bytes());
        drop(writing);

        let reading = recent.read();
        self.journal.seek(SeekFrom::Start(self.end as u64))?;
        self.journal.write_all(&reading.bytes[self.end..])?;
        self.journal.sync_data()?;
        self.end = reading.bytes.len();
        self.number += 1;
        drop(reading);
        recent.write().bytes.extend([0; HEADER]);
        Ok(())
    }
}

impl Recent {
    fn new() -> Self {
        Self { bytes: vec![0; HEADER], newest: BTreeMap::new() }
    }

    fn clear(&mut self) {
        self.bytes.truncate(HEADER);
        self.newest.clear();
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend((data.len() as u32).to_le_bytes());
        let at = self.bytes.len();
        self.bytes.extend(data);

        // What others hold of the same places is old, what they hold before and after is not.
        let end = offset + data.len() as u64;
        while let Some((start, place)) = self.last_before(end)
            && start + place.len() as u64 > offset
        {
            self.newest.remove(&start);
            if start < offset {
                self.newest.insert(start, place.start..place.start + (offset - start) as usize);
            }
            if start + place.len() as u64 > end {
                self.newest.insert(end, place.start + (end - start) as usize..place.end);
            }
        }
        self.newest.insert(offset, at..self.bytes.len());
    }

    /// The last piece that begins before `end`.
    fn last_before(&self, end: u64) -> Option<(u64, Range<usize>)> {
        self.newest.range(..end).next_back().map(|(start, place)| (*start, place.clone()))
    }

    /// Fills `out` from `offset` on, with `data` where nothing is newer than that.
    fn read(&self, data: &impl StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut rest = out;
        // From the end to the start.
        while !rest.is_empty() {
            let end = offset + rest.len() as u64;
            let piece = self.last_before(end).filter(|(start, place)| start + place.len() as u64 > offset);
            let Some((start, place)) = piece else { return data.read(offset, rest) };
            let until = (start + place.len() as u64).min(end);
            let from = start.max(offset);
            let (before, after) = rest.split_at_mut((until - offset) as usize);
            if !after.is_empty() {
                data.read(until, after)?;
            }
            let (before, newer) = before.split_at_mut((from - offset) as usize);
            newer.copy_from_slice(&self.bytes[place.start + (from - start) as usize..][..newer.len()]);
            rest = before;
        }
        Ok(())
    }
}

impl StorageBackend for Journaled {
    fn len(&self) -> io::Result<u64> {
        self.data.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.recent.read().read(&self.data, offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        if len < self.data.len()? {
            // The frames may speak of what is cut off.
            self.checkpoint(&mut state)?;
        }
        self.leave_journal(&mut state)?;
        self.data.set_len(len)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        if !state.whole {
            let mut recent = self.recent.write();
            if recent.bytes.len() - state.end + data.len() <= FRAME_BYTES {
                recent.write(offset, data);
                return Ok(());
            }
            drop(recent);
            self.leave_journal(&mut state)?;
        }
        self.data.write(offset, data)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        let length = self.recent.read().bytes.len();
        if state.whole || length > JOURNAL_BYTES {
            return self.checkpoint(&mut state);
        }
        if length == state.end + HEADER {
            return Ok(());
        }
        state.append(&self.recent)
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
        data.resize(now.len(), 0);
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

    fn numbers(mut state: u64) -> impl FnMut(usize) -> usize {
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        }
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
        let journal = fs::read(&log).unwrap();
        assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "each commit is in the journal: {ends:?}");
        assert!(fs::read(&data).unwrap() == synced, "the data file waits for the checkpoint");
        // Without the journal the commits are lost: it is what keeps them.
        let lost = lose_power(&synced, &synced, &[], |_| false);
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
    fn a_loss_of_power_during_a_large_commit_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let (data, log) = (folder.path().join("idiolect.redb"), folder.path().join("idiolect.log"));
        let store = Store::open(folder.path(), true).unwrap();
        let large = |from: u64| {
            let mut batch = Batch::new();
            for key in from..from + 40 {
                batch.put(Table::Records, key, &"y".repeat(30_000)).unwrap();
            }
            batch
        };
        // So that the file is long enough, and has free pages that frames have written to.
        store.commit(&large(100)).unwrap();
        let mut removal = Batch::new();
        (100..140).for_each(|key| removal.delete(Table::Records, key));
        store.commit(&removal).unwrap();
        for key in 1..=60 {
            put(&store, key);
        }
        let (synced, journal) = (fs::read(&data).unwrap(), fs::read(&log).unwrap());
        assert!(journal.len() > HEADER && frames(&journal).len() > 4);
        store.commit(&large(200)).unwrap();
        let now = fs::read(&data).unwrap();
        assert!(frames(&fs::read(&log).unwrap()).is_empty(), "the commit was a checkpoint");
        let mut next = numbers(3);
        for trial in 0..24 {
            let share = [0, 3, 8, 10][trial % 4];
            let lost = lose_power(&synced, &now, &journal, |_| next(10) < share);
            assert_eq!(keys(lost.path()), (1..=60).collect::<Vec<_>>(), "trial {trial}");
            assert!(!lost.path().join("idiolect.log").exists());
        }
    }

    #[test]
    fn what_was_written_is_read_before_and_after_a_checkpoint() {
        const SIZE: usize = 4000;
        let folder = tempfile::tempdir().unwrap();
        let (data, log) = (folder.path().join("data"), folder.path().join("log"));
        fs::write(&data, vec![0; SIZE]).unwrap();
        let backend = Journaled::open(&data, &log).unwrap();
        let mut expected = vec![0; SIZE];
        let mut next = numbers(1);
        for step in 0..20_000 {
            let from = next(SIZE);
            let length = 1 + next([8, 60, 600][step % 3].min(SIZE - from));
            if step % 2 == 0 {
                let bytes: Vec<u8> = (0..length).map(|_| next(256) as u8).collect();
                backend.write(from as u64, &bytes).unwrap();
                expected[from..from + length].copy_from_slice(&bytes);
            } else {
                let mut read = vec![0; length];
                backend.read(from as u64, &mut read).unwrap();
                assert_eq!(read, expected[from..from + length], "step {step}");
            }
            match next(400) {
                0 => backend.sync_data().unwrap(),
                1 => backend.checkpoint(&mut backend.state.lock()).unwrap(),
                2 => backend.leave_journal(&mut backend.state.lock()).unwrap(),
                _ => {}
            }
        }
        assert!(!backend.recent.read().newest.is_empty());
        backend.close().unwrap();
        assert_eq!(fs::read(&data).unwrap(), expected);
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
