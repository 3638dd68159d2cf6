//! Is a text found by a name or identifier in it?
//!
//! The texts are mails and commit messages, each person's separately. A question is a name or identifier of a text,
//! followed by three words of the text that are more common; for a prefix (`begun`), the three words and then the first
//! letters, which the search completes. The texts that contain it are right.
//!
//! Names and identifiers are told in two ways. By spelling: a capitalized word inside a sentence that the person never
//! writes in lower case, or `camelCase` and `snake_case`, in at most five of the person's texts. By place, which no
//! ranking knows: whom a mail greets (`addressees`), asked for in lower case as people type, and what a commit message
//! sets in backticks (`quoted_code`), however it is spelled, in at most a fifth of the texts.
//! Printed is the share of questions with a right text first, and among the first
//! five, by words and meaning together, by meaning alone and by words alone. Every second person is `unseen`: not
//! inspected during development.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use idiolect::{Query, SearchMode};
use regex::Regex;

use crate::encode::Encoder;
use crate::engine::{Fallible, History};
use crate::metrics::mean;
use crate::{Options, data, figure};

/// With fewer texts, rarity is not meaningful.
const TEXTS_MIN: usize = 30;
/// Maximum number of a person's texts that contain a rare name.
const RARE: usize = 5;
/// Number of common words in a question.
const COMMON: usize = 3;
/// Maximum questions per person.
const QUESTIONS: usize = 60;
/// Minimum letters of a prefix.
const BEGINNING: usize = 5;

