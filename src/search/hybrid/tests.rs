//! The order of results, and removal of items.

use super::*;
use crate::search::Item;
use crate::types::RecordKind;
use crate::types::{Scope, Timestamp};

const EAST: [f32; 3] = [1.0, 0.0, 0.0];

fn add(catalogue: &mut Catalogue, hybrid: &mut Hybrid, id: u64, vector: [f32; 3], text: &str) {
    let id = RecordId(id);
    let item =
        Item { id, kind: RecordKind::History, scope: Scope::app("a").into(), at: Timestamp(id.0 as i64) };
    catalogue.insert(&item, &QuantizedVector::from_f32(&vector).unwrap()).unwrap();
    hybrid.insert_words(id, text, "");
}

fn stock() -> (Catalogue, Hybrid) {
    let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
    add(&mut catalogue, &mut hybrid, 1, [0.9, 0.4, 0.0], "budget for the harbour");
    add(&mut catalogue, &mut hybrid, 2, [0.9, 0.5, 0.0], "Kestrel budget");
    add(&mut catalogue, &mut hybrid, 3, [0.0, 1.0, 0.0], "the kestrel flew");
    (catalogue, hybrid)
}

/// An analyzed text that lives as long as the tests run.
pub(super) fn read(text: &str) -> &'static Document<'static> {
    Box::leak(Box::new(Document::read(text.to_owned().leak(), None)))
}

fn query<'a>(words: &str, filter: &'a Filter) -> HybridQuery<'a> {
    HybridQuery {
        vector: &EAST,
        words: read(words),
        weighted: &[],
        k: 3,
        filter,
        completes: false,
        pseudo_feedback: false,
        about_person: false,
        by_words: false,
    }
}

fn ids(found: &[Scored]) -> Vec<u64> {
    found.iter().map(|found| found.id.0).collect()
}

#[test]
fn words_decide_among_what_means_the_same() {
    let (catalogue, hybrid) = stock();
    let all = Filter::default();
    assert_eq!(ids(&hybrid.search(&catalogue, &query("", &all)).unwrap()), [1, 2, 3]);
    let found = hybrid.search(&catalogue, &query("kestrel", &all)).unwrap();
    assert_eq!(ids(&found), [2, 1, 3]);
    assert!(found[2].words > 0.9 && found[2].similarity < 0.01);
    assert_eq!(found[1].words, 0.0);
    let weights = [("kestrel".to_owned(), 1.0)];
    let weighted = HybridQuery { weighted: &weights, ..query("", &all) };
    assert_eq!(ids(&hybrid.search(&catalogue, &weighted).unwrap()), [2, 1, 3]);
    let late = Filter { from: Some(Timestamp(3)), ..Filter::default() };
    assert_eq!(ids(&hybrid.search(&catalogue, &query("kestrel", &late)).unwrap()), [3]);
}

#[test]
fn a_weak_match_of_words_counts_less_than_its_share() {
    let (mut catalogue, mut hybrid) = stock();
    // Unlike every other one, so that none moves its score.
    add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "budget for the harbour");
    let all = Filter::default();
    let query = HybridQuery { k: 9, ..query("kestrel budget", &all) };
    let found = hybrid.search(&catalogue, &query).unwrap();
    let weak = found.iter().find(|found| found.id.0 == 4).unwrap();
    assert!(weak.words > 0.1 && weak.words < 0.9, "{}", weak.words);
    assert!((weak.score - weak.similarity - score::WORDS * weak.words.powf(1.5)).abs() < 1e-5);
}

