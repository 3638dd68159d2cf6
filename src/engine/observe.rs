//! Taking in what happened: feedback and history.

use std::time::{Duration, Instant};

use crate::document::Document;
use crate::engine::inference::InferenceId;
use crate::engine::state::{COUNTERS, Counters, Derived, key_text, key_texts, kind_of, texts};
use crate::engine::texts::{EditCost, OwnParts, Texts};
use crate::engine::{Embedded, Engine, Inner, Personalization, Timing, check_range};
use crate::error::{InputError, Result};
use crate::learning::{FeatureInducer, Outcome};
use crate::search::QuantizedVector;
use crate::search::{KEYS_MAX, PASSAGES_MAX, chunks_of};
use crate::signals::Shift;
use crate::signals::Surface;
use crate::store::{Batch, Table};
use crate::types::RecordKind;
use crate::types::{AppliedPreference, Key, Record, Signal};
use crate::types::{Granularity, RecordId, Scope, Timestamp};

/// One piece of feedback, built with a constructor per kind and refined with the chained setters.
#[derive(Debug, Clone)]
#[must_use]
pub struct Observation {
    record: Record,
    at: Option<Timestamp>,
    tags: Vec<String>,
}

/// What came of an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Its record.
    pub id: RecordId,
    /// What the edit cost; zero for feedback without an edit.
    pub cost: EditCost,
    /// What it taught, in short phrases, strongest first: "fewer words (92 to 58)".
    pub taught: Vec<String>,
    /// Where the time went.
    pub timing: Timing,
}

/// A text of the person's own, without a draft.
#[derive(Debug, Clone)]
#[must_use]
pub struct HistoryItem {
    text: String,
    /// All but the text.
    record: Record,
    at: Option<Timestamp>,
    tags: Vec<String>,
    granularity: Granularity,
    keys: Vec<Key>,
}

impl Observation {
    fn new(context: String, signal: Signal) -> Self {
        Self { record: blank(context, signal), at: None, tags: Vec::new() }
    }

    /// The person changed `draft` into `edited`. An empty draft says that they wrote from nothing; a final
    /// equal to the draft is taken as a draft that needed no change.
    pub fn edit(context: impl Into<String>, draft: impl Into<String>, edited: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Edit { draft: draft.into(), edited: edited.into() })
    }

    /// The person took `text` as it was.
    pub fn accept(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Accept { text: text.into() })
    }

    /// The person threw `text` away.
    pub fn reject(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Reject { text: text.into() })
    }

    /// The person chose `candidates[chosen]`.
    pub fn choice(context: impl Into<String>, candidates: Vec<String>, chosen: usize) -> Self {
        let chosen = u32::try_from(chosen).unwrap_or(u32::MAX);
        Self::new(context.into(), Signal::Choice { candidates, chosen })
    }

    /// The person rated `text`, -1 (worst) to 1 (best).
    pub fn rating(context: impl Into<String>, text: impl Into<String>, rating: f32) -> Self {
        Self::new(context.into(), Signal::Rating { text: text.into(), rating })
    }

    /// Where it belongs; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// When it happened; the clock's time by default.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// How much it counts, above 0 to 1; 1 by default.
    pub fn strength(mut self, strength: f32) -> Self {
        self.record.strength = strength;
        self
    }

    /// Why, in the person's words.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.record.reason = reason.into();
        self
    }

    /// The draft was made with these preferences: what the person leaves alone then speaks for them.
    pub fn using(self, personalization: &Personalization) -> Self {
        self.applied(personalization.applied())
    }

    /// As [`using`](Self::using), from what [`Personalization::applied`] gave.
    pub fn applied(mut self, applied: Vec<AppliedPreference>) -> Self {
        self.record.applied = applied;
        self
    }

    /// A label that searches can be limited by: of up to 128 bytes, at most 32 for a record.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The vector of the context, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.record.supplied = Some(vector);
        self
    }
}

