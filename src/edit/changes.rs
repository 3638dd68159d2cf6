//! The words that an edit changed, for showing why a preference is held.
//!
//! Invariant: computed from the two texts whenever asked for, and never kept. What the changes teach is left to
//! `induce`, telling content and corrections from style to `alignment`.

use crate::document::{Document, fold, is_word, words};
use crate::edit::alignment::{Alignment, ChangeKind};
use crate::edit::tuning::bearing;
use crate::signals::features::{Feature, Measured, id, split_swap};
use crate::types::{Direction, PreferenceKey};

/// One place where an edit changed words.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WordChange {
    /// What stood in the draft, as it was written; empty where words were only added.
    pub removed: String,
    /// What stands in the final; empty where words were only taken out.
    pub inserted: String,
    /// What the change is about.
    pub kind: ChangeKind,
    /// Whether this change alone moves the draft the way of the preference that is explained.
    pub bears: bool,
}

crate::types::debug_without_text!(WordChange, "WordChange", shown: [kind, bears], hidden: [removed, inserted]);

/// Most changes that are told of one edit.
const MOST_CHANGES: usize = 64;

/// Bytes of text that are measured to tell which changes bear on a preference.
const MOST_MEASURED: usize = 1 << 24;

/// The words that turn `before` into `after`, in their order, 64 places at most, and which of them bear on `about`. Of a
/// preference in free text (`None`) every change of style does.
pub(crate) fn changed_words(
    before: &Document<'_>,
    after: &Document<'_>,
    about: Option<&PreferenceKey>,
) -> Vec<WordChange> {
    let (draft, edited) = (before.text, after.text);
    let alignment = Alignment::new(before, after);
    let whole = Measured::of(before);
    let mut left = MOST_MEASURED;
    let mut steps = Vec::new();
    let mut changes = Vec::new();
    for (removed, inserted, kind) in alignment.changes().take(MOST_CHANGES) {
        let bytes = draft.len() + inserted.len();
        steps.push(about.filter(|_| bytes <= left).map_or(0.0, |key| {
            left -= bytes;
            let end = removed.end;
            let alone = [&draft[..removed.start], &edited[inserted.clone()], &draft[end..]].concat();
            step(key, &whole, &Measured::of(&Document::new(&alone, before.language)))
        }));
        changes.push(WordChange {
            removed: draft[removed].to_owned(),
            inserted: edited[inserted].to_owned(),
            kind,
            bears: about.is_none() && kind == ChangeKind::Style,
        });
    }
    let most = steps.iter().copied().fold(0.0, f32::max);
    for (change, step) in changes.iter_mut().zip(steps) {
        if let Some(key) = about {
            // What several changes bring about together, a phrase say, is none of theirs alone.
            change.bears = if most > 0.0 { step >= bearing::SHARE * most } else { mentions(key, change) };
            // A word of content for another that comes back is a liking for the word.
            if change.bears && !key.subject.is_empty() {
                change.kind = ChangeKind::Style;
            }
        }
    }
    changes
}

/// How far one text lies the way of a preference from another, in the feature's steps.
fn step(key: &PreferenceKey, from: &Measured, to: &Measured) -> f32 {
    let Some(feature) = Feature::by_id(key.feature) else { return 0.0 };
    let place = |measured: &Measured| {
        if feature.has_subject {
            return measured.agreement(key, None);
        }
        let sign = if key.direction == Direction::More { 1.0 } else { -1.0 };
        measured.value(key.feature).map(|value| sign * feature.on_axis(value) / feature.scale)
    };
    match (place(from), place(to)) {
        (Some(from), Some(to)) => to - from,
        // The occasion came, or went, with the change.
        (None, Some(place)) => f32::from(place > 0.0),
        (Some(place), None) => f32::from(place < 0.0),
        (None, None) => 0.0,
    }
}

