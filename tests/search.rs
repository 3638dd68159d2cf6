//! Searching under a deadline, thresholds that are measured, recall over many changes, and vectors kept for opening.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::time::{Duration, Instant};

use common::clusters::{Clusters, Random};
use idiolect::IndexError;
use idiolect::Item;
use idiolect::SuppliedVectors;
use idiolect::Thresholds;
use idiolect::internals::search::{Catalogue, Filter};
use idiolect::internals::search::{Deadline, QuantizedVector, ScanIndex, TieredIndex, VectorIndex};
use idiolect::{
    CancelToken, Durability, Engine, EngineBuilder, Forget, HistoryItem, Query, RecordId, RecordKind, Scope,
    SearchMode, Timestamp,
};

const DIMENSIONS: usize = 64;

fn builder(folder: &std::path::Path) -> EngineBuilder {
    Engine::builder(folder).encoder(SuppliedVectors::new(DIMENSIONS, "test")).durability(Durability::Buffered)
}

fn fill(engine: &Engine, count: usize) {
    let mut clusters = Clusters::new(5, DIMENSIONS, 20);
    for at in 0..count {
        engine.add_history(HistoryItem::new(format!("item {at}")).vector(clusters.vector())).unwrap();
    }
}

#[test]
fn a_search_past_its_deadline_gives_what_it_has_and_says_so() {
    let mut clusters = Clusters::new(6, DIMENSIONS, 400);
    for thresholds in [Thresholds::new(1, usize::MAX), Thresholds::new(usize::MAX, usize::MAX)] {
        let mut index = TieredIndex::with_thresholds(DIMENSIONS, thresholds);
        for key in 0..50_000 {
            index.insert(key, &QuantizedVector::from_f32(&clusters.vector()).unwrap()).unwrap();
        }
        let query = clusters.vector();
        let whole = index.search(&query, 10, &|_| true).unwrap();
        let late = Deadline::at(Instant::now());
        let some = index.search_by(&query, 10, &|_| true, &late).unwrap();
        assert!(late.was_cut() && some.len() == 10, "{}", index.name());
        // By codes the nearest cells come first, and may hold all.
        assert!(some != whole || index.name() == "bits");
        let known = index.search(&query, 50_000, &|_| true).unwrap();
        assert!(some.iter().all(|found| known.contains(found)), "{}", index.name());
        let ample = Deadline::at(Instant::now() + Duration::from_hours(1));
        assert_eq!(index.search_by(&query, 10, &|_| true, &ample).unwrap(), whole);
        assert!(!ample.was_cut());
    }
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    fill(&engine, 50);
    let query = Query::new("item 7").vector(clusters.vector());
    let searched = engine.search_with_deadline(&query, Instant::now()).unwrap();
    assert!(searched.partial && searched.hits.len() == 10);
    let searched = engine.search_with_deadline(&query, Instant::now() + Duration::from_hours(1)).unwrap();
    assert!(!searched.partial);
    assert_eq!(searched.hits, engine.search(&query).unwrap());
}

#[test]
fn thresholds_are_measured_once_kept_and_overridden() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    fill(&engine, 10);
    let optimize = |engine: &Engine| engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
    optimize(&engine);
    assert_eq!(engine.stats().unwrap().thresholds, Thresholds::default(), "too few items to matter");
    fill(&engine, 1_000);
    optimize(&engine);
    let measured = engine.stats().unwrap().thresholds;
    assert!((1_000..=16_000).contains(&measured.bits_from), "{measured:?}");
    engine.close().unwrap();

    let engine = builder(folder.path()).open().unwrap();
    assert_eq!(engine.stats().unwrap().thresholds, measured, "kept");
    engine.close().unwrap();

    let given = Thresholds::new(77, 1 << 40);
    let engine = builder(folder.path()).thresholds(given).open().unwrap();
    optimize(&engine);
    let stats = engine.stats().unwrap();
    assert_eq!((stats.thresholds, stats.index), (given, "bits"));
    engine.erase_all().unwrap();
    assert_eq!(engine.stats().unwrap().thresholds, given);
}

