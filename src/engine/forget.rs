//! Forgetting: the store as if it had never seen the item.

use std::collections::BTreeMap;

use crate::engine::inference::InferenceId;
use crate::engine::state::{Derived, State, broken, texts};
use crate::engine::{Engine, Inner};
use crate::error::{InputError, Result, StoreError};
use crate::preference::{Entry, Inferred, Preference, PreferenceId};
use crate::retrieval::Filter;
use crate::store::{Batch, Record, Table};
use crate::types::{RecordId, Scope, Timestamp};

/// What to forget.
#[derive(Debug, Clone)]
#[must_use]
pub struct Forget {
    what: What,
    dry_run: bool,
}

#[derive(Debug, Clone)]
enum What {
    Records(Vec<RecordId>),
    Scope(Scope),
    Between(Timestamp, Timestamp),
    Containing(String),
}

impl Forget {
    /// These records; an unknown id is an error.
    pub fn records(ids: impl Into<Vec<RecordId>>) -> Self {
        Self { what: What::Records(ids.into()), dry_run: false }
    }

    /// One record.
    pub fn record(id: RecordId) -> Self {
        Self::records([id])
    }

    /// Everything within a scope, preferences stated in it included.
    pub fn scope(scope: Scope) -> Self {
        Self { what: What::Scope(scope), dry_run: false }
    }

    /// Everything from `from` on and before `until`.
    pub fn between(from: Timestamp, until: Timestamp) -> Self {
        Self { what: What::Between(from, until), dry_run: false }
    }

    /// Every record and stated preference with this in one of its texts, letter case aside.
    pub fn containing(text: impl Into<String>) -> Self {
        Self { what: What::Containing(text.into()), dry_run: false }
    }

    /// Only tells what would go.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }
}

/// What went, or would go.
#[derive(Debug, Clone, PartialEq)]
pub struct Forgotten {
    /// The records.
    pub records: Vec<RecordId>,
    /// How the listed preferences changed.
    pub changes: Vec<PreferenceChange>,
    /// Whether this was only a dry run.
    pub dry_run: bool,
}

/// How one preference changed.
#[derive(Debug, Clone, PartialEq)]
pub struct PreferenceChange {
    /// As it was; `None` where it is new.
    pub before: Option<Preference>,
    /// As it is; `None` where it is gone.
    pub after: Option<Preference>,
}

/// What a request to forget comes to.
struct Plan {
    records: Vec<RecordId>,
    /// Entries that go: inferred from the records, within the scope or time, or with the text in them.
    entries: Vec<PreferenceId>,
    /// Entries that stay, without what the records said of them.
    changed: Vec<(PreferenceId, Entry)>,
}

impl Engine {
    /// Forgets records with all that was derived from them, and takes their bytes out of the store's files.
    /// The store is then as one that never saw them. Takes time in proportion to the store's size.
    ///
    /// # Errors
    /// `NotFound` for an unknown id, `EmptyText` for an empty match; nothing is forgotten then.
    pub fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        let plan = inner.plan(&forget.what)?;
        let now = inner.clock.now();

        // The change is made in memory to see what it comes to; the learner gives the same for the same
        // evidence whatever came and went in between, so that it can be taken back exactly.
        let kept = inner.kept(&plan.records)?;
        let mut state = inner.state.write();
        let before = state.list(now);
        let ledger_before: Vec<(PreferenceId, Entry)> =
            state.ledger.iter().map(|(id, entry)| (id, entry.clone())).collect();
        for id in &plan.records {
            state.learner.remove(*id);
        }
        for id in &plan.entries {
            state.set_entry(*id, None);
        }
        for (id, entry) in &plan.changed {
            state.set_entry(*id, Some(entry.clone()));
        }
        let orphans = state.orphans(&plan.records, now);
        for id in &orphans {
            state.set_entry(*id, None);
        }
        let after = state.list(now);
        for (id, entry) in ledger_before {
            state.set_entry(id, Some(entry));
        }
        for (id, derived) in kept {
            state.learner.insert(id, derived.at, &derived.scope, derived.evidence);
        }
        drop(state);
        let changes = compare(&before, &after);

