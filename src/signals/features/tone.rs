//! Tone: sentiment, ways of asking, kindness, fillers, abbreviations, and overall formality.

use crate::document::Document;
use crate::language::Kinds;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};
use crate::signals::tuning::feature::RATE_WORDS_MIN;

pub(super) const FAMILY: Family = Family {
    features: &[
        &REQUESTS,
        &ORDERS,
        &REASSURANCE,
        &PRAISE,
        &NEGATIVE,
        &POSITIVE,
        &FILLERS,
        &OVERALL,
        &ABBREVIATIONS,
    ],
    measure,
};

pub(crate) const REQUESTS: Feature =
    feature(704, "polite.requests", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::REQUEST);
pub(crate) const ORDERS: Feature =
    feature(705, "polite.orders", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::ORDER);
pub(crate) const REASSURANCE: Feature =
    feature(706, "polite.reassurance", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::REASSURANCE);
pub(crate) const PRAISE: Feature =
    feature(707, "polite.praise", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::PRAISE);
pub(crate) const NEGATIVE: Feature =
    feature(805, "sentiment.negative", "per 100 words", Shape::Rate, 2.0, 2.0)
        .lists(Kinds::NEGATIVE)
        .kin(kin::HARSH);
pub(crate) const POSITIVE: Feature =
    feature(806, "sentiment.positive", "per 100 words", Shape::Rate, 2.0, 2.0).lists(Kinds::POSITIVE);
pub(crate) const FILLERS: Feature =
    feature(807, "stance.fillers", "per 100 words", Shape::Rate, 1.2, 1.0).lists(Kinds::FILLER);
pub(crate) const OVERALL: Feature =
    feature(904, "formality.overall", "formal less casual marks per 100 words", Shape::Linear, 2.5, 1.0)
        .lists(Kinds::FORMAL.or(Kinds::CONNECTIVE))
        .kin(kin::FORMALITY)
        .with_content();
pub(crate) const ABBREVIATIONS: Feature =
    feature(905, "formality.abbreviations", "per 100 words", Shape::Rate, 1.0, 0.8)
        .lists(Kinds::ABBREVIATION);

fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&REQUESTS, &ORDERS, &REASSURANCE, &PRAISE, &NEGATIVE, &POSITIVE, &FILLERS, &ABBREVIATIONS]
    {
        values.listed(feature, document);
    }
    let formal = document.count(Kinds::FORMAL) + document.count(Kinds::CONNECTIVE);
    let short = document.tokens.iter().filter(|token| token.contraction).count();
    let casual = document.count(Kinds::CASUAL) + document.count(Kinds::FILLER) + short;
    // Without marks of either kind there is no occasion.
    let marks = (formal + casual > 0).then_some(formal as f32 - casual as f32);
    values.set(&OVERALL, marks.map(|marks| marks * 100.0 / (document.words as f32).max(RATE_WORDS_MIN)));
}
