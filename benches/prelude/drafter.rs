//! The simulated assistant: a plain draft about a context, and a language model's compliance with instructions in plain
//! English.
//!
//! Invariant: receives the context and the rendered instructions, nothing else, and shares nothing with the person or
//! the engine. Instructions are read by [`crate::instructions`]; one that is not understood has no effect.

use std::sync::LazyLock;

use regex::Regex;

use crate::instructions::{self, Instruction, Topic as T};

/// Sentences from the context in a draft.
const FROM_CONTEXT: usize = 3;

const OPENINGS: [&str; 4] = [
    "I hope that you are doing very well today!",
    "I am delighted to get back to you regarding this matter!",
    "It is wonderful to hear from you again regarding this!",
    "I was really happy that you got in touch with me!",
];
const REMARKS: [&str; 8] = [
    "I think that we should utilize the first of the two drafts, because it's very clear.",
    "It seems that the clients do not require additional copies, and they will perhaps wait.",
    "I believe that it is probably in favor of those who purchase early, but it isn't certain.",
    "Perhaps the team should commence with a really small program, so there is time to obtain feedback.",
    "We do not have to organize all of it again, because the behavior of the clients is extremely steady.",
    "I suppose that my team can't recognize the color regarding the labor costs, and that is really fine.",
    "Maybe it is not a highly urgent matter, but we will probably require your assistance.",
    "It seems that we don't realize how very good the center is, and the clients are in favor of it.",
];
const FACTS: [&str; 6] = [
    "The team meets on {month} {day} at {hour}:30 p.m. – the clients, the designers, and the editors have confirmed.",
    "About {tens} percent of the budget is left – enough for {count} weeks, a workshop, and a dinner.",
    "On {month} {day} at {hour}:15 p.m. there are {count} talks, a lunch, and a tour – all of them free.",
    "In {count} of ten cases the cost went up by {tens} percent – rent, heating, and power are the reasons.",
    "The deadline is {month} {day} at {hour}:45 p.m., and {count} parts are missing – text, tables, and figures.",
    "We need {count} rooms, a screen, and a projector on {month} {day} – {tens} percent more than before.",
];
const SORRY: [&str; 3] = [
    "I am sorry for the very long delay.",
    "I apologize for the really late reply.",
    "I am truly sorry that it took so long.",
];
const ASKS: [&str; 4] = [
    "Please send me your comments regarding the plan by Friday.",
    "Could you please look at the list and tell me what is missing?",
    "Please let the team have your answer before the end of the week.",
    "Please tell me which of the two dates suits you best.",
];
const THANKS: [&str; 3] = [
    "Thank you very much for your time and your patience!",
    "Thank you so much for all of the work that you do!",
    "Many thanks for your really kind help with this!",
];
const OFFERS: [&str; 3] = [
    "Please do not hesitate to contact me at any time!",
    "I will be glad to answer whatever you would like to know!",
    "You are very welcome to write to me at any time!",
];
const MONTHS: [&str; 6] = ["January", "March", "April", "May", "June", "October"];
const COUNTS: [&str; 6] = ["three", "four", "five", "six", "seven", "eight"];

macro_rules! expression {
    ($expression:expr) => {{
        static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| Regex::new($expression).expect("it is valid"));
        &*EXPRESSION
    }};
}