/// Recall of the tiers against the scan over the same vectors, measured as they change.
#[test]
fn recall_does_not_decay_over_two_hundred_thousand_changes() {
    const KEYS: u64 = 8_000;
    let mut random = Random(21);
    let mut index = TieredIndex::with_thresholds(DIMENSIONS, Thresholds::new(1_000, usize::MAX));
    let mut truth = ScanIndex::new(DIMENSIONS);
    let mut recalls = Vec::new();
    for part in 0..4 {
        // The person turns to other topics, so that the centre moves.
        let mut clusters = Clusters::new(30 + part, DIMENSIONS, 40);
        for _ in 0..50_000 {
            let key = random.next() % KEYS;
            if random.next().is_multiple_of(3) {
                assert_eq!(index.remove(key), truth.remove(key));
            } else {
                let vector = QuantizedVector::from_f32(&clusters.vector()).unwrap();
                index.insert(key, &vector).unwrap();
                truth.insert(key, &vector).unwrap();
            }
        }
        assert_eq!((index.name(), index.len()), ("bits", truth.len()));
        let (mut hits, queries) = (0, 100);
        for _ in 0..queries {
            let query = clusters.vector();
            let expected = truth.search(&query, 10, &|_| true).unwrap();
            let found = index.search(&query, 10, &|_| true).unwrap();
            hits += expected.iter().filter(|neighbour| found.contains(neighbour)).count();
        }
        recalls.push(hits as f64 / f64::from(queries * 10));
    }
    assert!(recalls.iter().all(|&recall| recall >= 0.98), "{recalls:?}");
    assert!(recalls[3] >= recalls[0] - 0.01, "{recalls:?}");
    let full = index.memory_bytes();
    for key in 50..KEYS {
        index.remove(key);
    }
    assert!(index.memory_bytes() < full / 8, "{} of {full}", index.memory_bytes());
}

fn catalogue(items: u64) -> Catalogue {
    let thresholds = Thresholds::new(16, usize::MAX);
    let mut catalogue = Catalogue::with_thresholds(DIMENSIONS, thresholds);
    let mut clusters = Clusters::new(8, DIMENSIONS, 5);
    for id in 1..=items {
        let scope = Scope::app(format!("app {}", id % 3));
        let item = Item::new(RecordId(id), RecordKind::History, scope, Timestamp(id as i64));
        catalogue.insert(&item, &QuantizedVector::from_f32(&clusters.vector()).unwrap()).unwrap();
    }
    catalogue
}

#[test]
fn kept_vectors_come_back_whole_and_every_damage_is_refused() {
    let mut kept = catalogue(40);
    assert!(kept.remove(RecordId(7)));
    let bytes = kept.save("note", 41);
    let mut other = catalogue(3);
    assert_eq!(other.load(&bytes, "note").unwrap(), 41);
    let query = Clusters::new(9, DIMENSIONS, 5).vector();
    let filter = Filter { scope: Some(Scope::app("app 1")), ..Filter::default() };
    for filter in [Filter::default(), filter] {
        let found = kept.nearest(&query, 39, &filter).unwrap();
        assert!(!found.is_empty());
        assert_eq!(other.nearest(&query, 39, &filter).unwrap(), found);
    }
    for id in 0..42 {
        assert_eq!(other.get(RecordId(id)), kept.get(RecordId(id)));
    }
    for catalogue in [&mut kept, &mut other] {
        assert!(catalogue.remove(RecordId(40)));
        assert_eq!(catalogue.len(), 38);
    }

    let mut index = catalogue(3);
    let mut refused = |bytes: &[u8], how: &str| {
        assert!(matches!(index.load(bytes, "note"), Err(IndexError::DamagedSnapshot { .. })), "{how}");
        assert_eq!(index.len(), 3, "{how}");
    };
    for length in 0..bytes.len() {
        refused(&bytes[..length], "truncated");
    }
    for bit in (0..bytes.len() * 8).filter(|bit| bit % 13 == 0 || *bit < 512) {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        refused(&damaged, "flipped");
    }
    for page in (0..bytes.len()).step_by(512) {
        let mut damaged = bytes.clone();
        damaged[page..bytes.len().min(page + 512)].fill(0);
        refused(&damaged, "zeroed");
    }
    refused(&[bytes.clone(), vec![0]].concat(), "longer");
    assert!(index.load(&bytes, "another note").is_err());
}

