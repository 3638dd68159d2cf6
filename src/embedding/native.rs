//! The native encoder: texts to unit vectors with a BERT-family network in int8.
//!
//! Invariant: a vector depends only on the text, the model file and the options, not on the machine, the thread, the
//! other texts of a batch or earlier calls. Tokens come from [`super::tokenizer`], the arithmetic from
//! [`super::network`]; the file is verified by [`super::model_file`] before its content is used.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::model_file::{ModelReader, ModelSpec, damaged};
#[cfg(any(test, feature = "internals"))]
use super::network::Input;
use super::network::{Buffers, Network};
use super::tokenizer::{Word, WordPiece};
use super::{Embedder, Embedding};
use crate::error::EmbeddingError;
#[cfg(any(test, feature = "internals"))]
use crate::simd::Isa;
use crate::simd::Simd;
use crate::types::CancelToken;

/// Maximum tokens of short texts per run of the network.
const BATCH_TOKENS: usize = 256;
/// Texts of a batch that a thread claims at a time.
const SHARE: usize = 16;
/// Maximum number of threads.
const THREADS_MAX: usize = 64;

#[cfg(feature = "bundled-model")]
static BUNDLED: &[u8] = include_bytes!(env!("IDIOLECT_BUNDLED_MODEL"));

/// Treatment of texts with more tokens than the model reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LongText {
    /// Drop the rest.
    #[default]
    Cut,
    /// Split the text into windows of nearly equal size and take the mean of their vectors, weighted by token count.
    /// Text beyond the last window is dropped.
    Windows {
        /// Maximum number of windows, 1 to 64; each costs as much as a text of the model's full length.
        max: usize,
    },
}

/// How much of a text was embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent {
    /// Number of tokens read, special tokens included.
    pub tokens: usize,
    /// Whether the text has more tokens.
    pub truncated: bool,
}

/// A sentence encoder read from an Idiolect model file (see `examples/tools/convert_model.rs`).
///
/// Can be shared between threads. Each concurrent call adds buffers of about 9 KiB per token of the longest text it has
/// seen (for a hidden size of 384), which are kept for later calls.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// let encoder = NativeEmbedder::open(model)?.with_threads(2).with_long_text(LongText::Windows { max: 4 });
/// let [one, other] = ["When does the ferry leave?", "Departure of the boat"].map(|text| encoder.embed(text));
/// let cosine: f32 = one?.vector.iter().zip(&other?.vector).map(|(a, b)| a * b).sum();
/// assert!(cosine > 0.4);
/// # Ok(())
/// # }
/// ```
pub struct NativeEmbedder {
    spec: ModelSpec,
    tokenizer: WordPiece,
    network: Network,
    model: String,
    fingerprint: String,
    threads: usize,
    long_text: LongText,
    scratch: Mutex<Vec<Scratch>>,
}

impl std::fmt::Debug for NativeEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeEmbedder").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

/// Scratch memory of one call.
#[derive(Debug, Default)]
struct Scratch {
    word: Word,
    /// Token ids of the windows of a batch of texts, special tokens included.
    ids: Vec<u32>,
    /// End of each window in `ids`.
    ends: Vec<usize>,
    buffers: Buffers,
    /// The windows' vectors.
    vectors: Vec<f32>,
}

