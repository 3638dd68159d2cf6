//! What is stated of a person accounts for what they did, and nothing that came along with it is stated besides.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, day};
use idiolect::{Engine, Observation, Request, Scope};

const THINGS: [&str; 10] =
    ["lamp", "door", "boat", "garden", "fence", "ladder", "kettle", "carpet", "window", "shelf"];

/// What is listed after an edit of a text about each of ten things, made of that text by `edit`, by its place.
fn stated(edit: impl Fn(usize, &str) -> (String, String)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let engine: Engine = builder(folder.path()).open().unwrap();
    teach(&engine, "mail", 0, edit);
    engine.preferences().list().unwrap().into_iter().map(|preference| preference.text).collect()
}

/// Edits in an app, one a day from a day on.
fn teach(engine: &Engine, app: &str, from: i64, edit: impl Fn(usize, &str) -> (String, String)) {
    for (at, thing) in THINGS.iter().enumerate() {
        let text =
            format!("The {thing} is where we left it. We get the key in the morning and go there at noon.");
        let (draft, edited) = edit(at, &text);
        let observation = Observation::edit(format!("About the {thing}"), draft, edited);
        engine.observe(observation.scope(Scope::app(app)).at(day(from + at as i64))).unwrap();
    }
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

#[test]
fn one_word_of_a_list_is_no_liking_for_its_kind() {
    let ending =
        |at: usize| (" Please answer soon.".to_owned(), format!(" Please answer by {} May.", at + 3));
    let found = stated(|at, text| {
        let (draft, edited) = ending(at);
        (format!("{text}{draft}"), format!("{text}{edited}"))
    });
    assert!(found.iter().all(|text| !text.contains("hedges")), "{found:?}");
}

/// Whoever writes something else instead did not choose shorter words; whoever swaps the words did.
#[test]
fn other_sentences_are_no_liking_for_their_words() {
    let words = [
        ("commence", "start"),
        ("terminate", "end"),
        ("purchase", "buy"),
        ("endeavour", "try"),
        ("acquire", "get"),
        ("demonstrate", "show"),
        ("facilitate", "help"),
        ("approximately", "about"),
        ("assistance", "help"),
        ("subsequently", "later"),
    ];
    let draft = |at: usize, text: &str| {
        let [one, two] = [at, (at + 3) % 10].map(|at| words[at].0);
        format!(
            "{text} Our people {one} the necessary preparations and {two} everything remaining afterwards."
        )
    };
    let replaced =
        stated(|at, text| (draft(at, text), format!("{text} Shop shut on day {at}, so no one is in.")));
    assert!(replaced.iter().all(|text| !text.contains("words")), "{replaced:?}");
    let swapped = stated(|at, text| {
        let draft = draft(at, text);
        let edited = words.iter().fold(draft.clone(), |text, (long, short)| text.replace(long, short));
        (draft, edited)
    });
    assert!(swapped.iter().any(|text| text.contains("short") || text.contains("plain")), "{swapped:?}");
}

#[test]
fn a_text_without_the_choice_is_no_occasion() {
    let found = stated(|at, text| {
        let edited = format!("{text} We do not know more.");
        let draft = if at % 2 == 0 { edited.replace("do not", "don't") } else { edited.clone() };
        (draft, edited)
    });
    assert!(found.iter().any(|text| text.contains("contractions out in full")), "{found:?}");
}

#[test]
fn what_was_seen_in_one_app_is_stated_elsewhere_once_two_agree() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let dear = |_: usize, text: &str| (format!("Hi Ann,\n\n{text}"), format!("Dear Ann,\n\n{text}"));
    let greets = |app: &str| {
        let shown = engine.personalize(&Request::new("About the table").scope(Scope::app(app))).unwrap();
        shown.preferences.iter().any(|preference| preference.text.contains("'Dear'"))
    };
    let listed = || {
        let all = engine.preferences().list().unwrap();
        all.into_iter().find(|preference| preference.text.contains("'Dear'")).unwrap()
    };
    teach(&engine, "mail", 0, dear);
    assert!(greets("mail") && !greets("chat") && !greets("lists"));
    assert_eq!(listed().scope, Scope::app("mail"));
    // Ten of ten is no certainty.
    assert!((0.85..0.97).contains(&listed().confidence), "{:?}", listed());
    teach(&engine, "chat", 10, dear);
    assert!(greets("mail") && greets("chat") && greets("lists"));
    assert_eq!(listed().scope, Scope::person());
}

#[test]
fn a_change_of_mind_is_stated_and_the_old_way_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let warm = ("Hi Ann,", "It's fine, don't worry!", "Cheers,\nSam");
    let long =
        "I am pleased to inform you that everything is in order. There is accordingly no reason for concern.";
    let stiff = ("Dear Ann,", long, "Kind regards,\nSam");
    let written = |(greeting, body, closing): (&str, &str, &str), text: &str| {
        format!("{greeting}\n\n{text} {body}\n\n{closing}")
    };
    teach(&engine, "mail", 0, |_, text| (written(warm, text), written(stiff, text)));
    teach(&engine, "mail", 10, |_, text| (written(stiff, text), written(warm, text)));
    let listed = engine.preferences().list().unwrap();
    let texts: Vec<&str> = listed.iter().map(|preference| preference.text.as_str()).collect();
    assert!(texts.contains(&"opens with 'Hi' and the name"), "{texts:?}");
    assert!(texts.contains(&"signs off with 'Cheers,'"), "{texts:?}");
    assert!(!texts.contains(&"opens with 'Dear' and the name"), "{texts:?}");
}

#[test]
fn sentences_that_come_in_turns_are_no_fixed_part_and_texts_get_longer() {
    const MORE: [&str; 4] = [
        "There is a good deal more to tell about all of this, and it may help to look at it from another side.",
        "To put the same thing in other words, the point is one that comes back in many places and forms.",
        "Those who know the place will recognise it, while others may want to come by and see it with us.",
        "All of this has to be seen together with the rest, since no part of it can be understood by itself.",
    ];
    let found =
        stated(|at, text| (text.to_owned(), format!("{text} {} {}", MORE[at % 4], MORE[(at + 1) % 4])));
    assert!(found.iter().any(|text| text.contains("longer") || text.contains("words")), "{found:?}");
}
