//! The tiers: creation and removal of the graph, the content of its snapshot, and damaged snapshots.
//!
//! Search results are checked for all implementations together in the integration suite `vector_index`.

use super::*;

fn row(key: u64, dimensions: usize) -> QuantizedVector {
    let mut state = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678;
    let values: Vec<f32> = (0..dimensions)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u64 << 23) as f32) - 1.0
        })
        .collect();
    QuantizedVector::from_f32(&values).unwrap()
}

fn filled(keys: std::ops::Range<u64>, threshold: usize) -> TieredIndex {
    let mut index = TieredIndex::new(16, threshold);
    for key in keys {
        index.insert(key, &row(key, 16)).unwrap();
    }
    index
}

#[test]
fn below_the_threshold_there_is_only_the_scan() {
    let mut index = filled(0..99, 100);
    assert_eq!((index.name(), index.pending(), index.snapshot()), ("scan", 0, None));
    index.optimize(&mut |_| panic!("nothing to do"), &CancelToken::new()).unwrap();
    assert_eq!(index.name(), "scan");
    assert!(index.contains(98) && !index.contains(99));
}

#[test]
fn a_search_among_many_has_a_deadline() {
    let index = filled(0..20_000, usize::MAX);
    let query = row(7, 16).to_f32();
    let keys: Vec<u64> = (0..20_000).rev().collect();
    let late = Deadline::after(0);
    let found = index.search_among(&query, 10, &keys, &late).unwrap();
    assert!(late.was_cut() && found.len() == 10 && found[0].key != 7);
    let ample = Deadline::after(1);
    assert_eq!(index.search_among(&query, 10, &keys, &ample).unwrap()[0].key, 7);
    assert!(!ample.was_cut());
}

#[test]
fn cosines_of_rows_are_approximated() {
    let mut index = filled(0..40, 100);
    index.remove(3);
    let keys = [7, 39, 0, 21];
    let rows: Vec<u32> = keys.iter().map(|key| index.row(*key).unwrap() as u32).collect();
    let cosines = index.cosines(&rows);
    for (at, key) in keys.iter().enumerate() {
        for (other_at, other) in keys.iter().enumerate() {
            let (one, other) = (row(*key, 16).to_f32(), row(*other, 16).to_f32());
            let exact: f32 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
            assert!((cosines[at * keys.len() + other_at] - exact).abs() < 0.01, "{at} and {other_at}");
        }
    }
    assert!(index.cosines(&[]).is_empty());
}

#[cfg(not(feature = "graph"))]
#[test]
fn without_the_feature_there_is_never_a_graph() {
    let mut index = filled(0..200, 1);
    index.optimize(&mut |_| panic!("nothing to do"), &CancelToken::new()).unwrap();
    assert_eq!((index.name(), index.pending(), index.snapshot()), ("scan", 0, None));
    assert!(index.restore(b"anything").is_ok());
}

#[cfg(feature = "graph")]
mod with_graph {
    use super::*;
    use crate::search::vector::graph_row::row_length;

    fn optimized(keys: std::ops::Range<u64>) -> TieredIndex {
        let mut index = filled(keys, 64);
        index.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!(index.name(), "graph");
        index
    }

    /// Compares searches of the index with a scan over the same vectors.
    fn agrees_with_the_scan(index: &TieredIndex) {
        let (mut hits, mut wanted) = (0, 0);
        for key in 5000..5040 {
            let query = row(key, 16).to_f32();
            let truth = index.scan.search(&query, 10, &|_| true).unwrap();
            let found = index.search(&query, 10, &|_| true).unwrap();
            assert_eq!(found.len(), truth.len());
            assert!(found.iter().all(|n| index.contains(n.key)));
            hits += truth.iter().filter(|n| found.contains(n)).count();
            wanted += truth.len();
        }
        assert!(hits * 100 >= wanted * 97, "{hits} of {wanted}");
    }

