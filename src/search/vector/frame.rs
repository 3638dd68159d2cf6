//! Checksummed frames for snapshots of derived data: read completely, or rejected.
//!
//! ```text
//! magic 8 | format u32 | length of the body u64 | crc32 u32 of the body | body
//! ```
//!
//! Invariant: [`Reader::open`] returns a body only if its length and checksum match; no read exceeds it or allocates
//! more than its size. All numbers are little-endian.

use crate::error::IndexError;

const HEAD: usize = 24;

/// Builds a frame.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// A frame with an empty body, with room for `bytes`.
    pub(crate) fn new(magic: [u8; 8], format: u32, bytes: usize) -> Self {
        let mut frame = Vec::with_capacity(HEAD + bytes);
        frame.extend_from_slice(&magic);
        frame.extend_from_slice(&format.to_le_bytes());
        frame.resize(HEAD, 0);
        Self(frame)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes the bytes of each value, without their number.
    pub(crate) fn each<const N: usize>(&mut self, values: impl IntoIterator<Item = [u8; N]>) {
        values.into_iter().for_each(|bytes| self.0.extend_from_slice(&bytes));
    }

    /// Writes the length of a text and its bytes.
    pub(crate) fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    /// Completes the frame.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let length = (self.0.len() - HEAD) as u64;
        let checksum = crc32fast::hash(&self.0[HEAD..]);
        self.0[12..20].copy_from_slice(&length.to_le_bytes());
        self.0[20..HEAD].copy_from_slice(&checksum.to_le_bytes());
        self.0
    }
}

pub(crate) fn damaged(what: &'static str) -> IndexError {
    IndexError::DamagedSnapshot { what }
}

/// The unread bytes of a body.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Verifies a frame and returns its body.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`].
    pub(crate) fn open(frame: &'a [u8], magic: [u8; 8], format: u32) -> Result<Self, IndexError> {
        let mut head = Self(frame);
        if head.array()? != magic {
            return Err(damaged("its magic number is wrong"));
        }
        if u32::from_le_bytes(head.array()?) != format {
            return Err(damaged("it has another format"));
        }
        let (length, checksum) = (head.u64()?, u32::from_le_bytes(head.array()?));
        if length != head.0.len() as u64 || crc32fast::hash(head.0) != checksum {
            return Err(damaged("its checksum does not match"));
        }
        Ok(head)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(damaged("it is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        Ok(self.take(N)?.try_into().expect("`take` returned `N` bytes"))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, IndexError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a `u64` that fits `usize`.
    pub(crate) fn count(&mut self) -> Result<usize, IndexError> {
        usize::try_from(self.u64()?).map_err(|_| damaged("a number is too large"))
    }

    /// Reads `count` values of `N` bytes.
    pub(crate) fn each<const N: usize, T>(
        &mut self,
        count: usize,
        value: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, IndexError> {
        let bytes = self.take(count.checked_mul(N).ok_or(damaged("a number is too large"))?)?;
        Ok(bytes.as_chunks::<N>().0.iter().map(|&bytes| value(bytes)).collect())
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, IndexError> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| damaged("a text is not UTF-8"))
    }

    pub(crate) fn end(self) -> Result<(), IndexError> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("it has trailing bytes")) }
    }
}
