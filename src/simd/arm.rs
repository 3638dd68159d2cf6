//! NEON, NEON with `dotprod` and NEON with `i8mm`. `KERNELS.md` explains layout and register blocks.
//!
//! The inner loops are assembly: the intrinsics of `dotprod` and `i8mm` are not stable, and a block that fills all 32
//! registers leaves no room for register allocation. Blocks are chosen to be bound by multiplications and not by loads.
//! One iteration covers 16 bytes of every row and the matching weights; per iteration of the largest block:
//!
//! | block | loads | moves | multiplications | products each |
//! |---|---|---|---|---|
//! | i8mm, 6 rows by 16 | 6 + 16 | 6 | 48 `usmmla` | 32 |
//! | dotprod, 6 by 16 | 6 + 16 | 0 | 96 `sdot` | 16 |
//! | NEON, 3 by 16 | 3 + 16 | 24 | 48 `smull` + 48 `smlal` + 48 `sadalp` | 8 |
//! | 16-bit, 6 by 16 | 6 + 16 | 0 | 192 `smlal` | 4 |
//!
//! A core that starts two multiplications per cycle can start as many loads; even i8mm needs fewer than half of these.
//! Weights alternate between two registers, so that an in-order core overlaps the next load.
#![expect(unsafe_code, reason = "assembly, and calls of functions that need an instruction set")]

use std::arch::asm;

use super::Isa;
use super::arm_lanes::Quad;
use super::kernel::{Kernel, Panel, checked_depth};
use super::lanes::{LANES, Lanes};

/// NEON: 3 rows by 16 outputs. Activations are stored minus 128: two products of signed bytes then fit 16 bits, so one
/// instruction computes eight of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon(());

/// NEON with `dotprod`: 6 rows by 16 outputs. Both factors of `sdot` are signed, so activations are stored minus 128.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeonDotprod(());

/// NEON with `i8mm`: 6 rows by 16 outputs, computed as products of two rows and two outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeonI8mm(());

/// The loads and lanes of the assembly assume little-endian memory.
macro_rules! has {
    ($($feature:tt),*) => {
        cfg!(target_endian = "little") $(&& std::arch::is_aarch64_feature_detected!($feature))*
    };
}

impl Neon {
    pub(super) fn new() -> Option<Self> {
        has!("neon").then_some(Self(()))
    }
}

impl NeonDotprod {
    pub(super) fn new() -> Option<Self> {
        has!("neon", "dotprod").then_some(Self(()))
    }
}

impl NeonI8mm {
    pub(super) fn new() -> Option<Self> {
        has!("neon", "i8mm").then_some(Self(()))
    }
}

/// Arguments: iterations, first row, stride in bytes, panel, sums of weights, tile.
type Tile = unsafe fn(usize, *const u8, usize, *const u8, *const i32, *mut i32);

