//! Judges by its letters which of two spellings of a word is better formed.
//!
//! Invariant: only a hint. There is no dictionary, only the frequencies of trigrams in the words of the crate's
//! lists. Words with letters other than a to z are not judged.

use crate::language::lexicon::Lexicon;
use crate::language::tuning::spelling::{LETTER_COST, LISTED, SMOOTHING, WORD_MAX};

/// The letters, and a sign for the start and end of a word.
const SIGNS: usize = 27;

/// Natural logarithm of the probability of each sign given the two before it, in the words of a language's lists.
#[derive(Debug)]
pub(crate) struct Letters(Vec<f32>);

impl Letters {
    pub(crate) fn of(lexicon: &Lexicon) -> Self {
        let mut counts = vec![0.0f32; SIGNS * SIGNS * SIGNS];
        for word in lexicon.words() {
            if let Some(places) = places(word) {
                places.for_each(|place| counts[place] += 1.0);
            }
        }
        for row in counts.chunks_mut(SIGNS) {
            let all: f32 = row.iter().sum::<f32>() + SMOOTHING * SIGNS as f32;
            for count in row {
                *count = ((*count + SMOOTHING) / all).ln();
            }
        }
        Self(counts)
    }

    /// How much better formed the spelling `to` is than `from`, both in lower case, in nats, -5 to 5; above 0 if it
    /// is better.
    pub(crate) fn better_spelt(&self, lexicon: &Lexicon, from: &str, to: &str) -> f32 {
        let likelihood =
            |word: &str| Some(places(word)?.map(|place| self.0[place] + LETTER_COST).sum::<f32>());
        let (Some(old), Some(new)) = (likelihood(from), likelihood(to)) else { return 0.0 };
        let listed = f32::from(u8::from(lexicon.holds(to))) - f32::from(u8::from(lexicon.holds(from)));
        (new - old + LISTED * listed).clamp(-WORD_MAX, WORD_MAX)
    }
}

/// Table positions of the word's trigrams, including its edges; `None` if it has signs other than a to z.
fn places(word: &str) -> Option<impl Iterator<Item = usize>> {
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    plain.then(|| {
        let signs = word.bytes().map(|byte| usize::from(byte - b'a') + 1).chain([0]);
        let mut before = 0;
        signs.map(move |sign| {
            let place = before * SIGNS + sign;
            before = place % (SIGNS * SIGNS);
            place
        })
    })
}
