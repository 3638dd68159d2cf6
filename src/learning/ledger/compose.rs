//! Laying the person's say over what was learned; the rules stand at [`Ledger::compose`].
//!
//! Invariant: the result depends on the set of learned preferences, not on their order. Deciding what was
//! learned is left to the learner.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::{Ledger, Override};
use crate::learning::gate::is_said;
use crate::types::AppliedPreference;
use crate::types::Scope;
use crate::types::{Origin, Preference, PreferenceId, Timestamp};

pub(super) fn compose(
    ledger: &Ledger,
    scope: Option<&Scope>,
    mut learned: Vec<Preference>,
    inferred: &[PreferenceId],
) -> Vec<Preference> {
    learned.sort_by_key(|preference| preference.id);
    let says = Says::new(ledger);
    let mut held = in_words(ledger, scope, inferred);
    let mut shown = BTreeSet::new();
    let listed = if scope.is_none() { learned.clone() } else { Vec::new() };
    for preference in learned {
        if let Some(composed) = says.lay_over(preference, scope) {
            shown.insert(composed.id);
            held.push(composed);
        }
    }
    if scope.is_none() {
        let exceptions = says.exceptions(&listed, &shown);
        shown.extend(exceptions.iter().map(|preference| preference.id));
        held.extend(exceptions);
    }
    held.extend(says.words_without_learned(scope, &shown));
    held.sort_by(|a, b| {
        authority(a)
            .cmp(&authority(b))
            .then_with(|| (b.strength * b.confidence).total_cmp(&(a.strength * a.confidence)))
            .then_with(|| if is_said(a) { precedence(a).cmp(&precedence(b)) } else { a.id.cmp(&b.id) })
    });
    // Several learned preferences may have met one correction.
    let mut ids = BTreeSet::new();
    held.retain(|preference| ids.insert(preference.id));
    merge_equal_texts(&mut held, scope.is_some());
    drop_contradicted(ledger, &mut held, scope.is_some());
    held
}

/// 0 for the highest.
fn authority(preference: &Preference) -> u8 {
    if preference.pinned {
        return 0;
    }
    match preference.origin {
        Origin::Stated => 0,
        Origin::Corrected => 1,
        Origin::Learned => 2,
        Origin::Inferred => 3,
    }
}

fn in_words(ledger: &Ledger, scope: Option<&Scope>, inferred: &[PreferenceId]) -> Vec<Preference> {
    let chosen: BTreeSet<PreferenceId> = inferred.iter().copied().collect();
    ledger
        .in_words()
        .filter(|(id, words)| {
            let person_said = words.pinned || words.sources.is_empty();
            let in_scope = scope.is_none_or(|scope| words.scope.contains(scope));
            (person_said && in_scope) || (!words.sources.is_empty() && chosen.contains(id))
        })
        .filter_map(|(id, _)| ledger.preference(id))
        .collect()
}

/// The overrides, by what they are about.
struct Says<'a> {
    by_target: BTreeMap<AppliedPreference, Vec<(PreferenceId, &'a Override)>>,
}

