//! Tuned constants of the verbs: numbers chosen because they give better results.
//!
//! Invariant: this file imports nothing. Limits, batch sizes and numbers that only decide when work is done are
//! defined where they are used; most numbers that affect results are defined in the lower modules.
//!
//! Each constant documents what it does, what it was `Chosen on`, and the bench and figures to measure it with:
//! `.ci/sweep engine personalize::CANDIDATES 36 48 96 -- prelude` builds and runs the bench `prelude` for each value
//! and prints the figures side by side; the text after `Sweep:` is what goes after the `--`. `Not swept` means that
//! no sweep was recorded, followed by the reason for the value if it is known.

/// Neighbouring contexts and the choice of examples.
pub(crate) mod personalize {
    /// Number of contexts, nearest by topic, whose form is compared with the request's as well.
    /// Chosen on: `prelude`, with both splits in view, against 36 and 96.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CANDIDATES: usize = 48;
    /// Minimum cosine of a neighbour's context for its text to serve as an example and for preferences inferred from
    /// it by a host model to apply. Contexts on different subjects are below it.
    /// Not swept; set from the distribution of the cosines of a small sentence encoder.
    /// Sweep: none, the benches read neither examples nor inferred preferences.
    pub(crate) const NEAR: f32 = 0.3;
    /// Bonus in cosine for a text that the person wrote from scratch, compared with one that they accepted unchanged:
    /// of texts about equally near, the one with most of their own writing becomes the example.
    /// Chosen on: the similarity in style between example and final text, compared with taking the nearest text; no
    /// bench covers it.
    /// Sweep: none, for the same reason.
    pub(crate) const OWN_HAND: f32 = 0.2;
    /// If a smaller share than this of a draft made without preferences was changed, it counts as the assistant's
    /// text, not the person's.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, for the same reason.
    pub(crate) const CHANGED_MIN: f32 = 0.1;
    /// Minimum rating for a text to count as liked by the person.
    /// Not swept; half of the way to the best rating.
    /// Sweep: none, for the same reason.
    pub(crate) const LIKED: f32 = 0.5;
    /// Minimum number of records with feedback for the neighbours of a request to be taken from a scope alone.
    /// Not swept; no bench has scopes within a person.
    /// Sweep: none, for that reason.
    pub(crate) const SCOPE_RECORDS_MIN: usize = 3;
    /// ASCII characters per token of a language model.
    /// Not swept; a rule of thumb for English.
    /// Sweep: none, only a tokenizer could tell.
    pub(crate) const LETTERS_PER_TOKEN: usize = 4;
}

/// Neighbours of a ranking.
pub(crate) mod rank {
    /// Number of neighbours consulted.
    /// Not swept; the default of a request for preferences.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const NEIGHBOURS: usize = 8;
}

/// Candidates of a search.
pub(crate) mod search {
    /// Candidates per wanted hit when diversity is requested.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, no bench requests diversity.
    pub(crate) const DIVERSITY_DEPTH: usize = 3;
}

/// Questions to the host's language model.
pub(crate) mod inference {
    /// Edits shown in one question, including the edit that it is about.
    /// Not swept; no bench has a host model.
    /// Sweep: none, for that reason.
    pub(crate) const EDITS_SHOWN: usize = 3;
    /// Texts that an inferred preference is checked against before it applies.
    /// Not swept; no bench has a host model.
    /// Sweep: none, for that reason.
    pub(crate) const CHECKS: usize = 4;
    /// Texts shown in one such question.
    /// Not swept; no bench has a host model.
    /// Sweep: none, for that reason.
    pub(crate) const CHECKS_AT_ONCE: usize = 3;
}
