//! The agents of the paper, and ours. Each returns the statements for a context and learns from the outcome.
//!
//! CIPHER's inference is perfect: it receives the hidden preferences of the kind that was edited, in the person's own
//! words. Its aggregation keeps the statements of at least half of the contexts found, or those of the nearest if none
//! is that common. All agents use the same encoder.

use std::collections::BTreeMap;
use std::sync::Arc;

use idiolect::Embedder;
use idiolect::ManualClock;
use idiolect::{Engine, Observation, Personalization, Request, Timestamp};

use crate::english::Letter;
use crate::{drafter, person};

/// One round.
pub(crate) struct Round<'a> {
    pub(crate) index: usize,
    pub(crate) context: &'a str,
    pub(crate) kind: usize,
    pub(crate) plain: &'a Letter,
}

/// The kinds of agent.
pub(crate) enum Agent {
    NoLearning,
    Oracle,
    /// The most common statements of the first rounds, unchanged from then on.
    ExploreThenExploit(Vec<&'static str>),
    /// The statements of the last edit.
    Continual(&'static [&'static str]),
    /// The most common statements of all rounds.
    Global(BTreeMap<&'static str, usize>),
    /// The final text of the nearest context.
    Examples(Memory<String>),
    Cipher(usize, Memory<&'static [&'static str]>),
    Ours(Box<Ours>),
}

/// Number of exploration rounds, and of statements in a global prompt.
const EXPLORED: usize = 5;
const GLOBAL: usize = 4;

/// Values by the vectors of their contexts.
pub(crate) struct Memory<T> {
    encoder: Arc<dyn Embedder>,
    held: Vec<(Vec<f32>, T)>,
}

impl<T> Memory<T> {
    pub(crate) fn new(encoder: &Arc<dyn Embedder>) -> Self {
        Self { encoder: Arc::clone(encoder), held: Vec::new() }
    }

    fn vector(&self, context: &str) -> Vec<f32> {
        self.encoder.embed(context).map(|embedding| embedding.vector).unwrap_or_default()
    }

    fn nearest(&self, context: &str, k: usize) -> Vec<&T> {
        let query = self.vector(context);
        let cosine = |vector: &[f32]| vector.iter().zip(&query).map(|(a, b)| a * b).sum::<f32>();
        let mut found: Vec<(f32, &T)> =
            self.held.iter().map(|(vector, held)| (cosine(vector), held)).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().take(k).map(|(_, held)| held).collect()
    }

    fn insert(&mut self, context: &str, held: T) {
        let vector = self.vector(context);
        self.held.push((vector, held));
    }
}

/// The engine, with its last answer.
pub(crate) struct Ours {
    engine: Engine,
    clock: Arc<ManualClock>,
    pub(crate) shown: Option<Personalization>,
    _folder: tempfile::TempDir,
}

impl Ours {
    pub(crate) fn open(encoder: &Arc<dyn Embedder>) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let clock = Arc::new(ManualClock::new(Timestamp(0)));
        let engine = Engine::builder(folder.path())
            .shared_encoder(Arc::clone(encoder))
            .durability(idiolect::Durability::Buffered)
            .clock(Arc::clone(&clock))
            .open()?;
        Ok(Self { engine, clock, shown: None, _folder: folder })
    }
}

impl Agent {
    /// The draft for a round, and the statements used for it.
    pub(crate) fn draft(&mut self, round: &Round<'_>) -> (String, String) {
        let prompt = match self {
            Self::NoLearning => String::new(),
            Self::Oracle => person::prompt(person::hidden(round.kind)),
            Self::ExploreThenExploit(statements) => {
                let explored = round.index >= EXPLORED;
                if explored { person::prompt(&commonest(&count(statements))) } else { String::new() }
            }
            Self::Continual(statements) => person::prompt(statements),
            Self::Global(counts) => person::prompt(&commonest(counts)),
            Self::Examples(memory) => {
                let told =
                    memory.nearest(round.context, 1).first().map(|text| drafter::instructions_of(text));
                return (drafter::rewrite(&told.unwrap_or_default(), round.plain).render(), String::new());
            }
            Self::Cipher(k, memory) => {
                let found = memory.nearest(round.context, *k);
                let all: Vec<&'static str> = found.iter().flat_map(|one| one.iter().copied()).collect();
                let mut kept: Vec<&str> = count(&all)
                    .into_iter()
                    .filter(|(_, times)| times * 2 >= found.len())
                    .map(|(statement, _)| statement)
                    .collect();
                if kept.is_empty() {
                    kept = found.first().map_or(Vec::new(), |nearest| nearest.to_vec());
                }
                person::prompt(&kept)
            }
            Self::Ours(ours) => {
                ours.clock.set(Timestamp(round.index as i64 * 3_600_000));
                let shown =
                    ours.engine.personalize(&Request::new(round.context)).expect("the context is valid");
                let prompt = shown.prompt.clone();
                ours.shown = Some(shown);
                prompt
            }
        };
        (drafter::draft(round.plain, &prompt, round.index), prompt)
    }

    /// Learns from the person's version of the draft.
    pub(crate) fn learn(&mut self, round: &Round<'_>, draft: &str, edited: &str) {
        let hidden = person::hidden(round.kind);
        match self {
            Self::ExploreThenExploit(statements) if round.index < EXPLORED => statements.extend(hidden),
            Self::Continual(last) if draft != edited => *last = hidden,
            Self::NoLearning | Self::Oracle | Self::ExploreThenExploit(_) | Self::Continual(_) => {}
            Self::Global(counts) => {
                for statement in hidden {
                    *counts.entry(statement).or_default() += 1;
                }
            }
            Self::Examples(memory) => memory.insert(round.context, edited.to_owned()),
            Self::Cipher(_, memory) => memory.insert(round.context, hidden),
            Self::Ours(ours) => {
                let observation = if draft == edited {
                    Observation::accept(round.context, edited)
                } else {
                    Observation::edit(round.context, draft, edited)
                };
                let shown = ours.shown.as_ref().expect("a draft comes before its edit");
                ours.engine.observe(observation.drafted_with(shown)).expect("the texts are valid");
            }
        }
    }
}

fn count(statements: &[&'static str]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for statement in statements {
        *counts.entry(*statement).or_default() += 1;
    }
    counts
}

fn commonest(counts: &BTreeMap<&'static str, usize>) -> Vec<&'static str> {
    let mut ordered: Vec<_> = counts.iter().collect();
    ordered.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    ordered.into_iter().take(GLOBAL).map(|(statement, _)| *statement).collect()
}
