//! Tells style, content and corrections apart in an edit: which hunks only replace facts or single content
//! words, which put spelling and grammar right, which words were swapped, brought in or struck out.
//!
//! Invariant: what is taken for content or for a correction teaches no style but, where it comes back, the
//! words themselves.

use std::ops::Range;

use crate::document::{Document, Token};
use crate::edit::{Hunk, diff};
use crate::language::{Kinds, Roles};
use crate::signals::features::{Measured, join_swap};

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
    draft: &'p Document<'t>,
    edited: &'p Document<'t>,
    /// Of either.
    words: [Spoken<'p, 't>; 2],
    hunks: Vec<Hunk>,
    /// What each of them changes.
    kinds: Vec<ChangeKind>,
    /// Whether the draft was cut: whole sentences that make a good part of it are gone.
    cut: bool,
}

/// The words of a page.
struct Spoken<'p, 't> {
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

    /// Those among some tokens.
    fn among(&self, tokens: &Range<usize>) -> &[&'p Token<'t>] {
        &self.words[self.before[tokens.start]..self.before[tokens.end]]
    }
}

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

/// Nats by which words must be worse spelt than before for the edit to have put in slips: more than one word says.
const WORSE: f32 = 6.0;

impl Corrections {
    /// Whether to correct was what the edit was for, or a good part of it.
    pub(crate) fn matter(&self) -> bool {
        let enough = match (self.misspelt, self.count) {
            (1.., _) => 0.15,
            (_, 2..) => 0.3,
            _ => 0.45,
        };
        self.count > 0 && self.share >= enough
    }

    /// Whether the edit put slips in, so that it is no correction: a correction read backwards.
    pub(crate) fn backwards(&self) -> bool {
        self.better <= -WORSE
    }
}

/// The share of a draft's words from which on dropping whole sentences is cutting the text.
const CUT_SHARE: f32 = 0.2;

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

/// Names, numbers and dates.
fn is_fact(token: &Token<'_>) -> bool {
    token.has_digit()
        || token.kinds.meets(Kinds::NUMBER)
        || token.kinds.meets(Kinds::DATE)
        || token.capitalised() && !token.starts && !token.kinds.meets(Kinds::FIRST_SINGULAR)
}

