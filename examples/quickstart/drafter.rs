//! The simulated assistant: writes plain drafts and follows the prompt as a language model would, by parsing its
//! statements (`reading`).
//!
//! Invariant: receives the plain text and the rendered prompt, nothing else from the engine or the person. Statements
//! that it does not understand have no effect. If two statements contradict, the earlier one counts.

use crate::english::{self, Letter};
use crate::reading;
use crate::stream::{Interaction, Weight};

/// The parsed prompt; `None` for subjects that it does not mention.
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
    /// Words to remove.
    pub(crate) dropped: Vec<String>,
    /// Phrases or word prefixes to avoid: a sentence that contains one is dropped unless it is essential.
    pub(crate) unwelcome: Vec<String>,
}

/// An opening or closing formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    None,
    Some,
    Words(String),
}

/// The draft for an interaction, following the prompt fragment that the engine rendered (may be empty).
pub(crate) fn draft(interaction: &Interaction, prompt: &str) -> String {
    let instructions = reading::read(prompt);
    let mut letter = Letter {
        greeting: interaction.to.as_ref().map(|name| format!("Hello {name},")),
        closing: interaction.to.as_ref().map(|_| "Best regards,\nSam".to_owned()),
        ..Letter::default()
    };
    if let (Some(name), Some(formula)) = (&interaction.to, &instructions.greeting) {
        letter.greeting = match formula {
            Formula::None => None,
            Formula::Some => letter.greeting,
            Formula::Words(words) => Some(greeted(words, name)),
        };
    }
    if let (Some(_), Some(formula)) = (&interaction.to, &instructions.closing) {
        letter.closing = match formula {
            Formula::None => None,
            Formula::Some => letter.closing,
            Formula::Words(words) => Some(signed(words)),
        };
    }
    letter.bulleted = instructions.bullets == Some(true);
    letter.emoji = (instructions.emoji == Some(true)).then(|| "🙂".to_owned());

    let mut kept: Vec<(Weight, usize, String)> = Vec::new();
    for (place, (weight, sentence)) in interaction.sentences().into_iter().enumerate() {
        let lower = sentence.to_lowercase();
        let unwelcome = instructions.unwelcome.iter().any(|phrase| lower.contains(&phrase.to_lowercase()));
        if weight == Weight::Essential || !unwelcome {
            kept.push((weight, place, restyle(&instructions, sentence)));
        }
    }
    shorten(&instructions, &mut letter, &mut kept);
    letter.render()
}

/// The greeting: the formula up to the name or title, then the name.
fn greeted(words: &str, name: &str) -> String {
    let title = |word: &str| {
        matches!(word.trim_end_matches(['.', ',']).to_lowercase().as_str(), "mr" | "ms" | "mrs" | "dr")
    };
    let before = words.split(' ').take_while(|word| !word.starts_with('<') && !title(word));
    let words = before.map(|word| word.trim_end_matches([',', '!'])).collect::<Vec<_>>().join(" ");
    format!("{} {name},", english::capitalized(&words))
}

/// The closing: the formula with the name below it; a formula with a name keeps it.
fn signed(words: &str) -> String {
    let signed = match words.split_once([',', '\n']) {
        Some((phrase, name)) if !name.trim().is_empty() => format!("{},\n{}", phrase.trim(), name.trim()),
        Some((phrase, _)) => format!("{},\nSam", phrase.trim()),
        None => format!("{},\nSam", words.trim()),
    };
    english::capitalized(&signed)
}

/// Drops sentences, the least important first, until the length is as close as possible to the requested one.
fn shorten(instructions: &Instructions, letter: &mut Letter, kept: &mut Vec<(Weight, usize, String)>) {
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
        let better = match (instructions.words, instructions.sentences) {
            (Some(wanted), _) => fewer_words.abs_diff(wanted) < words.abs_diff(wanted),
            (None, Some(wanted)) => kept.len() > wanted,
            (None, None) => instructions.shorter == Some(true) && weight == Weight::Filler,
        };
        if !better {
            break;
        }
        *kept = fewer;
        words = fewer_words;
    }
    set(letter, kept);
}

fn restyle(instructions: &Instructions, sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    for (from, to) in &instructions.swaps {
        sentence = english::replace_words(&sentence, from, to, |_| true);
    }
    for phrase in &instructions.dropped {
        let shorter = english::replace_words(&sentence, phrase, "", |_| true);
        if shorter != sentence && english::count_words(&shorter) > 2 {
            sentence = english::capitalized(&shorter.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    if instructions.hedges == Some(false) {
        sentence = english::unhedged(&sentence);
    }
    match instructions.contractions {
        Some(true) => sentence = english::contract(&sentence),
        Some(false) => sentence = english::expand(&sentence),
        None => {}
    }
    if instructions.british == Some(true) {
        sentence = english::british(&sentence);
    }
    if instructions.exclamations == Some(false) {
        sentence = sentence.replace('!', ".");
    }
    if instructions.lower_case == Some(true) { english::uncapitalized(&sentence) } else { sentence }
}
