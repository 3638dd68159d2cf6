//! Converts a sentence encoder from its publisher's layout to an Idiolect model file.
//!
//! ```text
//! cargo run --release --features internals --example convert_model -- <folder> [out file]
//! ```
//!
//! The folder contains `model.safetensors`, `config.json`, and `tokenizer.json` or `vocab.txt`; if present,
//! `sentence_bert_config.json` sets the maximum number of tokens and `1_Pooling/config.json` the pooling. Only BERT
//! models with `WordPiece` can be converted. This file reads the publisher's layout; quantization and the output format
//! are the library's.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use idiolect::internals::embedding::convert::{Tensor, convert};
use idiolect::internals::embedding::{ModelSpec, Pooling, Tokens, Vocabulary};
use idiolect::{Embedder, NativeEmbedder};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::Value;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, out) = match arguments.as_slice() {
        [folder] => (folder, None),
        [folder, out] => (folder, Some(out)),
        _ => {
            eprintln!("usage: convert_model <folder> [out file]");
            return ExitCode::from(2);
        }
    };
    match run(Path::new(folder), out.map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convert_model: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, out: Option<PathBuf>) -> Result<()> {
    let config = json(&folder.join("config.json"))?;
    let spec = read_spec(folder, &config)?;
    let vocabulary = read_vocabulary(folder)?;

    let weights_path = folder.join("model.safetensors");
    let bytes = read(&weights_path)?;
    let weights = SafeTensors::deserialize(&bytes).map_err(|e| format!("{}: {e}", weights_path.display()))?;
    let mut unreadable = None;
    let model = convert(&spec, &vocabulary, |name| {
        let view = weights.tensor(name).or_else(|_| weights.tensor(&format!("bert.{name}"))).ok()?;
        match to_f32(&view) {
            Ok(values) => Some(Tensor { shape: view.shape().to_vec(), values }),
            Err(reason) => {
                unreadable.get_or_insert(format!("the tensor `{name}` {reason}"));
                None
            }
        }
    });
    let model = match (model, unreadable) {
        (_, Some(reason)) => return Err(format!("{}: {reason}", weights_path.display()).into()),
        (model, None) => model.map_err(|e| format!("{}: {e}", folder.display()))?,
    };
    let encoder = NativeEmbedder::from_bytes(&model)?;
    encoder.embed("A text to see that the model runs.")?;

    let out = out.unwrap_or_else(|| PathBuf::from(format!("{}.idm", spec.name)));
    std::fs::write(&out, &model).map_err(|e| format!("{}: {e}", out.display()))?;
    println!("wrote {}", out.display());
    println!("  from {}", folder.display());
    println!(
        "  {} layers, {} dimensions, {} heads, {} words, up to {} tokens",
        spec.layers,
        spec.hidden,
        spec.heads,
        vocabulary.tokens.len(),
        spec.max_tokens
    );
    println!("  fingerprint {}", encoder.fingerprint());
    println!("figure model_mb {:.2} MB", model.len() as f64 / 1e6);
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

fn json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&read(path)?).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// The file's JSON, or `None` if the file does not exist.
fn optional_json(path: &Path) -> Result<Option<Value>> {
    if path.exists() { json(path).map(Some) } else { Ok(None) }
}

fn number(config: &Value, key: &str) -> Result<usize> {
    let value = config[key].as_u64().ok_or_else(|| format!("config.json: there is no number `{key}`"))?;
    Ok(usize::try_from(value)?)
}

fn read_spec(folder: &Path, config: &Value) -> Result<ModelSpec> {
    let kind = config["model_type"].as_str().unwrap_or("nothing");
    if kind != "bert" {
        return Err(format!("config.json: `model_type` is {kind}, only bert can be converted").into());
    }
    let activation = config["hidden_act"].as_str().unwrap_or("gelu");
    if activation != "gelu" {
        return Err(format!("config.json: `hidden_act` is {activation}, only gelu can be converted").into());
    }
    let place = config["position_embedding_type"].as_str().unwrap_or("absolute");
    if place != "absolute" {
        return Err(format!("config.json: `position_embedding_type` is {place}, expected absolute").into());
    }
    let positions = number(config, "max_position_embeddings")?;
    let sentence = optional_json(&folder.join("sentence_bert_config.json"))?;
    let max_tokens = sentence.as_ref().and_then(|config| config["max_seq_length"].as_u64());
    let name = folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned()));
    let name = config["_name_or_path"]
        .as_str()
        .filter(|_| matches!(name.as_deref(), None | Some("model")))
        .and_then(|name| name.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned))
        .or(name)
        .ok_or("the folder has no name")?;
    Ok(ModelSpec {
        name,
        layers: number(config, "num_hidden_layers")?,
        hidden: number(config, "hidden_size")?,
        heads: number(config, "num_attention_heads")?,
        intermediate: number(config, "intermediate_size")?,
        word_rows: number(config, "vocab_size")?,
        positions,
        max_tokens: max_tokens.map_or(positions, |tokens| positions.min(tokens as usize)),
        layer_norm_eps: config["layer_norm_eps"].as_f64().unwrap_or(1e-12) as f32,
        pooling: read_pooling(folder)?,
    })
}

