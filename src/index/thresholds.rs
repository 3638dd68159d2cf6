//! From how many vectors on which tier answers, and a short measurement of it on the device.
//!
//! Invariant: thresholds decide how fast a search is, never whether it is right.

use std::hint::black_box;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::query::Query;
use super::{Accept, Deadline, QuantizedVector, ScanIndex, TieredIndex, VectorIndex};

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
        Self { bits_from: 2_000, graph_from: 1_000_000 }
    }
}

/// Sizes at which scan and codes are compared: some tens of milliseconds in all.
const SIZES: [usize; 4] = [1_000, 2_000, 4_000, 8_000];
const QUERIES: usize = 32;

/// Rows that a search of the graph compares, in a graph of some hundred thousand.
const GRAPH_ROWS: f64 = 2_600.0;

impl Thresholds {
    /// Measures on this device for vectors of `dimensions` values. Takes some tens of milliseconds.
    pub fn calibrate(dimensions: usize) -> Self {
        Self::measure(dimensions).unwrap_or_default()
    }

    fn measure(dimensions: usize) -> Option<Self> {
        let mut state = 7u64;
        let mut random = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        let dimensions = dimensions.max(1);
        // In clusters, as texts are: what is near nothing is dear to find by codes.
        let centres: Vec<Vec<f32>> = (0..32).map(|_| (0..dimensions).map(&mut random).collect()).collect();
        let mut vector = |at: usize| {
            let values: Vec<f32> = centres[at % 32].iter().map(|centre| centre + random(0)).collect();
            QuantizedVector::from_f32(&values).ok()
        };
        let queries: Vec<Vec<f32>> = (0..QUERIES).filter_map(|at| Some(vector(at)?.to_f32())).collect();
        let ready: Vec<Query> =
            queries.iter().filter_map(|query| Query::new(query, dimensions).ok()).collect();
        let mut scan = ScanIndex::new(dimensions);
        let mut coded =
            TieredIndex::with_thresholds(dimensions, Self { bits_from: 1, graph_from: usize::MAX });
        let mut costs = Vec::new();
        for size in SIZES {
            for key in scan.len()..size {
                let vector = vector(key)?;
                scan.insert(key as u64, &vector).ok()?;
                coded.insert(key as u64, &vector).ok()?;
            }
            let by_scan = median(&ready, |query| {
                drop(black_box(scan.nearest(query, 10, Accept::All, &Deadline::none())));
            });
            let by_bits = median(&queries, |query| {
                drop(black_box(coded.search_accepted(query, 10, Accept::All, &Deadline::none())));
            });
            costs.push((by_scan, by_bits));
        }
        // Rows far apart, as a graph meets them.
        let far: Vec<u32> = (0..1024u32).map(|at| at.wrapping_mul(2_654_435_761) % SIZES[3] as u32).collect();
        let by_list = median(&ready, |query| drop(black_box(scan.nearest_listed(query, 10, &far))));
        Some(Self::from_costs(&costs, by_list / far.len() as f64))
    }

    /// From the seconds of one search of each size by scan and by codes, and of one far row.
    fn from_costs(costs: &[(f64, f64)], row: f64) -> Self {
        // The least size from which on the codes win.
        let losses = costs.iter().rposition(|(by_scan, by_bits)| by_bits >= by_scan);
        let first = losses.map_or(0, |last| last + 1);
        let bits_from = SIZES.get(first).copied().unwrap_or(2 * SIZES[SIZES.len() - 1]);
        // Cells and their rows both grow as the root of all. Far rows of a large index come from memory, not from a cache.
        let (size, by_bits) = (SIZES[SIZES.len() - 1] as f64, costs.last().map_or(f64::NAN, |last| last.1));
        let times = GRAPH_ROWS * row * 4.0 / by_bits;
        let graph_from = if times.is_finite() {
            (size * times * times).clamp(150_000.0, 4_000_000.0) as usize
        } else {
            Self::default().graph_from
        };
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
    fn the_codes_answer_from_where_they_win_and_dearer_rows_bring_the_graph_later() {
        let costs = [(4e-6, 6e-6), (8e-6, 7e-6), (16e-6, 9e-6), (32e-6, 13e-6)];
        let usual = Thresholds::from_costs(&costs, 10e-9);
        assert_eq!(usual.bits_from, 2_000);
        assert!(Thresholds::from_costs(&costs, 30e-9).graph_from > usual.graph_from);
        assert_eq!(Thresholds::from_costs(&[(1e-6, 2e-6); 4], 1e-9).bits_from, 16_000);
        assert_eq!(Thresholds::from_costs(&[(2e-6, 1e-6); 4], 1e-9).bits_from, 1_000);
        let odd = Thresholds::from_costs(&[(f64::NAN, f64::NAN); 4], f64::NAN);
        assert_eq!(odd.graph_from, Thresholds::default().graph_from);
    }

    #[test]
    fn a_calibration_gives_thresholds_within_their_bounds() {
        for dimensions in [1, 384] {
            let found = Thresholds::calibrate(dimensions);
            assert!((1_000..=16_000).contains(&found.bits_from), "{found:?}");
            assert!((150_000..=4_000_000).contains(&found.graph_from), "{found:?}");
        }
    }
}
