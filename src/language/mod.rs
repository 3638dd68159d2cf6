//! Everything that depends on a language: word lists, endings, spelling, stemming, wording of statements, language
//! detection.
//!
//! Invariant: a language is a folder of text files, each with its source and licence; no other module contains words
//! of a language. CONTRIBUTING.md explains how to add one.

mod detect;
mod endings;
mod english;
mod kinds;
#[expect(clippy::module_inception, reason = "the room is named after what it makes")]
mod language;
mod letters;
mod lexicon;
mod lists;
mod mail;
mod stemmer;
mod tuning;
mod usual;
mod wording;

pub(crate) use endings::Ending;
pub(crate) use kinds::{Kinds, Roles};
pub use language::Language;
pub(crate) use language::List;
#[cfg(any(test, feature = "internals"))]
pub use language::register;
#[cfg(any(test, feature = "internals"))]
pub use language::{Rules, Source};
pub(crate) use lexicon::{Entry, Lexicon};
pub(crate) use mail::{Mail, mail};
pub use usual::{Usual, length_class};
