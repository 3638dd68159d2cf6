//! A text cut up once for all features: words with their kinds, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::text::words`], in order; every sentence is a range of them.

use std::borrow::Cow;
use std::ops::Range;

use crate::preference::feature::lexicon::{Kinds, lexicon};
use crate::text::{Line, LineKind, is_word, lines, sentences, words};

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
}

/// A word in lower case with straight apostrophes.
pub(crate) fn fold(word: &str) -> Cow<'_, str> {
    let plain =
        word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b.is_ascii_punctuation());
    if plain { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase().replace('\u{2019}', "'")) }
}

impl<'t> Page<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let lexicon = lexicon();
        let mut tokens: Vec<Token<'t>> = words(text)
            .into_iter()
            .map(|text| {
                let lower = fold(text);
                let kinds = lexicon.kinds(&lower);
                Token { text, lower, kinds, word: is_word(text), starts: false }
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
        let kinds = kinds_of(&tokens);
        Self { text, tokens, sentences: cut, listed, lines: lines(text).collect(), kinds, words }
    }

    /// How many words and phrases of a kind there are.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|kinds| kinds.meets(kind)).count()
    }
}

/// The kinds of the words and phrases that have any, one entry for each.
fn kinds_of(tokens: &[Token<'_>]) -> Vec<Kinds> {
    let lexicon = lexicon();
    let lower: Vec<&str> = tokens.iter().map(|token| &*token.lower).collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.word) {
        if token.kinds != Kinds::default() {
            found.push(token.kinds);
        }
        found.extend(lexicon.phrases(&lower[at..]).map(|(_, kinds)| kinds));
    }
    found
}
