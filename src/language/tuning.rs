//! The numbers of this room that were chosen because languages and misspellings are told better with them.
//!
//! Invariant: a leaf, which imports nothing; what is a list of a language is data in its folder, and the rules of a
//! stemmer are its author's.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep language spelling::SMOOTHING 0.05 0.1 0.2 -- quality direction` builds and runs the bench `quality` with
//! the task `direction` for each value and prints the figures side by side; what stands after `Sweep:` goes after the
//! `--`. Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is known.

/// Which of two spellings is the well-formed one, by its letters.
pub(crate) mod spelling {
    /// Added to the count of every three signs, so that none is impossible.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const SMOOTHING: f32 = 0.1;
    /// What a letter costs in the mean, in nats: a longer word is not the worse for its length.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const LETTER_COST: f32 = 2.0;
    /// What it says, in nats, that one of two spellings is in the lists.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const LISTED: f32 = 2.0;
    /// Most that one word says, in nats.
    /// Not swept; below `edit::tuning::correction::WORSE`.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const WORD_MAX: f32 = 5.0;
}

/// Which language a text is in.
pub(crate) mod detection {
    /// A text is in a language of whose words one in so many is a small word of it.
    /// Not swept; decides nearly all texts by their words alone.
    /// Sweep: `quality retrieval direction` (`retrieval_ndcg10_mean_hybrid`, `direction_right`), of English texts
    /// alone.
    pub(crate) const SMALL_WORDS_SHARE: usize = 8;
    /// Words that are looked at.
    /// Not swept; more say no more.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const WORDS_MAX: usize = 80;
    /// A text with fewer words is in the default language: letters of a handful of words say nothing.
    /// Not swept; for that reason.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const WORDS_MIN: usize = 6;
    /// How sure the comparison of letters must be, 0 to 1.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const SURE: f64 = 0.95;
    /// Bytes whose letters are looked at.
    /// Not swept; more say no more.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const BYTES_MAX: usize = 1_000;
}
