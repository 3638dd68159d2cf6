//! The word lists that features count by, compiled in and read once.
//!
//! Invariant: every list is lower case; a word may be of several kinds. English only: in other languages the
//! features that need a list find no occasion.

use std::sync::LazyLock;

use crate::hash::WordMap;

/// A set of kinds of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(u32);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const HEDGE: Self = Self(1);
    pub(crate) const BOOSTER: Self = Self(1 << 1);
    pub(crate) const CONNECTIVE: Self = Self(1 << 2);
    pub(crate) const CASUAL: Self = Self(1 << 3);
    pub(crate) const HARSH: Self = Self(1 << 4);
    pub(crate) const PLEASE: Self = Self(1 << 5);
    pub(crate) const THANKS: Self = Self(1 << 6);
    pub(crate) const SORRY: Self = Self(1 << 7);
    pub(crate) const GREETING: Self = Self(1 << 8);
    pub(crate) const CLOSING: Self = Self(1 << 9);
    pub(crate) const FIRST_SINGULAR: Self = Self(1 << 10);
    pub(crate) const FIRST_PLURAL: Self = Self(1 << 11);
    pub(crate) const SECOND: Self = Self(1 << 12);
    pub(crate) const NUMBER: Self = Self(1 << 13);
    pub(crate) const DATE: Self = Self(1 << 14);
    pub(crate) const FUNCTION: Self = Self(1 << 15);
    pub(crate) const FORMAL: Self = Self(1 << 16);
    pub(crate) const PLAIN: Self = Self(1 << 17);
    pub(crate) const AMERICAN: Self = Self(1 << 18);
    pub(crate) const BRITISH: Self = Self(1 << 19);
    pub(crate) const NEGATIVE: Self = Self(1 << 20);
    pub(crate) const POSITIVE: Self = Self(1 << 21);
    pub(crate) const REQUEST: Self = Self(1 << 22);
    pub(crate) const ORDER: Self = Self(1 << 23);
    pub(crate) const REASSURANCE: Self = Self(1 << 24);
    pub(crate) const PRAISE: Self = Self(1 << 25);
    pub(crate) const FILLER: Self = Self(1 << 26);
    pub(crate) const ABBREVIATION: Self = Self(1 << 27);
    pub(crate) const SUBORDINATOR: Self = Self(1 << 28);
    pub(crate) const BRITISH_OR_AMERICAN: Self = Self::AMERICAN.or(Self::BRITISH);

    /// Kinds whose coming and going is a matter of style, not of content.
    pub(crate) const STYLE: Self = Self(
        Self::HEDGE.0
            | Self::BOOSTER.0
            | Self::CONNECTIVE.0
            | Self::CASUAL.0
            | Self::HARSH.0
            | Self::PLEASE.0
            | Self::THANKS.0
            | Self::SORRY.0
            | Self::GREETING.0
            | Self::CLOSING.0
            | Self::FORMAL.0
            | Self::FILLER.0
            | Self::ABBREVIATION.0
            | Self::AMERICAN.0
            | Self::BRITISH.0,
    );

    /// Of one or the other.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any kind is in both.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A phrase of two or more words.
struct Phrase {
    rest: Vec<&'static str>,
    kinds: Kinds,
}

/// What the lists say of a word.
#[derive(Default)]
pub(crate) struct Entry {
    kinds: Kinds,
    /// The phrases that start with it, longest first.
    phrases: Vec<Phrase>,
}

/// The lists, ready for look-up.
pub(crate) struct Lexicon {
    /// Words, and the first words of phrases.
    entries: WordMap<Entry>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

/// The lists.
pub(crate) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Entry {
    /// The kinds of the word by itself.
    pub(crate) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Whether the word is of a kind, or a phrase of the kind starts with it.
    pub(crate) fn begins(&self, kind: Kinds) -> bool {
        self.kinds.meets(kind) || self.phrases.iter().any(|phrase| phrase.kinds.meets(kind))
    }

    /// The phrases of the word and those that follow it, longest first: their length in words and kinds.
    pub(crate) fn phrases<'w>(
        &self,
        next: impl Iterator<Item = &'w str> + Clone,
    ) -> impl Iterator<Item = (usize, Kinds)> {
        self.phrases.iter().filter_map(move |phrase| {
            let mut next = next.clone();
            let fits = phrase.rest.iter().all(|word| next.next() == Some(word));
            fits.then_some((phrase.rest.len() + 1, phrase.kinds))
        })
    }
}

