//! Definition of a feature of a text, and of a family of features.
//!
//! Invariant: a feature's id and name never change and are never reused. This file does not depend on any family.

use std::ops::Range;

use crate::document::Document;
use crate::language::Kinds;
use crate::signals::tuning::feature::{DIRECTION_STEPS, LEVEL_STEPS, RATE_WORDS_MIN};
use crate::types::Direction;

/// One feature.
#[derive(Debug)]
pub struct Feature {
    /// The id, never reused or renumbered.
    pub id: u16,
    /// Stable dotted name, such as "length.words". A language's wording is looked up by this name.
    pub name: &'static str,
    /// Unit of the value, such as "words".
    pub unit: &'static str,
    /// One step of natural variation, in which changes are measured. In the feature's unit, except for lengths, where
    /// it is a difference of natural logarithms.
    pub scale: f32,
    /// Whether evidence has a subject (a word, a phrase).
    pub has_subject: bool,
    /// How values are compared.
    pub(crate) shape: Shape,
    /// A middling value; values on either side of it lean to that side.
    pub(crate) middle: f32,
    /// Group of features that say nearly the same when they have the same direction; 0 for none.
    pub(crate) kin: u8,
    /// Words of these kinds increase the feature.
    pub(crate) lists: Kinds,
    /// Which other changes affect it.
    pub(crate) reach: Reach,
}

/// How much a feature is affected by other changes in an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Not at all: it only changes by a deliberate act.
    Own,
    /// By a greeting, a sign-off, a "please", thanks.
    Courtesy,
    /// By nearly any change: lengths, shares of words.
    Anything,
    /// By any change, also by other content: it only tells something of sentences that were kept.
    Content,
}

/// Features that are measured together, in one file.
pub(crate) struct Family {
    pub(crate) features: &'static [&'static Feature],
    /// Measures a text that has words.
    pub(crate) measure: fn(&Document<'_>, &mut Values),
}

/// How the values of a feature are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A length, compared by ratio.
    Log,
    /// A share or a mean, compared by difference.
    Linear,
    /// A share of the places where the writer had the choice; a share of 0 is a choice, too.
    Choice,
    /// A count per hundred words; shorter texts count as having [`RATE_WORDS_MIN`] words.
    Rate,
    /// 1 or 0.
    Presence,
    /// Has a subject.
    Subject,
}

pub(crate) const fn feature(
    id: u16,
    name: &'static str,
    unit: &'static str,
    shape: Shape,
    scale: f32,
    middle: f32,
) -> Feature {
    let has_subject = matches!(shape, Shape::Subject);
    Feature {
        id,
        name,
        unit,
        scale,
        has_subject,
        shape,
        middle,
        kin: 0,
        lists: Kinds::NONE,
        reach: Reach::Anything,
    }
}

impl Feature {
    /// Whether its absence from a text does not indicate a choice of the writer, so that no evidence is kept of it.
    pub(crate) fn absence_tells_nothing(&self) -> bool {
        matches!(self.shape, Shape::Linear | Shape::Rate | Shape::Presence)
            || matches!(self.id, id::GREETING_PHRASE | id::CLOSING_PHRASE | id::BLOCK)
    }

    pub(crate) const fn kin(mut self, kin: u8) -> Self {
        self.kin = kin;
        self
    }

    /// Marks a feature that only changes by a deliberate act.
    pub(crate) const fn own(mut self) -> Self {
        self.reach = Reach::Own;
        self
    }

    /// Marks a feature that is affected by courtesies.
    pub(crate) const fn with_courtesy(mut self) -> Self {
        self.reach = Reach::Courtesy;
        self
    }

    /// Marks a feature that is affected by other content.
    pub(crate) const fn with_content(mut self) -> Self {
        self.reach = Reach::Content;
        self
    }

    pub(crate) const fn lists(mut self, kinds: Kinds) -> Self {
        self.lists = kinds;
        self
    }

    /// The value on the axis on which it is compared.
    pub(crate) fn on_axis(&self, value: f32) -> f32 {
        if self.shape == Shape::Log { value.max(0.25).ln() } else { value }
    }

    /// How far a coordinate on that axis expresses a direction, from -1 (the opposite) to 1. With a `level` (in the
    /// feature's unit) the result is 1 at the level and decreases to both sides.
    pub(crate) fn agreement(&self, place: f32, direction: Direction, level: Option<f32>) -> f32 {
        if let Some(level) = level {
            return (1.0 - (place - self.on_axis(level)).abs() / (LEVEL_STEPS * self.scale)).max(-1.0);
        }
        let steps = (place - self.on_axis(self.middle)) / (DIRECTION_STEPS * self.scale);
        f32::from(direction.sign()) * steps.clamp(-1.0, 1.0)
    }

