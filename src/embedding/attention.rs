//! Self-attention of one text, in integers.
//!
//! Invariant: queries, keys and values of a head are quantized with one scale each: 8 bits for queries and keys, up to
//! 16 for values. The largest weight of a token is `2^WEIGHT`, and values are limited so that no sum of one product per
//! token overflows. There is no mask: keys that pad a panel get the weight zero.
//!
//! 8 bits suffice for scores because the softmax turns a score's error into a relative error of a weight; 8-bit weights
//! would lose the many small ones that add up in a long text. The sum of the weights is divided out of the result, so
//! they are written in the pass that computes them.

use super::linear::blocks;
use super::math::exp2;
use crate::simd::{Aligned, DEPTH, Kernel, LANES, Lanes, Panel, ROWS};

/// Binary logarithm of the largest weight of a token: half of the bits that a sum over the longest texts leaves to a
/// product.
const WEIGHT: i32 = 12;
/// Largest magnitude of a key, and of a query before [`QUERY_ZERO`] is added.
const SCORE_MAX: f32 = 127.0; // fixed: of a byte
/// Zero point of queries, whose values are unsigned.
const QUERY_ZERO: f32 = 128.0; // fixed: of a byte

/// Scratch memory of one call.
#[derive(Debug, Default)]
pub(super) struct Attention {
    queries: Aligned<u8>,
    keys: Aligned<i8>,
    key_sums: Aligned<i32>,
    values: Aligned<i16>,
    scores: Aligned<i32>,
    shifted: Aligned<f32>,
    weights: Aligned<i16>,
}

/// The heads of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    /// Values per head.
    pub(super) size: usize,
    /// Values per head including zero padding, a multiple of [`DEPTH`].
    pub(super) padded: usize,
}

impl Attention {
    /// `qkv` holds a row of `stride` values per token: queries, keys and values of all heads. The heads' output is
    /// written to `out`, in rows of `out_stride`.
    #[inline(always)]
    pub(super) fn apply<K: Kernel>(
        &mut self,
        kernel: K,
        qkv: &[f32],
        stride: usize,
        heads: Heads,
        out: &mut [f32],
        out_stride: usize,
    ) {
        let tokens = qkv.len() / stride;
        let (width, size) = (K::WIDTH16, heads.padded);
        let columns = size.next_multiple_of(width);
        let token_depth = tokens.next_multiple_of(DEPTH);
        let token_width = tokens.next_multiple_of(K::WIDTH8);
        self.queries.resize(tokens * size * size_of::<K::Activation>());
        self.keys.resize(token_width * size);
        self.key_sums.resize(token_width);
        self.values.resize(columns * token_depth);
        self.scores.resize(ROWS * token_width.max(columns));
        self.shifted.resize(token_width);
        self.weights.resize(ROWS * token_width);
        // Padding along the token axis must be zero on both sides of the product.
        self.values.fill(0);
        self.weights.fill(0);

        for head in 0..heads.count {
            let rows = |part: usize| {
                let at = (part * heads.count + head) * size;
                qkv.chunks_exact(stride).map(move |row| row[at..at + size].as_chunks::<LANES>().0)
            };
            let query_scale = Scale::of::<K>(rows(0), SCORE_MAX);
            let queries = &mut self.queries.view_mut::<K::Activation>()[..tokens * size];
            for (row, to) in rows(0).zip(queries.chunks_exact_mut(size)) {
                for (block, to) in row.iter().zip(to.as_chunks_mut::<LANES>().0) {
                    K::store_activations(query_scale.apply::<K>(block, QUERY_ZERO).round(), to);
                }
            }
            let key_scale = Scale::of::<K>(rows(1), SCORE_MAX);
            let sums = &mut self.key_sums[..tokens.next_multiple_of(LANES)];
            pack_keys::<K>(rows(1), &key_scale, size, &mut self.keys, sums);
            let values = Scale::of::<K>(rows(2), largest_value(tokens));
            pack_values::<K>(rows(2), &values, token_depth, &mut self.values);

            // Factor of the base-2 softmax, including the scale of the scores.
            let exponent =
                query_scale.step * key_scale.step * (std::f32::consts::LOG2_E / (heads.size as f32).sqrt());
            for (token, count) in blocks(tokens) {
                let queries = &self.queries.view::<K::Activation>()[token * size..];
                let panels = self.keys.chunks_exact(K::WIDTH8 * size);
                let sums = self.key_sums.chunks_exact(K::WIDTH8);
                let tiles = self.scores.chunks_exact_mut(ROWS * K::WIDTH8);
                for ((panel, sums), tile) in panels.zip(sums).zip(tiles) {
                    kernel.tile8(count, queries, size, Panel { weights: panel, sums, ahead: &[] }, tile);
                }
                let mut totals = [0.0; ROWS];
                let rows = self.weights.chunks_exact_mut(token_width).take(count).zip(&mut totals);
                for (row, (weights, total)) in rows.enumerate() {
                    let scores = self.scores[row * K::WIDTH8..].chunks(ROWS * K::WIDTH8);
                    let (sums, weights) = (&self.key_sums, &mut weights[..tokens.next_multiple_of(LANES)]);
                    *total = softmax::<K>(scores, sums, tokens, exponent, &mut self.shifted, weights);
                }
                let panels = self.values.chunks_exact(width * token_depth);
                for (panel, tile) in panels.zip(self.scores.chunks_exact_mut(ROWS * width)) {
                    kernel.tile16(count, &self.weights, token_width, panel, tile);
                }
                for (row, total) in totals.iter().enumerate().take(count) {
                    let factor = K::Lanes::splat(values.step / total);
                    let to = &mut out[(token + row) * out_stride + head * size..][..size];
                    let tiles =
                        self.scores.chunks_exact(ROWS * width).map(|tile| &tile[row * width..][..width]);
                    for (to, sums) in to.chunks_mut(width).zip(tiles) {
                        let sums = sums.as_chunks::<LANES>().0;
                        for (to, sums) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
                            K::Lanes::from_i32(sums).mul(factor).store(to);
                        }
                    }
                }
            }
        }
    }
}