    #[test]
    fn the_graph_grows_in_steps_and_is_dropped_with_hysteresis() {
        let mut index = filled(0..999, 1000);
        assert_eq!((index.name(), index.pending()), ("scan", 0));
        index.insert(999, &row(999, 16)).unwrap();
        assert_eq!((index.name(), index.pending()), ("scan", 1000 - graph::STEP));
        let mut key = 1000;
        while index.pending() > 0 {
            let before = index.pending();
            index.insert(key, &row(key, 16)).unwrap();
            assert_eq!(index.pending(), (before + 1).saturating_sub(graph::STEP));
            key += 1;
        }
        assert_eq!(index.name(), "graph");
        agrees_with_the_scan(&index);
        for gone in 0..(key - 751) {
            assert!(index.remove(gone));
        }
        assert!(matches!(index.tier, Tier::Graph(_)), "751 is within the hysteresis");
        index.remove(key - 1);
        assert!(matches!(index.tier, Tier::Graph(_)));
        index.remove(key - 2);
        assert!(matches!(index.tier, Tier::Small));
        assert_eq!((index.name(), index.pending()), ("scan", 0));
        agrees_with_the_scan(&index);
    }

    #[test]
    fn a_worn_graph_is_rebuilt_and_removed_vectors_are_not_written() {
        let mut index = optimized(0..1000);
        assert!(index.snapshot().is_some());
        index.remove(0);
        assert_eq!(index.name(), "graph");
        assert!(index.snapshot().is_none(), "a tombstone would be written");
        for key in 1..300 {
            index.remove(key);
        }
        assert_eq!(index.name(), "graph");
        index.remove(300);
        assert_eq!((index.name(), index.pending()), ("scan", 699));
        agrees_with_the_scan(&index);
        index.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!(index.name(), "graph");
        assert!(index.snapshot().is_some());
        agrees_with_the_scan(&index);

        index.insert(500, &row(9999, 16)).unwrap();
        assert!(index.snapshot().is_none(), "a replaced vector would be written");
        assert_eq!(index.search(&row(9999, 16).to_f32(), 1, &|_| true).unwrap()[0].key, 500);
        index.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        assert!(index.snapshot().is_some());
    }

    #[test]
    fn optimize_reports_and_can_be_cancelled() {
        let mut index = filled(0..500, 490);
        let cancel = CancelToken::new();
        let before = index.pending();
        let mut calls = 0;
        let result = index.optimize(
            &mut |progress| {
                assert_eq!(progress.total, 500);
                calls += 1;
                if calls == 5 {
                    cancel.cancel();
                }
            },
            &cancel,
        );
        assert!(matches!(result, Err(IndexError::Cancelled)));
        assert_eq!((calls, index.name(), index.pending()), (5, "scan", before - 4 * graph::STEP));
        agrees_with_the_scan(&index);
        let mut index = optimized(0..500);
        index.remove(7);
        let result = index.optimize(&mut |_| cancel.cancel(), &cancel);
        assert!(matches!(result, Err(IndexError::Cancelled)));
        assert_eq!((index.name(), index.pending()), ("graph", 0), "the index is unchanged");
        let mut last = None;
        index.optimize(&mut |progress| last = Some(progress), &CancelToken::new()).unwrap();
        assert_eq!(last, Some(Progress { done: 499, total: 499 }));
    }

    #[test]
    fn a_snapshot_restores_the_graph() {
        let index = optimized(0..600);
        let bytes = index.snapshot().unwrap();
        let mut other = filled(0..600, 1 << 20);
        other.restore(&bytes).unwrap();
        assert_eq!(other.name(), "scan", "too few for a graph");
        other.thresholds.graph_from = 64;
        other.restore(&bytes).unwrap();
        assert_eq!((other.name(), other.pending()), ("graph", 0));
        for key in 5000..5040 {
            let query = row(key, 16).to_f32();
            let answer = |index: &TieredIndex| index.search(&query, 10, &|_| true).unwrap();
            assert_eq!(answer(&index), answer(&other));
        }
        assert_eq!(other.snapshot().unwrap(), bytes);
        for key in 600..700 {
            other.insert(key, &row(key, 16)).unwrap();
        }
        agrees_with_the_scan(&other);
    }

