use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use redb::backends::FileBackend;
use redb::{Database, StorageBackend};

use super::*;
use crate::store::data_file::META;
use crate::store::{Store, Table};

/// A data file that reports a sync as failed when the counter is 1, although the sync succeeded.
#[derive(Debug)]
struct FailingSync(FileBackend, Arc<AtomicUsize>);

impl StorageBackend for FailingSync {
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
    batch.put(Table::Records, key, &format!("text {key} {}", "x".repeat(key as usize * 37 % 900))).unwrap();
    store.commit(&batch).unwrap();
}

fn delete(store: &Store, key: u64) {
    let mut batch = Batch::new();
    batch.delete(Table::Records, key);
    store.commit(&batch).unwrap();
}

/// A store folder as a power failure may leave it.
fn crashed(data: &[u8], log: &[u8]) -> tempfile::TempDir {
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

/// Number of logs that were set aside.
fn asides(folder: &Path) -> u32 {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().starts_with("idiolect.log.aside-")).count() as u32
}

fn numbers(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}

#[test]
fn acknowledged_commits_survive_a_power_failure() {
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
    assert!(data == synced, "the data file is unchanged until the checkpoint");
    // The commits are in the log only.
    assert!(keys(crashed(&data, &[]).path()).is_empty());
    // A frame torn during its write: the acknowledged commits are there, and no loss is reported.
    for cut in (0..log.len()).step_by(97).chain((0..=log.len()).step_by(SECTOR)) {
        let whole = ends.iter().filter(|end| **end <= cut).count() as u64;
        let mut torn = log[..cut].to_vec();
        for rest in [0, 0xa5] {
            torn.resize(log.len(), rest);
            let crashed = crashed(&data, &torn);
            let found = keys(crashed.path());
            if cut.is_multiple_of(SECTOR) {
                assert_eq!(found, (1..whole).collect::<Vec<_>>(), "cut at {cut}");
                assert_eq!(asides(crashed.path()), u32::from(cut == 0 && rest != 0), "cut at {cut}");
            } else {
                // A cut within a sector, which no disk produces: the bytes after it may happen to be zeros.
                assert!(found.len() as u64 >= whole - 1 && found.len() as u64 <= whole, "cut at {cut}");
            }
            torn.truncate(cut);
        }
    }
    drop(store);
    assert!(!folder.path().join("idiolect.log").exists(), "closing a store removes its log");
}

#[test]
fn a_log_from_before_the_checkpoint_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), true).unwrap();
    (1..=3).for_each(|key| put(&store, key));
    let [_, before] = files(folder.path());
    // A commit too large for the log forces a checkpoint first.
    let mut large = Batch::new();
    large.delete(Table::Records, 1);
    large.put(Table::Records, 9, &"y".repeat(FRAME_BYTES)).unwrap();
    store.commit(&large).unwrap();
    let [data, log] = files(folder.path());
    assert!(log == before, "the log is overwritten, not cleared");
    assert_eq!(keys(crashed(&data, &log).path()), [2, 3, 9]);
    // The first frame of the next round overwrites the first of this round and is shorter.
    delete(&store, 2);
    let [data, log] = files(folder.path());
    assert!(log[before.len() - 8..] == before[before.len() - 8..]);
    assert_eq!(keys(crashed(&data, &log).path()), [3, 9]);
    // So is a log from before a rewrite or an erase.
    delete(&store, 3);
    let [_, before] = files(folder.path());
    let mut batch = Batch::new();
    batch.put(Table::Records, 3, &"again".to_owned()).unwrap();
    store.rewrite(&batch).unwrap();
    let [data, log] = files(folder.path());
    assert!(log.is_empty(), "deleted data is not in the log either");
    assert_eq!(keys(crashed(&data, &before).path()), [3, 9]);
    delete(&store, 9);
    let [_, before] = files(folder.path());
    store.erase(&Batch::new()).unwrap();
    let [data, log] = files(folder.path());
    assert!(log.is_empty());
    assert!(keys(crashed(&data, &before).path()).is_empty());
    // Later commits count.
    put(&store, 5);
    let [data, log] = files(folder.path());
    assert_eq!(keys(crashed(&data, &log).path()), [5]);
    // A log without its data file.
    let other = tempfile::tempdir().unwrap();
    let first = Store::open(other.path(), true).unwrap();
    put(&first, 1);
    let alone = crashed(&[], &files(other.path())[1]);
    fs::remove_file(alone.path().join("idiolect.redb")).unwrap();
    assert!(keys(alone.path()).is_empty());
    assert_eq!(asides(alone.path()), 1, "it may contain acknowledged commits");
}

