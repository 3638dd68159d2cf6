//! What mail programs, lists and firms put below a message: signatures, notices, disclaimers.
//!
//! Invariant: what is set aside is whole lines at the end of a text. A doubtful tail stays.

use crate::document::announcements::{addressed, bare};
use crate::language::{Mail, mail};

/// The longest signature of a program, in words.
const SIGNATURE_WORDS_MAX: usize = 12;
/// Where no spaces are written, so many letters count as a word.
const LETTERS_A_WORD: usize = 8;
/// The longest signature below a line of marks, in lines, and its longest line, in words.
const CARD_LINES_MAX: usize = 8;
const CARD_WORDS_MAX: usize = 10;
/// The longest notice that is looked for, in bytes.
const PARAGRAPH_BYTES_MAX: usize = 4096;
/// A notice of confidentiality says at least so many things that such a notice says.
const DISCLAIMED_MIN: usize = 3;

/// How much of a text is left without the tail that was put below it.
pub(super) fn without_tail(text: &str) -> usize {
    let mut left = text;
    while let Some(length) = without_last(left) {
        left = &left[..length];
    }
    left.len()
}

fn without_last(text: &str) -> Option<usize> {
    let shown = text.trim_end();
    let start = shown.rfind('\n').map_or(0, |at| at + 1);
    let last = bare(&shown[start..]);
    if last.is_empty() {
        return None;
    }
    if is_signature(last) || is_notice(last) {
        return Some(start);
    }
    let above = shown[..start].trim_end();
    let above_start = above.rfind('\n').map_or(0, |at| at + 1);
    let above_line = bare(&above[above_start..]);
    if is_link(last) && (is_signature(above_line) || is_notice(above_line)) {
        return Some(above_start);
    }
    let paragraph = last_paragraph(shown);
    let disclaims =
        disclaims(paragraph) || paragraph.lines().next().is_some_and(|line| is_notice(bare(line)));
    if disclaims {
        return Some(shown.len() - paragraph.len());
    }
    contact_lines(shown, paragraph)
}

/// The last paragraph, or the end of a long one.
fn last_paragraph(shown: &str) -> &str {
    let mut start = shown.len();
    for line in shown.split_inclusive('\n').rev() {
        if line.trim().is_empty() || shown.len() - start > PARAGRAPH_BYTES_MAX {
            break;
        }
        start -= line.len();
    }
    &shown[start..]
}

/// Whether a line is the signature of a device or a mail program.
fn is_signature(line: &str) -> bool {
    if line.len() > 200 {
        return false;
    }
    let line = without_links(line);
    let words = line.split_whitespace().count().max(line.chars().count() / LETTERS_A_WORD);
    let line =
        bare(&line).trim_end_matches(['.', '。', '!', ' ']).trim_matches(['_', '~', '-', '—', '[', ']', ' ']);
    let mail = mail();
    words <= SIGNATURE_WORDS_MAX
        && (mail.signatures.iter().any(|phrase| phrase.is(line))
            || mail.program_signatures.iter().any(|phrase| phrase.is(line)) && names_program(line, mail))
}

fn names_program(line: &str, mail: &Mail) -> bool {
    mail.programs.iter().any(|program| {
        line.match_indices(program).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !program.is_ascii() || before.is_none_or(|c| !c.is_ascii_alphanumeric())
        })
    })
}

/// A line without the addresses of its links: those in angle brackets, and those of Markdown.
fn without_links(line: &str) -> String {
    let mut left = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '[', ']']) {
        left.push_str(&rest[..at]);
        let (mark, after) = rest[at..].split_at(1);
        let close = match (mark, after.as_bytes().first()) {
            ("<", _) => after.find('>'),
            ("]", Some(b'(')) => after.find(')'),
            _ => None,
        };
        rest = close.map_or(after, |close| &after[close + 1..]);
    }
    left.push_str(rest);
    left
}

/// Whether a line is a notice of a program or a list.
fn is_notice(line: &str) -> bool {
    let line = line.trim_start_matches(['_', '~', '-', '—', '#', ' ']);
    mail().notices.iter().any(|notice| line.starts_with(notice))
}

