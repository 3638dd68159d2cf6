//! The queue of questions for the host's language model: what is asked, and what becomes of the answers.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, learned, mail, mail_edit, request, texts};
use idiolect::{
    Engine, ErrorKind, Forget, HistoryItem, InferenceKind, InferenceRequest, Observation, Origin,
    PreferenceId, Query, RecordId, Request,
};

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
