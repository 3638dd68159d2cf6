//! Streams: what is stated of people at work, printed to be judged by a reader who did not write the code.
//!
//! Reads the folder `streams` of the data folder: `<name>.jsonl` with one edit a line, `<name>.gold.json` with who the
//! person is, what a careful reader would conclude, and a context with candidates to rank. After the last edit of each
//! person prints every statement of the list, what is applied for the test context and for a shopping list in an app
//! never seen, and the candidates in order. Then reads the file that `IDIOLECT_CASES` names, if it is set: one case a
//! line, with `edits` and what is to `want`.
//!
//! Judges nothing but what needs no reading: the statements applied in the app never seen.

use std::path::Path;
use std::sync::Arc;

use idiolect::{Engine, Observation, Preference, RankRequest, Request, Scope, Timestamp};
use serde_json::Value;

use crate::attributes::scope;
use crate::encode::Encoder;
use crate::engine::{DAY, Fallible, NOW, Opened, open};
use crate::{Options, data, figure, path_from};

/// The last edit's scope and context.
fn observe(engine: &Engine, edits: &[Value]) -> Fallible<(Scope, String)> {
    let mut last = (Scope::person(), String::new());
    for (at, edit) in edits.iter().enumerate() {
        let text = |key: &str| data::text(edit, key);
        let context = text("context")?;
        let observation = Observation::edit(&context, &text("draft")?, &text("final")?);
        let at = Timestamp(NOW.0 - (edits.len() - at) as i64 * DAY);
        last = (scope(edit.get("scope")), context);
        engine.observe(observation.scope(last.0.clone()).at(at))?;
    }
    Ok(last)
}

fn print_all(preferences: &[Preference]) {
    for one in preferences {
        let Preference { text, confidence, occasions, contexts, .. } = one;
        let percent = (confidence * 100.0).round();
        let kinds =
            if contexts.is_empty() { String::new() } else { format!(", {} contexts", contexts.len()) };
        println!("    {text} ({percent}%, {occasions} occasions, {}{kinds})", one.scope);
    }
}

fn applied(engine: &Engine, context: &str, scope: &Scope) -> Fallible<Vec<Preference>> {
    Ok(engine.personalize(&Request::new(context).scope(scope.clone()))?.preferences)
}

/// Prints what is stated of a person; how much is applied in an app never seen.
fn stream(edits: &[Value], gold: &Value, encoder: &Arc<Encoder>) -> Fallible<usize> {
    let Opened { engine, .. } = &open(Arc::clone(encoder) as _, false)?;
    observe(engine, edits)?;
    println!("\n== {}: {}", data::text(gold, "name")?, data::text(gold, "who")?);
    for key in ["conclude", "not_conclude"] {
        println!("  {key}: {}", data::texts(gold, key)?.join("; "));
    }
    println!("  listed:");
    print_all(&engine.preferences().list()?);
    let test = &gold["test"];
    let (context, within) = (data::text(test, "context")?, scope(test.get("scope")));
    println!("  applied: {context}");
    let shown = engine.personalize(&Request::new(&context).scope(within.clone()))?;
    print_all(&shown.preferences);
    println!("  prompt:\n{}", shown.prompt);
    let candidates = data::texts(test, "candidates")?;
    let ranked = engine.rank(&RankRequest::new(&context, candidates).scope(within))?;
    let order: Vec<String> = ranked.iter().map(|one| format!("{} {:.3}", one.index, one.score)).collect();
    println!("  candidates, the person's own is 0: {}", order.join(", "));
    let elsewhere = applied(engine, "Shopping list for the weekend", &Scope::app("lists"))?;
    println!("  applied to a shopping list:");
    print_all(&elsewhere);
    Ok(elsewhere.len())
}

fn case(json: &Value, encoder: &Arc<Encoder>) -> Fallible<()> {
    let Some(edits) = json.get("edits").and_then(Value::as_array) else { return Ok(()) };
    let Opened { engine, .. } = &open(Arc::clone(encoder) as _, false)?;
    let (scope, context) = observe(engine, edits)?;
    println!("\n-- {}, {} edits", data::text(json, "kind")?, edits.len());
    println!("  wanted: {}", data::text(json, "want")?);
    println!("  listed:");
    print_all(&engine.preferences().list()?);
    println!("  applied:");
    print_all(&applied(engine, &context, &scope)?);
    Ok(())
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, _: &Options) {
    let streams = data::files(&folder.join("streams")).into_iter().filter_map(|path| {
        let gold = std::fs::read_to_string(path.with_extension("gold.json")).ok()?;
        Some((path, serde_json::from_str::<Value>(&gold).ok()?))
    });
    let mut elsewhere = 0;
    for (path, gold) in streams {
        match stream(&data::read(&path, |edit| Ok(edit.clone())), &gold, encoder) {
            Ok(applied) => elsewhere += applied,
            Err(reason) => println!("streams: {}: {reason}; skipped", path.display()),
        }
    }
    figure("streams_unseen_app", elsewhere as f64, "statements");
    let cases = path_from("IDIOLECT_CASES", "");
    if cases.is_file() {
        for json in data::read(&cases, |json| Ok(json.clone())) {
            if let Err(reason) = case(&json, encoder) {
                println!("streams: {reason}; skipped");
            }
        }
    }
}
