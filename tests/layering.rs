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

/// A file of the sources: its place as a path of modules, and its text without comments and tests.
struct File {
    module: Vec<String>,
    code: String,
}

fn files(src: &Path) -> Vec<File> {
    let mut paths = Vec::new();
    rust_files(src, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines: Vec<&str> = shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let relative = path.strip_prefix(src).unwrap().with_extension("");
        let mut module: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        module.retain(|part| part != "mod");
        File { module, code: lines.join("\n") }
    };
    let tests = |path: &PathBuf| {
        let mut parts = path.strip_prefix(src).unwrap().iter();
        parts.any(|part| {
            part == "tests" || part == "tests.rs" || part == "isa_tests.rs" || part == "golden.rs"
        })
    };
    paths.into_iter().filter(|path| !tests(path) && !path.ends_with("src/lib.rs")).map(read).collect()
}

/// The paths of a use, its groups written out; names that it gives are left out.
fn expanded(path: &str) -> Vec<Vec<String>> {
    let path = path.trim();
    if let Some((before, group)) = path.split_once('{') {
        let group = group.trim_end().trim_end_matches('}');
        let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(&group[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&group[start..]);
        let whole = parts.into_iter().filter(|part| !part.trim().is_empty());
        return whole.flat_map(|part| expanded(&format!("{before}{}", part.trim()))).collect();
    }
    let path = path.split(" as ").next().unwrap_or_default();
    vec![path.split("::").map(|part| part.trim().to_owned()).collect()]
}

/// The uses of a file: whether each hands on what it names, and its path.
fn use_lines(code: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line..at].trim();
        if !matches!(before, "" | "pub" | "pub(crate)" | "pub(super)") {
            continue;
        }
        let path = code[at + 4..].split(';').next().unwrap_or_default();
        let path = path.split_whitespace().collect::<Vec<_>>().join(" ");
        found.extend(expanded(&path).into_iter().map(|path| (!before.is_empty(), path)));
    }
    found
}

/// Paths within the code that begin with `crate` or `super`.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
            if code[line..at].contains("use ")
                || code[..at].ends_with(|c: char| c == ':' || c.is_alphanumeric())
            {
                continue;
            }
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let path: String = code[at..].chars().take_while(|c| is_path(*c)).collect();
            found.push(path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
        }
    }
    found
}

/// Where a path leads from a module, as a path from the root of the crate; `None` out of the crate.
fn absolute(from: &[String], path: &[String], modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([from, &path[1..]].concat()),
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            Some([&from[..from.len().saturating_sub(up)], &path[up..]].concat())
        }
        first => {
            let child = [from, &[first.to_owned()]].concat();
            modules.contains(&child).then(|| [from, path].concat())
        }
    }
}

/// The file that defines what a path names, through the lines that hand it on.
fn defining(path: &[String], all: &[File], modules: &BTreeSet<Vec<String>>, depth: usize) -> Option<usize> {
    let module = (1..=path.len()).rev().map(|length| &path[..length]).find(|part| modules.contains(*part))?;
    let at = all.iter().position(|file| file.module == module)?;
    let Some(name) = path.get(module.len()).filter(|_| depth < 8) else { return Some(at) };
    for (hands_on, used) in use_lines(&all[at].code) {
        if hands_on && used.last().is_some_and(|last| last == name || last == "*") {
            let Some(mut target) = absolute(module, &used, modules) else { continue };
            if target.last().is_some_and(|last| last == "*") {
                target.pop();
                target.push(name.clone());
            }
            if let Some(found) = defining(&target, all, modules, depth + 1)
                && (used.last().is_some_and(|last| last == name) || found != at)
            {
                return Some(found);
            }
        }
    }
    Some(at)
}

