//! Loops that only multiply registers, for benches: the peak rate of the processor.
//!
//! Invariant: a loop is returned only if the processor has its instruction set.
#![expect(unsafe_code, reason = "assembly, and calls of functions that need an instruction set")]

use std::arch::asm;

use super::Isa;

/// Defines a loop that only multiplies registers, with enough independent sums to hide the latency.
macro_rules! peak {
    ($name:ident $features:literal $step:ident [$($sum:literal)*] [$($clobber:tt)*]) => {
        fn $name(iterations: usize) {
            #[target_feature(enable = $features)]
            unsafe fn run(iterations: usize) {
                // SAFETY: only registers are written.
                unsafe {
                    asm!(
                        "2:",
                        $($step!($sum),)*
                        "dec {n}",
                        "jnz 2b",
                        n = inout(reg) iterations => _,
                        $(out($clobber) _,)*
                        options(nomem, nostack),
                    );
                }
            }
            // SAFETY: the function is returned only if the processor has the instruction set.
            unsafe { run(iterations.max(1)) }
        }
    };
}

macro_rules! step512 {
    ($sum:literal) => {
        concat!("vpdpbusd zmm", $sum, ", zmm28, zmm29")
    };
}

macro_rules! step256 {
    ($sum:literal) => {
        concat!("{{vex}} vpdpbusd ymm", $sum, ", ymm14, ymm15")
    };
}

macro_rules! step_avx2 {
    ($sum:literal) => {
        concat!("vpmaddwd ymm15, ymm14, ymm13\nvpaddd ymm", $sum, ", ymm", $sum, ", ymm15")
    };
}

peak!(peak512 "avx512f" step512
    ["0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15"]
    ["zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "zmm6" "zmm7" "zmm8" "zmm9" "zmm10" "zmm11" "zmm12" "zmm13" "zmm14"
     "zmm15"]);
peak!(peak256 "avx2" step256
    ["0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11"]
    ["ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11"]);
peak!(peak_avx2 "avx2" step_avx2
    ["0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11"]
    ["ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11" "ymm15"]);

/// A loop that takes its number of iterations, and the multiply-adds per iteration. The caller ensures that the
/// processor has the instruction set.
pub(super) fn peak(isa: Isa) -> Option<(fn(usize), usize)> {
    match isa {
        Isa::Avx512Vnni => Some((peak512, 16 * 64)),
        Isa::AvxVnni => Some((peak256, 12 * 32)),
        Isa::Avx2 => Some((peak_avx2, 12 * 16)),
        _ => None,
    }
}
