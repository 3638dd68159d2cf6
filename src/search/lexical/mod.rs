//! The lexical index: an inverted index with BM25 that is updated in place.
//!
//! Invariant: an index from which a text was removed gives the same results, bit for bit, as one that never held it.
//! All statistics are integer counts, scores are summed in an order that depends on the terms alone, and a term
//! without texts is removed together with its spelling.
//!
//! Existing engines (tantivy and similar) were not used because they keep immutable segments in files of their own:
//! deletion only marks a text, whose bytes stay until a merge; nothing is encrypted; and the library would more than
//! double in size. The words of one person fit into memory: a text takes about 7 bytes per distinct term, plus the
//! spare capacity of growing lists and its share of the dictionary.
//!
//! BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the variant of the inverse
//! document frequency that is never negative. Upper bounds per term end a search early without changing its result
//! (`MaxScore`, Turtle and Flood 1995).

mod counts;
mod dictionary;
mod postings;
mod query;
mod scores;
mod search;
mod snapshot;

use std::collections::HashMap;

use parking_lot::Mutex;

pub(crate) use self::counts::TermCounts;
use self::dictionary::{Dictionary, Place};
use self::postings::{Postings, packed, unpacked};
pub use self::query::WordQuery;
#[cfg(feature = "internals")]
pub use self::search::WordMatch;
#[cfg(any(test, feature = "internals"))]
use crate::document::terms;
#[cfg(any(test, feature = "internals"))]
use crate::language::Language;
use crate::search::vector::{grow, map_bytes};

#[derive(Debug)]
struct Text {
    key: u64,
    /// In units of `OWN_UNITS`.
    length: u32,
    /// See [`LexicalIndex::repetition`].
    repetition: f32,
    /// Numbers of its distinct terms, [`packed`].
    terms: Box<[u8]>,
}

/// Texts under `u64` keys, found by their words.
#[derive(Debug, Default)]
pub struct LexicalIndex {
    dictionary: Dictionary,
    /// By term number; `None` for an unused number.
    postings: Vec<Option<Postings>>,
    free_terms: Vec<u32>,
    /// By slot; `None` for an unused slot.
    texts: Vec<Option<Text>>,
    free_slots: Vec<u32>,
    slots: HashMap<u64, u32>,
    /// Sum of the texts' lengths.
    length: u64,
    /// Buffers for sums; all zero between searches.
    scratch: Mutex<Vec<Vec<f32>>>,
}

impl LexicalIndex {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no texts.
    #[cfg(any(test, feature = "internals"))]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether there is a text under the key.
    pub fn contains(&self, key: u64) -> bool {
        self.slots.contains_key(&key)
    }

    /// The keys of the texts, in the order in which [`save`](Self::save) writes them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        self.texts.iter().flatten().map(|text| text.key)
    }

    /// Approximate memory in bytes.
    pub fn memory_bytes(&self) -> usize {
        let lists: usize = self.postings.iter().flatten().map(Postings::heap_bytes).sum();
        let texts: usize = self.texts.iter().flatten().map(|text| text.terms.len()).sum();
        let scratch: usize = self.scratch.lock().iter().map(|sums| sums.capacity() * size_of::<f32>()).sum();
        self.dictionary.memory_bytes()
            + lists
            + texts
            + scratch
            + self.postings.capacity() * size_of::<Option<Postings>>()
            + self.texts.capacity() * size_of::<Option<Text>>()
            + (self.free_terms.capacity() + self.free_slots.capacity()) * size_of::<u32>()
            + map_bytes(&self.slots)
    }

    /// Adds a text, replacing one under the same key. `around` is what surrounds the text (what it answers, its
    /// title, the turns beside it); its words have half the weight.
    #[cfg(any(test, feature = "internals"))]
    pub fn insert(&mut self, key: u64, text: &str, around: &str) {
        let [text, around] = [text, around].map(|text| terms(text, Language::english()));
        self.insert_counts(key, TermCounts::of(text, around));
    }

    /// The same from counted terms.
    pub(crate) fn insert_counts(&mut self, key: u64, counts: TermCounts) {
        self.remove(key);
        let TermCounts { counts, repetition } = counts;
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            grow(&mut self.texts, 1);
            self.texts.push(None);
            (self.texts.len() - 1) as u32
        });
        let length = counts.iter().map(|(_, count)| count).sum();
        let numbers = counts.into_iter().map(|(term, count)| self.post(&term, slot, count)).collect();
        self.texts[slot as usize] = Some(Text { key, length, repetition, terms: packed(numbers) });
        self.slots.insert(key, slot);
        self.length += u64::from(length);
    }

    fn post(&mut self, term: &str, slot: u32, count: u32) -> u32 {
        let place = match self.find(term) {
            Ok((number, _)) => {
                if let Some(list) = &mut self.postings[number as usize] {
                    list.insert(slot, count);
                }
                return number;
            }
            Err(place) => place,
        };
        let number = self.free_terms.pop().unwrap_or_else(|| {
            grow(&mut self.postings, 1);
            self.postings.push(None);
            (self.postings.len() - 1) as u32
        });
        self.postings[number as usize] = Some(Postings::new(term, slot, count));
        self.dictionary.insert(place, number);
        number
    }

    /// A term's number and place, or the place to insert it.
    fn find(&self, term: &str) -> Result<(u32, Place), Place> {
        self.dictionary.find(|number| self.spelling(number).cmp(term.as_bytes()))
    }

    fn number(&self, term: &str) -> Option<u32> {
        self.find(term).ok().map(|(number, _)| number)
    }

    /// The terms that are not less than `term`, in order, with their numbers.
    fn terms_from(&self, term: &str) -> impl Iterator<Item = (&str, u32)> {
        let (Ok((_, place)) | Err(place)) = self.find(term);
        let spelled = |number: u32| Some((self.postings[number as usize].as_ref()?.spelling.text(), number));
        self.dictionary.from(place).filter_map(spelled)
    }

    /// Removes a text; `false` if there was none.
    pub fn remove(&mut self, key: u64) -> bool {
        let Some(slot) = self.slots.remove(&key) else { return false };
        let Some(text) = self.texts[slot as usize].take() else { return false };
        self.free_slots.push(slot);
        self.length -= u64::from(text.length);
        for number in unpacked(&text.terms) {
            let Some(list) = &mut self.postings[number as usize] else { continue };
            if !list.remove(slot) {
                continue;
            }
            let term = self.list(number).map_or("", |list| list.spelling.text());
            if let Ok((_, place)) = self.find(term) {
                self.dictionary.remove(place);
            }
            self.postings[number as usize] = None;
            self.free_terms.push(number);
        }
        true
    }

    fn list(&self, number: u32) -> Option<&Postings> {
        self.postings.get(number as usize)?.as_ref()
    }

    fn spelling(&self, number: u32) -> &[u8] {
        self.list(number).map_or(&[], |list| list.spelling.bytes())
    }

    fn frequency(&self, number: u32) -> usize {
        self.list(number).map_or(0, |list| list.entries().len())
    }

    fn text(&self, key: u64) -> Option<&Text> {
        self.slots.get(&key).and_then(|slot| self.texts[*slot as usize].as_ref())
    }
}

#[cfg(test)]
mod tests;
