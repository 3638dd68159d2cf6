//! Ranking of candidate drafts.

use crate::document::{Document, own_text};
use crate::engine::tuning::rank::NEIGHBOURS;
use crate::engine::{Engine, Inner, check_range};
use crate::error::Result;
use crate::learning::{Meaning, Ranked, rank_documents};
use crate::types::Scope;

/// Candidates to rank for a context.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let candidates = vec!["Friday works.".to_owned(), "Friday would suit me very well indeed.".to_owned()];
/// let request = RankRequest::new("Does Friday suit?", candidates).scope(Scope::app("mail"));
/// assert_eq!(engine.rank(&request)?.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct RankRequest {
    context: String,
    candidates: Vec<String>,
    scope: Scope,
    vector: Option<Vec<f32>>,
    candidate_vectors: Option<Vec<Vec<f32>>>,
}

crate::types::debug_without_text!(RankRequest, "RankRequest", shown: [scope], hidden: [context, candidates, vector, candidate_vectors]);

impl RankRequest {
    /// A request to rank `candidates` for a context.
    pub fn new(context: impl Into<String>, candidates: Vec<String>) -> Self {
        Self {
            context: context.into(),
            candidates,
            scope: Scope::person(),
            vector: None,
            candidate_vectors: None,
        }
    }

    /// The scope of the text; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The vector of the context, from the caller's own encoder. The candidates are then not checked for their topic,
    /// unless their vectors are supplied as well.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.vector = Some(vector);
        self
    }

    /// The vectors of the candidates, one each, in their order. They must come from the encoder that made the
    /// context's vector: the caller's own if that vector was supplied, otherwise the engine's. Candidates off topic
    /// can only be detected with encoders for which unrelated texts have a cosine near zero; if all cosines are high,
    /// no candidate counts as off topic.
    pub fn candidate_vectors(mut self, vectors: Vec<Vec<f32>>) -> Self {
        self.candidate_vectors = Some(vectors);
        self
    }
}

impl Engine {
    /// The candidates, best first, with the reasons for and against each. A candidate that is off the topic of the
    /// context never precedes one that is on topic.
    ///
    /// # Errors
    /// Input errors name the text or number; `InvalidInput` if the number of vectors differs from the number of
    /// candidates.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let candidates = vec!["I would be delighted to attend.".to_owned(), "Sure, I'll be there.".to_owned()];
    /// for ranked in engine.rank(&RankRequest::new("Can you come on Friday?", candidates))? {
    ///     println!("candidate {} scores {:.2}", ranked.index, ranked.score);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rank(&self, request: &RankRequest) -> Result<Vec<Ranked>> {
        let inner = &*self.inner;
        drop(inner.store()?);
        request.scope.validate()?;
        inner.check_filled("context", &request.context)?;
        let count = request.candidates.len();
        check_range("number of candidates", count as f64, 1.0, inner.limits.candidates as f64)?;
        request.candidates.iter().try_for_each(|text| inner.check_filled("candidate", text))?;

        let context = inner.embed("context", &request.context, request.vector.as_deref())?;
        let vectors = inner.candidate_vectors(request)?;
        let cosine = |vector: &Vec<f32>| context.vector.iter().zip(vector).map(|(a, b)| a * b).sum();
        let relevance: Vec<f32> = vectors.iter().map(cosine).collect();
        let (preferences, taste) = {
            let state = inner.state()?;
            let situation = inner.situation(
                &state,
                &request.scope,
                &request.context,
                &context.vector,
                NEIGHBOURS.min(inner.limits.k),
            )?;
            (situation.preferences, state.taste.weights(&request.scope))
        };
        let own: Vec<_> = request.candidates.iter().map(|text| own_text(text)).collect();
        let locale = request.scope.locale.as_deref();
        let candidates: Vec<_> = own.iter().map(|text| Document::read(text, locale)).collect();
        let meaning = Meaning { relevance: &relevance, vectors: &vectors };
        let meaning = (!vectors.is_empty()).then_some(meaning);
        Ok(rank_documents(&preferences, &candidates, locale, meaning, Some(&taste)))
    }
}

impl Inner {
    /// A unit vector for each candidate; empty if they cannot be compared with the context's vector.
    fn candidate_vectors(&self, request: &RankRequest) -> Result<Vec<Vec<f32>>> {
        let supplied = request.candidate_vectors.as_deref();
        match supplied {
            Some(vectors) => {
                let count = request.candidates.len() as f64;
                check_range("number of candidates' vectors", vectors.len() as f64, count, count)?;
            }
            None if request.vector.is_some() => return Ok(Vec::new()),
            None => {}
        }
        let vector = |(at, text): (usize, &String)| {
            let supplied = supplied.map(|vectors| vectors[at].as_slice());
            self.embed("candidate", text, supplied).map(|embedded| embedded.vector)
        };
        request.candidates.iter().enumerate().map(vector).collect()
    }
}
