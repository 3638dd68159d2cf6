//! The command line.
//!
//! Invariant: an argument that is not understood ends the program with what would be understood.

use std::path::PathBuf;

/// What is asked for on the command line.
#[derive(Debug, Default, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Args {
    /// The user's own lines; the built-in stream without.
    pub(crate) lines: Option<PathBuf>,
    /// The store's folder.
    pub(crate) store: Option<PathBuf>,
    /// The model file.
    pub(crate) model: Option<PathBuf>,
    /// What to search for at the end.
    pub(crate) search: Option<String>,
    /// Keeps a store whose stream is complete, instead of starting anew.
    pub(crate) keep: bool,
    /// Starts anew whatever the folder holds.
    pub(crate) fresh: bool,
    /// Hashed words in the place of an encoder.
    pub(crate) hash_vectors: bool,
    /// Where to write what was acknowledged, for the crash test.
    pub(crate) acks: Option<PathBuf>,
    /// Only the usage.
    pub(crate) help: bool,
}

pub(crate) const USAGE: &str = "\
usage: quickstart [LINES.jsonl] [options]

  LINES.jsonl      your own edits, one JSON object a line:
                   {\"context\",\"draft\",\"final\",\"scope\"?,\"at\"?}
  --store FOLDER   where the store is kept
  --model FILE     the encoder's model file (.idm)
  --search WORDS   what to search for at the end
  --keep           keep a finished store: replay nothing, forget nothing
  --fresh          erase what the folder holds and start anew
  --hash-vectors   no encoder: hashed words, which know nothing of meaning
  --acks FILE      append a line for every acknowledged record";

impl Args {
    /// Parses arguments, the program's name excluded.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn parse(args: impl Iterator<Item = std::ffi::OsString>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut value = || args.next().map(PathBuf::from).ok_or("the last option lacks its value");
            match arg.to_str() {
                Some("--store") => parsed.store = Some(value()?),
                Some("--model") => parsed.model = Some(value()?),
                Some("--acks") => parsed.acks = Some(value()?),
                Some("--search") => parsed.search = Some(value()?.to_string_lossy().into_owned()),
                Some("--keep") => parsed.keep = true,
                Some("--fresh") => parsed.fresh = true,
                Some("--hash-vectors") => parsed.hash_vectors = true,
                Some("--help" | "-h") => parsed.help = true,
                Some(option) if option.starts_with('-') => {
                    return Err(format!("there is no option {option}"));
                }
                _ if parsed.lines.is_some() => return Err("more than one file of lines was given".to_owned()),
                _ => parsed.lines = Some(PathBuf::from(arg)),
            }
        }
        if parsed.keep && parsed.fresh {
            return Err("--keep and --fresh exclude each other".to_owned());
        }
        Ok(parsed)
    }
}
