//! Tests of the whole store.

use std::io::ErrorKind;
use std::path::Path;

use super::*;

fn put(store: &Store, key: u64, text: &str) {
    let mut batch = Batch::new();
    batch.put(Table::Records, key, &text.to_owned()).unwrap();
    store.commit(&batch).unwrap();
}

/// For stores in tests.
impl Stored for String {
    const VERSION: u8 = 1;
}

impl Stored for u64 {
    const VERSION: u8 = 1;
}

/// The position of a data file that contains every commit of the store.
fn current_position(store: &Store) -> Applied {
    Applied { next: store.log.lock().next(), round: 7 }
}

fn contains(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}

#[test]
fn commits_persist_after_reopening() {
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
fn a_rewrite_removes_deleted_bytes_from_the_folder() {
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
fn erase_removes_all_bytes_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), true).unwrap();
    put(&store, 1, "a secret sentence");
    store.write_graph(Some(b"a secret sentence")).unwrap();
    store.erase(&Batch::new()).unwrap();
    assert!(!contains(folder.path(), "a secret sentence"));
    assert_eq!(store.count(Table::Records).unwrap(), 0);
}

#[test]
fn a_leftover_pending_file_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    put(&Store::open(folder.path(), true).unwrap(), 1, "one");
    std::fs::write(folder.path().join("idiolect.redb.new"), b"half written").unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    assert_eq!(store.keys(Table::Records).unwrap(), [1]);
    assert!(!folder.path().join("idiolect.redb.new").exists());
}

#[test]
fn a_failed_write_leaves_no_pending_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), true).unwrap();
    put(&store, 1, "one");
    let fresh = folder.path().join("idiolect.redb.new");
    let failed = store.replace(current_position(&store), |_, _| {
        assert!(fresh.exists());
        Err(redb::Error::Io(ErrorKind::StorageFull.into()))
    });
    assert!(matches!(failed, Err(StoreError::Full)));
    assert!(!fresh.exists());
    // A non-empty folder cannot be replaced by a file.
    std::fs::create_dir_all(folder.path().join("idiolect.graph/full")).unwrap();
    assert!(store.write_graph(Some(b"nodes")).is_err());
    assert!(!fresh.exists());
    put(&store, 2, "two");
    assert_eq!(store.keys(Table::Records).unwrap(), [1, 2], "the store still works");
}

#[test]
fn commits_fail_after_an_unreadable_replacement() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), true).unwrap();
    put(&store, 1, "one");
    let fresh = folder.path().join("idiolect.redb.new");
    let failed = store.replace(current_position(&store), |_, _| {
        std::fs::remove_file(&fresh).unwrap();
        std::fs::write(&fresh, b"no data file").unwrap();
        Ok(())
    });
    assert!(failed.is_err());
    assert!(store.overlay.read().is_empty());
    let mut batch = Batch::new();
    batch.put(Table::Records, 2, &"two".to_owned()).unwrap();
    assert!(store.commit(&batch).unwrap_err().to_string().contains("open the store again"));
}

#[test]
fn a_damaged_value_is_an_error_and_others_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), true).unwrap();
    put(&store, 1, "one");
    put(&store, 2, "two");
    store.checkpoint(&mut store.log.lock()).unwrap();
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
