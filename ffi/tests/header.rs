//! `include/idiolect.h` is what cbindgen writes from the sources, complete, and accepted by C and C++ compilers.
//!
//! Invariant: the comparison is made in memory; the file is written only where `IDIOLECT_UPDATE_HEADER=1` asks for it.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use common::{compiler, root, run, scratch};

/// Topics of the header in their order, with the source file of each.
const TOPICS: &[(&str, &str)] = &[
    ("Texts", "memory"),
    ("Status codes", "status"),
    ("Errors", "error"),
    ("Versions", "version"),
    ("Callbacks", "callback"),
    ("Configuration", "config"),
    ("Engine", "engine"),
    ("Statistics", "stats"),
    ("Scopes", "scope"),
    ("Records", "record"),
    ("Observations: feedback and texts of the person's own", "observation"),
    ("Observing", "observe"),
    ("Preferences", "preferences"),
    ("Conflicts among preferences, and their numbers", "conflicts"),
    ("Explaining preferences", "explain"),
    ("Personalizing", "personalize"),
    ("Ranking candidate drafts", "rank"),
    ("Queries", "query"),
    ("Searching", "search"),
    ("Forgetting", "forget"),
    ("Learning: on, off, erased", "learning"),
    ("Inference requests: questions for the program's language model", "inference"),
    ("Long work: optimizing and rebuilding", "maintain"),
    ("Importing a history", "import"),
];

/// Sizes of the transparent structs where pointers have 64 bits.
const SIZES: &[(&str, usize)] = &[
    ("idiolect_stats", 184),
    ("idiolect_preference", 136),
    ("idiolect_conflict", 40),
    ("idiolect_preference_counts", 56),
    ("idiolect_contribution", 48),
    ("idiolect_word_change", 48),
    ("idiolect_example", 56),
    ("idiolect_rank_reason", 40),
    ("idiolect_hit", 136),
    ("idiolect_item", 96),
];

fn generated() -> String {
    let file = root().join("ffi/cbindgen.toml");
    let mut config = cbindgen::Config::from_file(&file).expect("cbindgen.toml is valid");
    let head = config.header.take().expect("a header text");
    let tail = config.trailer.take().expect("a trailer text");
    // Handles have to be declared before the topics that use them, whichever way round they stand.
    let mut declarations = String::new();
    let mut topics = String::new();
    for (title, source) in TOPICS {
        let path = root().join(format!("ffi/src/{source}.rs"));
        let bindings = cbindgen::Builder::new()
            .with_config(config.clone())
            .with_src(&path)
            .generate()
            .expect("C for it");
        let mut text = Vec::new();
        bindings.write(&mut text);
        let text = String::from_utf8(text).expect("UTF-8");
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("typedef struct ").and_then(|rest| rest.strip_suffix(';')) {
                let name = name.split(' ').next().expect("a name");
                writeln!(declarations, "typedef struct {name} {name};").expect("into a String");
            }
        }
        let rule = "-".repeat(117);
        write!(topics, "\n// {rule}\n// {title}\n// {rule}\n\n{}\n", without_typedefs(text.trim()))
            .expect("into a String");
    }
    let sizes: Vec<String> = SIZES
        .iter()
        .map(|(name, size)| format!("IDIOLECT_LAYOUT_ASSERT(sizeof({name}) == {size});"))
        .collect();
    let tail = tail.trim().replace("@SIZES@", &sizes.join("\n"));
    format!("{}\n\n{declarations}{topics}\n{tail}\n", head.trim())
}

