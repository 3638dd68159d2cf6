//! The person's say holds: what they pinned, stated, corrected and switched off, whether they want anything to be learned,
//! and what is left when all that was learned is erased.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{DAY, WordHash, day, texts};
use idiolect::internals::store::{Store, Table};
use idiolect::{
    AbstainReason, CancelToken, ConflictReason, Engine, ErrorKind, Forget, Gate, HistoryItem, ManualClock,
    Observation, Origin, Preference, PreferenceId, Query, RankRequest, Request, Scope, Timestamp,
};

struct Desk {
    engine: Engine,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    day: i64,
}

const TOPICS: [&str; 6] =
    ["the boiler", "the bicycle shed", "the key cabinet", "the hedge", "the cellar", "the roof"];

fn open(folder: &Path, clock: &Arc<ManualClock>) -> Engine {
    Engine::builder(folder).encoder(WordHash).clock(Arc::clone(clock)).host_model(true).open().unwrap()
}

/// The same note, long and stiff or short and plain.
fn forms(index: usize) -> (String, String) {
    let topic = TOPICS[index % TOPICS.len()];
    let long = format!(
        "Dear neighbours,\n\nI should like to let all of you know that {topic} will be looked after in the course of \
         the coming week, and that we are most grateful for the patience that you have shown so far. If there is \
         anything that you would like to add, the caretaker will gladly make a note of it for the next meeting.\
         \n\nWith kind regards,\nRuth"
    );
    let short = format!("Hello all,\n\nWe look after {topic} next week.\n\nBye,\nRuth");
    (long, short)
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(day(0)));
        Self { engine: open(folder.path(), &clock), clock, folder, day: 0 }
    }

    fn reopen(&mut self) {
        self.engine.close().unwrap();
        self.engine = open(self.folder.path(), &self.clock);
    }

    fn pass(&mut self, days: i64) {
        self.day += days;
        self.clock.set(day(self.day));
    }

    /// An edit a day: shortened, or made long again.
    fn edits(&mut self, count: usize, shorter: bool) {
        for _ in 0..count {
            self.pass(1);
            let index = self.day as usize;
            let (long, short) = forms(index);
            let (draft, edited) = if shorter { (long, short) } else { (short, long) };
            let context = format!("A notice about {}, number {index}", TOPICS[index % TOPICS.len()]);
            self.engine
                .observe(Observation::edit(context, draft, edited).scope(Scope::app("notices")))
                .unwrap();
        }
    }

    fn list(&self) -> Vec<Preference> {
        self.engine.preferences().list().unwrap()
    }

    fn find(&self, words: &str) -> Preference {
        let listed = self.list();
        let found = listed.iter().find(|preference| preference.text.contains(words)).cloned();
        found.unwrap_or_else(|| panic!("{words} in {:?}", texts(&listed)))
    }

    fn prompt(&self) -> String {
        let request =
            Request::new("A notice about the hedge").scope(Scope::app("notices")).token_budget(2_000);
        self.engine.personalize(&request).unwrap().prompt
    }

    /// A pinned preference is as it was pinned, first in the prompt, and nothing is said against it.
    fn holds(&self, pinned: &Preference) {
        let listed = self.list();
        let found = listed.iter().find(|preference| preference.id == pinned.id).expect("it is listed");
        assert_eq!(
            (&found.text, &found.key, found.level, &found.scope),
            (&pinned.text, &pinned.key, pinned.level, &pinned.scope)
        );
        assert!(found.pinned && found.active);
        let key = pinned.key.as_ref().unwrap();
        let contrary = |other: &&Preference| {
            other.key.as_ref().is_some_and(|other| {
                (other.feature, &other.subject) == (key.feature, &key.subject)
                    && other.direction != key.direction
            })
        };
        assert!(listed.iter().find(contrary).is_none(), "{:?}", texts(&listed));
        assert!(self.prompt().contains(&pinned.text), "{}", self.prompt());
        assert_eq!(self.engine.preferences().get(pinned.id).unwrap().text, pinned.text);
        assert!(self.engine.preferences().explain(pinned.id).unwrap().preference.pinned);
    }
}

