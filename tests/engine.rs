//! The loop through the public verbs: what was observed is learned, applied, explained and controlled.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{DIMENSIONS, builder, day, fact_edit, mail, mail_edit, open};
use idiolect::{
    CancelToken, Durability, Engine, ErrorKind, Forget, Gate, HistoryItem, Hit, InferenceKind,
    InferenceRequest, Observation, Origin, Preference, PreferenceId, Query, RankRequest, RecordId,
    RecordKind, Request, Scope, SearchMode,
};
use redb::ReadableTable;

fn learned(edits: usize) -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..edits {
        engine.observe(mail_edit(index)).unwrap();
    }
    (folder, engine)
}

fn texts(preferences: &[Preference]) -> Vec<&str> {
    preferences.iter().map(|preference| preference.text.as_str()).collect()
}

fn request() -> Request {
    Request::new("Ravi asks to meet on Tuesday about the lease").scope(mail())
}

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
    assert!(shown.preferences.iter().all(|preference| preference.confidence >= 0.95));
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

    // Without the derived rows they are computed when the store is opened.
    {
        let database = redb::Database::open(folder.path().join("idiolect.redb")).unwrap();
        let write = database.begin_write().unwrap();
        let derived: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("derived");
        {
            let mut rows = write.open_table(derived).unwrap();
            rows.remove(2).unwrap();
            let damaged = rows.get(4).unwrap().unwrap().value()[..20].to_vec();
            rows.insert(4, damaged.as_slice()).unwrap();
        }
        write.commit().unwrap();
    }
    assert_eq!(before, all(&open(folder.path())));
}

