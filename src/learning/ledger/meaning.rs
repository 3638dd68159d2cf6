//! What a sentence of the person's says of features, as far as that is certain: sentences that are the engine's own, or
//! their negation, small words and inflection aside; how a text begins and ends; how many words it has.
//!
//! Invariant: a sentence that is not understood means nothing, and contradicts nothing. What is done about contradictions
//! is left to `compose`.

use std::sync::LazyLock;

use crate::document::{fold, is_word, words};
use crate::language::{Language, List};
use crate::learning::tuning::say::SAME_LEVEL;
use crate::signals::features::{FEATURES, Feature, id};
use crate::types::{Direction, PreferenceKey};

/// What is meant by one sentence about one feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    feature: u16,
    /// Words in lower case, without marks.
    subject: String,
    direction: Option<Direction>,
    /// The levels that are wanted, from and to.
    levels: Option<(f32, f32)>,
}

/// What is understood of a text of the person's.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// The key where the whole text says one thing of a feature without a subject.
    pub(super) key: Option<PreferenceKey>,
    meanings: Vec<Meaning>,
    /// The whole text, to be held against the same with a "not".
    sentence: Sentence,
}

/// A text without the words that carry nothing, by stems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sentence {
    stems: Vec<String>,
    negated: bool,
}

impl Meaning {
    fn of_key(key: &PreferenceKey, level: Option<f32>) -> Self {
        Self {
            feature: key.feature,
            subject: bare(&key.subject),
            direction: Some(key.direction),
            levels: level.map(|level| (level / SAME_LEVEL, level * SAME_LEVEL)),
        }
    }

    fn contradicts(&self, other: &Self) -> bool {
        let more = |one: &Self| one.direction == Some(Direction::More);
        let less = |one: &Self| one.direction == Some(Direction::Less);
        if self.feature == other.feature {
            let same = about_same(&self.subject, &other.subject);
            let opposite = more(self) && less(other) || less(self) && more(other);
            let apart = match (self.levels, other.levels) {
                (Some(one), Some(other)) => one.1 < other.0 || other.1 < one.0,
                _ => false,
            };
            // A text has but one greeting and one sign-off.
            let only_one = matches!(self.feature, id::GREETING_PHRASE | id::CLOSING_PHRASE);
            return if same { opposite || apart } else { only_one && more(self) && more(other) };
        }
        let without = |none: &Self, phrase: &Self| {
            matches!(
                (none.feature, phrase.feature),
                (id::GREETING, id::GREETING_PHRASE) | (id::CLOSING, id::CLOSING_PHRASE)
            ) && less(none)
                && more(phrase)
        };
        without(self, other) || without(other, self)
    }
}

impl Reading {
    /// What is understood of a text in a language.
    pub(super) fn of(text: &str, language: &'static Language) -> Self {
        let whole = Sentence::of(text, language);
        let patterns = Patterns::of(language);
        let clauses = text.split(['.', ';', '!', '\n']).filter(|clause| !clause.trim().is_empty());
        let of_clause = |clause: &str| {
            let said = patterns.meaning(&Sentence::of(clause, language));
            said.or_else(|| phrase(clause, language)).or_else(|| length(clause, language))
        };
        let of_whole = patterns.meaning(&whole);
        let key = of_whole.as_ref().and_then(|meaning| {
            let (feature, direction) = (meaning.feature, meaning.direction?);
            Some(PreferenceKey { feature, subject: String::new(), direction })
        });
        let meanings = match of_whole {
            Some(meaning) => vec![meaning],
            None => clauses.filter_map(of_clause).collect(),
        };
        Self { key, meanings, sentence: whole }
    }

    /// The same, with what a key and a level mean.
    pub(super) fn with(mut self, key: &PreferenceKey, level: Option<f32>) -> Self {
        self.meanings.push(Meaning::of_key(key, level));
        self
    }

    /// Whether both cannot be followed in one text.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let denied = !self.sentence.stems.is_empty()
            && self.sentence.stems == other.sentence.stems
            && self.sentence.negated != other.sentence.negated;
        denied || self.meanings.iter().any(|one| other.meanings.iter().any(|other| one.contradicts(other)))
    }
}

impl Sentence {
    fn of(text: &str, language: &Language) -> Self {
        let (mut stems, mut negated) = (Vec::new(), false);
        let (deny, small) = (language.list(List::Deny), language.list(List::Small));
        for word in words(text).into_iter().filter(|word| is_word(word)) {
            let word = fold(word);
            if deny.contains(&&*word) {
                negated = !negated;
            } else if !small.contains(&&*word) {
                let is_text = is_text(&word, language);
                stems.push(if is_text { TEXT.to_owned() } else { language.stem(word.into_owned()) });
            }
        }
        Self { stems, negated }
    }
}

