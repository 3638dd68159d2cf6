//! The neighbourhood of a situation: whether a habit that the person has elsewhere applies here, too.
//!
//! Two questions are answered for each habit. The first is its direction. All occasions near and far count for it,
//! since a person seldom has opposite habits; if these are not conclusive, only the near ones count. The second is
//! whether the habit belongs here. It is answered by the share of their occasions on which it shows in the most
//! similar contexts.
//!
//! Invariant: the weight of a neighbour is the estimated probability that it is of the same kind as the situation.
//! Dissimilar contexts have no weight.

use std::cell::OnceCell;

use crate::learning::kept::Phrase;
use crate::learning::learner::belief::{Belief, Undirected};
use crate::learning::learner::candidate::{Here, shows_next};
use crate::learning::learner::choice::{Choices, occasions};
use crate::learning::learner::clustering::Contexts;
use crate::learning::learner::cover::Accounting;
use crate::learning::learner::level::{has_level, level};
use crate::learning::learner::sums::{Observation, Sums};
use crate::learning::tuning::belief::SUPPORT_MIN;
use crate::learning::tuning::level::SPREAD_MAX;
use crate::learning::tuning::neighbour::{self, LIKENESS_CLOSE};
use crate::learning::tuning::turn;
use crate::signals::features::{Feature, id, split_swap};
use crate::types::Timestamp;

use super::{Held, Key};

/// The least share of its occasions on which a habit must show to be stated.
pub(super) fn least_share(feature: &Feature) -> f64 {
    match feature.id {
        id::CORRECT => neighbour::PREVALENCE_OF_CORRECTIONS_MIN,
        id::BLOCK => neighbour::PREVALENCE_OF_BLOCKS_MIN,
        _ => neighbour::PREVALENCE_MIN,
    }
}

/// The likeness, with the part above [`LIKENESS_CLOSE`] reduced.
fn bent(likeness: f32) -> f32 {
    if likeness > LIKENESS_CLOSE {
        LIKENESS_CLOSE + neighbour::CLOSE_SHARE * (likeness - LIKENESS_CLOSE)
    } else {
        likeness
    }
}

/// When the person changed direction: all of the newest occasions go against the direction that was settled before.
/// `None` if they did not.
pub(super) fn turn(mut told: Vec<Observation>) -> Option<Timestamp> {
    told.retain(|item| item.bears() || item.refuses());
    told.sort_by_key(|item| item.at);
    let way = |item: &Observation| if item.bears() { item.change.signum() } else { 0.0 };
    let bears = |way_of: f64| told.iter().filter(|item| way(item) == way_of).count();
    let old = if bears(1.0) > bears(-1.0) { 1.0 } else { -1.0 };
    [old, -old].into_iter().find_map(|old| {
        let newest = told.iter().rev().take_while(|item| way(item) != old).count();
        let (before, since) = told.split_at(told.len() - newest);
        let settled = before.iter().filter(|item| way(item) == old).count();
        let turned = newest >= turn::OCCASIONS_MIN
            && settled >= turn::OCCASIONS_MIN
            && settled as f64 >= turn::SETTLED_MIN * before.len() as f64
            && before.last().is_some_and(|last| last.at < since[0].at);
        turned.then(|| since[0].at)
    })
}

/// The words that do not occur in a text in which the habit shows.
pub(super) fn unwanted(key: Key, subject: &str, more: bool) -> Option<Phrase> {
    match (key.0, split_swap(subject)) {
        (id::PHRASE, _) if !more => Some(Phrase::of(subject)),
        (id::SWAP, Some((to, from))) => {
            let [to, from] = [to, from].map(str::to_lowercase);
            (to != from).then(|| Phrase::of(if more { &from } else { &to }))
        }
        _ => None,
    }
}

/// A neighbour that is near enough to count.
struct Met<'a> {
    nearness: [f64; 2],
    held: &'a Held,
    age: f64,
    inside: bool,
}

/// The occasions of a habit among the neighbours, weighted by nearness.
#[derive(Debug, Clone, Copy, Default)]
struct Occasions {
    /// Occasions on which the habit showed, for less and for more.
    bearing: [f64; 2],
    /// All occasions on which it could have shown, including those left alone.
    all: [f64; 2],
}

/// The neighbours' evidence about one key.
#[derive(Debug, Clone, Default)]
struct Near {
    sums: Sums,
    /// In the narrow and in the wide neighbourhood.
    within: [Occasions; 2],
}

