//! Opening: loads the state from the store, at first only what a search by meaning needs.
//!
//! Invariant: data that cannot be read, or that was derived by another version of the inducer, never prevents
//! opening: it is ignored, or used as it is, until `deriving` has recomputed it. Nothing is derived here.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::engine::Inner;
use crate::engine::app_keys::AppKey;
use crate::engine::calibration::CALIBRATION;
use crate::engine::derived::{EVIDENCE_IN_USE, EvidenceRow, EvidenceTable, VectorRow};
use crate::engine::inference::{InferenceId, InferenceRow};
use crate::engine::log::LogEvent;
use crate::engine::preferences::LEARNED_BIT;
use crate::engine::snapshots::{SNAPSHOT_BYTES_MAX, SNAPSHOT_FROM, VectorSnapshot};
use crate::engine::state::{COUNTERS, Counters, Deriving, State, unless_damaged};
use crate::engine::untaught::{UNTAUGHT, Untaught};
use crate::error::{Error, Result, StoreError};
use crate::learning::Entry;
use crate::search::{Filter, Thresholds};
use crate::store::{Batch, Store, Stored, Table};
use crate::types::{PreferenceId, Progress, RecordId};

/// What the store records about the encoder that made its vectors.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EncoderNote {
    fingerprint: String,
    dimensions: usize,
}

impl Stored for EncoderNote {
    const VERSION: u8 = 1;
}

const ENCODER: &str = "encoder";

impl Inner {
    pub(super) fn encoder_note(&self) -> EncoderNote {
        EncoderNote {
            fingerprint: self.encoder.fingerprint().to_owned(),
            dimensions: self.encoder.dimensions(),
        }
    }

    /// The batch that initializes an empty store.
    pub(super) fn founding_batch(&self, counters: Counters) -> Result<Batch> {
        let mut batch = Batch::new();
        batch.put_meta(ENCODER, &self.encoder_note())?;
        batch.put_meta(COUNTERS, &counters)?;
        Ok(batch)
    }

    /// Loads the state from the store.
    pub(super) fn load(&self) -> Result<()> {
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
        let calibration = unless_damaged(store.meta(CALIBRATION))?;
        let evidence_in = unless_damaged(store.meta::<EvidenceTable>(EVIDENCE_IN_USE))?;
        let untaught = unless_damaged(store.meta::<Untaught>(UNTAUGHT))?;
        let unread = [calibration.is_none(), evidence_in.is_none(), untaught.is_none()];
        let damaged = unread.into_iter().filter(|unread| *unread).count();
        self.log.note_damaged("meta", damaged);
        state.set_thresholds(self.thresholds_from(calibration.flatten()));
        state.untaught = match untaught {
            Some(noted) => noted.unwrap_or_default(),
            // Whether the person switched learning off is not known; it is off until they switch it on.
            None => Untaught::off_from(store.last_key(Table::Records, u64::MAX)?.map_or(1, |last| last + 1)),
        };
        state.evidence_in = match evidence_in {
            Some(noted) => noted.unwrap_or_default(),
            None => fuller_evidence(&store)?,
        };
        if self.load_rows(&store, &mut state)? || Self::read_vectors(&store, &mut state)? {
            self.load_words(&store, &mut state)?;
            // The rest is loaded while searches are answered: by meaning, and by words if a snapshot holds them.
            self.fully_loaded.store(false, Ordering::Release);
        } else {
            self.read_derived(&store, &mut state, true)?;
        }
        self.log.note_damaged(Table::Tags.name(), read_tags(&store, &mut state)?);
        self.log.note_damaged(Table::AppKeys.name(), read_app_keys(&store, &mut state)?);

        store.scan(Table::Entries, |id, entry: Result<Entry, StoreError>| {
            match unless_damaged(entry)? {
                Some(entry) => state.ledger.insert(PreferenceId(id), entry),
                None => drop(state.damaged.insert(PreferenceId(id))),
            }
            Ok::<(), Error>(())
        })?;
        self.log.note_damaged(Table::Entries.name(), state.damaged.len());
        Self::load_counters(&store, &mut state)?;
        if state.counters_recomputed {
            self.log.note(LogEvent::CountersRecomputed);
        }
        let suppressions = state.ledger.suppressions();
        state.learner.set_suppressions(suppressions);
        let mut damaged = 0;
        store.scan(Table::Inference, |id, row: Result<InferenceRow, StoreError>| {
            let row = unless_damaged(row)?;
            damaged += usize::from(row.is_none());
            state.set_inference(InferenceId(id), row);
            Ok::<(), Error>(())
        })?;
        self.log.note_damaged(Table::Inference.name(), damaged);
        if let Some(snapshot) = store.read_graph(SNAPSHOT_BYTES_MAX) {
            // If the snapshot does not fit, the graph is rebuilt while the scan answers.
            if state.catalogue.restore(&snapshot).is_err() {
                let why = "it is damaged, or of other items";
                self.log.note(LogEvent::SnapshotNotUsed { of: "graph", why });
            }
        }
        Ok(())
    }

