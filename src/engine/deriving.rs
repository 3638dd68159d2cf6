//! Deriving what a store lacks while it is in use: evidence of the present version of the inducer, vectors whose rows are
//! missing or damaged. Runs in the background after opening, or at once for [`optimize`](crate::Engine::optimize).
//!
//! Invariant: an answer is of one version's evidence. Until all of the new is there it lies in the table that is not in use,
//! where the next opening finds it, and the old serves; then the tables change roles at once. Records that come meanwhile
//! put their evidence into both, forgotten ones leave both. No lock is held while something is computed.

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

/// Records between two commits while much is derived.
pub(super) const DERIVED_BATCH: usize = 64;
/// The same where nothing is embedded.
const EVIDENCE_BATCH: usize = 256;
/// Rows that are learned from, or taken out, while others wait.
const HELD: usize = 32;
/// Between two looks at how far another thread has come.
const POLL: Duration = Duration::from_millis(20);

impl Inner {
    /// Derives what is lacking. Where another thread is at it, waits for that and reports how far it has come.
    ///
    /// # Errors
    /// `Cancelled`, `Closed`; store errors; the encoder's, where a vector could not be made: what can be is done first.
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

    /// An error where the work is to end early.
    fn go_on(&self, cancel: &CancelToken) -> Result<()> {
        if self.shutting_down.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        if cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Computes something of each record, over as many threads as there are cores; by ascending id.
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
            // In the order of the records, as all that is learned from.
            computed.map(|mut all| {
                all.sort_unstable_by_key(|(id, _)| *id);
                all
            })
        })
    }

    /// Embeds the records whose rows of vectors are missing or damaged, and drops rows without a record. Returns the error of
    /// the first that the encoder has none for.
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

    /// Takes rows out that lack their record.
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
        // Else it came meanwhile.
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

    /// Keeps vectors and makes their records part of the state, with what evidence there is.
    fn keep_vectors(&self, rows: Vec<(RecordId, VectorRow)>) -> Result<()> {
        let _writing = self.lock_writer()?;
        let store = self.store()?;
        let Some(table) = self.being_derived() else { return Ok(()) };
        let mut batch = Batch::new();
        let mut kept = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            // Else it was forgotten meanwhile.
            if unless_damaged(store.get::<Record>(Table::Records, id.0))?.flatten().is_some() {
                batch.put(Table::Vectors, id.0, &row)?;
                let evidence = unless_damaged(store.get::<EvidenceRow>(table, id.0))?.flatten();
                let tags = unless_damaged(store.get::<Vec<String>>(Table::Tags, id.0))?.flatten();
                kept.push((id, row, evidence, tags.unwrap_or_default()));
            }
        }
        // It would have other items than the table.
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

    /// The table of evidence that is in use, unless the store was erased or all derived anew since the work began.
    fn being_derived(&self) -> Option<Table> {
        let state = self.state.read();
        state.deriving.map(|_| state.evidence_in.table())
    }

    /// Derives the evidence that is lacking from the table that is to have it; `false` where that is not to be any more.
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
                // What came since the version was raised is in the table in use already.
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

    /// The records whose evidence in a table is of the present version, ascending.
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

    /// A record's evidence of the present version, if a table has it.
    fn evidence_in(&self, table: Table, id: RecordId) -> Result<Option<EvidenceRow>> {
        let row = unless_damaged(self.store()?.get::<EvidenceRow>(table, id.0))?.flatten();
        Ok(row.filter(|row| row.inducer == self.inducer.version))
    }

    /// The evidence of a record's texts; `None` where they cannot be read, or were forgotten.
    fn evidence_anew(&self, id: RecordId) -> Result<Option<EvidenceRow>> {
        let record = unless_damaged(self.store()?.get::<Record>(Table::Records, id.0))?.flatten();
        Ok(record.map(|record| {
            let own = OwnParts::of(&record.signal);
            self.evidence_of(&record, &Texts::of(&record, &own))
        }))
    }

    /// Keeps evidence, and learns from it where its table is in use; `false` where it is not to be derived any more.
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
            // Else it was forgotten meanwhile.
            rows.retain(|(id, _)| state.catalogue.get(*id).is_some());
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

    /// Learns anew from the table of evidence that is not in use and has all, and takes it into use.
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
            // Some were forgotten meanwhile.
            (fresh, came) = (self.learn_from_other()?.0, Vec::new());
        }
        let store = self.store()?;
        for id in came {
            let item = self.state.read().item(id.0)?;
            fresh.count(item.kind, &item.scope);
            let row = unless_damaged(store.get::<EvidenceRow>(fresh.evidence_in.table(), id.0))?.flatten();
            let shift = self.state.read().taste.shift(id).cloned();
            fresh.insert_evidence(&item, shift, row);
        }
        let mut batch = Batch::new();
        batch.put_meta(EVIDENCE_IN_USE, &fresh.evidence_in)?;
        store.commit(&batch)?;
        let mut state = self.state.write();
        // Until what is not in use any more is gone from the disk, too.
        fresh.deriving = Some(Deriving { progress: Progress { done: 0, total: 0 }, renews: false });
        state.take_evidence(fresh);
        Ok(())
    }

    /// What is learned from the table of evidence that is not in use, and the records that it is learned from, ascending.
    fn learn_from_other(&self) -> Result<(State, Vec<RecordId>)> {
        let mut fresh = State::new(self.encoder.dimensions(), self.limits.graph_threshold);
        let learned = {
            let state = self.state.read();
            fresh.evidence_in = state.evidence_in.other();
            state.catalogue.matching(&Filter::default())
        };
        let take = |fresh: &mut State, id: RecordId, row: Option<EvidenceRow>| {
            let state = self.state.read();
            // Else it was forgotten meanwhile.
            let Some(item) = state.catalogue.get(id) else { return };
            let shift = state.taste.shift(id).cloned();
            drop(state);
            if row.is_none() {
                fresh.count(item.kind, &item.scope);
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

    /// Takes out the rows of evidence that are not in use, a little at a time.
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
