//! The wording of preferences and changes.
//!
//! Invariant: where a language has no wording of its own, the English one is used, so that everything can be put into
//! words.

use crate::hash::WordMap;
use crate::language::lists::content;

/// The wording for one measured quantity.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Saying {
    pub(crate) less: Way,
    pub(crate) more: Way,
    lines: [Option<(&'static str, &'static str)>; 8],
}

/// The wording for one direction of it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Way {
    /// For a habit: "keeps {texts} short". `{texts}` stands for the texts of the scope.
    pub(crate) habit: &'static str,
    /// For a single change: "fewer words".
    pub(crate) note: &'static str,
}

impl Saying {
    /// An additional line, by name.
    pub(crate) fn line(&self, name: &str) -> Option<&'static str> {
        self.lines.iter().flatten().find(|(own, _)| *own == name).map(|(_, text)| *text)
    }
}

/// The wordings of a language by name.
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

    /// The wording for a name; `None` if this language has none.
    pub(crate) fn of(&self, name: &str) -> Option<&Saying> {
        self.0.get(name)
    }
}
