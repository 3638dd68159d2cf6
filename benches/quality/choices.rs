//! Choices: does `rank` predict which of two texts a person prefers, before it learns that choice?
//!
//! Reads every file of the folder `choices`: `person`, the texts `a` and `b`, and `first`, whether the person chose
//! `a`; a person's choices are in order. A tie counts half. Every second person, by name, is reported apart
//! (`_other`): constants are chosen on the rest. All texts have one supplied vector, so that only style is compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use idiolect::{Observation, RankRequest, SuppliedVectors};

use crate::encode::Encoder;
use crate::engine::{Fallible, Opened, open};
use crate::metrics::mean;
use crate::{Options, data, figure};

/// The choices of a person that are looked at for how well they are known.
const HUNDRED: usize = 100;
/// Two texts are of one length if the shorter has at least this share of the other's bytes.
const SAME_LENGTH: f64 = 0.9;

struct Choice {
    texts: Vec<String>,
    chosen: usize,
}

/// One prediction: how many choices the person had made, whether it was right, and whether length could tell.
struct Asked {
    known: usize,
    right: f64,
    same_length: bool,
}

pub(crate) fn run(folder: &Path, _: &Arc<Encoder>, options: &Options) {
    let Ok(files) = fs::read_dir(folder.join("choices")) else {
        println!("choices: no data; skipped");
        return;
    };
    let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    for path in paths {
        if let Err(reason) = measure(&path, options) {
            println!("choices: {}: {reason}; skipped", path.display());
        }
    }
}

fn measure(path: &Path, options: &Options) -> Fallible<()> {
    let mut choices = data::read(path, |json| {
        let first = json.get("first").and_then(serde_json::Value::as_bool).ok_or("no `first`")?;
        let texts = vec![data::text(json, "a")?, data::text(json, "b")?];
        Ok((data::text(json, "person")?, Choice { texts, chosen: usize::from(!first) }))
    });
    choices.truncate(options.limit);
    let mut people: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    for (person, choice) in choices {
        people.entry(person).or_default().push(choice);
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    println!("\nchoices: {name}, {} people", people.len());
    let mut halves = [Vec::new(), Vec::new()];
    for (at, choices) in people.values().enumerate() {
        predicted(choices, &mut halves[at % 2])?;
    }
    for (asked, half) in halves.iter().zip(["", "_other"]) {
        let share = |of: &dyn Fn(&Asked) -> bool| {
            let right: Vec<f64> = asked.iter().filter(|one| of(one)).map(|one| one.right).collect();
            mean(&right)
        };
        figure(&format!("choices_first_{name}{half}"), share(&|one| one.known == 0), "share");
        for (from, to) in [(1, 20), (20, 50), (50, 100)] {
            let now = share(&|one| (from..to).contains(&one.known));
            println!("  {name}{half} after {from:>2} to {to:>3} choices {now:.4}");
        }
        figure(&format!("choices_all_{name}{half}"), share(&|_| true), "share");
        figure(
            &format!("choices_later_{name}{half}"),
            share(&|one| (HUNDRED / 2..HUNDRED).contains(&one.known)),
            "share",
        );
        figure(&format!("choices_same_length_{name}{half}"), share(&|one| one.same_length), "share");
    }
    Ok(())
}

fn predicted(choices: &[Choice], asked: &mut Vec<Asked>) -> Fallible<()> {
    let Opened { engine, .. } = &open(Arc::new(SuppliedVectors::new(1, "none")), false)?;
    for (known, Choice { texts, chosen }) in choices.iter().enumerate() {
        let ranked = engine.rank(&RankRequest::new("a text", texts.clone()).vector(vec![1.0]))?;
        let score = |index| ranked.iter().find(|one| one.index == index).map_or(0.0, |one| one.score);
        let lead = score(*chosen) - score(1 - chosen);
        let right = if lead == 0.0 { 0.5 } else { f64::from(u8::from(lead > 0.0)) };
        let mut lengths = [texts[0].len() as f64, texts[1].len() as f64];
        lengths.sort_by(f64::total_cmp);
        asked.push(Asked { known, right, same_length: lengths[0] >= SAME_LENGTH * lengths[1] });
        engine.observe(Observation::choice("a text", texts.clone(), *chosen).vector(vec![1.0]))?;
    }
    Ok(())
}
