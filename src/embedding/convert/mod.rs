//! Makes a model file from a publisher's f32 tensors.
//!
//! Invariant: what the file holds depends on the arguments alone. Every matrix is quantized by rows: row `r`
//! becomes `round(w / s)` in -127..=127 with `s = max|w| / 127`, to the nearest for the word embeddings and as
//! `rounding.rs` does it for the linear maps. For that, and for the factors of the inputs, the model is written and
//! run three times, each time nearer to what it becomes; what is learned from running the last one
//! (`deviation.rs`) is added to it. Reading the publisher's files is left to
//! the caller (`examples/tools/convert_model.rs`), the layout of ours to `model_file.rs`.

mod calibrate;
mod deviation;
mod rounding;

use crate::embedding::model_file::{ModelReader, ModelSpec, Part, Pooling, Section, unsupported, write};
use crate::embedding::native::NativeEmbedder;
use crate::embedding::network::Input;
use crate::embedding::tokenizer::{Vocabulary, WordPiece};
use crate::error::EmbeddingError;
use rounding::Rounding;

/// A tensor in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its dimensions, slowest first.
    pub shape: Vec<usize>,
    /// As many values as the dimensions multiply to.
    pub values: Vec<f32>,
}

/// Writes a model file.
///
/// `tensor` looks a tensor up by its name in the publisher's file, without the prefix `bert.` that some put
/// before every name: `embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.bias`, ...
///
/// # Errors
/// [`EmbeddingError::Unsupported`] naming the tensor that is absent, of another shape or not finite, or the
/// dimension or token that is out of range.
pub fn convert(
    spec: &ModelSpec,
    vocabulary: &Vocabulary,
    tensor: impl FnMut(&str) -> Option<Tensor>,
) -> Result<Vec<u8>, EmbeddingError> {
    spec.check().map_err(unsupported)?;
    WordPiece::new(vocabulary.clone()).map_err(unsupported)?;
    if vocabulary.tokens.len() > spec.word_rows {
        return Err(unsupported("the vocabulary is larger than the word embeddings"));
    }
    let factors = vec![vec![1.0; spec.hidden]; spec.layers * 2];
    let mut source = Source { spec, tensor, factors, inputs: Vec::new() };
    let plain = source.write(vocabulary)?;
    source.factors = calibrate::factors(&NativeEmbedder::from_bytes(&plain)?);
    let even = source.write(vocabulary)?;
    source.inputs = calibrate::inputs(&NativeEmbedder::from_bytes(&even)?);
    let whole = source.write(vocabulary)?;
    if spec.pooling == Pooling::Mean { with_deviation(&whole, spec, vocabulary) } else { Ok(whole) }
}

/// A model file with what estimates the deviations of its last norm.
fn with_deviation(file: &[u8], spec: &ModelSpec, vocabulary: &Vocabulary) -> Result<Vec<u8>, EmbeddingError> {
    let encoder = NativeEmbedder::from_bytes(file)?;
    let mut reader = ModelReader::open(file, file.len() as u64, &spec.name)?;
    reader.vocabulary()?;
    let (mut rows, mut affine) = (Vec::new(), Vec::new());
    write(spec, vocabulary, true, |Section { part, layer }| {
        if part == Part::Deviation {
            let (scales, biases) = affine.split_at(spec.hidden);
            let weights = rows.chunks_exact(spec.intermediate).zip(scales);
            let weights: Vec<f32> = weights
                .flat_map(|(row, scale)| row.iter().map(move |weight: &u8| *weight as i8 as f32 * scale))
                .collect();
            return Ok(to_bytes(&deviation::fit(&encoder, &weights, biases)));
        }
        let bytes = reader.take(part, layer as usize)?;
        match part {
            Part::DownWeights => rows.clone_from(&bytes),
            Part::DownAffine => affine = from_bytes(&bytes),
            _ => {}
        }
        Ok(bytes)
    })
}