impl Near {
    fn add(&mut self, item: &Observation, nearness: [f64; 2], age: f64, inside: bool) {
        if nearness[0] >= neighbour::NEARNESS_MIN {
            self.sums.add(item, nearness[0] * age * if inside { 1.0 } else { neighbour::OUTSIDE });
        }
        if item.compares {
            for (within, nearness) in self.within.iter_mut().zip(nearness) {
                for (side, all) in within.all.iter_mut().enumerate() {
                    if item.at_end != Some(side == 1) {
                        *all += nearness;
                    }
                }
                if item.bears() {
                    within.bearing[usize::from(item.change > 0.0)] += nearness;
                }
            }
        }
    }

    /// The index of the first neighbourhood, narrow or wide, with enough evidence of a direction.
    fn telling(&self) -> Option<usize> {
        self.within.iter().position(|within| within.bearing[0] + within.bearing[1] > neighbour::TELLING_MIN)
    }

    /// Whether the habit showed on some of the occasions only.
    fn is_mixed(&self) -> bool {
        let Occasions { bearing: [less, more], all } = self.within[0];
        less.max(more) > neighbour::TELLING_MIN
            && less.max(more) < all[usize::from(more > less)] - neighbour::TELLING_MIN
    }
}

/// The neighbours' evidence about all queried keys.
pub(super) struct Neighbourhood<'a> {
    best: f32,
    /// Probability that the nearest neighbour is of the same kind as the situation.
    close: f64,
    /// Sum of the nearness of all neighbours, narrow and wide.
    texts: [f64; 2],
    /// The queried keys, ascending, and the evidence about each.
    keys: &'a [Key],
    near: Vec<Near>,
    met: Vec<Met<'a>>,
    /// All neighbours with their index among the contexts, including those too far away to count.
    around: Vec<(usize, &'a Held)>,
    /// `None` if the similarity between the contexts is not known.
    contexts: Option<Contexts<'a>>,
    /// The estimated share of features without a direction, among the neighbours.
    undirected: Undirected,
    /// Keys of which some evidence is suppressed.
    aside: Vec<Key>,
}

