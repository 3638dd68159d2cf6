//! The queue of questions for the host's language model: the two of CIPHER (induction and aggregation), verification
//! of inferred preferences, and other words for a search.
//!
//! Invariant: an answer is accepted only if nothing that its question showed was forgotten in the meantime. An answer
//! only ever yields wordings together with the records that they are based on; `asked.rs` decides which preferences
//! apply.

mod asked;
mod questions;
mod row;

use std::collections::BTreeSet;

use crate::engine::personalize::Situation;
use crate::engine::state::{COUNTERS, Counters, State, final_text, unless_damaged};
use crate::engine::tuning::inference;
use crate::engine::tuning::personalize::NEAR;
use crate::engine::{Engine, Inner};
use crate::error::{Error, InputError, Result};
use crate::learning::{Check, Entry, Inferred, Stated};
use crate::prompting::{
    aggregation_prompt, compares, expansion_prompt, induction_prompt, parse_expansion, parse_preferences,
    parse_verdicts, verification_prompt,
};
use crate::search::Filter;
use crate::store::{Batch, Table};
use crate::types::{PreferenceId, Record, RecordKind};
use crate::types::{RecordId, Scope};

use questions::Question;
pub(super) use questions::{Asked, Expanded};
pub use row::InferenceId;
pub(super) use row::InferenceRow;
use row::RowState;

/// The kind of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InferenceKind {
    /// Infers the preferences behind an edit, which is shown with the edits nearest to it.
    Induction,
    /// Aggregates the preferences of several near contexts.
    Aggregation,
    /// Asks which preferences other texts of the person follow. An inferred preference applies only once they do.
    Verification,
    /// Asks for other words for a search that requested them.
    Expansion,
}

/// A question, ready to be sent to a language model.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct InferenceRequest {
    /// Its id, to be passed with the answer.
    pub id: InferenceId,
    /// Its kind.
    pub kind: InferenceKind,
    /// The prompt.
    pub prompt: String,
    /// The records whose texts or preferences the prompt shows; empty for a search.
    pub records: Vec<RecordId>,
}

crate::types::debug_without_text!(InferenceRequest, "InferenceRequest", shown: [id, kind, records], hidden: [prompt]);

/// The queue of inference requests. It stays empty unless
/// [`EngineBuilder::host_model`](crate::EngineBuilder::host_model) is set.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).host_model(true).open()?;
/// # let ask = |_prompt: &str| -> Option<String> { Some("- writes short replies".to_owned()) };
/// engine.observe(Observation::edit("Asks for a meeting", "I would be delighted to meet you.", "Sure, happy to."))?;
/// while let Some(request) = engine.inference().next()? {
///     match ask(&request.prompt) {
///         Some(answer) => drop(engine.inference().complete(request.id, &answer)?),
///         None => engine.inference().fail(request.id, false)?,
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Inference<'a> {
    engine: &'a Engine,
}

impl std::fmt::Debug for Inference<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inference").finish_non_exhaustive()
    }
}

impl Engine {
    /// The queue of questions for the host's language model.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// // Without a host model, see `EngineBuilder::host_model`, there are no questions.
    /// assert!(engine.inference().next()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn inference(&self) -> Inference<'_> {
        Inference { engine: self }
    }
}

impl State {
    pub(super) fn set_inference(&mut self, id: InferenceId, row: Option<InferenceRow>) {
        if self.inference.contains_key(&id) {
            self.queue.retain(|queued| *queued != id);
        }
        match row {
            Some(row) => {
                if row.state == RowState::Waiting {
                    self.queue.push_back(id);
                }
                self.inference.insert(id, row);
            }
            None => drop(self.inference.remove(&id)),
        }
    }

    /// Whether a question may be asked and answered: while learning is off only one about other words for a search.
    fn may_ask(&self, id: InferenceId) -> bool {
        self.untaught.is_on() || matches!(self.asked.get(id), Some(Question::Expansion { .. }))
    }