/// Which files each file uses.
fn arrows(all: &[File]) -> Vec<BTreeSet<usize>> {
    let modules: BTreeSet<Vec<String>> = all.iter().map(|file| file.module.clone()).collect();
    let of = |file: &File| {
        let uses = use_lines(&file.code).into_iter().filter(|(hands_on, _)| !hands_on).map(|(_, path)| path);
        let paths = uses.chain(inline_paths(&file.code));
        let found = paths.filter_map(|path| absolute(&file.module, &path, &modules));
        let found = found.filter_map(|path| defining(&path, all, &modules, 0));
        found.filter(|at| all[*at].module != file.module).collect::<BTreeSet<usize>>()
    };
    all.iter().map(of).collect()
}

/// Files that reach each other, in groups of two or more.
fn circles(arrows: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let reach = |from: usize| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(at) = left.pop() {
            left.extend(arrows[at].iter().filter(|next| seen.insert(**next)));
        }
        seen
    };
    let reached: Vec<BTreeSet<usize>> = (0..arrows.len()).map(reach).collect();
    let mut found: Vec<Vec<usize>> = Vec::new();
    for at in 0..arrows.len() {
        let group: Vec<usize> =
            reached[at].iter().copied().filter(|other| reached[*other].contains(&at)).collect();
        if group.len() > 1 && !found.contains(&group) {
            found.push(group);
        }
    }
    found
}

/// What a text is cut into words, lines or sentences by.
const CUTS: [&str; 5] = ["split_whitespace(", "char_indices(", ".split(|c", ".lines()", "is_alphanumeric)"];

/// Files above `document` that do so, with the reason.
const CUTTING: &[(&str, &str)] = &[
    ("prompting/answers", "the host model's answers, in a form that was asked for"),
    ("prompting/fragment", "the lines of an example are quoted one by one"),
    ("prompting/questions", "runs of backticks; whether two texts differ in more than white space"),
    ("learning/ledger/compose", "what statements are compared by"),
    ("learning/learner/prior", "a table of ours"),
    ("learning/ranking/taste", "a table of ours"),
    ("signals/surface", "shares of lines that begin with a speaker"),
    ("signals/features/surface", "faces made of marks"),
    ("signals/features/marks", "runs of marks"),
];

#[test]
fn nobody_above_document_cuts_a_text() {
    let document = layer("document").unwrap();
    let is_test = |file: &File| file.module.last().is_some_and(|name| name.ends_with("tests"));
    let above = |file: &File| !is_test(file) && layer(&file.module[0]).is_some_and(|layer| layer > document);
    let mut found = BTreeSet::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).iter().filter(|file| above(file)) {
        // Vectors have lines, too.
        let code = file.code.replace("query.lines()", "").replace("self.lines()", "");
        if CUTS.iter().any(|cut| code.contains(cut)) {
            found.insert(file.module.join("/"));
        }
    }
    let known: BTreeSet<String> = CUTTING.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(found, known, "each that does so has its reason, and each reason a file that does so");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let all = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let arrows = arrows(&all);
    assert!(arrows.iter().map(BTreeSet::len).sum::<usize>() > 200, "the uses were found");
    let name = |at: &usize| all[*at].module.join("::");
    for circle in circles(&arrows) {
        let within: Vec<String> = circle
            .iter()
            .flat_map(|at| arrows[*at].iter().filter(|to| circle.contains(to)).map(move |to| (at, to)))
            .map(|(from, to)| format!("{} -> {}", name(from), name(to)))
            .collect();
        assert!(within.is_empty(), "{within:#?}");
    }
}

#[test]
fn the_finder_of_circles_finds_them() {
    let file = |module: &str, code: &str| File {
        module: module.split("::").map(str::to_owned).collect(),
        code: code.to_owned(),
    };
    let all = [
        file("a", "mod b;\nmod c;\npub(crate) use b::B;\nstruct A;"),
        file("a::b", "use super::c::C;\nstruct B;"),
        file("a::c", "use crate::a::{A, B};\nstruct C;"),
        file("d", "fn f() { crate::a::B::new() }"),
    ];
    let arrows = arrows(&all);
    assert_eq!(arrows, [BTreeSet::new(), [2].into(), [0, 1].into(), [1].into()]);
    assert_eq!(circles(&arrows), [vec![1, 2]]);
}
