//! Texts to vectors, in two threads, with the vectors kept between runs.
//!
//! Invariant: a kept vector is only used where it is what the encoder would give: the file is named by the
//! encoder's fingerprint, entries by the text's hash, and at every use a sample is encoded again and compared;
//! one difference discards the file. That catches a changed encoder with unchanged weights.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use idiolect::{Embedder, NativeEmbedder, OnnxEmbedder};

use crate::path_from;

const THREADS: usize = 2;
/// Kept vectors that are encoded again at each use.
const SAMPLE: usize = 16;

/// An encoder with the vectors it gave before.
pub(crate) struct Encoder {
    pub(crate) name: String,
    embedder: Box<dyn Embedder>,
    kept: HashMap<u64, Arc<[f32]>>,
    file: PathBuf,
}

/// Opens an encoder by the name it has on the command line; the error is for people.
fn open(name: &str) -> Result<Box<dyn Embedder>, String> {
    let folder = path_from("IDIOLECT_MODEL_DIR", "../shared/models/all-MiniLM-L6-v2");
    let native = path_from("IDIOLECT_MODEL", "examples/models/all-MiniLM-L6-v2.idm");
    let opened: Result<Box<dyn Embedder>, _> = match name {
        "native" => NativeEmbedder::open(&native).map(|encoder| Box::new(encoder) as _),
        "onnx" => OnnxEmbedder::open(&folder).map(|encoder| Box::new(encoder) as _),
        "onnx-int8" => {
            OnnxEmbedder::open_file("model_int8.onnx", &folder).map(|encoder| Box::new(encoder) as _)
        }
        _ => return Err("no such encoder (native, onnx, onnx-int8)".to_owned()),
    };
    opened.map_err(|error| error.to_string())
}

impl Encoder {
    pub(crate) fn open(name: &str, fresh: bool) -> Result<Self, String> {
        let embedder = open(name)?;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| path_from("IDIOLECT_NO_SUCH_VARIABLE", "target"), PathBuf::from);
        let file_name: String =
            embedder.fingerprint().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let file = target.join("quality-cache").join(format!("{file_name}.vectors"));
        let kept = if fresh { HashMap::new() } else { load(&file, embedder.dimensions()) };
        Ok(Self { name: name.to_owned(), embedder, kept, file })
    }

    pub(crate) fn fingerprint(&self) -> &str {
        self.embedder.fingerprint()
    }

    /// The vector of each text, in their order; an error is for people.
    pub(crate) fn encode(&mut self, what: &str, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, String> {
        self.check_sample(texts)?;
        let mut missing: Vec<(u64, &str)> = texts.iter().map(|text| (hash(text), *text)).collect();
        missing.retain(|(hash, _)| !self.kept.contains_key(hash));
        missing.sort_unstable();
        missing.dedup_by_key(|(hash, _)| *hash);
        // Long texts first, so that the threads end together.
        missing.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
        let vectors = encode_all(&*self.embedder, what, &missing)?;
        let added: Vec<(u64, Arc<[f32]>)> = missing.iter().map(|(hash, _)| *hash).zip(vectors).collect();
        if let Err(error) = append(&self.file, &added) {
            eprintln!("vectors are not kept: {error}");
        }
        self.kept.extend(added);
        Ok(texts.iter().map(|text| Arc::clone(&self.kept[&hash(text)])).collect())
    }

    fn check_sample(&mut self, texts: &[&str]) -> Result<(), String> {
        let known: Vec<&str> =
            texts.iter().copied().filter(|text| self.kept.contains_key(&hash(text))).collect();
        for text in known.iter().step_by(known.len().div_ceil(SAMPLE).max(1)) {
            let vector = self.embedder.embed(text).map_err(|error| error.to_string())?.vector;
            if *self.kept[&hash(text)] != *vector {
                eprintln!("the encoder gives other vectors than those kept: all are made again");
                self.kept.clear();
                let _ = fs::remove_file(&self.file);
                break;
            }
        }
        Ok(())
    }
}

fn encode_all(embedder: &dyn Embedder, what: &str, texts: &[(u64, &str)]) -> Result<Vec<Arc<[f32]>>, String> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![None; texts.len()]);
    let failure = Mutex::new(None);
    let start = Instant::now();
    let work = |talks: bool| {
        let mut told = start;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, text)) = texts.get(at) else { break };
            match embedder.embed(text) {
                Ok(embedding) => {
                    let mut done = done.lock().expect("no thread panics while it holds the lock");
                    done[at] = Some(Arc::<[f32]>::from(embedding.vector));
                }
                Err(error) => {
                    *failure.lock().expect("no thread panics while it holds the lock") =
                        Some(error.to_string());
                    next.store(texts.len(), Ordering::Relaxed);
                }
            }
            if talks && told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                eprintln!("  {what}: {at} of {} texts, {:.0} s", texts.len(), start.elapsed().as_secs_f64());
            }
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(move || work(thread == 0)))));
    if let Some(error) = failure.into_inner().map_err(|_| "a thread panicked")? {
        return Err(error);
    }
    let vectors = done.into_inner().map_err(|_| "a thread panicked")?;
    vectors.into_iter().collect::<Option<_>>().ok_or_else(|| "a text was left out".to_owned())
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The file is a row per text: its hash and its vector, little-endian; a torn file is made again.
fn load(file: &PathBuf, dimensions: usize) -> HashMap<u64, Arc<[f32]>> {
    let bytes = fs::read(file).unwrap_or_default();
    let row = 8 + 4 * dimensions;
    if !bytes.len().is_multiple_of(row) {
        let _ = fs::remove_file(file);
        return HashMap::new();
    }
    let entry = |row: &[u8]| {
        let (hash, vector) = row.split_first_chunk::<8>()?;
        let vector = vector.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Some((u64::from_le_bytes(*hash), vector))
    };
    bytes.chunks_exact(row).filter_map(entry).collect()
}

fn append(file: &PathBuf, rows: &[(u64, Arc<[f32]>)]) -> std::io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    for (hash, vector) in rows {
        bytes.extend(hash.to_le_bytes());
        bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(&bytes)
}
