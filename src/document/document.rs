//! A text, read once in its language: words with what the language's lists say of them, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::document::words`], in order; every sentence is a range of them. Everything that
//! measures, compares, finds or explains a text takes its document, so that a text is cut up once.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use crate::document::lines::{Line, LineKind, lines};
use crate::document::sentences::sentences;
use crate::document::token::{Words, fold, is_word, offset};
use crate::language::{Entry, Kinds, Language, Roles};

/// One word or symbol.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a word is, one thing beside the other")]
pub struct Token<'t> {
    pub(crate) text: &'t str,
    /// In lower case, with straight apostrophes.
    pub(crate) lower: Cow<'t, str>,
    pub(crate) kinds: Kinds,
    /// What the lists say of it.
    pub(crate) entry: Option<&'static Entry>,
    /// Made of letters or digits.
    pub(crate) word: bool,
    /// Made of ASCII letters and apostrophes.
    pub(crate) ascii: bool,
    /// The first word of a sentence.
    pub(crate) starts: bool,
    pub(crate) contraction: bool,
}

impl Token<'_> {
    pub(crate) fn capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it has one of these roles by itself.
    pub(crate) fn is(&self, roles: Roles) -> bool {
        self.entry.is_some_and(|entry| entry.roles().meets(roles))
    }

    pub(crate) fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }
}

/// The text of a document, its tokens, sentences and lines.
#[derive(Debug)]
pub struct Document<'t> {
    pub(crate) text: &'t str,
    pub(crate) language: &'static Language,
    pub(crate) tokens: Vec<Token<'t>>,
    /// Token ranges, with the text of each; items of lists are not among them.
    pub(crate) sentences: Vec<(Range<usize>, &'t str)>,
    /// The items of lists, sentence by sentence.
    pub(crate) listed: Vec<&'t str>,
    pub(crate) lines: Vec<Line<'t>>,
    /// Token ranges of all sentences with the text of each, those of lists and headings included.
    all: Vec<(Range<usize>, &'t str)>,
    kinds: Vec<Kinds>,
    /// How many tokens are words.
    pub(crate) words: usize,
    /// How often each ASCII character occurs.
    ascii: [u32; 128],
    /// Whether there are other characters.
    foreign: bool,
}

impl<'t> Document<'t> {
    /// Reads a text in the language of a locale, where there is one, else in its own.
    pub fn read(text: &'t str, locale: Option<&str>) -> Self {
        match locale {
            Some(locale) => Self::new(text, Language::of_locale(locale)),
            None => Self::cut(text, |tokens| {
                let words = tokens.iter().filter(|token| token.word).map(|token| &*token.lower);
                Language::of_text(text, &words)
            }),
        }
    }

    /// Reads a text in a language.
    pub fn new(text: &'t str, language: &'static Language) -> Self {
        Self::cut(text, |_| language)
    }

    fn cut(text: &'t str, language: impl FnOnce(&[Token<'t>]) -> &'static Language) -> Self {
        #[cfg(any(test, feature = "internals"))]
        count::add();
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(text.len() / 5);
        for text in Words(text) {
            let lower = fold(text);
            let ascii = lower.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'');
            let (kinds, word) = (Kinds::NONE, is_word(text));
            tokens.push(Token {
                text,
                lower,
                kinds,
                entry: None,
                word,
                ascii,
                starts: false,
                contraction: false,
            });
        }
        let language = language(&tokens);
        for token in &mut tokens {
            token.entry = language.lexicon().entry(&token.lower);
            token.kinds = token.entry.map(Entry::kinds).unwrap_or_default();
            token.contraction = language.is_contraction(&token.lower);
        }
        let sentences = sentences(text, language);
        let (mut cut, mut listed) = (Vec::with_capacity(sentences.len()), Vec::new());
        let mut all = Vec::with_capacity(sentences.len());
        let mut at = 0;
        for sentence in sentences {
            let end = offset(text, sentence) + sentence.len();
            let start = at;
            at += tokens[at..].partition_point(|token| offset(text, token.text) < end);
            if let Some(first) = tokens[start..at].iter_mut().find(|token| token.word) {
                first.starts = true;
            }
            all.push((start..at, sentence));
            let form = lines(sentence).next().map(|line| line.kind);
            match form {
                Some(LineKind::Bullet | LineKind::Numbered) => listed.push(sentence),
                Some(LineKind::Heading) => {}
                _ => cut.push((start..at, sentence)),
            }
        }
        let words = tokens.iter().filter(|token| token.word).count();
        let kinds = kinds_of(&tokens);
        let mut ascii = [0; 128];
        for byte in text.bytes() {
            if let Some(count) = ascii.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
        let (lines, foreign) = (lines(text).collect(), !text.is_ascii());
        Self { text, language, tokens, sentences: cut, listed, lines, all, kinds, words, ascii, foreign }
    }

    /// The language that it was read in.
    #[cfg(any(test, feature = "internals"))]
    pub fn language(&self) -> &'static Language {
        self.language
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

    /// The tokens and the text of each sentence, those of lists and headings included.
    pub(crate) fn all_sentences(&self) -> impl ExactSizeIterator<Item = (&[Token<'t>], &'t str)> + Clone {
        self.all.iter().map(|(range, text)| (&self.tokens[range.clone()], *text))
    }

    /// What white space sets apart.
    pub(crate) fn spaced(&self) -> impl Iterator<Item = &'t str> {
        self.text.split_whitespace()
    }

    /// The tokens that begin within a part of the text.
    pub(crate) fn tokens_of(&self, part: &str) -> &[Token<'t>] {
        let before = |place| self.tokens.partition_point(|token| offset(self.text, token.text) < place);
        let start = offset(self.text, part);
        &self.tokens[before(start)..before(start + part.len())]
    }

    /// Where a part of the text ends in it.
    pub(crate) fn end_of(&self, part: &str) -> usize {
        offset(self.text, part) + part.len()
    }

    /// The words in lower case.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &str> + Clone {
        self.tokens.iter().filter(|token| token.word).map(|token| &*token.lower)
    }

    /// The roles of a token: of the word by itself, and of the phrases that begin with it among those tokens.
    pub(crate) fn roles_at(tokens: &[Token<'_>], at: usize) -> Roles {
        let Some(entry) = tokens.get(at).and_then(|token| token.entry) else { return Roles::NONE };
        entry.roles().or(entry.phrase_roles(tokens[at + 1..].iter().map(|token| &*token.lower)))
    }

    /// How many words and phrases of a kind there are.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|kinds| kinds.meets(kind)).count()
    }
}

