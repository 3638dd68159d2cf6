//! One-bit codes beside the int8 rows: they say which rows are worth a look.
//!
//! Invariant: the codes of row `r` are those of the scan's row `r`, for every row below [`BitCodes::len`]; rows below
//! `fresh` are coded about `centre`, the others about `before`. A search by them returns rows in the scan's own exact
//! order; a neighbour is missed only where the estimate errs by more than [`DEVIATIONS`] of its standard deviations.
//!
//! The estimator is that of `RaBitQ` (Gao and Long, SIGMOD 2024): with `z` the rotated row and `c` the rotated mean of
//! the rows, `y = z - c` is kept as its signs `s`, as `|y|^2 / sum |y_i|` and as `<c, z>`; then `<q, x>` is near
//! `<q' - c, s> |y|^2 / sum |y_i| + <c, z> + <q', c> - |c|^2`, `q'` being the rotated query, which keeps a few bits a
//! value. What follows from the error is which rows may be among the best `k`: no number of candidates is set. All rows
//! are judged by the signs of `q'` first, and those that pass by all its bits.

use std::cell::Cell;

use super::frame::{Reader, Writer, damaged};
use super::query::Query;
use super::rotation::{Rotation, SEED};
use super::scan::{Candidates, ScanIndex, grow};
use super::{Accept, Deadline, VectorIndex};
use crate::error::IndexError;
use crate::simd::{BitScan, Codes, EIGHT, Floats, Kernel, LINE, PLANES, Planes, Slope, Task, Words};

/// Standard deviations of the estimate's error that a row is given the benefit of.
const DEVIATIONS: f32 = 2.4;

/// Blocks of eight rows whose bounds are held at once.
const BLOCKS: usize = 4096;

/// How many parts a lot of rows is cut into, for each row of it that a first floor comes from.
const PARTS: usize = 4;

/// Rows coded anew at each change while the centre moves.
const REFRESH: usize = 16;

/// The width of a step of the query's codes, in its root mean square: the best for a normal deviate and
/// [`PLANES`] bits (Max, 1960).
const STEP: f32 = 0.5860;

/// One-bit codes of a scan's rows.
pub(super) struct BitCodes {
    rotation: Rotation,
    words: Vec<Words>,
    factors: Vec<Floats>,
    offsets: Vec<Floats>,
    len: usize,
    /// The sum of all coded rows, rotated.
    sum: Vec<f64>,
    centre: Vec<f32>,
    before: Vec<f32>,
    fresh: usize,
    /// The number of rows at which the mean is taken again.
    recentre_at: usize,
    /// Whether a row has gone that may still be in a centre.
    has_left: bool,
}

impl BitCodes {
    /// Of no rows yet.
    pub(super) fn new(dimensions: usize) -> Self {
        let rotation = Rotation::new(dimensions);
        let values = rotation.values();
        Self {
            rotation,
            words: Vec::new(),
            factors: Vec::new(),
            offsets: Vec::new(),
            len: 0,
            sum: vec![0.0; values],
            centre: vec![0.0; values],
            before: vec![0.0; values],
            fresh: 0,
            recentre_at: 64,
            has_left: false,
        }
    }

    /// Writes all codes.
    pub(super) fn save(&self, to: &mut Writer) {
        to.u64(SEED);
        for number in [self.len, self.fresh, self.recentre_at] {
            to.u64(number as u64);
        }
        to.each(self.words.iter().flat_map(|words| words.0).map(u64::to_le_bytes));
        for floats in [&self.factors, &self.offsets] {
            to.each(floats.iter().flat_map(|floats| floats.0).map(f32::to_le_bytes));
        }
        to.each(self.sum.iter().map(|sum| sum.to_le_bytes()));
        for values in [&self.centre, &self.before] {
            to.each(values.iter().map(|value| value.to_le_bytes()));
        }
    }

