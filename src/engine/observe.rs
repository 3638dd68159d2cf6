//! Adding feedback and history.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use crate::document::Document;
use crate::edit::Alignment;
use crate::engine::derived::{Derived, EvidenceRow, VectorRow, VersionedInducer};
use crate::engine::inference::InferenceId;
use crate::engine::nothing_taught::NothingTaught;
use crate::engine::observation::{HistoryItem, Observation};
use crate::engine::state::{COUNTERS, Counters, broken, key_text, key_texts, kind_of, texts};
use crate::engine::texts::{EditCost, OwnParts, Texts};
use crate::engine::{Embedded, Engine, Inner, Timing, check_range};
use crate::error::{InputError, Result};
use crate::learning::Outcome;
use crate::search::{KEYS_MAX, PASSAGES_MAX, chunks_of};
use crate::signals::Shift;
use crate::signals::Surface;
use crate::store::{Batch, Table};
use crate::types::RecordKind;
use crate::types::{Granularity, RecordId, Timestamp};
use crate::types::{Key, Record, Signal};

/// The result of an observation.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// The id of its record.
    pub id: RecordId,
    /// The cost of the edit; zero for feedback other than an edit.
    pub cost: EditCost,
    /// What was learned from it; nothing while learning is off. In short phrases, strongest first, such as "fewer words
    /// (92 to 58)"; in the language of the scope's locale, if that is known.
    pub taught: Vec<String>,
    /// Why nothing was taught; `None` if [`taught`](Self::taught) names something.
    pub nothing_taught: Option<NothingTaught>,
    /// How long the parts of the call took.
    pub timing: Timing,
}

crate::types::debug_without_text!(Observed, "Observed", shown: [id, cost, nothing_taught, timing], hidden: [taught]);

/// Maximum total size of a record's texts, in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 64 << 20;

/// Maximum length of a tag in bytes, and number of tags per item.
const TAG_MAX: usize = 128;
const TAGS_MAX: usize = 32;

/// Maximum number of further keys per item; with its chunks and its surroundings they do not exceed what an item may
/// have.
const OWN_KEYS_MAX: usize = 24;
const _: () = assert!(OWN_KEYS_MAX + 1 + PASSAGES_MAX <= KEYS_MAX);

/// Maximum number of preferences that an observation may report as applied.
const APPLIED_MAX: usize = 1_000;

impl Engine {
    /// Records one piece of feedback. It is stored, learned from and searchable when the call returns.
    ///
    /// # Errors
    /// Input errors name the text or number, store errors the store; nothing is changed then.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let edit = Observation::edit("Asks for a meeting", "I would be delighted to meet.", "Sure, let's meet.");
    /// let observed = engine.observe(edit.scope(Scope::app("mail")))?;
    /// println!("{} of {} words changed: {:?}", observed.cost.distance, observed.cost.words, observed.taught);
    /// # Ok(())
    /// # }
    /// ```
    pub fn observe(&self, observation: Observation) -> Result<Observed> {
        let Observation { record, at, tags } = observation;
        let observed = self.inner.take_in(record, at, tags)?;
        self.background.wake(&self.inner);
        Ok(observed)
    }

    /// Adds a text the person wrote. If an item with the same [`app_key`](HistoryItem::app_key) and content exists,
    /// its id is returned and nothing changes. For many texts see [`import_history`](Self::import_history).
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let id = engine.add_history(HistoryItem::new("The ferry to Oslo leaves at nine."))?;
    /// assert_eq!(engine.search(&Query::new("When does the boat go?"))?[0].id, id);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_history(&self, item: HistoryItem) -> Result<RecordId> {
        let id = self.inner.add(item)?;
        self.background.wake(&self.inner);
        Ok(id)
    }
}