#[test]
fn search_finds_by_meaning_within_the_filter() {
    let (_folder, engine) = learned(8);
    let note = engine
        .add_history(HistoryItem::new("Wool from the llamas of Cusco").scope(Scope::app("notes")).at(day(40)))
        .unwrap();
    let hits = engine.search(&Query::new("llamas of Cusco").k(3)).unwrap();
    assert_eq!((hits[0].id, hits[0].kind), (note, RecordKind::History));
    assert_eq!(hits[0].text, "Wool from the llamas of Cusco");
    assert!(hits.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
    let hits = engine.search(&Query::new("the budget review").kinds([RecordKind::Edit]).k(100)).unwrap();
    assert_eq!(hits.len(), 8);
    assert!(hits[0].context.contains("Priya"));
    let hits = engine.search(&Query::new("llamas").since(day(2)).until(day(5))).unwrap();
    assert_eq!(hits.len(), 3);
    assert!(hits.iter().all(|hit| hit.at >= day(2) && hit.at < day(5)));
    assert_eq!(engine.search(&Query::new("llamas").scope(Scope::app("notes"))).unwrap().len(), 1);
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
fn the_person_has_the_last_word() {
    let (_folder, engine) = learned(8);
    let preferences = engine.preferences();
    let find = |needle: &str| {
        let listed = preferences.list().unwrap();
        let found = listed.into_iter().find(|preference| preference.text.contains(needle));
        found.unwrap_or_else(|| panic!("no preference with {needle}"))
    };
    let prompt = || engine.personalize(&request()).unwrap().prompt;

    let closing = find("Cheers,");
    assert_eq!(closing.origin, Origin::Learned);
    preferences.set_active(closing.id, false).unwrap();
    assert!(!preferences.get(closing.id).unwrap().active);
    assert!(!engine.personalize(&request()).unwrap().preferences.iter().any(|p| p.id == closing.id));
    preferences.set_active(closing.id, true).unwrap();
    assert!(prompt().contains("signs off with 'Cheers,'"), "{}", prompt());

    preferences.correct(closing.id, "signs off with 'All the best,'").unwrap();
    let corrected = preferences.get(closing.id).unwrap();
    assert_eq!(
        (corrected.origin, corrected.text.as_str()),
        (Origin::Corrected, "signs off with 'All the best,'")
    );
    assert!(prompt().contains("All the best,"));

    let words = find("words");
    preferences.pin(words.id, true).unwrap();
    let shown = engine.personalize(&request()).unwrap();
    assert!(shown.preferences[0].pinned, "a pinned one comes first: {:?}", texts(&shown.preferences));

    let contractions = find("contractions");
    preferences.delete(contractions.id).unwrap();
    assert!(!preferences.list().unwrap().iter().any(|p| p.id == contractions.id));
    assert!(!prompt().contains("contractions"));
    for index in 8..14 {
        engine.observe(mail_edit(index)).unwrap();
    }
    assert_eq!(find("contractions").id, contractions.id, "learned anew from what came after");

    let stated = preferences.add("never uses the word 'synergy'", &Scope::app("mail")).unwrap();
    assert!(prompt().contains("synergy"));
    let elsewhere = engine.personalize(&Request::new("x").scope(Scope::app("chat"))).unwrap();
    assert!(!elsewhere.prompt.contains("synergy"), "another app");
    preferences.delete(stated).unwrap();
    assert!(!prompt().contains("synergy"));
}

#[test]
fn what_is_stated_lets_nothing_through_that_is_not_needed() {
    let (_folder, engine) = learned(8);
    let unfamiliar = || engine.personalize(&Request::new("llamas").scope(Scope::app("chat"))).unwrap();
    let before = unfamiliar();
    assert!(!before.gate.applies() && before.preferences.iter().any(|p| p.text.contains("Cheers,")));
    engine.preferences().add("writes in plain words", &Scope::person()).unwrap();
    let shown = unfamiliar();
    assert!(shown.gate.applies() && shown.preferences.len() == before.preferences.len() + 1);
    assert!(shown.prompt.contains("plain words") && !shown.prompt.contains("Cheers,"), "{}", shown.prompt);
    assert_eq!((shown.prompt_preferences.len(), shown.examples.len()), (1, 0));
    assert!(engine.personalize(&request()).unwrap().prompt.contains("Cheers,"), "where it is");
}

#[test]
fn a_stated_preference_applies_from_the_start() {
    let (_folder, engine) = learned(0);
    engine.preferences().add("writes in plain words", &Scope::person()).unwrap();
    let shown = engine.personalize(&request()).unwrap();
    assert!(matches!(shown.gate, Gate::Apply { .. }));
    assert!(shown.prompt.contains("writes in plain words"));
}

#[test]
fn every_listed_preference_can_be_explained() {
    let (_folder, engine) = learned(8);
    let listed = engine.preferences().list().unwrap();
    assert!(!listed.is_empty());
    for preference in listed {
        let explanation = engine.preferences().explain(preference.id).unwrap();
        assert_eq!(explanation.preference, preference);
        assert!(explanation.contributions.len() >= 3);
        assert!(explanation.mean.abs() > explanation.error, "{explanation:?}");
        assert!(explanation.contributions.iter().all(|part| !part.note.is_empty()));
    }
}

#[test]
fn an_explanation_has_the_words_that_changed_in_each_edit() {
    let (_folder, engine) = learned(8);
    let explain = |text: &str| {
        let listed = engine.preferences().list().unwrap();
        let found = listed.iter().find(|preference| preference.text.contains(text)).expect(text);
        engine.preferences().explain(found.id).unwrap()
    };
    let closing = explain("Cheers,");
    assert!(closing.contributions.len() >= 3);
    for contribution in &closing.contributions {
        let bearing: Vec<_> = contribution.words.iter().filter(|words| words.bears).collect();
        assert_eq!(bearing.len(), 1, "{:?}", contribution.words);
        assert!(bearing[0].removed.ends_with("Kind regards"), "{:?}", bearing[0]);
        assert_eq!(bearing[0].inserted, "Cheers");
        assert!(contribution.weight > 0.0 && contribution.change > 0.0);
    }
    let shorter = explain("near");
    for contribution in &shorter.contributions {
        let bearing = contribution.words.iter().filter(|words| words.bears);
        assert!(bearing.clone().count() > 0 && bearing.clone().all(|words| words.removed.len() > 40));
        assert!(contribution.words.iter().any(|words| !words.bears && words.inserted == "Hi"));
    }

    engine.forget(&Forget::record(closing.contributions[0].record)).unwrap();
    let left = explain("Cheers,").contributions;
    assert_eq!(left.len(), closing.contributions.len() - 1);
}

#[test]
fn what_a_model_inferred_is_explained_by_its_edit_and_what_was_said_by_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let record = engine.observe(mail_edit(0)).unwrap().id;
    let request = engine.inference().next().unwrap().unwrap();
    let inferred = engine.inference().complete(request.id, "is brief").unwrap()[0];
    let explanation = engine.preferences().explain(inferred).unwrap();
    assert_eq!(explanation.contributions.len(), 1);
    assert_eq!(explanation.contributions[0].record, record);
    assert!(explanation.contributions[0].words.iter().any(|words| words.bears && words.inserted == "Hi"));
    let stated = engine.preferences().add("writes in plain words", &Scope::person()).unwrap();
    let explanation = engine.preferences().explain(stated).unwrap();
    assert!(explanation.contributions.is_empty());
    assert_eq!((explanation.preference.confidence, explanation.mean), (1.0, 0.0));
}

#[test]
fn every_edit_of_an_explanation_has_its_words_or_as_many_as_are_asked_for() {
    let (_folder, engine) = learned(40);
    let listed = engine.preferences().list().unwrap();
    let preference = listed.iter().find(|preference| preference.text.contains("Cheers,")).unwrap();
    let all = engine.preferences().explain(preference.id).unwrap();
    assert_eq!(all.contributions.len(), 40);
    assert!(all.contributions.iter().all(|contribution| !contribution.words.is_empty()));
    for strongest in [0, 3, 39, 40, 41] {
        let mut expected = all.clone();
        expected.contributions.iter_mut().skip(strongest).for_each(|contribution| contribution.words.clear());
        assert_eq!(engine.preferences().explain_strongest(preference.id, strongest).unwrap(), expected);
    }
}

#[test]
fn the_prompt_keeps_to_the_budget_in_the_hosts_own_tokens() {
    let (_folder, engine) = learned(8);
    let words = |text: &str| text.split_whitespace().count();
    let estimated = engine.personalize(&request().token_budget(60)).unwrap();
    let counted = engine.personalize(&request().token_budget(60).count_tokens(words)).unwrap();
    assert_eq!(counted.prompt_tokens, words(&counted.prompt));
    assert!(counted.prompt_tokens <= 60 && counted.prompt.len() > estimated.prompt.len(), "{counted:?}");
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
fn the_queue_asks_once_and_takes_answers_whenever_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    engine.observe(mail_edit(0)).unwrap();
    engine.observe(Observation::edit("c", "same", "same")).unwrap();
    engine.observe(mail_edit(1)).unwrap();
    let queue = engine.inference();
    assert_eq!(queue.pending().unwrap(), 2, "an unchanged draft asks nothing");
    let first = queue.next().unwrap().unwrap();
    assert_eq!(first.kind, InferenceKind::Induction);
    assert!(first.prompt.contains("Priya") && first.prompt.contains("hope this message finds you well"));
    let second = queue.next().unwrap().unwrap();
    assert_eq!(queue.next().unwrap(), None);
    assert!(engine.personalize(&request()).is_ok(), "everything works while requests are unanswered");

    queue.fail(second.id, true).unwrap();
    assert_eq!(queue.next().unwrap().map(|request| request.id), Some(second.id));
    engine.close().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let queue = engine.inference();
    assert_eq!(queue.pending().unwrap(), 2, "what was handed out and not answered comes again");
    let request_again = queue.next().unwrap().unwrap();
    assert_eq!(request_again, first);

    let made = queue.complete(first.id, "- Preference: \"keeps it brief, leaves out pleasantries\"").unwrap();
    let inferred = made.iter().map(|id| engine.preferences().get(*id).unwrap()).collect::<Vec<_>>();
    assert_eq!(texts(&inferred), ["keeps it brief", "leaves out pleasantries"], "each for itself");
    assert!(inferred.iter().all(|preference| preference.origin == Origin::Inferred));
    assert_eq!(queue.complete(first.id, "again").unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(queue.next().unwrap().map(|request| request.id), Some(second.id));
    let third = engine.observe(mail_edit(2)).map(|_| queue.next().unwrap().unwrap()).unwrap();
    assert_eq!(queue.complete(third.id, "None.").unwrap(), [], "the model may find no preference");
    queue.fail(second.id, false).unwrap();
    assert_eq!(queue.complete(second.id, "late").unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(queue.pending().unwrap(), 0);
}

fn answer(engine: &Engine, kind: InferenceKind, answer: &str) -> (InferenceRequest, Vec<PreferenceId>) {
    let request = engine.inference().next().unwrap().unwrap();
    assert_eq!(request.kind, kind, "{}", request.prompt);
    let made = engine.inference().complete(request.id, answer).unwrap();
    (request, made)
}

#[test]
fn an_edit_is_asked_about_with_those_nearest_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let ids: Vec<RecordId> = (0..4).map(|index| engine.observe(mail_edit(index)).unwrap().id).collect();
    engine.observe(Observation::edit("zebra quartz", "a draft", "a text").scope(mail())).unwrap();
    let first = engine.inference().next().unwrap().unwrap();
    assert_eq!((first.records.len(), first.records[0]), (3, ids[0]));
    assert!(first.prompt.contains("Priya") && first.prompt.contains("Edit 3."));
    let rest: Vec<InferenceRequest> = std::iter::from_fn(|| engine.inference().next().unwrap()).collect();
    assert_eq!((rest.len(), rest[3].records.len()), (4, 1), "nothing is near the last");
    assert!(!rest[3].prompt.contains("Edit 1."));
}

#[test]
fn what_was_inferred_is_applied_once_other_texts_follow_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let shown = || engine.personalize(&request()).unwrap();
    let applied = |text: &str| texts(&shown().preferences).contains(&text);
    let first = engine.observe(mail_edit(0)).unwrap().id;
    let (_, made) = answer(&engine, InferenceKind::Induction, "is brief\nwrites in French");
    assert!(!applied("is brief"), "nothing speaks for it yet but what it was made of");
    assert_eq!(engine.inference().next().unwrap(), None, "there is nothing to hold it against");
    assert_eq!(engine.preferences().get(made[0]).unwrap().confidence, 0.5);

    let second = engine.observe(mail_edit(1)).unwrap().id;
    answer(&engine, InferenceKind::Induction, "none");
    shown();
    shown();
    let question = engine.inference().next().unwrap().unwrap();
    assert_eq!((question.kind, &question.records[..]), (InferenceKind::Verification, &[second][..]));
    assert!(
        question.prompt.contains("1. is brief\n2. writes in French\n") && question.prompt.contains("Hi Tom")
    );
    assert!(!question.prompt.contains("Dear Tom"), "the final alone");
    let unread = engine.inference().complete(question.id, "I cannot say.").unwrap_err();
    assert_eq!(unread.kind(), ErrorKind::EmptyText);
    assert_eq!(engine.inference().complete(question.id, "A: 1 yes, 2 no").unwrap(), made);
    assert!(applied("is brief") && !applied("writes in French"));
    assert_eq!(engine.inference().next().unwrap(), None, "the same is not asked twice");
    let far = engine.personalize(&Request::new("zebra quartz").scope(mail())).unwrap();
    assert!(!texts(&far.preferences).contains(&"is brief"));
    let why = engine.preferences().explain(made[1]).unwrap().contributions;
    let said: Vec<_> = why.iter().map(|why| (why.record, why.change)).collect();
    assert_eq!(said, [(first, 0.0), (second, -1.0)]);
    engine.close().unwrap();

    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let shown = engine.personalize(&request()).unwrap();
    assert!(texts(&shown.preferences).contains(&"is brief"), "what was found is kept");
    engine.preferences().correct(made[1], "writes in English").unwrap();
    assert_eq!(engine.preferences().get(made[1]).unwrap().origin, Origin::Stated);
}

#[test]
fn near_inferences_are_aggregated_as_in_cipher() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    for (index, said) in ["brief", "informal", "short, warm"].into_iter().enumerate() {
        engine.observe(mail_edit(index)).unwrap();
        answer(&engine, InferenceKind::Induction, said);
    }
    engine.personalize(&request()).unwrap();
    let questions = std::iter::from_fn(|| engine.inference().next().unwrap()).collect::<Vec<_>>();
    for question in &questions {
        assert_eq!(question.kind, InferenceKind::Verification);
        engine.inference().complete(question.id, "A: 1 yes, 2 yes\nB: 1 yes, 2 yes").unwrap();
    }
    let shown = engine.personalize(&request()).unwrap();
    let all = texts(&shown.preferences);
    assert!(["brief", "informal"].iter().all(|text| all.contains(text)), "{all:?}");
    let (question, _) = answer(&engine, InferenceKind::Aggregation, "brief and informal\nwarm in tone");
    assert!(question.prompt.contains("- informal\n"), "{}", question.prompt);
    assert_eq!(question.records.len(), 3);
    let shown = engine.personalize(&request()).unwrap();
    let all = texts(&shown.preferences);
    assert!(all.contains(&"brief and informal") && all.contains(&"warm in tone"), "{all:?}");
    assert!(!all.contains(&"informal"), "{all:?}");
    assert_eq!(engine.inference().next().unwrap(), None, "the answer is used");
}

