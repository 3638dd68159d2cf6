//! A text, read once: its own part, lines, sentences, words.
//!
//! Invariant: every function is total and bounded: any UTF-8 text up to the engine's limit is read in time linear in its
//! length.

mod page;
mod structure;
mod token;

pub(crate) use page::{Page, Token};
pub(crate) use structure::own_part;
pub use structure::{Line, LineKind, lines, own_text, paragraphs, sentences};
pub(crate) use token::{Told, Words, different, fold, is_ideograph, told};
pub use token::{is_word, words};
