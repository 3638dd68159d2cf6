//! The model file and the native encoder: what is read back, what is refused, and how near it is to f32.
//!
//! Hostile files are made from a small model that is converted here from made-up tensors, so that every byte
//! of it can be tried.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "common/tiny_model.rs"]
mod tiny_model;

use std::path::Path;

use idiolect::EmbeddingError;
use idiolect::internals::embedding::convert::{Tensor, convert};
use idiolect::internals::embedding::{ModelSpec, Pooling};
use idiolect::{Embedder, NativeEmbedder};
use tiny_model::{spec, tensor, tiny, vocabulary};

/// Sets the header's checksum to what it should be.
fn seal(file: &mut [u8]) {
    let header = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..16]);
    hasher.update(&file[20..header.clamp(20, file.len())]);
    file[16..20].copy_from_slice(&hasher.finalize().to_le_bytes());
}

fn open(bytes: &[u8]) -> Result<NativeEmbedder, EmbeddingError> {
    NativeEmbedder::from_bytes(bytes)
}

fn model_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm")
}

#[test]
fn a_written_model_reads_back() {
    let bytes = tiny();
    assert_eq!(bytes, tiny(), "converting twice gives the same bytes");
    let encoder = open(&bytes).unwrap();
    assert_eq!(*encoder.spec(), spec());
    assert_eq!(*encoder.tokenizer().vocabulary(), vocabulary());
    assert!(encoder.fingerprint().starts_with("native:tiny:") && encoder.fingerprint().len() <= 128);
    let embedding = encoder.embed("The cat! ab").unwrap();
    assert_eq!((embedding.vector.len(), embedding.tokens, embedding.truncated), (16, 7, false));

    let mut other = spec();
    other.pooling = Pooling::First;
    let first = convert(&other, &vocabulary(), |name| Some(tensor(&other, name))).unwrap();
    let first = open(&first).unwrap();
    assert_ne!(first.fingerprint(), encoder.fingerprint());
    assert_ne!(first.embed("The cat! ab").unwrap().vector, embedding.vector);
}

/// A file of the first version has no estimate of the last deviations, and is still read.
#[test]
fn a_file_of_version_1_opens() {
    let mut other = spec();
    other.pooling = Pooling::First;
    let mut bytes = convert(&other, &vocabulary(), |name| Some(tensor(&other, name))).unwrap();
    let first = open(&bytes).unwrap().embed("The cat! ab").unwrap();
    bytes[8..12].copy_from_slice(&1u32.to_le_bytes());
    seal(&mut bytes);
    assert_eq!(open(&bytes).unwrap().embed("The cat! ab").unwrap(), first);
    // The mean of the tokens, as that version had it.
    bytes[64..68].copy_from_slice(&1u32.to_le_bytes());
    seal(&mut bytes);
    let mean = open(&bytes).unwrap().embed("The cat! ab").unwrap().vector;
    let now = open(&tiny()).unwrap().embed("The cat! ab").unwrap().vector;
    let cosine: f32 = mean.iter().zip(&now).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.99, "{cosine}");
    // What version 1 does not have cannot be claimed in it.
    let mut claims = tiny();
    claims[8..12].copy_from_slice(&1u32.to_le_bytes());
    seal(&mut claims);
    assert!(matches!(open(&claims), Err(EmbeddingError::Damaged { .. })));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = tiny();
    for length in 0..bytes.len() {
        match open(&bytes[..length]) {
            Err(EmbeddingError::Damaged { .. }) => {}
            Err(EmbeddingError::Foreign { .. }) if length == 0 => {}
            other => panic!("{length} bytes: {other:?}"),
        }
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(matches!(open(&longer), Err(EmbeddingError::Damaged { .. })));
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut bytes = tiny();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            match open(&bytes) {
                Err(EmbeddingError::Damaged { .. }) => {}
                Err(EmbeddingError::Foreign { .. }) if at < 8 => {}
                other => panic!("byte {at}, bit {bit}: {other:?}"),
            }
            bytes[at] ^= 1 << bit;
        }
    }
}

