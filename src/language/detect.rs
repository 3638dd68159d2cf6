//! Which language a text is in, told by the text.
//!
//! Invariant: a text is taken to be in another language than the default only where its words and its letters say so both:
//! a short text, a name, a list of figures says nothing of its language.
//!
//! First the words: a text of which one word in eight is a small word of a language known here is in that language. That
//! decides nearly all texts and costs a look-up a word. Only else the letters are asked: `whatlang` compares the script
//! and the commonest three-letter sequences with those of seventy languages. It is small, has no dependency that does
//! more than hash, needs no data file, and says of itself whether it is sure. Titles full of names of species pass for
//! Latin, in which hardly anybody writes: that is not believed.

use crate::language::tuning::detection::{BYTES_MAX, SMALL_WORDS_SHARE, SURE, WORDS_MAX};

/// What the letters of a text say: the code of its language by ISO 639-3, `None` where that is not sure.
pub(crate) fn by_letters(text: &str) -> Option<&'static str> {
    let end = (0..=BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let found =
        whatlang::detect(&text[..end]).filter(|info| info.is_reliable() && info.confidence() >= SURE)?;
    Some(found.lang().code()).filter(|code| *code != "lat")
}

/// Whether enough of the words are small words of a language, one in eight.
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
