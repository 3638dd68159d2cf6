//! Hashes of values, and the lines printed for them.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use super::Failure;

/// The values of one unit.
pub(crate) struct Fields {
    hash: u64,
    shown: Option<String>,
}

impl Fields {
    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn show(&mut self, name: &str, value: &dyn Display) {
        if let Some(shown) = &mut self.shown {
            // Writing to a string does not fail.
            let _ = write!(shown, "\n    {name} {value}");
        }
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.update(&value.to_le_bytes());
        self.show(name, &value);
    }

    pub(crate) fn yes(&mut self, name: &str, value: bool) {
        self.number(name, u64::from(value));
    }

    pub(crate) fn float(&mut self, name: &str, value: f32) {
        self.update(&value.to_bits().to_le_bytes());
        self.show(name, &format_args!("{value:?} ({:08x})", value.to_bits()));
    }

    pub(crate) fn maybe(&mut self, name: &str, value: Option<f32>) {
        self.update(&[u8::from(value.is_some())]);
        match value {
            Some(value) => self.float(name, value),
            None => self.show(name, &"none"),
        }
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.update(&(value.len() as u64).to_le_bytes());
        self.update(value.as_bytes());
        self.show(name, &format_args!("{value:?}"));
    }
}

/// The hashes of one set, by block and `what`.
type Blocks = BTreeMap<(usize, &'static str), u64>;

/// The results so far.
pub(crate) struct Report {
    only: Option<(String, Option<usize>)>,
    show: bool,
    sets: BTreeMap<String, Blocks>,
}

impl Report {
    pub(crate) fn new(only: Option<&str>, show: bool) -> Self {
        let parsed = |only: &str| match only.rsplit_once(':') {
            Some((set, block)) => (set.to_owned(), block.parse().ok()),
            None => (only.to_owned(), None),
        };
        Self { only: only.map(parsed), show, sets: BTreeMap::new() }
    }

    pub(crate) fn wants(&self, set: &str) -> bool {
        self.only.as_ref().is_none_or(|(only, _)| only == set)
    }

    /// Adds one unit: `fill` adds its values, and is not called for units outside `--only`.
    pub(crate) fn unit(
        &mut self,
        set: &str,
        index: usize,
        block: usize,
        what: &'static str,
        fill: impl FnOnce(&mut Fields),
    ) {
        let filled = self.try_unit(set, index, block, what, |fields| {
            fill(fields);
            Ok(())
        });
        debug_assert!(filled.is_ok(), "nothing failed");
    }

    pub(crate) fn try_unit(
        &mut self,
        set: &str,
        index: usize,
        block: usize,
        what: &'static str,
        fill: impl FnOnce(&mut Fields) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.wants(set)
            || self.only.as_ref().is_some_and(|(_, only)| only.is_some_and(|only| only != block))
        {
            return Ok(());
        }
        let shown = self.show.then(String::new);
        let mut fields = Fields { hash: 0xcbf2_9ce4_8422_2325, shown };
        fill(&mut fields)?;
        if self.only.is_some() {
            println!("{set}:{block} {index} {what} {:016x}{}", fields.hash, fields.shown.unwrap_or_default());
        } else {
            let blocks = self.sets.entry(set.to_owned()).or_default();
            let hash = blocks.entry((block, what)).or_default();
            *hash = hash.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ fields.hash;
        }
        Ok(())
    }

    /// Prints a complete set: its blocks, then the combined hash of each kind.
    pub(crate) fn print(&mut self, set: &str) {
        let Some(blocks) = self.sets.remove(set) else { return };
        let mut whole: BTreeMap<&str, u64> = BTreeMap::new();
        for ((block, what), hash) in &blocks {
            println!("{set} {block} {what} {hash:016x}");
            let whole = whole.entry(what).or_default();
            *whole = whole.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash;
        }
        for (what, hash) in whole {
            println!("{set} all {what} {hash:016x}");
        }
    }
}
