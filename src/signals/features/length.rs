//! Length of the text, its sentences and its paragraphs.

use crate::document::paragraphs;
use crate::document::{Document, Token};
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};

pub(super) const FAMILY: Family =
    Family { features: &[&WORDS, &SENTENCES, &SENTENCE_WORDS, &PARAGRAPHS, &PARAGRAPH_WORDS], measure };

pub(crate) const WORDS: Feature =
    feature(101, "length.words", "words", Shape::Log, 0.35, 80.0).kin(kin::LENGTH);
pub(crate) const SENTENCES: Feature =
    feature(102, "length.sentences", "sentences", Shape::Log, 0.4, 5.0).kin(kin::LENGTH);
pub(crate) const SENTENCE_WORDS: Feature =
    feature(103, "length.sentence_words", "words a sentence", Shape::Log, 0.3, 15.0).kin(kin::SENTENCES);
pub(crate) const PARAGRAPHS: Feature = feature(104, "length.paragraphs", "paragraphs", Shape::Log, 0.5, 2.0);
pub(crate) const PARAGRAPH_WORDS: Feature =
    feature(105, "length.paragraph_words", "words a paragraph", Shape::Log, 0.5, 50.0).kin(kin::LENGTH);

fn measure(document: &Document<'_>, values: &mut Values) {
    let length = document.words as f32;
    let sentences = document.sentences.len() as f32;
    let paragraphs = paragraphs(document.text).len().max(1) as f32;
    values.set(&WORDS, length);
    values.set(&SENTENCES, (sentences > 0.0).then_some(sentences));
    // A contraction counts as the two words it stands for; otherwise, writing it out would lengthen the sentence.
    let spoken = |token: &Token<'_>| usize::from(token.word) + usize::from(token.contraction);
    let prose = document.sentences.iter().flat_map(|(range, _)| &document.tokens[range.clone()]);
    let words: usize = prose.map(spoken).sum();
    values.set(&SENTENCE_WORDS, (sentences > 0.0).then_some(words as f32 / sentences));
    values.set(&PARAGRAPHS, paragraphs);
    values.set(&PARAGRAPH_WORDS, (paragraphs > 1.0).then_some(length / paragraphs));
}
