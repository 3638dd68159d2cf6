//! Tags of items: a few short labels set by the app for each item, and the items with each label.
//!
//! Invariant: an item is listed under a tag exactly while it has it; a tag without items is not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::types::{ByRecord, RecordId};

/// All tags.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// Ascending.
    of: ByRecord<Box<[Arc<str>]>>,
    items: BTreeMap<Arc<str>, BTreeSet<RecordId>>,
}

impl Tags {
    /// Replaces the tags of an item.
    pub(super) fn set(&mut self, id: RecordId, tags: &[String]) {
        self.remove(id);
        let mut own: Vec<Arc<str>> = Vec::with_capacity(tags.len());
        for tag in tags {
            let tag = match self.items.get_key_value(tag.as_str()) {
                Some((held, _)) => Arc::clone(held),
                None => Arc::from(tag.as_str()),
            };
            self.items.entry(Arc::clone(&tag)).or_default().insert(id);
            own.push(tag);
        }
        own.sort_unstable();
        own.dedup();
        if !own.is_empty() {
            self.of.insert(id, own.into());
        }
    }

    /// Removes an item's tags.
    pub(super) fn remove(&mut self, id: RecordId) {
        for tag in self.of.remove(&id).unwrap_or_default() {
            if let Some(items) = self.items.get_mut(&tag) {
                items.remove(&id);
                if items.is_empty() {
                    self.items.remove(&tag);
                }
            }
        }
    }

    /// The tags of an item, ascending.
    pub(super) fn of(&self, id: RecordId) -> Vec<String> {
        self.of.get(&id).into_iter().flatten().map(ToString::to_string).collect()
    }

    /// The items that have all tags in `all` and, unless `any` is empty, at least one in `any`. Ascending.
    pub(super) fn matching(&self, all: &[String], any: &[String]) -> Vec<RecordId> {
        let under = |tag: &String| self.items.get(tag.as_str());
        let Some(mut wanted) = all.iter().map(under).collect::<Option<Vec<_>>>() else { return Vec::new() };
        // The rarest tag first: only its items are checked for the others.
        wanted.sort_by_key(|items| items.len());
        let has_all = |id: &RecordId| wanted.iter().all(|items| items.contains(id));
        let has_any =
            |id: &RecordId| any.is_empty() || any.iter().filter_map(under).any(|items| items.contains(id));
        if let Some(rarest) = wanted.first() {
            return rarest.iter().copied().filter(|id| has_all(id) && has_any(id)).collect();
        }
        let found: BTreeSet<RecordId> = any.iter().filter_map(under).flatten().copied().collect();
        found.into_iter().collect()
    }

    /// Approximate memory in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let labels: usize = self.items.keys().map(|tag| tag.len() + 64).sum();
        let held: usize = self.of.values().map(|tags| 32 + tags.len() * 32).sum();
        labels + held
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(prop::sample::select(&["work", "home", "urgent", "ü"][..]), 0..4)
            .prop_map(|tags| tags.into_iter().map(String::from).collect())
    }

    proptest! {
        #[test]
        fn finds_what_a_look_at_every_item_finds(
            steps in prop::collection::vec((0u64..12, prop::bool::weighted(0.2), some()), 0..40),
            all in some(),
            any in some(),
        ) {
            let mut tags = Tags::default();
            let mut model: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
            for (id, removes, own) in steps {
                if removes {
                    tags.remove(RecordId(id));
                    model.remove(&id);
                } else {
                    tags.set(RecordId(id), &own);
                    model.insert(id, own.into_iter().collect());
                }
            }
            for (id, own) in &model {
                prop_assert_eq!(tags.of(RecordId(*id)), own.iter().cloned().collect::<Vec<_>>());
            }
            let takes = |own: &BTreeSet<String>| {
                all.iter().all(|tag| own.contains(tag)) && (any.is_empty() || any.iter().any(|tag| own.contains(tag)))
            };
            let expected: Vec<RecordId> =
                model.iter().filter(|(_, own)| takes(own)).map(|(id, _)| RecordId(*id)).collect();
            if !(all.is_empty() && any.is_empty()) {
                prop_assert_eq!(tags.matching(&all, &any), expected);
            }
            for id in model.keys() {
                tags.remove(RecordId(*id));
            }
            prop_assert!(tags.of.is_empty() && tags.items.is_empty());
        }
    }
}
