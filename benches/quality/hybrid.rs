//! Search by meaning and words together, over the same sets as the dense tasks.
//!
//! Items go through `retrieval::Hybrid` as the engine's do: a text's own vector, further keys for its passages or for
//! it with its surroundings, its words. A document is its title, a space and its text; a conversation's turn has the
//! turns beside it in its session for surroundings; a preference has none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use idiolect::internals::search::QuantizedVector;
use idiolect::internals::search::{Catalogue, Filter, Hybrid, HybridQuery, chunks};
use idiolect::{Granularity, Item, RecordKind};
use idiolect::{RecordId, Scope, Timestamp};

use crate::encode::Encoder;
use crate::metrics::{Ranking, mean, ndcg, recall};
use crate::{Options, data, figure};

pub(crate) fn run(folder: &Path, encoder: &mut Encoder, options: &Options) {
    let retrieval = folder.join("retrieval");
    println!(
        "\nretrieval, words and meaning together {:>11} {:>8} {:>8} {:>9} {:>9} {:>9}",
        "documents", "nDCG@10", "feedback", "meaning", "words", "recall@100"
    );
    let mut means = [Vec::new(), Vec::new(), Vec::new()];
    for set in data::folders_with(&retrieval, &["corpus.jsonl", "queries.jsonl", "qrels.jsonl"]) {
        match collection(&set, encoder, options) {
            Ok(figures) => means.iter_mut().zip(figures).for_each(|(all, figure)| all.push(figure)),
            Err(reason) => println!("  {}: {reason}; skipped", data::name(&set)),
        }
    }
    figure(&format!("retrieval_ndcg10_mean_hybrid_{}", encoder.name), mean(&means[0]), "ndcg");
    figure(&format!("retrieval_ndcg10_mean_hybrid_feedback_{}", encoder.name), mean(&means[1]), "ndcg");
    figure(&format!("retrieval_ndcg10_mean_keys_{}", encoder.name), mean(&means[2]), "ndcg");
    for set in data::folders_with(&retrieval, &["turns.jsonl", "questions.jsonl"]) {
        if let Err(reason) = conversation(&set, encoder, options) {
            println!("  {}: {reason}; skipped", data::name(&set));
        }
    }
    let folder = folder.join("preference-retrieval");
    if let Err(reason) = preferences(&folder, encoder, options) {
        println!("  preferences: {reason}; skipped");
    }
}

/// A catalogue with its words and further keys.
pub(crate) struct Stock {
    catalogue: Catalogue,
    hybrid: Hybrid,
}

impl Stock {
    pub(crate) fn new(dimensions: usize) -> Self {
        // Never a graph: exact search is what is measured.
        Self {
            catalogue: Catalogue::new(dimensions, usize::MAX),
            hybrid: Hybrid::new(dimensions, usize::MAX),
        }
    }

    pub(crate) fn add(
        &mut self,
        id: u64,
        text: &str,
        around: &str,
        vector: &[f32],
        keys: &[Arc<[f32]>],
    ) -> Result<(), String> {
        let quantized = |vector: &[f32]| QuantizedVector::from_f32(vector).map_err(|error| error.to_string());
        let id = RecordId(id);
        let item = Item::new(id, RecordKind::History, Scope::person(), Timestamp(0));
        self.catalogue.insert(&item, &quantized(vector)?).map_err(|error| error.to_string())?;
        self.hybrid.insert_words(id, text, around);
        let keys: Result<Vec<QuantizedVector>, String> = keys.iter().map(|key| quantized(key)).collect();
        self.hybrid.insert_keys(id, &keys?).map_err(|error| error.to_string())
    }

    pub(crate) fn find(&self, query: &HybridQuery<'_>) -> Vec<u64> {
        let found = self.hybrid.search(&self.catalogue, query).expect("the query is sound");
        found.into_iter().map(|found| found.id.0).collect()
    }
}

pub(crate) fn asked<'a>(vector: &'a [f32], words: &'a str, k: usize, filter: &'a Filter) -> HybridQuery<'a> {
    HybridQuery {
        vector,
        words,
        weighted: &[],
        k,
        filter,
        completes: false,
        pseudo_feedback: false,
        about_person: false,
        by_words: false,
    }
}

