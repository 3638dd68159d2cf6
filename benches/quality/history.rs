//! History: what is stated of a person from texts of theirs alone, and is it true of their other texts?
//!
//! Reads the texts by person in `people/`: the mails that they sent, and the commit messages of an author. A person's
//! first texts are their history; each statement listed then is held against their later texts by a measure of its own,
//! which shares nothing with the engine: whether a text goes with the statement, where it has the choice. A statement is
//! true where most of these texts go with it; one that no measure understands is counted apart, and so is one for which
//! the later texts have hardly a choice.
//!
//! People whose name hashes to an even number are those tuned on; the others are printed apart, as `_other`. Prints each
//! false statement with its confidence and the share of texts that go with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use idiolect::{HistoryItem, Request, Scope, Timestamp};
use regex::Regex;
use serde_json::Value;

use crate::encode::Encoder;
use crate::engine::{DAY, Fallible, NOW, Opened, open};
use crate::{Options, data, figure};

/// Texts of a person that become their history.
const HISTORY: usize = 30;
/// Fewest and most other texts that statements are held against.
const OTHERS: std::ops::RangeInclusive<usize> = 15..=120;
/// Texts with the choice, at least, for a statement to be judged.
const CHOICES_MIN: usize = 5;
/// Share of the texts with the choice that go with a true statement.
const TRUE_FROM: f64 = 0.55;

struct Person {
    name: String,
    scope: Scope,
    /// In order of time, as far as that is known.
    texts: Vec<(i64, String)>,
}

fn people(folder: &Path) -> Vec<Person> {
    let sent = data::read(&folder.join("emails.jsonl"), |json| {
        let is_sent = json.get("folder").and_then(Value::as_str) == Some("sent");
        Ok(is_sent.then_some((data::text(json, "owner")?, 0, data::text(json, "body")?)))
    });
    let commits = data::read(&folder.join("commits.jsonl"), |json| {
        let author = format!("{} {}", data::text(json, "repo")?, data::text(json, "author")?);
        Ok(Some((author, data::number(json, "t")? as i64, data::text(json, "text")?)))
    });
    let mail = Scope::app("mail");
    let commit = Scope::app("git").task("commit message");
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for (all, scope) in [(sent, mail), (commits, commit)] {
        for (name, at, text) in all.into_iter().flatten().filter(|(.., text)| !text.trim().is_empty()) {
            let fresh = || Person { name: name.clone(), scope: scope.clone(), texts: Vec::new() };
            people.entry(name.clone()).or_insert_with(fresh).texts.push((at, text));
        }
    }
    let mut people: Vec<Person> = people.into_values().collect();
    for person in &mut people {
        person.texts.sort_by_key(|(at, _)| *at);
    }
    people.retain(|person| person.texts.len() >= HISTORY + OTHERS.start());
    people
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Whether a text goes with a statement; `None` where it has no choice.
type Check = Box<dyn Fn(&str) -> Option<bool>>;

fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are expressions")
}

/// A check whether a text has, or has not, what an expression finds.
fn any(pattern: &str, has: bool) -> Check {
    let found = expression(pattern);
    Box::new(move |text| Some(found.is_match(text) == has))
}

