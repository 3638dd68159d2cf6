//! What is usual in people's texts: how often a feature shows in them, and where the middle of a length lies.
//!
//! Invariant: numbers by the names of features, measured over many authors; a language without such a table has none, so
//! that nothing is held against the habits of another language.

use crate::hash::WordMap;
use crate::language::lists::content;

/// The longest texts of each class but the last, in words.
const CLASS_WORDS: [f32; 4] = [12.0, 30.0, 75.0, 180.0]; // fixed: the classes of the tables

/// What is usual of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Usual {
    /// The share of texts that have any of it, 0 to 1, for each class of length.
    Any([f32; 5]),
    /// The share of texts that mostly make a choice, of those that have it, 0 to 1.
    Most(f32),
    /// The same of a choice in which the language has a rule: to follow it is nothing of the person's own.
    Rule(f32),
    /// The value that half of the texts are above, in the feature's unit.
    Middle(f32),
}

/// The class of a text of so many words, 0 to 4; what is found in a text depends on its length above all.
pub fn length_class(words: f32) -> usize {
    CLASS_WORDS.iter().take_while(|most| words > **most).count()
}

/// The table of a file: a name in brackets, then a line with its kind and numbers.
pub(super) fn read(file: &'static str) -> WordMap<Usual> {
    let mut table = WordMap::default();
    let mut name = "";
    for line in content(file) {
        if let Some(own) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            name = own;
        } else if let Some(usual) = parse(line) {
            table.insert(name, usual);
        }
    }
    table
}

fn parse(line: &str) -> Option<Usual> {
    let (kind, numbers) = line.split_once(':')?;
    let numbers: Vec<f32> = numbers.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    match (kind, numbers.as_slice()) {
        ("any", rates) => rates.try_into().ok().map(Usual::Any),
        ("most", [share]) => Some(Usual::Most(*share)),
        ("rule", [share]) => Some(Usual::Rule(*share)),
        ("middle", [value]) => Some(Usual::Middle(*value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let table = read(
            "# A comment.\n[a]\nany: 0 .1 .2 .3 1\n[b]\nmost: 0.4\n[c]\nmiddle: 38.5\n[d]\nany: 1\n[e]\nrule: .9\n",
        );
        assert_eq!(table.get("a"), Some(&Usual::Any([0.0, 0.1, 0.2, 0.3, 1.0])));
        assert_eq!(table.get("b"), Some(&Usual::Most(0.4)));
        assert_eq!(table.get("c"), Some(&Usual::Middle(38.5)));
        assert_eq!(table.get("d"), None);
        assert_eq!(table.get("e"), Some(&Usual::Rule(0.9)));
        assert_eq!([1.0, 12.0, 13.0, 180.0, 900.0].map(length_class), [0, 0, 1, 3, 4]);
    }
}
