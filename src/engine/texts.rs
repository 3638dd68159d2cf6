//! The texts of a record, each analyzed once.
//!
//! Invariant: everything that is later measured, learned, chunked or looked up for a record uses these documents. Of
//! a message, only the writer's own part counts.
//! message the writer's own part counts.

use std::borrow::Cow;
use std::iter::once;

use crate::document::{Document, OwnPart, terms};
use crate::engine::state::{final_text, key_of, key_text, key_texts};
use crate::learning::judged;
use crate::search::ItemWords;
use crate::types::{Record, Signal};

/// The cost of an edit for the person; of a message, only the writer's own part counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EditCost {
    /// Word-level Levenshtein distance between draft and final text, as computed by
    /// [`edit_distance`](crate::edit_distance).
    pub distance: usize,
    /// Number of words of the longer of the two texts.
    pub words: usize,
}

/// The writer's own part of each text that is learned from.
pub(super) struct OwnParts<'r>(Vec<OwnPart<'r>>);

impl<'r> OwnParts<'r> {
    pub(super) fn of(signal: &'r Signal) -> Self {
        Self(judged(signal).into_iter().map(OwnPart::of).collect())
    }
}

/// The texts of a record.
pub(super) struct Texts<'r> {
    /// The text that the record is found by.
    pub(super) key: Document<'r>,
    /// The writer's own part of each text that is learned from; `None` if it is the same document as the key.
    own: Vec<Option<Document<'r>>>,
}

impl<'r> Texts<'r> {
    pub(super) fn of(record: &'r Record, own: &'r OwnParts<'_>) -> Self {
        Self::read(&record.context, &record.signal, record.scope.locale.as_deref(), own)
    }

    /// The same from the parts of a record.
    pub(super) fn read(
        context: &'r str,
        signal: &'r Signal,
        locale: Option<&str>,
        own: &'r OwnParts<'_>,
    ) -> Self {
        let key = Document::read(key_of(context, signal), locale);
        let is_history = matches!(signal, Signal::History { .. } | Signal::Keyed { .. });
        let own = own.0.iter().map(|part| match (is_history, part.is_whole()) {
            (true, true) => None,
            (true, false) => Some(key.own(part, locale)),
            (false, _) => Some(Document::read(&part.text, locale)),
        });
        let own = own.collect();
        Self { key, own }
    }

    /// The writer's own part of each text that is learned from.
    pub(super) fn own(&self) -> Vec<&Document<'r>> {
        self.own.iter().map(|own| own.as_ref().unwrap_or(&self.key)).collect()
    }

    /// The terms by which search finds the record.
    pub(super) fn words(&self, record: &Record) -> ItemWords {
        let around = around(record);
        let read = self.own.iter().flatten().find(|own| std::ptr::eq(own.text, around.as_ref()));
        let language = self.key.language();
        let around = read.map_or_else(|| terms(&around, language), |read| read.terms_in(language));
        ItemWords::of(&self.key, around)
    }
}

/// The same for a record whose texts are not read yet.
pub(super) fn words_of(record: &Record) -> ItemWords {
    let key = Document::read(key_text(record).1, record.scope.locale.as_deref());
    ItemWords::of(&key, terms(&around(record), key.language()))
}

/// The surroundings of the text that a record is found by.
fn around(record: &Record) -> Cow<'_, str> {
    match &record.signal {
        Signal::History { .. } => Cow::Borrowed(record.context.as_str()),
        Signal::Keyed { keys, .. } => {
            let keys = key_texts(keys);
            Cow::Owned(once(record.context.as_str()).chain(keys).collect::<Vec<_>>().join("\n"))
        }
        _ => Cow::Borrowed(final_text(record)),
    }
}
