//! The loop: personalize, draft, let the person edit, observe; one line of output each, with the cost of the edit.
//!
//! Invariant: an interaction is counted and acknowledged only after `observe` returned. A second run on the same folder
//! continues after the last record in the store. The output at the end is left to `report`.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use idiolect::ManualClock;
use idiolect::{Engine, Forget, Observation, Observed, Personalization, RecordId, Request, Scope, Timestamp};

use crate::lines::Line;
use crate::stream::{self, Interaction};
use crate::terminal::{Ink, Terminal, pad};
use crate::timing::Samples;
use crate::{drafter, person};

/// An interaction to replay.
pub(crate) struct Step {
    /// Label in tables: the kind, or the scope.
    pub(crate) label: String,
    pub(crate) context: String,
    pub(crate) scope: Scope,
    pub(crate) at: Option<Timestamp>,
    pub(crate) work: Work,
}

/// The source of draft and final.
pub(crate) enum Work {
    /// Simulated drafter and person.
    Written(Interaction),
    /// The user's file.
    Given { number: usize, draft: String, edited: String },
}

impl Step {
    pub(crate) fn of_stream(index: usize, interaction: Interaction) -> Self {
        Self {
            label: interaction.kind.name().to_owned(),
            context: interaction.context.clone(),
            scope: interaction.kind.scope(),
            at: Some(stream::moment(index)),
            work: Work::Written(interaction),
        }
    }

    pub(crate) fn of_line(line: Line) -> Self {
        Self {
            label: line.scope.to_string(),
            context: line.context,
            scope: line.scope,
            at: line.at,
            work: Work::Given { number: line.number, draft: line.draft, edited: line.edited },
        }
    }
}

/// The file of acknowledged records, for the crash test; each line is written completely before the replay continues.
pub(crate) struct Acks(Option<File>);

impl Acks {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, String> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map_err(|error| format!("{} cannot be written: {error}", path.display()))
        };
        Ok(Self(path.map(open).transpose()?))
    }

    pub(crate) fn note(&mut self, line: &str) -> Result<(), String> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        file.write_all(format!("{line}\n").as_bytes())
            .map_err(|error| format!("the acks cannot be written: {error}"))
    }
}

/// The cost of one interaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Its index in the stream.
    pub(crate) index: usize,
    /// Words changed in the draft.
    pub(crate) with: usize,
    /// Words changed in a draft made without preferences; `None` for the user's lines.
    pub(crate) without: Option<usize>,
}

/// Maximum changes of the prompt shown per step.
const CHANGES_SHOWN: usize = 4;

/// The results of the replay.
#[derive(Default)]
pub(crate) struct Replay {
    pub(crate) costs: Vec<Cost>,
    pub(crate) observe: Samples,
    pub(crate) observe_embed: Samples,
    pub(crate) observe_store: Samples,
    pub(crate) personalize: Samples,
    pub(crate) personalize_embed: Samples,
    /// Lines that the engine rejected, by number, with the reason.
    pub(crate) refused: Vec<(usize, String)>,
    /// The statements of the last prompt of each label.
    prompts: BTreeMap<String, Vec<String>>,
}

/// The number of steps that the store contains.
///
/// # Errors
/// A message for the user, if the store contains other records.
pub(crate) fn position(engine: &Engine, steps: &[Step]) -> Result<usize, String> {
    let fail = |error: idiolect::Error| format!("the store cannot be read: {error}");
    let stats = engine.stats().map_err(fail)?;
    if stats.observations + stats.history == 0 {
        return Ok(0);
    }
    let between = |from, until| engine.forget(&Forget::between(from, until).dry_run()).map_err(fail);
    if steps.iter().all(|step| matches!(step.work, Work::Written(_))) {
        for (index, step) in steps.iter().enumerate().rev() {
            let at = step.at.expect("every interaction of the stream has a time");
            if !between(at, Timestamp(at.0 + 1))?.records.is_empty() {
                return Ok(index + 1);
            }
        }
    } else {
        let mut held = between(Timestamp(i64::MIN), Timestamp(i64::MAX))?.records;
        held.sort_unstable();
        let mut done = Some(0);
        for id in held {
            let text = engine.record_text(id).map_err(fail)?;
            let same = |step: &Step| matches!(&step.work, Work::Given { edited, .. } if *edited == text);
            done = done.and_then(|done| Some(done + steps[done..].iter().position(same)? + 1));
        }
        if let Some(done) = done {
            return Ok(done);
        }
    }
    Err("the store contains other records; use another folder with --store, or erase it with --fresh"
        .to_owned())
}

/// Replays the steps from `from` on.
///
/// # Errors
/// A message for the user, if the engine fails for a reason other than an invalid line of the user's.
pub(crate) fn replay(
    engine: &Engine,
    clock: &Arc<ManualClock>,
    steps: &[Step],
    from: usize,
    acks: &mut Acks,
    terminal: &mut Terminal,
) -> Result<Replay, String> {
    let mut replay = Replay::default();
    let with_plain = steps.iter().any(|step| matches!(step.work, Work::Written(_)));
    let last = if with_plain { " with  plain" } else { "cost     of" };
    terminal.say(Ink::Quiet, &format!("  #  {} {}  {last}", pad("kind", 12), pad("context", 46)));
    for (index, step) in steps.iter().enumerate().skip(from) {
        if let (Work::Written(_), Some(at)) = (&step.work, step.at) {
            clock.set(at);
        }
        match replay.step(engine, index, step, acks, terminal) {
            Ok(()) => {}
            Err(error) => match step.work {
                Work::Given { number, .. } if !fatal(&error) => {
                    terminal.labelled(5, "", Ink::Warn, &format!("line {number} is skipped: {error}"));
                    replay.refused.push((number, error.to_string()));
                }
                _ => return Err(error.to_string()),
            },
        }
    }
    Ok(replay)
}

