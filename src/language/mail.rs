//! How mail programs mark quoted text and signatures, in several languages at once: a mail in one language may quote
//! mails in others.
//!
//! Invariant: the phrases are compared literally; `document` decides what follows from a match.

use std::sync::LazyLock;

use crate::language::lists::{entries, lines_of};

/// The phrases.
#[derive(Debug)]
pub(crate) struct Mail {
    /// Beginnings and verbs of lines that attribute the text below to somebody.
    pub(crate) attributions: Vec<Attribution>,
    /// Subjects that make such a line the writer's own account.
    pub(crate) pronouns: Vec<&'static str>,
    /// Phrases between dashes above quoted text.
    pub(crate) between_dashes: Vec<&'static str>,
    /// Whole lines above quoted text.
    pub(crate) whole_lines: Vec<&'static str>,
    /// Names of headers.
    pub(crate) from: Vec<&'static str>,
    pub(crate) date: Vec<&'static str>,
    pub(crate) subject: Vec<&'static str>,
    /// Text before and after the name of a device or program in a signature.
    pub(crate) signatures: Vec<(&'static str, &'static str)>,
}

/// The form of a line that attributes the text below to somebody.
#[derive(Debug)]
pub(crate) struct Attribution {
    pub(crate) start: &'static str,
    /// With a leading space.
    pub(crate) verb: &'static str,
    /// Whether the name may follow the verb.
    pub(crate) name_after: bool,
}

static MAIL: LazyLock<Mail> = LazyLock::new(|| read(include_str!("mail.txt")));

/// The phrases of all languages.
pub(crate) fn mail() -> &'static Mail {
    &MAIL
}

fn read(file: &'static str) -> Mail {
    let list = |name: &str| entries(file).filter(|(list, _)| *list == name).map(|(_, entry)| entry).collect();
    let attribution = |line: &'static str| {
        let (start, rest) = line.split_once("...")?;
        let verb = rest.trim_end_matches("...");
        let name_after = verb.len() < rest.len();
        Some(Attribution { start, verb: verb.trim_end(), name_after })
    };
    Mail {
        attributions: lines_of(file, "attribution").into_iter().filter_map(attribution).collect(),
        pronouns: list("pronoun"),
        between_dashes: lines_of(file, "between-dashes"),
        whole_lines: lines_of(file, "whole-line"),
        from: list("from"),
        date: list("date"),
        subject: list("subject"),
        signatures: lines_of(file, "signature")
            .into_iter()
            .filter_map(|line| line.split_once("..."))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_are_read() {
        let mail = mail();
        let german = &mail.attributions[1];
        assert_eq!((german.start, german.verb, german.name_after), ("Am ", " schrieb", true));
        assert!(mail.attributions.iter().filter(|attribution| attribution.name_after).count() == 1);
        assert_eq!(mail.signatures[0], ("Sent from my ", ""));
        assert_eq!(mail.signatures[2], ("Von meinem ", " gesendet"));
        assert!(mail.date.contains(&"Enviado el") && mail.pronouns.len() == 16);
    }
}
