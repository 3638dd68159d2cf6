//! Linear maps with int8 weights over activations that are quantized per token.
//!
//! Invariant: the integer sum is exact; only the rounding of weights and activations separates the result from the f32
//! map. An activation row `x` of one token becomes `q = round(x / s + z)` in `0..=255`, with `s` and `z` per token;
//! then
//!
//! ```text
//! y[o] = s * w_scale[o] * (sum_k q[k] w[o][k]  -  z * sum_k w[o][k]) + bias[o]
//! ```
//!
//! The sums are left to [`crate::simd`], which determines the layout of the weights.

use crate::simd::{Aligned, DEPTH, Kernel, LANES, Lanes, Panel, ROWS, Task, WIDTH, packed_at};

/// Quantized activations, one row per token.
#[derive(Debug, Default)]
pub(super) struct Quantized {
    values: Aligned<u8>,
    stride: usize,
    scales: Vec<f32>,
    zeros: Vec<f32>,
}

impl Quantized {
    /// Clears the rows and reserves `tokens` rows of `width` values, a multiple of [`LANES`].
    #[inline(always)]
    pub(super) fn start<K: Kernel>(&mut self, tokens: usize, width: usize) {
        self.stride = width;
        self.values.resize(tokens * width * size_of::<K::Activation>());
        self.scales.clear();
        self.zeros.clear();
    }

    /// Quantizes the next row.
    #[inline(always)]
    pub(super) fn push<K: Kernel>(&mut self, row: &[f32]) {
        let row = row.as_chunks::<LANES>().0;
        self.push_with::<K>(
            row.len(),
            #[inline(always)]
            |block| K::Lanes::load(&row[block]),
        );
    }

    /// Quantizes the next row, each value multiplied by its factor.
    #[inline(always)]
    pub(super) fn push_scaled<K: Kernel>(&mut self, row: &[f32], factors: &[f32]) {
        let row = row.as_chunks::<LANES>().0;
        let factors = &factors.as_chunks::<LANES>().0[..row.len()];
        self.push_with::<K>(
            row.len(),
            #[inline(always)]
            |block| K::Lanes::load(&row[block]).mul(K::Lanes::load(&factors[block])),
        );
    }

    /// `value` must be inlined too: outside the function compiled for the instruction set, its intrinsics would be
    /// calls.
    #[inline(always)]
    fn push_with<K: Kernel>(&mut self, blocks: usize, value: impl Fn(usize) -> K::Lanes) {
        let zero = K::Lanes::splat(0.0);
        let (mut low, mut high) = (zero, zero);
        for block in 0..blocks {
            let value = value(block);
            low = value.min(low);
            high = value.max(high);
        }
        let (low, high) = (low.fold_min(), high.fold_max());
        let scale = (high - low) / 255.0;
        let zero_point = (-low * inverse(scale) + 0.5).floor();
        let at = self.scales.len() * self.stride;
        let to = &mut self.values.view_mut::<K::Activation>()[at..][..blocks * LANES];
        let quantize = quantizer::<K::Lanes>(scale, zero_point);
        for (block, to) in to.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            K::store_activations(quantize(value(block)), to);
        }
        self.scales.push(scale);
        self.zeros.push(zero_point);
    }

    /// Quantizes the next row twice: the row, then its rounding error, which replaces `row`. The sum of both outputs
    /// equals that of the row at twice the bits.
    #[inline(always)]
    pub(super) fn push_finely<K: Kernel>(&mut self, row: &mut [f32]) {
        self.push::<K>(row);
        let (scale, zero_point) = (self.scales[self.scales.len() - 1], self.zeros[self.zeros.len() - 1]);
        let quantize = quantizer::<K::Lanes>(scale, zero_point);
        let (shift, minus_scale) = (K::Lanes::splat(zero_point), K::Lanes::splat(-scale));
        for block in row.as_chunks_mut::<LANES>().0 {
            let value = K::Lanes::load(block);
            quantize(value).rounded().sub(shift).mul_add(minus_scale, value).store(block);
        }
        self.push::<K>(row);
    }

    fn tokens(&self) -> usize {
        self.scales.len()
    }
}

fn inverse(scale: f32) -> f32 {
    if scale > 0.0 { 1.0 / scale } else { 0.0 }
}

/// Rounds values to 0..=255 as [`Lanes::round`] does.
#[inline(always)]
fn quantizer<L: Lanes>(scale: f32, zero_point: f32) -> impl Fn(L) -> L {
    let (factor, shift) = (L::splat(inverse(scale)), L::splat(zero_point));
    let (zero, largest) = (L::splat(0.0), L::splat(255.0));
    #[inline(always)]
    move |value| value.mul_add(factor, shift).max(zero).min(largest).round()
}

