//! The model file: a BERT-family sentence encoder and its tokenizer in one checked file.
//!
//! Invariant: in a file that [`ModelReader`] has read to its end, every byte is accounted for: the header and each
//! section carry a CRC-32, the sections follow from the dimensions, and the padding is zero. Nothing is allocated
//! before the lengths are checked against the file's own. The checks detect damage, not forgery. The source of the
//! tensors is left to [`super::convert`], their meaning to [`super::native`].
//!
//! All numbers are little-endian; `crc` is CRC-32 (IEEE).
//!
//! ```text
//!   0  89 49 44 4D 0D 0A 1A 0A    magic: "\x89IDM\r\n\x1a\n"
//!   8  u32 format version         } these five keep their place in every version,
//!  12  u32 header bytes           } so that a newer file is distinguished from a damaged one
//!  16  u32 crc of the header      } (of bytes 0..16 and 20..header bytes)
//!  20  u32 kind                   } 1: BERT encoder
//!  24  u64 file bytes             }
//!  32  u32 layers                 36  u32 hidden           40  u32 heads      44  u32 intermediate
//!  48  u32 word rows              52  u32 positions        56  u32 max tokens 60  f32 layer norm epsilon
//!  64  u32 pooling (1 mean, 2 first token)                 68  u32 activation (1: GELU by the error function)
//!  72  u32 sections               76  u32 1 if part 27 is present, else 0 (always 0 in version 1)
//!  80  name, UTF-8, zero-padded to 48 bytes
//! 128  sections x 24 bytes: u16 part, u16 layer, u32 crc, u64 offset, u64 bytes
//!      zeros to the next multiple of 64 = header bytes
//!      the sections in the order of the table, each at the next multiple of 64, zeros between
//! ```
//!
//! | part | content (h hidden, f intermediate)                                | bytes         |
//! |------|-------------------------------------------------------------------|---------------|
//! | 1    | tokenizer: u32 flags, max word chars, unknown, first, last, added count a, token count n, text bytes; a ids; n ends; text | varies |
//! | 2    | word embeddings, i8, one row per token                            | rows x h      |
//! | 3    | their scales, f32: value = scale of the row x i8                  | rows x 4      |
//! | 4    | position embeddings plus that of token type 0, f32                | positions x 4h |
//! | 5    | layer norm of the embeddings, f32: weight, bias                   | 8h            |
//! | 15   | factors of the inputs of part 16, f32                             | 4h            |
//! | 16   | query, key and value weights, i8, one row per output              | 3h x h        |
//! | 17   | their scales and biases, f32                                      | 24h           |
//! | 18, 19 | attention output, likewise                                      | h x h, 8h     |
//! | 20   | layer norm after attention                                        | 8h            |
//! | 26   | factors of the inputs of part 21, f32                             | 4h            |
//! | 21, 22 | feed-forward up, likewise                                       | f x h, 8f     |
//! | 23, 24 | feed-forward down, likewise                                     | h x f, 8h     |
//! | 25   | layer norm after feed-forward                                     | 8h            |
//! | 27   | coefficients that estimate the deviation of the last layer norm, f32, see `deviation.rs`; last in the file | 20h + 16f + 60 |
//!
//! Parts 15 to 26 repeat per layer, in this order. An input is multiplied by its factor before it is quantized; the
//! weights have been divided by it. Flags: 1 clean text, 2 split ideographs, 4 strip accents, 8 lower-case.

use std::io::Read;
use std::ops::Range;

use super::deviation;
use super::tokenizer::{ADDED_MAX, TOKENS_MAX, Tokens, Vocabulary};
use crate::error::EmbeddingError;

const MAGIC: [u8; 8] = *b"\x89IDM\r\n\x1a\n";
const VERSION: u32 = 2;
const KIND_BERT: u32 = 1;
const ACTIVATION_GELU: u32 = 1;
const ALIGN: usize = 64;
/// Position of the name; the section table follows.
const NAME: Range<usize> = 80..128;
const FIXED: usize = NAME.end;
const ENTRY: usize = 24;
const HEADER_MAX: usize = 1 << 20;
/// Maximum size of a file in bytes.
const FILE_MAX: u64 = 1 << 31;
/// Bytes of the header that identify a file.
const PROLOGUE: usize = 32;
const NOT_A_MODEL: &str = "an Idiolect model file";

