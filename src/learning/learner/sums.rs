//! Sums of evidence: what pooling needs to know of many items, kept ready.
//!
//! Invariant: a sum is always that of its items in the order of their record ids, added one by one, so that
//! taking a record out gives bit for bit what would be there without it. Age is weighed in when a sum is
//! read: items are kept by period, and a period's sum is scaled as a whole.

use super::record_list::RecordList;
use crate::language::Kinds;
use crate::learning::tuning::{occasion, turn};
use crate::signals::features::Feature;
use crate::types::{RecordId, Timestamp};

const DAY_MS: i64 = 86_400_000;
/// After so many periods evidence counts half.
const PERIODS_PER_HALF_LIFE: i64 = 6;
/// Days of a period; all evidence of a period has the same age.
const PERIOD_DAYS: i64 = occasion::HALF_LIFE_DAYS / PERIODS_PER_HALF_LIFE;

/// One item of evidence, as pooled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    /// Signed change in steps.
    pub(super) change: f64,
    /// What is left of it where words that are habits of their own are undone.
    pub(super) left: f64,
    /// Whether it says something about a change, and not only about a level.
    pub(super) compares: bool,
    /// The words of a list that came or went, a bit each.
    pub(super) words: u8,
    /// Of what was left alone at an end of its scale, which end; the upper is `true`.
    pub(super) at_end: Option<bool>,
    /// The level of the draft, on the axis of the feature.
    pub(super) before: Option<f64>,
    /// The level kept, on the same axis.
    pub(super) level: Option<f64>,
    pub(super) weight: f64,
    pub(super) at: Timestamp,
}

/// Whether a change, in steps, is an occasion of it.
pub(super) fn bears(change: f64) -> bool {
    change.abs() >= occasion::CHANGE_MIN
}

impl Observation {
    /// Whether something was changed, or a change confirmed.
    pub(super) fn bears(&self) -> bool {
        bears(self.change)
    }

    /// As it is where words that are habits of their own account for part of the change.
    pub(super) fn accounted_for(self) -> Self {
        if bears(self.left) && self.left * self.change > 0.0 {
            return Self { change: self.left, ..self };
        }
        Self { change: 0.0, weight: self.weight.min(occasion::LEFT_ALONE_MAX / 2.0), ..self }
    }

    /// Whether what was applied was undone, which weighs as much as a change; what was left alone weighs less.
    pub(super) fn refuses(&self) -> bool {
        self.change == 0.0 && self.compares && self.weight > occasion::LEFT_ALONE_MAX
    }
}

/// Weighted moments of levels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Levels {
    pub(super) weight: f64,
    sum: f64,
    square: f64,
}

/// What speaks for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Side {
    pub(super) count: u32,
    /// The words of a list that came or went, a bit each.
    pub(super) words: u8,
    pub(super) weight: f64,
    /// Of what came of the changes.
    pub(super) levels: Levels,
    /// Of the drafts that were changed.
    pub(super) drafts: Levels,
}

/// Weighted moments of the changes of a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    pub(super) weight: f64,
    pub(super) sum: f64,
    pub(super) square: f64,
    /// Items that compare: occasions, the ones left alone included.
    pub(super) compared: u32,
    /// Of them, those that could not have gone this way: left alone at the end of the scale.
    pub(super) at_end: [u32; 2],
    /// For less, for more.
    pub(super) sides: [Side; 2],
    /// Levels of texts in which it was not changed: written without a draft, or left as they were.
    pub(super) unchanged: Levels,
    pub(super) newest: Timestamp,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            weight: 0.0,
            sum: 0.0,
            square: 0.0,
            compared: 0,
            at_end: [0; 2],
            sides: [Side::default(); 2],
            unchanged: Levels::default(),
            newest: Timestamp(i64::MIN),
        }
    }
}

impl Levels {
    fn add(&mut self, level: f64, weight: f64, factor: f64) {
        self.weight += weight * factor;
        self.sum += weight * level * factor;
        self.square += weight * level * level * factor;
    }

    pub(super) fn add_scaled(&mut self, other: &Self, factor: f64) {
        self.weight += other.weight * factor;
        self.sum += other.sum * factor;
        self.square += other.square * factor;
    }

    /// Mean and standard deviation.
    pub(super) fn moments(&self) -> Option<(f64, f64)> {
        (self.weight > 1e-9).then(|| {
            let mean = self.sum / self.weight;
            (mean, (self.square / self.weight - mean * mean).max(0.0).sqrt())
        })
    }
}

