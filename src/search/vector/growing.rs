//! A graph that lacks rows of the scan, and the steps that add them.
//!
//! Invariant: every row is in the graph with the same codes, or its key is in the queue; a step is short.

use super::graph::GraphIndex;
use super::index::VectorIndex;
use super::scan::ScanIndex;
use super::tuning::graph::{STEP_LOOKS, TAIL, TAIL_SHARE};
use crate::error::IndexError;
use crate::types::{CancelToken, Progress};

/// Progress state of [`TieredIndex::optimize_step`](super::TieredIndex::optimize_step).
#[derive(Default)]
pub(crate) enum Optimizing {
    #[default]
    Start,
    Coding,
    /// With the graph that will replace the present one, if that needs more than missing rows.
    Growing(Option<Box<Growing>>),
}

impl Optimizing {
    /// Repeats `step` until done, reporting progress and checking the token in between.
    ///
    /// # Errors
    /// [`IndexError::Cancelled`], and errors of `step`.
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

/// A graph to which the rows of a scan are added, a few at a time.
pub(crate) struct Growing {
    pub(super) graph: GraphIndex,
    /// Keys to add, last first. May contain keys that were removed or added already; lacks none that must be added.
    pub(super) queue: Vec<u64>,
}

impl Growing {
    pub(super) fn new(scan: &ScanIndex) -> Result<Self, IndexError> {
        Ok(Self { graph: GraphIndex::new(scan.dimensions())?, queue: scan.keys().to_vec() })
    }

    pub(super) fn is_complete(&self, scan: &ScanIndex) -> bool {
        self.graph.len() == scan.len()
    }

    /// Whether so few rows are missing that they can be scanned in addition to the graph.
    pub(super) fn is_ready(&self, scan: &ScanIndex) -> bool {
        scan.len() - self.graph.len() <= (scan.len() / TAIL_SHARE).min(TAIL)
    }

    /// The rows that the graph lacks.
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

    /// Adds up to `most` vectors, examining up to `looks` keys.
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
