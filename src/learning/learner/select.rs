//! Reduces the preferences that hold to an answer without contradictions and repetitions.
//!
//! Invariant: no two preferences of an answer contradict each other or say nearly the same. Of two that do, the more
//! specific one is kept, and otherwise the stronger one.

use std::iter;

use crate::language::{Kinds, Language};
use crate::learning::learner::candidate::Candidate;
use crate::learning::learner::listed::{holds, is_entry};
use crate::signals::features::{id, split_swap};
use crate::types::Direction;

/// Most preferences considered for one answer, since their comparison is quadratic.
const MOST: usize = 128;

/// Sorts by strength times confidence, descending.
pub(super) fn sort(candidates: &mut [Candidate<'_>]) {
    candidates.sort_by(|a, b| {
        let rank = |candidate: &Candidate<'_>| candidate.strength * candidate.confidence;
        rank(b).total_cmp(&rank(a)).then_with(|| about(a).cmp(&about(b))).then_with(|| a.scope.cmp(b.scope))
    });
}

/// The candidates, strongest first, without those that contradict or repeat one that takes precedence. Their phrases
/// are in the given language.
pub(super) fn select<'a>(mut candidates: Vec<Candidate<'a>>, language: &Language) -> Vec<Candidate<'a>> {
    sort(&mut candidates);
    candidates.truncate(MOST);
    // These take precedence over others: a wanted phrase over the presence of a greeting or sign-off, its absence
    // over a single unwanted phrase, and the length of a text over that of its parts.
    candidates.sort_by_key(|candidate| !match candidate.feature.id {
        id::GREETING_PHRASE | id::CLOSING_PHRASE | id::SWAP => more(candidate),
        id::GREETING | id::CLOSING => !more(candidate),
        feature => feature == id::WORDS,
    });
    let mut kept: Vec<Candidate<'_>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let kin = candidate.feature.kin;
        let clashes = |other: &Candidate<'_>| {
            kin != 0 && kin == other.feature.kin
                || clash(&candidate, other, language)
                || clash(other, &candidate, language)
        };
        if !kept.iter().any(clashes) {
            kept.push(candidate);
        }
    }
    sort(&mut kept);
    kept
}

/// Determines the order of equally strong preferences.
fn about<'a>(candidate: &Candidate<'a>) -> (u16, &'a str, Direction) {
    (candidate.feature.id, candidate.subject, candidate.direction)
}

fn more(candidate: &Candidate<'_>) -> bool {
    candidate.direction == Direction::More
}

fn clash(a: &Candidate<'_>, b: &Candidate<'_>, language: &Language) -> bool {
    if a.feature.id == b.feature.id && a.subject == b.subject {
        return true;
    }
    match (a.feature.id, b.feature.id) {
        (id::GREETING | id::GREETING_PHRASE, id::GREETING | id::GREETING_PHRASE)
        | (id::CLOSING | id::CLOSING_PHRASE, id::CLOSING | id::CLOSING_PHRASE) => true,
        (id::BULLETS, id::NUMBERED) | (id::FORMAL, id::CASUAL) => more(a) && more(b),
        (id::QUESTION, id::LAST_QUESTION | id::REQUESTS) | (id::EXCLAMATION, id::REPEATED) => {
            !more(a) && more(b)
        }
        (id::THANKS, id::CLOSING_PHRASE) => {
            !more(a) && more(b) && holds(language, b.subject, a.feature.lists)
        }
        (id::EXCLAMATION, id::CLOSING_PHRASE) => !more(a) && more(b) && b.subject.ends_with('!'),
        (id::SWAP, id::PHRASE) => {
            split_swap(a.subject).is_some_and(|(to, from)| overlap(to, b.subject) || overlap(from, b.subject))
        }
        (id::SWAP, id::SWAP) => {
            matches!((sides(a), sides(b)), (Some(a), Some(b)) if a.0 == b.1 || a.1 == b.0)
        }
        (id::PHRASE, id::PHRASE) => overlap(a.subject, b.subject),
        // A person who avoids a list's words writes no phrase that contains one. A person who uses them may avoid a
        // phrase that contains one, but not the word itself.
        (_, id::PHRASE) if !more(a) && more(b) => holds(language, b.subject, a.feature.lists),
        (_, id::PHRASE) if more(a) && !more(b) => is_entry(language, b.subject, a.feature.lists),
        (id::OVERALL | id::FORMAL, id::PHRASE) => more(a) && holds(language, b.subject, Kinds::CASUAL),
        _ => false,
    }
}

/// The words that are written, and those that are not.
fn sides<'a>(candidate: &Candidate<'a>) -> Option<(&'a str, &'a str)> {
    let (to, from) = split_swap(candidate.subject)?;
    Some(if more(candidate) { (to, from) } else { (from, to) })
}

