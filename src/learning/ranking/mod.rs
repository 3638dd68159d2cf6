//! Orders candidate texts by how the person would want them.
//!
//! Invariant: the result is a permutation of the candidates, in descending score, ties in the order given.
//! What a text expresses is left to `feature`, its topic to whoever computes the relevance.

mod taste;

pub use taste::{Comparison, Comparisons, Taste, Weights};

use std::collections::BTreeSet;

use crate::document::Document;
#[cfg(any(test, feature = "internals"))]
use crate::document::own_text;
use crate::learning::gate::evidence;
use crate::learning::tuning::rank;
use crate::signals::features::Measured;
use crate::signals::{Style, style};
use crate::types::{Origin, Preference, PreferenceId};

/// One candidate's place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ranked {
    /// Index among the candidates given.
    pub index: usize,
    /// Score; higher is better, comparable within one call only. The sum of all contributions; for an off-topic
    /// candidate lowered below every candidate that is on topic.
    pub score: f32,
    /// What speaks for and against it, strongest first; of the axes of taste the strongest few.
    pub reasons: Vec<RankReason>,
}

/// The id in reasons that come from the person's taste, and from no preference that is listed; no preference has it.
pub const TASTE: PreferenceId = PreferenceId(0);

/// One part of a score.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RankReason {
    /// The preference; [`TASTE`] for an axis of taste.
    pub preference: PreferenceId,
    /// Its text; for an axis what the candidate has more or less of than the others.
    pub text: String,
    /// Signed contribution to the score.
    pub contribution: f32,
}

crate::types::debug_without_text!(RankReason, "RankReason", shown: [preference, contribution], hidden: [text]);

/// Contributions nearer to zero than this are none.
const CONTRIBUTION_MIN: f64 = 1e-6; // fixed: rounding

/// Axes of taste that are given as reasons for one candidate.
const AXES_SHOWN: usize = 5;

/// What a contribution comes from.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// A preference, by index.
    Preference(usize),
    /// An axis of taste, by id, and whether the candidate has more of it than the others.
    Axis(u16, bool),
}

/// What the encoder says of the candidates.
#[derive(Debug, Clone, Copy)]
pub struct Meaning<'a> {
    /// Each candidate's cosine to the context.
    pub relevance: &'a [f32],
    /// Each candidate's vector, of unit length; empty where nothing is to be made of them.
    pub vectors: &'a [Vec<f32>],
}

/// Ranks candidates, best first, all with the same score where nothing is known that speaks of them; ties keep the order given. Where the candidates' `meaning` is given, an off-topic
/// text never wins, and the person's own axes of meaning are among those of taste.
///
/// The score is the sum of two parts. First, over the active preferences that have a key, weight times agreement, the
/// agreement centred over the candidates; where a text gives no occasion for a preference, it counts as the mean. The
/// weight is strength times how far the confidence lies above a coin's, in full from .7 on, doubled for what the person pinned or stated, times 1.5 for
/// what they corrected, halved for what was inferred. Of several preferences with the same feature and subject
/// the first counts. Preferences in free text cannot be scored and are skipped. Second, a fifth of the logit of
/// `taste`, where given, against the candidates' mean place, the prior's part in it by [`Weights::share`]; an axis that a preference speaks of, also one that the
/// person switched off, is left to the preference.
#[cfg(any(test, feature = "internals"))]
pub fn rank_candidates(
    preferences: &[Preference],
    candidates: &[&str],
    meaning: Option<Meaning<'_>>,
    taste: Option<&Weights>,
) -> Vec<Ranked> {
    let own: Vec<_> = candidates.iter().map(|text| own_text(text)).collect();
    let documents: Vec<Document<'_>> = own.iter().map(|text| Document::read(text, None)).collect();
    rank_documents(preferences, &documents, None, meaning, taste)
}

