//! A text, analyzed once in its language: words with their list entries, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::document::words`], in order; every sentence is a range of tokens.
//! Everything that measures, compares, finds or explains a text takes its document, so that each text is tokenized
//! once.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use crate::document::lines::{Line, LineKind, lines};
use crate::document::own_part::OwnPart;
use crate::document::sentences::sentences;
use crate::document::token::{Words, fold, is_word, offset};
use crate::language::{Entry, Kinds, Language, Roles};

/// A word or symbol.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "what a word is, one thing beside the other")]
pub struct Token<'t> {
    pub(crate) text: &'t str,
    /// In lower case, with straight apostrophes.
    pub(crate) lower: Cow<'t, str>,
    pub(crate) kinds: Kinds,
    /// Its entry in the word lists.
    pub(crate) entry: Option<&'static Entry>,
    /// Whether it consists of letters or digits.
    pub(crate) word: bool,
    /// Whether it consists of ASCII letters and apostrophes.
    pub(crate) ascii: bool,
    /// Whether it is the first word of a sentence.
    pub(crate) starts: bool,
    pub(crate) contraction: bool,
}

impl<'t> Token<'t> {
    /// From one of [`Words`], without its list entry.
    fn new(text: &'t str) -> Self {
        let lower = fold(text);
        let ascii = lower.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'');
        Self {
            text,
            lower,
            kinds: Kinds::NONE,
            entry: None,
            word: is_word(text),
            ascii,
            starts: false,
            contraction: false,
        }
    }

    fn look_up(&mut self, language: &'static Language) {
        self.entry = language.lexicon().entry(&self.lower);
        self.kinds = self.entry.map(Entry::kinds).unwrap_or_default();
        self.contraction = language.is_contraction(&self.lower);
    }

    pub(crate) fn capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether the word by itself has one of these roles.
    pub(crate) fn is(&self, roles: Roles) -> bool {
        self.entry.is_some_and(|entry| entry.roles().meets(roles))
    }

    pub(crate) fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }
}

/// A text with its tokens, sentences and lines.
#[derive(Debug)]
pub struct Document<'t> {
    pub(crate) text: &'t str,
    pub(crate) language: &'static Language,
    pub(crate) tokens: Vec<Token<'t>>,
    /// Token range and text of each sentence, excluding list items.
    pub(crate) sentences: Vec<(Range<usize>, &'t str)>,
    /// The list items, by sentence.
    pub(crate) listed: Vec<&'t str>,
    pub(crate) lines: Vec<Line<'t>>,
    /// Token range and text of all sentences, including those of lists and headings.
    all: Vec<(Range<usize>, &'t str)>,
    kinds: Vec<Kinds>,
    /// The number of tokens that are words.
    pub(crate) words: usize,
    /// The number of occurrences of each ASCII character.
    ascii: [u32; 128],
    /// Whether there are other characters.
    foreign: bool,
}

impl<'t> Document<'t> {
    /// Analyzes a text in the language of a locale or, without one, in the detected language.
    pub fn read(text: &'t str, locale: Option<&str>) -> Self {
        match locale {
            Some(locale) => Self::new(text, Language::of_locale(locale)),
            None => Self::cut(text, |tokens| language_of(text, tokens)),
        }
    }

    /// Analyzes a text in a language.
    pub fn new(text: &'t str, language: &'static Language) -> Self {
        Self::cut(text, |_| language)
    }

    fn cut(text: &'t str, language: impl FnOnce(&[Token<'t>]) -> &'static Language) -> Self {
        #[cfg(any(test, feature = "internals"))]
        count::add();
        let mut tokens = Vec::with_capacity(text.len() / 5);
        tokens.extend(Words(text).map(Token::new));
        let language = language(&tokens);
        for token in &mut tokens {
            token.look_up(language);
        }
        Self::of_tokens(text, tokens, language)
    }

    /// The document of the writer's own part of this message, as [`read`](Self::read) would return it, without
    /// tokenizing again.
    pub(crate) fn own<'s>(&self, own: &'s OwnPart<'_>, locale: Option<&str>) -> Document<'s>
    where
        't: 's,
    {
        let mut tokens: Vec<Token<'s>> = Vec::with_capacity(self.tokens.len());
        let mut at = 0;
        for place in &own.places {
            tokens.extend(self.tokens_of(&self.text[place.clone()]).iter().map(|token| {
                let start = at + offset(self.text, token.text) - place.start;
                Token { text: &own.text[start..start + token.text.len()], starts: false, ..token.clone() }
            }));
            at += place.len();
        }
        let language = if locale.is_some() { self.language } else { language_of(&own.text, &tokens) };
        if !std::ptr::eq(language, self.language) {
            for token in &mut tokens {
                token.look_up(language);
            }
        }
        Document::of_tokens(&own.text, tokens, language)
    }

    /// The document of the first `bytes` bytes at most, as [`new`](Self::new) would return it in this language;
    /// `None` if that is the complete text. Only a word cut by the end is tokenized again.
    pub(crate) fn beginning(&self, bytes: usize) -> Option<Self> {
        let text = &self.text[..self.text.floor_char_boundary(bytes)];
        if text.len() == self.text.len() {
            return None;
        }
        let whole = self.tokens.partition_point(|token| self.end_of(token.text) <= text.len());
        let mut tokens: Vec<Token<'t>> = self.tokens[..whole].to_vec();
        if let Some(next) = self.tokens.get(whole) {
            let cut = text.get(offset(self.text, next.text)..).unwrap_or_default();
            tokens.extend(Words(cut).map(Token::new).map(|mut token| {
                token.look_up(self.language);
                token
            }));
        }
        for token in &mut tokens {
            token.starts = false;
        }
        Some(Self::of_tokens(text, tokens, self.language))
    }

    fn of_tokens(text: &'t str, mut tokens: Vec<Token<'t>>, language: &'static Language) -> Self {
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

    /// The language in which it was analyzed.
    pub fn language(&self) -> &'static Language {
        self.language
    }

    /// The number of occurrences of an ASCII character: most marks are absent from most texts, which then need not be
    /// searched.
    pub(crate) fn times(&self, mark: u8) -> usize {
        self.ascii.get(usize::from(mark)).map_or(0, |count| *count as usize)
    }

    /// The number of non-overlapping occurrences of a string of ASCII characters.
    pub(crate) fn occurrences(&self, of: &str) -> usize {
        if of.bytes().all(|byte| self.times(byte) > 0) { self.text.matches(of).count() } else { 0 }
    }

    /// The characters that are not ASCII, in order.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = char> {
        let text = if self.foreign { self.text } else { "" };
        text.chars().filter(|c| !c.is_ascii())
    }

    /// The tokens and text of each sentence, including those of lists and headings.
    pub(crate) fn all_sentences(&self) -> impl ExactSizeIterator<Item = (&[Token<'t>], &'t str)> + Clone {
        self.all.iter().map(|(range, text)| (&self.tokens[range.clone()], *text))
    }

    /// The parts separated by white space.
    pub(crate) fn spaced(&self) -> impl Iterator<Item = &'t str> {
        self.text.split_whitespace()
    }

    /// The tokens that begin within a part of the text.
    pub(crate) fn tokens_of(&self, part: &str) -> &[Token<'t>] {
        let before = |place| self.tokens.partition_point(|token| offset(self.text, token.text) < place);
        let start = offset(self.text, part);
        &self.tokens[before(start)..before(start + part.len())]
    }

    /// The offset at which a part of the text ends.
    pub(crate) fn end_of(&self, part: &str) -> usize {
        offset(self.text, part) + part.len()
    }

    /// The tokens of the sentences, including those of lists and headings, that make up a range of tokens; empty if
    /// the range begins or ends within a sentence.
    pub(crate) fn whole_sentences(
        &self,
        tokens: &Range<usize>,
    ) -> impl ExactSizeIterator<Item = &[Token<'t>]> {
        let first = self.all.partition_point(|(range, _)| range.start < tokens.start);
        let end = first + self.all[first..].partition_point(|(range, _)| range.end <= tokens.end);
        let within = &self.all[first..end];
        let whole = within.first().is_some_and(|(range, _)| range.start == tokens.start)
            && within.last().is_some_and(|(range, _)| range.end == tokens.end);
        let within = if whole { within } else { &[] };
        within.iter().map(|(range, _)| &self.tokens[range.clone()])
    }

    /// The words in lower case.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &str> + Clone {
        self.tokens.iter().filter(|token| token.word).map(|token| &*token.lower)
    }

    /// The roles of a token: those of the word by itself, and of the phrases that begin with it in these tokens.
    pub(crate) fn roles_at(tokens: &[Token<'_>], at: usize) -> Roles {
        let Some(entry) = tokens.get(at).and_then(|token| token.entry) else { return Roles::NONE };
        entry.roles().or(entry.phrase_roles(tokens[at + 1..].iter().map(|token| &*token.lower)))
    }

    /// The number of words and phrases of a kind.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|kinds| kinds.meets(kind)).count()
    }
}

