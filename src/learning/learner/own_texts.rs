//! Habits in the texts that the person wrote without a draft, compared with people in general.
//!
//! A habit either shows in a text or does not. The language's data give the usual probability that it shows in a text
//! of that length, whoever wrote it. A habit is stated if the person's next text will probably show it, and if that
//! probability is clearly above the usual one. The same applies to a habit of doing without something. Edits take
//! precedence: a habit is left to them if any go against it, or if enough go its way.
//!
//! Invariant: only whole numbers are counted, so that removing a record restores the exact counts without it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Held, Key, Learner, Place};
use crate::language::{Language, Usual, length_class};
use crate::learning::learner::candidate::{Candidate, learned_id};
use crate::learning::learner::earned::is_part;
use crate::learning::learner::explain::{Contribution, Explanation};
use crate::learning::learner::sums::Pool;
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::own_texts::{
    CLEAR, DIFFERENCE_FULL, DIFFERENCE_MIN, MISSED_MIN, SHARE_MIN, TEXTS_MIN, USUAL_PHRASE, USUAL_TEXTS,
};
use crate::learning::tuning::scope::AGREEING_MIN;
use crate::signals::features::{FEATURES, Feature, id};
use crate::types::{Direction, PreferenceId, RecordId, Scope};

/// Most texts that an explanation names; the newest are chosen.
const EXPLAINED_MAX: usize = 32;

/// Counts of the texts of one language within a scope.
#[derive(Debug, Default)]
struct Tally {
    /// Number of texts by class of length.
    texts: [u32; 5],
    counts: BTreeMap<Key, Count>,
}

#[derive(Debug, Default)]
struct Count {
    /// Texts that have a value of the feature.
    occasions: u32,
    /// Those of them in which the habit shows.
    shown: u32,
}

/// The counts by scope and by the number of the language.
#[derive(Debug, Default)]
pub(super) struct OwnTexts {
    scopes: BTreeMap<Arc<Scope>, BTreeMap<u16, Tally>>,
}

/// The direction of a habit, and how certain it is.
#[derive(Debug, Clone, Copy)]
struct Way {
    more: bool,
    /// The probability that the next text goes in this direction, and that a text by any person does.
    next: f64,
    usual: f64,
    texts: u32,
}

/// Whether a feature shows in a text with this level.
fn shows(feature: &Feature, usual: Usual, level: f32) -> bool {
    match usual {
        Usual::Any(_) => level > 0.0,
        Usual::Most(_) | Usual::Rule(_) => level >= 0.5, // fixed: the half
        Usual::Middle(middle) => level > feature.on_axis(middle),
    }
}

/// Whether a text has at most one phrase of this feature.
fn is_of_frame(feature: u16) -> bool {
    matches!(feature, id::GREETING_PHRASE | id::CLOSING_PHRASE)
}

impl Tally {
    fn all(&self) -> u32 {
        self.texts.iter().sum()
    }

    /// Adds a text to the counts, or removes it.
    fn count(&mut self, language: &Language, held: &Held, add: bool) {
        let change = |count: &mut u32| *count = if add { *count + 1 } else { *count - 1 };
        let words = held.item((id::WORDS, 0)).and_then(|item| item.level.get()).map_or(0.0, f32::exp);
        change(&mut self.texts[length_class(words)]);
        for item in held.items.iter() {
            let Some(level) = item.level.get() else { continue };
            let Some(feature) = Feature::by_id(item.feature) else { continue };
            let shown = match language.usual(feature.name) {
                Some(usual) => shows(feature, usual, level),
                None if is_of_frame(item.feature) => true,
                None => continue,
            };
            let count = self.counts.entry(item.key()).or_default();
            change(&mut count.occasions);
            if shown {
                change(&mut count.shown);
            }
            if count.occasions == 0 {
                self.counts.remove(&item.key());
            }
        }
    }

    /// The direction of a habit, if it can be stated. `agreeing` is the number of edits in each direction, which
    /// count as texts.
    fn way(&self, language: &Language, key: Key, agreeing: [u32; 2]) -> Option<Way> {
        let feature = Feature::by_id(key.0)?;
        let none = Count::default();
        let count = self.counts.get(&key).unwrap_or(&none);
        let all = self.all();
        let (texts, usual) = match language.usual(feature.name) {
            Some(Usual::Any(rates)) => {
                let of_class = self.texts.iter().zip(rates);
                let usual: f64 = of_class.map(|(texts, rate)| f64::from(*texts) * f64::from(rate)).sum();
                (all, usual / f64::from(all.max(1)))
            }
            Some(Usual::Most(share) | Usual::Rule(share)) => (count.occasions, f64::from(share)),
            Some(Usual::Middle(_)) => (count.occasions, 0.5), // fixed: half of the texts are above the middle
            None => (all, USUAL_PHRASE),
        };
        let [less, more] = agreeing;
        let (texts, shown) = (f64::from(texts + less + more), f64::from(count.shown + more));
        if texts < f64::from(TEXTS_MIN) {
            return None;
        }
        let next = (shown + USUAL_TEXTS * usual) / (texts + USUAL_TEXTS);
        let more = next > usual;
        let errors = (shown - texts * usual).abs() / (texts * usual * (1.0 - usual) + 0.25).sqrt();
        let states = match language.usual(feature.name) {
            Some(Usual::Any(_)) => more || usual >= MISSED_MIN,
            Some(Usual::Rule(_)) => !more,
            Some(_) => true,
            None => more,
        };
        let (next, usual) = if more { (next, usual) } else { (1.0 - next, 1.0 - usual) };
        let holds = states && next >= SHARE_MIN && next - usual >= DIFFERENCE_MIN && errors >= CLEAR;
        holds.then_some(Way { more, next, usual, texts: texts as u32 })
    }
}

