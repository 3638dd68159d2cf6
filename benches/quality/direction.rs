//! Direction: from ten edits of one kind of rewrite, which preferences are stated?
//!
//! Every draw takes ten random edits of a kind, gives them to a fresh learner, and reads its list. A draw is
//! right where a statement names the kind's direction, none denies it, and no two contradict each other. What
//! names and what denies a direction is fixed per kind by stable feature names ([`KINDS`]); for corrections
//! (fluency, typos) it is the statement that language is put right. Statements that do neither are held
//! against the rest of the kind: one is stray where its feature does not move its way in the kind's other
//! edits. From edits of content alone nothing at all may be stated.
//!
//! Reads the kinds that it finds under `edits/`, makes others from `contexts` by the rules of `rewrites`.
//! Needs no encoder: every record lies in one scope.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use idiolect::internals::learning::{FeatureInducer, Inducer, Learner, PoolQuery};
use idiolect::internals::signals::FEATURES;
use idiolect::internals::signals::measure;
use idiolect::internals::types::{Record, Signal};
use idiolect::{Direction, PreferenceKey};
use idiolect::{Preference, RecordId, Scope, Timestamp};

use crate::rewrites::{Chance, REWRITES, draft, other_content};
use crate::{data, figure};

/// Edits in a draw.
const EDITS: usize = 10;
/// Draws of each kind.
const DRAWS: u64 = 200;
const DAY: i64 = 86_400_000;
const START: i64 = 20_000 * DAY;

/// A draft and the finals people made of it.
struct Pair {
    draft: String,
    finals: Vec<String>,
}

/// What counts as naming a kind's direction: the feature's name, with a sign for less or more. The opposite
/// of each denies it.
struct Kind {
    /// Start of the file's or rewrite's name.
    name: &'static str,
    named_by: &'static [&'static str],
}

const PLAINER: &[&str] = &[
    "-length.words",
    "-length.sentence_words",
    "-words.length",
    "-words.long",
    "-formality.formal_words",
    "-formality.connectives",
    "-words.syllables",
    "-words.difficult",
    "+readability.ease",
    "-readability.grade",
    "-words.nominalizations",
    "-words.latinate",
    "-person.passive",
    "-sentence.clauses",
    "-words.rare",
];
const SHORTER: &[&str] = &["-length.words", "-length.sentences"];
const CORRECT: &[&str] = &["+language.correct", "+language.grammar", "+language.spelling"];

const KINDS: &[Kind] = &[
    Kind { name: "simplify", named_by: PLAINER },
    Kind { name: "plain", named_by: PLAINER },
    Kind {
        name: "detox",
        named_by: &["-stance.harsh", "-sentiment.negative", "-polite.insults", "-stance.swearing"],
    },
    Kind { name: "fluency", named_by: CORRECT },
    Kind { name: "typos put right", named_by: CORRECT },
    Kind {
        name: "formalize",
        named_by: &[
            "-contractions",
            "+formality.overall",
            "+formality.connectives",
            "+formality.formal_words",
            "-formality.casual",
            "+words.latinate",
        ],
    },
    Kind {
        name: "casualize",
        named_by: &[
            "+contractions",
            "-formality.overall",
            "-formality.formal_words",
            "+formality.casual",
            "-words.latinate",
        ],
    },
    Kind { name: "shorten", named_by: SHORTER },
    Kind { name: "expand", named_by: &["+length.words", "+length.sentences"] },
    Kind {
        name: "polite",
        named_by: &["+polite.please", "+polite.thanks", "+polite.requests", "+polite.gratitude"],
    },
    Kind { name: "calm", named_by: &["-punctuation.exclamation"] },
    Kind { name: "split sentences", named_by: &["-length.sentence_words", "+length.sentences"] },
    Kind { name: "bullets", named_by: &["+form.bullets"] },
    Kind { name: "hedge", named_by: &["+stance.hedges"] },
    Kind { name: "greet", named_by: &["+greeting", "+greeting.phrase"] },
    Kind { name: "emoji", named_by: &["+emoji"] },
];

/// Why authors revise, as far as it has a direction.
const REASONS: &[Kind] = &[Kind { name: "Improve-grammar-Typo", named_by: CORRECT }];

