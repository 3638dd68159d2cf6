//! The part of a message that the writer wrote.
//!
//! Invariant: the own part consists of whole lines of the text, in order; any text is processed in time linear in its
//! length.

use std::borrow::Cow;
use std::ops::Range;

use crate::language::{Attribution, mail};

/// The writer's own part of a message. If nothing is left, the whole text: a message that consists of quotes only is
/// the writer's choice.
pub fn own_text(text: &str) -> Cow<'_, str> {
    OwnPart::of(text).text
}

/// The writer's own part of a message, and its places in the message.
#[derive(Debug)]
pub(crate) struct OwnPart<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The ranges of whole lines that it consists of, in order; no two are adjacent.
    pub(super) places: Vec<Range<usize>>,
    is_whole: bool,
}

impl<'t> OwnPart<'t> {
    /// The own part of a message, or the whole message if it has none.
    pub(crate) fn of(message: &'t str) -> Self {
        own_part_of(message)
            .unwrap_or_else(|| Self::at(message, Vec::from([Range { start: 0, end: message.len() }])))
    }

    fn at(message: &'t str, places: Vec<Range<usize>>) -> Self {
        let is_whole = matches!(places.as_slice(), [place] if place.len() == message.len());
        let text = match places.as_slice() {
            [place] => Cow::Borrowed(&message[place.clone()]),
            _ => places.iter().map(|place| &message[place.clone()]).collect::<String>().into(),
        };
        Self { text, places, is_whole }
    }

    /// Whether it is the complete message.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }
}

/// The text of the writer's own part of a message; `None` if it has none.
pub(crate) fn own_part(text: &str) -> Option<Cow<'_, str>> {
    own_part_of(text).map(|part| part.text)
}

/// Finds the writer's own part of a message. Leaves out quoted lines, texts of others below an announcement ("On ...
/// wrote:", "Original Message", a mail's headers), and the signature below a line of two hyphens or of a mail program
/// ("Sent from my ..."). `None` if nothing is left.
///
/// Below an announcement only the quoted lines are left out if there are any, and otherwise everything.
fn own_part_of(text: &str) -> Option<OwnPart<'_>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut rest = text;
    while let Some(line) = rest.split_inclusive('\n').next() {
        let bare = line.trim_end_matches(['\n', '\r']);
        if bare == "-- " || bare == "--" {
            break;
        }
        if let Some(length) = announcement(rest) {
            rest = &rest[length..];
            if !quotes(rest) {
                break;
            }
            continue;
        }
        let start = text.len() - rest.len();
        rest = &rest[line.len()..];
        if !quotes(bare) && !signs(bare.trim(), rest) {
            let end = start + line.len();
            match places.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => places.push(start..end),
            }
        }
    }
    let shown = places.iter().any(|place| !text[place.clone()].trim().is_empty());
    shown.then(|| OwnPart::at(text, places))
}

/// Whether the first visible line is quoted.
fn quotes(text: &str) -> bool {
    text.trim_start().starts_with('>')
}

/// The length of the announcement of quoted text at the beginning of a text, if there is one.
fn announcement(text: &str) -> Option<usize> {
    let first = text.split_inclusive('\n').next()?;
    let (shown, after) = (first.trim(), &text[first.len()..]);
    let rule = shown.len() >= 10 && shown.bytes().all(|byte| byte == b'_');
    if separates(shown) || heads_mail(if rule { after } else { text }) {
        return Some(first.len());
    }
    let by = mail().attributions.iter().find(|by| shown.starts_with(by.start))?;
    if shown.ends_with(':') {
        return attributes(shown, by, after).then_some(first.len());
    }
    // Mail programs wrap long attributions, which contain a date.
    let second = after.split_inclusive('\n').next()?;
    let dated = shown.bytes().any(|byte| byte.is_ascii_digit());
    let wrapped = dated && second.trim_end().ends_with(':') && {
        attributes(&format!("{shown} {}", second.trim()), by, &after[second.len()..])
    };
    wrapped.then_some(first.len() + second.len())
}

/// Whether a line ending in a colon attributes the text after it to somebody. "she wrote:" introduces the writer's
/// own account, unless the text after it is quoted.
fn attributes(line: &str, by: &Attribution, after: &str) -> bool {
    let said = line.trim_end_matches([':', ' ', '\u{a0}', '\u{202f}']);
    let within =
        |said: &str| said.match_indices(by.verb).any(|(at, verb)| said[at + verb.len()..].starts_with(' '));
    let says = said.ends_with(by.verb) || by.name_after && within(said);
    let retold = || said.split_whitespace().any(|word| mail().pronouns.contains(&&*word.to_lowercase()));
    says && (quotes(after) || !retold())
}

/// Whether a line separates quoted text from the rest.
fn separates(line: &str) -> bool {
    let is_one_of = |line: &str, of: &[&str]| of.iter().any(|one| one.eq_ignore_ascii_case(line));
    let dashed = line.starts_with("--") && line.ends_with("--");
    dashed && is_one_of(line.trim_matches('-').trim(), &mail().between_dashes)
        || is_one_of(line, &mail().whole_lines)
}

