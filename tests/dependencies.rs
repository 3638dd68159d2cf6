//! No dependency that opens sockets: the list in deny.toml against Cargo.lock.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::Path;

#[test]
fn no_banned_crate_is_in_the_lock_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let deny = read("deny.toml");
    let banned: Vec<&str> =
        deny.split("{ crate = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(banned.len() >= 15 && banned.contains(&"hyper"), "{banned:?}");
    let lock = read("Cargo.lock");
    let locked: Vec<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"')))
        .collect();
    assert!(locked.contains(&"redb"), "the lock file was read");
    let found: Vec<&&str> = banned.iter().filter(|name| locked.contains(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn bincode_is_pinned_and_named_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("bincode = \"=1.3.3\""));
    let mut naming = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains("bincode::")
            {
                naming.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    assert_eq!(naming, [Path::new("src/store/codec.rs")]);
}
