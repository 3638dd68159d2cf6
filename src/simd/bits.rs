//! Compares one-bit codes with a query of a few bits: counts differing bits and selects rows by a bound.
//!
//! Invariant: every variant selects the same rows with the same bounds, bit for bit: counts are integers, and each
//! float operation is rounded separately. Eight rows are interleaved word by word, so one load covers all eight. A row
//! must pass two tests: by the query's signs alone, computed for all rows, and by all its bits, computed only for
//! blocks in which some row passed the first. The meaning of codes and bounds is left to `search`.
#![expect(unsafe_code, reason = "intrinsics need an instruction set")]

use super::{Isa, Simd};

/// Rows per block.
pub(crate) const EIGHT: usize = 8;
/// Bits per value of the query: plane `p` has weight `2^p`.
pub(crate) const PLANES: usize = 3;
/// The plane of the signs.
const SIGNS: usize = PLANES - 1;

/// One word of each of eight rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Words(pub(crate) [u64; EIGHT]);

/// One number of each of eight rows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(32))]
pub(crate) struct Floats(pub(crate) [f32; EIGHT]);

/// Codes of rows, with the factors that convert counts to bounds, in blocks of eight rows.
#[derive(Clone, Copy)]
pub(crate) struct Codes<'a> {
    /// For each block, one [`Words`] per word of a row.
    pub(crate) words: &'a [Words],
    /// NaN for an absent row.
    pub(crate) factors: &'a [Floats],
}

/// Converts a count of differing bits to a bound: `(base - step * count) * factor`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slope {
    pub(crate) base: f32,
    pub(crate) step: f32,
}

/// A quantized query, by bit planes.
pub(crate) struct Planes<'a> {
    /// The planes to compare with word `w` of a row.
    pub(crate) words: &'a [[u64; PLANES]],
    /// For the count of differing signs.
    pub(crate) signs: Slope,
    /// For the weighted count of differing bits in all planes.
    pub(crate) all: Slope,
}

/// Implementation of bit counting.
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

/// The variant in use. A value of the type proves that the processor supports it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BitScan(Counting);

impl BitScan {
    /// The best variant for the processor, within the instruction set `simd`.
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

    /// Appends to `found` each row whose bounds by the signs of the query alone and by all its bits are both at least
    /// `floor`, with the latter bound, by ascending row number.
    ///
    /// # Panics
    /// If the lengths are inconsistent.
    pub(crate) fn pass(self, query: &Planes<'_>, codes: Codes<'_>, floor: f32, found: &mut Vec<(f32, u32)>) {
        assert!(codes.words.len() == codes.factors.len() * query.words.len());
        match self.0 {
            Counting::Portable => pass(query, codes, floor, found, portable),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` returns this variant only for an instruction set that includes AVX2.
            Counting::Avx2 => unsafe { x86::pass2(query, codes, floor, found) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` returns this variant only if AVX-512 with VPOPCNTDQ was detected.
            Counting::Avx512 => unsafe { x86::pass512(query, codes, floor, found) },
            #[cfg(target_arch = "aarch64")]
            Counting::Neon => pass(query, codes, floor, found, neon::count),
        }
    }
}

/// The bounds of a block's rows.
#[inline(always)]
fn bounds(counts: [u64; EIGHT], slope: Slope, factors: &Floats) -> [f32; EIGHT] {
    let mut bounds = [0.0; EIGHT];
    for lane in 0..EIGHT {
        bounds[lane] = (slope.base - slope.step * counts[lane] as u32 as f32) * factors.0[lane];
    }
    bounds
}