impl<'a> Says<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let mut by_target: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, say) in ledger.overrides() {
            by_target.entry(say.target).or_default().push((id, say));
        }
        for says in by_target.values_mut() {
            says.sort_by_key(|(id, say)| (Reverse(say.scope.depth()), Reverse(say.at), *id));
        }
        Self { by_target }
    }

    fn all(&self) -> impl Iterator<Item = (PreferenceId, &'a Override)> {
        self.by_target.values().flatten().copied()
    }

    /// The override that counts for `target` in `place`. One at its defaults says something only against
    /// wider ones that are older.
    fn counting(&self, target: AppliedPreference, place: &Scope) -> Option<(PreferenceId, &'a Override)> {
        let covering: Vec<_> =
            self.by_target.get(&target)?.iter().filter(|(_, say)| say.scope.contains(place)).collect();
        let latest = covering.iter().filter(|(_, say)| !say.is_plain()).map(|(_, say)| say.at).max()?;
        covering.into_iter().find(|(_, say)| !say.is_plain() || say.at > latest).copied()
    }

    /// A learned preference as the person wants it; `None` where it gives way.
    fn lay_over(&self, learned: Preference, scope: Option<&Scope>) -> Option<Preference> {
        let Some(target) = learned.applied() else { return Some(learned) };
        let place = scope.filter(|scope| learned.scope.contains(scope)).unwrap_or(&learned.scope);
        let say = self.counting(target, place);
        let opposite = AppliedPreference { direction: -target.direction, ..target };
        let as_learned = say.is_none_or(|(_, say)| say.is_plain());
        if as_learned && self.counting(opposite, place).is_some_and(|(_, say)| say.is_claim()) {
            return None;
        }
        Some(match say {
            Some((id, say)) => laid_over(&learned, id, say),
            None => learned,
        })
    }

    /// What was corrected, pinned or switched off, where the learner does not return it.
    fn words_without_learned(
        &self,
        scope: Option<&Scope>,
        shown: &BTreeSet<PreferenceId>,
    ) -> Vec<Preference> {
        self.all()
            .filter(|(id, say)| {
                !shown.contains(id)
                    && scope.is_none_or(|scope| {
                        self.counting(say.target, scope).is_some_and(|(counting, _)| counting == *id)
                    })
            })
            .filter_map(|(id, say)| own_words(id, say).or_else(|| kept_words(id, say)))
            .collect()
    }

    /// Where a listed preference is treated differently within a narrower scope.
    fn exceptions(&self, learned: &[Preference], shown: &BTreeSet<PreferenceId>) -> Vec<Preference> {
        let mut by_target: BTreeMap<AppliedPreference, Vec<&Preference>> = BTreeMap::new();
        for preference in learned {
            if let Some(target) = preference.applied() {
                by_target.entry(target).or_default().push(preference);
            }
        }
        self.all()
            .filter(|(id, say)| say.corrected.is_none() && !shown.contains(id))
            .filter(|(id, say)| self.counting(say.target, &say.scope).is_some_and(|(at, _)| at == *id))
            .filter_map(|(id, say)| {
                let wider = by_target
                    .get(&say.target)?
                    .iter()
                    .filter(|wider| wider.scope != say.scope && wider.scope.contains(&say.scope))
                    .max_by_key(|wider| (wider.scope.depth(), Reverse(wider.id)))?;
                let there = self.lay_over((*wider).clone(), None)?;
                let differs = (there.pinned, there.active) != (say.pinned, say.active);
                differs.then(|| laid_over(wider, id, say))
            })
            .collect()
    }
}

fn laid_over(learned: &Preference, id: PreferenceId, say: &Override) -> Preference {
    if let Some(mut words) = own_words(id, say) {
        match claim(learned, &words.text) {
            Claim::Same => {
                words.key.clone_from(&learned.key);
                words.level = learned.level;
            }
            Claim::Level(level) => {
                words.key.clone_from(&learned.key);
                words.level = Some(level);
            }
            Claim::Other => {}
        }
        words.occasions = learned.occasions;
        return words;
    }
    let mut preference = learned.clone();
    preference.pinned = say.pinned;
    preference.active = say.active;
    if let (true, Some(said)) = (say.pinned, &say.said) {
        preference.text.clone_from(&said.text);
        preference.level = said.level;
    }
    if !say.scope.contains(&learned.scope) {
        preference.id = id;
        preference.scope = say.scope.clone();
    }
    preference
}

fn own_words(id: PreferenceId, say: &Override) -> Option<Preference> {
    Some(Preference {
        id,
        text: say.corrected.clone()?,
        key: None,
        scope: say.scope.clone(),
        origin: Origin::Corrected,
        level: None,
        strength: 1.0,
        confidence: 1.0,
        occasions: 0,
        pinned: say.pinned,
        active: say.active,
        updated: say.at,
        contexts: Vec::new(),
    })
}

/// What was pinned or switched off, by what is kept of it. A pinned one is as the person wants it, as one that they
/// stated is; nothing speaks for one that is off.
fn kept_words(id: PreferenceId, say: &Override) -> Option<Preference> {
    let said = (say.pinned || !say.active).then(|| say.says()).flatten()?;
    let weight = if say.pinned { 1.0 } else { 0.0 };
    Some(Preference {
        id,
        text: said.text,
        key: Some(say.key(said.subject)),
        scope: say.scope.clone(),
        origin: Origin::Learned,
        level: said.level,
        strength: weight,
        confidence: weight,
        occasions: 0,
        pinned: say.pinned,
        active: say.active,
        updated: say.at,
        contexts: Vec::new(),
    })
}

/// How the person's words stand to the learned text that they correct.
enum Claim {
    /// They say the same.
    Same,
    /// They put this number in the place of the level.
    Level(f32),
    /// They say something of their own.
    Other,
}

fn claim(learned: &Preference, words: &str) -> Claim {
    let (learned_text, words) = (normalised(&learned.text), normalised(words));
    let (old, new): (Vec<&str>, Vec<&str>) = (learned_text.split(' ').collect(), words.split(' ').collect());
    if old.len() != new.len() {
        return Claim::Other;
    }
    let mut differing = old.iter().zip(&new).filter(|(old, new)| old != new);
    match (differing.next(), differing.next()) {
        (None, _) => Claim::Same,
        (Some((old, new)), None) => match (number(old), number(new), learned.level) {
            // The text shows the level rounded.
            (Some(old), Some(new), Some(level)) if (level - old).abs() <= 0.5_f32.max(old * 0.1) => {
                Claim::Level(new)
            }
            _ => Claim::Other,
        },
        _ => Claim::Other,
    }
}

