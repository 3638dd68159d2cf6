//! Measures the thresholds between the tiers on the device.
//!
//! Invariant: the result affects the speed of a search, never its correctness.

use std::hint::black_box;
use std::time::Instant;

use super::deadline::Deadline;
use super::index::{Accept, VectorIndex};
use super::quantize::QuantizedVector;
use super::query::Query;
use super::scan::ScanIndex;
use super::thresholds::Thresholds;
use super::tiered::TieredIndex;

/// Index sizes at which scan and codes are compared.
const SIZES: [usize; 3] = [1_000, 2_000, 4_000];
const QUERIES: usize = 32;

impl Thresholds {
    /// Measures on this device with vectors of `dimensions` values. Takes one or two tenths of a second.
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
        // In clusters, like texts: isolated vectors are expensive to find by codes.
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

    /// Derives thresholds from the seconds of one search by scan and by codes, for each size.
    fn from_costs(costs: &[(f64, f64)]) -> Self {
        // The smallest size from which the codes are always faster.
        let losses = costs.iter().rposition(|(by_scan, by_bits)| by_bits >= by_scan);
        let first = losses.map_or(0, |last| last + 1);
        let bits_from = SIZES.get(first).copied().unwrap_or(2 * SIZES[SIZES.len() - 1]);
        Self { bits_from, ..Self::default() }
    }
}

/// Median duration of `work` in seconds.
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
    fn the_codes_answer_from_where_they_are_faster() {
        let from = |costs: &[(f64, f64)]| Thresholds::from_costs(costs).bits_from;
        assert_eq!(from(&[(4e-6, 6e-6), (8e-6, 7e-6), (16e-6, 9e-6)]), 2_000);
        assert_eq!(from(&[(1e-6, 2e-6); 3]), 8_000);
        assert_eq!(from(&[(2e-6, 1e-6); 3]), 1_000);
    }

    #[test]
    fn calibrated_thresholds_are_in_range() {
        for dimensions in [1, 384] {
            let found = Thresholds::calibrate(dimensions);
            assert!((1_000..=8_000).contains(&found.bits_from), "{found:?}");
            assert_eq!(found.graph_from, Thresholds::default().graph_from);
        }
    }
}
