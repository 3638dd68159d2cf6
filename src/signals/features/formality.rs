//! Formal and casual words, and how long words are.

use crate::document::{Document, Token};
use crate::language::Kinds;
use crate::signals::features::{Feature, Shape, Values, feature, kin, words};

pub(crate) const CONNECTIVES: Feature = feature(
    901,
    "formality.connectives",
    "per 100 words",
    Shape::Rate,
    1.0,
    1.0,
    words("avoids formal connectives such as 'furthermore'", "fewer formal connectives"),
    words("links sentences with connectives such as 'furthermore'", "more formal connectives"),
)
.lists(Kinds::CONNECTIVE);
pub(crate) const FORMAL: Feature = feature(
    902,
    "formality.formal_words",
    "per 100 words",
    Shape::Rate,
    2.0,
    2.0,
    words("prefers plain words to formal ones", "fewer formal words"),
    words("prefers formal words to plain ones", "more formal words"),
)
.lists(Kinds::FORMAL)
.kin(kin::FORMALITY);
pub(crate) const CASUAL: Feature = feature(
    903,
    "formality.casual",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.5,
    words("avoids casual words and slang", "fewer casual words"),
    words("uses casual words", "more casual words"),
)
.lists(Kinds::CASUAL)
.kin(kin::FORMALITY);
pub(crate) const WORD_LENGTH: Feature = feature(
    1001,
    "words.length",
    "letters a content word",
    Shape::Linear,
    0.8,
    6.0,
    words("prefers short words", "shorter words"),
    words("prefers long words", "longer words"),
)
.kin(kin::WORDS);
pub(crate) const LONG_WORDS: Feature = feature(
    1002,
    "words.long",
    "share of content words",
    Shape::Linear,
    0.15,
    0.3,
    words("prefers short, simple words", "fewer long words"),
    words("uses many long words", "more long words"),
)
.kin(kin::WORDS);

const LONG: usize = 8;

pub(super) fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&CONNECTIVES, &FORMAL, &CASUAL] {
        values.listed(feature, document);
    }
    let (mut letters, mut long, mut alphabetic) = (0, 0, 0);
    // Words of grammar and courtesy come and go with other habits.
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
    // Means of a handful of words say nothing.
    let enough = alphabetic >= 5;
    values.set(&WORD_LENGTH, enough.then(|| letters as f32 / alphabetic as f32));
    values.set(&LONG_WORDS, enough.then(|| long as f32 / alphabetic as f32));
}
