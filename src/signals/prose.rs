//! Aspects of prose that readers and editors object to, beyond the features that a preference can name: stock
//! phrases, ornament, marks of machine-written text, monotony.
//!
//! Invariant: an axis's id never changes and is never reused; the ids are above those of the features. In a language
//! without the necessary lists most axes are 0 for every text and therefore have no influence.

use crate::document::{Document, Token, different};
use crate::language::{Ending, Language, Roles};

/// One axis. A language's wording names it under `prose.` and the id.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) id: u16,
    /// One step of natural variation.
    pub(crate) scale: f32,
}

const fn axis(id: u16, scale: f32) -> Axis {
    Axis { id, scale }
}

/// All axes, in the order in which [`places`] returns their values.
#[rustfmt::skip]
pub(crate) const AXES: [Axis; 25] = [
    axis(9001, 1.0), axis(9002, 0.7), axis(9003, 0.8), axis(9004, 0.6), axis(9005, 0.7),
    axis(9006, 1.0), axis(9007, 1.5), axis(9008, 1.5), axis(9009, 0.05), axis(9010, 0.4),
    axis(9011, 0.8), axis(9012, 1.0), axis(9013, 0.12), axis(9014, 0.5), axis(9015, 0.15),
    axis(9016, 0.4), axis(9017, 0.8), axis(9018, 0.8), axis(9019, 0.8), axis(9020, 0.12),
    axis(9021, 0.03), axis(9022, 1.0), axis(9023, 3.0), axis(9024, 1.5), axis(9025, 1.2),
];

