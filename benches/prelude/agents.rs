//! The agents of the paper, and ours. Each returns the draft for a context with the statements used, and learns from
//! the outcome.
//!
//! CIPHER's inference stands for a language model's: the perfect one names exactly the hidden preferences of the kind
//! that was edited; the noisy one misses some, sometimes names one that is wrong, and paraphrases. Its aggregation is
//! better than a model's: it knows which paraphrases mean the same. It keeps what at least half of the contexts found
//! have, or the statements of the nearest if nothing is that common. All agents use the same encoder.

use std::collections::BTreeMap;
use std::sync::Arc;

use idiolect::{Embedder, Engine, ManualClock, Observation, Personalization, Request, Timestamp};

use crate::person::Person;
use crate::rewrites::PROGRAMS;
use crate::{drafter, mixed};

/// One round.
pub(crate) struct Round<'a> {
    pub(crate) index: usize,
    pub(crate) context: &'a str,
    pub(crate) kind: usize,
    pub(crate) plain: &'a str,
    pub(crate) person: &'a Person,
}

/// A preference as it was inferred: which one, and in which words.
type Inferred = Vec<(usize, usize)>;

/// The noisy inference misses and invents this many in a hundred.
const MISSED: u64 = 30;
const INVENTED: u64 = 20;

/// The kinds of agent.
pub(crate) enum Agent {
    NoLearning,
    Oracle,
    /// The final text of the nearest context.
    Examples(Memory<String>),
    Cipher {
        k: usize,
        noisy: bool,
        memory: Memory<Inferred>,
        used: Inferred,
    },
    Ours(Box<Ours>),
}

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

/// Statements as a prompt.
pub(crate) fn prompt<'s>(statements: impl IntoIterator<Item = &'s str>) -> String {
    statements.into_iter().flat_map(|statement| ["- ", statement, "\n"]).collect()
}

fn asked(inferred: &Inferred) -> String {
    prompt(inferred.iter().map(|(program, words)| PROGRAMS[*program].asked[*words]))
}

/// What CIPHER's language model infers from an edit.
fn inferred(round: &Round<'_>, noisy: bool) -> Inferred {
    let hidden = round.person.hidden(round.kind);
    if !noisy {
        return hidden.iter().map(|program| (*program, 0)).collect();
    }
    let chance = |salt: usize| mixed((round.index as u64) << 16 | salt as u64);
    let mut found: Inferred = hidden
        .iter()
        .filter(|program| chance(**program) % 100 >= MISSED)
        .map(|program| (*program, (chance(1000 + program) % 3) as usize))
        .collect();
    if chance(2000) % 100 < INVENTED {
        found.push(((chance(2001) % PROGRAMS.len() as u64) as usize, (chance(2002) % 3) as usize));
    }
    found
}

/// What at least half of the contexts have, in the words of the first.
fn aggregated(found: &[&Inferred]) -> Inferred {
    let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (program, words) in found.iter().flat_map(|one| one.iter()) {
        counts.entry(*program).or_insert((0, *words)).0 += 1;
    }
    let common = counts.into_iter().filter(|(_, (times, _))| times * 2 >= found.len());
    let kept: Inferred = common.map(|(program, (_, words))| (program, words)).collect();
    if kept.is_empty() { found.first().map_or_else(Vec::new, |nearest| (*nearest).clone()) } else { kept }
}

impl Agent {
    /// The draft for a round, and the statements used for it.
    pub(crate) fn draft(&mut self, round: &Round<'_>) -> (String, String) {
        let prompt = match self {
            Self::NoLearning => String::new(),
            Self::Oracle => {
                prompt(round.person.hidden(round.kind).iter().map(|program| PROGRAMS[*program].asked[0]))
            }
            Self::Examples(memory) => {
                let nearest = memory.nearest(round.context, 1);
                let draft = match nearest.first() {
                    Some(example) => drafter::imitate(round.context, round.index, example),
                    None => round.plain.to_owned(),
                };
                return (draft, String::new());
            }
            Self::Cipher { k, memory, used, .. } => {
                *used = aggregated(&memory.nearest(round.context, *k));
                asked(used)
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
        (drafter::draft(round.context, round.index, &prompt, true), prompt)
    }

    /// Learns from the person's version of the draft.
    pub(crate) fn learn(&mut self, round: &Round<'_>, draft: &str, edited: &str) {
        match self {
            Self::NoLearning | Self::Oracle => {}
            Self::Examples(memory) => memory.insert(round.context, edited.to_owned()),
            // What was used is kept where nothing was edited.
            Self::Cipher { noisy, memory, used, .. } => {
                let found = if draft == edited { used.clone() } else { inferred(round, *noisy) };
                memory.insert(round.context, found);
            }
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
