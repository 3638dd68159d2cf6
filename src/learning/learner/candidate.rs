//! A preference that holds: its numbers, its level and its wording.
//!
//! Invariant: the id is a function of scope, feature, subject and direction only. A preference that is learned again
//! has the same id. Choosing compatible preferences is left to `select`.

use super::{Key, Learner};
use crate::hash::StableHash;
use crate::learning::learner::belief::Belief;
use crate::learning::learner::choice::occasions;
use crate::learning::learner::level::level;
use crate::learning::learner::sums::Sums;
use crate::learning::tuning::belief::{self, FULL_STRENGTH};
use crate::signals::features::{Feature, Reach, id};
use crate::types::{AppliedPreference, Direction, Origin, Preference, PreferenceId, PreferenceKey};
use crate::types::{Scope, Timestamp};

/// The estimate of one habit in one situation.
#[derive(Debug, Clone)]
pub(super) struct Here {
    pub(super) more: bool,
    /// The expected change in this situation, in steps.
    pub(super) mean: f64,
    /// Probability that the direction is right.
    pub(super) confidence: f64,
    /// Probability that the habit shows on the next occasion in this situation; `None` to use that of its scope.
    pub(super) next: Option<f64>,
    /// The evidence that the level is computed from.
    pub(super) decisive: Sums,
    /// Whether the person has changed to this direction from another one.
    pub(super) turned: bool,
}

impl Here {
    pub(super) fn of(belief: &Belief, more: bool, decisive: &Sums) -> Self {
        Self {
            more,
            mean: belief.mean,
            confidence: belief.confidence(more),
            next: None,
            decisive: *decisive,
            turned: false,
        }
    }
}

/// A preference that holds, before it is worded. Most candidates are compared with others first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) key: Key,
    pub(super) feature: &'static Feature,
    /// Empty for a feature without subjects.
    pub(super) subject: &'a str,
    pub(super) direction: Direction,
    pub(super) scope: &'a Scope,
    pub(super) level: Option<f32>,
    pub(super) strength: f32,
    pub(super) confidence: f32,
    pub(super) occasions: u32,
    pub(super) updated: Timestamp,
}

impl Candidate<'_> {
    /// The preference, worded in the language of a locale.
    pub(super) fn in_words(&self, locale: Option<&str>) -> Preference {
        let Self { feature, subject, direction, scope, level, .. } = *self;
        Preference {
            id: learned_id(scope, self.key, direction),
            text: feature.habit(subject, direction, level, scope, locale),
            key: Some(PreferenceKey { feature: feature.id, subject: subject.to_owned(), direction }),
            scope: scope.clone(),
            origin: Origin::Learned,
            level,
            strength: self.strength,
            confidence: self.confidence,
            occasions: self.occasions,
            pinned: false,
            active: true,
            updated: self.updated,
            contexts: Vec::new(),
        }
    }
}

impl Learner {
    /// The id of an applied preference when it is learned in a scope.
    pub(crate) fn id_of(scope: &Scope, preference: AppliedPreference) -> PreferenceId {
        let direction = if preference.direction > 0 { Direction::More } else { Direction::Less };
        learned_id(scope, (preference.feature, preference.subject), direction)
    }

    pub(super) fn candidate<'a>(
        &'a self,
        key: Key,
        here: &Here,
        basis: &Sums,
        scope: &'a Scope,
        texts: u32,
    ) -> Option<Candidate<'a>> {
        let feature = Feature::by_id(key.0)?;
        let subject = match self.subjects.get(&key) {
            Some((subject, _)) => subject,
            None if feature.has_subject && feature.id != id::BLOCK => return None,
            None => "",
        };
        let level = level(feature, &here.decisive, here.more).or_else(|| level(feature, basis, here.more));
        let next = here.next.unwrap_or_else(|| holds_later(feature, here.more, basis, texts));
        Some(Candidate {
            key,
            feature,
            subject,
            direction: if here.more { Direction::More } else { Direction::Less },
            scope,
            level,
            strength: (here.mean.abs() / FULL_STRENGTH).min(1.0) as f32,
            confidence: (here.confidence * next) as f32,
            occasions: basis.sides[0].count + basis.sides[1].count,
            updated: basis.newest,
        })
    }
}

/// Probability that a habit shows on its next occasion. `texts` is the number of texts about a change in the same
/// scope.
fn holds_later(feature: &Feature, more: bool, sums: &Sums, texts: u32) -> f64 {
    let shown = f64::from(sums.sides[usize::from(more)].count);
    let occasions = occasions(feature, more, f64::from(sums.occasions(more)), f64::from(texts)).max(shown);
    shows_next(feature, shown, occasions)
}

/// Probability that a habit shows on its next occasion, after it showed on `shown` of `occasions`. It is the
/// posterior mean of a beta-binomial model, times the probability that the habit is the person's own.
pub(super) fn shows_next(feature: &Feature, shown: f64, occasions: f64) -> f64 {
    let [a, b] = match feature.reach {
        Reach::Own | Reach::Courtesy => belief::SHOWN_OF_ACTS,
        Reach::Anything | Reach::Content => belief::SHOWN_OF_AMOUNTS,
    };
    belief::HOLDS_ELSEWHERE * (shown + a) / (occasions + a + b)
}

pub(super) fn learned_id(scope: &Scope, key: Key, direction: Direction) -> PreferenceId {
    let mut hash = StableHash::new();
    for part in [&scope.app, &scope.task, &scope.audience, &scope.locale] {
        match part {
            Some(part) => hash.part(&[b"=", part.as_bytes()]),
            None => hash.part(&[]),
        }
    }
    hash.part(&[&key.0.to_le_bytes()]);
    hash.part(&[&key.1.to_le_bytes()]);
    hash.part(&[&[u8::from(direction == Direction::More)]]);
    PreferenceId(hash.finish() | 1 << 63)
}
