//! Lists, headings, emphasis, line breaks, asides.

use crate::preference::feature::{Feature, Page, Shape, Values, feature, words};
use crate::text::LineKind;

pub(crate) const BULLETS: Feature = feature(
    201,
    "form.bullets",
    "share of lines",
    Shape::Linear,
    0.25,
    0.25,
    words("writes prose, not bulleted lists", "no bulleted list"),
    words("puts points in a bulleted list", "a bulleted list"),
);
pub(crate) const NUMBERED: Feature = feature(
    202,
    "form.numbered",
    "share of lines",
    Shape::Linear,
    0.25,
    0.25,
    words("avoids numbered lists", "no numbered list"),
    words("puts steps in a numbered list", "a numbered list"),
);
pub(crate) const HEADINGS: Feature = feature(
    203,
    "form.headings",
    "per 100 words",
    Shape::Rate,
    1.0,
    1.0,
    words("avoids headings", "fewer headings"),
    words("uses headings", "headings"),
);
pub(crate) const EMPHASIS: Feature = feature(
    204,
    "form.emphasis",
    "per 100 words",
    Shape::Rate,
    1.0,
    1.0,
    words("avoids bold text", "less bold text"),
    words("uses bold text for emphasis", "bold text"),
);
pub(crate) const LINE_BREAKS: Feature = feature(
    205,
    "form.line_breaks",
    "per 100 words",
    Shape::Rate,
    3.0,
    3.0,
    words("runs lines together into paragraphs", "fewer line breaks"),
    words("breaks lines often", "more line breaks"),
);
pub(crate) const PARENTHESES: Feature = feature(
    206,
    "form.parentheses",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.5,
    words("avoids parentheses", "fewer parentheses"),
    words("adds asides in parentheses", "more parentheses"),
);

pub(super) fn measure(page: &Page<'_>, values: &mut Values) {
    let count = |kind| page.lines.iter().filter(|line| line.kind == kind).count();
    let (bullets, numbered, plain) =
        (count(LineKind::Bullet), count(LineKind::Numbered), count(LineKind::Plain));
    let shown = (bullets + numbered + plain + count(LineKind::Heading)).max(1) as f32;
    values.set(&BULLETS, bullets as f32 / shown);
    values.set(&NUMBERED, numbered as f32 / shown);
    values.rate(&HEADINGS, count(LineKind::Heading), page.words);
    values.rate(
        &EMPHASIS,
        page.text.matches("**").count() / 2 + page.text.matches("__").count() / 2,
        page.words,
    );
    let pairs = page.lines.windows(2);
    let breaks = pairs.filter(|pair| pair.iter().all(|line| line.kind == LineKind::Plain)).count();
    values.rate(&LINE_BREAKS, breaks, page.words);
    values.rate(&PARENTHESES, page.text.matches(" (").count() + page.text.matches('（').count(), page.words);
}
