//! Calls every query of an engine and reports the complete answers.
//!
//! Invariant: the same queries in the same order, whatever the answers are.

use idiolect::AbstainReason;
use idiolect::{
    Engine, Gate, InferenceKind, Origin, Preference, Query, RankRequest, RecordId, Request, Scope, SearchMode,
};

use super::Failure;
use super::fields::{Fields, Report};
use super::replay::{Supply, or};

pub(crate) fn preference(fields: &mut Fields, preference: &Preference) {
    fields.number("id", preference.id.0);
    fields.text("text", &preference.text);
    if let Some(about) = preference.applied() {
        fields.number("feature", u64::from(about.feature));
        fields.number("subject", about.subject);
        fields.number("direction", about.direction as u64);
    }
    fields.text("scope", &preference.scope.to_string());
    fields.number(
        "origin",
        match preference.origin {
            Origin::Stated => 0,
            Origin::Corrected => 1,
            Origin::Learned => 2,
            Origin::Inferred => 3,
            _ => 4,
        },
    );
    fields.maybe("level", preference.level);
    fields.float("strength", preference.strength);
    fields.float("confidence", preference.confidence);
    fields.number("occasions", u64::from(preference.occasions));
    fields.yes("pinned", preference.pinned);
    fields.yes("active", preference.active);
    fields.number("updated", preference.updated.0 as u64);
}

fn why(reason: AbstainReason) -> u64 {
    match reason {
        AbstainReason::NothingLearned => 1,
        AbstainReason::TooFewOccasions => 2,
        AbstainReason::UnfamiliarContext => 3,
        AbstainReason::TooWeak => 4,
        AbstainReason::NotNeeded => 5,
        _ => 6,
    }
}

/// Simulates the person's control over preferences, and a language model's answers.
pub(crate) fn steer(report: &mut Report, set: &str, engine: &Engine, step: usize) -> Result<(), Failure> {
    let preferences = engine.preferences();
    let listed = preferences.list()?;
    let learned: Vec<&Preference> = listed.iter().filter(|held| held.origin == Origin::Learned).collect();
    match (step % 6, learned.get(step / 6 % 4)) {
        (0, _) => {
            preferences.add(&format!("writes plainly in step {step}"), &Scope::app("mail"))?;
        }
        (1, Some(held)) => preferences.pin(held.id, true)?,
        (2, Some(held)) => preferences.correct(held.id, "says it in their own words")?,
        (3, Some(held)) => preferences.set_active(held.id, false)?,
        (4, Some(held)) => preferences.delete(held.id)?,
        _ => {}
    }
    for index in 0..2 {
        let Some(asked) = engine.inference().next()? else { return Ok(()) };
        let verdict = "A: 1 yes, 2 no, 3 open\nB: 1 yes, 2 yes\nC: 1 yes";
        let phrases =
            ["- prefers short openings", "- names the day; keeps a warm tone", "none"][(step + index) % 3];
        let answer = match asked.kind {
            InferenceKind::Verification => verdict,
            InferenceKind::Expansion => {
                "passage: We meet on Friday at noon to talk it over.\nquery: meeting on friday"
            }
            _ => phrases,
        };
        let held = engine.inference().complete(asked.id, answer);
        report.unit(set, index, step, "inference", |fields| {
            fields.number("id", asked.id.0);
            fields.text("prompt", &asked.prompt);
            asked.records.iter().for_each(|record| fields.number("record", record.0));
            fields.yes("taken", held.is_ok());
            held.iter().flatten().for_each(|id| fields.number("preference", id.0));
        });
    }
    Ok(())
}

