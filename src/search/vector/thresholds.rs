//! From how many vectors on which tier answers.
//!
//! Invariant: thresholds decide how fast a search is, never whether it is right.

use serde::{Deserialize, Serialize};

use super::tuning::tiers::{CODES_FROM, GRAPH_FROM};

/// From how many vectors on the next tier answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Thresholds {
    /// One-bit codes before the int8 rows.
    pub bits_from: usize,
    /// The graph; not measured, since what it finds counts as well as how fast it is.
    pub graph_from: usize,
}

impl Thresholds {
    /// One-bit codes from so many vectors on, the graph from so many.
    pub fn new(bits_from: usize, graph_from: usize) -> Self {
        Self { bits_from, graph_from }
    }
}

impl Default for Thresholds {
    /// What suits most machines.
    fn default() -> Self {
        Self { bits_from: CODES_FROM, graph_from: GRAPH_FROM }
    }
}
