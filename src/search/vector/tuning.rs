//! The numbers of the vector indexes that were chosen because searches are faster with them at the same recall.
//!
//! Invariant: a leaf, which imports nothing. What is a buffer, a batch or a format stands where it is used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep search/vector cells::NEAR 4 8 16 -- search peers 10000`; what stands after `Sweep:` goes after the `--`.
//! `peers` needs Python and installs what it compares with; `filters` needs neither. The kinds of vectors are
//! clustered made-up ones and those of the evaluation texts; a further look, without a bench, was at random, tight and
//! far sets. Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is
//! known. Times are of one core and vary from hour to hour.

/// The numbers of vectors from which each tier answers; thresholds measured on a device take precedence.
pub(crate) mod tiers {
    /// Vectors from which one-bit codes answer instead of the scan of one byte per value.
    /// Chosen on: what `Thresholds::calibrate` finds on several machines; a compromise between them.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const CODES_FROM: usize = 2_000;
    /// Vectors from which the graph answers instead of the codes.
    /// Chosen on: `search peers 1000000`: up to a million vectors, the codes are faster than a graph with higher
    /// recall. Above it nothing was measured.
    /// Sweep: `search peers 1000000` (`search_clustered_1000k_us`).
    pub(crate) const GRAPH_FROM: usize = 4_000_000;
    /// Codes and graph are kept until the number of vectors is below their threshold by one part in this many, so
    /// that a size near it does not cause repeated rebuilding.
    /// Not swept; for that reason.
    /// Sweep: none, no bench removes as many.
    pub(crate) const GIVEN_UP_SHARE: usize = 4;
    /// With fewer dimensions, one-bit codes are too inaccurate.
    /// Not swept; a word of codes.
    /// Sweep: none, the benches' vectors have more.
    pub(crate) const CODES_DIMENSIONS_MIN: usize = 64;
    /// If at most one in this many rows passes a filter, these rows are compared one by one.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search filters` (`filter_1pct_100k_clustered_us`, `filter_1pct_100k_real_us`).
    pub(crate) const LISTED_SHARE: usize = 24;
    /// If `k` exceeds one in this many rows, all are scanned: the bounds of the codes exclude almost nothing.
    /// Not swept; for that reason.
    /// Sweep: none, the benches ask for ten.
    pub(crate) const SCANNED_SHARE: usize = 8;
    /// Number of newest rows that may lack codes, and are scanned.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search durable` (`insert_over_append`).
    pub(crate) const UNCODED: usize = 32;
    /// Number of rows that an insert codes if more lack codes: most inserts code none, and none codes many.
    /// Not swept; for that reason.
    /// Sweep: `search durable` (`insert_over_append`, `insert_longest_100k_ms`).
    pub(crate) const CODED_STEP: usize = 8;
}

/// Errors to allow for, so that no neighbour is missed.
pub(crate) mod bounds {
    /// Standard deviations of the error of the codes' estimate to allow for.
    /// Chosen on: `search peers` at 10 and 100 thousand vectors, by the recall against the exact neighbours, among 1.6,
    /// 2.2 and 3.0.
    /// Sweep: `search peers 10000` (`search_recall_clustered_10k`, `search_clustered_10k_us`).
    pub(crate) const DEVIATIONS: f32 = 2.4;
    /// Bound on the cosine between a query and a neighbour's offset from its cell's centre.
    /// Chosen on: `search peers`, by recall and time on the two kinds of vectors that are reported; against .475.
    /// Sweep: `search peers 100000` (`search_recall_clustered_100k`, `search_clustered_100k_us`).
    pub(crate) const CLOSENESS: f32 = 0.45;
    /// In few dimensions, that bound is at least this many standard deviations of a random cosine.
    /// Not swept; far beyond what random cosines reach.
    /// Sweep: none, the benches' vectors have many dimensions.
    pub(crate) const CLOSENESS_DEVIATIONS: f32 = 6.0;
    /// Standard deviations of the errors of estimates to allow for when the scan selects rows to compare exactly.
    /// Not swept; one error in three hundred thousand exceeds it on one side.
    /// Sweep: `search peers 10000` (`search_recall_of_int8_clustered_10k`).
    pub(crate) const SCAN_DEVIATIONS: f32 = 4.5;
}

/// Inverted lists: cells of similar rows.
pub(crate) mod cells {
    /// Number of nearest cells searched first.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_real_100k_us`).
    pub(crate) const FIRST: usize = 8;
    /// Rows compared exactly before the bounds are tightened: a number per result, and a number in addition.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const LOT: [usize; 2] = [3, 16];
    /// Cells of up to this many rows are never split.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const SPLIT_FROM: usize = 160;
    /// Maximum rows of a cell, relative to the square root of all rows, to bound both the number and the size of
    /// cells.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 1000000` (`search_clustered_1000k_us`, `search_real_1000k_us`).
    pub(crate) const ROWS_PER_ROOT: f64 = 0.4;
    /// A cell that has fewer rows after a removal is dissolved.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, no bench removes as many.
    pub(crate) const ROWS_MIN: usize = 4;
    /// Number of cells near each half of a split whose rows may move.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const NEAR: usize = 8;
    /// Maximum iterations of 2-means in a split.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const SPLIT_ROUNDS: usize = 5;
    /// The smaller half of a split has at least one in this many rows.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const SMALLER_SHARE: usize = 8;
    /// Minimum gain for a row to move to another centre, in half squared distance.
    /// Not swept; above the rounding of the distances, so that rows do not move back and forth.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`).
    pub(crate) const NEARER: f32 = 1e-3;
}

/// The graph for large histories.
pub(crate) mod graph {
    /// Candidates that an insert keeps.
    /// Not swept; no sweep is recorded.
    /// Sweep: none by a bench: by default there is no graph below [`super::tiers::GRAPH_FROM`].
    #[cfg(feature = "graph")]
    pub(crate) const EXPANSION_ADD: usize = 128;
    /// Candidates that a search keeps.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const EXPANSION_SEARCH: usize = 192;
    /// Number of slots sampled to estimate the share that passes a filter.
    /// Not swept; an estimate to a few percent.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const FILTER_SAMPLE: usize = 256;
    /// If a smaller share of slots is live and passes the filter, in percent, the graph does not answer.
    /// Not swept; from what was measured of usearch.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const PASS_PERCENT: usize = 30;
    /// With a larger share of tombstones, in percent, the graph must be rebuilt.
    /// Not swept; likewise.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const TOMBSTONE_PERCENT: usize = 30;
    /// Number of keys that the graph proposes per result, and in addition, for the exact order to choose from.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    pub(crate) const PROPOSALS: [usize; 2] = [2, 32];
    /// Vectors that one step adds to the graph; an insert takes such a step unless growing is left to others.
    /// Not swept; it bounds the time of an insert.
    /// Sweep: none, likewise.
    pub(crate) const STEP: usize = 4;
    /// Maximum keys examined per step, including those removed in the meantime.
    /// Not swept; likewise.
    /// Sweep: none, likewise.
    pub(crate) const STEP_LOOKS: usize = 1024;
    /// A graph is used while it lacks at most one in this many vectors; these are scanned in addition.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    pub(crate) const TAIL_SHARE: usize = 16;
    /// Maximum vectors that a graph in use may lack.
    /// Not swept; a scan of them takes negligible time.
    /// Sweep: none, likewise.
    pub(crate) const TAIL: usize = 4096;
}
