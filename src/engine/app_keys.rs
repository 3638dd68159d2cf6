//! The app's own ids ("app keys") of history items, by which an item that is imported again is recognized.
//!
//! Invariant: memory holds only hashes of the keys, seeded differently for each engine; the keys themselves are in
//! the store.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use serde::{Deserialize, Serialize};

use crate::store::Stored;
use crate::types::RecordId;

/// The app key of a record, stored in `Table::AppKeys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AppKey {
    pub(super) key: String,
}

impl Stored for AppKey {
    const VERSION: u8 = 1;
}

/// Maps the hash of each app key to its item; 16 bytes per item plus the overhead of the tree.
#[derive(Default)]
pub(super) struct AppKeys {
    hasher: RandomState,
    items: BTreeSet<(u64, RecordId)>,
}

impl AppKeys {
    pub(super) fn insert(&mut self, key: &str, id: RecordId) {
        self.items.insert((self.hasher.hash_one(key), id));
    }

    /// Removes the records `ids`, which ascend.
    pub(super) fn remove(&mut self, ids: &[RecordId]) {
        if !self.items.is_empty() {
            self.items.retain(|(_, id)| ids.binary_search(id).is_err());
        }
    }

    /// The items whose key has the same hash as `key`.
    pub(super) fn candidates(&self, key: &str) -> Vec<RecordId> {
        let hash = self.hasher.hash_one(key);
        let all = (hash, RecordId(0))..=(hash, RecordId(u64::MAX));
        self.items.range(all).map(|(_, id)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_key_has_the_bytes_it_ever_had() {
        crate::store::golden::check("app_key", &[("id", AppKey { key: "mail/7@example".to_owned() })]);
    }

    #[test]
    fn keys_are_found_and_go_with_their_records() {
        let mut keys = AppKeys::default();
        for id in 1..=100 {
            keys.insert(&format!("key {id}"), RecordId(id));
        }
        assert_eq!(keys.candidates("key 7"), [RecordId(7)]);
        assert!(keys.candidates("key 101").is_empty());
        keys.remove(&[RecordId(3), RecordId(7)]);
        assert!(keys.candidates("key 7").is_empty() && keys.candidates("key 3").is_empty());
        assert_eq!(keys.candidates("key 8"), [RecordId(8)]);
    }
}
