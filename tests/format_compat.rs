//! A store of format 1, kept as it was written, opens and answers as it did.
//!
//! `data/store-v1` is what a kill has left of a store of each kind of record: the data file, the log with the last
//! commits, and in `answers.txt` what it answered. Once a version with this format is released, none of it is ever
//! changed. Until then, where what is learned or kept has changed on purpose:
//! `cargo test --features internals --test format_compat -- --ignored`
//!
//! Invariant: the folder is copied before it is opened.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use common::{builder, day, mail, mail_edit};
use idiolect::{
    Engine, Forget, Granularity, HistoryItem, Observation, Query, RankRequest, RecordId, Request, Scope,
};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/store-v1")
}

const FILES: [&str; 2] = ["idiolect.redb", "idiolect.log"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in FILES {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// The engine of these tests; ids and rounds come from a counter, so that the same is written each time.
fn open(folder: &Path) -> Engine {
    let next = Mutex::new(0u8);
    let random = move |bytes: &mut [u8]| {
        let mut next = next.lock().unwrap();
        bytes.fill_with(|| {
            *next = next.wrapping_add(1);
            *next
        });
        Ok(())
    };
    let engine = builder(folder).host_model(true).random(random).open().unwrap();
    // Evidence of an earlier inducer serves until it is derived anew.
    while engine.stats().unwrap().deriving.is_some() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    engine
}

/// What a store answers, a line each.
fn answers(engine: &Engine) -> String {
    let mut lines = String::new();
    let stats = engine.stats().unwrap();
    let counts = (stats.observations, stats.history, stats.entries, stats.inference_pending);
    writeln!(lines, "stats {counts:?}").unwrap();
    for id in 1..=30 {
        if let Ok(text) = engine.record_text(RecordId(id)) {
            writeln!(lines, "record {id} {text:?}").unwrap();
        }
    }
    for preference in engine.preferences().list().unwrap() {
        let idiolect::Preference { id, text, origin, pinned, active, scope, occasions, .. } = preference;
        writeln!(lines, "preference {id} {text:?} {origin:?} {pinned} {active} {scope} {occasions}").unwrap();
    }
    let queries = [
        Query::new("wool of the llamas"),
        Query::new("llamas").tag("zoo"),
        Query::new("when is the shearing"),
        Query::new("the budget review on Monday").scope(mail()),
        Query::new("meet").since(day(3)).until(day(5)),
    ];
    for query in queries {
        let hits: Vec<u64> = engine.search(&query).unwrap().iter().map(|hit| hit.id.0).collect();
        writeln!(lines, "hits {hits:?}").unwrap();
    }
    for scope in [mail(), Scope::person()] {
        let request = Request::new("Ravi asks to meet on Tuesday about the lease").scope(scope).examples(2);
        let shown = engine.personalize(&request).unwrap();
        let preferences: Vec<&str> = shown.preferences.iter().map(|p| p.text.as_str()).collect();
        let examples: Vec<u64> = shown.examples.iter().map(|example| example.record.0).collect();
        writeln!(lines, "personalize {preferences:?} {examples:?} {:?}", shown.prompt).unwrap();
    }
    let drafts = [
        "Dear Ravi,\n\nI would be delighted to meet.\n\nKind regards,\nSam",
        "Hi Ravi,\n\nTuesday works.\n\nCheers,\nSam",
    ];
    let drafts = drafts.map(str::to_owned).to_vec();
    let ranked =
        engine.rank(&RankRequest::new("Ravi asks to meet on Tuesday", drafts).scope(mail())).unwrap();
    let order: Vec<usize> = ranked.iter().map(|ranked| ranked.index).collect();
    writeln!(lines, "rank {order:?}").unwrap();
    lines
}

#[test]
fn the_golden_store_opens_and_answers_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    copy(&golden(), folder.path());
    if std::env::var_os("IDIOLECT_UPDATE_ANSWERS").is_some() {
        let engine = open(folder.path());
        fs::write(golden().join("answers.txt"), answers(&engine)).unwrap();
        drop(engine);
        copy(&golden(), folder.path());
    }
    let expected = fs::read_to_string(golden().join("answers.txt")).unwrap();
    for opening in ["after the kill", "after a close"] {
        let engine = open(folder.path());
        let stats = engine.stats().unwrap();
        assert_eq!((stats.entries_damaged, stats.logs_set_aside, stats.counters_recomputed), (0, 0, false));
        // Once: to ask may put questions to the host's model into the queue.
        let answers = answers(&engine);
        for (line, expected) in answers.lines().zip(expected.lines()) {
            assert_eq!(line, expected, "{opening}");
        }
        assert_eq!(answers, expected, "{opening}");
        engine.close().unwrap();
    }
    // And goes on from there.
    let engine = open(folder.path());
    let next = engine.observe(mail_edit(9)).unwrap().id;
    assert!(engine.record_text(RecordId(next.0 - 1)).is_ok() && next.0 > 20, "{next}");
}

/// Writes the golden store anew; see the head of this file.
#[test]
#[ignore = "writes tests/data"]
fn make_the_golden_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let engine = open(&store);
    for index in 0..8 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let context = "Ivan asks for the print order";
    let (stiff, plain) = ("I would be delighted to do so.", "Sure, will do.");
    let shown = engine.personalize(&Request::new(context).scope(mail())).unwrap();
    let at = |observation: Observation, index| observation.scope(mail()).at(day(index));
    engine.observe(at(Observation::accept(context, plain).drafted_with(&shown), 10)).unwrap();
    engine.observe(at(Observation::reject(context, stiff).reason("too stiff"), 11)).unwrap();
    let both = vec![stiff.to_owned(), plain.to_owned()];
    engine.observe(at(Observation::choice(context, both, 1).strength(0.5), 12)).unwrap();
    engine.observe(at(Observation::rating(context, stiff, -0.5), 13)).unwrap();
    let mut vector = vec![0.0; common::DIMENSIONS];
    vector[3] = 1.0;
    let notes = [
        HistoryItem::new("The wool of the llamas is grey. It is sold in May.").tag("zoo").tag("wool"),
        HistoryItem::new("The llamas are shorn once a year, in the yard behind the barn.")
            .tag("zoo")
            .granularity(Granularity::Sentence)
            .key("when is the shearing?")
            .key_vector(vector.clone()),
        HistoryItem::new("A note that is forgotten."),
        HistoryItem::new("A note with a vector of its own.").vector(vector).context("around it"),
    ];
    for (index, note) in (20..).zip(notes) {
        engine.add_history(note.at(day(index))).unwrap();
    }
    let stated = engine.preferences().add("never says 'kindly'", &mail()).unwrap();
    engine.preferences().pin(stated, true).unwrap();
    let learned = engine.personalize(&Request::new(context).scope(mail())).unwrap().preferences;
    let learned: Vec<_> = learned.iter().filter(|one| one.key.is_some()).collect();
    engine.preferences().correct(learned[0].id, "keeps it short").unwrap();
    engine.preferences().delete(learned[1].id).unwrap();
    let question = engine.inference().next().unwrap().unwrap();
    engine.inference().complete(question.id, "- gets to the point").unwrap();
    engine.forget(&Forget::containing("forgotten")).unwrap();
    engine.close().unwrap();
    drop(engine);
    redb::Database::open(store.join(FILES[0])).unwrap().compact().unwrap();

    // The last commits are in the log alone.
    let engine = open(&store);
    engine.add_history(HistoryItem::new("Llamas hum.").tag("zoo").at(day(30))).unwrap();
    engine.observe(mail_edit(8)).unwrap();
    engine.preferences().add("signs with 'Sam'", &Scope::person()).unwrap();
    engine.observe(at(Observation::accept(context, plain), 40)).unwrap();
    engine.observe(common::fact_edit(1)).unwrap();
    copy(&store, &golden());
    let again = folder.path().join("again");
    copy(&golden(), &again);
    fs::write(golden().join("answers.txt"), answers(&open(&again))).unwrap();
}