impl HistoryItem {
    /// A text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            record: blank(String::new(), Signal::History { text: String::new() }),
            at: None,
            tags: Vec::new(),
            granularity: Granularity::default(),
            keys: Vec::new(),
        }
    }

    /// Where it belongs; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// What surrounds it: its title, what it answers, the turns before and after it. The item is then found by it,
    /// too, and a text that says little by itself by what it is part of.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.record.context = context.into();
        self
    }

    /// When it was written; the clock's time by default.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// How finely it is cut into keys, each with a vector of its own; [`Granularity::Passage`] by default. Nothing is cut
    /// where the caller supplies the vectors.
    pub fn granularity(mut self, finely: Granularity) -> Self {
        self.granularity = finely;
        self
    }

    /// What else it is found by, in meaning and in words: a question that it answers, its summary. At most 24 for an item,
    /// counting the vectors.
    pub fn key(mut self, text: impl Into<String>) -> Self {
        self.keys.push(Key::Text(text.into()));
        self
    }

    /// The same as a vector, from the caller's own encoder.
    pub fn key_vector(mut self, vector: Vec<f32>) -> Self {
        self.keys.push(Key::Vector(vector));
        self
    }

    /// A label that searches can be limited by: of up to 128 bytes, at most 32 for an item.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The text's vector, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.record.supplied = Some(vector);
        self
    }
}

fn blank(context: String, signal: Signal) -> Record {
    Record {
        at: Timestamp(0),
        scope: Scope::person(),
        context,
        signal,
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    }
}

/// Largest sum of a record's texts, in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 64 << 20;

/// Longest tag, in bytes, and most of one item.
const TAG_MAX: usize = 128;
const TAGS_MAX: usize = 32;

/// Most keys of the app's own for one item: with its chunks and its surroundings they are no more than an item may have.
const OWN_KEYS_MAX: usize = 24;
const _: () = assert!(OWN_KEYS_MAX + 1 + PASSAGES_MAX <= KEYS_MAX);

/// Most preferences that an observation may name as applied.
const APPLIED_MAX: usize = 1_000;

impl Engine {
    /// Takes in one piece of feedback: stored, learned from and searchable when the call returns.
    ///
    /// # Errors
    /// Input errors name the text or number, store errors the store; nothing is changed then.
    pub fn observe(&self, observation: Observation) -> Result<Observed> {
        let Observation { record, at, tags } = observation;
        let observed = self.inner.take_in(record, at, tags)?;
        self.background.wake(&self.inner);
        Ok(observed)
    }

    /// Takes in a text of the person's own.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub fn add_history(&self, item: HistoryItem) -> Result<RecordId> {
        let HistoryItem { text, mut record, at, tags, granularity, keys } = item;
        record.signal = if granularity == Granularity::default() && keys.is_empty() {
            Signal::History { text }
        } else {
            Signal::Keyed { text, granularity, keys }
        };
        let observed = self.inner.take_in(record, at, tags)?;
        self.background.wake(&self.inner);
        Ok(observed.id)
    }
}

