//! Search by one-bit codes, which select the rows to compare exactly.
//!
//! Invariant: results are in the scan's exact order. A neighbour is missed only if the estimate's error exceeds
//! [`bounds::DEVIATIONS`] standard deviations, or if the cosine between the query and the neighbour's offset from its
//! cell's centre exceeds the bound given by [`bounds::CLOSENESS`].
//!
//! The estimator is that of `RaBitQ` (Gao and Long, SIGMOD 2024): with `y` the rotated difference of a row and the
//! centre `c` of its cell, the signs `s` of `y` and `|y|^2 / sum |y_i|` are stored; then `<q, x>` is approximately
//! `<q, c> + <q', s> |y|^2 / sum |y_i|`, where `q'` is the rotated query, quantized to a few bits per value. The error
//! bound determines which rows may be among the best `k`: neither the number of candidates nor of cells is fixed. All
//! rows of a cell are tested by the signs of `q'` first, and those that pass by all its bits.

use super::deadline::Deadline;
use super::index::{Accept, VectorIndex};
use super::inverted_lists::InvertedLists;
use super::query::Query;
use super::scan::{Candidates, ScanIndex};
use super::tuning::{bounds, cells};
use crate::simd::{BitScan, Kernel, LINE, PLANES, Planes, Slope, Task};

/// Cells between two checks of the deadline.
const LOOK: usize = 32;

/// Step of the query's codes relative to its root mean square: optimal for a normal distribution and [`PLANES`] bits
/// (Max, 1960).
const STEP: f32 = 0.5860; // fixed: follows from the number of bits

impl InvertedLists {
    /// Offers to `best` the rows that may be among its best and that `accept` accepts.
    pub(super) fn search(
        &self,
        scan: &ScanIndex,
        query: &Query,
        accept: Accept<'_>,
        k: usize,
        deadline: &Deadline,
        best: &mut Candidates,
    ) {
        let mut rotated = query.values()[..scan.dimensions()].to_vec();
        self.rotation().apply(&mut rotated);
        let prepared = query.simd().run(PrepareQuery { rotated: &rotated });
        let kernel = BitScan::new(query.simd());
        let [of_each, more] = cells::LOT;
        let batch = k.saturating_mul(of_each).saturating_add(more);
        let (pending, rows) = (Vec::with_capacity(batch.min(4096) * 4), Vec::with_capacity(batch));
        let mut search = Search { scan, query, accept, batch, pending, rows };
        let closeness =
            bounds::CLOSENESS.max(bounds::CLOSENESS_DEVIATIONS / (scan.dimensions() as f32).sqrt());
        let mut order: Vec<(f32, u32)> = Vec::with_capacity(self.cells().len());
        self.products(query.simd(), query.lines(), |cell, product| {
            order.push((query.estimate_of(product), cell as u32));
        });
        let nearer = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0);
        let first = cells::FIRST.min(order.len());
        if first < order.len() {
            order.select_nth_unstable_by(first, nearer);
        }
        order[..first].sort_unstable_by(nearer);
        for part in 0..2 {
            if part == 1 {
                order.drain(..first);
                order.retain(|&(score, cell)| {
                    score + closeness * self.cells()[cell as usize].radius() >= best.floor
                });
            }
            let cells = if part == 0 { &order[..first] } else { &order[..] };
            for (at, &(score, cell)) in cells.iter().enumerate() {
                if part == 1 && at % LOOK == 0 && deadline.cuts() {
                    break;
                }
                let cell = &self.cells()[cell as usize];
                if score + closeness * cell.radius() < best.floor {
                    continue;
                }
                let start = search.pending.len();
                kernel.pass(&prepared.planes(), cell.codes(), best.floor - score, &mut search.pending);
                search.collect(start, score, cell.rows());
                if search.pending.len() >= batch {
                    search.compare_batch(best);
                }
            }
        }
        while !search.pending.is_empty() {
            search.compare_batch(best);
        }
    }
}

/// State of a search: rows that passed the codes and are not yet compared.
struct Search<'a> {
    scan: &'a ScanIndex,
    query: &'a Query,
    accept: Accept<'a>,
    /// Number of rows compared at a time.
    batch: usize,
    pending: Vec<(f32, u32)>,
    rows: Vec<u32>,
}

impl Search<'_> {
    /// Converts the rows found in a cell, `pending[start..]`, from bounds and positions relative to the cell to
    /// absolute ones, and drops those not accepted.
    fn collect(&mut self, start: usize, offset: f32, rows: &[u32]) {
        let mut to = start;
        for at in start..self.pending.len() {
            let (bound, place) = self.pending[at];
            let row = rows[place as usize];
            if self.accept.takes(row as usize, self.scan.keys()[row as usize]) {
                self.pending[to] = (bound + offset, row);
                to += 1;
            }
        }
        self.pending.truncate(to);
    }

    /// Compares the most promising batch, and drops pending rows whose bound is below the new floor.
    fn compare_batch(&mut self, best: &mut Candidates) {
        let batch = self.batch.min(self.pending.len());
        if batch < self.pending.len() {
            self.pending.select_nth_unstable_by(batch, |a, b| b.0.total_cmp(&a.0));
        }
        self.rows.extend(self.pending.drain(..batch).map(|(_, row)| row));
        self.scan.offer_listed(self.query, &self.rows, best);
        self.rows.clear();
        best.prune();
        let floor = best.floor;
        self.pending.retain(|&(bound, _)| bound >= floor);
    }
}

