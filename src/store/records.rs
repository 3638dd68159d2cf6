//! Golden bytes of records and tags.

use crate::store::golden;
use crate::types::{AppliedPreference, Granularity, Key, Record, Scope, Signal, Timestamp};

fn record(signal: Signal) -> Record {
    Record {
        at: Timestamp(1_767_225_600_000),
        scope: Scope::app("mail").task("reply"),
        context: "c".into(),
        signal,
        strength: 0.5,
        reason: "r".into(),
        applied: vec![AppliedPreference { feature: 260, subject: 3, direction: -1 }],
        supplied: Some(vec![0.5, -0.5]),
    }
}

#[test]
fn the_encoding_of_records_is_stable() {
    let signals = [
        ("edit", Signal::Edit { draft: "d".into(), edited: "e".into() }),
        ("accept", Signal::Accept { text: "t".into() }),
        ("reject", Signal::Reject { text: "t".into() }),
        ("choice", Signal::Choice { candidates: vec!["a".into(), "b".into()], chosen: 1 }),
        ("rating", Signal::Rating { text: "t".into(), rating: -1.0 }),
        ("history", Signal::History { text: "t".into() }),
    ];
    let keyed = [
        ("keyed_document", Granularity::Document, vec![]),
        ("keyed_passage", Granularity::Passage, vec![Key::Text("k".into())]),
        ("keyed_sentence", Granularity::Sentence, vec![Key::Text("k".into()), Key::Vector(vec![0.5])]),
    ];
    let keyed =
        keyed.map(|(name, granularity, keys)| (name, Signal::Keyed { text: "t".into(), granularity, keys }));
    let mut records: Vec<(&str, Record)> =
        signals.into_iter().chain(keyed).map(|(name, signal)| (name, record(signal))).collect();
    let scope = Scope { audience: Some("a".into()), locale: Some("en-GB".into()), ..Scope::person() };
    let plain =
        Record { scope, applied: vec![], supplied: None, ..record(Signal::Accept { text: "t".into() }) };
    records.push(("plain", plain));
    golden::check("record", &records);
    golden::check("tags", &[("none", vec![]), ("two", vec!["a".to_owned(), "b".to_owned()])]);
}
