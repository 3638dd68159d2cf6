//! What a person's own texts tell of them, without an edit: listed, explained, applied, and gone with the texts.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, day};
use idiolect::{
    Direction, Engine, Forget, HistoryItem, Observation, Origin, Preference, RecordId, Request, Scope,
};

const THINGS: [&str; 12] = [
    "lamp", "door", "boat", "garden", "fence", "ladder", "kettle", "carpet", "window", "shelf", "tent",
    "bench",
];

/// A mail about a thing, by somebody who greets with "Hey" and likes exclamation marks.
fn mail(thing: &str) -> String {
    format!(
        "Hey Ann,\n\nThe {thing} is here! We put it by the wall and it looks fine. Come and see the {thing} at noon."
    )
}

/// Adds a text for each thing to the history, one a day.
fn write(engine: &Engine, scope: &Scope, text: impl Fn(&str) -> String) -> Vec<RecordId> {
    let add = |(at, thing): (usize, &&str)| {
        let item = HistoryItem::new(text(thing)).scope(scope.clone()).at(day(at as i64));
        engine.add_history(item).unwrap()
    };
    THINGS.iter().enumerate().map(add).collect()
}

fn listed(engine: &Engine) -> Vec<String> {
    engine.preferences().list().unwrap().into_iter().map(|preference| preference.text).collect()
}

fn find(engine: &Engine, text: &str) -> Option<Preference> {
    engine.preferences().list().unwrap().into_iter().find(|preference| preference.text == text)
}

const EXCLAIMS: &str = "uses exclamation marks";

#[test]
fn history_alone_tells_habits_and_shows_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let scope = Scope::app("mail");
    let records = write(&engine, &scope, mail);
    let all = listed(&engine);
    assert!(
        all.contains(&EXCLAIMS.to_owned()) && all.contains(&"opens with 'Hey' and the name".to_owned()),
        "{all:?}"
    );
    assert!(!all.iter().any(|text| text.contains("emoji") || text.contains("'I' with a capital")), "{all:?}");

    let habit = find(&engine, EXCLAIMS).unwrap();
    assert_eq!((habit.origin, habit.scope.clone(), habit.occasions), (Origin::Learned, scope.clone(), 12));
    assert_eq!(habit.key.as_ref().unwrap().direction, Direction::More);
    assert!(
        habit.confidence > 0.7 && habit.confidence < 0.9,
        "twelve texts are not proof: {}",
        habit.confidence
    );
    let explained = engine.preferences().explain(habit.id).unwrap();
    assert_eq!(explained.preference.confidence, habit.confidence);
    assert_eq!(explained.contributions.len(), 12);
    assert!(explained.contributions.iter().all(|part| records.contains(&part.record)));

    let told = engine.personalize(&Request::new(mail("clock")).scope(scope)).unwrap();
    assert!(told.prompt.contains("exclamation marks"), "{}", told.prompt);
    assert!(
        told.examples.iter().all(|example| records.contains(&example.record)) && !told.examples.is_empty()
    );
    assert!(told.preferences.iter().all(|one| all.contains(&one.text)), "what is applied is listed");
    let elsewhere =
        engine.personalize(&Request::new("Milk and bread").scope(Scope::app("shopping"))).unwrap();
    assert!(elsewhere.preferences.is_empty() && elsewhere.prompt.is_empty());

    engine.forget(&Forget::records(records)).unwrap();
    assert_eq!(listed(&engine), [""; 0]);
}

#[test]
fn a_habit_of_own_texts_can_be_corrected_switched_off_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    write(&engine, &Scope::app("mail"), mail);
    let id = find(&engine, EXCLAIMS).unwrap().id;
    let preferences = engine.preferences();
    preferences.set_active(id, false).unwrap();
    assert!(!find(&engine, EXCLAIMS).unwrap().active);
    preferences.set_active(id, true).unwrap();
    preferences.correct(id, "exclaims").unwrap();
    assert_eq!(find(&engine, "exclaims").unwrap().id, id);
    preferences.delete(id).unwrap();
    assert!(!listed(&engine).iter().any(|text| text == "exclaims" || text == EXCLAIMS));
}

#[test]
fn where_edits_speak_they_decide() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let scope = Scope::app("mail");
    write(&engine, &scope, mail);
    assert!(find(&engine, EXCLAIMS).is_some());
    let draft = mail("clock");
    let edit = Observation::edit("About the clock", draft.clone(), draft.replace('!', "."));
    engine.observe(edit.scope(scope).at(day(20))).unwrap();
    assert!(find(&engine, EXCLAIMS).is_none());
}

#[test]
fn nothing_is_told_by_few_texts_or_in_a_language_of_which_nothing_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    write(&engine, &Scope::app("mail").locale("de"), |thing| {
        format!("Schau mal, {thing}! Das ist es! Komm!")
    });
    for thing in &THINGS[..5] {
        engine.add_history(HistoryItem::new(mail(thing)).scope(Scope::app("chat"))).unwrap();
    }
    assert_eq!(listed(&engine), [""; 0]);
}

#[test]
fn what_two_apps_agree_on_holds_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    write(&engine, &Scope::app("mail"), mail);
    write(&engine, &Scope::app("chat"), |thing| {
        format!("The {thing} is gone! Who took it from the shed last night?")
    });
    let exclaims: Vec<Preference> =
        engine.preferences().list().unwrap().into_iter().filter(|one| one.text == EXCLAIMS).collect();
    assert_eq!(exclaims.iter().map(|one| &one.scope).collect::<Vec<_>>(), [&Scope::person()]);
}