/// The same of texts that are read already, the writer's own part of each, with reasons in the language of a locale.
pub(crate) fn rank_documents(
    preferences: &[Preference],
    candidates: &[Document<'_>],
    locale: Option<&str>,
    meaning: Option<Meaning<'_>>,
    taste: Option<&Weights>,
) -> Vec<Ranked> {
    let mut keys = BTreeSet::new();
    let scored: Vec<&Preference> = preferences
        .iter()
        .filter(|p| p.active && weight(p) > 0.0)
        .filter(|p| p.key.as_ref().is_some_and(|key| keys.insert((key.feature, key.subject.as_str()))))
        .collect();
    let mut agreements: Vec<Vec<Option<f32>>> =
        scored.iter().map(|_| Vec::with_capacity(candidates.len())).collect();
    let mut styles = Vec::new();
    if candidates.len() > 1 && (taste.is_some() || !scored.is_empty()) {
        for (at, document) in candidates.iter().enumerate() {
            let measured = Measured::of(document);
            for (preference, row) in scored.iter().zip(&mut agreements) {
                row.push(preference.key.as_ref().and_then(|key| measured.agreement(key, preference.level)));
            }
            let style = Style::of_document(document, &measured);
            let vector = meaning.and_then(|meaning| meaning.vectors.get(at));
            styles.push(match (taste, vector) {
                (Some(taste), Some(vector)) => style.with(taste.places(vector)),
                _ => style,
            });
        }
    }
    let mut parts = agreeing(&scored, &agreements, candidates.len());
    if let Some(taste) = taste {
        let spoken: BTreeSet<u16> =
            preferences.iter().filter_map(|p| p.key.as_ref()).map(|key| key.feature).collect();
        liking(&styles, taste, taste.share(are_versions(candidates)), &spoken, &mut parts);
    }
    order(&scored, parts, locale, meaning.map(|meaning| meaning.relevance))
}

/// How much a preference counts.
pub(super) fn weight(preference: &Preference) -> f64 {
    let authority = match preference.origin {
        _ if preference.pinned => rank::STATED,
        Origin::Stated => rank::STATED,
        Origin::Corrected => rank::CORRECTED,
        Origin::Learned => 1.0,
        Origin::Inferred => rank::INFERRED,
    };
    authority * f64::from(evidence(preference))
}

/// The preferences' contributions to each candidate, from their agreement with it.
fn agreeing(
    preferences: &[&Preference],
    agreements: &[Vec<Option<f32>>],
    candidates: usize,
) -> Vec<Vec<(Part, f64)>> {
    let mut contributions: Vec<Vec<(Part, f64)>> =
        (0..candidates).map(|_| Vec::with_capacity(preferences.len())).collect();
    for (at, (preference, row)) in preferences.iter().zip(agreements).enumerate() {
        let row: Vec<Option<f64>> = row
            .iter()
            .map(|agreement| agreement.filter(|a| a.is_finite()).map(|a| f64::from(a.clamp(-1.0, 1.0))))
            .collect();
        let given = row.iter().flatten().count();
        let mean = row.iter().flatten().sum::<f64>() / given.max(1) as f64;
        for (agreement, contributions) in row.iter().zip(&mut contributions) {
            let contribution = agreement.map_or(0.0, |agreement| weight(preference) * (agreement - mean));
            if contribution.abs() > CONTRIBUTION_MIN {
                contributions.push((Part::Preference(at), contribution));
            }
        }
    }
    contributions
}

/// Whether the candidates are versions of one passage, as the texts were that the prior was fitted to; of anything
/// else it is not known what people in general prefer.
fn are_versions(candidates: &[Document<'_>]) -> bool {
    let words = |document: &Document<'_>| -> BTreeSet<String> {
        document.tokens.iter().filter(|token| token.word).map(|token| token.lower.to_string()).collect()
    };
    let Some((first, others)) = candidates.split_first() else { return false };
    if candidates.iter().any(|document| document.words < rank::PASSAGE_WORDS) {
        return false;
    }
    let first = words(first);
    others.iter().map(words).all(|other| {
        let shared = first.intersection(&other).count() as f64;
        shared >= rank::VERSIONS_SHARE * first.len().min(other.len()) as f64
    })
}

/// Adds what the axes of taste contribute to each candidate, those in `left_out` aside.
fn liking(
    styles: &[Style],
    taste: &Weights,
    share: f64,
    left_out: &BTreeSet<u16>,
    parts: &mut [Vec<(Part, f64)>],
) {
    let mean = Style::mean(styles);
    let part = |(id, step): (u16, f32)| {
        let contribution = rank::TASTE_SHARE
            * taste.mean(id, share)
            * f64::from(step.clamp(-rank::STEPS_MAX, rank::STEPS_MAX));
        (!left_out.contains(&id) && contribution.abs() > CONTRIBUTION_MIN)
            .then_some((Part::Axis(id, step > 0.0), contribution))
    };
    for (style, parts) in styles.iter().zip(parts) {
        let steps = style.since(&mean);
        parts.reserve(steps.len());
        parts.extend(steps.into_iter().filter_map(part));
    }
}

/// The ranking, from the contributions to each candidate.
fn order(
    preferences: &[&Preference],
    contributions: Vec<Vec<(Part, f64)>>,
    locale: Option<&str>,
    relevance: Option<&[f32]>,
) -> Vec<Ranked> {
    let off_topic = off_topic(contributions.len(), relevance);
    let mut scores: Vec<f64> =
        contributions.iter().map(|parts| parts.iter().map(|(_, part)| part).sum()).collect();
    lower_off_topic(&mut scores, &off_topic);
    let mut ranked: Vec<Ranked> = contributions
        .into_iter()
        .zip(scores)
        .enumerate()
        .map(|(index, (mut parts, score))| {
            parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            let mut axes = 0;
            parts.retain(|(part, _)| {
                axes += usize::from(matches!(part, Part::Axis(..)));
                matches!(part, Part::Preference(_)) || axes <= AXES_SHOWN
            });
            let reason = |(part, contribution): (Part, f64)| match part {
                Part::Preference(at) => RankReason {
                    preference: preferences[at].id,
                    text: preferences[at].text.clone(),
                    contribution: contribution as f32,
                },
                Part::Axis(id, more) => RankReason {
                    preference: TASTE,
                    text: style::note(id, more, locale),
                    contribution: contribution as f32,
                },
            };
            Ranked { index, score: score as f32, reasons: parts.into_iter().map(reason).collect() }
        })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked
}

/// Puts the scores of off-topic candidates below all others, in their order among themselves.
fn lower_off_topic(scores: &mut [f64], off_topic: &[bool]) {
    let of =
        |off: bool| scores.iter().zip(off_topic).filter(move |(_, is)| **is == off).map(|(score, _)| *score);
    let lowest = of(false).fold(f64::INFINITY, f64::min);
    let highest_off = of(true).fold(f64::NEG_INFINITY, f64::max);
    let shift = (highest_off - lowest).max(0.0) + 1.0;
    for (score, _) in scores.iter_mut().zip(off_topic).filter(|(_, is)| **is) {
        *score -= shift;
    }
}

/// Candidates without a finite relevance are taken to be on topic.
fn off_topic(candidates: usize, relevance: Option<&[f32]>) -> Vec<bool> {
    let cosines: Vec<f32> = (0..candidates)
        .map(|at| {
            relevance.and_then(|all| all.get(at)).copied().filter(|c| c.is_finite()).unwrap_or(f32::NAN)
        })
        .collect();
    let best = cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let floor = best - rank::OFF_TOPIC_MARGIN.max(rank::OFF_TOPIC_SHARE * best);
    cosines.into_iter().map(|cosine| cosine < floor).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::{Direction, PreferenceKey};
    use crate::types::{Scope, Timestamp};

    fn preference(id: u64, strength: f32) -> Preference {
        Preference {
            id: PreferenceId(id),
            text: format!("preference {id}"),
            key: Some(PreferenceKey { feature: 1, subject: String::new(), direction: Direction::Less }),
            scope: Scope::person(),
            origin: Origin::Learned,
            level: None,
            strength,
            confidence: 1.0,
            occasions: 5,
            pinned: false,
            active: true,
            updated: Timestamp(0),
            contexts: Vec::new(),
        }
    }

    fn ranked(
        preferences: &[Preference],
        agreements: &[&[Option<f32>]],
        relevance: Option<&[f32]>,
    ) -> Vec<Ranked> {
        let preferences: Vec<_> = preferences.iter().collect();
        let candidates = agreements.first().map_or(0, |row| row.len());
        let agreements: Vec<_> = agreements.iter().map(|row| row.to_vec()).collect();
        order(&preferences, agreeing(&preferences, &agreements, candidates), None, relevance)
    }

    fn indexes(ranked: &[Ranked]) -> Vec<usize> {
        ranked.iter().map(|one| one.index).collect()
    }

    #[test]
    fn nothing_to_rank_or_nothing_to_rank_by() {
        assert_eq!(rank_candidates(&[preference(1, 1.0)], &[], None, None), []);
        assert_eq!(rank_candidates(&[preference(1, 1.0)], &["one"], None, None)[0].score, 0.0);
        let mut free = preference(1, 1.0);
        free.key = None;
        let mut off = preference(2, 1.0);
        off.active = false;
        let ranked = rank_candidates(&[free, off], &["b", "a", "c"], None, None);
        assert_eq!(indexes(&ranked), [0, 1, 2]);
        assert!(ranked.iter().all(|one| one.score == 0.0 && one.reasons.is_empty()));
    }

    #[test]
    fn agreement_is_centred_and_no_occasion_is_neutral() {
        let preferences = [preference(1, 0.5)];
        let result = ranked(&preferences, &[&[Some(-1.0), None, Some(1.0), Some(0.6)]], None);
        assert_eq!(indexes(&result), [2, 3, 1, 0]);
        let scores: Vec<f32> = result.iter().map(|one| one.score).collect();
        assert_eq!(scores, [0.4, 0.2, 0.0, -0.6]);
        assert!(result[2].reasons.is_empty());
        assert_eq!(result[0].reasons[0].contribution, 0.4);
    }

    #[test]
    fn the_persons_word_outweighs_what_was_learned() {
        let mut pinned = preference(1, 0.6);
        pinned.pinned = true;
        let preferences = [pinned, preference(2, 1.0)];
        let result = ranked(&preferences, &[&[Some(1.0), Some(-1.0)], &[Some(-1.0), Some(1.0)]], None);
        assert_eq!(indexes(&result), [0, 1]);
        let reasons: Vec<_> = result[0].reasons.iter().map(|r| (r.preference.0, r.contribution)).collect();
        assert_eq!(reasons, [(1, 1.2), (2, -1.0)]);
    }

    #[test]
    fn an_off_topic_text_never_wins_and_a_short_one_is_not_off_topic() {
        let preferences = [preference(1, 1.0)];
        let agreements: &[&[Option<f32>]] = &[&[Some(1.0), Some(0.9), Some(-1.0)]];
        assert_eq!(indexes(&ranked(&preferences, agreements, Some(&[0.03, 0.3, 0.6]))), [1, 2, 0]);
        let result = ranked(&preferences, agreements, Some(&[0.03, 0.3, 0.6]));
        assert!(result.windows(2).all(|pair| pair[0].score > pair[1].score));
        // All low: nobody is clearly below the best.
        assert_eq!(indexes(&ranked(&preferences, agreements, Some(&[0.03, 0.1, 0.2]))), [0, 1, 2]);
        // No relevance known for the first, or of a length that does not fit.
        assert_eq!(indexes(&ranked(&preferences, agreements, Some(&[f32::NAN, 0.3, 0.6]))), [0, 1, 2]);
        assert_eq!(indexes(&ranked(&preferences, agreements, Some(&[]))), [0, 1, 2]);
    }

    #[test]
    fn senseless_agreements_count_for_nothing() {
        let preferences = [preference(1, 1.0)];
        let result = ranked(&preferences, &[&[Some(f32::NAN), Some(9.0), Some(-1.0)]], None);
        assert_eq!(indexes(&result), [1, 0, 2]);
        assert_eq!(result[0].score, 1.0);
    }

    #[test]
    fn candidates_are_measured() {
        let feature = |name: &str| {
            crate::signals::FEATURES.iter().find(|feature| feature.name == name).expect("a feature").id
        };
        let about = |name: &str, direction, level| Preference {
            key: Some(PreferenceKey { feature: feature(name), subject: String::new(), direction }),
            level,
            ..preference(u64::from(feature(name)), 0.8)
        };
        let long = "Dear Ann, thank you very much for your kind note about the meeting on Friday. I would be \
                    delighted to attend, and I shall bring the figures that you asked for with me. Kind regards, Tom";
        let candidates = [
            long,
            "Hi Ann, Friday works! I'll bring the figures.",
            "Hi Ann, Friday works. I'll bring the figures.",
        ];
        let short = about("length.words", Direction::Less, Some(10.0));
        assert_eq!(
            indexes(&rank_candidates(std::slice::from_ref(&short), &candidates, None, None)),
            [1, 2, 0]
        );
        let calm = about("punctuation.exclamation", Direction::Less, None);
        let ranked = rank_candidates(&[short.clone(), calm], &candidates, None, None);
        assert_eq!(indexes(&ranked), [2, 1, 0], "{ranked:?}");
        let lengthy = Preference { pinned: true, ..about("length.words", Direction::More, Some(60.0)) };
        assert_eq!(indexes(&rank_candidates(&[lengthy, short], &candidates, None, None))[0], 0);
    }

    type Rows = (Vec<f32>, Vec<Vec<Option<f32>>>, Option<Vec<f32>>);

    fn rows() -> impl Strategy<Value = Rows> {
        (0..5usize, 0..7usize).prop_flat_map(|(preferences, candidates)| {
            let agreement =
                prop::option::weighted(0.8, prop::sample::select(vec![-1.0f32, -0.5, 0.0, 0.5, 1.0]));
            (
                prop::collection::vec(0.0..=1.0f32, preferences),
                prop::collection::vec(prop::collection::vec(agreement, candidates), preferences),
                prop::option::of(prop::collection::vec(-0.2..=1.0f32, candidates)),
            )
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_naive_oracle((strengths, agreements, relevance) in rows()) {
            let preferences: Vec<_> =
                strengths.iter().enumerate().map(|(id, s)| preference(id as u64, *s)).collect();
            let held: Vec<_> = preferences.iter().collect();
            let candidates = agreements.first().map_or(0, Vec::len);
            let relevance = relevance.filter(|all| all.len() == candidates);
            let result = order(&held, agreeing(&held, &agreements, candidates), None, relevance.as_deref());
            let mut places = indexes(&result);
            places.sort_unstable();
            prop_assert_eq!(places, (0..candidates).collect::<Vec<_>>());
            let score = |at: usize| -> f64 {
                strengths.iter().zip(&agreements).map(|(strength, row)| {
                    let known: Vec<f64> = row.iter().flatten().map(|a| f64::from(*a)).collect();
                    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
                    row[at].map_or(0.0, |a| f64::from(*strength) * (f64::from(a) - mean))
                }).sum()
            };
            let off = |at: usize| relevance.as_ref().is_some_and(|all| {
                let best = all.iter().copied().fold(f32::MIN, f32::max);
                best - all[at] > 0.2 && best - all[at] > best * 2.0 / 3.0
            });
            for pair in result.windows(2) {
                let (first, second) = (pair[0].index, pair[1].index);
                prop_assert!(pair[0].score >= pair[1].score);
                prop_assert!(!off(first) || off(second));
                if off(first) == off(second) {
                    prop_assert!(score(first) > score(second) - 1e-4);
                }
                if pair[0].score == pair[1].score {
                    prop_assert!(first < second);
                }
            }
            for one in &result {
                prop_assert!(one.reasons.iter().all(|reason| reason.contribution != 0.0));
                let sizes = one.reasons.iter().map(|r| r.contribution.abs()).collect::<Vec<_>>();
                prop_assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
                let sum: f64 = one.reasons.iter().map(|r| f64::from(r.contribution)).sum();
                prop_assert!((sum - score(one.index)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn taste_orders_what_preferences_say_nothing_of() {
        let plain = "The bus was late. Ann walked home in the rain and made tea for her brother.";
        let purple =
            "A sense of unspoken longing lingered, echoing softly like a melody, a hope, and a dream.";
        let taste = Weights::prior();
        let ranked = rank_candidates(&[], &[purple, plain], None, Some(&taste));
        assert!(
            ranked.iter().all(|one| one.score == 0.0 && one.reasons.is_empty()),
            "no versions of a passage"
        );
        let setting = "The house stood at the end of the lane, and there was a garden behind it. ".repeat(6);
        let (purple, plain) = (&*format!("{setting}{purple}"), &*format!("{setting}{plain}"));
        let ranked = rank_candidates(&[], &[purple, plain], None, Some(&taste));
        assert_eq!(indexes(&ranked), [1, 0]);
        assert!(!ranked[0].reasons.is_empty() && ranked[0].reasons.len() <= AXES_SHOWN);
        assert!(ranked[0].reasons.iter().all(|r| r.preference == TASTE && !r.text.is_empty()));
        let off_topic = rank_candidates(
            &[],
            &[purple, plain],
            Some(Meaning { relevance: &[0.7, 0.05], vectors: &[] }),
            Some(&taste),
        );
        assert_eq!(indexes(&off_topic), [0, 1], "an off-topic text never wins");
    }

    #[test]
    fn what_a_preference_speaks_of_is_left_to_it() {
        let mut off = preference(1, 1.0);
        off.key = Some(PreferenceKey { feature: 101, subject: String::new(), direction: Direction::Less });
        off.active = false;
        let style = |text: &str| Style::of(text);
        let styles = [style("A short note."), style("A note that is a good deal longer than the other one.")];
        let of = |left_out: &BTreeSet<u16>| {
            let mut parts = vec![Vec::new(); styles.len()];
            liking(&styles, &Weights::prior(), 1.0, left_out, &mut parts);
            parts
        };
        let has = |parts: &[(Part, f64)]| parts.iter().any(|(part, _)| matches!(part, Part::Axis(101, _)));
        assert!(has(&of(&BTreeSet::new())[0]));
        assert!(!has(&of(&BTreeSet::from([101]))[0]));
        let candidates = ["A short note.", "A note that is a good deal longer than the other one."];
        let ranked = rank_candidates(&[off], &candidates, None, Some(&Weights::prior()));
        let words = style::note(101, true, None);
        assert!(ranked.iter().flat_map(|one| &one.reasons).all(|reason| reason.text != words));
    }
}
