//! The graph as bytes: our frame around the bytes of `usearch`, and the verification of both.
//!
//! Invariant: [`read`] returns only bytes whose checksum matches and in which every count, level and link that
//! `usearch` follows lies within the graph, because `usearch` itself does not check them. Crafted bytes with a valid
//! checksum can thus cause wrong neighbours but no invalid memory access.
//!
//! ```text
//! frame:    magic 8 | format u32 | dimensions u32 | slots u64 | payload length u64
//!           | keys u64 * slots | payload | crc32 u32 of all preceding bytes
//! payload:  rows u32 | row bytes u32 | (codes, zeros, factor: as in `graph`) * rows
//!           | head 64 (magic 7, version 3 * u16, kinds 4 * u8, present u64, deleted u64, dimensions u64, multi u8)
//!           | size u64 | connectivity u64 | base connectivity u64 | top level u64 | entry slot u64
//!           | levels i16 * size
//!           | nodes: label u64 | level i16 | base list | level * upper list
//! list:     count u32 | slots u32 * connectivity
//! ```
//!
//! All numbers are little-endian.

use std::collections::HashSet;

use super::graph_row::{CONNECTIVITY, row, row_length};
use crate::error::IndexError;

const MAGIC: &[u8; 8] = b"IDIOGRPH";
const FORMAT: u32 = 1;
const FRAME_HEAD: usize = 32;
const CHECKSUM: usize = 4;

/// `usearch`'s codes for cosine, int8, 64-bit keys and 32-bit slots.
const KINDS: [u8; 4] = [b'c', 23, 14, 15];
/// Maximum level; far above the highest that its generator can draw.
const LEVEL_MAX: usize = 512;

/// A verified snapshot.
pub(super) struct Snapshot<'a> {
    /// By slot, all distinct.
    pub(super) keys: Vec<u64>,
    /// The bytes that `usearch` wrote.
    pub(super) payload: &'a [u8],
    dimensions: usize,
}

impl Snapshot<'_> {
    /// The codes in a slot.
    pub(super) fn codes(&self, slot: usize) -> impl Iterator<Item = i8> {
        self.payload[8 + slot * row_length(self.dimensions)..][..self.dimensions]
            .iter()
            .map(|&byte| byte as i8)
    }
}

/// Frames a payload of `length` bytes that `fill` writes; `None` if it fails.
pub(super) fn write(
    dimensions: usize,
    keys: &[u64],
    length: usize,
    fill: impl FnOnce(&mut [u8]) -> bool,
) -> Option<Vec<u8>> {
    let mut frame = Vec::with_capacity(FRAME_HEAD + keys.len() * 8 + length + CHECKSUM);
    frame.extend_from_slice(MAGIC);
    frame.extend_from_slice(&FORMAT.to_le_bytes());
    frame.extend_from_slice(&u32::try_from(dimensions).ok()?.to_le_bytes());
    frame.extend_from_slice(&(keys.len() as u64).to_le_bytes());
    frame.extend_from_slice(&(length as u64).to_le_bytes());
    for key in keys {
        frame.extend_from_slice(&key.to_le_bytes());
    }
    let start = frame.len();
    frame.resize(start + length, 0);
    if !fill(&mut frame[start..]) {
        return None;
    }
    let checksum = crc32fast::hash(&frame);
    frame.extend_from_slice(&checksum.to_le_bytes());
    Some(frame)
}

/// Verifies a frame for vectors of `dimensions` values.
///
/// # Errors
/// [`IndexError::DamagedSnapshot`].
pub(super) fn read(bytes: &[u8], dimensions: usize) -> Result<Snapshot<'_>, IndexError> {
    let mut frame = Reader(bytes);
    ensure(frame.take(8)? == MAGIC, "its magic number is wrong")?;
    ensure(frame.u32()? == FORMAT, "it has another format")?;
    let checked = bytes.len().checked_sub(CHECKSUM).ok_or(damaged("it is too short"))?;
    let checksum = Reader(&bytes[checked..]).u32()?;
    ensure(crc32fast::hash(&bytes[..checked]) == checksum, "its checksum does not match")?;
    ensure(frame.u32()? as usize == dimensions, "its vectors have other dimensions")?;
    let slots = frame.u64()?;
    let length = frame.u64()?;
    let whole = (slots as u128) * 8 + length as u128 + (FRAME_HEAD + CHECKSUM) as u128;
    ensure(whole == bytes.len() as u128, "its length does not match")?;
    let keys: Vec<u64> =
        frame.take(slots as usize * 8)?.as_chunks().0.iter().map(|&key| u64::from_le_bytes(key)).collect();
    let distinct: HashSet<u64> = keys.iter().copied().collect();
    ensure(distinct.len() == keys.len(), "it contains a key twice")?;
    let payload = frame.take(length as usize)?;
    verify(payload, keys.len(), dimensions)?;
    Ok(Snapshot { keys, payload, dimensions })
}

