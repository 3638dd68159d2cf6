use std::collections::BTreeMap;

use proptest::prelude::*;

use super::query::{QUERY_TERMS_MAX, STANDS_FOR_MAX};
use super::*;
use crate::search::vector::Deadline;

fn found_by(index: &LexicalIndex, query: &WordQuery) -> Vec<u64> {
    index.search(query, 10, None).into_iter().map(|found| found.key).collect()
}

fn found(index: &LexicalIndex, query: &str) -> Vec<u64> {
    found_by(index, &index.query(query, false))
}

#[test]
fn finds_by_stem_identifier_and_prefix() {
    let mut index = LexicalIndex::new();
    index.insert(1, "Meeting notes of the Kestrel project", "");
    index.insert(2, "fn parseHeader(max_len: usize)", "");
    index.insert(3, "明天见面", "");
    index.insert(4, "Nothing here", "the Kestrel project");
    assert_eq!(found(&index, "meet"), [1]);
    assert_eq!(found(&index, "kestrel"), [1, 4], "what surrounds a text counts less");
    assert_eq!(found(&index, "header"), [2]);
    assert_eq!(found(&index, "max_len"), [2]);
    assert_eq!(found(&index, "parseheader"), [2]);
    assert_eq!(found(&index, "见面"), [3]);
    assert!(found(&index, "kest").is_empty() && found(&index, "...").is_empty());
    let completed = index.search(&index.query("kest", true), 1, None);
    assert_eq!(completed[0].key, 1);
    let completed = |query| found_by(&index, &index.query(query, true));
    for beginning in ["mee", "meetin", "project of meetin"] {
        assert_eq!(completed(beginning)[0], 1, "{beginning}");
    }
    assert_eq!((completed("doesn't"), completed("meet x")), (vec![], vec![1]));
    let weights =
        [("kestrel", 1.0), ("meet", f32::NAN)].map(|(term, weight)| (vec![term.to_owned()], weight));
    assert_eq!(index.search(&index.weighted(weights), 9, None).len(), 2);
    assert_eq!(index.search(&index.query("kestrel", false), 9, Some(&[4, 9]))[0].key, 4);
}

#[test]
fn a_character_finds_the_runs_that_have_it() {
    let mut index = LexicalIndex::new();
    index.insert(1, "明天见面", "");
    index.insert(2, "面条 ok", "");
    index.insert(3, "明天", "");
    index.insert(4, "面", "");
    let query = index.query("面", false);
    let mut keys = found_by(&index, &query);
    assert_eq!(keys.remove(0), 4, "the character itself fits best");
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
    assert_eq!(found(&index, "见"), [1]);
    assert_eq!(query.terms.iter().map(|(_, weight)| weight).sum::<f32>(), 2.0);
    for key in 5..200 {
        index.insert(key, &format!("面{}", char::from_u32(0x5000 + key as u32).unwrap()), "");
    }
    assert_eq!(index.query("面 a 面", false).terms.len(), 1 + STANDS_FOR_MAX);
}

#[test]
fn feedback_brings_in_the_words_of_good_texts() {
    let mut index = LexicalIndex::new();
    index.insert(1, "boat harbour mooring", "");
    index.insert(2, "harbour mooring fees", "");
    index.insert(3, "bread and butter", "");
    let query = index.query("boat", false);
    assert_eq!(index.search(&query, 9, None).len(), 1);
    let expanded = index.expanded(&query, &[(1, 1.0)], 10, 0.4);
    let keys: Vec<u64> = index.search(&expanded, 9, None).into_iter().map(|found| found.key).collect();
    assert_eq!(keys, [1, 2]);
    assert_eq!(index.expanded(&query, &[(9, 1.0)], 10, 0.4), query);
}

#[test]
fn what_a_text_adds_to_a_query_is_counted_up_to_enough() {
    let mut index = LexicalIndex::new();
    index.insert(1, "boat harbour boat", "the mooring");
    index.insert(2, "boat boats", "");
    let query = index.query("the boat", false);
    assert_eq!(index.added(&query, &[1, 2, 3], 9), [2, 0, 9]);
    assert_eq!(index.added(&query, &[1, 2, 3], 1), [1, 0, 1]);
}

#[test]
fn of_a_long_query_the_weightiest_terms_are_kept() {
    let mut index = LexicalIndex::new();
    let words: Vec<String> = (0..2 * QUERY_TERMS_MAX).map(|at| format!("q{at}k")).collect();
    let words = words.join(" ");
    index.insert(1, &words, "");
    index.insert(2, "zebra", "");
    index.insert(3, &format!("{words} often"), "");
    let query = index.query(&format!("{words} zebra often often"), false);
    assert_eq!(query.terms.len(), QUERY_TERMS_MAX);
    let spelled = |number: u32| index.list(number).unwrap().spelling.text();
    let kept: Vec<&str> = query.terms.iter().map(|(number, _)| spelled(*number)).collect();
    assert!(kept.contains(&"zebra") && kept.contains(&"often") && kept.is_sorted());
}

