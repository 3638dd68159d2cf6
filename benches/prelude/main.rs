//! PRELUDE (Gao et al. 2024, "Aligning LLM agents by learning latent preference from user edits"): a stream of
//! contexts, a draft for each, a person with hidden preferences by kind who edits it; cost is the word-level
//! Levenshtein distance of draft and final. `cargo bench --bench prelude [-- --hash-vectors] [-- --shown]`.
//!
//! Compares our engine with the paper's agents on the same encoder. Person and assistant are deterministic programs
//! that share nothing with each other or the engine: the person's preferences rewrite texts, the assistant reads plain
//! English by its own grammar. Statements are judged by what obeying them does to the cost of later rounds. A second
//! stream, in which half of the kinds have no preference, measures the gate. Does not measure speed.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "a program for a terminal")]

mod agents;
mod drafter;
#[path = "../../examples/quickstart/hashing.rs"]
mod hashing;
#[path = "../instructions.rs"]
mod instructions;
mod person;
mod rewrites;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use idiolect::{Embedder, Embedding, EmbeddingError, NativeEmbedder, edit_distance};

use agents::{Agent, Memory, Ours, Round, prompt};
use person::{FAMILIES, Person, Program, rewritten};
use rewrites::PROGRAMS;

const ROUNDS: usize = 200;
const LAST: usize = 50;
/// Kinds of context with preferences.
const KINDS: usize = 10;
/// Rounds, kinds and seeds of the streams of a single family.
const FAMILY_ROUNDS: usize = 60;
const FAMILY_KINDS: usize = 5;
/// A statement helps if it lowers the mean cost of later rounds and raises that of at most this share of them.
const RAISED_MAX: f64 = 0.1;

/// Seeds of the streams and of the people, and which programs they have.
struct Split {
    name: &'static str,
    seeds: std::ops::Range<u64>,
    apart: bool,
}

/// The split that is tuned on, and one with other seeds, other people and other programs that shows whether the figures
/// generalize. It is not to be looked into.
const SPLITS: [Split; 2] =
    [Split { name: "", seeds: 0..3, apart: false }, Split { name: "_other", seeds: 40..43, apart: true }];

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
    let asks = |flag: &str| std::env::args().any(|arg| arg == flag);
    let inner: Box<dyn Embedder> = if asks("--hash-vectors") {
        Box::new(hashing::HashVectors)
    } else {
        Box::new(NativeEmbedder::open(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm"),
        )?)
    };
    let encoder: Arc<dyn Embedder> = Arc::new(Remembering { inner, given: Mutex::default() });
    if asks("--programs") {
        programs(&kinds);
        return Ok(());
    }
    for split in &SPLITS {
        // Only the split that is tuned on is shown.
        compare(&kinds, &encoder, split, asks("--shown") && !split.apart)?;
        gate(&kinds, &encoder, split)?;
        families(&kinds, &encoder, split, asks("--shown") && !split.apart)?;
    }
    Ok(())
}

/// A stream over `count` kinds, evenly mixed: context and kind of each round.
fn stream(kinds: &[Vec<String>], count: usize, rounds: usize, seed: u64) -> Vec<(&str, usize)> {
    let count = count.min(kinds.len());
    // The assignment of preferences to kinds of context depends on the seed.
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|kind| mixed(seed << 40 | *kind as u64));
    (0..rounds)
        .map(|round| {
            let kind = mixed(seed << 20 | round as u64) as usize % count;
            let texts = &kinds[order[kind]];
            (texts[mixed(seed << 30 | round as u64) as usize % texts.len()].as_str(), kind)
        })
        .collect()
}

fn person(kinds: usize, seed: u64, choose: impl Fn(&Program) -> bool) -> Person {
    let mut drawn = 0;
    Person::draw(kinds, choose, || {
        drawn += 1;
        mixed(seed << 48 | drawn)
    })
}

fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

type Make = fn(&Arc<dyn Embedder>) -> Result<Agent, Box<dyn Error>>;

fn cipher(encoder: &Arc<dyn Embedder>, k: usize, noisy: bool) -> Agent {
    Agent::Cipher { k, noisy, memory: Memory::new(encoder), used: Vec::new() }
}

