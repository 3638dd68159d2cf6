//! Searching through the engine: by meaning and words, within filters, with feedback, and by the graph.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{DIMENSIONS, day, learned, mail_edit, open};
use idiolect::{Engine, Forget, HistoryItem, Hit, Query, RecordId, RecordKind, Scope, SearchMode};

#[test]
fn search_finds_by_meaning_within_the_filter() {
    let (_folder, engine) = learned(8);
    let note = engine
        .add_history(HistoryItem::new("Wool from the llamas of Cusco").scope(Scope::app("notes")).at(day(40)))
        .unwrap();
    let hits = engine.search(&Query::new("llamas of Cusco").k(3)).unwrap();
    assert_eq!((hits[0].id, hits[0].kind), (note, RecordKind::History));
    assert_eq!(hits[0].text, "Wool from the llamas of Cusco");
    assert!(hits.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
    let hits = engine.search(&Query::new("the budget review").kinds([RecordKind::Edit]).k(100)).unwrap();
    assert_eq!(hits.len(), 8);
    assert!(hits[0].context.contains("Priya"));
    let hits = engine.search(&Query::new("llamas").since(day(2)).until(day(5))).unwrap();
    assert_eq!(hits.len(), 3);
    assert!(hits.iter().all(|hit| hit.at >= day(2) && hit.at < day(5)));
    assert_eq!(engine.search(&Query::new("llamas").scope(Scope::app("notes"))).unwrap().len(), 1);
}

#[test]
fn search_joins_words_and_meaning_and_survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let far = engine.add_history(HistoryItem::new("Invoice for part XK_4711 was paid in May")).unwrap();
    for index in 0..4 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let turn = engine
        .add_history(HistoryItem::new("Yes, that one.").context("Shall we take the zeppelin?"))
        .unwrap();
    // The vector says nothing: only the words can find it.
    let blind = |text: &str| Query::new(text).vector(vec![1.0; DIMENSIONS]).k(1);
    let check = |engine: &Engine| {
        let first = |query: Query| engine.search(&query).unwrap()[0].id;
        assert_eq!(first(blind("xk_4711")), far);
        assert_eq!(first(blind("zeppelin")), turn, "found by what surrounds it");
        assert_eq!(first(blind("zepp").prefix_match(true)), turn);
        assert_eq!(first(blind("q").term_weights([("invoice".to_owned(), 2.0)])), far);
        assert_eq!(first(blind("q").sub_query("invoice", SearchMode::Words)), far);
        let words = engine.search(&blind("invoice").k(9)).unwrap();
        let meaning = engine.search(&blind("invoice").mode(SearchMode::Meaning).k(9)).unwrap();
        let score = |hits: &[Hit]| hits.iter().find(|hit| hit.id == far).unwrap().score;
        assert!(
            (score(&words) - score(&meaning) - 0.25).abs() < 1e-5,
            "the best by words has their whole weight"
        );
    };
    check(&engine);
    engine.close().unwrap();
    let engine = open(folder.path());
    check(&engine);
    engine.forget(&Forget::record(far)).unwrap();
    let left = engine.search(&blind("xk_4711").k(9)).unwrap();
    assert!(left.iter().all(|hit| hit.id != far && (hit.score - hit.similarity).abs() < 0.2));
}

#[test]
fn feedback_and_variety_change_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let add = |text: &str| engine.add_history(HistoryItem::new(text)).unwrap();
    let (boat, again, tax) =
        (add("harbour boat trip"), add("harbour boat trip now"), add("harbour tax form"));
    let query = Query::new("harbour").k(3);
    let order = |query: &Query| -> Vec<RecordId> {
        engine.search(query).unwrap().into_iter().map(|hit| hit.id).collect()
    };
    let before = order(&query);
    assert_eq!(before.len(), 3);
    let liked = order(&query.clone().clicked(tax, 2).skipped(boat, 0));
    assert_eq!(liked[0], tax);
    let varied = order(&query.clone().sub_query("boat", SearchMode::Both).diversity(0.6));
    assert_eq!(varied[1], tax, "{varied:?} {boat} {again}");
    assert!(engine.search(&query.clone().diversity(1.5)).is_err());
    assert!(engine.search(&query.clicked(RecordId(99), 0)).is_err());
}

#[cfg(feature = "graph")]
mod graph {
    use std::time::{Duration, Instant};

    use idiolect::{CancelToken, Durability, Limits, Progress};

    use super::common::builder;
    use super::*;

    #[test]
    fn a_large_store_is_searched_by_the_graph() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let mut limits = Limits::default();
            limits.graph_threshold = 64;
            builder(folder.path()).limits(limits).durability(Durability::Buffered).open().unwrap()
        };
        let engine = open();
        let mut ids = Vec::new();
        for index in 0..200 {
            let text = format!("note {index} on topic{} and subject{}", index % 17, index % 23);
            ids.push(engine.add_history(HistoryItem::new(text)).unwrap());
        }
        let mut steps = 0;
        let mut progress = |at: Progress| {
            steps += 1;
            assert_eq!((at.total, engine.stats().unwrap().history), (200, 200), "calls that read go on");
        };
        engine.optimize(&mut progress, &CancelToken::new()).unwrap();
        assert!(steps > 0);
        assert_eq!(engine.stats().unwrap().index, "graph");
        let best =
            |engine: &Engine| engine.search(&Query::new("note 42 on topic8 and subject19")).unwrap()[0].id;
        assert_eq!(best(&engine), ids[42]);
        engine.close().unwrap();
        assert!(folder.path().join("idiolect.graph").is_file());

        let engine = open();
        assert_eq!(engine.stats().unwrap().index, "graph", "from the snapshot");
        assert_eq!(best(&engine), ids[42]);
        engine.forget(&Forget::record(ids[42])).unwrap();
        assert_ne!(best(&engine), ids[42], "removed items are gone at once");
        engine.close().unwrap();
        assert!(!folder.path().join("idiolect.graph").exists(), "its snapshot went with it");
        assert_ne!(best(&open()), ids[42]);

        std::fs::write(folder.path().join("idiolect.graph"), vec![7u8; 5_000]).unwrap();
        assert_ne!(best(&open()), ids[42], "a damaged snapshot is only a cache");
    }

    #[test]
    fn a_graph_grows_in_the_background_while_searches_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let mut limits = Limits::default();
        limits.graph_threshold = 64;
        let engine = builder(folder.path()).limits(limits).durability(Durability::Buffered).open().unwrap();
        let mut last = None;
        for index in 0..300 {
            let text = format!("note {index} on topic{} and subject{}", index % 17, index % 23);
            let id = engine.add_history(HistoryItem::new(&text)).unwrap();
            assert_eq!(engine.search(&Query::new(text).k(1)).unwrap()[0].id, id);
            last = Some(id);
        }
        let until = Instant::now() + Duration::from_mins(1);
        while engine.stats().unwrap().index != "graph" {
            assert!(Instant::now() < until, "nobody asked for it");
            std::thread::sleep(Duration::from_millis(5));
        }
        let found = engine.search(&Query::new("note 299 on topic10 and subject0").k(1)).unwrap();
        assert_eq!(Some(found[0].id), last);
    }
}
