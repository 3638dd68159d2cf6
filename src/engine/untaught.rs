//! The records that teach nothing.
//!
//! Invariant: ranges ascend, are apart and not empty. What they are a consequence of is left to `learning_switch`.

use serde::{Deserialize, Serialize};

use crate::store::Stored;
use crate::types::RecordId;

/// Name under which [`Untaught`] is stored; nothing is set aside if there is none.
pub(super) const UNTAUGHT: &str = "untaught";

/// The ids of records that teach nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Untaught {
    /// From one id up to, but not including, another; ascending and apart. Learning is off if the last one is open: it
    /// ends at the greatest number.
    ranges: Vec<(u64, u64)>,
}

const OPEN: u64 = u64::MAX;

impl Stored for Untaught {
    const VERSION: u8 = 1;
}

impl Untaught {
    /// Where learning is off from a record on.
    pub(super) fn off_from(next: u64) -> Self {
        Self { ranges: vec![(next, OPEN)] }
    }

    pub(super) fn contains(&self, record: RecordId) -> bool {
        let after = self.ranges.partition_point(|(from, _)| *from <= record.0);
        after > 0 && record.0 < self.ranges[after - 1].1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn is_on(&self) -> bool {
        self.ranges.last().is_none_or(|(_, until)| *until != OPEN)
    }

    /// Switches learning on or off from the record `next` on.
    pub(super) fn switch(&mut self, on: bool, next: u64) {
        match (on, self.is_on()) {
            (true, false) => {
                let (from, _) = self.ranges.pop().unwrap_or_default();
                if from < next {
                    self.ranges.push((from, next));
                }
            }
            (false, true) => {
                let begins = match self.ranges.last() {
                    Some((from, until)) if *until == next => *from,
                    _ => next,
                };
                self.ranges.retain(|(from, _)| *from < begins);
                self.ranges.push((begins, OPEN));
            }
            _ => {}
        }
    }

    /// Sets aside all records before `next`.
    pub(super) fn set_aside(&mut self, next: u64) {
        let until = if self.is_on() { next } else { OPEN };
        self.ranges = if until > 1 { vec![(1, until)] } else { Vec::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_merged_and_empty_ones_dropped() {
        let mut untaught = Untaught::default();
        let holds =
            |untaught: &Untaught| (0..12).filter(|id| untaught.contains(RecordId(*id))).collect::<Vec<_>>();
        assert!(untaught.is_on() && holds(&untaught).is_empty());
        untaught.switch(false, 3);
        assert!(!untaught.is_on());
        untaught.switch(false, 4);
        assert_eq!(holds(&untaught), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
        untaught.switch(true, 3);
        assert_eq!(untaught, Untaught::default(), "nothing came in the meantime");
        untaught.switch(false, 3);
        untaught.switch(true, 5);
        untaught.switch(false, 5);
        untaught.switch(true, 6);
        untaught.switch(false, 8);
        untaught.switch(true, 9);
        assert_eq!((untaught.ranges.len(), holds(&untaught)), (2, vec![3, 4, 5, 8]));
        untaught.set_aside(11);
        assert_eq!((untaught.ranges.as_slice(), untaught.is_on()), (&[(1, 11)][..], true));
        untaught.switch(false, 11);
        untaught.set_aside(12);
        assert_eq!((untaught.ranges.as_slice(), untaught.is_on()), (&[(1, OPEN)][..], false));
    }

    #[test]
    fn the_bytes_of_the_records_that_teach_nothing_stay() {
        let some = Untaught { ranges: vec![(1, 300), (400, 70_000)] };
        let rows = [("none", Untaught::default()), ("some", some), ("off", Untaught::off_from(9))];
        crate::store::golden::check("untaught", &rows);
    }
}
