//! Tuned constants of this module: numbers chosen because they improve what is found and its order. Those of the
//! vector indexes are in `vector/tuning.rs`.
//!
//! Invariant: this file imports nothing; limits on work, units and formats are defined where they are used.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with:
//! `.ci/sweep search score::WORDS 0.2 0.25 0.3 -- quality retrieval preferences` builds and runs the bench `quality`
//! with these tasks for each value and prints the figures side by side; the text after `Sweep:` is what goes after
//! the `--`. `Not swept` means that no sweep was recorded, followed by the reason for the value if it is known.
//! Figures are named without the encoder; those of retrieval cover all sets in the data, none of which was held out.

/// The combined score of meaning and words; see `hybrid`.
pub(crate) mod score {
    /// Weight of the words, 0 to 1, relative to the cosine.
    /// Chosen on: `quality retrieval preferences`, 32 combinations of this and the exponent of the words (1.5 in the
    /// formula); the surface is flat. An earlier form of the score was tested on held-out sets, this one was not.
    /// Sweep: `quality retrieval preferences` (`retrieval_ndcg10_mean_hybrid`, `conversations_recall5_hybrid`,
    /// `preference_r1_hybrid`).
    pub(crate) const WORDS: f32 = 0.25;
    /// Weight of rare names relative to the cosine.
    /// Chosen on: `quality names`, on every other person starting with the first, of 0.3, 0.4 and 0.5, which hardly
    /// differ; the figures of the remaining persons were printed alongside.
    /// Sweep: `quality names retrieval` (`names_first`, `identifiers_first`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const NAMES: f32 = 0.5;
    /// Maximum number of items with a name for it to count as rare.
    /// Not swept; a handful, as in the bench `names`.
    /// Sweep: `quality names` (`names_first`, `identifiers_first`).
    pub(crate) const RARE_ITEMS: usize = 5;
    /// A rare name also occurs in at most one in this many items.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality names` (`names_first`, `identifiers_first`).
    pub(crate) const RARE_SHARE: usize = 20;
    /// Share of its score that a text loses if it says nothing: a heading is about twice as near to a question as an
    /// answer in other words, and has all of the question's words.
    /// Chosen on: `quality biases`, on the fifteen subjects used for development.
    /// Sweep: `quality biases` (`bias_short_right`, `bias_repeated_right`, `bias_right`).
    pub(crate) const SAYS_NOTHING: f32 = 0.7;
    /// Number of terms, beyond those of the question, that a text needs to say something: the shortest answers add a
    /// name and a date.
    /// Chosen on: as [`SAYS_NOTHING`], against 8 and 14.
    /// Sweep: `quality biases` (`bias_short_right`, `bias_right_curt`, `bias_right`).
    pub(crate) const TERMS_ENOUGH: usize = 4;
    /// Share of its score that a text loses if it contains no fact of the kind asked for. Small, because facts can be
    /// expressed in ways that are not recognized.
    /// Chosen on: `quality retrieval`, on the conversations, where it is flat from 0.20 to 0.30, and `quality
    /// biases`, on the subjects used for development.
    /// Sweep: `quality retrieval biases` (`conversations_recall5_hybrid`, `bias_right`).
    pub(crate) const LACKS_FACT: f32 = 0.25;
    /// Above this probability that two words of a text are the same, the text counts as repetitive; at twice this
    /// value it says nothing.
    /// Chosen on: `quality biases`, on the first six subjects; texts of the evaluation data stay below. Code and
    /// tables may not.
    /// Sweep: `quality biases` (`bias_repeated_right`, `bias_right`).
    pub(crate) const REPETITION: f32 = 0.1;
    /// Weight of the cosine when ordering by words.
    /// Not swept; it only has to decide between items whose words match equally well.
    /// Sweep: `quality names` (`names_first_words`).
    pub(crate) const BETWEEN_EQUALS: f32 = 0.02;
    /// Minimum number of candidates from each of meaning and words.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const CANDIDATES_MIN: usize = 128;
    /// Number of candidates from each of meaning and words, per item wanted.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const CANDIDATES_PER_ITEM: usize = 4;
    /// Number of further keys examined per candidate wanted: several may belong to one item.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const KEYS_PER_CANDIDATE: usize = 2;
}

