//! What is learned from small sets of edits, and exactness.

use proptest::prelude::*;

use super::*;
use crate::learning::learner::samples::{CONTENT, HABITS, Pair};
use crate::learning::{FeatureInducer, Inducer};
use crate::signals::features::{FEATURES, id};
use crate::types::{AppliedPreference, Record, Signal};
use crate::types::{Direction, PreferenceId};

const DAY: i64 = 86_400_000;
const START: i64 = 20_000 * DAY;

fn record(at: i64, scope: &Scope, signal: Signal) -> Record {
    Record {
        at: Timestamp(START + at * DAY),
        scope: scope.clone(),
        context: at.to_string(),
        signal,
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    }
}

fn edit((draft, edited): Pair) -> Signal {
    Signal::Edit { draft: draft.to_owned(), edited: edited.to_owned() }
}

fn learn(learner: &mut Learner, id: u64, record: &Record) {
    learner.insert(RecordId(id), record.at, &record.scope, FeatureInducer.induce(record));
}

fn learner_of(pairs: &[Pair], scope: &Scope) -> Learner {
    let mut learner = Learner::new();
    for (at, pair) in pairs.iter().enumerate() {
        learn(&mut learner, at as u64 + 1, &record(at as i64, scope, edit(*pair)));
    }
    learner
}

fn now() -> Timestamp {
    Timestamp(START + 30 * DAY)
}

fn pool(learner: &Learner, scope: &Scope, neighbours: &[(RecordId, f32)]) -> Vec<Preference> {
    learner.pool(&PoolQuery { scope, neighbours, now: now() })
}

fn texts(preferences: &[Preference]) -> Vec<String> {
    preferences.iter().map(|preference| preference.text.clone()).collect()
}

#[test]
fn each_habit_is_stated_and_nothing_that_denies_it() {
    for (name, wanted, pairs) in HABITS {
        let found = pool(&learner_of(pairs, &Scope::app("mail")), &Scope::app("mail"), &[]);
        let stated = texts(&found);
        assert!(
            wanted.iter().any(|want| stated.iter().any(|text| text.contains(want))),
            "{name}: {stated:?}"
        );
        let keys: BTreeSet<(u16, &str)> =
            found.iter().flat_map(|p| &p.key).map(|key| (key.feature, &*key.subject)).collect();
        assert_eq!(keys.len(), found.len(), "{name} says two things of one feature");
        assert!(stated.len() <= 5, "{name} says too much: {stated:?}");
    }
}

#[test]
fn reversing_the_edits_reverses_the_statement() {
    for (name, _, pairs) in HABITS {
        let reversed: Vec<Pair> = pairs.iter().map(|(draft, edited)| (*edited, *draft)).collect();
        let ways = |pairs: &[Pair]| -> BTreeSet<(u16, String, Direction)> {
            let found = pool(&learner_of(pairs, &Scope::person()), &Scope::person(), &[]);
            found
                .into_iter()
                .filter_map(|p| p.key)
                .map(|key| (key.feature, key.subject, key.direction))
                .collect()
        };
        let forward = ways(pairs);
        for way in ways(&reversed) {
            assert!(!forward.contains(&way), "{name}: {way:?} both ways");
        }
    }
}

#[test]
fn edits_of_facts_state_nothing() {
    let found = pool(&learner_of(CONTENT, &Scope::person()), &Scope::person(), &[]);
    assert_eq!(texts(&found), [""; 0]);
    let mixed: Vec<Pair> = CONTENT.iter().chain(HABITS[2].2).copied().collect();
    let found = pool(&learner_of(&mixed, &Scope::person()), &Scope::person(), &[]);
    assert_eq!(texts(&found), ["avoids exclamation marks"]);
}

