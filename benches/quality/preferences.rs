//! Preference retrieval: is the stated preference that a question touches found among the user's other turns,
//! and which of all preferences applies?
//!
//! The query is the question; the candidates are the preference and the user's distractors of its topic (the
//! even positions of `distractor_order`). Where ranks of a published encoder lie beside the data, its figures
//! are printed on the items they cover.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::encode::Encoder;
use crate::metrics::{Ranking, dot};
use crate::{Options, data, figure};

struct Item {
    id: String,
    topic: String,
    preference: String,
    question: String,
}

pub(crate) fn run(folder: &Path, encoder: &mut Encoder, options: &Options) {
    let needed = ["explicit.jsonl", "distractors.jsonl", "distractor_order.jsonl"];
    let folder = folder.join("preference-retrieval");
    if needed.iter().any(|name| !folder.join(name).is_file()) {
        println!("preference retrieval: no data; skipped");
        return;
    }
    if let Err(reason) = measure(&folder, encoder, options) {
        println!("preference retrieval: {reason}; skipped");
    }
}

fn measure(folder: &Path, encoder: &mut Encoder, options: &Options) -> Result<(), String> {
    let mut items = data::read(&folder.join("explicit.jsonl"), |json| {
        Ok(Item {
            id: data::id(json, "id")?,
            topic: data::text(json, "topic")?,
            preference: data::text(json, "preference")?,
            question: data::text(json, "question")?,
        })
    });
    items.truncate(options.limit);
    let distractors: BTreeMap<String, String> = data::read(&folder.join("distractors.jsonl"), |json| {
        Ok((data::id(json, "_id")?, data::text(json, "text")?))
    })
    .into_iter()
    .collect();
    let orders: BTreeMap<String, Vec<String>> = data::read(&folder.join("distractor_order.jsonl"), |json| {
        Ok((data::text(json, "topic")?, data::texts(json, "ids")?))
    })
    .into_iter()
    .collect();
    let others: Vec<(&str, &str)> = orders
        .values()
        .flat_map(|ids| ids.iter().step_by(2))
        .filter_map(|id| distractors.get(id).map(|text| (id.as_str(), text.as_str())))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let encode = |encoder: &mut Encoder, texts: Vec<&str>| encoder.encode("preference retrieval", &texts);
    let other_vectors = encode(encoder, others.iter().map(|(_, text)| *text).collect())?;
    let others: BTreeMap<&str, &[f32]> =
        others.iter().map(|(id, _)| *id).zip(other_vectors.iter().map(|vector| &**vector)).collect();
    let preferences = encode(encoder, items.iter().map(|item| item.preference.as_str()).collect())?;
    let questions = encode(encoder, items.iter().map(|item| item.question.as_str()).collect())?;

    let mut ranks = Vec::new();
    let mut ranks_among_all = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let own = dot(&questions[at], &preferences[at]);
        let nearer = |vector: &[f32]| dot(&questions[at], vector) > own;
        let candidates = orders.get(&item.topic).into_iter().flatten().step_by(2);
        let before =
            candidates.filter_map(|id| others.get(id.as_str())).filter(|vector| nearer(vector)).count();
        ranks.push(before + 1);
        ranks_among_all.push(preferences.iter().filter(|vector| nearer(vector)).count() + 1);
    }
    if ranks.is_empty() {
        return Err("no items".to_owned());
    }
    println!("\npreference retrieval {:>30} {:>7} {:>7} {:>7} {:>7}", "items", "R@1", "R@5", "R@10", "MRR");
    let figures = Ranking::of(&ranks);
    row("among the user's turns", ranks.len(), figures);
    for (name, value) in ["r1", "r5", "r10"].into_iter().zip(figures.at).chain([("mrr", figures.mrr)]) {
        figure(&format!("preference_{name}_{}", encoder.name), value, "share");
    }
    published(folder, &items, &ranks);
    let figures = Ranking::of(&ranks_among_all);
    row("among all preferences", ranks.len(), figures);
    figure(&format!("preference_which_r1_{}", encoder.name), figures.at[0], "share");
    figure(&format!("preference_which_r5_{}", encoder.name), figures.at[1], "share");
    Ok(())
}

/// The same on the items that the published ranks cover, and those ranks' own figures.
fn published(folder: &Path, items: &[Item], ranks: &[usize]) {
    let path = folder.join("simcse_ranks.jsonl");
    if !path.is_file() {
        return;
    }
    let theirs: BTreeMap<String, usize> = data::read(&path, |json| {
        let aligned = json.get("aligned_with_explicit").and_then(serde_json::Value::as_bool) == Some(true);
        Ok((aligned, data::id(json, "id")?, data::number(json, "rank_user_300t")? as usize))
    })
    .into_iter()
    .filter_map(|(aligned, id, rank)| aligned.then_some((id, rank)))
    .collect();
    let covered: Vec<(usize, usize)> =
        items.iter().zip(ranks).filter_map(|(item, ours)| Some((*ours, *theirs.get(&item.id)?))).collect();
    if covered.is_empty() {
        return;
    }
    let (ours, theirs): (Vec<usize>, Vec<usize>) = covered.into_iter().unzip();
    row("  covered by published ranks", ours.len(), Ranking::of(&ours));
    row("  published SimCSE there", theirs.len(), Ranking::of(&theirs));
}

fn row(name: &str, items: usize, figures: Ranking) {
    let [one, five, ten] = figures.at;
    println!("  {name:<30} {items:>18} {one:>7.4} {five:>7.4} {ten:>7.4} {:>7.4}", figures.mrr);
}