/// Stands for "texts", "mails", "replies" and so on.
const TEXT: &str = "{texts}";

fn is_text(word: &str, language: &Language) -> bool {
    let kinds = language.list(List::KindOfText);
    word == language.line("words", "texts")
        || kinds
            .iter()
            .any(|kind| *kind == word || language.plural(kind).is_some_and(|plural| plural == word))
}

/// The engine's sentences in a language that are about no subject.
struct Patterns(Vec<(Sentence, &'static Feature, Direction)>);

static ENGLISH: LazyLock<Patterns> = LazyLock::new(|| Patterns::read(Language::english()));

impl Patterns {
    fn of(language: &'static Language) -> std::borrow::Cow<'static, Self> {
        if std::ptr::eq(language, Language::english()) {
            std::borrow::Cow::Borrowed(&ENGLISH)
        } else {
            std::borrow::Cow::Owned(Self::read(language))
        }
    }

    fn read(language: &Language) -> Self {
        let mut patterns = Vec::new();
        for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
            let saying = language.saying(feature.name);
            for (direction, way) in [(Direction::Less, saying.less), (Direction::More, saying.more)] {
                let texts = language.line("words", "texts");
                let sentence = Sentence::of(&way.habit.replace(TEXT, texts), language);
                if !sentence.stems.is_empty() {
                    patterns.push((sentence, *feature, direction));
                }
            }
        }
        Self(patterns)
    }

    /// The feature and direction that a sentence names; `None` where it names none, or several.
    fn meaning(&self, sentence: &Sentence) -> Option<Meaning> {
        let mut found: Option<(u16, Direction)> = None;
        for (pattern, feature, direction) in &self.0 {
            if pattern.stems != sentence.stems {
                continue;
            }
            let said = if pattern.negated == sentence.negated { *direction } else { opposite(*direction) };
            if found.is_some_and(|found| found != (feature.id, said)) {
                return None;
            }
            found = Some((feature.id, said));
        }
        found.map(|(feature, direction)| Meaning {
            feature,
            subject: String::new(),
            direction: Some(direction),
            levels: None,
        })
    }
}

impl Clone for Patterns {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

pub(super) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Less => Direction::More,
        Direction::More => Direction::Less,
    }
}

/// A greeting or a sign-off that is to be written, or not.
fn phrase(clause: &str, language: &Language) -> Option<Meaning> {
    let said = Sentence::of(clause, language);
    let named = [id::GREETING_PHRASE, id::CLOSING_PHRASE].into_iter().filter_map(Feature::by_id);
    let mut found = named.filter_map(|feature| {
        let (begins, ends) = language.saying(feature.name).more.habit.split_once("{subject}")?;
        let begins = Sentence::of(begins, language);
        let rest = said.stems.strip_prefix(begins.stems.as_slice()).filter(|rest| !rest.is_empty())?;
        if !ends.is_empty() || begins.negated {
            return None;
        }
        // As it is written, with the small words.
        let all = plain_words(clause);
        let first = (0..all.len())
            .find(|at| Sentence::of(&all[*at..].join(" "), language).stems.len() == rest.len())?;
        let after = (first..all.len())
            .take_while(|at| Sentence::of(&all[*at..].join(" "), language).stems.len() == rest.len())
            .last()?;
        let subject = all[after..].join(" ");
        let name = bare(&language.line("words", "and-name").replace("{phrase}", ""));
        let subject = subject.strip_suffix(&name).map_or(subject.clone(), |phrase| format!("{phrase}name"));
        let direction = if said.negated { Direction::Less } else { Direction::More };
        Some(Meaning { feature: feature.id, subject, direction: Some(direction), levels: None })
    });
    found.next()
}

/// A number of words that texts are to have, such as "mails of at most 80 words".
fn length(clause: &str, language: &Language) -> Option<Meaning> {
    let feature = Feature::by_id(id::WORDS)?;
    let all = plain_words(clause);
    let at = all.iter().position(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
    let unit = language.saying(feature.name).line("unit").unwrap_or(feature.unit);
    if all.get(at + 1).map(String::as_str) != Some(unit) {
        return None;
    }
    let level: f32 = all[at].parse().ok().filter(|level| (1.0..1e6).contains(level))?;
    let before = all[..at].join(" ");
    let bound = |list| language.list(list).iter().copied().find(|bound| ends_with(&before, bound));
    let (least, most) = (bound(List::AtLeast), bound(List::AtMost));
    // Of "no more than" and "more than" the longer one counts.
    let length = |bound: Option<&str>| bound.map_or(0, str::len);
    let levels = match length(least).cmp(&length(most)) {
        std::cmp::Ordering::Greater => (level / SAME_LEVEL, f32::INFINITY),
        std::cmp::Ordering::Less => (0.0, level * SAME_LEVEL),
        std::cmp::Ordering::Equal => (level / SAME_LEVEL, level * SAME_LEVEL),
    };
    let rest = &before[..before.len() - length(least).max(length(most))];
    let rest: Vec<&str> = rest.split(' ').filter(|word| !word.is_empty()).collect();
    let joins = language.list(List::Joins);
    let text_of = |mut words: Box<dyn Iterator<Item = &str> + '_>| {
        words.find(|word| !joins.contains(word)).is_some_and(|word| is_text(word, language))
    };
    let of_texts = text_of(Box::new(rest.iter().rev().copied()))
        || text_of(Box::new(all[at + 2..].iter().map(String::as_str)));
    let denied = rest.iter().any(|word| language.list(List::Deny).contains(word));
    let only = all.iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).count() == 1;
    (of_texts && only && !denied).then_some(Meaning {
        feature: feature.id,
        subject: String::new(),
        direction: None,
        levels: Some(levels),
    })
}

