//! Converts a publisher's f32 tensors to a model file.
//!
//! Invariant: the file depends only on the arguments. Every matrix is quantized by rows: row `r` becomes `round(w / s)`
//! in -127..=127 with `s = max|w| / 127`, to nearest for the word embeddings and as in `rounding.rs` for the linear
//! maps. To calibrate this rounding and the factors of the inputs, intermediate models are written and run; the last
//! one is run to fit `deviation.rs`, which is then added to it. Reading the publisher's files is left to the caller
//! (`examples/tools/convert_model.rs`), the layout of the file to `model_file.rs`.

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
    /// The dimensions, slowest-varying first.
    pub shape: Vec<usize>,
    /// The values; their number is the product of the dimensions.
    pub values: Vec<f32>,
}

/// Writes a model file.
///
/// `tensor` looks up a tensor by its name in the publisher's file, without the prefix `bert.` that some files have:
/// `embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.bias`, ...
///
/// # Errors
/// [`EmbeddingError::Unsupported`], naming the tensor that is absent, of another shape or not finite, or the dimension
/// or token that is out of range.
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

/// Adds the fitted estimate of the last norm's deviation to a model file.
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
    /// Factors of the inputs of the attention and of the feed-forward part, layer by layer.
    factors: Vec<Vec<f32>>,
    /// Observed inputs of the linear maps, see [`calibrate::inputs`]; empty before they are known.
    inputs: Vec<Vec<f32>>,
}

impl<F: FnMut(&str) -> Option<Tensor>> Source<'_, F> {
    fn write(&mut self, vocabulary: &Vocabulary) -> Result<Vec<u8>, EmbeddingError> {
        // Quantized rows and their scales are consecutive sections; this holds the second one.
        let mut affine = Vec::new();
        write(self.spec, vocabulary, false, |section| self.section(section, &mut affine))
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

    /// Returns the stacked rows of one or more linear maps of `input`; writes their scales and biases to `affine`.
    fn linear(
        &mut self,
        names: &[String],
        (outputs, inputs): (usize, usize),
        (layer, input): (usize, Input),
        affine: &mut Vec<u8>,
    ) -> Result<Vec<u8>, EmbeddingError> {
        let factors = calibrate::factors_index(layer, input).map(|at| self.factors[at].clone());
        let factors = factors.as_deref();
        let rounding =
            calibrate::inputs_index(layer, input).and_then(|at| self.inputs.get(at)).map(|observed| {
                let mut observed = observed.clone();
                with_factors(&mut observed, factors, |value, factor| value * factor);
                Rounding::new(&observed, inputs)
            });
        let (mut rows, mut scales, mut biases) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            let mut weights = self.take(&format!("{name}.weight"), &[outputs, inputs])?;
            with_factors(&mut weights, factors, |weight, factor| weight / factor);
            quantize_rows(&weights, inputs, rounding.as_ref(), &mut rows, &mut scales);
            biases.extend(self.take(&format!("{name}.bias"), &[outputs])?);
        }
        *affine = to_bytes(&scales);
        affine.extend(to_bytes(&biases));
        Ok(rows)
    }

    fn section(&mut self, section: Section, affine: &mut Vec<u8>) -> Result<Vec<u8>, EmbeddingError> {
        let (hidden, intermediate) = (self.spec.hidden, self.spec.intermediate);
        let index = section.layer as usize;
        let layer = format!("encoder.layer.{index}");
        match section.part {
            Part::QkvFactors => Ok(to_bytes(&self.factors[index * 2])),
            Part::UpFactors => Ok(to_bytes(&self.factors[index * 2 + 1])),
            // Written by the caller.
            Part::Tokenizer | Part::Deviation => Ok(Vec::new()),
            Part::WordRows => {
                let words = self.take("embeddings.word_embeddings.weight", &[self.spec.word_rows, hidden])?;
                let (mut rows, mut scales) = (Vec::new(), Vec::new());
                quantize_rows(&words, hidden, None, &mut rows, &mut scales);
                *affine = to_bytes(&scales);
                Ok(rows)
            }
            Part::WordScales
            | Part::QkvAffine
            | Part::AttentionAffine
            | Part::UpAffine
            | Part::DownAffine => Ok(std::mem::take(affine)),
            Part::Positions => self.positions(),
            Part::EmbeddingNorm => self.norm("embeddings.LayerNorm"),
            Part::QkvWeights => {
                let names = ["query", "key", "value"].map(|which| format!("{layer}.attention.self.{which}"));
                self.linear(&names, (hidden, hidden), (index, Input::Attention), affine)
            }
            Part::AttentionWeights => {
                let names = [format!("{layer}.attention.output.dense")];
                self.linear(&names, (hidden, hidden), (index, Input::Context), affine)
            }
            Part::AttentionNorm => self.norm(&format!("{layer}.attention.output.LayerNorm")),
            Part::UpWeights => {
                let names = [format!("{layer}.intermediate.dense")];
                self.linear(&names, (intermediate, hidden), (index, Input::FeedForward), affine)
            }
            Part::DownWeights => {
                let names = [format!("{layer}.output.dense")];
                self.linear(&names, (hidden, intermediate), (index, Input::Inner), affine)
            }
            Part::FinalNorm => self.norm(&format!("{layer}.output.LayerNorm")),
        }
    }

    /// Position embeddings plus that of token type 0, which every token of a single text has.
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

/// Applies `change` to each value and the factor of its column, if there are factors.
fn with_factors(rows: &mut [f32], factors: Option<&[f32]>, change: impl Fn(f32, f32) -> f32) {
    let Some(factors) = factors else { return };
    for row in rows.chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(value, factor)| *value = change(*value, *factor));
    }
}

/// Appends the rows of `values` as i8 bytes, and one scale per row.
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
