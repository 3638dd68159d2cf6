//! The index that the engine uses: a scan that always contains everything; above a threshold one-bit codes in addition,
//! and above another one a graph.
//!
//! Invariant: the scan is authoritative. The codes cover its first rows, all but those still to be coded, which are
//! scanned in addition. The graph contains only keys that the scan contains with the same codes; it is used only once
//! it lacks few of them, which are then scanned in addition, and its proposals are ordered by the scan's similarity.
//! Whatever happens to the graph, searches are answered. Without the feature `graph` there is no graph.

use super::deadline::Deadline;
use super::frame::{Reader, Writer, damaged};
use super::graph::GraphIndex;
use super::growing::{Growing, Optimizing};
use super::index::{Accept, Neighbour, VectorIndex};
use super::inverted_lists::InvertedLists;
use super::quantize::QuantizedVector;
use super::query::Query;
use super::scan::{Candidates, ScanIndex};
use super::thresholds::Thresholds;
use super::tuning::{graph, tiers};
use crate::error::IndexError;
#[cfg(any(test, feature = "internals"))]
use crate::types::CancelToken;
use crate::types::Progress;

/// Vectors that [`TieredIndex::restore`] adds at once if the snapshot is behind.
#[cfg(feature = "graph")]
const RESTORE_STEP: usize = 256;

/// Number of keys that the graph proposes for `k` results, for the exact order to choose from.
fn proposals(k: usize) -> usize {
    let [of_each, more] = graph::PROPOSALS;
    k.saturating_mul(of_each).saturating_add(more)
}

/// A scan, with one-bit codes or a graph if it is large enough.
pub struct TieredIndex {
    scan: ScanIndex,
    bits: Option<Box<InvertedLists>>,
    thresholds: Thresholds,
    tier: Tier,
    /// Whether inserts do not grow the graph.
    grows_apart: bool,
}

enum Tier {
    /// Too few vectors for a graph.
    Small,
    /// A graph, complete once `pending` is 0.
    Graph(Box<Growing>),
    /// The graph library failed; the scan answers until the next [`TieredIndex::optimize`].
    Failed,
}

