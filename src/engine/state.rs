//! The state in memory: entirely derived, and computed in the order of the records.
//!
//! Invariant: the state is a function of the store's records and entries alone, so that a store that forgot a record
//! has the same state as one that never saw it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::iter::once;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::engine::app_keys::AppKeys;
use crate::engine::derived::{Derived, EvidenceRow, EvidenceTable, VectorRow};
use crate::engine::inference::{Asked, InferenceId, InferenceRow};
use crate::engine::tuning::personalize::SCOPE_RECORDS_MIN;
use crate::engine::untaught::Untaught;
use crate::error::{Error, Result, StoreError};
use crate::learning::tuning::gate::NEED_UNKNOWN;
use crate::learning::tuning::neighbour::HEARD_MAX;
use crate::learning::{Comparisons, Entry, Learner, Ledger, Outcome, Outcomes, PoolQuery, Taste};
use crate::search::{
    Catalogue, Filter, Found, Hybrid, Item, ItemWords, Thresholds, even_out, likeness, map_bytes,
};
use crate::signals::{Shift, Surface};
use crate::store::{Stored, Table};
use crate::types::PreferenceId;
use crate::types::RecordKind;
use crate::types::{ByRecord, Progress, RecordId, Scope, Timestamp};
use crate::types::{Key, Record, Signal};

/// Name under which the [`Counters`] are stored.
pub(super) const COUNTERS: &str = "counters";

/// The next free ids. Kept apart from the rows, so that the id of a forgotten row is not assigned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counters {
    pub(super) record: u64,
    pub(super) entry: u64,
}

impl Stored for Counters {
    const VERSION: u8 = 1;
}

impl Default for Counters {
    fn default() -> Self {
        Self { record: 1, entry: 1 }
    }
}

/// Progress of deriving in the background.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deriving {
    pub(super) progress: Progress,
    /// Whether all evidence is recomputed into the table that is not in use.
    pub(super) renews: bool,
}

pub(super) struct State {
    pub(super) catalogue: Catalogue,
    /// Words and further keys of the catalogue's items.
    pub(super) hybrid: Hybrid,
    /// Whether further keys, and the words of all items not in `wordless`, were loaded from a snapshot.
    pub(super) is_searchable: bool,
    /// Items whose words are not read yet: opening reads no texts, searches read them in steps.
    pub(super) wordless: BTreeSet<RecordId>,
    pub(super) learner: Learner,
    pub(super) taste: Taste,
    pub(super) outcomes: ByRecord<Outcome>,
    /// Only of records with feedback.
    pub(super) surfaces: ByRecord<Surface>,
    pub(super) ledger: Ledger,
    /// Entries in the store that cannot be read.
    pub(super) damaged: BTreeSet<PreferenceId>,
    /// The records that teach nothing.
    pub(super) untaught: Untaught,
    pub(super) counters: Counters,
    /// The app keys of the items.
    pub(super) app_keys: AppKeys,
    /// Whether the stored counters could not be read when the store was opened.
    pub(super) counters_recomputed: bool,
    /// The table that the evidence in the state comes from.
    pub(super) evidence_in: EvidenceTable,
    /// `None` once all derived data exists and is of the current version.
    pub(super) deriving: Option<Deriving>,
    /// Rows of the inference table.
    pub(super) inference: BTreeMap<InferenceId, InferenceRow>,
    /// Requests waiting to be handed out.
    pub(super) queue: VecDeque<InferenceId>,
    pub(super) asked: Asked,
    /// For each scope, the feedback in it and in the scopes within it.
    pub(super) feedback: HashMap<Scope, Feedback>,
    pub(super) history: usize,
}

/// Contexts that are alike a request's.
pub(super) struct Alike {
    /// The most alike first.
    near: Vec<(RecordId, f32)>,
    /// How alike they are to one another, row by row; empty where that is not known.
    pairs: Vec<f32>,
}

impl Alike {
    /// What to pool for a request within a scope.
    pub(super) fn query<'a>(&'a self, scope: &'a Scope, now: Timestamp) -> PoolQuery<'a> {
        PoolQuery { scope, neighbours: &self.near, likenesses: &self.pairs, now }
    }
}

/// The feedback within a scope.
#[derive(Debug, Default)]
pub(super) struct Feedback {
    records: usize,
    outcomes: Outcomes,
}

