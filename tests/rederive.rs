//! A newer inducer learns other things from the same records: they are derived in the background, while what was learned
//! before answers; the two never mix in one answer, and nothing is lost when the work is cut short.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{DIMENSIONS, WordHash, builder, day, fact_edit, mail, mail_edit};
use idiolect::internals::learning::Evidence;
use idiolect::{CancelToken, Embedder, Embedding, EmbeddingError, SearchMode, THREAD_NAME};
use idiolect::{Engine, EngineBuilder, ErrorKind, Forget, HistoryItem, Preference, Query, RecordId, Request};
use redb::{ReadableTable, ReadableTableMetadata};

/// Records of a store; two whole batches of deriving and a part of a third.
const RECORDS: usize = 600;
const BATCH: usize = 256;

/// Holds the background up when so many records are derived, and counts them.
#[derive(Clone)]
struct Gate {
    allowed: Arc<AtomicUsize>,
    derived: Arc<AtomicUsize>,
}

impl Gate {
    fn of(allowed: usize) -> Self {
        Self { allowed: Arc::new(AtomicUsize::new(allowed)), derived: Arc::default() }
    }

    fn open(&self) {
        self.allowed.store(usize::MAX, Ordering::Relaxed);
    }

    fn derived(&self) -> usize {
        self.derived.load(Ordering::Relaxed)
    }

    fn pass(&self) {
        let number = self.derived.fetch_add(1, Ordering::Relaxed);
        let held = || number >= self.allowed.load(Ordering::Relaxed);
        let started = Instant::now();
        // Where a test fails, its engine must be able to close.
        let waits = || started.elapsed() < Duration::from_mins(1);
        while std::thread::current().name() == Some(THREAD_NAME) && held() && waits() {
            sleep(Duration::from_millis(1));
        }
    }

    /// A builder with an inducer that finds the contrary of what version 1 does.
    fn second(&self, folder: &Path) -> EngineBuilder {
        let gate = self.clone();
        builder(folder).inducer(2, move |evidence| {
            gate.pass();
            contrary(evidence);
        })
    }
}

fn contrary(evidence: &mut Evidence) {
    for item in &mut evidence.items {
        item.change = -item.change;
        std::mem::swap(&mut item.before, &mut item.after);
    }
}

fn first(folder: &Path) -> EngineBuilder {
    builder(folder).inducer(1, |_| {})
}

fn fill(engine: &Engine, records: std::ops::Range<usize>) {
    for index in records {
        let observation = if index % 3 == 0 { fact_edit(index) } else { mail_edit(index) };
        let observation = observation.at(day((index % 90) as i64)).tag(format!("tag {}", index % 2));
        engine.observe(observation).unwrap();
    }
}

/// A closed store that version 1 learned from.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let engine = first(folder.path()).open().unwrap();
    fill(&engine, 0..RECORDS);
    engine.close().unwrap();
    folder
}

type Answers = (Vec<Preference>, Vec<Preference>, String, Vec<RecordId>);

fn answers(engine: &Engine) -> Answers {
    let shown = engine.personalize(&Request::new("Ravi asks to meet about the lease").scope(mail())).unwrap();
    // Words are read in the background, too.
    let hits =
        engine.search(&Query::new("the hiring plan").tag("tag 1").k(20).mode(SearchMode::Meaning)).unwrap();
    let hits = hits.iter().map(|hit| hit.id).collect();
    (engine.preferences().list().unwrap(), shown.preferences, shown.prompt, hits)
}

/// What a store answers that the second version has always learned from.
fn anew(change: impl Fn(&Engine)) -> Answers {
    let folder = tempfile::tempdir().unwrap();
    let engine = Gate::of(usize::MAX).second(folder.path()).open().unwrap();
    fill(&engine, 0..RECORDS);
    change(&engine);
    answers(&engine)
}

fn optimize(engine: &Engine) {
    engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
}

/// Until the background is held up by the gate behind so many batches.
fn wait_for(engine: &Engine, gate: &Gate, batches: usize) {
    let started = Instant::now();
    let come = || engine.stats().unwrap().deriving.is_some_and(|progress| progress.done >= batches * BATCH);
    while !come() || gate.derived() <= gate.allowed.load(Ordering::Relaxed) {
        assert!(started.elapsed() < Duration::from_mins(2), "the background comes on");
        sleep(Duration::from_millis(1));
    }
}

/// Rows of a table of a store that is closed.
fn rows(folder: &Path, table: &str) -> Vec<u64> {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let read = redb::ReadableDatabase::begin_read(&database).unwrap();
    let rows = read.open_table(redb::TableDefinition::<u64, &[u8]>::new(table)).unwrap();
    rows.iter().unwrap().map(|row| row.unwrap().0.value()).collect()
}

