//! Parses the answers of a language model.
//!
//! Invariant: an answer is untrusted input. The parsed values are bounded, each is a single clean line, and they
//! concern only what was asked. Parsing takes linear time.

use std::collections::BTreeSet;

use crate::error::InputError;
use crate::language::{Language, List};
use crate::prompting::fragment::{clean_lines, single_line};

/// Maximum length of a preference taken from an answer, in bytes.
const PREFERENCE_BYTES_MAX: usize = 500;
/// Maximum number of preferences in one answer; the prompt asks for fewer.
const PREFERENCES_MAX: usize = 8;
/// Maximum length of a passage or query, in bytes.
const EXPANSION_BYTES_MAX: usize = 2_000;
/// Maximum number of queries of one expansion.
const QUERIES_MAX: usize = 3;

const WHAT: &str = "model's answer";

/// Extracts single preferences from a model's answer. Removes what models put around a phrase: code fences, list
/// marks, labels ("Preference:"), emphasis, quotes, final full stops and control characters. Each line and each part
/// between semicolons is a preference, and so is each phrase between commas that is complete by itself ("brief,
/// warm"; but "greets by first name, not by title" is one preference). The result is empty if the model answers that
/// there is no preference.
///
/// # Errors
/// [`InputError::EmptyText`] if nothing is left, [`InputError::TextTooLong`] if a preference has more than 500 bytes.
pub fn parse_preferences(answer: &str) -> Result<Vec<String>, InputError> {
    let mut found: Vec<String> = Vec::new();
    let (mut seen, mut says_nothing) = (BTreeSet::new(), false);
    for line in clean_lines(answer).lines() {
        let line = single_line(line);
        let line = bare(&line);
        if is_fence(line) {
            continue;
        }
        for phrase in phrases(line) {
            let phrase = bare(phrase);
            if is_fence(phrase) || !phrase.chars().any(char::is_alphanumeric) {
                continue;
            }
            if says_none(phrase) {
                says_nothing = true;
            } else if phrase.len() > PREFERENCE_BYTES_MAX {
                let (bytes, limit) = (phrase.len(), PREFERENCE_BYTES_MAX);
                return Err(InputError::TextTooLong { what: WHAT, bytes, limit });
            } else if found.len() < PREFERENCES_MAX && seen.insert(phrase.to_lowercase()) {
                found.push(phrase.to_owned());
            }
        }
    }
    if found.is_empty() && !says_nothing { Err(InputError::EmptyText { what: WHAT }) } else { Ok(found) }
}

/// Whether one of the texts shown follows one of the preferences shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verdict {
    /// Index of the text, from 0.
    pub text: usize,
    /// Index of the preference, from 0.
    pub preference: usize,
    /// Whether the text follows the preference (`true`) or contradicts it (`false`).
    pub follows: bool,
}

/// Extracts the verdicts from a model's answer to `verification_prompt`: lines like "A: 1 yes, 2 no, 3 open".
/// Verdicts about other texts or preferences are ignored, and so are contradictory verdicts.
///
/// # Errors
/// [`InputError::EmptyText`] if the answer mentions none of the texts.
pub fn parse_verdicts(answer: &str, texts: usize, preferences: usize) -> Result<Vec<Verdict>, InputError> {
    let mut verdicts: BTreeSet<Verdict> = BTreeSet::new();
    let mut speaks = false;
    for line in clean_lines(answer).lines() {
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words = words.skip_while(|word| word.eq_ignore_ascii_case("text"));
        let Some(text) = words.next().and_then(letter).filter(|text| *text < texts) else { continue };
        speaks = true;
        let mut number = None;
        for word in words {
            if let Ok(read) = word.parse::<usize>() {
                number = read.checked_sub(1).filter(|preference| *preference < preferences);
            } else if let Some(preference) = number {
                let says = |what: &[&str]| what.iter().any(|what| word.eq_ignore_ascii_case(what));
                if says(&["yes", "y"]) || says(&["no", "n"]) {
                    verdicts.insert(Verdict { text, preference, follows: says(&["yes", "y"]) });
                }
                number = None;
            }
        }
    }
    if !speaks {
        return Err(InputError::EmptyText { what: WHAT });
    }
    let both = |verdict: &Verdict| verdicts.contains(&Verdict { follows: !verdict.follows, ..*verdict });
    Ok(verdicts.iter().filter(|verdict| !both(verdict)).copied().collect())
}

