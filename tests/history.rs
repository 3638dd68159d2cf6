//! What was taken in is found: by its further keys, among given items, and as soon as the store is open.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{DIMENSIONS, builder, open};
use idiolect::Item;
use idiolect::{
    CancelToken, Durability, Engine, Error, Forget, Granularity, HistoryItem, Query, RecordId, RecordKind,
    SearchMode, Timestamp,
};

#[test]
fn an_item_is_found_by_its_further_keys() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for at in 0..40 {
        engine.add_history(HistoryItem::new(format!("entry {at} about gravel and rope"))).unwrap();
    }
    let text = "The ferry leaves twice. Tickets are sold aboard. Dogs travel free of charge.";
    let whole = engine.add_history(HistoryItem::new(text)).unwrap();
    let fine = HistoryItem::new(text).granularity(Granularity::Sentence).key("How do I cross the river?");
    let fine = engine.add_history(fine).unwrap();
    let first = |engine: &Engine, query: Query| engine.search(&query.k(1)).unwrap()[0].id;
    let check = |engine: &Engine| {
        // By a sentence of its own, by the question's meaning, by the question's words.
        assert_eq!(first(engine, Query::new("Dogs travel free of charge.").mode(SearchMode::Meaning)), fine);
        assert_eq!(first(engine, Query::new("How do I cross the river?").mode(SearchMode::Meaning)), fine);
        assert_eq!(first(engine, Query::new("river").vector(vec![1.0; DIMENSIONS])), fine);
        assert_eq!(
            first(engine, Query::new(text).kinds([RecordKind::History]).mode(SearchMode::Meaning)),
            whole
        );
        assert_eq!(engine.record_text(fine).unwrap(), text);
    };
    check(&engine);
    engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap();
    check(&engine);
    engine.close().unwrap();
    let engine = open(folder.path());
    check(&engine);

    let mut vector = vec![0.0; DIMENSIONS];
    vector[3] = 1.0;
    let supplied = HistoryItem::new("of its own encoder").vector(vec![1.0; DIMENSIONS]);
    let by_vector = engine.add_history(supplied.clone().key_vector(vector.clone())).unwrap();
    assert_eq!(first(&engine, Query::new("q").vector(vector)), by_vector);
    for wrong in [
        supplied.key("a text beside a supplied vector"),
        HistoryItem::new("t").key(" "),
        HistoryItem::new("t").key_vector(vec![f32::NAN; DIMENSIONS]),
        HistoryItem::new("t").key_vector(vec![1.0]),
        (0..25).fold(HistoryItem::new("t"), |item, _| item.key("k")),
    ] {
        let before = engine.stats().unwrap().history;
        let error = engine.add_history(wrong).unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error:?}");
        assert_eq!(engine.stats().unwrap().history, before);
    }

    let gone = engine.forget(&Forget::containing("cross THE river")).unwrap();
    assert_eq!(gone.records, [fine], "a key is one of its texts");
    assert_ne!(first(&engine, Query::new("river").vector(vec![1.0; DIMENSIONS])), fine);
}

#[test]
fn a_search_is_limited_to_ids_and_by_any_predicate() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut ids = Vec::new();
    for at in 0..60 {
        let item = HistoryItem::new(format!("entry {at} about gravel")).at(Timestamp(at));
        ids.push(engine.add_history(item).unwrap());
    }
    let found = |query: Query| -> Vec<RecordId> {
        let mut found: Vec<RecordId> =
            engine.search(&query.k(60)).unwrap().iter().map(|hit| hit.id).collect();
        found.sort_unstable();
        found
    };
    let gravel = || Query::new("entry about gravel");
    assert_eq!(found(gravel().ids([ids[7], ids[3], ids[7], RecordId(9_999)])), [ids[3], ids[7]]);
    assert!(found(gravel().ids([])).is_empty());
    assert_eq!(found(gravel().ids([ids[3], ids[7]]).since(Timestamp(5))), [ids[7]]);
    let (asked, other) = (Arc::new(AtomicUsize::new(0)), engine.clone());
    let counted = asked.clone();
    let odd = move |item: &Item| {
        counted.fetch_add(1, Ordering::Relaxed);
        // It may call the engine.
        other.stats().unwrap().history == 60 && item.at.0 % 2 == 1
    };
    let expected: Vec<RecordId> = ids.iter().copied().skip(51).step_by(2).collect();
    assert_eq!(found(gravel().since(Timestamp(50)).filter_by(odd)), expected);
    assert_eq!(asked.load(Ordering::Relaxed), 10, "asked of those that the other limits take, once");
}

#[test]
fn a_search_just_after_opening_says_what_it_does_not_know_yet() {
    let folder = tempfile::tempdir().unwrap();
    let buffered = || builder(folder.path()).durability(Durability::Buffered).open().unwrap();
    let engine = buffered();
    let oldest = engine.add_history(HistoryItem::new("the zeppelin")).unwrap();
    for at in 0..1_500 {
        engine.add_history(HistoryItem::new(format!("entry {at} about gravel"))).unwrap();
    }
    engine.close().unwrap();
    let engine = buffered();
    // The vector says nothing: only the words can find it.
    let query = Query::new("zeppelin").vector(vec![1.0; DIMENSIONS]).k(1);
    let ample = || Instant::now() + Duration::from_hours(1);
    loop {
        let searched = engine.search_with_deadline(&query, ample()).unwrap();
        if searched.hits[0].id == oldest {
            break;
        }
        assert!(searched.partial, "not found, and not said that it may be missing");
    }
    let until = ample();
    while engine.search_with_deadline(&query, until).unwrap().partial {}
}

#[test]
fn a_name_is_looked_for_by_its_words_alone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let text = "Kestrel came by with the papers for the new boat shed";
    let kestrel = engine.add_history(HistoryItem::new(text)).unwrap();
    for at in 0..30 {
        engine.add_history(HistoryItem::new(format!("the boat, the shed and the papers {at}"))).unwrap();
    }
    let query = Query::new("kestrel boat shed papers");
    assert_eq!(engine.search(&query.clone().mode(SearchMode::Words).k(1)).unwrap()[0].id, kestrel);
    let of = |query: Query| -> Vec<RecordId> {
        engine.search(&query.k(99)).unwrap().iter().map(|hit| hit.id).collect()
    };
    assert_eq!(
        of(Query::new("kestrel").mode(SearchMode::Words)),
        [kestrel],
        "what has none of the words is left out"
    );
    assert!(of(Query::new("kestrel")).len() > 1);
    assert!(
        of(Query::new("kestrel").mode(SearchMode::Words).sub_query("shed", SearchMode::Meaning)).len() > 1
    );
    assert!(of(Query::new("gull").mode(SearchMode::Words)).is_empty());
}

#[test]
fn the_word_being_typed_is_the_querys_own() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let budget = engine.add_history(HistoryItem::new("the budget")).unwrap();
    let harbourmaster = engine.add_history(HistoryItem::new("the harbourmaster")).unwrap();
    let query = Query::new("budg")
        .vector(vec![1.0; DIMENSIONS])
        .prefix_match(true)
        .sub_query("harbour", SearchMode::Words);
    let hits = engine.search(&query).unwrap();
    let score = |id| hits.iter().find(|hit| hit.id == id).unwrap();
    assert!(score(budget).score > score(budget).similarity + 0.2);
    assert!(score(harbourmaster).score < score(harbourmaster).similarity + 0.01);
}
