//! The numbers of vectors from which each tier answers.
//!
//! Invariant: thresholds affect the speed of a search, never its correctness.

use serde::{Deserialize, Serialize};

use super::tuning::tiers::{CODES_FROM, GRAPH_FROM};

/// The numbers of vectors from which each tier answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Thresholds {
    /// One-bit codes in front of the int8 rows.
    pub bits_from: usize,
    /// The graph. Not calibrated, because its recall matters as well as its speed.
    pub graph_from: usize,
}

impl Thresholds {
    /// One-bit codes from `bits_from` vectors on, the graph from `graph_from`.
    pub fn new(bits_from: usize, graph_from: usize) -> Self {
        Self { bits_from, graph_from }
    }
}

impl Default for Thresholds {
    /// A compromise between the machines measured.
    fn default() -> Self {
        Self { bits_from: CODES_FROM, graph_from: GRAPH_FROM }
    }
}
