//! The output after the replay: costs, preferences, a search, an explanation, forgetting, time and memory.
//!
//! Invariant: every number comes from the engine or is measured in this run; unknown values are reported as unknown.

use std::time::Instant;

use idiolect::Contribution;
use idiolect::{Engine, Forget, Origin, Preference, PreferenceChange, Query, RecordId};

use crate::replay::{Acks, Cost, Replay, Step, Work};
use crate::terminal::{Ink, Terminal, bar, fit, pad};
use crate::timing::{Samples, peak_rss_mb};

/// Maximum changed preferences shown after forgetting.
const CHANGES_SHOWN: usize = 6;

/// With fewer interactions, costs are not split into quarters.
const PARTS_MIN: usize = 8;

/// Prints the edit cost by quarters of the stream; returns the share of the last quarter.
pub(crate) fn costs(terminal: &mut Terminal, costs: &[Cost], steps: &[Step]) -> Option<f64> {
    terminal.heading("Edit cost by quarter");
    let of_stream = steps.iter().any(|step| matches!(step.work, Work::Written(_)));
    let columns = if of_stream { "  with  plain  share" } else { "  cost" };
    terminal.say(Ink::Quiet, &format!("  {}{columns}", pad("interactions", 14)));
    let total = steps.len();
    let mut share = None;
    let parts = if total < PARTS_MIN { 1 } else { 4 };
    for quarter in 0..parts {
        let (from, to) = (total * quarter / parts, total * (quarter + 1) / parts);
        let part: Vec<&Cost> = costs.iter().filter(|cost| (from..to).contains(&cost.index)).collect();
        let name = pad(&format!("{} to {to}", from + 1), 14);
        if part.is_empty() || (of_stream && part.len() < to - from) {
            terminal.say(Ink::Quiet, &format!("  {name}  not complete in this run"));
            continue;
        }
        let with: usize = part.iter().map(|cost| cost.with).sum();
        let without: Option<usize> = part.iter().map(|cost| cost.without).sum();
        match without.filter(|without| *without > 0) {
            Some(without) => {
                let part_share = with as f64 / without as f64;
                terminal.line(&[
                    (Ink::Plain, &format!("  {name}{with:>6} {without:>6}  {:>4.0}%  ", part_share * 100.0)),
                    (Ink::Good, &bar(part_share, 40)),
                ]);
                if quarter + 1 == parts {
                    share = Some(part_share);
                }
            }
            None => terminal.say(Ink::Plain, &format!("  {name}{with:>6}")),
        }
    }
    terminal.gap();
    terminal.paragraph(if of_stream {
        "with: words the person changed in a draft made with Idiolect's prompt; plain: the same for a draft \
         made without. The bar is their ratio."
    } else {
        "cost: words the person changed in the drafts of the file."
    });
    share
}

/// Prints all preferences by scope; returns them.
pub(crate) fn preferences(
    terminal: &mut Terminal,
    engine: &Engine,
) -> Result<Vec<Preference>, idiolect::Error> {
    terminal.heading("Preferences");
    let held = engine.preferences().list()?;
    if held.is_empty() {
        terminal.paragraph("None yet: too little evidence, or it is contradictory.");
        return Ok(held);
    }
    let mut scopes = Vec::new();
    for preference in &held {
        if !scopes.contains(&preference.scope) {
            scopes.push(preference.scope.clone());
        }
    }
    terminal.say(Ink::Quiet, &format!("  {}  conf  occasions", pad("preference", 54)));
    for scope in scopes {
        terminal.say(Ink::Heading, &format!("  {scope}"));
        for preference in held.iter().filter(|preference| preference.scope == scope) {
            let sure = format!("{:>4.0}%  {:>9}", preference.confidence * 100.0, preference.occasions);
            terminal.line(&[
                (Ink::Plain, &format!("    {}  ", pad(&preference.text, 52))),
                (if preference.confidence >= 0.9 { Ink::Good } else { Ink::Plain }, &sure),
            ]);
        }
    }
    Ok(held)
}

/// Prints a search over the history.
pub(crate) fn search(terminal: &mut Terminal, engine: &Engine, words: &str) -> Result<(), idiolect::Error> {
    if words.trim().is_empty() {
        return Ok(());
    }
    terminal.heading(&format!("A search: {}", fit(words, 60)));
    for hit in engine.search(&Query::new(words).k(4))? {
        terminal.line(&[
            (Ink::Good, &format!("  {:.2}  ", hit.similarity)),
            (Ink::Plain, &format!("{}  {}", pad(&hit.id.to_string(), 5), fit(&hit.context, 64))),
        ]);
        terminal.line(&[(Ink::Quiet, &format!("               {}", hit.text.trim()))]);
    }
    Ok(())
}

/// Explains a learned preference; returns the record that contributed most to it.
pub(crate) fn why(
    terminal: &mut Terminal,
    engine: &Engine,
    held: &[Preference],
) -> Result<Option<RecordId>, idiolect::Error> {
    // The preference with the most occasions in the narrowest scope.
    let learned = held.iter().filter(|preference| preference.origin == Origin::Learned);
    let surest = learned.max_by_key(|preference| (preference.scope.depth(), preference.occasions));
    let Some(preference) = surest else { return Ok(None) };
    terminal.heading(&format!("Why: {}", preference.text));
    let why = engine.preferences().explain(preference.id)?;
    terminal.paragraph(&format!(
        "Learned in {} with {:.0}% confidence from {} occasions; the mean change is {:+.2} steps with a standard \
         error of {:.2}. The strongest contributions:",
        preference.scope,
        why.preference.confidence * 100.0,
        why.preference.occasions,
        why.mean,
        why.error,
    ));
    for Contribution { record, change, weight, note, words, .. } in why.contributions.iter().take(5) {
        let bearing = words.iter().find(|words| words.bears);
        let text = match bearing.filter(|words| words.removed.len() + words.inserted.len() < 60) {
            Some(words) => format!("'{}' became '{}'", words.removed, words.inserted),
            None => engine.record_text(*record)?,
        };
        terminal.line(&[
            (Ink::Plain, &format!("  {}  {change:>+5.1} x {weight:.2}  ", pad(&record.to_string(), 4))),
            (Ink::Plain, &format!("{}  ", pad(note, 28))),
            (Ink::Quiet, &fit(&text, 30)),
        ]);
    }
    Ok(why.contributions.first().map(|first| first.record))
}

