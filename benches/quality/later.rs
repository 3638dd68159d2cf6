//! What is stated of a person after some of their texts, held against their later ones.
//!
//! Invariant: the later texts are never shown to the engine, and whether a statement holds in one is counted by
//! [`crate::counts`]. A statement that cannot be counted is kept without outcomes, so that its number can be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use idiolect::{HistoryItem, Observation, Preference, Request, Scope, Timestamp};

use crate::counts::{holds_in_edit, holds_in_text};
use crate::encode::Encoder;
use crate::engine::{DAY, Fallible, NOW, Opened, open};
use crate::instructions::{self, Instruction};

/// Later texts a person's statements are held against, at most.
const LATER: usize = 30;

/// One text of a person, with the draft that it was made from.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) context: String,
    pub(crate) draft: String,
    pub(crate) text: String,
    pub(crate) scope: Scope,
}

/// How the engine gets the texts, and what a statement is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// As edits; the later ones are edits too.
    Edits,
    /// As edits; the later ones are texts alone.
    EditsForTexts,
    /// As accepted texts.
    Accepts,
    /// As history.
    History,
}

/// A statement, and whether it held in later texts.
pub(crate) struct Stated {
    pub(crate) text: String,
    /// `None`: not understood.
    pub(crate) read: Option<Instruction>,
    /// From the list; otherwise it was applied to a later context.
    pub(crate) listed: bool,
    pub(crate) occasions: u32,
    /// For each later text with an occasion, the confidence and whether it held.
    pub(crate) outcomes: Vec<(f64, bool)>,
}

impl Stated {
    fn of(preference: &Preference, listed: bool) -> Self {
        let Preference { text, occasions, .. } = preference;
        Self {
            text: text.clone(),
            read: instructions::read(text),
            listed,
            occasions: *occasions,
            outcomes: Vec::new(),
        }
    }

    /// The mean confidence and the share of the later texts in which it held, if there are any.
    pub(crate) fn means(&self) -> Option<(f64, f64)> {
        let count = self.outcomes.len() as f64;
        let confidence: f64 = self.outcomes.iter().map(|(confidence, _)| confidence).sum();
        let held = self.outcomes.iter().filter(|(_, held)| *held).count() as f64;
        (!self.outcomes.is_empty()).then(|| (confidence / count, held / count))
    }
}

fn within(scope: &Scope, of: &Scope) -> bool {
    let fits = |of: &Option<String>, part: &Option<String>| of.is_none() || of == part;
    fits(&of.app, &scope.app)
        && fits(&of.task, &scope.task)
        && fits(&of.audience, &scope.audience)
        && fits(&of.locale, &scope.locale)
}

/// The statements after `known`, held against `later`. `usual` is the amount in most people's texts.
pub(crate) fn stated(
    known: &[Written],
    later: &[Written],
    given: Given,
    usual: &dyn Fn(&Instruction) -> f64,
    encoder: &Arc<Encoder>,
) -> Fallible<Vec<Stated>> {
    let Opened { engine, .. } = &open(Arc::clone(encoder) as _, false)?;
    for (at, one) in known.iter().enumerate() {
        let Written { context, draft, text, scope } = one;
        let at = Timestamp(NOW.0 - (known.len() - at) as i64 * DAY);
        let observation = match given {
            Given::History => {
                engine.add_history(HistoryItem::new(text).context(context).scope(scope.clone()).at(at))?;
                continue;
            }
            Given::Accepts => Observation::accept(context, text),
            Given::Edits | Given::EditsForTexts => Observation::edit(context, draft, text),
        };
        engine.observe(observation.scope(scope.clone()).at(at))?;
    }
    let holds = |statement: &Instruction, one: &Written| match given {
        Given::Edits => holds_in_edit(statement, &one.draft, &one.text),
        _ => holds_in_text(statement, &one.text, usual),
    };
    let mut found = Vec::new();
    let later = &later[..later.len().min(LATER)];
    // Those of some kinds of context only are met where they are applied.
    for preference in engine.preferences().list()?.iter().filter(|one| one.contexts.is_empty()) {
        let mut stated = Stated::of(preference, true);
        let confidence = f64::from(preference.confidence);
        let met = later.iter().filter(|one| within(&one.scope, &preference.scope));
        stated.outcomes =
            met.filter_map(|one| Some((confidence, holds(stated.read.as_ref()?, one)?))).collect();
        found.push(stated);
    }
    let mut applied: BTreeMap<String, Stated> = BTreeMap::new();
    for one in later {
        let shown = engine.personalize(&Request::new(&one.context).scope(one.scope.clone()))?;
        for preference in &shown.preferences {
            let stated =
                applied.entry(preference.text.clone()).or_insert_with(|| Stated::of(preference, false));
            let held = stated.read.as_ref().and_then(|statement| holds(statement, one));
            stated.outcomes.extend(held.map(|held| (f64::from(preference.confidence), held)));
        }
    }
    found.extend(applied.into_values());
    Ok(found)
}
