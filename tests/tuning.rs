//! Numbers that were chosen because results are better with them stand in one file a room, each with what it was chosen
//! on and how it is measured again.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::{Path, PathBuf};

/// Rooms that have such numbers. `simd` has none but its kernels' own, and the rooms below none that decide a result.
const ROOMS: [&str; 8] =
    ["edit", "embedding", "engine", "language", "learning", "prompting", "search", "signals"];

/// What a line says of a number that was not chosen, after it and before the reason: a unit, a range, a polynomial.
const FIXED: &str = "// fixed: ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of a folder, those of tests aside.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
        {
            found.push(path);
        }
    }
}

fn files_of_rooms() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ROOMS {
        rust_files(&root().join("src").join(room), &mut files);
    }
    files.sort();
    files
}

fn is_tuning(path: &Path) -> bool {
    path.ends_with("tuning.rs")
}

/// The constants of a real number in a source, by line, that are not said to be fixed.
fn chosen(source: &str) -> Vec<usize> {
    let shipped = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_chosen = |line: &str| {
        let item = line
            .trim_start()
            .split_once("const ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        let real = item.and_then(|(_, item)| item.split_once(": ")).is_some_and(|(name, rest)| {
            let is_name =
                name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            is_name && (rest.starts_with("f32 = ") || rest.starts_with("f64 = "))
        });
        real && line.split_once(FIXED).is_none_or(|(_, reason)| reason.trim().is_empty())
    };
    shipped.lines().enumerate().filter(|(_, line)| is_chosen(line)).map(|(at, _)| at + 1).collect()
}

#[test]
fn chosen_numbers_stand_in_the_tuning_files() {
    let files = files_of_rooms();
    let mut elsewhere = Vec::new();
    for file in files.iter().filter(|file| !is_tuning(file)) {
        let lines = chosen(&std::fs::read_to_string(file).unwrap());
        elsewhere.extend(lines.iter().map(|line| format!("{}:{line}", file.display())));
    }
    assert!(files.len() > 100, "the sources were found");
    assert!(
        elsewhere.is_empty(),
        "to src/<room>/tuning.rs, or with `{FIXED}<why it is no choice>` at the end of the line: {elsewhere:#?}"
    );
}

#[test]
fn the_reader_of_constants_tells_what_was_chosen() {
    let source = "const A: f32 = 0.8;\n    pub(crate) const B_2: f64 = 1e-3;\n// const C: f32 = 1.0;\n\
        const D: usize = 3;\nconst E: f32 = 127.0; // fixed: of a byte\nconst F: f32 = 127.0; // fixed: \n\
        fn g<const N: usize>() {}\n#[cfg(test)]\nmod tests {\n    const H: f32 = 1.0;\n}\n";
    assert_eq!(chosen(source), [1, 2, 6]);
}

/// A constant of a tuning file: where it is, and its documentation.
struct Constant {
    place: String,
    says: String,
}

fn constants() -> Vec<Constant> {
    let mut found = Vec::new();
    for file in files_of_rooms().iter().filter(|file| is_tuning(file)) {
        let source = std::fs::read_to_string(file).unwrap();
        let mut says = String::new();
        for (at, line) in source.lines().enumerate() {
            let line = line.trim();
            if let Some(text) = line.strip_prefix("///") {
                says.push_str(text);
                says.push(' ');
            } else if line.split_once("const ").is_some_and(|(before, _)| before == "pub(crate) ") {
                let place = format!("{}:{}", file.display(), at + 1);
                found.push(Constant { place, says: std::mem::take(&mut says) });
            } else if !line.starts_with("#[") {
                says.clear();
            }
        }
    }
    found
}

#[test]
fn each_says_what_it_was_chosen_on_and_how_it_is_swept() {
    let constants = constants();
    assert!(constants.len() > 150, "the constants were found");
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let tasks = std::fs::read_to_string(root().join("benches/quality/main.rs")).unwrap();
    for Constant { place, says } in constants {
        let chosen_on = says.find("Chosen on: ").or_else(|| says.find("Not swept; "));
        let sweep = says.find("Sweep: ");
        assert!(chosen_on.is_some_and(|at| at > 20), "{place}: what it does, and what it was chosen on");
        assert!(sweep > chosen_on, "{place}: how it is swept");
        let sweep = &says[sweep.unwrap() + "Sweep: ".len()..];
        if sweep.starts_with("none") {
            continue;
        }
        let command = sweep.strip_prefix('`').and_then(|rest| rest.split('`').next()).unwrap_or_default();
        let mut words = command.split(' ');
        let bench = words.next().unwrap_or_default();
        assert!(
            manifest.contains(&format!("[[bench]]\nname = \"{bench}\"\n")),
            "{place}: no bench `{bench}`"
        );
        if bench == "quality" {
            for task in words {
                assert!(tasks.contains(&format!("\"{task}\"")), "{place}: no task `{task}`");
            }
        }
        assert!(sweep.contains("(`"), "{place}: which figures");
    }
}
