use proptest::prelude::*;

use super::*;
use crate::hash::subject_hash;
use crate::store::golden;
use crate::types::{Direction, PreferenceKey};

const DELETED: Option<RecordId> = Some(RecordId(40));

fn key(feature: u16, direction: Direction) -> PreferenceKey {
    PreferenceKey { feature, subject: String::new(), direction }
}

fn target(key: &PreferenceKey) -> AppliedPreference {
    let direction = if key.direction == Direction::More { 1 } else { -1 };
    AppliedPreference { feature: key.feature, subject: subject_hash(&key.subject), direction }
}

/// As the learner makes ids: one for each key and scope, with the top bit set.
fn id_of(key: &PreferenceKey, scope: &Scope) -> PreferenceId {
    let what = format!("{key:?} {scope}");
    PreferenceId(crate::hash::stable_hash(&[what.as_bytes()]) | 1 << 63)
}

fn learned(key: PreferenceKey, scope: &Scope, text: &str, strength: f32) -> Preference {
    Preference {
        id: id_of(&key, scope),
        text: text.to_owned(),
        key: Some(key),
        scope: scope.clone(),
        origin: Origin::Learned,
        level: None,
        strength,
        confidence: 0.9,
        occasions: 6,
        pinned: false,
        active: true,
        updated: Timestamp(5),
        contexts: Vec::new(),
    }
}

fn short(scope: &Scope) -> Preference {
    Preference {
        level: Some(61.3),
        ..learned(key(1, Direction::Less), scope, "keeps texts near 61 words", 0.6)
    }
}

fn stated(text: &str, scope: &Scope) -> Stated {
    Stated {
        text: text.to_owned(),
        scope: scope.clone(),
        at: Timestamp(9),
        pinned: false,
        active: true,
        sources: Vec::new(),
    }
}

#[test]
fn the_bytes_of_entries_stay() {
    let scope = Scope::app("mail").task("reply").audience("team").locale("en-GB");
    let words =
        Stated { pinned: true, sources: vec![RecordId(4), RecordId(700)], ..stated("short mails", &scope) };
    let override_ = Override {
        target: AppliedPreference { feature: 260, subject: 1 << 40, direction: -1 },
        scope,
        pinned: false,
        active: true,
        corrected: Some("no 'kindly'".to_owned()),
        deleted_through: None,
        at: Timestamp(-3),
        said: None,
    };
    let deleted = Override { corrected: None, deleted_through: DELETED, active: false, ..override_.clone() };
    let said =
        Said { text: "signs off with 'Ciao'".to_owned(), subject: "ciao".to_owned(), level: Some(1.5) };
    let pinned = Override { corrected: None, pinned: true, said: Some(said), ..override_.clone() };
    let checks = [(5, true), (6, false)].map(|(record, follows)| Check { record: RecordId(record), follows });
    let inferred = Inferred { words: words.clone(), of: RecordId(4), checks: checks.to_vec() };
    let entries = [
        ("stated", Entry::Stated(stated("short mails", &Scope::person()))),
        ("stated_by_sources", Entry::Stated(words)),
        ("override_corrected", Entry::Override(override_)),
        ("override_deleted", Entry::Override(deleted)),
        ("override_pinned", Entry::Override(pinned)),
        ("inferred", Entry::Inferred(inferred)),
    ];
    golden::check("entry", &entries);
}

fn say(about: &Preference) -> Override {
    Override::new(about.applied().expect("a learned preference has a key"), about.scope.clone(), Timestamp(9))
}

fn ledger(entries: Vec<(PreferenceId, Entry)>) -> Ledger {
    let mut ledger = Ledger::new();
    for (id, entry) in entries {
        ledger.insert(id, entry);
    }
    ledger
}

fn over(about: &Preference, change: impl FnOnce(&mut Override)) -> (PreferenceId, Entry) {
    let mut say = say(about);
    change(&mut say);
    (about.id, Entry::Override(say))
}

fn words(id: u64, text: &str, scope: &Scope) -> (PreferenceId, Entry) {
    (PreferenceId(id), Entry::Stated(stated(text, scope)))
}

fn texts(preferences: &[Preference]) -> Vec<&str> {
    preferences.iter().map(|preference| preference.text.as_str()).collect()
}

fn mail() -> Scope {
    Scope::app("mail")
}

fn chat() -> Scope {
    Scope::app("chat")
}