impl NativeEmbedder {
    /// Reads a model file. The file may be replaced or removed afterwards.
    ///
    /// # Errors
    /// [`EmbeddingError::Io`]; [`EmbeddingError::Foreign`] if the file is not a model file, [`EmbeddingError::Newer`]
    /// if a later version wrote it, [`EmbeddingError::Damaged`] if verification fails, [`EmbeddingError::Unsupported`]
    /// if it contains another kind of model or is too large.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, EmbeddingError> {
        let name = path.as_ref().display().to_string();
        let opened = File::open(path.as_ref()).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((length, file)) => Self::load(BufReader::new(file), length, None, &name, Simd::detect()),
            Err(source) => Err(EmbeddingError::Io { file: name, source }),
        }
    }

    /// Reads a model file from memory and keeps a copy of its content.
    ///
    /// # Errors
    /// As [`open`](Self::open), without [`EmbeddingError::Io`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EmbeddingError> {
        Self::from_bytes_with(bytes, Simd::detect())
    }

    /// [`from_bytes`](Self::from_bytes) with a given instruction set.
    pub(crate) fn from_bytes_with(bytes: &[u8], simd: Simd) -> Result<Self, EmbeddingError> {
        Self::load(bytes, bytes.len() as u64, None, "the model", simd)
    }

    /// Reads a model file that stays in memory for the lifetime of the program, such as one compiled into it. The word
    /// embeddings, half of the file, are used in place.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_static(bytes: &'static [u8]) -> Result<Self, EmbeddingError> {
        Self::load(bytes, bytes.len() as u64, Some(bytes), "the model", Simd::detect())
    }

    /// The default encoder, all-MiniLM-L6-v2, compiled into the library.
    ///
    /// # Errors
    /// None in a correct build.
    #[cfg(feature = "bundled-model")]
    pub fn bundled() -> Result<Self, EmbeddingError> {
        Self::from_static(BUNDLED)
    }

    fn load(
        from: impl Read,
        length: u64,
        whole: Option<&'static [u8]>,
        name: &str,
        simd: Simd,
    ) -> Result<Self, EmbeddingError> {
        let mut file = ModelReader::open(from, length, name)?;
        let tokenizer = WordPiece::new(file.vocabulary()?).map_err(damaged)?;
        let network = Network::load(&mut file, whole, simd)?;
        let (spec, checksum) = file.finish()?;
        let model = format!("native:{}:{checksum:08x}", spec.name);
        Ok(Self {
            fingerprint: model.clone(),
            spec,
            tokenizer,
            network,
            model,
            threads: 1,
            long_text: LongText::default(),
            scratch: Mutex::default(),
        })
    }

    /// Sets the number of threads that [`embed_batch`](Embedder::embed_batch) uses, clamped to 1 to 64; the default is
    /// 1. A single text is always embedded on the caller's thread.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, THREADS_MAX);
        self
    }

    /// Sets the treatment of long texts. Part of the fingerprint, because it changes their vectors.
    #[must_use]
    pub fn with_long_text(mut self, long_text: LongText) -> Self {
        self.long_text = match long_text {
            LongText::Cut => LongText::Cut,
            LongText::Windows { max } => LongText::Windows { max: max.clamp(1, 64) },
        };
        self.fingerprint = match self.long_text {
            LongText::Cut => self.model.clone(),
            LongText::Windows { max } => format!("{}:windows-{max}", self.model),
        };
        self
    }

    /// The model's dimensions.
    #[cfg(any(test, feature = "internals"))]
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The model's tokenizer.
    #[cfg(any(test, feature = "internals"))]
    pub fn tokenizer(&self) -> &WordPiece {
        &self.tokenizer
    }

    /// The instruction set in use: the best that the processor supports, or the lower one that the environment variable
    /// `IDIOLECT_SIMD` named at the first detection.
    #[cfg(any(test, feature = "internals"))]
    pub fn isa(&self) -> Isa {
        self.network.simd().isa()
    }

    /// Maximum tokens that the model reads at once, the opening and closing tokens included.
    pub fn max_tokens(&self) -> usize {
        self.spec.max_tokens
    }

    /// Number of tokens of the whole `text`, the opening and closing tokens included.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.count(text)
    }

    /// Embeds one text into `vector`, which has [`dimensions`](Embedder::dimensions) values. Does not allocate once a
    /// text of this length has been embedded.
    ///
    /// # Errors
    /// [`EmbeddingError::Failed`] if `vector` has another length, or the model computes a vector without a length.
    pub fn embed_into(&self, text: &str, vector: &mut [f32]) -> Result<Extent, EmbeddingError> {
        if vector.len() != self.spec.hidden {
            let what = format!("the vector has room for {} values, not {}", vector.len(), self.spec.hidden);
            return Err(EmbeddingError::Failed { what });
        }
        let mut scratch = self.scratch();
        scratch.clear();
        let (extent, windows) = self.read(text, &mut scratch);
        self.run(&mut scratch);
        let result = self.pool(&scratch, 0..windows, vector);
        self.scratch.lock().push(scratch);
        result.map(|()| extent)
    }

    /// Reports the inputs of the linear maps while `text` is embedded; see [`Network::observe`].
    #[cfg(any(test, feature = "internals"))]
    pub(super) fn observe(&self, text: &str, observe: impl FnMut(usize, Input, &[f32])) {
        self.observe_ids(&self.tokenizer.encode(text, self.spec.max_tokens).ids, observe);
    }

    /// Like `observe`, for token ids.
    #[cfg(any(test, feature = "internals"))]
    pub(super) fn observe_ids(&self, ids: &[u32], observe: impl FnMut(usize, Input, &[f32])) {
        self.network.observe(ids, observe);
    }

    fn scratch(&self) -> Scratch {
        self.scratch.lock().pop().unwrap_or_default()
    }

    /// Appends the windows of a text to `scratch`. Returns the extent read and the number of windows.
    fn read(&self, text: &str, scratch: &mut Scratch) -> (Extent, usize) {
        let room = self.spec.max_tokens - 2;
        let most = match self.long_text {
            LongText::Cut => 1,
            LongText::Windows { max } => max,
        };
        let special = self.tokenizer.vocabulary();
        let Scratch { word, ids, ends, .. } = scratch;
        let start = ids.len();
        ids.push(special.first);
        let truncated = self.tokenizer.append(text, room * most, word, ids);
        let content = ids.len() - start - 1;
        // `max_tokens` may leave room for the special tokens only.
        let windows = if room == 0 { 1 } else { content.div_ceil(room).max(1) };
        let (size, larger) = (content / windows, content % windows);
        let before = start + 1;
        ids.resize(start + content + windows * 2, special.last);
        // From the last to the first, so that no id is overwritten before it has moved.
        for window in (0..windows).rev() {
            let from = before + window * size + window.min(larger);
            let len = size + usize::from(window < larger);
            let to = from + 2 * window;
            ids.copy_within(from..from + len, to);
            ids[to - 1] = special.first;
            ids[to + len] = special.last;
        }
        for window in 0..windows {
            let end = before + (window + 1) * size + (window + 1).min(larger) + 2 * window + 1;
            ends.push(end);
        }
        (Extent { tokens: content + 2 * windows, truncated }, windows)
    }

    /// Runs the network over all windows in `scratch`, as many at a time as fit [`BATCH_TOKENS`].
    fn run(&self, scratch: &mut Scratch) {
        let hidden = self.spec.hidden;
        let Scratch { ids, ends, buffers, vectors, .. } = scratch;
        vectors.resize(ends.len() * hidden, 0.0);
        let (mut window, mut start) = (0, 0);
        while window < ends.len() {
            let fitting = ends[window..].iter().take_while(|&&end| end - start <= BATCH_TOKENS).count();
            let next = window + fitting.max(1);
            let end = ends[next - 1];
            ends[window..next].iter_mut().for_each(|end| *end -= start);
            let to = &mut vectors[window * hidden..next * hidden];
            self.network.run(&ids[start..end], &ends[window..next], buffers, to);
            ends[window..next].iter_mut().for_each(|end| *end += start);
            (window, start) = (next, end);
        }
    }

    /// Combines the vectors of a text's windows into its unit vector.
    fn pool(
        &self,
        scratch: &Scratch,
        windows: std::ops::Range<usize>,
        vector: &mut [f32],
    ) -> Result<(), EmbeddingError> {
        vector.fill(0.0);
        let several = windows.len() > 1;
        for window in windows {
            let from = &scratch.vectors[window * self.spec.hidden..][..self.spec.hidden];
            let start = if window == 0 { 0 } else { scratch.ends[window - 1] };
            let weight = if several { (scratch.ends[window] - start) as f32 / length(from)? } else { 1.0 };
            for (to, from) in vector.iter_mut().zip(from) {
                *to += from * weight;
            }
        }
        let length = length(vector)?;
        for value in vector {
            *value /= length;
        }
        Ok(())
    }

    /// Embeds texts on this thread, several short ones per run of the network.
    fn embed_sequentially(
        &self,
        texts: &[&str],
        cancel: &CancelToken,
    ) -> Result<Vec<Embedding>, EmbeddingError> {
        let mut scratch = self.scratch();
        let mut embeddings = Vec::with_capacity(texts.len());
        let mut waiting = Vec::new();
        let mut texts = texts.iter().peekable();
        scratch.clear();
        while let Some(text) = texts.next() {
            let start = scratch.ends.len();
            let (extent, windows) = self.read(text, &mut scratch);
            waiting.push((extent, start..start + windows));
            if texts.peek().is_some() && scratch.ids.len() < BATCH_TOKENS {
                continue;
            }
            if cancel.is_cancelled() {
                return Err(EmbeddingError::Cancelled);
            }
            self.run(&mut scratch);
            for (Extent { tokens, truncated }, windows) in waiting.drain(..) {
                let mut vector = vec![0.0; self.spec.hidden];
                self.pool(&scratch, windows, &mut vector)?;
                embeddings.push(Embedding { vector, tokens, truncated });
            }
            scratch.clear();
        }
        self.scratch.lock().push(scratch);
        Ok(embeddings)
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.ids.clear();
        self.ends.clear();
    }
}

