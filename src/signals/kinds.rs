//! What kind of context a text is, told by topic and by form together.
//!
//! Invariant: each of the three views (the encoder's vector, character n-grams, surface) has the same say: a view's
//! similarities are brought to mean 0 and deviation 1 over the kinds compared before they are added. What is learned
//! depends on the set of examples, not on their order beyond rounding.
//!
//! N-grams and surface are measured against the person's own contexts: each dimension is centred and divided by its
//! deviation over the examples, so that what all of them share (a language, a signature) tells nothing. With few
//! examples the vector tells most; with more, the mean form of a kind becomes sharp, which is why a kind is the mean
//! of its examples and not the nearest of them.

use crate::document::Document;
use crate::signals::surface::{MEASURES as SURFACE, beginning, of_beginning};

/// Buckets of the n-gram profile.
const BUCKETS: usize = 2048;
/// Added to a bucket's deviation, so that one rare n-gram does not outweigh all others.
const BUCKET_FLOOR: f32 = 0.1;
/// The same for a surface measure, which is in natural deviations.
const SURFACE_FLOOR: f32 = 0.1;
/// A surface measure further from the mean than this many deviations counts as so many.
const SURFACE_CLIP: f32 = 3.0;
/// How much of the examples' mean vector is taken out of each.
const CENTRED: f32 = 0.5;

/// What tells a context's kind.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextKey {
    vector: Vec<f32>,
    grams: Vec<f32>,
    surface: [f32; SURFACE],
}

impl ContextKey {
    /// Of a text and the encoder's vector for it.
    pub fn new(text: &str, vector: &[f32]) -> Self {
        let text = beginning(text);
        let surface = of_beginning(&Document::read(text, None));
        Self { vector: vector.to_vec(), grams: grams(text), surface }
    }
}

/// Square roots of the counts of one to three characters in a row, hashed; digits are alike.
fn grams(text: &str) -> Vec<f32> {
    let mut chars = vec![' '];
    chars.extend(text.chars().map(|c| if c.is_numeric() { '0' } else { c }));
    chars.push(' ');
    let mut counts = vec![0.0f32; BUCKETS];
    for n in 1..=3 {
        for gram in chars.windows(n) {
            // FNV-1a over the characters, its high bits mixed in.
            let hash = gram.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, c| {
                (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
            });
            counts[(hash ^ (hash >> 29)) as usize % BUCKETS] += 1.0;
        }
    }
    for count in &mut counts {
        *count = count.sqrt();
    }
    counts
}

/// Mean and deviation of each dimension.
#[derive(Debug, Clone)]
struct Spread {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

impl Spread {
    fn of<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone, floor: f32) -> Self {
        let mean = mean_of(rows.clone());
        let mut squares = vec![0.0; mean.len()];
        let mut count = 0.0f32;
        for row in rows {
            count += 1.0;
            squares
                .iter_mut()
                .zip(row.iter().zip(&mean))
                .for_each(|(sum, (x, mean))| *sum += (x - mean).powi(2));
        }
        let deviation = squares.into_iter().map(|sum| (sum / count.max(1.0)).sqrt() + floor).collect();
        Self { mean, deviation }
    }

    fn standard(&self, row: &[f32]) -> Vec<f32> {
        let of = row.iter().zip(self.mean.iter().zip(&self.deviation));
        of.map(|(x, (mean, deviation))| (x - mean) / deviation).collect()
    }
}

fn mean_of<'a>(rows: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut sum: Vec<f32> = Vec::new();
    let mut count = 0.0f32;
    for row in rows {
        sum.resize(row.len(), 0.0);
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        count += 1.0;
    }
    for sum in &mut sum {
        *sum /= count;
    }
    sum
}

/// The three views of a context in the space of the examples.
#[derive(Debug, Clone)]
struct View {
    vector: Vec<f32>,
    grams: Vec<f32>,
    surface: Vec<f32>,
}

/// Kinds of contexts, each known by examples.
#[derive(Debug, Clone)]
pub struct ContextKinds {
    /// Part of the examples' mean that is taken out of every vector.
    common: Vec<f32>,
    grams: Spread,
    surface: Spread,
    /// By label, ascending.
    kinds: Vec<(usize, View)>,
    /// Variance of the surface measures within a kind.
    within: Vec<f32>,
}

