//! Word-level Levenshtein distance.
//!
//! The rows of the matrix are kept as bits, 64 to a machine word (Myers 1999, in blocks as in Hyyrö 2003), and
//! only a band around the diagonal is computed, widened until the distance fits into it (Ukkonen 1985). What two texts
//! have in common bounds the distance from below, their hunks bound it from above; mostly the two bounds meet.
//!
//! Invariant: one distance takes at most [`BUDGET`] block steps. The answer is exact where they are enough, as they are
//! for any two texts of up to 30,000 words and for longer ones that have most in common; past that it is an upper
//! bound: the distance within each hunk, large hunks cut into pieces at the same proportions.

use std::ops::Range;

use crate::document::words;
use crate::edit::apart::Apart;
use crate::edit::diff::{Hunk, hunks};

/// Block steps that one distance may take: about a quarter of a second.
const BUDGET: usize = 1 << 25;
/// Hunks with fewer words on either side are replaced word by word.
const SMALL_HUNK: usize = 64;

/// Word-level Levenshtein distance between two texts: insertions, deletions and substitutions of words, each
/// of cost 1, as in PRELUDE. Words are runs of letters and digits, and each other visible
/// character by itself; white space does not count.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let apart = Apart::new(&words(a), &words(b), |word| word);
    distance(&apart, &hunks(&apart))
}

/// [`edit_distance`] of two texts by their words and the hunks between them.
pub(super) fn distance(apart: &Apart, hunks: &[Hunk]) -> usize {
    let at_most = hunks.iter().map(|hunk| hunk.removed.len().max(hunk.inserted.len())).sum();
    let mut left = BUDGET;
    exact(&apart.a, &apart.b, apart.symbols, at_most, &mut left)
        .unwrap_or_else(|| within_hunks(apart, hunks, left).min(apart.a.len().max(apart.b.len())))
}

/// The distance of two texts without common ends that is at most `at_most`, or `None` where that takes more than
/// three quarters of `left`, the block steps that it may take. What it takes it takes off.
fn exact(a: &[u32], b: &[u32], symbols: usize, at_most: usize, left: &mut usize) -> Option<usize> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let at_most = at_most.min(long.len());
    let lower = long.len() - shared(short, long, symbols);
    if lower == at_most {
        return Some(at_most);
    }
    let pattern = Pattern::new(short, symbols);
    let mut band = lower.max(64);
    loop {
        if band.saturating_mul(4) > at_most {
            band = at_most;
        }
        let work = pattern.blocks.min(band / 32 + 2).saturating_mul(long.len());
        if work > *left / 4 * 3 {
            return None;
        }
        let found = pattern.distance_within(long, band, left);
        if found <= band || band == at_most {
            return Some(found);
        }
        band *= 4;
    }
}

/// An upper bound of the distance: the sum over the hunks, of which the large ones share `left`.
fn within_hunks(apart: &Apart, hunks: &[Hunk], mut left: usize) -> usize {
    let work = |hunk: &Hunk| match (hunk.removed.len(), hunk.inserted.len()) {
        (a, b) if a.min(b) < SMALL_HUNK => 0,
        (a, b) => a.div_ceil(64).saturating_mul(b),
    };
    let mut all = hunks.iter().fold(0usize, |all, hunk| all.saturating_add(work(hunk)));
    let mut found = 0;
    for hunk in hunks {
        let own = work(hunk);
        if own == 0 {
            found += hunk.removed.len().max(hunk.inserted.len());
            continue;
        }
        let mut share = (left as u128 * own as u128 / all.max(own) as u128) as usize;
        (left, all) = (left - share, all.saturating_sub(own));
        let place = |range: &Range<usize>| range.start - apart.start..range.end - apart.start;
        found += in_pieces(&apart.a[place(&hunk.removed)], &apart.b[place(&hunk.inserted)], &mut share);
        left += share;
    }
    found
}

/// The distance, or an upper bound found by cutting both texts into pieces at the same proportions. Takes what it
/// uses from `left`, the block steps that it may take.
fn in_pieces(a: &[u32], b: &[u32], left: &mut usize) -> usize {
    let Apart { a, b, symbols, .. } = Apart::renumbered(a, b);
    let most = a.len().max(b.len());
    if let Some(found) = exact(&a, &b, symbols, most, left) {
        return found;
    }
    let least = a.len().min(b.len());
    let pieces = (least.saturating_mul(most) / 16 / (*left).max(1) + 2).min(least);
    if pieces < 2 {
        return most;
    }
    let cut = |text: &[u32], piece: usize| text.len() * piece / pieces..text.len() * (piece + 1) / pieces;
    let mut found = 0;
    for piece in 0..pieces {
        let mut share = *left / (pieces - piece);
        *left -= share;
        found += in_pieces(&a[cut(&a, piece)], &b[cut(&b, piece)], &mut share);
        *left += share;
    }
    found
}

