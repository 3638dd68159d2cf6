//! Finds outlier inputs of the linear maps, and how far to shrink them before quantization.
//!
//! In a BERT encoder a few values of every token, always at the same positions, are many times larger than the rest,
//! and so waste most of the 256 quantization steps. Dividing such an input by a factor and multiplying its weights by
//! it keeps the product and evens the range (`SmoothQuant`, Xiao et al. 2023, here for the outliers only).
//!
//! Invariant: the factors depend on the model alone; the texts below are fixed, because converted models depend on
//! them. Applying the factors is left to `convert/mod.rs` and the native encoder, other uses of the inputs to
//! [`super::rounding`].

use crate::embedding::native::NativeEmbedder;
use crate::embedding::network::Input;
use crate::embedding::tokenizer::WordPiece;
use crate::embedding::tuning::convert::{OUTLIER_SHARE, SHRINK};

/// Calibration texts, of the kinds that people write.
const TEXTS: &[&str] = &[
    "Thanks!",
    "ok, see you there",
    "yes",
    "?",
    "Could you send me the figures for the third quarter by Thursday? The board meets on Friday at 10:30.",
    "Dear Ms Okafor,\n\nThank you for your letter of 3 May. I am afraid that we cannot refund the deposit.\n\n\
     Yours sincerely,\nP. Lindqvist",
    "haha no way, that's so good!! \u{1f602}",
    "The quick brown fox jumps over the lazy dog.",
    "Fix the race between close() and the reader thread; add a regression test",
    "fn main() { let total: u64 = (1..=10).sum(); println!(\"{total}\"); }",
    "We measured the effect of temperature on enzyme activity in 48 samples and found a peak near 37 degrees \
     (p < 0.01), which agrees with earlier work.",
    "Le train de huit heures est en retard.",
    "Wir treffen uns am Montag um neun im B\u{fc}ro.",
    "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, \u{43a}\u{430}\u{43a} \u{434}\u{435}\u{43b}\u{430}?",
    "\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}",
    "She closed the door behind her and stood for a while in the dark hall, listening to the rain.",
    "1. Preheat the oven. 2. Mix flour, butter and sugar. 3. Bake for 25 minutes at 180 C.",
    "What is the best way to learn to play the piano as an adult?",
    "The tenant shall give written notice of at least sixty (60) days before the end of the term.",
    "https://example.com/help/article?id=12#top",
    "Shares fell 4.2% after the company cut its forecast for the year to $1.8bn.",
    "Can we talk? I don't think this is working for either of us.",
    "A man is playing a guitar on a stage in front of a small crowd.",
    "It would perhaps be worth considering, if there is time, whether another approach might be preferable.",
    "TODO: ask Sam re: invoices, book flights, water the plants",
    "The cell wall of the bacterium thickens under stress, and the rate of division drops by half.",
];

/// Factors for the inputs of every layer's attention and feed-forward part, in that order, measured with `encoder`,
/// whose own factors are one.
pub(super) fn factors(encoder: &NativeEmbedder) -> Vec<Vec<f32>> {
    let spec = encoder.spec();
    let mut observed = vec![vec![Vec::new(); spec.hidden]; spec.layers * 2];
    for text in TEXTS {
        encoder.observe(text, |layer, input, row| {
            let Some(at) = factors_index(layer, input) else { return };
            let inputs = &mut observed[at];
            row.iter().zip(inputs.iter_mut()).for_each(|(value, observed)| observed.push(value.abs()));
        });
    }
    observed
        .into_iter()
        .map(|inputs| {
            let sizes: Vec<f32> = inputs.into_iter().map(upper_end).collect();
            let mut sorted = sizes.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let typical = sorted[sizes.len() / OUTLIER_SHARE];
            sizes.iter().map(|size| factor(*size, typical)).collect()
        })
        .collect()
}

/// Index of a linear map's factors in [`factors`]; `None` if the map has none.
pub(super) fn factors_index(layer: usize, input: Input) -> Option<usize> {
    match input {
        Input::Attention => Some(layer * 2),
        Input::FeedForward => Some(layer * 2 + 1),
        Input::Context | Input::Inner | Input::Norm => None,
    }
}

/// The inputs of each linear map of every layer while `encoder` reads the texts: concatenated rows, before any factors.
/// See [`inputs_index`] for the order.
pub(super) fn inputs(encoder: &NativeEmbedder) -> Vec<Vec<f32>> {
    let mut observed = vec![Vec::new(); encoder.spec().layers * 4];
    for text in TEXTS {
        encoder.observe(text, |layer, input, row| {
            if let Some(at) = inputs_index(layer, input) {
                observed[at].extend_from_slice(row);
            }
        });
    }
    observed
}

