//! Where a text lies on every axis that candidates are compared by: the features that need no subject, and the
//! axes of `prose`.
//!
//! Invariant: places are in steps of natural variation, so that weights of all axes can be held against each other;
//! an axis without a place in either of two texts tells nothing between them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::document::Document;
#[cfg(any(test, feature = "internals"))]
use crate::document::own_text;
use crate::language::Language;
use crate::signals::features::{FEATURES, Feature, Measured};
use crate::signals::tuning::style::STEPS_MAX;
use crate::signals::{axes, prose};

/// The places of one text, by id of the axis, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Style(Vec<(u16, f32)>);

impl Style {
    /// Of a text; of a message, the writer's own part.
    #[cfg(any(test, feature = "internals"))]
    pub fn of(text: &str) -> Self {
        let own = own_text(text);
        let document = Document::read(&own, None);
        Self::of_document(&document, &Measured::of(&document))
    }

    /// The mean place of several texts on each axis where any has one.
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

    /// With places on further axes, whose ids lie above all that there are.
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

    /// The steps from another text to this one, by id of the axis, ascending; what does not differ is left out.
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

/// The places that there may be.
pub(crate) const PLACES_MAX: usize = 1 << u8::BITS;
/// The place of what is no axis.
pub(crate) const NO_AXIS: u8 = u8::MAX;

/// The ids of all axes, ascending.
pub(crate) static AXES: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut ids: Vec<u16> = named().chain(axes::ids()).collect();
    ids.sort_unstable();
    ids
});

/// The place of each id in [`AXES`]; of what is no axis, [`NO_AXIS`].
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

/// The place of an axis in [`AXES`], by the [`PLACES`].
pub(crate) fn place(places: &[u8], id: u16) -> u8 {
    places.get(usize::from(id)).copied().unwrap_or(NO_AXIS)
}

/// What an axis is called, with the sign of the direction: "fewer words", "stock phrases"; in the language of a locale.
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