/// A number as a preference text writes it: digits with at most a decimal point.
fn number(word: &str) -> Option<f32> {
    let plain = word.len() <= 9 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    word.parse().ok().filter(|_| plain)
}

/// For comparing texts: composed, lower case, single spaces, no final stop.
fn normalised(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if bytes.split(|byte| *byte == b' ').all(|word| !word.is_empty() && word.iter().all(plain))
        && !text.ends_with('.')
    {
        return Cow::Borrowed(text);
    }
    // ASCII is composed as it is.
    let lower: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfc().flat_map(char::to_lowercase).collect()
    };
    let mut joined = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined.truncate(joined.trim_end_matches(['.', '。', ' ']).len());
    Cow::Owned(joined)
}

/// `held` is in order of authority. `anywhere`: also texts of different scopes are held against each other.
fn merge_equal_texts(held: &mut Vec<Preference>, anywhere: bool) {
    let winners = winners(held, anywhere);
    for (at, &winner) in winners.iter().enumerate() {
        if held[winner].key.is_none() && held[at].key.is_some() {
            held[winner].key = held[at].key.take();
            held[winner].level = held[at].level;
        }
    }
    let mut at = 0;
    held.retain(|_| {
        at += 1;
        winners[at - 1] == at - 1
    });
}

/// Of each preference, the place of the one that stays of those with its text.
fn winners(held: &[Preference], anywhere: bool) -> Vec<usize> {
    let said: Vec<(Cow<'_, str>, Option<&Scope>)> = held
        .iter()
        .map(|preference| (normalised(&preference.text), (!anywhere).then_some(&preference.scope)))
        .collect();
    let mut by_text: Vec<usize> = (0..held.len()).collect();
    by_text.sort_by(|a, b| said[*a].cmp(&said[*b]));
    let mut winners = vec![0; held.len()];
    for equal in by_text.chunk_by(|a, b| said[*a] == said[*b]) {
        // The first of the highest authority that is active, or else the first.
        let highest = authority(&held[equal[0]]);
        let active = equal.iter().find(|at| held[**at].active && authority(&held[**at]) == highest);
        for at in equal {
            winners[*at] = *active.unwrap_or(&equal[0]);
        }
    }
    winners
}

/// Takes out what contradicts an active preference of the person's own: what was learned or inferred where that one
/// holds, and in a situation (`anywhere`) also their own ones that it goes before.
fn drop_contradicted(ledger: &Ledger, held: &mut Vec<Preference>, anywhere: bool) {
    let mut own: Vec<usize> = (0..held.len()).filter(|at| held[*at].active && is_said(&held[*at])).collect();
    if own.is_empty() {
        return;
    }
    own.sort_by(|a, b| precedence(&held[*a]).cmp(&precedence(&held[*b])));
    let readings: Vec<_> = held.iter().map(|preference| ledger.reading(preference)).collect();
    let mut stays = vec![true; held.len()];
    let mut claims: Vec<usize> = Vec::with_capacity(own.len());
    for at in own {
        stays[at] = !anywhere || !claims.iter().any(|claim| readings[*claim].contradicts(&readings[at]));
        if stays[at] {
            claims.push(at);
        }
    }
    for (at, preference) in
        held.iter().enumerate().filter(|(_, preference)| preference.active && !is_said(preference))
    {
        stays[at] = !claims.iter().any(|claim| {
            (anywhere || held[*claim].scope.contains(&preference.scope))
                && readings[*claim].contradicts(&readings[at])
        });
    }
    let mut stays = stays.into_iter();
    held.retain(|_| stays.next() == Some(true));
}

/// In which order the person's own preferences go: the narrower scope first, then the newer one.
fn precedence(preference: &Preference) -> (Reverse<usize>, Reverse<Timestamp>, Reverse<PreferenceId>) {
    (Reverse(preference.scope.depth()), Reverse(preference.updated), Reverse(preference.id))
}

/// Whether one of two preferences of the person's own goes before the other where they contradict each other.
pub(super) fn goes_first(one: &Preference, other: &Preference) -> bool {
    precedence(one) < precedence(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_what_they_say() {
        for text in
            ["uses  Contractions.", " uses\u{b}contractions", "uses contractions .. ", "uses contractions"]
        {
            assert_eq!(normalised(text), "uses contractions", "{text:?}");
        }
        for text in ["", " ", ".", " . "] {
            assert_eq!(normalised(text), "", "{text:?}");
        }
        assert_eq!(normalised("U\u{308}ber \u{dc}BER。"), "\u{fc}ber \u{fc}ber");
        assert_ne!(normalised("uses 'a.b'"), normalised("uses 'ab'"));
    }
}
