//! English contractions.

/// Whether a word in lower case with straight apostrophes is a contraction.
pub(crate) fn is_contraction(word: &str) -> bool {
    // Most words are none: they are not searched from their end.
    if !word.as_bytes().contains(&b'\'') {
        return false;
    }
    let Some((base, end)) = word.rsplit_once('\'') else { return false };
    let pronoun = matches!(
        base,
        "i" | "you"
            | "he"
            | "she"
            | "it"
            | "we"
            | "they"
            | "that"
            | "there"
            | "what"
            | "who"
            | "here"
            | "where"
            | "how"
    );
    match end {
        "t" => base.ends_with('n'),
        "re" | "ve" | "ll" | "m" => true,
        "d" => pronoun,
        "s" => pronoun || base == "let",
        _ => false,
    }
}
