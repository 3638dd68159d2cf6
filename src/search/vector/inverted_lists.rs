//! Inverted lists: rows grouped into cells of similar vectors, with one-bit codes relative to the cell's centre.
//!
//! Invariant: every row below [`InvertedLists::len`], except one passed to [`InvertedLists::detach`], is in exactly one
//! cell, which `of_row` names. A cell's codes are those of its rows relative to its current centre, and its radius is
//! at least the distance of any of them. The factor of a lane without a row is NaN.
//!
//! Cells adapt to inserts: a new row joins the cell with the nearest centre; a cell that grows too large is split in
//! two, and rows near the split move to a new centre, or back to an old one, if that is nearer (as in `SPFresh`, Xu et
//! al., SOSP 2023). No change rereads more than a few cells.

use super::frame::{Reader, Writer, damaged};
use super::index::VectorIndex;
use super::rotation::{Rotation, SEED};
use super::scan::{ScanIndex, grow};
use super::tuning::cells;
use crate::error::IndexError;
use crate::simd::{Codes, EIGHT, Floats, LINE, Line, Pick, Simd, Words, codes, dots};

/// Number of centres whose products are computed at once.
const CHUNK: usize = 256;
/// Marks a row that is in no cell.
const NONE: u32 = u32::MAX;

/// All rows of a scan, grouped into cells.
pub(super) struct InvertedLists {
    rotation: Rotation,
    /// Lines per row.
    width: usize,
    all: Vec<Cell>,
    /// The centre of each cell, as an int8 row.
    centres: Vec<Line>,
    of_row: Vec<u32>,
    /// Whether a row was removed that may still influence a centre.
    has_removed_rows: bool,
}

/// A group of similar rows.
pub(super) struct Cell {
    /// Value of one step of the centre's codes.
    scale: f32,
    /// Half the squared norm of the centre.
    half: f32,
    radius: f32,
    rows: Vec<u32>,
    words: Vec<Words>,
    factors: Vec<Floats>,
}

impl Cell {
    /// An upper bound on the distance of a row from the centre.
    pub(super) fn radius(&self) -> f32 {
        self.radius
    }

    /// In the order of the rows within the cell.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// In the order of the rows within the cell.
    pub(super) fn codes(&self) -> Codes<'_> {
        Codes { words: &self.words, factors: &self.factors }
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.rows.capacity() * size_of::<u32>()
            + self.words.capacity() * size_of::<Words>()
            + self.factors.capacity() * size_of::<Floats>()
    }

    /// Removes the row at `place` and moves the last one there.
    fn swap_remove(&mut self, place: usize) {
        self.rows.swap_remove(place);
        let last = self.rows.len();
        let width = self.words.len() / self.factors.len().max(1);
        let (from, to) = ((last / EIGHT, last % EIGHT), (place / EIGHT, place % EIGHT));
        for word in 0..width {
            let moved = std::mem::take(&mut self.words[from.0 * width + word].0[from.1]);
            if place != last {
                self.words[to.0 * width + word].0[to.1] = moved;
            }
        }
        self.factors[to.0].0[to.1] = std::mem::replace(&mut self.factors[from.0].0[from.1], f32::NAN);
        self.factors[from.0].0[from.1] = f32::NAN;
        if from.1 == 0 {
            self.words.truncate(from.0 * width);
            self.factors.truncate(from.0);
        }
    }
}

impl InvertedLists {
    /// Empty.
    pub(super) fn new(dimensions: usize) -> Self {
        let rotation = Rotation::new(dimensions);
        let width = rotation.values() / LINE;
        let (all, centres, of_row) = (Vec::new(), Vec::new(), Vec::new());
        Self { rotation, width, all, centres, of_row, has_removed_rows: false }
    }

    /// Writes all cells.
    pub(super) fn save(&self, to: &mut Writer) {
        to.u64(SEED);
        to.u64(self.all.len() as u64);
        for (cell, centre) in self.all.iter().zip(self.centres.chunks_exact(self.width)) {
            to.u64(cell.rows.len() as u64);
            to.each([cell.scale, cell.radius].map(f32::to_le_bytes));
            to.each(centre.iter().map(|line| line.0.map(|code| code as u8)));
            to.each(cell.rows.iter().map(|row| row.to_le_bytes()));
            to.each(cell.words.iter().flat_map(|words| words.0).map(u64::to_le_bytes));
            to.each(cell.factors.iter().flat_map(|floats| floats.0).map(f32::to_le_bytes));
        }
    }

