//! Kinds of facts that a question asks for and that a text contains: a time, a number, a person, a place, a reason.
//!
//! Invariant: a hint from digits, capitals and the word lists of the text's language, never a reason to leave an item
//! out. A question that names none of these, or whose language has no such lists, asks for nothing.

use crate::document::{Document, Token};
use crate::language::{Entry, Lexicon, Roles};
use crate::signals::tuning::facts::LEAD_WORDS;

/// A set of kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Facts(pub(crate) u8);

const TIME: Facts = Facts(1);
const NUMBER: Facts = Facts(2);
const PERSON: Facts = Facts(4);
const PLACE: Facts = Facts(8);
const REASON: Facts = Facts(16);
const ALL: Facts = Facts(31);

const QUESTION_MARKS: [char; 4] = ['?', '\u{ff1f}', '\u{61f}', '\u{37e}'];

/// Kinds of facts contained in a text, by the role of a word in it.
const CONTAINED: [(Roles, Facts); 5] = [
    (Roles::TELLS_TIME, TIME),
    (Roles::TELLS_NUMBER, NUMBER),
    (Roles::TELLS_PERSON, PERSON),
    (Roles::TELLS_PLACE, PLACE),
    (Roles::TELLS_REASON, REASON),
];

/// Kinds of facts asked for, by the role of a question word.
const ASKED: [(Roles, Facts); 6] = [
    (Roles::ASKS_TIME, TIME),
    (Roles::ASKS_PERSON, PERSON),
    (Roles::ASKS_PLACE, PLACE),
    (Roles::ASKS_REASON, REASON),
    (Roles::ASKS_NUMBER, NUMBER),
    (Roles::ASKS_NUMBER_OR_TIME, Facts(NUMBER.0 | TIME.0)),
];

/// A preceding word of the same sentence.
#[derive(Clone, Copy, Default)]
struct Before {
    roles: Roles,
    /// Whether it is a word or a comma, so that a capital letter after it marks a name.
    continues: bool,
}

impl Facts {
    /// The kinds of facts that a text contains.
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let mut found = Self::default();
        for (sentence, _) in document.all_sentences() {
            let mut before = [Before::default(); 2];
            for token in sentence {
                found.note(document.language.lexicon(), token, before);
                let roles = token.entry.map(Entry::roles).unwrap_or_default();
                before = [before[1], Before { roles, continues: token.word || token.text == "," }];
            }
            if found == ALL {
                break;
            }
        }
        found
    }

    /// Adds the facts that a word expresses, considering the two before it in its sentence.
    fn note(&mut self, lexicon: &Lexicon, token: &Token<'_>, [second, last]: [Before; 2]) {
        let facts = expressed(lexicon, token);
        self.add(facts);
        if token.has_digit() {
            self.add(Self(TIME.0 | NUMBER.0));
        }
        let mut chars = token.text.chars();
        // The first word of a sentence or quotation is capitalized in any case.
        let is_name = last.continues
            && chars.next().is_some_and(char::is_uppercase)
            && chars.next().is_some_and(char::is_lowercase)
            && facts.lack(TIME);
        if is_name {
            self.add(PERSON);
        }
        let leads = |before: Before| before.roles.meets(Roles::LEADS_TO_PLACE);
        let within = leads(second) && last.roles.meets(Roles::DETERMINER);
        if is_name && leads(last) || within && token.word {
            self.add(PLACE);
        }
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The kinds of facts, any one of which would answer a question; none if the text is not a question or the kind
    /// is unclear.
    pub(crate) fn asked(question: &Document<'_>) -> Self {
        let asked = question.all_sentences().find(|(_, sentence)| is_question(sentence));
        let Some((tokens, _)) = asked else { return Self::default() };
        for (at, token) in tokens.iter().enumerate().take(LEAD_WORDS) {
            let next = tokens[at + 1..].iter().map(|token| &*token.lower);
            let roles = token.entry.map(|entry| entry.longest_roles(next, Roles::ASKING)).unwrap_or_default();
            if roles.meets(Roles::ASKING) {
                let asked = ASKED.iter().find(|(role, _)| roles.meets(*role));
                return asked.map(|(_, facts)| *facts).unwrap_or_default();
            }
        }
        Self::default()
    }

    /// Whether this set has none of the kinds asked for.
    pub(crate) fn lack(self, asked: Self) -> bool {
        asked.0 != 0 && self.0 & asked.0 == 0
    }
}

