//! What the engine holds; flushing, rebuilding what is derived, closing.

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
    /// Records with feedback.
    pub observations: usize,
    /// History items.
    pub history: usize,
    /// Preferences stated by the person or inferred by a host model, and the person's say over learned ones.
    pub entries: usize,
    /// Of what the person said of preferences, how much is damaged and cannot be read. It is left on the disk and has no
    /// effect; [`Forget::containing`](crate::Forget::containing) takes it out.
    pub entries_damaged: usize,
    /// Files of the store's folder, `idiolect.log.aside-1` and so on, that hold commits which could not be applied when the
    /// store was opened after a crash, now or earlier: the log was damaged, of another store, or newer than the data file.
    /// What came before the damage is in the store. They stay until something is forgotten or deleted: nobody knows what
    /// they hold.
    pub logs_set_aside: usize,
    /// Whether the counters of ids could not be read when the store was opened, and follow the greatest ids there are. An
    /// id may then be given again whose record was forgotten.
    pub counters_recomputed: bool,
    /// How far deriving has come, in records, while it goes on in the background after opening: a newer version of this
    /// library learns other things from the same records, and until it has learned from all of them what the earlier one
    /// learned holds. Also where something was damaged and is derived again. [`Engine::optimize`] waits for it.
    pub deriving: Option<Progress>,
    /// Inference requests not yet completed.
    pub inference_pending: usize,
    /// Bytes of the store's file.
    pub store_bytes: u64,
    /// Bytes of vectors and index in memory, roughly.
    pub index_bytes: usize,
    /// Bytes of all that the engine holds in memory, roughly; the encoder is left out.
    pub memory: MemoryUse,
    /// The index that answers: "scan", "bits" or "graph".
    pub index: &'static str,
    /// From how many items on which index answers.
    pub thresholds: Thresholds,
    /// The encoder's fingerprint.
    pub encoder: String,
    /// The instruction set that the encoder runs on ("avx2", "neon" and the like), where it is known.
    pub instruction_set: Option<&'static str>,
    /// Values per vector.
    pub dimensions: usize,
}

/// Bytes in memory, by what they hold; rough, within a tenth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Vectors of the items, with their kinds, times, scopes and tags.
    pub vectors: usize,
    /// Words and further keys of the items.
    pub words: usize,
    /// What is learned from each record.
    pub learned: usize,
    /// Pages of the store's file that it may keep (5 MB at most), and what was written and is not in the file yet.
    pub store: usize,
}

impl MemoryUse {
    /// All of it.
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

    /// Brings every acknowledged write to the disk, and a snapshot of the graph index where there is one.
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

    /// Flushes and releases the folder, for all clones. Later calls give `Closed`; closing twice is no error.
    ///
    /// # Errors
    /// Store errors; the folder is released all the same.
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

    /// Computes everything that is derived from the records again: vectors, evidence, index. Reports progress
    /// by record. Calls that read go on meanwhile with what was there; calls that write wait.
    ///
    /// # Errors
    /// `Cancelled`, and those of the store and the encoder; what was there is then still there. What was computed by then
    /// stays on the disk for when the store is next opened: the same again, unless
    /// [`rank_by_meaning`](crate::EngineBuilder::rank_by_meaning) was set otherwise before.
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
                    let derived = inner.derive(&record)?.0;
                    derived.put(&mut batch, id, [evidence])?;
                    fresh.insert_record(id, derived)?;
                } else if let Some(vectors) =
                    unless_damaged(store.get::<VectorRow>(Table::Vectors, id.0))?.flatten()
                {
                    // The record is damaged: what was derived from it before stays.
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

    /// Does at once what goes on in the background: derives what is lacking ([`Stats::deriving`]), where only what was
    /// damaged or is missing is embedded; measures once on a device from how many items on which index is best (a tenth of
    /// a second or two, in a store of more than a thousand items), reads the words of all items that are not read yet, and builds the graph index at
    /// once, where the store is large enough for one; otherwise it grows in the background while the scan answers. Calls
    /// that read go on meanwhile, calls that write wait once all is derived: `progress` may make the former and none of
    /// the latter.
    ///
    /// # Errors
    /// `Cancelled`; what was derived by then is kept, and the scan goes on answering. The encoder's, where a missing vector
    /// cannot be made.
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

    /// Optimizes one of the indexes, a step at a time, so that no search waits for long.
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
        // None while the graph has nodes of removed items: a snapshot never holds what was forgotten.
        if let Some(snapshot) = self.state.read().catalogue.snapshot() {
            store.write_graph(Some(&snapshot))?;
        }
        self.persist_vectors(store)?;
        self.persist_words(store)
    }
}