    /// Reads what [`Self::save`] wrote for `len` rows.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(super) fn load(dimensions: usize, len: usize, from: &mut Reader<'_>) -> Result<Self, IndexError> {
        let mut loaded = Self::new(dimensions);
        if from.u64()? != SEED {
            return Err(damaged("its codes are of another rotation"));
        }
        loaded.of_row = vec![NONE; len];
        for at in 0..from.count()? {
            let count = from.count()?;
            let [scale, radius] = [f32::from_le_bytes(from.array()?), f32::from_le_bytes(from.array()?)];
            let centre = from.each(loaded.width, |bytes: [u8; LINE]| Line(bytes.map(|byte| byte as i8)))?;
            let rows = from.each(count, u32::from_le_bytes)?;
            let blocks = count.div_ceil(EIGHT);
            let words = from.each(blocks * loaded.width, |bytes: [u8; 64]| {
                Words(std::array::from_fn(|at| u64::from_le_bytes(bytes.as_chunks().0[at])))
            })?;
            let mut factors = from.each(blocks, |bytes: [u8; 32]| {
                Floats(std::array::from_fn(|at| f32::from_le_bytes(bytes.as_chunks().0[at])))
            })?;
            for place in count..blocks * EIGHT {
                factors[place / EIGHT].0[place % EIGHT] = f32::NAN;
            }
            for &row in &rows {
                match loaded.of_row.get_mut(row as usize) {
                    Some(cell) if *cell == NONE => *cell = at as u32,
                    _ => return Err(damaged("its codes are of other rows")),
                }
            }
            let half = half_square(&centre, scale);
            loaded.centres.extend(centre);
            loaded.all.push(Cell { scale, half, radius, rows, words, factors });
        }
        if loaded.of_row.contains(&NONE) {
            return Err(damaged("its codes are of other rows"));
        }
        Ok(loaded)
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.of_row.len()
    }

    /// Memory use in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.all.iter().map(Cell::memory_bytes).sum::<usize>()
            + (self.all.capacity() - self.all.len()) * size_of::<Cell>()
            + self.centres.capacity() * LINE
            + self.of_row.capacity() * size_of::<u32>()
    }

    /// Whether no centre is influenced by removed rows.
    pub(super) fn is_of_present_rows(&self) -> bool {
        !self.has_removed_rows
    }

    pub(super) fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.all
    }

    /// Calls `each` with the product of a vector of codes and the centre of each cell, in the vector's steps.
    pub(super) fn products(&self, simd: Simd, vector: &[Line], mut each: impl FnMut(usize, f32)) {
        let mut sums = [0; CHUNK];
        for (first, cells) in (0..).step_by(CHUNK).zip(self.all.chunks(CHUNK)) {
            let sums = &mut sums[..cells.len()];
            dots(simd, vector, &self.centres, Pick::From(first), sums);
            for (at, (&sum, cell)) in sums.iter().zip(cells).enumerate() {
                each(first + at, sum as f32 * cell.scale);
            }
        }
    }

    /// Assigns the next row of the scan to a cell.
    pub(super) fn push(&mut self, scan: &ScanIndex) {
        grow(&mut self.of_row, 1);
        self.of_row.push(NONE);
        self.assign(scan, self.len() - 1);
    }

    /// Removes a row from its cell. Must be called before the row's vector changes or is removed.
    pub(super) fn detach(&mut self, scan: &ScanIndex, row: usize) {
        self.has_removed_rows = true;
        let cell = self.remove_from_cell(row);
        let held = &self.all[cell].rows;
        if held.is_empty() || (held.len() < cells::ROWS_MIN && self.all.len() > 1) {
            let rows = held.clone();
            self.remove_cell(cell);
            for row in rows {
                self.assign(scan, row as usize);
            }
        }
    }

    /// Updates the row numbers after the last row of the scan took the place of `row`, which was detached.
    pub(super) fn swap_remove(&mut self, row: usize) {
        let last = self.of_row.len() - 1;
        self.of_row.swap_remove(row);
        if row < last {
            let held = &mut self.all[self.of_row[row] as usize].rows;
            if let Some(held) = held.iter_mut().find(|held| **held == last as u32) {
                *held = row as u32;
            }
        }
        if self.of_row.capacity() / 4 > self.of_row.len() {
            self.of_row.shrink_to(self.of_row.len() * 2);
        }
    }

    /// Maximum rows of a cell: proportional to the square root of all rows, to bound both the number and the size of
    /// cells.
    fn most(&self) -> usize {
        ((self.len() as f64).sqrt() * cells::ROWS_PER_ROOT) as usize & !(EIGHT - 1)
    }

    /// Assigns a row that is in no cell to the nearest one, and splits that if it becomes too large.
    pub(super) fn assign(&mut self, scan: &ScanIndex, row: usize) {
        let nearest = self.nearest(Simd::detect(), scan, row, None);
        let cell = nearest.unwrap_or_else(|| {
            let values: Vec<f32> =
                scan.codes_at(row).iter().map(|&code| f32::from(code) * scan.scale_at(row)).collect();
            self.add_cell(&values)
        });
        self.append(scan, cell, row);
        if self.all[cell].rows.len() > self.most().max(cells::SPLIT_FROM) {
            self.split(scan, cell);
        }
    }

    /// The cell whose centre is nearest to a row, or `held` if none is nearer by [`cells::NEARER`].
    fn nearest(&self, simd: Simd, scan: &ScanIndex, row: usize, held: Option<usize>) -> Option<usize> {
        let (mut nearest, mut best) = (None, f32::NEG_INFINITY);
        let scale = scan.scale_at(row);
        self.products(simd, scan.lines_at(row), |cell, product| {
            let handicap = if held == Some(cell) { cells::NEARER } else { 0.0 };
            let near = product * scale - self.all[cell].half + handicap;
            if near > best || nearest.is_none() {
                (nearest, best) = (Some(cell), near);
            }
        });
        nearest
    }

    /// Adds an empty cell with the given centre.
    fn add_cell(&mut self, centre: &[f32]) -> usize {
        let cell = Cell {
            scale: 0.0,
            half: 0.0,
            radius: 0.0,
            rows: Vec::new(),
            words: Vec::new(),
            factors: Vec::new(),
        };
        grow(&mut self.all, 1);
        self.all.push(cell);
        grow(&mut self.centres, self.width);
        self.centres.resize(self.all.len() * self.width, Line([0; LINE]));
        self.set_centre(self.all.len() - 1, centre);
        self.all.len() - 1
    }

    /// Sets the centre of an empty cell.
    fn set_centre(&mut self, cell: usize, centre: &[f32]) {
        let peak = centre.iter().fold(0.0f32, |peak, value| peak.max(value.abs())).max(f32::MIN_POSITIVE);
        let codes: Vec<i8> = centre.iter().map(|value| (value / peak * 127.0).round() as i8).collect();
        let lines = &mut self.centres[cell * self.width..][..self.width];
        lines.iter_mut().zip(Line::pad(&codes)).for_each(|(line, padded)| *line = padded);
        let scale = peak / 127.0;
        self.all[cell].half = half_square(lines, scale);
        self.all[cell].scale = scale;
        self.all[cell].radius = 0.0;
    }

    /// Removes a cell and moves the last one to its number; remaining rows are then in no cell.
    fn remove_cell(&mut self, cell: usize) {
        for &row in &self.all[cell].rows {
            self.of_row[row as usize] = NONE;
        }
        let last = self.all.len() - 1;
        self.all.swap_remove(cell);
        self.centres.copy_within(last * self.width.., cell * self.width);
        self.centres.truncate(last * self.width);
        if let Some(moved) = self.all.get(cell) {
            for &row in &moved.rows {
                self.of_row[row as usize] = cell as u32;
            }
        }
        if self.all.capacity() / 4 > self.all.len() {
            self.all.shrink_to(self.all.len() * 2);
            self.centres.shrink_to(self.centres.len() * 2);
        }
    }

    /// Appends a row to a cell, coded relative to its centre.
    fn append(&mut self, scan: &ScanIndex, cell: usize, row: usize) {
        let lines = &self.centres[cell * self.width..][..self.width];
        let held = &mut self.all[cell];
        let scale = scan.scale_at(row);
        let mut offset: Vec<f32> = Vec::with_capacity(self.rotation.values());
        offset.extend(
            scan.codes_at(row)
                .iter()
                .zip(codes(lines))
                .map(|(&code, &centre)| f32::from(code) * scale - f32::from(centre) * held.scale),
        );
        self.rotation.apply(&mut offset);
        let (place, lane) = (held.rows.len() / EIGHT, held.rows.len() % EIGHT);
        if lane == 0 {
            held.words.reserve_exact(self.width);
            held.words.resize(held.words.len() + self.width, Words([0; EIGHT]));
            held.factors.reserve_exact(1);
            held.factors.push(Floats([f32::NAN; EIGHT]));
            held.rows.reserve_exact(EIGHT);
        }
        let (mut squares, mut absolute) = (0.0f32, 0.0f32);
        for (word, values) in held.words[place * self.width..].iter_mut().zip(offset.chunks(LINE)) {
            let mut bits = 0u64;
            for (at, &value) in values.iter().enumerate() {
                bits |= u64::from(value > 0.0) << at;
                squares += value * value;
                absolute += value.abs();
            }
            word.0[lane] = bits;
        }
        held.factors[place].0[lane] = if absolute > 0.0 { squares / absolute } else { 0.0 };
        held.radius = held.radius.max(squares.sqrt());
        held.rows.push(row as u32);
        self.of_row[row] = cell as u32;
    }

    /// Removes a row from its cell, which may become empty; returns the cell.
    fn remove_from_cell(&mut self, row: usize) -> usize {
        let cell = std::mem::replace(&mut self.of_row[row], NONE) as usize;
        let held = &mut self.all[cell];
        if let Some(place) = held.rows.iter().position(|&held| held as usize == row) {
            held.swap_remove(place);
        }
        cell
    }

    /// Splits a cell in two, and moves rows near the split to their nearest centre.
    fn split(&mut self, scan: &ScanIndex, cell: usize) {
        let held = &mut self.all[cell];
        let rows = std::mem::take(&mut held.rows);
        (held.words, held.factors) = (Vec::new(), Vec::new());
        let [(one, first), (other, second)] = halves(scan, &rows);
        self.set_centre(cell, &one);
        let new = self.add_cell(&other);
        for (cell, rows) in [(cell, first), (new, second)] {
            for row in rows {
                self.append(scan, cell, row as usize);
            }
        }
        let mut left = Vec::new();
        for (row, to) in self.misplaced(scan, [cell, new]) {
            left.push(self.remove_from_cell(row as usize));
            self.append(scan, to as usize, row as usize);
        }
        left.sort_unstable();
        left.dedup();
        // From the last, so that the numbers of the others stay valid.
        for cell in left.into_iter().rev() {
            if self.all[cell].rows.is_empty() {
                self.remove_cell(cell);
            }
        }
    }

    /// The rows in and near two cells that are nearer to another centre, with that centre's cell.
    fn misplaced(&self, scan: &ScanIndex, split: [usize; 2]) -> Vec<(u32, u32)> {
        let simd = Simd::detect();
        let mut about = Vec::new();
        for cell in split {
            let mut near: Vec<(f32, usize)> = Vec::with_capacity(self.all.len());
            let scale = self.all[cell].scale;
            self.products(simd, self.centre_of(cell), |other, product| {
                if !split.contains(&other) {
                    near.push((product * scale - self.all[other].half, other));
                }
            });
            if near.len() > cells::NEAR {
                near.select_nth_unstable_by(cells::NEAR, |a, b| b.0.total_cmp(&a.0));
                near.truncate(cells::NEAR);
            }
            about.extend(near.into_iter().map(|(_, cell)| cell));
        }
        about.sort_unstable();
        about.dedup();
        let mut moves = Vec::new();
        let (mut own, mut sums) = (Vec::new(), Vec::new());
        for cell in split {
            for &row in &self.all[cell].rows {
                let to = self.nearest(simd, scan, row as usize, Some(cell));
                moves.extend(to.filter(|&to| to != cell).map(|to| (row, to as u32)));
            }
        }
        for &cell in &about {
            let rows = &self.all[cell].rows;
            self.nearness(simd, scan, cell, rows, &mut own);
            let mut best: Vec<(f32, Option<usize>)> =
                own.iter().map(|&near| (near + cells::NEARER, None)).collect();
            for other in split {
                self.nearness(simd, scan, other, rows, &mut sums);
                for (best, &near) in best.iter_mut().zip(&sums) {
                    if near > best.0 {
                        *best = (near, Some(other));
                    }
                }
            }
            moves.extend(rows.iter().zip(best).filter_map(|(&row, (_, to))| Some((row, to? as u32))));
        }
        moves
    }

    fn centre_of(&self, cell: usize) -> &[Line] {
        &self.centres[cell * self.width..][..self.width]
    }

    /// The nearness of rows to a centre: one half minus half the squared distance.
    fn nearness(&self, simd: Simd, scan: &ScanIndex, cell: usize, rows: &[u32], to: &mut Vec<f32>) {
        let mut sums = vec![0; rows.len()];
        scan.products(simd, self.centre_of(cell), rows, &mut sums);
        let held = &self.all[cell];
        to.clear();
        to.extend(
            rows.iter()
                .zip(sums)
                .map(|(&row, sum)| sum as f32 * held.scale * scan.scale_at(row as usize) - held.half),
        );
    }
}