fn read_pooling(folder: &Path) -> Result<Pooling> {
    let Some(config) = optional_json(&folder.join("1_Pooling/config.json"))? else {
        return Ok(Pooling::Mean);
    };
    let config = config.as_object().ok_or("1_Pooling/config.json: expected an object")?;
    let on: Vec<&str> = config
        .iter()
        .filter(|(key, value)| key.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .map(|(key, _)| key.as_str())
        .collect();
    match on.as_slice() {
        ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
        ["pooling_mode_cls_token"] => Ok(Pooling::First),
        other => Err(format!("1_Pooling/config.json: cannot pool by {other:?}").into()),
    }
}

fn read_vocabulary(folder: &Path) -> Result<Vocabulary> {
    let path = folder.join("tokenizer.json");
    if path.exists() {
        let tokenizer = json(&path)?;
        return from_tokenizer_json(&tokenizer).map_err(|e| format!("{}: {e}", path.display()).into());
    }
    let path = folder.join("vocab.txt");
    if !path.exists() {
        return Err(format!("{}: there is neither tokenizer.json nor vocab.txt", folder.display()).into());
    }
    let text = String::from_utf8(read(&path)?).map_err(|_| format!("{}: not UTF-8", path.display()))?;
    let settings = optional_json(&folder.join("tokenizer_config.json"))?.unwrap_or(Value::Null);
    let lowercase = settings["do_lower_case"].as_bool().unwrap_or(true);
    let tokens: Vec<&str> = text.lines().map(str::trim_end).collect();
    let id = |token: &str| {
        let at = tokens.iter().rposition(|entry| *entry == token);
        at.map(|at| at as u32).ok_or_else(|| format!("{}: there is no {token}", path.display()))
    };
    Ok(Vocabulary {
        added: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].iter().filter_map(|t| id(t).ok()).collect(),
        unknown: id("[UNK]")?,
        first: id("[CLS]")?,
        last: id("[SEP]")?,
        max_word_chars: 100,
        clean_text: true,
        split_ideographs: settings["tokenize_chinese_chars"].as_bool().unwrap_or(true),
        strip_accents: settings["strip_accents"].as_bool().unwrap_or(lowercase),
        lowercase,
        tokens: tokens.iter().collect(),
    })
}

fn from_tokenizer_json(tokenizer: &Value) -> Result<Vocabulary> {
    let expect = |what: &str, value: &Value, expected: &str| match value.as_str() {
        Some(found) if found == expected => Ok(()),
        found => Err(format!("{what} is {}, expected {expected}", found.unwrap_or("absent"))),
    };
    let (model, normalizer) = (&tokenizer["model"], &tokenizer["normalizer"]);
    // Older files omit the model's type.
    if !model["type"].is_null() {
        expect("the model", &model["type"], "WordPiece")?;
    }
    expect("the normalizer", &normalizer["type"], "BertNormalizer")?;
    expect("the pre-tokenizer", &tokenizer["pre_tokenizer"]["type"], "BertPreTokenizer")?;
    expect("the continuation prefix", &model["continuing_subword_prefix"], "##")?;

    let map = model["vocab"].as_object().ok_or("there is no vocabulary")?;
    let mut entries = vec![""; map.len()];
    let mut place = |token, id: &Value| {
        let id = id.as_u64().filter(|&id| id < 1 << 20).ok_or("an id is out of range")? as usize;
        entries.resize(entries.len().max(id + 1), "");
        entries[id] = token;
        Ok::<_, &str>(id as u32)
    };
    for (token, id) in map {
        place(token.as_str(), id)?;
    }
    let mut added = Vec::new();
    for token in tokenizer["added_tokens"].as_array().into_iter().flatten() {
        let content = token["content"].as_str().ok_or("an added token has no content")?;
        for trait_ in ["single_word", "lstrip", "rstrip", "normalized"] {
            if token[trait_].as_bool() == Some(true) {
                return Err(format!("the added token {content} is `{trait_}`, which is not supported").into());
            }
        }
        added.push(place(content, &token["id"])?);
    }
    let id = |token: &str| {
        let at = entries.iter().rposition(|entry| *entry == token);
        at.map(|at| at as u32).ok_or_else(|| format!("there is no {token}"))
    };
    let flag = |key: &str, otherwise: bool| normalizer[key].as_bool().unwrap_or(otherwise);
    let lowercase = flag("lowercase", true);
    Ok(Vocabulary {
        added,
        unknown: id(model["unk_token"].as_str().unwrap_or("[UNK]"))?,
        first: id("[CLS]")?,
        last: id("[SEP]")?,
        max_word_chars: model["max_input_chars_per_word"].as_u64().unwrap_or(100).try_into()?,
        clean_text: flag("clean_text", true),
        split_ideographs: flag("handle_chinese_chars", true),
        strip_accents: flag("strip_accents", lowercase),
        lowercase,
        tokens: entries.iter().collect::<Tokens>(),
    })
}

fn to_f32(view: &TensorView<'_>) -> Result<Vec<f32>, String> {
    let data = view.data();
    let halves = || data.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    match view.dtype() {
        Dtype::F32 => {
            Ok(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Dtype::BF16 => Ok(halves().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect()),
        Dtype::F16 => Ok(halves().map(half_to_f32).collect()),
        other => Err(format!("is {other:?}, expected F32, F16 or BF16")),
    }
}

/// IEEE 754 half precision.
fn half_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (bits >> 10 & 0x1f, f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(i32::from(exponent) - 25),
    }
}
