//! The user's own lines: one JSON object per line, `{"context","draft","final","scope"?,"at"?}`.
//!
//! Invariant: an unusable line is reported by its number and the reason and does not affect other lines; the reason
//! never repeats the line's content. A file's size is checked before it is read.

use std::fs;
use std::path::Path;

use idiolect::{Scope, Timestamp};
use serde_json::Value;

/// Maximum file size in bytes.
const FILE_MAX: u64 = 256 << 20;

/// One usable line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Line number in the file, from 1.
    pub(crate) number: usize,
    pub(crate) context: String,
    pub(crate) draft: String,
    pub(crate) edited: String,
    pub(crate) scope: Scope,
    pub(crate) at: Option<Timestamp>,
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BadLine {
    pub(crate) number: usize,
    pub(crate) reason: String,
}

/// A file's lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    pub(crate) good: Vec<Line>,
    pub(crate) bad: Vec<BadLine>,
}

/// Reads a file.
///
/// # Errors
/// A message for the user: why the file as a whole cannot be used.
pub(crate) fn read(path: &Path) -> Result<Lines, String> {
    let shown = path.display();
    let about = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{shown}: there is no such file"),
        _ => format!("{shown} cannot be read: {error}"),
    })?;
    if about.is_dir() {
        return Err(format!("{shown} is a folder; pass a file with one JSON object per line"));
    }
    if about.len() > FILE_MAX {
        return Err(format!("{shown} has {} bytes; at most {FILE_MAX} are read", about.len()));
    }
    let bytes = fs::read(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    parse(&bytes).map_err(|reason| format!("{shown} {reason}"))
}

/// Parses a file's bytes.
fn parse(bytes: &[u8]) -> Result<Lines, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = Lines::default();
    for (index, raw) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if raw.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match parse_line(index + 1, raw) {
            Ok(line) => lines.good.push(line),
            Err(reason) => lines.bad.push(BadLine { number: index + 1, reason }),
        }
    }
    if lines.good.is_empty() && lines.bad.is_empty() {
        return Err("is empty; it needs one JSON object per line".to_owned());
    }
    Ok(lines)
}

fn parse_line(number: usize, raw: &[u8]) -> Result<Line, String> {
    let text = std::str::from_utf8(raw)
        .map_err(|error| format!("not UTF-8 (first bad byte at {})", error.valid_up_to()))?;
    let value: Value = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "not JSON: the line ends too early".to_owned(),
        _ => format!("not JSON (column {})", error.column()),
    })?;
    let Value::Object(fields) = value else { return Err("not a JSON object".to_owned()) };
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Err(format!("`{name}` is missing")),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("`{name}` is not a text")),
    };
    Ok(Line {
        number,
        context: text("context")?,
        draft: text("draft")?,
        edited: text("final")?,
        scope: scope(fields.get("scope"))?,
        at: moment(fields.get("at"))?,
    })
}

/// The parts of a scope, in order.
const PARTS: [&str; 4] = ["app", "task", "audience", "locale"];

/// Parses a scope: an object with any of app, task, audience, locale, or these joined by slashes.
fn scope(value: Option<&Value>) -> Result<Scope, String> {
    let mut scope = Scope::person();
    let set = |scope: &mut Scope, name: &str, part: String| match name {
        "app" => scope.app = Some(part),
        "task" => scope.task = Some(part),
        "audience" => scope.audience = Some(part),
        _ => scope.locale = Some(part),
    };
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => {
            let parts: Vec<&str> = text.split('/').collect();
            if parts.len() > PARTS.len() {
                return Err(format!("`scope` has {} parts; app/task/audience/locale are 4", parts.len()));
            }
            for (name, part) in PARTS.into_iter().zip(parts).filter(|(_, part)| !part.trim().is_empty()) {
                set(&mut scope, name, part.trim().to_owned());
            }
        }
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                if !PARTS.contains(&name.as_str()) {
                    return Err("`scope` has a part that is not app, task, audience or locale".to_owned());
                }
                match value {
                    Value::Null => {}
                    Value::String(part) => set(&mut scope, name, part.clone()),
                    _ => return Err(format!("`scope.{name}` is not a text")),
                }
            }
        }
        Some(_) => return Err("`scope` is neither an object nor a text".to_owned()),
    }
    scope.validate().map_err(|error| error.to_string())?;
    Ok(scope)
}

