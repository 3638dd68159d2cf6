//! Ranking through the engine: what moves it, what it explains, and what it never does.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{DIMENSIONS, WordHash, builder, day, mail, mail_edit, open};
use idiolect::{Embedder as _, SuppliedVectors};
use idiolect::{Engine, ErrorKind, Observation, RankRequest};
use idiolect::{Ranked, TASTE};

const STIFF: &str = "Dear Ravi,\n\nI would be delighted to meet with you on Tuesday about the lease. I do not foresee any \
                     difficulties.\n\nKind regards,\nSam";
const BRIEF: &str = "Hi Ravi,\n\nTuesday works for the lease. I don't see a problem.\n\nCheers,\nSam";

const CONTEXT: &str = "Ravi asks to meet on Tuesday about the lease";

/// In every way this person's own, and about nothing that was asked.
const OFF_TOPIC: &str = "Hi Olga,\n\nfine. I don't mind.\n\nCheers,\nSam";

fn request(candidates: &[&str]) -> RankRequest {
    RankRequest::new(CONTEXT, candidates.iter().map(|text| (*text).to_owned()).collect()).scope(mail())
}

fn rank(engine: &Engine, candidates: &[&str]) -> Vec<Ranked> {
    engine.rank(&request(candidates)).unwrap()
}

fn order(ranked: &[Ranked]) -> Vec<usize> {
    ranked.iter().map(|one| one.index).collect()
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
    assert!(lead(&engine, BRIEF, STIFF) > 0.5);
    let ranked = rank(&engine, &[OFF_TOPIC, STIFF]);
    assert_eq!(order(&ranked), [1, 0], "{ranked:#?}");
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

/// As long as an encoder that does not scale its vectors might make it.
fn vector(text: &str) -> Vec<f32> {
    WordHash.embed(text).unwrap().vector.iter().map(|value| 8.0 * value).collect()
}

#[test]
fn vectors_given_for_the_candidates_count_as_the_engines_own() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).rank_by_meaning(true).open().unwrap();
    for index in 0..24 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let candidates = [OFF_TOPIC, STIFF, BRIEF];
    let vectors: Vec<Vec<f32>> = candidates.iter().map(|text| vector(text)).collect();
    let own = rank(&engine, &candidates);
    assert_eq!(order(&own), [2, 1, 0]);
    let mut reasons = own.iter().flat_map(|one| &one.reasons);
    assert!(reasons.any(|reason| reason.text.contains("move what is said")));
    let asked = |request: RankRequest| engine.rank(&request).unwrap();
    let with_context = request(&candidates).vector(vector(CONTEXT));
    assert_eq!(asked(with_context.clone().candidate_vectors(vectors.clone())), own);
    assert_eq!(asked(request(&candidates).candidate_vectors(vectors.clone())), own);
    assert_ne!(order(&asked(with_context)).last(), Some(&0), "nothing tells that it is off topic");
    // It is the vectors that are compared.
    let exchanged = [1, 0, 2].map(|at: usize| vectors[at].clone()).to_vec();
    assert_eq!(order(&asked(request(&candidates).candidate_vectors(exchanged))), [2, 0, 1]);

    let fails = |vectors: Vec<Vec<f32>>| {
        engine.rank(&request(&candidates).candidate_vectors(vectors)).unwrap_err().kind()
    };
    assert_eq!(fails(Vec::new()), ErrorKind::InvalidInput);
    assert_eq!(fails(vectors[..2].to_vec()), ErrorKind::InvalidInput);
    for (bad, kind) in [
        (vec![1.0; DIMENSIONS - 1], ErrorKind::DimensionMismatch),
        (vec![f32::NAN; DIMENSIONS], ErrorKind::InvalidVector),
        (vec![0.0; DIMENSIONS], ErrorKind::InvalidVector),
    ] {
        assert_eq!(fails([&vectors[..2], &[bad]].concat()), kind);
    }
}

#[test]
fn without_an_encoder_an_off_topic_text_never_wins_where_the_vectors_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = SuppliedVectors::new(DIMENSIONS, "word-hash");
    let engine = builder(folder.path()).encoder(encoder).open().unwrap();
    for index in 0..24 {
        engine.observe(mail_edit(index).vector(vector(&format!("edit {index}")))).unwrap();
    }
    let candidates = [OFF_TOPIC, STIFF];
    let vectors = candidates.iter().map(|text| vector(text)).collect();
    let request = request(&candidates);
    let alone = engine.rank(&request.clone().candidate_vectors(vectors)).unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::VectorRequired, "the context's is missing");
    let request = request.vector(vector(CONTEXT));
    assert_eq!(order(&engine.rank(&request).unwrap()), [0, 1]);
    let vectors = candidates.iter().map(|text| vector(text)).collect();
    assert_eq!(order(&engine.rank(&request.candidate_vectors(vectors)).unwrap()), [1, 0]);
}