impl Side {
    /// Whether the words that came or went are several of their kind, where a feature counts words of a kind: one word by
    /// itself is a habit of that word.
    pub(super) fn is_of_kinds(&self, feature: &Feature) -> bool {
        !counts_kinds(feature) || self.words.count_ones() >= occasion::KIND_WORDS_MIN
    }
}

/// Whether a feature counts words that are different ways to the same end: of closed classes, such as pronouns, each has
/// its own.
fn counts_kinds(feature: &Feature) -> bool {
    let closed = Kinds::PLEASE
        .or(Kinds::THANKS)
        .or(Kinds::SORRY)
        .or(Kinds::FIRST_SINGULAR)
        .or(Kinds::FIRST_PLURAL)
        .or(Kinds::SECOND);
    feature.lists != Kinds::NONE && !feature.lists.meets(closed)
}

impl Sums {
    /// Adds an observation whose weight counts so many times.
    pub(super) fn add(&mut self, observation: &Observation, factor: f64) {
        let Observation { change, compares, words, at_end, before, level, weight, at, .. } = *observation;
        if compares {
            self.compared += 1;
            if let Some(end) = at_end {
                self.at_end[usize::from(end)] += 1;
            }
            self.weight += weight * factor;
            self.sum += weight * change * factor;
            self.square += weight * change * change * factor;
        }
        if change != 0.0 {
            let side = &mut self.sides[usize::from(change > 0.0)];
            side.count += 1;
            side.words |= words;
            side.weight += weight * factor;
            if let Some(level) = level {
                side.levels.add(level, weight, factor);
            }
            if let Some(before) = before.filter(|_| before != level) {
                side.drafts.add(before, weight, factor);
            }
            self.newest = self.newest.max(at);
        } else if let Some(level) = level {
            self.unchanged.add(level, weight, factor);
        }
    }

    pub(super) fn add_scaled(&mut self, other: &Self, factor: f64) {
        self.weight += other.weight * factor;
        self.sum += other.sum * factor;
        self.square += other.square * factor;
        self.compared += other.compared;
        for (at_end, other) in self.at_end.iter_mut().zip(other.at_end) {
            *at_end += other;
        }
        for (side, other) in self.sides.iter_mut().zip(&other.sides) {
            side.count += other.count;
            side.words |= other.words;
            side.weight += other.weight * factor;
            side.levels.add_scaled(&other.levels, factor);
            side.drafts.add_scaled(&other.drafts, factor);
        }
        self.unchanged.add_scaled(&other.unchanged, factor);
        self.newest = self.newest.max(other.newest);
    }

    /// The moments of what is here and not in `part`, a part of this.
    pub(super) fn without(&self, part: &Self) -> Self {
        let weight = self.weight - part.weight;
        if weight < 1e-6 {
            return Self::default();
        }
        let square = (self.square - part.square).max(0.0);
        Self { weight, sum: self.sum - part.sum, square, ..Self::default() }
    }

    /// Items that compare and could go a way.
    pub(super) fn occasions(&self, more: bool) -> u32 {
        self.compared - self.at_end[usize::from(more)]
    }

    /// Of the occasions, those on which something was changed.
    pub(super) fn changes(&self) -> Self {
        Self { weight: self.sides[0].weight + self.sides[1].weight, ..*self }
    }

    /// The levels of what was changed, either way.
    pub(super) fn levels(&self) -> Levels {
        let mut levels = self.sides[0].levels;
        levels.add_scaled(&self.sides[1].levels, 1.0);
        levels
    }

    /// Whether the texts in which nothing was changed deny a direction: most of them lie nearer to the drafts that were
    /// changed that way than to what came of these, and they weigh more than the changes.
    pub(super) fn denies(&self, more: bool) -> bool {
        let side = &self.sides[usize::from(more)];
        if self.unchanged.weight.min(occasion::UNCHANGED_MAX) <= side.weight {
            return false;
        }
        let moments = (side.drafts.moments(), side.levels.moments(), self.unchanged.moments());
        let (Some((draft, _)), Some((kept, _)), Some((own, spread))) = moments else { return false };
        let beyond = own - f64::midpoint(draft, kept);
        (kept - draft) * beyond < 0.0 && beyond.abs() > occasion::DENIAL_DEVIATIONS * spread
    }

    /// Whether there are enough changes of either way for the person to have taken to another.
    pub(super) fn may_have_turned(&self) -> bool {
        self.sides.iter().all(|side| side.count >= turn::OCCASIONS_MIN as u32)
    }