/// How many words two texts have in common, counted as often as both have them.
fn shared(a: &[u32], b: &[u32], symbols: usize) -> usize {
    let mut counts = vec![0u32; symbols];
    for symbol in a {
        counts[*symbol as usize] += 1;
    }
    let mut shared = 0;
    for symbol in b {
        let count = &mut counts[*symbol as usize];
        if *count > 0 {
            *count -= 1;
            shared += 1;
        }
    }
    shared
}

/// The shorter text, as bits: for each word the blocks where it occurs with the places inside.
struct Pattern {
    length: usize,
    blocks: usize,
    /// Where each word's entries start.
    starts: Vec<u32>,
    entries: Vec<(u32, u64)>,
}

impl Pattern {
    fn new(text: &[u32], symbols: usize) -> Self {
        let mut order: Vec<u32> = (0..text.len() as u32).collect();
        order.sort_by_key(|at| (text[*at as usize], *at));
        let mut starts = vec![0u32; symbols + 1];
        let mut entries: Vec<(u32, u64)> = Vec::new();
        let mut next = 0;
        for at in order {
            let symbol = text[at as usize] as usize;
            while next <= symbol {
                starts[next] = entries.len() as u32;
                next += 1;
            }
            let (block, bit) = (at / 64, 1u64 << (at % 64));
            let first = entries.len() == starts[symbol] as usize;
            match entries.last_mut() {
                Some((last, mask)) if !first && *last == block => *mask |= bit,
                _ => entries.push((block, bit)),
            }
        }
        for start in &mut starts[next..] {
            *start = entries.len() as u32;
        }
        Self { length: text.len(), blocks: text.len().div_ceil(64), starts, entries }
    }

    /// The distance to `text`, exact where it is at most `band`, and above `band` otherwise. `band` is at
    /// least the difference of the lengths, `text` at least as long as the pattern. Takes its block steps from `left`.
    fn distance_within(&self, text: &[u32], band: usize, left: &mut usize) -> usize {
        let rows = |block: usize| (self.length - block * 64).min(64);
        let mut up = vec![u64::MAX; self.blocks];
        let mut down = vec![0u64; self.blocks];
        let mut scores: Vec<usize> = (0..self.blocks).map(|block| block * 64 + rows(block)).collect();
        let last_block = self.blocks - 1;
        let mut bottom = (band / 64).min(last_block);
        for (column, symbol) in text.iter().enumerate() {
            let wanted = ((column + 1 + band) / 64).min(last_block);
            while bottom < wanted {
                bottom += 1;
                scores[bottom] = scores[bottom - 1] + rows(bottom);
            }
            let top = (column.saturating_sub(band) / 64).min(bottom);
            *left -= bottom - top + 1;
            let symbol = *symbol as usize;
            let entries = &self.entries[self.starts[symbol] as usize..self.starts[symbol + 1] as usize];
            let from = entries.partition_point(|(block, _)| (*block as usize) < top);
            let mut entries = entries[from..].iter().peekable();
            let (mut plus, mut minus) = (1u64, 0u64);
            for block in top..=bottom {
                let equal = entries.next_if(|(at, _)| *at as usize == block).map_or(0, |(_, mask)| *mask);
                let (rise, fall) = (up[block], down[block]);
                let vertical = equal | fall;
                let equal = equal | minus;
                let horizontal = ((equal & rise).wrapping_add(rise) ^ rise) | equal;
                let right_up = fall | !(horizontal | rise);
                let right_down = rise & horizontal;
                let last = rows(block) - 1;
                let (out_plus, out_minus) = (right_up >> last & 1, right_down >> last & 1);
                let right_up = right_up << 1 | plus;
                let right_down = right_down << 1 | minus;
                up[block] = right_down | !(vertical | right_up);
                down[block] = right_up & vertical;
                scores[block] = scores[block] + out_plus as usize - out_minus as usize;
                (plus, minus) = (out_plus, out_minus);
            }
        }
        scores[last_block]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(a: &[u32], b: &[u32]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let best = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    fn of(a: &[u32], b: &[u32]) -> usize {
        let apart = Apart::renumbered(a, b);
        distance(&apart, &hunks(&apart))
    }

    #[test]
    fn known_distances() {
        assert_eq!(edit_distance("", ""), 0);
        assert_eq!(edit_distance("a b c", ""), 3);
        assert_eq!(edit_distance("the cat  sat", "the\ncat sat"), 0);
        assert_eq!(edit_distance("please send the file", "send me the file now"), 3);
    }

    proptest! {
        #[test]
        fn agrees_with_the_matrix(
            a in prop::collection::vec(0u32..4, 0..300), b in prop::collection::vec(0u32..4, 0..300),
        ) {
            prop_assert_eq!(of(&a, &b), naive(&a, &b));
        }

        #[test]
        fn agrees_with_the_matrix_after_a_few_changes(
            a in prop::collection::vec(0u32..50, 100..700),
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u32..50, 0u8..3), 0..90),
        ) {
            let mut b = a.clone();
            for (at, symbol, kind) in changes {
                let at = at.index(b.len());
                match kind {
                    0 => b[at] = symbol,
                    1 => b.insert(at, symbol),
                    _ => drop(b.remove(at)),
                }
            }
            prop_assert_eq!(of(&a, &b), naive(&a, &b));
        }

        #[test]
        fn past_the_budget_it_is_an_upper_bound(
            a in prop::collection::vec(0u32..4, 50..300), b in prop::collection::vec(0u32..4, 50..300),
        ) {
            let bound = in_pieces(&a, &b, &mut 100);
            prop_assert!(bound >= naive(&a, &b) && bound <= a.len().max(b.len()));
        }
    }

