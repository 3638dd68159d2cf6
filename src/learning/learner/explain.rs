//! What is shown to the person: the list of learned preferences, and the reason for each.
//!
//! Invariant: listing and explaining a preference use the same course of its habit, so both report the same numbers.
//! Deciding which preferences hold in a situation is left to `Learner::pool`.

use std::collections::BTreeSet;

use super::{Key, Learner, Place, with_own};
use crate::edit::WordChange;
use crate::language::Language;
use crate::learning::learner::belief::{Belief, Undirected};
use crate::learning::learner::candidate::{Candidate, Here, learned_id};
use crate::learning::learner::course::{Course, share_with};
use crate::learning::learner::cover::{Accounting, not_accounted_for};
use crate::learning::learner::level::level;
use crate::learning::learner::near::unwanted;
use crate::learning::learner::select;
use crate::learning::learner::sums::{Sums, age_weight};
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::neighbour::GENERAL_SHARE_MIN;
use crate::signals::features::{Feature, id};
use crate::types::{Direction, Preference, PreferenceId};
use crate::types::{RecordId, Scope, Timestamp};

/// Why a preference is held.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The preference as pooled now.
    pub preference: Preference,
    /// The evidence for and against it, strongest first.
    pub contributions: Vec<Contribution>,
    /// The mean change in steps of the feature's scale, shrunk towards the estimate for the wider situation and for
    /// people in general. For a habit of the person's own texts, the difference between its probability and the usual
    /// one, with the sign of its direction. 0 if the person stated the preference.
    pub mean: f32,
    /// Its standard error, in the same unit.
    pub error: f32,
    /// When the person changed to this direction, after going the other way before; `None` if they did not, or if
    /// they go either way.
    pub since: Option<Timestamp>,
}

/// The contribution of one record to a preference.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Contribution {
    /// The record.
    pub record: RecordId,
    /// Signed change in steps of the scale.
    pub change: f32,
    /// Weight, with strength and age applied.
    pub weight: f32,
    /// What happened, for display: "92 to 58 words".
    pub note: String,
    /// The words that the person changed. Empty here, since the learner has no texts: the caller who has the record
    /// adds them.
    pub words: Vec<WordChange>,
}

crate::types::debug_without_text!(Contribution, "Contribution", shown: [record, change, weight, words], hidden: [note]);

impl Learner {
    /// The preferences of all scopes that have evidence, each at the widest scope for which it holds.
    pub fn list(&self, now: Timestamp) -> Vec<Preference> {
        let mut listed = Vec::new();
        let mut stated: BTreeSet<(Scope, Key, bool)> = BTreeSet::new();
        let mut scopes: Vec<&Scope> = self.nodes.keys().map(|scope| &**scope).collect();
        scopes.sort_by_key(|scope| (scope.depth(), *scope));
        for scope in scopes {
            let places = self.chain(scope);
            let Some((place, wider)) = places.split_last() else { continue };
            let totals = self.totals(&places, now);
            let undirected = self.undirected(&places, &totals, now);
            let earned = self.earned(&places[places.len() - 1..]);
            let mut found: Vec<Candidate<'_>> = Vec::new();
            for key in self.supported.iter().filter(|key| place.pools.contains_key(key)) {
                let chain = sums_of(&places, *key, now);
                let course = self.course(place, *key, &chain, now, true);
                let (sums, more) = (&course.sums, course.belief.more());
                let support = sums.sides[usize::from(more)].count;
                let told = wider.iter().any(|wide| stated.contains(&(wide.scope.clone(), *key, more)));
                let Some(feature) = Feature::by_id(key.0) else { continue };
                let stands = || self.let_stand(place, *key, more);
                let settled =
                    |stands: u32| share_with(feature, more, sums, course.texts, stands) >= GENERAL_SHARE_MIN;
                let settled = feature.id == id::CORRECT
                    || level(feature, sums, more).is_some()
                    || settled(0) && settled(stands());
                if settled
                    && earned[0].by(*key, more)
                    && course.holds(feature, support)
                    && undirected.discovers(sums, more)
                    && !told
                {
                    stated.insert((scope.clone(), *key, more));
                    found.extend(self.candidate(
                        *key,
                        &Here::of(&course.belief, more, sums),
                        sums,
                        scope,
                        course.texts,
                    ));
                }
            }
            let language = Language::of_statements(self.locale_within(scope));
            let found = not_accounted_for(found, language, |candidate, words| {
                self.holds_without(place, candidate, words, &undirected, now)
            });
            let own = self.own_habits(scope).into_iter().filter(|habit| {
                let more = habit.direction == Direction::More;
                !wider.iter().any(|wide| stated.contains(&(wide.scope.clone(), habit.key, more)))
            });
            let own: Vec<Candidate<'_>> = own.collect();
            let told = own.iter().map(|habit| (scope.clone(), habit.key, habit.direction == Direction::More));
            stated.extend(told);
            if !found.is_empty() || !own.is_empty() {
                listed.extend(with_own(found, own, language));
            }
        }
        select::sort(&mut listed);
        listed.iter().map(|candidate| candidate.in_words(self.locale_within(candidate.scope))).collect()
    }

    /// The locale whose language is used to word the preferences of a scope: its own, or the first one among the
    /// texts within it. The latter requires that all of these texts have a locale, and all in the same language.
    /// `None` for the default language.
    pub(crate) fn locale_within<'a>(&'a self, scope: &'a Scope) -> Option<&'a str> {
        if scope.locale.is_some() {
            return scope.locale.as_deref();
        }
        let texts = *self.comparing.get(scope)?;
        let with_locale = self.comparing.iter().filter_map(|(own, count)| {
            let locale = own.locale.as_deref().filter(|_| scope.contains(own))?;
            own.chain().contains(scope).then_some((locale, *count))
        });
        let (mut first, mut all) = (None, 0);
        for (locale, count) in with_locale {
            let known = *first.get_or_insert(locale);
            if !std::ptr::eq(Language::of_locale(known), Language::of_locale(locale)) {
                return None;
            }
            all += count;
        }
        first.filter(|_| all == texts)
    }