/// Layout of a row: consecutive groups of `size` values, each zero-padded to `padded`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups {
    pub(super) size: usize,
    pub(super) padded: usize,
}

impl Groups {
    /// One group of `size`, padded to a multiple of [`WIDTH`].
    pub(super) fn one(size: usize) -> Self {
        Self { size, padded: size.next_multiple_of(WIDTH) }
    }

    fn at(self, index: usize) -> usize {
        index / self.size * self.padded + index % self.size
    }

    /// Length of a row of `len` values in this layout, padded to a multiple of [`WIDTH`].
    pub(super) fn row(self, len: usize) -> usize {
        (len.div_ceil(self.size) * self.padded).next_multiple_of(WIDTH)
    }

    /// Lays values out as a row.
    pub(super) fn spread(self, values: &[f32]) -> Vec<f32> {
        let mut row = vec![0.0; self.row(values.len())];
        for (index, &value) in values.iter().enumerate() {
            row[self.at(index)] = value;
        }
        row
    }
}

/// One linear map, with weights laid out for one instruction set. Inputs and outputs are rows zero-padded to a multiple
/// of [`WIDTH`].
#[derive(Debug)]
pub(super) struct Linear {
    /// Offset of its weights in those of all maps.
    at: usize,
    inputs: usize,
    outputs: usize,
    scales: Vec<f32>,
    biases: Vec<f32>,
    sums: Vec<i32>,
}

impl Linear {
    /// Inputs per token, padding included.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs per token, padding included.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The bias of each output.
    pub(super) fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// Maps every token of `input`: `to[token][output]` becomes `finish` of its old value and the mapped one. Rows of
    /// `to` have [`outputs`](Self::outputs) values. `weights` are those of all maps.
    #[inline(always)]
    pub(super) fn apply<K: Kernel>(
        &self,
        kernel: K,
        weights: &[i8],
        input: &Quantized,
        to: &mut [f32],
        finish: impl Fn(K::Lanes, K::Lanes) -> K::Lanes,
    ) {
        let (tokens, stride, width) = (input.tokens(), self.outputs, K::WIDTH8);
        assert!(input.stride == self.inputs && to.len() >= tokens * stride);
        let rows = input.values.view::<K::Activation>();
        let mut tile = Tile([0; ROWS * WIDTH]);
        let tile = &mut tile.0[..ROWS * width];
        let panel_len = self.inputs * width;
        for index in 0..stride / width {
            let (panel, next) = weights[self.at + index * panel_len..].split_at(panel_len);
            let outputs = index * width..(index + 1) * width;
            let scales = self.scales[outputs.clone()].as_chunks::<LANES>().0;
            let biases = self.biases[outputs.clone()].as_chunks::<LANES>().0;
            let sums = &self.sums[outputs.clone()];
            let terms = sums.as_chunks::<LANES>().0;
            for (block, (token, count)) in blocks(tokens).enumerate() {
                // The first two blocks prefetch the next panel, each one half, while they multiply.
                let ahead = next.get(block * panel_len / 2..).filter(|_| block < 2).unwrap_or_default();
                let panel = Panel { weights: panel, sums, ahead };
                kernel.tile8(count, &rows[token * self.inputs..], self.inputs, panel, tile);
                for (row, tile) in tile.chunks_exact(width).take(count).enumerate() {
                    let (scale, zero) = (input.scales[token + row], input.zeros[token + row]);
                    let (scale, zero) = (K::Lanes::splat(scale), K::Lanes::splat(-zero));
                    let to = &mut to[(token + row) * stride..][..stride][outputs.clone()];
                    let (to, tile) = (to.as_chunks_mut::<LANES>().0, tile.as_chunks::<LANES>().0);
                    for block in 0..width / LANES {
                        let sum =
                            zero.mul_add(K::Lanes::from_i32(&terms[block]), K::Lanes::from_i32(&tile[block]));
                        let scale = scale.mul(K::Lanes::load(&scales[block]));
                        let y = sum.mul_add(scale, K::Lanes::load(&biases[block]));
                        finish(K::Lanes::load(&to[block]), y).store(&mut to[block]);
                    }
                }
            }
        }
    }
}

/// Builds a [`Linear`] for the instruction set and appends its weights to those of the maps before it.
pub(super) struct Pack<'a> {
    /// One row of `inputs` bytes per output.
    pub(super) weights: &'a [u8],
    pub(super) inputs: usize,
    /// One scale per output, then the biases.
    pub(super) affine: &'a [f32],
    pub(super) from: Groups,
    pub(super) to: Groups,
    pub(super) packed: &'a mut Aligned<i8>,
}

