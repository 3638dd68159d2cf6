//! Taking in texts of the person's own: one, or many at once, embedded over all cores and committed a batch at a time.
//!
//! Invariant: an import leaves what adding its items one by one, in their order, would leave; of items with the same app
//! key there is one. Keys are compared whole: the hashes in memory only say where to look.

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

/// What came of an import.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// Items that are new.
    pub added: usize,
    /// Items that took the place of one with the same app key and another content.
    pub replaced: usize,
    /// Items that were there, with the same app key and the same content.
    pub unchanged: usize,
    /// Items that were not taken in.
    pub rejected: usize,
    /// Of the first [`REJECTIONS_MAX`](Self::REJECTIONS_MAX) of those the place in the import, from 0, and what was wrong.
    pub rejections: Vec<(usize, Error)>,
}

impl Imported {
    /// The most rejections that are kept with their reason.
    pub const REJECTIONS_MAX: usize = 1_000;

    /// Counts an item as rejected.
    ///
    /// # Errors
    /// The error itself where it is none of the item's.
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

/// What the store has of an item.
enum Standing {
    New,
    /// The same.
    Same(RecordId),
    /// Another item under its app key.
    Other(RecordId),
}

/// What was done with an item.
enum Kept {
    Added(RecordId),
    Replaced(RecordId),
    Unchanged(RecordId),
}

/// Longest key of an app's own, in bytes.
const APP_KEY_MAX: usize = 256;

/// Items committed together, and the bytes of their texts from which on no more are waited for.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 4 << 20;

/// Items that a thread embeds at a time, and threads at most.
const SHARE: usize = 4;
const THREADS_MAX: usize = 64;

/// Items that enter the state before those who wait for it are let in between.
const HELD: usize = 16;

impl Engine {
    /// Takes in many texts of the person's own: what [`add_history`](Self::add_history) would make of one after the other,
    /// embedded over all cores and written some hundred at a time. `progress` is called after each batch and may call any
    /// verb; its total is the iterator's size, or 0 where its [`size_hint`](Iterator::size_hint) is not exact.
    ///
    /// An item that cannot be taken in (an empty text, say) is counted as rejected, and the import goes on. Where it ends
    /// early, whatever was reported as done stays: the same items imported again are passed over where they have an
    /// [`app_key`](HistoryItem::app_key), and are there twice where they have none.
    ///
    /// # Errors
    /// `Cancelled`, and those of the store and the encoder.
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

/// The next items, none of them with the app key of another.
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
    /// Takes in one item; its id, or that of the one that is the same.
    pub(super) fn add(&self, item: HistoryItem) -> Result<RecordId> {
        let item = self.prepare(item)?;
        if let Standing::Same(id) = self.standing(&*self.store()?, &item)? {
            return Ok(id);
        }
        let derived = self.derive(&item.record)?.0;
        match self.keep(vec![(item, derived)])?.first() {
            Some(Kept::Added(id) | Kept::Replaced(id) | Kept::Unchanged(id)) => Ok(*id),
            None => Err(broken("what was kept has an id")),
        }
    }

    /// Takes in a batch, whose first item is the `first` of the import.
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

    /// Checks an item.
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
        // The supplied vector is kept in unit length; without one the encoder can make it again.
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

    /// What is derived from the items, in their order, over all cores.
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
            // By its name the host tells that a panic's message is better not printed.
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

    /// The same on this thread, with one call of the encoder.
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
            // One by one it shows whose error it is.
            _ => {
                let derive = |(_, item): &(usize, Incoming)| Ok(self.derive(&item.record)?.0);
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

    /// Writes items in one commit, and makes them visible.
    fn keep(&self, items: Vec<(Incoming, Derived)>) -> Result<Vec<Kept>> {
        let _writing = self.writing()?;
        let store = self.store()?;
        let (counters, tables) = {
            let state = self.state.read();
            (state.counters, state.evidence_tables().collect::<Vec<_>>())
        };
        let mut next = counters.record;
        let mut batch = Batch::new();
        let (mut kept, mut new, mut gone) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
        for (mut item, derived) in items {
            // It may have come meanwhile.
            let standing = self.standing(&store, &item)?;
            if let Standing::Same(id) = standing {
                kept.push(Kept::Unchanged(id));
                continue;
            }
            let id = RecordId(next);
            next += 1;
            item.record.supplied = item.vector.take();
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
            // What a person said of a preference stays: what takes the items' place may say the same.
            let plan = self.plan_of(gone, Vec::new())?;
            let questions = self.delete(&plan, &mut batch)?;
            let (learner, ledger) = self.state()?.without(&plan);
            // The snapshots have the vectors of what goes. They are only caches, so they go first.
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
            // Nobody sees the store without what goes and what takes its place.
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
    /// Whether a record is of this item.
    fn is(&self, record: &Record) -> bool {
        let Record { at, scope, context, signal, supplied, .. } = record;
        self.at.is_none_or(|own| own == *at)
            && (scope, context, signal) == (&self.record.scope, &self.record.context, &self.record.signal)
            && *supplied == self.vector
    }
}
