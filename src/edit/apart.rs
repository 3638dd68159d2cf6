//! Two texts by their words, as numbers, without what they have in common at either end.
//!
//! Invariant: the same number is the same word; what was cut off is equal on both sides.

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
    /// `word` gives the word of an item.
    pub(super) fn new<'t, T>(a: &[T], b: &[T], word: impl Fn(&T) -> &'t str) -> Self {
        #[cfg(test)]
        counted::COMPARED.with(|compared| compared.set(compared.get() + 1));
        let key = |item: &T| -> Told<'t> { told(word(item)) };
        Self::by(a, b, |one, other| word(one) == word(other), key)
    }

    /// Of parts of texts whose words have numbers.
    pub(super) fn renumbered(a: &[u32], b: &[u32]) -> Self {
        Self::by(a, b, |one, other| one == other, |number| *number)
    }

    fn by<T, K: Ord>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool, key: impl Fn(&T) -> K) -> Self {
        let (start, end) = common_ends(a, b, same);
        let (a, b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
        let mut words: Vec<(K, usize)> =
            a.iter().chain(b).enumerate().map(|(at, item)| (key(item), at)).collect();
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

/// How many of two sequences are the same from the beginning on, and of the rest back from the end.
pub(super) fn common_ends<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(x, y)| same(x, y)).count();
    let rest = a[start..].iter().rev().zip(b[start..].iter().rev());
    (start, rest.take_while(|(x, y)| same(x, y)).count())
}

/// How often two texts were held against each other, word by word, in this thread.
#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local! {
        pub(crate) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }
}
