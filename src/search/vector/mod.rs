//! Nearest-neighbour search over unit vectors: the [`VectorIndex`] trait and its implementations.
//!
//! Invariant: indexes are derived data that can be rebuilt from the store.

mod bits;
mod calibration;
mod deadline;
pub(crate) mod frame;
#[cfg(feature = "graph")]
mod graph;
#[cfg(not(feature = "graph"))]
#[path = "no_graph.rs"]
mod graph;
#[cfg(feature = "graph")]
mod graph_row;
mod growing;
mod index;
mod inverted_lists;
mod keys;
mod quantize;
mod query;
mod rotation;
mod scan;
#[cfg(feature = "graph")]
mod snapshot;
mod thresholds;
mod tiered;
mod tuning;

pub use deadline::Deadline;
pub(crate) use growing::Optimizing;
pub(crate) use index::Accept;
pub use index::{Neighbour, VectorIndex};
pub use quantize::QuantizedVector;
#[cfg(feature = "internals")]
pub use scan::ScanIndex;
pub(crate) use scan::{grow, map_bytes, shrink};
pub use thresholds::Thresholds;
pub use tiered::TieredIndex;
pub(crate) use tuning::tiers::GRAPH_FROM;
