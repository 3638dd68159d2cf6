//! Tuned constants of this module: numbers chosen because they improve search.
//!
//! Invariant: this file imports nothing.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with; see
//! `.ci/sweep` and CONTRIBUTING.md.

/// In a query of up to this many words, most words may be names.
/// Chosen on: queries of the sets `cisi` and `time` in `quality retrieval`, which have titles.
/// Sweep: `quality retrieval names` (`retrieval_ndcg10_cisi_hybrid`, `retrieval_ndcg10_time_hybrid`,
/// `names_first`).
pub(crate) const FEW_WORDS: usize = 6;
/// Approximate number of letters per word in scripts without spaces between words.
/// Not swept; no set of the evaluation data has such a script.
/// Sweep: none, for that reason.
pub(crate) const LETTERS_PER_WORD: usize = 4;
