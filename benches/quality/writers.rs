//! Writers: after n of a writer's edits, is their final ranked above the draft in their other pairs, and do their other
//! edits bear out what is stated of them.
//!
//! The weights before any edit are those that ship in the crate. The edits that teach are drawn at random, the same
//! in each run; every other pair of the writer is asked, so that figures for different n cover nearly the same pairs.
//! Where there is a model for the native encoder, the same with the axes of meaning that each writer's edits give.

use std::collections::BTreeMap;
use std::path::Path;

use idiolect::Direction;
use idiolect::internals::learning::{
    Comparison, Comparisons, Evidence, FeatureInducer, Inducer, Learner, Taste, Weights,
};
use idiolect::internals::signals::{Shift, Style};
use idiolect::{Embedder, NativeEmbedder};
use idiolect::{RecordId, Scope, Timestamp};

use crate::metrics::mean;
use crate::{Options, data, direction, figure, path_from};

type Steps = Vec<(u16, f32)>;

const DRAWS: usize = 20;
/// Draws for statements, of which there are few; the writer's other edits of a feature that it takes to bear one out or
/// not, and the share of them that must go its way.
const STATEMENT_DRAWS: usize = 1000;
const TOLD_MIN: usize = 3;
const BORNE_OUT: f64 = 0.6;

pub(crate) fn run(folder: &Path, options: &Options) {
    let path = folder.join("edits").join("writers.jsonl");
    if !path.is_file() {
        println!("writers: no data; skipped");
        return;
    }
    let mut pairs = data::read(&path, |json| {
        Ok((data::text(json, "writer")?, data::text(json, "pre")?, data::text(json, "post")?))
    });
    pairs.truncate(options.limit);
    let model = path_from("IDIOLECT_MODEL", "examples/models/all-MiniLM-L6-v2.idm");
    let encoder = NativeEmbedder::open(&model).ok();
    let mut writers: BTreeMap<String, Vec<Steps>> = BTreeMap::new();
    let mut moved: BTreeMap<String, Vec<Comparisons>> = BTreeMap::new();
    let mut induced: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
    let mut shorter = Vec::new();
    for (writer, pre, post) in pairs {
        shorter.push(f64::from(u8::from(post.len() < pre.len())));
        let steps = Style::of(&post).since(&Style::of(&pre));
        let vector = |text: &str| encoder.as_ref()?.embed(text).ok().map(|embedding| embedding.vector);
        let shift = vector(&pre).zip(vector(&post)).and_then(|(pre, post)| Shift::between(&pre, &post));
        let pairs = vec![Comparison { steps: steps.clone(), weight: 1.0 }];
        induced
            .entry(writer.clone())
            .or_default()
            .push(FeatureInducer.induce(&direction::record(0, (&pre, &post))));
        moved.entry(writer.clone()).or_default().push(Comparisons { pairs, judged: None, shift });
        writers.entry(writer).or_default().push(steps);
    }
    println!(
        "\nwriters: {} of them, {} pairs; the shorter text is the final in {:.4}",
        writers.len(),
        shorter.len(),
        mean(&shorter)
    );
    for n in [0, 1, 3, 10] {
        let right = final_over_draft(&writers, n);
        println!("  final over draft after {n:>2} edits {:>6} pairs {:.4}", right.len(), mean(&right));
        figure(&format!("writers_final_over_draft_{n}"), mean(&right), "share");
    }
    for n in [3, 10].into_iter().filter(|_| encoder.is_some()) {
        let right = with_meaning(&moved, n);
        println!("  the same with meaning after {n:>2}   {:>6} pairs {:.4}", right.len(), mean(&right));
        figure(&format!("writers_final_over_draft_meaning_{n}"), mean(&right), "share");
    }
    for n in [3, 5, 10] {
        let (right, draws) = statements(&induced, n);
        let said = right.len() as f64 / draws.max(1) as f64;
        println!("  stated after {n:>2} edits {said:>20.3} a draw, borne out {:.4}", mean(&right));
        figure(&format!("writers_stated_right_{n}"), mean(&right), "share");
    }
}

/// The first `n` of a writer's pairs in the order of a draw, and the others.
fn draw<T>(pairs: &[T], n: usize, seed: u64) -> (Vec<&T>, Vec<&T>) {
    let mut order: Vec<(u64, &T)> =
        pairs.iter().enumerate().map(|(at, pair)| (mixed(seed << 20 | at as u64), pair)).collect();
    order.sort_by_key(|(key, _)| *key);
    let mut known: Vec<&T> = order.into_iter().map(|(_, pair)| pair).collect();
    let asked = known.split_off(n.min(known.len()));
    (known, asked)
}

fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn final_over_draft(writers: &BTreeMap<String, Vec<Steps>>, n: usize) -> Vec<f64> {
    let mut right = Vec::new();
    for pairs in writers.values().filter(|pairs| pairs.len() > n) {
        for seed in 0..DRAWS as u64 {
            let (known, asked) = draw(pairs, n, seed);
            let mut weights = Weights::prior();
            for steps in known {
                weights.learn(steps, 1.0);
            }
            right.extend(asked.into_iter().map(|steps| f64::from(u8::from(weights.logit(steps) > 0.0))));
        }
    }
    right
}

/// As [`final_over_draft`], by style and by where the edits move the meaning.
fn with_meaning(writers: &BTreeMap<String, Vec<Comparisons>>, n: usize) -> Vec<f64> {
    let mut right = Vec::new();
    for pairs in writers.values().filter(|pairs| pairs.len() > n) {
        for seed in 0..DRAWS as u64 {
            let (known, asked) = draw(pairs, n, seed);
            let mut taste = Taste::default();
            for (id, said) in (1..).zip(known) {
                taste.insert(RecordId(id), Scope::person(), said.clone());
            }
            let weights = taste.weights(&Scope::person());
            right.extend(asked.into_iter().map(|said| {
                let style: f64 = said.pairs.iter().map(|pair| weights.logit(&pair.steps)).sum();
                let meaning = said.shift.as_ref().map_or(0.0, |shift| weights.logit(&weights.meaning(shift)));
                f64::from(u8::from(style + meaning > 0.0))
            }));
        }
    }
    right
}

/// Of what is listed after `n` edits of a writer, whether the others bear it out, as far as these tell; and the number
/// of draws.
fn statements(writers: &BTreeMap<String, Vec<Evidence>>, n: usize) -> (Vec<f64>, usize) {
    let (mut right, mut draws) = (Vec::new(), 0);
    for edits in writers.values().filter(|edits| edits.len() > n + TOLD_MIN) {
        for seed in 0..STATEMENT_DRAWS as u64 {
            let (known, others) = draw(edits, n, seed);
            let mut learner = Learner::new();
            for (id, evidence) in (1..).zip(known) {
                learner.insert(RecordId(id), Timestamp(0), &Scope::person(), evidence.clone());
            }
            draws += 1;
            let keys = learner.list(Timestamp(0)).into_iter().filter_map(|preference| preference.key);
            for key in keys.filter(|key| key.subject.is_empty()) {
                let more = key.direction == Direction::More;
                let items = others.iter().flat_map(|evidence| &evidence.items);
                let of_it = items.filter(|item| item.feature == key.feature);
                let ways: Vec<f64> = of_it
                    .filter(|item| item.change != 0.0)
                    .map(|item| f64::from(u8::from((item.change > 0.0) == more)))
                    .collect();
                if ways.len() >= TOLD_MIN {
                    right.push(f64::from(u8::from(mean(&ways) >= BORNE_OUT)));
                }
            }
        }
    }
    (right, draws)
}