    #[test]
    fn a_snapshot_that_is_behind_is_brought_up_to_date() {
        let bytes = optimized(0..600).snapshot().unwrap();
        // 100 are removed, 50 have another vector, 400 are new.
        let mut index = filled(100..1000, 1 << 20);
        for key in 200..250 {
            index.insert(key, &row(key + 77_777, 16)).unwrap();
        }
        index.thresholds.graph_from = 64;
        index.restore(&bytes).unwrap();
        assert_eq!((index.name(), index.pending()), ("scan", 450 - RESTORE_STEP));
        for key in 1000..1080 {
            index.insert(key, &row(key, 16)).unwrap();
        }
        assert_eq!(index.name(), "graph");
        agrees_with_the_scan(&index);
        assert_eq!(index.search(&row(77_977, 16).to_f32(), 1, &|_| true).unwrap()[0].key, 200);
        assert!(index.search(&row(50, 16).to_f32(), 900, &|_| true).unwrap().iter().all(|n| n.key >= 100));
        assert!(index.snapshot().is_none());
    }

    #[test]
    fn a_snapshot_of_other_vectors_is_rejected() {
        let bytes = optimized(0..600).snapshot().unwrap();
        for mut index in [filled(300..900, 64), filled(5000..5600, 64), filled(0..1300, 64), filled(0..5, 64)]
        {
            let before = (index.name(), index.pending());
            assert!(matches!(index.restore(&bytes), Err(IndexError::DamagedSnapshot { .. })));
            assert_eq!((index.name(), index.pending()), before);
        }
        let mut narrow = TieredIndex::new(15, 64);
        assert!(matches!(narrow.restore(&bytes), Err(IndexError::DamagedSnapshot { .. })));
    }

    fn refused(index: &mut TieredIndex, bytes: &[u8], how: &str) {
        match index.restore(bytes) {
            Err(IndexError::DamagedSnapshot { .. }) => {}
            other => panic!("{how}: {other:?}"),
        }
    }

    #[test]
    fn every_damaged_snapshot_is_rejected() {
        let bytes = optimized(0..80).snapshot().unwrap();
        let mut index = optimized(0..80);
        for length in 0..bytes.len() {
            refused(&mut index, &bytes[..length], "truncated");
        }
        refused(&mut index, &[bytes.clone(), vec![0]].concat(), "longer");
        for bit in 0..bytes.len() * 8 {
            if bit % 7 == 0 || bit < 512 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                refused(&mut index, &damaged, "flipped");
            }
        }
        for page in (0..bytes.len()).step_by(512) {
            let mut damaged = bytes.clone();
            let end = (page + 512).min(bytes.len());
            damaged[page..end].fill(0);
            refused(&mut index, &damaged, "zeroed");
            damaged[page..].fill(0);
            refused(&mut index, &damaged, "zeroed to the end");
        }
        assert_eq!(index.name(), "graph", "the graph is unchanged");
        index.restore(&bytes).unwrap();
    }

    /// With a valid checksum, only the structural checks protect the library: each variant is rejected, or yields a
    /// graph that can be searched and extended.
    #[test]
    fn damage_with_a_valid_checksum_is_rejected_or_harmless() {
        let bytes = optimized(0..80).snapshot().unwrap();
        let (mut restored, mut refused) = (0, 0);
        // After the frame's header, its keys and the payload's header.
        let length = row_length(16);
        let rows = 32 + 80 * 8 + 8..32 + 80 * 8 + 8 + 80 * length;
        for at in 0..bytes.len() - 4 {
            let value = [bytes[at] ^ 1, !bytes[at], bytes[at].wrapping_add(128)][at % 3];
            let mut forged = bytes.clone();
            forged[at] = value;
            let body = forged.len() - 4;
            let checksum = crc32fast::hash(&forged[..body]);
            forged[body..].copy_from_slice(&checksum.to_le_bytes());
            let mut index = filled(0..80, 1 << 20);
            index.thresholds.graph_from = 64;
            match index.restore(&forged) {
                Ok(()) => {
                    let beside_codes = rows.contains(&at) && (at - rows.start) % length >= 16;
                    assert!(!beside_codes, "byte {at} makes an invalid row");
                    restored += 1;
                }
                Err(IndexError::DamagedSnapshot { .. }) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
            index.insert(99, &row(99, 16)).unwrap();
            assert_eq!(index.search(&row(5, 16).to_f32(), 10, &|_| true).unwrap().len(), 10);
        }
        assert!(restored > 100 && refused > 1000, "{restored} {refused}");
    }
}
