//! Attributes: after edits that change one thing, which statements are made, and are they true?
//!
//! Reads every set at the top of the data folder whose lines have an `attribute`: real texts in which a program changed
//! exactly what the attribute names. Each line is a draw: a new engine observes its edits, then every statement that is
//! listed, or applied in other contexts of the scope, is held against the line's regular expressions (over the statement
//! in lower case). A statement is true where `right` or `fine` matches; the attribute is found where `right` does, with
//! `each` every one of several habits; a draw of the kind `silent` is to yield nothing.
//!
//! Prints each false statement, and for the sets whose kind is `silent` in part the share that is silent.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use idiolect::{Observation, Request, Scope, Timestamp};
use regex::Regex;
use serde_json::Value;

use crate::encode::Encoder;
use crate::engine::{DAY, Fallible, NOW, Opened, open};
use crate::{Options, data, figure};

/// Contexts of other draws in which what is applied is looked at.
const CONTEXTS: usize = 5;

struct Edit {
    context: String,
    draft: String,
    edited: String,
}

/// Edits that change one thing, and what may be said of them.
struct Draw {
    attribute: String,
    silent: bool,
    scope: Scope,
    edits: Vec<Edit>,
    /// For each habit what names it.
    habits: Vec<Vec<Regex>>,
    fine: Vec<Regex>,
}

impl Draw {
    fn parse(json: &Value) -> Result<Self, String> {
        let expressions = |texts: Vec<String>| -> Result<Vec<Regex>, String> {
            texts.iter().map(|text| Regex::new(text).map_err(|error| error.to_string())).collect()
        };
        let right = expressions(data::texts(json, "right")?)?;
        let habits = match json.get("each").and_then(Value::as_array) {
            Some(each) => {
                let texts = each.iter().map(|one| {
                    let one = one.as_array().ok_or("`each` holds no lists")?;
                    Ok(one.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                });
                texts.map(|texts: Result<_, String>| expressions(texts?)).collect::<Result<_, _>>()?
            }
            None if right.is_empty() => Vec::new(),
            None => vec![right],
        };
        let edits = json.get("edits").and_then(Value::as_array).ok_or("no list `edits`")?;
        let edit = |edit: &Value| {
            let text = |key: &str| data::text(edit, key);
            Ok(Edit { context: text("context")?, draft: text("draft")?, edited: text("final")? })
        };
        Ok(Self {
            attribute: data::text(json, "attribute")?,
            silent: data::text(json, "kind")? == "silent",
            scope: scope(json.get("scope")),
            edits: edits.iter().map(edit).collect::<Result<_, String>>()?,
            habits,
            fine: expressions(data::texts(json, "fine")?)?,
        })
    }

    fn is_true(&self, statement: &str) -> bool {
        self.habits.iter().flatten().chain(&self.fine).any(|expression| expression.is_match(statement))
    }
}

pub(crate) fn scope(json: Option<&Value>) -> Scope {
    let part = |name: &str| json.and_then(|json| json.get(name)).and_then(Value::as_str);
    let mut scope = part("app").map_or_else(Scope::default, Scope::app);
    if let Some(task) = part("task") {
        scope = scope.task(task);
    }
    if let Some(audience) = part("audience") {
        scope = scope.audience(audience);
    }
    match part("locale") {
        Some(locale) => scope.locale(locale),
        None => scope,
    }
}

/// What was stated after a draw's edits, in lower case.
struct Stated {
    listed: BTreeSet<String>,
    applied: BTreeSet<String>,
}

fn stated(draw: &Draw, contexts: &[&str], encoder: &Arc<Encoder>) -> Fallible<Stated> {
    let Opened { engine, .. } = &open(Arc::clone(encoder) as _, false)?;
    for (at, edit) in draw.edits.iter().enumerate() {
        let observation =
            Observation::edit(&edit.context, &edit.draft, &edit.edited).scope(draw.scope.clone());
        let days = (draw.edits.len() - at) as i64;
        engine.observe(observation.at(Timestamp(NOW.0 - days * DAY)))?;
    }
    let listed = engine.preferences().list()?.into_iter().map(|one| one.text.to_lowercase()).collect();
    let mut applied = BTreeSet::new();
    for context in contexts {
        let shown = engine.personalize(&Request::new(*context).scope(draw.scope.clone()))?;
        applied.extend(shown.preferences.into_iter().map(|one| one.text.to_lowercase()));
    }
    Ok(Stated { listed, applied })
}

/// Contexts of other draws of the scope, the same for each draw of an attribute.
fn other_contexts<'d>(draws: &'d [Draw], draw: &Draw) -> Vec<&'d str> {
    let others = draws.iter().filter(|other| other.attribute != draw.attribute && other.scope == draw.scope);
    let contexts: Vec<&str> = others.flat_map(|other| &other.edits).map(|edit| &*edit.context).collect();
    contexts.iter().copied().step_by(contexts.len().div_ceil(CONTEXTS).max(1)).collect()
}

#[derive(Default)]
struct Tally {
    statements: usize,
    right: usize,
    statements_where_due: usize,
    habits: usize,
    found: usize,
    silent: usize,
    to_be_silent: usize,
    unlisted: usize,
}

fn measure(set: &str, draws: &[Draw], encoder: &Arc<Encoder>) -> Fallible<Tally> {
    let mut tally = Tally::default();
    for draw in draws {
        let Stated { listed, applied } = stated(draw, &other_contexts(draws, draw), encoder)?;
        let all: Vec<&String> = listed.union(&applied).collect();
        let (right, wrong): (Vec<&String>, Vec<&String>) = all.iter().partition(|one| draw.is_true(one));
        let found = |habit: &Vec<Regex>| all.iter().any(|one| habit.iter().any(|name| name.is_match(one)));
        let missed = draw.habits.iter().filter(|habit| !found(habit)).count();
        tally.statements += all.len();
        tally.right += right.len();
        tally.unlisted += applied.difference(&listed).count();
        if draw.silent {
            tally.to_be_silent += 1;
            tally.silent += usize::from(all.is_empty());
        } else {
            tally.statements_where_due += all.len();
            tally.habits += draw.habits.len();
            tally.found += draw.habits.len() - missed;
        }
        if !wrong.is_empty() || missed > 0 {
            println!("{set} {}: {missed} not found; false: {wrong:?}; true: {right:?}", draw.attribute);
        }
    }
    Ok(tally)
}

pub(crate) fn run(data_folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    for path in data::files(data_folder) {
        if !data::read_quietly(&path, |json| json.get("attribute").is_some()).first().is_some_and(|has| *has)
        {
            continue;
        }
        let mut draws = data::read(&path, Draw::parse);
        draws.truncate(options.limit);
        let set = data::name(&path);
        match measure(&set, &draws, encoder) {
            Ok(tally) => print(&set, &tally),
            Err(error) => println!("{set}: {error}"),
        }
    }
}

fn print(set: &str, tally: &Tally) {
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    let name = set.replacen("attributes", "attribute", 1);
    let figure = |what: &str, value: f64, unit: &str| figure(&format!("{name}_{what}"), value, unit);
    figure("precision", share(tally.right, tally.statements), "share");
    figure("precision_without_silent", share(tally.right, tally.statements_where_due), "share");
    figure("recall", share(tally.found, tally.habits), "share");
    if tally.to_be_silent > 0 {
        figure("silent", share(tally.silent, tally.to_be_silent), "share");
    }
    figure("applied_unlisted", tally.unlisted as f64, "statements");
    figure("statements", tally.statements as f64, "statements");
}
