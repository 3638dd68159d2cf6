//! The promise of an import: many texts at once leave what adding them one by one would, whatever happens between; and
//! of texts with the same app key there is one.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{DIMENSIONS, WordHash, builder, day, mail, mail_edit, open};
use idiolect::{
    CancelToken, Embedder, Embedding, EmbeddingError, Engine, ErrorKind, Forget, Granularity, HistoryItem,
    Imported, Preference, Progress, Query, RecordId, Request, Scope,
};

fn note(at: usize) -> HistoryItem {
    let thing = ["gravel", "rope", "the ferry", "wool", "tickets", "dogs"][at % 6];
    let text = format!("Note {at} says that {thing} won't wait. It's number {}, isn't it?", at % 17);
    let item = HistoryItem::new(text).at(day(at as i64 % 90));
    match at % 5 {
        0 => item.scope(mail()).tag("work"),
        1 => item.context(format!("What of {thing}?")).scope(Scope::app("notes")),
        2 => item.granularity(Granularity::Sentence).key(format!("Where is {thing}?")),
        3 => item.vector((0..DIMENSIONS).map(|value| (value * at % 7) as f32 + 0.5).collect()),
        _ => item,
    }
}

fn keyed(at: usize) -> HistoryItem {
    note(at).app_key(format!("note-{at}"))
}

fn import(engine: &Engine, items: impl IntoIterator<Item = HistoryItem>) -> Imported {
    engine.import_history(items, &mut |_| {}, &CancelToken::new()).unwrap()
}

fn counts(imported: &Imported) -> [usize; 4] {
    [imported.added, imported.replaced, imported.unchanged, imported.rejected]
}

/// What an engine answers, a line each.
fn answers(engine: &Engine) -> Vec<String> {
    let mut lines = Vec::new();
    let mut preferences =
        |found: &[Preference]| lines.extend(found.iter().map(|one| format!("{one:?} {}", one.text)));
    preferences(&engine.preferences().list().unwrap());
    let mut shown = Vec::new();
    let mut queries = vec![Query::new("note").tag("work").k(100)];
    for text in ["gravel by the ferry", "dogs won't wait", "Where is wool?", "number 4"] {
        let one = engine.personalize(&Request::new(text).scope(mail())).unwrap();
        preferences(&one.preferences);
        shown.push(format!("{}\n{:?}", one.prompt, one.examples));
        queries.push(Query::new(text).k(50));
    }
    lines.extend(shown);
    for query in &queries {
        let found = engine.search(query).unwrap();
        lines.extend(found.iter().map(|hit| format!("{hit:?} {} {:?}", hit.text, hit.tags)));
    }
    lines
}

fn with_edits(folder: &Path) -> Engine {
    let engine = open(folder);
    for index in 0..6 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine
}

#[test]
fn an_import_leaves_what_one_by_one_would() {
    let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one_by_one, at_once) = (with_edits(one.path()), with_edits(many.path()));
    // The last forty have the keys of others and another content, one comes twice in a batch.
    let changed = |at: usize| note(at + 1_000).app_key(format!("note-{}", at * 3));
    let items = || (0..300).map(keyed).chain((0..40).map(changed)).chain([keyed(7), changed(2), changed(3)]);
    for item in items() {
        one_by_one.add_history(item).unwrap();
    }
    let mut told = Vec::new();
    let items: Vec<HistoryItem> = items().collect();
    let imported =
        at_once.import_history(items, &mut |at| told.push((at.done, at.total)), &CancelToken::new()).unwrap();
    assert_eq!(counts(&imported), [300, 40, 3, 0]);
    assert_eq!(told.first(), Some(&(128, 343)));
    assert_eq!(told.last(), Some(&(343, 343)));
    let (expected, found) = (answers(&one_by_one), answers(&at_once));
    assert!(expected.iter().any(|line| line.contains("Note 1001 ")), "{expected:?}");
    assert_eq!(found, expected);
    assert_eq!(at_once.stats().unwrap().history, 300);
    // And from the disk.
    one_by_one.close().unwrap();
    at_once.close().unwrap();
    let (one_by_one, at_once) = (open(one.path()), open(many.path()));
    assert_eq!(answers(&at_once), expected);
    assert_eq!(answers(&one_by_one), expected);
    assert_eq!(counts(&import(&at_once, (0..300).map(keyed))), [0, 40, 260, 0]);
}

#[test]
fn an_import_that_was_cancelled_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let cancel = CancelToken::new();
    let mut done = 0;
    let stop = &mut |at: Progress| {
        assert_eq!(at.total, 0, "nobody knows how many come");
        done = at.done;
        cancel.cancel();
    };
    let ended = engine.import_history((0..400).map(keyed).filter(|_| true), stop, &cancel).unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Cancelled);
    assert!((1..400).contains(&done) && engine.stats().unwrap().history == done);
    let text = engine.record_text(RecordId(done as u64)).unwrap();
    assert!(text.starts_with(&format!("Note {} ", done - 1)), "{text}");

    // A kill: what is on the disk as it lies there.
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let other = open(copy.path());
    for engine in [&engine, &other] {
        assert_eq!(counts(&import(engine, (0..400).map(keyed))), [400 - done, 0, done, 0]);
        assert_eq!(engine.stats().unwrap().history, 400);
    }
    assert_eq!(answers(&other), answers(&engine));
}

