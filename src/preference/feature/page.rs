//! A text cut up once for all features: words with their kinds, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::text::words`], in order; every sentence is a range of them.

use std::borrow::Cow;
use std::ops::Range;

use crate::preference::feature::lexicon::{Entry, Kinds, lexicon};
use crate::preference::feature::person::is_contraction;
use crate::text::{Line, LineKind, fold, is_word, lines, sentences, words};

/// One word or symbol.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    /// In lower case, with straight apostrophes.
    pub(crate) lower: Cow<'t, str>,
    pub(crate) kinds: Kinds,
    /// Made of letters or digits.
    pub(crate) word: bool,
    /// The first word of a sentence.
    pub(crate) starts: bool,
    pub(crate) contraction: bool,
}

impl Token<'_> {
    pub(crate) fn capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    pub(crate) fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }
}

/// The cut up text.
#[derive(Debug)]
pub(crate) struct Page<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token<'t>>,
    /// Token ranges, with the text of each; items of lists are not among them.
    pub(crate) sentences: Vec<(Range<usize>, &'t str)>,
    /// The items of lists, sentence by sentence.
    pub(crate) listed: Vec<&'t str>,
    pub(crate) lines: Vec<Line<'t>>,
    kinds: Vec<Kinds>,
    /// How many tokens are words.
    pub(crate) words: usize,
    /// The ASCII characters that occur, a bit each.
    ascii: u128,
}

impl<'t> Page<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let lexicon = lexicon();
        let cut_up = words(text);
        let mut entries = Vec::with_capacity(cut_up.len());
        let mut tokens: Vec<Token<'t>> = cut_up
            .into_iter()
            .map(|text| {
                let lower = fold(text);
                let entry = lexicon.entry(&lower);
                entries.push(entry);
                let kinds = entry.map(Entry::kinds).unwrap_or_default();
                let contraction = is_contraction(&lower);
                Token { text, lower, kinds, word: is_word(text), starts: false, contraction }
            })
            .collect();
        let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let (mut cut, mut listed) = (Vec::new(), Vec::new());
        let mut at = 0;
        for sentence in sentences(text) {
            let end = offset(sentence) + sentence.len();
            let start = at;
            at += tokens[at..].partition_point(|token| offset(token.text) < end);
            if let Some(first) = tokens[start..at].iter_mut().find(|token| token.word) {
                first.starts = true;
            }
            let form = lines(sentence).next().map(|line| line.kind);
            match form {
                Some(LineKind::Bullet | LineKind::Numbered) => listed.push(sentence),
                Some(LineKind::Heading) => {}
                _ => cut.push((start..at, sentence)),
            }
        }
        let words = tokens.iter().filter(|token| token.word).count();
        let kinds = kinds_of(&tokens, &entries);
        let ascii = text.bytes().filter(u8::is_ascii).fold(0, |set, byte| set | 1 << byte);
        Self { text, tokens, sentences: cut, listed, lines: lines(text).collect(), kinds, words, ascii }
    }

    /// Whether an ASCII character occurs: most marks are in few texts, which need not be searched for them.
    pub(crate) fn has(&self, mark: u8) -> bool {
        mark.is_ascii() && self.ascii >> mark & 1 == 1
    }

    /// How often a string of ASCII characters occurs, without overlap.
    pub(crate) fn occurrences(&self, of: &str) -> usize {
        if of.bytes().all(|byte| self.has(byte)) { self.text.matches(of).count() } else { 0 }
    }

    /// How many words and phrases of a kind there are.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|kinds| kinds.meets(kind)).count()
    }
}

/// The kinds of the words and phrases that have any, one entry for each.
fn kinds_of(tokens: &[Token<'_>], entries: &[Option<&Entry>]) -> Vec<Kinds> {
    let lower: Vec<&str> = tokens.iter().map(|token| &*token.lower).collect();
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate().filter(|(at, _)| tokens[*at].word) {
        let Some(entry) = entry else { continue };
        if entry.kinds() != Kinds::default() {
            found.push(entry.kinds());
        }
        found.extend(entry.phrases(&lower[at + 1..]).map(|(_, kinds)| kinds));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::feature::{form, marks, measure, punctuation};

    #[test]
    fn marks_are_counted_where_they_occur() {
        let text = "See **this** - or (that) -- at https://a.b, a well-made _thing_ *now*... Café";
        let page = Page::new(text);
        assert!(page.has(b'*') && page.has(b'-') && !page.has(b';') && !page.has(0xe9));
        let counts = ["**", " - ", "--", "...", "https://", ";"].map(|of| page.occurrences(of));
        assert_eq!(counts, [2, 1, 1, 1, 1, 0]);
        let measured = measure(text);
        for (feature, count) in [
            (&form::EMPHASIS, 1.0),
            (&form::LINKS, 1.0),
            (&form::ITALICS, 2.0),
            (&form::PARENTHESES, 1.0),
            (&punctuation::DASH, 2.0),
            (&punctuation::ELLIPSIS, 1.0),
            (&marks::HYPHENS, 1.0),
        ] {
            // Per hundred words, of a text that counts as one of fifty.
            assert_eq!(measured.value(feature.id), Some(2.0 * count), "{}", feature.name);
        }
    }
}
