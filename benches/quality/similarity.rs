//! Sentence similarity: does the cosine of two sentences order pairs like human scores?

use std::path::Path;
use std::sync::Arc;

use crate::encode::Encoder;
use crate::metrics::{dot, mean, spearman};
use crate::{Options, data, figure};

struct Pair {
    texts: [String; 2],
    score: f64,
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let files = data::files(&folder.join("similarity"));
    if files.is_empty() {
        println!("similarity: no sets; skipped");
        return;
    }
    println!("\nsimilarity, Spearman of cosine and human score");
    let mut all = Vec::new();
    for file in files {
        let mut pairs = data::read(&file, |json| {
            Ok(Pair {
                texts: [data::text(json, "s1")?, data::text(json, "s2")?],
                score: data::number(json, "score")?,
            })
        });
        pairs.truncate(options.limit);
        if pairs.len() < 2 {
            continue;
        }
        let name = data::name(&file);
        let texts: Vec<&str> = pairs.iter().flat_map(|pair| pair.texts.iter().map(String::as_str)).collect();
        let vectors = match encoder.encode(&texts) {
            Ok(vectors) => vectors,
            Err(reason) => {
                println!("  {name}: {reason}; skipped");
                continue;
            }
        };
        let cosines: Vec<f64> =
            vectors.chunks_exact(2).map(|pair| f64::from(dot(&pair[0], &pair[1]))).collect();
        let scores: Vec<f64> = pairs.iter().map(|pair| pair.score).collect();
        let rho = spearman(&cosines, &scores);
        println!("  {name:<20} {:>6} pairs  {rho:.4}", pairs.len());
        figure(&format!("similarity_{name}_{}", encoder.name), rho, "spearman");
        all.push(rho);
    }
    println!("  {:<20} {:>6} sets   {:.4}", "mean", all.len(), mean(&all));
    figure(&format!("similarity_mean_{}", encoder.name), mean(&all), "spearman");
}
