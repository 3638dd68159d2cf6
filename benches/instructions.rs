//! Plain English about how to write, read as a person would: what it is about, whether that is wanted, the words in
//! quotation marks and a number. Shared by the drafting stand-in of the PRELUDE bench and the checkers of the quality
//! bench.
//!
//! Invariant: a grammar of its own. It knows synonyms and negations, not the engine's sentences, features or ids; what
//! it does not understand is `None`, so that a bench can count it.

/// What an instruction is about. The comment says what more of it, or having it, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    /// A line that greets; with quoted words, that one.
    Greeting,
    /// A formula at the end; with quoted words, that one.
    SignOff,
    /// The first quoted words instead of the second; with one, that one.
    Wording,
    Words,
    Sentences,
    Paragraphs,
    SentenceWords,
    LongestSentence,
    ParagraphWords,
    WordLength,
    EasyReading,
    MixedSentences,
    Contractions,
    BritishSpelling,
    OxfordSpelling,
    Exclamations,
    Questions,
    QuestionLast,
    Semicolons,
    Colons,
    Dashes,
    Commas,
    SerialComma,
    Ellipses,
    Parentheses,
    Quotes,
    CurlyQuotes,
    Ampersand,
    PercentSign,
    Hyphens,
    Digits,
    Emoji,
    Bullets,
    NumberedList,
    Headings,
    Bold,
    Italics,
    Links,
    LineBreaks,
    CapitalStart,
    CapitalI,
    AllCapitals,
    FirstPerson,
    We,
    You,
    Passive,
    Hedges,
    Intensifiers,
    Fillers,
    Connectives,
    FormalWords,
    CasualWords,
    Abbreviations,
    FormalTone,
    Please,
    Thanks,
    Apologies,
    Praise,
    Reassurance,
    IndirectRequests,
    Warmth,
    NegativeWords,
    HarshWords,
    RequestFirst,
    ConjunctionStart,
    /// Friendly phrases before what is said.
    OpeningCourtesies,
    /// Friendly phrases after it.
    ClosingCourtesies,
    TwelveHourClock,
    DayBeforeMonth,
    Corrections,
}

use Topic as T;

/// One instruction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instruction {
    pub(crate) topic: Topic,
    /// More of it or with it; `false`: less of it or without it.
    pub(crate) wanted: bool,
    /// The words in quotation marks; for an exchange of words the wanted ones first.
    pub(crate) quoted: Vec<String>,
    /// "near 40 words".
    pub(crate) number: Option<f64>,
}

