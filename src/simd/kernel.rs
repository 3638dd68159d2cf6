//! What an instruction set must offer: two exact integer matrix products on small tiles.
//!
//! Invariant: every implementation gives the same `i32` sums, bit for bit. Everything else (loops over tiles, scales,
//! attention, activation functions) is written once over this trait, in `embedding`, and compiled for each
//! instruction set by [`Simd::run`](super::Simd::run).

use super::Isa;
use super::lanes::{LANES, Lanes};
use super::memory::Plain;

/// Inputs are padded to a multiple of this many in every packed matrix and every row that meets one.
pub(crate) const DEPTH: usize = 16;
/// Rows and outputs are padded to a multiple of this many, which every panel's width divides.
pub(crate) const WIDTH: usize = 64;
/// Rows of a tile at most.
pub(crate) const ROWS: usize = 6;

/// A panel of 8-bit weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub(crate) weights: &'a [i8],
    /// The sum of each output's weights, for those who keep activations as signed bytes.
    #[cfg_attr(
        not(target_arch = "aarch64"),
        expect(dead_code, reason = "some kernels for Arm keep them so")
    )]
    pub(crate) sums: &'a [i32],
    /// What is read soon: as many bytes as half the panel has are asked for from memory meanwhile, where that helps. May be
    /// empty.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "the other kernels do not ask"))]
    pub(crate) ahead: &'a [i8],
}

/// One instruction set. A value of the type is the proof that the processor has it.
pub(crate) trait Kernel: Copy + Send + Sync + 'static {
    /// Which one it is.
    const ISA: Isa;

    /// Outputs in a panel of 8-bit weights.
    const WIDTH8: usize;
    /// Neighbouring inputs of one output that lie side by side in such a panel.
    const GROUP8: usize;
    /// What an 8-bit activation is kept as.
    type Activation: Plain;

    /// Columns in a panel of 16-bit values.
    const WIDTH16: usize;
    /// As [`GROUP8`](Self::GROUP8), for 16-bit values.
    const GROUP16: usize;

    /// Sixteen floats.
    type Lanes: Lanes;

    /// Keeps sixteen quantized activations, 0 to 255 in the low bits of each lane, as this instruction set wants them.
    fn store_activations(q: Self::Lanes, to: &mut [Self::Activation; LANES]);

    /// `out[r][o] = sum_k a[r][k] panel[k][o]` for `rows` rows (1 to [`ROWS`]) that start `stride` apart in `a`, and
    /// the `WIDTH8` outputs of a panel. `out` has `WIDTH8` values a row.
    fn tile8(self, rows: usize, a: &[Self::Activation], stride: usize, panel: Panel<'_>, out: &mut [i32]);

    /// The same for 16-bit values and `WIDTH16` columns. The caller sees to it that the sums fit, and that no value
    /// is -32768.
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]);
}

/// Work that is compiled once per instruction set.
pub(crate) trait Task {
    /// What comes out.
    type Output;

    /// Does it. Implementations are `#[inline(always)]`, and so is what they call in hot loops: only then do they
    /// become code of the instruction set.
    fn run<K: Kernel>(self, kernel: K) -> Self::Output;
}

/// Where the value of input `k` and output `o` lies in a packed matrix of panels of `width` outputs in groups of
/// `group` inputs, `depth` inputs deep.
#[inline(always)]
pub(crate) fn packed_at(k: usize, o: usize, depth: usize, width: usize, group: usize) -> usize {
    (o / width) * width * depth + (k / group) * width * group + (o % width) * group + k % group
}

/// Checks what every tile needs and gives the depth.
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
