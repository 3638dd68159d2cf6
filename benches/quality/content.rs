//! Content-only edits, generated from real texts by fixed rules.
//!
//! Invariant: as in `rewrites`, no rule comes from the engine's features or word lists.

use std::collections::BTreeSet;

use crate::rewrites::{Chance, sentences};

/// Edits the content only: changes numbers, names and dates, and may add or remove a factual sentence.
pub(crate) fn other_content(text: &str, others: &[String], chance: &mut Chance) -> String {
    const NAMES: [&str; 16] = [
        "Anders", "Brigid", "Castro", "Delgado", "Eriksen", "Fontaine", "Gallo", "Hansen", "Ishida",
        "Jansen", "Kowalski", "Lambert", "Moreno", "Novak", "Okafor", "Petrov",
    ];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for word in text.split_inclusive([' ', '\n']) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let calendar = [&MONTHS[..], &DAYS[..]].into_iter().find(|list| list.contains(&bare));
        let name = !start
            && bare.len() > 2
            && bare.chars().next().is_some_and(char::is_uppercase)
            && bare.chars().skip(1).all(char::is_lowercase);
        if let Some(list) = calendar {
            out.push_str(&word.replace(bare, list[chance.below(list.len())]));
        } else if bare.bytes().any(|b| b.is_ascii_digit()) && chance.below(3) > 0 {
            out.extend(word.chars().map(|c| match c {
                '0'..='9' => char::from(b'1' + chance.below(9) as u8),
                _ => c,
            }));
        } else if name && chance.below(3) == 0 {
            out.push_str(&word.replacen(bare, NAMES[chance.below(NAMES.len())], 1));
        } else {
            out.push_str(word);
        }
        start =
            bare.is_empty() || word.trim_end().ends_with(['.', '!', '?', ':', '"']) || word.ends_with('\n');
    }
    let factual = |part: &String| {
        part.len() < 160 && part.bytes().any(|b| b.is_ascii_digit()) && part.split(' ').count() > 4
    };
    match chance.below(4) {
        0 => {
            let more: Vec<String> =
                sentences(&others[chance.below(others.len())]).into_iter().filter(factual).collect();
            if !more.is_empty() {
                out.push(' ');
                out.push_str(&more[chance.below(more.len())]);
            }
        }
        1 => {
            let parts = sentences(&out);
            let going: BTreeSet<usize> = (0..parts.len()).filter(|at| factual(&parts[*at])).take(1).collect();
            if parts.len() > 2 && !going.is_empty() && !text.contains('\n') {
                let kept: Vec<&str> = parts
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| !going.contains(at))
                    .map(|(_, part)| &**part)
                    .collect();
                out = kept.join(" ");
            }
        }
        _ => {}
    }
    out
}
