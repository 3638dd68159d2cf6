//! Memory of an item besides its text, by part, compared with the allocator's count.
//!
//! Items are the evaluation texts; short ones and those split into passages are measured separately. Their vectors are
//! synthetic: only the number of cells depends on their values. The whole engine is built in one thread, so that the
//! allocator's count is complete; it includes the store's page cache and what was learned from the texts.

use std::fs;

use idiolect::EmbeddingError;
use idiolect::Thresholds;
use idiolect::internals::search::QuantizedVector;
use idiolect::internals::search::{Catalogue, Hybrid, chunks};
use idiolect::{Durability, Engine, HistoryItem, RecordId, Scope, Timestamp};
use idiolect::{Embedder, Embedding};
use idiolect::{Granularity, Item, RecordKind};

use crate::clusters::{Clusters, Random, unit};
use crate::data::{DIMENSIONS, history, target};

const ITEMS: usize = 20_000;

/// Embeds a text near one of 200 centres, chosen by its hash.
struct StandIn(Vec<Vec<f32>>);

impl StandIn {
    fn new() -> Self {
        let mut clusters = Clusters::new(9, DIMENSIONS, 1);
        Self((0..200).map(|_| clusters.vector()).collect())
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let seed =
            text.bytes().fold(7u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut random = Random(seed);
        let centre = &self.0[random.below(self.0.len())];
        unit(random.vector(DIMENSIONS).iter().zip(centre).map(|(noise, centre)| noise + centre).collect())
    }
}

impl Embedder for StandIn {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "bench:stand-in"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        Ok(Embedding::new(self.vector(text), 1, false))
    }
}

pub(crate) fn memory() {
    let texts = history();
    let (long, short): (Vec<&String>, Vec<&String>) =
        texts.iter().partition(|text| !chunks(text, Granularity::default()).is_empty());
    for (name, texts) in [("", short), ("_long", long)] {
        let texts: Vec<&String> = texts.into_iter().take(ITEMS).collect();
        if texts.is_empty() {
            println!("no evaluation data; the memory of an item is skipped");
            return;
        }
        parts(name, &texts);
        if name.is_empty() {
            engine(&texts);
        }
    }
}

/// The result of `work`, and the bytes allocated for it.
fn held<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(work()));
    (made.unwrap(), counted.bytes_current as f64)
}

/// Vectors, words and additional keys, each as reported by the library and by the allocator.
fn parts(name: &str, texts: &[&String]) {
    let (encoder, count) = (StandIn::new(), texts.len() as f64);
    let quantized = |text: &str| QuantizedVector::from_f32(&encoder.vector(text)).unwrap();
    let passages = |text: &str| chunks(text, Granularity::default()).into_iter().map(quantized).collect();
    let numbered = || (1..).map(RecordId).zip(texts);
    let (catalogue, catalogue_held) = held(|| {
        let mut catalogue = Catalogue::new(DIMENSIONS, usize::MAX);
        for (id, text) in numbered() {
            let scope = Scope::app(format!("app {}", id.0 % 20));
            let item = Item::new(id, RecordKind::History, scope, Timestamp(id.0 as i64));
            catalogue.insert(&item, &quantized(text)).unwrap();
        }
        catalogue
    });
    let (mut hybrid, words_held) = held(|| {
        let mut hybrid = Hybrid::new(DIMENSIONS, usize::MAX);
        hybrid.set_thresholds(Thresholds::new(Thresholds::default().bits_from, usize::MAX));
        numbered().for_each(|(id, text)| hybrid.insert_words(id, text, ""));
        hybrid
    });
    let words = hybrid.memory_bytes() as f64;
    let (keys, keys_held) = held(|| {
        numbered()
            .map(|(id, text)| {
                let keys: Vec<QuantizedVector> = passages(text);
                hybrid.insert_keys(id, &keys).unwrap();
                keys.len()
            })
            .sum::<usize>()
    });
    let vectors = catalogue.memory_bytes() as f64;
    let whole = vectors + hybrid.memory_bytes() as f64;
    println!(
        "{} texts of {:.0} bytes, {:.1} additional keys each; bytes per item reported, and by the allocator:",
        count,
        texts.iter().map(|text| text.len()).sum::<usize>() as f64 / count,
        keys as f64 / count
    );
    for (part, own, held) in [
        ("vectors", vectors, catalogue_held),
        ("words", words, words_held),
        ("keys", whole - vectors - words, keys_held),
        ("all", whole, catalogue_held + words_held + keys_held),
    ] {
        println!("  {part:<8} {:>8.1} {:>8.1}", own / count, held / count);
    }
    println!("figure index_bytes_per_item{name} {:.1} bytes", whole / count);
    println!(
        "figure index_bytes_per_item{name}_told {:.3} share",
        whole / (catalogue_held + words_held + keys_held)
    );
}

fn engine(texts: &[&String]) {
    let folder = target().join("memory");
    let _ = fs::remove_dir_all(&folder);
    let count = texts.len() as f64;
    let (engine, held) = held(|| {
        let encoder = StandIn::new();
        let engine =
            Engine::builder(&folder).encoder(encoder).durability(Durability::Buffered).open().unwrap();
        for (at, text) in texts.iter().enumerate() {
            let item = HistoryItem::new(text.as_str()).scope(Scope::app(format!("app {}", at % 20)));
            engine.add_history(item).unwrap();
        }
        engine
    });
    let memory = engine.stats().unwrap().memory;
    println!(
        "  engine: {:.1} by the allocator; reported {:.1}:",
        held / count,
        memory.total() as f64 / count
    );
    for (part, bytes) in [
        ("vectors", memory.vectors),
        ("words", memory.words),
        ("learned", memory.learned),
        ("store", memory.store),
    ] {
        println!("  {part:<8} {:>8.1}", bytes as f64 / count);
    }
    println!("figure engine_bytes_per_item {:.1} bytes", held / count);
    println!("figure engine_bytes_per_item_told {:.3} share", memory.total() as f64 / held);
    engine.close().unwrap();
}
