//! The exact index: a brute-force scan of all rows.
//!
//! Invariant: a result contains exactly the `k` rows of highest [`Query::similarity`], ties by key; the integer pass
//! only selects the rows for which it is computed. Row `i` of `lines`, `fine`, `scales` and `keys` belong together, and
//! `rows` maps a key to its row. Removal moves the last row into the gap, so rows are always dense. Large allocations
//! grow by a sixty-fourth instead of doubling: on a phone, memory matters more than a few copies.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::deadline::Deadline;
use super::frame::{Reader, Writer, damaged};
use super::index::{Accept, Neighbour, VectorIndex};
use super::keys::KeyMap;
use super::quantize::QuantizedVector;
use super::quantize::{FINE, left_out};
use super::query::Query;
use super::tuning::bounds::SCAN_DEVIATIONS;
use crate::error::IndexError;
use crate::simd::{LINE, Line, Pick, Simd, codes, dots, fetch};

/// Number of rows whose products are computed at once.
const CHUNK: usize = 256;
/// Chunks between two checks of the deadline.
const LOOK: usize = 64;

/// Bytes to grow by: negligible, but enough that growing is rare.
const GROWTH: usize = 32 << 10;

/// An exact scan over rows of ten bits per value, eight of which are compared first.
pub struct ScanIndex {
    dimensions: usize,
    width: usize,
    keys: Vec<u64>,
    scales: Vec<f32>,
    lines: Vec<Line>,
    fine: Vec<[u8; FINE]>,
    /// Maximum residual norm of any row so far.
    left_out: f32,
    rows: KeyMap,
}