/// A draft in parts.
#[derive(Debug, Clone, Default)]
struct Letter {
    heading: String,
    greeting: String,
    sentences: Vec<String>,
    list: List,
    emoji: bool,
    sign_off: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum List {
    #[default]
    Prose,
    Bullets,
    Numbers,
}

/// The draft without instructions, the same for each agent.
pub(crate) fn plain(context: &str, round: usize) -> String {
    written(context, round).render()
}

/// The draft of a round that follows the instructions of a prompt, a line each; `overlooks`: one in ten is ignored, as
/// a language model might. Which one depends on the round and the words.
pub(crate) fn draft(context: &str, round: usize, prompt: &str, overlooks: bool) -> String {
    let heeded = |line: &&str| !overlooks || !hash(line, round).is_multiple_of(10);
    let told: Vec<Instruction> = statements(prompt).filter(heeded).filter_map(instructions::read).collect();
    let mut letter = written(context, round);
    letter.follow(&told);
    letter.render()
}

/// The statements of a prompt: lines with a dash, up to what follows them.
pub(crate) fn statements(prompt: &str) -> impl Iterator<Item = &str> {
    let lines = prompt.lines().skip_while(|line| !line.starts_with("- "));
    lines.map_while(|line| line.strip_prefix("- "))
}

/// The draft after an example: its frame, its layout and its length, which can be seen without knowing why.
pub(crate) fn imitate(context: &str, round: usize, example: &str) -> String {
    let mut letter = written(context, round);
    let mut blocks: Vec<&str> = example.split("\n\n").collect();
    let brief = |block: &str| block.split_whitespace().count() < 6;
    letter.greeting = if brief(blocks[0]) { blocks.remove(0).to_owned() } else { String::new() };
    letter.sign_off = match blocks.last() {
        Some(last) if blocks.len() > 1 && brief(last) => blocks.pop().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let body = blocks.join("\n");
    letter.list = match body.get(..2) {
        Some("- ") => List::Bullets,
        Some("1.") => List::Numbers,
        _ => List::Prose,
    };
    letter.emoji = body.contains('🙂');
    if !body.contains('!') {
        letter.each(|sentence| sentence.replace('!', "."));
    }
    if body.starts_with(char::is_lowercase) {
        letter.each(uncapitalized);
    }
    letter.shorten(example.split_whitespace().count());
    letter.render()
}

fn hash(text: &str, round: usize) -> u64 {
    let hash =
        text.bytes().fold(round as u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
}

fn written(context: &str, round: usize) -> Letter {
    let pick =
        |from: &[&str], salt: usize| from[hash("", round * 31 + salt) as usize % from.len()].to_owned();
    let filled = |text: String, salt: usize| {
        let number = |of: usize, salt: usize| hash("number", round * 37 + salt) as usize % of;
        text.replace("{month}", MONTHS[number(MONTHS.len(), salt)])
            .replace("{day}", &(1 + number(28, salt + 1)).to_string())
            .replace("{hour}", &(1 + number(8, salt + 2)).to_string())
            .replace("{tens}", &(10 + 5 * number(15, salt + 3)).to_string())
            .replace("{count}", COUNTS[number(COUNTS.len(), salt + 4)])
    };
    let mut sentences = vec![pick(&OPENINGS, 1)];
    let one_line = context.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = expression!(r"[^.!?]+[.!?]").find_iter(&one_line).map(|found| found.as_str().trim());
    let fitting = |sentence: &&str| {
        let words = sentence.split_whitespace().count();
        (5..=25).contains(&words) && sentence.starts_with(char::is_alphabetic)
    };
    sentences.extend(told.filter(fitting).take(FROM_CONTEXT).map(capitalized));
    let first = hash("remark", round) as usize;
    sentences.push(REMARKS[first % REMARKS.len()].to_owned());
    sentences.push(filled(pick(&FACTS, 2), 0));
    sentences.push(REMARKS[(first + 3) % REMARKS.len()].to_owned());
    if hash("sorry", round).is_multiple_of(2) {
        sentences.push(pick(&SORRY, 3));
    }
    sentences.push(pick(&ASKS, 4));
    sentences.push(filled(FACTS[(hash("fact", round) as usize) % FACTS.len()].to_owned(), 9));
    sentences.push(pick(&THANKS, 5));
    sentences.push(pick(&OFFERS, 6));
    Letter {
        greeting: "Hello,".to_owned(),
        sentences,
        sign_off: "Best regards,\nRobin".to_owned(),
        ..Letter::default()
    }
}

impl Letter {
    fn render(&self) -> String {
        let numbered = |(at, sentence): (usize, &String)| match self.list {
            List::Prose => sentence.clone(),
            List::Bullets => format!("- {sentence}"),
            List::Numbers => format!("{}. {sentence}", at + 1),
        };
        let sentences: Vec<String> = self.sentences.iter().enumerate().map(numbered).collect();
        let body = sentences.join(if self.list == List::Prose { " " } else { "\n" });
        let body = if self.emoji { format!("{body} 🙂") } else { body };
        let parts = [&self.heading, &self.greeting, &body, &self.sign_off];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")
    }

    fn each(&mut self, change: impl Fn(&str) -> String) {
        for sentence in &mut self.sentences {
            *sentence = change(sentence);
        }
    }

    /// Exchanges whole words, with the capital of what they replace.
    fn exchange(&mut self, pairs: &[(&str, &str)]) {
        self.each(|sentence| {
            pairs.iter().fold(sentence.to_owned(), |text, (from, to)| exchanged(&text, from, to))
        });
    }

    /// Takes words out of sentences.
    fn take_out(&mut self, phrases: &[&str]) {
        self.each(|sentence| {
            let bare = phrases.iter().fold(sentence.to_owned(), |text, phrase| exchanged(&text, phrase, ""));
            if bare == sentence {
                return bare;
            }
            let spaced = bare.split_whitespace().collect::<Vec<_>>().join(" ");
            capitalized(spaced.replace(" ,", ",").replace(" .", ".").trim_start_matches([',', ' ']))
        });
    }

    /// Drops the sentences with one of these phrases, except the last one that is left.
    fn drop_with(&mut self, phrases: &[&str]) {
        let has =
            |sentence: &String| phrases.iter().any(|phrase| exchanged(sentence, phrase, "") != *sentence);
        if !self.sentences.iter().all(&has) {
            self.sentences.retain(|sentence| !has(sentence));
        }
    }

    fn shorten(&mut self, words: usize) {
        let length = |letter: &Self| letter.render().split_whitespace().count();
        loop {
            let mut fewer = self.clone();
            fewer.sentences.pop();
            if fewer.sentences.is_empty() || length(&fewer).abs_diff(words) >= length(self).abs_diff(words) {
                return;
            }
            *self = fewer;
        }
    }

    /// The place of the sentence that asks for something.
    fn request(&self) -> Option<usize> {
        let asks = |sentence: &&str| {
            let lower = sentence.trim_start_matches('*').to_lowercase();
            ["please send", "please tell", "please let", "could you", "send me", "tell me", "let the"]
                .iter()
                .any(|start| lower.starts_with(start))
        };
        self.sentences.iter().position(|sentence| asks(&sentence.as_str()))
    }

    /// Follows instructions: the first on each topic, words before sentences before the frame.
    fn follow(&mut self, told: &[Instruction]) {
        let mut done: Vec<T> = Vec::new();
        let mut ordered: Vec<&Instruction> = told.iter().collect();
        ordered.sort_by_key(|instruction| stage(instruction.topic));
        for instruction in ordered {
            // A formula to avoid says nothing of the one to write.
            let frame = matches!(instruction.topic, T::Greeting | T::SignOff);
            let other = frame && !instruction.wanted && !instruction.quoted.is_empty();
            if other || done.contains(&instruction.topic) {
                continue;
            }
            if instruction.topic != T::Wording {
                done.push(instruction.topic);
            }
            self.obey(instruction);
        }
    }

    #[expect(clippy::too_many_lines, reason = "a case for each topic")]
    fn obey(&mut self, instruction: &Instruction) {
        let Instruction { topic, wanted, quoted, number } = instruction;
        let level = number.unwrap_or(0.0).round() as usize;
        let sentences = self.sentences.len();
        match (topic, wanted) {
            (T::Greeting, false) => self.greeting.clear(),
            (T::Greeting, true) => {
                if let Some(words) = quoted.first() {
                    let words =
                        words.split(" <").next().unwrap_or_default().trim_end_matches([',', '!', ':']);
                    self.greeting = format!("{},", capitalized(words));
                }
            }
            (T::SignOff, false) => self.sign_off.clear(),
            (T::SignOff, true) => {
                if let Some(words) = quoted.first() {
                    let formula = words.lines().next().unwrap_or_default();
                    let bare = formula.split(" <").next().unwrap_or_default().trim_end_matches(',');
                    let initials = bare.chars().count() <= 3 || bare.eq_ignore_ascii_case("robin");
                    self.sign_off =
                        if initials { capitalized(bare) } else { format!("{},\nRobin", capitalized(bare)) };
                }
            }
            (T::Wording, true) => {
                if let [to, from] = &quoted[..] {
                    self.exchange(&[(from, to)]);
                }
            }
            (T::Wording, false) => {
                for phrase in quoted {
                    let whole = |sentence: &String| {
                        let (words, of) =
                            (phrase.split_whitespace().count(), sentence.split_whitespace().count());
                        words >= 3 && words * 3 > of
                    };
                    let has = |sentence: &String| exchanged(sentence, phrase, "") != *sentence;
                    if self.sentences.iter().any(|sentence| has(sentence) && whole(sentence)) {
                        self.drop_with(&[phrase]);
                    } else {
                        self.take_out(&[phrase]);
                    }
                }
            }
            (T::Words, _) if level > 0 => self.shorten(level),
            (T::Words, false) => {
                let half = self.render().split_whitespace().count() / 2;
                self.shorten(half);
            }
            (T::Sentences, _) if level > 0 => self.sentences.truncate(level),
            (T::Sentences, false) => self.sentences.truncate(4),
            (T::SentenceWords | T::LongestSentence, false) => self.split(),
            (T::SentenceWords, true) if (1..12).contains(&level) => self.split(),
            (T::Contractions, true) => self.contract(),
            (T::Contractions, false) => self.expand(),
            (T::BritishSpelling, true) => self.exchange(&BRITISH),
            (T::OxfordSpelling, false) => self.exchange(&BRITISH[..5]),
            (T::Exclamations, false) => self.each(|sentence| sentence.replace('!', ".")),
            (T::QuestionLast, true) if !self.sentences[sentences - 1].ends_with('?') => {
                self.sentences.push("What do you think?".to_owned());
            }
            (T::Questions, false) if sentences > 1 => {
                self.sentences.retain(|sentence| !sentence.ends_with('?'));
            }
            (T::Dashes, false) => self.each(|sentence| sentence.replace(" – ", ", ").replace(" — ", ", ")),
            (T::Ellipses, true) => self.each(|sentence| sentence.replace(" – ", "... ")),
            (T::SerialComma, false) => {
                let list = expression!(r"(, [\w ]+), (and|&|or) ");
                self.each(|sentence| list.replace_all(sentence, "$1 $2 ").into_owned());
            }
            (T::Ampersand, true) => self.exchange(&[("and", "&")]),
            (T::PercentSign, true) => self.each(|sentence| sentence.replace(" percent", "%")),
            (T::Digits, true) => self.exchange(&NUMBERS),
            (T::TwelveHourClock, false) => {
                let time = expression!(r"(\d{1,2}):(\d\d) p\.m\.");
                self.each(|sentence| {
                    let later = |found: &regex::Captures<'_>| {
                        format!("{}:{}", 12 + found[1].parse::<usize>().unwrap_or_default(), &found[2])
                    };
                    time.replace_all(sentence, later).into_owned()
                });
            }
            (T::DayBeforeMonth, true) => {
                for month in MONTHS {
                    let date = Regex::new(&format!(r"\b{month} (\d+)")).expect("it is valid");
                    self.each(|sentence| date.replace_all(sentence, format!("$1 {month}")).into_owned());
                }
            }
            (T::Emoji, wanted) => self.emoji = *wanted,
            (T::Bullets, true) => self.list = List::Bullets,
            (T::NumberedList, true) => self.list = List::Numbers,
            (T::Bullets | T::NumberedList, false) => self.list = List::Prose,
            (T::Headings, true) => {
                let words = quoted.first().map_or("Summary", String::as_str);
                self.heading = format!("# {words}");
            }
            (T::Bold, true) => {
                if let Some(at) = self.request() {
                    self.sentences[at] = format!("**{}**", self.sentences[at]);
                }
            }
            (T::Italics, true) => {
                if let Some(at) = self.request() {
                    self.sentences[at] = format!("*{}*", self.sentences[at]);
                }
            }
            (T::Parentheses, true) => self.each(|sentence| match sentence.split_once(" – ") {
                Some((before, aside)) => format!("{before} ({}).", aside.trim_end_matches('.')),
                None => sentence.to_owned(),
            }),
            (T::CapitalStart, false) => self.each(uncapitalized),
            (T::We, true) | (T::FirstPerson, false) => self.exchange(&AS_WE),
            (T::Hedges, false) => self.take_out(&HEDGES),
            (T::Intensifiers, false) => {
                self.take_out(&["very much", "so much", "very", "really", "extremely", "highly", "truly"]);
            }
            (T::FormalWords | T::WordLength | T::FormalTone, false) | (T::EasyReading, true) => {
                self.exchange(&PLAIN);
            }
            (T::Please, false) => self.take_out(&["please"]),
            (T::Thanks, false) => self.drop_with(&["thank you", "thanks"]),
            (T::Apologies, false) => self.drop_with(&["sorry", "apologize", "apologise", "apologies"]),
            (T::OpeningCourtesies, false) => {
                self.drop_with(&["hope that you", "delighted", "wonderful to", "got in touch"]);
            }
            (T::ClosingCourtesies, false) => {
                self.drop_with(&["hesitate", "glad to answer", "welcome to write"]);
            }
            (T::Warmth, false) => {
                self.drop_with(&["delighted", "wonderful", "really happy"]);
            }
            (T::RequestFirst, true) => {
                if let Some(at) = self.request() {
                    self.sentences[..=at].rotate_right(1);
                }
            }
            (T::RequestFirst, false) => {
                if let Some(at) = self.request() {
                    self.sentences[at..].rotate_left(1);
                }
            }
            (T::IndirectRequests, false) => {
                self.exchange(&[("could you please", "please"), ("could you", "please")]);
            }
            _ => {}
        }
    }

    /// Splits sentences where a clause begins.
    fn split(&mut self) {
        let parts = |sentence: &String| -> Vec<String> {
            let clause = expression!(r",? (?:because|, and|, but|, so) |, (?:and|but|so) ");
            let parts: Vec<&str> = clause.split(sentence).collect();
            let ended = |(at, part): (usize, &&str)| {
                if at + 1 < parts.len() { capitalized(&format!("{part}.")) } else { capitalized(part) }
            };
            parts.iter().enumerate().map(ended).collect()
        };
        self.sentences = self.sentences.iter().flat_map(parts).collect();
    }

    fn contract(&mut self) {
        for stem in ["do", "does", "did", "is", "are", "was", "should", "would", "could", "have", "has"] {
            self.exchange(&[(&format!("{stem} not"), &format!("{stem}n't"))]);
        }
        self.exchange(&[
            ("cannot", "can't"),
            ("will not", "won't"),
            ("I am", "I'm"),
            ("I will", "I'll"),
            ("I have", "I've"),
        ]);
        for subject in ["we", "you", "they"] {
            for (verb, short) in [("are", "'re"), ("will", "'ll"), ("have", "'ve")] {
                self.exchange(&[(&format!("{subject} {verb}"), &format!("{subject}{short}"))]);
            }
        }
        self.exchange(&[("it is", "it's"), ("that is", "that's"), ("there is", "there's")]);
    }

    fn expand(&mut self) {
        let not = expression!(r"(?i)\b(do|does|did|is|are|was|should|would|could|have|has)n't\b");
        self.each(|sentence| not.replace_all(sentence, "$1 not").into_owned());
        self.exchange(&[
            ("can't", "cannot"),
            ("won't", "will not"),
            ("it's", "it is"),
            ("that's", "that is"),
            ("there's", "there is"),
        ]);
        self.exchange(&[
            ("I'm", "I am"),
            ("we're", "we are"),
            ("you're", "you are"),
            ("I'll", "I will"),
            ("we'll", "we will"),
        ]);
    }
}

/// Words first, then sentences, their number, and what surrounds them.
fn stage(topic: T) -> usize {
    match topic {
        T::Please | T::Thanks | T::Apologies | T::OpeningCourtesies | T::ClosingCourtesies | T::Warmth => 1,
        T::RequestFirst => 2,
        T::Words | T::Sentences => 3,
        T::SentenceWords | T::LongestSentence => 4,
        T::QuestionLast => 5,
        T::CapitalStart => 6,
        T::Bold | T::Italics => 7,
        _ => 0,
    }
}

const BRITISH: [(&str, &str); 12] = [
    ("organize", "organise"),
    ("realize", "realise"),
    ("recognize", "recognise"),
    ("apologize", "apologise"),
    ("organized", "organised"),
    ("behavior", "behaviour"),
    ("labor", "labour"),
    ("color", "colour"),
    ("favor", "favour"),
    ("center", "centre"),
    ("program", "programme"),
    ("traveling", "travelling"),
];
const NUMBERS: [(&str, &str); 9] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
];
const HEDGES: [&str; 9] = [
    "I think that",
    "I believe that",
    "I suppose that",
    "it seems that",
    "it appears that",
    "perhaps",
    "probably",
    "maybe",
    "possibly",
];
const PLAIN: [(&str, &str); 8] = [
    ("utilize", "use"),
    ("commence", "begin"),
    ("purchase", "buy"),
    ("require", "need"),
    ("obtain", "get"),
    ("assistance", "help"),
    ("additional", "more"),
    ("regarding", "about"),
];
const AS_WE: [(&str, &str); 7] = [
    ("I am", "we are"),
    ("I'm", "we're"),
    ("I was", "we were"),
    ("I", "we"),
    ("me", "us"),
    ("my", "our"),
    ("mine", "ours"),
];

fn capitalized(text: &str) -> String {
    text.chars().next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + &text[first.len_utf8()..]
    })
}

/// In lower case at the start, unless the first word is "I" or an abbreviation.
fn uncapitalized(text: &str) -> String {
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if first == "I" || first.len() > 1 && first.chars().all(char::is_uppercase) {
        return text.to_owned();
    }
    text.chars().next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + &text[first.len_utf8()..]
    })
}

/// Exchanges whole words in any case.
fn exchanged(text: &str, from: &str, to: &str) -> String {
    let bare = from.trim_matches([',', '.', '!', '?']);
    let lower = text.to_lowercase();
    if bare.is_empty() || lower.len() != text.len() {
        return text.to_owned();
    }
    let needle = bare.to_lowercase();
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '\'');
    let (mut out, mut rest) = (String::new(), 0);
    for (at, _) in lower.match_indices(&needle) {
        let end = at + needle.len();
        let whole = !inside(text[..at].chars().last()) && !inside(text[end..].chars().next());
        if at < rest || !whole {
            continue;
        }
        out.push_str(&text[rest..at]);
        let upper = text[at..].starts_with(char::is_uppercase) && (at == 0 || !bare.starts_with('I'));
        out.push_str(&if upper { capitalized(to) } else { to.to_owned() });
        rest = end;
    }
    out.push_str(&text[rest..]);
    out
}
