//! Index terms of a text: stems of words, parts of identifiers, and pairs of characters in scripts without spaces.
//!
//! Invariant: queries and texts are processed identically, so that a word matches itself; a text yields at most
//! [`TERMS_MAX`] terms, each of at most [`TERM_BYTES_MAX`] bytes.
//!
//! Terms are built from [`Words`], which a document already has. Adjacent words ("v", "2", ".", "1"; "max", "_",
//! "len") form a run, which is then split. An ASCII run is one word or identifier. Otherwise its compatibility form
//! may contain other words than the text (`…` becomes three full stops), so that its characters are examined again.

use unicode_normalization::UnicodeNormalization;

use crate::document::document::Document;
use crate::document::token::{Words, offset};
use crate::language::Language;

/// Maximum number of terms per text; words after that are not indexed.
const TERMS_MAX: usize = 1 << 16;
/// Maximum length of a term in bytes; longer ones (such as a base64 block) are cut.
const TERM_BYTES_MAX: usize = 64;

/// Maximum length in bytes of a word or identifier with everything joined to it.
const TOKEN_BYTES_MAX: usize = 4 * TERM_BYTES_MAX;

const APOSTROPHES: [char; 2] = ['\'', '\u{2019}'];
/// Characters that may join the letters of a word or identifier.
const JOINS: [char; 5] = ['_', '-', '.', '\'', '\u{2019}'];

impl Document<'_> {
    /// The terms of the text in its language, in order; see [`terms`].
    pub(crate) fn terms(&self) -> Vec<String> {
        self.terms_in(self.language)
    }

    /// The same in another language, namely that of a text whose surroundings this text is.
    pub(crate) fn terms_in(&self, language: &Language) -> Vec<String> {
        of_words(self.text, self.tokens.iter().map(|token| token.text), language)
    }

    /// The last word or identifier, unchanged, if it is incomplete; see [`unfinished`].
    pub(crate) fn unfinished(&self) -> Option<String> {
        unfinished(self.text, self.language)
    }
}

/// The terms of a text for which no document is needed, in order.
///
/// - A word of letters, digits and marks yields its stem, in lower case and compatibility form. A clitic is dropped
///   (`Anna's` yields `anna`); any other part after an apostrophe is a word of its own (`O'Brien`), and so are parts
///   joined by hyphens or full stops (`well-known`, `end.Next`).
/// - An identifier (`camelCase`, `snake_case`, `v2.1`) yields itself, stemmed like a word so that the same letters in
///   lower case match it and are matched by it, and each of its parts as a word.
/// - A run of a script without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) yields each pair of neighbouring
///   characters; a single character yields itself.
pub(crate) fn terms(text: &str, language: &Language) -> Vec<String> {
    of_words(text, Words(text), language)
}

fn of_words<'t>(text: &'t str, words: impl Iterator<Item = &'t str>, language: &Language) -> Vec<String> {
    let mut out = Vec::with_capacity((text.len() / 6).min(TERMS_MAX));
    let mut known = Known([("", 0); KNOWN_MAX]);
    let mut run = 0..0;
    for word in words {
        if out.len() >= TERMS_MAX {
            break;
        }
        if let [mark] = word.as_bytes()
            && !belongs(char::from(*mark))
        {
            continue;
        }
        let start = offset(text, word);
        if start != run.end {
            cut_run(language, &text[run], &mut known, &mut out);
            run = start..start;
        }
        run.end += word.len();
    }
    cut_run(language, &text[run], &mut known, &mut out);
    out.truncate(TERMS_MAX);
    out
}

/// Splits a run of adjacent words.
fn cut_run<'t>(language: &Language, run: &'t str, known: &mut Known<'t>, out: &mut Vec<String>) {
    let fits = run.len() <= TOKEN_BYTES_MAX;
    if fits && is_plain(run) {
        let term = match known.find(run, out.len()) {
            Some(at) => out[at].clone(),
            None => stem(language, run),
        };
        return out.push(term);
    }
    // ASCII is its own compatibility form.
    match run.is_ascii() {
        true if fits => cut(language, run, out),
        true => cut_chars(language, run.chars(), out),
        false => cut_chars(language, run.nfkc(), out),
    }
}