impl ScanIndex {
    /// An empty index for vectors of `dimensions` values.
    pub fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            width: dimensions.div_ceil(LINE).max(1),
            keys: Vec::new(),
            scales: Vec::new(),
            lines: Vec::new(),
            fine: Vec::new(),
            left_out: 0.0,
            rows: KeyMap::default(),
        }
    }

    /// Whether there is a vector under `key`.
    #[cfg(any(test, feature = "internals"))]
    pub fn contains(&self, key: u64) -> bool {
        self.row(key).is_some()
    }

    /// The keys, by row. A new key is appended; on removal the last row takes the place of the removed one.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The row of a key.
    pub fn row(&self, key: u64) -> Option<usize> {
        self.rows.get(key, &self.keys).map(|row| row as usize)
    }

    /// The codes of `key`.
    pub fn codes(&self, key: u64) -> Option<&[i8]> {
        Some(self.codes_at(self.row(key)?))
    }

    /// The vector of `key`, as inserted.
    pub(super) fn vector(&self, key: u64) -> Option<QuantizedVector> {
        let row = self.row(key)?;
        let fine = self.fine_at(row)[..self.dimensions.div_ceil(LINE)].as_flattened().to_vec();
        Some(QuantizedVector { scale: self.scales[row], codes: self.codes_at(row).to_vec(), fine })
    }

    pub(super) fn codes_at(&self, row: usize) -> &[i8] {
        &codes(self.lines_at(row))[..self.dimensions]
    }

    pub(super) fn scale_at(&self, row: usize) -> f32 {
        self.scales[row]
    }

    pub(super) fn lines_at(&self, row: usize) -> &[Line] {
        &self.lines[row * self.width..][..self.width]
    }

    /// Writes the products of a vector of codes and the listed rows, in steps of both.
    pub(super) fn products(&self, simd: Simd, vector: &[Line], rows: &[u32], to: &mut [i32]) {
        dots(simd, vector, &self.lines, Pick::Listed(rows), to);
    }

    /// The cosine of each pair of rows, by their codes alone: a square matrix, row by row.
    pub(super) fn cosines(&self, rows: &[u32]) -> Vec<f32> {
        let simd = Simd::detect();
        let mut cosines = vec![0.0; rows.len() * rows.len()];
        let mut sums = vec![0; rows.len()];
        for (at, &row) in rows.iter().enumerate() {
            // The other half follows by symmetry.
            let sums = &mut sums[at..];
            self.products(simd, self.lines_at(row as usize), &rows[at..], sums);
            for (other, sum) in (at..).zip(&*sums) {
                let scale = self.scale_at(row as usize) * self.scale_at(rows[other] as usize);
                let cosine = *sum as f32 * scale;
                cosines[at * rows.len() + other] = cosine;
                cosines[other * rows.len() + at] = cosine;
            }
        }
        cosines
    }

    fn fine_at(&self, row: usize) -> &[[u8; FINE]] {
        &self.fine[row * self.width..][..self.width]
    }

    /// The slack that covers the maximum error.
    pub(super) fn slack(&self, query: &Query) -> Slack {
        let margin = query.margin(self.left_out);
        Slack { of_one: margin, of_two: 2.0 * margin }
    }

    /// The slack that covers random errors up to [`SCAN_DEVIATIONS`] standard deviations.
    pub(super) fn likely_slack(&self, query: &Query) -> Slack {
        let likely = SCAN_DEVIATIONS * query.deviation(self.left_out, self.dimensions);
        let Slack { of_one, of_two } = self.slack(query);
        Slack { of_one: of_one.min(likely), of_two: of_two.min(likely * std::f32::consts::SQRT_2) }
    }

    /// As [`VectorIndex::search`], among `keys` only; unknown keys are ignored.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    #[cfg(any(test, feature = "internals"))]
    pub fn search_among(&self, query: &[f32], k: usize, keys: &[u64]) -> Result<Vec<Neighbour>, IndexError> {
        let query = Query::new(query, self.dimensions)?;
        let rows: Vec<u32> = keys.iter().filter_map(|&key| self.rows.get(key, &self.keys)).collect();
        Ok(self.nearest_listed(&query, k, &rows, &Deadline::none()))
    }

    /// The nearest of all rows that `accept` accepts.
    pub(super) fn nearest(
        &self,
        query: &Query,
        k: usize,
        accept: Accept<'_>,
        deadline: &Deadline,
    ) -> Vec<Neighbour> {
        let mut best = Candidates::new(k.min(self.keys.len()), self.slack(query));
        self.offer_from(query, 0, accept, deadline, &mut best);
        self.finish(query, k, best)
    }

    /// Offers the rows from `from` on that `accept` accepts to `best`, by their estimates.
    pub(super) fn offer_from(
        &self,
        query: &Query,
        from: usize,
        accept: Accept<'_>,
        deadline: &Deadline,
        best: &mut Candidates,
    ) {
        let mut sums = [0; CHUNK];
        for first in (from..self.keys.len()).step_by(CHUNK) {
            if first > from && (first - from).is_multiple_of(CHUNK * LOOK) && deadline.cuts() {
                break;
            }
            let sums = &mut sums[..CHUNK.min(self.keys.len() - first)];
            dots(query.simd(), query.lines(), &self.lines, Pick::From(first), sums);
            for (at, &sum) in sums.iter().enumerate() {
                let estimate = query.estimate(sum, self.scales[first + at]);
                if estimate >= best.floor && accept.takes(first + at, self.keys[first + at]) {
                    best.offer(estimate, first + at);
                }
            }
        }
    }

    /// The nearest of the listed rows, which must be distinct.
    pub(super) fn nearest_listed(
        &self,
        query: &Query,
        k: usize,
        rows: &[u32],
        deadline: &Deadline,
    ) -> Vec<Neighbour> {
        let mut best = Candidates::new(k.min(rows.len()), self.slack(query));
        for (at, rows) in rows.chunks(CHUNK * LOOK).enumerate() {
            if at > 0 && deadline.cuts() {
                break;
            }
            self.offer_listed(query, rows, &mut best);
        }
        self.finish(query, k, best)
    }

    /// Offers the listed rows to `best`, by their estimates.
    pub(super) fn offer_listed(&self, query: &Query, rows: &[u32], best: &mut Candidates) {
        let mut sums = [0; CHUNK];
        for rows in rows.chunks(CHUNK) {
            let sums = &mut sums[..rows.len()];
            dots(query.simd(), query.lines(), &self.lines, Pick::Listed(rows), sums);
            for (&row, &sum) in rows.iter().zip(&*sums) {
                let row = row as usize;
                best.offer(query.estimate(sum, self.scales[row]), row);
            }
        }
    }

    /// Computes the similarities of the candidates and returns the best `k` in order.
    pub(super) fn finish(&self, query: &Query, k: usize, best: Candidates) -> Vec<Neighbour> {
        let slack = best.slack;
        let rows = best.finish();
        for &(_, row) in &rows {
            fetch(self.fine_at(row as usize));
            fetch(&self.keys[row as usize..][..1]);
        }
        let neighbour = |row: u32| {
            let row = row as usize;
            let similarity = query.similarity(self.lines_at(row), self.fine_at(row), self.scales[row]);
            Neighbour { key: self.keys[row], similarity }
        };
        // The first `k` by estimate are computed first; their similarities exclude more of the rest.
        let (first, rest) = rows.split_at(k.min(rows.len()));
        let mut found: Vec<Neighbour> = Vec::with_capacity(rows.len());
        found.extend(first.iter().map(|&(_, row)| neighbour(row)));
        let worst = found.iter().map(|found| found.similarity).fold(f32::INFINITY, f32::min);
        let may_belong = rest.iter().filter(|(estimate, _)| *estimate >= worst - slack.of_one);
        found.extend(may_belong.map(|&(_, row)| neighbour(row)));
        found.sort_unstable_by(by_similarity);
        found.truncate(k);
        found
    }

    fn left_out_at(&self, row: usize) -> f32 {
        left_out(self.fine_at(row).as_flattened(), self.dimensions, self.scales[row])
    }

    /// Writes all rows.
    pub(super) fn save(&self, to: &mut Writer) {
        to.u64(self.keys.len() as u64);
        // The maximum of the present rows; `self.left_out` may come from removed ones.
        let left_out = (0..self.keys.len()).map(|row| self.left_out_at(row)).fold(0.0, f32::max);
        to.each([left_out.to_le_bytes()]);
        to.each(self.keys.iter().map(|key| key.to_le_bytes()));
        to.each(self.scales.iter().map(|scale| scale.to_le_bytes()));
        to.each(self.lines.iter().map(|line| line.0.map(|code| code as u8)));
        to.each(self.fine.iter().copied());
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(super) fn load(dimensions: usize, from: &mut Reader<'_>) -> Result<Self, IndexError> {
        let mut scan = Self::new(dimensions);
        let count = from.count()?;
        if u32::try_from(count).is_err() {
            return Err(damaged("it has too many rows"));
        }
        let lines = count.checked_mul(scan.width).ok_or(damaged("it has too many rows"))?;
        scan.left_out = f32::from_le_bytes(from.array()?);
        scan.keys = from.each(count, u64::from_le_bytes)?;
        scan.scales = from.each(count, f32::from_le_bytes)?;
        scan.lines = from.each(lines, |bytes: [u8; LINE]| Line(bytes.map(|byte| byte as i8)))?;
        scan.fine = from.each(lines, |bytes| bytes)?;
        scan.rows = KeyMap::of(&scan.keys);
        Ok(scan)
    }

    /// Adds a vector, or replaces the one under the same key.
    ///
    /// # Errors
    /// As [`VectorIndex::insert`].
    pub(super) fn place(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError> {
        vector.check(self.dimensions)?;
        self.left_out = self.left_out.max(vector.left_out());
        let fine = vector.fine.as_chunks().0;
        if let Some(row) = self.row(key) {
            self.lines[row * self.width..][..self.width]
                .iter_mut()
                .zip(Line::pad(&vector.codes))
                .for_each(|(line, padded)| *line = padded);
            self.fine[row * self.width..][..self.width].copy_from_slice(fine);
            self.scales[row] = vector.scale;
        } else {
            grow(&mut self.keys, 1);
            grow(&mut self.scales, 1);
            grow(&mut self.lines, self.width);
            grow(&mut self.fine, self.width);
            self.keys.push(key);
            self.scales.push(vector.scale);
            self.lines.extend(Line::pad(&vector.codes));
            self.fine.extend_from_slice(fine);
            self.rows.push(&self.keys);
        }
        Ok(())
    }

    /// Removes a key; returns its row, whose place the last row has taken.
    pub(super) fn take(&mut self, key: u64) -> Option<usize> {
        let row = self.row(key)?;
        let last = self.keys.len() - 1;
        self.rows.swap_remove(row as u32, &self.keys);
        self.keys.swap_remove(row);
        self.scales.swap_remove(row);
        self.lines.copy_within(last * self.width.., row * self.width);
        self.lines.truncate(last * self.width);
        self.fine.copy_within(last * self.width.., row * self.width);
        self.fine.truncate(last * self.width);
        if shrink(&mut self.lines) {
            shrink(&mut self.fine);
            shrink(&mut self.keys);
            shrink(&mut self.scales);
            self.rows.shrink(&self.keys);
        }
        Some(row)
    }
}

/// Reserves room for `more` elements: doubles small vectors, then grows by [`GROWTH`] bytes or a sixty-fourth of the
/// length.
pub(crate) fn grow<T>(vector: &mut Vec<T>, more: usize) {
    if vector.capacity() - vector.len() < more {
        let step = vector.len().min(GROWTH / size_of::<T>().max(1));
        vector.reserve_exact(more.max(step).max(vector.len() / 64).max(16));
    }
}

/// Memory use of a hash map: filled to at most seven eighths, with one byte per slot.
pub(crate) fn map_bytes<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    map.capacity() * 8 / 7 * (size_of::<(K, V)>() + 1)
}

