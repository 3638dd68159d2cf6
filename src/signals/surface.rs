//! The surface of a text: its length, the lengths of words, sentences and lines, punctuation, capitals, digits and
//! pronouns.
//!
//! Invariant: a pure function of the beginning of the text, with the same result on every machine; the text cannot be
//! reconstructed from it. It separates kinds of text that the topic does not: a chat and an article on one subject
//! are near in meaning and far apart in form. Two texts are compared by the city block distance of their measures in
//! natural deviations, each difference clipped so that one unusual measure does not outweigh all others (a table of
//! many names does not make another kind of mail). Many plain measures of equal weight separate kinds better than
//! few, and better than weights learned on other kinds.

use serde::{Deserialize, Serialize};

use crate::document::{Document, Token};
use crate::language::{Entry, Roles};
use crate::signals::tuning::surface;

/// Number of measures.
pub(crate) const MEASURES: usize = GROUP * GROUPS;
/// Measures are stored in groups, because the serialization supports arrays of at most 32.
const GROUP: usize = 16;
const GROUPS: usize = 3;
/// The byte value of one deviation.
const STEP: f32 = 16.0; // fixed: the unit of stored surfaces
/// [`surface::CLIP`] in byte units.
const CLIP: u8 = (surface::CLIP * STEP) as u8;
/// Natural deviation of each measure, over texts of many kinds.
#[rustfmt::skip]
const DEVIATIONS: [f32; MEASURES] = [
    0.293, 0.332, 0.832, 1.41, 1.43,
    0.122, 0.0928, 0.0942, 0.104, 0.098, 0.116, 0.138, 0.123,
    0.198, 0.124, 0.0805, 0.0983, 0.108, 0.147, 0.108, 0.118, 0.112, 0.0796,
    0.494, 0.555, 0.639, 0.307, 0.311,
    0.0498, 0.0529, 0.0328, 0.0376, 0.0492, 0.0383, 0.0496, 0.0528, 0.0218, 0.0488, 0.0199, 0.0496, 0.0639, 0.0289, 0.0434, 0.0517, 0.0184, 0.0295, 0.103, 0.106,
];

/// The surface of a text, one byte per measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface([[u8; GROUP]; GROUPS]);

impl Surface {
    /// The surface of a text.
    pub fn of(document: &Document<'_>) -> Self {
        let mut bytes = [[0; GROUP]; GROUPS];
        for (byte, x) in bytes.as_flattened_mut().iter_mut().zip(of_beginning(document)) {
            // The conversion saturates.
            *byte = (x * STEP).round() as u8;
        }
        Self(bytes)
    }

    /// The mean difference of the measures in natural deviations, 0 to 2.
    pub fn distance(&self, other: &Self) -> f32 {
        let apart = self.0.as_flattened().iter().zip(other.0.as_flattened());
        let apart = apart.map(|(a, b)| u16::from(a.abs_diff(*b).min(CLIP)));
        f32::from(apart.sum::<u16>()) / (STEP * MEASURES as f32)
    }
}

/// The measures of the beginning of a text.
pub(crate) fn of_beginning(document: &Document<'_>) -> [f32; MEASURES] {
    measures(document.beginning(surface::BYTES_MAX).as_ref().unwrap_or(document))
}

/// The measures of a text in natural deviations, 0 or more. Square roots are taken, since for rare things it matters
/// more whether they occur than how often.
fn measures(document: &Document<'_>) -> [f32; MEASURES] {
    let mut all = Vec::with_capacity(MEASURES);
    all.extend(sizes(document));
    all.extend(word_shares(document));
    all.extend(layout(document));
    all.extend(char_shares(document.text));
    let mut measures = [0.0; MEASURES];
    for ((measure, x), deviation) in measures.iter_mut().zip(all).zip(DEVIATIONS) {
        *measure = x.max(0.0).sqrt() / deviation;
    }
    measures
}

