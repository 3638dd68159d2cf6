//! A draft and what became of it, aligned word by word, once: the hunks with their kinds, what the edit cost, and the
//! draft with parts of the edit undone. Which hunks are content is decided in `content`, which are corrections in
//! `corrections`; what moved is in `moved`.
//!
//! Invariant: what is taken for content or for a correction teaches no style but, where it comes back, the
//! words themselves.

use std::ops::Range;

use crate::document::{Document, Token};
use crate::edit::apart::{Apart, common_ends};
use crate::edit::diff::{Hunk, hunks};
use crate::edit::distance::distance;
use crate::edit::tuning::cut;

/// What a change of words is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// How something is said.
    Style,
    /// What is said: names, numbers, dates, sentences that bring them, single words of content. Teaches no style but,
    /// where it comes back, a liking for the words.
    Content,
    /// Spelling or grammar put right.
    Correction,
}

/// A draft and what became of it, aligned word by word.
pub(crate) struct Alignment<'p, 't> {
    pub(super) draft: &'p Document<'t>,
    pub(super) edited: &'p Document<'t>,
    /// Of either.
    pub(super) words: [Spoken<'p, 't>; 2],
    apart: Apart,
    pub(super) hunks: Vec<Hunk>,
    /// What each of them changes.
    kinds: Vec<ChangeKind>,
    /// Sentences of the draft that are gone as a whole.
    dropped: Vec<usize>,
    /// Whether the draft was cut: the sentences that are gone make a good part of it.
    pub(super) cut: bool,
}

/// How much of a sentence changed.
pub(super) struct Changed {
    /// Its words, and those of them in hunks.
    pub(super) words: usize,
    pub(super) gone: usize,
    /// The places of the hunks with tokens of it.
    pub(super) hunks: Vec<usize>,
}

/// The words of a page.
pub(super) struct Spoken<'p, 't> {
    words: Vec<&'p Token<'t>>,
    /// Before each token, and at the end, how many there are.
    before: Vec<usize>,
}

impl<'p, 't> Spoken<'p, 't> {
    fn of(page: &'p Document<'t>) -> Self {
        let mut words = Vec::with_capacity(page.words);
        let mut before = Vec::with_capacity(page.tokens.len() + 1);
        for token in &page.tokens {
            before.push(words.len());
            words.extend(token.word.then_some(token));
        }
        before.push(words.len());
        Self { words, before }
    }

    /// Which of the words are among some tokens.
    pub(super) fn places(&self, tokens: &Range<usize>) -> Range<usize> {
        self.before[tokens.start]..self.before[tokens.end]
    }

    /// The words of a stretch, by its place and length, or the same words as early as they may lie.
    fn earliest(&self, start: usize, length: usize) -> &[&'p Token<'t>] {
        let same = |by: &usize| self.words[start - by].lower == self.words[start + length - by].lower;
        let by = (1..=start.min(length)).take_while(same).count();
        &self.words[start - by..start - by + length]
    }

    fn among(&self, tokens: &Range<usize>) -> &[&'p Token<'t>] {
        &self.words[self.places(tokens)]
    }
}

impl<'p, 't> Alignment<'p, 't> {
    pub(crate) fn new(draft: &'p Document<'t>, edited: &'p Document<'t>) -> Self {
        let apart = Apart::new(&draft.tokens, &edited.tokens, |token| token.text);
        let hunks = hunks(&apart);
        let words = [draft, edited].map(Spoken::of);
        let (kinds, dropped) = (Vec::new(), Vec::new());
        let mut alignment = Self { draft, edited, words, apart, hunks, kinds, dropped, cut: false };
        alignment.dropped = alignment.dropped();
        alignment.cut = alignment.is_cut();
        alignment.kinds = alignment.hunks.iter().map(|hunk| alignment.kind(hunk)).collect();
        alignment
    }

    pub(crate) fn draft(&self) -> &'p Document<'t> {
        self.draft
    }

    pub(crate) fn edited(&self) -> &'p Document<'t> {
        self.edited
    }

    /// Word-level Levenshtein distance between the two, as [`edit_distance`](crate::edit::edit_distance).
    pub(crate) fn distance(&self) -> usize {
        distance(&self.apart, &self.hunks)
    }

    fn kind(&self, hunk: &Hunk) -> ChangeKind {
        if self.is_correction(hunk) {
            ChangeKind::Correction
        } else if self.is_content(hunk) {
            ChangeKind::Content
        } else {
            ChangeKind::Style
        }
    }

    /// Whether all that changed is content; `None` if nothing changed.
    pub(crate) fn changes_content_only(&self) -> Option<bool> {
        (!self.kinds.is_empty()).then(|| self.kinds.iter().all(|kind| *kind == ChangeKind::Content))
    }