/// Whether a line is a link, alone.
fn is_link(line: &str) -> bool {
    let line = line.trim_matches(['<', '>', '(', ')', '[', ']']);
    !line.contains(char::is_whitespace)
        && (line.starts_with("http") && line.contains("://") || line.starts_with("www."))
}

/// Whether a paragraph is a notice of confidentiality: it says several things that such notices say, one of which hardly
/// any other text says.
fn disclaims(paragraph: &str) -> bool {
    if paragraph.len() < 60 {
        return false;
    }
    let lower = paragraph.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |of: &[&str]| of.iter().filter(|phrase| lower.contains(**phrase)).count();
    let own = said(&mail().disclaimers);
    own >= 1 && own + said(&mail().disclaimer_words) >= DISCLAIMED_MIN
}

/// Where the lines of a signature begin that say how to reach someone: at least two at the end, below the name, which
/// stands below a sign-off.
fn contact_lines(shown: &str, paragraph: &str) -> Option<usize> {
    let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
    let above = shown[..shown.len() - paragraph.len()].trim_end();
    let sign_off = above.rsplit('\n').next().unwrap_or_default().trim();
    let signs_off = |line: &str| line.ends_with(',') && line.split_whitespace().count() <= 4;
    let signed = if signs_off(sign_off) { 0 } else { 1 + lines.iter().position(|line| signs_off(line))? };
    let card = lines.get(signed + 1..).filter(|card| is_card(card))?;
    let reachable = card.iter().filter(|line| reaches(line)).count();
    let place = card.first()?.as_ptr() as usize - shown.as_ptr() as usize;
    let start = shown[..place].rfind('\n').map_or(0, |at| at + 1);
    (reachable >= 2).then_some(start)
}

/// Whether a line says how to reach someone: a number, an address, a link.
fn reaches(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let words = line.split_whitespace().count();
    let calls = digits >= 7 && line.chars().filter(|c| c.is_alphabetic()).count() <= 16;
    calls || words <= 3 && (line.contains('@') || addressed(line) || line.split_whitespace().any(is_link))
}

/// Whether lines are a signature's: few, short, none of them a sentence.
fn is_card(lines: &[&str]) -> bool {
    let is_line = |line: &str| {
        let words = line.split_whitespace().count();
        words <= CARD_WORDS_MAX
            && line.len() <= 100
            && !(line.ends_with(['.', '!', '?', ';', ':']) && words > 3)
            && !line.starts_with(['-', '*', '#', '>', '|', '`'])
            || is_signature(bare(line))
    };
    (1..=CARD_LINES_MAX).contains(&lines.len()) && lines.iter().all(|line| is_line(line))
}

/// Whether a line of a message, `above` and `below` which the rest of it stands, begins a signature: two hyphens and a
/// space, or, where what is below looks like one, other such marks.
pub(super) fn begins_signature(line: &str, above: &str, below: &str) -> bool {
    let line = line.trim_end_matches(['\n', '\r']);
    let stripped = line.trim_matches('*');
    let marked = if line.starts_with('*') { stripped.trim() == "--" } else { line.trim_end() == "--" };
    let ruled = line.len() >= 2 && line.trim_end().bytes().all(|byte| byte == b'_') || line.trim() == "—";
    if line.trim().is_empty() || !marked && !ruled {
        return false;
    }
    let lines: Vec<&str> = below
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take(CARD_LINES_MAX + 1)
        .take_while(|line| !line.is_empty())
        .collect();
    let is_standard = marked && stripped.ends_with("-- ");
    if is_standard && !line.starts_with('*') {
        // In SQL, a comment with nothing in it.
        return !lines.iter().any(|line| line.starts_with("-- "));
    }
    // Below a heading, in Markdown, two hyphens underline it; nothing is directly above a signature.
    let heads =
        above.lines().next_back().is_some_and(|line| !line.trim().is_empty() && !line.starts_with('>'));
    let named = lines.first().is_some_and(|line| {
        let first = line.trim_start_matches('*').chars().next();
        first.is_some_and(|c| !c.is_lowercase() && c.is_alphanumeric())
    });
    let heads = heads && !lines.iter().any(|line| reaches(line));
    lines.is_empty() && marked && !heads || named && !heads && is_card(&lines)
}
