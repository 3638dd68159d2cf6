//! The exact index: every row is compared with the query, nothing is built ahead.
//!
//! Invariant: a result holds exactly the `k` rows of highest [`Query::similarity`], ties by key; the integer
//! pass only decides which rows are worth computing it for. Row `i` of `codes`, `scales` and `keys` belong
//! together, and `rows` maps each key to its row. Removal moves the last row into the gap, so the rows are
//! always dense.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use super::query::{Query, stride};
use super::{Neighbour, QuantizedVector, VectorIndex};
use crate::error::IndexError;

/// An exact scan over int8 rows.
pub struct ScanIndex {
    dimensions: usize,
    stride: usize,
    keys: Vec<u64>,
    scales: Vec<f32>,
    codes: Vec<i8>,
    rows: HashMap<u64, u32>,
}

impl ScanIndex {
    /// Empty, for vectors of `dimensions` values.
    pub fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            stride: stride(dimensions),
            keys: Vec::new(),
            scales: Vec::new(),
            codes: Vec::new(),
            rows: HashMap::new(),
        }
    }

    /// Whether a vector is held under `key`.
    pub fn contains(&self, key: u64) -> bool {
        self.rows.contains_key(&key)
    }

    /// The keys held, in no particular order.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The codes held under `key`.
    pub fn codes(&self, key: u64) -> Option<&[i8]> {
        let row = *self.rows.get(&key)? as usize;
        Some(&self.row(row)[..self.dimensions])
    }

    /// As [`VectorIndex::search`], among `keys` only; keys that are not held are passed over.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_among(&self, query: &[f32], k: usize, keys: &[u64]) -> Result<Vec<Neighbour>, IndexError> {
        let query = Query::new(query, self.dimensions)?;
        let rows = keys.iter().filter_map(|key| self.rows.get(key)).map(|&row| row as usize);
        Ok(self.nearest(&query, k.min(keys.len()), rows))
    }

    /// The similarity of one row, where `key` is held.
    pub(super) fn similarity(&self, query: &Query, key: u64) -> Option<f32> {
        let row = *self.rows.get(&key)? as usize;
        Some(query.similarity(self.row(row), self.scales[row]))
    }

    fn row(&self, row: usize) -> &[i8] {
        &self.codes[row * self.stride..(row + 1) * self.stride]
    }

    fn nearest(&self, query: &Query, k: usize, rows: impl Iterator<Item = usize>) -> Vec<Neighbour> {
        let mut candidates = Candidates::new(k.min(self.len()), 2.0 * query.margin());
        for row in rows {
            candidates.offer(query.estimate(self.row(row), self.scales[row]), row);
        }
        let mut found: Vec<Neighbour> = candidates
            .finish()
            .map(|row| Neighbour {
                key: self.keys[row],
                similarity: query.similarity(self.row(row), self.scales[row]),
            })
            .collect();
        found.sort_unstable_by(by_similarity);
        found.truncate(k);
        found
    }
}

/// Highest similarity first, ties by key.
pub(super) fn by_similarity(a: &Neighbour, b: &Neighbour) -> Ordering {
    b.similarity.total_cmp(&a.similarity).then(a.key.cmp(&b.key))
}

impl VectorIndex for ScanIndex {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn len(&self) -> usize {
        self.keys.len()
    }

    fn memory_bytes(&self) -> usize {
        self.codes.capacity()
            + self.keys.capacity() * size_of::<u64>()
            + self.scales.capacity() * size_of::<f32>()
            + self.rows.capacity() * (size_of::<(u64, u32)>() + 1)
    }

    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError> {
        vector.check(self.dimensions)?;
        let row = if let Some(&row) = self.rows.get(&key) {
            row as usize
        } else {
            let row = self.keys.len();
            let number = u32::try_from(row).expect("memory ends long before 2^32 rows");
            self.rows.insert(key, number);
            self.keys.push(key);
            self.scales.push(0.0);
            self.codes.resize(self.codes.len() + self.stride, 0);
            row
        };
        self.scales[row] = vector.scale;
        self.codes[row * self.stride..][..self.dimensions].copy_from_slice(&vector.codes);
        Ok(())
    }