    /// Takes the next question out of the queue.
    fn next_question(&mut self) -> Option<InferenceId> {
        let at = self.queue.iter().position(|id| self.may_ask(*id))?;
        self.queue.remove(at)
    }

    pub(super) fn inference_pending(&self) -> usize {
        let waiting = self.inference.values().filter(|row| row.state == RowState::Waiting);
        waiting.count() + self.asked.len()
    }

    /// The stored questions to ask again because their answers are removed with these entries while the edits that
    /// they ask about remain. `gone` ascends.
    pub(super) fn inference_again(
        &self,
        entries: &[PreferenceId],
        gone: &[RecordId],
    ) -> Vec<(InferenceId, InferenceRow)> {
        let of = entries.iter().filter_map(|id| match self.ledger.get(*id)? {
            Entry::Inferred(inferred) if gone.binary_search(&inferred.of).is_err() => Some(inferred.of),
            _ => None,
        });
        let of: BTreeSet<RecordId> = of.collect();
        let answered = |row: &InferenceRow| of.contains(&row.record) && row.state == RowState::Answered;
        let rows = self.inference.iter().filter(|(_, row)| answered(row));
        rows.map(|(id, row)| (*id, InferenceRow { state: RowState::Waiting, ..*row })).collect()
    }

    /// The stored questions about these records, which ascend.
    pub(super) fn inference_about(&self, records: &[RecordId]) -> Vec<InferenceId> {
        let about = |row: &InferenceRow| records.binary_search(&row.record).is_ok();
        self.inference.iter().filter(|(_, row)| about(row)).map(|(id, _)| *id).collect()
    }
}

impl Inner {
    /// The question that a record raises, if there is a host model to ask.
    pub(super) fn induction_for(&self, id: RecordId, record: &Record) -> Option<InferenceRow> {
        let asks = self.host_model && compares(record);
        asks.then_some(InferenceRow { record: id, state: RowState::Waiting })
    }

    /// Queues the questions that a situation raises.
    pub(super) fn ask_about(&self, situation: &Situation) {
        if !self.state.read().untaught.is_on() {
            return;
        }
        let near: Vec<RecordId> = situation.close().collect();
        // Usually there is nothing to ask; then the write lock is not taken.
        let questions = self.state.read().questions(&near);
        if !questions.is_empty() {
            self.state.write().ask(questions);
        }
    }

    /// Other words for a search, if the host's model has supplied them; queues the question otherwise.
    pub(super) fn expansion(&self, query: &str) -> Option<std::sync::Arc<Expanded>> {
        if !self.host_model || query.len() > QUERY_BYTES_MAX {
            return None;
        }
        let known = self.state.read().asked.expansion(query);
        if known.is_none() {
            self.state.write().ask(vec![Question::Expansion { query: query.to_owned() }]);
        }
        known
    }

    /// The request for a queued question; `None` if the question no longer applies.
    fn request(&self, id: InferenceId) -> Result<Option<InferenceRequest>> {
        let (row, question) = {
            let state = self.state()?;
            (state.inference.get(&id).copied(), state.asked.get(id).cloned())
        };
        let (kind, prompt) = match (&row, &question) {
            (Some(row), _) => {
                let Some(edits) = self.edits_near(row.record)? else { return Ok(None) };
                let (records, edits): (Vec<RecordId>, Vec<Record>) = edits.into_iter().unzip();
                let prompt = induction_prompt(&edits);
                self.state.write().asked.show(id, records.clone());
                return Ok(Some(InferenceRequest { id, kind: InferenceKind::Induction, prompt, records }));
            }
            (None, Some(Question::Aggregation { preferences, .. })) => {
                let Some(texts) = self.words(preferences)? else { return Ok(None) };
                (InferenceKind::Aggregation, aggregation_prompt(&refs(&texts)))
            }
            (None, Some(Question::Verification { preferences, records })) => {
                let Some(texts) = self.words(preferences)? else { return Ok(None) };
                let records = match records.iter().map(|id| self.record(*id)).collect::<Result<Vec<_>>>() {
                    // The record was forgotten in the meantime.
                    Err(Error::Input(InputError::NotFound { .. })) => return Ok(None),
                    records => match unless_damaged(records)? {
                        Some(records) => records,
                        None => return Ok(None),
                    },
                };
                let shown: Vec<(&str, &str)> =
                    records.iter().map(|record| (record.context.as_str(), final_text(record))).collect();
                (InferenceKind::Verification, verification_prompt(&refs(&texts), &shown))
            }
            (None, Some(Question::Expansion { query })) => {
                (InferenceKind::Expansion, expansion_prompt(query))
            }
            (None, None) => return Ok(None),
        };
        let records = question.map(|question| question.records().to_vec()).unwrap_or_default();
        Ok(Some(InferenceRequest { id, kind, prompt, records }))
    }