fn is_function(token: &Token<'_>) -> bool {
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

/// Longest word that is compared letter by letter.
const LONGEST_WORD: usize = 32;

/// Letters to insert, take out, replace or swap with the next to turn one word into the other.
fn letters_apart(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for at in 0..a.len() {
        let mut next = vec![at + 1];
        for to in 0..b.len() {
            let mut least = (row[to] + usize::from(a[at] != b[to])).min(row[to + 1] + 1).min(next[to] + 1);
            if at > 0 && to > 0 && a[at] == b[to - 1] && a[at - 1] == b[to] {
                least = least.min(before[to - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

/// How many of two sequences are the same from the beginning on, and of the rest back from the end.
fn alike_at_ends<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(x, y)| same(x, y)).count();
    let rest = a[start..].iter().rev().zip(b[start..].iter().rev());
    (start, rest.take_while(|(x, y)| same(x, y)).count())
}

/// Whether one word is another spelling or form of the other.
fn is_form_of(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(LONGEST_WORD).collect(), b.chars().take(LONGEST_WORD).collect());
    let (start, end) = alike_at_ends(&a, &b, |x, y| x == y);
    let (left_a, left_b) = (a.len() - start - end, b.len() - start - end);
    let same_stem = start >= 4 && left_a.max(left_b) + end <= 4;
    let long = a.len().min(b.len());
    same_stem || long >= 3 && start + end >= 1 && letters_apart(&a, &b) <= (long / 3).min(3)
}

/// Whether two forms of a word differ inside, as a misspelling does, and not by an ending alone.
fn differs_inside(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (start, end) = alike_at_ends(&a, &b, |x, y| x == y);
    end >= 1 && start + end >= 2
}

/// The letters of a word alone.
fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether one word is a slip of the other's spelling, or another form of it.
fn is_slip(from: &Token<'_>, to: &Token<'_>) -> bool {
    let spelling = |a: Kinds, b: Kinds| a.meets(Kinds::AMERICAN) && b.meets(Kinds::BRITISH);
    if from.has_digit() || to.has_digit() || spelling(from.kinds, to.kinds) || spelling(to.kinds, from.kinds)
    {
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

impl<'p, 't> Alignment<'p, 't> {
    pub(crate) fn new(draft: &'p Document<'t>, edited: &'p Document<'t>) -> Self {
        let texts = |page: &Document<'t>| page.tokens.iter().map(|token| token.text).collect::<Vec<_>>();
        let hunks = diff(&texts(draft), &texts(edited));
        let words = [draft, edited].map(Spoken::of);
        let mut alignment = Self { draft, edited, words, hunks, kinds: Vec::new(), cut: false };
        alignment.cut = alignment.is_cut(&alignment.dropped());
        alignment.kinds = alignment.hunks.iter().map(|hunk| alignment.kind(hunk)).collect();
        alignment
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

    fn with_kinds(&self) -> impl Iterator<Item = (&Hunk, ChangeKind)> {
        self.hunks.iter().zip(self.kinds.iter().copied())
    }

    /// The words on either side of a hunk.
    fn sides(&self, hunk: &Hunk) -> (&[&'p Token<'t>], &[&'p Token<'t>]) {
        let [draft, edited] = &self.words;
        (draft.among(&hunk.removed), edited.among(&hunk.inserted))
    }

    fn number(&self, token: &Token<'_>) -> Option<u32> {
        self.draft.language.number(&token.lower)
    }

    /// Whether a hunk changes only what the text says, not how.
    fn is_content(&self, hunk: &Hunk) -> bool {
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
            return removed.len() + inserted.len() <= 12 && all.any(|token| is_fact(token));
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
                || letters(a).abs_diff(letters(b)) <= 3;
        }
        let plain = |side: &[&Token<'_>]| {
            side.len() <= 8 && side.iter().all(|token| is_fact(token) || is_function(token))
        };
        if facts(removed) && facts(inserted) {
            return removed.len().abs_diff(inserted.len()) <= 2 && (plain(removed) || plain(inserted))
                || removed.len().max(inserted.len()) <= 4;
        }
        removed.len() == inserted.len() && removed.len() <= 3
    }

    /// Whether a hunk brings in or takes out whole sentences that say something: with a fact in them, and no word that
    /// says how. What goes where a text is cut goes for its length.
    fn is_news(&self, hunk: &Hunk, removed: &[&Token<'_>], inserted: &[&Token<'_>]) -> bool {
        let (page, tokens, words) = match (removed, inserted) {
            ([], words) => (self.edited, &hunk.inserted, words),
            (words, []) if !self.cut => (self.draft, &hunk.removed, words),
            _ => return false,
        };
        words.iter().any(|token| is_fact(token))
            && !words.iter().any(|token| says_how(token))
            && is_whole(page, tokens)
    }

    /// Whether a hunk puts spelling or grammar right: slips word by word, a small word more or less.
    fn is_correction(&self, hunk: &Hunk) -> bool {
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
                    && from.len() <= 3
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
            if removed.len().max(inserted.len()) <= 4
                && let (Some(old), Some(new)) = (mean(removed), mean(inserted))
            {
                changes += new - old;
                count += 1;
            }
        }
        (count > 0).then(|| changes / count as f32)
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

    /// The draft with the content of the edited text: what is left to change is style.
    pub(crate) fn draft_with_content(&self) -> String {
        self.draft_with(&[])
    }

    /// The same without the sentences that were dropped as a whole; `None` where they are only a small part. What
    /// went with them was not chosen: the text was cut.
    pub(crate) fn draft_that_was_kept(&self) -> Option<String> {
        let dropped = self.dropped();
        self.is_cut(&dropped).then(|| self.draft_with(&dropped))
    }

    /// Whether the sentences at these places are a good part of the draft.
    fn is_cut(&self, dropped: &[usize]) -> bool {
        let words = |range: &Range<usize>| self.draft.tokens[range.clone()].iter().filter(|t| t.word).count();
        let gone: usize = dropped.iter().map(|at| words(&self.draft.sentences[*at].0)).sum();
        gone as f32 >= CUT_SHARE * self.draft.words as f32
    }

    /// Sentences of the draft of which little is left, and nothing of their length put in their place.
    fn dropped(&self) -> Vec<usize> {
        let tokens = &self.draft.tokens;
        let word = |at: &usize| tokens[*at].word;
        let dropped = |range: &Range<usize>| {
            let words = range.clone().filter(word).count();
            let (mut gone, mut put) = (0, 0);
            for hunk in &self.hunks {
                let (from, to) = (hunk.removed.start.max(range.start), hunk.removed.end.min(range.end));
                if from < to {
                    gone += (from..to).filter(word).count();
                    put +=
                        self.edited.tokens[hunk.inserted.clone()].iter().filter(|token| token.word).count();
                }
            }
            words > 0 && 3 * gone >= 2 * words && 3 * put <= gone
        };
        let sentences = self.draft.sentences.iter().enumerate();
        sentences.filter(|(_, (range, _))| dropped(range)).map(|(at, _)| at).collect()
    }

    fn draft_with(&self, dropped: &[usize]) -> String {
        let end = |page: &Document<'t>, tokens: usize| {
            tokens.checked_sub(1).map_or(0, |last| {
                let word = page.tokens[last].text;
                word.as_ptr() as usize - page.text.as_ptr() as usize + word.len()
            })
        };
        let contents = self.with_kinds().filter(|(_, kind)| *kind != ChangeKind::Style);
        let mut changes: Vec<(Range<usize>, &str)> = contents
            .map(|(hunk, _)| {
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
            let (removed, inserted) = self.sides(hunk);
            if is_formula(removed, inserted) {
                continue;
            }
            // Where "Perhaps it is" becomes "It is", a capital moved on, and "perhaps" alone was changed.
            let (start, end) = alike_at_ends(removed, inserted, |one, other| one.lower == other.lower);
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
            if inserted.is_empty() && (1..=4).contains(&removed.len()) && tells(removed) {
                moved.push(Moved::Struck(joined(removed)));
            } else if removed.len() <= 12 {
                let telling = removed.iter().filter(|token| strikable(token) && !is_function(token));
                moved.extend(telling.map(|token| Moved::Struck(token.lower.to_string())));
            }
            if removed.is_empty() && (1..=3).contains(&inserted.len()) && tells(inserted) {
                moved.push(Moved::Added(joined(inserted)));
            }
        }
        moved.retain(|moved| !matches!(moved, Moved::Struck(phrase) if after.says(phrase)));
        let kept = self.draft.tokens.iter().filter(|token| strikable(token) && after.says(&token.lower));
        moved.extend(kept.take(8).map(|token| Moved::Kept(token.lower.to_string())));
        moved.truncate(most);
        moved
    }
}

/// Whether a stretch that one of two texts has more is whole sentences. Where the next sentence begins as the stretch
/// does, it may as well lie some words earlier.
fn is_whole(page: &Document<'_>, tokens: &Range<usize>) -> bool {
    let (mut start, mut end) = (tokens.start, tokens.end);
    let words = |range: &Range<usize>| {
        let mut words = range.clone().filter(|at| page.tokens[*at].word);
        let first = words.next();
        (first, words.next_back().or(first))
    };
    loop {
        let (first, last) = words(&(start..end));
        let bounds = || page.sentences.iter().map(|(range, _)| words(range));
        if first.is_some()
            && bounds().any(|(begin, _)| begin == first)
            && bounds().any(|(_, end)| end == last)
        {
            return true;
        }
        if start == 0 || page.tokens[start - 1].text != page.tokens[end - 1].text {
            return false;
        }
        (start, end) = (start - 1, end - 1);
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
    if !(1..=2).contains(&removed.len()) || !(1..=2).contains(&inserted.len()) {
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
    use crate::language::Language;

    fn document(text: &str) -> Document<'_> {
        Document::new(text, Language::english())
    }

    fn run(draft: &str, edited: &str) -> (String, Vec<Moved>) {
        let (draft, edited) = (document(draft), document(edited));
        let alignment = Alignment::new(&draft, &edited);
        (alignment.draft_with_content(), alignment.moved(&Measured::of(&draft), &Measured::of(&edited), 24))
    }

    #[test]
    fn facts_are_set_aside() {
        let edited = "The review is on Thursday at 14:00 with Maria, in Oslo.";
        let (neutral, moved) = run("The review is on Tuesday at 9:30 with John, in Berlin.", edited);
        assert_eq!(neutral, edited);
        assert_eq!(moved, []);
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
                assert_eq!(run(from, to).0, to);
            }
        }
        let more = draft.replacen(". ", ". We ship 40 units on 5 May. The rest of the work takes as long as it always has, and all of it is paid. ", 1);
        assert_eq!(
            run(&more, &more.replace("We ship 40 units on 5 May. ", "")).0,
            draft.replacen(
                ". ",
                ". The rest of the work takes as long as it always has, and all of it is paid. ",
                1
            )
        );
        // Without facts it is how one writes, and so are phrases.
        let more = format!("{draft} It would be a joy for all of us to see the whole team there.");
        assert_eq!(run(draft, &more).0, draft);
        assert_eq!(run(draft, &format!("Hi Sam,\n\n{draft}")).0, draft);
        // A text that is cut is cut.
        let long = "We ship 40 units on 5 May. We can do it.";
        assert_eq!(run(long, "We can do it.").0, long);
    }

    #[test]
    fn style_stays() {
        let draft = "We utilize the very new tool. Send it now.";
        let (neutral, moved) = run(draft, "We use the new tool. Please send it now.");
        assert_eq!(neutral, draft);
        assert!(moved.contains(&Moved::Swapped("use<-utilize".into(), true)));
        assert!(moved.contains(&Moved::Struck("very".into())));
    }

    #[test]
    fn a_capital_that_moves_on_is_no_change_of_words() {
        let (_, moved) = run("Perhaps it is fine. Go there now.", "It is fine. Now go there.");
        assert_eq!(moved, [Moved::Struck("perhaps".into())]);
        let (_, moved) = run("This perhaps is fine for us.", "this is fine for us.");
        assert_eq!(moved, [Moved::Struck("perhaps".into())]);
        let (_, moved) = run("It is fine. The tool runs.", "Somehow it is fine. Somehow the tool runs.");
        assert_eq!(moved, [Moved::Added("somehow".into()), Moved::Added("somehow".into())]);
    }

    #[test]
    fn what_is_brought_in_one_day_and_struck_out_the_next_is_told_both_times() {
        let (bare, hedged) = ("The plan is fine.", "Perhaps the plan is fine.");
        assert_eq!(run(hedged, bare).1, [Moved::Struck("perhaps".into())]);
        assert_eq!(run(bare, hedged).1, [Moved::Added("perhaps".into())]);
    }

    #[test]
    fn of_a_sentence_that_is_dropped_no_word_is_chosen() {
        let draft = "The plan is fine for all of us. Perhaps it is really the color that matters to them.";
        let (page, edited) = (document(draft), document("The plan is fine for all of us."));
        let alignment = Alignment::new(&page, &edited);
        assert_eq!(alignment.draft_that_was_kept().as_deref(), Some("The plan is fine for all of us."));
        assert_eq!(alignment.moved(&Measured::of(&page), &Measured::of(&edited), 24), []);
        let edited = document("The plan is fine for all of us. It is the color that matters to them.");
        let alignment = Alignment::new(&page, &edited);
        assert_eq!(alignment.draft_that_was_kept(), None);
        let moved = alignment.moved(&Measured::of(&page), &Measured::of(&edited), 24);
        assert!(moved.contains(&Moved::Struck("really".into())), "{moved:?}");
    }

    #[test]
    fn a_correction_read_backwards_is_none() {
        let backwards = |draft: &str, edited: &str| {
            let (draft, edited) = (document(draft), document(edited));
            Alignment::new(&draft, &edited).corrections().is_some_and(|found| found.backwards())
        };
        let slips =
            "I recieved the book from the schoool and will definately read it tommorrow on the train.";
        let right = "I received the book from the school and will definitely read it tomorrow on the train.";
        assert!(!backwards(slips, right));
        assert!(backwards(right, slips));
    }

    fn corrections(draft: &str, edited: &str) -> Option<(f32, usize)> {
        let (draft, edited) = (document(draft), document(edited));
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

    #[test]
    fn numbers_written_another_way_are_style() {
        let draft = "It takes five days.";
        assert_eq!(run(draft, "It takes 5 days.").0, draft);
        assert_eq!(run(draft, "It takes six days.").0, "It takes six days.");
    }
}