/// Whether one phrase contains the other, in whole words.
fn overlap(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let starts = long.match_indices(' ').map(|(space, _)| space + 1);
    iter::once(0).chain(starts).any(|at| {
        long[at..].strip_prefix(short).is_some_and(|after| after.is_empty() || after.starts_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::features::{FEATURES, Feature};
    use crate::types::{Scope, Timestamp};

    /// Whether two preferences are both kept, given by name, subject and whether more of it is wanted.
    fn go_together(a: (&str, &'static str, bool), b: (&str, &'static str, bool)) -> bool {
        let scope = Scope::person();
        let candidate = |(name, subject, more): (&str, &'static str, bool), strength| {
            let feature: &'static Feature =
                FEATURES.iter().find(|feature| feature.name == name).expect("a feature");
            let direction = if more { Direction::More } else { Direction::Less };
            Candidate {
                key: (feature.id, 0),
                feature,
                subject,
                direction,
                scope: &scope,
                level: None,
                strength,
                confidence: 1.0,
                occasions: 9,
                updated: Timestamp(0),
            }
        };
        select(vec![candidate(a, 0.9), candidate(b, 0.5)], Language::english()).len() == 2
    }

    #[test]
    fn words_of_a_list_are_not_wanted_where_the_list_is_avoided() {
        let lists = [
            ("person.i", "i hope", None),
            ("person.we", "we hope", None),
            ("person.you", "your call", None),
            ("polite.please", "kindly", Some("kindly")),
            ("polite.thanks", "much appreciated", Some("appreciated")),
            ("polite.sorry", "my bad", Some("my bad")),
            ("polite.requests", "if you could", Some("could you")),
            ("polite.orders", "you must", Some("you must")),
            ("polite.reassurance", "no rush", Some("no rush")),
            ("polite.praise", "well done", Some("well done")),
            ("stance.hedges", "perhaps later", Some("perhaps")),
            ("stance.boosters", "very", Some("of course")),
            ("stance.harsh", "garbage", Some("shut up")),
            ("sentiment.negative", "bad", Some("bad")),
            ("sentiment.positive", "great", Some("great")),
            ("stance.fillers", "you know", Some("actually")),
            ("formality.connectives", "as a result", Some("moreover")),
            ("formality.formal_words", "utilize", Some("utilize")),
            ("formality.casual", "gonna", Some("gonna")),
            ("formality.overall", "furthermore", Some("furthermore")),
            ("formality.abbreviations", "asap", Some("asap")),
        ];
        for (list, wanted, avoided) in lists {
            assert!(!go_together((list, "", false), ("choice.phrase", wanted, true)), "{list}");
            assert!(!go_together(("choice.phrase", wanted, true), (list, "", false)), "{list}");
            assert!(go_together((list, "", true), ("choice.phrase", wanted, true)), "{list}");
            assert!(go_together((list, "", false), ("choice.phrase", "quartz", true)), "{list}");
            assert!(go_together((list, "", true), ("choice.phrase", "quartz", false)), "{list}");
            if let Some(avoided) = avoided {
                assert!(!go_together((list, "", true), ("choice.phrase", avoided, false)), "{list}");
                assert!(go_together((list, "", false), ("choice.phrase", avoided, false)), "{list}");
            }
        }
        let listed = FEATURES.iter().filter(|feature| feature.lists != Kinds::NONE).count();
        assert_eq!(listed, lists.len(), "each feature that counts words of a list is looked at");
        // The phrase is not an entry of the list, so avoiding it does not contradict using "I".
        assert!(go_together(("person.i", "", true), ("choice.phrase", "i hope", false)));
        assert!(!go_together(("formality.overall", "", true), ("choice.phrase", "gonna", true)));
    }

    #[test]
    fn no_preference_asks_for_what_another_avoids() {
        for (avoids, asks) in [
            (("punctuation.question", ""), ("question.last", "")),
            (("punctuation.question", ""), ("polite.requests", "")),
            (("punctuation.exclamation", ""), ("punctuation.repeated", "")),
            (("punctuation.exclamation", ""), ("closing.phrase", "cheers!")),
            (("polite.thanks", ""), ("closing.phrase", "many thanks,")),
        ] {
            let (avoids, asks) = ((avoids.0, avoids.1, false), (asks.0, asks.1, true));
            assert!(!go_together(avoids, asks) && !go_together(asks, avoids), "{avoids:?} {asks:?}");
        }
        assert!(go_together(("punctuation.question", "", true), ("question.last", "", false)));
        assert!(go_together(("polite.thanks", "", false), ("closing.phrase", "cheers,", true)));
        assert!(go_together(("punctuation.exclamation", "", false), ("closing.phrase", "cheers,", true)));
    }
}
