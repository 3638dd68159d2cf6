//! Calibration: is a statement's confidence the share of the person's later edits in which it holds?
//!
//! Sources: writers (`edits/writers`), people at work (`streams`), and the sets of edits that change one thing, each cut
//! after some edits: every statement that is listed, or applied to a later context, is held against the later edits
//! with an occasion for it. The expected calibration error is the mean over ten bins of confidence of the difference
//! between confidence and outcomes; each statement weighs the same, however many outcomes it has.
//!
//! Plots the bins as SVG to the file named by `IDIOLECT_PLOT`, by default in the target folder.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::attributes::scope;
use crate::encode::Encoder;
use crate::engine::Fallible;
use crate::later::{Given, Stated, Written, stated};
use crate::rewrites::Chance;
use crate::{Options, data, figure};

const BINS: usize = 10;
/// Edits after which a sequence is cut.
const CUTS: [usize; 3] = [3, 6, 9];
/// Edits known of a writer, and orders of their edits.
const WRITERS_KNOWN: [usize; 2] = [3, 10];
const WRITERS_DRAWS: usize = 10;

fn edit(json: &Value, within: Option<&Value>) -> Result<Written, String> {
    let text = |key: &str| data::text(json, key);
    let scope = scope(json.get("scope").or(within));
    Ok(Written { context: text("context")?, draft: text("draft")?, text: text("final")?, scope })
}

/// Statements about one sequence of edits, cut at each of [`CUTS`].
fn of_sequence(edits: &[Written], encoder: &Arc<Encoder>) -> Fallible<Vec<Stated>> {
    let mut all = Vec::new();
    for cut in CUTS.into_iter().filter(|cut| *cut < edits.len()) {
        all.extend(stated(&edits[..cut], &edits[cut..], Given::Edits, &|_| 0.0, encoder)?);
    }
    Ok(all)
}

fn of_writers(folder: &Path, options: &Options, encoder: &Arc<Encoder>) -> Fallible<Vec<Stated>> {
    let pairs = data::read(&folder.join("edits").join("writers.jsonl"), |json| {
        let text = |key: &str| data::text(json, key);
        let (context, draft, edited) = (text("instruction")?, text("pre")?, text("post")?);
        Ok((text("writer")?, Written { context, draft, text: edited, scope: idiolect::Scope::person() }))
    });
    let mut writers: BTreeMap<String, Vec<Written>> = BTreeMap::new();
    for (writer, pair) in pairs.into_iter().take(options.limit) {
        writers.entry(writer).or_default().push(pair);
    }
    let mut all = Vec::new();
    for (seed, mut pairs) in writers.into_values().enumerate() {
        let mut chance = Chance(seed as u64);
        for _ in 0..WRITERS_DRAWS {
            for at in (1..pairs.len()).rev() {
                pairs.swap(at, chance.below(at + 1));
            }
            for known in WRITERS_KNOWN.into_iter().filter(|known| *known < pairs.len()) {
                all.extend(stated(&pairs[..known], &pairs[known..], Given::Edits, &|_| 0.0, encoder)?);
            }
        }
    }
    Ok(all)
}

fn of_streams(folder: &Path, options: &Options, encoder: &Arc<Encoder>) -> Fallible<Vec<Stated>> {
    let mut all = Vec::new();
    for path in data::files(&folder.join("streams")).into_iter().take(options.limit) {
        all.extend(of_sequence(&data::read(&path, |json| edit(json, None)), encoder)?);
    }
    Ok(all)
}

fn of_attributes(folder: &Path, options: &Options, encoder: &Arc<Encoder>) -> Fallible<Vec<Stated>> {
    let mut all = Vec::new();
    for path in data::files(folder) {
        let draws = data::read_quietly(&path, |json| {
            json.get("attribute")?;
            let edits = json.get("edits")?.as_array()?;
            edits.iter().map(|one| edit(one, json.get("scope")).ok()).collect::<Option<Vec<Written>>>()
        });
        for edits in draws.into_iter().flatten().take(options.limit) {
            all.extend(of_sequence(&edits, encoder)?);
        }
    }
    Ok(all)
}

