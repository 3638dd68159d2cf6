//! The vectors: clustered synthetic ones, and embeddings of the evaluation texts, cached in the target folder.

use std::fs;
use std::path::PathBuf;

use idiolect::{Embedder, NativeEmbedder};

use crate::clusters::{Clusters, Random, unit};

pub(crate) const DIMENSIONS: usize = 384;
const QUERIES: usize = 500;
/// Norm of the noise that perturbs copies of real vectors.
const NOISE: f32 = 0.35;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Clustered,
    Real,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clustered => "clustered",
            Self::Real => "real",
        }
    }

    /// The kinds with available data.
    pub(crate) fn available() -> Vec<Self> {
        let mut kinds = vec![Self::Clustered];
        if real().is_some() {
            kinds.push(Self::Real);
        }
        kinds
    }
}

/// Rows and queries, concatenated.
pub(crate) struct Set {
    pub(crate) kind: Kind,
    pub(crate) rows: Vec<f32>,
    pub(crate) queries: Vec<f32>,
}

impl Set {
    pub(crate) fn new(kind: Kind, size: usize) -> Self {
        let (mut rows, mut queries) = (Vec::with_capacity(size * DIMENSIONS), Vec::new());
        match kind {
            Kind::Clustered => {
                let mut clusters = Clusters::new(9, DIMENSIONS, (size / 100).clamp(10, 1_000));
                (0..size).for_each(|_| rows.extend(clusters.vector()));
                (0..QUERIES).for_each(|_| queries.extend(clusters.vector()));
            }
            Kind::Real => {
                let (texts, asked) = real().expect("the kind is available");
                let mut random = Random(10);
                // A sample of all sets, in mixed order.
                let count = texts.len() / DIMENSIONS;
                for at in 0..size {
                    let row = at * 7_919 % count;
                    let row = &texts[row * DIMENSIONS..][..DIMENSIONS];
                    if at < count {
                        rows.extend_from_slice(row);
                    } else {
                        let noise = random.vector(DIMENSIONS);
                        rows.extend(unit(row.iter().zip(noise).map(|(a, b)| a + NOISE * b).collect()));
                    }
                }
                let asked: Vec<&[f32]> = asked.chunks_exact(DIMENSIONS).collect();
                (0..QUERIES).for_each(|at| queries.extend_from_slice(asked[at * 13 % asked.len()]));
            }
        }
        Self { kind, rows, queries }
    }

    pub(crate) fn row(&self, at: usize) -> &[f32] {
        &self.rows[at * DIMENSIONS..][..DIMENSIONS]
    }

    /// Writes both to files for the peers; returns their folder.
    pub(crate) fn write(&self) -> PathBuf {
        let folder = target().join(format!("{}-{}", self.kind.name(), self.rows.len() / DIMENSIONS));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("rows.f32"), bytes(&self.rows)).unwrap();
        fs::write(folder.join("queries.f32"), bytes(&self.queries)).unwrap();
        folder
    }
}

pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(crate) fn read(path: &PathBuf) -> Option<Vec<f32>> {
    let bytes = fs::read(path).ok()?;
    Some(bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect())
}

/// The folder for files of this bench.
pub(crate) fn target() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("search-bench")
}

/// Vectors of all texts in the evaluation folder and of its questions, computed once.
pub(crate) fn real() -> Option<(Vec<f32>, Vec<f32>)> {
    let (rows, queries) = (target().join("real-rows.f32"), target().join("real-queries.f32"));
    if let (Some(rows), Some(queries)) = (read(&rows), read(&queries)) {
        return Some((rows, queries));
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let data = eval();
    let model = std::env::var_os("IDIOLECT_MODEL")
        .map_or_else(|| root.join("examples/models/all-MiniLM-L6-v2.idm"), PathBuf::from);
    let Ok(encoder) = NativeEmbedder::open(&model) else {
        println!("no model; real vectors are skipped");
        return None;
    };
    let mut folders: Vec<PathBuf> =
        fs::read_dir(data.join("retrieval")).ok()?.flatten().map(|e| e.path()).collect();
    folders.sort();
    let (mut texts, mut questions) = (Vec::new(), Vec::new());
    for folder in &folders {
        for file in ["corpus.jsonl", "turns.jsonl"] {
            texts.extend(field(&folder.join(file), "text"));
        }
        for (file, name) in [("queries.jsonl", "text"), ("questions.jsonl", "question")] {
            questions.extend(field(&folder.join(file), name));
        }
    }
    texts.extend(field(&data.join("contexts/contexts.jsonl"), "text"));
    if texts.is_empty() || questions.is_empty() {
        println!("no evaluation data; real vectors are skipped");
        return None;
    }
    let embed = |texts: &[String]| -> Vec<f32> {
        texts
            .iter()
            .enumerate()
            .flat_map(|(at, text)| {
                if at % 1000 == 0 {
                    eprintln!("embedding {at} of {}", texts.len());
                }
                // Most encoders read at most about this much; longer texts would only cost time.
                let end = text.char_indices().nth(800).map_or(text.len(), |(end, _)| end);
                encoder.embed(&text[..end]).unwrap().vector
            })
            .collect()
    };
    let found = (embed(&texts), embed(&questions));
    fs::create_dir_all(target()).unwrap();
    fs::write(rows, bytes(&found.0)).unwrap();
    fs::write(queries, bytes(&found.1)).unwrap();
    Some(found)
}

fn eval() -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    std::env::var_os("IDIOLECT_EVAL_DATA").map_or_else(default, PathBuf::from)
}

/// Texts that people write and read: mails, commit messages, dialogue turns, texts of many kinds, abstracts.
pub(crate) fn history() -> Vec<String> {
    let data = eval();
    let mut texts = field(&data.join("people/emails.jsonl"), "body");
    texts.extend(field(&data.join("people/commits.jsonl"), "text"));
    texts.extend(field(&data.join("contexts/contexts.jsonl"), "text"));
    let folders = fs::read_dir(data.join("retrieval")).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    for file in
        folders.iter().flat_map(|folder| ["turns.jsonl", "corpus.jsonl"].map(|file| folder.join(file)))
    {
        texts.extend(field(&file, "text"));
    }
    texts
}

/// The values of a text field, from every line that has it.
fn field(path: &PathBuf, name: &str) -> Vec<String> {
    let lines = fs::read_to_string(path).unwrap_or_default();
    let values = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    values
        .filter_map(|value| Some(value.get(name)?.as_str()?.to_owned()))
        .filter(|text| !text.is_empty())
        .collect()
}
