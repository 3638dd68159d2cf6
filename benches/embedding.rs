//! The native encoder on one core: time per text by length and instruction set, the share of the core's peak, the
//! tokenizer, allocations, and the cost of a cold start.
//!
//! Times are medians of the calling thread's CPU time where the system reports it. A timed call is complete: text in,
//! unit vector out, tokenizing included. Loading the model is included only in the cold-start figures.
//!
//! `cargo bench --bench embedding [-- --model FILE]`. With `--serve` it answers `<encoder> <tokens> <calls>` on
//! standard input with a median in milliseconds, for `benches/peers/embedding.py`, which compares it with other
//! runtimes.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use idiolect::internals::embedding::Pooling;
use idiolect::internals::simd::{Isa, rates};
use idiolect::{Embedder, NativeEmbedder};

type Failure = Box<dyn std::error::Error>;

/// Text lengths in tokens, special tokens included.
const TOKENS: [usize; 4] = [16, 64, 128, 256];

/// Sampling time of a figure.
const SAMPLING: Duration = Duration::from_millis(700);

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
    let model = args.iter().position(|arg| arg == "--model").and_then(|at| args.get(at + 1));
    let model = model.map_or(default, PathBuf::from);
    if has("--cold") {
        return cold(&model);
    }
    if has("--serve") {
        return serve(&model);
    }
    let encoder = NativeEmbedder::open(&model)?;
    speed(&encoder)?;
    kernels(&encoder);
    tokenizer(&encoder);
    allocations(&encoder);
    threads(&model)?;
    cold_starts(&model)
}

/// Time per text, and the share of the peak rate.
fn speed(encoder: &NativeEmbedder) -> Result<(), Failure> {
    let spec = encoder.spec();
    let peak = rates::peak(encoder.isa());
    for tokens in TOKENS {
        let text = text(encoder, tokens)?;
        let took = median(SAMPLING, || encoder.embed(&text).map(drop))?;
        figure(&format!("embed_{tokens}_ms"), took * 1e3, "ms");
        let per_layer = 4 * spec.hidden * spec.hidden + 2 * spec.hidden * spec.intermediate;
        let attention = 2 * spec.hidden * tokens;
        // The last map runs once per text if the mean is taken before it.
        let once = if spec.pooling == Pooling::Mean { spec.hidden * spec.intermediate } else { 0 };
        let products = (tokens * (spec.layers * (per_layer + attention) - once)) as f64;
        if let Some(peak) = peak {
            figure(&format!("embed_peak_share_{tokens}"), products / took / peak, "of int8 peak");
        }
    }
    Ok(())
}

/// The kernels alone, on panels that stay in the first-level cache.
fn kernels(encoder: &NativeEmbedder) {
    say(&format!("instruction set: {}", encoder.isa()));
    for isa in Isa::ALL {
        let (Some(tile), Some(peak)) = (rates::tile(isa), rates::peak(isa)) else { continue };
        figure(&format!("kernel_peak_{isa}"), peak / 1e9, "billion multiply-adds a second");
        figure(&format!("kernel_share_{isa}"), tile / peak, "of peak");
    }
}

fn tokenizer(encoder: &NativeEmbedder) {
    let text = PROSE.repeat(8);
    let tokens = encoder.count_tokens(&text);
    let took = median(SAMPLING, || {
        std::hint::black_box(encoder.tokenizer().encode(std::hint::black_box(&text), usize::MAX));
        Ok::<(), Failure>(())
    });
    if let Ok(took) = took {
        figure("tokenizer_us_per_token", took * 1e6 / tokens as f64, "us");
    }
}

/// Allocations of a call after one with a text of the same length.
fn allocations(encoder: &NativeEmbedder) {
    let mut vector = vec![0.0; encoder.dimensions()];
    let texts = [PROSE.to_owned(), PROSE.repeat(3)];
    let mut embed = |text: &str| drop(encoder.embed_into(text, &mut vector));
    for text in &texts {
        embed(text);
    }
    let counted = allocation_counter::measure(|| texts.iter().for_each(|text| embed(text)));
    figure("allocations_per_embed", counted.count_total as f64 / texts.len() as f64, "allocations");
}

/// A batch on the machine's threads compared with the same batch on one, in wall-clock time.
fn threads(model: &Path) -> Result<(), Failure> {
    let most = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let one = NativeEmbedder::open(model)?;
    let several = NativeEmbedder::open(model)?.with_threads(most);
    let texts: Vec<String> = (0..256).map(|at| text(&one, 16 + at % 64)).collect::<Result<_, _>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let cancel = idiolect::CancelToken::new();
    let time = |encoder: &NativeEmbedder| -> Result<f64, Failure> {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            encoder.embed_batch(&texts, &cancel)?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        Ok(best)
    };
    let (one, several) = (time(&one)?, time(&several)?);
    figure("batch_texts_per_second", texts.len() as f64 / one, "texts a second");
    figure(&format!("batch_speedup_{most}_threads"), one / several, "times");
    Ok(())
}

