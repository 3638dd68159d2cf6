//! Quality on the evaluation data: `cargo bench --bench quality -- [tasks] [options]`.
//!
//! Prints a table per task and headline lines `figure <name> <value> <unit>`. Reads the folder named by
//! `IDIOLECT_EVAL_DATA` (default `../shared/eval`) and uses the sets it finds there; absent sets and malformed lines
//! are reported and skipped. Measures through the public API only: an encoder through `Embedder`, everything else
//! through an `Engine` in a temporary folder (`engine`). Does not measure speed: vectors are cached between runs
//! (`encode`).
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "a program for a terminal")]

mod attributes;
mod biases;
mod calibration;
mod choices;
mod content;
mod counts;
mod data;
mod direction;
mod encode;
mod engine;
#[cfg(feature = "onnx")]
mod fidelity;
mod history;
mod holds;
#[path = "../instructions.rs"]
mod instructions;
mod kinds;
mod later;
mod metrics;
mod names;
mod preferences;
mod rankings;
mod retrieval;
mod rewrites;
mod similarity;
mod streams;
mod subjects;
mod writers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use encode::Encoder;

/// A task that runs an encoder.
type Task = fn(&Path, &Arc<Encoder>, &Options);

const ENCODING: [(&str, Task); 12] = [
    ("similarity", similarity::run),
    ("retrieval", retrieval::run),
    ("preferences", preferences::run),
    ("biases", biases::run),
    ("names", names::run),
    ("writers", writers::run),
    ("choices", choices::run),
    ("attributes", attributes::run),
    ("streams", streams::run),
    ("history", history::run),
    ("calibration", calibration::run),
    ("holds", holds::run),
];
/// Tasks that run no encoder, or their own.
const OTHER: [&str; 3] = ["direction", "rankings", "fidelity"];
const USAGE: &str = "\
cargo bench --bench quality -- [task ...] [options]

tasks (default: all): similarity retrieval preferences biases names writers choices attributes
  streams history calibration holds direction rankings fidelity
  --encoder NAME   native, with the feature onnx also onnx or onnx-int8; may be repeated
                   (default native)
  --limit N        at most N pairs, queries or items of each set, for a quick check
  --fresh          ignore vectors cached by earlier runs

environment: IDIOLECT_EVAL_DATA (evaluation data), IDIOLECT_CASES (a file of small cases, for `streams`), IDIOLECT_PLOT
(the file that `calibration` plots to), IDIOLECT_MODEL (native model file), IDIOLECT_MODEL_DIR (folder of the ONNX
encoder)";

/// The parsed command line.
pub(crate) struct Options {
    tasks: Vec<String>,
    encoders: Vec<String>,
    /// Maximum pairs, queries or items of a set.
    pub(crate) limit: usize,
    pub(crate) fresh: bool,
}

impl Options {
    fn parse(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { tasks: Vec::new(), encoders: Vec::new(), limit: usize::MAX, fresh: false };
        let mut args = args;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                // Added by cargo.
                "--bench" => {}
                "--fresh" => options.fresh = true,
                "--encoder" => options.encoders.push(args.next().ok_or("--encoder needs a name")?),
                "--limit" => {
                    let limit = args.next().and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
                    options.limit = limit.ok_or("--limit needs a number above 0")?;
                }
                task if OTHER.contains(&task) || ENCODING.iter().any(|(name, _)| *name == task) => {
                    options.tasks.push(arg);
                }
                other => return Err(format!("unknown argument {other}")),
            }
        }
        if options.encoders.is_empty() {
            options.encoders.push("native".to_owned());
        }
        Ok(options)
    }

    fn runs(&self, task: &str) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|asked| asked == task)
    }
}

/// A path from an environment variable; the default is relative to the repository root.
pub(crate) fn path_from(variable: &str, default: &str) -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join(default);
    std::env::var_os(variable).map_or_else(default, PathBuf::from)
}

/// The figures printed so far, by name.
static FIGURES: Mutex<BTreeMap<String, f64>> = Mutex::new(BTreeMap::new());

/// Prints one headline figure.
pub(crate) fn figure(name: &str, value: f64, unit: &str) {
    let name = name.replace(['-', ' '], "_");
    println!("figure {name} {value:.4} {unit}");
    FIGURES.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
}

/// Prints the loss of the native encoder against the f32 model, if both were run.
fn losses() {
    let seen = FIGURES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for (name, value) in &seen {
        let Some(measure) = name.strip_suffix("_native") else { continue };
        let Some(reference) = seen.get(&format!("{measure}_onnx")) else { continue };
        let lost = (reference - value) * 100.0;
        match measure.strip_prefix("retrieval_ndcg10_") {
            Some(set) => figure(&format!("ndcg_loss_{set}_points"), lost, "points"),
            None if measure == "similarity_mean" => figure("spearman_loss_points", lost, "points"),
            None => {}
        }
    }
}

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let data = path_from("IDIOLECT_EVAL_DATA", "../shared/eval");
    let present = data.is_dir();
    if !present {
        println!("evaluation data: no folder {}; tasks that need it are skipped", data.display());
    }
    if options.limit != usize::MAX {
        println!("limited to {} of each set: figures are not comparable with full runs", options.limit);
    }
    let start = Instant::now();
    if present && options.runs("direction") {
        direction::run(&data, &options);
    }
    if present && options.runs("rankings") {
        rankings::run(&data, &options);
    }
    let tasks: Vec<Task> =
        ENCODING.iter().filter(|(name, _)| options.runs(name)).map(|(_, task)| *task).collect();
    for name in options.encoders.iter().filter(|_| !tasks.is_empty()) {
        match Encoder::open(name, options.fresh) {
            Ok(encoder) => {
                println!("\n== encoder {name} ({}) ==", idiolect::Embedder::fingerprint(&*encoder));
                for task in &tasks {
                    task(&data, &encoder, &options);
                }
            }
            Err(reason) => println!("encoder {name}: {reason}; skipped"),
        }
    }
    losses();
    #[cfg(feature = "onnx")]
    if options.runs("fidelity") {
        fidelity::run(&data, &options);
    }
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
