//! Word-level difference between two texts.
//!
//! Myers' greedy search (1986) within a bounded number of edits and steps; past the bound the texts are tied
//! together at the words that occur once in both (as in patience diff) and each gap is searched by itself or,
//! at worst, replaced as a whole.
//!
//! Invariant: replacing, hunk by hunk, the removed words by the inserted ones turns the first text into the
//! second.

use std::ops::Range;

use crate::edit::apart::Apart;

/// Most edits looked for in the whole text; the search keeps a trace of about its square.
const MOST_EDITS: usize = 1_000;
/// Most edits looked for between two ties.
const MOST_EDITS_IN_GAP: usize = 200;
/// Steps along diagonals that one diff may take.
const BUDGET: usize = 40_000_000;

/// A stretch that differs: words of the first text that were replaced by words of the second. One of the two
/// may be empty, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Index range in the first text's words.
    pub removed: Range<usize>,
    /// Index range in the second text's words.
    pub inserted: Range<usize>,
}

/// The hunks between two lists of words, in order, never touching each other.
#[cfg(any(test, feature = "internals"))]
pub fn diff(a: &[&str], b: &[&str]) -> Vec<Hunk> {
    hunks(&Apart::new(a, b, |word| word))
}

/// [`diff`] of two texts whose words were numbered.
pub(super) fn hunks(apart: &Apart) -> Vec<Hunk> {
    let Apart { a, b, symbols, start } = apart;
    let (start, symbols) = (*start, *symbols);
    let mut search = Search { hunks: Vec::new(), left: BUDGET };
    if !search.run(a, b, (start, start), MOST_EDITS) {
        let mut from = (0, 0);
        let ties = ties(a, b, symbols);
        for tie in ties.into_iter().chain([(a.len(), b.len())]) {
            let (gap_a, gap_b) = (&a[from.0..tie.0], &b[from.1..tie.1]);
            let offset = (start + from.0, start + from.1);
            if !search.run(gap_a, gap_b, offset, MOST_EDITS_IN_GAP) {
                search.push(offset.0..offset.0 + gap_a.len(), offset.1..offset.1 + gap_b.len());
            }
            from = tie;
        }
    }
    search.hunks
}

/// Pairs of places of words that occur once in both texts, ascending in both.
fn ties(a: &[u32], b: &[u32], symbols: usize) -> Vec<(usize, usize)> {
    const NEVER: u32 = u32::MAX;
    const OFTEN: u32 = u32::MAX - 1;
    let places = |text: &[u32]| {
        let mut places = vec![NEVER; symbols];
        for (at, symbol) in text.iter().enumerate() {
            let place = &mut places[*symbol as usize];
            *place = if *place == NEVER { at as u32 } else { OFTEN };
        }
        places
    };
    let (in_a, in_b) = (places(a), places(b));
    let pairs: Vec<(usize, usize)> = a
        .iter()
        .enumerate()
        .filter(|(_, symbol)| in_a[**symbol as usize] < OFTEN && in_b[**symbol as usize] < OFTEN)
        .map(|(at, symbol)| (at, in_b[*symbol as usize] as usize))
        .collect();
    // The longest ascending run of places in `b`: `tops[n]` is the pair that ends the best run of n + 1.
    let mut tops: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        let rank = tops.partition_point(|top| pairs[*top].1 < pair.1);
        before[index] = rank.checked_sub(1).map_or(usize::MAX, |rank| tops[rank]);
        if rank == tops.len() { tops.push(index) } else { tops[rank] = index }
    }
    let mut run = Vec::with_capacity(tops.len());
    let mut at = tops.last().copied().unwrap_or(usize::MAX);
    while at != usize::MAX {
        run.push(pairs[at]);
        at = before[at];
    }
    run.reverse();
    run
}

struct Search {
    hunks: Vec<Hunk>,
    left: usize,
}

impl Search {
    /// Adds a hunk, joined to the one before where they touch.
    fn push(&mut self, removed: Range<usize>, inserted: Range<usize>) {
        if removed.is_empty() && inserted.is_empty() {
            return;
        }
        match self.hunks.last_mut() {
            Some(last) if last.removed.end == removed.start && last.inserted.end == inserted.start => {
                last.removed.end = removed.end;
                last.inserted.end = inserted.end;
            }
            _ => self.hunks.push(Hunk { removed, inserted }),
        }
    }

