//! The bytes of what is stored stay.

use crate::store::{Table, codec};
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

/// The bytes of each kind of record, as they came with format 1 and 2. A change here is a change of format: raise
/// [`FORMAT`](crate::store::FORMAT) and read all.
#[test]
fn the_bytes_of_each_format_stay() {
    let keyed = Signal::Keyed {
        text: "t".into(),
        granularity: Granularity::Sentence,
        keys: vec![Key::Text("k".into()), Key::Vector(vec![0.5])],
    };
    check([keyed], include_str!("golden_v2.txt"));
    let signals = [
        Signal::Edit { draft: "d".into(), edited: "e".into() },
        Signal::Accept { text: "t".into() },
        Signal::Reject { text: "t".into() },
        Signal::Choice { candidates: vec!["a".into(), "b".into()], chosen: 1 },
        Signal::Rating { text: "t".into(), rating: -1.0 },
        Signal::History { text: "t".into() },
    ];
    check(signals, include_str!("golden_v1.txt"));
}

fn check<const N: usize>(signals: [Signal; N], golden: &str) {
    assert_eq!(golden.lines().count(), signals.len());
    for (signal, line) in signals.into_iter().zip(golden.lines()) {
        let record = record(signal);
        let frame = codec::seal(Table::Records.tag(), 9, &record).unwrap();
        let hex: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.concat(), line, "{:?}", record.signal);
        let read: Record = codec::open(Table::Records.tag(), 9, &frame).unwrap();
        assert_eq!(read, record);
    }
}