impl ContextKinds {
    /// Learns from examples with their labels; `None` for none.
    pub fn learn(examples: &[(usize, ContextKey)]) -> Option<Self> {
        if examples.is_empty() {
            return None;
        }
        let keys = examples.iter().map(|(_, key)| key);
        let mut common = mean_of(keys.clone().map(|key| key.vector.as_slice()));
        for x in &mut common {
            *x *= CENTRED;
        }
        let mut kinds = Self {
            common,
            grams: Spread::of(keys.clone().map(|key| key.grams.as_slice()), BUCKET_FLOOR),
            surface: Spread::of(keys.map(|key| key.surface.as_slice()), SURFACE_FLOOR),
            kinds: Vec::new(),
            within: vec![0.2; SURFACE],
        };
        let views: Vec<(usize, View)> =
            examples.iter().map(|(label, key)| (*label, kinds.view(key))).collect();
        let mut labels: Vec<usize> = examples.iter().map(|(label, _)| *label).collect();
        labels.sort_unstable();
        labels.dedup();
        let count = labels.len() as f32;
        for label in labels {
            let of = || views.iter().filter(|(other, _)| *other == label).map(|(_, view)| view);
            let surface = Spread::of(of().map(|view| view.surface.as_slice()), 0.0);
            for (sum, deviation) in kinds.within.iter_mut().zip(&surface.deviation) {
                *sum += deviation * deviation / count;
            }
            let center = View {
                vector: unit(mean_of(of().map(|view| view.vector.as_slice()))),
                grams: unit(mean_of(of().map(|view| view.grams.as_slice()))),
                surface: surface.mean,
            };
            kinds.kinds.push((label, center));
        }
        Some(kinds)
    }

    fn view(&self, key: &ContextKey) -> View {
        let vector = key.vector.iter().zip(&self.common).map(|(x, common)| x - common).collect();
        let surface = self.surface.standard(&key.surface);
        View {
            vector: unit(vector),
            grams: unit(self.grams.standard(&key.grams)),
            surface: surface.into_iter().map(|x| x.clamp(-SURFACE_CLIP, SURFACE_CLIP)).collect(),
        }
    }

    /// Each label with how much nearer the context is to that kind than to the others, nearest first; in deviations,
    /// the three views added.
    pub fn similarities(&self, key: &ContextKey) -> Vec<(usize, f32)> {
        let view = self.view(key);
        let of = |similarity: &dyn Fn(&View) -> f32| {
            let values: Vec<f32> = self.kinds.iter().map(|(_, kind)| similarity(kind)).collect();
            standardized(values)
        };
        let distance = |kind: &View| -> f32 {
            let parts = kind.surface.iter().zip(&view.surface).zip(&self.within);
            parts.map(|((a, b), within)| (a - b).powi(2) / within).sum()
        };
        let topic = of(&|kind| dot(&kind.vector, &view.vector));
        let grams = of(&|kind| dot(&kind.grams, &view.grams));
        let surface = of(&|kind| -distance(kind));
        let parts = topic.into_iter().zip(grams).zip(surface).map(|((a, b), c)| a + b + c);
        let mut found: Vec<(usize, f32)> = self.kinds.iter().map(|(label, _)| *label).zip(parts).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found
    }
}

fn standardized(mut values: Vec<f32>) -> Vec<f32> {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count).sqrt().max(1e-9);
    for x in &mut values {
        *x = (*x - mean) / deviation;
    }
    values
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = dot(&vector, &vector).sqrt().max(1e-9);
    for x in &mut vector {
        *x /= norm;
    }
    vector
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAILS: [&str; 3] = [
        "Hi Ana,\n\ncould you send me the plan?\n\nThanks,\nTom",
        "Hi Lee,\n\nare you free on Monday?\n\nCheers,\nTom",
        "Hi Mia,\n\ndid you see my note?\n\nThanks,\nTom",
    ];
    const ABSTRACTS: [&str; 3] = [
        "We study the growth of thin films. Films of 30 nm were deposited; their roughness was measured.",
        "The spectrum of the operator is determined. Bounds are obtained that improve on earlier results.",
        "A method for sparse estimation is proposed. Simulations show that its error is 12% lower.",
    ];

    #[test]
    fn form_tells_kinds_of_one_topic_apart() {
        // The same vector for all: the topic tells nothing.
        let key = |text: &str| ContextKey::new(text, &[1.0, 0.0]);
        let mut examples = Vec::new();
        for (mail, abstract_) in MAILS.iter().zip(ABSTRACTS).skip(1) {
            examples.push((7, key(mail)));
            examples.push((3, key(abstract_)));
        }
        let kinds = ContextKinds::learn(&examples).unwrap();
        assert_eq!(kinds.similarities(&key(MAILS[0]))[0].0, 7);
        assert_eq!(kinds.similarities(&key(ABSTRACTS[0]))[0].0, 3);
    }

    #[test]
    fn topic_tells_kinds_of_one_form_apart() {
        let key = |x: f32| ContextKey::new(MAILS[0], &[x, (1.0 - x * x).sqrt()]);
        let kinds = ContextKinds::learn(&[(0, key(1.0)), (1, key(0.0))]).unwrap();
        assert_eq!(kinds.similarities(&key(0.9))[0].0, 0);
        assert_eq!(kinds.similarities(&key(0.1))[0].0, 1);
    }

    #[test]
    fn degenerate_examples_give_finite_answers() {
        assert!(ContextKinds::learn(&[]).is_none());
        let key = ContextKey::new("", &[0.0, 0.0]);
        let kinds = ContextKinds::learn(&[(1, key.clone())]).unwrap();
        let found = kinds.similarities(&key);
        assert!(found.len() == 1 && found[0].1.is_finite());
    }
}