    /// Adds the hunks between `a` and `b`, or nothing and `false` where the bounds do not allow it.
    fn run(&mut self, a: &[u32], b: &[u32], offset: (usize, usize), most_edits: usize) -> bool {
        let Some(trace) = self.trace(a, b, most_edits) else {
            return false;
        };
        let mut moves = Vec::new();
        let (mut x, mut y) = (a.len() as i64, b.len() as i64);
        for edits in (1..trace.rows).rev() {
            let before = trace.row(edits - 1);
            let furthest = |diagonal: i64| {
                let reach = edits as i64 - 1;
                if diagonal.abs() > reach { -1 } else { i64::from(before[diagonal.midpoint(reach) as usize]) }
            };
            let diagonal = x - y;
            let down = furthest(diagonal + 1);
            let right = furthest(diagonal - 1);
            let from_above = down >= 0 && down - diagonal <= b.len() as i64 && down > right;
            let (from_x, from_diagonal) =
                if from_above { (down, diagonal + 1) } else { (right, diagonal - 1) };
            let from_y = from_x - from_diagonal;
            moves.push((from_x as usize, from_y as usize, from_above));
            (x, y) = (from_x, from_y);
        }
        for (x, y, down) in moves.into_iter().rev() {
            let (x, y) = (x + offset.0, y + offset.1);
            if down { self.push(x..x, y..y + 1) } else { self.push(x..x + 1, y..y) }
        }
        true
    }

    /// The furthest places, up to the number of edits that reaches both ends.
    fn trace(&mut self, a: &[u32], b: &[u32], most_edits: usize) -> Option<Trace> {
        let (rows, columns) = (a.len() as i64, b.len() as i64);
        let mut trace = Trace::default();
        for edits in 0..=(most_edits as i64).min(rows + columns) {
            let (last, reached) = trace.grow();
            let mut below = -1;
            for (at, reached) in reached.iter_mut().enumerate() {
                let diagonal = 2 * at as i64 - edits;
                // The diagonals above and below, with one edit less.
                let above = last.get(at).map_or(-1, |x| i64::from(*x));
                let right = if below >= 0 && below < rows { below + 1 } else { -1 };
                let down = if above >= 0 && above - diagonal <= columns { above } else { -1 };
                below = above;
                let mut x = if edits == 0 { 0 } else { down.max(right) };
                if x < 0 {
                    continue;
                }
                let from = x;
                while x < rows && x - diagonal < columns && a[x as usize] == b[(x - diagonal) as usize] {
                    x += 1;
                }
                self.left = self.left.checked_sub((x - from) as usize + 1)?;
                *reached = x as i32;
                if x == rows && x - diagonal == columns {
                    return Some(trace);
                }
            }
        }
        None
    }
}

/// For each number of edits the furthest place in `a` on every other diagonal from `-edits` to `edits`, the ones that so
/// many edits lead to, -1 where none is reached. Row after row, each longer by one.
#[derive(Default)]
struct Trace {
    places: Vec<i32>,
    rows: usize,
}

impl Trace {
    fn row(&self, edits: usize) -> &[i32] {
        let start = edits * (edits + 1) / 2;
        &self.places[start..=start + edits]
    }

    /// Adds a row where nothing is reached: the one before it, and the new one.
    fn grow(&mut self) -> (&[i32], &mut [i32]) {
        let start = self.places.len();
        self.rows += 1;
        self.places.resize(start + self.rows, -1);
        let (before, new) = self.places.split_at_mut(start);
        (&before[start + 1 - self.rows..], new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::words;

    fn apply<'a>(a: &[&'a str], b: &[&'a str], hunks: &[Hunk]) -> Vec<&'a str> {
        let mut out = Vec::new();
        let mut from = 0;
        for hunk in hunks {
            out.extend(&a[from..hunk.removed.start]);
            out.extend(&b[hunk.inserted.clone()]);
            from = hunk.removed.end;
        }
        out.extend(&a[from..]);
        out
    }

    #[test]
    fn hunks_name_what_was_replaced() {
        let (a, b) =
            (words("We utilize the new tool very often."), words("We use the new tool often, really."));
        let shown: Vec<(Vec<&str>, Vec<&str>)> = diff(&a, &b)
            .into_iter()
            .map(|hunk| (a[hunk.removed].to_vec(), b[hunk.inserted].to_vec()))
            .collect();
        assert_eq!(
            shown,
            [(vec!["utilize"], vec!["use"]), (vec!["very"], vec![]), (vec![], vec![",", "really"])]
        );
    }

    const WORDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    proptest! {
        #[test]
        fn hunks_turn_one_text_into_the_other(
            a in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..80),
            b in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..80),
        ) {
            let hunks = diff(&a, &b);
            prop_assert_eq!(apply(&a, &b, &hunks), b);
            for pair in hunks.windows(2) {
                prop_assert!(pair[0].removed.end < pair[1].removed.start);
            }
        }
    }

    #[test]
    fn large_differences_fall_back_and_still_reconstruct() {
        let a: Vec<String> = (0..6000u32).map(|i| format!("w{}", i * 7919 % 6011)).collect();
        let b: Vec<String> = (0..6000u32).map(|i| format!("w{}", (i + i % 3) * 7919 % 6011)).collect();
        let (a, b): (Vec<&str>, Vec<&str>) =
            (a.iter().map(|s| &**s).collect(), b.iter().map(|s| &**s).collect());
        let hunks = diff(&a, &b);
        assert!(hunks.len() > 1);
        assert_eq!(apply(&a, &b, &hunks), b);
    }
}
