//! What accounts for a hunk by itself, so that nothing vaguer is concluded from it: a greeting, a "please", a
//! contraction, a mark, one word for another, a sentence that may be the same in every text.
//!
//! Invariant: a hunk has one account at most, the most specific; what changes facts or spelling has none.

use std::ops::Range;

use crate::document::{Document, Token};
use crate::edit::alignment::{Alignment, ChangeKind, Changed};
use crate::edit::content::is_fact;
use crate::edit::diff::Hunk;
use crate::edit::phrases::{is_formula, is_variety, swap, tells};
use crate::edit::tuning::{phrase, rewritten};
use crate::hash::subject_hash;
use crate::language::{Kinds, Roles};
use crate::signals::features::Measured;

/// A set of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accounts(u8);

impl Accounts {
    pub(crate) const NONE: Self = Self(0);
    /// Greeting, sign-off, "please", thanks.
    pub(crate) const COURTESY: Self = Self(1);
    /// The same words written another way: contractions, spelling varieties, digits, "&", marks, capitals.
    pub(crate) const NOTATION: Self = Self(1 << 1);
    /// A word or a short phrase swapped, brought in or struck out: a habit only where it comes back.
    pub(crate) const WORDING: Self = Self(1 << 2);
    /// Whole sentences brought in or struck out: a block of text only where they come back.
    pub(crate) const BLOCK: Self = Self(1 << 3);
    /// Words in a sentence that was replaced, dropped or added as a whole: other content, not another way to say it.
    pub(crate) const REWRITTEN: Self = Self(1 << 4);

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// The accounts of the hunks of an edit.
pub(crate) struct Accounted {
    of: Vec<Accounts>,
    present: Accounts,
}

impl Accounted {
    /// Of a set, those that some hunk has.
    pub(crate) fn present(&self, set: Accounts) -> Accounts {
        self.present.and(set)
    }

    /// Whether the account of a hunk, by its place, is in a set.
    pub(super) fn has(&self, hunk: usize, set: Accounts) -> bool {
        self.of[hunk].meets(set)
    }
}

/// Sentences of an edit that are told as blocks.
const BLOCKS_MAX: usize = 16;
/// Words of courtesy that come or go together at most.
const COURTESY_WORDS: usize = 6;

impl Alignment<'_, '_> {
    /// The draft with the content of the edited text, and the hunks of some accounts: what is left to change is not
    /// accounted for. With `kept` as [`draft_with`](Self::draft_with).
    pub(crate) fn draft_with_accounts(&self, accounted: &Accounted, set: Accounts, kept: bool) -> String {
        self.draft_with(kept, |hunk| accounted.has(hunk, set))
    }

    /// Whether the draft was cut: whole sentences are gone that make a good part of it.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }

    /// What accounts for each hunk. The texts' own measures tell where greeting and sign-off are.
    pub(crate) fn accounted(&self, before: &Measured, after: &Measured) -> Accounted {
        let rewritten = self.rewritten();
        let of: Vec<Accounts> = self
            .with_kinds()
            .zip(rewritten)
            .map(|((hunk, kind), rewritten)| match kind {
                ChangeKind::Style => match self.account(hunk, before, after) {
                    Accounts::NONE if rewritten => Accounts::REWRITTEN,
                    account => account,
                },
                ChangeKind::Content | ChangeKind::Correction => Accounts::NONE,
            })
            .collect();
        let present = of.iter().fold(Accounts::NONE, |all, one| all.or(*one));
        Accounted { of, present }
    }

