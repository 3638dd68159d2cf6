//! Punctuation habits.

use crate::document::Document;
use crate::language::Roles;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family = Family {
    features: &[&EXCLAMATION, &QUESTION, &SEMICOLON, &DASH, &ELLIPSIS, &SERIAL_COMMA, &COMMA],
    measure,
};

pub(crate) const EXCLAMATION: Feature =
    feature(301, "punctuation.exclamation", "share of sentences", Shape::Linear, 0.2, 0.1).with_courtesy();
pub(crate) const QUESTION: Feature =
    feature(302, "punctuation.question", "share of sentences", Shape::Linear, 0.25, 0.15).with_courtesy();
pub(crate) const SEMICOLON: Feature =
    feature(303, "punctuation.semicolon", "per 100 words", Shape::Rate, 0.8, 0.8).own();
pub(crate) const DASH: Feature =
    feature(304, "punctuation.dash", "per 100 words", Shape::Rate, 0.8, 0.8).own();
pub(crate) const ELLIPSIS: Feature =
    feature(305, "punctuation.ellipsis", "per 100 words", Shape::Rate, 0.8, 0.8).own();
pub(crate) const SERIAL_COMMA: Feature =
    feature(306, "punctuation.serial_comma", "share of lists", Shape::Choice, 0.4, 0.5).own();
pub(crate) const COMMA: Feature = feature(307, "punctuation.comma", "per 100 words", Shape::Rate, 2.5, 5.0);

fn measure(document: &Document<'_>, values: &mut Values) {
    let (mut exclaimed, mut asked, mut all) = (0, 0, 0);
    for text in document.sentences.iter().map(|(_, text)| *text).chain(document.listed.iter().copied()) {
        let end = text.trim_end_matches(['"', '\'', ')', '”', '’', '*']);
        let marks = &end[end.trim_end_matches(['.', '!', '?', '！', '？', '؟', '…']).len()..];
        exclaimed += usize::from(marks.contains(['!', '！']));
        asked += usize::from(marks.contains(['?', '？', '؟']));
        all += 1;
    }
    let share = |some: usize| some as f32 / all.max(1) as f32;
    values.set(&EXCLAMATION, share(exclaimed));
    values.set(&QUESTION, share(asked));
    let (mut commas, mut semicolons) = (document.times(b','), document.times(b';'));
    let mut dashes = document.occurrences(" - ") + document.occurrences("--");
    let mut ellipses = document.occurrences("...");
    for c in document.foreign() {
        match c {
            '，' | '、' | '،' => commas += 1,
            '；' | '؛' => semicolons += 1,
            '—' | '–' => dashes += 1,
            '…' => ellipses += 1,
            _ => {}
        }
    }
    values.rate(&SEMICOLON, semicolons, document.words);
    values.rate(&DASH, dashes, document.words);
    values.rate(&ELLIPSIS, ellipses, document.words);
    values.rate(&COMMA, commas, document.words);
    values.set(&SERIAL_COMMA, serial_commas(document));
}

/// The share of lists of three or more items, ending in "and" or "or", that have a comma before the conjunction.
fn serial_commas(document: &Document<'_>) -> Option<f32> {
    let comma = |at: usize| document.tokens[at].text == ",";
    // A list item has at most three words.
    let comma_before = |end: usize| {
        (end.saturating_sub(4)..end).rev().find(|at| !document.tokens[*at].word).filter(|at| comma(*at))
    };
    let (mut with, mut without) = (0, 0);
    for (at, token) in document.tokens.iter().enumerate().skip(3) {
        if !token.is(Roles::AND_OR) {
            continue;
        }
        if comma(at - 1) {
            with += usize::from(comma_before(at - 1).is_some_and(|before| before < at - 2));
        } else if document.tokens[at - 1].word && comma_before(at).is_some_and(|before| at - before <= 3) {
            without += 1;
        }
    }
    (with + without > 0).then(|| with as f32 / (with + without) as f32)
}
