//! Replays records of all kinds through an engine, and queries it along the way.
//!
//! Invariant: observations and queries depend on the data alone; the time comes from a manual clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use idiolect::{
    Durability, Embedder, Embedding, EmbeddingError, Engine, Forget, HistoryItem, ManualClock, Observation,
    Observed, Query, RecordId, Request, Scope, Timestamp,
};

use super::asking::{ask, preference, searches, steer};
use super::fields::Report;
use super::{Failure, data};

/// Embeds words and their trigrams hashed into a vector: fast, and identical everywhere.
pub(crate) struct HashedWords;

const DIMENSIONS: usize = 128;

impl Embedder for HashedWords {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "dump:hashed-words:128"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let mut vector = vec![0.0f32; DIMENSIONS];
        let mut add = |bytes: &[u8], weight: f32| {
            let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold);
            let hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            vector[(hash >> 20) as usize % DIMENSIONS] += if hash >> 63 == 0 { weight } else { -weight };
        };
        let lower = text.to_lowercase();
        let mut tokens = 0;
        for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            tokens += 1;
            add(word.as_bytes(), 1.0);
            word.as_bytes().windows(3).for_each(|three| add(three, 0.25));
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 1e-6 {
            for value in &mut vector {
                *value /= length;
            }
        } else {
            vector[0] = 1.0;
        }
        Ok(Embedding::new(vector, tokens, false))
    }
}

/// Records per step.
const STEP: usize = 50;
/// Blocks from this number on contain a few records.
const FEW: usize = 1_000;
const HOUR: i64 = 3_600_000;
const START: i64 = 1_767_225_600_000;

/// Cycles through a list in steps coprime to its length, so that consecutive elements are far apart.
pub(crate) struct Walk<'a, T> {
    of: Vec<&'a T>,
    at: usize,
}

impl<'a, T> Walk<'a, T> {
    fn new(of: impl Iterator<Item = &'a T>) -> Self {
        Self { of: of.collect(), at: 0 }
    }

    pub(crate) fn next(&mut self) -> &'a T {
        // A prime greater than the length of every list.
        self.at = (self.at + 7_919_117) % self.of.len();
        self.of[self.at]
    }
}

/// The sources of observations and queries.
pub(crate) struct Supply<'a> {
    pub(crate) pairs: Walk<'a, data::Pair>,
    pub(crate) texts: Walk<'a, data::Text>,
    pub(crate) choices: Walk<'a, data::Choice>,
}

pub(crate) fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.trim().is_empty() { other } else { text }
}

/// Observes `count` records of all kinds, and after each step calls every query of the engine; then forgets, and
/// reopens. With `by_meaning`, the person does not change preferences.
pub(crate) fn replay<E: Embedder + 'static>(
    report: &mut Report,
    set: &str,
    data: &data::Data,
    encoder: &Arc<E>,
    count: usize,
    by_meaning: bool,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(ManualClock::new(Timestamp(START)));
    let open = || {
        let builder = Engine::builder(folder.path()).shared_encoder(Arc::clone(encoder) as Arc<dyn Embedder>);
        let builder = builder.clock(Arc::clone(&clock)).durability(Durability::Buffered);
        builder.host_model(true).rank_by_meaning(by_meaning).open()
    };
    let engine = open()?;
    let full = |pair: &&data::Pair| !pair.draft.trim().is_empty() && !pair.edited.trim().is_empty();
    let scoped =
        |name: &str| !name.starts_with("edits/") || ["edits/pooled", "edits/writers"].contains(&name);
    let pairs = data.pairs.iter().filter(|(name, _)| scoped(name)).flat_map(|(_, pairs)| pairs);
    let texts = data.texts.iter().flat_map(|(_, texts)| texts).filter(|text| !text.text.trim().is_empty());
    let mut supply = Supply {
        pairs: Walk::new(pairs.filter(full)),
        texts: Walk::new(texts.filter(|text| text.text.len() < 6_000)),
        choices: Walk::new(data.choices.iter().flat_map(|(_, choices)| choices)),
    };
    for at in 0..count {
        clock.set(Timestamp(START + 3 * HOUR * at as i64));
        observe(report, set, &engine, &mut supply, at)?;
        // With little data the engine may abstain.
        if [1, 3, 7, 20].contains(&at) {
            ask(report, set, &engine, &mut supply, FEW + at)?;
        }
        if (at + 1) % STEP == 0 {
            if !by_meaning {
                steer(report, set, &engine, at / STEP)?;
            }
            ask(report, set, &engine, &mut supply, at / STEP)?;
        }
    }
    let last = count.div_ceil(STEP);
    forget(report, set, &engine, last)?;
    ask(report, set, &engine, &mut supply, last)?;
    engine.close()?;
    drop(engine);
    let engine = open()?;
    settle(&engine)?;
    ask(report, set, &engine, &mut supply, last + 1)
}