fn pairs(path: &Path) -> Vec<Pair> {
    data::read(path, |json| {
        let draft = ["src", "original"].iter().find_map(|key| data::text(json, key).ok());
        let finals =
            data::texts(json, "refs").or_else(|_| data::text(json, "plain").map(|text| vec![text]))?;
        let finals: Vec<String> = finals.into_iter().filter(|text| !text.trim().is_empty()).collect();
        let draft = draft.filter(|text| !text.trim().is_empty()).ok_or("no draft")?;
        if finals.is_empty() { Err("no final".to_owned()) } else { Ok(Pair { draft, finals }) }
    })
}

/// Whether a file's lines are rewrites with one direction.
fn holds_rewrites(path: &Path) -> bool {
    data::read_quietly(path, |json| json.get("refs").is_some() || json.get("plain").is_some())
        .first()
        .copied()
        .unwrap_or(false)
}

/// Revisions of papers, each with what its author meant by it: what was revised for one reason alone, by reason.
fn revisions(path: &Path) -> BTreeMap<String, Vec<(String, String)>> {
    let read = data::read_quietly(path, |json| {
        let reasons: BTreeSet<String> = data::texts(json, "intentions").ok()?.into_iter().collect();
        let pair = (data::text(json, "before").ok()?, data::text(json, "after").ok()?);
        (reasons.len() == 1 && pair.0 != pair.1).then_some((reasons.into_iter().next()?, pair))
    });
    let mut by_reason: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (reason, pair) in read.into_iter().flatten() {
        by_reason.entry(reason).or_default().push(pair);
    }
    by_reason
}

/// What was not looked at while the learner was made: revisions for the sake of the language must be named so, and of
/// revisions of content nothing is to be stated.
fn run_revisions(folder: &Path) {
    for path in data::files(&folder.join("edits")) {
        for (reason, pairs) in revisions(&path).into_iter().filter(|(_, pairs)| pairs.len() >= 3 * EDITS) {
            let kind = REASONS.iter().find(|kind| reason == kind.name);
            let tally = measure_kind(&reason, kind, |chance| chance.pick(&pairs).clone());
            row(&reason, &tally);
            let share = |count: usize| count as f64 / tally.draws as f64;
            match kind {
                Some(_) => figure("direction_right_other", share(tally.right), "share"),
                None if reason == "Content" => {
                    figure("content_only_silent_other", share(tally.silent), "share");
                }
                None => {}
            }
        }
    }
}

/// An edit of a draft, on a day of its own.
pub(crate) fn record(at: usize, (draft, edited): (&str, &str)) -> Record {
    Record {
        at: Timestamp(START + at as i64 * DAY),
        scope: Scope::person(),
        context: "a text".to_owned(),
        signal: Signal::Edit { draft: draft.to_owned(), edited: edited.to_owned() },
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    }
}

/// What is stated after these edits: in the list, and for a context that all of them are near to.
fn stated(edits: &[(&str, &str)]) -> [Vec<Preference>; 2] {
    let mut learner = Learner::new();
    for (at, edit) in edits.iter().enumerate() {
        let record = record(at, *edit);
        learner.insert(RecordId(at as u64 + 1), record.at, &record.scope, FeatureInducer.induce(&record));
    }
    let now = Timestamp(START + 30 * DAY);
    let near: Vec<(RecordId, f32)> = (1..=edits.len() as u64).map(|id| (RecordId(id), 0.5)).collect();
    let query = PoolQuery { scope: &Scope::person(), neighbours: &near, now };
    [learner.list(now), learner.pool(&query)]
}

fn sign(key: &PreferenceKey) -> char {
    if key.direction == Direction::More { '+' } else { '-' }
}

fn feature_name(key: &PreferenceKey) -> &'static str {
    FEATURES.iter().find(|feature| feature.id == key.feature).map_or("?", |feature| feature.name)
}

/// Two statements of which one denies the other: same feature and subject both ways.
fn contradicts(preferences: &[Preference]) -> bool {
    let keys: Vec<&PreferenceKey> = preferences.iter().filter_map(|p| p.key.as_ref()).collect();
    keys.iter().enumerate().any(|(at, a)| {
        keys[..at]
            .iter()
            .any(|b| (a.feature, &a.subject) == (b.feature, &b.subject) && a.direction != b.direction)
    })
}

