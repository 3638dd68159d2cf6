//! Opening a store.

use std::collections::BTreeSet;
use std::ops::Not;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::embedding::Embedder;
use crate::engine::inference::{InferenceId, InferenceRow};
use crate::engine::maintain::{DERIVED_BATCH, KEPT_FROM, Kept};
use crate::engine::observe::RECORD_BYTES_MAX;
use crate::engine::preferences::LEARNED_BIT;
use crate::engine::search::WORDS_STEP;
use crate::engine::state::{
    CALIBRATION, COUNTERS, Calibration, Counters, Derived, State, broken, unless_damaged,
};
use crate::engine::{Engine, Inner, check_range};
#[cfg(not(feature = "bundled-model"))]
use crate::error::InputError;
use crate::error::{Error, Result, StoreError};
use crate::learning::{Entry, FeatureInducer};
use crate::search::Thresholds;
use crate::simd::Simd;
use crate::store::{Batch, Random, Store, Stored, Table, system_random};
use crate::types::{Clock, RecordId, SystemClock};
use crate::types::{PreferenceId, Record};

/// When an acknowledged write is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Before the call returns: a kill or a power loss after it loses nothing.
    #[default]
    Synced,
    /// With the next [`Engine::flush`] or [`Engine::close`]: a kill may lose what came after the last one, but never damages
    /// the store. For imports.
    Buffered,
}

/// Bounds on what the engine takes in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest text in bytes; 1 MiB.
    pub text_bytes: usize,
    /// Most candidates in one choice or ranking; 64.
    pub candidates: usize,
    /// Largest k of a search or of a personalization; 1,000.
    pub k: usize,
    /// From so many items on the graph index searches; 4,000,000, since the scan finds more, and sooner, as far as was
    /// measured (a million).
    pub graph_threshold: usize,
}

impl Limits {
    /// The largest [`text_bytes`](Self::text_bytes).
    pub const TEXT_BYTES_MAX: usize = RECORD_BYTES_MAX;
    /// The largest [`candidates`](Self::candidates).
    pub const CANDIDATES_MAX: usize = 10_000;
    /// The largest [`k`](Self::k).
    pub const K_MAX: usize = 1_000_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 1 << 20, candidates: 64, k: 1_000, graph_threshold: 4_000_000 }
    }
}

/// Collects what an [`Engine`] is opened with.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// let engine = Engine::builder(folder)
///     .encoder(NativeEmbedder::open(model)?)
///     .clock(ManualClock::new(Timestamp(1_767_225_600_000)))
///     .durability(Durability::Buffered)
///     .host_model(true)
///     .rank_by_meaning(true)
///     .open()?;
/// assert_eq!(engine.stats()?.dimensions, 384);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct EngineBuilder {
    folder: PathBuf,
    encoder: Option<Arc<dyn Embedder>>,
    clock: Arc<dyn Clock>,
    durability: Durability,
    limits: Limits,
    thresholds: Option<Thresholds>,
    host_model: bool,
    ranks_by_meaning: bool,
    random: Random,
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineBuilder").finish_non_exhaustive()
    }
}