#[test]
fn a_rare_name_is_not_outvoted_by_meaning() {
    let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
    for id in 1..=60 {
        // All on the subject asked about, but for the one that has the name.
        add(&mut catalogue, &mut hybrid, id, [1.0, 0.01 * id as f32, 0.0], "the budget for that boat");
    }
    let away = [0.6, 0.0, 0.8];
    let text = "we heard of kestrel and of a few other things by the wall in the rain of June";
    add(&mut catalogue, &mut hybrid, 99, away, text);
    let all = Filter::default();
    let first = |query: &HybridQuery<'_>| ids(&hybrid.search(&catalogue, query).unwrap())[0];
    assert_eq!(first(&query("Kestrel budget", &all)), 99);
    assert_ne!(first(&query("kestrel budget", &all)), 99);
    assert_eq!(first(&HybridQuery { completes: true, ..query("the budget of Kest", &all) }), 99);
    assert_ne!(first(&query("the budget of Kest", &all)), 99);
    // Once many items have it, it distinguishes none.
    (2..8).for_each(|id| hybrid.insert_words(RecordId(id), "kestrel kestrel budget", ""));
    let query = HybridQuery { k: 99, ..query("Kestrel budget", &all) };
    let found = ids(&hybrid.search(&catalogue, &query).unwrap());
    let rank = |id: u64| found.iter().position(|other| *other == id).unwrap();
    assert!(rank(1) < rank(99), "{found:?}");
}

#[test]
fn of_two_as_good_the_one_like_the_best_comes_first() {
    let (mut catalogue, mut hybrid) = (Catalogue::new(3, 1000), Hybrid::new(3, 1000));
    let text = |name: &str| format!("{name} {}", "sails along the coast and back ".repeat(20));
    for (id, vector, name) in
        [(1, [0.7, -0.714, 0.0], "one"), (2, [0.7, 0.714, 0.0], "two"), (3, [0.95, 0.3, 0.0], "three")]
    {
        add(&mut catalogue, &mut hybrid, id, vector, &text(name));
    }
    let all = Filter::default();
    let found = |words| ids(&hybrid.search(&catalogue, &query(words, &all)).unwrap());
    assert_eq!(found("kestrel coast"), [3, 2, 1]);
    assert_eq!(found(""), [3, 1, 2], "by meaning alone the order is that of the cosines");
}

#[test]
fn a_text_that_repeats_itself_says_little() {
    let (mut catalogue, mut hybrid) = stock();
    let repeated = "kestrel budget kestrel kestrel budget, budget kestrel kestrel budget";
    add(&mut catalogue, &mut hybrid, 4, [1.0, 0.1, 0.0], repeated);
    add(&mut catalogue, &mut hybrid, 5, [1.0, 0.2, 0.0], "the kestrel and the budget of the harbour in June");
    let all = Filter::default();
    let query = HybridQuery { k: 9, ..query("kestrel budget", &all) };
    let found = ids(&hybrid.search(&catalogue, &query).unwrap());
    let rank = |id: u64| found.iter().position(|other| *other == id).unwrap();
    assert!(rank(5) < rank(4) && rank(4) < rank(3), "{found:?}");
}

#[test]
fn a_heading_stands_below_what_answers_a_question_and_above_what_is_of_something_else() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 4, [1.0, 0.1, 0.0], "Kestrel budget harbour");
    add(&mut catalogue, &mut hybrid, 5, [0.5, 0.8, 0.0], "we may spend two hundred on that boat");
    add(&mut catalogue, &mut hybrid, 6, [0.1, 0.9, 0.4], "rain fell on all of our roofs");
    let all = Filter::default();
    let rank = |words: &str, id: u64| {
        let found = hybrid.search(&catalogue, &HybridQuery { k: 9, ..query(words, &all) }).unwrap();
        ids(&found).iter().position(|other| *other == id).unwrap()
    };
    let question = "kestrel budget harbour?";
    assert!(rank(question, 5) < rank(question, 4) && rank(question, 4) < rank(question, 6));
    assert!(rank("kestrel budget harbour", 4) < rank("kestrel budget harbour", 5));
}

#[test]
fn a_few_words_of_its_own_are_enough_to_answer() {
    let (mut catalogue, mut hybrid) = stock();
    // Unlike every other one, so that none moves its score.
    add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "kestrel rings Anna on Friday");
    let all = Filter::default();
    let score = |words: &str| {
        let query = HybridQuery { k: 9, ..query(words, &all) };
        let found = hybrid.search(&catalogue, &query).unwrap();
        found.iter().find(|found| found.id.0 == 4).unwrap().score
    };
    assert_eq!(score("kestrel?"), score("kestrel"));
}

