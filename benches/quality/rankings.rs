//! Rankings: does `rank`, for an unknown person, order the versions of a text as people did? Each person's order is
//! split into pairs; agreement is the share of pairs ordered the same way, with ties counting half.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use idiolect::{RankRequest, SuppliedVectors};
use serde_json::Value;

use crate::engine::open;
use crate::metrics::mean;
use crate::{Options, data, figure};

struct Item {
    versions: BTreeMap<String, String>,
    orders: Vec<Vec<String>>,
}

pub(crate) fn run(folder: &Path, options: &Options) {
    let path = folder.join("edits").join("rankings.jsonl");
    if !path.is_file() {
        println!("rankings: no data; skipped");
        return;
    }
    let mut items = data::read(&path, parse);
    items.truncate(options.limit);
    let opened = match open(Arc::new(SuppliedVectors::new(1, "none")), false) {
        Ok(opened) => opened,
        Err(reason) => {
            println!("rankings: {reason}; skipped");
            return;
        }
    };
    let mut agreed = Vec::new();
    let mut by_pair: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for item in &items {
        let (names, texts): (Vec<&str>, Vec<String>) =
            item.versions.iter().map(|(name, text)| (name.as_str(), text.clone())).unzip();
        let request = RankRequest::new("a text", texts).vector(vec![1.0]);
        let Ok(ranked) = opened.engine.rank(&request) else { continue };
        let scores: BTreeMap<&str, f32> = ranked.iter().map(|at| (names[at.index], at.score)).collect();
        for order in &item.orders {
            for (at, better) in order.iter().enumerate() {
                for worse in &order[at + 1..] {
                    let (better, worse) = (better.as_str(), worse.as_str());
                    let (Some(a), Some(b)) = (scores.get(better), scores.get(worse)) else { continue };
                    let agrees = if a == b { 0.5 } else { f64::from(u8::from(a > b)) };
                    agreed.push(agrees);
                    let pair = if better < worse { (better, worse) } else { (worse, better) };
                    by_pair.entry(pair).or_default().push(agrees);
                }
            }
        }
    }
    println!("\nrankings: {} texts, {} pairs", items.len(), agreed.len());
    for ((a, b), agreed) in &by_pair {
        println!("  {a} and {b}: {:>5} pairs {:.4}", agreed.len(), mean(agreed));
    }
    figure("rankings_agreement", mean(&agreed), "share");
}

fn parse(json: &Value) -> Result<Item, String> {
    let fields = json.as_object().ok_or("not an object")?;
    let versions = fields.iter().filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
    let people = json.get("best_to_worst").and_then(Value::as_object).ok_or("no `best_to_worst`")?;
    let orders = people
        .keys()
        .map(|person| data::texts(&json["best_to_worst"], person))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Item { versions: versions.collect(), orders })
}