#[test]
fn what_is_let_stand_elsewhere_is_not_avoided_there() {
    let mut learner = Learner::new();
    for (at, thing) in ["plan", "lease", "offer", "menu"].iter().enumerate() {
        let draft = format!("I think the {thing} is fine for the whole team.");
        let edited = format!("The {thing} is fine for the whole team.");
        let left = format!("I think the {thing} was a joy to read on the train.");
        let at = at as u64;
        learn(&mut learner, at + 1, &record(at as i64, &Scope::person(), Signal::Edit { draft, edited }));
        learn(&mut learner, at + 11, &record(at as i64, &Scope::person(), Signal::Accept { text: left }));
    }
    let avoided = |from: u64| {
        let near: Vec<(RecordId, f32)> = (from..from + 4).map(|id| (RecordId(id), 0.4)).collect();
        let stated = texts(&pool(&learner, &Scope::person(), &near));
        stated.iter().any(|text| text.contains("i think") || text.contains("hedg"))
    };
    assert!(avoided(1));
    assert!(!avoided(11));
}

/// Twelve edits that write contractions out, then some that contract, all in one kind of context.
fn turned(newer: u64) -> Learner {
    let mut learner = Learner::new();
    for id in 1..=12 + newer {
        let (long, short) = HABITS[1].2[id as usize % HABITS[1].2.len()];
        let pair = if id <= 12 { (short, long) } else { (long, short) };
        learn(&mut learner, id, &record(id as i64, &Scope::person(), edit(pair)));
    }
    learner
}

#[test]
fn a_habit_that_turned_is_the_newer_one_and_dated() {
    let contracting = |learner: &Learner, newest: u64| {
        let near: Vec<(RecordId, f32)> = (1..=newest).map(|id| (RecordId(id), 0.4)).collect();
        let found = pool(learner, &Scope::person(), &near);
        let about = |p: &&Preference| p.key.as_ref().is_some_and(|key| key.feature == 401);
        found.iter().find(about).cloned()
    };
    let direction =
        |found: &Option<Preference>| found.as_ref().and_then(|p| p.key.as_ref().map(|k| k.direction));
    assert_eq!(direction(&contracting(&turned(0), 12)), Some(Direction::Less));
    assert_eq!(direction(&contracting(&turned(1), 13)), Some(Direction::Less));
    let learner = turned(4);
    let found = contracting(&learner, 16);
    assert_eq!(direction(&found), Some(Direction::More));
    let explained = learner.explain(found.unwrap().id, now()).unwrap();
    assert_eq!(explained.since, Some(Timestamp(START + 13 * DAY)));
    let steady = contracting(&turned(0), 12).unwrap();
    assert_eq!(turned(0).explain(steady.id, now()).unwrap().since, None);
}

#[test]
fn what_is_listed_and_explained_turns_with_what_is_stated() {
    let mut learner = Learner::new();
    for id in 1..=24 {
        let (long, short) = HABITS[1].2[id as usize % HABITS[1].2.len()];
        let pair = if id <= 20 { (short, long) } else { (long, short) };
        learn(&mut learner, id, &record(id as i64, &Scope::app("mail"), edit(pair)));
    }
    let near: Vec<(RecordId, f32)> = (1..=24).map(|id| (RecordId(id), 0.4)).collect();
    let about = |found: Vec<Preference>| {
        let own = |p: &Preference| p.key.as_ref().is_some_and(|key| key.feature == 401);
        found.into_iter().filter(own).collect::<Vec<_>>()
    };
    let stated = about(pool(&learner, &Scope::app("mail"), &near));
    let listed = about(learner.list(now()));
    assert_eq!(stated.len(), 1);
    assert_eq!(stated[0].key.as_ref().map(|key| key.direction), Some(Direction::More));
    assert_eq!(listed.iter().map(|p| p.id).collect::<Vec<_>>(), [stated[0].id]);
    let explained = learner.explain(stated[0].id, now()).expect("held");
    assert!(explained.mean > 0.0 && explained.preference.confidence > 0.9, "{explained:?}");
    assert_eq!(explained.preference, listed[0]);
    assert_eq!(explained.contributions.len(), 24, "what spoke for the old way is told, too");
}

