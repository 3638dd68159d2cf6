//! Which length is stated, given edits that shorten and lengthen and the person's other texts.

use super::*;

#[test]
fn a_length_is_told_by_what_is_drawn_to_it_from_both_sides() {
    let item = |change: f32, words: f32| EvidenceItem {
        words: EvidenceItem::ANY_WORDS,
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change,
        left: change,
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
            // Interleaved in time, so that this is no change of direction.
            let at = Timestamp(START + ((at % 4) * 2 + at / 4) as i64 * DAY);
            learner.insert(record, at, &Scope::person(), evidence);
            near.push((record, 0.5));
        }
        // Elsewhere the person writes short texts, too.
        for at in 10..20 {
            let evidence = Evidence { items: vec![item(-3.0, 50.0)], ..Evidence::default() };
            learner.insert(RecordId(at), Timestamp(START), &Scope::person(), evidence);
        }
        texts(&pool(&learner, &Scope::person(), &near))
    };
    // Drafts that were too short are lengthened to the same length.
    let to_it = stated([(1.5, 50.0), (1.5, 52.0), (1.5, 49.0)]);
    assert_eq!(to_it, ["keeps texts near 50 words"]);
    // A few drafts are lengthened to lengths that do not agree.
    let mixed = stated([(1.5, 20.0), (3.0, 140.0), (3.0, 400.0)]);
    assert_eq!(mixed, ["keeps texts near 50 words"]);
}

/// Drafts of 400 words that were cut to 200, and the person's own texts.
fn cut_beside(edits: usize, own: &[f32]) -> Learner {
    let item = |before: Option<f32>, words: f32, weight: f32| EvidenceItem {
        words: EvidenceItem::ANY_WORDS,
        feature: id::WORDS,
        subject: String::new(),
        subject_hash: 0,
        change: before.map_or(0.0, |before| (words / before).ln() / 0.35),
        left: before.map_or(0.0, |before| (words / before).ln() / 0.35),
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
    // Too few texts to contradict it, and too many edits.
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
