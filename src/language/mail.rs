//! How mail programs mark what is another's text and what is a signature, in several languages at once: a mail in one
//! language quotes mails in others.
//!
//! Invariant: the phrases are compared as they stand; what is made of them is left to `document`.

use std::sync::LazyLock;

use crate::language::lists::{entries, lines_of};

/// The phrases.
#[derive(Debug)]
pub(crate) struct Mail {
    /// How a line begins that says when and who wrote what follows.
    pub(crate) openings: Vec<&'static str>,
    /// The same, where a date follows.
    pub(crate) openings_of_dates: Vec<&'static str>,
    /// What says that someone wrote.
    pub(crate) wrote: Vec<&'static str>,
    /// Who wrote, where that is the writer's own account of it.
    pub(crate) pronouns: Vec<&'static str>,
    /// What stands between dashes above another's text.
    pub(crate) between_dashes: Vec<Phrase>,
    /// Whole lines above another's text.
    pub(crate) whole_lines: Vec<&'static str>,
    /// What a help desk puts above the thread, in lower case.
    pub(crate) reply_above: Vec<&'static str>,
    /// Names of headers.
    pub(crate) from: Vec<&'static str>,
    pub(crate) date: Vec<&'static str>,
    pub(crate) to: Vec<&'static str>,
    pub(crate) subject: Vec<&'static str>,
    /// The signatures of devices and programs, whatever their names.
    pub(crate) signatures: Vec<Phrase>,
    /// Those of one of the programs.
    pub(crate) program_signatures: Vec<Phrase>,
    pub(crate) programs: Vec<&'static str>,
    /// How a line begins that a program or a list puts at the end.
    pub(crate) notices: Vec<&'static str>,
    /// What a notice of confidentiality says and hardly any other text, and what it says besides, in lower case.
    pub(crate) disclaimers: Vec<&'static str>,
    pub(crate) disclaimer_words: Vec<&'static str>,
}

/// A line, or what stands at its beginning and at its end.
#[derive(Debug)]
pub(crate) struct Phrase {
    start: &'static str,
    /// `None` where the phrase is the whole line.
    end: Option<&'static str>,
}

impl Phrase {
    fn new(line: &'static str) -> Self {
        match line.split_once("...") {
            Some((start, end)) => Self { start, end: Some(end.trim_end_matches("...")) },
            None => Self { start: line, end: None },
        }
    }

    /// Whether a line is like this. Where the phrase is a whole line, case does not matter.
    pub(crate) fn is(&self, line: &str) -> bool {
        match self.end {
            Some(end) => {
                line.len() > self.start.len() + end.len()
                    && line.starts_with(self.start)
                    && line.ends_with(end)
            }
            None => line.to_lowercase() == self.start.to_lowercase(),
        }
    }
}

static MAIL: LazyLock<Mail> = LazyLock::new(|| read(include_str!("mail.txt")));

/// The phrases of all languages.
pub(crate) fn mail() -> &'static Mail {
    &MAIL
}

fn read(file: &'static str) -> Mail {
    let list = |name: &str| entries(file).filter(|(list, _)| *list == name).map(|(_, entry)| entry).collect();
    let phrases = |name: &str| lines_of(file, name).into_iter().map(Phrase::new).collect();
    Mail {
        openings: lines_of(file, "opening"),
        openings_of_dates: lines_of(file, "opening-of-date"),
        wrote: lines_of(file, "wrote"),
        pronouns: list("pronoun"),
        between_dashes: phrases("between-dashes"),
        whole_lines: lines_of(file, "whole-line"),
        reply_above: lines_of(file, "reply-above"),
        from: list("from"),
        date: list("date"),
        to: list("to"),
        subject: list("subject"),
        signatures: phrases("signature"),
        program_signatures: phrases("program-signature"),
        programs: list("program"),
        notices: lines_of(file, "notice"),
        disclaimers: lines_of(file, "disclaimer"),
        disclaimer_words: lines_of(file, "disclaimer-word"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_are_read() {
        let mail = mail();
        assert!(mail.openings.contains(&"On") && mail.openings_of_dates.contains(&"No dia"));
        assert!(mail.wrote.contains(&"ha scritto") && mail.pronouns.contains(&"wir"));
        assert!(mail.date.contains(&"Enviado el") && mail.to.contains(&"받는 사람"));
        let signs = |line: &str| mail.signatures.iter().any(|phrase| phrase.is(line));
        assert!(signs("Sent from my iPhone") && signs("Von meinem iPhone gesendet"));
        assert!(!signs("Sent from my ") && !signs("Von meinem Bruder"));
        let between = |line: &str| mail.between_dashes.iter().any(|phrase| phrase.is(line));
        assert!(between("original message") && between("Forwarded by Ida") && !between("Original messages"));
    }

    #[test]
    fn no_list_is_empty_and_what_is_lowered_is_in_lower_case() {
        let mail = mail();
        for list in [&mail.disclaimers, &mail.disclaimer_words, &mail.reply_above, &mail.pronouns] {
            assert!(!list.is_empty() && list.iter().all(|phrase| phrase.to_lowercase() == **phrase));
        }
    }
}
