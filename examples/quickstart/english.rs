//! The English that both simulations share: parsing and rendering a letter, contractions, spelling, hedges. It makes no
//! decisions; these are left to `person` and `drafter`.
//!
//! Invariant: deterministic, and independent of the engine's own features.

/// A parsed text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Letter {
    /// "Hello Dana,".
    pub(crate) greeting: Option<String>,
    /// The sentences of the body, without bullets.
    pub(crate) sentences: Vec<String>,
    /// Whether the sentences form a bulleted list.
    pub(crate) bulleted: bool,
    /// Symbols after the last sentence, for example an emoji.
    pub(crate) emoji: Option<String>,
    /// "Best regards,\nSam".
    pub(crate) closing: Option<String>,
}

impl Letter {
    /// Parses a text.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut letter = Self::default();
        let formula = |line: &str| line.ends_with(',') && count_words(line) <= 4;
        if lines.len() > 1 && formula(lines[0]) {
            letter.greeting = Some(lines.remove(0).to_owned());
        }
        if let Some(start) = lines.iter().rposition(|line| formula(line)) {
            letter.closing = Some(lines.split_off(start).join("\n"));
        }
        letter.bulleted = !lines.is_empty() && lines.iter().all(|line| line.starts_with("- "));
        if letter.bulleted {
            letter.sentences = lines.iter().map(|line| line[2..].to_owned()).collect();
        } else {
            letter.sentences = sentences(&lines.join(" "));
        }
        if letter.sentences.last().is_some_and(|last| last.chars().all(|c| !c.is_alphanumeric())) {
            letter.emoji = letter.sentences.pop();
        }
        letter
    }

    /// Renders the text.
    pub(crate) fn render(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.greeting.clone());
        let mut body = if self.bulleted {
            self.sentences.iter().map(|sentence| format!("- {sentence}")).collect::<Vec<_>>().join("\n")
        } else {
            self.sentences.join(" ")
        };
        if let Some(emoji) = &self.emoji {
            body.push(' ');
            body.push_str(emoji);
        }
        parts.push(body);
        parts.extend(self.closing.clone());
        parts.join("\n\n")
    }

    /// Number of words in all parts.
    pub(crate) fn words(&self) -> usize {
        count_words(&self.render())
    }
}

/// Counts words: runs without white space that contain a letter or a digit.
pub(crate) fn count_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// Splits a text into sentences, after a full stop, question mark or exclamation mark followed by white space.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let mut ended = false;
    for c in text.chars() {
        if ended && c.is_whitespace() {
            found.push(std::mem::take(&mut current).trim().to_owned());
            ended = false;
            continue;
        }
        ended = matches!(c, '.' | '!' | '?');
        current.push(c);
    }
    found.push(current.trim().to_owned());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Long form, short form.
const CONTRACTIONS: &[(&str, &str)] = &[
    ("cannot", "can't"),
    ("will not", "won't"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("could not", "couldn't"),
    ("should not", "shouldn't"),
    ("would not", "wouldn't"),
    ("have not", "haven't"),
    ("has not", "hasn't"),
    ("I am", "I'm"),
    ("I will", "I'll"),
    ("I have", "I've"),
    ("I would", "I'd"),
    ("you are", "you're"),
    ("you will", "you'll"),
    ("you have", "you've"),
    ("you would", "you'd"),
    ("we are", "we're"),
    ("we will", "we'll"),
    ("we have", "we've"),
    ("we would", "we'd"),
    ("they are", "they're"),
    ("they will", "they'll"),
    ("it is", "it's"),
    ("it will", "it'll"),
    ("he will", "he'll"),
    ("he is", "he's"),
    ("that is", "that's"),
    ("there is", "there's"),
    ("what is", "what's"),
    ("something is", "something's"),
];

/// Replaces long forms by short ones if a word follows.
pub(crate) fn contract(text: &str) -> String {
    CONTRACTIONS.iter().fold(text.to_owned(), |text, (long, short)| {
        replace_words(&text, long, short, |rest| {
            !long.contains(' ')
                || rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        })
    })
}

/// Replaces short forms by long ones.
pub(crate) fn expand(text: &str) -> String {
    CONTRACTIONS
        .iter()
        .fold(text.to_owned(), |text, (long, short)| replace_words(&text, short, long, |_| true))
}

const SPELLING: &[(&str, &str)] = &[
    ("apologize", "apologise"),
    ("behavior", "behaviour"),
    ("canceled", "cancelled"),
    ("canceling", "cancelling"),
    ("center", "centre"),
    ("color", "colour"),
    ("cozy", "cosy"),
    ("favor", "favour"),
    ("favorite", "favourite"),
    ("fulfill", "fulfil"),
    ("gray", "grey"),
    ("labor", "labour"),
    ("organized", "organised"),
];

/// Converts to British spelling.
pub(crate) fn british(text: &str) -> String {
    SPELLING.iter().fold(text.to_owned(), |text, (from, to)| replace_words(&text, from, to, |_| true))
}

const HEDGES: &[&str] = &["I think", "It seems that", "perhaps", "maybe", "probably", "just"];

/// Removes hedges.
pub(crate) fn unhedged(sentence: &str) -> String {
    let bare =
        HEDGES.iter().fold(sentence.to_owned(), |text, hedge| replace_words(&text, hedge, "", |_| true));
    capitalized(&bare.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Capitalizes the first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Lower-cases the first letter.
pub(crate) fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Replaces whole words where `here` accepts the following text, preserving the case of the first letter.
pub(crate) fn replace_words(text: &str, from: &str, to: &str, here: impl Fn(&str) -> bool) -> String {
    let inside = |c: char| c.is_alphanumeric() || c == '\'';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let matched = rest
            .get(..from.len())
            .filter(|head| !from.is_empty() && !inside(before) && head.eq_ignore_ascii_case(from))
            .filter(|_| !rest[from.len()..].starts_with(inside) && here(&rest[from.len()..]));
        if let Some(head) = matched {
            let upper = head.starts_with(char::is_uppercase);
            out.push_str(&if upper { capitalized(to) } else { uncapitalized_unless_i(to) });
            before = from.chars().last().unwrap_or(' ');
            rest = &rest[from.len()..];
        } else {
            out.push(c);
            before = c;
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn uncapitalized_unless_i(text: &str) -> String {
    if text.starts_with("I'") || text.starts_with("I ") { text.to_owned() } else { uncapitalized(text) }
}