/// How the draws of one kind went.
#[derive(Default)]
struct Tally {
    draws: usize,
    right: usize,
    named: usize,
    denied: usize,
    contradicted: usize,
    silent: usize,
    undirected: usize,
    statements: usize,
    stray: usize,
    texts: BTreeMap<String, usize>,
    /// What is stated where there is no direction.
    tossed: BTreeMap<String, usize>,
}

/// The share of changes of a feature that go up, over pairs; `None` where there are hardly any.
fn drift(pairs: &[(String, String)]) -> BTreeMap<u16, f64> {
    let mut moved: BTreeMap<u16, [usize; 2]> = BTreeMap::new();
    for (draft, edited) in pairs {
        let (before, after) = (measure(draft), measure(edited));
        for feature in FEATURES {
            if let (Some(old), Some(new)) = (before.value(feature.id), after.value(feature.id))
                && old != new
            {
                moved.entry(feature.id).or_default()[usize::from(new > old)] += 1;
            }
        }
    }
    moved.into_iter().map(|(id, [less, more])| (id, more as f64 / (less + more) as f64)).collect()
}

fn measure_kind(
    name: &str,
    kind: Option<&Kind>,
    mut draw: impl FnMut(&mut Chance) -> (String, String),
) -> Tally {
    let mut tally = Tally::default();
    let mut chance = Chance(0x005e_ed0f ^ name.bytes().fold(0u64, |sum, b| sum * 31 + u64::from(b)));
    let mut undirected = Chance(!chance.0);
    let rest: Vec<(String, String)> = (0..300).map(|_| draw(&mut chance)).collect();
    let drift = drift(&rest);
    for _ in 0..DRAWS {
        let edits: Vec<(String, String)> = (0..EDITS).map(|_| draw(&mut chance)).collect();
        let edits: Vec<(&str, &str)> = edits.iter().map(|(draft, edited)| (&**draft, &**edited)).collect();
        // The same edits, each turned round by the toss of a coin, have no direction at all.
        let tossed: Vec<(&str, &str)> =
            edits.iter().map(|(a, b)| if undirected.below(2) == 0 { (*a, *b) } else { (*b, *a) }).collect();
        let told = stated(&tossed);
        tally.undirected += usize::from(told.iter().all(Vec::is_empty));
        for text in told.into_iter().flatten().map(|preference| preference.text) {
            *tally.tossed.entry(text).or_default() += 1;
        }
        let [listed, here] = stated(&edits);
        let signed: Vec<String> = listed
            .iter()
            .filter_map(|p| p.key.as_ref())
            .map(|key| format!("{}{}", sign(key), feature_name(key)))
            .collect();
        let opposite = |name: &str| {
            if let Some(rest) = name.strip_prefix('-') {
                format!("+{rest}")
            } else {
                format!("-{}", &name[1..])
            }
        };
        let named = kind.is_some_and(|kind| signed.iter().any(|s| kind.named_by.contains(&&**s)));
        let denied = kind.is_some_and(|kind| signed.iter().any(|s| kind.named_by.contains(&&*opposite(s))));
        let contradicted = contradicts(&listed) || contradicts(&here);
        tally.draws += 1;
        tally.named += usize::from(named);
        tally.denied += usize::from(denied);
        tally.contradicted += usize::from(contradicted);
        tally.right += usize::from(named && !denied && !contradicted);
        tally.silent += usize::from(listed.is_empty() && here.is_empty());
        tally.statements += listed.len();
        for preference in &listed {
            *tally.texts.entry(preference.text.clone()).or_default() += 1;
            let Some(key) = preference.key.as_ref().filter(|key| key.subject.is_empty()) else { continue };
            let up = drift.get(&key.feature).copied();
            let share = up.map(|up| if key.direction == Direction::More { up } else { 1.0 - up });
            tally.stray += usize::from(share.is_some_and(|share| share < 0.6));
        }
    }
    tally
}

/// Without white space, which some rewrites straighten.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn row(name: &str, tally: &Tally) {
    let share = |count: usize| count as f64 / tally.draws.max(1) as f64;
    println!(
        "  {name:<24} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>7.3} {:>6.2} {:>6.3} {:>6.3}",
        share(tally.right),
        share(tally.named),
        share(tally.denied),
        share(tally.contradicted),
        share(tally.silent),
        share(tally.statements),
        tally.stray as f64 / tally.statements.max(1) as f64,
        share(tally.undirected),
    );
    if std::env::var_os("IDIOLECT_SHOW_STATEMENTS").is_some() {
        for (texts, mark) in [(&tally.texts, ""), (&tally.tossed, "tossed: ")] {
            let mut texts: Vec<_> = texts.iter().collect();
            texts.sort_by_key(|(text, count)| (std::cmp::Reverse(**count), *text));
            for (text, count) in texts.into_iter().take(14) {
                println!("      {count:>4} {mark}{text}");
            }
        }
    }
}

