//! The C ABI of Idiolect: the library `libidiolect`, static and shared, described by `include/idiolect.h`.
//!
//! Invariant: nothing that C passes in can make these functions panic outwards, and whatever can be checked is
//! checked: NULL, freed and foreign handles, lengths, UTF-8, integers out of their range. What every verb does is
//! left to the core crate; here its types become handles, views and status codes.
//!
//! | file | what |
//! |---|---|
//! | `status`, `error`, `version` | status codes, error handles, versions |
//! | `handle`, `memory`, `callback`, `wall` | live handles; texts, slices and outputs; callbacks' data; the panic wall |
//! | `config`, `engine`, `stats` | what an engine is opened with, the engine, what it holds |
//! | `scope`, `record` | where a text belongs; kinds and texts of records |
//! | `observation`, `query` | what is collected for `observe` and `import`, and for `search` |
//! | `observe`, `import`, `personalize`, `rank`, `search`, `preferences`, `explain`, `forget`, `inference`, `maintain` | one file per group of verbs |
//!
//! Blocks of `unsafe` stand in `handle` and `memory` alone. The exported functions are not marked `unsafe`: C is
//! their only caller, and it cannot see the mark; what C must promise is said in the header.

#![allow(non_camel_case_types, reason = "types have the names they have in C")]
#![allow(unsafe_code, reason = "exported names are unsafe attributes; a test keeps blocks to two files")]
#![allow(unreachable_pub, reason = "what C sees is public")]
#![allow(clippy::doc_markdown, reason = "docs of exports are read in the header")]

mod failure;
mod handle;
mod memory;
mod panic;
mod wall;

pub mod callback;
pub mod status;
pub mod version;

pub mod error;
pub mod scope;

pub mod config;
pub mod engine;
pub mod explain;
pub mod forget;
pub mod import;
pub mod inference;
pub mod maintain;
pub mod observation;
pub mod observe;
pub mod personalize;
pub mod preferences;
pub mod query;
pub mod rank;
pub mod record;
pub mod search;
pub mod stats;
