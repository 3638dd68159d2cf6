//! How preferences and changes are put in words.
//!
//! Invariant: a language without a wording of its own for something takes that of English: what is stated is always said.

use crate::hash::WordMap;
use crate::language::lists::content;

/// What is said of one thing measured.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Saying {
    pub(crate) less: Way,
    pub(crate) more: Way,
    lines: [Option<(&'static str, &'static str)>; 8],
}

/// What is said of one direction.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Way {
    /// Of a habit: "keeps {texts} short". `{texts}` stands for what the scope is about.
    pub(crate) habit: &'static str,
    /// Of one change: "fewer words".
    pub(crate) note: &'static str,
}

impl Saying {
    /// A further line, by its name.
    pub(crate) fn line(&self, name: &str) -> Option<&'static str> {
        self.lines.iter().flatten().find(|(own, _)| *own == name).map(|(_, text)| *text)
    }
}

/// The sayings of a language by name.
#[derive(Debug, Default)]
pub(crate) struct Wording(WordMap<Saying>);

impl Wording {
    pub(crate) fn read(file: &'static str) -> Self {
        let mut sayings: WordMap<Saying> = WordMap::default();
        let mut name = "";
        for line in content(file) {
            if let Some(own) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
                name = own;
                continue;
            }
            let Some((key, text)) = line.split_once(':') else { continue };
            let text = text.trim();
            let saying = sayings.entry(name).or_default();
            let way = || {
                let (habit, note) = text.split_once('|').unwrap_or((text, text));
                Way { habit: habit.trim(), note: note.trim() }
            };
            match key {
                "less" => saying.less = way(),
                "more" => saying.more = way(),
                _ => {
                    if let Some(free) = saying.lines.iter_mut().find(|line| line.is_none()) {
                        *free = Some((key, text));
                    }
                }
            }
        }
        Self(sayings)
    }

    /// What is said of something; `None` where this language has no words for it.
    pub(crate) fn of(&self, name: &str) -> Option<&Saying> {
        self.0.get(name)
    }
}
