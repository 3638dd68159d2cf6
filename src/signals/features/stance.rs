//! Politeness, hedging, emphatic words, harshness.

use crate::document::Document;
use crate::language::Kinds;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};

pub(super) const FAMILY: Family =
    Family { features: &[&PLEASE, &THANKS, &SORRY, &HEDGES, &BOOSTERS, &HARSH], measure };

pub(crate) const PLEASE: Feature =
    feature(701, "polite.please", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::PLEASE).own();
pub(crate) const THANKS: Feature =
    feature(702, "polite.thanks", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::THANKS).own();
pub(crate) const SORRY: Feature =
    feature(703, "polite.sorry", "per 100 words", Shape::Rate, 0.9, 0.9).lists(Kinds::SORRY);
pub(crate) const HEDGES: Feature =
    feature(801, "stance.hedges", "per 100 words", Shape::Rate, 1.5, 1.5).lists(Kinds::HEDGE);
pub(crate) const BOOSTERS: Feature =
    feature(802, "stance.boosters", "per 100 words", Shape::Rate, 1.5, 1.5).lists(Kinds::BOOSTER);
pub(crate) const HARSH: Feature =
    feature(804, "stance.harsh", "per 100 words", Shape::Rate, 1.5, 1.5).lists(Kinds::HARSH).kin(kin::HARSH);

fn measure(document: &Document<'_>, values: &mut Values) {
    for feature in [&PLEASE, &THANKS, &SORRY, &HEDGES, &BOOSTERS, &HARSH] {
        values.listed(feature, document);
    }
}
