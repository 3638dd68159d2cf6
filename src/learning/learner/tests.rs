//! What is learned from small sets of edits.

mod exactness;
mod lengths;

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
    learner.pool(&PoolQuery { scope, neighbours, likenesses: &[], now: now() })
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

/// A learner of twelve edits that expand contractions, followed by some that contract, all in one kind of context.
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
    assert!(explained.mean > 0.0 && explained.preference.confidence > 0.8, "{explained:?}");
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
    // The same edit in a different context is a different occasion.
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
    // An occasion is identified by context, texts and kind of feedback.
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

/// Mails (odd ids) are shortened, reports (even ids) are lengthened.
fn two_kinds() -> Learner {
    let mut learner = Learner::new();
    for id in 1..=24u64 {
        // Text that is repeated word for word would count as a block.
        let word: String = [b'a' + id as u8, b'u', b'b' + id as u8 % 20].map(char::from).iter().collect();
        let long = LONG.replace("storm", &word).replace("holidays", &word);
        let pair = if id % 2 == 1 { (&*long, SHORT) } else { (SHORT, &*long) };
        let (draft, edited) = (pair.0.to_owned(), pair.1.to_owned());
        learn(&mut learner, id, &record(id as i64, &Scope::person(), Signal::Edit { draft, edited }));
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
    // The nearest one is a report, but all other reports are far away; the mails are about as near.
    let near = [(2, -0.30), (1, -0.34), (3, -0.34), (4, -0.90), (6, -0.90), (8, -0.90)];
    let near = near.map(|(id, likeness)| (RecordId(id), likeness));
    let stated = texts(&pool(&learner, &Scope::person(), &near));
    assert_eq!(stated, ["keeps texts near 15 words"], "as in mails, with nothing of reports");
}

/// A single large change does not outweigh the share of changes in each direction.
#[test]
fn one_large_change_does_not_persuade() {
    let item = |change: f32| EvidenceItem {
        words: EvidenceItem::ANY_WORDS,
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change,
        left: change,
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

/// What is stated after so many changes of one feature, with the numbers behind it.
fn after_changes(feature: u16, change: f32, times: u64) -> Option<Explanation> {
    let mut learner = Learner::new();
    for id in 1..=times {
        let subject = String::new();
        let (before, after, weight) = (Some(1.0), Some(1.0), 1.0);
        let item = EvidenceItem {
            words: EvidenceItem::ANY_WORDS,
            feature,
            subject,
            subject_hash: 0,
            change,
            left: change,
            before,
            after,
            weight,
        };
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
            likenesses: &[],
            now: Timestamp(START + days * DAY),
        })
    };
    assert_eq!(at(30).len(), 1);
    assert!(at(30)[0].confidence > at(300).first().map_or(0.0, |p| p.confidence));
    assert_eq!(at(5000).len(), 0);
}
