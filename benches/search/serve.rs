//! Our side of the comparison: an index over a set in files, queried over standard input.
//!
//! `ask` prints one line with the keys found for each query; `run` one line with the microseconds of each query.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use idiolect::CancelToken;
use idiolect::Thresholds;
use idiolect::internals::search::VectorIndex;

use crate::data::{DIMENSIONS, read};
use crate::index_of;

pub(crate) fn serve(arguments: &[String]) {
    let folder = PathBuf::from(&arguments[0]);
    let rows = read(&folder.join("rows.f32")).unwrap();
    let queries = read(&folder.join("queries.f32")).unwrap();
    let queries: Vec<&[f32]> = queries.chunks_exact(DIMENSIONS).collect();
    let start = Instant::now();
    let mut index = index_of(&rows, Thresholds::default());
    // If there are enough vectors for a graph, add all of them.
    index.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
    drop(rows);
    let seconds = start.elapsed().as_secs_f64();
    println!("{} {seconds:.2} {:.1}", index.name(), index.memory_bytes() as f64 / index.len() as f64);
    for line in std::io::stdin().lock().lines() {
        let mut parts: Vec<String> = Vec::new();
        match line.unwrap().as_str() {
            "ask" => {
                for query in &queries {
                    let found = index.search(query, 10, &|_| true).unwrap();
                    parts.extend(found.iter().map(|neighbour| neighbour.key.to_string()));
                }
            }
            "run" => {
                for query in &queries {
                    let start = Instant::now();
                    std::hint::black_box(index.search(query, 10, &|_| true).unwrap());
                    parts.push(format!("{:.2}", start.elapsed().as_secs_f64() * 1e6));
                }
            }
            _ => return,
        }
        println!("{}", parts.join(" "));
    }
}
