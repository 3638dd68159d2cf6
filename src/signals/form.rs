//! The form of a text: whether the person says something about themselves, or asks for something.
//!
//! Invariant: a hint from closed word lists, never a reason to leave an item out. A text in a language without such
//! lists has no form and is not penalized for it.

use crate::document::{Document, Token};
use crate::language::Roles;
use crate::signals::facts::is_question;
use crate::signals::tuning::form;

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    /// The writer speaks about themselves.
    first_person: bool,
    /// The writer also says what they like, want, need or avoid.
    leaning: bool,
    /// The text asks a question or gives an order.
    asks: bool,
}

impl Form {
    /// As a byte, one bit per field.
    pub(crate) fn byte(self) -> u8 {
        u8::from(self.first_person) | u8::from(self.leaning) << 1 | u8::from(self.asks) << 2
    }

    /// The inverse of [`byte`](Self::byte).
    pub(crate) fn of_byte(byte: u8) -> Self {
        Self { first_person: byte & 1 != 0, leaning: byte & 2 != 0, asks: byte & 4 != 0 }
    }
}

impl Form {
    /// The form of a text.
    pub fn of(document: &Document<'_>) -> Self {
        let lexicon = document.language.lexicon();
        let tokens = document.tokens.get(..form::WORDS_MAX).unwrap_or(&document.tokens);
        // In "I'm" and "I've" the pronoun is the part before the apostrophe.
        let is = |token: &Token<'_>, role| match token.lower.split_once('\'') {
            Some((base, _)) => lexicon.roles(base).meets(role),
            None => token.is(role),
        };
        let first_person = tokens.iter().any(|token| is(token, Roles::SPEAKS));
        let asks = tokens.iter().any(|token| token.text == "?")
            || tokens.first().is_some_and(|token| is(token, Roles::REQUESTS));
        let leaning = first_person && tokens.iter().any(|token| is(token, Roles::LEANS));
        Self { first_person, leaning, asks }
    }

    /// A bonus on the scale of cosines for how likely a text of this form says what the person wants; negative if it
    /// asks.
    pub fn speaks_of_the_person(self) -> f32 {
        form::STEP * f32::from(u8::from(self.first_person)) + form::STEP * f32::from(u8::from(self.leaning))
            - 2.0 * form::STEP * f32::from(u8::from(self.asks))
    }
}

/// Whether a text asks for advice: what answers it is what the person says of themselves, and its words are seldom in
/// there.
pub(crate) fn asks_for_advice(document: &Document<'_>) -> bool {
    let tokens = document.tokens.get(..form::WORDS_MAX).unwrap_or(&document.tokens);
    is_question(document.text)
        && (0..tokens.len()).any(|at| Document::roles_at(tokens, at).meets(Roles::ADVICE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn of(text: &str) -> Form {
        Form::of(&Document::new(text, Language::english()))
    }

    #[test]
    fn advice_is_asked_for_in_a_question() {
        let asks = |text: &str| asks_for_advice(&Document::new(text, Language::english()));
        assert!(asks("Which lamp would you recommend for the hall?") && asks("What should I cook tonight?"));
        assert!(!asks("They recommend the blue one.") && !asks("When does the lease end?"));
    }

    #[test]
    fn statements_of_the_person_stand_above_questions_and_orders() {
        let stated = of("I\u{2019}m not a fan of crowded beaches.").speaks_of_the_person();
        let told = of("We moved to Leeds in May.").speaks_of_the_person();
        let plain = of("Ces plages sont trop fréquentées.").speaks_of_the_person();
        let order = of("Write a function that sorts").speaks_of_the_person();
        assert!(stated > told && told > plain && plain > order);
        assert_eq!(plain, 0.0);
        assert!(of("I like it. Do you?").speaks_of_the_person() < stated);
    }
}