#[test]
fn what_is_reported_again_is_the_same_occasion() {
    let reported = |times: u64, days: i64| {
        let mut learner = Learner::new();
        for id in 1..=times {
            learn(&mut learner, id, &record(id as i64 % days, &Scope::person(), edit(HABITS[2].2[0])));
        }
        learner
    };
    let near: Vec<(RecordId, f32)> = (1..=12).map(|id| (RecordId(id), 0.4)).collect();
    let stated = |learner: &Learner| {
        let found = pool(learner, &Scope::person(), &near);
        found.iter().map(|found| found.occasions).next()
    };
    assert_eq!(stated(&reported(12, 1)), None);
    assert_eq!(stated(&reported(12, 2)), None);
    // The same edit in other contexts is another occasion.
    let mut learner = reported(12, 6);
    assert_eq!(stated(&learner), Some(6));
    let aside = |through| Suppression {
        feature: id::EXCLAMATION,
        subject_hash: 0,
        scope: Scope::person(),
        through: RecordId(through),
    };
    learner.set_suppressions(vec![aside(6)]);
    assert_eq!(stated(&learner), Some(6), "each was reported again since");
    let early: Vec<(RecordId, f32)> = near[..6].to_vec();
    assert_eq!(pool(&learner, &Scope::person(), &early).len(), 1, "whichever report is found");
    learner.set_suppressions(vec![aside(12)]);
    assert_eq!(stated(&learner), None);
    learner.set_suppressions(Vec::new());
    learner = learner.without(&[RecordId(7)]);
    assert_eq!(stated(&learner), Some(6), "there is another report of it");
    learner = learner.without(&[RecordId(1)]);
    assert_eq!(stated(&learner), Some(5));
    // What it was is told by texts and kind.
    let occasion = |signal: Signal| FeatureInducer.induce(&record(0, &Scope::person(), signal)).occasion;
    let text = || String::from("It is late.");
    let choice = |chosen| Signal::Choice { candidates: vec![text(), text()], chosen };
    let occasions = [
        edit(("It is late.", "It's late.")),
        edit(("It is late.", "It's late!")),
        choice(0),
        choice(1),
        Signal::Accept { text: text() },
        Signal::Reject { text: text() },
        Signal::Rating { text: text(), rating: 0.5 },
        Signal::History { text: text() },
    ];
    let told: BTreeSet<u64> = occasions.iter().cloned().map(occasion).collect();
    assert_eq!(told.len(), occasions.len());
}

#[test]
fn no_sign_off_says_more_than_not_this_one() {
    let mut learner = Learner::new();
    for (at, thing) in ["plan", "lease", "offer", "menu", "boat"].iter().enumerate() {
        let edited = format!("Hi Ann,\n\nthe {thing} is in the folder by the door.");
        let draft = format!("{edited}\n\nBest regards,\nAlex");
        let at = at as i64;
        learn(&mut learner, at as u64 + 1, &record(at, &Scope::person(), Signal::Edit { draft, edited }));
    }
    let stated = texts(&pool(&learner, &Scope::person(), &[]));
    assert!(stated.iter().any(|text| text == "ends without a sign-off"), "{stated:?}");
}

const SHORT: &str = "The parts will be late, so the line will have to wait for a week.";
const LONG: &str = "The parts will be late, so the line will have to wait for a week. Our supplier wrote that a storm \
    had closed the harbor, that the ships could not be loaded in time, and that the road over the hills was no way \
    out either, since the trucks were all needed in the valley. The next ship is due after the holidays.";

/// Mails are cut, reports drawn out; mails have odd ids.
fn two_kinds() -> Learner {
    let mut learner = Learner::new();
    for id in 1..=24u64 {
        let pair = if id % 2 == 1 { (LONG, SHORT) } else { (SHORT, LONG) };
        learn(&mut learner, id, &record(id as i64, &Scope::person(), edit(pair)));
    }
    learner
}