/// Forgets one record after a dry run; if `keep` is set, does only the dry run.
pub(crate) fn forget(
    terminal: &mut Terminal,
    engine: &Engine,
    id: RecordId,
    keep: bool,
    acks: &mut Acks,
) -> Result<(), String> {
    let fail = |error: idiolect::Error| error.to_string();
    terminal.heading(&format!("Forgetting {id}"));
    let dry = engine.forget(&Forget::record(id).dry_run()).map_err(fail)?;
    let kept = engine.record_text(id).is_ok();
    terminal.paragraph(&format!(
        "Dry run: {} record would be removed, {} preferences would change; the record is {}.",
        dry.records.len(),
        dry.changes.len(),
        if kept { "still there" } else { "gone, which is an error" },
    ));
    if keep {
        return Ok(());
    }
    acks.note(&format!("forgetting {}", id.0))?;
    let done = engine.forget(&Forget::record(id)).map_err(fail)?;
    acks.note(&format!("forgot {}", id.0))?;
    let same = if done.changes == dry.changes { "as in the dry run" } else { "unlike in the dry run" };
    let gone = match engine.record_text(id) {
        Err(error) => format!("reading it now fails: {error}"),
        Ok(_) => "but its text is still there, which is an error".to_owned(),
    };
    terminal.paragraph(&format!("Done: {} preferences changed, {same}; {gone}.", done.changes.len()));
    for change in done.changes.iter().take(CHANGES_SHOWN) {
        show_change(terminal, change);
    }
    if done.changes.len() > CHANGES_SHOWN {
        terminal.say(Ink::Quiet, &format!("    and {} more", done.changes.len() - CHANGES_SHOWN));
    }
    Ok(())
}

fn show_change(terminal: &mut Terminal, change: &PreferenceChange) {
    let sure = |preference: &Preference| {
        format!("{:.1}% of {}", f64::from(preference.confidence) * 100.0, preference.occasions)
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let text = if before.text == after.text {
                before.text.clone()
            } else {
                format!("{} -> {}", before.text, after.text)
            };
            terminal.line(&[
                (Ink::Plain, &format!("    {} ", pad(&text, 46))),
                (Ink::Quiet, &format!("{} -> {}", sure(before), sure(after))),
            ]);
        }
        (Some(before), None) => terminal.say(Ink::Warn, &format!("  - {}", before.text)),
        (None, Some(after)) => terminal.say(Ink::Good, &format!("  + {}", after.text)),
        (None, None) => {}
    }
}

/// Times searches for the contexts of the steps.
pub(crate) fn time_searches(engine: &Engine, steps: &[Step]) -> Result<Samples, idiolect::Error> {
    let mut samples = Samples::default();
    for step in steps.iter().take(200) {
        let started = Instant::now();
        match engine.search(&Query::new(step.context.as_str())) {
            Ok(_) => samples.push(started.elapsed()),
            // The engine also rejected this context during the replay.
            Err(idiolect::Error::Input(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(samples)
}

/// Prints times, memory and the figures.
pub(crate) fn times(
    terminal: &mut Terminal,
    replay: &Replay,
    open: &Samples,
    search: &Samples,
    share: Option<f64>,
) {
    terminal.heading("Time and memory");
    terminal.say(Ink::Quiet, &format!("  {} calls   median      p99", pad("milliseconds", 24)));
    let rows = [
        ("open", open),
        ("observe", &replay.observe),
        ("  of it embedding", &replay.observe_embed),
        ("  of it write and sync", &replay.observe_store),
        ("personalize", &replay.personalize),
        ("  of it embedding", &replay.personalize_embed),
        ("search", search),
    ];
    for (name, samples) in rows {
        let ms = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        let (median, p99) = (ms(samples.median_ms()), ms(samples.percentile_ms(99)));
        terminal.say(Ink::Plain, &format!("  {} {:>5} {median:>8} {p99:>8}", pad(name, 24), samples.len()));
    }
    let memory = peak_rss_mb();
    match memory {
        Some(mb) => terminal.say(Ink::Plain, &format!("  peak memory of the process {mb:.0} MB")),
        None => terminal.say(Ink::Plain, "  peak memory: unknown on this system"),
    }
    terminal.heading("Figures");
    let mut figure = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(value) = value {
            terminal.say(Ink::Plain, &format!("figure {name} {value:.3} {unit}"));
        }
    };
    figure("edit_cost_last_quarter_share", share, "share");
    for (name, samples) in [
        ("open", open),
        ("observe", &replay.observe),
        ("personalize", &replay.personalize),
        ("search", search),
    ] {
        figure(&format!("quickstart_{name}_p50_ms"), samples.median_ms(), "ms");
        figure(&format!("quickstart_{name}_p99_ms"), samples.percentile_ms(99), "ms");
    }
    figure("quickstart_peak_rss_mb", memory, "MB");
}
