//! Statistics of an engine.
//!
//! Invariant: every field of the core's `Stats` has a counterpart here.

use idiolect_core::{Engine, Stats};

use crate::boundary::status_of;
use crate::engine::idiolect_engine;
use crate::error::idiolect_error;
use crate::handle;
use crate::memory::{SizedOut, idiolect_str, sized_struct};
use crate::preferences::IDIOLECT_OTHER;

/// The index used for searches: an exact scan of all vectors.
pub const IDIOLECT_INDEX_SCAN: i32 = 1;
/// The index used for searches: codes of one bit per value, the best of them rescored with the vectors.
pub const IDIOLECT_INDEX_BITS: i32 = 2;
/// The index used for searches: a graph of neighbours.
pub const IDIOLECT_INDEX_GRAPH: i32 = 3;

/// The instruction set is not known: the encoder does not report one, or vectors come from the caller.
pub const IDIOLECT_ISA_UNKNOWN: i32 = 0;
/// Portable code without vector instructions.
pub const IDIOLECT_ISA_PORTABLE: i32 = 1;
/// x86-64 with 256-bit integer vectors.
pub const IDIOLECT_ISA_AVX2: i32 = 2;
/// AVX2 with dot products of bytes.
pub const IDIOLECT_ISA_AVX_VNNI: i32 = 3;
/// AVX-512 with dot products of bytes.
pub const IDIOLECT_ISA_AVX512_VNNI: i32 = 4;
/// 64-bit Arm.
pub const IDIOLECT_ISA_NEON: i32 = 5;
/// 64-bit Arm with dot products of bytes (dotprod).
pub const IDIOLECT_ISA_NEON_DOTPROD: i32 = 6;
/// 64-bit Arm with products of small matrices of bytes (i8mm).
pub const IDIOLECT_ISA_NEON_I8MM: i32 = 7;

/// What an engine holds. Set `struct_size` to sizeof(idiolect_stats) before the call. The text belongs to the engine and
/// is valid until the engine is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_stats {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Records of feedback.
    pub observations: u64,
    /// History items.
    pub history: u64,
    /// Stated and inferred preferences, and the person's decisions about learned ones.
    pub entries: u64,
    /// Entries that are damaged and cannot be read. They stay on disk and have no effect;
    /// idiolect_engine_forget_containing removes them.
    pub entries_damaged: u64,
    /// Inference requests that are not completed.
    pub inference_pending: u64,
    /// Files in the store's folder, idiolect.log.aside-1 and so on, with writes that could not be applied when the store
    /// was opened after a crash, now or earlier: the log was damaged, of another store, or newer than the data file.
    /// Everything written before the damage is in the store. The files stay until something is forgotten, because what
    /// they contain is not known.
    pub logs_set_aside: u64,
    /// Progress of the background work after opening, in records: what an earlier version of the library learned is
    /// learned again, and damaged or missing vectors are recomputed. Until it is done, what was learned before is used.
    /// idiolect_engine_optimize waits for it.
    pub deriving_done: u64,
    /// Total number of records that this work covers; 0 if there is none.
    pub deriving_total: u64,
    /// Size of the store's data file in bytes.
    pub store_bytes: u64,
    /// Bytes in memory of vectors, words and indexes, approximately: memory_vectors and memory_words together.
    pub index_bytes: u64,
    /// Bytes in memory of everything that the engine holds, approximately: the sum of the four fields below. The encoder
    /// is not included.
    pub memory_bytes: u64,
    /// Of these, the vectors of the items with their kinds, times, scopes and tags.
    pub memory_vectors: u64,
    /// Of these, the words and further keys of the items.
    pub memory_words: u64,
    /// Of these, what was learned from each record.
    pub memory_learned: u64,
    /// Of these, cached pages of the data file (5 MB at most), and writes that are not in that file yet.
    pub memory_store: u64,
    /// Values per vector.
    pub dimensions: u64,
    /// Number of items from which searches use codes of one bit per value; SIZE_MAX for never.
    pub bits_from: usize,
    /// Number of items from which searches use a graph, if the library was built with it; SIZE_MAX for never.
    pub graph_from: usize,
    /// Fingerprint of the encoder: a store can only be reopened with an encoder that has the same one.
    pub encoder: idiolect_str,
    /// The instruction set that the encoder runs on, IDIOLECT_ISA_*.
    pub instruction_set: i32,
    /// The index used for searches, IDIOLECT_INDEX_*.
    pub index: i32,
    /// 1 if the counters of ids could not be read when the store was opened and continue after the greatest ids in use,
    /// else 0. The id of a forgotten record may then be assigned again.
    pub counters_recomputed: i32,
}
sized_struct!(idiolect_stats);

