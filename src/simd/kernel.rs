//! The operations of an instruction set: two exact integer matrix products on small tiles.
//!
//! Invariant: every implementation computes the same `i32` sums, bit for bit. Everything else (loops over tiles,
//! scales, attention, activation functions) is written once over this trait, in `embedding`, and compiled for each
//! instruction set by [`Simd::run`](super::Simd::run).

use super::Isa;
use super::lanes::{LANES, Lanes};
use super::memory::Plain;

/// Inputs are padded to a multiple of this in every packed matrix and every row multiplied with one.
pub(crate) const DEPTH: usize = 16;
/// Rows and outputs are padded to a multiple of this; every panel's width divides it.
pub(crate) const WIDTH: usize = 64;
/// Maximum rows of a tile.
pub(crate) const ROWS: usize = 6;

/// A panel of 8-bit weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub(crate) weights: &'a [i8],
    /// Sum of each output's weights, for kernels that store activations as signed bytes.
    #[cfg_attr(not(target_arch = "aarch64"), expect(dead_code, reason = "used by some Arm kernels"))]
    pub(crate) sums: &'a [i32],
    /// Weights that are read next: where supported, as many bytes as half the panel are prefetched. May be empty.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "other kernels do not prefetch"))]
    pub(crate) ahead: &'a [i8],
}

/// An instruction set. A value of the type proves that the processor supports it.
pub(crate) trait Kernel: Copy + Send + Sync + 'static {
    /// The instruction set.
    const ISA: Isa;

    /// Number of outputs in a panel of 8-bit weights.
    const WIDTH8: usize;
    /// Number of consecutive inputs of one output that are adjacent in such a panel.
    const GROUP8: usize;
    /// Storage type of an 8-bit activation.
    type Activation: Plain;

    /// Number of columns in a panel of 16-bit values.
    const WIDTH16: usize;
    /// As [`GROUP8`](Self::GROUP8), for 16-bit values.
    const GROUP16: usize;

    /// Sixteen floats.
    type Lanes: Lanes;

    /// Stores sixteen quantized activations, 0 to 255 in the low bits of each lane, in the format of this instruction
    /// set.
    fn store_activations(q: Self::Lanes, to: &mut [Self::Activation; LANES]);

    /// `out[r][o] = sum_k a[r][k] panel[k][o]` for `rows` rows (1 to [`ROWS`]) that start `stride` apart in `a`, and
    /// the `WIDTH8` outputs of a panel. `out` has `WIDTH8` values a row.
    fn tile8(self, rows: usize, a: &[Self::Activation], stride: usize, panel: Panel<'_>, out: &mut [i32]);

    /// Like `tile8` for 16-bit values and `WIDTH16` columns. The caller ensures that the sums fit `i32` and that no
    /// value is -32768.
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]);
}

/// Work that is compiled once per instruction set.
pub(crate) trait Task {
    /// The result.
    type Output;

    /// Runs the task. Implementations, and whatever they call in hot loops, are `#[inline(always)]`: only then are they
    /// compiled for the instruction set.
    fn run<K: Kernel>(self, kernel: K) -> Self::Output;
}

/// Index of the value of input `k` and output `o` in a packed matrix of panels of `width` outputs in groups of `group`
/// inputs, `depth` inputs deep.
#[inline(always)]
pub(crate) fn packed_at(k: usize, o: usize, depth: usize, width: usize, group: usize) -> usize {
    (o / width) * width * depth + (k / group) * width * group + (o % width) * group + k % group
}

/// Checks the preconditions of every tile and returns the depth.
#[inline(always)]
pub(super) fn checked_depth(
    rows: usize,
    a: usize,
    stride: usize,
    panel: usize,
    width: usize,
    out: usize,
    group: usize,
) -> usize {
    let depth = panel / width;
    assert!((1..=ROWS).contains(&rows) && depth.is_multiple_of(group) && depth * width == panel);
    assert!(depth <= stride && (rows - 1) * stride + depth <= a && out >= rows * width);
    depth
}
