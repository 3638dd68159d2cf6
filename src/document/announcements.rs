//! What announces another's text in a mail: who wrote it and when, a line that sets it apart, the headers of a mail.
//!
//! Invariant: an announcement is whole lines at the beginning of what is left of a text; a bounded number of bounded
//! lines is looked at. Which part of the text is the writer's, `own_part` says.

use crate::language::mail;

/// Longer lines are prose.
const LINE_BYTES_MAX: usize = 400;
/// Over so many lines mail programs wrap who wrote what.
const WRAPPED_LINES_MAX: usize = 3;
const HEADERS_MAX: usize = 12;
/// Between a rule and the headers below it.
const EMPTY_LINES_MAX: usize = 2;
/// Names of headers are shorter.
const NAME_BYTES_MAX: usize = 40;
/// An attribution without a date or an address is shorter.
const SHORT_WORDS_MAX: usize = 8;

/// The length of the announcement of another's text that a text begins with; `apart` where nothing is directly above it.
pub(super) fn announcement(text: &str, apart: bool) -> Option<usize> {
    let first = text.split_inclusive('\n').next()?;
    let shown = bare(first);
    if shown.is_empty() || shown.len() > LINE_BYTES_MAX {
        return None;
    }
    if separates(shown) {
        return Some(first.len());
    }
    let rule = shown.len() >= 4 && shown.bytes().all(|byte| matches!(byte, b'_' | b'-' | b'='));
    if rule {
        let empty = |line: &&str| line.trim().is_empty();
        let below = text[first.len()..].split_inclusive('\n').take(EMPTY_LINES_MAX).take_while(empty);
        let start = first.len() + below.map(str::len).sum::<usize>();
        return heads_mail(&text[start..], true).map(|length| start + length);
    }
    heads_mail(text, apart).or_else(|| attribution(text, apart))
}

/// Whether the first visible line is quoted.
pub(super) fn quotes(text: &str) -> bool {
    text.trim_start().starts_with('>')
}

/// A line without what surrounds it: white space, marks of bold and slanted type, marks of direction.
pub(super) fn bare(line: &str) -> &str {
    line.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    })
}

/// Whether a line sets a text apart that is another's.
fn separates(line: &str) -> bool {
    let is_rule = |c: char| matches!(c, '-' | '=' | '_' | '~' | '—' | '–' | '#' | '+');
    let inside = line.trim_matches(|c| is_rule(c) || c == ' ');
    if inside.len() == line.len() {
        return line.ends_with([':', '：']) && mail().whole_lines.iter().any(|whole| same(whole, line));
    }
    let marked = |marks: &str| marks.chars().filter(|c| is_rule(*c)).take(2).count() == 2;
    let start = line.len() - line.trim_start_matches(|c| is_rule(c) || c == ' ').len();
    let (before, after) = (&line[..start], &line[(start + inside.len()).min(line.len())..]);
    if !marked(before) {
        return false;
    }
    let above = || {
        let lower = inside.to_lowercase();
        mail().reply_above.iter().any(|phrase| lower.contains(phrase))
    };
    if above() {
        return true;
    }
    let inside = inside.trim_end_matches([':', ' ']);
    marked(after)
        && (mail().between_dashes.iter().any(|phrase| phrase.is(&inside.replace('’', "'")))
            || dated(inside) && wrote(inside).is_some()
            || wrote(inside) == Some(Wrote::AtEnd))
}

/// Whether two phrases are the same but for the kind of spaces.
fn same(a: &str, b: &str) -> bool {
    let words = |line| str::split_whitespace(line).flat_map(|word: &str| word.split('\u{202f}'));
    words(a).eq(words(b))
}

/// The kinds of headers that say whose a mail is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    From,
    Date,
    To,
    Subject,
}

/// The header that a line is, with its value.
fn header(line: &str) -> Option<(Header, &str)> {
    let line = bare(line);
    let (at, colon) = line.char_indices().find(|(at, c)| matches!(c, ':' | '：') || *at > NAME_BYTES_MAX)?;
    if !matches!(colon, ':' | '：') {
        return None;
    }
    let (name, value) = (bare(&line[..at]), bare(&line[at + colon.len_utf8()..]));
    let any = |names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let mail = mail();
    let kinds = [
        (Header::From, &mail.from),
        (Header::Date, &mail.date),
        (Header::To, &mail.to),
        (Header::Subject, &mail.subject),
    ];
    kinds.into_iter().find(|(_, names)| any(names)).map(|(kind, _)| (kind, value))
}