/// Phrases by topic, tried in order. In a phrase `*` ends a word of which the beginning is given, `~` stands for up to
/// three words, `"` for words in quotation marks. `-` before the topic's phrases: they name the reverse.
const PHRASES: &[(Topic, bool, &[&str])] = &[
    (
        T::ClosingCourtesies,
        true,
        &[
            "courtes* ~ end",
            "phrase* ~ end",
            "pleasantr* ~ end",
            "closing courtes*",
            "closing pleasantr*",
            "closing offer*",
            "offer* ~ help",
            "offer* ~ end",
        ],
    ),
    (
        T::OpeningCourtesies,
        true,
        &["friendly opening", "opening courtes*", "opening pleasantr*", "opening phrase*"],
    ),
    (T::CapitalI, false, &["i ~ in lower case", "\" in lower case", "lower case \""]),
    (T::CapitalI, true, &["\" with a capital", "capital* \"", "capital i"]),
    (
        T::AllCapitals,
        true,
        &["all capital*", "all caps", "shout*", "in capitals", "upper case", "block capitals"],
    ),
    (T::CapitalStart, false, &["lower case", "lowercase", "uncapital*", "no capital*"]),
    (T::CapitalStart, true, &["with a capital", "capital*", "sentence case"]),
    (
        T::QuestionLast,
        true,
        &["end* ~ a question", "clos* ~ a question", "finish* ~ question", "question at the end"],
    ),
    (T::ConjunctionStart, true, &["sentence* with \"", "sentence* with and", "conjunction*"]),
    (
        T::SignOff,
        true,
        &[
            "sign* off",
            "sign off*",
            "signoff*",
            "signature",
            "closing line",
            "closing formula",
            "clos* with \"",
            "end* with \"",
            "finish* with \"",
            "valediction",
            "sign* with",
            "sign* as",
            "close* formula",
            "complimentary close",
            "closing",
            "sign* ~ \"",
        ],
    ),
    (
        T::Greeting,
        true,
        &[
            "greet*",
            "salutation",
            "open* with \"",
            "start* with \"",
            "begin* with \"",
            "start* ~ with \"",
            "say* hello",
            "address* the recipient",
            "hello line",
            "\" as greeting",
        ],
    ),
    (T::SerialComma, true, &["serial comma*", "oxford comma*", "comma* before"]),
    (T::Semicolons, true, &["semicolon*", "semi colon*"]),
    (T::Colons, true, &["colon*"]),
    (T::Exclamations, true, &["exclamation*", "exclaim*"]),
    (T::Dashes, true, &["dash*"]),
    (T::Hyphens, true, &["hyphen*"]),
    (T::Ellipses, true, &["ellips*", "trailing dots", "dot dot dot"]),
    (T::Parentheses, true, &["parenthes*", "in brackets", "bracket*", "round brackets"]),
    (T::CurlyQuotes, true, &["curly", "typographic", "smart quotes"]),
    (T::CurlyQuotes, false, &["straight quot*", "plain quotation"]),
    (T::Quotes, true, &["quotation mark*", "quote mark*", "scare quotes"]),
    (T::Commas, true, &["comma*"]),
    (T::Ampersand, true, &["ampersand*"]),
    (T::PercentSign, true, &["percent sign*"]),
    (T::PercentSign, false, &["percent ~ word*", "out \" percent"]),
    (T::TwelveHourClock, true, &["am pm", "a m", "twelve hour", "12 hour", "am and pm"]),
    (T::TwelveHourClock, false, &["24 hour", "twenty four hour", "military time"]),
    (T::DayBeforeMonth, true, &["day before ~ month", "day first", "day month"]),
    (T::DayBeforeMonth, false, &["month before ~ day", "month first", "month day"]),
    (
        T::Digits,
        false,
        &[
            "number* ~ words",
            "number* as word*",
            "spell* out ~ number*",
            "number* spelled",
            "number* in words",
        ],
    ),
    (T::Digits, true, &["digit*", "numeral*", "figures"]),
    (T::Emoji, true, &["emoji*", "emoticon*", "smiley*"]),
    (T::NumberedList, true, &["numbered list*", "numbered steps", "numbered", "number the", "steps ~ list"]),
    (T::Bullets, true, &["bullet*"]),
    (T::Headings, true, &["heading*", "headers", "section title*", "subhead*"]),
    (T::Bold, true, &["bold*"]),
    (T::Italics, true, &["italic*"]),
    (T::Connectives, true, &["connective*", "transition word*", "transitions", "linking words"]),
    (T::Links, true, &["links", "link", "urls"]),
    (T::LineBreaks, false, &["lines together", "one block", "single block"]),
    (T::LineBreaks, true, &["line break*", "breaks lines", "own line", "separate line*", "new line*"]),
    (T::Bullets, false, &["prose", "running text"]),
    (T::BritishSpelling, true, &["british", "uk spelling", "uk english", "commonwealth spelling"]),
    (T::BritishSpelling, false, &["american", "us spelling", "us english"]),
    (
        T::Contractions,
        false,
        &["contract* ~ in full", "contract* ~ out", "in full", "spell* out ~ contract*"],
    ),
    (T::Contractions, true, &["contract*", "short forms"]),
    (T::Passive, false, &["active voice", "active"]),
    (T::Passive, true, &["passive*"]),
    (T::Hedges, true, &["hedg*", "tentative*", "qualifier*"]),
    (T::Hedges, false, &["assertive*"]),
    (T::Intensifiers, true, &["intensifier*", "emphatic words", "amplifier*"]),
    (T::Fillers, true, &["filler*"]),
    (T::CasualWords, true, &["casual words", "slang", "colloquial*", "casual language"]),
    (
        T::FormalWords,
        false,
        &[
            "plain words",
            "everyday words",
            "simple words",
            "plain language",
            "plain english",
            "short everyday",
        ],
    ),
    (T::FormalWords, true, &["formal words", "learned words", "elevated words", "fancy words", "big words"]),
    (T::FormalTone, false, &["informal*", "casual*", "relaxed", "conversational*", "chatty"]),
    (T::FormalTone, true, &["formal*"]),
    (T::Abbreviations, true, &["abbreviat*"]),
    (T::Apologies, true, &["apolog*", "sorry"]),
    (T::Thanks, true, &["thank*", "gratitude"]),
    (T::Please, true, &["please"]),
    (T::Praise, true, &["prais*", "compliment*"]),
    (T::Reassurance, true, &["reassur*"]),
    (T::IndirectRequests, true, &["indirect*", "as a question"]),
    (T::IndirectRequests, false, &["ask* directly", "direct request*", "asks directly", "imperative"]),
    (
        T::RequestFirst,
        true,
        &[
            "request first",
            "ask first",
            "lead with",
            "request at the top",
            "request up front",
            "point first",
            "main point",
            "action item* first",
        ],
    ),
    (T::RequestFirst, false, &["request ~ end", "request ~ last", "ask ~ the end", "ask ~ last"]),
    (
        T::OpeningCourtesies,
        true,
        &["courtes*", "pleasantr*", "small talk", "polite phrase*", "well wish*", "stock phrase*"],
    ),
    (T::Corrections, true, &["spelling and grammar", "slips", "typos"]),
    (T::HarshWords, true, &["harsh*", "rude*", "blunt*"]),
    (T::NegativeWords, true, &["negative word*", "negativ*"]),
    (T::Warmth, true, &["enthusias*", "warm*", "upbeat", "excited"]),
    (T::MixedSentences, true, &["mix* ~ sentence*", "vary* ~ sentence*", "sentence* ~ mixed length"]),
    (T::MixedSentences, false, &["even length"]),
    (T::EasyReading, true, &["easy to read", "readable"]),
    (T::EasyReading, false, &["dense", "hard to read"]),
    (T::LongestSentence, false, &["break* up ~ sentence*", "very long sentence*", "split* ~ sentence*"]),
    (T::LongestSentence, true, &["sentence* ~ run long", "sentence* ~ long"]),
    (
        T::SentenceWords,
        false,
        &["short* sentence*", "sentence* short", "simple sentence*", "one clause", "crisp sentence*"],
    ),
    (T::SentenceWords, true, &["long* sentence*", "several clauses", "clauses"]),
    (T::ParagraphWords, false, &["short* paragraph*"]),
    (T::ParagraphWords, true, &["long* paragraph*"]),
    (
        T::Paragraphs,
        true,
        &[
            "more paragraph*",
            "into paragraph*",
            "into ~ paragraph*",
            "many paragraph*",
            "paragraph break*",
            "paragraph*",
        ],
    ),
    (T::Sentences, false, &["few sentences", "fewer sentences", "handful of sentences"]),
    (T::Sentences, true, &["more sentences", "many sentences"]),
    (T::WordLength, false, &["short* words", "short simple words", "few syllables"]),
    (T::WordLength, true, &["long* words", "many syllables"]),
    (T::FirstPerson, true, &["first person", "as i", "myself"]),
    (T::We, true, &["as we"]),
    (T::You, true, &["reader as", "address* the reader", "second person"]),
    (T::Questions, true, &["question*"]),
    (
        T::Words,
        false,
        &[
            "short",
            "shorter",
            "brief*",
            "concise*",
            "terse*",
            "to the point",
            "tight*",
            "trim*",
            "compact",
            "fewer words",
            "word count low",
        ],
    ),
    (T::Words, true, &["longer", "long", "detailed", "elaborate", "at length", "in depth"]),
    (T::Wording, true, &["\""]),
];

