//! The public face as a list that is checked in, so that a change of it is seen in review.
//!
//! The list is read from the sources as rustfmt leaves them: what `lib.rs` names with `pub use`, its public fields,
//! variants, methods and traits. `IDIOLECT_UPDATE_API=1 cargo test --test public_api` writes it anew.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Most types that an app has to know of.
const TYPES_MAX: usize = 80;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What `lib.rs` names: room and name.
fn named() -> BTreeSet<(String, String)> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let face = lib.split("pub mod internals").next().unwrap();
    let mut found = BTreeSet::new();
    for statement in face.split("\npub use ").skip(1) {
        let statement = statement.split(';').next().unwrap();
        let (room, names) = statement.split_once("::").unwrap();
        for name in names.trim_matches(['{', '}']).split(',').map(str::trim).filter(|name| !name.is_empty()) {
            found.insert((room.to_owned(), name.to_owned()));
        }
    }
    found
}

/// A declaration without its body, on one line.
fn head(lines: &[&str]) -> String {
    let mut head = String::new();
    for line in lines {
        let line = line.trim();
        head.push_str(line);
        if line.ends_with(['{', ';', '}']) {
            break;
        }
        head.push(' ');
    }
    let end = if head.starts_with("pub const") || head.contains(" const ") {
        head.find(" = ")
    } else {
        head.rfind('{')
    };
    head.truncate(end.unwrap_or(head.len()));
    head.trim_end_matches(['{', ';', ' ']).replace("( ", "(").replace(", )", ")")
}

/// Whether the item at `at` is there for benches and tools alone.
fn internal(lines: &[&str], at: usize) -> bool {
    let attributes = lines[..at].iter().rev().take_while(|line| {
        let line = line.trim_start();
        line.starts_with("#[") || line.starts_with("///")
    });
    attributes.into_iter().any(|line| line.contains("\"internals\""))
}

fn describe(source: &str, name: &str, list: &mut Vec<String>) -> usize {
    let lines: Vec<&str> = source.lines().collect();
    let ends = |line: &str, prefix: &str| {
        let rest = line.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let mut types = 0;
    for (at, line) in lines.iter().enumerate() {
        let kind = ["struct", "enum", "trait", "type", "const", "fn"]
            .into_iter()
            .find(|kind| ends(line, &format!("pub {kind} ")));
        if let Some(kind) = kind {
            let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
            let mut attributes: Vec<&str> = attributes
                .filter(|line| {
                    line.contains("derive") || line.contains("non_exhaustive") || line.contains("must_use")
                })
                .copied()
                .collect();
            attributes.reverse();
            let attributes: String = attributes.iter().flat_map(|line| [line, " "]).collect();
            list.push(format!("{attributes}{}", head(&lines[at..])));
            types += usize::from(!matches!(kind, "const" | "fn"));
            if line.ends_with('{') && kind != "fn" {
                let body = lines[at + 1..].iter().take_while(|line| !line.starts_with('}'));
                for (inner, line) in body.enumerate() {
                    let text = line.trim();
                    let shown = match kind {
                        "struct" => line.starts_with("    pub ") && !line.starts_with("    pub("),
                        "enum" => !text.starts_with("//") && !text.starts_with("#[") && text.len() > 2,
                        _ => line.starts_with("    fn "),
                    };
                    if shown {
                        let text = if kind == "trait" {
                            head(&lines[at + 1 + inner..])
                        } else {
                            text.trim_end_matches([',', '{', ' ']).to_owned()
                        };
                        list.push(format!("    {name}: {text}"));
                    }
                }
            }
        }
        let quoted = format!("\"{name}\"");
        if line.contains("debug_without_text!(")
            && lines[at..].iter().take(3).any(|line| line.contains(&quoted))
        {
            list.push(format!("    {name}: impl Debug for {name}, without text"));
        }
        let of_type = line.starts_with("impl") && line.ends_with('{');
        let own = of_type && ends(line, "impl ");
        let of_trait = of_type && line.split_once(" for ").is_some_and(|(_, of)| ends(of, ""));
        if of_trait && !internal(&lines, at) {
            list.push(format!("    {name}: {}", line.trim_end_matches([' ', '{'])));
        }
        if own {
            let body = lines[at + 1..].iter().take_while(|line| !line.starts_with('}')).count();
            for inner in at + 1..=at + body {
                let public = ["    pub fn ", "    pub const ", "    pub unsafe fn "];
                if public.iter().any(|start| lines[inner].starts_with(start)) && !internal(&lines, inner) {
                    list.push(format!("    {name}: {}", head(&lines[inner..])));
                }
            }
        }
    }
    types
}

#[test]
fn the_public_face_is_the_one_that_was_agreed_on() {
    let mut list = Vec::new();
    let mut types = 0;
    for (room, name) in named() {
        let mut files = Vec::new();
        let folder = root().join("src").join(&room);
        if folder.is_dir() {
            rust_files(&folder, &mut files);
        } else {
            files.push(root().join(format!("src/{room}.rs")));
        }
        files.sort();
        let mut found = Vec::new();
        for file in files {
            types += describe(&fs::read_to_string(file).unwrap(), &name, &mut found);
        }
        assert!(!found.is_empty(), "{room}::{name} is named and was not found");
        list.push(format!("{room}::{name}"));
        found.sort_by_key(|line| line.starts_with("    "));
        list.extend(found.into_iter().map(|line| format!("  {line}")));
    }
    assert!(types <= TYPES_MAX, "{types} types are public");
    let list = list.join("\n") + "\n";
    let path = root().join("tests/public_api.txt");
    if std::env::var_os("IDIOLECT_UPDATE_API").is_some() {
        fs::write(&path, &list).unwrap();
    }
    let agreed = fs::read_to_string(&path).unwrap_or_default();
    let mut differences = Vec::new();
    let (now, before): (BTreeSet<&str>, BTreeSet<&str>) = (list.lines().collect(), agreed.lines().collect());
    differences.extend(before.difference(&now).map(|line| format!("- {line}")));
    differences.extend(now.difference(&before).map(|line| format!("+ {line}")));
    assert!(
        agreed == list,
        "the public face changed; where that is meant, IDIOLECT_UPDATE_API=1 writes the list anew\n{}",
        differences.join("\n")
    );
}
