//! Statistics and maintenance: flushing, rebuilding derived data, optimizing, closing.

use std::sync::atomic::Ordering;

use crate::engine::derived::{EVIDENCE_IN_USE, EvidenceRow, VectorRow};
use crate::engine::deriving::DERIVED_BATCH;
use crate::engine::opening::read_tags;
use crate::engine::state::{State, unless_damaged};
use crate::engine::{Engine, Inner};
use crate::error::{Error, IndexError, Result};
use crate::search::{Optimizing, Thresholds, TieredIndex};
use crate::store::{Batch, Store, Table};
use crate::types::{CancelToken, Progress, Record, RecordId};

/// What the engine holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Number of records with feedback.
    pub observations: usize,
    /// Number of history items.
    pub history: usize,
    /// Number of preferences stated by the person or inferred by a host model, and of the person's changes to learned
    /// ones.
    pub entries: usize,
    /// Number of such entries that are damaged and cannot be read. They are kept on disk and ignored;
    /// [`Forget::containing`](crate::Forget::containing) removes them.
    pub entries_damaged: usize,
    /// Number of files in the store's folder, named `idiolect.log.aside-1` and so on, that hold commits which could
    /// not be applied when the store was opened after a crash, now or earlier: the log was damaged, belonged to
    /// another store, or was newer than the data file. Commits before the damage are in the store. The files are kept
    /// until something is forgotten or deleted, because their content is unknown.
    pub logs_set_aside: usize,
    /// Whether the counters of ids could not be read when the store was opened and were set to follow the highest
    /// existing ids. The id of a forgotten record may then be used again.
    pub counters_recomputed: bool,
    /// Progress, in records, of the deriving that goes on in the background after opening, or `None`. A newer version
    /// of this library may learn different things from the same records; what the earlier version learned stays in
    /// effect until all records are processed. Damaged derived data is derived again in the same way.
    /// [`Engine::optimize`] waits for it.
    pub deriving: Option<Progress>,
    /// Number of inference requests not yet completed.
    pub inference_pending: usize,
    /// Size of the store's file in bytes.
    pub store_bytes: u64,
    /// Approximate size of vectors and index in memory, in bytes.
    pub index_bytes: usize,
    /// Approximate size of everything the engine holds in memory, in bytes; the encoder is not included.
    pub memory: MemoryUse,
    /// The index in use: "scan", "bits" or "graph".
    pub index: &'static str,
    /// The numbers of items from which each index is used.
    pub thresholds: Thresholds,
    /// The encoder's fingerprint.
    pub encoder: String,
    /// The instruction set that the encoder runs on ("avx2", "neon" and the like), if known.
    pub instruction_set: Option<&'static str>,
    /// Number of values per vector.
    pub dimensions: usize,
}

/// Bytes in memory by category; accurate to about a tenth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Vectors of the items, with their kinds, times, scopes and tags.
    pub vectors: usize,
    /// Words and further keys of the items.
    pub words: usize,
    /// What was learned from each record.
    pub learned: usize,
    /// Pages cached from the store's file (5 MB at most), and writes that are not yet in the file.
    pub store: usize,
}

impl MemoryUse {
    /// The total.
    #[must_use]
    pub fn total(&self) -> usize {
        self.vectors + self.words + self.learned + self.store
    }
}

