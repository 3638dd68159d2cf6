//! Questions that are waiting or settled, and the other words found for searches.
//!
//! Invariant: nothing here is stored on disk; a question's id is a hash of its content, so that the same question is
//! asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::inference::row::InferenceId;
use crate::hash::stable_hash;
use crate::types::{PreferenceId, RecordId};

/// Maximum number of search expansions held.
const EXPANSIONS_MAX: usize = 64;

/// Ids of these questions have this bit set; the other bits are a hash of the content.
const ASKED_BIT: u64 = 1 << 63;

/// A question that is not stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// What do these preferences amount to? `records` are all records that they are based on, ascending.
    Aggregation { preferences: Vec<PreferenceId>, records: Vec<RecordId> },
    /// Which of these preferences do these records follow?
    Verification { preferences: Vec<PreferenceId>, records: Vec<RecordId> },
    /// Other words for this search.
    Expansion { query: String },
}

impl Question {
    pub(super) fn id(&self) -> InferenceId {
        let (tag, preferences, records, query) = match self {
            Self::Aggregation { preferences, records } => (0u8, &preferences[..], &records[..], ""),
            Self::Verification { preferences, records } => (1, &preferences[..], &records[..], ""),
            Self::Expansion { query } => (2, &[][..], &[][..], query.as_str()),
        };
        let preferences: Vec<u8> = preferences.iter().flat_map(|id| id.0.to_le_bytes()).collect();
        let records: Vec<u8> = records.iter().flat_map(|id| id.0.to_le_bytes()).collect();
        InferenceId(stable_hash(&[&[tag], &preferences, &records, query.as_bytes()]) | ASKED_BIT)
    }

    /// The records that the question refers to.
    pub(super) fn records(&self) -> &[RecordId] {
        match self {
            Self::Aggregation { records, .. } | Self::Verification { records, .. } => records,
            Self::Expansion { .. } => &[],
        }
    }
}

/// Other words for a search, with their embedding.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// The mean of their embeddings; empty if the encoder failed.
    pub(crate) vector: Vec<f32>,
    pub(crate) words: Vec<String>,
}

/// All such questions, and what the stored questions showed when they were handed out.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(super) waiting: BTreeMap<InferenceId, Question>,
    /// Dropped or answered; not asked again while the store is open.
    pub(super) settled: BTreeSet<InferenceId>,
    /// The edits that a stored question showed.
    pub(super) shown: BTreeMap<InferenceId, Vec<RecordId>>,
    /// Oldest first.
    pub(super) expansions: Vec<(InferenceId, Arc<Expanded>)>,
}

impl Asked {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn get(&self, id: InferenceId) -> Option<&Question> {
        self.waiting.get(&id)
    }

    /// Removes a question that was answered, was dropped, or no longer applies.
    pub(super) fn settle(&mut self, id: InferenceId, for_good: bool) {
        if self.waiting.remove(&id).is_some() && for_good {
            self.settled.insert(id);
        }
    }

    pub(super) fn show(&mut self, id: InferenceId, records: Vec<RecordId>) {
        self.shown.insert(id, records);
    }

    /// What a stored question showed when it was handed out; `None` if it was not handed out or may no longer be
    /// answered.
    pub(super) fn shown(&self, id: InferenceId) -> Option<&[RecordId]> {
        self.shown.get(&id).map(Vec::as_slice)
    }

    pub(super) fn take_back(&mut self, id: InferenceId) {
        self.shown.remove(&id);
    }

    /// The other words for a search, if the model has supplied them.
    pub(crate) fn expansion(&self, query: &str) -> Option<Arc<Expanded>> {
        let id = Question::Expansion { query: query.to_owned() }.id();
        self.expansions.iter().find(|(held, _)| *held == id).map(|(_, expanded)| Arc::clone(expanded))
    }

    pub(super) fn expand(&mut self, id: InferenceId, expanded: Expanded) {
        if self.expansions.len() == EXPANSIONS_MAX {
            let (oldest, _) = self.expansions.remove(0);
            self.settled.remove(&oldest);
        }
        self.expansions.push((id, Arc::new(expanded)));
    }
}
