//! How fast the kernels and the processor are, for benches.
//!
//! Invariant: what is timed is arithmetic on data that stays in the nearest cache, and a rate is the best of several
//! runs. Nothing in the library asks for these.

use std::hint::black_box;
use std::time::Instant;

use super::kernel::{DEPTH, Kernel, Panel, ROWS, Task};
use super::{Aligned, Isa, Simd};

/// Inputs of the panel that is timed.
const INPUTS: usize = 24 * DEPTH;

/// Runs of which the best counts.
const RUNS: usize = 12;

/// 8-bit multiply-adds a second of the kernel's largest tile; `None` where the processor lacks the instruction set.
pub fn tile(isa: Isa) -> Option<f64> {
    Simd::new(isa).map(|simd| simd.run(TimeTiles))
}

/// 8-bit multiply-adds a second that the processor does at best with the instruction set, measured on a loop that
/// multiplies registers and nothing else; `None` where the processor lacks it, or no such loop is written for it.
pub fn peak(isa: Isa) -> Option<f64> {
    Simd::new(isa)?;
    #[cfg(target_arch = "x86_64")]
    return super::x86_peak::peak(isa).map(|(turn, products)| best_rate(1000 * products, || turn(1000)));
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