/// Wrong numbers under a right checksum: what a fault in a writer, or a forger, would leave.
#[test]
fn sealed_headers_with_absurd_numbers_are_refused() {
    let good = tiny();
    let header = u32::from_le_bytes(good[12..16].try_into().unwrap()) as usize;
    let absurd = [0u32, 1, 2, 3, 7, 17, 255, 65_535, 1 << 20, 1 << 24, 1 << 31, u32::MAX - 63, u32::MAX];
    for at in (8..header).step_by(4).filter(|&at| at != 16) {
        for value in absurd {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            if bytes == good {
                continue;
            }
            seal(&mut bytes);
            match open(&bytes) {
                Err(EmbeddingError::Newer { found, supported: 2 }) if at == 8 => assert_eq!(found, value),
                Err(EmbeddingError::Damaged { .. } | EmbeddingError::Unsupported { .. }) => {}
                // What no other part of the file depends on: heads, maximum of tokens, epsilon, name.
                Ok(encoder) if matches!(at, 40 | 56 | 60 | 80..128) => {
                    let _ = encoder.embed("the cat");
                }
                other => panic!("word {at} as {value}: {other:?}"),
            }
        }
    }
}

#[test]
fn sealed_sections_that_overlap_or_lie_outside_are_refused() {
    let good = tiny();
    let sections = u32::from_le_bytes(good[72..76].try_into().unwrap()) as usize;
    for section in 0..sections {
        let entry = 128 + section * 24;
        let offset = u64::from_le_bytes(good[entry + 8..entry + 16].try_into().unwrap());
        for value in [0, offset - 64, offset + 64, offset + 1, 128, good.len() as u64, u64::MAX - 7, u64::MAX]
        {
            let mut bytes = good.clone();
            bytes[entry + 8..entry + 16].copy_from_slice(&value.to_le_bytes());
            seal(&mut bytes);
            assert!(matches!(open(&bytes), Err(EmbeddingError::Damaged { .. })), "{section} at {value}");
        }
    }
}

#[test]
fn a_sealed_tokenizer_that_does_not_hold_together_is_refused() {
    let good = tiny();
    let entry = 128;
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (start, length) = (word(&good, entry + 8) as usize, word(&good, entry + 16) as usize);
    let mut accepted = 0;
    for at in start..start + length {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = value;
            let sum = crc32fast::hash(&bytes[start..start + length]);
            bytes[entry + 4..entry + 8].copy_from_slice(&sum.to_le_bytes());
            seal(&mut bytes);
            match open(&bytes) {
                Ok(encoder) => {
                    accepted += 1;
                    let _ = encoder.embed("the cat [MASK] ab");
                }
                Err(EmbeddingError::Damaged { .. }) => {}
                other => panic!("byte {at} as {value}: {other:?}"),
            }
        }
    }
    assert!(accepted > 0, "another letter in an entry is a sound vocabulary");
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let good = tiny();
    let sections = u32::from_le_bytes(good[72..76].try_into().unwrap()) as usize;
    let mut tried = 0;
    for entry in (0..sections).map(|section| 128 + section * 24) {
        let part = u16::from_le_bytes(good[entry..entry + 2].try_into().unwrap());
        if !matches!(part, 3..=5 | 15 | 17 | 19 | 20 | 22 | 24..=26) {
            continue;
        }
        let start = u64::from_le_bytes(good[entry + 8..entry + 16].try_into().unwrap()) as usize;
        let length = u64::from_le_bytes(good[entry + 16..entry + 24].try_into().unwrap()) as usize;
        for (value, refused) in [(f32::NAN, true), (f32::INFINITY, true), (f32::MAX, false)] {
            let mut bytes = good.clone();
            bytes[start..start + 4].copy_from_slice(&value.to_le_bytes());
            let sum = crc32fast::hash(&bytes[start..start + length]);
            bytes[entry + 4..entry + 8].copy_from_slice(&sum.to_le_bytes());
            seal(&mut bytes);
            match open(&bytes) {
                Err(EmbeddingError::Damaged { .. }) => assert!(refused),
                Ok(encoder) if !refused => match encoder.embed("[PAD] the cat") {
                    Ok(embedding) => assert!(embedding.vector.iter().all(|value| value.is_finite())),
                    Err(EmbeddingError::Failed { .. }) => {}
                    other => panic!("{other:?}"),
                },
                other => panic!("part {part}: {other:?}"),
            }
            tried += 1;
        }
    }
    assert!(tried > 30);
}