/// One bin: weight, confidence and outcomes, the latter two times the weight.
#[derive(Clone, Copy, Default)]
struct Bin {
    weight: f64,
    confidence: f64,
    held: f64,
}

fn bins<'s>(statements: impl Iterator<Item = &'s Stated>) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for stated in statements {
        let weight = 1.0 / stated.outcomes.len().max(1) as f64;
        for (confidence, held) in &stated.outcomes {
            let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            bin.weight += weight;
            bin.confidence += weight * confidence;
            bin.held += weight * f64::from(u8::from(*held));
        }
    }
    bins
}

/// The expected calibration error.
fn error(bins: &[Bin]) -> f64 {
    let all: f64 = bins.iter().map(|bin| bin.weight).sum();
    bins.iter().map(|bin| (bin.confidence - bin.held).abs()).sum::<f64>() / all.max(1.0)
}

/// The expected calibration error of the listed ones among these statements.
pub(crate) fn error_of(statements: &[Stated]) -> f64 {
    error(&bins(statements.iter().filter(|stated| stated.listed)))
}

/// Prints the mean confidence and outcome of groups of statements.
fn table<K: Ord + std::fmt::Debug>(
    title: &str,
    statements: &[&Stated],
    group: impl Fn(&Stated) -> Option<K>,
) {
    println!("  {title:<28} {:>10} {:>10} {:>6}", "statements", "confidence", "held");
    let mut groups: BTreeMap<K, (usize, f64, f64)> = BTreeMap::new();
    for stated in statements {
        let (Some(key), Some((confidence, held))) = (group(stated), stated.means()) else { continue };
        let entry = groups.entry(key).or_default();
        *entry = (entry.0 + 1, entry.1 + confidence, entry.2 + held);
    }
    for (key, (count, confidence, held)) in groups {
        let mean = |sum: f64| sum / count as f64;
        println!("    {:<26} {count:>10} {:>10.3} {:>6.3}", format!("{key:?}"), mean(confidence), mean(held));
    }
}

fn print(source: &str, statements: &[&Stated]) {
    let listed = || statements.iter().copied().filter(|stated| stated.listed);
    let applied = || statements.iter().copied().filter(|stated| !stated.listed);
    let of_listed = bins(listed());
    println!("\ncalibration {source}: bins of the listed statements");
    for (at, bin) in of_listed.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0) {
        println!(
            "    {:.1} to {:.1} {:>10.1} {:>10.3} {:>6.3}",
            at as f64 / BINS as f64,
            (at + 1) as f64 / BINS as f64,
            bin.weight,
            bin.confidence / bin.weight,
            bin.held / bin.weight
        );
    }
    let name = |what: &str| format!("calibration_{what}{source}");
    figure(&name("error"), error(&of_listed), "share");
    figure(&name("error_applied"), error(&bins(applied())), "share");
    let understood = statements.iter().filter(|stated| stated.read.is_some()).count();
    figure(&name("checked"), understood as f64 / statements.len().max(1) as f64, "share");
}

