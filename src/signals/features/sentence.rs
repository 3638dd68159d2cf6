//! Sentence structure, and where in the text the request is placed.

use crate::document::{Document, Token};
use crate::language::{Kinds, Roles};
use crate::signals::features::feature::{Family, Feature, Shape, Values, feature, kin};

pub(super) const FAMILY: Family = Family {
    features: &[&CLAUSES, &LONGEST, &EVENNESS, &CONJUNCTION_STARTS, &LAST_QUESTION, &ASK_PLACE],
    measure,
};

pub(crate) const CLAUSES: Feature =
    feature(1701, "sentence.clauses", "joints a sentence", Shape::Linear, 0.8, 1.0)
        .kin(kin::SENTENCES)
        .with_content();
pub(crate) const LONGEST: Feature =
    feature(1702, "sentence.longest", "words in the longest sentence", Shape::Log, 0.4, 25.0)
        .kin(kin::SENTENCES)
        .with_content();
pub(crate) const EVENNESS: Feature =
    feature(1703, "sentence.variety", "spread over mean", Shape::Linear, 0.2, 0.45).with_content();
pub(crate) const CONJUNCTION_STARTS: Feature =
    feature(1704, "sentence.conjunction_start", "share of sentences", Shape::Linear, 0.15, 0.08);
pub(crate) const LAST_QUESTION: Feature =
    feature(1801, "question.last", "1 or 0", Shape::Presence, 0.5, 0.5).with_courtesy();
pub(crate) const ASK_PLACE: Feature =
    feature(1901, "order.ask", "place of the request, 0 to 1", Shape::Linear, 0.3, 0.5);

fn measure(document: &Document<'_>, values: &mut Values) {
    let lengths: Vec<f32> = document
        .sentences
        .iter()
        .map(|(range, _)| document.tokens[range.clone()].iter().filter(|token| token.word).count() as f32)
        .filter(|length| *length > 0.0)
        .collect();
    if lengths.is_empty() {
        return;
    }
    let count = lengths.len() as f32;
    let mean = lengths.iter().sum::<f32>() / count;
    values.set(&LONGEST, lengths.iter().copied().fold(0.0, f32::max));
    let spread = (lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / count).sqrt();
    values.set(&EVENNESS, (lengths.len() >= 4).then_some(spread / mean));
    let joints: usize =
        document.sentences.iter().map(|(range, _)| joints(&document.tokens[range.clone()])).sum();
    let lexicon = document.language.lexicon();
    values.set(&CLAUSES, lexicon.knows(Kinds::SUBORDINATOR).then_some(joints as f32 / count));
    let starts = |token: &Token<'_>| token.is(Roles::CONJUNCTION);
    let first = |tokens: &[Token<'_>]| tokens.iter().find(|token| token.word).is_some_and(starts);
    let conjunctions =
        document.sentences.iter().filter(|(range, _)| first(&document.tokens[range.clone()])).count();
    values.set(
        &CONJUNCTION_STARTS,
        (lengths.len() >= 2 && lexicon.has(Roles::CONJUNCTION)).then_some(conjunctions as f32 / count),
    );
    let asks = |text: &str| text.trim_end_matches(['"', '\'', ')', '”', '’']).ends_with(['?', '？', '؟']);
    // A sign-off is not a sentence: the last sentence is the last one long enough to hold a verb.
    let last = document.sentences.iter().rev().find(|(range, _)| range.len() > 3);
    values.set(
        &LAST_QUESTION,
        last.filter(|_| lengths.len() >= 2).map(|(_, text)| f32::from(u8::from(asks(text)))),
    );
    values.set(&ASK_PLACE, ask_place(document, asks));
}

/// The number of words and marks that join clauses: subordinators, and conjunctions after a comma.
fn joints(tokens: &[Token<'_>]) -> usize {
    tokens
        .iter()
        .enumerate()
        .filter(|(at, token)| {
            let after_comma = *at > 0 && tokens[at - 1].text == ",";
            token.kinds.meets(Kinds::SUBORDINATOR) && *at > 0
                || after_comma && token.is(Roles::JOINT)
                || matches!(token.text, ";" | "；" | "؛")
        })
        .count()
}

/// The position of the first request, from 0 in the first sentence to 1 in the last, leaving out greeting and
/// sign-off.
fn ask_place(document: &Document<'_>, asks: impl Fn(&str) -> bool) -> Option<f32> {
    let body: Vec<_> = document.sentences.iter().filter(|(range, _)| range.len() > 3).collect();
    if body.len() < 3 {
        return None;
    }
    let requests = |tokens: &[Token<'_>], text: &str| {
        let says = (0..tokens.len()).any(|at| Document::roles_at(tokens, at).meets(Roles::ASK));
        asks(text) || says
    };
    let at = body.iter().position(|(range, text)| requests(&document.tokens[range.clone()], text))?;
    Some(at as f32 / (body.len() - 1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::measure;

    #[test]
    fn the_request_has_a_place() {
        let place = |text: &str| measure(text).value(ASK_PLACE.id);
        let body = "The parts came in today. The line is down for now. We lost a whole day.";
        assert_eq!(place(&format!("Please call me back. {body}")), Some(0.0));
        assert_eq!(place(&format!("{body} Could you call me back?")), Some(1.0));
        assert_eq!(place(body), None);
    }

    #[test]
    fn joints_are_counted() {
        let clauses = |text: &str| measure(text).value(CLAUSES.id);
        assert_eq!(clauses("We left because it rained, and we took the bus, which was late."), Some(3.0));
        assert_eq!(clauses("We left. It rained."), Some(0.0));
    }
}