fn collection(folder: &Path, encoder: &mut Encoder, options: &Options) -> Result<[f64; 3], String> {
    let name = data::name(folder);
    let data::Collection { corpus, queries, relevant } =
        data::collection(folder, options.limit).ok_or("no query with a relevant document")?;
    let texts: Vec<&str> = corpus.iter().map(|(_, text)| text.as_str()).collect();
    let vectors = encoder.encode(&name, &texts)?;
    let passages: Vec<Vec<&str>> = texts.iter().map(|text| chunks(text, Granularity::default())).collect();
    let mut keys = encoder.encode(&name, &passages.concat())?.into_iter();
    let question_texts: Vec<&str> = queries.iter().map(|(_, text)| text.as_str()).collect();
    let questions = encoder.encode(&name, &question_texts)?;
    let mut stock = Stock::new(vectors[0].len());
    for (at, text) in texts.iter().enumerate() {
        let keys: Vec<Arc<[f32]>> = keys.by_ref().take(passages[at].len()).collect();
        stock.add(at as u64, text, "", &vectors[at], &keys)?;
    }
    let mut figures = [const { Vec::new() }; 5];
    for ((id, text), vector) in queries.iter().zip(&questions) {
        let gains = &relevant[id.as_str()];
        let mut all: Vec<f64> = gains.values().copied().collect();
        all.sort_by(f64::total_cmp);
        let filter = Filter::default();
        let query = asked(vector, text, 100, &filter);
        let feedback = HybridQuery { pseudo_feedback: true, ..query };
        let meaning = HybridQuery { words: "", ..query };
        let words = HybridQuery { by_words: true, ..query };
        for (at, query) in [query, feedback, meaning, words].into_iter().enumerate() {
            let ranked: Vec<f64> = stock
                .find(&query)
                .into_iter()
                .map(|at| gains.get(corpus[at as usize].0.as_str()).copied().unwrap_or(0.0))
                .collect();
            figures[at].push(ndcg(&ranked, &all, 10));
            if at == 0 {
                figures[4].push(recall(&ranked, &all, 100));
            }
        }
    }
    let [plain, feedback, keys, words, recall] = figures.map(|values| mean(&values));
    println!(
        "  {name:<35} {:>12} {plain:>8.4} {feedback:>8.4} {keys:>9.4} {words:>9.4} {recall:>9.4}",
        corpus.len()
    );
    figure(&format!("retrieval_ndcg10_{name}_hybrid_{}", encoder.name), plain, "ndcg");
    figure(&format!("retrieval_ndcg10_{name}_hybrid_feedback_{}", encoder.name), feedback, "ndcg");
    figure(&format!("retrieval_ndcg10_{name}_keys_{}", encoder.name), keys, "ndcg");
    figure(&format!("retrieval_ndcg10_{name}_words_{}", encoder.name), words, "ndcg");
    figure(&format!("retrieval_recall100_{name}_hybrid_{}", encoder.name), recall, "share");
    Ok([plain, feedback, keys])
}

struct Turn {
    conversation: String,
    session: String,
    id: String,
    text: String,
}

fn conversation(folder: &Path, encoder: &mut Encoder, options: &Options) -> Result<(), String> {
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
        let evidence = data::texts(json, "evidence")?;
        let ids: BTreeSet<String> = evidence
            .iter()
            .flat_map(|ids| ids.split([';', ',', ' ']))
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        Ok((data::id(json, "conv")?, data::text(json, "q")?, ids))
    });
    questions.truncate(options.limit);
    let beside = |at: usize, other: Option<usize>| {
        let other = turns.get(other?)?;
        let same = other.conversation == turns[at].conversation && other.session == turns[at].session;
        same.then_some(other.text.as_str())
    };
    // What an app knows when the turn is written, and what it knows later.
    let around: Vec<[Option<&str>; 2]> =
        (0..turns.len()).map(|at| [beside(at, at.checked_sub(1)), beside(at, Some(at + 1))]).collect();
    let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
    let vectors = encoder.encode(&name, &texts)?;
    let asked_texts: Vec<&str> = questions.iter().map(|(_, text, _)| text.as_str()).collect();
    let question_vectors = encoder.encode(&name, &asked_texts)?;
    for (variant, with_next) in [("", true), ("_before", false)] {
        let around: Vec<String> = around
            .iter()
            .map(|[before, next]| {
                [*before, next.filter(|_| with_next)].into_iter().flatten().collect::<Vec<_>>().join("\n")
            })
            .collect();
        let joined: Vec<String> =
            texts.iter().zip(&around).map(|(text, around)| format!("{around}\n{text}")).collect();
        let keys = encoder.encode(&name, &joined.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut stocks: BTreeMap<&str, Stock> = BTreeMap::new();
        for (at, turn) in turns.iter().enumerate() {
            let stock = stocks.entry(&turn.conversation).or_insert_with(|| Stock::new(vectors[0].len()));
            let own: &[Arc<[f32]>] =
                if around[at].is_empty() { &[] } else { std::slice::from_ref(&keys[at]) };
            stock.add(at as u64, &turn.text, &around[at], &vectors[at], own)?;
        }
        let filter = Filter::default();
        let mut figures = [Vec::new(), Vec::new()];
        for ((conversation, text, evidence), vector) in questions.iter().zip(&question_vectors) {
            let Some(stock) = stocks.get(conversation.as_str()) else { continue };
            let of = turns.iter().filter(|turn| turn.conversation == *conversation);
            let gain = |turn: &Turn| f64::from(u8::from(evidence.contains(&turn.id)));
            let all: Vec<f64> = of.map(gain).collect();
            if all.iter().all(|gain| *gain == 0.0) {
                continue;
            }
            let query = asked(vector, text, 5, &filter);
            for (at, query) in [query, HybridQuery { pseudo_feedback: true, ..query }].into_iter().enumerate()
            {
                let ranked: Vec<f64> =
                    stock.find(&query).into_iter().map(|at| gain(&turns[at as usize])).collect();
                figures[at].push(recall(&ranked, &all, 5));
            }
        }
        let [plain, feedback] = figures.map(|values| mean(&values));
        figure(&format!("{name}_recall5_hybrid{variant}_{}", encoder.name), plain, "share");
        figure(&format!("{name}_recall5_hybrid{variant}_feedback_{}", encoder.name), feedback, "share");
    }
    Ok(())
}

