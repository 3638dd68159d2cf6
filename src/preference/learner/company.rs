//! Which neighbours belong together, told by what the person did there.
//!
//! Invariant: belonging together is symmetric, and a function of the evidence alone.
//!
//! Contexts where the same habits show are probably of one kind, whatever they are about. A kind is told better by
//! several of its contexts than by the one that happens to be nearest, so each neighbour is taken to be about as alike
//! as the most alike of its company: one that is near by chance, while others where the person did the same are far,
//! counts less.

use super::Told;

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
    pub(super) fn of(told: &[Told], keys: usize) -> Self {
        let mut blocks = vec![Block::default(); keys.div_ceil(BITS)];
        for (at, observation) in told.iter().filter(|(_, observation)| observation.compares) {
            let block = &mut blocks[at / BITS];
            let way = match observation {
                observation if !observation.bears() => &mut block.neither,
                observation if observation.change > 0.0 => &mut block.more,
                _ => &mut block.less,
            };
            *way |= 1 << (at % BITS);
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
    let mut companies: Vec<Vec<f32>> = likenesses.iter().map(|likeness| vec![*likeness]).collect();
    for (at, one) in ways.iter().enumerate() {
        for (other_at, other) in ways.iter().enumerate().skip(at + 1) {
            if one.go_with(other) {
                companies[at].push(likenesses[other_at]);
                companies[other_at].push(likenesses[at]);
            }
        }
    }
    for (likeness, mut company) in likenesses.iter_mut().zip(companies) {
        company.sort_unstable_by(|a, b| b.total_cmp(a));
        company.truncate(HEARD);
        let mean = company.iter().sum::<f32>() / company.len() as f32;
        *likeness += SAY * (mean - *likeness);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::learner::sums::Observation;
    use crate::types::Timestamp;

    /// Of four habits by their place, with the change of each.
    fn ways(changes: &[(usize, f64)]) -> Ways {
        let told = |(at, change): &(usize, f64)| {
            (*at, Observation { change: *change, compares: true, level: None, weight: 1.0, at: Timestamp(0) })
        };
        Ways::of(&changes.iter().map(told).collect::<Vec<_>>(), 4)
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
}