    #[test]
    fn unlike_texts_take_no_more_than_the_budget() {
        let text =
            |step: usize| -> Vec<u32> { (0..40_000).map(|at| (at * step % 9973 % 50) as u32).collect() };
        let (a, b) = (text(7919), text(104_729));
        for budget in [100_000, 2_000_000] {
            // Each step is taken off where it is done, and too many would overflow.
            let mut left = budget;
            let found = in_pieces(&a, &b, &mut left);
            assert!((1..a.len()).contains(&found) && left < budget);
        }
    }

    #[test]
    fn past_the_budget_small_hunks_are_counted_word_by_word() {
        let text = |swap: bool| -> Vec<u32> {
            // Two words change places all over the text, so that none is missing on either side.
            let word = |at: u32| if at % 10 == 5 { (at / 10 % 2) ^ u32::from(swap) } else { 2 + at };
            (0..200_000).map(word).collect()
        };
        let (a, b) = (text(false), text(true));
        let mut left = BUDGET;
        let apart = Apart::renumbered(&a, &b);
        assert_eq!(exact(&apart.a, &apart.b, apart.symbols, 20_000, &mut left), None);
        assert_eq!(of(&a, &b), 20_000);
    }

    #[test]
    fn past_the_budget_it_is_no_more_than_the_longer_text_where_parts_change_places() {
        let (a, b, c) = (0..80_000, 80_000..140_000, 140_000..200_000);
        let before: Vec<u32> = a.clone().chain(b.clone()).chain(c.clone()).collect();
        let after: Vec<u32> = c.chain(b).chain(a).collect();
        let apart = Apart::renumbered(&before, &after);
        assert!(within_hunks(&apart, &hunks(&apart), BUDGET) > 200_000);
        assert!(of(&before, &after) <= 200_000);
    }

    #[test]
    fn any_thirty_thousand_words_are_compared_exactly() {
        let a: Vec<u32> = (0..30_000).collect();
        let mut b = a.clone();
        b.rotate_left(10_000);
        assert_eq!(of(&a, &b), 20_000);
    }

    #[test]
    fn a_mebibyte_against_a_mebibyte_is_answered() {
        let text = |step: usize| -> String {
            let words: Vec<String> =
                (0..190_000usize).map(|i| format!("{:x}", i.wrapping_mul(step) % 9973)).collect();
            words.join(" ")
        };
        let (a, b) = (text(7919), text(104_729));
        let longest = words(&a).len().max(words(&b).len());
        let found = edit_distance(&a, &b);
        assert!(found > 0 && found <= longest);
    }
}
