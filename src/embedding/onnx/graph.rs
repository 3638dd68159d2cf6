//! An ONNX graph prepared to run with tract: its inputs, the output read, and one plan.
//!
//! Invariant: whatever the file contains, loading returns a plan or a typed error; a panic inside tract is caught here
//! and no message of tract leaves this file. The meaning of the outputs is left to `mod.rs`.
//!
//! One plan serves every length: the batch is 1 and the sequence length is symbolic. A file exported with a fixed
//! sequence length is run at that length, padded under the attention mask.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimValue;
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::ToDim;

use crate::error::EmbeddingError;

/// The role of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ids,
    Mask,
    Types,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Ids),
            "attention_mask" => Some(Self::Mask),
            "token_type_ids" => Some(Self::Types),
            _ => None,
        }
    }
}

/// Names of outputs with a vector per text and of outputs with a vector per token, preferred first.
const POOLED_OUTPUTS: [&str; 1] = ["sentence_embedding"];
const TOKEN_OUTPUTS: [&str; 2] = ["last_hidden_state", "token_embeddings"];

/// The output for one text.
pub(super) enum Output {
    /// One row of `hidden` values per token, without padding.
    Tokens { hidden: usize, values: Vec<f32> },
    /// One vector.
    Pooled(Vec<f32>),
}

/// A graph prepared to run.
pub(super) struct Graph {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<(Role, DatumType)>,
    /// The fixed sequence length of the file, if any.
    fixed: Option<usize>,
}

/// Runs `f` and converts a tract error or a panic to the error that `fail` returns.
fn catch_failure<T>(
    f: impl FnOnce() -> TractResult<T>,
    fail: impl FnOnce() -> EmbeddingError,
) -> Result<T, EmbeddingError> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(fail()),
    }
}

fn unsupported(what: impl Into<String>) -> EmbeddingError {
    EmbeddingError::Unsupported { what: what.into() }
}

impl Graph {
    /// Reads the graph of an ONNX file from `bytes`. External weights are read from `folder` only.
    pub(super) fn load(bytes: &[u8], file: &str, folder: &Path) -> Result<Self, EmbeddingError> {
        let onnx = tract_onnx::onnx();
        let looks_like_onnx = bytes.first() == Some(&0x08);
        let mut proto = catch_failure(
            || onnx.proto_model_for_read(&mut &*bytes),
            || {
                if looks_like_onnx {
                    EmbeddingError::Damaged { what: format!("{file} does not decode") }
                } else {
                    foreign(file)
                }
            },
        )?;
        let graph =
            proto.graph.as_mut().filter(|graph| !graph.node.is_empty()).ok_or_else(|| foreign(file))?;
        let fixed = prepare(graph)?;
        let ops = op_types(graph);
        let unknown = ops.iter().find(|op| !onnx.op_register.0.contains_key(*op)).cloned();
        Self::plan(&onnx, &proto, folder, fixed).map_err(|error| match (error, unknown) {
            (EmbeddingError::Damaged { .. }, Some(op)) => unsupported(format!("operator {op}")),
            (error, _) => error,
        })
    }

    fn plan(
        onnx: &Onnx,
        proto: &ModelProto,
        folder: &Path,
        fixed: Option<usize>,
    ) -> Result<Self, EmbeddingError> {
        let damaged = || EmbeddingError::Damaged { what: "its graph is not consistent".to_owned() };
        let folder = folder.to_str().ok_or_else(|| unsupported("a folder whose name is not UTF-8"))?;
        let (plan, inputs) = catch_failure(
            || {
                let parsed = onnx.parse(proto, Some(folder))?;
                let mut model = parsed.model;
                if !parsed.unresolved_inputs.is_empty() {
                    return Err(TractError::msg("a value that no node produces"));
                }
                let length: TDim = match fixed {
                    Some(length) => length.to_dim(),
                    None => model.symbols.sym("tokens").to_dim(),
                };
                let mut inputs = Vec::new();
                for slot in 0..model.inputs.len() {
                    let name = model.node(model.inputs[slot].node).name.clone();
                    let Some(role) = Role::of(&name) else {
                        return Err(TractError::msg("an input with an unknown name"));
                    };
                    let kind = match model.input_fact(slot)?.datum_type.concretize() {
                        Some(kind) if kind == i32::datum_type() => kind,
                        _ => i64::datum_type(),
                    };
                    model
                        .set_input_fact(slot, InferenceFact::dt_shape(kind, [1.to_dim(), length.clone()]))?;
                    inputs.push((role, kind));
                }
                Ok((model.into_optimized()?.into_runnable()?, inputs))
            },
            damaged,
        )?;
        if fixed.is_some() && !inputs.iter().any(|(role, _)| *role == Role::Mask) {
            return Err(unsupported("a fixed length without an attention mask"));
        }
        Ok(Self { plan, inputs, fixed })
    }

