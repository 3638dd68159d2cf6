//! Two hash functions: a stable one that stored ids are computed with, and a fast one for maps in memory.
//!
//! Invariant: [`stable_hash`] returns the same value on every machine and in every version. The fast hash does not
//! resist crafted collisions, so it is used only for ids from a counter and for compiled-in words; user text is only
//! looked up among the latter.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Map keyed by compiled-in words.
pub(crate) type WordMap<T> = HashMap<&'static str, T, BuildHasherDefault<FastHasher>>;

/// Set of compiled-in words.
pub(crate) type WordSet = HashSet<&'static str, BuildHasherDefault<FastHasher>>;

/// Rotate, xor, multiply, eight bytes at a time; `finish` mixes the high half into the low half, from which the map
/// takes the bucket. Does not resist crafted collisions; see the module.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FastHasher(u64);

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.write_u64(chunk.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let value =
                rest.iter().rev().fold(rest.len() as u64, |value, byte| value << 8 | u64::from(*byte));
            self.write_u64(value);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(FACTOR);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// Hash of a subject for `AppliedPreference`; 0 for an empty subject, never 0 otherwise.
pub(crate) fn subject_hash(subject: &str) -> u64 {
    if subject.is_empty() { 0 } else { stable_hash(&[subject.as_bytes()]).max(1) }
}

/// FNV-1a with a final mix. Each part is preceded by its length, so moving a boundary between parts changes the hash.
pub(crate) fn stable_hash(parts: &[&[u8]]) -> u64 {
    let mut hash = StableHash::new();
    for part in parts {
        hash.part(&[part]);
    }
    hash.finish()
}

/// [`stable_hash`] computed incrementally.
pub(crate) struct StableHash(u64);

impl StableHash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds one part, given as pieces to be concatenated.
    pub(crate) fn part(&mut self, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.update(&(length as u64).to_le_bytes());
        for piece in pieces {
            self.update(piece);
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn finish(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ (hash >> 32)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    use super::*;

    #[test]
    fn similar_words_hash_to_distinct_values() {
        let build = BuildHasherDefault::<FastHasher>::default();
        let words: BTreeSet<String> = (0..2_000).map(|at| format!("{}{at}", "a".repeat(at % 20))).collect();
        let hashes: BTreeSet<u64> = words.iter().map(|word| build.hash_one(word.as_str())).collect();
        assert_eq!(hashes.len(), words.len());
        // The map takes the bucket from the low bits.
        let buckets: BTreeSet<u64> = hashes.iter().map(|hash| hash % 4096).collect();
        assert!(buckets.len() > 1_300, "{}", buckets.len());
    }

    #[test]
    fn the_hash_depends_on_parts_but_not_on_their_pieces() {
        let mut hash = StableHash::new();
        hash.part(&[b"=", b"mail"]);
        hash.part(&[]);
        assert_eq!(hash.finish(), stable_hash(&[b"=mail", b""]));
        assert_ne!(stable_hash(&[b"=mail", b""]), stable_hash(&[b"=", b"mail"]));
        // Stored ids depend on this value.
        assert_eq!(stable_hash(&[b"mail"]), 0xba7d_4f83_d85f_9c3a);
    }
}
