//! Forgetting: afterwards the store is as if it had never seen the item.

use std::collections::BTreeMap;

use crate::engine::app_keys::AppKey;
use crate::engine::inference::{InferenceId, InferenceRow};
use crate::engine::listing::list;
use crate::engine::state::{Counters, State, texts, unless_damaged};
use crate::engine::untaught::{UNTAUGHT, Untaught};
use crate::engine::{Engine, Inner};
use crate::error::{Error, InputError, Result, StoreError};
use crate::learning::{Entry, Inferred, Learner, Ledger};
use crate::search::{Catalogue, Filter};
use crate::store::{Batch, Table};
use crate::types::Record;
use crate::types::{Preference, PreferenceId};
use crate::types::{RecordId, Scope, Timestamp};

/// What to forget.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// engine.add_history(HistoryItem::new("The ferry leaves at nine.").scope(Scope::app("notes")))?;
/// // What would be removed, and which preferences would change.
/// let would_go = engine.forget(&Forget::containing("ferry").dry_run())?;
/// assert_eq!(would_go.records.len(), 1);
/// engine.forget(&Forget::between(Timestamp(0), Timestamp(1)))?;
/// engine.forget(&Forget::scope(Scope::app("notes")))?;
/// assert_eq!(engine.stats()?.history, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Forget {
    what: What,
    dry_run: bool,
}

crate::types::debug_without_text!(Forget, "Forget", shown: [dry_run], hidden: []);

#[derive(Clone)]
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

    /// Everything within a scope, including preferences stated in it. For the scope of the whole person this includes
    /// damaged rows that cannot be read.
    pub fn scope(scope: Scope) -> Self {
        Self { what: What::Scope(scope), dry_run: false }
    }

    /// Everything with a time from `from` (inclusive) to `until` (exclusive).
    pub fn between(from: Timestamp, until: Timestamp) -> Self {
        Self { what: What::Between(from, until), dry_run: false }
    }

    /// Every record and stated preference with `text` in one of its texts, ignoring letter case. Damaged rows are
    /// removed as well, because they cannot be shown not to contain it.
    pub fn containing(text: impl Into<String>) -> Self {
        Self { what: What::Containing(text.into()), dry_run: false }
    }

    /// Only reports what would be removed.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }
}

/// What was removed, or would be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Forgotten {
    /// The removed records.
    pub records: Vec<RecordId>,
    /// How the listed preferences changed.
    pub changes: Vec<PreferenceChange>,
    /// Whether this was only a dry run.
    pub dry_run: bool,
}

/// A change to one preference.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PreferenceChange {
    /// The preference before; `None` if it is new.
    pub before: Option<Preference>,
    /// The preference after; `None` if it is gone.
    pub after: Option<Preference>,
}

/// What a request to forget removes and changes.
pub(super) struct Plan {
    records: Vec<RecordId>,
    /// Entries to remove: inferred from the records, within the scope or time range, or containing the text.
    entries: Vec<PreferenceId>,
    /// Entries to keep, without what was derived from the removed records.
    changed: Vec<(PreferenceId, Entry)>,
    /// Records to keep whose tags cannot be read; the tags are removed.
    tags: Vec<RecordId>,
    /// Records to keep whose app key cannot be read; the key is removed.
    app_keys: Vec<RecordId>,
}

/// Questions for the host's model to remove, and those to be asked again.
pub(super) struct Questions {
    gone: Vec<InferenceId>,
    again: Vec<(InferenceId, InferenceRow)>,
}

impl Engine {
    /// Forgets records and everything derived from them, and removes their bytes from the store's files. The store is
    /// then as if it had never seen them. Earlier wordings of corrected preferences (see
    /// [`Preferences::correct`](crate::Preferences::correct)) are removed from the files as well, even if no record
    /// is. What the person stated, pinned or corrected stays: of the forgotten records nothing is left but the sentences
    /// that they pinned. The time is proportional to the size of the store.
    ///
    /// # Errors
    /// `NotFound` for an unknown id, `EmptyText` for an empty text to match; nothing is forgotten then.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let id = engine.add_history(HistoryItem::new("The ferry leaves at nine."))?;
    /// let forgotten = engine.forget(&Forget::record(id))?;
    /// assert_eq!(forgotten.records, [id]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        let mut plan = inner.plan(&forget.what)?;
        let now = inner.clock.now();