/// How the token vectors are combined into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first token's vector.
    First,
}

/// The dimensions of a BERT encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// A short human-readable name, at most 48 bytes.
    pub name: String,
    /// Number of encoder layers.
    pub layers: usize,
    /// Values per token.
    pub hidden: usize,
    /// Number of attention heads; divides `hidden`.
    pub heads: usize,
    /// Values inside the feed-forward part.
    pub intermediate: usize,
    /// Rows of the word embeddings.
    pub word_rows: usize,
    /// Rows of the position embeddings.
    pub positions: usize,
    /// Maximum tokens that the encoder reads of one text, 2 to `positions`.
    pub max_tokens: usize,
    /// Added to the variance in every layer norm.
    pub layer_norm_eps: f32,
    /// How the token vectors are combined into one.
    pub pooling: Pooling,
}

impl ModelSpec {
    /// Checks that every dimension is in range.
    ///
    /// # Errors
    /// Names the dimension that is out of range.
    pub fn check(&self) -> Result<(), &'static str> {
        let in_range = [
            (self.layers, 1, 64, "the number of layers is out of range"),
            (self.hidden, 8, 4096, "the hidden size is out of range"),
            (self.heads, 1, 256, "the number of attention heads is out of range"),
            (self.intermediate, 8, 16384, "the intermediate size is out of range"),
            (self.word_rows, 4, TOKENS_MAX, "the number of word embeddings is out of range"),
            (self.positions, 2, 8192, "the number of positions is out of range"),
            (self.max_tokens, 2, self.positions, "the maximum of tokens is out of range"),
        ];
        if let Some((.., what)) = in_range.iter().find(|(value, min, max, _)| value < min || value > max) {
            return Err(what);
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err("the attention heads do not divide the hidden size");
        }
        if !(self.layer_norm_eps >= 0.0 && self.layer_norm_eps <= 1.0) {
            return Err("the layer norm's epsilon is out of range");
        }
        if self.name.is_empty() || self.name.len() > NAME.len() || self.name.chars().any(char::is_control) {
            return Err("the name is empty, too long or holds control characters");
        }
        Ok(())
    }

    /// The sections of a model of these dimensions, with or without [`Part::Deviation`], in order, each with the length
    /// that the dimensions determine.
    fn sections(&self, has_deviation: bool) -> impl Iterator<Item = (Section, Option<u64>)> {
        let [h, f, rows, positions] =
            [self.hidden, self.intermediate, self.word_rows, self.positions].map(|value| value as u64);
        let whole = [
            (Part::Tokenizer, None),
            (Part::WordRows, Some(rows * h)),
            (Part::WordScales, Some(rows * 4)),
            (Part::Positions, Some(positions * h * 4)),
            (Part::EmbeddingNorm, Some(h * 8)),
        ];
        let per_layer = [
            (Part::QkvFactors, Some(h * 4)),
            (Part::QkvWeights, Some(h * h * 3)),
            (Part::QkvAffine, Some(h * 24)),
            (Part::AttentionWeights, Some(h * h)),
            (Part::AttentionAffine, Some(h * 8)),
            (Part::AttentionNorm, Some(h * 8)),
            (Part::UpFactors, Some(h * 4)),
            (Part::UpWeights, Some(f * h)),
            (Part::UpAffine, Some(f * 8)),
            (Part::DownWeights, Some(h * f)),
            (Part::DownAffine, Some(h * 8)),
            (Part::FinalNorm, Some(h * 8)),
        ];
        let layers = (0..self.layers as u16)
            .flat_map(move |layer| per_layer.map(|(part, bytes)| (Section { part, layer }, bytes)));
        let deviation = deviation::count(self.hidden, self.intermediate) as u64 * 4;
        let last = has_deviation.then_some((Section { part: Part::Deviation, layer: 0 }, Some(deviation)));
        whole.into_iter().map(|(part, bytes)| (Section { part, layer: 0 }, bytes)).chain(layers).chain(last)
    }
}