/// Names of instruction sets as reported by the core.
const ISAS: [(&str, i32); 7] = [
    ("portable", IDIOLECT_ISA_PORTABLE),
    ("avx2", IDIOLECT_ISA_AVX2),
    ("avx-vnni", IDIOLECT_ISA_AVX_VNNI),
    ("avx512-vnni", IDIOLECT_ISA_AVX512_VNNI),
    ("neon", IDIOLECT_ISA_NEON),
    ("neon-dotprod", IDIOLECT_ISA_NEON_DOTPROD),
    ("neon-i8mm", IDIOLECT_ISA_NEON_I8MM),
];

fn isa(name: Option<&str>) -> i32 {
    let known = ISAS.iter().find(|(known, _)| Some(*known) == name);
    known.map_or(IDIOLECT_ISA_UNKNOWN, |(_, number)| *number)
}

fn index(name: &str) -> i32 {
    match name {
        "scan" => IDIOLECT_INDEX_SCAN,
        "bits" => IDIOLECT_INDEX_BITS,
        "graph" => IDIOLECT_INDEX_GRAPH,
        _ => IDIOLECT_OTHER,
    }
}

impl idiolect_stats {
    fn of(stats: &Stats, encoder: &str) -> Self {
        let (done, total) = stats.deriving.map_or((0, 0), |progress| (progress.done, progress.total));
        Self {
            struct_size: 0,
            observations: stats.observations as u64,
            history: stats.history as u64,
            entries: stats.entries as u64,
            entries_damaged: stats.entries_damaged as u64,
            inference_pending: stats.inference_pending as u64,
            logs_set_aside: stats.logs_set_aside as u64,
            deriving_done: done as u64,
            deriving_total: total as u64,
            store_bytes: stats.store_bytes,
            index_bytes: stats.index_bytes as u64,
            memory_bytes: stats.memory.total() as u64,
            memory_vectors: stats.memory.vectors as u64,
            memory_words: stats.memory.words as u64,
            memory_learned: stats.memory.learned as u64,
            memory_store: stats.memory.store as u64,
            dimensions: stats.dimensions as u64,
            bits_from: stats.thresholds.bits_from,
            graph_from: stats.thresholds.graph_from,
            encoder: idiolect_str::borrowed(encoder),
            instruction_set: isa(stats.instruction_set),
            index: index(stats.index),
            counters_recomputed: stats.counters_recomputed.into(),
        }
    }
}

