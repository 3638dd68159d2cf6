//! Every error of the crate: one enum per layer, one [`enum@Error`] over them, one stable [`ErrorKind`].
//!
//! Invariant: no message contains user text. Messages name the thing that is wrong (an argument, a file, an
//! id) and, where it helps, sizes and limits. The C status codes are [`ErrorKind::code`].

use std::path::PathBuf;

use thiserror::Error;

/// What went wrong, in a form that does not change between versions.
///
/// New kinds may be added; existing ones keep their meaning and their [`code`](ErrorKind::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is out of its range or does not fit the others.
    InvalidInput,
    /// A text that must say something is empty.
    EmptyText,
    /// A text is longer than the limit set for this engine.
    TextTooLong,
    /// Bytes that must be UTF-8 are not.
    InvalidUtf8,
    /// A vector holds NaN, an infinity, or only zeros.
    InvalidVector,
    /// A vector has another number of dimensions than the encoder.
    DimensionMismatch,
    /// A pointer from C is NULL where that is not allowed.
    NullPointer,
    /// A handle from C was freed, or is of another type.
    InvalidHandle,
    /// The caller was built against an incompatible version of the C ABI.
    AbiMismatch,
    /// Nothing has this id.
    NotFound,
    /// The encoder cannot embed text: the caller must supply a vector.
    VectorRequired,
    /// The thing exists, but its state does not allow this (an inference request answered before, say).
    Conflict,
    /// Another process, or another engine in this process, has the store open.
    StoreLocked,
    /// The store's folder or file cannot be written.
    StoreReadOnly,
    /// The folder holds something that is not an Idiolect store.
    NotAStore,
    /// The store was written by a newer version.
    StoreNewer,
    /// The store's bytes are damaged.
    StoreDamaged,
    /// The disk is full, or a quota is reached.
    StoreFull,
    /// The operating system refused a read or a write.
    Io,
    /// The store's vectors come from another encoder than the one given.
    EncoderMismatch,
    /// The store was written before the first release, in a format that is no longer read.
    StoreOlder,
    /// The model file is of another kind.
    ModelForeign,
    /// The model file was written by a newer version.
    ModelNewer,
    /// The model file is damaged or truncated.
    ModelDamaged,
    /// The model is readable, but not of a form that this crate can run.
    ModelUnsupported,
    /// A feature that this build leaves out.
    Unsupported,
    /// The caller cancelled.
    Cancelled,
    /// The engine is closed.
    Closed,
    /// An earlier call panicked inside the engine; open it again.
    Poisoned,
    /// A defect of this library.
    Internal,
}

impl ErrorKind {
    /// All kinds, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::InvalidInput,
        Self::EmptyText,
        Self::TextTooLong,
        Self::InvalidUtf8,
        Self::InvalidVector,
        Self::DimensionMismatch,
        Self::NullPointer,
        Self::InvalidHandle,
        Self::AbiMismatch,
        Self::NotFound,
        Self::VectorRequired,
        Self::Conflict,
        Self::StoreLocked,
        Self::StoreReadOnly,
        Self::NotAStore,
        Self::StoreNewer,
        Self::StoreDamaged,
        Self::StoreFull,
        Self::Io,
        Self::EncoderMismatch,
        Self::StoreOlder,
        Self::ModelForeign,
        Self::ModelNewer,
        Self::ModelDamaged,
        Self::ModelUnsupported,
        Self::Unsupported,
        Self::Cancelled,
        Self::Closed,
        Self::Poisoned,
        Self::Internal,
    ];

    /// The status code of the C ABI. Codes stand in decades by subject and are never renumbered; 0 is success.
    pub const fn code(self) -> i32 {
        match self {
            Self::InvalidInput => 10,
            Self::EmptyText => 11,
            Self::TextTooLong => 12,
            Self::InvalidUtf8 => 13,
            Self::InvalidVector => 14,
            Self::DimensionMismatch => 15,
            Self::NullPointer => 16,
            Self::InvalidHandle => 17,
            Self::AbiMismatch => 18,
            Self::NotFound => 20,
            Self::VectorRequired => 21,
            Self::Conflict => 22,
            Self::StoreLocked => 30,
            Self::StoreReadOnly => 31,
            Self::NotAStore => 32,
            Self::StoreNewer => 33,
            Self::StoreDamaged => 34,
            Self::StoreFull => 35,
            Self::Io => 36,
            Self::EncoderMismatch => 37,
            Self::StoreOlder => 38,
            Self::ModelForeign => 40,
            Self::ModelNewer => 41,
            Self::ModelDamaged => 42,
            Self::ModelUnsupported => 43,
            Self::Unsupported => 50,
            Self::Cancelled => 60,
            Self::Closed => 70,
            Self::Poisoned => 71,
            Self::Internal => 72,
        }
    }
}

