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

/// The score of search by meaning and words; see `hybrid`.
pub(crate) mod score {
    /// Weight of the words, 0 to 1, against the cosine.
    /// Chosen on: `quality retrieval preferences`, 32 combinations of this and of the power of the words (1.5, in the
    /// formula); the surface is flat. An earlier form of the score was held out by set, this one was not.
    /// Sweep: `quality retrieval preferences` (`retrieval_ndcg10_mean_hybrid`, `conversations_recall5_hybrid`,
    /// `preference_r1_hybrid`).
    pub(crate) const WORDS: f32 = 0.25;
    /// Weight of the rare names against the cosine.
    /// Chosen on: `quality names`, every first person, of .3, .4 and .5, which hardly differ; the figures of the others
    /// were printed beside.
    /// Sweep: `quality names retrieval` (`names_first`, `identifiers_first`, `retrieval_ndcg10_mean_hybrid`).
    pub(crate) const NAMES: f32 = 0.5;
    /// A rare name is in so many items at most.
    /// Not swept; a handful, as the bench `names` asks for it.
    /// Sweep: `quality names` (`names_first`, `identifiers_first`).
    pub(crate) const RARE_ITEMS: usize = 5;
    /// And in one of so many.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality names` (`names_first`, `identifiers_first`).
    pub(crate) const RARE_SHARE: usize = 20;
    /// Share of its score that a text loses which says nothing: a heading is about twice as near to a question as what
    /// answers it in other words, and has all of its words.
    /// Chosen on: `quality biases`, the fifteen subjects that were looked at.
    /// Sweep: `quality biases` (`bias_short_right`, `bias_repeated_right`, `bias_right`).
    pub(crate) const SAYS_NOTHING: f32 = 0.7;
    /// How many terms beside the question's a text needs to say something: the shortest answers add a name and a date.
    /// Chosen on: as [`SAYS_NOTHING`], against 8 and 14.
    /// Sweep: `quality biases` (`bias_short_right`, `bias_right_curt`, `bias_right`).
    pub(crate) const TERMS_ENOUGH: usize = 4;
    /// Share of its score that a text loses which holds nothing of the kind asked for. Small, since a fact can be told
    /// in ways that are not known.
    /// Chosen on: `quality retrieval`, the conversations, flat from .20 to .30, and the subjects of `quality biases`
    /// that were looked at.
    /// Sweep: `quality retrieval biases` (`conversations_recall5_hybrid`, `bias_right`).
    pub(crate) const LACKS_FACT: f32 = 0.25;
    /// How likely two words of a text are the same one at most, unless it only repeats itself; a text that is twice as
    /// repetitive says nothing.
    /// Chosen on: `quality biases`, the first six subjects; texts of the evaluation data stay below. Code and tables
    /// may not.
    /// Sweep: `quality biases` (`bias_repeated_right`, `bias_right`).
    pub(crate) const REPETITION: f32 = 0.1;
    /// Weight of the cosine where the order follows the words.
    /// Not swept; decides between items whose words fit equally well, and no more.
    /// Sweep: `quality names` (`names_first_words`).
    pub(crate) const BETWEEN_EQUALS: f32 = 0.02;
    /// Candidates of each arm, at least.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const CANDIDATES_MIN: usize = 128;
    /// Candidates of each arm for an item wanted.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const CANDIDATES_PER_ITEM: usize = 4;
    /// Further keys that are looked through for a candidate wanted: several may be of one item.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_recall100_mean_hybrid`).
    pub(crate) const KEYS_PER_CANDIDATE: usize = 2;
}

/// Pseudo-relevance feedback: the words of the best texts found first are asked for, too.
pub(crate) mod expansion {
    /// Texts that it believes in.
    /// Not swept; of the order that is usual (RM3).
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TEXTS: usize = 10;
    /// Terms that it takes from them.
    /// Not swept; as [`TEXTS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TERMS: usize = 20;
    /// Share of the terms in the query after it.
    /// Not swept; as [`TEXTS`].
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const SHARE: f32 = 0.4;
    /// What each text counts at least; more by how far it stands above the last.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const TEXT_MIN: f32 = 0.05;
    /// What the words count as they were before, where they count 1 after it.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid_feedback`).
    pub(crate) const BEFORE: f32 = 0.5;
}

/// Scores drawn to those of the items most alike; see `regularize`.
pub(crate) mod regularization {
    /// The best items, whose scores are regularized.
    /// Not swept; what it costs grows by its square.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_medline_hybrid`).
    pub(crate) const ITEMS: usize = 64;
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

/// How a long text is cut into passages.
pub(crate) mod passage {
    /// Most words of a passage: an encoder reads them whole.
    /// Chosen on: `quality retrieval`, against 48, with which `cranfield` and `medline` are worse and the keys 2.5
    /// times as many.
    /// Sweep: `quality retrieval` (`retrieval_ndcg10_mean_hybrid`, `retrieval_ndcg10_mean_keys`).
    pub(crate) const WORDS_MAX: usize = 120;
}
