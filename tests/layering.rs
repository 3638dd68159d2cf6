//! Dependencies point down only: a module uses modules of lower layers, or its own.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Layers from the bottom; rooms of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["hash"],
    &["types"],
    &["simd", "language"],
    &["document", "embedding", "store", "offload"],
    &["signals"],
    &["edit"],
    &["search"],
    &["learning"],
    &["prompting"],
    &["engine"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Modules named after `crate::`, in `use` lines and in paths; groups like `crate::{a, b::c}` included.
fn uses(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for (at, marker) in code.match_indices("crate::") {
        let rest = &code[at + marker.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            let mut reading = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(std::mem::take(&mut name));
                        reading = true;
                    }
                    c if depth == 0 && reading && (c.is_alphanumeric() || c == '_') => name.push(c),
                    ':' if depth == 0 => reading = false,
                    _ => {}
                }
            }
            found.insert(name);
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn no_module_uses_a_higher_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(&src).unwrap();
        let top = relative.iter().next().unwrap().to_str().unwrap();
        let module = top.strip_suffix(".rs").unwrap_or(top);
        if module == "lib" {
            continue;
        }
        let Some(own) = layer(module) else {
            wrong.push(format!("{module} is in no layer"));
            continue;
        };
        for used in uses(&std::fs::read_to_string(file).unwrap()) {
            let lower = layer(&used).is_some_and(|layer| layer < own);
            let sibling = own == 0 && layer(&used) == Some(0);
            if used != module && !lower && !sibling {
                wrong.push(format!("{} uses crate::{used}", relative.display()));
            }
        }
    }
    assert!(files.len() > 30, "the sources were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn learning_knows_only_traits_of_the_lower_seams() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/learning");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        for name in ["NativeEmbedder", "OnnxEmbedder", "ScanIndex", "GraphIndex", "TieredIndex"] {
            assert!(!source.contains(name), "{} names {name}", file.display());
        }
    }
}

#[test]
fn the_reader_of_use_lines_reads_groups() {
    let source = "use crate::{error::{A, B}, store::C, text};\nuse crate::types::X;\n// crate::engine\n";
    let found: Vec<String> = uses(source).into_iter().collect();
    assert_eq!(found, ["error", "store", "text", "types"]);
}