    fn account(&self, hunk: &Hunk, before: &Measured, after: &Measured) -> Accounts {
        let framed = |tokens: &Range<usize>, text: &Measured| {
            let (greeting, closing) = text.frame();
            tokens.is_empty()
                || tokens.end <= *greeting
                || closing.start <= tokens.start && tokens.end <= closing.end
        };
        if framed(&hunk.removed, before) && framed(&hunk.inserted, after) {
            return Accounts::COURTESY;
        }
        let (removed, inserted) = self.apart(hunk);
        if is_courtesy(removed, inserted) {
            return Accounts::COURTESY;
        }
        if self.is_notation(hunk, removed, inserted) {
            return Accounts::NOTATION;
        }
        let sentences = self.whole_sentences(hunk);
        if !sentences.is_empty() {
            if sentences.iter().all(|sentence| is_formula(sentence)) {
                return Accounts::WORDING;
            }
            // To leave sentences out is to write shorter texts.
            return if hunk.removed.is_empty() { Accounts::BLOCK } else { Accounts::NONE };
        }
        let alone = |words: &[&Token<'_>], other: &[&Token<'_>], most: usize| {
            other.is_empty() && (1..=most).contains(&words.len()) && tells(words)
        };
        if swap(removed, inserted).is_some()
            || alone(removed, inserted, phrase::STRUCK_WORDS)
            || alone(inserted, removed, phrase::ADDED_WORDS)
        {
            return Accounts::WORDING;
        }
        Accounts::NONE
    }

    /// Whether each hunk lies in a sentence, of either text, of which too few words are kept.
    fn rewritten(&self) -> Vec<bool> {
        let mut is_rewritten = vec![false; self.hunks.len()];
        for (side, page) in [self.draft, self.edited].into_iter().enumerate() {
            for Changed { words, gone, hunks } in self.changed(side, page.sentence_ranges()) {
                if gone as f32 > (1.0 - rewritten::KEPT_SHARE_MIN) * words as f32 {
                    for hunk in hunks {
                        is_rewritten[hunk] = true;
                    }
                }
            }
        }
        is_rewritten
    }

    /// Whether a hunk, whose words without what both sides share are these, writes the same in another way.
    fn is_notation(&self, hunk: &Hunk, removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> bool {
        let [gone, new] =
            [&self.draft.tokens[hunk.removed.clone()], &self.edited.tokens[hunk.inserted.clone()]].map(marks);
        let ends = |side: &[&str]| side.iter().filter(|mark| matches!(**mark, "." | "!" | "?")).count();
        // Where a sentence begins or ends elsewhere, that is what was done.
        let cuts = ends(&gone) != ends(&new);
        match (removed, inserted) {
            ([], []) => {
                let mut all = gone.iter().chain(&new).peekable();
                let commas = all.peek().is_some() && all.all(|mark| *mark == ",");
                !cuts && (!commas || self.is_serial(hunk))
            }
            ([one], []) if new.contains(&"&") => one.kinds.meets(Kinds::FUNCTION),
            ([], [one]) if gone.contains(&"&") => one.kinds.meets(Kinds::FUNCTION),
            _ if cuts => false,
            ([from], [to]) => {
                let number = |token: &Token<'_>| self.draft.language.number(&token.lower);
                is_variety(from, to) || number(from).is_some_and(|from| Some(from) == number(to))
            }
            (from, to) => is_contraction(from, to) || is_contraction(to, from),
        }
    }

    /// Whether the comma of a hunk stands before the last of several.
    fn is_serial(&self, hunk: &Hunk) -> bool {
        let next = |page: &Document<'_>, tokens: &Range<usize>| {
            page.tokens.get(tokens.end).is_some_and(|token| token.is(Roles::AND_OR))
        };
        next(self.draft, &hunk.removed) && next(self.edited, &hunk.inserted)
    }

    /// The sentences that a hunk brings in or strikes out, and nothing else: token ranges of the text that has them.
    pub(super) fn whole_sentences(&self, hunk: &Hunk) -> Vec<&[Token<'_>]> {
        let (page, tokens) = match (hunk.removed.is_empty(), hunk.inserted.is_empty()) {
            (true, false) => (self.edited, &hunk.inserted),
            // Of a text that is cut no sentence was chosen.
            (false, true) if !self.cut => (self.draft, &hunk.removed),
            _ => return Vec::new(),
        };
        page.whole_sentences(tokens).collect()
    }

    /// The hashes of the blocks of text that were brought in and may come back.
    pub(crate) fn blocks(&self, accounted: &Accounted) -> Vec<u64> {
        let hunks = self.hunks.iter().enumerate().filter(|(at, _)| accounted.has(*at, Accounts::BLOCK));
        hunks.flat_map(|(_, hunk)| self.whole_sentences(hunk)).take(BLOCKS_MAX).map(block).collect()
    }
}

/// The marks among tokens.
fn marks<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    tokens.iter().filter(|token| !token.word).map(|token| token.text).collect()
}

