//! The numbers of the verbs that were chosen because answers are better with them.
//!
//! Invariant: a leaf, which imports nothing. Limits, batches and what decides only when work is done stand where they
//! are used; most of what decides an answer stands in the rooms below.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep engine personalize::CANDIDATES 36 48 96 -- prelude` builds and runs the bench `prelude` for each value
//! and prints the figures side by side; what stands after `Sweep:` goes after the `--`. Where nobody recorded a sweep
//! it says `Not swept`, and why the number is what it is, as far as that is known.

/// What a context is held against, and which texts may be its examples.
pub(crate) mod personalize {
    /// How many of the contexts that are nearest by topic are held against the request by their form, too.
    /// Chosen on: `prelude`, with both splits in view, against 36 and 96.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CANDIDATES: usize = 48;
    /// The least cosine of a neighbour's context for its text to serve as an example, and for what a host model
    /// inferred from it to be carried over. Contexts of different subjects lie below it.
    /// Not swept; from how the cosines of a small sentence encoder lie.
    /// Sweep: none, the benches read neither examples nor inferred preferences.
    pub(crate) const NEAR: f32 = 0.3;
    /// What a text that the person wrote from nothing gains in cosine over one that they took as it was: of texts about
    /// as near, the one that shows most of their hand is the example.
    /// Chosen on: how near the style of the example is to that of the final, against the nearest text; no bench keeps
    /// it.
    /// Sweep: none, likewise.
    pub(crate) const OWN_HAND: f32 = 0.2;
    /// A draft made without preferences of which a smaller share was changed is the assistant's, not the person's.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, likewise.
    pub(crate) const CHANGED_MIN: f32 = 0.1;
    /// A rating from which a text counts as the person's liking.
    /// Not swept; half of the way to the best.
    /// Sweep: none, likewise.
    pub(crate) const LIKED: f32 = 0.5;
    /// Fewest records with feedback for a scope to be asked for its own neighbours.
    /// Not swept; no bench has scopes within a person.
    /// Sweep: none, for that reason.
    pub(crate) const SCOPE_RECORDS_MIN: usize = 3;
    /// Letters of ASCII that are about one token of a language model.
    /// Not swept; a rule of thumb for English.
    /// Sweep: none, it estimates what only a tokenizer can tell.
    pub(crate) const LETTERS_PER_TOKEN: usize = 4;
}

/// Neighbours that a ranking asks for.
pub(crate) mod rank {
    /// Neighbours consulted.
    /// Not swept; what a request for preferences consults by default.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const NEIGHBOURS: usize = 8;
}

/// What a search looks among.
pub(crate) mod search {
    /// Among so many times the hits wanted, diversity is looked for.
    /// Not swept; no sweep is recorded.
    /// Sweep: none, no bench asks for diversity.
    pub(crate) const DIVERSITY_DEPTH: usize = 3;
}

/// What the host's language model is asked.
pub(crate) mod inference {
    /// Edits that one question shows, the nearest to it included.
    /// Not swept; no bench has a host's model.
    /// Sweep: none, for that reason.
    pub(crate) const EDITS_SHOWN: usize = 3;
    /// Texts that an inferred preference is held against before it counts.
    /// Not swept; likewise.
    /// Sweep: none, for that reason.
    pub(crate) const CHECKS: usize = 4;
    /// Of them, those that are shown in one question.
    /// Not swept; likewise.
    /// Sweep: none, for that reason.
    pub(crate) const CHECKS_AT_ONCE: usize = 3;
}
