//! The log: each commit is one frame appended to a file and synced, which costs one small sequential write instead of
//! scattered writes to pages of the data file.
//!
//! ```text
//! idiolect.log       one frame for each commit since the last checkpoint, each starting at a sector
//!   sector of 512 bytes: round u64 | commit number u64 | 496 bytes of the frame
//!   frame:             store id 16 | version u8, 1 | 0 0 0 | payload length u32
//!                      | CRC-32 u32 of the preceding bytes of the first sector and the payload
//!                      | CRC-32 u32 of the preceding bytes of the first sector
//!                      | payload: the changes
//! ```
//! All numbers are little endian; the rest of the last sector is zero. A round is the span between two checkpoints. Its
//! random number is stored in the data file together with the number of the round's first commit, so a checkpoint need
//! not clear the log: new frames overwrite old ones, which belong to another round.
//!
//! Reading starts at the first byte and continues from the end of one frame to the beginning of the next; it never
//! searches for frames. No payload byte lies where a sector has its round and number, so text is never mistaken for a
//! frame.
//!
//! Torn or damaged: a commit is acknowledged once its frame is synced, and only then is the next one written. After a
//! crash, therefore, nothing follows a torn frame: if a sector of this round has a greater number than a missing frame,
//! the missing frame had been acknowledged and is damaged. If all sectors of a frame are present they were written
//! completely, so a failing checksum also means damage. The frames before the damage still count; the log is set aside.
//!
//! Invariant: after a power failure at any moment, the data file with the valid frames applied in order contains every
//! commit that returned, and at most one more, each complete.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::batch::Batch;
use super::codec;
use super::data_file::{Applied, Id};
use super::folder::{create_file, remove, sync_folder};
use crate::error::StoreError;

#[cfg(test)]
mod tests;

/// Maximum size of the log in bytes.
const LOG_BYTES: usize = 1 << 20;
/// A batch larger than this is written to the data file directly.
const FRAME_BYTES: usize = LOG_BYTES / 2;
/// Unit that a disk writes atomically, in bytes.
const SECTOR: usize = 512;
/// Bytes of the mark at the start of a sector: round and commit number.
const MARK: usize = 16;
/// Bytes of a frame before its payload, including the mark.
const HEAD: usize = 48;
const VERSION: u8 = 1;

/// Numbers the commits and, if commits are synced, writes them.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// `None` if commits are not synced.
    file: Option<File>,
    id: Id,
    round: u64,
    /// Number of the next commit.
    next: u64,
    /// Offset of the next frame.
    end: usize,
    /// Whether commits are refused: a write failed, and the state of the disk is unknown.
    stopped: bool,
}

/// The encoded changes of a commit, ready to be appended.
#[derive(Debug)]
pub(super) struct Payload(Vec<u8>);

impl Log {
    /// Creates an empty log for the commits after `applied`, truncating an existing file.
    pub(super) fn create(path: PathBuf, id: Id, applied: Applied, synced: bool) -> io::Result<Self> {
        let file = if synced {
            let file = create_file(&path)?;
            file.sync_all()?;
            Some(file)
        } else {
            remove(&path)?;
            None
        };
        // Makes the creation or removal of the file durable.
        path.parent().map_or(Ok(()), sync_folder)?;
        let Applied { next, round } = applied;
        Ok(Self { path, file, id, round, next, end: 0, stopped: false })
    }

    /// Whether each commit is synced before it returns.
    pub(super) fn is_synced(&self) -> bool {
        self.file.is_some()
    }

    /// Number of the next commit.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Id of the store.
    pub(super) fn id(&self) -> &Id {
        &self.id
    }

    /// Encodes a batch for the next frame; `None` if it is too large for the log.
    ///
    /// # Errors
    /// [`StoreError::Io`] if commits are refused; [`StoreError::Damaged`] if the encoding exceeds the size limit.
    pub(super) fn payload(&self, batch: &Batch) -> Result<Option<Payload>, StoreError> {
        if self.stopped {
            return Err(StoreError::Io(io::Error::other("an earlier write failed; open the store again")));
        }
        if batch.bytes() > FRAME_BYTES {
            return Ok(None);
        }
        codec::encode(batch).map(Payload).map(Some)
    }

    /// Whether a frame fits into the log before the next checkpoint.
    pub(super) fn has_room(&self, payload: &Payload) -> bool {
        self.end + sectors(payload.0.len()) * SECTOR <= LOG_BYTES
    }

    /// Appends a frame and syncs.
    ///
    /// # Errors
    /// An I/O error; the commit is then not applied, now or after a crash.
    pub(super) fn append(&mut self, payload: &Payload) -> io::Result<()> {
        let frame = frame(&self.id, self.round, self.next, &payload.0);
        if let Some(file) = &mut self.file
            && let Err(error) = write(file, self.end, &frame)
        {
            // The frame may be complete on the disk nonetheless: invalidate it.
            self.stopped = write(file, self.end, &[0; SECTOR]).is_err();
            return Err(error);
        }
        self.end += frame.len();
        self.next += 1;
        Ok(())
    }

    /// Starts a new round after a checkpoint.
    pub(super) fn start_round(&mut self, applied: Applied) {
        Applied { next: self.next, round: self.round } = applied;
        self.end = 0;
    }

    /// Refuses further commits because the state of the disk is unknown.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Truncates the file, whose commits are all in the data file, so that none of their bytes remain.
    ///
    /// # Errors
    /// An I/O error; commits are refused from then on. On success they are accepted again.
    pub(super) fn reset(&mut self, applied: Applied) -> io::Result<()> {
        self.stopped = true;
        *self = Self::create(self.path.clone(), self.id, applied, self.is_synced())?;
        Ok(())
    }

