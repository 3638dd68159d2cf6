//! PRELUDE (Gao et al. 2024, "Aligning LLM agents by learning latent preference from user edits"): a stream of
//! contexts, a draft for each, a person with hidden preferences by kind who edits it; cost is the word-level
//! Levenshtein distance of draft and final. `cargo bench --bench prelude [-- --hash-vectors]`.
//!
//! Compares our engine with the paper's agents on the same encoder. The person and the assistant are simulated by
//! deterministic programs; the assistant receives only the rendered statements. Does not measure speed. A second
//! stream, in which half of the kinds have no preference, measures the gate: is the predicted benefit higher where
//! personalizing helps?
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "a program for a terminal")]

mod agents;
mod drafter;
#[path = "../../examples/quickstart/english.rs"]
mod english;
#[path = "../../examples/quickstart/hashing.rs"]
mod hashing;
mod person;
#[expect(unused_imports, reason = "a bench compiles the unit tests' imports without the tests")]
#[path = "../../examples/quickstart/reading.rs"]
mod reading;
mod why;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use idiolect::EmbeddingError;
use idiolect::edit_distance;
use idiolect::{Embedder, Embedding, NativeEmbedder};

use agents::{Agent, Memory, Ours, Round};
use english::Letter;

const ROUNDS: usize = 200;
/// Seeds of the streams, and the person.
struct Split {
    name: &'static str,
    seeds: std::ops::Range<u64>,
    person: usize,
}

/// The split that is tuned on, and one with other seeds and another person (other kinds of context, other preferences)
/// that shows whether the figures generalize.
const SPLITS: [Split; 2] = [
    Split { name: "", seeds: 0..3, person: 0 },
    Split { name: "_other", seeds: 40..43, person: person::OTHER },
];
const LAST: usize = 50;

/// An encoder that caches its results.
struct Remembering {
    inner: Box<dyn Embedder>,
    given: Mutex<HashMap<String, Embedding>>,
}

impl Embedder for Remembering {
    fn dimensions(&self) -> usize {
        self.inner.dimensions()
    }

    fn fingerprint(&self) -> &str {
        self.inner.fingerprint()
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let given = || self.given.lock().expect("no thread panics while holding the lock");
        if let Some(embedding) = given().get(text) {
            return Ok(embedding.clone());
        }
        let embedding = self.inner.embed(text)?;
        given().insert(text.to_owned(), embedding.clone());
        Ok(embedding)
    }
}

fn figure(name: &str, split: &Split, value: f64, unit: &str) {
    println!("figure {name}{} {value:.4} {unit}", split.name);
}

fn main() -> Result<(), Box<dyn Error>> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    let data = std::env::var_os("IDIOLECT_EVAL_DATA").map_or(default, PathBuf::from);
    let path = data.join("contexts").join("contexts.jsonl");
    if !path.is_file() {
        println!("no contexts at {}; skipped", path.display());
        return Ok(());
    }
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
        let json: serde_json::Value = serde_json::from_str(line)?;
        if let (Some(kind), Some(text)) = (json["type"].as_str(), json["text"].as_str()) {
            kinds.entry(kind.to_owned()).or_default().push(text.to_owned());
        }
    }
    let kinds: Vec<Vec<String>> = kinds.into_values().collect();
    let inner: Box<dyn Embedder> = if std::env::args().any(|arg| arg == "--hash-vectors") {
        Box::new(hashing::HashVectors)
    } else {
        Box::new(NativeEmbedder::open(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm"),
        )?)
    };
    let encoder: Arc<dyn Embedder> = Arc::new(Remembering { inner, given: Mutex::default() });
    let tuned_on = std::env::args().any(|arg| arg == "--why");
    for split in SPLITS.into_iter().take(if tuned_on { 1 } else { SPLITS.len() }) {
        compare(&kinds, &encoder, &split)?;
        gate(&kinds, &encoder, &split)?;
    }
    Ok(())
}

