//! Contractions, who speaks and is spoken to, active and passive.

use crate::document::{Document, Token};
use crate::language::Kinds;
use crate::signals::features::{Feature, Shape, Values, feature, words};

pub(crate) const CONTRACTIONS: Feature = feature(
    401,
    "contractions",
    "share where possible",
    Shape::Choice,
    0.35,
    0.5,
    words("writes contractions out in full ('do not', not 'don't')", "no contractions"),
    words("uses contractions", "contractions"),
);
pub(crate) const FIRST_SINGULAR: Feature = feature(
    501,
    "person.i",
    "per 100 words",
    Shape::Rate,
    2.5,
    3.0,
    words("seldom says 'I'", "less 'I'"),
    words("speaks in the first person, as 'I'", "more 'I'"),
)
.lists(Kinds::FIRST_SINGULAR);
pub(crate) const FIRST_PLURAL: Feature = feature(
    502,
    "person.we",
    "per 100 words",
    Shape::Rate,
    2.0,
    2.0,
    words("seldom says 'we'", "less 'we'"),
    words("speaks as 'we'", "more 'we'"),
)
.lists(Kinds::FIRST_PLURAL);
pub(crate) const SECOND: Feature = feature(
    503,
    "person.you",
    "per 100 words",
    Shape::Rate,
    2.5,
    3.0,
    words("seldom addresses the reader as 'you'", "less 'you'"),
    words("addresses the reader as 'you'", "more 'you'"),
)
.lists(Kinds::SECOND);
pub(crate) const PASSIVE: Feature = feature(
    505,
    "person.passive",
    "share of sentences",
    Shape::Linear,
    0.25,
    0.2,
    words("prefers the active voice", "less passive voice"),
    words("uses the passive voice", "more passive voice"),
);

pub(super) fn measure(document: &Document<'_>, values: &mut Values) {
    let (short, full) = contractions(&document.tokens);
    values.set(&CONTRACTIONS, (short + full > 0).then(|| short as f32 / (short + full) as f32));
    for feature in [&FIRST_SINGULAR, &FIRST_PLURAL, &SECOND] {
        let count = document.tokens.iter().filter(|token| token.kinds.meets(feature.lists)).count();
        values.rate(feature, count, document.words);
    }
    let passive =
        document.sentences.iter().filter(|(range, _)| is_passive(&document.tokens[range.clone()])).count();
    let sentences = document.sentences.len();
    values.set(&PASSIVE, (sentences > 0).then(|| passive as f32 / sentences as f32));
}

/// How many contractions there are, and how many places where one would do.
fn contractions(tokens: &[Token<'_>]) -> (usize, usize) {
    let short = tokens.iter().filter(|token| token.contraction).count();
    let full = tokens
        .windows(2)
        .enumerate()
        .filter(|(at, pair)| {
            let after = tokens.get(at + 2).filter(|token| token.word).map(|token| &*token.lower);
            expands(&pair[0].lower, &pair[1].lower, after)
        })
        .count()
        + tokens.iter().filter(|token| token.lower == "cannot").count();
    (short, full)
}

fn expands(first: &str, second: &str, after: Option<&str>) -> bool {
    // "as good as it is." and "yes, I am." cannot be contracted.
    let Some(after) = after else { return false };
    let participle = || {
        matches!(
            after,
            "been"
                | "had"
                | "done"
                | "made"
                | "seen"
                | "taken"
                | "got"
                | "given"
                | "found"
                | "sent"
                | "not"
                | "just"
                | "already"
                | "never"
                | "also"
        ) || after.len() > 4 && after.ends_with("ed")
    };
    match second {
        "not" => matches!(
            first,
            "do" | "does"
                | "did"
                | "is"
                | "are"
                | "was"
                | "were"
                | "have"
                | "has"
                | "had"
                | "would"
                | "could"
                | "should"
                | "will"
                | "can"
        ),
        "am" => first == "i",
        "are" => matches!(first, "you" | "we" | "they"),
        "is" => matches!(first, "he" | "she" | "it" | "that" | "there" | "what" | "here"),
        "will" => matches!(first, "i" | "you" | "he" | "she" | "it" | "we" | "they" | "that"),
        "would" => matches!(first, "i" | "you" | "he" | "she" | "we" | "they"),
        "have" => matches!(first, "i" | "you" | "we" | "they") && participle(),
        "has" => matches!(first, "he" | "she" | "it") && participle(),
        "us" => first == "let",
        _ => false,
    }
}

/// Participles that say how somebody or something is, and not what is done to it.
const STATES: [&str; 30] = [
    "annoyed",
    "amazed",
    "ashamed",
    "bored",
    "complicated",
    "concerned",
    "confused",
    "convinced",
    "delighted",
    "detailed",
    "disappointed",
    "embarrassed",
    "excited",
    "exhausted",
    "experienced",
    "frightened",
    "honored",
    "honoured",
    "interested",
    "limited",
    "married",
    "pleased",
    "relieved",
    "satisfied",
    "scared",
    "supposed",
    "surprised",
    "thrilled",
    "tired",
    "worried",
];

fn is_passive(tokens: &[Token<'_>]) -> bool {
    let is_participle = |word: &str| {
        word.len() > 4 && word.ends_with("ed") && !STATES.contains(&word)
            || matches!(
                word,
                "done"
                    | "made"
                    | "given"
                    | "taken"
                    | "seen"
                    | "known"
                    | "sent"
                    | "held"
                    | "built"
                    | "found"
                    | "written"
                    | "shown"
                    | "kept"
                    | "told"
                    | "paid"
                    | "brought"
                    | "chosen"
                    | "lost"
                    | "sold"
                    | "caught"
            )
    };
    tokens.iter().enumerate().any(|(at, token)| {
        matches!(&*token.lower, "is" | "are" | "was" | "were" | "be" | "been" | "being")
            && tokens[at + 1..].iter().take(2).any(|next| is_participle(&next.lower))
    })
}

#[cfg(test)]
mod tests {
    use super::PASSIVE;
    use crate::signals::measure;

    #[test]
    fn a_state_is_no_passive() {
        let passive = |text: &str| measure(text).value(PASSIVE.id);
        assert_eq!(passive("The report was written by Ann."), Some(1.0));
        assert_eq!(passive("I would be delighted to come. I am tired."), Some(0.0));
    }
}
