//! AVX2, AVX-VNNI and AVX-512 VNNI. `KERNELS.md` explains layout and register blocks.
//!
//! The inner loops are assembly, because the compiler spills accumulators when given intrinsics.
#![expect(unsafe_code, reason = "assembly, and calls of functions that need an instruction set")]

use std::arch::asm;

use super::Isa;
use super::kernel::{Kernel, Panel, checked_depth};
use super::lanes::{LANES, Lanes};
use super::x86_lanes::{Ymm, Zmm};

/// AVX-512 with VNNI: 6 rows by 64 outputs of 8 bits, 6 by 32 of 16 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512Vnni(());

/// AVX-VNNI: 6 rows by 16 outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AvxVnni(());

/// AVX2 with FMA: 6 rows by 16 outputs. Weights are widened to 16 bits on load, because the byte multiplication
/// saturates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

macro_rules! has {
    ($($feature:tt),*) => { $(std::arch::is_x86_feature_detected!($feature))&&* };
}

impl Avx512Vnni {
    pub(super) fn new() -> Option<Self> {
        has!("avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx2", "fma").then_some(Self(()))
    }
}

impl AvxVnni {
    pub(super) fn new() -> Option<Self> {
        has!("avx2", "fma", "avxvnni").then_some(Self(()))
    }
}

impl Avx2 {
    pub(super) fn new() -> Option<Self> {
        has!("avx2", "fma").then_some(Self(()))
    }
}

/// For each instruction set: load a step of the panel, broadcast 4 bytes of a row, multiply, zero and store sums.
macro_rules! vnni512 {
    (load4 $p:literal) => {
        concat!(
            "vmovdqa64 zmm24, [{p}+",
            $p,
            "]\nvmovdqa64 zmm25, [{p}+",
            $p,
            "+64]\n",
            "vmovdqa64 zmm26, [{p}+",
            $p,
            "+128]\nvmovdqa64 zmm27, [{p}+",
            $p,
            "+192]"
        )
    };
    (load2 $p:literal) => {
        concat!("vmovdqa64 zmm12, [{p}+", $p, "]\nvmovdqa64 zmm13, [{p}+", $p, "+64]")
    };
    (zero $sum:literal) => {
        concat!("vpxord zmm", $sum, ", zmm", $sum, ", zmm", $sum)
    };
    (broadcast $row:literal $a:literal) => {
        concat!("vpbroadcastd zmm28, dword ptr [", $row, "+", $a, "]")
    };
    (bytes $sum:literal $w:literal) => {
        concat!("vpdpbusd zmm", $sum, ", zmm28, zmm", $w)
    };
    (words $sum:literal $w:literal) => {
        concat!("vpdpwssd zmm", $sum, ", zmm28, zmm", $w)
    };
    (store $sum:literal) => {
        concat!("vmovdqu32 [{o}+", $sum, "*64], zmm", $sum)
    };
}

macro_rules! vnni256 {
    (load $p:literal) => {
        concat!("vmovdqa ymm12, [{p}+", $p, "]\nvmovdqa ymm13, [{p}+", $p, "+32]")
    };
    (zero $sum:literal) => {
        concat!("vpxor ymm", $sum, ", ymm", $sum, ", ymm", $sum)
    };
    (broadcast $row:literal $a:literal) => {
        concat!("vpbroadcastd ymm14, dword ptr [", $row, "+", $a, "]")
    };
    (bytes $sum:literal $w:literal) => {
        concat!("{{vex}} vpdpbusd ymm", $sum, ", ymm14, ymm", $w)
    };
    (words $sum:literal $w:literal) => {
        concat!("{{vex}} vpdpwssd ymm", $sum, ", ymm14, ymm", $w)
    };
    (store $sum:literal) => {
        concat!("vmovdqu [{o}+", $sum, "*32], ymm", $sum)
    };
}

macro_rules! avx2 {
    (widen $p:literal) => {
        concat!(
            "vpmovsxbw ymm12, xmmword ptr [{p}+", $p, "]\nvpmovsxbw ymm13, xmmword ptr [{p}+", $p, "+16]"
        )
    };
    (words $sum:literal $w:literal) => {
        concat!("vpmaddwd ymm15, ymm14, ymm", $w, "\nvpaddd ymm", $sum, ", ymm", $sum, ", ymm15")
    };
    ($($same:tt)*) => { vnni256!($($same)*) };
}

