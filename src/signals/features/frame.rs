//! Opening and closing of a text: whether there is a greeting and a sign-off, and which.
//!
//! Names are replaced: "Hi Sam," and "Hi Anna," are both `hi <name>`.

use std::ops::Range;

use crate::document::{Document, LineKind, Token};
use crate::language::{Kinds, Roles};
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family =
    Family { features: &[&GREETING, &GREETING_PHRASE, &CLOSING, &CLOSING_PHRASE], measure };

pub(crate) const GREETING: Feature = feature(601, "greeting", "1 or 0", Shape::Presence, 0.5, 0.5).own();
pub(crate) const GREETING_PHRASE: Feature =
    feature(602, "greeting.phrase", "1 or 0", Shape::Subject, 0.5, 0.5).own();
pub(crate) const CLOSING: Feature = feature(603, "closing", "1 or 0", Shape::Presence, 0.5, 0.5).own();
pub(crate) const CLOSING_PHRASE: Feature =
    feature(604, "closing.phrase", "1 or 0", Shape::Subject, 0.5, 0.5).own();

fn measure(document: &Document<'_>, values: &mut Values) {
    let (greeting, greeted) = greeting(document).unzip();
    let (closing, closed) = closing(document).unzip();
    values.frame = (greeted.unwrap_or(0), closed.unwrap_or_default());
    (values.greeting, values.closing) = (greeting, closing);
    let known = |kinds, found: &Option<String>| {
        document.language.lexicon().knows(kinds).then(|| f32::from(u8::from(found.is_some())))
    };
    let (greets, closes) = (known(Kinds::GREETING, &values.greeting), known(Kinds::CLOSING, &values.closing));
    values.set(&GREETING, greets);
    values.set(&CLOSING, closes);
}

const NAME: &str = "<name>";
/// Maximum number of tokens of the name below a sign-off.
const NAME_TOKENS: usize = 5;

/// The greeting in lower case with names replaced, and its number of tokens including the final punctuation.
fn greeting(document: &Document<'_>) -> Option<(String, usize)> {
    let mut worded = document.worded_sentences();
    let (tokens, sentence) = worded.next()?;
    let lower: Vec<&str> = tokens.iter().map(|token| &*token.lower).take(8).collect();
    let length = document.language.lexicon().longest(&lower, Kinds::GREETING);
    let addressee = tokens[length..].iter().take_while(|token| token.word).count();
    let ends = length + addressee == tokens.len()
        || matches!(tokens[length + addressee].text, "," | "!" | "." | ":" | ";" | "-" | "–" | "—" | "，");
    if length == 0 {
        let name = document.language.lexicon().knows(Kinds::GREETING)
            && ends
            && (1..=2).contains(&addressee)
            && tokens.get(addressee).is_some_and(|token| token.text == ",")
            && addressee + 1 == tokens.len()
            && worded.next().is_some()
            && tokens[..addressee].iter().all(|token| token.capitalised() && token.kinds == Kinds::default());
        return name.then(|| (NAME.to_owned(), addressee + 1));
    }
    let whole = ends && addressee <= 4;
    let named = if whole {
        addressee
    } else {
        tokens[length..]
            .iter()
            .take_while(|token| {
                token.word && (token.capitalised() || token.is(Roles::ADDRESS)) && token.lower != "i"
            })
            .count()
            .min(3)
    };
    let only_greets = tokens[0].is(Roles::ONLY_GREETS);
    if !whole && named == 0 && !only_greets {
        return None;
    }
    let mut subject = lower[..length].join(" ");
    for token in &tokens[length..length + named] {
        let part = if token.is(Roles::ADDRESS) { &*token.lower } else { NAME };
        if !subject.ends_with(part) {
            subject.push(' ');
            subject.push_str(part);
        }
    }
    let end = length + named;
    let marks = tokens[end..].iter().take_while(|token| !token.word).count();
    Some((subject, document.range_of(sentence).start + end + marks))
}

/// The sign-off in lower case without the name, including a comma or exclamation mark, and the range of its tokens
/// including the name below.
fn closing(document: &Document<'_>) -> Option<(String, Range<usize>)> {
    let with_place = |text: &str| {
        let subject = sign_off(document, text)?;
        let Range { start, mut end } = document.range_of(text);
        let below = document.tokens[end..].iter().take(NAME_TOKENS + 1);
        if below.clone().count() <= NAME_TOKENS
            && below.clone().all(|token| !token.word || token.capitalised())
        {
            end = document.tokens.len();
        }
        Some((subject, start..end))
    };
    let shown: Vec<&str> =
        document.lines.iter().filter(|line| line.kind != LineKind::Blank).map(|line| line.text).collect();
    if shown.len() < 2 {
        return document.worded_sentences().skip(1).last().and_then(|(_, last)| with_place(last));
    }
    shown.iter().skip(1).rev().take(3).find_map(|line| with_place(line))
}

fn sign_off(document: &Document<'_>, line: &str) -> Option<String> {
    let begins = |token: &Token<'_>| token.entry.is_some_and(|entry| entry.begins(Kinds::CLOSING));
    let tokens = if line.len() > 80 { &[] } else { document.tokens_of(line) };
    if !tokens.first().is_some_and(begins) {
        return None;
    }
    let lower: Vec<&str> = tokens.iter().map(|token| &*token.lower).collect();
    let length = document.language.lexicon().longest(&lower, Kinds::CLOSING);
    if length == 0 {
        return None;
    }
    let mark = tokens.get(length).map(|token| token.text);
    let mark = mark.filter(|mark| matches!(*mark, "," | "!" | "." | "-" | "–" | "—"));
    let rest = &tokens[length + usize::from(mark.is_some())..];
    let is_name = |token: &Token<'_>| token.capitalised() || matches!(token.text, "." | "-");
    // "Thanks for the file" is not a sign-off, "Thanks, Sam" is.
    if rest.len() > 4 || !rest.iter().all(|token| is_name(token) || !token.word) {
        return None;
    }
    let mut subject = lower[..length].join(" ");
    if let Some(mark) = mark.filter(|mark| matches!(*mark, "," | "!")) {
        subject.push_str(mark);
    }
    Some(subject)
}