    /// The value at a coordinate of that axis; the inverse of [`on_axis`](Self::on_axis).
    pub(crate) fn off_axis(&self, place: f32) -> f32 {
        if self.shape == Shape::Log { place.exp() } else { place }
    }
}

/// The values that the families measured in a text.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// By id, in any order.
    pub(crate) found: Vec<(u16, f32)>,
    pub(crate) greeting: Option<String>,
    pub(crate) closing: Option<String>,
    /// The number of tokens of the greeting, and the range of tokens of the sign-off and the name below it.
    pub(crate) frame: (usize, Range<usize>),
}

impl Values {
    /// Sets the value of a feature; `None` if the text gives no occasion for it.
    pub(crate) fn set(&mut self, feature: &Feature, value: impl Into<Option<f32>>) {
        let value = value.into().filter(|value| value.is_finite());
        self.found.extend(value.map(|value| (feature.id, value)));
    }

    /// Sets the number of words from the feature's lists per hundred words; does nothing in a language without such
    /// lists.
    pub(crate) fn listed(&mut self, feature: &Feature, document: &Document<'_>) {
        if document.language.lexicon().knows(feature.lists) {
            self.rate(feature, document.count(feature.lists), document.words);
        }
    }

    /// Sets a count per hundred words.
    pub(crate) fn rate(&mut self, feature: &Feature, count: usize, words: usize) {
        self.set(feature, count as f32 * 100.0 / (words as f32).max(RATE_WORDS_MIN));
    }
}

/// Groups of features that say nearly the same: a result names at most one of each.
pub(crate) mod kin {
    pub(crate) const LENGTH: u8 = 1;
    pub(crate) const WORDS: u8 = 2;
    pub(crate) const SENTENCES: u8 = 3;
    pub(crate) const FORMALITY: u8 = 4;
    pub(crate) const HARSH: u8 = 5;
    pub(crate) const SPELLING: u8 = 6;
}

/// Ids of features that other code refers to.
pub(crate) mod id {
    pub(crate) const WORDS: u16 = 101;
    pub(crate) const SENTENCES: u16 = 102;
    pub(crate) const SENTENCE_WORDS: u16 = 103;
    pub(crate) const PARAGRAPHS: u16 = 104;
    pub(crate) const PARAGRAPH_WORDS: u16 = 105;
    pub(crate) const BULLETS: u16 = 201;
    pub(crate) const NUMBERED: u16 = 202;
    pub(crate) const LINE_BREAKS: u16 = 205;
    pub(crate) const EXCLAMATION: u16 = 301;
    pub(crate) const QUESTION: u16 = 302;
    pub(crate) const COMMA: u16 = 307;
    pub(crate) const REPEATED: u16 = 311;
    pub(crate) const SECOND: u16 = 503;
    pub(crate) const PASSIVE: u16 = 505;
    pub(crate) const GREETING: u16 = 601;
    pub(crate) const GREETING_PHRASE: u16 = 602;
    pub(crate) const CLOSING: u16 = 603;
    pub(crate) const CLOSING_PHRASE: u16 = 604;
    pub(crate) const PLEASE: u16 = 701;
    pub(crate) const THANKS: u16 = 702;
    pub(crate) const REQUESTS: u16 = 704;
    pub(crate) const ORDERS: u16 = 705;
    pub(crate) const HEDGES: u16 = 801;
    pub(crate) const BOOSTERS: u16 = 802;
    pub(crate) const FORMAL: u16 = 902;
    pub(crate) const CASUAL: u16 = 903;
    pub(crate) const OVERALL: u16 = 904;
    pub(crate) const WORD_LENGTH: u16 = 1001;
    pub(crate) const SWAP: u16 = 1501;
    pub(crate) const PHRASE: u16 = 1502;
    pub(crate) const BLOCK: u16 = 1503;
    pub(crate) const EASE: u16 = 1601;
    pub(crate) const CLAUSES: u16 = 1701;
    pub(crate) const LONGEST: u16 = 1702;
    pub(crate) const EVENNESS: u16 = 1703;
    pub(crate) const LAST_QUESTION: u16 = 1801;
    pub(crate) const CORRECT: u16 = 2001;
}