#[test]
fn what_cannot_be_taken_in_is_reported_and_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut items: Vec<HistoryItem> = (0..10).map(note).collect();
    items[2] = HistoryItem::new(" \n");
    items[5] = HistoryItem::new("of another encoder").vector(vec![1.0]);
    items[6] = note(6).key_vector(vec![f32::NAN; DIMENSIONS]);
    items[7] = note(7).app_key("");
    items[8] = note(8).app_key("k".repeat(257));
    let imported = import(&engine, items);
    assert_eq!(counts(&imported), [5, 0, 0, 5]);
    let kinds: Vec<_> = imported.rejections.iter().map(|(index, error)| (*index, error.kind())).collect();
    let expected = [
        (2, ErrorKind::EmptyText),
        (5, ErrorKind::DimensionMismatch),
        (6, ErrorKind::InvalidVector),
        (7, ErrorKind::EmptyText),
        (8, ErrorKind::TextTooLong),
    ];
    let mut kinds: Vec<_> = kinds;
    kinds.sort_by_key(|(index, _)| *index);
    assert_eq!(kinds, expected);
    assert_eq!(engine.stats().unwrap().history, 5);
    let many = import(&engine, (0..1_200).map(|_| HistoryItem::new("")));
    assert_eq!((many.rejected, many.rejections.len()), (1_200, Imported::REJECTIONS_MAX));
}

/// Cannot embed one text.
struct Fails;

impl Embedder for Fails {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "test:fails"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        if text.contains("Note 3 ") {
            return Err(EmbeddingError::Failed { what: "no direction".to_owned() });
        }
        WordHash.embed(text)
    }
}

#[test]
fn a_text_that_the_encoder_cannot_read_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::builder(folder.path()).encoder(Fails).open().unwrap();
    let plain = |at: usize| HistoryItem::new(format!("Note {at} of many")).app_key(at.to_string());
    let imported = import(&engine, (0..9).map(plain));
    assert_eq!((counts(&imported), imported.rejections[0].0), ([8, 0, 0, 1], 3));
}

#[test]
fn of_one_app_key_there_is_one_item() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let item = |text: &str| HistoryItem::new(text).app_key("letter");
    let first = engine.add_history(item("Dear Zanzibar, the ferry is late.")).unwrap();
    let again = engine.add_history(item("Dear Zanzibar, the ferry is late.")).unwrap();
    assert_eq!(again, first, "without a time of its own it is the same at any time");
    let other = engine.add_history(HistoryItem::new("Dear Zanzibar, the ferry is late.")).unwrap();
    assert_ne!(other, first, "without a key nothing is the same");
    engine.forget(&Forget::record(other)).unwrap();

    let differing: [fn(HistoryItem) -> HistoryItem; 6] = [
        |item| item.tag("sea"),
        |item| item.context("from the harbour"),
        |item| item.scope(mail()),
        |item| item.at(day(3)),
        |item| item.key("What is late?"),
        |item| item.granularity(Granularity::Document),
    ];
    let mut id = first;
    for differs in differing {
        let changed = || differs(item("Dear Zanzibar, the ferry is late."));
        let next = engine.add_history(changed()).unwrap();
        assert_ne!(next, id);
        assert_eq!(engine.add_history(changed()).unwrap(), next);
        assert_eq!(engine.record_text(id).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(engine.stats().unwrap().history, 1);
        id = next;
    }
    let next = engine.add_history(item("Dear Oslo, the ferry is gone.")).unwrap();
    let hits = engine.search(&Query::new("Zanzibar ferry")).unwrap();
    assert_eq!((hits.len(), hits[0].id), (1, next));
    assert_eq!(hits[0].text, "Dear Oslo, the ferry is gone.");
    engine.forget(&Forget::records([])).unwrap();
    let holds = |needle: &str| {
        fs::read_dir(folder.path()).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    };
    assert!(!holds("Zanzibar") && holds("Oslo"));
}

#[test]
fn a_key_goes_with_what_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let holds = || {
        fs::read_dir(folder.path()).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(8).any(|window| window == b"anna@sea")
        })
    };
    let item = || HistoryItem::new("The ferry is late.").app_key("anna@sea/7");
    let first = engine.add_history(item()).unwrap();
    assert!(holds());
    engine.forget(&Forget::record(first)).unwrap();
    assert!(!holds());
    let second = engine.add_history(item()).unwrap();
    assert_ne!(second, first);
    assert_eq!(engine.forget(&Forget::containing("ANNA")).unwrap().records, [second], "a key is text, too");
    assert!(!holds());
    engine.add_history(item()).unwrap();
    engine.erase_all().unwrap();
    assert!(!holds());
    let fresh = engine.add_history(item()).unwrap();
    engine.close().unwrap();
    assert_eq!(open(folder.path()).add_history(item()).unwrap(), fresh, "keys are there after opening");
}

#[test]
fn a_snapshot_has_nothing_of_what_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let plain = |at: usize| HistoryItem::new(format!("entry {at}")).app_key(at.to_string());
    import(&engine, (0..4_100).map(plain));
    engine.close().unwrap();
    let rows = folder.path().join("idiolect.rows");
    assert!(rows.exists());
    let engine = open(folder.path());
    engine.add_history(HistoryItem::new("another entry").app_key("17")).unwrap();
    assert!(!rows.exists());
    engine.close().unwrap();
    assert!(rows.exists());
    let engine = open(folder.path());
    assert_eq!(engine.stats().unwrap().history, 4_100);
    assert_eq!(engine.search(&Query::new("another entry").k(1)).unwrap()[0].text, "another entry");
}

#[test]
fn imports_from_several_threads_leave_one_item_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let added = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (engine, added) = (engine.clone(), Arc::clone(&added));
            scope.spawn(move || {
                let imported = import(&engine, (0..200).map(keyed));
                assert_eq!(imported.added + imported.unchanged, 200);
                added.fetch_add(imported.added, Ordering::Relaxed);
            });
        }
    });
    assert_eq!((added.load(Ordering::Relaxed), engine.stats().unwrap().history), (200, 200));
}
