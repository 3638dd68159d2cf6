//! Multiply-add rates of the kernels and of the processor, for benches.
//!
//! Invariant: only arithmetic on data in the first-level cache is timed, and a rate is the best of several runs. Not
//! used by the library.

use std::hint::black_box;
use std::time::Instant;

use super::kernel::{DEPTH, Kernel, Panel, ROWS, Task};
use super::{Aligned, Isa, Simd};

/// Inputs of the timed panel.
const INPUTS: usize = 24 * DEPTH;

/// Number of runs; the best counts.
const RUNS: usize = 12;

/// 8-bit multiply-adds per second of the kernel's largest tile; `None` if the processor lacks the instruction set.
pub fn tile(isa: Isa) -> Option<f64> {
    Simd::new(isa).map(|simd| simd.run(TimeTiles))
}

/// Peak 8-bit multiply-adds per second of the processor with the instruction set, measured on a loop that only
/// multiplies registers; `None` if the processor lacks it, or no such loop is implemented.
pub fn peak(isa: Isa) -> Option<f64> {
    Simd::new(isa)?;
    #[cfg(target_arch = "x86_64")]
    return super::x86_peak::peak(isa).map(|(run, products)| best_rate(1000 * products, || run(1000)));
    #[cfg(not(target_arch = "x86_64"))]
    None
}

struct TimeTiles;

impl Task for TimeTiles {
    type Output = f64;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> f64 {
        let rows = Aligned::<K::Activation>::zeros(ROWS * INPUTS);
        let panel = Aligned::<i8>::zeros(INPUTS * K::WIDTH8);
        let sums = vec![0; K::WIDTH8];
        let panel = Panel { weights: &panel, sums: &sums, ahead: &[] };
        let mut out = Aligned::<i32>::zeros(ROWS * K::WIDTH8);
        best_rate(100 * ROWS * INPUTS * K::WIDTH8, || {
            for _ in 0..100 {
                kernel.tile8(ROWS, black_box(&rows), INPUTS, panel, &mut out);
            }
        })
    }
}

#[inline(always)]
fn best_rate(products: usize, mut run: impl FnMut()) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..10 {
            run();
        }
        best = best.max(10.0 * products as f64 / start.elapsed().as_secs_f64());
    }
    best
}