#[test]
fn a_text_without_what_a_question_asks_for_is_worth_less() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 4, [0.9, 0.4, 0.0], "kestrel flies over that rather old harbour wall");
    add(
        &mut catalogue,
        &mut hybrid,
        5,
        [0.9, 0.45, 0.0],
        "kestrel flies over that rather old harbour on 4 May",
    );
    let all = Filter::default();
    let first = |words: &str| ids(&hybrid.search(&catalogue, &query(words, &all)).unwrap())[0];
    assert_eq!(first("When does the kestrel fly?"), 5);
    assert_eq!(first("What does the kestrel fly over?"), 4);
    assert_eq!(first("when the kestrel flies"), 4);
}

#[test]
fn what_points_away_gains_nothing_by_saying_nothing() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 4, [-1.0, 0.0, 0.0], "gulls");
    let all = Filter::default();
    let query = HybridQuery { k: 9, ..query("When kestrel?", &all) };
    let found = hybrid.search(&catalogue, &query).unwrap();
    assert!(found.iter().find(|found| found.id.0 == 4).unwrap().score < -0.99);
}

#[test]
fn a_further_key_lifts_its_item_and_goes_with_it() {
    let (mut catalogue, mut hybrid) = stock();
    let all = Filter::default();
    let near = QuantizedVector::from_f32(&EAST).unwrap();
    let away = QuantizedVector::from_f32(&[-1.0, 0.0, 0.0]).unwrap();
    hybrid.insert_keys(RecordId(2), &[away, near.clone()]).unwrap();
    assert_eq!(ids(&hybrid.search(&catalogue, &query("", &all)).unwrap()), [2, 1, 3]);
    let wrong = QuantizedVector::from_f32(&[1.0]).unwrap();
    assert!(hybrid.insert_keys(RecordId(1), &[near, wrong]).is_err());
    assert_eq!(hybrid.keys.len(), 2);
    hybrid.remove(RecordId(2));
    catalogue.remove(RecordId(2));
    assert!(hybrid.keys.is_empty() && !hybrid.has_words(RecordId(2)));
    assert!(!hybrid.hints.contains_key(&RecordId(2)));
    assert_eq!(ids(&hybrid.search(&catalogue, &query("kestrel budget", &all)).unwrap()), [1, 3]);
}

#[test]
fn pseudo_feedback_finds_what_shares_words_with_the_best() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 4, [0.0, 0.0, 1.0], "harbour fees");
    let all = Filter::default();
    let share = |pseudo_feedback| {
        let query = HybridQuery { pseudo_feedback, k: 9, ..query("budget", &all) };
        let found = hybrid.search(&catalogue, &query).unwrap();
        found.iter().find(|found| found.id.0 == 4).unwrap().words
    };
    assert_eq!(share(false), 0.0);
    assert!(share(true) > 0.0);
}

#[test]
fn after_feedback_the_words_asked_for_count_beside_those_found() {
    let (mut catalogue, mut hybrid) = stock();
    let texts = ["budget harbour mooring fees", "budget harbour mooring", "harbour mooring", "budget"];
    for (id, text) in (4..).zip(texts) {
        add(&mut catalogue, &mut hybrid, id, [0.9, 0.1, 0.0], text);
    }
    let all = Filter::default();
    let found = |pseudo_feedback| {
        let query = HybridQuery { pseudo_feedback, k: 9, ..query("budget", &all) };
        hybrid.search(&catalogue, &query).unwrap()
    };
    let (plain, fed) = (found(false), found(true));
    let of = |found: &[Scored], id: u64| found.iter().find(|item| item.id.0 == id).unwrap().words;
    // The best item after feedback: 1 plus its share before feedback.
    assert!((of(&fed, 4) - (0.5 * of(&plain, 4) + 1.0) / 1.5).abs() < 1e-5);
    assert!(of(&plain, 4) < 0.9 && of(&plain, 7) == 1.0 && of(&fed, 7) < 0.9);
    assert!(of(&fed, 7) > 1.0 / 3.0 && of(&fed, 6) > 0.0);
    assert!(fed.iter().all(|item| (0.0..=1.0).contains(&item.words)));
}