/// The length of the headers of a mail that a text begins with: whom it is from and, in any order, at least one more.
/// Lists like "From: ... To: ..." are prose, too: some of it must look like a mail's, or stand by itself.
fn heads_mail(text: &str, apart: bool) -> Option<usize> {
    let mut lines = text.split_inclusive('\n').take(2 * HEADERS_MAX).peekable();
    let mut length = 0;
    let mut last = 0;
    let mut found: Vec<(Header, &str)> = Vec::new();
    while let Some(line) = lines.next() {
        length += line.len();
        if line.len() > LINE_BYTES_MAX && !line.contains('@') || found.len() == HEADERS_MAX {
            break;
        }
        if let Some((kind, value)) = header(line) {
            found.push((kind, value));
            last = length;
            continue;
        }
        let first = found.first()?;
        if line.trim().is_empty() {
            // Some programs put empty lines between headers.
            let goes_on = found.len() < 2 && lines.peek().is_some_and(|next| header(next).is_some());
            if goes_on && first.0 != Header::Subject {
                continue;
            }
            break;
        }
        // A header may go on in the next line, and there are others than are known here.
        let indented = line.starts_with([' ', '\t']);
        let unknown = bare(line).split_once(':').is_some_and(|(name, _)| {
            name.split_whitespace().count() <= 2 && lines.peek().is_some_and(|next| header(next).is_some())
        });
        if !(indented || unknown || addressed(line)) {
            break;
        }
        last = length;
    }
    let of = |kind: Header| found.iter().find(|(one, _)| *one == kind).map(|(_, value)| *value);
    let (from, date) = (of(Header::From)?, of(Header::Date));
    let subject = of(Header::Subject).is_some();
    let kinds =
        1 + usize::from(date.is_some()) + usize::from(of(Header::To).is_some()) + usize::from(subject);
    let shown = from.contains('@') || found.iter().any(|(_, value)| addressed(value));
    let at_time = date.is_some_and(|date| has_time(date) && dated(date));
    let alone = apart && kinds >= 3;
    let is_mail =
        kinds >= 2 && shown || at_time && (subject && kinds >= 3) || subject && date.is_some() && alone;
    is_mail.then_some(last)
}

/// The length of the lines that say who wrote what follows, and when.
fn attribution(text: &str, apart: bool) -> Option<usize> {
    let mut joined = String::new();
    let mut length = 0;
    for (at, line) in text.split_inclusive('\n').take(WRAPPED_LINES_MAX).enumerate() {
        let shown = bare(line);
        length += line.len();
        let closes = || joined.rfind('<') > joined.rfind('>');
        if shown.is_empty() || shown.starts_with('>') && !closes() || shown.len() > LINE_BYTES_MAX {
            return None;
        }
        if at > 0 {
            joined.push(' ');
        }
        joined.push_str(shown);
        let after = &text[length..];
        if shown.ends_with([':', '：']) {
            return attributes(&joined, after, at > 0).then_some(length);
        }
        let alone = apart && after.lines().next().is_none_or(|line| line.trim().is_empty());
        let without_colon = addressed(&joined) && dated(&joined) && (wrote(&joined) == Some(Wrote::AtEnd));
        if without_colon && (alone || quotes(after)) {
            return Some(length);
        }
        if at == 0 {
            if names_when_and_who(shown) && (alone || quotes(after)) {
                return Some(length);
            }
            let (opens, addressed) = (opens(shown), shown.contains('<'));
            let told = addressed || shown.contains(char::is_numeric);
            let ended = shown.ends_with(['.', '!', '?']) && !(opens || addressed);
            if ended || !told || !(opens || apart && (addressed || dated(shown))) {
                return None;
            }
        } else if opens(shown) && dated(shown) {
            return None;
        }
    }
    None
}

/// Whether a line begins as those that say when someone wrote.
fn opens(line: &str) -> bool {
    let mail = mail();
    let all = mail.openings.iter().chain(&mail.openings_of_dates);
    all.into_iter().any(|opening| begins(line, opening))
}

/// Whether a line begins with a word.
fn begins(line: &str, word: &str) -> bool {
    let rest = line.strip_prefix(word);
    rest.is_some_and(|rest| rest.starts_with([' ', '\u{a0}']) || !word.chars().any(cased))
}

/// A date and an address, and nothing else: who wrote, as old mail programs say it.
fn names_when_and_who(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit())
        && dated(line)
        && line.ends_with('>')
        && addressed(line)
        && line.split_whitespace().count() <= SHORT_WORDS_MAX
}

