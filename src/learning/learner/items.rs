//! The evidence of one record in a compact form. Most records are the person's own texts, whose evidence consists of
//! one level for each feature.
//!
//! Invariant: items ascend by key, one for each key. They are read back bit for bit as they were stored.

use super::Key;
use super::sums::Observation;
use crate::signals::features::{Feature, Shape};
use crate::types::Timestamp;

/// The evidence of a record about one key. A query reads some thousand of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) subject_hash: u64,
    pub(super) change: f32,
    /// See [`EvidenceItem::left`](crate::learning::EvidenceItem::left).
    pub(super) left: f32,
    pub(super) weight: f32,
    /// Level of the draft, on the feature's axis.
    pub(super) before: Value,
    /// Level of the kept text, on the same axis.
    pub(super) level: Value,
    pub(super) feature: u16,
    pub(super) compares: bool,
    /// See [`EvidenceItem::words`](crate::learning::EvidenceItem::words).
    pub(super) words: u8,
}

const _: () = assert!(size_of::<Item>() == 32, "as many as two fit a cache line");

impl Item {
    pub(super) fn key(&self) -> Key {
        (self.feature, self.subject_hash)
    }

    /// Whether a share was left alone at an end of its scale, so that it could have changed in one direction only:
    /// `Some(true)` at the upper end, `Some(false)` at the lower one.
    fn at_end(&self) -> Option<bool> {
        let is_share = || Feature::by_id(self.feature).is_some_and(|feature| feature.shape == Shape::Choice);
        let level = self.level.get().filter(|_| self.compares && self.change == 0.0)?;
        if level > 0.0 && level < 1.0 || !is_share() {
            return None;
        }
        Some(level >= 1.0)
    }

    pub(super) fn observation(&self, at: Timestamp) -> Observation {
        Observation {
            change: f64::from(self.change),
            left: f64::from(self.left),
            compares: self.compares,
            words: self.words,
            at_end: self.at_end(),
            before: self.before.get().map(f64::from),
            level: self.level.get().map(f64::from),
            weight: f64::from(self.weight),
            at,
        }
    }
}

/// A finite number, or none; the latter is stored as NaN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value(f32);

impl Value {
    pub(super) fn new(value: Option<f32>) -> Self {
        Self(value.filter(|value| value.is_finite()).unwrap_or(f32::NAN))
    }

    pub(super) fn get(self) -> Option<f32> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

/// A feature and its level, in six bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    feature: [u8; 2],
    value: [u8; 4],
}

impl Level {
    fn feature(self) -> u16 {
        u16::from_le_bytes(self.feature)
    }

    /// The item that this level stands for.
    fn item(self, weight: f32) -> Item {
        Item {
            subject_hash: 0,
            change: 0.0,
            left: 0.0,
            weight,
            before: Value(f32::NAN),
            level: Value(f32::from_le_bytes(self.value)),
            feature: self.feature(),
            compares: false,
            words: 0,
        }
    }
}

/// The phrase that two rows stand for.
fn phrase(low: Level, high: Level, weight: f32) -> Item {
    let half = |level: Level| u64::from(u32::from_le_bytes(level.value));
    let level = Value::new(Some(1.0));
    Item { subject_hash: half(low) | half(high) << 32, level, ..low.item(weight) }
}

/// Whether a row of this feature stands for a phrase. Such a phrase takes two rows, each with half of the hash in
/// place of a level.
fn is_phrase(feature: u16) -> bool {
    Feature::by_id(feature).is_some_and(|feature| feature.has_subject)
}

/// The items of a record, by key.
#[derive(Debug)]
pub(super) enum Items {
    /// Any items.
    Full(Box<[Item]>),
    /// Levels only, all with the same weight. A phrase that is present takes two rows.
    Levels { weight: f32, levels: Box<[Level]> },
}

impl Items {
    /// Sorts the items by key, and keeps the first of each key.
    pub(super) fn of(mut items: Vec<Item>) -> Self {
        items.sort_by_key(Item::key);
        items.dedup_by_key(|item| item.key());
        let weight = items.first().map_or(0.0, |item| item.weight);
        let is_level = |item: &Item| {
            is_phrase(item.feature) == (item.subject_hash != 0)
                && (item.subject_hash == 0 || item.level.get() == Some(1.0))
                && !item.compares
                && item.change.to_bits() == 0
                && item.before.get().is_none()
                && item.weight.to_bits() == weight.to_bits()
        };
        if !items.iter().all(is_level) {
            return Self::Full(items.into());
        }
        let rows = |item: &Item| {
            let row = |value: [u8; 4]| Level { feature: item.feature.to_le_bytes(), value };
            match item.subject_hash {
                0 => (row(item.level.0.to_le_bytes()), None),
                hash => (row((hash as u32).to_le_bytes()), Some(row(((hash >> 32) as u32).to_le_bytes()))),
            }
        };
        let rows = items.iter().map(rows).flat_map(|(first, second)| [first].into_iter().chain(second));
        Self::Levels { weight, levels: rows.collect() }
    }

