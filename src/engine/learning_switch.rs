//! Switching learning on and off, and erasing all that was learned.
//!
//! Invariant: a record that was added while learning was off, or before an erasure of what was learned, never teaches
//! anything: not when learning is switched on again, and not when evidence is derived again. Its evidence is empty on disk
//! and in memory. Such records are a property of the store, not of the records: they are kept as ranges of ids.

use crate::engine::derived::{Derived, EvidenceRow, VectorRow};
use crate::engine::inference::Asked;
use crate::engine::state::State;
use crate::engine::untaught::UNTAUGHT;
use crate::engine::{Engine, Inner};
use crate::error::Result;
use crate::learning::{Comparisons, Entry, Evidence, Learner, Ledger, Taste};
use crate::search::Filter;
use crate::store::{Batch, Table};
use crate::types::{PreferenceId, Timestamp};

impl EvidenceRow {
    /// Leaves nothing to learn from.
    pub(super) fn teach_nothing(&mut self) {
        self.evidence = Evidence::default();
        let Comparisons { pairs, judged, .. } = Comparisons::default();
        (self.pairs, self.judged, self.outcome) = (pairs, judged, None);
    }
}

impl Derived {
    /// Leaves nothing to learn from.
    pub(super) fn teach_nothing(&mut self) {
        self.evidence.teach_nothing();
        self.vectors.shift = None;
    }
}

impl Engine {
    /// Switches learning on or off; it is on in a new store. The setting is kept in the store. While learning is off,
    /// what is already learned stays in use, and records are added, found by searches and forgotten as always, but
    /// nothing is learned from them: they give no evidence, are never shown as examples, do not count for the gate,
    /// and raise no questions for the host's model. A record that was added while learning was off never teaches
    /// anything, also not after learning is switched on again.
    ///
    /// # Errors
    /// Store errors; the setting is unchanged then.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.set_learning(false)?;
    /// let edit = Observation::edit("Asks for a meeting", "I would be delighted to meet.", "Sure, let's meet.");
    /// assert!(engine.observe(edit)?.taught.is_empty());
    /// assert!(!engine.learning()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_learning(&self, on: bool) -> Result<()> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        let mut untaught = inner.state()?.untaught.clone();
        untaught.switch(on, inner.state()?.counters.record);
        let mut batch = Batch::new();
        batch.put_meta(UNTAUGHT, &untaught)?;
        inner.store()?.commit(&batch)?;
        inner.state.write().untaught = untaught;
        Ok(())
    }

    /// Whether learning is on; see [`set_learning`](Self::set_learning).
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// assert!(engine.learning()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn learning(&self) -> Result<bool> {
        Ok(self.inner.state_so_far()?.untaught.is_on())
    }

    /// Erases all that was learned so far, and removes it from the store's files: the evidence of all records, learned
    /// preferences, those that a host's model inferred and the questions for it, taste, and the outcomes that the gate
    /// goes by. What the person stated, pinned, corrected or switched off stays, and so do the records, which searches
    /// continue to find. The records teach nothing any more, are not shown as examples, and nothing is learned from
    /// them again later. Learning stays on or off as it is. The time is proportional to the size of the store.
    ///
    /// # Errors
    /// Store errors; nothing is erased then.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.preferences().add("signs with Sam", &Scope::app("mail"))?;
    /// engine.erase_learned()?;
    /// assert_eq!(engine.preferences().list()?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn erase_learned(&self) -> Result<()> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        let now = inner.clock.now();
        let mut batch = Batch::new();
        let (ledger, untaught) = {
            let state = inner.state()?;
            let mut untaught = state.untaught.clone();
            untaught.set_aside(state.counters.record);
            batch.put_meta(UNTAUGHT, &untaught)?;
            let mut ledger = Ledger::new();
            for (id, entry) in state.ledger.iter() {
                match state.not_learned(id, entry, now) {
                    Some(left) => {
                        if left != *entry {
                            batch.put(Table::Entries, id.0, &left)?;
                        }
                        ledger.insert(id, left);
                    }
                    None => batch.delete(Table::Entries, id.0),
                }
            }
            (ledger, untaught)
        };
        inner.put_untaught_rows(&mut batch)?;
        inner.store_mut()?.rewrite(&batch)?;
        let mut state = inner.state.write();
        state.untaught = untaught;
        state.forget_learned(ledger);
        Ok(())
    }
}

impl Inner {
    /// Replaces the rows of all records by ones that teach nothing.
    fn put_untaught_rows(&self, batch: &mut Batch) -> Result<()> {
        let in_use = self.state()?.evidence_in;
        let store = self.store()?;
        store.scan(in_use.table(), |id, row: std::result::Result<EvidenceRow, _>| {
            match row {
                Ok(mut row) => {
                    row.teach_nothing();
                    row.inducer = self.inducer.version;
                    batch.put(in_use.table(), id, &row)?;
                }
                // It is derived again, then empty.
                Err(_) => batch.delete(in_use.table(), id),
            }
            Ok::<(), crate::error::Error>(())
        })?;
        for id in store.keys(in_use.other().table())? {
            batch.delete(in_use.other().table(), id);
        }
        for id in store.keys(Table::Inference)? {
            batch.delete(Table::Inference, id);
        }
        store.scan(Table::Vectors, |id, row: std::result::Result<VectorRow, _>| {
            if let Some(mut row) = row.ok().filter(|row| row.shift.is_some()) {
                row.shift = None;
                batch.put(Table::Vectors, id, &row)?;
            }
            Ok::<(), crate::error::Error>(())
        })
    }
}

impl State {
    /// What is left of an entry without what was learned.
    fn not_learned(&self, id: PreferenceId, entry: &Entry, now: Timestamp) -> Option<Entry> {
        match entry {
            Entry::Stated(words) if words.pinned || words.sources.is_empty() => Some(entry.clone()),
            Entry::Inferred(inferred) if inferred.words.pinned => Some(entry.clone()),
            Entry::Stated(_) | Entry::Inferred(_) => None,
            Entry::Override(_) => self.orphaned(id, now),
        }
    }

    /// Drops everything that was learned from records. What is being derived is given up.
    fn forget_learned(&mut self, ledger: Ledger) {
        self.learner = Learner::new();
        self.taste = Taste::default();
        self.outcomes.clear();
        self.surfaces.clear();
        self.feedback.clear();
        self.inference.clear();
        self.queue.clear();
        self.asked = Asked::default();
        self.deriving = None;
        self.ledger = ledger;
    }

    /// Limits a filter for neighbours to records that teach something.
    pub(super) fn only_taught(&self, filter: Filter) -> Filter {
        if self.untaught.is_empty() {
            return filter;
        }
        let mut ids = self.catalogue.matching(&filter);
        ids.retain(|id| !self.untaught.contains(*id));
        Filter { ids: Some(ids), ..filter }
    }
}
