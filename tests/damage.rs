//! One damaged row of the store costs what stands in it and nothing else: the store opens, the other rows are found,
//! and what is damaged can be forgotten.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{DIMENSIONS, WordHash, builder, day, mail, mail_edit, open};
use idiolect::EmbeddingError;
use idiolect::{CancelToken, Engine, ErrorKind, Forget, HistoryItem, Query, RecordId, Request, Scope};
use idiolect::{Embedder, Embedding};
use redb::{ReadableTable, ReadableTableMetadata};

/// Changes a table of a store that is closed.
fn change(folder: &Path, table: &str, change: impl FnOnce(&mut redb::Table<'_, u64, &[u8]>)) {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    change(&mut write.open_table(redb::TableDefinition::new(table)).unwrap());
    write.commit().unwrap();
}

/// Flips a bit of every one of these rows.
fn damage(folder: &Path, table: &str, ids: &[u64]) {
    change(folder, table, |rows| {
        for id in ids {
            let mut value = rows.get(*id).unwrap().unwrap().value().to_vec();
            *value.last_mut().unwrap() ^= 1;
            rows.insert(*id, value.as_slice()).unwrap();
        }
    });
}

fn found(engine: &Engine, words: &str) -> Vec<RecordId> {
    engine.search(&Query::new(words)).unwrap().iter().map(|hit| hit.id).collect()
}

/// A store of three notes and three edits, the second of each damaged.
fn with_damaged_records() -> (tempfile::TempDir, [RecordId; 3], [RecordId; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let notes = ["wool of the llamas", "the grey llamas", "llamas and more llamas"];
    let notes = notes.map(|text| engine.add_history(HistoryItem::new(text).at(day(1))).unwrap());
    let edits = [0, 1, 2].map(|index| engine.observe(mail_edit(index)).unwrap().id);
    engine.close().unwrap();
    damage(folder.path(), "records", &[notes[1].0, edits[1].0]);
    (folder, notes, edits)
}

#[test]
fn a_damaged_record_costs_no_other() {
    let (folder, notes, edits) = with_damaged_records();
    let engine = open(folder.path());
    for _ in 0..2 {
        let mut of_llamas = found(&engine, "llamas");
        of_llamas.retain(|id| notes.contains(id));
        of_llamas.sort_unstable();
        assert_eq!(of_llamas, [notes[0], notes[2]]);
        let request = Request::new("Ravi asks to meet on Tuesday about the lease").scope(mail()).examples(3);
        let shown = engine.personalize(&request).unwrap();
        assert!(!shown.preferences.is_empty(), "what was learned of it before still counts");
        assert!(shown.examples.iter().all(|example| example.record != edits[1]));
        engine.preferences().explain(shown.preferences[0].id).unwrap();
        engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!((engine.stats().unwrap().observations, engine.stats().unwrap().history), (3, 3));
    }
    assert_eq!(engine.record_text(notes[1]).unwrap_err().kind(), ErrorKind::StoreDamaged);
    engine.forget(&Forget::record(edits[1])).unwrap();
    assert_eq!(engine.record_text(edits[1]).unwrap_err().kind(), ErrorKind::NotFound);
    // Nobody can tell that the other is without these words.
    let gone = engine.forget(&Forget::containing("wool")).unwrap().records;
    assert_eq!(gone, [notes[0], notes[1]]);
    assert_eq!(found(&engine, "llamas")[0], notes[2]);
    assert_eq!(engine.record_text(notes[1]).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_damaged_record_without_what_was_derived_is_left_out() {
    let (folder, notes, edits) = with_damaged_records();
    change(folder.path(), "derived", |rows| rows.retain(|_, _| false).unwrap());
    for gone in [Forget::record(notes[1]), Forget::scope(Scope::person())] {
        let engine = open(folder.path());
        let of_llamas = found(&engine, "llamas");
        assert!(of_llamas.contains(&notes[0]) && !of_llamas.contains(&notes[1]));
        let records = engine.forget(&gone).unwrap().records;
        assert!(records == [notes[1]] || records == [notes[0], notes[2], edits[0], edits[1], edits[2]]);
        let left = engine.record_text(notes[1]).unwrap_err();
        assert_eq!(left.kind(), ErrorKind::NotFound);
    }
    let (folder, ..) = with_damaged_records();
    open(folder.path()).erase_all().unwrap();
    change(folder.path(), "records", |rows| assert!(rows.is_empty().unwrap()));
}

#[test]
fn damaged_tags_questions_and_words_of_the_person_do_not_keep_a_store_shut() {
    let folder = tempfile::tempdir().unwrap();
    let with_host = || builder(folder.path()).host_model(true).open().unwrap();
    let engine = with_host();
    let tagged = |text: &str| HistoryItem::new(text).tag("zoo");
    let [first, second] = ["llamas", "more llamas"].map(|text| engine.add_history(tagged(text)).unwrap());
    for index in 0..2 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let [kept, lost] = ["never says 'kindly'", "never says 'asap'"]
        .map(|text| engine.preferences().add(text, &Scope::person()).unwrap());
    engine.close().unwrap();
    damage(folder.path(), "tags", &[first.0]);
    damage(folder.path(), "entries", &[lost.0]);
    let mut question = 0;
    change(folder.path(), "inference", |rows| question = rows.first().unwrap().unwrap().0.value());
    damage(folder.path(), "inference", &[question]);

    let engine = with_host();
    let stats = engine.stats().unwrap();
    assert_eq!((stats.entries, stats.entries_damaged, stats.inference_pending), (1, 1, 1));
    assert_eq!(engine.preferences().list().unwrap()[0].id, kept);
    assert!(engine.inference().next().unwrap().is_some());
    let under = engine.search(&Query::new("llamas").tag("zoo")).unwrap();
    assert_eq!(under.iter().map(|hit| hit.id).collect::<Vec<_>>(), [second]);
    // They are left as they are, until somebody may not know what they hold.
    engine.forget(&Forget::record(second)).unwrap();
    assert_eq!(engine.stats().unwrap().entries_damaged, 1);
    assert!(engine.forget(&Forget::containing("Zanzibar")).unwrap().records.is_empty());
    assert_eq!(engine.stats().unwrap().entries_damaged, 0);
    assert_eq!(engine.record_text(first).unwrap(), "llamas");
    engine.close().unwrap();
    change(folder.path(), "entries", |rows| assert_eq!(rows.len().unwrap(), 1));
    change(folder.path(), "tags", |rows| assert!(rows.is_empty().unwrap()));
}

/// Embeds so many texts and no more.
struct Failing(Arc<AtomicUsize>);

impl Embedder for Failing {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "test:word-hash"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| EmbeddingError::Unsupported { what: "any more".to_owned() })?;
        WordHash.embed(text)
    }
}

#[test]
fn what_an_app_had_derived_anew_when_it_was_killed_is_not_derived_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..150 {
        engine.add_history(HistoryItem::new(format!("note number {index}"))).unwrap();
    }
    engine.close().unwrap();
    // As an upgrade may find it.
    change(folder.path(), "derived", |rows| rows.retain(|_, _| false).unwrap());
    let left = Arc::new(AtomicUsize::new(149));
    let failed = builder(folder.path()).encoder(Failing(Arc::clone(&left))).open();
    assert!(failed.is_err());
    left.store(1_000, Ordering::Relaxed);
    let engine = builder(folder.path()).encoder(Failing(Arc::clone(&left))).open().unwrap();
    let again = 1_000 - left.load(Ordering::Relaxed);
    assert!(again < 50, "{again}");
    assert_eq!(engine.stats().unwrap().history, 150);
}

/// The names of the store's own values and their bytes.
fn change_meta(folder: &Path, change: impl FnOnce(&mut redb::Table<'_, &'static str, &'static [u8]>)) {
    let database = redb::Database::open(folder.join("idiolect.redb")).unwrap();
    let write = database.begin_write().unwrap();
    change(&mut write.open_table(redb::TableDefinition::new("meta")).unwrap());
    write.commit().unwrap();
}

#[test]
fn ids_are_not_given_twice_where_the_counters_are_lost() {
    let damages: [(&str, fn(&mut redb::Table<'_, &'static str, &'static [u8]>)); 3] = [
        ("gone", |meta| drop(meta.remove("counters").unwrap())),
        ("cut short", |meta| drop(meta.insert("counters", [1u8, 0].as_slice()).unwrap())),
        ("flipped", |meta| {
            let mut value = meta.get("counters").unwrap().unwrap().value().to_vec();
            *value.last_mut().unwrap() ^= 1;
            meta.insert("counters", value.as_slice()).unwrap();
        }),
    ];
    for (damage, change) in damages {
        let folder = tempfile::tempdir().unwrap();
        let engine = builder(folder.path()).host_model(true).open().unwrap();
        let ids: Vec<RecordId> = (0..5).map(|index| engine.observe(mail_edit(index)).unwrap().id).collect();
        let note = engine.add_history(HistoryItem::new("of llamas").tag("zoo")).unwrap();
        let stated = engine.preferences().state("never says 'kindly'", &mail()).unwrap();
        assert!(!engine.stats().unwrap().counters_recomputed);
        engine.close().unwrap();
        change_meta(folder.path(), change);

        let engine = builder(folder.path()).host_model(true).open().unwrap();
        assert!(engine.stats().unwrap().counters_recomputed, "{damage}");
        let texts = || ids.iter().map(|id| engine.record_text(*id).unwrap()).collect::<Vec<_>>();
        let before = texts();
        let next = engine.observe(mail_edit(20)).unwrap().id;
        assert_eq!((next.0, texts()), (note.0 + 1, before), "{damage}");
        let other = engine.preferences().state("never says 'asap'", &mail()).unwrap();
        assert!(other.0 > stated.0, "{damage}");
        assert_eq!(engine.preferences().get(stated).unwrap().text, "never says 'kindly'");
        engine.close().unwrap();
        assert!(!open(folder.path()).stats().unwrap().counters_recomputed, "{damage}: they are there again");
    }
}

#[test]
fn any_byte_of_what_the_person_said_is_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..6 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let stated = engine.preferences().state("never says 'kindly'", &mail()).unwrap();
    let learned = engine.preferences().list().unwrap().into_iter().find(|one| one.key.is_some()).unwrap();
    engine.preferences().correct(learned.id, "keeps it short").unwrap();
    engine.close().unwrap();

    for id in [stated, learned.id] {
        let mut whole = Vec::new();
        change(folder.path(), "entries", |rows| whole = rows.get(id.0).unwrap().unwrap().value().to_vec());
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            change(folder.path(), "entries", |rows| {
                rows.insert(id.0, damaged.as_slice()).unwrap();
            });
            let engine = open(folder.path());
            let stats = engine.stats().unwrap();
            assert_eq!((stats.entries, stats.entries_damaged), (1, 1), "byte {at}");
            // What it says now has no effect, and is not written over.
            let said = engine.preferences().pin(id, true).unwrap_err();
            assert!([ErrorKind::NotFound, ErrorKind::StoreDamaged].contains(&said.kind()), "{said}");
            if at == 0 {
                engine.observe(mail_edit(9)).unwrap();
                engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap();
            }
            engine.close().unwrap();
            change(folder.path(), "entries", |rows| {
                assert_eq!(rows.get(id.0).unwrap().unwrap().value(), damaged, "byte {at}");
            });
        }
        change(folder.path(), "entries", |rows| {
            rows.insert(id.0, whole.as_slice()).unwrap();
        });
    }
    let engine = open(folder.path());
    assert_eq!(engine.stats().unwrap().entries_damaged, 0);
    assert_eq!(engine.preferences().get(learned.id).unwrap().text, "keeps it short");
}

/// A value of a version that this library does not know, sealed as it should be.
#[test]
fn values_of_a_newer_version_are_kept_for_the_library_that_wrote_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let stated = engine.preferences().state("never says 'kindly'", &mail()).unwrap();
    let note = engine.add_history(HistoryItem::new("of llamas")).unwrap();
    let other = engine.add_history(HistoryItem::new("of alpacas")).unwrap();
    engine.close().unwrap();
    let make_newer = |table: &str, id: u64| {
        let mut newer = Vec::new();
        change(folder.path(), table, |rows| {
            newer = rows.get(id).unwrap().unwrap().value().to_vec();
            newer[2] += 1;
            let checksum = crc32fast::hash(&[&id.to_le_bytes()[..], &newer[..3], &newer[7..]].concat());
            newer[3..7].copy_from_slice(&checksum.to_le_bytes());
            rows.insert(id, newer.as_slice()).unwrap();
        });
        newer
    };
    let newer = [make_newer("entries", stated.0), make_newer("records", note.0)];
    let engine = open(folder.path());
    assert_eq!(engine.stats().unwrap().entries_damaged, 1);
    assert_eq!(engine.record_text(note).unwrap_err().kind(), ErrorKind::StoreNewer);
    assert_eq!(engine.record_text(other).unwrap(), "of alpacas");
    engine.close().unwrap();
    for (table, id, newer) in [("entries", stated.0, &newer[0]), ("records", note.0, &newer[1])] {
        change(folder.path(), table, |rows| {
            assert_eq!(rows.get(id).unwrap().unwrap().value(), newer);
        });
    }
}