impl OwnTexts {
    pub(super) fn clear(&mut self) {
        self.scopes.clear();
    }

    /// Adds a text to the counts of every scope that it lies in, or removes it.
    pub(super) fn count(&mut self, held: &Held, add: bool) {
        if held.language == 0 {
            return;
        }
        let language = Language::of_number(held.language);
        if !language.knows_usual() {
            return;
        }
        for scope in held.scope.chain() {
            let scope = if scope == *held.scope { Arc::clone(&held.scope) } else { Arc::new(scope) };
            let languages = self.scopes.entry(Arc::clone(&scope)).or_default();
            let tally = languages.entry(held.language).or_default();
            tally.count(language, held, add);
            if tally.all() == 0 {
                languages.remove(&held.language);
                if languages.is_empty() {
                    self.scopes.remove(&scope);
                }
            }
        }
    }

    /// The counts of the most common language of the texts within a scope.
    fn of(&self, scope: &Scope) -> Option<(&'static Language, &Tally)> {
        let languages = self.scopes.get(scope)?;
        let (number, tally) = languages.iter().max_by_key(|(_, tally)| tally.all())?;
        Some((Language::of_number(*number), tally))
    }

    /// Number of texts within a scope.
    pub(super) fn texts(&self, scope: &Scope) -> usize {
        self.scopes
            .get(scope)
            .map_or(0, |languages| languages.values().map(|tally| tally.all() as usize).sum())
    }

    /// Approximate number of bytes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let of = |tally: &Tally| size_of::<Tally>() + tally.counts.len() * size_of::<(Key, Count)>() * 3 / 2;
        self.scopes.values().flat_map(BTreeMap::values).map(of).sum()
    }
}

impl Learner {
    /// The number of the person's own texts within a scope.
    pub fn own_texts(&self, scope: &Scope) -> usize {
        self.own_texts.texts(scope)
    }

    /// The scopes that contain own texts, in order.
    pub(super) fn scopes_of_own_texts(&self) -> impl Iterator<Item = &Scope> {
        self.own_texts.scopes.keys().map(|scope| &**scope)
    }

    /// The direction of a habit in the own texts of a scope; `None` if it may not be stated for the whole scope.
    fn own_way(&self, scope: &Scope, key: Key) -> Option<Way> {
        let aside = |suppression: &super::Suppression| {
            (suppression.feature, suppression.subject_hash) == key
                && (suppression.scope.contains(scope) || scope.contains(&suppression.scope))
        };
        if self.suppressions.iter().any(aside) {
            return None;
        }
        let edits = |scope: &Scope| {
            let pool = self.nodes.get(scope).and_then(|pools| pools.get(&key));
            pool.map(Pool::counts).map_or([0; 2], |counts| [counts.less, counts.more])
        };
        let way = |scope: &Scope| {
            let (language, tally) = self.own_texts.of(scope)?;
            let edits = edits(scope);
            let way = tally.way(language, key, edits)?;
            (edits[usize::from(!way.more)] == 0 && edits[usize::from(way.more)] < SUPPORT_MIN).then_some(way)
        };
        let here = way(scope)?;
        let parts: Vec<&Scope> = self.scopes_of_own_texts().filter(|other| is_part(other, scope)).collect();
        let within: usize = parts.iter().map(|part| self.own_texts(part)).sum();
        let of_no_part = self.own_texts(scope).saturating_sub(within);
        let agree = || {
            let ways = parts.iter().filter_map(|part| way(part)).filter(|part| part.more == here.more);
            ways.count() >= AGREEING_MIN
        };
        (of_no_part >= TEXTS_MIN as usize || agree()).then_some(here)
    }

    /// The habits that the own texts of a scope support.
    pub(super) fn own_habits<'a>(&'a self, scope: &'a Scope) -> Vec<Candidate<'a>> {
        let Some((language, tally)) = self.own_texts.of(scope) else { return Vec::new() };
        let usual = FEATURES.iter().filter(|feature| language.usual(feature.name).is_some());
        let phrases = tally.counts.keys().filter(|key| key.1 != 0).copied();
        let keys = usual.map(|feature| (feature.id, 0)).chain(phrases);
        keys.filter_map(|key| self.own_habit(scope, key)).collect()
    }

