//! Tuned constants of this module: numbers chosen because they improve the detection of languages and misspellings.
//!
//! Invariant: this file imports nothing. The lists of a language are data in its folder, and the rules of a stemmer
//! are its author's.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with:
//! `.ci/sweep language spelling::SMOOTHING 0.05 0.1 0.2 -- quality direction` builds and runs the bench `quality`
//! with the task `direction` for each value and prints the figures side by side; the text after `Sweep:` is what goes
//! after the `--`. `Not swept` means that no sweep was recorded, followed by the reason for the value if it is known.

/// Which of two spellings is better formed, judged by letters.
pub(crate) mod spelling {
    /// Added to the count of every trigram, so that none has probability 0.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const SMOOTHING: f32 = 0.1;
    /// Mean cost of a letter, in nats; it offsets the length of a word, so that a longer word is not judged worse.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const LETTER_COST: f32 = 2.0;
    /// Evidence that a spelling is right if it is in the lists, in nats.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const LISTED: f32 = 2.0;
    /// Maximum evidence from one word, in nats.
    /// Not swept; below `edit::tuning::correction::WORSE`.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const WORD_MAX: f32 = 5.0;
}

/// Language detection.
pub(crate) mod detection {
    /// A text is in a language if at least one in this many words is a function word of it.
    /// Not swept; decides nearly all texts by their words alone.
    /// Sweep: `quality retrieval direction` (`retrieval_ndcg10_mean_hybrid`, `direction_right`), on English texts
    /// only.
    pub(crate) const SMALL_WORDS_SHARE: usize = 8;
    /// Maximum number of words examined.
    /// Not swept; more words add nothing.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const WORDS_MAX: usize = 80;
    /// A text with fewer words is attributed to the default language: the letters of a handful of words say nothing.
    /// Not swept; for that reason.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const WORDS_MIN: usize = 6;
    /// Minimum reliability of the comparison of letters, 0 to 1.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const SURE: f64 = 0.95;
    /// Maximum number of bytes whose letters are examined.
    /// Not swept; more letters add nothing.
    /// Sweep: `quality retrieval direction` (`direction_right`).
    pub(crate) const BYTES_MAX: usize = 1_000;
}
