//! The queue of questions for the host's language model (CIPHER).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::personalize::Situation;
use crate::engine::state::{COUNTERS, State};
use crate::engine::{Engine, Inner};
use crate::error::{Error, InputError, Result};
use crate::preference::{
    Entry, PreferenceId, Stated, aggregation_prompt, induction_prompt, parse_answer, stable_hash,
};
use crate::store::{Batch, Record, Table};
use crate::types::{RecordId, Scope};

/// Id of an inference request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InferenceId(pub u64);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InferenceKind {
    /// The preference behind one edit.
    Induction,
    /// One preference out of those of several near contexts.
    Aggregation,
}

/// A question, ready to be sent to a language model.
#[derive(Debug, Clone, PartialEq)]
pub struct InferenceRequest {
    /// Its id, for the answer.
    pub id: InferenceId,
    /// What is asked.
    pub kind: InferenceKind,
    /// The prompt.
    pub prompt: String,
    /// The records it is about.
    pub records: Vec<RecordId>,
}

/// The queue. Requests exist only where the builder was told that there is a host model.
#[derive(Clone, Copy)]
pub struct Inference<'a> {
    engine: &'a Engine,
}

impl Engine {
    /// The queue of questions for the host's language model.
    pub fn inference(&self) -> Inference<'_> {
        Inference { engine: self }
    }
}

/// A question that is kept until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InferenceRow {
    /// The edit it is about. The prompt is made of it when it is handed out: no text is kept twice.
    pub(super) record: RecordId,
    state: RowState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum RowState {
    Waiting,
    Answered,
    Dropped,
}

/// Questions that come up while personalizing. They are not kept: the same situation asks the same again.
#[derive(Debug, Default)]
pub(super) struct Aggregations {
    /// The records whose inferred preferences are to become one, ascending.
    waiting: BTreeMap<InferenceId, Vec<RecordId>>,
    /// Given up, or answered with nothing: not asked again while the store is open.
    declined: BTreeSet<InferenceId>,
}

/// Most aggregations that wait at a time; further ones are asked for later.
const AGGREGATIONS_MAX: usize = 32;

/// Ids of aggregations have this bit set and are otherwise a hash of their records.
const AGGREGATION_BIT: u64 = 1 << 63;

impl State {
    pub(super) fn set_inference(&mut self, id: InferenceId, row: Option<InferenceRow>) {
        self.queue.retain(|queued| *queued != id);
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

    pub(super) fn inference_pending(&self) -> usize {
        let waiting = self.inference.values().filter(|row| row.state == RowState::Waiting);
        waiting.count() + self.aggregations.waiting.len()
    }

    /// The rows about a record.
    pub(super) fn inference_about(&self, record: RecordId) -> Vec<InferenceId> {
        self.inference.iter().filter(|(_, row)| row.record == record).map(|(id, _)| *id).collect()
    }

    /// Drops what is asked about a record beyond the kept rows.
    pub(super) fn drop_aggregations(&mut self, record: RecordId) {
        let gone: Vec<InferenceId> = self
            .aggregations
            .waiting
            .iter()
            .filter(|(_, records)| records.contains(&record))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.aggregations.waiting.remove(&id);
            self.queue.retain(|queued| *queued != id);
        }
    }

    /// The inferred preferences that speak for these contexts, given nearest first: the aggregated one where
    /// there is one for just these, else each one's own.
    pub(super) fn inferred_for(&self, records: &[RecordId]) -> Vec<PreferenceId> {
        let single = self.inferred_singly(records);
        if single.len() > 1 {
            let sources = sources_of(&single);
            let aggregated = self
                .ledger
                .iter()
                .find(|(_, entry)| matches!(entry, Entry::Stated(stated) if stated.sources == sources));
            if let Some((id, _)) = aggregated {
                return vec![id];
            }
        }
        single.into_iter().map(|(_, id)| id).collect()
    }

    fn inferred_singly(&self, records: &[RecordId]) -> Vec<(RecordId, PreferenceId)> {
        let of_record = |record: &RecordId| {
            self.ledger.inferred_from(*record).into_iter().find_map(|id| match self.ledger.get(id) {
                Some(Entry::Stated(stated)) if stated.sources == [*record] => Some((*record, id)),
                _ => None,
            })
        };
        records.iter().filter_map(of_record).collect()
    }
}

fn sources_of(single: &[(RecordId, PreferenceId)]) -> Vec<RecordId> {
    let mut sources: Vec<RecordId> = single.iter().map(|(record, _)| *record).collect();
    sources.sort_unstable();
    sources
}

impl Inner {
    /// The question that a record raises, where there is a host model to ask.
    pub(super) fn induction_for(&self, id: RecordId, record: &Record) -> Option<InferenceRow> {
        let asks = self.host_model && induction_prompt(record).is_some();
        asks.then_some(InferenceRow { record: id, state: RowState::Waiting })
    }

