//! Does something outrank the right text only because it is short, early, repetitive or literally alike?
//!
//! For each subject there is a question, a text that answers it, and one decoy of each kind: a mere
//! heading (short), a text that begins with the subject while the answer lies deep in a long text (early), one that
//! says the question's main word again and again (repeated), and one that has the question's words in another sense
//! (literal). The answer is told once as people mostly do, with some of the question's words (plain), once without
//! any of them, and once in a few words (curt, and then never deep in a text): what holds short texts down must not hold
//! down a short answer. The share of questions whose answer stands above the decoy is printed, all other texts being
//! present; and that of questions whose answer stands nearer by meaning alone: without the question's words in the answer
//! the words of a decoy always fit better, so that a sum of meaning and words alone wins no more than these. What is held
//! down shows beside a naive fusion of the same texts: the z-score of the cosine to the whole text and 0.7 times that of
//! BM25. `unseen` is the share among the subjects that were not looked at while search was made.

use std::sync::Arc;

use idiolect::Granularity;
use idiolect::internals::search::LexicalIndex;
use idiolect::internals::search::{Filter, chunks};

use crate::encode::Encoder;
use crate::figure;
use crate::hybrid::{Stock, asked};
use crate::metrics::{dot, mean};
use crate::subjects::{LOOKED_AT, SUBJECTS, Subject};

/// What stands around an answer that lies deep in a text.
const FILLER: &str = "The minutes of the last meeting were read and agreed. The heating in the corridor works again. \
    Visitors are asked to sign the book at the entrance. The library closes early before the holidays. Parking behind \
    the building is free at weekends. A new coffee machine was ordered for the second floor. The photographs of the \
    summer party are on the board. Lost gloves can be fetched at the desk. ";

/// Chooses a text of a subject.
type Which = fn(&Subject) -> &'static str;

pub(crate) fn run(encoder: &mut Encoder) {
    println!("\nbiases: the answer above the decoy, of {} subjects", SUBJECTS.len());
    let kinds: [(&str, Which); 4] = [
        ("short", |subject| subject.short),
        ("early", |subject| subject.early),
        ("repeated", |subject| subject.repeated),
        ("literal", |subject| subject.literal),
    ];
    let answers: [(&str, Which); 3] = [
        ("", |subject| subject.answer),
        ("_plain", |subject| subject.plain),
        ("_curt", |subject| subject.curt),
    ];
    for (told, answer) in answers {
        let mut all = vec![Vec::new(); MEASURED.len()];
        let mut unseen = all.clone();
        for (name, decoy) in kinds {
            match measure(encoder, name == "early" && told != "_curt", answer, decoy) {
                Ok(shares) => {
                    for (at, (measured, wins)) in MEASURED.into_iter().zip(shares).enumerate() {
                        let name = format!("bias_{name}_{measured}{told}");
                        figure(&format!("{name}_{}", encoder.name), mean(&wins), "share");
                        unseen[at].extend_from_slice(&wins[LOOKED_AT..]);
                        all[at].extend(wins);
                    }
                }
                Err(reason) => println!("  {name}: {reason}; skipped"),
            }
        }
        for (at, measured) in MEASURED.into_iter().enumerate() {
            figure(&format!("bias_{measured}{told}_{}", encoder.name), mean(&all[at]), "share");
            figure(&format!("bias_{measured}_unseen{told}_{}", encoder.name), mean(&unseen[at]), "share");
        }
    }
}

/// What [`measure`] gives.
const MEASURED: [&str; 3] = ["right", "nearer", "right_naive"];

/// By subject 1 where the answer stands above the decoy, where it is nearer by meaning, and where it stands above in a
/// naive fusion; 0 elsewhere.
fn measure(
    encoder: &mut Encoder,
    is_deep: bool,
    answer: Which,
    decoy: Which,
) -> Result<[Vec<f64>; 3], String> {
    let answers = SUBJECTS.iter().map(|subject| {
        let answer = answer(subject);
        if is_deep { format!("{}{answer} {FILLER}", FILLER.repeat(2)) } else { answer.to_owned() }
    });
    let texts: Vec<String> =
        answers.chain(SUBJECTS.iter().map(|subject| decoy(subject).to_owned())).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = encoder.encode("biases", &texts)?;
    let mut stock = Stock::new(vectors[0].len());
    let mut keys_of = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let keys: Vec<Arc<[f32]>> = encoder.encode("biases", &chunks(text, Granularity::default()))?;
        stock.add(at as u64, text, "", &vectors[at], &keys)?;
        keys_of.push(keys);
    }
    let questions: Vec<&str> = SUBJECTS.iter().map(|subject| subject.question).collect();
    let asked_vectors = encoder.encode("biases", &questions)?;
    let filter = Filter::default();
    let right = questions.iter().zip(&asked_vectors).enumerate().map(|(at, (question, vector))| {
        let found = stock.find(&asked(vector, question, texts.len(), &filter));
        let rank = |id: usize| found.iter().position(|other| *other == id as u64).unwrap_or(usize::MAX);
        f64::from(u8::from(rank(at) < rank(at + SUBJECTS.len())))
    });
    let right = right.collect();
    let nearer = asked_vectors.iter().enumerate().map(|(at, question)| {
        // The best of the whole text and its parts: no decoy of a few words has parts.
        let best = |id: usize| {
            keys_of[id].iter().chain([&vectors[id]]).map(|key| dot(key, question)).fold(f32::MIN, f32::max)
        };
        f64::from(u8::from(best(at) > best(at + SUBJECTS.len())))
    });
    let nearer = nearer.collect();
    let mut lexical = LexicalIndex::new();
    texts.iter().enumerate().for_each(|(at, text)| lexical.insert(at as u64, text, ""));
    let ids: Vec<u64> = (0..texts.len() as u64).collect();
    let naive = questions.iter().zip(&asked_vectors).enumerate().map(|(at, (question, vector))| {
        let meaning: Vec<f32> = vectors.iter().map(|own| dot(own, vector)).collect();
        let words = z_scores(&lexical.scores(&lexical.query(question, false), &ids));
        let sums: Vec<f32> =
            z_scores(&meaning).into_iter().zip(words).map(|(meaning, words)| meaning + 0.7 * words).collect();
        f64::from(u8::from(sums[at] > sums[at + SUBJECTS.len()]))
    });
    Ok([right, nearer, naive.collect()])
}

fn z_scores(values: &[f32]) -> Vec<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    values.iter().map(|value| (value - mean) / variance.sqrt().max(f32::EPSILON)).collect()
}