impl Inner {
    fn take_in(&self, mut record: Record, at: Option<Timestamp>, mut tags: Vec<String>) -> Result<Observed> {
        let start = Instant::now();
        drop(self.store()?);
        record.at = at.unwrap_or_else(|| self.clock.now());
        self.check_record(&record)?;
        check_tags("tag", "number of tags", &tags)?;
        tags.sort_unstable();
        tags.dedup();
        let own = OwnParts::of(&record.signal);
        let texts = Texts::read(&record.context, &record.signal, record.scope.locale.as_deref(), &own);
        let cost = texts.cost();
        let (derived, embed) = self.derive_of_texts(&record, &texts, cost)?;
        let taught = derived.evidence.notes();
        // The supplied vector is kept in unit length; without one the encoder can make it again.
        if record.supplied.is_some() {
            record.supplied = Some(derived.vector.to_f32());
        }

        let _writing = self.writing()?;
        let store = self.store()?;
        let counters = self.state.read().counters;
        let id = RecordId(counters.record);
        let mut next = Counters { record: counters.record + 1, ..counters };
        let mut batch = Batch::new();
        batch.put(Table::Records, id.0, &record)?;
        batch.put(Table::Derived, id.0, &derived)?;
        if !tags.is_empty() {
            batch.put(Table::Tags, id.0, &tags)?;
        }
        let question = self.induction_for(id, &record);
        let inference = InferenceId(next.entry);
        if let Some(row) = &question {
            batch.put(Table::Inference, inference.0, row)?;
            next.entry += 1;
        }
        batch.put_meta(COUNTERS, &next)?;
        let committing = Instant::now();
        store.commit(&batch)?;
        let committed = committing.elapsed();

        let mut state = self.state.write();
        state.counters = next;
        state.insert_record(id, derived)?;
        state.insert_read(id, &record, &texts.key);
        state.catalogue.set_tags(id, &tags);
        if question.is_some() {
            state.set_inference(inference, question);
        }
        let timing = Timing { embed, store: committed, total: start.elapsed() };
        Ok(Observed { id, cost, taught, timing })
    }

    /// What is kept beside a record, and how long its embedding took.
    pub(super) fn derive(&self, record: &Record) -> Result<(Derived, Duration)> {
        let own = OwnParts::of(&record.signal);
        let locale = record.scope.locale.as_deref();
        let texts = Texts::read(&record.context, &record.signal, locale, &own);
        self.derive_of_texts(record, &texts, texts.cost())
    }

    fn derive_of_texts(
        &self,
        record: &Record,
        texts: &Texts<'_>,
        cost: EditCost,
    ) -> Result<(Derived, Duration)> {
        let (what, text) = key_text(record);
        let embedded = self.embed(what, text, record.supplied.as_deref())?;
        let (evidence, mut comparisons) = match texts.own() {
            Some((draft, edited)) => FeatureInducer::of_edit(record, draft, edited),
            None => self.inducer.induce_and_compare(record),
        };
        comparisons.shift = self.shift(record)?;
        let derived = Derived {
            inducer: self.inducer().version(),
            kind: kind_of(&record.signal),
            at: record.at,
            scope: record.scope.clone(),
            vector: embedded.quantized()?,
            evidence,
            keys: self.further_keys(record, &texts.key)?,
            comparisons,
            outcome: outcome(record, cost),
            surface: Surface::of(&texts.key),
        };
        Ok((derived, embedded.took))
    }

    /// How the meaning moved in an edit, where that is looked at. None where the caller supplies the vectors.
    fn shift(&self, record: &Record) -> Result<Option<Shift>> {
        match &record.signal {
            Signal::Edit { draft, edited }
                if self.ranks_by_meaning && record.supplied.is_none() && !draft.trim().is_empty() =>
            {
                let draft = self.embed("draft", draft, None)?;
                let edited = self.embed("final", edited, None)?;
                Ok(Shift::between(&draft.vector, &edited.vector))
            }
            _ => Ok(None),
        }
    }

    /// Vectors of what an item is found by beside its text: the app's own keys; unless the caller supplies the vectors,
    /// a history item together with what surrounds it, and a long text's chunks.
    fn further_keys(&self, record: &Record, read: &Document<'_>) -> Result<Vec<QuantizedVector>> {
        let (granularity, own) = match &record.signal {
            Signal::Keyed { granularity, keys, .. } => (*granularity, keys.as_slice()),
            _ => (Granularity::default(), &[][..]),
        };
        let (what, text) = key_text(record);
        let mut found = Vec::new();
        for key in own {
            found.push(match key {
                Key::Text(text) => self.embed("key", text, None)?,
                Key::Vector(vector) => self.embed("key", "", Some(vector))?,
            });
        }
        if record.supplied.is_none() {
            if is_history(record) && !record.context.trim().is_empty() {
                found.push(self.embed(what, &format!("{}\n{text}", record.context), None)?);
            }
            for chunk in chunks_of(read, granularity) {
                found.push(self.embed(what, chunk, None)?);
            }
        }
        found.iter().map(Embedded::quantized).collect()
    }

