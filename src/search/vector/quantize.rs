//! Vectors in ten bits per value with one scale each, as stored and compared by the indexes.
//!
//! Invariant: the decoded vector has unit length up to rounding. A value is `(code + (fine - 2) / 4) * scale`: the
//! codes alone are the vector in int8, which the scans compare first; two more bits per value separate vectors that
//! these make nearly equal.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::IndexError;
use crate::simd::LINE;

/// Bytes of fine bits per line of codes: byte `i` contains those of codes `i`, `i + 16`, `i + 32` and `i + 48`, lowest
/// bits first.
pub(super) const FINE: usize = LINE / 4;

/// A byte of fine bits that encode 0.
pub(super) const NOTHING: u8 = 0b1010_1010;

/// A unit vector; a value is `(code + (fine - 2) / 4) * scale`.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedVector {
    /// Value of one code step.
    pub scale: f32,
    /// The codes, -127 to 127.
    pub codes: Vec<i8>,
    /// Two more bits per value: 16 bytes for each 64 codes (rounded up); byte `i` contains those of codes `i`,
    /// `i + 16`, `i + 32` and `i + 48`, lowest bits first.
    pub fine: Vec<u8>,
}

/// The fine bits of a code, 0 to 3.
fn fine_at(fine: &[u8], at: usize) -> i32 {
    let (line, place) = (at / LINE, at % LINE);
    i32::from(fine[line * FINE + place % FINE] >> (2 * (place / FINE)) & 3)
}

/// Norm of the residual that the codes of `dimensions` values leave out.
pub(super) fn left_out(fine: &[u8], dimensions: usize, scale: f32) -> f32 {
    let squares: i32 = (0..dimensions).map(|at| (fine_at(fine, at) - 2).pow(2)).sum();
    (squares as f32).sqrt() * 0.25 * scale
}

impl QuantizedVector {
    /// Quantizes to `round(x * 508 / max|x|)`, with the scale that gives the decoded vector unit length.
    ///
    /// # Errors
    /// [`IndexError::InvalidVector`] if a value is not finite, or all are zero or subnormal.
    pub fn from_f32(vector: &[f32]) -> Result<Self, IndexError> {
        let mut peak = 0.0f32;
        for &value in vector {
            if !value.is_finite() {
                return Err(IndexError::InvalidVector { reason: "has a value that is not finite" });
            }
            peak = peak.max(value.abs());
        }
        if peak < f32::MIN_POSITIVE {
            return Err(IndexError::InvalidVector { reason: "is zero or nearly zero" });
        }
        let per_quarter = 508.0 / f64::from(peak);
        let mut codes = Vec::with_capacity(vector.len());
        let mut fine = vec![0u8; vector.len().div_ceil(LINE) * FINE];
        let mut squares = 0i64;
        for (values, fine) in vector.chunks(LINE).zip(fine.chunks_mut(FINE)) {
            for (at, &value) in values.iter().enumerate() {
                let quarters = (f64::from(value) * per_quarter).round() as i32;
                squares += i64::from(quarters * quarters);
                let code = (quarters + 2) >> 2;
                codes.push(code as i8);
                fine[at % FINE] |= ((quarters + 2 - 4 * code) as u8) << (2 * (at / FINE));
            }
        }
        Ok(Self { scale: (4.0 / (squares as f64).sqrt()) as f32, codes, fine })
    }

    /// The decoded vector.
    pub fn to_f32(&self) -> Vec<f32> {
        let quarter = self.scale * 0.25;
        self.quarters().map(|quarters| quarters as f32 * quarter).collect()
    }

    fn quarters(&self) -> impl Iterator<Item = i32> {
        self.codes.iter().enumerate().map(|(at, &code)| i32::from(code) * 4 + fine_at(&self.fine, at) - 2)
    }

    /// Norm of the residual that the codes alone leave out.
    pub(super) fn left_out(&self) -> f32 {
        left_out(&self.fine, self.codes.len(), self.scale)
    }

