//! Maps from the words of fixed lists, hashed fast.
//!
//! Invariant: the keys are compiled in. The hash is no defence against keys that were made to collide, so that words
//! of the user are only looked up in these maps, never put there.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Values by word.
pub(crate) type WordMap<T> = HashMap<&'static str, T, BuildHasherDefault<WordHasher>>;

/// Words.
pub(crate) type WordSet = HashSet<&'static str, BuildHasherDefault<WordHasher>>;

/// Rotate, add, multiply, eight bytes at a time; a final mix for the high bits, which the map looks at first.
#[derive(Default)]
pub(crate) struct WordHasher(u64);

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl WordHasher {
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(FACTOR);
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.add(chunk.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            self.add(rest.iter().rev().fold(rest.len() as u64, |value, byte| value << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    use super::*;

    #[test]
    fn words_that_differ_little_hash_apart() {
        let build = BuildHasherDefault::<WordHasher>::default();
        let words: BTreeSet<String> = (0..2_000).map(|at| format!("{}{at}", "a".repeat(at % 20))).collect();
        let hashes: BTreeSet<u64> = words.iter().map(|word| build.hash_one(word.as_str())).collect();
        assert_eq!(hashes.len(), words.len());
        // The map takes the bucket from the low bits.
        let buckets: BTreeSet<u64> = hashes.iter().map(|hash| hash % 4096).collect();
        assert!(buckets.len() > 1_300, "{}", buckets.len());
    }
}