/// A small cache of plain words and the positions of their terms. Most words of a text recur, and a look-up takes
/// less time than stemming.
struct Known<'t>([(&'t str, usize); KNOWN_MAX]);

/// Number of words in the cache.
const KNOWN_MAX: usize = 256;

impl<'t> Known<'t> {
    /// The position of a word's term; if the word is not cached, it is added with `place`.
    fn find(&mut self, word: &'t str, place: usize) -> Option<usize> {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193);
        let hash = word.bytes().fold(0x811c_9dc5, mix);
        let held = &mut self.0[(hash >> 16) as usize % KNOWN_MAX];
        if held.0.eq_ignore_ascii_case(word) {
            return Some(held.1);
        }
        *held = (word, place);
        None
    }
}

/// Whether a run consists of ASCII letters of which at most the first is a capital, as most runs do.
fn is_plain(run: &str) -> bool {
    match run.as_bytes() {
        [first, rest @ ..] => first.is_ascii_alphabetic() && rest.iter().all(u8::is_ascii_lowercase),
        [] => false,
    }
}

/// The term of a plain word.
fn stem(language: &Language, word: &str) -> String {
    bounded(language.stem(word.to_ascii_lowercase()))
}

fn cut_chars(language: &Language, chars: impl Iterator<Item = char>, out: &mut Vec<String>) {
    let mut token = String::new();
    for c in chars {
        if out.len() >= TERMS_MAX {
            break;
        }
        let ends = !belongs(c);
        // An overlong token is split where nothing is lost; if that is impossible, its rest is dropped.
        let full = token.len() >= TOKEN_BYTES_MAX;
        let last = token.chars().next_back().filter(|last| full && without_spaces(*last));
        if ends || full && (JOINS.contains(&c) || last.is_some() || without_spaces(c)) {
            cut(language, &token, out);
            token.clear();
            // The pair of both characters is still to be formed.
            token.extend(last.filter(|_| !ends && without_spaces(c)));
        }
        if !ends && token.len() < TOKEN_BYTES_MAX {
            token.push(c);
        }
    }
    cut(language, &token, out);
}

/// The last word or identifier, unchanged but in lower case, which search as you type completes. `None` if it is
/// complete, and in a script without spaces, where pairs of characters need no completion.
pub(super) fn unfinished(text: &str, language: &Language) -> Option<String> {
    let text: String = text.nfkc().collect();
    let token = text.rsplit(|c| !belongs(c)).next()?.trim_start_matches(JOINS);
    let (_, identifier) = parts(language, token);
    let word = if identifier { token } else { token.rsplit(['-', '.']).next()? };
    let word = match word.rsplit_once(APOSTROPHES) {
        // A single letter may be the beginning of a clitic.
        Some((_, end)) if language.is_clitic(end) || end.len() < 2 => return None,
        Some((_, end)) => end,
        None => word,
    };
    let word = word.rsplit(without_spaces).next().filter(|word| !word.is_empty())?;
    Some(bounded(word.to_lowercase()))
}

fn cut(language: &Language, token: &str, out: &mut Vec<String>) {
    let token = token.trim_matches(JOINS);
    if token.is_empty() {
        return;
    }
    if is_plain(token) {
        return out.push(stem(language, token));
    }
    let token = without_clitic(language, token);
    let (parts, identifier) = parts(language, token);
    if identifier {
        out.push(bounded(language.stem(token.to_lowercase())));
    }
    for part in parts {
        word(language, &part, out);
    }
}

/// The words in a token, and whether it is an identifier: a hyphen, full stop or apostrophe alone does not make it
/// one.
fn parts(language: &Language, token: &str) -> (Vec<String>, bool) {
    let mut parts = Vec::new();
    let mut pieces = 0;
    for piece in
        token.split(['_', '-', '.']).flat_map(|piece| without_clitic(language, piece).split(APOSTROPHES))
    {
        pieces += usize::from(!piece.is_empty());
        humps(piece, &mut parts);
    }
    let identifier = parts.len() > pieces || parts.len() > 1 && token.contains('_');
    (parts, identifier)
}

