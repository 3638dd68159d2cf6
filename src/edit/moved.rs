//! Which words and phrases an edit swapped, brought in, struck out or pointedly kept.
//!
//! Invariant: no fact is among them, and of a sentence that went as a whole no word.

use std::collections::BTreeSet;

use crate::document::Token;
use crate::edit::alignment::{Alignment, ChangeKind};
use crate::edit::apart::common_ends;
use crate::edit::content::{is_fact, is_function};
use crate::edit::forms::is_form_of;
use crate::edit::tuning::phrase;
use crate::language::Kinds;
use crate::signals::features::{Measured, join_swap};

/// Bytes of text that phrases which are still said elsewhere are looked for in.
const LOOKED_THROUGH: usize = 1 << 28;

/// A word or phrase that an edit moved.
#[derive(Debug, PartialEq)]
pub(crate) enum Moved {
    /// The subject of a swap, and whether in its direction "more".
    Swapped(String, bool),
    /// Struck out.
    Struck(String),
    /// Brought in.
    Added(String),
    /// Of a kind that people often strike out, but kept.
    Kept(String),
}

impl Alignment<'_, '_> {
    /// Whether words of content were replaced by shorter or longer ones: the mean change in letters.
    pub(crate) fn letters_swapped(&self) -> Option<f32> {
        let (mut changes, mut count) = (0.0, 0);
        for (hunk, _) in self.with_kinds().filter(|(_, kind)| *kind == ChangeKind::Style) {
            let (removed, inserted) = self.sides(hunk);
            let mean = |side: &[&Token<'_>]| {
                let words: Vec<usize> = side
                    .iter()
                    .filter(|token| !is_function(token) && !is_fact(token))
                    .map(|token| token.text.chars().count())
                    .collect();
                (!words.is_empty()).then(|| words.iter().sum::<usize>() as f32 / words.len() as f32)
            };
            if removed.len().max(inserted.len()) <= phrase::SWAPPED_LENGTH_WORDS
                && let (Some(old), Some(new)) = (mean(removed), mean(inserted))
            {
                changes += new - old;
                count += 1;
            }
        }
        (count > 0).then(|| changes / count as f32)
    }

    /// For each token of the draft, whether at least half of the words of its sentence are still there.
    fn surviving(&self) -> Vec<bool> {
        let tokens = &self.draft.tokens;
        let mut gone = vec![false; tokens.len()];
        for hunk in &self.hunks {
            gone[hunk.removed.clone()].fill(true);
        }
        let mut survives = vec![true; tokens.len()];
        for (range, _) in &self.draft.sentences {
            let words = || range.clone().filter(|at| tokens[*at].word);
            let left = words().filter(|at| !gone[*at]).count();
            survives[range.clone()].fill(2 * left >= words().count());
        }
        survives
    }

    /// The words that were swapped, struck out, brought in or pointedly kept; at most `most`.
    pub(crate) fn moved(&self, before: &Measured, after: &Measured, most: usize) -> Vec<Moved> {
        let mut moved = Vec::new();
        let survives = self.surviving();
        let mut elsewhere = Elsewhere { after, said: BTreeSet::new(), left: LOOKED_THROUGH };
        let mut struck = |phrase: String| {
            elsewhere.is_gone(&phrase, self.edited.text.len()).then_some(Moved::Struck(phrase))
        };
        // "Kind regards" for "Best regards" is another sign-off, and no liking for the word.
        let bare = |formula: Option<&str>| formula.map(|formula| formula.replace(',', ""));
        let both = |before, after| bare(before).zip(bare(after));
        let formulas = [both(before.greeting(), after.greeting()), both(before.closing(), after.closing())];
        let is_formula = |from: &[&Token<'_>], to: &[&Token<'_>]| {
            let holds = |formula: &str, words: &[&Token<'_>]| {
                words.first().is_some_and(|first| formula.contains(&*first.lower))
                    && format!(" {formula} ").contains(&format!(" {} ", joined(words)))
            };
            formulas.iter().flatten().any(|(before, after)| holds(before, from) && holds(after, to))
        };
        for hunk in &self.hunks {
            if moved.len() >= most {
                break;
            }
            let (removed, inserted) = self.sides(hunk);
            if is_formula(removed, inserted) {
                continue;
            }
            // Where "Perhaps it is" becomes "It is", a capital moved on, and "perhaps" alone was changed.
            let (start, end) = common_ends(removed, inserted, |one, other| one.lower == other.lower);
            let (removed, inserted) =
                (&removed[start..removed.len() - end], &inserted[start..inserted.len() - end]);
            if let Some((subject, more)) = swap(removed, inserted) {
                moved.push(Moved::Swapped(subject, more));
                continue;
            }
            // Of a sentence that went as a whole no word was chosen.
            if !survives[hunk.removed.clone()].iter().all(|survives| *survives) {
                continue;
            }
            if inserted.is_empty() && (1..=phrase::STRUCK_WORDS).contains(&removed.len()) && tells(removed) {
                moved.extend(struck(joined(removed)));
            } else if removed.len() <= phrase::STRUCK_AMONG_WORDS {
                let telling = removed.iter().filter(|token| strikable(token) && !is_function(token));
                moved.extend(telling.filter_map(|token| struck(token.lower.to_string())));
            }
            if removed.is_empty() && (1..=phrase::ADDED_WORDS).contains(&inserted.len()) && tells(inserted) {
                moved.push(Moved::Added(joined(inserted)));
            }
        }
        let mut absent: Vec<&str> = Vec::new();
        let kept = self.draft.tokens.iter().filter(|token| strikable(token)).filter(|token| {
            let word = &*token.lower;
            let says = !absent.contains(&word) && after.says(word);
            if !says && !absent.contains(&word) {
                absent.push(word);
            }
            says
        });
        moved.extend(kept.take(phrase::KEPT_MAX).map(|token| Moved::Kept(token.lower.to_string())));
        moved.truncate(most);
        moved
    }
}

