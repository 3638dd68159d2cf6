//! The layout of a row in the graph and the number of links per node, shared by the graph and its snapshot.
//!
//! Invariant: a row consists of a vector's codes, zero-padded to whole lines, and four more values that are the bytes
//! of the `f32` factor that normalizes them.

use crate::simd::LINE;

/// Links per node above the base level, which has twice as many.
pub(super) const CONNECTIVITY: usize = 16;

/// Number of values of a row in the graph.
pub(super) fn row_length(dimensions: usize) -> usize {
    dimensions.next_multiple_of(LINE) + size_of::<f32>()
}

/// The graph's row for codes; `None` if all codes are zero.
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