    /// Reads the next free ids. If they cannot be read or are too low, they are set to follow the highest ids in the
    /// tables: the id of an existing row is never assigned again.
    fn load_counters(store: &Store, state: &mut State) -> Result<()> {
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
            record: free(&Table::BY_RECORD, u64::MAX)?.max(deleted),
            // Ids with this bit are not assigned by the counter but derived from what the row is about.
            entry: free(&[Table::Entries, Table::Inference], LEARNED_BIT)?,
        };
        let kept = unless_damaged(store.meta::<Counters>(COUNTERS))?.flatten().unwrap_or_default();
        state.counters = Counters { record: kept.record.max(free.record), entry: kept.entry.max(free.entry) };
        state.counters_recomputed = state.counters != kept;
        Ok(())
    }

    /// Reads derived data into a state that has none of it, including the vectors if `vectors` is set, and notes what
    /// is missing. Returns the records whose vector rows are intact, ascending.
    fn read_derived(&self, store: &Store, state: &mut State, vectors: bool) -> Result<Vec<u64>> {
        let shutting_down = || self.shutting_down.load(Ordering::Relaxed);
        let (mut sound, mut shifts, mut damaged) = (Vec::new(), BTreeMap::new(), 0);
        store.scan(Table::Vectors, |id, row: Result<VectorRow, StoreError>| match row {
            Ok(_) if shutting_down() => Err(Error::Closed),
            Ok(row) => {
                if vectors {
                    state.insert_vector(RecordId(id), &row)?;
                }
                state.insert_keys(RecordId(id), &row)?;
                sound.push(id);
                shifts.extend(row.shift.map(|shift| (id, shift)));
                Ok(())
            }
            Err(_) => {
                damaged += 1;
                Ok(())
            }
        })?;
        self.log.note_damaged(Table::Vectors.name(), damaged);
        let (mut with_evidence, mut renews, mut damaged) = (0, false, 0);
        let evidence = state.evidence_in.table();
        store.scan(evidence, |id, row: Result<EvidenceRow, StoreError>| match row {
            Ok(_) if shutting_down() => Err(Error::Closed),
            Ok(row) if sound.binary_search(&id).is_ok() => {
                with_evidence += 1;
                renews |= row.inducer != self.inducer.version;
                let item = if vectors { state.item(id) } else { self.state.read().item(id) }?;
                state.insert_evidence(&item, shifts.remove(&id), Some(row));
                Ok(())
            }
            Ok(_) => Ok::<(), Error>(()),
            Err(_) => {
                damaged += 1;
                Ok(())
            }
        })?;
        self.log.note_damaged(evidence.name(), damaged);
        for (id, shift) in shifts {
            let item = if vectors { state.item(id) } else { self.state.read().item(id) }?;
            state.insert_evidence(&item, Some(shift), None);
        }
        let records = store.count(Table::Records)? as usize;
        let total = if renews { records } else { records.saturating_sub(with_evidence) };
        let unused = store.count(state.evidence_in.other().table())?;
        let lacking = records != sound.len() || records != with_evidence;
        state.deriving = (renews || lacking || unused > 0)
            .then_some(Deriving { progress: Progress { done: 0, total }, renews });
        Ok(sound)
    }

    /// Describes how the vectors in a snapshot were made.
    pub(super) fn rows_note(&self) -> String {
        self.encoder.fingerprint().to_owned()
    }

    /// Loads the vectors from their snapshot, and newer ones from the store. Returns `false`, with no vectors loaded,
    /// if there is no snapshot or it is damaged or does not match the records.
    fn load_rows(&self, store: &Store, state: &mut State) -> Result<bool> {
        let Some(rows) = store.read_rows(SNAPSHOT_BYTES_MAX) else { return Ok(false) };
        let thresholds = state.catalogue.thresholds();
        let not_used = |why| self.log.note(LogEvent::SnapshotNotUsed { of: "vectors", why });
        let Ok(next) = state.catalogue.load(&rows, &self.rows_note()) else {
            not_used("it is damaged, or of another encoder or version");
            return Ok(false);
        };
        let mut sound = read_vectors_from(store, state, next)?;
        sound &= state.catalogue.len() as u64 == store.count(Table::Vectors)?;
        if sound {
            let coded = state.catalogue.uncoded() == 0;
            *self.vector_snapshot.lock() = VectorSnapshot { next, coded };
        } else {
            not_used("it is of other records");
            state.catalogue = State::new(self.encoder.dimensions(), self.limits.graph_threshold).catalogue;
            state.set_thresholds(thresholds);
        }
        Ok(sound)
    }

    /// Loads the vectors from the store when it has many items and there is no usable snapshot. Returns `false`, with
    /// no vectors loaded, if there are few items.
    fn read_vectors(store: &Store, state: &mut State) -> Result<bool> {
        if store.count(Table::Vectors)? < SNAPSHOT_FROM as u64 {
            return Ok(false);
        }
        let thresholds = state.catalogue.thresholds();
        // Coding the vectors takes longer than reading them; it is done after the first answers.
        state.set_thresholds(Thresholds { bits_from: usize::MAX, graph_from: usize::MAX });
        read_vectors_from(store, state, 0)?;
        state.set_thresholds(thresholds);
        Ok(true)
    }

    /// Loads what opening left out, if anything; callers that need it wait here.
    pub(super) fn load_fully(&self) -> Result<()> {
        if self.fully_loaded.load(Ordering::Acquire) {
            return Ok(());
        }
        let _loading = self.loading.lock();
        if self.fully_loaded.load(Ordering::Acquire) {
            return Ok(());
        }
        let store = self.store()?;
        let mut fresh = State::new(self.encoder.dimensions(), self.limits.graph_threshold);
        {
            let state = self.state.read();
            fresh.set_thresholds(state.catalogue.thresholds());
            fresh.evidence_in = state.evidence_in;
            fresh.is_searchable = state.is_searchable;
            fresh.untaught = state.untaught.clone();
        }
        let sound = self.read_derived(&store, &mut fresh, false)?;
        let mut state = self.state.write();
        state.take_rest(fresh);
        if state.catalogue.len() != sound.len() {
            // Records whose rows turn out to be damaged are added again when they are derived.
            let mut damaged = state.catalogue.matching(&Filter::default());
            damaged.retain(|id| sound.binary_search(&id.0).is_err());
            for id in damaged {
                state.catalogue.remove(id);
                state.hybrid.remove(id);
                state.wordless.remove(&id);
            }
        }
        self.fully_loaded.store(true, Ordering::Release);
        Ok(())
    }
}

