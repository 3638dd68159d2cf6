//! The folder of a published sentence encoder: its files and settings.
//!
//! Invariant: every file is read up to a limit, and an absent setting has the default of sentence-transformers. Reading
//! the model and the tokenizer is left to `graph` and `tokens`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::error::EmbeddingError;

/// Maximum size of a model file, in bytes.
const MODEL_MAX: u64 = 2 << 30;
/// Maximum size of a tokenizer file, in bytes.
const TOKENIZER_MAX: u64 = 64 << 20;
/// Maximum size of a settings file, in bytes.
const SETTINGS_MAX: u64 = 1 << 20;
/// Token limit if no file sets one, and the maximum that a file can set.
const DEFAULT_TOKENS: usize = 512;
const TOKENS_MAX: usize = 8192;

/// How token vectors are combined into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The mean over all tokens.
    Mean,
    /// The first token's vector.
    Cls,
    /// The maximum of each dimension.
    Max,
    /// The last token's vector.
    Last,
}

/// The content of the settings files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) pooling: Pooling,
    /// Special tokens included.
    pub(super) max_tokens: usize,
    /// Whether the pooled vector passes through a dense layer that the token output lacks.
    pub(super) dense: bool,
}

/// A folder of a published encoder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The folder's name, also if the path is `.` or ends with a slash.
    pub(super) fn name(&self) -> String {
        let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        named(&self.path)
            .or_else(|| self.path.canonicalize().ok().as_deref().and_then(named))
            .unwrap_or_else(|| "model".to_owned())
    }

    /// The model file: `model.onnx` in the folder or in `onnx/`.
    pub(super) fn default_model(&self) -> PathBuf {
        let nested = self.path.join("onnx").join("model.onnx");
        let flat = self.path.join("model.onnx");
        if !flat.exists() && nested.exists() { nested } else { flat }
    }

    /// Resolves a path relative to the folder, or an absolute one.
    pub(super) fn model(&self, model: &Path) -> PathBuf {
        self.path.join(model)
    }

    /// Reads `tokenizer.json` from the folder, or else from the folder of the model.
    pub(super) fn read_tokenizer(&self, model: &Path) -> Result<Vec<u8>, EmbeddingError> {
        let own = self.path.join("tokenizer.json");
        let beside = model.parent().map(|folder| folder.join("tokenizer.json")).filter(|path| path.exists());
        read(&beside.filter(|_| !own.exists()).unwrap_or(own), TOKENIZER_MAX)
    }

    pub(super) fn settings(&self) -> Result<Settings, EmbeddingError> {
        let modules = self.json("modules.json")?;
        let mut pooling_folder = "1_Pooling".to_owned();
        let mut dense = false;
        for module in modules.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let kind = module.get("type").and_then(Value::as_str).unwrap_or_default();
            let path = module.get("path").and_then(Value::as_str).unwrap_or_default();
            dense |= kind.ends_with(".Dense");
            if kind.ends_with(".Pooling") && is_plain_name(path) {
                path.clone_into(&mut pooling_folder);
            }
        }
        let pooling = match self.json(&format!("{pooling_folder}/config.json"))? {
            Some(config) => pooling(&config)?,
            None => Pooling::Mean,
        };
        Ok(Settings { pooling, max_tokens: self.max_tokens()?, dense })
    }

    /// The encoder's token limit, at most its number of positions.
    fn max_tokens(&self) -> Result<usize, EmbeddingError> {
        let number = |json: &Option<Value>, key: &str| {
            json.as_ref().and_then(|json| json.get(key)).and_then(Value::as_u64).map(|number| number as usize)
        };
        let sentence = self.json("sentence_bert_config.json")?;
        let tokenizer = self.json("tokenizer_config.json")?;
        let config = self.json("config.json")?;
        let kind = config.as_ref().and_then(|config| config.get("model_type")).and_then(Value::as_str);
        // The RoBERTa family numbers positions from the padding id plus one.
        let offset = match kind {
            Some("roberta" | "xlm-roberta" | "camembert" | "mpnet" | "longformer") => {
                number(&config, "pad_token_id").unwrap_or(1).saturating_add(1)
            }
            _ => 0,
        };
        let positions = number(&config, "max_position_embeddings").map(|all| all.saturating_sub(offset));
        let stated = number(&sentence, "max_seq_length")
            .or_else(|| number(&tokenizer, "model_max_length"))
            .or(positions)
            .unwrap_or(DEFAULT_TOKENS);
        Ok(stated.min(positions.unwrap_or(TOKENS_MAX)).min(TOKENS_MAX))
    }

    /// Reads a settings file; `None` if absent.
    fn json(&self, name: &str) -> Result<Option<Value>, EmbeddingError> {
        let path = self.path.join(name);
        let bytes = match read(&path, SETTINGS_MAX) {
            Ok(bytes) => bytes,
            Err(EmbeddingError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| EmbeddingError::Damaged { what: format!("{name} is not JSON") })
    }
}

fn is_plain_name(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

fn pooling(config: &Value) -> Result<Pooling, EmbeddingError> {
    let modes = [
        ("pooling_mode_mean_tokens", Some(Pooling::Mean)),
        // The mean up to a factor, which normalization removes.
        ("pooling_mode_mean_sqrt_len_tokens", Some(Pooling::Mean)),
        ("pooling_mode_cls_token", Some(Pooling::Cls)),
        ("pooling_mode_max_tokens", Some(Pooling::Max)),
        ("pooling_mode_lasttoken", Some(Pooling::Last)),
        ("pooling_mode_weightedmean_tokens", None),
    ];
    let set: Vec<Option<Pooling>> = modes
        .iter()
        .filter(|(key, _)| config.get(key).and_then(Value::as_bool) == Some(true))
        .map(|(_, mode)| *mode)
        .collect();
    match set[..] {
        [] => Ok(Pooling::Mean),
        [Some(mode)] => Ok(mode),
        [None] => Err(EmbeddingError::Unsupported { what: "weighted mean pooling".to_owned() }),
        _ => Err(EmbeddingError::Unsupported { what: "several pooling modes at once".to_owned() }),
    }
}

pub(super) fn read_model(path: &Path) -> Result<Vec<u8>, EmbeddingError> {
    read(path, MODEL_MAX)
}

/// Reads a file of at most `limit` bytes.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, EmbeddingError> {
    let io = |source| EmbeddingError::Io { file: path.display().to_string(), source };
    let file = File::open(path).map_err(io)?;
    let info = file.metadata().map_err(io)?;
    let too_large = || {
        let limit = limit >> 20;
        EmbeddingError::Unsupported { what: format!("a file of more than {limit} MiB: {}", path.display()) }
    };
    if info.is_dir() {
        return Err(io(io::ErrorKind::IsADirectory.into()));
    }
    if info.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(info.len() as usize).map_err(|_| io(io::ErrorKind::OutOfMemory.into()))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}
