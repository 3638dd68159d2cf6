//! Decisions: will a person take a suggested edit? Each is predicted before it is learned, in the order of the file.
//! Compared with the frequency of each intent, as one would count it.

use std::collections::BTreeMap;
use std::path::Path;

use idiolect::Scope;
use idiolect::internals::learning::{Acceptance, Offer};

use crate::metrics::mean;
use crate::{Options, data, figure};

struct Decision {
    person: String,
    intent: String,
    before: String,
    after: String,
    taken: bool,
}

/// What the overall frequency is worth, in decisions.
const COUNTS: f64 = 4.0;

/// The person's own model, and by intent what was taken and seen.
type Person<'a> = (Acceptance, BTreeMap<&'a str, (f64, f64)>);

pub(crate) fn run(folder: &Path, options: &Options) {
    let path = folder.join("edits").join("decisions.jsonl");
    if !path.is_file() {
        println!("decisions: no data; skipped");
        return;
    }
    let mut decisions = data::read(&path, |json| {
        let or_empty =
            |key: &str| json.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        Ok(Decision {
            person: data::text(json, "annotator")?,
            intent: data::text(json, "intent")?,
            before: or_empty("before"),
            after: or_empty("after"),
            taken: data::text(json, "decision")? == "Accept",
        })
    });
    decisions.truncate(options.limit);
    let (mut ours, mut counted) = (Scores::default(), Scores::default());
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    for Decision { person, intent, before, after, taken } in &decisions {
        let (acceptance, counts) = people.entry(person).or_default();
        let offer = Offer::new(Scope::app("editor").task(intent), before, after);
        ours.take(acceptance.predict(&offer), *taken);
        acceptance.learn(offer, 1.0, *taken);

        let all = counts.values().fold((1.0, 2.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let own = counts.entry(intent).or_default();
        counted.take((own.0 + COUNTS * all.0 / all.1) / (own.1 + COUNTS), *taken);
        *own = (own.0 + f64::from(u8::from(*taken)), own.1 + 1.0);
    }
    println!("\ndecisions: {} of {} people", decisions.len(), people.len());
    println!("  ours             log-loss {:.4} accuracy {:.4}", mean(&ours.losses), mean(&ours.right));
    println!("  intent frequency log-loss {:.4} accuracy {:.4}", mean(&counted.losses), mean(&counted.right));
    figure("decisions_logloss", mean(&ours.losses), "nats");
    figure("decisions_accuracy", mean(&ours.right), "share");
}

#[derive(Default)]
struct Scores {
    losses: Vec<f64>,
    right: Vec<f64>,
}

impl Scores {
    fn take(&mut self, probability: f64, taken: bool) {
        self.losses.push(-if taken { probability } else { 1.0 - probability }.ln());
        self.right.push(f64::from(u8::from((probability > 0.5) == taken)));
    }
}
