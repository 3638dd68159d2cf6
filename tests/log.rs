//! What an engine reports of its own work: at the right moment, and with no lock held.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use common::{builder, mail_edit, open};
use idiolect::{Engine, HistoryItem, LogEvent, Observation};
use redb::ReadableTable;

type Events = Arc<Mutex<Vec<LogEvent>>>;

#[test]
fn opening_reports_what_was_found_and_a_log_may_call_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..3 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine.preferences().add("is brief", &idiolect::Scope::person()).unwrap();
    engine.close().unwrap();
    // An entry is damaged, a row of evidence is missing.
    let database = redb::Database::open(folder.path().join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let table = |name| redb::TableDefinition::<u64, &[u8]>::new(name);
        let mut entries = write.open_table(table("entries")).unwrap();
        let (id, mut value) = {
            let row = entries.first().unwrap().unwrap();
            (row.0.value(), row.1.value().to_vec())
        };
        *value.last_mut().unwrap() ^= 1;
        entries.insert(id, value.as_slice()).unwrap();
        write.open_table(table("evidence")).unwrap().remove(2).unwrap();
    }
    write.commit().unwrap();
    drop(database);

    let events = Events::default();
    let engine: Arc<OnceLock<Engine>> = Arc::default();
    let (to, inside) = (Arc::clone(&events), Arc::clone(&engine));
    let log = move |event: &LogEvent| {
        to.lock().unwrap().push(*event);
        if let Some(engine) = inside.get() {
            engine.add_history(HistoryItem::new("from the log")).unwrap();
        }
    };
    assert!(engine.set(builder(folder.path()).log(log).open().unwrap()).is_ok());
    engine.get().unwrap().observe(mail_edit(4)).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    let is_derived = || events.lock().unwrap().iter().any(|event| matches!(event, LogEvent::Derived { .. }));
    while !is_derived() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let found = events.lock().unwrap().clone();
    let [damaged, opened, deriving, derived] = found[..] else { panic!("{found:?}") };
    assert_eq!(deriving, LogEvent::Deriving { records: 1 });
    assert!(matches!(derived, LogEvent::Derived { records: 1, .. }));
    assert_eq!(damaged, LogEvent::Damaged { table: "entries", rows: 1 });
    assert!(damaged.is_warning() && !opened.is_warning());
    assert!(matches!(opened, LogEvent::Opened { records: 3, .. }));
    assert_eq!(damaged.to_string(), "damaged rows in the table entries: 1");
}

#[test]
fn a_snapshot_that_is_not_used_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.observe(Observation::accept("a question", "an answer")).unwrap();
    engine.close().unwrap();
    fs::write(folder.path().join("idiolect.rows"), "of something else").unwrap();
    let events = Events::default();
    let to = Arc::clone(&events);
    let log = move |event: &LogEvent| to.lock().unwrap().push(*event);
    drop(builder(folder.path()).log(log).open().unwrap());
    let events = events.lock().unwrap();
    assert!(matches!(events[0], LogEvent::SnapshotNotUsed { of: "vectors", .. }), "{events:?}");
}
