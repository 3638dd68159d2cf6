//! Learns from a person's edits how they want text to be, on their own device.
//!
//! An [`Engine`] keeps one person's feedback and writing in one folder. [`observe`](Engine::observe) tells it
//! what the person did with a draft; [`personalize`](Engine::personalize) gives the preferences, examples and
//! prompt fragment for a new context; [`rank`](Engine::rank) orders candidate drafts;
//! [`search`](Engine::search) finds earlier texts; [`preferences`](Engine::preferences) puts what was learned
//! under the person's control; [`forget`](Engine::forget) makes the store as if it had never seen something.
//! No language model is needed; where the host has one, [`inference`](Engine::inference) hands out the
//! questions of CIPHER. Nothing here opens a socket.
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
//! None is on by default; the crate is then pure Rust, and an engine needs an encoder: [`NativeEmbedder`] with a model
//! file, [`SuppliedVectors`], or an [`Embedder`] of the app's own.
//!
//! - `onnx`: `OnnxEmbedder`, any ONNX sentence encoder, through tract.
//! - `graph`: a usearch graph answers searches in very large stores. C++.
//! - `bundled-model`: compiles a model file in, 23 MB; the builder then needs no encoder. The file is the one that
//!   `IDIOLECT_MODEL` names while the crate is built; a build of the repository takes the repository's own.

#![allow(
    unreachable_pub,
    reason = "the parts are `pub` for `internals`; what an app reaches is listed below"
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
    Durability, EditCost, Engine, EngineBuilder, Forget, Forgotten, HistoryItem, Hit, Imported, Inference,
    InferenceId, InferenceKind, InferenceRequest, Limits, LogEvent, MemoryUse, Observation, Observed,
    Personalization, PreferenceChange, Preferences, Query, RankRequest, Request, SearchMode, Searched, Stats,
    THREAD_NAME, Timing,
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

/// For the benches and tools of this repository. Promises nothing: anything here may change with any version.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    pub mod document {
        pub use crate::document::*;
    }
    pub mod edit {
        use crate::document::{Document, own_text};
        pub use crate::edit::*;

        /// What an edit changed, of messages in the writer's own part.
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

/// Compiles the Rust of CONTRIBUTING.
#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
struct Contributing;

/// Compiles the Rust of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
