//! A small model of made-up tensors, converted on the spot, so that every byte of its file can be tried.

#![allow(dead_code, unreachable_pub, reason = "each user takes a part")]

use idiolect::internals::embedding::convert::{Tensor, convert};
use idiolect::internals::embedding::{ModelSpec, Pooling, Vocabulary};

/// Dimensions of a model that is small enough to try every byte of its file.
pub fn spec() -> ModelSpec {
    ModelSpec {
        name: "tiny".to_owned(),
        layers: 2,
        hidden: 16,
        heads: 2,
        intermediate: 24,
        word_rows: 14,
        positions: 20,
        max_tokens: 12,
        layer_norm_eps: 1e-12,
        pooling: Pooling::Mean,
    }
}

/// Its tokenizer.
pub fn vocabulary() -> Vocabulary {
    let tokens =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "##a", "##b", "the", "cat", "!"];
    Vocabulary {
        tokens: tokens.iter().collect(),
        added: vec![0, 1, 2, 3, 4],
        unknown: 1,
        first: 2,
        last: 3,
        max_word_chars: 100,
        clean_text: true,
        split_ideographs: true,
        strip_accents: true,
        lowercase: true,
    }
}

/// Values that depend on the tensor's name and the place alone.
pub fn tensor(spec: &ModelSpec, name: &str) -> Tensor {
    let (h, f) = (spec.hidden, spec.intermediate);
    let shape = match name {
        "embeddings.word_embeddings.weight" => vec![spec.word_rows, h],
        "embeddings.position_embeddings.weight" => vec![spec.positions, h],
        "embeddings.token_type_embeddings.weight" => vec![2, h],
        _ if name.ends_with("intermediate.dense.weight") => vec![f, h],
        _ if name.ends_with("intermediate.dense.bias") => vec![f],
        _ if name.ends_with("attention.output.dense.weight") => vec![h, h],
        _ if name.ends_with("output.dense.weight") => vec![h, f],
        _ if name.ends_with(".weight") && !name.contains("LayerNorm") => vec![h, h],
        _ => vec![h],
    };
    let mut state = crc32fast::hash(name.as_bytes());
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let base = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
    let values = (0..shape.iter().product()).map(|_| base + next() * 0.3).collect();
    Tensor { shape, values }
}

/// The model as a file.
pub fn tiny() -> Vec<u8> {
    let spec = spec();
    convert(&spec, &vocabulary(), |name| Some(tensor(&spec, name))).expect("the model converts")
}
