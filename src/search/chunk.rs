//! Cuts a long text into passages that fit into an encoder and are about one thing each.
//!
//! Invariant: passages are in text order and cover all words, up to [`PASSAGES_MAX`] passages. A text no longer than
//! one passage yields none, since its own vector represents it completely.

use super::tuning::passage;
use crate::document::{Document, word_starts};
use crate::types::Granularity;

/// Maximum number of passages of one text.
pub const PASSAGES_MAX: usize = 32;

/// Maximum number of words of a chunk.
fn words_of(granularity: Granularity) -> usize {
    match granularity {
        Granularity::Document => usize::MAX,
        Granularity::Passage => passage::WORDS_MAX,
        Granularity::Sentence => 1,
    }
}

/// The chunks of a text; none if the whole text would be the only one.
#[cfg(any(test, feature = "internals"))]
pub fn chunks(text: &str, granularity: Granularity) -> Vec<&str> {
    chunks_of(&Document::read(text, None), granularity)
}

/// The same for a text that is already analyzed.
pub(crate) fn chunks_of<'t>(document: &Document<'t>, granularity: Granularity) -> Vec<&'t str> {
    let text = document.text;
    let most = words_of(granularity);
    let mut found: Vec<&str> = Vec::new();
    if most == usize::MAX {
        return found;
    }
    // Start, end and number of words of the chunk being assembled.
    let mut open: Option<(usize, usize, usize)> = None;
    for (part, words) in document.all_sentences().flat_map(|(_, sentence)| parts(sentence)) {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        let end = start + part.len();
        open = match open {
            Some((from, _, before)) if before + words <= most => Some((from, end, before + words)),
            Some((from, to, _)) => {
                found.push(&text[from..to]);
                Some((start, end, words))
            }
            None => Some((start, end, words)),
        };
    }
    if let Some((from, to, _)) = open {
        found.push(&text[from..to]);
    }
    if found.len() < 2 {
        return Vec::new();
    }
    found.truncate(PASSAGES_MAX);
    found
}

/// A sentence with its number of words, split into parts of about equal length if it has more than
/// [`passage::WORDS_MAX`].
fn parts(sentence: &str) -> impl Iterator<Item = (&str, usize)> {
    let starts = word_starts(sentence);
    let count = starts.len().div_ceil(passage::WORDS_MAX);
    (0..count).map(move |part| {
        let (from, to) = (starts.len() * part / count, starts.len() * (part + 1) / count);
        let start = if part == 0 { 0 } else { starts[from] };
        let end = starts.get(to).copied().unwrap_or(sentence.len());
        (sentence[start..end].trim_end(), to - from)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::language::Language;

    fn chunks(text: &str, granularity: Granularity) -> Vec<&str> {
        chunks_of(&Document::new(text, Language::english()), granularity)
    }

    #[test]
    fn sentences_are_gathered_up_to_the_limit() {
        let sentence = "One two three four five six seven eight nine ten. ";
        let text = sentence.repeat(30);
        let passages = chunks(&text, Granularity::Passage);
        assert_eq!(passages.len(), 3);
        assert!(passages.iter().all(|passage| passage.split_whitespace().count() <= 120));
        assert_eq!(chunks(&text, Granularity::Sentence).len(), 30);
        assert!(chunks(&text, Granularity::Document).is_empty());
        assert!(chunks(sentence, Granularity::Passage).is_empty());
    }

    #[test]
    fn words_are_counted_where_no_spaces_part_them() {
        for sentence in ["我们明天下午在图书馆门口见面好吗。", "きのうのかいぎはとてもながかった。"]
        {
            let text = sentence.repeat(60);
            let passages = chunks(&text, Granularity::Passage);
            assert_eq!(passages.len(), 9);
            assert_eq!(passages.concat(), text);
            assert_eq!(chunks(&text, Granularity::Sentence)[0], sentence);
            assert!(chunks(sentence, Granularity::Passage).is_empty());
        }
        let thai = "การประชุมเรื่องสำนักงานใหม่ย้ายไปห้องใหญ่".repeat(40);
        let passages = chunks(&thai, Granularity::Passage);
        assert!((3..=5).contains(&passages.len()), "{}", passages.len());
        assert_eq!(passages.concat(), thai);
    }

    #[test]
    fn a_sentence_over_the_limit_is_cut_into_even_parts() {
        let text = "word ".repeat(250);
        for granularity in [Granularity::Passage, Granularity::Sentence] {
            let parts = chunks(&text, granularity);
            let words: Vec<usize> = parts.iter().map(|part| part.split_whitespace().count()).collect();
            assert_eq!(words, [83, 83, 84]);
        }
        assert_eq!(chunks(&"语".repeat(250), Granularity::Passage).concat(), "语".repeat(250));
    }

    proptest! {
        #[test]
        fn chunks_lie_in_the_text_in_order(text in "([a-z]{1,8}[ .!\n]{1,2}){0,80}") {
            for granularity in [Granularity::Passage, Granularity::Sentence] {
                let mut from = 0;
                for chunk in chunks(&text, granularity) {
                    let at = chunk.as_ptr() as usize - text.as_ptr() as usize;
                    prop_assert!(at >= from);
                    from = at + chunk.len();
                }
            }
        }
    }
}
