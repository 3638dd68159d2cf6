//! The word lists of a language, indexed for look-up.
//!
//! Invariant: every entry is in lower case; a word may have several kinds and roles.

use crate::hash::WordMap;
use crate::language::kinds::{Kinds, Roles};

/// A phrase of two or more words.
#[derive(Debug)]
struct Phrase {
    rest: Vec<&'static str>,
    kinds: Kinds,
    roles: Roles,
}

/// The data of a word in the lists.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    kinds: Kinds,
    roles: Roles,
    /// The phrases that start with the word, longest first.
    phrases: Vec<Phrase>,
}

impl Entry {
    /// The kinds of the word by itself.
    pub(crate) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// The roles of the word by itself.
    pub(crate) fn roles(&self) -> Roles {
        self.roles
    }

    /// Whether the word has a kind, or starts a phrase of that kind.
    pub(crate) fn begins(&self, kind: Kinds) -> bool {
        self.kinds.meets(kind) || self.phrases.iter().any(|phrase| phrase.kinds.meets(kind))
    }

    fn fitting<'w>(&self, next: impl Iterator<Item = &'w str> + Clone) -> impl Iterator<Item = &Phrase> {
        self.phrases.iter().filter(move |phrase| {
            let mut next = next.clone();
            phrase.rest.iter().all(|word| next.next() == Some(word))
        })
    }

    /// The phrases formed by the word and those that follow it, longest first: length in words, and kinds.
    pub(crate) fn phrases<'w>(
        &self,
        next: impl Iterator<Item = &'w str> + Clone,
    ) -> impl Iterator<Item = (usize, Kinds)> {
        self.fitting(next).map(|phrase| (phrase.rest.len() + 1, phrase.kinds))
    }

    /// The roles of all phrases formed by the word and those that follow it.
    pub(crate) fn phrase_roles<'w>(&self, next: impl Iterator<Item = &'w str> + Clone) -> Roles {
        self.fitting(next).fold(Roles::NONE, |roles, phrase| roles.or(phrase.roles))
    }

    /// The roles of the longest phrase, formed by the word and those that follow it, that has one of `roles`; or
    /// those of the word by itself.
    pub(crate) fn longest_roles<'w>(
        &self,
        next: impl Iterator<Item = &'w str> + Clone,
        roles: Roles,
    ) -> Roles {
        self.fitting(next).map(|phrase| phrase.roles).find(|found| found.meets(roles)).unwrap_or(self.roles)
    }
}

/// The indexed lists.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    /// Words, and the first words of phrases.
    entries: WordMap<Entry>,
    kinds: Kinds,
    roles: Roles,
}

impl Lexicon {
    /// All single words that have a kind, in no particular order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().filter(|(_, entry)| entry.kinds != Kinds::NONE).map(|(word, _)| *word)
    }

    /// Whether a word in lower case has a kind.
    pub(crate) fn holds(&self, word: &str) -> bool {
        self.kinds(word) != Kinds::NONE
    }

    /// Whether there is an entry of one of these kinds.
    pub(crate) fn knows(&self, kinds: Kinds) -> bool {
        self.kinds.meets(kinds)
    }

    /// Whether there is an entry with one of these roles.
    pub(crate) fn has(&self, roles: Roles) -> bool {
        self.roles.meets(roles)
    }

    /// Adds a word or phrase.
    pub(crate) fn add(&mut self, entry: &'static str, kinds: Kinds, roles: Roles) {
        let mut parts = entry.split_whitespace();
        let Some(first) = parts.next() else { return };
        self.kinds.add(kinds);
        self.roles.add(roles);
        let rest: Vec<&str> = parts.collect();
        let entry = self.entries.entry(first).or_default();
        if rest.is_empty() {
            entry.kinds.add(kinds);
            entry.roles.add(roles);
            return;
        }
        let phrases = &mut entry.phrases;
        if let Some(phrase) = phrases.iter_mut().find(|phrase| phrase.rest == rest) {
            phrase.kinds.add(kinds);
            phrase.roles.add(roles);
        } else {
            let longer = phrases.partition_point(|phrase| phrase.rest.len() >= rest.len());
            phrases.insert(longer, Phrase { rest, kinds, roles });
        }
    }

    /// The data of a word in lower case.
    pub(crate) fn entry(&self, word: &str) -> Option<&Entry> {
        self.entries.get(word)
    }

    /// The kinds of a word in lower case.
    pub(crate) fn kinds(&self, word: &str) -> Kinds {
        self.entry(word).map(Entry::kinds).unwrap_or_default()
    }

    /// The roles of a word in lower case.
    pub(crate) fn roles(&self, word: &str) -> Roles {
        self.entry(word).map(Entry::roles).unwrap_or_default()
    }

    /// The length in words of the longest entry of `kind` that starts at the first of `words`; 0 if there is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_longest_first() {
        let mut lexicon = Lexicon::default();
        lexicon.add("how", Kinds::NONE, Roles::ASKS);
        lexicon.add("how come", Kinds::NONE, Roles::ASKS_REASON);
        lexicon.add("best", Kinds::CLOSING, Roles::NONE);
        lexicon.add("best regards", Kinds::CLOSING, Roles::STOCK);
        lexicon.add("best regards to all", Kinds::HEDGE, Roles::NONE);
        assert_eq!(lexicon.longest(&["best", "regards", ","], Kinds::CLOSING), 2);
        assert_eq!(lexicon.longest(&["best", "of"], Kinds::CLOSING), 1);
        assert_eq!(lexicon.longest(&["of"], Kinds::CLOSING), 0);
        assert_eq!(lexicon.longest(&["best", "regards", "to", "all"], Kinds::HEDGE), 4);
        let how = lexicon.entry("how").expect("an entry");
        assert_eq!(how.longest_roles(["come"].into_iter(), Roles::ASKING), Roles::ASKS_REASON);
        assert_eq!(how.longest_roles(["now"].into_iter(), Roles::ASKING), Roles::ASKS);
        assert!(lexicon.holds("best") && !lexicon.holds("how"));
        assert!(lexicon.knows(Kinds::HEDGE) && !lexicon.knows(Kinds::BOOSTER) && lexicon.has(Roles::STOCK));
    }
}
