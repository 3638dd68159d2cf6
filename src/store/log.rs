//! The log: a commit is one frame that is appended to a file and synced, so that it costs one small write in sequence
//! where the pages of the data file lie apart.
//!
//! ```text
//! idiolect.log       frames, one for each commit since the last checkpoint, each in sectors of its own
//!   sector of 512 bytes: round u64 | number of the commit u64 | 496 bytes of the frame
//!   frame:             id of the store 16 | version u8, 1 | 0 0 0 | length of the payload u32
//!                      | CRC-32 u32 of the first sector so far and the payload
//!                      | CRC-32 u32 of the first sector so far
//!                      | payload: the changes
//! ```
//! All numbers are little endian; what is left of the last sector is zero. A round is what lies between two checkpoints.
//! Its number is random, and in the data file together with the number of the round's first commit. So nothing needs to
//! be cleared after a checkpoint: frames are written over those before, which have another round.
//!
//! What is read begins at the first byte and goes from the end of one frame to the beginning of the next: frames are not
//! searched for. No byte of a payload lies where a sector has its round and number, so that no text is taken for a frame.
//!
//! Torn or damaged: a commit is acknowledged once its frame is synced, and only then the next is written. So in a log
//! that a crash left, nothing follows a torn frame: where a sector of this round has a greater number than a frame that
//! is missing, that was acknowledged, and is damaged. Where all sectors of a frame are there they were written whole, so
//! that a frame whose checksum does not hold is damaged, too. What comes before still counts; the log is set aside.
//!
//! Invariant: after a loss of power at any moment, the data file with the frames that count applied in their order has
//! every commit that returned, and at most one more, whole.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::batch::Batch;
use super::codec;
use super::data_file::{Applied, Id};
use super::folder::{create_file, remove, sync_names};
use crate::error::StoreError;

#[cfg(test)]
mod tests;

/// The log does not grow beyond this many bytes.
const LOG_BYTES: usize = 1 << 20;
/// A commit of more than this goes to the data file at once.
const FRAME_BYTES: usize = LOG_BYTES / 2;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// Round and number.
const MARK: usize = 16;
/// What a frame has before its payload, mark included.
const HEAD: usize = 48;
const VERSION: u8 = 1;

/// Where commits are numbered and, in a store whose commits are synced, written.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// `None` where commits are not synced.
    file: Option<File>,
    id: Id,
    round: u64,
    /// Number of the next commit.
    next: u64,
    /// Where its frame goes.
    end: usize,
    /// Whether there are no further commits: a write failed, and what the disk holds is unknown.
    stopped: bool,
}

/// The changes of a commit that is ready to be appended.
#[derive(Debug)]
pub(super) struct Payload(Vec<u8>);

impl Log {
    /// An empty log, for what follows a data file. What was in the file is gone.
    pub(super) fn create(path: PathBuf, id: Id, applied: Applied, synced: bool) -> io::Result<Self> {
        let file = if synced {
            let file = create_file(&path)?;
            file.sync_all()?;
            Some(file)
        } else {
            remove(&path)?;
            None
        };
        // Its name must outlast a loss of power, or be gone after it.
        path.parent().map_or(Ok(()), sync_names)?;
        let Applied { next, round } = applied;
        Ok(Self { path, file, id, round, next, end: 0, stopped: false })
    }

    /// Whether commits reach the disk one by one.
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

    /// What the next commit's frame holds; `None` where it is too large for a log.
    ///
    /// # Errors
    /// [`StoreError::Io`] where there are no further commits.
    pub(super) fn payload(&self, batch: &Batch) -> Result<Option<Payload>, StoreError> {
        if self.stopped {
            return Err(StoreError::Io(io::Error::other("an earlier write failed; open the store again")));
        }
        if batch.bytes() > FRAME_BYTES {
            return Ok(None);
        }
        codec::encode(batch).map(Payload).map(Some)
    }