/// Parses a time: RFC 3339, or milliseconds since 1970.
fn moment(value: Option<&Value>) -> Result<Option<Timestamp>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => number
            .as_i64()
            .map(|ms| Some(Timestamp(ms)))
            .ok_or_else(|| "`at` is not a whole number of milliseconds".to_owned()),
        Some(Value::String(text)) => {
            rfc3339(text).map(Some).ok_or_else(|| "`at` is not a time as in 2026-01-05T08:00:00Z".to_owned())
        }
        Some(_) => Err("`at` is neither a text nor a number".to_owned()),
    }
}

/// Parses an RFC 3339 time.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let sane = (1..=12).contains(&month) && (1..=days_of_month).contains(&day);
    if !marks || !sane || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut ms = 0;
    if is(at, b".") {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..3 {
            let digit = if place < digits { i64::from(bytes[at + 1 + place] - b'0') } else { 0 };
            ms = ms * 10 + digit;
        }
        at += 1 + digits;
    }
    let offset_minutes = if is(at, b"Zz") && bytes.len() == at + 1 {
        0
    } else if is(at, b"+-") && is(at + 3, b":") && bytes.len() == at + 6 {
        let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        (hours * 60 + minutes) * if bytes[at] == b'-' { -1 } else { 1 }
    } else {
        return None;
    };
    // Days since 1970 in the proleptic Gregorian calendar, with years that begin in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 719_469;
    let minutes = (days * 24 + hour) * 60 + minute - offset_minutes;
    Some(Timestamp((minutes * 60 + second) * 1000 + ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"context":"c","draft":"d","final":"f"}"#;

    #[test]
    fn each_bad_line_is_reported_and_the_others_are_kept() {
        let table: &[(&[u8], &str)] = &[
            (b"{\"context\":\"c\"", "not JSON: the line ends too early"),
            (b"nonsense", "not JSON (column 2)"),
            (b"[1]", "not a JSON object"),
            (b"{\"context\":\"c\",\"draft\":\"d\"}", "`final` is missing"),
            (b"{\"context\":1,\"draft\":\"d\",\"final\":\"f\"}", "`context` is not a text"),
            (b"\xff\xff", "not UTF-8 (first bad byte at 0)"),
            (
                br#"{"context":"c","draft":"d","final":"f","at":"yesterday"}"#,
                "`at` is not a time as in 2026-01-05T08:00:00Z",
            ),
            (
                br#"{"context":"c","draft":"d","final":"f","scope":{"place":"x"}}"#,
                "`scope` has a part that is not app, task, audience or locale",
            ),
        ];
        for (bad, reason) in table {
            let file =
                [b"\xef\xbb\xbf".as_slice(), GOOD.as_bytes(), b"\r\n\r\n", bad, b"\r\n", GOOD.as_bytes()]
                    .concat();
            let lines = parse(&file).expect("two lines are good");
            assert_eq!(lines.good.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 4]);
            assert_eq!(lines.bad, [BadLine { number: 3, reason: (*reason).to_owned() }]);
        }
    }

    #[test]
    fn a_file_without_lines_is_rejected() {
        for file in [b"".as_slice(), b"\xef\xbb\xbf", b"\n \r\n"] {
            assert!(parse(file).unwrap_err().contains("is empty"));
        }
        assert!(parse(b"\xff\xfe{\0").unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn rfc3339_times_are_parsed() {
        let ms = |text| rfc3339(text).map(|at| at.0);
        assert_eq!(ms("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(ms("1969-12-31T23:59:59.5Z"), Some(-500));
        assert_eq!(ms("2024-02-29T12:00:00+02:00"), Some(1_709_200_800_000));
        assert_eq!(ms("2001-09-09T01:46:40Z"), Some(1_000_000_000_000));
        for bad in
            ["2023-02-29T12:00:00Z", "2024-02-29", "2024-02-29T12:00:00", "2024-02-29T25:00:00Z", "", "é"]
        {
            assert_eq!(ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn scopes_are_parsed_in_both_forms() {
        let mail = Scope::app("mail").audience("team");
        assert_eq!(scope(Some(&Value::from("mail//team"))), Ok(mail.clone()));
        assert_eq!(scope(Some(&serde_json::json!({"app": "mail", "audience": "team"}))), Ok(mail));
        assert_eq!(scope(None), Ok(Scope::person()));
        assert!(scope(Some(&Value::from("a/b/c/d/e"))).is_err());
        assert!(scope(Some(&Value::from(3))).is_err());
    }
}
