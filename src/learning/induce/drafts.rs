//! The draft of an edit with parts of the edit applied, so that a feature is compared without the changes that have an
//! explanation of their own.
//!
//! Invariant: each combination of parts is measured once.

use std::borrow::Cow;

use crate::document::Document;
use crate::edit::{Accounted, Accounts, Alignment};
use crate::language::Kinds;
use crate::learning::induce::change;
use crate::signals::features::{Feature, Measured, Reach};

/// What is undone of an edit before a feature is measured in the draft: what is known to move it by itself, and in
/// addition the words that may be habits of their own.
pub(super) fn accounts(reach: Reach) -> [Accounts; 2] {
    match reach {
        Reach::Own => [Accounts::NONE, Accounts::BLOCK],
        Reach::Courtesy => [Accounts::COURTESY, Accounts::COURTESY.or(Accounts::BLOCK)],
        Reach::Anything => {
            let apart = Accounts::COURTESY.or(Accounts::NOTATION);
            [apart, apart.or(Accounts::WORDING).or(Accounts::BLOCK)]
        }
        Reach::Content => {
            let apart = Accounts::COURTESY.or(Accounts::NOTATION).or(Accounts::REWRITTEN);
            [apart, apart.or(Accounts::WORDING).or(Accounts::BLOCK)]
        }
    }
}

/// Values in the draft and in the final.
pub(super) type Levels = (Option<f32>, Option<f32>);

/// The draft of an edit with parts of the edit in it, each measured once.
pub(super) struct Drafts<'a, 'p, 't> {
    pub(super) alignment: &'a Alignment<'p, 't>,
    pub(super) accounted: &'a Accounted,
    /// The draft as it is.
    pub(super) before: &'a Measured,
    pub(super) after: &'a Measured,
    pub(super) measured: Vec<((Accounts, bool), Cow<'a, Measured>)>,
}

impl Drafts<'_, '_, '_> {
    /// With the content of the edited text and the hunks of some accounts; with `kept` without what was cut.
    pub(super) fn with(&mut self, set: Accounts, kept: bool) -> &Measured {
        let key = (self.accounted.present(set), kept && self.alignment.was_cut());
        let known = self.measured.iter().position(|(of, _)| *of == key);
        let at = known.unwrap_or_else(|| {
            let text = self.alignment.draft_with_accounts(self.accounted, key.0, key.1);
            let draft = self.alignment.draft();
            let measured = if text == draft.text {
                Cow::Borrowed(self.before)
            } else {
                Cow::Owned(Measured::of(&Document::new(&text, draft.language)))
            };
            self.measured.push((key, measured));
            self.measured.len() - 1
        });
        &self.measured[at].1
    }

    /// What is undone before a feature is measured, as of [`accounts`].
    pub(super) fn accounts(&mut self, feature: &Feature, kept: bool) -> [Accounts; 2] {
        // Listed words that came are chosen wherever they stand; others may have gone with the content.
        let came = feature.reach == Reach::Content
            && feature.lists != Kinds::NONE
            && self
                .change(feature, accounts(Reach::Anything)[0], kept)
                .is_some_and(|(change, _)| change > 0.0);
        accounts(if came { Reach::Anything } else { feature.reach })
    }

    /// The change of a feature, and its values before and after.
    pub(super) fn change(&mut self, feature: &Feature, set: Accounts, kept: bool) -> Option<(f32, Levels)> {
        let after = self.after;
        let before = self.with(set, kept);
        let levels = (before.value(feature.id), after.value(feature.id));
        change(feature, before, after).map(|change| (change, levels))
    }
}
