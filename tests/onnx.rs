//! The ONNX encoder on models that this file writes itself, and on a published one where it is at hand.
//!
//! The small models are ONNX protobufs put together field by field (`wire`): an embedding table that
//! `input_ids` picks rows from, so that every vector can be worked out by hand. The published folder is named
//! by `IDIOLECT_MODEL_DIR`, by default `../shared/models/all-MiniLM-L6-v2`; where it is absent its tests say so.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use idiolect::EmbeddingError;
use idiolect::{Embedder, OnnxEmbedder};
use proptest::prelude::*;
use tempfile::TempDir;

/// Just enough of the protobuf wire format and of ONNX's field numbers to write a model.
mod wire {
    pub(super) fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    pub(super) fn int(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    pub(super) fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
    }

    pub(super) const FLOAT: u64 = 1;
    pub(super) const INT8: u64 = 3;
    pub(super) const INT64: u64 = 7;

    pub(super) fn tensor(name: &str, kind: u64, dims: &[u64], raw: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = dims.iter().flat_map(|dim| int(1, *dim)).collect();
        out.extend([int(2, kind), bytes(8, name), bytes(9, raw)].concat());
        out
    }

    pub(super) fn floats(name: &str, dims: &[u64], values: &[f32]) -> Vec<u8> {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        tensor(name, FLOAT, dims, &raw)
    }

    /// A value's name, type and dimensions; a dimension is a number or the name of a free one.
    pub(super) fn value(name: &str, kind: u64, dims: &[&str]) -> Vec<u8> {
        let dims: Vec<u8> = dims
            .iter()
            .flat_map(|dim| match dim.parse() {
                Ok(number) => bytes(1, int(1, number)),
                Err(_) => bytes(1, bytes(2, dim)),
            })
            .collect();
        bytes_of(name, &[int(1, kind), bytes(2, dims)].concat())
    }

    fn bytes_of(name: &str, tensor_type: &[u8]) -> Vec<u8> {
        [bytes(1, name), bytes(2, bytes(1, tensor_type))].concat()
    }

    pub(super) fn node(op: &str, inputs: &[&str], outputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut out: Vec<u8> = inputs.iter().flat_map(|name| bytes(1, name)).collect();
        out.extend(outputs.iter().flat_map(|name| bytes(2, name)));
        out.extend([bytes(3, format!("{op}_{}", outputs[0])), bytes(4, op)].concat());
        out.extend(attributes.iter().flat_map(|attribute| bytes(5, attribute)));
        out
    }

    pub(super) fn int_attribute(name: &str, value: u64) -> Vec<u8> {
        [bytes(1, name), int(3, value), int(20, 2)].concat()
    }

    #[derive(Default)]
    pub(super) struct Graph {
        pub(super) nodes: Vec<Vec<u8>>,
        pub(super) weights: Vec<Vec<u8>>,
        pub(super) inputs: Vec<Vec<u8>>,
        pub(super) outputs: Vec<Vec<u8>>,
        pub(super) stored_shapes: Vec<Vec<u8>>,
    }

    impl Graph {
        pub(super) fn model(&self) -> Vec<u8> {
            let mut graph: Vec<u8> = Vec::new();
            let parts = [
                (1, &self.nodes),
                (5, &self.weights),
                (11, &self.inputs),
                (12, &self.outputs),
                (13, &self.stored_shapes),
            ];
            for (field, items) in parts {
                graph.extend(items.iter().flat_map(|item| bytes(field, item)));
            }
            graph.extend(bytes(2, "small"));
            [int(1, 8), bytes(8, [bytes(1, ""), int(2, 13)].concat()), bytes(7, graph)].concat()
        }
    }
}

use wire::Graph;

