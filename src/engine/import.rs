//! Adds texts the person wrote to the history: one at a time, or many at once, embedded on all cores and committed in
//! batches.
//!
//! Invariant: an import has the same result as adding its items one by one, in their order; at most one item has a
//! given app key. Keys are compared in full: the hashes in memory only narrow down the candidates.

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism};
use std::time::Duration;

use parking_lot::{Mutex, RwLockWriteGuard};

use crate::engine::app_keys::AppKey;
use crate::engine::derived::Derived;
use crate::engine::observation::{HistoryItem, Incoming};
use crate::engine::observe::{check_tags, embeddables};
use crate::engine::state::{COUNTERS, Counters, State, broken, key_text, unless_damaged};
use crate::engine::texts::{OwnParts, Texts};
use crate::engine::{Embedded, Engine, Inner, THREAD_NAME, unit_length};
use crate::error::{EmbeddingError, Error, IndexError, InputError, Result};
use crate::store::{Batch, Store, Table};
use crate::types::{CancelToken, Progress, Record, RecordId};

/// The result of an import.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// Number of new items.
    pub added: usize,
    /// Number of items that replaced one with the same app key and different content.
    pub replaced: usize,
    /// Number of items that were already there, with the same app key and the same content.
    pub unchanged: usize,
    /// Number of items that were not accepted.
    pub rejected: usize,
    /// The position in the import, from 0, and the error of the first [`REJECTIONS_MAX`](Self::REJECTIONS_MAX)
    /// rejected items.
    pub rejections: Vec<(usize, Error)>,
}

impl Imported {
    /// The maximum number of rejections that are kept with their error.
    pub const REJECTIONS_MAX: usize = 1_000;

    /// Counts an item as rejected.
    ///
    /// # Errors
    /// The error itself if it was not caused by the item.
    fn reject(&mut self, index: usize, error: Error) -> Result<()> {
        let of_item = matches!(
            error,
            Error::Input(_)
                | Error::Embedding(EmbeddingError::VectorRequired { .. } | EmbeddingError::Failed { .. })
                | Error::Index(IndexError::InvalidVector { .. })
        );
        if !of_item {
            return Err(error);
        }
        self.rejected += 1;
        if self.rejections.len() < Self::REJECTIONS_MAX {
            self.rejections.push((index, error));
        }
        Ok(())
    }
}

/// What the store holds for an incoming item.
enum Standing {
    New,
    /// The same item.
    Same(RecordId),
    /// A different item under the same app key.
    Other(RecordId),
}

/// What was done with an item.
enum Kept {
    Added(RecordId),
    Replaced(RecordId),
    Unchanged(RecordId),
}

/// Maximum length of an app key, in bytes.
const APP_KEY_MAX: usize = 256;

/// A batch is committed when it has so many items, or so many bytes of text.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 4 << 20;

/// Items that a thread embeds at a time, and the maximum number of threads.
const SHARE: usize = 4;
const THREADS_MAX: usize = 64;

/// Items added to the state before the lock is released for a moment.
const HELD: usize = 16;

