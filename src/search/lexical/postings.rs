//! A term's spelling and the texts that contain it, stored compactly: most terms occur in one text.
//!
//! Invariant: entries ascend by slot, one per text; a spelling is stored unchanged. A term of up to [`INLINE`] bytes
//! in a single text allocates nothing.

use crate::search::vector::shrink;

/// Maximum length in bytes of a spelling stored inline.
const INLINE: usize = 14;

/// The bytes of a term, which sort like the string.
#[derive(Debug)]
pub(super) enum Spelling {
    Short(u8, [u8; INLINE]),
    /// Boxed twice, which halves the size of the pointer; long terms are rare.
    Long(Box<Box<str>>),
}

impl Spelling {
    pub(super) fn new(term: &str) -> Self {
        let mut short = [0; INLINE];
        match short.get_mut(..term.len()) {
            Some(place) => {
                place.copy_from_slice(term.as_bytes());
                Self::Short(term.len() as u8, short)
            }
            None => Self::Long(Box::new(term.into())),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(length, short) => &short[..usize::from(*length)],
            Self::Long(term) => term.as_bytes(),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Short(..) => std::str::from_utf8(self.bytes()).unwrap_or_default(),
            Self::Long(term) => term,
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Short(..) => 0,
            Self::Long(term) => size_of::<Box<str>>() + term.len(),
        }
    }
}

/// One text that contains a term; five bytes without padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    slot: [u8; 4],
    /// The number of occurrences in units of `OWN_UNITS`, saturated; beyond that it makes no difference to the score.
    pub(super) count: u8,
}

impl Entry {
    /// As five bytes: the slot in little-endian order, and the count.
    pub(super) fn bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.slot;
        [a, b, c, d, self.count]
    }

    /// The inverse of [`bytes`](Self::bytes).
    pub(super) fn of_bytes([a, b, c, d, count]: [u8; 5]) -> Self {
        Self { slot: [a, b, c, d], count }
    }

    /// The same entry for another slot.
    pub(super) fn moved(self, slot: u32) -> Self {
        Self { slot: slot.to_le_bytes(), ..self }
    }

    pub(super) fn slot(self) -> u32 {
        u32::from_le_bytes(self.slot)
    }
}

/// A term and the texts that contain it.
#[derive(Debug)]
pub(super) struct Postings {
    pub(super) spelling: Spelling,
    list: List,
}

#[derive(Debug)]
enum List {
    One(Entry),
    /// Any number of entries.
    Many(Vec<Entry>),
}

const _: () = assert!(size_of::<Option<Postings>>() <= 40, "there are many");

impl Postings {
    /// For a term in one text.
    pub(super) fn new(term: &str, slot: u32, count: u32) -> Self {
        Self { spelling: Spelling::new(term), list: List::One(entry(slot, count)) }
    }

    /// For a term and the texts that contain it; `None` if there are none, or if the slots do not ascend or are not
    /// below `texts`.
    pub(super) fn of(term: &str, entries: Vec<Entry>, texts: usize) -> Option<Self> {
        let last = entries.last()?.slot();
        if last as usize >= texts || !entries.is_sorted_by(|a, b| a.slot() < b.slot()) {
            return None;
        }
        let list = if let [entry] = entries[..] { List::One(entry) } else { List::Many(entries) };
        Some(Self { spelling: Spelling::new(term), list })
    }

    /// Ascending by slot.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.list {
            List::One(entry) => std::slice::from_ref(entry),
            List::Many(entries) => entries,
        }
    }

    /// The count of the term in a text.
    pub(super) fn count(&self, slot: u32) -> Option<u8> {
        let entries = self.entries();
        Some(entries[entries.binary_search_by_key(&slot, |entry| entry.slot()).ok()?].count)
    }

    /// Adds a text that is not in the list.
    pub(super) fn insert(&mut self, slot: u32, count: u32) {
        if let List::One(entry) = &self.list {
            self.list = List::Many(vec![*entry]);
        }
        let List::Many(entries) = &mut self.list else { return };
        // A new text mostly has the highest slot; then only the end of the list is read.
        let last = entries.last().is_none_or(|last| last.slot() < slot);
        let at = if last { entries.len() } else { entries.partition_point(|other| other.slot() < slot) };
        if entries.len() == entries.capacity() {
            entries.reserve_exact((entries.len() / 4).max(2));
        }
        entries.insert(at, entry(slot, count));
    }

    /// Removes a text; returns whether the list is now empty.
    pub(super) fn remove(&mut self, slot: u32) -> bool {
        match &mut self.list {
            List::One(entry) => entry.slot() == slot,
            List::Many(entries) => {
                if let Ok(at) = entries.binary_search_by_key(&slot, |entry| entry.slot()) {
                    entries.remove(at);
                }
                if let [entry] = entries[..] {
                    self.list = List::One(entry);
                } else {
                    shrink(entries);
                }
                self.entries().is_empty()
            }
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let entries = match &self.list {
            List::One(_) => 0,
            List::Many(entries) => entries.capacity() * size_of::<Entry>(),
        };
        self.spelling.heap_bytes() + entries
    }
}