/// The kinds of the words and phrases that have any, one entry for each.
fn kinds_of(tokens: &[Token<'_>]) -> Vec<Kinds> {
    let mut found = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.word) {
        let Some(entry) = token.entry else { continue };
        let next = tokens[at + 1..].iter().map(|token| &*token.lower);
        let kinds = iter::once(entry.kinds()).chain(entry.phrases(next).map(|(_, kinds)| kinds));
        found.extend(kinds.filter(|kinds| *kinds != Kinds::NONE));
    }
    found
}

/// How often a text was cut up on this thread: tests hold it to once a text.
#[cfg(any(test, feature = "internals"))]
pub mod count {
    use std::cell::Cell;

    thread_local! {
        static READ: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add() {
        READ.set(READ.get() + 1);
    }

    /// How many documents were made on this thread.
    pub fn documents() -> usize {
        READ.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_where_they_occur() {
        let text = "See **this** - or (that) -- at https://a.b, a well-made _thing_ *now*... Café";
        let document = Document::new(text, Language::english());
        assert_eq!([b'*', b'-', b';', 0xe9].map(|mark| document.times(mark)), [6, 4, 0, 0]);
        assert_eq!(document.foreign().collect::<String>(), "é");
        let counts = ["**", " - ", "--", "...", "https://", ";"].map(|of| document.occurrences(of));
        assert_eq!(counts, [2, 1, 1, 1, 1, 0]);
    }
}
