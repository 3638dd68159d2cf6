//! One suite over every implementation of [`VectorIndex`], against a naive oracle.
//!
//! The promise: what is removed never comes back, the scan is exact, the graph misses little, and no query or
//! vector, however odd, gives anything but a result or a typed error.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::clusters::{Clusters, Random};
use idiolect::IndexError;
use idiolect::Thresholds;
use idiolect::internals::search::{Neighbour, QuantizedVector, ScanIndex, TieredIndex, VectorIndex};

/// An implementation under test.
struct Case {
    name: &'static str,
    /// Whether results must be those of the oracle, one for one.
    exact: bool,
    /// What answers from 100 vectors of 64 values or more on.
    tier: &'static str,
    make: fn(usize) -> Box<dyn VectorIndex>,
}

const CASES: [Case; 4] = [
    Case { name: "scan", exact: true, tier: "scan", make: |dimensions| Box::new(ScanIndex::new(dimensions)) },
    Case {
        name: "tiered, small",
        exact: true,
        tier: "scan",
        make: |dimensions| {
            let thresholds = Thresholds::new(1 << 30, 1 << 30);
            Box::new(TieredIndex::with_thresholds(dimensions, thresholds))
        },
    },
    Case {
        name: "tiered, bits",
        exact: false,
        tier: "bits",
        make: |dimensions| {
            let thresholds = Thresholds::new(64, usize::MAX);
            Box::new(TieredIndex::with_thresholds(dimensions, thresholds))
        },
    },
    Case {
        name: "tiered, graph",
        exact: !cfg!(feature = "graph"),
        tier: if cfg!(feature = "graph") { "graph" } else { "scan" },
        make: |dimensions| {
            let thresholds = Thresholds::new(1 << 30, 64);
            Box::new(TieredIndex::with_thresholds(dimensions, thresholds))
        },
    },
];

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// All keys by falling cosine.
fn ranking<'a>(query: &[f32], vectors: impl Iterator<Item = (u64, &'a [f32])>) -> Vec<(f64, u64)> {
    let length = dot(query, query).sqrt();
    let mut all: Vec<(f64, u64)> = vectors.map(|(key, vector)| (dot(query, vector) / length, key)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    all
}

fn recall(found: &[Neighbour], truth: &[(f64, u64)]) -> f64 {
    let hit = truth.iter().filter(|&&(_, key)| found.iter().any(|n| n.key == key)).count();
    hit as f64 / truth.len() as f64
}

/// Checks a result against the oracle's ranking of all that it may hold. Similarities are `f32` sums, so two
/// that the oracle holds apart by less than their rounding may change places.
fn check(case: &Case, found: &[Neighbour], k: usize, truth: &[(f64, u64)]) {
    let name = case.name;
    assert_eq!(found.len(), k.min(truth.len()), "{name}");
    for pair in found.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        assert!(
            a.similarity > b.similarity || (a.similarity == b.similarity && a.key < b.key),
            "{name}: {a:?} {b:?}"
        );
    }
    let by_key: BTreeMap<u64, f64> = truth.iter().map(|&(similarity, key)| (key, similarity)).collect();
    for (place, neighbour) in found.iter().enumerate() {
        let similarity =
            by_key.get(&neighbour.key).unwrap_or_else(|| panic!("{name}: {neighbour:?} is not there"));
        assert!(
            (f64::from(neighbour.similarity) - similarity).abs() < 2e-6,
            "{name}: {neighbour:?} {similarity}"
        );
        if case.exact {
            assert!((truth[place].0 - similarity).abs() < 2e-6, "{name}: place {place}");
        }
    }
}

