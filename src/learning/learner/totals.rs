//! The totals of pools in one period, cached between queries.
//!
//! Invariant: a cached total equals bit for bit what the pool returns for that period. The cache holds all keys
//! without a subject, and the other keys that have support. Changes update single keys, so that a query reads a few
//! dense arrays instead of looking up pools. Likewise the change of direction of a key is looked for once, until its
//! pool changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use super::sums::{Pool, Sums};
use super::{Key, Nodes};
use crate::types::{Scope, Timestamp};

/// Most scopes in the cache.
const SCOPES_MAX: usize = 64;

/// The cached totals of the queried scopes.
#[derive(Default)]
pub(super) struct Totals {
    scopes: RwLock<BTreeMap<Scope, Arc<ScopeTotals>>>,
}

/// Omits the contents, which depend on earlier queries.
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
    /// When each changed its direction, if it did; computed when asked for.
    turns: Vec<OnceLock<Option<Timestamp>>>,
}

/// Reads the totals of ascending keys.
pub(super) struct Cursor<'a> {
    totals: &'a ScopeTotals,
    at: usize,
}

impl Totals {
    /// The totals of a scope with these pools, from the cache if they are there.
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
        let (keys, sums): (Vec<Key>, Vec<Sums>) =
            held.map(|(key, pool)| (*key, pool.total_in(period))).unzip();
        let turns = vec![OnceLock::new(); keys.len()];
        let totals = Arc::new(ScopeTotals { period, keys, sums, turns });
        let mut scopes = self.scopes.write();
        if scopes.len() >= SCOPES_MAX {
            scopes.clear();
        }
        scopes.insert(scope.clone(), Arc::clone(&totals));
        totals
    }

    /// Updates a key in those scopes for which `changed` returns true.
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

    /// Approximate number of bytes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let of = |totals: &Arc<ScopeTotals>| {
            totals.keys.capacity() * size_of::<Key>()
                + totals.sums.capacity() * size_of::<Sums>()
                + totals.turns.capacity() * size_of::<OnceLock<Option<Timestamp>>>()
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
            (Ok(at), Some(sums)) => {
                self.sums[at] = sums;
                self.turns[at] = OnceLock::new();
            }
            (Ok(at), None) => {
                self.keys.remove(at);
                self.sums.remove(at);
                self.turns.remove(at);
            }
            (Err(at), Some(sums)) => {
                self.keys.insert(at, key);
                self.sums.insert(at, sums);
                self.turns.insert(at, OnceLock::new());
            }
            (Err(_), None) => {}
        }
    }

    /// The totals of the keys without a subject, and where to keep when they changed their direction.
    pub(super) fn without_subject(&self) -> impl Iterator<Item = (Key, &Sums, &OnceLock<Option<Timestamp>>)> {
        let all = self.keys.iter().zip(&self.sums).zip(&self.turns);
        all.filter(|((key, _), _)| key.1 == 0).map(|((key, sums), turn)| (*key, sums, turn))
    }

    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor { totals: self, at: 0 }
    }
}

impl<'a> Cursor<'a> {
    /// The total of a key, which must be greater than those queried before.
    pub(super) fn get(&mut self, key: Key) -> Option<&'a Sums> {
        self.at += self.totals.keys[self.at..].iter().take_while(|held| **held < key).count();
        (self.totals.keys.get(self.at) == Some(&key)).then(|| &self.totals.sums[self.at])
    }
}
