//! Compares every instruction set of this processor with plain code, bit for bit.
//!
//! The environment variable `IDIOLECT_EXPECT_SIMD` names instruction sets that must be available, separated by commas
//! (`avx2,avx512-vnni`, `neon,neon-dotprod`): the tests fail on a machine or build that lacks one.

use super::kernel::{Panel, ROWS, WIDTH};
use super::{Aligned, Isa, Kernel, LANES, Lanes, Simd, Task, packed_at};

/// All available instruction sets, plain code first.
pub(crate) fn available() -> Vec<Simd> {
    let available: Vec<Simd> = Isa::ALL.into_iter().filter_map(Simd::new).collect();
    for name in
        std::env::var("IDIOLECT_EXPECT_SIMD").unwrap_or_default().split(',').filter(|name| !name.is_empty())
    {
        let there = available.iter().any(|simd| simd.isa().name() == name);
        assert!(there, "{name} was expected and is not available");
    }
    available
}

/// Deterministic pseudorandom numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    /// From `-limit` to `limit`; often one of the two.
    fn within(&mut self, limit: i32) -> i32 {
        match self.next() % 8 {
            0 => limit,
            1 => -limit,
            _ => (self.next() % (2 * limit as u32 + 1)) as i32 - limit,
        }
    }
}

/// A product of `rows` rows, `stride` apart, and [`WIDTH`] outputs of `depth` inputs.
#[derive(Debug)]
struct Product {
    rows: usize,
    depth: usize,
    stride: usize,
    /// `rows` rows of `stride` values.
    a: Vec<i32>,
    /// `depth` rows of [`WIDTH`] values.
    b: Vec<i32>,
}

impl Product {
    fn new(
        rows: usize,
        depth: usize,
        extra: usize,
        mut a: impl FnMut() -> i32,
        mut b: impl FnMut() -> i32,
    ) -> Self {
        let stride = depth + extra;
        let a = (0..rows * stride).map(|_| a()).collect();
        let b = (0..depth * WIDTH).map(|_| b()).collect();
        Self { rows, depth, stride, a, b }
    }

    /// The product by its definition.
    fn expected(&self) -> Vec<i32> {
        let mut sums = vec![0i64; self.rows * WIDTH];
        for (row, sums) in sums.chunks_exact_mut(WIDTH).enumerate() {
            for (k, b) in self.b.chunks_exact(WIDTH).enumerate() {
                let a = self.a[row * self.stride + k] as i64;
                sums.iter_mut().zip(b).for_each(|(sum, &b)| *sum += a * b as i64);
            }
        }
        sums.into_iter().map(|sum| i32::try_from(sum).unwrap()).collect()
    }

    /// Packs the right-hand side into panels, runs `tile` on each, and collects the sums.
    fn by_panels<T: Copy>(
        &self,
        width: usize,
        group: usize,
        mut packed: impl AsMut<[T]>,
        to: impl Fn(i32) -> T,
        mut tile: impl FnMut(usize, &[T], &mut [i32]),
    ) -> Vec<i32> {
        let packed = packed.as_mut();
        for k in 0..self.depth {
            for o in 0..WIDTH {
                packed[packed_at(k, o, self.depth, width, group)] = to(self.b[k * WIDTH + o]);
            }
        }
        let mut sums = vec![0; self.rows * WIDTH];
        for (index, panel) in packed.chunks_exact(self.depth * width).enumerate() {
            let mut out = vec![i32::MIN; ROWS * WIDTH];
            tile(index * width, panel, &mut out);
            let (out, rest) = out.split_at(self.rows * width);
            assert!(rest.iter().all(|&value| value == i32::MIN), "written beyond the tile");
            for (row, out) in out.chunks_exact(width).enumerate() {
                sums[row * WIDTH + index * width..][..width].copy_from_slice(out);
            }
        }
        sums
    }
}

struct Bytes<'a>(&'a Product);

