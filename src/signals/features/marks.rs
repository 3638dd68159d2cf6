//! Quotation marks, colons, repeated marks, and symbols that stand for words.

use crate::document::{Document, Token};
use crate::language::Roles;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family = Family {
    features: &[&COLON, &CURLY, &QUOTES, &REPEATED, &AMPERSAND, &HYPHENS, &PERCENT, &CAPITAL_I],
    measure,
};

pub(crate) const COLON: Feature =
    feature(308, "punctuation.colon", "per 100 words", Shape::Rate, 1.0, 0.8).with_courtesy();
pub(crate) const CURLY: Feature =
    feature(309, "punctuation.curly_quotes", "share of quotes and apostrophes", Shape::Choice, 0.4, 0.5)
        .own();
pub(crate) const QUOTES: Feature =
    feature(310, "punctuation.quotes", "per 100 words", Shape::Rate, 1.5, 1.0).with_courtesy();
pub(crate) const REPEATED: Feature =
    feature(311, "punctuation.repeated", "per 100 words", Shape::Rate, 0.8, 0.8).with_courtesy();
pub(crate) const AMPERSAND: Feature =
    feature(312, "punctuation.ampersand", "share of 'and'", Shape::Choice, 0.3, 0.3).own();
pub(crate) const HYPHENS: Feature =
    feature(313, "punctuation.hyphens", "per 100 words", Shape::Rate, 2.0, 1.5).with_courtesy();
pub(crate) const PERCENT: Feature =
    feature(1202, "numbers.percent_sign", "share of percentages", Shape::Choice, 0.4, 0.5).own();
pub(crate) const CAPITAL_I: Feature =
    feature(1303, "capitals.i", "share of 'I'", Shape::Choice, 0.35, 0.5).own();

fn measure(document: &Document<'_>, values: &mut Values) {
    let share =
        |some: usize, others: usize| (some + others > 0).then(|| some as f32 / (some + others) as f32);
    let colons = document
        .tokens
        .windows(2)
        .filter(|pair| matches!(pair[0].text, ":" | "：") && pair[1].word && !pair[1].has_digit());
    values.rate(&COLON, colons.count(), document.words);
    let straight = document.times(b'"') + document.times(b'\'');
    let (mut curly, mut quotes) = (0, document.times(b'"'));
    for c in document.foreign() {
        match c {
            '“' | '”' => {
                curly += 1;
                quotes += 1;
            }
            '‘' | '’' => curly += 1,
            '«' | '»' | '「' | '」' | '„' => quotes += 1,
            _ => {}
        }
    }
    values.set(&CURLY, share(curly, straight));
    values.rate(&QUOTES, quotes / 2, document.words);
    values.rate(&REPEATED, repeated(document), document.words);
    let (mut ands, mut signs, mut hyphened, mut percent, mut per_cent) = (0, 0, 0, 0, 0);
    let (mut capital_i, mut small_i) = (0, 0);
    let has_hyphens = document.times(b'-') > 0;
    let lexicon = document.language.lexicon();
    for token in &document.tokens {
        let Token { text, lower, word, .. } = token;
        if !*word {
            signs += usize::from(*text == "&");
            per_cent += usize::from(matches!(*text, "%" | "٪" | "％"));
            continue;
        }
        let short = || lower.split_once('\'').is_some_and(|(base, _)| lexicon.roles(base).meets(Roles::SELF));
        if token.is(Roles::SELF.or(Roles::SELF_SHORT)) && !token.capitalised() {
            small_i += 1;
        } else if token.is(Roles::SELF) || short() {
            capital_i += usize::from(token.capitalised());
        }
        ands += usize::from(token.is(Roles::AND));
        percent += usize::from(token.is(Roles::PERCENT));
        hyphened += usize::from(has_hyphens && text.contains('-'));
    }
    let known = |role, share: Option<f32>| share.filter(|_| lexicon.has(role));
    values.set(&AMPERSAND, known(Roles::AND, share(signs, ands)));
    values.rate(&HYPHENS, hyphened, document.words);
    values.set(&PERCENT, known(Roles::PERCENT, share(per_cent, percent)));
    values.set(&CAPITAL_I, share(capital_i, small_i));
}

/// The number of runs of two or more exclamation or question marks.
fn repeated(document: &Document<'_>) -> usize {
    let mark = |c: char| matches!(c, '!' | '?' | '！' | '？');
    if document.times(b'!') + document.times(b'?') + document.foreign().filter(|c| mark(*c)).count() < 2 {
        return 0;
    }
    document.text.split(|c| !mark(c)).filter(|run| run.chars().nth(1).is_some()).count()
}