    /// What [`Self::save`] wrote for `len` rows.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(super) fn load(dimensions: usize, len: usize, from: &mut Reader<'_>) -> Result<Self, IndexError> {
        let mut codes = Self::new(dimensions);
        if from.u64()? != SEED {
            return Err(damaged("its codes are of another rotation"));
        }
        let values = codes.rotation.values();
        [codes.len, codes.fresh, codes.recentre_at] = [from.count()?, from.count()?, from.count()?];
        if codes.len != len || codes.fresh > len {
            return Err(damaged("its codes are of other rows"));
        }
        let blocks = len.div_ceil(EIGHT);
        let eight =
            |bytes: [u8; 32]| Floats(std::array::from_fn(|at| f32::from_le_bytes(bytes.as_chunks().0[at])));
        codes.words = from.each(blocks * codes.width(), |bytes: [u8; 64]| {
            Words(std::array::from_fn(|at| u64::from_le_bytes(bytes.as_chunks().0[at])))
        })?;
        codes.factors = from.each(blocks, eight)?;
        codes.offsets = from.each(blocks, eight)?;
        codes.sum = from.each(values, f64::from_le_bytes)?;
        codes.centre = from.each(values, f32::from_le_bytes)?;
        codes.before = from.each(values, f32::from_le_bytes)?;
        Ok(codes)
    }

    /// Rows coded.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes held.
    pub(super) fn memory_bytes(&self) -> usize {
        self.words.capacity() * size_of::<Words>()
            + (self.factors.capacity() + self.offsets.capacity()) * size_of::<Floats>()
            + self.sum.len() * 24
    }

    fn width(&self) -> usize {
        self.rotation.values() / 64
    }

    fn rotated(&self, scan: &ScanIndex, row: usize) -> Vec<f32> {
        let scale = scan.scale_at(row);
        let mut values = Vec::with_capacity(self.rotation.values());
        values.extend(scan.codes_at(row).iter().map(|&code| f32::from(code) * scale));
        self.rotation.apply(&mut values);
        values
    }

    /// Codes the row after the last one.
    pub(super) fn push(&mut self, scan: &ScanIndex) {
        if self.len.is_multiple_of(EIGHT) {
            let width = self.width();
            grow(&mut self.words, width);
            self.words.resize(self.words.len() + width, Words([0; EIGHT]));
            grow(&mut self.factors, 1);
            self.factors.push(Floats([0.0; EIGHT]));
            grow(&mut self.offsets, 1);
            self.offsets.push(Floats([f32::NAN; EIGHT]));
        }
        let row = self.len;
        self.len += 1;
        // While the centre moves, new rows join those that still wait.
        if self.fresh == row {
            self.fresh = self.len;
        }
        let values = self.rotated(scan, row);
        self.add(&values, 1.0);
        self.encode(row, &values);
        self.refresh(scan);
    }

    /// Codes a row anew, after [`Self::leave`] and the change of its vector.
    pub(super) fn replace(&mut self, scan: &ScanIndex, row: usize) {
        let values = self.rotated(scan, row);
        self.add(&values, 1.0);
        self.encode(row, &values);
    }

    /// To be called before the vector of a row goes.
    pub(super) fn leave(&mut self, scan: &ScanIndex, row: usize) {
        let values = self.rotated(scan, row);
        self.add(&values, -1.0);
        self.has_left = true;
    }

    /// Whether what is held comes of the present rows alone.
    pub(super) fn is_of_present_rows(&self) -> bool {
        !self.has_left
    }

    /// The last row took the place of `row`, which [`Self::leave`] was told of, in the scan.
    pub(super) fn swap_remove(&mut self, scan: &ScanIndex, row: usize) {
        self.len -= 1;
        let (block, lane) = (self.len / EIGHT, self.len % EIGHT);
        self.offsets[block].0[lane] = f32::NAN;
        if row < self.len {
            let values = self.rotated(scan, row);
            self.encode(row, &values);
        }
        self.fresh = self.fresh.min(self.len);
        if lane == 0 {
            self.words.truncate(block * self.width());
            self.factors.truncate(block);
            self.offsets.truncate(block);
            if self.words.capacity() / 4 > self.words.len() {
                self.words.shrink_to(self.words.len() * 2);
                self.factors.shrink_to(self.factors.len() * 2);
                self.offsets.shrink_to(self.offsets.len() * 2);
            }
        }
        if self.len * 4 < self.recentre_at {
            self.recentre_at = (self.len * 2).max(64);
        }
        self.refresh(scan);
    }

    fn add(&mut self, values: &[f32], sign: f64) {
        for (sum, &value) in self.sum.iter_mut().zip(values) {
            *sum += sign * f64::from(value);
        }
    }

    /// Takes the mean again where the rows have doubled, and brings some of the rows up to it.
    fn refresh(&mut self, scan: &ScanIndex) {
        if self.fresh == self.len && self.len >= self.recentre_at {
            self.recentre_at = self.len * 2;
            let count = self.len as f64;
            self.before = std::mem::replace(
                &mut self.centre,
                self.sum.iter().map(|sum| (sum / count) as f32).collect(),
            );
            self.fresh = 0;
        }
        for _ in 0..REFRESH {
            if self.fresh == self.len {
                break;
            }
            self.fresh += 1;
            let values = self.rotated(scan, self.fresh - 1);
            self.encode(self.fresh - 1, &values);
        }
    }

    fn encode(&mut self, row: usize, values: &[f32]) {
        let centre = if row < self.fresh { &self.centre } else { &self.before };
        let (block, lane) = (row / EIGHT, row % EIGHT);
        let width = self.rotation.values() / 64;
        let (mut squares, mut absolute, mut offset) = (0.0f32, 0.0f32, 0.0f32);
        let words = &mut self.words[block * width..][..width];
        for ((word, values), centre) in words.iter_mut().zip(values.chunks(64)).zip(centre.chunks(64)) {
            let mut bits = 0u64;
            for (at, (&value, &centre)) in values.iter().zip(centre).enumerate() {
                let apart = value - centre;
                bits |= u64::from(apart > 0.0) << at;
                squares += apart * apart;
                absolute += apart.abs();
                offset += centre * value;
            }
            word.0[lane] = bits;
        }
        self.factors[block].0[lane] = if absolute > 0.0 { squares / absolute } else { 0.0 };
        self.offsets[block].0[lane] = offset;
    }

    /// Offers to `best` the rows that may be among its best and that `accept` takes.
    pub(super) fn search(
        &self,
        scan: &ScanIndex,
        query: &Query,
        accept: Accept<'_>,
        k: usize,
        deadline: &Deadline,
        best: &mut Candidates,
    ) {
        let kernel = BitScan::new(query.simd());
        let mut rotated = query.values()[..scan.dimensions()].to_vec();
        self.rotation.apply(&mut rotated);
        let edge = if self.fresh == self.len { self.factors.len() } else { self.fresh / EIGHT };
        let lot = k.saturating_mul(3).saturating_add(16);
        let mut search = Search { scan, query, accept, lot, waiting: Vec::new(), rows: Vec::new() };
        let total = self.factors.len();
        // The block that the edge runs through has rows of both centres: it is looked at row by row.
        let both = if edge < total { edge + 1 } else { edge };
        search.rows.extend((edge * EIGHT) as u32..((both * EIGHT).min(self.len)) as u32);
        search.offer(best);
        let mut by_signs = SCRATCH.take();
        if by_signs.len() < BLOCKS.min(total) {
            by_signs.resize(BLOCKS.min(total), Floats([0.0; EIGHT]));
        }
        let width = self.width();
        for (blocks, centre) in [(0..edge, &self.centre), (both..total, &self.before)] {
            if blocks.is_empty() {
                continue;
            }
            let asked = query.simd().run(Ask { rotated: &rotated, centre });
            for at in blocks.clone().step_by(BLOCKS) {
                if at > 0 && deadline.cuts() {
                    break;
                }
                let end = (at + BLOCKS).min(blocks.end);
                let codes = Codes {
                    words: &self.words[at * width..end * width],
                    factors: &self.factors[at..end],
                    offsets: &self.offsets[at..end],
                };
                let by_signs = &mut by_signs[..end - at];
                kernel.by_signs(&asked.planes(), codes, by_signs);
                let first = (at * EIGHT) as u32;
                if best.floor == f32::NEG_INFINITY {
                    search.start(by_signs, first, best);
                }
                let held = search.waiting.len();
                let floor = best.floor - asked.constant;
                kernel.by_all(&asked.planes(), codes, by_signs, floor, first, &mut search.waiting);
                search.join(held, asked.constant);
                if search.waiting.len() >= lot {
                    search.settle(best);
                }
            }
        }
        SCRATCH.set(by_signs);
        while !search.waiting.is_empty() {
            search.settle(best);
        }
    }
}