#[test]
fn other_files_are_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.idm");
    for content in [&b""[..], b"x", b"PK\x03\x04", b"{\"model\": 1}", &[0; 4096], b"\x08\x07\x12\x07pytorch"]
    {
        std::fs::write(&path, content).unwrap();
        assert!(matches!(NativeEmbedder::open(&path), Err(EmbeddingError::Foreign { .. })), "{content:?}");
    }
    let absent = NativeEmbedder::open(folder.path().join("absent.idm"));
    assert!(matches!(absent, Err(EmbeddingError::Io { .. })));
    assert!(matches!(NativeEmbedder::open(folder.path()), Err(EmbeddingError::Io { .. })));

    std::fs::write(&path, tiny()).unwrap();
    let encoder = NativeEmbedder::open(&path).unwrap();
    let same = NativeEmbedder::from_static(Box::leak(tiny().into_boxed_slice())).unwrap();
    assert_eq!(encoder.embed("cat").unwrap(), same.embed("cat").unwrap());
}

#[test]
fn converting_names_what_is_wrong() {
    let convert_with = |spec: &ModelSpec, change: &dyn Fn(&str, Tensor) -> Option<Tensor>| {
        convert(spec, &vocabulary(), |name| change(name, tensor(spec, name))).unwrap_err().to_string()
    };
    let query = "encoder.layer.1.attention.self.query.weight";
    let absent = convert_with(&spec(), &|name, tensor| (name != query).then_some(tensor));
    assert!(absent.contains(query), "{absent}");
    let shape = convert_with(&spec(), &|name, mut tensor| {
        if name == query {
            tensor.shape = vec![8, 32];
        }
        Some(tensor)
    });
    assert!(shape.contains(query) && shape.contains("[8, 32]"), "{shape}");
    let infinite = convert_with(&spec(), &|name, mut tensor| {
        if name == query {
            tensor.values[3] = f32::NAN;
        }
        Some(tensor)
    });
    assert!(infinite.contains(query), "{infinite}");
    let heads = convert_with(&ModelSpec { heads: 3, ..spec() }, &|_, tensor| Some(tensor));
    assert!(heads.contains("heads"), "{heads}");
    let rows = convert_with(&ModelSpec { word_rows: 5, ..spec() }, &|_, tensor| Some(tensor));
    assert!(rows.contains("vocabulary"), "{rows}");
}

#[test]
fn every_text_gives_a_unit_vector_and_says_whether_it_was_cut() {
    let encoder = NativeEmbedder::open(model_path()).unwrap();
    assert_eq!((encoder.dimensions(), encoder.max_tokens()), (384, 256));
    let long = "A long report about nothing in particular. ".repeat((1 << 20) / 43);
    let texts = ["", " ", "a", "[SEP]", "\0\u{301}\u{200d}", "\u{1f600}", "Dear Anna,", long.as_str()];
    for text in texts {
        let start = std::time::Instant::now();
        let embedding = encoder.embed(text).unwrap();
        assert!(start.elapsed().as_secs() < 20);
        let length: f32 = embedding.vector.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5 && embedding.vector.len() == 384);
        let tokens = encoder.count_tokens(text);
        assert_eq!((embedding.tokens, embedding.truncated), (tokens.min(256), tokens > 256));
    }
    assert_eq!(encoder.count_tokens(""), 2);
}

#[test]
fn threads_and_repetition_give_the_same_bits() {
    let encoder = NativeEmbedder::open(model_path()).unwrap();
    let text = "The same text, the same vector, whichever thread asks and whatever was asked before.";
    let expected = encoder.embed(text).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (encoder, expected) = (&encoder, &expected);
            scope.spawn(move || {
                for round in 0..3 {
                    encoder.embed(&"other words ".repeat(thread * 7 + round)).unwrap();
                    assert_eq!(encoder.embed(text).unwrap(), *expected);
                }
            });
        }
    });
}

/// The golden vectors are the publisher's f32 model, run by ONNX Runtime on the same texts at 256 tokens.
#[test]
fn vectors_are_near_those_of_the_f32_model() {
    let encoder = NativeEmbedder::open(model_path()).unwrap();
    let golden: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("data/minilm_f32_golden.json")).unwrap();
    let cosines: Vec<f64> = golden
        .iter()
        .map(|entry| {
            let vector = encoder.embed(entry["text"].as_str().unwrap()).unwrap().vector;
            let expected = entry["vector"].as_array().unwrap();
            assert_eq!(expected.len(), vector.len());
            vector.iter().zip(expected).map(|(a, b)| f64::from(*a) * b.as_f64().unwrap()).sum()
        })
        .collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let least = cosines.iter().copied().fold(1.0, f64::min);
    assert!(cosines.len() >= 40 && mean >= 0.998 && least >= 0.985, "mean {mean}, least {least}");
}
