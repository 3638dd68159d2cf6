//! One-bit codes beside the int8 rows: they say which rows are worth a look.
//!
//! Invariant: the codes of row `r` are those of the scan's row `r`, for every row below [`BitCodes::len`]; rows below
//! `fresh` are coded about `centre`, the others about `before`. A search by them returns rows in the scan's own exact
//! order; a neighbour is missed only where the estimate errs by more than [`DEVIATIONS`] of its standard deviations.
//!
//! The estimator is that of `RaBitQ` (Gao and Long, SIGMOD 2024): with `z` the rotated row and `c` the rotated mean of
//! the rows, `y = z - c` is kept as its signs `s`, as `|y|^2 / sum |y_i|` and as `<c, z>`; then `<q, x>` is near
//! `<q' - c, s> |y|^2 / sum |y_i| + <c, z> + <q', c> - |c|^2`, `q'` being the rotated query, which keeps a few bits a
//! value. What follows from the error is which rows may be among the best `k`: no number of candidates is set.

use super::query::Query;
use super::rotation::Rotation;
use super::scan::{Candidates, ScanIndex, grow};
use super::{Accept, VectorIndex};
use crate::simd::{BitScan, Codes, EIGHT, Floats, LINE, PLANES, Planes, Words};

/// Standard deviations of the estimate's error that a row is given the benefit of.
const DEVIATIONS: f32 = 2.2;

/// Blocks of eight rows that are scanned between two looks at what was found, at most.
const BLOCKS: usize = 512;

/// Rows that are compared one by one before the first bound is asked for.
const FIRST_ROWS: usize = 192;

/// Rows coded anew at each change while the centre moves.
const REFRESH: usize = 16;

/// The width of a step of the query's codes, in its root mean square: the best for a normal deviate and
/// [`PLANES`] bits (Max, 1960).
const STEP: f32 = 0.9957;

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
        }
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
        best: &mut Candidates,
    ) {
        let kernel = BitScan::new(query.simd());
        let mut rotated = query.values()[..scan.dimensions()].to_vec();
        self.rotation.apply(&mut rotated);
        let edge = if self.fresh == self.len { self.factors.len() } else { self.fresh / EIGHT };
        let lot = k.saturating_mul(3).saturating_add(16);
        let mut search = Search { scan, query, lot, waiting: Vec::new(), rows: Vec::new() };
        let total = self.factors.len();
        let start = (FIRST_ROWS / EIGHT).min(total);
        // The block that the edge runs through has rows of both centres: it is looked at row by row.
        let both = if edge < total { edge + 1 } else { edge };
        let mut plain: Vec<u32> = (0..(start * EIGHT).min(self.len) as u32).collect();
        if edge < both && edge >= start {
            plain.extend((edge * EIGHT) as u32..(both * EIGHT).min(self.len) as u32);
        }
        plain.retain(|&row| accept.takes(row as usize, scan.keys()[row as usize]));
        scan.offer_listed(query, &plain, best);
        for (blocks, centre) in
            [(start..edge.max(start), &self.centre), (both.max(start)..total, &self.before)]
        {
            if blocks.is_empty() {
                continue;
            }
            let asked = Asked::new(&rotated, centre);
            let mut at = blocks.start;
            while at < blocks.end {
                // Each look at the rows found raises the floor for as many again.
                let end = (at + BLOCKS.min(at.max(FIRST_ROWS / EIGHT))).min(blocks.end);
                let width = self.width();
                let codes = Codes {
                    words: &self.words[at * width..end * width],
                    factors: &self.factors[at..end],
                    offsets: &self.offsets[at..end],
                };
                let held = search.waiting.len();
                kernel.scan(
                    &asked.planes(),
                    codes,
                    best.floor - asked.constant,
                    (at * EIGHT) as u32,
                    &mut search.waiting,
                );
                search.join(held, asked.constant, accept);
                if search.waiting.len() >= lot {
                    search.settle(best);
                }
                at = end;
            }
        }
        while !search.waiting.is_empty() {
            search.settle(best);
        }
    }
}

/// Rows that were let through and wait for a closer look.
struct Search<'a> {
    scan: &'a ScanIndex,
    query: &'a Query,
    /// How many are looked at together.
    lot: usize,
    waiting: Vec<(f32, u32)>,
    rows: Vec<u32>,
}

impl Search<'_> {
    /// Takes what was found from `held` on into the rows that wait.
    fn join(&mut self, held: usize, constant: f32, accept: Accept<'_>) {
        let mut to = held;
        for at in held..self.waiting.len() {
            let (bound, row) = self.waiting[at];
            if accept.takes(row as usize, self.scan.keys()[row as usize]) {
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
        self.rows.clear();
        self.rows.extend(self.waiting.drain(..lot).map(|(_, row)| row));
        self.scan.offer_listed(self.query, &self.rows, best);
        let floor = best.floor;
        self.waiting.retain(|&(bound, _)| bound >= floor);
    }
}

/// A query as one centre sees it.
struct Asked {
    words: Vec<[u64; PLANES]>,
    base: f32,
    step: f32,
    /// What every bound lacks.
    constant: f32,
}

impl Asked {
    fn new(rotated: &[f32], centre: &[f32]) -> Self {
        let apart: Vec<f32> = rotated.iter().zip(centre).map(|(query, centre)| query - centre).collect();
        let squares: f32 = apart.iter().map(|value| value * value).sum();
        let constant = apart.iter().zip(centre).map(|(apart, centre)| apart * centre).sum();
        // Levels are odd multiples of half a step.
        let step = (STEP * (squares / apart.len() as f32).sqrt()).max(f32::MIN_POSITIVE);
        let top = (1 << PLANES) - 1;
        let per_step = 1.0 / step;
        let (mut shared, mut kept_squares) = (0.0f32, 0.0f32);
        let words = apart.chunks(64).map(|apart| {
            let mut planes = [0u64; PLANES];
            for (at, &value) in apart.iter().enumerate() {
                // What is below zero is cut towards it, and clamped to it.
                let level = ((value * per_step + (1 << (PLANES - 1)) as f32) as i32).clamp(0, top);
                let kept = (level * 2 - top) as f32 * 0.5 * step;
                shared += value * kept;
                kept_squares += kept * kept;
                for (plane, bits) in planes.iter_mut().enumerate() {
                    *bits |= ((level >> plane) as u64 & 1) << at;
                }
            }
            planes
        });
        let words: Vec<[u64; PLANES]> = words.collect();
        // Codes are shorter than what they stand for, which would take most from the nearest rows: stretched so that
        // what they leave out is at right angles to the query.
        let stretch = if shared > 0.0 { squares / shared } else { 1.0 };
        let left_out = (stretch * stretch * kept_squares - squares).max(0.0);
        let step = step * stretch;
        // The signs leave out sqrt(pi/2 - 1) of |q| |y| / sqrt(D), and |y| is near sqrt(2 D / pi) times the factor:
        // that is (1 - 2 / pi) of |q|^2 in the square; the query's own codes leave out the rest.
        let deviation = ((1.0 - std::f32::consts::FRAC_2_PI) * squares + left_out).sqrt();
        let base = 0.5 * step * top as f32 * apart.len() as f32 + DEVIATIONS * deviation;
        Self { words, base, step, constant }
    }

    fn planes(&self) -> Planes<'_> {
        Planes { words: &self.words, base: self.base, step: self.step }
    }
}

const _: () = assert!(LINE == 64, "a word of codes for a line of values");
