//! Vectors as int8 with one scale each: what is stored and what the indexes compare.
//!
//! Invariant: the vector that the codes stand for, `code * scale`, has unit length up to rounding; a stored
//! vector takes `dimensions + 4` bytes.

use serde::{Deserialize, Serialize};

use crate::error::IndexError;

/// A unit vector as int8 codes: value = `code * scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantizedVector {
    /// Value of one code step.
    pub scale: f32,
    /// The codes, -127 to 127.
    pub codes: Vec<i8>,
}

impl QuantizedVector {
    /// Quantizes `round(x * 127 / max|x|)`, with a scale that makes the decoded vector unit length.
    ///
    /// # Errors
    /// [`IndexError::InvalidVector`] where a value is not finite, or all are zero or subnormal.
    pub fn from_f32(vector: &[f32]) -> Result<Self, IndexError> {
        let mut peak = 0.0f32;
        for &value in vector {
            if !value.is_finite() {
                return Err(IndexError::InvalidVector { reason: "has a value that is not finite" });
            }
            peak = peak.max(value.abs());
        }
        if peak < f32::MIN_POSITIVE {
            return Err(IndexError::InvalidVector {
                reason: "has no direction: its values are zero or next to it",
            });
        }
        let step = 127.0 / f64::from(peak);
        let codes: Vec<i8> = vector.iter().map(|&value| (f64::from(value) * step).round() as i8).collect();
        let squares: i64 = codes.iter().map(|&code| i64::from(code) * i64::from(code)).sum();
        Ok(Self { scale: (1.0 / (squares as f64).sqrt()) as f32, codes })
    }

    /// The vector the codes stand for.
    pub fn to_f32(&self) -> Vec<f32> {
        self.codes.iter().map(|&code| f32::from(code) * self.scale).collect()
    }

    /// Checks what [`from_f32`](Self::from_f32) promises, for a vector that came from elsewhere.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`]; [`IndexError::InvalidVector`] where a code is -128, all are zero, or
    /// the scale does not make the vector unit length.
    pub fn check(&self, dimensions: usize) -> Result<(), IndexError> {
        if self.codes.len() != dimensions {
            return Err(IndexError::DimensionMismatch { got: self.codes.len(), expected: dimensions });
        }
        if self.codes.contains(&i8::MIN) {
            return Err(IndexError::InvalidVector { reason: "has a code out of range" });
        }
        let squares: i64 = self.codes.iter().map(|&code| i64::from(code) * i64::from(code)).sum();
        let length = (squares as f64).sqrt() * f64::from(self.scale);
        // Written so that a scale that is not a number fails.
        if (length - 1.0).abs() < 1e-3 {
            Ok(())
        } else {
            Err(IndexError::InvalidVector { reason: "is not of unit length" })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_stand_for_the_direction(
            values in prop::collection::vec(-1.0f32..1.0, 1..600),
            magnitude in -37i32..38,
        ) {
            let scaled: Vec<f32> = values.iter().map(|value| value * 10f32.powi(magnitude)).collect();
            let peak = scaled.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
            let Ok(vector) = QuantizedVector::from_f32(&scaled) else {
                prop_assert!(peak < f32::MIN_POSITIVE);
                return Ok(());
            };
            vector.check(values.len()).unwrap();
            prop_assert_eq!(vector.codes.iter().map(|code| code.unsigned_abs()).max(), Some(127));
            let length: f64 = scaled.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            let dot: f64 =
                vector.to_f32().iter().zip(&scaled).map(|(&a, &b)| f64::from(a) * f64::from(b) / length).sum();
            // Rounding errs by at most half a step per value.
            let error = 0.5 * f64::from(peak) / 127.0 * (values.len() as f64).sqrt() / length;
            prop_assert!(dot >= 1.0 - error * error && dot <= 1.0 + 1e-5, "{} {}", dot, error);
        }
    }

    #[test]
    fn what_has_no_direction_is_refused() {
        for bad in [&[][..], &[0.0], &[0.0, -0.0], &[1e-40, 0.0], &[f32::NAN, 1.0], &[1.0, f32::INFINITY]] {
            assert!(
                matches!(QuantizedVector::from_f32(bad), Err(IndexError::InvalidVector { .. })),
                "{bad:?}"
            );
        }
        assert_eq!(QuantizedVector::from_f32(&[f32::MAX, -f32::MAX]).unwrap().codes, [127, -127]);
        assert_eq!(QuantizedVector::from_f32(&[f32::MIN_POSITIVE]).unwrap().codes, [127]);
    }

    #[test]
    fn check_refuses_what_quantizing_never_gives() {
        let good = QuantizedVector::from_f32(&[3.0, -4.0]).unwrap();
        assert!(good.check(2).is_ok());
        assert!(matches!(good.check(3), Err(IndexError::DimensionMismatch { got: 2, expected: 3 })));
        let bad = [
            QuantizedVector { codes: vec![0, 0], ..good.clone() },
            QuantizedVector { codes: vec![-128, 1], ..good.clone() },
            QuantizedVector { scale: f32::NAN, ..good.clone() },
            QuantizedVector { scale: f32::INFINITY, ..good.clone() },
            QuantizedVector { scale: -good.scale, ..good.clone() },
            QuantizedVector { scale: good.scale * 2.0, ..good },
        ];
        for vector in bad {
            assert!(matches!(vector.check(2), Err(IndexError::InvalidVector { .. })), "{vector:?}");
        }
    }
}
