//! The numbers of this room that were chosen because vectors are nearer to those of the model in full precision with
//! them.
//!
//! Invariant: a leaf, which imports nothing. Polynomials, ranges of codes and what a model file is laid out by stand
//! where they are used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again; what
//! stands after `Sweep:` goes after the `--`. A number of `convert` shows in a model file alone, which is made between
//! setting the value and running the bench:
//!
//! ```text
//! export SWEEP_FEATURES=internals,onnx IDIOLECT_MODEL=/tmp/swept.idm PUBLISHED=<folder of the published model>
//! SWEEP_BEFORE='cargo run --release --features internals --example convert_model -- "$PUBLISHED" "$IDIOLECT_MODEL"' \
//!     .ci/sweep embedding convert::SHRINK 0.5 0.7 0.9 -- quality fidelity
//! ```
//!
//! Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is known.

/// The estimate of the sum of squares that the last layer norm divides by.
pub(crate) mod deviation {
    /// Minimum tokens of a text for the estimate: in shorter texts the errors of single tokens do not average out.
    /// Not swept; for that reason.
    /// Sweep: `quality fidelity` (`cosine_native_f32_min`, `cosine_native_f32`).
    pub(crate) const TOKENS_MIN: usize = 12;
}

/// How a model file is made from the published model.
#[cfg(any(test, feature = "internals"))]
pub(crate) mod convert {
    /// Share of the mean second moment that is added to each input's own before weights are rounded. The calibration
    /// texts are few compared with the thousands of inputs; this prevents the rounding from overfitting them.
    /// Not swept; for that reason as much as the mean itself.
    /// Sweep: `quality fidelity` (`cosine_native_f32`, `cosine_native_f32_min`).
    pub(crate) const DAMPING: f64 = 1.0;
    /// One in this many values of a token may count as an outlier.
    /// Not swept; a few values in every token are outliers.
    /// Sweep: `quality fidelity` (`cosine_native_f32`, `cosine_native_f32_min`).
    pub(crate) const OUTLIER_SHARE: usize = 20;
    /// Share of an outlier's excess that moves from the input to the weights, as an exponent: 0 none, 1 all.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality fidelity similarity` (`cosine_native_f32`, `similarity_mean_native`).
    pub(crate) const SHRINK: f32 = 0.7;
    /// Minimum estimate of the sum of squares that the last norm divides by, relative to the smallest observed.
    /// Not swept; prevents division by almost zero for inputs unlike those observed.
    /// Sweep: `quality fidelity` (`cosine_native_f32_min`).
    pub(crate) const ESTIMATE_FLOOR: f32 = 0.25;
    /// Tokens observed per coefficient to fit of the estimate.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality fidelity` (`cosine_native_f32`, `cosine_native_f32_min`).
    pub(crate) const TOKENS_PER_NUMBER: usize = 48;
    /// Ridge added to each moment of that fit, relative to it.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality fidelity` (`cosine_native_f32`, `cosine_native_f32_min`).
    pub(crate) const RIDGE: f64 = 0.002;
}