/// A check of a choice between what two expressions find: whether the first is found more often.
fn rather(first: &str, second: &str) -> Check {
    let (first, second) = (expression(first), expression(second));
    Box::new(move |text| {
        let (first, second) = (first.find_iter(text).count(), second.find_iter(text).count());
        (first + second > 0).then_some(first * 2 >= first + second)
    })
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

fn words_a_sentence(text: &str) -> f64 {
    let ends = expression(r"[.!?]+(\s|$)|\n\s*\n|\n\s*[-*•]");
    let sentences = ends.split(text).filter(|sentence| words(sentence) > 0).count();
    words(text) as f64 / sentences.max(1) as f64
}

/// Middling lengths of the texts that people write: those of `contexts`.
struct Middle {
    words: f64,
    sentence: f64,
}

impl Middle {
    fn of(folder: &Path) -> Self {
        let texts = data::read(&folder.join("contexts/contexts.jsonl"), |json| data::text(json, "text"));
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        Self {
            words: median(texts.iter().map(|text| words(text) as f64).collect()),
            sentence: median(texts.iter().map(|text| words_a_sentence(text)).collect()),
        }
    }
}

const GREETING: &str = r"(?i)^\s*(hi|hello|hey|dear|good (morning|afternoon|evening)|greetings)\b|^\s*[A-Z][a-z]+( [A-Z][a-z]+)?\s*[,:;-]";
const CLOSING: &str = r"(?i)\b(thanks|thank you|thx|regards|best|cheers|sincerely|love|take care|later|bye)\b[^.?!\n]{0,25}[.!,]?\s*(\n\s*\S+.{0,30})?\s*$";
const SHORT: &str =
    r"(?i)\b\w+n['’]t\b|\b(i|you|he|she|it|we|they|that|there|what|who|let|here)['’](s|m|re|ve|ll|d)\b";
const FULL: &str = r"(?i)\b(do|does|did|is|are|was|were|have|has|had|can|could|would|should|will|must)( not|not)\b|\b(i am|you are|he is|she is|it is|we are|they are|that is|there is|i have|we have|i will|we will|you will|it will|i would|let us)\b";

/// What understands a statement, in lower case.
#[expect(clippy::too_many_lines, reason = "a line for each kind of statement")]
fn check(statement: &str, middle: &Middle) -> Option<Check> {
    let quoted = expression(r"(?:opens|signs off) with (.+)$");
    if let Some(phrase) = quoted.captures(statement).and_then(|found| found.get(1)) {
        let phrase = phrase.as_str().trim_matches(|c| matches!(c, '\'' | '"' | '‘' | '’'));
        let first = phrase.split(['[', '<']).next().unwrap_or_default();
        let first = first.trim_end_matches([',', '!', ' ', '…']).replace("the name", "");
        let name = r"[A-Z][\w.]+( [A-Z][\w.]+)?[\s,:;-]";
        let pattern = match (statement.contains("opens"), first.trim()) {
            (true, "") => format!(r"^\s*{name}"),
            (true, greeting) => format!(r"(?i)^\s*{}\b", regex::escape(greeting)),
            (false, closing) => {
                format!(r"(?i)\b{}\b[^\n]{{0,3}}\s*(\S+[^\n]{{0,30}})?\s*$", regex::escape(closing.trim()))
            }
        };
        return Some(any(&pattern, true));
    }
    let (long, sentence) = (middle.words, middle.sentence);
    let found: Check = match statement {
        s if s.starts_with("keeps ") && s.ends_with(" short") => {
            Box::new(move |text| Some((words(text) as f64) < long))
        }
        s if s.starts_with("writes longer ") => Box::new(move |text| Some(words(text) as f64 > long)),
        "writes short sentences" => Box::new(move |text| Some(words_a_sentence(text) < sentence)),
        "writes long sentences" => Box::new(move |text| Some(words_a_sentence(text) > sentence)),
        "opens with a greeting" => any(GREETING, true),
        "opens without a greeting" => any(GREETING, false),
        "signs off at the end" => any(CLOSING, true),
        "ends without a sign-off" => any(CLOSING, false),
        s if s.starts_with("uses contractions") => rather(SHORT, FULL),
        s if s.starts_with("writes contractions out") => rather(FULL, SHORT),
        s if s.starts_with("avoids exclamation") => any("!", false),
        s if s.starts_with("uses exclamation") => any("!", true),
        "avoids questions" => any(r"\?", false),
        "asks questions" => any(r"\?", true),
        "ends with a question" => any(r"\?\s*$", true),
        "does not end with a question" => any(r"\?\s*$", false),
        "avoids emoji" => any(r"[\x{1f300}-\x{1faff}\x{2600}-\x{27bf}]|(^|\s)[:;]-?[()DP](\s|$)", false),
        "uses emoji" => any(r"[\x{1f300}-\x{1faff}\x{2600}-\x{27bf}]|(^|\s)[:;]-?[()DP](\s|$)", true),
        "avoids semicolons" => any(";", false),
        "uses semicolons" => any(";", true),
        "avoids colons" => any(r"[\w)]:(\s|$)", false),
        "uses colons" => any(r"[\w)]:(\s|$)", true),
        "avoids dashes" => any(r"\s-{1,2}\s|\w--\w|[–—]", false),
        s if s.starts_with("sets off asides with dashes") => any(r"\s-{1,2}\s|\w--\w|[–—]", true),
        "avoids ellipses" => any(r"\.\.\.?|…", false),
        "uses ellipses" => any(r"\.\.\.?|…", true),
        "avoids parentheses" => any(r"\(", false),
        "adds asides in parentheses" => any(r"\(", true),
        "avoids quotation marks" => any(r#"["“”«»]"#, false),
        "puts words in quotation marks" => any(r#"["“”«»]"#, true),
        "avoids hyphenated words" => any(r"[A-Za-z]+-[A-Za-z]+", false),
        "uses hyphenated words" => any(r"[A-Za-z]+-[A-Za-z]+", true),
        "seldom says 'i'" => any(r"\b[Ii]\b|\b(me|my|mine|My)\b", false),
        "speaks in the first person, as 'i'" => any(r"\b[Ii]\b|\b(me|my|mine|My)\b", true),
        "seldom says 'we'" => any(r"(?i)\b(we|us|our|ours)\b", false),
        "speaks as 'we'" => any(r"(?i)\b(we|us|our|ours)\b", true),
        "seldom addresses the reader as 'you'" => any(r"(?i)\b(you|your|yours)\b", false),
        "addresses the reader as 'you'" => any(r"(?i)\b(you|your|yours)\b", true),
        "says 'please'" => any(r"(?i)\bplease\b", true),
        "says thank you" => any(r"(?i)\b(thanks|thank|thx)\b", true),
        s if s.starts_with("writes prose, not bulleted") => any(r"(?m)^\s*[-*•]\s", false),
        s if s.starts_with("puts points in a bulleted") => any(r"(?m)^\s*[-*•]\s", true),
        s if s.starts_with("puts steps in a numbered") => any(r"(?m)^\s*\d+[.)]\s", true),
        s if s.starts_with("starts sentences in lower case") => {
            rather(r"(?m)^\s*[a-z]|[.!?] [a-z]", r"(?m)^\s*[A-Z]|[.!?] [A-Z]")
        }
        s if s.starts_with("starts sentences with a capital") => {
            rather(r"(?m)^\s*[A-Z]|[.!?] [A-Z]", r"(?m)^\s*[a-z]|[.!?] [a-z]")
        }
        s if s.starts_with("writes 'i' in lower") => rather(r"\bi\b", r"\bI\b"),
        s if s.starts_with("writes 'i' with a capital") => rather(r"\bI\b", r"\bi\b"),
        s if s.starts_with("puts a comma before 'and'") => {
            rather(r"\w+, [\w ]{1,30}, (and|or) ", r"\w+, [\w ]{1,25}\w (and|or) ")
        }
        s if s.starts_with("leaves out the comma before 'and'") => {
            rather(r"\w+, [\w ]{1,25}\w (and|or) ", r"\w+, [\w ]{1,30}, (and|or) ")
        }
        "writes numbers as digits" => {
            rather(r"\b\d{1,2}\b", r"(?i)\b(two|three|four|five|six|seven|eight|nine|ten|twelve)\b")
        }
        "writes small numbers as words" => {
            rather(r"(?i)\b(two|three|four|five|six|seven|eight|nine|ten|twelve)\b", r"\b\d{1,2}\b")
        }
        s if s.contains("'&' for 'and'") => rather("&", r"(?i)\band\b"),
        s if s.contains("'and', not '&'") => rather(r"(?i)\band\b", "&"),
        s if s.starts_with("writes '%'") => rather(r"\d ?%", r"(?i)percent"),
        s if s.starts_with("writes out 'percent'") => rather(r"(?i)percent", r"\d ?%"),
        s if s.contains("typographic quotation") => rather("[“”‘’]", "['\"]"),
        s if s.contains("straight quotation") => rather("['\"]", "[“”‘’]"),
        s if s.contains("american spelling") => rather(
            r"(?i)\b(color|behavior|center|favor|honor|analyze|defense|license|gray|labor|meter)\w*",
            r"(?i)\b(colour|behaviour|centre|favour|honour|analyse|defence|licence|grey|labour|metre)\w*",
        ),
        s if s.contains("british spelling") => rather(
            r"(?i)\b(colour|behaviour|centre|favour|honour|analyse|defence|licence|grey|labour|metre)\w*",
            r"(?i)\b(color|behavior|center|favor|honor|analyze|defense|license|gray|labor|meter)\w*",
        ),
        s if s.contains("'-ize', not") => rather(
            r"(?i)\b\w{3,}(ize|izes|ized|izing|ization)\b",
            r"(?i)\b\w{3,}(lise|nise|rise|mise|tise|lised|nised|mised|tised|ising|isation)\b",
        ),
        s if s.contains("words with all capitals") => any(r"\b[A-Z]{4,}\b", true),
        "adds links" => any(r"https?://|www\.", true),
        _ => return None,
    };
    Some(found)
}

#[derive(Default)]
struct Tally {
    people: usize,
    statements: Vec<usize>,
    judged: usize,
    right: usize,
    unknown: usize,
    without_choice: usize,
    certain_and_false: usize,
    /// Sums of what was promised and of what came.
    confidence: f64,
    share: f64,
    with_examples: usize,
    applied_unlisted: usize,
}

fn measure(person: &Person, middle: &Middle, encoder: &Arc<Encoder>, tally: &mut Tally) -> Fallible<()> {
    let Opened { engine, .. } = &open(Arc::clone(encoder) as _, false)?;
    let (history, others) = person.texts.split_at(HISTORY);
    let others = &others[..others.len().min(*OTHERS.end())];
    for (at, (_, text)) in history.iter().enumerate() {
        let days = (HISTORY - at) as i64;
        engine.add_history(
            HistoryItem::new(text).scope(person.scope.clone()).at(Timestamp(NOW.0 - days * DAY)),
        )?;
    }
    let listed = engine.preferences().list()?;
    tally.people += 1;
    tally.statements.push(listed.len());
    let mut shown = Vec::new();
    for statement in &listed {
        let text = statement.text.to_lowercase();
        let Some(check) = check(&text, middle) else {
            tally.unknown += 1;
            println!("{}: not understood: {}", person.name, statement.text);
            continue;
        };
        let told: Vec<bool> = others.iter().filter_map(|(_, text)| check(text)).collect();
        if told.len() < CHOICES_MIN {
            tally.without_choice += 1;
            continue;
        }
        let share = told.iter().filter(|goes| **goes).count() as f64 / told.len() as f64;
        tally.judged += 1;
        tally.confidence += f64::from(statement.confidence);
        tally.share += share;
        shown.push(format!("{} {:.2}/{share:.2}", statement.text, statement.confidence));
        if share >= TRUE_FROM {
            tally.right += 1;
        } else {
            tally.certain_and_false += usize::from(statement.confidence >= 0.995);
            println!(
                "{}: false: {} (confidence {:.2}, {share:.2} of {})",
                person.name,
                statement.text,
                statement.confidence,
                told.len()
            );
        }
    }
    println!("{}: {}", person.name, shown.join("; "));
    let contexts = others.iter().take(5);
    let mut has_example = false;
    for (_, text) in contexts {
        let context: String = text.chars().take(80).collect();
        let told = engine.personalize(&Request::new(context).scope(person.scope.clone()))?;
        has_example |= !told.examples.is_empty();
        let is_listed = |id| listed.iter().any(|one| one.id == id);
        tally.applied_unlisted += told.preferences.iter().filter(|one| !is_listed(one.id)).count();
    }
    tally.with_examples += usize::from(has_example);
    Ok(())
}

fn print(name: &str, mut tally: Tally) {
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    let figure = |what: &str, value: f64, unit: &str| figure(&format!("history_{what}{name}"), value, unit);
    tally.statements.sort_unstable();
    let median = tally.statements.get(tally.statements.len() / 2).copied().unwrap_or_default();
    figure("true", share(tally.right, tally.judged), "share");
    figure("statements_median", median as f64, "statements");
    figure("statements_judged", tally.judged as f64, "statements");
    figure("not_understood", tally.unknown as f64, "statements");
    figure("without_choice", tally.without_choice as f64, "statements");
    figure("certain_and_false", tally.certain_and_false as f64, "statements");
    let error = (tally.confidence - tally.share) / tally.judged.max(1) as f64;
    figure("overconfidence", error, "share");
    figure("with_examples", share(tally.with_examples, tally.people), "share");
    figure("applied_unlisted", tally.applied_unlisted as f64, "statements");
    figure("people", tally.people as f64, "people");
}

pub(crate) fn run(data_folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    let folder = data_folder.join("people");
    if !folder.is_dir() {
        println!("history: no folder {}; skipped", folder.display());
        return;
    }
    let middle = Middle::of(data_folder);
    let (mut tuned, mut other) = (Tally::default(), Tally::default());
    for person in people(&folder).iter().take(options.limit) {
        let tally = if hash(&person.name).is_multiple_of(2) { &mut tuned } else { &mut other };
        if let Err(error) = measure(person, &middle, encoder, tally) {
            println!("{}: {error}", person.name);
        }
    }
    print("", tuned);
    print("_other", other);
}
