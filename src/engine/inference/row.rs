//! The stored form of a question about an edit.
//!
//! Invariant: it holds no text; the prompt is built when the question is handed out.

use serde::{Deserialize, Serialize};

use crate::store::Stored;
use crate::types::RecordId;

/// Id of an inference request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InferenceId(pub u64);

/// A question that is stored until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InferenceRow {
    /// The edit it is about. No text is stored twice: the prompt is built when the question is handed out.
    pub(crate) record: RecordId,
    pub(super) state: RowState,
}

impl Stored for InferenceRow {
    const VERSION: u8 = 1;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RowState {
    Waiting,
    Answered,
    Dropped,
}
