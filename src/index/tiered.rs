//! The index the engine uses: a scan that always holds everything, and above a threshold a graph beside it.
//!
//! Invariant: the scan is the truth. The graph holds no key that the scan does not hold with the same codes;
//! it proposes keys only once it holds all of them, and what it proposes is ordered by the scan's similarity.
//! Whatever happens to the graph, a search is answered. Without the feature `graph` there is only the scan.

use super::graph::GraphIndex;
use super::query::Query;
use super::scan::{ScanIndex, by_similarity};
use super::{Neighbour, QuantizedVector, VectorIndex};
use crate::error::IndexError;
use crate::types::{CancelToken, Progress};

/// Vectors that one insert moves into a graph that is behind: what bounds the time of an insert.
const STEP: usize = 16;

/// Keys looked at in such a step, counting those that are gone in the meantime.
const STEP_LOOKS: usize = 1024;

/// Vectors that [`TieredIndex::restore`] adds at once where the snapshot is behind.
#[cfg(feature = "graph")]
const RESTORE_STEP: usize = 256;

/// How many more the graph proposes than are wanted, for the exact order to choose from.
fn proposals(k: usize) -> usize {
    k.saturating_mul(2).saturating_add(32)
}

/// A scan, with a graph where there is enough to search.
pub struct TieredIndex {
    scan: ScanIndex,
    threshold: usize,
    tier: Tier,
}

enum Tier {
    /// Too few vectors for a graph.
    Small,
    /// A graph, complete once `pending` is 0.
    Graph(Box<Growing>),
    /// The graph library failed; the scan answers until the next [`TieredIndex::optimize`].
    Failed,
}

struct Growing {
    graph: GraphIndex,
    /// Keys to move, last first. May name keys that are gone or moved already; lacks none that is to move.
    queue: Vec<u64>,
}

impl Growing {
    fn new(scan: &ScanIndex) -> Result<Self, IndexError> {
        Ok(Self { graph: GraphIndex::new(scan.dimensions())?, queue: scan.keys().to_vec() })
    }

    fn is_complete(&self, scan: &ScanIndex) -> bool {
        self.graph.len() == scan.len()
    }

    /// Moves up to `most` vectors.
    fn step(&mut self, scan: &ScanIndex, most: usize, looks: usize) -> Result<(), IndexError> {
        let mut moved = 0;
        for _ in 0..looks {
            if moved == most || self.is_complete(scan) {
                break;
            }
            let Some(key) = self.queue.pop() else { break };
            if let Some(codes) = scan.codes(key)
                && !self.graph.contains(key)
            {
                self.graph.insert(key, codes)?;
                moved += 1;
            }
        }
        if self.is_complete(scan) {
            self.queue.clear();
            self.queue.shrink_to(STEP_LOOKS);
        }
        Ok(())
    }
}

