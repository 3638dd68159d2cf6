//! Cosine between each encoder's vectors and the f32 model's, over varied texts.
//!
//! The reference for the native encoder is the published f32 file, run by tract. The reference for tract's own run is,
//! if present, the golden vectors of another runtime (`tests/data`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::encode::Encoder;
use crate::metrics::dot;
use crate::{Options, data, path_from};

/// Number of texts compared.
const TEXTS: usize = 500;

/// Texts of many kinds, used if there is no evaluation data.
const BUILT_IN: [&str; 24] = [
    "",
    "Hi Anna, thanks for the notes. I will send the figures on Monday.",
    "Please find attached the minutes of yesterday's meeting; corrections by Friday, please.",
    "lol ok see u at 8",
    "The film is slow, but the last half hour makes up for it. Three stars out of five.",
    "fn main() { println!(\"{}\", (1..=10).sum::<u32>()); }",
    "Grüße aus Köln, bis bald! Wir freuen uns auf euch.",
    "Ein Satz auf Deutsch, der ein wenig länger ist als die anderen, damit er mehr Wortstücke hat.",
    "東京は今日も雨です。",
    "Спасибо за быстрый ответ.",
    "What are some effective ways to learn a new language?",
    "Dear Sir or Madam, I am writing to complain about the delivery of my order 4711.",
    "BREAKING: markets fall 3.2% after surprise rate decision",
    "1. Preheat the oven to 180 C. 2. Mix flour, sugar and butter. 3. Bake for 40 minutes.",
    "The mitochondrion is the organelle in which most of a cell's adenosine triphosphate is made.",
    "We propose a method for estimating the parameters of sparse linear models under heavy-tailed noise.",
    "🙂🎉 happy birthday!!! 🎂",
    "Re: Re: Fwd: invoice overdue",
    "SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;",
    "https://example.org/a/b?c=d&e=f#g",
    "The party of the first part shall indemnify the party of the second part against all claims.",
    "I'd rather we didn't, but if you must, go ahead.",
    "Once upon a time there was a miller who had three sons, a mill, a donkey and a cat.",
    "a",
];

/// Fields that contain texts, in any set.
const FIELDS: [&str; 12] =
    ["text", "s1", "s2", "q", "question", "preference", "pre", "post", "before", "after", "body", "message"];

pub(crate) fn run(folder: &Path, options: &Options) {
    println!("\nfidelity, cosine to the f32 model {:>12} {:>9} {:>9}", "texts", "mean", "least");
    let reference = match Encoder::open("onnx", options.fresh) {
        Ok(reference) => reference,
        Err(reason) => {
            println!("  the f32 model: {reason}; skipped");
            return;
        }
    };
    let texts = sample(folder, TEXTS.min(options.limit));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = match reference.encode(&texts) {
        Ok(expected) => expected,
        Err(reason) => {
            println!("  the f32 model: {reason}; skipped");
            return;
        }
    };
    for (encoder, name) in [("native", "native"), ("onnx-int8", "onnx_int8")] {
        let encoded = Encoder::open(encoder, options.fresh).and_then(|encoder| encode(&encoder, &texts));
        match encoded {
            Ok(vectors) => {
                report(
                    &format!("{encoder} to tract f32"),
                    &format!("cosine_{name}_f32"),
                    &vectors,
                    &expected,
                );
            }
            Err(reason) => println!("  {encoder}: {reason}; skipped"),
        }
    }
    let Some(golden) = golden() else {
        println!("  golden f32 vectors: none in tests/data; cosine_onnx_f32 skipped");
        return;
    };
    let compared = golden.and_then(|(texts, vectors)| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok((encode(&reference, &texts)?, vectors))
    });
    match compared {
        Ok((ours, vectors)) => report("tract f32 to golden f32", "cosine_onnx_f32", &ours, &vectors),
        Err(reason) => println!("  golden vectors: {reason}; skipped"),
    }
}

fn encode(encoder: &Encoder, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
    encoder.encode(texts).map_err(|error| error.to_string())
}

fn report(what: &str, name: &str, vectors: &[Vec<f32>], expected: &[Vec<f32>]) {
    let cosines: Vec<f64> = vectors.iter().zip(expected).map(|(a, b)| f64::from(dot(a, b))).collect();
    let least = cosines.iter().copied().fold(1.0, f64::min);
    let mean = crate::metrics::mean(&cosines);
    println!("  {what:<32} {:>12} {mean:>9.5} {least:>9.5}", cosines.len());
    println!("figure {name} {mean:.6} cosine");
    println!("figure {name}_min {least:.6} cosine");
}

/// `count` distinct texts, the same in every run: the built-in ones, then equal numbers from each set.
fn sample(folder: &Path, count: usize) -> Vec<String> {
    let mut sets: Vec<Vec<String>> = Vec::new();
    for file in files_below(folder, 3) {
        let texts: Vec<String> = data::read_quietly(&file, texts_of).into_iter().flatten().collect();
        if !texts.is_empty() {
            sets.push(texts);
        }
    }
    if sets.is_empty() {
        println!("  no evaluation data: comparing {} built-in texts", BUILT_IN.len());
        return BUILT_IN.iter().take(count).map(|text| (*text).to_owned()).collect();
    }
    let mut picked: Vec<String> = BUILT_IN.iter().take(count).map(|text| (*text).to_owned()).collect();
    let mut seen: BTreeSet<String> = picked.iter().cloned().collect();
    for round in 0..count {
        // Multiples of the golden ratio are spread evenly over a set, whatever their number.
        let place = (round as f64 * 0.618_033_988_749_895).fract();
        for texts in &sets {
            let text = &texts[(place * texts.len() as f64) as usize];
            if picked.len() < count && seen.insert(text.clone()) {
                picked.push(text.clone());
            }
        }
    }
    picked
}

/// The texts of one item, two at most.
fn texts_of(json: &Value) -> Vec<String> {
    let texts = FIELDS.iter().filter_map(|field| json.get(field).and_then(Value::as_str).map(str::to_owned));
    texts.filter(|text| !text.trim().is_empty()).take(2).collect()
}

fn files_below(folder: &Path, depth: usize) -> Vec<std::path::PathBuf> {
    let mut found = data::files(folder);
    if depth > 0 {
        found.extend(data::folders_with(folder, &[]).iter().flat_map(|inner| files_below(inner, depth - 1)));
    }
    found
}

/// Texts and their vectors.
type Golden = (Vec<String>, Vec<Vec<f32>>);

/// Texts with the f32 model's vectors: a JSON list of `text` and `vector`. `None` if there is no file.
fn golden() -> Option<Result<Golden, String>> {
    let bytes = fs::read(path_from("IDIOLECT_GOLDEN", "tests/data/minilm_f32_golden.json")).ok()?;
    let row = |json: &Value| {
        let vector = json.get("vector").and_then(Value::as_array).ok_or("no list `vector`")?;
        let vector: Option<Vec<f32>> = vector.iter().map(|value| Some(value.as_f64()? as f32)).collect();
        Ok((data::text(json, "text")?, vector.ok_or("`vector` contains a value that is not a number")?))
    };
    let list = serde_json::from_slice::<Vec<Value>>(&bytes).map_err(|_| "not a JSON list".to_owned());
    Some(
        list.and_then(|list| list.iter().map(row).collect::<Result<Vec<_>, String>>())
            .map(|rows| rows.into_iter().unzip()),
    )
}
