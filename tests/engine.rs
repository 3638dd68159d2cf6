//! The loop through the public verbs: what was observed is learned, applied and ranked by, and survives closing.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{DIMENSIONS, builder, day, fact_edit, learned, mail, mail_edit, open, request, texts};
use idiolect::{
    CancelToken, Durability, Engine, ErrorKind, HistoryItem, ManualClock, Observation, Origin, Preference,
    RankRequest, Request, Scope,
};
use redb::ReadableTable;

#[test]
fn edits_teach_preferences_that_reach_the_prompt() {
    let (_folder, engine) = learned(0);
    let shown = engine.personalize(&request()).unwrap();
    assert!(!shown.gate.applies() && shown.prompt.is_empty(), "nothing is known yet");

    let first = engine.observe(mail_edit(0)).unwrap();
    assert!(first.cost.distance > 20 && first.cost.distance <= first.cost.words, "{:?}", first.cost);
    assert!(first.taught.iter().any(|note| note.contains("fewer words")), "{:?}", first.taught);
    for index in 1..8 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let shown = engine.personalize(&request()).unwrap();
    assert!(shown.gate.applies(), "{:?}", shown.gate);
    let all = texts(&shown.preferences).join("\n");
    for expected in ["Cheers,", "Hi", "words", "contractions"] {
        assert!(all.contains(expected), "{expected} is missing:\n{all}");
    }
    assert!(shown.prompt.contains("Cheers,"), "{}", shown.prompt);
    assert!(shown.prompt_tokens <= 300);
    // Eight occasions of eight make no certainty.
    let sure = |preference: &Preference| (0.6..0.97).contains(&preference.confidence);
    assert!(shown.preferences.iter().all(sure), "{:?}", shown.preferences);
    assert!(shown.preferences.iter().all(|preference| preference.occasions >= 3));
    assert_eq!(shown.neighbours.len(), 8);
    assert_eq!(shown.applied().len(), shown.prompt_preferences.len());
    assert_eq!(shown.examples.len(), 1);
    assert!(shown.prompt.contains("> "), "the example is quoted: {}", shown.prompt);

    let elsewhere = Request::new("zebra quartz limerick").scope(Scope::app("poems"));
    let shown = engine.personalize(&elsewhere).unwrap();
    assert!(shown.examples.is_empty(), "nothing near enough to show");
}

#[test]
fn an_example_shows_no_text_of_others() {
    let (_folder, engine) = learned(8);
    let context = "Ravi asks to meet on Tuesday about the lease";
    let quoted =
        "On Monday, 3 May 2021, Ravi <ravi@example.com> wrote:\nthe landlord wants the third floor back";
    let draft = "Dear Ravi,\n\nI am writing to confirm that I would be delighted to meet on Tuesday.\n\nKind regards,";
    let answer = |text: &str| Observation::edit(context, format!("{draft}\n{quoted}"), text).scope(mail());
    let forwarded = engine.observe(answer(quoted)).unwrap();
    let answered = engine.observe(answer(&format!("Hi Ravi,\nTuesday it is.\n\n{quoted}"))).unwrap();
    let shown = engine.personalize(&request().examples(8).token_budget(2_000)).unwrap();
    let example = shown.examples.iter().find(|example| example.record == answered.id).unwrap();
    assert_eq!(example.text.trim_end(), "Hi Ravi,\nTuesday it is.");
    assert!(shown.neighbours.iter().any(|neighbour| neighbour.id == forwarded.id));
    assert!(shown.examples.iter().all(|example| example.record != forwarded.id));
    assert!(!shown.prompt.contains("landlord"), "{}", shown.prompt);
}

#[test]
fn an_example_does_not_go_against_what_the_person_wants_now() {
    let (_folder, engine) = learned(8);
    let context = "Ravi asks to meet on Tuesday about the lease";
    let stiff = "Dear Ravi,\n\nIt is with great pleasure that I confirm that I do not foresee any difficulties with \
         the meeting about the lease, and I shall be delighted to meet with you at the time that you propose. Please \
         do not hesitate to write to me should you require any further information.\n\nKind regards,\nSam";
    let older = engine.observe(Observation::edit(context, "Hi Ravi, yes.", stiff).scope(mail()).at(day(-1)));
    let older = older.unwrap().id;
    let shown = engine.personalize(&request()).unwrap();
    assert!(shown.prompt.contains("Cheers,"), "{}", shown.prompt);
    assert_eq!(shown.neighbours[0].id, older);
    assert!(shown.examples.len() == 1 && shown.examples[0].text.starts_with("Hi "), "{:?}", shown.examples);
}