impl Inner {
    fn take_in(&self, mut record: Record, at: Option<Timestamp>, mut tags: Vec<String>) -> Result<Observed> {
        let start = Instant::now();
        drop(self.store()?);
        let now = self.clock.now();
        // What was observed lies in the past: a date ahead of the clock comes from a clock that is wrong, and would
        // outweigh what the person does until then.
        record.at = at.unwrap_or(now).min(now);
        self.check_record(&record)?;
        check_tags("tag", "number of tags", &tags)?;
        tags.sort_unstable();
        tags.dedup();
        let own = OwnParts::of(&record.signal);
        let texts = Texts::read(&record.context, &record.signal, record.scope.locale.as_deref(), &own);
        let (mut derived, change, embed) = self.derive_read(&record, &texts)?;
        let mut taught = derived.evidence.evidence.notes(record.scope.locale.as_deref());
        let reason = || NothingTaught::of(&record.signal, &texts.own(), change.content_only);
        let mut nothing_taught = taught.is_empty().then(reason);
        // A supplied vector is stored in unit length. Without one, the encoder can recompute the vector.
        if record.supplied.is_some() {
            record.supplied = Some(derived.vectors.vector.to_f32());
        }

        let _writing = self.writing()?;
        let store = self.store()?;
        let (counters, tables, learns) = {
            let state = self.state.read();
            (state.counters, state.evidence_tables(), state.untaught.is_on())
        };
        let id = RecordId(counters.record);
        if !learns {
            derived.teach_nothing();
            taught.clear();
            nothing_taught = Some(NothingTaught::LearningOff);
        }
        let mut next = Counters { record: counters.record + 1, ..counters };
        let mut batch = Batch::new();
        batch.put(Table::Records, id.0, &record)?;
        derived.put(&mut batch, id, tables)?;
        if !tags.is_empty() {
            batch.put(Table::Tags, id.0, &tags)?;
        }
        let question = learns.then(|| self.induction_for(id, &record)).flatten();
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
        state.catalogue.set_tags(id, &tags);
        if question.is_some() {
            state.set_inference(inference, question);
        }
        let timing = Timing { embed, store: committed, total: start.elapsed() };
        Ok(Observed { id, cost: change.cost, taught, nothing_taught, timing })
    }

    /// The data derived from a record.
    pub(super) fn derive(&self, record: &Record) -> Result<Derived> {
        let own = OwnParts::of(&record.signal);
        Ok(self.derive_read(record, &Texts::of(record, &own))?.0)
    }

    /// The same for a record whose texts are already read, what an edit changed, and the time spent embedding.
    fn derive_read(&self, record: &Record, texts: &Texts<'_>) -> Result<(Derived, Change, Duration)> {
        let (vectors, took) = self.vectors_of(record, &texts.key)?;
        let (evidence, change) = EvidenceRow::of(record, texts, &self.inducer);
        Ok((Derived { vectors, evidence, words: texts.words(record) }, change, took))
    }

    /// The data that depends on the encoder, and the time spent embedding the text that represents the record. `key`
    /// is the text that the record is found by.
    fn vectors_of(&self, record: &Record, key: &Document<'_>) -> Result<(VectorRow, Duration)> {
        let embed = |part: &Embeddable<'_>| self.embed(part.what, &part.text, part.supplied);
        let embedded = embeddables(record, key).iter().map(embed).collect::<Result<Vec<_>>>()?;
        let took = embedded.first().map_or(Duration::ZERO, |embedded| embedded.took);
        Ok((self.vectors_from(record, &embedded)?, took))
    }

    /// The same for a record whose texts are not read yet.
    pub(super) fn vectors_of_record(&self, record: &Record) -> Result<(VectorRow, Duration)> {
        self.vectors_of(record, &Document::read(key_text(record).1, record.scope.locale.as_deref()))
    }

    /// The same from the embeddings of its [`embeddables`].
    pub(super) fn vectors_from(&self, record: &Record, embedded: &[Embedded]) -> Result<VectorRow> {
        let (first, further) = embedded.split_first().ok_or(broken("a record has a text"))?;
        Ok(VectorRow {
            kind: kind_of(&record.signal),
            at: record.at,
            scope: record.scope.clone(),
            vector: first.quantized()?,
            keys: further.iter().map(Embedded::quantized).collect::<Result<_>>()?,
            shift: self.shift(record)?,
        })
    }

    /// The data that depends on the texts alone.
    pub(super) fn evidence_of(&self, record: &Record, texts: &Texts<'_>) -> EvidenceRow {
        EvidenceRow::of(record, texts, &self.inducer).0
    }

    /// The change of meaning in an edit, if ranking by meaning is enabled; `None` if the caller supplies the vectors.
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