#[test]
fn authority_comes_before_strength() {
    let mail = mail();
    let pinned = learned(key(2, Direction::More), &mail, "pinned", 0.2);
    let corrected = learned(key(3, Direction::More), &mail, "wrong", 0.1);
    let entries = vec![
        words(1, "stated", &Scope::person()),
        words(2, "stated elsewhere", &chat()),
        (PreferenceId(3), Entry::Stated(Stated { sources: vec![RecordId(4)], ..stated("inferred", &mail) })),
        (
            PreferenceId(4),
            Entry::Stated(Stated { sources: vec![RecordId(5)], ..stated("not chosen", &mail) }),
        ),
        over(&pinned, |say| say.pinned = true),
        over(&corrected, |say| say.corrected = Some(String::from("right"))),
    ];
    let ledger = ledger(entries);
    let strong = learned(key(4, Direction::More), &mail, "strong", 1.0);
    let weak = learned(key(5, Direction::More), &mail, "weak", 0.3);
    let all = vec![weak, corrected, pinned, strong];
    let composed = ledger.compose(Some(&mail), all.clone(), &[PreferenceId(3)]);
    assert_eq!(texts(&composed), ["stated", "pinned", "right", "strong", "weak", "inferred"]);
    let origins: Vec<Origin> = composed.iter().map(|preference| preference.origin).collect();
    let expected = "[Stated, Learned, Corrected, Learned, Learned, Inferred]";
    assert_eq!(format!("{origins:?}"), expected);
    let listed = ledger.compose(None, all, &[PreferenceId(3), PreferenceId(4)]);
    assert_eq!(
        texts(&listed),
        ["stated elsewhere", "stated", "pinned", "right", "strong", "weak", "inferred", "not chosen"]
    );
}

#[test]
fn switched_off_is_kept_and_marked() {
    let short = short(&mail());
    let ledger = ledger(vec![over(&short, |say| say.active = false)]);
    let composed = ledger.compose(Some(&mail()), vec![short.clone()], &[]);
    assert_eq!(composed, [Preference { active: false, ..short }]);
}

#[test]
fn an_override_holds_within_its_scope_and_not_beyond() {
    let reply = mail().task("reply");
    let at_mail = short(&mail());
    let ledger = ledger(vec![over(&at_mail, |say| say.active = false)]);
    let active = |scope: Option<&Scope>, about: &Preference| {
        let composed = ledger.compose(scope, vec![about.clone()], &[]);
        composed.iter().find(|p| p.id == about.id).map(|p| p.active)
    };
    // Learned within it: off, under its own id, so that switching it on makes a narrower override.
    assert_eq!(active(None, &short(&reply)), Some(false));
    assert_eq!(active(Some(&reply), &short(&reply)), Some(false));
    // Learned elsewhere, or wider and used elsewhere: untouched.
    assert_eq!(active(None, &short(&chat())), Some(true));
    assert_eq!(active(None, &short(&Scope::person())), Some(true));
    assert_eq!(active(Some(&chat()), &short(&Scope::person())), Some(true));
    // Learned wider and used within it: off, under the override's id, by which it can be switched on.
    let wide = short(&Scope::person());
    let composed = ledger.compose(Some(&reply), vec![wide.clone()], &[]);
    assert_eq!(composed, [Preference { id: at_mail.id, scope: mail(), active: false, ..wide.clone() }]);
    // The listing shows both, the rule and the exception.
    let listed = ledger.compose(None, vec![wide.clone()], &[]);
    assert!(listed.contains(&wide));
    assert!(listed.contains(&composed[0]));
    assert_eq!(listed.len(), 2);
}

#[test]
fn the_narrowest_override_counts() {
    let reply = mail().task("reply");
    let (wide, narrow) = (short(&Scope::person()), short(&mail()));
    let off_but_in_mail =
        ledger(vec![over(&wide, |say| say.active = false), over(&narrow, |say| say.at = Timestamp(10))]);
    let active = |ledger: &Ledger, scope: &Scope| {
        ledger.compose(Some(scope), vec![wide.clone()], &[]).iter().map(|p| p.active).collect::<Vec<_>>()
    };
    assert_eq!(active(&off_but_in_mail, &reply), [true]);
    assert_eq!(active(&off_but_in_mail, &chat()), [false]);
    assert_eq!(off_but_in_mail.compose(None, vec![wide.clone()], &[]).len(), 2);
    // An older one that is back at its defaults has nothing to say against the later, wider one.
    let off = ledger(vec![over(&wide, |say| say.active = false), over(&narrow, |say| say.at = Timestamp(8))]);
    assert_eq!(active(&off, &reply), [false]);
    assert_eq!(off.compose(None, vec![wide.clone()], &[]).len(), 1);
}

