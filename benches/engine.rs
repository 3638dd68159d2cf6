//! The public calls at 1,000 records: observe, personalize, search and open, with embedding and sync reported
//! separately, and peak memory; and the time they take without embedding and sync (`learning`).
//!
//! Times whole calls; the parts come from the engine's own `Timing`. The records are the quickstart's texts with
//! variations, written with the default durability, so the sync is that of the disk under the target folder. Loading
//! the encoder is excluded from all times, but not from memory.
//!
//! `cargo bench --bench engine [-- [verbs] [learning] [--records N] [--model FILE] [--hash-vectors]]`;
//! `-- import [--records N]` imports the mails of the evaluation data at once and one by one, 20,000 by default; with
//! the feature `internals` also `-- rederive [--records N]`, the cost of a newer inducer at opening; and
//! `-- --lib-size`, which builds the shared library twice and prints its size instead.

#[path = "../examples/quickstart/drafter.rs"]
mod drafter;
#[path = "../examples/quickstart/english.rs"]
mod english;
#[path = "../examples/quickstart/hashing.rs"]
mod hashing;
#[expect(unused_imports, reason = "a bench compiles the unit tests' imports without the tests")]
#[path = "../examples/quickstart/person.rs"]
mod person;
#[expect(unused_imports, reason = "a bench compiles the unit tests' imports without the tests")]
#[path = "../examples/quickstart/reading.rs"]
mod reading;
#[cfg(feature = "internals")]
#[path = "engine/rederive.rs"]
mod rederive;
#[expect(dead_code, reason = "the bench does not use the times")]
#[path = "../examples/quickstart/stream.rs"]
mod stream;
#[path = "../examples/quickstart/timing.rs"]
mod timing;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use idiolect::EmbeddingError;
use idiolect::{
    CancelToken, Durability, Engine, HistoryItem, Observation, Query, RankRequest, Request, Scope,
};
use idiolect::{Embedder, Embedding, NativeEmbedder};

use stream::Interaction;
use timing::Samples;

/// Timed calls of each kind.
const CALLS: usize = 200;
const OPENS: usize = 10;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--lib-size") {
        return library_size();
    }
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let records = value("--records").map_or(Ok(1_000), |records| records.parse::<usize>())?;
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
    let model = value("--model").map_or(default, PathBuf::from);
    let encoder: Arc<dyn Embedder> = if args.iter().any(|arg| arg == "--hash-vectors") {
        Arc::new(hashing::HashVectors)
    } else {
        Arc::new(NativeEmbedder::open(&model)?)
    };
    if args.iter().any(|arg| arg == "import") {
        return import(value("--records").map_or(Ok(20_000), |records| records.parse())?, &encoder);
    }
    let named = |part: &str| args.iter().any(|arg| arg == part);
    #[cfg(feature = "internals")]
    if named("rederive") {
        return rederive::rederive(
            value("--records").map_or(Ok(LEARNED), |records| records.parse())?,
            &encoder,
        );
    }
    let all = !named("verbs") && !named("learning");
    if all || named("verbs") {
        verbs(records, &encoder)?;
    }
    if all || named("learning") {
        learning(encoder)?;
    }
    Ok(())
}

/// A text of the synthetic stream.
struct Text {
    context: String,
    scope: Scope,
    draft: String,
    edited: String,
}

/// The quickstart's interactions repeated, each time about another subject.
fn text(stream: &[Interaction], index: usize) -> Text {
    const ABOUT: [&str; 12] = [
        "the Oslo office",
        "the spring campaign",
        "the new warehouse",
        "the second floor",
        "the pilot group",
        "the summer school",
        "the harbour",
        "the night shift",
        "the old contract",
        "the test lab",
        "the choir",
        "the bakery",
    ];
    let interaction = &stream[index % stream.len()];
    let about = ABOUT[(index / stream.len()) % ABOUT.len()];
    let draft = drafter::draft(interaction, "");
    let edited = person::edit(interaction, &draft);
    Text {
        context: format!("{}, for {about}, number {index}", interaction.context),
        scope: interaction.kind.scope(),
        draft,
        edited,
    }
}

