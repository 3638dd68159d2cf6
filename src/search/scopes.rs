//! The scopes that occur, each stored once, with the rows in it.
//!
//! Invariant: a scope without rows is not kept; a row is in the list of its scope at the place returned by
//! [`Scopes::add`], or the place that [`Scopes::take`] moved it to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::search::vector::grow;
use crate::types::Scope;

/// The scopes that occur, each with the rows in it.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) numbers: HashMap<Arc<Scope>, u32>,
    /// By number. The number of a scope without rows is reused.
    pub(super) rows: Vec<(Arc<Scope>, Vec<u32>)>,
    pub(super) free: Vec<u32>,
}

impl Scopes {
    /// The number of a scope; a new one if it is not held.
    pub(super) fn number(&mut self, scope: &Arc<Scope>) -> u32 {
        if let Some(&number) = self.numbers.get(scope) {
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.rows.push(Default::default());
            (self.rows.len() - 1) as u32
        });
        self.rows[number as usize].0 = Arc::clone(scope);
        self.numbers.insert(Arc::clone(scope), number);
        number
    }

    /// The shared instance of a scope, if items have it.
    pub(super) fn shared(&self, scope: &Scope) -> Option<Arc<Scope>> {
        self.numbers.get_key_value(scope).map(|(held, _)| Arc::clone(held))
    }

    /// Adds a row to a scope; returns its place in the list.
    pub(super) fn add(&mut self, number: u32, row: u32) -> u32 {
        let rows = &mut self.rows[number as usize].1;
        grow(rows, 1);
        rows.push(row);
        (rows.len() - 1) as u32
    }

    /// Removes the row at a place; returns the row that was moved there, if any.
    pub(super) fn take(&mut self, number: u32, place: u32) -> Option<u32> {
        let (scope, rows) = &mut self.rows[number as usize];
        rows.swap_remove(place as usize);
        if rows.is_empty() {
            *rows = Vec::new();
            self.numbers.remove(&std::mem::take(scope));
            self.free.push(number);
            return None;
        }
        rows.get(place as usize).copied()
    }

    /// Approximate memory in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let of = |(scope, rows): &(Arc<Scope>, Vec<u32>)| {
            2 * size_of::<usize>()
                + size_of::<Scope>()
                + scope.text_bytes()
                + 48
                + rows.capacity() * size_of::<u32>()
        };
        self.rows.iter().map(of).sum()
    }
}