#[test]
fn a_pinned_preference_stays_whatever_is_done_later() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    let pinned: Vec<Preference> = ["near", "opens with", "signs off"].map(|words| desk.find(words)).into();
    for preference in &pinned {
        desk.engine.preferences().pin(preference.id, true).unwrap();
    }
    let all_hold = |desk: &Desk| pinned.iter().for_each(|preference| desk.holds(preference));
    all_hold(&desk);
    for contrary in [2, 1, 17] {
        desk.edits(contrary, false);
        all_hold(&desk);
    }
    desk.pass(3 * 365);
    all_hold(&desk);
    desk.reopen();
    all_hold(&desk);
    // The shorter draft comes first although the last twenty edits went the other way.
    let (long, short) = forms(0);
    let request =
        RankRequest::new("A notice about the boiler", vec![long, short]).scope(Scope::app("notices"));
    let ranked = desk.engine.rank(&request).unwrap();
    assert!(
        ranked.iter().all(|ranked| ranked.reasons.iter().all(|reason| reason.text != "writes longer texts"))
    );
    desk.engine.preferences().pin(pinned[0].id, false).unwrap();
    assert!(
        !desk.list().iter().any(|preference| preference.id == pinned[0].id),
        "unpinned, it is what is learned"
    );
}

#[test]
fn a_pinned_preference_stays_when_what_it_was_learned_from_is_forgotten() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    let pinned = [desk.find("near"), desk.find("opens with")];
    for preference in &pinned {
        desk.engine.preferences().pin(preference.id, true).unwrap();
    }
    desk.engine.forget(&Forget::between(day(0), day(50))).unwrap_or_else(|error| panic!("{error}"));
    let left = desk.list();
    assert!(left.is_empty(), "an explicit range takes what was said in it, too: {:?}", texts(&left));

    let mut desk = Desk::new();
    desk.edits(6, true);
    let pinned = [desk.find("near"), desk.find("opens with")];
    for preference in &pinned {
        desk.engine.preferences().pin(preference.id, true).unwrap();
    }
    let records: Vec<_> = (1..=6).map(idiolect::RecordId).collect();
    desk.engine.forget(&Forget::records(records)).unwrap();
    for _ in 0..2 {
        for preference in &pinned {
            desk.holds(preference);
        }
        assert_eq!(desk.list().len(), 2);
        desk.reopen();
    }
    // Of the words of the forgotten texts only the sentence is left, and forgetting the words takes it, too.
    desk.engine.close().unwrap();
    let bytes = std::fs::read(desk.folder.path().join("idiolect.redb")).unwrap().to_ascii_lowercase();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("hello") && !has("neighbours") && !has("caretaker") && !has("ruth") && !has("bye"));
    desk.engine = open(desk.folder.path(), &desk.clock);
    desk.engine.forget(&Forget::containing("hello")).unwrap();
    assert_eq!(texts(&desk.list()), [pinned[0].text.as_str()]);
}

#[test]
fn switched_off_stays_off_though_evidence_goes_and_comes_again() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    let off = [desk.find("near"), desk.find("signs off with")];
    for preference in &off {
        desk.engine.preferences().set_active(preference.id, false).unwrap();
    }
    let is_off = |desk: &Desk| {
        let on: Vec<_> =
            desk.list().into_iter().filter(|p| p.active && off.iter().any(|off| off.key == p.key)).collect();
        assert!(on.is_empty(), "{:?}", texts(&on));
        assert!(!desk.prompt().contains("'Bye,'"), "{}", desk.prompt());
    };
    is_off(&desk);
    desk.edits(8, false);
    is_off(&desk);
    assert_eq!(desk.engine.preferences().counts().unwrap().switched_off, 2, "they are listed all the while");
    let records: Vec<_> = (1..=14).map(idiolect::RecordId).collect();
    desk.engine.forget(&Forget::records(records)).unwrap();
    is_off(&desk);
    desk.engine.close().unwrap();
    let bytes = std::fs::read(desk.folder.path().join("idiolect.redb")).unwrap().to_ascii_lowercase();
    assert!(!bytes.windows(3).any(|window| window == b"bye"), "no word is left of what is only switched off");
    desk.engine = open(desk.folder.path(), &desk.clock);
    desk.edits(8, true);
    is_off(&desk);
    desk.engine.preferences().set_active(off[1].id, true).unwrap();
    assert!(desk.find("signs off with").active);
}

#[test]
fn what_was_done_against_a_pin_is_reported() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    let pinned = desk.find("near");
    desk.engine.preferences().pin(pinned.id, true).unwrap();
    let observed = |desk: &Desk| -> Vec<(PreferenceId, ConflictReason)> {
        let conflicts = desk.engine.preferences().conflicts().unwrap();
        conflicts.iter().map(|conflict| (conflict.first, conflict.reason)).collect()
    };
    assert_eq!(observed(&desk), []);
    desk.edits(2, false);
    assert_eq!(observed(&desk), [], "twice is no habit");
    desk.edits(7, false);
    desk.edits(3, true);
    let expected = ConflictReason::Observed { against: 9, occasions: 12 };
    assert_eq!(observed(&desk), [(pinned.id, expected)]);
    let second = desk.engine.preferences().conflicts().unwrap()[0].second;
    assert_ne!(second, pinned.id);
    desk.edits(9, true);
    assert_eq!(observed(&desk), [], "9 of 21");
}

