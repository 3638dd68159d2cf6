//! Does a text outrank the right one merely because it is short, early, repetitive or literally similar?
//!
//! Each subject has a question, a text that answers it, and one decoy of each kind: a bare heading (short), a text that
//! begins with the subject while the answer is deep in a long text (early), one that repeats the question's main word
//! (repeated), and one that uses the question's words in another sense (literal). The answer has three forms: with some
//! of the question's words, as people mostly write (plain); without any of them; and in a few words (curt, and then
//! never deep in a text), since penalizing short texts must not penalize a short answer. Printed is the share of
//! questions whose answer ranks above the decoy among all other texts, and the share whose answer is nearer by meaning
//! alone: a decoy's words always match better than an answer without the question's words, so a sum of meaning and
//! words alone wins no more than these. A naive fusion of the same texts (the z-score of the cosine of the whole text
//! plus 0.7 times that of BM25) shows the effect of the corrections. `unseen` is the share among the subjects not
//! inspected during development.

use std::path::Path;
use std::sync::Arc;

use idiolect::{Query, SearchMode};

use crate::encode::Encoder;
use crate::engine::{Fallible, History};
use crate::metrics::{dot, mean};
use crate::subjects::{LOOKED_AT, SUBJECTS, Subject};
use crate::{Options, figure};

/// Text around an answer that is deep in a text.
const FILLER: &str = "The minutes of the last meeting were read and agreed. The heating in the corridor works again. \
    Visitors are asked to sign the book at the entrance. The library closes early before the holidays. Parking behind \
    the building is free at weekends. A new coffee machine was ordered for the second floor. The photographs of the \
    summer party are on the board. Lost gloves can be fetched at the desk. ";

/// Selects a text of a subject.
type Which = fn(&Subject) -> &'static str;

pub(crate) fn run(_: &Path, encoder: &Arc<Encoder>, _: &Options) {
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

/// The figures that [`measure`] returns.
const MEASURED: [&str; 3] = ["right", "nearer", "right_naive"];

/// By subject, 1 if the answer ranks above the decoy, if it does by meaning alone, and if it does in a naive fusion;
/// otherwise 0.
fn measure(encoder: &Arc<Encoder>, is_deep: bool, answer: Which, decoy: Which) -> Fallible<[Vec<f64>; 3]> {
    let answers = SUBJECTS.iter().map(|subject| {
        let answer = answer(subject);
        if is_deep { format!("{}{answer} {FILLER}", FILLER.repeat(2)) } else { answer.to_owned() }
    });
    let texts: Vec<String> =
        answers.chain(SUBJECTS.iter().map(|subject| decoy(subject).to_owned())).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = encoder.encode(&texts)?;
    let history = History::of(encoder.clone(), texts.iter().copied().enumerate())?;
    let words = Words::of(&texts);
    let mut shares: [Vec<f64>; 3] = Default::default();
    for (at, subject) in SUBJECTS.iter().enumerate() {
        let query = Query::new(subject.question).k(texts.len());
        for (shares, query) in shares.iter_mut().zip([query.clone(), query.mode(SearchMode::Meaning)]) {
            let found = history.find(&query)?;
            let rank = |place: usize| found.iter().position(|other| *other == place).unwrap_or(usize::MAX);
            shares.push(f64::from(u8::from(rank(at) < rank(at + SUBJECTS.len()))));
        }
        let question = &encoder.encode(&[subject.question])?[0];
        let meaning: Vec<f32> = vectors.iter().map(|own| dot(own, question)).collect();
        let words = z_scores(&words.scores(subject.question));
        let sums: Vec<f32> =
            z_scores(&meaning).into_iter().zip(words).map(|(meaning, words)| meaning + 0.7 * words).collect();
        shares[2].push(f64::from(u8::from(sums[at] > sums[at + SUBJECTS.len()])));
    }
    Ok(shares)
}

/// Textbook BM25 of whole words.
struct Words<'a>(Vec<Vec<&'a str>>);

impl<'a> Words<'a> {
    fn of(texts: &[&'a str]) -> Self {
        Self(texts.iter().map(|text| Self::cut(text)).collect())
    }

    fn cut(text: &str) -> Vec<&str> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
    }

    fn scores(&self, question: &str) -> Vec<f32> {
        const K1: f32 = 1.2;
        const B: f32 = 0.75;
        let count = |words: &[&str], word: &str| {
            words.iter().filter(|other| other.eq_ignore_ascii_case(word)).count() as f32
        };
        let number = self.0.len() as f32;
        let mean = self.0.iter().map(Vec::len).sum::<usize>() as f32 / number;
        let mut scores = vec![0.0; self.0.len()];
        for word in Self::cut(question) {
            let having = self.0.iter().filter(|words| count(words, word) > 0.0).count() as f32;
            let weight = (1.0 + (number - having + 0.5) / (having + 0.5)).ln();
            for (score, words) in scores.iter_mut().zip(&self.0) {
                let times = count(words, word);
                let length = 1.0 - B + B * words.len() as f32 / mean;
                *score += weight * times * (K1 + 1.0) / (times + K1 * length);
            }
        }
        scores
    }
}

fn z_scores(values: &[f32]) -> Vec<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    values.iter().map(|value| (value - mean) / variance.sqrt().max(f32::EPSILON)).collect()
}