struct Source<'a, F> {
    spec: &'a ModelSpec,
    tensor: F,
    /// Of the inputs of the attention and of the feed-forward part, layer by layer.
    factors: Vec<Vec<f32>>,
    /// What goes into the linear maps, see [`calibrate::inputs`]; empty before it is known.
    inputs: Vec<Vec<f32>>,
}

impl<F: FnMut(&str) -> Option<Tensor>> Source<'_, F> {
    fn write(&mut self, vocabulary: &Vocabulary) -> Result<Vec<u8>, EmbeddingError> {
        // The quantized rows and their scales are two sections in a row; the second waits here.
        let mut waiting = Vec::new();
        write(self.spec, vocabulary, false, |section| self.section(section, &mut waiting))
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbeddingError> {
        let tensor = (self.tensor)(name)
            .ok_or_else(|| EmbeddingError::Unsupported { what: format!("there is no tensor `{name}`") })?;
        if tensor.shape != shape || tensor.values.len() != shape.iter().product::<usize>() {
            let what = format!("the tensor `{name}` is {:?}, expected is {shape:?}", tensor.shape);
            return Err(EmbeddingError::Unsupported { what });
        }
        if tensor.values.iter().any(|value| !value.is_finite()) {
            let what = format!("the tensor `{name}` has a value that is not finite");
            return Err(EmbeddingError::Unsupported { what });
        }
        Ok(tensor.values)
    }

    fn norm(&mut self, name: &str) -> Result<Vec<u8>, EmbeddingError> {
        let shape = [self.spec.hidden];
        let mut values = self.take(&format!("{name}.weight"), &shape)?;
        values.extend(self.take(&format!("{name}.bias"), &shape)?);
        Ok(to_bytes(&values))
    }

    /// The rows of one or more linear maps of `input`, one under the other; their scales and biases into `waiting`.
    fn linear(
        &mut self,
        names: &[String],
        (outputs, inputs): (usize, usize),
        (layer, input): (usize, Input),
        waiting: &mut Vec<u8>,
    ) -> Result<Vec<u8>, EmbeddingError> {
        let factors = calibrate::factors_place(layer, input).map(|at| self.factors[at].clone());
        let factors = factors.as_deref();
        let rounding = calibrate::place(layer, input).and_then(|at| self.inputs.get(at)).map(|seen| {
            let mut seen = seen.clone();
            with_factors(&mut seen, factors, |value, factor| value * factor);
            Rounding::new(&seen, inputs)
        });
        let (mut rows, mut scales, mut biases) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            let mut weights = self.take(&format!("{name}.weight"), &[outputs, inputs])?;
            with_factors(&mut weights, factors, |weight, factor| weight / factor);
            quantize_rows(&weights, inputs, rounding.as_ref(), &mut rows, &mut scales);
            biases.extend(self.take(&format!("{name}.bias"), &[outputs])?);
        }
        *waiting = to_bytes(&scales);
        waiting.extend(to_bytes(&biases));
        Ok(rows)
    }

    fn section(&mut self, section: Section, waiting: &mut Vec<u8>) -> Result<Vec<u8>, EmbeddingError> {
        let (hidden, intermediate) = (self.spec.hidden, self.spec.intermediate);
        let index = section.layer as usize;
        let layer = format!("encoder.layer.{index}");
        match section.part {
            Part::QkvFactors => Ok(to_bytes(&self.factors[index * 2])),
            Part::UpFactors => Ok(to_bytes(&self.factors[index * 2 + 1])),
            // Written elsewhere.
            Part::Tokenizer | Part::Deviation => Ok(Vec::new()),
            Part::WordRows => {
                let words = self.take("embeddings.word_embeddings.weight", &[self.spec.word_rows, hidden])?;
                let (mut rows, mut scales) = (Vec::new(), Vec::new());
                quantize_rows(&words, hidden, None, &mut rows, &mut scales);
                *waiting = to_bytes(&scales);
                Ok(rows)
            }
            Part::WordScales
            | Part::QkvAffine
            | Part::AttentionAffine
            | Part::UpAffine
            | Part::DownAffine => Ok(std::mem::take(waiting)),
            Part::Positions => self.positions(),
            Part::EmbeddingNorm => self.norm("embeddings.LayerNorm"),
            Part::QkvWeights => {
                let names = ["query", "key", "value"].map(|which| format!("{layer}.attention.self.{which}"));
                self.linear(&names, (hidden, hidden), (index, Input::Attention), waiting)
            }
            Part::AttentionWeights => {
                let names = [format!("{layer}.attention.output.dense")];
                self.linear(&names, (hidden, hidden), (index, Input::Context), waiting)
            }
            Part::AttentionNorm => self.norm(&format!("{layer}.attention.output.LayerNorm")),
            Part::UpWeights => {
                let names = [format!("{layer}.intermediate.dense")];
                self.linear(&names, (intermediate, hidden), (index, Input::FeedForward), waiting)
            }
            Part::DownWeights => {
                let names = [format!("{layer}.output.dense")];
                self.linear(&names, (hidden, intermediate), (index, Input::Inner), waiting)
            }
            Part::FinalNorm => self.norm(&format!("{layer}.output.LayerNorm")),
        }
    }

    /// Position embeddings with that of token type 0, which every token of a single text has.
    fn positions(&mut self) -> Result<Vec<u8>, EmbeddingError> {
        let hidden = self.spec.hidden;
        let name = "embeddings.token_type_embeddings.weight";
        let rows = (self.tensor)(name).map_or(0, |tensor| tensor.shape.first().copied().unwrap_or(0));
        let types = self.take(name, &[rows.max(1), hidden])?;
        let name = "embeddings.position_embeddings.weight";
        let mut values = self.take(name, &[self.spec.positions, hidden])?;
        for row in values.chunks_exact_mut(hidden) {
            row.iter_mut().zip(&types[..hidden]).for_each(|(value, kind)| *value += kind);
        }
        Ok(to_bytes(&values))
    }
}