#[test]
fn a_correction_is_the_persons_own_words() {
    let short = short(&mail());
    let with = |text: &str| ledger(vec![over(&short, |say| say.corrected = Some(text.to_owned()))]);
    let composed = with("says what it takes, no more").compose(Some(&mail()), vec![short.clone()], &[]);
    assert_eq!(composed.len(), 1);
    let corrected = &composed[0];
    assert_eq!((corrected.origin, corrected.key.clone(), corrected.level), (Origin::Corrected, None, None));
    assert_eq!((corrected.id, corrected.strength, corrected.confidence), (short.id, 1.0, 1.0));
    // Only the level's number differs: it is still about that.
    let renumbered = with("Keeps texts near 80 words.").compose(Some(&mail()), vec![short.clone()], &[]);
    assert_eq!((renumbered[0].key.clone(), renumbered[0].level), (short.key.clone(), Some(80.0)));
    assert_eq!(renumbered[0].text, "Keeps texts near 80 words.");
    let same = with("keeps texts near 61 words").compose(Some(&mail()), vec![short.clone()], &[]);
    assert_eq!((same[0].key.clone(), same[0].level), (short.key.clone(), Some(61.3)));
    // Gone from the learner, it stays in the words' scope.
    let ledger = with("says what it takes, no more");
    let alone = ledger.compose(Some(&mail().task("reply")), Vec::new(), &[]);
    assert_eq!(alone, [Preference { occasions: 0, ..corrected.clone() }]);
    assert_eq!(ledger.compose(Some(&chat()), Vec::new(), &[]), []);
    assert_eq!(ledger.compose(None, Vec::new(), &[]), alone);
}

#[test]
fn a_correction_is_shown_once_for_all_that_it_covers() {
    let wide = short(&Scope::person());
    let ledger = ledger(vec![over(&wide, |say| say.corrected = Some(String::from("brief")))]);
    let listed = ledger.compose(None, vec![short(&mail()), short(&chat())], &[]);
    assert_eq!(texts(&listed), ["brief"]);
    assert_eq!((listed[0].id, &listed[0].scope), (wide.id, &Scope::person()));
}

#[test]
fn a_pin_whose_words_were_not_kept_shows_nothing_without_evidence() {
    let short = short(&mail());
    let ledger = ledger(vec![over(&short, |say| say.pinned = true)]);
    assert_eq!(ledger.compose(Some(&mail()), Vec::new(), &[]), []);
    assert_eq!(ledger.compose(None, Vec::new(), &[]), []);
    let composed = ledger.compose(Some(&mail()), vec![short.clone()], &[]);
    assert_eq!(composed, [Preference { pinned: true, ..short }]);
}

#[test]
fn a_pin_says_what_it_said() {
    let short = short(&mail());
    let pin = |say: &mut Override| {
        say.pinned = true;
        say.keep_words(Some(&short));
    };
    let pinned = ledger(vec![over(&short, pin)]);
    let longer =
        Preference { text: "keeps texts near 95 words".to_owned(), level: Some(95.0), ..short.clone() };
    let long = learned(key(1, Direction::More), &mail(), "writes longer", 0.9);
    for scope in [Some(mail()), None] {
        for learned in [vec![], vec![short.clone()], vec![longer.clone()], vec![long.clone()]] {
            let composed = pinned.compose(scope.as_ref(), learned, &[]);
            assert_eq!(texts(&composed), ["keeps texts near 61 words"]);
            assert!(composed[0].pinned && composed[0].key == short.key && composed[0].level == short.level);
        }
    }
    assert_eq!(pinned.compose(Some(&chat()), vec![], &[]), []);
    // Unpinned, nothing is left of it; switched off, it is kept but applied no more.
    let mut say = say(&short);
    pin(&mut say);
    say.active = false;
    say.keep_words(None);
    let off = Ledger { ..ledger(vec![(short.id, Entry::Override(say.clone()))]) };
    assert!(!off.compose(Some(&mail()), vec![], &[])[0].active);
    (say.pinned, say.active) = (false, true);
    say.keep_words(Some(&short));
    assert_eq!(say.said, None);
}

