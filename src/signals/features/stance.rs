//! Politeness, hedging, emphasis in words, harshness.

use crate::document::Document;
use crate::language::Kinds;
use crate::signals::features::{Feature, Shape, Values, feature, kin, words};

pub(crate) const PLEASE: Feature = feature(
    701,
    "polite.please",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("asks without 'please'", "less 'please'"),
    words("says 'please'", "'please'"),
)
.lists(Kinds::PLEASE);
pub(crate) const THANKS: Feature = feature(
    702,
    "polite.thanks",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("leaves out thanks", "fewer thanks"),
    words("says thank you", "thanks"),
)
.lists(Kinds::THANKS);
pub(crate) const SORRY: Feature = feature(
    703,
    "polite.sorry",
    "per 100 words",
    Shape::Rate,
    0.9,
    0.9,
    words("does not apologise", "no apology"),
    words("apologises", "an apology"),
)
.lists(Kinds::SORRY);
pub(crate) const HEDGES: Feature = feature(
    801,
    "stance.hedges",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.5,
    words("avoids hedging words such as 'perhaps' and 'I think'", "less hedging"),
    words("hedges with words such as 'perhaps' and 'I think'", "more hedging"),
)
.lists(Kinds::HEDGE);
pub(crate) const BOOSTERS: Feature = feature(
    802,
    "stance.boosters",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.5,
    words("avoids intensifiers such as 'very' and 'really'", "fewer intensifiers"),
    words("uses intensifiers such as 'very' and 'really'", "more intensifiers"),
)
.lists(Kinds::BOOSTER);
pub(crate) const HARSH: Feature = feature(
    804,
    "stance.harsh",
    "per 100 words",
    Shape::Rate,
    1.5,
    1.5,
    words("avoids rude and harsh words", "fewer harsh words"),
    words("uses blunt, harsh words", "more harsh words"),
)
.lists(Kinds::HARSH)
.kin(kin::HARSH);

pub(super) fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&PLEASE, &THANKS, &SORRY, &HEDGES, &BOOSTERS, &HARSH] {
        values.listed(feature, document);
    }
}
