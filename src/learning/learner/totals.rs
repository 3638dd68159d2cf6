//! What pools come to at a time, kept from one question to the next.
//!
//! Invariant: a total is what its pool gives at the period, bit for bit. Keys without a subject are all there, the others
//! where they have support; what changes is put right key by key, so that a question reads a few dense rows instead of
//! looking pools up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::sums::{Pool, Sums};
use super::{Key, Nodes};
use crate::types::Scope;

/// Scopes that are held at most.
const SCOPES_MAX: usize = 64;

/// The totals of the scopes that were asked about.
#[derive(Default)]
pub(super) struct Totals {
    scopes: RwLock<BTreeMap<Scope, Arc<ScopeTotals>>>,
}

/// Shows nothing: what was asked before makes no difference.
impl fmt::Debug for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totals")
    }
}

/// The totals of one scope.
#[derive(Debug, Clone)]
pub(super) struct ScopeTotals {
    period: i64,
    /// Ascending.
    keys: Vec<Key>,
    sums: Vec<Sums>,
}

/// Reads totals for keys that ascend.
pub(super) struct Cursor<'a> {
    totals: &'a ScopeTotals,
    at: usize,
}

impl Totals {
    /// Those of a scope with these pools.
    pub(super) fn of(
        &self,
        scope: &Scope,
        pools: &BTreeMap<Key, Pool>,
        supported: &[Key],
        period: i64,
    ) -> Arc<ScopeTotals> {
        if let Some(held) = self.scopes.read().get(scope).filter(|held| held.period == period) {
            return Arc::clone(held);
        }
        let held = pools.iter().filter(|(key, _)| is_held(**key, supported));
        let (keys, sums) = held.map(|(key, pool)| (*key, pool.total_in(period))).unzip();
        let totals = Arc::new(ScopeTotals { period, keys, sums });
        let mut scopes = self.scopes.write();
        if scopes.len() >= SCOPES_MAX {
            scopes.clear();
        }
        scopes.insert(scope.clone(), Arc::clone(&totals));
        totals
    }

    /// Puts a key right in the scopes of `nodes` that `changed` names, or in all.
    pub(super) fn put(
        &mut self,
        key: Key,
        nodes: &Nodes,
        supported: &[Key],
        changed: impl Fn(&Scope) -> bool,
    ) {
        for (scope, totals) in self.scopes.get_mut().iter_mut().filter(|(scope, _)| changed(scope)) {
            let pool = nodes.get(scope).and_then(|pools| pools.get(&key));
            Arc::make_mut(totals).put(key, pool.filter(|_| is_held(key, supported)));
        }
    }

    /// Bytes in memory, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let of = |totals: &Arc<ScopeTotals>| {
            totals.keys.capacity() * size_of::<Key>() + totals.sums.capacity() * size_of::<Sums>()
        };
        self.scopes.read().values().map(of).sum()
    }

    pub(super) fn clear(&mut self) {
        self.scopes.get_mut().clear();
    }
}

fn is_held(key: Key, supported: &[Key]) -> bool {
    key.1 == 0 || supported.binary_search(&key).is_ok()
}

impl ScopeTotals {
    fn put(&mut self, key: Key, pool: Option<&Pool>) {
        let sums = pool.map(|pool| pool.total_in(self.period));
        match (self.keys.binary_search(&key), sums) {
            (Ok(at), Some(sums)) => self.sums[at] = sums,
            (Ok(at), None) => {
                self.keys.remove(at);
                self.sums.remove(at);
            }
            (Err(at), Some(sums)) => {
                self.keys.insert(at, key);
                self.sums.insert(at, sums);
            }
            (Err(_), None) => {}
        }
    }

    /// By key, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &Sums)> {
        self.keys.iter().copied().zip(&self.sums)
    }

    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor { totals: self, at: 0 }
    }
}

impl<'a> Cursor<'a> {
    /// The total of a key above all that were asked for before.
    pub(super) fn get(&mut self, key: Key) -> Option<&'a Sums> {
        self.at += self.totals.keys[self.at..].iter().take_while(|held| **held < key).count();
        (self.totals.keys.get(self.at) == Some(&key)).then(|| &self.totals.sums[self.at])
    }
}
