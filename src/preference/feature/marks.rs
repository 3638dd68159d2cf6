//! Quotation marks, colons, repeated marks, and signs that stand for words.

use crate::preference::feature::{Feature, Page, Shape, Values, feature, words};

pub(crate) const COLON: Feature = feature(
    308,
    "punctuation.colon",
    "per 100 words",
    Shape::Rate,
    1.0,
    0.8,
    words("avoids colons", "fewer colons"),
    words("uses colons", "more colons"),
);
pub(crate) const CURLY: Feature = feature(
    309,
    "punctuation.curly_quotes",
    "share of quotes and apostrophes",
    Shape::Choice,
    0.4,
    0.5,
    words("uses straight quotation marks", "straight quotation marks"),
    words("uses typographic quotation marks", "typographic quotation marks"),
);
pub(crate) const QUOTES: Feature = feature(
    310,
    "punctuation.quotes",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.0,
    words("avoids quotation marks", "fewer quotation marks"),
    words("puts words in quotation marks", "more quotation marks"),
);
pub(crate) const REPEATED: Feature = feature(
    311,
    "punctuation.repeated",
    "per 100 words",
    Shape::Rate,
    0.8,
    0.8,
    words("never repeats '!' or '?'", "no repeated '!' or '?'"),
    words("repeats '!' and '?' for effect", "repeated '!' or '?'"),
);
pub(crate) const AMPERSAND: Feature = feature(
    312,
    "punctuation.ampersand",
    "share of 'and'",
    Shape::Choice,
    0.3,
    0.3,
    words("writes 'and', not '&'", "'and' instead of '&'"),
    words("writes '&' for 'and'", "'&' instead of 'and'"),
);
pub(crate) const HYPHENS: Feature = feature(
    313,
    "punctuation.hyphens",
    "per 100 words",
    Shape::Rate,
    2.0,
    1.5,
    words("avoids hyphenated words", "fewer hyphenated words"),
    words("uses hyphenated words", "more hyphenated words"),
);
pub(crate) const PERCENT: Feature = feature(
    1202,
    "numbers.percent_sign",
    "share of percentages",
    Shape::Choice,
    0.4,
    0.5,
    words("writes out 'percent'", "'percent' in full"),
    words("writes '%', not 'percent'", "'%' for 'percent'"),
);
pub(crate) const CAPITAL_I: Feature = feature(
    1303,
    "capitals.i",
    "share of 'I'",
    Shape::Choice,
    0.35,
    0.5,
    words("writes 'i' in lower case", "'i' in lower case"),
    words("writes 'I' with a capital", "'I' with a capital"),
);

pub(super) fn measure(page: &Page<'_>, values: &mut Values) {
    let count = |is: &dyn Fn(&str) -> bool| page.tokens.iter().filter(|token| is(token.text)).count();
    let share =
        |some: usize, others: usize| (some + others > 0).then(|| some as f32 / (some + others) as f32);
    let colons = page
        .tokens
        .windows(2)
        .filter(|pair| matches!(pair[0].text, ":" | "：") && pair[1].word && !pair[1].has_digit());
    values.rate(&COLON, colons.count(), page.words);
    let (mut curly, mut straight, mut quotes, mut marks, mut repeated) = (0, 0, 0, 0, 0);
    for c in page.text.chars() {
        curly += usize::from(matches!(c, '“' | '”' | '‘' | '’'));
        straight += usize::from(matches!(c, '"' | '\''));
        quotes += usize::from(matches!(c, '"' | '“' | '”' | '«' | '»' | '「' | '」' | '„'));
        marks = if matches!(c, '!' | '?' | '！' | '？') { marks + 1 } else { 0 };
        repeated += usize::from(marks == 2);
    }
    values.set(&CURLY, share(curly, straight));
    values.rate(&QUOTES, quotes / 2, page.words);
    values.rate(&REPEATED, repeated, page.words);
    let signs = count(&|text| text == "&");
    let words = page.tokens.iter().filter(|token| token.lower == "and").count();
    values.set(&AMPERSAND, share(signs, words));
    values.rate(
        &HYPHENS,
        page.tokens.iter().filter(|token| token.word && token.text.contains('-')).count(),
        page.words,
    );
    let spelled = page.tokens.iter().filter(|token| matches!(&*token.lower, "percent")).count();
    values.set(&PERCENT, share(count(&|text| text == "%" || text == "٪" || text == "％"), spelled));
    let is_i = |text: &str| text == "I" || text.starts_with("I'") || text.starts_with("I’");
    let lower =
        |text: &str| matches!(text, "i" | "i'm" | "i've" | "i'll" | "i'd" | "i’m" | "i’ve" | "i’ll" | "i’d");
    values.set(&CAPITAL_I, share(count(&is_i), count(&lower)));
}
