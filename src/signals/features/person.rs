//! Contractions, first and second person, active and passive voice.

use std::ops::Range;

use crate::document::{Document, Token};
use crate::language::{Ending, Kinds, Language, Roles};
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family =
    Family { features: &[&CONTRACTIONS, &FIRST_SINGULAR, &FIRST_PLURAL, &SECOND, &PASSIVE], measure };

pub(crate) const CONTRACTIONS: Feature =
    feature(401, "contractions", "share where possible", Shape::Choice, 0.35, 0.5).own();
pub(crate) const FIRST_SINGULAR: Feature = feature(501, "person.i", "per 100 words", Shape::Rate, 2.5, 3.0)
    .lists(Kinds::FIRST_SINGULAR)
    .with_content();
pub(crate) const FIRST_PLURAL: Feature = feature(502, "person.we", "per 100 words", Shape::Rate, 2.0, 2.0)
    .lists(Kinds::FIRST_PLURAL)
    .with_content();
pub(crate) const SECOND: Feature =
    feature(503, "person.you", "per 100 words", Shape::Rate, 2.5, 3.0).lists(Kinds::SECOND).with_content();
pub(crate) const PASSIVE: Feature =
    feature(505, "person.passive", "share of sentences", Shape::Linear, 0.25, 0.2).with_content();

fn measure(document: &Document<'_>, values: &mut Values) {
    let lexicon = document.language.lexicon();
    let (short, full) = contractions(document.language, &document.tokens);
    values.set(&CONTRACTIONS, (short + full > 0).then(|| short as f32 / (short + full) as f32));
    for feature in [&FIRST_SINGULAR, &FIRST_PLURAL, &SECOND] {
        if lexicon.knows(feature.lists) {
            let count = document.tokens.iter().filter(|token| token.kinds.meets(feature.lists)).count();
            values.rate(feature, count, document.words);
        }
    }
    let is_passive = |range: &Range<usize>| is_passive(document.language, &document.tokens[range.clone()]);
    let passive = document.sentences.iter().filter(|(range, _)| is_passive(range)).count();
    let sentences = document.sentences.len();
    let known = sentences > 0 && lexicon.has(Roles::BE);
    values.set(&PASSIVE, known.then(|| passive as f32 / sentences as f32));
}

/// The number of contractions, and the number of places where a contraction would be possible.
fn contractions(language: &Language, tokens: &[Token<'_>]) -> (usize, usize) {
    let short = tokens.iter().filter(|token| token.contraction).count();
    let full = (0..tokens.len()).filter(|at| expands(language, &tokens[*at..])).count();
    (short, full)
}

/// Whether these tokens begin with words that can be contracted.
fn expands(language: &Language, tokens: &[Token<'_>]) -> bool {
    let Some(entry) = tokens.first().and_then(|token| token.entry) else { return false };
    if entry.roles().meets(Roles::CONTRACTIBLE_WORD) {
        return true;
    }
    // In "as good as it is." and "yes, I am." nothing can be contracted.
    let Some(after) = tokens.get(2).filter(|token| token.word) else { return false };
    let roles = entry.phrase_roles(tokens[1..].iter().map(|token| &*token.lower));
    let participle =
        || after.is(Roles::AFTER_AUXILIARY) || language.ends(&after.lower, Ending::Participle, 3);
    roles.meets(Roles::CONTRACTIBLE) || roles.meets(Roles::CONTRACTIBLE_AUXILIARY) && participle()
}

fn is_passive(language: &Language, tokens: &[Token<'_>]) -> bool {
    let is_participle = |token: &Token<'_>| {
        language.ends(&token.lower, Ending::Participle, 3) && !token.is(Roles::STATE)
            || token.is(Roles::PARTICIPLE)
    };
    let passive = |at: usize, token: &Token<'_>| {
        token.is(Roles::BE) && tokens[at + 1..].iter().take(2).any(is_participle)
    };
    tokens.iter().enumerate().any(|(at, token)| passive(at, token))
}

#[cfg(test)]
mod tests {
    use super::PASSIVE;
    use crate::signals::measure;

    #[test]
    fn a_state_is_no_passive() {
        let passive = |text: &str| measure(text).value(PASSIVE.id);
        assert_eq!(passive("The report was written by Ann."), Some(1.0));
        assert_eq!(passive("I would be delighted to come. I am tired."), Some(0.0));
    }
}
