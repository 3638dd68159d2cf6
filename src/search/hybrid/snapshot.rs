//! Serialized words and further keys of all items, so that a store just opened can be searched completely.
//!
//! ```text
//! frame: note | next id u64 | words | hints of each text: form u8, facts u8, bytes u32 | rows of the further keys
//! ```
//!
//! Invariant: a loaded snapshot gives the same results, bit for bit, as what was saved, and contains no data of
//! removed items. It is loaded only under the note it was saved under, which names the version of the code that
//! extracts terms and hints.

use super::{Hints, Hybrid, KEYS_MAX};
use crate::error::IndexError;
use crate::search::catalogue::Catalogue;
use crate::search::lexical::LexicalIndex;
use crate::search::vector::frame::{Reader, Writer, damaged};
use crate::signals::{Facts, Form};
use crate::types::{ByRecord, RecordId};

const MAGIC: [u8; 8] = *b"IDIOWORD";
const FORMAT: u32 = 1;

/// Must be raised whenever a text yields other terms, another form or other facts than before.
pub(crate) const WORDS_VERSION: u32 = 2;

impl Hybrid {
    /// Serializes words and further keys of all items, with a note of how they were made and the next free id.
    pub(crate) fn save(&self, note: &str, next: u64) -> Vec<u8> {
        let mut to = Writer::new(MAGIC, FORMAT, self.memory_bytes());
        to.text(note);
        to.u64(next);
        self.lexical.save(&mut to);
        let hints = || self.lexical.keys().filter_map(|key| self.hints.get(&RecordId(key)));
        to.each(hints().map(|hints| [hints.form.byte(), hints.facts.0]));
        to.each(hints().map(|hints| hints.bytes.to_le_bytes()));
        self.keys.save_rows(&mut to);
        to.finish()
    }

