//! Duration samples with median and 99th percentile, and the peak memory use.
//!
//! Invariant: a percentile is one of the samples (nearest rank), never interpolated.

use std::time::Duration;

/// Durations of one kind of call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Number of samples.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The percentile `percent` (1 to 100) in milliseconds; `None` without samples.
    pub(crate) fn percentile_ms(&self, percent: usize) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).map(|duration| duration.as_secs_f64() * 1e3)
    }

    pub(crate) fn median_ms(&self) -> Option<f64> {
        self.percentile_ms(50)
    }
}

/// Peak resident memory of the process so far, in MB (10^6 bytes); `None` if the system does not report it.
pub(crate) fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
