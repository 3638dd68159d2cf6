//! The network of a BERT-family encoder in int8: token ids in, pooled vectors out.
//!
//! Invariant: a vector depends only on its ids and the weights, not on the instruction set, on other texts in the run
//! or on earlier calls. Linear maps run in int8 ([`super::linear`]), attention in 8 and 16 bits ([`super::attention`]),
//! everything else in f32 ([`super::math`]). Weights are checked by [`super::model_file`]; texts are left to
//! [`super::native`].
//!
//! Post-norm BERT, per layer: `x = norm(x + attention(x)); x = norm(x + down(gelu(up(x))))`. The tokens of several
//! texts are concatenated and pass through the linear maps together; attention runs per text.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use super::attention::{Attention, Heads};
use super::deviation::Deviation;
use super::linear::{Groups, Linear, Pack, Quantized, head_groups};
use super::math::{add_scaled, gelu, layer_norm, sum};
use super::model_file::{ModelReader, ModelSpec, Part, Pooling, damaged};
use super::tuning::deviation::TOKENS_MIN;
use crate::error::EmbeddingError;
use crate::simd::{Aligned, Kernel, Lanes, Simd, Task};

/// Tokens per feed-forward pass; bounds its scratch memory.
const FEED_FORWARD_TOKENS: usize = 48;

/// Weights, laid out for one instruction set. Rows are zero-padded as described by [`Groups`].
#[derive(Debug)]
pub(super) struct Network {
    simd: Simd,
    hidden: usize,
    intermediate: usize,
    heads: Heads,
    layer_norm_eps: f32,
    pooling: Pooling,
    words: Cow<'static, [u8]>,
    word_scales: Vec<f32>,
    positions: Vec<f32>,
    embedding_norm: Vec<f32>,
    /// Weights of all linear maps, in order of use.
    weights: Aligned<i8>,
    layers: Vec<Layer>,
    /// If present, the mean over tokens is taken before the last linear map.
    deviation: Option<Deviation>,
}

#[derive(Debug)]
struct Layer {
    qkv_factors: Vec<f32>,
    up_factors: Vec<f32>,
    qkv: Linear,
    attention: Linear,
    attention_norm: Vec<f32>,
    up: Linear,
    down: Linear,
    final_norm: Vec<f32>,
}

impl Network {
    /// Reads the sections after the tokenizer. `whole` is the entire file if it stays in memory; the word embeddings
    /// are then used in place.
    pub(super) fn load<R: Read>(
        file: &mut ModelReader<R>,
        whole: Option<&'static [u8]>,
        simd: Simd,
    ) -> Result<Self, EmbeddingError> {
        let spec = file.spec().clone();
        let words = match whole {
            Some(whole) => Cow::Borrowed(&whole[file.skip(Part::WordRows, 0)?]),
            None => Cow::Owned(file.take(Part::WordRows, 0)?),
        };
        let word_scales = file.floats(Part::WordScales, 0)?;
        let mut positions = rows(file, Part::Positions, 0)?;
        positions.truncate(spec.max_tokens * Groups::one(spec.hidden).padded);
        positions.shrink_to_fit();
        let embedding_norm = rows(file, Part::EmbeddingNorm, 0)?;
        let size = spec.hidden / spec.heads;
        let room: usize = maps(&spec).iter().map(Map::packed).sum();
        let mut weights = Aligned::with_room(spec.layers * room);
        let layers = (0..spec.layers).map(|layer| Layer::load(file, &spec, layer, simd, &mut weights));
        let layers = layers.collect::<Result<_, _>>()?;
        let deviation = if file.has_deviation() {
            let numbers = file.floats(Part::Deviation, 0)?;
            Some(Deviation::new(&numbers, spec.hidden, spec.intermediate, spec.layer_norm_eps))
        } else {
            None
        };
        Ok(Self {
            simd,
            hidden: spec.hidden,
            intermediate: spec.intermediate,
            heads: Heads { count: spec.heads, size, padded: head_groups(size).padded },
            layer_norm_eps: spec.layer_norm_eps,
            pooling: spec.pooling,
            words,
            word_scales,
            positions,
            embedding_norm,
            weights,
            layers,
            deviation,
        })
    }

    /// The instruction set in use.
    pub(super) fn simd(&self) -> Simd {
        self.simd
    }

    /// Computes the vectors of texts given as token ids, not normalized. `ends` holds the end of each text in `ids`;
    /// `to` has one row of the hidden size per text.
    pub(super) fn run(&self, ids: &[u32], ends: &[usize], buffers: &mut Buffers, to: &mut [f32]) {
        self.simd.run(Forward { network: self, ids, ends, buffers, to, observe: |_, _, _: &[f32]| {} });
    }