/// How the names of texts are told.
#[derive(Clone, Copy)]
enum Told {
    /// A word inside a sentence spelled so.
    Spelled(fn(&str) -> bool),
    /// The first group of an expression.
    Placed(&'static str),
}

/// Whom a mail greets.
const ADDRESSEE: &str = r"(?m)^(?:(?i:hi|hello|hey|dear)\s+)?([A-Z][a-z]{3,}):?,? {0,1}(?:,|:|\s{2}|$)";
/// What is set in backticks.
const QUOTED_CODE: &str = r"`([A-Za-z0-9_]{4,})`";

/// A question with the whole name and with its prefix, and the texts that contain it.
struct Question {
    whole: String,
    begun: String,
    right: BTreeSet<usize>,
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let people = folder.join("people");
    let mails = data::read(&people.join("emails.jsonl"), |json| {
        let subject = data::text(json, "subject").unwrap_or_default();
        Ok((data::text(json, "owner")?, format!("{subject}\n{}", data::text(json, "body")?)))
    });
    let notes = data::read(&people.join("commits.jsonl"), |json| {
        Ok((data::text(json, "author")?, data::text(json, "text")?))
    });
    let bodies: Vec<(String, String)> = mails
        .iter()
        .map(|(person, text)| (person.clone(), text.split_once('\n').map_or("", |(_, body)| body).to_owned()))
        .collect();
    let kinds = [
        ("names", mails, Told::Spelled(is_name)),
        ("identifiers", notes.clone(), Told::Spelled(is_identifier)),
        ("addressees", bodies, Told::Placed(ADDRESSEE)),
        ("quoted_code", notes, Told::Placed(QUOTED_CODE)),
    ];
    println!(
        "\nnames: the text that has it {:>22} {:>8} {:>8} {:>8} {:>8}",
        "questions", "fused", "five", "meaning", "words"
    );
    for (kind, texts, told) in kinds {
        let mut by_person: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (person, text) in texts {
            by_person.entry(person).or_default().push(text);
        }
        by_person.retain(|_, texts| texts.len() >= TEXTS_MIN);
        // By split, then whole name or prefix, then measure.
        let mut found: [[[Vec<f64>; 4]; 2]; 2] = Default::default();
        for (at, texts) in by_person.values().enumerate() {
            if let Err(reason) = person(texts, told, encoder, options, &mut found[at % 2]) {
                println!("  {kind}: {reason}; skipped");
                return;
            }
        }
        for (split, found) in [("", &found[0]), ("_unseen", &found[1])] {
            for (name, measures) in [kind.to_owned(), format!("{kind}_begun")].into_iter().zip(found) {
                let [first, five, meaning, words] = measures.each_ref().map(|values| mean(values));
                let label = format!("{name}{split}");
                println!(
                    "  {label:<35} {:>14} {first:>8.4} {five:>8.4} {meaning:>8.4} {words:>8.4}",
                    measures[0].len()
                );
                for (measure, value) in
                    [("first", first), ("five", five), ("first_meaning", meaning), ("first_words", words)]
                {
                    figure(&format!("{name}_{measure}{split}_{}", encoder.name), value, "share");
                }
            }
        }
    }
}

fn person(
    texts: &[String],
    told: Told,
    encoder: &Arc<Encoder>,
    options: &Options,
    found: &mut [[Vec<f64>; 4]; 2],
) -> Fallible<()> {
    let mut questions = questions(texts, told);
    questions.truncate(QUESTIONS.min(options.limit));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    encoder.encode(&texts)?;
    let history = History::of(encoder.clone(), texts.into_iter().enumerate())?;
    for Question { whole, begun, right } in &questions {
        for (begins, found) in found.iter_mut().enumerate() {
            let query = Query::new([whole, begun][begins]).prefix_match(begins == 1).k(5);
            let rank = |query: &Query| -> Fallible<Option<usize>> {
                Ok(history.find(query)?.iter().position(|at| right.contains(at)))
            };
            let first = |rank: Option<usize>| f64::from(u8::from(rank == Some(0)));
            let fused = rank(&query)?;
            found[0].push(first(fused));
            found[1].push(f64::from(u8::from(fused.is_some())));
            found[2].push(first(rank(&query.clone().mode(SearchMode::Meaning))?));
            found[3].push(first(rank(&query.mode(SearchMode::Words))?));
        }
    }
    Ok(())
}

/// The words of a text, and whether each is the first of a sentence or a line.
fn words(text: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut first = true;
    for line in text.lines() {
        first |= !line.is_empty();
        for token in line.split_whitespace() {
            let word = token.trim_matches(|c: char| !c.is_alphanumeric());
            if !word.is_empty() {
                found.push((word, first));
                first = false;
            }
            first |= token.ends_with(['.', ':', '!', '?', '-', '*', '>', '"']);
        }
    }
    found
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    word.len() >= BEGINNING
        && letters.next().is_some_and(char::is_uppercase)
        && letters.all(|c| c.is_ascii_lowercase())
}

fn is_identifier(word: &str) -> bool {
    let joined = word.contains('_')
        || word
            .as_bytes()
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    joined && word.len() > BEGINNING && word.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

fn questions(texts: &[String], told: Told) -> Vec<Question> {
    // By lower-cased word: the texts that contain it.
    let mut having: HashMap<String, BTreeSet<usize>> = HashMap::new();
    let mut plain: BTreeSet<&str> = BTreeSet::new();
    for (at, text) in texts.iter().enumerate() {
        // Also within joined words: an address contains a name.
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()) {
            having.entry(word.to_lowercase()).or_default().insert(at);
            if word.chars().all(char::is_lowercase) {
                plain.insert(word);
            }
        }
    }
    let number = |word: &str| having.get(&word.to_lowercase()).map_or(0, BTreeSet::len);
    let mut found = Vec::new();
    let placed = match told {
        Told::Placed(expression) => Regex::new(expression).ok(),
        Told::Spelled(_) => None,
    };
    for text in texts {
        let own = words(text);
        let name = match told {
            Told::Spelled(is) => {
                let rare = own.iter().filter(|(word, first)| {
                    let named = !first && is(word) && !plain.contains(&*word.to_lowercase());
                    named && (1..=RARE).contains(&number(word))
                });
                rare.min_by_key(|(word, _)| (number(word), *word)).map(|(word, _)| (*word).to_owned())
            }
            Told::Placed(_) => {
                let found = placed.as_ref().and_then(|placed| placed.captures(text)?.get(1));
                let name = found.map(|name| name.as_str().to_lowercase());
                name.filter(|name| name.len() >= BEGINNING && (1..=texts.len() / 5).contains(&number(name)))
            }
        };
        let Some(name) = name else { continue };
        let mut common: Vec<&str> = own
            .iter()
            .map(|(word, _)| *word)
            .filter(|word| {
                let plain = word.len() > 3 && word.chars().all(|c| c.is_ascii_lowercase());
                plain && number(word) > RARE && *word != name
            })
            .collect();
        common.sort_by_key(|word| (std::cmp::Reverse(number(word)), *word));
        common.dedup();
        common.truncate(COMMON);
        if common.len() < COMMON {
            continue;
        }
        let common = common.join(" ");
        let beginning = &name[..BEGINNING.max(name.len() * 2 / 3)];
        found.push(Question {
            whole: format!("{name} {common}"),
            begun: format!("{common} {beginning}"),
            right: having[&name.to_lowercase()].clone(),
        });
    }
    found
}
