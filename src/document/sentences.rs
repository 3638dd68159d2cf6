//! Sentence segmentation.
//!
//! Invariant: sentences are slices of the text, in order and without overlap; any text is segmented in time linear in
//! its length.

use crate::language::Language;

/// A line of at least this length that does not end a sentence is assumed to be wrapped.
const WRAPPED_BYTES: usize = 50;

/// The sentences of a text. A line break ends a sentence, too, unless the line looks wrapped. Takes linear time.
pub fn sentences<'t>(text: &'t str, language: &Language) -> Vec<&'t str> {
    let lower = starts_in_lower_case(text);
    let mut found = Vec::new();
    let mut open = Open::new(text);
    let mut line_start = 0;
    let mut at = 0;
    while let Some((mark, c)) = next_mark(text, at) {
        at = mark + c.len_utf8();
        if c == '\n' {
            let wrapped = mark - line_start >= WRAPPED_BYTES && text[at..].starts_with(char::is_alphanumeric);
            if !wrapped {
                found.extend(open.end(at));
            }
            line_start = at;
        } else {
            let after = at;
            let rest = &text[after..];
            at = text.len() - rest.trim_start_matches(|c| is_terminator(c) || closes(c)).len();
            let wide = matches!(c, '。' | '！' | '？' | '｡');
            let next = &text[at..];
            let spaced = next.chars().next().is_none_or(char::is_whitespace)
                || next.starts_with("</")
                || next.starts_with("<br");
            let stop = c == '.' && at == after;
            if wide || spaced && !(stop && abbreviates(language, open.up_to(mark), rest, lower)) {
                found.extend(open.end(at));
            }
        }
    }
    found.extend(open.end(text.len()));
    found
}

/// The next line break or mark that may end a sentence, at or after an offset.
fn next_mark(text: &str, from: usize) -> Option<(usize, char)> {
    let mut at = from;
    loop {
        let may_be = |byte: &u8| matches!(byte, b'\n' | b'.' | b'!' | b'?' | 0x80..);
        at += text.as_bytes()[at..].iter().position(may_be)?;
        let c = text[at..].chars().next()?;
        if c == '\n' || is_terminator(c) {
            return Some((at, c));
        }
        at += c.len_utf8();
    }
}

/// A sentence that has not ended yet.
struct Open<'t> {
    text: &'t str,
    /// Where it may start: there is nothing visible between the previous sentence and this offset.
    start: usize,
    /// There is no letter or digit before this offset.
    silent: usize,
}

impl<'t> Open<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, start: 0, silent: 0 }
    }

    /// Its visible text up to an offset.
    fn up_to(&mut self, end: usize) -> &'t str {
        let text = self.text[self.start..end].trim_start();
        self.start = end - text.len();
        text
    }

    /// The sentence that ends here; `None` if it has only marks, which are then prepended to the next sentence.
    fn end(&mut self, end: usize) -> Option<&'t str> {
        let unheard = &self.text[self.silent..end];
        self.silent += unheard.find(char::is_alphanumeric).unwrap_or(unheard.len());
        if self.silent == end {
            return None;
        }
        let sentence = self.up_to(end).trim_end();
        (self.start, self.silent) = (end, end);
        Some(sentence)
    }
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '؟' | '۔' | '।')
}

fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）' | '*' | '_')
}

/// Whether the writer starts sentences in lower case, so that a lower-case letter after a full stop does not indicate
/// an abbreviation: at least two full stops, and most of all, are followed by one.
fn starts_in_lower_case(text: &str) -> bool {
    let (mut lower, mut upper) = (0, 0);
    for after in text.split('.').skip(1) {
        let first = after.trim_start().chars().next().filter(|c| c.is_alphabetic());
        lower += usize::from(first.is_some_and(char::is_lowercase));
        upper += usize::from(first.is_some_and(char::is_uppercase));
    }
    lower >= 2 && lower > upper
}

/// Whether the full stop between `before` (the sentence up to it) and `after` belongs to an abbreviation, an initial
/// or a list number. `lower` means that the writer starts sentences in lower case.
fn abbreviates(language: &Language, before: &str, after: &str, lower: bool) -> bool {
    let last = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let last = last.trim_start_matches(['(', '[', '"', '\'', '“', '‘']);
    let lower_follows =
        (!lower || last.contains('.')) && after.trim_start().chars().next().is_some_and(char::is_lowercase);
    let mut chars = last.chars();
    let initial = matches!((chars.next(), chars.next()), (Some(c), None) if c.is_uppercase() && c != 'I');
    let list_number = before.len() == last.len()
        && !last.is_empty()
        && last.len() <= 3
        && last.bytes().all(|b| b.is_ascii_digit());
    lower_follows || initial || list_number || language.abbreviates(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        super::sentences(text, Language::english())
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(
            sentences("Dr. Smith came at 3.30 p.m. and left. \"Why?\" she asked! See e.g. this... OK"),
            ["Dr. Smith came at 3.30 p.m. and left.", "\"Why?\"", "she asked!", "See e.g. this...", "OK"]
        );
        assert_eq!(sentences("你好。我很好！"), ["你好。", "我很好！"]);
        assert_eq!(sentences("Hi Sam,\nthanks\n\n- one\n- two"), ["Hi Sam,", "thanks", "- one", "- two"]);
        assert_eq!(
            sentences("This line is long enough that it was surely wrapped by\nthe mail program. Yes."),
            ["This line is long enough that it was surely wrapped by\nthe mail program.", "Yes."]
        );
        assert_eq!(sentences("... !!"), [""; 0]);
        assert_eq!(
            sentences("it rained. we left at 5 p.m. on foot. nobody saw us, e.g. the dog."),
            ["it rained.", "we left at 5 p.m. on foot.", "nobody saw us, e.g. the dog."]
        );
        assert_eq!(sentences("The dept. of parks is shut."), ["The dept. of parks is shut."]);
        assert_eq!(sentences("See pp. 12 and Fig. 3. Thanks."), ["See pp. 12 and Fig. 3.", "Thanks."]);
        assert_eq!(sentences("<p>Yes. Now!</p><p>No?</p>"), ["<p>Yes.", "Now!", "</p><p>No?", "</p>"]);
        let plain = |text| super::sentences(text, Language::plain()).len();
        assert_eq!(plain("Wir treffen uns z. B. am Montag. Gru\u{df} an Fr. Berg und Hrn. Lee."), 2);
        assert_eq!(plain("M. Dupont et Mme. Berg viennent. Merci !"), 2);
    }

    #[test]
    fn texts_of_marks_and_spaces_take_linear_time() {
        // Each takes over a minute if every mark looks back to the start.
        let half = 1 << 19;
        let spaces = " ".repeat(half);
        assert_eq!(sentences(&"! ".repeat(half)), [""; 0]);
        assert_eq!(sentences(&format!("!{}", "\n".repeat(2 * half))), [""; 0]);
        assert_eq!(sentences(&format!("{spaces}{}", "! ".repeat(half / 2))), [""; 0]);
        let titles = "Mr. ".repeat(half / 4);
        assert_eq!(sentences(&format!("{spaces}{titles}")), [titles.trim_end()]);
    }

    proptest! {
        #[test]
        fn sentences_are_slices_in_order(text in any::<String>()) {
            let mut from = text.as_ptr() as usize;
            for sentence in sentences(&text) {
                let at = sentence.as_ptr() as usize;
                prop_assert!(at >= from);
                from = at + sentence.len();
            }
        }
    }
}