thread_local! {
    /// Room for the bounds of [`BLOCKS`] blocks: to clear it for each search takes as long as to fill it.
    static SCRATCH: Cell<Vec<Floats>> = const { Cell::new(Vec::new()) };
}

/// Rows that were let through and wait for a closer look.
struct Search<'a> {
    scan: &'a ScanIndex,
    query: &'a Query,
    accept: Accept<'a>,
    /// How many are looked at together.
    lot: usize,
    waiting: Vec<(f32, u32)>,
    rows: Vec<u32>,
}

impl Search<'_> {
    /// Looks at the most promising rows by their signs, for a first floor; they are not looked at again.
    fn start(&mut self, by_signs: &mut [Floats], first: u32, best: &mut Candidates) {
        // Of as many parts as there should be rows, and more, the highest bounds; the rows above the least of the best
        // of these are about as many.
        let part = (by_signs.len() * EIGHT / (PARTS * self.lot)).max(1);
        let mut ordered = self.query.simd().run(Highest { by_signs, part }).concat();
        let least = if self.lot < ordered.len() {
            *ordered.select_nth_unstable_by(self.lot, |a, b| b.total_cmp(a)).1
        } else {
            f32::NEG_INFINITY
        };
        self.query.simd().run(Above { by_signs, least, first, rows: &mut self.rows });
        self.offer(best);
    }

    /// Offers `rows`, as far as they are taken, and empties them.
    fn offer(&mut self, best: &mut Candidates) {
        let (accept, keys) = (self.accept, self.scan.keys());
        self.rows.retain(|&row| accept.takes(row as usize, keys[row as usize]));
        self.scan.offer_listed(self.query, &self.rows, best);
        self.rows.clear();
    }

    /// Takes what was found from `held` on into the rows that wait.
    fn join(&mut self, held: usize, constant: f32) {
        let mut to = held;
        for at in held..self.waiting.len() {
            let (bound, row) = self.waiting[at];
            if self.accept.takes(row as usize, self.scan.keys()[row as usize]) {
                self.waiting[to] = (bound + constant, row);
                to += 1;
            }
        }
        self.waiting.truncate(to);
    }

    /// Looks at the most promising lot, and lets go of what can no longer belong.
    fn settle(&mut self, best: &mut Candidates) {
        let lot = self.lot.min(self.waiting.len());
        if lot < self.waiting.len() {
            self.waiting.select_nth_unstable_by(lot, |a, b| b.0.total_cmp(&a.0));
        }
        self.rows.extend(self.waiting.drain(..lot).map(|(_, row)| row));
        self.scan.offer_listed(self.query, &self.rows, best);
        self.rows.clear();
        let floor = best.floor;
        self.waiting.retain(|&(bound, _)| bound >= floor);
    }
}