impl Engine {
    /// Adds many texts the person wrote. The result is the same as calling [`add_history`](Self::add_history) for
    /// each, but the texts are embedded on all cores and written in batches of about a hundred. `progress` is called
    /// after each batch and may call any verb; its total is the iterator's size, or 0 if its
    /// [`size_hint`](Iterator::size_hint) is not exact.
    ///
    /// An item that cannot be accepted (an empty text, say) is counted as rejected, and the import continues. If the
    /// import ends early, everything reported as done is kept. When the same items are imported again, those with an
    /// [`app_key`](HistoryItem::app_key) are skipped, and those without are added a second time.
    ///
    /// # Errors
    /// `Cancelled`, and errors of the store and the encoder.
    pub fn import_history(
        &self,
        items: impl IntoIterator<Item = HistoryItem>,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Imported> {
        let items = items.into_iter();
        let total = match items.size_hint() {
            (least, Some(most)) if least == most => most,
            _ => 0,
        };
        let mut items = items.peekable();
        let mut imported = Imported::default();
        let mut done = 0;
        loop {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let batch = next_batch(&mut items);
            if batch.is_empty() {
                return Ok(imported);
            }
            let count = batch.len();
            self.inner.import(done, batch, &mut imported, cancel)?;
            self.background.wake(&self.inner);
            done += count;
            progress(Progress { done, total });
        }
    }
}

/// The next batch of items; no two of them have the same app key.
fn next_batch(items: &mut std::iter::Peekable<impl Iterator<Item = HistoryItem>>) -> Vec<HistoryItem> {
    let (mut batch, mut keys, mut bytes) = (Vec::new(), HashSet::new(), 0);
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let mut is_other =
            |item: &HistoryItem| item.key_of_app().is_none_or(|key| keys.insert(key.to_owned()));
        let Some(item) = items.next_if(|item| is_other(item)) else { break };
        bytes += item.bytes();
        batch.push(item);
    }
    batch
}

impl Inner {
    /// Adds one item; returns its id, or that of the existing item with the same key and content.
    pub(super) fn add(&self, item: HistoryItem) -> Result<RecordId> {
        let item = self.prepare(item)?;
        if let Standing::Same(id) = self.standing(&*self.store()?, &item)? {
            return Ok(id);
        }
        let derived = self.derive(&item.record)?;
        match self.keep(vec![(item, derived)])?.first() {
            Some(Kept::Added(id) | Kept::Replaced(id) | Kept::Unchanged(id)) => Ok(*id),
            None => Err(broken("what was kept has an id")),
        }
    }

    /// Adds a batch; `first` is the position of its first item in the import.
    fn import(
        &self,
        first: usize,
        batch: Vec<HistoryItem>,
        imported: &mut Imported,
        cancel: &CancelToken,
    ) -> Result<()> {
        let mut items = Vec::with_capacity(batch.len());
        for (index, item) in (first..).zip(batch) {
            match self.prepare(item) {
                Ok(item) if matches!(self.standing(&*self.store()?, &item)?, Standing::Same(_)) => {
                    imported.unchanged += 1;
                }
                Ok(item) => items.push((index, item)),
                Err(error) => imported.reject(index, error)?,
            }
        }
        let derived = self.derive_all(&items, cancel)?;
        let mut ready = Vec::with_capacity(items.len());
        for ((index, item), derived) in items.into_iter().zip(derived) {
            match derived {
                Ok(derived) => ready.push((item, derived)),
                Err(error) => imported.reject(index, error)?,
            }
        }
        for kept in self.keep(ready)? {
            match kept {
                Kept::Added(_) => imported.added += 1,
                Kept::Replaced(_) => imported.replaced += 1,
                Kept::Unchanged(_) => imported.unchanged += 1,
            }
        }
        Ok(())
    }

    /// Validates an item.
    fn prepare(&self, item: HistoryItem) -> Result<Incoming> {
        drop(self.store()?);
        let mut item = item.incoming();
        item.record.at = item.at.unwrap_or_else(|| self.clock.now());
        self.check_record(&item.record)?;
        check_tags("tag", "number of tags", &item.tags)?;
        item.tags.sort_unstable();
        item.tags.dedup();
        if let Some(key) = &item.app_key {
            let what = "app key";
            if key.is_empty() {
                return Err(InputError::EmptyText { what }.into());
            }
            if key.len() > APP_KEY_MAX {
                return Err(InputError::TextTooLong { what, bytes: key.len(), limit: APP_KEY_MAX }.into());
            }
        }
        // A supplied vector is stored in unit length. Without one, the encoder can recompute the vector.
        if let Some(vector) = &item.record.supplied {
            let (what, text) = key_text(&item.record);
            item.vector = Some(self.embed(what, text, Some(vector))?.quantized()?.to_f32());
        }
        Ok(item)
    }

