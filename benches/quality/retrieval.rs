//! Search over test collections and long conversations: by meaning and words together, with pseudo-feedback, by meaning
//! alone, by words alone.
//!
//! Of the collections also the length bias: by how much longer, as a natural logarithm, the documents among the first
//! ten that people judged not relevant or did not judge are than the relevant ones, on average over the queries. A
//! ranking that prefers short texts for being short has a negative one.
//!
//! A document is its title, a space and its text. A turn of a conversation has its neighbouring turns in the session as
//! context, and is searched for among the turns of its conversation.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use idiolect::{HistoryItem, Query, SearchMode};

use crate::encode::Encoder;
use crate::engine::{Fallible, History};
use crate::metrics::{mean, ndcg, recall};
use crate::{Options, data, figure};

/// The query variants, as named in the figures.
const VARIANTS: [&str; 4] = ["hybrid", "hybrid_feedback", "keys", "words"];

fn variants(text: &str, k: usize) -> [Query; 4] {
    let query = Query::new(text).k(k);
    [
        query.clone(),
        query.clone().pseudo_feedback(true),
        query.clone().mode(SearchMode::Meaning),
        query.mode(SearchMode::Words),
    ]
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let folder = folder.join("retrieval");
    println!(
        "\nretrieval, nDCG@10 {:>16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>11}",
        "documents", "queries", "fused", "feedback", "meaning", "words", "recall@100"
    );
    let mut all: [Vec<f64>; 5] = Default::default();
    for set in data::folders_with(&folder, &["corpus.jsonl", "queries.jsonl", "qrels.jsonl"]) {
        match collection(&set, encoder, options) {
            Ok(figures) => all.iter_mut().zip(figures).for_each(|(all, figure)| all.push(figure)),
            Err(reason) => println!("  {}: {reason}; skipped", data::name(&set)),
        }
    }
    if !all[0].is_empty() {
        report("mean", &all.each_ref().map(|values| mean(values)), encoder);
    }
    for set in data::folders_with(&folder, &["turns.jsonl", "questions.jsonl"]) {
        if let Err(reason) = conversations(&set, encoder, options) {
            println!("  {}: {reason}; skipped", data::name(&set));
        }
    }
}

/// Prints the figures of a set: nDCG of each variant, and recall of the first.
fn report(set: &str, figures: &[f64; 5], encoder: &Encoder) {
    for (variant, value) in VARIANTS.into_iter().zip(figures) {
        figure(&format!("retrieval_ndcg10_{set}_{variant}_{}", encoder.name), *value, "ndcg");
    }
    figure(&format!("retrieval_recall100_{set}_hybrid_{}", encoder.name), figures[4], "share");
}