/// Packs keys like the weights of a linear map with tokens as outputs, and sums each. The last key is repeated up to
/// the length of `sums`, so that no padding scores higher than every key.
#[inline(always)]
fn pack_keys<'a, K: Kernel>(
    rows: impl DoubleEndedIterator<Item = &'a [[f32; LANES]]> + Clone,
    scale: &Scale,
    size: usize,
    to: &mut [i8],
    sums: &mut [i32],
) {
    let (width, group) = (K::WIDTH8, K::GROUP8);
    let last = rows.clone().next_back();
    for (token, (row, sum)) in rows.chain(last.into_iter().cycle()).zip(sums).enumerate() {
        let at = token / width * width * size + token % width * group;
        let mut to = to[at..].chunks_mut(width * group);
        *sum = 0;
        for block in row {
            let mut rounded = [0; LANES];
            scale.apply::<K>(block, 0.0).round().store_low8(&mut rounded);
            let rounded = rounded.map(|value| value as i8);
            *sum += rounded.iter().map(|value| i32::from(*value)).sum::<i32>();
            for (group, to) in rounded.chunks_exact(group).zip(&mut to) {
                to[..group.len()].copy_from_slice(group);
            }
        }
    }
}

/// Packs values with tokens as depth, [`Kernel::GROUP16`] (one or two) of them side by side.
#[inline(always)]
fn pack_values<'a, K: Kernel>(
    mut rows: impl Iterator<Item = &'a [[f32; LANES]]>,
    scale: &Scale,
    token_depth: usize,
    to: &mut [i16],
) {
    let (width, group) = (K::WIDTH16, K::GROUP16);
    let mut at = 0;
    while let Some(first) = rows.next() {
        let second = if group == 2 { rows.next() } else { None };
        for (block, values) in first.iter().enumerate() {
            let mut rounded = [[0; LANES]; 2];
            scale.round::<K>(values, &mut rounded[0]);
            if let Some(second) = second {
                scale.round::<K>(&second[block], &mut rounded[1]);
            }
            let column = block * LANES;
            let to = &mut to[column / width * width * token_depth + at + column % width * group..];
            if group == 2 {
                for (lane, pair) in to[..2 * LANES].as_chunks_mut::<2>().0.iter_mut().enumerate() {
                    *pair = [rounded[0][lane], rounded[1][lane]];
                }
            } else {
                to[..LANES].copy_from_slice(&rounded[0]);
            }
        }
        at += width * group;
    }
}

