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
    #[cfg(test)]
    looks: Looks,
}

/// So that a test can have the time be over at any look at the clock.
#[cfg(test)]
#[derive(Debug, Default)]
struct Looks {
    made: std::sync::atomic::AtomicUsize,
    granted: Option<usize>,
}

impl Deadline {
    /// At a moment.
    pub fn at(until: Instant) -> Self {
        Self { until: Some(until), ..Self::default() }
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
        #[cfg(test)]
        let over = {
            let made = self.looks.made.fetch_add(1, Ordering::Relaxed);
            over || self.looks.granted.is_some_and(|granted| made >= granted)
        };
        if over {
            self.cut.store(true, Ordering::Relaxed);
        }
        over
    }

    /// Over after so many looks at the clock.
    #[cfg(test)]
    pub(crate) fn after(looks: usize) -> Self {
        Self { looks: Looks { granted: Some(looks), ..Looks::default() }, ..Self::default() }
    }

    /// How often the clock was looked at.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks.made.load(Ordering::Relaxed)
    }
}
