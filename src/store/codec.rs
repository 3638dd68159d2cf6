//! Encodes values to sealed bytes and back, with a version for each type. The only file that names bincode.
//!
//! ```text
//! byte   0        version of the seal, 1
//! byte   1        tag of the table
//! byte   2        version of the value's type
//! bytes  3..7     CRC-32 of the key (u64), bytes 0..3 and the payload; little endian
//! bytes  7..      payload: bincode 1.3.3, variable-length integers, trailing bytes rejected
//! ```
//!
//! Invariant: a value opens only under the table and key that it was sealed for, and only by code that knows its
//! version. The checksum detects accidental damage, not tampering.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

const SEAL_VERSION: u8 = 1;
const HEADER: usize = 7;

/// Maximum payload in bytes. The largest record (a choice with the most candidates of maximum length) fits.
const PAYLOAD_MAX: u64 = 128 << 20;

/// A type whose values the store keeps. Every version ever written stays readable: to change the encoding of a type,
/// keep a copy of the old type, raise [`VERSION`](Self::VERSION) and convert in [`read_earlier`](Self::read_earlier).
pub trait Stored: Serialize + DeserializeOwned {
    /// Version of the encoding written; starts at 1.
    const VERSION: u8;

    /// Reads a value written by an earlier version.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the payload is not valid for that version.
    fn read_earlier(version: u8, payload: Payload<'_>) -> Result<Self, StoreError> {
        let _ = (version, payload);
        Err(StoreError::Damaged { what: "a value has an unknown version" })
    }
}

/// The encoded bytes of a value whose checksum was verified.
#[derive(Clone, Copy)]
pub struct Payload<'a>(&'a [u8]);

impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl Payload<'_> {
    /// Decodes the bytes as a `T`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        options().deserialize(self.0).map_err(|_| StoreError::Damaged { what: "a value cannot be decoded" })
    }

    /// Decodes a `T` that was written as `version`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::NewerValue`].
    pub fn read<T: Stored>(self, version: u8) -> Result<T, StoreError> {
        if version > T::VERSION {
            return Err(StoreError::NewerValue { found: version, supported: T::VERSION });
        }
        if version == T::VERSION { self.decode() } else { T::read_earlier(version, self) }
    }
}

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_limit(PAYLOAD_MAX).reject_trailing_bytes()
}

/// Encodes a value without a seal.
///
/// # Errors
/// [`StoreError::Damaged`] if the encoding exceeds `PAYLOAD_MAX`.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    options().serialize(value).map_err(|_| StoreError::Damaged { what: "a value exceeds the size limit" })
}

/// Decodes a value without a seal.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    Payload(bytes).decode()
}

/// Treats bytes as verified.
#[cfg(test)]
pub(super) fn payload(bytes: &[u8]) -> Payload<'_> {
    Payload(bytes)
}

fn checksum(key: u64, head: [u8; 3], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&key.to_le_bytes());
    hasher.update(&head);
    hasher.update(payload);
    hasher.finalize()
}

pub(super) fn seal<T: Stored>(tag: u8, key: u64, value: &T) -> Result<Vec<u8>, StoreError> {
    let payload = encode(value)?;
    let head = [SEAL_VERSION, tag, T::VERSION];
    let mut sealed = Vec::with_capacity(HEADER + payload.len());
    sealed.extend(head);
    sealed.extend(checksum(key, head, &payload).to_le_bytes());
    sealed.extend(payload);
    Ok(sealed)
}

pub(super) fn open<T: Stored>(tag: u8, key: u64, sealed: &[u8]) -> Result<T, StoreError> {
    let Some((&[seal, found, version, ref expected @ ..], payload)) = sealed.split_first_chunk::<HEADER>()
    else {
        return Err(StoreError::Damaged { what: "a value is truncated" });
    };
    if seal > SEAL_VERSION {
        return Err(StoreError::NewerValue { found: seal, supported: SEAL_VERSION });
    }
    let holds = checksum(key, [seal, found, version], payload).to_le_bytes() == *expected;
    if seal != SEAL_VERSION || found != tag || !holds {
        return Err(StoreError::Damaged { what: "a value does not match its checksum" });
    }
    Payload(payload).read(version)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        text: String,
        times: u32,
    }

    impl Stored for Note {
        const VERSION: u8 = 3;

        fn read_earlier(version: u8, payload: Payload<'_>) -> Result<Self, StoreError> {
            match version {
                1 => Ok(Self { text: payload.decode()?, times: 1 }),
                2 => payload.decode().map(|(times, text)| Self { text, times }),
                _ => Err(StoreError::Damaged { what: "an unknown version" }),
            }
        }
    }

    fn note() -> Note {
        Note { text: "text".to_owned(), times: 5 }
    }

    /// Seals any payload as `version`.
    fn sealed<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
        let payload = encode(value).unwrap();
        let head = [SEAL_VERSION, 1, version];
        [&head[..], &checksum(7, head, &payload).to_le_bytes(), &payload].concat()
    }

    #[test]
    fn a_value_opens_only_under_its_table_and_key() {
        let whole = seal(1, 7, &note()).unwrap();
        assert_eq!(whole, sealed(3, &note()));
        assert_eq!(open::<Note>(1, 7, &whole).unwrap(), note());
        assert!(open::<Note>(2, 7, &whole).is_err(), "another table");
        assert!(open::<Note>(1, 8, &whole).is_err(), "another key");
        for length in 0..whole.len() {
            assert!(open::<Note>(1, 7, &whole[..length]).is_err(), "cut at {length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open::<Note>(1, 7, &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn earlier_versions_are_read_and_later_ones_reported_as_newer() {
        assert_eq!(open::<Note>(1, 7, &sealed(1, &"text")).unwrap(), Note { times: 1, ..note() });
        assert_eq!(open::<Note>(1, 7, &sealed(2, &(5u32, "text"))).unwrap(), note());
        assert!(matches!(open::<Note>(1, 7, &sealed(0, &note())), Err(StoreError::Damaged { .. })));
        let newer = open::<Note>(1, 7, &sealed(4, &note()));
        assert!(matches!(newer, Err(StoreError::NewerValue { found: 4, supported: 3 })), "{newer:?}");
        let mut seal = sealed(3, &note());
        seal[0] = SEAL_VERSION + 1;
        assert!(matches!(open::<Note>(1, 7, &seal), Err(StoreError::NewerValue { .. })));
    }

    #[test]
    fn an_oversized_length_is_rejected() {
        // A string that claims 2^60 bytes.
        let mut payload = vec![253u8];
        payload.extend((1u64 << 60).to_le_bytes());
        let head = [SEAL_VERSION, 1, 3];
        let whole = [&head[..], &checksum(7, head, &payload).to_le_bytes(), &payload].concat();
        assert!(matches!(open::<Note>(1, 7, &whole), Err(StoreError::Damaged { .. })));
    }
}