    fn own_habit<'a>(&'a self, scope: &'a Scope, key: Key) -> Option<Candidate<'a>> {
        let way = self.own_way(scope, key)?;
        let feature = Feature::by_id(key.0)?;
        let newest = self.nodes.get(scope)?.get(&(id::WORDS, 0))?.records().next_back()?;
        Some(Candidate {
            key,
            feature,
            subject: self.subject(key),
            direction: if way.more { Direction::More } else { Direction::Less },
            scope,
            level: None,
            strength: ((way.next - way.usual) / DIFFERENCE_FULL).min(1.0) as f32,
            confidence: way.next as f32,
            occasions: way.texts,
            updated: self.records.get(&newest)?.at,
        })
    }

    /// The habits that the own texts along a chain support in a situation. Each is stated for the widest scope for
    /// which it holds, unless the texts of a narrower scope go in another direction. Scopes whose texts are mostly in
    /// another language than the request are left out.
    pub(super) fn own_habits_along<'a>(
        &'a self,
        places: &[Place<'a>],
        locale: Option<&str>,
    ) -> Vec<Candidate<'a>> {
        let asked = locale.map(|locale| Language::of_locale(locale).number_of());
        let is_asked = |language: &Language| asked.is_none_or(|asked| asked == language.number_of());
        let mut found: Vec<Candidate<'a>> = Vec::new();
        for (at, place) in places.iter().enumerate() {
            if !self.own_texts.of(place.scope).is_some_and(|(language, _)| is_asked(language)) {
                continue;
            }
            for candidate in self.own_habits(place.scope) {
                let more = candidate.direction == Direction::More;
                let told = found
                    .iter()
                    .any(|other| other.key == candidate.key && other.direction == candidate.direction);
                let narrower = places[at + 1..].iter().map(|place| place.scope);
                let mut known = narrower.filter(|scope| self.own_texts(scope) >= TEXTS_MIN as usize);
                if !told && known.all(|scope| self.own_way_of_part(scope, candidate.key) == Some(more)) {
                    found.push(candidate);
                }
            }
        }
        found
    }

    /// The direction of a habit in the texts of a narrower scope; `None` if it has none there.
    fn own_way_of_part(&self, scope: &Scope, key: Key) -> Option<bool> {
        let (language, tally) = self.own_texts.of(scope)?;
        tally.way(language, key, [0; 2]).map(|way| way.more)
    }

    /// The key of the habit with this id, if own texts within the scope may show it.
    fn own_key_of(&self, id: PreferenceId, scope: &Scope) -> Option<Key> {
        let (language, tally) = self.own_texts.of(scope)?;
        let usual = FEATURES.iter().filter(|feature| language.usual(feature.name).is_some());
        let phrases = tally.counts.keys().filter(|key| key.1 != 0).copied();
        let mut keys = usual.map(|feature| (feature.id, 0)).chain(phrases);
        keys.find(|key| {
            [Direction::Less, Direction::More].iter().any(|way| learned_id(scope, *key, *way) == id)
        })
    }

    /// Whether own texts within a scope may show a habit with this id.
    pub(super) fn own_texts_tell(&self, id: PreferenceId, scope: &Scope) -> bool {
        self.own_key_of(id, scope).is_some()
    }

    /// The habit with this id, if the own texts of its scope support it.
    fn own_habit_of(&self, id: PreferenceId) -> Option<Candidate<'_>> {
        let of = |scope| Some((scope, self.own_key_of(id, scope)?));
        let (scope, key) = self.scopes_of_own_texts().find_map(of)?;
        self.own_habit(scope, key).filter(|habit| learned_id(scope, key, habit.direction) == id)
    }

    /// Explains a habit of the own texts.
    pub(super) fn explain_own(&self, id: PreferenceId) -> Option<Explanation> {
        let habit = self.own_habit_of(id)?;
        let way = self.own_way(habit.scope, habit.key)?;
        let locale = self.locale_within(habit.scope);
        let (language, _) = self.own_texts.of(habit.scope)?;
        let usual = language.usual(habit.feature.name);
        let sign = if way.more { 1.0 } else { -1.0 };
        let texts = self.nodes.get(habit.scope)?.get(&(id::WORDS, 0))?.records().rev();
        let contribution = |record: RecordId| {
            let held = self.records.get(&record).filter(|held| held.language == language.number_of())?;
            let item = held.item(habit.key);
            let level = item.and_then(|item| item.level.get());
            let shown = level
                .is_some_and(|level| usual.map_or(level > 0.0, |usual| shows(habit.feature, usual, level)));
            let has_choice = item.is_some() || matches!(usual, None | Some(Usual::Any(_)));
            (has_choice && shown == way.more).then(|| Contribution {
                record,
                change: sign,
                weight: item.map_or(1.0, |item| item.weight),
                note: habit.feature.written(
                    level.map(|level| habit.feature.off_axis(level)),
                    sign,
                    habit.subject,
                    locale,
                ),
                words: Vec::new(),
            })
        };
        let contributions = texts.filter_map(contribution).take(EXPLAINED_MAX).collect();
        let error = (way.next * (1.0 - way.next) / f64::from(way.texts.max(1))).sqrt();
        Some(Explanation {
            preference: habit.in_words(locale),
            contributions,
            mean: sign * (way.next - way.usual) as f32,
            error: error as f32,
            since: None,
        })
    }
}
