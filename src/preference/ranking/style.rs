//! Where a text lies on every axis that candidates are compared by: the features that need no subject, and the
//! axes of `prose`.
//!
//! Invariant: places are in steps of natural variation, so that weights of all axes can be held against each other;
//! an axis without a place in either of two texts tells nothing between them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::preference::feature::{FEATURES, Feature, Measured, Page};
use crate::preference::ranking::{axes, prose};
use crate::text::own_text;

/// Differences of more steps than this count as this: one odd text does not decide a weight.
pub(super) const LARGEST: f32 = 3.0;

/// The places of one text, by id of the axis, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Style(Vec<(u16, f32)>);

impl Style {
    /// Of a text; of a message, the writer's own part.
    pub fn of(text: &str) -> Self {
        let own = own_text(text);
        let page = Page::new(&own);
        Self::of_page(&page, &Measured::of(&page))
    }

    /// The mean place of several texts on each axis where any has one.
    pub(super) fn mean<'a>(styles: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sums: BTreeMap<u16, (f32, f32)> = BTreeMap::new();
        for (id, place) in styles.into_iter().flat_map(|style| &style.0) {
            let sum = sums.entry(*id).or_default();
            *sum = (sum.0 + place, sum.1 + 1.0);
        }
        Self(sums.into_iter().map(|(id, (sum, texts))| (id, sum / texts)).collect())
    }

    /// With places on further axes, whose ids lie above all that there are.
    pub(super) fn with(mut self, places: Vec<(u16, f32)>) -> Self {
        self.0.extend(places);
        self
    }

    pub(crate) fn of_page(page: &Page<'_>, measured: &Measured) -> Self {
        let mut places = Vec::with_capacity(FEATURES.len() + prose::AXES.len());
        for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
            if let Some(value) = measured.value(feature.id) {
                places.push((feature.id, feature.on_axis(value) / feature.scale));
            }
        }
        if page.words > 0 {
            places.extend(prose::AXES.iter().map(|axis| axis.id).zip(prose::places(page)));
        }
        Self(places)
    }

    /// The steps from another text to this one, by id of the axis, ascending; what does not differ is left out.
    pub fn since(&self, other: &Self) -> Vec<(u16, f32)> {
        let mut steps = Vec::new();
        let mut theirs = other.0.iter().peekable();
        for (id, place) in &self.0 {
            while theirs.next_if(|(other, _)| other < id).is_some() {}
            if let Some((_, from)) = theirs.next_if(|(other, _)| other == id) {
                let step = (place - from).clamp(-LARGEST, LARGEST);
                if step != 0.0 {
                    steps.push((*id, step));
                }
            }
        }
        steps
    }
}

/// The ids of the axes of style.
pub(super) fn axes() -> impl Iterator<Item = u16> {
    let features = FEATURES.iter().filter(|feature| !feature.has_subject).map(|feature| feature.id);
    features.chain(prose::AXES.iter().map(|axis| axis.id))
}

/// What an axis is called, with the sign of the direction: "fewer words", "stock phrases".
pub(super) fn note(id: u16, more: bool) -> String {
    match (Feature::by_id(id), prose::AXES.iter().find(|axis| axis.id == id)) {
        (Some(feature), _) => if more { feature.more.note } else { feature.less.note }.to_owned(),
        (None, Some(axis)) if more => format!("more {}", axis.more),
        (None, Some(axis)) => format!("less {}", axis.more),
        (None, None) => axes::note(id, more).unwrap_or_default(),
    }
}