#[test]
fn reads_match_a_model_across_checkpoints_and_crashes() {
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
        for step in 0..3_000u64 {
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
            assert!(!changed || store.meta::<u64>("step").unwrap() == Some(step));
            match next(150) {
                0 => store.checkpoint(&mut store.log.lock()).unwrap(),
                1 if synced => {
                    let [data, log] = files(folder.path());
                    assert_eq!(
                        keys(crashed(&data, &log).path()),
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
            assert_eq!(store.get(Table::Records, key).unwrap().as_ref(), expected.get(&key), "step {step}");
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
fn a_full_log_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    let (mut checkpoints, mut first) = (0, Vec::new());
    for key in 1..=4_000 {
        put(&store, key);
        if key % 100 == 0 {
            let [data, log] = files(folder.path());
            assert!(log.len() <= LOG_BYTES);
            checkpoints += usize::from(log[..HEAD] != first);
            first = log[..HEAD].to_vec();
            assert_eq!(keys(crashed(&data, &log).path()), (1..=key).collect::<Vec<_>>());
        }
    }
    assert_eq!(checkpoints, 3, "including the first frame");
}

#[test]
fn a_failed_commit_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    put(&store, 1);
    let readable = File::open(folder.path().join("idiolect.log")).unwrap();
    let file = store.log.lock().file.replace(readable);
    let mut batch = Batch::new();
    batch.put(Table::Records, 2, &"two".to_owned()).unwrap();
    assert!(store.commit(&batch).is_err());
    assert_eq!(store.keys(Table::Records).unwrap(), [1]);
    // The content of the log is unknown now.
    store.log.lock().file = file;
    let error = store.commit(&batch).unwrap_err();
    assert!(error.to_string().contains("open the store again"), "{error}");
    assert_eq!(store.get::<String>(Table::Records, 2).unwrap(), None);
    drop(store);
    assert_eq!(keys(folder.path()), [1]);
}

#[test]
fn commits_fail_after_a_data_file_write_of_unknown_outcome() {
    let mut large = Batch::new();
    large.put(Table::Records, 9, &"y".repeat(FRAME_BYTES)).unwrap();
    // Whichever sync fails, the data file is in the state either before or after the transaction.
    let mut failures = 0;
    for (sync, checkpoint) in (1..=6).flat_map(|sync| [(sync, true), (sync, false)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), true).unwrap();
        let syncs_left = Arc::new(AtomicUsize::new(usize::MAX));
        store.database = None;
        let data = OpenOptions::new().read(true).write(true).open(store.folder.data()).unwrap();
        let backend = FailingSync(FileBackend::new(data).unwrap(), Arc::clone(&syncs_left));
        store.database = Some(Database::builder().create_with_backend(backend).unwrap());
        if checkpoint {
            (1..=3).for_each(|key| put(&store, key));
        }
        syncs_left.store(sync, Ordering::Relaxed);
        let outcome = if checkpoint { store.checkpoint(&mut store.log.lock()) } else { store.commit(&large) };
        if outcome.is_ok() {
            continue;
        }
        failures += 1;
        let mut small = Batch::new();
        small.put(Table::Records, 5, &"five".to_owned()).unwrap();
        let error = store.commit(&small).unwrap_err();
        assert!(error.to_string().contains("open the store again"), "sync {sync}: {error}");
        let [data, log] = files(folder.path());
        let mut found = keys(crashed(&data, &log).path());
        found.retain(|key| *key != 9);
        assert_eq!(found, if checkpoint { vec![1, 2, 3] } else { vec![] }, "sync {sync}");
        drop(store);
        put(&Store::open(folder.path(), true).unwrap(), 7);
        assert!(keys(folder.path()).contains(&7), "sync {sync}");
    }
    assert!(failures >= 2, "a commit syncs at least twice");
}

/// Opens a damaged store twice; returns its record ids and the number of logs set aside.
fn opened_with(data: &[u8], log: &[u8]) -> (Vec<u64>, u32) {
    let folder = crashed(data, log);
    let found = keys(folder.path());
    assert_eq!(keys(folder.path()), found, "the second opening finds the same");
    if asides(folder.path()) > 0 {
        assert!(
            fs::read(folder.path().join("idiolect.log.aside-1")).unwrap() == log,
            "the log is kept unchanged"
        );
    }
    (found, asides(folder.path()))
}

#[test]
fn damage_in_the_log_is_reported_and_earlier_commits_survive() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    let mut starts = vec![0];
    for key in 1..=20 {
        put(&store, key);
        starts.push(files(folder.path())[1].len());
    }
    let [data, log] = files(folder.path());
    assert_eq!(opened_with(&data, &log), ((1..=20).collect(), 0));
    for (key, &start) in (1..20).zip(&starts) {
        for byte in [0, 8, 16, 32, 36, 40, 44, HEAD, HEAD + 9, SECTOR - 1] {
            let mut damaged = log.clone();
            damaged[start + byte] ^= 1;
            // Padding is zero and not covered by a checksum.
            let is_padding = byte == SECTOR - 1 && log[start + byte] == 0;
            let before = if is_padding { 20 } else { key - 1 };
            let found = opened_with(&data, &damaged);
            assert_eq!(found, ((1..=before).collect(), u32::from(!is_padding)), "frame {key}, byte {byte}");
        }
        // A page of zeros.
        let mut damaged = log.clone();
        damaged[start..start + SECTOR].fill(0);
        assert_eq!(opened_with(&data, &damaged), ((1..key).collect(), 1), "frame {key}");
    }
    // Damage to the last commit is detected only if all its sectors are present.
    let last = starts[19];
    for (byte, found) in [(0, 0), (8, 0), (16, 1), (36, 1), (40, 1), (44, 1), (HEAD, 1), (HEAD + 9, 1)] {
        let mut damaged = log.clone();
        damaged[last + byte] ^= 1;
        assert_eq!(opened_with(&data, &damaged), ((1..20).collect(), found), "byte {byte}");
    }
}

#[test]
fn a_log_of_another_data_file_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let commits = |store: &Store, keys: std::ops::RangeInclusive<u64>| keys.for_each(|key| put(store, key));
    let store = Store::open(folder.path(), true).unwrap();
    commits(&store, 1..=3);
    drop(store);
    let backup = fs::read(folder.path().join("idiolect.redb")).unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    commits(&store, 4..=5);
    drop(store);
    let store = Store::open(folder.path(), true).unwrap();
    commits(&store, 6..=8);
    let [data, log] = files(folder.path());
    assert_eq!(opened_with(&data, &log), ((1..=8).collect(), 0));
    assert_eq!(opened_with(&backup, &log), ((1..=3).collect(), 1), "commits 4 and 5 are missing in between");
    // A different history that starts at the backup: the same commit numbers in another round.
    let other = crashed(&backup, &[]);
    let store = Store::open(other.path(), true).unwrap();
    commits(&store, 14..=15);
    store.checkpoint(&mut store.log.lock()).unwrap();
    commits(&store, 16..=16);
    let [other_data, other_log] = files(other.path());
    assert_eq!(opened_with(&other_data, &other_log), (vec![1, 2, 3, 14, 15, 16], 0));
    assert_eq!(opened_with(&other_data, &log), (vec![1, 2, 3, 14, 15], 1));
    // A log of another store.
    let stranger = tempfile::tempdir().unwrap();
    let store = Store::open(stranger.path(), true).unwrap();
    commits(&store, 21..=29);
    let [_, strange] = files(stranger.path());
    assert_eq!(opened_with(&data, &strange), ((1..=5).collect(), 1));
    // Bytes that no store has written.
    assert_eq!(opened_with(&data, &[0xa5; 4096]), ((1..=5).collect(), 1));
    assert_eq!(opened_with(&data, &[0; 4096]), ((1..=5).collect(), 0));
}