/// The facts that a word expresses by itself.
fn expressed(lexicon: &Lexicon, token: &Token<'_>) -> Facts {
    let of = |roles: Roles| {
        let contained = CONTAINED.iter().filter(|(role, _)| roles.meets(*role));
        contained.fold(Facts::default(), |facts, (_, fact)| Facts(facts.0 | fact.0))
    };
    let mut facts = of(token.entry.map(Entry::roles).unwrap_or_default());
    // In lower case, "may" is rarely the month.
    if token.is(Roles::TELLS_NOTHING_IN_LOWER_CASE) && token.text == token.lower {
        facts = Facts::default();
    }
    // "Thirty-two".
    if token.lower.contains('-') && token.lower.split('-').any(|part| !of(lexicon.roles(part)).lack(NUMBER)) {
        facts.add(NUMBER);
    }
    facts
}

/// Whether a text is a question.
pub(crate) fn is_question(text: &str) -> bool {
    text.contains(QUESTION_MARKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn of(text: &str) -> Facts {
        Facts::of(&Document::new(text, Language::english()))
    }

    fn asked(question: &str) -> Facts {
        Facts::asked(&Document::new(question, Language::english()))
    }

    #[test]
    fn the_first_word_that_asks_tells_what_for() {
        assert_eq!(asked("When does the lease end?"), TIME);
        assert_eq!(asked("In what year did we move?"), TIME);
        assert_eq!(asked("Hello. Can you tell me who called?"), PERSON);
        assert_eq!(asked("Where is the key?"), PLACE);
        assert_eq!(asked("Why was it late?"), REASON);
        assert_eq!(asked("How come?"), REASON);
        assert_eq!(asked("How many guests come?"), NUMBER);
        assert_eq!(asked("How long does it rest?"), Facts(NUMBER.0 | TIME.0));
        for none in [
            "What did she say when it rained?",
            "How do I say who I am?",
            "When it rained.",
            "Did they all of them agree to say when?",
            "Wann endet der Vertrag?",
            "",
        ] {
            assert_eq!(asked(none), Facts::default(), "{none}");
        }
    }

    #[test]
    fn a_text_holds_what_its_words_and_digits_tell() {
        let holds = |text: &str, facts: Facts| of(text).0 & facts.0 == facts.0;
        assert_eq!(of("Lease of rooms"), Facts::default());
        assert!(holds("by 8:14", Facts(TIME.0 | NUMBER.0)));
        assert!(holds("On Tuesday", TIME) && !holds("On Tuesday", NUMBER));
        assert!(holds("in May", TIME) && !holds("that may be", TIME));
        assert!(holds("Thirty-two guests", NUMBER) && !holds("Thirty-two guests", TIME));
        assert!(holds("we asked Dmitri", PERSON) && holds("My aunt knows", PERSON));
        assert!(!holds("Chairs came. Chairs, again on Tuesday: Chairs", PERSON));
        assert!(
            holds("behind the woodpile", PLACE) && holds("it is in Leeds", PLACE) && holds("at home", PLACE)
        );
        assert!(!holds("the woodpile in May", PLACE));
        assert!(holds("late because of rain", REASON));
    }

    #[test]
    fn a_text_lacks_what_it_holds_no_kind_of() {
        let asked = Facts(NUMBER.0 | TIME.0);
        assert!(PERSON.lack(asked) && !TIME.lack(asked) && !ALL.lack(asked));
        assert!(!Facts::default().lack(Facts::default()));
    }
}