    pub(super) fn with_kinds(&self) -> impl Iterator<Item = (&Hunk, ChangeKind)> {
        self.hunks.iter().zip(self.kinds.iter().copied())
    }

    /// The words on either side of a hunk.
    pub(super) fn sides(&self, hunk: &Hunk) -> (&[&'p Token<'t>], &[&'p Token<'t>]) {
        let [draft, edited] = &self.words;
        (draft.among(&hunk.removed), edited.among(&hunk.inserted))
    }

    /// The words on either side of a hunk without those that both share at an end: where "Perhaps it is" becomes "It is", a
    /// capital moved on, and "perhaps" alone was changed. A stretch that may as well lie earlier does: where "I think I
    /// saw" becomes "I saw", "I think" went, and not "think I".
    pub(super) fn apart(&self, hunk: &Hunk) -> (&[&'p Token<'t>], &[&'p Token<'t>]) {
        let (removed, inserted) = self.sides(hunk);
        let (start, end) = common_ends(removed, inserted, |one, other| one.lower == other.lower);
        let (removed, inserted) =
            (&removed[start..removed.len() - end], &inserted[start..inserted.len() - end]);
        let [draft, edited] = &self.words;
        match (removed, inserted) {
            (words @ [_, ..], []) => {
                (draft.earliest(draft.places(&hunk.removed).start + start, words.len()), &[])
            }
            ([], words @ [_, ..]) => {
                (&[], edited.earliest(edited.places(&hunk.inserted).start + start, words.len()))
            }
            both => both,
        }
    }

