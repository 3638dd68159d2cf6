//! Vector search: compared with peers at equal recall, within filters, and as it grows.
//!
//! Every time is the median over single queries for ten neighbours on one core, without embedding, and without disk
//! except for the durable insert and opening. Peers run in `benches/peers/search.py`, which requests this program's
//! times between theirs, on the same vectors; it needs Python, and installs the peers under the target folder. Two
//! kinds of vectors: clustered synthetic ones, and embeddings of the evaluation texts, supplemented by perturbed
//! copies.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and may fail"
)]

#[path = "../../tests/common/clusters.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod clusters;
mod data;
mod durable;
mod growth;
mod memory;
mod serve;

use std::process::Command;
use std::time::Instant;

use data::{DIMENSIONS, Kind, Set};
use idiolect::Thresholds;
use idiolect::internals::search::{Catalogue, Filter};
use idiolect::internals::search::{QuantizedVector, TieredIndex, VectorIndex};
use idiolect::{Item, RecordKind};
use idiolect::{RecordId, Scope, Timestamp};

/// Median microseconds of `work` over `over`, after a warm-up that is not counted.
fn median_us<T>(over: &[T], mut work: impl FnMut(&T)) -> f64 {
    over.iter().take(20).for_each(&mut work);
    let mut times: Vec<f64> = over
        .iter()
        .map(|one| {
            let start = Instant::now();
            work(one);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn quantized(rows: &[f32]) -> impl Iterator<Item = QuantizedVector> {
    rows.chunks_exact(DIMENSIONS).map(|row| QuantizedVector::from_f32(row).unwrap())
}

/// Searches a scope that contains one in a hundred of 100,000 items.
fn filters(set: &Set) {
    let name = set.kind.name();
    let mut catalogue = Catalogue::new(DIMENSIONS, usize::MAX);
    for (at, vector) in quantized(&set.rows).enumerate() {
        let scope = Scope::app(format!("app {}", at % 100)).task("reply").locale("en");
        let item = Item::new(RecordId(at as u64 + 1), RecordKind::Edit, scope, Timestamp(at as i64));
        catalogue.insert(&item, &vector).unwrap();
    }
    let queries: Vec<&[f32]> = set.queries.chunks_exact(DIMENSIONS).collect();
    let filter = Filter { scope: Some(Scope::app("app 42")), ..Filter::default() };
    let ids = catalogue.matching(&filter);
    let whole = median_us(&queries, |query| {
        std::hint::black_box(catalogue.nearest(query, 10, &filter).unwrap());
    });
    let listed = median_us(&queries, |query| {
        std::hint::black_box(catalogue.nearest_among(query, 10, &ids).unwrap());
    });
    let (mut hits, mut wanted) = (0usize, 0usize);
    for query in &queries {
        let mut truth: Vec<(f64, u64)> =
            ids.iter().map(|id| (data::dot(query, set.row(id.0 as usize - 1)), id.0)).collect();
        truth.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found = catalogue.nearest(query, 10, &filter).unwrap();
        wanted += 10;
        hits += truth[..10].iter().filter(|(_, id)| found.iter().any(|found| found.id.0 == *id)).count();
    }
    println!("figure filter_1pct_100k_{name}_us {whole:.1} us");
    println!("figure filter_1pct_100k_{name}_listed_us {listed:.1} us");
    println!("figure filter_1pct_100k_{name}_recall_of_f32 {:.4} share", hits as f64 / wanted as f64);
    let bytes = catalogue.memory_bytes() as f64 / catalogue.len() as f64;
    println!("figure vector_bytes_per_item_{name} {bytes:.1} bytes");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => return serve::serve(&arguments[1..]),
        Some("embed") => return drop(data::real()),
        Some("calibrate") => {
            let start = Instant::now();
            println!(
                "{:?} in {:.1} ms",
                Thresholds::calibrate(DIMENSIONS),
                start.elapsed().as_secs_f64() * 1e3
            );
            return;
        }
        _ => {}
    }
    let only = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if only("memory") {
        memory::memory();
    }
    if !["filters", "durable", "growth", "peers"].into_iter().any(only) {
        return;
    }
    let kinds = Kind::available();
    if only("filters") {
        for &kind in &kinds {
            filters(&Set::new(kind, 100_000));
        }
    }
    if only("durable") {
        durable::durable(&Set::new(Kind::Clustered, 100_000 + durable::INSERTS), 100_000);
    }
    if only("growth") {
        growth::growth(Kind::Clustered, &[1_000, 10_000, 100_000, 1_000_000]);
    }
    if only("peers") {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/search.py");
        for &kind in &kinds {
            // A number selects a size and excludes the others.
            let chosen: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
            for size in if chosen.is_empty() { vec![10_000, 100_000] } else { chosen } {
                let folder = Set::new(kind, size).write();
                let program = std::env::current_exe().unwrap();
                let run =
                    Command::new("python3").arg(script).arg(folder).arg(kind.name()).arg(program).status();
                if !run.is_ok_and(|status| status.success()) {
                    println!("the peers did not run; skipped");
                }
            }
        }
    }
}

/// Builds an index of a set.
fn index_of(rows: &[f32], thresholds: Thresholds) -> TieredIndex {
    let mut index = TieredIndex::with_thresholds(DIMENSIONS, thresholds);
    for (key, vector) in quantized(rows).enumerate() {
        index.insert(key as u64, &vector).unwrap();
    }
    index
}
