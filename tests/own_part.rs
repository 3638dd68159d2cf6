//! Which part of a message is the writer's own, in the forms of many mail programs and languages.
#![cfg(feature = "internals")]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use idiolect::internals::document::own_text;
use idiolect::internals::signals::measure;
use serde_json::Value;

/// The visible lines, without the white space at their ends.
fn visible(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect()
}

/// Counts the forms of `tests/data/mail_forms.jsonl` that are read right; those that are not are printed. Those that were
/// once reported as wrong (`case ...`) must be right. Forms that are `kept` were not looked at while the rules were made;
/// with `IDIOLECT_TUNING` they are left out.
#[test]
fn the_forms_of_mail_programs_are_known() {
    let kept_too = std::env::var_os("IDIOLECT_TUNING").is_none();
    let (mut all, mut right) = (0, 0);
    for line in include_str!("data/mail_forms.jsonl").lines() {
        let form: Value = serde_json::from_str(line).unwrap();
        let (text, own) = (form["text"].as_str().unwrap(), form["own"].as_str().unwrap());
        if form["kept"] == true && !kept_too {
            continue;
        }
        all += 1;
        let found = own_text(text);
        if visible(&found) == visible(own) {
            right += 1;
        } else {
            let program = form["program"].as_str().unwrap();
            assert!(!program.starts_with("case "), "{program}: {text:?} is read as {found:?}");
            eprintln!("{program} ({}): {text:?}\n  is read as {found:?}", form["language"]);
        }
    }
    eprintln!("{right} of {all}");
    assert!(right * 100 >= all * 95, "{right} of {all} forms are read right");
}

#[test]
fn a_greeting_within_markup_is_one() {
    const GREETING: u16 = 601;
    let greets = |text| measure(text).value(GREETING);
    assert_eq!(greets("<p>Hi Ida,</p>\n<p>the plan is ready.</p>"), Some(1.0));
    assert_eq!(greets("<p>The plan is ready.</p>"), Some(0.0));
}
