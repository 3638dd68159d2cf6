//! Prints hashes of what the library computes for the evaluation data, to compare the outputs of two versions line by
//! line: they are equal if a change left all results unchanged.
//!
//! `cargo run --release --no-default-features --features internals --example dump [-- [--only SET[:BLOCK]] [--show]]`;
//! the data is read from `IDIOLECT_EVAL_DATA` (default `../shared/eval`), the native encoder's model from
//! `IDIOLECT_MODEL`. A line is `<set> <block> <what> <hash>`; a block is a hundred texts or pairs, or one step of a
//! replay. `--only` restricts the run to one set or block and prints a line for each of its units; `--show` adds the
//! values themselves.
//!
//! Invariant: a hash covers values in a fixed order, floats by their bits, and no names in the source: renaming a type
//! or a field changes no line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

#[path = "dump/asking.rs"]
mod asking;
#[path = "dump/data.rs"]
mod data;
#[path = "dump/fields.rs"]
mod fields;
#[path = "dump/internals.rs"]
mod internals;
#[path = "dump/replay.rs"]
mod replay;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use idiolect::{Embedder, NativeEmbedder};

use fields::Report;
use replay::{HashedWords, collection, replay};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = env::args().skip(1).collect();
    let only = args.iter().position(|arg| arg == "--only").and_then(|at| args.get(at + 1));
    let mut report = Report::new(only.map(String::as_str), args.iter().any(|arg| arg == "--show"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder =
        |name: &str, default: &str| env::var_os(name).map_or_else(|| root.join(default), PathBuf::from);
    let data = data::read(&folder("IDIOLECT_EVAL_DATA", "../shared/eval"))?;
    let started = Instant::now();
    let done = |report: &mut Report, set: &str| {
        report.print(set);
        eprintln!("{set}: {:.1} s since the start", started.elapsed().as_secs_f64());
    };
    for (set, pairs) in &data.pairs {
        for (index, pair) in pairs.iter().enumerate() {
            internals::pair(&mut report, set, index, pair);
        }
        done(&mut report, set);
    }
    for (set, texts) in &data.texts {
        for (index, text) in texts.iter().enumerate() {
            internals::text(&mut report, set, index, &text.text);
        }
        done(&mut report, set);
    }
    for (set, choices) in &data.choices {
        for (index, choice) in choices.iter().enumerate() {
            internals::choice(&mut report, set, index, choice);
        }
        done(&mut report, set);
    }
    if report.wants("engine/hash") {
        replay(&mut report, "engine/hash", &data, &Arc::new(HashedWords), 1_500, false)?;
        done(&mut report, "engine/hash");
    }
    if report.wants("engine/meaning") {
        replay(&mut report, "engine/meaning", &data, &Arc::new(HashedWords), 500, true)?;
        done(&mut report, "engine/meaning");
    }
    for (set, corpus, queries) in &data.collections {
        if report.wants(set) {
            collection(&mut report, set, corpus, queries)?;
            done(&mut report, set);
        }
    }
    if !report.wants("encoder") && !report.wants("engine/native") {
        return Ok(());
    }
    let native = NativeEmbedder::open(folder("IDIOLECT_MODEL", "src/embedding/all-MiniLM-L6-v2.idm"))?;
    for (index, text) in data.texts.iter().flat_map(|(_, texts)| texts.iter().step_by(40)).enumerate() {
        report.try_unit("encoder", index, index / 10, "vector", |fields| {
            let embedded = native.embed(&text.text)?;
            fields.number("tokens", embedded.tokens as u64);
            fields.yes("truncated", embedded.truncated);
            embedded.vector.iter().for_each(|value| fields.float("value", *value));
            Ok(())
        })?;
    }
    done(&mut report, "encoder");
    if report.wants("engine/native") {
        replay(&mut report, "engine/native", &data, &Arc::new(native), 200, false)?;
        done(&mut report, "engine/native");
    }
    Ok(())
}