/// Any error of the crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encoder or its model file.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
    /// A vector index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A feature that this build leaves out.
    #[error("this build of idiolect has no `{feature}`")]
    Unsupported {
        /// The cargo feature that would be needed.
        feature: &'static str,
    },
    /// The caller cancelled; the state is as before the call.
    #[error("cancelled")]
    Cancelled,
    /// The engine is closed.
    #[error("the engine is closed")]
    Closed,
    /// An earlier call panicked inside the engine. What it had acknowledged is safe; open the store again.
    #[error("an earlier call failed inside the engine; open the store again")]
    Poisoned,
    /// A defect of this library; `what` names the broken expectation.
    #[error("internal error: {what}")]
    Internal {
        /// The expectation that did not hold.
        what: &'static str,
    },
}

impl Error {
    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Input(e) => e.kind(),
            Self::Store(e) => e.kind(),
            Self::Embedding(e) => e.kind(),
            Self::Index(e) => e.kind(),
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Closed => ErrorKind::Closed,
            Self::Poisoned => ErrorKind::Poisoned,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }
}

/// `Result` with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An argument that cannot be accepted. Nothing was changed.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum InputError {
    /// A text that must say something is empty or only white space.
    #[error("the {what} is empty")]
    EmptyText {
        /// Which text.
        what: &'static str,
    },
    /// A text is longer than the engine's limit.
    #[error("the {what} has {bytes} bytes, the limit is {limit}")]
    TextTooLong {
        /// Which text.
        what: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Bytes are not UTF-8.
    #[error("the {what} is not UTF-8 (first bad byte at {at})")]
    InvalidUtf8 {
        /// Which text.
        what: &'static str,
        /// Offset of the first byte that does not belong.
        at: usize,
    },
    /// A number is out of its range.
    #[error("{what} is {value}, allowed is {min} to {max}")]
    OutOfRange {
        /// Which argument.
        what: &'static str,
        /// What was given.
        value: f64,
        /// The least that is allowed.
        min: f64,
        /// The most that is allowed.
        max: f64,
    },
    /// An argument that does not fit, with the reason.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which argument.
        what: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A vector that is not finite or has no direction.
    #[error("the {what} {reason}")]
    InvalidVector {
        /// Which vector.
        what: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A vector of the wrong size.
    #[error("the {what} has {got} dimensions, the encoder has {expected}")]
    DimensionMismatch {
        /// Which vector.
        what: &'static str,
        /// The vector's dimensions.
        got: usize,
        /// The encoder's dimensions.
        expected: usize,
    },
    /// Nothing has this id.
    #[error("there is no {what} with id {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id.
        id: u64,
    },
    /// The thing's state does not allow this.
    #[error("{what} {id}: {reason}")]
    Conflict {
        /// What was addressed.
        what: &'static str,
        /// Its id.
        id: u64,
        /// Why not.
        reason: &'static str,
    },
}

impl InputError {
    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::EmptyText { .. } => ErrorKind::EmptyText,
            Self::TextTooLong { .. } => ErrorKind::TextTooLong,
            Self::InvalidUtf8 { .. } => ErrorKind::InvalidUtf8,
            Self::OutOfRange { .. } | Self::Invalid { .. } => ErrorKind::InvalidInput,
            Self::InvalidVector { .. } => ErrorKind::InvalidVector,
            Self::DimensionMismatch { .. } => ErrorKind::DimensionMismatch,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } => ErrorKind::Conflict,
        }
    }
}

