//! The invariant of the cells under inserts and removals, and loading of damaged snapshots.

use proptest::prelude::*;

use super::*;
use crate::search::vector::QuantizedVector;

const DIMENSIONS: usize = 64;

fn row(seed: u64, topics: u64) -> QuantizedVector {
    let value = |seed: u64, at: usize| {
        let mut state = seed.wrapping_add(at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let topic = seed % topics;
    let values: Vec<f32> =
        (0..DIMENSIONS).map(|at| value(topic << 32, at) + 0.7 * value(seed << 8, at)).collect();
    QuantizedVector::from_f32(&values).unwrap()
}

/// A scan and its cells, updated together as the tiered index does.
struct Both {
    scan: ScanIndex,
    cells: InvertedLists,
}

impl Both {
    fn new() -> Self {
        Self { scan: ScanIndex::new(DIMENSIONS), cells: InvertedLists::new(DIMENSIONS) }
    }

    fn insert(&mut self, key: u64, vector: &QuantizedVector) {
        if let Some(row) = self.scan.row(key) {
            self.cells.detach(&self.scan, row);
            self.scan.insert(key, vector).unwrap();
            self.cells.assign(&self.scan, row);
        } else {
            self.scan.insert(key, vector).unwrap();
            self.cells.push(&self.scan);
        }
    }

    fn remove(&mut self, key: u64) {
        if let Some(row) = self.scan.row(key) {
            self.cells.detach(&self.scan, row);
            self.scan.remove(key);
            self.cells.swap_remove(row);
        }
    }

    /// Checks the invariant stated in the module documentation.
    fn check(&self) {
        let Self { scan, cells } = self;
        assert_eq!(cells.len(), scan.len());
        let mut seen = vec![false; scan.len()];
        for (number, cell) in cells.all.iter().enumerate() {
            assert!(!cell.rows.is_empty(), "a cell is empty");
            assert_eq!(cell.factors.len(), cell.rows.len().div_ceil(EIGHT));
            assert_eq!(cell.words.len(), cell.factors.len() * cells.width);
            let mut fresh = InvertedLists::new(DIMENSIONS);
            let centre: Vec<f32> =
                codes(cells.centre_of(number)).iter().map(|&code| f32::from(code) * cell.scale).collect();
            fresh.add_cell(&centre);
            // Makes the centre bit-identical, whatever its scale was rounded to.
            fresh.all[0].scale = cell.scale;
            fresh.of_row = vec![NONE; scan.len()];
            for &row in &cell.rows {
                assert!(!std::mem::replace(&mut seen[row as usize], true), "a row is in two cells");
                assert_eq!(cells.of_row[row as usize] as usize, number);
                fresh.append(scan, 0, row as usize);
            }
            let held = &fresh.all[0];
            assert_eq!(held.words, cell.words);
            for place in 0..cell.factors.len() * EIGHT {
                let (a, b) = (
                    cell.factors[place / EIGHT].0[place % EIGHT],
                    held.factors[place / EIGHT].0[place % EIGHT],
                );
                assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan() && place >= cell.rows.len()));
            }
            assert!(cell.radius >= held.radius);
        }
        assert!(seen.into_iter().all(|seen| seen));
    }
}

/// The cells as snapshot bytes.
fn written(cells: &InvertedLists) -> Vec<u8> {
    let mut to = Writer::new(*b"IDIOTEST", 1, 0);
    cells.save(&mut to);
    to.finish()
}

fn read(bytes: &[u8], rows: usize) -> Result<InvertedLists, IndexError> {
    InvertedLists::load(DIMENSIONS, rows, &mut Reader::open(bytes, *b"IDIOTEST", 1)?)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_row_is_in_one_cell_with_its_codes(
        start in 0u64..700,
        topics in 1u64..40,
        changes in prop::collection::vec((0u64..900, 0u8..4), 0..300),
    ) {
        let mut both = Both::new();
        for key in 0..start {
            both.insert(key, &row(key, topics));
        }
        both.check();
        for (at, &(key, what)) in changes.iter().enumerate() {
            match what {
                0 => both.insert(key, &row(key + 5000 * at as u64, topics)),
                _ => both.remove(key),
            }
        }
        both.check();
        prop_assert!(changes.is_empty() || both.cells.all.len() <= 1 + both.scan.len() / cells::ROWS_MIN);
        let again = Both { cells: read(&written(&both.cells), both.scan.len()).unwrap(), scan: both.scan };
        again.check();
    }
}

#[test]
fn identical_rows_are_split_too() {
    let mut both = Both::new();
    for key in 0..2000 {
        both.insert(key, &row(7, 1));
    }
    both.check();
    assert!(both.cells.all.iter().all(|cell| cell.rows.len() <= cells::SPLIT_FROM));
}

#[test]
fn rows_of_a_topic_share_cells() {
    let mut both = Both::new();
    for key in 0..6000 {
        both.insert(key, &row(key, 60));
    }
    both.check();
    // Counts the rows of the most frequent topic of each cell.
    let mut of_main_topic = 0;
    for cell in both.cells.cells() {
        let mut counts = vec![0usize; 60];
        cell.rows.iter().for_each(|&row| counts[both.scan.keys()[row as usize] as usize % 60] += 1);
        of_main_topic += counts.into_iter().max().unwrap_or(0);
    }
    assert!(of_main_topic > 5400, "{of_main_topic} of 6000");
}

#[test]
fn a_damaged_snapshot_is_refused_or_harmless() {
    let mut both = Both::new();
    for key in 0..300 {
        both.insert(key, &row(key, 5));
    }
    let bytes = written(&both.cells);
    assert!(read(&bytes, 299).is_err() && read(&bytes, 301).is_err(), "of other rows");
    let (mut loaded, mut refused) = (0, 0);
    for at in (24..bytes.len()).step_by(3) {
        let mut forged = bytes.clone();
        forged[at] ^= [1, 0x80, 0xff][at % 3];
        let sum = crc32fast::hash(&forged[24..]);
        forged[20..24].copy_from_slice(&sum.to_le_bytes());
        match read(&forged, 300) {
            Ok(cells) => {
                loaded += 1;
                let mut changed = Both { cells, scan: ScanIndex::new(DIMENSIONS) };
                for key in 0..300 {
                    changed.scan.insert(key, &row(key, 5)).unwrap();
                }
                changed.remove(3);
                changed.insert(900, &row(900, 5));
                assert_eq!(changed.cells.len(), 300);
            }
            Err(IndexError::DamagedSnapshot { .. }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(loaded > 100 && refused > 100, "{loaded} {refused}");
}
