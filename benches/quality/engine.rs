//! Engines as an app opens them, each in its own temporary folder, and texts in their history.
//!
//! Invariant: only the public API is used, so the figures are those an app gets.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use idiolect::{Durability, Embedder, Engine, Forget, HistoryItem, ManualClock, Query, RecordId, Timestamp};
use tempfile::TempDir;

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

pub(crate) const DAY: i64 = 86_400_000;
/// The clock of every engine. Observations are earlier.
pub(crate) const NOW: Timestamp = Timestamp(20_000 * DAY);

/// An engine and its folder, which is removed with it.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    _folder: TempDir,
}

pub(crate) fn open(encoder: Arc<dyn Embedder>, ranks_by_meaning: bool) -> Fallible<Opened> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::builder(folder.path())
        .shared_encoder(encoder)
        .clock(ManualClock::new(NOW))
        .durability(Durability::Buffered)
        .rank_by_meaning(ranks_by_meaning)
        .open()?;
    Ok(Opened { engine, _folder: folder })
}

/// Texts in an engine's history, identified by their index in a task's data.
pub(crate) struct History {
    opened: Opened,
    places: HashMap<RecordId, usize>,
}

impl History {
    pub(crate) fn open(encoder: Arc<dyn Embedder>) -> Fallible<Self> {
        Ok(Self { opened: open(encoder, false)?, places: HashMap::new() })
    }

    /// A history of these texts; blank ones, which the engine rejects, are skipped.
    pub(crate) fn of<'a>(
        encoder: Arc<dyn Embedder>,
        texts: impl IntoIterator<Item = (usize, &'a str)>,
    ) -> Fallible<Self> {
        let mut history = Self::open(encoder)?;
        for (place, text) in texts.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
            history.add(place, HistoryItem::new(text))?;
        }
        Ok(history)
    }

    pub(crate) fn add(&mut self, place: usize, item: HistoryItem) -> Fallible<RecordId> {
        let id = self.opened.engine.add_history(item)?;
        self.places.insert(id, place);
        Ok(id)
    }

    pub(crate) fn forget(&mut self, id: RecordId) -> Fallible<()> {
        self.places.remove(&id);
        self.opened.engine.forget(&Forget::record(id))?;
        Ok(())
    }

    /// The indexes of the texts found, best first.
    pub(crate) fn find(&self, query: &Query) -> Fallible<Vec<usize>> {
        let hits = self.opened.engine.search(query)?;
        Ok(hits.iter().filter_map(|hit| self.places.get(&hit.id).copied()).collect())
    }
}
