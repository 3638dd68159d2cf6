//! Exactness on random histories and texts: removing a record leaves no trace, and any text can be measured.

use proptest::prelude::*;

use super::*;

fn any_item() -> impl Strategy<Value = EvidenceItem> {
    let feature = prop::sample::select(vec![101u16, 301, 401, 602, 1502]);
    (feature, 0u8..3, -3.0f32..3.0, prop::option::of(0.0f32..100.0), 0.01f32..1.0, any::<bool>()).prop_map(
        |(feature, subject, change, level, weight, known)| {
            let has_subject = Feature::by_id(feature).is_some_and(|feature| feature.has_subject);
            let subject = if has_subject { format!("phrase {subject}") } else { String::new() };
            let subject_hash = crate::hash::subject_hash(&subject);
            let subject = if known { subject } else { String::new() };
            EvidenceItem {
                words: EvidenceItem::ANY_WORDS,
                feature,
                subject,
                subject_hash,
                change,
                left: change,
                before: level,
                after: level,
                weight,
            }
        },
    )
}

#[derive(Debug, Clone)]
struct Event {
    id: u64,
    day: i64,
    scope: Scope,
    evidence: Evidence,
}

fn any_event() -> impl Strategy<Value = Event> {
    let scope = prop::sample::select(vec![
        Scope::person(),
        Scope::app("mail"),
        Scope::app("mail").task("reply"),
        Scope::app("chat").locale("en-GB"),
    ]);
    let occasion = prop_oneof![Just(0), 1u64..4, 1u64..1_000];
    (1u64..30, 0i64..200, scope, prop::collection::vec(any_item(), 0..8), occasion).prop_map(
        |(id, day, scope, items, occasion)| Event {
            id,
            day,
            scope,
            evidence: Evidence { items, occasion, ..Evidence::default() },
        },
    )
}

fn take(learner: &mut Learner, event: &Event) {
    let at = Timestamp(START + event.day * DAY);
    learner.insert(RecordId(event.id), at, &event.scope, event.evidence.clone());
}

fn everything(learner: &Learner) -> String {
    let now = Timestamp(START + 220 * DAY);
    let scope = Scope::app("mail").task("reply");
    let near: Vec<(RecordId, f32)> = (1..12).map(|id| (RecordId(id), 0.9 - id as f32 * 0.05)).collect();
    let mut pooled = learner.pool(&PoolQuery { scope: &scope, neighbours: &near, likenesses: &[], now });
    pooled.extend(learner.pool(&PoolQuery { scope: &scope, neighbours: &[], likenesses: &[], now }));
    pooled.extend(learner.list(now));
    let explained: Vec<_> = pooled.iter().map(|preference| learner.explain(preference.id, now)).collect();
    // All fields are named, so that a new one is not overlooked. Unordered ones are put in order.
    let Learner {
        records,
        occasions,
        nodes,
        comparing,
        subjects,
        supported,
        suppressions,
        totals,
        own_texts,
    } = learner;
    let records: BTreeMap<&RecordId, &Arc<Held>> = records.iter().collect();
    let occasions = occasions.in_order();
    let kept = (records, occasions, nodes, comparing, subjects, supported, suppressions, totals, own_texts);
    format!("{kept:?} {pooled:?} {explained:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Compares the whole state bit for bit. Queries in between must not affect it.
    #[test]
    fn removing_is_as_if_never_seen(
        events in prop::collection::vec(any_event(), 1..40),
        removed in prop::collection::btree_set(1u64..30, 0..20),
    ) {
        let mut learner = Learner::new();
        for event in &events {
            take(&mut learner, event);
            if event.id % 4 == 0 {
                everything(&learner);
            }
        }
        let gone: Vec<RecordId> = removed.iter().copied().map(RecordId).collect();
        let learner = learner.without(&gone);
        let mut last: BTreeMap<u64, &Event> = BTreeMap::new();
        for event in &events {
            last.insert(event.id, event);
        }
        let mut fresh = Learner::new();
        for event in last.values().filter(|event| !removed.contains(&event.id)) {
            take(&mut fresh, event);
        }
        prop_assert_eq!(everything(&learner), everything(&fresh));
    }

    /// Texts in scripts without word lists cause no failure, and all values are finite.
    #[test]
    fn other_scripts_are_measured(
        draft in "[ąćęłńóśźża-z ,.!?\n-]{0,80}|[一-龥，。！？ \n]{0,60}|[\u{0620}-\u{064a} ،؟.\n]{0,60}",
        edited in "[ąćęłńóśźża-z ,.!?\n-]{0,80}|[一-龥，。！？ \n]{0,60}|[\u{0620}-\u{064a} ،؟.\n]{0,60}",
    ) {
        let measured = crate::signals::measure(&edited);
        for feature in crate::signals::FEATURES {
            prop_assert!(measured.value(feature.id).is_none_or(f32::is_finite), "{}", feature.name);
        }
        let evidence = FeatureInducer.induce(&record(0, &Scope::person(), Signal::Edit { draft, edited }));
        prop_assert!(evidence.items.iter().all(|item| item.change.is_finite() && item.weight > 0.0));
        let _ = evidence.notes(None);
    }

    #[test]
    fn inducing_is_total_and_ordered(draft in any::<String>(), edited in any::<String>(), strength in any::<f32>()) {
        let mut record = record(0, &Scope::person(), Signal::Edit { draft, edited });
        record.strength = strength;
        let evidence = FeatureInducer.induce(&record);
        prop_assert_eq!(&evidence, &FeatureInducer.induce(&record));
        for pair in evidence.items.windows(2) {
            prop_assert!((pair[0].feature, pair[0].subject_hash) < (pair[1].feature, pair[1].subject_hash));
        }
        let sound = |i: &EvidenceItem| i.weight > 0.0 && i.weight <= 1.0 && i.change.abs() <= 3.0;
        prop_assert!(evidence.items.iter().all(sound));
        let _ = evidence.notes(None);
    }
}

impl crate::store::Stored for Evidence {
    const VERSION: u8 = 1;
}

#[test]
fn evidence_survives_the_store() {
    use crate::store::{Batch, Store, Table};

    let evidence = FeatureInducer.induce(&edit_of_many_features());
    assert!(evidence.items.len() > 5);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path(), true).expect("opens");
    let mut batch = Batch::new();
    batch.put(Table::Vectors, 1, &evidence).expect("encodes");
    store.commit(&batch).expect("commits");
    assert_eq!(store.get::<Evidence>(Table::Vectors, 1).expect("reads"), Some(evidence));
}

fn edit_of_many_features() -> Record {
    let draft = "Dear Ann,\n\nI would perhaps like to utilize this opportunity to tell you that we do not have the \
                 color that you asked for!\n\nBest regards,\nSam";
    let edited = "Hi Ann,\n\nWe don't have the colour you asked for.\n\nCheers,\nSam";
    record(0, &Scope::person(), Signal::Edit { draft: draft.into(), edited: edited.into() })
}
