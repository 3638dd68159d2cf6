//! The texts of a record, each read once.
//!
//! Invariant: whatever is measured, taught, cut into chunks or looked up later of a record takes these documents. Of a
//! message the writer's own part counts.

use crate::document::{Document, own_text};
use crate::types::{Record, Signal};

/// What an edit cost the person; of messages the writer's own part counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EditCost {
    /// Word-level Levenshtein distance between draft and final, as [`edit_distance`](crate::edit_distance).
    pub distance: usize,
    /// Words of the longer of the two.
    pub words: usize,
}

/// The writer's own part of draft and final, where it is not the whole.
pub(super) struct OwnParts([Option<String>; 2]);

impl OwnParts {
    pub(super) fn of(signal: &Signal) -> Self {
        let part = |text: &String| Some(own_text(text)).filter(|own| own != text);
        Self(match signal {
            Signal::Edit { draft, edited } => [part(draft), part(edited)],
            _ => [None, None],
        })
    }
}

/// The texts of a record.
pub(super) struct Texts<'r> {
    /// What the record is found by.
    pub(super) key: Document<'r>,
    /// The writer's own part of draft and final.
    pub(super) edit: Option<[Document<'r>; 2]>,
}

impl<'r> Texts<'r> {
    pub(super) fn of(record: &'r Record, own: &'r OwnParts) -> Self {
        Self::read(&record.context, &record.signal, record.scope.locale.as_deref(), own)
    }

    /// The same, where more of the record is borrowed than its texts.
    pub(super) fn read(
        context: &'r str,
        signal: &'r Signal,
        locale: Option<&str>,
        own: &'r OwnParts,
    ) -> Self {
        let key = match signal {
            Signal::History { text } | Signal::Keyed { text, .. } => text,
            _ => context,
        };
        let edit = match signal {
            Signal::Edit { draft, edited } => {
                let [own_draft, own_edited] = &own.0;
                let read = |text: &'r String, own: &'r Option<String>| {
                    Document::read(own.as_ref().unwrap_or(text), locale)
                };
                Some([read(draft, own_draft), read(edited, own_edited)])
            }
            _ => None,
        };
        Self { key: Document::read(key, locale), edit }
    }
}
