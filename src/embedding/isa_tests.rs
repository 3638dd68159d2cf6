//! The default model yields bit-identical vectors on every instruction set.

use super::{Embedder, NativeEmbedder};
use crate::simd;

#[test]
fn every_instruction_set_yields_the_same_vectors() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
    let bytes = std::fs::read(path).unwrap();
    let long = "The committee moved the meeting about the budget to Thursday afternoon. ".repeat(6);
    // Starting with the two special tokens alone; covers every remainder of rows in a tile and of columns in a panel.
    let texts: Vec<String> = (0..13)
        .map(|words| {
            ["Could", "you", "🙂", "send", "unbelievable", "figures", "?", "数字"].repeat(2)[..words]
                .join(" ")
        })
        .chain([long])
        .collect();
    let vectors = |simd| -> Vec<Vec<u32>> {
        let encoder = NativeEmbedder::from_bytes_with(&bytes, simd).unwrap();
        assert_eq!(encoder.isa(), simd.isa());
        let vector = |text: &String| encoder.embed(text).unwrap().vector;
        texts.iter().map(|text| vector(text).into_iter().map(f32::to_bits).collect()).collect()
    };
    let available = simd::tests::available();
    let expected = vectors(available[0]);
    for &simd in &available[1..] {
        for ((text, expected), got) in texts.iter().zip(&expected).zip(vectors(simd)) {
            assert!(*expected == got, "{} yields another vector for {text:?}", simd.isa());
        }
    }
}
