//! How the stems of a language are made: by the name that its lists give.
//!
//! Invariant: the same word always has the same stem, which is never empty.

use std::collections::BTreeSet;

use rust_stemmers::Algorithm;

use crate::language::porter;

/// How stems are made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stemmer {
    /// Each word is its own stem.
    None,
    /// English, by Porter's first algorithm.
    Porter,
    /// One of the Snowball algorithms.
    Snowball(Algorithm),
}

impl Stemmer {
    /// By name: "porter", or the name of a Snowball algorithm.
    pub(crate) fn named(name: &str) -> Self {
        let algorithm = match name {
            "porter" => return Self::Porter,
            "arabic" => Algorithm::Arabic,
            "danish" => Algorithm::Danish,
            "dutch" => Algorithm::Dutch,
            "english" => Algorithm::English,
            "finnish" => Algorithm::Finnish,
            "french" => Algorithm::French,
            "german" => Algorithm::German,
            "greek" => Algorithm::Greek,
            "hungarian" => Algorithm::Hungarian,
            "italian" => Algorithm::Italian,
            "norwegian" => Algorithm::Norwegian,
            "portuguese" => Algorithm::Portuguese,
            "romanian" => Algorithm::Romanian,
            "russian" => Algorithm::Russian,
            "spanish" => Algorithm::Spanish,
            "swedish" => Algorithm::Swedish,
            "tamil" => Algorithm::Tamil,
            "turkish" => Algorithm::Turkish,
            _ => return Self::None,
        };
        Self::Snowball(algorithm)
    }

    pub(crate) fn stem(self, word: String) -> String {
        match self {
            Self::None => word,
            Self::Porter => porter::stem(word),
            Self::Snowball(algorithm) => {
                let stem = rust_stemmers::Stemmer::create(algorithm).stem(&word).into_owned();
                if stem.is_empty() { word } else { stem }
            }
        }
    }

    /// Stems that do not begin as `beginning` does, of words that do; none where that is not known.
    pub(crate) fn stems_of_longer(self, beginning: &str) -> BTreeSet<String> {
        match self {
            Self::Porter => porter::stems_of_longer(beginning),
            Self::None | Self::Snowball(_) => BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_named() {
        let stem = |name: &str, word: &str| Stemmer::named(name).stem(word.to_owned());
        assert_eq!(stem("porter", "relational"), "relat");
        assert_eq!(stem("german", "bücher"), "buch");
        assert_eq!(stem("none", "books"), "books");
    }
}