#[test]
fn what_is_stated_silences_what_is_learned_against_it() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    let short = desk.find("near");
    assert!(desk.prompt().contains(&short.text));
    for (stated, learned) in [
        ("Messages of at least 150 words, please", short.text.as_str()),
        ("Write longer texts", &short.text),
        ("Always open with Good evening", &desk.find("opens with").text),
        ("never sign off with 'Bye'", &desk.find("signs off with").text),
    ] {
        let id = desk.engine.preferences().add(stated, &Scope::app("notices")).unwrap();
        assert!(!texts(&desk.list()).contains(&learned), "{stated}: {:?}", texts(&desk.list()));
        assert!(desk.prompt().contains(stated) && !desk.prompt().contains(learned), "{}", desk.prompt());
        desk.engine.preferences().delete(id).unwrap();
        assert!(desk.prompt().contains(learned));
    }
    // It is silenced where both hold only, and by nothing that is not certain.
    let preferences = desk.engine.preferences();
    preferences.add("Write longer texts", &Scope::app("letters")).unwrap();
    preferences.add("Quote at most 150 words from the minutes", &Scope::app("notices")).unwrap();
    assert!(texts(&desk.list()).contains(&short.text.as_str()) && desk.prompt().contains(&short.text));
}

#[test]
fn of_two_stated_ones_the_narrower_and_the_newer_goes_first_and_both_are_reported() {
    let mut desk = Desk::new();
    let add = |desk: &mut Desk, text: &str, scope: &Scope| {
        desk.pass(1);
        desk.engine.preferences().add(text, scope).unwrap()
    };
    let notices = Scope::app("notices");
    let old = add(&mut desk, "Always sign off with Warm wishes", &notices);
    let new = add(&mut desk, "Never sign off with Warm wishes", &notices);
    let prompt = desk.prompt();
    assert!(prompt.contains("Never sign off") && !prompt.contains("Always sign off"), "{prompt}");
    assert_eq!(texts(&desk.list()), ["Never sign off with Warm wishes", "Always sign off with Warm wishes"]);
    let everywhere = add(&mut desk, "Sign off with Warm wishes.", &Scope::person());
    let prompt = desk.prompt();
    assert!(prompt.contains("Never sign off") && !prompt.contains("Sign off with"), "{prompt}");
    let conflicts = desk.engine.preferences().conflicts().unwrap();
    let pairs: Vec<_> =
        conflicts.iter().map(|conflict| (conflict.first, conflict.second, conflict.reason)).collect();
    assert_eq!(pairs, [(new, old, ConflictReason::Said), (new, everywhere, ConflictReason::Said)]);
    desk.engine.preferences().set_active(new, false).unwrap();
    assert_eq!(desk.engine.preferences().conflicts().unwrap(), []);
    assert!(desk.prompt().contains("Always sign off"));
}

#[test]
fn nothing_visible_is_no_text() {
    let desk = Desk::new();
    for blank in ["", " \n", "\u{200b}", "\u{2060}\u{feff} \u{ad}", "\u{a0}\u{2003}\u{200e}"] {
        let kinds = [
            desk.engine.preferences().add(blank, &Scope::person()).unwrap_err().kind(),
            desk.engine.search(&Query::new(blank)).unwrap_err().kind(),
            desk.engine.personalize(&Request::new(blank)).unwrap_err().kind(),
            desk.engine.rank(&RankRequest::new("x", vec![blank.to_owned()])).unwrap_err().kind(),
            desk.engine.add_history(HistoryItem::new(blank)).unwrap_err().kind(),
            desk.engine.forget(&Forget::containing(blank)).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::EmptyText; 6], "{blank:?}");
    }
}

/// What is learned, in all its forms.
fn knows_nothing(desk: &Desk) {
    let counts = desk.engine.preferences().counts().unwrap();
    assert_eq!((counts.learned, counts.inferred), (0, 0));
    let request = Request::new("A notice about the hedge").scope(Scope::app("notices"));
    let shown = desk.engine.personalize(&request).unwrap();
    assert!(shown.examples.is_empty() && shown.neighbours.is_empty(), "{:?}", shown.neighbours);
    assert!(
        shown.preferences.iter().all(|preference| preference.origin != Origin::Learned || preference.pinned)
    );
    assert!(desk.engine.inference().next().unwrap().is_none());
}

