//! The numbers of this room that were chosen because what is found and its order are better with them; those of the
//! vector indexes stand in `vector/tuning.rs`.
//!
//! Invariant: a leaf, which imports nothing; what is a limit on work, a unit or a format stands where it is used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep search score::WORDS 0.2 0.25 0.3 -- quality retrieval preferences` builds and runs the bench `quality`
//! with these tasks for each value and prints the figures side by side; what stands after `Sweep:` goes after the `--`.
//! Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is known.
//! Figures stand without the name of the encoder; those of retrieval are of all sets in the data, which were all looked
//! at.

/// Scores drawn to those of the items most alike; see `regularize`.
pub(crate) mod regularization {
    /// Neighbours of an item that count.
    /// Chosen on: `quality retrieval`, 36 combinations of this (4 to 6), [`SHARE`] (.4 to .6) and [`HALF_BYTES`] (120
    /// to 300), on a plateau. On mails and their subjects, which were not looked at, finding the one right item is a
    /// little worse by it, within noise.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const NEIGHBOURS: usize = 6;
    /// How far a score goes to those of its neighbours, 0 to 1, as far as they are alike.
    /// Chosen on: as [`NEIGHBOURS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const SHARE: f32 = 0.5;
    /// Bytes of text, some forty words, at which a likeness counts half: that of two turns of a conversation says
    /// little.
    /// Chosen on: as [`NEIGHBOURS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `conversations_recall5_hybrid`).
    pub(crate) const HALF_BYTES: f32 = 240.0;
}

/// The index of words.
pub(crate) mod bm25 {
    /// Saturation of term frequency.
    /// Not swept; a default of the field (Anserini).
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_words`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const K1: f32 = 0.9;
    /// How much length counts, 0 to 1.
    /// Not swept; as [`K1`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_words`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const B: f32 = 0.4;
    /// Units that a term of the text itself counts, one of its surroundings counting 1.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`conversations_recall5_words`, `conversations_recall5_hybrid`).
    pub(crate) const OWN_UNITS: u32 = 2;
    /// Weight in a query of each pair with a lone character of a script without spaces: within a text it is part of
    /// two.
    /// Not swept; for that reason.
    /// Sweep: none, no set of the evaluation data has such a script.
    pub(crate) const LONE_CHARACTER: f32 = 0.5;
    /// A text of fewer terms is too short to tell whether it repeats itself.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality biases` (`bias_repeated_right`, `bias_right_curt`).
    pub(crate) const REPETITION_TERMS_MIN: u64 = 8;
    /// Where a filter takes fewer than one in so many texts, their scores are looked up one by one.
    /// Not swept; the results are the same, only the time differs.
    /// Sweep: none, no bench searches words within a filter.
    pub(crate) const LISTED_SHARE: usize = 8;
}

/// Relevance feedback after Rocchio; see `feedback`.
pub(crate) mod rocchio {
    /// Weight of what helped, against 1 for the query.
    /// Not swept; the usual number of the field.
    /// Sweep: none, no bench tells of clicks.
    pub(crate) const BETA: f32 = 0.75;
    /// Weight of what was passed over.
    /// Not swept; the usual number of the field.
    /// Sweep: none, likewise.
    pub(crate) const GAMMA: f32 = 0.15;
    /// Positions beyond this count as seen as rarely as this one: one lucky click far down must not decide alone.
    /// Not swept; the first page of results.
    /// Sweep: none, likewise.
    pub(crate) const POSITION_MAX: usize = 10;
}

/// How alike contexts are, by topic and form together; see `alike`.
pub(crate) mod likeness {
    /// What a natural deviation of form weighs against the cosine.
    /// Chosen on: `prelude` streams of the seeds 100 to 111, others than the bench runs; which measures of form there
    /// are was chosen with all kinds of context in view.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const FORM: f32 = 1.6;
    /// So many of those most like a context tell how crowded it is around it.
    /// Chosen on: as [`FORM`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CROWD: usize = 8;
    /// Share of the crowding that is taken off.
    /// Chosen on: as [`FORM`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CROWDING: f32 = 0.35;
}
