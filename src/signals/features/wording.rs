//! Puts preferences and changes into words, in the wording of a language.
//!
//! Invariant: a habit is a declarative sentence in the third person, on one line and without a full stop; quotations
//! from the person's texts are in single quotes.

use crate::language::{Ending, Language, List};
use crate::signals::features::choice::split_swap;
use crate::signals::features::feature::{Feature, Shape, id};
use crate::types::{Direction, Scope};

/// The name of the wordings that belong to no single feature.
const WORDS: &str = "words";

/// A wording that belongs to no single feature.
fn line(language: &Language, name: &str) -> &'static str {
    language.line(WORDS, name)
}

impl Feature {
    /// The habit, such as "keeps mails near 60 words", in the language of a locale.
    pub(crate) fn habit(
        &self,
        subject: &str,
        direction: Direction,
        level: Option<f32>,
        scope: &Scope,
        locale: Option<&str>,
    ) -> String {
        let language = Language::of_statements(locale);
        let saying = language.saying(self.name);
        if let Some(level) = level {
            let near = saying.line("near").unwrap_or_else(|| line(language, "near"));
            let level = rounded(level).to_string();
            return near
                .replace("{texts}", &texts(language, scope))
                .replace("{level}", &level)
                .replace("{unit}", self.unit_in(language));
        }
        let way = match direction {
            Direction::Less => saying.less,
            Direction::More => saying.more,
        };
        let habit = self.fill(language, way.habit, subject);
        if habit.contains('{') { habit.replace("{texts}", &texts(language, scope)) } else { habit }
    }

    /// A change, such as "fewer words (92 to 58)", in the language of a locale.
    pub(crate) fn note(
        &self,
        subject: &str,
        change: f32,
        before: Option<f32>,
        after: Option<f32>,
        locale: Option<&str>,
    ) -> String {
        let language = Language::of_statements(locale);
        let saying = language.saying(self.name);
        let way = if change < 0.0 { saying.less } else { saying.more };
        let note = self.fill(language, way.note, subject);
        match (before, after) {
            (Some(before), Some(after)) if self.shows_numbers() => {
                let (before, after) = (shown(before), shown(after));
                if before == after {
                    return note;
                }
                let change = line(language, "change").replace("{note}", &note);
                change.replace("{before}", &before).replace("{after}", &after)
            }
            _ => note,
        }
    }

    /// The levels before and after, such as "92 to 58 words", in the language of a locale.
    pub(crate) fn levels(
        &self,
        subject: &str,
        change: f32,
        before: Option<f32>,
        after: Option<f32>,
        locale: Option<&str>,
    ) -> String {
        let language = Language::of_statements(locale);
        let line = |name, before, after| {
            let line = line(language, name).replace("{before}", &shown(before));
            line.replace("{after}", &shown(after)).replace("{unit}", self.unit_in(language))
        };
        match (before, after) {
            (Some(before), Some(after)) if before != after && self.shows_numbers() => {
                line("levels", before, after)
            }
            (Some(_), Some(after)) if self.shows_numbers() => line("left", after, after),
            _ if change == 0.0 => line("alone", 0.0, 0.0),
            _ => self.note(subject, change, None, None, locale),
        }
    }

    /// What a text shows of it that was written without a draft: its value where numbers are shown, else a note of which
    /// way it goes.
    pub(crate) fn written(
        &self,
        value: Option<f32>,
        change: f32,
        subject: &str,
        locale: Option<&str>,
    ) -> String {
        match value.filter(|_| self.shows_numbers()) {
            Some(value) => format!("{} {}", shown(value), self.unit_in(Language::of_statements(locale))),
            None => self.note(subject, change, None, None, locale),
        }
    }

    /// The unit of its values in a language.
    fn unit_in(&self, language: &Language) -> &'static str {
        language.saying(self.name).line("unit").unwrap_or(self.unit)
    }

    fn shows_numbers(&self) -> bool {
        matches!(self.shape, Shape::Log | Shape::Rate)
            || self.shape == Shape::Linear && self.id == id::WORD_LENGTH
    }

    fn fill(&self, language: &Language, pattern: &str, subject: &str) -> String {
        match self.id {
            id::SWAP => {
                let (to, from) = split_swap(subject).unwrap_or((subject, ""));
                pattern.replace("{to}", to).replace("{from}", from)
            }
            id::GREETING_PHRASE => pattern.replace("{subject}", &greeting(language, subject)),
            id::CLOSING_PHRASE => pattern.replace("{subject}", &format!("'{}'", capitalised(subject))),
            _ if !self.has_subject => pattern.to_owned(),
            _ => pattern.replace("{subject}", subject),
        }
    }
}

fn greeting(language: &Language, subject: &str) -> String {
    let phrase = subject.replace(" <name>", "").replace("<name>", "");
    let quoted = format!("'{}'", capitalised(&phrase));
    match (phrase.is_empty(), subject.contains("<name>")) {
        (true, _) => line(language, "name").to_owned(),
        (false, true) => line(language, "and-name").replace("{phrase}", &quoted),
        (false, false) => quoted,
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

/// How the texts of a scope are called: by its task, by its app if that is a kind of text, or "texts".
fn texts(language: &'static Language, scope: &Scope) -> String {
    let language = if language.says(WORDS) { language } else { Language::english() };
    let plain = |part: &str| {
        part.len() <= 24
            && !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'_'))
    };
    let countable =
        |part: &&String| plain(part) && !language.ends(part, Ending::Gerund, 0) && !part.ends_with('s');
    let plural = |noun: &str| language.plural(noun);
    let kinds = language.list(List::KindOfText);
    let several = |word: &String| kinds.iter().any(|kind| plural(kind).as_ref() == Some(word));
    // The plural of a noun that is not known may be of another language.
    let by_task = scope.task.as_ref().filter(countable).map(|task| {
        let task = task.to_lowercase().replace('_', " ");
        let noun = task.rsplit([' ', '-']).next().unwrap_or_default();
        let known = plural(&task).filter(|_| kinds.contains(&noun));
        known.unwrap_or_else(|| format!("{task} {}", line(language, "texts")))
    });
    let by_app = || {
        let app = scope.app.as_ref()?.to_lowercase();
        if kinds.contains(&&*app) { plural(&app) } else { Some(app).filter(several) }
    };
    by_task.or_else(by_app).unwrap_or_else(|| line(language, "texts").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scope: &Scope) -> String {
        super::texts(Language::english(), scope)
    }

    #[test]
    fn texts_are_called_by_the_scope() {
        assert_eq!(texts(&Scope::person()), "texts");
        assert_eq!(texts(&Scope::app("mail")), "mails");
        assert_eq!(texts(&Scope::app("Slack")), "texts");
        assert_eq!(texts(&Scope::app("mail").task("reply")), "replies");
        assert_eq!(texts(&Scope::app("x").task("status_update")), "status updates");
        assert_eq!(texts(&Scope::app("x").task("antwort")), "antwort texts");
        assert_eq!(texts(&Scope::app("x").task("a'; drop")), "texts");
    }
}