    /// The fixed sequence length, if any.
    pub(super) fn fixed_length(&self) -> Option<usize> {
        self.fixed
    }

    /// Runs the graph on the tokens of one text: at least one, at most the fixed length.
    pub(super) fn run(&self, ids: &[u32], types: &[u32]) -> Result<Output, EmbeddingError> {
        let failed = |what: &str| EmbeddingError::Failed { what: what.to_owned() };
        let tokens = ids.len();
        let length = self.fixed.unwrap_or(tokens);
        if tokens == 0 || tokens > length || types.len() != tokens {
            return Err(failed("the graph does not accept the text's length"));
        }
        let outputs = catch_failure(
            || {
                let mut feed = tvec![];
                for (role, kind) in &self.inputs {
                    let value = |at: usize| match role {
                        Role::Ids => ids.get(at).map_or(0, |id| i64::from(*id)),
                        Role::Mask => i64::from(at < tokens),
                        Role::Types => types.get(at).map_or(0, |kind| i64::from(*kind)),
                    };
                    let tensor = tract_ndarray::Array2::from_shape_fn((1, length), |(_, at)| value(at));
                    let tensor: Tensor = tensor.into();
                    feed.push(tensor.cast_to_dt(*kind)?.into_owned().into_tvalue());
                }
                self.plan.run(feed)
            },
            || failed("the graph failed to run"),
        )?;
        let output = outputs.first().ok_or_else(|| failed("the graph has no output"))?;
        let values = catch_failure(
            || Ok(output.cast_to::<f32>()?.view().as_slice::<f32>()?.to_vec()),
            || failed("the graph's output is not numeric"),
        )?;
        match *output.shape() {
            [1, rows, hidden] if rows == length && hidden > 0 => {
                let mut values = values;
                values.truncate(tokens * hidden);
                Ok(Output::Tokens { hidden, values })
            }
            [1, hidden] if hidden > 0 => Ok(Output::Pooled(values)),
            _ => Err(unsupported("an output that is neither a vector per token nor a vector per text")),
        }
    }
}

fn foreign(file: &str) -> EmbeddingError {
    EmbeddingError::Foreign { file: file.to_owned(), expected: "an ONNX model" }
}

/// Checks the inputs, keeps only the output that is read, and drops the stored shapes of intermediate values, which
/// quantizers leave inconsistent. Returns the sequence length if the inputs fix it.
fn prepare(graph: &mut GraphProto) -> Result<Option<usize>, EmbeddingError> {
    graph.value_info.clear();
    let mut fixed = None;
    let mut has_ids = false;
    for input in &graph.input {
        if graph.initializer.iter().any(|tensor| tensor.name == input.name) {
            continue;
        }
        let role = Role::of(&input.name)
            .ok_or_else(|| unsupported("an input other than input_ids, attention_mask and token_type_ids"))?;
        has_ids |= role == Role::Ids;
        let dims = stored_dims(input);
        if dims.as_ref().is_some_and(|dims| dims.len() != 2) {
            return Err(unsupported("inputs that are not (batch, sequence)"));
        }
        if let Some([batch, length]) = dims.as_deref() {
            if batch.is_some_and(|batch| batch != 1) {
                return Err(unsupported("a fixed batch of more than one"));
            }
            fixed = fixed.or(*length);
        }
    }
    if !has_ids {
        return Err(unsupported("a graph without input_ids"));
    }
    let rank = |output: &ValueInfoProto| stored_dims(output).map(|dims| dims.len());
    let named = |names: &[&str]| {
        names.iter().find_map(|name| graph.output.iter().position(|output| output.name == *name))
    };
    let chosen = named(&POOLED_OUTPUTS)
        .or_else(|| named(&TOKEN_OUTPUTS))
        .or_else(|| graph.output.iter().position(|output| rank(output) == Some(3)))
        .or_else(|| graph.output.iter().position(|output| rank(output) == Some(2)))
        .or(if graph.output.is_empty() { None } else { Some(0) })
        .ok_or_else(|| unsupported("a graph without outputs"))?;
    let chosen = graph.output.swap_remove(chosen);
    graph.output = vec![chosen];
    Ok(fixed)
}

/// The dimensions stored for a value, `None` for free ones; `None` if no shape is stored.
fn stored_dims(value: &ValueInfoProto) -> Option<Vec<Option<usize>>> {
    let type_proto::Value::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
    let dims = tensor.shape.as_ref()?.dim.iter().map(|dim| match dim.value {
        Some(DimValue::DimValue(length)) if length > 0 => usize::try_from(length).ok(),
        _ => None,
    });
    Some(dims.collect())
}

/// The operators of the graph, in order, nested graphs excluded.
fn op_types(graph: &GraphProto) -> Vec<String> {
    graph
        .node
        .iter()
        .map(|node| node.op_type.chars().filter(char::is_ascii_alphanumeric).take(48).collect())
        .collect()
}