impl EngineBuilder {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            encoder: None,
            clock: Arc::new(SystemClock),
            durability: Durability::default(),
            limits: Limits::default(),
            thresholds: None,
            host_model: false,
            ranks_by_meaning: false,
            random: system_random(),
        }
    }

    /// The encoder: [`NativeEmbedder::open`](crate::NativeEmbedder::open) with a model file,
    /// [`SuppliedVectors`](crate::SuppliedVectors), or an [`Embedder`] of the app's own. Required unless the crate is
    /// built with `bundled-model`.
    pub fn encoder(mut self, encoder: impl Embedder + 'static) -> Self {
        self.encoder = Some(Arc::new(encoder));
        self
    }

    /// The encoder, shared with others.
    pub fn shared_encoder(mut self, encoder: Arc<dyn Embedder>) -> Self {
        self.encoder = Some(encoder);
        self
    }

    /// The clock; the operating system's by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What fills bytes with random ones: the id of a new store, and the numbers of the rounds of its log. The operating
    /// system by default.
    pub fn random(mut self, fill: impl Fn(&mut [u8]) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        self.random = Arc::new(fill);
        self
    }

    /// When writes reach the disk; [`Durability::Synced`] by default.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Bounds; see [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// From how many items on which index searches. By default what [`Engine::optimize`] has measured on this device,
    /// and what suits most devices before; a [`Limits::graph_threshold`] that was chosen counts before both.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = Some(thresholds);
        self
    }

    /// Whether the host answers inference requests; `false` by default, and then none are queued.
    pub fn host_model(mut self, offered: bool) -> Self {
        self.host_model = offered;
        self
    }

    /// Whether ranking also weighs where a person's edits move the meaning of drafts; `false` by default, because each
    /// edit's draft and final must then be embedded when it is taken in. Edits that were taken in without count by
    /// their style alone until [`Engine::rebuild`].
    pub fn rank_by_meaning(mut self, on: bool) -> Self {
        self.ranks_by_meaning = on;
        self
    }

    /// Opens the store. Rows that are damaged are left as they are, and without effect; see
    /// [`Stats::entries_damaged`](crate::Stats::entries_damaged).
    ///
    /// # Errors
    /// Every [`StoreError`]; `InvalidInput` where no encoder was given or a limit makes no sense.
    pub fn open(self) -> Result<Engine> {
        let encoder = match self.encoder {
            Some(encoder) => encoder,
            None => default_encoder()?,
        };
        let Limits { text_bytes, candidates, k, .. } = self.limits;
        check_range("limit on text bytes", text_bytes as f64, 1.0, Limits::TEXT_BYTES_MAX as f64)?;
        check_range("limit on candidates", candidates as f64, 2.0, Limits::CANDIDATES_MAX as f64)?;
        check_range("limit on k", k as f64, 1.0, Limits::K_MAX as f64)?;
        check_range("encoder's dimensions", encoder.dimensions() as f64, 1.0, 65_536.0)?;

        let store = Store::open_with(&self.folder, self.durability == Durability::Synced, self.random)?;
        let inner = Inner {
            writer: Mutex::new(()),
            state: RwLock::new(State::new(encoder.dimensions(), self.limits.graph_threshold)),
            store: RwLock::new(Some(store)),
            encoder,
            inducer: FeatureInducer,
            clock: self.clock,
            limits: self.limits,
            thresholds: self.thresholds,
            host_model: self.host_model,
            whole: AtomicBool::new(true),
            reading: Mutex::new(()),
            kept: Mutex::new(Kept::default()),
            leaving: AtomicBool::new(false),
            ranks_by_meaning: self.ranks_by_meaning,
            poisoned: AtomicBool::new(false),
        };
        inner.load()?;
        let inner = Arc::new(inner);
        let background = Arc::new(Background::start(&inner));
        Ok(Engine { inner, background })
    }
}

#[cfg(feature = "bundled-model")]
fn default_encoder() -> Result<Arc<dyn Embedder>> {
    Ok(Arc::new(crate::embedding::NativeEmbedder::bundled()?))
}

#[cfg(not(feature = "bundled-model"))]
fn default_encoder() -> Result<Arc<dyn Embedder>> {
    let reason = "none was set, and this build carries none: pass NativeEmbedder::open with a model file, \
                  SuppliedVectors or an Embedder of your own, or build with the feature bundled-model";
    Err(InputError::Invalid { what: "encoder", reason }.into())
}

/// What the store notes of the encoder its vectors come from.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EncoderNote {
    fingerprint: String,
    dimensions: usize,
}

impl Stored for EncoderNote {
    const VERSION: u8 = 1;
}

/// What tells this device from one on which other thresholds may be best.
pub(super) fn device() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{} {} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH, Simd::detect().isa())
}

const ENCODER: &str = "encoder";

/// Largest snapshot that is read, in bytes.
const SNAPSHOT_BYTES_MAX: u64 = 4 << 30;

impl Inner {
    pub(super) fn encoder_note(&self) -> EncoderNote {
        EncoderNote {
            fingerprint: self.encoder.fingerprint().to_owned(),
            dimensions: self.encoder.dimensions(),
        }
    }