/// Numbers of words, sentences and lines, and sentence lengths.
fn sizes(document: &Document<'_>) -> [f32; 5] {
    let words = |tokens: &[Token<'_>]| tokens.iter().filter(|token| token.word).count() as f32;
    let lengths: Vec<f32> = document.all_sentences().map(|(tokens, _)| words(tokens)).collect();
    let count = lengths.len().max(1) as f32;
    let mean = lengths.iter().sum::<f32>() / count;
    let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / count;
    [
        (1.0 + document.words as f32).ln(),
        (1.0 + lengths.len() as f32).ln(),
        (1.0 + document.text.matches('\n').count() as f32).ln(),
        mean,
        variance.sqrt(),
    ]
}

/// Shares of words: by length, capitals, inner punctuation, pronouns.
fn word_shares(document: &Document<'_>) -> [f32; 18] {
    const PRONOUNS: [Roles; 5] =
        [Roles::PRONOUN_I, Roles::PRONOUN_WE, Roles::PRONOUN_YOU, Roles::PRONOUN_HE, Roles::PRONOUN_THEY];
    let lexicon = document.language.lexicon();
    let mut counts = [0.0f32; 18];
    for token in document.tokens.iter().filter(|token| token.word) {
        let word = token.text;
        let length = word.chars().count();
        let place = match length {
            0..=4 => length.saturating_sub(1),
            5..=6 => 4,
            7..=8 => 5,
            9..=11 => 6,
            _ => 7,
        };
        counts[place] += 1.0;
        let mut upper = word.chars().map(char::is_uppercase);
        let first = upper.next().unwrap_or(false);
        let inner = upper.filter(|is| *is).count();
        let all_upper = length > 1 && !word.chars().any(char::is_lowercase) && first;
        counts[8] += f32::from(first);
        counts[9] += f32::from(all_upper);
        counts[10] += f32::from(inner > 0 && !all_upper);
        counts[11] += f32::from(word.contains('-'));
        let base = token.lower.split_once('\'').map(|(base, _)| base);
        counts[12] += f32::from(base.is_some());
        let roles = match base {
            Some(base) => lexicon.roles(base),
            None => token.entry.map(Entry::roles).unwrap_or_default(),
        };
        for (count, role) in counts[13..].iter_mut().zip(PRONOUNS) {
            *count += f32::from(roles.meets(role));
        }
    }
    counts.map(|count| count / document.words.max(1) as f32)
}

/// How sentences, lines and the text begin and end.
fn layout(document: &Document<'_>) -> [f32; 5] {
    let (text, sentences) = (document.text, document.all_sentences());
    let count = sentences.len();
    let lower = |text: &str| f32::from(text.trim_start().starts_with(char::is_lowercase));
    let ends = text.trim_end().ends_with(['.', '!', '?', '\u{3002}', '\u{ff01}', '\u{ff1f}']);
    let speaker = |line: &str| {
        let first = line.split_whitespace().next().unwrap_or_default();
        f32::from(first.len() > 1 && first.ends_with(':'))
    };
    [
        sentences.map(|(_, sentence)| lower(sentence)).sum::<f32>() / count.max(1) as f32,
        lower(text),
        f32::from(ends),
        text.split('\n').map(speaker).sum::<f32>() / text.split('\n').count() as f32,
        f32::from(text.contains("http") || text.contains('@')),
    ]
}

/// Shares of characters: punctuation, spacing, letters of other scripts, digits, capitals.
fn char_shares(text: &str) -> [f32; 20] {
    let mut counts = [0.0f32; 20];
    let (mut all, mut before) = (0.0f32, ' ');
    for c in text.chars() {
        all += 1.0;
        // The most frequent case, in which nothing is counted.
        if c.is_ascii_lowercase() {
            before = c;
            continue;
        }
        let mark = match c {
            '.' | '\u{3002}' => Some(0),
            ',' | '\u{ff0c}' | '\u{3001}' | '\u{60c}' => Some(1),
            '!' | '\u{ff01}' => Some(2),
            '?' | '\u{ff1f}' | '\u{61f}' => Some(3),
            '\'' | '\u{2018}' | '\u{2019}' => Some(4),
            '"' | '\u{201c}' | '\u{201d}' => Some(5),
            '(' | ')' | '\u{ff08}' | '\u{ff09}' => Some(6),
            ':' | '\u{ff1a}' => Some(7),
            ';' | '\u{ff1b}' | '\u{61b}' => Some(8),
            '-' | '\u{2013}' | '\u{2014}' => Some(9),
            '$' | '%' | '\u{20ac}' | '\u{a3}' => Some(10),
            '*' | '_' | '~' | '`' | '|' | '^' | '=' | '+' | '&' => Some(11),
            '\n' => Some(12),
            _ => None,
        };
        if let Some(mark) = mark {
            counts[mark] += 1.0;
        }
        counts[13] += f32::from(c == '\n' && before == '\n');
        counts[14] += f32::from(c == ' ' && before == ' ');
        counts[15] += f32::from(before.is_whitespace() && matches!(mark, Some(0..=3 | 7 | 8)));
        counts[16] += f32::from(matches!(c, '\u{2018}'..='\u{201d}' | '\u{2013}' | '\u{2014}' | '\u{2026}'));
        counts[17] += f32::from(!c.is_ascii());
        counts[18] += f32::from(c.is_numeric());
        counts[19] += f32::from(c.is_uppercase());
        before = c;
    }
    counts.map(|count| count / all.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn of(text: &str) -> Surface {
        Surface::of(&Document::new(text, Language::english()))
    }

    const MAIL: &str = "Hi Ana,\n\ncould you send me the plan?\n\nThanks,\nTom";
    const OTHER_MAIL: &str = "Hi Lee,\n\nare you free on Monday?\n\nCheers,\nTom";
    const ABSTRACT: &str =
        "We study the growth of thin films. Films of 30 nm were deposited; their roughness was measured.";

    #[test]
    fn texts_of_one_form_are_near() {
        assert_eq!(of(MAIL).distance(&of(MAIL)), 0.0);
        assert!(of(MAIL).distance(&of(OTHER_MAIL)) < 0.5 * of(MAIL).distance(&of(ABSTRACT)));
        assert_eq!(of(MAIL).distance(&of(ABSTRACT)), of(ABSTRACT).distance(&of(MAIL)));
    }

    #[test]
    fn any_text_has_a_surface() {
        for text in ["", " ", "\n", "\u{0}", "这里没有字母。", "!!!!!!!!", &"ä".repeat(5_000)] {
            let distance = of(text).distance(&of(MAIL));
            assert!((0.0..=2.0).contains(&distance), "{text:?}");
        }
    }

    #[test]
    fn sentences_are_measured_by_their_own_words() {
        let sizes = |text| sizes(&Document::new(text, Language::english()));
        let [.., mean, deviation] =
            sizes("One two three, four five six. And so on, he said. Yes, 2 or 3 of us came.");
        assert!((mean - 6.0).abs() < 1e-6 && (deviation - (2.0f32 / 3.0).sqrt()).abs() < 1e-6);
        assert_eq!(sizes("")[3..], [0.0, 0.0]);
    }

    #[test]
    fn form_is_seen_in_other_languages_too() {
        let chat = ["ana: kommst du noch?\nleo: ja!! gleich :)", "mia: was läuft heute?\ntim: nix!! du?"];
        let article =
            "Der Ausschuss hat den Entwurf am Dienstag beraten. Eine Entscheidung soll im März fallen.";
        assert!(of(chat[0]).distance(&of(chat[1])) < 0.6 * of(chat[0]).distance(&of(article)));
        let chat = ["在吗？", "好！"];
        let article = "委员会于星期二讨论了该草案，并决定在三月份作出最终决定。此前，各方意见不一。";
        assert!(of(chat[0]).distance(&of(chat[1])) < of(chat[0]).distance(&of(article)));
    }
}
