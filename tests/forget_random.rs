//! Forgetting over random histories: a store that forgot an edit answers as one that never saw it.
//!
//! Each history is played to two stores at once, to one of them without what is forgotten: feedback of every kind in
//! several scopes and months, history, and what the person says of the preferences. The forgetting comes at a random
//! moment. At the end everything a caller can see must be the same, ids of records aside, which differ between stores
//! that saw different things; they are compared by the step of the history that they come from.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{builder, day, fact_edit, mail, mail_edit};
use idiolect::{
    Durability, Engine, Forget, Gate, HistoryItem, Observation, Origin, Preference, PreferenceId, Query,
    RankRequest, RecordId, Request, Scope,
};
use idiolect::{Explanation, Ranked};

const HISTORIES: u64 = 1_000;
const THREADS: u64 = 2;

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.throw(of.len() as u64) as usize]
    }
}

/// A store, and the step of the history that each of its records comes from.
struct Side {
    engine: Engine,
    steps: HashMap<RecordId, usize>,
}

impl Side {
    fn new(folder: &Path, by_meaning: bool) -> Self {
        let builder = builder(folder).durability(Durability::Buffered).rank_by_meaning(by_meaning);
        Self { engine: builder.open().unwrap(), steps: HashMap::new() }
    }

    fn observe(&mut self, step: usize, observation: &Observation) -> RecordId {
        let id = self.engine.observe(observation.clone()).unwrap().id;
        self.steps.insert(id, step);
        id
    }
}

/// What one record says for or against a preference: step, change, weight, note, number of words that changed.
type Part = (usize, f32, f32, String, usize);

/// Everything a caller can see.
#[derive(Debug, PartialEq)]
struct Seen {
    listed: Vec<Preference>,
    explained: Vec<(PreferenceId, f32, f32, Vec<Part>)>,
    shown: Vec<Shown>,
    ranked: Vec<Vec<Ranked>>,
    hits: Vec<Vec<(usize, f32, f32)>>,
    counts: (usize, usize, usize),
}

#[derive(Debug, PartialEq)]
struct Shown {
    preferences: Vec<Preference>,
    gate: Gate,
    benefit: f32,
    prompt: String,
    examples: Vec<usize>,
    neighbours: Vec<(usize, f32)>,
}

fn scopes() -> [Scope; 5] {
    [mail(), mail().audience("friends"), Scope::app("notes"), Scope::app("chat"), Scope::person()]
}

const CONTEXTS: [&str; 3] = [
    "Ravi asks to meet on Tuesday about the lease",
    "Status note for the Oslo project",
    "a word about the hall and the tool",
];

fn seen(side: &Side) -> Seen {
    let Side { engine, steps } = side;
    let mut listed = engine.preferences().list().unwrap();
    // Records have other ids in the other store.
    for preference in &mut listed {
        preference.contexts.clear();
    }
    let explained = listed.iter().take(4).map(|preference| {
        let Explanation { contributions, mean, error, .. } =
            engine.preferences().explain(preference.id).unwrap();
        let parts = contributions
            .into_iter()
            .map(|part| (steps[&part.record], part.change, part.weight, part.note, part.words.len()));
        (preference.id, mean, error, parts.collect())
    });
    let explained = explained.collect();
    let (mut shown, mut ranked, mut hits) = (Vec::new(), Vec::new(), Vec::new());
    for (context, scope) in CONTEXTS.iter().zip(scopes()) {
        let answer = engine.personalize(&Request::new(*context).scope(scope.clone()).examples(2)).unwrap();
        shown.push(Shown {
            preferences: answer.preferences,
            gate: answer.gate,
            benefit: answer.benefit,
            prompt: answer.prompt,
            examples: answer.examples.iter().map(|example| steps[&example.record]).collect(),
            neighbours: answer.neighbours.iter().map(|found| (steps[&found.id], found.similarity)).collect(),
        });
        let candidates = vec![
            "Dear Ravi, I would be delighted to meet with you on Tuesday about the lease! Kind regards, Sam"
                .into(),
            "Hi Ravi, Tuesday works for the lease. I don't see a problem. Cheers, Sam".into(),
            "We utilize the hall and the tool for the Oslo project status.".into(),
        ];
        ranked.push(engine.rank(&RankRequest::new(*context, candidates).scope(scope)).unwrap());
        let found = engine.search(&Query::new(*context).k(50)).unwrap();
        hits.push(found.into_iter().map(|hit| (steps[&hit.id], hit.score, hit.similarity)).collect());
    }
    let stats = engine.stats().unwrap();
    Seen {
        listed,
        explained,
        shown,
        ranked,
        hits,
        counts: (stats.observations, stats.history, stats.entries),
    }
}