fn length(vector: &[f32]) -> Result<f32, EmbeddingError> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length.is_normal() {
        Ok(length)
    } else {
        Err(EmbeddingError::Failed { what: "the vector is zero or not finite".to_owned() })
    }
}

impl Embedder for NativeEmbedder {
    fn dimensions(&self) -> usize {
        self.spec.hidden
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn instruction_set(&self) -> Option<&'static str> {
        Some(self.network.simd().isa().name())
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let mut vector = vec![0.0; self.spec.hidden];
        let Extent { tokens, truncated } = self.embed_into(text, &mut vector)?;
        Ok(Embedding { vector, tokens, truncated })
    }

    fn embed_batch(&self, texts: &[&str], cancel: &CancelToken) -> Result<Vec<Embedding>, EmbeddingError> {
        let shares = texts.len().div_ceil(SHARE);
        let threads = self.threads.min(shares);
        if threads <= 1 {
            return self.embed_sequentially(texts, cancel);
        }
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Vec<Embedding>)>> = Mutex::default();
        let work = || loop {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let Some(texts) = texts.chunks(SHARE).nth(share) else { return Ok(()) };
            let embeddings = self.embed_sequentially(texts, cancel)?;
            done.lock().push((share, embeddings));
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut result = work();
            for other in others {
                let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                result = result.and(other);
            }
            result
        })?;
        let mut done = done.into_inner();
        done.sort_unstable_by_key(|(share, _)| *share);
        Ok(done.into_iter().flat_map(|(_, embeddings)| embeddings).collect())
    }
}