const AGAINST: &[&str] = &[
    "avoid",
    "avoids",
    "avoiding",
    "no",
    "not",
    "never",
    "without",
    "drop",
    "drops",
    "omit",
    "omits",
    "skip",
    "skips",
    "seldom",
    "rarely",
    "hardly",
    "fewer",
    "less",
    "few",
    "leave",
    "leaves",
    "cut",
    "cuts",
    "remove",
    "removes",
    "stop",
    "don't",
    "doesn't",
    "sparing",
    "sparingly",
    "delete",
    "deletes",
    "strip",
    "strips",
    "refrain",
    "ban",
    "little",
    "dislikes",
    "none",
    "refrains",
    "lose",
    "instead",
];

/// Ends of a statement that only illustrate or contrast what its head says.
const TAILS: &[&str] =
    &[" such as ", ", not ", " instead of ", " rather than ", ", like ", " (", ", with '", "; "];

/// Reads one instruction; `None` if it is not understood.
pub(crate) fn read(statement: &str) -> Option<Instruction> {
    let (bare, mut quoted) = unquoted(&statement.to_lowercase(), statement);
    let head = TAILS.iter().filter_map(|tail| bare.find(tail)).min().map_or(&*bare, |end| &bare[..end]);
    let contrasts = [
        "\", not \"",
        "\" not \"",
        "\" instead of \"",
        "\" rather than \"",
        "\" over \"",
        "\" and not \"",
        "\" for \"",
    ];
    let contrast = contrasts.iter().any(|mark| bare.contains(mark));
    let mut words = words(head);
    if words.first().is_some_and(|first| first == "please") {
        words.remove(0);
    }
    if let [first, second] = &quoted[..] {
        let replaces =
            words.iter().any(|word| word.starts_with("replac") || word == "swap" || word == "change");
        if replaces || contrast {
            let (wanted, other) = if replaces || bare.trim_start().starts_with("not ") {
                (second, first)
            } else {
                (first, second)
            };
            let topic = match (
                wanted.to_lowercase().trim_start_matches('-'),
                other.to_lowercase().trim_start_matches('-'),
            ) {
                ("we", "i") | ("i", "we") => T::We,
                ("ise", "ize") | ("ize", "ise") => T::OxfordSpelling,
                ("%", _) | (_, "%") => T::PercentSign,
                ("&", _) | (_, "&") => T::Ampersand,
                _ => T::Wording,
            };
            let symbol = matches!(wanted.trim_start_matches('-'), "ize" | "%" | "&" | "we");
            let wanted_symbol = topic == T::Wording || symbol;
            return Some(Instruction {
                topic,
                wanted: wanted_symbol,
                quoted: vec![wanted.clone(), other.clone()],
                number: None,
            });
        }
    }
    // What is only an illustration is not quoted.
    quoted.truncate(head.matches('"').count());
    let number = number(&words);
    if let Some((number, topic)) = number.and_then(|(at, number)| Some((number, unit(&words, at)?))) {
        return Some(Instruction { topic, wanted: true, quoted, number: Some(number) });
    }
    let against = against(&words);
    let one_phrase = quoted.first().filter(|_| quoted.len() == 1).map(|phrase| phrase.to_lowercase());
    let of_phrase = |topic| Some(Instruction { topic, wanted: !against, quoted: Vec::new(), number: None });
    for (topic, more, phrases) in PHRASES {
        if phrases.iter().any(|phrase| matches(phrase, &words)) {
            if *topic == T::Wording {
                match one_phrase.as_deref() {
                    Some("please") => return of_phrase(T::Please),
                    Some("i") => return of_phrase(T::FirstPerson),
                    Some("we") => return of_phrase(T::We),
                    Some("you") => return of_phrase(T::You),
                    Some("&") => return of_phrase(T::Ampersand),
                    Some("!") => return of_phrase(T::Exclamations),
                    Some("percent") => {
                        return Some(Instruction {
                            topic: T::PercentSign,
                            wanted: against,
                            quoted,
                            number: None,
                        });
                    }
                    _ => {}
                }
            }
            // "Keep it short, not long": the phrase itself has the direction.
            return Some(Instruction { topic: *topic, wanted: *more != against, quoted, number: None });
        }
    }
    None
}

