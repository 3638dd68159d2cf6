//! The builder that configures and opens an engine.
//!
//! Invariant: invalid settings are rejected before the store's folder is touched.

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

/// When an acknowledged write reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Before the call returns: a kill or power loss after the call loses nothing.
    #[default]
    Synced,
    /// With the next [`Engine::flush`] or [`Engine::close`]: a kill may lose the writes since the last of them, but
    /// never damages the store. Meant for imports.
    Buffered,
}

/// Limits on the engine's inputs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum length of a text in bytes; 1 MiB by default.
    pub text_bytes: usize,
    /// Maximum number of candidates in one choice or ranking; 64 by default.
    pub candidates: usize,
    /// Maximum k of a search or a personalization; 1,000 by default.
    pub k: usize,
    /// Number of items from which the graph index is used; 4,000,000 by default, because up to a million items, the
    /// most that was measured, the scan finds more and is faster.
    pub graph_threshold: usize,
}

impl Limits {
    /// The maximum of [`text_bytes`](Self::text_bytes).
    pub const TEXT_BYTES_MAX: usize = RECORD_BYTES_MAX;
    /// The maximum of [`candidates`](Self::candidates).
    pub const CANDIDATES_MAX: usize = 10_000;
    /// The maximum of [`k`](Self::k).
    pub const K_MAX: usize = 1_000_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 1 << 20, candidates: 64, k: 1_000, graph_threshold: GRAPH_FROM }
    }
}

/// Configures and opens an [`Engine`].
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

    /// As [`encoder`](Self::encoder), for an encoder that is shared, for example with another engine.
    pub fn shared_encoder(mut self, encoder: Arc<dyn Embedder>) -> Self {
        self.encoder = Some(encoder);
        self
    }

    /// The clock; by default the operating system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The source of random bytes, used for the id of a new store and for the numbers of the rounds of its log. By
    /// default the operating system's.
    pub fn random(mut self, fill: impl Fn(&mut [u8]) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        self.random = Arc::new(fill);
        self
    }

    /// When writes reach the disk; by default [`Durability::Synced`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Limits on inputs; see [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The numbers of items from which each index is used. By default, what [`Engine::optimize`] has measured on this
    /// device, and before that, values that suit most devices; a [`Limits::graph_threshold`] other than the default
    /// takes precedence over both.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = Some(thresholds);
        self
    }

    /// Whether the host answers inference requests. `false` by default; no requests are queued then.
    pub fn host_model(mut self, offered: bool) -> Self {
        self.host_model = offered;
        self
    }

    /// Whether ranking also considers in which direction a person's edits move the meaning of drafts. `false` by
    /// default, because it requires embedding the draft and the final text of each edit when it is observed. Edits
    /// observed while this was off count by their style alone until [`Engine::rebuild`].
    pub fn rank_by_meaning(mut self, on: bool) -> Self {
        self.ranks_by_meaning = on;
        self
    }

    /// Sets the version of the inducer and a change applied to the evidence that it produces; for tests.
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

    /// Sets the callback that receives events about the engine's own work; none by default. No event contains user
    /// text. The callback is called on the thread of a verb, after its work, or on the engine's background thread,
    /// and never while a lock is held.
    pub fn log(mut self, log: impl Fn(&LogEvent) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Opens the store. Learned data derived by an earlier version of this library stays in use until it has been
    /// derived again in the background; see [`Stats::deriving`](crate::Stats::deriving). Damaged rows are kept on
    /// disk and ignored; see [`Stats::entries_damaged`](crate::Stats::entries_damaged).
    ///
    /// # Errors
    /// Every [`StoreError`](crate::StoreError); `InvalidInput` if there is no encoder or a limit is out of range.
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
        // Events so far are delivered even if loading the store failed.
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