/// The coordinates of a text on each axis, in steps.
pub(crate) fn places(document: &Document<'_>) -> [f32; AXES.len()] {
    let language = document.language;
    let words: Vec<&Token<'_>> = document.tokens.iter().filter(|token| token.word).collect();
    let mut places = [0.0; AXES.len()];
    if words.is_empty() {
        return places;
    }
    let hundred = 100.0 / (words.len() as f32).max(50.0);
    let sentences: Vec<&[Token<'_>]> =
        document.sentences.iter().map(|(range, _)| &document.tokens[range.clone()]).collect();
    let counts = Counts::new(language, &words);
    let per_hundred = |role: Roles| counts.of(role) as f32 * hundred;

    places[0] = counts.machine as f32 * hundred;
    places[1] = per_hundred(Roles::STOCK);
    places[2] = trailing(language, &document.tokens) * hundred;
    places[3] = triads(&document.tokens) * hundred;
    places[4] = per_hundred(Roles::LIKE) + per_hundred(Roles::AS_IF);
    places[5] = counts.adverbs as f32 * hundred;
    places[6] = counts.adjectives as f32 * hundred;
    places[7] = counts.nouns as f32 * hundred;
    places[8] = repeated(language, &words);
    places[9] = per_hundred(Roles::NOT_BUT);
    places[10] = per_hundred(Roles::FILTER);
    places[11] = per_hundred(Roles::OF);
    places[12] = evenness(&sentences);
    places[13] = moral(language, sentences.last().copied().unwrap_or_default());
    places[14] = participles(language, &sentences);
    places[15] = per_hundred(Roles::BEGINS_TO);
    places[16] = per_hundred(Roles::WITH);
    places[17] = per_hundred(Roles::WHILE);
    places[18] = per_hundred(Roles::EACH);
    places[19] = alike(&sentences);
    places[20] = words.iter().filter(|token| token.lower.len() <= 3).count() as f32 / words.len() as f32;
    places[21] = per_hundred(Roles::AND);
    places[22] = per_hundred(Roles::PLAIN_VERB);
    places[23] = per_hundred(Roles::ARTICLE);
    places[24] = per_hundred(Roles::ABSTRACT_PLACE);
    for (place, axis) in places.iter_mut().zip(&AXES) {
        *place /= axis.scale;
    }
    places
}

/// The roles of words and phrases that are counted.
const COUNTED: [Roles; 14] = [
    Roles::LIKE,
    Roles::FILTER,
    Roles::OF,
    Roles::WITH,
    Roles::WHILE,
    Roles::EACH,
    Roles::AND,
    Roles::PLAIN_VERB,
    Roles::ARTICLE,
    Roles::ABSTRACT_PLACE,
    Roles::AS_IF,
    Roles::NOT_BUT,
    Roles::BEGINS_TO,
    Roles::STOCK,
];

/// Counts of words by sort.
#[derive(Default)]
struct Counts {
    /// Words that language models overuse.
    machine: usize,
    adverbs: usize,
    /// Words with the ending of an ornamental adjective.
    adjectives: usize,
    /// Words with the ending of an abstract noun.
    nouns: usize,
    /// By position in [`COUNTED`].
    roles: [usize; COUNTED.len()],
}

impl Counts {
    fn new(language: &Language, words: &[&Token<'_>]) -> Self {
        let mut counts = Self::default();
        for (at, token) in words.iter().enumerate() {
            let word = &*token.lower;
            let ends = |ending, rest| language.ends(word, ending, rest);
            counts.machine += usize::from(language.is_overused(word));
            counts.adjectives += usize::from(word.len() > 5 && ends(Ending::Adjective, 0));
            let singular = word.trim_end_matches('s');
            counts.nouns += usize::from(word.len() > 6 && language.ends(singular, Ending::Abstract, 0));
            counts.adverbs += usize::from(ends(Ending::Adverb, 3) && !token.is(Roles::NO_ADVERB));
            let Some(entry) = token.entry else { continue };
            // Punctuation between the words of a phrase is ignored.
            let roles =
                entry.roles().or(entry.phrase_roles(words[at + 1..].iter().map(|token| &*token.lower)));
            if roles != Roles::NONE {
                for (count, role) in counts.roles.iter_mut().zip(COUNTED) {
                    *count += usize::from(roles.meets(role));
                }
            }
        }
        counts
    }

    /// The number of words and phrases of a role.
    fn of(&self, role: Roles) -> usize {
        COUNTED.iter().position(|counted| *counted == role).map_or(0, |at| self.roles[at])
    }
}

/// The first word of a sentence.
fn first<'s>(sentence: &&'s [Token<'_>]) -> Option<&'s str> {
    sentence.iter().find(|token| token.word).map(|token| &*token.lower)
}

/// The share of sentences that begin with a participle.
fn participles(language: &Language, sentences: &[&[Token<'_>]]) -> f32 {
    let ing = |word: &&str| language.ends(word, Ending::Gerund, 2);
    sentences.iter().filter_map(first).filter(ing).count() as f32 / sentences.len().max(4) as f32
}

/// The share of sentences that begin with the same word as another sentence.
fn alike(sentences: &[&[Token<'_>]]) -> f32 {
    let firsts = sentences.iter().filter_map(first);
    let all = firsts.clone().count();
    (all - different(firsts)) as f32 / all.max(4) as f32
}

/// The number of commas followed by a participle.
fn trailing(language: &Language, tokens: &[Token<'_>]) -> f32 {
    let ing = |token: &Token<'_>| language.ends(&token.lower, Ending::Gerund, 2);
    tokens.windows(2).filter(|pair| pair[0].text == "," && ing(&pair[1])).count() as f32
}

/// The number of patterns "x, y, and z": a comma at most four words before another one that is followed by "and".
fn triads(tokens: &[Token<'_>]) -> f32 {
    let is = |at: usize| {
        tokens[at].text == ","
            && tokens.get(at + 1).is_some_and(|next| next.is(Roles::AND_OR))
            && tokens[at.saturating_sub(5)..at].iter().any(|token| token.text == ",")
    };
    (0..tokens.len()).filter(|at| is(*at)).count() as f32
}

/// The share of repeated words among the first 150 longer words.
fn repeated(language: &Language, words: &[&Token<'_>]) -> f32 {
    let long = words.iter().filter(|token| token.lower.len() > 4).take(150);
    let all = long.clone().count();
    (all - different(long.map(|token| language.trim(&token.lower)))) as f32 / all.max(20) as f32
}

/// 1 minus the coefficient of variation of the sentence lengths.
fn evenness(sentences: &[&[Token<'_>]]) -> f32 {
    if sentences.len() < 3 {
        return 0.5;
    }
    let lengths: Vec<f32> =
        sentences.iter().map(|s| s.iter().filter(|token| token.word).count() as f32).collect();
    let mean = lengths.iter().sum::<f32>() / lengths.len() as f32;
    let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / lengths.len() as f32;
    1.0 - (variance.sqrt() / mean.max(1.0)).min(1.0)
}

/// The number of moralizing words in the last sentence.
fn moral(language: &Language, last: &[Token<'_>]) -> f32 {
    last.iter().filter(|token| language.is_of_morals(&token.lower)).count().min(3) as f32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn place(id: u16, text: &str) -> f32 {
        let at = AXES.iter().position(|axis| axis.id == id).expect("an id of the table");
        places(&Document::new(text, Language::english()))[at]
    }

    #[test]
    fn each_axis_tells_more_from_less() {
        let plain =
            "The bus was late. Ann walked home in the rain and made tea. Her brother had left a note.";
        let purple = "A sense of unspoken longing lingered, echoing softly like a melody, a hope, and a dream. \
                      Seeming to shimmer, the weight of the memories began to dance with each gentle, wondrous \
                      realization, as if the stillness of the moment were not just a testament but also a reminder.";
        for axis in [9001, 9002, 9003, 9004, 9005, 9006, 9007, 9010, 9011, 9012, 9014, 9016] {
            assert!(place(axis, purple) > place(axis, plain), "{axis}");
        }
        let monotone = "She saw the house there. She saw the river there. She saw the garden there.";
        for axis in [9009, 9013, 9020] {
            assert!(place(axis, monotone) > place(axis, plain), "{axis}");
        }
    }

    #[test]
    fn no_text_breaks_it() {
        for text in ["", " ", ".", "一二三。四五六。", "مرحبا", "a", ", and , and"] {
            assert!(
                places(&Document::new(text, Language::english())).iter().all(|place| place.is_finite()),
                "{text}"
            );
        }
        let ids: BTreeSet<u16> = AXES.iter().map(|axis| axis.id).collect();
        assert_eq!(ids.len(), AXES.len());
    }
}
