//! The log: a commit is one frame that is appended to a file and synced, so that it costs one small write in sequence
//! where the pages of the data file lie apart.
//!
//! ```text
//! idiolect.log     frames, one for each commit since the last checkpoint
//!   bytes  0..8    number of the commit, from the store's first on
//!   bytes  8..12   length of the rest
//!   bytes 12..     the changes, sealed under the number
//! ```
//! All numbers are little endian. The data file tells how many commits are in it: a frame counts if it is whole and its
//! number is the next one. So nothing needs to be cleared after a checkpoint; frames are written over those before.
//!
//! Invariant: after a loss of power at any moment, the data file with the frames that count applied in their order has
//! every commit that returned, and at most one more, whole.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::folder::{from_io, remove, sync_names};
use super::{Batch, codec};
use crate::error::StoreError;

/// The log does not grow beyond this many bytes.
const LOG_BYTES: usize = 1 << 20;
/// A commit of more than this goes to the data file at once.
const FRAME_BYTES: usize = LOG_BYTES / 2;
const HEADER: usize = 12;
const TAG: u8 = 100;

/// Where commits are numbered and, in a store whose commits are synced, written.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// `None` where commits are not synced.
    file: Option<File>,
    /// Number of the next commit.
    next: u64,
    /// Where its frame goes.
    end: usize,
    /// Whether there are no further commits: a write failed, and what the disk holds is unknown.
    stopped: bool,
}

/// A commit ready to be appended.
#[derive(Debug)]
pub(super) struct Frame(Vec<u8>);

impl Log {
    /// An empty log whose first commit has a number. What was in the file is gone.
    pub(super) fn create(path: PathBuf, next: u64, synced: bool) -> io::Result<Self> {
        let file = if synced {
            let file = OpenOptions::new().create(true).write(true).truncate(true).open(&path)?;
            file.sync_all()?;
            Some(file)
        } else {
            remove(&path)?;
            None
        };
        // Its name must outlast a loss of power, or be gone after it.
        path.parent().map_or(Ok(()), sync_names)?;
        Ok(Self { path, file, next, end: 0, stopped: false })
    }

    /// Whether commits reach the disk one by one.
    pub(super) fn is_synced(&self) -> bool {
        self.file.is_some()
    }

    /// Number of the next commit.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The next commit's frame; `None` where it is too large for a log.
    ///
    /// # Errors
    /// [`StoreError::Io`] where there are no further commits.
    pub(super) fn frame(&self, batch: &Batch) -> Result<Option<Frame>, StoreError> {
        if self.stopped {
            return Err(StoreError::Io(io::Error::other("an earlier write failed; open the store again")));
        }
        if batch.bytes() > FRAME_BYTES {
            return Ok(None);
        }
        let sealed = codec::seal(TAG, self.next, batch)?;
        let mut frame = Vec::with_capacity(HEADER + sealed.len());
        frame.extend(self.next.to_le_bytes());
        frame.extend((sealed.len() as u32).to_le_bytes());
        frame.extend(sealed);
        Ok(Some(Frame(frame)))
    }

    /// Whether there is room for a frame before the next checkpoint.
    pub(super) fn has_room(&self, frame: &Frame) -> bool {
        self.end + frame.0.len() <= LOG_BYTES
    }

    /// Appends and syncs.
    ///
    /// # Errors
    /// Of the system; the commit then does not count, now or after a crash.
    pub(super) fn append(&mut self, frame: &Frame) -> io::Result<()> {
        if let Some(file) = &mut self.file
            && let Err(error) = write(file, self.end, &frame.0)
        {
            // The frame may be whole all the same.
            self.stopped = write(file, self.end, &[0xff; HEADER]).is_err();
            return Err(error);
        }
        self.end += frame.0.len();
        self.next += 1;
        Ok(())
    }

    /// After a checkpoint: `next` is the number of the next commit.
    pub(super) fn start_over(&mut self, next: u64) {
        self.next = next;
        self.end = 0;
    }

    /// Lets no further commit in: what the disk holds is unknown.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Empties the file, whose commits are all in the data file, so that nothing of them is left.
    ///
    /// # Errors
    /// Of the system; there are no further commits then. Else there are again.
    pub(super) fn renew(&mut self) -> io::Result<()> {
        self.stopped = true;
        *self = Self::create(self.path.clone(), self.next, self.is_synced())?;
        Ok(())
    }

    /// Takes the file away, whose commits are all in the data file; where it cannot be, it tells nothing new.
    pub(super) fn remove(&mut self) {
        self.file = None;
        drop(remove(&self.path));
    }
}

