//! C programs against the built library: the example, one that does everything wrong, and one that reads what an engine
//! reports; linked to both forms of the library, and under valgrind.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Link, compile, model, run, scratch, valgrind};

const LOOP: &str = "examples/c/loop.c";
const MISUSE: &str = "ffi/tests/c/misuse.c";
const REPORTS: &str = "ffi/tests/c/reports.c";

fn output(program: &Path, arguments: &[&Path]) -> String {
    String::from_utf8(run(Command::new(program).args(arguments)).stdout).expect("UTF-8")
}

fn the_loop_is_whole(output: &str) {
    assert!(output.contains("nothing to apply yet"), "{output}");
    assert_eq!(output.matches("words edited").count(), 5, "{output}");
    assert!(output.contains("a prompt of about"), "{output}");
    assert!(output.contains("why signs off with 'Cheers,'") && output.contains(": 5 edits"), "{output}");
    assert!(output.contains("' became 'Cheers'\n"), "{output}");
    assert!(output.contains("draft 1 is the best, for "), "{output}");
    assert!(output.contains("would forget 1 record"), "{output}");
    assert!(output.contains("\nforgot 1 record"), "{output}");
    assert!(output.contains("answered"), "{output}");
    assert!(output.contains("4 observations are left"), "{output}");
    assert!(output.ends_with("closed\n"), "{output}");
    let listed = output.lines().find_map(|line| line.strip_suffix(" preferences")).expect("a list");
    assert!(listed.parse::<usize>().expect("a number") > 0, "{output}");
}

fn run_the_loop(link: Link, under: impl Fn(&Path, &[&Path]) -> Option<String>) {
    let Some(model) = model() else { return };
    let folder = scratch();
    let program = compile(LOOP, link, folder.path());
    let store: PathBuf = folder.path().join("store");
    if let Some(output) = under(&program, &[&model, &store]) {
        the_loop_is_whole(&output);
    }
}

#[test]
fn the_example_runs_with_the_static_library() {
    run_the_loop(Link::Static, |program, arguments| Some(output(program, arguments)));
}

#[test]
fn the_example_runs_with_the_shared_library() {
    run_the_loop(Link::Shared, |program, arguments| Some(output(program, arguments)));
}

#[test]
fn the_example_says_what_is_wrong_with_its_arguments() {
    let folder = scratch();
    let program = compile(LOOP, Link::Shared, folder.path());
    let none = Path::new("no-such-model.idm");
    let output =
        Command::new(program).arg(none).arg(folder.path().join("store")).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(message.starts_with("open: IO: "), "{message}");
}

#[test]
fn the_example_is_clean_under_valgrind() {
    run_the_loop(Link::Shared, |program, arguments| {
        valgrind(program, arguments).map(|output| String::from_utf8(output.stdout).expect("UTF-8"))
    });
}

#[test]
fn statistics_and_lines_of_the_log_reach_c() {
    let folder = scratch();
    let program = compile(REPORTS, Link::Shared, folder.path());
    let store = folder.path().join("store");
    let output = match valgrind(&program, &[&store]) {
        Some(output) => String::from_utf8(output.stdout).expect("UTF-8"),
        None => output(&program, &[&store]),
    };
    assert!(output.ends_with(" checks, 0 wrong\n"), "{output}");
}

#[test]
fn misuse_gives_a_status_and_never_a_crash() {
    let folder = scratch();
    for (link, store) in [(Link::Static, "one"), (Link::Shared, "two")] {
        let program = compile(MISUSE, link, folder.path());
        let output = output(&program, &[&folder.path().join(store)]);
        assert!(output.ends_with(" checks, 0 wrong\n"), "{output}");
    }
}

#[test]
fn misuse_is_clean_under_valgrind() {
    let folder = scratch();
    let program = compile(MISUSE, Link::Shared, folder.path());
    if let Some(output) = valgrind(&program, &[&folder.path().join("store")]) {
        assert!(String::from_utf8_lossy(&output.stdout).ends_with(" checks, 0 wrong\n"));
    }
}