fn against(words: &[String]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let a_few = word == "few"
            && (at == 0
                || words[at - 1] == "a"
                || words.get(at + 1).is_some_and(|next| next == "sentences" || next == "syllables"));
        let few_sentences =
            word == "fewer" && words.get(at + 1).is_some_and(|next| next == "sentences" || next == "words");
        let no_sooner = word == "no"
            && words.get(at + 1).is_some_and(|next| next == "more" || next == "longer" || next == "capitals");
        // "As they are": what is left in.
        let left_in = word.starts_with("leave")
            && (words.iter().any(|word| word == "are") || words.last().is_some_and(|last| last == "in"));
        AGAINST.contains(&&**word) && !a_few && !few_sentences && !no_sooner && !left_in
    })
}

/// The text in lower case without what stands in parentheses, with `"` for each part in quotation marks, and these
/// parts as they are written.
fn unquoted(lower: &str, statement: &str) -> (String, Vec<String>) {
    // Lower case may have other lengths: letters are compared one by one only where it has the same.
    let chars: Vec<char> = if lower.chars().count() == statement.chars().count() {
        statement.chars().collect()
    } else {
        lower.chars().collect()
    };
    let (mut bare, mut quoted) = (String::new(), Vec::new());
    let (mut at, mut aside) = (0, false);
    while at < chars.len() {
        let letter = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
        let opens = matches!(chars[at], '\'' | '"' | '‘' | '“' | '`') && !(at > 0 && letter(at - 1));
        let closing = match chars[at] {
            '‘' => '’',
            '“' => '”',
            same => same,
        };
        let end = || {
            (at + 1..chars.len()).find(|end| {
                chars[*end] == closing
                    && !(closing == '\'' && letter(*end - 1) && letter(end + 1))
                    && *end > at + 1
            })
        };
        if let Some(end) = opens.then(end).flatten() {
            if !aside {
                quoted.push(chars[at + 1..end].iter().collect::<String>().trim().to_owned());
                bare.push('"');
            }
            at = end + 1;
        } else {
            aside = chars[at] == '(' || aside && chars[at] != ')';
            if !aside && chars[at] != ')' {
                bare.extend(chars[at].to_lowercase());
            }
            at += 1;
        }
    }
    (bare, quoted)
}

