//! What an engine reports of its own work, for the host's log.
//!
//! Invariant: an event cannot hold a text of the person: its fields are numbers, kinds and words of this crate. What is
//! noted under a lock is delivered later, when none is held.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::ErrorKind;

/// Something that an engine did by itself, or found wrong. `Display` puts it in a line for a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEvent {
    /// The store was not closed the last time, and writes that stood in its log alone are now in the data file.
    LogReplayed {
        /// How many.
        commits: usize,
    },
    /// The rest of a log could not be applied: it is damaged, of another store, or newer than the data file. A copy of the
    /// log is kept; see [`Stats::logs_set_aside`](crate::Stats::logs_set_aside).
    LogSetAside,
    /// The counters of ids could not be read; see [`Stats::counters_recomputed`](crate::Stats::counters_recomputed).
    CountersRecomputed,
    /// The store is open.
    Opened {
        /// Records that it holds.
        records: usize,
        /// How long that took.
        took: Duration,
    },
    /// A snapshot was not used, and what it holds is computed instead.
    SnapshotNotUsed {
        /// Of what: "vectors" or "graph".
        of: &'static str,
        /// Why.
        why: &'static str,
    },
    /// What is derived from records is being computed, because it is missing or of an earlier version.
    Deriving {
        /// From how many.
        records: usize,
    },
    /// That is done.
    Derived {
        /// From how many.
        records: usize,
        /// How long that took.
        took: Duration,
    },
    /// Rows of the store cannot be read and have no effect: they are damaged, or of a newer version.
    Damaged {
        /// Of which table.
        table: &'static str,
        /// How many.
        rows: usize,
    },
    /// Work in the background failed; whoever needs it tries again, and gets the error.
    BackgroundFailed {
        /// The error's kind.
        kind: ErrorKind,
    },
    /// Another index answers from here on.
    IndexSwitched {
        /// Name of the earlier one, as in [`Stats::index`](crate::Stats::index).
        from: &'static str,
        /// Name of the present one.
        to: &'static str,
    },
}

impl LogEvent {
    /// Whether something is wrong.
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

/// Most events that wait to be delivered.
const WAITING_MAX: usize = 64;

/// Where events go.
pub(super) type LogSink = Arc<dyn Fn(&LogEvent) + Send + Sync>;

/// The events on their way to the host.
#[derive(Default)]
pub(super) struct Log {
    sink: Option<LogSink>,
    waiting: Mutex<Vec<LogEvent>>,
}

impl Log {
    pub(super) fn new(sink: Option<LogSink>) -> Self {
        Self { sink, waiting: Mutex::default() }
    }

    /// Notes an event. Locks may be held.
    pub(super) fn note(&self, event: LogEvent) {
        if self.sink.is_some() {
            let mut waiting = self.waiting.lock();
            if waiting.len() < WAITING_MAX {
                waiting.push(event);
            }
        }
    }

    /// Notes rows of a table that cannot be read, if there are any. Locks may be held.
    pub(super) fn note_damaged(&self, table: &'static str, rows: usize) {
        if rows > 0 {
            self.note(LogEvent::Damaged { table, rows });
        }
    }

    /// Hands over what was noted. No lock is held.
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
