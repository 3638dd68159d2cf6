//! Replaces the graph in builds without the feature `graph`, by a type without values.
//!
//! Invariant: [`GraphIndex::AVAILABLE`] is false and no method can be called; the signatures are those of the real
//! type, so that callers compile in both builds.

use crate::error::IndexError;

pub(super) enum GraphIndex {}

impl GraphIndex {
    pub(super) const AVAILABLE: bool = false;

    pub(super) fn new(_dimensions: usize) -> Result<Self, IndexError> {
        Err(IndexError::Graph { what: "exist in this build" })
    }

    pub(super) fn len(&self) -> usize {
        match *self {}
    }

    pub(super) fn tombstones(&self) -> usize {
        match *self {}
    }

    pub(super) fn is_worn(&self) -> bool {
        match *self {}
    }

    pub(super) fn contains(&self, _key: u64) -> bool {
        match *self {}
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match *self {}
    }

    pub(super) fn insert(&mut self, _key: u64, _codes: &[i8]) -> Result<(), IndexError> {
        match *self {}
    }

    pub(super) fn remove(&mut self, _key: u64) -> bool {
        match *self {}
    }

    pub(super) fn nearest(
        &self,
        _codes: &[i8],
        _k: usize,
        _accept: &dyn Fn(u64) -> bool,
    ) -> Option<Vec<u64>> {
        match *self {}
    }

    pub(super) fn save(&self) -> Option<Vec<u8>> {
        match *self {}
    }
}