    fn check_record(&self, record: &Record) -> Result<()> {
        record.scope.validate()?;
        self.check_text("reason", &record.reason)?;
        if is_history(record) {
            self.check_text("context", &record.context)?;
        } else {
            self.check_filled("context", &record.context)?;
        }
        match &record.signal {
            Signal::Edit { draft, edited } => {
                self.check_text("draft", draft)?;
                self.check_filled("final", edited)?;
            }
            Signal::Accept { text } => self.check_filled("accepted text", text)?,
            Signal::Reject { text } => self.check_filled("rejected text", text)?,
            Signal::Rating { text, rating } => {
                self.check_filled("rated text", text)?;
                check_range("rating", f64::from(*rating), -1.0, 1.0)?;
            }
            Signal::Choice { candidates, chosen } => {
                let count = candidates.len();
                check_range("number of candidates", count as f64, 2.0, self.limits.candidates as f64)?;
                check_range("chosen candidate", f64::from(*chosen), 0.0, (count - 1) as f64)?;
                candidates.iter().try_for_each(|text| self.check_filled("candidate", text))?;
            }
            Signal::History { text } => self.check_filled("history text", text)?,
            Signal::Keyed { text, keys, .. } => {
                self.check_filled("history text", text)?;
                check_range("number of keys", keys.len() as f64, 0.0, OWN_KEYS_MAX as f64)?;
                key_texts(keys).try_for_each(|text| self.check_filled("key", text))?;
                if record.supplied.is_some() && key_texts(keys).next().is_some() {
                    let reason = "it is a text, and the item's vector was supplied: supply the key's, too";
                    return Err(InputError::Invalid { what: "key", reason }.into());
                }
            }
        }
        let bytes = texts(record).iter().map(|text| text.len()).sum();
        if bytes > RECORD_BYTES_MAX {
            return Err(InputError::TextTooLong { what: "record", bytes, limit: RECORD_BYTES_MAX }.into());
        }
        check_range("strength", f64::from(record.strength), f64::from(f32::MIN_POSITIVE), 1.0)?;
        check_range("number of applied preferences", record.applied.len() as f64, 0.0, APPLIED_MAX as f64)
    }
}

fn is_history(record: &Record) -> bool {
    kind_of(&record.signal) == RecordKind::History
}

/// Checks the tags of an item or of a search.
pub(super) fn check_tags(what: &'static str, number: &'static str, tags: &[String]) -> Result<()> {
    for tag in tags {
        if tag.trim().is_empty() {
            return Err(InputError::EmptyText { what }.into());
        }
        if tag.len() > TAG_MAX {
            return Err(InputError::TextTooLong { what, bytes: tag.len(), limit: TAG_MAX }.into());
        }
    }
    check_range(number, tags.len() as f64, 0.0, TAGS_MAX as f64)
}

/// What came of the draft that a record is about.
fn outcome(record: &Record, cost: EditCost) -> Option<Outcome> {
    let changed = match &record.signal {
        Signal::Edit { draft, .. } if draft.trim().is_empty() => return None,
        Signal::Edit { .. } => cost.distance as f32 / cost.words.max(1) as f32,
        Signal::Accept { .. } => 0.0,
        Signal::Reject { .. } => 1.0,
        Signal::Rating { rating, .. } => (1.0 - rating) / 2.0,
        Signal::Choice { .. } | Signal::History { .. } | Signal::Keyed { .. } => return None,
    };
    Some(Outcome { applied: !record.applied.is_empty(), changed })
}
