//! From how many vectors on which tier answers, and a short measurement of it on the device.
//!
//! Invariant: thresholds decide how fast a search is, never whether it is right.

use std::hint::black_box;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::query::Query;
use super::{Accept, QuantizedVector, ScanIndex, TieredIndex, VectorIndex};

/// From how many vectors on the next tier answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// One-bit codes before the int8 rows.
    pub bits_from: usize,
    /// The graph.
    pub graph_from: usize,
}

impl Default for Thresholds {
    /// Between the machines that were measured.
    fn default() -> Self {
        Self { bits_from: 2_000, graph_from: 150_000 }
    }
}

/// Vectors of the measurement: enough that the costs of a row stand out, few enough for some tens of milliseconds.
const SAMPLE: usize = 4_096;
const QUERIES: usize = 48;

/// Rows that a search of the graph compares, in a graph of some hundred thousand.
const GRAPH_ROWS: f64 = 2_600.0;

impl Thresholds {
    /// Measures on this device for vectors of `dimensions` values. Takes some tens of milliseconds.
    pub fn calibrate(dimensions: usize) -> Self {
        let mut state = 7u64;
        let mut vector = || {
            let values: Vec<f32> = (0..dimensions.max(1))
                .map(|_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
                })
                .collect();
            QuantizedVector::from_f32(&values).ok()
        };
        let mut scan = ScanIndex::new(dimensions);
        let mut coded =
            TieredIndex::with_thresholds(dimensions, Self { bits_from: 1, graph_from: usize::MAX });
        for key in 0..SAMPLE as u64 {
            let Some(vector) = vector() else { return Self::default() };
            if scan.insert(key, &vector).is_err() || coded.insert(key, &vector).is_err() {
                return Self::default();
            }
        }
        let queries: Vec<Vec<f32>> = (0..QUERIES).filter_map(|_| Some(vector()?.to_f32())).collect();
        let ready: Vec<Query> =
            queries.iter().filter_map(|query| Query::new(query, dimensions).ok()).collect();
        let by_scan = median(&ready, |query| drop(black_box(scan.nearest(query, 10, Accept::All))));
        let by_bits =
            median(&queries, |query| drop(black_box(coded.search_accepted(query, 10, Accept::All))));
        // Rows far apart, as a graph meets them.
        let far: Vec<u32> = (0..1024u32).map(|at| at.wrapping_mul(2_654_435_761) % SAMPLE as u32).collect();
        let by_list = median(&ready, |query| drop(black_box(scan.nearest_listed(query, 10, &far))));
        Self::from_costs(by_scan, by_bits, by_list / far.len() as f64)
    }

    /// From the seconds of one search of the sample by scan and by codes, and of one far row.
    fn from_costs(by_scan: f64, by_bits: f64, row: f64) -> Self {
        let default = Self::default();
        let scanned = by_scan / SAMPLE as f64;
        // Most of what a search by codes costs at this size does not grow with the rows.
        let (start, coded) = (by_bits * 0.8, by_bits * 0.2 / SAMPLE as f64);
        if !(scanned > coded && coded > 0.0 && row > 0.0) {
            return default;
        }
        let bits_from = (start / (scanned - coded)).clamp(500.0, 20_000.0) as usize;
        // Far rows of a large index come from memory, not from a cache.
        let graph_from = (GRAPH_ROWS * row * 4.0 / coded).clamp(50_000.0, 1_000_000.0) as usize;
        Self { bits_from, graph_from }
    }
}

/// The median of the seconds that `work` takes.
fn median<T>(over: &[T], work: impl Fn(&T)) -> f64 {
    let mut times: Vec<f64> = over
        .iter()
        .map(|one| {
            let start = Instant::now();
            work(one);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dearer_scans_bring_the_codes_earlier_and_dearer_rows_the_graph_later() {
        let usual = Thresholds::from_costs(40e-6, 15e-6, 10e-9);
        let slow_scan = Thresholds::from_costs(80e-6, 15e-6, 10e-9);
        let slow_rows = Thresholds::from_costs(40e-6, 15e-6, 20e-9);
        assert!(slow_scan.bits_from < usual.bits_from);
        assert!(slow_rows.graph_from > usual.graph_from);
        for odd in [(0.0, 0.0, 0.0), (f64::NAN, 1.0, 1.0), (1e-6, 1e-3, 1e-9)] {
            assert_eq!(Thresholds::from_costs(odd.0, odd.1, odd.2), Thresholds::default());
        }
    }

    #[test]
    fn a_calibration_gives_thresholds_within_their_bounds() {
        for dimensions in [1, 384] {
            let found = Thresholds::calibrate(dimensions);
            assert!((500..=20_000).contains(&found.bits_from), "{found:?}");
            assert!((50_000..=1_000_000).contains(&found.graph_from), "{found:?}");
        }
    }
}
