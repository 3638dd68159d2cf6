//! The quickstart: replays one person's stream of drafts and edits through an engine, showing the cost of each edit,
//! what was learned from it and how the prompt changed, and at the end everything that was learned.
//!
//! `cargo run --release --example quickstart`, or with your own lines `-- mine.jsonl`.
//!
//! This file contains the sequence of steps; the parts are `stream` (the texts), `person` (rewrites drafts by hidden
//! habits), `drafter` (follows the prompt), `replay` (the loop), `report` (the output at the end), `lines` (the user's
//! file).

mod args;
mod drafter;
mod english;
mod hashing;
mod lines;
mod person;
mod reading;
mod replay;
mod report;
mod stream;
mod terminal;
mod timing;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use idiolect::ManualClock;
use idiolect::{Clock, Engine, SystemClock};
use idiolect::{Embedder, NativeEmbedder};

use args::Args;
use replay::{Acks, Replay, Step};
use terminal::{Ink, Terminal};
use timing::Samples;

fn main() -> ExitCode {
    let mut terminal = Terminal::stdout();
    let outcome = match Args::parse(std::env::args_os().skip(1)) {
        Ok(args) if args.help => {
            args::USAGE.lines().for_each(|line| terminal.say(Ink::Plain, line));
            Ok(())
        }
        Ok(args) => run(&args, &mut terminal),
        Err(reason) => Err(format!("{reason}; see --help")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            terminal.labelled(0, "", Ink::Warn, &format!("quickstart: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args, terminal: &mut Terminal) -> Result<(), String> {
    let (steps, bad) = match &args.lines {
        None => (
            stream::stream().into_iter().enumerate().map(|(i, one)| Step::of_stream(i, one)).collect(),
            Vec::new(),
        ),
        Some(path) => {
            let lines = lines::read(path)?;
            (lines.good.into_iter().map(Step::of_line).collect::<Vec<_>>(), lines.bad)
        }
    };
    let mut acks = Acks::open(args.acks.as_deref())?;

    terminal.say(Ink::Heading, "Idiolect quickstart");
    let encoder = encoder(args, terminal)?;
    let default = || default_store(args.lines.is_some(), encoder.fingerprint());
    let folder = args.store.clone().unwrap_or_else(default);
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let (engine, opened) = open(&folder, &encoder, &clock)?;
    terminal.labelled(2, "", Ink::Plain, &format!("store    {}", shown(&folder)));
    for line in bad.iter().take(BAD_SHOWN) {
        terminal.labelled(2, "", Ink::Warn, &format!("line {} is skipped: {}", line.number, line.reason));
    }
    if bad.len() > BAD_SHOWN {
        terminal.say(Ink::Warn, &format!("  and {} more lines are skipped", bad.len() - BAD_SHOWN));
    }
    if steps.is_empty() {
        return Err("no line of the file can be used".to_owned());
    }

    let from = start(args, &engine, &steps, &mut acks, terminal)?;
    terminal.heading(if args.lines.is_some() { "Your lines" } else { "One person's stream" });
    let replay = replay::replay(&engine, &clock, &steps, from, &mut acks, terminal)?;
    finish(
        &Run { args, steps: &steps, folder: &folder, encoder: &encoder, clock: &clock },
        engine,
        opened,
        &replay,
        &mut acks,
        terminal,
    )?;

    let skipped = bad.len() + replay.refused.len();
    if args.lines.is_some() {
        terminal.gap();
        let ink = if skipped == 0 { Ink::Good } else { Ink::Warn };
        terminal.say(ink, &format!("{} lines used, {skipped} skipped.", steps.len() - replay.refused.len()));
    }
    Ok(())
}

/// Maximum number of unusable lines listed individually.
const BAD_SHOWN: usize = 50;

/// The inputs of a run.
struct Run<'a> {
    args: &'a Args,
    steps: &'a [Step],
    folder: &'a Path,
    encoder: &'a Arc<dyn Embedder>,
    clock: &'a Arc<ManualClock>,
}

fn finish(
    run: &Run<'_>,
    engine: Engine,
    opened: std::time::Duration,
    replay: &Replay,
    acks: &mut Acks,
    terminal: &mut Terminal,
) -> Result<(), String> {
    let fail = |error: idiolect::Error| error.to_string();
    let share = report::costs(terminal, &replay.costs, run.steps);
    let held = report::preferences(terminal, &engine).map_err(fail)?;
    let words = match (&run.args.search, &run.args.lines) {
        (Some(words), _) => words,
        (None, None) => "an order that has not been delivered",
        (None, Some(_)) => &run.steps[replay.costs.last().map_or(0, |last| last.index)].context,
    };
    report::search(terminal, &engine, words).map_err(fail)?;
    let searches = report::time_searches(&engine, run.steps).map_err(fail)?;
    if let Some(record) = report::why(terminal, &engine, &held).map_err(fail)? {
        report::forget(terminal, &engine, record, run.args.keep, acks)?;
    }
    let mut opens = Samples::default();
    opens.push(opened);
    engine.close().map_err(fail)?;
    drop(engine);
    for _ in 0..4 {
        let (again, took) = open(run.folder, run.encoder, run.clock)?;
        opens.push(took);
        again.close().map_err(fail)?;
    }
    report::times(terminal, replay, &opens, &searches, share);
    Ok(())
}

/// The first step that the store does not contain.
fn start(
    args: &Args,
    engine: &Engine,
    steps: &[Step],
    acks: &mut Acks,
    terminal: &mut Terminal,
) -> Result<usize, String> {
    let from = if args.fresh { steps.len() } else { replay::position(engine, steps)? };
    let whole = from == steps.len();
    if whole && args.keep {
        terminal.labelled(2, "", Ink::Plain, "The store is complete; nothing is replayed.");
    } else if whole {
        acks.note("erasing")?;
        engine.erase_all().map_err(|error| error.to_string())?;
        acks.note("erased")?;
        let why = if args.fresh {
            "The store was erased (--fresh)."
        } else {
            "The store was complete from an earlier run and was erased (--keep keeps it)."
        };
        terminal.labelled(2, "", Ink::Plain, why);
        return Ok(0);
    } else if from > 0 {
        acks.note(&format!("resume {from}"))?;
        let text = format!("The store contains the first {from} of {}; continuing from there.", steps.len());
        terminal.labelled(2, "", Ink::Good, &text);
    }
    Ok(from)
}

fn open(
    folder: &Path,
    encoder: &Arc<dyn Embedder>,
    clock: &Arc<ManualClock>,
) -> Result<(Engine, std::time::Duration), String> {
    let started = Instant::now();
    let engine = Engine::builder(folder)
        .shared_encoder(Arc::clone(encoder))
        .clock(Arc::clone(clock))
        .open()
        .map_err(|error| error.to_string())?;
    Ok((engine, started.elapsed()))
}

fn encoder(args: &Args, terminal: &mut Terminal) -> Result<Arc<dyn Embedder>, String> {
    if args.hash_vectors {
        terminal.labelled(2, "", Ink::Plain, "encoder  hashed words (no meaning)");
        return Ok(Arc::new(hashing::HashVectors));
    }
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
    let path = args.model.clone().unwrap_or(default);
    let started = Instant::now();
    let encoder = NativeEmbedder::open(&path)
        .map_err(|error| format!("the encoder cannot be loaded: {error}. Name a model file with --model."))?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    let name = path.file_stem().map_or_else(|| "unnamed".into(), |name| name.to_string_lossy());
    terminal.labelled(2, "", Ink::Plain, &format!("encoder  {name}, loaded in {ms:.0} ms"));
    Ok(Arc::new(encoder))
}

/// A folder next to the build profiles, or in the system's temporary folder if the program is elsewhere. Each encoder
/// has its own folder, because a store belongs to one encoder.
fn default_store(of_lines: bool, fingerprint: &str) -> PathBuf {
    let encoder: String = fingerprint.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let name = format!("{}-{encoder}", if of_lines { "quickstart-lines-store" } else { "quickstart-store" });
    let program = std::env::current_exe().unwrap_or_default();
    let target = program
        .parent()
        .filter(|folder| folder.ends_with("examples"))
        .and_then(|folder| folder.ancestors().nth(2));
    target.map_or_else(std::env::temp_dir, Path::to_path_buf).join(name)
}

/// A path relative to the current folder, if possible.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
