//! `WordPiece` as the uncased BERT family uses it: text to token ids.
//!
//! Invariant: the ids equal those of the `tokenizers` package (`BertNormalizer`, `BertPreTokenizer`, `WordPiece`, and
//! `[CLS] text [SEP]`) for every text. Time and memory are linear in the text: a word keeps at most
//! [`Vocabulary::max_word_chars`] characters, and a piece at most as many bytes as the longest entry. Character classes
//! are in [`super::char_class`]; vocabularies come from [`super::model_file`] and [`super::convert`].

use unicode_normalization::UnicodeNormalization;

use super::char_class::{is_control, is_ideograph, is_nonspacing_mark, is_punctuation};

/// Prefix of an entry that continues a word.
const CONTINUATION: &[u8] = b"##";
/// Maximum entries; the largest published vocabulary of this family has about a fifth of this.
pub(super) const TOKENS_MAX: usize = 1 << 20;
/// Maximum added tokens: each is tried wherever its first byte occurs.
pub(super) const ADDED_MAX: usize = 256;
/// Maximum slots that one lookup reads.
const PROBES_MAX: usize = 1024;
/// Offset basis and prime of 64-bit FNV-1a.
const HASH_SEED: u64 = 0xcbf2_9ce4_8422_2325;
const HASH_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The entries of a vocabulary by id, in one allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    text: String,
    /// End of each entry in `text`.
    ends: Vec<u32>,
}

impl Tokens {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The entry with this id; empty if there is none.
    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return "" };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.text[start as usize..end as usize]
    }

    /// All entries, by ascending id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|id| self.get(id as u32))
    }

    /// From the packed form: all entries concatenated, and the end of each. `None` if an end precedes the one before
    /// it, lies outside the text or within a character.
    pub(super) fn from_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let ascending = ends.windows(2).all(|pair| pair[0] <= pair[1]);
        let whole = ends.last().copied().unwrap_or(0) as usize == text.len();
        let fits = ascending && whole && ends.iter().all(|&end| text.is_char_boundary(end as usize));
        fits.then_some(Self { text, ends })
    }

    /// The packed form.
    #[cfg(any(test, feature = "internals"))]
    pub(super) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Tokens {
    fn from_iter<I: IntoIterator<Item = S>>(entries: I) -> Self {
        let mut tokens = Self::default();
        for entry in entries {
            tokens.text.push_str(entry.as_ref());
            tokens.ends.push(tokens.text.len() as u32);
        }
        tokens
    }
}

/// The vocabulary and settings of a tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the four settings are independent of each other")]
pub struct Vocabulary {
    /// The entries by id. An empty entry is a gap that no text maps to.
    pub tokens: Tokens,
    /// Entries that are matched in the raw text, before any other step (for example `[MASK]`).
    pub added: Vec<u32>,
    /// Replaces a word that cannot be split into pieces.
    pub unknown: u32,
    /// Opens every text.
    pub first: u32,
    /// Closes every text.
    pub last: u32,
    /// Words with more characters become `unknown`.
    pub max_word_chars: u32,
    /// Remove control characters, NUL and U+FFFD.
    pub clean_text: bool,
    /// Make every CJK ideograph a word of its own.
    pub split_ideographs: bool,
    /// Decompose and remove nonspacing marks.
    pub strip_accents: bool,
    /// Lower-case.
    pub lowercase: bool,
}

/// A text as token ids.
#[cfg(any(test, feature = "internals"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The ids, the opening and closing token included.
    pub ids: Vec<u32>,
    /// Whether the text has more tokens than requested.
    pub truncated: bool,
}

/// The tokenizer. Can be shared between threads; keeps no state between calls.
#[derive(Debug, Clone)]
pub struct WordPiece {
    vocabulary: Vocabulary,
    table: Table,
    /// Added tokens, longest first.
    added: Vec<u32>,
    added_starts: Box<[bool; 256]>,
    longest: usize,
    continuation_seed: u64,
}

/// Hash table with open addressing from a piece to its id.
#[derive(Debug, Clone)]
struct Table {
    /// Low half of the hash, and the id plus one; id 0 marks a free slot.
    slots: Vec<(u32, u32)>,
    shift: u32,
}

impl Table {
    fn start(&self, hash: u64) -> usize {
        (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let start = self.start(hash);
        for step in 0..PROBES_MAX {
            let (tag, entry) = self.slots[(start + step) & mask];
            let id = entry.checked_sub(1)?;
            if tag == hash as u32 && is_it(id) {
                return Some(id);
            }
        }
        None
    }

    /// Returns false if no slot is free within [`PROBES_MAX`] probes, which happens only with crafted vocabularies.
    fn insert(&mut self, hash: u64, id: u32, mut same: impl FnMut(u32) -> bool) -> bool {
        let mask = self.slots.len() - 1;
        let start = self.start(hash);
        for step in 0..PROBES_MAX {
            let slot = &mut self.slots[(start + step) & mask];
            let free = slot.1 == 0;
            if free || (slot.0 == hash as u32 && same(slot.1 - 1)) {
                *slot = (hash as u32, id + 1);
                return true;
            }
        }
        false
    }
}

fn hash_on(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| hash_byte(hash, byte))
}

