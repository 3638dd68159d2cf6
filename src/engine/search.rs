//! Searching the history.

use crate::engine::Engine;
use crate::engine::state::{final_text, kind_of};
use crate::error::{Error, InputError, Result};
use crate::retrieval::{Filter, RecordKind};
use crate::types::{RecordId, Scope, Timestamp};

/// A search.
#[derive(Debug, Clone)]
#[must_use]
pub struct Query {
    text: String,
    k: usize,
    filter: Filter,
    vector: Option<Vec<f32>>,
}

impl Query {
    /// For items near `text` in meaning.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), k: 10, filter: Filter::default(), vector: None }
    }

    /// At most so many hits; 10 by default.
    pub fn k(mut self, k: usize) -> Self {
        self.k = k;
        self
    }

    /// Only items within this scope.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.filter.scope = Some(scope);
        self
    }

    /// Only items from `from` on.
    pub fn from(mut self, from: Timestamp) -> Self {
        self.filter.from = Some(from);
        self
    }

    /// Only items before `until`.
    pub fn until(mut self, until: Timestamp) -> Self {
        self.filter.until = Some(until);
        self
    }

    /// Only items of these kinds.
    pub fn kinds(mut self, kinds: impl Into<Vec<RecordKind>>) -> Self {
        self.filter.kinds = Some(kinds.into());
        self
    }

    /// The query's vector, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.vector = Some(vector);
        self
    }
}

/// A search result.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// Cosine similarity of the query to the record's context (to its text, for history).
    pub similarity: f32,
    /// Its kind.
    pub kind: RecordKind,
    /// Its scope.
    pub scope: Scope,
    /// When it happened.
    pub at: Timestamp,
    /// Its context; empty for history.
    pub context: String,
    /// The text as the person left it.
    pub text: String,
}

impl Engine {
    /// The nearest items, nearest first.
    ///
    /// # Errors
    /// Input errors name the text or number.
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>> {
        let inner = &*self.inner;
        drop(inner.store()?);
        if let Some(scope) = &query.filter.scope {
            scope.validate()?;
        }
        inner.check_filled("query", &query.text)?;
        inner.check_k(query.k)?;
        let embedded = inner.embed("query", &query.text, query.vector.as_deref())?;
        let found = inner.state()?.catalogue.nearest(&embedded.vector, query.k, &query.filter)?;
        let mut hits = Vec::with_capacity(found.len());
        for found in found {
            match inner.record(found.id) {
                Ok(record) => hits.push(Hit {
                    id: found.id,
                    similarity: found.similarity,
                    kind: kind_of(&record.signal),
                    at: record.at,
                    text: final_text(&record).to_owned(),
                    scope: record.scope,
                    context: record.context,
                }),
                // Forgotten since it was found.
                Err(Error::Input(InputError::NotFound { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(hits)
    }
}