/// Other words for a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// A passage such as the wanted text may contain; empty if the model gave none.
    pub passage: String,
    /// The search in other words.
    pub queries: Vec<String>,
}

/// Extracts the passage and the queries from a model's answer to `expansion_prompt`. Lines without a label are
/// ignored.
///
/// # Errors
/// [`InputError::EmptyText`] if there is neither.
pub fn parse_expansion(answer: &str) -> Result<Expansion, InputError> {
    let mut expansion = Expansion::default();
    for line in clean_lines(answer).lines() {
        let line = single_line(line);
        let line = unmarked(&line);
        let labelled = |label: &str| {
            let rest = line.get(label.len()..).filter(|_| line[..label.len()].eq_ignore_ascii_case(label))?;
            let rest = rest.trim_start_matches(['*', '_', ' ']).strip_prefix(':')?;
            let text = without_pair(rest.trim_matches(['*', '_', ' ']));
            Some(&text[..text.floor_char_boundary(EXPANSION_BYTES_MAX)])
        };
        if let Some(passage) = labelled("passage")
            && expansion.passage.is_empty()
        {
            passage.clone_into(&mut expansion.passage);
        } else if let Some(query) = labelled("query")
            && !query.is_empty()
            && expansion.queries.len() < QUERIES_MAX
        {
            expansion.queries.push(query.to_owned());
        }
    }
    if expansion.passage.is_empty() && expansion.queries.is_empty() {
        return Err(InputError::EmptyText { what: WHAT });
    }
    Ok(expansion)
}

/// The index of a capital letter.
fn letter(word: &str) -> Option<usize> {
    match word.as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(usize::from(letter - b'A')),
        _ => None,
    }
}

