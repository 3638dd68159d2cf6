//! The evaluation data as pairs, texts, choices and collections.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use idiolect::Scope;
use serde_json::Value;

use super::Failure;

pub(crate) struct Pair {
    pub(crate) context: String,
    pub(crate) scope: Scope,
    pub(crate) draft: String,
    pub(crate) edited: String,
}

pub(crate) struct Text {
    pub(crate) context: String,
    pub(crate) text: String,
}

pub(crate) struct Choice {
    pub(crate) candidates: Vec<String>,
    pub(crate) chosen: usize,
    pub(crate) reason: String,
}

pub(crate) struct Data {
    pub(crate) pairs: Vec<(String, Vec<Pair>)>,
    pub(crate) texts: Vec<(String, Vec<Text>)>,
    pub(crate) choices: Vec<(String, Vec<Choice>)>,
    /// Name, documents, queries.
    pub(crate) collections: Vec<(String, Vec<Text>, Vec<String>)>,
}

/// The JSON lines files in a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Failure>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    Ok(paths)
}

fn lines(path: &Path) -> Result<Vec<Value>, Failure> {
    let text = fs::read_to_string(path)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn string(json: &Value, names: &[&str]) -> String {
    names.iter().find_map(|name| json[*name].as_str()).unwrap_or_default().to_owned()
}

fn scope(json: &Value) -> Scope {
    let part = |name: &str| json[name].as_str().map(str::to_owned);
    let (app, task) = (part("app"), part("task"));
    let mut scope = Scope::person();
    (scope.app, scope.task) = (app, task);
    (scope.audience, scope.locale) = (part("audience"), part("locale"));
    scope
}

fn pair(json: &Value, other: &Scope) -> Pair {
    let scope = if json["scope"].is_object() { scope(&json["scope"]) } else { other.clone() };
    Pair {
        context: string(json, &["context", "instruction", "doc", "paper"]),
        scope,
        draft: string(json, &["draft", "pre", "before", "src", "original"]),
        edited: string(json, &["final", "post", "after", "plain"]),
    }
}

/// The pairs of a line: of a draw all edits, of a text each of its rewrites.
fn pairs(json: &Value) -> Vec<Pair> {
    let own = scope(&json["scope"]);
    let of_draw = json["edits"].as_array().filter(|edits| edits.iter().all(|edit| edit["draft"].is_string()));
    if let Some(edits) = of_draw {
        return edits.iter().map(|edit| pair(edit, &own)).collect();
    }
    match json["refs"].as_array() {
        Some(refs) => {
            let rewrites = refs.iter().filter_map(Value::as_str);
            rewrites.map(|text| Pair { edited: text.to_owned(), ..pair(json, &own) }).collect()
        }
        None => vec![pair(json, &own)],
    }
}

fn choice(json: &Value) -> Choice {
    Choice {
        candidates: vec![string(json, &["a"]), string(json, &["b"])],
        chosen: usize::from(!json["first"].as_bool().unwrap_or_default()),
        reason: string(json, &["why"]),
    }
}

fn text(json: &Value) -> Text {
    Text {
        context: string(json, &["subject", "title", "repo", "type"]),
        text: string(json, &["body", "text"]),
    }
}

pub(crate) fn read(root: &Path) -> Result<Data, Failure> {
    let mut data =
        Data { pairs: Vec::new(), texts: Vec::new(), choices: Vec::new(), collections: Vec::new() };
    let mut sets: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for folder in ["", "edits", "streams", "people", "contexts", "choices"] {
        sets.insert(folder, files(&root.join(folder))?);
    }
    for (folder, path) in
        sets.iter().flat_map(|(folder, paths)| paths.iter().map(move |path| (*folder, path)))
    {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let set = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
        let lines = lines(path)?;
        match folder {
            "choices" => data.choices.push((set, lines.iter().map(choice).collect())),
            "people" | "contexts" => data.texts.push((set, lines.iter().map(text).collect())),
            _ => data.pairs.push((set, lines.iter().flat_map(pairs).collect())),
        }
    }
    for name in ["cranfield", "time"] {
        let folder = root.join("retrieval").join(name);
        let corpus = lines(&folder.join("corpus.jsonl"))?.iter().map(text).collect();
        let queries =
            lines(&folder.join("queries.jsonl"))?.iter().map(|line| string(line, &["text"])).collect();
        data.collections.push((format!("retrieval/{name}"), corpus, queries));
    }
    Ok(data)
}
