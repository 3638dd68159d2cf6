//! The person's control: correcting, pinning, stating, deleting, and why each preference is held.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, learned, mail_edit, request, texts};
use idiolect::{Forget, Gate, Origin, Request, Scope};

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
    // What two apps agree on is known of a third.
    for index in 0..3 {
        engine.observe(mail_edit(index).scope(Scope::app("notes"))).unwrap();
    }
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
