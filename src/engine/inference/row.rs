//! A question about an edit, as the store keeps it.
//!
//! Invariant: it holds no text; the prompt is made when it is handed out.

use serde::{Deserialize, Serialize};

use crate::store::Stored;
use crate::types::RecordId;

/// Id of an inference request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InferenceId(pub u64);

/// A question that is kept until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InferenceRow {
    /// The edit it is about. The prompt is made when it is handed out: no text is kept twice.
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
