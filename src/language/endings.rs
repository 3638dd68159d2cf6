//! Word endings and what they indicate.
//!
//! Invariant: endings are compared byte by byte, so that the result depends only on the end of the word.

/// What an ending indicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A past participle.
    Participle,
    /// A present participle or gerund.
    Gerund,
    Adverb,
    /// A noun derived from a verb.
    Nominal,
    /// Another word of Latin or Greek origin.
    Learned,
    /// An ornamental adjective.
    Adjective,
    /// An abstract noun.
    Abstract,
    /// An ending removed before words are compared.
    Trimmed,
    /// An ending removed in a second step.
    TrimmedLast,
}

impl Ending {
    pub(crate) const ALL: usize = 9;

    /// The ending with the name of a list.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ending-participle" => Self::Participle,
            "ending-gerund" => Self::Gerund,
            "ending-adverb" => Self::Adverb,
            "ending-nominal" => Self::Nominal,
            "ending-learned" => Self::Learned,
            "ending-adjective" => Self::Adjective,
            "ending-abstract" => Self::Abstract,
            "ending-trimmed" => Self::Trimmed,
            "ending-trimmed-last" => Self::TrimmedLast,
            _ => return None,
        })
    }
}

/// The endings of one kind.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    /// Longest first.
    all: Vec<&'static [u8]>,
    /// The set of last bytes, one bit for each value of the lowest seven bits; it rules out most words.
    last: u128,
}

impl Endings {
    pub(crate) fn add(&mut self, ending: &'static str) {
        let ending = ending.as_bytes();
        let Some(last) = ending.last() else { return };
        self.last |= 1 << (last & 0x7f);
        let longer = self.all.partition_point(|other| other.len() >= ending.len());
        self.all.insert(longer, ending);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The length of the longest ending of `word` that leaves at least `rest` bytes; 0 if there is none.
    pub(crate) fn of(&self, word: &str, rest: usize) -> usize {
        let word = word.as_bytes();
        let Some(last) = word.last() else { return 0 };
        if self.last & 1 << (last & 0x7f) == 0 {
            return 0;
        }
        let fits = |ending: &&&[u8]| word.len() >= rest + ending.len() && word.ends_with(ending);
        self.all.iter().find(fits).map_or(0, |ending| ending.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ending_that_leaves_enough() {
        let mut endings = Endings::default();
        for ending in ["s", "ness", "es"] {
            endings.add(ending);
        }
        assert_eq!(["kindness", "boxes", "cats", "cat", ""].map(|word| endings.of(word, 1)), [4, 2, 1, 0, 0]);
        assert_eq!(endings.of("ness", 1), 1);
        assert_eq!(endings.of("as", 2), 0);
    }
}