/// A query prepared for comparison with the codes.
struct PreparedQuery {
    words: Vec<[u64; PLANES]>,
    signs: Slope,
    all: Slope,
}

impl PreparedQuery {
    fn planes(&self) -> Planes<'_> {
        Planes { words: &self.words, signs: self.signs, all: self.all }
    }
}

/// Quantizes a query.
struct PrepareQuery<'a> {
    rotated: &'a [f32],
}

/// A sum over a query's values, as partial sums.
#[derive(Clone, Copy)]
struct Sums([f32; 16]);

impl Sums {
    #[inline(always)]
    fn add(&mut self, values: &[f32; 16], of: impl Fn(f32, usize) -> f32) {
        for (at, (sum, &value)) in self.0.iter_mut().zip(values).enumerate() {
            *sum += of(value, at);
        }
    }

    #[inline(always)]
    fn total(self) -> f32 {
        let mut sums = self.0;
        for width in [8, 4, 2, 1] {
            for at in 0..width {
                sums[at] += sums[at + width];
            }
        }
        sums[0]
    }
}

impl Task for PrepareQuery<'_> {
    type Output = PreparedQuery;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> PreparedQuery {
        const TOP: i32 = (1 << PLANES) - 1;
        let count = self.rotated.len() as f32;
        let (mut squares, mut absolute) = (Sums([0.0; 16]), Sums([0.0; 16]));
        for values in self.rotated.as_chunks::<16>().0 {
            squares.add(values, |value, _| value * value);
            absolute.add(values, |value, _| value.abs());
        }
        let (squares, absolute) = (squares.total(), absolute.total());
        // Levels are odd multiples of half a step.
        let step = (STEP * (squares / count).sqrt()).max(f32::MIN_POSITIVE);
        let per_step = 1.0 / step;
        let (mut shared, mut kept_squares) = (Sums([0.0; 16]), Sums([0.0; 16]));
        let mut words = Vec::with_capacity(self.rotated.len() / LINE);
        for values in self.rotated.as_chunks::<LINE>().0 {
            let mut levels = [0u8; LINE];
            let mut kept = [0.0f32; LINE];
            for at in 0..LINE {
                // Negative values truncate towards zero and are clamped to it.
                let level = (values[at] * per_step + (TOP + 1) as f32 * 0.5).clamp(0.0, TOP as f32) as i32;
                levels[at] = level as u8;
                kept[at] = (level * 2 - TOP) as f32 * 0.5 * step;
            }
            for (values, kept) in values.as_chunks::<16>().0.iter().zip(kept.as_chunks::<16>().0) {
                shared.add(values, |value, at| value * kept[at]);
                kept_squares.add(kept, |kept, _| kept * kept);
            }
            let mut planes = [0u64; PLANES];
            for (at, eight) in levels.as_chunks::<8>().0.iter().enumerate() {
                let eight = u64::from_le_bytes(*eight);
                for (plane, bits) in planes.iter_mut().enumerate() {
                    // The product gathers the lowest bits of eight bytes in the highest byte.
                    let lowest = (eight >> plane) & 0x0101_0101_0101_0101;
                    *bits |= (lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (at * 8);
                }
            }
            words.push(planes);
        }
        let (shared, kept_squares) = (shared.total(), kept_squares.total());
        // Codes are shorter than the vector, which would bias the nearest rows most: stretch them so that the residual
        // is orthogonal to the query.
        let stretch = if shared > 0.0 { squares / shared } else { 1.0 };
        let left_out = (stretch * stretch * kept_squares - squares).max(0.0);
        let step = step * stretch;
        let all = slope(step, TOP as f32 * count, squares, left_out);
        let sign = if absolute > 0.0 { squares / absolute } else { 0.0 };
        let left_out = (sign * sign * count - squares).max(0.0);
        let signs = slope(2.0 * sign, count, squares, left_out);
        PreparedQuery { words, signs, all }
    }
}

/// The bound's parameters from the step, the maximum count, and the squared norms of the query and of its residual.
#[inline(always)]
fn slope(step: f32, most: f32, squares: f32, left_out: f32) -> Slope {
    // The residual of a row's signs contributes sqrt(pi/2 - 1) |q| |y| / sqrt(D), and |y| is near sqrt(2 D / pi) times
    // the factor: that is (1 - 2 / pi) |q|^2 in the variance. The residual of the query's codes adds the rest.
    let deviation = ((1.0 - std::f32::consts::FRAC_2_PI) * squares + left_out).sqrt();
    Slope { base: 0.5 * step * most + bounds::DEVIATIONS * deviation, step }
}

const _: () = assert!(LINE == 64, "one word of codes per line of values");
