//! Word segmentation.
//!
//! Invariant: the words are slices of the text in order, do not overlap, and together contain every visible
//! character.

use std::borrow::Cow;

use unicode_general_category::{GeneralCategory, get_general_category};

/// The words of a text, in order: runs of letters and digits with inner apostrophes and hyphens; any other visible
/// character is a word by itself, and so is each ideograph and kana. Combining marks stay with their base, and joined
/// emoji are kept whole.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(text.len() / 5);
    words.extend(Words(text));
    words
}

/// An iterator over the [`words`] of the remaining text.
pub(crate) struct Words<'t>(pub(crate) &'t str);

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            let spaces = self.0.bytes().take_while(|byte| *byte == b' ').count();
            let rest = &self.0[spaces..];
            let length = plain_word(rest.as_bytes()).or_else(|| visible(rest));
            if let Some(length) = length {
                let (word, after) = rest.split_at(length);
                self.0 = after;
                return Some(word);
            }
            if rest.is_empty() {
                return None;
            }
            self.0 = rest.trim_start_matches(|c| class(c) == Class::Hidden);
        }
    }
}

/// The offset of a part in a text.
pub(super) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// The length of the first word, if it consists of ASCII letters and digits and ends before a space or a mark that
/// never belongs to a word.
fn plain_word(text: &[u8]) -> Option<usize> {
    let length = text.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
    let ends = text.get(length).is_none_or(|next| next.is_ascii() && !matches!(next, b'\'' | b'-'));
    (length > 0 && ends).then_some(length)
}

/// The length of the first word or symbol; `None` if nothing is visible.
fn visible(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    match class(first) {
        Class::Hidden => None,
        Class::Letter => Some(run_of_letters(text)),
        Class::Ideograph | Class::Symbol | Class::Mark => Some(symbol(text, first)),
    }
}

/// Whether nothing of a text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    Words(text).next().is_none()
}

/// Whether one of [`words`] consists of letters or digits, not punctuation or symbols.
pub fn is_word(word: &str) -> bool {
    word.chars().next().is_some_and(|c| matches!(class(c), Class::Letter | Class::Ideograph))
}

/// A word in lower case with straight apostrophes.
pub(crate) fn fold(word: &str) -> Cow<'_, str> {
    if !word.is_ascii() {
        Cow::Owned(word.to_lowercase().replace('\u{2019}', "'"))
    } else if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// A word preceded by its length and first letters, which usually suffice to compare it.
pub(crate) type Told<'t> = (u64, &'t str);

pub(crate) fn told(word: &str) -> Told<'_> {
    let letters = word.bytes().take(7).fold(0, |letters, byte| letters << 8 | u64::from(byte));
    ((word.len() as u64) << 56 | letters, word)
}

/// The number of distinct words.
pub(crate) fn different<'t>(words: impl Iterator<Item = &'t str>) -> usize {
    let mut words: Vec<Told> = words.map(told).collect();
    words.sort_unstable();
    words.dedup();
    words.len()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Ideograph,
    Mark,
    Symbol,
    Hidden,
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
            '\0'..=' ' | '\x7f' => Class::Hidden,
            _ => Class::Symbol,
        };
    }
    if is_ideograph(c) {
        return Class::Ideograph;
    }
    match get_general_category(c) {
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark => {
            Class::Mark
        }
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::SpaceSeparator
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => Class::Hidden,
        _ if c.is_alphanumeric() => Class::Letter,
        _ => Class::Symbol,
    }
}

/// Whether a character is a word by itself: an ideograph or kana.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}' | '\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters that continue a word if a letter follows: apostrophes, hyphens, joiners.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2019}' | '\u{2bc}' | '-' | '\u{2010}' | '\u{2011}' | '\u{ad}' | '\u{200c}' | '\u{200d}'
    )
}

fn run_of_letters(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut end = 0;
    while let Some((at, c)) = chars.next() {
        let inside = match class(c) {
            Class::Letter | Class::Mark => true,
            _ => joins(c) && chars.peek().is_some_and(|(_, next)| class(*next) == Class::Letter),
        };
        if !inside {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn is_flag_half(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

fn symbol(text: &str, first: char) -> usize {
    let mut end = first.len_utf8();
    let mut chars = text[end..].chars().peekable();
    if is_flag_half(first) {
        return end + chars.next().filter(|c| is_flag_half(*c)).map_or(0, char::len_utf8);
    }
    let mut joined = false;
    while let Some(&c) = chars.peek() {
        let belongs = joined && class(c) == Class::Symbol
            || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
            || class(c) == Class::Mark
            || c == '\u{200d}' && !first.is_ascii();
        if !belongs {
            break;
        }
        joined = c == '\u{200d}';
        end += c.len_utf8();
        chars.next();
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_keep_apostrophes_and_hyphens_inside() {
        assert_eq!(words("Don't re-use it--now!"), ["Don't", "re-use", "it", "-", "-", "now", "!"]);
        assert_eq!(words("it\u{2019}s 'quoted' 3.5"), ["it\u{2019}s", "'", "quoted", "'", "3", ".", "5"]);
        assert_eq!(words(" \t\n\u{200b}"), [""; 0]);
    }

    #[test]
    fn other_scripts_are_cut_sensibly() {
        assert_eq!(words("我们明天见。"), ["我", "们", "明", "天", "见", "。"]);
        assert_eq!(words("Zażółć gęślą jaźń"), ["Zażółć", "gęślą", "jaźń"]);
        assert_eq!(words("مرحبا بكم؟"), ["مرحبا", "بكم", "؟"]);
        assert_eq!(words("cafe\u{301} ok"), ["cafe\u{301}", "ok"]);
        assert_eq!(words("👩\u{200d}👧 👍🏽 🇵🇱"), ["👩\u{200d}👧", "👍🏽", "🇵🇱"]);
        assert!(is_word("我") && is_word("3") && !is_word("👍🏽") && !is_word("!"));
    }

    proptest! {
        #[test]
        fn words_lie_in_order_and_hold_every_visible_character(text in any::<String>()) {
            let mut from = text.as_ptr() as usize;
            for word in words(&text) {
                prop_assert!(!word.is_empty());
                let at = word.as_ptr() as usize;
                prop_assert!(at >= from);
                let skipped = &text[from - text.as_ptr() as usize..at - text.as_ptr() as usize];
                prop_assert!(skipped.chars().all(|c| class(c) == Class::Hidden));
                from = at + word.len();
            }
        }
    }
}