fn verbs(records: usize, encoder: &Arc<dyn Embedder>) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let open = || Engine::builder(folder.path()).shared_encoder(Arc::clone(encoder)).open();
    let stream = stream::stream();
    let engine = open()?;
    let observe = |index: usize| {
        let text = text(&stream, index);
        engine.observe(Observation::edit(text.context, text.draft, text.edited).scope(text.scope))
    };
    for index in 0..records {
        observe(index)?;
    }

    let (mut whole, mut embed, mut sync) = (Samples::default(), Samples::default(), Samples::default());
    for index in records..records + CALLS {
        let started = Instant::now();
        let observed = observe(index)?;
        whole.push(started.elapsed());
        embed.push(observed.timing.embed);
        sync.push(observed.timing.store);
    }
    figures("observe", &whole);
    figure("observe_embed_p50_ms", embed.median_ms(), "ms");
    figure("observe_sync_p50_ms", sync.median_ms(), "ms");

    let (mut whole, mut embed, mut search) = (Samples::default(), Samples::default(), Samples::default());
    for index in records + CALLS..records + 2 * CALLS {
        let text = text(&stream, index);
        let request = Request::new(text.context.as_str()).scope(text.scope);
        let started = Instant::now();
        let personalization = engine.personalize(&request)?;
        whole.push(started.elapsed());
        embed.push(personalization.timing.embed);
        let started = Instant::now();
        engine.search(&Query::new(text.context))?;
        search.push(started.elapsed());
    }
    figures("personalize", &whole);
    figure("personalize_embed_p50_ms", embed.median_ms(), "ms");
    figures("search", &search);

    let stats = engine.stats()?;
    engine.close()?;
    let mut opens = Samples::default();
    for _ in 0..OPENS {
        let started = Instant::now();
        let engine = open()?;
        opens.push(started.elapsed());
        engine.close()?;
    }
    figure("open_ms", opens.median_ms(), "ms");
    figure("peak_rss_mb", timing::peak_rss_mb(), "MB");
    say(&format!(
        "{} samples of a verb, {OPENS} of opening, {} records, {} bytes in the store's file",
        whole.len(),
        stats.observations,
        stats.store_bytes
    ));
    Ok(())
}

/// History items from the evaluation data's mails, repeated with another number each time.
fn mails(count: usize) -> Result<Vec<HistoryItem>, Failure> {
    let folder =
        std::env::var_os("IDIOLECT_EVAL_DATA").map_or_else(|| "../shared/eval".into(), PathBuf::from);
    let file = std::fs::read_to_string(folder.join("people/emails.jsonl"))?;
    let lines: Vec<serde_json::Value> = file.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let text =
        |at: usize, field: &str| lines[at % lines.len()][field].as_str().unwrap_or_default().to_owned();
    let item = |at: usize| {
        let body = format!("{}\nNo. {at}", text(at, "body"));
        HistoryItem::new(body).context(text(at, "subject")).app_key(at.to_string())
    };
    Ok((0..count).map(item).collect())
}

/// Items imported one way before the same number is imported the other way, so that both run under the same conditions.
const TURN: usize = 500;