/// Waits until a store that was just opened is loaded completely.
fn settle(engine: &Engine) -> Result<(), Failure> {
    let query = Query::new("anything");
    while engine.search_with_deadline(&query, Instant::now() + Duration::from_mins(1))?.partial {}
    Ok(())
}

fn observe(
    report: &mut Report,
    set: &str,
    engine: &Engine,
    supply: &mut Supply<'_>,
    at: usize,
) -> Result<(), Failure> {
    let scopes = [Scope::app("mail"), Scope::app("mail").task("reply"), Scope::app("git"), Scope::person()];
    let scope = scopes[at / 10 % scopes.len()].clone();
    let observation = match at % 10 {
        0..=4 => {
            let pair = supply.pairs.next();
            let context = or(&pair.context, "A paragraph");
            let scope = if pair.scope.is_person() { Scope::app("editor") } else { pair.scope.clone() };
            let edit =
                Observation::edit(context, pair.draft.as_str(), pair.edited.as_str()).scope(scope.clone());
            if at.is_multiple_of(2) {
                edit.drafted_with(&engine.personalize(&Request::new(context).scope(scope))?)
            } else {
                edit
            }
        }
        5 => {
            let choice = supply.choices.next();
            let observation =
                Observation::choice("Which of the two", choice.candidates.clone(), choice.chosen);
            observation.scope(Scope::app("forum")).reason(choice.reason.as_str())
        }
        6 => {
            let text = supply.texts.next();
            Observation::accept(or(&text.context, "A text"), text.text.as_str()).scope(scope).strength(0.75)
        }
        7 if at % 20 < 10 => {
            let text = supply.texts.next();
            Observation::reject(or(&text.context, "A text"), text.text.as_str()).scope(scope)
        }
        7 => {
            let text = supply.texts.next();
            Observation::rating(or(&text.context, "A text"), text.text.as_str(), 0.5)
                .scope(scope)
                .tag("rated")
        }
        _ => {
            let text = supply.texts.next();
            let item =
                HistoryItem::new(text.text.as_str()).context(text.context.as_str()).scope(scope).tag("own");
            let id = engine.add_history(item)?;
            report.unit(set, at, at / STEP, "observed", |fields| fields.number("id", id.0));
            return Ok(());
        }
    };
    let observed = engine.observe(observation)?;
    report.unit(set, at, at / STEP, "observed", |fields| {
        let Observed { id, cost, taught, .. } = &observed;
        fields.number("id", id.0);
        fields.number("distance", cost.distance as u64);
        fields.number("words", cost.words as u64);
        for note in taught {
            fields.text("taught", note);
        }
    });
    Ok(())
}

/// Forgets single records, a time span, a scope, and records by words.
fn forget(report: &mut Report, set: &str, engine: &Engine, step: usize) -> Result<(), Failure> {
    let from = START + 60 * HOUR;
    let requests = [
        Forget::records((1..40).step_by(3).map(RecordId).collect::<Vec<_>>()),
        Forget::between(Timestamp(from), Timestamp(from + 72 * HOUR)),
        Forget::scope(Scope::app("mail").task("reply")),
        Forget::containing("please"),
    ];
    for (index, request) in requests.iter().enumerate() {
        let forgotten = engine.forget(request)?;
        report.unit(set, index, step, "forgotten", |fields| {
            forgotten.records.iter().for_each(|id| fields.number("id", id.0));
            for change in &forgotten.changes {
                for held in [&change.before, &change.after] {
                    fields.yes("is_held", held.is_some());
                    if let Some(held) = held {
                        preference(fields, held);
                    }
                }
            }
        });
    }
    Ok(())
}

/// Adds a collection as history, and runs every second of its queries in every mode.
pub(crate) fn collection(
    report: &mut Report,
    set: &str,
    corpus: &[data::Text],
    queries: &[String],
) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let clock = ManualClock::new(Timestamp(START));
    let builder = Engine::builder(folder.path()).encoder(HashedWords).clock(clock);
    let engine = builder.durability(Durability::Buffered).open()?;
    let filled = corpus.iter().filter(|text| !text.text.trim().is_empty());
    for text in filled {
        engine.add_history(HistoryItem::new(text.text.as_str()).context(text.context.as_str()))?;
    }
    let mut names: BTreeMap<usize, &String> = queries.iter().enumerate().collect();
    names.retain(|at, query| at % 2 == 0 && !query.trim().is_empty());
    for (at, query) in names {
        searches(report, set, &engine, query, at, at / 20)?;
    }
    Ok(())
}