#[test]
fn of_two_of_the_person_s_own_the_narrower_and_the_newer_goes_first() {
    let own = |id: u64, text: &str, scope: &Scope, at| {
        (PreferenceId(id), Entry::Stated(Stated { at: Timestamp(at), ..stated(text, scope) }))
    };
    let said = ledger(vec![
        own(1, "Never use emoji", &Scope::person(), 5),
        own(2, "Use emoji", &mail(), 1),
        own(3, "Please do not use emoji", &chat(), 2),
        own(4, "Use emoji!", &chat(), 3),
        own(5, "signs with a full name", &chat(), 1),
    ]);
    assert_eq!(texts(&said.compose(Some(&mail()), vec![], &[])), ["Use emoji"]);
    assert_eq!(texts(&said.compose(Some(&chat()), vec![], &[])), ["Use emoji!", "signs with a full name"]);
    assert_eq!(texts(&said.compose(Some(&Scope::app("notes")), vec![], &[])), ["Never use emoji"]);
    let listed = said.compose(None, vec![], &[]);
    assert_eq!(listed.len(), 5, "all are listed");
    let pairs = said.contradictions(&listed);
    let pairs: BTreeSet<(u64, u64)> = pairs.into_iter().map(|(one, other)| (one.0, other.0)).collect();
    assert_eq!(pairs, BTreeSet::from([(2, 1), (4, 1), (4, 3)]));
}

#[test]
fn what_is_learned_gives_way_to_what_the_person_stands_behind() {
    let short = short(&mail());
    let long = learned(key(1, Direction::More), &mail(), "writes longer", 0.9);
    let elsewhere = learned(key(1, Direction::More), &chat(), "writes longer", 0.9);
    for change in [(|say: &mut Override| say.pinned = true) as fn(&mut Override), |say| {
        say.corrected = Some(String::from("brief"));
    }] {
        let ledger = ledger(vec![over(&short, change)]);
        assert!(!texts(&ledger.compose(Some(&mail()), vec![long.clone()], &[])).contains(&"writes longer"));
        assert!(!texts(&ledger.compose(None, vec![long.clone()], &[])).contains(&"writes longer"));
        assert!(texts(&ledger.compose(None, vec![elsewhere.clone()], &[])).contains(&"writes longer"));
    }
    let off = ledger(vec![over(&short, |say| {
        say.corrected = Some(String::from("brief"));
        say.active = false;
    })]);
    assert_eq!(texts(&off.compose(Some(&mail()), vec![long.clone()], &[])), ["brief", "writes longer"]);
    // Stated in the words of a learned one: the words take over what it is about.
    let stated = ledger(vec![words(1, "Keeps texts near 61 words.", &Scope::person())]);
    let both = stated.compose(Some(&mail()), vec![short.clone(), long], &[]);
    assert_eq!(texts(&both), ["Keeps texts near 61 words."]);
    assert_eq!((both[0].key.clone(), both[0].level, both[0].id), (short.key, short.level, PreferenceId(1)));
}

#[test]
fn nothing_is_said_twice() {
    let mail = mail();
    let learned = learned(key(1, Direction::Less), &mail, "no exclamation marks", 1.0);
    let mut off = stated("NO  exclamation marks.", &mail);
    off.active = false;
    let same = [
        (PreferenceId(1), Entry::Stated(off)),
        words(2, "No exclamation\nmarks", &Scope::person()),
        words(3, "no exclamation marks", &chat()),
    ];
    let ledger = ledger(same.to_vec());
    let composed = ledger.compose(Some(&mail), vec![learned.clone()], &[]);
    assert_eq!(composed.iter().map(|p| (p.id.0, p.active)).collect::<Vec<_>>(), [(2, true)]);
    // A listing keeps what is said of different scopes apart.
    let listed = ledger.compose(None, vec![learned], &[]);
    assert_eq!(
        listed.iter().map(|p| (p.id.0, p.active)).collect::<Vec<_>>(),
        [(3, true), (1, false), (2, true)]
    );
}

#[test]
fn a_deletion_stays_a_deletion() {
    let (short, other) = (short(&mail()), learned(key(1, Direction::More), &mail(), "writes longer", 0.4));
    let mut entry = say(&short);
    entry.corrected = Some(String::from("brief"));
    entry.delete(RecordId(40), Timestamp(12));
    assert_eq!(entry, Override { deleted_through: DELETED, at: Timestamp(12), ..say(&short) });
    entry.delete(RecordId(30), Timestamp(13));
    assert_eq!(entry.deleted_through, DELETED);
    let mut ledger = ledger(vec![
        (short.id, Entry::Override(entry.clone())),
        over(&other, |say| say.deleted_through = Some(RecordId(20))),
    ]);
    let expected = Suppression { feature: 1, subject_hash: 0, scope: mail(), through: RecordId(40) };
    assert_eq!(ledger.suppressions(), vec![expected.clone()]);
    // Learned anew, it is as learned; what is then said of it does not undo the deletion.
    assert_eq!(ledger.compose(Some(&mail()), vec![short.clone()], &[]), vec![short.clone()]);
    entry.active = false;
    ledger.insert(short.id, Entry::Override(entry));
    assert!(!ledger.compose(Some(&mail()), vec![short], &[])[0].active);
    assert_eq!(ledger.suppressions(), [expected]);
    assert!(ledger.compose(None, Vec::new(), &[]).is_empty());
}

