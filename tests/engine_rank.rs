//! Ranking through the engine: what moves it, what it explains, and what it never does.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, day, mail, mail_edit, open};
use idiolect::preference::{Ranked, TASTE};
use idiolect::{Engine, Observation, RankRequest};

const STIFF: &str = "Dear Ravi,\n\nI would be delighted to meet with you on Tuesday about the lease. I do not foresee any \
                     difficulties.\n\nKind regards,\nSam";
const BRIEF: &str = "Hi Ravi,\n\nTuesday works for the lease. I don't see a problem.\n\nCheers,\nSam";

fn rank(engine: &Engine, candidates: &[&str]) -> Vec<Ranked> {
    let candidates = candidates.iter().map(|text| (*text).to_owned()).collect();
    let context = "Ravi asks to meet on Tuesday about the lease";
    engine.rank(&RankRequest::new(context, candidates).scope(mail())).unwrap()
}

/// How far the first of two candidates is ahead.
fn lead(engine: &Engine, first: &str, second: &str) -> f32 {
    let ranked = rank(engine, &[first, second]);
    let score = |index| ranked.iter().find(|one| one.index == index).unwrap().score;
    score(0) - score(1)
}

#[test]
fn an_off_topic_text_never_wins_however_well_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..24 {
        engine.observe(mail_edit(index)).unwrap();
    }
    // In every way this person's own, and about nothing that was asked.
    let off_topic = "Hi Olga,\n\nfine. I don't mind.\n\nCheers,\nSam";
    assert!(lead(&engine, BRIEF, STIFF) > 0.5);
    let ranked = rank(&engine, &[off_topic, STIFF]);
    assert_eq!(ranked.iter().map(|one| one.index).collect::<Vec<_>>(), [1, 0], "{ranked:#?}");
    let for_it: f32 = ranked[1].reasons.iter().map(|reason| reason.contribution).sum();
    let for_stiff: f32 = ranked[0].reasons.iter().map(|reason| reason.contribution).sum();
    assert!(for_it > for_stiff, "but for its topic it would have won");
}

#[test]
fn accepts_rejects_ratings_and_choices_move_the_ranking() {
    type Feedback = fn(usize) -> Observation;
    let kinds: [(&str, Feedback); 3] = [
        ("accept and reject", |index| {
            let context = format!("note {index}");
            if index % 2 == 0 {
                Observation::accept(context, BRIEF)
            } else {
                Observation::reject(context, STIFF)
            }
        }),
        ("rating", |index| {
            let (text, rating) = if index % 2 == 0 { (BRIEF, 1.0) } else { (STIFF, -1.0) };
            Observation::rating(format!("note {index}"), text, rating)
        }),
        ("choice", |index| Observation::choice(format!("note {index}"), vec![STIFF.into(), BRIEF.into()], 1)),
    ];
    for (name, feedback) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        let before = lead(&engine, BRIEF, STIFF);
        for index in 0..12 {
            engine.observe(feedback(index).scope(mail()).at(day(index as i64))).unwrap();
        }
        let after = lead(&engine, BRIEF, STIFF);
        assert!(after > before + 0.02, "{name}: {before} then {after}");
    }
}

#[test]
fn a_persons_own_axes_of_meaning_are_among_the_reasons_where_asked_for() {
    let reasons = |by_meaning: bool| {
        let folder = tempfile::tempdir().unwrap();
        let engine = builder(folder.path()).rank_by_meaning(by_meaning).open().unwrap();
        for index in 0..12 {
            engine.observe(mail_edit(index)).unwrap();
        }
        let before = rank(&engine, &[STIFF, BRIEF]);
        assert_eq!(before[0].index, 1);
        drop(engine);
        let engine = builder(folder.path()).rank_by_meaning(by_meaning).open().unwrap();
        assert_eq!(rank(&engine, &[STIFF, BRIEF]), before, "opened again");
        let all = before.into_iter().flat_map(|one| one.reasons);
        all.filter(|reason| reason.preference == TASTE && reason.text.contains("move what is said")).count()
    };
    assert_eq!(reasons(false), 0);
    assert!(reasons(true) > 0);
}