    /// Runs one text and reports the inputs of the linear maps: `observe` receives the layer, the kind of input, and
    /// one token's values, before any factors are applied.
    #[cfg(any(test, feature = "internals"))]
    pub(super) fn observe(&self, ids: &[u32], mut observe: impl FnMut(usize, Input, &[f32])) {
        let (size, padded) = (self.heads.size, self.heads.padded);
        let mut context = Vec::with_capacity(self.hidden);
        let observe = |layer, input, row: &[f32]| {
            if input == Input::Context {
                context.clear();
                context.extend(row.chunks(padded).flat_map(|head| &head[..size]).take(self.hidden));
                observe(layer, input, &context);
            } else {
                observe(layer, input, row);
            }
        };
        let (mut buffers, mut to) = (Buffers::default(), vec![0.0; self.hidden]);
        let (network, buffers, to) = (self, &mut buffers, &mut to[..]);
        self.simd.run(Forward { network, ids, ends: &[ids.len()], buffers, to, observe });
    }

    /// Writes the normalized sum of word and position embeddings of every token.
    #[inline(always)]
    fn embed_tokens<K: Kernel>(&self, ids: &[u32], to: &mut [f32], stride: usize) {
        let positions = self.positions.chunks_exact(stride);
        for ((row, &id), position) in to.chunks_exact_mut(stride).zip(ids).zip(positions) {
            let scale = self.word_scales[id as usize];
            let word = &self.words[id as usize * self.hidden..][..self.hidden];
            for ((value, &word), position) in row.iter_mut().zip(word).zip(position) {
                *value = (word as i8 as f32).mul_add(scale, *position);
            }
            row[self.hidden..].fill(0.0);
            self.norm::<K>(row, &self.embedding_norm);
        }
    }

    #[inline(always)]
    fn norm<K: Kernel>(&self, row: &mut [f32], norm: &[f32]) {
        let (weight, bias) = norm.split_at(row.len());
        layer_norm::<K::Lanes>(row, self.hidden, weight, bias, self.layer_norm_eps);
    }
}

impl Layer {
    fn load<R: Read>(
        file: &mut ModelReader<R>,
        spec: &ModelSpec,
        layer: usize,
        simd: Simd,
        packed: &mut Aligned<i8>,
    ) -> Result<Self, EmbeddingError> {
        let [qkv, attention, up, down] = maps(spec);
        let mut linear = |file: &mut ModelReader<R>, map: Map| {
            let Map { weights, affine, inputs, from, to, .. } = map;
            let weights = file.take(weights, layer)?;
            let affine = file.floats(affine, layer)?;
            let linear = simd.run(Pack { weights: &weights, inputs, affine: &affine, from, to, packed });
            linear.ok_or_else(|| damaged("a weight is out of range"))
        };
        Ok(Self {
            qkv_factors: rows(file, Part::QkvFactors, layer)?,
            qkv: linear(file, qkv)?,
            attention: linear(file, attention)?,
            attention_norm: rows(file, Part::AttentionNorm, layer)?,
            up_factors: rows(file, Part::UpFactors, layer)?,
            up: linear(file, up)?,
            down: linear(file, down)?,
            final_norm: rows(file, Part::FinalNorm, layer)?,
        })
    }
}

/// A linear map in a model file.
struct Map {
    weights: Part,
    affine: Part,
    inputs: usize,
    outputs: usize,
    from: Groups,
    to: Groups,
}

impl Map {
    /// Bytes of its weights, padding included.
    fn packed(&self) -> usize {
        self.from.row(self.inputs) * self.to.row(self.outputs)
    }
}

/// The linear maps of a layer: query, key and value; attention output; feed-forward up; feed-forward down.
fn maps(spec: &ModelSpec) -> [Map; 4] {
    let (hidden, intermediate) = (spec.hidden, spec.intermediate);
    let heads = head_groups(hidden / spec.heads);
    let (one, many) = (Groups::one(hidden), Groups::one(intermediate));
    let map =
        |(weights, affine), (inputs, from), (outputs, to)| Map { weights, affine, inputs, outputs, from, to };
    [
        map((Part::QkvWeights, Part::QkvAffine), (hidden, one), (3 * hidden, heads)),
        map((Part::AttentionWeights, Part::AttentionAffine), (hidden, heads), (hidden, one)),
        map((Part::UpWeights, Part::UpAffine), (hidden, one), (intermediate, many)),
        map((Part::DownWeights, Part::DownAffine), (intermediate, many), (hidden, one)),
    ]
}

