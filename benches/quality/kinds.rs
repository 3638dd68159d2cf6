//! Which statements name the direction of a kind of rewrite: features by the ids in a learned preference's key, with a
//! sign for less or more of each.
//!
//! Invariant: names and ids are listed here, using the stable ids; the engine's own table is not read.

use idiolect::{Direction, PreferenceKey};

/// A kind of rewrite, and the changes that name its direction. The opposite of each denies it.
pub(crate) struct Kind {
    /// Prefix of the file's or rewrite's name.
    name: &'static str,
    named_by: &'static [&'static str],
}

impl Kind {
    /// The kind of a file or rewrite with this name, if its direction is known.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| name.starts_with(kind.name))
    }

    pub(crate) fn is_named_by(&self, key: &PreferenceKey) -> bool {
        self.has(key, key.direction == Direction::More)
    }

    pub(crate) fn is_denied_by(&self, key: &PreferenceKey) -> bool {
        self.has(key, key.direction == Direction::Less)
    }

    fn has(&self, key: &PreferenceKey, more: bool) -> bool {
        let Some((_, name)) = FEATURES.iter().find(|(id, _)| *id == key.feature) else { return false };
        let sign = if more { '+' } else { '-' };
        self.named_by.iter().any(|named| named.strip_prefix(sign) == Some(name))
    }
}

const FEATURES: &[(u16, &str)] = &[
    (101, "length.words"),
    (102, "length.sentences"),
    (103, "length.sentence_words"),
    (201, "form.bullets"),
    (301, "punctuation.exclamation"),
    (401, "contractions"),
    (505, "person.passive"),
    (601, "greeting"),
    (602, "greeting.phrase"),
    (701, "polite.please"),
    (702, "polite.thanks"),
    (704, "polite.requests"),
    (801, "stance.hedges"),
    (804, "stance.harsh"),
    (805, "sentiment.negative"),
    (901, "formality.connectives"),
    (902, "formality.formal_words"),
    (903, "formality.casual"),
    (904, "formality.overall"),
    (1001, "words.length"),
    (1002, "words.long"),
    (1401, "emoji"),
    (1601, "readability.ease"),
    (1602, "words.syllables"),
    (1603, "words.nominalizations"),
    (1604, "words.latinate"),
    (1701, "sentence.clauses"),
    (2001, "language.correct"),
];

const PLAINER: &[&str] = &[
    "-length.words",
    "-length.sentence_words",
    "-words.length",
    "-words.long",
    "-formality.formal_words",
    "-formality.connectives",
    "-words.syllables",
    "+readability.ease",
    "-words.nominalizations",
    "-words.latinate",
    "-person.passive",
    "-sentence.clauses",
];
const CORRECT: &[&str] = &["+language.correct"];

const KINDS: &[Kind] = &[
    Kind { name: "simplify", named_by: PLAINER },
    Kind { name: "plain", named_by: PLAINER },
    Kind { name: "detox", named_by: &["-stance.harsh", "-sentiment.negative"] },
    Kind { name: "fluency", named_by: CORRECT },
    Kind { name: "typos put right", named_by: CORRECT },
    Kind {
        name: "formalize",
        named_by: &[
            "-contractions",
            "+formality.overall",
            "+formality.connectives",
            "+formality.formal_words",
            "-formality.casual",
            "+words.latinate",
        ],
    },
    Kind {
        name: "casualize",
        named_by: &[
            "+contractions",
            "-formality.overall",
            "-formality.formal_words",
            "+formality.casual",
            "-words.latinate",
        ],
    },
    Kind { name: "shorten", named_by: &["-length.words", "-length.sentences"] },
    Kind { name: "expand", named_by: &["+length.words", "+length.sentences"] },
    Kind { name: "polite", named_by: &["+polite.please", "+polite.thanks", "+polite.requests"] },
    Kind { name: "calm", named_by: &["-punctuation.exclamation"] },
    Kind { name: "split sentences", named_by: &["-length.sentence_words", "+length.sentences"] },
    Kind { name: "bullets", named_by: &["+form.bullets"] },
    Kind { name: "hedge", named_by: &["+stance.hedges"] },
    Kind { name: "greet", named_by: &["+greeting", "+greeting.phrase"] },
    Kind { name: "emoji", named_by: &["+emoji"] },
    // The only reason for revisions that has a direction.
    Kind { name: "Improve-grammar-Typo", named_by: CORRECT },
];