    /// Number of texts at a place that keep the words which the habit would remove.
    fn let_stand(&self, place: &Place<'_>, key: Key, more: bool) -> u32 {
        let Some(unwanted) = unwanted(key, self.subject(key), more) else { return 0 };
        let within = self
            .records
            .iter()
            .filter(|(record, held)| self.counted(**record) == **record && place.scope.contains(&held.scope));
        within.filter(|(_, held)| held.kept.holds(&unwanted) && held.item(key).is_none()).count() as u32
    }

    /// Whether a habit at a place still holds without the part that habits of words explain.
    fn holds_without(
        &self,
        place: &Place<'_>,
        candidate: &Candidate<'_>,
        words: &Accounting<'_>,
        undirected: &Undirected,
        now: Timestamp,
    ) -> bool {
        let sums = self.sums_without(place, candidate.key, words, now);
        let more = candidate.direction == Direction::More;
        let belief = Belief::of_chain(candidate.key.0, &[sums]);
        let texts = Self::texts_with_choice(place, candidate.key);
        let course = Course { belief, sums, texts };
        course.belief.more() == more
            && course.holds(candidate.feature, sums.sides[usize::from(more)].count)
            && undirected.discovers(&sums, more)
    }

    /// Whether any record within a scope has evidence about this preference of the scope, suppressed or not.
    pub fn has_evidence(&self, id: PreferenceId, scope: &Scope) -> bool {
        let mut asked = BTreeSet::new();
        let within = self.records.values().filter(|held| scope.contains(&held.scope));
        within.flat_map(|held| held.items.comparing()).any(|item| {
            let is = |direction| learned_id(scope, item.key(), direction) == id;
            asked.insert(item.key()) && (is(Direction::Less) || is(Direction::More))
        }) || self.own_texts_tell(id, scope)
    }

    /// Explains a preference by id, including one that `list` omits because its evidence is insufficient.
    pub fn explain(&self, id: PreferenceId, now: Timestamp) -> Option<Explanation> {
        if let Some(explanation) = self.explain_own(id) {
            return Some(explanation);
        }
        let (scope, key, direction) = self.nodes.iter().find_map(|(scope, pools)| {
            pools.keys().find_map(|key| {
                let is = |direction: &Direction| learned_id(scope, *key, *direction) == id;
                [Direction::Less, Direction::More]
                    .into_iter()
                    .find(is)
                    .map(|direction| (scope, *key, direction))
            })
        })?;
        let places = self.chain(scope);
        let course = self.course(places.last()?, key, &sums_of(&places, key, now), now, true);
        let Course { belief, sums, texts } = course;
        let here = Here::of(&belief, direction == Direction::More, &sums);
        let locale = self.locale_within(scope);
        let preference = self.candidate(key, &here, &sums, scope, texts)?.in_words(locale);
        let feature = Feature::by_id(key.0)?;
        let subject = self.subjects.get(&key).map_or("", |(subject, _)| subject);
        let mut contributions: Vec<Contribution> = self.nodes[scope][&key]
            .records()
            .filter_map(|record| {
                let held = &self.records[&record];
                let item = held.item(key).filter(|item| item.compares)?;
                let [before, after] =
                    [item.before, item.level].map(|value| value.get().map(|place| feature.off_axis(place)));
                Some(Contribution {
                    record,
                    change: item.change,
                    weight: (f64::from(item.weight) * age_weight(held.at, now)) as f32,
                    note: feature.levels(subject, item.change, before, after, locale),
                    words: Vec::new(),
                })
            })
            .collect();
        let mut changes: Vec<(Timestamp, f32)> = contributions
            .iter()
            .filter(|part| part.change != 0.0)
            .map(|part| (self.records[&part.record].at, part.change))
            .collect();
        changes.sort_by_key(|(at, _)| *at);
        let since = since(&changes, here.more);
        contributions.sort_by(|a, b| {
            let rank = |part: &Contribution| (part.change.abs() * part.weight, part.weight);
            rank(b)
                .0
                .total_cmp(&rank(a).0)
                .then(rank(b).1.total_cmp(&rank(a).1))
                .then(a.record.cmp(&b.record))
        });
        Some(Explanation {
            preference,
            contributions,
            mean: belief.mean as f32,
            error: belief.error() as f32,
            since,
        })
    }
}

/// The total of a key at each place of a chain.
fn sums_of(places: &[Place<'_>], key: Key, now: Timestamp) -> Vec<Sums> {
    places.iter().filter_map(|place| place.pools.get(&key)).map(|pool| pool.total(now)).collect()
}

/// When the person changed to a direction after going the other way: the first of the newest consecutive changes in
/// that direction. There must be at least [`SUPPORT_MIN`] of these, and as many of the other direction before.
/// `changes` is sorted by time.
fn since(changes: &[(Timestamp, f32)], more: bool) -> Option<Timestamp> {
    let so = |(_, change): &&(Timestamp, f32)| (*change > 0.0) == more;
    let newest = changes.iter().rev().take_while(so).count();
    let before = &changes[..changes.len() - newest];
    let enough = newest >= SUPPORT_MIN as usize
        && before.iter().filter(|change| !so(change)).count() >= SUPPORT_MIN as usize;
    enough.then(|| changes[before.len()].0)
}
