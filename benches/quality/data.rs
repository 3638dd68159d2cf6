//! Finds and reads data sets in JSON lines.
//!
//! Invariant: a malformed line is reported with file, number and reason, and skipped; it never ends a run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Malformed lines reported individually per file; the others are counted.
const NAMED_LINES: usize = 5;

/// The items of a file, in order; `parse` returns the reason if a line is malformed.
pub(crate) fn read<T>(path: &Path, parse: impl Fn(&Value) -> Result<T, String>) -> Vec<T> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            println!("{}: {error}; skipped", path.display());
            return Vec::new();
        }
    };
    let mut items = Vec::new();
    let mut malformed = 0;
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let item =
            serde_json::from_slice(line).map_err(|_| "not JSON".to_owned()).and_then(|json| parse(&json));
        match item {
            Ok(item) => items.push(item),
            Err(reason) => {
                malformed += 1;
                if malformed <= NAMED_LINES {
                    println!("{}:{}: {reason}; skipped", path.display(), at + 1);
                }
            }
        }
    }
    if malformed > NAMED_LINES {
        println!("{}: {} more malformed lines skipped", path.display(), malformed - NAMED_LINES);
    }
    items
}

/// The parsed lines of a file; lines that are not JSON are ignored silently.
pub(crate) fn read_quietly<T>(path: &Path, parse: impl Fn(&Value) -> T) -> Vec<T> {
    let bytes = fs::read(path).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).map(|json| parse(&json)).collect()
}

/// A text field.
pub(crate) fn text(json: &Value, key: &str) -> Result<String, String> {
    json.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("no text `{key}`"))
}

/// An id: text or a whole number.
pub(crate) fn id(json: &Value, key: &str) -> Result<String, String> {
    match json.get(key) {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(format!("no id `{key}`")),
    }
}

/// A finite number.
pub(crate) fn number(json: &Value, key: &str) -> Result<f64, String> {
    let number = json.get(key).and_then(Value::as_f64).filter(|number| number.is_finite());
    number.ok_or_else(|| format!("no number `{key}`"))
}

/// A list of texts.
pub(crate) fn texts(json: &Value, key: &str) -> Result<Vec<String>, String> {
    let list = json.get(key).and_then(Value::as_array).ok_or_else(|| format!("no list `{key}`"))?;
    list.iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("`{key}` contains a value that is not a text"))
        })
        .collect()
}

/// The entries of a folder, sorted by name; empty if there is no folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

/// The JSON lines files in a folder, sorted by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let is_lines = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "jsonl") && path.is_file();
    entries(folder).into_iter().filter(is_lines).collect()
}

/// The subfolders that contain all files in `needed`, sorted by name.
pub(crate) fn folders_with(folder: &Path, needed: &[&str]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| path.is_dir() && needed.iter().all(|name| path.join(name).is_file());
    entries(folder).into_iter().filter(holds).collect()
}

/// Documents, the queries with at least one relevant document, and the gain of each relevant document by query.
pub(crate) struct Collection {
    pub(crate) corpus: Vec<(String, String)>,
    pub(crate) queries: Vec<(String, String)>,
    pub(crate) relevant: HashMap<String, HashMap<String, f64>>,
}

/// Reads a folder of retrieval data, at most `limit` queries. `None` if no query has a relevant document.
pub(crate) fn collection(folder: &Path, limit: usize) -> Option<Collection> {
    let corpus = read(&folder.join("corpus.jsonl"), |json| {
        let title = text(json, "title").unwrap_or_default();
        Ok((id(json, "_id")?, format!("{title} {}", text(json, "text")?)))
    });
    let mut queries = read(&folder.join("queries.jsonl"), |json| Ok((id(json, "_id")?, text(json, "text")?)));
    let judged = read(&folder.join("qrels.jsonl"), |json| {
        Ok((id(json, "q")?, id(json, "doc")?, number(json, "rel")?))
    });
    let mut relevant: HashMap<String, HashMap<String, f64>> = HashMap::new();
    for (query, document, gain) in judged.into_iter().filter(|(_, _, gain)| *gain > 0.0) {
        relevant.entry(query).or_default().insert(document, gain);
    }
    queries.retain(|(id, _)| relevant.contains_key(id));
    queries.truncate(limit);
    let usable = !queries.is_empty() && !corpus.is_empty();
    usable.then_some(Collection { corpus, queries, relevant })
}

/// The name of a file or folder without its extension.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