/// Defines a tile function for any number of rows. The assembler omits the lines that `.if` restricts to further rows;
/// a missing second row of a pair is replaced by the last row.
macro_rules! tile {
    ($(#[$doc:meta])* $name:ident $features:literal [$($begin:expr,)*] [$($turn:expr,)*] [$($store:expr,)*]) => {
        $(#[$doc])*
        #[target_feature(enable = $features)]
        unsafe fn $name<const ROWS: usize>(
            iterations: usize,
            a: *const u8,
            stride: usize,
            panel: *const u8,
            sums: *const i32,
            out: *mut i32,
        ) {
            let row = |row: usize| a.wrapping_add(row.min(ROWS - 1) * stride);
            // SAFETY: the caller passes a panel and `ROWS` rows that cover all iterations, at least one, one sum per
            // output of the panel, and room for the tile.
            unsafe {
                asm!(
                    $($begin,)*
                    "2:",
                    $($turn,)*
                    "subs {n}, {n}, #1",
                    "b.ne 2b",
                    $($store,)*
                    // Not every tile uses all operands.
                    "// {sums} {a0} {a1} {a2} {a3} {a4} {a5}",
                    rows = const ROWS,
                    n = inout(reg) iterations => _,
                    a0 = inout(reg) row(0) => _,
                    a1 = inout(reg) row(1) => _,
                    a2 = inout(reg) row(2) => _,
                    a3 = inout(reg) row(3) => _,
                    a4 = inout(reg) row(4) => _,
                    a5 = inout(reg) row(5) => _,
                    p = inout(reg) panel => _,
                    sums = in(reg) sums,
                    o = inout(reg) out => _,
                    out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                    out("v7") _, out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _, out("v13") _,
                    out("v14") _, out("v15") _, out("v16") _, out("v17") _, out("v18") _, out("v19") _,
                    out("v20") _, out("v21") _, out("v22") _, out("v23") _, out("v24") _, out("v25") _,
                    out("v26") _, out("v27") _, out("v28") _, out("v29") _, out("v30") _, out("v31") _,
                    options(nostack),
                );
            }
        }
    };
}

/// Emits lines only if row `$row` exists.
macro_rules! row {
    ($row:literal: $($line:expr),*) => { concat!(".if {rows} > ", $row, "\n", $($line, "\n",)* ".endif\n") };
}

/// Before the loop: sets the sums in the named registers to zero.
macro_rules! zero {
    ($($sum:literal)*) => { concat!($("movi v", $sum, ".4s, #0\n",)*) };
}

/// Before the loop: sets the sums to 128 times the sum of their weights, which compensates for activations stored minus
/// 128.
macro_rules! shifted {
    ([$s0:literal $s1:literal $s2:literal $s3:literal] [$($sum:literal $from:literal)*]) => {
        concat!(
            "ldp q", $s0, ", q", $s1, ", [{sums}]\nldp q", $s2, ", q", $s3, ", [{sums}, #32]\n",
            shifted!($s0), shifted!($s1), shifted!($s2), shifted!($s3),
            $("mov v", $sum, ".16b, v", $from, ".16b\n",)*
        )
    };
    ($sum:literal) => { concat!("shl v", $sum, ".4s, v", $sum, ".4s, #7\n") };
}

/// After the loop: stores the 16 sums of each row to the tile.
macro_rules! store {
    ($($row:literal $s0:literal $s1:literal $s2:literal $s3:literal)*) => {
        concat!($(row!($row:
            concat!("stp q", $s0, ", q", $s1, ", [{o}], #32"),
            concat!("stp q", $s2, ", q", $s3, ", [{o}], #32")
        ),)*)
    };
}

/// Loads the next 16 bytes of each row to registers 0 to 5.
macro_rules! load_rows {
    () => { load_rows!("0" "0" "1" "1" "2" "2" "3" "3" "4" "4" "5" "5") };
    ($($row:literal $to:literal)*) => {
        concat!($(row!($row: concat!("ldr q", $to, ", [{a", $row, "}], #16")),)*)
    };
}

/// Loads the next 16 bytes of the panel to register `$w`.
macro_rules! load {
    ($w:literal) => {
        concat!("ldr q", $w, ", [{p}], #16\n")
    };
}

/// Multiplies each row's bytes in a lane with the 4 outputs in a register.
macro_rules! sdot {
    ($w:literal $lane:literal 0) => { sdot!($w $lane "0" "8" "1" "12" "2" "16" "3" "20" "4" "24" "5" "28") };
    ($w:literal $lane:literal 1) => { sdot!($w $lane "0" "9" "1" "13" "2" "17" "3" "21" "4" "25" "5" "29") };
    ($w:literal $lane:literal 2) => { sdot!($w $lane "0" "10" "1" "14" "2" "18" "3" "22" "4" "26" "5" "30") };
    ($w:literal $lane:literal 3) => { sdot!($w $lane "0" "11" "1" "15" "2" "19" "3" "23" "4" "27" "5" "31") };
    ($w:literal $lane:literal $($row:literal $sum:literal)*) => {
        concat!($(row!($row: concat!("sdot v", $sum, ".4s, v", $w, ".16b, v", $row, ".4b[", $lane, "]")),)*)
    };
    // Four inputs of 16 outputs, the first 4 of which are loaded; then loads the next, unless the panel may end here.
    ($lane:literal then $($next:literal)?) => {
        concat!(
            load!("7"), sdot!("6" $lane 0), load!("6"), sdot!("7" $lane 1), load!("7"), sdot!("6" $lane 2),
            $(load!($next),)? sdot!("7" $lane 3),
        )
    };
}

tile! {
    /// 16 outputs by `sdot`.
    dotprod "dotprod"
    [
        shifted!(["8" "9" "10" "11"] [
            "12" "8" "13" "9" "14" "10" "15" "11" "16" "8" "17" "9" "18" "10" "19" "11" "20" "8" "21" "9" "22" "10"
            "23" "11" "24" "8" "25" "9" "26" "10" "27" "11" "28" "8" "29" "9" "30" "10" "31" "11"
        ]),
    ]
    [
        load_rows!(), load!("6"), sdot!("0" then "6"), sdot!("1" then "6"), sdot!("2" then "6"), sdot!("3" then),
    ]
    [
        store!("0" "8" "9" "10" "11" "1" "12" "13" "14" "15" "2" "16" "17" "18" "19"
            "3" "20" "21" "22" "23" "4" "24" "25" "26" "27" "5" "28" "29" "30" "31"),
    ]
}

/// Multiplies each row's 16-bit value in a lane with the 8 columns in a register.
macro_rules! smlal {
    ($w:literal $lane:literal 0) => {
        smlal!($w $lane "0" "8" "9" "1" "12" "13" "2" "16" "17" "3" "20" "21" "4" "24" "25" "5" "28" "29")
    };
    ($w:literal $lane:literal 1) => {
        smlal!($w $lane "0" "10" "11" "1" "14" "15" "2" "18" "19" "3" "22" "23" "4" "26" "27" "5" "30" "31")
    };
    ($w:literal $lane:literal $($row:literal $low:literal $high:literal)*) => {
        concat!($(row!($row:
            concat!("smlal v", $low, ".4s, v", $w, ".4h, v", $row, ".h[", $lane, "]"),
            concat!("smlal2 v", $high, ".4s, v", $w, ".8h, v", $row, ".h[", $lane, "]")
        ),)*)
    };
    // One input of 16 columns, the first 8 of which are loaded; then loads the next, unless the panel may end here.
    ($lane:literal then $($next:literal)?) => {
        concat!(load!("7"), smlal!("6" $lane 0), $(load!($next),)? smlal!("7" $lane 1))
    };
}

tile! {
    /// 16 columns of 16-bit values by `smlal`.
    words "neon"
    [
        zero!("8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28"
            "29" "30" "31"),
    ]
    [
        load_rows!(), load!("6"), smlal!("0" then "6"), smlal!("1" then "6"), smlal!("2" then "6"),
        smlal!("3" then "6"), smlal!("4" then "6"), smlal!("5" then "6"), smlal!("6" then "6"), smlal!("7" then),
    ]
    [
        store!("0" "8" "9" "10" "11" "1" "12" "13" "14" "15" "2" "16" "17" "18" "19"
            "3" "20" "21" "22" "23" "4" "24" "25" "26" "27" "5" "28" "29" "30" "31"),
    ]
}

/// Multiplies pairs of rows, 8 bytes of each, with the two outputs in a register, 8 weights of each. The register of a
/// sum contains two outputs of the first row and two of the second.
macro_rules! usmmla {
    (low $w:literal $s0:literal $s1:literal $s2:literal) => { usmmla!($w "0" "6" $s0 "2" "0" $s1 "4" "2" $s2) };
    (high $w:literal $s0:literal $s1:literal $s2:literal) => { usmmla!($w "0" "1" $s0 "2" "3" $s1 "4" "5" $s2) };
    ($w:literal $($row:literal $a:literal $sum:literal)*) => {
        concat!($(row!($row: concat!("usmmla v", $sum, ".4s, v", $a, ".16b, v", $w, ".16b")),)*)
    };
    // Eight inputs of 16 outputs, the first two outputs of which are loaded; then loads the next, unless the panel may
    // end here.
    ($half:ident then $($next:literal)?) => {
        concat!(
            load!("7"), usmmla!($half "4" "8" "16" "24"), load!("4"), usmmla!($half "7" "9" "17" "25"),
            load!("7"), usmmla!($half "4" "10" "18" "26"), load!("4"), usmmla!($half "7" "11" "19" "27"),
            load!("7"), usmmla!($half "4" "12" "20" "28"), load!("4"), usmmla!($half "7" "13" "21" "29"),
            load!("7"), usmmla!($half "4" "14" "22" "30"), $(load!($next),)? usmmla!($half "7" "15" "23" "31"),
        )
    };
}

/// Loads the next 16 bytes of each row, in pairs of rows: the first 8 of both rows to registers 6, 0 and 2, the others
/// to 1, 3 and 5. Registers 4 and 7 are reserved for weights.
macro_rules! load_pairs {
    () => {
        concat!(
            load_pairs!("0" "0" "0" "1" "1" "2" "2" "2" "3" "3" "4" "4" "4" "5" "5"),
            load_pairs!(zip "0" "6" "0" "1" "2" "0" "2" "3" "4" "2" "4" "5"),
        )
    };
    ($($pair:literal $first:literal $a:literal $second:literal $b:literal)*) => {
        concat!($(row!($pair:
            concat!("ldr q", $a, ", [{a", $first, "}], #16"),
            concat!("ldr q", $b, ", [{a", $second, "}], #16")
        ),)*)
    };
    (zip $($pair:literal $low:literal $a:literal $b:literal)*) => {
        concat!($(row!($pair:
            concat!("zip1 v", $low, ".2d, v", $a, ".2d, v", $b, ".2d"),
            concat!("zip2 v", $b, ".2d, v", $a, ".2d, v", $b, ".2d")
        ),)*)
    };
}

/// After the loop: stores the sums of pairs of rows to the tile, row by row.
macro_rules! store_pairs {
    ($zip:literal $row:literal $s0:literal $s1:literal $s2:literal $s3:literal
     $s4:literal $s5:literal $s6:literal $s7:literal) => {
        row!($row:
            concat!($zip, " v0.2d, v", $s0, ".2d, v", $s1, ".2d"),
            concat!($zip, " v1.2d, v", $s2, ".2d, v", $s3, ".2d"),
            concat!($zip, " v2.2d, v", $s4, ".2d, v", $s5, ".2d"),
            concat!($zip, " v3.2d, v", $s6, ".2d, v", $s7, ".2d"),
            "stp q0, q1, [{o}], #32",
            "stp q2, q3, [{o}], #32"
        )
    };
}

tile! {
    /// 16 outputs by `usmmla`.
    i8mm "i8mm"
    [
        zero!("8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28"
            "29" "30" "31"),
    ]
    [load_pairs!(), load!("4"), usmmla!(low then "4"), usmmla!(high then),]
    [
        store_pairs!("zip1" "0" "8" "9" "10" "11" "12" "13" "14" "15"),
        store_pairs!("zip2" "1" "8" "9" "10" "11" "12" "13" "14" "15"),
        store_pairs!("zip1" "2" "16" "17" "18" "19" "20" "21" "22" "23"),
        store_pairs!("zip2" "3" "16" "17" "18" "19" "20" "21" "22" "23"),
        store_pairs!("zip1" "4" "24" "25" "26" "27" "28" "29" "30" "31"),
        store_pairs!("zip2" "5" "24" "25" "26" "27" "28" "29" "30" "31"),
    ]
}

/// Four inputs of 16 outputs, in two pairs: the products of the first and second pairs of bytes are added in 16 bits,
/// which two products fit, and then pairwise to the sums.
macro_rules! smull {
    ($first:literal $second:literal) => {
        concat!(
            "ldp q15, q16, [{p}], #32\nldp q17, q18, [{p}], #32\n",
            smull!(pair $first $second "0" "12" "19" "20"),
            smull!(pair $first $second "1" "13" "21" "22"),
            smull!(pair $first $second "2" "14" "23" "24"),
            smull!("0" "19" "20" "0" "1" "2" "3"),
            smull!("1" "21" "22" "4" "5" "6" "7"),
            smull!("2" "23" "24" "8" "9" "10" "11"),
        )
    };
    (pair $first:literal $second:literal $row:literal $a:literal $x:literal $y:literal) => {
        row!($row:
            concat!("dup v", $x, ".8h, v", $a, ".h[", $first, "]"),
            concat!("dup v", $y, ".8h, v", $a, ".h[", $second, "]")
        )
    };
    ($row:literal $x:literal $y:literal $s0:literal $s1:literal $s2:literal $s3:literal) => {
        row!($row:
            concat!("smull v25.8h, v15.8b, v", $x, ".8b"),
            concat!("smull2 v26.8h, v15.16b, v", $x, ".16b"),
            concat!("smull v27.8h, v16.8b, v", $x, ".8b"),
            concat!("smull2 v28.8h, v16.16b, v", $x, ".16b"),
            concat!("smlal v25.8h, v17.8b, v", $y, ".8b"),
            concat!("smlal2 v26.8h, v17.16b, v", $y, ".16b"),
            concat!("smlal v27.8h, v18.8b, v", $y, ".8b"),
            concat!("smlal2 v28.8h, v18.16b, v", $y, ".16b"),
            concat!("sadalp v", $s0, ".4s, v25.8h"),
            concat!("sadalp v", $s1, ".4s, v26.8h"),
            concat!("sadalp v", $s2, ".4s, v27.8h"),
            concat!("sadalp v", $s3, ".4s, v28.8h")
        )
    };
}

tile! {
    /// At most 3 rows by 16 outputs: four products in flight keep an in-order core busy, and need registers.
    neon3 "neon"
    [shifted!(["0" "1" "2" "3"] ["4" "0" "5" "1" "6" "2" "7" "3" "8" "0" "9" "1" "10" "2" "11" "3"]),]
    [
        load_rows!("0" "12" "1" "13" "2" "14"),
        smull!("0" "1"), smull!("2" "3"), smull!("4" "5"), smull!("6" "7"),
    ]
    [store!("0" "0" "1" "2" "3" "1" "4" "5" "6" "7" "2" "8" "9" "10" "11"),]
}

/// 4 to 6 rows in two tiles of nearly equal size.
#[target_feature(enable = "neon")]
unsafe fn neon6<const FIRST: usize, const SECOND: usize>(
    iterations: usize,
    a: *const u8,
    stride: usize,
    panel: *const u8,
    sums: *const i32,
    out: *mut i32,
) {
    // SAFETY: the caller passes a panel and `FIRST + SECOND` rows that cover all iterations, and room for as many.
    unsafe { neon3::<FIRST>(iterations, a, stride, panel, sums, out) };
    let (a, out) = (a.wrapping_add(FIRST * stride), out.wrapping_add(FIRST * 16));
    // SAFETY: as above; these are the rows after the first ones.
    unsafe { neon3::<SECOND>(iterations, a, stride, panel, sums, out) };
}

const NEON_BYTES: [Tile; 6] =
    [neon3::<1>, neon3::<2>, neon3::<3>, neon6::<2, 2>, neon6::<3, 2>, neon6::<3, 3>];
const DOTPROD_BYTES: [Tile; 6] =
    [dotprod::<1>, dotprod::<2>, dotprod::<3>, dotprod::<4>, dotprod::<5>, dotprod::<6>];
const I8MM_BYTES: [Tile; 6] = [i8mm::<1>, i8mm::<2>, i8mm::<3>, i8mm::<4>, i8mm::<5>, i8mm::<6>];
const WORDS: [Tile; 6] = [words::<1>, words::<2>, words::<3>, words::<4>, words::<5>, words::<6>];

/// Number of outputs of every tile.
const WIDTH: usize = 16;

/// Checks the sizes and calls the function for this number of rows. An iteration covers 16 bytes of a row.
#[inline(always)]
fn call<T, W>(
    tiles: &[Tile; 6],
    rows: usize,
    a: &[T],
    stride: usize,
    panel: &[W],
    sums: &[i32],
    out: &mut [i32],
) {
    let per_iteration = 16 / size_of::<T>();
    let depth = checked_depth(rows, a.len(), stride, panel.len(), WIDTH, out.len(), per_iteration);
    assert!(depth > 0 && sums.len() >= WIDTH);
    let (a, panel) = (a.as_ptr().cast(), panel.as_ptr().cast());
    let (sums, out) = (sums.as_ptr(), out.as_mut_ptr());
    // SAFETY: the caller holds a value of the kernel's type, which proves the instruction set; `checked_depth` has
    // checked that every row and the panel have `depth` values, a non-zero multiple of those of an iteration, and that
    // the tile fits `out`; there is a sum for each output.
    unsafe { tiles[rows - 1](depth / per_iteration, a, stride * size_of::<T>(), panel, sums, out) };
}

/// Common to all: the 16-bit product, for which the extensions have no instruction.
macro_rules! words {
    () => {
        type Lanes = Quad;
        const WIDTH8: usize = WIDTH;
        const WIDTH16: usize = WIDTH;
        const GROUP16: usize = 1;

        #[inline(always)]
        fn tile16(self, rows: usize, a: &[i16], stride: usize, panel: &[i16], out: &mut [i32]) {
            call(&WORDS, rows, a, stride, panel, &[0; WIDTH], out);
        }
    };
}

/// Stores activations minus 128, as signed bytes.
#[inline(always)]
fn store_shifted(q: Quad, to: &mut [i8; LANES]) {
    let mut bytes = [0; LANES];
    q.store_low8(&mut bytes);
    *to = bytes.map(|byte| (byte ^ 0x80) as i8);
}

impl Kernel for Neon {
    const ISA: Isa = Isa::Neon;
    const GROUP8: usize = 2;
    type Activation = i8;
    words!();

    #[inline(always)]
    fn store_activations(q: Quad, to: &mut [i8; LANES]) {
        store_shifted(q, to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[i8], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&NEON_BYTES, rows, a, stride, panel.weights, panel.sums, out);
    }
}

impl Kernel for NeonDotprod {
    const ISA: Isa = Isa::NeonDotprod;
    const GROUP8: usize = 4;
    type Activation = i8;
    words!();

    #[inline(always)]
    fn store_activations(q: Quad, to: &mut [i8; LANES]) {
        store_shifted(q, to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[i8], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&DOTPROD_BYTES, rows, a, stride, panel.weights, panel.sums, out);
    }
}

impl Kernel for NeonI8mm {
    const ISA: Isa = Isa::NeonI8mm;
    const GROUP8: usize = 8;
    type Activation = u8;
    words!();

    #[inline(always)]
    fn store_activations(q: Quad, to: &mut [u8; LANES]) {
        q.store_low8(to);
    }

    #[inline(always)]
    fn tile8(self, rows: usize, a: &[u8], stride: usize, panel: Panel<'_>, out: &mut [i32]) {
        call(&I8MM_BYTES, rows, a, stride, panel.weights, &[0; WIDTH], out);
    }
}
