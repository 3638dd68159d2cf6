//! How hard the words and the text are to read.
//!
//! Syllables are counted by their vowels, so the figures are meant for English; in other scripts the features
//! find no occasion. Flesch's reading ease: R. Flesch, "A new readability yardstick" (1948).

use crate::document::different;
use crate::document::{Document, Token};
use crate::language::Kinds;
use crate::signals::features::{Feature, SHORT, Shape, Values, feature, kin, words};

pub(crate) const EASE: Feature = feature(
    1601,
    "readability.ease",
    "points",
    Shape::Linear,
    10.0,
    55.0,
    words("writes dense text for practised readers", "harder to read"),
    words("writes text that is easy to read", "easier to read"),
)
.kin(kin::WORDS);
pub(crate) const SYLLABLES: Feature = feature(
    1602,
    "words.syllables",
    "syllables a word",
    Shape::Linear,
    0.18,
    1.6,
    words("prefers words of few syllables", "fewer syllables a word"),
    words("prefers words of many syllables", "more syllables a word"),
)
.kin(kin::WORDS);
pub(crate) const NOMINALIZATIONS: Feature = feature(
    1603,
    "words.nominalizations",
    "per 100 words",
    Shape::Rate,
    3.0,
    4.0,
    words("prefers verbs to nouns made of them", "fewer nouns made of verbs"),
    words("prefers nouns made of verbs", "more nouns made of verbs"),
)
.kin(kin::WORDS);
pub(crate) const LATINATE: Feature = feature(
    1604,
    "words.latinate",
    "per 100 words",
    Shape::Rate,
    4.0,
    6.0,
    words("prefers everyday words to learned ones", "fewer learned words"),
    words("prefers learned words to everyday ones", "more learned words"),
)
.kin(kin::WORDS);
pub(crate) const VARIETY: Feature = feature(
    1605,
    "words.variety",
    "share of distinct words",
    Shape::Linear,
    0.09,
    0.75,
    words("repeats words rather than varying them", "more repetition"),
    words("varies the choice of words", "more varied words"),
);
pub(crate) const DENSITY: Feature = feature(
    1606,
    "density.content",
    "share of content words",
    Shape::Linear,
    0.1,
    0.55,
    words("writes loosely, with many small words", "looser wording"),
    words("packs much into few words", "denser wording"),
);

/// The first so many words are looked at for their variety, so that long texts do not seem to have less.
const WINDOW: usize = 50;

/// Syllables of an English word in lower case: runs of vowels, without a silent e.
pub(crate) fn syllables(word: &str) -> usize {
    let vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = word.as_bytes();
    let (mut runs, mut inside) = (0, false);
    for byte in bytes {
        runs += usize::from(vowel(*byte) && !inside);
        inside = vowel(*byte);
    }
    let end = bytes.len().saturating_sub(2);
    let silent = bytes.len() > 2 && bytes.ends_with(b"e") && !vowel(bytes[end]) && bytes[end] != b'l'
        || bytes.len() > 3 && bytes.ends_with(b"ed") && !matches!(bytes[bytes.len() - 3], b't' | b'd' | b'e');
    runs.saturating_sub(usize::from(silent)).max(1)
}

pub(super) fn measure(document: &Document<'_>, values: &mut Values) {
    let prose = document.sentences.iter().flat_map(|(range, _)| &document.tokens[range.clone()]);
    let english = |token: &&Token<'_>| token.word && token.english;
    let (mut spoken, mut beats) = (0, 0);
    for token in prose.filter(english) {
        spoken += 1;
        beats += syllables(&token.lower);
    }
    // Ratios over a handful of words say nothing.
    let enough = spoken >= 8;
    let a_word = beats as f32 / spoken.max(1) as f32;
    let a_sentence = spoken as f32 / document.sentences.len().max(1) as f32;
    values.set(&SYLLABLES, enough.then_some(a_word));
    values.set(&EASE, enough.then(|| (206.835 - 1.015 * a_sentence - 84.6 * a_word).clamp(-50.0, 120.0)));
    let content = |token: &&Token<'_>| {
        english(token) && !token.kinds.meets(Kinds::FUNCTION) && (token.starts || !token.capitalised())
    };
    let (mut content_words, mut nouns, mut learned) = (0, 0, 0);
    for token in document.tokens.iter().filter(content) {
        content_words += 1;
        if token.lower.len() >= 6 {
            let noun = is_nominalization(&token.lower);
            nouns += usize::from(noun);
            learned += usize::from(noun || is_learned(&token.lower));
        }
    }
    values.rate(&NOMINALIZATIONS, nouns, document.words);
    values.rate(&LATINATE, learned, document.words);
    let long = document.words as f32 >= SHORT;
    values.set(
        &DENSITY,
        (long && english_text(document)).then(|| content_words as f32 / document.words as f32),
    );
    values.set(&VARIETY, long.then(|| variety(document)));
}

/// Whether a word ends as nouns do that are made of verbs.
fn is_nominalization(word: &str) -> bool {
    let word = word.as_bytes();
    matches!(word.last_chunk(), Some(b"tion" | b"sion" | b"ment" | b"ness" | b"ance" | b"ence"))
        || matches!(word.last_chunk(), Some(b"ility" | b"tions"))
}

/// Whether a word ends as other learned words do.
fn is_learned(word: &str) -> bool {
    let word = word.as_bytes();
    matches!(word.last_chunk(), Some(b"ate" | b"ify" | b"ous" | b"ive" | b"ual" | b"ial" | b"ary"))
        || matches!(word.last_chunk(), Some(b"ize" | b"ise"))
        || matches!(word.last_chunk(), Some(b"ates" | b"ated" | b"ible"))
        || matches!(word.last_chunk(), Some(b"ifies" | b"ified"))
}

fn english_text(document: &Document<'_>) -> bool {
    document.tokens.iter().filter(|token| token.kinds.meets(Kinds::FUNCTION)).count() * 5 >= document.words
}

fn variety(document: &Document<'_>) -> f32 {
    let seen = document.tokens.iter().filter(|token| token.word).map(|token| &*token.lower).take(WINDOW);
    different(seen) as f32 / document.words.clamp(1, WINDOW) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::measure;

    #[test]
    fn syllables_are_heard() {
        for (word, count) in
            [("cat", 1), ("table", 2), ("make", 1), ("played", 1), ("wanted", 2), ("idea", 2), ("utilize", 3)]
        {
            assert_eq!(syllables(word), count, "{word}");
        }
    }

    #[test]
    fn plain_text_is_easier() {
        let hard =
            "The implementation of the regulation necessitates considerable administrative coordination.";
        let plain = "To make the rule work, the town staff must plan a lot of it with care.";
        let of = |text: &str, feature: &Feature| measure(text).value(feature.id).expect("an occasion");
        assert!(of(plain, &EASE) > of(hard, &EASE) + 40.0);
        assert!(of(plain, &SYLLABLES) < of(hard, &SYLLABLES));
        assert!(of(plain, &NOMINALIZATIONS) < of(hard, &NOMINALIZATIONS));
        assert_eq!(measure("我们明天下午三点在图书馆门口见面好吗。").value(EASE.id), None);
    }
}