#[test]
fn a_store_opens_by_its_snapshot_and_without_it_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let exact = Thresholds::new(usize::MAX, usize::MAX);
    let rows = folder.path().join("idiolect.rows");
    let mut clusters = Clusters::new(12, DIMENSIONS, 20);
    let queries: Vec<Query> =
        (0..5).map(|at| Query::new(format!("item {at}")).vector(clusters.vector())).collect();
    let answers = |engine: &Engine| -> Vec<Vec<(RecordId, f32)>> {
        let found =
            |query: &Query| engine.search(query).unwrap().iter().map(|hit| (hit.id, hit.score)).collect();
        // Whoever needs all that is derived waits for it.
        engine.preferences().list().unwrap();
        engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        queries.iter().map(found).collect()
    };
    let engine = builder(folder.path()).thresholds(exact).open().unwrap();
    fill(&engine, 4_100);
    let expected = answers(&engine);
    engine.close().unwrap();
    let good = std::fs::read(&rows).unwrap();

    let engine = builder(folder.path()).thresholds(exact).open().unwrap();
    let at_once = engine.search(&queries[0].clone().mode(SearchMode::Meaning)).unwrap();
    assert_eq!(at_once.len(), 10);
    assert_eq!(answers(&engine), expected);
    assert_eq!(engine.stats().unwrap().history, 4_100);
    // Newer items are read besides; the snapshot stays as it is.
    let id = engine.add_history(HistoryItem::new("a newer one").vector(clusters.vector())).unwrap();
    engine.close().unwrap();
    assert_eq!(std::fs::read(&rows).unwrap(), good);
    let engine = builder(folder.path()).thresholds(exact).open().unwrap();
    assert_eq!(engine.stats().unwrap().history, 4_101);
    // What is forgotten goes from the snapshot, too.
    engine.forget(&Forget::record(id)).unwrap();
    assert!(!rows.exists());
    drop(engine);

    for damage in 0..4 {
        let mut bytes = good.clone();
        match damage {
            0 => bytes.truncate(good.len() / 2),
            1 => bytes[good.len() / 3] ^= 4,
            2 => bytes[4096..8192].fill(0),
            _ => bytes.clear(),
        }
        std::fs::write(&rows, &bytes).unwrap();
        let engine = builder(folder.path()).thresholds(exact).open().unwrap();
        assert_eq!(answers(&engine), expected, "damage {damage}");
        drop(engine);
    }
}

