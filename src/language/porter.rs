//! English word stems by the algorithm of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.
//!
//! Invariant: the same word always has the same stem, which is never longer than the word and never empty. Only words
//! of ASCII letters are touched; others stay whole.

use std::collections::BTreeSet;

/// Shortest word that has a stem of its own.
const SHORTEST: usize = 3;

/// The stem of a lower-case word; the word itself where it holds anything but ASCII letters.
pub(crate) fn stem(word: String) -> String {
    if word.len() < SHORTEST || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    let mut word = Word(word.into_bytes());
    word.plurals();
    word.past_and_gerund();
    if word.ends("y") && word.has_vowel(word.0.len() - 1) {
        word.replace(1, "i");
    }
    word.first_of(&DOUBLE, 1);
    word.first_of(&SINGLE, 1);
    word.bare_suffix();
    word.final_e();
    String::from_utf8(word.0).unwrap_or_default()
}

/// Stems that do not begin as `beginning` does, of words that do: those that end with a known suffix which it may have
/// begun ("meetin" for "meeting").
pub(crate) fn stems_of_longer(beginning: &str) -> BTreeSet<String> {
    let suffixes = DOUBLE.iter().chain(&SINGLE).map(|(suffix, _)| *suffix).chain(BARE).chain(INFLECTIONS);
    let longer = suffixes.flat_map(|suffix| {
        let begun = (0..suffix.len()).filter(move |&at| beginning.ends_with(&suffix[..at]));
        begun.map(move |at| stem(format!("{beginning}{}", &suffix[at..])))
    });
    longer.filter(|stem| !stem.starts_with(beginning)).collect()
}

/// Step 1, as far as a word's beginning can tell.
const INFLECTIONS: [&str; 3] = ["s", "ed", "ing"];

/// Step 2: suffixes made of two, replaced where the measure of what is before them is above 0.
const DOUBLE: [(&str, &str); 20] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];

/// Step 3, under the same condition.
const SINGLE: [(&str, &str); 7] = [
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

/// Step 4: suffixes that go where the measure is above 1; longer ones first.
const BARE: [&str; 19] = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
    "ion", "al", "er", "ic", "ou",
];

struct Word(Vec<u8>);

impl Word {
    fn consonant(&self, at: usize) -> bool {
        match self.0[at] {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => at == 0 || !self.consonant(at - 1),
            _ => true,
        }
    }

    /// How often a vowel is followed by a consonant in the first `end` letters.
    fn measure(&self, end: usize) -> usize {
        let mut last = true;
        let mut count = 0;
        for at in 0..end {
            let now = self.consonant(at);
            count += usize::from(now && !last);
            last = now;
        }
        count
    }

    fn has_vowel(&self, end: usize) -> bool {
        (0..end).any(|at| !self.consonant(at))
    }

    fn ends(&self, suffix: &str) -> bool {
        // Most are told by their last letter.
        self.0.last() == suffix.as_bytes().last() && self.0.ends_with(suffix.as_bytes())
    }

    fn replace(&mut self, cut: usize, with: &str) {
        self.0.truncate(self.0.len() - cut);
        self.0.extend(with.as_bytes());
    }

    fn double_consonant(&self) -> bool {
        let n = self.0.len();
        n > 1 && self.0[n - 1] == self.0[n - 2] && self.consonant(n - 1)
    }

    /// Whether the first `end` letters end consonant, vowel, consonant, the last not w, x or y.
    fn short_end(&self, end: usize) -> bool {
        end > 2
            && self.consonant(end - 1)
            && !self.consonant(end - 2)
            && self.consonant(end - 3)
            && !matches!(self.0[end - 1], b'w' | b'x' | b'y')
    }

    /// Replaces the first suffix of `rules` that fits, where the measure before it is at least `measure`.
    fn first_of(&mut self, rules: &[(&str, &str)], measure: usize) {
        if let Some((suffix, with)) = rules.iter().find(|(suffix, _)| self.ends(suffix))
            && self.measure(self.0.len() - suffix.len()) >= measure
        {
            self.replace(suffix.len(), with);
        }
    }

    fn plurals(&mut self) {
        if self.ends("sses") || self.ends("ies") {
            self.replace(2, "");
        } else if self.ends("s") && !self.ends("ss") {
            self.replace(1, "");
        }
    }

    fn past_and_gerund(&mut self) {
        if self.ends("eed") {
            if self.measure(self.0.len() - 3) > 0 {
                self.replace(1, "");
            }
            return;
        }
        let Some(cut) = ["ed", "ing"].into_iter().find(|suffix| self.ends(suffix)).map(str::len) else {
            return;
        };
        if !self.has_vowel(self.0.len() - cut) {
            return;
        }
        self.replace(cut, "");
        if self.ends("at") || self.ends("bl") || self.ends("iz") {
            self.0.push(b'e');
        } else if self.double_consonant() && !matches!(self.0.last(), Some(b'l' | b's' | b'z')) {
            self.0.pop();
        } else if self.measure(self.0.len()) == 1 && self.short_end(self.0.len()) {
            self.0.push(b'e');
        }
    }

    fn bare_suffix(&mut self) {
        let Some(suffix) = BARE.into_iter().find(|suffix| self.ends(suffix)) else { return };
        let rest = self.0.len() - suffix.len();
        let fits = suffix != "ion" || rest > 0 && matches!(self.0[rest - 1], b's' | b't');
        if fits && self.measure(rest) > 1 {
            self.0.truncate(rest);
        }
    }

    fn final_e(&mut self) {
        let n = self.0.len();
        if self.ends("e") {
            let measure = self.measure(n - 1);
            if measure > 1 || measure == 1 && !self.short_end(n - 1) {
                self.0.pop();
            }
        }
        if self.ends("ll") && self.measure(self.0.len()) > 1 {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_paper() {
        let pairs = [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("cats", "cat"),
            ("feed", "feed"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("motoring", "motor"),
            ("sing", "sing"),
            ("conflated", "conflat"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("filing", "file"),
            ("happy", "happi"),
            ("relational", "relat"),
            ("vietnamization", "vietnam"),
            ("triplicate", "triplic"),
            ("hopefulness", "hope"),
            ("adjustment", "adjust"),
            ("adoption", "adopt"),
            ("effective", "effect"),
            ("rate", "rate"),
            ("controlling", "control"),
            ("generalizations", "gener"),
        ];
        for (word, expected) in pairs {
            assert_eq!(stem(word.to_owned()), expected, "{word}");
        }
        for whole in ["я", "être", "a", "is", "b2b", "naïve", "x86"] {
            assert_eq!(stem(whole.to_owned()), whole);
        }
    }

    #[test]
    fn what_is_begun_may_end_in_a_suffix_that_the_stem_lacks() {
        for (beginning, stem) in [
            ("meetin", "meet"),
            ("makin", "make"),
            ("runn", "run"),
            ("happines", "happi"),
            ("relationa", "relat"),
            ("previousl", "previous"),
            ("citie", "citi"),
            ("possibilit", "possibl"),
            ("generalizatio", "gener"),
        ] {
            assert!(
                stems_of_longer(beginning).contains(stem),
                "{beginning}: {:?}",
                stems_of_longer(beginning)
            );
        }
        assert!(stems_of_longer("meet").is_empty() && stems_of_longer("résu").is_empty());
    }

    proptest! {
        #[test]
        fn the_stem_is_never_longer_and_never_empty(word in "[a-z]{0,20}") {
            let stem = stem(word.clone());
            prop_assert!(stem.len() <= word.len());
            prop_assert!(word.is_empty() || !stem.is_empty());
        }
    }
}