#[test]
fn a_search_asks_for_other_words_and_uses_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    let wanted = engine.add_history(HistoryItem::new("The gathering was put off until spring")).unwrap();
    for index in 0..30 {
        engine.add_history(HistoryItem::new(format!("A note of meeting number {index}"))).unwrap();
    }
    let query = || Query::new("postponed meeting").k(3);
    let found = |query: Query| engine.search(&query).unwrap().iter().any(|hit| hit.id == wanted);
    assert!(!found(query()));
    assert_eq!(engine.inference().pending().unwrap(), 0, "only where it is asked for");
    assert!(!found(query().with_expansion(true)) && !found(query().with_expansion(true)));
    assert_eq!(engine.inference().pending().unwrap(), 1);
    let said = "passage: The gathering was put off.\nquery: gathering put off";
    let (question, made) = answer(&engine, InferenceKind::Expansion, said);
    assert!(question.prompt.contains("postponed meeting") && question.records.is_empty() && made.is_empty());
    assert!(found(query().with_expansion(true)) && !found(query()));
    assert_eq!(engine.inference().next().unwrap(), None);

    engine.forget(&Forget::record(wanted)).unwrap();
    assert!(!found(query().with_expansion(true)));
    assert_eq!(
        engine.inference().pending().unwrap(),
        1,
        "what was said of a search is not held over a forgetting"
    );
}

