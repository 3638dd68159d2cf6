//! The measured features of one text.
//!
//! Invariant: a pure function of the document. A value is `None` if the text gives no occasion for it, so that
//! absence is never taken for a choice.

use std::ops::Range;

use crate::document::Document;
#[cfg(any(test, feature = "internals"))]
use crate::document::own_text;
use crate::signals::features::choice::split_swap;
use crate::signals::features::feature::{Feature, Values, id};
use crate::signals::features::table::{FAMILIES, FEATURES, position};
use crate::types::{Direction, PreferenceKey};

/// The features of one text.
#[derive(Debug, Clone)]
pub struct Measured {
    /// By position in the table.
    values: Vec<Option<f32>>,
    words: usize,
    /// Number of sentences, including those in lists.
    sentences: usize,
    /// The words in lower case, separated by single spaces, with a space at both ends.
    spoken: String,
    greeting: Option<String>,
    closing: Option<String>,
    frame: (usize, Range<usize>),
}

/// Measures a text; of a message, the writer's own part.
#[cfg(any(test, feature = "internals"))]
pub fn measure(text: &str) -> Measured {
    Measured::of(&Document::read(&own_text(text), None))
}

impl Measured {
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let mut found = Values::default();
        let mut spoken = String::with_capacity(document.text.len() + 2);
        spoken.push(' ');
        if document.words > 0 {
            found.found.reserve(FEATURES.len());
            for family in FAMILIES {
                (family.measure)(document, &mut found);
            }
            for word in document.spoken() {
                spoken.push_str(word);
                spoken.push(' ');
            }
        }
        let mut values = vec![None; FEATURES.len()];
        for (id, value) in found.found {
            if let Some(at) = position(id) {
                values[at] = Some(value);
            }
        }
        let sentences = document.sentences.len() + document.listed.len();
        let (greeting, closing, frame) = (found.greeting, found.closing, found.frame);
        Self { values, words: document.words, sentences, spoken, greeting, closing, frame }
    }

    /// The features that have a value, ascending, with the value.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static Feature, f32)> {
        FEATURES.iter().zip(&self.values).filter_map(|(feature, value)| Some((*feature, (*value)?)))
    }

    /// The value of a feature in its unit; `None` if the text gives no occasion for it.
    pub fn value(&self, feature: u16) -> Option<f32> {
        position(feature).and_then(|at| self.values[at])
    }

    /// How far the text expresses `key`, in steps of the feature's scale, from -1 (the opposite) to 1. With a `level`
    /// (in the feature's unit) the result is 1 at the level and decreases to both sides. `None` if the text gives no
    /// occasion.
    pub fn agreement(&self, key: &PreferenceKey, level: Option<f32>) -> Option<f32> {
        let feature = Feature::by_id(key.feature)?;
        if feature.has_subject {
            let sign = f32::from(key.direction.sign());
            return self.subject_agreement(key).map(|agreement| agreement * sign);
        }
        let place = feature.on_axis(self.value(key.feature)?);
        Some(feature.agreement(place, key.direction, level))
    }

    fn subject_agreement(&self, key: &PreferenceKey) -> Option<f32> {
        if self.words == 0 {
            return None;
        }
        let phrase =
            |found: &Option<String>| if found.as_deref() == Some(&*key.subject) { 1.0 } else { -1.0 };
        match key.feature {
            id::GREETING_PHRASE => Some(phrase(&self.greeting)),
            id::CLOSING_PHRASE => Some(phrase(&self.closing)),
            id::SWAP => {
                let (to, from) = split_swap(&key.subject)?;
                match (self.says(&to.to_lowercase()), self.says(&from.to_lowercase())) {
                    (true, false) => Some(1.0),
                    (false, true) => Some(-1.0),
                    (true, true) => Some(0.0),
                    (false, false) => None,
                }
            }
            _ => match (self.says(&key.subject), key.direction) {
                (true, _) => Some(1.0),
                (false, Direction::Less) => Some(-1.0),
                (false, Direction::More) => None,
            },
        }
    }

    /// Whether a word or phrase in lower case occurs in the text.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        // Most phrases do not even occur within words, which is cheaper to check.
        !phrase.is_empty() && self.spoken.contains(phrase) && self.spoken.contains(&format!(" {phrase} "))
    }

    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// The number of sentences that end with a mark, if `feature` is the share of those that do.
    pub(crate) fn marked(&self, feature: u16) -> Option<f32> {
        matches!(feature, id::EXCLAMATION | id::QUESTION)
            .then(|| self.value(feature).map(|share| (share * self.sentences as f32).round()))
            .flatten()
    }

    /// The words in lower case.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &str> {
        self.spoken.split(' ').filter(|word| !word.is_empty())
    }

    pub(crate) fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    /// The number of tokens of the greeting, and the range of tokens of the sign-off and the name below it; 0 and an
    /// empty range if there are none.
    pub(crate) fn frame(&self) -> &(usize, Range<usize>) {
        &self.frame
    }

    pub(crate) fn closing(&self) -> Option<&str> {
        self.closing.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::features::{form, marks, punctuation};

    #[test]
    fn marks_are_rates_of_the_words() {
        let text = "See **this** - or (that) -- at https://a.b, a well-made _thing_ *now*... Café";
        let measured = measure(text);
        for (feature, count) in [
            (&form::EMPHASIS, 1.0),
            (&form::LINKS, 1.0),
            (&form::ITALICS, 2.0),
            (&form::PARENTHESES, 1.0),
            (&punctuation::DASH, 2.0),
            (&punctuation::ELLIPSIS, 1.0),
            (&marks::HYPHENS, 1.0),
        ] {
            // Per hundred words; a shorter text counts as having fifty.
            assert_eq!(measured.value(feature.id), Some(2.0 * count), "{}", feature.name);
        }
    }
}
