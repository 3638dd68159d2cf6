//! A tiny embedder without a model: words and their trigrams hashed into a vector. It captures no meaning; it lets the
//! crash test spend its time in the store, and the quickstart run without a model file (`--hash-vectors`).
//!
//! Invariant: deterministic, of unit length, identical on every machine.

use idiolect::EmbeddingError;
use idiolect::{Embedder, Embedding};

const DIMENSIONS: usize = 256;

/// Embeds texts as hashed words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HashVectors;

fn add(vector: &mut [f32], bytes: &[u8], weight: f32) {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    vector[(hash >> 20) as usize % DIMENSIONS] += sign * weight;
}

impl Embedder for HashVectors {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "example:hashed-words:256"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let mut vector = vec![0.0; DIMENSIONS];
        let lower = text.to_lowercase();
        let mut tokens = 0;
        for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            tokens += 1;
            add(&mut vector, word.as_bytes(), 1.0);
            for trigram in word.as_bytes().windows(3) {
                add(&mut vector, trigram, 0.3);
            }
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 1e-6 {
            for value in &mut vector {
                *value /= length;
            }
        } else {
            vector.fill(0.0);
            vector[0] = 1.0;
        }
        Ok(Embedding::new(vector, tokens, false))
    }
}