impl Task for Bytes<'_> {
    type Output = Vec<i32>;

    fn run<K: Kernel>(self, kernel: K) -> Vec<i32> {
        let Product { rows, depth, stride, a, b } = self.0;
        assert_eq!(Simd::new(K::ISA).map(Simd::isa), Some(K::ISA));
        let mut activations = Aligned::<K::Activation>::zeros(a.len().next_multiple_of(LANES));
        for (from, to) in a.chunks(LANES).zip(activations.as_chunks_mut::<LANES>().0) {
            let mut values = [0.0; LANES];
            values.iter_mut().zip(from).for_each(|(value, &from)| *value = from as f32);
            K::store_activations(K::Lanes::load(&values).round(), to);
        }
        let sums: Vec<i32> = (0..WIDTH).map(|o| b.iter().skip(o).step_by(WIDTH).sum()).collect();
        let mut packed = Aligned::<i8>::zeros(depth * WIDTH);
        self.0.by_panels(
            K::WIDTH8,
            K::GROUP8,
            &mut *packed,
            |value| value as i8,
            |first, panel, out| {
                // The slice to prefetch may be shorter than the prefetched range.
                let ahead = &panel[..1];
                let panel = Panel { weights: panel, sums: &sums[first..][..K::WIDTH8], ahead };
                kernel.tile8(*rows, &activations[..a.len()], *stride, panel, out);
            },
        )
    }
}

struct Words<'a>(&'a Product);

impl Task for Words<'_> {
    type Output = Vec<i32>;

    fn run<K: Kernel>(self, kernel: K) -> Vec<i32> {
        let Product { rows, depth, stride, a, .. } = self.0;
        let a: Vec<i16> = a.iter().map(|&value| value as i16).collect();
        let mut packed = Aligned::<i16>::zeros(depth * WIDTH);
        self.0.by_panels(
            K::WIDTH16,
            K::GROUP16,
            &mut *packed,
            |value| value as i16,
            |_, panel, out| {
                kernel.tile16(*rows, &a, *stride, panel, out);
            },
        )
    }
}

/// Depths of one, two and many iterations, and strides beyond the depth.
const SHAPES: [(usize, usize); 7] = [(16, 0), (32, 0), (48, 16), (64, 80), (256, 0), (384, 0), (1536, 16)];

#[test]
fn products_of_bytes_are_exact() {
    let mut random = Random(1);
    let mut products = Vec::new();
    for rows in 1..=ROWS {
        for (depth, extra) in SHAPES {
            let mut weights = Random(random.next() as u64);
            products.push(Product::new(
                rows,
                depth,
                extra,
                || random.within(255).abs(),
                || weights.within(127),
            ));
            for a in [0, 1, 127, 128, 255] {
                for b in [127, -127] {
                    products.push(Product::new(rows, depth, extra, || a, || b));
                }
            }
        }
    }
    for simd in available() {
        for product in &products {
            let Product { rows, depth, stride, a, b } = product;
            let first = (a[0], b[0]);
            let shape = format!("{}: {rows} rows of {stride}, depth {depth}, from {first:?}", simd.isa());
            assert_eq!(simd.run(Bytes(product)), product.expected(), "{shape}");
        }
    }
}

#[test]
fn products_of_words_are_exact() {
    let mut random = Random(2);
    let mut products = Vec::new();
    for rows in 1..=ROWS {
        for (depth, extra) in SHAPES {
            let limit = ((1 << 30) as f64 / depth as f64).sqrt() as i32;
            let mut columns = Random(random.next() as u64);
            products.push(Product::new(
                rows,
                depth,
                extra,
                || random.within(limit),
                || columns.within(limit),
            ));
            for (a, b) in [(limit, limit), (-limit, limit), (-limit, -limit)] {
                products.push(Product::new(rows, depth, extra, || a, || b));
            }
            // The largest possible values, one per row.
            let mut index = 0;
            let sparse = || {
                index += 1;
                if index % (depth + extra) == 1 { -32767 } else { 0 }
            };
            products.push(Product::new(rows, depth, extra, sparse, || columns.within(32767)));
        }
    }
    for simd in available() {
        for product in &products {
            let Product { rows, depth, stride, .. } = product;
            let shape = format!("{}: {rows} rows of {stride}, depth {depth}", simd.isa());
            assert_eq!(simd.run(Words(product)), product.expected(), "{shape}");
        }
    }
}

