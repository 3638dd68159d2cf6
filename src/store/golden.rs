//! Golden bytes: the encoding of each stored type, fixed for all versions. For tests.
//!
//! A file `golden/<name>.txt` has a line for each value: the version of the type, the name of the value, the payload in
//! hex. A released line is never changed or removed; a type that gets a new version gets new lines, and its old lines
//! must decode to the same values. `IDIOLECT_ADD_GOLDEN=1 cargo test --lib golden` adds missing lines.

use std::fmt::{Debug, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::codec::{self, Payload, Stored};
use crate::error::StoreError;

/// A hypothetical next version of any stored type, with an additional field.
#[derive(Debug, Serialize, Deserialize)]
struct Next<T> {
    now: T,
    added: u32,
}

impl<T: Stored> Stored for Next<T> {
    const VERSION: u8 = T::VERSION + 1;

    fn read_earlier(version: u8, payload: Payload<'_>) -> Result<Self, StoreError> {
        Ok(Self { now: payload.read(version)?, added: 0 })
    }
}

/// Decodes a value whose fields are private to another module.
pub(crate) fn decoded<T: serde::de::DeserializeOwned>(payload: &[u8]) -> T {
    codec::decode(payload).unwrap()
}

/// Checks that the values encode to the golden bytes, that all earlier lines decode to the same values, and that a next
/// version of the type would read this one.
pub(crate) fn check<T: Stored + PartialEq + Debug>(name: &str, values: &[(&str, T)]) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/golden").join(name).with_extension("txt");
    let mut kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (name, value) in values {
        let payload = codec::encode(value).unwrap();
        let begin = format!("{} {name} ", T::VERSION);
        let line = payload.iter().fold(begin.clone(), |mut line, byte| {
            write!(line, "{byte:02x}").unwrap();
            line
        });
        let same = |line: &&str| line.starts_with(&begin);
        if !kept.lines().any(|line| same(&line)) && std::env::var_os("IDIOLECT_ADD_GOLDEN").is_some() {
            kept = kept + &line + "\n";
            std::fs::write(&path, &kept).unwrap();
        }
        assert_eq!(kept.lines().find(same), Some(line.as_str()), "{name}: {value:?}");

        let sealed = codec::seal(1, 7, value).unwrap();
        let next: Next<T> = codec::open(1, 7, &sealed).unwrap();
        assert_eq!((&next.now, next.added), (value, 0), "the next version reads this one");
        let newer = codec::open::<T>(1, 7, &codec::seal(1, 7, &next).unwrap());
        assert!(matches!(newer, Err(StoreError::NewerValue { .. })), "{name}: {newer:?}");
    }
    for line in kept.lines() {
        let [version, name, hex] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let payload: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let read: T = codec::payload(&payload).read(version.parse().unwrap()).unwrap();
        let value = values.iter().find(|(of, _)| *of == name).unwrap_or_else(|| panic!("no value {name}"));
        assert_eq!(read, value.1, "{line}");
    }
}
