//! The promise of forgetting: afterwards the store is as if it had never seen the item, and its files hold
//! nothing of it. That nothing learned is left of it is tried on random histories in `forget_random`.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::Path;

use common::{builder, day, fact_edit, mail, mail_edit, open};
use idiolect::{ErrorKind, Forget, HistoryItem, Observation, Query, RecordId, Request, Scope};

fn folder_contains(folder: &Path, needle: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}

#[test]
fn forgotten_text_leaves_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let kept = engine.add_history(HistoryItem::new("an ordinary note")).unwrap();
    let secret = engine
        .observe(
            Observation::edit("about Zanzibar", "Dear Zanzibar", "Hi Zanzibar").reason("because Zanzibar"),
        )
        .unwrap();
    engine.observe(mail_edit(3)).unwrap();
    assert!(folder_contains(folder.path(), "Zanzibar"));
    let report = engine.forget(&Forget::record(secret.id)).unwrap();
    assert_eq!(report.records, [secret.id]);
    assert!(!folder_contains(folder.path(), "Zanzibar"));
    assert_eq!(engine.record_text(kept).unwrap(), "an ordinary note");
    let next = engine.observe(mail_edit(4)).unwrap().id;
    assert_eq!(next, RecordId(4), "ids are not given twice");
    engine.erase_all().unwrap();
    assert!(!folder_contains(folder.path(), "Jonas"));
    assert_eq!(engine.stats().unwrap().observations, 0);
    assert!(engine.preferences().list().unwrap().is_empty());
    assert_eq!(engine.observe(mail_edit(0)).unwrap().id, RecordId(1), "an erased store is as new");
}

#[test]
fn what_to_forget_can_be_told_in_four_ways() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..6 {
        engine.observe(mail_edit(index)).unwrap();
        engine.observe(fact_edit(index)).unwrap();
    }
    let stated = engine.preferences().add("Never mentions Oslo", &Scope::app("notes")).unwrap();
    let count = |forget: Forget| engine.forget(&forget.dry_run()).unwrap().records.len();
    assert_eq!(count(Forget::scope(Scope::app("notes"))), 6);
    assert_eq!(count(Forget::scope(Scope::person())), 12);
    assert_eq!(count(Forget::between(day(2), day(4))), 4);
    assert_eq!(count(Forget::between(day(4), day(2))), 0);
    assert_eq!(count(Forget::containing("PRIYA")), 1, "letter case aside");
    assert_eq!(count(Forget::containing("no such words anywhere")), 0);
    assert_eq!(count(Forget::records([RecordId(2), RecordId(2), RecordId(1)])), 2);

    engine.forget(&Forget::containing("oslo")).unwrap();
    assert!(engine.preferences().get(stated).is_err(), "stated preferences are searched too");
    assert!(!folder_contains(folder.path(), "Oslo"));
    engine.forget(&Forget::scope(mail())).unwrap();
    assert!(engine.search(&Query::new("meet").scope(mail())).unwrap().is_empty());
    assert_eq!(engine.stats().unwrap().observations, 5);
}

#[test]
fn what_a_model_inferred_goes_with_its_sources() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let first = engine.observe(mail_edit(0)).unwrap().id;
    let second = engine.observe(mail_edit(1)).unwrap().id;
    let queue = engine.inference();
    let request = queue.next().unwrap().unwrap();
    assert_eq!(request.records, [first, second]);
    let inferred = queue.complete(request.id, "is brief about Priya").unwrap()[0];
    assert!(engine.preferences().get(inferred).is_ok());
    let waiting = queue.next().unwrap().unwrap();
    assert_eq!(waiting.records, [second, first]);

    engine.forget(&Forget::record(first)).unwrap();
    assert!(engine.preferences().get(inferred).is_err());
    assert!(!folder_contains(folder.path(), "Priya"));
    let late = queue.complete(waiting.id, "is brief about Priya").unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict, "it may speak of what was forgotten");
    let again = queue.next().unwrap().unwrap();
    assert_eq!((again.id, &again.records[..]), (waiting.id, &[second][..]));
    let third = engine.observe(mail_edit(2)).unwrap().id;
    queue.fail(again.id, true).unwrap();
    let [asked, of_second] = [(); 2].map(|()| queue.next().unwrap().unwrap());
    assert_eq!((&asked.records[..], &of_second.records[..]), (&[third, second][..], &[second, third][..]));
    let inferred = queue.complete(of_second.id, "is brief").unwrap()[0];
    engine.forget(&Forget::record(third)).unwrap();
    assert!(engine.preferences().get(inferred).is_err());
    let again = queue.next().unwrap().unwrap();
    assert_eq!(again.records, [second], "what its own edit shows is asked anew");
    engine.forget(&Forget::record(second)).unwrap();
    assert_eq!(queue.pending().unwrap(), 0);
    assert!(queue.complete(waiting.id, "too late").is_err());
    assert_eq!(engine.stats().unwrap().entries, 0, "a late answer leaves nothing");
}

