//! The background thread, which does the work that opening and inserts leave undone.
//!
//! Invariant: a search, a write or a close waits for at most one small step of the thread. The thread ends when there
//! is nothing left to do; work that it could not do is done when it is needed.

use std::ops::Not;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use crate::engine::Inner;
use crate::engine::log::LogEvent;
use crate::engine::search::WORDS_STEP;
use crate::error::Error;
use crate::types::CancelToken;

/// Vectors coded in one step, while the write lock on the state keeps readers out.
pub(super) const CODED: usize = 32;

/// Name of the engine's background threads. A panic hook can recognize them by it: the message of a panic in such a
/// thread may quote the user's text and should not be printed.
pub const THREAD_NAME: &str = "idiolect";

/// A handle to the background work; dropping it stops the work.
pub(super) struct Background {
    inner: Weak<Inner>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Background {
    pub(super) fn start(inner: &Arc<Inner>) -> Self {
        let background = Self { inner: Arc::downgrade(inner), thread: Mutex::new(None) };
        let behind = {
            let state = inner.state.read();
            state.uncoded() > 0
                || state.wordless.len() > WORDS_STEP
                || state.is_growing()
                || state.deriving.is_some()
        };
        if behind || !inner.fully_loaded.load(Ordering::Acquire) {
            background.spawn(inner);
        }
        background
    }

    /// Resumes if inserts have left work to do.
    pub(super) fn wake(&self, inner: &Arc<Inner>) {
        inner.log.deliver();
        if inner.state.read().is_growing() {
            self.spawn(inner);
        }
    }

    /// Starts the thread if none runs. If it cannot be started, the work is done when it is needed.
    fn spawn(&self, inner: &Arc<Inner>) {
        let Some(mut thread) = self.thread.try_lock() else { return };
        if thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let inner = inner.clone();
        let work = move || inner.catch_up();
        *thread = thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(work).ok();
    }
}

impl Inner {
    /// Loads, codes, derives and indexes what is missing, in small steps so that no search waits for long.
    fn catch_up(&self) {
        let shutting_down = || self.shutting_down.load(Ordering::Relaxed);
        // Whoever needs the data reads it again and gets the error.
        let failed = |error: Error| {
            // Closing the engine ends the work with an error, too.
            if !shutting_down() {
                self.log.note(LogEvent::BackgroundFailed { kind: error.kind() });
            }
        };
        let loaded = self.load_fully().map_err(failed).is_ok();
        let index = self.state.read().catalogue.index_name();
        while !shutting_down() && self.state.write().code(CODED) > 0 {}
        let mut read = !loaded;
        while !read && !shutting_down() {
            read = self.read_words().is_ok_and(|left| left > 0).not();
        }
        if loaded && !shutting_down() {
            // What remains is derived by `optimize` or after the next opening.
            let _ = self.derive_lacking(&mut |_| {}, &CancelToken::new()).map_err(failed);
            self.log.deliver();
        }
        while !shutting_down() && self.state.read().is_growing() {
            self.state.write().grow();
        }
        let now = self.state.read().catalogue.index_name();
        if now != index {
            self.log.note(LogEvent::IndexSwitched { from: index, to: now });
        }
        self.log.deliver();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.shutting_down.store(true, Ordering::Relaxed);
        }
        if let Some(thread) = self.thread.get_mut().take() {
            // The thread's panic, if any, cannot be reported from here.
            let _ = thread.join();
        }
    }
}
