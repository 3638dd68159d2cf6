//! Prints the content of a store folder, for debugging an app: files, formats, rows of each table, records by kind and
//! scope, what was learned and stated, damaged rows, and which snapshots are used.
//!
//! `cargo run --example inspect --features internals -- FOLDER [--texts]`
//!
//! It reads a copy, so the store is not changed; the app must be closed. No encoder is needed. Without `--texts`
//! nothing that the person wrote is printed: no text, no scope name, no wording of a preference.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use idiolect::internals::learning::Entry;
use idiolect::internals::store::{FORMAT, Store, Stored, Table};
use idiolect::internals::types::{Record, Signal};
use idiolect::{Embedder, Embedding, EmbeddingError, Engine, Origin, StoreError};
use serde::{Deserialize, Serialize};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut folders = args.iter().filter(|arg| !arg.starts_with("--"));
    let folder = folders.next().ok_or("usage: inspect FOLDER [--texts]")?;
    print!("{}", inspect(Path::new(folder), args.iter().any(|arg| arg == "--texts"))?);
    Ok(())
}

/// The store's note of its encoder.
#[derive(Serialize, Deserialize)]
struct EncoderNote {
    fingerprint: String,
    dimensions: usize,
}

impl Stored for EncoderNote {
    const VERSION: u8 = 1;
}

/// Has the fingerprint of the store's encoder, but cannot embed.
struct FingerprintOnly(EncoderNote);

impl Embedder for FingerprintOnly {
    fn dimensions(&self) -> usize {
        self.0.dimensions
    }

    fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    fn embed(&self, _text: &str) -> Result<Embedding, EmbeddingError> {
        Err(EmbeddingError::VectorRequired { what: "text" })
    }
}

fn inspect(folder: &Path, texts: bool) -> Result<String, Failure> {
    let mut out = String::new();
    let copy = tempfile::tempdir()?;
    writeln!(out, "files")?;
    let mut files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files.iter().filter(|file| file.path().is_file()) {
        let name = file.file_name();
        writeln!(out, "  {:<24}{:>14} bytes", name.to_string_lossy(), file.metadata()?.len())?;
        fs::copy(file.path(), copy.path().join(name))?;
    }
    if !copy.path().join("idiolect.redb").exists() {
        return Err("there is no store in this folder".into());
    }

    let store = Store::open(copy.path(), true)?;
    tables(&store, texts, &mut out)?;
    let encoder: Option<EncoderNote> = store.meta("encoder")?;
    drop(store);
    match encoder {
        Some(encoder) => engine(copy.path(), encoder, texts, &mut out)?,
        None => writeln!(out, "the store names no encoder; the engine was not opened")?,
    }
    Ok(out)
}

/// Prints the tables.
fn tables(store: &Store, texts: bool, out: &mut String) -> Result<(), Failure> {
    writeln!(out, "store\n  format {FORMAT}")?;
    for (name, table) in [
        ("records", Table::Records),
        ("vectors", Table::Vectors),
        ("evidence", Table::Evidence),
        ("other_evidence", Table::OtherEvidence),
        ("entries", Table::Entries),
        ("inference", Table::Inference),
        ("tags", Table::Tags),
        ("app_keys", Table::AppKeys),
    ] {
        writeln!(out, "  {name:<16}{:>10} rows", store.count(table)?)?;
    }

    let (mut kinds, mut scopes) = (BTreeMap::<&str, usize>::new(), BTreeMap::<String, usize>::new());
    let mut damaged = BTreeMap::<&str, Vec<u64>>::new();
    let mut shown = String::new();
    store.scan(Table::Records, |id, record: Result<Record, StoreError>| {
        match record {
            Ok(record) => {
                *kinds.entry(kind(&record.signal)).or_default() += 1;
                *scopes.entry(record.scope.to_string()).or_default() += 1;
                if texts {
                    shown += &with_texts(id, &record);
                }
            }
            Err(_) => damaged.entry("records").or_default().push(id),
        }
        Ok::<(), StoreError>(())
    })?;
    store.scan(Table::Tags, |id, tags: Result<Vec<String>, StoreError>| {
        if tags.is_err() {
            damaged.entry("tags").or_default().push(id);
        }
        Ok::<(), StoreError>(())
    })?;
    store.scan(Table::Entries, |id, entry: Result<Entry, StoreError>| {
        let kind = match entry {
            Ok(Entry::Stated(_)) => "stated entries",
            Ok(Entry::Override(_)) => "overrides of learned preferences",
            Ok(Entry::Inferred(_)) => "inferred entries",
            Err(_) => {
                damaged.entry("entries").or_default().push(id);
                return Ok(());
            }
        };
        *kinds.entry(kind).or_default() += 1;
        Ok::<(), StoreError>(())
    })?;
    writeln!(out, "rows by kind")?;
    for (kind, count) in kinds {
        writeln!(out, "  {kind:<40}{count:>8}")?;
    }
    writeln!(out, "scopes: {}", scopes.len())?;
    for (scope, count) in scopes.iter().filter(|_| texts) {
        writeln!(out, "  {scope:<40}{count:>8}")?;
    }
    writeln!(out, "damaged rows: {}", damaged.values().map(Vec::len).sum::<usize>())?;
    for (table, ids) in damaged {
        writeln!(out, "  {table}: {ids:?}")?;
    }
    if texts {
        writeln!(out, "records\n{shown}")?;
    }
    Ok(())
}

