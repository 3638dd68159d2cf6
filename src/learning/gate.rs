//! Whether personalizing this request is worth it.
//!
//! Invariant: more or surer preferences, a nearer known context and more occasions never turn the gate from
//! applying to abstaining and never lower the benefit. Which preferences hold is left to the learner and the
//! ledger, rendering them to the prompt.

use serde::{Deserialize, Serialize};

use crate::learning::tuning::gate::{
    BENEFIT_MIN, CONFIDENCE_FULL, COSINE_SAME, COSINE_UNRELATED, COST, EVIDENCE_MAX, EVIDENCE_SLOPE,
    FAMILIARITY_SLOPE, NEED_PER_CHANGE, NEED_SLOPE, NEED_UNKNOWN, OCCASIONS_HALF_FAMILIAR,
    OCCASIONS_IN_SCOPE_MIN, OCCASIONS_MIN, USUAL_NEED, WIDER_DRAFTS,
};
use crate::types::{Origin, Preference};

/// What the gate decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gate {
    /// Apply, with the predicted benefit 0 to 1.
    Apply {
        /// Predicted benefit.
        benefit: f32,
    },
    /// Leave the text alone.
    Abstain(AbstainReason),
}

/// Why the gate abstained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbstainReason {
    /// Nothing is known of this person yet.
    NothingLearned,
    /// Too few occasions.
    TooFewOccasions,
    /// Nothing known resembles this context.
    UnfamiliarContext,
    /// What is known is too weak or contradicts itself.
    TooWeak,
    /// Drafts for similar contexts were taken as they were, or what was applied to them was undone.
    NotNeeded,
}

/// What the gate decided of a request, on all that is known and on a part of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// On all that is known: what the person pinned, stated or corrected is always applied.
    pub gate: Gate,
    /// On what was learned alone, as if the person had pinned, stated and corrected nothing.
    pub learned: Gate,
    /// The predicted benefit of applying everything, 0 to 1, whatever was decided.
    pub benefit: f32,
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The composed preferences, switched off ones included.
    pub preferences: &'a [Preference],
    /// Cosine to the nearest known context; `None` where there is none.
    pub nearest: Option<f32>,
    /// Records with feedback within the request's scope.
    pub occasions_in_scope: usize,
    /// Records with feedback in all.
    pub occasions: usize,
    /// How much the drafts for similar contexts were in need of this person's preferences, 0 to 1, see
    /// [`need`]; one half where no draft is known.
    pub need: f32,
}

/// What came of one draft.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it was made with preferences.
    pub applied: bool,
    /// The share of its words that the person changed, 0 to 1; 1 where they threw it away.
    pub changed: f32,
}

impl Outcome {
    /// How far it shows a need of the person's preferences, 0 to 1: a plain draft by how much of it was changed, a
    /// personalized one by how much of it was kept.
    fn need(self) -> f64 {
        let changed = f64::from((NEED_PER_CHANGE * self.changed).clamp(0.0, 1.0));
        if self.applied { 1.0 - changed } else { changed }
    }
}

/// What came of many drafts, as one sum: taking an outcome out again leaves exactly what was there before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    drafts: u64,
    /// Sum of the needs, in parts of [`WHOLE`].
    need: u64,
}

/// Parts of a whole need.
const WHOLE: f64 = 65_536.0; // fixed: a unit

impl Outcomes {
    /// Takes in one more.
    pub fn insert(&mut self, outcome: Outcome) {
        self.drafts += 1;
        self.need += Self::parts(outcome);
    }

    /// Takes one out that was taken in.
    pub fn remove(&mut self, outcome: Outcome) {
        self.drafts -= 1;
        self.need -= Self::parts(outcome);
    }

    /// The mean need of preferences, 0 to 1, drawn to the `wider` one by some more drafts of that need.
    pub fn need(&self, wider: f32) -> f32 {
        let sum = self.need as f64 / WHOLE + WIDER_DRAFTS * f64::from(wider);
        (sum / (self.drafts as f64 + WIDER_DRAFTS)) as f32
    }

    fn parts(outcome: Outcome) -> u64 {
        (outcome.need() * WHOLE) as u64
    }
}

/// The need of preferences, 0 to 1, from what came of the drafts for similar contexts, each with its cosine: the mean
/// weighted by nearness, drawn to the person's `usual` need.
pub fn need(outcomes: &[(f32, Outcome)], usual: f32) -> f32 {
    let best = outcomes.iter().map(|(cosine, _)| *cosine).fold(COSINE_SAME, f32::max);
    let (mut sum, mut weights) = (USUAL_NEED * f64::from(usual), USUAL_NEED);
    for (cosine, outcome) in outcomes {
        let near = f64::from((cosine - COSINE_UNRELATED) / (best - COSINE_UNRELATED)).clamp(0.0, 1.0).powi(2);
        sum += near * outcome.need();
        weights += near;
    }
    (sum / weights) as f32
}

