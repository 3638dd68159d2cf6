//! Lines, paragraphs, lists, sentences; and which part of a message is the writer's own.
//!
//! Invariant: what is given back are slices of the text, in order and without overlap.

/// What a line is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing visible.
    Blank,
    /// An item of a list with bullets.
    Bullet,
    /// An item of a list with numbers.
    Numbered,
    /// A heading, marked with number signs.
    Heading,
    /// Any other line.
    Plain,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'t> {
    /// Its text without surrounding white space.
    pub text: &'t str,
    /// What it is.
    pub kind: LineKind,
}

/// The lines of a text.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().map(|line| {
        let text = line.trim();
        Line { text, kind: kind(text) }
    })
}

fn kind(line: &str) -> LineKind {
    if line.is_empty() {
        return LineKind::Blank;
    }
    if let Some(rest) = line.strip_prefix(['-', '*', '+', '•', '‣', '▪', '◦', '–', '·']) {
        return if rest.starts_with(char::is_whitespace) { LineKind::Bullet } else { LineKind::Plain };
    }
    let after_marks = line.trim_start_matches('#');
    if after_marks.len() < line.len() {
        let marks = line.len() - after_marks.len();
        let heading = marks <= 6 && after_marks.starts_with(char::is_whitespace);
        return if heading { LineKind::Heading } else { LineKind::Plain };
    }
    let after_digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - after_digits.len();
    let numbered = (1..=3).contains(&digits)
        && after_digits.strip_prefix(['.', ')']).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    if numbered { LineKind::Numbered } else { LineKind::Plain }
}

/// The paragraphs: stretches of lines that blank lines set apart.
pub fn paragraphs(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            found.extend(start.take().map(|start| text[start..at].trim()));
        } else {
            start.get_or_insert(at);
        }
        at += line.len();
    }
    found.extend(start.map(|start| text[start..].trim()));
    found
}

/// A line at least so long that does not end a sentence is taken to be wrapped.
const WRAPPED_BYTES: usize = 50;

/// The sentences. A line break ends one, too, unless the line looks wrapped. Takes linear time.
pub fn sentences(text: &str) -> Vec<&str> {
    let lower = starts_in_lower_case(text);
    let mut found = Vec::new();
    let mut open = Open::default();
    let mut line_start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = at + c.len_utf8();
        open.see(at, c);
        if c == '\n' {
            let wrapped = at - line_start >= WRAPPED_BYTES
                && text[after..].chars().next().is_some_and(char::is_alphanumeric);
            if !wrapped {
                found.extend(open.end(text, after));
            }
            line_start = after;
        } else if is_terminator(c) {
            let mut end = after;
            while let Some((next, follower)) = chars.peek().copied() {
                if !is_terminator(follower) && !closes(follower) {
                    break;
                }
                end = next + follower.len_utf8();
                chars.next();
            }
            let wide = matches!(c, '。' | '！' | '？' | '｡');
            let spaced = text[end..].chars().next().is_none_or(char::is_whitespace);
            let stop = c == '.' && end == after;
            let before = &text[open.start.unwrap_or(at)..at];
            if wide || spaced && !(stop && abbreviates(before, &text[after..], lower)) {
                found.extend(open.end(text, end));
            }
        }
    }
    found.extend(open.end(text, text.len()));
    found
}

/// A sentence that has not ended yet.
#[derive(Default)]
struct Open {
    /// Where its first visible character is.
    start: Option<usize>,
    /// Whether it has a letter or digit.
    spoken: bool,
}

impl Open {
    fn see(&mut self, at: usize, c: char) {
        if !c.is_whitespace() {
            self.start.get_or_insert(at);
        }
        self.spoken |= c.is_alphanumeric();
    }

    /// The sentence that ends here. Marks alone are none: they open the next.
    fn end<'t>(&mut self, text: &'t str, end: usize) -> Option<&'t str> {
        let start = self.start.filter(|_| self.spoken)?;
        *self = Self::default();
        Some(text[start..end].trim_end())
    }
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '؟' | '۔' | '।')
}

fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）' | '*' | '_')
}

/// Whether the writer starts sentences in lower case, so that a small letter after a full stop tells of no
/// abbreviation: two full stops or more have one after them, and most of them do.
fn starts_in_lower_case(text: &str) -> bool {
    let (mut lower, mut upper) = (0, 0);
    let mut stopped = false;
    for c in text.chars() {
        if stopped && c.is_alphabetic() {
            lower += usize::from(c.is_lowercase());
            upper += usize::from(c.is_uppercase());
        }
        stopped = c == '.' || stopped && c.is_whitespace();
    }
    lower >= 2 && lower > upper
}

/// Whether a full stop between `before`, the sentence up to it, and `after` belongs to an abbreviation, an initial or a
/// list number; `lower` where sentences start in lower case.
fn abbreviates(before: &str, after: &str, lower: bool) -> bool {
    const ALWAYS: [&str; 12] =
        ["mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "approx", "fig", "cf"];
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
    lower_follows || initial || list_number || ALWAYS.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// The writer's own part of a message: without quoted lines, without what follows the announcement of a quote
/// ("On ... wrote:", "Original Message"), and without the signature below a line of two hyphens.
pub fn own_text(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let shown = bare.trim();
        let announces = shown.starts_with("On ") && shown.ends_with("wrote:")
            || shown.starts_with("---") && shown.contains("Original Message");
        if announces || bare == "-- " || bare == "--" {
            break;
        }
        if !shown.starts_with('>') {
            own.push_str(line);
        }
    }
    // A text that is nothing but quotes is the writer's own choice.
    if own.trim().is_empty() { text.to_owned() } else { own }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LineKind::{Blank, Bullet, Heading, Numbered, Plain};
    use super::*;

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
    }

    #[test]
    fn lines_are_told_by_their_form() {
        let kinds: Vec<LineKind> =
            lines("# Plan\n\n- one\n2) two\n*bold*\n1999. no").map(|l| l.kind).collect();
        assert_eq!(kinds, [Heading, Blank, Bullet, Numbered, Plain, Plain]);
        assert_eq!(paragraphs("a\nb\n\n \nc\n"), ["a\nb", "c"]);
    }

    #[test]
    fn quotes_and_signatures_are_not_the_writers_own() {
        assert_eq!(own_text("Yes.\n> Really?\nFine.\n-- \nSam, CEO"), "Yes.\nFine.\n");
        assert_eq!(own_text("Sure.\nOn Monday Ann wrote:\nlong"), "Sure.\n");
        assert_eq!(own_text("> only a quote"), "> only a quote");
    }

    #[test]
    fn texts_of_marks_and_spaces_take_linear_time() {
        // A minute and more each, where every mark looks back to the start.
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
            let _ = (own_text(&text), paragraphs(&text), lines(&text).count());
        }
    }
}
