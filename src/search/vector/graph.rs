//! The only file that uses `usearch`: an HNSW graph over int8 rows, as a cache beside the scan.
//!
//! Invariant: only sound functions of `usearch` are called, with checked arguments. It never receives our keys: a row's
//! label is its slot, numbered from 0, so its reserved key, its removal and its reuse of slots stay unused. A removal
//! only marks a tombstone here, and results are filtered by it. Everything except [`GraphIndex::nearest`] takes
//! `&mut self` or returns bytes, so the borrow checker enforces the exclusive access that `usearch` requires. Its
//! `view`, `get`, `rename`, `save` and `load` are never called.
//!
//! Distances are computed by the kernels of `simd`: usearch's own metrics would double the size of the library and take
//! minutes to compile. A row in the graph consists of a vector's codes, zero-padded to whole lines, and four more
//! values that are the bytes of the `f32` factor that normalizes them.
//!
//! The final order of what [`GraphIndex::nearest`] finds, and the answer if it returns none, are the scan's.

#![expect(unsafe_code, reason = "usearch passes vectors to the metric as pointers")]

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use super::graph_row::{CONNECTIVITY, row, row_length};
use super::snapshot::{self, Snapshot};
use super::tuning::graph as tuning;
use crate::error::IndexError;
use crate::simd::{Simd, dot};

/// Maximum concurrent searches; further ones are left to the scan.
const SEARCHERS: usize = 16;

/// Maximum `k`; beyond it the scan is preferable.
const K_MAX: usize = 1024;

/// A graph over keyed vectors.
pub(super) struct GraphIndex {
    dimensions: usize,
    index: Index,
    capacity: usize,
    /// By slot: its key, and whether the slot is the key's current one.
    keys: Vec<u64>,
    is_live: Vec<bool>,
    slots: HashMap<u64, u32>,
}

impl GraphIndex {
    /// Whether this build includes the graph.
    pub(super) const AVAILABLE: bool = true;

    /// An empty graph.
    ///
    /// # Errors
    /// [`IndexError::Graph`].
    pub(super) fn new(dimensions: usize) -> Result<Self, IndexError> {
        Ok(Self::with_metric(Self::without_metric(dimensions)?, dimensions, Vec::new()))
    }

    /// An index without our metric.
    fn without_metric(dimensions: usize) -> Result<Index, IndexError> {
        let options = IndexOptions {
            dimensions: row_length(dimensions),
            metric: MetricKind::Cos,
            quantization: ScalarKind::I8,
            connectivity: CONNECTIVITY,
            expansion_add: tuning::EXPANSION_ADD,
            expansion_search: tuning::EXPANSION_SEARCH,
            multi: false,
        };
        Index::new(&options).map_err(|_| IndexError::Graph { what: "create" })
    }

    /// Wraps an index whose slots have these keys, and installs our metric.
    fn with_metric(mut index: Index, dimensions: usize, keys: Vec<u64>) -> Self {
        let (simd, length) = (Simd::detect(), row_length(dimensions));
        let distance = move |a: *const i8, b: *const i8| {
            // SAFETY: `usearch` calls this with rows that it stores or is searching for, and ensures that each has the
            // length that `without_metric` passed.
            let [a, b] = [a, b].map(|row| unsafe { std::slice::from_raw_parts(row, length) });
            distance(simd, a, b)
        };
        // Only once per index: `usearch` would leak an earlier metric.
        index.change_metric::<i8>(Box::new(distance));
        let slots = keys.iter().enumerate().map(|(slot, &key)| (key, slot as u32)).collect();
        Self { dimensions, index, capacity: 0, is_live: vec![true; keys.len()], keys, slots }
    }

    /// Number of live vectors.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Number of slots whose vector was removed or replaced.
    pub(super) fn tombstones(&self) -> usize {
        self.keys.len() - self.slots.len()
    }

    /// Whether there are too many tombstones.
    pub(super) fn is_worn(&self) -> bool {
        self.tombstones() * 100 > self.keys.len() * tuning::TOMBSTONE_PERCENT
    }