/// Reads a section of rows of the hidden size, and pads each.
fn rows<R: Read>(file: &mut ModelReader<R>, part: Part, layer: usize) -> Result<Vec<f32>, EmbeddingError> {
    let groups = Groups::one(file.spec().hidden);
    let values = file.floats(part, layer)?;
    Ok(values.chunks_exact(groups.size).flat_map(|row| groups.spread(row)).collect())
}

/// An observed input of a linear map, or of the final norm, of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Input of the query, key and value map.
    Attention,
    /// Output of the attention heads.
    Context,
    /// Input of the feed-forward part.
    FeedForward,
    /// Output of its first map and GELU.
    Inner,
    /// Input of the layer norm after the feed-forward part. Not observed in the last layer if the mean is taken before
    /// it.
    Norm,
}

/// Scratch memory of a run; grows to the largest run and is kept.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    states: Aligned<f32>,
    quantized: Quantized,
    wide: Aligned<f32>,
    context: Aligned<f32>,
    attention: Attention,
    means: Means,
}

/// Means over the tokens of texts, taken before the last linear map; see [`super::deviation`].
#[derive(Debug, Default)]
struct Means {
    /// One row per text: sum of the token states, each divided by its deviation; and likewise of the inner values.
    states: Aligned<f32>,
    inners: Aligned<f32>,
    /// Per row: index of the text, number of tokens, and sum of the inverse deviations.
    texts: Vec<(usize, f32, f32)>,
}

impl Means {
    fn start(&mut self, texts: usize, stride: usize, inners: usize) {
        self.texts.clear();
        self.states.resize(texts * stride);
        self.inners.resize(texts * inners);
        self.states.fill(0.0);
        self.inners.fill(0.0);
    }

    #[inline(always)]
    fn add<K: Kernel>(&mut self, text: usize, weight: f32, state: &[f32], inner: &[f32]) {
        if self.texts.last().is_none_or(|last| last.0 != text) {
            self.texts.push((text, 0.0, 0.0));
        }
        let row = self.texts.len() - 1;
        let (_, tokens, weights) = &mut self.texts[row];
        *tokens += 1.0;
        *weights += weight;
        add_scaled::<K::Lanes>(&mut self.states[row * state.len()..][..state.len()], weight, state);
        add_scaled::<K::Lanes>(&mut self.inners[row * inner.len()..][..inner.len()], weight, inner);
    }

    /// Applies the last linear map and norm of `layer` and writes the texts' vectors to their rows of `to`.
    #[inline(always)]
    fn finish<K: Kernel>(
        &mut self,
        kernel: K,
        weights: &[i8],
        layer: &Layer,
        (quantized, outputs): (&mut Quantized, &mut Aligned<f32>),
        to: &mut [f32],
        hidden: usize,
    ) {
        let Self { states, inners, texts } = self;
        let (stride, width) = (layer.down.outputs(), layer.down.inputs());
        quantized.start::<K>(2 * texts.len(), width);
        for (row, (.., weight)) in inners.chunks_exact_mut(width).zip(&*texts) {
            for value in row.iter_mut() {
                *value /= weight;
            }
            quantized.push_finely::<K>(row);
        }
        outputs.resize(2 * texts.len() * stride);
        layer.down.apply(kernel, weights, quantized, outputs, |_, y| y);
        let (scale, bias) = layer.final_norm.split_at(stride);
        for (row, (state, &(text, tokens, weight))) in
            states.chunks_exact_mut(stride).zip(&*texts).enumerate()
        {
            let [mapped, rest] = [0, 1].map(|at| &outputs[(2 * row + at) * stride..][..stride]);
            // Both products include the bias.
            let parts = mapped.iter().zip(rest).zip(layer.down.biases());
            for (value, ((mapped, rest), bias)) in state.iter_mut().zip(parts) {
                *value = *value / weight + (mapped + (rest - bias));
            }
            let mean = sum::<K::Lanes>(state) / hidden as f32;
            let parts = state.iter().zip(scale).zip(bias);
            for (to, ((value, scale), bias)) in to[text * hidden..][..hidden].iter_mut().zip(parts) {
                *to = (value - mean) * scale * (weight / tokens) + bias;
            }
        }
    }
}

/// One run over a batch of texts.
struct Forward<'a, F> {
    network: &'a Network,
    ids: &'a [u32],
    ends: &'a [usize],
    buffers: &'a mut Buffers,
    to: &'a mut [f32],
    observe: F,
}

