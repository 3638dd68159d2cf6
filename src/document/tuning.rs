//! The numbers of this room that were chosen because search finds better with them.
//!
//! Invariant: a leaf, which imports nothing.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again; see
//! `.ci/sweep` and CONTRIBUTING.md.

/// Words of a query up to which most may be names.
/// Chosen on: queries of the sets `cisi` and `time` in `quality retrieval`, which have titles.
/// Sweep: `quality retrieval names` (`retrieval_ndcg10_cisi_hybrid`, `retrieval_ndcg10_time_hybrid`,
/// `names_first`).
pub(crate) const FEW_WORDS: usize = 6;
/// Letters of a word, about, in scripts that set no spaces between words.
/// Not swept; no set of the evaluation data has such a script.
/// Sweep: none, for that reason.
pub(crate) const LETTERS_PER_WORD: usize = 4;