/// A stream over `count` kinds, evenly mixed: context and kind of each round; kinds are numbered from `person` on.
fn stream(kinds: &[Vec<String>], count: usize, seed: u64, person: usize) -> Vec<(&str, usize)> {
    let count = count.min(kinds.len());
    // The assignment of preferences to kinds of context depends on the seed.
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|kind| mixed(seed << 40 | *kind as u64));
    (0..ROUNDS)
        .map(|round| {
            let kind = mixed(seed << 20 | round as u64) as usize % count;
            let texts = &kinds[order[kind]];
            (texts[mixed(seed << 30 | round as u64) as usize % texts.len()].as_str(), person + kind)
        })
        .collect()
}

fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

type Make = fn(&Arc<dyn Embedder>) -> Result<Agent, Box<dyn Error>>;

const AGENTS: [(&str, Make); 9] = [
    ("no learning", |_| Ok(Agent::NoLearning)),
    ("explore then exploit", |_| Ok(Agent::ExploreThenExploit(Vec::new()))),
    ("continual", |_| Ok(Agent::Continual(&[]))),
    ("one global preference", |_| Ok(Agent::Global(BTreeMap::new()))),
    ("examples only", |encoder| Ok(Agent::Examples(Memory::new(encoder)))),
    ("CIPHER-1, perfect", |encoder| Ok(Agent::Cipher(1, Memory::new(encoder)))),
    ("CIPHER-5, perfect", |encoder| Ok(Agent::Cipher(5, Memory::new(encoder)))),
    ("oracle", |_| Ok(Agent::Oracle)),
    ("ours", |encoder| Ok(Agent::Ours(Box::new(Ours::open(encoder)?)))),
];

/// Totals of an agent's rounds.
#[derive(Default)]
struct Tally {
    cost: usize,
    last: usize,
    statements: usize,
    right: usize,
    not_understood: usize,
    wanted: usize,
    met: usize,
}

impl Tally {
    /// Judges the statements of a prompt: one is right if the person's own text already follows it; a hidden preference
    /// is met if it had an occasion and the draft follows it.
    fn judge(&mut self, prompt: &str, kind: usize, plain: &Letter) {
        let wanted = person::wanted(kind, plain);
        for line in prompt.lines().filter(|line| line.starts_with("- ")) {
            let told = reading::read(line);
            if told == drafter::Instructions::default() {
                self.not_understood += 1;
            } else {
                self.statements += 1;
                self.right += usize::from(drafter::rewrite(&told, &wanted) == wanted);
            }
        }
        let draft = drafter::rewrite(&reading::read(prompt), plain);
        for statement in person::hidden(kind) {
            let told = reading::read(&person::prompt(&[statement]));
            if drafter::rewrite(&told, plain) != *plain {
                self.wanted += 1;
                self.met += usize::from(drafter::rewrite(&told, &draft) == draft);
            }
        }
    }
}