    /// Removes the file, whose commits are all in the data file. A failure is harmless: the old frames will be ignored.
    pub(super) fn remove(&mut self) {
        self.file = None;
        drop(remove(&self.path));
    }
}

fn write(file: &mut File, at: usize, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Number of sectors of a frame with a payload of `payload` bytes.
fn sectors(payload: usize) -> usize {
    (HEAD - MARK + payload).div_ceil(SECTOR - MARK)
}

fn mark(round: u64, number: u64) -> [u8; MARK] {
    let mut mark = [0; MARK];
    mark[..8].copy_from_slice(&round.to_le_bytes());
    mark[8..].copy_from_slice(&number.to_le_bytes());
    mark
}

fn frame(id: &Id, round: u64, number: u64, payload: &[u8]) -> Vec<u8> {
    let mark = mark(round, number);
    let mut head = [0; HEAD];
    head[..16].copy_from_slice(&mark);
    head[16..32].copy_from_slice(id);
    head[32] = VERSION;
    head[36..40].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    let checksum = checksum(&[&head[..40], payload]);
    head[40..44].copy_from_slice(&checksum);
    let checksum = self::checksum(&[&head[..44]]);
    head[44..].copy_from_slice(&checksum);

    let (first, rest) = payload.split_at(payload.len().min(SECTOR - HEAD));
    let mut frame = Vec::with_capacity(sectors(payload.len()) * SECTOR);
    frame.extend(head);
    frame.extend(first);
    for part in rest.chunks(SECTOR - MARK) {
        frame.extend(mark);
        frame.extend(part);
    }
    frame.resize(sectors(payload.len()) * SECTOR, 0);
    frame
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_le_bytes()
}

/// The bytes of the log; empty if there is none.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match OpenOptions::new().read(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(bytes),
        file => file?.take(LOG_BYTES as u64).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// The commits of a log that a data file lacks.
pub(super) struct Replay {
    /// The batches, in commit order.
    pub(super) batches: Vec<Batch>,
    /// Whether these are all acknowledged commits; otherwise the log is damaged, or of another data file.
    pub(super) complete: bool,
}

/// Reads the commits of a log that a data file at position `applied` lacks.
pub(super) fn commits(bytes: &[u8], id: &Id, applied: Option<Applied>) -> Replay {
    let mut found = Replay { batches: Vec::new(), complete: true };
    let Some(first) = bytes.first_chunk::<SECTOR>() else { return found };
    let Some(Applied { next, round }) = applied else { return Replay { complete: false, ..found } };
    // The log must begin with a frame of this store (of this round, or already applied), or with zeros over a frame
    // that could not be written.
    found.complete = *first == [0; SECTOR]
        || Head::read(first)
            .is_some_and(|head| head.id == *id && (head.round == round || head.number < next));
    if !found.complete {
        return found;
    }
    let mut rest = bytes;
    for number in next.. {
        match Frame::read(rest, id, &mark(round, number)) {
            Frame::Complete(batch, after) => {
                found.batches.push(batch);
                rest = after;
            }
            Frame::Damaged => {
                found.complete = false;
                break;
            }
            Frame::Absent => {
                found.complete = !bytes.chunks_exact(SECTOR).any(|sector| is_after(sector, round, number));
                break;
            }
        }
    }
    found
}

/// Whether a sector belongs to a later commit of the round.
fn is_after(sector: &[u8], round: u64, number: u64) -> bool {
    let rest = sector.strip_prefix(&round.to_le_bytes()).and_then(<[u8]>::first_chunk);
    rest.is_some_and(|found| u64::from_le_bytes(*found) > number)
}

/// The header of a frame, with a verified checksum.
struct Head {
    round: u64,
    number: u64,
    id: Id,
    version: u8,
    length: usize,
    checksum: [u8; 4],
}

impl Head {
    fn read(sector: &[u8; SECTOR]) -> Option<Self> {
        let (head, rest) = sector.split_first_chunk::<44>()?;
        (checksum(&[head]) == rest[..4]).then_some(())?;
        let u64_at = |at: usize| Some(u64::from_le_bytes(*head[at..].first_chunk()?));
        Some(Self {
            round: u64_at(0)?,
            number: u64_at(8)?,
            id: *head[16..].first_chunk()?,
            version: head[32],
            length: u32::from_le_bytes(*head[36..].first_chunk()?) as usize,
            checksum: *head[40..].first_chunk()?,
        })
    }
}

/// The result of reading a frame.
enum Frame<'a> {
    /// The changes, and the bytes after the frame.
    Complete(Batch, &'a [u8]),
    /// Some or all sectors are missing: the frame was torn or never written.
    Absent,
    /// All sectors are present, but their content is invalid.
    Damaged,
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8], id: &Id, mark: &[u8; MARK]) -> Self {
        let Some(first) = bytes.first_chunk::<SECTOR>().filter(|first| first.starts_with(mark)) else {
            return Self::Absent;
        };
        let Some(head) = Head::read(first).filter(|head| head.id == *id && head.version == VERSION) else {
            return Self::Damaged;
        };
        let Some((frame, after)) = bytes.split_at_checked(sectors(head.length) * SECTOR) else {
            return Self::Absent;
        };
        if !frame.chunks_exact(SECTOR).all(|sector| sector.starts_with(mark)) {
            return Self::Absent;
        }
        let parts = frame.chunks_exact(SECTOR).enumerate();
        let mut payload: Vec<u8> =
            parts.flat_map(|(at, sector)| &sector[if at == 0 { HEAD } else { MARK }..]).copied().collect();
        payload.truncate(head.length);
        if checksum(&[&first[..40], &payload]) != head.checksum {
            return Self::Damaged;
        }
        codec::decode(&payload).map_or(Self::Damaged, |batch| Self::Complete(batch, after))
    }
}