#[test]
fn a_wording_that_was_replaced_goes_with_the_next_forgetting() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let stated = engine.preferences().add("never mentions Zanzibar", &Scope::person()).unwrap();
    engine.preferences().correct(stated, "names no places").unwrap();
    assert!(folder_contains(folder.path(), "Zanzibar"));
    assert!(engine.forget(&Forget::containing("Zanzibar").dry_run()).unwrap().records.is_empty());
    assert!(folder_contains(folder.path(), "Zanzibar"), "a dry run only tells");
    engine.forget(&Forget::containing("Zanzibar")).unwrap();
    assert!(!folder_contains(folder.path(), "Zanzibar"));
    assert_eq!(engine.preferences().get(stated).unwrap().text, "names no places");
}

#[test]
fn an_answer_about_what_was_erased_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let queue = engine.inference();
    engine.observe(mail_edit(0)).unwrap();
    let before = queue.next().unwrap().unwrap();
    engine.erase_all().unwrap();
    engine.observe(mail_edit(1)).unwrap();
    let after = queue.next().unwrap().unwrap();
    assert_ne!(after.id, before.id);
    let late = queue.complete(before.id, "is brief about Priya").unwrap_err();
    assert_eq!(late.kind(), ErrorKind::NotFound);
    assert_eq!(engine.stats().unwrap().entries, 0);
}

#[test]
fn what_was_said_of_a_forgotten_text_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let queue = engine.inference();
    let request = Request::new("Ravi asks to meet on Tuesday about the lease").scope(mail());
    let applied = || {
        let shown = engine.personalize(&request).unwrap();
        shown.preferences.iter().any(|preference| preference.text == "is brief")
    };
    engine.observe(mail_edit(0)).unwrap();
    let inferred = queue.complete(queue.next().unwrap().unwrap().id, "is brief").unwrap()[0];
    let others: Vec<RecordId> = (1..3).map(|index| engine.observe(mail_edit(index)).unwrap().id).collect();
    for _ in &others {
        queue.fail(queue.next().unwrap().unwrap().id, false).unwrap();
    }
    assert!(!applied());
    let question = queue.next().unwrap().unwrap();
    assert_eq!(question.records.len(), 2);
    assert_eq!(queue.complete(question.id, "A: 1 yes\nB: 1 yes").unwrap(), [inferred]);
    assert!(applied());
    let confidence = || engine.preferences().get(inferred).unwrap().confidence;
    let change = engine.forget(&Forget::record(others[0])).unwrap().changes;
    assert!(change.iter().any(|change| change.after.as_ref().is_some_and(|after| after.id == inferred)));
    assert!(applied() && confidence() < 0.7);
    engine.forget(&Forget::record(others[1])).unwrap();
    assert!(!applied(), "nothing speaks for it any more");
    assert_eq!(confidence(), 0.5, "as if it had never been held against them");
}

#[test]
fn of_what_the_person_said_of_a_preference_their_own_words_and_what_they_pinned_stay() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..8 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let listed = engine.preferences().list().unwrap();
    assert!(listed.len() >= 3, "{listed:#?}");
    engine.preferences().pin(listed[0].id, true).unwrap();
    engine.preferences().delete(listed[1].id).unwrap();
    engine.preferences().correct(listed[2].id, "keeps it short").unwrap();
    assert_eq!(engine.stats().unwrap().entries, 3);
    engine.forget(&Forget::between(day(0), day(50))).unwrap();
    let left = engine.preferences().list().unwrap();
    assert_eq!(left.len(), 2, "only the person's own words and what they pinned stay: {left:#?}");
    assert_eq!((&left[0].text, left[0].pinned), (&listed[0].text, true));
    assert_eq!(left[1].text, "keeps it short");
    assert_eq!(engine.stats().unwrap().entries, 2);
}