pub(crate) fn run(folder: &Path) {
    println!(
        "\ndirection, {DRAWS} draws of {EDITS} edits {:>3} {:>6} {:>6} {:>6} {:>7} {:>6} {:>6} {:>6}",
        "right", "named", "denied", "contra", "silent", "said", "stray", "tossed"
    );
    let (mut found, mut made) = (Vec::new(), Vec::new());
    for path in data::files(&folder.join("edits")).into_iter().filter(|path| holds_rewrites(path)) {
        let name = data::name(&path);
        let kind = KINDS.iter().find(|kind| name.starts_with(kind.name));
        let pairs = pairs(&path);
        if pairs.is_empty() {
            continue;
        }
        let tally = measure_kind(&name, kind, |chance| {
            loop {
                let pair = chance.pick(&pairs);
                let edited = chance.pick(&pair.finals);
                if *edited != pair.draft {
                    break (pair.draft.clone(), edited.clone());
                }
            }
        });
        row(&name, &tally);
        if kind.is_some() {
            figure(&format!("direction_right_{name}"), tally.right as f64 / tally.draws as f64, "share");
            found.push(tally);
        } else {
            println!("  {name}: its direction is not known here");
        }
    }
    let texts: Vec<String> =
        data::read(&folder.join("contexts/contexts.jsonl"), |json| data::text(json, "text"))
            .into_iter()
            .filter(|text| (200..1500).contains(&text.len()))
            .collect();
    if texts.is_empty() {
        println!("  no contexts; made kinds and content are skipped");
    } else {
        for rewrite in REWRITES {
            let kind = KINDS.iter().find(|kind| kind.name == rewrite.name);
            let tally = measure_kind(rewrite.name, kind, |chance| {
                loop {
                    let text = chance.pick(&texts);
                    let draft = draft(rewrite.name, text, chance);
                    // Where the draft was made worse, the text itself is what it is put right to.
                    let edited = if draft == *text { (rewrite.apply)(text, chance) } else { text.clone() };
                    if squeezed(&draft) != squeezed(&edited) {
                        break (draft, edited);
                    }
                }
            });
            row(rewrite.name, &tally);
            made.push(tally);
        }
        let tally = measure_kind("content", None, |chance| {
            loop {
                let text = chance.pick(&texts).clone();
                let edited = other_content(&text, &texts, chance);
                if edited != text {
                    break (text, edited);
                }
            }
        });
        row("content alone", &tally);
        figure("content_only_silent", tally.silent as f64 / tally.draws as f64, "share");
    }
    run_revisions(folder);
    let worst = |tallies: &[Tally]| {
        tallies.iter().map(|tally| tally.right as f64 / tally.draws as f64).fold(1.0, f64::min)
    };
    let mean = |tallies: &[Tally], of: fn(&Tally) -> usize| {
        let draws: usize = tallies.iter().map(|tally| tally.draws).sum();
        tallies.iter().map(of).sum::<usize>() as f64 / draws.max(1) as f64
    };
    if !found.is_empty() {
        figure("direction_right", mean(&found, |tally| tally.right), "share");
        figure("direction_right_least", worst(&found), "share");
    }
    if !made.is_empty() {
        figure("direction_right_made", mean(&made, |tally| tally.right), "share");
        figure("direction_right_made_least", worst(&made), "share");
    }
    let all: Vec<Tally> = found.into_iter().chain(made).collect();
    if !all.is_empty() {
        let statements: usize = all.iter().map(|tally| tally.statements).sum();
        let stray: usize = all.iter().map(|tally| tally.stray).sum();
        figure("undirected_silent", mean(&all, |tally| tally.undirected), "share");
        figure("direction_stray", stray as f64 / statements.max(1) as f64, "share");
        figure("direction_contradicted", mean(&all, |tally| tally.contradicted), "share");
    }
}
