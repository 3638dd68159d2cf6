//! Pools evidence into preferences.
//!
//! Invariant: the results are a function of the records held and of the suppressions. They depend neither on the
//! order in which records were inserted nor on records that were removed.

mod agreement;
mod belief;
mod candidate;
mod choice;
mod clustering;
mod company;
mod course;
mod cover;
mod earned;
mod explain;
mod items;
mod level;
mod listed;
mod memory;
mod near;
mod occasions;
mod own_texts;
mod prior;
mod record_list;
#[cfg(test)]
mod samples;
mod select;
mod sums;
#[cfg(test)]
mod tests;
mod totals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::language::Language;
use crate::learning::learner::candidate::Candidate;
use crate::learning::learner::clustering::Contexts;
use crate::learning::learner::company::{Ways, hear_together};
use crate::learning::learner::course::{denied, share};
use crate::learning::learner::cover::not_accounted_for;
pub use crate::learning::learner::explain::{Contribution, Explanation};
use crate::learning::learner::items::{Item, Items, Value};
use crate::learning::learner::near::Neighbourhood;
use crate::learning::learner::occasions::{Occasion, Occasions};
use crate::learning::learner::own_texts::OwnTexts;
#[cfg(feature = "internals")]
pub use crate::learning::learner::prior::fit_habits;
use crate::learning::learner::record_list::RecordList;
use crate::learning::learner::sums::{Observation, Pool, Sums, age_weight, period};
use crate::learning::learner::totals::{Cursor, ScopeTotals, Totals};
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::neighbour::HEARD_MAX;
use crate::learning::{Evidence, EvidenceItem, Kept};
use crate::signals::features::Feature;
use crate::simd::fetch;
use crate::types::{ByRecord, Direction, Preference, RecordId, Scope, Timestamp};

/// A situation to pool evidence for.
#[derive(Debug, Clone, Copy)]
pub struct PoolQuery<'a> {
    /// The scope of the request.
    pub scope: &'a Scope,
    /// The most similar contexts with their [`likeness`](crate::search::likeness), best first; may be empty.
    pub neighbours: &'a [(RecordId, f32)],
    /// The likeness of each pair of these contexts, a square matrix row by row; empty if it is not known.
    pub likenesses: &'a [f32],
    /// The current time.
    pub now: Timestamp,
}

/// Evidence that is ignored because the person deleted a learned preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Id of the feature.
    pub feature: u16,
    /// Hash of the subject, 0 for none.
    pub subject_hash: u64,
    /// Only evidence from within this scope is ignored.
    pub scope: Scope,
    /// Evidence of this record and of all earlier ones is ignored.
    pub through: RecordId,
}

/// Id of a feature and hash of a subject (0 for none).
type Key = (u16, u64);

/// The evidence of one record.
#[derive(Debug)]
struct Held {
    at: Timestamp,
    /// Shared by all records of a scope that have evidence.
    scope: Arc<Scope>,
    items: Items,
    kept: Kept,
    /// See [`Evidence::occasion`].
    occasion: u64,
    /// See [`Evidence::language`].
    language: u16,
}

/// The pools of each scope. A record is pooled in its own scope and in all wider ones.
type Nodes = BTreeMap<Arc<Scope>, BTreeMap<Key, Pool>>;

/// All evidence, and the pools made of it.
#[derive(Debug, Default)]
pub struct Learner {
    /// The values are behind pointers, so that a look-up reads only keys.
    records: ByRecord<Arc<Held>>,
    occasions: Occasions,
    nodes: Nodes,
    /// Number of records within each scope that have an item about a change.
    comparing: BTreeMap<Scope, u32>,
    /// The words of each subject, and the records that contain them.
    subjects: BTreeMap<Key, (String, RecordList)>,
    /// Keys with enough support in the widest scope to be stated at all; ascending.
    supported: Vec<Key>,
    suppressions: Vec<Suppression>,
    totals: Totals,
    own_texts: OwnTexts,
}

