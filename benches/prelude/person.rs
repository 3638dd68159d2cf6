//! The person: hidden preferences for each kind of context, and the patience to edit any draft into the text they
//! had in mind.
//!
//! Invariant: deterministic; the text in mind is the plain draft with the hidden preferences obeyed, so that the
//! person also undoes what was done to a draft without their wish. A person without preferences wants it plain.

use crate::drafter::rewrite;
use crate::english::Letter;
use crate::reading;

/// What is wanted, kind by kind, in the order in which kinds are taken.
const HIDDEN: [&[&str]; 10] = [
    &["keeps texts near 40 words", "uses contractions", "avoids exclamation marks"],
    &["puts points in a bulleted list", "opens without a greeting", "ends without a sign-off"],
    &["uses British spelling", "avoids exclamation marks", "signs off with 'Kind regards'"],
    &[
        "starts sentences in lower case",
        "uses emoji",
        "opens without a greeting",
        "keeps texts near 30 words",
    ],
    &["avoids hedging words", "opens with 'Hi'", "signs off with 'Cheers'"],
    &["puts points in a bulleted list", "avoids exclamation marks", "keeps texts near 60 words"],
    &["uses contractions", "uses emoji", "ends without a sign-off"],
    &["writes 'use', not 'utilize'", "avoids hedging words", "uses British spelling"],
    &["starts sentences in lower case", "uses contractions", "ends without a sign-off"],
    &["keeps texts near 50 words", "opens with 'Dear all'", "avoids exclamation marks"],
];

/// What another person wants, for the other split.
const HIDDEN_OTHER: [&[&str]; 10] = [
    &["keeps texts near 70 words", "signs off with 'Thanks'", "uses British spelling"],
    &["uses contractions", "opens with 'Hey'", "avoids hedging words"],
    &["puts points in a bulleted list", "uses emoji", "ends without a sign-off"],
    &["avoids exclamation marks", "avoids hedging words"],
    &["keeps texts near 35 words", "starts sentences in lower case", "ends without a sign-off"],
    &["opens without a greeting", "writes 'use', not 'utilize'", "avoids exclamation marks"],
    &[
        "opens with 'Dear all'",
        "signs off with 'Kind regards'",
        "uses British spelling",
        "avoids hedging words",
    ],
    &["keeps texts near 50 words", "puts points in a bulleted list", "opens without a greeting"],
    &["uses emoji", "uses contractions", "keeps texts near 45 words", "opens with 'Hi'"],
    &["starts sentences in lower case", "opens without a greeting", "avoids exclamation marks"],
];

/// How many kinds have preferences.
pub(crate) const KINDS: usize = HIDDEN.len();

/// Kinds from here on are those of the other person.
pub(crate) const OTHER: usize = 1000;

/// The hidden preferences of a kind; none for kinds beyond [`KINDS`] of either person.
pub(crate) fn hidden(kind: usize) -> &'static [&'static str] {
    let (all, kind) = if kind >= OTHER { (&HIDDEN_OTHER, kind - OTHER) } else { (&HIDDEN, kind) };
    all.get(kind).copied().unwrap_or_default()
}

/// Statements as a prompt.
pub(crate) fn prompt<T: AsRef<str>>(statements: &[T]) -> String {
    statements.iter().flat_map(|statement| ["- ", statement.as_ref(), "\n"]).collect()
}

/// The text that the person makes of any draft.
pub(crate) fn wanted(kind: usize, plain: &Letter) -> Letter {
    rewrite(&reading::read(&prompt(hidden(kind))), plain)
}
