//! Holds: in what share of a person's other texts is a statement true that was made from their first ones?
//!
//! Sources: what one person wrote, in their order (`people/emails`, the mails sent; `people/commits`). The first 3, 10
//! or 30 are given to a new engine as history, as accepted texts, or as edits of drafts in the manner of an assistant
//! ([`draft`]); each statement is then counted in the person's later texts by themselves: a draft has no say in it. For
//! what can be more or less, more is more than half of all texts of the source have.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use idiolect::Scope;
use regex::Regex;

use crate::calibration::error_of;
use crate::counts::{amount, count};
use crate::encode::Encoder;
use crate::engine::Fallible;
use crate::instructions::{Instruction, Topic};
use crate::later::{Given, Stated, Written, stated};
use crate::{Options, data, figure};

/// Texts that the engine is given, and the least number of others.
const KNOWN: [usize; 3] = [3, 10, 30];
const OTHERS_MIN: usize = 10;
/// A statement at this confidence or above is as good as certain.
const CERTAIN: f64 = 0.97;

const LONG_FORMS: [(&str, &str); 12] = [
    ("can't", "cannot"),
    ("won't", "will not"),
    ("n't", " not"),
    ("I'm", "I am"),
    ("'ll", " will"),
    ("'ve", " have"),
    ("'re", " are"),
    ("it's", "it is"),
    ("It's", "It is"),
    ("that's", "that is"),
    ("That's", "That is"),
    ("let's", "let us"),
];

/// A draft of this text as an assistant writes it: in full forms, with courtesies, a greeting and a sign-off.
fn draft(text: &str, is_mail: bool) -> String {
    static FRAME: LazyLock<Regex> = LazyLock::new(|| {
        let opening = r"(?i)^\s*(?:(?:hi|hello|hey|dear)\b[^.?\n]{0,30}[,:;!\-]\s*|\w+[,:;]\s{2,})";
        let closing =
            r"(?:\n\s*(?:thanks|thank you|regards|cheers|best)\b[^\n]{0,20})?(?:\n[^\n.?!]{1,24})?\s*$";
        Regex::new(&format!("{opening}|{closing}")).expect("the expression is valid")
    });
    let plain =
        LONG_FORMS.iter().fold(text.replace('’', "'"), |text, (short, long)| text.replace(short, long));
    if !is_mail {
        let first = plain
            .chars()
            .next()
            .map(|first| first.to_uppercase().chain(plain.chars().skip(1)).collect::<String>());
        let first = first.unwrap_or_default();
        return format!(
            "{}.\n\nThis change improves the clarity and the maintainability of the code.",
            first.trim_end_matches('.')
        );
    }
    let body =
        FRAME.replace_all(&plain, "").replace('!', ".").split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "Hello,\n\nI hope this message finds you well. {body} Please do not hesitate to contact me if you have any \
         questions.\n\nBest regards,\n[Your Name]"
    )
}

/// The texts of the people of a source, each person's in their order.
fn people(folder: &Path) -> BTreeMap<&'static str, BTreeMap<String, Vec<Written>>> {
    let mut sources: BTreeMap<&str, BTreeMap<String, Vec<Written>>> = BTreeMap::new();
    let mails = data::read(&folder.join("people").join("emails.jsonl"), |json| {
        let text = |key: &str| data::text(json, key);
        Ok((text("folder")?.contains("sent"), text("owner")?, text("subject")?, text("body")?))
    });
    for (_, owner, context, text) in mails.into_iter().filter(|(sent, ..)| *sent) {
        let scope = Scope::app("mail").task("mail");
        let written = Written { context, draft: draft(&text, true), text, scope };
        sources.entry("mails").or_default().entry(owner).or_default().push(written);
    }
    let commits = data::read(&folder.join("people").join("commits.jsonl"), |json| {
        let text = |key: &str| data::text(json, key);
        let at = data::number(json, "t")?;
        Ok((at, format!("{} {}", text("repo")?, text("author")?), text("repo")?, text("text")?))
    });
    for (_, author, repository, text) in commits {
        let scope = Scope::app("git").task("commit message");
        let context = format!("A commit in {repository}");
        let written = Written { context, draft: draft(&text, false), text, scope };
        sources.entry("commits").or_default().entry(author).or_default().push(written);
    }
    for people in sources.values_mut() {
        for texts in people.values_mut() {
            texts.retain(|one| !one.text.trim().is_empty() && !one.context.trim().is_empty());
        }
        people.retain(|_, texts| texts.len() >= KNOWN[0] + OTHERS_MIN);
    }
    sources
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[derive(Default)]
struct Tally {
    people: usize,
    per_person: Vec<f64>,
    statements: usize,
    /// Sum over statements of the share of texts in which they hold.
    held: f64,
    measured: usize,
    mostly: usize,
    certain: usize,
    certain_false: usize,
}

