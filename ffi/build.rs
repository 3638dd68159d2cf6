//! Keeps what other crates export (the C++ bridge of the graph index) out of the shared library's symbol table. The
//! library's own functions come from object files, not from archives, and stay; the test `library` holds both.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os == "android" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    }
}