#[test]
fn the_first_search_after_opening_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let exact = Thresholds::new(usize::MAX, usize::MAX);
    let [rows, words] = ["idiolect.rows", "idiolect.words"].map(|name| folder.path().join(name));
    let open = || builder(folder.path()).thresholds(exact).open().unwrap();
    let mut clusters = Clusters::new(13, DIMENSIONS, 20);
    let key = clusters.vector();
    let queries = [
        Query::new("item 7").vector(clusters.vector()),
        Query::new("secret kestrel").vector(clusters.vector()).mode(SearchMode::Words),
        // As its further key, and about as its own.
        Query::new("gull").vector(key.clone()),
    ];
    let search = |engine: &Engine, query: &Query| {
        let found = engine.search_with_deadline(query, Instant::now() + Duration::from_mins(10)).unwrap();
        let hits: Vec<(RecordId, f32)> = found.hits.iter().map(|hit| (hit.id, hit.score)).collect();
        (found.partial, hits)
    };
    let answers = |engine: &Engine| queries.each_ref().map(|query| search(engine, query));
    let engine = open();
    fill(&engine, 4_100);
    let own = key.iter().zip(clusters.vector()).map(|(key, other)| 3.0 * key + other).collect();
    let keyed = HistoryItem::new("a secret kestrel").vector(own).key_vector(key.clone());
    let keyed = engine.add_history(keyed).unwrap();
    let expected = answers(&engine);
    assert!(expected.iter().all(|(partial, hits)| !partial && !hits.is_empty()));
    assert!(expected[1..].iter().all(|(_, hits)| hits[0].0 == keyed), "{expected:?} {keyed:?}");
    engine.close().unwrap();
    let good = std::fs::read(&words).unwrap();
    for keeps_rows in [true, false] {
        let engine = open();
        assert_eq!(answers(&engine), expected, "rows kept: {keeps_rows}");
        // And when all else has been read.
        engine.preferences().list().unwrap();
        assert_eq!(answers(&engine), expected);
        drop(engine);
        let _ = std::fs::remove_file(&rows);
    }

    // Newer items are read besides; the snapshot stays as it is.
    let engine = open();
    let newer = HistoryItem::new("a late cormorant").vector(clusters.vector()).key_vector(clusters.vector());
    let newer = engine.add_history(newer).unwrap();
    let cormorant = Query::new("cormorant").vector(clusters.vector()).mode(SearchMode::Words);
    let found = search(&engine, &cormorant);
    assert!(!found.0 && found.1[0].0 == newer);
    engine.close().unwrap();
    assert_eq!(std::fs::read(&words).unwrap(), good);
    let engine = open();
    assert_eq!(search(&engine, &cormorant), found);
    // What is forgotten goes from the snapshot, too, and comes into none.
    engine.forget(&Forget::records([newer, keyed])).unwrap();
    assert!(!words.exists());
    let expected = answers(&engine);
    engine.close().unwrap();
    let fresh = std::fs::read(&words).unwrap();
    assert!(good.windows(6).any(|part| part == b"secret") && !fresh.windows(6).any(|part| part == b"secret"));
    assert_eq!(answers(&open()), expected);

    for damage in 0..5 {
        let mut bytes = fresh.clone();
        match damage {
            0 => bytes.truncate(fresh.len() / 2),
            1 => bytes[fresh.len() / 3] ^= 4,
            2 => bytes[4096..8192].fill(0),
            // With what is forgotten in it.
            3 => bytes.clone_from(&good),
            _ => bytes.clear(),
        }
        std::fs::write(&words, &bytes).unwrap();
        let engine = open();
        engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!(answers(&engine), expected, "damage {damage}");
    }
}

#[test]
fn without_a_snapshot_the_scan_answers_while_codes_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("idiolect.rows");
    let mut clusters = Clusters::new(12, DIMENSIONS, 20);
    let query = Query::new("item").vector(clusters.vector()).mode(SearchMode::Meaning);
    let found = |engine: &Engine| -> Vec<(RecordId, f32)> {
        engine.search(&query).unwrap().iter().map(|hit| (hit.id, hit.score)).collect()
    };
    let exact = Thresholds::new(usize::MAX, usize::MAX);
    let coded = Thresholds::new(1_000, usize::MAX);
    let engine = builder(folder.path()).thresholds(exact).open().unwrap();
    fill(&engine, 4_100);
    let expected = found(&engine);
    engine.close().unwrap();
    for round in 0..3 {
        std::fs::remove_file(&rows).unwrap();
        let engine = builder(folder.path()).thresholds(coded).open().unwrap();
        assert_eq!(found(&engine), expected);
        // What comes and goes meanwhile counts.
        let nearest = HistoryItem::new("a newer one").vector(query_vector(12));
        let id = engine.add_history(nearest).unwrap();
        assert_eq!(found(&engine)[0].0, id);
        engine.forget(&Forget::record(id)).unwrap();
        assert_eq!(found(&engine), expected);
        if round > 0 {
            let start = std::time::Instant::now();
            while engine.stats().unwrap().index != "bits" {
                assert!(start.elapsed().as_secs() < 60, "no codes are made");
                std::thread::yield_now();
            }
            engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
            let now = found(&engine);
            assert!(expected.iter().filter(|hit| now.contains(hit)).count() >= 9, "{now:?}");
        }
        // In the first round perhaps before all is coded.
        engine.close().unwrap();
        assert!(rows.exists());
    }
}