fn compare(kinds: &[Vec<String>], encoder: &Arc<dyn Embedder>, split: &Split) -> Result<(), Box<dyn Error>> {
    let shown = std::env::args().any(|arg| arg == "--show");
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut why = why::Why::default();
    println!("{ROUNDS} rounds, seeds {:?}, {} kinds", split.seeds, person::KINDS);
    println!(
        "  {:<24} {:>8} {:>7} {:>8} {:>9} {:>7} {:>8}",
        "agent", "cost", "share", "last 50", "precision", "recall", "unread"
    );
    for (name, make) in AGENTS {
        let mut tally = Tally::default();
        for seed in split.seeds.clone() {
            let mut agent = make(encoder)?;
            why.start();
            for (index, (context, kind)) in
                stream(kinds, person::KINDS, seed, split.person).into_iter().enumerate()
            {
                let plain = drafter::plain(context, index);
                let round = Round { index, context, kind, plain: &plain };
                let (draft, prompt) = agent.draft(&round);
                let edited = person::wanted(kind, &plain).render();
                let cost = edit_distance(&draft, &edited);
                tally.cost += cost;
                if index >= ROUNDS - LAST {
                    tally.last += cost;
                }
                if index >= ROUNDS / 2 {
                    tally.judge(&prompt, kind, &plain);
                }
                if name == "ours" {
                    why.note(&prompt, kind, &plain, index, index as f64 / ROUNDS as f64);
                }
                if shown && name == "ours" && seed == split.seeds.start && index >= ROUNDS - 6 {
                    println!("--- {index} kind {kind} {:?} cost {cost}\n{prompt}", person::hidden(kind));
                }
                agent.learn(&round, &draft, &edited);
            }
        }
        let nothing: &Tally = tallies.get("no learning").unwrap_or(&tally);
        let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
        println!(
            "  {name:<24} {:>8} {:>7.3} {:>8} {:>9.3} {:>7.3} {:>8}",
            tally.cost,
            share(tally.cost, nothing.cost),
            tally.last,
            share(tally.right, tally.statements),
            share(tally.met, tally.wanted),
            tally.not_understood
        );
        if name == "ours" {
            figure("cipher_cost_share", split, share(tally.cost, nothing.cost), "share");
            figure("cipher_pref_precision", split, share(tally.right, tally.statements), "share");
            figure("cipher_pref_recall", split, share(tally.met, tally.wanted), "share");
            let cipher: &Tally = &tallies["CIPHER-5, perfect"];
            figure("cipher_cost_over_cipher5_perfect", split, share(tally.cost, cipher.cost), "ratio");
            figure("cipher_last50_over_oracle", split, share(tally.last, tallies["oracle"].last), "ratio");
        }
        tallies.insert(name, tally);
    }
    if std::env::args().any(|arg| arg == "--why") {
        why.print();
    }
    Ok(())
}

/// Half of the kinds have no preference: the person wants the plain draft.
fn gate(kinds: &[Vec<String>], encoder: &Arc<dyn Embedder>, split: &Split) -> Result<(), Box<dyn Error>> {
    let (mut gated, mut nothing, mut always) = (0, 0, 0);
    let mut scored = Vec::new();
    for seed in split.seeds.clone() {
        let mut agent = Agent::Ours(Box::new(Ours::open(encoder)?));
        let (mut own_gated, mut own_nothing) = (0, 0);
        for (index, (context, kind)) in
            stream(kinds, 2 * person::KINDS, seed + 10, split.person).into_iter().enumerate()
        {
            let plain = drafter::plain(context, index);
            let round = Round { index, context, kind, plain: &plain };
            let (draft, _) = agent.draft(&round);
            let edited = person::wanted(kind, &plain).render();
            let Agent::Ours(ours) = &agent else { continue };
            let shown = ours.shown.as_ref().ok_or("nothing was shown")?;
            let texts: Vec<&str> =
                shown.preferences.iter().map(|preference| preference.text.as_str()).collect();
            let without = edit_distance(&plain.render(), &edited);
            let with = edit_distance(&drafter::draft(&plain, &person::prompt(&texts), index), &edited);
            own_gated += edit_distance(&draft, &edited);
            own_nothing += without;
            always += with;
            scored.push((shown.benefit, with < without));
            agent.learn(&round, &draft, &edited);
        }
        println!("  gate, seed {seed}: {own_gated} words with the gate, {own_nothing} without learning");
        gated += own_gated;
        nothing += own_nothing;
    }
    println!("gate: {gated} words with it, {always} always applied, {nothing} without learning");
    figure("gate_auc", split, area_under_curve(&scored), "area");
    figure("gate_cost_share", split, f64::from(gated as u32) / f64::from((nothing as u32).max(1)), "share");
    Ok(())
}

/// The share of (helped, did not help) pairs in which the former has the higher score; ties count half.
fn area_under_curve(scored: &[(f32, bool)]) -> f64 {
    let of = |helped: bool| scored.iter().filter(move |(_, is)| *is == helped).map(|(score, _)| *score);
    let mut above = 0.0;
    for good in of(true) {
        for bad in of(false) {
            above += if good > bad {
                1.0
            } else if good == bad {
                0.5
            } else {
                0.0
            };
        }
    }
    above / (of(true).count() * of(false).count()).max(1) as f64
}