    /// Asks for one preference out of those of the nearest contexts, as CIPHER does for k above 1.
    pub(super) fn ask_for_aggregation(&self, situation: &Situation) {
        let near: Vec<RecordId> = situation.close().collect();
        // Most of the time there is nothing to ask, and then no other call has to wait.
        if self.state.read().inferred_for(&near).len() < 2 {
            return;
        }
        let mut state = self.state.write();
        let single = state.inferred_singly(&near);
        if single.len() < 2 || state.inferred_for(&near).len() < 2 {
            return;
        }
        let sources = sources_of(&single);
        let bytes: Vec<u8> = sources.iter().flat_map(|id| id.0.to_le_bytes()).collect();
        let id = InferenceId(stable_hash(&[&bytes]) | AGGREGATION_BIT);
        let Aggregations { waiting, declined } = &mut state.aggregations;
        let asks = waiting.len() < AGGREGATIONS_MAX && !declined.contains(&id);
        if asks && waiting.insert(id, sources).is_none() {
            state.queue.push_back(id);
        }
    }
}

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

impl Inference<'_> {
    /// The oldest request not handed out since the store was opened; `None` where there is none. One about an
    /// edit that is neither completed nor failed comes again after the store is opened anew.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`, store errors.
    pub fn next(&self) -> Result<Option<InferenceRequest>> {
        let inner = &*self.engine.inner;
        let _writing = inner.writing()?;
        loop {
            let (id, records) = {
                drop(inner.store()?);
                let mut state = inner.state.write();
                let Some(id) = state.queue.pop_front() else { return Ok(None) };
                let records = match state.aggregations.waiting.get(&id) {
                    Some(sources) => sources.clone(),
                    None => state.inference.get(&id).map(|row| vec![row.record]).unwrap_or_default(),
                };
                (id, records)
            };
            let (kind, prompt) = if id.0 & AGGREGATION_BIT == 0 {
                let Some(record) = records.first() else { continue };
                (InferenceKind::Induction, induction_prompt(&inner.record(*record)?))
            } else {
                let state = inner.state()?;
                let single = state.inferred_singly(&records);
                let texts: Vec<&str> = single
                    .iter()
                    .filter_map(|(_, id)| match state.ledger.get(*id) {
                        Some(Entry::Stated(stated)) => Some(stated.text.as_str()),
                        _ => None,
                    })
                    .collect();
                (InferenceKind::Aggregation, Some(aggregation_prompt(&texts)))
            };
            if let Some(prompt) = prompt {
                return Ok(Some(InferenceRequest { id, kind, prompt, records }));
            }
        }
    }

    /// Takes the model's answer; gives the preference made of it, which holds in contexts near those that the
    /// request was about, or `None` where the model found none.
    ///
    /// # Errors
    /// `NotFound`, also where its records were forgotten meanwhile; `EmptyText`, `TextTooLong` for the
    /// answer; `Conflict` where it was settled before.
    pub fn complete(&self, id: InferenceId, answer: &str) -> Result<Option<PreferenceId>> {
        let inner = &*self.engine.inner;
        inner.check_text("model's answer", answer)?;
        let text = parse_answer(answer)?;
        let _writing = inner.writing()?;
        let (sources, mut counters) = {
            let state = inner.state()?;
            let sources = match (state.aggregations.waiting.get(&id), state.inference.get(&id)) {
                (Some(sources), _) => sources.clone(),
                (None, Some(row)) => {
                    settled(id, row.state)?;
                    vec![row.record]
                }
                (None, None) => return Err(unknown(id)),
            };
            (sources, state.counters)
        };
        let mut batch = Batch::new();
        let stated = match text {
            None => None,
            Some(text) => {
                let scopes = sources.iter().map(|record| inner.record(*record).map(|record| record.scope));
                let preference = PreferenceId(counters.entry);
                counters.entry += 1;
                let entry = Entry::Stated(Stated {
                    text,
                    scope: common_scope(scopes)?,
                    at: inner.clock.now(),
                    pinned: false,
                    active: true,
                    sources: sources.clone(),
                });
                batch.put(Table::Entries, preference.0, &entry)?;
                batch.put_meta(COUNTERS, &counters)?;
                Some((preference, entry))
            }
        };
        let kept = id.0 & AGGREGATION_BIT == 0;
        let row = InferenceRow { record: sources[0], state: RowState::Answered };
        if kept {
            batch.put(Table::Inference, id.0, &row)?;
        }
        inner.store()?.commit(&batch)?;
        let mut state = inner.state.write();
        state.counters = counters;
        if kept {
            state.set_inference(id, Some(row));
        } else {
            state.aggregations.waiting.remove(&id);
            state.queue.retain(|queued| *queued != id);
            if stated.is_none() {
                state.aggregations.declined.insert(id);
            }
        }
        Ok(stated.map(|(preference, entry)| {
            state.set_entry(preference, Some(entry));
            preference
        }))
    }

    /// The model failed. With `retry` the request goes to the end of the queue, else it is dropped.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub fn fail(&self, id: InferenceId, retry: bool) -> Result<()> {
        let inner = &*self.engine.inner;
        let _writing = inner.writing()?;
        drop(inner.store()?);
        let mut state = inner.state.write();
        if state.aggregations.waiting.contains_key(&id) {
            state.queue.retain(|queued| *queued != id);
            if retry {
                state.queue.push_back(id);
            } else {
                state.aggregations.waiting.remove(&id);
                state.aggregations.declined.insert(id);
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
        state.set_inference(id, Some(row));
        Ok(())
    }

    /// Requests waiting or handed out.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    pub fn pending(&self) -> Result<usize> {
        Ok(self.engine.inner.state()?.inference_pending())
    }
}

/// The narrowest scope that holds all of them.
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