impl Task for Pack<'_> {
    /// `None` if a weight is -128: the converter does not write it, and not every kernel supports it.
    type Output = Option<Linear>;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> Option<Linear> {
        let Self { weights, inputs, affine, from, to, packed: all } = self;
        let (scales, biases) = affine.split_at(affine.len() / 2);
        let (depth, outputs) = (from.row(inputs), to.row(scales.len()));
        let mut sums = vec![0; outputs];
        if weights.contains(&0x80) {
            return None;
        }
        let begin = all.len();
        all.resize(begin + outputs * depth);
        let packed = &mut all[begin..];
        for (o, row) in weights.chunks_exact(inputs).enumerate() {
            let o = to.at(o);
            sums[o] = row.iter().map(|&weight| weight as i8 as i32).sum();
            // One kernel group at a time; a group of values is padded to a multiple of these.
            for (index, values) in row.chunks(from.size).enumerate() {
                let first = index * from.padded;
                let at = packed_at(first, o, depth, K::WIDTH8, K::GROUP8);
                let places = packed[at..].chunks_mut(K::WIDTH8 * K::GROUP8);
                for (place, values) in places.zip(values.chunks(K::GROUP8)) {
                    for (place, &value) in place.iter_mut().zip(values) {
                        *place = value as i8;
                    }
                }
            }
        }
        Some(Linear {
            at: begin,
            inputs: depth,
            outputs,
            scales: to.spread(scales),
            biases: to.spread(biases),
            sums,
        })
    }
}

#[repr(align(64))]
struct Tile([i32; ROWS * WIDTH]);

/// Splits rows into blocks of nearly equal size, at most [`ROWS`]: start and length of each.
#[inline(always)]
pub(super) fn blocks(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.div_ceil(ROWS);
    let (size, larger) = (rows / count.max(1), rows % count.max(1));
    (0..count).map(move |index| {
        let start = index * size + index.min(larger);
        (start, size + usize::from(index < larger))
    })
}

/// The layout of heads of `size` values.
pub(super) fn head_groups(size: usize) -> Groups {
    Groups { size, padded: size.next_multiple_of(DEPTH) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Simd;

    struct Map<'a> {
        linear: &'a Linear,
        weights: &'a [i8],
        row: Vec<f32>,
        is_fine: bool,
    }

    impl Task for Map<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<K: Kernel>(mut self, kernel: K) -> Vec<f32> {
            let mut quantized = Quantized::default();
            quantized.start::<K>(2, self.row.len());
            if self.is_fine {
                quantized.push_finely::<K>(&mut self.row);
            } else {
                quantized.push::<K>(&self.row);
            }
            let mut to = vec![0.0; 2 * self.linear.outputs()];
            self.linear.apply(kernel, self.weights, &quantized, &mut to, |_, y| y);
            to
        }
    }

    #[test]
    fn quantizing_finely_reduces_the_error_fiftyfold() {
        let (inputs, outputs) = (128, 64);
        let weights: Vec<u8> = (0..inputs * outputs).map(|at| (at * 37 % 201) as u8).collect();
        // -128 is not allowed.
        let weights: Vec<u8> =
            weights.into_iter().map(|weight| if weight == 128 { 0 } else { weight }).collect();
        let affine: Vec<f32> = (0..2 * outputs).map(|at| if at < outputs { 0.01 } else { 0.5 }).collect();
        let row: Vec<f32> = (0..inputs).map(|at| ((at * 29 % 31) as f32 - 9.0) * 0.137).collect();
        let (from, to) = (Groups::one(inputs), Groups::one(outputs));
        for simd in crate::simd::tests::available() {
            // After the weights of another map.
            let mut packed = Aligned::zeros(64);
            let pack = Pack { weights: &weights, inputs, affine: &affine, from, to, packed: &mut packed };
            let linear = simd.run(pack).unwrap();
            let exact: Vec<f32> = weights
                .chunks_exact(inputs)
                .map(|weights| {
                    let product = weights.iter().zip(&row).map(|(w, x)| f64::from(*w as i8) * f64::from(*x));
                    (product.sum::<f64>() * 0.01 + 0.5) as f32
                })
                .collect();
            let error = |is_fine| {
                let mapped = simd.run(Map { linear: &linear, weights: &packed, row: row.clone(), is_fine });
                let (first, second) = mapped.split_at(outputs);
                let sums = first
                    .iter()
                    .zip(second)
                    .map(|(first, second)| if is_fine { first + (second - 0.5) } else { *first });
                sums.zip(&exact).map(|(got, exact)| (got - exact).abs()).fold(0.0, f32::max)
            };
            let (coarse, fine) = (error(false), error(true));
            assert!(coarse > 1e-3 && fine < coarse / 50.0, "{coarse} {fine} on {}", Simd::isa(simd));
        }
    }
}