/// [`BitScan::pass`] with a function that counts the bits of a block that differ from a plane.
#[inline(always)]
fn pass(
    query: &Planes<'_>,
    codes: Codes<'_>,
    floor: f32,
    found: &mut Vec<(f32, u32)>,
    count: impl Fn(&Planes<'_>, &[Words], usize) -> [u64; EIGHT],
) {
    let blocks = codes.words.chunks_exact(query.words.len());
    for ((block, factors), first) in blocks.zip(codes.factors).zip((0..).step_by(EIGHT)) {
        let signs = count(query, block, SIGNS);
        let by_signs = bounds(signs, query.signs, factors);
        let mut any = false;
        for bound in by_signs {
            any |= bound >= floor;
        }
        if !any {
            continue;
        }
        let mut counts = signs.map(|count| count << SIGNS);
        for plane in 0..SIGNS {
            let more = count(query, block, plane);
            for lane in 0..EIGHT {
                counts[lane] += more[lane] << plane;
            }
        }
        let by_all = bounds(counts, query.all, factors);
        for (lane, bound) in by_all.into_iter().enumerate() {
            if by_signs[lane] >= floor && bound >= floor {
                found.push((bound, first + lane as u32));
            }
        }
    }
}

fn portable(query: &Planes<'_>, block: &[Words], plane: usize) -> [u64; EIGHT] {
    let mut counts = [0u64; EIGHT];
    for (words, planes) in block.iter().zip(query.words) {
        for (count, word) in counts.iter_mut().zip(words.0) {
            *count += u64::from((word ^ planes[plane]).count_ones());
        }
    }
    counts
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![allow(clippy::wildcard_imports, reason = "most of what follows is intrinsics")]
    use std::arch::x86_64::*;

    use super::{Codes, EIGHT, Floats, PLANES, Planes, SIGNS, Slope, Words, pass};

    /// Words of a row of 384 values, for which the loops are unrolled.
    const UNROLLED: usize = 6;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    pub(super) fn pass512(query: &Planes<'_>, codes: Codes<'_>, floor: f32, found: &mut Vec<(f32, u32)>) {
        if query.words.len() == UNROLLED {
            pass_of::<UNROLLED>(query, codes, floor, found);
        } else {
            pass_of::<0>(query, codes, floor, found);
        }
    }

    /// For rows of `WIDTH` words, or of any number if `WIDTH` is 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn pass_of<const WIDTH: usize>(
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        found: &mut Vec<(f32, u32)>,
    ) {
        let width = if WIDTH == 0 { query.words.len() } else { WIDTH };
        let planes = &query.words[..width];
        let least = _mm512_set1_ps(floor);
        let (pairs, last) = codes.factors.as_chunks::<2>();
        let (words, last_words) = codes.words.split_at(pairs.len() * 2 * width);
        for (at, (words, factors)) in words.chunks_exact(2 * width).zip(pairs).enumerate() {
            let (low, high) = words.split_at(width);
            let counts = differing_signs::<WIDTH>(planes, low, high);
            let passed = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(sixteen(query.signs, counts, factors), least);
            if passed != 0 {
                for (half, mask) in [passed as u8, (passed >> EIGHT) as u8].into_iter().enumerate() {
                    if mask != 0 {
                        pass_all_bits::<WIDTH>(query, codes, floor, at * 2 + half, mask, counts[half], found);
                    }
                }
            }
        }
        if let [factors] = last {
            let counts = differing_signs::<WIDTH>(planes, last_words, last_words);
            let bounds = sixteen(query.signs, counts, &[*factors; 2]);
            let mask = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(bounds, least) as u8;
            if mask != 0 {
                pass_all_bits::<WIDTH>(query, codes, floor, codes.factors.len() - 1, mask, counts[0], found);
            }
        }
    }

    /// Counts the differing signs in two blocks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn differing_signs<const WIDTH: usize>(
        planes: &[[u64; PLANES]],
        low: &[Words],
        high: &[Words],
    ) -> [__m512i; 2] {
        let zero = _mm512_setzero_si512();
        let (mut in_low, mut in_high) = (zero, zero);
        let mut add = |planes: &[u64; PLANES], low: &Words, high: &Words| {
            let signs = _mm512_set1_epi64(planes[SIGNS] as i64);
            in_low = _mm512_add_epi64(in_low, differing(low, signs));
            in_high = _mm512_add_epi64(in_high, differing(high, signs));
        };
        if let (Some(planes), Some(low), Some(high)) =
            (planes.first_chunk::<WIDTH>(), low.first_chunk::<WIDTH>(), high.first_chunk::<WIDTH>())
        {
            for at in 0..WIDTH {
                add(&planes[at], &low[at], &high[at]);
            }
        }
        if WIDTH == 0 {
            for ((planes, low), high) in planes.iter().zip(low).zip(high) {
                add(planes, low, high);
            }
        }
        [in_low, in_high]
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn differing(words: &Words, plane: __m512i) -> __m512i {
        // SAFETY: `Words` is 64 bytes, aligned to 64.
        let words = unsafe { _mm512_load_si512(words.0.as_ptr().cast()) };
        _mm512_popcnt_epi64(_mm512_xor_si512(words, plane))
    }

    /// The bounds of two blocks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn sixteen(slope: Slope, counts: [__m512i; 2], factors: &[Floats; 2]) -> __m512 {
        let low = _mm512_castsi256_si512(_mm512_cvtepi64_epi32(counts[0]));
        let counts = _mm512_inserti64x4::<1>(low, _mm512_cvtepi64_epi32(counts[1]));
        // SAFETY: two `Floats` are 64 bytes.
        let factors = unsafe { _mm512_loadu_ps(factors.as_ptr().cast()) };
        let (base, step) = (_mm512_set1_ps(slope.base), _mm512_set1_ps(slope.step));
        _mm512_mul_ps(_mm512_sub_ps(base, _mm512_mul_ps(step, _mm512_cvtepi32_ps(counts))), factors)
    }

    /// Appends the rows of a block in `mask` that pass by all bits; `signs` are the counts of differing signs.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn pass_all_bits<const WIDTH: usize>(
        query: &Planes<'_>,
        codes: Codes<'_>,
        floor: f32,
        block: usize,
        mask: u8,
        signs: __m512i,
        found: &mut Vec<(f32, u32)>,
    ) {
        const { assert!(PLANES == 3 && SIGNS == 2) };
        let width = if WIDTH == 0 { query.words.len() } else { WIDTH };
        let zero = _mm512_setzero_si512();
        let (mut ones, mut twos) = (zero, zero);
        for (words, planes) in codes.words[block * width..][..width].iter().zip(&query.words[..width]) {
            ones = _mm512_add_epi64(ones, differing(words, _mm512_set1_epi64(planes[0] as i64)));
            twos = _mm512_add_epi64(twos, differing(words, _mm512_set1_epi64(planes[1] as i64)));
        }
        let weighed = _mm512_add_epi64(twos, _mm512_slli_epi64::<1>(signs));
        let weighed = _mm512_add_epi64(ones, _mm512_slli_epi64::<1>(weighed));
        let counts = _mm256_cvtepi32_ps(_mm512_cvtepi64_epi32(weighed));
        let (base, step) = (_mm256_set1_ps(query.all.base), _mm256_set1_ps(query.all.step));
        let bounds = _mm256_sub_ps(base, _mm256_mul_ps(step, counts));
        let bounds = _mm256_mul_ps(bounds, eight(&codes.factors[block]));
        let mut mask = mask & _mm256_cmp_ps_mask::<_CMP_GE_OQ>(bounds, _mm256_set1_ps(floor));
        let mut lanes = [0.0f32; EIGHT];
        // SAFETY: `lanes` is 32 bytes.
        unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), bounds) };
        while mask != 0 {
            let lane = mask.trailing_zeros() as usize;
            found.push((lanes[lane % EIGHT], (block * EIGHT + lane) as u32));
            mask &= mask - 1;
        }
    }

    /// Loads the floats of a block.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2")]
    fn eight(floats: &Floats) -> __m256 {
        // SAFETY: `Floats` is 32 bytes, aligned to 32.
        unsafe { _mm256_load_ps(floats.0.as_ptr()) }
    }

    /// Maximum words whose bit counts per byte fit a byte.
    const WORDS: usize = 31;

    #[target_feature(enable = "avx2")]
    pub(super) fn pass2(query: &Planes<'_>, codes: Codes<'_>, floor: f32, found: &mut Vec<(f32, u32)>) {
        pass(query, codes, floor, found, |query, block, plane| count2(query, block, plane));
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn count2(query: &Planes<'_>, block: &[Words], plane: usize) -> [u64; EIGHT] {
        let nibble = _mm256_set1_epi8(15);
        let table = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        );
        let ones = |bits: __m256i| -> __m256i {
            let low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
            let high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(bits), nibble));
            _mm256_add_epi8(low, high)
        };
        let zero = _mm256_setzero_si256();
        let mut sums = [zero; 2];
        for (words, planes) in block.chunks(WORDS).zip(query.words.chunks(WORDS)) {
            let mut bytes = [zero; 2];
            for (words, planes) in words.iter().zip(planes) {
                for (half, bytes) in bytes.iter_mut().enumerate() {
                    // SAFETY: `Words` is two times 32 bytes, aligned to 64.
                    let words = unsafe { _mm256_load_si256(words.0.as_ptr().add(half * 4).cast()) };
                    let differing = _mm256_xor_si256(words, _mm256_set1_epi64x(planes[plane] as i64));
                    *bytes = _mm256_add_epi8(*bytes, ones(differing));
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
        counts
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        vaddq_u8, vaddq_u64, vcntq_u8, vdupq_n_u8, vdupq_n_u64, veorq_u64, vld1q_u64, vpaddlq_u8,
        vpaddlq_u16, vpaddlq_u32, vreinterpretq_u8_u64, vst1q_u64,
    };

    use super::{EIGHT, Planes, Words};

    /// Maximum words whose bit counts per byte fit a byte.
    const WORDS: usize = 31;

    #[inline(always)]
    pub(super) fn count(query: &Planes<'_>, block: &[Words], plane: usize) -> [u64; EIGHT] {
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
                        let differing = veorq_u64(vld1q_u64(two.as_ptr()), vdupq_n_u64(planes[plane]));
                        vaddq_u8(bytes, vcntq_u8(vreinterpretq_u8_u64(differing)))
                    };
                }
                // SAFETY: as above.
                sum = unsafe { vaddq_u64(sum, vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes)))) };
            }
            // SAFETY: `counts` is two words.
            unsafe { vst1q_u64(counts.as_mut_ptr(), sum) };
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_variant_selects_the_rows_of_plain_code(
            width in 1usize..40,
            blocks in 1usize..14,
            seed in any::<u64>(),
            floor in prop::option::of(-0.5f32..1.5),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
            };
            let words: Vec<Words> = (0..blocks * width).map(|_| Words(std::array::from_fn(|_| next()))).collect();
            let planes: Vec<[u64; PLANES]> = (0..width).map(|_| std::array::from_fn(|_| next())).collect();
            let mut value = || if next() % 5 == 0 { f32::NAN } else { (next() >> 40) as f32 / (1u64 << 24) as f32 };
            let factors: Vec<Floats> = (0..blocks).map(|_| Floats(std::array::from_fn(|_| value()))).collect();
            let codes = Codes { words: &words, factors: &factors };
            let slope = |top: usize| Slope { base: 0.5, step: 0.5 / (width * top * 32) as f32 };
            let query = Planes { words: &planes, signs: slope(1), all: slope(7) };
            let floor = floor.unwrap_or(f32::NEG_INFINITY);
            let run = |scan: BitScan| {
                let mut found = Vec::new();
                scan.pass(&query, codes, floor, &mut found);
                found
            };
            let truth = run(BitScan(Counting::Portable));
            let absent = factors.iter().flat_map(|eight| eight.0).filter(|factor| factor.is_nan()).count();
            if floor == f32::NEG_INFINITY {
                prop_assert_eq!(truth.len(), blocks * EIGHT - absent);
            }
            for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
                prop_assert_eq!(&run(BitScan::new(simd)), &truth, "{}", simd.isa());
            }
        }
    }

    #[test]
    fn a_full_count_does_not_overflow() {
        let width = 1024;
        let words = vec![Words([0; EIGHT]); width];
        let planes = vec![[u64::MAX; PLANES]; width];
        let factors = [Floats([1.0; EIGHT])];
        let codes = Codes { words: &words, factors: &factors };
        let slope = Slope { base: 0.0, step: -1.0 };
        let query = Planes { words: &planes, signs: slope, all: slope };
        for simd in Isa::ALL.into_iter().filter_map(Simd::new) {
            let scan = BitScan::new(simd);
            let pass = |floor: f32| {
                let mut found = Vec::new();
                scan.pass(&query, codes, floor, &mut found);
                found
            };
            // By the signs alone, each bound is the count 65,536.
            assert!(pass(65_536.5).is_empty(), "{}", simd.isa());
            let found = pass(65_536.0);
            assert_eq!(found.len(), EIGHT);
            assert!(found.iter().all(|&(bound, _)| bound == 7.0 * 65_536.0), "{}", simd.isa());
        }
    }
}