fn words(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '"');
    text.split(|c: char| !inside(c))
        .filter(|word| !word.is_empty())
        .map(|word| word.replace('’', "'"))
        .collect()
}

fn matches(phrase: &str, words: &[String]) -> bool {
    let parts: Vec<&str> = phrase.split(' ').collect();
    (0..words.len()).any(|start| follows(&parts, &words[start..]))
}

fn follows(parts: &[&str], words: &[String]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return true };
    if *part == "~" {
        return (0..=3.min(words.len())).any(|skip| follows(rest, &words[skip..]));
    }
    let Some(word) = words.first() else { return false };
    let same = part.strip_suffix('*').map_or(*part == word, |start| word.starts_with(start));
    same && follows(rest, &words[1..])
}

const NUMBERS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// The first number and its place.
fn number(words: &[String]) -> Option<(usize, f64)> {
    words.iter().enumerate().find_map(|(at, word)| {
        let spelled = NUMBERS.iter().position(|number| number == word).map(|number| number as f64);
        Some((at, word.parse().ok().or(spelled)?))
    })
}

/// What a number counts: "20 words", "20 words per sentence", "three sentences".
fn unit(words: &[String], at: usize) -> Option<Topic> {
    let before = |stem: &str| words[..at].iter().any(|word| word.starts_with(stem));
    let after = |stem: &str| words[at + 1..].iter().any(|word| word.starts_with(stem));
    match words.get(at + 1)?.as_str() {
        "words" | "word" if before("sentence") || after("sentence") || after("each") => {
            Some(T::SentenceWords)
        }
        "words" | "word" if before("paragraph") || after("paragraph") => Some(T::ParagraphWords),
        "words" | "word" => Some(T::Words),
        "sentences" | "sentence" => Some(T::Sentences),
        "paragraphs" | "paragraph" => Some(T::Paragraphs),
        _ => None,
    }
}
