//! Which part of a message is the writer's own.
//!
//! Invariant: the own part holds whole lines of the text, in order; any text is read in time linear in its length.

use std::borrow::Cow;
use std::ops::Range;

use crate::document::announcements::{announcement, quotes};
use crate::document::mail_tails::{begins_signature, without_tail};
use crate::document::same_form::same_form;

/// A quoted line at least so long may have been wrapped.
const WRAPPED_BYTES: usize = 50;

/// The writer's own part of a message as it is measured, in one form for what is the same text in several; the whole
/// text where that is nothing: what is all quotes is the writer's choice.
pub fn own_text(text: &str) -> Cow<'_, str> {
    OwnPart::of(text).text
}

/// The writer's own part of a message, and where it stands in it.
#[derive(Debug)]
pub(crate) struct OwnPart<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The stretches of whole lines that it is made of, in order; no two touch.
    pub(super) places: Vec<Range<usize>>,
    is_whole: bool,
    is_rewritten: bool,
}

impl<'t> OwnPart<'t> {
    /// That of a message as it is measured; the whole of one that has none.
    pub(crate) fn of(message: &'t str) -> Self {
        let whole = || Self::at(message, Vec::from([Range { start: 0, end: message.len() }]));
        let own = own_part_of(message).unwrap_or_else(whole);
        match same_form(&own.text) {
            Cow::Borrowed(_) => own,
            Cow::Owned(text) => {
                Self { text: Cow::Owned(text), is_whole: false, is_rewritten: true, places: own.places }
            }
        }
    }

    fn at(message: &'t str, places: Vec<Range<usize>>) -> Self {
        let is_whole = matches!(places.as_slice(), [place] if place.len() == message.len());
        let text = match places.as_slice() {
            [place] => Cow::Borrowed(&message[place.clone()]),
            _ => places.iter().map(|place| &message[place.clone()]).collect::<String>().into(),
        };
        Self { text, places, is_whole, is_rewritten: false }
    }

    /// Whether its text is not in the message as it is here.
    pub(super) fn is_rewritten(&self) -> bool {
        self.is_rewritten
    }

    /// Whether it is all of the message.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }
}

/// The text of the writer's own part of a message as it stands; `None` where it has none.
pub(crate) fn own_part(text: &str) -> Option<Cow<'_, str>> {
    own_part_of(text).map(|part| part.text)
}

/// The writer's own part of a message: without quoted lines, without texts of others below what announces them
/// ("On ... wrote:", "Original Message", a mail's headers), and without the signature below a line of two hyphens, a
/// mail program's ("Sent from my ...") or a firm's disclaimer. `None` where nothing is left.
///
/// Below an announcement the quoted lines are another's, where there are any; else everything is.
fn own_part_of(text: &str) -> Option<OwnPart<'_>> {
    let mut own = Own::new(text);
    while own.next() {}
    own.end_above();
    let shown = own.places.iter().any(|place| !text[place.clone()].trim().is_empty());
    shown.then(|| OwnPart::at(text, own.places))
}

/// What was found of the writer's own part so far.
struct Own<'t> {
    text: &'t str,
    rest: &'t str,
    places: Vec<Range<usize>>,
    /// Up to where tails were looked for.
    ended: usize,
    /// Whether something announced another's text.
    is_reply: bool,
    /// The last visible line, where it is the writer's and nothing but an empty line came since.
    last: &'t str,
    empty_lines: usize,
    /// The last quoted line, where it is directly above.
    quoted: &'t str,
    /// Whether fences may have another below.
    has_fences: bool,
}

impl<'t> Own<'t> {
    fn new(text: &'t str) -> Self {
        let places = Vec::new();
        Self {
            text,
            rest: text,
            places,
            ended: 0,
            is_reply: false,
            last: "",
            empty_lines: 1,
            quoted: "",
            has_fences: true,
        }
    }