const AGENTS: [(&str, Make); 8] = [
    ("no learning", |_| Ok(Agent::NoLearning)),
    ("examples only", |encoder| Ok(Agent::Examples(Memory::new(encoder)))),
    ("CIPHER-1, perfect", |encoder| Ok(cipher(encoder, 1, false))),
    ("CIPHER-5, perfect", |encoder| Ok(cipher(encoder, 5, false))),
    ("CIPHER-1, noisy", |encoder| Ok(cipher(encoder, 1, true))),
    ("CIPHER-5, noisy", |encoder| Ok(cipher(encoder, 5, true))),
    ("oracle", |_| Ok(Agent::Oracle)),
    ("ours", |encoder| Ok(Agent::Ours(Box::new(Ours::open(encoder)?)))),
];

/// One round as it went.
struct Went<'a> {
    context: &'a str,
    kind: usize,
    plain: String,
    wanted: String,
    draft: String,
    prompt: String,
    cost: usize,
}

/// Runs an agent over a stream.
fn run<'a>(agent: &mut Agent, contexts: &[(&'a str, usize)], person: &Person) -> Vec<Went<'a>> {
    let rounds = contexts.iter().enumerate().map(|(index, &(context, kind))| {
        let plain = drafter::plain(context, index);
        let wanted = person.wanted(kind, &plain);
        let round = Round { index, context, kind, plain: &plain, person };
        let (draft, prompt) = agent.draft(&round);
        let cost = edit_distance(&draft, &wanted);
        agent.learn(&round, &draft, &wanted);
        Went { context, kind, plain, wanted, draft, prompt, cost }
    });
    rounds.collect()
}

/// Totals of an agent's rounds.
#[derive(Default)]
struct Tally {
    cost: usize,
    last: usize,
    /// Statements applied; of these, those of kinds with later rounds; those that change something there; those that
    /// help; those that raise the mean cost.
    statements: usize,
    judged: usize,
    effective: usize,
    helping: usize,
    harming: usize,
    /// Hidden preferences with an occasion in the second half, and those that the draft follows, by family.
    occasions: BTreeMap<person::Family, (usize, usize)>,
    not_understood: BTreeMap<String, usize>,
    /// By statement: times applied, those in which it helps, raises the mean cost, changes nothing.
    said: BTreeMap<String, [usize; 4]>,
}

