//! The engine and its public methods ("verbs"), one file per group of verbs. This is the only place where the other
//! modules are combined.
//!
//! Invariant: a verb takes effect completely (first on disk, then in memory) or not at all. Locks are acquired in the
//! order deriving, writer, store, state; embedding happens before the last three are taken.

mod app_keys;
mod background;
mod builder;
mod calibration;
mod conflicts;
mod derived;
mod deriving;
#[cfg(test)]
mod evidence_tests;
mod forget;
mod import;
mod inference;
mod learning_switch;
mod listing;
mod log;
mod maintain;
mod nothing_taught;
mod observation;
mod observe;
mod opening;
mod personalize;
mod preferences;
mod rank;
mod search;
mod snapshots;
mod state;
mod texts;
mod tuning;
mod untaught;

pub use background::THREAD_NAME;
pub use builder::{Durability, EngineBuilder, Limits};
pub use conflicts::{Conflict, ConflictReason, PreferenceCounts};
pub use forget::{Forget, Forgotten, PreferenceChange};
pub use import::Imported;
pub use inference::{Inference, InferenceId, InferenceKind, InferenceRequest};
pub use log::LogEvent;
pub use maintain::{MemoryUse, Stats};
pub use nothing_taught::NothingTaught;
pub use observation::{HistoryItem, Observation};
pub use observe::Observed;
pub use personalize::{Personalization, Request};
pub use preferences::Preferences;
pub use rank::RankRequest;
pub use search::{Hit, Query, SearchMode, Searched};
pub use texts::EditCost;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard, RwLock, RwLockReadGuard,
    RwLockWriteGuard,
};

use crate::document::is_blank;
use crate::embedding::Embedder;
use crate::error::{EmbeddingError, Error, InputError, Result};
use crate::search::{QuantizedVector, Thresholds};
use crate::store::Store;
use crate::types::Clock;
use state::State;

/// One person's engine over one store folder.
///
/// `Send + Sync`: any thread may call any method at any time. Clones share one engine. Dropping the last clone closes
/// the store; [`Engine::close`] does so earlier and reports errors.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
    /// Declared after `inner`, so that it is dropped after it, with the last clone.
    background: Arc<background::Background>,
}

struct Inner {
    /// Held by every verb that writes, from reading the state it depends on until the change is made.
    writer: Mutex<()>,
    /// `None` once the engine is closed.
    store: RwLock<Option<Store>>,
    state: RwLock<State>,
    encoder: Arc<dyn Embedder>,
    inducer: derived::VersionedInducer,
    clock: Arc<dyn Clock>,
    log: log::Log,
    limits: Limits,
    thresholds: Option<Thresholds>,
    host_model: bool,
    /// Whether the state holds all derived data; `false` while it holds the vectors only.
    fully_loaded: AtomicBool,
    /// Held while the rest of the state is loaded.
    loading: Mutex<()>,
    /// Held while missing data is derived; acquired before any other lock.
    deriving: Mutex<()>,
    /// The snapshots present in the folder.
    vector_snapshot: Mutex<snapshots::VectorSnapshot>,
    words_snapshot: Mutex<snapshots::WordsSnapshot>,
    /// Set when the last clone is dropped; background work then ends.
    shutting_down: AtomicBool,
    ranks_by_meaning: bool,
    /// Set when a verb panics while writing: memory and disk may then disagree.
    poisoned: AtomicBool,
}

/// How long the parts of a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Timing {
    /// Time spent embedding.
    pub embed: Duration,
    /// Time spent writing and syncing, or reading for calls that do not write.
    pub store: Duration,
    /// Total time of the call.
    pub total: Duration,
}

/// The vector of a text, ready to be compared and stored.
struct Embedded {
    vector: Vec<f32>,
    truncated: bool,
    took: Duration,
}

impl Embedded {
    fn quantized(&self) -> Result<QuantizedVector> {
        Ok(QuantizedVector::from_f32(&self.vector)?)
    }
}

