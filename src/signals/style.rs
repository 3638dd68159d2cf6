//! The style of a text: its coordinates on every axis that candidates are compared on, which are the features without
//! a subject and the axes of `prose`.
//!
//! Invariant: coordinates are in steps of natural variation, so that the weights of all axes are comparable. An axis
//! that is missing in either of two texts contributes nothing to their comparison.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::document::Document;
#[cfg(any(test, feature = "internals"))]
use crate::document::own_text;
use crate::language::Language;
use crate::signals::features::{FEATURES, Feature, Measured};
use crate::signals::tuning::style::STEPS_MAX;
use crate::signals::{axes, prose};

/// The coordinates of one text by axis id, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Style(Vec<(u16, f32)>);

impl Style {
    /// The style of a text; of a message, of the writer's own part.
    #[cfg(any(test, feature = "internals"))]
    pub fn of(text: &str) -> Self {
        let own = own_text(text);
        let document = Document::read(&own, None);
        Self::of_document(&document, &Measured::of(&document))
    }

    /// The mean of several texts on each axis that any of them has.
    pub(crate) fn mean<'a>(styles: impl IntoIterator<Item = &'a Self>) -> Self {
        let places = &**PLACES;
        let mut sums = [(0.0, 0.0); PLACES_MAX];
        for (id, value) in styles.into_iter().flat_map(|style| &style.0) {
            let sum: &mut (f32, f32) = &mut sums[usize::from(place(places, *id))];
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        let held = AXES.iter().zip(sums).filter(|(_, (_, texts))| *texts > 0.0);
        Self(held.map(|(id, (sum, texts))| (*id, sum / texts)).collect())
    }

    /// Adds coordinates on further axes, whose ids must be above all existing ones.
    pub(crate) fn with(mut self, places: Vec<(u16, f32)>) -> Self {
        self.0.extend(places);
        self
    }

    pub(crate) fn of_document(document: &Document<'_>, measured: &Measured) -> Self {
        let mut places = Vec::with_capacity(FEATURES.len() + prose::AXES.len());
        let measured = measured.values().filter(|(feature, _)| !feature.has_subject);
        places.extend(measured.map(|(feature, value)| (feature.id, feature.on_axis(value) / feature.scale)));
        if document.words > 0 {
            places.extend(prose::AXES.iter().map(|axis| axis.id).zip(prose::places(document)));
        }
        Self(places)
    }

    /// The difference from another text to this one in steps, by axis id, ascending; axes without a difference are
    /// omitted.
    pub fn since(&self, other: &Self) -> Vec<(u16, f32)> {
        let mut steps = Vec::with_capacity(self.0.len());
        let mut theirs = other.0.iter().peekable();
        for (id, place) in &self.0 {
            while theirs.next_if(|(other, _)| other < id).is_some() {}
            if let Some((_, from)) = theirs.next_if(|(other, _)| other == id) {
                let step = (place - from).clamp(-STEPS_MAX, STEPS_MAX);
                if step != 0.0 {
                    steps.push((*id, step));
                }
            }
        }
        steps
    }
}

/// The number of values that a position has.
pub(crate) const PLACES_MAX: usize = 1 << u8::BITS;
/// The position of an id that is not an axis.
pub(crate) const NO_AXIS: u8 = u8::MAX;

/// The ids of all axes, ascending.
pub(crate) static AXES: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut ids: Vec<u16> = named().chain(axes::ids()).collect();
    ids.sort_unstable();
    ids
});

/// The position in [`AXES`] of each id, or [`NO_AXIS`].
pub(crate) static PLACES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut places = vec![NO_AXIS; AXES.last().map_or(0, |last| usize::from(*last) + 1)];
    for (place, id) in AXES.iter().enumerate() {
        places[usize::from(*id)] = place as u8;
    }
    places
});

/// The ids of the axes that have a name.
fn named() -> impl Iterator<Item = u16> {
    let features = FEATURES.iter().filter(|feature| !feature.has_subject).map(|feature| feature.id);
    features.chain(prose::AXES.iter().map(|axis| axis.id))
}

/// The position of an axis in [`AXES`], looked up in [`PLACES`].
pub(crate) fn place(places: &[u8], id: u16) -> u8 {
    places.get(usize::from(id)).copied().unwrap_or(NO_AXIS)
}

/// A note for a change along an axis in one direction: "fewer words", "stock phrases"; in the language of a locale.
pub(crate) fn note(id: u16, more: bool, locale: Option<&str>) -> String {
    let language = Language::of_statements(locale);
    let say = |name: &str| {
        let saying = language.saying(name);
        if more { saying.more.note } else { saying.less.note }.to_owned()
    };
    match (Feature::by_id(id), prose::AXES.iter().any(|axis| axis.id == id), axes::number(id)) {
        (Some(feature), ..) => say(feature.name),
        (None, true, _) => say(&format!("prose.{id}")),
        (None, false, Some(number)) => say("axis").replace("{number}", &number.to_string()),
        (None, false, None) => String::new(),
    }
}