#[test]
fn each_log_is_set_aside_once_and_removed_by_a_rewrite() {
    let folder = tempfile::tempdir().unwrap();
    put(&Store::open(folder.path(), true).unwrap(), 1);
    for garbage in [0xa5, 0xa6, 0xa5] {
        fs::write(folder.path().join("idiolect.log"), [garbage; SECTOR]).unwrap();
        drop(Store::open(folder.path(), true).unwrap());
    }
    let mut store = Store::open(folder.path(), true).unwrap();
    assert_eq!(store.logs_set_aside().unwrap(), 2);
    store.rewrite(&Batch::new()).unwrap();
    assert_eq!((store.logs_set_aside().unwrap(), asides(folder.path())), (0, 0));
}

#[test]
fn a_damaged_position_sets_the_log_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    put(&store, 1);
    store.checkpoint(&mut store.log.lock()).unwrap();
    put(&store, 2);
    let [data, log] = files(folder.path());
    let crashed = crashed(&data, &log);
    let database = Database::open(crashed.path().join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    write.open_table(META).unwrap().insert("applied", [7u8; 20].as_slice()).unwrap();
    write.commit().unwrap();
    drop(database);
    assert_eq!((keys(crashed.path()), asides(crashed.path())), (vec![1], 1));
    let store = Store::open(crashed.path(), true).unwrap();
    put(&store, 3);
    let [data, log] = files(crashed.path());
    assert_eq!(opened_with(&data, &log), (vec![1, 3], 0));
}

const ID: Id = [9; 16];
const ROUND: u64 = 0x1234_5678_9abc_def0;

fn payload_of(length: usize) -> Vec<u8> {
    let mut batch = Batch::new();
    batch.put(Table::Records, 1, &"x".repeat(length)).unwrap();
    codec::encode(&batch).unwrap()
}