/// The kinds of records that have a context and say something about it.
pub(super) const FEEDBACK: [RecordKind; 5] =
    [RecordKind::Edit, RecordKind::Accept, RecordKind::Reject, RecordKind::Choice, RecordKind::Rating];

impl State {
    pub(super) fn new(dimensions: usize, graph_threshold: usize) -> Self {
        let mut catalogue = Catalogue::new(dimensions, graph_threshold);
        let mut hybrid = Hybrid::new(dimensions, graph_threshold);
        catalogue.index_mut().grow_apart();
        hybrid.index_mut().grow_apart();
        Self {
            catalogue,
            hybrid,
            is_searchable: false,
            wordless: BTreeSet::new(),
            learner: Learner::new(),
            taste: Taste::default(),
            outcomes: ByRecord::default(),
            surfaces: ByRecord::default(),
            ledger: Ledger::new(),
            damaged: BTreeSet::new(),
            untaught: Untaught::default(),
            counters: Counters::default(),
            app_keys: AppKeys::default(),
            counters_recomputed: false,
            evidence_in: EvidenceTable::default(),
            deriving: None,
            inference: BTreeMap::new(),
            queue: VecDeque::new(),
            asked: Asked::default(),
            feedback: HashMap::new(),
            history: 0,
        }
    }

    /// Whether a graph lacks items.
    pub(super) fn is_growing(&self) -> bool {
        self.catalogue.is_growing() || self.hybrid.is_growing()
    }

    /// Adds some of the missing items to the graphs.
    pub(super) fn grow(&mut self) {
        self.catalogue.index_mut().grow();
        self.hybrid.index_mut().grow();
    }

    /// Number of vectors without codes.
    pub(super) fn uncoded(&self) -> usize {
        self.catalogue.uncoded() + self.hybrid.uncoded()
    }

    /// Computes up to `most` codes in each index; returns how many are still missing.
    pub(super) fn code(&mut self, most: usize) -> usize {
        self.catalogue.code(most) + self.hybrid.code(most)
    }

    /// Approximate memory for what is learned from each record, in bytes.
    pub(super) fn learned_bytes(&self) -> usize {
        self.learner.memory_bytes()
            + self.taste.memory_bytes()
            + map_bytes(&self.outcomes)
            + map_bytes(&self.surfaces)
            + self.wordless.len() * 2 * size_of::<RecordId>()
    }

