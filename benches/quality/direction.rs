//! Direction: from ten edits of one kind of rewrite, which preferences are stated?
//!
//! Every draw passes ten random edits of a kind to a new engine, and reads its list and its preferences for a context
//! near those of the edits. A draw is right if a listed statement names the kind's direction, none denies it, and no
//! two contradict each other. The statements that name or deny a direction are fixed per kind ([`Kind`]); for
//! corrections (fluency, typos) it is the statement that language is corrected. Other statements are checked with
//! another engine that has observed further edits of the kind: one is stray if that engine explains its feature by
//! changes of which fewer than 60% agree. From content-only edits nothing may be stated.
//!
//! Reads the kinds found under `edits/`, and generates others from `contexts` by the rules of `rewrites`. Needs no
//! encoder: the contexts' vectors are supplied.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use idiolect::{Direction, Observation, Preference, PreferenceId, Request, SuppliedVectors, Timestamp};

use crate::content::other_content;
use crate::engine::{DAY, Fallible, NOW, Opened, open};
use crate::kinds::Kind;
use crate::rewrites::{Chance, REWRITES, draft};
use crate::{Options, data, figure};

/// Edits per draw.
const EDITS: usize = 10;
/// Draws per kind.
const DRAWS: usize = 200;
/// Further edits of a kind, for checking statements.
const REST: usize = 300;

/// A draft and the finals that people wrote.
struct Pair {
    draft: String,
    finals: Vec<String>,
}

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

/// Revisions of papers made for a single reason, by the author's stated reason.
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

/// Data not inspected during development: revisions of the language must be named as such, and nothing may be stated
/// from revisions of content.
fn run_revisions(folder: &Path, draws: usize) -> Fallible<()> {
    for path in data::files(&folder.join("edits")) {
        let set = data::name(&path);
        for (reason, pairs) in revisions(&path).into_iter().filter(|(_, pairs)| pairs.len() >= 3 * EDITS) {
            let kind = Kind::of(&reason);
            let tally = measure_kind(&reason, kind, draws, |chance| chance.pick(&pairs).clone())?;
            row(&reason, &tally);
            let share = |count: usize| count as f64 / tally.draws as f64;
            match kind {
                Some(_) => figure(&format!("direction_right_other_{set}"), share(tally.right), "share"),
                None if reason == "Content" => {
                    figure(&format!("content_only_silent_other_{set}"), share(tally.silent), "share");
                }
                None => {}
            }
        }
    }
    Ok(())
}

/// An engine that has observed these edits, one day apart.
fn observed<'a>(edits: impl IntoIterator<Item = (&'a str, &'a str)>) -> Fallible<Opened> {
    let opened = open(Arc::new(SuppliedVectors::new(2, "direction")), false)?;
    for (at, (draft, edited)) in edits.into_iter().enumerate() {
        let days = 30 - (at % EDITS) as i64;
        let edit = Observation::edit("a text", draft, edited).vector(vec![1.0, 0.0]);
        opened.engine.observe(edit.at(Timestamp(NOW.0 - days * DAY)))?;
    }
    Ok(opened)
}

/// The statements after these edits: in the list, and for a context near all of them.
fn stated(edits: &[(&str, &str)]) -> Fallible<[Vec<Preference>; 2]> {
    let Opened { engine, .. } = &observed(edits.iter().copied())?;
    let here = Request::new("another text").vector(vec![0.5, 0.75f32.sqrt()]).k(EDITS);
    Ok([engine.preferences().list()?, engine.personalize(&here)?.preferences])
}

/// Whether two statements contradict: same feature and subject in both directions.
fn contradicts(preferences: &[Preference]) -> bool {
    let keys: Vec<_> = preferences.iter().filter_map(|p| p.key.as_ref()).collect();
    keys.iter().enumerate().any(|(at, a)| {
        keys[..at]
            .iter()
            .any(|b| (a.feature, &a.subject) == (b.feature, &b.subject) && a.direction != b.direction)
    })
}

/// Totals of the draws of one kind.
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
    /// Statements from edits without a direction.
    tossed: BTreeMap<String, usize>,
}

/// An engine that has observed further edits of a kind and explains preferences by them.
struct Rest {
    opened: Opened,
    /// By preference, the share of the changes of its feature that agree; `None` if there are none.
    bearing: HashMap<PreferenceId, Option<f64>>,
}

impl Rest {
    fn of(edits: &[(String, String)]) -> Fallible<Self> {
        let opened = observed(edits.iter().map(|(draft, edited)| (&**draft, &**edited)))?;
        Ok(Self { opened, bearing: HashMap::new() })
    }

    fn bearing(&mut self, preference: &Preference) -> Option<f64> {
        let more = preference.key.as_ref()?.direction == Direction::More;
        *self.bearing.entry(preference.id).or_insert_with(|| {
            let explained = self.opened.engine.preferences().explain_strongest(preference.id, 0).ok()?;
            let changes = explained.contributions.iter().map(|part| part.change);
            let ways: Vec<bool> =
                changes.filter(|change| *change != 0.0).map(|c| (c > 0.0) == more).collect();
            let borne = ways.iter().filter(|way| **way).count() as f64;
            (!ways.is_empty()).then_some(borne / ways.len() as f64)
        })
    }
}

