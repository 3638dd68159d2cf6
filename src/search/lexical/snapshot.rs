//! Serialization of the lexical index: the terms by their spelling, each with the texts that contain it.
//!
//! ```text
//! texts u64 | keys u64 each | lengths u32 each | repetition f32 each
//! terms u64 | bytes of the spelling u16 each | texts that have it u32 each
//! | spellings | texts of each term: number of the text u32, count u8
//! ```
//!
//! Invariant: a loaded index gives the same results, bit for bit, as the saved one; no data of removed texts is
//! written.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::dictionary::Dictionary;
use super::postings::{Entry, Postings, gap_bytes, push_gap};
use super::{LexicalIndex, Text};
use crate::error::IndexError;
use crate::search::vector::frame::{Reader, Writer, damaged};

impl LexicalIndex {
    /// Writes all texts.
    pub(crate) fn save(&self, to: &mut Writer) {
        // Renumbers the texts without the slots of removed ones.
        let mut numbers = vec![0u32; self.texts.len()];
        let mut texts: Vec<&Text> = Vec::with_capacity(self.len());
        for (number, text) in numbers.iter_mut().zip(&self.texts) {
            if let Some(text) = text {
                *number = texts.len() as u32;
                texts.push(text);
            }
        }
        to.u64(texts.len() as u64);
        to.each(texts.iter().map(|text| text.key.to_le_bytes()));
        to.each(texts.iter().map(|text| text.length.to_le_bytes()));
        to.each(texts.iter().map(|text| text.repetition.to_le_bytes()));
        let lists: Vec<&Postings> = self.dictionary.numbers().filter_map(|term| self.list(term)).collect();
        to.u64(lists.len() as u64);
        to.each(lists.iter().map(|list| (list.spelling.bytes().len() as u16).to_le_bytes()));
        to.each(lists.iter().map(|list| (list.entries().len() as u32).to_le_bytes()));
        for list in &lists {
            to.bytes(list.spelling.bytes());
        }
        for list in lists {
            to.each(list.entries().iter().map(|entry| entry.moved(numbers[entry.slot() as usize]).bytes()));
        }
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, IndexError> {
        let count = from.count()?;
        let keys = from.each(count, u64::from_le_bytes)?;
        let lengths = from.each(count, u32::from_le_bytes)?;
        let repetitions = from.each(count, f32::from_le_bytes)?;
        let terms = from.count()?;
        let sizes = from.each(terms, u16::from_le_bytes)?;
        let frequencies = from.each(terms, u32::from_le_bytes)?;
        let (Ok(_), Ok(last)) = (u32::try_from(count), u32::try_from(terms)) else {
            return Err(damaged("it has too many texts or terms"));
        };
        let slots: HashMap<u64, u32> = (0..).zip(&keys).map(|(slot, &key)| (key, slot)).collect();
        if slots.len() != count {
            return Err(damaged("a text stands in it twice"));
        }
        let mut spellings = from.take(sizes.iter().map(|&size| usize::from(size)).sum())?;
        let mut postings = Vec::with_capacity(terms);
        let mut before: &[u8] = &[];
        for (&size, &frequency) in sizes.iter().zip(&frequencies) {
            let (spelling, rest) = spellings.split_at(usize::from(size));
            if spelling <= before {
                return Err(damaged("its terms are not in order"));
            }
            (before, spellings) = (spelling, rest);
            let term = std::str::from_utf8(spelling).map_err(|_| damaged("a term is not UTF-8"))?;
            let entries = from.each(frequency as usize, Entry::of_bytes)?;
            let list = Postings::of(term, entries, count).ok_or(damaged("a term is of other texts"))?;
            postings.push(Some(list));
        }
        let packed = terms_of_texts(&postings, count);
        let mut texts = Vec::with_capacity(count);
        for (slot, terms) in packed.into_iter().enumerate() {
            let (key, length, repetition) = (keys[slot], lengths[slot], repetitions[slot]);
            texts.push(Some(Text { key, length, repetition, terms }));
        }
        Ok(Self {
            dictionary: Dictionary::of_ascending(last),
            postings,
            free_terms: Vec::new(),
            texts,
            free_slots: Vec::new(),
            slots,
            length: lengths.iter().map(|&length| u64::from(length)).sum(),
            scratch: Mutex::default(),
        })
    }
}

/// The packed term numbers of each text. Their sizes are computed first, so that each is allocated once.
fn terms_of_texts(postings: &[Option<Postings>], texts: usize) -> Vec<Box<[u8]>> {
    let numbered = || {
        let lists = (0..).zip(postings.iter().flatten());
        lists.flat_map(|(number, list): (u32, _)| {
            list.entries().iter().map(move |entry| (entry.slot() as usize, number))
        })
    };
    let (mut last, mut bytes) = (vec![0; texts], vec![0; texts]);
    for (slot, number) in numbered() {
        bytes[slot] += gap_bytes(number - last[slot]);
        last[slot] = number;
    }
    let mut packed: Vec<Vec<u8>> = bytes.into_iter().map(Vec::with_capacity).collect();
    last.fill(0);
    for (slot, number) in numbered() {
        push_gap(&mut packed[slot], number - last[slot]);
        last[slot] = number;
    }
    packed.into_iter().map(Vec::into_boxed_slice).collect()
}
