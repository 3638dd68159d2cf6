//! Lines and paragraphs, and kinds of lines.
//!
//! Invariant: the results are slices of the text, in order and without overlap.

/// The kind of a line, by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing visible.
    Blank,
    /// An item of a bulleted list.
    Bullet,
    /// An item of a numbered list.
    Numbered,
    /// A heading marked with number signs.
    Heading,
    /// Any other line.
    Plain,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'t> {
    /// Its text without surrounding white space.
    pub text: &'t str,
    /// Its kind.
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

/// The paragraphs: runs of lines separated by blank lines.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LineKind::{Blank, Bullet, Heading, Numbered, Plain};
    use super::*;

    #[test]
    fn lines_are_recognised_by_their_form() {
        let kinds: Vec<LineKind> =
            lines("# Plan\n\n- one\n2) two\n*bold*\n1999. no").map(|l| l.kind).collect();
        assert_eq!(kinds, [Heading, Blank, Bullet, Numbered, Plain, Plain]);
        assert_eq!(paragraphs("a\nb\n\n \nc\n"), ["a\nb", "c"]);
    }

    proptest! {
        #[test]
        fn any_text_has_lines(text in any::<String>()) {
            let _ = (paragraphs(&text), lines(&text).count());
        }
    }
}
