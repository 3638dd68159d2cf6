//! Interpretable features of a text, one small file per family.
//!
//! Invariant: a feature's id and name never change and are never used again; ids are grouped by family in
//! hundreds. A value is `None` where the text gives no occasion for it, so that absence is never taken for a
//! choice. What an edit teaches is left to `evidence`.

mod choice;
mod form;
mod formality;
mod frame;
mod language;
mod length;
mod marks;
mod person;
mod punctuation;
mod readability;
mod sentence;
mod stance;
mod surface;
mod tone;
mod wording;

pub(crate) use choice::{join_swap, split_swap};

use crate::document::{Document, own_text};
use crate::language::Kinds;
use crate::types::{Direction, PreferenceKey};

/// One feature.
#[derive(Debug)]
pub struct Feature {
    /// Id, never reused or renumbered.
    pub id: u16,
    /// Stable dotted name, "length.words" say.
    pub name: &'static str,
    /// Unit of the value, "words" say.
    pub unit: &'static str,
    /// One step of natural variation: changes are measured in it. In the unit, except for lengths, where it is
    /// a difference of natural logarithms.
    pub scale: f32,
    /// Whether evidence carries a subject (a word, a phrase).
    pub has_subject: bool,
    /// How values are compared.
    pub(crate) shape: Shape,
    /// A middling value: what lies on either side of it tends to that side.
    pub(crate) middle: f32,
    /// Features of one kin with the same direction say nearly the same; 0 for none.
    pub(crate) kin: u8,
    /// Words of these kinds make more of it.
    pub(crate) lists: Kinds,
    pub(crate) less: Words,
    pub(crate) more: Words,
}

/// What a direction is called.
#[derive(Debug)]
pub(crate) struct Words {
    /// Of a habit: "keeps {texts} short". `{texts}` stands for what the scope is about.
    pub(crate) habit: &'static str,
    /// Of one change: "fewer words".
    pub(crate) note: &'static str,
}

/// How the values of a feature are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A length: in proportion.
    Log,
    /// A share, or a mean: as it is.
    Linear,
    /// A share among the places where the writer had the choice; a share of 0 is a choice, too.
    Choice,
    /// A count per hundred words; texts shorter than [`SHORT`] count as that long.
    Rate,
    /// 1 or 0.
    Presence,
    /// With a subject.
    Subject,
}

/// Words below which a rate is not magnified further.
pub(crate) const SHORT: f32 = 50.0;

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
const fn feature(
    id: u16,
    name: &'static str,
    unit: &'static str,
    shape: Shape,
    scale: f32,
    middle: f32,
    less: Words,
    more: Words,
) -> Feature {
    let has_subject = matches!(shape, Shape::Subject);
    Feature { id, name, unit, scale, has_subject, shape, middle, kin: 0, lists: Kinds::NONE, less, more }
}

const fn words(habit: &'static str, note: &'static str) -> Words {
    Words { habit, note }
}

impl Feature {
    /// Whether a text without any of it says nothing of the writer's choice, so that no evidence is kept of it.
    pub(crate) fn absence_tells_nothing(&self) -> bool {
        matches!(self.shape, Shape::Linear | Shape::Rate | Shape::Presence)
            || matches!(self.id, id::GREETING_PHRASE | id::CLOSING_PHRASE)
    }

    const fn kin(mut self, kin: u8) -> Self {
        self.kin = kin;
        self
    }

    const fn lists(mut self, kinds: Kinds) -> Self {
        self.lists = kinds;
        self
    }

    /// The feature of an id.
    pub(crate) fn by_id(id: u16) -> Option<&'static Self> {
        position(id).map(|at| &FEATURES[at])
    }

    /// The value on the axis in which it is compared.
    pub(crate) fn on_axis(&self, value: f32) -> f32 {
        if self.shape == Shape::Log { value.max(0.25).ln() } else { value }
    }

    /// How far a place on that axis expresses a direction; see [`Measured::agreement`].
    pub(crate) fn agreement(&self, place: f32, direction: Direction, level: Option<f32>) -> f32 {
        if let Some(level) = level {
            return (1.0 - (place - self.on_axis(level)).abs() / (1.5 * self.scale)).max(-1.0);
        }
        let steps = (place - self.on_axis(self.middle)) / (2.0 * self.scale);
        f32::from(direction.sign()) * steps.clamp(-1.0, 1.0)
    }

    /// The value at a place of that axis.
    pub(crate) fn off_axis(&self, place: f32) -> f32 {
        if self.shape == Shape::Log { place.exp() } else { place }
    }
}

