//! One form for what is the same text in several: letters with their marks in one character or two, ligatures, wide
//! letters, characters that are not seen.
//!
//! Invariant: what is shown to a person or sought is not rewritten; only what is measured is.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A text in the form in which texts are compared: normalization form C, letters by themselves and not in ligatures,
/// letters and digits of the usual width, without soft hyphens, spaces of no width between letters, and kashidas. Marks
/// stay as they are: a wide comma is another mark.
pub(super) fn same_form(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) && !text.chars().any(changes) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut chars = text.nfc().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{ad}' | '\u{640}' => {}
            '\u{200b}' | '\u{2060}' | '\u{feff}' => {
                let cased = |c: char| c.is_lowercase() || c.is_uppercase();
                let within = written.chars().next_back().is_some_and(cased)
                    && chars.peek().is_some_and(|next| cased(*next));
                if !within {
                    written.push(c);
                }
            }
            '\u{fb00}'..='\u{fb06}' => written.extend(c.nfkc()),
            '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
                written.extend(c.nfkc());
            }
            _ => written.push(c),
        }
    }
    if written == text { Cow::Borrowed(text) } else { Cow::Owned(written) }
}

fn changes(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{640}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fb00}'..='\u{fb06}'
            | '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_text_has_one_form() {
        for (written, form) in [
            ("cafe\u{301} in Zu\u{308}rich", "caf\u{e9} in Z\u{fc}rich"),
            ("o\u{fb03}ce, \u{fb01}nd", "office, find"),
            ("in\u{ad}for\u{ad}ma\u{ad}tion", "information"),
            ("of\u{200b}fice", "office"),
            ("\u{ff28}\u{ff45}\u{ff4c}\u{ff4c}\u{ff4f}\u{ff0c}\u{ff11}", "Hello\u{ff0c}1"),
            (
                "\u{627}\u{644}\u{633}\u{640}\u{640}\u{644}\u{627}\u{645}",
                "\u{627}\u{644}\u{633}\u{644}\u{627}\u{645}",
            ),
        ] {
            assert_eq!(same_form(written), form);
        }
        for kept in [
            "caf\u{e9}",
            "\u{1f469}\u{200d}\u{1f467}",
            "\u{e41}\u{200b}\u{e21}",
            "\u{645}\u{6cc}\u{200c}\u{62e}",
        ] {
            assert!(matches!(same_form(kept), Cow::Borrowed(same) if same == kept));
        }
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(text in any::<String>()) {
            let form = same_form(&text);
            prop_assert_eq!(same_form(&form), form.as_ref());
        }
    }
}
