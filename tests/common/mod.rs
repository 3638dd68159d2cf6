//! What the integration tests share: a small deterministic embedder, engines over temporary folders, and a
//! little stream of edits.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod clusters;

use std::path::Path;
use std::sync::Arc;

use idiolect::EmbeddingError;
use idiolect::{Embedder, Embedding};
use idiolect::{Engine, EngineBuilder, ManualClock, Observation, Preference, Request, Scope, Timestamp};

pub const DIMENSIONS: usize = 256;

/// Bag of lower-cased words, hashed into [`DIMENSIONS`] buckets: near texts share words.
pub struct WordHash;

impl Embedder for WordHash {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn fingerprint(&self) -> &'static str {
        "test:word-hash"
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbeddingError> {
        let mut vector = vec![0.001f32; DIMENSIONS];
        for word in text.to_lowercase().split_whitespace().take(256) {
            let mut hash = 0xcbf2_9ce4_8422_2325u64;
            for byte in word.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            vector[(hash >> 40) as usize % DIMENSIONS] += 1.0;
        }
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut vector {
            *value /= norm;
        }
        Ok(Embedding::new(vector, text.split_whitespace().count(), false))
    }
}

/// 2026-01-01.
pub const START: i64 = 1_767_225_600_000;
pub const DAY: i64 = 86_400_000;

pub fn day(day: i64) -> Timestamp {
    Timestamp(START + day * DAY)
}

pub fn builder(folder: &Path) -> EngineBuilder {
    Engine::builder(folder).encoder(WordHash).clock(Arc::new(ManualClock::new(day(100))))
}

pub fn open(folder: &Path) -> Engine {
    builder(folder).open().expect("the store opens")
}

pub fn mail() -> Scope {
    Scope::app("mail").task("reply")
}

/// Edits of one person's mail replies: shorter, "Hi" and "Cheers," for the stiff phrases, contractions. The
/// facts differ from one to the next.
pub fn mail_edit(index: usize) -> Observation {
    let (name, day_name, topic) = [
        ("Priya", "Monday", "the budget review"),
        ("Tom", "Tuesday", "our release plan"),
        ("Aisha", "Wednesday", "a customer visit"),
        ("Jonas", "Thursday", "the hiring plan"),
        ("Mei", "Friday", "the security audit"),
        ("Lucas", "Saturday", "the offsite agenda"),
        ("Nora", "Sunday", "the print order"),
        ("Ivan", "New Year's Eve", "the lease renewal"),
    ][index % 8];
    let round = if index < 8 { String::new() } else { format!(", round {}", index / 8 + 1) };
    let context = format!("{name} asks to meet on {day_name} about {topic}{round}");
    let draft = format!(
        "Dear {name},\n\nI hope this message finds you well. I am writing to confirm that I would be delighted \
         to meet with you on {day_name} in order to discuss {topic}. I do not foresee any difficulties with \
         the proposed time. Please do not hesitate to contact me should you require any further information.\
         \n\nKind regards,\nSam"
    );
    let edited = format!(
        "Hi {name},\n\n{day_name} works for {topic}. I don't see a problem with the time.\n\nCheers,\nSam"
    );
    Observation::edit(context, draft, edited).scope(mail()).at(day(index as i64))
}

/// An edit that only corrects facts.
pub fn fact_edit(index: usize) -> Observation {
    let place = ["Oslo", "Madrid", "Porto", "Graz", "Leeds", "Turin", "Lyon", "Basel"][index % 8];
    let context = format!("Status note number {index} for the {place} project");
    let draft = format!("The {place} site opens on 4 May with 31 desks. The lift is inspected by Kone.");
    let edited = format!(
        "The {place} site opens on {} May with {} desks. The lift is inspected by Otis.",
        5 + index % 20,
        32 + index % 40
    );
    Observation::edit(context, draft, edited).scope(Scope::app("notes")).at(day(index as i64))
}

/// An engine that has taken in so many [`mail_edit`]s.
pub fn learned(edits: usize) -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = open(folder.path());
    for index in 0..edits {
        engine.observe(mail_edit(index)).expect("it is taken in");
    }
    (folder, engine)
}

pub fn texts(preferences: &[Preference]) -> Vec<&str> {
    preferences.iter().map(|preference| preference.text.as_str()).collect()
}

/// A request near to the [`mail_edit`]s.
pub fn request() -> Request {
    Request::new("Ravi asks to meet on Tuesday about the lease").scope(mail())
}