/// An endless sequence of varied token ids, for fits that need more than the texts: the texts themselves, then texts
/// with some tokens replaced at random, short sequences, repetitions and random tokens. Special tokens included, at
/// most `max_tokens` each.
pub(super) fn sequences(tokenizer: &WordPiece, max_tokens: usize) -> impl Iterator<Item = Vec<u32>> {
    let vocabulary = tokenizer.vocabulary();
    let (first, last, room) = (vocabulary.first, vocabulary.last, max_tokens - 2);
    let bare = |text: &&str| {
        let ids = tokenizer.encode(text, max_tokens).ids;
        ids[1..ids.len() - 1].to_vec()
    };
    let texts: Vec<Vec<u32>> = TEXTS.iter().map(bare).filter(|ids| !ids.is_empty()).collect();
    let plain = std::iter::repeat_n(texts.clone(), 4).flatten();
    // Tokens in brackets are special.
    let known = vocabulary.tokens.iter().enumerate();
    let known = known.filter(|(_, token)| !(token.starts_with('[') && token.len() > 1));
    let (mut pieces, mut words) = (Vec::new(), Vec::new());
    for (id, token) in known {
        pieces.push(id as u32);
        if token.len() > 1 && !token.starts_with("##") {
            words.push(id as u32);
        }
    }
    let mut next = Numbers::new(1);
    let made = (0usize..).map(move |round| {
        let piece = |next: &mut Numbers| next.of(&pieces).unwrap_or(first);
        // Vocabularies list frequent tokens first.
        let word = |next: &mut Numbers| {
            let frequent = 1 << next.below(words.len().max(1).ilog2() as usize + 1);
            next.of(&words[..words.len().min(frequent)]).unwrap_or(first)
        };
        let short = 1 + next.below(8);
        match round % 16 {
            0 => (0..3 + next.below(98)).map(|_| piece(&mut next)).collect(),
            1 | 2 => (0..short).map(|_| piece(&mut next)).collect(),
            3..=7 => (0..short).map(|_| word(&mut next)).collect(),
            8 => vec![piece(&mut next); short],
            9 => vec![word(&mut next); short],
            _ => {
                let mut ids = next.of(&texts).unwrap_or_default();
                while next.below(3) == 0 {
                    ids.extend(next.of(&texts).unwrap_or_default());
                }
                let replaced = 10 + next.below(81);
                for id in &mut ids {
                    if next.below(100) < replaced {
                        *id = if next.below(2) == 0 { piece(&mut next) } else { word(&mut next) };
                    }
                }
                ids
            }
        }
    });
    plain.chain(made).map(move |ids| [&[first], &ids[..ids.len().min(room)], &[last]].concat())
}

/// Pseudorandom numbers, identical on every machine.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, below `end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize).checked_rem(end).unwrap_or(0)
    }

    /// A random element, if there is any.
    fn of<T: Clone>(&mut self, several: &[T]) -> Option<T> {
        several.get(self.below(several.len())).cloned()
    }
}

/// Index of a linear map's inputs in [`inputs`]; `None` if `input` enters no linear map.
pub(super) fn inputs_index(layer: usize, input: Input) -> Option<usize> {
    let at = match input {
        Input::Attention => 0,
        Input::Context => 1,
        Input::FeedForward => 2,
        Input::Inner => 3,
        Input::Norm => return None,
    };
    Some(layer * 4 + at)
}

/// The 99th percentile.
fn upper_end(mut sizes: Vec<f32>) -> f32 {
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() * 99 / 100).copied().unwrap_or(0.0)
}

/// Rounded to multiples of 1/256, so that the platform's `powf` does not affect the file.
fn factor(size: f32, typical: f32) -> f32 {
    let excess = size / typical;
    // Bounded at 1000, which also covers a `typical` of zero.
    if excess > 1.0 { (excess.min(1000.0).powf(-SHRINK) * 256.0).round() / 256.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outliers_shrink() {
        assert_eq!(factor(0.5, 1.0), 1.0);
        assert_eq!(factor(1.0, 1.0), 1.0);
        assert!((factor(10.0, 1.0) - 0.1995).abs() < 1e-3);
        assert!(factor(1.0, 0.0) > 0.0);
        assert_eq!(factor(0.0, 0.0), 1.0);
    }

    #[test]
    fn upper_end_leaves_out_the_rarest() {
        assert_eq!(upper_end((0..200).map(|i| i as f32).collect()), 198.0);
        assert_eq!(upper_end(vec![3.0]), 3.0);
        assert_eq!(upper_end(vec![]), 0.0);
    }
}
