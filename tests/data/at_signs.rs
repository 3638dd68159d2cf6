//! People addressed with an at sign.

use crate::document::Document;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature};

pub(super) const FAMILY: Family = Family { features: &[&MENTIONS], measure };

pub(crate) const MENTIONS: Feature = feature(1950, "marks.mentions", "per 100 words", Shape::Rate, 1.0, 0.5);

fn measure(document: &Document<'_>, values: &mut Values) {
    values.rate(&MENTIONS, document.occurrences("@"), document.words);
}