    /// Reads on; `false` at the end of what is the writer's.
    fn next(&mut self) -> bool {
        let rest = self.rest;
        let Some(line) = rest.split_inclusive('\n').next() else { return false };
        let start = self.text.len() - rest.len();
        let below = &rest[line.len()..];
        let is_empty = line.trim().is_empty();
        if let Some(length) = self.fenced(line, below) {
            self.keep(start..start + length);
            (self.last, self.empty_lines, self.quoted) = ("", 0, "");
            self.rest = &rest[length..];
            return true;
        }
        if let Some(length) = announcement(rest, self.empty_lines > 0) {
            self.end_above();
            (self.is_reply, self.last, self.empty_lines) = (true, "", 0);
            self.rest = &rest[length..];
            return quotes(self.rest);
        }
        if !is_empty && begins_signature(line, &self.text[..start], below) {
            return false;
        }
        if line.trim_start().starts_with('>') {
            if let Some(length) = self.cites(rest) {
                self.keep(start..start + length);
                self.last = "";
                self.rest = &rest[length..];
            } else {
                (self.last, self.quoted, self.rest) = ("", line.trim(), below);
                self.empty_lines = 0;
            }
            return true;
        }
        self.rest = below;
        let wrapped = std::mem::take(&mut self.quoted);
        if goes_on(wrapped, line, below) {
            return true;
        }
        self.keep(start..start + line.len());
        self.empty_lines = if is_empty { self.empty_lines + 1 } else { 0 };
        if !is_empty {
            self.last = line.trim();
        }
        true
    }

    fn keep(&mut self, place: Range<usize>) {
        match self.places.last_mut() {
            Some(last) if last.end == place.start => last.end = place.end,
            _ => self.places.push(place),
        }
    }

    /// The length of the fenced code that a line begins: what looks like a quote or a signature there is none.
    fn fenced(&mut self, line: &str, below: &str) -> Option<usize> {
        if !(self.has_fences && line.trim_start().starts_with("```")) {
            return None;
        }
        let mut length = line.len();
        for line in below.split_inclusive('\n') {
            length += line.len();
            if line.trim() == "```" {
                return Some(length);
            }
        }
        self.has_fences = false;
        None
    }

    /// Sets the tail aside that is above.
    fn end_above(&mut self) {
        let Some(last) = self.places.last_mut() else { return };
        let start = last.start.max(self.ended);
        last.end = start + without_tail(&self.text[start..last.end]);
        self.ended = last.end;
        if last.start == last.end {
            self.places.pop();
        }
    }

    /// The length of the quoted lines that a text begins with, where the writer cites them in a text of their own: a
    /// line with a colon introduces them, more is written below, and nothing says that this answers a mail.
    fn cites(&self, text: &str) -> Option<usize> {
        let introduces =
            |line: &str| line.ends_with([':', '：']) && !line.contains(|c: char| c.is_numeric() || c == '@');
        if self.is_reply || self.empty_lines > 1 || !introduces(self.last) {
            return None;
        }
        let quoted = text.split_inclusive('\n').take_while(|line| line.trim_start().starts_with('>'));
        let length: usize = quoted.map(str::len).sum();
        let below = text[length..].trim_start();
        (!below.is_empty() && !below.starts_with(['>', '-', '_'])).then_some(length)
    }
}

/// Whether a line is the rest of a quoted one that was wrapped: it begins in lower case below a long line without an end,
/// and the quotation goes on below.
fn goes_on(quoted: &str, line: &str, below: &str) -> bool {
    quoted.len() >= WRAPPED_BYTES
        && !quoted.ends_with(['.', '!', '?', ':', ';'])
        && line.trim_start().starts_with(char::is_lowercase)
        && below.starts_with('>')
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
    fn what_looks_like_a_quote_within_code_is_the_writers_own() {
        let text = "Run:\n```\n> ls\n--\nA\n```\nand\n```\n> no end\n";
        assert_eq!(own_text(text), "Run:\n```\n> ls\n--\nA\n```\nand\n```\n");
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
        assert_eq!(own_text("Yes.\nGet Outlook for iOS\n\nOn 3 May 2021 Ann wrote:\nno"), "Yes.\n");
        assert_eq!(own_text("Ja.\nVon meinem iPhone gesendet\n\n> Nein?"), "Ja.\n");
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
        for line in [
            "\n",
            "On 3 she wrote:\n",
            "From:\n",
            "Sent from my x\n",
            "\n >",
            "From: a@b.c\n\n",
            "it:\n> x\n",
            "--\nA\n",
            "a\nOn 3 May 2021 10:12 <a@b.c> wrote:\n> no\n",
            "On 3 May 2021 10:12 <\n",
            "the intended recipient\n",
            "```\nx\n",
            "```x\n",
        ] {
            let text = line.repeat(half / line.len());
            assert!(own_text(&text).len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn the_own_part_is_never_longer(text in any::<String>()) {
            prop_assert!(own_part(&text).is_none_or(|own| own.len() <= text.len()));
        }
    }
}