/// The evidence table to use if the note of it cannot be read: the one with more rows.
fn fuller_evidence(store: &Store) -> Result<EvidenceTable> {
    let [first, second] = [Table::Evidence, Table::OtherEvidence].map(|table| store.count(table));
    Ok(if second? > first? { EvidenceTable::Second } else { EvidenceTable::First })
}

/// Reads the vectors of ids from `from` on; returns whether all were intact.
fn read_vectors_from(store: &Store, state: &mut State, from: u64) -> Result<bool> {
    let mut sound = true;
    store.scan_from(Table::Vectors, from, |id, row: Result<VectorRow, StoreError>| {
        sound &= row.is_ok_and(|row| state.insert_vector(RecordId(id), &row).is_ok());
        Ok::<(), Error>(())
    })?;
    Ok(sound)
}

/// Reads the app keys; returns how many are damaged and therefore ignored.
fn read_app_keys(store: &Store, state: &mut State) -> Result<usize> {
    let mut damaged = 0;
    store.scan(Table::AppKeys, |id, key: Result<AppKey, StoreError>| {
        match unless_damaged(key)? {
            Some(AppKey { key }) => state.app_keys.insert(&key, RecordId(id)),
            None => damaged += 1,
        }
        Ok::<(), Error>(())
    })?;
    Ok(damaged)
}

/// Reads the tags of the items in a state; returns for how many items they are damaged and therefore ignored.
pub(super) fn read_tags(store: &Store, state: &mut State) -> Result<usize> {
    let mut damaged = 0;
    store.scan(Table::Tags, |id, tags: Result<Vec<String>, StoreError>| {
        let tags = unless_damaged(tags)?;
        damaged += usize::from(tags.is_none());
        state.catalogue.set_tags(RecordId(id), &tags.unwrap_or_default());
        Ok::<(), Error>(())
    })?;
    Ok(damaged)
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
