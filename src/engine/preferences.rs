//! The person's control over their preferences.

use std::cell::OnceCell;

use crate::document::{Document, is_blank, own_text};
use crate::edit::changed_words;
use crate::engine::Engine;
use crate::engine::state::{COUNTERS, State};
use crate::error::{Error, InputError, Result, StoreError};
use crate::language::Language;
use crate::learning::{Check, Contribution, Entry, Explanation, Inferred, Override, Stated};
use crate::store::{Batch, Table};
use crate::types::Signal;
use crate::types::{Preference, PreferenceId};
use crate::types::{RecordId, Scope, Timestamp};

/// The preferences of an engine: list, add, correct, pin, switch off, delete, explain.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let preferences = engine.preferences();
/// let id = preferences.add("signs with Sam", &Scope::app("mail"))?;
/// preferences.correct(id, "signs with Sam and the date")?;
/// preferences.pin(id, true)?;
/// assert!(preferences.list()?.iter().any(|preference| preference.id == id && preference.pinned));
/// preferences.set_active(id, false)?;
/// preferences.delete(id)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Preferences<'a> {
    pub(super) engine: &'a Engine,
}

impl std::fmt::Debug for Preferences<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preferences").finish_non_exhaustive()
    }
}

impl Engine {
    /// The preferences.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let id = engine.preferences().add("signs with Sam", &Scope::app("mail"))?;
    /// assert_eq!(engine.preferences().get(id)?.origin, Origin::Stated);
    /// # Ok(())
    /// # }
    /// ```
    pub fn preferences(&self) -> Preferences<'_> {
        Preferences { engine: self }
    }
}

/// Maximum length of a preference in words, in bytes.
const TEXT_MAX: usize = 2_000;

/// Ids of learned preferences have this bit set.
pub(super) const LEARNED_BIT: u64 = 1 << 63;

