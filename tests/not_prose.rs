//! What teaches no style: edits of code, markup, links and formulas, other forms of the same characters, and what mail
//! programs put below a message.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use common::{builder, day};
use idiolect::{Observation, Scope};

const THINGS: [&str; 8] = ["budget", "new office", "trip", "report", "boat", "server", "party", "contract"];

/// What is listed after the same edit of texts about several things, which stand for `{}`, and what the edits cost.
fn taught(draft: &str, edited: &str) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let mut distance = 0;
    for (at, thing) in THINGS.iter().enumerate() {
        let of = |text: &str| text.replace("{}", thing);
        let observation = Observation::edit(format!("Asks about the {thing}"), of(draft), of(edited));
        let seen = engine.observe(observation.scope(Scope::app("mail")).at(day(at as i64))).unwrap();
        distance += seen.cost.distance;
    }
    let listed = engine.preferences().list().unwrap();
    (listed.into_iter().map(|preference| preference.text).collect(), distance)
}

#[test]
fn what_is_no_prose_teaches_no_style() {
    for (draft, edited) in [
        (
            "Run it for the {}:\n\n```python\nfor key in keys:\n    print(key)\n```\n\nThen tell me.",
            "Run it for the {}:\n\n```python\nfor item in itemz:\n    print(item);\n```\n\nThen tell me.",
        ),
        (
            "The link for the {} is https://old.example.org/a.",
            "The link for the {} is https://new.example.net/b.",
        ),
        ("Ask ida.berg@example.org about the {}.", "Ask bo.holm@example.com about the {}."),
        ("For the {} call `open_all(a)` at night.", "For the {} call `close_some(b); c` at night."),
        ("The note on the {} has my_old_name in it.", "The note on the {} has our_new_title in it."),
        (
            "The note on the {} is here. We use $x^2$ and \\cite{a}.",
            "The note on the {} is here. We use \\(x^2\\) and \\citep{a}.",
        ),
        ("Hi Ida, the {} is ready. Thanks!", "<p>Hi Ida, the {} is ready. Thanks!</p>"),
    ] {
        let (listed, distance) = taught(draft, edited);
        assert_eq!(listed, [""; 0], "{edited}");
        assert!(distance > 0, "the change is seen: {edited}");
    }
}

#[test]
fn the_same_text_in_other_characters_is_no_edit() {
    const TEXT: &str = "Hi Ida,\n\nthe caf\u{e9} near the office in Z\u{fc}rich has the information about the {}.\n\nBest,\nSam";
    for (from, to) in [
        ("caf\u{e9}", "cafe\u{301}"),
        ("office in Z\u{fc}rich", "o\u{fb03}ce in Zu\u{308}rich"),
        ("office in", "of\u{200b}fice in"),
        ("information", "in\u{ad}forma\u{ad}tion"),
    ] {
        assert_eq!(taught(TEXT, &TEXT.replace(from, to)), (Vec::new(), 0), "{to}");
    }
    let arabic = "\u{627}\u{644}\u{633}\u{644}\u{627}\u{645} \u{639}\u{644}\u{64a}\u{643}\u{645}";
    assert_eq!(
        taught(arabic, &arabic.replace("\u{633}\u{644}", "\u{633}\u{640}\u{640}\u{644}")),
        (Vec::new(), 0)
    );
}

#[test]
fn what_a_mail_program_puts_below_is_no_edit() {
    const TEXT: &str = "Hi Ida,\n\nI looked at the {}. Which day suits you?\n\nSam";
    for tail in [
        "Sent from my iPhone",
        "Verzonden vanaf mijn iPhone",
        "Il giorno mar 4 mar 2025 alle ore 10:12 Ida Berg <ida@example.org> ha scritto:\n\nCould you look at the {}?",
        "On Tue, Mar 4, 2025 at 10:12 AM Ida Berg <ida@example.org> wrote:\n\n> Hi Sam,\n>\n> could you look at the {}?",
        "Van: Ida Berg <ida@example.org>\nVerzonden: dinsdag 4 maart 2025 10:12\nAan: Sam\nOnderwerp: the {}\n\nPlease!!!",
        "From: Ida Berg <ida@example.org>\nSent: Tuesday, 4 March 2025 10:12\nTo: Sam\nSubject: the {}\n\nPlease look at it!!!",
        "This email and any attachments are confidential and intended solely for the addressee. If you have received \
         this message in error, please notify the sender immediately and delete it from your system.",
    ] {
        assert_eq!(taught(TEXT, &format!("{TEXT}\n\n{tail}\n")), (Vec::new(), 0), "{tail}");
    }
}

#[test]
fn what_stands_below_two_hyphens_in_a_text_is_learned_from() {
    let draft =
        "Hi Ida, the note about the {} is here. Run:\n\nSELECT 1\n--\nThanks a lot for all of it, really.";
    let (listed, _) = taught(draft, "Hi Ida, the note about the {} is here. Run:\n\nSELECT 1\n--\nthx");
    assert!(!listed.is_empty());
}
