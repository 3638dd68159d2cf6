//! Does something outrank the right text only because it is short, early, repetitive or literally alike?
//!
//! For each subject there is a question, a text that answers it, and one decoy of each kind: a mere
//! heading (short), a text that begins with the subject while the answer lies deep in a long text (early), one that
//! says the question's main word again and again (repeated), and one that has the question's words in another sense
//! (literal). The answer is told once as people mostly do, with some of the question's words (plain), and once without
//! any of them. The share of questions whose answer stands above the decoy is printed, all other texts being present; and
//! that of questions whose answer stands nearer by meaning alone: without the question's words in the answer the words of
//! a decoy always fit better, so that no sum of meaning and words can win more than these. What is held down shows beside
//! a naive fusion of the same texts: the z-score of the cosine to the whole text and 0.7 times that of BM25.

use std::sync::Arc;

use idiolect::index::LexicalIndex;
use idiolect::retrieval::{Filter, Granularity, chunks};

use crate::encode::Encoder;
use crate::figure;
use crate::hybrid::{Stock, asked};
use crate::metrics::{dot, mean};

struct Subject {
    question: &'static str,
    answer: &'static str,
    plain: &'static str,
    short: &'static str,
    early: &'static str,
    repeated: &'static str,
    literal: &'static str,
}

const SUBJECTS: [Subject; 6] = [
    Subject {
        question: "When does the lease of the office end?",
        answer: "Our rental contract for the rooms in Mill Street runs out on the last day of March, and we must leave the keys with the owner.",
        plain: "The lease ends on the last day of March, and we must leave the keys of the rooms in Mill Street with the owner.",
        short: "Office lease",
        early: "The office lease was mentioned over lunch. After that everybody talked about the football match and the weather.",
        repeated: "Lease, lease, lease: office lease lease. All day I heard lease and office and lease.",
        literal: "The end of the office party was a new lease of life for the band, when it does play.",
    },
    Subject {
        question: "Who fixed the crash in the payment page?",
        answer: "Marta repaired the bug that made the checkout fail whenever a card was declined; her patch went out on Tuesday.",
        plain: "Marta fixed the payment page: it failed whenever a card was declined; her patch went out on Tuesday.",
        short: "Payment page crash",
        early: "A crash in the payment page was on the agenda. We never came to it and planned the summer trip instead.",
        repeated: "Crash crash crash, payment payment, page page, crash again in the payment page crash.",
        literal: "The stock market crash filled the front page, and payment in fixed rates stopped for those who had shares.",
    },
    Subject {
        question: "How should I water the orchid?",
        answer: "Put the pot of the phalaenopsis into a bowl for ten minutes once a week, and let it drip off well so that its roots never stay wet.",
        plain: "I put the orchid into a bowl of water for ten minutes once a week and let it drip off well, so that its roots never stay wet.",
        short: "Orchid: water",
        early: "The orchid stands on the window sill. Below it there is a shelf with cookery books that my aunt gave us.",
        repeated: "Orchid water orchid water orchid. I should water, water, water the orchid, orchid, orchid.",
        literal: "Black Orchid is how I call the water park; you should see the slides.",
    },
    Subject {
        question: "What did the doctor say about my knee?",
        answer: "After the scan the physician told me that a ligament in the leg is torn and that I must not run for six weeks.",
        plain: "The doctor told me after the scan that a ligament is torn and that I must not run on that knee for six weeks.",
        short: "Doctor, knee",
        early: "My knee and the doctor were the first things on my list. The rest of the day went into tax forms and laundry.",
        repeated: "Knee knee knee. The doctor, the doctor, the knee. My knee, my doctor, my knee.",
        literal: "Say what you like about Doctor Who: my favourite scene is the one where he bends the knee.",
    },
    Subject {
        question: "Which train do we take to the wedding?",
        answer: "We catch the express at 8:14 on Saturday, change in Crewe, and are at the church an hour before the ceremony begins.",
        plain: "For the wedding we take the 8:14 on Saturday, change in Crewe, and are at the church an hour before the ceremony begins.",
        short: "Train to wedding",
        early: "The train to the wedding is still to be booked. In other news the dishwasher has arrived and the plumber was here.",
        repeated: "Train, wedding, train, wedding, train, train, take the train, wedding wedding train.",
        literal: "The bride's train, which we take to be silk, was the talk of the wedding shop.",
    },
    Subject {
        question: "Why was the delivery of the chairs late?",
        answer: "The seats came two weeks after the promised date because the carrier's lorry broke down and the spare part had to be ordered from abroad.",
        plain: "The chairs came two weeks late because the carrier's lorry broke down and the spare part had to be ordered from abroad.",
        short: "Late chairs",
        early: "Delivery of the chairs: see below. The canteen offers soup on Mondays, and the lift is serviced in June.",
        repeated: "Late late late delivery. Chairs chairs, delivery delivery, late chairs, why late, why late.",
        literal: "The late professor, whose delivery was dry, chairs the ghostly meeting in the play.",
    },
];

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
    let answers: [(&str, Which); 2] = [("", |subject| subject.answer), ("_plain", |subject| subject.plain)];
    for (told, answer) in answers {
        let mut all = [Vec::new(), Vec::new(), Vec::new()];
        for (name, decoy) in kinds {
            match measure(encoder, name == "early", answer, decoy) {
                Ok(shares) => {
                    for ((measured, share), all) in MEASURED.into_iter().zip(shares).zip(&mut all) {
                        figure(&format!("bias_{name}_{measured}{told}_{}", encoder.name), share, "share");
                        all.push(share);
                    }
                }
                Err(reason) => println!("  {name}: {reason}; skipped"),
            }
        }
        for (measured, all) in MEASURED.into_iter().zip(&all) {
            figure(&format!("bias_{measured}{told}_{}", encoder.name), mean(all), "share");
        }
    }
}

/// What [`measure`] gives.
const MEASURED: [&str; 3] = ["right", "nearer", "right_naive"];

/// The shares of answers above the decoy, of those nearer by meaning, and of those above it in a naive fusion.
fn measure(encoder: &mut Encoder, is_deep: bool, answer: Which, decoy: Which) -> Result<[f64; 3], String> {
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
    let right = mean(&right.collect::<Vec<_>>());
    let nearer = asked_vectors.iter().enumerate().map(|(at, question)| {
        // The best of the whole text and its parts: no decoy of a few words has parts.
        let best = |id: usize| {
            keys_of[id].iter().chain([&vectors[id]]).map(|key| dot(key, question)).fold(f32::MIN, f32::max)
        };
        f64::from(u8::from(best(at) > best(at + SUBJECTS.len())))
    });
    let nearer = mean(&nearer.collect::<Vec<_>>());
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
    Ok([right, nearer, mean(&naive.collect::<Vec<_>>())])
}

fn z_scores(values: &[f32]) -> Vec<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    values.iter().map(|value| (value - mean) / variance.sqrt().max(f32::EPSILON)).collect()
}
