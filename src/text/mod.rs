//! Plain text work: words, sentences, diff and edit distance. Knows no language but falls back well.
//!
//! Invariant: every function is total and bounded: any UTF-8 text up to the engine's limit gives an answer in
//! time that the limit bounds.

mod diff;
mod distance;
mod hash;
mod structure;
mod token;

pub use diff::{Hunk, diff};
pub(crate) use distance::distance_of;
pub use distance::edit_distance;
pub(crate) use hash::{WordMap, WordSet};
pub(crate) use structure::own_part;
pub use structure::{Line, LineKind, lines, own_text, paragraphs, sentences};
pub(crate) use token::{Words, fold, is_ideograph};
pub use token::{is_word, words};

/// Two texts by their words, without what they have in common at either end.
struct Apart {
    /// The number of each word, so that comparing them costs one integer comparison.
    a: Vec<u32>,
    b: Vec<u32>,
    /// How many distinct words there are.
    symbols: usize,
    /// How many words of the common start were left out.
    start: usize,
}

impl Apart {
    fn new(a: &[&str], b: &[&str]) -> Self {
        let (start, end) = common_ends(a, b);
        let (a, b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
        let mut words: Vec<(Told, usize)> =
            a.iter().chain(b).enumerate().map(|(at, word)| (told(word), at)).collect();
        words.sort_unstable();
        let mut numbers = vec![0; words.len()];
        let mut symbols = 0;
        for same in words.chunk_by(|one, other| one.0 == other.0) {
            for (_, at) in same {
                numbers[*at] = symbols;
            }
            symbols += 1;
        }
        let b = numbers.split_off(a.len());
        Self { a: numbers, b, symbols: symbols as usize, start }
    }
}

/// A word with its length and first letters before it, which mostly tell it from another at once.
type Told<'t> = (u64, &'t str);

fn told(word: &str) -> Told<'_> {
    let letters = word.bytes().take(7).fold(0, |letters, byte| letters << 8 | u64::from(byte));
    ((word.len() as u64) << 56 | letters, word)
}

/// How many different words there are.
pub(crate) fn different<'t>(words: impl Iterator<Item = &'t str>) -> usize {
    let mut words: Vec<Told> = words.map(told).collect();
    words.sort_unstable();
    words.dedup();
    words.len()
}

/// Lengths of the common start and, of what is left, the common end.
fn common_ends<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    (start, end)
}