fn hash_byte(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(HASH_PRIME)
}

/// Collects ids up to a limit and counts all.
struct Output<'a> {
    ids: &'a mut Vec<u32>,
    keep: usize,
    stop_after: usize,
    seen: usize,
}

impl Output<'_> {
    fn push(&mut self, id: u32) {
        if self.seen < self.keep {
            self.ids.push(id);
        }
        self.seen += 1;
    }

    fn is_done(&self) -> bool {
        self.seen > self.stop_after
    }
}

/// The word being read, and scratch memory for its pieces.
#[derive(Debug, Default)]
pub(super) struct Word {
    text: String,
    chars: usize,
    hashes: Vec<u64>,
    pieces: Vec<u32>,
}

impl WordPiece {
    /// A tokenizer for `vocabulary`. Of equal entries, the last one counts.
    ///
    /// # Errors
    /// Names the inconsistency: an id without an entry, or a limit exceeded.
    pub fn new(vocabulary: Vocabulary) -> Result<Self, &'static str> {
        let tokens = &vocabulary.tokens;
        if tokens.is_empty() || tokens.len() > TOKENS_MAX {
            return Err("the vocabulary is empty or too large");
        }
        if vocabulary.added.len() > ADDED_MAX {
            return Err("there are too many added tokens");
        }
        if !(1..=1000).contains(&vocabulary.max_word_chars) {
            return Err("the longest word is out of range");
        }
        let special = [vocabulary.unknown, vocabulary.first, vocabulary.last];
        let named = special.iter().chain(&vocabulary.added);
        if named.into_iter().any(|&id| tokens.get(id).is_empty()) {
            return Err("a special token is not in the vocabulary");
        }

        let bits = (tokens.len() * 2).next_power_of_two().trailing_zeros().max(4);
        let mut table = Table { slots: vec![(0, 0); 1 << bits], shift: 64 - bits };
        for (id, token) in tokens.iter().enumerate().filter(|(_, token)| !token.is_empty()) {
            let hash = hash_on(HASH_SEED, token.as_bytes());
            if !table.insert(hash, id as u32, |other| tokens.get(other) == token) {
                return Err("the vocabulary cannot be indexed");
            }
        }