    /// An upper bound of their number.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Full(items) => items.len(),
            Self::Levels { levels, .. } => levels.len(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item> {
        let mut at = 0;
        std::iter::from_fn(move || match self {
            Self::Full(items) => {
                at += 1;
                items.get(at - 1).copied()
            }
            Self::Levels { weight, levels } => {
                let first = levels.get(at)?;
                at += 1;
                if !is_phrase(first.feature()) {
                    return Some(first.item(*weight));
                }
                let second = levels.get(at)?;
                at += 1;
                Some(phrase(*first, *second, *weight))
            }
        })
    }

    /// The item of a key, if any.
    pub(super) fn find(&self, key: Key) -> Option<Item> {
        match self {
            Self::Full(items) => Some(items[items.binary_search_by_key(&key, Item::key).ok()?]),
            Self::Levels { weight, levels } => {
                let start = levels.partition_point(|level| level.feature() < key.0);
                let rows = &levels[start..];
                if !is_phrase(key.0) {
                    let row = rows.first().filter(|row| row.feature() == key.0 && key.1 == 0)?;
                    return Some(row.item(*weight));
                }
                let rows = rows.chunks_exact(2).take_while(|rows| rows[0].feature() == key.0);
                rows.map(|rows| phrase(rows[0], rows[1], *weight)).find(|item| item.key() == key)
            }
        }
    }

    /// All items, if any of them may be about a change; empty for levels, none of which is.
    pub(super) fn comparing(&self) -> &[Item] {
        match self {
            Self::Full(items) => items,
            Self::Levels { .. } => &[],
        }
    }

    /// Whether any item is about a change.
    pub(super) fn compare(&self) -> bool {
        self.comparing().iter().any(|item| item.compares)
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Full(items) => size_of_val(&**items),
            Self::Levels { levels, .. } => size_of_val(&**levels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(feature: u16, subject_hash: u64, change: f32, level: Option<f32>, weight: f32) -> Item {
        let compares = change != 0.0;
        let (before, level) = (Value::new(None), Value::new(level));
        Item { subject_hash, change, left: change, weight, before, level, feature, compares, words: 0 }
    }

    fn parts(item: &Item) -> (Key, u32, u32, Option<u32>, Option<u32>, bool) {
        let bits = |value: Value| value.get().map(f32::to_bits);
        let Item { change, weight, before, level, .. } = item;
        (item.key(), change.to_bits(), weight.to_bits(), bits(*before), bits(*level), item.compares)
    }

    #[test]
    fn a_phrase_is_packed_into_two_rows() {
        let all = vec![
            item(101, 0, 0.0, Some(3.5), 0.25),
            item(602, 0xfedc_ba98_7654_3210, 0.0, Some(1.0), 0.25),
            item(603, 0, 0.0, Some(1.0), 0.25),
            item(604, 7, 0.0, Some(1.0), 0.25),
        ];
        let items = Items::of(all.clone());
        assert!(matches!(&items, Items::Levels { levels, .. } if levels.len() == 6));
        assert!(items.iter().map(|item| parts(&item)).eq(all.iter().map(parts)));
        for item in &all {
            assert_eq!(items.find(item.key()).map(|found| parts(&found)), Some(parts(item)));
        }
        assert!(
            items.find((602, 7)).is_none()
                && items.find((603, 7)).is_none()
                && items.find((605, 0)).is_none()
        );
        // The absence of a phrase cannot be stored as a level.
        assert!(matches!(Items::of(vec![item(602, 7, 0.0, Some(0.0), 0.25)]), Items::Full(_)));
    }

    #[test]
    fn what_is_packed_is_read_as_it_was() {
        let levels = vec![
            item(9, 0, 0.0, Some(0.1), 0.25),
            item(3, 0, 0.0, Some(-7.5), 0.25),
            item(4, 0, 0.0, None, 0.25),
        ];
        let other = |last: Item| levels.iter().copied().chain([last]).collect::<Vec<_>>();
        let full = [
            other(item(5, 77, 0.0, Some(1.0), 0.25)),
            other(item(5, 0, 0.0, Some(1.0), 0.5)),
            other(item(5, 0, 1.5, Some(1.0), 0.25)),
            other(item(5, 0, -0.0, Some(1.0), 0.25)),
        ];
        assert!(matches!(Items::of(levels.clone()), Items::Levels { .. }));
        for all in full.into_iter().chain([levels.clone(), Vec::new()]) {
            let items = Items::of(all.clone());
            assert_eq!(matches!(items, Items::Full(_)), all.len() > 3);
            let mut expected = all.clone();
            expected.sort_by_key(Item::key);
            assert_eq!(items.len(), all.len());
            assert!(items.iter().map(|item| parts(&item)).eq(expected.iter().map(parts)));
            for item in &all {
                assert_eq!(items.find(item.key()).map(|found| parts(&found)), Some(parts(item)));
            }
            assert!(items.find((3, 1)).is_none() && items.find((8, 0)).is_none());
            assert_eq!(items.compare(), all.iter().any(|item| item.compares));
        }
    }
}
