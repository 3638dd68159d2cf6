//! Formal and casual words, and word length.

use crate::document::{Document, Token};
use crate::language::Kinds;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};

pub(super) const FAMILY: Family =
    Family { features: &[&CONNECTIVES, &FORMAL, &CASUAL, &WORD_LENGTH, &LONG_WORDS], measure };

pub(crate) const CONNECTIVES: Feature =
    feature(901, "formality.connectives", "per 100 words", Shape::Rate, 1.0, 1.0).lists(Kinds::CONNECTIVE);
pub(crate) const FORMAL: Feature =
    feature(902, "formality.formal_words", "per 100 words", Shape::Rate, 2.0, 2.0)
        .lists(Kinds::FORMAL)
        .kin(kin::FORMALITY)
        .with_content();
pub(crate) const CASUAL: Feature = feature(903, "formality.casual", "per 100 words", Shape::Rate, 1.5, 1.5)
    .lists(Kinds::CASUAL)
    .kin(kin::FORMALITY);
pub(crate) const WORD_LENGTH: Feature =
    feature(1001, "words.length", "letters a content word", Shape::Linear, 0.8, 6.0)
        .kin(kin::WORDS)
        .with_content();
pub(crate) const LONG_WORDS: Feature =
    feature(1002, "words.long", "share of content words", Shape::Linear, 0.15, 0.3)
        .kin(kin::WORDS)
        .with_content();

const LONG: usize = 8;

fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&CONNECTIVES, &FORMAL, &CASUAL] {
        values.listed(feature, document);
    }
    let (mut letters, mut long, mut alphabetic) = (0, 0, 0);
    // Function words and courtesies vary with other habits.
    let courtesy = Kinds::PLEASE.or(Kinds::THANKS).or(Kinds::GREETING).or(Kinds::CLOSING);
    let content = |token: &&Token<'_>| {
        token.word
            && !token.kinds.meets(courtesy.or(Kinds::FUNCTION))
            && (token.starts || !token.capitalised())
            && token.text.chars().all(char::is_alphabetic)
    };
    for token in document.tokens.iter().filter(content) {
        let length = token.text.chars().count();
        letters += length;
        long += usize::from(length >= LONG);
        alphabetic += 1;
    }
    // Means over a handful of words are meaningless.
    let enough = alphabetic >= 5;
    values.set(&WORD_LENGTH, enough.then(|| letters as f32 / alphabetic as f32));
    values.set(&LONG_WORDS, enough.then(|| long as f32 / alphabetic as f32));
}
