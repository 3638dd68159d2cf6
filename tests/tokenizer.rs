//! Our tokenizer against the `tokenizers` package, id for id.
//!
//! The package is set up from the vocabulary of the model file in the repository, and, where
//! `IDIOLECT_MODEL_DIR` (by default `../shared/models/all-MiniLM-L6-v2`) exists, from the publisher's
//! `tokenizer.json` as it is. The texts are made here; those below `IDIOLECT_EVAL_DATA` (by default
//! `../shared/eval`) join where they are present.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::{Path, PathBuf};

use idiolect::NativeEmbedder;
use idiolect::internals::embedding::{Vocabulary, WordPiece};
use serde_json::{Value, json};
use tokenizers::{Tokenizer, TruncationParams};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ours() -> WordPiece {
    let encoder = NativeEmbedder::open(root().join("examples/models/all-MiniLM-L6-v2.idm"));
    encoder.expect("the repository carries the model").tokenizer().clone()
}

/// The package's tokenizer with the same vocabulary and settings.
fn reference(vocabulary: &Vocabulary) -> Tokenizer {
    let token = |id: u32| vocabulary.tokens.get(id);
    let (first, last) = (token(vocabulary.first), token(vocabulary.last));
    let map: serde_json::Map<String, Value> =
        vocabulary.tokens.iter().enumerate().map(|(id, token)| (token.to_owned(), json!(id))).collect();
    let added = vocabulary.added.iter().map(|&id| {
        json!({
            "id": id, "content": token(id), "special": true,
            "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        })
    });
    let special = |id: u32| json!({ "id": token(id), "ids": [id], "tokens": [token(id)] });
    let config = json!({
        "version": "1.0",
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": vocabulary.clean_text,
            "handle_chinese_chars": vocabulary.split_ideographs,
            "strip_accents": vocabulary.strip_accents,
            "lowercase": vocabulary.lowercase,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                { "SpecialToken": { "id": first, "type_id": 0 } },
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": last, "type_id": 0 } },
            ],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { first: special(vocabulary.first), last: special(vocabulary.last) },
        },
        "model": {
            "type": "WordPiece",
            "unk_token": token(vocabulary.unknown),
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": vocabulary.max_word_chars,
            "vocab": map,
        },
    });
    Tokenizer::from_bytes(config.to_string()).unwrap()
}

/// Compares every text, whole and cut; panics with the first that differs.
fn assert_same(ours: &WordPiece, reference: &Tokenizer, texts: &[String]) {
    for text in texts {
        let expected = reference.encode_fast(text.as_str(), true).unwrap();
        let got = ours.encode(text, usize::MAX);
        assert!(!got.truncated);
        assert_eq!(got.ids, expected.get_ids(), "{:?}", text.chars().take(400).collect::<String>());
        assert_eq!(ours.count(text), got.ids.len());
        let cut = ours.encode(text, 16);
        assert_eq!(cut.truncated, got.ids.len() > 16);
        if cut.truncated {
            assert_eq!((&cut.ids[..15], cut.ids[15]), (&got.ids[..15], got.ids[got.ids.len() - 1]));
        } else {
            assert_eq!(cut.ids, got.ids);
        }
    }
}

/// The generator `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