/// All features, by id.
pub static FEATURES: &[Feature] = &[
    length::WORDS,
    length::SENTENCES,
    length::SENTENCE_WORDS,
    length::PARAGRAPHS,
    length::PARAGRAPH_WORDS,
    form::BULLETS,
    form::NUMBERED,
    form::HEADINGS,
    form::EMPHASIS,
    form::LINE_BREAKS,
    form::PARENTHESES,
    form::LINKS,
    form::ITALICS,
    punctuation::EXCLAMATION,
    punctuation::QUESTION,
    punctuation::SEMICOLON,
    punctuation::DASH,
    punctuation::ELLIPSIS,
    punctuation::SERIAL_COMMA,
    punctuation::COMMA,
    marks::COLON,
    marks::CURLY,
    marks::QUOTES,
    marks::REPEATED,
    marks::AMPERSAND,
    marks::HYPHENS,
    person::CONTRACTIONS,
    person::FIRST_SINGULAR,
    person::FIRST_PLURAL,
    person::SECOND,
    person::PASSIVE,
    frame::GREETING,
    frame::GREETING_PHRASE,
    frame::CLOSING,
    frame::CLOSING_PHRASE,
    stance::PLEASE,
    stance::THANKS,
    stance::SORRY,
    tone::REQUESTS,
    tone::ORDERS,
    tone::REASSURANCE,
    tone::PRAISE,
    stance::HEDGES,
    stance::BOOSTERS,
    stance::HARSH,
    tone::NEGATIVE,
    tone::POSITIVE,
    tone::FILLERS,
    formality::CONNECTIVES,
    formality::FORMAL,
    formality::CASUAL,
    tone::OVERALL,
    tone::ABBREVIATIONS,
    formality::WORD_LENGTH,
    formality::LONG_WORDS,
    surface::BRITISH,
    surface::OXFORD,
    surface::NUMERALS,
    marks::PERCENT,
    surface::SENTENCE_CAPITALS,
    surface::ALL_CAPITALS,
    marks::CAPITAL_I,
    surface::EMOJI,
    choice::SWAP,
    choice::PHRASE,
    readability::EASE,
    readability::SYLLABLES,
    readability::NOMINALIZATIONS,
    readability::LATINATE,
    readability::VARIETY,
    readability::DENSITY,
    sentence::CLAUSES,
    sentence::LONGEST,
    sentence::EVENNESS,
    sentence::CONJUNCTION_STARTS,
    sentence::LAST_QUESTION,
    sentence::ASK_PLACE,
    language::CORRECT,
];

/// Groups of features that say nearly the same: one answer names one of each.
pub(crate) mod kin {
    pub(crate) const LENGTH: u8 = 1;
    pub(crate) const WORDS: u8 = 2;
    pub(crate) const SENTENCES: u8 = 3;
    pub(crate) const FORMALITY: u8 = 4;
    pub(crate) const HARSH: u8 = 5;
    pub(crate) const SPELLING: u8 = 6;
}

