//! Two texts by their words, as numbers, without what they have in common at either end.

use crate::document::{Told, told};

/// Two texts by their words, without what they have in common at either end.
pub(super) struct Apart {
    /// The number of each word, so that comparing them costs one integer comparison.
    pub(super) a: Vec<u32>,
    pub(super) b: Vec<u32>,
    /// How many distinct words there are.
    pub(super) symbols: usize,
    /// How many words of the common start were left out.
    pub(super) start: usize,
}

impl Apart {
    pub(super) fn new(a: &[&str], b: &[&str]) -> Self {
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

/// Lengths of the common start and, of what is left, the common end.
pub(super) fn common_ends<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    (start, end)
}
