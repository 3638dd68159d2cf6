//! What is stated of a person accounts for what they did, and nothing that came along with it is stated besides.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, day};
use idiolect::{Engine, Observation, Scope};

const THINGS: [&str; 10] =
    ["lamp", "door", "boat", "garden", "fence", "ladder", "kettle", "carpet", "window", "shelf"];

/// What is listed after an edit of a text about each of ten things, made of that text by `edit`, by its place.
fn stated(edit: impl Fn(usize, &str) -> (String, String)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let engine: Engine = builder(folder.path()).open().unwrap();
    for (at, thing) in THINGS.iter().enumerate() {
        let text =
            format!("The {thing} is where we left it. We get the key in the morning and go there at noon.");
        let (draft, edited) = edit(at, &text);
        let observation = Observation::edit(format!("About the {thing}"), draft, edited);
        engine.observe(observation.scope(Scope::app("mail")).at(day(at as i64))).unwrap();
    }
    engine.preferences().list().unwrap().into_iter().map(|preference| preference.text).collect()
}

#[test]
fn a_word_that_is_swapped_is_no_liking_for_long_words() {
    let found = stated(|_, text| (text.to_owned(), text.replace("get", "receive")));
    assert_eq!(found, ["writes 'receive', not 'get'"]);
}

#[test]
fn a_block_of_text_that_comes_back_is_no_style() {
    let footer = "This message may hold what is meant only for the one to whom it is addressed; if it has perhaps \
                  come to you in error, please tell us and delete it.";
    let found = stated(|_, text| (text.to_owned(), format!("{text}\n\n{footer}")));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_greeting_that_is_changed_is_a_greeting() {
    let found = stated(|_, text| (format!("Hi Ann,\n\n{text}"), format!("Dear Ann,\n\n{text}")));
    assert_eq!(found, ["opens with 'Dear' and the name"]);
}

#[test]
fn a_name_that_is_put_right_is_a_term() {
    let found = stated(|_, text| (format!("{text} Ask Jon."), format!("{text} Ask John.")));
    assert_eq!(found, ["writes 'John', not 'Jon'"]);
}

/// Every second text has the same vector as every other one: no kind of context tells them apart.
#[test]
fn half_is_no_habit() {
    let found = stated(|at, text| {
        let draft = format!("{text}\n\nBest regards,\nSam");
        let edited = if at % 2 == 0 { text.to_owned() } else { draft.clone() };
        (draft, edited)
    });
    assert!(found.iter().all(|text| text != "ends without a sign-off"), "{found:?}");
}
