//! Data that is computed from one record and stored beside it, so that opening a store neither embeds nor compares
//! texts. One row holds what depends on the encoder, another what depends on the texts alone.
//!
//! Invariant: all vector rows were made by the encoder named in the store's note; each evidence row names the version
//! of the inducer that made it. Changing one leaves the rows of the other unchanged.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::edit::Alignment;
use crate::error::{Result, StoreError};
use crate::learning::{
    Comparison, Comparisons, Evidence, EvidenceItem, FeatureInducer, Inducer, Kept, Outcome,
};
use crate::search::{ItemWords, QuantizedVector};
use crate::signals::{Shift, Style, Surface};
use crate::store::{Batch, Payload, Stored, Table};
use crate::types::{Record, RecordId, RecordKind, Scope, Timestamp};

/// The data that depends on the encoder, and what the catalogue holds of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct VectorRow {
    pub(super) kind: RecordKind,
    pub(super) at: Timestamp,
    pub(super) scope: Scope,
    pub(super) vector: QuantizedVector,
    /// Vectors of the text's passages, and of the text together with its surroundings.
    pub(super) keys: Vec<QuantizedVector>,
    /// How the meaning moved from draft to final; present only if ranking by meaning was enabled.
    pub(super) shift: Option<Shift>,
}

/// The data that depends on the texts alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EvidenceRow {
    /// The version of the inducer.
    pub(super) inducer: u32,
    pub(super) evidence: Evidence,
    /// Comparisons between texts, such as draft and final.
    pub(super) pairs: Vec<Comparison>,
    /// The style of a text that was judged by itself, and how much it was liked.
    pub(super) judged: Option<(Style, f32)>,
    /// What the person did with the draft, if there was one.
    pub(super) outcome: Option<Outcome>,
    /// The form of the text whose vector represents the record.
    pub(super) surface: Surface,
}

/// Everything computed from one record: the rows stored beside it and its search terms.
pub(super) struct Derived {
    pub(super) vectors: VectorRow,
    pub(super) evidence: EvidenceRow,
    pub(super) words: ItemWords,
}

/// The two tables of evidence. One is in use; evidence of another version is written to the other, which is taken
/// into use once it is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum EvidenceTable {
    #[default]
    First,
    Second,
}

/// Name under which the [`EvidenceTable`] in use is stored; the first table if there is none.
pub(super) const EVIDENCE_IN_USE: &str = "evidence_in_use";

impl Stored for VectorRow {
    const VERSION: u8 = 1;
}

impl Stored for EvidenceRow {
    const VERSION: u8 = 4;

    fn read_earlier(version: u8, payload: Payload<'_>) -> Result<Self, StoreError> {
        match version {
            1 => payload.decode::<EarlierRow<Item1>>().map(Self::from),
            2 => payload.decode::<EarlierRow<Item2>>().map(Self::from),
            3 => payload.decode::<EarlierRow<EvidenceItem>>().map(Self::from),
            _ => Err(StoreError::Damaged { what: "evidence of a version that never was" }),
        }
    }
}

/// Evidence as earlier versions wrote it, whose items were others; nothing was known of the language.
#[derive(Serialize, Deserialize)]
struct EarlierRow<I> {
    inducer: u32,
    evidence: EarlierEvidence<I>,
    pairs: Vec<Comparison>,
    judged: Option<(Style, f32)>,
    outcome: Option<Outcome>,
    surface: Surface,
}

#[derive(Serialize, Deserialize)]
struct EarlierEvidence<I> {
    items: Vec<I>,
    kept: Kept,
    occasion: u64,
}

/// An item of version 1: nothing was known of what accounts for a change.
#[derive(Serialize, Deserialize)]
struct Item1 {
    feature: u16,
    subject: String,
    subject_hash: u64,
    change: f32,
    before: Option<f32>,
    after: Option<f32>,
    weight: f32,
}

/// An item of version 2: nothing was known of the words of a list that came or went.
#[derive(Serialize, Deserialize)]
struct Item2 {
    feature: u16,
    subject: String,
    subject_hash: u64,
    change: f32,
    left: f32,
    before: Option<f32>,
    after: Option<f32>,
    weight: f32,
}

impl From<Item1> for EvidenceItem {
    fn from(item: Item1) -> Self {
        let Item1 { feature, subject, subject_hash, change, before, after, weight } = item;
        Self::from(Item2 { feature, subject, subject_hash, change, left: change, before, after, weight })
    }
}

impl From<Item2> for EvidenceItem {
    fn from(item: Item2) -> Self {
        let Item2 { feature, subject, subject_hash, change, left, before, after, weight } = item;
        let words = Self::ANY_WORDS;
        Self { feature, subject, subject_hash, change, left, words, before, after, weight }
    }
}

impl<I: Into<EvidenceItem>> From<EarlierRow<I>> for EvidenceRow {
    fn from(row: EarlierRow<I>) -> Self {
        let EarlierRow { inducer, evidence, pairs, judged, outcome, surface } = row;
        let EarlierEvidence { items, kept, occasion } = evidence;
        let evidence =
            Evidence { items: items.into_iter().map(I::into).collect(), kept, occasion, language: 0 };
        Self { inducer, evidence, pairs, judged, outcome, surface }
    }
}

