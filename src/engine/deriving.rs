//! Derives missing data while the store is in use: evidence of the current version of the inducer, and vectors whose
//! rows are missing or damaged. Runs in the background after opening, or synchronously in
//! [`optimize`](crate::Engine::optimize).
//!
//! Invariant: results are based on evidence of a single version. Until all evidence of the new version exists, it is
//! kept in the table that is not in use, where the next opening finds it, and the old evidence stays in effect; then
//! the two tables are switched in one step. Records added in the meantime write their evidence to both tables;
//! forgotten records are removed from both. No lock is held during computation.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::engine::Inner;
use crate::engine::background::THREAD_NAME;
use crate::engine::derived::{EVIDENCE_IN_USE, EvidenceRow, VectorRow};
use crate::engine::log::LogEvent;
use crate::engine::state::{Deriving, State, broken, unless_damaged};
use crate::engine::texts::{OwnParts, Texts};
use crate::error::{Error, Result, StoreError};
use crate::search::Filter;
use crate::store::{Batch, Store, Table};
use crate::types::{CancelToken, Progress, Record, RecordId};

/// Records per commit.
pub(super) const DERIVED_BATCH: usize = 64;
/// Records per commit if nothing is embedded.
const EVIDENCE_BATCH: usize = 256;
/// Rows learned from, or removed, while the lock on the state is held.
const HELD: usize = 32;
/// Interval at which the progress of another thread is polled.
const POLL: Duration = Duration::from_millis(20);

