//! Adjusts the likeness of each neighbour to that of the neighbours in which the person did the same: its company.
//!
//! Invariant: being of one company is symmetric, and a function of the evidence only.
//!
//! Contexts that show the same habits are probably of one kind, whatever they are about. Several contexts of a kind
//! identify it better than the single nearest one. The likeness of each neighbour is therefore moved towards the mean
//! of the most similar neighbours of its company. A neighbour that is near by chance counts less if the others of its
//! company are far.

use super::{Item, Told, sums::bears};
use crate::learning::tuning::company::{ALIKE_FOR_ONE_APART, HEARD_MAX, MEAN_SHARE};

/// Number of keys in a block.
const BITS: usize = u64::BITS as usize;

/// The direction of each of a record's habits, one bit for each queried key.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    less: u64,
    more: u64,
    /// The habit could have shown, but nothing was changed.
    neither: u64,
}

/// The directions of the habits of several records.
#[derive(Debug)]
pub(super) struct Ways {
    /// Number of blocks for each record.
    width: usize,
    blocks: Vec<Block>,
}

impl Ways {
    /// Empty, for this number of queried `keys`, with room for so many `records`.
    pub(super) fn new(keys: usize, records: usize) -> Self {
        let width = keys.div_ceil(BITS);
        Self { width, blocks: Vec::with_capacity(width * records) }
    }

    /// Adds a record by its evidence about the keys.
    pub(super) fn push(&mut self, items: &[Item], told: &[Told]) {
        let first = self.blocks.len();
        self.blocks.resize(first + self.width, Block::default());
        for Told { key, item } in told {
            let (key, item) = (*key as usize, &items[*item as usize]);
            if !item.compares {
                continue;
            }
            let block = &mut self.blocks[first + key / BITS];
            let way = match item.change {
                change if !bears(f64::from(change)) => &mut block.neither,
                change if change > 0.0 => &mut block.more,
                _ => &mut block.less,
            };
            *way |= 1 << (key % BITS);
        }
    }

    fn of(&self, record: usize) -> &[Block] {
        &self.blocks[record * self.width..][..self.width]
    }

    /// Whether two records are of one company. They are if no habit goes differently in the two, even if they have no
    /// occasion in common.
    fn go_together(&self, one: usize, other: usize) -> bool {
        let (mut same, mut apart) = (0, 0);
        for (one, other) in self.of(one).iter().zip(self.of(other)) {
            same += (one.less & other.less | one.more & other.more).count_ones();
            let opposite = one.less & other.more | one.more & other.less;
            let one_only = (one.less | one.more) & other.neither | one.neither & (other.less | other.more);
            apart += (opposite | one_only).count_ones();
        }
        ALIKE_FOR_ONE_APART * apart <= same
    }
}

/// Moves the likeness of each neighbour towards the mean of its company, itself included.
pub(super) fn hear_together(likenesses: &mut [f32], ways: &Ways) {
    let mut companies: Vec<Company> = likenesses.iter().map(|likeness| Company::of(*likeness)).collect();
    for one in 0..likenesses.len() {
        for other in one + 1..likenesses.len() {
            if ways.go_together(one, other) {
                companies[one].join(likenesses[other]);
                companies[other].join(likenesses[one]);
            }
        }
    }
    for (likeness, company) in likenesses.iter_mut().zip(companies) {
        *likeness += MEAN_SHARE * (company.mean() - *likeness);
    }
}

/// The likenesses of the most similar neighbours of a company, best first.
struct Company {
    heard: [f32; HEARD_MAX],
    count: usize,
}

impl Company {
    fn of(likeness: f32) -> Self {
        Self { heard: [likeness; HEARD_MAX], count: 1 }
    }

    fn join(&mut self, likeness: f32) {
        let at = self.heard[..self.count].iter().take_while(|heard| **heard >= likeness).count();
        if at < HEARD_MAX {
            self.count = (self.count + 1).min(HEARD_MAX);
            self.heard[at..self.count].rotate_right(1);
            self.heard[at] = likeness;
        }
    }

    fn mean(&self) -> f32 {
        self.heard[..self.count].iter().sum::<f32>() / self.count as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::learner::Value;

    /// Records, each given by the changes of some of four keys.
    fn ways(records: &[&[(u32, f32)]]) -> Ways {
        let none = Value::new(None);
        let item = |(feature, change): &(u32, f32)| Item {
            words: 0,
            subject_hash: 0,
            change: *change,
            left: *change,
            weight: 1.0,
            before: none,
            level: none,
            feature: *feature as u16,
            compares: true,
        };
        let mut ways = Ways::new(4, records.len());
        for changes in records {
            let items: Vec<Item> = changes.iter().map(item).collect();
            let told = changes.iter().enumerate().map(|(at, (key, _))| Told { key: *key, item: at as u32 });
            ways.push(&items, &told.collect::<Vec<_>>());
        }
        ways
    }

    /// Whether two records are of one company, in either order.
    fn together(one: &[(u32, f32)], other: &[(u32, f32)]) -> bool {
        let ways = ways(&[one, other]);
        assert_eq!(ways.go_together(0, 1), ways.go_together(1, 0));
        ways.go_together(0, 1)
    }

    #[test]
    fn records_where_the_same_habits_show_go_together() {
        let one = [(0, 1.0), (1, -1.0), (3, 1.0)];
        assert!(together(&one, &one) && together(&one, &[]));
        // Two habits in common for one that differs are sufficient; one in common is not.
        for apart in [[(0, 1.0), (1, -1.0), (3, -1.0)], [(0, 1.0), (1, -1.0), (3, 0.0)]] {
            assert!(together(&one, &apart));
        }
        for apart in [&[(0, 1.0), (1, 1.0)][..], &[(0, 1.0), (1, 0.0)], &[(0, -1.0)]] {
            assert!(!together(&one, apart));
        }
        assert!(together(&[(0, 0.0)], &[(0, 0.0), (2, 0.0)]), "both leave things alone");
    }

    #[test]
    fn what_is_near_by_chance_counts_less() {
        let (mine, other): (&[_], &[_]) = (&[(0, 1.0), (1, 1.0)], &[(0, -1.0), (1, -1.0)]);
        // The nearest neighbour belongs to a company that is far otherwise.
        let mut likenesses = [0.10, 0.05, 0.04, 0.03, -0.50, -0.60];
        hear_together(&mut likenesses, &ways(&[other, mine, mine, mine, other, other]));
        assert!(likenesses[0] < likenesses[3] && likenesses[4] > -0.5, "{likenesses:?}");
        let mut alone = [0.3];
        hear_together(&mut alone, &ways(&[&[]]));
        assert_eq!(alone, [0.3]);
    }

    #[test]
    fn the_most_alike_of_a_company_are_heard() {
        let all = [0.4, 0.9, 0.1, 0.8, 0.7, 0.2, 0.6, 0.3];
        let mut company = Company::of(0.5);
        assert_eq!(company.mean(), 0.5);
        for likeness in all {
            company.join(likeness);
        }
        assert_eq!(company.heard, [0.9, 0.8, 0.7, 0.6, 0.5]);
        assert!((company.mean() - 0.7).abs() < 1e-6);
    }
}