#[test]
fn inferred_entries_know_their_sources() {
    let mut inferred = stated("brief", &mail());
    inferred.sources = vec![RecordId(3), RecordId(8)];
    let mut pinned = inferred.clone();
    pinned.sources = vec![RecordId(8)];
    pinned.pinned = true;
    pinned.text = String::from("warm");
    let ledger = ledger(vec![
        (PreferenceId(1), Entry::Stated(inferred)),
        (PreferenceId(2), Entry::Stated(pinned)),
        words(3, "own", &mail()),
        over(&short(&mail()), |say| say.pinned = true),
    ]);
    let resting = |record| ledger.resting_on(RecordId(record)).map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(resting(8), [PreferenceId(1), PreferenceId(2)]);
    assert_eq!(resting(3), [PreferenceId(1)]);
    assert_eq!(resting(1), []);
    let preference = ledger.preference(PreferenceId(1)).expect("an entry in words");
    assert_eq!((preference.origin, preference.occasions, preference.confidence), (Origin::Inferred, 2, 0.75));
    assert_eq!(ledger.preference(PreferenceId(3)).map(|p| p.origin), Some(Origin::Stated));
    assert_eq!(ledger.preference(short(&mail()).id), None);
    // A pinned one holds in its scope without being chosen; one that is not pinned does not.
    assert_eq!(texts(&ledger.compose(Some(&mail()), Vec::new(), &[])), ["own", "warm"]);
    assert_eq!(texts(&ledger.compose(Some(&chat()), Vec::new(), &[])), Vec::<&str>::new());
    assert_eq!(texts(&ledger.compose(Some(&chat()), Vec::new(), &[PreferenceId(1)])), ["brief"]);
}

fn some_scope() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![
        Scope::person(),
        mail(),
        mail().task("reply"),
        Scope::default().task("reply"),
        chat(),
    ])
}

fn some_learned() -> impl Strategy<Value = Preference> {
    (0..3u16, any::<bool>(), some_scope(), 0..3usize, 0.0..=1.0f32).prop_map(
        |(feature, more, scope, text, strength)| {
            let direction = if more { Direction::More } else { Direction::Less };
            learned(key(feature, direction), &scope, ["Short", "short.", "warm"][text], strength)
        },
    )
}

