//! Build script: locates the model file that the feature `bundled-model` compiles in.
//!
//! Invariant: without that feature it does nothing. The file is the one that `IDIOLECT_MODEL` names, otherwise the
//! repository's own; a package from the registry contains none.

use std::env;
use std::path::{Path, PathBuf};

const SHIPPED: &str = "examples/models/all-MiniLM-L6-v2.idm";

fn main() {
    println!("cargo::rerun-if-changed=src/embedding/build.rs");
    println!("cargo::rerun-if-env-changed=IDIOLECT_MODEL");
    if env::var_os("CARGO_FEATURE_BUNDLED_MODEL").is_none() {
        return;
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let model = env::var_os("IDIOLECT_MODEL")
        .map_or_else(|| root.join(SHIPPED), |named| root.join(Path::new(&named)));
    if model.is_file() {
        println!("cargo::rerun-if-changed={}", model.display());
        println!("cargo::rustc-env=IDIOLECT_BUNDLED_MODEL={}", model.display());
    } else {
        println!(
            "cargo::error=the feature `bundled-model` needs a model file, and {} does not exist: set IDIOLECT_MODEL. \
             Create it in Idiolect's repository with `cargo run --release --features internals --example \
             convert_model -- <the publisher's folder of all-MiniLM-L6-v2> <file>`",
            model.display()
        );
    }
}
