//! The numbers of this room that were chosen because prompts are better with them.
//!
//! Invariant: a leaf, which imports nothing; what is a limit against too much text stands where it is used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep prompting example::SAME_WORDS 0.7 0.8 0.9 -- prelude` builds and runs the bench `prelude` for each value
//! and prints the figures side by side; what stands after `Sweep:` goes after the `--`. Where nobody recorded a sweep
//! it says `Not swept`, and why the number is what it is, as far as that is known.

/// Texts of the person's own as examples of style.
pub(crate) mod example {
    /// Share of all their words, without repetition, that two texts have in common from which on they are the same.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, the benches' stand-in reads the statements alone.
    pub(crate) const SAME_WORDS: f32 = 0.8;
    /// A short text of fewer words than this is an answer, not a style.
    /// Not swept; for that reason.
    /// Sweep: none, likewise.
    pub(crate) const WORDS_MIN: usize = 4;
    /// A shorter piece of a longer text, in bytes, shows no style, and a text below it is short.
    /// Not swept; for that reason.
    /// Sweep: none, likewise.
    pub(crate) const BYTES_MIN: usize = 60;
}