    /// The texts of preferences; `None` if one no longer exists.
    fn words(&self, preferences: &[PreferenceId]) -> Result<Option<Vec<String>>> {
        let state = self.state()?;
        let text = |id: &PreferenceId| Some(state.ledger.get(*id)?.words()?.text.clone());
        Ok(preferences.iter().map(text).collect())
    }

    /// An edit together with the edits nearest to it that changed something; `None` if the edit is damaged.
    fn edits_near(&self, id: RecordId) -> Result<Option<Vec<(RecordId, Record)>>> {
        let Some(record) = unless_damaged(self.record(id))? else { return Ok(None) };
        let vector = self.vector_of(id)?;
        let near = {
            let state = self.state()?;
            let around = state.neighbour_filter(&record.scope);
            let filter = Filter { kinds: Some(vec![RecordKind::Edit]), ..around };
            state.catalogue.nearest(&vector, 2 * inference::EDITS_SHOWN, &filter)?
        };
        let mut edits = vec![(id, record)];
        for found in near.iter().take_while(|found| found.similarity >= NEAR) {
            if edits.len() < inference::EDITS_SHOWN && found.id != id {
                let record = unless_damaged(self.record(found.id))?.filter(compares);
                edits.extend(record.map(|record| (found.id, record)));
            }
        }
        Ok(Some(edits))
    }
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Maximum length of a search text that is expanded, in bytes.
const QUERY_BYTES_MAX: usize = 1_000;

fn unknown(id: InferenceId) -> Error {
    InputError::NotFound { what: "inference request", id: id.0 }.into()
}

fn settled(id: InferenceId, state: RowState) -> Result<()> {
    let reason = match state {
        RowState::Waiting => return Ok(()),
        RowState::Answered => "was answered before",
        RowState::Dropped => "was given up before",
    };
    Err(InputError::Conflict { what: "inference request", id: id.0, reason }.into())
}

/// The result of an answer.
#[derive(Default)]
struct Outcome {
    entries: Vec<(PreferenceId, Entry)>,
    counters: Option<Counters>,
    expanded: Option<Expanded>,
}

impl Inference<'_> {
    /// The oldest request not handed out since the store was opened; `None` if there is none. A request about an edit
    /// that is neither completed nor failed is returned again after the store is reopened, and after an edit that it
    /// showed was forgotten. While learning is off there are requests for searches only.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`, store errors.
    pub fn next(&self) -> Result<Option<InferenceRequest>> {
        let inner = &*self.engine.inner;
        let _writing = inner.writing()?;
        loop {
            drop(inner.store()?);
            let Some(id) = inner.state.write().next_question() else { return Ok(None) };
            if let Some(request) = inner.request(id)? {
                return Ok(Some(request));
            }
            inner.state.write().asked.settle(id, false);
        }
    }