impl Tally {
    fn add(&mut self, went: &[Went<'_>], person: &Person) {
        for (index, round) in went.iter().enumerate() {
            self.cost += round.cost;
            if index + LAST >= went.len() {
                self.last += round.cost;
            }
            if index * 2 < went.len() {
                continue;
            }
            for program in person.hidden(round.kind) {
                // Parsing alone may change white space.
                let (plain, draft) = (rewritten(&[], &round.plain), rewritten(&[], &round.draft));
                if rewritten(&[*program], &plain) != plain {
                    let (occasions, met) = self.occasions.entry(PROGRAMS[*program].family).or_default();
                    *occasions += 1;
                    *met += usize::from(rewritten(&[*program], &draft) == draft);
                }
            }
        }
        // By kind and statement, for each round of the kind the words that obeying it alone adds.
        let mut added: HashMap<(usize, &str), Vec<(usize, i64)>> = HashMap::new();
        for (index, round) in went.iter().enumerate() {
            for statement in drafter::statements(&round.prompt) {
                self.statements += 1;
                if instructions::read(statement).is_none() {
                    *self.not_understood.entry(statement.to_owned()).or_default() += 1;
                }
                let added = added.entry((round.kind, statement)).or_insert_with(|| {
                    let kind = went.iter().enumerate().filter(|(_, other)| other.kind == round.kind);
                    kind.map(|(at, other)| {
                        let alone = drafter::draft(other.context, at, &prompt([statement]), false);
                        let with = edit_distance(&alone, &other.wanted) as i64;
                        (at, with - edit_distance(&other.plain, &other.wanted) as i64)
                    })
                    .collect()
                });
                let later: Vec<i64> =
                    added.iter().filter(|(at, _)| *at > index).map(|(_, words)| *words).collect();
                if later.is_empty() {
                    continue;
                }
                let raised = later.iter().filter(|words| **words > 0).count() as f64 / later.len() as f64;
                let sum: i64 = later.iter().sum();
                let helps = sum < 0 && raised <= RAISED_MAX;
                self.judged += 1;
                self.effective += usize::from(later.iter().any(|words| *words != 0));
                self.helping += usize::from(helps);
                self.harming += usize::from(sum > 0);
                let idle = later.iter().all(|words| *words == 0);
                let said = self.said.entry(statement.to_owned()).or_default();
                for (count, is) in said.iter_mut().zip([true, helps, sum > 0, idle]) {
                    *count += usize::from(is);
                }
            }
        }
    }

    fn print_said(&self) {
        println!("  statements of ours: times applied, share that helps, raises the cost, changes nothing");
        let mut said: Vec<_> = self.said.iter().collect();
        said.sort_by_key(|(_, [times, ..])| std::cmp::Reverse(*times));
        for (statement, [times, helped, harmed, idle]) in said {
            let of = |part: &usize| share(*part, *times);
            println!("    {times:>5} {:.2} {:.2} {:.2} {statement}", of(helped), of(harmed), of(idle));
        }
    }

    fn met(&self) -> f64 {
        let (occasions, met) = self.occasions.values().fold((0, 0), |(all, met), (a, m)| (all + a, met + m));
        share(met, occasions)
    }
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn compare(
    kinds: &[Vec<String>],
    encoder: &Arc<dyn Embedder>,
    split: &Split,
    shown: bool,
) -> Result<(), Box<dyn Error>> {
    println!(
        "\nprelude{}: {ROUNDS} rounds, {} people\n  {:<20} {:>8} {:>7} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7}",
        split.name,
        split.seeds.clone().count(),
        "agent",
        "cost",
        "share",
        "last 50",
        "helps",
        "harms",
        "idle",
        "met",
        "unread"
    );
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (name, make) in AGENTS {
        let mut tally = Tally::default();
        for seed in split.seeds.clone() {
            let person = person(KINDS, seed, |program| program.apart == split.apart);
            let went = run(&mut make(encoder)?, &stream(kinds, KINDS, ROUNDS, seed), &person);
            tally.add(&went, &person);
            if shown && name == "ours" {
                for round in went.iter().skip(ROUNDS - 6) {
                    let hidden: Vec<&str> =
                        person.hidden(round.kind).iter().map(|at| PROGRAMS[*at].asked[0]).collect();
                    println!("--- {hidden:?}\n{}\n-- {}\n{}", round.prompt, round.cost, round.wanted);
                }
            }
        }
        let unread: usize = tally.not_understood.values().sum();
        println!(
            "  {name:<20} {:>8} {:>7.3} {:>8} {:>7.3} {:>7.3} {:>7.3} {:>7.3} {:>7.3}",
            tally.cost,
            share(tally.cost, tallies.get("no learning").unwrap_or(&tally).cost),
            tally.last,
            share(tally.helping, tally.effective),
            share(tally.harming, tally.effective),
            1.0 - share(tally.effective, tally.judged.max(1)),
            tally.met(),
            share(unread, tally.statements)
        );
        if !tally.not_understood.is_empty() && !split.apart {
            println!("    not understood: {:?}", tally.not_understood);
        }
        tallies.insert(name, tally);
    }
    let ours = &tallies["ours"];
    let over = |other: &str| share(ours.cost, tallies[other].cost);
    figure("cipher_cost_share", split, over("no learning"), "share");
    figure("cipher_cost_over_cipher5_noisy", split, over("CIPHER-5, noisy"), "ratio");
    figure("cipher_cost_over_cipher5_perfect", split, over("CIPHER-5, perfect"), "ratio");
    figure("cipher_cost_over_examples", split, over("examples only"), "ratio");
    figure("cipher_last50_over_oracle", split, share(ours.last, tallies["oracle"].last), "ratio");
    figure("cipher_pref_recall", split, ours.met(), "share");
    figure("statement_helps", split, share(ours.helping, ours.effective), "share");
    figure("statement_harms", split, share(ours.harming, ours.effective), "share");
    figure("statement_idle", split, 1.0 - share(ours.effective, ours.judged), "share");
    let unread: usize = ours.not_understood.values().sum();
    figure("prelude_not_understood", split, share(unread, ours.statements), "share");
    println!("  hidden preferences met in the second half, by family: ours, oracle");
    for (family, (occasions, met)) in &ours.occasions {
        let (all, by_oracle) = tallies["oracle"].occasions[family];
        println!(
            "    {:<10} {:.3} {:.3}",
            format!("{family:?}"),
            share(*met, *occasions),
            share(by_oracle, all)
        );
    }
    if shown {
        ours.print_said();
    }
    Ok(())
}

/// How well the assistant follows each preference in each of the person's wordings: what is left of the cost.
fn programs(kinds: &[Vec<String>]) {
    let contexts = stream(kinds, KINDS, LAST, 0);
    for (at, program) in PROGRAMS.iter().enumerate() {
        let cost = |told: Option<&str>| -> usize {
            let rounds = contexts.iter().enumerate().map(|(round, (context, _))| {
                let plain = drafter::plain(context, round);
                let told = told.map_or_else(String::new, |told| prompt([told]));
                edit_distance(&drafter::draft(context, round, &told, false), &rewritten(&[at], &plain))
            });
            rounds.sum()
        };
        let nothing = cost(None);
        let left = program.asked.map(|told| share(cost(Some(told)), nothing));
        println!("  {:?} {nothing} words: {left:.2?} {:?}", program.family, program.asked);
    }
}

/// Half of the kinds have no preference: the person wants the plain draft.
fn gate(kinds: &[Vec<String>], encoder: &Arc<dyn Embedder>, split: &Split) -> Result<(), Box<dyn Error>> {
    let (mut gated, mut nothing, mut always) = (0, 0, 0);
    let mut worst: f64 = 0.0;
    let mut scored = Vec::new();
    for seed in split.seeds.clone() {
        let person = person(KINDS, seed + 10, |program| program.apart == split.apart);
        let mut agent = Agent::Ours(Box::new(Ours::open(encoder)?));
        let (mut own_gated, mut own_nothing) = (0, 0);
        for (index, (context, kind)) in stream(kinds, 2 * KINDS, ROUNDS, seed + 10).into_iter().enumerate() {
            let plain = drafter::plain(context, index);
            let wanted = person.wanted(kind, &plain);
            let round = Round { index, context, kind, plain: &plain, person: &person };
            let (draft, _) = agent.draft(&round);
            let Agent::Ours(ours) = &agent else { continue };
            let shown = ours.shown.as_ref().ok_or("nothing was shown")?;
            let all = prompt(shown.preferences.iter().map(|preference| preference.text.as_str()));
            let without = edit_distance(&plain, &wanted);
            let with = edit_distance(&drafter::draft(context, index, &all, true), &wanted);
            own_gated += edit_distance(&draft, &wanted);
            own_nothing += without;
            always += with;
            scored.push((shown.benefit, with < without));
            agent.learn(&round, &draft, &wanted);
        }
        worst = worst.max(share(own_gated, own_nothing));
        gated += own_gated;
        nothing += own_nothing;
    }
    println!("  gate: {gated} words with it, {always} always applied, {nothing} without learning");
    figure("gate_auc", split, area_under_curve(&scored), "area");
    figure("gate_cost_share", split, share(gated, nothing), "share");
    figure("gate_cost_share_worst", split, worst, "share");
    Ok(())
}

/// People whose preferences are all of one family: how much of the cost is saved, beside the oracle.
fn families(
    kinds: &[Vec<String>],
    encoder: &Arc<dyn Embedder>,
    split: &Split,
    shown: bool,
) -> Result<(), Box<dyn Error>> {
    for family in FAMILIES {
        let chosen = |program: &Program| program.apart == split.apart && program.family == family;
        if !PROGRAMS.iter().any(chosen) {
            continue;
        }
        let (mut ours, mut oracle, mut nothing) = (Tally::default(), Tally::default(), Tally::default());
        for seed in split.seeds.clone() {
            let person = person(FAMILY_KINDS, seed + 20, chosen);
            let contexts = stream(kinds, FAMILY_KINDS, FAMILY_ROUNDS, seed + 20);
            let add = |tally: &mut Tally, mut agent: Agent| {
                tally.add(&run(&mut agent, &contexts, &person), &person);
            };
            add(&mut ours, Agent::Ours(Box::new(Ours::open(encoder)?)));
            add(&mut oracle, Agent::Oracle);
            add(&mut nothing, Agent::NoLearning);
        }
        let name = format!("cipher_cost_share_{}", format!("{family:?}").to_lowercase());
        let costs = [ours.cost, oracle.cost, nothing.cost];
        println!("  {family:?} alone: words of ours, the oracle, without learning {costs:?}");
        if shown {
            ours.print_said();
        }
        figure(&name, split, share(ours.cost, nothing.cost), "share");
    }
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