/// Splits a line into phrases, at semicolons and at commas outside quotes and brackets, unless the text after the
/// comma depends on what came before.
fn phrases(line: &str) -> Vec<&str> {
    let (mut found, mut start) = (Vec::new(), 0);
    let (mut depth, mut quoted) = (0u32, false);
    for (at, c) in line.char_indices() {
        match c {
            '(' | '[' | '“' | '«' => depth += 1,
            ')' | ']' | '”' | '»' => depth = depth.saturating_sub(1),
            '"' => quoted = !quoted,
            ';' | ',' if depth == 0 && !quoted && (c == ';' || !leans(&line[at + 1..])) => {
                found.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&line[start..]);
    found
}

/// Whether the text after a comma continues the phrase before it: by its first word, or as digits of a number.
fn leans(rest: &str) -> bool {
    // The first word must end within this many bytes.
    let near = &rest[..rest.floor_char_boundary(24)];
    let word = near.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit()) || listed(List::GoesOn, word)
}

/// Whether a text is in a list of the language that the questions are written in.
fn listed(list: List, text: &str) -> bool {
    Language::english().list(list).iter().any(|entry| text.eq_ignore_ascii_case(entry))
}

/// Whether a line is a code fence of backticks or tildes, with or without a language's name.
fn is_fence(line: &str) -> bool {
    let rest = line.strip_prefix("```").or_else(|| line.strip_prefix("~~~"));
    rest.is_some_and(|rest| {
        rest.trim_matches(['`', '~']).chars().all(|c| c.is_ascii_alphanumeric()) && rest.len() <= 16
    })
}

fn says_none(preference: &str) -> bool {
    listed(List::NoPreference, preference)
}

/// Removes what models put around a phrase, until nothing more can be removed.
fn bare(line: &str) -> &str {
    let mut line = line.trim();
    loop {
        let before = line.len();
        line = without_label(unmarked(line)).trim_matches(['*', '_']).trim_start_matches([',', ';']);
        line = without_pair(line);
        if line.ends_with(['.', '。', ';', ',']) && !line.ends_with("..") {
            line = &line[..line.len() - line.chars().next_back().map_or(0, char::len_utf8)];
        }
        line = line.trim();
        if line.len() == before {
            return line;
        }
    }
}

fn unmarked(line: &str) -> &str {
    let mut line = line.trim();
    while let Some(rest) = without_list_mark(line) {
        line = rest.trim_start();
    }
    line
}

fn without_list_mark(line: &str) -> Option<&str> {
    let digits = line.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let rest = if digits > 0 {
        line[digits..].strip_prefix(['.', ')'])?
    } else {
        line.strip_prefix(['-', '*', '+', '•', '–', '—', '·', '>', '#'])?
    };
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
}

fn without_label(line: &str) -> &str {
    const EMPHASIS: [char; 3] = ['*', '_', ' '];
    let start = line.trim_start_matches(EMPHASIS);
    Language::english()
        .list(List::AnswerLabel)
        .iter()
        .find_map(|label| {
            let found = start.get(..label.len())?.eq_ignore_ascii_case(label);
            let rest = start[label.len()..].trim_start_matches(EMPHASIS);
            let rest = rest.strip_prefix(':').filter(|_| found)?;
            Some(rest.trim_start_matches(EMPHASIS))
        })
        .unwrap_or(line)
}

/// Removes quotes or emphasis that enclose the whole line.
fn without_pair(line: &str) -> &str {
    const PAIRS: [(&str, &str); 9] = [
        ("\"", "\""),
        ("'", "'"),
        ("`", "`"),
        ("“", "”"),
        ("„", "“"),
        ("‘", "’"),
        ("«", "»"),
        ("**", "**"),
        ("__", "__"),
    ];
    PAIRS
        .iter()
        .find_map(|(open, close)| {
            let inner = line.strip_prefix(open)?.strip_suffix(close)?;
            (!inner.contains(open) && !inner.contains(close)).then_some(inner)
        })
        .unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn preferences(answer: &str) -> Vec<String> {
        parse_preferences(answer).expect("something is said")
    }

    #[test]
    fn preferences_are_taken_out_of_their_wrapping() {
        for (answer, expected) in [
            ("  keeps replies brief, no greeting.\n", &["keeps replies brief", "no greeting"][..]),
            ("- brief\n- warm\n- Brief.\n", &["brief", "warm"]),
            ("1. brief\n2) warm\n", &["brief", "warm"]),
            ("```text\nbrief; warm\n```", &["brief", "warm"]),
            ("Preference: \"brief, warm\"", &["brief", "warm"]),
            ("**Preferences:** brief", &["brief"]),
            ("**Preferences**: “brief.”", &["brief"]),
            ("Preference:\n* brief\n* **warm**", &["brief", "warm"]),
            ("'doesn't greet'", &["'doesn't greet'"]),
            ("\"hi\" over \"dear, all\"", &["\"hi\" over \"dear, all\""]),
            (
                "greets by first name, not by title, and briefly",
                &["greets by first name, not by title, and briefly"],
            ),
            ("near 1,000 words (long, plain), warm", &["near 1,000 words (long, plain)", "warm"]),
            ("brief\u{0}\u{1b}[31m\u{202e}", &["brief [31m"]),
            ("answers in 2 lines", &["answers in 2 lines"]),
            ("signs off with...", &["signs off with..."]),
            ("none", &[]),
            ("None.", &[]),
            ("- \"N/A\"", &[]),
            ("none, brief", &["brief"]),
        ] {
            assert_eq!(preferences(answer), expected, "{answer:?}");
        }
        assert_eq!(preferences(&"a, b, c, d, ".repeat(9)).len(), 4);
        let many: Vec<String> = (0..50).map(|n| format!("phrase {n}")).collect();
        assert_eq!(preferences(&many.join("\n")).len(), PREFERENCES_MAX);
    }

    #[test]
    fn empty_and_long_answers_are_refused() {
        for answer in ["", " \n", "```\n```", "- \n", "\"\"", "Preference:", "**```\n**", ";,"] {
            assert_eq!(parse_preferences(answer), Err(InputError::EmptyText { what: WHAT }), "{answer:?}");
            assert_eq!(parse_expansion(answer), Err(InputError::EmptyText { what: WHAT }), "{answer:?}");
            assert_eq!(parse_verdicts(answer, 3, 3), Err(InputError::EmptyText { what: WHAT }), "{answer:?}");
        }
        assert_eq!(preferences(&"x".repeat(500)), ["x".repeat(500)]);
        assert_eq!(
            parse_preferences(&format!("- {}", "x".repeat(501))),
            Err(InputError::TextTooLong { what: WHAT, bytes: 501, limit: 500 })
        );
    }

    #[test]
    fn verdicts_are_of_what_was_shown_and_unanimous() {
        let read = |answer: &str| {
            let verdicts = parse_verdicts(answer, 2, 3).expect("a text is spoken of");
            let triple = |verdict: &Verdict| (verdict.text, verdict.preference, verdict.follows);
            verdicts.iter().map(triple).collect::<Vec<_>>()
        };
        assert_eq!(read("A: 1 yes, 2 no, 3 open\nB: 3 yes"), [(0, 0, true), (0, 1, false), (1, 2, true)]);
        assert_eq!(
            read("**Text A**: 1=Yes; 2=NO.\n- B - 1: n"),
            [(0, 0, true), (0, 1, false), (1, 0, false)]
        );
        assert_eq!(read("A: 0 yes, 4 yes, 99999999999999999999 yes, yes, 2"), []);
        assert_eq!(read("A: 1 yes\nA: 1 no, 2 yes\nC: 1 yes\nAnyway, 1 yes"), [(0, 1, true)]);
        assert!(parse_verdicts("C: 1 yes", 2, 3).is_err());
    }

    #[test]
    fn an_expansion_has_a_passage_and_queries() {
        let read = |answer: &str| parse_expansion(answer).expect("something is said");
        let expansion = read("passage: We moved it to May.\nquery: new date\nquery: \"moved meeting\"\n");
        assert_eq!(expansion.passage, "We moved it to May.");
        assert_eq!(expansion.queries, ["new date", "moved meeting"]);
        let expansion = read("Sure!\n1. **Query**: a\n- QUERY: b\nquery: c\nquery: d\npassage:\n");
        assert_eq!((expansion.passage.as_str(), expansion.queries.len()), ("", 3));
        assert_eq!(read(&format!("passage: {}", "é".repeat(9_000))).passage.len(), EXPANSION_BYTES_MAX);
    }

    #[test]
    fn a_hostile_answer_takes_linear_time() {
        for unit in [
            "- ",
            "* ",
            "*",
            "\"",
            "**",
            "preference:",
            "* preference: ",
            "```\n",
            "\"'",
            "1. ",
            ".",
            ",",
            "; ",
            "A: 1 ",
        ] {
            let answer = unit.repeat((1 << 20) / unit.len());
            let _ = parse_preferences(&answer);
            let _ = parse_verdicts(&answer, 26, 32);
            let _ = parse_expansion(&answer);
        }
    }

    proptest! {
        #[test]
        fn a_preference_is_one_clean_line(
            answer in "([-*\"'`#>1. \n]|\\*\\*|Preference:|```|[a-c,;é\u{0}\u{2028}]{1,4}){0,30}",
        ) {
            for preference in parse_preferences(&answer).unwrap_or_default() {
                prop_assert!(!preference.is_empty() && preference.len() <= PREFERENCE_BYTES_MAX);
                let breaks_line = |c: char| c.is_control() || c == '\u{2028}';
                prop_assert!(!preference.chars().any(breaks_line));
                prop_assert_eq!(preference.trim(), preference.as_str());
                prop_assert!(preference.chars().any(char::is_alphanumeric) && !is_fence(&preference));
            }
        }

        #[test]
        fn any_answer_is_read_or_refused(answer in any::<String>()) {
            let _ = parse_preferences(&answer);
            let _ = parse_verdicts(&answer, 3, 3);
            let _ = parse_expansion(&answer);
        }
    }
}