/// The content of a section; see the table in the module's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Part {
    Tokenizer = 1,
    WordRows = 2,
    WordScales = 3,
    Positions = 4,
    EmbeddingNorm = 5,
    QkvFactors = 15,
    QkvWeights = 16,
    QkvAffine = 17,
    AttentionWeights = 18,
    AttentionAffine = 19,
    AttentionNorm = 20,
    UpWeights = 21,
    UpAffine = 22,
    DownWeights = 23,
    DownAffine = 24,
    FinalNorm = 25,
    UpFactors = 26,
    Deviation = 27,
}

/// A section of a layer; layer 0 for sections that occur once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) part: Part,
    pub(super) layer: u16,
}

/// Reads a file sequentially, verifying each section as it is read. Only the header and one section are in memory.
#[derive(Debug)]
pub(super) struct ModelReader<R> {
    from: R,
    name: String,
    /// The header's checksum; the header contains the sections' checksums, so it identifies the whole file.
    checksum: u32,
    spec: ModelSpec,
    has_deviation: bool,
    table: std::vec::IntoIter<Entry>,
    /// Offset of the next byte to read.
    at: u64,
    buffer: Vec<u8>,
}

/// Position and checksum of a section.
#[derive(Debug, Clone, Copy)]
struct Entry {
    section: Section,
    start: u64,
    length: u64,
    checksum: u32,
}

impl<R: Read> ModelReader<R> {
    /// Reads and verifies the header of a file of `length` bytes; `name` identifies it in errors.
    pub(super) fn open(from: R, length: u64, name: &str) -> Result<Self, EmbeddingError> {
        // A file of another kind is recognized by its first bytes, however few there are.
        let mut from = from;
        let mut header = Vec::new();
        fill(&mut from, name, &mut header, PROLOGUE)?;
        let header_bytes = check_prologue(&header, name)?;
        if length > FILE_MAX {
            return Err(unsupported("the file is larger than 2 GiB"));
        }
        fill(&mut from, name, &mut header, header_bytes)?;
        if header.len() != header_bytes {
            return Err(damaged("the header is truncated"));
        }
        let checksum = header_checksum(&header);
        if checksum != u32_at(&header, 16) {
            return Err(damaged("the header's checksum does not match"));
        }
        let version = u32_at(&header, 8);
        if version > VERSION {
            return Err(EmbeddingError::Newer { found: version, supported: VERSION });
        }
        if version == 0 || header_bytes < FIXED {
            return Err(damaged("the header's version or length is out of range"));
        }
        if u32_at(&header, 20) != KIND_BERT {
            return Err(unsupported("the model is not a BERT encoder"));
        }
        if u64_at(&header, 24) != length {
            return Err(damaged("the file is truncated, or has bytes after its end"));
        }
        let spec = read_spec(&header)?;
        let has_deviation = match u32_at(&header, 76) {
            0 => false,
            1 if version > 1 && spec.pooling == Pooling::Mean => true,
            _ => return Err(damaged("the header has a value that is out of range")),
        };
        let table = read_table(&header, &spec, has_deviation, length)?.into_iter();
        let (at, name) = (header_bytes as u64, name.to_owned());
        Ok(Self { from, name, checksum, spec, has_deviation, table, at, buffer: Vec::new() })
    }

    pub(super) fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// Whether the file ends with [`Part::Deviation`].
    pub(super) fn has_deviation(&self) -> bool {
        self.has_deviation
    }

    /// Reads the next section, which must be the given one.
    pub(super) fn section(&mut self, part: Part, layer: usize) -> Result<&[u8], EmbeddingError> {
        let entry = self.next(part, layer)?;
        self.read(entry.length as usize)?;
        check_section(&self.buffer, &entry)?;
        Ok(&self.buffer)
    }

    /// Verifies and skips the next section, which must be the given one; returns its position in the file.
    pub(super) fn skip(&mut self, part: Part, layer: usize) -> Result<Range<usize>, EmbeddingError> {
        let entry = self.next(part, layer)?;
        let mut hasher = crc32fast::Hasher::new();
        let mut left = entry.length as usize;
        while left > 0 {
            let bytes = left.min(1 << 16);
            self.read(bytes)?;
            hasher.update(&self.buffer);
            left -= bytes;
        }
        if hasher.finalize() != entry.checksum {
            return Err(damaged("a section's checksum does not match"));
        }
        Ok(entry.start as usize..self.at as usize)
    }

