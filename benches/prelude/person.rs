//! The simulated person: hidden preferences as programs that rewrite a text, three to five for each kind of context,
//! and what the person would say of each when asked.
//!
//! Invariant: knows neither the engine nor the drafting stand-in, and shares no rule, list or definition with them. The
//! text in mind is the plain draft rewritten by the programs of its kind; any draft is edited into it. A kind without
//! programs wants the plain draft.

use regex::Regex;

use crate::rewrites::PROGRAMS;

/// What kind of choice a program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Frame,
    Length,
    Wording,
    Notation,
    Layout,
    Register,
    Stance,
    Order,
}

pub(crate) const FAMILIES: [Family; 8] = [
    Family::Frame,
    Family::Length,
    Family::Wording,
    Family::Notation,
    Family::Layout,
    Family::Register,
    Family::Stance,
    Family::Order,
];

/// A hidden preference.
pub(crate) struct Program {
    pub(crate) family: Family,
    /// Of two programs with the same slot a kind has at most one.
    pub(crate) slot: &'static str,
    /// Kept for the split that nobody tunes on.
    pub(crate) apart: bool,
    /// How the person would ask for it; the first is the plainest.
    pub(crate) asked: [&'static str; 3],
    pub(crate) rewrite: fn(&mut Note),
}

/// A text as the person sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Note {
    pub(crate) title: Option<String>,
    pub(crate) hello: Option<String>,
    pub(crate) points: Vec<String>,
    pub(crate) mark: Mark,
    pub(crate) emoji: bool,
    pub(crate) bye: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Mark {
    #[default]
    None,
    Dash,
    Number,
}

/// An expression that is compiled once.
macro_rules! expression {
    ($expression:expr) => {{
        static COMPILED: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| regex::Regex::new($expression).expect("a valid expression"));
        &*COMPILED
    }};
}

pub(crate) use expression;

impl Note {
    pub(crate) fn parse(text: &str) -> Self {
        let mut blocks: Vec<&str> =
            text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()).collect();
        let mut note = Self::default();
        if blocks.first().is_some_and(|first| first.starts_with("# ")) {
            note.title = Some(blocks.remove(0).to_owned());
        }
        let short = |block: &str| block.split_whitespace().count() <= 5;
        if blocks.len() > 1 && short(blocks[0]) && blocks[0].ends_with([',', '!', ':']) {
            note.hello = Some(blocks.remove(0).to_owned());
        }
        let ends =
            |block: &str| short(block) && (block.contains(",\n") || block.split_whitespace().count() <= 2);
        if blocks.len() > 1 && blocks.last().is_some_and(|last| ends(last)) {
            note.bye = blocks.pop().map(str::to_owned);
        }
        let body = blocks.join("\n");
        let item = expression!(r"(?m)^(?:- |\d+\. )");
        note.mark = match body.chars().next() {
            Some('-') => Mark::Dash,
            Some('0'..='9') if item.is_match(&body) => Mark::Number,
            _ => Mark::None,
        };
        let bare = if note.mark == Mark::None { body } else { item.replace_all(&body, "").into_owned() };
        note.emoji = bare.trim_end().ends_with('🙂');
        let bare = bare.replace('🙂', "");
        let end = expression!(r"([.!?…]+\)?\*{0,2})(?:\s+|$)");
        let mut start = 0;
        for found in end.find_iter(&bare) {
            let before = &bare[start..found.end()];
            // "3:30 p.m. on": no end of a sentence.
            let goes_on =
                before.trim().ends_with(".m.") && !bare[found.end()..].starts_with(char::is_uppercase);
            if !goes_on && !before.trim().is_empty() {
                note.points.push(before.trim().to_owned());
                start = found.end();
            }
        }
        if !bare[start..].trim().is_empty() {
            note.points.push(bare[start..].trim().to_owned());
        }
        note
    }

    pub(crate) fn render(&self) -> String {
        let marked = |(at, point): (usize, &String)| match self.mark {
            Mark::None => point.clone(),
            Mark::Dash => format!("- {point}"),
            Mark::Number => format!("{}. {point}", at + 1),
        };
        let points: Vec<String> = self.points.iter().enumerate().map(marked).collect();
        let mut body = points.join(if self.mark == Mark::None { " " } else { "\n" });
        if self.emoji {
            body.push_str(" 🙂");
        }
        [&self.title, &self.hello, &Some(body), &self.bye]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    pub(crate) fn each(&mut self, change: impl Fn(&str) -> String) {
        for point in &mut self.points {
            *point = change(point);
        }
    }

    pub(crate) fn replace(&mut self, pairs: &[(&str, &str)]) {
        for (from, to) in pairs {
            let from = Regex::new(&format!(r"(?i)\b{from}\b")).expect("a valid expression");
            self.each(|point| {
                let like = |found: &regex::Captures<'_>| {
                    let mut to = (*to).to_owned();
                    for at in 1..found.len() {
                        to = to.replace(&format!("${at}"), found.get(at).map_or("", |group| group.as_str()));
                    }
                    if found[0].starts_with(char::is_uppercase) { capital(&to) } else { to }
                };
                from.replace_all(point, like).into_owned()
            });
        }
    }

    pub(crate) fn without(&mut self, expression: &str) {
        let words = Regex::new(expression).expect("a valid expression");
        self.each(|point| {
            let bare = words.replace_all(point, " ").split_whitespace().collect::<Vec<_>>().join(" ");
            if bare == *point { bare } else { capital(&bare.replace(" ,", ",").replace(" .", ".")) }
        });
    }

    /// Leaves sentences out, but never all of them.
    pub(crate) fn leave_out(&mut self, expression: &Regex) {
        let kept: Vec<String> =
            self.points.iter().filter(|point| !expression.is_match(point)).cloned().collect();
        if !kept.is_empty() {
            self.points = kept;
        }
    }

    pub(crate) fn keep_near(&mut self, words: usize) {
        let count = |note: &Self| note.render().split_whitespace().count();
        while self.points.len() > 1 {
            let mut shorter = self.clone();
            shorter.points.pop();
            if count(self).abs_diff(words) <= count(&shorter).abs_diff(words) {
                return;
            }
            *self = shorter;
        }
    }

    pub(crate) fn keep_first(&mut self, points: usize) {
        self.points.truncate(points);
    }

    pub(crate) fn asks(&self) -> Option<usize> {
        self.points.iter().position(|point| {
            expression!(r"(?i)^\*{0,2}(please (send|let|have|tell)|could you)\b").is_match(point)
        })
    }
}

pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A person: the programs of each kind of context, by index in [`PROGRAMS`].
pub(crate) struct Person {
    pub(crate) kinds: Vec<Vec<usize>>,
}

impl Person {
    /// Draws a person with three to five programs for each of `kinds` kinds from those that `choose` admits; fewer
    /// where there are not as many slots.
    pub(crate) fn draw(
        kinds: usize,
        choose: impl Fn(&Program) -> bool,
        mut random: impl FnMut() -> u64,
    ) -> Self {
        let pool: Vec<usize> = (0..PROGRAMS.len()).filter(|at| choose(&PROGRAMS[*at])).collect();
        let kinds = (0..kinds).map(|_| {
            let wanted = 3 + (random() % 3) as usize;
            let mut chosen: Vec<usize> = Vec::new();
            // Enough tries to fill every slot.
            for _ in 0..100 {
                let at = pool[(random() % pool.len() as u64) as usize];
                let clash = chosen.iter().any(|other| PROGRAMS[*other].slot == PROGRAMS[at].slot);
                if chosen.len() < wanted && !clash {
                    chosen.push(at);
                }
            }
            chosen.sort_unstable();
            chosen
        });
        Self { kinds: kinds.collect() }
    }

    /// The programs of a kind; none for a kind beyond those drawn.
    pub(crate) fn hidden(&self, kind: usize) -> &[usize] {
        self.kinds.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The text into which the person edits any draft.
    pub(crate) fn wanted(&self, kind: usize, plain: &str) -> String {
        let hidden = self.hidden(kind);
        if hidden.is_empty() { plain.to_owned() } else { rewritten(hidden, plain) }
    }
}

/// A text rewritten by programs.
pub(crate) fn rewritten(programs: &[usize], text: &str) -> String {
    let mut note = Note::parse(text);
    for at in programs {
        (PROGRAMS[*at].rewrite)(&mut note);
    }
    note.render()
}