fn without_clitic<'w>(language: &Language, word: &'w str) -> &'w str {
    match word.rsplit_once(APOSTROPHES) {
        Some((word, end)) if language.is_clitic(end) => word,
        _ => word,
    }
}

/// The parts of a piece of an identifier. A part starts at an upper-case letter after a lower-case one, at the last
/// of several upper-case letters if a lower-case one follows (`HTTPServer`), and between letters and digits.
fn humps(piece: &str, parts: &mut Vec<String>) {
    let chars: Vec<char> = piece.chars().collect();
    let mut part = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let starts = before.is_some_and(|before| {
            before.is_lowercase() && c.is_uppercase()
                || before.is_uppercase()
                    && c.is_uppercase()
                    && chars.get(at + 1).is_some_and(|next| next.is_lowercase())
                || before.is_numeric() != c.is_numeric()
        });
        if starts && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        part.push(c);
    }
    if !part.is_empty() {
        parts.push(part);
    }
}

fn word(language: &Language, part: &str, out: &mut Vec<String>) {
    let lower: String = part.to_lowercase();
    if !lower.chars().any(without_spaces) {
        out.push(bounded(language.stem(lower)));
        return;
    }
    let mut run: Vec<char> = Vec::new();
    let mut rest = String::new();
    for c in lower.chars().chain(['\0']) {
        if without_spaces(c) {
            if !rest.is_empty() {
                out.push(bounded(language.stem(std::mem::take(&mut rest))));
            }
            run.push(c);
            continue;
        }
        match run.len() {
            0 => {}
            1 => out.push(run[0].to_string()),
            _ => out.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
        run.clear();
        if c != '\0' {
            rest.push(c);
        }
    }
    if !rest.is_empty() {
        out.push(bounded(language.stem(rest)));
    }
}

/// The character of a term that consists of one character of a script without spaces.
pub(crate) fn lone(term: &str) -> Option<char> {
    let mut chars = term.chars();
    chars.next().filter(|c| without_spaces(*c) && chars.next().is_none())
}

/// The characters of a term that is a pair of characters of a script without spaces.
pub(crate) fn pair(term: &str) -> Option<[char; 2]> {
    let mut chars = term.chars();
    let pair = [chars.next()?, chars.next()?];
    (chars.next().is_none() && pair.into_iter().all(without_spaces)).then_some(pair)
}

fn bounded(mut term: String) -> String {
    if term.len() > TERM_BYTES_MAX {
        let end = (0..=TERM_BYTES_MAX).rev().find(|at| term.is_char_boundary(*at)).unwrap_or(0);
        term.truncate(end);
    }
    term
}

/// Whether a character is part of a word or identifier.
fn belongs(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c) || JOINS.contains(&c)
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

/// First character of the scripts without spaces.
pub(crate) const WITHOUT_SPACES: &str = "\u{e00}";

fn without_spaces(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str) -> Vec<String> {
        super::terms(text, Language::english())
    }

    fn unfinished(text: &str) -> Option<String> {
        super::unfinished(text, Language::english())
    }

    #[test]
    fn words_are_stemmed_and_identifiers_also_kept_whole() {
        assert_eq!(
            terms("Running the tests, Anna\u{2019}s well-known"),
            ["run", "the", "test", "anna", "well", "known"]
        );
        assert_eq!(
            terms("parseHTTPHeader max_len v2.1"),
            ["parsehttphead", "pars", "http", "header", "max_len", "max", "len", "v2.1", "v", "2", "1"]
        );
        assert_eq!(terms("It ends.Next one... -x- 'q'"), ["it", "end", "next", "one", "x", "q"]);
        assert_eq!(terms("O'Brien'S, l\u{2019}or won't"), ["o", "brien", "l", "or", "won"]);
        assert_eq!(terms("Zażółć ＡＢＣ"), ["zażółć", "abc"]);
    }

    #[test]
    fn an_identifier_and_its_letters_in_lower_case_find_each_other() {
        for name in ["getItems", "parseHeader", "iPhone", "YouTube", "McDonald's", "GitHub's"] {
            let lower = terms(&name.to_lowercase());
            assert_eq!(lower.len(), 1, "{name}");
            assert_eq!(terms(name)[0], lower[0]);
        }
        assert_eq!(terms("kebab-case a.b"), ["kebab", "case", "a", "b"]);
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        assert_eq!(terms("明天见面 ok"), ["明天", "天见", "见面", "ok"]);
        assert_eq!(terms("我"), ["我"]);
        assert_eq!(terms("Rust語を"), ["rust", "語を"]);
        assert_eq!(terms("สวัสดี").len(), 5);
    }

    #[test]
    fn nothing_is_lost_behind_a_long_run() {
        let han: Vec<char> = ('\u{4e00}'..).take(1000).collect();
        let pairs: Vec<String> = han.windows(2).map(|pair| pair.iter().collect()).collect();
        assert_eq!(terms(&han.iter().collect::<String>()), pairs);
        assert_eq!(terms(&"\u{e01}\u{e34}".repeat(500)).len(), 999);
        for join in JOINS {
            let line = join.to_string().repeat(300);
            assert_eq!(terms(&format!("Intro{line}12")), ["intro", "12"]);
        }
        let block = "x".repeat(300);
        let cut = "x".repeat(TERM_BYTES_MAX);
        assert_eq!(terms(&format!("{block}明天 {block}-b c")), [&cut, "明天", &cut, "b", "c"]);
        assert_eq!(terms("one...two __init__ a--b"), ["one", "two", "init", "a", "b"]);
        assert_eq!(terms(&"a_b ".repeat(TERMS_MAX)).len(), TERMS_MAX);
    }

    #[test]
    fn what_is_being_typed_is_the_last_word() {
        assert_eq!(unfinished("ask Kes").as_deref(), Some("kes"));
        assert_eq!(unfinished("ask "), None);
        for (text, word) in [
            ("well-kno", "kno"),
            ("v2.1", "v2.1"),
            ("max_", "max_"),
            ("a _getIt", "getit"),
            ("re\u{301}su", "r\u{e9}su"),
            ("cafe\u{301}", "caf\u{e9}"),
            ("\u{939}\u{93f}\u{928}\u{94d}\u{926}", "\u{939}\u{93f}\u{928}\u{94d}\u{926}"),
            ("O'Bri", "bri"),
            ("\u{8a9e}Rus", "rus"),
        ] {
            assert_eq!(unfinished(text).as_deref(), Some(word));
        }
        for text in ["", "doesn't", "you\u{2019}r", "end.", "Anna'", "\u{660e}\u{5929}", "-"] {
            assert_eq!(unfinished(text), None, "{text}");
        }
    }

    /// Letters, joining characters, marks and symbols that change in compatibility form or combine with what follows
    /// them.
    const TRICKY: &str = "[aB7é語ก_.'\u{2019}\\-=!,\u{301}\u{338}\u{ad}\u{200d}\u{200b}\u{a0}\u{fb01}\u{2026}\u{bd}\u{2116}\u{b4}\u{1100}\u{1161}👩 ]{0,24}";

    /// The terms computed character by character from the whole text.
    fn by_characters(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        cut_chars(Language::english(), text.nfkc(), &mut out);
        out.truncate(TERMS_MAX);
        out
    }

    proptest! {
        #[test]
        fn bounded_for_any_text(text in any::<String>()) {
            prop_assert!(terms(&text).iter().all(|term| !term.is_empty() && term.len() <= TERM_BYTES_MAX));
        }

        #[test]
        fn terms_of_words_are_those_of_the_characters(text in prop_oneof![any::<String>(), TRICKY, "[a-zA-Z'._ -]{0,40}"]) {
            prop_assert_eq!(terms(&text), by_characters(&text));
            let document = Document::new(&text, Language::english());
            prop_assert_eq!(document.terms(), by_characters(&text));
        }
    }
}
