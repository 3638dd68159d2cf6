//! The distinct words of a text.
//!
//! Invariant: a function of the text's words in lower case, independent of their order and number.

use std::collections::BTreeSet;

use crate::document::token::{Words, fold, is_word};

/// The distinct words and symbols of a text, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    words: BTreeSet<String>,
    /// The number of words of letters or digits, including repetitions.
    spoken: usize,
}

impl Vocabulary {
    pub(crate) fn of(text: &str) -> Self {
        let mut all = Self::default();
        for word in Words(text) {
            all.spoken += usize::from(is_word(word));
            all.words.insert(fold(word).into_owned());
        }
        all
    }

    /// The number of words of letters or digits in the text.
    pub(crate) fn spoken(&self) -> usize {
        self.spoken
    }

    /// The number of words in both texts divided by the number of words in either, 0 to 1 (Jaccard 1901).
    pub(crate) fn shared(&self, other: &Self) -> f32 {
        let shared = self.words.intersection(&other.words).count();
        shared as f32 / (self.words.len() + other.words.len() - shared).max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_different_words() {
        let (one, other) = (Vocabulary::of("The plan, the plan!"), Vocabulary::of("the PLAN is fine"));
        assert_eq!((one.spoken(), other.spoken()), (4, 4));
        assert!((one.shared(&other) - 2.0 / 6.0).abs() < 1e-6);
        assert_eq!((one.shared(&one), Vocabulary::of("").shared(&Vocabulary::of(" "))), (1.0, 0.0));
    }
}
