//! Which sentences of a message frame it: the line that greets, and the sign-off with the name below. By their form alone,
//! so that they are known in any language.
//!
//! Invariant: something is left between them.

use std::ops::Range;

use crate::document::token::offset;

/// Words of a line that greets, at most.
const OPENING_WORDS: usize = 6;
/// Words of a line of a sign-off, at most.
const CLOSING_WORDS: usize = 5;
/// Lines of a sign-off with what stands below it, at most.
const CLOSING_LINES: usize = 4;

/// A sentence of a text.
pub(super) struct Sentence<'t> {
    /// A slice of the text.
    pub(super) text: &'t str,
    pub(super) words: usize,
    /// Whether it begins with a sign-off that its language knows.
    pub(super) signs: bool,
}

/// The places of the sentences between the frame's.
pub(super) fn body(text: &str, all: &[Sentence<'_>]) -> Range<usize> {
    let start = usize::from(opens(text, all));
    let end = all.len() - closing(text, &all[start..]);
    start..end
}

/// What stands around a sentence.
struct Line {
    /// Nothing else on its line.
    alone: bool,
    /// A blank line, or nothing.
    blank_before: bool,
    /// The same.
    blank_after: bool,
}

fn line(text: &str, sentence: &str) -> Line {
    let start = offset(text, sentence);
    let (before, after) = (&text[..start], &text[start + sentence.len()..]);
    let gap = |space: &str| space.bytes().filter(|byte| *byte == b'\n').count();
    let before = &before[before.trim_end().len()..];
    let after = &after[..after.len() - after.trim_start().len()];
    let [breaks_before, breaks_after] = [gap(before), gap(after)];
    let (first, last) = (start == before.len(), start + sentence.len() + after.len() == text.len());
    Line {
        alone: (first || breaks_before > 0) && (last || breaks_after > 0),
        blank_before: first || breaks_before > 1,
        blank_after: last || breaks_after > 1,
    }
}

/// Whether the first sentence greets.
fn opens(text: &str, all: &[Sentence<'_>]) -> bool {
    let [first, next, ..] = all else { return false };
    let Line { alone, blank_after, .. } = line(text, first.text);
    let mark = first.text.trim_end().chars().next_back();
    alone
        && (1..=OPENING_WORDS).contains(&first.words)
        && match mark {
            Some(',' | '，' | '、' | '،') => true,
            Some('!' | '！') => blank_after,
            // Not what announces code or a list.
            Some(':' | '：') => blank_after && next.words > 0 && next.text.starts_with(char::is_alphabetic),
            Some(mark) => blank_after && mark.is_alphanumeric() && first.words < CLOSING_WORDS,
            None => false,
        }
}

/// How many sentences at the end sign off, with the name below.
fn closing(text: &str, body: &[Sentence<'_>]) -> usize {
    let (mut count, mut found) = (0, 0);
    for sentence in body.iter().skip(1).rev().take(CLOSING_LINES) {
        let Line { alone, blank_before, .. } = line(text, sentence.text);
        let mark = sentence.text.trim_end().chars().next_back();
        let signs = sentence.signs;
        let ends = matches!(mark, Some('.' | '?' | ';' | ':' | '…' | '。' | '？' | '！' | '!'));
        if !alone || !(1..=CLOSING_WORDS).contains(&sentence.words) || ends && !signs {
            break;
        }
        count += 1;
        if blank_before || signs || matches!(mark, Some(',' | '，')) {
            found = count;
        }
        if blank_before {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::document::Document;
    use crate::language::Language;

    fn body(text: &str) -> Vec<&str> {
        Document::new(text, Language::english()).sentences.iter().map(|(_, text)| *text).collect()
    }

    #[test]
    fn greeting_and_sign_off_are_no_sentences_in_any_language() {
        for (text, sentences) in [
            ("Hi Ann,\n\nThe plan is fine.\n\nCheers,\nSam", &["The plan is fine."][..]),
            ("Madame,\n\nLe devis est prêt.\n\nBien à vous,\nSylvain Mercier", &["Le devis est prêt."]),
            (
                "Guten Tag Frau Brandner,\n\nwir kommen am Freitag.\n\nViele Grüße\nTobias Lenz",
                &["wir kommen am Freitag."],
            ),
            ("Hi team!\n\nIt works.\nThanks!\nSam", &["It works."]),
            ("The plan is fine.\nBest,\nSam", &["The plan is fine."]),
        ] {
            assert_eq!(body(text), sentences, "{text:?}");
        }
    }

    #[test]
    fn short_lines_of_a_text_are_no_frame() {
        for (text, sentences) in [
            ("ok", &["ok"][..]),
            ("hey\nu there\nlol", &["hey", "u there", "lol"]),
            ("The plan is fine.\n\nIs it?", &["The plan is fine.", "Is it?"]),
            ("It works. Thanks, Sam", &["It works.", "Thanks, Sam"]),
            ("Buy milk, eggs", &["Buy milk, eggs"]),
        ] {
            assert_eq!(body(text), sentences, "{text:?}");
        }
    }
}