#[test]
fn without_a_host_model_nothing_is_asked() {
    let (_folder, engine) = learned(3);
    assert_eq!(engine.inference().pending().unwrap(), 0);
    assert_eq!(engine.inference().next().unwrap(), None);
}

#[test]
fn search_joins_words_and_meaning_and_survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let far = engine.add_history(HistoryItem::new("Invoice for part XK_4711 was paid in May")).unwrap();
    for index in 0..4 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let turn = engine
        .add_history(HistoryItem::new("Yes, that one.").context("Shall we take the zeppelin?"))
        .unwrap();
    // The vector says nothing: only the words can find it.
    let blind = |text: &str| Query::new(text).vector(vec![1.0; DIMENSIONS]).k(1);
    let check = |engine: &Engine| {
        let first = |query: Query| engine.search(&query).unwrap()[0].id;
        assert_eq!(first(blind("xk_4711")), far);
        assert_eq!(first(blind("zeppelin")), turn, "found by what surrounds it");
        assert_eq!(first(blind("zepp").prefix_match(true)), turn);
        assert_eq!(first(blind("q").term_weights([("invoice".to_owned(), 2.0)])), far);
        assert_eq!(first(blind("q").sub_query("invoice", SearchMode::Words)), far);
        let words = engine.search(&blind("invoice").k(9)).unwrap();
        let meaning = engine.search(&blind("invoice").mode(SearchMode::Meaning).k(9)).unwrap();
        let score = |hits: &[Hit]| hits.iter().find(|hit| hit.id == far).unwrap().score;
        assert!(
            (score(&words) - score(&meaning) - 0.25).abs() < 1e-5,
            "the best by words has their whole weight"
        );
    };
    check(&engine);
    engine.close().unwrap();
    let engine = open(folder.path());
    check(&engine);
    engine.forget(&Forget::record(far)).unwrap();
    let left = engine.search(&blind("xk_4711").k(9)).unwrap();
    assert!(left.iter().all(|hit| hit.id != far && (hit.score - hit.similarity).abs() < 0.2));
}

