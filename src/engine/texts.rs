//! The texts of a record, each read once.
//!
//! Invariant: whatever is measured, taught, cut into chunks or looked up later of a record takes these documents. The
//! writer's own part of a message is read beside the whole only where it is not the whole.

use crate::document::{Document, own_text};
use crate::edit::distance_of;
use crate::types::Signal;

/// What an edit cost the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EditCost {
    /// Word-level Levenshtein distance between draft and final.
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

/// A text of an edit.
struct Whole<'r> {
    text: Document<'r>,
    own: Option<Document<'r>>,
}

impl<'r> Whole<'r> {
    fn read(text: &'r str, own: Option<&'r str>, locale: Option<&str>) -> Self {
        Self { text: Document::read(text, locale), own: own.map(|own| Document::read(own, locale)) }
    }

    fn own(&self) -> &Document<'r> {
        self.own.as_ref().unwrap_or(&self.text)
    }
}

/// The texts of a record.
pub(super) struct Texts<'r> {
    /// What the record is found by.
    pub(super) key: Document<'r>,
    /// Draft and final.
    edit: Option<[Whole<'r>; 2]>,
}

impl<'r> Texts<'r> {
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
                Some([
                    Whole::read(draft, own_draft.as_deref(), locale),
                    Whole::read(edited, own_edited.as_deref(), locale),
                ])
            }
            _ => None,
        };
        Self { key: Document::read(key, locale), edit }
    }

    /// The writer's own part of draft and final.
    pub(super) fn own(&self) -> Option<(&Document<'r>, &Document<'r>)> {
        self.edit.as_ref().map(|[draft, edited]| (draft.own(), edited.own()))
    }

    /// What the edit cost.
    pub(super) fn cost(&self) -> EditCost {
        let Some([draft, edited]) = &self.edit else { return EditCost::default() };
        let words = |whole: &Whole<'r>| whole.text.tokens.iter().map(|token| token.text).collect::<Vec<_>>();
        let (draft, edited) = (words(draft), words(edited));
        EditCost { distance: distance_of(&draft, &edited), words: draft.len().max(edited.len()) }
    }
}
