//! Readability of the words and the text.
//!
//! The features have no value in a language without a rule for syllables, or in other scripts. Flesch reading ease:
//! R. Flesch, "A new readability yardstick" (1948).

use crate::document::{Document, Token, different};
use crate::language::{Ending, Kinds};
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};
use crate::signals::tuning::feature::RATE_WORDS_MIN;

pub(super) const FAMILY: Family =
    Family { features: &[&EASE, &SYLLABLES, &NOMINALIZATIONS, &LATINATE, &VARIETY, &DENSITY], measure };

pub(crate) const EASE: Feature =
    feature(1601, "readability.ease", "points", Shape::Linear, 10.0, 55.0).kin(kin::WORDS).with_content();
pub(crate) const SYLLABLES: Feature =
    feature(1602, "words.syllables", "syllables a word", Shape::Linear, 0.18, 1.6)
        .kin(kin::WORDS)
        .with_content();
pub(crate) const NOMINALIZATIONS: Feature =
    feature(1603, "words.nominalizations", "per 100 words", Shape::Rate, 3.0, 4.0)
        .kin(kin::WORDS)
        .with_content();
pub(crate) const LATINATE: Feature =
    feature(1604, "words.latinate", "per 100 words", Shape::Rate, 4.0, 6.0).kin(kin::WORDS).with_content();
pub(crate) const VARIETY: Feature =
    feature(1605, "words.variety", "share of distinct words", Shape::Linear, 0.09, 0.75).with_content();
pub(crate) const DENSITY: Feature =
    feature(1606, "density.content", "share of content words", Shape::Linear, 0.1, 0.55).with_content();

/// Variety is measured on this many first words, so that it does not depend on the length of the text.
const WINDOW: usize = 50;

fn measure(document: &Document<'_>, values: &mut Values) {
    let prose = document.sentences.iter().flat_map(|(range, _)| &document.tokens[range.clone()]);
    let ascii = |token: &&Token<'_>| token.word && token.ascii;
    let (mut spoken, mut beats) = (0, 0);
    let syllables = document.language.syllables();
    for token in prose.filter(ascii) {
        spoken += 1;
        beats += syllables.map_or(0, |syllables| syllables(&token.lower));
    }
    // Ratios over a handful of words are meaningless.
    let enough = spoken >= 8 && syllables.is_some();
    let a_word = beats as f32 / spoken.max(1) as f32;
    let a_sentence = spoken as f32 / document.sentences.len().max(1) as f32;
    values.set(&SYLLABLES, enough.then_some(a_word));
    values.set(&EASE, enough.then(|| (206.835 - 1.015 * a_sentence - 84.6 * a_word).clamp(-50.0, 120.0)));
    let content = |token: &&Token<'_>| {
        ascii(token) && !token.kinds.meets(Kinds::FUNCTION) && (token.starts || !token.capitalised())
    };
    let (mut content_words, mut nouns, mut learned) = (0, 0, 0);
    for token in document.tokens.iter().filter(content) {
        content_words += 1;
        if token.lower.len() >= 6 {
            let noun = document.language.ends(&token.lower, Ending::Nominal, 0);
            nouns += usize::from(noun);
            learned += usize::from(noun || document.language.ends(&token.lower, Ending::Learned, 0));
        }
    }
    if document.language.has_endings(Ending::Nominal) {
        values.rate(&NOMINALIZATIONS, nouns, document.words);
        values.rate(&LATINATE, learned, document.words);
    }
    let long = document.words as f32 >= RATE_WORDS_MIN;
    values.set(
        &DENSITY,
        (long && has_small_words(document)).then(|| content_words as f32 / document.words as f32),
    );
    values.set(&VARIETY, long.then(|| variety(document)));
}

/// Whether at least one word in five is a function word of the language; otherwise the text is hardly in that
/// language.
fn has_small_words(document: &Document<'_>) -> bool {
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