    /// Reads the next section, which must be the given one, into an allocation of its own.
    pub(super) fn take(&mut self, part: Part, layer: usize) -> Result<Vec<u8>, EmbeddingError> {
        self.section(part, layer)?;
        Ok(std::mem::take(&mut self.buffer))
    }

    /// Reads the next section, which must be the given one, as finite f32 values.
    pub(super) fn floats(&mut self, part: Part, layer: usize) -> Result<Vec<f32>, EmbeddingError> {
        let words = self.section(part, layer)?.chunks_exact(4);
        let values: Vec<f32> = words.map(|word| f32::from_bits(u32_at(word, 0))).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(damaged("a value is not finite"));
        }
        Ok(values)
    }

    /// Reads the tokenizer, the first section.
    pub(super) fn vocabulary(&mut self) -> Result<Vocabulary, EmbeddingError> {
        let word_rows = self.spec.word_rows;
        let vocabulary = read_vocabulary(self.section(Part::Tokenizer, 0)?)
            .ok_or_else(|| damaged("the tokenizer section is inconsistent"))?;
        if vocabulary.tokens.len() > word_rows {
            return Err(damaged("the vocabulary is larger than the word embeddings"));
        }
        Ok(vocabulary)
    }

    /// Checks that the file ends here. Returns the dimensions and the checksum that identifies the whole file.
    pub(super) fn finish(mut self) -> Result<(ModelSpec, u32), EmbeddingError> {
        debug_assert!(self.table.next().is_none(), "every section has been read");
        match self.from.read(&mut [0]) {
            Ok(0) => Ok((self.spec, self.checksum)),
            Ok(_) => Err(damaged("the file has bytes after its end")),
            Err(source) => Err(EmbeddingError::Io { file: self.name, source }),
        }
    }

    /// Advances to the next section and checks that the padding before it is zero.
    fn next(&mut self, part: Part, layer: usize) -> Result<Entry, EmbeddingError> {
        let entry = self.table.next().expect("each section of the dimensions is read once");
        assert_eq!(entry.section, Section { part, layer: layer as u16 }, "sections are read in order");
        self.read((entry.start - self.at) as usize)?;
        if self.buffer.iter().any(|&byte| byte != 0) {
            return Err(damaged("the padding between sections is not zero"));
        }
        Ok(entry)
    }

    /// Reads the next bytes into the buffer.
    fn read(&mut self, bytes: usize) -> Result<(), EmbeddingError> {
        self.buffer.clear();
        fill(&mut self.from, &self.name, &mut self.buffer, bytes)?;
        self.at += bytes as u64;
        if self.buffer.len() == bytes { Ok(()) } else { Err(damaged("the file is truncated")) }
    }
}

/// Reads until `buffer` has `len` bytes or the file ends.
fn fill(from: &mut impl Read, name: &str, buffer: &mut Vec<u8>, len: usize) -> Result<(), EmbeddingError> {
    let more = len - buffer.len();
    buffer.reserve_exact(more);
    match from.take(more as u64).read_to_end(buffer) {
        Ok(_) => Ok(()),
        Err(source) => Err(EmbeddingError::Io { file: name.to_owned(), source }),
    }
}

fn check_section(bytes: &[u8], entry: &Entry) -> Result<(), EmbeddingError> {
    if crc32fast::hash(bytes) == entry.checksum {
        Ok(())
    } else {
        Err(damaged("a section's checksum does not match"))
    }
}

/// Checks the magic and the header's length, the only fields used before the checksum is verified.
fn check_prologue(bytes: &[u8], file: &str) -> Result<usize, EmbeddingError> {
    let shared = bytes.len().min(MAGIC.len());
    if bytes.is_empty() || bytes[..shared] != MAGIC[..shared] {
        return Err(EmbeddingError::Foreign { file: file.to_owned(), expected: NOT_A_MODEL });
    }
    if bytes.len() < PROLOGUE {
        return Err(damaged("the header is truncated"));
    }
    let header_bytes = u32_at(bytes, 12) as usize;
    if !(PROLOGUE..=HEADER_MAX).contains(&header_bytes) {
        return Err(damaged("the header's length is out of range"));
    }
    Ok(header_bytes)
}

