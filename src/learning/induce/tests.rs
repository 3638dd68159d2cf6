use super::*;
use crate::types::AppliedPreference;
use crate::types::{Scope, Timestamp};

fn item(applied: (u16, i8), subject: &str, draft: &str, edited: &str) -> Option<EvidenceItem> {
    let (feature, direction) = applied;
    let subject = subject_hash(subject);
    let record = Record {
        at: Timestamp(0),
        scope: Scope::person(),
        context: "c".into(),
        signal: Signal::Edit { draft: draft.into(), edited: edited.into() },
        strength: 1.0,
        reason: String::new(),
        applied: vec![AppliedPreference { feature, subject, direction }],
        supplied: None,
    };
    let items = FeatureInducer.induce(&record).items;
    items.into_iter().find(|item| (item.feature, item.subject_hash) == (feature, subject))
}

#[test]
fn what_was_undone_is_not_confirmed() {
    let change = |applied, subject: &str, draft: &str, edited: &str| {
        item(applied, subject, draft, edited).map(|item| item.change)
    };
    let short = "The hall is shut on Monday. Bring your own chairs.";
    let long = "The hall is shut on Monday. The Oslo office is open. Ann has the key of 12 Elm Road. Bring \
                your own chairs. Call Tom before 5 May. The bus leaves at 9:30 from Pier 4.";
    assert_eq!(change((id::SENTENCES, -1), "", short, short), Some(-change::CONFIRMED));
    assert!(change((id::SENTENCES, -1), "", short, long).is_some_and(|change| change > 0.0));
    // Removing a sign-off does not reduce the number of sentences.
    let signed = format!("{short}\n\nBest regards,\nAlex");
    assert_eq!(change((id::SENTENCES, -1), "", &signed, short), Some(-change::CONFIRMED));
    let (full, contracted) = ("It is late. We do not know.", "It's late. We don't know.");
    let contractions = 401;
    assert_eq!(change((contractions, 1), "", contracted, full), Some(0.0));
    assert_eq!(change((contractions, 1), "", contracted, contracted), Some(change::CONFIRMED));
    let (with, without) = ("It is perhaps late for all of us.", "It is late for all of us.");
    assert_eq!(change((id::PHRASE, -1), "perhaps", without, with), Some(0.0));
    assert_eq!(change((id::PHRASE, -1), "perhaps", without, without), None);
    assert_eq!(change((id::PHRASE, -1), "perhaps", with, without), Some(-change::PHRASE));
}

#[test]
fn the_more_a_person_does_the_more_it_counts() {
    let contractions = 401;
    let (full, contracted) = ("It is late. We do not know.", "It's late. We don't know.");
    let evidence = |signal: Signal, direction: i8| {
        let applied = match direction {
            0 => Vec::new(),
            _ => vec![AppliedPreference { feature: contractions, subject: 0, direction }],
        };
        let record = Record {
            at: Timestamp(0),
            scope: Scope::person(),
            context: "c".into(),
            signal,
            strength: 1.0,
            reason: String::new(),
            applied,
            supplied: None,
        };
        let items = FeatureInducer.induce(&record).items;
        let item = items.into_iter().find(|item| item.feature == contractions).expect("evidence");
        assert!(item.change > 0.0);
        (item.weight, item.change * item.weight)
    };
    let edit = |draft: &str| Signal::Edit { draft: draft.into(), edited: contracted.into() };
    let choice =
        |other: &str| Signal::Choice { candidates: vec![other.into(), contracted.into()], chosen: 1 };
    let reject = evidence(Signal::Reject { text: full.into() }, -1);
    let accept = evidence(Signal::Accept { text: contracted.into() }, 1);
    let rating = evidence(Signal::Rating { text: contracted.into(), rating: 1.0 }, 1);
    // First done by the person, then confirmed by them.
    let done = [evidence(edit(full), 0), evidence(choice(full), 0), reject, accept];
    let confirmed = [evidence(edit(contracted), 1), evidence(choice(contracted), 1), reject, accept];
    for order in [done, confirmed] {
        assert!(order.windows(2).all(|two| two[0].0 > two[1].0 && two[0].1 > two[1].1), "{order:?}");
    }
    assert_eq!(rating, accept);
}

#[test]
fn a_share_of_marks_does_not_move_with_the_rest() {
    let draft = "We won! The match was long. The rain was cold. The road home was dark. All slept.";
    let found = item((id::EXCLAMATION, 0), "", draft, "We won! The match was long.");
    assert_eq!(found.map(|item| item.change), Some(0.0));
    let found = item((id::EXCLAMATION, 0), "", "- We won!\n- All slept!", "- We won.\n- All slept.");
    assert!(found.is_some_and(|item| item.change < 0.0));
}

#[test]
fn a_text_is_read_once_however_many_phrases_were_applied() {
    let text = "We perhaps take the train of the morning to the bridge. ".repeat(400);
    let time = |applied: u64| {
        let phrase = |subject| AppliedPreference { feature: id::PHRASE, subject, direction: -1 };
        let record = Record {
            at: Timestamp(0),
            scope: Scope::person(),
            context: "c".into(),
            signal: Signal::Edit { draft: text.clone(), edited: text.replacen("train", "bus", 1) },
            strength: 1.0,
            reason: String::new(),
            applied: (1..=applied).map(phrase).collect(),
            supplied: None,
        };
        let once = || {
            let start = std::time::Instant::now();
            FeatureInducer.induce(&record);
            start.elapsed()
        };
        (0..3).map(|_| once()).min().expect("a time")
    };
    assert!(time(500) < 20 * time(1));
}