fn written() -> Vec<String> {
    let texts = [
        "",
        " ",
        "\n\t\r",
        "Hello, World!",
        "don't won't I'll we've O'Brien's",
        "Cr\u{e8}me br\u{fb}l\u{e9}e \u{e0} la fa\u{e7}ade na\u{ef}ve \u{c5}ngstr\u{f6}m",
        "e\u{301}e\u{301}\u{327} o\u{308}\u{304} \u{301}\u{301} \u{1e69} \u{1e9b}\u{323} q\u{307}\u{323}",
        "stra\u{df}e STRASSE \u{1e9e} \u{130}stanbul \u{131} \u{3a3}\u{3c2} \u{fb01}ne \u{1c4}",
        "\u{4eca}\u{5929}\u{5929}\u{6c14}\u{5f88}\u{597d}\u{ff0c}abc\u{4e2d}def \u{3402}\u{20000}\u{2b820}\u{f900}\u{2f800}",
        "\u{3053}\u{3093}\u{306b}\u{3061}\u{306f}\u{3001}\u{30ab}\u{30bf}\u{30ab}\u{30ca} \u{304c}\u{ff76}\u{ff9e}",
        "\u{c548}\u{b155}\u{d558}\u{c138}\u{c694} \u{1112}\u{1161}\u{11ab}",
        "\u{645}\u{631}\u{62d}\u{628}\u{627}\u{64b} \u{640}\u{61f} \u{660}\u{6f5}",
        "\u{5e9}\u{5c1}\u{5dc}\u{5d5}\u{5b9}\u{5dd} \u{5be}\u{5f3}",
        "\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}\u{e04}\u{e23}\u{e31}\u{e1a}",
        "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{915}\u{93c} \u{958} \u{0964}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f600}\u{1f44d}\u{1f3fd} \u{2764}\u{fe0f} \u{1f1e9}\u{1f1ea} 3\u{fe0f}\u{20e3}",
        "a\0b\u{1}c\u{7f}d\u{85}e\u{9f}f\u{ad}g\u{b}h\u{c}i\u{1c}j",
        "zero\u{200b}width\u{200c}non\u{200d}joiner\u{feff}bom\u{2060}x\u{180e}y",
        "a\u{a0}b\u{1680}c\u{2000}d\u{2003}e\u{2028}f\u{2029}g\u{202f}h\u{205f}i\u{3000}j",
        "\u{202e}right to left\u{202c} \u{2066}isolate\u{2069}",
        "\u{e000}\u{f8ff}\u{f0000} private \u{378}\u{e0080} unassigned \u{fffe}\u{ffff}\u{fdd0}",
        "[CLS] [SEP] [MASK] [PAD] [UNK] [unused0] [ MASK ] [mask]",
        "a[MASK]b[SEP][SEP]c [CLS [MASK[MASK]] [[SEP]]",
        "e[SEP]\u{301}e \u{301}[MASK]\u{327}",
        "\u{201c}quotes\u{201d} \u{2018}x\u{2019} \u{2014} \u{2013} \u{2026} \u{a1}\u{bf} \u{a7} \u{b6} \u{ab}\u{bb} \u{20ac}\u{a3}\u{a5} \u{b0}C",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "snake_case camelCase kebab-case path/to/file.rs C:\\dir a@b.co #tag $9.99 50%",
        "1234567890 3.14159 1,000,000 0xdeadbeef 1e-9 \u{bd} \u{b2} \u{2160} \u{ff11}\u{ff12}",
        "\u{1d400}\u{1d41b} \u{1d15e} \u{1d160} \u{302e}\u{302f}\u{1d165}",
        "\u{11938}\u{1193e} \u{61d} \u{166d} \u{111c9} \u{8e2} \u{110cd} \u{2e43} \u{2e5d} \u{1e944}",
        "\u{212b}\u{2126}\u{212a} \u{1f71}\u{1fc1}\u{1fef} \u{2329}\u{232a} \u{37e}\u{387}",
        "\u{344}\u{f73}\u{f71}\u{f72} \u{340}\u{341}\u{343}",
    ];
    let mut texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    for length in [99, 100, 101, 102, 1000] {
        texts.push("x".repeat(length));
        texts.push("\u{e9}".repeat(length));
        texts.push(format!("the {} end", "\u{130}".repeat(length / 2)));
        texts.push("e\u{301}\u{302}".repeat(length));
        texts.push("ab\u{ad}".repeat(length));
        texts.push("\u{1f600}".repeat(length));
        texts.push("!".repeat(length));
        texts.push("\u{4e00}".repeat(length));
        texts.push("\u{ac01}".repeat(length));
    }
    let invalid: [&[u8]; 6] = [
        b"caf\xe9 latin-1",
        b"\xff\xfeu\x00t\x00f\x00-\x001\x006\x00",
        b"cut \xe4\xb8",
        b"\xed\xa0\x80 surrogate \xc0\xaf overlong \xf5\x80\x80\x80",
        b"\x80\x81\x82word\xc3(",
        b"\xf0\x9f\x98 \xf0\x9f\x98\x80",
    ];
    texts.extend(invalid.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
    texts
}

/// Random strings over blocks of Unicode, with ASCII words, spaces and special tokens between.
fn random(count: usize) -> Vec<String> {
    let blocks: &[(u32, u32)] = &[
        (0x20, 0x7e),
        (0x61, 0x7a),
        (0x00, 0xff),
        (0xc0, 0x24f),
        (0x250, 0x36f),
        (0x300, 0x36f),
        (0x370, 0x52f),
        (0x590, 0x6ff),
        (0x900, 0xdff),
        (0xe00, 0xeff),
        (0xf00, 0xfff),
        (0x1000, 0x13ff),
        (0x1400, 0x18af),
        (0x1ab0, 0x1aff),
        (0x1e00, 0x1fff),
        (0x2000, 0x20ff),
        (0x2100, 0x2bff),
        (0x2e00, 0x2e7f),
        (0x3000, 0x30ff),
        (0x3130, 0x4dff),
        (0x4e00, 0x9fff),
        (0xa000, 0xabff),
        (0xac00, 0xd7ff),
        (0xe000, 0xf8ff),
        (0xf900, 0xffff),
        (0x10000, 0x11fff),
        (0x1d000, 0x1d7ff),
        (0x1f000, 0x1faff),
        (0x20000, 0x2ffff),
        (0xe0000, 0xe01ef),
        (0, 0x0010_ffff),
    ];
    let words = ["the", "Running", "unbelievable", "[MASK]", "[SEP]", "##ing", "co-op", "2024", "ok"];
    let mut random = Random(1);
    let mut one = || {
        let mut text = String::new();
        for _ in 0..random.below(12) {
            let (first, last) = blocks[random.below(blocks.len())];
            match random.below(6) {
                0 => text.push_str(words[random.below(words.len())]),
                1 => text.push(' '),
                _ => {
                    for _ in 0..=random.below(8) {
                        let c = first + random.below((last - first + 1) as usize) as u32;
                        text.extend(char::from_u32(c));
                    }
                }
            }
        }
        text
    };
    (0..count).map(|_| one()).collect()
}

/// Every character, 32 to a text, between letters: as a word's part, and again next to punctuation.
fn every_character() -> Vec<String> {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    let text = |chars: &[char]| chars.iter().flat_map(|&c| ['a', c, 'b', ' ', c, '.']).collect();
    all.chunks(32).map(text).collect()
}

/// The first string values of the JSON lines below the evaluation folder.
fn evaluation() -> Vec<String> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                files.push(path);
            }
        }
    }
    let folder = std::env::var_os("IDIOLECT_EVAL_DATA").map_or(root().join("../shared/eval"), PathBuf::from);
    let mut files = Vec::new();
    walk(&folder, &mut files);
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let content = std::fs::read_to_string(&file).unwrap();
        let lines = content.lines().take(400).filter_map(|line| serde_json::from_str(line).ok());
        for value in lines.flat_map(|line: serde_json::Map<String, Value>| line.into_iter()) {
            texts.extend(value.1.as_str().map(str::to_owned));
        }
    }
    texts
}