/// Whether a word of the preference's subject is among those that changed.
fn mentions(key: &PreferenceKey, change: &WordChange) -> bool {
    let words = |text: &str| -> Vec<String> {
        words(text).into_iter().filter(|word| is_word(word)).map(|word| fold(word).into_owned()).collect()
    };
    let subject = match (key.feature, split_swap(&key.subject)) {
        (id::SWAP, Some((to, from))) => [words(to), words(from)].concat(),
        _ => words(&key.subject),
    };
    words(&change.removed).iter().chain(&words(&change.inserted)).any(|word| subject.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn changed_words(draft: &str, edited: &str, about: Option<&PreferenceKey>) -> Vec<WordChange> {
        super::changed_words(
            &Document::new(draft, Language::english()),
            &Document::new(edited, Language::english()),
            about,
        )
    }

    fn key(name: &str, subject: &str, direction: Direction) -> PreferenceKey {
        let feature = crate::signals::FEATURES.iter().find(|feature| feature.name == name);
        PreferenceKey { feature: feature.expect("a feature").id, subject: subject.to_owned(), direction }
    }

    #[test]
    fn a_swap_that_is_taught_is_style() {
        let (draft, edited) =
            ("The big hall is blue. It is near Rome.", "The large hall is green. It is near Oslo.");
        let kinds = |about: Option<&PreferenceKey>| -> Vec<(ChangeKind, bool)> {
            changed_words(draft, edited, about).iter().map(|change| (change.kind, change.bears)).collect()
        };
        let content = (ChangeKind::Content, false);
        assert_eq!(kinds(None), [content; 3]);
        let swap = key("choice.swap", "big<-large", Direction::Less);
        assert_eq!(kinds(Some(&swap)), [(ChangeKind::Style, true), content, content]);
    }

    fn told(changes: &[WordChange]) -> Vec<(&str, &str, ChangeKind, bool)> {
        changes.iter().map(|c| (c.removed.as_str(), c.inserted.as_str(), c.kind, c.bears)).collect()
    }

    const DRAFT: &str = "We do not utilize the hall. The review is with John on 3 May. They recieved it.";
    const FINAL: &str = "We don't use the hall. The review is with Maria on 3 May. They received it.";

    #[test]
    fn each_change_has_its_words_and_its_kind() {
        use ChangeKind::{Content, Correction, Style};
        let contractions = key("contractions", "", Direction::More);
        let changes = changed_words(DRAFT, FINAL, Some(&contractions));
        assert_eq!(
            told(&changes),
            [
                ("do not utilize", "don't use", Style, true),
                ("John", "Maria", Content, false),
                ("recieved", "received", Correction, false),
            ]
        );
        let free = changed_words(DRAFT, FINAL, None);
        assert_eq!(free.iter().map(|change| change.bears).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn only_what_moves_the_text_that_way_bears_on_a_preference() {
        let draft = "I hope all is well! The report is late, and we will send it on Monday.";
        let edited = "The report is late. We'll send it on Monday.";
        let of = |key: &PreferenceKey| {
            let changes = changed_words(draft, edited, Some(key));
            changes.iter().filter(|c| c.bears).map(|c| c.removed.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&key("punctuation.exclamation", "", Direction::Less)), ["I hope all is well!"]);
        assert_eq!(of(&key("contractions", "", Direction::More)), [", and we will"]);
        assert!(of(&key("punctuation.exclamation", "", Direction::More)).is_empty());
    }

    #[test]
    fn a_phrase_is_found_by_its_words() {
        let draft = "Dear Ann,\n\nwe utilize it.\n\nKind regards,\nTom";
        let edited = "Dear Ann,\n\nwe use it.\n\nCheers,\nTom";
        let bearing = |key: &PreferenceKey| {
            let changes = changed_words(draft, edited, Some(key));
            changes.into_iter().filter(|c| c.bears).map(|c| (c.removed, c.inserted)).collect::<Vec<_>>()
        };
        let swap = key("choice.swap", "use<-utilize", Direction::More);
        assert_eq!(bearing(&swap), [("utilize".to_owned(), "use".to_owned())]);
        let closing = key("closing.phrase", "cheers,", Direction::More);
        assert_eq!(bearing(&closing), [("Kind regards".to_owned(), "Cheers".to_owned())]);
    }

    #[test]
    fn odd_texts_change_nothing_or_everything() {
        assert_eq!(changed_words("", "", None), []);
        assert_eq!(changed_words("same", "same", None), []);
        assert_eq!(told(&changed_words("", "new words", None))[0].1, "new words");
        for (draft, edited) in
            [("一二三。", "一二。"), ("مرحبا بك", "مرحبا"), (">", "> a\n-- \nb"), ("...", "!")]
        {
            let about = key("length.words", "", Direction::Less);
            let _ = changed_words(draft, edited, Some(&about));
        }
        let many: String = (0..500).map(|at| format!("a{at}")).collect::<Vec<_>>().join(" b ");
        let other: String = (0..500).map(|at| format!("c{at}")).collect::<Vec<_>>().join(" b ");
        assert_eq!(changed_words(&many, &other, None).len(), MOST_CHANGES);
    }
}