/// Shrinks a vector whose capacity exceeds four times its length; returns whether it did.
pub(crate) fn shrink<T>(vector: &mut Vec<T>) -> bool {
    let roomy = vector.capacity() / 4 > vector.len();
    if roomy {
        vector.shrink_to(vector.len() * 2);
    }
    roomy
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
        self.lines.capacity() * LINE
            + self.fine.capacity() * FINE
            + self.keys.capacity() * size_of::<u64>()
            + self.scales.capacity() * size_of::<f32>()
            + self.rows.memory_bytes()
    }

    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError> {
        self.place(key, vector)
    }

    fn remove(&mut self, key: u64) -> bool {
        self.take(key).is_some()
    }

    #[cfg(any(test, feature = "internals"))]
    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError> {
        let query = Query::new(query, self.dimensions)?;
        Ok(self.nearest(&query, k, Accept::Keys(accept), &Deadline::none()))
    }
}

/// How far a row's estimate may be below a threshold while its similarity may be above it.
#[derive(Clone, Copy)]
pub(super) struct Slack {
    /// Below a similarity: the error of one estimate.
    of_one: f32,
    /// Below another estimate: the error of two.
    of_two: f32,
}

/// The rows whose estimate is at most the slack below the `k`-th best estimate so far.
pub(super) struct Candidates {
    k: usize,
    slack: Slack,
    /// After a [`Self::prune`], the best `k` come first.
    kept: Vec<(f32, u32)>,
    prune_at: usize,
    /// Rows with a lower estimate can no longer be among the best `k`.
    pub(super) floor: f32,
}