fn collection(folder: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<[f64; 5]> {
    let name = data::name(folder);
    let data::Collection { corpus, queries, relevant } =
        data::collection(folder, options.limit).ok_or("no query with a relevant document")?;
    let texts: Vec<&str> = corpus.iter().map(|(_, text)| text.as_str()).collect();
    encoder.encode(&texts)?;
    let history = History::of(encoder.clone(), texts.into_iter().enumerate())?;
    let mut figures: [Vec<f64>; 5] = Default::default();
    let mut bias: [Vec<f64>; 4] = Default::default();
    for (id, text) in &queries {
        let gains = &relevant[id.as_str()];
        // Sums of floats depend on their order, which a hash map does not fix.
        let mut all: Vec<f64> = gains.values().copied().collect();
        all.sort_by(f64::total_cmp);
        let is_relevant = |id: &str| gains.get(id).is_some_and(|gain| *gain > 0.0);
        let relevant = corpus.iter().filter(|(id, _)| is_relevant(id));
        let judged: Vec<f64> = relevant.map(|(_, text)| (text.len() as f64).ln()).collect();
        for (at, query) in variants(text, 100).iter().enumerate() {
            let found = history.find(query)?;
            let gain = |at: usize| gains.get(corpus[at].0.as_str()).copied().unwrap_or(0.0);
            let length = |at: usize| (corpus[at].1.len() as f64).ln();
            let others: Vec<f64> =
                found.iter().take(10).filter(|at| gain(**at) == 0.0).map(|at| length(*at)).collect();
            if !others.is_empty() && !judged.is_empty() {
                bias[at].push(mean(&others) - mean(&judged));
            }
            let ranked: Vec<f64> = found.into_iter().map(gain).collect();
            figures[at].push(ndcg(&ranked, &all, 10));
            if at == 0 {
                figures[4].push(recall(&ranked, &all, 100));
            }
        }
    }
    let figures = figures.map(|values| mean(&values));
    let [fused, feedback, meaning, words, recall] = figures;
    println!(
        "  {name:<24} {:>9} {:>8} {fused:>8.4} {feedback:>8.4} {meaning:>8.4} {words:>8.4} {recall:>11.4}",
        corpus.len(),
        queries.len()
    );
    report(&name, &figures, encoder);
    for (variant, bias) in VARIANTS.into_iter().zip(&bias) {
        figure(&format!("retrieval_length_bias_{name}_{variant}_{}", encoder.name), mean(bias), "ln");
    }
    Ok(figures)
}

struct Turn {
    conversation: String,
    session: String,
    id: String,
    text: String,
}

/// Which turns of a conversation answer a question: recall@5 of the evidence.
fn conversations(folder: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<()> {
    let name = data::name(folder);
    let turns = data::read(&folder.join("turns.jsonl"), |json| {
        Ok(Turn {
            conversation: data::id(json, "conv")?,
            session: data::id(json, "session").unwrap_or_default(),
            id: data::id(json, "id")?,
            text: format!("{}: {}", data::text(json, "speaker")?, data::text(json, "text")?),
        })
    });
    let mut questions = data::read(&folder.join("questions.jsonl"), |json| {
        // Some entries contain several ids.
        let evidence = data::texts(json, "evidence")?;
        let ids = evidence.iter().flat_map(|ids| ids.split([';', ',', ' ']));
        let ids: BTreeSet<String> = ids.filter(|id| !id.is_empty()).map(str::to_owned).collect();
        Ok((data::id(json, "conv")?, data::text(json, "q")?, ids))
    });
    questions.truncate(options.limit);
    let beside = |at: usize, other: Option<usize>| {
        let other = turns.get(other?)?;
        let same = other.conversation == turns[at].conversation && other.session == turns[at].session;
        same.then_some(other.text.as_str())
    };
    // The context that an app has later, and the one it has when the turn is written.
    for (which, with_next) in [("", true), ("_before", false)] {
        let mut histories: BTreeMap<&str, (History, Vec<&Turn>)> = BTreeMap::new();
        for (at, turn) in turns.iter().enumerate() {
            let around = [beside(at, at.checked_sub(1)), beside(at, Some(at + 1)).filter(|_| with_next)];
            let around = around.into_iter().flatten().collect::<Vec<_>>().join("\n");
            let (history, of) = match histories.entry(&turn.conversation) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert((History::open(encoder.clone())?, Vec::new())),
            };
            history.add(of.len(), HistoryItem::new(&turn.text).context(around))?;
            of.push(turn);
        }
        let mut figures: [Vec<f64>; 4] = Default::default();
        for (conversation, text, evidence) in &questions {
            let Some((history, of)) = histories.get(conversation.as_str()) else { continue };
            let gains: Vec<f64> =
                of.iter().map(|turn| f64::from(u8::from(evidence.contains(&turn.id)))).collect();
            if gains.iter().all(|gain| *gain == 0.0) {
                continue;
            }
            for (figures, query) in figures.iter_mut().zip(variants(text, 5)) {
                let ranked: Vec<f64> = history.find(&query)?.into_iter().map(|at| gains[at]).collect();
                figures.push(recall(&ranked, &gains, 5));
            }
        }
        for (variant, values) in VARIANTS.into_iter().zip(figures) {
            if !with_next && !variant.starts_with("hybrid") {
                continue;
            }
            let variant = variant.replace("hybrid", &format!("hybrid{which}"));
            figure(&format!("{name}_recall5_{variant}_{}", encoder.name), mean(&values), "share");
        }
    }
    Ok(())
}