/// Defines a tile function. A row is given by its address and its sums, each with the panel register it is multiplied
/// with; sum `n` is stored to the `n`-th register-sized slot of the tile. One iteration covers four steps of 4 bytes of
/// each row. The lines before the clobbers prefetch at `f`.
macro_rules! tile {
    ([$(($row:literal $(($sum:literal $w:literal))*))*]
     $name:ident $features:literal $isa:ident $load:ident $multiply:ident
     [$p0:literal $p1:literal $p2:literal $p3:literal $panel:literal] [$($ahead:literal)*] [$($clobber:tt)*]) => {
        #[target_feature(enable = $features)]
        unsafe fn $name(
            iterations: usize,
            a: *const u8,
            stride: usize,
            panel: *const u8,
            out: *mut i32,
            ahead: *const u8,
        ) {
            // SAFETY: the caller passes a panel and rows that cover all iterations, at least one, and room for the
            // tile. Prefetching is sound at any address.
            unsafe {
                asm!(
                    $($($isa!(zero $sum),)*)*
                    "2:",
                    $isa!($load $p0),
                    $($isa!(broadcast $row "0"), $($isa!($multiply $sum $w),)*)*
                    $isa!($load $p1),
                    $($isa!(broadcast $row "4"), $($isa!($multiply $sum $w),)*)*
                    $isa!($load $p2),
                    $($isa!(broadcast $row "8"), $($isa!($multiply $sum $w),)*)*
                    $isa!($load $p3),
                    $($isa!(broadcast $row "12"), $($isa!($multiply $sum $w),)*)*
                    $($ahead,)*
                    "add {a}, 16",
                    "add {b}, 16",
                    concat!("add {p}, ", $panel),
                    "dec {n}",
                    "jnz 2b",
                    // Not every block has a row at `b`, and not every kernel prefetches.
                    "/* {b} {s} {f} */",
                    $($($isa!(store $sum),)*)*
                    n = inout(reg) iterations => _,
                    a = inout(reg) a => _,
                    b = inout(reg) a.wrapping_add(3 * stride) => _,
                    s = in(reg) stride,
                    p = inout(reg) panel => _,
                    o = in(reg) out,
                    f = inout(reg) ahead => _,
                    $(out($clobber) _,)*
                    options(nostack),
                );
            }
        }
    };
}

/// Calls `tile!` with the first rows of a block, with two or four sums each.
macro_rules! rows {
    (2x 6 [$($r:tt)*] $($to:tt)*) => { rows!(2x 5 [("{b}+2*{s}" ("10" "12") ("11" "13")) $($r)*] $($to)*); };
    (2x 5 [$($r:tt)*] $($to:tt)*) => { rows!(2x 4 [("{b}+{s}" ("8" "12") ("9" "13")) $($r)*] $($to)*); };
    (2x 4 [$($r:tt)*] $($to:tt)*) => { rows!(2x 3 [("{b}" ("6" "12") ("7" "13")) $($r)*] $($to)*); };
    (2x 3 [$($r:tt)*] $($to:tt)*) => { rows!(2x 2 [("{a}+2*{s}" ("4" "12") ("5" "13")) $($r)*] $($to)*); };
    (2x 2 [$($r:tt)*] $($to:tt)*) => { rows!(2x 1 [("{a}+{s}" ("2" "12") ("3" "13")) $($r)*] $($to)*); };
    (2x 1 [$($r:tt)*] $($to:tt)*) => { tile!([("{a}" ("0" "12") ("1" "13")) $($r)*] $($to)*); };
    (4x 6 [$($r:tt)*] $($to:tt)*) => {
        rows!(4x 5 [("{b}+2*{s}" ("20" "24") ("21" "25") ("22" "26") ("23" "27")) $($r)*] $($to)*);
    };
    (4x 5 [$($r:tt)*] $($to:tt)*) => {
        rows!(4x 4 [("{b}+{s}" ("16" "24") ("17" "25") ("18" "26") ("19" "27")) $($r)*] $($to)*);
    };
    (4x 4 [$($r:tt)*] $($to:tt)*) => {
        rows!(4x 3 [("{b}" ("12" "24") ("13" "25") ("14" "26") ("15" "27")) $($r)*] $($to)*);
    };
    (4x 3 [$($r:tt)*] $($to:tt)*) => {
        rows!(4x 2 [("{a}+2*{s}" ("8" "24") ("9" "25") ("10" "26") ("11" "27")) $($r)*] $($to)*);
    };
    (4x 2 [$($r:tt)*] $($to:tt)*) => {
        rows!(4x 1 [("{a}+{s}" ("4" "24") ("5" "25") ("6" "26") ("7" "27")) $($r)*] $($to)*);
    };
    (4x 1 [$($r:tt)*] $($to:tt)*) => {
        tile!([("{a}" ("0" "24") ("1" "25") ("2" "26") ("3" "27")) $($r)*] $($to)*);
    };
}