/// The first vector of clusters with the same seed after twenty centres: that of the query above.
fn query_vector(seed: u64) -> Vec<f32> {
    Clusters::new(seed, DIMENSIONS, 20).vector()
}

#[test]
fn tags_limit_a_search_and_go_with_their_items() {
    let folder = tempfile::tempdir().unwrap();
    let mut clusters = Clusters::new(5, DIMENSIONS, 20);
    let tags: [&[&str]; 5] = [&["work", "urgent", "work"], &["work"], &["home", "urgent"], &[], &["home"]];
    let mut ids = Vec::new();
    let engine = builder(folder.path()).open().unwrap();
    for (at, tags) in tags.iter().enumerate() {
        let item = HistoryItem::new(format!("item {at}")).vector(clusters.vector());
        let item = item.scope(Scope::app(if at < 2 { "mail" } else { "chat" }));
        ids.push(engine.add_history(tags.iter().fold(item, |item, tag| item.tag(*tag))).unwrap());
    }
    let vector = clusters.vector();
    let query = |all: &[&str], any: &[&str]| {
        let query = all.iter().fold(Query::new("item").vector(vector.clone()), |query, tag| query.tag(*tag));
        any.iter().fold(query, |query, tag| query.any_tag(*tag))
    };
    let found = |engine: &Engine, query: &Query| {
        let mut found: Vec<RecordId> = engine.search(query).unwrap().iter().map(|hit| hit.id).collect();
        found.sort_unstable();
        found
    };
    let as_given = |engine: &Engine| {
        assert_eq!(found(engine, &query(&[], &[])), ids);
        assert_eq!(found(engine, &query(&["work"], &[])), ids[..2]);
        assert_eq!(found(engine, &query(&["urgent"], &["home", "nowhere"])), ids[2..3]);
        assert_eq!(found(engine, &query(&[], &["home", "urgent"])), [ids[0], ids[2], ids[4]]);
        assert_eq!(found(engine, &query(&["work", "home"], &[])), []);
        assert_eq!(found(engine, &query(&[], &["nowhere"])), []);
        assert_eq!(found(engine, &query(&[], &["urgent"]).scope(Scope::app("chat"))), ids[2..3]);
        assert_eq!(found(engine, &query(&["urgent"], &[]).kinds([RecordKind::Edit])), []);
    };
    as_given(&engine);
    assert_eq!(engine.search(&query(&["work", "urgent"], &[])).unwrap()[0].tags, ["urgent", "work"]);
    engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap();
    as_given(&engine);
    engine.close().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    as_given(&engine);

    assert!(engine.search(&query(&[""], &[])).is_err());
    let much = "x".repeat(129);
    assert!(engine.add_history(HistoryItem::new("item").vector(vector.clone()).tag(much)).is_err());
    let item =
        (0..33).fold(HistoryItem::new("item").vector(vector.clone()), |item, at| item.tag(format!("{at}")));
    assert!(engine.add_history(item).is_err());

    // Forgetting a text forgets it as a tag, too, and takes it out of the files.
    assert_eq!(engine.forget(&Forget::containing("urgent")).unwrap().records, [ids[0], ids[2]]);
    assert_eq!(found(&engine, &query(&["urgent"], &[])), []);
    assert_eq!(found(&engine, &query(&["work"], &[])), ids[1..2]);
    engine.close().unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"urgent"));
    }
}
