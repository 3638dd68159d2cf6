//! Words and pairs of words that a person let stand: what tells a habit of avoiding a phrase from a phrase that went
//! along with something else once.
//!
//! Invariant: holds no text, only hashes of 16 bits; a phrase that was kept is always found, another one in a hundred
//! at most is found by chance. Texts count by their beginning.

use serde::{Deserialize, Serialize};

/// Words of a text that are noted.
const WORDS_MAX: usize = 160;

/// Hashes of words and pairs, ascending; at most two for each of the first words of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept(Box<[u16]>);

/// FNV-1a of words, each with a space after it.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    const NONE: Self = Self(0xcbf2_9ce4_8422_2325);

    fn and(self, word: &str) -> Self {
        let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(word.bytes().chain([b' ']).fold(self.0, add))
    }

    fn folded(self) -> u16 {
        let Self(hash) = self;
        (hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48) as u16
    }
}

/// Ascending.
fn hashes<'t>(words: impl Iterator<Item = &'t str>) -> Vec<u16> {
    let mut hashes = Vec::with_capacity(2 * WORDS_MAX);
    let mut before: Option<Hash> = None;
    for word in words.take(WORDS_MAX) {
        hashes.extend(before.map(|before| before.and(word).folded()));
        let own = Hash::NONE.and(word);
        hashes.push(own.folded());
        before = Some(own);
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

impl Kept {
    /// Of a text, by its words in lower case.
    pub(crate) fn of<'t>(text: impl Iterator<Item = &'t str>) -> Self {
        Self(hashes(text).into())
    }

    /// Of a draft, what is in the final text, too.
    pub(crate) fn between<'t>(
        draft: impl Iterator<Item = &'t str>,
        edited: impl Iterator<Item = &'t str>,
    ) -> Self {
        let (mut kept, edited) = (hashes(draft), hashes(edited));
        let mut edited = edited.into_iter().peekable();
        kept.retain(|hash| {
            while edited.next_if(|other| other < hash).is_some() {}
            edited.peek() == Some(hash)
        });
        Self(kept.into())
    }

    /// Bytes held elsewhere.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// Whether a phrase was kept.
    pub(crate) fn holds(&self, phrase: &Phrase) -> bool {
        !phrase.0.is_empty() && phrase.0.iter().all(|hash| self.0.binary_search(hash).is_ok())
    }
}

/// What a phrase is looked up by: the hash of its word, or those of its pairs.
#[derive(Debug)]
pub(crate) struct Phrase(Vec<u16>);

impl Phrase {
    /// Of a phrase in lower case with single spaces.
    pub(crate) fn of(phrase: &str) -> Self {
        let words: Vec<&str> = phrase.split(' ').filter(|word| !word.is_empty()).collect();
        let hash = |words: &[&str]| words.iter().fold(Hash::NONE, |hash, word| hash.and(word)).folded();
        Self(match words.as_slice() {
            [] => Vec::new(),
            [word] => vec![hash(&[*word])],
            words => words.windows(2).map(hash).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found() {
        let words = |text: &'static str| text.split(' ');
        let kept =
            Kept::between(words("i think that it is perhaps late"), words("i think it is rather late"));
        for phrase in ["i think", "it is", "late", "i"] {
            assert!(kept.holds(&Phrase::of(phrase)), "{phrase}");
        }
        for phrase in ["perhaps", "rather", "think it", "think that", "", "is late"] {
            assert!(!kept.holds(&Phrase::of(phrase)), "{phrase}");
        }
        assert!(!Kept::of("".split(' ')).holds(&Phrase::of("late")));
    }
}