#[test]
fn finds_what_the_oracle_finds() {
    for case in &CASES {
        let mut clusters = Clusters::new(1, 384, 40);
        let vectors: Vec<Vec<f32>> = (0..3000).map(|_| clusters.vector()).collect();
        let quantized: Vec<QuantizedVector> =
            vectors.iter().map(|vector| QuantizedVector::from_f32(vector).unwrap()).collect();
        let decoded: Vec<Vec<f32>> = quantized.iter().map(QuantizedVector::to_f32).collect();
        let mut index = (case.make)(384);
        for (key, vector) in quantized.iter().enumerate() {
            index.insert(key as u64 * 7, vector).unwrap();
        }
        assert_eq!(index.name(), case.tier, "{}", case.name);
        let (mut to_codes, mut to_f32, queries) = (0.0, 0.0, 100);
        for _ in 0..queries {
            let query = clusters.vector();
            let found = index.search(&query, 10, &|_| true).unwrap();
            let keyed = |rows: &[Vec<f32>]| -> Vec<(f64, u64)> {
                ranking(&query, rows.iter().enumerate().map(|(key, row)| (key as u64 * 7, row.as_slice())))
            };
            let by_codes = keyed(&decoded);
            check(case, &found, 10, &by_codes);
            to_codes += recall(&found, &by_codes[..10]) / f64::from(queries);
            to_f32 += recall(&found, &keyed(&vectors)[..10]) / f64::from(queries);
        }
        let least = if case.exact { (0.9999, 0.99) } else { (0.95, 0.95) };
        assert!(to_codes >= least.0 && to_f32 >= least.1, "{}: {to_codes} {to_f32}", case.name);
    }
}

#[test]
fn filters_like_the_oracle_at_every_selectivity() {
    for case in &CASES {
        let mut clusters = Clusters::new(2, 64, 10);
        let vectors: Vec<QuantizedVector> =
            (0..1500).map(|_| QuantizedVector::from_f32(&clusters.vector()).unwrap()).collect();
        let decoded: Vec<Vec<f32>> = vectors.iter().map(QuantizedVector::to_f32).collect();
        let mut index = (case.make)(64);
        for (key, vector) in vectors.iter().enumerate() {
            index.insert(key as u64, vector).unwrap();
        }
        assert_eq!(index.name(), case.tier, "{}", case.name);
        for share in [0, 1, 10, 29, 31, 60, 99, 100] {
            let accept = |key: u64| (key.wrapping_mul(0x9e37_79b9) >> 8) % 100 < share;
            let mut sum = 0.0;
            for _ in 0..20 {
                let query = clusters.vector();
                let truth = ranking(
                    &query,
                    (0..1500u64)
                        .filter(|&key| accept(key))
                        .map(|key| (key, decoded[key as usize].as_slice())),
                );
                let found = index.search(&query, 10, &accept).unwrap();
                check(case, &found, 10, &truth);
                sum += if truth.is_empty() { 1.0 } else { recall(&found, &truth[..truth.len().min(10)]) };
            }
            assert!(sum / 20.0 > 0.95, "{} at {share}%: {}", case.name, sum / 20.0);
        }
    }
}

