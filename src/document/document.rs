//! A text, analyzed once in its language: words with their list entries, sentences, lines.
//!
//! Invariant: tokens are those of [`crate::document::words`], in order; every sentence is a range of tokens.
//! Everything that measures, compares, finds or explains a text takes its document, so that each text is tokenized
//! once.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use crate::document::frame::{Sentence, body};
use crate::document::lines::{Line, LineKind, lines};
use crate::document::not_prose::{NotProse, Stretch, not_prose};
use crate::document::own_part::OwnPart;
use crate::document::sentences::sentences;
use crate::document::token::{Words, fold, is_word, offset};
use crate::hash::subject_hash;
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
    /// Whether it consists of letters or digits and belongs to prose.
    pub(crate) word: bool,
    /// What it is part of where that is no prose: the lists are not asked about it then.
    not_prose: Option<NotProse>,
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
            not_prose: None,
            ascii,
            starts: false,
            contraction: false,
        }
    }

    fn look_up(&mut self, language: &'static Language) {
        if self.not_prose.is_some() {
            return;
        }
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
    /// Token range and text of each sentence, excluding list items and the lines that frame a message.
    pub(crate) sentences: Vec<(Range<usize>, &'t str)>,
    /// The list items, by sentence.
    pub(crate) listed: Vec<&'t str>,
    pub(crate) lines: Vec<Line<'t>>,
    /// Token range and text of all sentences, including those of lists, headings and the frame.
    all: Vec<(Range<usize>, &'t str)>,
    kinds: Vec<(Kinds, u8)>,
    /// The number of tokens that are words.
    pub(crate) words: usize,
    /// The number of occurrences of each ASCII character in prose.
    ascii: [u32; 128],
    /// Which of them occur at all.
    present: u128,
    /// Whether there are other characters.
    foreign: bool,
    /// Which parts of the text are no prose, in order.
    not_prose: Vec<Stretch>,
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
        let not_prose = set_apart(text, &mut tokens);
        let language = language(&tokens);
        for token in &mut tokens {
            token.look_up(language);
        }
        Self::of_tokens(text, tokens, not_prose, language)
    }

    /// The document of the writer's own part of this message, as [`read`](Self::read) would return it, without
    /// tokenizing again.
    pub(crate) fn own<'s>(&self, own: &'s OwnPart<'_>, locale: Option<&str>) -> Document<'s>
    where
        't: 's,
    {
        if own.is_rewritten() {
            return match locale {
                Some(_) => Document::new(&own.text, self.language),
                None => Document::read(&own.text, None),
            };
        }
        let mut tokens: Vec<Token<'s>> = Vec::with_capacity(self.tokens.len());
        let mut at = 0;
        for place in &own.places {
            tokens.extend(self.tokens_of(&self.text[place.clone()]).iter().map(|token| {
                let start = at + offset(self.text, token.text) - place.start;
                let text = &own.text[start..start + token.text.len()];
                Token { text, starts: false, ..self.as_prose(token) }
            }));
            at += place.len();
        }
        let not_prose = set_apart(&own.text, &mut tokens);
        let language = if locale.is_some() { self.language } else { language_of(&own.text, &tokens) };
        if !std::ptr::eq(language, self.language) {
            for token in &mut tokens {
                token.look_up(language);
            }
        }
        Document::of_tokens(&own.text, tokens, not_prose, language)
    }

    /// The document of the first `bytes` bytes at most, as [`new`](Self::new) would return it in this language;
    /// `None` if that is the complete text. Only a word cut by the end is tokenized again.
    pub(crate) fn beginning(&self, bytes: usize) -> Option<Self> {
        let text = &self.text[..self.text.floor_char_boundary(bytes)];
        if text.len() == self.text.len() {
            return None;
        }
        let whole = self.tokens.partition_point(|token| self.end_of(token.text) <= text.len());
        let mut tokens: Vec<Token<'t>> =
            self.tokens[..whole].iter().map(|token| self.as_prose(token)).collect();
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
        let not_prose = set_apart(text, &mut tokens);
        Some(Self::of_tokens(text, tokens, not_prose, self.language))
    }

    /// A token as it is where it is part of prose: in another text it may be.
    fn as_prose(&self, token: &Token<'t>) -> Token<'t> {
        if token.not_prose.is_none() {
            return token.clone();
        }
        let mut token = Token::new(token.text);
        token.look_up(self.language);
        token
    }

    fn of_tokens(
        text: &'t str,
        mut tokens: Vec<Token<'t>>,
        not_prose: Vec<Stretch>,
        language: &'static Language,
    ) -> Self {
        let sentences = sentences(text, language);
        let (mut cut, mut listed) = (Vec::with_capacity(sentences.len()), Vec::new());
        let mut all = Vec::with_capacity(sentences.len());
        let mut at = 0;
        for sentence in sentences {
            let end = offset(text, sentence) + sentence.len();
            let start = at;
            at += tokens[at..].partition_point(|token| offset(text, token.text) < end);
            let (range, sentence) = without_markup(text, &tokens, start..at, sentence);
            // What begins with a link or code does not begin with a word.
            let opaque = |token: &Token<'_>| token.not_prose == Some(NotProse::Opaque);
            let first = tokens[range.clone()].iter_mut().find(|token| token.word || opaque(token));
            if let Some(first) = first.filter(|first| first.word) {
                first.starts = true;
            }
            all.push((range, sentence));
        }
        let whole: Vec<Sentence<'_>> = all
            .iter()
            .map(|(range, sentence)| Sentence {
                text: sentence,
                words: tokens[range.clone()].iter().filter(|token| token.word).count(),
                signs: tokens[range.clone()]
                    .first()
                    .is_some_and(|token| token.entry.is_some_and(|entry| entry.begins(Kinds::CLOSING))),
            })
            .collect();
        let body = body(text, &whole);
        for (place, (range, sentence)) in all.iter().enumerate().filter(|(place, _)| whole[*place].words > 0)
        {
            let form = lines(sentence).next().map(|line| line.kind);
            match form {
                Some(LineKind::Bullet | LineKind::Numbered) => listed.push(*sentence),
                Some(LineKind::Heading) => {}
                _ if body.contains(&place) => cut.push((range.clone(), *sentence)),
                _ => {}
            }
        }
        let words = tokens.iter().filter(|token| token.word).count();
        let kinds = kinds_of(&tokens);
        let mut ascii = [0; 128];
        for byte in prose(text, &not_prose).flat_map(str::bytes) {
            if let Some(count) = ascii.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
        let within = not_prose.iter().flat_map(|stretch| text[stretch.place.clone()].bytes());
        let counted = (0..128).filter(|byte: &u8| ascii[usize::from(*byte)] > 0);
        let present = counted.chain(within.filter(u8::is_ascii)).fold(0, |all, byte| all | 1 << byte);
        let (lines, foreign) = (lines_of(text, &not_prose), !text.is_ascii());
        Self {
            text,
            language,
            tokens,
            sentences: cut,
            listed,
            lines,
            all,
            kinds,
            words,
            ascii,
            present,
            foreign,
            not_prose,
        }
    }

    /// The language in which it was analyzed.
    pub fn language(&self) -> &'static Language {
        self.language
    }

    /// The number of occurrences of an ASCII character in prose: most marks are absent from most texts, which then need
    /// not be searched.
    pub(crate) fn times(&self, mark: u8) -> usize {
        self.ascii.get(usize::from(mark)).map_or(0, |count| *count as usize)
    }

    /// The number of non-overlapping occurrences of a string of ASCII characters in prose, or where something else begins.
    pub(crate) fn occurrences(&self, of: &str) -> usize {
        if !of.bytes().all(|byte| byte.is_ascii() && self.present >> byte & 1 == 1) {
            return 0;
        }
        let mut stretches = self.not_prose.iter().peekable();
        let matches = self.text.match_indices(of).filter(|(at, _)| {
            while stretches.next_if(|stretch| stretch.place.end <= *at).is_some() {}
            stretches.peek().is_none_or(|stretch| *at <= stretch.place.start)
        });
        matches.count()
    }

    /// The characters of the prose that are not ASCII, in order.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = char> {
        let text = if self.foreign { self.text } else { "" };
        let not_prose: &[Stretch] = if self.foreign { &self.not_prose } else { &[] };
        prose(text, not_prose).flat_map(str::chars).filter(|c| !c.is_ascii())
    }

    /// The tokens and text of each sentence, including those of lists and headings.
    pub(crate) fn all_sentences(&self) -> impl ExactSizeIterator<Item = (&[Token<'t>], &'t str)> + Clone {
        self.all.iter().map(|(range, text)| (&self.tokens[range.clone()], *text))
    }

    /// The parts separated by white space.
    pub(crate) fn spaced(&self) -> impl Iterator<Item = &'t str> {
        self.text.split_whitespace()
    }

    /// The same of those sentences that are not only markup.
    pub(crate) fn worded_sentences(&self) -> impl Iterator<Item = (&[Token<'t>], &'t str)> {
        self.all_sentences().filter(|(tokens, _)| tokens.iter().any(|token| token.word))
    }

    /// The tokens that begin within a part of the text.
    pub(crate) fn tokens_of(&self, part: &str) -> &[Token<'t>] {
        &self.tokens[self.range_of(part)]
    }

    /// The range of the tokens that begin within a part of the text.
    pub(crate) fn range_of(&self, part: &str) -> Range<usize> {
        let before = |place| self.tokens.partition_point(|token| offset(self.text, token.text) < place);
        let start = offset(self.text, part);
        before(start)..before(start + part.len())
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

    /// The token ranges of all sentences, including those of lists, headings and the frame.
    pub(crate) fn sentence_ranges(&self) -> impl Iterator<Item = &Range<usize>> {
        self.all.iter().map(|(range, _)| range)
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

    /// How many words and phrases of a kind there are, by a number below eight that each of them has.
    pub(crate) fn entries(&self, kind: Kinds) -> [usize; 8] {
        let mut counts = [0; 8];
        for (_, which) in self.kinds.iter().filter(|(kinds, _)| kinds.meets(kind)) {
            counts[usize::from(*which)] += 1;
        }
        counts
    }

    /// The number of words and phrases of a kind.
    pub(crate) fn count(&self, kind: Kinds) -> usize {
        self.kinds.iter().filter(|(kinds, _)| kinds.meets(kind)).count()
    }
}

/// Marks the tokens of a text that are no part of prose as no words, and says where they are.
fn set_apart(text: &str, tokens: &mut [Token<'_>]) -> Vec<Stretch> {
    let found = not_prose(text);
    let mut at = 0;
    for stretch in &found {
        at += tokens[at..].partition_point(|token| offset(text, token.text) < stretch.place.start);
        let end = at + tokens[at..].partition_point(|token| offset(text, token.text) < stretch.place.end);
        for token in &mut tokens[at..end] {
            token.not_prose = Some(stretch.kind);
            (token.word, token.entry, token.kinds, token.contraction) = (false, None, Kinds::NONE, false);
        }
        at = end;
    }
    found
}

/// The parts of a text that are prose.
fn prose<'t>(text: &'t str, not_prose: &[Stretch]) -> impl Iterator<Item = &'t str> {
    let starts = iter::once(0).chain(not_prose.iter().map(|stretch| stretch.place.end));
    let ends = not_prose.iter().map(|stretch| stretch.place.start).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| &text[start..end])
}

/// The lines of a text; those within code have no form.
fn lines_of<'t>(text: &'t str, not_prose: &[Stretch]) -> Vec<Line<'t>> {
    let mut found: Vec<Line<'t>> = lines(text).collect();
    for stretch in not_prose.iter().filter(|stretch| text[stretch.place.clone()].contains('\n')) {
        let start = found.partition_point(|line| offset(text, line.text) < stretch.place.start);
        let end = found.partition_point(|line| offset(text, line.text) < stretch.place.end);
        let shown = found[start..end].iter_mut().filter(|line| line.kind != LineKind::Blank);
        shown.for_each(|line| line.kind = LineKind::Plain);
    }
    found
}

