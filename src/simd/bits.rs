//! One-bit codes against a query of a few bits: counts of differing bits, and which rows they let through.
//!
//! Invariant: every variant lets the same rows through with the same bounds, bit for bit: counts are integers, and
//! each float operation is rounded alone. Eight rows lie side by side, word by word, so that one load meets all eight.
//! What codes and bounds mean is left to `index`.
#![expect(unsafe_code, reason = "intrinsics need an instruction set")]

use super::{Isa, Simd};

/// Rows side by side.
pub(crate) const EIGHT: usize = 8;
/// Bits of the query per value: plane `p` counts `2^p` times.
pub(crate) const PLANES: usize = 2;

/// One word of eight rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Words(pub(crate) [u64; EIGHT]);

/// One number of each of eight rows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(32))]
pub(crate) struct Floats(pub(crate) [f32; EIGHT]);

/// Codes of rows with what turns a count into a bound, by blocks of eight rows.
#[derive(Clone, Copy)]
pub(crate) struct Codes<'a> {
    /// Blocks of one [`Words`] per word of a row.
    pub(crate) words: &'a [Words],
    pub(crate) factors: &'a [Floats],
    /// NaN for a row that is not there.
    pub(crate) offsets: &'a [Floats],
}

/// The query: `bound = (base - step * count) * factor + offset`, where the count is that of the bits that differ from
/// each plane, each weighed.
pub(crate) struct Planes<'a> {
    /// Word `w` of a row meets these.
    pub(crate) words: &'a [[u64; PLANES]],
    pub(crate) base: f32,
    pub(crate) step: f32,
}

/// How differing bits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// The variant in use. A value of the type is the proof that the processor has what it needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BitScan(Counting);

impl BitScan {
    /// The best for an instruction set that the processor has.
    pub(crate) fn new(simd: Simd) -> Self {
        Self(match simd.isa() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni if std::arch::is_x86_feature_detected!("avx512vpopcntdq") => Counting::Avx512,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::AvxVnni | Isa::Avx512Vnni => Counting::Avx2,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon | Isa::NeonDotprod | Isa::NeonI8mm => Counting::Neon,
            _ => Counting::Portable,
        })
    }

    /// Hands to `found` each row whose bound is at least `floor`, with the bound, by rising number from `first` on.
    ///
    /// # Panics
    /// Where the lengths of codes and query do not fit each other.
    pub(crate) fn scan(
        self,
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        first: u32,
        found: &mut Vec<(f32, u32)>,
    ) {
        let blocks = codes.factors.len();
        assert!(blocks == codes.offsets.len() && codes.words.len() == blocks * query.words.len());
        match self.0 {
            Counting::Portable => portable(query, codes, floor, first, found),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` makes this variant only for an instruction set that includes AVX2.
            Counting::Avx2 => unsafe { x86::avx2(query, codes, floor, first, found) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` makes this variant only where AVX-512 with VPOPCNTDQ was found.
            Counting::Avx512 => unsafe { x86::avx512(query, codes, floor, first, found) },
            #[cfg(target_arch = "aarch64")]
            Counting::Neon => neon::neon(query, codes, floor, first, found),
        }
    }
}

/// Counts to bounds, and on to those that reach the floor.
#[inline(always)]
fn pass(
    counts: [u64; EIGHT],
    query: &Planes<'_>,
    factors: &Floats,
    offsets: &Floats,
    floor: f32,
    row: u32,
    found: &mut Vec<(f32, u32)>,
) {
    let mut bounds = [0.0; EIGHT];
    let mut any = false;
    for lane in 0..EIGHT {
        bounds[lane] =
            (query.base - query.step * counts[lane] as u32 as f32) * factors.0[lane] + offsets.0[lane];
        any |= bounds[lane] >= floor;
    }
    if any {
        for (lane, bound) in bounds.into_iter().enumerate() {
            if bound >= floor {
                found.push((bound, row + lane as u32));
            }
        }
    }
}

