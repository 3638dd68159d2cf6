//! The kernel without SIMD extensions: plain loops, and the reference for tests of the others.

use super::Isa;
use super::kernel::{Kernel, Panel, checked_depth};
use super::lanes::{LANES, Lanes, Plain16};

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl Kernel for Portable {
    const ISA: Isa = Isa::Portable;
    const WIDTH8: usize = 16;
    const GROUP8: usize = 1;
    type Activation = i16;
    const WIDTH16: usize = 16;
    const GROUP16: usize = 1;
    type Lanes = Plain16;

    #[inline(always)]
    fn store_activations(q: Plain16, to: &mut [i16; LANES]) {
        let mut bytes = [0; LANES];
        q.store_low8(&mut bytes);
        *to = bytes.map(i16::from);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[i16], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        tile(rows, a, stride, panel.weights, out);
    }

    #[inline(always)]
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]) {
        tile(rows, a, stride, panel, out);
    }
}

#[inline(always)]
fn tile<W: Copy + Into<i16>>(rows: usize, a: &[i16], stride: usize, panel: &[W], out: &mut [i32]) {
    let depth = checked_depth(rows, a.len(), stride, panel.len(), 16, out.len(), 1);
    let (steps, _) = panel.as_chunks::<16>();
    for (row, out) in out.as_chunks_mut::<16>().0[..rows].iter_mut().enumerate() {
        let mut sums = [0i32; 16];
        for (&a, step) in a[row * stride..][..depth].iter().zip(steps) {
            for (sum, &weight) in sums.iter_mut().zip(step) {
                *sum += a as i32 * weight.into() as i32;
            }
        }
        *out = sums;
    }
}