    fn standing(&self, store: &Store, item: &Incoming) -> Result<Standing> {
        let Some(key) = &item.app_key else { return Ok(Standing::New) };
        let candidates = self.state.read().app_keys.candidates(key);
        for id in candidates {
            let of_candidate = unless_damaged(store.get::<AppKey>(Table::AppKeys, id.0))?.flatten();
            if of_candidate.is_none_or(|candidate| candidate.key != *key) {
                continue;
            }
            let old = unless_damaged(store.get::<Record>(Table::Records, id.0))?.flatten();
            let same =
                old.is_some_and(|old| item.is(&old)) && self.state.read().catalogue.tags(id) == item.tags;
            return Ok(if same { Standing::Same(id) } else { Standing::Other(id) });
        }
        Ok(Standing::New)
    }

    /// Derives the data of the items, in their order, on all cores.
    fn derive_all(&self, items: &[(usize, Incoming)], cancel: &CancelToken) -> Result<Vec<Result<Derived>>> {
        let shares = items.len().div_ceil(SHARE);
        let threads = available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(shares);
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Vec<Result<Derived>>)>> = Mutex::default();
        let work = || loop {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = items.chunks(SHARE).nth(share) else { return Ok::<(), Error>(()) };
            let derived = self.derive_some(items, cancel)?;
            done.lock().push((share, derived));
        };
        std::thread::scope(|scope| {
            // By this name the host can recognize that the message of a panic should not be printed.
            let spawn = |_| Builder::new().name(THREAD_NAME.to_owned()).spawn_scoped(scope, work).ok();
            let others: Vec<_> = (1..threads).filter_map(spawn).collect();
            let mut result = work();
            for other in others {
                result = result.and(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            result
        })?;
        let mut done = done.into_inner();
        done.sort_unstable_by_key(|(share, _)| *share);
        Ok(done.into_iter().flat_map(|(_, derived)| derived).collect())
    }

    /// The same on the current thread, with one call of the encoder.
    fn derive_some(&self, items: &[(usize, Incoming)], cancel: &CancelToken) -> Result<Vec<Result<Derived>>> {
        let own: Vec<OwnParts<'_>> =
            items.iter().map(|(_, item)| OwnParts::of(&item.record.signal)).collect();
        let read: Vec<Texts<'_>> =
            items.iter().zip(&own).map(|((_, item), own)| Texts::of(&item.record, own)).collect();
        let parts: Vec<_> =
            items.iter().zip(&read).map(|((_, item), read)| embeddables(&item.record, &read.key)).collect();
        let unsupplied = parts.iter().flatten().filter(|part| part.supplied.is_none());
        let texts: Vec<&str> = unsupplied.map(|part| part.text.as_ref()).collect();
        let embeddings = match self.encoder.embed_batch(&texts, cancel) {
            Ok(embeddings) if embeddings.len() == texts.len() => embeddings,
            Err(EmbeddingError::Cancelled) => return Err(Error::Cancelled),
            // Embedding them one by one shows which item causes the error.
            _ => {
                let derive = |(_, item): &(usize, Incoming)| self.derive(&item.record);
                return Ok(items.iter().map(derive).collect());
            }
        };
        let mut embeddings = embeddings.into_iter();
        let mut derived = Vec::with_capacity(items.len());
        for (((_, item), parts), read) in items.iter().zip(&parts).zip(&read) {
            let embedded: Vec<Result<Embedded>> = parts
                .iter()
                .map(|part| {
                    if part.supplied.is_some() {
                        return self.embed(part.what, "", part.supplied);
                    }
                    let embedding = embeddings.next().ok_or(broken("a text has its vector"))?;
                    let vector = unit_length(embedding.vector, self.encoder.dimensions())?;
                    Ok(Embedded { vector, truncated: embedding.truncated, took: Duration::ZERO })
                })
                .collect();
            let embedded = embedded.into_iter().collect::<Result<Vec<_>>>();
            let derive = |embedded: Vec<_>| {
                let vectors = self.vectors_from(&item.record, &embedded)?;
                let evidence = self.evidence_of(&item.record, read);
                Ok(Derived { vectors, evidence, words: read.words(&item.record) })
            };
            derived.push(embedded.and_then(derive));
        }
        Ok(derived)
    }

    /// Writes items in one commit and adds them to the state.
    fn keep(&self, items: Vec<(Incoming, Derived)>) -> Result<Vec<Kept>> {
        let _writing = self.writing()?;
        let store = self.store()?;
        let (counters, tables, learns) = {
            let state = self.state.read();
            (state.counters, state.evidence_tables().collect::<Vec<_>>(), state.untaught.is_on())
        };
        let mut next = counters.record;
        let mut batch = Batch::new();
        let (mut kept, mut new, mut gone) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
        for (mut item, mut derived) in items {
            // The item may have been added in the meantime.
            let standing = self.standing(&store, &item)?;
            if let Standing::Same(id) = standing {
                kept.push(Kept::Unchanged(id));
                continue;
            }
            let id = RecordId(next);
            next += 1;
            item.record.supplied = item.vector.take();
            if !learns {
                derived.teach_nothing();
            }
            batch.put(Table::Records, id.0, &item.record)?;
            derived.put(&mut batch, id, tables.iter().copied())?;
            if !item.tags.is_empty() {
                batch.put(Table::Tags, id.0, &item.tags)?;
            }
            if let Some(key) = &item.app_key {
                batch.put(Table::AppKeys, id.0, &AppKey { key: key.clone() })?;
            }
            kept.push(match standing {
                Standing::Other(old) => {
                    gone.push(old);
                    Kept::Replaced(id)
                }
                _ => Kept::Added(id),
            });
            new.push((id, item, derived));
        }
        if new.is_empty() {
            return Ok(kept);
        }
        let counters = Counters { record: next, ..counters };
        batch.put_meta(COUNTERS, &counters)?;
        let replaced = if gone.is_empty() {
            None
        } else {
            // What the person set for a preference is kept, because the replacing items may support the same
            // preference.
            let plan = self.plan_of(gone, Vec::new())?;
            let questions = self.delete(&plan, &mut batch)?;
            let (learner, ledger) = self.state()?.without(&plan);
            // The snapshots hold vectors of the removed items. They are only caches, so they are removed first.
            store.write_graph(None)?;
            store.write_rows(None)?;
            store.write_words(None)?;
            Some((plan, questions, learner, ledger))
        };
        store.commit(&batch)?;

        let mut held = HELD;
        let mut state = self.state.write();
        state.counters = counters;
        if let Some((plan, questions, learner, ledger)) = replaced {
            // Readers never see the store between the removal of an item and its replacement.
            held = new.len();
            state.let_go(&plan, questions, learner, ledger);
        }
        for (at, (id, item, derived)) in new.into_iter().enumerate() {
            if at > 0 && at % held == 0 {
                RwLockWriteGuard::bump(&mut state);
            }
            state.take_in(id, &item, derived)?;
        }
        Ok(kept)
    }
}

impl State {
    fn take_in(&mut self, id: RecordId, item: &Incoming, derived: Derived) -> Result<()> {
        self.insert_record(id, derived)?;
        self.catalogue.set_tags(id, &item.tags);
        if let Some(key) = &item.app_key {
            self.app_keys.insert(key, id);
        }
        Ok(())
    }
}

impl Incoming {
    /// Whether a record has the content of this item.
    fn is(&self, record: &Record) -> bool {
        let Record { at, scope, context, signal, supplied, .. } = record;
        self.at.is_none_or(|own| own == *at)
            && (scope, context, signal) == (&self.record.scope, &self.record.context, &self.record.signal)
            && *supplied == self.vector
    }
}
