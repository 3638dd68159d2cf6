//! The rules of English that are code; the lists are in the folder `english`.
//!
//! Invariant: a rule is a pure function of a word in lower case.

/// The number of syllables of a word: runs of vowels, not counting a silent e.
pub(crate) fn syllables(word: &str) -> usize {
    let vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = word.as_bytes();
    let (mut runs, mut inside) = (0, false);
    for byte in bytes {
        runs += usize::from(vowel(*byte) && !inside);
        inside = vowel(*byte);
    }
    let end = bytes.len().saturating_sub(2);
    let silent = bytes.len() > 2 && bytes.ends_with(b"e") && !vowel(bytes[end]) && bytes[end] != b'l'
        || bytes.len() > 3 && bytes.ends_with(b"ed") && !matches!(bytes[bytes.len() - 3], b't' | b'd' | b'e');
    runs.saturating_sub(usize::from(silent)).max(1)
}

/// The plural of a noun.
pub(crate) fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['x']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_heard() {
        for (word, count) in
            [("cat", 1), ("table", 2), ("make", 1), ("played", 1), ("wanted", 2), ("idea", 2), ("utilize", 3)]
        {
            assert_eq!(syllables(word), count, "{word}");
        }
    }

    #[test]
    fn nouns_have_a_plural() {
        assert_eq!(["mail", "reply", "box", "search"].map(plural), ["mails", "replies", "boxes", "searches"]);
    }
}
