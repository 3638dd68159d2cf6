//! Text to token ids with the folder's `tokenizer.json`, truncated to the encoder's length.
//!
//! Invariant: returns at least one token and never more than the limit; if the text has spaces, the work is bounded by
//! the limit and not by the length of the text.

use tokenizers::{Encoding, PostProcessor, Tokenizer, TruncationDirection};

use crate::error::EmbeddingError;

/// Bytes of a long text to tokenize first, per token of the limit.
const BYTES_PER_TOKEN: usize = 32;

/// The tokens of one text.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) ids: Vec<u32>,
    pub(super) types: Vec<u32>,
    pub(super) truncated: bool,
}

/// A tokenizer and the encoder's limit.
pub(super) struct TextTokenizer {
    tokenizer: Tokenizer,
    /// Maximum tokens of the text, special tokens excluded.
    room: usize,
    /// The token for an empty text if the tokenizer adds no special tokens.
    filler: u32,
}

impl TextTokenizer {
    pub(super) fn from_bytes(bytes: &[u8], max_tokens: usize) -> Result<Self, EmbeddingError> {
        let foreign =
            || EmbeddingError::Foreign { file: "tokenizer.json".to_owned(), expected: "a tokenizer" };
        let parse = || Tokenizer::from_bytes(bytes).map_err(|_| foreign());
        let mut tokenizer =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(parse)).map_err(|_| foreign())??;
        let filler = tokenizer.get_padding().map_or(0, |padding| padding.pad_id);
        // The file's truncation and padding settings are for the publisher's batches.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|_| foreign())?;
        let special = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        let room = max_tokens.checked_sub(special).filter(|room| *room > 0).ok_or_else(|| {
            EmbeddingError::Unsupported { what: "a length that leaves no room for text".to_owned() }
        })?;
        Ok(Self { tokenizer, room, filler })
    }

    /// The tokens of `text`, special ones included.
    pub(super) fn encode(&self, text: &str) -> Result<Tokens, EmbeddingError> {
        let failed = || EmbeddingError::Failed { what: "the tokenizer failed on the text".to_owned() };
        let encode = || self.encode_uncaught(text);
        let encoding = std::panic::catch_unwind(std::panic::AssertUnwindSafe(encode))
            .map_err(|_| failed())?
            .map_err(|_| failed())?;
        let (encoding, truncated) = encoding;
        let mut ids = encoding.get_ids().to_vec();
        let mut types = encoding.get_type_ids().to_vec();
        if ids.is_empty() {
            ids.push(self.filler);
            types.push(0);
        }
        types.resize(ids.len(), 0);
        Ok(Tokens { ids, types, truncated })
    }

    fn encode_uncaught(&self, text: &str) -> tokenizers::Result<(Encoding, bool)> {
        let mut encoding = self.encode_prefix(text)?;
        let truncated = encoding.len() > self.room;
        if truncated {
            encoding.truncate(self.room, 0, TruncationDirection::Right);
            encoding.take_overflowing();
        }
        Ok((self.tokenizer.post_process(encoding, None, true)?, truncated))
    }

    /// Tokenizes a prefix that ends before a space and has more than `room` tokens, or else the whole text. No token of
    /// a tokenizer that splits at spaces crosses that end.
    fn encode_prefix(&self, text: &str) -> tokenizers::Result<Encoding> {
        let mut bytes = self.room.saturating_mul(BYTES_PER_TOKEN);
        while bytes < text.len() {
            let end = text.floor_char_boundary(bytes);
            if let Some(cut) = word_end(&text[..end]) {
                let encoding = self.tokenizer.encode_fast(&text[..cut], false)?;
                if encoding.len() > self.room {
                    return Ok(encoding);
                }
            }
            bytes = bytes.saturating_mul(4);
        }
        self.tokenizer.encode_fast(text, false)
    }
}

/// The end of the last word that is followed by a space.
fn word_end(text: &str) -> Option<usize> {
    let (space, _) = text.char_indices().rev().find(|(_, c)| c.is_whitespace())?;
    let cut = text[..space].trim_end().len();
    (cut > 0).then_some(cut)
}
