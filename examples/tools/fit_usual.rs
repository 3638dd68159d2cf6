//! Measures what is usual in people's texts: `src/language/english/usual.txt`, which the person's own texts are held
//! against.
//!
//! `cargo run --release --features internals --example fit_usual -- TEXTS` prints the table. `TEXTS` is a JSON lines
//! file with the fields `text` and `type` (the kind of text); every kind counts the same, however many texts it has.
//! Only numbers by feature are printed, no texts.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use idiolect::internals::language::length_class;
use idiolect::internals::signals::{FEATURES, Measured, measure};
use serde_json::Value;

/// Texts without any that a kind counts as having in addition, with half of them showing the feature.
const SMOOTHING: f64 = 1.0; // fixed: so that no rate is 0 or 1
const CLASSES: usize = 5;
/// What a person may be said to do in their texts: what is seen at a glance, and what a person decides on.
const ANY: &[&str] = &[
    "form.bullets",
    "form.numbered",
    "form.emphasis",
    "form.links",
    "form.parentheses",
    "punctuation.exclamation",
    "punctuation.question",
    "punctuation.semicolon",
    "punctuation.dash",
    "punctuation.ellipsis",
    "punctuation.colon",
    "punctuation.quotes",
    "punctuation.repeated",
    "punctuation.hyphens",
    "person.i",
    "person.we",
    "person.you",
    "greeting",
    "closing",
    "polite.please",
    "polite.thanks",
    "polite.sorry",
    "capitals.all",
    "emoji",
    "question.last",
];
const MOST: &[&str] = &[
    "punctuation.serial_comma",
    "punctuation.curly_quotes",
    "punctuation.ampersand",
    "numbers.percent_sign",
    "numbers.digits",
    "spelling.british",
    "spelling.oxford",
    "contractions",
];
/// Choices in which the language has a rule.
const RULE: &[&str] = &["capitals.sentence", "capitals.i"];
const MIDDLE: &[&str] = &["length.words", "length.sentence_words"];

/// The mean over the kinds of the share of texts that are so; `None` where no kind has such texts.
fn share<'t>(
    kinds: &'t BTreeMap<String, Vec<Measured>>,
    is: impl Fn(&'t Measured) -> Option<bool>,
) -> Option<f64> {
    let of_kind = |texts: &'t Vec<Measured>| {
        let told: Vec<bool> = texts.iter().filter_map(&is).collect();
        let shown = told.iter().filter(|shown| **shown).count() as f64;
        (told.len() >= 5).then(|| (shown + SMOOTHING / 2.0) / (told.len() as f64 + SMOOTHING))
    };
    let shares: Vec<f64> = kinds.values().filter_map(of_kind).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The middle of the kinds' medians.
fn middle(kinds: &BTreeMap<String, Vec<Measured>>, feature: u16) -> f32 {
    let median = |mut values: Vec<f32>| {
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let of_kind =
        |texts: &Vec<Measured>| median(texts.iter().filter_map(|text| text.value(feature)).collect());
    median(kinds.values().filter_map(of_kind).collect()).unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: fit_usual TEXTS")?;
    let mut kinds: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines().filter(|line| !line.trim().is_empty()) {
        let json: Value = serde_json::from_str(line)?;
        let text = |key: &str| json[key].as_str().ok_or("a line without text and type");
        let measured = measure(text("text")?);
        if measured.value(101).is_some() {
            kinds.entry(text("type")?.to_owned()).or_default().push(measured);
        }
    }
    let texts: usize = kinds.values().map(Vec::len).sum();
    println!(
        "# What is usual in people's texts, by the name of what is measured. Made by examples/tools/fit_usual.rs"
    );
    println!(
        "# from {texts} texts of {} kinds, each kind counting the same; holds no texts. See NOTICE.",
        kinds.len()
    );
    println!("#");
    println!(
        "# any: the share of texts that have any of it, for texts of up to 12, 30, 75, 180 and of more words."
    );
    println!("# most: of the texts with the choice, the share that mostly make it.");
    println!("# rule: the same of a choice in which the language has a rule.");
    println!("# middle: the value that half of the texts are above.");
    for feature in &FEATURES {
        let value = |text: &Measured| text.value(feature.id);
        if MIDDLE.contains(&feature.name) {
            println!("\n[{}]\nmiddle: {:.1}", feature.name, middle(&kinds, feature.id));
        } else if MOST.contains(&feature.name) || RULE.contains(&feature.name) {
            let kind = if RULE.contains(&feature.name) { "rule" } else { "most" };
            let most = share(&kinds, |text| value(text).map(|value| value >= 0.5));
            println!("\n[{}]\n{kind}: {:.2}", feature.name, most.unwrap_or(0.5));
        } else if ANY.contains(&feature.name) {
            let mut rates = Vec::new();
            for class in 0..CLASSES {
                let is = |text: &Measured| {
                    let words = text.value(101)?;
                    (length_class(words) == class).then(|| value(text).is_some_and(|value| value > 0.0))
                };
                let rate = share(&kinds, is).unwrap_or_else(|| rates.last().copied().unwrap_or(0.0));
                rates.push(rate);
            }
            let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.2}")).collect();
            println!("\n[{}]\nany: {}", feature.name, rates.join(" "));
        }
    }
    Ok(())
}