impl Held {
    /// What happened, to detect other reports of the same occasion; `None` if it is not known.
    fn occasion(&self) -> Option<Occasion> {
        (self.occasion != 0).then(|| (self.occasion, Arc::clone(&self.scope)))
    }

    fn item(&self, key: Key) -> Option<Item> {
        self.items.find(key)
    }

    /// Whether any item is about a change, and not only a level.
    fn compares(&self) -> bool {
        self.items.compare()
    }
}

/// A scope that has evidence.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    scope: &'a Scope,
    pools: &'a BTreeMap<Key, Pool>,
    /// Number of records within the scope that have an item about a change.
    texts: u32,
}

/// One item of a record: the index of its key among the queried keys, and its index among the record's items.
#[derive(Debug, Clone, Copy)]
struct Told {
    key: u32,
    item: u32,
}

/// Adds the candidates from own texts to those from edits, and selects among all of them. If both have a candidate
/// for a key, the one from edits is used.
fn with_own<'a>(
    mut found: Vec<Candidate<'a>>,
    own: impl IntoIterator<Item = Candidate<'a>>,
    language: &Language,
) -> Vec<Candidate<'a>> {
    let edits = found.len();
    for candidate in own {
        if !found[..edits].iter().any(|other| other.key == candidate.key) {
            found.push(candidate);
        }
    }
    select::select(found, language)
}

fn observation(records: &ByRecord<Arc<Held>>, record: RecordId, key: Key) -> Observation {
    let held = &records[&record];
    held.item(key).expect("a pool holds only records that have its key").observation(held.at)
}

impl Learner {
    /// A learner with no evidence.
    pub fn new() -> Self {
        Self::default()
    }

    /// Inserts a record's evidence, replacing its earlier evidence. Items with an invalid number are dropped, as are
    /// those whose subject does not fit the feature.
    pub fn insert(&mut self, record: RecordId, at: Timestamp, scope: &Scope, mut evidence: Evidence) {
        if self.records.contains_key(&record) {
            *self = self.without(&[record]);
        }
        let usable = |item: &EvidenceItem| {
            item.weight.is_finite()
                && item.weight > 0.0
                && item.change.is_finite()
                && Feature::by_id(item.feature)
                    .is_some_and(|feature| feature.has_subject == (item.subject_hash != 0))
        };
        let mut items = Vec::with_capacity(evidence.items.len());
        for item in std::mem::take(&mut evidence.items).into_iter().filter(usable) {
            let key = (item.feature, item.subject_hash);
            if !item.subject.is_empty() {
                let told = self.subjects.entry(key).or_default();
                if told.0 != item.subject {
                    told.0.clone_from(&item.subject);
                }
                told.1.insert(record);
            }
            let on_axis = |value: Option<f32>| {
                Value::new(
                    value.zip(Feature::by_id(item.feature)).map(|(value, feature)| feature.on_axis(value)),
                )
            };
            items.push(Item {
                subject_hash: item.subject_hash,
                change: item.change,
                left: item.left,
                weight: item.weight.min(1.0),
                before: on_axis(item.before),
                level: on_axis(item.after),
                feature: item.feature,
                compares: !item.is_level_only(),
                words: item.words,
            });
        }
        let known = self.nodes.get_key_value(scope).map(|(known, _)| Arc::clone(known));
        let scope = known.unwrap_or_else(|| Arc::new(scope.clone()));
        let items = Items::of(items);
        let Evidence { kept, occasion, language, .. } = evidence;
        let held = Arc::new(Held { at, scope, items, kept, occasion, language });
        self.records.insert(record, Arc::clone(&held));
        if let Some(occasion) = held.occasion() {
            match self.occasions.insert(occasion, record) {
                Some(counted) if record < counted => return,
                Some(counted) => self.unpool_record(counted),
                None => {}
            }
        }
        self.pool_record(record);
        self.settle_all(&held);
    }

    /// The record that counts for the same occasion as this one; often the record itself.
    fn counted(&self, record: RecordId) -> RecordId {
        self.occasions.counted(record)
    }

