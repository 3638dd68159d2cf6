//! Deterministic unit vectors in clusters, for the tests and the bench of the indexes.

/// The generator `SplitMix64`.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Near enough to a normal deviate: a centred sum of uniform ones.
    pub fn normal(&mut self) -> f32 {
        let sum: f64 = (0..12).map(|_| (self.next() >> 11) as f64 / (1u64 << 53) as f64).sum();
        (sum - 6.0) as f32
    }

    pub fn vector(&mut self, dimensions: usize) -> Vec<f32> {
        unit((0..dimensions).map(|_| self.normal()).collect())
    }
}

pub fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-20);
    for value in &mut vector {
        *value /= length;
    }
    vector
}

/// Unit vectors in clusters, as texts on a few dozen topics are.
pub struct Clusters {
    random: Random,
    centres: Vec<Vec<f32>>,
}

impl Clusters {
    pub fn new(seed: u64, dimensions: usize, count: usize) -> Self {
        let mut random = Random(seed);
        let centres = (0..count).map(|_| random.vector(dimensions)).collect();
        Self { random, centres }
    }

    pub fn vector(&mut self) -> Vec<f32> {
        let at = self.random.below(self.centres.len());
        let noise = self.random.vector(self.centres[at].len());
        unit(self.centres[at].iter().zip(noise).map(|(centre, noise)| centre + noise).collect())
    }
}
