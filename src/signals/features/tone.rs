//! Tone: sentiment, ways of asking and of being kind, fillers, abbreviations, and formality as a whole.

use crate::document::Document;
use crate::language::Kinds;
use crate::signals::features::{Feature, SHORT, Shape, Values, feature, kin, words};

pub(crate) const REQUESTS: Feature = feature(
    704,
    "polite.requests",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("asks directly, not with 'could you' or 'would you'", "fewer indirect requests"),
    words("asks indirectly, with 'could you' or 'would you'", "more indirect requests"),
)
.lists(Kinds::REQUEST);
pub(crate) const ORDERS: Feature = feature(
    705,
    "polite.orders",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("avoids telling the reader what they must do", "fewer demands"),
    words("says plainly what the reader must do", "more demands"),
)
.lists(Kinds::ORDER);
pub(crate) const REASSURANCE: Feature = feature(
    706,
    "polite.reassurance",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("leaves out reassurances such as 'no worries'", "fewer reassurances"),
    words("reassures the reader, with 'no worries' or 'feel free'", "more reassurances"),
)
.lists(Kinds::REASSURANCE);
pub(crate) const PRAISE: Feature = feature(
    707,
    "polite.praise",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("leaves out praise", "less praise"),
    words("praises the reader", "more praise"),
)
.lists(Kinds::PRAISE);
pub(crate) const NEGATIVE: Feature = feature(
    805,
    "sentiment.negative",
    "per 100 words",
    Shape::Rate,
    2.0,
    2.0,
    words("avoids negative words", "fewer negative words"),
    words("states the bad openly, with negative words", "more negative words"),
)
.lists(Kinds::NEGATIVE)
.kin(kin::HARSH);
pub(crate) const POSITIVE: Feature = feature(
    806,
    "sentiment.positive",
    "per 100 words",
    Shape::Rate,
    2.0,
    2.0,
    words("is sparing with enthusiastic words", "fewer enthusiastic words"),
    words("writes warmly, with enthusiastic words", "more enthusiastic words"),
)
.lists(Kinds::POSITIVE);
pub(crate) const FILLERS: Feature = feature(
    807,
    "stance.fillers",
    "per 100 words",
    Shape::Rate,
    1.2,
    1.0,
    words("avoids fillers such as 'actually' and 'basically'", "fewer fillers"),
    words("uses fillers such as 'actually' and 'basically'", "more fillers"),
)
.lists(Kinds::FILLER);
pub(crate) const OVERALL: Feature = feature(
    904,
    "formality.overall",
    "formal less casual marks per 100 words",
    Shape::Linear,
    2.5,
    1.0,
    words("writes informally", "less formal"),
    words("writes formally", "more formal"),
)
.lists(Kinds::FORMAL.or(Kinds::CONNECTIVE))
.kin(kin::FORMALITY);
pub(crate) const ABBREVIATIONS: Feature = feature(
    905,
    "formality.abbreviations",
    "per 100 words",
    Shape::Rate,
    1.0,
    0.8,
    words("avoids abbreviations such as 'asap'", "fewer abbreviations"),
    words("uses abbreviations such as 'asap'", "more abbreviations"),
)
.lists(Kinds::ABBREVIATION);

pub(super) fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&REQUESTS, &ORDERS, &REASSURANCE, &PRAISE, &NEGATIVE, &POSITIVE, &FILLERS, &ABBREVIATIONS]
    {
        values.listed(feature, document);
    }
    let formal = document.count(Kinds::FORMAL) + document.count(Kinds::CONNECTIVE);
    let short = document.tokens.iter().filter(|token| token.contraction).count();
    let casual = document.count(Kinds::CASUAL) + document.count(Kinds::FILLER) + short;
    // No mark of either is no occasion.
    let marks = (formal + casual > 0).then_some(formal as f32 - casual as f32);
    values.set(&OVERALL, marks.map(|marks| marks * 100.0 / (document.words as f32).max(SHORT)));
}