impl Candidates {
    pub(super) fn new(k: usize, slack: Slack) -> Self {
        let floor = if k == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        let prune_at = k.saturating_mul(2).max(64);
        // Room for a typical `k`; it may be much larger.
        Self { k, slack, kept: Vec::with_capacity(prune_at.min(512)), prune_at, floor }
    }

    pub(super) fn offer(&mut self, estimate: f32, row: usize) {
        if estimate < self.floor {
            return;
        }
        self.kept.push((estimate, row as u32));
        if self.kept.len() >= self.prune_at {
            self.prune();
        }
    }

    /// Raises the floor to match the rows offered so far, and drops rows below it.
    pub(super) fn prune(&mut self) {
        if self.kept.len() >= self.k && self.k > 0 {
            let (_, (worst, _), _) = self.kept.select_nth_unstable_by(self.k - 1, |a, b| b.0.total_cmp(&a.0));
            self.floor = self.floor.max(*worst - self.slack.of_two);
        }
        let floor = self.floor;
        self.kept.retain(|&(estimate, _)| estimate >= floor);
        self.prune_at = self.prune_at.max(self.kept.len() * 2);
    }

    fn finish(mut self) -> Vec<(f32, u32)> {
        self.prune();
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &[f32]) -> QuantizedVector {
        QuantizedVector::from_f32(values).unwrap()
    }

    #[test]
    fn removal_frees_memory() {
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
    fn growing_is_rare_and_wastes_little() {
        let mut lines: Vec<Line> = Vec::new();
        let (mut moves, mut held) = (0, 0);
        for _ in 0..10_000 {
            grow(&mut lines, 6);
            lines.extend([Line([0; LINE]); 6]);
            if lines.capacity() != held {
                (moves, held) = (moves + 1, lines.capacity());
            }
            let empty = (lines.capacity() - lines.len()) * LINE;
            assert!(empty <= (lines.len() * LINE / 64).max(GROWTH), "{empty} of {}", lines.len() * LINE);
            assert!(lines.len() > 7200 || moves < 24, "{moves} at {} lines", lines.len());
        }
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
    fn candidates_keep_all_that_may_be_among_the_best() {
        let mut candidates = Candidates::new(2, Slack { of_one: 0.05, of_two: 0.1 });
        for row in 0..100_000usize {
            candidates.offer(row as f32 / 100_000.0, row);
        }
        assert!(candidates.kept.len() < 50_000);
        let rows: Vec<u32> = candidates.finish().into_iter().map(|(_, row)| row).collect();
        assert!(rows.contains(&99_999) && rows.contains(&99_998));
        assert!(rows.iter().all(|&row| row >= 89_990), "{:?}", rows.iter().min());
    }
}