        let mut added = vocabulary.added.clone();
        added.sort_by_key(|&id| (std::cmp::Reverse(tokens.get(id).len()), id));
        let mut added_starts = Box::new([false; 256]);
        for &id in &added {
            added_starts[tokens.get(id).as_bytes()[0] as usize] = true;
        }
        let longest = tokens.iter().map(str::len).max().unwrap_or(0);
        let continuation_seed = hash_on(HASH_SEED, CONTINUATION);
        Ok(Self { vocabulary, table, added, added_starts, longest, continuation_seed })
    }

    /// The vocabulary of this tokenizer.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The ids of `text`, at most `max_tokens` including the opening and closing tokens, which are always present.
    #[cfg(any(test, feature = "internals"))]
    pub fn encode(&self, text: &str, max_tokens: usize) -> Encoded {
        let room = max_tokens.saturating_sub(2);
        let mut ids = Vec::with_capacity(room.min(text.len() / 3 + 4) + 2);
        ids.push(self.vocabulary.first);
        let truncated = self.append(text, room, &mut Word::default(), &mut ids);
        ids.push(self.vocabulary.last);
        Encoded { ids, truncated }
    }

    /// Appends at most `room` ids of `text`, without the opening and closing tokens; returns whether there are more.
    /// `word` is scratch memory.
    pub(super) fn append(&self, text: &str, room: usize, word: &mut Word, ids: &mut Vec<u32>) -> bool {
        let mut out = Output { ids, keep: room, stop_after: room, seen: 0 };
        self.run(text, word, &mut out);
        out.seen > room
    }

    /// Number of tokens of the whole `text`, the opening and closing tokens included.
    pub fn count(&self, text: &str) -> usize {
        let mut out = Output { ids: &mut Vec::new(), keep: 0, stop_after: usize::MAX, seen: 0 };
        self.run(text, &mut Word::default(), &mut out);
        out.seen + 2
    }

    /// Splits the raw text at added tokens, leftmost and longest first.
    fn run(&self, text: &str, word: &mut Word, out: &mut Output<'_>) {
        word.text.clear();
        word.chars = 0;
        let bytes = text.as_bytes();
        let mut from = 0;
        let mut at = 0;
        while at < bytes.len() && !out.is_done() {
            let found =
                if self.added_starts[bytes[at] as usize] { self.added_at(&bytes[at..]) } else { None };
            let Some((id, len)) = found else {
                at += 1;
                continue;
            };
            self.segment(&text[from..at], word, out);
            out.push(id);
            at += len;
            from = at;
        }
        self.segment(&text[from..], word, out);
    }

    fn added_at(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        self.added.iter().find_map(|&id| {
            let token = self.vocabulary.tokens.get(id).as_bytes();
            bytes.starts_with(token).then_some((id, token.len()))
        })
    }

    /// Reads text without added tokens. ASCII needs no decomposition, and each ASCII character starts a canonical
    /// sequence of its own, so text between two of them can be decomposed separately.
    fn segment(&self, mut text: &str, word: &mut Word, out: &mut Output<'_>) {
        while !text.is_empty() && !out.is_done() {
            let ascii = text.bytes().position(|byte| !byte.is_ascii()).unwrap_or(text.len());
            let (head, tail) = text.split_at(ascii);
            for byte in head.bytes() {
                if out.is_done() {
                    return;
                }
                let c = if self.vocabulary.lowercase { byte.to_ascii_lowercase() } else { byte } as char;
                if !(self.vocabulary.clean_text && is_ascii_control(byte)) {
                    self.read(c, word, out);
                }
            }
            let other = tail.bytes().position(|byte| byte.is_ascii()).unwrap_or(tail.len());
            let (head, tail) = tail.split_at(other);
            self.read_decomposed(head, word, out);
            text = tail;
        }
        self.end_word(word, out);
    }

    fn read_decomposed(&self, text: &str, word: &mut Word, out: &mut Output<'_>) {
        let flags = &self.vocabulary;
        let cleaned = text
            .chars()
            .filter(|&c| !(flags.clean_text && (c == char::REPLACEMENT_CHARACTER || is_control(c))));
        let spaced = cleaned.flat_map(|c| {
            let space = (flags.split_ideographs && is_ideograph(c)).then_some(' ');
            [space, Some(c), space].into_iter().flatten()
        });
        if flags.strip_accents {
            for c in spaced.nfd().filter(|&c| !is_nonspacing_mark(c)) {
                if out.is_done() {
                    return;
                }
                self.read_lowered(c, word, out);
            }
        } else {
            for c in spaced {
                if out.is_done() {
                    return;
                }
                self.read_lowered(c, word, out);
            }
        }
    }

    fn read_lowered(&self, c: char, word: &mut Word, out: &mut Output<'_>) {
        if self.vocabulary.lowercase {
            for c in c.to_lowercase() {
                self.read(c, word, out);
            }
        } else {
            self.read(c, word, out);
        }
    }

    /// Reads one prepared character: white space ends a word, punctuation is a word of its own.
    fn read(&self, c: char, word: &mut Word, out: &mut Output<'_>) {
        if c.is_whitespace() {
            self.end_word(word, out);
        } else if is_punctuation(c) {
            self.end_word(word, out);
            word.text.push(c);
            word.chars = 1;
            self.end_word(word, out);
        } else {
            if word.chars < self.vocabulary.max_word_chars as usize {
                word.text.push(c);
            }
            word.chars += 1;
        }
    }

    fn end_word(&self, word: &mut Word, out: &mut Output<'_>) {
        if word.chars == 0 {
            return;
        }
        word.pieces.clear();
        let known = word.chars <= self.vocabulary.max_word_chars as usize && self.split_word(word);
        if known {
            word.pieces.iter().for_each(|&id| out.push(id));
        } else {
            out.push(self.vocabulary.unknown);
        }
        word.text.clear();
        word.chars = 0;
    }

    /// Greedy longest match from the left into `word.pieces`; false if some rest has no matching piece.
    fn split_word(&self, word: &mut Word) -> bool {
        let bytes = word.text.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let (prefix, seed) =
                if start == 0 { (&[][..], HASH_SEED) } else { (CONTINUATION, self.continuation_seed) };
            let rest = &bytes[start..bytes.len().min(start + self.longest)];
            word.hashes.clear();
            word.hashes.extend(rest.iter().scan(seed, |hash, &byte| {
                *hash = hash_byte(*hash, byte);
                Some(*hash)
            }));
            let found = (0..rest.len()).rev().find_map(|last| {
                let id = self.table.find(word.hashes[last], |id| {
                    let token = self.vocabulary.tokens.get(id).as_bytes();
                    token.strip_prefix(prefix).is_some_and(|token| token == &rest[..=last])
                })?;
                Some((id, last + 1))
            });
            let Some((id, len)) = found else { return false };
            word.pieces.push(id);
            start += len;
        }
        true
    }
}

fn is_ascii_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}
