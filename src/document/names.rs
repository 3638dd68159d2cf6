//! Names in a query.
//!
//! Invariant: a name is one of the words separated by white space, unchanged.

use crate::document::document::Document;
use crate::document::terms::{terms, unfinished};
use crate::document::tuning::FEW_WORDS;
use crate::language::Language;

/// Characters that end a sentence.
const ENDS: [char; 7] = ['.', '!', '?', ':', '\u{3002}', '\u{ff1f}', '\u{61f}'];

/// The words of a query that are spelled as names or identifiers.
#[derive(Debug, PartialEq)]
pub(crate) struct Names<'t> {
    words: Vec<&'t str>,
    /// Whether the last word of the query is a name and nothing follows it.
    is_last: bool,
}

impl<'t> Document<'t> {
    /// The words with a capital letter or a digit, except those capitalized only because they begin a sentence. Empty
    /// if most of many words qualify, as in titles and text in capitals, where the spelling marks no names.
    pub(crate) fn names(&self) -> Names<'t> {
        let words: Vec<&str> = self.spaced().collect();
        let is_marked = |c: char| c.is_uppercase() || c.is_numeric() || c == '_';
        let is_name = |at: usize| {
            // A query that is not a sentence may well begin with a name.
            let begins =
                if at == 0 { self.text.trim_end().ends_with(ENDS) } else { words[at - 1].ends_with(ENDS) };
            let mut letters = words[at].chars().skip_while(|c| !c.is_alphanumeric());
            let first = letters.next().is_some_and(is_marked);
            first && !begins || letters.any(is_marked)
        };
        let found: Vec<&str> = (0..words.len()).filter(|&at| is_name(at)).map(|at| words[at]).collect();
        if 2 * found.len() > words.len().max(FEW_WORDS) {
            return Names { words: Vec::new(), is_last: false };
        }
        let is_last = found.last() == words.last() && self.text.ends_with(|c: char| !c.is_whitespace());
        Names { words: found, is_last }
    }
}

impl Names<'_> {
    /// The terms of the names, in order.
    pub(crate) fn terms(&self, language: &Language) -> Vec<String> {
        self.words.iter().flat_map(|word| terms(word, language)).collect()
    }

    /// The last name if it is incomplete; see [`Document::unfinished`].
    pub(crate) fn unfinished(&self, language: &Language) -> Option<String> {
        self.words.last().filter(|_| self.is_last).and_then(|word| unfinished(word, language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (String, bool) {
        let names = Document::new(text, Language::english()).names();
        (names.words.join(" "), names.is_last)
    }

    #[test]
    fn what_is_spelled_as_a_name_is_told() {
        let found = |text: &str| names(text).0;
        assert_eq!(found("Kestrel budget"), "Kestrel");
        assert_eq!(
            found("the budget of Kestrel, parse_header and v2 or getItem"),
            "Kestrel, parse_header v2 getItem"
        );
        assert_eq!(found("Anna Smith"), "Anna Smith");
        assert_eq!(found("When did Anna call? Nobody says so."), "Anna");
        assert_eq!(found("BRCA1 is large."), "BRCA1");
        for none in [
            "when it rained",
            "When it rained.",
            "ON THE BUDGET OF ALL BOATS",
            "Notes on the Use of Old Harbour Walls",
            "",
        ] {
            assert_eq!(found(none), "", "{none}");
        }
        assert!(names("the Kest").1 && !names("the Kestrel ").1 && !names("Kestrel bud").1);
    }

    #[test]
    fn names_give_their_terms_and_the_one_that_is_typed() {
        let english = Language::english();
        let document = Document::new("the budgets of Kestrels, getItems and Mar", english);
        let names = document.names();
        assert_eq!(names.terms(english), ["kestrel", "getitem", "get", "item", "mar"]);
        assert_eq!(names.unfinished(english).as_deref(), Some("mar"));
        assert_eq!(Document::new("Kestrel bud", english).names().unfinished(english), None);
    }
}