/// Reports what the engine holds.
///
/// Ownership: fills the caller's struct; the text in it belongs to `engine` and is valid until `engine` is freed.
/// Errors: INVALID_INPUT if `struct_size` is not set, CLOSED, POISONED, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_stats(
    engine: *mut idiolect_engine,
    out_stats: *mut idiolect_stats,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_stats)?;
        let engine = handle::get(engine.cast_const())?;
        let stats = engine.call(Engine::stats)?;
        out.set(idiolect_stats::of(&stats, engine.encoder(&stats)));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::ptr::null_mut;

    use idiolect_core::internals::store::{Batch, Store, Table};
    use idiolect_core::{
        CancelToken, Embedder, Embedding, EmbeddingError, HistoryItem, SuppliedVectors, Thresholds,
    };

    use super::*;
    use crate::engine::idiolect_engine_free;
    use crate::status::{IDIOLECT_ERROR_INVALID_INPUT, IDIOLECT_OK};

    const ZERO: idiolect_stats = idiolect_stats {
        struct_size: size_of::<idiolect_stats>(),
        observations: 0,
        history: 0,
        entries: 0,
        entries_damaged: 0,
        inference_pending: 0,
        logs_set_aside: 0,
        deriving_done: 0,
        deriving_total: 0,
        store_bytes: 0,
        index_bytes: 0,
        memory_bytes: 0,
        memory_vectors: 0,
        memory_words: 0,
        memory_learned: 0,
        memory_store: 0,
        dimensions: 0,
        bits_from: 0,
        graph_from: 0,
        encoder: idiolect_str { data: std::ptr::null(), len: 0 },
        instruction_set: 0,
        index: 0,
        counters_recomputed: 0,
    };

    fn open(folder: &Path) -> Engine {
        let vectors = SuppliedVectors::new(2, "test");
        let builder = Engine::builder(folder).encoder(vectors).thresholds(Thresholds::new(500, usize::MAX));
        builder.open().expect("it opens")
    }

    fn stats_of(engine: *mut idiolect_engine) -> idiolect_stats {
        let mut stats = ZERO;
        assert_eq!(idiolect_engine_stats(engine, &raw mut stats, null_mut()), IDIOLECT_OK);
        stats
    }

    #[test]
    fn every_instruction_set_and_index_has_a_number() {
        for known in idiolect_core::internals::simd::Isa::ALL {
            assert_ne!(isa(Some(known.name())), IDIOLECT_ISA_UNKNOWN, "{}", known.name());
        }
        assert_eq!(isa(None), IDIOLECT_ISA_UNKNOWN);
        assert_eq!(["scan", "bits", "graph", "tree"].map(index), [1, 2, 3, IDIOLECT_OTHER]);
    }

    #[test]
    fn every_field_is_that_of_the_core() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = open(folder.path());
        for at in 0..3 {
            let item = HistoryItem::new(format!("note {at}")).vector(vec![1.0, at as f32]);
            engine.add_history(item).expect("it is taken in");
        }
        engine.close().expect("it closes");
        // An entry of another type, and a log of another store.
        let mut batch = Batch::new();
        batch.put(Table::Entries, 1, &vec!["tag".to_owned()]).expect("it is sealed");
        Store::open(folder.path(), true).and_then(|store| store.commit(&batch)).expect("it is written");
        std::fs::write(folder.path().join("idiolect.log"), [0xa5; 512]).expect("it is written");

        let core = open(folder.path());
        let handle = handle::give(idiolect_engine::new(core.clone()));
        let got = stats_of(handle);
        let want = core.stats().expect("it is open");
        assert_eq!((got.history, got.entries, got.entries_damaged, got.logs_set_aside), (3, 0, 1, 1));
        // The entry was not written by the engine, so that its counter is behind.
        assert_eq!((got.counters_recomputed, got.observations, got.inference_pending), (1, 0, 0));
        assert_eq!((got.store_bytes, got.index_bytes), (want.store_bytes, want.index_bytes as u64));
        let parts = [got.memory_vectors, got.memory_words, got.memory_learned, got.memory_store];
        let memory = want.memory;
        assert_eq!(
            parts.map(|part| part as usize),
            [memory.vectors, memory.words, memory.learned, memory.store]
        );
        assert_eq!(got.memory_bytes, parts.iter().sum::<u64>());
        assert!(got.memory_vectors > 0 && got.memory_store > 0);
        assert_eq!((got.dimensions, got.bits_from, got.graph_from), (2, 500, usize::MAX));
        assert_eq!((got.encoder.to_text(), got.index), (want.encoder, IDIOLECT_INDEX_SCAN));
        assert_eq!(got.instruction_set, IDIOLECT_ISA_UNKNOWN);
        idiolect_engine_free(handle);
    }

    /// An encoder that can be made to fail.
    struct Encoder {
        works: bool,
    }

    impl Embedder for Encoder {
        fn dimensions(&self) -> usize {
            2
        }

        fn fingerprint(&self) -> &'static str {
            "test:encoder"
        }

        fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
            if !self.works {
                return Err(EmbeddingError::Unsupported { what: "this text".to_owned() });
            }
            Ok(Embedding::new(vec![1.0, text.len() as f32], 1, false))
        }
    }

    #[test]
    fn what_is_left_to_derive_is_reported_until_it_is_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let open =
            |works| Engine::builder(folder.path()).encoder(Encoder { works }).open().expect("it opens");
        let engine = open(true);
        for at in 0..3 {
            engine.add_history(HistoryItem::new(format!("note {at}"))).expect("it is taken in");
        }
        engine.close().expect("it closes");
        let mut batch = Batch::new();
        batch.delete(Table::Vectors, 2);
        Store::open(folder.path(), true).and_then(|store| store.commit(&batch)).expect("it is written");

        for (works, expected) in [(false, (0, 1)), (true, (0, 0))] {
            let engine = open(works);
            let done = engine.optimize(&mut |_| {}, &CancelToken::new());
            assert_eq!(done.is_ok(), works);
            let handle = handle::give(idiolect_engine::new(engine));
            let stats = stats_of(handle);
            assert_eq!((stats.deriving_done, stats.deriving_total), expected);
            idiolect_engine_free(handle);
        }
    }

    #[test]
    fn a_size_below_that_of_the_first_form_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let handle = handle::give(idiolect_engine::new(open(folder.path())));
        for struct_size in [0, size_of::<idiolect_stats>() - 1] {
            let mut stats = idiolect_stats { struct_size, history: 7, ..ZERO };
            let status = idiolect_engine_stats(handle, &raw mut stats, null_mut());
            assert_eq!((status, stats.history), (IDIOLECT_ERROR_INVALID_INPUT, 7));
        }
        idiolect_engine_free(handle);
    }
}
