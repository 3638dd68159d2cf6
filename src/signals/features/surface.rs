//! Spelling variety, numerals, capitals, emoji.

use crate::document::{Document, Token};
use crate::language::Kinds;
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};

pub(super) const FAMILY: Family =
    Family { features: &[&BRITISH, &OXFORD, &NUMERALS, &SENTENCE_CAPITALS, &ALL_CAPITALS, &EMOJI], measure };

pub(crate) const BRITISH: Feature =
    feature(1101, "spelling.british", "share where it differs", Shape::Choice, 0.4, 0.5)
        .kin(kin::SPELLING)
        .own();
pub(crate) const OXFORD: Feature =
    feature(1102, "spelling.oxford", "share of -ize", Shape::Choice, 0.4, 0.5).kin(kin::SPELLING).own();
pub(crate) const NUMERALS: Feature =
    feature(1201, "numbers.digits", "share of small numbers", Shape::Choice, 0.4, 0.5).own();
pub(crate) const SENTENCE_CAPITALS: Feature =
    feature(1301, "capitals.sentence", "share of sentences", Shape::Choice, 0.35, 0.5).own();
pub(crate) const ALL_CAPITALS: Feature =
    feature(1302, "capitals.all", "per 100 words", Shape::Rate, 2.0, 2.0).own();
pub(crate) const EMOJI: Feature = feature(1401, "emoji", "per 100 words", Shape::Rate, 1.5, 1.5).own();

fn measure(document: &Document<'_>, values: &mut Values) {
    let share =
        |some: usize, others: usize| (some + others > 0).then(|| some as f32 / (some + others) as f32);
    let (mut british, mut american, mut iz, mut is) = (0, 0, 0, 0);
    let (mut digits, mut numbers, mut capitals, mut emoji) = (0, 0, 0, 0);
    for token in &document.tokens {
        // Only words listed as British or American count; "size" and "rise" have no other spelling.
        if token.kinds.meets(Kinds::BRITISH_OR_AMERICAN) {
            british += usize::from(token.kinds.meets(Kinds::BRITISH));
            american += usize::from(token.kinds.meets(Kinds::AMERICAN));
            iz += usize::from(token.lower.contains("iz"));
            is += usize::from(token.lower.contains("is"));
        }
        digits += usize::from(token.text.len() <= 2 && token.text.bytes().all(|b| b.is_ascii_digit()));
        numbers += usize::from(token.kinds.meets(Kinds::NUMBER));
        capitals += usize::from(shouts(token));
        emoji += usize::from(is_emoji(token.text));
    }
    values.set(&BRITISH, share(british, american));
    values.set(&OXFORD, share(iz, is));
    let lexicon = document.language.lexicon();
    values.set(&NUMERALS, share(digits, numbers).filter(|_| lexicon.knows(Kinds::NUMBER)));
    let (mut upper, mut lower) = (0, 0);
    let prose = document.sentences.iter().flat_map(|(range, _)| &document.tokens[range.clone()]);
    for token in prose.filter(|token| token.starts) {
        upper += usize::from(token.capitalised());
        lower += usize::from(token.text.chars().next().is_some_and(char::is_lowercase));
    }
    values.set(&SENTENCE_CAPITALS, share(upper, lower));
    if lexicon.knows(Kinds::FUNCTION) {
        values.rate(&ALL_CAPITALS, capitals, document.words);
    }
    if b":;<".iter().any(|mark| document.times(*mark) > 0) {
        emoji += emoticons(document.text);
    }
    values.rate(&EMOJI, emoji, document.words);
}

/// Whether a word in capitals is more than an abbreviation: it is a word in the lists.
fn shouts(token: &Token<'_>) -> bool {
    token.word
        && token.kinds != Kinds::default()
        && token.text.chars().all(char::is_uppercase)
        && token.text.chars().count() >= 3
}

fn is_emoji(token: &str) -> bool {
    token.chars().next().is_some_and(
        |c| matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{2b50}'),
    )
}

/// The number of emoticons that stand alone: ":D" in "Status:Done" and ":(" in "see:(a)" do not count.
fn emoticons(text: &str) -> usize {
    const FACES: [&[u8]; 9] = [b":)", b":-)", b";)", b";-)", b":D", b":(", b":-(", b":P", b"<3"];
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(|at| matches!(bytes[*at], b':' | b';' | b'<'));
    let is_face = |at: &usize, face: &[u8]| {
        let after = at + face.len();
        bytes[*at..].starts_with(face)
            && !text[after..].starts_with(char::is_alphanumeric)
            // "thanks:)" has an emoticon, "a:D" and "x<3" do not.
            && !(bytes[after - 1].is_ascii_alphanumeric() && text[..*at].ends_with(char::is_alphanumeric))
    };
    starts.filter(|at| FACES.iter().any(|face| is_face(at, face))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_no_part_of_a_word() {
        assert_eq!(emoticons("Status:Done, Attn:Paul, at 10:30:Pt. see:(a) x<3 and 1:D, <30"), 0);
        assert_eq!(emoticons(":) thanks:) (:D) :-( :P, <3 you ;-)"), 7);
    }
}
