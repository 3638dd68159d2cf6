//! Fits the priors used before anything is known of a person from the edits of many people: the ranking model's prior,
//! `src/learning/ranking/prior.txt` (the weight of each axis of style), and that of preferences,
//! `src/learning/learner/prior.txt` (the change of each feature).
//!
//! `cargo run --release --features internals --example fit_priors -- PAIRS [--without PAIRS] [--habits] [--ridge R]`
//! prints the first table, with `--habits` the second. `PAIRS` is a JSON lines file with the fields `pre` (a draft) and
//! `post` (its final text); pairs that share a text with the file after `--without` are left out, so that the latter
//! can serve as test data. Only numbers by id are printed, no texts.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

mod logistic;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;

use idiolect::internals::learning::{Evidence, FeatureInducer, Inducer, fit_habits};
use idiolect::internals::signals::Style;
use idiolect::internals::types::{Record, Signal};
use idiolect::{Scope, Timestamp};
use serde_json::Value;

fn pairs(path: &str) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut pairs = Vec::new();
    for line in fs::read_to_string(path)?.lines().filter(|line| !line.trim().is_empty()) {
        let json: Value = serde_json::from_str(line)?;
        let text = |key: &str| json[key].as_str().map(str::to_owned).ok_or("a line without pre and post");
        pairs.push((text("pre")?, text("post")?));
    }
    Ok(pairs)
}

fn evidence((draft, edited): &(String, String)) -> Evidence {
    FeatureInducer.induce(&Record {
        at: Timestamp(0),
        scope: Scope::person(),
        context: String::new(),
        signal: Signal::Edit { draft: draft.clone(), edited: edited.clone() },
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    })
}

/// Fits the prior from the style steps of many people's edits; `ridge` is the prior precision of each weight, centred
/// on zero.
fn fit_prior(edits: &[Vec<(u16, f32)>], ridge: f64) -> Vec<(u16, f64)> {
    let mut ids: Vec<u16> = edits.iter().flatten().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let example = |steps: &Vec<(u16, f32)>| {
        let mut inputs = vec![0.0; ids.len()];
        for (id, step) in steps {
            if let Ok(at) = ids.binary_search(id) {
                inputs[at] = f64::from(*step);
            }
        }
        logistic::Example { inputs, came_true: true, weight: 1.0 }
    };
    let examples: Vec<_> = edits.iter().map(example).collect();
    let fit = logistic::fit(&examples, &vec![ridge; ids.len()]);
    ids.into_iter().zip(fit).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let ridge: f64 = value("--ridge").map_or(Ok(20.0), |ridge| ridge.parse())?;
    let mut edits =
        pairs(args.first().ok_or("usage: fit_priors PAIRS [--without PAIRS] [--habits] [--ridge R]")?)?;
    if let Some(path) = value("--without") {
        let held_out: BTreeSet<String> =
            pairs(path)?.into_iter().flat_map(|(pre, post)| [pre, post]).collect();
        edits.retain(|(pre, post)| !held_out.contains(pre) && !held_out.contains(post));
    }
    if args.iter().any(|arg| arg == "--habits") {
        println!("# Made by examples/tools/fit_priors.rs --habits from {} edits; see NOTICE.", edits.len());
        println!("# Id of the feature, mean change over people in steps, its variance.");
        for (id, mean, variance) in fit_habits(&edits.iter().map(evidence).collect::<Vec<_>>()) {
            println!("{id} {mean:.3} {variance:.3}");
        }
        return Ok(());
    }
    let steps: Vec<_> = edits.iter().map(|(pre, post)| Style::of(post).since(&Style::of(pre))).collect();
    println!(
        "# Made by examples/tools/fit_priors.rs from {} edits with a ridge of {ridge}; see NOTICE.",
        steps.len()
    );
    println!("# Id of the axis, weight in logits a step.");
    for (id, weight) in fit_prior(&steps, ridge) {
        println!("{id} {weight:.3}");
    }
    Ok(())
}
