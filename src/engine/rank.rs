//! Ranking candidate drafts.

use crate::engine::{Engine, check_range};
use crate::error::Result;
use crate::preference::{Meaning, Ranked, rank_candidates};
use crate::types::Scope;

/// Candidates to rank for a context.
#[derive(Debug, Clone)]
#[must_use]
pub struct RankRequest {
    context: String,
    candidates: Vec<String>,
    scope: Scope,
    vector: Option<Vec<f32>>,
}

impl RankRequest {
    /// For a context, the candidate texts.
    pub fn new(context: impl Into<String>, candidates: Vec<String>) -> Self {
        Self { context: context.into(), candidates, scope: Scope::person(), vector: None }
    }

    /// Where the text will belong; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The vector of the context, from the caller's own encoder; candidates are then not checked for their topic.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.vector = Some(vector);
        self
    }
}

/// Neighbours consulted for a ranking.
const K: usize = 8;

impl Engine {
    /// The candidates, best first, with what speaks for and against each. One that is off the topic of the
    /// context never comes before one that is on it.
    ///
    /// # Errors
    /// Input errors name the text or number.
    pub fn rank(&self, request: &RankRequest) -> Result<Vec<Ranked>> {
        let inner = &*self.inner;
        drop(inner.store()?);
        request.scope.validate()?;
        inner.check_filled("context", &request.context)?;
        let count = request.candidates.len();
        check_range("number of candidates", count as f64, 1.0, inner.limits.candidates as f64)?;
        request.candidates.iter().try_for_each(|text| inner.check_filled("candidate", text))?;

        let context = inner.embed("context", &request.context, request.vector.as_deref())?;
        let (mut relevance, mut vectors) = (Vec::with_capacity(count), Vec::with_capacity(count));
        if request.vector.is_none() {
            for text in &request.candidates {
                let candidate = inner.embed("candidate", text, None)?;
                let products = context.vector.iter().zip(&candidate.vector).map(|(a, b)| a * b);
                relevance.push(products.sum::<f32>());
                vectors.push(candidate.vector);
            }
        }
        let (preferences, taste) = {
            let state = inner.state()?;
            let situation = inner.situation(
                &state,
                &request.scope,
                &request.context,
                &context.vector,
                K.min(inner.limits.k),
            )?;
            (situation.preferences, state.taste.weights(&request.scope))
        };
        let candidates: Vec<&str> = request.candidates.iter().map(String::as_str).collect();
        let meaning = Meaning { relevance: &relevance, vectors: &vectors };
        let meaning = request.vector.is_none().then_some(meaning);
        Ok(rank_candidates(&preferences, &candidates, meaning, Some(&taste)))
    }
}
