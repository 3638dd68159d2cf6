//! Which hunks change what a text says, and not how: facts, sentences that bring them, single words of content.
//!
//! Invariant: a hunk with a word in it that says how is never content.

use std::ops::Range;

use crate::document::{Document, Token};
use crate::edit::alignment::{Alignment, Spoken};
use crate::edit::diff::Hunk;
use crate::edit::forms::is_form_of;
use crate::edit::tuning::content;
use crate::language::{Kinds, Roles};

/// Names, numbers and dates.
pub(super) fn is_fact(token: &Token<'_>) -> bool {
    token.has_digit()
        || token.kinds.meets(Kinds::NUMBER)
        || token.kinds.meets(Kinds::DATE)
        || token.capitalised() && !token.starts && !token.kinds.meets(Kinds::FIRST_SINGULAR)
}

pub(super) fn is_function(token: &Token<'_>) -> bool {
    token.kinds.meets(Kinds::FUNCTION)
}

/// Words that say how.
fn says_how(token: &Token<'_>) -> bool {
    // The month is no hedge.
    let is_date =
        token.is(Roles::DATE_IN_CAPITALS) && token.capitalised() && token.text != token.text.to_uppercase();
    token.kinds.meets(Kinds::STYLE) && (!is_date || token.starts)
}

fn is_style(token: &Token<'_>) -> bool {
    says_how(token)
        || token.lower.contains('\'')
        || token.is(Roles::CONTRACTIBLE_WORD)
        || token.kinds.meets(Kinds::FIRST_PLURAL)
        || token.kinds.meets(Kinds::FIRST_SINGULAR)
        || token.kinds.meets(Kinds::SECOND)
}

impl Alignment<'_, '_> {
    /// Whether a hunk changes only what the text says, not how.
    pub(super) fn is_content(&self, hunk: &Hunk) -> bool {
        let (removed, inserted) = self.sides(hunk);
        if self.is_news(hunk, removed, inserted) {
            return true;
        }
        let mut all = removed.iter().chain(inserted);
        if all.clone().count() == 0 || all.clone().any(|token| is_style(token)) {
            return false;
        }
        let facts = |side: &[&Token<'_>]| side.iter().any(|token| is_fact(token));
        if removed.is_empty() || inserted.is_empty() {
            return removed.len() + inserted.len() <= content::ONE_SIDED_WORDS
                && all.any(|token| is_fact(token));
        }
        if let ([a], [b]) = (removed, inserted) {
            if a.lower == b.lower {
                return false;
            }
            if let (Some(a), Some(b)) = (self.number(a), self.number(b)) {
                return a != b;
            }
            let letters = |token: &Token<'_>| token.text.chars().count();
            return is_fact(a)
                || is_fact(b)
                || is_form_of(&a.lower, &b.lower)
                || is_function(a) && is_function(b)
                || letters(a).abs_diff(letters(b)) <= content::LETTERS_APART;
        }
        let plain = |side: &[&Token<'_>]| {
            side.len() <= content::PLAIN_WORDS
                && side.iter().all(|token| is_fact(token) || is_function(token))
        };
        if facts(removed) && facts(inserted) {
            return removed.len().abs_diff(inserted.len()) <= content::PLAIN_WORDS_APART
                && (plain(removed) || plain(inserted))
                || removed.len().max(inserted.len()) <= content::FACT_WORDS;
        }
        removed.len() == inserted.len() && removed.len() <= content::REPLACED_WORDS
    }

    fn number(&self, token: &Token<'_>) -> Option<u32> {
        self.draft.language.number(&token.lower)
    }

    /// Whether a hunk brings in or takes out whole sentences that say something: with a fact in them, and no word that
    /// says how. What goes where a text is cut goes for its length.
    fn is_news(&self, hunk: &Hunk, removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> bool {
        let [draft, edited] = &self.words;
        let (page, all, tokens, words) = match (removed, inserted) {
            ([], words) => (self.edited, edited, &hunk.inserted, words),
            (words, []) if !self.cut => (self.draft, draft, &hunk.removed, words),
            _ => return false,
        };
        words.iter().any(|token| is_fact(token))
            && !words.iter().any(|token| says_how(token))
            && is_whole(page, all, tokens)
    }
}

/// How many words earlier than where it was found a stretch may as well lie.
const MOST_SHIFTED: usize = 1_000;

/// Whether a stretch that one of two texts has more is whole sentences. Where the next sentence begins as the stretch
/// does, it may as well lie some words earlier.
fn is_whole(page: &Document<'_>, words: &Spoken<'_, '_>, tokens: &Range<usize>) -> bool {
    // The words of the sentence that holds a word.
    let sentence = |word: usize| {
        let at = page.sentences.partition_point(|(range, _)| words.places(range).end <= word);
        page.sentences.get(at).map(|(range, _)| words.places(range))
    };
    let text = |at: usize| page.tokens[at].text;
    let shifts = (0..=MOST_SHIFTED.min(tokens.start))
        .take_while(|by| *by == 0 || text(tokens.start - by) == text(tokens.end - by));
    let mut stretches = shifts.map(|by| words.places(&(tokens.start - by..tokens.end - by)));
    stretches.any(|stretch| {
        !stretch.is_empty()
            && sentence(stretch.start).is_some_and(|sentence| sentence.start == stretch.start)
            && sentence(stretch.end - 1).is_some_and(|sentence| sentence.end == stretch.end)
    })
}