/// Ids that evidence refers to by name.
pub(crate) mod id {
    pub(crate) const WORDS: u16 = 101;
    pub(crate) const SENTENCES: u16 = 102;
    pub(crate) const SENTENCE_WORDS: u16 = 103;
    pub(crate) const PARAGRAPHS: u16 = 104;
    pub(crate) const PARAGRAPH_WORDS: u16 = 105;
    pub(crate) const BULLETS: u16 = 201;
    pub(crate) const NUMBERED: u16 = 202;
    pub(crate) const LINE_BREAKS: u16 = 205;
    pub(crate) const EXCLAMATION: u16 = 301;
    pub(crate) const QUESTION: u16 = 302;
    pub(crate) const COMMA: u16 = 307;
    pub(crate) const REPEATED: u16 = 311;
    pub(crate) const SECOND: u16 = 503;
    pub(crate) const PASSIVE: u16 = 505;
    pub(crate) const GREETING: u16 = 601;
    pub(crate) const GREETING_PHRASE: u16 = 602;
    pub(crate) const CLOSING: u16 = 603;
    pub(crate) const CLOSING_PHRASE: u16 = 604;
    pub(crate) const PLEASE: u16 = 701;
    pub(crate) const THANKS: u16 = 702;
    pub(crate) const REQUESTS: u16 = 704;
    pub(crate) const HEDGES: u16 = 801;
    pub(crate) const BOOSTERS: u16 = 802;
    pub(crate) const FORMAL: u16 = 902;
    pub(crate) const CASUAL: u16 = 903;
    pub(crate) const OVERALL: u16 = 904;
    pub(crate) const WORD_LENGTH: u16 = 1001;
    pub(crate) const SWAP: u16 = 1501;
    pub(crate) const PHRASE: u16 = 1502;
    pub(crate) const EASE: u16 = 1601;
    pub(crate) const CLAUSES: u16 = 1701;
    pub(crate) const LONGEST: u16 = 1702;
    pub(crate) const EVENNESS: u16 = 1703;
    pub(crate) const LAST_QUESTION: u16 = 1801;
    pub(crate) const CORRECT: u16 = 2001;
}

/// Above all ids.
const IDS_END: usize = 2048;

/// The place of each id in [`FEATURES`], 255 for none.
static POSITIONS: [u8; IDS_END] = {
    let mut positions = [u8::MAX; IDS_END];
    let mut at = 0;
    while at < FEATURES.len() {
        positions[FEATURES[at].id as usize] = at as u8;
        at += 1;
    }
    assert!(FEATURES.len() < u8::MAX as usize, "places fit into a byte");
    positions
};

fn position(id: u16) -> Option<usize> {
    POSITIONS.get(usize::from(id)).map(|at| usize::from(*at)).filter(|at| *at < FEATURES.len())
}

/// Where the families put what they measured.
#[derive(Debug, Clone)]
pub(crate) struct Values(Vec<Option<f32>>);

impl Values {
    fn set(&mut self, feature: &Feature, value: impl Into<Option<f32>>) {
        if let Some(at) = position(feature.id) {
            self.0[at] = value.into().filter(|value| value.is_finite());
        }
    }

    /// Sets how many entries of its lists there are per hundred words.
    fn listed(&mut self, feature: &Feature, document: &Document<'_>) {
        self.rate(feature, document.count(feature.lists), document.words);
    }

    /// Sets a count per hundred words.
    fn rate(&mut self, feature: &Feature, count: usize, words: usize) {
        self.set(feature, count as f32 * 100.0 / (words as f32).max(SHORT));
    }
}

/// The features of one text.
#[derive(Debug, Clone)]
pub struct Measured {
    values: Values,
    words: usize,
    /// Sentences, those of lists included.
    sentences: usize,
    /// The words in lower case, set apart by single spaces, with one at either end.
    spoken: String,
    greeting: Option<String>,
    closing: Option<String>,
}

/// Measures a text; of a message, the writer's own part.
pub fn measure(text: &str) -> Measured {
    Measured::of(&Document::new(&own_text(text)))
}

