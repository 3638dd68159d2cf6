//! Which words may be a habit by themselves: phrases, and one word for another.
//!
//! Invariant: no fact is among them but a name that is written in another way.

use crate::document::Token;
use crate::edit::content::{is_fact, is_function};
use crate::edit::forms::is_form_of;
use crate::edit::tuning::phrase;
use crate::language::Kinds;
use crate::signals::features::join_swap;

pub(super) fn joined(words: &[&Token<'_>]) -> String {
    words.iter().map(|token| &*token.lower).collect::<Vec<_>>().join(" ")
}

/// Whether a phrase may be a habit: no fact in it, and not made of function words alone.
pub(super) fn tells(words: &[&Token<'_>]) -> bool {
    let framed = |token: &&Token<'_>| {
        [Kinds::GREETING, Kinds::CLOSING, Kinds::PLEASE, Kinds::THANKS]
            .iter()
            .any(|kind| token.kinds.meets(*kind))
    };
    words.iter().all(|token| !is_fact(token) && token.lower.len() <= 32 && !token.lower.contains('\''))
        && !words.iter().any(framed)
        && words.iter().any(|token| !is_function(token))
}

/// The swap of one side, which differs from the other at both ends, for the other: its subject, and whether in its
/// direction "more".
pub(super) fn swap(removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> Option<(String, bool)> {
    let few = |side: &[&Token<'_>]| (1..=phrase::SWAP_WORDS).contains(&side.len());
    if !few(removed) || !few(inserted) {
        return None;
    }
    if !tells(removed) && !tells(inserted)
        || removed.iter().chain(inserted).any(|token| is_fact(token) || token.lower.contains('\''))
    {
        return None;
    }
    if let ([from], [to]) = (removed, inserted)
        && (is_variety(from, to) || is_form_of(&from.lower, &to.lower))
    {
        return None;
    }
    let (from, to) = (joined(removed), joined(inserted));
    (from.len() + to.len() <= 64).then(|| join_swap(&to, &from))
}

/// Whether one word is the other in another variety of the language, "color" and "colour".
pub(super) fn is_variety(from: &Token<'_>, to: &Token<'_>) -> bool {
    let spelling = |a: Kinds, b: Kinds| a.meets(Kinds::AMERICAN) && b.meets(Kinds::BRITISH);
    spelling(from.kinds, to.kinds) || spelling(to.kinds, from.kinds)
}

/// Whether a sentence may be a habit as a whole: a few words, no fact among them, not made of function words alone.
pub(super) fn is_formula(sentence: &[Token<'_>]) -> bool {
    let words = || sentence.iter().filter(|token| token.word);
    (2..=FORMULA_WORDS).contains(&words().count())
        && words().all(|token| !is_fact(token) && token.lower.len() <= 32)
        && words().any(|token| !is_function(token))
}

/// Words of a sentence that is a phrase at most.
const FORMULA_WORDS: usize = 8;

/// Whether a word may be a name or a term: with a capital, and in no list.
pub(super) fn is_term(token: &Token<'_>) -> bool {
    token.capitalised() && token.kinds == Kinds::NONE && token.text.chars().all(char::is_alphabetic)
}

/// A name or term written in another way, "Jon" and "John", "Github" and "GitHub": the subject of the swap, in the
/// person's own letters, and whether in its direction "more".
pub(super) fn respelt(removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> Option<(String, bool)> {
    let ([from], [to]) = (removed, inserted) else { return None };
    let inner = |token: &Token<'_>| token.text.chars().skip(1).any(char::is_uppercase);
    let shouts = |token: &Token<'_>| token.text.chars().all(char::is_uppercase);
    if !is_term(from) || !is_term(to) || from.text.len() + to.text.len() > 64 {
        return None;
    }
    let respelt = if from.lower == to.lower {
        (inner(from) || inner(to)) && !shouts(from)
    } else {
        is_form_of(&from.lower, &to.lower)
    };
    respelt.then(|| join_swap(to.text, from.text))
}