#[test]
fn feedback_and_variety_change_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let add = |text: &str| engine.add_history(HistoryItem::new(text)).unwrap();
    let (boat, again, tax) =
        (add("harbour boat trip"), add("harbour boat trip now"), add("harbour tax form"));
    let query = Query::new("harbour").k(3);
    let order = |query: &Query| -> Vec<RecordId> {
        engine.search(query).unwrap().into_iter().map(|hit| hit.id).collect()
    };
    let before = order(&query);
    assert_eq!(before.len(), 3);
    let liked = order(&query.clone().clicked(tax, 2).skipped(boat, 0));
    assert_eq!(liked[0], tax);
    let varied = order(&query.clone().sub_query("boat", SearchMode::Both).diversity(0.6));
    assert_eq!(varied[1], tax, "{varied:?} {boat} {again}");
    assert!(engine.search(&query.clone().diversity(1.5)).is_err());
    assert!(engine.search(&query.clicked(RecordId(99), 0)).is_err());
}

#[cfg(feature = "graph")]
#[test]
fn a_large_store_is_searched_by_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let mut limits = idiolect::Limits::default();
        limits.graph_threshold = 64;
        builder(folder.path()).limits(limits).durability(Durability::Buffered).open().unwrap()
    };
    let engine = open();
    let mut ids = Vec::new();
    for index in 0..200 {
        let text = format!("note {index} on topic{} and subject{}", index % 17, index % 23);
        ids.push(engine.add_history(HistoryItem::new(text)).unwrap());
    }
    let mut steps = 0;
    let mut progress = |at: idiolect::Progress| {
        steps += 1;
        assert_eq!((at.total, engine.stats().unwrap().history), (200, 200), "calls that read go on");
    };
    engine.optimize(&mut progress, &CancelToken::new()).unwrap();
    assert!(steps > 0);
    assert_eq!(engine.stats().unwrap().index, "graph");
    let best = |engine: &Engine| engine.search(&Query::new("note 42 on topic8 and subject19")).unwrap()[0].id;
    assert_eq!(best(&engine), ids[42]);
    engine.close().unwrap();
    assert!(folder.path().join("idiolect.graph").is_file());

    let engine = open();
    assert_eq!(engine.stats().unwrap().index, "graph", "from the snapshot");
    assert_eq!(best(&engine), ids[42]);
    engine.forget(&Forget::record(ids[42])).unwrap();
    assert_ne!(best(&engine), ids[42], "removed items are gone at once");
    engine.close().unwrap();
    assert!(!folder.path().join("idiolect.graph").exists(), "its snapshot went with it");
    assert_ne!(best(&open()), ids[42]);

    std::fs::write(folder.path().join("idiolect.graph"), vec![7u8; 5_000]).unwrap();
    assert_ne!(best(&open()), ids[42], "a damaged snapshot is only a cache");
}

#[cfg(feature = "graph")]
#[test]
fn a_graph_grows_in_the_background_while_searches_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = idiolect::Limits::default();
    limits.graph_threshold = 64;
    let engine = builder(folder.path()).limits(limits).durability(Durability::Buffered).open().unwrap();
    let mut last = None;
    for index in 0..300 {
        let text = format!("note {index} on topic{} and subject{}", index % 17, index % 23);
        let id = engine.add_history(HistoryItem::new(&text)).unwrap();
        assert_eq!(engine.search(&Query::new(text).k(1)).unwrap()[0].id, id);
        last = Some(id);
    }
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while engine.stats().unwrap().index != "graph" {
        assert!(std::time::Instant::now() < until, "nobody asked for it");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let found = engine.search(&Query::new("note 299 on topic10 and subject0").k(1)).unwrap();
    assert_eq!(Some(found[0].id), last);
}