    /// Sets the numbers of items from which each index is used.
    pub(super) fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.catalogue.set_thresholds(thresholds);
        self.hybrid.set_thresholds(thresholds);
    }

    /// The tables that new evidence is written to: the one in use, and the one being filled.
    pub(super) fn evidence_tables(&self) -> impl Iterator<Item = Table> + use<> {
        let renews = self.deriving.is_some_and(|deriving| deriving.renews);
        let other = renews.then(|| self.evidence_in.other().table());
        once(self.evidence_in.table()).chain(other)
    }

    /// An item whose vector is in the catalogue.
    pub(super) fn item(&self, id: u64) -> Result<Item> {
        self.catalogue.get(RecordId(id)).ok_or(broken("an item with sound rows is in the catalogue"))
    }

    pub(super) fn insert_record(&mut self, id: RecordId, derived: Derived) -> Result<()> {
        let Derived { vectors, evidence, words } = derived;
        self.insert_derived(id, vectors, Some(evidence))?;
        self.insert_words(id, words);
        Ok(())
    }

    /// The same if the evidence may be missing.
    pub(super) fn insert_derived(
        &mut self,
        id: RecordId,
        vectors: VectorRow,
        evidence: Option<EvidenceRow>,
    ) -> Result<()> {
        self.insert_vector(id, &vectors)?;
        self.insert_keys(id, &vectors)?;
        let VectorRow { kind, at, scope, shift, .. } = vectors;
        let scope = self.catalogue.scope(&scope);
        self.insert_evidence(&Item { id, kind, scope, at }, shift, evidence);
        Ok(())
    }

    /// Makes a record findable by its vector.
    pub(super) fn insert_vector(&mut self, id: RecordId, row: &VectorRow) -> Result<()> {
        let VectorRow { kind, at, scope, vector, .. } = row;
        let item = Item { id, kind: *kind, scope: self.catalogue.scope(scope), at: *at };
        Ok(self.catalogue.insert(&item, vector)?)
    }

    /// Makes a record findable by its further keys, and counts it.
    pub(super) fn insert_keys(&mut self, id: RecordId, row: &VectorRow) -> Result<()> {
        if !self.is_searchable {
            self.hybrid.insert_keys(id, &row.keys)?;
            self.wordless.insert(id);
        }
        self.count(id, row.kind, &row.scope);
        Ok(())
    }

    pub(super) fn count(&mut self, id: RecordId, kind: RecordKind, scope: &Scope) {
        if kind == RecordKind::History {
            self.history += 1;
        } else if !self.untaught.contains(id) {
            for wider in scope.chain() {
                self.feedback.entry(wider).or_default().records += 1;
            }
        }
    }

    /// Learns from a record that is already counted, unless it teaches nothing. The shift of its meaning counts even if
    /// its evidence is missing.
    pub(super) fn insert_evidence(&mut self, item: &Item, shift: Option<Shift>, row: Option<EvidenceRow>) {
        let Item { id, kind, scope, at } = item;
        if self.untaught.contains(*id) {
            return;
        }
        let Some(EvidenceRow { evidence, pairs, judged, outcome, surface, .. }) = row else {
            let comparisons = Comparisons { shift, ..Comparisons::default() };
            return self.taste.insert(*id, (**scope).clone(), comparisons);
        };
        self.learner.insert(*id, *at, scope, evidence);
        self.taste.insert(*id, (**scope).clone(), Comparisons { pairs, judged, shift });
        self.outcomes.extend(outcome.map(|outcome| (*id, outcome)));
        if *kind != RecordKind::History {
            self.surfaces.insert(*id, surface);
            for wider in scope.chain() {
                if let (Some(within), Some(outcome)) = (self.feedback.get_mut(&wider), outcome) {
                    within.outcomes.insert(outcome);
                }
            }
        }
    }

    /// Makes a record findable by its words, unless it is already or no longer exists.
    pub(super) fn insert_words(&mut self, id: RecordId, words: ItemWords) {
        if self.wordless.remove(&id) {
            self.hybrid.insert(id, words);
        }
    }

    /// Removes everything held of a record except the learner's part: [`Learner::without`] removes many at once.
    pub(super) fn remove_record(&mut self, id: RecordId) {
        let Some(item) = self.catalogue.get(id) else { return };
        self.catalogue.remove(id);
        self.hybrid.remove(id);
        self.wordless.remove(&id);
        self.taste.remove(id);
        let outcome = self.outcomes.remove(&id);
        self.surfaces.remove(&id);
        if item.kind == RecordKind::History {
            self.history -= 1;
        } else if !self.untaught.contains(id) {
            for wider in item.scope.chain() {
                if let Some(within) = self.feedback.get_mut(&wider) {
                    within.records -= 1;
                    if let Some(outcome) = outcome {
                        within.outcomes.remove(outcome);
                    }
                    if within.records == 0 {
                        self.feedback.remove(&wider);
                    }
                }
            }
        }
    }

    /// Replaces all derived data by data recomputed from the same records.
    pub(super) fn take_derived(&mut self, mut fresh: Self) {
        std::mem::swap(&mut self.catalogue, &mut fresh.catalogue);
        self.take_rest(fresh);
    }

    /// The same, except for the catalogue.
    pub(super) fn take_rest(&mut self, mut fresh: Self) {
        if !fresh.is_searchable {
            std::mem::swap(&mut self.hybrid, &mut fresh.hybrid);
            std::mem::swap(&mut self.wordless, &mut fresh.wordless);
        }
        self.is_searchable = false;
        self.take_evidence(fresh);
    }

    /// The same, only for what is learned from evidence.
    pub(super) fn take_evidence(&mut self, fresh: Self) {
        let Self { learner, taste, outcomes, surfaces, feedback, history, evidence_in, deriving, .. } = fresh;
        self.learner = learner;
        self.taste = taste;
        self.outcomes = outcomes;
        self.surfaces = surfaces;
        self.feedback = feedback;
        self.history = history;
        self.evidence_in = evidence_in;
        self.deriving = deriving;
        self.learner.set_suppressions(self.ledger.suppressions());
    }

    pub(super) fn set_entry(&mut self, id: PreferenceId, entry: Option<Entry>) {
        self.damaged.remove(&id);
        match entry {
            Some(entry) => self.ledger.insert(id, entry),
            None => drop(self.ledger.remove(id)),
        }
        self.learner.set_suppressions(self.ledger.suppressions());
    }

    /// Number of records with feedback within a scope that teach something.
    pub(super) fn occasions(&self, scope: &Scope) -> usize {
        self.feedback.get(scope).map_or(0, |within| within.records)
    }

    /// How much the drafts within a scope needed preferences, 0 to 1. The estimate for a scope is shrunk towards that
    /// of the wider scopes around it, and that of the whole person towards one half.
    pub(super) fn usual_need(&self, scope: &Scope) -> f32 {
        let wider = scope.chain().into_iter().rev();
        wider
            .filter_map(|wider| self.feedback.get(&wider))
            .fold(NEED_UNKNOWN, |need, within| within.outcomes.need(need))
    }

    /// How similar the contexts found are to a text, by topic and form together; most similar first. `locale` is the
    /// text's.
    pub(super) fn alike(&self, text: &str, locale: Option<&str>, found: &[Found]) -> Alike {
        self.alike_to(&Surface::of(&Document::read(text, locale)), found)
    }

    /// The same for a text with this form.
    pub(super) fn alike_to(&self, surface: &Surface, found: &[Found]) -> Alike {
        let with_surface = |found: &Found| {
            let own = self.surfaces.get(&found.id)?;
            Some((found.id, likeness(found.similarity, own.distance(surface)), own))
        };
        let mut alike: Vec<(RecordId, f32, &Surface)> = found.iter().filter_map(with_surface).collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // Compares the remaining contexts with each other.
        alike.truncate(HEARD_MAX);
        let count = alike.len();
        let Some(mut pairs) = self.catalogue.cosines(alike.iter().map(|(id, ..)| *id)) else {
            let near = alike.into_iter().map(|(id, likeness, _)| (id, likeness)).collect();
            return Alike { near, pairs: Vec::new() };
        };
        for (at, (_, _, own)) in alike.iter().enumerate() {
            for (other_at, (_, _, other)) in alike.iter().enumerate().skip(at + 1) {
                let (there, back) = (at * count + other_at, other_at * count + at);
                pairs[there] = likeness(pairs[there], own.distance(other));
                pairs[back] = pairs[there];
            }
        }
        let mut likenesses: Vec<f32> = alike.iter().map(|(_, likeness, _)| *likeness).collect();
        even_out(&mut likenesses, &pairs);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| likenesses[*b].total_cmp(&likenesses[*a]).then(alike[*a].0.cmp(&alike[*b].0)));
        let row = |from: &usize| order.iter().map(|to| pairs[from * count + to]).collect::<Vec<_>>();
        Alike {
            near: order.iter().map(|at| (alike[*at].0, likenesses[*at])).collect(),
            pairs: order.iter().flat_map(row).collect(),
        }
    }

    /// A filter for the neighbours of a request: the narrowest scope around it with enough records.
    pub(super) fn neighbour_filter(&self, scope: &Scope) -> Filter {
        let chain = scope.chain();
        let found = chain.into_iter().find(|wider| self.occasions(wider) >= SCOPE_RECORDS_MIN);
        self.only_taught(Filter {
            scope: found.filter(|scope| !scope.is_person()),
            kinds: Some(FEEDBACK.to_vec()),
            ..Filter::default()
        })
    }
}

