//! The hashes: one that ids on the disk are made of, and a fast one for maps in memory.
//!
//! Invariant: [`stable_hash`] gives the same on every machine and with every version. The fast hash is no defence
//! against keys that were made to collide: it serves ids that are counted up, and words that are compiled in, which
//! words of the user are only looked up among.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Values by word.
pub(crate) type WordMap<T> = HashMap<&'static str, T, BuildHasherDefault<FastHasher>>;

/// Words.
pub(crate) type WordSet = HashSet<&'static str, BuildHasherDefault<FastHasher>>;

/// Rotate, add, multiply, eight bytes at a time; a final mix for the high bits, which the map looks at first. No defence
/// against keys that were made to collide: for ids that are counted up and for words that are compiled in.
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

/// Hash of a subject for [`AppliedPreference`]; 0 for none.
pub(crate) fn subject_hash(subject: &str) -> u64 {
    if subject.is_empty() { 0 } else { stable_hash(&[subject.as_bytes()]).max(1) }
}

/// FNV-1a with a final mix, over parts that are kept apart by their lengths; the same on every machine and
/// version, because ids are made of it.
pub(crate) fn stable_hash(parts: &[&[u8]]) -> u64 {
    let mut hash = StableHash::new();
    for part in parts {
        hash.part(&[part]);
    }
    hash.finish()
}

/// [`stable_hash`], part by part.
pub(crate) struct StableHash(u64);

impl StableHash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// The next part, in pieces.
    pub(crate) fn part(&mut self, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.eat(&(length as u64).to_le_bytes());
        for piece in pieces {
            self.eat(piece);
        }
    }

    fn eat(&mut self, bytes: &[u8]) {
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
    fn words_that_differ_little_hash_apart() {
        let build = BuildHasherDefault::<FastHasher>::default();
        let words: BTreeSet<String> = (0..2_000).map(|at| format!("{}{at}", "a".repeat(at % 20))).collect();
        let hashes: BTreeSet<u64> = words.iter().map(|word| build.hash_one(word.as_str())).collect();
        assert_eq!(hashes.len(), words.len());
        // The map takes the bucket from the low bits.
        let buckets: BTreeSet<u64> = hashes.iter().map(|hash| hash % 4096).collect();
        assert!(buckets.len() > 1_300, "{}", buckets.len());
    }

    #[test]
    fn a_hash_is_of_the_parts_and_not_of_their_pieces() {
        let mut hash = StableHash::new();
        hash.part(&[b"=", b"mail"]);
        hash.part(&[]);
        assert_eq!(hash.finish(), stable_hash(&[b"=mail", b""]));
        assert_ne!(stable_hash(&[b"=mail", b""]), stable_hash(&[b"=", b"mail"]));
        // Ids that are stored are made of it.
        assert_eq!(stable_hash(&[b"mail"]), 0xba7d_4f83_d85f_9c3a);
    }
}