/// Pseudo-relevance feedback: the words of the best texts found first are added to the query.
pub(crate) mod expansion {
    /// Number of texts assumed to be relevant.
    /// Not swept; of the usual order of magnitude (RM3).
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TEXTS: usize = 10;
    /// Number of terms taken from these texts.
    /// Not swept; as [`TEXTS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TERMS: usize = 20;
    /// Share of these terms in the weight of the expanded query.
    /// Not swept; as [`TEXTS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const SHARE: f32 = 0.4;
    /// Minimum weight of each text; the weight grows with its distance above the last text.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TEXT_MIN: f32 = 0.05;
    /// Weight of the word score before feedback, where the one after feedback has weight 1.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const BEFORE: f32 = 0.5;
}

/// Scores are moved towards those of similar items; see `regularize`.
pub(crate) mod regularization {
    /// Number of best items whose scores are regularized.
    /// Not swept; the cost grows with its square.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const ITEMS: usize = 64;
    /// Number of neighbours of an item that count.
    /// Chosen on: `quality retrieval`, 36 combinations of this (4 to 6), [`SHARE`] (0.4 to 0.6) and [`HALF_BYTES`]
    /// (120 to 300), on a plateau. On mails and their subjects, which were held out, finding the single right item
    /// gets slightly worse, within noise.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const NEIGHBOURS: usize = 6;
    /// How far a score moves towards those of its neighbours, 0 to 1, in proportion to their similarity.
    /// Chosen on: as [`NEIGHBOURS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const SHARE: f32 = 0.5;
    /// Length of a text in bytes, about forty words, at which a similarity counts half: the similarity of two turns
    /// of a conversation means little.
    /// Chosen on: as [`NEIGHBOURS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `conversations_recall5_hybrid`).
    pub(crate) const HALF_BYTES: f32 = 240.0;
}

/// The lexical index.
pub(crate) mod bm25 {
    /// Saturation of term frequency.
    /// Not swept; a default of the field (Anserini).
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_words`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const K1: f32 = 0.9;
    /// Influence of text length, 0 to 1.
    /// Not swept; as [`K1`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_words`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const B: f32 = 0.4;
    /// Weight of a term in the text itself, relative to 1 for a term in its surroundings.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`conversations_recall5_words`, `conversations_recall5_hybrid`).
    pub(crate) const OWN_UNITS: u32 = 2;
    /// Weight in a query of each pair that contains a single character of a script without spaces. Within a text, a
    /// character is part of two pairs.
    /// Not swept; for that reason.
    /// Sweep: none, no set of the evaluation data has such a script.
    pub(crate) const LONE_CHARACTER: f32 = 0.5;
    /// Texts with fewer terms are too short to be judged as repetitive.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality biases` (`bias_repeated_right`, `bias_right_curt`).
    pub(crate) const REPETITION_TERMS_MIN: u64 = 8;
    /// If a filter lets through fewer than one in this many texts, their scores are computed one by one.
    /// Not swept; the results are the same, only the time differs.
    /// Sweep: none, no bench searches words within a filter.
    pub(crate) const LISTED_SHARE: usize = 8;
}

/// Relevance feedback after Rocchio; see `feedback`.
pub(crate) mod rocchio {
    /// Weight of used items, relative to 1 for the query.
    /// Not swept; the usual value in the literature.
    /// Sweep: none, no bench has clicks.
    pub(crate) const BETA: f32 = 0.75;
    /// Weight of skipped items.
    /// Not swept; the usual value in the literature.
    /// Sweep: none, for the same reason.
    pub(crate) const GAMMA: f32 = 0.15;
    /// Positions beyond this are treated as seen as rarely as this one, so that one lucky click far down does not
    /// decide alone.
    /// Not swept; the first page of results.
    /// Sweep: none, for the same reason.
    pub(crate) const POSITION_MAX: usize = 10;
}

/// Similarity of contexts by topic and form together; see `alike`.
pub(crate) mod likeness {
    /// Weight of one natural deviation of form relative to the cosine.
    /// Chosen on: `prelude`, streams with the seeds 100 to 111, which the bench does not run; the set of measures of
    /// form was chosen with all kinds of context in view.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const FORM: f32 = 1.6;
    /// Number of contexts most similar to one from which the crowding around it is estimated.
    /// Chosen on: as [`FORM`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CROWD: usize = 8;
    /// Share of the crowding that is subtracted.
    /// Chosen on: as [`FORM`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CROWDING: f32 = 0.35;
}

/// How a long text is cut into passages.
pub(crate) mod passage {
    /// Maximum number of words in a passage, so that an encoder reads it completely.
    /// Chosen on: `quality retrieval`, against 48, with which `cranfield` and `medline` are worse and there are 2.5
    /// times as many keys.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_mean_keys`).
    pub(crate) const WORDS_MAX: usize = 120;
}
