//! The simulated assistant: a plain draft about a context, and a language model's compliance with statements about
//! style.
//!
//! Invariant: receives the context and the rendered statements, nothing else from an agent. Statements that it does not
//! understand have no effect. `rewrite` is also used by the person (`person`): neither takes rewriting rules from the
//! engine.

use crate::english::{self, Letter};
use crate::reading;

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
    /// Phrases to avoid.
    pub(crate) unwelcome: Vec<String>,
}

/// An opening or closing formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    None,
    Some,
    Words(String),
}

/// Number of sentences from the context in a draft.
const FROM_CONTEXT: usize = 5;

/// Sentences that the assistant adds.
const OPENINGS: [&str; 3] = [
    "I am delighted to share what I have found here!",
    "It is wonderful that you are looking into this!",
    "I have read all of it and I am excited to sum it up!",
];
const REMARKS: [&str; 3] = [
    "I think we do not have to utilize all of it, because it is perhaps not going to change.",
    "Perhaps it is the behavior that matters, and I think they will utilize it soon.",
    "I think it is probably in favor of those who utilize it, although it does not say so.",
];
const ENDINGS: [&str; 3] = [
    "Please let me know if there is anything else that you would like to know about it!",
    "I will be glad to look into the labor and the color of the details if it is of use!",
    "It will be a pleasure to add more to it whenever you are ready!",
];

/// A draft without style instructions.
pub(crate) fn plain(context: &str, index: usize) -> Letter {
    let one_line = context.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = english::sentences(&one_line).into_iter().filter_map(|sentence| {
        let bare = sentence.trim_matches(|c: char| !c.is_alphanumeric() && !".!?".contains(c));
        let words = english::count_words(bare);
        let lone = bare.ends_with(',') || words < 4;
        (!lone && words <= 30).then(|| ended(&english::capitalized(bare)))
    });
    let mut sentences = vec![OPENINGS[index % 3].to_owned()];
    sentences.extend(told.take(FROM_CONTEXT));
    let middle = sentences.len().min(2);
    sentences.insert(middle, REMARKS[index / 3 % 3].to_owned());
    sentences.push(ENDINGS[index / 9 % 3].to_owned());
    Letter {
        greeting: Some("Hello,".to_owned()),
        sentences,
        closing: Some("Best regards,\nAlex".to_owned()),
        ..Letter::default()
    }
}

fn ended(sentence: &str) -> String {
    if sentence.ends_with(['.', '!', '?']) { sentence.to_owned() } else { format!("{sentence}.") }
}

/// One in this many statements is ignored, as a language model might; which ones depends on the round and the words.
const OVERLOOKED: u64 = 10;

/// The draft of a round, following the statements of a prompt.
pub(crate) fn draft(plain: &Letter, prompt: &str, round: usize) -> String {
    let seen = |line: &&str| {
        let hash = line
            .bytes()
            .fold(round as u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        ((hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) % OVERLOOKED != 0
    };
    let heeded: Vec<&str> = prompt.lines().filter(seen).collect();
    rewrite(&reading::read(&heeded.join("\n")), plain).render()
}

/// Rewrites a letter to follow the instructions.
pub(crate) fn rewrite(told: &Instructions, letter: &Letter) -> Letter {
    let mut letter = letter.clone();
    match &told.greeting {
        Some(Formula::None) => letter.greeting = None,
        Some(Formula::Words(words)) => letter.greeting = Some(english::capitalized(&formula(words))),
        Some(Formula::Some) => letter.greeting = letter.greeting.or_else(|| Some("Hello,".to_owned())),
        None => {}
    }
    match &told.closing {
        Some(Formula::None) => letter.closing = None,
        Some(Formula::Words(words)) => {
            letter.closing = Some(format!("{}\nAlex", english::capitalized(&formula(words))));
        }
        Some(Formula::Some) => {
            letter.closing = letter.closing.or_else(|| Some("Best regards,\nAlex".to_owned()));
        }
        None => {}
    }
    if let Some(bullets) = told.bullets {
        letter.bulleted = bullets;
    }
    match told.emoji {
        Some(true) => letter.emoji = letter.emoji.or_else(|| Some("🙂".to_owned())),
        Some(false) => letter.emoji = None,
        None => {}
    }
    letter.sentences = letter.sentences.iter().map(|sentence| restyle(told, sentence)).collect();
    shorten(told, &mut letter);
    letter
}

/// "Hi," of "Hi and the name", "Hi <name>," or "Hi,".
fn formula(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    let before = line.split(' ').take_while(|word| !word.starts_with('<'));
    let bare = before.collect::<Vec<_>>().join(" ");
    format!("{},", bare.trim_end_matches([',', '!', '.']))
}

/// Drops sentences from the end until the length is as close as possible to the requested one.
fn shorten(told: &Instructions, letter: &mut Letter) {
    while letter.sentences.len() > 1 {
        let words = letter.words();
        let mut fewer = letter.clone();
        fewer.sentences.pop();
        let better = match (told.words, told.sentences) {
            (Some(wanted), _) => fewer.words().abs_diff(wanted) < words.abs_diff(wanted),
            (None, Some(wanted)) => letter.sentences.len() > wanted,
            (None, None) => told.shorter == Some(true) && letter.sentences.len() > 4,
        };
        if !better {
            break;
        }
        *letter = fewer;
    }
}

fn restyle(told: &Instructions, sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    for (from, to) in &told.swaps {
        sentence = english::replace_words(&sentence, from, to, |_| true);
    }
    for phrase in told.dropped.iter().chain(&told.unwelcome) {
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
    match told.lower_case {
        Some(true) => english::uncapitalized(&sentence),
        Some(false) => english::capitalized(&sentence),
        None => sentence,
    }
}

/// The instructions that an example implies: its greeting and closing, its form, and its length.
pub(crate) fn instructions_of(example: &str) -> Instructions {
    let letter = Letter::parse(example);
    let formula = |line: &Option<String>| match line {
        Some(line) => Some(Formula::Words(line.clone())),
        None => Some(Formula::None),
    };
    Instructions {
        words: Some(letter.words()),
        greeting: formula(&letter.greeting),
        closing: formula(&letter.closing),
        bullets: Some(letter.bulleted),
        emoji: Some(letter.emoji.is_some()),
        exclamations: Some(example.contains('!')),
        contractions: Some(example.contains("n't") || example.contains("'s")),
        lower_case: Some(letter.sentences.first().is_some_and(|s| s.starts_with(char::is_lowercase))),
        ..Instructions::default()
    }
}
