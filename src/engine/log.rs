//! Events about the engine's own work, for the host's log.
//!
//! Invariant: an event cannot hold user text: its fields are numbers, kinds and words of this crate. Events noted
//! while a lock is held are delivered later, when none is held.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::ErrorKind;

/// Something that the engine did on its own, or a problem that it found. `Display` formats it as one log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEvent {
    /// The store was not closed properly the last time; writes that were only in its log have been applied to the
    /// data file.
    LogReplayed {
        /// Number of commits applied.
        commits: usize,
    },
    /// The rest of a log could not be applied: it is damaged, belongs to another store, or is newer than the data
    /// file. A copy of the log is kept; see [`Stats::logs_set_aside`](crate::Stats::logs_set_aside).
    LogSetAside,
    /// The counters of ids could not be read; see [`Stats::counters_recomputed`](crate::Stats::counters_recomputed).
    CountersRecomputed,
    /// The store was opened.
    Opened {
        /// Number of records in it.
        records: usize,
        /// How long opening took.
        took: Duration,
    },
    /// A snapshot was not used; its content is recomputed instead.
    SnapshotNotUsed {
        /// The kind of snapshot: "vectors", "words" or "graph".
        of: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// Derived data that is missing or of an earlier version is being recomputed.
    Deriving {
        /// Number of records it is derived from.
        records: usize,
    },
    /// Deriving has finished.
    Derived {
        /// Number of records it was derived from.
        records: usize,
        /// How long deriving took.
        took: Duration,
    },
    /// Rows of the store cannot be read, because they are damaged or of a newer version, and are ignored.
    Damaged {
        /// The table.
        table: &'static str,
        /// Number of rows.
        rows: usize,
    },
    /// Background work failed. A call that needs its result tries again and returns the error.
    BackgroundFailed {
        /// The kind of the error.
        kind: ErrorKind,
    },
    /// A different index is used from now on.
    IndexSwitched {
        /// Name of the previous index, as in [`Stats::index`](crate::Stats::index).
        from: &'static str,
        /// Name of the current index.
        to: &'static str,
    },
}

impl LogEvent {
    /// Whether the event reports a problem.
    pub fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::LogSetAside
                | Self::CountersRecomputed
                | Self::Damaged { .. }
                | Self::BackgroundFailed { .. }
        )
    }
}

impl fmt::Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogReplayed { commits } => write!(f, "the log was replayed: {commits} commits"),
            Self::LogSetAside => f.write_str("the log could not be applied whole; a copy is kept"),
            Self::CountersRecomputed => f.write_str("the counters of ids were lost and recomputed"),
            Self::Opened { records, took } => {
                write!(f, "opened with {records} records in {} ms", took.as_millis())
            }
            Self::SnapshotNotUsed { of, why } => write!(f, "the snapshot of the {of} is not used: {why}"),
            Self::Deriving { records } => write!(f, "deriving from {records} records"),
            Self::Derived { records, took } => {
                write!(f, "derived from {records} records in {} ms", took.as_millis())
            }
            Self::Damaged { table, rows } => write!(f, "damaged rows in the table {table}: {rows}"),
            Self::BackgroundFailed { kind } => write!(f, "work in the background failed: {kind:?}"),
            Self::IndexSwitched { from, to } => write!(f, "index switched from {from} to {to}"),
        }
    }
}

/// Maximum number of events waiting to be delivered.
const WAITING_MAX: usize = 64;

/// The callback that receives events.
pub(super) type LogSink = Arc<dyn Fn(&LogEvent) + Send + Sync>;

/// Events waiting to be delivered to the host.
#[derive(Default)]
pub(super) struct Log {
    sink: Option<LogSink>,
    waiting: Mutex<Vec<LogEvent>>,
}

impl Log {
    pub(super) fn new(sink: Option<LogSink>) -> Self {
        Self { sink, waiting: Mutex::default() }
    }

    /// Queues an event. Locks may be held.
    pub(super) fn note(&self, event: LogEvent) {
        if self.sink.is_some() {
            let mut waiting = self.waiting.lock();
            if waiting.len() < WAITING_MAX {
                waiting.push(event);
            }
        }
    }

    /// Queues an event about unreadable rows of a table, if there are any. Locks may be held.
    pub(super) fn note_damaged(&self, table: &'static str, rows: usize) {
        if rows > 0 {
            self.note(LogEvent::Damaged { table, rows });
        }
    }

    /// Delivers the queued events. No lock may be held.
    pub(super) fn deliver(&self) {
        if let Some(sink) = &self.sink {
            let events = std::mem::take(&mut *self.waiting.lock());
            for event in &events {
                sink(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_wait_until_they_are_delivered_in_their_order() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&told);
        let log = Log::new(Some(Arc::new(move |event: &LogEvent| to.lock().push(event.to_string()))));
        log.note(LogEvent::Deriving { records: 3 });
        log.note(LogEvent::BackgroundFailed { kind: ErrorKind::Io });
        assert!(told.lock().is_empty());
        log.deliver();
        log.deliver();
        assert_eq!(*told.lock(), ["deriving from 3 records", "work in the background failed: Io"]);
        let silent = Log::default();
        silent.note(LogEvent::Deriving { records: 3 });
        assert!(silent.waiting.lock().is_empty());
    }
}