impl Gate {
    /// Decides; what the person pinned, stated or corrected is always applied.
    ///
    /// The benefit is logistic(min(a e, m) + b f + c (d - 1/2) - k), with the need d of similar contexts. The evidence e
    /// is the sum of strength times how far the confidence lies above a coin's, in full from .7 on, over the active preferences. The familiarity f, 0 to 1, is
    /// 1 - (1 - n)(1 - s), where n rises from 0 to 1 with the nearest context's cosine and s is o / (o + h) with o
    /// occasions in scope: either alone makes a place familiar. Below a least benefit the gate abstains. The coefficients
    /// stand in `learning/tuning.rs`, under `gate`.
    pub fn decide(input: &GateInput<'_>) -> Decision {
        let (mut all, mut of_learned, mut said) = (0.0, 0.0, false);
        for preference in input.preferences.iter().filter(|preference| preference.active) {
            let evidence = evidence(preference);
            all += evidence;
            if is_said(preference) {
                said = true;
            } else {
                of_learned += evidence;
            }
        }
        let nearest = input.nearest.filter(|cosine| !cosine.is_nan());
        let unrelated = nearest.is_none_or(|cosine| cosine < COSINE_UNRELATED);
        let familiarity = familiarity(nearest, input.occasions_in_scope);
        let of_need = |need| benefit(of_learned, familiarity, need);
        let (of_learned, needed) = (of_need(input.need), of_need(input.need.max(NEED_UNKNOWN)));
        let learned = if input.occasions == 0 {
            Self::Abstain(AbstainReason::NothingLearned)
        } else if input.occasions < OCCASIONS_MIN {
            Self::Abstain(AbstainReason::TooFewOccasions)
        } else if unrelated && input.occasions_in_scope < OCCASIONS_IN_SCOPE_MIN {
            Self::Abstain(AbstainReason::UnfamiliarContext)
        } else if of_learned < BENEFIT_MIN && needed >= BENEFIT_MIN {
            Self::Abstain(AbstainReason::NotNeeded)
        } else if of_learned < BENEFIT_MIN {
            Self::Abstain(AbstainReason::TooWeak)
        } else {
            Self::Apply { benefit: of_learned }
        };
        let benefit = benefit(all, familiarity, input.need);
        let gate = if said { Self::Apply { benefit: benefit.max(BENEFIT_MIN) } } else { learned };
        Decision { gate, learned, benefit }
    }

    /// Whether to apply.
    pub fn applies(self) -> bool {
        matches!(self, Self::Apply { .. })
    }
}

/// Whether the person said so themselves: applied wherever it holds, whatever benefit is predicted.
pub(crate) fn is_said(preference: &Preference) -> bool {
    preference.pinned || matches!(preference.origin, Origin::Stated | Origin::Corrected)
}

/// How well a place is known, 0 to 1, by the cosine of the nearest known context or by occasions in scope.
fn familiarity(nearest: Option<f32>, occasions_in_scope: usize) -> f32 {
    let near = nearest.map_or(0.0, |cosine| {
        ((cosine - COSINE_UNRELATED) / (COSINE_SAME - COSINE_UNRELATED)).clamp(0.0, 1.0)
    });
    let occasions = occasions_in_scope as f32;
    let in_scope = occasions / (occasions + OCCASIONS_HALF_FAMILIAR);
    1.0 - (1.0 - near) * (1.0 - in_scope)
}

fn benefit(evidence: f32, familiarity: f32, need: f32) -> f32 {
    let logit = (EVIDENCE_SLOPE * evidence).min(EVIDENCE_MAX)
        + FAMILIARITY_SLOPE * familiarity
        + NEED_SLOPE * (share(need) - NEED_UNKNOWN)
        - COST;
    1.0 / (1.0 + (-logit).exp())
}

/// Strength times how far the confidence lies above a coin's, 0 to 1: all of it from `CONFIDENCE_FULL` on.
pub(super) fn evidence(preference: &Preference) -> f32 {
    share(preference.strength) * share((preference.confidence - 0.5) / (CONFIDENCE_FULL - 0.5))
}