fn found(bytes: &[u8], next: u64) -> (usize, bool) {
    let found = commits(bytes, &ID, Some(Applied { next, round: ROUND }));
    (found.batches.len(), found.complete)
}

#[test]
fn torn_frames_and_frames_of_another_round_are_ignored() {
    let whole = |number| frame(&ID, ROUND, number, &payload_of(700));
    let row = |parts: &[Vec<u8>]| found(&parts.concat(), 3);
    let zeros = vec![0; SECTOR];
    assert_eq!(row(&[whole(3), whole(4), frame(&ID, 7, 2, &payload_of(9))]), (2, true));
    assert_eq!(row(&[frame(&ID, 7, 2, &payload_of(9)), frame(&ID, 7, 3, &payload_of(9))]), (0, true));
    assert_eq!(row(&[zeros.clone(), whole(3)]), (0, true), "a write that failed");
    assert_eq!(row(&[whole(3), zeros.clone(), whole(4)]), (1, true), "the same");
    assert_eq!(row(&[whole(4), whole(5)]), (0, false), "a commit is missing");
    assert_eq!(row(&[whole(3), whole(5)]), (1, false));
    assert_eq!(row(&[whole(3), zeros, whole(5)]), (1, false));
    assert_eq!(row(&[frame(&[8; 16], ROUND, 3, &payload_of(9))]), (0, false), "of another store");
    assert_eq!(row(&[frame(&ID, 7, 3, &payload_of(9))]), (0, false), "of another round");
    assert_eq!(row(&[]), (0, true));
    let bytes = [whole(3), whole(4)].concat();
    assert_eq!(bytes.len(), 2 * 2 * SECTOR);
    let used = HEAD + payload_of(700).len() + MARK;
    for byte in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let within = byte % (2 * SECTOR);
        let in_round = byte % SECTOR < MARK / 2;
        let expected = match byte / (2 * SECTOR) {
            _ if within >= used => (2, true),
            0 => (0, false),
            // A sector of another round counts as not written; a greater number belongs to a later commit.
            _ => (1, in_round),
        };
        assert_eq!(found(&flipped, 3), expected, "byte {byte}");
    }
}

#[test]
fn text_is_never_mistaken_for_a_frame() {
    // Payloads that contain complete frames of this round, at every offset in a sector, in a torn frame or before
    // others.
    let forged = frame(&ID, ROUND, 9, &payload_of(9));
    for shift in 0..SECTOR {
        let payload = [vec![b'x'; shift], forged.clone(), forged.clone()].concat();
        let own = frame(&ID, ROUND, 3, &payload);
        for torn in 0..own.len() / SECTOR {
            let mut crashed = own.clone();
            crashed[torn * SECTOR..].fill(0);
            assert_eq!(found(&crashed, 3), (0, true), "shift {shift}, torn at {torn}");
            let mut crashed = own.clone();
            crashed[torn * SECTOR..][..SECTOR].fill(0);
            assert_eq!(found(&crashed, 3), (0, true), "shift {shift}, without {torn}");
        }
        // Sectors of an earlier round, whose first one is overwritten by a frame of this round.
        let before = frame(&ID, 7, 1, &payload);
        assert_eq!(found(&before, 3), (0, true));
        let over = [frame(&ID, ROUND, 3, &payload_of(9)), before[SECTOR..].to_vec()].concat();
        assert_eq!(found(&over, 3), (1, true), "shift {shift}");
    }
}

#[test]
fn a_checkpoint_starts_a_new_round() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    let mut rounds = std::collections::BTreeSet::new();
    for key in 1..=5 {
        put(&store, key);
        rounds.insert(files(folder.path())[1][..8].to_vec());
        store.checkpoint(&mut store.log.lock()).unwrap();
    }
    assert_eq!(rounds.len(), 5);
    let applied = crate::store::data_file::applied(store.database().unwrap()).unwrap().unwrap();
    assert_eq!((applied.next, applied.round), (5, store.log.lock().round));
}

#[test]
fn the_encoding_of_a_frame_is_stable() {
    let mut batch = Batch::new();
    batch.put(Table::Records, 1, &"text".to_owned()).unwrap();
    batch.put(Table::Vectors, 2, &String::new()).unwrap();
    batch.put(Table::Entries, 300, &String::new()).unwrap();
    batch.put(Table::Inference, 4, &String::new()).unwrap();
    batch.delete(Table::Tags, 5);
    batch.put_meta("name", &7u64).unwrap();
    let frame = frame(&ID, ROUND, 70_000, &codec::encode(&batch).unwrap());
    assert_eq!(frame.len(), SECTOR);
    let used = frame.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let hex: Vec<String> = frame[..used].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex.concat(), include_str!("../golden/frame.hex").trim());
}
