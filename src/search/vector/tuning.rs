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

/// From how many vectors on which index answers; what is measured on a device counts before these.
pub(crate) mod tiers {
    /// One-bit codes before the rows of one byte a value.
    /// Chosen on: what `Thresholds::calibrate` finds on several machines, between them.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const CODES_FROM: usize = 2_000;
    /// The graph before the codes.
    /// Chosen on: `search peers 1000000`: up to a million the codes find more than a graph, and sooner. Above it
    /// nothing was measured.
    /// Sweep: `search peers 1000000` (`search_clustered_1000k_us`).
    pub(crate) const GRAPH_FROM: usize = 4_000_000;
    /// Codes and graph are given up where there are fewer vectors than their threshold less one part in so many, so
    /// that removals and inserts about it do not build them again and again.
    /// Not swept; for that reason.
    /// Sweep: none, no bench removes as many.
    pub(crate) const GIVEN_UP_SHARE: usize = 4;
    /// Fewer values than these make codes that say too little.
    /// Not swept; a word of codes.
    /// Sweep: none, the benches' vectors have more.
    pub(crate) const CODES_DIMENSIONS_MIN: usize = 64;
    /// Where one in so many rows passes a filter, or fewer, they are compared one by one.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search filters` (`filter_1pct_100k_clustered_us`, `filter_1pct_100k_real_us`).
    pub(crate) const LISTED_SHARE: usize = 24;
    /// Where one in so many rows is wanted, or more, all are scanned: the bounds of the codes let nearly all through.
    /// Not swept; for that reason.
    /// Sweep: none, the benches ask for ten.
    pub(crate) const SCANNED_SHARE: usize = 8;
    /// So many of the newest rows need no codes, and are scanned.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search durable` (`insert_over_append`).
    pub(crate) const UNCODED: usize = 32;
    /// Rows that one insert codes where there are more: they catch up, most inserts wait for none, and none for many.
    /// Not swept; for that reason.
    /// Sweep: `search durable` (`insert_over_append`, `insert_longest_100k_ms`).
    pub(crate) const CODED_STEP: usize = 8;
}

/// What a row is given the benefit of, so that no neighbour is missed.
pub(crate) mod bounds {
    /// Standard deviations of the error of the estimate by codes.
    /// Chosen on: `search peers` at 10 and 100 thousand vectors, by the recall against the exact neighbours, among 1.6,
    /// 2.2 and 3.0.
    /// Sweep: `search peers 10000` (`search_recall_clustered_10k`, `search_clustered_10k_us`).
    pub(crate) const DEVIATIONS: f32 = 2.4;
    /// The cosine of a query and a neighbour's difference from the centre of its cell.
    /// Chosen on: `search peers`, by recall and time on the two kinds of vectors that are reported; against .475.
    /// Sweep: `search peers 100000` (`search_recall_clustered_100k`, `search_clustered_100k_us`).
    pub(crate) const CLOSENESS: f32 = 0.45;
    /// Standard deviations of chance that it is at least where there are few dimensions.
    /// Not swept; far beyond what chance gives.
    /// Sweep: none, the benches' vectors have many dimensions.
    pub(crate) const CLOSENESS_DEVIATIONS: f32 = 6.0;
    /// Standard deviations of the difference of two estimates' errors, by which the scan looks at rows once more.
    /// Not swept; one in three hundred thousand lies beyond to one side.
    /// Sweep: `search peers 10000` (`search_recall_of_int8_clustered_10k`).
    pub(crate) const SCAN_DEVIATIONS: f32 = 4.5;
}

/// Inverted lists: cells of rows that are alike.
pub(crate) mod cells {
    /// The nearest cells, which are looked through first.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_real_100k_us`).
    pub(crate) const FIRST: usize = 8;
    /// Rows for an item wanted that are looked at before the bounds are drawn tighter, and rows beside these.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const LOT: [usize; 2] = [3, 16];
    /// The least number of rows at which a cell is split.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 10000` (`search_clustered_10k_us`, `search_real_10k_us`).
    pub(crate) const SPLIT_FROM: usize = 160;
    /// Most rows of a cell, over the square root of all rows, so that neither the cells nor the rows of one become too
    /// many.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 1000000` (`search_clustered_1000k_us`, `search_real_1000k_us`).
    pub(crate) const ROWS_PER_ROOT: f64 = 0.4;
    /// A cell that has fewer rows after a removal is dissolved.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, no bench removes as many.
    pub(crate) const ROWS_MIN: usize = 4;
    /// Cells about each half of a split whose rows may move.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const NEAR: usize = 8;
    /// Rounds of finding the two halves.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const SPLIT_ROUNDS: usize = 5;
    /// Of a split, the smaller part has one in so many rows at least.
    /// Not swept; no sweep is recorded.
    /// Sweep: `search peers 100000` (`search_clustered_100k_us`, `search_recall_clustered_100k`).
    pub(crate) const SMALLER_SHARE: usize = 8;
    /// How much nearer another centre must be for a row to move, in squares of distance.
    /// Not swept; above the rounding of the distances, so that rows do not go to and fro.
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
    /// How many slots are looked at to guess how much a filter lets through.
    /// Not swept; a guess to a few percent.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const FILTER_SAMPLE: usize = 256;
    /// Below this share of slots that live and pass, in percent, the graph gives no answer.
    /// Not swept; from what was measured of usearch.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const PASS_PERCENT: usize = 30;
    /// Past this share of tombstones, in percent, the graph must be rebuilt.
    /// Not swept; likewise.
    /// Sweep: none, likewise.
    #[cfg(feature = "graph")]
    pub(crate) const TOMBSTONE_PERCENT: usize = 30;
    /// How many the graph proposes for each that is wanted, and beside these, for the exact order to choose from.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    pub(crate) const PROPOSALS: [usize; 2] = [2, 32];
    /// Vectors that one step moves into a graph that is behind; where nothing else grows it, an insert takes such a
    /// step.
    /// Not swept; what bounds the time of an insert.
    /// Sweep: none, likewise.
    pub(crate) const STEP: usize = 4;
    /// Keys looked at in such a step, counting those that are gone in the meantime.
    /// Not swept; likewise.
    /// Sweep: none, likewise.
    pub(crate) const STEP_LOOKS: usize = 1024;
    /// While the graph lacks at most one in so many vectors, these are scanned beside it.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    pub(crate) const TAIL_SHARE: usize = 16;
    /// And at most so many.
    /// Not swept; a scan of them takes no time to speak of.
    /// Sweep: none, likewise.
    pub(crate) const TAIL: usize = 4096;
}
