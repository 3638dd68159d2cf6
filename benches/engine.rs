//! The verbs at 1,000 records: observe, personalize, search and open, with embedding and sync told apart, and
//! the peak of memory; and what learning adds to them (`learning`), embedding and sync left out.
//!
//! Times whole calls from outside; the parts come from the engine's own `Timing`. The records are the
//! quickstart's texts with variations, each written with the default durability, so that the sync is that of the
//! disk under the target folder. Loading the encoder is left out of every time, its memory is not.
//!
//! `cargo bench --bench engine [-- [verbs] [learning] [--records N] [--model FILE] [--hash-vectors]]`, and
//! `-- --lib-size`, which builds the shared library twice and gives its size instead.

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
#[expect(dead_code, reason = "the bench replays no moments")]
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
use idiolect::{Durability, Engine, Observation, Query, RankRequest, Request, Scope};
use idiolect::{Embedder, Embedding, NativeEmbedder};

use stream::Interaction;
use timing::Samples;

/// Calls of each verb that are timed.
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
    let named = |part: &str| args.iter().any(|arg| arg == part);
    let all = !named("verbs") && !named("learning");
    if all || named("verbs") {
        verbs(records, &encoder)?;
    }
    if all || named("learning") {
        learning(encoder)?;
    }
    Ok(())
}

/// One text of the synthetic stream.
struct Text {
    context: String,
    scope: Scope,
    draft: String,
    edited: String,
}

/// The quickstart's interactions over and over, each time about something else.
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

/// Records at which the parts of learning are timed.
const LEARNED: usize = 10_000;

/// An encoder that counts the time spent in it, passages and candidates included.
struct Counted {
    encoder: Arc<dyn Embedder>,
    nanos: AtomicU64,
}

impl Counted {
    /// The time since it was last asked.
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

/// What the verbs take beside embedding, writing and syncing, at [`LEARNED`] records: the thread's own time, where
/// the system tells it. Each call finds the caches as the encoder left them.
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
            let observation = observation.take().expect("it is called once");
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

/// How long the calling thread has run.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The time by the clock, where the system does not tell a thread's own.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn figures(verb: &str, samples: &Samples) {
    figure(&format!("{verb}_p50_ms"), samples.median_ms(), "ms");
    figure(&format!("{verb}_p99_ms"), samples.percentile_ms(99), "ms");
}

/// Builds the shared library with and without `onnx` in a target folder of its own and gives the sizes of
/// stripped copies.
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

#[expect(clippy::print_stdout, reason = "a bench speaks on standard output")]
fn say(line: &str) {
    println!("{line}");
}
