//! Analysis of a text, done once: the writer's own part, lines, sentences, words.
//!
//! Invariant: every function accepts any UTF-8 text up to the engine's limit and takes time linear in its length.

mod announcements;
#[expect(clippy::module_inception, reason = "the room is named after what it makes")]
mod document;
mod frame;
mod lines;
mod mail_tails;
mod names;
mod not_prose;
mod own_part;
mod same_form;
mod sentences;
mod terms;
mod token;
mod tuning;
mod vocabulary;
mod word_starts;

#[cfg(any(test, feature = "internals"))]
pub use document::count;
pub use document::{Document, Token};
#[cfg(any(test, feature = "internals"))]
pub use lines::{Line, lines};
pub use lines::{LineKind, paragraphs};
pub use own_part::own_text;
pub(crate) use own_part::{OwnPart, own_part};
#[cfg(any(test, feature = "internals"))]
pub use sentences::sentences;
pub(crate) use terms::{WITHOUT_SPACES, lone, pair, terms};
pub(crate) use token::{Told, different, fold, is_blank, told};
pub use token::{is_word, words};
pub(crate) use vocabulary::Vocabulary;
pub(crate) use word_starts::word_starts;
