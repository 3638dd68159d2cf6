//! Finds which inputs of the linear maps are outliers, and how far to shrink them before quantizing.
//!
//! In a BERT encoder a few values of every token are many times larger than the rest, always at the same
//! places, and so spread the 256 steps of a token thin. Dividing such an input by a factor and multiplying the
//! weights that meet it keeps the product and evens the range (`SmoothQuant`, Xiao et al. 2023, here for the
//! outliers alone).
//!
//! Invariant: the factors depend on the model alone; the texts below are fixed, as they are part of what a
//! converted model is. Applying the factors is left to `convert/mod.rs` and the native encoder, and what else is made of
//! the inputs to [`super::rounding`].

use crate::embedding::native::NativeEmbedder;
use crate::embedding::network::Input;
use crate::embedding::tokenizer::WordPiece;
use crate::embedding::tuning::convert::{OUTLIER_SHARE, SHRINK};

/// Texts of the kinds that people write.
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

/// Factors for the inputs of every layer's attention and feed-forward part, in that order, found by running
/// `encoder`, whose own factors are one.
pub(super) fn factors(encoder: &NativeEmbedder) -> Vec<Vec<f32>> {
    let spec = encoder.spec();
    let mut seen = vec![vec![Vec::new(); spec.hidden]; spec.layers * 2];
    for text in TEXTS {
        encoder.observe(text, |layer, input, row| {
            let Some(at) = factors_place(layer, input) else { return };
            let inputs = &mut seen[at];
            row.iter().zip(inputs.iter_mut()).for_each(|(value, seen)| seen.push(value.abs()));
        });
    }
    seen.into_iter()
        .map(|inputs| {
            let sizes: Vec<f32> = inputs.into_iter().map(upper_end).collect();
            let mut sorted = sizes.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let usual = sorted[sizes.len() / OUTLIER_SHARE];
            sizes.iter().map(|size| factor(*size, usual)).collect()
        })
        .collect()
}

/// Where the factors of a linear map's inputs are in [`factors`]; `None` where the map has none.
pub(super) fn factors_place(layer: usize, input: Input) -> Option<usize> {
    match input {
        Input::Attention => Some(layer * 2),
        Input::FeedForward => Some(layer * 2 + 1),
        Input::Context | Input::Inner | Input::Norm => None,
    }
}

/// What goes into each linear map of every layer while `encoder` reads the texts: rows, one after the other, before any
/// factors. See [`place`] for the order.
pub(super) fn inputs(encoder: &NativeEmbedder) -> Vec<Vec<f32>> {
    let mut seen = vec![Vec::new(); encoder.spec().layers * 4];
    for text in TEXTS {
        encoder.observe(text, |layer, input, row| {
            if let Some(at) = place(layer, input) {
                seen[at].extend_from_slice(row);
            }
        });
    }
    seen
}

/// Token ids of texts as varied as can be made without a corpus, for what a few texts are not enough for: the texts
/// themselves, and without end such with some tokens exchanged for any others, short ones, repetitions, mere noise.
/// Special tokens included, `max_tokens` at most.
pub(super) fn sequences(tokenizer: &WordPiece, max_tokens: usize) -> impl Iterator<Item = Vec<u32>> {
    let vocabulary = tokenizer.vocabulary();
    let (first, last, room) = (vocabulary.first, vocabulary.last, max_tokens - 2);
    let bare = |text: &&str| {
        let ids = tokenizer.encode(text, max_tokens).ids;
        ids[1..ids.len() - 1].to_vec()
    };
    let texts: Vec<Vec<u32>> = TEXTS.iter().map(bare).filter(|ids| !ids.is_empty()).collect();
    let plain = std::iter::repeat_n(texts.clone(), 4).flatten();
    // Those in brackets stand for no text.
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
        // Vocabularies begin with what is frequent.
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
                let exchanged = 10 + next.below(81);
                for id in &mut ids {
                    if next.below(100) < exchanged {
                        *id = if next.below(2) == 0 { piece(&mut next) } else { word(&mut next) };
                    }
                }
                ids
            }
        }
    });
    plain.chain(made).map(move |ids| [&[first], &ids[..ids.len().min(room)], &[last]].concat())
}

/// Numbers that look random, the same everywhere.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, below `end`, or 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize).checked_rem(end).unwrap_or(0)
    }

    /// One of several, if there is any.
    fn of<T: Clone>(&mut self, several: &[T]) -> Option<T> {
        several.get(self.below(several.len())).cloned()
    }
}

/// Where the inputs of a linear map are in [`inputs`]; `None` for what goes into none.
pub(super) fn place(layer: usize, input: Input) -> Option<usize> {
    let at = match input {
        Input::Attention => 0,
        Input::Context => 1,
        Input::FeedForward => 2,
        Input::Inner => 3,
        Input::Norm => return None,
    };
    Some(layer * 4 + at)
}

/// The size that one value in a hundred exceeds.
fn upper_end(mut sizes: Vec<f32>) -> f32 {
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() * 99 / 100).copied().unwrap_or(0.0)
}

/// On a grid of 1/256, so that how a platform rounds its `powf` does not show in the file.
fn factor(size: f32, usual: f32) -> f32 {
    let excess = size / usual;
    // At most a thousandfold, which also answers a `usual` of zero.
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
