//! The f32 functions of the encoder, over [`Lanes`].
//!
//! Invariant: every machine gives the same bits. Only additions, multiplications, both fused, divisions, square roots,
//! comparisons and bit moves are used, which IEEE 754 rounds the same everywhere; the platform's `exp` and `erf` are
//! not. Rows are multiples of [`LANES`] long, padded with zeros, and sums run in lanes in a fixed order.

use crate::simd::{LANES, Lanes};

/// `2^x` for `x <= 0`, within 2.5e-7 of its size; below -126 it stays at the smallest normal number.
#[inline(always)]
pub(super) fn exp2_nonpositive<L: Lanes>(x: L) -> L {
    // Minimax on [-1/2, 1/2].
    const C: [f32; 5] = [1.000_000_1, 0.693_146_94, 0.240_221_2, 0.055_507_13, 0.009_675_541];
    let x = x.max(L::splat(-126.0));
    let round = x.round();
    let r = x.sub(round.rounded());
    let mut p = L::splat(0.001_327_647_1);
    for c in C.into_iter().rev() {
        p = p.mul_add(r, L::splat(c));
    }
    p.mul(round.exponent())
}

/// `x / 2 (1 + erf(x / sqrt 2))`, within 5e-5 for `|x| <= 5` and within 1.2e-5 of `x` beyond.
#[inline(always)]
pub(super) fn gelu<L: Lanes>(x: L) -> L {
    // The normal distribution as 1/2 + x P(x^2), minimax in x^2 P on [-4.25, 4.25], where x is cut.
    const END: f32 = 4.25;
    const C: [f32; 8] = [
        0.398_819_2,
        -0.066_190_28,
        0.009_718_779_5,
        -0.001_079_078_3,
        8.848_918_5e-5,
        -5.147_518e-6,
        1.986_161_2e-7,
        -4.515_310_2e-9,
    ];
    let t = x.min(L::splat(END)).max(L::splat(-END));
    let u = t.mul(t);
    let mut p = L::splat(4.547_080_7e-11);
    for c in C.into_iter().rev() {
        p = p.mul_add(u, L::splat(c));
    }
    x.mul(t.mul_add(p, L::splat(0.5)))
}

/// Normalizes the first `width` values of `row` to mean 0 and variance 1, then scales by `weight` and adds `bias`;
/// these and the rest of the row are zeros beyond `width`.
#[inline(always)]
pub(super) fn layer_norm<L: Lanes>(row: &mut [f32], width: usize, weight: &[f32], bias: &[f32], eps: f32) {
    let inverse_len = 1.0 / width as f32;
    let mean = L::splat(sum::<L>(row) * inverse_len);
    for block in row.as_chunks_mut::<LANES>().0 {
        L::load(block).sub(mean).store(block);
    }
    row[width..].fill(0.0);
    let deviation = (dot::<L>(row, row) * inverse_len + eps).sqrt();
    let scale = L::splat(if deviation > 0.0 { 1.0 / deviation } else { 0.0 });
    let (weight, bias) = (weight.as_chunks::<LANES>().0, bias.as_chunks::<LANES>().0);
    for ((block, weight), bias) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(weight).zip(bias) {
        L::load(block).mul(scale).mul_add(L::load(weight), L::load(bias)).store(block);
    }
}

/// The sum of `values`.
#[inline(always)]
pub(super) fn sum<L: Lanes>(values: &[f32]) -> f32 {
    let [mut even, mut odd] = [L::splat(0.0); 2];
    let (pairs, rest) = values.as_chunks::<LANES>().0.as_chunks::<2>();
    for pair in pairs {
        even = even.add(L::load(&pair[0]));
        odd = odd.add(L::load(&pair[1]));
    }
    for block in rest {
        even = even.add(L::load(block));
    }
    even.add(odd).fold_add()
}

/// The inner product of two rows of one length.
#[inline(always)]
pub(super) fn dot<L: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    let [mut even, mut odd] = [L::splat(0.0); 2];
    let (a, a_rest) = a.as_chunks::<LANES>().0.as_chunks::<2>();
    let (b, b_rest) = b.as_chunks::<LANES>().0.as_chunks::<2>();
    for (a, b) in a.iter().zip(b) {
        even = L::load(&a[0]).mul_add(L::load(&b[0]), even);
        odd = L::load(&a[1]).mul_add(L::load(&b[1]), odd);
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        even = L::load(a).mul_add(L::load(b), even);
    }
    even.add(odd).fold_add()
}

/// `to += from`.
#[inline(always)]
pub(super) fn add<L: Lanes>(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(from.as_chunks::<LANES>().0) {
        L::load(to).add(L::load(from)).store(to);
    }
}