    /// Removes a held record from the pools.
    fn unpool_record(&mut self, record: RecordId) {
        let held = Arc::clone(&self.records[&record]);
        self.own_texts.count(&held, false);
        let compares = held.compares();
        for scope in held.scope.chain() {
            if compares && let Some(count) = self.comparing.get_mut(&scope) {
                *count -= 1;
                if *count == 0 {
                    self.comparing.remove(&scope);
                }
            }
            let Some(pools) = self.nodes.get_mut(&scope) else { continue };
            for item in held.items.iter() {
                if let Some(pool) = pools.get_mut(&item.key()) {
                    pool.remove(record, held.at, |other| observation(&self.records, other, item.key()));
                    if pool.is_empty() {
                        pools.remove(&item.key());
                    }
                }
            }
            if pools.is_empty() {
                self.nodes.remove(&scope);
            }
        }
        self.settle_all(&held);
    }

    fn settle_all(&mut self, held: &Held) {
        for item in held.items.iter() {
            self.settle(item.key(), &held.scope);
        }
    }

    /// A copy without some of the records, as if they had never been inserted. All remaining records are pooled again
    /// in one pass. Their evidence is shared with this learner.
    #[must_use]
    pub fn without(&self, gone: &[RecordId]) -> Self {
        let mut records = self.records.clone();
        for record in gone {
            records.remove(record);
        }
        let mut subjects = self.subjects.clone();
        subjects.retain(|_, (_, told)| {
            *told = told.iter().filter(|record| records.contains_key(record)).collect();
            !told.is_empty()
        });
        let occasions = self.occasions.with_only(|record| records.contains_key(&record));
        let suppressions = self.suppressions.clone();
        let mut left = Self { records, occasions, subjects, suppressions, ..Self::default() };
        left.pool_all();
        left
    }

    /// Replaces the list of suppressions.
    pub fn set_suppressions(&mut self, suppressions: Vec<Suppression>) {
        if self.suppressions == suppressions {
            return;
        }
        self.suppressions = suppressions;
        self.pool_all();
    }

    /// Pools all records again, in order of their ids.
    fn pool_all(&mut self) {
        self.nodes.clear();
        self.comparing.clear();
        self.totals.clear();
        self.own_texts.clear();
        let counted = self.records.keys().filter(|record| self.counted(**record) == **record);
        let mut records: Vec<RecordId> = counted.copied().collect();
        records.sort_unstable();
        for record in records {
            self.pool_record(record);
        }
        let widest = self.nodes.get(&Scope::person());
        let supported = widest.into_iter().flatten().filter(|(_, pool)| pool.support() >= SUPPORT_MIN);
        self.supported = supported.map(|(key, _)| *key).collect();
    }

    fn pool_record(&mut self, record: RecordId) {
        let held = &self.records[&record];
        self.own_texts.count(held, true);
        let keys: Vec<Key> = held
            .items
            .iter()
            .map(|item| item.key())
            .filter(|key| !self.is_set_aside(record, held, *key))
            .collect();
        let compares = held.compares();
        for scope in held.scope.chain() {
            if compares {
                *self.comparing.entry(scope.clone()).or_default() += 1;
            }
            if keys.is_empty() {
                continue;
            }
            let scope = if scope == *held.scope { Arc::clone(&held.scope) } else { Arc::new(scope) };
            let pools = self.nodes.entry(scope).or_default();
            for key in &keys {
                let look_up = |other| observation(&self.records, other, *key);
                pools.entry(*key).or_default().insert(record, held.at, look_up);
            }
        }
    }

    /// Updates the supported keys and the cached totals after the pools of a key have changed in a scope and in the
    /// wider ones.
    fn settle(&mut self, key: Key, scope: &Scope) {
        let pool = self.nodes.get(&Scope::person()).and_then(|pools| pools.get(&key));
        let holds = pool.is_some_and(|pool| pool.support() >= SUPPORT_MIN);
        let turned = match self.supported.binary_search(&key) {
            Err(at) if holds => {
                self.supported.insert(at, key);
                true
            }
            Ok(at) if !holds => {
                self.supported.remove(at);
                true
            }
            _ => false,
        };
        self.totals.put(key, &self.nodes, &self.supported, |wide| turned || wide.contains(scope));
    }

