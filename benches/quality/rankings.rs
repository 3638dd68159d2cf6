//! Rankings: do the weights that ship in the crate order the versions of a text as people did? Each person's order is
//! taken apart into pairs; agreement is the share of pairs ordered the same way, a tie counting half.

use std::collections::BTreeMap;
use std::path::Path;

use idiolect::internals::learning::Weights;
use idiolect::internals::signals::Style;
use serde_json::Value;

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
    let weights = Weights::prior();
    let mut agreed = Vec::new();
    let mut by_pair: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for item in &items {
        let styles: BTreeMap<&str, Style> =
            item.versions.iter().map(|(name, text)| (name.as_str(), Style::of(text))).collect();
        for order in &item.orders {
            for (at, better) in order.iter().enumerate() {
                for worse in &order[at + 1..] {
                    let (Some(a), Some(b)) = (styles.get(better.as_str()), styles.get(worse.as_str())) else {
                        continue;
                    };
                    let logit = weights.logit(&a.since(b));
                    let agrees = if logit == 0.0 { 0.5 } else { f64::from(u8::from(logit > 0.0)) };
                    agreed.push(agrees);
                    let pair = if better < worse {
                        (better.as_str(), worse.as_str())
                    } else {
                        (worse.as_str(), better.as_str())
                    };
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