#[test]
fn the_neighbourhood_overrules_the_person() {
    let learner = two_kinds();
    let length = |neighbours: &[(RecordId, f32)]| {
        let found = pool(&learner, &Scope::person(), neighbours);
        found.into_iter().find(|p| p.key.as_ref().is_some_and(|key| key.feature == id::WORDS))
    };
    let near = |odd: bool| -> Vec<(RecordId, f32)> {
        let same = (1..=24).filter(|id| (id % 2 == 1) == odd).take(6).map(|id| (RecordId(id), 0.6));
        let other = (1..=24).filter(|id| (id % 2 == 1) != odd).take(2).map(|id| (RecordId(id), 0.2));
        same.chain(other).collect()
    };
    assert_eq!(length(&[]), None);
    let (mail, report) = (length(&near(true)).expect("held"), length(&near(false)).expect("held"));
    assert_eq!(mail.key.map(|key| key.direction), Some(Direction::Less));
    assert_eq!(report.key.map(|key| key.direction), Some(Direction::More));
    assert_eq!(mail.text, "keeps texts near 15 words");
    assert!(learner.explain(mail.id, now()).is_some());
}

#[test]
fn a_neighbour_that_is_near_by_chance_is_heard_with_its_kind() {
    let learner = two_kinds();
    // The nearest is a report, and all other reports are far; mails are about as near.
    let near = [(2, -0.30), (1, -0.34), (3, -0.34), (4, -0.90), (6, -0.90), (8, -0.90)];
    let near = near.map(|(id, likeness)| (RecordId(id), likeness));
    let stated = texts(&pool(&learner, &Scope::person(), &near));
    assert_eq!(stated, ["keeps texts near 15 words"], "as in mails, with nothing of reports");
}

#[test]
fn a_length_is_told_by_what_is_drawn_to_it_from_both_sides() {
    let item = |change: f32, words: f32| EvidenceItem {
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change,
        before: None,
        after: Some(words),
        weight: 1.0,
    };
    let cut = [(-3.0, 49.0), (-3.0, 51.0), (-3.0, 50.0), (-3.0, 48.0)];
    let stated = |others: [(f32, f32); 3]| {
        let mut learner = Learner::new();
        let mut near = Vec::new();
        for (at, (change, words)) in cut.into_iter().chain(others).enumerate() {
            let record = RecordId(at as u64 + 1);
            let evidence = Evidence { items: vec![item(change, words)], ..Evidence::default() };
            // Now the one, now the other: nothing that turned.
            let at = Timestamp(START + ((at % 4) * 2 + at / 4) as i64 * DAY);
            learner.insert(record, at, &Scope::person(), evidence);
            near.push((record, 0.5));
        }
        // Elsewhere the person writes short, too.
        for at in 10..20 {
            let evidence = Evidence { items: vec![item(-3.0, 50.0)], ..Evidence::default() };
            learner.insert(RecordId(at), Timestamp(START), &Scope::person(), evidence);
        }
        texts(&pool(&learner, &Scope::person(), &near))
    };
    // Drafts that were cut too far are drawn out to the same length.
    let to_it = stated([(1.5, 50.0), (1.5, 52.0), (1.5, 49.0)]);
    assert_eq!(to_it, ["keeps texts near 50 words"]);
    // Most of a few are drawn out to lengths that have nothing in common.
    let mixed = stated([(1.5, 20.0), (3.0, 140.0), (3.0, 400.0)]);
    assert_eq!(mixed, ["keeps texts near 50 words"]);
}

/// Drafts of 400 words that were cut to 200, and texts of the person's own.
fn cut_beside(edits: usize, own: &[f32]) -> Learner {
    let item = |before: Option<f32>, words: f32, weight: f32| EvidenceItem {
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change: before.map_or(0.0, |before| (words / before).ln() / 0.35),
        before,
        after: Some(words),
        weight,
    };
    let cut = (0..edits).map(|_| item(Some(400.0), 200.0, 1.0));
    let mut learner = Learner::new();
    for (at, item) in cut.chain(own.iter().map(|words| item(None, *words, 0.1))).enumerate() {
        let evidence = Evidence { items: vec![item], ..Evidence::default() };
        learner.insert(RecordId(at as u64 + 1), Timestamp(START), &Scope::person(), evidence);
    }
    learner
}