impl TieredIndex {
    /// An empty index for vectors of `dimensions` values; a graph is built from `graph_threshold` vectors on.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self::with_thresholds(dimensions, Thresholds { graph_from: graph_threshold, ..Thresholds::default() })
    }

    /// An empty index for vectors of `dimensions` values with the given thresholds.
    pub fn with_thresholds(dimensions: usize, thresholds: Thresholds) -> Self {
        Self {
            scan: ScanIndex::new(dimensions),
            bits: None,
            thresholds,
            tier: Tier::Small,
            grows_apart: false,
        }
    }

    /// Writes the rows and their codes; the graph has a snapshot of its own.
    pub(crate) fn save_rows(&self, to: &mut Writer) {
        to.u64(self.scan.dimensions() as u64);
        self.scan.save(to);
        let bits = self.bits.as_ref().filter(|_| self.is_kept_with_codes());
        to.bytes(&[u8::from(bits.is_some())]);
        if let Some(bits) = bits {
            bits.save(to);
        }
    }

    /// Reads what [`Self::save_rows`] wrote, as an index with the settings of this one.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(crate) fn load_rows(&self, from: &mut Reader<'_>) -> Result<Self, IndexError> {
        let dimensions = self.scan.dimensions();
        if from.count()? != dimensions {
            return Err(damaged("its vectors have other dimensions"));
        }
        let mut index = Self::with_thresholds(dimensions, self.thresholds);
        index.grows_apart = self.grows_apart;
        index.scan = ScanIndex::load(dimensions, from)?;
        if from.array()? == [1] {
            index.bits = Some(Box::new(InvertedLists::load(dimensions, index.scan.len(), from)?));
        }
        index.choose_tier();
        Ok(index)
    }

    /// The row of a key. A new row is appended; on removal the last row takes the place of the removed one.
    pub(crate) fn row(&self, key: u64) -> Option<usize> {
        self.scan.row(key)
    }

    /// The keys by row.
    pub(crate) fn keys(&self) -> &[u64] {
        self.scan.keys()
    }

    /// The vector of `key`, as inserted.
    pub(crate) fn vector(&self, key: u64) -> Option<QuantizedVector> {
        self.scan.vector(key)
    }

    fn graph_from(&self) -> usize {
        self.thresholds.graph_from.max(1)
    }

    /// Whether there is a vector under `key`.
    #[cfg(any(test, feature = "internals"))]
    pub fn contains(&self, key: u64) -> bool {
        self.scan.contains(key)
    }

    /// The cosine of each pair of rows, by their int8 codes: a square matrix, row by row.
    pub(crate) fn cosines(&self, rows: &[u32]) -> Vec<f32> {
        self.scan.cosines(rows)
    }

    /// Number of vectors that the graph lacks; 0 if there are too few for a graph, or the build has none.
    #[cfg(any(test, feature = "internals"))]
    pub fn pending(&self) -> usize {
        match &self.tier {
            Tier::Graph(growing) => self.scan.len() - growing.graph.len(),
            Tier::Failed => self.scan.len(),
            Tier::Small => 0,
        }
    }

    fn graph(&self) -> Option<&Growing> {
        match &self.tier {
            Tier::Graph(growing) if growing.is_ready(&self.scan) => Some(growing),
            _ => None,
        }
    }

    /// Creates or drops codes and graph according to the number of vectors. Both are kept until a quarter below their
    /// threshold, so that a size near it does not cause repeated rebuilding.
    fn choose_tier(&mut self) {
        let bits_from = self.thresholds.bits_from.max(1);
        if self.bits.is_none()
            && self.scan.len() >= bits_from
            && self.scan.dimensions() >= tiers::CODES_DIMENSIONS_MIN
        {
            self.bits = Some(Box::new(InvertedLists::new(self.scan.dimensions())));
        } else if self.scan.len() < bits_from - bits_from / tiers::GIVEN_UP_SHARE {
            self.bits = None;
        }
        let wanted = GraphIndex::AVAILABLE && self.scan.len() >= self.graph_from();
        match &self.tier {
            Tier::Small if wanted => self.start_graph(),
            Tier::Graph(growing) if growing.is_complete(&self.scan) && growing.graph.is_worn() => {
                self.start_graph();
            }
            _ => {}
        }
        if self.scan.len() < self.graph_from() - self.graph_from() / tiers::GIVEN_UP_SHARE {
            self.tier = Tier::Small;
        }
    }

    fn start_graph(&mut self) {
        self.tier = match Growing::new(&self.scan) {
            Ok(growing) => Tier::Graph(Box::new(growing)),
            Err(_) => Tier::Failed,
        };
    }

    /// Number of rows that still lack codes, if codes are used.
    pub(crate) fn uncoded(&self) -> usize {
        self.bits.as_ref().map_or(0, |bits| self.scan.len() - bits.len())
    }

    /// Whether [`Self::save_rows`] writes the codes: all rows have codes, or none need them. Codes whose centres are
    /// influenced by removed rows are not written but rebuilt after opening.
    pub(crate) fn is_kept_with_codes(&self) -> bool {
        self.bits.as_ref().is_none_or(|bits| bits.is_of_present_rows()) && self.uncoded() == 0
    }

    /// Codes up to `most` rows that lack codes; returns how many are left.
    pub(crate) fn code(&mut self, most: usize) -> usize {
        if let Some(bits) = &mut self.bits {
            for _ in 0..most.min(self.scan.len() - bits.len()) {
                bits.push(&self.scan);
            }
        }
        self.uncoded()
    }

    /// The codes, if at least half of the rows have them.
    fn codes(&self) -> Option<&InvertedLists> {
        self.bits.as_deref().filter(|bits| bits.len() * 2 >= self.scan.len())
    }

    fn step(&mut self, most: usize, looks: usize) {
        let Tier::Graph(growing) = &mut self.tier else { return };
        if growing.step(&self.scan, most, looks).is_err() {
            self.tier = Tier::Failed;
        } else if growing.is_complete(&self.scan) && growing.graph.is_worn() {
            self.start_graph();
        }
    }

    /// Adds all missing vectors to the graph, and rebuilds it if vectors were removed. Takes long.
    ///
    /// # Errors
    /// [`IndexError::Cancelled`]; [`IndexError::Graph`], after which the scan answers.
    #[cfg(any(test, feature = "internals"))]
    pub fn optimize(
        &mut self,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<(), IndexError> {
        Optimizing::run(|work| self.optimize_step(work), progress, cancel)
    }

    /// A short step of [`optimize`](Self::optimize); returns the progress, or `None` once done. The first step only
    /// determines the work. Nothing may be inserted or removed between steps.
    ///
    /// # Errors
    /// [`IndexError::Graph`].
    pub(crate) fn optimize_step(&mut self, work: &mut Optimizing) -> Result<Option<Progress>, IndexError> {
        let total = self.scan.len();
        let starts = matches!(work, Optimizing::Start);
        if starts {
            self.choose_tier();
            *work = Optimizing::Coding;
        }
        if self.uncoded() > 0 {
            if !starts {
                self.code(graph::STEP_LOOKS);
            }
            return Ok(Some(Progress { done: total - self.uncoded(), total }));
        }
        if matches!(work, Optimizing::Coding) {
            *work = match &self.tier {
                Tier::Small => return Ok(None),
                Tier::Graph(growing) if growing.graph.tombstones() == 0 => Optimizing::Growing(None),
                _ => Optimizing::Growing(Some(Box::new(Growing::new(&self.scan)?))),
            };
        } else if let Optimizing::Growing(fresh) = work {
            let growing = match (fresh.as_mut(), &mut self.tier) {
                (Some(fresh), _) => fresh,
                (None, Tier::Graph(growing)) => growing,
                (None, _) => return Ok(None),
            };
            if growing.is_complete(&self.scan) || growing.queue.is_empty() {
                if let Some(fresh) = fresh.take() {
                    self.tier = Tier::Graph(fresh);
                }
                return Ok(None);
            }
            if let Err(error) = growing.step(&self.scan, graph::STEP, graph::STEP_LOOKS) {
                self.tier = Tier::Failed;
                return Err(error);
            }
        }
        let done = match (&*work, &self.tier) {
            (Optimizing::Growing(Some(growing)), _) | (_, Tier::Graph(growing)) => growing.graph.len(),
            _ => total,
        };
        Ok(Some(Progress { done, total }))
    }

    /// Makes inserts leave growing the graph to [`grow`](Self::grow), which the caller must then call.
    pub(crate) fn grow_apart(&mut self) {
        self.grows_apart = true;
    }

    /// Whether the graph lacks vectors that [`grow`](Self::grow) would add.
    pub(crate) fn is_growing(&self) -> bool {
        matches!(&self.tier, Tier::Graph(growing) if !growing.queue.is_empty() && !growing.is_complete(&self.scan))
    }

    /// Adds a few missing vectors to the graph.
    pub(crate) fn grow(&mut self) {
        self.step(graph::STEP, graph::STEP_LOOKS);
    }

    /// Serializes the graph for [`restore`](Self::restore). `None` if there is no graph, or it contains vectors removed
    /// since the last [`optimize`](Self::optimize): a forgotten vector is never written.
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        match &self.tier {
            Tier::Graph(growing) => growing.graph.save(),
            _ => None,
        }
    }

    /// Restores the graph from a snapshot, after the vectors are inserted. Missing vectors are added now or as the
    /// graph grows; vectors no longer in the index are dropped. Does nothing if there are too few vectors for a graph,
    /// or the build has none.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`] for bytes that fail verification and for a snapshot of other vectors; the index
    /// is then unchanged.
    #[cfg_attr(
        not(feature = "graph"),
        allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "there is no graph to restore")
    )]
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        #[cfg(feature = "graph")]
        self.restore_graph(bytes)?;
        #[cfg(not(feature = "graph"))]
        let _ = bytes;
        Ok(())
    }

    #[cfg(feature = "graph")]
    fn restore_graph(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        let snapshot = super::snapshot::read(bytes, self.scan.dimensions())?;
        let surplus: Vec<u64> = (0..snapshot.keys.len())
            .filter(|&slot| {
                let held = self.scan.codes(snapshot.keys[slot]);
                !held.is_some_and(|codes| snapshot.codes(slot).eq(codes.iter().copied()))
            })
            .map(|slot| snapshot.keys[slot])
            .collect();
        let kept = snapshot.keys.len() - surplus.len();
        if surplus.len() * 100 > snapshot.keys.len() * graph::TOMBSTONE_PERCENT {
            return Err(IndexError::DamagedSnapshot { what: "it is of other vectors" });
        }
        if self.scan.len() - kept > kept {
            return Err(IndexError::DamagedSnapshot { what: "it lacks most of the vectors" });
        }
        if self.scan.len() < self.graph_from() {
            return Ok(());
        }
        let mut graph = GraphIndex::load(self.scan.dimensions(), &snapshot)?;
        for key in surplus {
            graph.remove(key);
        }
        let queue = self.scan.keys().iter().copied().filter(|&key| !graph.contains(key)).collect();
        self.tier = Tier::Graph(Box::new(Growing { graph, queue }));
        self.step(RESTORE_STEP, usize::MAX);
        Ok(())
    }

    /// As [`search_by`](Self::search_by), among `keys` only, which must be distinct; unknown keys are ignored.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_among(
        &self,
        query: &[f32],
        k: usize,
        keys: &[u64],
        deadline: &Deadline,
    ) -> Result<Vec<Neighbour>, IndexError> {
        let rows: Vec<u32> = keys.iter().filter_map(|&key| Some(self.scan.row(key)? as u32)).collect();
        self.search_rows(query, k, &rows, deadline)
    }

    /// As [`VectorIndex::search`], returning the best found by the deadline, which then reports whether the search was
    /// cut short.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_by(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
        deadline: &Deadline,
    ) -> Result<Vec<Neighbour>, IndexError> {
        self.search_accepted(query, k, Accept::Keys(accept), deadline)
    }

    /// The thresholds in use.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Changes the thresholds and creates or drops codes and graph accordingly; a new graph grows with later inserts.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.thresholds = thresholds;
        self.choose_tier();
    }

    /// As [`search_by`](Self::search_by), among the listed rows, which must be distinct.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub(crate) fn search_rows(
        &self,
        query: &[f32],
        k: usize,
        rows: &[u32],
        deadline: &Deadline,
    ) -> Result<Vec<Neighbour>, IndexError> {
        if rows.len() <= self.scan.len() / tiers::LISTED_SHARE || self.codes().is_none() {
            let query = Query::new(query, self.scan.dimensions())?;
            return Ok(self.scan.nearest_listed(&query, k, rows, deadline));
        }
        let mut bits = vec![0u64; self.scan.len().div_ceil(64)];
        for &row in rows {
            bits[row as usize / 64] |= 1 << (row % 64);
        }
        self.search_accepted(query, k, Accept::Rows(&bits), deadline)
    }

    /// As [`VectorIndex::search`], among the rows that `accept` accepts.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub(crate) fn search_accepted(
        &self,
        query: &[f32],
        k: usize,
        accept: Accept<'_>,
        deadline: &Deadline,
    ) -> Result<Vec<Neighbour>, IndexError> {
        let ready = Query::new(query, self.scan.dimensions())?;
        let k = k.min(self.scan.len());
        if k == 0 {
            return Ok(Vec::new());
        }
        if let Some(found) = self.propose(query, &ready, k, accept)? {
            return Ok(found);
        }
        match self.codes() {
            // For a `k` near the number of rows, the bounds exclude almost nothing.
            Some(bits) if k <= self.scan.len() / tiers::SCANNED_SHARE => {
                let mut best = Candidates::new(k, self.scan.likely_slack(&ready));
                bits.search(&self.scan, &ready, accept, k, deadline, &mut best);
                self.scan.offer_from(&ready, bits.len(), accept, deadline, &mut best);
                Ok(self.scan.finish(&ready, k, best))
            }
            _ => Ok(self.scan.nearest(&ready, k, accept, deadline)),
        }
    }

    /// The graph's answer, in the scan's order; `None` if the scan must answer.
    fn propose(
        &self,
        query: &[f32],
        ready: &Query,
        k: usize,
        accept: Accept<'_>,
    ) -> Result<Option<Vec<Neighbour>>, IndexError> {
        let Some(growing) = self.graph() else { return Ok(None) };
        let codes = QuantizedVector::from_f32(query)?.codes;
        let takes = |key: u64| match accept {
            Accept::All => true,
            Accept::Keys(accept) => accept(key),
            Accept::Rows(_) => self.scan.row(key).is_some_and(|row| accept.takes(row, key)),
        };
        let Some(keys) = growing.graph.nearest(&codes, proposals(k), &takes) else { return Ok(None) };
        let mut rows = growing.tail(&self.scan);
        rows.retain(|&row| accept.takes(row as usize, self.scan.keys()[row as usize]));
        rows.extend(keys.into_iter().filter_map(|key| Some(self.scan.row(key)? as u32)));
        Ok(Some(self.scan.nearest_listed(ready, k, &rows, &Deadline::none())))
    }
}

