//! Evidence about the preferences that a draft was made with: leaving them alone confirms them, undoing them counts
//! against them.
//!
//! Invariant: a change that the person made themselves takes precedence over what was applied.

use std::collections::{BTreeMap, BTreeSet};

use super::Items;
use crate::document::Document;
use crate::edit::tuning::phrase;
use crate::hash::subject_hash;
use crate::language::{Kinds, Language};
use crate::learning::EvidenceItem;
use crate::learning::tuning::{change, weight};
use crate::signals::features::{Feature, Measured, Shape, id};
use crate::types::{AppliedPreference, Direction, PreferenceKey};

impl Items {
    /// Adds evidence about the applied preferences. One that was not undone is confirmed. One that was undone is not
    /// wanted here, which does not mean that its opposite is. `draft` is the text that the person edited, `None` if
    /// they accepted the text as it was. `share` multiplies the weights.
    pub(super) fn confirm(
        &mut self,
        applied: &[AppliedPreference],
        draft: Option<&Document<'_>>,
        after: &Measured,
        share: f32,
    ) {
        let phrases = Applied::of(applied, draft, after);
        for preference in applied {
            let Some(feature) = Feature::by_id(preference.feature) else { continue };
            let change = f32::from(preference.direction.signum()) * change::CONFIRMED;
            let key = (preference.feature, preference.subject);
            if change == 0.0 || self.raw.by_products.contains(&preference.feature) {
                continue;
            }
            if feature.id == id::PHRASE {
                self.confirm_phrase(preference, draft, &phrases, share);
                continue;
            }
            if let Some(item) = self.by_key.get_mut(&key).filter(|item| item.change != 0.0) {
                if item.change * change < 0.0 && feature.shape != Shape::Log {
                    (item.change, item.left, item.before) = (0.0, 0.0, item.after.or(Some(0.0)));
                }
                continue;
            }
            if let Some((steps, (before, after))) = self.raw.lengthened(feature)
                && steps * change < 0.0
            {
                // Text that was removed by a preference and is put back was wanted, even if it is content. A small
                // difference is evidence for neither.
                if steps.abs() >= change::UNDONE {
                    self.put(feature.id, "", steps, (Some(before), Some(after)), weight::CHANGE);
                }
                if steps.abs() >= change::SMALLEST || feature.id == id::SENTENCES {
                    continue;
                }
            }
            let Some((value, weight)) = kept(feature, preference, after) else { continue };
            // Only the hash is known, unless the subject occurs in the record's own evidence.
            let subject = self.by_key.get(&key).map(|item| item.subject.clone()).unwrap_or_default();
            let weight = weight * share;
            let subject_hash = preference.subject;
            let feature = preference.feature;
            let (before, after) = (value, value);
            self.by_key.insert(
                key,
                EvidenceItem {
                    feature,
                    subject,
                    subject_hash,
                    change,
                    left: change,
                    words: 0,
                    before,
                    after,
                    weight,
                },
            );
        }
    }

    /// Evidence about a phrase that was to be used or avoided. A phrase that is absent from the final is no evidence.
    fn confirm_phrase(
        &mut self,
        preference: &AppliedPreference,
        draft: Option<&Document<'_>>,
        phrases: &Applied,
        share: f32,
    ) {
        let Some(phrase) = phrases.after.get(&preference.subject) else { return };
        if preference.direction > 0 {
            self.put(
                id::PHRASE,
                phrase,
                change::CONFIRMED,
                (Some(1.0), Some(1.0)),
                weight::CONFIRMED * share,
            );
            return;
        }
        let language = draft.map_or_else(Language::english, |draft| draft.language);
        let put_back =
            draft.is_some_and(|draft| draft.words > 0) && !phrases.before.contains_key(&preference.subject);
        let weight = if put_back { weight::CHANGE } else { weight::LEFT_ALONE };
        self.by_key.remove(&(id::PHRASE, preference.subject));
        self.put(id::PHRASE, phrase, 0.0, (Some(1.0), Some(1.0)), weight * share);
        // Wanting this phrase back does not mean wanting more words of its kind.
        let kinds = language.lexicon().kinds(phrase);
        for (kind, feature) in [(Kinds::HEDGE, id::HEDGES), (Kinds::BOOSTER, id::BOOSTERS)] {
            if put_back
                && kinds.meets(kind)
                && let Some(item) = self.by_key.get_mut(&(feature, 0)).filter(|item| item.change > 0.0)
            {
                (item.change, item.left, item.before) = (0.0, 0.0, item.after);
            }
        }
    }

