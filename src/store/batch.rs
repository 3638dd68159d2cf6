//! The tables, and atomic batches of changes to them.
//!
//! Invariant: values are sealed when they are added to a batch, so the log and the data file store the same bytes. The
//! order of the variants of `Change` and [`Table`] is part of the log format.

use std::borrow::Cow;

use redb::TableDefinition;
use serde::{Deserialize, Serialize};

use super::codec::{self, Stored};
use crate::error::StoreError;

/// A table of sealed values keyed by `u64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// [`Record`](super::Record) by record id.
    Records,
    /// Vectors computed from a record by the encoder, by record id.
    Vectors,
    /// The person's statements about preferences and what a host model inferred, by preference id.
    Entries,
    /// Questions for the host's language model, by inference id.
    Inference,
    /// Tags by record id, for records that have any.
    Tags,
    /// Evidence computed from a record's texts alone, by record id.
    Evidence,
    /// Evidence by another version of the code; either evidence table may be the one in use.
    OtherEvidence,
    /// The app's own id by record id, for records that have one.
    AppKeys,
}

impl Table {
    /// The tables keyed by record id.
    pub const BY_RECORD: [Self; 6] =
        [Self::Records, Self::Vectors, Self::Tags, Self::Evidence, Self::OtherEvidence, Self::AppKeys];

    pub(super) const ALL: [Self; 8] = [
        Self::Records,
        Self::Vectors,
        Self::Entries,
        Self::Inference,
        Self::Tags,
        Self::Evidence,
        Self::OtherEvidence,
        Self::AppKeys,
    ];

    /// Its name in the data file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Vectors => "vectors",
            Self::Entries => "entries",
            Self::Inference => "inference",
            Self::Tags => "tags",
            Self::Evidence => "evidence",
            Self::OtherEvidence => "other_evidence",
            Self::AppKeys => "app_keys",
        }
    }

    pub(super) fn definition(self) -> TableDefinition<'static, u64, &'static [u8]> {
        TableDefinition::new(self.name())
    }

    pub(super) fn tag(self) -> u8 {
        match self {
            Self::Records => 1,
            Self::Vectors => 2,
            Self::Entries => 3,
            Self::Inference => 4,
            Self::Tags => 5,
            Self::Evidence => 6,
            Self::OtherEvidence => 7,
            Self::AppKeys => 8,
        }
    }
}

/// Tag of named values.
pub(super) const META_TAG: u8 = 0;

/// The tags of a record, ascending.
impl Stored for Vec<String> {
    const VERSION: u8 = 1;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Change {
    Put(Table, u64, Vec<u8>),
    Delete(Table, u64),
    Meta(Cow<'static, str>, Vec<u8>),
}

/// Changes that are applied together or not at all.
#[derive(Default, Serialize, Deserialize)]
pub struct Batch(pub(super) Vec<Change>);

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the batch has no changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Approximate size in the log, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let of = |change: &Change| match change {
            Change::Put(_, _, value) => value.len(),
            Change::Delete(..) => 0,
            Change::Meta(name, value) => name.len() + value.len(),
        };
        self.0.iter().map(|change| 16 + of(change)).sum()
    }

    /// Writes a value.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the value exceeds the size limit of a payload.
    pub fn put<T: Stored>(&mut self, table: Table, key: u64, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Put(table, key, codec::seal(table.tag(), key, value)?));
        Ok(())
    }

    /// Deletes a value, if it exists.
    pub fn delete(&mut self, table: Table, key: u64) {
        self.0.push(Change::Delete(table, key));
    }

    /// Writes a named value in `meta`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_meta<T: Stored>(&mut self, name: &'static str, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Meta(name.into(), codec::seal(META_TAG, 0, value)?));
        Ok(())
    }
}