    /// Whether there is room for a frame before the next checkpoint.
    pub(super) fn has_room(&self, payload: &Payload) -> bool {
        self.end + sectors(payload.0.len()) * SECTOR <= LOG_BYTES
    }

    /// Appends and syncs.
    ///
    /// # Errors
    /// Of the system; the commit then does not count, now or after a crash.
    pub(super) fn append(&mut self, payload: &Payload) -> io::Result<()> {
        let frame = frame(&self.id, self.round, self.next, &payload.0);
        if let Some(file) = &mut self.file
            && let Err(error) = write(file, self.end, &frame)
        {
            // The frame may be whole all the same.
            self.stopped = write(file, self.end, &[0; SECTOR]).is_err();
            return Err(error);
        }
        self.end += frame.len();
        self.next += 1;
        Ok(())
    }

    /// After a checkpoint.
    pub(super) fn start_over(&mut self, applied: Applied) {
        Applied { next: self.next, round: self.round } = applied;
        self.end = 0;
    }

    /// Lets no further commit in: what the disk holds is unknown.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Empties the file, whose commits are all in the data file, so that nothing of them is left.
    ///
    /// # Errors
    /// Of the system; there are no further commits then. Else there are again.
    pub(super) fn renew(&mut self, applied: Applied) -> io::Result<()> {
        self.stopped = true;
        *self = Self::create(self.path.clone(), self.id, applied, self.is_synced())?;
        Ok(())
    }

    /// Takes the file away, whose commits are all in the data file; where it cannot be, it tells nothing new.
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

/// How many sectors a frame takes.
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

/// The bytes of a log, if there is one.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match OpenOptions::new().read(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(bytes),
        file => file?.take(LOG_BYTES as u64).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// What a log has for a data file.
pub(super) struct Found {
    /// The commits that follow those of the data file, in their order.
    pub(super) batches: Vec<Batch>,
    /// Whether that is all that was ever acknowledged of it; else the log is damaged, or of another data file.
    pub(super) whole: bool,
}

/// The commits of a log that a data file lacks.
pub(super) fn commits(bytes: &[u8], id: &Id, applied: Option<Applied>) -> Found {
    let mut found = Found { batches: Vec::new(), whole: true };
    let Some(first) = bytes.first_chunk::<SECTOR>() else { return found };
    let Some(Applied { next, round }) = applied else { return Found { whole: false, ..found } };
    // A log begins with the first sector of a frame, or with zeros in the place of one that could not be written.
    found.whole = *first == [0; SECTOR]
        || Head::read(first)
            .is_some_and(|head| head.id == *id && (head.round == round || head.number < next));
    if !found.whole {
        return found;
    }
    let mut rest = bytes;
    for number in next.. {
        match Frame::read(rest, id, &mark(round, number)) {
            Frame::Whole(batch, after) => {
                found.batches.push(batch);
                rest = after;
            }
            Frame::Damaged => {
                found.whole = false;
                break;
            }
            Frame::Absent => {
                found.whole = !bytes.chunks_exact(SECTOR).any(|sector| is_after(sector, round, number));
                break;
            }
        }
    }
    found
}

/// Whether a sector is of a later commit of a round.
fn is_after(sector: &[u8], round: u64, number: u64) -> bool {
    let rest = sector.strip_prefix(&round.to_le_bytes()).and_then(<[u8]>::first_chunk);
    rest.is_some_and(|found| u64::from_le_bytes(*found) > number)
}

/// What a frame begins with, whose checksum holds.
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

/// What is found in the place of a frame.
enum Frame<'a> {
    /// The changes, and what follows the frame.
    Whole(Batch, &'a [u8]),
    /// A sector is missing, or all are: none was written, or it was torn.
    Absent,
    /// All sectors were written, and hold something else now.
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
        codec::decode(&payload).map_or(Self::Damaged, |batch| Self::Whole(batch, after))
    }
}