/// Assembles a file. `content` is called in the order of [`ModelSpec::sections`].
#[cfg(any(test, feature = "internals"))]
pub(super) fn write(
    spec: &ModelSpec,
    vocabulary: &Vocabulary,
    has_deviation: bool,
    mut content: impl FnMut(Section) -> Result<Vec<u8>, EmbeddingError>,
) -> Result<Vec<u8>, EmbeddingError> {
    spec.check().map_err(unsupported)?;
    let count = spec.sections(has_deviation).count();
    let header_bytes = (FIXED + count * ENTRY).next_multiple_of(ALIGN);
    let mut file = vec![0; header_bytes];
    for (index, (section, expected)) in spec.sections(has_deviation).enumerate() {
        let bytes =
            if section.part == Part::Tokenizer { write_vocabulary(vocabulary) } else { content(section)? };
        if expected.is_some_and(|expected| expected != bytes.len() as u64) {
            return Err(unsupported("a tensor's size does not match the dimensions"));
        }
        file.resize(file.len().next_multiple_of(ALIGN), 0);
        let entry = &mut file[FIXED + index * ENTRY..][..ENTRY];
        entry[..2].copy_from_slice(&(section.part as u16).to_le_bytes());
        entry[2..4].copy_from_slice(&section.layer.to_le_bytes());
        entry[4..8].copy_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        entry[16..24].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        let offset = file.len() as u64;
        file[FIXED + index * ENTRY + 8..][..8].copy_from_slice(&offset.to_le_bytes());
        file.extend_from_slice(&bytes);
    }
    let total = file.len() as u64;
    let pooling = match spec.pooling {
        Pooling::Mean => 1,
        Pooling::First => 2,
    };
    file[..8].copy_from_slice(&MAGIC);
    let words =
        [(8, VERSION), (12, header_bytes as u32), (20, KIND_BERT), (60, spec.layer_norm_eps.to_bits())];
    let sizes = [
        (32, spec.layers),
        (36, spec.hidden),
        (40, spec.heads),
        (44, spec.intermediate),
        (48, spec.word_rows),
        (52, spec.positions),
        (56, spec.max_tokens),
        (72, count),
        (76, usize::from(has_deviation)),
    ];
    let sizes = sizes.map(|(at, value)| (at, value as u32));
    for (at, value) in words.into_iter().chain(sizes).chain([(64, pooling), (68, ACTIVATION_GELU)]) {
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    file[24..32].copy_from_slice(&total.to_le_bytes());
    file[NAME][..spec.name.len()].copy_from_slice(spec.name.as_bytes());
    let checksum = header_checksum(&file[..header_bytes]);
    file[16..20].copy_from_slice(&checksum.to_le_bytes());
    Ok(file)
}

fn header_checksum(header: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&header[..16]);
    hasher.update(&header[20..]);
    hasher.finalize()
}

fn read_spec(header: &[u8]) -> Result<ModelSpec, EmbeddingError> {
    let pooling = match u32_at(header, 64) {
        1 => Pooling::Mean,
        2 => Pooling::First,
        _ => return Err(unsupported("the kind of pooling is unknown")),
    };
    if u32_at(header, 68) != ACTIVATION_GELU {
        return Err(unsupported("the kind of activation is unknown"));
    }
    let name = &header[NAME];
    let (name, padding) = name.split_at(name.iter().position(|&byte| byte == 0).unwrap_or(name.len()));
    if padding.iter().any(|&byte| byte != 0) {
        return Err(damaged("the header's padding is not zero"));
    }
    let size = |at| u32_at(header, at) as usize;
    let spec = ModelSpec {
        name: String::from_utf8(name.to_vec()).map_err(|_| damaged("the name is not UTF-8"))?,
        layers: size(32),
        hidden: size(36),
        heads: size(40),
        intermediate: size(44),
        word_rows: size(48),
        positions: size(52),
        max_tokens: size(56),
        layer_norm_eps: f32::from_bits(u32_at(header, 60)),
        pooling,
    };
    spec.check().map_err(damaged)?;
    Ok(spec)
}