    /// The thresholds in use, where these were measured.
    pub(super) fn thresholds_from(&self, measured: Option<Calibration>) -> Thresholds {
        if let Some(given) = self.thresholds {
            return given;
        }
        let mut thresholds = Thresholds::default();
        if let Some(measured) = measured.filter(|measured| self.fits(measured)) {
            // Where the graph starts is not measured.
            thresholds.bits_from = measured.thresholds.bits_from;
        }
        if self.limits.graph_threshold != Limits::default().graph_threshold {
            thresholds.graph_from = self.limits.graph_threshold;
        }
        thresholds
    }

    /// Whether thresholds were measured for vectors like these on a device like this.
    pub(super) fn fits(&self, measured: &Calibration) -> bool {
        measured.dimensions == self.encoder.dimensions() && measured.device == device()
    }

    /// The batch that makes an empty store this engine's.
    pub(super) fn founding_batch(&self, counters: Counters) -> Result<Batch> {
        let mut batch = Batch::new();
        batch.put_meta(ENCODER, &self.encoder_note())?;
        batch.put_meta(COUNTERS, &counters)?;
        Ok(batch)
    }

    /// Brings the state up from the store. What was derived by another version of the inducer, or does not
    /// verify, is computed again.
    fn load(&self) -> Result<()> {
        let store = self.store()?;
        let given = self.encoder_note();
        let empty = store.count(Table::Records)? == 0;
        match store.meta::<EncoderNote>(ENCODER)? {
            Some(stored) if stored == given => {}
            Some(stored) if !empty => {
                let name =
                    |note: EncoderNote| format!("{}, {} dimensions", note.fingerprint, note.dimensions);
                return Err(StoreError::EncoderMismatch { stored: name(stored), given: name(given) }.into());
            }
            _ => {
                let mut batch = Batch::new();
                batch.put_meta(ENCODER, &given)?;
                store.commit(&batch)?;
            }
        }

        let mut state = self.state.write();
        state.set_thresholds(self.thresholds_from(store.meta(CALIBRATION).ok().flatten()));
        if self.load_rows(&store, &mut state)? || self.read_vectors(&store, &mut state)? {
            // The rest is read while searches by meaning are answered.
            self.whole.store(false, Ordering::Release);
        } else {
            let missing = self.read_derived(&store, &mut state, true)?;
            self.derive_missing(&store, &mut state, &missing)?;
        }
        read_tags(&store, &mut state)?;

        store.scan(Table::Entries, |id, entry: Result<Entry, StoreError>| {
            match unless_damaged(entry)? {
                Some(entry) => state.ledger.insert(PreferenceId(id), entry),
                None => drop(state.damaged.insert(PreferenceId(id))),
            }
            Ok::<(), Error>(())
        })?;
        self.load_counters(&store, &mut state)?;
        let suppressions = state.ledger.suppressions();
        state.learner.set_suppressions(suppressions);
        store.scan(Table::Inference, |id, row: Result<InferenceRow, StoreError>| {
            state.set_inference(InferenceId(id), unless_damaged(row)?);
            Ok::<(), Error>(())
        })?;
        if let Some(snapshot) = store.read_graph(SNAPSHOT_BYTES_MAX) {
            // A snapshot that does not fit is made anew while the scan answers.
            let _ = state.catalogue.restore(&snapshot);
        }
        Ok(())
    }

    /// Reads the next free ids. Where they cannot be read, or are behind, they are what follows the greatest of the tables:
    /// no id that a row has is ever given again.
    fn load_counters(&self, store: &Store, state: &mut State) -> Result<()> {
        let free = |tables: &[Table], below| {
            let last = tables.iter().map(|&table| store.last_key(table, below));
            last.collect::<Result<Vec<_>, _>>()
                .map(|last| last.into_iter().flatten().max().map_or(1, |last| last + 1))
        };
        let deleted = state.ledger.iter().filter_map(|(_, entry)| match entry {
            Entry::Override(over) => over.deleted_through,
            Entry::Stated(_) | Entry::Inferred(_) => None,
        });
        let deleted = deleted.max().map_or(1, |RecordId(last)| last.saturating_add(1));
        let free = Counters {
            record: free(&[Table::Records, Table::Derived, Table::Tags], u64::MAX)?.max(deleted),
            // Those with the bit have their ids from what they are about.
            entry: free(&[Table::Entries, Table::Inference], LEARNED_BIT)?,
        };
        let kept = unless_damaged(store.meta::<Counters>(COUNTERS))?.flatten().unwrap_or_default();
        state.counters = Counters { record: kept.record.max(free.record), entry: kept.entry.max(free.entry) };
        state.counters_recomputed = state.counters != kept;
        Ok(())
    }

