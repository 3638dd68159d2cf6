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
pub(crate) use token::{fold, is_ideograph};
pub use token::{is_word, words};

use std::collections::HashMap;

/// Numbers the distinct words of two texts, so that comparing them costs one integer comparison.
fn intern(a: &[&str], b: &[&str]) -> (Vec<u32>, Vec<u32>, usize) {
    let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(a.len().max(b.len()) / 2);
    let mut number = |word| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    };
    let first = a.iter().map(|word| number(*word)).collect();
    let second = b.iter().map(|word| number(*word)).collect();
    (first, second, numbers.len())
}

/// Lengths of the common start and, of what is left, the common end.
fn common_ends<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    (start, end)
}
