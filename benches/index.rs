//! The tiers of the vector index side by side on clustered unit vectors of 384 dimensions: the exact scan and,
//! where it is built in, the graph, whose recall is measured against the scan. Median of 200 queries for ten
//! neighbours. Leaves out the making of the vectors and the disk.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and may fail")]

#[path = "../tests/common/clusters.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod clusters;

use std::time::Instant;

use clusters::Clusters;
use idiolect::CancelToken;
use idiolect::index::{Neighbour, QuantizedVector, TieredIndex, VectorIndex};

/// Share of the true neighbours that were found.
fn recall(found: &[Neighbour], truth: &[Neighbour]) -> f64 {
    let hit = truth.iter().filter(|wanted| found.iter().any(|n| n.key == wanted.key)).count();
    hit as f64 / truth.len() as f64
}

fn main() {
    // The last has as many clusters as vectors: no text is like another, the hardest case for a graph.
    for (count, topics) in [(1_000, 10), (10_000, 100), (100_000, 300), (10_001, 10_001)] {
        let mut clusters = Clusters::new(9, 384, topics);
        let vectors: Vec<QuantizedVector> =
            (0..count).map(|_| QuantizedVector::from_f32(&clusters.vector()).unwrap()).collect();
        let queries: Vec<Vec<f32>> = (0..200).map(|_| clusters.vector()).collect();
        let mut index = TieredIndex::new(384, usize::MAX);
        let start = Instant::now();
        for (key, vector) in vectors.iter().enumerate() {
            index.insert(key as u64, vector).unwrap();
        }
        println!("figure scan_insert_{count} {:.2} us", start.elapsed().as_secs_f64() * 1e6 / count as f64);
        let time = |index: &TieredIndex| {
            let mut times = Vec::new();
            let mut answers = Vec::new();
            for query in &queries {
                let start = Instant::now();
                answers.push(index.search(query, 10, &|_| true).unwrap());
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
            times.sort_by(f64::total_cmp);
            (times[times.len() / 2], answers)
        };
        let (scan, truth) = time(&index);
        println!("figure scan_search_{count} {scan:.1} us");
        println!("figure scan_bytes_{count} {:.1} MB", index.memory_bytes() as f64 / 1e6);
        if !cfg!(feature = "graph") {
            continue;
        }
        let mut index = TieredIndex::new(384, 1);
        let start = Instant::now();
        for (key, vector) in vectors.iter().enumerate() {
            index.insert(key as u64, vector).unwrap();
        }
        index.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        println!("figure graph_insert_{count} {:.1} us", start.elapsed().as_secs_f64() * 1e6 / count as f64);
        assert_eq!(index.name(), "graph");
        let (graph, answers) = time(&index);
        let mean: f64 = answers.iter().zip(&truth).map(|(found, truth)| recall(found, truth)).sum::<f64>()
            / answers.len() as f64;
        println!("figure graph_search_{count} {graph:.1} us");
        println!("figure graph_recall_at_10_{count} {mean:.4} share");
        println!("figure graph_bytes_{count} {:.1} MB", index.memory_bytes() as f64 / 1e6);
        let start = Instant::now();
        let snapshot = index.snapshot().unwrap();
        println!("figure graph_snapshot_{count} {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        let mut scan = TieredIndex::new(384, usize::MAX);
        for (key, vector) in vectors.iter().enumerate() {
            scan.insert(key as u64, vector).unwrap();
        }
        let start = Instant::now();
        scan.restore(&snapshot).unwrap();
        println!("figure graph_verify_{count} {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    }
}