/// What a sentence is known by: its words, with numbers and names left open.
fn block(tokens: &[Token<'_>]) -> u64 {
    let words = tokens.iter().filter(|token| token.word);
    let open = words.map(|token| if is_fact(token) { "#" } else { &*token.lower });
    subject_hash(&open.collect::<Vec<_>>().join(" "))
}

/// Whether words of courtesy alone came or went.
fn is_courtesy(removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> bool {
    let words = if removed.is_empty() { inserted } else { removed };
    let polite = Kinds::PLEASE.or(Kinds::THANKS);
    (removed.is_empty() || inserted.is_empty())
        && (1..=COURTESY_WORDS).contains(&words.len())
        && words.iter().any(|token| token.kinds.meets(polite))
        && words.iter().all(|token| token.kinds.meets(polite.or(Kinds::FUNCTION)) || words.len() <= 4)
}

/// Whether one stretch is the other with words run together.
fn is_contraction(short: &[&Token<'_>], full: &[&Token<'_>]) -> bool {
    let runs = short.iter().filter(|token| token.contraction).count();
    let begins = |words: &[&Token<'_>]| words.first().and_then(|token| token.lower.chars().next());
    runs > 0
        && full.len() <= short.len() + runs
        && full.len() >= short.len()
        && full.iter().all(|token| !token.contraction)
        && (begins(short) == begins(full) || short.len() < full.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn accounts(draft: &str, edited: &str) -> Vec<Accounts> {
        let [draft, edited] = [draft, edited].map(|text| Document::new(text, Language::english()));
        let (before, after) = (Measured::of(&draft), Measured::of(&edited));
        Alignment::new(&draft, &edited).accounted(&before, &after).of
    }

    #[test]
    fn a_hunk_has_the_most_specific_account() {
        let footer =
            "This message may hold what is meant for the one it is addressed to, and for nobody else.";
        for (draft, edited, account) in [
            ("Hi Ann,\n\nThe plan is fine.", "Dear Ann,\n\nThe plan is fine.", Accounts::COURTESY),
            ("The plan is fine.", "The plan is fine.\n\nCheers,\nSam", Accounts::COURTESY),
            ("Send the file today.", "Please send the file today.", Accounts::COURTESY),
            ("We do not know the way.", "We don't know the way.", Accounts::NOTATION),
            ("It is late \u{2014} we go.", "It is late, we go.", Accounts::NOTATION),
            ("We have six of them.", "We have 6 of them.", Accounts::NOTATION),
            ("The color is fine.", "The colour is fine.", Accounts::NOTATION),
            ("We get the parts on time.", "We receive the parts on time.", Accounts::WORDING),
            ("It is very late for us.", "It is late for us.", Accounts::WORDING),
            ("The plan is fine.", "The plan is fine. Does that work for you?", Accounts::WORDING),
            ("The plan is fine.", &format!("The plan is fine.\n\n{footer}"), Accounts::BLOCK),
            ("The plan is fine and good, we think, for them.", "We like it.", Accounts::REWRITTEN),
            (
                "The plan we made for it is good, as we all hope.",
                "The plan we made for it is good, if you ask us here.",
                Accounts::NONE,
            ),
        ] {
            let found = accounts(draft, edited);
            assert!(found.contains(&account), "{draft:?} to {edited:?}: {found:?}");
        }
        // A comma is a habit of commas, but for the one that stands before the last of several.
        assert_eq!(accounts("If so we go.", "If so, we go."), [Accounts::NONE]);
        assert_eq!(
            accounts("It is red, blue and green.", "It is red, blue, and green."),
            [Accounts::NOTATION]
        );
        // What cuts a sentence in two is no mark for another.
        assert_eq!(accounts("We go; they stay.", "We go. They stay."), [Accounts::NONE]);
    }

    #[test]
    fn of_a_phrase_that_may_lie_earlier_the_first_is_taken() {
        let [draft, edited] =
            ["So I think I saw it.", "So I saw it."].map(|text| Document::new(text, Language::english()));
        let alignment = Alignment::new(&draft, &edited);
        let words: Vec<&str> =
            alignment.apart(&alignment.hunks[0]).0.iter().map(|token| token.text).collect();
        assert_eq!(words, ["I", "think"]);
    }
}