fn preferences(folder: &Path, encoder: &mut Encoder, options: &Options) -> Result<(), String> {
    let mut items = data::read(&folder.join("explicit.jsonl"), |json| {
        Ok([data::text(json, "topic")?, data::text(json, "preference")?, data::text(json, "question")?])
    });
    items.truncate(options.limit);
    let others = data::read(&folder.join("distractors.jsonl"), |json| {
        Ok((data::id(json, "_id")?, data::text(json, "text")?))
    });
    let orders: BTreeMap<String, Vec<String>> = data::read(&folder.join("distractor_order.jsonl"), |json| {
        Ok((data::text(json, "topic")?, data::texts(json, "ids")?))
    })
    .into_iter()
    .collect();
    if items.is_empty() || others.is_empty() {
        return Err("no data".to_owned());
    }
    let mut encode = |texts: Vec<&str>| encoder.encode("preferences", &texts);
    let other_vectors = encode(others.iter().map(|(_, text)| text.as_str()).collect())?;
    let preferences = encode(items.iter().map(|item| item[1].as_str()).collect())?;
    let questions = encode(items.iter().map(|item| item[2].as_str()).collect())?;
    let number: HashMap<&str, usize> =
        others.iter().enumerate().map(|(at, (id, _))| (id.as_str(), at)).collect();
    let filter = Filter::default();
    let own = u64::MAX / 128;
    let mut ranks = [Vec::new(), Vec::new()];
    let mut stocks: BTreeMap<&str, Stock> = BTreeMap::new();
    for (topic, order) in &orders {
        let mut stock = Stock::new(preferences[0].len());
        for at in order.iter().step_by(2).filter_map(|id| number.get(id.as_str())) {
            stock.add(*at as u64, &others[*at].1, "", &other_vectors[*at], &[])?;
        }
        stocks.insert(topic, stock);
    }
    for (at, [topic, preference, question]) in items.iter().enumerate() {
        let Some(stock) = stocks.get_mut(topic.as_str()) else { continue };
        stock.add(own, preference, "", &preferences[at], &[])?;
        let query = asked(&questions[at], question, 1_000, &filter);
        for (kind, query) in [query, HybridQuery { about_person: true, ..query }].into_iter().enumerate() {
            let found = stock.find(&query);
            ranks[kind].push(found.iter().position(|id| *id == own).map_or(found.len() + 1, |at| at + 1));
        }
    }
    let [plain, about] = ranks.map(|ranks| Ranking::of(&ranks));
    println!("\npreference retrieval, of {} items: what the person said of themselves", items.len());
    for (name, value) in ["r1", "r5", "r10"].into_iter().zip(about.at).chain([("mrr", about.mrr)]) {
        figure(&format!("preference_{name}_hybrid_{}", encoder.name), value, "share");
    }
    for (name, value) in ["r1", "r5", "r10"].into_iter().zip(plain.at) {
        figure(&format!("preference_{name}_hybrid_unspecified_{}", encoder.name), value, "share");
    }
    Ok(())
}