        let state = inner.state()?;
        let before = state.list(now);
        let (mut learner, mut ledger) = state.without(&plan);
        for id in orphans(&state.catalogue, &ledger, &learner, &plan.records, now) {
            if let Some(left) = state.orphaned(id, now) {
                ledger.insert(id, left.clone());
                plan.changed.push((id, left));
            } else {
                ledger.remove(id);
                plan.entries.push(id);
            }
        }
        learner.set_suppressions(ledger.suppressions());
        drop(state);
        let changes = compare(&before, &list(&ledger, &learner, now));
        if !forget.dry_run {
            inner.remove(&plan, learner, ledger)?;
        }
        Ok(Forgotten { records: plan.records, changes, dry_run: forget.dry_run })
    }

    /// Forgets everything; the store is then like a new one, and its files hold nothing of the previous content.
    /// Learning that was switched off stays off.
    ///
    /// # Errors
    /// Store errors; the previous content is then still there.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.add_history(HistoryItem::new("The ferry leaves at nine."))?;
    /// engine.erase_all()?;
    /// assert_eq!(engine.stats()?.history, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn erase_all(&self) -> Result<()> {
        let inner = &*self.inner;
        let _writing = inner.writing()?;
        // A late answer of a host model must not be taken for an answer to a question asked after the erasure.
        let counters = Counters { entry: inner.state()?.counters.entry, ..Counters::default() };
        let mut founding = inner.founding_batch(counters)?;
        let off = !inner.state()?.untaught.is_on();
        let untaught = if off { Untaught::off_from(counters.record) } else { Untaught::default() };
        if off {
            founding.put_meta(UNTAUGHT, &untaught)?;
        }
        inner.store_mut()?.erase(&founding)?;
        let mut state = inner.state.write();
        *state = State::new(inner.encoder.dimensions(), inner.limits.graph_threshold);
        state.counters = counters;
        state.untaught = untaught;
        state.set_thresholds(inner.thresholds_from(None));
        Ok(())
    }
}

impl Inner {
    fn plan(&self, what: &What) -> Result<Plan> {
        let (mut tags, mut app_keys) = (Vec::new(), Vec::new());
        let (records, entries) = match what {
            What::Records(ids) => {
                let store = self.store()?;
                let state = self.state()?;
                for id in ids {
                    // A damaged record may exist on disk only.
                    let there = || unless_damaged(store.get::<Record>(Table::Records, id.0));
                    if state.catalogue.get(*id).is_none() && there()?.is_some_and(|record| record.is_none()) {
                        return Err(InputError::NotFound { what: "record", id: id.0 }.into());
                    }
                }
                (ids.clone(), Vec::new())
            }
            What::Scope(scope) if scope.is_person() => {
                // Damaged rows included.
                let store = self.store()?;
                let records = store.keys(Table::Records)?.into_iter().map(RecordId);
                let entries = store.keys(Table::Entries)?.into_iter().map(PreferenceId);
                (records.collect(), entries.collect())
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
                let (mut records, mut entries) = (Vec::new(), Vec::new());
                let store = self.store()?;
                // A damaged record cannot be shown not to contain the text.
                store.scan(Table::Records, |id, record: Result<Record, StoreError>| {
                    if unless_damaged(record)?.is_none_or(|record| texts(&record).into_iter().any(found)) {
                        records.push(RecordId(id));
                    }
                    Ok::<(), Error>(())
                })?;
                store.scan(Table::Tags, |id, of_record: Result<Vec<String>, StoreError>| {
                    match unless_damaged(of_record)? {
                        Some(of_record) if !of_record.iter().any(|tag| found(tag)) => {}
                        Some(_) => records.push(RecordId(id)),
                        None => tags.push(RecordId(id)),
                    }
                    Ok::<(), Error>(())
                })?;
                store.scan(Table::AppKeys, |id, key: Result<AppKey, StoreError>| {
                    match unless_damaged(key)? {
                        Some(key) if !found(&key.key) => {}
                        Some(_) => records.push(RecordId(id)),
                        None => app_keys.push(RecordId(id)),
                    }
                    Ok::<(), Error>(())
                })?;
                store.scan(Table::Entries, |id, entry: Result<Entry, StoreError>| {
                    let holds = unless_damaged(entry)?.is_none_or(|entry| match entry {
                        Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => found(&words.text),
                        Entry::Override(over) => {
                            let said = over.said.iter().flat_map(|said| [&said.text, &said.subject]);
                            over.corrected.iter().chain(said).any(|text| found(text))
                        }
                    });
                    entries.extend(holds.then_some(PreferenceId(id)));
                    Ok::<(), Error>(())
                })?;
                (records, entries)
            }
        };
        Ok(Plan { tags, app_keys, ..self.plan_of(records, entries)? })
    }

    /// What has to be removed together with these records and entries.
    pub(super) fn plan_of(&self, mut records: Vec<RecordId>, mut entries: Vec<PreferenceId>) -> Result<Plan> {
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
        Ok(Plan { records, entries, changed, tags: Vec::new(), app_keys: Vec::new() })
    }