fn change(folder: &Path, table: &str, change: impl FnOnce(&mut redb::Table<'_, u64, &[u8]>)) {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    change(&mut write.open_table(redb::TableDefinition::new(table)).unwrap());
    write.commit().unwrap();
}

/// Embeds as [`WordHash`], unless it is to fail, and counts.
#[derive(Clone, Default)]
struct Counting {
    embedded: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Embedder for Counting {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &str {
        WordHash.fingerprint()
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        self.embedded.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            return Err(EmbeddingError::Unsupported { what: "any text".to_owned() });
        }
        WordHash.embed(text)
    }
}

#[test]
fn what_was_learned_before_answers_until_all_is_learned_anew() {
    let folder = filled();
    let old = answers(&first(folder.path()).open().unwrap());
    let gate = Gate::of(BATCH + 40);
    let encoder = Counting::default();
    let engine = gate.second(folder.path()).encoder(encoder.clone()).open().unwrap();
    assert_eq!(answers(&engine), old);
    wait_for(&engine, &gate, 1);
    assert_eq!(answers(&engine), old, "with a batch of the new on the disk");
    let deriving = engine.stats().unwrap().deriving.unwrap();
    assert_eq!((deriving.done, deriving.total), (BATCH, RECORDS));

    // Those that are derived and not yet are forgotten, others come.
    let meanwhile = |engine: &Engine| {
        engine.forget(&Forget::records([RecordId(5), RecordId(RECORDS as u64 - 5)])).unwrap();
        fill(engine, RECORDS..RECORDS + 3);
        engine.forget(&Forget::record(RecordId(RECORDS as u64 + 2))).unwrap();
    };
    meanwhile(&engine);
    let new = anew(meanwhile);
    assert_ne!(old.0, new.0, "the versions differ");
    let cancel = CancelToken::new();
    cancel.cancel();
    assert_eq!(engine.optimize(&mut |_| {}, &cancel).unwrap_err().kind(), ErrorKind::Cancelled);

    let embedded = encoder.embedded.load(Ordering::Relaxed);
    let mut reported = Vec::new();
    let mut report = |progress| {
        gate.open();
        reported.push(progress);
    };
    engine.optimize(&mut report, &CancelToken::new()).unwrap();
    assert_eq!(reported[0], deriving);
    assert_eq!(engine.stats().unwrap().deriving, None);
    assert_eq!(encoder.embedded.load(Ordering::Relaxed), embedded, "nothing is embedded for it");
    assert_eq!(answers(&engine), new);
    engine.close().unwrap();
    drop(engine);

    assert!(rows(folder.path(), "evidence").is_empty(), "the old evidence is gone");
    let ids: Vec<u64> = (1..RECORDS as u64 + 4).filter(|id| ![5, 595, 602].contains(id)).collect();
    assert_eq!(rows(folder.path(), "other_evidence"), ids);
    assert_eq!(rows(folder.path(), "vectors"), ids);
    let gate = Gate::of(0);
    let engine = gate.second(folder.path()).open().unwrap();
    assert_eq!(engine.stats().unwrap().deriving, None);
    assert_eq!(answers(&engine), new);
    drop(engine);
    assert_eq!(gate.derived(), 0, "nothing is derived again");

    // And back to the first table.
    let engine = first(folder.path()).open().unwrap();
    optimize(&engine);
    engine.close().unwrap();
    drop(engine);
    assert_eq!(rows(folder.path(), "evidence"), ids);
    assert!(rows(folder.path(), "other_evidence").is_empty());
}

#[test]
fn what_was_derived_before_a_kill_is_not_derived_again() {
    let folder = filled();
    let gate = Gate::of(BATCH + 40);
    let engine = gate.second(folder.path()).open().unwrap();
    let old = answers(&engine);
    wait_for(&engine, &gate, 1);
    // As the disk is when the process is killed now.
    let killed = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), killed.path().join(file.file_name())).unwrap();
    }
    gate.open();
    drop(engine);

    let gate = Gate::of(0);
    let engine = gate.second(killed.path()).open().unwrap();
    assert_eq!(answers(&engine), old, "not a mixture of the two");
    gate.open();
    optimize(&engine);
    assert_eq!(answers(&engine), anew(|_| {}));
    drop(engine);
    assert_eq!(gate.derived(), RECORDS - BATCH);
}

