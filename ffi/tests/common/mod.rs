//! What the tests of the built library share: where it is, how to compile against it, how to run what was compiled.
//!
//! Invariant: a tool that is missing is said, and is a failure where `CI` is set.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]
#![allow(clippy::print_stderr, reason = "a test says what it skips")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("ffi has a parent").to_owned()
}

/// An empty folder that goes away with the value.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// The compiler that a variable (`CC`, `CXX`) names, or the system's.
pub fn compiler(variable: &str) -> String {
    let usual = if variable == "CXX" { "c++" } else { "cc" };
    env::var(variable).unwrap_or_else(|_| usual.to_owned())
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The standard output of a command that must succeed.
pub fn lines(command: &mut Command) -> Vec<String> {
    let output = run(command);
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Whether a tool can be started; says it where not.
pub fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        assert!(env::var_os("CI").is_none(), "{tool} is not installed");
        eprintln!("skipped: {tool} is not installed");
    }
    found
}

/// The folder with the static and the shared library, built from the sources as they are with this test's profile and
/// features. Cargo does not build them for an integration test, because Rust cannot link to them.
pub fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = env::current_exe().expect("a test knows where it is");
        let folder = test.ancestors().nth(2).expect("a test stands in target/profile/deps").to_owned();
        let profile = match folder.file_name().and_then(|name| name.to_str()).expect("a profile's name") {
            "debug" => "dev",
            other => other,
        };
        let target = folder.parent().expect("a profile's folder stands in target");
        let features: Vec<&str> = [
            (cfg!(feature = "onnx"), "idiolect-ffi/onnx"),
            (cfg!(feature = "graph"), "idiolect-ffi/graph"),
            (cfg!(feature = "bundled-model"), "idiolect-ffi/bundled-model"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect();
        // The workspace with its tests: what `cargo test --workspace` compiled with these features, or with all, serves here.
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(root());
        command.args(["build", "--quiet", "--workspace", "--lib", "--tests", "--profile", profile]);
        if features.len() == 3 {
            command.arg("--all-features");
        } else {
            command.args(["--features", &features.join(",")]);
        }
        command.arg("--target-dir").arg(target);
        run(&mut command);
        folder
    })
}

/// The shared library.
pub fn shared_library() -> PathBuf {
    libraries().join(if cfg!(target_os = "macos") { "libidiolect.dylib" } else { "libidiolect.so" })
}

/// Which library a program is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Static,
    Shared,
}

/// What a program has to link besides the static library: as the README and `examples/c/loop.c` say.
pub const NATIVE_LIBRARIES: &[&str] = if cfg!(target_os = "macos") {
    &["-lc++", "-lm"]
} else if cfg!(feature = "graph") {
    &["-lstdc++", "-lgcc_s", "-lpthread", "-lm", "-ldl"]
} else {
    &["-lgcc_s", "-lpthread", "-lm", "-ldl"]
};

/// Compiles a C program of the repository into `folder` and gives its path.
pub fn compile(source: &str, link: Link, folder: &Path) -> PathBuf {
    let program = folder.join(format!("program-{link:?}"));
    let mut command = Command::new(compiler("CC"));
    command.args(["-std=c99", "-g", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
    command.arg(root().join("include")).arg(root().join(source)).arg("-o").arg(&program);
    match link {
        Link::Static => {
            // The archive holds the whole standard library; what a program does not use of it is left out.
            command.arg(libraries().join("libidiolect.a")).args(NATIVE_LIBRARIES);
            command.arg(if cfg!(target_os = "macos") { "-Wl,-dead_strip" } else { "-Wl,--gc-sections" });
        }
        Link::Shared => {
            let folder = libraries();
            command.arg("-L").arg(folder).arg("-lidiolect").arg(format!("-Wl,-rpath,{}", folder.display()));
        }
    }
    run(&mut command);
    program
}

/// Runs a compiled program under valgrind, which fails on an invalid access and on memory that was lost.
pub fn valgrind(program: &Path, arguments: &[&Path]) -> Option<Output> {
    if !has("valgrind") {
        return None;
    }
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
    command.arg(program).args(arguments);
    let output = run(&mut command);
    // A handle points into its allocation, behind the counts, so a lost one is only "possibly lost"; tables that live as
    // long as the process are too.
    let lost = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!lost.contains("idiolect::handle::give"), "a handle was not freed:\n{lost}");
    Some(output)
}

/// The default encoder, where this checkout has it.
pub fn model() -> Option<PathBuf> {
    let file = root().join("examples/models/all-MiniLM-L6-v2.idm");
    if file.exists() {
        return Some(file);
    }
    assert!(env::var_os("CI").is_none(), "the model file is not in the checkout");
    eprintln!("skipped: the model file is not in the checkout");
    None
}
