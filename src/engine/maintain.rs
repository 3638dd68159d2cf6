//! What the engine holds; flushing, rebuilding what is derived, closing.

use std::sync::atomic::Ordering;

use crate::engine::builder::device;
use crate::engine::builder::read_tags;
use crate::engine::state::{CALIBRATION, Calibration, State};
use crate::engine::{Engine, Inner};
use crate::error::{Error, IndexError, Result};
use crate::search::{Optimizing, Thresholds, TieredIndex};
use crate::store::{Batch, Store, Table};
use crate::types::{CancelToken, Progress, RecordId};

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
    /// The instruction set that the encoder runs on (an [`Isa`](crate::simd::Isa)'s name), where it is known.
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

/// Records between two commits while much is derived.
pub(super) const DERIVED_BATCH: usize = 64;

impl Engine {
    /// What the engine holds.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`, `Io`.
    pub fn stats(&self) -> Result<Stats> {
        let (store_bytes, store) = {
            let store = self.inner.store()?;
            (store.file_bytes()?, store.memory_bytes()?)
        };
        let state = self.inner.state()?;
        let (vectors, words) = (state.catalogue.memory_bytes(), state.hybrid.memory_bytes());
        Ok(Stats {
            observations: state.catalogue.len() - state.history,
            history: state.history,
            entries: state.ledger.iter().count(),
            entries_damaged: state.damaged.len(),
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
    pub fn flush(&self) -> Result<()> {
        let _writing = self.inner.writing()?;
        let store = self.inner.store()?;
        self.inner.persist(&store)
    }

    /// Flushes and releases the folder, for all clones. Later calls give `Closed`; closing twice is no error.
    ///
    /// # Errors
    /// Store errors; the folder is released all the same.
    pub fn close(&self) -> Result<()> {
        self.inner.leaving.store(true, Ordering::Relaxed);
        let _writing = match self.inner.sole() {
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
    pub fn rebuild(&self, progress: &mut dyn FnMut(Progress), cancel: &CancelToken) -> Result<()> {
        let inner = &self.inner;
        let _writing = inner.writing()?;
        let store = inner.store()?;
        let ids = store.keys(Table::Records)?;
        let mut fresh = State::new(inner.encoder.dimensions(), inner.limits.graph_threshold);
        fresh.set_thresholds(inner.state()?.catalogue.thresholds());
        let (mut done, total) = (0, ids.len());
        for ids in ids.chunks(DERIVED_BATCH) {
            let mut batch = Batch::new();
            for &id in ids {
                if cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                if let Some(derived) = inner.derive_anew(&store, id)? {
                    batch.put(Table::Derived, id, &derived)?;
                    fresh.insert_record(RecordId(id), derived)?;
                }
                done += 1;
                progress(Progress { done, total });
            }
            store.commit(&batch)?;
        }
        read_tags(&store, &mut fresh)?;
        inner.state.write().take_derived(fresh);
        self.background.wake(inner);
        Ok(())
    }

    /// Measures once on a device from how many items on which index is best (a tenth of a second or two, in a store of
    /// more than a thousand items), reads the words of all items that are not read yet, and builds the graph index at
    /// once, where the store is large enough for one; otherwise it grows in the background while the scan answers. Calls
    /// that read go on meanwhile, calls that write wait: `progress` may make the former and none of the latter.
    ///
    /// # Errors
    /// `Cancelled`; the scan then goes on answering.
    pub fn optimize(&self, progress: &mut dyn FnMut(Progress), cancel: &CancelToken) -> Result<()> {
        let _writing = self.inner.writing()?;
        self.inner.calibrate()?;
        while self.inner.read_words()? > 0 {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        self.inner.optimize(|state| state.catalogue.index_mut(), progress, cancel)?;
        self.inner.optimize(|state| state.hybrid.index_mut(), progress, cancel)
    }
}

/// With fewer items it does not matter which index searches.
const CALIBRATED_FROM: usize = 1_000;

impl Inner {
    /// Optimizes one of the indexes, a step at a time, so that no search waits for long.
    fn optimize(
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

    /// Measures the thresholds, where that was not done on this device and none are given, and keeps them.
    fn calibrate(&self) -> Result<()> {
        let store = self.store()?;
        let kept: Option<Calibration> = store.meta(CALIBRATION).ok().flatten();
        let known = kept.is_some_and(|kept| self.fits(&kept));
        if known || self.thresholds.is_some() || self.state()?.catalogue.len() < CALIBRATED_FROM {
            return Ok(());
        }
        let dimensions = self.encoder.dimensions();
        let thresholds = Thresholds::calibrate(dimensions);
        let measured = Calibration { thresholds, dimensions, device: device() };
        let mut batch = Batch::new();
        batch.put_meta(CALIBRATION, &measured)?;
        store.commit(&batch)?;
        self.state.write().set_thresholds(self.thresholds_from(Some(measured)));
        Ok(())
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