impl Inner {
    /// Derives missing data. If another thread is doing so already, waits for it and reports its progress.
    ///
    /// # Errors
    /// `Cancelled`, `Closed`, store errors, and the encoder's error if a vector could not be computed; everything
    /// else is derived first.
    pub(super) fn derive_lacking(
        &self,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<()> {
        self.load_fully()?;
        let _turn = loop {
            if let Some(turn) = self.deriving.try_lock_for(POLL) {
                break turn;
            }
            self.go_on(cancel)?;
            if let Some(deriving) = self.state()?.deriving {
                progress(deriving.progress);
            }
        };
        let Some(Deriving { renews, progress: Progress { total: records, .. } }) = self.state()?.deriving
        else {
            return Ok(());
        };
        let started = Instant::now();
        self.log.note(LogEvent::Deriving { records });
        let unembedded = self.derive_vectors(progress, cancel)?;
        if !self.derive_evidence(renews, progress, cancel)? {
            return Ok(());
        }
        if renews {
            self.use_other_evidence()?;
        }
        self.clear_unused_evidence()?;
        if let Some(error) = unembedded {
            return Err(error);
        }
        self.state.write().deriving = None;
        self.log.note(LogEvent::Derived { records, took: started.elapsed() });
        Ok(())
    }

    /// Returns an error if the work was cancelled or the engine is shutting down.
    fn go_on(&self, cancel: &CancelToken) -> Result<()> {
        if self.shutting_down.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        if cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Computes a value for each record, on as many threads as there are cores. The result is sorted by id.
    fn in_parallel<T: Send>(
        &self,
        ids: &[RecordId],
        cancel: &CancelToken,
        compute: impl Fn(RecordId) -> Result<Option<T>> + Sync,
    ) -> Result<Vec<(RecordId, T)>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut computed = Vec::new();
            while let Some(&id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.go_on(cancel)?;
                computed.extend(compute(id)?.map(|value| (id, value)));
            }
            Ok::<_, Error>(computed)
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let spawn = || thread::Builder::new().name(THREAD_NAME.to_owned()).spawn_scoped(scope, work).ok();
            let others: Vec<ScopedJoinHandle<'_, _>> =
                (1..cores.min(ids.len())).filter_map(|_| spawn()).collect();
            let mut computed = work();
            for other in others {
                let theirs = other.join().unwrap_or(Err(broken("what is derived can be computed")));
                computed = computed.and_then(|mut all| theirs.map(|part| all.extend(part)).map(|()| all));
            }
            // Sorted by id, since everything is learned in the order of the records.
            computed.map(|mut all| {
                all.sort_unstable_by_key(|(id, _)| *id);
                all
            })
        })
    }

    /// Embeds the records whose vector rows are missing or damaged, and removes rows without a record. Returns the
    /// first error of the encoder.
    fn derive_vectors(
        &self,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Option<Error>> {
        let records = {
            let store = self.store()?;
            let (held, in_use) = {
                let state = self.state.read();
                (state.catalogue.len() as u64, state.evidence_in.table())
            };
            let counts = [Table::Records, Table::Vectors, in_use].map(|table| store.count(table));
            if counts.into_iter().collect::<Result<Vec<_>, _>>()? == [held; 3] {
                return Ok(None);
            }
            store.keys(Table::Records)?
        };
        self.drop_orphans(&records)?;
        let mut missing: Vec<RecordId> = records.into_iter().map(RecordId).collect();
        missing.retain(|id| self.state.read().catalogue.get(*id).is_none());
        let (failed, damaged) = (Mutex::new(None), AtomicUsize::new(0));
        let mut came = Progress { done: 0, total: missing.len() };
        for ids in missing.chunks(DERIVED_BATCH) {
            let rows = self.in_parallel(ids, cancel, |id| {
                let record = unless_damaged(self.store()?.get::<Record>(Table::Records, id.0))?;
                damaged.fetch_add(usize::from(record.is_none()), Ordering::Relaxed);
                match record.flatten().map(|record| self.vectors_of_record(&record)).transpose() {
                    Ok(row) => Ok(row.map(|(row, _)| row)),
                    Err(error) => {
                        failed.lock().get_or_insert(error);
                        Ok(None)
                    }
                }
            });
            let rows = rows?;
            came.done += rows.len();
            self.keep_vectors(rows)?;
            self.report(came, progress);
        }
        self.log.note_damaged(Table::Records.name(), damaged.into_inner());
        Ok(failed.into_inner())
    }

    /// Removes rows whose record does not exist.
    fn drop_orphans(&self, records: &[u64]) -> Result<()> {
        let orphaned = |id: &u64| records.binary_search(id).is_err();
        let mut orphans: BTreeSet<u64> = BTreeSet::new();
        {
            let store = self.store()?;
            for table in [Table::Vectors, Table::Evidence, Table::OtherEvidence] {
                orphans.extend(store.keys(table)?.into_iter().filter(orphaned));
            }
        }
        if orphans.is_empty() {
            return Ok(());
        }
        let _writing = self.lock_writer()?;
        let store = self.store()?;
        // The record may have been added in the meantime.
        let lacks = |id: &u64| {
            Ok(unless_damaged(store.get::<Record>(Table::Records, *id))?.is_some_and(|it| it.is_none()))
        };
        let orphans =
            orphans.into_iter().filter_map(|id| lacks(&id).map(|lacks| lacks.then_some(id)).transpose());
        let orphans = orphans.collect::<Result<Vec<u64>>>()?;
        let mut batch = Batch::new();
        for &id in &orphans {
            for table in Table::BY_RECORD {
                batch.delete(table, id);
            }
        }
        store.write_rows(None)?;
        store.write_words(None)?;
        store.commit(&batch)?;
        let mut state = self.state.write();
        let orphans: Vec<RecordId> = orphans.into_iter().map(RecordId).collect();
        for id in &orphans {
            state.remove_record(*id);
        }
        state.learner = state.learner.without(&orphans);
        Ok(())
    }

    /// Stores vectors and adds their records to the state, with the evidence that exists.
    fn keep_vectors(&self, rows: Vec<(RecordId, VectorRow)>) -> Result<()> {
        let _writing = self.lock_writer()?;
        let store = self.store()?;
        let Some(table) = self.being_derived() else { return Ok(()) };
        let mut batch = Batch::new();
        let mut kept = Vec::with_capacity(rows.len());
        let untaught = self.state.read().untaught.clone();
        for (id, mut row) in rows {
            row.shift = row.shift.filter(|_| !untaught.contains(id));
            // The record may have been forgotten in the meantime.
            if unless_damaged(store.get::<Record>(Table::Records, id.0))?.flatten().is_some() {
                batch.put(Table::Vectors, id.0, &row)?;
                let evidence = unless_damaged(store.get::<EvidenceRow>(table, id.0))?.flatten();
                let tags = unless_damaged(store.get::<Vec<String>>(Table::Tags, id.0))?.flatten();
                kept.push((id, row, evidence, tags.unwrap_or_default()));
            }
        }
        // The snapshot would not match the items of the table.
        store.write_rows(None)?;
        store.write_words(None)?;
        store.commit(&batch)?;
        let mut state = self.state.write();
        for (id, row, evidence, tags) in kept {
            state.insert_derived(id, row, evidence)?;
            state.catalogue.set_tags(id, &tags);
        }
        Ok(())
    }

    /// The evidence table to fill; `None` if the store was erased or rebuilt since the work began.
    fn being_derived(&self) -> Option<Table> {
        let state = self.state.read();
        state.deriving.map(|_| state.evidence_in.table())
    }

    /// Derives the evidence missing from the table that is being filled; `false` if that became unnecessary in the
    /// meantime.
    fn derive_evidence(
        &self,
        renews: bool,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<bool> {
        let (in_use, into, mut ids) = {
            let state = self.state()?;
            let in_use = state.evidence_in;
            let into = if renews { in_use.other() } else { in_use };
            (in_use.table(), into.table(), state.catalogue.matching(&Filter::default()))
        };
        let total = ids.len();
        {
            let ready = self.with_evidence(&*self.store()?, into)?;
            ids.retain(|id| ready.binary_search(id).is_err());
        }
        let mut done = total - ids.len();
        let total = if renews { total } else { ids.len() };
        done = if renews { done } else { 0 };
        for ids in ids.chunks(EVIDENCE_BATCH) {
            let rows = self.in_parallel(ids, cancel, |id| {
                // Records added since the version was raised have their evidence in the table in use already.
                match if renews { self.evidence_in(in_use, id)? } else { None } {
                    Some(row) => Ok(Some(row)),
                    None => self.evidence_anew(id),
                }
            })?;
            if !self.keep_evidence(into, renews, rows)? {
                return Ok(false);
            }
            done += ids.len();
            self.report(Progress { done, total }, progress);
        }
        Ok(true)
    }

    /// The records whose evidence in a table is of the current version, ascending.
    fn with_evidence(&self, store: &Store, table: Table) -> Result<Vec<RecordId>> {
        let mut ready = Vec::new();
        store.scan(table, |id, row: Result<EvidenceRow, StoreError>| {
            self.go_on(&CancelToken::new())?;
            if row.is_ok_and(|row| row.inducer == self.inducer.version) {
                ready.push(RecordId(id));
            }
            Ok::<(), Error>(())
        })?;
        Ok(ready)
    }

    /// A record's evidence in `table`, if it is of the current version.
    fn evidence_in(&self, table: Table, id: RecordId) -> Result<Option<EvidenceRow>> {
        let row = unless_damaged(self.store()?.get::<EvidenceRow>(table, id.0))?.flatten();
        Ok(row.filter(|row| row.inducer == self.inducer.version))
    }

    /// Computes the evidence of a record; `None` if the record is damaged or was forgotten.
    fn evidence_anew(&self, id: RecordId) -> Result<Option<EvidenceRow>> {
        let record = unless_damaged(self.store()?.get::<Record>(Table::Records, id.0))?.flatten();
        Ok(record.map(|record| {
            let own = OwnParts::of(&record.signal);
            self.evidence_of(&record, &Texts::of(&record, &own))
        }))
    }

    /// Stores evidence and, if its table is in use, learns from it; `false` if it is no longer needed.
    fn keep_evidence(
        &self,
        into: Table,
        renews: bool,
        mut rows: Vec<(RecordId, EvidenceRow)>,
    ) -> Result<bool> {
        let _writing = self.lock_writer()?;
        let store = self.store()?;
        if self.being_derived().is_none() {
            return Ok(false);
        }
        {
            let state = self.state.read();
            // Records may have been forgotten in the meantime.
            rows.retain(|(id, _)| state.catalogue.get(*id).is_some());
            rows.iter_mut()
                .filter(|(id, _)| state.untaught.contains(*id))
                .for_each(|(_, row)| row.teach_nothing());
        }
        let mut batch = Batch::new();
        for (id, row) in &rows {
            batch.put(into, id.0, row)?;
        }
        store.commit(&batch)?;
        let mut rows = rows.into_iter().peekable();
        while !renews && rows.peek().is_some() {
            let mut state = self.state.write();
            for (id, row) in rows.by_ref().take(HELD) {
                let item = state.item(id.0)?;
                let shift = state.taste.shift(id).cloned();
                state.insert_evidence(&item, shift, Some(row));
            }
        }
        Ok(true)
    }

    fn report(&self, came: Progress, progress: &mut dyn FnMut(Progress)) {
        if let Some(deriving) = &mut self.state.write().deriving {
            deriving.progress = came;
        }
        progress(came);
    }

    /// Learns from the complete evidence table that is not in use, and takes that table into use.
    fn use_other_evidence(&self) -> Result<()> {
        let (mut fresh, learned) = self.learn_from_other()?;
        let _writing = self.lock_writer()?;
        if self.being_derived().is_none() {
            return Ok(());
        }
        let mut came = self.state.read().catalogue.matching(&Filter::default());
        if learned.iter().all(|id| came.binary_search(id).is_ok()) {
            came.retain(|id| learned.binary_search(id).is_err());
        } else {
            // Records were forgotten in the meantime.
            (fresh, came) = (self.learn_from_other()?.0, Vec::new());
        }
        let store = self.store()?;
        for id in came {
            let item = self.state.read().item(id.0)?;
            fresh.count(id, item.kind, &item.scope);
            let row = unless_damaged(store.get::<EvidenceRow>(fresh.evidence_in.table(), id.0))?.flatten();
            let shift = self.state.read().taste.shift(id).cloned();
            fresh.insert_evidence(&item, shift, row);
        }
        let mut batch = Batch::new();
        batch.put_meta(EVIDENCE_IN_USE, &fresh.evidence_in)?;
        store.commit(&batch)?;
        let mut state = self.state.write();
        // Stays set until the rows of the table no longer in use have been removed from disk.
        fresh.deriving = Some(Deriving { progress: Progress { done: 0, total: 0 }, renews: false });
        state.take_evidence(fresh);
        Ok(())
    }

    /// Learns from the evidence table that is not in use. Returns the learned state and the records it is based on,
    /// ascending.
    fn learn_from_other(&self) -> Result<(State, Vec<RecordId>)> {
        let mut fresh = State::new(self.encoder.dimensions(), self.limits.graph_threshold);
        let learned = {
            let state = self.state.read();
            fresh.evidence_in = state.evidence_in.other();
            fresh.untaught = state.untaught.clone();
            state.catalogue.matching(&Filter::default())
        };
        let take = |fresh: &mut State, id: RecordId, row: Option<EvidenceRow>| {
            let state = self.state.read();
            // The record may have been forgotten in the meantime.
            let Some(item) = state.catalogue.get(id) else { return };
            let shift = state.taste.shift(id).cloned();
            drop(state);
            if row.is_none() {
                fresh.count(id, item.kind, &item.scope);
            }
            fresh.insert_evidence(&item, shift, row);
        };
        for id in &learned {
            take(&mut fresh, *id, None);
        }
        self.store()?.scan(fresh.evidence_in.table(), |id, row: Result<EvidenceRow, StoreError>| {
            self.go_on(&CancelToken::new())?;
            let row = row.ok().filter(|row| row.inducer == self.inducer.version);
            if row.is_some() && learned.binary_search(&RecordId(id)).is_ok() {
                take(&mut fresh, RecordId(id), row);
            }
            Ok::<(), Error>(())
        })?;
        Ok((fresh, learned))
    }

    /// Removes the rows of the evidence table that is not in use, in small steps.
    pub(super) fn clear_unused_evidence(&self) -> Result<()> {
        let unused = self.state()?.evidence_in.other().table();
        let ids = self.store()?.keys(unused)?;
        for ids in ids.chunks(EVIDENCE_BATCH) {
            self.go_on(&CancelToken::new())?;
            let _writing = self.lock_writer()?;
            let mut batch = Batch::new();
            for id in ids {
                batch.delete(unused, *id);
            }
            self.store()?.commit(&batch)?;
        }
        Ok(())
    }
}
