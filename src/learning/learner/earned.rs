//! For which scope a habit may be stated. A habit seen in one app, task or audience is not assumed for the others
//! before several of them show it.
//!
//! Invariant: enough occasions in a scope that lie in none of its narrower parts let a habit hold for the whole
//! scope.

use std::collections::BTreeMap;

use super::{Key, Learner, Nodes, Place};
use crate::learning::learner::sums::Pool;
use crate::learning::tuning::scope::{AGREEING_MIN, OCCASIONS_MIN};
use crate::types::Scope;

/// The pools of a scope, and of the scopes one part narrower.
pub(super) struct Earned<'a> {
    pools: &'a BTreeMap<Key, Pool>,
    parts: Vec<&'a BTreeMap<Key, Pool>>,
}

impl<'a> Earned<'a> {
    fn of(nodes: &'a Nodes, place: &Place<'a>) -> Self {
        let parts = nodes.iter().filter(|(scope, _)| is_part(scope, place.scope));
        Self { pools: place.pools, parts: parts.map(|(_, pools)| pools).collect() }
    }

    /// Whether a habit seen within the scope may be stated for the whole of it.
    pub(super) fn by(&self, key: Key, more: bool) -> bool {
        let count = |pools: &BTreeMap<Key, Pool>| {
            let counts = pools.get(&key).map(Pool::counts).unwrap_or_default();
            let [bearing, against] =
                if more { [counts.more, counts.less] } else { [counts.less, counts.more] };
            (bearing, bearing >= OCCASIONS_MIN && bearing > against)
        };
        let parts: Vec<(u32, bool)> = self.parts.iter().map(|pools| count(pools)).collect();
        let within: u32 = parts.iter().map(|(bearing, _)| bearing).sum();
        let of_no_part = count(self.pools).0.saturating_sub(within);
        of_no_part >= OCCASIONS_MIN || parts.iter().filter(|(_, agrees)| *agrees).count() >= AGREEING_MIN
    }
}

/// Whether a scope adds exactly one app, task or audience to a wider one. False if either has a locale.
pub(super) fn is_part(scope: &Scope, wider: &Scope) -> bool {
    let [own, wide] = [scope, wider].map(|scope| [&scope.app, &scope.task, &scope.audience]);
    let Some(last) = own.iter().rposition(|part| part.is_some()) else { return false };
    scope.locale.is_none()
        && wider.locale.is_none()
        && wide[last].is_none()
        && (0..own.len()).all(|at| at == last || own[at] == wide[at])
}

impl Learner {
    /// For each place of a chain, the counts that decide whether a habit may be stated for it.
    pub(super) fn earned<'a>(&'a self, places: &[Place<'a>]) -> Vec<Earned<'a>> {
        places.iter().map(|place| Earned::of(&self.nodes, place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_step_narrower() {
        let mail = Scope::app("mail");
        assert!(is_part(&mail, &Scope::person()));
        assert!(is_part(&mail.clone().task("reply"), &mail));
        assert!(is_part(&mail.clone().audience("team"), &mail));
        assert!(!is_part(&mail.clone().task("reply").audience("team"), &mail));
        assert!(!is_part(&Scope::app("chat").task("reply"), &mail));
        assert!(!is_part(&mail.clone().locale("de"), &mail) && !is_part(&mail, &mail));
    }
}