/// Phrases that were struck out somewhere and are still said elsewhere.
struct Elsewhere<'a> {
    after: &'a Measured,
    said: BTreeSet<String>,
    /// Bytes that may still be looked through.
    left: usize,
}

impl Elsewhere<'_> {
    /// Whether a phrase that was struck out is gone from the text.
    fn is_gone(&mut self, phrase: &str, bytes: usize) -> bool {
        if self.said.contains(phrase) || self.left < bytes {
            return false;
        }
        if !self.after.says(phrase) {
            return true;
        }
        self.left -= bytes;
        self.said.insert(phrase.to_owned());
        false
    }
}

fn joined(words: &[&Token<'_>]) -> String {
    words.iter().map(|token| &*token.lower).collect::<Vec<_>>().join(" ")
}

/// Whether a word says how, and has no feature of its own that says it better.
fn strikable(token: &Token<'_>) -> bool {
    [Kinds::HEDGE, Kinds::BOOSTER, Kinds::CONNECTIVE, Kinds::CASUAL, Kinds::HARSH, Kinds::FORMAL]
        .iter()
        .any(|kind| token.kinds.meets(*kind))
        && !token.kinds.meets(Kinds::GREETING)
        && !token.kinds.meets(Kinds::CLOSING)
}

/// Whether a phrase may be a habit: no fact in it, and not made of function words alone.
fn tells(words: &[&Token<'_>]) -> bool {
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
fn swap(removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> Option<(String, bool)> {
    let few = |side: &[&Token<'_>]| (1..=phrase::SWAP_WORDS).contains(&side.len());
    if !few(removed) || !few(inserted) {
        return None;
    }
    if !tells(removed) && !tells(inserted)
        || removed.iter().chain(inserted).any(|token| is_fact(token) || token.lower.contains('\''))
    {
        return None;
    }
    let spelling = |a: Kinds, b: Kinds| a.meets(Kinds::AMERICAN) && b.meets(Kinds::BRITISH);
    if let ([from], [to]) = (removed, inserted) {
        let varies = spelling(from.kinds, to.kinds) || spelling(to.kinds, from.kinds);
        if varies || is_form_of(&from.lower, &to.lower) {
            return None;
        }
    }
    let (from, to) = (joined(removed), joined(inserted));
    (from.len() + to.len() <= 64).then(|| join_swap(&to, &from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::language::Language;

    fn moved(draft: &str, edited: &str) -> Vec<Moved> {
        let (draft, edited) =
            (Document::new(draft, Language::english()), Document::new(edited, Language::english()));
        Alignment::new(&draft, &edited).moved(&Measured::of(&draft), &Measured::of(&edited), 24)
    }

    #[test]
    fn words_that_say_how_move_and_facts_do_not() {
        let draft = "We utilize the very new tool. Send it now.";
        let found = moved(draft, "We use the new tool. Please send it now.");
        assert!(found.contains(&Moved::Swapped("use<-utilize".into(), true)));
        assert!(found.contains(&Moved::Struck("very".into())));
        let edited = "The review is on Thursday at 14:00 with Maria, in Oslo.";
        assert_eq!(moved("The review is on Tuesday at 9:30 with John, in Berlin.", edited), []);
    }

    #[test]
    fn a_capital_that_moves_on_is_no_change_of_words() {
        let found = moved("Perhaps it is fine. Go there now.", "It is fine. Now go there.");
        assert_eq!(found, [Moved::Struck("perhaps".into())]);
        let found = moved("This perhaps is fine for us.", "this is fine for us.");
        assert_eq!(found, [Moved::Struck("perhaps".into())]);
        let found = moved("It is fine. The tool runs.", "Somehow it is fine. Somehow the tool runs.");
        assert_eq!(found, [Moved::Added("somehow".into()), Moved::Added("somehow".into())]);
    }

    #[test]
    fn what_is_brought_in_one_day_and_struck_out_the_next_is_told_both_times() {
        let (bare, hedged) = ("The plan is fine.", "Perhaps the plan is fine.");
        assert_eq!(moved(hedged, bare), [Moved::Struck("perhaps".into())]);
        assert_eq!(moved(bare, hedged), [Moved::Added("perhaps".into())]);
    }

    #[test]
    fn of_a_sentence_that_is_dropped_no_word_is_chosen() {
        let draft = "The plan is fine for all of us. Perhaps it is really the color that matters to them.";
        let (page, edited) = (
            Document::new(draft, Language::english()),
            Document::new("The plan is fine for all of us.", Language::english()),
        );
        let alignment = Alignment::new(&page, &edited);
        assert_eq!(alignment.draft_that_was_kept().as_deref(), Some("The plan is fine for all of us."));
        assert_eq!(alignment.moved(&Measured::of(&page), &Measured::of(&edited), 24), []);
        let edited = Document::new(
            "The plan is fine for all of us. It is the color that matters to them.",
            Language::english(),
        );
        let alignment = Alignment::new(&page, &edited);
        assert_eq!(alignment.draft_that_was_kept(), None);
        let moved = alignment.moved(&Measured::of(&page), &Measured::of(&edited), 24);
        assert!(moved.contains(&Moved::Struck("really".into())), "{moved:?}");
    }
}