/// Half the squared norm of a quantized vector.
fn half_square(lines: &[Line], scale: f32) -> f32 {
    let squares: i32 = codes(lines).iter().map(|&code| i32::from(code).pow(2)).sum();
    0.5 * squares as f32 * scale * scale
}

/// Splits rows into two groups; returns the mean and rows of each.
fn halves(scan: &ScanIndex, rows: &[u32]) -> [(Vec<f32>, Vec<u32>); 2] {
    let dimensions = scan.dimensions();
    let mut values = Vec::with_capacity(rows.len() * dimensions);
    for &row in rows {
        let scale = scan.scale_at(row as usize);
        values.extend(scan.codes_at(row as usize).iter().map(|&code| f32::from(code) * scale));
    }
    let value = |at: usize| &values[at * dimensions..][..dimensions];
    let dot = |a: &[f32], b: &[f32]| -> f32 {
        let mut sums = [0.0f32; 16];
        for (a, b) in a.chunks(16).zip(b.chunks(16)) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b;
            }
        }
        sums.iter().sum()
    };
    let farthest = |from: &[f32]| {
        (0..rows.len())
            .map(|at| (dot(from, value(at)), at))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(0, |f| f.1)
    };
    let start = farthest(value(rows.len() - 1));
    let mut means: [Vec<f32>; 2] = [value(start).to_vec(), value(farthest(value(start))).to_vec()];
    let mut sides: Vec<f32> = Vec::new();
    let fewest = rows.len() / cells::SMALLER_SHARE;
    for _ in 0..cells::SPLIT_ROUNDS {
        let axis: Vec<f32> = means[0].iter().zip(&means[1]).map(|(a, b)| a - b).collect();
        let middle = 0.5 * (dot(&means[0], &means[0]) - dot(&means[1], &means[1]));
        let next: Vec<f32> = (0..rows.len()).map(|at| dot(&axis, value(at)) - middle).collect();
        let settled = !sides.is_empty() && sides.iter().zip(&next).all(|(a, b)| (*a > 0.0) == (*b > 0.0));
        sides = next;
        let first = sides.iter().filter(|side| **side > 0.0).count();
        if first < fewest || rows.len() - first < fewest {
            // One side would be too small: split at the median along the same axis.
            let mut ordered = sides.clone();
            let cut = *ordered.select_nth_unstable_by(rows.len() / 2, f32::total_cmp).1;
            let mut more = rows.len() / 2;
            for side in &mut sides {
                let is_first = *side >= cut && more > 0;
                more -= usize::from(is_first);
                *side = if is_first { 1.0 } else { -1.0 };
            }
        }
        means = [true, false].map(|is_first| {
            let mut mean = vec![0.0f32; dimensions];
            let mut count = 0.0f32;
            for (at, side) in sides.iter().enumerate() {
                if (*side > 0.0) == is_first {
                    mean.iter_mut().zip(value(at)).for_each(|(mean, value)| *mean += value);
                    count += 1.0;
                }
            }
            mean.into_iter().map(|sum| sum / count.max(1.0)).collect()
        });
        if settled {
            break;
        }
    }
    let group = |is_first: bool| -> Vec<u32> {
        rows.iter().zip(&sides).filter(|(_, side)| (**side > 0.0) == is_first).map(|(&row, _)| row).collect()
    };
    let [one, other] = means;
    [(one, group(true)), (other, group(false))]
}

#[cfg(test)]
mod tests;
