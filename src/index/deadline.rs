//! How long a search may take.
//!
//! Invariant: a search that ran into its deadline says so, and what it gives is the best of what it looked at until
//! then: never nothing where there is something to find. It looks at the clock every few thousand vectors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A moment by which a search should be done, and whether it was cut short for it.
#[derive(Debug, Default)]
pub struct Deadline {
    until: Option<Instant>,
    cut: AtomicBool,
}

impl Deadline {
    /// At a moment.
    pub fn at(until: Instant) -> Self {
        Self { until: Some(until), cut: AtomicBool::new(false) }
    }

    /// No deadline.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether a search was cut short.
    pub fn was_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// Whether the time is over; whoever asks leaves out what is left to do.
    pub(crate) fn cuts(&self) -> bool {
        let over = self.until.is_some_and(|until| Instant::now() >= until);
        if over {
            self.cut.store(true, Ordering::Relaxed);
        }
        over
    }
}