#[test]
fn what_the_persons_own_texts_deny_is_not_stated() {
    let stated = |edits: usize, own: &[f32]| {
        let learner = cut_beside(edits, own);
        let near: Vec<(RecordId, f32)> = (1..=edits as u64).map(|id| (RecordId(id), 0.4)).collect();
        let found = texts(&pool(&learner, &Scope::person(), &near));
        let wide = texts(&pool(&learner, &Scope::person(), &[]));
        assert_eq!(texts(&learner.list(now())), wide);
        (found, wide)
    };
    let both = |text: &str| (vec![text.to_owned()], vec![text.to_owned()]);
    assert_eq!(stated(4, &[]), both("keeps texts near 200 words"));
    assert_eq!(stated(4, &[200.0; 50]), both("keeps texts near 200 words"));
    assert_eq!(stated(4, &[350.0; 50]), (Vec::new(), Vec::new()));
    // Too few to deny it, and too many edits.
    assert_eq!(stated(4, &[350.0; 20]).1.len(), 1);
    assert_eq!(stated(9, &[900.0; 500]).0, ["keeps texts near 200 words"]);
    let of_all_lengths: Vec<f32> = (0..50).map(|at| [40.0, 900.0][at % 2]).collect();
    assert_eq!(stated(4, &of_all_lengths), both("keeps texts near 200 words"), "these deny nothing");
}

#[test]
fn a_level_is_told_by_all_texts() {
    let level = |learner: &Learner| texts(&pool(learner, &Scope::person(), &[]));
    assert_eq!(level(&cut_beside(4, &[250.0; 40])), ["keeps texts near 220 words"]);
    let taken = Signal::Accept { text: ["stone"; 260].join(" ") };
    let mut learner = cut_beside(4, &[]);
    for id in 10..14 {
        learn(&mut learner, id, &record(id as i64 - 10, &Scope::person(), taken.clone()));
    }
    assert_eq!(level(&learner), ["keeps texts near 210 words"]);
}

/// The shares of either way are what counts, not one large change.
#[test]
fn one_large_change_does_not_persuade() {
    let item = |change: f32| EvidenceItem {
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change,
        before: Some(40.0),
        after: Some(50.0),
        weight: 1.0,
    };
    let stated = |changes: &[f32]| {
        let mut learner = Learner::new();
        for (at, change) in changes.iter().enumerate() {
            let evidence = Evidence { items: vec![item(*change)], ..Evidence::default() };
            learner.insert(RecordId(at as u64 + 1), Timestamp(START), &Scope::person(), evidence);
        }
        pool(&learner, &Scope::person(), &[]).len()
    };
    assert_eq!(stated(&[1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, -0.6, -0.6]), 1);
    assert_eq!(stated(&[1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, -0.6, -0.6, -0.6, -0.6]), 0);
    assert_eq!(stated(&[1.2, 1.2]), 0);
}

/// What is stated after so many changes of one feature, and the numbers behind it.
fn after_changes(feature: u16, change: f32, times: u64) -> Option<Explanation> {
    let mut learner = Learner::new();
    for id in 1..=times {
        let subject = String::new();
        let (before, after, weight) = (Some(1.0), Some(1.0), 1.0);
        let item = EvidenceItem { feature, subject, subject_hash: 0, change, before, after, weight };
        let evidence = Evidence { items: vec![item], ..Evidence::default() };
        learner.insert(RecordId(id), Timestamp(START), &Scope::person(), evidence);
    }
    let found = pool(&learner, &Scope::person(), &[]);
    assert_eq!(found, learner.list(now()));
    found.first().and_then(|found| learner.explain(found.id, now()))
}

#[test]
fn what_many_people_do_needs_evidence_of_ones_own_and_a_little_less_of_it() {
    for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
        for change in [-1.5, 1.5] {
            assert_eq!(after_changes(feature.id, change, 2), None, "{}", feature.name);
            let own = after_changes(feature.id, change, 6);
            let direction = own.and_then(|own| own.preference.key).map(|key| key.direction);
            let wanted = if change > 0.0 { Direction::More } else { Direction::Less };
            assert_eq!(direction, Some(wanted), "{}", feature.name);
        }
    }
    for (feature, common) in [(id::WORDS, -1.0), (id::SENTENCE_WORDS, -1.0), (id::EASE, 1.0)] {
        let [with, against] =
            [common, -common].map(|change| after_changes(feature, change, 5).expect("stated"));
        assert!(with.mean.abs() > against.mean.abs() + 0.01, "{} and {}", with.mean, against.mean);
        assert!(with.preference.confidence > against.preference.confidence);
        assert_eq!(with.error, against.error);
    }
}

