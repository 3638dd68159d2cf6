//! Writers: after n edits of a writer, is their final ranked above the draft in their other pairs, and do their other
//! edits confirm the learned statements?
//!
//! The writing instruction is the context. The edits learned from are drawn at random, identically in each run; all
//! other pairs of the writer are tested, so that figures for different n cover nearly the same pairs. Repeated with
//! `rank_by_meaning`. Statements are checked with an engine that has observed all edits of the writer, and explains
//! them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use idiolect::{Direction, Embedder, Observation, PreferenceId, RankRequest, RecordId};

use crate::encode::Encoder;
use crate::engine::{Fallible, Opened, open};
use crate::metrics::mean;
use crate::{Options, data, figure};

const DRAWS: usize = 20;
/// Draws for statements, which are few; the minimum number of other edits of a feature to judge one; and the share of
/// these that must agree with it.
const STATEMENT_DRAWS: usize = 100;
const OTHERS_MIN: usize = 3;
const BORNE_OUT: f64 = 0.6;

struct Pair {
    context: String,
    draft: String,
    edited: String,
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let path = folder.join("edits").join("writers.jsonl");
    if let Err(reason) = measure(&path, encoder, options) {
        println!("writers: {reason}; skipped");
    }
}

fn measure(path: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<()> {
    let mut pairs = data::read(path, |json| {
        let pair = Pair {
            context: data::text(json, "instruction")?,
            draft: data::text(json, "pre")?,
            edited: data::text(json, "post")?,
        };
        Ok((data::text(json, "writer")?, pair))
    });
    pairs.truncate(options.limit);
    let shorter: Vec<f64> =
        pairs.iter().map(|(_, pair)| f64::from(u8::from(pair.edited.len() < pair.draft.len()))).collect();
    let mut writers: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
    for (writer, pair) in pairs {
        writers.entry(writer).or_default().push(pair);
    }
    println!(
        "\nwriters: {} of them, {} pairs; the shorter text is the final in {:.4}",
        writers.len(),
        shorter.len(),
        mean(&shorter)
    );
    for (by_meaning, name, counts) in [(false, "", &[0, 1, 3, 10][..]), (true, "_meaning", &[3, 10])] {
        for n in counts {
            let mut right = Vec::new();
            for pairs in writers.values().filter(|pairs| pairs.len() > *n) {
                final_over_draft(pairs, *n, by_meaning, encoder, &mut right)?;
            }
            println!(
                "  final over draft{name} after {n:>2} edits {:>6} asked {:.4}",
                right.len(),
                mean(&right)
            );
            figure(&format!("writers_final_over_draft{name}_{n}"), mean(&right), "share");
        }
    }
    for n in [3, 5, 10] {
        let (mut right, mut draws) = (Vec::new(), 0);
        for pairs in writers.values().filter(|pairs| pairs.len() > n + OTHERS_MIN) {
            draws += STATEMENT_DRAWS;
            statements(pairs, n, encoder, &mut right)?;
        }
        let said = right.len() as f64 / draws.max(1) as f64;
        println!("  stated after {n:>2} edits {said:>20.3} a draw, borne out {:.4}", mean(&right));
        figure(&format!("writers_stated_right_{n}"), mean(&right), "share");
    }
    Ok(())
}

/// The indexes of the first `n` of a writer's pairs in the order of a draw, and of the others.
fn draw(pairs: &[Pair], n: usize, seed: usize) -> (Vec<usize>, Vec<usize>) {
    let mut known: Vec<usize> = (0..pairs.len()).collect();
    known.sort_by_key(|at| mixed((seed << 20 | at) as u64));
    let others = known.split_off(n);
    (known, others)
}

fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// An engine that has observed these pairs, and the index of the pair of each record.
fn observed(
    pairs: &[Pair],
    places: impl IntoIterator<Item = usize>,
    by_meaning: bool,
    encoder: &Arc<Encoder>,
) -> Fallible<(Opened, HashMap<RecordId, usize>)> {
    let encoder: Arc<dyn Embedder> = encoder.clone();
    let opened = open(encoder, by_meaning)?;
    let mut records = HashMap::new();
    for place in places {
        let Pair { context, draft, edited } = &pairs[place];
        records.insert(opened.engine.observe(Observation::edit(context, draft, edited))?.id, place);
    }
    Ok((opened, records))
}

fn final_over_draft(
    pairs: &[Pair],
    n: usize,
    by_meaning: bool,
    encoder: &Arc<Encoder>,
    right: &mut Vec<f64>,
) -> Fallible<()> {
    // Without edits all draws are the same.
    for seed in 0..if n == 0 { 1 } else { DRAWS } {
        let (known, others) = draw(pairs, n, seed);
        let (Opened { engine, .. }, _) = &observed(pairs, known, by_meaning, encoder)?;
        for place in others {
            let Pair { context, draft, edited } = &pairs[place];
            let ranked = engine.rank(&RankRequest::new(context, vec![draft.clone(), edited.clone()]))?;
            // Ties keep their order.
            right.push(f64::from(u8::from(ranked.first().is_some_and(|first| first.index == 1))));
        }
    }
    Ok(())
}

/// For each statement after `n` edits of a writer, whether the other edits confirm it, if there are enough of them.
fn statements(pairs: &[Pair], n: usize, encoder: &Arc<Encoder>, right: &mut Vec<f64>) -> Fallible<()> {
    let (whole, records) = observed(pairs, 0..pairs.len(), false, encoder)?;
    // By preference, the non-zero changes of its feature.
    let mut changes: HashMap<PreferenceId, Vec<(usize, f32)>> = HashMap::new();
    for seed in 0..STATEMENT_DRAWS {
        let (known, others) = draw(pairs, n, seed);
        let (Opened { engine, .. }, _) = &observed(pairs, known, false, encoder)?;
        for preference in engine.preferences().list()? {
            let Some(key) = preference.key.filter(|key| key.subject.is_empty()) else { continue };
            let changes = changes.entry(preference.id).or_insert_with(|| {
                let explained = whole.engine.preferences().explain_strongest(preference.id, 0);
                let parts = explained.into_iter().flat_map(|explained| explained.contributions);
                parts.map(|part| (records[&part.record], part.change)).collect()
            });
            let ways: Vec<f64> = changes
                .iter()
                .filter(|(place, change)| others.contains(place) && *change != 0.0)
                .map(|(_, change)| f64::from(u8::from((*change > 0.0) == (key.direction == Direction::More))))
                .collect();
            if ways.len() >= OTHERS_MIN {
                right.push(f64::from(u8::from(mean(&ways) >= BORNE_OUT)));
            }
        }
    }
    Ok(())
}
