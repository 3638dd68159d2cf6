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
#[non_exhaustive]
pub struct Thresholds {
    /// One-bit codes before the int8 rows.
    pub bits_from: usize,
    /// The graph; not measured, since what it finds counts as well as how fast it is.
    pub graph_from: usize,
}

impl Thresholds {
    /// One-bit codes from so many vectors on, the graph from so many.
    pub fn new(bits_from: usize, graph_from: usize) -> Self {
        Self { bits_from, graph_from }
    }
}

impl Default for Thresholds {
    /// Between the machines that were measured. Up to a million vectors the codes find more than a graph, and sooner.
    fn default() -> Self {
        Self { bits_from: 2_000, graph_from: 4_000_000 }
    }
}

/// Sizes at which scan and codes are compared.
const SIZES: [usize; 3] = [1_000, 2_000, 4_000];
const QUERIES: usize = 32;

impl Thresholds {
    /// Measures on this device for vectors of `dimensions` values. Takes a tenth of a second or two.
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
        Some(Self::from_costs(&costs))
    }

    /// From the seconds of one search of each size by scan and by codes.
    fn from_costs(costs: &[(f64, f64)]) -> Self {
        // The least size from which on the codes win.
        let losses = costs.iter().rposition(|(by_scan, by_bits)| by_bits >= by_scan);
        let first = losses.map_or(0, |last| last + 1);
        let bits_from = SIZES.get(first).copied().unwrap_or(2 * SIZES[SIZES.len() - 1]);
        Self { bits_from, ..Self::default() }
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
    fn the_codes_answer_from_where_they_win() {
        let from = |costs: &[(f64, f64)]| Thresholds::from_costs(costs).bits_from;
        assert_eq!(from(&[(4e-6, 6e-6), (8e-6, 7e-6), (16e-6, 9e-6)]), 2_000);
        assert_eq!(from(&[(1e-6, 2e-6); 3]), 8_000);
        assert_eq!(from(&[(2e-6, 1e-6); 3]), 1_000);
    }

    #[test]
    fn a_calibration_gives_thresholds_within_their_bounds() {
        for dimensions in [1, 384] {
            let found = Thresholds::calibrate(dimensions);
            assert!((1_000..=8_000).contains(&found.bits_from), "{found:?}");
            assert_eq!(found.graph_from, Thresholds::default().graph_from);
        }
    }
}
