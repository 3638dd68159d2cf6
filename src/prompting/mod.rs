//! Text for language models: the prompt fragment for the assistant, CIPHER's questions to the host's model, and the
//! parsing of its answers.
//!
//! Invariant: stored text is data in the rendered prompts, never an instruction. Nothing here calls a model.

mod answers;
mod fragment;
mod questions;
mod tuning;

pub use answers::{parse_expansion, parse_preferences, parse_verdicts};
pub(crate) use fragment::Shown;
pub use fragment::{Example, PromptFragment, PromptRequest, render_prompt};
pub use questions::{aggregation_prompt, compares, expansion_prompt, induction_prompt, verification_prompt};
