//! Looks up entries of a language's word lists in a person's phrases.
//!
//! Invariant: phrases are in lower case, with single spaces between words.

use crate::language::{Kinds, Language};

/// Whether a whole phrase is an entry of a list of one of these kinds.
pub(super) fn is_entry(language: &Language, phrase: &str, kinds: Kinds) -> bool {
    kinds != Kinds::NONE && {
        let words: Vec<&str> = phrase.split(' ').collect();
        language.lexicon().longest(&words, kinds) == words.len()
    }
}

/// Whether a phrase contains such an entry.
pub(super) fn holds(language: &Language, phrase: &str, kinds: Kinds) -> bool {
    entry_in(language, phrase, kinds).is_some()
}

/// The first entry in a phrase that is in a list of one of these kinds.
pub(super) fn entry_in<'p>(language: &Language, phrase: &'p str, kinds: Kinds) -> Option<&'p str> {
    if kinds == Kinds::NONE {
        return None;
    }
    let phrase = phrase.trim_end_matches([',', '!']);
    let words: Vec<&str> = phrase.split(' ').collect();
    let mut start = 0;
    for (at, word) in words.iter().enumerate() {
        let length = language.lexicon().longest(&words[at..], kinds);
        if length > 0 {
            let bytes = words[at..at + length].iter().map(|word| word.len() + 1).sum::<usize>() - 1;
            return Some(&phrase[start..start + bytes]);
        }
        start += word.len() + 1;
    }
    None
}
