//! Snapshots of data in memory, so that a store of many items can be opened without reading them one by one.
//!
//! Invariant: a snapshot is a cache. It is used only if its note of how it was made matches; newer items are read
//! from the store, and if anything does not fit, all of them are. A snapshot never holds forgotten data: the store
//! deletes it before forgetting.

use std::sync::atomic::Ordering;

use crate::engine::Inner;
use crate::engine::background::CODED;
use crate::engine::derived::VectorRow;
use crate::engine::log::LogEvent;
use crate::engine::state::State;
use crate::error::{Error, Result, StoreError};
use crate::search::{Filter, WORDS_VERSION};
use crate::store::{Store, Table};
use crate::types::RecordId;

/// With fewer items, opening takes negligible time without a snapshot.
pub(super) const SNAPSHOT_FROM: usize = 4_000;
/// Maximum size of a snapshot that is read, in bytes.
pub(super) const SNAPSHOT_BYTES_MAX: u64 = 4 << 30;
/// A snapshot is too far behind when more than one in this many items are newer.
const NEWER_SHARE: usize = 32;

/// The vector snapshot on disk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct VectorSnapshot {
    /// The snapshot holds no items from this id on.
    pub(super) next: u64,
    /// Whether it holds the codes of the vectors.
    pub(super) coded: bool,
}

/// The snapshot of words and further keys on disk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WordsSnapshot {
    /// The snapshot holds no items from this id on.
    next: u64,
}

/// Whether too many items are newer than a snapshot: opening reads these one by one.
fn is_behind(snapshot: u64, next: u64, count: usize) -> bool {
    next.saturating_sub(snapshot) > (count / NEWER_SHARE) as u64
}

impl Inner {
    /// Writes the vector snapshot if there are many vectors and the existing one is too far behind.
    pub(super) fn persist_vectors(&self, store: &Store) -> Result<()> {
        let mut kept = self.vector_snapshot.lock();
        // The newest vectors may not have codes yet.
        self.state.write().catalogue.code(CODED);
        let state = self.state.read();
        let (count, next) = (state.catalogue.len(), state.counters.record);
        let coded = state.catalogue.is_kept_with_codes();
        let behind = is_behind(kept.next, next, count) || (coded && !kept.coded);
        let there = store.has_rows() && !behind;
        if count < SNAPSHOT_FROM || there || !self.fully_loaded.load(Ordering::Acquire) {
            return Ok(());
        }
        let rows = state.catalogue.save(&self.rows_note(), next);
        drop(state);
        store.write_rows(Some(&rows))?;
        *kept = VectorSnapshot { next, coded };
        Ok(())
    }

    /// The same for words and further keys, if those of all items are loaded.
    pub(super) fn persist_words(&self, store: &Store) -> Result<()> {
        let mut kept = self.words_snapshot.lock();
        self.state.write().hybrid.code(CODED);
        let state = self.state.read();
        let (count, next) = (state.catalogue.len(), state.counters.record);
        let there = store.has_words() && !is_behind(kept.next, next, count);
        if count < SNAPSHOT_FROM || there || !state.wordless.is_empty() || !self.is_searched_whole(&state) {
            return Ok(());
        }
        let words = state.hybrid.save(&self.words_note(), next);
        drop(state);
        store.write_words(Some(&words))?;
        *kept = WordsSnapshot { next };
        Ok(())
    }

    /// Whether search knows the further keys of all items, and the words of all items not listed in `wordless`.
    pub(super) fn is_searched_whole(&self, state: &State) -> bool {
        state.is_searchable || self.fully_loaded.load(Ordering::Acquire)
    }

    fn words_note(&self) -> String {
        format!("{WORDS_VERSION}, {}", self.rows_note())
    }

    /// Loads words and further keys from their snapshot, and newer keys from the store. Does nothing if there is no
    /// snapshot or it is damaged or does not match the records. The vectors must be loaded already.
    pub(super) fn load_words(&self, store: &Store, state: &mut State) -> Result<()> {
        let Some(bytes) = store.read_words(SNAPSHOT_BYTES_MAX) else { return Ok(()) };
        let not_used = |why| self.log.note(LogEvent::SnapshotNotUsed { of: "words", why });
        let Ok((mut hybrid, next)) = state.hybrid.load(&bytes, &self.words_note()) else {
            not_used("it is damaged, or of another encoder or version");
            return Ok(());
        };
        if !hybrid.is_within(&state.catalogue) {
            not_used("it is of other records");
            return Ok(());
        }
        let mut sound = true;
        store.scan_from(Table::Vectors, next, |id, row: Result<VectorRow, StoreError>| {
            sound &= row.is_ok_and(|row| hybrid.insert_keys(RecordId(id), &row.keys).is_ok());
            Ok::<(), Error>(())
        })?;
        if sound {
            let ids = state.catalogue.matching(&Filter::default());
            state.wordless = ids.into_iter().filter(|id| !hybrid.has_words(*id)).collect();
            state.hybrid = hybrid;
            state.is_searchable = true;
            *self.words_snapshot.lock() = WordsSnapshot { next };
        } else {
            not_used("keys that are newer than it are damaged");
        }
        Ok(())
    }
}