    /// Reads what is derived into a state, with the vectors where `vectors` says so. Gives the records that lack it.
    fn read_derived(&self, store: &Store, state: &mut State, vectors: bool) -> Result<Vec<u64>> {
        let mut ready = BTreeSet::new();
        store.scan(Table::Derived, |id, derived: Result<Derived, StoreError>| match derived {
            Ok(_) if self.leaving.load(Ordering::Relaxed) => Err(Error::Closed),
            Ok(derived) if derived.inducer == self.inducer().version() => {
                ready.insert(id);
                let id = RecordId(id);
                if vectors {
                    state.insert_vector(id, &derived)?;
                }
                state.insert_rest(id, derived)
            }
            _ => Ok::<(), Error>(()),
        })?;
        // The records' own keys are read only where some are missing: their texts lie between them.
        let mut missing = Vec::new();
        if store.count(Table::Records)? != ready.len() as u64 {
            missing = store.keys(Table::Records)?;
            missing.retain(|id| !ready.contains(id));
        }
        Ok(missing)
    }

    /// Derives what is missing. What was committed stays where it ends early, so that it goes on from there.
    fn derive_missing(&self, store: &Store, state: &mut State, missing: &[u64]) -> Result<()> {
        for ids in missing.chunks(DERIVED_BATCH) {
            let mut batch = Batch::new();
            for &id in ids {
                if let Some(derived) = self.derive_anew(store, id)? {
                    batch.put(Table::Derived, id, &derived)?;
                    state.insert_record(RecordId(id), derived)?;
                }
            }
            store.commit(&batch)?;
        }
        Ok(())
    }

    /// What is derived from a record; for a damaged one what was before, if that is there.
    pub(super) fn derive_anew(&self, store: &Store, id: u64) -> Result<Option<Derived>> {
        if let Some(record) = unless_damaged(store.get::<Record>(Table::Records, id))? {
            let record = record.ok_or(broken("a listed record can be read"))?;
            return Ok(Some(self.derive(&record)?.0));
        }
        let derived = unless_damaged(store.get::<Derived>(Table::Derived, id))?.flatten();
        Ok(derived.filter(|derived| derived.inducer == self.inducer().version()))
    }

    /// How the vectors in a snapshot came to be.
    pub(super) fn rows_note(&self) -> String {
        format!("{}, {}", self.inducer().version(), self.encoder.fingerprint())
    }

    /// Takes the vectors from their snapshot, and those that are newer from the store; `false` where there is none or
    /// it is damaged or of other records, and then there are no vectors yet.
    fn load_rows(&self, store: &Store, state: &mut State) -> Result<bool> {
        let Some(rows) = store.read_rows(SNAPSHOT_BYTES_MAX) else { return Ok(false) };
        let thresholds = state.catalogue.thresholds();
        let Ok(next) = state.catalogue.load(&rows, &self.rows_note()) else { return Ok(false) };
        let mut sound = self.read_vectors_from(store, state, next)?;
        let count = state.catalogue.len() as u64;
        sound &= count == store.count(Table::Derived)? && count == store.count(Table::Records)?;
        if sound {
            *self.kept.lock() = Kept { next, coded: state.catalogue.uncoded() == 0 };
        } else {
            state.catalogue = State::new(self.encoder.dimensions(), self.limits.graph_threshold).catalogue;
            state.set_thresholds(thresholds);
        }
        Ok(sound)
    }

    /// Takes the vectors of many items from the store, where there is no sound snapshot; `false` where something is to be
    /// derived first, and then there are no vectors yet.
    fn read_vectors(&self, store: &Store, state: &mut State) -> Result<bool> {
        let count = store.count(Table::Derived)?;
        if count < KEPT_FROM as u64 || count != store.count(Table::Records)? {
            return Ok(false);
        }
        let thresholds = state.catalogue.thresholds();
        // To code them takes longer than to read them, and comes after the first answers.
        state.set_thresholds(Thresholds { bits_from: usize::MAX, graph_from: usize::MAX });
        let sound = self.read_vectors_from(store, state, 0)?;
        if !sound {
            state.catalogue = State::new(self.encoder.dimensions(), self.limits.graph_threshold).catalogue;
        }
        state.set_thresholds(thresholds);
        Ok(sound)
    }

