//! The lexical index at growing sizes: `cargo bench --bench words`.
//!
//! Times inserts, searches and removals over synthetic texts of 60 words whose frequencies follow Zipf's law, with
//! queries of six words: two frequent, two of medium frequency, two rare. Excludes the store and the engine. Medians of
//! wall-clock time in one thread.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for a terminal")]

use std::time::Instant;

use idiolect::internals::search::LexicalIndex;

const WORDS: usize = 60;
const VOCABULARY: f64 = 60_000.0;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A word of rank 1 to [`VOCABULARY`], with a frequency inversely proportional to its rank.
    fn word(&mut self) -> String {
        spelled(VOCABULARY.powf(self.next()))
    }
}

/// The word of a rank, spelled so that the stemmer does not change it.
fn spelled(rank: f64) -> String {
    let mut rank = rank as u64;
    let mut word = String::from("q");
    while rank > 0 {
        word.push(['b', 'd', 'f', 'k', 'm', 'p', 't', 'v'][(rank % 8) as usize]);
        word.push(['a', 'o'][(rank / 8 % 2) as usize]);
        rank /= 16;
    }
    word.push('k');
    word
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

fn main() {
    for (count, name) in [(1_000u64, "1k"), (10_000, "10k"), (100_000, "100k")] {
        let mut random = Random(count);
        let mut index = LexicalIndex::new();
        let mut built = 0.0;
        for key in 0..count {
            let text = (0..WORDS).map(|_| random.word()).collect::<Vec<_>>().join(" ");
            let start = Instant::now();
            index.insert(key, &text, "");
            built += start.elapsed().as_secs_f64();
        }
        let queries: Vec<String> = (0..200)
            .map(|_| {
                let ranks = [3.0, 10.0, 300.0, 1_000.0, 10_000.0, 30_000.0];
                let words = ranks.map(|rank: f64| spelled(rank * (1.0 + random.next())));
                words.join(" ")
            })
            .collect();
        let time = |text: &String| {
            let start = Instant::now();
            let found = index.search(&index.query(text, false), 128, None);
            assert!(!found.is_empty());
            start.elapsed().as_secs_f64() * 1e6
        };
        let searches = median(queries.iter().chain(&queries).map(time).collect());
        println!("figure lexical_search_{name}_us {searches:.1} us");
        println!("figure lexical_insert_{name}_us {:.1} us", built * 1e6 / count as f64);
        println!("figure lexical_build_{name}_ms {:.0} ms", built * 1e3);
        println!(
            "figure lexical_bytes_per_item_{name} {:.0} bytes",
            index.memory_bytes() as f64 / count as f64
        );
        let removals = (0..200).map(|at| {
            let start = Instant::now();
            index.remove(at * (count / 200));
            start.elapsed().as_secs_f64() * 1e6
        });
        println!("figure lexical_remove_{name}_us {:.1} us", median(removals.collect()));
    }
}