/// The detected language of a text.
fn language_of(text: &str, tokens: &[Token<'_>]) -> &'static Language {
    let words = tokens.iter().filter(|token| token.word).map(|token| &*token.lower);
    Language::of_text(text, &words)
}

/// The kinds of each word or phrase that has any.
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

/// Counts how often a text was tokenized on this thread: tests check that this happens once per text.
#[cfg(any(test, feature = "internals"))]
pub mod count {
    use std::cell::Cell;

    thread_local! {
        static READ: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add() {
        READ.set(READ.get() + 1);
    }

    /// The number of documents created on this thread.
    pub fn documents() -> usize {
        READ.get()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    /// Everything that a document holds.
    fn told(document: &Document<'_>) -> String {
        format!("{document:?}")
    }

    /// Lines with words, quotes, attributions and signatures, and characters that a cut may separate.
    const LINES: [&str; 12] = [
        "Don't re-use it\u{2014}now! Dr. Smith came.",
        "> Was it late? Yes.",
        "On Monday Ann wrote:",
        "- one item, and",
        "we went on.",
        "caf\u{e9} cafe\u{301} 👩\u{200d}👧 \u{6211}\u{4eec}",
        "Der Bericht ist noch nicht fertig und ich habe keine Zeit daf\u{fc}r.",
        "",
        "  ... \u{200b}",
        "-- ",
        "Sent from my phone",
        "\u{301}'",
    ];

    proptest! {
        #[test]
        fn parts_are_as_if_they_were_read_alone(
            lines in prop::collection::vec(prop::sample::select(&LINES[..]), 0..12),
            ending in prop::sample::select(&["\n", "\r\n", " \n"][..]),
            locale in prop::option::of(Just("en")),
            bytes in 0..300usize,
        ) {
            let text = lines.join(ending);
            let whole = Document::read(&text, locale);
            let own = OwnPart::of(&text);
            let before = count::documents();
            prop_assert_eq!(told(&whole.own(&own, locale)), told(&Document::read(&own.text, locale)));
            let cut = &text[..text.floor_char_boundary(bytes)];
            let beginning = whole.beginning(bytes);
            prop_assert_eq!(beginning.is_none(), cut.len() == text.len());
            if let Some(beginning) = beginning {
                prop_assert_eq!(told(&beginning), told(&Document::new(cut, whole.language)));
            }
            prop_assert!(count::documents() - before <= 2, "only those that are compared with");
        }
    }
}