impl Preferences<'_> {
    /// All preferences in order of authority and strength, each at the widest scope where it holds, including those
    /// that are switched off. A preference that holds only in some kinds of context is listed, with its
    /// [`contexts`](Preference::contexts), if the newest contexts include some of these kinds. A learned preference
    /// is worded in the language of its scope's locale. If the scope has no locale, it is worded in the language of
    /// the texts within the scope if all of them have a locale and share one language, and otherwise in the default
    /// language.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    pub fn list(&self) -> Result<Vec<Preference>> {
        let inner = &*self.engine.inner;
        Ok(inner.state()?.list(inner.clock.now()))
    }

    /// One preference, including a learned one whose confidence is too low for it to be listed.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, id: PreferenceId) -> Result<Preference> {
        let inner = &*self.engine.inner;
        inner.state()?.preference(id, inner.clock.now()).ok_or_else(|| unknown(id))
    }

    /// Adds a preference in the person's words.
    ///
    /// # Errors
    /// `EmptyText`, `TextTooLong` (over 2,000 bytes).
    pub fn add(&self, text: &str, scope: &Scope) -> Result<PreferenceId> {
        let inner = &*self.engine.inner;
        scope.validate()?;
        let text = checked(text)?;
        let _writing = inner.writing()?;
        let mut counters = inner.state()?.counters;
        let id = PreferenceId(counters.entry);
        counters.entry += 1;
        let entry = Entry::Stated(Stated {
            text,
            scope: scope.clone(),
            at: inner.clock.now(),
            pinned: false,
            active: true,
            sources: Vec::new(),
        });
        let mut batch = Batch::new();
        batch.put(Table::Entries, id.0, &entry)?;
        batch.put_meta(COUNTERS, &counters)?;
        inner.store()?.commit(&batch)?;
        let mut state = inner.state.write();
        state.counters = counters;
        state.set_entry(id, Some(entry));
        Ok(id)
    }

    /// Replaces the wording of a preference by the person's own. A preference that a host model inferred then counts
    /// as the person's.
    ///
    /// # Errors
    /// `NotFound`, and those of [`add`](Self::add).
    pub fn correct(&self, id: PreferenceId, text: &str) -> Result<()> {
        let text = checked(text)?;
        self.change(id, |entry| match entry {
            Entry::Override(over) => over.corrected = Some(text),
            Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => {
                let words = Stated { text, sources: Vec::new(), ..words.clone() };
                *entry = Entry::Stated(words);
            }
        })
    }

    /// Pins or unpins. A pinned preference stays listed and is applied until it is unpinned or deleted, with the
    /// sentence that it had when it was pinned: whatever is observed later, however long ago its evidence is, and
    /// whatever the gate decides. What is learned against it is neither listed nor applied where it holds;
    /// [`conflicts`](Self::conflicts) reports it. The sentence stays, as the person's own word, when the records that
    /// it was learned from are forgotten; [`Forget::containing`](crate::Forget::containing) removes it if it contains
    /// the text.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn pin(&self, id: PreferenceId, pinned: bool) -> Result<()> {
        self.change(id, |entry| match entry {
            Entry::Override(over) => over.pinned = pinned,
            Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => words.pinned = pinned,
        })
    }

    /// Switches on or off. A preference that is off is kept and continues to be learned, but is not applied. It stays
    /// off, although nothing speaks for it any more and it is learned again later, until it is switched on. It is
    /// listed all the while; once the last record with its evidence is forgotten, one about a word or phrase of the
    /// person's is listed only when it is learned again, since until then nothing is kept of the word but a hash.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_active(&self, id: PreferenceId, active: bool) -> Result<()> {
        self.change(id, |entry| match entry {
            Entry::Override(over) => over.active = active,
            Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => words.active = active,
        })
    }

    /// Deletes. For a learned preference, the evidence so far no longer counts; it can be learned again from later
    /// evidence.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete(&self, id: PreferenceId) -> Result<()> {
        let inner = &*self.engine.inner;
        if id.0 & LEARNED_BIT == 0 {
            let _writing = inner.writing()?;
            if inner.state()?.ledger.get(id).is_none() {
                return Err(unknown(id));
            }
            let mut batch = Batch::new();
            batch.delete(Table::Entries, id.0);
            inner.store_mut()?.rewrite(&batch)?;
            inner.state.write().set_entry(id, None);
            return Ok(());
        }
        let last = RecordId(inner.state()?.counters.record - 1);
        let now = inner.clock.now();
        self.replace(id, |entry| {
            if let Entry::Override(over) = entry {
                over.delete(last, now);
            }
        })
    }

    /// Explains a preference: its numbers, the contribution of each record for and against it, and, for each edit
    /// among the records, the words that the person changed, computed from the record's draft and final text. The
    /// numbers are those of the preference's own scope; a request additionally takes near contexts into account.
    ///
    /// Takes as long as reading and comparing the texts of all these edits. If there may be thousands and only a few
    /// are shown, [`explain_strongest`](Self::explain_strongest) is faster.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn explain(&self, id: PreferenceId) -> Result<Explanation> {
        self.explain_strongest(id, usize::MAX)
    }

    /// As [`explain`](Self::explain), with the words of the strongest `edits` edits only; with 0, numbers and notes
    /// without words.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn explain_strongest(&self, id: PreferenceId, edits: usize) -> Result<Explanation> {
        let inner = &*self.engine.inner;
        let mut explanation = {
            let state = inner.state()?;
            state.explanation(id, inner.clock.now()).ok_or_else(|| unknown(id))?
        };
        let mut left = edits;
        for contribution in &mut explanation.contributions {
            if left == 0 {
                break;
            }
            match inner.record(contribution.record).map(|record| (record.signal, record.scope.locale)) {
                Ok((Signal::Edit { draft, edited }, locale)) => {
                    let locale = locale.as_deref();
                    let (draft, edited) = (own_text(&draft), own_text(&edited));
                    let (draft, edited) = (Document::read(&draft, locale), Document::read(&edited, locale));
                    contribution.words = changed_words(&draft, &edited, explanation.preference.key.as_ref());
                    left -= 1;
                }
                // Feedback other than an edit, or damaged, or forgotten in the meantime.
                Ok(_)
                | Err(Error::Input(InputError::NotFound { .. }) | Error::Store(StoreError::Damaged { .. })) =>
                    {}
                Err(error) => return Err(error),
            }
        }
        Ok(explanation)
    }

    /// Changes the entry of a preference; creates one for a learned preference without an entry.
    ///
    /// # Errors
    /// `StoreDamaged` if the entry cannot be read: what the person set is not overwritten.
    fn change(self, id: PreferenceId, change: impl FnOnce(&mut Entry)) -> Result<()> {
        if self.engine.inner.state()?.damaged.contains(&id) {
            let what = "what the person said of this preference; delete it to begin anew";
            return Err(StoreError::Damaged { what }.into());
        }
        self.replace(id, change)
    }

    /// The same, but replaces an entry that cannot be read.
    fn replace(self, id: PreferenceId, change: impl FnOnce(&mut Entry)) -> Result<()> {
        let inner = &*self.engine.inner;
        let _writing = inner.writing()?;
        let now = inner.clock.now();
        let entry = {
            let state = inner.state()?;
            let learned = OnceCell::new();
            let learned = || learned.get_or_init(|| state.learned(id, now)).as_ref();
            let mut entry = match state.ledger.get(id) {
                Some(entry) => entry.clone(),
                None => Entry::Override(
                    learned().and_then(|it| fresh_override(it, now)).ok_or_else(|| unknown(id))?,
                ),
            };
            change(&mut entry);
            if let Entry::Override(over) = &mut entry {
                over.at = now;
                let learned = over.needs_words().then(learned).flatten();
                over.keep_words(learned);
            }
            entry
        };
        let mut batch = Batch::new();
        batch.put(Table::Entries, id.0, &entry)?;
        inner.store()?.commit(&batch)?;
        inner.state.write().set_entry(id, Some(entry));
        Ok(())
    }
}

