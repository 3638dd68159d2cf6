//! How a text opens and closes: whether there is a greeting and a sign-off, and which.
//!
//! Names are taken out: "Hi Sam," and "Hi Anna," are both `hi <name>`.

use crate::document::Document;
use crate::document::{LineKind, Words, fold, is_word};
use crate::language::{Kinds, lexicon};
use crate::signals::features::{Feature, Shape, Values, feature, words};

pub(crate) const GREETING: Feature = feature(
    601,
    "greeting",
    "1 or 0",
    Shape::Presence,
    0.5,
    0.5,
    words("opens without a greeting", "no greeting"),
    words("opens with a greeting", "a greeting"),
);
pub(crate) const GREETING_PHRASE: Feature = feature(
    602,
    "greeting.phrase",
    "1 or 0",
    Shape::Subject,
    0.5,
    0.5,
    words("does not open with {subject}", "does not open with {subject}"),
    words("opens with {subject}", "opens with {subject}"),
);
pub(crate) const CLOSING: Feature = feature(
    603,
    "closing",
    "1 or 0",
    Shape::Presence,
    0.5,
    0.5,
    words("ends without a sign-off", "no sign-off"),
    words("signs off at the end", "a sign-off"),
);
pub(crate) const CLOSING_PHRASE: Feature = feature(
    604,
    "closing.phrase",
    "1 or 0",
    Shape::Subject,
    0.5,
    0.5,
    words("does not sign off with {subject}", "does not sign off with {subject}"),
    words("signs off with {subject}", "signs off with {subject}"),
);

pub(super) fn measure(greets: bool, closes: bool, values: &mut Values) {
    values.set(&GREETING, f32::from(u8::from(greets)));
    values.set(&CLOSING, f32::from(u8::from(closes)));
}

const NAME: &str = "<name>";

/// Words that address without naming.
fn addresses(word: &str) -> bool {
    matches!(
        word,
        "all"
            | "team"
            | "everyone"
            | "everybody"
            | "there"
            | "folks"
            | "guys"
            | "both"
            | "again"
            | "sir"
            | "madam"
            | "friends"
            | "colleagues"
            | "or"
            | "and"
    )
}

/// The greeting in lower case with names taken out.
pub(super) fn greeting(document: &Document<'_>) -> Option<String> {
    let (range, _) = document.sentences.first()?;
    let tokens = &document.tokens[range.clone()];
    let lower: Vec<&str> = tokens.iter().map(|token| &*token.lower).take(8).collect();
    let length = lexicon().longest(&lower, Kinds::GREETING);
    let addressee = tokens[length..].iter().take_while(|token| token.word).count();
    let ends = length + addressee == tokens.len()
        || matches!(tokens[length + addressee].text, "," | "!" | "." | ":" | ";" | "-" | "–" | "—" | "，");
    if length == 0 {
        let name = ends
            && (1..=2).contains(&addressee)
            && tokens.get(addressee).is_some_and(|token| token.text == ",")
            && addressee + 1 == tokens.len()
            && document.sentences.len() > 1
            && tokens[..addressee].iter().all(|token| token.capitalised() && token.kinds == Kinds::default());
        return name.then(|| NAME.to_owned());
    }
    let whole = ends && addressee <= 4;
    let named = if whole {
        addressee
    } else {
        tokens[length..]
            .iter()
            .take_while(|token| {
                token.word && (token.capitalised() || addresses(&token.lower)) && token.lower != "i"
            })
            .count()
            .min(3)
    };
    let only_greets = matches!(lower[0], "hi" | "hello" | "hey" | "hiya" | "howdy" | "good" | "greetings");
    if !whole && named == 0 && !only_greets {
        return None;
    }
    let mut subject = lower[..length].join(" ");
    for token in &tokens[length..length + named] {
        let part = if addresses(&token.lower) { &*token.lower } else { NAME };
        if !subject.ends_with(part) {
            subject.push(' ');
            subject.push_str(part);
        }
    }
    Some(subject)
}

/// The sign-off in lower case without the name, with a comma or exclamation mark where it has one.
pub(super) fn closing(document: &Document<'_>) -> Option<String> {
    let shown: Vec<&str> =
        document.lines.iter().filter(|line| line.kind != LineKind::Blank).map(|line| line.text).collect();
    if shown.len() < 2 {
        return match document.sentences.as_slice() {
            [_, .., (_, last)] => sign_off(last),
            _ => None,
        };
    }
    shown.iter().skip(1).rev().take(3).find_map(|line| sign_off(line))
}

fn sign_off(line: &str) -> Option<String> {
    let begins = |word| lexicon().entry(&fold(word)).is_some_and(|entry| entry.begins(Kinds::CLOSING));
    if line.len() > 80 || !Words(line).next().is_some_and(begins) {
        return None;
    }
    let tokens: Vec<&str> = Words(line).collect();
    let folded: Vec<_> = tokens.iter().map(|token| fold(token)).collect();
    let lower: Vec<&str> = folded.iter().map(|token| &**token).collect();
    let length = lexicon().longest(&lower, Kinds::CLOSING);
    if length == 0 {
        return None;
    }
    let mark = tokens.get(length).filter(|token| matches!(**token, "," | "!" | "." | "-" | "–" | "—"));
    let rest = &tokens[length + usize::from(mark.is_some())..];
    let is_name =
        |token: &&str| token.chars().next().is_some_and(char::is_uppercase) || matches!(*token, "." | "-");
    // "Thanks for the file" is no sign-off, "Thanks, Sam" is one.
    if rest.len() > 4 || !rest.iter().all(|token| is_name(token) || !is_word(token)) {
        return None;
    }
    let mut subject = lower[..length].join(" ");
    if let Some(mark) = mark.filter(|mark| matches!(**mark, "," | "!")) {
        subject.push_str(mark);
    }
    Some(subject)
}
