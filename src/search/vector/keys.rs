//! Maps keys to rows, in 5 to 11 bytes per key: an open-addressing table of row numbers; the keys are in the rows.
//!
//! Invariant: for every row `r` of the keys passed in, exactly one slot contains `r`, on the linear probe path from the
//! key's home slot, without a gap. The caller passes the same keys as after the last change.

const EMPTY: u32 = u32::MAX;

/// Table from key to row.
#[derive(Default)]
pub(super) struct KeyMap {
    slots: Vec<u32>,
    len: usize,
}

impl KeyMap {
    /// Memory use in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }

    /// Builds the table for distinct keys, by row.
    pub(super) fn of(keys: &[u64]) -> Self {
        let mut map = Self::default();
        map.resize((keys.len() * 4 / 3 + 1).next_power_of_two().max(8), keys);
        map.len = keys.len();
        map
    }

    fn home(&self, key: u64) -> usize {
        // The finalizer of SplitMix64: keys are mostly consecutive, but may be arbitrary.
        let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize & (self.slots.len() - 1)
    }

    fn next(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The slot of the row for which `is` returns true, or the empty slot at the end of the probe path.
    fn probe(&self, key: u64, is: impl Fn(u32) -> bool) -> usize {
        let mut slot = self.home(key);
        while self.slots[slot] != EMPTY && !is(self.slots[slot]) {
            slot = self.next(slot);
        }
        slot
    }

    /// The row of `key`.
    pub(super) fn get(&self, key: u64, keys: &[u64]) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let row = self.slots[self.probe(key, |row| keys[row as usize] == key)];
        (row != EMPTY).then_some(row)
    }

    /// Adds the last row, whose key must be new.
    pub(super) fn push(&mut self, keys: &[u64]) {
        let row = keys.len() - 1;
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.resize((self.slots.len() * 2).max(8), &keys[..row]);
        }
        let slot = self.probe(keys[row], |_| false);
        self.slots[slot] = row as u32;
        self.len += 1;
    }

    fn resize(&mut self, slots: usize, keys: &[u64]) {
        self.slots = vec![EMPTY; slots];
        for (row, &key) in keys.iter().enumerate() {
            let slot = self.probe(key, |_| false);
            self.slots[slot] = row as u32;
        }
    }

    /// Removes `row` and assigns its number to the last row, which the caller is about to move there.
    pub(super) fn swap_remove(&mut self, row: u32, keys: &[u64]) {
        let mut gap = self.probe(keys[row as usize], |held| held == row);
        let mut slot = self.next(gap);
        while self.slots[slot] != EMPTY {
            let home = self.home(keys[self.slots[slot] as usize]);
            let mask = self.slots.len() - 1;
            // Moves into the gap if its probe path passes it.
            if (slot.wrapping_sub(home) & mask) >= (slot.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[slot];
                gap = slot;
            }
            slot = self.next(slot);
        }
        self.slots[gap] = EMPTY;
        self.len -= 1;
        let last = (keys.len() - 1) as u32;
        if last != row {
            let slot = self.probe(keys[last as usize], |held| held == last);
            self.slots[slot] = row;
        }
    }

    /// Shrinks a table far larger than needed; `keys` are the remaining ones.
    pub(super) fn shrink(&mut self, keys: &[u64]) {
        let slots = (keys.len() * 2).next_power_of_two().max(8);
        if slots * 2 < self.slots.len() {
            self.resize(slots, keys);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_linear_search(
            steps in prop::collection::vec((0u64..300, any::<bool>()), 0..600),
            spread in prop::sample::select(&[1u64, 1 << 40, u64::MAX / 300][..]),
        ) {
            let mut keys: Vec<u64> = Vec::new();
            let mut map = KeyMap::default();
            for (key, adds) in steps {
                let key = key * spread;
                let row = keys.iter().position(|&held| held == key);
                prop_assert_eq!(map.get(key, &keys), row.map(|row| row as u32));
                match row {
                    None if adds => {
                        keys.push(key);
                        map.push(&keys);
                    }
                    Some(row) if !adds => {
                        map.swap_remove(row as u32, &keys);
                        keys.swap_remove(row);
                        map.shrink(&keys);
                    }
                    _ => {}
                }
            }
            for (row, &key) in keys.iter().enumerate() {
                prop_assert_eq!(map.get(key, &keys), Some(row as u32));
            }
            prop_assert!(map.memory_bytes() <= 4 * 8.max(keys.len() * 8).max(1200 * 4));
        }
    }
}
