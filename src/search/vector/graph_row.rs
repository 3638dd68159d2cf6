//! A row as the graph holds it, and how many links a node has: what the graph and its snapshot must agree on.
//!
//! Invariant: a row is a vector's codes, filled up with zeros to whole lines, and in four more values the bytes of the
//! `f32` that makes them unit length.

use crate::simd::LINE;

/// Links per node above the base level; the base level has twice as many.
pub(super) const CONNECTIVITY: usize = 16;

/// Values of a row in the graph.
pub(super) fn row_length(dimensions: usize) -> usize {
    dimensions.next_multiple_of(LINE) + size_of::<f32>()
}

/// What the graph holds of codes; `None` where these have no direction.
pub(super) fn row(codes: &[i8]) -> Option<Vec<i8>> {
    let squares: i64 = codes.iter().map(|&code| i64::from(code).pow(2)).sum();
    if squares == 0 {
        return None;
    }
    let factor = (1.0 / (squares as f64).sqrt()) as f32;
    let mut row = Vec::with_capacity(row_length(codes.len()));
    row.extend_from_slice(codes);
    row.resize(codes.len().next_multiple_of(LINE), 0);
    row.extend(factor.to_le_bytes().map(|byte| byte as i8));
    Some(row)
}