impl Lexicon {
    /// All single words, in no order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().filter(|(_, entry)| entry.kinds != Kinds::default()).map(|(word, _)| *word)
    }

    /// Whether a word in lower case is in any list.
    pub(crate) fn holds(&self, word: &str) -> bool {
        self.kinds(word) != Kinds::default()
    }

    fn read() -> Self {
        let mut lexicon = Self { entries: WordMap::default() };
        let mut kind = Kinds::default();
        for line in content(include_str!("english/words.txt")) {
            if let Some(name) = line.strip_prefix('[') {
                kind = named(name.trim_end_matches(']'));
                continue;
            }
            for entry in line.split(',') {
                lexicon.add(entry, kind);
            }
        }
        for line in content(include_str!("english/spelling.txt")) {
            if let Some((american, british)) = line.split_once(' ') {
                lexicon.add(american, Kinds::AMERICAN);
                lexicon.add(british, Kinds::BRITISH);
            }
        }
        for entry in lexicon.entries.values_mut() {
            entry.phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        lexicon
    }

    fn add(&mut self, entry: &'static str, kind: Kinds) {
        let mut parts = entry.split_whitespace();
        let Some(first) = parts.next() else { return };
        let rest: Vec<&str> = parts.collect();
        let entry = self.entries.entry(first).or_default();
        if rest.is_empty() {
            entry.kinds.add(kind);
            return;
        }
        let phrases = &mut entry.phrases;
        match phrases.iter_mut().find(|phrase| phrase.rest == rest) {
            Some(phrase) => phrase.kinds.add(kind),
            None => phrases.push(Phrase { rest, kinds: kind }),
        }
    }

    /// What the lists say of a word in lower case.
    pub(crate) fn entry(&self, word: &str) -> Option<&Entry> {
        self.entries.get(word)
    }

    /// The kinds of a word in lower case.
    pub(crate) fn kinds(&self, word: &str) -> Kinds {
        self.entry(word).map(Entry::kinds).unwrap_or_default()
    }

    /// The length in words of the longest entry of `kind` that starts at the first of `words`; 0 for none.
    pub(crate) fn longest(&self, words: &[&str], kind: Kinds) -> usize {
        let Some((first, next)) = words.split_first() else { return 0 };
        let Some(entry) = self.entry(first) else { return 0 };
        let phrase = entry
            .phrases(next.iter().copied())
            .find(|(_, kinds)| kinds.meets(kind))
            .map(|(length, _)| length);
        phrase.unwrap_or(usize::from(entry.kinds.meets(kind)))
    }
}

fn content(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn named(name: &str) -> Kinds {
    match name {
        "hedge" => Kinds::HEDGE,
        "booster" => Kinds::BOOSTER,
        "connective" => Kinds::CONNECTIVE,
        "casual" => Kinds::CASUAL,
        "harsh" => Kinds::HARSH,
        "please" => Kinds::PLEASE,
        "thanks" => Kinds::THANKS,
        "sorry" => Kinds::SORRY,
        "greeting" => Kinds::GREETING,
        "closing" => Kinds::CLOSING,
        "first-singular" => Kinds::FIRST_SINGULAR,
        "first-plural" => Kinds::FIRST_PLURAL,
        "second" => Kinds::SECOND,
        "number" => Kinds::NUMBER,
        "date" => Kinds::DATE,
        "function" => Kinds::FUNCTION,
        "formal" => Kinds::FORMAL,
        "plain" => Kinds::PLAIN,
        "negative" => Kinds::NEGATIVE,
        "positive" => Kinds::POSITIVE,
        "request" => Kinds::REQUEST,
        "order" => Kinds::ORDER,
        "reassurance" => Kinds::REASSURANCE,
        "praise" => Kinds::PRAISE,
        "filler" => Kinds::FILLER,
        "abbreviation" => Kinds::ABBREVIATION,
        "subordinator" => Kinds::SUBORDINATOR,
        _ => Kinds::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_lower_case() {
        let lexicon = lexicon();
        assert!(lexicon.kinds("perhaps").meets(Kinds::HEDGE));
        assert!(
            lexicon.kinds("colour").meets(Kinds::BRITISH) && lexicon.kinds("color").meets(Kinds::AMERICAN)
        );
        assert_eq!(lexicon.longest(&["best", "regards", ","], Kinds::CLOSING), 2);
        assert_eq!(lexicon.longest(&["best", "of"], Kinds::CLOSING), 1);
        assert_eq!(lexicon.longest(&["of"], Kinds::CLOSING), 0);
        assert!(lexicon.entries.keys().all(|word| word.to_lowercase() == **word));
        assert!(lexicon.words().all(|word| lexicon.holds(word)) && lexicon.holds("best"));
        // Only the beginning of phrases.
        assert!(lexicon.entries.keys().any(|word| !lexicon.holds(word)));
    }
}
