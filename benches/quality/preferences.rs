//! Preference retrieval: is the stated preference relevant to a question found among the user's other turns, and which
//! of all preferences applies?
//!
//! The query is the question; the history is the preference and the user's distractors of its topic (the even positions
//! of `distractor_order`). If ranks of a published encoder accompany the data, its figures are printed for the items
//! they cover.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use idiolect::{HistoryItem, Query, SearchMode};

use crate::encode::Encoder;
use crate::engine::{Fallible, History};
use crate::metrics::Ranking;
use crate::{Options, data, figure};

struct Item {
    id: String,
    topic: String,
    preference: String,
    question: String,
}

/// The query options, the infix of the figure names, and the label.
type Variant = (fn(Query) -> Query, &'static str, &'static str);

const VARIANTS: [Variant; 3] = [
    (|query| query.prefer_self_statements(true), "_hybrid", "what is said of oneself"),
    (|query| query, "_hybrid_unspecified", "anything"),
    (|query| query.mode(SearchMode::Meaning), "", "by meaning alone"),
];

/// Number of hits examined.
const K: usize = 1_000;

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let folder = folder.join("preference-retrieval");
    if let Err(reason) = measure(&folder, encoder, options) {
        println!("preference retrieval: {reason}; skipped");
    }
}

fn measure(folder: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<()> {
    let mut items = data::read(&folder.join("explicit.jsonl"), |json| {
        Ok(Item {
            id: data::id(json, "id")?,
            topic: data::text(json, "topic")?,
            preference: data::text(json, "preference")?,
            question: data::text(json, "question")?,
        })
    });
    items.truncate(options.limit);
    let others: BTreeMap<String, String> = data::read(&folder.join("distractors.jsonl"), |json| {
        Ok((data::id(json, "_id")?, data::text(json, "text")?))
    })
    .into_iter()
    .collect();
    let orders = data::read(&folder.join("distractor_order.jsonl"), |json| {
        Ok((data::text(json, "topic")?, data::texts(json, "ids")?))
    });
    if items.is_empty() || others.is_empty() {
        return Err("no data".into());
    }
    let mut topics: BTreeMap<String, History> = BTreeMap::new();
    for (topic, order) in orders {
        let texts = order.iter().step_by(2).filter_map(|id| others.get(id)).map(|text| (0, text.as_str()));
        topics.insert(topic, History::of(encoder.clone(), texts)?);
    }
    println!("\npreference retrieval {:>30} {:>7} {:>7} {:>7} {:>7}", "items", "R@1", "R@5", "R@10", "MRR");
    let mut ranks: [Vec<usize>; 3] = Default::default();
    for Item { topic, preference, question, .. } in &items {
        let history = topics.get_mut(topic).ok_or("a topic has no distractors")?;
        let own = history.add(1, HistoryItem::new(preference))?;
        for (ranks, (asking, ..)) in ranks.iter_mut().zip(VARIANTS) {
            ranks.push(rank(history, 1, asking(Query::new(question)))?);
        }
        history.forget(own)?;
    }
    for (ranks, (_, part, words)) in ranks.iter().zip(VARIANTS) {
        let figures = Ranking::of(ranks);
        row(words, ranks.len(), figures);
        for (name, value) in ["r1", "r5", "r10"].into_iter().zip(figures.at).chain([("mrr", figures.mrr)]) {
            figure(&format!("preference_{name}{part}_{}", encoder.name), value, "share");
        }
    }
    published(folder, &items, &ranks[2]);

    let all = items.iter().map(|item| item.preference.as_str()).enumerate();
    let all = History::of(encoder.clone(), all)?;
    let asked = items.iter().enumerate().map(|(at, item)| rank(&all, at, Query::new(&item.question)));
    let figures = Ranking::of(&asked.collect::<Fallible<Vec<_>>>()?);
    row("which of all preferences", items.len(), figures);
    figure(&format!("preference_which_r1_{}", encoder.name), figures.at[0], "share");
    figure(&format!("preference_which_r5_{}", encoder.name), figures.at[1], "share");
    Ok(())
}

/// The rank of a text, from 1.
fn rank(history: &History, place: usize, query: Query) -> Fallible<usize> {
    let found = history.find(&query.k(K))?;
    Ok(found.iter().position(|other| *other == place).map_or(found.len() + 1, |at| at + 1))
}

/// Prints our figures and the published ones for the items that the published ranks cover.
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
