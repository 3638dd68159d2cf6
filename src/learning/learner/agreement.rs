//! How well the texts that were kept agree with preferences, computed from their evidence. No text is read or
//! measured again.
//!
//! Invariant: a text without evidence about a preference neither agrees nor disagrees with it.

use crate::hash::subject_hash;
use crate::learning::learner::{Held, Learner};
use crate::learning::ranking::weight;
use crate::signals::features::{Feature, id};
use crate::types::RecordId;
use crate::types::{Direction, Preference, PreferenceKey};

impl Learner {
    /// For each record, how well the text that the person kept agrees with the active preferences: from -1 (against
    /// all of them) to 1, the mean weighted by preference. Preferences about which the record has no evidence are
    /// left out; 0 if none is left.
    pub(crate) fn agreement(&self, records: &[RecordId], preferences: &[Preference]) -> Vec<f32> {
        let held: Vec<Option<&Held>> =
            records.iter().map(|id| self.records.get(id).map(|held| &**held)).collect();
        let mut sums = vec![(0.0, 0.0); records.len()];
        for preference in preferences.iter().filter(|preference| preference.active) {
            let Some(key) = &preference.key else { continue };
            let Some(feature) = Feature::by_id(key.feature) else { continue };
            let subject = subject_hash(&key.subject);
            for (sum, held) in sums.iter_mut().zip(&held) {
                let agreement = held.and_then(|held| held.agreement(feature, key, subject, preference.level));
                if let Some(agreement) = agreement {
                    let weight = weight(preference) as f32;
                    *sum = (sum.0 + weight * agreement, sum.1 + weight);
                }
            }
        }
        sums.into_iter().map(|(sum, weight)| if weight > 0.0 { sum / weight } else { 0.0 }).collect()
    }
}

impl Held {
    /// Same as [`Measured::agreement`](crate::signals::Measured::agreement), for the text that was kept.
    fn agreement(
        &self,
        feature: &Feature,
        key: &PreferenceKey,
        subject: u64,
        level: Option<f32>,
    ) -> Option<f32> {
        if !feature.has_subject {
            let place = self.item((feature.id, 0))?.level.get()?;
            return Some(feature.agreement(place, key.direction, level));
        }
        let says = match self.item((feature.id, subject)) {
            Some(item) if item.change != 0.0 => item.change > 0.0,
            Some(item) => item.level.get()? > 0.0,
            // A text has at most one greeting and one sign-off, so a different one means that this one is absent.
            None if matches!(feature.id, id::GREETING_PHRASE | id::CLOSING_PHRASE) => {
                let others = self.items.iter().filter(|item| item.feature == feature.id);
                others.filter_map(|item| item.level.get()).find(|level| *level > 0.0)?;
                false
            }
            None => return None,
        };
        Some(if says == (key.direction == Direction::More) { 1.0 } else { -1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::{FeatureInducer, Inducer};
    use crate::signals::measure;
    use crate::types::{Origin, PreferenceId};
    use crate::types::{Record, Signal};
    use crate::types::{Scope, Timestamp};

    fn about(name: &str, subject: &str, direction: Direction, level: Option<f32>) -> Preference {
        let feature = crate::signals::FEATURES.iter().find(|feature| feature.name == name).unwrap();
        Preference {
            id: PreferenceId(1),
            text: name.to_owned(),
            key: Some(PreferenceKey { feature: feature.id, subject: subject.to_owned(), direction }),
            scope: Scope::person(),
            origin: Origin::Learned,
            level,
            strength: 0.8,
            confidence: 0.95,
            occasions: 3,
            pinned: false,
            active: true,
            updated: Timestamp(0),
            contexts: Vec::new(),
        }
    }

    const DRAFT: &str = "Dear Ann,\n\nI do not know whether we will be able to utilize the large hall on Friday, \
        because it is being painted this week! I do not think it is ready.\n\nKind regards,\nSam";
    const EDITED: &str = "Hi Ann,\n\nI don't know whether we'll be able to use the large hall on Friday, because it's \
        being painted this week.\n\nCheers,\nSam";

    fn of(signal: Signal, preferences: &[Preference]) -> f32 {
        let record = Record {
            at: Timestamp(0),
            scope: Scope::person(),
            context: String::from("the hall"),
            signal,
            strength: 1.0,
            reason: String::new(),
            applied: Vec::new(),
            supplied: None,
        };
        let mut learner = Learner::new();
        learner.insert(RecordId(7), record.at, &record.scope, FeatureInducer.induce(&record));
        learner.agreement(&[RecordId(7), RecordId(8)], preferences)[0]
    }

    fn edit() -> Signal {
        Signal::Edit { draft: DRAFT.to_owned(), edited: EDITED.to_owned() }
    }

    #[test]
    fn is_what_measuring_the_text_gives() {
        use Direction::{Less, More};
        let (draft, edited) = (measure(DRAFT), measure(EDITED));
        let (dear, hi) = (draft.greeting().unwrap(), edited.greeting().unwrap());
        for (name, subject, direction, level) in [
            ("length.words", "", Less, Some(18.0)),
            ("length.words", "", More, Some(90.0)),
            ("contractions", "", More, None),
            ("contractions", "", Less, None),
            ("greeting.phrase", hi, More, None),
            ("greeting.phrase", dear, More, None),
            ("greeting.phrase", dear, Less, None),
            ("greeting.phrase", "good day", More, None),
        ] {
            let preference = about(name, subject, direction, level);
            let measured = edited.agreement(preference.key.as_ref().unwrap(), level).unwrap();
            for signal in [edit(), Signal::Accept { text: EDITED.to_owned() }] {
                let told = of(signal, std::slice::from_ref(&preference));
                assert!((told - measured).abs() < 1e-5, "{name} {subject}: {told}, not {measured}");
            }
        }
        assert_eq!(of(edit(), &[about("choice.swap", "use<-utilize", More, None)]), 1.0);
        assert_eq!(of(edit(), &[about("choice.swap", "use<-utilize", Less, None)]), -1.0);
    }

    #[test]
    fn is_a_mean_of_what_is_told() {
        let greeting =
            |of: &str| about("greeting.phrase", measure(of).greeting().unwrap(), Direction::More, None);
        let (dear, hi) = (greeting(DRAFT), greeting(EDITED));
        let untold = about("form.bullets", "", Direction::More, None);
        let off = Preference { active: false, ..dear.clone() };
        let free = Preference { key: None, ..dear.clone() };
        assert_eq!(of(edit(), &[hi.clone(), untold.clone(), off, free]), 1.0);
        assert_eq!(of(edit(), &[hi.clone(), dear.clone()]), 0.0);
        let pinned = Preference { pinned: true, ..dear };
        assert!(
            (of(edit(), &[hi.clone(), pinned]) + 1.0 / 3.0).abs() < 1e-5,
            "the person's word weighs more"
        );
        assert_eq!(of(Signal::Reject { text: EDITED.to_owned() }, &[hi]), 0.0, "nothing is told");
        assert_eq!(Learner::new().agreement(&[RecordId(1)], &[untold]), [0.0]);
    }
}
