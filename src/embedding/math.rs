//! The f32 functions of the encoder, over [`Lanes`].
//!
//! Invariant: every machine computes the same bits. Only addition, multiplication, fused multiply-add, division, square
//! root, comparison and bit moves are used, which IEEE 754 rounds identically everywhere; the platform's `exp` and
//! `erf` are not. Rows are multiples of [`LANES`] long, zero-padded, and sums run in lanes in a fixed order.

use crate::simd::{LANES, Lanes};

/// `2^x` for `x <= 125`, with a relative error below 8e-5; `2^-125` for `x < -125`. The softmax's scores are rounded to
/// steps a hundred times coarser.
#[inline(always)]
pub(super) fn exp2<L: Lanes>(x: L) -> L {
    // Minimax in the relative error on [-1/2, 1/2].
    const C: [f32; 3] = [0.999_928_06, 0.693_261, 0.242_611_14];
    let x = x.max(L::splat(-125.0));
    let round = x.round();
    let r = x.sub(round.rounded());
    let mut p = L::splat(0.055_171_67);
    for c in C.into_iter().rev() {
        p = p.mul_add(r, L::splat(c));
    }
    p.raise(round)
}

/// `x / 2 (1 + erf(x / sqrt 2))`, within 1.2e-4 for `|x| <= 3.8` and within `7.5e-5 |x|` beyond. The result is rounded
/// to bytes, in steps a hundred times coarser.
#[inline(always)]
pub(super) fn gelu<L: Lanes>(x: L) -> L {
    // The normal distribution as 1/2 + x P(x^2), minimax in x^2 P on [-3.8, 3.8], to which x is clamped.
    const END: f32 = 3.8; // fixed: fitted with the polynomial
    const C: [f32; 6] =
        [0.398_256_66, -0.065_132_69, 0.009_045_745, -0.000_874_428_95, 5.462_236_7e-5, -1.956_965_4e-6];
    let t = x.min(L::splat(END)).max(L::splat(-END));
    let u = t.mul(t);
    let mut p = L::splat(3.025_382e-8);
    for c in C.into_iter().rev() {
        p = p.mul_add(u, L::splat(c));
    }
    x.mul(t.mul_add(p, L::splat(0.5)))
}

/// Normalizes the first `width` values of `row` to mean 0 and variance 1, then scales by `weight` and adds `bias`. All
/// three are zero beyond `width`.
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

/// The inner products of a row with each of `N` consecutive rows of the same length.
#[inline(always)]
pub(super) fn dots<L: Lanes, const N: usize>(a: &[f32], rows: &[f32]) -> [f32; N] {
    let a = a.as_chunks::<LANES>().0;
    let rows = &rows.as_chunks::<LANES>().0[..N * a.len()];
    let mut sums = [L::splat(0.0); N];
    for (at, block) in a.iter().enumerate() {
        let block = L::load(block);
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum = block.mul_add(L::load(&rows[row * a.len() + at]), *sum);
        }
    }
    let mut folded = [0.0; N];
    for (to, sum) in folded.iter_mut().zip(sums) {
        *to = sum.fold_add();
    }
    folded
}

/// `to += factor * from`.
#[inline(always)]
pub(super) fn add_scaled<L: Lanes>(to: &mut [f32], factor: f32, from: &[f32]) {
    let factor = L::splat(factor);
    for (to, from) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(from.as_chunks::<LANES>().0) {
        factor.mul_add(L::load(from), L::load(to)).store(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Plain16;

    fn at(x: f32, f: impl Fn(Plain16) -> Plain16) -> f64 {
        let mut to = [0.0; LANES];
        f(Plain16::splat(x)).store(&mut to);
        f64::from(to[0])
    }

    #[test]
    fn powers_of_two_are_within_their_bound() {
        for step in -40_000..=40_000 {
            let x = step as f32 * 0.003;
            let exact = f64::from(x).exp2();
            assert!((at(x, exp2) / exact - 1.0).abs() < 8e-5, "{x}");
        }
        assert!(at(-1e9, exp2) <= 2f64.powi(-125) * 1.001);
    }

    #[test]
    fn gelu_is_within_its_bound() {
        // The normal distribution by Simpson's rule from 0 on, in steps of 1/1000.
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let (mut x, mut above) = (0.0f64, 0.5);
        while x < 9.0 {
            let bound = if x <= 3.8 { 1.2e-4 } else { 7.5e-5 * x };
            let error = at(x as f32, gelu) - x * above;
            assert!(error.abs() < bound, "{error} at {x}");
            let error = at(-x as f32, gelu) + x * (1.0 - above);
            assert!(error.abs() < bound, "{error} at -{x}");
            above += (density(x) + 4.0 * density(x + 5e-4) + density(x + 1e-3)) / 6e3;
            x += 1e-3;
        }
    }
}