#[test]
fn odd_queries_and_vectors_are_answered_or_refused() {
    for case in &CASES {
        for dimensions in [1, 2, 15, 17, 384, 1024] {
            let mut random = Random(3);
            let mut index = (case.make)(dimensions);
            let query = vec![1.0; dimensions];
            for k in [0, 1, usize::MAX] {
                assert!(index.search(&query, k, &|_| true).unwrap().is_empty(), "{}", case.name);
            }
            assert!(!index.remove(5));
            for key in 0..200 {
                let vector = QuantizedVector::from_f32(&random.vector(dimensions)).unwrap();
                index.insert(u64::MAX - key, &vector).unwrap();
            }
            assert_eq!((index.len(), index.dimensions(), index.is_empty()), (200, dimensions, false));
            assert!(index.memory_bytes() >= 200 * dimensions);

            let fill = |value: f32| vec![value; dimensions];
            let with = |value: f32| [vec![value], vec![1.0; dimensions - 1]].concat();
            for bad in [
                fill(0.0),
                fill(-0.0),
                fill(1e-40),
                with(f32::NAN),
                with(f32::INFINITY),
                with(-f32::INFINITY),
            ] {
                for k in [0, 10] {
                    let result = index.search(&bad, k, &|_| true);
                    assert!(
                        matches!(result, Err(IndexError::InvalidVector { .. })),
                        "{}: {bad:?}",
                        case.name
                    );
                }
            }
            for bad in [dimensions - 1, dimensions + 1, 0, 4096] {
                let result = index.search(&vec![1.0; bad], 1, &|_| true);
                assert!(
                    matches!(result, Err(IndexError::DimensionMismatch { got, expected })
                        if got == bad && expected == dimensions),
                    "{}",
                    case.name
                );
            }
            for good in [fill(f32::MAX), fill(f32::MIN_POSITIVE), with(1e-40), with(f32::MAX), with(f32::MIN)]
            {
                if good.iter().all(|value| value.abs() < f32::MIN_POSITIVE) {
                    continue;
                }
                for (k, expected) in [(0, 0), (1, 1), (10, 10), (200, 200), (201, 200), (usize::MAX, 200)] {
                    let found = index.search(&good, k, &|_| true).unwrap();
                    assert_eq!(found.len(), expected, "{}", case.name);
                    assert!(found.iter().all(|n| (-1.0..=1.0).contains(&n.similarity)), "{}", case.name);
                }
            }

            let good = QuantizedVector::from_f32(&fill(1.0)).unwrap();
            let wrong = [
                QuantizedVector::from_f32(&vec![1.0; dimensions + 1]).unwrap(),
                QuantizedVector { scale: f32::NAN, ..good.clone() },
                QuantizedVector { scale: 0.0, ..good.clone() },
                QuantizedVector { codes: vec![0; dimensions], ..good.clone() },
                QuantizedVector { codes: vec![-128; dimensions], ..good },
            ];
            let before = index.search(&query, usize::MAX, &|_| true).unwrap();
            for vector in wrong {
                assert!(index.insert(u64::MAX, &vector).is_err(), "{}", case.name);
            }
            assert_eq!(index.search(&query, usize::MAX, &|_| true).unwrap(), before, "{}", case.name);
        }
    }
}

#[test]
fn equal_vectors_come_by_key() {
    for case in &CASES {
        let mut index = (case.make)(64);
        let mut random = Random(4);
        let twin = random.vector(64);
        let same = QuantizedVector::from_f32(&twin).unwrap();
        for key in (0..300).rev() {
            index.insert(key, &same).unwrap();
        }
        index.insert(1000, &QuantizedVector::from_f32(&random.vector(64)).unwrap()).unwrap();
        assert_eq!(index.name(), case.tier, "{}", case.name);
        let found = index.search(&twin, 300, &|_| true).unwrap();
        let keys: Vec<u64> = found.iter().map(|n| n.key).collect();
        assert_eq!(keys, (0..300).collect::<Vec<_>>(), "{}", case.name);
        let few = index.search(&twin, 5, &|_| true).unwrap();
        assert!(few.len() == 5 && few.iter().all(|n| n.similarity == found[0].similarity), "{}", case.name);
        if case.exact {
            assert!(few.iter().map(|n| n.key).eq(0..5), "{}", case.name);
        }
    }
}

