//! What an engine is opened with.
//!
//! Invariant: what makes no sense is refused before the store's folder is touched.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

use crate::embedding::Embedder;
use crate::engine::background::Background;
use crate::engine::derived::VersionedInducer;
use crate::engine::log::{Log, LogEvent, LogSink};
use crate::engine::observe::RECORD_BYTES_MAX;
use crate::engine::state::State;
use crate::engine::{Engine, Inner, check_range};
#[cfg(not(feature = "bundled-model"))]
use crate::error::InputError;
use crate::error::Result;
use crate::search::{GRAPH_FROM, Thresholds};
use crate::store::{Random, Store, system_random};
use crate::types::{Clock, SystemClock};

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
        Self { text_bytes: 1 << 20, candidates: 64, k: 1_000, graph_threshold: GRAPH_FROM }
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
    inducer: VersionedInducer,
    log: Option<LogSink>,
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
            inducer: VersionedInducer::default(),
            log: None,
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

    /// The version of the inducer, and what it does to the evidence that it would else give; for tests.
    #[cfg(any(test, feature = "internals"))]
    #[doc(hidden)]
    pub fn inducer(
        mut self,
        version: u32,
        change: impl Fn(&mut crate::learning::Evidence) + Send + Sync + 'static,
    ) -> Self {
        self.inducer = VersionedInducer { version, change: Some(Arc::new(change)) };
        self
    }

    /// What the engine reports of its own work goes to `log`; nothing by default. No event holds a text of the person. It is
    /// called in the thread of a verb, after its work, or in the engine's own, while no lock is held.
    pub fn log(mut self, log: impl Fn(&LogEvent) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Opens the store. What was learned by an earlier version of this library serves until it is learned anew in the
    /// background; see [`Stats::deriving`](crate::Stats::deriving). Rows that are damaged are left as they are, and without effect; see
    /// [`Stats::entries_damaged`](crate::Stats::entries_damaged).
    ///
    /// # Errors
    /// Every [`StoreError`](crate::StoreError); `InvalidInput` where no encoder was given or a limit makes no sense.
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

        let started = Instant::now();
        let store = Store::open_with(&self.folder, self.durability == Durability::Synced, self.random)?;
        let recovery = store.recovery();
        let inner = Inner {
            writer: Mutex::new(()),
            state: RwLock::new(State::new(encoder.dimensions(), self.limits.graph_threshold)),
            store: RwLock::new(Some(store)),
            encoder,
            inducer: self.inducer,
            clock: self.clock,
            log: Log::new(self.log),
            limits: self.limits,
            thresholds: self.thresholds,
            host_model: self.host_model,
            fully_loaded: AtomicBool::new(true),
            loading: Mutex::new(()),
            deriving: Mutex::new(()),
            vector_snapshot: Mutex::default(),
            words_snapshot: Mutex::default(),
            shutting_down: AtomicBool::new(false),
            ranks_by_meaning: self.ranks_by_meaning,
            poisoned: AtomicBool::new(false),
        };
        if recovery.commits > 0 {
            inner.log.note(LogEvent::LogReplayed { commits: recovery.commits });
        }
        if recovery.set_aside {
            inner.log.note(LogEvent::LogSetAside);
        }
        let loaded = inner.load();
        if loaded.is_ok() {
            let records = inner.state.read().catalogue.len();
            inner.log.note(LogEvent::Opened { records, took: started.elapsed() });
        }
        // What was done is done, also where the store cannot be used.
        inner.log.deliver();
        loaded?;
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