impl Engine {
    /// What the engine holds.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`, `Io`.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let stats = engine.stats()?;
    /// println!("{} edits and the like, {} texts, {} bytes on disk", stats.observations, stats.history, stats.store_bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Result<Stats> {
        let (store_bytes, logs_set_aside, store) = {
            let store = self.inner.store()?;
            (store.file_bytes()?, store.logs_set_aside()?, store.memory_bytes()?)
        };
        let state = self.inner.state()?;
        let (vectors, words) = (state.catalogue.memory_bytes(), state.hybrid.memory_bytes());
        Ok(Stats {
            observations: state.catalogue.len() - state.history,
            history: state.history,
            entries: state.ledger.iter().count(),
            entries_damaged: state.damaged.len(),
            logs_set_aside,
            counters_recomputed: state.counters_recomputed,
            deriving: state.deriving.map(|deriving| deriving.progress).filter(|progress| progress.total > 0),
            inference_pending: state.inference_pending(),
            store_bytes,
            index_bytes: vectors + words,
            memory: MemoryUse { vectors, words, learned: state.learned_bytes(), store },
            index: state.catalogue.index_name(),
            thresholds: state.catalogue.thresholds(),
            encoder: self.inner.encoder.fingerprint().to_owned(),
            instruction_set: self.inner.encoder.instruction_set(),
            dimensions: self.inner.encoder.dimensions(),
        })
    }

    /// Brings every acknowledged write to disk, and a snapshot of the graph index if there is one.
    ///
    /// # Errors
    /// Store errors.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.flush()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&self) -> Result<()> {
        let _writing = self.inner.writing()?;
        let store = self.inner.store()?;
        self.inner.persist(&store)
    }

    /// Flushes and releases the folder, for all clones. Later calls return `Closed`; closing twice is not an error.
    ///
    /// # Errors
    /// Store errors; the folder is released nevertheless.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.close()?;
    /// assert!(matches!(engine.stats(), Err(Error::Closed)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&self) -> Result<()> {
        self.inner.shutting_down.store(true, Ordering::Relaxed);
        let _writing = match self.inner.lock_writer() {
            Ok(writing) => writing,
            Err(error) => {
                *self.inner.store.write() = None;
                return Err(error);
            }
        };
        match self.inner.store.write().take() {
            Some(store) => self.inner.persist(&store),
            None => Ok(()),
        }
    }

    /// Recomputes everything that is derived from the records: vectors, evidence, index. Reports progress in records.
    /// Reading calls continue to work with the previous data in the meantime; writing calls wait.
    ///
    /// # Errors
    /// `Cancelled`, and errors of the store and the encoder; the previous data then stays in use. What was computed
    /// until then stays on disk and is used when the store is next opened; it is identical to the previous data
    /// unless [`rank_by_meaning`](crate::EngineBuilder::rank_by_meaning) was changed before the call.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.rebuild(&mut |progress| println!("{} of {}", progress.done, progress.total), &CancelToken::new())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rebuild(&self, progress: &mut dyn FnMut(Progress), cancel: &CancelToken) -> Result<()> {
        let inner = &self.inner;
        let writing = inner.writing()?;
        let store = inner.store()?;
        let ids = store.keys(Table::Records)?;
        let mut fresh = State::new(inner.encoder.dimensions(), inner.limits.graph_threshold);
        let renews = {
            let state = inner.state()?;
            fresh.set_thresholds(state.catalogue.thresholds());
            fresh.untaught = state.untaught.clone();
            let renews = state.deriving.is_some_and(|deriving| deriving.renews);
            fresh.evidence_in = if renews { state.evidence_in.other() } else { state.evidence_in };
            renews
        };
        let evidence = fresh.evidence_in.table();
        let (mut done, total) = (0, ids.len());
        for ids in ids.chunks(DERIVED_BATCH) {
            let mut batch = Batch::new();
            for &id in ids {
                if cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                let id = RecordId(id);
                if let Some(record) = unless_damaged(store.get::<Record>(Table::Records, id.0))?.flatten() {
                    let mut derived = inner.derive(&record)?;
                    if fresh.untaught.contains(id) {
                        derived.teach_nothing();
                    }
                    derived.put(&mut batch, id, [evidence])?;
                    fresh.insert_record(id, derived)?;
                } else if let Some(vectors) =
                    unless_damaged(store.get::<VectorRow>(Table::Vectors, id.0))?.flatten()
                {
                    // The record is damaged: its previous evidence is kept.
                    let row = unless_damaged(store.get::<EvidenceRow>(evidence, id.0))?.flatten();
                    let row = row.filter(|row| row.inducer == inner.inducer.version);
                    fresh.insert_derived(id, vectors, row)?;
                }
                done += 1;
                progress(Progress { done, total });
            }
            store.commit(&batch)?;
        }
        read_tags(&store, &mut fresh)?;
        if renews {
            let mut batch = Batch::new();
            batch.put_meta(EVIDENCE_IN_USE, &fresh.evidence_in)?;
            store.commit(&batch)?;
        }
        inner.state.write().take_derived(fresh);
        drop((store, writing));
        inner.clear_unused_evidence()?;
        self.background.wake(inner);
        Ok(())
    }

    /// Does synchronously what otherwise happens in the background. Derives missing data ([`Stats::deriving`]),
    /// embedding only what is damaged or missing. Measures, once per device, the numbers of items from which each
    /// index is best; this takes a tenth of a second or two and is done in stores of at least a thousand items. Reads
    /// the words of all items not read yet. Builds the graph index if the store is large enough for one; otherwise
    /// the graph grows in the background while the scan answers. Reading calls continue to work in the meantime;
    /// writing calls wait once everything is derived. `progress` may therefore make reading calls but no writing
    /// calls.
    ///
    /// # Errors
    /// `Cancelled`; what was derived until then is kept, and the scan continues to answer. The encoder's error if a
    /// missing vector cannot be computed.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.optimize(&mut |_| {}, &CancelToken::new())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn optimize(&self, progress: &mut dyn FnMut(Progress), cancel: &CancelToken) -> Result<()> {
        let done = self.inner.optimize(progress, cancel);
        self.inner.log.deliver();
        done
    }
}

impl Inner {
    fn optimize(&self, progress: &mut dyn FnMut(Progress), cancel: &CancelToken) -> Result<()> {
        self.derive_lacking(progress, cancel)?;
        let _writing = self.writing()?;
        self.calibrate()?;
        while self.read_words()? > 0 {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        self.optimize_index(|state| state.catalogue.index_mut(), progress, cancel)?;
        self.optimize_index(|state| state.hybrid.index_mut(), progress, cancel)
    }

    /// Optimizes one of the indexes in steps, so that no search waits for long.
    fn optimize_index(
        &self,
        index: fn(&mut State) -> &mut TieredIndex,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<()> {
        let step = |work: &mut Optimizing| index(&mut self.state.write()).optimize_step(work);
        match Optimizing::run(step, progress, cancel) {
            Err(IndexError::Cancelled) => Err(Error::Cancelled),
            done => Ok(done?),
        }
    }

    fn persist(&self, store: &Store) -> Result<()> {
        store.flush()?;
        // There is no snapshot while the graph has nodes of removed items: a snapshot never holds forgotten data.
        if let Some(snapshot) = self.state.read().catalogue.snapshot() {
            store.write_graph(Some(&snapshot))?;
        }
        self.persist_vectors(store)?;
        self.persist_words(store)
    }
}
