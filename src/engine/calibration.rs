//! Index thresholds: those measured on this device, those set by the caller, or the defaults.
//!
//! Invariant: thresholds measured on another device, or for vectors of another dimension, are ignored.

use serde::{Deserialize, Serialize};

use crate::engine::{Inner, Limits};
use crate::error::Result;
use crate::search::Thresholds;
use crate::simd::Simd;
use crate::store::{Batch, Stored};

/// Name under which the [`Calibration`] is stored.
pub(super) const CALIBRATION: &str = "calibration";

/// Measured thresholds and the device they were measured on: a store may move to another device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calibration {
    thresholds: Thresholds,
    dimensions: usize,
    device: String,
}

impl Stored for Calibration {
    const VERSION: u8 = 1;
}

/// With fewer items the choice of index does not matter.
const CALIBRATED_FROM: usize = 1_000;

/// Identifies the device as far as it affects the thresholds.
fn device() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{} {} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH, Simd::detect().isa())
}

impl Inner {
    /// The thresholds to use, with `measured` being the stored ones.
    pub(super) fn thresholds_from(&self, measured: Option<Calibration>) -> Thresholds {
        if let Some(given) = self.thresholds {
            return given;
        }
        let mut thresholds = Thresholds::default();
        if let Some(measured) = measured.filter(|measured| self.fits(measured)) {
            // The graph threshold is not measured.
            thresholds.bits_from = measured.thresholds.bits_from;
        }
        if self.limits.graph_threshold != Limits::default().graph_threshold {
            thresholds.graph_from = self.limits.graph_threshold;
        }
        thresholds
    }

    /// Whether thresholds were measured for this dimension on this kind of device.
    fn fits(&self, measured: &Calibration) -> bool {
        measured.dimensions == self.encoder.dimensions() && measured.device == device()
    }

    /// Measures and stores the thresholds, unless that was done on this device or the caller has set them.
    pub(super) fn calibrate(&self) -> Result<()> {
        let store = self.store()?;
        let kept: Option<Calibration> = store.meta(CALIBRATION).ok().flatten();
        let known = kept.is_some_and(|kept| self.fits(&kept));
        if known || self.thresholds.is_some() || self.state()?.catalogue.len() < CALIBRATED_FROM {
            return Ok(());
        }
        let dimensions = self.encoder.dimensions();
        let thresholds = Thresholds::calibrate(dimensions);
        let measured = Calibration { thresholds, dimensions, device: device() };
        let mut batch = Batch::new();
        batch.put_meta(CALIBRATION, &measured)?;
        store.commit(&batch)?;
        self.state.write().set_thresholds(self.thresholds_from(Some(measured)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::golden;

    #[test]
    fn the_bytes_of_what_was_measured_stay() {
        let thresholds = Thresholds { bits_from: 2_000, graph_from: 4_000_000 };
        let measured = Calibration { thresholds, dimensions: 384, device: "os isa, 2 cores".to_owned() };
        golden::check("calibration", &[("measured", measured)]);
    }
}
