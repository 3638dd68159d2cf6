//! Values to sealed bytes and back. The only file that names bincode.
//!
//! ```text
//! byte   0        frame version, 1
//! byte   1        table tag
//! bytes  2..6     CRC-32 over the tag, the key (u64, little endian) and the payload; little endian
//! bytes  6..      payload: bincode 1.3.3, variable-length integers, trailing bytes rejected
//! ```
//!
//! Invariant: a frame opens only under the table and the key that it was sealed for. The checksum tells
//! damage, not malice.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

const VERSION: u8 = 1;
const HEADER: usize = 6;

/// Largest payload in bytes: a choice among the most and longest candidates fits.
const PAYLOAD_MAX: u64 = 128 << 20;

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_limit(PAYLOAD_MAX).reject_trailing_bytes()
}

fn checksum(tag: u8, key: u64, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[tag]);
    hasher.update(&key.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

pub(super) fn seal<T: Serialize>(tag: u8, key: u64, value: &T) -> Result<Vec<u8>, StoreError> {
    let payload = options()
        .serialize(value)
        .map_err(|_| StoreError::Damaged { what: "a value larger than a frame" })?;
    let mut frame = Vec::with_capacity(HEADER + payload.len());
    frame.extend([VERSION, tag]);
    frame.extend(checksum(tag, key, &payload).to_le_bytes());
    frame.extend(payload);
    Ok(frame)
}

pub(super) fn open<T: DeserializeOwned>(tag: u8, key: u64, frame: &[u8]) -> Result<T, StoreError> {
    let Some((header, payload)) = frame.split_at_checked(HEADER) else {
        return Err(StoreError::Damaged { what: "a value is cut short" });
    };
    if header[0] > VERSION {
        return Err(StoreError::Newer { found: u32::from(header[0]), supported: u32::from(VERSION) });
    }
    let expected = u32::from_le_bytes([header[2], header[3], header[4], header[5]]);
    if header[0] != VERSION || header[1] != tag || checksum(tag, key, payload) != expected {
        return Err(StoreError::Damaged { what: "a value does not match its checksum" });
    }
    options().deserialize(payload).map_err(|_| StoreError::Damaged { what: "a value cannot be decoded" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_opens_only_as_it_was_sealed() {
        let frame = seal(1, 7, &("text".to_owned(), 5u32)).unwrap();
        assert_eq!(open::<(String, u32)>(1, 7, &frame).unwrap(), ("text".to_owned(), 5));
        assert!(open::<(String, u32)>(2, 7, &frame).is_err(), "another table");
        assert!(open::<(String, u32)>(1, 8, &frame).is_err(), "another key");
        for length in 0..frame.len() {
            assert!(open::<(String, u32)>(1, 7, &frame[..length]).is_err(), "cut at {length}");
        }
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open::<(String, u32)>(1, 7, &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_newer_frame_is_told_from_a_damaged_one() {
        let mut frame = seal(1, 7, &1u8).unwrap();
        frame[0] = VERSION + 1;
        assert!(matches!(open::<u8>(1, 7, &frame), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn an_absurd_length_allocates_nothing() {
        // A string that claims 2^60 bytes.
        let mut payload = vec![253u8];
        payload.extend((1u64 << 60).to_le_bytes());
        let mut frame = vec![VERSION, 1];
        frame.extend(checksum(1, 7, &payload).to_le_bytes());
        frame.extend(payload);
        assert!(matches!(open::<String>(1, 7, &frame), Err(StoreError::Damaged { .. })));
    }
}