/// The tokens and the text of a sentence without the markup that it begins and ends with.
fn without_markup<'t>(
    text: &'t str,
    tokens: &[Token<'t>],
    range: Range<usize>,
    sentence: &'t str,
) -> (Range<usize>, &'t str) {
    let of_markup = |token: &Token<'_>| token.not_prose == Some(NotProse::Markup);
    let sides = |at: usize| tokens.get(at).filter(|_| range.contains(&at)).is_some_and(of_markup);
    if range.is_empty() || !sides(range.start) && !sides(range.end - 1) {
        return (range, sentence);
    }
    let start = range.start + tokens[range.clone()].iter().take_while(|token| of_markup(token)).count();
    let end = range.end - tokens[start..range.end].iter().rev().take_while(|token| of_markup(token)).count();
    let [first, .., last] = &tokens[start..end] else { return (range, sentence) };
    (start..end, &text[offset(text, first.text)..offset(text, last.text) + last.text.len()])
}

/// The detected language of a text.
fn language_of(text: &str, tokens: &[Token<'_>]) -> &'static Language {
    let words = tokens.iter().filter(|token| token.word).map(|token| &*token.lower);
    Language::of_text(text, &words)
}

/// A number below eight for a word.
fn bit(word: &str) -> u8 {
    (subject_hash(word) % 8) as u8
}

/// The kinds of the words and phrases that have any, one entry for each, with a number below eight for which it is.
fn kinds_of(tokens: &[Token<'_>]) -> Vec<(Kinds, u8)> {
    let mut found = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.word) {
        let Some(entry) = token.entry else { continue };
        let next = tokens[at + 1..].iter().map(|token| &*token.lower);
        let kinds = iter::once((1, entry.kinds())).chain(entry.phrases(next));
        let kinds = kinds.filter(|(_, kinds)| *kinds != Kinds::NONE);
        found.extend(kinds.map(|(length, kinds)| {
            // Words of a phrase follow one another but for marks, so that it ends about here.
            let last = tokens.get(at + length - 1).unwrap_or(token);
            (kinds, bit(&token.lower) ^ if length > 1 { bit(&last.lower) } else { 0 })
        }));
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

    #[test]
    fn what_is_no_prose_has_no_words_and_no_marks() {
        let text = "Run this:\n\n```sh\n- a; b\n# c; \u{e9}\n```\n\nThen tell me; <b>now</b>: see `x; y`, https://a.b/c.";
        let document = Document::new(text, Language::english());
        assert_eq!(document.spoken().collect::<Vec<_>>().join(" "), "run this then tell me now see");
        assert_eq!((document.words, document.times(b';'), document.foreign().count()), (7, 1, 0));
        assert_eq!((document.occurrences("https://"), document.occurrences("; ")), (1, 1));
        assert_eq!(document.sentences.len(), 2);
        assert!(document.lines.iter().all(|line| matches!(line.kind, LineKind::Plain | LineKind::Blank)));
        let starts = |text| Document::new(text, Language::english()).tokens.iter().any(|token| token.starts);
        assert!(starts("<p>so it is</p>") && !starts("`so` it is"));
    }

    /// Everything that a document holds.
    fn told(document: &Document<'_>) -> String {
        format!("{document:?}")
    }

    /// Lines with words, quotes, announcements, signatures; with what a cut may part.
    const LINES: [&str; 18] = [
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
        "```",
        "- f(x); `a b` <b>Yes.</b>",
        "    let x = 1;",
        "<p>Hi Ida, see https://a.example.org/x?y=1 now!</p>",
        "my_fn_name is $x^2$; \\emph{well}.",
        "of\u{ad}fice",
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
            let compared_with = 2 + usize::from(own.is_rewritten());
            prop_assert!(count::documents() - before <= compared_with, "only those that are compared with");
        }
    }
}