    /// Accepts the model's answer. Returns the preferences that the answer created or gave evidence about; none if
    /// the model found none. A preference inferred from edits applies to contexts near theirs once the model has
    /// confirmed, in a further request, that other texts of the person follow it. An aggregated preference applies at
    /// once.
    ///
    /// # Errors
    /// `NotFound`, also if its records were forgotten in the meantime; `EmptyText` or `TextTooLong` for the answer;
    /// `Conflict` if the request was settled before or has to be handed out again first, or learning is switched off. The request stays pending
    /// then.
    pub fn complete(&self, id: InferenceId, answer: &str) -> Result<Vec<PreferenceId>> {
        let inner = &*self.engine.inner;
        inner.check_filled("model's answer", answer)?;
        let _writing = inner.writing()?;
        let (row, question) = {
            let state = inner.state()?;
            (state.inference.get(&id).copied(), state.asked.get(id).cloned())
        };
        if !inner.state()?.may_ask(id) {
            let reason = "learning is switched off";
            return Err(InputError::Conflict { what: "inference request", id: id.0, reason }.into());
        }
        let outcome = match (row, &question) {
            (Some(row), _) => {
                settled(id, row.state)?;
                let shown = inner.state()?.asked.shown(id).map(<[RecordId]>::to_vec);
                let reason = "has to be handed out first";
                let shown =
                    shown.ok_or(InputError::Conflict { what: "inference request", id: id.0, reason })?;
                inner.stated(parse_preferences(answer)?, shown, |words| {
                    Entry::Inferred(Inferred { words, of: row.record, checks: Vec::new() })
                })?
            }
            (None, Some(Question::Aggregation { preferences, records })) => {
                inner.words(preferences)?.ok_or_else(|| unknown(id))?;
                inner.stated(parse_preferences(answer)?, records.clone(), Entry::Stated)?
            }
            (None, Some(Question::Verification { preferences, records })) => {
                inner.checked(answer, preferences, records)?
            }
            (None, Some(Question::Expansion { .. })) => inner.expanded(answer)?,
            (None, None) => return Err(unknown(id)),
        };
        let mut batch = Batch::new();
        for (preference, entry) in &outcome.entries {
            batch.put(Table::Entries, preference.0, entry)?;
        }
        if let Some(counters) = &outcome.counters {
            batch.put_meta(COUNTERS, counters)?;
        }
        let row = row.map(|row| InferenceRow { state: RowState::Answered, ..row });
        if let Some(row) = &row {
            batch.put(Table::Inference, id.0, row)?;
        }
        if question.is_none() || !outcome.entries.is_empty() {
            inner.store()?.commit(&batch)?;
        }
        let mut state = inner.state.write();
        state.counters = outcome.counters.unwrap_or(state.counters);
        if row.is_some() {
            state.set_inference(id, row);
            state.asked.take_back(id);
        } else {
            state.asked.settle(id, true);
            state.queue.retain(|queued| *queued != id);
        }
        if let Some(expanded) = outcome.expanded {
            state.asked.expand(id, expanded);
        }
        let made = outcome.entries.iter().map(|(id, _)| *id).collect();
        for (preference, entry) in outcome.entries {
            state.set_entry(preference, Some(entry));
        }
        Ok(made)
    }

    /// Reports that the model failed. With `retry` the request goes to the end of the queue; otherwise it is dropped.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub fn fail(&self, id: InferenceId, retry: bool) -> Result<()> {
        let inner = &*self.engine.inner;
        let _writing = inner.writing()?;
        drop(inner.store()?);
        let mut state = inner.state.write();
        if state.asked.get(id).is_some() {
            state.queue.retain(|queued| *queued != id);
            if retry {
                state.queue.push_back(id);
            } else {
                state.asked.settle(id, true);
            }
            return Ok(());
        }
        let mut row = *state.inference.get(&id).ok_or_else(|| unknown(id))?;
        settled(id, row.state)?;
        if !retry {
            row.state = RowState::Dropped;
            let mut batch = Batch::new();
            batch.put(Table::Inference, id.0, &row)?;
            drop(state);
            inner.store()?.commit(&batch)?;
            state = inner.state.write();
        }
        state.asked.take_back(id);
        state.set_inference(id, Some(row));
        Ok(())
    }

    /// Number of requests waiting or handed out.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    pub fn pending(&self) -> Result<usize> {
        Ok(self.engine.inner.state()?.inference_pending())
    }
}