        let nothing = plan.records.is_empty() && plan.entries.is_empty();
        if !forget.dry_run && !nothing {
            let entries: Vec<PreferenceId> = plan.entries.iter().chain(&orphans).copied().collect();
            inner.remove(&plan.records, &entries, &plan.changed)?;
        }
        Ok(Forgotten { records: plan.records, changes, dry_run: forget.dry_run })
    }

    /// Forgets everything; the store is then as new, and its files hold nothing of what was there.
    ///
    /// # Errors
    /// Store errors; what was there is then still there.
    pub fn erase_all(&self) -> Result<()> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        let founding = inner.founding_batch()?;
        inner.store_mut()?.erase(&founding)?;
        let mut state = inner.state.write();
        *state = State::new(inner.encoder.dimensions(), inner.limits.graph_threshold);
        state.set_thresholds(inner.thresholds_from(None));
        Ok(())
    }
}

impl Inner {
    fn plan(&self, what: &What) -> Result<Plan> {
        let (mut records, mut entries) = match what {
            What::Records(ids) => {
                let state = self.state()?;
                for id in ids {
                    if state.catalogue.get(*id).is_none() {
                        return Err(InputError::NotFound { what: "record", id: id.0 }.into());
                    }
                }
                (ids.clone(), Vec::new())
            }
            What::Scope(scope) => {
                scope.validate()?;
                let state = self.state()?;
                let filter = Filter { scope: Some(scope.clone()), ..Filter::default() };
                let entries = state.entries_where(|entry| scope.contains(scope_of(entry)));
                (state.catalogue.matching(&filter), entries)
            }
            What::Between(from, until) => {
                let state = self.state()?;
                let filter = Filter { from: Some(*from), until: Some(*until), ..Filter::default() };
                let within = |entry: &Entry| (*from..*until).contains(&time_of(entry));
                (state.catalogue.matching(&filter), state.entries_where(within))
            }
            What::Containing(text) => {
                self.check_filled("text to forget", text)?;
                let needle = text.to_lowercase();
                let found = |text: &str| text.to_lowercase().contains(&needle);
                let mut records = Vec::new();
                self.store()?.scan(Table::Records, |id, record: Result<Record, StoreError>| {
                    if texts(&record?).into_iter().any(found) {
                        records.push(RecordId(id));
                    }
                    Ok::<(), StoreError>(())
                })?;
                self.store()?.scan(Table::Tags, |id, tags: Result<Vec<String>, StoreError>| {
                    if tags?.iter().any(|tag| found(tag)) {
                        records.push(RecordId(id));
                    }
                    Ok::<(), StoreError>(())
                })?;
                let entries = self.state()?.entries_where(|entry| match entry {
                    Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => found(&words.text),
                    Entry::Override(over) => over.corrected.as_deref().is_some_and(found),
                });
                (records, entries)
            }
        };
        records.sort_unstable();
        records.dedup();
        let state = self.state()?;
        let mut changed = BTreeMap::new();
        for (id, entry) in records.iter().flat_map(|id| state.ledger.resting_on(*id)) {
            let gone = |record: &RecordId| records.binary_search(record).is_ok();
            match entry {
                Entry::Inferred(inferred) if !inferred.words.sources.iter().any(gone) => {
                    let mut left = inferred.clone();
                    left.checks.retain(|check| !gone(&check.record));
                    changed.insert(id, Entry::Inferred(left));
                }
                _ => entries.push(id),
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let changed = changed.into_iter().filter(|(id, _)| entries.binary_search(id).is_err()).collect();
        Ok(Plan { records, entries, changed })
    }

    fn kept(&self, records: &[RecordId]) -> Result<Vec<(RecordId, Derived)>> {
        let store = self.store()?;
        let derived = |id: &RecordId| {
            let derived = store.get::<Derived>(Table::Derived, id.0)?;
            Ok((*id, derived.ok_or(broken("a record has its derived row"))?))
        };
        records.iter().map(derived).collect()
    }

    fn remove(
        &self,
        records: &[RecordId],
        entries: &[PreferenceId],
        changed: &[(PreferenceId, Entry)],
    ) -> Result<()> {
        let mut batch = Batch::new();
        let (questions, again): (Vec<InferenceId>, _) = {
            let state = self.state()?;
            let about = records.iter().flat_map(|id| state.inference_about(*id)).collect();
            (about, state.inference_again(entries, records))
        };
        for id in records {
            batch.delete(Table::Records, id.0);
            batch.delete(Table::Derived, id.0);
            batch.delete(Table::Tags, id.0);
        }
        for id in entries {
            batch.delete(Table::Entries, id.0);
        }
        for (id, entry) in changed {
            batch.put(Table::Entries, id.0, entry)?;
        }
        for id in &questions {
            batch.delete(Table::Inference, id.0);
        }
        for (id, row) in &again {
            batch.put(Table::Inference, id.0, row)?;
        }
        let mut store = self.store_mut()?;
        // The snapshot of the graph is only a cache, so it goes first: what is left is consistent either way.
        store.write_graph(None)?;
        store.rewrite(&batch)?;
        let mut state = self.state.write();
        for id in records {
            state.remove_record(*id);
        }
        for id in questions {
            state.set_inference(id, None);
        }
        for (id, row) in again {
            state.set_inference(id, Some(row));
        }
        for id in records {
            state.drop_questions(*id);
        }
        for (id, entry) in changed {
            state.set_entry(*id, Some(entry.clone()));
        }
        for id in entries {
            state.set_entry(*id, None);
        }
        Ok(())
    }
}

impl State {
    fn entries_where(&self, takes: impl Fn(&Entry) -> bool) -> Vec<PreferenceId> {
        self.ledger.iter().filter(|(_, entry)| takes(entry)).map(|(id, _)| id).collect()
    }

    /// Overrides without words of the person's own, of preferences that nothing speaks for any more.
    /// `gone` are records that the learner has let go, ascending.
    fn orphans(&self, gone: &[RecordId], now: Timestamp) -> Vec<PreferenceId> {
        let overrides = self.ledger.iter().filter_map(|(id, entry)| match entry {
            Entry::Override(over) if over.corrected.is_none() => Some((id, over)),
            _ => None,
        });
        let orphaned = overrides.filter(|(id, over)| match over.deleted_through {
            // Deleting hides the evidence from the learner, so that it cannot be asked.
            Some(through) => {
                let filter = Filter { scope: Some(over.scope.clone()), ..Filter::default() };
                let left = self.catalogue.matching(&filter);
                !left.iter().any(|id| *id <= through && gone.binary_search(id).is_err())
            }
            None => self.learner.explain(*id, now).is_none(),
        });
        orphaned.map(|(id, _)| id).collect()
    }
}

fn scope_of(entry: &Entry) -> &Scope {
    match entry {
        Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => &words.scope,
        Entry::Override(over) => &over.scope,
    }
}

fn time_of(entry: &Entry) -> Timestamp {
    match entry {
        Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => words.at,
        Entry::Override(over) => over.at,
    }
}

/// The preferences that came, went, or read or weigh differently.
fn compare(before: &[Preference], after: &[Preference]) -> Vec<PreferenceChange> {
    let find = |list: &[Preference], id| list.iter().find(|preference| preference.id == id).cloned();
    let mut changes = Vec::new();
    for old in before {
        let new = find(after, old.id);
        if new.as_ref() != Some(old) {
            changes.push(PreferenceChange { before: Some(old.clone()), after: new });
        }
    }
    for new in after {
        if find(before, new.id).is_none() {
            changes.push(PreferenceChange { before: None, after: Some(new.clone()) });
        }
    }
    changes
}