fn measure_kind(
    name: &str,
    kind: Option<&Kind>,
    draws: usize,
    mut draw: impl FnMut(&mut Chance) -> (String, String),
) -> Fallible<Tally> {
    let mut tally = Tally::default();
    let mut chance = Chance(0x005e_ed0f ^ name.bytes().fold(0u64, |sum, b| sum * 31 + u64::from(b)));
    let mut undirected = Chance(!chance.0);
    let rest: Vec<(String, String)> = (0..REST).map(|_| draw(&mut chance)).collect();
    let mut rest = Rest::of(&rest)?;
    for _ in 0..draws {
        let edits: Vec<(String, String)> = (0..EDITS).map(|_| draw(&mut chance)).collect();
        let edits: Vec<(&str, &str)> = edits.iter().map(|(draft, edited)| (&**draft, &**edited)).collect();
        // The same edits, each reversed at random, have no direction.
        let tossed: Vec<(&str, &str)> =
            edits.iter().map(|(a, b)| if undirected.below(2) == 0 { (*a, *b) } else { (*b, *a) }).collect();
        let said = stated(&tossed)?;
        tally.undirected += usize::from(said.iter().all(Vec::is_empty));
        for text in said.into_iter().flatten().map(|preference| preference.text) {
            *tally.tossed.entry(text).or_default() += 1;
        }
        let [listed, here] = stated(&edits)?;
        let keys = || listed.iter().filter_map(|preference| preference.key.as_ref());
        let named = kind.is_some_and(|kind| keys().any(|key| kind.is_named_by(key)));
        let denied = kind.is_some_and(|kind| keys().any(|key| kind.is_denied_by(key)));
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
            if preference.key.as_ref().is_some_and(|key| key.subject.is_empty()) {
                tally.stray += usize::from(rest.bearing(preference).is_some_and(|share| share < 0.6));
            }
        }
    }
    Ok(tally)
}

/// Removes white space, which some rewrites normalize.
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

pub(crate) fn run(folder: &Path, options: &Options) {
    if let Err(reason) = measure(folder, DRAWS.min(options.limit)) {
        println!("direction: {reason}; skipped");
    }
}

fn measure(folder: &Path, draws: usize) -> Fallible<()> {
    println!(
        "\ndirection, {draws} draws of {EDITS} edits {:>3} {:>6} {:>6} {:>6} {:>7} {:>6} {:>6} {:>6}",
        "right", "named", "denied", "contra", "silent", "said", "stray", "tossed"
    );
    let (mut found, mut made) = (Vec::new(), Vec::new());
    for path in data::files(&folder.join("edits")).into_iter().filter(|path| holds_rewrites(path)) {
        let name = data::name(&path);
        let kind = Kind::of(&name);
        let pairs = pairs(&path);
        if pairs.is_empty() {
            continue;
        }
        let tally = measure_kind(&name, kind, draws, |chance| {
            loop {
                let pair = chance.pick(&pairs);
                let edited = chance.pick(&pair.finals);
                if *edited != pair.draft {
                    break (pair.draft.clone(), edited.clone());
                }
            }
        })?;
        row(&name, &tally);
        if kind.is_some() {
            figure(&format!("direction_right_{name}"), tally.right as f64 / tally.draws as f64, "share");
            found.push(tally);
        } else {
            println!("  {name}: its direction is unknown");
        }
    }
    let texts: Vec<String> =
        data::read(&folder.join("contexts/contexts.jsonl"), |json| data::text(json, "text"))
            .into_iter()
            .filter(|text| (200..1500).contains(&text.len()))
            .collect();
    if texts.is_empty() {
        println!("  no contexts; generated kinds and content are skipped");
    } else {
        for rewrite in REWRITES {
            let kind = Kind::of(rewrite.name);
            let tally = measure_kind(rewrite.name, kind, draws, |chance| {
                loop {
                    let text = chance.pick(&texts);
                    let draft = draft(rewrite.name, text, chance);
                    // If the draft was degraded, the text itself is the correction.
                    let edited = if draft == *text { (rewrite.apply)(text, chance) } else { text.clone() };
                    if squeezed(&draft) != squeezed(&edited) {
                        break (draft, edited);
                    }
                }
            })?;
            row(rewrite.name, &tally);
            made.push(tally);
        }
        let tally = measure_kind("content", None, draws, |chance| {
            loop {
                let text = chance.pick(&texts).clone();
                let edited = other_content(&text, &texts, chance);
                if edited != text {
                    break (text, edited);
                }
            }
        })?;
        row("content alone", &tally);
        figure("content_only_silent", tally.silent as f64 / tally.draws as f64, "share");
    }
    run_revisions(folder, draws)?;
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
    Ok(())
}