    /// Where each hunk lies in the bytes of either text, and what it changes; in their order.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>, ChangeKind)> {
        fn bytes(page: &Document<'_>, tokens: &Range<usize>) -> Range<usize> {
            let start = |token: &Token<'_>| token.text.as_ptr() as usize - page.text.as_ptr() as usize;
            let end = |token: &Token<'_>| start(token) + token.text.len();
            match page.tokens[tokens.clone()] {
                // Between two words: after the one before.
                [] => {
                    let at = tokens.start.checked_sub(1).map_or(0, |last| end(&page.tokens[last]));
                    at..at
                }
                [ref first, ..] => start(first)..end(&page.tokens[tokens.end - 1]),
            }
        }
        self.with_kinds()
            .map(|(hunk, kind)| (bytes(self.draft, &hunk.removed), bytes(self.edited, &hunk.inserted), kind))
    }

    /// The draft with the content of the edited text and other hunks, by their places: what is left to change is style.
    /// With `kept`, and where the draft was cut, without the sentences that were dropped as a whole: what went with them
    /// was not chosen.
    pub(super) fn draft_with(&self, kept: bool, undone: impl Fn(usize) -> bool) -> String {
        let dropped: &[usize] = if kept && self.cut { &self.dropped } else { &[] };
        self.draft_without(dropped, undone)
    }

    /// Whether the sentences that are gone are a good part of the draft.
    fn is_cut(&self) -> bool {
        let words = |at: &usize| self.words[0].places(&self.draft.sentences[*at].0).len();
        let gone: usize = self.dropped.iter().map(words).sum();
        gone as f32 >= cut::WORDS_SHARE * self.draft.words as f32
    }

    /// Sentences of the draft of which little is left, and nothing of their length put in their place.
    fn dropped(&self) -> Vec<usize> {
        let edited = &self.words[1];
        let [parts, of_words] = cut::GONE;
        let sentences = self.draft.sentences.iter().map(|(range, _)| range);
        let is_dropped = |Changed { words, gone, hunks }: &Changed| {
            let put: usize = hunks.iter().map(|at| edited.places(&self.hunks[*at].inserted).len()).sum();
            *words > 0 && of_words * gone >= parts * words && cut::GONE_FOR_ONE_PUT * put <= *gone
        };
        self.changed(0, sentences).enumerate().filter(|(_, one)| is_dropped(one)).map(|(at, _)| at).collect()
    }

    /// How much of each sentence of a text changed: of the draft (side 0) or the edited text (side 1). The token ranges of
    /// the sentences ascend.
    pub(super) fn changed<'s>(
        &'s self,
        side: usize,
        sentences: impl Iterator<Item = &'s Range<usize>>,
    ) -> impl Iterator<Item = Changed> {
        let words = &self.words[side];
        let tokens = move |hunk: &Hunk| if side == 0 { hunk.removed.clone() } else { hunk.inserted.clone() };
        let mut first = 0;
        sentences.map(move |sentence| {
            // A hunk may reach over several sentences.
            first += self.hunks[first..].iter().take_while(|hunk| tokens(hunk).end <= sentence.start).count();
            let (mut gone, mut hunks) = (0, Vec::new());
            for (at, hunk) in self.hunks.iter().enumerate().skip(first) {
                let tokens = tokens(hunk);
                if tokens.start >= sentence.end {
                    break;
                }
                let (from, to) = (tokens.start.max(sentence.start), tokens.end.min(sentence.end));
                if from < to {
                    gone += words.places(&(from..to)).len();
                    hunks.push(at);
                }
            }
            Changed { words: words.places(sentence).len(), gone, hunks }
        })
    }

    fn draft_without(&self, dropped: &[usize], undone: impl Fn(usize) -> bool) -> String {
        let end = |page: &Document<'t>, tokens: usize| {
            tokens.checked_sub(1).map_or(0, |last| {
                let word = page.tokens[last].text;
                word.as_ptr() as usize - page.text.as_ptr() as usize + word.len()
            })
        };
        let contents = self.with_kinds().enumerate();
        let contents = contents.filter(|(at, (_, kind))| *kind != ChangeKind::Style || undone(*at));
        let mut changes: Vec<(Range<usize>, &str)> = contents
            .map(|(_, (hunk, _))| {
                let mut inserted = end(self.edited, hunk.inserted.start)..end(self.edited, hunk.inserted.end);
                if hunk.removed.end == 0 {
                    // Before the first word, what sets the words apart comes after them.
                    let rest = &self.edited.text[inserted.end..];
                    inserted.end += rest.len() - rest.trim_start().len();
                }
                let removed = end(self.draft, hunk.removed.start)..end(self.draft, hunk.removed.end);
                (removed, &self.edited.text[inserted])
            })
            .collect();
        changes.extend(dropped.iter().map(|at| {
            let range = &self.draft.sentences[*at].0;
            (end(self.draft, range.start)..end(self.draft, range.end), "")
        }));
        changes.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut out = String::with_capacity(self.draft.text.len());
        let mut from = 0;
        for (range, with) in changes {
            if range.start >= from {
                out.push_str(&self.draft.text[from..range.start]);
                out.push_str(with);
                from = range.end;
            }
        }
        out.push_str(&self.draft.text[from..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::language::Language;

    fn with_content(draft: &str, edited: &str) -> String {
        let (draft, edited) =
            (Document::new(draft, Language::english()), Document::new(edited, Language::english()));
        Alignment::new(&draft, &edited).draft_with(false, |_| false)
    }

    #[test]
    fn facts_are_set_aside() {
        let edited = "The review is on Thursday at 14:00 with Maria, in Oslo.";
        assert_eq!(with_content("The review is on Tuesday at 9:30 with John, in Berlin.", edited), edited);
    }

    #[test]
    fn whole_sentences_with_facts_are_content() {
        let draft = "We can do it. The hall is free all day, and we have the key to the door.";
        let added = [
            "We ship 40 units on 5 May.",
            "The bus to the old bridge of Oslo leaves from the stop behind the church at noon on 5 May and takes an hour.",
        ];
        for added in added {
            let more = draft.replacen(". ", &format!(". {added} "), 1);
            for (from, to) in [
                (draft, &*more),
                (draft, &*format!("{draft} {added}")),
                (draft, &*format!("{added}\n{draft}")),
            ] {
                assert_eq!(with_content(from, to), to);
            }
        }
        let more = draft.replacen(". ", ". We ship 40 units on 5 May. The rest of the work takes as long as it always has, and all of it is paid. ", 1);
        assert_eq!(
            with_content(&more, &more.replace("We ship 40 units on 5 May. ", "")),
            draft.replacen(
                ". ",
                ". The rest of the work takes as long as it always has, and all of it is paid. ",
                1
            )
        );
        // Without facts it is how one writes, and so are phrases.
        let more = format!("{draft} It would be a joy for all of us to see the whole team there.");
        assert_eq!(with_content(draft, &more), draft);
        assert_eq!(with_content(draft, &format!("Hi Sam,\n\n{draft}")), draft);
        // A text that is cut is cut.
        let long = "We ship 40 units on 5 May. We can do it.";
        assert_eq!(with_content(long, "We can do it."), long);
    }

    #[test]
    fn what_says_how_and_numbers_written_another_way_are_style() {
        let draft = "We utilize the very new tool. Send it now.";
        assert_eq!(with_content(draft, "We use the new tool. Please send it now."), draft);
        let draft = "It takes five days.";
        assert_eq!(with_content(draft, "It takes 5 days."), draft);
        assert_eq!(with_content(draft, "It takes six days."), "It takes six days.");
    }
}
