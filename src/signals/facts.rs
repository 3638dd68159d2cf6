//! What a question asks for, and whether a text holds such a thing: a time, a number, a person, a place, a reason.
//!
//! Invariant: a hint from digits, capitals and closed lists of English words, never a reason to leave an item out; a
//! question that names none of these, or is asked in another language, asks for nothing.

use std::sync::LazyLock;

use crate::document::{fold, is_word, sentences, words};
use crate::hash::WordMap;

/// Kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Facts(pub(crate) u8);

const TIME: Facts = Facts(1);
const NUMBER: Facts = Facts(2);
const PERSON: Facts = Facts(4);
const PLACE: Facts = Facts(8);
const REASON: Facts = Facts(16);
const ALL: Facts = Facts(31);

/// Words of a question among which the one that asks is looked for ("Can you tell me when").
const LEAD: usize = 6;
const QUESTION_MARKS: [char; 4] = ['?', '\u{ff1f}', '\u{61f}', '\u{37e}'];

#[rustfmt::skip]
const TIMES: [&str; 58] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "yesterday",
    "tomorrow", "tonight", "noon", "midnight", "morning", "mornings", "afternoon", "evening", "night", "nights", "weekend",
    "weekends", "day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "minute", "minutes",
    "ago", "since", "until", "spring", "summer", "autumn", "winter", "christmas", "easter", "birthday", "last", "next",
    "soon",
];
#[rustfmt::skip]
const NUMBERS: [&str; 37] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty",
    "seventy", "eighty", "ninety", "hundred", "thousand", "million", "dozen", "couple", "few", "several", "half", "twice",
    "once",
];
#[rustfmt::skip]
const PEOPLE: [&str; 27] = [
    "he", "she", "his", "her", "him", "hers", "mother", "father", "mom", "mum", "dad", "parents", "sister", "brother",
    "aunt", "uncle", "cousin", "son", "daughter", "wife", "husband", "friend", "friends", "colleague", "boss",
    "neighbour", "neighbor",
];
#[rustfmt::skip]
const REASONS: [&str; 13] = [
    "because", "since", "due", "owing", "thanks", "therefore", "reason", "reasons", "cause", "caused", "wanted", "want",
    "so",
];
/// What a place follows, and what stands between.
#[rustfmt::skip]
const AT: [&str; 13] = [
    "in", "at", "under", "behind", "beside", "near", "on", "below", "above", "inside", "outside", "from", "to",
];
const DETERMINERS: [&str; 11] =
    ["the", "a", "an", "my", "our", "your", "his", "her", "their", "this", "that"];
/// How much, in "how much".
const AMOUNTS: [&str; 4] = ["many", "much", "few", "little"];
/// How long, told as a number or as a time.
const MEASURES: [&str; 9] = ["long", "often", "old", "far", "big", "tall", "soon", "late", "high"];
const MOMENTS: [&str; 6] = ["time", "date", "day", "year", "month", "week"];

/// What a word tells, in lower case: facts, and whether it leads to a place or stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Hints {
    facts: Facts,
    leads: bool,
    determines: bool,
}

static HINTS: LazyLock<WordMap<Hints>> = LazyLock::new(|| {
    let mut hints: WordMap<Hints> = WordMap::default();
    let lists: [(&[&str], Facts); 5] =
        [(&TIMES, TIME), (&NUMBERS, NUMBER), (&PEOPLE, PERSON), (&["home"], PLACE), (&REASONS, REASON)];
    for (list, facts) in lists {
        for word in list {
            hints.entry(word).or_default().facts.add(facts);
        }
    }
    for word in AT {
        hints.entry(word).or_default().leads = true;
    }
    for word in DETERMINERS {
        hints.entry(word).or_default().determines = true;
    }
    hints
});

/// A word of a sentence, as those after it see it.
#[derive(Clone, Copy, Default)]
struct Before {
    hints: Hints,
    /// A word, or a comma: a capital after it is that of a name.
    continues: bool,
}

