//! The simulated person: hidden habits per kind of context, and rewriting any draft until it follows them.
//!
//! Invariant: deterministic; knows the habits, the importance of sentences and the facts, but no preferences and
//! nothing of the engine. A draft that already follows the habits is left unchanged.

use std::collections::BTreeSet;

use crate::english::{self, Letter};
use crate::stream::{Interaction, Kind, Weight};

/// The person's habits in one kind of context.
#[expect(clippy::struct_excessive_bools, reason = "independent habits")]
struct Habits {
    greeting: Option<&'static str>,
    closing: Option<&'static str>,
    /// Maximum words; longer texts lose the least important sentences first.
    words: usize,
    contractions: bool,
    british: bool,
    exclamations: bool,
    hedges: bool,
    bullets: bool,
    capitals: bool,
    emoji: Option<&'static str>,
    swaps: &'static [(&'static str, &'static str)],
}

const TEAM: Habits = Habits {
    greeting: Some("Hi"),
    closing: Some("Cheers,\nSam"),
    words: 46,
    contractions: true,
    british: false,
    exclamations: true,
    hedges: false,
    bullets: false,
    capitals: true,
    emoji: None,
    swaps: &[],
};

const SUPPORT: Habits = Habits {
    greeting: Some("Dear"),
    closing: Some("Kind regards,\nSam Okafor"),
    words: 54,
    contractions: false,
    british: true,
    exclamations: false,
    hedges: true,
    bullets: false,
    capitals: true,
    emoji: None,
    swaps: &[],
};

const RELEASE: Habits = Habits {
    greeting: None,
    closing: None,
    words: 36,
    contractions: false,
    british: false,
    exclamations: false,
    hedges: true,
    bullets: true,
    capitals: true,
    emoji: None,
    swaps: &[],
};

const CHAT: Habits = Habits {
    greeting: None,
    closing: None,
    words: 20,
    contractions: true,
    british: false,
    exclamations: true,
    hedges: true,
    bullets: false,
    capitals: false,
    emoji: Some("🙂"),
    swaps: &[],
};

const REVIEW: Habits = Habits {
    greeting: None,
    closing: None,
    words: 26,
    contractions: true,
    british: false,
    exclamations: false,
    hedges: false,
    bullets: false,
    capitals: true,
    emoji: None,
    swaps: &[("utilize", "use")],
};

fn habits(kind: Kind) -> &'static Habits {
    match kind {
        Kind::Team => &TEAM,
        Kind::Support => &SUPPORT,
        Kind::Release => &RELEASE,
        Kind::Chat => &CHAT,
        Kind::Review => &REVIEW,
    }
}

/// Rewrites a draft.
pub(crate) fn edit(interaction: &Interaction, draft: &str) -> String {
    if interaction.hurry {
        return correct_facts(interaction, draft);
    }
    let habits = habits(interaction.kind);
    let mut letter = Letter::parse(draft);
    let mut plan = interaction.sentences();
    plan.extend(interaction.adds.iter().map(|sentence| (Weight::Essential, sentence.as_str())));
    let mut kept = recognise(&plan, &letter.sentences);
    letter.greeting = habits.greeting.map(|word| match &interaction.to {
        Some(name) => format!("{word} {name},"),
        None => format!("{word},"),
    });
    letter.closing = habits.closing.map(str::to_owned);
    letter.bulleted = habits.bullets;
    letter.emoji = match habits.emoji {
        Some(emoji) => Some(letter.emoji.unwrap_or_else(|| emoji.to_owned())),
        None => None,
    };
    for (_, sentence) in &mut kept {
        *sentence = restyle(habits, &correct_facts(interaction, sentence));
    }
    loop {
        letter.sentences = kept.iter().map(|(_, sentence)| sentence.clone()).collect();
        let longest = habits.words + habits.words / 10;
        let least = kept.iter().map(|(place, _)| (plan[*place].0, *place)).max();
        match least {
            Some((weight, place)) if weight > Weight::Essential && letter.words() > longest => {
                kept.retain(|(other, _)| *other != place);
            }
            _ => return letter.render(),
        }
    }
}

/// The draft's sentences with their index in the plan, in the plan's order; missing essential sentences are added,
/// sentences not in the plan are removed.
fn recognise(plan: &[(Weight, &str)], sentences: &[String]) -> Vec<(usize, String)> {
    let bags: Vec<BTreeSet<String>> = plan.iter().map(|(_, sentence)| bag(sentence)).collect();
    let mut found: Vec<Option<String>> = vec![None; plan.len()];
    for sentence in sentences {
        let words = bag(sentence);
        let likeness = |place: &usize| {
            let shared = bags[*place].intersection(&words).count();
            shared * 1000 / bags[*place].union(&words).count().max(1)
        };
        let best = (0..plan.len()).max_by_key(|place| (likeness(place), plan.len() - place));
        if let Some(place) = best.filter(|place| likeness(place) >= 400) {
            found[place].get_or_insert_with(|| sentence.clone());
        }
    }
    let mut kept = Vec::new();
    for (place, (weight, sentence)) in plan.iter().enumerate() {
        match found[place].take() {
            Some(sentence) => kept.push((place, sentence)),
            None if *weight == Weight::Essential => kept.push((place, (*sentence).to_owned())),
            None => {}
        }
    }
    kept
}

fn bag(sentence: &str) -> BTreeSet<String> {
    english::expand(sentence)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn correct_facts(interaction: &Interaction, text: &str) -> String {
    interaction
        .facts
        .iter()
        .fold(text.to_owned(), |text, (wrong, right)| english::replace_words(&text, wrong, right, |_| true))
}

fn restyle(habits: &Habits, sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    for (from, to) in habits.swaps {
        sentence = english::replace_words(&sentence, from, to, |_| true);
    }
    if !habits.hedges {
        sentence = english::unhedged(&sentence);
    }
    sentence = if habits.contractions { english::contract(&sentence) } else { english::expand(&sentence) };
    if habits.british {
        sentence = english::british(&sentence);
    }
    if !habits.exclamations {
        sentence = sentence.replace('!', ".");
    }
    if habits.capitals { english::capitalized(&sentence) } else { english::uncapitalized(&sentence) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drafter;
    use crate::stream::stream;

    #[test]
    fn the_persons_own_text_is_unchanged() {
        for interaction in stream() {
            let once = edit(&interaction, &drafter::draft(&interaction, ""));
            assert_eq!(edit(&interaction, &once), once, "{}", interaction.context);
        }
    }

    #[test]
    fn essential_sentences_survive_any_draft() {
        for interaction in stream().iter().filter(|interaction| !interaction.hurry) {
            let plain = edit(interaction, &drafter::draft(interaction, ""));
            let nothing = edit(interaction, "Hello,\n\nNothing of this matters.");
            assert!(english::count_words(&nothing) * 3 > english::count_words(&plain), "{nothing}");
            assert!(!nothing.contains("Nothing of this"));
        }
    }
}