#[test]
fn by_words_the_cosine_decides_between_equals_only() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 4, [0.1, 1.0, 0.0], "the kestrel flew");
    add(
        &mut catalogue,
        &mut hybrid,
        5,
        EAST,
        "kestrel, kestrel; kestrel kestrel kestrel kestrel kestrel kestrel",
    );
    let all = Filter::default();
    let by_words = |words, filter| HybridQuery { by_words: true, k: 9, ..query(words, filter) };
    let found = |query: &HybridQuery<'_>| ids(&hybrid.search(&catalogue, query).unwrap());
    let flew = by_words("Has the kestrel flown or flew?", &all);
    assert_eq!(found(&flew), [4, 3, 1, 5, 2]);
    assert_ne!(found(&HybridQuery { by_words: false, ..flew })[0], 4);
    assert_eq!(found(&HybridQuery { about_person: true, ..flew }), [4, 3, 1, 5, 2]);
    assert_eq!(found(&HybridQuery { k: 1, ..flew }), [4]);
    assert_eq!(found(&by_words("kestrel", &all)), [5, 2, 4, 3]);
    assert!(found(&by_words("gull", &all)).is_empty());
    assert_eq!(found(&HybridQuery { completes: true, ..by_words("fle", &all) }), [4, 3]);
    let weights = [("flew".to_owned(), 3.0)];
    assert_eq!(found(&HybridQuery { weighted: &weights, ..by_words("kestrel", &all) })[..2], [4, 3]);
    let late = Filter { from: Some(Timestamp(4)), ..Filter::default() };
    assert_eq!(found(&HybridQuery { filter: &late, ..flew }), [4, 5]);
    let harbour = HybridQuery { pseudo_feedback: true, ..by_words("harbour", &all) };
    assert_eq!(found(&harbour)[..2], [1, 2], "the words of what is found are asked for, too");
    let over = Deadline::at(std::time::Instant::now());
    assert_eq!(hybrid.search_by(&catalogue, &flew, &over).unwrap()[0].id.0, 4);
    assert!(over.was_cut());
}

#[test]
fn whenever_the_time_is_over_something_is_found() {
    let (mut catalogue, mut hybrid) = (Catalogue::new(3, usize::MAX), Hybrid::new(3, usize::MAX));
    add(&mut catalogue, &mut hybrid, 2, EAST, "the kestrel budget");
    let away = vec![QuantizedVector::from_f32(&[0.0, 0.0, 1.0]).unwrap(); KEYS_MAX];
    for id in 10..280 {
        add(&mut catalogue, &mut hybrid, id, [0.0, 0.5, 1.0], "gulls over the wall");
        hybrid.insert_keys(RecordId(id), &away).unwrap();
    }
    let looks = |query: &HybridQuery<'_>| {
        let ample = Deadline::after(usize::MAX);
        hybrid.search_by(&catalogue, query, &ample).unwrap();
        ample.looks()
    };
    let few = Filter { until: Some(Timestamp(12)), ..Filter::default() };
    let full = HybridQuery { pseudo_feedback: true, ..query("the kestrel budget", &few) };
    let (whole, all_looks) = (hybrid.search(&catalogue, &full).unwrap(), looks(&full));
    for looks in 0..=all_looks {
        let deadline = Deadline::after(looks);
        let found = hybrid.search_by(&catalogue, &full, &deadline).unwrap();
        assert!(!found.is_empty() && deadline.was_cut() == (looks < all_looks), "{looks}");
        assert!(found == whole || deadline.was_cut());
    }
    let one = query("kestrel", &few);
    assert_eq!(looks(&query("the kestrel", &few)), looks(&one) + 2, "words, and their scores");
    let many = Filter { from: Some(Timestamp(2)), ..Filter::default() };
    let plain = HybridQuery { words: read(""), ..one };
    assert_eq!(looks(&HybridQuery { filter: &many, ..plain }), looks(&plain) + 1, "further keys");
    let deep = HybridQuery { k: 70, filter: &many, ..plain };
    assert_eq!(looks(&deep), looks(&plain) + 2, "and their cosines");
}

#[test]
fn what_the_person_says_of_themselves_is_preferred_where_it_is_wanted() {
    let (mut catalogue, mut hybrid) = stock();
    add(&mut catalogue, &mut hybrid, 5, [0.88, 0.42, 0.0], "I prefer small boats.");
    let all = Filter::default();
    let asked = HybridQuery { about_person: true, ..query("Which budget?", &all) };
    assert_eq!(hybrid.search(&catalogue, &asked).unwrap()[0].id.0, 5);
}