#[test]
fn nothing_is_learned_while_learning_is_off_and_nothing_of_it_later() {
    let mut desk = Desk::new();
    assert!(desk.engine.learning().unwrap());
    desk.engine.set_learning(false).unwrap();
    desk.edits(6, true);
    let (long, short) = forms(7);
    let edit = Observation::edit("A notice about the roof", long, short).scope(Scope::app("notices"));
    let observed = desk.engine.observe(edit).unwrap();
    assert!(observed.taught.is_empty() && observed.cost.distance > 0);
    desk.engine
        .import_history([HistoryItem::new("The ladder is in the cellar.")], &mut |_| {}, &CancelToken::new())
        .unwrap();
    let still = |desk: &mut Desk| {
        for step in 0..4 {
            knows_nothing(desk);
            assert_eq!(desk.engine.stats().unwrap().observations, 7);
            assert!(
                !desk.engine.search(&Query::new("where is the ladder")).unwrap().is_empty(),
                "it is found"
            );
            match step {
                0 => desk.reopen(),
                1 => desk.engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap(),
                2 => desk.engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap(),
                _ => {}
            }
        }
    };
    still(&mut desk);
    assert!(!desk.engine.learning().unwrap());
    desk.engine.set_learning(true).unwrap();
    still(&mut desk);
    assert!(desk.engine.learning().unwrap());
    let decided = desk.engine.personalize(&Request::new("A notice").scope(Scope::app("notices"))).unwrap();
    assert_eq!(decided.gate, Gate::Abstain(AbstainReason::NothingLearned));
    // What comes now teaches as in a store that has nothing else.
    desk.edits(6, true);
    let mut fresh = Desk::new();
    fresh.edits(6, true);
    assert_eq!(texts(&desk.list()), texts(&fresh.list()));
    assert!(!desk.list().is_empty());
    // Off again: what is learned stays, and does not change.
    desk.engine.set_learning(false).unwrap();
    let before = texts(&desk.list()).join("\n");
    desk.edits(12, false);
    assert_eq!(texts(&desk.list()).join("\n"), before);
    desk.engine.erase_all().unwrap();
    assert!(!desk.engine.learning().unwrap(), "what the person switched off stays off");
    desk.edits(6, true);
    knows_nothing(&desk);
}

#[test]
fn erasing_what_was_learned_leaves_what_the_person_said_and_the_texts() {
    let mut desk = Desk::new();
    desk.edits(6, true);
    desk.engine.add_history(HistoryItem::new("The ladder is in the cellar.")).unwrap();
    let question = desk.engine.inference().next().unwrap().unwrap();
    desk.engine.inference().complete(question.id, "- thanks the caretaker").unwrap();
    let preferences = desk.engine.preferences();
    let [pinned, corrected, off] = ["near", "opens with", "signs off with"].map(|words| desk.find(words));
    preferences.pin(pinned.id, true).unwrap();
    preferences.correct(corrected.id, "greets everybody by name").unwrap();
    preferences.set_active(off.id, false).unwrap();
    preferences.add("mentions the date", &Scope::person()).unwrap();
    let before = preferences.counts().unwrap();
    assert_eq!((before.stated, before.pinned, before.corrected, before.switched_off), (1, 1, 1, 1));
    assert!(before.learned > 0 && before.inferred == 1);
    let waiting = desk.engine.inference().next().unwrap().unwrap();

    desk.engine.erase_learned().unwrap();
    assert!(desk.engine.inference().complete(waiting.id, "- is brief").is_err(), "its answer comes too late");
    for step in 0..4 {
        knows_nothing(&desk);
        let counts = desk.engine.preferences().counts().unwrap();
        assert_eq!((counts.stated, counts.pinned, counts.corrected), (1, 1, 1));
        desk.holds(&pinned);
        assert!(desk.prompt().contains("greets everybody by name"));
        let stats = desk.engine.stats().unwrap();
        assert_eq!((stats.observations, stats.history, stats.inference_pending), (6, 1, 0));
        assert!(!desk.engine.search(&Query::new("where is the ladder")).unwrap().is_empty());
        match step {
            0 => desk.reopen(),
            1 => desk.engine.rebuild(&mut |_| {}, &CancelToken::new()).unwrap(),
            2 => desk.engine.optimize(&mut |_| {}, &CancelToken::new()).unwrap(),
            _ => {}
        }
    }
    // Evidence is gone from the disk, and what was switched off stays so when it is learned again.
    desk.engine.close().unwrap();
    let store = Store::open(desk.folder.path(), true).unwrap();
    assert_eq!(store.count(Table::Inference).unwrap(), 0);
    drop(store);
    desk.engine = open(desk.folder.path(), &desk.clock);
    desk.edits(8, true);
    assert!(desk.engine.learning().unwrap() && desk.engine.preferences().counts().unwrap().learned > 0);
    assert!(!desk.prompt().contains(&off.text), "{}", desk.prompt());
    assert_eq!(Timestamp(day(1).0 - day(0).0), Timestamp(DAY));
}