#[test]
fn scopes_with_other_habits_are_kept_apart() {
    let mut learner = Learner::new();
    for id in 1..=12u64 {
        let (scope, pair) = if id % 2 == 1 {
            (Scope::app("mail"), (LONG, SHORT))
        } else {
            (Scope::app("report"), (SHORT, LONG))
        };
        learn(&mut learner, id, &record(id as i64, &scope, edit(pair)));
    }
    let mail = pool(&learner, &Scope::app("mail").task("reply"), &[]);
    assert!(texts(&mail).contains(&"keeps mails near 15 words".to_owned()), "{:?}", texts(&mail));
    assert_eq!(mail[0].scope, Scope::app("mail"));
    let report = pool(&learner, &Scope::app("report"), &[]);
    assert!(texts(&report).contains(&"keeps reports near 65 words".to_owned()), "{:?}", texts(&report));
    let listed = learner.list(now());
    assert!(listed.iter().any(|p| p.id == mail[0].id));
    for preference in &listed {
        assert!(preference.id.0 >> 63 == 1 && learner.explain(preference.id, now()).is_some());
    }
}

#[test]
fn what_is_applied_and_left_alone_stays() {
    let mut learner = learner_of(HABITS[3].2, &Scope::person());
    let before = pool(&learner, &Scope::person(), &[]);
    let applied: Vec<AppliedPreference> = before.iter().filter_map(Preference::applied).collect();
    assert!(!applied.is_empty());
    for id in 100..120 {
        let text = "Hi Kim,\n\nthe shelf is up and the paint is dry.\n\nCheers,\nAnna";
        let mut record = record(id - 90, &Scope::person(), edit((text, text)));
        record.applied.clone_from(&applied);
        learn(&mut learner, id as u64, &record);
    }
    assert!(texts(&pool(&learner, &Scope::person(), &[])).contains(&"signs off with 'Cheers,'".to_owned()));
}

#[test]
fn a_confirmed_word_is_told_by_those_who_know_it() {
    let scope = Scope::person();
    let mut learner = learner_of(HABITS[7].2, &scope);
    let text = "writes 'use', not 'utilize'";
    let stated = pool(&learner, &scope, &[]);
    let swap = stated.iter().find(|preference| preference.text == text).expect("held");
    for id in 100..120 {
        let mut record = record(20, &scope, Signal::Accept { text: "We use the old bricks.".to_owned() });
        record.applied.extend(swap.applied());
        learn(&mut learner, id, &record);
    }
    assert!(texts(&pool(&learner, &scope, &[])).contains(&text.to_owned()));
    let told: Vec<RecordId> = (1..=6).map(RecordId).collect();
    assert_eq!(texts(&pool(&learner.without(&told), &scope, &[])), [""; 0]);
}

#[test]
fn going_against_what_is_applied_undoes_it() {
    let mut learner = learner_of(HABITS[3].2, &Scope::person());
    let applied: Vec<AppliedPreference> =
        pool(&learner, &Scope::person(), &[]).iter().filter_map(Preference::applied).collect();
    for id in 100..108 {
        let pair = ("Hi Kim,\n\nit is done.\n\nCheers,\nAnna", "Hi Kim,\n\nit is done.\n\nBest,\nAnna");
        let mut record = record(id - 90, &Scope::person(), edit(pair));
        record.applied.clone_from(&applied);
        learn(&mut learner, id as u64, &record);
    }
    let stated = texts(&pool(&learner, &Scope::person(), &[]));
    assert!(!stated.contains(&"signs off with 'Cheers,'".to_owned()), "{stated:?}");
}

#[test]
fn explanations_name_the_records() {
    let learner = learner_of(HABITS[0].2, &Scope::app("mail"));
    let stated = pool(&learner, &Scope::app("mail"), &[]);
    let shorter = stated.iter().find(|p| p.key.as_ref().is_some_and(|key| key.feature == id::WORDS));
    let explanation = learner.explain(shorter.expect("held").id, now()).expect("held");
    assert_eq!(explanation.contributions.len(), 6);
    assert!(explanation.mean < 0.0 && explanation.error > 0.0);
    assert!(explanation.contributions[0].note.ends_with(" words"), "{}", explanation.contributions[0].note);
    assert_eq!(learner.explain(PreferenceId(1 << 63), now()), None);
}