impl Inner {
    /// Entries for preferences in words that are based on records.
    fn stated(
        &self,
        texts: Vec<String>,
        mut sources: Vec<RecordId>,
        entry: impl Fn(Stated) -> Entry,
    ) -> Result<Outcome> {
        sources.sort_unstable();
        let scopes = sources.iter().map(|record| self.record(*record).map(|record| record.scope));
        let (scope, at) = (common_scope(scopes)?, self.clock.now());
        let mut counters = self.state()?.counters;
        let mut entries = Vec::with_capacity(texts.len());
        for text in texts {
            let (scope, sources) = (scope.clone(), sources.clone());
            let words = Stated { text, scope, at, pinned: false, active: true, sources };
            entries.push((PreferenceId(counters.entry), entry(words)));
            counters.entry += 1;
        }
        let counters = (!entries.is_empty()).then_some(counters);
        Ok(Outcome { entries, counters, expanded: None })
    }

    /// Entries for preferences, updated with the model's verdict on whether these texts follow them.
    fn checked(&self, answer: &str, preferences: &[PreferenceId], records: &[RecordId]) -> Result<Outcome> {
        let verdicts = parse_verdicts(answer, records.len(), preferences.len())?;
        let state = self.state()?;
        let mut entries: Vec<(PreferenceId, Entry)> = Vec::new();
        for (at, id) in preferences.iter().enumerate() {
            // Preferences deleted or corrected in the meantime are skipped.
            let Some(Entry::Inferred(inferred)) = state.ledger.get(*id) else { continue };
            let mut inferred = inferred.clone();
            let said = verdicts.iter().filter(|verdict| verdict.preference == at);
            let checks = said.map(|said| Check { record: records[said.text], follows: said.follows });
            let known = inferred.checks.len();
            let new: Vec<Check> =
                checks.filter(|check| inferred.basis().all(|record| record != check.record)).collect();
            inferred.checks.extend(new);
            if inferred.checks.len() > known {
                entries.push((*id, Entry::Inferred(inferred)));
            }
        }
        Ok(Outcome { entries, ..Outcome::default() })
    }

    fn expanded(&self, answer: &str) -> Result<Outcome> {
        let expansion = parse_expansion(answer)?;
        let mut vector = vec![0.0; self.encoder.dimensions()];
        let mut texts = expansion.queries.clone();
        texts.extend((!expansion.passage.is_empty()).then_some(expansion.passage));
        for text in &texts {
            let embedded = self.embed("model's answer", text, None)?;
            vector
                .iter_mut()
                .zip(&embedded.vector)
                .for_each(|(sum, value)| *sum += value / texts.len() as f32);
        }
        let expanded = Some(Expanded { vector, words: expansion.queries });
        Ok(Outcome { expanded, ..Outcome::default() })
    }
}

/// The narrowest scope that contains all of them.
fn common_scope(scopes: impl Iterator<Item = Result<Scope>>) -> Result<Scope> {
    let mut common: Option<Scope> = None;
    for scope in scopes {
        let scope = scope?;
        common = Some(match common {
            None => scope,
            Some(common) => {
                let chain = common.chain();
                chain.into_iter().find(|wider| wider.contains(&scope)).unwrap_or_default()
            }
        });
    }
    Ok(common.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_questions_stay() {
        let row = |state| InferenceRow { record: RecordId(300), state };
        let rows = [
            ("waiting", row(RowState::Waiting)),
            ("answered", row(RowState::Answered)),
            ("dropped", row(RowState::Dropped)),
        ];
        crate::store::golden::check("inference", &rows);
    }
}