/// The writer lock. Poisons the engine if a panic unwinds while it is held.
struct Writing<'a> {
    poisoned: &'a AtomicBool,
    _guard: MutexGuard<'a, ()>,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.poisoned.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts opening the store in `folder`, which is created if it does not exist.
    pub fn builder(folder: impl Into<PathBuf>) -> EngineBuilder {
        EngineBuilder::new(folder.into())
    }
}

impl Inner {
    fn writing(&self) -> Result<Writing<'_>> {
        let writing = self.lock_writer()?;
        self.load_fully()?;
        Ok(writing)
    }

    /// Acquires the writer lock without loading what opening left out.
    fn lock_writer(&self) -> Result<Writing<'_>> {
        let guard = self.writer.lock();
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned);
        }
        Ok(Writing { poisoned: &self.poisoned, _guard: guard })
    }

    fn store(&self) -> Result<MappedRwLockReadGuard<'_, Store>> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned);
        }
        RwLockReadGuard::try_map(self.store.read(), Option::as_ref).map_err(|_| Error::Closed)
    }

    fn store_mut(&self) -> Result<MappedRwLockWriteGuard<'_, Store>> {
        RwLockWriteGuard::try_map(self.store.write(), Option::as_mut).map_err(|_| Error::Closed)
    }

    /// The fully loaded state; an error if the engine is closed or poisoned.
    fn state(&self) -> Result<RwLockReadGuard<'_, State>> {
        drop(self.store()?);
        self.load_fully()?;
        Ok(self.state.read())
    }

    /// The state as it is: shortly after opening it may hold the vectors only.
    fn state_so_far(&self) -> Result<RwLockReadGuard<'_, State>> {
        drop(self.store()?);
        Ok(self.state.read())
    }

    /// The embedding of a text, or the supplied vector scaled to unit length.
    fn embed(&self, what: &'static str, text: &str, supplied: Option<&[f32]>) -> Result<Embedded> {
        let start = Instant::now();
        let (vector, truncated) = match supplied {
            Some(vector) => (vector.to_vec(), false),
            None => match self.encoder.embed(text) {
                Ok(embedding) => (embedding.vector, embedding.truncated),
                Err(EmbeddingError::VectorRequired { .. }) => {
                    return Err(EmbeddingError::VectorRequired { what }.into());
                }
                Err(error) => return Err(error.into()),
            },
        };
        let vector = unit_length(vector, self.encoder.dimensions())?;
        Ok(Embedded { vector, truncated, took: start.elapsed() })
    }

    fn check_text(&self, what: &'static str, text: &str) -> Result<()> {
        let limit = self.limits.text_bytes;
        if text.len() > limit {
            return Err(InputError::TextTooLong { what, bytes: text.len(), limit }.into());
        }
        Ok(())
    }

    fn check_filled(&self, what: &'static str, text: &str) -> Result<()> {
        if is_blank(text) {
            return Err(InputError::EmptyText { what }.into());
        }
        self.check_text(what, text)
    }

    fn check_k(&self, k: usize) -> Result<()> {
        check_range("k", k as f64, 1.0, self.limits.k as f64)
    }
}

fn check_range(what: &'static str, value: f64, min: f64, max: f64) -> Result<()> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(InputError::OutOfRange { what, value, min, max }.into())
    }
}

fn unit_length(mut vector: Vec<f32>, dimensions: usize) -> Result<Vec<f32>> {
    if vector.len() != dimensions {
        return Err(InputError::DimensionMismatch {
            what: "vector",
            got: vector.len(),
            expected: dimensions,
        }
        .into());
    }
    if vector.iter().any(|value| !value.is_finite()) {
        let reason = "has a value that is not finite";
        return Err(InputError::InvalidVector { what: "vector", reason }.into());
    }
    let norm = vector.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt();
    if norm < 1e-30 {
        let reason = "has no direction: all values are zero";
        return Err(InputError::InvalidVector { what: "vector", reason }.into());
    }
    for value in &mut vector {
        *value = (f64::from(*value) / norm) as f32;
    }
    Ok(vector)
}