impl Tally {
    fn add(&mut self, statements: &[Stated]) {
        self.people += 1;
        self.per_person.push(statements.iter().filter(|stated| stated.listed).count() as f64);
        for stated in statements.iter().filter(|stated| stated.listed) {
            self.statements += 1;
            let Some((confidence, held)) = stated.means() else { continue };
            self.measured += 1;
            self.held += held;
            self.mostly += usize::from(held >= 0.5);
            self.certain += usize::from(confidence >= CERTAIN);
            self.certain_false += usize::from(confidence >= CERTAIN && held < 0.5);
        }
    }
}

fn measure(folder: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<()> {
    let ways = [("history", Given::History), ("accepts", Given::Accepts), ("edits", Given::EditsForTexts)];
    let mut tallies: BTreeMap<(&str, usize), Tally> = BTreeMap::new();
    let mut said: BTreeMap<&str, Vec<Stated>> = BTreeMap::new();
    for (source, people) in people(folder) {
        let usual: Mutex<HashMap<Topic, f64>> = Mutex::default();
        let all: Vec<&Written> = people.values().flatten().collect();
        let usual = |statement: &Instruction| {
            let mut known = usual.lock().unwrap_or_else(PoisonError::into_inner);
            *known.entry(statement.topic).or_insert_with(|| {
                median(all.iter().filter_map(|one| amount(count(statement, &one.text)?)).collect())
            })
        };
        for (way, given) in ways {
            for known in KNOWN {
                let mut own = Tally::default();
                let mut worst: BTreeMap<String, (usize, f64, f64)> = BTreeMap::new();
                for texts in
                    people.values().filter(|texts| texts.len() >= known + OTHERS_MIN).take(options.limit)
                {
                    let statements = stated(&texts[..known], &texts[known..], given, &usual, encoder)?;
                    own.add(&statements);
                    tallies.entry((way, known)).or_default().add(&statements);
                    for stated in statements.iter().filter(|stated| stated.listed) {
                        let (confidence, held) = stated.means().unwrap_or((0.0, f64::NAN));
                        let entry = worst.entry(stated.text.clone()).or_default();
                        *entry = (entry.0 + 1, entry.1 + confidence, entry.2 + held);
                    }
                    said.entry(way).or_default().extend(statements);
                }
                println!(
                    "\nholds: {source} as {way}, {known} known: {} people, {} statements, {:.1} each in the median, hold in {:.3}, mostly true {:.3}, certain {} of which false {}",
                    own.people,
                    own.statements,
                    median(own.per_person.clone()),
                    own.held / own.measured.max(1) as f64,
                    own.mostly as f64 / own.measured.max(1) as f64,
                    own.certain,
                    own.certain_false
                );
                for (text, (times, confidence, held)) in worst {
                    println!(
                        "    {times:>3} {:>6.3} {:>6.3} {text}",
                        confidence / times as f64,
                        held / times as f64
                    );
                }
            }
        }
    }
    for (way, statements) in said.iter().filter(|(_, statements)| !statements.is_empty()) {
        println!("  confidence and outcomes, as {way}: {} statements", statements.len());
        figure(&format!("calibration_error_people_{way}"), error_of(statements), "share");
    }
    for ((way, known), tally) in tallies.into_iter().filter(|(_, tally)| tally.measured > 0) {
        let share = |part: f64| part / tally.measured.max(1) as f64;
        let figure =
            |what: &str, value: f64, unit: &str| figure(&format!("holds_{way}_{known}{what}"), value, unit);
        figure("", share(tally.held), "share");
        figure("_mostly", share(tally.mostly as f64), "share");
        figure("_per_person", median(tally.per_person.clone()), "statements");
        figure("_certain_false", tally.certain_false as f64, "statements");
    }
    Ok(())
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    if let Err(reason) = measure(folder, encoder, options) {
        println!("holds: {reason}; skipped");
    }
}