impl State {
    /// A preference with the person's changes applied.
    fn preference(&self, id: PreferenceId, now: Timestamp) -> Option<Preference> {
        if let Some(preference) = self.ledger.preference(id) {
            return Some(preference);
        }
        let composed = self.ledger.compose(None, self.learned(id, now).into_iter().collect(), &[]);
        composed.into_iter().find(|preference| preference.id == id)
    }

    /// A preference as it is learned, whatever the person said of it.
    pub(super) fn learned(&self, id: PreferenceId, now: Timestamp) -> Option<Preference> {
        let explained = self.learner.explain(id, now)?.preference;
        // Where it holds only in some kinds of context, its numbers are those of the contexts.
        Some(self.listed(id, now).unwrap_or(explained))
    }

    /// The explanation of a preference without the changed words.
    fn explanation(&self, id: PreferenceId, now: Timestamp) -> Option<Explanation> {
        let preference = self.preference(id, now)?;
        if let Some(explanation) = self.learner.explain(id, now) {
            return Some(Explanation { preference, ..explanation });
        }
        let locale = self.learner.locale_within(&preference.scope);
        let contribution = |record, change, note: &str| Contribution {
            record,
            change,
            weight: 1.0,
            note: Language::of_statements(locale).line("host-model", note).to_owned(),
            words: Vec::new(),
        };
        let entry = self.ledger.get(id);
        let sources = entry.and_then(Entry::words).map(|words| words.sources.as_slice()).unwrap_or_default();
        let inferred = |record: &RecordId| contribution(*record, 0.0, "inferred");
        let checks = match entry {
            Some(Entry::Inferred(inferred)) => inferred.checks.as_slice(),
            _ => &[],
        };
        let checked = |check: &Check| {
            let (change, note) = if check.follows { (1.0, "followed") } else { (-1.0, "contrary") };
            contribution(check.record, change, note)
        };
        let contributions = sources.iter().map(inferred).chain(checks.iter().map(checked)).collect();
        Some(Explanation { preference, contributions, mean: 0.0, error: 0.0, since: None })
    }
}

fn fresh_override(learned: &Preference, now: Timestamp) -> Option<Override> {
    Some(Override::new(learned.applied()?, learned.scope.clone(), now))
}

fn checked(text: &str) -> Result<String> {
    let text = text.trim();
    if is_blank(text) {
        return Err(InputError::EmptyText { what: "preference" }.into());
    }
    if text.len() > TEXT_MAX {
        return Err(InputError::TextTooLong { what: "preference", bytes: text.len(), limit: TEXT_MAX }.into());
    }
    Ok(text.to_owned())
}

fn unknown(id: PreferenceId) -> Error {
    InputError::NotFound { what: "preference", id: id.0 }.into()
}