impl Stored for EvidenceTable {
    const VERSION: u8 = 1;
}

impl EvidenceTable {
    pub(super) fn table(self) -> Table {
        match self {
            Self::First => Table::Evidence,
            Self::Second => Table::OtherEvidence,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

impl Derived {
    /// Adds both rows to a batch; the evidence goes into each of `tables`.
    pub(super) fn put(
        &self,
        batch: &mut Batch,
        id: RecordId,
        tables: impl IntoIterator<Item = Table>,
    ) -> Result<()> {
        batch.put(Table::Vectors, id.0, &self.vectors)?;
        for table in tables {
            batch.put(table, id.0, &self.evidence)?;
        }
        Ok(())
    }
}

/// Changes evidence as another version of the inducer would; for tests.
#[cfg(any(test, feature = "internals"))]
pub(super) type ChangeEvidence = std::sync::Arc<dyn Fn(&mut Evidence) + Send + Sync>;

/// The inducer in use and its version.
pub(super) struct VersionedInducer {
    pub(super) version: u32,
    #[cfg(any(test, feature = "internals"))]
    pub(super) change: Option<ChangeEvidence>,
}

impl VersionedInducer {
    /// Computes a record's evidence and its comparisons. `texts` are the writer's own parts of its texts.
    pub(super) fn induce(&self, record: &Record, texts: &[&Document<'_>]) -> (Evidence, Comparisons) {
        let (evidence, comparisons) = FeatureInducer.induce_and_compare(record, texts);
        (self.changed(evidence), comparisons)
    }

    /// The same for an edit, from the alignment of the writer's own parts.
    pub(super) fn induce_edit(
        &self,
        record: &Record,
        alignment: &Alignment<'_, '_>,
    ) -> (Evidence, Comparisons) {
        let (evidence, comparisons) = FeatureInducer.induce_edit(record, alignment);
        (self.changed(evidence), comparisons)
    }

    #[cfg(any(test, feature = "internals"))]
    fn changed(&self, mut evidence: Evidence) -> Evidence {
        if let Some(change) = &self.change {
            change(&mut evidence);
        }
        evidence
    }

    #[cfg(not(any(test, feature = "internals")))]
    #[expect(clippy::unused_self, reason = "only tests change evidence")]
    fn changed(&self, evidence: Evidence) -> Evidence {
        evidence
    }
}

impl Default for VersionedInducer {
    fn default() -> Self {
        Self {
            version: FeatureInducer.version(),
            #[cfg(any(test, feature = "internals"))]
            change: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::EvidenceItem;
    use crate::store::golden;

    #[test]
    fn the_bytes_of_vectors_stay() {
        let vector = || golden::decoded(&[&(-0.25f32).to_le_bytes()[..], &[18, 3, 253], &[7; 16]].concat());
        let of_kind = |kind| VectorRow {
            kind,
            at: Timestamp(-1),
            scope: Scope::person(),
            vector: vector(),
            keys: vec![],
            shift: None,
        };
        let full = VectorRow {
            scope: Scope::app("mail"),
            keys: vec![vector()],
            shift: Some(golden::decoded(&[2, 253, 127])),
            ..of_kind(RecordKind::Edit)
        };
        let kinds = ["edit", "accept", "reject", "choice", "rating", "history"];
        let kinds = kinds.into_iter().zip(RecordKind::ALL.map(of_kind));
        golden::check("vectors", &kinds.chain([("full", full)]).collect::<Vec<_>>());
    }

    #[test]
    fn the_bytes_of_evidence_stay() {
        let plain = EvidenceRow {
            inducer: 1,
            evidence: Evidence::default(),
            pairs: vec![],
            judged: None,
            outcome: None,
            surface: golden::decoded(&[9; 48]),
        };
        let item = EvidenceItem {
            feature: 260,
            subject: "asap".to_owned(),
            subject_hash: 1 << 40,
            change: -1.5,
            left: -1.5,
            words: EvidenceItem::ANY_WORDS,
            before: Some(1.0),
            after: None,
            weight: 0.5,
        };
        let kept = golden::decoded(&[2, 1, 251, 232, 3]);
        let full = EvidenceRow {
            evidence: Evidence { items: vec![item], kept, occasion: 5, language: 0 },
            pairs: vec![Comparison { steps: vec![(3, 0.5), (9101, -2.0)], weight: 1.0 }],
            judged: Some((golden::decoded(&[1, 3, 0, 0, 0, 63]), -1.0)),
            outcome: Some(Outcome { applied: true, changed: 0.25 }),
            ..plain.clone()
        };
        let mut accounted = full.clone();
        accounted.evidence.items[0].left = 0.5;
        let mut listed = accounted.clone();
        listed.evidence.items[0].words = 0b101;
        let rows = [("plain", plain), ("full", full), ("accounted", accounted), ("listed", listed)];
        golden::check("evidence", &rows);
        let tables = [("first", EvidenceTable::First), ("second", EvidenceTable::Second)];
        golden::check("evidence_in_use", &tables);
    }
}