#[test]
fn an_example_shows_the_hand_of_the_person() {
    let (_folder, engine) = learned(8);
    let context = "Ravi asks to meet on Tuesday about the lease";
    let text = |thing: &str| {
        format!("Hi Ravi,\n\nTuesday works for {thing}. I don't see a problem.\n\nCheers,\nSam")
    };
    let observe = |observation: Observation| engine.observe(observation.scope(mail()).at(day(9))).unwrap().id;
    let using = engine.personalize(&request()).unwrap();
    let seen = "Hi Ravi,\n\nI'll be there with the contract. It's good to see you again.\n\nCheers,\nSam";
    let taken = observe(Observation::accept(context, text("the lease")));
    let touched = observe(Observation::edit(context, text("the lease"), text("the rent")));
    let kept = observe(Observation::accept(context, seen).drafted_with(&using));
    let draft =
        "Dear Ravi,\n\nI am writing to confirm that I would be delighted to meet with you on Tuesday.";
    let written = observe(Observation::edit(context, draft, text("signing our new lease")));
    let again = observe(Observation::edit(context, draft, text("signing our new lease!")));
    let short = observe(Observation::edit(context, draft, "Fine by me."));
    let shown = engine.personalize(&request().examples(8).k(30).token_budget(4_000)).unwrap();
    let places = |id| shown.examples.iter().position(|example| example.record == id);
    assert_eq!(places(written).or(places(again)), Some(0), "{:?}", shown.examples);
    assert!(places(written).is_none() || places(again).is_none(), "nearly the same text twice");
    assert!(places(kept).is_some_and(|place| place > 0));
    assert_eq!([taken, touched, short].map(places), [None; 3]);
}

#[test]
fn three_occasions_are_the_least() {
    let (_folder, engine) = learned(2);
    assert!(engine.preferences().list().unwrap().is_empty());
    engine.observe(mail_edit(2)).unwrap();
    assert!(!engine.preferences().list().unwrap().is_empty());
}

#[test]
fn edits_of_facts_teach_no_style() {
    let (_folder, engine) = learned(0);
    for index in 0..8 {
        engine.observe(fact_edit(index)).unwrap();
    }
    let listed = engine.preferences().list().unwrap();
    assert!(listed.is_empty(), "{:?}", texts(&listed));
}

#[test]
fn everything_survives_closing() {
    let (folder, engine) = learned(6);
    engine.add_history(HistoryItem::new("A note on llamas").scope(Scope::app("notes"))).unwrap();
    let stated = engine.preferences().add("Never says 'leverage'", &Scope::person()).unwrap();
    let before = (engine.preferences().list().unwrap(), engine.personalize(&request()).unwrap().prompt);
    engine.close().unwrap();
    let engine = open(folder.path());
    assert_eq!(
        before,
        (engine.preferences().list().unwrap(), engine.personalize(&request()).unwrap().prompt)
    );
    assert_eq!(engine.preferences().get(stated).unwrap().origin, Origin::Stated);
    let stats = engine.stats().unwrap();
    assert_eq!((stats.observations, stats.history, stats.entries), (6, 1, 1));
    assert_eq!((stats.dimensions, stats.index), (DIMENSIONS, "scan"));
}

#[test]
fn a_buffered_store_is_whole_after_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).durability(Durability::Buffered).open().unwrap();
    for index in 0..5 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine.flush().unwrap();
    drop(engine);
    assert_eq!(open(folder.path()).stats().unwrap().observations, 5);
}

