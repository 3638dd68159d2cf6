//! All errors of the crate: one enum per layer, [`enum@Error`] over them, and a stable [`ErrorKind`] for each.
//!
//! Invariant: no message contains user text. A message names what is wrong (an argument, a file, an id) and, where it
//! helps, sizes and limits. [`ErrorKind::code`] is the status code of the C ABI.

use std::path::PathBuf;

use thiserror::Error;

/// The kind of an error, stable across versions.
///
/// New kinds may be added; existing ones keep their meaning and their [`code`](ErrorKind::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is out of range, or inconsistent with another argument.
    InvalidInput,
    /// A required text is empty or only white space.
    EmptyText,
    /// A text is longer than the limit set for this engine.
    TextTooLong,
    /// Bytes that must be UTF-8 are not.
    InvalidUtf8,
    /// A vector holds NaN, an infinity, or only zeros.
    InvalidVector,
    /// A vector's number of dimensions differs from the encoder's.
    DimensionMismatch,
    /// A C caller passed NULL where it is not allowed.
    NullPointer,
    /// A C caller passed a handle that was freed or has another type.
    InvalidHandle,
    /// The caller was built against an incompatible version of the C ABI.
    AbiMismatch,
    /// Nothing has this id.
    NotFound,
    /// The encoder cannot embed text: the caller must supply a vector.
    VectorRequired,
    /// The object's state does not allow the operation; for example, an inference request that was already answered.
    Conflict,
    /// The store is open in another engine, in this process or another.
    StoreLocked,
    /// The store's folder or file cannot be written.
    StoreReadOnly,
    /// The folder holds something that is not an Idiolect store.
    NotAStore,
    /// The store, or a value in it, was written by a newer version.
    StoreNewer,
    /// The store's bytes are damaged.
    StoreDamaged,
    /// The disk is full, or a quota or file size limit is reached.
    StoreFull,
    /// The operating system refused a read or a write.
    Io,
    /// The store's vectors come from an encoder other than the configured one.
    EncoderMismatch,
    /// The store was written before the first release, in a format that is no longer supported.
    StoreOlder,
    /// The file is not a model of the expected kind.
    ModelForeign,
    /// The model file was written by a newer version.
    ModelNewer,
    /// The model file is damaged or truncated.
    ModelDamaged,
    /// The model is valid, but has a shape or an operator that this crate cannot run.
    ModelUnsupported,
    /// The operation needs a cargo feature that this build lacks.
    Unsupported,
    /// The caller cancelled.
    Cancelled,
    /// The engine is closed.
    Closed,
    /// An earlier call panicked inside the engine; open it again.
    Poisoned,
    /// A bug in this library.
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

    /// The status code of the C ABI. Codes are grouped in decades by subject and are never renumbered; 0 is success.
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
    /// Invalid input from the caller.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A failure of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A failure of the encoder or its model file.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
    /// A failure of a vector index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The operation needs a cargo feature that this build lacks.
    #[error("this build of idiolect has no `{feature}`")]
    Unsupported {
        /// The required cargo feature.
        feature: &'static str,
    },
    /// The caller cancelled; the state is unchanged.
    #[error("cancelled")]
    Cancelled,
    /// The engine is closed.
    #[error("the engine is closed")]
    Closed,
    /// An earlier call panicked inside the engine. Acknowledged writes are safe; open the store again.
    #[error("an earlier call failed inside the engine; open the store again")]
    Poisoned,
    /// A bug in this library; `what` names the violated expectation.
    #[error("internal error: {what}")]
    Internal {
        /// The violated expectation.
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

/// Invalid input. The state is unchanged.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum InputError {
    /// A required text is empty or only white space.
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
        /// Offset of the first invalid byte.
        at: usize,
    },
    /// A number is out of range.
    #[error("{what} is {value}, allowed is {min} to {max}")]
    OutOfRange {
        /// Which argument.
        what: &'static str,
        /// The value.
        value: f64,
        /// The minimum.
        min: f64,
        /// The maximum.
        max: f64,
    },
    /// An invalid argument, for the stated reason.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which argument.
        what: &'static str,
        /// The reason.
        reason: &'static str,
    },
    /// A vector that is not finite or is (nearly) zero.
    #[error("the {what} {reason}")]
    InvalidVector {
        /// Which vector.
        what: &'static str,
        /// The reason.
        reason: &'static str,
    },
    /// A vector with the wrong number of dimensions.
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
        /// The kind of object.
        what: &'static str,
        /// The id.
        id: u64,
    },
    /// The object's state does not allow the operation.
    #[error("{what} {id}: {reason}")]
    Conflict {
        /// The kind of object.
        what: &'static str,
        /// Its id.
        id: u64,
        /// The reason.
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

/// A failure of the store's folder or files.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store is open in another engine or process.
    #[error("the store in {} is open in another engine or process", .folder.display())]
    Locked {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The folder or a file in it cannot be written.
    #[error("the store in {} cannot be written", .folder.display())]
    ReadOnly {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The path is not an Idiolect store.
    #[error("{} is not an Idiolect store: {reason}", .folder.display())]
    Foreign {
        /// The path.
        folder: PathBuf,
        /// What was found instead.
        reason: &'static str,
    },
    /// The store's format is newer than this version supports.
    #[error("the store has format {found}, this version reads up to {supported}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest supported.
        supported: u32,
    },
    /// The version of a stored value is newer than this library supports. The value is left in the file unchanged.
    #[error("a value in the store has version {found}, this library reads up to {supported}")]
    NewerValue {
        /// The version found.
        found: u8,
        /// The newest supported.
        supported: u8,
    },
    /// The store's format predates the first release.
    #[error("the store in {} was made before the first release of Idiolect, in a format that is no longer supported", .folder.display())]
    Older {
        /// The store's folder.
        folder: PathBuf,
    },
    /// A checksum or structural check failed.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// What failed the check.
        what: &'static str,
    },
    /// No space left on the disk, or a quota or file size limit was reached.
    #[error("the disk is full")]
    Full,
    /// The operating system's error.
    #[error("the store could not be read or written: {0}")]
    Io(#[source] std::io::Error),
    /// The store's vectors come from another encoder.
    #[error("the store was made with the encoder {stored}, not with {given}")]
    EncoderMismatch {
        /// Name and fingerprint of the store's encoder.
        stored: String,
        /// Name and fingerprint of the configured encoder.
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

/// A failure of a model or an embedding.
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
    /// The file's format is newer than this version supports.
    #[error("the model file has format {found}, this version reads up to {supported}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest supported.
        supported: u32,
    },
    /// A checksum or structural check failed.
    #[error("the model is damaged: {what}")]
    Damaged {
        /// What failed the check.
        what: String,
    },
    /// The model has an unsupported shape or operator.
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
    /// The encoder cannot embed text; the caller must supply the vector.
    #[error("this engine takes vectors from the caller; none was supplied for the {what}")]
    VectorRequired {
        /// The text that needs a vector.
        what: &'static str,
    },
    /// The encoder failed, or returned something other than finite unit vectors.
    #[error("the encoder failed: {what}")]
    Failed {
        /// What happened.
        what: String,
    },
    /// The caller cancelled.
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

/// A failure of a vector index.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A vector or query has the wrong number of dimensions.
    #[error("the vector has {got} dimensions, the index has {expected}")]
    DimensionMismatch {
        /// The vector's dimensions.
        got: usize,
        /// The index's dimensions.
        expected: usize,
    },
    /// A vector that is not finite or is (nearly) zero.
    #[error("the vector {reason}")]
    InvalidVector {
        /// The reason.
        reason: &'static str,
    },
    /// A snapshot failed verification; the index must be rebuilt.
    #[error("the index snapshot is damaged: {what}")]
    DamagedSnapshot {
        /// What failed the check.
        what: &'static str,
    },
    /// The graph library failed.
    #[error("the graph index failed: {what}")]
    Graph {
        /// The operation that failed.
        what: &'static str,
    },
    /// The caller cancelled; the index is unchanged.
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
