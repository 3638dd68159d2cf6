//! The command line.
//!
//! Invariant: an unknown argument ends the program with an error.

use std::path::PathBuf;

/// The parsed command line.
#[derive(Debug, Default, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Args {
    /// The user's file of lines; the built-in stream if absent.
    pub(crate) lines: Option<PathBuf>,
    /// The store's folder.
    pub(crate) store: Option<PathBuf>,
    /// The model file.
    pub(crate) model: Option<PathBuf>,
    /// Words to search for at the end.
    pub(crate) search: Option<String>,
    /// Keep a store whose stream is complete, instead of starting over.
    pub(crate) keep: bool,
    /// Erase the store and start over.
    pub(crate) fresh: bool,
    /// Use hashed words instead of an encoder.
    pub(crate) hash_vectors: bool,
    /// File for acknowledged records, for the crash test.
    pub(crate) acks: Option<PathBuf>,
    /// Print the usage.
    pub(crate) help: bool,
}

pub(crate) const USAGE: &str = "\
usage: quickstart [LINES.jsonl] [options]

  LINES.jsonl      your own edits, one JSON object per line:
                   {\"context\",\"draft\",\"final\",\"scope\"?,\"at\"?}
  --store FOLDER   folder of the store
  --model FILE     the encoder's model file (.idm)
  --search WORDS   words to search for at the end
  --keep           keep a complete store: replay nothing, forget nothing
  --fresh          erase the store and start over
  --hash-vectors   hashed words instead of an encoder; they capture no meaning
  --acks FILE      append a line for every acknowledged record";

impl Args {
    /// Parses arguments, the program's name excluded.
    ///
    /// # Errors
    /// A message for the user.
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
                _ if parsed.lines.is_some() => return Err("there is more than one LINES file".to_owned()),
                _ => parsed.lines = Some(PathBuf::from(arg)),
            }
        }
        if parsed.keep && parsed.fresh {
            return Err("--keep and --fresh exclude each other".to_owned());
        }
        Ok(parsed)
    }
}
