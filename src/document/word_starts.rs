//! Where words begin, for counting positions in words.
//!
//! Invariant: offsets ascend, and each is that of a visible character.

use unicode_general_category::{GeneralCategory, get_general_category};

use crate::document::token::is_ideograph;
use crate::document::tuning::LETTERS_PER_WORD;

/// The offsets at which words begin: parts separated by white space, each ideograph and kana, and every few letters
/// of a script without spaces.
pub(crate) fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut inside, mut letters) = (false, 0);
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            inside = false;
            continue;
        }
        letters += usize::from(is_unspaced(c));
        if !inside || is_ideograph(c) || letters > LETTERS_PER_WORD {
            starts.push(at);
            (inside, letters) = (true, usize::from(is_unspaced(c)));
        }
    }
    starts
}

/// Whether a character is a letter (not a vowel sign or tone mark) of Thai, Lao, Tibetan, Burmese or Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        && get_general_category(c) == GeneralCategory::OtherLetter
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_vowel_sign_or_tone_mark_is_parted_from_its_letter() {
        let thai = "การประชุมเรื่องสำนักงานใหม่ย้ายไปห้องใหญ่".repeat(40);
        let sign = |c| matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}');
        assert!(word_starts(&thai).iter().all(|start| !thai[*start..].starts_with(sign)));
        assert_eq!(word_starts("我们 go 語").len(), 4);
    }

    proptest! {
        /// Characters that determine how ordinary text is split.
        #[test]
        fn words_with_spaces_are_what_white_space_sets_apart(text in "[a-zA-Zéßж0-9,.;:'/-]{1,9}( [a-zA-Zéßж0-9,.;:'/👍-]{1,9}|[ \n\u{3000}]){0,99}") {
            let words: Vec<usize> =
                text.split_whitespace().map(|word| word.as_ptr() as usize - text.as_ptr() as usize).collect();
            prop_assert_eq!(word_starts(&text), words);
        }
    }
}