    /// Whether there is a live vector under `key`.
    pub(super) fn contains(&self, key: u64) -> bool {
        self.slots.contains_key(&key)
    }

    /// Approximate memory use in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.index.memory_usage()
            + self.keys.capacity() * (size_of::<u64>() + 1)
            + self.slots.capacity() * (size_of::<(u64, u32)>() + 1)
    }

    /// Adds codes that [`super::QuantizedVector::check`] accepted, replacing those under the same key. After an error
    /// the graph must be discarded.
    ///
    /// # Errors
    /// [`IndexError::Graph`].
    pub(super) fn insert(&mut self, key: u64, codes: &[i8]) -> Result<(), IndexError> {
        let refused = IndexError::Graph { what: "add codes of no direction" };
        if codes.len() != self.dimensions {
            return Err(refused);
        }
        let row = row(codes).ok_or(refused)?;
        let slot = self.keys.len();
        let Ok(number) = u32::try_from(slot) else { return Err(IndexError::Graph { what: "hold more" }) };
        self.reserve(slot + 1)?;
        self.index.add(slot as u64, &row).map_err(|_| IndexError::Graph { what: "add" })?;
        self.remove(key);
        self.keys.push(key);
        self.is_live.push(true);
        self.slots.insert(key, number);
        Ok(())
    }

    fn reserve(&mut self, slots: usize) -> Result<(), IndexError> {
        if slots > self.capacity {
            let capacity = slots.max(self.capacity * 2).max(64);
            self.index
                .reserve_capacity_and_threads(capacity, SEARCHERS)
                .map_err(|_| IndexError::Graph { what: "reserve" })?;
            self.capacity = capacity;
        }
        Ok(())
    }

    /// Removes a key; returns `false` if it did not exist.
    pub(super) fn remove(&mut self, key: u64) -> bool {
        let Some(slot) = self.slots.remove(&key) else { return false };
        self.is_live[slot as usize] = false;
        true
    }

    /// Returns `k` keys near `codes` among those that `accept` accepts, in unspecified order. `None` if the scan must
    /// answer: the filter passes too few, `k` is too large, too many searches run at once, or fewer than `k` keys were
    /// found.
    pub(super) fn nearest(&self, codes: &[i8], k: usize, accept: &dyn Fn(u64) -> bool) -> Option<Vec<u64>> {
        let k = k.min(self.len());
        if k == 0 || k > K_MAX || codes.len() != self.dimensions || !self.passes_enough(accept) {
            return None;
        }
        let query = row(codes)?;
        // A panic must not unwind through the C++ frames between the filter and here.
        let panic: RefCell<Option<Box<dyn Any + Send>>> = RefCell::new(None);
        let takes = |label: u64| {
            let slot = label as usize;
            if panic.borrow().is_some() || !self.is_live.get(slot).copied().unwrap_or(false) {
                return false;
            }
            catch_unwind(AssertUnwindSafe(|| accept(self.keys[slot]))).unwrap_or_else(|payload| {
                *panic.borrow_mut() = Some(payload);
                false
            })
        };
        let matches = self.index.filtered_search(&query, k, takes);
        if let Some(payload) = panic.into_inner() {
            resume_unwind(payload);
        }
        let labels = matches.ok()?.keys;
        let keys: Vec<u64> =
            labels.iter().filter_map(|&label| self.keys.get(usize::try_from(label).ok()?).copied()).collect();
        (keys.len() == k).then_some(keys)
    }

    fn passes_enough(&self, accept: &dyn Fn(u64) -> bool) -> bool {
        let step = (self.keys.len() / tuning::FILTER_SAMPLE).max(1);
        let (mut seen, mut passed) = (0, 0);
        for slot in (0..self.keys.len()).step_by(step) {
            seen += 1;
            passed += usize::from(self.is_live[slot] && accept(self.keys[slot]));
        }
        passed * 100 >= seen * tuning::PASS_PERCENT
    }

    /// Serializes the graph for [`load`](Self::load); `None` if it is empty or has tombstones, which would contain
    /// forgotten vectors.
    pub(super) fn save(&self) -> Option<Vec<u8>> {
        if self.keys.is_empty() || self.tombstones() > 0 {
            return None;
        }
        snapshot::write(self.dimensions, &self.keys, self.index.serialized_length(), |payload| {
            self.index.save_to_buffer(payload).is_ok()
        })
    }

    /// Loads the graph from bytes that [`snapshot::read`] verified.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(super) fn load(dimensions: usize, snapshot: &Snapshot<'_>) -> Result<Self, IndexError> {
        let refused = IndexError::DamagedSnapshot { what: "the graph library refuses it" };
        let index = Self::without_metric(dimensions)?;
        let slots = snapshot.keys.len();
        if index.load_from_buffer(snapshot.payload).is_err()
            || index.size() != slots
            || index.dimensions() != row_length(dimensions)
        {
            return Err(refused);
        }
        index.change_expansion_add(tuning::EXPANSION_ADD);
        index.change_expansion_search(tuning::EXPANSION_SEARCH);
        let mut graph = Self::with_metric(index, dimensions, snapshot.keys.clone());
        graph.reserve(slots)?;
        Ok(graph)
    }
}