impl TieredIndex {
    /// Empty, for vectors of `dimensions` values; from `graph_threshold` vectors on a graph is built.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self { scan: ScanIndex::new(dimensions), threshold: graph_threshold.max(1), tier: Tier::Small }
    }

    /// Whether a vector is held under `key`.
    pub fn contains(&self, key: u64) -> bool {
        self.scan.contains(key)
    }

    /// Vectors that the graph still lacks; 0 where there are too few for a graph, or none is built in.
    pub fn pending(&self) -> usize {
        match &self.tier {
            Tier::Graph(growing) => self.scan.len() - growing.graph.len(),
            Tier::Failed => self.scan.len(),
            Tier::Small => 0,
        }
    }

    fn graph(&self) -> Option<&GraphIndex> {
        match &self.tier {
            Tier::Graph(growing) if growing.is_complete(&self.scan) => Some(&growing.graph),
            _ => None,
        }
    }

    /// Brings the graph into being, or lets it go, by how much there is to search. The graph stays until a
    /// quarter below the threshold, so that a size that swings about it does not build again and again.
    fn choose_tier(&mut self) {
        let wanted = GraphIndex::AVAILABLE && self.scan.len() >= self.threshold;
        match &self.tier {
            Tier::Small if wanted => self.start_graph(),
            Tier::Graph(growing) if growing.is_complete(&self.scan) && growing.graph.is_worn() => {
                self.start_graph();
            }
            _ => {}
        }
        if self.scan.len() < self.threshold - self.threshold / 4 {
            self.tier = Tier::Small;
        }
    }

    fn start_graph(&mut self) {
        self.tier = match Growing::new(&self.scan) {
            Ok(growing) => Tier::Graph(Box::new(growing)),
            Err(_) => Tier::Failed,
        };
    }

    fn step(&mut self, most: usize, looks: usize) {
        if let Tier::Graph(growing) = &mut self.tier
            && growing.step(&self.scan, most, looks).is_err()
        {
            self.tier = Tier::Failed;
        }
    }

    /// Brings the graph up to all vectors at once, and frees it of what was removed. Long: tell the user.
    ///
    /// # Errors
    /// [`IndexError::Cancelled`]; [`IndexError::Graph`], after which the scan answers.
    pub fn optimize(
        &mut self,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<(), IndexError> {
        self.choose_tier();
        let mut fresh = None;
        let growing = match &mut self.tier {
            Tier::Small => return Ok(()),
            Tier::Graph(growing) if growing.graph.tombstones() == 0 => growing.as_mut(),
            _ => fresh.insert(Growing::new(&self.scan)?),
        };
        let total = self.scan.len();
        while !growing.is_complete(&self.scan) && !growing.queue.is_empty() {
            progress(Progress { done: growing.graph.len(), total });
            if cancel.is_cancelled() {
                return Err(IndexError::Cancelled);
            }
            if let Err(error) = growing.step(&self.scan, STEP, STEP_LOOKS) {
                self.tier = Tier::Failed;
                return Err(error);
            }
        }
        progress(Progress { done: growing.graph.len(), total });
        if let Some(growing) = fresh {
            self.tier = Tier::Graph(Box::new(growing));
        }
        Ok(())
    }

    /// The graph as bytes for [`restore`](Self::restore). `None` where there is no graph, or it holds what was
    /// removed since the last [`optimize`](Self::optimize): a forgotten vector is never written.
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        match &self.tier {
            Tier::Graph(growing) => growing.graph.save(),
            _ => None,
        }
    }

    /// Takes the graph from a snapshot, once the vectors are inserted. What the snapshot lacks is added now or
    /// by later inserts; what is no longer held is dropped. Where there are too few vectors for a graph, or none
    /// is built in, nothing happens.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`] for bytes that do not verify, and for a snapshot of other vectors; the
    /// index is then as before.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        #[cfg(feature = "graph")]
        self.restore_graph(bytes)?;
        #[cfg(not(feature = "graph"))]
        let _ = bytes;
        Ok(())
    }

    #[cfg(feature = "graph")]
    fn restore_graph(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        use super::graph::TOMBSTONE_PERCENT;

        let snapshot = super::snapshot::read(bytes, self.scan.dimensions())?;
        let surplus: Vec<u64> = (0..snapshot.keys.len())
            .filter(|&slot| {
                let held = self.scan.codes(snapshot.keys[slot]);
                !held.is_some_and(|codes| snapshot.codes(slot).eq(codes.iter().copied()))
            })
            .map(|slot| snapshot.keys[slot])
            .collect();
        let kept = snapshot.keys.len() - surplus.len();
        if surplus.len() * 100 > snapshot.keys.len() * TOMBSTONE_PERCENT {
            return Err(IndexError::DamagedSnapshot { what: "it is of other vectors" });
        }
        if self.scan.len() - kept > kept {
            return Err(IndexError::DamagedSnapshot { what: "it lacks most of the vectors" });
        }
        if self.scan.len() < self.threshold {
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

    /// As [`VectorIndex::search`], among `keys` only, which are distinct and ascending.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_among(&self, query: &[f32], k: usize, keys: &[u64]) -> Result<Vec<Neighbour>, IndexError> {
        if k.min(keys.len()) > 0
            && let Some(found) =
                self.propose(query, k.min(keys.len()), &|key| keys.binary_search(&key).is_ok())?
        {
            return Ok(found);
        }
        self.scan.search_among(query, k, keys)
    }

    /// The graph's answer, in the scan's order; `None` where the scan must answer.
    fn propose(
        &self,
        query: &[f32],
        k: usize,
        accept: &dyn Fn(u64) -> bool,
    ) -> Result<Option<Vec<Neighbour>>, IndexError> {
        let Some(graph) = self.graph() else { return Ok(None) };
        let ready = Query::new(query, self.scan.dimensions())?;
        let codes = QuantizedVector::from_f32(query)?.codes;
        let Some(keys) = graph.nearest(&codes, proposals(k), accept) else { return Ok(None) };
        let mut found: Vec<Neighbour> = keys
            .into_iter()
            .filter_map(|key| Some(Neighbour { key, similarity: self.scan.similarity(&ready, key)? }))
            .collect();
        found.sort_unstable_by(by_similarity);
        found.truncate(k);
        Ok(Some(found))
    }
}

impl VectorIndex for TieredIndex {
    /// Which of the two answers at present.
    fn name(&self) -> &'static str {
        if self.graph().is_some() { "graph" } else { self.scan.name() }
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
        self.scan.memory_bytes() + graph
    }

    fn insert(&mut self, key: u64, vector: &QuantizedVector) -> Result<(), IndexError> {
        self.scan.insert(key, vector)?;
        if let Tier::Graph(growing) = &mut self.tier {
            growing.graph.remove(key);
            growing.queue.push(key);
        }
        self.choose_tier();
        self.step(STEP, STEP_LOOKS);
        Ok(())
    }

    fn remove(&mut self, key: u64) -> bool {
        let removed = self.scan.remove(key);
        if let Tier::Graph(growing) = &mut self.tier {
            growing.graph.remove(key);
        }
        self.choose_tier();
        removed
    }

    fn search(
        &self,
        query: &[f32],
        k: usize,
        accept: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Vec<Neighbour>, IndexError> {
        if k > 0
            && let Some(found) = self.propose(query, k, accept)?
        {
            return Ok(found);
        }
        self.scan.search(query, k, accept)
    }
}

#[cfg(test)]
mod tests;