/// The words of a text in lower case, without marks.
fn plain_words(text: &str) -> Vec<String> {
    words(text).into_iter().filter(|word| is_word(word)).map(|word| fold(word).into_owned()).collect()
}

fn bare(text: &str) -> String {
    plain_words(text).join(" ")
}

fn ends_with(text: &str, phrase: &str) -> bool {
    text.strip_suffix(phrase).is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

/// Whether one subject is the other, or begins with it: "hi" and "hi <name>".
fn about_same(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    long == short || !short.is_empty() && long.strip_prefix(short).is_some_and(|after| after.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        Reading::of(text, Language::english())
    }

    fn contradict(one: &str, other: &str) -> bool {
        let (one, other) = (read(one), read(other));
        assert_eq!(one.contradicts(&other), other.contradicts(&one));
        one.contradicts(&other)
    }

    #[test]
    fn the_engine_s_own_sentences_are_understood_and_deny_each_other() {
        let mut alike = Vec::new();
        for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
            let habit =
                |direction| feature.habit("", direction, None, &crate::types::Scope::app("mail"), None);
            let (less, more) = (habit(Direction::Less), habit(Direction::More));
            if less.is_empty() {
                continue;
            }
            let understood =
                [(&less, Direction::Less), (&more, Direction::More)].into_iter().all(|(text, direction)| {
                    read(text).key
                        == Some(PreferenceKey { feature: feature.id, subject: String::new(), direction })
                });
            if understood && contradict(&less, &more) {
                continue;
            }
            alike.push(feature.name);
        }
        assert_eq!(alike, [""; 0]);
    }

    #[test]
    fn sentences_that_deny_each_other_are_told_apart_from_others() {
        for (one, other) in [
            ("Always use emoji", "never uses emoji"),
            ("Please use contractions.", "Don't use contractions"),
            ("Avoid semicolons", "uses semicolons"),
            ("keeps mails short", "Never keep mails short"),
            ("Sign off with Kindest wishes", "never sign off with 'Kindest wishes,'"),
            ("Sign off with Kindest wishes", "signs off with 'Ciao'"),
            ("opens with 'Hello' and the name", "Open with Dear colleagues"),
            ("opens with 'Hello' and the name", "opens without a greeting"),
            ("Mention the invoice number", "Do not mention the invoice number"),
            ("Keep replies under 90 words", "Write replies of at least 150 words"),
            ("keeps texts near 40 words", "no less than 120 words per note"),
        ] {
            assert!(contradict(one, other), "{one} | {other}");
        }
        for (one, other) in [
            ("Always use emoji", "uses emoji"),
            ("opens with 'Hello' and the name", "Always open with Hello"),
            ("Quote at most 10 words", "Write replies of at least 150 words"),
            ("keeps texts near 40 words", "writes sentences of about 12 words"),
            ("Keep replies under 90 words", "keeps replies near 60 words"),
            ("Mention the invoice number", "Do not mention the price"),
            ("Uses emoji only with friends", "avoids emoji"),
            ("Hates it when somebody uses contractions", "uses contractions"),
            ("", "never"),
        ] {
            assert!(!contradict(one, other), "{one} | {other}");
        }
    }
}
