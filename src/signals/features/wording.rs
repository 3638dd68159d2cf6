//! Says preferences and changes in words.
//!
//! Invariant: a habit is a third-person declarative on one line without a full stop; what comes from the
//! person's texts stands in single quotes.

use crate::signals::features::choice::split_swap;
use crate::signals::features::{Feature, id};
use crate::types::Direction;
use crate::types::Scope;

impl Feature {
    /// The habit, "keeps mails near 60 words" say.
    pub(crate) fn habit(
        &self,
        subject: &str,
        direction: Direction,
        level: Option<f32>,
        scope: &Scope,
    ) -> String {
        if let Some(level) = level {
            let (level, texts) = (rounded(level), texts(scope));
            return match self.id {
                id::WORDS => format!("keeps {texts} near {level} words"),
                id::SENTENCE_WORDS => format!("writes sentences of about {level} words"),
                _ => format!("keeps {texts} near {level} {}", self.unit),
            };
        }
        let words = match direction {
            Direction::Less => &self.less,
            Direction::More => &self.more,
        };
        let habit = self.fill(words.habit, subject);
        if habit.contains('{') { habit.replace("{texts}", &texts(scope)) } else { habit }
    }

    /// A change, "fewer words (92 to 58)" say.
    pub(crate) fn note(&self, subject: &str, change: f32, before: Option<f32>, after: Option<f32>) -> String {
        let words = if change < 0.0 { &self.less } else { &self.more };
        let note = self.fill(words.note, subject);
        match (before, after) {
            (Some(before), Some(after)) if self.shows_numbers() => {
                let (before, after) = (shown(before), shown(after));
                if before == after { note } else { format!("{note} ({before} to {after})") }
            }
            _ => note,
        }
    }

    /// What the levels were, "92 to 58 words" say.
    pub(crate) fn levels(
        &self,
        subject: &str,
        change: f32,
        before: Option<f32>,
        after: Option<f32>,
    ) -> String {
        match (before, after) {
            (Some(before), Some(after)) if before != after && self.shows_numbers() => {
                format!("{} to {} {}", shown(before), shown(after), self.unit)
            }
            (Some(_), Some(after)) if self.shows_numbers() => {
                format!("left at {} {}", shown(after), self.unit)
            }
            _ if change == 0.0 => "left alone".to_owned(),
            _ => self.note(subject, change, None, None),
        }
    }

    fn shows_numbers(&self) -> bool {
        use crate::signals::features::Shape::{Linear, Log, Rate};
        matches!(self.shape, Log | Rate) || self.shape == Linear && self.id == 1001
    }

    fn fill(&self, pattern: &str, subject: &str) -> String {
        match self.id {
            id::SWAP => {
                let (to, from) = split_swap(subject).unwrap_or((subject, ""));
                pattern.replace("{to}", to).replace("{from}", from)
            }
            id::GREETING_PHRASE => pattern.replace("{subject}", &greeting(subject)),
            id::CLOSING_PHRASE => pattern.replace("{subject}", &format!("'{}'", capitalised(subject))),
            _ if !self.has_subject => pattern.to_owned(),
            _ => pattern.replace("{subject}", subject),
        }
    }
}

fn greeting(subject: &str) -> String {
    let phrase = subject.replace(" <name>", "").replace("<name>", "");
    match (phrase.is_empty(), subject.contains("<name>")) {
        (true, _) => "the name".to_owned(),
        (false, true) => format!("'{}' and the name", capitalised(&phrase)),
        (false, false) => format!("'{}'", capitalised(&phrase)),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn rounded(level: f32) -> u32 {
    let step = match level {
        level if level < 20.0 => 1.0,
        level if level < 100.0 => 5.0,
        level if level < 300.0 => 10.0,
        _ => 50.0,
    };
    ((level / step).round() * step).max(1.0) as u32
}

fn shown(value: f32) -> String {
    if value >= 10.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// What the texts of a scope are called: by its task, by its app where that is a kind of text, or "texts".
pub(crate) fn texts(scope: &Scope) -> String {
    const KINDS: [&str; 18] = [
        "mail", "email", "chat", "note", "post", "message", "report", "review", "letter", "comment", "reply",
        "memo", "ticket", "summary", "document", "abstract", "story", "tweet",
    ];
    let plain = |part: &str| {
        part.len() <= 24
            && !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'_'))
    };
    let countable = |part: &&String| plain(part) && !part.ends_with("ing") && !part.ends_with('s');
    if let Some(task) = scope.task.as_ref().filter(countable) {
        return plural(&task.to_lowercase().replace('_', " "));
    }
    match scope.app.as_ref() {
        Some(app) if KINDS.contains(&&*app.to_lowercase()) => plural(&app.to_lowercase()),
        Some(app) if KINDS.iter().any(|kind| app.to_lowercase() == plural(kind)) => app.to_lowercase(),
        _ => "texts".to_owned(),
    }
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['x']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_called_by_the_scope() {
        assert_eq!(texts(&Scope::person()), "texts");
        assert_eq!(texts(&Scope::app("mail")), "mails");
        assert_eq!(texts(&Scope::app("Slack")), "texts");
        assert_eq!(texts(&Scope::app("mail").task("reply")), "replies");
        assert_eq!(texts(&Scope::app("x").task("status_update")), "status updates");
        assert_eq!(texts(&Scope::app("x").task("a'; drop")), "texts");
    }
}