/// The struct's documentation stays where its topic is; its typedef stands with the others at the top, and C99 does not
/// allow it twice.
fn without_typedefs(text: &str) -> String {
    text.lines()
        .map(|line| match line.strip_prefix("typedef struct ") {
            Some(rest) if rest.ends_with(';') => {
                format!("struct {};", rest.split(' ').next().expect("a name"))
            }
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_header_is_what_the_sources_say() {
    let path = root().join("include/idiolect.h");
    let generated = generated();
    if std::env::var_os("IDIOLECT_UPDATE_HEADER").is_some_and(|value| value == "1") {
        fs::write(&path, &generated).expect("the header can be written");
    }
    let checked_in = fs::read_to_string(&path).expect("include/idiolect.h is checked in");
    if checked_in == generated {
        return;
    }
    let differs = checked_in.lines().zip(generated.lines()).position(|(old, new)| old != new);
    panic!(
        "include/idiolect.h does not match the sources (first at line {}): run \
         `IDIOLECT_UPDATE_HEADER=1 cargo test -p idiolect-ffi --test header`",
        differs.map_or_else(|| checked_in.lines().count().min(generated.lines().count()) + 1, |at| at + 1)
    );
}

#[test]
fn it_compiles_as_c99_and_as_cpp17_and_twice() {
    let source = "#include \"idiolect.h\"\n#include \"idiolect.h\"\n\
                  int main(void) { return idiolect_abi_version() == IDIOLECT_ABI_VERSION ? 0 : 1; }\n";
    for (file, tool, standard) in
        [("a.c", "CC", "-std=c99"), ("b.c", "CC", "-std=c11"), ("c.cpp", "CXX", "-std=c++17")]
    {
        compile(source, file, tool, standard);
    }
}

#[test]
fn the_loop_in_the_readme_compiles() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md is checked in");
    let (_, rest) = readme.split_once("\n```c\n").expect("a loop in C");
    let (calls, _) = rest.split_once("\n```").expect("its end");
    let source = format!(
        "#include \"idiolect.h\"\n#include <string.h>\n\
         void the_loop(const char *folder, const char *model, const char *context, const char *draft, const char *final)\n\
         {{\n\
         idiolect_config *config;\nidiolect_engine *engine;\nidiolect_request *request;\n\
         idiolect_personalization *shown;\nidiolect_str prompt;\nidiolect_observation *edit;\n\
         {calls}\n}}\n"
    );
    compile(&source, "readme.c", "CC", "-std=c99");
}

/// Has a compiler check a program, without a warning.
fn compile(source: &str, file: &str, tool: &str, standard: &str) {
    let folder = scratch();
    let path = folder.path().join(file);
    fs::write(&path, source).expect("scratch can be written");
    let mut command = Command::new(compiler(tool));
    command.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"]);
    command.arg(root().join("include")).arg(&path);
    run(&mut command);
}

#[test]
fn every_function_says_who_owns_what_fails_and_on_which_thread() {
    let header =
        fs::read_to_string(root().join("include/idiolect.h")).expect("include/idiolect.h is checked in");
    let mut doc = Vec::new();
    let mut functions = 0;
    for line in header.lines() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text.trim().to_owned());
            continue;
        }
        let declares = line.contains("idiolect_") && line.contains('(') && !line.starts_with([' ', '#', '}']);
        if declares && !line.starts_with("IDIOLECT_") {
            functions += 1;
            for part in ["Ownership: ", "Errors: ", "Thread-safety: "] {
                assert!(doc.iter().any(|text| text.starts_with(part)), "{line} has no line `{part}`");
            }
        }
        doc.clear();
    }
    assert!(functions > 50, "only {functions} functions were seen");
}

#[test]
fn unsafe_blocks_stand_in_two_files() {
    for entry in fs::read_dir(root().join("ffi/src")).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(&path).expect("a source file");
        let found = ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|word| text.contains(word));
        assert_eq!(found, ["handle.rs", "memory.rs"].contains(&name.as_str()), "{name}");
        // Types of callbacks are no functions, and the tests' own callbacks are not exported.
        let text = text.split("#[cfg(test)]").next().expect("a first part");
        for (at, line) in text.lines().enumerate().filter(|(_, line)| line.contains("extern \"C\" fn")) {
            if line.contains("extern \"C\" fn(") {
                continue;
            }
            let before = text.lines().nth(at - 1).expect("a line before");
            assert_eq!(before, "#[unsafe(no_mangle)]", "{name}: {line}");
        }
    }
}