fn verify(payload: &[u8], slots: usize, dimensions: usize) -> Result<(), IndexError> {
    let mut payload = Reader(payload);
    ensure(slots > 0, "it is empty")?;
    ensure(payload.u32()? as usize == slots, "it has another number of rows")?;
    let length = row_length(dimensions);
    ensure(payload.u32()? as usize == length, "its rows have another length")?;
    let rows = slots.checked_mul(length).ok_or(damaged("its rows are too many"))?;
    for bytes in payload.take(rows)?.chunks_exact(length) {
        let bytes: Vec<i8> = bytes.iter().map(|&byte| byte as i8).collect();
        ensure(row(&bytes[..dimensions]).is_some_and(|row| row == bytes), "a row is invalid")?;
    }

    let mut head = Reader(payload.take(64)?);
    ensure(head.take(7)? == b"usearch", "its graph is of another kind")?;
    let version = format!("{}.{}.{}", head.u16()?, head.u16()?, head.u16()?);
    ensure(version == usearch::version(), "another version of the graph library wrote it")?;
    ensure(head.take(4)? == KINDS, "its graph is of another kind")?;
    ensure(head.u64()? == slots as u64, "its graph has another size")?;
    ensure(head.u64()? == 0, "its graph has removed rows")?;
    ensure(head.u64()? == length as u64, "its graph has other dimensions")?;
    ensure(head.take(1)? == [0], "its graph is of another kind")?;

    ensure(payload.u64()? == slots as u64, "its graph has another size")?;
    ensure(payload.u64()? == CONNECTIVITY as u64, "its graph has another connectivity")?;
    ensure(payload.u64()? == CONNECTIVITY as u64 * 2, "its graph has another connectivity")?;
    let top = payload.u64()?;
    let entry = payload.u64()?;
    let level_bytes = slots.checked_mul(2).ok_or(damaged("its levels are too many"))?;
    let levels: Vec<usize> = payload
        .take(level_bytes)?
        .as_chunks()
        .0
        .iter()
        .map(|&level| usize::from(u16::from_le_bytes(level)))
        .collect();
    let entry_level = usize::try_from(entry).ok().and_then(|entry| levels.get(entry).copied());
    ensure(entry_level.is_some_and(|level| level as u64 == top), "its entry point is out of range")?;
    ensure(levels.iter().all(|&level| level <= LEVEL_MAX && level as u64 <= top), "a level is out of range")?;

    for (slot, &level) in levels.iter().enumerate() {
        ensure(payload.u64()? == slot as u64, "a row has another label")?;
        ensure(usize::from(payload.u16()?) == level, "a level does not match")?;
        for floor in 0..=level {
            let room = if floor == 0 { CONNECTIVITY * 2 } else { CONNECTIVITY };
            let count = payload.u32()? as usize;
            ensure(count <= room, "a row has too many links")?;
            let (links, _) = payload.take(room * 4)?.as_chunks();
            for &link in &links[..count] {
                let there = levels.get(u32::from_le_bytes(link) as usize);
                ensure(there.is_some_and(|&level| level >= floor), "a link is out of range")?;
            }
        }
    }
    ensure(payload.0.is_empty(), "it has trailing bytes")
}

fn damaged(what: &'static str) -> IndexError {
    IndexError::DamagedSnapshot { what }
}

fn ensure(holds: bool, what: &'static str) -> Result<(), IndexError> {
    if holds { Ok(()) } else { Err(damaged(what)) }
}

/// The unread bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(damaged("it is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        Ok(self.take(N)?.try_into().expect("`take` returned `N` bytes"))
    }

    fn u16(&mut self) -> Result<u16, IndexError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, IndexError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, IndexError> {
        self.array().map(u64::from_le_bytes)
    }
}