#[test]
fn what_is_derived_can_be_computed_again() {
    let (folder, engine) = learned(6);
    let shown = engine.personalize(&request()).unwrap();
    engine.observe(mail_edit(6).drafted_with(&shown)).unwrap();
    let all = |engine: &Engine| {
        let shown = engine.personalize(&request()).unwrap();
        (engine.preferences().list().unwrap(), shown.prompt, shown.neighbours)
    };
    let before = all(&engine);
    let mut steps = Vec::new();
    engine.rebuild(&mut |progress| steps.push(progress.done), &CancelToken::new()).unwrap();
    assert_eq!(steps, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(before, all(&engine));
    let cancel = CancelToken::new();
    cancel.cancel();
    let error = engine.rebuild(&mut |_| {}, &cancel).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(before, all(&engine));
    engine.close().unwrap();

    // Without the derived rows they are computed after the store was opened.
    for table in ["vectors", "evidence"] {
        {
            let database = redb::Database::open(folder.path().join("idiolect.redb")).unwrap();
            let write = database.begin_write().unwrap();
            let derived: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new(table);
            {
                let mut rows = write.open_table(derived).unwrap();
                rows.remove(2).unwrap();
                let damaged = rows.get(4).unwrap().unwrap().value()[..20].to_vec();
                rows.insert(4, damaged.as_slice()).unwrap();
            }
            write.commit().unwrap();
        }
        let engine = open(folder.path());
        engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap();
        assert_eq!(before, all(&engine));
    }
}

#[test]
fn candidates_are_ranked_as_the_person_would() {
    let (_folder, engine) = learned(8);
    let stiff = "Dear Ravi,\n\nI am writing to confirm that I would be delighted to meet on Tuesday in order to \
                 discuss the lease. I do not foresee any difficulties.\n\nKind regards,\nSam";
    let own = "Hi Ravi,\n\nTuesday works to meet about the lease. I don't see a problem.\n\nCheers,\nSam";
    let context = "Ravi asks to meet on Tuesday about the lease";
    let rank = |candidates: &[&str]| {
        let candidates = candidates.iter().map(ToString::to_string).collect();
        engine.rank(&RankRequest::new(context, candidates).scope(mail())).unwrap()
    };
    for (candidates, best) in [([stiff, own], 1), ([own, stiff], 0)] {
        let ranked = rank(&candidates);
        assert_eq!(ranked[0].index, best);
        assert!(ranked[0].score > ranked[1].score);
        assert!(!ranked[0].reasons.is_empty());
    }
    let off_topic = "Hi Mo,\n\nI don't like fog.\n\nCheers,\nSam";
    assert_eq!(rank(&[off_topic, stiff])[0].index, 1, "an off-topic text never wins");
}

#[test]
fn the_prompt_keeps_to_the_budget_in_the_hosts_own_tokens() {
    let (_folder, engine) = learned(8);
    let words = |text: &str| text.split_whitespace().count();
    let estimated = engine.personalize(&request().token_budget(40)).unwrap();
    let counted = engine.personalize(&request().token_budget(40).count_tokens(words)).unwrap();
    assert_eq!(counted.prompt_tokens, words(&counted.prompt));
    assert!(counted.prompt_tokens <= 40 && counted.prompt.len() > estimated.prompt.len(), "{counted:?}");
    let dear = engine.personalize(&request().token_budget(60).count_tokens(|text| 9 * text.len())).unwrap();
    assert!(dear.gate.applies() && dear.prompt.is_empty());
}

#[test]
fn tokens_are_counted_a_bounded_number_of_times_and_while_no_lock_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    for at in 0..70 {
        engine.preferences().add(&format!("keeps to rule {at}"), &Scope::person()).unwrap();
    }
    for at in 0..8 {
        let edited = format!("{at}. {}", "No. ".repeat(1_000));
        engine.observe(Observation::edit("the long list of rules", "Maybe so.", edited)).unwrap();
    }
    let (calls, other) = (Arc::new(AtomicUsize::new(0)), engine.clone());
    let counted = calls.clone();
    // Every example is tried whole and in parts, and none of its parts fits.
    let count_tokens = move |text: &str| {
        counted.fetch_add(1, Ordering::Relaxed);
        other.preferences().add("says it while it is asked", &Scope::person()).unwrap();
        text.len()
    };
    let request = Request::new("the long list of rules").examples(8).token_budget(2_000);
    let shown = engine.personalize(&request.count_tokens(count_tokens)).unwrap();
    assert_eq!((shown.prompt_preferences.len(), shown.prompt_tokens), (64, shown.prompt.len()));
    let calls = calls.load(Ordering::Relaxed);
    assert!((65..=200).contains(&calls), "{calls}");
}

#[test]
fn applied_preferences_are_not_unlearned_when_drafts_obey_them() {
    let (_folder, engine) = learned(8);
    for index in 8..40 {
        let shown = engine.personalize(&request()).unwrap();
        assert!(shown.prompt.contains("Cheers,"), "after {index}: {}", shown.prompt);
        let text = "Hi Ravi,\n\nTuesday works. I don't see a problem.\n\nCheers,\nSam";
        let context = format!("Ravi asks to meet about item {index}");
        let observation = Observation::edit(context, text, text).scope(mail()).at(day(index));
        engine.observe(observation.drafted_with(&shown)).unwrap();
    }
}

#[test]
fn a_date_ahead_of_the_clock_counts_as_now() {
    let learned = |ahead: i64| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(ManualClock::new(day(100)));
        let engine = builder(folder.path()).clock(Arc::clone(&clock)).open().expect("the store opens");
        for index in 0..6 {
            engine.observe(mail_edit(index).at(day(100 + ahead))).expect("it is taken in");
        }
        let (plain, stiff) = ("I don't see a problem. It's late.", "I do not see a problem. It is late.");
        for index in 0..8 {
            clock.set(day(101 + index));
            let context = format!("Asks to meet about plan {index}");
            let edit = Observation::edit(context, plain, stiff).scope(mail());
            engine.observe(edit).expect("it is taken in");
        }
        let list = engine.preferences().list().expect("the preferences");
        list.into_iter().map(|it| (it.text, it.confidence, it.updated)).collect::<Vec<_>>()
    };
    let (right, wrong) = (learned(0), learned(30));
    assert!(!right.is_empty());
    assert_eq!(wrong, right);
}