/// Calls every query that the engine answers.
pub(crate) fn ask(
    report: &mut Report,
    set: &str,
    engine: &Engine,
    supply: &mut Supply<'_>,
    step: usize,
) -> Result<(), Failure> {
    for index in 0..5 {
        let pair = supply.pairs.next();
        let scope = if index == 4 { Scope::app("unseen") } else { pair.scope.clone() };
        let context = or(&pair.context, "A paragraph");
        let answer =
            engine.personalize(&Request::new(context).scope(scope.clone()).examples(1 + index % 2))?;
        report.unit(set, index, step, "personalize", |fields| {
            fields.text("prompt", &answer.prompt);
            fields.number("tokens", answer.prompt_tokens as u64);
            match answer.gate {
                Gate::Apply { benefit } => fields.float("applies", benefit),
                Gate::Abstain(reason) => fields.number("abstains", why(reason)),
            }
            fields.float("benefit", answer.benefit);
            answer.preferences.iter().for_each(|held| preference(fields, held));
            answer.prompt_preferences.iter().for_each(|id| fields.number("in_prompt", id.0));
            for example in &answer.examples {
                fields.number("example", example.record.0);
                fields.text("example_text", &example.text);
                fields.float("example_similarity", example.similarity);
            }
            for found in &answer.neighbours {
                fields.number("neighbour", found.id.0);
                fields.float("similarity", found.similarity);
            }
        });
        let candidates = vec![pair.draft.clone(), pair.edited.clone(), supply.pairs.next().edited.clone()];
        let ranked = engine.rank(&RankRequest::new(context, candidates).scope(scope))?;
        report.unit(set, index, step, "rank", |fields| {
            for ranked in &ranked {
                fields.number("index", ranked.index as u64);
                fields.float("score", ranked.score);
                for reason in &ranked.reasons {
                    fields.number("preference", reason.preference.0);
                    fields.text("reason", &reason.text);
                    fields.float("contribution", reason.contribution);
                }
            }
        });
        let words: Vec<&str> = pair.draft.split_whitespace().skip(3).take(6 + index).collect();
        // The last query is the same each time, so that its expansion becomes known.
        let text = if index == 4 { "when we meet about the report".to_owned() } else { words.join(" ") };
        searches(report, set, engine, or(&text, "friday"), index, step)?;
    }
    let held = engine.preferences().list()?;
    report.unit(set, 0, step, "list", |fields| held.iter().for_each(|held| preference(fields, held)));
    for (index, held) in held.iter().step_by(held.len().div_ceil(8).max(1)).enumerate() {
        let why = engine.preferences().explain(held.id)?;
        report.unit(set, index, step, "explain", |fields| {
            preference(fields, &why.preference);
            fields.float("mean", why.mean);
            fields.float("error", why.error);
            fields.number("since", why.since.map_or(u64::MAX, |since| since.0 as u64));
            for part in &why.contributions {
                fields.number("record", part.record.0);
                fields.float("change", part.change);
                fields.float("weight", part.weight);
                fields.text("note", &part.note);
                for change in &part.words {
                    fields.text("removed", &change.removed);
                    fields.text("inserted", &change.inserted);
                    fields.yes("bears", change.bears);
                }
            }
        });
    }
    let stats = engine.stats()?;
    report.unit(set, 0, step, "stats", |fields| {
        fields.number("observations", stats.observations as u64);
        fields.number("history", stats.history as u64);
        fields.number("entries", stats.entries as u64);
        fields.number("inference_pending", stats.inference_pending as u64);
    });
    Ok(())
}

/// Runs one query in every mode and with every option.
pub(crate) fn searches(
    report: &mut Report,
    set: &str,
    engine: &Engine,
    text: &str,
    index: usize,
    step: usize,
) -> Result<(), Failure> {
    let query = || Query::new(text);
    let first: Vec<RecordId> = engine.search(&query().k(3))?.iter().map(|hit| hit.id).collect();
    let shown = first.iter().enumerate();
    let ways: [(&'static str, Query); 11] = [
        ("search.both", query()),
        ("search.meaning", query().mode(SearchMode::Meaning)),
        ("search.words", query().mode(SearchMode::Words)),
        ("search.completes", query().prefix_match(true)),
        ("search.pseudo_feedback", query().pseudo_feedback(true).k(20)),
        ("search.about_person", query().prefer_self_statements(true)),
        ("search.expanded", query().with_expansion(true)),
        ("search.variety", query().diversity(0.5)),
        (
            "search.clues",
            query()
                .sub_query("meeting on friday", SearchMode::Words)
                .term_weights(vec![("please".to_owned(), 0.5)]),
        ),
        ("search.filtered", query().scope(Scope::app("mail")).any_tag("own").any_tag("rated")),
        (
            "search.shown",
            shown.fold(query(), |query, (at, id)| match at {
                1 => query.clicked(*id, at),
                _ => query.skipped(*id, at),
            }),
        ),
    ];
    for (what, query) in ways {
        let hits = engine.search(&query)?;
        report.unit(set, index, step, what, |fields| {
            for hit in &hits {
                fields.number("id", hit.id.0);
                fields.float("score", hit.score);
                fields.float("similarity", hit.similarity);
                fields.text("text", &hit.text);
                hit.tags.iter().for_each(|tag| fields.text("tag", tag));
            }
        });
    }
    Ok(())
}
