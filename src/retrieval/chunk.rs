//! Cuts a long text into passages that an encoder reads whole and that are about one thing each.
//!
//! Invariant: passages lie in the text in order and hold all of its words up to [`PASSAGES_MAX`] of them; a text that
//! is no longer than one passage gives none, its own vector says it all.

use crate::text::sentences;
use crate::types::Granularity;

/// Most passages of one text.
pub const PASSAGES_MAX: usize = 32;

/// Words that a chunk gathers at most; a sentence of more stays whole.
fn words_of(granularity: Granularity) -> usize {
    match granularity {
        Granularity::Document => usize::MAX,
        Granularity::Passage => 120,
        Granularity::Sentence => 1,
    }
}

/// The chunks of a text; none where the whole text is the only one.
pub fn chunks(text: &str, granularity: Granularity) -> Vec<&str> {
    let most = words_of(granularity);
    let mut found: Vec<&str> = Vec::new();
    if most == usize::MAX {
        return found;
    }
    // Where the chunk that grows begins and ends in the text, and its words.
    let mut open: Option<(usize, usize, usize)> = None;
    for sentence in sentences(text) {
        let start = sentence.as_ptr() as usize - text.as_ptr() as usize;
        let (end, words) = (start + sentence.len(), sentence.split_whitespace().count());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
