//! The table of all features.
//!
//! Invariant: ids and names are unique. A new family needs a file and a line here.

use crate::signals::features::feature::{Family, Feature};
use crate::signals::features::{
    choice, form, formality, frame, language, length, marks, person, punctuation, readability, sentence,
    stance, surface, tone,
};

/// The example family in CONTRIBUTING.md.
#[cfg(test)]
#[path = "../../../tests/data/at_signs.rs"]
mod at_signs;

/// All families of features.
pub(super) const FAMILIES: &[&Family] = &[
    &length::FAMILY,
    &form::FAMILY,
    &punctuation::FAMILY,
    &person::FAMILY,
    &stance::FAMILY,
    &formality::FAMILY,
    &marks::FAMILY,
    &readability::FAMILY,
    &sentence::FAMILY,
    &tone::FAMILY,
    &surface::FAMILY,
    &frame::FAMILY,
    &choice::FAMILY,
    &language::FAMILY,
];

const COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < FAMILIES.len() {
        count += FAMILIES[at].features.len();
        at += 1;
    }
    count
};

/// All features, by id.
pub static FEATURES: [&Feature; COUNT] = {
    let mut all = [FAMILIES[0].features[0]; COUNT];
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let features = FAMILIES[family].features;
        let mut at = 0;
        while at < features.len() {
            // In the order of their ids.
            let mut place = count;
            while place > 0 && all[place - 1].id > features[at].id {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = features[at];
            count += 1;
            at += 1;
        }
        family += 1;
    }
    all
};

/// Greater than all ids.
const IDS_END: usize = 2048;

/// The position of each id in [`FEATURES`]; 255 for none.
static POSITIONS: [u8; IDS_END] = {
    let mut positions = [u8::MAX; IDS_END];
    let mut at = 0;
    while at < FEATURES.len() {
        assert!(positions[FEATURES[at].id as usize] == u8::MAX, "no id is there twice");
        positions[FEATURES[at].id as usize] = at as u8;
        at += 1;
    }
    assert!(FEATURES.len() < u8::MAX as usize, "places fit into a byte");
    positions
};

/// The position of a feature's id in [`FEATURES`].
pub(super) fn position(id: u16) -> Option<usize> {
    POSITIONS.get(usize::from(id)).map(|at| usize::from(*at)).filter(|at| *at < FEATURES.len())
}

impl Feature {
    /// The feature with this id.
    pub(crate) fn by_id(id: u16) -> Option<&'static Self> {
        position(id).map(|at| FEATURES[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::language::Language;
    use crate::signals::features::feature::Values;

    /// Evidence on disk refers to the ids, and apps to the names. New features may be added; existing ones never
    /// change.
    #[test]
    fn ids_and_names_never_change() {
        let golden: &[(u16, &str)] = &[
            (101, "length.words"),
            (102, "length.sentences"),
            (103, "length.sentence_words"),
            (104, "length.paragraphs"),
            (105, "length.paragraph_words"),
            (201, "form.bullets"),
            (202, "form.numbered"),
            (203, "form.headings"),
            (204, "form.emphasis"),
            (205, "form.line_breaks"),
            (206, "form.parentheses"),
            (207, "form.links"),
            (208, "form.italics"),
            (301, "punctuation.exclamation"),
            (302, "punctuation.question"),
            (303, "punctuation.semicolon"),
            (304, "punctuation.dash"),
            (305, "punctuation.ellipsis"),
            (306, "punctuation.serial_comma"),
            (307, "punctuation.comma"),
            (308, "punctuation.colon"),
            (309, "punctuation.curly_quotes"),
            (310, "punctuation.quotes"),
            (311, "punctuation.repeated"),
            (312, "punctuation.ampersand"),
            (313, "punctuation.hyphens"),
            (401, "contractions"),
            (501, "person.i"),
            (502, "person.we"),
            (503, "person.you"),
            (505, "person.passive"),
            (601, "greeting"),
            (602, "greeting.phrase"),
            (603, "closing"),
            (604, "closing.phrase"),
            (701, "polite.please"),
            (702, "polite.thanks"),
            (703, "polite.sorry"),
            (704, "polite.requests"),
            (705, "polite.orders"),
            (706, "polite.reassurance"),
            (707, "polite.praise"),
            (801, "stance.hedges"),
            (802, "stance.boosters"),
            (804, "stance.harsh"),
            (805, "sentiment.negative"),
            (806, "sentiment.positive"),
            (807, "stance.fillers"),
            (901, "formality.connectives"),
            (902, "formality.formal_words"),
            (903, "formality.casual"),
            (904, "formality.overall"),
            (905, "formality.abbreviations"),
            (1001, "words.length"),
            (1002, "words.long"),
            (1101, "spelling.british"),
            (1102, "spelling.oxford"),
            (1201, "numbers.digits"),
            (1202, "numbers.percent_sign"),
            (1301, "capitals.sentence"),
            (1302, "capitals.all"),
            (1303, "capitals.i"),
            (1401, "emoji"),
            (1501, "choice.swap"),
            (1502, "choice.phrase"),
            (1503, "choice.block"),
            (1601, "readability.ease"),
            (1602, "words.syllables"),
            (1603, "words.nominalizations"),
            (1604, "words.latinate"),
            (1605, "words.variety"),
            (1606, "density.content"),
            (1701, "sentence.clauses"),
            (1702, "sentence.longest"),
            (1703, "sentence.variety"),
            (1704, "sentence.conjunction_start"),
            (1801, "question.last"),
            (1901, "order.ask"),
            (2001, "language.correct"),
        ];
        let found: Vec<(u16, &str)> = FEATURES.iter().map(|feature| (feature.id, feature.name)).collect();
        assert_eq!(found, golden);
    }

    #[test]
    fn a_new_family_is_a_file_and_a_line() {
        let text = "Thanks @ana and @leo";
        let mut values = Values::default();
        (at_signs::FAMILY.measure)(&Document::new(text, Language::english()), &mut values);
        assert_eq!(values.found, [(at_signs::MENTIONS.id, 4.0)]);
        assert!(position(at_signs::MENTIONS.id).is_none(), "an id that was never used");
        let told = include_str!("../../../CONTRIBUTING.md");
        assert!(told.contains(include_str!("../../../tests/data/at_signs.rs").trim_end()), "as it is shown");
    }

    #[test]
    fn the_table_is_sound() {
        assert!(FEATURES.len() >= 60, "{}", FEATURES.len());
        assert!(FEATURES.windows(2).all(|pair| pair[0].id < pair[1].id), "in the order of their ids");
        let mut names: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FEATURES.len());
        for feature in FEATURES {
            assert!(feature.scale > 0.0 && !feature.unit.is_empty());
            assert!(Language::english().says(feature.name), "{} has no wording", feature.name);
            let saying = Language::english().saying(feature.name);
            for text in [saying.less.habit, saying.more.habit, saying.less.note, saying.more.note] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('\n'), "{}", feature.name);
            }
        }
    }
}