type Tile = unsafe fn(usize, *const u8, usize, *const u8, *mut i32, *const u8);

/// A table of tile functions for 1 to 6 rows. An iteration prefetches half as many lines as it reads of the panel.
macro_rules! tiles {
    ($table:ident $kind:tt $($to:tt)*) => {
        const $table: [Tile; 6] = {
            rows!($kind 1 [] one $($to)*);
            rows!($kind 2 [] two $($to)*);
            rows!($kind 3 [] three $($to)*);
            rows!($kind 4 [] four $($to)*);
            rows!($kind 5 [] five $($to)*);
            rows!($kind 6 [] six $($to)*);
            [one, two, three, four, five, six]
        };
    };
}

tiles!(VNNI512_BYTES 4x "avx512f" vnni512 load4 bytes ["0" "256" "512" "768" "1024"] [
    "prefetcht1 [{f}]" "prefetcht1 [{f}+64]" "prefetcht1 [{f}+128]" "prefetcht1 [{f}+192]"
    "prefetcht1 [{f}+256]" "prefetcht1 [{f}+320]" "prefetcht1 [{f}+384]" "prefetcht1 [{f}+448]" "add {f}, 512"
] [
    "zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "zmm6" "zmm7" "zmm8" "zmm9" "zmm10" "zmm11" "zmm12" "zmm13" "zmm14"
    "zmm15" "zmm16" "zmm17" "zmm18" "zmm19" "zmm20" "zmm21" "zmm22" "zmm23" "zmm24" "zmm25" "zmm26" "zmm27" "zmm28"
]);
tiles!(VNNI512_WORDS 2x "avx512f" vnni512 load2 words ["0" "128" "256" "384" "512"] [] [
    "zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "zmm6" "zmm7" "zmm8" "zmm9" "zmm10" "zmm11" "zmm12" "zmm13" "zmm28"
]);
tiles!(VNNI256_BYTES 2x "avx2" vnni256 load bytes ["0" "64" "128" "192" "256"] [
    "prefetcht1 [{f}]" "prefetcht1 [{f}+64]" "add {f}, 128"
] [
    "ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11" "ymm12" "ymm13" "ymm14"
]);
tiles!(VNNI256_WORDS 2x "avx2" vnni256 load words ["0" "64" "128" "192" "256"] [] [
    "ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11" "ymm12" "ymm13" "ymm14"
]);
tiles!(AVX2_BYTES 2x "avx2" avx2 widen words ["0" "32" "64" "96" "128"] [
    "prefetcht1 [{f}]" "add {f}, 64"
] [
    "ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11" "ymm12" "ymm13" "ymm14"
    "ymm15"
]);
tiles!(AVX2_WORDS 2x "avx2" avx2 load words ["0" "64" "128" "192" "256"] [] [
    "ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6" "ymm7" "ymm8" "ymm9" "ymm10" "ymm11" "ymm12" "ymm13" "ymm14"
    "ymm15"
]);