#[test]
fn closing_ends_the_work_and_the_next_opening_goes_on() {
    let folder = filled();
    let slow = |derived: Arc<AtomicUsize>| {
        builder(folder.path()).inducer(2, move |evidence| {
            derived.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(4));
            contrary(evidence);
        })
    };
    let derived: Arc<AtomicUsize> = Arc::default();
    let engine = slow(Arc::clone(&derived)).open().unwrap();
    while engine.stats().unwrap().deriving.is_some_and(|progress| progress.done < BATCH) {
        sleep(Duration::from_millis(1));
    }
    engine.close().unwrap();
    drop(engine);
    let before = derived.load(Ordering::Relaxed);
    assert!((BATCH..RECORDS).contains(&before), "{before}");
    let engine = slow(Arc::clone(&derived)).open().unwrap();
    optimize(&engine);
    assert_eq!(answers(&engine), anew(|_| {}));
    drop(engine);
    assert_eq!(derived.load(Ordering::Relaxed) - before, RECORDS - BATCH);
}

#[test]
fn erasing_and_rebuilding_meanwhile_end_the_work() {
    let folder = filled();
    let gate = Gate::of(40);
    let engine = gate.second(folder.path()).open().unwrap();
    engine.personalize(&Request::new("What about the lease?")).unwrap();
    engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap();
    let new = anew(|_| {});
    assert_eq!(answers(&engine), new);
    gate.open();
    optimize(&engine);
    assert_eq!((answers(&engine), engine.stats().unwrap().deriving), (new.clone(), None));
    engine.close().unwrap();
    drop(engine);
    let engine = gate.second(folder.path()).open().unwrap();
    assert_eq!((answers(&engine), engine.stats().unwrap().deriving), (new.clone(), None));
    drop(engine);

    let folder = filled();
    let gate = Gate::of(40);
    let engine = gate.second(folder.path()).open().unwrap();
    engine.erase_all().unwrap();
    fill(&engine, 0..RECORDS);
    assert_eq!(answers(&engine), new);
    gate.open();
    optimize(&engine);
    assert_eq!((answers(&engine), engine.stats().unwrap().deriving), (new, None));
    drop(engine);
    assert_eq!(rows(folder.path(), "evidence").len(), RECORDS);
    assert!(rows(folder.path(), "other_evidence").is_empty());
}

#[test]
fn evidence_that_cannot_be_read_is_absent_until_it_is_derived() {
    let folder = filled();
    let old = answers(&first(folder.path()).open().unwrap());
    change(folder.path(), "evidence", |rows| {
        let ids: Vec<u64> = rows.iter().unwrap().map(|row| row.unwrap().0.value()).collect();
        for id in ids {
            let mut value = rows.get(id).unwrap().unwrap().value().to_vec();
            *value.last_mut().unwrap() ^= 1;
            rows.insert(id, value.as_slice()).unwrap();
        }
    });
    let gate = Gate::of(0);
    let held = gate.clone();
    let engine = builder(folder.path()).inducer(1, move |_| held.pass()).open().unwrap();
    let absent = answers(&engine);
    assert!(absent.0.is_empty() && absent.3 == old.3, "found, and nothing is learned of it");
    assert_eq!(engine.stats().unwrap().observations, RECORDS);
    gate.open();
    optimize(&engine);
    assert_eq!((answers(&engine), engine.stats().unwrap().deriving), (old, None));
}

#[test]
fn missing_vectors_are_made_where_the_encoder_can_and_rows_without_a_record_go() {
    let folder = tempfile::tempdir().unwrap();
    let engine = first(folder.path()).open().unwrap();
    fill(&engine, 0..12);
    let old = answers(&engine);
    engine.close().unwrap();
    drop(engine);
    change(folder.path(), "vectors", |rows| {
        rows.remove(2).unwrap();
        let cut = rows.get(4).unwrap().unwrap().value()[..20].to_vec();
        rows.insert(4, cut.as_slice()).unwrap();
    });
    let encoder = Counting::default();
    encoder.fails.store(true, Ordering::Relaxed);
    let engine = first(folder.path()).encoder(encoder.clone()).open().unwrap();
    assert_eq!(engine.stats().unwrap().observations, 10, "the others are there");
    let failed = engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ModelUnsupported);
    encoder.fails.store(false, Ordering::Relaxed);
    optimize(&engine);
    let stats = engine.stats().unwrap();
    assert_eq!((stats.observations, stats.deriving), (12, None));
    assert_eq!(answers(&engine), old);
    engine.close().unwrap();
    drop(engine);

    change(folder.path(), "records", |rows| drop(rows.remove(7).unwrap()));
    let engine = first(folder.path()).open().unwrap();
    optimize(&engine);
    assert_eq!(engine.stats().unwrap().observations, 11);
    engine.add_history(HistoryItem::new("a note of llamas").at(day(99))).unwrap();
    engine.close().unwrap();
    drop(engine);
    for table in ["vectors", "evidence", "tags"] {
        assert!(!rows(folder.path(), table).contains(&7), "{table}");
    }
    change(folder.path(), "records", |rows| assert_eq!(rows.len().unwrap(), 12));
}
