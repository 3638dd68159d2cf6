//! The draft of an edit with parts of the edit already applied. Comparing it with the final excludes changes that
//! have another explanation.
//!
//! Invariant: each combination of parts is measured once.

use std::borrow::Cow;

use crate::document::Document;
use crate::edit::{Accounted, Accounts, Alignment};
use crate::language::Kinds;
use crate::learning::tuning::change;
use crate::signals::features::{Feature, Measured, Reach, Shape};
use crate::signals::tuning::feature::RATE_WORDS_MIN;

/// The parts of an edit that are applied to the draft before a feature is measured. The first set has the changes
/// known to affect the feature as a consequence. The second adds words that may be habits of their own.
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

/// The draft with parts of the edit applied, each combination measured once.
pub(super) struct Drafts<'a, 'p, 't> {
    pub(super) alignment: &'a Alignment<'p, 't>,
    pub(super) accounted: &'a Accounted,
    /// The original draft.
    pub(super) before: &'a Measured,
    pub(super) after: &'a Measured,
    pub(super) measured: Vec<((Accounts, bool), Cow<'a, Measured>)>,
}

impl Drafts<'_, '_, '_> {
    /// The measured draft with the content of the edited text and the hunks of some accounts applied. With `kept`,
    /// sentences that the edit removed are also removed here.
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

    /// The parts to apply before a feature is measured; see [`accounts`].
    pub(super) fn accounts(&mut self, feature: &Feature, kept: bool) -> [Accounts; 2] {
        // Adding listed words is a choice wherever they are. Listed words that disappear may only have gone with the
        // content.
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

/// The signed change in steps; 0 if the feature was left alone, `None` if neither text offered the choice.
pub(super) fn change(feature: &Feature, before: &Measured, after: &Measured) -> Option<f32> {
    let (old, new) = (before.value(feature.id)?, after.value(feature.id)?);
    if old == 0.0 && new == 0.0 && feature.shape != Shape::Choice {
        return None;
    }
    if let (Some(had), Some(has)) = (before.marked(feature.id), after.marked(feature.id))
        && (has - had) * (new - old) <= 0.0
    {
        // A share also changes when other sentences are added or removed.
        return Some(0.0);
    }
    let steps = match feature.shape {
        Shape::Rate => {
            let count = |rate: f32, text: &Measured| rate * (text.words() as f32).max(RATE_WORDS_MIN) / 100.0;
            let (had, has) = (count(old, before), count(new, after));
            let length = after.words() as f32 / before.words().max(1) as f32;
            let steps =
                (has - had * length) * 100.0 / (after.words() as f32).max(RATE_WORDS_MIN) / feature.scale;
            // A rate also changes when the rest of the text grows or shrinks. This is no choice, but it has to count
            // against words that changed along with it.
            if (has - had) * steps <= 0.0 || (has - had).abs() < 0.01 {
                return Some(if (length - 1.0).abs() < change::RATE_DRIFT_FROM {
                    0.0
                } else {
                    steps.clamp(-change::RATE_DRIFT, change::RATE_DRIFT)
                });
            }
            steps
        }
        _ => (feature.on_axis(new) - feature.on_axis(old)) / feature.scale,
    };
    Some(if steps.abs() < change::SMALLEST { 0.0 } else { steps.clamp(-change::LARGEST, change::LARGEST) })
}