/// The result bits of every operation of [`Lanes`] on three blocks.
struct Operations<'a>(&'a [f32; LANES], &'a [f32; LANES], &'a [f32; LANES]);

impl Task for Operations<'_> {
    type Output = Vec<(&'static str, Vec<u32>)>;

    fn run<K: Kernel>(self, _: K) -> Self::Output {
        let [a, b, c] = [self.0, self.1, self.2].map(K::Lanes::load);
        let bits = |lanes: K::Lanes| {
            let mut to = [0.0; LANES];
            lanes.store(&mut to);
            to.map(f32::to_bits).to_vec()
        };
        // The bits of a NaN result depend on the processor.
        let any_nan = |bits: Vec<u32>| -> Vec<u32> {
            bits.into_iter().map(|bits| if f32::from_bits(bits).is_nan() { u32::MAX } else { bits }).collect()
        };
        let integers = self.0.map(|value| value.to_bits() as i32);
        let (mut words, mut bytes) = ([0; LANES], [0; LANES]);
        a.store_low16(&mut words);
        a.store_low8(&mut bytes);
        vec![
            ("load and store", bits(a)),
            ("splat", bits(K::Lanes::splat(self.0[3]))),
            ("add", any_nan(bits(a.add(b)))),
            ("sub", any_nan(bits(a.sub(b)))),
            ("mul", any_nan(bits(a.mul(b)))),
            ("mul_add", any_nan(bits(a.mul_add(b, c)))),
            ("min", bits(a.min(b))),
            ("max", bits(a.max(b))),
            ("abs", bits(a.abs())),
            ("from_i32", bits(K::Lanes::from_i32(&integers))),
            ("raise", bits(a.raise(b))),
            ("store_low16", words.map(|value| value as u32).to_vec()),
            ("store_low8", bytes.map(u32::from).to_vec()),
            ("fold_add", any_nan(vec![a.fold_add().to_bits()])),
            ("fold_min", vec![a.fold_min().to_bits()]),
            ("fold_max", vec![a.fold_max().to_bits()]),
            ("round", any_nan(bits(a.round()))),
            ("rounded", any_nan(bits(a.rounded()))),
        ]
    }
}

#[test]
fn operations_on_lanes_compute_the_same_bits() {
    const SPECIAL: [f32; 18] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MIN_POSITIVE,
        f32::MAX,
        f32::MIN,
        1e-45,
        -1e-40,
        0.5,
        1.5,
        2.5,
        -2.5,
        4_194_303.5,
        1e-20,
    ];
    let mut random = Random(3);
    let mut block = |kind: usize| -> [f32; LANES] {
        std::array::from_fn(|_| match kind {
            // Arbitrary bits, numbers of similar magnitude, and special values.
            0 => f32::from_bits((random.next() << 1) ^ random.next()),
            1 => random.next() as f32 / 1e6 - 1000.0,
            _ => SPECIAL[random.next() as usize % SPECIAL.len()],
        })
    };
    let blocks: Vec<[[f32; LANES]; 3]> =
        (0..3000).map(|index| [block(index % 3), block(index / 3 % 3), block(index / 9 % 3)]).collect();
    let available = available();
    for [a, b, c] in &blocks {
        let expected = available[0].run(Operations(a, b, c));
        for simd in &available[1..] {
            for (expected, got) in expected.iter().zip(simd.run(Operations(a, b, c))) {
                assert_eq!(*expected, got, "{} of {a:?}, {b:?}, {c:?}", simd.isa());
            }
        }
    }
}

#[test]
fn a_known_name_limits_the_choice() {
    let best = Simd::at_most(None).isa();
    assert_eq!(Simd::at_most(Some("no such thing")).isa(), best);
    assert_eq!(best, available().iter().map(|simd| simd.isa()).max().unwrap());
    for isa in Isa::ALL {
        let chosen = Simd::at_most(Some(isa.name())).isa();
        assert!(chosen <= isa && chosen <= best, "{isa}: chose {chosen}");
        assert!(Simd::new(isa).is_none() || chosen == isa, "{isa} is available, but {chosen} was chosen");
    }
}
