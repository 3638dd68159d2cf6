//! Maps from the words of fixed lists, hashed fast.
//!
//! Invariant: the keys are compiled in. The hash is no defence against keys that were made to collide, so that words
//! of the user are only looked up in these maps, never put there.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use crate::types::FastHasher;

/// Values by word.
pub(crate) type WordMap<T> = HashMap<&'static str, T, BuildHasherDefault<FastHasher>>;

/// Words.
pub(crate) type WordSet = HashSet<&'static str, BuildHasherDefault<FastHasher>>;

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
}