/// Checks the section table of a file of `length` bytes against the dimensions: the same sections in the same order,
/// each at the end of the one before.
fn read_table(
    header: &[u8],
    spec: &ModelSpec,
    has_deviation: bool,
    length: u64,
) -> Result<Vec<Entry>, EmbeddingError> {
    let count = spec.sections(has_deviation).count();
    let table_end = FIXED + count * ENTRY;
    if u32_at(header, 72) as usize != count || header.len() != table_end.next_multiple_of(ALIGN) {
        return Err(damaged("the section table does not match the dimensions"));
    }
    if header[table_end..].iter().any(|&byte| byte != 0) {
        return Err(damaged("the header's padding is not zero"));
    }
    let mut entries = Vec::with_capacity(count);
    let mut end = table_end as u64;
    for (entry, (section, expected)) in
        header[FIXED..table_end].chunks_exact(ENTRY).zip(spec.sections(has_deviation))
    {
        let same = u16_at(entry, 0) == section.part as u16 && u16_at(entry, 2) == section.layer;
        let bytes = u64_at(entry, 16);
        if !same || expected.is_some_and(|expected| expected != bytes) {
            return Err(damaged("a section does not match the dimensions"));
        }
        let start = end.next_multiple_of(ALIGN as u64);
        if u64_at(entry, 8) != start || bytes > length.saturating_sub(start) {
            return Err(damaged("a section is misplaced"));
        }
        end = start + bytes;
        entries.push(Entry { section, start, length: bytes, checksum: u32_at(entry, 4) });
    }
    if end != length {
        return Err(damaged("the sections do not fill the file"));
    }
    Ok(entries)
}

#[cfg(any(test, feature = "internals"))]
fn write_vocabulary(vocabulary: &Vocabulary) -> Vec<u8> {
    let flags =
        [vocabulary.clean_text, vocabulary.split_ideographs, vocabulary.strip_accents, vocabulary.lowercase];
    let flags = flags.into_iter().rev().fold(0, |bits, flag| bits << 1 | u32::from(flag));
    let (text, ends) = vocabulary.tokens.parts();
    let counts = [vocabulary.added.len(), ends.len(), text.len()].map(|count| count as u32);
    let head = [flags, vocabulary.max_word_chars, vocabulary.unknown, vocabulary.first, vocabulary.last];
    let words =
        head.into_iter().chain(counts).chain(vocabulary.added.iter().copied()).chain(ends.iter().copied());
    let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn read_vocabulary(bytes: &[u8]) -> Option<Vocabulary> {
    let (head, rest) = bytes.split_at_checked(32)?;
    let [flags, max_word_chars, unknown, first, last, added, tokens, text] =
        std::array::from_fn(|index| u32_at(head, index * 4));
    let (added, tokens) = (added as usize, tokens as usize);
    if flags > 15 || added > ADDED_MAX || tokens > TOKENS_MAX {
        return None;
    }
    let (numbers, rest) = rest.split_at_checked((added + tokens) * 4)?;
    if rest.len() != text as usize {
        return None;
    }
    let mut numbers = numbers.chunks_exact(4).map(|word| u32_at(word, 0));
    let added = numbers.by_ref().take(added).collect();
    let tokens = Tokens::from_parts(String::from_utf8(rest.to_vec()).ok()?, numbers.collect())?;
    Some(Vocabulary {
        tokens,
        added,
        unknown,
        first,
        last,
        max_word_chars,
        clean_text: flags & 1 != 0,
        split_ideographs: flags & 2 != 0,
        strip_accents: flags & 4 != 0,
        lowercase: flags & 8 != 0,
    })
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

pub(super) fn damaged(what: &str) -> EmbeddingError {
    EmbeddingError::Damaged { what: what.to_owned() }
}

pub(super) fn unsupported(what: &str) -> EmbeddingError {
    EmbeddingError::Unsupported { what: what.to_owned() }
}
