//! What an engine reports of its own work: at the right moment, once, and with no lock held.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use common::{DIMENSIONS, builder, mail_edit, open};
use idiolect::{
    CancelToken, Engine, EngineBuilder, ErrorKind, HistoryItem, LogEvent, Observation, Query, Scope,
    SuppliedVectors,
};
use redb::ReadableTable;

type Events = Arc<Mutex<Vec<LogEvent>>>;

/// An engine to be opened, and what it reports from then on.
fn reporting(builder: EngineBuilder) -> (EngineBuilder, Events) {
    let events = Events::default();
    let to = Arc::clone(&events);
    (builder.log(move |event| to.lock().unwrap().push(*event)), events)
}

/// What opening a store reports before anything else is done with it.
fn reported(folder: &Path) -> Vec<LogEvent> {
    let (builder, events) = reporting(builder(folder));
    drop(builder.open().unwrap());
    events.lock().unwrap().clone()
}

/// What a kill leaves of a store that is open.
fn killed(store: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["idiolect.redb", "idiolect.log"] {
        fs::copy(store.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// Flips a bit of the first or the last row of a table of a store that is closed.
fn damage(folder: &Path, table: &str, last: bool) {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let mut rows = write.open_table(redb::TableDefinition::<u64, &[u8]>::new(table)).unwrap();
        let (id, mut value) = {
            let row = if last { rows.last() } else { rows.first() }.unwrap().unwrap();
            (row.0.value(), row.1.value().to_vec())
        };
        *value.last_mut().unwrap() ^= 1;
        rows.insert(id, value.as_slice()).unwrap();
    }
    write.commit().unwrap();
}

/// The same of named values.
fn damage_meta(folder: &Path, names: &[&str]) {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let mut rows = write.open_table(redb::TableDefinition::<&str, &[u8]>::new("meta")).unwrap();
        for name in names {
            rows.insert(*name, [9u8].as_slice()).unwrap();
        }
    }
    write.commit().unwrap();
}

#[test]
fn opening_reports_what_was_found_and_a_log_may_call_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..3 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine.preferences().add("is brief", &Scope::person()).unwrap();
    engine.close().unwrap();
    // An entry is damaged, a row of evidence is missing.
    damage(folder.path(), "entries", false);
    let database = redb::Database::open(folder.path().join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    let evidence = redb::TableDefinition::<u64, &[u8]>::new("evidence");
    write.open_table(evidence).unwrap().remove(2).unwrap();
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
    let events = reported(folder.path());
    assert!(matches!(events[0], LogEvent::SnapshotNotUsed { of: "vectors", .. }), "{events:?}");
}

#[test]
fn a_log_that_is_replayed_or_set_aside_is_reported_by_the_opening_that_does_so() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut ends = Vec::new();
    for index in 0..4 {
        engine.observe(mail_edit(index)).unwrap();
        ends.push(fs::metadata(folder.path().join("idiolect.log")).unwrap().len() as usize);
    }
    let left = killed(folder.path());
    // With the one that a new store begins with.
    let [replayed, opened] = reported(left.path())[..] else { panic!() };
    assert_eq!(replayed, LogEvent::LogReplayed { commits: 5 });
    assert!(matches!(opened, LogEvent::Opened { records: 4, .. }) && !replayed.is_warning());
    let events = reported(left.path());
    assert!(matches!(events[..], [LogEvent::Opened { records: 4, .. }]), "closed: {events:?}");

    // The frame of the third edit is damaged.
    let left = killed(folder.path());
    let log = left.path().join("idiolect.log");
    let mut bytes = fs::read(&log).unwrap();
    bytes[ends[1] + 60] ^= 1;
    fs::write(&log, bytes).unwrap();
    let [replayed, aside, opened] = reported(left.path())[..] else { panic!() };
    assert_eq!((replayed, aside), (LogEvent::LogReplayed { commits: 3 }, LogEvent::LogSetAside));
    assert!(matches!(opened, LogEvent::Opened { records: 2, .. }) && aside.is_warning());
    assert!(matches!(reported(left.path())[..], [LogEvent::Opened { .. }]), "it is known");
    assert_eq!(open(left.path()).stats().unwrap().logs_set_aside, 1);
}

#[test]
fn what_opening_did_is_reported_also_where_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.observe(mail_edit(0)).unwrap();
    let left = killed(folder.path());
    let other = SuppliedVectors::new(DIMENSIONS, "another");
    let (builder, events) = reporting(builder(left.path()).encoder(other));
    assert_eq!(builder.open().unwrap_err().kind(), ErrorKind::EncoderMismatch);
    assert_eq!(*events.lock().unwrap(), [LogEvent::LogReplayed { commits: 2 }]);
}

#[test]
fn counters_and_other_named_values_that_cannot_be_read_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.observe(mail_edit(0)).unwrap();
    engine.close().unwrap();
    damage_meta(folder.path(), &["counters", "evidence_in_use", "calibration"]);
    let events = reported(folder.path());
    let [meta, counters, opened] = events[..] else { panic!("{events:?}") };
    assert_eq!(meta, LogEvent::Damaged { table: "meta", rows: 2 });
    assert_eq!(counters, LogEvent::CountersRecomputed);
    assert!(counters.is_warning() && matches!(opened, LogEvent::Opened { .. }));
}

#[test]
fn rows_of_every_table_that_cannot_be_read_are_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let with_host = || builder(folder.path()).host_model(true);
    let engine = with_host().open().unwrap();
    for text in ["llamas", "more llamas"] {
        engine.add_history(HistoryItem::new(text).tag("zoo").app_key(text)).unwrap();
    }
    for index in 0..3 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine.preferences().add("is brief", &Scope::person()).unwrap();
    engine.close().unwrap();
    let tables = ["app_keys", "entries", "evidence", "inference", "records", "tags", "vectors"];
    for table in tables {
        damage(folder.path(), table, false);
    }
    // The vector of this one is sound.
    damage(folder.path(), "records", true);

    let (builder, events) = reporting(with_host());
    let engine = builder.open().unwrap();
    for _ in 0..2 {
        // What is not read by opening is read here.
        engine.search(&Query::new("llamas")).unwrap();
        engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
    }
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &*events.lock().unwrap() {
        if let LogEvent::Damaged { table, rows } = event {
            *found.entry(table).or_default() += rows;
        }
    }
    let expected = tables.map(|table| (table, if table == "records" { 2 } else { 1 }));
    assert_eq!(found, BTreeMap::from(expected));
}
