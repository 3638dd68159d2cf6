//! What the engine holds; flushing, rebuilding what is derived, closing.

use std::sync::atomic::Ordering;

use crate::engine::builder::read_tags;
use crate::engine::builder::{CODED, device};
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
    /// Files of the store's folder, `idiolect.log.aside-1` and so on, that hold commits which could not be applied when the
    /// store was opened after a crash, now or earlier: the log was damaged, of another store, or newer than the data file.
    /// What came before the damage is in the store. They stay until something is forgotten or deleted: nobody knows what
    /// they hold.
    pub logs_set_aside: usize,
    /// Whether the counters of ids could not be read when the store was opened, and follow the greatest ids there are. An
    /// id may then be given again whose record was forgotten.
    pub counters_recomputed: bool,
    /// Inference requests not yet completed.
    pub inference_pending: usize,
    /// Bytes of the store's file.
    pub store_bytes: u64,
    /// Bytes of vectors and index in memory, roughly.
    pub index_bytes: usize,
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

/// Records between two commits while much is derived.
pub(super) const DERIVED_BATCH: usize = 64;

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
        let (store_bytes, logs_set_aside) = {
            let store = self.inner.store()?;
            (store.file_bytes()?, store.logs_set_aside()?)
        };
        let state = self.inner.state()?;
        Ok(Stats {
            observations: state.catalogue.len() - state.history,
            history: state.history,
            entries: state.ledger.iter().count(),
            entries_damaged: state.damaged.len(),
            logs_set_aside,
            counters_recomputed: state.counters_recomputed,
            inference_pending: state.inference_pending(),
            store_bytes,
            index_bytes: state.catalogue.memory_bytes() + state.hybrid.memory_bytes(),
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

/// With fewer items opening takes no time to speak of.
pub(super) const KEPT_FROM: usize = 4_000;
/// One in so many items may be newer than the snapshot of the vectors.
const KEPT_SHARE: usize = 32;

/// The snapshot of the vectors on the disk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    /// Items from this id on are not in it.
    pub(super) next: u64,
    /// Whether their codes are.
    pub(super) coded: bool,
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
        self.persist_rows(store)
    }

    /// Keeps the vectors as they are in memory, where they are many and what is kept is far behind: opening reads what is
    /// newer, one by one.
    fn persist_rows(&self, store: &Store) -> Result<()> {
        let mut kept = self.kept.lock();
        // The newest may still be without codes.
        self.state.write().catalogue.code(CODED);
        let state = self.state.read();
        let (count, next) = (state.catalogue.len(), state.counters.record);
        let coded = state.catalogue.is_kept_with_codes();
        let behind = next.saturating_sub(kept.next) > (count / KEPT_SHARE) as u64 || (coded && !kept.coded);
        let there = store.has_rows() && !behind;
        if count < KEPT_FROM || there || !self.whole.load(Ordering::Acquire) {
            return Ok(());
        }
        let rows = state.catalogue.save(&self.rows_note(), next);
        drop(state);
        store.write_rows(Some(&rows))?;
        *kept = Kept { next, coded };
        Ok(())
    }
}
