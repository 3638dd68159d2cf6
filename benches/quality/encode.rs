//! Encoders with a cache of vectors by text that persists between runs.
//!
//! Invariant: a cached vector is used only if the encoder would return the same: the file is named by the encoder's
//! fingerprint, and the first ones used in a run are encoded again and compared; a difference ends the run. This
//! detects a changed encoder with unchanged weights.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idiolect::{CancelToken, Embedder, Embedding, EmbeddingError, NativeEmbedder};

use crate::path_from;

/// Number of cached vectors that are encoded again in a run.
const SAMPLE: usize = 64;
/// Number of texts encoded together.
const BATCH: usize = 256;

/// An encoder with its cache.
pub(crate) struct Encoder {
    pub(crate) name: String,
    embedder: Box<dyn Embedder>,
    kept: Mutex<Kept>,
}

struct Kept {
    vectors: HashMap<u64, Vec<f32>>,
    /// The file to which vectors are appended; `None` after a failure.
    file: Option<File>,
    path: PathBuf,
    compared: usize,
}

/// Opens an encoder by its name on the command line; the error is a message for the user.
fn open(name: &str) -> Result<Box<dyn Embedder>, String> {
    let opened: Result<Box<dyn Embedder>, EmbeddingError> = match name {
        "native" => NativeEmbedder::open(path_from("IDIOLECT_MODEL", "examples/models/all-MiniLM-L6-v2.idm"))
            .map(|encoder| Box::new(encoder) as _),
        #[cfg(feature = "onnx")]
        "onnx" => idiolect::OnnxEmbedder::open(onnx_folder()).map(|encoder| Box::new(encoder) as _),
        #[cfg(feature = "onnx")]
        "onnx-int8" => idiolect::OnnxEmbedder::open_file("model_int8.onnx", onnx_folder())
            .map(|encoder| Box::new(encoder) as _),
        _ => return Err("no such encoder (native; with the feature onnx also onnx, onnx-int8)".to_owned()),
    };
    opened.map_err(|error| error.to_string())
}

#[cfg(feature = "onnx")]
fn onnx_folder() -> PathBuf {
    path_from("IDIOLECT_MODEL_DIR", "../shared/models/all-MiniLM-L6-v2")
}

impl Encoder {
    pub(crate) fn open(name: &str, fresh: bool) -> Result<Arc<Self>, String> {
        let embedder = open(name)?;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
        let file_name: String =
            embedder.fingerprint().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let path = target.join("quality-cache").join(format!("{file_name}.vectors"));
        let kept = Kept::read(path, embedder.dimensions(), fresh);
        Ok(Arc::new(Self { name: name.to_owned(), embedder, kept: Mutex::new(kept) }))
    }

    /// The vectors of texts, in order.
    pub(crate) fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let embeddings = self.embed_batch(texts, &CancelToken::new())?;
        Ok(embeddings.into_iter().map(|embedding| embedding.vector).collect())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached vector of a text.
    fn known(&self, text: &str) -> Result<Option<Vec<f32>>, EmbeddingError> {
        let (vector, compares) = {
            let mut kept = self.kept();
            let Some(vector) = kept.vectors.get(&hash(text)).cloned() else { return Ok(None) };
            kept.compared += 1;
            (vector, kept.compared <= SAMPLE)
        };
        if compares && self.embedder.embed(text)?.vector != vector {
            let what =
                format!("{} differs from the encoder's vectors: use --fresh", self.kept().path.display());
            return Err(EmbeddingError::Failed { what });
        }
        Ok(Some(vector))
    }
}

impl Embedder for Encoder {
    fn dimensions(&self) -> usize {
        self.embedder.dimensions()
    }

    fn fingerprint(&self) -> &str {
        self.embedder.fingerprint()
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        if let Some(vector) = self.known(text)? {
            return Ok(embedding(vector));
        }
        let new = self.embedder.embed(text)?;
        self.kept().keep(text, &new.vector);
        Ok(new)
    }

    fn embed_batch(&self, texts: &[&str], cancel: &CancelToken) -> Result<Vec<Embedding>, EmbeddingError> {
        let mut missing: Vec<&str> = texts.to_vec();
        missing.retain(|text| !self.kept().vectors.contains_key(&hash(text)));
        missing.sort_unstable();
        missing.dedup();
        // Sorted by length, so that the threads finish together.
        missing.sort_by_key(|text| text.len());
        for texts in missing.chunks(BATCH) {
            for (text, new) in texts.iter().zip(self.embedder.embed_batch(texts, cancel)?) {
                self.kept().keep(text, &new.vector);
            }
        }
        texts.iter().map(|text| self.embed(text)).collect()
    }
}

/// The number of tokens and the truncation flag are not cached, because no task reads them.
fn embedding(vector: Vec<f32>) -> Embedding {
    Embedding::new(vector, 0, false)
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Kept {
    /// The file has a row per text: its hash and its vector, little-endian; a truncated file is discarded.
    fn read(path: PathBuf, dimensions: usize, fresh: bool) -> Self {
        let row = 8 + 4 * dimensions;
        let mut bytes = fs::read(&path).unwrap_or_default();
        if fresh || !bytes.len().is_multiple_of(row) {
            bytes.clear();
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != ErrorKind::NotFound
            {
                eprintln!("{}: {error}", path.display());
            }
        }
        let entry = |row: &[u8]| {
            let (hash, vector) = row.split_first_chunk::<8>()?;
            let vector = vector.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Some((u64::from_le_bytes(*hash), vector))
        };
        let vectors = bytes.chunks_exact(row).filter_map(entry).collect();
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        let opened = made.and_then(|()| File::options().create(true).append(true).open(&path));
        let file = opened.map_err(|error| eprintln!("vectors are not cached: {error}")).ok();
        Self { vectors, file, path, compared: 0 }
    }

    fn keep(&mut self, text: &str, vector: &[f32]) {
        let key = hash(text);
        let mut row = key.to_le_bytes().to_vec();
        row.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        if let Some(Err(error)) = self.file.as_mut().map(|file| file.write_all(&row)) {
            eprintln!("vectors are no longer cached: {error}");
            self.file = None;
        }
        self.vectors.insert(key, vector.to_vec());
    }
}
