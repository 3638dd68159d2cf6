//! The numbers of this room that were chosen because what is learned, ranked and found is better with them.
//!
//! Invariant: a leaf, which imports nothing. What defines one feature or axis (its step, its middle, how long a long
//! word is) stands with it, and the table of natural deviations of the measures of form beside these.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep signals surface::CLIP 1.5 2.0 3.0 -- prelude` builds and runs the bench `prelude` for each value and
//! prints the figures side by side; what stands after `Sweep:` goes after the `--`. Where nobody recorded a sweep it
//! says `Not swept`, and why the number is what it is, as far as that is known.

/// Features and how texts agree with preferences about them.
pub(crate) mod feature {
    /// Words below which a rate is not magnified further.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`, `writers_final_over_draft`).
    pub(crate) const RATE_WORDS_MIN: f32 = 50.0;
    /// Steps from a wanted level at which a text neither agrees nor disagrees.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const LEVEL_STEPS: f32 = 1.5;
    /// Steps from a feature's middle at which a text agrees with a direction in full.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const DIRECTION_STEPS: f32 = 2.0;
}

/// The style vector by which candidates are compared.
pub(crate) mod style {
    /// Differences of more steps than this count as this: one odd text does not decide a weight.
    /// Not swept; for that reason.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const STEPS_MAX: f32 = 3.0;
}

/// A person's own axes of meaning.
pub(crate) mod axes {
    /// Most axes: later ones are noise after a handful of edits.
    /// Not swept; for that reason.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const COUNT_MAX: usize = 4;
    /// The newest shifts that are looked at.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const NEWEST: usize = 64;
    /// One step of natural variation along an axis, in units of the vectors' length.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality writers` (`writers_final_over_draft_meaning`).
    pub(crate) const STEP: f32 = 1.0 / 16.0;
}

/// The measures of a text's form, by which kinds of contexts are told.
pub(crate) mod surface {
    /// A difference of more natural deviations counts as so many: one odd measure does not outweigh the others.
    /// Chosen on: `prelude`, both splits, against 3.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CLIP: f32 = 2.0;
    /// Bytes of a text that are looked at: its form shows in its beginning.
    /// Not swept; for that reason.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const BYTES_MAX: usize = 2_000;
}

/// What a text does: says something of the person, or asks.
pub(crate) mod form {
    /// What a form counts in a search for what the person says of themselves, beside the cosine: two texts of one
    /// subject differ by about this; what is nearer than that is told by form.
    /// Chosen on: `quality preferences`, all of it.
    /// Sweep: `quality preferences` (`preference_r1_hybrid`, `preference_r5_hybrid`).
    pub(crate) const STEP: f32 = 0.05;
    /// Words looked at from the start of the text.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality preferences` (`preference_r1_hybrid`, `preference_r5_hybrid`).
    pub(crate) const WORDS_MAX: usize = 60;
}

/// What a question asks for and a text holds.
pub(crate) mod facts {
    /// Words of a question among which the one that asks is looked for ("Can you tell me when").
    /// Not swept; for such beginnings.
    /// Sweep: `quality biases retrieval` (`bias_right`, `conversations_recall5_hybrid`).
    pub(crate) const LEAD_WORDS: usize = 6;
}