#[test]
fn deleted_evidence_does_not_count_and_comes_back_anew() {
    let scope = Scope::app("mail");
    let mut learner = learner_of(HABITS[2].2, &scope);
    let found = pool(&learner, &scope, &[]);
    let suppression =
        |through| Suppression { feature: 301, subject_hash: 0, scope: found[0].scope.clone(), through };
    learner.set_suppressions(vec![suppression(RecordId(6))]);
    assert_eq!(texts(&pool(&learner, &scope, &[(RecordId(1), 0.9), (RecordId(2), 0.9)])), [""; 0]);
    learner.set_suppressions(vec![suppression(RecordId(2))]);
    assert_eq!(texts(&pool(&learner, &scope, &[])), ["avoids exclamation marks"]);
}

#[test]
fn old_habits_fade() {
    let learner = learner_of(HABITS[2].2, &Scope::person());
    let at = |days: i64| {
        learner.pool(&PoolQuery {
            scope: &Scope::person(),
            neighbours: &[],
            now: Timestamp(START + days * DAY),
        })
    };
    assert_eq!(at(30).len(), 1);
    assert!(at(30)[0].confidence > at(300).first().map_or(0.0, |p| p.confidence));
    assert_eq!(at(5000).len(), 0);
}

fn any_item() -> impl Strategy<Value = EvidenceItem> {
    let feature = prop::sample::select(vec![101u16, 301, 401, 602, 1502]);
    (feature, 0u8..3, -3.0f32..3.0, prop::option::of(0.0f32..100.0), 0.01f32..1.0, any::<bool>()).prop_map(
        |(feature, subject, change, level, weight, known)| {
            let has_subject = Feature::by_id(feature).is_some_and(|feature| feature.has_subject);
            let subject = if has_subject { format!("phrase {subject}") } else { String::new() };
            let subject_hash = crate::hash::subject_hash(&subject);
            let subject = if known { subject } else { String::new() };
            EvidenceItem { feature, subject, subject_hash, change, before: level, after: level, weight }
        },
    )
}

#[derive(Debug, Clone)]
struct Event {
    id: u64,
    day: i64,
    scope: Scope,
    evidence: Evidence,
}

fn any_event() -> impl Strategy<Value = Event> {
    let scope = prop::sample::select(vec![
        Scope::person(),
        Scope::app("mail"),
        Scope::app("mail").task("reply"),
        Scope::app("chat").locale("en-GB"),
    ]);
    let occasion = prop_oneof![Just(0), 1u64..4, 1u64..1_000];
    (1u64..30, 0i64..200, scope, prop::collection::vec(any_item(), 0..8), occasion).prop_map(
        |(id, day, scope, items, occasion)| Event {
            id,
            day,
            scope,
            evidence: Evidence { items, occasion, ..Evidence::default() },
        },
    )
}

fn take(learner: &mut Learner, event: &Event) {
    let at = Timestamp(START + event.day * DAY);
    learner.insert(RecordId(event.id), at, &event.scope, event.evidence.clone());
}

