//! A graph that is behind the scan, and the steps that bring it up to it.
//!
//! Invariant: the graph lacks no row that is neither in the queue nor held by it with the same codes; a step is short.

use super::graph::GraphIndex;
use super::index::VectorIndex;
use super::scan::ScanIndex;
use super::tuning::graph::{STEP_LOOKS, TAIL, TAIL_SHARE};
use crate::error::IndexError;
use crate::types::{CancelToken, Progress};

/// How far [`TieredIndex::optimize_step`](super::TieredIndex::optimize_step) is.
#[derive(Default)]
pub(crate) enum Optimizing {
    #[default]
    Start,
    Coding,
    /// With the graph that is to take the place of the present one, where that is not only behind.
    Growing(Option<Box<Growing>>),
}

impl Optimizing {
    /// Takes one step after the other until all is done; `progress` is told, and the token looked at, in between.
    ///
    /// # Errors
    /// [`IndexError::Cancelled`], and those of a step.
    pub(crate) fn run(
        mut step: impl FnMut(&mut Self) -> Result<Option<Progress>, IndexError>,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<(), IndexError> {
        let mut work = Self::default();
        while let Some(at) = step(&mut work)? {
            progress(at);
            if cancel.is_cancelled() {
                return Err(IndexError::Cancelled);
            }
        }
        Ok(())
    }
}

/// A graph that is brought up to all rows of a scan, a few at a time.
pub(crate) struct Growing {
    pub(super) graph: GraphIndex,
    /// Keys to move, last first. May name keys that are gone or moved already; lacks none that is to move.
    pub(super) queue: Vec<u64>,
}

impl Growing {
    pub(super) fn new(scan: &ScanIndex) -> Result<Self, IndexError> {
        Ok(Self { graph: GraphIndex::new(scan.dimensions())?, queue: scan.keys().to_vec() })
    }

    pub(super) fn is_complete(&self, scan: &ScanIndex) -> bool {
        self.graph.len() == scan.len()
    }

    /// Whether so little is missing that it may be scanned beside the graph.
    pub(super) fn is_ready(&self, scan: &ScanIndex) -> bool {
        scan.len() - self.graph.len() <= (scan.len() / TAIL_SHARE).min(TAIL)
    }

    /// Rows that the graph lacks.
    pub(super) fn tail(&self, scan: &ScanIndex) -> Vec<u32> {
        if self.is_complete(scan) {
            return Vec::new();
        }
        let missing = self.queue.iter().filter(|&&key| !self.graph.contains(key));
        let mut rows: Vec<u32> = missing.filter_map(|&key| Some(scan.row(key)? as u32)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Moves up to `most` vectors.
    pub(super) fn step(&mut self, scan: &ScanIndex, most: usize, looks: usize) -> Result<(), IndexError> {
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
