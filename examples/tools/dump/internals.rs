//! Computations on single records and texts: the only part that uses the internals below the engine.

use idiolect::internals::document::{lines, own_text, paragraphs, sentences, words};
use idiolect::internals::edit::changed_words;
use idiolect::internals::learning::{Evidence, FeatureInducer, Inducer, comparisons};
use idiolect::internals::signals::{FEATURES, measure};
use idiolect::internals::types::{Record, Signal};
use idiolect::{ChangeKind, Scope, Timestamp, edit_distance};

use super::data::{Choice, Pair};
use super::fields::{Fields, Report};

/// Units per block.
const BLOCK: usize = 100;

fn record(signal: Signal) -> Record {
    Record {
        at: Timestamp(0),
        scope: Scope::person(),
        context: String::new(),
        signal,
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    }
}

/// Reports what the inducer and the ranking compute for a record.
fn induced(report: &mut Report, set: &str, index: usize, record: &Record, names: [&'static str; 3]) {
    let [evidence, notes, compared] = names;
    let mut found = Evidence::default();
    report.unit(set, index, index / BLOCK, evidence, |fields| {
        found = FeatureInducer.induce(record);
        fields.number("occasion", found.occasion);
        fields.number("items", found.items.len() as u64);
        for item in &found.items {
            fields.number("feature", u64::from(item.feature));
            fields.text("subject", &item.subject);
            fields.number("subject_hash", item.subject_hash);
            fields.float("change", item.change);
            fields.maybe("before", item.before);
            fields.maybe("after", item.after);
            fields.float("weight", item.weight);
        }
        // The hashes are private; in JSON they are a list of numbers.
        fields.text("kept", &serde_json::to_string(&found.kept).unwrap_or_default());
    });
    report.unit(set, index, index / BLOCK, notes, |fields| {
        found.notes(None).iter().for_each(|note| fields.text("note", note));
    });
    report.unit(set, index, index / BLOCK, compared, |fields| {
        let found = comparisons(record);
        fields.number("pairs", found.pairs.len() as u64);
        for pair in &found.pairs {
            fields.float("weight", pair.weight);
            fields.number("steps", pair.steps.len() as u64);
            for (axis, step) in &pair.steps {
                fields.number("axis", u64::from(*axis));
                fields.float("step", *step);
            }
        }
        fields.yes("is_judged", found.judged.is_some());
        if let Some((style, weight)) = &found.judged {
            // Also private; in JSON a list of (id, number), exact to the bit.
            fields.text("style", &serde_json::to_string(style).unwrap_or_default());
            fields.float("judged_weight", *weight);
        }
        fields.yes("has_shift", found.shift.is_some());
    });
}

/// Reports an edit.
pub(crate) fn pair(report: &mut Report, set: &str, index: usize, pair: &Pair) {
    let Pair { draft, edited, .. } = pair;
    let edit = record(Signal::Edit { draft: draft.clone(), edited: edited.clone() });
    induced(report, set, index, &edit, ["evidence", "notes", "comparisons"]);
    report.unit(set, index, index / BLOCK, "changed_words", |fields| {
        for change in changed_words(draft, edited, None) {
            fields.text("removed", &change.removed);
            fields.text("inserted", &change.inserted);
            fields.number(
                "kind",
                match change.kind {
                    ChangeKind::Style => 0,
                    ChangeKind::Content => 1,
                    ChangeKind::Correction => 2,
                    _ => 3,
                },
            );
            fields.yes("bears", change.bears);
        }
    });
    report.unit(set, index, index / BLOCK, "edit_distance", |fields| {
        fields.number("distance", edit_distance(draft, edited) as u64);
    });
    for text in [draft, edited] {
        measured(report, set, index, text);
    }
}

/// Reports a single text, as an accepted text and as a history item.
pub(crate) fn text(report: &mut Report, set: &str, index: usize, text: &str) {
    let accept = record(Signal::Accept { text: text.to_owned() });
    induced(report, set, index, &accept, ["accept.evidence", "accept.notes", "accept.comparisons"]);
    let history = record(Signal::History { text: text.to_owned() });
    induced(report, set, index, &history, ["history.evidence", "history.notes", "history.comparisons"]);
    measured(report, set, index, text);
}

/// Reports a choice.
pub(crate) fn choice(report: &mut Report, set: &str, index: usize, choice: &Choice) {
    let chosen = choice.chosen as u32;
    let record = record(Signal::Choice { candidates: choice.candidates.clone(), chosen });
    induced(report, set, index, &record, ["evidence", "notes", "comparisons"]);
}

fn measured(report: &mut Report, set: &str, index: usize, text: &str) {
    report.unit(set, index, index / BLOCK, "measure", |fields: &mut Fields| {
        let measured = measure(text);
        for feature in FEATURES {
            fields.maybe(feature.name, measured.value(feature.id));
        }
    });
    report.unit(set, index, index / BLOCK, "own_text", |fields| fields.text("own", &own_text(text)));
    report.unit(set, index, index / BLOCK, "parts", |fields| {
        for part in &words(text) {
            fields.text("word", part);
        }
        for part in &sentences(text, idiolect::internals::language::Language::english()) {
            fields.text("sentence", part);
        }
        for part in &paragraphs(text) {
            fields.text("paragraph", part);
        }
        lines(text).for_each(|line| fields.text("line", line.text));
    });
}