#[test]
fn twenty_thousand_mixed_operations() {
    for case in &CASES {
        let dimensions = 64;
        let mut clusters = Clusters::new(5, dimensions, 12);
        let mut random = Random(6);
        let mut model: BTreeMap<u64, Vec<f32>> = BTreeMap::new();
        let mut index = (case.make)(dimensions);
        let (mut sum, mut searches, mut tiers) = (0.0, 0, 0);
        for step in 0..20_000 {
            // Grows, shrinks to almost nothing, and grows again, across the threshold.
            let shrink = (step / 4000) % 2 == 1;
            let key = random.next() % 700;
            match random.below(10) {
                0..=2 if shrink => {
                    assert_eq!(index.remove(key), model.remove(&key).is_some(), "{}", case.name);
                    if let Some(&oldest) = model.keys().next() {
                        assert!(index.remove(oldest) && model.remove(&oldest).is_some());
                    }
                }
                0 => assert_eq!(index.remove(key), model.remove(&key).is_some(), "{}", case.name),
                1..=5 => {
                    let vector = QuantizedVector::from_f32(&clusters.vector()).unwrap();
                    index.insert(key, &vector).unwrap();
                    model.insert(key, vector.to_f32());
                }
                _ => {
                    let query = clusters.vector();
                    let k = random.below(20);
                    let modulus = 1 + random.next() % 4;
                    let accept = |key: u64| key.is_multiple_of(modulus);
                    let passing = model.iter().filter(|&(&key, _)| accept(key));
                    let truth = ranking(&query, passing.map(|(&key, row)| (key, row.as_slice())));
                    let found = index.search(&query, k, &accept).unwrap();
                    check(case, &found, k, &truth);
                    if k.min(truth.len()) > 0 {
                        sum += recall(&found, &truth[..k.min(truth.len())]);
                        searches += 1;
                    }
                }
            }
            assert_eq!(index.len(), model.len(), "{}", case.name);
            if step % 4000 == 3999 && model.len() > 100 {
                tiers += usize::from(index.name() == case.tier);
            }
        }
        assert!(tiers >= 2, "{}: the tier was hardly in use", case.name);
        let mean = sum / f64::from(searches);
        assert!(mean > if case.exact { 0.999 } else { 0.97 }, "{}: {mean}", case.name);
    }
}

#[test]
fn searches_share_the_index_between_threads() {
    for case in &CASES {
        let mut clusters = Clusters::new(7, 64, 10);
        let mut index = (case.make)(64);
        for key in 0..800 {
            index.insert(key, &QuantizedVector::from_f32(&clusters.vector()).unwrap()).unwrap();
        }
        assert_eq!(index.name(), case.tier, "{}", case.name);
        let queries: Vec<Vec<f32>> = (0..32).map(|_| clusters.vector()).collect();
        let index = &*index;
        let answers: Vec<Vec<Neighbour>> =
            queries.iter().map(|query| index.search(query, 10, &|_| true).unwrap()).collect();
        let calls = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..48 {
                let (queries, answers, calls) = (&queries, &answers, &calls);
                scope.spawn(move || {
                    for round in 0..64 {
                        let at = (thread * 5 + round) % queries.len();
                        let found = index.search(&queries[at], 10, &|_| true).unwrap();
                        // Where many search at once the scan answers for the graph, which then finds more.
                        if case.exact {
                            assert_eq!(found, answers[at], "{}", case.name);
                        } else {
                            let same = answers[at].iter().filter(|n| found.contains(n)).count();
                            assert!(same >= 7, "{}: {same}", case.name);
                        }
                        calls.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(calls.into_inner(), 48 * 64);
    }
}

#[test]
fn a_search_within_a_filter_and_a_panic_in_it_are_survived() {
    for case in &CASES {
        let mut random = Random(8);
        let mut index = (case.make)(64);
        for key in 0..400 {
            index.insert(key, &QuantizedVector::from_f32(&random.vector(64)).unwrap()).unwrap();
        }
        assert_eq!(index.name(), case.tier, "{}", case.name);
        let query = random.vector(64);
        let inner = |key: u64| index.search(&query, 1, &|_| true).is_ok_and(|found| found[0].key != key);
        let found = index.search(&query, 3, &inner).unwrap();
        let all = index.search(&query, 4, &|_| true).unwrap();
        assert_eq!(found[..], all[1..], "{}", case.name);

        let calls = AtomicUsize::new(0);
        let panics = std::panic::AssertUnwindSafe(|| {
            index.search(&query, 3, &|_| {
                // Late enough that the graph's sample of the filter has passed.
                assert!(calls.fetch_add(1, Ordering::Relaxed) < 399, "on purpose");
                true
            })
        });
        let result = std::panic::catch_unwind(panics);
        assert!(result.is_err() || calls.load(Ordering::Relaxed) <= 399, "{}", case.name);
        assert_eq!(index.search(&query, 4, &|_| true).unwrap(), all, "{}", case.name);
    }
}