/// Imports mails at once and one by one, alternating, with the default durability.
fn import(records: usize, encoder: &Arc<dyn Embedder>) -> Result<(), Failure> {
    let [one, many] = [(); 2].map(|()| tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")));
    let (one, many) = (one?, many?);
    let open = |folder: &Path| Engine::builder(folder).shared_encoder(Arc::clone(encoder)).open();
    let (one, many) = (open(one.path())?, open(many.path())?);
    let (mut one_by_one, mut at_once) = (Duration::ZERO, Duration::ZERO);
    for items in mails(records)?.chunks(TURN) {
        let started = Instant::now();
        let imported = many.import_history(items.to_vec(), &mut |_| {}, &CancelToken::new())?;
        at_once += started.elapsed();
        if imported.added != items.len() {
            return Err("not all mails were imported".into());
        }
        let started = Instant::now();
        for item in items {
            one.add_history(item.clone())?;
        }
        one_by_one += started.elapsed();
    }
    let seconds = at_once.as_secs_f64();
    say(&format!("{records} mails, {} cores", std::thread::available_parallelism()?));
    figure("import_20k_items_s", Some(seconds * 20_000.0 / records as f64), "s");
    figure("import_over_one_by_one", Some(one_by_one.as_secs_f64() / seconds), "times faster");
    Ok(())
}

/// Number of records at which learning is timed.
const LEARNED: usize = 10_000;

/// An encoder that measures the time spent in it, including passages and candidates.
struct Counted {
    encoder: Arc<dyn Embedder>,
    nanos: AtomicU64,
}

impl Counted {
    /// Returns and resets the accumulated time.
    fn take(&self) -> Duration {
        Duration::from_nanos(self.nanos.swap(0, Ordering::Relaxed))
    }
}

impl Embedder for Counted {
    fn dimensions(&self) -> usize {
        self.encoder.dimensions()
    }

    fn fingerprint(&self) -> &str {
        self.encoder.fingerprint()
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let started = thread_time();
        let embedded = self.encoder.embed(text);
        let took = thread_time().saturating_sub(started);
        self.nanos.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
        embedded
    }
}

/// Times the calls without embedding, writing and syncing, at [`LEARNED`] records, in CPU time of the thread where the
/// system reports it. Each call finds the caches as the encoder left them.
fn learning(encoder: Arc<dyn Embedder>) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let counted = Arc::new(Counted { encoder, nanos: AtomicU64::new(0) });
    let encoder: Arc<dyn Embedder> = Arc::clone(&counted) as _;
    let engine =
        Engine::builder(folder.path()).shared_encoder(encoder).durability(Durability::Buffered).open()?;
    let stream = stream::stream();
    let observation = |index: usize| {
        let text = text(&stream, index);
        Observation::edit(text.context, text.draft, text.edited).scope(text.scope)
    };
    for index in 0..LEARNED {
        engine.observe(observation(index))?;
    }
    let (mut observe, mut personalize, mut rank) =
        (Samples::default(), Samples::default(), Samples::default());
    for index in LEARNED..LEARNED + CALLS {
        let text = text(&stream, index);
        let request = Request::new(text.context.as_str()).scope(text.scope.clone());
        let candidates =
            (0..5).map(|at| if at == 0 { text.edited.clone() } else { drafter::draft(&stream[at * 7], "") });
        let ranking = RankRequest::new(text.context, candidates.collect()).scope(text.scope);

        let timed = |samples: &mut Samples, call: &mut dyn FnMut() -> idiolect::Result<Duration>| {
            counted.take();
            let started = thread_time();
            let written = call()?;
            let took = thread_time().saturating_sub(started);
            samples.push(took.saturating_sub(counted.take() + written));
            Ok::<(), Failure>(())
        };
        timed(&mut personalize, &mut || engine.personalize(&request).map(|_| Duration::ZERO))?;
        timed(&mut rank, &mut || engine.rank(&ranking).map(|_| Duration::ZERO))?;
        let mut observation = Some(observation(index));
        timed(&mut observe, &mut || {
            let observation = observation.take().expect("called once");
            engine.observe(observation).map(|observed| observed.timing.store)
        })?;
    }
    let figure = |name: &str, samples: &Samples| {
        figure(name, samples.median_ms().map(|ms| ms * 1e3), "us");
        say(&format!("{name}: 99% within {:.0} us", samples.percentile_ms(99).unwrap_or_default() * 1e3));
    };
    figure("learn_observe_us", &observe);
    figure("learn_personalize_us_10k", &personalize);
    figure("rank_5_us", &rank);
    say(&format!("{} samples of each, {LEARNED} records, without syncs", rank.len()));
    Ok(())
}

/// CPU time of the calling thread.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Wall-clock time, where the system does not report that of a thread.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn figures(verb: &str, samples: &Samples) {
    figure(&format!("{verb}_p50_ms"), samples.median_ms(), "ms");
    figure(&format!("{verb}_p99_ms"), samples.percentile_ms(99), "ms");
}

/// Builds the shared library with and without `onnx` in a separate target folder and prints the sizes of stripped
/// copies.
fn library_size() -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library-size");
    for (name, features) in [("lib_slim_stripped_mb", "slim"), ("lib_stripped_mb", "full")] {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--package", "idiolect-ffi", "--no-default-features"])
            .args(["--features", features, "--target-dir"])
            .arg(&target)
            .current_dir(root)
            .status()?;
        if !built.success() {
            return Err("the library does not build".into());
        }
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let library = target.join("release").join(format!("{prefix}idiolect{suffix}"));
        let copy = target.join(format!("stripped{suffix}"));
        std::fs::copy(&library, &copy)?;
        if !Command::new("strip").arg(&copy).status()?.success() {
            return Err("`strip` failed".into());
        }
        figure(name, Some(std::fs::metadata(&copy)?.len() as f64 / 1e6), "MB");
    }
    Ok(())
}

fn figure(name: &str, value: Option<f64>, unit: &str) {
    match value {
        Some(value) => say(&format!("figure {name} {value:.3} {unit}")),
        None => say(&format!("{name} is unknown on this system")),
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints to standard output")]
fn say(line: &str) {
    println!("{line}");
}