#[test]
fn a_search_past_its_deadline_looks_for_the_weightiest_term() {
    let mut index = LexicalIndex::new();
    index.insert(1, "kestrel boat", "");
    for key in 2..50 {
        index.insert(key, "boat", "");
    }
    let query = index.query("boat kestrel", false);
    let whole = index.search(&query, 50, None);
    for among in [None, Some(&[1, 2][..])] {
        let late = Deadline::after(0);
        let found = index.search_by(&query, 50, among, &late);
        assert!(late.was_cut() && found.len() == 1 && found[0].key == 1 && found[0].score < whole[0].score);
        assert_eq!(index.search(&query, 50, None), whole, "nothing is left of the one that was cut");
    }
}

#[test]
fn removal_gives_the_space_back() {
    let mut index = LexicalIndex::new();
    let words: Vec<String> = (b'a'..=b'z').map(|c| format!("ferr{}", char::from(c))).collect();
    for key in 0..4_000 {
        index.insert(key, &words.join(" "), "");
    }
    let full = index.memory_bytes();
    (40..4_000).for_each(|key| assert!(index.remove(key)));
    assert!(index.memory_bytes() < full / 3, "{} of {full}", index.memory_bytes());
    assert_eq!(found(&index, "ferra").len(), 10);
}

#[test]
fn nothing_of_a_removed_text_is_left() {
    let mut index = LexicalIndex::new();
    index.insert(1, "alpha beta", "gamma");
    index.insert(2, "beta", "");
    assert!(index.remove(1) && !index.remove(1));
    let spelled: Vec<&str> = index.terms_from("").map(|(term, _)| term).collect();
    assert_eq!(spelled, ["beta"]);
    assert!(index.remove(2) && index.is_empty() && index.terms_from("").next().is_none());
    assert!(index.postings.iter().all(Option::is_none) && index.length == 0);
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&["a", "b", "c", "dd", "ee", "ff", "g", "h"][..]), 1..12)
        .prop_map(|words| words.join(" "))
}

/// A direct implementation of BM25.
fn naive(texts: &BTreeMap<u64, String>, query: &str) -> Vec<(u64, f64)> {
    let cut = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    let n = texts.len() as f64;
    let average = texts.values().map(|text| cut(text).len() as f64).sum::<f64>() / n;
    let mut scored = Vec::new();
    for (key, text) in texts {
        let words = cut(text);
        let mut score = 0.0;
        for term in cut(query) {
            let count = words.iter().filter(|word| **word == term).count() as f64;
            let with = texts.values().filter(|text| cut(text).contains(&term)).count() as f64;
            let idf = (1.0 + (n - with + 0.5) / (with + 0.5)).ln();
            score += idf * count * 1.9 / (count + 0.9 * (0.6 + 0.4 * words.len() as f64 / average));
        }
        if score > 0.0 {
            scored.push((*key, score));
        }
    }
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    scored
}

proptest! {
    #[test]
    fn scores_are_bm25_and_removal_leaves_no_trace(
        steps in prop::collection::vec((0u64..30, prop::bool::weighted(0.3), texts()), 1..60),
        query in texts(),
        k in 1usize..12,
    ) {
        let mut index = LexicalIndex::new();
        let mut model = BTreeMap::new();
        for (key, removes, text) in steps {
            if removes {
                prop_assert_eq!(index.remove(key), model.remove(&key).is_some());
            } else {
                index.insert(key, &text, "");
                model.insert(key, text);
            }
        }
        let mut fresh = LexicalIndex::new();
        for (key, text) in model.iter().rev() {
            fresh.insert(*key, text, "");
        }
        prop_assert_eq!(index.len(), model.len());
        let found = index.search(&index.query(&query, false), k, None);
        prop_assert_eq!(&found, &fresh.search(&fresh.query(&query, false), k, None));
        let truth = naive(&model, &query);
        prop_assert_eq!(found.len(), truth.len().min(k));
        for (found, truth) in found.iter().zip(&truth) {
            prop_assert!((f64::from(found.score) - truth.1).abs() < 1e-4);
        }
        let keys: Vec<u64> = found.iter().map(|found| found.key).collect();
        let scores = index.scores(&index.query(&query, false), &keys);
        prop_assert_eq!(scores, found.iter().map(|found| found.score).collect::<Vec<_>>());
        let all: Vec<u64> = model.keys().copied().collect();
        prop_assert_eq!(&found, &index.search(&index.query(&query, false), k, Some(&all)));
    }
}

#[test]
fn repetition_is_told_whatever_the_length() {
    let mut index = LexicalIndex::new();
    let sentence = "we met the owner in Mill Street and gave back the keys of both rooms before noon";
    index.insert(1, sentence, "keys keys keys keys");
    index.insert(2, &"lease office ".repeat(5), "");
    index.insert(3, &"lease office ".repeat(500), "");
    index.insert(4, "New York, New York", "");
    let of = |key| index.repetition(key).unwrap();
    assert!(of(1) > 0.0 && of(1) < 0.02, "{}", of(1));
    assert!((of(2) - 4.0 / 9.0).abs() < 1e-6 && (of(3) - 0.5).abs() < 1e-3);
    assert_eq!((of(4), index.repetition(5)), (0.0, None));
}
