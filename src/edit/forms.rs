//! Whether one word is another spelling or form of another, by its letters.
//!
//! Invariant: both ways the same answer; at most [`LONGEST_WORD`] letters of a word are compared with each other.

use crate::edit::apart::common_ends;
use crate::edit::tuning::form;

/// Longest word that is compared letter by letter.
const LONGEST_WORD: usize = 32;

/// Letters to insert, take out, replace or swap with the next to turn one word into the other.
fn letters_apart(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for at in 0..a.len() {
        let mut next = vec![at + 1];
        for to in 0..b.len() {
            let mut least = (row[to] + usize::from(a[at] != b[to])).min(row[to + 1] + 1).min(next[to] + 1);
            if at > 0 && to > 0 && a[at] == b[to - 1] && a[at - 1] == b[to] {
                least = least.min(before[to - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

/// Whether one word is another spelling or form of the other.
pub(super) fn is_form_of(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(LONGEST_WORD).collect(), b.chars().take(LONGEST_WORD).collect());
    let (start, end) = common_ends(&a, &b, |x, y| x == y);
    let (left_a, left_b) = (a.len() - start - end, b.len() - start - end);
    let same_stem = start >= form::STEM_LETTERS && left_a.max(left_b) + end <= form::ENDING_LETTERS;
    let long = a.len().min(b.len());
    let slips_max = (long / form::LETTERS_PER_SLIP).min(form::SLIPS_MAX);
    same_stem || long >= form::WORD_LETTERS && start + end >= 1 && letters_apart(&a, &b) <= slips_max
}

/// Whether two forms of a word differ inside, as a misspelling does, and not by an ending alone.
pub(super) fn differs_inside(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (start, end) = common_ends(&a, &b, |x, y| x == y);
    end >= 1 && start + end >= 2
}

/// The letters of a word alone.
pub(super) fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}
