//! Which hunks put spelling and grammar right, and how much of an edit does.
//!
//! Invariant: another variety of the language (color, colour) and other facts are no correction.

use crate::document::Token;
use crate::edit::alignment::{Alignment, ChangeKind};
use crate::edit::diff::Hunk;
use crate::edit::forms::{differs_inside, is_form_of, letters};
use crate::edit::phrases::{is_term, is_variety};
use crate::edit::tuning::correction;
use crate::language::{Kinds, Roles};

/// How much of an edit puts language right.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Corrections {
    /// Share of the changed words, facts aside.
    pub(crate) share: f32,
    /// Places put right.
    pub(crate) count: usize,
    /// Of them, words that had been misspelt.
    pub(crate) misspelt: usize,
    /// How much better spelt the words are than before, in nats; below 0 where they are worse.
    better: f32,
}

impl Corrections {
    /// Whether to correct was what the edit was for, or a good part of it.
    pub(crate) fn matter(&self) -> bool {
        let enough = match (self.misspelt, self.count) {
            (1.., _) => correction::SHARE_MISSPELT,
            (_, 2..) => correction::SHARE_OF_SEVERAL,
            _ => correction::SHARE_OF_ONE,
        };
        self.count > 0 && self.share >= enough
    }

    /// Whether the edit put slips in, so that it is no correction: a correction read backwards.
    pub(crate) fn backwards(&self) -> bool {
        self.better <= -correction::WORSE
    }
}

/// Whether one word is a slip of the other's spelling, or another form of it.
fn is_slip(from: &Token<'_>, to: &Token<'_>) -> bool {
    if from.has_digit() || to.has_digit() || is_variety(from, to) || is_term(from) && is_term(to) {
        return false;
    }
    let known = |token: &Token<'_>| token.kinds.meets(Kinds::STYLE) && !token.kinds.meets(Kinds::FUNCTION);
    if known(from) && known(to) {
        return false;
    }
    // "dont" and "don't", "im" and "I'm", "i" and "I".
    if letters(&from.lower) == letters(&to.lower) {
        return !from.starts && from.lower != to.lower
            || from.is(Roles::SELF) && !from.capitalised() && to.is(Roles::SELF) && to.capitalised();
    }
    from.is(Roles::SLIP) && to.is(Roles::SLIP) || is_form_of(&from.lower, &to.lower)
}

impl Alignment<'_, '_> {
    /// Whether a hunk puts spelling or grammar right: slips word by word, a small word more or less.
    pub(super) fn is_correction(&self, hunk: &Hunk) -> bool {
        let (removed, inserted) = self.sides(hunk);
        // Where a sentence is cut or joined, the small words go along with it.
        let ends =
            |tokens: &[Token<'_>]| tokens.iter().any(|token| matches!(token.text, "." | "!" | "?" | ";"));
        if ends(&self.draft.tokens[hunk.removed.clone()]) != ends(&self.edited.tokens[hunk.inserted.clone()])
        {
            return false;
        }
        let grammar = |side: &[&Token<'_>]| side.iter().all(|token| token.is(Roles::SLIP));
        match (removed, inserted) {
            ([], []) => false,
            ([], [_]) | ([_], []) => grammar(removed) && grammar(inserted),
            // A word written apart or together.
            (from, to) if from.len().abs_diff(to.len()) == 1 && from.len().min(to.len()) == 1 => {
                let joined =
                    |side: &[&Token<'_>]| side.iter().map(|token| letters(&token.lower)).collect::<String>();
                let spoken = from.iter().chain(to).any(|token| token.lower.contains('\''));
                let slip = || {
                    let (one, two) = if from.len() == 1 { (from, to) } else { (to, from) };
                    // One small word and a slip, "go" and "to going" say.
                    two.iter().any(|token| token.is(Roles::SLIP))
                        && two.iter().any(|token| {
                            !token.is(Roles::SLIP) && (token.lower == one[0].lower || is_slip(one[0], token))
                        })
                };
                !spoken && (joined(from) == joined(to) || slip())
            }
            (from, to) => {
                from.len() == to.len()
                    && from.len() <= correction::WORDS_MAX
                    && from.iter().zip(to).all(|(a, b)| a.text == b.text || is_slip(a, b))
            }
        }
    }

    /// How much of an edit puts language right; `None` where nothing but facts changed.
    pub(crate) fn corrections(&self) -> Option<Corrections> {
        let (mut right, mut all) = (0, 0);
        let mut found = Corrections::default();
        for (hunk, kind) in self.with_kinds() {
            let (removed, inserted) = self.sides(hunk);
            let words = removed.len().max(inserted.len());
            if kind == ChangeKind::Correction {
                right += words;
                found.count += 1;
                let pairs = removed.iter().zip(inserted);
                let slips = pairs.clone().filter(|(a, b)| a.lower != b.lower && !a.is(Roles::SLIP));
                found.better +=
                    slips.map(|(a, b)| self.draft.language.better_spelt(&a.lower, &b.lower)).sum::<f32>();
                let misspelt = |(a, b): &(&&Token<'_>, &&Token<'_>)| {
                    !a.is(Roles::SLIP) && differs_inside(&a.lower, &b.lower)
                };
                found.misspelt += pairs.filter(misspelt).count();
            } else if kind == ChangeKind::Content {
                continue;
            }
            all += words;
        }
        found.share = right as f32 / all.max(1) as f32;
        (all > 0).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::language::Language;

    #[test]
    fn a_correction_read_backwards_is_none() {
        let backwards = |draft: &str, edited: &str| {
            let (draft, edited) =
                (Document::new(draft, Language::english()), Document::new(edited, Language::english()));
            Alignment::new(&draft, &edited).corrections().is_some_and(|found| found.backwards())
        };
        let slips =
            "I recieved the book from the schoool and will definately read it tommorrow on the train.";
        let right = "I received the book from the school and will definitely read it tomorrow on the train.";
        assert!(!backwards(slips, right));
        assert!(backwards(right, slips));
    }

    fn corrections(draft: &str, edited: &str) -> Option<(f32, usize)> {
        let (draft, edited) =
            (Document::new(draft, Language::english()), Document::new(edited, Language::english()));
        Alignment::new(&draft, &edited).corrections().map(|found| (found.share, found.count))
    }

    #[test]
    fn slips_are_told_from_style_and_facts() {
        let fixed = "We received the letter and they are happy about it.";
        assert_eq!(corrections("We recieved letter and they is happy about it.", fixed), Some((1.0, 2)));
        assert_eq!(corrections("I dont know teh way.", "I don't know the way."), Some((1.0, 2)));
        assert_eq!(corrections("We meet John on 3 May.", "We meet Maria on 5 June."), None);
        assert_eq!(corrections("We do not utilize it.", "We don't use it."), Some((0.0, 0)));
        assert_eq!(corrections("The color is fine.", "The colour is fine."), Some((0.0, 0)));
        assert_eq!(corrections("It rained, and it was cold.", "It rained. It was cold."), Some((0.0, 0)));
    }
}
