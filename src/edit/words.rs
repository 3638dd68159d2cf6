//! Words that tell apart what an edit changed: small words that grammar asks for, small numbers.
//!
//! Invariant: of English alone.

/// The value of a small number, written either way.
pub(super) fn number(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    match WORDS.iter().position(|name| *name == word) {
        Some(at) => Some(at as u32 + 1),
        None => word.parse().ok(),
    }
}

/// Small words that grammar asks for: one of them more, less or other is a slip put right.
pub(super) fn is_grammar(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "the"
            | "to"
            | "of"
            | "in"
            | "on"
            | "at"
            | "for"
            | "by"
            | "with"
            | "from"
            | "into"
            | "about"
            | "is"
            | "are"
            | "was"
            | "were"
            | "be"
            | "been"
            | "being"
            | "am"
            | "has"
            | "have"
            | "had"
            | "do"
            | "does"
            | "did"
            | "will"
            | "would"
            | "can"
            | "could"
            | "should"
            | "than"
            | "then"
            | "that"
            | "which"
            | "who"
            | "it"
            | "its"
            | "it's"
            | "there"
            | "their"
            | "they"
            | "them"
            | "this"
            | "these"
            | "those"
            | "any"
            | "some"
            | "much"
            | "many"
            | "as"
            | "not"
            | "no"
    )
}
