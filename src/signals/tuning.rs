//! Tuned constants of this module: numbers chosen because learning, ranking and search give better results with them.
//!
//! Invariant: this file imports nothing. What defines a single feature or axis (its step, its middle, the length of a
//! long word) is defined with it, and the table of natural deviations next to the measures of form.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with:
//! `.ci/sweep signals surface::CLIP 1.5 2.0 3.0 -- prelude` builds and runs the bench `prelude` for each value and
//! prints the figures side by side; the text after `Sweep:` is what goes after the `--`. `Not swept` means that no
//! sweep was recorded, followed by the reason for the value if it is known.

/// Features, and the agreement of texts with preferences about them.
pub(crate) mod feature {
    /// Rates of texts with fewer words are computed as if they had this many.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`, `writers_final_over_draft`).
    pub(crate) const RATE_WORDS_MIN: f32 = 50.0;
    /// Distance from a desired level, in steps, at which a text neither agrees nor disagrees.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const LEVEL_STEPS: f32 = 1.5;
    /// Distance from a feature's middle, in steps, at which a text fully agrees with a direction.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const DIRECTION_STEPS: f32 = 2.0;
}

/// The style vector by which candidates are compared.
pub(crate) mod style {
    /// Larger differences, in steps, are clipped to this, so that one unusual text does not decide a weight.
    /// Not swept; for that reason.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const STEPS_MAX: f32 = 3.0;
}

/// A person's own axes of meaning.
pub(crate) mod axes {
    /// Maximum number of axes: after a handful of edits, later ones are noise.
    /// Not swept; for that reason.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const COUNT_MAX: usize = 4;
    /// Number of newest shifts considered.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const NEWEST: usize = 64;
    /// One step of natural variation along an axis, as a share of the unit length of the vectors.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const STEP: f32 = 1.0 / 16.0;
}

/// The measures of a text's form, by which kinds of contexts are told apart.
pub(crate) mod surface {
    /// Larger differences, in natural deviations, are clipped to this, so that one unusual measure does not outweigh
    /// the others.
    /// Chosen on: `prelude`, both splits, against 3.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CLIP: f32 = 2.0;
    /// Bytes of a text that are measured: its form shows in its beginning.
    /// Not swept; for that reason.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const BYTES_MAX: usize = 2_000;
}

/// The form of a text: whether it says something about the person, or asks.
pub(crate) mod form {
    /// Weight of a text's form, on the scale of cosines, in a search for statements about the person. Two texts on
    /// one subject differ in cosine by about this, so that the form decides between them.
    /// Chosen on: `quality preferences`, all of it.
    /// Sweep: `quality preferences` (`preference_r1_hybrid`, `preference_r5_hybrid`).
    pub(crate) const STEP: f32 = 0.05;
    /// Number of words examined from the start of the text.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality preferences` (`preference_r1_hybrid`, `preference_r5_hybrid`).
    pub(crate) const WORDS_MAX: usize = 60;
}

/// Kinds of facts that questions ask for and texts contain.
pub(crate) mod facts {
    /// Number of words at the start of a question among which the question word is looked for ("Can you tell me
    /// when").
    /// Not swept; for such beginnings.
    /// Sweep: `quality biases retrieval` (`bias_right`, `conversations_recall5_hybrid`).
    pub(crate) const LEAD_WORDS: usize = 6;
}
