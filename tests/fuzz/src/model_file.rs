//! Hostile model files: an error, or a model whose vectors are finite; never a fault, never much memory.
//!
//! Each input is tried as it is, and with its checksums put right, which is what a forger would do and what gets
//! past the first check.

#![no_main]

use idiolect::{Embedder, NativeEmbedder};
use libfuzzer_sys::fuzz_target;

/// Where the section table starts, and the size of an entry.
const TABLE: usize = 128;
const ENTRY: usize = 24;

fuzz_target!(|data: &[u8]| {
    open(data);
    let mut sealed = data.to_vec();
    seal(&mut sealed);
    open(&sealed);
});

fn open(file: &[u8]) {
    let Ok(encoder) = NativeEmbedder::from_bytes(file) else { return };
    for text in
        ["", "The cat! ab", "cat [MASK] \u{1f600} e\u{301} aaaaaaaaab the the the the the the the the"]
    {
        if let Ok(embedding) = encoder.embed(text) {
            assert!(embedding.vector.iter().all(|value| value.is_finite()));
        }
    }
}

fn seal(file: &mut [u8]) {
    let word =
        |file: &[u8], at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?) as usize);
    let (Some(header), Some(sections)) = (word(file, 12), word(file, 72)) else { return };
    for entry in (0..sections.min(1000)).map(|section| TABLE + section * ENTRY) {
        let (Some(start), Some(length)) = (word(file, entry + 8), word(file, entry + 16)) else { break };
        let Some(bytes) = file.get(start..start.saturating_add(length)) else { continue };
        let sum = crc32fast::hash(bytes).to_le_bytes();
        file[entry + 4..entry + 8].copy_from_slice(&sum);
    }
    let Some(rest) = file.get(20..header.max(20)) else { return };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..16]);
    hasher.update(rest);
    file[16..20].copy_from_slice(&hasher.finalize().to_le_bytes());
}