    /// The preferences that hold in a situation, strongest first.
    pub fn pool(&self, query: &PoolQuery<'_>) -> Vec<Preference> {
        let places = self.chain(query.scope);
        let near = self.neighbourhood(query);
        let totals = self.totals(&places, query.now);
        let undirected = self.undirected(&places, &totals, query.now);
        let earned = self.earned(&places);
        // Whether there is evidence in the scope of the request itself, its locale aside.
        let known = places.last().is_some_and(|place| {
            let asked = query.scope;
            [&asked.app, &asked.task, &asked.audience]
                == [&place.scope.app, &place.scope.task, &place.scope.audience]
        });
        let mut cursors: Vec<Cursor<'_>> = totals.iter().map(|totals| totals.cursor()).collect();
        let mut found = Vec::new();
        let mut chain: Vec<&Sums> = Vec::with_capacity(places.len());
        for (at, key) in self.supported.iter().enumerate() {
            chain.clear();
            chain.extend(cursors.iter_mut().map_while(|cursor| cursor.get(*key)));
            let Some(narrowest) = chain.last() else { continue };
            let Some(feature) = Feature::by_id(key.0) else { continue };
            let usual = |more: bool| {
                let texts = Self::texts_with_choice(&places[chain.len() - 1], *key);
                share(feature, more, narrowest, texts)
            };
            let subject = || self.subject(*key);
            let Some(mut here) = near.judge(at, feature, subject, &chain, &undirected, usual) else {
                continue;
            };
            if denied(feature, here.more, narrowest) {
                continue;
            }
            let way = usize::from(here.more);
            let support = chain[0].sides[way].count;
            // The narrowest scope in which the habit was seen. A request from a narrower scope needs a habit that may
            // be stated for that whole scope.
            let Some(seen) = chain.iter().rposition(|sums| sums.sides[way].count > 0) else { continue };
            let is_here = known && places.len() == seen + 1;
            if !is_here && !earned[seen].by(*key, here.more) {
                continue;
            }
            let widest = (0..chain.len()).filter(|at| earned[*at].by(*key, here.more)).find_map(|at| {
                let course = self.course(&places[at], *key, &chain[..=at], query.now, here.turned);
                let holds = course.belief.more() == here.more && course.holds(feature, support);
                holds.then_some((course.sums, places[at].scope, course.texts))
            });
            // A habit that holds in a whole scope is stated with the numbers of the list.
            if let Some((sums, ..)) = &widest {
                (here.decisive, here.next) = (*sums, None);
            }
            let (basis, scope, texts) = widest.unwrap_or_else(|| {
                let place = &places[chain.len() - 1];
                (**narrowest, place.scope, Self::texts_with_choice(place, *key))
            });
            found.extend(self.candidate(*key, &here, &basis, scope, texts));
        }
        let asked = query.scope.locale.as_deref();
        let language = Language::of_statements(asked);
        let found = not_accounted_for(found, language, |candidate, words| {
            let at = self.supported.binary_search(&candidate.key);
            let more = candidate.direction == Direction::More;
            at.is_ok_and(|at| near.holds_without(at, candidate.feature, more, words))
        });
        let own = self.own_habits_along(&places, asked);
        let found = with_own(found, own, language);
        let said = found.iter().map(|candidate| {
            let scope = candidate.scope;
            let locale = scope.locale.as_deref().or(asked).or_else(|| self.locale_within(scope));
            candidate.in_words(locale)
        });
        said.collect()
    }

    fn subject(&self, key: Key) -> &str {
        self.subjects.get(&key).map_or("", |(subject, _)| subject)
    }

