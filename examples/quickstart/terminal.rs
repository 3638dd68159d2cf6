//! Output for a terminal of 80 columns: measured, truncated, wrapped and optionally coloured.
//!
//! Invariant: no line is wider than [`WIDTH`] columns, and without a terminal (or with `NO_COLOR` set) no escape
//! sequence is written. Control characters in texts never reach the terminal.

use std::io::{self, IsTerminal, Write};

/// Columns of a line.
pub(crate) const WIDTH: usize = 80;

/// Style of a piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Heading,
    Quiet,
    Good,
    Warn,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Heading => "\x1b[1m",
            Self::Quiet => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Warn => "\x1b[33m",
        }
    }
}

/// Standard output.
pub(crate) struct Terminal {
    out: Box<dyn Write>,
    colour: bool,
}

impl Terminal {
    /// Standard output, with colour only if it is a terminal and `NO_COLOR` is unset or empty.
    pub(crate) fn stdout() -> Self {
        let stdout = io::stdout();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: stdout.is_terminal() && wanted, out: Box::new(stdout) }
    }

    /// Prints one line of pieces, truncated to the width. Ends the program silently if the reader closed the pipe.
    pub(crate) fn line(&mut self, pieces: &[(Ink, &str)]) {
        let mut text = String::new();
        let mut left = WIDTH;
        for (ink, piece) in pieces {
            let piece = fit(piece, left);
            left -= width(&piece);
            if self.colour && *ink != Ink::Plain && !piece.trim().is_empty() {
                text.push_str(ink.code());
                text.push_str(&piece);
                text.push_str("\x1b[0m");
            } else {
                text.push_str(&piece);
            }
        }
        let text = if self.colour { text.as_str() } else { text.trim_end() };
        if writeln!(self.out, "{text}").and_then(|()| self.out.flush()).is_err() {
            std::process::exit(0);
        }
    }

    /// Prints a line in one style.
    pub(crate) fn say(&mut self, ink: Ink, text: &str) {
        self.line(&[(ink, text)]);
    }

    /// Prints an empty line.
    pub(crate) fn gap(&mut self) {
        self.say(Ink::Plain, "");
    }

    /// Prints an empty line and a heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        self.say(Ink::Heading, text);
    }

    /// Prints `label` in a column of `indent`, then `text` wrapped in the remaining width.
    pub(crate) fn labelled(&mut self, indent: usize, label: &str, ink: Ink, text: &str) {
        let mut label = pad(label, indent);
        for line in wrap(text, WIDTH - indent) {
            self.line(&[(Ink::Quiet, &label), (ink, &line)]);
            label = " ".repeat(indent);
        }
    }

    /// Prints a wrapped paragraph.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.labelled(2, "", Ink::Plain, text);
    }
}

/// Width of a character in columns: 0 for joiners and combining marks, 2 for East Asian wide forms and emoji.
#[expect(clippy::match_same_arms, reason = "one arm per block of the table")]
fn columns(c: char) -> usize {
    match c as u32 {
        0x0300..=0x036f | 0x1ab0..=0x1aff | 0x20d0..=0x20ff | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1f3fb..=0x1f3ff | 0xe_0000..=0xe_01ef => 0,
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 => 2,
        0x1f000..=0x1faff | 0x2_0000..=0x3_fffd => 2,
        0x231a..=0x231b | 0x23e9..=0x23ec | 0x2614..=0x2615 | 0x2648..=0x2653 | 0x26a1 | 0x2705 => 2,
        0x2728 | 0x274c | 0x2753..=0x2757 | 0x2b50 => 2,
        _ => 1,
    }
}

/// Width of a text in columns.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// `text` on one line, without control characters, truncated to `columns_left` columns.
pub(crate) fn fit(text: &str, columns_left: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&clean) <= columns_left {
        return clean;
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in clean.chars() {
        used += columns(c);
        if used > columns_left {
            break;
        }
        cut.push(c);
    }
    if columns_left > 0 {
        cut.push('…');
    }
    cut
}

/// `text` truncated or padded to exactly `columns_wanted` columns.
pub(crate) fn pad(text: &str, columns_wanted: usize) -> String {
    let mut text = fit(text, columns_wanted);
    text.push_str(&" ".repeat(columns_wanted.saturating_sub(width(&text))));
    text
}

/// `text` in lines of at most `columns_left` columns, broken at spaces.
pub(crate) fn wrap(text: &str, columns_left: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word = fit(word, columns_left);
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            *last = word;
        } else if width(last) + 1 + width(&word) <= columns_left {
            last.push(' ');
            last.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

/// A bar of `cells` cells, filled to `share` (0 to 1).
pub(crate) fn bar(share: f64, cells: usize) -> String {
    let filled = ((share.clamp(0.0, 1.0) * cells as f64).round() as usize).min(cells);
    format!("{}{}", "#".repeat(filled), ".".repeat(cells - filled))
}
