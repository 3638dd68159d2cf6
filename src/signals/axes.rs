//! Axes along which a person's edits move the meaning of texts: the principal axes of the differences between the
//! vectors of draft and final text.
//!
//! Invariant: a pure function of the newest shifts in their order. The axes are specific to one person and one
//! encoder; nothing is known of them before the person's first edits.

use serde::{Deserialize, Serialize};

use crate::signals::tuning::axes::{COUNT_MAX, STEP};

/// The difference from the vector of a draft to that of the final text, both of unit length, quantized to one byte
/// per value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift(Vec<i8>);

/// Value of one step of the code: components of the difference between the vectors of two sentences rarely exceed one
/// half.
const CODE: f32 = 0.5 / 127.0; // fixed: the unit of stored shifts

/// The first id of an axis; ids are above those of `prose`.
pub(crate) const FIRST_ID: u16 = 9101;
/// Iterations of the power method: enough for axes that matter, because those are well separated.
const ROUNDS: usize = 30;

impl Shift {
    /// `None` if the lengths differ or nothing moved.
    pub fn between(draft: &[f32], edited: &[f32]) -> Option<Self> {
        let code = |(from, to): (&f32, &f32)| ((to - from) / CODE).round().clamp(-127.0, 127.0) as i8;
        let codes: Vec<i8> = draft.iter().zip(edited).map(code).collect();
        (draft.len() == edited.len() && codes.iter().any(|code| *code != 0)).then_some(Self(codes))
    }

    fn values(&self) -> impl Iterator<Item = f32> {
        self.0.iter().map(|code| f32::from(*code) * CODE)
    }
}

/// The axes as unit vectors, strongest first; each points in the direction in which the edits move overall.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Axes(Vec<Vec<f32>>);

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Axes {
    /// Computes the axes of shifts of equal length; others are skipped. Uses power iteration on the Gram matrix of
    /// the shifts, deflating it after each axis.
    pub(crate) fn of<'a>(shifts: impl IntoIterator<Item = &'a Shift>) -> Self {
        let mut rows: Vec<Vec<f32>> = shifts.into_iter().map(|shift| shift.values().collect()).collect();
        let dimensions = rows.first().map_or(0, Vec::len);
        rows.retain(|row| row.len() == dimensions);
        let mut products: Vec<Vec<f32>> =
            rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect();
        let mut axes = Vec::new();
        for _ in 0..COUNT_MAX.min(rows.len()) {
            let trace: f32 = (0..rows.len()).map(|at| products[at][at]).sum();
            // Starts from the sum of all shifts, with a preference for the first in case the sum is zero.
            let mut weights: Vec<f32> = products.iter().map(|row| row.iter().sum()).collect();
            if dot(&weights, &weights).sqrt() < 1e-6 * trace.max(1e-6) {
                weights = products.first().cloned().unwrap_or_default();
            }
            for _ in 0..ROUNDS {
                let next: Vec<f32> = products.iter().map(|row| dot(row, &weights)).collect();
                let length = dot(&next, &next).sqrt();
                if length < 1e-12 {
                    break;
                }
                weights = next.iter().map(|weight| weight / length).collect();
            }
            let mut axis = vec![0.0; dimensions];
            for (row, weight) in rows.iter().zip(&weights) {
                axis.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
            let length = dot(&axis, &axis).sqrt();
            if length < 1e-4 {
                break;
            }
            for value in &mut axis {
                *value /= length;
            }
            let along: Vec<f32> = rows.iter().map(|row| dot(row, &axis)).collect();
            for ((row, products), a) in rows.iter_mut().zip(&mut products).zip(&along) {
                row.iter_mut().zip(&axis).for_each(|(value, axis)| *value -= a * axis);
                products.iter_mut().zip(&along).for_each(|(product, b)| *product -= a * b);
            }
            if along.iter().sum::<f32>() < 0.0 {
                for value in &mut axis {
                    *value = -*value;
                }
            }
            axes.push(axis);
        }
        Self(axes)
    }

    /// The components of a shift along each axis, in steps, by id, ascending.
    pub(crate) fn steps(&self, shift: &Shift) -> Vec<(u16, f32)> {
        self.places(&shift.values().collect::<Vec<f32>>())
    }

    /// The coordinates of a vector on each axis, in steps, by id, ascending; empty if its length differs.
    pub(crate) fn places(&self, vector: &[f32]) -> Vec<(u16, f32)> {
        let fit = self.0.iter().filter(|axis| axis.len() == vector.len());
        (FIRST_ID..).zip(fit).map(|(id, axis)| (id, dot(axis, vector) / STEP)).collect()
    }
}

/// All ids that a person's axes can have.
pub(crate) fn ids() -> impl Iterator<Item = u16> {
    (FIRST_ID..).take(COUNT_MAX)
}

/// The number that an axis is shown by: there is no word for a direction of meaning.
pub(crate) fn number(id: u16) -> Option<u16> {
    Some(id.checked_sub(FIRST_ID).filter(|at| usize::from(*at) < COUNT_MAX)? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(values: &[f32]) -> Shift {
        Shift::between(&vec![0.0; values.len()], values).expect("it moves")
    }

    #[test]
    fn the_axes_are_where_the_edits_go() {
        let shifts: Vec<Shift> = (0..12)
            .map(|at| {
                let wobble = if at % 2 == 0 { 0.1 } else { -0.1 };
                shift(&[0.02 * wobble, -0.4, wobble, 0.0])
            })
            .collect();
        let axes = Axes::of(&shifts);
        assert_eq!(axes.0.len(), 2, "there is nothing beyond two directions: {axes:?}");
        assert!(axes.0[0][1] < -0.99, "{axes:?}");
        assert!(axes.0[1][2].abs() > 0.99, "{axes:?}");
        assert!((dot(&axes.0[0], &axes.0[1])).abs() < 1e-3);
        let places = axes.places(&[0.0, -0.5, 0.0, 0.0]);
        assert_eq!(places.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [FIRST_ID, FIRST_ID + 1]);
        assert!((places[0].1 - 8.0).abs() < 0.1, "{places:?}");
    }

    #[test]
    fn opposite_edits_and_odd_lengths_break_nothing() {
        assert_eq!(Axes::of([]), Axes::default());
        let axes = Axes::of(&[shift(&[0.3, 0.0]), shift(&[-0.3, 0.0]), shift(&[0.1, 0.1, 0.1])]);
        assert_eq!(axes.0.len(), 1);
        assert!(axes.places(&[1.0]).is_empty());
        assert_eq!(Shift::between(&[1.0], &[1.0]), None);
        assert_eq!(Shift::between(&[1.0], &[1.0, 0.0]), None);
    }
}
