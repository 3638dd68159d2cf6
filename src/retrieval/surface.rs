//! The surface of a text: how long it is, how its sentences run, its marks, capitals, digits and pronouns.
//!
//! Invariant: a pure function of the text's beginning, the same on every machine; of a text nothing can be read back
//! from it. It tells kinds of texts apart where the topic does not: a chat and an article on one subject are near by
//! meaning and far apart in form. Two texts are compared measure by measure in natural deviations, each clipped, so
//! that one odd measure does not outweigh all others (the city block distance; a table of many names is no other kind
//! of mail).

use serde::{Deserialize, Serialize};

use crate::text::{is_word, sentences, words};

/// How many measures there are.
pub(super) const MEASURES: usize = 15;
/// Bytes of a text that are looked at; its form shows in its beginning.
const BYTES_MAX: usize = 2_000;
/// What one deviation is in a byte.
const STEP: f32 = 16.0;
/// A difference of more deviations counts as so many.
const CLIP: u8 = 32;
/// Natural deviation of the square root of each measure, over texts of many kinds.
const DEVIATIONS: [f32; MEASURES] =
    [0.23, 0.25, 0.06, 0.35, 0.26, 0.25, 0.29, 0.25, 0.29, 0.17, 0.43, 0.35, 0.28, 0.37, 0.24];

/// The surface of a text, a byte for each measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface([u8; MEASURES]);

impl Surface {
    /// The surface of a text.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; MEASURES];
        for (byte, (x, deviation)) in bytes.iter_mut().zip(measures(beginning(text)).iter().zip(DEVIATIONS)) {
            // Square roots: what is rare tells more by being there at all than by how often. Saturates.
            *byte = (x.max(0.0).sqrt() / deviation * STEP).round() as u8;
        }
        Self(bytes)
    }

    /// The mean difference of the measures, in natural deviations, 0 to 2.
    pub fn distance(&self, other: &Self) -> f32 {
        let apart = self.0.iter().zip(&other.0).map(|(a, b)| u32::from(a.abs_diff(*b).min(CLIP)));
        apart.sum::<u32>() as f32 / (STEP * MEASURES as f32)
    }
}

/// How alike two contexts are, by topic and form together, from the cosine of their vectors and the distance of their
/// surfaces: at most 1; above 0 they are mostly of one kind, below -.3 mostly not.
pub fn likeness(cosine: f32, distance: f32) -> f32 {
    /// What a deviation of form weighs against the cosine.
    const FORM: f32 = 0.7;
    cosine - FORM * distance
}

/// The beginning of a text that is looked at.
pub(super) fn beginning(text: &str) -> &str {
    let end = (0..=BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// The measures of a text, each brought to a usual range of about 1.
pub(super) fn measures(text: &str) -> [f32; MEASURES] {
    let tokens = words(text);
    let words: Vec<&str> = tokens.into_iter().filter(|word| is_word(word)).collect();
    let chars = text.chars().count().max(1) as f32;
    let share = |counts: &dyn Fn(char) -> bool, scale: f32| {
        text.chars().filter(|c| counts(*c)).count() as f32 / chars * scale
    };
    let count = words.len().max(1) as f32;
    let pronouns = |list: &[&str], scale: f32| {
        let is = |word: &&&str| {
            let stem = word.split(['\'', '\u{2019}']).next().unwrap_or(word);
            list.iter().any(|pronoun| stem.eq_ignore_ascii_case(pronoun))
        };
        words.iter().filter(is).count() as f32 / count * scale
    };
    let inner = |word: &&&str| word.contains(['\'', '\u{2019}']);
    [
        (1.0 + words.len() as f32).ln(),
        words.len() as f32 / sentences(text).len().max(1) as f32 / 20.0,
        chars / count / 6.0,
        share(&|c| c == '\n', 50.0),
        share(&char::is_uppercase, 10.0),
        share(&char::is_numeric, 10.0),
        share(&|c| c == ',', 50.0),
        share(&|c| c == '!', 100.0),
        share(&|c| c == '?', 100.0),
        share(&|c| !c.is_alphanumeric() && !c.is_whitespace(), 10.0),
        f32::from(u8::from(text.trim_start().starts_with(char::is_lowercase))),
        pronouns(&["i", "my", "me", "we", "our"], 10.0),
        pronouns(&["you", "your"], 10.0),
        words.iter().filter(inner).count() as f32 / count * 20.0,
        f32::from(u8::from(text.contains("http") || text.contains('@'))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Hi Ana,\n\ncould you send me the plan?\n\nThanks,\nTom";
    const OTHER_MAIL: &str = "Hi Lee,\n\nare you free on Monday?\n\nCheers,\nTom";
    const ABSTRACT: &str =
        "We study the growth of thin films. Films of 30 nm were deposited; their roughness was measured.";

    #[test]
    fn texts_of_one_form_are_near() {
        let of = Surface::of;
        assert_eq!(of(MAIL).distance(&of(MAIL)), 0.0);
        assert!(of(MAIL).distance(&of(OTHER_MAIL)) < 0.5 * of(MAIL).distance(&of(ABSTRACT)));
        assert_eq!(of(MAIL).distance(&of(ABSTRACT)), of(ABSTRACT).distance(&of(MAIL)));
    }

    #[test]
    fn any_text_has_a_surface() {
        for text in ["", " ", "\n", "\u{0}", "这里没有字母。", "!!!!!!!!", &"ä".repeat(5_000)] {
            let distance = Surface::of(text).distance(&Surface::of(MAIL));
            assert!((0.0..=2.0).contains(&distance), "{text:?}");
        }
    }
}
