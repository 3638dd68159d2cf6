//! The C ABI of Idiolect: the library `libidiolect`, static and shared, described by `include/idiolect.h`.
//!
//! Invariant: no argument from C can make a panic leave these functions, and everything that can be checked is
//! checked: NULL, freed and foreign handles, lengths, UTF-8, ranges of integers. The verbs themselves are implemented
//! in the core crate; this crate converts its types to handles, views and status codes.
//!
//! | file | content |
//! |---|---|
//! | `status`, `error`, `version` | status codes, error handles, versions |
//! | `handle`, `memory`, `callback` | live handles; texts, slices and outputs; user data of callbacks |
//! | `boundary`, `panic` | conversion of failures and panics to status codes |
//! | `config`, `engine`, `stats` | configuration, the engine, statistics |
//! | `scope`, `record` | scopes; kinds and texts of records |
//! | `observation`, `query` | inputs of `observe` and `import`, and of `search` |
//! | `observe`, `import`, `personalize`, `rank`, `search`, `preferences`, `explain`, `forget`, `inference`, `maintain` | one file per group of verbs |
//!
//! Only `handle` and `memory` contain `unsafe` blocks. The exported functions are not marked `unsafe`: they are only
//! called from C, where the mark has no meaning; the header documents what C must guarantee.

#![allow(non_camel_case_types, reason = "types have the names they have in C")]
#![allow(unsafe_code, reason = "exported names are unsafe attributes; a test keeps blocks to two files")]
#![allow(unreachable_pub, reason = "what C sees is public")]
#![allow(clippy::doc_markdown, reason = "docs of exports are read in the header")]

mod boundary;
mod failure;
mod handle;
mod memory;
mod panic;

pub mod callback;
pub mod status;
pub mod version;

pub mod error;
pub mod scope;

pub mod config;
pub mod conflicts;
pub mod engine;
pub mod explain;
pub mod forget;
pub mod import;
pub mod inference;
pub mod learning;
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