fn portable(query: &Planes<'_>, codes: Codes<'_>, floor: f32, first: u32, found: &mut Vec<(f32, u32)>) {
    let blocks = codes.words.chunks_exact(query.words.len());
    for (at, block) in blocks.enumerate() {
        let mut counts = [0u64; EIGHT];
        for (words, planes) in block.iter().zip(query.words) {
            for (count, word) in counts.iter_mut().zip(words.0) {
                for (plane, bits) in planes.iter().enumerate() {
                    *count += u64::from((word ^ bits).count_ones()) << plane;
                }
            }
        }
        pass(
            counts,
            query,
            &codes.factors[at],
            &codes.offsets[at],
            floor,
            first + (at * EIGHT) as u32,
            found,
        );
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![allow(clippy::wildcard_imports, reason = "most of what follows is intrinsics")]
    use std::arch::x86_64::*;

    use super::{Codes, EIGHT, Planes, pass};

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    pub(super) fn avx512(
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        first: u32,
        found: &mut Vec<(f32, u32)>,
    ) {
        let (base, step) = (_mm256_set1_ps(query.base), _mm256_set1_ps(query.step));
        let least = _mm256_set1_ps(floor);
        let blocks = codes.words.chunks_exact(query.words.len());
        for (at, block) in blocks.enumerate() {
            let (mut ones, mut twos) = (_mm512_setzero_si512(), _mm512_setzero_si512());
            for (words, planes) in block.iter().zip(query.words) {
                // SAFETY: `Words` is 64 bytes, aligned to 64.
                let words = unsafe { _mm512_load_si512(words.0.as_ptr().cast()) };
                let low = _mm512_xor_si512(words, _mm512_set1_epi64(planes[0] as i64));
                let high = _mm512_xor_si512(words, _mm512_set1_epi64(planes[1] as i64));
                ones = _mm512_add_epi64(ones, _mm512_popcnt_epi64(low));
                twos = _mm512_add_epi64(twos, _mm512_popcnt_epi64(high));
            }
            let counts = _mm512_add_epi64(ones, _mm512_slli_epi64::<1>(twos));
            let counts = _mm256_cvtepi32_ps(_mm512_cvtepi64_epi32(counts));
            // SAFETY: `Floats` is 32 bytes, aligned to 32, and `scan` has checked that there is one for each block.
            let (factors, offsets) = unsafe {
                (
                    _mm256_load_ps(codes.factors.get_unchecked(at).0.as_ptr()),
                    _mm256_load_ps(codes.offsets.get_unchecked(at).0.as_ptr()),
                )
            };
            let bounds = _mm256_sub_ps(base, _mm256_mul_ps(step, counts));
            let bounds = _mm256_add_ps(_mm256_mul_ps(bounds, factors), offsets);
            let mut mask = _mm256_cmp_ps_mask::<_CMP_GE_OQ>(bounds, least);
            if mask != 0 {
                let mut lanes = [0.0f32; EIGHT];
                // SAFETY: `lanes` is 32 bytes.
                unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), bounds) };
                while mask != 0 {
                    let lane = mask.trailing_zeros();
                    found.push((lanes[lane as usize], first + (at * EIGHT) as u32 + lane));
                    mask &= mask - 1;
                }
            }
        }
    }

    /// Words whose weighed counts of bytes still fit a byte: 8 bits, by weights that sum to 3.
    const WORDS: usize = 8;

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        first: u32,
        found: &mut Vec<(f32, u32)>,
    ) {
        let nibble = _mm256_set1_epi8(15);
        let table = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        );
        let count = |bits: __m256i| -> __m256i {
            let low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
            let high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(bits), nibble));
            _mm256_add_epi8(low, high)
        };
        let zero = _mm256_setzero_si256();
        let blocks = codes.words.chunks_exact(query.words.len());
        for (at, block) in blocks.enumerate() {
            let mut sums = [zero; 2];
            for (words, planes) in block.chunks(WORDS).zip(query.words.chunks(WORDS)) {
                let mut bytes = [zero; 2];
                for (words, planes) in words.iter().zip(planes) {
                    for (half, bytes) in bytes.iter_mut().enumerate() {
                        // SAFETY: `Words` is two times 32 bytes, aligned to 64.
                        let words = unsafe { _mm256_load_si256(words.0.as_ptr().add(half * 4).cast()) };
                        let low = count(_mm256_xor_si256(words, _mm256_set1_epi64x(planes[0] as i64)));
                        let high = count(_mm256_xor_si256(words, _mm256_set1_epi64x(planes[1] as i64)));
                        *bytes = _mm256_add_epi8(*bytes, _mm256_add_epi8(low, _mm256_add_epi8(high, high)));
                    }
                }
                for (sum, bytes) in sums.iter_mut().zip(bytes) {
                    *sum = _mm256_add_epi64(*sum, _mm256_sad_epu8(bytes, zero));
                }
            }
            let mut counts = [0u64; EIGHT];
            for (half, sum) in sums.into_iter().enumerate() {
                // SAFETY: half of `counts` is 32 bytes.
                unsafe { _mm256_storeu_si256(counts[half * 4..][..4].as_mut_ptr().cast(), sum) };
            }
            let row = first + (at * EIGHT) as u32;
            pass(counts, query, &codes.factors[at], &codes.offsets[at], floor, row, found);
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        vaddq_u8, vaddq_u64, vcntq_u8, vdupq_n_u8, vdupq_n_u64, veorq_u64, vld1q_u64, vpaddlq_u8,
        vpaddlq_u16, vpaddlq_u32, vreinterpretq_u8_u64, vst1q_u64,
    };

    use super::{Codes, EIGHT, Planes, pass};

    /// Words whose weighed counts of bytes still fit a byte: 8 bits, by weights that sum to 3.
    const WORDS: usize = 8;

    pub(super) fn neon(
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        first: u32,
        found: &mut Vec<(f32, u32)>,
    ) {
        let blocks = codes.words.chunks_exact(query.words.len());
        for (at, block) in blocks.enumerate() {
            let mut counts = [0u64; EIGHT];
            for (pair, counts) in counts.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                // SAFETY: NEON belongs to 64-bit Arm.
                let mut sum = unsafe { vdupq_n_u64(0) };
                for (words, planes) in block.chunks(WORDS).zip(query.words.chunks(WORDS)) {
                    // SAFETY: as above.
                    let mut bytes = unsafe { vdupq_n_u8(0) };
                    for (words, planes) in words.iter().zip(planes) {
                        let two = &words.0[pair * 2..pair * 2 + 2];
                        // SAFETY: `two` is two words; NEON belongs to 64-bit Arm.
                        bytes = unsafe {
                            let words = vld1q_u64(two.as_ptr());
                            let low = veorq_u64(words, vdupq_n_u64(planes[0]));
                            let high = veorq_u64(words, vdupq_n_u64(planes[1]));
                            let low = vcntq_u8(vreinterpretq_u8_u64(low));
                            let high = vcntq_u8(vreinterpretq_u8_u64(high));
                            vaddq_u8(bytes, vaddq_u8(low, vaddq_u8(high, high)))
                        };
                    }
                    // SAFETY: as above.
                    sum = unsafe { vaddq_u64(sum, vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes)))) };
                }
                // SAFETY: `counts` is two words.
                unsafe { vst1q_u64(counts.as_mut_ptr(), sum) };
            }
            let row = first + (at * EIGHT) as u32;
            pass(counts, query, &codes.factors[at], &codes.offsets[at], floor, row, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_variant_lets_the_rows_of_plain_code_through(
            width in 1usize..40,
            blocks in 1usize..6,
            seed in any::<u64>(),
            floor in prop::option::of(-0.5f32..1.5),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
            };
            let words: Vec<Words> = (0..blocks * width).map(|_| Words(std::array::from_fn(|_| next()))).collect();
            let planes: Vec<[u64; PLANES]> = (0..width).map(|_| [next(), next()]).collect();
            let mut floats = |hole: bool| -> Vec<Floats> {
                let mut value = || if hole && next() % 5 == 0 { f32::NAN } else { (next() >> 40) as f32 / (1u64 << 24) as f32 };
                (0..blocks).map(|_| Floats(std::array::from_fn(|_| value()))).collect()
            };
            let (factors, offsets) = (floats(false), floats(true));
            let codes = Codes { words: &words, factors: &factors, offsets: &offsets };
            let query = Planes { words: &planes, base: 0.5, step: 0.5 / (width * 96) as f32 };
            let floor = floor.unwrap_or(f32::NEG_INFINITY);
            let mut truth = Vec::new();
            portable(&query, codes, floor, 40, &mut truth);
            let holes = offsets.iter().flat_map(|eight| eight.0).filter(|offset| offset.is_nan()).count();
            if floor == f32::NEG_INFINITY {
                prop_assert_eq!(truth.len(), blocks * EIGHT - holes);
            }
            for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
                let mut found = Vec::new();
                BitScan::new(simd).scan(&query, codes, floor, 40, &mut found);
                prop_assert_eq!(&found, &truth, "{}", simd.isa());
            }
        }
    }

    #[test]
    fn a_full_count_does_not_overflow() {
        let width = 1024;
        let words = vec![Words([0; EIGHT]); width];
        let planes = vec![[u64::MAX; PLANES]; width];
        let (factors, offsets) = ([Floats([1.0; EIGHT])], [Floats([0.0; EIGHT])]);
        let codes = Codes { words: &words, factors: &factors, offsets: &offsets };
        let query = Planes { words: &planes, base: 0.0, step: -1.0 };
        for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
            let mut found = Vec::new();
            BitScan::new(simd).scan(&query, codes, 0.0, 0, &mut found);
            assert_eq!(found.len(), EIGHT);
            assert!(found.iter().all(|&(bound, _)| bound == 3.0 * 65_536.0), "{}", simd.isa());
        }
    }
}