fn share(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::PreferenceId;
    use crate::types::{Scope, Timestamp};

    fn preference(origin: Origin, strength: f32, confidence: f32) -> Preference {
        Preference {
            id: PreferenceId(1),
            text: String::from("writes short"),
            key: None,
            scope: Scope::person(),
            origin,
            level: None,
            strength,
            confidence,
            occasions: 3,
            pinned: false,
            active: true,
            updated: Timestamp(0),
            contexts: Vec::new(),
        }
    }

    fn decide(preferences: &[Preference], nearest: Option<f32>, in_scope: usize, all: usize) -> Gate {
        Gate::decide(&GateInput {
            preferences,
            nearest,
            occasions_in_scope: in_scope,
            occasions: all,
            need: 0.5,
        })
        .gate
    }

    #[test]
    fn each_reason_has_its_case() {
        let clear = [preference(Origin::Learned, 0.6, 0.95)];
        let doubtful = [preference(Origin::Learned, 0.3, 0.58)];
        assert_eq!(decide(&[], None, 0, 0), Gate::Abstain(AbstainReason::NothingLearned));
        assert_eq!(decide(&clear, Some(0.9), 2, 2), Gate::Abstain(AbstainReason::TooFewOccasions));
        assert_eq!(decide(&clear, Some(0.05), 0, 40), Gate::Abstain(AbstainReason::UnfamiliarContext));
        assert_eq!(decide(&clear, None, 1, 40), Gate::Abstain(AbstainReason::UnfamiliarContext));
        assert_eq!(decide(&doubtful, Some(0.6), 8, 40), Gate::Abstain(AbstainReason::TooWeak));
        assert_eq!(decide(&[], Some(1.0), 1000, 1000), Gate::Abstain(AbstainReason::TooWeak));
        assert!(decide(&clear, Some(0.6), 0, 40).applies());
        assert!(decide(&clear, Some(0.05), 8, 40).applies());
    }

    #[test]
    fn what_the_person_said_is_applied_wherever_it_holds() {
        for origin in [Origin::Stated, Origin::Corrected] {
            assert!(decide(&[preference(origin, 1.0, 1.0)], None, 0, 0).applies());
        }
        let mut pinned = preference(Origin::Learned, 0.0, 0.5);
        pinned.pinned = true;
        assert_eq!(decide(std::slice::from_ref(&pinned), None, 0, 0), Gate::Apply { benefit: BENEFIT_MIN });
        pinned.active = false;
        assert!(!decide(&[pinned], Some(1.0), 99, 99).applies());
    }

    #[test]
    fn what_the_person_said_lets_nothing_else_through() {
        let weak = preference(Origin::Learned, 0.3, 0.58);
        let of_learned = |preferences: &[Preference], need: f32| {
            let (occasions_in_scope, occasions) = (8, 40);
            let input = GateInput { preferences, nearest: Some(0.6), occasions_in_scope, occasions, need };
            let decision = Gate::decide(&input);
            assert!(decision.gate.applies());
            decision.learned
        };
        let mut pinned = preference(Origin::Learned, 1.0, 1.0);
        pinned.pinned = true;
        for said in [preference(Origin::Stated, 1.0, 1.0), preference(Origin::Corrected, 1.0, 1.0), pinned] {
            let clear = preference(Origin::Learned, 0.6, 0.95);
            assert_eq!(of_learned(&[said.clone(), weak.clone()], 0.5), Gate::Abstain(AbstainReason::TooWeak));
            assert!(of_learned(&[said.clone(), clear.clone()], 0.5).applies());
            assert_eq!(of_learned(&[said, clear], 0.0), Gate::Abstain(AbstainReason::NotNeeded));
        }
    }

    #[test]
    fn switched_off_and_senseless_values_count_for_nothing() {
        let mut off = preference(Origin::Learned, 1.0, 1.0);
        off.active = false;
        assert_eq!(decide(&[off], Some(0.9), 9, 9), Gate::Abstain(AbstainReason::TooWeak));
        let senseless = preference(Origin::Learned, f32::NAN, f32::NAN);
        assert_eq!(decide(&[senseless], Some(f32::NAN), 9, 9), Gate::Abstain(AbstainReason::TooWeak));
    }

    #[test]
    fn what_came_of_similar_drafts_decides() {
        let of = |applied, changed| (0.7, Outcome { applied, changed });
        let decide = |outcomes: &[(f32, Outcome)]| {
            Gate::decide(&GateInput {
                preferences: &[preference(Origin::Learned, 0.6, 0.95)],
                nearest: Some(0.7),
                occasions_in_scope: 0,
                occasions: 40,
                need: need(outcomes, 0.5),
            })
            .gate
        };
        assert!(decide(&[]).applies());
        assert_eq!(need(&[], 0.5), 0.5);
        let taken_as_it_was = [of(false, 0.0); 5];
        assert_eq!(decide(&taken_as_it_was), Gate::Abstain(AbstainReason::NotNeeded));
        assert_eq!(decide(&[of(true, 0.6); 5]), Gate::Abstain(AbstainReason::NotNeeded), "undone");
        assert!(decide(&[of(true, 0.0); 5]).applies(), "kept");
        assert!(decide(&[of(false, 0.6); 5]).applies(), "edited");
        let far = [(0.1, Outcome { applied: false, changed: 0.0 }); 5];
        assert_eq!(need(&far, 0.5), 0.5, "what is unrelated says nothing");
    }

    #[test]
    fn where_nothing_near_is_known_the_person_is_as_elsewhere() {
        let decide = |preference: Preference, outcome: Option<Outcome>| {
            let mut elsewhere = Outcomes::default();
            (0..30).for_each(|_| outcome.into_iter().for_each(|outcome| elsewhere.insert(outcome)));
            let need = need(&[], elsewhere.need(0.5));
            let (nearest, occasions_in_scope, occasions) = (Some(0.3), 0, 40);
            let preferences = &[preference];
            Gate::decide(&GateInput { preferences, nearest, occasions_in_scope, occasions, need }).gate
        };
        let clear = || preference(Origin::Learned, 0.6, 0.95);
        let weak = || preference(Origin::Learned, 0.3, 0.95);
        let of = |applied, changed| Some(Outcome { applied, changed });
        assert!(decide(clear(), None).applies());
        assert_eq!(decide(clear(), of(false, 0.0)), Gate::Abstain(AbstainReason::NotNeeded), "left alone");
        assert_eq!(decide(clear(), of(true, 0.9)), Gate::Abstain(AbstainReason::NotNeeded), "undone");
        assert_eq!(decide(weak(), None), Gate::Abstain(AbstainReason::TooWeak));
        assert!(decide(weak(), of(true, 0.0)).applies(), "kept");
        assert!(decide(weak(), of(false, 0.9)).applies(), "edited");
    }

    #[test]
    fn an_outcome_taken_out_leaves_nothing() {
        let outcome = |n: u32| Outcome { applied: n.is_multiple_of(3), changed: 1.0 / (n + 1) as f32 };
        let mut some = Outcomes::default();
        (0..20).for_each(|n| some.insert(outcome(n)));
        let before = some;
        (20..40).for_each(|n| some.insert(outcome(n)));
        assert_ne!(some, before);
        (20..40).rev().for_each(|n| some.remove(outcome(n)));
        assert_eq!(some, before);
        assert!((0.0..=1.0).contains(&some.need(0.5)) && some.need(0.9) > some.need(0.1));
    }

    fn at_least(more: Gate, less: Gate) -> bool {
        match (more, less) {
            (Gate::Apply { benefit: more }, Gate::Apply { benefit: less }) => more >= less,
            (_, Gate::Abstain(_)) => true,
            (Gate::Abstain(_), Gate::Apply { .. }) => false,
        }
    }

    fn some_preferences() -> impl Strategy<Value = Vec<Preference>> {
        let one =
            (0..4usize, 0.0..=1.0f32, 0.5..=1.0f32, prop::bool::weighted(0.1), prop::bool::weighted(0.8));
        prop::collection::vec(one, 0..6).prop_map(|all| {
            all.into_iter()
                .map(|(origin, strength, confidence, pinned, active)| {
                    let origin =
                        [Origin::Learned, Origin::Learned, Origin::Inferred, Origin::Corrected][origin];
                    Preference { pinned, active, ..preference(origin, strength, confidence) }
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn monotone_in_every_input(
            preferences in some_preferences(),
            nearest in prop::option::of(-1.0..=1.0f32),
            counts in (0..12usize, 0..12usize),
            raise in 0.0..=1.0f32,
            which in 0..6usize,
        ) {
            let (in_scope, all) = counts;
            let before = decide(&preferences, nearest, in_scope, all);
            let mut more = preferences.clone();
            for preference in &mut more {
                preference.strength += (1.0 - preference.strength) * raise;
                preference.confidence += (1.0 - preference.confidence) * raise;
            }
            let mut pinned = preferences.clone();
            if let Some(first) = pinned.first_mut() {
                first.pinned = true;
            }
            let mut extended = preferences.clone();
            extended.push(preference(Origin::Learned, raise, 0.5 + raise / 2.0));
            let after = match which {
                0 => decide(&more, nearest, in_scope, all),
                1 => decide(&pinned, nearest, in_scope, all),
                2 => decide(&extended, nearest, in_scope, all),
                3 => decide(&preferences, Some(nearest.map_or(raise, |cosine| cosine + raise)), in_scope, all),
                4 => decide(&preferences, nearest, in_scope + 3, all),
                _ => decide(&preferences, nearest, in_scope, all + 3),
            };
            prop_assert!(at_least(after, before), "{before:?} then {after:?}");
        }

        #[test]
        fn benefit_is_a_share(preferences in some_preferences(), nearest in prop::option::of(any::<f32>())) {
            if let Gate::Apply { benefit } = decide(&preferences, nearest, usize::MAX, usize::MAX) {
                prop_assert!((BENEFIT_MIN..=1.0).contains(&benefit));
            }
        }
    }
}