/// A query as one centre sees it.
struct Asked {
    words: Vec<[u64; PLANES]>,
    signs: Slope,
    all: Slope,
    /// What every bound lacks.
    constant: f32,
}

impl Asked {
    fn planes(&self) -> Planes<'_> {
        Planes { words: &self.words, signs: self.signs, all: self.all }
    }
}

/// The highest of each lane's bounds in each part.
struct Highest<'a> {
    by_signs: &'a [Floats],
    part: usize,
}

impl Task for Highest<'_> {
    type Output = Vec<[f32; EIGHT]>;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> Self::Output {
        let mut all = Vec::with_capacity(self.by_signs.len() / self.part + 1);
        for part in self.by_signs.chunks(self.part) {
            let mut highest = [f32::NEG_INFINITY; EIGHT];
            for eight in part {
                for (highest, bound) in highest.iter_mut().zip(eight.0) {
                    // A bound that is not a number stays out.
                    *highest = if bound > *highest { bound } else { *highest };
                }
            }
            all.push(highest);
        }
        all
    }
}

/// Takes the rows whose bound is at least so high, and their bounds away.
struct Above<'a> {
    by_signs: &'a mut [Floats],
    least: f32,
    first: u32,
    rows: &'a mut Vec<u32>,
}

impl Task for Above<'_> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) {
        for (eight, first) in self.by_signs.iter_mut().zip((self.first..).step_by(EIGHT)) {
            let mut any = false;
            for bound in eight.0 {
                any |= bound >= self.least;
            }
            if !any {
                continue;
            }
            for (bound, row) in eight.0.iter_mut().zip(first..) {
                if *bound >= self.least {
                    *bound = f32::NAN;
                    self.rows.push(row);
                }
            }
        }
    }
}