impl Facts {
    /// The kinds of facts that a text holds.
    pub(crate) fn of(text: &str) -> Self {
        let mut found = Self::default();
        for sentence in sentences(text) {
            let mut before = [Before::default(); 2];
            for word in words(sentence) {
                let hints = hints(word);
                let is_word = is_word(word);
                found.note(word, is_word, hints, before);
                before = [before[1], Before { hints, continues: is_word || word == "," }];
            }
            if found == ALL {
                break;
            }
        }
        found
    }

    /// Adds what a word tells after the two before it in its sentence.
    fn note(&mut self, word: &str, is_word: bool, hints: Hints, [second, last]: [Before; 2]) {
        self.add(hints.facts);
        if word.contains(char::is_numeric) {
            self.add(Self(TIME.0 | NUMBER.0));
        }
        let mut chars = word.chars();
        // The first word of a sentence, or of what is quoted, has its capital for that.
        let is_name = last.continues
            && chars.next().is_some_and(char::is_uppercase)
            && chars.next().is_some_and(char::is_lowercase)
            && hints.facts.lack(TIME);
        if is_name {
            self.add(PERSON);
        }
        if is_name && last.hints.leads || second.hints.leads && last.hints.determines && is_word {
            self.add(PLACE);
        }
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The kinds of facts one of which answers a question; none where the text is no question or does not tell.
    pub(crate) fn asked(question: &str) -> Self {
        let Some(sentence) = sentences(question).into_iter().find(|sentence| is_question(sentence)) else {
            return Self::default();
        };
        let words: Vec<String> = words(sentence).into_iter().map(str::to_lowercase).collect();
        let next =
            |at: usize, list: &[&str]| words.get(at + 1).is_some_and(|word| list.contains(&word.as_str()));
        for (at, word) in words.iter().enumerate().take(LEAD) {
            return match word.as_str() {
                "when" => TIME,
                "who" | "whom" | "whose" => PERSON,
                "where" => PLACE,
                "why" => REASON,
                "how" if next(at, &["come"]) => REASON,
                "how" if next(at, &AMOUNTS) => NUMBER,
                "how" if next(at, &MEASURES) => Self(NUMBER.0 | TIME.0),
                "what" | "which" if next(at, &MOMENTS) => TIME,
                "how" | "what" | "which" => Self::default(),
                _ => continue,
            };
        }
        Self::default()
    }

    /// Whether none of what is asked for is among these.
    pub(crate) fn lack(self, asked: Self) -> bool {
        asked.0 != 0 && self.0 & asked.0 == 0
    }
}

fn hints(word: &str) -> Hints {
    let lower = fold(word);
    let found = |word: &str| HINTS.get(word).copied().unwrap_or_default();
    let mut hints = found(&lower);
    // Mostly "may" is no month.
    if word == "may" {
        hints.facts = Facts::default();
    }
    // "Thirty-two".
    if lower.contains('-') && lower.split('-').any(|part| !found(part).facts.lack(NUMBER)) {
        hints.facts.add(NUMBER);
    }
    hints
}

/// Whether a text asks.
pub(crate) fn is_question(text: &str) -> bool {
    text.contains(QUESTION_MARKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_that_asks_tells_what_for() {
        assert_eq!(Facts::asked("When does the lease end?"), TIME);
        assert_eq!(Facts::asked("In what year did we move?"), TIME);
        assert_eq!(Facts::asked("Hello. Can you tell me who called?"), PERSON);
        assert_eq!(Facts::asked("Where is the key?"), PLACE);
        assert_eq!(Facts::asked("Why was it late?"), REASON);
        assert_eq!(Facts::asked("How come?"), REASON);
        assert_eq!(Facts::asked("How many guests come?"), NUMBER);
        assert_eq!(Facts::asked("How long does it rest?"), Facts(NUMBER.0 | TIME.0));
        for none in [
            "What did she say when it rained?",
            "How do I say who I am?",
            "When it rained.",
            "Did they all of them agree to say when?",
            "Wann endet der Vertrag?",
            "",
        ] {
            assert_eq!(Facts::asked(none), Facts::default(), "{none}");
        }
    }

    #[test]
    fn a_text_holds_what_its_words_and_digits_tell() {
        let holds = |text: &str, facts: Facts| Facts::of(text).0 & facts.0 == facts.0;
        assert_eq!(Facts::of("Lease of rooms"), Facts::default());
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
