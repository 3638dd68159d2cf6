//! The drafting stand-in: writes what an assistant would, and obeys what the prompt says as a language model
//! does, by reading the sentences in it (`reading`).
//!
//! Invariant: sees the plain text and the rendered prompt, nothing else of the engine and nothing of the
//! person. What it does not understand it leaves alone. Where two statements disagree, the earlier one holds.

use crate::english::{self, Letter};
use crate::reading;
use crate::stream::{Interaction, Weight};

/// What was understood of a prompt; `None` where it says nothing about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Instructions {
    pub(crate) words: Option<usize>,
    pub(crate) sentences: Option<usize>,
    pub(crate) shorter: Option<bool>,
    pub(crate) greeting: Option<Formula>,
    pub(crate) closing: Option<Formula>,
    pub(crate) contractions: Option<bool>,
    pub(crate) british: Option<bool>,
    pub(crate) exclamations: Option<bool>,
    pub(crate) hedges: Option<bool>,
    pub(crate) bullets: Option<bool>,
    pub(crate) emoji: Option<bool>,
    pub(crate) lower_case: Option<bool>,
    pub(crate) swaps: Vec<(String, String)>,
    /// Words to leave out.
    pub(crate) dropped: Vec<String>,
    /// Phrases, or beginnings of words, that a sentence had better not hold: it goes, if it can.
    pub(crate) unwelcome: Vec<String>,
}

/// An opening or closing formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    None,
    Some,
    Words(String),
}

/// The draft for an interaction, with the prompt fragment that the engine rendered (empty for none).
pub(crate) fn draft(interaction: &Interaction, prompt: &str) -> String {
    let told = reading::read(prompt);
    let mut letter = Letter {
        greeting: interaction.to.as_ref().map(|name| format!("Hello {name},")),
        closing: interaction.to.as_ref().map(|_| "Best regards,\nSam".to_owned()),
        ..Letter::default()
    };
    if let (Some(name), Some(formula)) = (&interaction.to, &told.greeting) {
        letter.greeting = match formula {
            Formula::None => None,
            Formula::Some => letter.greeting,
            Formula::Words(words) => Some(greeted(words, name)),
        };
    }
    if let (Some(_), Some(formula)) = (&interaction.to, &told.closing) {
        letter.closing = match formula {
            Formula::None => None,
            Formula::Some => letter.closing,
            Formula::Words(words) => Some(signed(words)),
        };
    }
    letter.bulleted = told.bullets == Some(true);
    letter.emoji = (told.emoji == Some(true)).then(|| "🙂".to_owned());

    let mut kept: Vec<(Weight, usize, String)> = Vec::new();
    for (place, (weight, sentence)) in interaction.sentences().into_iter().enumerate() {
        let lower = sentence.to_lowercase();
        let unwelcome = told.unwelcome.iter().any(|phrase| lower.contains(&phrase.to_lowercase()));
        if weight == Weight::Essential || !unwelcome {
            kept.push((weight, place, restyle(&told, sentence)));
        }
    }
    shorten(&told, &mut letter, &mut kept);
    letter.render()
}

/// "Hi <name>," for a name: what stands before the name or title in the formula, then the name.
fn greeted(words: &str, name: &str) -> String {
    let title = |word: &str| {
        matches!(word.trim_end_matches(['.', ',']).to_lowercase().as_str(), "mr" | "ms" | "mrs" | "dr")
    };
    let before = words.split(' ').take_while(|word| !word.starts_with('<') && !title(word));
    let words = before.map(|word| word.trim_end_matches([',', '!'])).collect::<Vec<_>>().join(" ");
    format!("{} {name},", english::capitalized(&words))
}

/// "Cheers," with the name below it; a formula that brings a name keeps it.
fn signed(words: &str) -> String {
    let signed = match words.split_once([',', '\n']) {
        Some((phrase, name)) if !name.trim().is_empty() => format!("{},\n{}", phrase.trim(), name.trim()),
        Some((phrase, _)) => format!("{},\nSam", phrase.trim()),
        None => format!("{},\nSam", words.trim()),
    };
    english::capitalized(&signed)
}

/// Drops sentences, the least important first, until the length is as near to what was asked as it gets.
fn shorten(told: &Instructions, letter: &mut Letter, kept: &mut Vec<(Weight, usize, String)>) {
    let set = |letter: &mut Letter, kept: &[(Weight, usize, String)]| {
        letter.sentences = kept.iter().map(|(_, _, sentence)| sentence.clone()).collect();
        letter.words()
    };
    let mut words = set(letter, kept);
    loop {
        let least = kept.iter().map(|(weight, place, _)| (*weight, *place)).max();
        let Some((weight, place)) = least.filter(|(weight, _)| *weight > Weight::Essential) else { break };
        let fewer: Vec<_> = kept.iter().filter(|(_, other, _)| *other != place).cloned().collect();
        let fewer_words = set(letter, &fewer);
        let better = match (told.words, told.sentences) {
            (Some(wanted), _) => fewer_words.abs_diff(wanted) < words.abs_diff(wanted),
            (None, Some(wanted)) => kept.len() > wanted,
            (None, None) => told.shorter == Some(true) && weight == Weight::Filler,
        };
        if !better {
            break;
        }
        *kept = fewer;
        words = fewer_words;
    }
    set(letter, kept);
}

fn restyle(told: &Instructions, sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    for (from, to) in &told.swaps {
        sentence = english::replace_words(&sentence, from, to, |_| true);
    }
    for phrase in &told.dropped {
        let shorter = english::replace_words(&sentence, phrase, "", |_| true);
        if shorter != sentence && english::count_words(&shorter) > 2 {
            sentence = english::capitalized(&shorter.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    if told.hedges == Some(false) {
        sentence = english::unhedged(&sentence);
    }
    match told.contractions {
        Some(true) => sentence = english::contract(&sentence),
        Some(false) => sentence = english::expand(&sentence),
        None => {}
    }
    if told.british == Some(true) {
        sentence = english::british(&sentence);
    }
    if told.exclamations == Some(false) {
        sentence = sentence.replace('!', ".");
    }
    if told.lower_case == Some(true) { english::uncapitalized(&sentence) } else { sentence }
}
