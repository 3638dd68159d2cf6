//! Time limit of a search.
//!
//! Invariant: a search that reached its deadline reports it, and returns the best of what it examined by then, never
//! nothing if there is something to find. The clock is checked every few thousand vectors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The time by which a search should end, and whether it was cut short.
#[derive(Debug, Default)]
pub struct Deadline {
    until: Option<Instant>,
    cut: AtomicBool,
    #[cfg(test)]
    looks: Looks,
}

/// Lets a test end the time at any check of the clock.
#[cfg(test)]
#[derive(Debug, Default)]
struct Looks {
    made: std::sync::atomic::AtomicUsize,
    granted: Option<usize>,
}

impl Deadline {
    /// A deadline at `until`.
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

    /// Whether the time is over; the caller must then skip the remaining work.
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

    /// A deadline that ends after this many checks of the clock.
    #[cfg(test)]
    pub(crate) fn after(looks: usize) -> Self {
        Self { looks: Looks { granted: Some(looks), ..Looks::default() }, ..Self::default() }
    }

    /// Number of checks of the clock.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks.made.load(Ordering::Relaxed)
    }
}