impl<F: FnMut(usize, Input, &[f32])> Task for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) {
        let Self { network, ids, ends, buffers, to, mut observe } = self;
        let Buffers { states, quantized, wide, context, attention, means } = buffers;
        let (hidden, tokens) = (network.hidden, ids.len());
        let weights = &*network.weights;
        let stride = Groups::one(hidden).padded;
        let texts = || {
            ends.iter().scan(0, |start, &end| {
                let text = *start..end;
                *start = end;
                Some(text)
            })
        };
        states.resize(tokens * stride);
        for text in texts() {
            let states = &mut states[text.start * stride..text.end * stride];
            network.embed_tokens::<K>(&ids[text], states, stride);
        }
        for (index, layer) in network.layers.iter().enumerate() {
            quantized.start::<K>(tokens, stride);
            for row in states.chunks_exact(stride) {
                observe(index, Input::Attention, &row[..hidden]);
                quantized.push_scaled::<K>(row, &layer.qkv_factors);
            }
            let (qkv_width, context_width) = (layer.qkv.outputs(), layer.attention.inputs());
            wide.resize(tokens * qkv_width);
            layer.qkv.apply(kernel, weights, quantized, wide, |_, y| y);
            context.resize(tokens * context_width);
            for text in texts() {
                let qkv = &wide[text.start * qkv_width..text.end * qkv_width];
                let to = &mut context[text.start * context_width..text.end * context_width];
                attention.apply(kernel, qkv, qkv_width, network.heads, to, context_width);
            }
            quantized.start::<K>(tokens, context_width);
            for row in context.chunks_exact(context_width) {
                observe(index, Input::Context, row);
                quantized.push::<K>(row);
            }
            layer.attention.apply(kernel, weights, quantized, states, Lanes::add);

            let deviation = network.deviation.as_ref().filter(|_| index + 1 == network.layers.len());
            let averages_first = |text: &Range<usize>| deviation.is_some() && text.len() >= TOKENS_MIN;
            means.start(texts().filter(averages_first).count(), stride, layer.up.outputs());
            let mut done = 0;
            while done < tokens {
                // A run of texts that all take the mean first, or all do not.
                let mut following = texts().skip_while(|text| text.end <= done);
                let first = following.next().map(|text| (averages_first(&text), text.end));
                let Some((mean_first, mut end)) = first else { break };
                for text in following.take_while(|text| averages_first(text) == mean_first) {
                    end = text.end;
                }
                let part = done..end.min(done + FEED_FORWARD_TOKENS);
                done = part.end;
                let rows = &mut states[part.start * stride..part.end * stride];
                quantized.start::<K>(part.len(), stride);
                for row in rows.chunks_exact_mut(stride) {
                    network.norm::<K>(row, &layer.attention_norm);
                    observe(index, Input::FeedForward, &row[..hidden]);
                    quantized.push_scaled::<K>(row, &layer.up_factors);
                }
                let outputs = layer.up.outputs();
                wide.resize(part.len() * outputs);
                layer.up.apply(kernel, weights, quantized, wide, |_, y| gelu(y));
                if let Some(deviation) = deviation.filter(|_| mean_first) {
                    let rows = rows.chunks_exact(stride).zip(wide.chunks_exact(outputs));
                    for (token, (state, inner)) in part.zip(rows) {
                        let text = ends.partition_point(|end| *end <= token);
                        means.add::<K>(text, deviation.inverse::<K::Lanes>(state, inner), state, inner);
                    }
                    continue;
                }
                quantized.start::<K>(part.len(), outputs);
                for row in wide.chunks_exact(outputs) {
                    observe(index, Input::Inner, &row[..network.intermediate]);
                    quantized.push::<K>(row);
                }
                layer.down.apply(kernel, weights, quantized, rows, Lanes::add);
                for row in rows.chunks_exact_mut(stride) {
                    observe(index, Input::Norm, &row[..hidden]);
                    network.norm::<K>(row, &layer.final_norm);
                }
            }
        }
        for (text, to) in texts().zip(to.chunks_exact_mut(hidden)) {
            let (first, rest) = states[text.start * stride..text.end * stride].split_at_mut(stride);
            if network.pooling == Pooling::Mean {
                // The vector is normalized afterwards, so the sum serves as the mean.
                for row in rest.chunks_exact(stride) {
                    add_scaled::<K::Lanes>(first, 1.0, row);
                }
            }
            to.copy_from_slice(&first[..hidden]);
        }
        if let Some(layer) = network.layers.last() {
            // Overwrites the rows of these texts, whose token states have not passed through the last map.
            means.finish(kernel, weights, layer, (quantized, wide), to, hidden);
        }
    }
}