/// Whether a text begins with mail headers: the sender and, next to it, date and subject.
fn heads_mail(text: &str) -> bool {
    let headers = || {
        text.lines().map(|line| line.split(':').next().unwrap_or_default().trim_matches(['*', ' ', '\u{a0}']))
    };
    let has = |names: &[&str]| {
        headers().take(8).take_while(|name| !name.is_empty()).any(|name| names.contains(&name))
    };
    headers().next().is_some_and(|name| mail().from.contains(&name))
        && has(&mail().date)
        && has(&mail().subject)
}

/// Whether a line is the signature of a mail program, with nothing of the writer's below it.
fn signs(line: &str, below: &str) -> bool {
    let ends_text = || {
        let below = below.trim_start();
        below.is_empty() || quotes(below) || announcement(below).is_some()
    };
    mail().signatures.iter().any(|(start, end)| line.starts_with(start) && line.ends_with(end))
        && line.split_whitespace().count() <= 8
        && ends_text()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_and_signatures_are_not_the_writers_own() {
        assert_eq!(own_text("Yes.\n> Really?\nFine.\n-- \nSam, CEO"), "Yes.\nFine.\n");
        assert_eq!(own_text("Sure.\nOn Monday Ann wrote:\nlong"), "Sure.\n");
        assert_eq!(own_text("> only a quote"), "> only a quote");
    }

    #[test]
    fn a_forwarded_text_is_not_the_writers_own() {
        for announcement in [
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "-----Original Message-----",
            "________________________________\nFrom: Ann\nSent: Monday\nTo: Sam\nSubject: Plan",
            "*From:* Ann\n*Date:* 3 May\n*Subject:* Plan",
            "Von: Ann\nGesendet: Montag\nAn: Sam\nBetreff: Plan",
            "De : Ann\nEnvoyé : lundi\nÀ : Sam\nObjet : Plan",
            "On Mon, May 3, 2021 at 10:00 AM Ann Smith <ann@example.com> wrote:",
            "On Mon, May 3, 2021 at 10:00 AM Ann Maria Smith\n<ann@example.com> wrote:",
            "Am 3. Mai 2021 um 10:00 schrieb Ann <ann@example.com>:",
            "Am Mo., 3. Mai 2021 um 10:00 Uhr schrieb Ann Smith <\nann@example.com>:",
            "Le lun. 3 mai 2021 à 10:00, Ann <ann@example.com> a écrit\u{a0}:",
            "El lun, 3 may 2021 a las 10:00, Ann (<ann@example.com>) escribió:",
        ] {
            let forwarded = format!("Have a look.\r\n\r\n{announcement}\r\n\r\nDear Sam, no.\r\n");
            assert_eq!(own_text(&forwarded), "Have a look.\r\n\r\n", "{announcement}");
            let forwarded = format!("{announcement}\nDear Sam, no.\n");
            assert_eq!(own_part(&forwarded), None);
            assert_eq!(own_text(&forwarded), forwarded);
        }
    }

    #[test]
    fn what_is_written_below_a_quote_is_the_writers_own() {
        let text =
            "Hi,\nOn Monday Ann wrote:\n\n> Can you?\n>> No.\nYes, at five.\n> Where?\nHere.\n-- \nSam";
        assert_eq!(own_text(text), "Hi,\n\nYes, at five.\nHere.\n");
    }

    #[test]
    fn the_signature_of_a_mail_program_is_not_the_writers_own() {
        assert_eq!(own_text("Yes.\n\nSent from my iPhone\n"), "Yes.\n\n");
        assert_eq!(own_text("Yes.\nGet Outlook for iOS\n\nOn 3 May 2021 Ann wrote:\nno"), "Yes.\n\n");
        assert_eq!(own_text("Ja.\nVon meinem iPhone gesendet\n\n> Nein?"), "Ja.\n\n");
        for kept in ["Sent from my office this morning\nas you asked.", "Von meinem Bruder"] {
            let kept = format!("Hello.\n{kept}");
            assert_eq!(own_text(&kept), kept);
        }
    }

    #[test]
    fn prose_that_looks_like_an_announcement_stays() {
        for kept in [
            "On Monday she wrote: come at once. I did.",
            "On Monday she wrote:\nCome at once.\nI did.",
            "On Friday the people of the new office met, and\nin the minutes Ann wrote:\nno.",
            "The tickets:\nFrom: London\nTo: Paris\nDate: 3 May",
            "The original message was lost.\n--- the original message, I mean\nSorry.",
            "-- Original message\nis how it was called.",
            "On the table:\n- a book",
            "El libro que Ana escribió: bueno.",
        ] {
            let kept = format!("Hello.\n{kept}");
            assert_eq!(own_text(&kept), kept);
        }
    }

    #[test]
    fn texts_of_announcements_take_linear_time() {
        let half = 1 << 19;
        for line in ["\n", "On 3 she wrote:\n", "From:\n", "Sent from my x\n", "\n >"] {
            let text = line.repeat(half);
            assert!(own_text(&text).len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn the_own_part_is_never_longer(text in any::<String>()) {
            prop_assert!(own_text(&text).len() <= text.len());
        }
    }
}
