//! What language models are told and asked: the prompt fragment for the assistant, CIPHER's questions to the host's model
//! and what its answers say.
//!
//! Invariant: stored text is data in what is rendered here, never an instruction. Nothing here calls a model.

mod answers;
mod fragment;
mod questions;
mod tuning;

pub use answers::{parse_expansion, parse_preferences, parse_verdicts};
pub(crate) use fragment::Shown;
pub use fragment::{Example, PromptFragment, PromptRequest, render_prompt};
pub use questions::{aggregation_prompt, compares, expansion_prompt, induction_prompt, verification_prompt};