    pub(super) fn check_record(&self, record: &Record) -> Result<()> {
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

/// A text of a record to be embedded, or the vector that the caller supplied for it.
pub(super) struct Embeddable<'a> {
    /// The text's name in errors.
    pub(super) what: &'static str,
    pub(super) text: Cow<'a, str>,
    pub(super) supplied: Option<&'a [f32]>,
}

/// What a record is found by: the text that represents it; the further keys set by the app; and, unless the caller
/// supplies the vectors, a history item together with its surroundings and the chunks of a long text. In this order.
pub(super) fn embeddables<'r>(record: &'r Record, key: &Document<'r>) -> Vec<Embeddable<'r>> {
    let (granularity, own) = match &record.signal {
        Signal::Keyed { granularity, keys, .. } => (*granularity, keys.as_slice()),
        _ => (Granularity::default(), &[][..]),
    };
    let (what, text) = key_text(record);
    let supplied = record.supplied.as_deref();
    let mut parts = vec![Embeddable { what, text: text.into(), supplied }];
    parts.extend(own.iter().map(|key| match key {
        Key::Text(text) => Embeddable { what: "key", text: text.into(), supplied: None },
        Key::Vector(vector) => Embeddable { what: "key", text: "".into(), supplied: Some(vector) },
    }));
    if supplied.is_none() {
        if is_history(record) && !record.context.trim().is_empty() {
            let text = format!("{}\n{text}", record.context).into();
            parts.push(Embeddable { what, text, supplied: None });
        }
        let chunks = chunks_of(key, granularity).into_iter();
        parts.extend(chunks.map(|chunk| Embeddable { what, text: chunk.into(), supplied: None }));
    }
    parts
}

fn is_history(record: &Record) -> bool {
    kind_of(&record.signal) == RecordKind::History
}

/// Validates the tags of an item or of a search.
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

/// What an edit changed of the person's own part; nothing for feedback other than an edit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    cost: EditCost,
    /// Whether all that changed is content; `None` if nothing changed.
    content_only: Option<bool>,
}

impl EvidenceRow {
    /// The evidence of a record and what an edit changed. The texts of an edit are aligned once for both.
    pub(super) fn of(record: &Record, texts: &Texts<'_>, inducer: &VersionedInducer) -> (Self, Change) {
        let own = texts.own();
        let ((evidence, comparisons), change) = match (&record.signal, own.as_slice()) {
            (Signal::Edit { .. }, [draft, edited]) => {
                let alignment = Alignment::new(draft, edited);
                let words = draft.tokens.len().max(edited.tokens.len());
                let cost = EditCost { distance: alignment.distance(), words };
                let change = Change { cost, content_only: alignment.changes_content_only() };
                (inducer.induce_edit(record, &alignment), change)
            }
            (_, own) => (inducer.induce(record, own), Change::default()),
        };
        let row = Self {
            inducer: inducer.version,
            evidence,
            pairs: comparisons.pairs,
            judged: comparisons.judged,
            outcome: outcome(record, change.cost),
            surface: Surface::of(&texts.key),
        };
        (row, change)
    }
}

/// What the person did with the draft that a record is about.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::counted::COMPARED;
    use crate::embedding::SuppliedVectors;

    #[test]
    fn an_edit_is_aligned_once_and_costs_what_changed_of_the_persons_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::builder(folder.path()).encoder(SuppliedVectors::new(2, "test"));
        let engine = engine.open().expect("a new store");
        let thread = "\n\nOn Mon, May 3, 2021 at 10:00 AM Ann Smith <ann@example.com> wrote:\n> When?";
        let draft = format!("We do not utilize the hall, Ann.{thread}");
        let edited = format!("We don't use the hall, Ann.{}", thread.replace("Ann", "Bea"));
        let edit = Observation::edit("Asks for the hall", draft, edited).vector(vec![1.0, 0.0]);
        let before = COMPARED.get();
        let observed = engine.observe(edit).expect("an edit");
        assert_eq!(COMPARED.get() - before, 1);
        assert_eq!(observed.cost, EditCost { distance: 3, words: 9 });
        assert!(!observed.taught.is_empty());

        let edit = Observation::edit("Asks where", "We meet in Berlin.", "We meet in Oslo.");
        let before = COMPARED.get();
        let observed = engine.observe(edit.vector(vec![1.0, 0.0])).expect("an edit");
        assert_eq!(COMPARED.get() - before, 1);
        assert_eq!(observed.nothing_taught, Some(NothingTaught::ContentOnly));
    }
}