/// Makes a query ready for the rows coded about a centre.
struct Ask<'a> {
    rotated: &'a [f32],
    centre: &'a [f32],
}

/// What is added up over a query's values, in partial sums.
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

impl Task for Ask<'_> {
    type Output = Asked;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> Asked {
        const TOP: i32 = (1 << PLANES) - 1;
        let apart: Vec<f32> =
            self.rotated.iter().zip(self.centre).map(|(query, centre)| query - centre).collect();
        let count = apart.len() as f32;
        let (mut squares, mut absolute, mut constant) = (Sums([0.0; 16]), Sums([0.0; 16]), Sums([0.0; 16]));
        for (apart, centre) in apart.as_chunks::<16>().0.iter().zip(self.centre.as_chunks::<16>().0) {
            squares.add(apart, |value, _| value * value);
            absolute.add(apart, |value, _| value.abs());
            constant.add(apart, |value, at| value * centre[at]);
        }
        let (squares, absolute) = (squares.total(), absolute.total());
        // Levels are odd multiples of half a step.
        let step = (STEP * (squares / count).sqrt()).max(f32::MIN_POSITIVE);
        let per_step = 1.0 / step;
        let (mut shared, mut kept_squares) = (Sums([0.0; 16]), Sums([0.0; 16]));
        let mut words = Vec::with_capacity(apart.len() / LINE);
        for apart in apart.as_chunks::<LINE>().0 {
            let mut levels = [0u8; LINE];
            let mut kept = [0.0f32; LINE];
            for at in 0..LINE {
                // What is below zero is cut towards it, and clamped to it.
                let level = (apart[at] * per_step + (TOP + 1) as f32 * 0.5).clamp(0.0, TOP as f32) as i32;
                levels[at] = level as u8;
                kept[at] = (level * 2 - TOP) as f32 * 0.5 * step;
            }
            for (apart, kept) in apart.as_chunks::<16>().0.iter().zip(kept.as_chunks::<16>().0) {
                shared.add(apart, |value, at| value * kept[at]);
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
        // Codes are shorter than what they stand for, which would take most from the nearest rows: stretched so that
        // what they leave out is at right angles to the query.
        let stretch = if shared > 0.0 { squares / shared } else { 1.0 };
        let left_out = (stretch * stretch * kept_squares - squares).max(0.0);
        let step = step * stretch;
        let all = slope(step, TOP as f32 * count, squares, left_out);
        let sign = if absolute > 0.0 { squares / absolute } else { 0.0 };
        let left_out = (sign * sign * count - squares).max(0.0);
        let signs = slope(2.0 * sign, count, squares, left_out);
        Asked { words, signs, all, constant: constant.total() }
    }
}

/// From the query's step, the most that can be counted, the square of the query and that of what its codes leave out.
#[inline(always)]
fn slope(step: f32, most: f32, squares: f32, left_out: f32) -> Slope {
    // The signs of the rows leave out sqrt(pi/2 - 1) of |q| |y| / sqrt(D), and |y| is near sqrt(2 D / pi) times the
    // factor: that is (1 - 2 / pi) of |q|^2 in the square; the query's own codes leave out the rest.
    let deviation = ((1.0 - std::f32::consts::FRAC_2_PI) * squares + left_out).sqrt();
    Slope { base: 0.5 * step * most + DEVIATIONS * deviation, step }
}

const _: () = assert!(LINE == 64, "a word of codes for a line of values");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_another_rotation_are_refused() {
        let mut to = Writer::new(*b"IDIOTEST", 1, 0);
        BitCodes::new(64).save(&mut to);
        let mut body = to.finish().split_off(24);
        let load = |body: &[u8]| {
            let mut to = Writer::new(*b"IDIOTEST", 1, 0);
            to.bytes(body);
            let frame = to.finish();
            BitCodes::load(64, 0, &mut Reader::open(&frame, *b"IDIOTEST", 1)?).map(|codes| codes.len())
        };
        assert_eq!(load(&body).unwrap(), 0);
        body[0] ^= 1;
        assert!(matches!(load(&body), Err(IndexError::DamagedSnapshot { .. })));
    }
}