/// Whether the next line would fail with the same error.
fn fatal(error: &idiolect::Error) -> bool {
    !matches!(error, idiolect::Error::Input(_))
}

impl Replay {
    fn step(
        &mut self,
        engine: &Engine,
        index: usize,
        step: &Step,
        acks: &mut Acks,
        terminal: &mut Terminal,
    ) -> Result<(), idiolect::Error> {
        let started = Instant::now();
        let personalization =
            engine.personalize(&Request::new(step.context.as_str()).scope(step.scope.clone()))?;
        self.personalize.push(started.elapsed());
        self.personalize_embed.push(personalization.timing.embed);

        let (draft, edited) = match &step.work {
            Work::Written(interaction) => {
                let draft = drafter::draft(interaction, &personalization.prompt);
                let edited = person::edit(interaction, &draft);
                (draft, edited)
            }
            Work::Given { draft, edited, .. } => (draft.clone(), edited.clone()),
        };
        let mut observation = if draft == edited {
            Observation::accept(step.context.as_str(), edited.as_str())
        } else {
            Observation::edit(step.context.as_str(), draft.as_str(), edited.as_str())
        };
        observation = observation.scope(step.scope.clone());
        if let Work::Written(_) = step.work {
            observation = observation.drafted_with(&personalization);
        }
        if let Some(at) = step.at {
            observation = observation.at(at);
        }
        let started = Instant::now();
        let observed = engine.observe(observation)?;
        self.observe.push(started.elapsed());
        self.observe_embed.push(observed.timing.embed);
        self.observe_store.push(observed.timing.store);
        if acks.note(&ack(observed.id, index, &edited)).is_err() {
            return Err(idiolect::Error::Internal { what: "the acks file can be written" });
        }

        let without = match &step.work {
            Work::Written(interaction) => {
                let plain = drafter::draft(interaction, "");
                Some(idiolect::edit_distance(&plain, &person::edit(interaction, &plain)))
            }
            Work::Given { .. } => None,
        };
        let cost = Cost { index, with: observed.cost.distance, without };
        self.costs.push(cost);
        show_step(terminal, step, cost, &observed);
        self.show_prompt(terminal, step, &personalization);
        Ok(())
    }

    /// Prints the statements added to and removed from the prompt of this label.
    fn show_prompt(&mut self, terminal: &mut Terminal, step: &Step, personalization: &Personalization) {
        let statements: Vec<String> = personalization
            .prompt_preferences
            .iter()
            .filter_map(|id| personalization.preferences.iter().find(|preference| preference.id == *id))
            .map(|preference| preference.text.clone())
            .collect();
        let before = self.prompts.insert(step.label.clone(), statements.clone());
        if before.is_none() && statements.is_empty() {
            terminal.labelled(13, "     prompt", Ink::Quiet, "nothing yet");
        }
        let before = before.unwrap_or_default();
        let added =
            statements.iter().filter(|text| !before.contains(text)).map(|text| (Ink::Good, "+", text));
        let gone =
            before.iter().filter(|text| !statements.contains(text)).map(|text| (Ink::Quiet, "-", text));
        let changes: Vec<_> = added.chain(gone).collect();
        // A single remaining change is shown instead of "and 1 more".
        let shown = if changes.len() <= CHANGES_SHOWN + 1 { changes.len() } else { CHANGES_SHOWN };
        let mut label = "     prompt";
        for (ink, sign, text) in &changes[..shown] {
            terminal.line(&[(Ink::Quiet, &pad(label, 13)), (*ink, &format!("{sign} {text}"))]);
            label = "";
        }
        if changes.len() > shown {
            terminal.labelled(13, "", Ink::Quiet, &format!("and {} more changes", changes.len() - shown));
        }
    }
}

/// `ack <record id> <index in the stream> <the final text as JSON>`.
fn ack(id: RecordId, index: usize, text: &str) -> String {
    format!("ack {} {index} {}", id.0, serde_json::Value::from(text))
}

fn show_step(terminal: &mut Terminal, step: &Step, cost: Cost, observed: &Observed) {
    let number = match step.work {
        Work::Written(_) => cost.index + 1,
        Work::Given { number, .. } => number,
    };
    let beside = cost.without.unwrap_or(observed.cost.words);
    let ink = if cost.with * 2 < beside { Ink::Good } else { Ink::Plain };
    terminal.line(&[
        (Ink::Quiet, &format!("{number:>3}  ")),
        (Ink::Heading, &pad(&step.label, 12)),
        (Ink::Plain, &format!(" {}", pad(&step.context, 46))),
        (ink, &format!(" {:>6}", cost.with)),
        (Ink::Quiet, &format!(" {beside:>6}")),
    ]);
    if matches!(&step.work, Work::Written(interaction) if interaction.hurry) {
        terminal.labelled(13, "     person", Ink::Quiet, "in a hurry: corrected only a fact");
    }
    if !observed.taught.is_empty() {
        let taught = observed.taught.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
        terminal.line(&[(Ink::Quiet, &pad("     taught", 13)), (Ink::Quiet, &taught)]);
    }
}
