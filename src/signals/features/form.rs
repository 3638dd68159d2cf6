//! Lists, headings, emphasis, line breaks, asides.

use crate::document::Document;
use crate::document::LineKind;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family = Family {
    features: &[&BULLETS, &NUMBERED, &HEADINGS, &EMPHASIS, &LINE_BREAKS, &PARENTHESES, &LINKS, &ITALICS],
    measure,
};

pub(crate) const BULLETS: Feature =
    feature(201, "form.bullets", "share of lines", Shape::Linear, 0.25, 0.25).own();
pub(crate) const NUMBERED: Feature =
    feature(202, "form.numbered", "share of lines", Shape::Linear, 0.25, 0.25).own();
pub(crate) const HEADINGS: Feature =
    feature(203, "form.headings", "per 100 words", Shape::Rate, 1.0, 1.0).own();
pub(crate) const EMPHASIS: Feature =
    feature(204, "form.emphasis", "per 100 words", Shape::Rate, 1.0, 1.0).own();
pub(crate) const LINE_BREAKS: Feature =
    feature(205, "form.line_breaks", "per 100 words", Shape::Rate, 3.0, 3.0);
pub(crate) const PARENTHESES: Feature =
    feature(206, "form.parentheses", "per 100 words", Shape::Rate, 1.5, 1.5).with_courtesy();

pub(crate) const LINKS: Feature = feature(207, "form.links", "per 100 words", Shape::Rate, 1.0, 1.0).own();
pub(crate) const ITALICS: Feature =
    feature(208, "form.italics", "per 100 words", Shape::Rate, 1.0, 1.0).own();

fn measure(document: &Document<'_>, values: &mut Values) {
    let count = |kind| document.lines.iter().filter(|line| line.kind == kind).count();
    let (bullets, numbered, plain) =
        (count(LineKind::Bullet), count(LineKind::Numbered), count(LineKind::Plain));
    let shown = (bullets + numbered + plain + count(LineKind::Heading)).max(1) as f32;
    values.set(&BULLETS, bullets as f32 / shown);
    values.set(&NUMBERED, numbered as f32 / shown);
    values.rate(&HEADINGS, count(LineKind::Heading), document.words);
    values.rate(&EMPHASIS, document.occurrences("**") / 2 + document.occurrences("__") / 2, document.words);
    values.rate(&LINKS, document.occurrences("http://") + document.occurrences("https://"), document.words);
    let may_lean = document.times(b'*') + document.times(b'_') > 0;
    values.rate(&ITALICS, if may_lean { italics(document) } else { 0 }, document.words);
    let pairs = document.lines.windows(2);
    let breaks = pairs.filter(|pair| pair.iter().all(|line| line.kind == LineKind::Plain)).count();
    values.rate(&LINE_BREAKS, breaks, document.words);
    values.rate(
        &PARENTHESES,
        document.occurrences(" (") + document.foreign().filter(|c| *c == '（').count(),
        document.words,
    );
}

/// The number of words between single asterisks or underscores.
fn italics(document: &Document<'_>) -> usize {
    let marked = |word: &str, mark: char| {
        let inner = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != mark);
        let body = inner.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark));
        body.is_some_and(|body| !body.is_empty() && !body.starts_with(mark))
    };
    document.spaced().filter(|word| marked(word, '*') || marked(word, '_')).count()
}