impl VectorIndex for TieredIndex {
    /// The name of the tier that answers at present.
    fn name(&self) -> &'static str {
        match (self.graph(), self.codes()) {
            (Some(_), _) => "graph",
            (None, Some(_)) => "bits",
            (None, None) => self.scan.name(),
        }
    }

    fn dimensions(&self) -> usize {
        self.scan.dimensions()
    }

    fn len(&self) -> usize {
        self.scan.len()
    }

    fn memory_bytes(&self) -> usize {
        let graph = match &self.tier {
            Tier::Graph(growing) => {
                growing.graph.memory_bytes() + growing.queue.capacity() * size_of::<u64>()
            }
            _ => 0,
        };
        self.scan.memory_bytes() + self.bits.as_ref().map_or(0, |bits| bits.memory_bytes()) + graph
    }

    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError> {
        vector.check(self.scan.dimensions())?;
        let held = self.scan.row(key);
        let coded = held.filter(|&row| self.bits.as_ref().is_some_and(|bits| row < bits.len()));
        if let (Some(bits), Some(row)) = (&mut self.bits, coded) {
            bits.detach(&self.scan, row);
        }
        self.scan.place(key, vector)?;
        if let (Some(bits), Some(row)) = (&mut self.bits, coded) {
            bits.assign(&self.scan, row);
        }
        if let Tier::Graph(growing) = &mut self.tier {
            growing.graph.remove(key);
            growing.queue.push(key);
        }
        self.choose_tier();
        if self.uncoded() > tiers::UNCODED {
            self.code(tiers::CODED_STEP);
        }
        if !self.grows_apart {
            self.grow();
        }
        Ok(())
    }

    fn remove(&mut self, key: u64) -> bool {
        let Some(row) = self.scan.row(key) else { return false };
        let last = self.scan.len() - 1;
        let coded = self.bits.as_mut().filter(|bits| row < bits.len());
        if let Some(bits) = coded {
            bits.detach(&self.scan, row);
            self.scan.take(key);
            if last < bits.len() {
                bits.swap_remove(row);
            } else {
                // A row without codes was moved here.
                bits.assign(&self.scan, row);
            }
        } else {
            self.scan.take(key);
        }
        if let Tier::Graph(growing) = &mut self.tier {
            growing.graph.remove(key);
        }
        self.choose_tier();
        true
    }

    #[cfg(any(test, feature = "internals"))]
    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError> {
        self.search_accepted(query, k, Accept::Keys(accept), &Deadline::none())
    }
}

#[cfg(test)]
mod tests;
