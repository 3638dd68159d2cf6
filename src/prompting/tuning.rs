//! Tuned constants of this module: numbers chosen because prompts are better with them.
//!
//! Invariant: this file imports nothing; limits on the amount of text are defined where they are used.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with:
//! `.ci/sweep prompting example::SAME_WORDS 0.7 0.8 0.9 -- prelude` builds and runs the bench `prelude` for each
//! value and prints the figures side by side; the text after `Sweep:` is what goes after the `--`. `Not swept` means
//! that no sweep was recorded, followed by the reason for the value if it is known.

/// The person's own texts as examples of style.
pub(crate) mod example {
    /// Two texts count as nearly the same if at least this share of their distinct words is common to both.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, the benches' stand-in for a model reads the statements only.
    pub(crate) const SAME_WORDS: f32 = 0.8;
    /// A short text with fewer words than this is an answer and shows no style.
    /// Not swept; for that reason.
    /// Sweep: none, for the same reason.
    pub(crate) const WORDS_MIN: usize = 4;
    /// An excerpt of fewer bytes shows no style; also the length below which a text is short.
    /// Not swept; for that reason.
    /// Sweep: none, for the same reason.
    pub(crate) const BYTES_MIN: usize = 60;
}