/// Checks the sizes and calls the function for this number of rows. `T` is the element type of a row, `W` that of the
/// panel; an iteration covers 16 bytes of a row. The second slice is to be prefetched.
#[inline(always)]
fn call<T, W>(
    tiles: &[Tile; 6],
    width: usize,
    rows: usize,
    a: &[T],
    stride: usize,
    [panel, ahead]: [&[W]; 2],
    out: &mut [i32],
) {
    // If nothing follows, prefetch the panel itself, which is cached already.
    let ahead = if ahead.is_empty() { panel } else { ahead };
    let per_iteration = 16 / size_of::<T>();
    let depth = checked_depth(rows, a.len(), stride, panel.len(), width, out.len(), per_iteration);
    assert!(depth > 0 && panel.as_ptr().addr().is_multiple_of(64));
    let stride = stride * size_of::<T>();
    // SAFETY: the caller holds a value of the kernel's type, which proves the instruction set; `checked_depth` has
    // checked that every row and the panel have `depth` values, a non-zero multiple of those of an iteration, and that
    // the tile fits `out`; the panel is aligned as the loads require.
    unsafe {
        tiles[rows - 1](
            depth / per_iteration,
            a.as_ptr().cast(),
            stride,
            panel.as_ptr().cast(),
            out.as_mut_ptr(),
            ahead.as_ptr().cast(),
        );
    }
}

impl Kernel for Avx512Vnni {
    const ISA: Isa = Isa::Avx512Vnni;
    const WIDTH8: usize = 64;
    const GROUP8: usize = 4;
    type Activation = u8;
    type Lanes = Zmm;
    const WIDTH16: usize = 32;
    const GROUP16: usize = 2;

    #[inline(always)]
    fn store_activations(q: Self::Lanes, to: &mut [u8; LANES]) {
        q.store_low8(to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[u8], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&VNNI512_BYTES, Self::WIDTH8, rows, a, stride, [panel.weights, panel.ahead], out);
    }

    #[inline(always)]
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]) {
        call(&VNNI512_WORDS, Self::WIDTH16, rows, a, stride, [panel, &[]], out);
    }
}

impl Kernel for AvxVnni {
    const ISA: Isa = Isa::AvxVnni;
    const WIDTH8: usize = 16;
    const GROUP8: usize = 4;
    type Activation = u8;
    type Lanes = Ymm;
    const WIDTH16: usize = 16;
    const GROUP16: usize = 2;

    #[inline(always)]
    fn store_activations(q: Self::Lanes, to: &mut [u8; LANES]) {
        q.store_low8(to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[u8], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&VNNI256_BYTES, Self::WIDTH8, rows, a, stride, [panel.weights, panel.ahead], out);
    }

    #[inline(always)]
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]) {
        call(&VNNI256_WORDS, Self::WIDTH16, rows, a, stride, [panel, &[]], out);
    }
}

impl Kernel for Avx2 {
    const ISA: Isa = Isa::Avx2;
    const WIDTH8: usize = 16;
    const GROUP8: usize = 2;
    type Activation = i16;
    type Lanes = Ymm;
    const WIDTH16: usize = 16;
    const GROUP16: usize = 2;

    #[inline(always)]
    fn store_activations(q: Ymm, to: &mut [i16; LANES]) {
        q.store_low16(to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[i16], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&AVX2_BYTES, Self::WIDTH8, rows, a, stride, [panel.weights, panel.ahead], out);
    }

    #[inline(always)]
    fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]) {
        call(&AVX2_WORDS, Self::WIDTH16, rows, a, stride, [panel, &[]], out);
    }
}

/// Compiles `task` for the instruction set.
pub(super) mod compile {
    use super::super::kernel::Task;
    use super::{Avx2, Avx512Vnni, AvxVnni};

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
    pub(in super::super) fn avx512_vnni<T: Task>(kernel: Avx512Vnni, task: T) -> T::Output {
        task.run(kernel)
    }

    #[target_feature(enable = "avx2,fma")]
    pub(in super::super) fn avx_vnni<T: Task>(kernel: AvxVnni, task: T) -> T::Output {
        task.run(kernel)
    }

    #[target_feature(enable = "avx2,fma")]
    pub(in super::super) fn avx2<T: Task>(kernel: Avx2, task: T) -> T::Output {
        task.run(kernel)
    }
}