    fn remove(&mut self, key: u64) -> bool {
        let Some(row) = self.rows.remove(&key) else { return false };
        let row = row as usize;
        let last = self.keys.len() - 1;
        self.keys.swap_remove(row);
        self.scales.swap_remove(row);
        if row != last {
            self.codes.copy_within(last * self.stride.., row * self.stride);
            self.rows.insert(self.keys[row], row as u32);
        }
        self.codes.truncate(last * self.stride);
        if self.codes.capacity() / 4 > self.codes.len() {
            self.codes.shrink_to(self.codes.len() * 2);
            self.keys.shrink_to(self.keys.len() * 2);
            self.scales.shrink_to(self.scales.len() * 2);
            self.rows.shrink_to(self.rows.len() * 2);
        }
        true
    }

    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError> {
        let query = Query::new(query, self.dimensions)?;
        let rows = self.keys.iter().enumerate().filter(|&(_, &key)| accept(key)).map(|(row, _)| row);
        Ok(self.nearest(&query, k, rows))
    }
}

/// The rows whose estimate is not more than `slack` below the `k`-th best estimate so far.
struct Candidates {
    k: usize,
    slack: f32,
    best: BinaryHeap<Reverse<Estimate>>,
    kept: Vec<(f32, u32)>,
    prune_at: usize,
}

impl Candidates {
    fn new(k: usize, slack: f32) -> Self {
        Self { k, slack, best: BinaryHeap::new(), kept: Vec::new(), prune_at: k.saturating_mul(4).max(1024) }
    }

    fn floor(&self) -> f32 {
        match self.best.peek() {
            Some(Reverse(Estimate(worst))) if self.best.len() == self.k => worst - self.slack,
            _ => f32::NEG_INFINITY,
        }
    }

    fn offer(&mut self, estimate: f32, row: usize) {
        if self.k == 0 || estimate < self.floor() {
            return;
        }
        if self.best.len() < self.k {
            self.best.push(Reverse(Estimate(estimate)));
        } else if let Some(mut worst) = self.best.peek_mut()
            && worst.0.0 < estimate
        {
            worst.0.0 = estimate;
        }
        self.kept.push((estimate, row as u32));
        if self.kept.len() >= self.prune_at {
            self.prune();
            self.prune_at = (self.kept.len() * 2).max(self.prune_at);
        }
    }

    fn prune(&mut self) {
        let floor = self.floor();
        self.kept.retain(|&(estimate, _)| estimate >= floor);
    }

    fn finish(mut self) -> impl Iterator<Item = usize> {
        self.prune();
        self.kept.into_iter().map(|(_, row)| row as usize)
    }
}

/// An estimate in its total order.
struct Estimate(f32);

impl PartialEq for Estimate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Estimate {}

impl PartialOrd for Estimate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Estimate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &[f32]) -> QuantizedVector {
        QuantizedVector::from_f32(values).unwrap()
    }

    #[test]
    fn removal_gives_the_space_back() {
        let mut index = ScanIndex::new(64);
        let row = vector(&[1.0; 64]);
        for key in 0..4096 {
            index.insert(key, &row).unwrap();
        }
        let full = index.memory_bytes();
        for key in 0..4090 {
            assert!(index.remove(key));
        }
        assert!(index.memory_bytes() < full / 20, "{} of {full}", index.memory_bytes());
        assert_eq!(index.keys().len(), 6);
        assert!((4090..4096).all(|key| index.contains(key)));
    }

    #[test]
    fn rows_follow_their_keys_through_swaps() {
        let mut index = ScanIndex::new(3);
        index.insert(1, &vector(&[1.0, 0.0, 0.0])).unwrap();
        index.insert(2, &vector(&[0.0, 1.0, 0.0])).unwrap();
        index.insert(3, &vector(&[0.0, 0.0, 1.0])).unwrap();
        assert!(index.remove(1));
        assert!(!index.remove(1));
        assert_eq!(index.codes(3), Some(&[0i8, 0, 127][..]));
        assert_eq!(index.codes(1), None);
        let found = index.search(&[0.0, 0.0, 2.0], 9, &|_| true).unwrap();
        assert_eq!(found[0], Neighbour { key: 3, similarity: 1.0 });
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn candidates_keep_all_that_may_belong_to_the_best() {
        let mut candidates = Candidates::new(2, 0.1);
        for row in 0..100_000usize {
            candidates.offer(row as f32 / 100_000.0, row);
        }
        assert!(candidates.kept.len() < 50_000);
        let rows: Vec<usize> = candidates.finish().collect();
        assert!(rows.contains(&99_999) && rows.contains(&99_998));
        assert!(rows.iter().all(|&row| row >= 89_990), "{:?}", rows.iter().min());
    }
}
