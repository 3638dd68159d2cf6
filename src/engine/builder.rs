//! Opening a store.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::embedding::Embedder;
use crate::engine::inference::{InferenceId, InferenceRow};
use crate::engine::observe::RECORD_BYTES_MAX;
use crate::engine::state::{COUNTERS, Counters, Derived, State, broken};
use crate::engine::{Engine, Inner, check_range};
#[cfg(not(feature = "bundled-model"))]
use crate::error::InputError;
use crate::error::{Error, Result, StoreError};
use crate::preference::{Entry, FeatureInducer, PreferenceId};
use crate::store::{Batch, Store, Table};
use crate::types::{Clock, RecordId, SystemClock};

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
    /// From so many items on the graph index searches; 150,000: below, one-bit codes are as fast and find more.
    pub graph_threshold: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 1 << 20, candidates: 64, k: 1_000, graph_threshold: 150_000 }
    }
}

/// Collects what an [`Engine`] is opened with.
#[must_use]
pub struct EngineBuilder {
    folder: PathBuf,
    encoder: Option<Arc<dyn Embedder>>,
    clock: Arc<dyn Clock>,
    durability: Durability,
    limits: Limits,
    host_model: bool,
    ranks_by_meaning: bool,
}

impl EngineBuilder {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            encoder: None,
            clock: Arc::new(SystemClock),
            durability: Durability::default(),
            limits: Limits::default(),
            host_model: false,
            ranks_by_meaning: false,
        }
    }

    /// The encoder; required unless the crate is built with `bundled-model`.
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

    /// Opens the store.
    ///
    /// # Errors
    /// Every [`StoreError`]; `InvalidInput` where no encoder was given or a limit makes no sense.
    pub fn open(self) -> Result<Engine> {
        let encoder = match self.encoder {
            Some(encoder) => encoder,
            None => default_encoder()?,
        };
        check_range("limit on text bytes", self.limits.text_bytes as f64, 1.0, RECORD_BYTES_MAX as f64)?;
        check_range("limit on candidates", self.limits.candidates as f64, 2.0, 10_000.0)?;
        check_range("limit on k", self.limits.k as f64, 1.0, 1_000_000.0)?;
        check_range("encoder's dimensions", encoder.dimensions() as f64, 1.0, 65_536.0)?;

        let store = Store::open(&self.folder, self.durability == Durability::Synced)?;
        let inner = Inner {
            writer: Mutex::new(()),
            state: RwLock::new(State::new(encoder.dimensions(), self.limits.graph_threshold)),
            store: RwLock::new(Some(store)),
            encoder,
            inducer: FeatureInducer,
            clock: self.clock,
            limits: self.limits,
            host_model: self.host_model,
            ranks_by_meaning: self.ranks_by_meaning,
            poisoned: AtomicBool::new(false),
        };
        inner.load()?;
        Ok(Engine { inner: Arc::new(inner) })
    }
}

#[cfg(feature = "bundled-model")]
fn default_encoder() -> Result<Arc<dyn Embedder>> {
    Ok(Arc::new(crate::embedding::NativeEmbedder::bundled()?))
}

#[cfg(not(feature = "bundled-model"))]
fn default_encoder() -> Result<Arc<dyn Embedder>> {
    let reason = "none was given, and this build carries none";
    Err(InputError::Invalid { what: "encoder", reason }.into())
}

/// What the store notes of the encoder its vectors come from.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EncoderNote {
    fingerprint: String,
    dimensions: usize,
}

const ENCODER: &str = "encoder";

/// Largest graph snapshot that is read, in bytes.
const GRAPH_BYTES_MAX: u64 = 4 << 30;

impl Inner {
    pub(super) fn encoder_note(&self) -> EncoderNote {
        EncoderNote {
            fingerprint: self.encoder.fingerprint().to_owned(),
            dimensions: self.encoder.dimensions(),
        }
    }

    /// The batch that makes an empty store this engine's.
    pub(super) fn founding_batch(&self) -> Result<Batch> {
        let mut batch = Batch::new();
        batch.put_meta(ENCODER, &self.encoder_note())?;
        batch.put_meta(COUNTERS, &Counters::default())?;
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
        state.counters = store.meta(COUNTERS)?.unwrap_or_default();
        let mut ready = BTreeSet::new();
        store.scan(Table::Derived, |id, derived: Result<Derived, StoreError>| match derived {
            Ok(derived) if derived.inducer == self.inducer().version() => {
                ready.insert(id);
                state.insert_record(RecordId(id), derived)
            }
            _ => Ok::<(), Error>(()),
        })?;
        // The records' own keys are read only where some are missing: their texts lie between them.
        let mut missing = Vec::new();
        if store.count(Table::Records)? != ready.len() as u64 {
            missing = store.keys(Table::Records)?;
            missing.retain(|id| !ready.contains(id));
        }
        let mut batch = Batch::new();
        for id in missing {
            let record = store.get(Table::Records, id)?.ok_or(broken("a listed record can be read"))?;
            let (derived, _) = self.derive(&record)?;
            batch.put(Table::Derived, id, &derived)?;
            state.insert_record(RecordId(id), derived)?;
        }
        if !batch.is_empty() {
            store.commit(&batch)?;
        }

        store.scan(Table::Entries, |id, entry: Result<Entry, StoreError>| {
            state.ledger.insert(PreferenceId(id), entry?);
            Ok::<(), StoreError>(())
        })?;
        let suppressions = state.ledger.suppressions();
        state.learner.set_suppressions(suppressions);
        store.scan(Table::Inference, |id, row: Result<InferenceRow, StoreError>| {
            state.set_inference(InferenceId(id), Some(row?));
            Ok::<(), StoreError>(())
        })?;
        if let Some(snapshot) = store.read_graph(GRAPH_BYTES_MAX) {
            // A snapshot that does not fit is made anew while the scan answers.
            let _ = state.catalogue.restore(&snapshot);
        }
        Ok(())
    }
}
