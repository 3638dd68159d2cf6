//! Learns from a person's edits, on the device, how they want text written.
//!
//! An [`Engine`] keeps one person's feedback and writing in one folder. [`observe`](Engine::observe) records what the
//! person did with a draft; [`personalize`](Engine::personalize) returns the preferences, examples and prompt fragment
//! for a new context; [`rank`](Engine::rank) orders candidate drafts; [`search`](Engine::search) finds earlier texts;
//! [`preferences`](Engine::preferences) lists what was learned and lets the person correct, pin or delete it;
//! [`forget`](Engine::forget) removes records together with everything learned from them. No language model is needed;
//! if the host has one, [`inference`](Engine::inference) returns the prompts of CIPHER for it to answer. The library
//! opens no socket.
//!
//! ```
//! use idiolect::{Engine, NativeEmbedder, Observation, Request, Scope};
//!
//! # fn main() -> idiolect::Result<()> {
//! # let temporary = tempfile::tempdir().expect("a temporary folder");
//! # let folder = temporary.path().join("store");
//! # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
//! let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
//! let mail = Scope::app("mail").task("reply");
//!
//! for day in ["Monday", "Tuesday", "Friday"] {
//!     let context = format!("Asks whether we can meet on {day}");
//!     let shown = engine.personalize(&Request::new(&context).scope(mail.clone()))?;
//!     // The draft comes from the app's own language model, which was given `shown.prompt`.
//!     let draft = format!("Dear colleague, I would be delighted to meet with you on {day}. Best regards");
//!     let edited = format!("Hi! {day} works.\nCheers, Sam");
//!     engine.observe(Observation::edit(&context, draft, edited).scope(mail.clone()).drafted_with(&shown))?;
//! }
//!
//! let shown = engine.personalize(&Request::new("Asks for a call on Thursday").scope(mail))?;
//! for preference in &shown.preferences {
//!     println!("{} ({:.0}%)", preference.text, preference.confidence * 100.0);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! None is on by default. The crate is then pure Rust, and an engine needs an encoder: [`NativeEmbedder`] with a model
//! file, [`SuppliedVectors`], or the app's own [`Embedder`].
//!
//! - `onnx`: `OnnxEmbedder`, which runs any ONNX sentence encoder with tract.
//! - `graph`: a usearch graph index for searches in very large stores. Compiles C++.
//! - `bundled-model`: compiles a model file (23 MB) into the crate; the builder then needs no encoder. The environment
//!   variable `IDIOLECT_MODEL` names the file at build time; the default is the repository's own model.

#![allow(
    unreachable_pub,
    reason = "modules are `pub` for `internals`; the public API is the list of `pub use` below"
)]

mod document;
mod edit;
mod embedding;
mod engine;
mod error;
mod hash;
mod language;
mod learning;
mod prompting;
mod search;
mod signals;
mod simd;
mod store;
mod types;

pub use edit::{ChangeKind, WordChange, edit_distance};
#[cfg(feature = "onnx")]
pub use embedding::OnnxEmbedder;
pub use embedding::{Embedder, Embedding, Extent, LongText, NativeEmbedder, SuppliedVectors};
pub use engine::{
    Conflict, ConflictReason, Durability, EditCost, Engine, EngineBuilder, Forget, Forgotten, HistoryItem,
    Hit, Imported, Inference, InferenceId, InferenceKind, InferenceRequest, Limits, LogEvent, MemoryUse,
    NothingTaught, Observation, Observed, Personalization, PreferenceChange, PreferenceCounts, Preferences,
    Query, RankRequest, Request, SearchMode, Searched, Stats, THREAD_NAME, Timing,
};
pub use error::{EmbeddingError, Error, ErrorKind, IndexError, InputError, Result, StoreError};
pub use learning::{AbstainReason, Contribution, Explanation, Gate, RankReason, Ranked, TASTE};
pub use prompting::Example;
pub use search::{Found, Item, Thresholds};
pub use types::{
    AppliedPreference, CancelToken, Clock, Direction, Granularity, ManualClock, Origin, Preference,
    PreferenceId, PreferenceKey, Progress, RecordId, RecordKind, SCOPE_PART_MAX, Scope, SystemClock,
    Timestamp,
};

/// Internals for the benches and tools of this repository. No stability promise: any version may change them.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    pub mod document {
        pub use crate::document::*;
    }
    pub mod edit {
        use crate::document::{Document, own_text};
        pub use crate::edit::*;

        /// The word changes of an edit, compared within the writer's own part of each message.
        pub fn changed_words(
            draft: &str,
            edited: &str,
            about: Option<&crate::PreferenceKey>,
        ) -> Vec<WordChange> {
            let (draft, edited) = (own_text(draft), own_text(edited));
            crate::edit::changed_words(&Document::read(&draft, None), &Document::read(&edited, None), about)
        }
    }
    pub mod embedding {
        pub use crate::embedding::*;
    }
    pub mod language {
        pub use crate::language::*;
    }
    pub mod learning {
        pub use crate::learning::*;
    }
    pub mod prompting {
        pub use crate::prompting::*;
    }
    pub mod search {
        pub use crate::search::*;
    }
    pub mod signals {
        pub use crate::signals::*;
    }
    pub mod simd {
        pub use crate::simd::*;
    }
    pub mod store {
        pub use crate::store::*;
    }
    pub mod types {
        pub use crate::types::*;
    }
}

/// Compiles the Rust examples in CONTRIBUTING.md.
#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
struct Contributing;

/// Compiles the Rust examples in README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
