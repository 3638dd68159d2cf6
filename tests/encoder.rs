//! The native encoder's options: batches, threads, windows over long texts, vectors written in place, the choice of the
//! instruction set.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::Path;
use std::process::Command;

use idiolect::CancelToken;
use idiolect::EmbeddingError;
use idiolect::internals::simd::Isa;
use idiolect::{Embedder, Embedding, LongText, NativeEmbedder};

fn encoder() -> NativeEmbedder {
    NativeEmbedder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm"))
        .unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Texts of 2 to some 400 tokens, short and long ones mixed.
fn texts() -> Vec<String> {
    let words =
        ["river", "the", "Ångström", "meeting", "🙂", "x=1;", "tomorrow", "ok", "unbelievably", "数字"];
    (0..70usize)
        .map(|index| {
            let length = if index % 23 == 7 { 300 } else { index * 7 % 31 };
            let word = |at: usize| words[(index * 13 + at * 7 + at / 3) % words.len()];
            (0..length).map(word).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_batch_gives_what_single_calls_give() {
    let one = encoder();
    let several = encoder().with_threads(3);
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let single: Vec<Embedding> = texts.iter().map(|text| one.embed(text).unwrap()).collect();
    assert!(single.iter().any(|embedding| embedding.truncated) && single.iter().any(|e| e.tokens == 2));
    for size in [0, 1, 2, 17, texts.len()] {
        for encoder in [&one, &several] {
            let batch = encoder.embed_batch(&texts[..size], &CancelToken::new()).unwrap();
            assert!(batch == single[..size], "{size} texts give other vectors together");
        }
    }
}

#[test]
fn a_cancelled_batch_says_so() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for threads in [1, 4] {
        let result = encoder().with_threads(threads).embed_batch(&texts, &cancel);
        assert!(matches!(result, Err(EmbeddingError::Cancelled)));
    }
}

#[test]
fn a_vector_is_written_in_place_or_refused() {
    let encoder = encoder();
    let expected = encoder.embed("Could you send me the figures?").unwrap();
    let mut vector = vec![f32::NAN; 384];
    let extent = encoder.embed_into("Could you send me the figures?", &mut vector).unwrap();
    assert_eq!((vector, extent.tokens, extent.truncated), (expected.vector, 9, false));
    for size in [0, 383, 385] {
        let result = encoder.embed_into("x", &mut vec![0.0; size]);
        assert!(matches!(result, Err(EmbeddingError::Failed { .. })), "{size}");
    }
}

#[test]
fn windows_read_what_cutting_leaves_out() {
    let cut = encoder();
    let windows = encoder().with_long_text(LongText::Windows { max: 4 });
    assert_ne!(cut.fingerprint(), windows.fingerprint());
    let same = encoder().with_long_text(LongText::Windows { max: 4 }).with_long_text(LongText::Cut);
    assert_eq!(cut.fingerprint(), same.fingerprint());

    // What fits is read as it is.
    let short = "We meet on Friday at ten in the old library.";
    assert_eq!(cut.embed(short).unwrap(), windows.embed(short).unwrap());

    let music = "The orchestra played a slow symphony and the violins were beautiful. ".repeat(24);
    let engine = "The mechanic replaced the gearbox, the brakes and the oil filter of the truck. ".repeat(24);
    let long = format!("{music}{engine}");
    let (about_music, about_engine) = (cut.embed(&music).unwrap().vector, cut.embed(&engine).unwrap().vector);
    let (of_start, of_all) = (cut.embed(&long).unwrap(), windows.embed(&long).unwrap());
    assert!(of_start.truncated && of_start.tokens == 256);
    // Each window has its own special tokens.
    let windows_of_long = (cut.count_tokens(&long) - 2).div_ceil(254);
    assert!(windows_of_long > 2);
    assert!(!of_all.truncated && of_all.tokens == cut.count_tokens(&long) + 2 * (windows_of_long - 1));
    assert!(cosine(&of_all.vector, &about_music) > 0.6 && cosine(&of_all.vector, &about_engine) > 0.6);
    assert!(cosine(&of_all.vector, &about_engine) > cosine(&of_start.vector, &about_engine) + 0.3);
    assert!((cosine(&of_all.vector, &of_all.vector) - 1.0).abs() < 1e-5);

    // The limit on windows holds, and is said.
    let longer = long.repeat(10);
    let embedding = windows.embed(&longer).unwrap();
    assert_eq!((embedding.truncated, embedding.tokens), (true, 4 * 256));

    // In batches as alone.
    let texts = [short, long.as_str(), "", longer.as_str()];
    let batch = windows.embed_batch(&texts, &CancelToken::new()).unwrap();
    let single: Vec<Embedding> = texts.iter().map(|text| windows.embed(text).unwrap()).collect();
    assert_eq!(batch, single);
}

/// Prints the instruction set and a sum over a vector's bits, for the test below.
#[test]
#[ignore = "run by another test, in a process with its own environment"]
fn tell_isa_and_bits() {
    let encoder = encoder();
    let vector = encoder.embed("The same text, the same vector, whatever computes it. 🙂").unwrap().vector;
    let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    println!("told {} {:08x}", encoder.isa(), crc32fast::hash(&bytes));
}

#[test]
fn the_environment_lowers_the_choice_and_changes_no_bit() {
    let tell = |name: Option<&str>| {
        // Under emulation, a program has to be started by the emulator.
        let mut command = match std::env::var_os("IDIOLECT_TEST_RUNNER") {
            Some(runner) => {
                let mut command = Command::new(runner);
                command.arg(std::env::current_exe().unwrap());
                command
            }
            None => Command::new(std::env::current_exe().unwrap()),
        };
        command.args(["--exact", "tell_isa_and_bits", "--ignored", "--nocapture"]);
        match name {
            Some(name) => command.env("IDIOLECT_SIMD", name),
            None => command.env_remove("IDIOLECT_SIMD"),
        };
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let told = output.split_once("told ").map_or_else(|| panic!("{output}"), |(_, rest)| rest);
        let mut words = told.split_whitespace();
        let name = words.next().unwrap();
        let isa = Isa::ALL.into_iter().find(|isa| isa.name() == name).unwrap();
        (isa, words.next().unwrap().to_owned())
    };
    let (best, bits) = tell(None);
    assert_eq!(tell(Some("no such thing")), (best, bits.clone()));
    let mut seen = vec![best];
    for limit in Isa::ALL {
        let (isa, same) = tell(Some(limit.name()));
        assert!(isa <= limit && isa <= best, "{limit} gave {isa}");
        assert_eq!(same, bits, "{isa} gives another vector");
        seen.push(isa);
    }
    assert!(seen.contains(&Isa::Portable));
    for name in std::env::var("IDIOLECT_EXPECT_SIMD").unwrap_or_default().split(',') {
        assert!(name.is_empty() || seen.iter().any(|isa| isa.name() == name), "{name} was never used");
    }
}
