//! Search: the existing items, filters over them, and the best items for a query or context.
//!
//! Invariant: an item that was removed or that does not pass the filter is never returned.

mod alike;
mod catalogue;
mod chunk;
mod diversity;
mod feedback;
mod filter;
mod hybrid;
mod item;
mod lexical;
mod regularize;
mod scopes;
mod tags;
mod tuning;
mod vector;

pub(crate) use alike::even_out;
pub use alike::likeness;
pub use catalogue::Catalogue;
pub use chunk::PASSAGES_MAX;
#[cfg(any(test, feature = "internals"))]
pub use chunk::chunks;
pub(crate) use chunk::chunks_of;
pub use diversity::diverse;
pub use feedback::{Shown, rocchio};
pub use filter::Filter;
pub use hybrid::{Hybrid, HybridQuery, KEYS_MAX, Scored};
pub(crate) use hybrid::{ItemWords, WORDS_VERSION};
pub use item::{Found, Item};
#[cfg(feature = "internals")]
pub use lexical::{LexicalIndex, WordMatch, WordQuery};
pub use vector::{Deadline, QuantizedVector, Thresholds, TieredIndex};
pub(crate) use vector::{GRAPH_FROM, Optimizing, map_bytes};
#[cfg(feature = "internals")]
pub use vector::{Neighbour, ScanIndex, VectorIndex};