    /// Removes what is planned from the store, and replaces the learned state by the one without it.
    fn remove(&self, plan: &Plan, learner: Learner, ledger: Ledger) -> Result<()> {
        let mut batch = Batch::new();
        let questions = self.delete(plan, &mut batch)?;
        let mut store = self.store_mut()?;
        // The graph snapshot is only a cache, so it is removed first: either way what is left is consistent.
        store.write_graph(None)?;
        store.rewrite(&batch)?;
        self.state.write().let_go(plan, questions, learner, ledger);
        Ok(())
    }

    /// Adds the planned removals to a batch.
    pub(super) fn delete(&self, plan: &Plan, batch: &mut Batch) -> Result<Questions> {
        let Plan { records, entries, changed, tags, app_keys } = plan;
        let state = self.state()?;
        let gone = state.inference_about(records);
        let again: Vec<_> = state.inference_again(entries, records).into_iter().collect();
        for id in records {
            for table in Table::BY_RECORD {
                batch.delete(table, id.0);
            }
        }
        for id in tags {
            batch.delete(Table::Tags, id.0);
        }
        for id in app_keys {
            batch.delete(Table::AppKeys, id.0);
        }
        for id in entries {
            batch.delete(Table::Entries, id.0);
        }
        for (id, entry) in changed {
            batch.put(Table::Entries, id.0, entry)?;
        }
        for id in &gone {
            batch.delete(Table::Inference, id.0);
        }
        for (id, row) in &again {
            batch.put(Table::Inference, id.0, row)?;
        }
        Ok(Questions { gone, again })
    }
}

impl State {
    /// The learner and the ledger without what is planned to be removed.
    pub(super) fn without(&self, plan: &Plan) -> (Learner, Ledger) {
        let mut learner = self.learner.without(&plan.records);
        let mut ledger = self.ledger.clone();
        for id in &plan.entries {
            ledger.remove(*id);
        }
        for (id, entry) in &plan.changed {
            ledger.insert(*id, entry.clone());
        }
        learner.set_suppressions(ledger.suppressions());
        (learner, ledger)
    }

    /// Updates the state after the removal from the store.
    pub(super) fn let_go(&mut self, plan: &Plan, questions: Questions, learner: Learner, ledger: Ledger) {
        for id in &plan.records {
            self.remove_record(*id);
        }
        self.app_keys.remove(&plan.records);
        for id in questions.gone {
            self.set_inference(id, None);
        }
        for (id, row) in questions.again {
            self.set_inference(id, Some(row));
        }
        self.drop_questions(&plan.records);
        self.learner = learner;
        self.ledger = ledger;
        for id in &plan.entries {
            self.damaged.remove(id);
        }
    }

    /// What is left of what the person set for a learned preference once its evidence is forgotten: that it is pinned,
    /// with its sentence, or switched off.
    pub(super) fn orphaned(&self, id: PreferenceId, now: Timestamp) -> Option<Entry> {
        let Some(Entry::Override(over)) = self.ledger.get(id) else { return None };
        let mut over = over.clone();
        let learned = over.needs_words().then(|| self.learned(id, now)).flatten();
        over.keep_words(learned.as_ref());
        over.drop_words();
        over.deleted_through = None;
        let kept = over.corrected.is_some() || !over.active || (over.pinned && over.said.is_some());
        kept.then_some(Entry::Override(over))
    }

    fn entries_where(&self, takes: impl Fn(&Entry) -> bool) -> Vec<PreferenceId> {
        self.ledger.iter().filter(|(_, entry)| takes(entry)).map(|(id, _)| id).collect()
    }
}

/// Overrides without a wording of the person's own whose preference has no evidence left. `gone` are records that the
/// learner no longer has, ascending.
fn orphans(
    catalogue: &Catalogue,
    ledger: &Ledger,
    learner: &Learner,
    gone: &[RecordId],
    now: Timestamp,
) -> Vec<PreferenceId> {
    let overrides = ledger.iter().filter_map(|(id, entry)| match entry {
        Entry::Override(over) if over.corrected.is_none() => Some((id, over)),
        _ => None,
    });
    let orphaned = overrides.filter(|(id, over)| match over.deleted_through {
        // A deleted preference's evidence is hidden from the learner, which therefore cannot be asked.
        Some(through) => {
            let filter = Filter { scope: Some(over.scope.clone()), ..Filter::default() };
            let left = catalogue.matching(&filter);
            !left.iter().any(|id| *id <= through && gone.binary_search(id).is_err())
        }
        None => learner.explain(*id, now).is_none() && !learner.has_evidence(*id, &over.scope),
    });
    orphaned.map(|(id, _)| id).collect()
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

/// The preferences that appeared, disappeared, or changed in wording or weight.
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