fn some_entry() -> impl Strategy<Value = (PreferenceId, Entry)> {
    let flags = (any::<bool>(), any::<bool>(), 0..4i64);
    let over = (some_learned(), flags, prop::option::weighted(0.3, "(warm|Own words)")).prop_map(
        |(about, (pinned, active, at), corrected)| {
            let entry = Override { pinned, active, corrected, at: Timestamp(at), ..say(&about) };
            (about.id, Entry::Override(entry))
        },
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let words = (1..9u64, "(short|Warm|own)", some_scope(), flags).prop_map(
        |(id, text, scope, (pinned, active, inferred))| {
            let sources = if inferred { vec![RecordId(id)] } else { Vec::new() };
            let words = Stated { pinned, active, sources, ..stated(&text, &scope) };
            let entry = match id % 2 {
                0 if inferred => Entry::Inferred(Inferred { words, of: RecordId(id), checks: Vec::new() }),
                _ => Entry::Stated(words),
            };
            (PreferenceId(id), entry)
        },
    );
    prop_oneof![over, words]
}

fn rank(preference: &Preference) -> usize {
    match preference.origin {
        _ if preference.pinned => 0,
        Origin::Stated => 0,
        Origin::Corrected => 1,
        Origin::Learned => 2,
        Origin::Inferred => 3,
    }
}

proptest! {
    #[test]
    fn composition_keeps_its_promises(
        entries in prop::collection::vec(some_entry(), 0..8),
        mut all in prop::collection::vec(some_learned(), 0..8),
        scope in prop::option::of(some_scope()),
        inferred in prop::collection::vec((1..12u64).prop_map(PreferenceId), 0..4),
    ) {
        all.sort_by_key(|preference| preference.id);
        all.dedup_by_key(|preference| preference.id);
        if let Some(scope) = &scope {
            all.retain(|preference| preference.scope.contains(scope));
        }
        let ledger = ledger(entries);
        let composed = ledger.compose(scope.as_ref(), all.clone(), &inferred);

        let mut backwards = all.clone();
        backwards.reverse();
        prop_assert_eq!(&composed, &ledger.compose(scope.as_ref(), backwards, &inferred));

        // The person's own go by scope and time, the others by id.
        let place = |p: &Preference| {
            let own = [-(p.scope.depth() as i64), -p.updated.0, -(p.id.0 as i64 & i64::MAX)];
            let last = if is_said(p) { own } else { [p.id.0 as i64 & i64::MAX, 0, 0] };
            (rank(p), -f64::from(p.strength * p.confidence), last)
        };
        prop_assert!(composed.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])), "{composed:?}");

        for (at, one) in composed.iter().enumerate() {
            for other in &composed[at + 1..] {
                prop_assert!(one.id != other.id);
                let bare = |p: &Preference| p.text.trim_end_matches('.').to_lowercase();
                prop_assert!(bare(one) != bare(other) || (scope.is_none() && one.scope != other.scope));
            }
        }

        for preference in &composed {
            if let (Some(scope), false) = (&scope, preference.origin == Origin::Inferred) {
                prop_assert!(preference.scope.contains(scope));
            }
            // What the person says under this id is what is shown under it.
            match ledger.get(preference.id) {
                Some(Entry::Stated(words) | Entry::Inferred(Inferred { words, .. })) => {
                    prop_assert_eq!((words.pinned, words.active), (preference.pinned, preference.active));
                }
                Some(Entry::Override(say)) if !say.is_plain() => {
                    // A narrower one may count at this place instead, and then carries its own id.
                    prop_assert_eq!((say.pinned, say.active), (preference.pinned, preference.active));
                    if let Some(corrected) = &say.corrected {
                        prop_assert_eq!(corrected, &preference.text);
                    }
                }
                _ => prop_assert!(preference.origin == Origin::Learned),
            }
        }

        // Naive oracle for a situation: where all that the person says of a target is "off", it is off.
        if let Some(scope) = &scope {
            for preference in composed.iter().filter(|p| p.origin == Origin::Learned) {
                let about = preference.key.as_ref().map(target);
                let mut covering = ledger
                    .overrides()
                    .filter(|(_, say)| Some(say.target) == about && say.scope.contains(scope))
                    .peekable();
                if covering.peek().is_some() && covering.all(|(_, say)| !say.active) {
                    prop_assert!(!preference.active);
                }
            }
        }
    }
}

#[test]
fn what_was_inferred_counts_once_other_texts_follow_it() {
    let words = Stated { sources: vec![RecordId(1)], ..stated("is brief", &mail()) };
    let check = |record, follows| Check { record: RecordId(record), follows };
    let with = |checks: &[Check]| Inferred { words: words.clone(), of: RecordId(1), checks: checks.to_vec() };
    assert!(!with(&[]).holds());
    assert!(with(&[check(2, true)]).holds());
    assert!(!with(&[check(2, false)]).holds());
    assert!(!with(&[check(2, true), check(3, false)]).holds());
    assert!(with(&[check(2, true), check(3, false), check(4, true)]).holds());
    let mut pinned = with(&[check(2, false)]);
    pinned.words.pinned = true;
    assert!(pinned.holds());

    let mut ledger = Ledger::new();
    ledger.insert(PreferenceId(5), Entry::Inferred(with(&[check(2, true), check(3, true)])));
    let preference = ledger.preference(PreferenceId(5)).unwrap();
    assert_eq!((preference.origin, preference.occasions, preference.confidence), (Origin::Inferred, 3, 0.75));
    let resting = |ledger: &Ledger, record| ledger.resting_on(RecordId(record)).count();
    assert_eq!([1, 2, 3, 4].map(|record| resting(&ledger, record)), [1, 1, 1, 0]);
    ledger.insert(PreferenceId(5), Entry::Inferred(with(&[check(4, true)])));
    assert_eq!([1, 2, 3, 4].map(|record| resting(&ledger, record)), [1, 0, 0, 1]);
    assert!(ledger.remove(PreferenceId(5)).is_some());
    assert_eq!([1, 4].map(|record| resting(&ledger, record)), [0, 0]);
}
