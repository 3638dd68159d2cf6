//! What a text does, told from its form: does the person say something of themselves, or ask for something?
//!
//! Invariant: a hint from closed lists of English words, never a reason to leave an item out; a text in another
//! language has no form and loses nothing by it.

use crate::document::Words;

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    /// Somebody speaks of themselves.
    first_person: bool,
    /// And says what they like, want, need or avoid.
    leaning: bool,
    /// Asks a question or gives an order.
    asks: bool,
}

impl Form {
    /// As a byte, a bit for each.
    pub(crate) fn byte(self) -> u8 {
        u8::from(self.first_person) | u8::from(self.leaning) << 1 | u8::from(self.asks) << 2
    }

    /// What [`byte`](Self::byte) gave.
    pub(crate) fn of_byte(byte: u8) -> Self {
        Self { first_person: byte & 1 != 0, leaning: byte & 2 != 0, asks: byte & 4 != 0 }
    }
}

/// Words looked at from the start of the text.
const WORDS_MAX: usize = 60;

const FIRST_PERSON: [&str; 6] = ["i", "my", "me", "we", "our", "mine"];
const LEANING: [&str; 34] = [
    "prefer",
    "prefers",
    "preferred",
    "preference",
    "like",
    "love",
    "enjoy",
    "adore",
    "favor",
    "favour",
    "hate",
    "dislike",
    "detest",
    "avoid",
    "avoiding",
    "aversion",
    "stand",
    "refuse",
    "need",
    "want",
    "rather",
    "never",
    "always",
    "only",
    "comfortable",
    "uncomfortable",
    "interested",
    "allergic",
    "fan",
    "find",
    "value",
    "believe",
    "struggle",
    "opposed",
];
const ASKING: [&str; 39] = [
    "what",
    "how",
    "why",
    "who",
    "which",
    "where",
    "when",
    "can",
    "could",
    "would",
    "will",
    "is",
    "are",
    "do",
    "does",
    "did",
    "should",
    "write",
    "give",
    "make",
    "create",
    "tell",
    "explain",
    "list",
    "generate",
    "rewrite",
    "summarize",
    "summarise",
    "convert",
    "translate",
    "provide",
    "please",
    "act",
    "show",
    "help",
    "suggest",
    "describe",
    "find",
    "compare",
];

impl Form {
    /// The form of a text.
    pub fn of(text: &str) -> Self {
        let words: Vec<String> = Words(text).take(WORDS_MAX).map(str::to_lowercase).collect();
        // "I'm", "I've": the pronoun before the apostrophe.
        let is =
            |word: &str, list: &[&str]| list.contains(&word.split(['\'', '\u{2019}']).next().unwrap_or(word));
        let first_person = words.iter().any(|word| is(word, &FIRST_PERSON));
        let asks =
            words.iter().any(|word| word == "?") || words.first().is_some_and(|word| is(word, &ASKING));
        Self { first_person, leaning: first_person && words.iter().any(|word| is(word, &LEANING)), asks }
    }

    /// How much likelier than other texts one of this form says what the person wants, on the scale of cosines.
    pub fn speaks_of_the_person(self) -> f32 {
        /// Two texts of one subject differ by about this in cosine; what is nearer than that is told by form.
        const STEP: f32 = 0.05;
        STEP * f32::from(u8::from(self.first_person)) + STEP * f32::from(u8::from(self.leaning))
            - 2.0 * STEP * f32::from(u8::from(self.asks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_the_person_stand_above_questions_and_orders() {
        let stated = Form::of("I\u{2019}m not a fan of crowded beaches.").speaks_of_the_person();
        let told = Form::of("We moved to Leeds in May.").speaks_of_the_person();
        let plain = Form::of("Ces plages sont trop fréquentées.").speaks_of_the_person();
        let order = Form::of("Write a function that sorts").speaks_of_the_person();
        assert!(stated > told && told > plain && plain > order);
        assert_eq!(plain, 0.0);
        assert!(Form::of("I like it. Do you?").speaks_of_the_person() < stated);
    }
}