impl Measured {
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let mut values = Values(vec![None; FEATURES.len()]);
        let mut spoken = String::with_capacity(document.text.len() + 2);
        spoken.push(' ');
        let mut greeting = None;
        let mut closing = None;
        if document.words > 0 {
            length::measure(document, &mut values);
            form::measure(document, &mut values);
            punctuation::measure(document, &mut values);
            person::measure(document, &mut values);
            stance::measure(document, &mut values);
            formality::measure(document, &mut values);
            marks::measure(document, &mut values);
            readability::measure(document, &mut values);
            sentence::measure(document, &mut values);
            tone::measure(document, &mut values);
            surface::measure(document, &mut values);
            greeting = frame::greeting(document);
            closing = frame::closing(document);
            frame::measure(greeting.is_some(), closing.is_some(), &mut values);
            for token in document.tokens.iter().filter(|token| token.word) {
                spoken.push_str(&token.lower);
                spoken.push(' ');
            }
        }
        let sentences = document.sentences.len() + document.listed.len();
        Self { values, words: document.words, sentences, spoken, greeting, closing }
    }

    /// The features that have a value, ascending, each with it.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static Feature, f32)> {
        FEATURES.iter().zip(&self.values.0).filter_map(|(feature, value)| Some((feature, (*value)?)))
    }

    /// The value of a feature in its unit; `None` where the text gives no occasion for it.
    pub fn value(&self, feature: u16) -> Option<f32> {
        position(feature).and_then(|at| self.values.0[at])
    }

    /// How far the text expresses `key`, in steps of the feature's scale, from -1 (the opposite) to 1; with a
    /// `level` (in the feature's unit) 1 at the level and falling to both sides; `None` where the text gives
    /// no occasion.
    pub fn agreement(&self, key: &PreferenceKey, level: Option<f32>) -> Option<f32> {
        let feature = Feature::by_id(key.feature)?;
        if feature.has_subject {
            let sign = f32::from(key.direction.sign());
            return self.subject_agreement(key).map(|agreement| agreement * sign);
        }
        let place = feature.on_axis(self.value(key.feature)?);
        Some(feature.agreement(place, key.direction, level))
    }

    fn subject_agreement(&self, key: &PreferenceKey) -> Option<f32> {
        if self.words == 0 {
            return None;
        }
        let phrase =
            |found: &Option<String>| if found.as_deref() == Some(&*key.subject) { 1.0 } else { -1.0 };
        match key.feature {
            id::GREETING_PHRASE => Some(phrase(&self.greeting)),
            id::CLOSING_PHRASE => Some(phrase(&self.closing)),
            id::SWAP => {
                let (to, from) = split_swap(&key.subject)?;
                match (self.says(to), self.says(from)) {
                    (true, false) => Some(1.0),
                    (false, true) => Some(-1.0),
                    (true, true) => Some(0.0),
                    (false, false) => None,
                }
            }
            _ => match (self.says(&key.subject), key.direction) {
                (true, _) => Some(1.0),
                (false, Direction::Less) => Some(-1.0),
                (false, Direction::More) => None,
            },
        }
    }

    /// Whether a word or phrase in lower case occurs.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        // Most do not occur even within words.
        !phrase.is_empty() && self.spoken.contains(phrase) && self.spoken.contains(&format!(" {phrase} "))
    }

    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// How many sentences end with a mark, where `feature` is the share of those that do.
    pub(crate) fn marked(&self, feature: u16) -> Option<f32> {
        matches!(feature, id::EXCLAMATION | id::QUESTION)
            .then(|| self.value(feature).map(|share| (share * self.sentences as f32).round()))
            .flatten()
    }

    /// The words in lower case.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &str> {
        self.spoken.split(' ').filter(|word| !word.is_empty())
    }

    pub(crate) fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    pub(crate) fn closing(&self) -> Option<&str> {
        self.closing.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evidence on disk refers to the ids, and apps to the names. New features are added, the rest never changes.
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
    fn the_table_is_sound() {
        assert!(FEATURES.len() >= 60, "{}", FEATURES.len());
        assert!(FEATURES.windows(2).all(|pair| pair[0].id < pair[1].id), "in the order of their ids");
        let mut names: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FEATURES.len());
        for feature in FEATURES {
            assert!(feature.scale > 0.0 && !feature.unit.is_empty());
            for text in [feature.less.habit, feature.more.habit, feature.less.note, feature.more.note] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('\n'), "{}", feature.name);
            }
        }
    }

    #[test]
    fn marks_are_rates_of_the_words() {
        let text = "See **this** - or (that) -- at https://a.b, a well-made _thing_ *now*... Café";
        let measured = measure(text);
        for (feature, count) in [
            (&form::EMPHASIS, 1.0),
            (&form::LINKS, 1.0),
            (&form::ITALICS, 2.0),
            (&form::PARENTHESES, 1.0),
            (&punctuation::DASH, 2.0),
            (&punctuation::ELLIPSIS, 1.0),
            (&marks::HYPHENS, 1.0),
        ] {
            // Per hundred words, of a text that counts as one of fifty.
            assert_eq!(measured.value(feature.id), Some(2.0 * count), "{}", feature.name);
        }
    }
}
