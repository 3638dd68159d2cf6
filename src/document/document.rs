//! A text cut up once for all features: words with their kinds, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::document::words`], in order; every sentence is a range of them.

use std::borrow::Cow;
use std::ops::Range;

use crate::document::{Line, LineKind, Words, fold, is_word, lines, sentences};
use crate::language::is_contraction;
use crate::language::{Entry, Kinds, lexicon};

/// One word or symbol.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a word is, one thing beside the other")]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    /// In lower case, with straight apostrophes.
    pub(crate) lower: Cow<'t, str>,
    pub(crate) kinds: Kinds,
    /// Made of letters or digits.
    pub(crate) word: bool,
    /// Made of ASCII letters and apostrophes.
    pub(crate) english: bool,
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
pub(crate) struct Document<'t> {
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
    /// How often each ASCII character occurs.
    ascii: [u32; 128],
    /// Whether there are other characters.
    foreign: bool,
}

impl<'t> Document<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let lexicon = lexicon();
        let mut entries = Vec::with_capacity(text.len() / 5);
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(text.len() / 5);
        for text in Words(text) {
            let lower = fold(text);
            let entry = lexicon.entry(&lower);
            entries.push(entry);
            let kinds = entry.map(Entry::kinds).unwrap_or_default();
            let english = lower.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'');
            let contraction = is_contraction(&lower);
            tokens.push(Token {
                text,
                lower,
                kinds,
                word: is_word(text),
                english,
                starts: false,
                contraction,
            });
        }
        let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let sentences = sentences(text);
        let (mut cut, mut listed) = (Vec::with_capacity(sentences.len()), Vec::new());
        let mut at = 0;
        for sentence in sentences {
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
        let mut ascii = [0; 128];
        for byte in text.bytes() {
            if let Some(count) = ascii.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
        let (lines, foreign) = (lines(text).collect(), !text.is_ascii());
        Self { text, tokens, sentences: cut, listed, lines, kinds, words, ascii, foreign }
    }

    /// How often an ASCII character occurs: most marks are in few texts, which need not be searched for them.
    pub(crate) fn times(&self, mark: u8) -> usize {
        self.ascii.get(usize::from(mark)).map_or(0, |count| *count as usize)
    }

    /// How often a string of ASCII characters occurs, without overlap.
    pub(crate) fn occurrences(&self, of: &str) -> usize {
        if of.bytes().all(|byte| self.times(byte) > 0) { self.text.matches(of).count() } else { 0 }
    }

    /// The characters that are not ASCII, in order.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = char> {
        let text = if self.foreign { self.text } else { "" };
        text.chars().filter(|c| !c.is_ascii())
    }

    /// How many words and phrases of a kind there are.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|kinds| kinds.meets(kind)).count()
    }
}

/// The kinds of the words and phrases that have any, one entry for each.
fn kinds_of(tokens: &[Token<'_>], entries: &[Option<&Entry>]) -> Vec<Kinds> {
    let mut found = Vec::with_capacity(tokens.len());
    for (at, entry) in entries.iter().enumerate().filter(|(at, _)| tokens[*at].word) {
        let Some(entry) = entry else { continue };
        if entry.kinds() != Kinds::default() {
            found.push(entry.kinds());
        }
        let next = tokens[at + 1..].iter().map(|token| &*token.lower);
        found.extend(entry.phrases(next).map(|(_, kinds)| kinds));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_where_they_occur() {
        let text = "See **this** - or (that) -- at https://a.b, a well-made _thing_ *now*... Café";
        let document = Document::new(text);
        assert_eq!([b'*', b'-', b';', 0xe9].map(|mark| document.times(mark)), [6, 4, 0, 0]);
        assert_eq!(document.foreign().collect::<String>(), "é");
        let counts = ["**", " - ", "--", "...", "https://", ";"].map(|of| document.occurrences(of));
        assert_eq!(counts, [2, 1, 1, 1, 1, 0]);
    }
}
