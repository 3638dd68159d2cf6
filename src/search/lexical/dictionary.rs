//! A sorted dictionary of terms, in five to eight bytes per term. It stores term numbers, ordered by spelling, in
//! blocks; the spellings are stored with the postings.
//!
//! Invariant: numbers ascend by spelling within and across blocks; a block has 1 to [`BLOCK`] numbers. A number's
//! spelling must not change while it is in the dictionary.

use std::cmp::Ordering;

use crate::search::vector::shrink;

const BLOCK: usize = 512;
/// Numbers per block when blocks are built in bulk, which leaves room for more.
const FILLED: usize = BLOCK * 3 / 4;

/// Term numbers ordered by spelling.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    blocks: Vec<Vec<u32>>,
}

/// The place of a number, or where it is to be inserted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    block: usize,
    at: usize,
}

impl Dictionary {
    /// From the numbers below `count`, which must ascend by spelling.
    pub(super) fn of_ascending(count: u32) -> Self {
        let starts = (0..count).step_by(FILLED);
        Self { blocks: starts.map(|from| (from..count.min(from + FILLED as u32)).collect()).collect() }
    }

    /// All numbers, ordered by spelling.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.blocks.iter().flatten().copied()
    }

    /// Finds the number for which `order` returns `Equal`, or the place to insert it. `order` compares the spelling
    /// of a number with the one searched for.
    pub(super) fn find(&self, order: impl Fn(u32) -> Ordering) -> Result<(u32, Place), Place> {
        let after = self.blocks.partition_point(|block| order(block[0]) != Ordering::Greater);
        let block = after.saturating_sub(1);
        let Some(numbers) = self.blocks.get(block) else { return Err(Place { block, at: 0 }) };
        match numbers.binary_search_by(|number| order(*number)) {
            Ok(at) => Ok((numbers[at], Place { block, at })),
            Err(at) => Err(Place { block, at }),
        }
    }

    /// The numbers from a place on, in order.
    pub(super) fn from(&self, place: Place) -> impl Iterator<Item = u32> {
        let blocks = self.blocks.get(place.block..).unwrap_or_default();
        blocks.iter().flatten().copied().skip(place.at)
    }

    /// Inserts a number at the place returned by [`find`](Self::find).
    pub(super) fn insert(&mut self, place: Place, number: u32) {
        let Some(numbers) = self.blocks.get_mut(place.block) else { return self.blocks.push(vec![number]) };
        numbers.insert(place.at, number);
        if numbers.len() > BLOCK {
            let rest = numbers.split_off(BLOCK / 2);
            numbers.shrink_to_fit();
            self.blocks.insert(place.block + 1, rest);
        }
    }

    /// Removes the number at a place.
    pub(super) fn remove(&mut self, place: Place) {
        let numbers = &mut self.blocks[place.block];
        numbers.remove(place.at);
        if numbers.is_empty() {
            self.blocks.remove(place.block);
        } else {
            shrink(numbers);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Vec<u32>>()
            + self.blocks.iter().map(|numbers| numbers.capacity() * size_of::<u32>()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn is_as_an_ordered_set() {
        // The spelling of a number is its digits.
        let spelled = |number: u32| number.to_string();
        let find = |dictionary: &Dictionary, number| {
            dictionary.find(|other| spelled(other).as_str().cmp(spelled(number).as_str()))
        };
        let (mut dictionary, mut model, mut state) = (Dictionary::default(), BTreeSet::new(), 1u32);
        for step in 0..30_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // At first more numbers are added than removed, later the opposite.
            let (number, adds) = (state >> 8 & 0xfff, (state >> 24 < 192) == (step < 15_000));
            match find(&dictionary, number) {
                Ok((found, place)) => {
                    assert!(found == number && model.contains(&spelled(number)));
                    if !adds {
                        dictionary.remove(place);
                        model.remove(&spelled(number));
                    }
                }
                Err(place) => {
                    assert!(!model.contains(&spelled(number)));
                    if adds {
                        dictionary.insert(place, number);
                        model.insert(spelled(number));
                    }
                }
            }
            if step % 1_000 == 0 {
                let (Ok((_, place)) | Err(place)) = find(&dictionary, number);
                let rest: Vec<String> = dictionary.from(place).map(spelled).collect();
                assert_eq!(rest, model.range(spelled(number)..).cloned().collect::<Vec<_>>());
                assert!(dictionary.blocks.iter().all(|block| (1..=BLOCK).contains(&block.len())));
                if step == 15_000 {
                    assert!(model.len() > 2_000 && dictionary.memory_bytes() < 9 * model.len());
                }
            }
        }
    }
}