    /// Loads what [`save`](Self::save) wrote under the same note, with this instance's thresholds; also returns the
    /// next free id that was saved.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(crate) fn load(&self, bytes: &[u8], note: &str) -> Result<(Self, u64), IndexError> {
        let mut from = Reader::open(bytes, MAGIC, FORMAT)?;
        if from.text()? != note {
            return Err(damaged("it is of other items"));
        }
        let next = from.u64()?;
        let lexical = LexicalIndex::load(&mut from)?;
        let kinds = from.each(lexical.len(), |[form, facts]: [u8; 2]| (Form::of_byte(form), Facts(facts)))?;
        let sizes = from.each(lexical.len(), u32::from_le_bytes)?;
        let hints = lexical.keys().map(RecordId).zip(kinds).zip(sizes);
        let hints = hints.map(|((id, (form, facts)), bytes)| (id, Hints { form, facts, bytes })).collect();
        let keys = self.keys.load_rows(&mut from)?;
        from.end()?;
        let mut counts: ByRecord<u32> = ByRecord::default();
        for key in keys.keys() {
            *counts.entry(RecordId(key / KEYS_MAX as u64)).or_default() += 1;
        }
        let is_counted =
            |key: &u64| ((key % KEYS_MAX as u64) as u32) < counts[&RecordId(key / KEYS_MAX as u64)];
        if !keys.keys().iter().all(is_counted) {
            return Err(damaged("a further key is missing"));
        }
        Ok((Self { lexical, keys, counts, hints }, next))
    }

    /// Whether all items with words or further keys are in a catalogue.
    pub(crate) fn is_within(&self, catalogue: &Catalogue) -> bool {
        self.hints.keys().chain(self.counts.keys()).all(|id| catalogue.contains(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::filter::Filter;
    use crate::search::hybrid::HybridQuery;
    use crate::search::hybrid::tests::read as read_text;
    use crate::search::item::Item;
    use crate::search::vector::QuantizedVector;
    use crate::types::{RecordKind, Timestamp};

    const TEXTS: [&str; 6] = [
        "Anna's kestrel flew over the harbour at 7:30, didn't it?",
        "parse_header in v2.1 of the well-known getItem module; see O'Brien's notes.",
        "I prefer aisle seats because of my knees. We never fly on Mondays.",
        "我们明天下午在图书馆门口见面好吗。 Ｆｕｌｌ ｗｉｄｔｈ",
        "budget budget budget budget budget budget budget budget budget budget",
        "Straße naïve café running runner ran, 3,000 boats and one Kestrel.",
    ];

    fn vector(at: u64) -> QuantizedVector {
        let values: Vec<f32> = (0..4).map(|i| ((at * 7 + i * 3) % 11) as f32 - 5.0).collect();
        QuantizedVector::from_f32(&values).unwrap()
    }

    /// With a removed item, so that there are gaps.
    fn stock() -> (Catalogue, Hybrid) {
        let (mut catalogue, mut hybrid) = (Catalogue::new(4, usize::MAX), Hybrid::new(4, usize::MAX));
        for (id, text) in (1..).map(RecordId).zip(["secret kestrel"].iter().chain(&TEXTS)) {
            let item =
                Item { id, kind: RecordKind::History, scope: std::sync::Arc::default(), at: Timestamp(0) };
            catalogue.insert(&item, &vector(id.0)).unwrap();
            hybrid.insert_words(id, text, "what surrounds it");
            let keys: Vec<QuantizedVector> = (0..id.0 % 3).map(|at| vector(id.0 + at + 50)).collect();
            hybrid.insert_keys(id, &keys).unwrap();
        }
        catalogue.remove(RecordId(1));
        hybrid.remove(RecordId(1));
        (catalogue, hybrid)
    }

    #[test]
    fn what_is_read_answers_as_what_was_written() {
        let (catalogue, mut hybrid) = stock();
        let bytes = hybrid.save("a note", 9);
        assert!(!bytes.windows(6).any(|part| part == b"secret"));
        let (mut read, next) = Hybrid::new(4, usize::MAX).load(&bytes, "a note").unwrap();
        assert!(next == 9 && read.is_within(&catalogue) && !read.is_within(&Catalogue::new(4, usize::MAX)));
        assert!(Hybrid::new(4, usize::MAX).load(&bytes, "another").is_err());
        assert_eq!(read.save("a note", 9), bytes);
        let all = Filter::default();
        let same = |catalogue: &Catalogue, hybrid: &Hybrid, read: &Hybrid| {
            for words in [
                "kestrel",
                "budget boats?",
                "parseheader v2",
                "明",
                "surround",
                "run",
                "When did I prefer Monday?",
            ] {
                for (completes, pseudo_feedback) in [(false, false), (true, false), (false, true)] {
                    let vector = vector(3).to_f32();
                    let query = HybridQuery {
                        vector: &vector,
                        words: read_text(words),
                        weighted: &[],
                        k: 9,
                        filter: &all,
                        completes,
                        pseudo_feedback,
                        about_person: false,
                        by_words: false,
                    };
                    let found = hybrid.search(catalogue, &query).unwrap();
                    assert!(!found.is_empty() && read.search(catalogue, &query).unwrap() == found, "{words}");
                }
            }
        };
        same(&catalogue, &hybrid, &read);
        // The loaded one can be changed like the original.
        for hybrid in [&mut hybrid, &mut read] {
            hybrid.remove(RecordId(3));
            hybrid.insert_words(RecordId(2), "kestrel budget of the zenith", "");
            hybrid.insert_keys(RecordId(2), &[vector(2)]).unwrap();
        }
        same(&catalogue, &hybrid, &read);
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let (_, hybrid) = stock();
        let bytes = hybrid.save("", 9);
        let load = |bytes: &[u8]| Hybrid::new(4, usize::MAX).load(bytes, "").is_ok();
        assert!(load(&bytes) && !load(&bytes[..bytes.len() - 1]) && !load(&[]));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert!(!load(&damaged), "{at}");
            // With a matching checksum it is rejected or loads as something.
            let checksum = crc32fast::hash(&damaged[24..]);
            damaged[20..24].copy_from_slice(&checksum.to_le_bytes());
            let _ = load(&damaged);
        }
    }

    /// If this fails, the terms or hints of a text have changed: raise [`WORDS_VERSION`] and update the number.
    #[test]
    fn what_a_text_gives_is_that_of_the_version() {
        let (_, hybrid) = stock();
        assert_eq!((WORDS_VERSION, crc32fast::hash(&hybrid.save("", 9))), (2, 2_751_245_233));
    }
}