fn model_folder() -> PathBuf {
    let default = || root().join("../shared/models/all-MiniLM-L6-v2");
    std::env::var_os("IDIOLECT_MODEL_DIR").map_or_else(default, PathBuf::from)
}

#[test]
fn written_texts_and_every_character() {
    let ours = ours();
    let reference = reference(ours.vocabulary());
    assert_same(&ours, &reference, &written());
    assert_same(&ours, &reference, &every_character());
}

#[test]
fn random_texts() {
    let ours = ours();
    assert_same(&ours, &reference(ours.vocabulary()), &random(30_000));
}

#[test]
fn every_setting() {
    let ours = ours();
    let mut texts = written();
    texts.extend(random(1_000));
    for bits in 0..16 {
        let vocabulary = Vocabulary {
            clean_text: bits & 1 != 0,
            split_ideographs: bits & 2 != 0,
            strip_accents: bits & 4 != 0,
            lowercase: bits & 8 != 0,
            max_word_chars: if bits % 3 == 0 { 12 } else { 100 },
            ..ours.vocabulary().clone()
        };
        let reference = reference(&vocabulary);
        assert_same(&WordPiece::new(vocabulary).unwrap(), &reference, &texts);
    }
}

#[test]
fn publishers_file_as_it_is() {
    let path = model_folder().join("tokenizer.json");
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return;
    }
    let ours = ours();
    let mut reference = Tokenizer::from_file(path).unwrap();
    reference.with_padding(None);
    reference.with_truncation(None).unwrap();
    let mut texts = written();
    texts.extend(random(5_000));
    texts.extend(evaluation());
    assert_same(&ours, &reference, &texts);

    let cut = TruncationParams { max_length: 256, ..TruncationParams::default() };
    reference.with_truncation(Some(cut)).unwrap();
    for text in texts.iter().filter(|text| text.len() > 600) {
        let expected = reference.encode_fast(text.as_str(), true).unwrap();
        assert_eq!(ours.encode(text, 256).ids, expected.get_ids());
    }
}

#[test]
fn long_hostile_texts_take_linear_time() {
    let ours = ours();
    let million = 1 << 20;
    let texts = [
        "x".repeat(million),
        "[".repeat(million),
        "[MASK".repeat(million / 5),
        "\u{301}".repeat(million / 2),
        "\u{302}\u{327}".repeat(million / 4),
        format!("{} ", "z".repeat(100)).repeat(million / 101),
        format!("{}\u{1f600} ", "un".repeat(49)).repeat(million / 103),
        "\u{ac01}".repeat(million / 3),
        " ".repeat(million),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let count = ours.count(&text);
        assert!(start.elapsed().as_secs_f64() < 5.0, "{count} tokens in {:?}", start.elapsed());
        let start = std::time::Instant::now();
        assert!(ours.encode(&text, 256).ids.len() <= 256);
        assert!(start.elapsed().as_secs_f64() < 5.0);
    }
}
