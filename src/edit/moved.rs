//! Which words and phrases an edit swapped, brought in, struck out or pointedly kept.
//!
//! Invariant: no fact is among them, and of a sentence that went as a whole no word.

use std::collections::BTreeSet;

use crate::document::Token;
use crate::edit::accounts::{Accounted, Accounts};
use crate::edit::alignment::{Alignment, ChangeKind};
use crate::edit::content::{is_fact, is_function};
use crate::edit::forms::is_form_of;
use crate::edit::phrases::{is_formula, joined, respelt, swap, tells};
use crate::edit::tuning::phrase;
use crate::language::Kinds;
use crate::signals::features::Measured;

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
    /// Whether words of content were replaced by shorter or longer ones: the mean change in letters, hunks of some
    /// accounts left out.
    pub(crate) fn letters_swapped(&self, accounted: &Accounted, but: Accounts) -> Option<f32> {
        let (mut changes, mut count) = (0.0, 0);
        let hunks = self.with_kinds().enumerate().filter(|(at, _)| !accounted.has(*at, but));
        for (_, (hunk, _)) in hunks.filter(|(_, (_, kind))| *kind == ChangeKind::Style) {
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
    pub(crate) fn moved(
        &self,
        accounted: &Accounted,
        before: &Measured,
        after: &Measured,
        most: usize,
    ) -> Vec<Moved> {
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
        let in_formula = |from: &[&Token<'_>], to: &[&Token<'_>]| {
            let holds = |formula: &str, words: &[&Token<'_>]| {
                words.first().is_some_and(|first| formula.contains(&*first.lower))
                    && format!(" {formula} ").contains(&format!(" {} ", joined(words)))
            };
            formulas.iter().flatten().any(|(before, after)| holds(before, from) && holds(after, to))
        };
        for (at, hunk) in self.hunks.iter().enumerate() {
            if moved.len() >= most {
                break;
            }
            let (removed, inserted) = self.sides(hunk);
            if in_formula(removed, inserted) || accounted.has(at, Accounts::COURTESY.or(Accounts::BLOCK)) {
                continue;
            }
            let sentences = self.whole_sentences(hunk);
            if !sentences.is_empty() && sentences.iter().all(|sentence| is_formula(sentence)) {
                for sentence in sentences {
                    let words: Vec<&Token<'_>> = sentence.iter().filter(|token| token.word).collect();
                    let phrase = joined(&words);
                    moved.extend(if hunk.removed.is_empty() {
                        Some(Moved::Added(phrase))
                    } else {
                        struck(phrase)
                    });
                }
                continue;
            }
            if let Some((subject, more)) = respelt(removed, inserted) {
                moved.push(Moved::Swapped(subject, more));
                continue;
            }
            let (removed, inserted) = self.apart(hunk);
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
                let telling = removed.iter().filter(|token| {
                    strikable(token)
                        && !is_function(token)
                        && !inserted.iter().any(|other| is_form_of(&token.lower, &other.lower))
                });
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

/// Whether a word says how, and has no feature of its own that says it better.
fn strikable(token: &Token<'_>) -> bool {
    [Kinds::HEDGE, Kinds::BOOSTER, Kinds::CONNECTIVE, Kinds::CASUAL, Kinds::HARSH, Kinds::FORMAL]
        .iter()
        .any(|kind| token.kinds.meets(*kind))
        && !token.kinds.meets(Kinds::GREETING)
        && !token.kinds.meets(Kinds::CLOSING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::language::Language;

    fn all_moved(alignment: &Alignment<'_, '_>, draft: &Document<'_>, edited: &Document<'_>) -> Vec<Moved> {
        let (before, after) = (Measured::of(draft), Measured::of(edited));
        alignment.moved(&alignment.accounted(&before, &after), &before, &after, 24)
    }

    fn moved(draft: &str, edited: &str) -> Vec<Moved> {
        let (draft, edited) =
            (Document::new(draft, Language::english()), Document::new(edited, Language::english()));
        all_moved(&Alignment::new(&draft, &edited), &draft, &edited)
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
        assert_eq!(alignment.draft_with(true, |_| false), "The plan is fine for all of us.");
        assert_eq!(all_moved(&alignment, &page, &edited), []);
        let edited = Document::new(
            "The plan is fine for all of us. It is the color that matters to them.",
            Language::english(),
        );
        let alignment = Alignment::new(&page, &edited);
        assert!(!alignment.was_cut());
        let moved = all_moved(&alignment, &page, &edited);
        assert!(moved.contains(&Moved::Struck("really".into())), "{moved:?}");
    }
}
