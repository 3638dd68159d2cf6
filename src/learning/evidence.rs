//! Evidence: what one record says about what the person prefers.
//!
//! Invariant: evidence is a pure function of its record and the inducer's version. What is made of it is left
//! to `learner`.

use serde::{Deserialize, Serialize};

use crate::learning::kept::Kept;
use crate::signals::features::{Feature, id};
#[cfg(any(test, feature = "internals"))]
use crate::types::Record;

/// What one record says, feature by feature.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The items, ordered by feature and subject.
    pub items: Vec<EvidenceItem>,
    /// The words that the person let stand.
    pub kept: Kept,
    /// Hash of what happened: of records of one scope that have the same, the last counts alone, since a report that
    /// comes twice is one occasion. 0 where it is not known.
    pub occasion: u64,
    /// Of a text that the person wrote without a draft the number of its language; 0 of all other records, and where
    /// nothing is known of the language.
    pub language: u16,
}

/// One signed observation of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// Id of the feature.
    pub feature: u16,
    /// The word or phrase; empty where the feature has none, or where only its hash is known.
    pub subject: String,
    /// Hash of the subject, 0 for none.
    pub subject_hash: u64,
    /// Signed change in steps of the feature's scale: above 0 the person wants more of it; 0 where they left
    /// it alone.
    pub change: f32,
    /// What of it is left where words, phrases and blocks of text that have items of their own are undone, too.
    pub left: f32,
    /// Which words of the feature's lists came or went, each a bit by its hash; [`ANY_WORDS`](Self::ANY_WORDS) where that
    /// is not known, or the feature has no list.
    pub words: u8,
    /// Value in the draft, in the feature's unit; `None` where there was no draft or no occasion. An item with
    /// a value after but none before is a level only: it says nothing about a change.
    pub before: Option<f32>,
    /// Value in the text the person kept; `None` likewise.
    pub after: Option<f32>,
    /// How much the item counts, above 0 to 1.
    pub weight: f32,
}

impl EvidenceItem {
    /// As if all words of a list had come or gone.
    pub const ANY_WORDS: u8 = u8::MAX;

    /// Whether only a level is known, and nothing about a change.
    pub(crate) fn is_level_only(&self) -> bool {
        self.change == 0.0 && self.before.is_none()
    }

    /// Whether the person changed something, as against leaving it alone or confirming it.
    fn is_change(&self) -> bool {
        self.change != 0.0 && (self.before.is_none() || self.before != self.after)
    }
}

/// Turns records into evidence.
pub trait Inducer: Send + Sync {
    /// Changes whenever the same record would give other evidence; stored evidence of another version is
    /// computed again.
    fn version(&self) -> u32;

    /// The evidence of one record; deterministic.
    #[cfg(any(test, feature = "internals"))]
    fn induce(&self, record: &Record) -> Evidence;
}

/// At most so many notes.
const MOST_NOTES: usize = 8;

impl Evidence {
    /// One short phrase per item that matters, strongest first, for showing to the person: "fewer words
    /// (92 to 58)", in the language of a locale.
    pub fn notes(&self, locale: Option<&str>) -> Vec<String> {
        let has = |feature: u16| {
            self.items.iter().any(|item| item.feature == feature && item.is_change() && item.change > 0.0)
        };
        let mut told: Vec<(f32, &EvidenceItem, &Feature)> = self
            .items
            .iter()
            .filter(|item| item.is_change())
            .filter_map(|item| Feature::by_id(item.feature).map(|feature| (item, feature)))
            .filter(|(item, feature)| !feature.has_subject || !item.subject.is_empty())
            .filter(|(item, _)| match item.feature {
                id::GREETING => !has(id::GREETING_PHRASE),
                id::CLOSING => !has(id::CLOSING_PHRASE),
                // The other phrase, which took its place, says it.
                id::GREETING_PHRASE | id::CLOSING_PHRASE => item.change > 0.0,
                _ => true,
            })
            .map(|(item, feature)| (item.change.abs() * item.weight, item, feature))
            .collect();
        told.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut kin = Vec::new();
        told.retain(|(_, item, feature)| {
            let key = (feature.kin, item.change > 0.0);
            let repeats = feature.kin != 0 && kin.contains(&key);
            kin.push(key);
            !repeats
        });
        told.into_iter()
            .take(MOST_NOTES)
            .map(|(_, item, feature)| {
                feature.note(&item.subject, item.change, item.before, item.after, locale)
            })
            .collect()
    }
}
