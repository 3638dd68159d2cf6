//! What the built libraries export and import.
//!
//! Invariant: the shared library exports the functions of the header and nothing else, and neither form asks the
//! operating system for the network.
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::{Link, NATIVE_LIBRARIES, compile, libraries, lines, root, scratch, shared_library};

/// Functions that open, use or look up what is on a network.
const NETWORK: &[&str] = &[
    "accept",
    "accept4",
    "bind",
    "connect",
    "getaddrinfo",
    "gethostbyname",
    "gethostbyname_r",
    "getnameinfo",
    "getpeername",
    "getsockname",
    "listen",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "res_init",
    "res_query",
    "send",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "socketpair",
];

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header =
        fs::read_to_string(root().join("include/idiolect.h")).expect("include/idiolect.h is checked in");
    header
        .lines()
        .filter(|line| !line.starts_with(['/', '#', ' ', '}', '\\']))
        .filter_map(|line| line.split_once('(').map(|(before, _)| before))
        .filter_map(|before| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("idiolect_"))
        .map(str::to_owned)
        .collect()
}

/// Names in the output of nm, without the versions of their libraries.
fn symbols(arguments: &[&str], library: &std::path::Path) -> BTreeSet<String> {
    lines(Command::new("nm").args(arguments).arg(library))
        .iter()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| name.split('@').next().unwrap_or(name).to_owned())
        .collect()
}

#[test]
fn exports_are_the_functions_of_the_header() {
    let declared = declared();
    assert!(declared.len() > 50, "{declared:?}");
    let exported = symbols(&["-D", "--defined-only"], &shared_library());
    let missing: Vec<_> = declared.difference(&exported).collect();
    let extra: Vec<_> = exported.difference(&declared).collect();
    assert!(missing.is_empty(), "declared and not exported: {missing:?}");
    assert!(extra.is_empty(), "exported and not declared: {extra:?}");
}

#[test]
fn the_static_library_has_the_functions_too() {
    let defined = symbols(&["-g", "--defined-only"], &libraries().join("libidiolect.a"));
    let missing: Vec<_> = declared().difference(&defined).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn nothing_is_imported_that_reaches_a_network() {
    let imported = symbols(&["-D", "--undefined-only"], &shared_library());
    let network: Vec<_> = NETWORK.iter().filter(|name| imported.contains(**name)).collect();
    assert!(network.is_empty(), "the shared library imports {network:?}");

    let folder = scratch();
    let program = compile("ffi/tests/c/misuse.c", Link::Static, folder.path());
    let imported = symbols(&["-D", "--undefined-only"], &program);
    let network: Vec<_> = NETWORK.iter().filter(|name| imported.contains(**name)).collect();
    assert!(network.is_empty(), "a program with the static library imports {network:?}");
}

#[test]
fn the_example_names_the_native_libraries() {
    let example = fs::read_to_string(root().join("examples/c/loop.c")).expect("the example");
    let full = if cfg!(feature = "graph") { NATIVE_LIBRARIES.join(" ") } else { return };
    assert!(example.contains(&full), "examples/c/loop.c does not say {full}");
}