pub(super) fn kind_of(signal: &Signal) -> RecordKind {
    match signal {
        Signal::Edit { .. } => RecordKind::Edit,
        Signal::Accept { .. } => RecordKind::Accept,
        Signal::Reject { .. } => RecordKind::Reject,
        Signal::Choice { .. } => RecordKind::Choice,
        Signal::Rating { .. } => RecordKind::Rating,
        Signal::History { .. } | Signal::Keyed { .. } => RecordKind::History,
    }
}

/// The text whose vector represents the record, with its name in errors.
pub(super) fn key_text(record: &Record) -> (&'static str, &str) {
    let what = if kind_of(&record.signal) == RecordKind::History { "history text" } else { "context" };
    (what, key_of(&record.context, &record.signal))
}

/// The same text, from the parts of a record.
pub(super) fn key_of<'r>(context: &'r str, signal: &'r Signal) -> &'r str {
    match signal {
        Signal::History { text } | Signal::Keyed { text, .. } => text,
        _ => context,
    }
}

/// The text as the person left it: what they wrote, accepted or chose; if there is none, what they rejected or rated.
pub(super) fn final_text(record: &Record) -> &str {
    match &record.signal {
        Signal::Edit { edited, .. } => edited,
        Signal::Accept { text }
        | Signal::Reject { text }
        | Signal::Rating { text, .. }
        | Signal::History { text }
        | Signal::Keyed { text, .. } => text,
        Signal::Choice { candidates, chosen } => candidates.get(*chosen as usize).map_or("", String::as_str),
    }
}

