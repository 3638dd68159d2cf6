//! The cost of the disk: a durable insert compared with an append of the same number of bytes, and opening until the
//! first answer.
//!
//! Items are synthetic texts with supplied vectors, so embedding is excluded. The page cache is warm.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use idiolect::SuppliedVectors;
use idiolect::{CancelToken, Durability, Engine, HistoryItem, Query, Scope};

use crate::data::{DIMENSIONS, Set, target};

/// Enough for one or two checkpoints of the log.
pub(crate) const INSERTS: usize = 1000;
const OPENS: usize = 5;

fn open(folder: &Path, durability: Durability) -> Engine {
    let encoder = SuppliedVectors::new(DIMENSIONS, "bench");
    Engine::builder(folder).encoder(encoder).durability(durability).open().unwrap()
}

fn item(set: &Set, at: usize) -> HistoryItem {
    let text = format!("Item {at}: the harbour office moved its meeting to day {} of the month.", at % 28);
    HistoryItem::new(text).scope(Scope::app(format!("app {}", at % 20))).vector(set.row(at).to_vec())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Measures with `size` items of a larger set.
pub(crate) fn durable(set: &Set, size: usize) {
    let folder = target().join("store");
    let _ = fs::remove_dir_all(&folder);
    let engine = open(&folder, Durability::Buffered);
    let start = Instant::now();
    for at in 0..size {
        engine.add_history(item(set, at)).unwrap();
    }
    engine.close().unwrap();
    println!("{size} items written in {:.1} s", start.elapsed().as_secs_f64());

    let query = Query::new("harbour").vector(set.queries[..DIMENSIONS].to_vec());
    let answered = |is_kept: bool| {
        if !is_kept {
            // Absent if the last engine was closed before everything was loaded.
            let _ = fs::remove_file(folder.join("idiolect.rows"));
        }
        let start = Instant::now();
        let engine = open(&folder, Durability::Synced);
        let opened = start.elapsed().as_secs_f64() * 1e3;
        assert_eq!(engine.search(&query).unwrap().len(), 10);
        let answered = start.elapsed().as_secs_f64() * 1e3;
        engine.close().unwrap();
        println!("opened in {opened:.1} ms, answered after {answered:.1} ms");
        answered
    };
    let whole = || {
        let start = Instant::now();
        let engine = open(&folder, Durability::Synced);
        let searched = engine.search_with_deadline(&query, start + Duration::from_mins(10)).unwrap();
        let answered = start.elapsed().as_secs_f64() * 1e3;
        assert!(
            searched.hits.len() == 10 && !searched.partial,
            "the words or additional keys of some items are not loaded"
        );
        engine.close().unwrap();
        answered
    };
    let first = median((0..OPENS).map(|_| whole()).collect());
    println!("figure open_to_first_whole_search_{}k_ms {first:.1} ms", size / 1000);

    for (is_kept, name) in [(true, ""), (false, "_unkept")] {
        let answered = median((0..OPENS).map(|_| answered(is_kept)).collect());
        println!("figure open_to_first_answer{name}_{}k_ms {answered:.1} ms", size / 1000);
    }

    let engine = open(&folder, Durability::Synced);
    // Excludes what is loaded in the background after opening.
    engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
    // The bytes that an insert stores: text, supplied vector, and the vector that is searched.
    let bytes = vec![7u8; 64 + 4 * DIMENSIONS + DIMENSIONS + DIMENSIONS / 4 + 64];
    let mut log: File = OpenOptions::new().create(true).append(true).open(folder.join("append.log")).unwrap();
    let (mut inserts, mut appends) = (Vec::new(), Vec::new());
    for at in 0..INSERTS {
        let item = item(set, size + at);
        let start = Instant::now();
        engine.add_history(item).unwrap();
        inserts.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        log.write_all(&bytes).unwrap();
        log.sync_data().unwrap();
        appends.push(start.elapsed().as_secs_f64() * 1e3);
    }
    // A checkpoint happens once in some hundred inserts: the mean includes its share, the median does not.
    let sum = |times: &[f64]| times.iter().sum::<f64>();
    let longest = inserts.iter().copied().fold(0.0, f64::max);
    println!("figure insert_longest_{}k_ms {longest:.1} ms", size / 1000);
    println!("figure insert_over_append_mean {:.2} ratio", sum(&inserts) / sum(&appends));
    let (insert, append) = (median(inserts), median(appends));
    println!("figure insert_durable_{}k_ms {insert:.3} ms", size / 1000);
    println!("figure append_fdatasync_ms {append:.3} ms");
    println!("figure insert_over_append {:.2} ratio", insert / append);
}