    /// Share of the changes that go one way, by weight.
    pub(super) fn agreement(&self, more: bool) -> f64 {
        let both = self.sides[0].weight + self.sides[1].weight;
        if both > 0.0 { self.sides[usize::from(more)].weight / both } else { 0.0 }
    }
}

/// How many items of a pool compare anything, and how many are changes either way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) compared: u32,
    pub(super) less: u32,
    pub(super) more: u32,
}

/// The items of one feature and subject at one scope, by period.
#[derive(Debug, Default)]
pub(super) struct Pool {
    periods: Vec<Period>,
}

#[derive(Debug)]
struct Period {
    number: i64,
    sums: Sums,
    records: RecordList,
}

/// The period that a time falls in.
pub(super) fn period(at: Timestamp) -> i64 {
    at.0.div_euclid(PERIOD_DAYS * DAY_MS)
}

/// How much evidence of a time counts at another; what lies in the future is not discounted.
pub(super) fn age_weight(at: Timestamp, now: Timestamp) -> f64 {
    period_weight(period(at), period(now))
}

/// Two to the minus age by half-life, the age in whole periods.
fn period_weight(number: i64, now: i64) -> f64 {
    /// Powers of two by sixths, downwards.
    const SIXTHS: [f64; 6] = [
        1.0,
        0.890_898_718_140_339_3,
        0.793_700_525_984_099_8,
        0.707_106_781_186_547_5,
        0.629_960_524_947_436_6,
        0.561_231_024_154_686_5,
    ];
    let age = now.saturating_sub(number).max(0);
    let halvings = age / PERIODS_PER_HALF_LIFE;
    if halvings > 1000 {
        return 0.0;
    }
    SIXTHS[(age % PERIODS_PER_HALF_LIFE) as usize] * f64::from_bits(((1023 - halvings) as u64) << 52)
}

impl Pool {
    /// Takes in a record. `look_up` gives the pool's observation of any record in it.
    pub(super) fn insert(
        &mut self,
        record: RecordId,
        at: Timestamp,
        look_up: impl Fn(RecordId) -> Observation,
    ) {
        let number = period(at);
        let place = self.periods.partition_point(|period| period.number < number);
        if self.periods.get(place).is_none_or(|period| period.number != number) {
            self.periods
                .insert(place, Period { number, sums: Sums::default(), records: RecordList::default() });
        }
        let period = &mut self.periods[place];
        if period.records.push(record) {
            period.sums.add(&look_up(record), 1.0);
        } else if period.records.insert(record) {
            period.sum_again(look_up);
        }
    }

    /// Takes a record out.
    pub(super) fn remove(
        &mut self,
        record: RecordId,
        at: Timestamp,
        look_up: impl Fn(RecordId) -> Observation,
    ) {
        let Ok(place) = self.periods.binary_search_by_key(&period(at), |period| period.number) else {
            return;
        };
        let period = &mut self.periods[place];
        if period.records.remove(record) {
            period.sum_again(look_up);
        }
        if period.records.is_empty() {
            self.periods.remove(place);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    pub(super) fn records(&self) -> impl DoubleEndedIterator<Item = RecordId> + Clone {
        self.periods.iter().flat_map(|period| period.records.iter())
    }

    /// Bytes held elsewhere.
    pub(super) fn heap_bytes(&self) -> usize {
        let lists: usize = self.periods.iter().map(|period| period.records.heap_bytes()).sum();
        lists + self.periods.capacity() * size_of::<Period>()
    }

    /// The larger count of changes one way.
    pub(super) fn support(&self) -> u32 {
        let Counts { less, more, .. } = self.counts();
        less.max(more)
    }

    pub(super) fn counts(&self) -> Counts {
        self.periods.iter().fold(Counts::default(), |all, Period { sums, .. }| Counts {
            compared: all.compared + sums.compared,
            less: all.less + sums.sides[0].count,
            more: all.more + sums.sides[1].count,
        })
    }

    /// All of it, weighted by age.
    pub(super) fn total(&self, now: Timestamp) -> Sums {
        self.total_in(period(now))
    }

    /// The same, in a period.
    pub(super) fn total_in(&self, now: i64) -> Sums {
        let mut total = Sums::default();
        for period in &self.periods {
            total.add_scaled(&period.sums, period_weight(period.number, now));
        }
        total
    }
}

impl Period {
    fn sum_again(&mut self, look_up: impl Fn(RecordId) -> Observation) {
        self.sums = Sums::default();
        for record in self.records.iter() {
            self.sums.add(&look_up(record), 1.0);
        }
    }
}