fn everything(learner: &Learner) -> String {
    let now = Timestamp(START + 220 * DAY);
    let scope = Scope::app("mail").task("reply");
    let near: Vec<(RecordId, f32)> = (1..12).map(|id| (RecordId(id), 0.9 - id as f32 * 0.05)).collect();
    let mut pooled = learner.pool(&PoolQuery { scope: &scope, neighbours: &near, now });
    pooled.extend(learner.pool(&PoolQuery { scope: &scope, neighbours: &[], now }));
    pooled.extend(learner.list(now));
    let explained: Vec<_> = pooled.iter().map(|preference| learner.explain(preference.id, now)).collect();
    // All fields by name, so that none is forgotten; those without an order in order.
    let Learner { records, occasions, nodes, comparing, subjects, supported, suppressions, totals } = learner;
    let records: BTreeMap<&RecordId, &Arc<Held>> = records.iter().collect();
    let occasions = occasions.in_order();
    let kept = (records, occasions, nodes, comparing, subjects, supported, suppressions, totals);
    format!("{kept:?} {pooled:?} {explained:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Bit for bit: the whole state, written out, is compared; what was asked in between makes no difference.
    #[test]
    fn removing_is_as_if_never_seen(
        events in prop::collection::vec(any_event(), 1..40),
        removed in prop::collection::btree_set(1u64..30, 0..20),
    ) {
        let mut learner = Learner::new();
        for event in &events {
            take(&mut learner, event);
            if event.id % 4 == 0 {
                everything(&learner);
            }
        }
        let gone: Vec<RecordId> = removed.iter().copied().map(RecordId).collect();
        let learner = learner.without(&gone);
        let mut last: BTreeMap<u64, &Event> = BTreeMap::new();
        for event in &events {
            last.insert(event.id, event);
        }
        let mut fresh = Learner::new();
        for event in last.values().filter(|event| !removed.contains(&event.id)) {
            take(&mut fresh, event);
        }
        prop_assert_eq!(everything(&learner), everything(&fresh));
    }

    /// Nothing breaks, and every value is finite, in scripts that no word list knows.
    #[test]
    fn other_scripts_are_measured(
        draft in "[ąćęłńóśźża-z ,.!?\n-]{0,80}|[一-龥，。！？ \n]{0,60}|[\u{0620}-\u{064a} ،؟.\n]{0,60}",
        edited in "[ąćęłńóśźża-z ,.!?\n-]{0,80}|[一-龥，。！？ \n]{0,60}|[\u{0620}-\u{064a} ،؟.\n]{0,60}",
    ) {
        let measured = crate::signals::measure(&edited);
        for feature in crate::signals::FEATURES {
            prop_assert!(measured.value(feature.id).is_none_or(f32::is_finite), "{}", feature.name);
        }
        let evidence = FeatureInducer.induce(&record(0, &Scope::person(), Signal::Edit { draft, edited }));
        prop_assert!(evidence.items.iter().all(|item| item.change.is_finite() && item.weight > 0.0));
        let _ = evidence.notes(None);
    }

    #[test]
    fn inducing_is_total_and_ordered(draft in any::<String>(), edited in any::<String>(), strength in any::<f32>()) {
        let mut record = record(0, &Scope::person(), Signal::Edit { draft, edited });
        record.strength = strength;
        let evidence = FeatureInducer.induce(&record);
        prop_assert_eq!(&evidence, &FeatureInducer.induce(&record));
        for pair in evidence.items.windows(2) {
            prop_assert!((pair[0].feature, pair[0].subject_hash) < (pair[1].feature, pair[1].subject_hash));
        }
        let sound = |i: &EvidenceItem| i.weight > 0.0 && i.weight <= 1.0 && i.change.abs() <= 3.0;
        prop_assert!(evidence.items.iter().all(sound));
        let _ = evidence.notes(None);
    }
}

impl crate::store::Stored for Evidence {
    const VERSION: u8 = 1;
}

#[test]
fn evidence_survives_the_store() {
    use crate::store::{Batch, Store, Table};

    let evidence = FeatureInducer.induce(&edit_of_many_features());
    assert!(evidence.items.len() > 5);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path(), true).expect("opens");
    let mut batch = Batch::new();
    batch.put(Table::Vectors, 1, &evidence).expect("encodes");
    store.commit(&batch).expect("commits");
    assert_eq!(store.get::<Evidence>(Table::Vectors, 1).expect("reads"), Some(evidence));
}

fn edit_of_many_features() -> Record {
    let draft = "Dear Ann,\n\nI would perhaps like to utilize this opportunity to tell you that we do not have the \
                 color that you asked for!\n\nBest regards,\nSam";
    let edited = "Hi Ann,\n\nWe don't have the colour you asked for.\n\nCheers,\nSam";
    record(0, &Scope::person(), Signal::Edit { draft: draft.into(), edited: edited.into() })
}