/// Changes each value of some rows by the factor of its column, where there are factors.
fn with_factors(rows: &mut [f32], factors: Option<&[f32]>, change: impl Fn(f32, f32) -> f32) {
    let Some(factors) = factors else { return };
    for row in rows.chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(value, factor)| *value = change(*value, *factor));
    }
}

/// Appends the rows of `values` as bytes of i8, and one scale per row.
fn quantize_rows(
    values: &[f32],
    columns: usize,
    rounding: Option<&Rounding>,
    rows: &mut Vec<u8>,
    scales: &mut Vec<f32>,
) {
    rows.reserve(values.len());
    let mut rounded = vec![0; columns];
    for row in values.chunks_exact(columns) {
        let largest = row.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let scale = largest / 127.0;
        if let Some(rounding) = rounding {
            rounding.round(row, scale, &mut rounded);
        } else {
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            for (to, value) in rounded.iter_mut().zip(row) {
                *to = (value * inverse).round().clamp(-127.0, 127.0) as i8;
            }
        }
        rows.extend(rounded.iter().map(|value| *value as u8));
        scales.push(scale);
    }
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_quantized_to_half_a_step() {
        let values: Vec<f32> = (0..64).map(|i| ((i * 37 % 64) as f32 - 31.0) * 0.013).collect();
        let (mut rows, mut scales) = (Vec::new(), Vec::new());
        quantize_rows(&values, 16, None, &mut rows, &mut scales);
        for (index, (value, quantized)) in values.iter().zip(&rows).enumerate() {
            let scale = scales[index / 16];
            assert!((value - scale * *quantized as i8 as f32).abs() <= scale * 0.501);
        }
        assert!(rows.chunks(16).all(|row| row.iter().any(|&value| (value as i8).unsigned_abs() == 127)));
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let (mut rows, mut scales) = (Vec::new(), Vec::new());
        quantize_rows(&[0.0; 4], 4, None, &mut rows, &mut scales);
        assert_eq!((rows, scales), (vec![0; 4], vec![0.0]));
    }
}