const HIDDEN: usize = 4;
/// [UNK] [CLS] [SEP] red green blue, a row each.
const TABLE: [[f32; HIDDEN]; 6] = [
    [0.5, 0.5, 0.5, 0.5],
    [1.0, 0.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, -1.0],
    [3.0, 1.0, -2.0, 0.5],
    [-1.0, 4.0, 0.25, 2.0],
    [0.125, -0.5, 6.0, 1.0],
];
const TOKENIZER: &str = r#"{"version":"1.0","truncation":{"max_length":3,"strategy":"LongestFirst","stride":0},
"padding":{"strategy":{"Fixed":9},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"[UNK]"},
"added_tokens":[],"normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"},
"post_processor":{"type":"TemplateProcessing",
"single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
"decoder":null,"model":{"type":"WordLevel","unk_token":"[UNK]",
"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"red":3,"green":4,"blue":5}}}"#;

fn lookup() -> Graph {
    let table: Vec<f32> = TABLE.concat();
    Graph {
        nodes: vec![wire::node("Gather", &["table", "input_ids"], &["last_hidden_state"], &[])],
        weights: vec![wire::floats("table", &[6, HIDDEN as u64], &table)],
        inputs: vec![wire::value("input_ids", wire::INT64, &["batch", "sequence"])],
        outputs: vec![wire::value("last_hidden_state", wire::FLOAT, &["batch", "sequence", "4"])],
        ..Graph::default()
    }
}

/// A folder with this model, the tokenizer, a limit of eight tokens, and further files.
fn folder(model: &[u8], files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.onnx"), model).unwrap();
    fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
    fs::write(folder.path().join("sentence_bert_config.json"), r#"{"max_seq_length": 8}"#).unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn open(model: &[u8], files: &[(&str, &str)]) -> Result<OnnxEmbedder, EmbeddingError> {
    OnnxEmbedder::open(folder(model, files).path())
}

fn unit(values: &[f32]) -> Vec<f32> {
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / norm).collect()
}

fn mean(ids: &[usize]) -> Vec<f32> {
    (0..HIDDEN).map(|at| ids.iter().map(|id| TABLE[*id][at]).sum::<f32>() / ids.len() as f32).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[track_caller]
fn near(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} is not {expected:?}");
}

#[test]
fn a_folder_without_settings_pools_by_the_mean() {
    let encoder = open(&lookup().model(), &[]).unwrap();
    assert_eq!(encoder.dimensions(), HIDDEN);
    let embedding = encoder.embed("Red blue").unwrap();
    near(&embedding.vector, &unit(&mean(&[1, 3, 5, 2])));
    assert_eq!((embedding.tokens, embedding.truncated), (4, false));
    near(&encoder.embed("").unwrap().vector, &unit(&mean(&[1, 2])));
    near(&encoder.embed("mauve").unwrap().vector, &unit(&mean(&[1, 0, 2])));
}

#[test]
fn the_pooling_is_the_folders() {
    let pooled = |mode: &str| {
        let config = format!(r#"{{"{mode}": true, "pooling_mode_other": false}}"#);
        let encoder = open(&lookup().model(), &[("1_Pooling/config.json", &config)])?;
        encoder.embed("green red").map(|embedding| embedding.vector)
    };
    near(&pooled("pooling_mode_mean_tokens").unwrap(), &unit(&mean(&[1, 4, 3, 2])));
    near(&pooled("pooling_mode_cls_token").unwrap(), &unit(&TABLE[1]));
    near(&pooled("pooling_mode_lasttoken").unwrap(), &unit(&TABLE[2]));
    near(&pooled("pooling_mode_max_tokens").unwrap(), &unit(&[3.0, 4.0, 0.25, 2.0]));
    let weighted = pooled("pooling_mode_weightedmean_tokens");
    assert!(matches!(weighted, Err(EmbeddingError::Unsupported { .. })), "{weighted:?}");
}

#[test]
fn modules_say_where_pooling_lies_and_what_follows_it() {
    let modules = |kind: &str| {
        format!(r#"[{{"path":"2_P","type":"s.models.Pooling"}},{{"path":"3_X","type":"s.models.{kind}"}}]"#)
    };
    let pooling = r#"{"pooling_mode_cls_token":true}"#;
    let open = |kind: &str| {
        open(&lookup().model(), &[("modules.json", &modules(kind)), ("2_P/config.json", pooling)])
    };
    near(&open("Normalize").unwrap().embed("red").unwrap().vector, &unit(&TABLE[1]));
    assert!(matches!(open("Dense"), Err(EmbeddingError::Unsupported { .. })));
}

#[test]
fn long_texts_are_cut_and_say_so() {
    let encoder = open(&lookup().model(), &[]).unwrap();
    assert_eq!(encoder.max_tokens(), 8);
    let full = encoder.embed("red green blue red green blue").unwrap();
    assert_eq!((full.tokens, full.truncated), (8, false));
    let cut = encoder.embed("red green blue red green blue red").unwrap();
    assert_eq!((cut.tokens, cut.truncated), (8, true));
    assert_eq!(cut.vector, full.vector);
    // Long enough that only a prefix is tokenized, with spaces and without.
    for tail in [" blue".repeat(200_000), format!("{}red", " ".repeat(1_000_000)), "x".repeat(1_000_000)] {
        let long = encoder.embed(&format!("red green blue red green blue {tail}")).unwrap();
        assert_eq!((long.tokens, long.truncated), (8, true));
        assert_eq!(long.vector, full.vector);
    }
    let spaces = encoder.embed(&format!("{}red{}", " ".repeat(9_000), " ".repeat(9_000))).unwrap();
    assert_eq!((spaces.tokens, spaces.truncated), (3, false));
}

#[test]
fn inputs_are_fed_by_name_in_any_order() {
    // hidden = table[ids] + kinds[types] + mask as float
    let mut graph = lookup();
    graph.nodes = vec![
        wire::node("Gather", &["table", "input_ids"], &["words"], &[]),
        wire::node("Gather", &["kinds", "token_type_ids"], &["offsets"], &[]),
        wire::node("Add", &["words", "offsets"], &["sum"], &[]),
        wire::node("Cast", &["attention_mask"], &["mask"], &[wire::int_attribute("to", wire::FLOAT)]),
        wire::node("Unsqueeze", &["mask", "last"], &["column"], &[]),
        wire::node("Add", &["sum", "column"], &["last_hidden_state"], &[]),
    ];
    graph.weights.push(wire::floats("kinds", &[2, 4], &[10.0, 0.0, 0.0, 0.0, 0.0, 99.0, 0.0, 0.0]));
    graph.weights.push(wire::tensor("last", wire::INT64, &[1], &2i64.to_le_bytes()));
    graph.inputs = ["token_type_ids", "attention_mask", "input_ids"]
        .map(|name| wire::value(name, wire::INT64, &["batch", "sequence"]))
        .to_vec();
    let expected: Vec<f32> = mean(&[1, 4, 2])
        .iter()
        .enumerate()
        .map(|(at, value)| value + if at == 0 { 11.0 } else { 1.0 })
        .collect();
    near(&open(&graph.model(), &[]).unwrap().embed("green").unwrap().vector, &unit(&expected));
}

#[test]
fn a_graph_that_pools_is_read_as_it_is() {
    let mut graph = lookup();
    graph.nodes.push(wire::node(
        "ReduceMax",
        &["last_hidden_state"],
        &["sentence_embedding"],
        &[
            [wire::bytes(1, "axes"), wire::int(8, 1), wire::int(20, 7)].concat(),
            wire::int_attribute("keepdims", 0),
        ],
    ));
    graph.outputs.push(wire::value("sentence_embedding", wire::FLOAT, &["batch", "4"]));
    // A dense layer is inside the graph then.
    let modules = ("modules.json", r#"[{"path":"2_Dense","type":"s.models.Dense"}]"#);
    let encoder = open(&graph.model(), &[modules]).unwrap();
    near(&encoder.embed("red").unwrap().vector, &unit(&[3.0, 1.0, 0.0, 0.5]));
}

#[test]
fn a_fixed_length_is_padded_under_the_mask() {
    let mut graph = lookup();
    graph.inputs =
        ["input_ids", "attention_mask"].map(|name| wire::value(name, wire::INT64, &["1", "6"])).to_vec();
    graph.nodes = vec![
        wire::node("Gather", &["table", "input_ids"], &["words"], &[]),
        wire::node("Cast", &["attention_mask"], &["mask"], &[wire::int_attribute("to", wire::FLOAT)]),
        wire::node("ReduceSum", &["mask"], &["count"], &[]),
        wire::node("Add", &["words", "count"], &["last_hidden_state"], &[]),
    ];
    let encoder = open(&graph.model(), &[]).unwrap();
    assert_eq!(encoder.max_tokens(), 6);
    let expected: Vec<f32> = mean(&[1, 3, 2]).iter().map(|value| value + 3.0).collect();
    near(&encoder.embed("red").unwrap().vector, &unit(&expected));
    assert!(encoder.embed("red red red red red").unwrap().truncated);
    graph.inputs.pop();
    graph.nodes = lookup().nodes;
    assert!(matches!(open(&graph.model(), &[]), Err(EmbeddingError::Unsupported { .. })));
}

#[test]
fn dynamically_quantized_graphs_run_despite_their_stored_shapes() {
    // hidden = dequantize(quantize(table[ids]) x weights), columns with zero points of their own.
    let weights: [i8; 16] = [100, -20, 3, 0, -7, 90, 14, 5, 0, 33, -110, 8, 21, -2, 6, 127];
    let zeros: [i8; 4] = [0, 4, -3, 10];
    let scales = [0.01f32, 0.02, 0.005, 0.03];
    let bytes = |values: &[i8]| values.iter().map(|value| *value as u8).collect::<Vec<u8>>();
    let mut graph = lookup();
    graph.weights.push(wire::tensor("w", wire::INT8, &[4, 4], &bytes(&weights)));
    graph.weights.push(wire::tensor("w_zero", wire::INT8, &[4], &bytes(&zeros)));
    graph.weights.push(wire::floats("w_scale", &[4], &scales));
    graph.nodes = vec![
        wire::node("Gather", &["table", "input_ids"], &["words"], &[]),
        wire::node("DynamicQuantizeLinear", &["words"], &["q", "q_scale", "q_zero"], &[]),
        wire::node("MatMulInteger", &["q", "w", "q_zero", "w_zero"], &["product"], &[]),
        wire::node("Cast", &["product"], &["real"], &[wire::int_attribute("to", wire::FLOAT)]),
        wire::node("Mul", &["q_scale", "w_scale"], &["scale"], &[]),
        wire::node("Mul", &["real", "scale"], &["last_hidden_state"], &[]),
    ];
    graph.stored_shapes = vec![wire::value("words", wire::FLOAT, &["batch", "7", "9"])];
    let expected: Vec<f32> = (0..4)
        .map(|column| {
            let dot = |row: &[f32; 4]| {
                (0..4)
                    .map(|k| row[k] * f32::from(weights[k * 4 + column] - zeros[column]) * scales[column])
                    .sum::<f32>()
            };
            [1, 4, 5, 2].iter().map(|id: &usize| dot(&TABLE[*id])).sum()
        })
        .collect();
    let got = open(&graph.model(), &[]).unwrap().embed("green blue").unwrap().vector;
    let cosine = cosine(&got, &unit(&expected));
    assert!(cosine > 0.9999, "{cosine}: {got:?}");
}

#[test]
fn files_are_chosen_and_found_where_publishers_put_them() {
    let folder = folder(&lookup().model(), &[]);
    let path = folder.path();
    let flat = OnnxEmbedder::open(path).unwrap();
    fs::create_dir(path.join("onnx")).unwrap();
    fs::rename(path.join("model.onnx"), path.join("onnx/model.onnx")).unwrap();
    let nested = OnnxEmbedder::open(path).unwrap();
    let chosen = OnnxEmbedder::open_file("onnx/model.onnx", path).unwrap();
    assert_eq!(flat.fingerprint(), nested.fingerprint());
    assert_eq!(flat.fingerprint(), chosen.fingerprint());
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(flat.fingerprint().starts_with(&format!("onnx:{name}:")), "{}", flat.fingerprint());
    // The pooling changes the vectors, so it changes the fingerprint; what is put back gives the same again.
    fs::create_dir(path.join("1_Pooling")).unwrap();
    fs::write(path.join("1_Pooling/config.json"), r#"{"pooling_mode_cls_token": true}"#).unwrap();
    assert_ne!(OnnxEmbedder::open(path).unwrap().fingerprint(), flat.fingerprint());
    fs::remove_dir_all(path.join("1_Pooling")).unwrap();
    assert_eq!(OnnxEmbedder::open(path).unwrap().fingerprint(), flat.fingerprint());
    assert!(matches!(OnnxEmbedder::open_file("absent.onnx", path), Err(EmbeddingError::Io { .. })));
}

#[test]
fn what_is_not_an_encoder_is_refused_by_kind() {
    let model = lookup().model();
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(OnnxEmbedder::open(empty.path()), Err(EmbeddingError::Io { .. })));
    assert!(matches!(OnnxEmbedder::open(empty.path().join("absent")), Err(EmbeddingError::Io { .. })));
    assert!(matches!(OnnxEmbedder::open_file(".", empty.path()), Err(EmbeddingError::Io { .. })));
    for foreign in [&b""[..], b"PK\x03\x04 an archive", b"{\"json\": true}", &[0; 64], &wire::int(1, 8)] {
        let error = open(foreign, &[]).unwrap_err();
        assert!(matches!(error, EmbeddingError::Foreign { .. }), "{foreign:?}: {error}");
    }
    let damaged = open(&model[..model.len() / 2], &[]).unwrap_err();
    assert!(matches!(damaged, EmbeddingError::Damaged { .. }), "{damaged}");
    let tokenizer = open(&model, &[("tokenizer.json", "{}")]).unwrap_err();
    assert!(matches!(tokenizer, EmbeddingError::Foreign { .. }), "{tokenizer}");
    let settings = open(&model, &[("sentence_bert_config.json", "{")]).unwrap_err();
    assert!(matches!(settings, EmbeddingError::Damaged { .. }), "{settings}");
    let short = open(&model, &[("sentence_bert_config.json", r#"{"max_seq_length": 2}"#)]).unwrap_err();
    assert!(matches!(short, EmbeddingError::Unsupported { .. }), "{short}");
}

/// A way to make a good graph a bad one, and its name.
type Edit<'a> = (&'static str, &'a dyn Fn(&mut Graph));

#[test]
fn graphs_that_are_no_sentence_encoders_are_unsupported() {
    let image =
        |graph: &mut Graph| graph.inputs = vec![wire::value("pixels", wire::FLOAT, &["1", "3", "8", "8"])];
    let no_ids =
        |graph: &mut Graph| graph.inputs = vec![wire::value("attention_mask", wire::INT64, &["b", "s"])];
    let batch = |graph: &mut Graph| graph.inputs = vec![wire::value("input_ids", wire::INT64, &["4", "s"])];
    let op = |graph: &mut Graph| {
        graph.nodes = vec![wire::node("Bewitch", &["table", "input_ids"], &["last_hidden_state"], &[])];
    };
    let silent = |graph: &mut Graph| graph.outputs.clear();
    let edits: [Edit; 5] =
        [("image", &image), ("no ids", &no_ids), ("batch", &batch), ("op", &op), ("silent", &silent)];
    for (name, edit) in edits {
        let mut graph = lookup();
        edit(&mut graph);
        let error = open(&graph.model(), &[]).unwrap_err();
        assert!(matches!(error, EmbeddingError::Unsupported { .. }), "{name}: {error}");
    }
    let mut dangling = lookup();
    dangling.outputs = vec![wire::value("nowhere", wire::FLOAT, &["b", "s", "4"])];
    assert!(matches!(open(&dangling.model(), &[]), Err(EmbeddingError::Damaged { .. })));
}

#[test]
fn a_vector_without_direction_is_an_error() {
    for (value, what) in [(0.0f32, "zero"), (f32::NAN, "NaN"), (f32::INFINITY, "infinite")] {
        let mut graph = lookup();
        graph.weights = vec![wire::floats("table", &[6, 4], &[value; 24])];
        assert!(matches!(open(&graph.model(), &[]), Err(EmbeddingError::Failed { .. })), "{what}");
    }
    // Ids beyond the table are the text's fault at worst: an error, not a crash.
    let mut graph = lookup();
    graph.weights = vec![wire::floats("table", &[4, 4], &TABLE[..4].concat())];
    let encoder = open(&graph.model(), &[]).unwrap();
    assert!(encoder.embed("red").is_ok());
    let error = encoder.embed("blue").unwrap_err();
    assert!(matches!(error, EmbeddingError::Failed { .. }));
    assert!(!error.to_string().contains("blue"));
}

#[test]
fn every_truncation_is_an_error() {
    let model = lookup().model();
    let folder = folder(&model, &[]);
    for length in 0..model.len() {
        fs::write(folder.path().join("model.onnx"), &model[..length]).unwrap();
        assert!(OnnxEmbedder::open(folder.path()).is_err(), "{length} of {} bytes", model.len());
    }
}

#[test]
fn a_flipped_bit_gives_an_error_or_a_unit_vector() {
    let model = lookup().model();
    let folder = folder(&model, &[]);
    let mut opened = 0;
    for bit in 0..model.len() * 8 {
        let mut flipped = model.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(folder.path().join("model.onnx"), &flipped).unwrap();
        let Ok(encoder) = OnnxEmbedder::open(folder.path()) else { continue };
        opened += 1;
        if let Ok(embedding) = encoder.embed("red green blue") {
            assert!((cosine(&embedding.vector, &embedding.vector) - 1.0).abs() < 1e-5, "bit {bit}");
        }
    }
    // Nearly all bits are weights, which carry no checksum.
    assert!(opened > 0);
}

#[test]
fn threads_share_one_encoder() {
    let encoder = open(&lookup().model(), &[]).unwrap();
    let alone = encoder.embed("red green").unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(encoder.embed("red green").unwrap(), alone)));
        }
    });
}

proptest! {
    #[test]
    fn any_text_gives_a_unit_vector(text in any::<String>(), repeat in 1usize..40) {
        thread_local!(static ENCODER: OnnxEmbedder = open(&lookup().model(), &[]).unwrap());
        let embedding = ENCODER.with(|encoder| encoder.embed(&text.repeat(repeat))).unwrap();
        prop_assert!((cosine(&embedding.vector, &embedding.vector) - 1.0).abs() < 1e-5);
        prop_assert!((2..=8).contains(&embedding.tokens));
        prop_assert!(!embedding.truncated || embedding.tokens == 8);
    }
}

fn published() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/all-MiniLM-L6-v2");
    let folder = std::env::var_os("IDIOLECT_MODEL_DIR").map_or_else(default, PathBuf::from);
    let present = folder.join("model.onnx").exists();
    if !present {
        eprintln!("skipped: no published encoder in {}", folder.display());
    }
    present.then_some(folder)
}

#[test]
fn the_published_encoder_tells_near_from_far() {
    let Some(folder) = published() else { return };
    let encoder = OnnxEmbedder::open(folder).unwrap();
    let embed = |text: &str| encoder.embed(text).unwrap();
    assert_eq!((encoder.dimensions(), encoder.max_tokens()), (384, 256));
    let [cat, kitten, ledger] = [
        "A cat sleeps on the sofa.",
        "The kitten is napping on the couch.",
        "The quarterly ledger is overdue.",
    ]
    .map(|text| embed(text).vector);
    assert!(cosine(&cat, &kitten) > 0.6, "{}", cosine(&cat, &kitten));
    assert!(cosine(&cat, &ledger) < 0.2, "{}", cosine(&cat, &ledger));
    assert_eq!(embed("").tokens, 2);
    assert_eq!(embed("hello world").tokens, 4);
    let long = embed(&"word ".repeat(300));
    assert_eq!((long.tokens, long.truncated), (256, true));
    assert_eq!(long.vector, embed(&"word ".repeat(254)).vector);
}

#[test]
fn the_published_encoder_agrees_with_another_runtime() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/minilm_f32_golden.json");
    let Some(folder) = published() else { return };
    let Ok(golden) = fs::read(golden) else {
        eprintln!("skipped: no golden vectors in tests/data");
        return;
    };
    let encoder = OnnxEmbedder::open(folder).unwrap();
    let golden: Vec<serde_json::Value> = serde_json::from_slice(&golden).unwrap();
    assert!(!golden.is_empty());
    for row in golden {
        let vector: Vec<f32> =
            row["vector"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect();
        let text = row["text"].as_str().unwrap();
        let cosine = cosine(&unit(&vector), &encoder.embed(text).unwrap().vector);
        assert!(cosine > 0.9999, "{cosine}: {text:?}");
    }
}

#[test]
fn the_published_int8_file_is_near_the_f32_one() {
    let Some(folder) = published().filter(|folder| folder.join("model_int8.onnx").exists()) else { return };
    let real = OnnxEmbedder::open(&folder).unwrap();
    let quantized = OnnxEmbedder::open_file("model_int8.onnx", &folder).unwrap();
    assert_ne!(real.fingerprint(), quantized.fingerprint());
    let texts = [
        "Hi Anna, thanks for the notes. I will send the figures on Monday.",
        "Please find attached the minutes of yesterday's meeting.",
        "The film is slow, but the last half hour makes up for it.",
        "fn main() { println!(\"hello\"); }",
        "Grüße aus Köln, bis bald!",
        "What are some effective ways to learn a new language?",
    ];
    let cosines =
        texts.map(|text| cosine(&real.embed(text).unwrap().vector, &quantized.embed(text).unwrap().vector));
    assert!(cosines.iter().sum::<f32>() / cosines.len() as f32 >= 0.98, "{cosines:?}");
    assert!(cosines.iter().all(|cosine| *cosine < 0.999_99), "the same weights twice: {cosines:?}");
}