fn entry(slot: u32, count: u32) -> Entry {
    Entry { slot: slot.to_le_bytes(), count: count.min(255) as u8 }
}

/// Encodes numbers as the gaps between them in ascending order, seven bits per byte; the last byte of a gap has its
/// high bit clear.
pub(super) fn packed(mut numbers: Vec<u32>) -> Box<[u8]> {
    numbers.sort_unstable();
    let mut bytes = Vec::with_capacity(2 * numbers.len());
    let mut before = 0;
    for number in numbers {
        push_gap(&mut bytes, number - before);
        before = number;
    }
    bytes.into()
}

/// Appends a gap in the encoding of [`packed`].
pub(super) fn push_gap(bytes: &mut Vec<u8>, mut gap: u32) {
    while gap >= 0x80 {
        bytes.push(gap as u8 | 0x80);
        gap >>= 7;
    }
    bytes.push(gap as u8);
}

/// The number of bytes of an encoded gap.
pub(super) fn gap_bytes(gap: u32) -> usize {
    (u32::BITS - (gap | 1).leading_zeros()).div_ceil(7) as usize
}

/// Decodes what [`packed`] encoded, ascending.
pub(super) fn unpacked(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut before = 0u32;
    bytes.split_inclusive(|byte| byte & 0x80 == 0).map(move |gap| {
        before += gap.iter().rev().fold(0, |gap, byte| gap << 7 | u32::from(byte & 0x7f));
        before
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_is_as_a_map(steps in prop::collection::vec((0u32..40, prop::option::of(1u32..600)), 1..80)) {
            let mut model: BTreeMap<u32, u8> = BTreeMap::new();
            let mut list: Option<Postings> = None;
            for (slot, count) in steps {
                match (model.contains_key(&slot), count) {
                    (false, Some(count)) => {
                        model.insert(slot, count.min(255) as u8);
                        match &mut list {
                            Some(list) => list.insert(slot, count),
                            None => list = Some(Postings::new("term", slot, count)),
                        }
                    }
                    (true, None) => {
                        model.remove(&slot);
                        if list.as_mut().unwrap().remove(slot) {
                            list = None;
                        }
                    }
                    _ => {}
                }
                prop_assert_eq!(list.is_none(), model.is_empty());
                let entries = list.iter().flat_map(Postings::entries);
                let entries: Vec<(u32, u8)> = entries.map(|entry| (entry.slot(), entry.count)).collect();
                prop_assert_eq!(entries, model.iter().map(|(slot, count)| (*slot, *count)).collect::<Vec<_>>());
                for slot in 0..40 {
                    prop_assert_eq!(list.as_ref().and_then(|list| list.count(slot)), model.get(&slot).copied());
                }
            }
        }

        #[test]
        fn numbers_are_unpacked_as_they_were(mut numbers in prop::collection::vec(any::<u32>(), 0..40)) {
            let bytes = packed(numbers.clone());
            numbers.sort_unstable();
            prop_assert_eq!(unpacked(&bytes).collect::<Vec<_>>(), numbers);
        }

        #[test]
        fn spellings_are_ordered_as_strings(one in any::<String>(), other in "[a-z]{0,30}") {
            let (a, b) = (Spelling::new(&one), Spelling::new(&other));
            prop_assert_eq!((a.text(), b.text()), (&*one, &*other));
            prop_assert_eq!(a.bytes().cmp(b.bytes()), one.cmp(&other));
        }
    }
}