/// Every text of a record.
pub(super) fn texts(record: &Record) -> Vec<&str> {
    let mut texts = vec![record.context.as_str(), record.reason.as_str()];
    match &record.signal {
        Signal::Edit { draft, edited } => texts.extend([draft.as_str(), edited.as_str()]),
        Signal::Choice { candidates, .. } => texts.extend(candidates.iter().map(String::as_str)),
        Signal::Accept { text }
        | Signal::Reject { text }
        | Signal::Rating { text, .. }
        | Signal::History { text } => texts.push(text),
        Signal::Keyed { text, keys, .. } => {
            texts.push(text);
            texts.extend(key_texts(keys));
        }
    }
    texts
}

/// The texts among an item's further keys.
pub(super) fn key_texts(keys: &[Key]) -> impl Iterator<Item = &str> {
    keys.iter().filter_map(|key| match key {
        Key::Text(text) => Some(text.as_str()),
        Key::Vector(_) => None,
    })
}

/// The result of a read, or `None` if the row is damaged or of a newer version. Such a row is kept and does not
/// affect the others.
pub(super) fn unless_damaged<T>(read: Result<T, impl Into<Error>>) -> Result<Option<T>> {
    match read.map_err(Into::into) {
        Ok(read) => Ok(Some(read)),
        Err(Error::Store(StoreError::Damaged { .. } | StoreError::NewerValue { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An error for a violated invariant between tables.
pub(super) fn broken(what: &'static str) -> Error {
    Error::Internal { what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Embedder, Embedding};
    use crate::engine::personalize::Situation;
    use crate::engine::{Engine, Forget, Observation};
    use crate::error::EmbeddingError;
    use crate::store::golden;

    struct ByLength;

    impl Embedder for ByLength {
        fn dimensions(&self) -> usize {
            2
        }

        fn fingerprint(&self) -> &'static str {
            "test:by-length"
        }

        fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
            let angle = text.len() as f32 / 100.0;
            Ok(Embedding { vector: vec![angle.cos(), angle.sin()], tokens: 1, truncated: false })
        }
    }

    #[test]
    fn what_came_of_drafts_elsewhere_is_weighed_by_scope() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::builder(folder.path()).encoder(ByLength).open().unwrap();
        let usual = |app: &str| engine.inner.state().unwrap().usual_need(&Scope::app(app));
        let text = |at: i64| format!("The plan for week {at} is on the shelf by the door.");
        for at in 0..4 {
            let taken = Observation::accept(format!("Where is plan {at}?"), text(at));
            engine.observe(taken.scope(Scope::app("mail"))).unwrap();
        }
        let (mail, notes) = (usual("mail"), usual("notes"));
        assert!(mail < notes && notes < 0.5, "{mail} {notes}");
        let edits = (0..8).map(|at| {
            let edit = Observation::edit(format!("And plan {at}?"), text(at), "On my desk, where else?");
            engine.observe(edit.scope(Scope::app("chat"))).unwrap().id
        });
        let edits: Vec<RecordId> = edits.collect();
        assert!(usual("mail") < usual("notes") && usual("notes") > 0.5 && usual("notes") < usual("chat"));
        let far = Found { id: RecordId(99), similarity: 0.2 };
        let nothing = Situation { preferences: Vec::new(), neighbours: vec![far] };
        let decided = engine.inner.state().unwrap().decide(&nothing, &Scope::app("chat"));
        assert!(!decided.gate.applies(), "there is nothing to apply, however much it was needed elsewhere");
        engine.forget(&Forget::records(edits)).unwrap();
        assert_eq!((usual("mail"), usual("chat"), usual("notes")), (mail, notes, notes));
    }

    #[test]
    fn the_bytes_of_counters_stay() {
        golden::check(
            "counters",
            &[("first", Counters::default()), ("later", Counters { record: 70_000, entry: 300 })],
        );
    }
}