/// A record with its texts, which the library itself never prints.
fn with_texts(id: u64, record: &Record) -> String {
    let texts: Vec<(&str, &str)> = match &record.signal {
        Signal::Edit { draft, edited } => vec![("draft", draft), ("final", edited)],
        Signal::Choice { candidates, .. } => candidates.iter().map(|text| ("candidate", &**text)).collect(),
        Signal::Accept { text }
        | Signal::Reject { text }
        | Signal::Rating { text, .. }
        | Signal::History { text }
        | Signal::Keyed { text, .. } => vec![("text", text)],
    };
    let head = format!("  #{id} {}, {}, at {}\n", kind(&record.signal), record.scope, record.at.0);
    let around = [("context", &*record.context), ("reason", &*record.reason)];
    let lines = around.into_iter().chain(texts).filter(|(_, text)| !text.is_empty());
    lines.fold(head, |shown, (name, text)| shown + &format!("    {name}: {text:?}\n"))
}

/// Opens an engine on the store and prints its statistics, log and preferences.
fn engine(folder: &Path, encoder: EncoderNote, texts: bool, out: &mut String) -> Result<(), Failure> {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let to = Arc::clone(&log);
    let noted = move |event: &idiolect::LogEvent| {
        if let Ok(mut log) = to.lock() {
            log.push(event.to_string());
        }
    };
    let engine = match Engine::builder(folder).encoder(FingerprintOnly(encoder)).log(noted).open() {
        Ok(engine) => engine,
        Err(error) => {
            writeln!(out, "the engine cannot be opened without its encoder: {error}")?;
            return Ok(());
        }
    };
    let stats = engine.stats()?;
    let listed = engine.preferences().list()?;
    engine.close()?;
    writeln!(out, "engine\n  encoder          {}, {} dimensions", stats.encoder, stats.dimensions)?;
    writeln!(out, "  observations     {:>10}", stats.observations)?;
    writeln!(out, "  history          {:>10}", stats.history)?;
    writeln!(out, "  entries          {:>10}", stats.entries)?;
    writeln!(out, "  pending requests {:>10}", stats.inference_pending)?;
    writeln!(out, "  index            {:>10}, {} bytes", stats.index, stats.index_bytes)?;
    for event in log.lock().map_err(|_| "the log panicked")?.iter() {
        writeln!(out, "  log: {event}")?;
    }
    writeln!(out, "preferences: {}", listed.len())?;
    for preference in &listed {
        let origin = match preference.origin {
            Origin::Stated => "stated",
            Origin::Corrected => "corrected",
            Origin::Learned => "learned",
            _ => "inferred",
        };
        let (confidence, occasions) = (preference.confidence * 100.0, preference.occasions);
        let state = if preference.active { "active" } else { "off" };
        write!(out, "  {} {origin}, {confidence:.0}%, {occasions} occasions, {state}", preference.id)?;
        match &preference.key {
            Some(key) => write!(out, ", feature {}", key.feature)?,
            None => write!(out, ", free text")?,
        }
        if texts {
            write!(out, ", {}: {}", preference.scope, preference.text)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn kind(signal: &Signal) -> &'static str {
    match signal {
        Signal::Edit { .. } => "edits",
        Signal::Accept { .. } => "accepted texts",
        Signal::Reject { .. } => "rejected texts",
        Signal::Choice { .. } => "choices",
        Signal::Rating { .. } => "ratings",
        Signal::History { .. } => "history items",
        Signal::Keyed { .. } => "history items with keys",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use idiolect::{HistoryItem, Observation, Scope, SuppliedVectors};

    use super::*;

    #[test]
    fn texts_are_printed_only_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::builder(folder.path()).encoder(SuppliedVectors::new(4, "test")).open().unwrap();
        for at in 0..6u8 {
            let draft = format!("Dear Zanzibar, I am writing to confirm point {at}. I do not object.");
            let edit = Observation::edit("about Zanzibar", draft, format!("Hi Zanzibar! Point {at}'s fine."));
            let edit = edit.scope(Scope::app("zanzibar-mail")).vector(vec![1.0, f32::from(at), 0.0, 0.0]);
            engine.observe(edit).unwrap();
        }
        let item = HistoryItem::new("Of Zanzibar").vector(vec![0.0, 1.0, 0.0, 0.0]);
        engine.add_history(item.app_key("zanzibar/1").tag("zanzibar")).unwrap();
        engine.preferences().add("never mentions Zanzibar", &Scope::person()).unwrap();
        engine.close().unwrap();
        let before: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();

        let shown = inspect(folder.path(), false).unwrap();
        for line in
            ["edits  ", "history items  ", "stated entries", "app_keys", "damaged rows: 0", "supplied:test"]
        {
            assert!(shown.contains(line), "{line} in\n{shown}");
        }
        assert!(shown.contains(" learned, ") && shown.contains(" stated, 100%"), "{shown}");
        assert!(shown.contains("log: opened with 7 records"), "{shown}");
        assert!(!shown.to_lowercase().contains("zanzibar"), "{shown}");
        let shown = inspect(folder.path(), true).unwrap();
        for text in ["Dear Zanzibar", "never mentions Zanzibar", "zanzibar-mail"] {
            assert!(shown.contains(text), "{text} in\n{shown}");
        }
        let after: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(after, before, "the folder is unchanged");
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(inspect(elsewhere.path(), false).is_err());
    }
}