/// The cosine distance of two rows.
fn distance(simd: Simd, a: &[i8], b: &[i8]) -> f32 {
    let (Some((a, of_a)), Some((b, of_b))) = (a.split_last_chunk(), b.split_last_chunk()) else { return 2.0 };
    let factor = |bytes: &[i8; 4]| f32::from_le_bytes(bytes.map(|byte| byte as u8));
    1.0 - dot(simd, a, b) as f32 * factor(of_a) * factor(of_b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_match_those_of_the_vectors() {
        for dimensions in [1, 63, 64, 65, 384] {
            let [a, b] = [37usize, 91].map(|step| -> Vec<i8> {
                (0..dimensions).map(|at| ((at + 1) * step % 255) as i8).map(|code| code.max(-127)).collect()
            });
            let product = |a: &[i8], b: &[i8]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let cosine = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
            let [a, b] = [a, b].map(|codes| row(&codes).unwrap());
            assert_eq!(a.len(), row_length(dimensions));
            assert!((f64::from(distance(Simd::detect(), &a, &b)) - (1.0 - cosine)).abs() < 1e-5);
        }
        assert_eq!(row(&[0; 70]), None);
    }

    /// Loading installs our metric, which finds each vector at its slot.
    #[test]
    fn a_loaded_graph_answers_as_before() {
        let code = |key: u64, at: u64| (((key + 1) * (at + 3) % 251) as i8).max(-127);
        let codes = |key: u64| -> Vec<i8> { (0..96).map(|at| code(key, at)).collect() };
        let mut graph = GraphIndex::new(96).unwrap();
        for key in 0..250 {
            graph.insert(key, &codes(key)).unwrap();
        }
        let bytes = graph.save().unwrap();
        let loaded = GraphIndex::load(96, &snapshot::read(&bytes, 96).unwrap()).unwrap();
        for key in 0..250 {
            let found = |graph: &GraphIndex| graph.nearest(&codes(key), 5, &|_| true);
            assert_eq!(found(&loaded), found(&graph));
            assert!(found(&loaded).unwrap().contains(&key));
        }
    }

    #[test]
    fn a_selective_filter_is_left_to_the_scan() {
        let code = |key: u64, at: u64| {
            let mixed = (key * 64 + at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((mixed >> 40) as i8).max(-127)
        };
        let codes = |key: u64| -> Vec<i8> { (0..64).map(|at| code(key, at)).collect() };
        let mut graph = GraphIndex::new(64).unwrap();
        for key in 0..500 {
            graph.insert(key, &codes(key)).unwrap();
        }
        for (percent, answers) in [(0, false), (10, false), (29, false), (31, true), (100, true)] {
            let accept = |key: u64| key % 100 < percent;
            assert_eq!(graph.nearest(&codes(3), 5, &accept).is_some(), answers, "{percent}%");
        }
    }
}