/// A reliability diagram: confidence to the right, outcomes upwards, circles as large as the bins.
fn plot(path: &Path, sources: &[(&str, [Bin; BINS])]) -> std::io::Result<()> {
    const SIZE: f64 = 400.0;
    const MARGIN: f64 = 50.0;
    const COLOURS: [&str; 4] = ["#000000", "#0072b2", "#d55e00", "#009e73"];
    let (x, y) = (|value: f64| MARGIN + SIZE * value, |value: f64| MARGIN + SIZE * (1.0 - value));
    let whole = SIZE + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{whole}\" height=\"{whole}\" fill=\"white\"/>\n"
    );
    let mut line = |from: (f64, f64), to: (f64, f64), style: &str| {
        let _ = writeln!(
            svg,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" {style}/>",
            x(from.0),
            y(from.1),
            x(to.0),
            y(to.1)
        );
    };
    for tick in 0..=BINS {
        let at = tick as f64 / BINS as f64;
        line((at, 0.0), (at, 1.0), "stroke=\"#dddddd\"");
        line((0.0, at), (1.0, at), "stroke=\"#dddddd\"");
    }
    line((0.0, 0.0), (1.0, 1.0), "stroke=\"#888888\" stroke-dasharray=\"4\"");
    let mut text = |right: f64, up: f64, colour: &str, words: &str| {
        let _ = writeln!(svg, "<text x=\"{right:.1}\" y=\"{up:.1}\" fill=\"{colour}\">{words}</text>");
    };
    text(x(0.4), y(-0.09), "black", "confidence");
    text(5.0, y(1.03), "black", "share of later occasions in which it holds");
    for tick in (0..=BINS).step_by(2) {
        let at = tick as f64 / BINS as f64;
        text(x(at) - 8.0, y(-0.04), "black", &format!("{at:.1}"));
        text(x(-0.07), y(at) + 4.0, "black", &format!("{at:.1}"));
    }
    for (at, (name, bins)) in sources.iter().enumerate() {
        let name = name.trim_start_matches('_');
        let name = if name.is_empty() { "all" } else { name };
        let words = format!("{name}: error {:.3}", error(bins));
        text(x(0.03), y(0.96 - 0.05 * at as f64), COLOURS[at % COLOURS.len()], &words);
    }
    for (at, (_, bins)) in sources.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let all: f64 = bins.iter().map(|bin| bin.weight).sum();
        for bin in bins.iter().filter(|bin| bin.weight > 0.0) {
            let _ = writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\" fill=\"{colour}\" fill-opacity=\"0.5\"/>",
                x(bin.confidence / bin.weight),
                y(bin.held / bin.weight),
                2.0 + 18.0 * (bin.weight / all).sqrt()
            );
        }
    }
    svg.push_str("</svg>\n");
    std::fs::write(path, svg)
}

fn measure(folder: &Path, encoder: &Arc<Encoder>, options: &Options) -> Fallible<()> {
    let sources = [
        ("_writers", of_writers(folder, options, encoder)?),
        ("_streams", of_streams(folder, options, encoder)?),
        ("_attributes", of_attributes(folder, options, encoder)?),
    ];
    let all: Vec<&Stated> = sources.iter().flat_map(|(_, statements)| statements).collect();
    for (source, statements) in &sources {
        print(source, &statements.iter().collect::<Vec<_>>());
    }
    print("", &all);
    let listed: Vec<&Stated> = all.iter().copied().filter(|stated| stated.listed).collect();
    table("by occasions so far", &listed, |stated| Some(stated.occasions.min(12)));
    table("by topic, more or less", &listed, |stated| {
        stated.read.as_ref().map(|read| {
            (
                read.topic,
                if read.number.is_some() {
                    "near"
                } else if read.wanted {
                    "more"
                } else {
                    "less"
                },
            )
        })
    });
    if std::env::var_os("IDIOLECT_SHOW_STATEMENTS").is_some() {
        for (source, statements) in &sources {
            for stated in statements.iter().filter(|stated| stated.listed) {
                let Some((confidence, held)) = stated.means() else { continue };
                let (of, occasions) = (stated.outcomes.len(), stated.occasions);
                println!(
                    "    {source} {confidence:.3} after {occasions}, {held:.3} of {of}: {}",
                    stated.text
                );
            }
        }
    }
    let mut unread: BTreeMap<&str, usize> = BTreeMap::new();
    for stated in all.iter().filter(|stated| stated.read.is_none()) {
        *unread.entry(&stated.text).or_default() += 1;
    }
    println!("  not understood by the checkers: {unread:?}");
    let plots: Vec<(&str, [Bin; BINS])> = std::iter::once(("", bins(listed.into_iter())))
        .chain(sources.iter().map(|(source, all)| (*source, bins(all.iter().filter(|stated| stated.listed)))))
        .collect();
    let target = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("calibration.svg");
    let path = std::env::var_os("IDIOLECT_PLOT").map_or_else(target, PathBuf::from);
    plot(&path, &plots)?;
    println!("  plotted to {}", path.display());
    Ok(())
}

pub(crate) fn run(folder: &Path, encoder: &Arc<Encoder>, options: &Options) {
    if let Err(reason) = measure(folder, encoder, options) {
        println!("calibration: {reason}; skipped");
    }
}