fn write(file: &mut File, at: usize, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// The commits of a log that a data file lacks which has all before number `next`.
///
/// # Errors
/// Of the system; [`StoreError::Damaged`] where a commit cannot be read that later ones follow.
pub(super) fn read(path: &Path, next: u64) -> Result<Vec<Batch>, StoreError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LOG_BYTES as u64).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(from_io(path.parent().unwrap_or(path), error))
        }
        _ => batches(&bytes, next).ok_or(StoreError::Damaged { what: "the log, idiolect.log" }),
    }
}

/// What the whole frames hold, up to the first that is torn or of another round; `None` where that is not torn but
/// damaged: frames are synced one after the other, so that none of a later commit follows a torn one.
fn batches(mut bytes: &[u8], first: u64) -> Option<Vec<Batch>> {
    let mut found = Vec::new();
    for number in first.. {
        match whole_frame(bytes) {
            Some((own, batch, rest)) if own == number => {
                found.push(batch);
                bytes = rest;
            }
            Some(_) => break,
            None => {
                let is_later = |at| whole_frame(&bytes[at..]).is_some_and(|(own, ..)| own > number);
                if (1..bytes.len()).any(is_later) {
                    return None;
                }
                break;
            }
        }
    }
    Some(found)
}

/// The frame that bytes begin with, if it is whole: its number, what it holds and what follows it.
fn whole_frame(bytes: &[u8]) -> Option<(u64, Batch, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (sealed, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let number = u64::from_le_bytes(*number);
    Some((number, codec::open(TAG, number, sealed).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use redb::backends::FileBackend;
    use redb::{Database, StorageBackend};

    use super::*;
    use crate::store::{Store, Table};

    /// A data file that tells of one sync, when so many more have been, that it failed, though it did not.
    #[derive(Debug)]
    struct Doubtful(FileBackend, Arc<AtomicUsize>);

    impl StorageBackend for Doubtful {
        fn len(&self) -> io::Result<u64> {
            self.0.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.0.read(offset, out)
        }

        fn set_len(&self, length: u64) -> io::Result<()> {
            self.0.set_len(length)
        }

        fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
            self.0.write(offset, bytes)
        }

        fn sync_data(&self) -> io::Result<()> {
            self.0.sync_data()?;
            match self.1.fetch_sub(1, Ordering::Relaxed) {
                1 => Err(io::Error::other("no answer from the disk")),
                _ => Ok(()),
            }
        }
    }

    fn put(store: &Store, key: u64) {
        let mut batch = Batch::new();
        batch
            .put(Table::Records, key, &format!("text {key} {}", "x".repeat(key as usize * 37 % 900)))
            .unwrap();
        store.commit(&batch).unwrap();
    }

    fn delete(store: &Store, key: u64) {
        let mut batch = Batch::new();
        batch.delete(Table::Records, key);
        store.commit(&batch).unwrap();
    }

    /// A store as a loss of power may leave it.
    fn left(data: &[u8], log: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("idiolect.redb"), data).unwrap();
        fs::write(folder.path().join("idiolect.log"), log).unwrap();
        folder
    }

    fn files(folder: &Path) -> [Vec<u8>; 2] {
        ["idiolect.redb", "idiolect.log"].map(|name| fs::read(folder.join(name)).unwrap())
    }

    fn keys(folder: &Path) -> Vec<u64> {
        let store = Store::open(folder, true).unwrap();
        let keys = store.keys(Table::Records).unwrap();
        for key in &keys {
            assert!(store.get::<String>(Table::Records, *key).unwrap().is_some());
        }
        keys
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
        let store = Store::open(folder.path(), true).unwrap();
        let [synced, _] = files(folder.path());
        let mut ends = vec![0];
        for key in 1..=12 {
            put(&store, key);
            ends.push(files(folder.path())[1].len());
        }
        let [data, log] = files(folder.path());
        assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "each commit is in the log: {ends:?}");
        assert!(data == synced, "the data file waits for the checkpoint");
        // Without the log the commits are lost: it is what keeps them.
        assert!(keys(left(&data, &[]).path()).is_empty());
        // Torn while a frame was written: what was acknowledged before is there.
        for cut in (0..log.len()).step_by(97).chain(ends.iter().copied()) {
            let whole = ends.iter().filter(|end| **end <= cut).count() as u64;
            let mut torn = log[..cut].to_vec();
            for rest in [0, 0xa5] {
                torn.resize(log.len(), rest);
                assert_eq!(keys(left(&data, &torn).path()), (1..whole).collect::<Vec<_>>(), "cut at {cut}");
                torn.truncate(cut);
            }
        }
        drop(store);
        assert!(
            !folder.path().join("idiolect.log").exists(),
            "nothing is left beside a store that was closed"
        );
    }

    #[test]
    fn a_log_of_before_the_checkpoint_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        (1..=3).for_each(|key| put(&store, key));
        let [_, before] = files(folder.path());
        // A commit that is too large for the log comes after a checkpoint.
        let mut large = Batch::new();
        large.delete(Table::Records, 1);
        large.put(Table::Records, 9, &"y".repeat(FRAME_BYTES)).unwrap();
        store.commit(&large).unwrap();
        let [data, log] = files(folder.path());
        assert!(log == before, "the log is written over, not cleared");
        assert_eq!(keys(left(&data, &log).path()), [2, 3, 9]);
        // The first frame of the next round takes the place of the first of this one, and ends before its end.
        delete(&store, 2);
        let [data, log] = files(folder.path());
        assert!(log[before.len() - 8..] == before[before.len() - 8..]);
        assert_eq!(keys(left(&data, &log).path()), [3, 9]);
        // Nor does one that a rewritten or an erased store has left.
        delete(&store, 3);
        let [_, before] = files(folder.path());
        let mut batch = Batch::new();
        batch.put(Table::Records, 3, &"again".to_owned()).unwrap();
        store.rewrite(&batch).unwrap();
        let [data, log] = files(folder.path());
        assert!(log.is_empty(), "what was taken out is not in the log either");
        assert_eq!(keys(left(&data, &before).path()), [3, 9]);
        delete(&store, 9);
        let [_, before] = files(folder.path());
        store.erase(&Batch::new()).unwrap();
        let [data, log] = files(folder.path());
        assert!(log.is_empty());
        assert!(keys(left(&data, &before).path()).is_empty());
        // And the next ones count.
        put(&store, 5);
        let [data, log] = files(folder.path());
        assert_eq!(keys(left(&data, &log).path()), [5]);
        // A log alone is of a store that is no more.
        let other = tempfile::tempdir().unwrap();
        let first = Store::open(other.path(), true).unwrap();
        put(&first, 1);
        let alone = left(&[], &files(other.path())[1]);
        fs::remove_file(alone.path().join("idiolect.redb")).unwrap();
        assert!(keys(alone.path()).is_empty());
    }

    #[test]
    fn what_was_committed_is_read_before_and_after_a_checkpoint_and_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let mut next = numbers(1);
        for synced in [true, false] {
            let mut store = Store::open(folder.path(), synced).unwrap();
            let mut expected: BTreeMap<u64, String> = BTreeMap::new();
            store
                .scan(Table::Records, |key, value| {
                    expected.insert(key, value?);
                    Ok::<(), StoreError>(())
                })
                .unwrap();
            for step in 0..3_000 {
                let mut batch = Batch::new();
                for _ in 0..next(4) {
                    let key = next(60) as u64;
                    if next(3) == 0 {
                        batch.delete(Table::Records, key);
                        expected.remove(&key);
                    } else {
                        let text = format!("{step} {}", "x".repeat(next(1200)));
                        batch.put(Table::Records, key, &text).unwrap();
                        expected.insert(key, text);
                    }
                    batch.put_meta("step", &step).unwrap();
                }
                let changed = !batch.is_empty();
                store.commit(&batch).unwrap();
                assert!(!changed || store.meta::<i32>("step").unwrap() == Some(step));
                match next(150) {
                    0 => store.checkpoint(&mut store.log.lock()).unwrap(),
                    1 if synced => {
                        let [data, log] = files(folder.path());
                        assert_eq!(
                            keys(left(&data, &log).path()),
                            expected.keys().copied().collect::<Vec<_>>()
                        );
                    }
                    2 => store.rewrite(&Batch::new()).unwrap(),
                    3 => {
                        drop(store);
                        store = Store::open(folder.path(), synced).unwrap();
                    }
                    _ => {}
                }
                let key = next(60) as u64;
                assert_eq!(
                    store.get(Table::Records, key).unwrap().as_ref(),
                    expected.get(&key),
                    "step {step}"
                );
                if step % 16 == 0 {
                    let from = next(60) as u64;
                    let mut found = Vec::new();
                    store
                        .scan_from(Table::Records, from, |key, value: Result<String, StoreError>| {
                            found.push((key, value?));
                            Ok::<(), StoreError>(())
                        })
                        .unwrap();
                    let there = expected.range(from..).map(|(key, text)| (*key, text.clone()));
                    assert_eq!(found, there.collect::<Vec<_>>(), "step {step}");
                    assert_eq!(store.count(Table::Records).unwrap(), expected.len() as u64, "step {step}");
                }
            }
        }
    }

    #[test]
    fn a_full_log_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        let (mut checkpoints, mut first) = (0, Vec::new());
        for key in 1..=4_000 {
            put(&store, key);
            if key % 100 == 0 {
                let [data, log] = files(folder.path());
                assert!(log.len() <= LOG_BYTES);
                checkpoints += usize::from(log[..HEADER] != first);
                first = log[..HEADER].to_vec();
                assert_eq!(keys(left(&data, &log).path()), (1..=key).collect::<Vec<_>>());
            }
        }
        assert_eq!(checkpoints, 2, "and the first frame");
    }

    #[test]
    fn a_commit_that_cannot_be_written_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        put(&store, 1);
        let readable = File::open(folder.path().join("idiolect.log")).unwrap();
        let file = store.log.lock().file.replace(readable);
        let mut batch = Batch::new();
        batch.put(Table::Records, 2, &"two".to_owned()).unwrap();
        assert!(store.commit(&batch).is_err());
        assert_eq!(store.keys(Table::Records).unwrap(), [1]);
        // What is in the file is unknown now.
        store.log.lock().file = file;
        let error = store.commit(&batch).unwrap_err();
        assert!(error.to_string().contains("open the store again"), "{error}");
        assert_eq!(store.get::<String>(Table::Records, 2).unwrap(), None);
        drop(store);
        assert_eq!(keys(folder.path()), [1]);
    }

    #[test]
    fn after_a_write_of_the_data_file_that_may_have_failed_nothing_is_acknowledged() {
        let mut large = Batch::new();
        large.put(Table::Records, 9, &"y".repeat(FRAME_BYTES)).unwrap();
        // Whichever sync it is: before it the data file is as it was, after it as it is to be.
        let mut doubted = 0;
        for (sync, checkpoint) in (1..=6).flat_map(|sync| [(sync, true), (sync, false)]) {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(folder.path(), true).unwrap();
            let left_to_go = Arc::new(AtomicUsize::new(usize::MAX));
            store.database = None;
            let data = OpenOptions::new().read(true).write(true).open(store.folder.data()).unwrap();
            let backend = Doubtful(FileBackend::new(data).unwrap(), Arc::clone(&left_to_go));
            store.database = Some(Database::builder().create_with_backend(backend).unwrap());
            if checkpoint {
                (1..=3).for_each(|key| put(&store, key));
            }
            left_to_go.store(sync, Ordering::Relaxed);
            let outcome =
                if checkpoint { store.checkpoint(&mut store.log.lock()) } else { store.commit(&large) };
            if outcome.is_ok() {
                continue;
            }
            doubted += 1;
            let mut small = Batch::new();
            small.put(Table::Records, 5, &"five".to_owned()).unwrap();
            let error = store.commit(&small).unwrap_err();
            assert!(error.to_string().contains("open the store again"), "sync {sync}: {error}");
            let [data, log] = files(folder.path());
            let mut found = keys(left(&data, &log).path());
            found.retain(|key| *key != 9);
            assert_eq!(found, if checkpoint { vec![1, 2, 3] } else { vec![] }, "sync {sync}");
            drop(store);
            put(&Store::open(folder.path(), true).unwrap(), 7);
            assert!(keys(folder.path()).contains(&7), "sync {sync}");
        }
        assert!(doubted >= 2, "a commit syncs");
    }

    #[test]
    fn damage_within_the_log_is_told_and_the_log_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        (1..=20).for_each(|key| put(&store, key));
        let [data, log] = files(folder.path());
        let second = log.len() / 2;
        for byte in [0, 8, 12, 14, 40, second] {
            let mut damaged = log.clone();
            damaged[byte] ^= 1;
            let folder = left(&data, &damaged);
            for _ in 0..2 {
                let error = Store::open(folder.path(), true).err().unwrap();
                assert!(matches!(error, StoreError::Damaged { .. }), "byte {byte}: {error}");
            }
            assert!(files(folder.path())[1] == damaged, "byte {byte}");
        }
        // Of the last commit it cannot be told from a torn one.
        let mut torn = log.clone();
        *torn.last_mut().unwrap() ^= 1;
        assert_eq!(keys(left(&data, &torn).path()), (1..20).collect::<Vec<_>>());
    }

    #[test]
    fn frames_that_are_torn_or_of_another_round_do_not_count() {
        let mut batch = Batch::new();
        batch.delete(Table::Records, 1);
        let frame = |number| {
            let folder = tempfile::tempdir().unwrap();
            let log = Log::create(folder.path().join("log"), number, true).unwrap();
            log.frame(&batch).unwrap().unwrap().0
        };
        let row = |parts: &[Vec<u8>]| batches(&parts.concat(), 3).unwrap().len();
        assert_eq!(row(&[frame(3), frame(4), frame(2)]), 2);
        assert_eq!(row(&[frame(4), frame(5)]), 0);
        assert_eq!(row(&[vec![0; HEADER], frame(3)]), 0);
        assert_eq!(row(&[vec![0xff; HEADER], frame(3)]), 0);
        assert_eq!(row(&[frame(3), vec![0xff; HEADER], frame(2)]), 1);
        let bytes = [frame(3), frame(4)].concat();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let of_the_last = bit / 8 >= bytes.len() / 2;
            assert_eq!(batches(&flipped, 3).map(|row| row.len()), of_the_last.then_some(1), "bit {bit}");
        }
    }
}