impl<'a> Neighbourhood<'a> {
    /// Created before any neighbour is added. `keys` are the keys to be queried, ascending, and `aside` those with
    /// suppressed evidence. `best` is the likeness of the most similar context, and `around` all contexts that may be
    /// added.
    pub(super) fn new(
        keys: &'a [Key],
        aside: Vec<Key>,
        best: f32,
        contexts: Option<Contexts<'a>>,
        around: Vec<(usize, &'a Held)>,
    ) -> Self {
        let close =
            1.0 / (1.0 + f64::from((neighbour::LIKENESS_EVEN - best) / neighbour::LIKENESS_FADE).exp());
        let near = vec![Near::default(); keys.len()];
        Self {
            best: bent(best),
            close,
            texts: [0.0; 2],
            keys,
            near,
            met: Vec::with_capacity(around.len()),
            around,
            contexts,
            undirected: Undirected::default(),
            aside,
        }
    }

    /// Adds a neighbour, with the weight that its age leaves and whether it lies in the scope of the request. Returns
    /// its nearness, narrow and wide, 0 to 1; `None` if it is too far away to count.
    pub(super) fn meet(&mut self, likeness: f32, held: &'a Held, age: f64, inside: bool) -> Option<[f64; 2]> {
        let apart = f64::from(bent(likeness) - self.best);
        let nearness = neighbour::KIND_SCALES.map(|kind| self.close * (apart / kind).exp());
        (nearness[1] >= neighbour::NEARNESS_MIN).then(|| {
            self.texts = [self.texts[0] + nearness[0], self.texts[1] + nearness[1]];
            self.met.push(Met { nearness, held, age, inside });
            nearness
        })
    }

    /// Adds a neighbour's evidence about the key at an index.
    pub(super) fn add(&mut self, at: usize, item: &Observation, nearness: [f64; 2], age: f64, inside: bool) {
        self.near[at].add(item, nearness, age, inside);
    }

    /// When the person changed direction among the nearest neighbours, if they did.
    fn turn(&self, key: Key) -> Option<Timestamp> {
        // Only neighbours that are probably of the same kind as the nearest one.
        let best = self.met.iter().map(|met| met.nearness[0]).fold(0.0, f64::max);
        let told = self.met.iter().filter(|met| met.nearness[0] > best * turn::NEARNESS_SHARE);
        turn(told.filter_map(|met| met.held.item(key).map(|item| item.observation(met.held.at))).collect())
    }

    /// The evidence about the key at an index, optionally only from a time on, with each observation first modified
    /// by `read`.
    fn gathered(&self, at: usize, since: Option<Timestamp>, read: impl Fn(&mut Observation)) -> Near {
        let mut near = Near::default();
        for met in self.met.iter().filter(|met| since.is_none_or(|time| met.held.at >= time)) {
            if let Some(item) = met.held.item(self.keys[at]) {
                let mut item = item.observation(met.held.at);
                read(&mut item);
                near.add(&item, met.nearness, met.age, met.inside);
            }
        }
        near
    }

    /// The evidence about the key at an index, if the person changes texts towards a level from both sides. A change
    /// in the less common direction that ends near the level counts in favour of the habit. One that ends elsewhere
    /// counts as an occasion on which the habit did not show. `None` if the changes go in one direction, or do not
    /// agree on a level.
    fn levelled(&self, at: usize, feature: &Feature, near: &Near, since: Option<Timestamp>) -> Option<Near> {
        let [less, more] = near.within[0].bearing;
        if !has_level(feature) || less.min(more) <= neighbour::TELLING_MIN {
            return None;
        }
        let side = more > less;
        let (level, spread) = near.sums.sides[usize::from(side)].levels.moments()?;
        let close = SPREAD_MAX * f64::from(feature.scale);
        if spread > close {
            return None;
        }
        Some(self.gathered(at, since, |item| {
            if item.change != 0.0 && (item.change > 0.0) != side {
                let ends_there = item.level.is_some_and(|own| (own - level).abs() <= close);
                item.change = if ends_there { -item.change } else { 0.0 };
            }
        }))
    }

    /// Whether a habit that holds here still shows often enough without the part that habits of words explain. True
    /// if no neighbour has evidence about it.
    pub(super) fn holds_without(
        &self,
        at: usize,
        feature: &Feature,
        more: bool,
        words: &Accounting<'_>,
    ) -> bool {
        let mut near = Near::default();
        for met in &self.met {
            if let Some(item) = met.held.item(self.keys[at]) {
                let item = words.without(met.held, item.observation(met.held.at));
                near.add(&item, met.nearness, met.age, met.inside);
            }
        }
        let Some(told) = self.near[at].telling() else { return true };
        let Occasions { bearing, all } = near.within[told];
        bearing[usize::from(more)]
            >= least_share(feature) * occasions(feature, more, all[usize::from(more)], self.texts[told])
    }

    /// Whether similar contexts are treated alike; true if that cannot be determined.
    fn goes_with_context(&self, key: Key, feature: &Feature, subject: &str, more: bool) -> bool {
        let Some(contexts) = &self.contexts else { return true };
        let unwanted = unwanted(key, subject, more);
        let shows = |held: &Held| match held.item(key).filter(|item| item.compares) {
            Some(item) => {
                let item = item.observation(held.at);
                (item.at_end != Some(more)).then_some(item.change != 0.0 && (item.change > 0.0) == more)
            }
            None if more && feature.absence_tells_nothing() => Some(false),
            None => unwanted.as_ref().filter(|unwanted| held.kept.holds(unwanted)).map(|_| false),
        };
        let shows: Vec<(usize, bool)> =
            self.around.iter().filter_map(|(place, held)| Some((*place, shows(held)?))).collect();
        contexts.clustering(&shows).is_none_or(|clustering| clustering >= neighbour::CLUSTERING_MIN)
    }

    /// The nearness of the neighbours that offer the choice of a habit, summed, narrow and wide.
    fn texts_with_choice(&self, key: Key) -> [f64; 2] {
        let mut choices = Choices::default();
        for met in &self.met {
            choices.note(met.held, key, met.nearness);
        }
        choices.texts(key).unwrap_or(self.texts)
    }

    /// To be called after the last neighbour was added.
    pub(super) fn finish(&mut self) {
        for (at, near) in self.near.iter().enumerate().filter(|(at, _)| self.keys[*at].1 == 0) {
            let turned = near.sums.may_have_turned().then(|| self.turn(self.keys[at])).flatten();
            let since = turned.map(|time| self.gathered(at, Some(time), |_| ()));
            self.undirected.note(&since.as_ref().unwrap_or(near).sums);
        }
    }

    /// The nearness of the neighbours that keep the words which the habit would remove, summed, narrow and wide.
    fn let_stand(&self, key: Key, subject: &str, more: bool) -> [f64; 2] {
        let mut sum = [0.0; 2];
        let Some(unwanted) = unwanted(key, subject, more) else { return sum };
        for Met { nearness, held, .. } in &self.met {
            if held.kept.holds(&unwanted) && held.item(key).is_none() {
                sum = [sum[0] + nearness[0], sum[1] + nearness[1]];
            }
        }
        sum
    }

    /// What the person does in this situation, if it is certain enough to be stated. `chain` is the evidence of the
    /// scopes around, widest first. `usual` returns the share of the occasions in a scope on which a direction shows.
    pub(super) fn judge(
        &self,
        at: usize,
        feature: &Feature,
        subject: impl Fn() -> &'a str,
        chain: &[&Sums],
        undirected: &Undirected,
        usual: impl Fn(bool) -> f64,
    ) -> Option<Here> {
        let key = self.keys[at];
        let narrowest = chain.last()?;
        let may_turn = self.near[at].is_mixed() && !self.aside.contains(&key);
        let turned = if may_turn { self.turn(key) } else { None };
        let newer = turned.map(|time| self.gathered(at, Some(time), |_| ()));
        let near = newer.as_ref().unwrap_or(&self.near[at]);
        let levelled = self.levelled(at, feature, near, turned);
        let near = levelled.as_ref().unwrap_or(near);
        let side = match near.telling().map(|told| near.within[told].bearing) {
            Some([less, more]) => {
                if more.max(less) < neighbour::AGREEMENT_MIN * (less + more) {
                    return None;
                }
                more > less
            }
            None => narrowest.sum > 0.0,
        };
        let everywhere = &chain[0].sides[usize::from(side)];
        let support = everywhere.count;
        if support < SUPPORT_MIN || !everywhere.is_of_kinds(feature) {
            return None;
        }
        let texts = self.texts_with_choice(key);
        let goes_with_context = OnceCell::new();
        let goes_with_context =
            || *goes_with_context.get_or_init(|| self.goes_with_context(key, feature, subject(), side));
        // The share of the occasions on which the habit shows, and the probability that it shows on the next one, if
        // the habit belongs here. `stands` is the weight of further texts that go against it.
        let belongs = |stands: [f64; 2]| {
            let counted = [0, 1].map(|at| {
                let Occasions { bearing, all } = near.within[at];
                let way = usize::from(side);
                (bearing[way], occasions(feature, side, all[way], texts[at]) + stands[at])
            });
            // Shrinkage from wide to narrow: the share of the wider situation counts as a few occasions of the
            // narrower one.
            let mut share = usual(side).min(1.0);
            for at in [1, 0] {
                let (bearing, occasions) = counted[at];
                share = (bearing + neighbour::WIDER_OCCASIONS[at] * share)
                    / (occasions + neighbour::WIDER_OCCASIONS[at]);
            }
            let (bearing, of_wide) = counted[1];
            let elsewhere = if of_wide > 1.0 { usual(side).min(bearing / of_wide) } else { usual(side) };
            let is_general = || {
                elsewhere >= neighbour::GENERAL_SHARE_MIN
                    || turned.is_some()
                    || level(feature, narrowest, side).is_some()
            };
            let is_local = || {
                let (bearing, occasions) = counted[0];
                bearing > 0.0 && bearing >= neighbour::LOCAL_SHARE_MIN * occasions && goes_with_context()
            };
            let belongs = share >= least_share(feature) && (is_general() || is_local());
            belongs.then(|| (share, shows_next(feature, share * of_wide, of_wide)))
        };
        let mut shown = belongs([0.0; 2])?;
        // The direction is tested on the evidence of each scope, narrowest first, and then on that of the neighbours.
        let around = chain.iter().rev().filter(|_| turned.is_none()).map(|sums| (*sums, undirected));
        let sure = around.chain([(&near.sums, &self.undirected)]).find_map(|(sums, undirected)| {
            let belief = Belief::of_chain(feature.id, &[sums.changes()]);
            let sure =
                belief.more() == side && belief.holds(sums, support) && undirected.discovers(sums, side);
            sure.then_some(belief)
        })?;
        // Texts that keep the unwanted words are occasions on which the habit did not show. They are searched last,
        // since this is the slowest step.
        if matches!(key.0, id::PHRASE | id::SWAP) {
            let stands = self.let_stand(key, subject(), side);
            shown = belongs(stands)?;
        }
        let decisive = if near.sums.sides[usize::from(side)].count > 0 { near.sums } else { **narrowest };
        Some(Here {
            more: side,
            mean: sure.mean * shown.0,
            next: Some(shown.1),
            confidence: sure.confidence(side),
            decisive,
            turned: turned.is_some(),
        })
    }
}
