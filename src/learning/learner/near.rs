//! The neighbourhood of a situation: whether what the person does elsewhere is what they do here.
//!
//! Two questions are asked of each habit. Which way does it go? That is answered by all occasions of it, near and far,
//! since a person seldom has opposite habits; where they have, by the near ones alone. Does it belong here? That is
//! answered by the most alike contexts: the share of their occasions on which it shows.
//!
//! Invariant: a neighbour counts by how likely it is of the same kind as the situation; what is unlike counts nothing.

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

/// The least share of its occasions on which a habit must show.
pub(super) fn least_share(feature: &Feature) -> f64 {
    match feature.id {
        id::CORRECT => neighbour::PREVALENCE_OF_CORRECTIONS_MIN,
        id::BLOCK => neighbour::PREVALENCE_OF_BLOCKS_MIN,
        _ => neighbour::PREVALENCE_MIN,
    }
}

/// A likeness with what lies above [`LIKENESS_CLOSE`] made less of.
fn bent(likeness: f32) -> f32 {
    if likeness > LIKENESS_CLOSE {
        LIKENESS_CLOSE + neighbour::CLOSE_SHARE * (likeness - LIKENESS_CLOSE)
    } else {
        likeness
    }
}

/// When a person took to another way: the newest occasions all go against what the ones before had settled on. `None`
/// where they did not.
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

/// The words that are not written where a habit shows.
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

/// A neighbour that says something.
struct Met<'a> {
    nearness: [f64; 2],
    held: &'a Held,
    age: f64,
    inside: bool,
}

/// Occasions of a habit among neighbours, by nearness.
#[derive(Debug, Clone, Copy, Default)]
struct Occasions {
    /// That bear out less, and more.
    bearing: [f64; 2],
    /// All of them that could bear it out, the ones left alone included.
    all: [f64; 2],
}

/// The neighbours' evidence of one key.
#[derive(Debug, Clone, Default)]
struct Near {
    sums: Sums,
    /// Of the most alike, and of those around them.
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

    /// Of narrow and wide, the first that shows either way.
    fn telling(&self) -> Option<usize> {
        self.within.iter().position(|within| within.bearing[0] + within.bearing[1] > neighbour::TELLING_MIN)
    }

    /// Whether some occasions show one way and some do not.
    fn is_mixed(&self) -> bool {
        let Occasions { bearing: [less, more], all } = self.within[0];
        less.max(more) > neighbour::TELLING_MIN
            && less.max(more) < all[usize::from(more > less)] - neighbour::TELLING_MIN
    }
}

/// The neighbours' evidence.
pub(super) struct Neighbourhood<'a> {
    best: f32,
    /// How sure it is that the nearest is of the same kind.
    close: f64,
    /// Sum of the nearness, narrow and wide.
    texts: [f64; 2],
    /// The keys asked about, ascending, and the evidence of each.
    keys: &'a [Key],
    near: Vec<Near>,
    met: Vec<Met<'a>>,
    /// All neighbours, also those that are too far away to be met, each with its place among the contexts.
    around: Vec<(usize, &'a Held)>,
    /// `None` where it is not known how alike they are to one another.
    contexts: Option<Contexts<'a>>,
    /// How its features without a subject go.
    undirected: Undirected,
    /// Keys of which some evidence is set aside.
    aside: Vec<Key>,
}

impl<'a> Neighbourhood<'a> {
    /// `keys` are the ones that will be asked about, ascending, `aside` those of which some evidence is set aside;
    /// `best` is the likeness of the most alike context, and those `around` may be met.
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

    /// Takes note of a neighbour, what its age leaves of it and whether it lies inside the scope: its nearness, narrow
    /// and wide, 0 to 1; `None` where it says nothing.
    pub(super) fn meet(&mut self, likeness: f32, held: &'a Held, age: f64, inside: bool) -> Option<[f64; 2]> {
        let apart = f64::from(bent(likeness) - self.best);
        let nearness = neighbour::KIND_SCALES.map(|kind| self.close * (apart / kind).exp());
        (nearness[1] >= neighbour::NEARNESS_MIN).then(|| {
            self.texts = [self.texts[0] + nearness[0], self.texts[1] + nearness[1]];
            self.met.push(Met { nearness, held, age, inside });
            nearness
        })
    }

    /// Adds a neighbour's evidence of the key at a place.
    pub(super) fn add(&mut self, at: usize, item: &Observation, nearness: [f64; 2], age: f64, inside: bool) {
        self.near[at].add(item, nearness, age, inside);
    }

    /// When the person took to another way here, where they did.
    fn turn(&self, key: Key) -> Option<Timestamp> {
        // Of the same kind as the nearest, as far as one can tell.
        let best = self.met.iter().map(|met| met.nearness[0]).fold(0.0, f64::max);
        let told = self.met.iter().filter(|met| met.nearness[0] > best * turn::NEARNESS_SHARE);
        turn(told.filter_map(|met| met.held.item(key).map(|item| item.observation(met.held.at))).collect())
    }

    /// The evidence of the key at a place, since a time if one is given, each observation read as `read` says.
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

    /// The evidence of the key at a place, where the person draws texts to a level: a change the other way that ends
    /// there bears the habit out, one that ends elsewhere shows that it is not wanted, not that its opposite is. `None`
    /// where all go one way, or no level is agreed on.
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

    /// Whether a habit that is held here shows without what habits of words account for; also where no neighbour tells.
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

    /// Whether alike contexts are treated alike, as far as that can be known.
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

    /// The nearness of the neighbours that had the choice of a habit, narrow and wide.
    fn texts_with_choice(&self, key: Key) -> [f64; 2] {
        let mut choices = Choices::default();
        for met in &self.met {
            choices.note(met.held, key, met.nearness);
        }
        choices.texts(key).unwrap_or(self.texts)
    }

    /// After the last neighbour.
    pub(super) fn finish(&mut self) {
        for (at, near) in self.near.iter().enumerate().filter(|(at, _)| self.keys[*at].1 == 0) {
            let turned = near.sums.may_have_turned().then(|| self.turn(self.keys[at])).flatten();
            let since = turned.map(|time| self.gathered(at, Some(time), |_| ()));
            self.undirected.note(&since.as_ref().unwrap_or(near).sums);
        }
    }

    /// Nearness of the neighbours in which the words stand that the habit would not have.
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

    /// What the person does here, where it is sure enough to be stated. `chain` is the evidence of the scopes around,
    /// the widest first; `usual` the share of its occasions on which a direction shows there.
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
        // The share of the occasions, and the probability that it shows on the next, where the habit belongs here; so many
        // more texts went against it.
        let belongs = |stands: [f64; 2]| {
            let counted = [0, 1].map(|at| {
                let Occasions { bearing, all } = near.within[at];
                let way = usize::from(side);
                (bearing[way], occasions(feature, side, all[way], texts[at]) + stands[at])
            });
            // From wide to narrow, the share of the wider counting as a few occasions of the narrower.
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
        // All occasions tell the direction, or else those near by.
        let around = chain.iter().rev().filter(|_| turned.is_none()).map(|sums| (*sums, undirected));
        let sure = around.chain([(&near.sums, &self.undirected)]).find_map(|(sums, undirected)| {
            let belief = Belief::of_chain(feature.id, &[sums.changes()]);
            let sure =
                belief.more() == side && belief.holds(sums, support) && undirected.discovers(sums, side);
            sure.then_some(belief)
        })?;
        // Where the words were let stand they did not show: looked for last, since it takes the longest.
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