/// Whether a line that ends with a colon says who wrote what comes after. What "she wrote" is the writer's own account
/// of it, unless it is quoted.
fn attributes(line: &str, after: &str, wrapped: bool) -> bool {
    let said = line.trim_end_matches([':', '：', ' ', '\u{a0}', '\u{202f}']);
    let (wrote, dated, quoted) = (wrote(said), dated(said), quotes(after));
    if addressed(said) && (dated || wrote.is_some()) {
        return true;
    }
    let Some(wrote) = wrote else { return quoted && dated && has_time(said) };
    let is_short = said.split_whitespace().count() <= SHORT_WORDS_MAX;
    if quoted && (dated || wrote == Wrote::AtEnd || is_short) {
        return !wrapped || dated;
    }
    let opens_with = |openings: &[&str]| openings.iter().any(|opening| begins(said, opening));
    let words = said.split_whitespace().skip(usize::from(opens(said)));
    let retold = words.map(str::to_lowercase).any(|word| mail().pronouns.contains(&&*word));
    let digits = said.contains(|c: char| c.is_numeric());
    let opens = opens_with(&mail().openings) && (digits || !wrapped)
        || digits && opens_with(&mail().openings_of_dates);
    !retold && (opens || dated && has_time(said))
}

/// Where a line says that someone wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrote {
    AtEnd,
    Within,
}

fn wrote(line: &str) -> Option<Wrote> {
    let line = line.trim_end_matches([',', ' ', ')']);
    let found = |verb: &&'static str| {
        let verb = verb.trim_end_matches(')');
        let ends = |at: usize| {
            let bounded = verb.chars().any(cased);
            let next = line[at + verb.len()..].trim_start_matches(')').chars().next();
            let before = line[..at].chars().next_back();
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if bounded && (word(before) || word(next)) {
                return None;
            }
            Some(if next.is_none() { Wrote::AtEnd } else { Wrote::Within })
        };
        line.match_indices(verb).filter_map(|(at, _)| ends(at)).last()
    };
    let all: Vec<Wrote> = mail().wrote.iter().filter_map(found).collect();
    all.contains(&Wrote::AtEnd).then_some(Wrote::AtEnd).or_else(|| all.first().copied())
}

/// Whether a letter has a case: words of such scripts have spaces between them.
fn cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase()
}

/// Whether a line has a mail address in brackets.
pub(super) fn addressed(line: &str) -> bool {
    let line = &line[..line.floor_char_boundary(LINE_BYTES_MAX)];
    line.match_indices('@').any(|(at, _)| {
        let is_part =
            |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',');
        let before = line[..at].trim_end_matches(is_part);
        let after = line[at + 1..].trim_start_matches(is_part);
        let (local, domain) = (at - before.len(), line.len() - at - 1 - after.len());
        local > 0
            && domain > 2
            && before.trim_end().ends_with(['<', '(', '['])
            && after.trim_start().starts_with(['>', ')', ']'])
    })
}

/// Whether a line has a date with its year, or a time of day.
fn dated(line: &str) -> bool {
    let numbers = numbers(line);
    numbers
        .iter()
        .any(|(number, _)| number.len() == 4 && (number.starts_with("19") || number.starts_with("20")))
        || numbers.windows(2).any(|pair| {
            matches!(pair[0].1, "/" | "." | "-" | ". ") && matches!(pair[1].1, "/" | "." | "-" | ". ")
        })
        || has_time(line)
}

/// Whether a line has a time of day: hours and minutes.
fn has_time(line: &str) -> bool {
    let numbers = numbers(line);
    (0..numbers.len()).any(|at| {
        let (hours, mark) = numbers[at];
        let minutes = numbers.get(at + 1).map(|(number, _)| *number);
        let inside_date = at > 0 && matches!(numbers[at - 1].1, "." | "/" | "-" | ". ");
        let dot = mark == "." && !inside_date && numbers.get(at + 1).is_some_and(|(_, after)| *after != ".");
        hours.len() <= 2
            && minutes.is_some_and(|minutes| minutes.len() == 2)
            && (mark == ":" || dot || matches!(mark, "h" | "時" | "点" | "시 "))
    })
}

/// The numbers of a line, each with what is between it and the next one.
fn numbers(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let digit = |c: char| c.is_ascii_digit();
    let mut rest = line;
    while let Some(start) = rest.find(digit) {
        rest = &rest[start..];
        let (number, after) = rest.split_at(rest.find(|c| !digit(c)).unwrap_or(rest.len()));
        found.push((number, &after[..after.find(digit).unwrap_or(after.len())]));
        rest = after;
    }
    found
}