    /// The scopes of a chain that have evidence, widest first.
    fn chain(&self, scope: &Scope) -> Vec<Place<'_>> {
        let chain = scope.chain();
        let known = chain.iter().rev().filter_map(|scope| self.nodes.get_key_value(scope));
        let texts = |scope| self.comparing.get(scope).copied().unwrap_or(0);
        known.map(|(scope, pools)| Place { scope, pools, texts: texts(scope) }).collect()
    }

    /// The totals of the pools at each place of a chain.
    fn totals(&self, places: &[Place<'_>], now: Timestamp) -> Vec<Arc<ScopeTotals>> {
        let of = |place: &Place<'_>| self.totals.of(place.scope, place.pools, &self.supported, period(now));
        places.iter().map(of).collect()
    }

    /// Collects the evidence of the neighbours.
    fn neighbourhood<'a>(&'a self, query: &PoolQuery<'a>) -> Neighbourhood<'a> {
        let neighbours = &query.neighbours[..query.neighbours.len().min(HEARD_MAX)];
        let contexts = Contexts::new(query.likenesses, query.neighbours.len());
        let aside = self.suppressions.iter().map(|one| (one.feature, one.subject_hash)).collect();
        let keys = &*self.supported;
        // All records are looked up and prefetched before any is read, so that the cache misses overlap.
        let mut held: Vec<(RecordId, usize, &Held)> = neighbours
            .iter()
            .enumerate()
            .filter_map(|(place, (record, _))| {
                let counted = self.counted(*record);
                Some((counted, place, &**self.records.get(&counted)?))
            })
            .collect();
        let mut met = BTreeSet::new();
        held.retain(|(record, _, held)| held.compares() && met.insert(*record));
        for (_, _, held) in &held {
            fetch(held.items.comparing());
        }
        let mut likenesses: Vec<f32> = held.iter().map(|(_, place, _)| neighbours[*place].1).collect();
        // The items about the queried keys, record after record, and where each record begins.
        let mut told = Vec::with_capacity(held.iter().map(|(_, _, held)| held.items.len()).sum());
        let mut begins = Vec::with_capacity(held.len() + 1);
        let mut ways = Ways::new(keys.len(), held.len());
        for (record, _, held) in &held {
            begins.push(told.len());
            self.asked_about(*record, held, keys, &mut told);
            ways.push(held.items.comparing(), &told[begins[begins.len() - 1]..]);
        }
        begins.push(told.len());
        hear_together(&mut likenesses, &ways);
        let best = likenesses.iter().copied().fold(f32::MIN, f32::max);
        let around = held.iter().map(|(_, place, held)| (*place, *held)).collect();
        let mut near = Neighbourhood::new(keys, aside, best, contexts, around);
        // Consecutive neighbours often share a scope.
        let mut last: Option<(&Arc<Scope>, bool)> = None;
        for (((_, _, held), likeness), told_by) in held.iter().zip(likenesses).zip(begins.windows(2)) {
            let inside = match last {
                Some((scope, inside)) if Arc::ptr_eq(scope, &held.scope) => inside,
                _ => query.scope.contains(&held.scope),
            };
            last = Some((&held.scope, inside));
            let age = age_weight(held.at, query.now);
            let Some(nearness) = near.meet(likeness, held, age, inside) else { continue };
            for Told { key, item } in &told[told_by[0]..told_by[1]] {
                let item = held.items.comparing()[*item as usize].observation(held.at);
                near.add(*key as usize, &item, nearness, age, inside);
            }
        }
        near.finish();
        near
    }

    /// Appends a record's items about the queried `keys`, which ascend. Suppressed evidence is left out.
    fn asked_about(&self, record: RecordId, held: &Held, keys: &[Key], told: &mut Vec<Told>) {
        let mut at = 0;
        // Both lists are in order of their keys.
        for (place, item) in held.items.comparing().iter().enumerate() {
            at += keys[at..].iter().take_while(|key| **key < item.key()).count();
            if keys.get(at) == Some(&item.key()) && !self.is_set_aside(record, held, item.key()) {
                told.push(Told { key: at as u32, item: place as u32 });
            }
        }
    }

    fn is_set_aside(&self, record: RecordId, held: &Held, key: Key) -> bool {
        self.suppressions.iter().any(|suppression| {
            (suppression.feature, suppression.subject_hash) == key
                && record <= suppression.through
                && suppression.scope.contains(&held.scope)
        })
    }
}