    /// Checks the guarantees of [`from_f32`](Self::from_f32) for a vector from elsewhere.
    ///
    /// # Errors
    /// [`IndexError::DimensionMismatch`]; [`IndexError::InvalidVector`] if a code is -128, all are zero, the number of
    /// fine bits does not match, or the scale does not give the vector unit length.
    pub fn check(&self, dimensions: usize) -> Result<(), IndexError> {
        if self.codes.len() != dimensions {
            return Err(IndexError::DimensionMismatch { got: self.codes.len(), expected: dimensions });
        }
        if self.codes.contains(&i8::MIN) {
            return Err(IndexError::InvalidVector { reason: "has a code out of range" });
        }
        if self.fine.len() != dimensions.div_ceil(LINE) * FINE {
            return Err(IndexError::InvalidVector { reason: "has fine bits for another number of codes" });
        }
        if self.codes.iter().all(|&code| code == 0) {
            return Err(IndexError::InvalidVector { reason: "is zero: all its codes are zero" });
        }
        let squares: i64 = self.quarters().map(|quarters| i64::from(quarters * quarters)).sum();
        let length = (squares as f64).sqrt() * 0.25 * f64::from(self.scale);
        // Fails if the scale is NaN.
        if (length - 1.0).abs() < 1e-3 {
            Ok(())
        } else {
            Err(IndexError::InvalidVector { reason: "is not of unit length" })
        }
    }
}

/// Serialized as a scale and bytes: the codes, and if the scale is negated, also the fine bits. Vectors without fine
/// bits have a positive scale.
impl Serialize for QuantizedVector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes: Vec<u8> = self.codes.iter().map(|&code| code as u8).collect();
        bytes.extend_from_slice(&self.fine);
        let mut both = serializer.serialize_tuple(2)?;
        both.serialize_element(&-self.scale)?;
        both.serialize_element(&Bytes(bytes))?;
        both.end()
    }
}

impl<'de> Deserialize<'de> for QuantizedVector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (scale, Bytes(mut bytes)) = Deserialize::deserialize(deserializer)?;
        let fine = if f32::is_sign_negative(scale) {
            // A line takes 64 bytes of codes, fewer in the last one, and 16 of fine bits.
            let fine = bytes.len().div_ceil(LINE + FINE) * FINE;
            let codes = bytes.len().checked_sub(fine).ok_or(de::Error::custom("fine bits without codes"))?;
            bytes.split_off(codes)
        } else {
            vec![NOTHING; bytes.len().div_ceil(LINE) * FINE]
        };
        Ok(Self { scale: scale.abs(), codes: bytes.into_iter().map(|byte| byte as i8).collect(), fine })
    }
}

/// Serializes bytes as one value instead of element by element.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = Bytes;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Whole)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_preserve_the_direction(
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
            // The rounding error is at most half a step per value.
            let error = 0.5 * f64::from(peak) / 508.0 * (values.len() as f64).sqrt() / length;
            prop_assert!(dot >= 1.0 - error * error && dot <= 1.0 + 1e-5, "{} {}", dot, error);
        }
    }

    #[test]
    fn zero_and_non_finite_vectors_are_rejected() {
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
    fn check_rejects_what_quantizing_never_produces() {
        let good = QuantizedVector::from_f32(&[3.0, -4.0]).unwrap();
        assert!(good.check(2).is_ok());
        assert!(matches!(good.check(3), Err(IndexError::DimensionMismatch { got: 2, expected: 3 })));
        let bad = [
            QuantizedVector { codes: vec![0, 0], ..good.clone() },
            QuantizedVector { codes: vec![-128, 1], ..good.clone() },
            QuantizedVector { scale: f32::NAN, ..good.clone() },
            QuantizedVector { scale: f32::INFINITY, ..good.clone() },
            QuantizedVector { scale: -good.scale, ..good.clone() },
            QuantizedVector { scale: good.scale * 2.0, ..good.clone() },
            QuantizedVector { fine: Vec::new(), ..good.clone() },
            QuantizedVector { fine: vec![0; 2 * FINE], ..good },
        ];
        for vector in bad {
            assert!(matches!(vector.check(2), Err(IndexError::InvalidVector { .. })), "{vector:?}");
        }
    }

    #[test]
    fn vectors_with_and_without_fine_bits_are_read() {
        for dimensions in [1, 63, 64, 65, 384, 400] {
            let values: Vec<f32> = (0..dimensions).map(|at| (at as f32 * 0.7).sin() + 0.01).collect();
            let vector = QuantizedVector::from_f32(&values).unwrap();
            let bytes = serde_json::to_vec(&vector).unwrap();
            let read: QuantizedVector = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(read, vector);
            let codes: Vec<i8> = values.iter().map(|value| (value * 127.0).round() as i8).collect();
            let squares: f32 = codes.iter().map(|&code| f32::from(code).powi(2)).sum();
            let old_bytes: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
            let old = (1.0 / squares.sqrt(), old_bytes);
            let bytes = serde_json::to_vec(&old).unwrap();
            let read: QuantizedVector = serde_json::from_slice(&bytes).unwrap();
            read.check(dimensions).unwrap();
            assert_eq!((read.scale, &read.codes), (old.0, &codes));
            let decoded = codes.iter().map(|&code| f32::from(code) * old.0);
            assert!(read.to_f32().iter().zip(decoded).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
