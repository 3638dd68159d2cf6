//! Dense retrieval: the exact nearest texts by cosine, in test collections and in long conversations.
//!
//! A document is its title, a space and its text, as far as the encoder reads.

use std::collections::BTreeMap;
use std::path::Path;

use crate::encode::Encoder;
use crate::metrics::{mean, ndcg, nearest, recall};
use crate::{Options, data, figure};

pub(crate) fn run(folder: &Path, encoder: &mut Encoder, options: &Options) {
    let folder = folder.join("retrieval");
    collections(&folder, encoder, options);
    conversations(&folder, encoder, options);
}

fn collections(folder: &Path, encoder: &mut Encoder, options: &Options) {
    let found = data::folders_with(folder, &["corpus.jsonl", "queries.jsonl", "qrels.jsonl"]);
    if found.is_empty() {
        println!("retrieval: no collections; skipped");
        return;
    }
    println!("\nretrieval, dense {:>28} {:>9} {:>8} {:>10}", "documents", "queries", "nDCG@10", "recall@100");
    let mut all = (Vec::new(), Vec::new());
    for collection in found {
        let name = collection.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match measure(&collection, &name, encoder, options) {
            Ok(Some((ndcg, recall))) => {
                all.0.push(ndcg);
                all.1.push(recall);
            }
            Ok(None) => println!("  {name}: no query with a relevant document; skipped"),
            Err(reason) => println!("  {name}: {reason}; skipped"),
        }
    }
    println!("  {:<24} {:>19} {:>9} {:>8.4} {:>10.4}", "mean", "", "", mean(&all.0), mean(&all.1));
    figure(&format!("retrieval_ndcg10_mean_{}", encoder.name), mean(&all.0), "ndcg");
    figure(&format!("retrieval_recall100_mean_{}", encoder.name), mean(&all.1), "share");
}

fn measure(
    folder: &Path,
    name: &str,
    encoder: &mut Encoder,
    options: &Options,
) -> Result<Option<(f64, f64)>, String> {
    let Some(data::Collection { corpus, queries, relevant }) = data::collection(folder, options.limit) else {
        return Ok(None);
    };
    let texts: Vec<&str> = corpus.iter().map(|(_, text)| text.as_str()).collect();
    let documents = encoder.encode(name, &texts)?;
    let documents: Vec<&[f32]> = documents.iter().map(|vector| &**vector).collect();
    let asked: Vec<&str> = queries.iter().map(|(_, text)| text.as_str()).collect();
    let asked = encoder.encode(name, &asked)?;
    let mut figures = (Vec::new(), Vec::new());
    for ((id, _), query) in queries.iter().zip(&asked) {
        let gains = &relevant[id.as_str()];
        let ranked: Vec<f64> = nearest(query, &documents, 100)
            .into_iter()
            .map(|at| gains.get(corpus[at].0.as_str()).copied().unwrap_or(0.0))
            .collect();
        // Sums of floats depend on their order, a hash map's is not fixed.
        let mut all: Vec<f64> = gains.values().copied().collect();
        all.sort_by(f64::total_cmp);
        figures.0.push(ndcg(&ranked, &all, 10));
        figures.1.push(recall(&ranked, &all, 100));
    }
    let (ndcg, recall) = (mean(&figures.0), mean(&figures.1));
    println!("  {name:<24} {:>19} {:>9} {ndcg:>8.4} {recall:>10.4}", corpus.len(), queries.len());
    figure(&format!("retrieval_ndcg10_{name}_{}", encoder.name), ndcg, "ndcg");
    figure(&format!("retrieval_recall100_{name}_{}", encoder.name), recall, "share");
    Ok(Some((ndcg, recall)))
}

struct Turn {
    conversation: String,
    id: String,
    text: String,
}

struct Question {
    conversation: String,
    text: String,
    evidence: Vec<String>,
}

/// Which turns of a conversation answer a question: recall@5 of the evidence among that conversation's turns.
fn conversations(folder: &Path, encoder: &mut Encoder, options: &Options) {
    let found = data::folders_with(folder, &["turns.jsonl", "questions.jsonl"]);
    if found.is_empty() {
        println!("conversations: no sets; skipped");
        return;
    }
    println!("\nconversations, dense {:>24} {:>9} {:>8}", "turns", "questions", "recall@5");
    for set in found {
        let name = set.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let turns = data::read(&set.join("turns.jsonl"), |json| {
            Ok(Turn {
                conversation: data::id(json, "conv")?,
                id: data::id(json, "id")?,
                text: format!("{}: {}", data::text(json, "speaker")?, data::text(json, "text")?),
            })
        });
        let mut questions = data::read(&set.join("questions.jsonl"), |json| {
            let evidence = data::texts(json, "evidence")?;
            // Some entries hold several ids.
            let evidence = evidence.iter().flat_map(|ids| ids.split([';', ',', ' ']));
            let evidence = evidence.filter(|id| !id.is_empty()).map(str::to_owned).collect();
            Ok(Question { conversation: data::id(json, "conv")?, text: data::text(json, "q")?, evidence })
        });
        let mut conversations: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, turn) in turns.iter().enumerate() {
            conversations.entry(&turn.conversation).or_default().push(at);
        }
        questions.retain(|question| {
            let turns_of = conversations.get(question.conversation.as_str());
            turns_of.is_some_and(|of| of.iter().any(|at| question.evidence.contains(&turns[*at].id)))
        });
        questions.truncate(options.limit);
        let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
        let asked: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
        let encoded =
            encoder.encode(&name, &texts).and_then(|turns| Ok((turns, encoder.encode(&name, &asked)?)));
        let (vectors, asked) = match encoded {
            Ok(encoded) => encoded,
            Err(reason) => {
                println!("  {name}: {reason}; skipped");
                continue;
            }
        };
        let recalls: Vec<f64> = questions
            .iter()
            .zip(&asked)
            .map(|(question, query)| {
                let of = &conversations[question.conversation.as_str()];
                let gain = |at: &usize| f64::from(u8::from(question.evidence.contains(&turns[of[*at]].id)));
                let candidates: Vec<&[f32]> = of.iter().map(|at| &*vectors[*at]).collect();
                let ranked: Vec<f64> = nearest(query, &candidates, 5).iter().map(gain).collect();
                let all: Vec<f64> = (0..of.len()).map(|at| gain(&at)).collect();
                recall(&ranked, &all, 5)
            })
            .collect();
        println!("  {name:<24} {:>18} {:>9} {:>8.4}", turns.len(), questions.len(), mean(&recalls));
        figure(&format!("{name}_recall5_{}", encoder.name), mean(&recalls), "share");
    }
}
