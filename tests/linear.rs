//! The time of the calls that read whole texts grows with the length of the texts and no faster.
//!
//! A call that takes the square of the length takes 16 times as long for texts four times as long; what grows with the
//! length takes 4 times as long, and a machine that is busy with other things somewhat more or less.

mod common;

use std::time::{Duration, Instant};

use common::open;
use idiolect::{Observation, RankRequest, Request};

/// Bytes of the shorter text of a pair, about; the longer one has [`TIMES`] as many.
const BYTES: usize = 40_000;
const TIMES: usize = 4;
/// How many times as long the longer text may take.
const SLOWER_MAX: u32 = 7;
/// Of so many measurements the shortest counts.
const MEASUREMENTS: usize = 3;

/// A draft and what became of it.
type Edit = (String, String);

/// Sentences that differ from each other, one a line.
fn lines(bytes: usize) -> Vec<String> {
    let things = ["hall", "ticket", "garden", "contract", "window", "paper"];
    let line = |at: usize| {
        let thing = |by: usize| things[at / by % things.len()];
        format!(
            "We really utilize the {} of floor {at} before they {} the {}.\n",
            thing(1),
            ["open", "check"][at % 2],
            thing(5)
        )
    };
    (0..bytes / 64).map(line).collect()
}

fn one_word_in_every_sentence(bytes: usize) -> Edit {
    let text = lines(bytes).concat();
    (text.clone(), text.replace("utilize", "use"))
}

fn one_word_in_a_single_sentence(bytes: usize) -> Edit {
    let (draft, edited) = one_word_in_every_sentence(bytes);
    let flat = |text: String| text.replace(".\n", " ");
    (flat(draft), flat(edited))
}

fn all_lines_in_another_order(bytes: usize) -> Edit {
    let lines = lines(bytes);
    let moved: String = lines.iter().rev().map(String::as_str).collect();
    (lines.concat(), moved)
}

fn every_second_line_gone(bytes: usize) -> Edit {
    let lines = lines(bytes);
    (lines.concat(), lines.iter().step_by(2).map(String::as_str).collect())
}

fn every_word_another(bytes: usize) -> Edit {
    let other = (0..bytes / 40).map(|at| format!("Somebody took item {at} from their bag.\n"));
    (lines(bytes).concat(), other.collect())
}

fn the_same_word_again_and_again(bytes: usize) -> Edit {
    ("perhaps ".repeat(bytes / 8), "really perhaps ".repeat(bytes / 16))
}

type MakeEdit = fn(usize) -> Edit;

/// The least time of an edit of texts so long, and of asking for what it taught and ranking both texts.
fn time(edit: MakeEdit, bytes: usize) -> Duration {
    let (draft, edited) = edit(bytes);
    let once = || {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = open(folder.path());
        let edit = Observation::edit("Asks for the plan", draft.clone(), edited.clone());
        let start = Instant::now();
        engine.observe(edit).expect("an edit");
        engine.personalize(&Request::new(edited.clone())).expect("what was learned");
        let candidates = vec![draft.clone(), edited.clone()];
        engine.rank(&RankRequest::new("Asks for the plan", candidates)).expect("a ranking");
        start.elapsed()
    };
    (0..MEASUREMENTS).map(|_| once()).min().expect("a measurement")
}

#[test]
fn texts_four_times_as_long_take_about_four_times_as_long() {
    let edits: [(&str, MakeEdit); 6] = [
        ("one word in every sentence", one_word_in_every_sentence),
        ("one word in a single sentence", one_word_in_a_single_sentence),
        ("all lines in another order", all_lines_in_another_order),
        ("every second line gone", every_second_line_gone),
        ("every word another", every_word_another),
        ("the same word again and again", the_same_word_again_and_again),
    ];
    for (name, edit) in edits {
        // What else the machine does may fall on the longer text alone.
        let slow = (0..3).find_map(|_| {
            let (short, long) = (time(edit, BYTES), time(edit, TIMES * BYTES));
            (long < SLOWER_MAX * short).then_some(())
        });
        assert!(slow.is_some(), "{name}: the time grows faster than the text");
    }
}
