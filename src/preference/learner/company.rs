//! Which neighbours belong together, told by what the person did there.
//!
//! Invariant: belonging together is symmetric, and a function of the evidence alone.
//!
//! Contexts where the same habits show are probably of one kind, whatever they are about. A kind is told better by
//! several of its contexts than by the one that happens to be nearest, so each neighbour is taken to be about as alike
//! as the most alike of its company: one that is near by chance, while others where the person did the same are far,
//! counts less.

use super::{Item, Told, sums::bears};

/// Keys in a block.
const BITS: usize = u64::BITS as usize;
/// So many of a company are heard, the most alike.
const HEARD: usize = 5;
/// Share of the company's mean likeness in the likeness of each, 0 to 1.
const SAY: f32 = 0.5;
/// Habits that went alike for one that did not, at least, for two records to be of one company.
const ALIKE: u32 = 2;

/// How one record's habits went, a bit for each key that is asked about.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    less: u64,
    more: u64,
    /// There was occasion, and nothing was done.
    neither: u64,
}

/// How one record's habits went.
#[derive(Debug, Clone)]
pub(super) struct Ways(Vec<Block>);

impl Ways {
    /// Of a record's evidence of so many `keys`.
    pub(super) fn of(items: &[Item], told: &[Told], keys: usize) -> Self {
        let mut blocks = vec![Block::default(); keys.div_ceil(BITS)];
        for Told { key, item } in told {
            let (key, item) = (*key as usize, &items[*item as usize]);
            if !item.compares {
                continue;
            }
            let block = &mut blocks[key / BITS];
            let way = match item.change {
                change if !bears(f64::from(change)) => &mut block.neither,
                change if change > 0.0 => &mut block.more,
                _ => &mut block.less,
            };
            *way |= 1 << (key % BITS);
        }
        Self(blocks)
    }

    /// Whether two records are of one company. Where neither shows a habit, or they share no occasion, they are.
    fn go_with(&self, other: &Self) -> bool {
        let (mut same, mut apart) = (0, 0);
        for (one, other) in self.0.iter().zip(&other.0) {
            same += (one.less & other.less | one.more & other.more).count_ones();
            let opposite = one.less & other.more | one.more & other.less;
            let one_only = (one.less | one.more) & other.neither | one.neither & (other.less | other.more);
            apart += (opposite | one_only).count_ones();
        }
        ALIKE * apart <= same
    }
}

/// Draws the likeness of each neighbour towards those of its company, itself included.
pub(super) fn hear_together(likenesses: &mut [f32], ways: &[Ways]) {
    let mut companies: Vec<Company> = likenesses.iter().map(|likeness| Company::of(*likeness)).collect();
    for (at, one) in ways.iter().enumerate() {
        for (other_at, other) in ways.iter().enumerate().skip(at + 1) {
            if one.go_with(other) {
                companies[at].join(likenesses[other_at]);
                companies[other_at].join(likenesses[at]);
            }
        }
    }
    for (likeness, company) in likenesses.iter_mut().zip(companies) {
        *likeness += SAY * (company.mean() - *likeness);
    }
}

/// The likenesses of those of a company that are heard, best first.
struct Company {
    heard: [f32; HEARD],
    count: usize,
}

impl Company {
    fn of(likeness: f32) -> Self {
        Self { heard: [likeness; HEARD], count: 1 }
    }

    fn join(&mut self, likeness: f32) {
        let at = self.heard[..self.count].iter().take_while(|heard| **heard >= likeness).count();
        if at < HEARD {
            self.count = (self.count + 1).min(HEARD);
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
    use crate::preference::learner::Value;

    /// Of four habits by their place, with the change of each.
    fn ways(changes: &[(u32, f32)]) -> Ways {
        let none = Value::new(None);
        let item = |(feature, change): &(u32, f32)| Item {
            subject_hash: 0,
            change: *change,
            weight: 1.0,
            before: none,
            after: none,
            level: none,
            feature: *feature as u16,
            compares: true,
        };
        let items: Vec<Item> = changes.iter().map(item).collect();
        let told: Vec<Told> =
            changes.iter().enumerate().map(|(at, (key, _))| Told { key: *key, item: at as u32 }).collect();
        Ways::of(&items, &told, 4)
    }

    #[test]
    fn records_where_the_same_habits_show_go_together() {
        let one = ways(&[(0, 1.0), (1, -1.0), (3, 1.0)]);
        assert!(one.go_with(&one) && one.go_with(&ways(&[])) && ways(&[]).go_with(&one));
        // Two alike for one apart is enough, one alike is not.
        for apart in [ways(&[(0, 1.0), (1, -1.0), (3, -1.0)]), ways(&[(0, 1.0), (1, -1.0), (3, 0.0)])] {
            assert!(one.go_with(&apart) && apart.go_with(&one));
        }
        for apart in [ways(&[(0, 1.0), (1, 1.0)]), ways(&[(0, 1.0), (1, 0.0)]), ways(&[(0, -1.0)])] {
            assert!(!one.go_with(&apart) && !apart.go_with(&one));
        }
        assert!(ways(&[(0, 0.0)]).go_with(&ways(&[(0, 0.0), (2, 0.0)])), "both leave things alone");
    }

    #[test]
    fn what_is_near_by_chance_counts_less() {
        let (mine, other) = (ways(&[(0, 1.0), (1, 1.0)]), ways(&[(0, -1.0), (1, -1.0)]));
        // The nearest is of a company that is far otherwise.
        let mut likenesses = [0.10, 0.05, 0.04, 0.03, -0.50, -0.60];
        hear_together(
            &mut likenesses,
            &[other.clone(), mine.clone(), mine.clone(), mine, other.clone(), other],
        );
        assert!(likenesses[0] < likenesses[3] && likenesses[4] > -0.5, "{likenesses:?}");
        let mut alone = [0.3];
        hear_together(&mut alone, &[ways(&[])]);
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