/// Largest magnitude of a quantized value in a text of `tokens`.
fn largest_value(tokens: usize) -> f32 {
    let most = (i32::MAX >> WEIGHT) / i32::try_from(tokens).unwrap_or(i32::MAX).max(1);
    most.min(i32::from(i16::MAX)) as f32
}

/// Turns integer scores into weights and returns their sum. A row's scores are the first [`Kernel::WIDTH8`] of each of
/// `panels`, at least as many as there are weights, minus [`QUERY_ZERO`] times the key sums. Scores after `tokens` do
/// not exceed the others, and get the weight 0.
#[inline(always)]
fn softmax<'a, K: Kernel>(
    panels: impl Iterator<Item = &'a [i32]>,
    key_sums: &[i32],
    tokens: usize,
    exponent: f32,
    shifted: &mut [f32],
    weights: &mut [i16],
) -> f32 {
    let zero = K::Lanes::splat(-QUERY_ZERO);
    let mut largest = K::Lanes::splat(f32::MIN);
    let panels = panels.zip(key_sums[..weights.len()].chunks(K::WIDTH8));
    for ((panel, sums), to) in panels.zip(shifted.chunks_mut(K::WIDTH8)) {
        let scores = panel[..K::WIDTH8].as_chunks::<LANES>().0.iter();
        let terms = scores.zip(sums.as_chunks::<LANES>().0);
        for ((scores, sums), to) in terms.zip(to.as_chunks_mut::<LANES>().0) {
            let scores = K::Lanes::from_i32(sums).mul_add(zero, K::Lanes::from_i32(scores));
            largest = scores.max(largest);
            scores.store(to);
        }
    }
    let offset = K::Lanes::splat(WEIGHT as f32 - largest.fold_max() * exponent);
    let exponent = K::Lanes::splat(exponent);
    let mut total = K::Lanes::splat(0.0);
    let mut blocks = weights.as_chunks_mut::<LANES>().0.iter_mut().zip(shifted.as_chunks::<LANES>().0);
    let weight = |shifted| exp2(K::Lanes::load(shifted).mul_add(exponent, offset));
    for (to, shifted) in blocks.by_ref().take(tokens / LANES) {
        let weight = weight(shifted);
        total = total.add(weight);
        weight.round().store_low16(to);
    }
    if let Some((to, shifted)) = blocks.next() {
        let mut last = [0.0; LANES];
        weight(shifted).store(&mut last);
        last[tokens % LANES..].fill(0.0);
        let last = K::Lanes::load(&last);
        total = total.add(last);
        last.round().store_low16(to);
    }
    total.fold_add()
}

/// Quantization of the values of a head.
struct Scale {
    step: f32,
    inverse: f32,
}

impl Scale {
    /// The scale that maps the largest magnitude to `limit`.
    #[inline(always)]
    fn of<'a, K: Kernel>(rows: impl Iterator<Item = &'a [[f32; LANES]]>, limit: f32) -> Self {
        let mut largest = K::Lanes::splat(0.0);
        for block in rows.flatten() {
            largest = K::Lanes::load(block).abs().max(largest);
        }
        let largest = largest.fold_max();
        // Below the lower bound the inverse would overflow; above the upper one the products would.
        if (1e-30..1e30).contains(&largest) {
            Self { step: largest / limit, inverse: limit / largest }
        } else {
            Self { step: 0.0, inverse: 0.0 }
        }
    }

    /// The values in steps, offset by `zero`.
    #[inline(always)]
    fn apply<K: Kernel>(&self, from: &[f32; LANES], zero: f32) -> K::Lanes {
        K::Lanes::load(from).mul_add(K::Lanes::splat(self.inverse), K::Lanes::splat(zero))
    }

    #[inline(always)]
    fn round<K: Kernel>(&self, from: &[f32; LANES], to: &mut [i16; LANES]) {
        self.apply::<K>(from, 0.0).round().store_low16(to);
    }
}
