//! The evidence of a fixed corpus. A change to what is learned from a record must raise the inducer's version;
//! otherwise evidence from before and after the change would be mixed in existing stores.

use serde::Deserialize;

use crate::engine::derived::{EvidenceRow, VersionedInducer};
use crate::engine::texts::{OwnParts, Texts};
use crate::hash::stable_hash;
use crate::types::{AppliedPreference, Record, Scope, Signal, Timestamp};

/// A record of `tests/data/evidence_corpus.jsonl`; fields that do not apply to its kind are absent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    context: String,
    #[serde(default)]
    draft: String,
    #[serde(default)]
    edited: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    candidates: Vec<String>,
    #[serde(default)]
    chosen: u32,
    #[serde(default)]
    rating: f32,
    #[serde(default)]
    applied: Vec<(u16, u64, i8)>,
    #[serde(default)]
    reason: String,
    strength: Option<f32>,
}

impl Line {
    fn record(self) -> Record {
        let Self { text, .. } = self;
        let applied = |(feature, subject, direction)| AppliedPreference { feature, subject, direction };
        Record {
            at: Timestamp(1_767_225_600_000),
            scope: Scope::person(),
            context: self.context,
            signal: match self.kind.as_str() {
                "edit" => Signal::Edit { draft: self.draft, edited: self.edited },
                "accept" => Signal::Accept { text },
                "reject" => Signal::Reject { text },
                "choice" => Signal::Choice { candidates: self.candidates, chosen: self.chosen },
                "rating" => Signal::Rating { text, rating: self.rating },
                "history" => Signal::History { text },
                other => panic!("a kind {other}"),
            },
            strength: self.strength.unwrap_or(1.0),
            reason: self.reason,
            applied: self.applied.into_iter().map(applied).collect(),
            supplied: None,
        }
    }
}

/// Numbers rounded to four decimal places: the last bits of a logarithm differ between systems.
fn rounded(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Number(number) if number.is_f64() => format!("{:.4}", number.as_f64().unwrap()),
        Value::Array(values) => values.iter().map(|value| rounded(value) + ",").collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(name, value)| name.clone() + &rounded(value) + ";").collect();
            fields.sort_unstable();
            fields.concat()
        }
        other => other.to_string(),
    }
}

#[test]
fn evidence_changes_only_with_the_inducer_s_version() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/evidence_corpus");
    let corpus = std::fs::read_to_string(format!("{data}.jsonl")).unwrap();
    let inducer = VersionedInducer::default();
    let rows: Vec<String> = corpus
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).unwrap().record())
        .map(|record| {
            EvidenceRow::of(&record, &Texts::of(&record, &OwnParts::of(&record.signal)), &inducer).0
        })
        // The version is not part of the evidence.
        .map(|row| rounded(&serde_json::to_value(EvidenceRow { inducer: 0, ..row }).unwrap()))
        .collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    let rows: Vec<&[u8]> = rows.iter().map(String::as_bytes).collect();
    let found = format!("version {} evidence {:016x}\n", inducer.version, stable_hash(&rows));
    let recorded = std::fs::read_to_string(format!("{data}.txt")).unwrap_or_default();
    assert_eq!(
        recorded, found,
        "The evidence of the corpus is not what was recorded with this version of the inducer. Where evidence was to \
         change, raise the version in `FeatureInducer::version` (once between two releases), and write the line that \
         was found to tests/data/evidence_corpus.txt; stores then derive theirs anew. Else the change is a mistake."
    );
}
