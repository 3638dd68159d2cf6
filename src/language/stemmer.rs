//! Stemming, selected by a name in the lists of a language.
//!
//! Invariant: the same word always has the same stem, which is never empty. Only words consisting of letters and
//! marks are stemmed; identifiers and numbers stay unchanged.

use std::borrow::Cow;

use snowball_stemmers_rs::{Algorithm, Stemmer as Snowball};

/// A stemming algorithm.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stemmer {
    /// Each word is its own stem.
    None,
    /// One of the Snowball algorithms. `english` is M. F. Porter's second (2001), which he recommends over the first.
    Snowball(Algorithm),
}

impl Stemmer {
    /// The Snowball algorithm with this name; [`Stemmer::None`] for an unknown name.
    pub(crate) fn named(name: &str) -> Self {
        let algorithm = match name {
            "arabic" => Algorithm::Arabic,
            "armenian" => Algorithm::Armenian,
            "basque" => Algorithm::Basque,
            "catalan" => Algorithm::Catalan,
            "czech" => Algorithm::Czech,
            "danish" => Algorithm::Danish,
            "dutch" => Algorithm::Dutch,
            "english" => Algorithm::English,
            "esperanto" => Algorithm::Esperanto,
            "estonian" => Algorithm::Estonian,
            "finnish" => Algorithm::Finnish,
            "french" => Algorithm::French,
            "german" => Algorithm::German,
            "greek" => Algorithm::Greek,
            "hindi" => Algorithm::Hindi,
            "hungarian" => Algorithm::Hungarian,
            "indonesian" => Algorithm::Indonesian,
            "irish" => Algorithm::Irish,
            "italian" => Algorithm::Italian,
            "lithuanian" => Algorithm::Lithuanian,
            "nepali" => Algorithm::Nepali,
            "norwegian" => Algorithm::Norwegian,
            "persian" => Algorithm::Persian,
            "polish" => Algorithm::Polish,
            "portuguese" => Algorithm::Portuguese,
            "romanian" => Algorithm::Romanian,
            "russian" => Algorithm::Russian,
            "serbian" => Algorithm::Serbian,
            "sesotho" => Algorithm::Sesotho,
            "spanish" => Algorithm::Spanish,
            "swedish" => Algorithm::Swedish,
            "tamil" => Algorithm::Tamil,
            "turkish" => Algorithm::Turkish,
            "ukrainian" => Algorithm::Ukrainian,
            "yiddish" => Algorithm::Yiddish,
            _ => return Self::None,
        };
        Self::Snowball(algorithm)
    }

    /// The stem of a word in lower case.
    pub(crate) fn stem(self, word: String) -> String {
        let Self::Snowball(algorithm) = self else { return word };
        if !word.bytes().all(|byte| byte.is_ascii_lowercase() || !byte.is_ascii()) {
            return word;
        }
        match Snowball::create(algorithm).stem(&word) {
            Cow::Owned(stem) if !stem.is_empty() => stem,
            _ => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 35] = [
        "arabic",
        "armenian",
        "basque",
        "catalan",
        "czech",
        "danish",
        "dutch",
        "english",
        "esperanto",
        "estonian",
        "finnish",
        "french",
        "german",
        "greek",
        "hindi",
        "hungarian",
        "indonesian",
        "irish",
        "italian",
        "lithuanian",
        "nepali",
        "norwegian",
        "persian",
        "polish",
        "portuguese",
        "romanian",
        "russian",
        "serbian",
        "sesotho",
        "spanish",
        "swedish",
        "tamil",
        "turkish",
        "ukrainian",
        "yiddish",
    ];

    fn stem(name: &str, word: &str) -> String {
        Stemmer::named(name).stem(word.to_owned())
    }

    #[test]
    fn an_algorithm_is_named() {
        assert_eq!(stem("english", "relational"), "relat");
        assert_eq!(stem("german", "b\u{fc}cher"), "buch");
        assert_eq!(stem("none", "books"), "books");
        assert!(NAMES.iter().all(|name| matches!(Stemmer::named(name), Stemmer::Snowball(_))));
    }

    #[test]
    fn english_words_have_the_stems_of_the_second_algorithm() {
        for (word, expected) in [
            ("caresses", "caress"),
            ("ties", "tie"),
            ("ponies", "poni"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("sing", "sing"),
            ("hopping", "hop"),
            ("filing", "file"),
            ("happy", "happi"),
            ("generalizations", "general"),
            ("skies", "sky"),
            ("dying", "die"),
            ("news", "news"),
            ("caf\u{e9}s", "caf\u{e9}"),
            ("na\u{ef}ve", "na\u{ef}v"),
        ] {
            assert_eq!(stem("english", word), expected, "{word}");
        }
        for whole in ["\u{44f}", "\u{ea}tre", "a", "is", "b2b", "x86", "max_items", "v2.1"] {
            assert_eq!(stem("english", whole), whole);
        }
    }

    proptest! {
        #[test]
        fn any_word_has_a_stem(word in prop_oneof!["[a-z]{0,20}", "[a-z\u{e0}-\u{17f}]{0,12}", any::<String>()]) {
            for name in NAMES {
                let stem = stem(name, &word);
                prop_assert_eq!(word.is_empty(), stem.is_empty(), "{}", name);
                prop_assert_eq!(&stem, &Stemmer::named(name).stem(word.clone()));
            }
        }
    }
}