    /// Adds evidence against the preferences that were applied to a text which the person did not want.
    pub(super) fn doubt(&mut self, applied: &[AppliedPreference], share: f32) {
        for preference in applied.iter().filter(|preference| Feature::by_id(preference.feature).is_some()) {
            let item = EvidenceItem {
                words: 0,
                feature: preference.feature,
                subject: String::new(),
                subject_hash: preference.subject,
                change: f32::from(preference.direction.signum()) * -change::CONFIRMED,
                left: f32::from(preference.direction.signum()) * -change::CONFIRMED,
                before: None,
                after: None,
                weight: weight::REJECT * share,
            };
            self.by_key.insert((item.feature, item.subject_hash), item);
        }
    }
}

/// The applied phrases that occur in a draft and in its final, by their hashes.
#[derive(Default)]
struct Applied {
    before: BTreeMap<u64, String>,
    after: BTreeMap<u64, String>,
}

impl Applied {
    /// Scans each text once, however many phrases were applied.
    fn of(applied: &[AppliedPreference], draft: Option<&Document<'_>>, after: &Measured) -> Self {
        let phrases = applied.iter().filter(|preference| preference.feature == id::PHRASE);
        let wanted: BTreeSet<u64> = phrases.map(|preference| preference.subject).collect();
        if wanted.is_empty() {
            return Self::default();
        }
        let draft: Vec<&str> = draft.iter().flat_map(|draft| draft.spoken()).collect();
        let after: Vec<&str> = after.spoken().collect();
        Self { before: phrases_among(&draft, &wanted), after: phrases_among(&after, &wanted) }
    }
}

/// The phrases with one of these hashes that occur in a text, up to the length of the longest phrase that can be
/// learned as removed.
fn phrases_among(words: &[&str], wanted: &BTreeSet<u64>) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    for words in (1..=phrase::STRUCK_WORDS).flat_map(|length| words.windows(length)) {
        let phrase = words.join(" ");
        let hash = subject_hash(&phrase);
        if wanted.contains(&hash) {
            found.entry(hash).or_insert(phrase);
        }
    }
    found
}

/// The level and weight of the evidence if `after` agrees with an applied preference; `None` if it does not.
fn kept(feature: &Feature, applied: &AppliedPreference, after: &Measured) -> Option<(Option<f32>, f32)> {
    let more = applied.direction > 0;
    let found = |phrase: Option<&str>| {
        let same = phrase.is_some_and(|phrase| subject_hash(phrase) == applied.subject);
        (same == more).then_some((Some(f32::from(u8::from(same))), weight::CONFIRMED))
    };
    match feature.id {
        id::GREETING_PHRASE => found(after.greeting()),
        id::CLOSING_PHRASE => found(after.closing()),
        _ if feature.has_subject => Some((None, weight::CONFIRMED_UNSEEN)),
        _ => {
            let value = after.value(feature.id)?;
            let direction = if more { Direction::More } else { Direction::Less };
            let key = PreferenceKey { feature: feature.id, subject: String::new(), direction };
            let borne_out = feature.shape == Shape::Log || after.agreement(&key, None)? > change::BORNE_OUT;
            borne_out.then_some((Some(value), weight::CONFIRMED))
        }
    }
}
