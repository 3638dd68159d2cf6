//! Explains the cost of the engine's rounds: `-- --why` prints it for the split that is tuned on.
//!
//! Invariant: changes no figure; only reads the prompts and drafts of the engine's own rounds.

use std::collections::BTreeMap;

use idiolect::edit_distance;

use crate::english::Letter;
use crate::{drafter, person, reading};

/// Statistics of one hidden statement.
#[derive(Default)]
struct Fate {
    occasions: usize,
    met: usize,
    /// Occasions before it was first met, summed over streams.
    before_first: usize,
    never: usize,
    /// Words of cost caused by its absence.
    words: usize,
}

/// Tallies of the engine's rounds.
#[derive(Default)]
pub(crate) struct Why {
    /// By hidden statement; the second half of each stream.
    fates: BTreeMap<&'static str, Fate>,
    /// Occasions in this stream before a statement was met, by kind and statement; `None` once it was met.
    waits: BTreeMap<(usize, &'static str), Option<usize>>,
    /// Wrong statements of the second half, with their number and the words they cost.
    wrong: BTreeMap<String, (usize, usize)>,
    right: BTreeMap<String, usize>,
    unread: BTreeMap<String, usize>,
    /// Words changed by quarter of a stream: in all, without the wrong statements, with the missing ones added, and
    /// with both.
    quarters: [[usize; 4]; 4],
}

impl Why {
    /// Starts a new stream.
    pub(crate) fn start(&mut self) {
        self.settle();
    }

    fn settle(&mut self) {
        for ((_, statement), wait) in std::mem::take(&mut self.waits) {
            let fate = self.fates.entry(statement).or_default();
            fate.never += usize::from(wait.is_some());
        }
    }

    /// Records a round; `share` is its position in the stream, 0 to 1.
    pub(crate) fn note(&mut self, prompt: &str, kind: usize, plain: &Letter, round: usize, share: f64) {
        let wanted = person::wanted(kind, plain);
        let edited = wanted.render();
        let cost = |prompt: &str| edit_distance(&drafter::draft(plain, prompt, round), &edited);
        let draft = drafter::rewrite(&reading::read(prompt), plain);
        let wrong = |line: &&str| {
            let told = reading::read(line);
            line.starts_with("- ") && drafter::rewrite(&told, &wanted) != wanted
        };
        let without: String =
            prompt.lines().filter(|line| !wrong(line)).flat_map(|line| [line, "\n"]).collect();
        let missing: Vec<&str> = person::hidden(kind)
            .iter()
            .copied()
            .filter(|statement| {
                let told = reading::read(&person::prompt(&[statement]));
                drafter::rewrite(&told, &draft) != draft
            })
            .collect();
        let more = person::prompt(&missing);
        let costs = [
            cost(prompt),
            cost(&without),
            cost(&[more.as_str(), prompt].concat()),
            cost(&[more.as_str(), &without].concat()),
        ];
        let quarter = ((share * 4.0) as usize).min(3);
        for (sum, cost) in self.quarters[quarter].iter_mut().zip(costs) {
            *sum += cost;
        }
        for statement in person::hidden(kind) {
            let told = reading::read(&person::prompt(&[statement]));
            if drafter::rewrite(&told, plain) == *plain {
                continue;
            }
            let met = drafter::rewrite(&told, &draft) == draft;
            let wait = self.waits.entry((kind, *statement)).or_insert(Some(0));
            if let Some(count) = wait {
                let fate = self.fates.entry(*statement).or_default();
                fate.before_first += usize::from(!met);
                if met {
                    *wait = None;
                } else {
                    *count += 1;
                }
            }
            if share >= 0.5 {
                let fate = self.fates.entry(*statement).or_default();
                fate.occasions += 1;
                fate.met += usize::from(met);
                if !met {
                    let with = cost(&[person::prompt(&[statement]).as_str(), prompt].concat());
                    fate.words += costs[0].saturating_sub(with);
                }
            }
        }
        if share < 0.5 {
            return;
        }
        for line in prompt.lines().filter(|line| line.starts_with("- ")) {
            let told = reading::read(line);
            if told == drafter::Instructions::default() {
                *self.unread.entry(line.to_owned()).or_default() += 1;
            } else if wrong(&line) {
                let others: String =
                    prompt.lines().filter(|other| *other != line).flat_map(|line| [line, "\n"]).collect();
                let entry = self.wrong.entry(line.to_owned()).or_default();
                entry.0 += 1;
                entry.1 += costs[0].saturating_sub(cost(&others));
            } else {
                *self.right.entry(line.to_owned()).or_default() += 1;
            }
        }
    }

    pub(crate) fn print(mut self) {
        self.settle();
        println!("  quarter: words changed, without wrong statements, with the missing ones, with both");
        for (at, costs) in self.quarters.iter().enumerate() {
            println!("    {} {costs:?}", at + 1);
        }
        println!(
            "  hidden statement: met of occasions (second half), occasions before first met, never, words it costs"
        );
        for (statement, fate) in &self.fates {
            println!(
                "    {statement:<36} {:>4} of {:>4} {:.2}   {:>4} {:>3} {:>5}",
                fate.met,
                fate.occasions,
                fate.met as f64 / fate.occasions.max(1) as f64,
                fate.before_first,
                fate.never,
                fate.words
            );
        }
        println!("  wrong statements: times, words they cost, times right");
        let mut wrong: Vec<_> = self.wrong.iter().collect();
        wrong.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
        for (line, (times, words)) in wrong.into_iter().take(40) {
            println!("    {times:>4} {words:>5} {:>4} {line}", self.right.get(line).unwrap_or(&0));
        }
        let mut unread: Vec<_> = self.unread.iter().collect();
        unread.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        println!("  not understood");
        for (line, times) in unread.into_iter().take(25) {
            println!("    {times:>4} {line}");
        }
    }
}