/// What went wrong with the store's folder or file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another engine holds the folder.
    #[error("the store in {} is open in another engine or process", .folder.display())]
    Locked {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The folder cannot be written.
    #[error("the store in {} cannot be written", .folder.display())]
    ReadOnly {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The path is not a store.
    #[error("{} is not an Idiolect store: {reason}", .folder.display())]
    Foreign {
        /// The path.
        folder: PathBuf,
        /// What was found instead.
        reason: &'static str,
    },
    /// The store is of a newer format.
    #[error("the store has format {found}, this version reads up to {supported}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest that can be read.
        supported: u32,
    },
    /// One value of the store is of a newer version. It stays in the file as it is.
    #[error("a value in the store has version {found}, this library reads up to {supported}")]
    NewerValue {
        /// The version found.
        found: u8,
        /// The newest that can be read.
        supported: u8,
    },
    /// The store is of a format from before the first release.
    #[error("the store in {} was made before the first release of Idiolect, in a format that is no longer read", .folder.display())]
    Older {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The bytes do not verify.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// What does not verify.
        what: &'static str,
    },
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// The operating system's error.
    #[error("the store could not be read or written: {0}")]
    Io(#[source] std::io::Error),
    /// The store's vectors are of another encoder.
    #[error("the store was made with another encoder ({stored}), the one given is {given}")]
    EncoderMismatch {
        /// Name and fingerprint of the store's encoder.
        stored: String,
        /// Name and fingerprint of the given one.
        given: String,
    },
}

impl StoreError {
    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked { .. } => ErrorKind::StoreLocked,
            Self::ReadOnly { .. } => ErrorKind::StoreReadOnly,
            Self::Foreign { .. } => ErrorKind::NotAStore,
            Self::Newer { .. } | Self::NewerValue { .. } => ErrorKind::StoreNewer,
            Self::Older { .. } => ErrorKind::StoreOlder,
            Self::Damaged { .. } => ErrorKind::StoreDamaged,
            Self::Full => ErrorKind::StoreFull,
            Self::Io(_) => ErrorKind::Io,
            Self::EncoderMismatch { .. } => ErrorKind::EncoderMismatch,
        }
    }
}

/// What went wrong with a model or an embedding.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddingError {
    /// The file is not a model of the expected kind.
    #[error("{file} is not {expected}")]
    Foreign {
        /// Which file, or part of it.
        file: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The file is of a newer format.
    #[error("the model file has format {found}, this version reads up to {supported}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest that can be read.
        supported: u32,
    },
    /// The bytes do not verify.
    #[error("the model is damaged: {what}")]
    Damaged {
        /// What does not verify.
        what: String,
    },
    /// A model of a shape or operator that is not supported.
    #[error("the model is not supported: {what}")]
    Unsupported {
        /// What is not supported.
        what: String,
    },
    /// The operating system's error.
    #[error("{file} could not be read: {source}")]
    Io {
        /// Which file.
        file: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// This encoder has no text side; the caller supplies the vectors.
    #[error("this engine takes vectors from the caller; none was given for the {what}")]
    VectorRequired {
        /// For which text.
        what: &'static str,
    },
    /// The encoder ran and gave something that is not a finite unit vector.
    #[error("the encoder failed: {what}")]
    Failed {
        /// What happened.
        what: String,
    },
    /// The caller cancelled a batch.
    #[error("cancelled")]
    Cancelled,
}

impl EmbeddingError {
    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign { .. } => ErrorKind::ModelForeign,
            Self::Newer { .. } => ErrorKind::ModelNewer,
            Self::Damaged { .. } => ErrorKind::ModelDamaged,
            Self::Unsupported { .. } => ErrorKind::ModelUnsupported,
            Self::Io { .. } => ErrorKind::Io,
            Self::VectorRequired { .. } => ErrorKind::VectorRequired,
            Self::Failed { .. } => ErrorKind::Internal,
            Self::Cancelled => ErrorKind::Cancelled,
        }
    }
}

/// What went wrong with a vector index.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A vector or query of the wrong size.
    #[error("the vector has {got} dimensions, the index has {expected}")]
    DimensionMismatch {
        /// The vector's dimensions.
        got: usize,
        /// The index's dimensions.
        expected: usize,
    },
    /// A vector that is not finite or has no direction.
    #[error("the vector {reason}")]
    InvalidVector {
        /// Why.
        reason: &'static str,
    },
    /// A snapshot that does not verify; the index must be rebuilt.
    #[error("the index snapshot is damaged: {what}")]
    DamagedSnapshot {
        /// What does not verify.
        what: &'static str,
    },
    /// The graph library failed.
    #[error("the graph index failed: {what}")]
    Graph {
        /// What the library was asked to do.
        what: &'static str,
    },
    /// The caller cancelled; the index is as before.
    #[error("cancelled")]
    Cancelled,
}

impl IndexError {
    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::DimensionMismatch { .. } => ErrorKind::DimensionMismatch,
            Self::InvalidVector { .. } => ErrorKind::InvalidVector,
            Self::DamagedSnapshot { .. } => ErrorKind::StoreDamaged,
            Self::Graph { .. } => ErrorKind::Internal,
            Self::Cancelled => ErrorKind::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn codes_are_distinct_and_ascending() {
        let codes: Vec<i32> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert!(codes[0] > 0);
    }
}