fn observation(dice: &mut Dice, step: usize) -> Observation {
    let index = dice.throw(8) as usize;
    let place = dice.one(&["hall", "tool", "garden", "old car"]);
    let observation = match dice.throw(12) {
        0..=3 => mail_edit(index),
        4 => fact_edit(index),
        5 => Observation::edit(
            format!("a word about the {place}"),
            format!("We do not utilize the {place} very often."),
            format!("We don't use the {place} often."),
        ),
        6 => Observation::edit(
            format!("a word about the {place}"),
            format!("It's just the {place}! Don't ask."),
            format!("It is the {place}, which is all that we know of it. Please do not ask."),
        ),
        7 => Observation::accept(format!("Thanks note {index}"), "Thanks a lot! Cheers, Sam"),
        8 => Observation::reject(format!("a word about the {place}"), format!("Regarding the {place}: no!")),
        9 => Observation::rating(
            format!("Status note number {index}"),
            "The site opens on 4 May. It isn't late.",
            dice.throw(5) as f32 / 2.0 - 1.0,
        ),
        10 => Observation::choice(
            format!("Which reply {index}"),
            vec!["I would be delighted to attend.".into(), "Sure, I'll be there!".into()],
            dice.throw(2) as usize,
        ),
        // One and the same, so that there are ties.
        _ => Observation::edit("the same again", "Kindly note the hour!", "Note the hour."),
    };
    let scope = scopes()[dice.throw(5) as usize % (1 + step % 5)].clone();
    let strength = 0.25 * (1 + dice.throw(4)) as f32;
    observation.scope(scope).strength(strength).at(day(dice.throw(300) as i64 - 150))
}

/// The person says something of a preference that both stores know, or states one.
fn say(dice: &mut Dice, forgot: &Engine, never: &Engine) {
    let listed = never.preferences().list().unwrap();
    let (forgot, never) = (forgot.preferences(), never.preferences());
    if listed.is_empty() || dice.throw(4) == 0 {
        let text = dice.one(&["writes in plain words", "is brief", "uses contractions"]);
        let scope = scopes()[dice.throw(5) as usize].clone();
        assert_eq!(forgot.add(text, &scope).unwrap(), never.add(text, &scope).unwrap());
        return;
    }
    let id = listed[dice.throw(listed.len() as u64) as usize].id;
    // What is pinned or switched off keeps saying what it says now, which is not the same in both where the level is not.
    let says = |side: idiolect::Preferences<'_>| {
        side.get(id).ok().map(|shown| (shown.text, shown.level.map(f32::to_bits)))
    };
    let alike = says(forgot) == says(never);
    match dice.throw(5) {
        0..=2 if !alike => return,
        0 | 1 => [forgot, never].map(|side| side.pin(id, true).unwrap()),
        2 => [forgot, never].map(|side| side.set_active(id, false).unwrap()),
        3 => [forgot, never].map(|side| side.correct(id, "keeps it short").unwrap()),
        _ => [forgot, never].map(|side| side.delete(id).unwrap()),
    };
}

/// Whether something was learned that can be shown.
fn play(history: u64, folder: &Path) -> bool {
    let dice = &mut Dice(history << 32 | 7);
    let folders = [folder.join("forgot"), folder.join("never")];
    let by_meaning = history.is_multiple_of(2);
    let (mut forgot, mut never) = (Side::new(&folders[0], by_meaning), Side::new(&folders[1], by_meaning));
    let length = 4 + dice.throw(12) as usize;
    let goes = dice.throw(length as u64) as usize;
    let until = goes + dice.throw((length - goes) as u64) as usize;
    let mut gone = None;
    for step in 0..length {
        let mut observation = observation(dice, step);
        if dice.throw(4) == 0 {
            let shown = never.engine.personalize(&Request::new(CONTEXTS[0]).scope(mail())).unwrap();
            observation = observation.drafted_with(&shown);
        }
        let id = forgot.observe(step, &observation);
        if step == goes {
            gone = Some(id);
        } else {
            never.observe(step, &observation);
        }
        match dice.throw(6) {
            0 => say(dice, &forgot.engine, &never.engine),
            1 => {
                let item = HistoryItem::new(format!("a note of mine about the {step} halls. It isn't long."));
                for side in [&mut forgot, &mut never] {
                    let id = side.engine.add_history(item.clone().at(day(step as i64))).unwrap();
                    side.steps.insert(id, 100 + step);
                }
            }
            2 => drop(seen(&forgot)),
            _ => {}
        }
        if step == until {
            forgot.engine.forget(&Forget::record(gone.take().unwrap())).unwrap();
        }
    }
    let expected = seen(&never);
    assert_eq!(seen(&forgot), expected, "history {history}");
    if history.is_multiple_of(10) {
        forgot.engine.close().unwrap();
        forgot.engine = builder(&folders[0]).durability(Durability::Buffered).open().unwrap();
        assert_eq!(seen(&forgot), expected, "history {history}, opened again");
    }
    expected.listed.iter().any(|preference| preference.origin == Origin::Learned)
}

#[test]
fn a_store_that_forgot_equals_one_that_never_saw() {
    // Forgetting syncs, and what is tried here is no matter of the disk.
    let memory = Path::new("/dev/shm");
    let folder = || if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let teaching = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let teaching = &teaching;
            scope.spawn(move || {
                for history in (thread..HISTORIES).step_by(THREADS as usize) {
                    let taught = play(history, folder().unwrap().path());
                    teaching.fetch_add(usize::from(taught), Ordering::Relaxed);
                }
            });
        }
    });
    let teaching = teaching.into_inner();
    assert!(teaching > HISTORIES as usize / 3, "only {teaching} histories taught anything");
}
