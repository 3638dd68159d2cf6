//! The simulated person: hidden preferences for each kind of context, and editing any draft into the text in mind.
//!
//! Invariant: deterministic; the text in mind is the plain draft with the hidden preferences applied, so the person
//! also undoes changes they did not want. A person without preferences wants the plain draft.

use crate::drafter::rewrite;
use crate::english::Letter;
use crate::reading;

/// The hidden preferences by kind.
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

/// The hidden preferences of another person, for the other split.
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

/// Number of kinds with preferences.
pub(crate) const KINDS: usize = HIDDEN.len();

/// Kinds from this number on are those of the other person.
pub(crate) const OTHER: usize = 1000;

/// The hidden preferences of a kind; none for kinds beyond [`KINDS`] of either person.
pub(crate) fn hidden(kind: usize) -> &'static [&'static str] {
    let (all, kind) = if kind >= OTHER { (&HIDDEN_OTHER, kind - OTHER) } else { (&HIDDEN, kind) };
    all.get(kind).copied().unwrap_or_default()
}

/// Formats statements as a prompt.
pub(crate) fn prompt<T: AsRef<str>>(statements: &[T]) -> String {
    statements.iter().flat_map(|statement| ["- ", statement.as_ref(), "\n"]).collect()
}

/// The text into which the person edits any draft.
pub(crate) fn wanted(kind: usize, plain: &Letter) -> Letter {
    rewrite(&reading::read(&prompt(hidden(kind))), plain)
}
