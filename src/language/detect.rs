//! Language detection.
//!
//! Invariant: a text is attributed to a language other than the default only if both its words and its letters
//! indicate so. A short text, a name or a list of figures says nothing about its language.
//!
//! The words are examined first: a text in which at least one word in eight is a function word of a known language is
//! in that language. This decides nearly all texts and costs one look-up per word. Only otherwise are the letters
//! examined: `whatlang` compares the script and the most frequent trigrams with those of seventy languages. It is
//! small, needs no data file, has only a hashing crate as a dependency, and reports whether its result is reliable.
//! Titles full of species names are classified as Latin, in which hardly anybody writes, so that this result is
//! discarded.

use crate::language::tuning::detection::{BYTES_MAX, SMALL_WORDS_SHARE, SURE, WORDS_MAX};

/// Detects a language by the letters of a text; returns the ISO 639-3 code, or `None` if the result is not reliable.
pub(crate) fn by_letters(text: &str) -> Option<&'static str> {
    let end = (0..=BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let found =
        whatlang::detect(&text[..end]).filter(|info| info.is_reliable() && info.confidence() >= SURE)?;
    Some(found.lang().code()).filter(|code| *code != "lat")
}

/// Whether at least one word in eight is a function word of a language.
pub(crate) fn by_words<'w>(words: impl Iterator<Item = &'w str>, is_small: impl Fn(&str) -> bool) -> bool {
    let (mut small, mut all) = (0, 0);
    for word in words.take(WORDS_MAX) {
        small += usize::from(is_small(word));
        all += 1;
    }
    SMALL_WORDS_SHARE * small >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_sure_of_whole_sentences_only() {
        assert_eq!(
            by_letters("Könntest du mir bitte bis morgen den Bericht schicken, damit ich ihn lesen kann?"),
            Some("deu")
        );
        assert_eq!(by_letters("Candida albicans-Staphylococcus aureus polymicrobial peritonitis"), None);
        assert_eq!(by_letters("ok"), None);
        assert_eq!(by_letters(""), None);
    }

    #[test]
    fn one_small_word_in_eight_is_enough() {
        let small = |word: &str| word == "the";
        assert!(by_words("the a b c d e f g".split(' '), small));
        assert!(!by_words("the a b c d e f g h".split(' '), small));
    }
}
