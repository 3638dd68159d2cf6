//! Sums of evidence, precomputed for pooling.
//!
//! Invariant: a sum adds its items one by one, in order of their record ids. Removing a record therefore gives bit
//! for bit the sum without it. Weighting by age happens when a sum is read: items are grouped by period, and the sum
//! of a period is scaled as a whole.

use super::record_list::RecordList;
use crate::language::Kinds;
use crate::learning::tuning::{occasion, turn};
use crate::signals::features::Feature;
use crate::types::{RecordId, Timestamp};

const DAY_MS: i64 = 86_400_000;
/// Number of periods after which evidence counts half.
const PERIODS_PER_HALF_LIFE: i64 = 6;
/// Length of a period in days. All evidence of a period has the same age.
const PERIOD_DAYS: i64 = occasion::HALF_LIFE_DAYS / PERIODS_PER_HALF_LIFE;

/// One item of evidence, as it is pooled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    /// Signed change in steps.
    pub(super) change: f64,
    /// The change that remains if words that are habits of their own are undone.
    pub(super) left: f64,
    /// Whether it is about a change, and not only a level.
    pub(super) compares: bool,
    /// A bit set of the hashes of list words that came or went.
    pub(super) words: u8,
    /// The end of the scale at which a share was left alone, `true` for the upper end; `None` if it was elsewhere, or
    /// changed.
    pub(super) at_end: Option<bool>,
    /// The level of the draft, on the feature's axis.
    pub(super) before: Option<f64>,
    /// The level of the kept text, on the same axis.
    pub(super) level: Option<f64>,
    pub(super) weight: f64,
    pub(super) at: Timestamp,
}

/// Whether a change, in steps, is large enough to count as one.
pub(super) fn bears(change: f64) -> bool {
    change.abs() >= occasion::CHANGE_MIN
}

impl Observation {
    /// Whether something was changed, or an applied change was confirmed.
    pub(super) fn bears(&self) -> bool {
        bears(self.change)
    }

    /// The observation without the part that words with habits of their own explain.
    pub(super) fn accounted_for(self) -> Self {
        if bears(self.left) && self.left * self.change > 0.0 {
            return Self { change: self.left, ..self };
        }
        Self { change: 0.0, weight: self.weight.min(occasion::LEFT_ALONE_MAX / 2.0), ..self }
    }

    /// Whether the person undid what was applied. The weight distinguishes this from leaving something alone, which
    /// weighs less.
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

/// The evidence for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Side {
    pub(super) count: u32,
    /// A bit set of the hashes of list words that came or went.
    pub(super) words: u8,
    pub(super) weight: f64,
    /// The levels after these changes.
    pub(super) levels: Levels,
    /// The levels of the drafts before these changes.
    pub(super) drafts: Levels,
}

/// Weighted moments of the changes in a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    pub(super) weight: f64,
    pub(super) sum: f64,
    pub(super) square: f64,
    /// Number of items about a change: all occasions, including those left alone.
    pub(super) compared: u32,
    /// Number of those that were left alone at an end of the scale, and so could not have changed in this direction.
    pub(super) at_end: [u32; 2],
    /// The evidence for less, and for more.
    pub(super) sides: [Side; 2],
    /// Levels of texts without a change: written without a draft, or left as they were.
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

    /// Mean and standard deviation; `None` without any level.
    pub(super) fn moments(&self) -> Option<(f64, f64)> {
        (self.weight > 1e-9).then(|| {
            let mean = self.sum / self.weight;
            (mean, (self.square / self.weight - mean * mean).max(0.0).sqrt())
        })
    }
}

impl Side {
    /// Whether enough different words came or went, for a feature that counts words of a kind. A single word is a
    /// habit of that word only.
    pub(super) fn is_of_kinds(&self, feature: &Feature) -> bool {
        !counts_kinds(feature) || self.words.count_ones() >= occasion::KIND_WORDS_MIN
    }
}

/// Whether a feature counts interchangeable words of a kind. Closed classes do not qualify, since each of their
/// words, such as a pronoun, has a use of its own.
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
    /// Adds an observation, with its weight multiplied by `factor`.
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

    /// The moments of what is here but not in `part`, which is a part of this.
    pub(super) fn without(&self, part: &Self) -> Self {
        let weight = self.weight - part.weight;
        if weight < 1e-6 {
            return Self::default();
        }
        let square = (self.square - part.square).max(0.0);
        Self { weight, sum: self.sum - part.sum, square, ..Self::default() }
    }

    /// Number of occasions on which a change in a direction was possible.
    pub(super) fn occasions(&self, more: bool) -> u32 {
        self.compared - self.at_end[usize::from(more)]
    }

    /// The same moments with only the weight of actual changes.
    pub(super) fn changes(&self) -> Self {
        Self { weight: self.sides[0].weight + self.sides[1].weight, ..*self }
    }

    /// The levels after changes in either direction.
    pub(super) fn levels(&self) -> Levels {
        let mut levels = self.sides[0].levels;
        levels.add_scaled(&self.sides[1].levels, 1.0);
        levels
    }

    /// Whether the texts without a change contradict a direction. Most of their levels must be closer to those of the
    /// drafts than to those after these changes, and the texts must weigh more than the changes.
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

    /// Whether there are enough changes in both directions for a change of direction.
    pub(super) fn may_have_turned(&self) -> bool {
        self.sides.iter().all(|side| side.count >= turn::OCCASIONS_MIN as u32)
    }

    /// The share of the changes in one direction, by weight.
    pub(super) fn agreement(&self, more: bool) -> f64 {
        let both = self.sides[0].weight + self.sides[1].weight;
        if both > 0.0 { self.sides[usize::from(more)].weight / both } else { 0.0 }
    }
}

/// Number of items of a pool about a change, and of actual changes in each direction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) compared: u32,
    pub(super) less: u32,
    pub(super) more: u32,
}

/// The items of one feature and subject in one scope, grouped by period.
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

/// The number of the period that contains a time.
pub(super) fn period(at: Timestamp) -> i64 {
    at.0.div_euclid(PERIOD_DAYS * DAY_MS)
}

/// The factor that age applies to evidence. Evidence from the future is not discounted.
pub(super) fn age_weight(at: Timestamp, now: Timestamp) -> f64 {
    period_weight(period(at), period(now))
}

/// Two to the power of minus the age in half-lives, where the age is in whole periods.
fn period_weight(number: i64, now: i64) -> f64 {
    /// Powers of 2^(-1/6), beginning with the zeroth.
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
    /// Adds a record. `look_up` returns the observation of any record in the pool.
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

    /// Removes a record.
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

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let lists: usize = self.periods.iter().map(|period| period.records.heap_bytes()).sum();
        lists + self.periods.capacity() * size_of::<Period>()
    }

    /// The larger of the numbers of changes in each direction.
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

    /// The sums of all items, weighted by age.
    pub(super) fn total(&self, now: Timestamp) -> Sums {
        self.total_in(period(now))
    }

    /// Same as [`total`](Self::total), for the number of a period.
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