/// Opens the model in new processes.
fn cold_starts(model: &Path) -> Result<(), Failure> {
    let mut firsts = Vec::new();
    let mut peaks = Vec::new();
    for _ in 0..15 {
        let output =
            Command::new(std::env::current_exe()?).arg("--cold").arg("--model").arg(model).output()?;
        let output = String::from_utf8(output.stdout)?;
        let mut words = output.split_whitespace().map(str::parse::<f64>);
        let (Some(Ok(first)), Some(Ok(peak))) = (words.next(), words.next()) else {
            return Err("the cold process printed nothing".into());
        };
        firsts.push(first);
        peaks.push(peak);
    }
    figure("cold_first_embed_ms", middle(&mut firsts), "ms");
    let size = std::fs::metadata(model)?.len() as f64;
    let peak = middle(&mut peaks);
    if peak > 0.0 {
        figure("cold_peak_over_model", peak / size, "times");
    }
    Ok(())
}

/// The child process of [`cold_starts`]: milliseconds to the first vector, and peak memory in bytes (0: unknown).
fn cold(model: &Path) -> Result<(), Failure> {
    let start = Instant::now();
    let encoder = NativeEmbedder::open(model)?;
    std::hint::black_box(encoder.embed("Could you send me the figures by Thursday?")?);
    let took = start.elapsed().as_secs_f64() * 1e3;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0);
    say(&format!("{took} {}", kib * 1024.0));
    Ok(())
}

/// Answers requests of `benches/peers/embedding.py`.
fn serve(model: &Path) -> Result<(), Failure> {
    let native = NativeEmbedder::open(model)?;
    let mut tract: Option<Box<dyn Embedder>> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["text", tokens] => say(&text(&native, tokens.parse()?)?),
            ["isa"] => say(native.isa().name()),
            [encoder, tokens, calls] => {
                let text = text(&native, tokens.parse()?)?;
                if encoder == "tract" && tract.is_none() {
                    tract = Some(open_tract()?);
                }
                let encoder: &dyn Embedder = match (&tract, encoder) {
                    (Some(tract), "tract") => tract.as_ref(),
                    _ => &native,
                };
                let mut samples = Vec::new();
                for _ in 0..calls.parse()? {
                    let start = thread_time();
                    encoder.embed(&text)?;
                    samples.push((thread_time() - start) * 1e3);
                }
                say(&middle(&mut samples).to_string());
            }
            _ => return Err("a request is <encoder> <tokens> <calls>".into()),
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

#[cfg(feature = "onnx")]
fn open_tract() -> Result<Box<dyn Embedder>, Failure> {
    let folder = std::env::var_os("IDIOLECT_MODEL_DIR")
        .map_or_else(|| PathBuf::from("../shared/models/all-MiniLM-L6-v2"), PathBuf::from);
    Ok(Box::new(idiolect::OnnxEmbedder::open(folder)?))
}

#[cfg(not(feature = "onnx"))]
fn open_tract() -> Result<Box<dyn Embedder>, Failure> {
    Err("tract is not built in".into())
}

const PROSE: &str = "The committee met on Tuesday to discuss the new library. Most members were in favour of the plan, \
    although a few asked for more time to read the report (47 pages, with 12 tables). \"We can't keep postponing \
    this,\" said the chairwoman; nobody contradicted her. Rebuilding the northern wing would cost about $1.3 million, \
    half of which the council has promised to pay. Anything unforeseeable, such as archaeological finds, would be \
    paid for by the foundation's contingency fund, which is administered independently. The vote is on 14 March. ";

/// A text of exactly `tokens` tokens.
fn text(encoder: &NativeEmbedder, tokens: usize) -> Result<String, Failure> {
    let mut text = String::new();
    for word in PROSE.split(' ').cycle().take(tokens) {
        let longer = format!("{text}{word} ");
        if encoder.count_tokens(&longer) > tokens {
            break;
        }
        text = longer;
    }
    while encoder.count_tokens(&text) < tokens {
        text.push_str("so ");
    }
    if encoder.count_tokens(&text) == tokens {
        Ok(text)
    } else {
        Err("no text with this number of tokens".into())
    }
}

/// Median seconds of a call, sampled for `sampling`, at least five calls.
fn median<E>(sampling: Duration, mut call: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    for _ in 0..3 {
        call()?;
    }
    let mut samples = Vec::new();
    let started = Instant::now();
    while samples.len() < 5 || started.elapsed() < sampling {
        let start = thread_time();
        call()?;
        samples.push(thread_time() - start);
    }
    Ok(middle(&mut samples))
}

/// The median, by nearest rank.
fn middle(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// CPU time of the calling thread, in seconds.
#[cfg(unix)]
fn thread_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Wall-clock time in seconds.
#[cfg(not(unix))]
fn thread_time() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

fn figure(name: &str, value: f64, unit: &str) {
    say(&format!("figure {name} {value:.3} {unit}"));
}

#[expect(clippy::print_stdout, reason = "a bench prints to standard output")]
fn say(line: &str) {
    println!("{line}");
}