    /// Takes the vectors from one id on; whether all were sound.
    fn read_vectors_from(&self, store: &Store, state: &mut State, from: u64) -> Result<bool> {
        let mut sound = true;
        store.scan_from(Table::Derived, from, |id, derived: Result<Derived, StoreError>| {
            sound &= derived.is_ok_and(|derived| {
                derived.inducer == self.inducer().version()
                    && state.insert_vector(RecordId(id), &derived).is_ok()
            });
            Ok::<(), Error>(())
        })?;
        Ok(sound)
    }

    /// Reads what opening left out, if it did; whoever needs it waits here.
    pub(super) fn make_whole(&self) -> Result<()> {
        if self.whole.load(Ordering::Acquire) {
            return Ok(());
        }
        let _reading = self.reading.lock();
        if self.whole.load(Ordering::Acquire) {
            return Ok(());
        }
        let store = self.store()?;
        let mut fresh = State::new(self.encoder.dimensions(), self.limits.graph_threshold);
        fresh.set_thresholds(self.state.read().catalogue.thresholds());
        let missing = self.read_derived(&store, &mut fresh, false)?;
        let mut state = self.state.write();
        state.take_rest(fresh);
        self.derive_missing(&store, &mut state, &missing)?;
        self.whole.store(true, Ordering::Release);
        Ok(())
    }
}

/// Reads the tags of the items that a state has.
pub(super) fn read_tags(store: &Store, state: &mut State) -> Result<()> {
    store.scan(Table::Tags, |id, tags: Result<Vec<String>, StoreError>| {
        state.catalogue.set_tags(RecordId(id), &unless_damaged(tags)?.unwrap_or_default());
        Ok(())
    })
}

/// Items coded while nobody else reads.
pub(super) const CODED: usize = 32;

/// Name of the thread that an engine works on in the background. A panic hook tells by it whose panic it is: its message may
/// quote the user, and is better not printed.
pub const THREAD_NAME: &str = "idiolect";

/// Does in the background what opening left out and what inserts leave to it, until it is dropped.
pub(super) struct Background {
    inner: std::sync::Weak<Inner>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Background {
    pub(super) fn start(inner: &Arc<Inner>) -> Self {
        let background = Self { inner: Arc::downgrade(inner), thread: Mutex::new(None) };
        let behind = {
            let state = inner.state.read();
            state.catalogue.uncoded() > 0 || state.wordless.len() > WORDS_STEP || state.is_growing()
        };
        if behind || !inner.whole.load(Ordering::Acquire) {
            background.spawn(inner);
        }
        background
    }

    /// Goes on where inserts have left something to do.
    pub(super) fn wake(&self, inner: &Arc<Inner>) {
        if inner.state.read().is_growing() {
            self.spawn(inner);
        }
    }

    /// Without a thread it is done when it is needed.
    fn spawn(&self, inner: &Arc<Inner>) {
        let Some(mut thread) = self.thread.try_lock() else { return };
        if thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let inner = inner.clone();
        let work = move || inner.catch_up();
        *thread = std::thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(work).ok();
    }
}

impl Inner {
    /// Reads, codes and adds what is not yet, a little at a time, so that no search waits for long.
    fn catch_up(&self) {
        let leaving = || self.leaving.load(Ordering::Relaxed);
        // Whoever needs it reads it again and learns of the error.
        let mut read = self.make_whole().is_err();
        while !leaving() && self.state.write().catalogue.code(CODED) > 0 {}
        while !read && !leaving() {
            read = self.read_words().is_ok_and(|left| left > 0).not();
        }
        while !leaving() && self.state.read().is_growing() {
            self.state.write().grow();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.leaving.store(true, Ordering::Relaxed);
        }
        if let Some(thread) = self.thread.get_mut().take() {
            // It catches no panic; there is none to tell of it.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_the_encoder_s_note_stay() {
        let note = EncoderNote { fingerprint: "test:1".to_owned(), dimensions: 384 };
        crate::store::golden::check("encoder", &[("note", note)]);
    }
}
