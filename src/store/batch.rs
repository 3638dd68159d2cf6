//! The tables, and changes to them that happen together.
//!
//! Invariant: values are sealed when they are put into a batch, so that what the log and the data file get is the same
//! bytes. The order of the variants of [`Change`] and [`Table`] is part of the log's format.

use std::borrow::Cow;

use redb::TableDefinition;
use serde::{Deserialize, Serialize};

use super::codec::{self, Stored};
use crate::error::StoreError;

/// A table of sealed values under `u64` keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// What happened: [`Record`](super::Record) by record id.
    Records,
    /// What was computed from a record by the encoder, by record id.
    Vectors,
    /// What the person said about preferences, and what a host model inferred, by preference id.
    Entries,
    /// Questions for the host's model, by inference id.
    Inference,
    /// The tags of those records that have any, by record id.
    Tags,
    /// What was computed from a record's texts alone, by record id.
    Evidence,
    /// The same by another version of the code; either may be the one in use.
    OtherEvidence,
    /// The app's own ids of those records that have one, by record id.
    AppKeys,
}

impl Table {
    /// Those whose keys are ids of records.
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

/// Tag of the store's named values.
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

/// Changes that happen together.
#[derive(Default, Serialize, Deserialize)]
pub struct Batch(pub(super) Vec<Change>);

impl Batch {
    /// With no changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how long it is in the log.
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
    /// [`StoreError::Damaged`] where the value is larger than a payload may be.
    pub fn put<T: Stored>(&mut self, table: Table, key: u64, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Put(table, key, codec::seal(table.tag(), key, value)?));
        Ok(())
    }

    /// Takes a value away, if it is there.
    pub fn delete(&mut self, table: Table, key: u64) {
        self.0.push(Change::Delete(table, key));
    }

    /// Writes a named value of the store itself.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_meta<T: Stored>(&mut self, name: &'static str, value: &T) -> Result<(), StoreError> {
        self.0.push(Change::Meta(name.into(), codec::seal(META_TAG, 0, value)?));
        Ok(())
    }
}
