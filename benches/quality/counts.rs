//! Simple counts that tell whether a statement holds in a text, or in an edit.
//!
//! Invariant: nothing comes from the engine. A statement is read by [`crate::instructions`], and what it is about is
//! counted here by expressions and short word lists; what cannot be counted so has no [`Count`].

use std::sync::LazyLock;

use regex::Regex;

use crate::instructions::{Instruction, Topic as T};

/// What a statement says of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Count {
    /// A choice between two ways: the times of the stated one and of the other. No occasion if both are 0.
    Choice(usize, usize),
    /// Times in a text of so many words.
    Times(usize, usize),
    /// An amount that every text has.
    Amount(f64),
}

/// Amounts nearer than this, relative to each other, are the same.
const SAME: f64 = 0.02;
/// "Near 40 words" holds from 40 divided by this to 40 times it.
const NEAR: f64 = 1.5;

/// Whether a statement holds in the final of an edit; `None` without an occasion for it, or if it cannot be counted.
pub(crate) fn holds_in_edit(statement: &Instruction, draft: &str, edited: &str) -> Option<bool> {
    let before = count(statement, draft)?;
    let after = count(statement, edited)?;
    match (before, after) {
        _ if stands_alone(statement, after) => holds_alone(statement, after),
        (Count::Times(0, _), Count::Times(0, _)) => None,
        (Count::Times(before, words_before), Count::Times(after, words_after)) => {
            let rate = |times: usize, words: usize| times as f64 / words.max(1) as f64;
            let fewer = after == 0 || after < before && rate(after, words_after) < rate(before, words_before);
            Some(statement.wanted != fewer)
        }
        (Count::Amount(before), Count::Amount(after)) => {
            let changed = (after - before).abs() > SAME * before.abs().max(after.abs());
            changed.then_some((after > before) == statement.wanted)
        }
        _ => None,
    }
}

/// Whether a statement holds in a text by itself: what can be more or less is held against the `usual` amount, or rate,
/// of people's texts.
pub(crate) fn holds_in_text(
    statement: &Instruction,
    text: &str,
    usual: impl Fn(&Instruction) -> f64,
) -> Option<bool> {
    let counted = count(statement, text)?;
    match counted {
        _ if stands_alone(statement, counted) => holds_alone(statement, counted),
        Count::Times(0, _) => Some(!statement.wanted),
        _ => Some((amount(counted)? > usual(statement)) == statement.wanted),
    }
}

/// What can be more or less: an amount, or the times in a hundred words.
pub(crate) fn amount(counted: Count) -> Option<f64> {
    match counted {
        Count::Amount(amount) => Some(amount),
        Count::Times(times, words) => Some(100.0 * times as f64 / words.max(1) as f64),
        Count::Choice(..) => None,
    }
}

/// Whether it needs no comparison: a choice, or a level.
fn stands_alone(statement: &Instruction, counted: Count) -> bool {
    matches!(counted, Count::Choice(..)) || statement.number.is_some()
}

fn holds_alone(statement: &Instruction, counted: Count) -> Option<bool> {
    match counted {
        Count::Choice(0, 0) => None,
        Count::Choice(this, other) => Some((this >= other) == statement.wanted),
        _ => Some((amount(counted)?.max(0.5) / statement.number?).ln().abs() <= NEAR.ln()),
    }
}

macro_rules! expression {
    ($name:ident, $expression:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($expression).expect("the expression is valid"));
    };
}

expression!(WORD, r"[\p{L}\p{N}][\p{L}\p{N}'’]*");
expression!(SENTENCE_END, r"[.!?]+[)\x22”’]*(\s|$)|\n\s*\n|\n\s*[-*•]");
expression!(
    CONTRACTED,
    r"(?i)\b(\p{L}+n['’]t|(i|you|we|they|he|she|it|that|there|what|who|let|here)['’](m|re|ve|ll|d|s))\b"
);
expression!(
    IN_FULL,
    r"(?i)\b((do|does|did|is|are|was|were|could|should|would|have|has|had|can|will|must|need) ?not|(i am|(you|we|they) are|(i|you|we|they) have|(i|you|we|they|he|she|it) (will|would)|(it|that|there|he|she|what) is|let us))\b"
);
expression!(
    GREETING,
    r"(?i)^\s*((hi|hello|hey|dear|greetings|good (morning|afternoon|evening)|hallo|bonjour|morning|howdy)\b[^.?\n]{0,40}?([,:;!\-–—]|\n|  )|(?-i:\p{Lu}[\p{L}'/&. ]{0,24})[,:;\-–—]+(\s{2}|\s*\n))"
);
expression!(
    SIGN_OFF,
    r"(?i)^(thanks|thank you|many thanks|thx|cheers|best|regards|sincerely|yours|kind|warm|love|cordially|respectfully|take care|all the best|mfg|viele|mit |cordialement|bien)\b[^.?]{0,30}[,.!]?$|^(?-i:\p{Lu}[\p{L}.'-]*( \p{Lu}[\p{L}.'-]*){0,2})$"
);
expression!(
    BRITISH,
    r"(?i)\b\w*(colour|favour|honour|labour|behaviour|neighbour|centre|metre|theatre|analyse|organis|realis|recognis|apologis|specialis|summaris|finalis|prioritis|catalogue|travell|cancell|modell|grey|licence|defence|programme|cheque|tyre|fulfil\b|enrol\b)\w*"
);
expression!(
    AMERICAN,
    r"(?i)\b\w*(color|favor|honor|labor|behavior|neighbor|center|\bmeter|theater|analyze|organiz|realiz|recogniz|apologiz|specializ|summariz|finaliz|prioritiz|catalog\b|travel(ed|ing)|cancel(ed|ing)|model(ed|ing)|gray|license|defense|program\b|fulfill|enroll\b)\w*"
);
expression!(ISE, r"(?i)\b\w{3,}is(e|es|ed|ing|ation|ations)\b");
expression!(IZE, r"(?i)\b\w{3,}iz(e|es|ed|ing|ation|ations)\b");
expression!(SERIAL, r"\w+, (?:\w+ ){0,3}\w+, (?:and|or) \w");
expression!(NO_SERIAL, r"\w+, (?:\w+ ){0,2}\w+ (?:and|or) \w");
expression!(DASH, r"[–—]|(^|\s)--?(\s|$)|\w--\w");
expression!(ELLIPSIS, r"…|\.\.\.");
expression!(QUOTE, r"[\x22“”]");
expression!(CURLY, r"[“”‘’]");
expression!(STRAIGHT, r"[\x22']");
expression!(AMPERSAND, r"\s&\s");
expression!(AND, r"(?i)\band\b");
expression!(PERCENT_SIGN, r"\d ?%");
expression!(PERCENT, r"(?i)\bper ?cent\b");
expression!(HYPHENATED, r"\p{L}-\p{L}");
expression!(SMALL_DIGIT, r"(?:^|[\s(])(\d{1,2})(?:[\s),.;:!?]|$)");
expression!(
    NUMBER_WORD,
    r"(?i)\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty)\b"
);
expression!(EMOJI, r"[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}]|[:;]-?[)(DP](?:\s|$)");
expression!(BULLET, r"(?m)^\s*[-*•–] +\S");
expression!(NUMBERED, r"(?m)^\s*\d{1,2}[.)] +\S");
expression!(HEADING, r"(?m)^#{1,6} \S");
expression!(BOLD, r"\*\*[^*\n]+\*\*|__[^_\n]+__");
expression!(ITALIC, r"(?:^|[^*\w])[*_][^*_\s][^*_\n]*[*_](?:[^*\w]|$)");
expression!(LINK, r"https?://|www\.|\]\(");
expression!(LINE_BREAK, r"\n");
expression!(LOWER_START, r"(?:^|[.!?]\s+|\n\s*)\p{Ll}");
expression!(UPPER_START, r"(?:^|[.!?]\s+|\n\s*)\p{Lu}");
expression!(LOWER_I, r"(?:^|\s)i(?:['’]\w+)?(?:[\s,.!?]|$)");
expression!(UPPER_I, r"(?:^|\s)I(?:['’]\w+)?(?:[\s,.!?]|$)");
expression!(CAPITALS, r"\b\p{Lu}{4,}\b");
expression!(I, r"\bI\b|(?i)\b(me|my|mine|myself)\b|(?:^|\s)i(?:['’]|\s)");
expression!(WE, r"(?i)\b(we|us|our|ours|ourselves)\b");
expression!(YOU, r"(?i)\b(you|your|yours|yourself)\b");
expression!(
    PASSIVE,
    r"(?i)\b(am|is|are|was|were|be|been|being)( \w+ly| not)? (\w{3,}ed|done|made|given|taken|seen|sent|written|known|shown|held|kept|found|built|left|told|paid|put|set)\b"
);
expression!(
    HEDGE,
    r"(?i)\b(i (think|believe|guess|suppose|feel)|perhaps|maybe|probably|possibly|might|may|could be|seems?|appears?|likely|somewhat|sort of|kind of|apparently|presumably|suggests?)\b"
);
expression!(
    INTENSIFIER,
    r"(?i)\b(very|really|extremely|absolutely|so|totally|completely|highly|incredibly|truly|super|quite|definitely|certainly|particularly|deeply)\b"
);
expression!(
    FILLER,
    r"(?i)\b(actually|basically|just|simply|literally|honestly|you know|i mean|well,|anyway|like,)\b"
);
expression!(
    CONNECTIVE,
    r"(?i)\b(furthermore|moreover|additionally|consequently|therefore|thus|hence|nevertheless|nonetheless|in addition|accordingly|however|subsequently)\b"
);
expression!(
    FORMAL,
    r"(?i)\b(utili[sz]\w*|commence\w*|terminat\w*|endeavou?r\w*|facilitat\w*|purchas\w*|requir\w*|obtain\w*|regarding|concerning|prior to|subsequent\w*|demonstrat\w*|implement\w*|additional\w*|approximately|sufficient\w*|assist\w*|inquir\w*|receiv\w*|provid\w*|ensur\w*|therefore|however|furthermore|pursuant|herein|in order to|numerous|attempt\w*|possess\w*|conduct\w*|indicat\w*)\b"
);
expression!(
    CASUAL,
    r"(?i)\b(gonna|wanna|gotta|yeah|yep|nope|ok|okay|cool|awesome|stuff|guys?|kinda|lol|btw|hey|yo|dude|cheers|thx|pls|sorta|kids?|nah|haha\w*|omg|u|ur|bit of|loads|super|folks|y'all|crap|damn)\b"
);
expression!(
    ABBREVIATION,
    r"(?i)\b(asap|fyi|btw|eta|tbd|tba|eod|eow|imo|imho|afaik|n/?a|w/|re:|etc\.?|e\.g\.|i\.e\.|approx\.|dept\.|mtg|appt\.?|info|pls|thx|msg)(?:\b|\s|$)"
);
expression!(PLEASE, r"(?i)\b(please|pls|plz)\b");
expression!(THANKS, r"(?i)\b(thanks|thank you|thx|grateful|appreciate\w*)\b");
expression!(SORRY, r"(?i)\b(sorry|apolog\w+|regret\w*|excuse)\b");
expression!(
    PRAISE,
    r"(?i)\b(great (work|job|question|idea)|well done|excellent|good job|nice work|impressive|wonderful|fantastic|brilliant)\b"
);
expression!(
    REASSURE,
    r"(?i)\b(no (worries|problem|rush|hurry)|feel free|don['’]t worry|do not hesitate|not to worry|happy to)\b"
);
expression!(INDIRECT, r"(?i)\b(could|would|can|will) you\b|\bwould (it|you) (be|mind)\b|\bi was wondering\b");
expression!(
    WARM,
    r"(?i)\b(great|wonderful|excited|happy|glad|love\w*|delight\w*|thrill\w*|amazing|awesome|fantastic|pleased|excellent|enjoy\w*|beautiful\w*|brilliant|perfect\w*|good|best)\b"
);
expression!(
    NEGATIVE,
    r"(?i)\b(bad|worse|worst|fail\w*|wrong|problem\w*|terrible|poor\w*|hate\w*|awful|broken|unfortunately|difficult\w*|risk\w*|loss|lost|concern\w*|sad\w*|damage\w*|delay\w*|miss(ed|ing)|error\w*|unable|weak\w*)\b"
);
expression!(
    HARSH,
    r"(?i)\b(stupid|idiot\w*|shit\w*|fuck\w*|damn\w*|crap\w*|hell|dumb|ridiculous|garbage|rubbish|useless|pathetic|nonsense)\b"
);
expression!(AND_START, r"(?:^|[.!?]\s+|\n\s*)(And|But|Or|So|and|but|or|so)\b");
expression!(ANY_START, r"(?:^|[.!?]\s+|\n\s*)\w");
expression!(
    COURTESY,
    r"(?i)\bhope (this|you|all)\b|do not hesitate|let me know if|look(ing)? forward|feel free|for your (time|consideration)|thank you for"
);

fn times(expression: &Regex, text: &str) -> usize {
    expression.find_iter(text).count()
}

fn words(text: &str) -> usize {
    times(&WORD, text)
}

/// The lengths of the sentences in words.
fn sentence_lengths(text: &str) -> Vec<usize> {
    SENTENCE_END.split(text).map(words).filter(|count| *count > 0).collect()
}

fn paragraphs(text: &str) -> usize {
    text.split("\n\n").filter(|part| !part.trim().is_empty()).count().max(1)
}

/// The lines below the last sentence: a formula, a name.
fn sign_off(text: &str) -> Option<&str> {
    let lines = text.trim_end().lines().map(str::trim).filter(|line| !line.is_empty());
    let last: Vec<&str> = lines.skip(1).collect();
    last.iter().rev().take(3).find(|line| SIGN_OFF.is_match(line)).copied()
}

/// The text without greeting and sign-off.
fn body(text: &str) -> String {
    let text = GREETING.replace(text, "");
    let mut lines: Vec<&str> = text.lines().collect();
    while lines.len() > 1
        && lines.last().is_some_and(|line| line.trim().is_empty() || SIGN_OFF.is_match(line.trim()))
    {
        lines.pop();
    }
    lines.join("\n")
}

/// The quoted words, whole and in any case.
fn phrase(quoted: &str) -> Option<Regex> {
    let bare =
        quoted.trim_matches(|c: char| ",.!?:;".contains(c) && quoted.chars().any(char::is_alphanumeric));
    let edge = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { r"\b" } else { "" };
    let (first, last) = (edge(bare.chars().next()), edge(bare.chars().last()));
    // `<name>` and the like stand for any words.
    let open = Regex::new("<[^>]*>").ok()?;
    let parts: Vec<String> = open.split(bare).map(regex::escape).collect();
    Regex::new(&format!("(?i){first}{}{last}", parts.join(r"\S+"))).ok()
}

/// Counts in a text what a statement is about.
#[expect(clippy::too_many_lines, reason = "a line for each topic")]
pub(crate) fn count(statement: &Instruction, text: &str) -> Option<Count> {
    let text = text.split("-----Original Message").next().unwrap_or(text);
    let Instruction { topic, quoted, .. } = statement;
    let either = |this: &Regex, other: &Regex| Some(Count::Choice(times(this, text), times(other, text)));
    let rate = |expression: &Regex| Some(Count::Times(times(expression, text), words(text)));
    let present = |is: bool| Some(Count::Choice(usize::from(is), usize::from(!is)));
    let mean = |of: &[usize]| of.iter().sum::<usize>() as f64 / of.len().max(1) as f64;
    match topic {
        T::Greeting => match quoted.first() {
            Some(words) => {
                let words = words.to_lowercase();
                let words = words.split(" <").next()?.trim_matches([',', '!', '.', ' ']);
                present(text.trim_start().to_lowercase().starts_with(words))
            }
            None => present(GREETING.is_match(text)),
        },
        T::SignOff => match quoted.first() {
            Some(words) => {
                let words = words.lines().next()?.to_lowercase();
                let words = words.trim_matches([',', '!', '.', ' ']);
                let tail: Vec<&str> =
                    text.trim_end().lines().rev().filter(|line| !line.trim().is_empty()).take(4).collect();
                present(tail.iter().any(|line| line.trim().to_lowercase().starts_with(words)))
            }
            None => present(sign_off(text).is_some()),
        },
        T::Wording => match &quoted[..] {
            [wanted, other] => {
                let (wanted, other) = (phrase(wanted)?, phrase(other)?);
                Some(Count::Choice(times(&wanted, text), times(&other, text)))
            }
            _ => Some(Count::Times(
                quoted.iter().map(|quoted| phrase(quoted).map_or(0, |phrase| times(&phrase, text))).sum(),
                words(text),
            )),
        },
        T::Words => Some(Count::Amount(words(text) as f64)),
        T::Sentences => Some(Count::Amount(sentence_lengths(&body(text)).len() as f64)),
        T::Paragraphs => Some(Count::Amount(paragraphs(text) as f64)),
        T::SentenceWords => Some(Count::Amount(mean(&sentence_lengths(&body(text))))),
        T::LongestSentence => {
            Some(Count::Amount(sentence_lengths(&body(text)).into_iter().max().unwrap_or(0) as f64))
        }
        T::ParagraphWords => Some(Count::Amount(words(text) as f64 / paragraphs(text) as f64)),
        T::WordLength => {
            let body = body(text);
            let lengths: Vec<usize> =
                WORD.find_iter(&body).map(|word| word.as_str().chars().count()).collect();
            Some(Count::Amount(mean(&lengths)))
        }
        T::Contractions => either(&CONTRACTED, &IN_FULL),
        T::BritishSpelling => either(&BRITISH, &AMERICAN),
        T::OxfordSpelling => either(&IZE, &ISE),
        T::Exclamations => Some(Count::Times(text.matches('!').count(), words(text))),
        T::Questions => Some(Count::Times(text.matches('?').count(), words(text))),
        T::QuestionLast => present(body(text).trim_end().ends_with('?')),
        T::Semicolons => Some(Count::Times(text.matches(';').count(), words(text))),
        T::Colons => Some(Count::Times(text.matches(':').count(), words(text))),
        T::Commas => Some(Count::Amount(text.matches(',').count() as f64 / words(text).max(1) as f64)),
        T::Dashes => rate(&DASH),
        T::SerialComma => either(&SERIAL, &NO_SERIAL),
        T::Ellipses => rate(&ELLIPSIS),
        T::Parentheses => Some(Count::Times(text.matches('(').count(), words(text))),
        T::Quotes => rate(&QUOTE),
        T::CurlyQuotes => either(&CURLY, &STRAIGHT),
        T::Ampersand => either(&AMPERSAND, &AND),
        T::PercentSign => either(&PERCENT_SIGN, &PERCENT),
        T::Hyphens => rate(&HYPHENATED),
        T::Digits => either(&SMALL_DIGIT, &NUMBER_WORD),
        T::Emoji => rate(&EMOJI),
        T::Bullets => rate(&BULLET),
        T::NumberedList => rate(&NUMBERED),
        T::Headings => rate(&HEADING),
        T::Bold => rate(&BOLD),
        T::Italics => rate(&ITALIC),
        T::Links => rate(&LINK),
        T::LineBreaks => {
            Some(Count::Amount(times(&LINE_BREAK, text.trim()) as f64 / words(text).max(1) as f64))
        }
        T::CapitalStart => either(&UPPER_START, &LOWER_START),
        T::CapitalI => either(&UPPER_I, &LOWER_I),
        T::AllCapitals => rate(&CAPITALS),
        T::FirstPerson => rate(&I),
        T::We => rate(&WE),
        T::You => rate(&YOU),
        T::Passive => rate(&PASSIVE),
        T::Hedges => rate(&HEDGE),
        T::Intensifiers => rate(&INTENSIFIER),
        T::Fillers => rate(&FILLER),
        T::Connectives => rate(&CONNECTIVE),
        T::FormalWords => rate(&FORMAL),
        T::CasualWords => rate(&CASUAL),
        T::Abbreviations => rate(&ABBREVIATION),
        T::Please => rate(&PLEASE),
        T::Thanks => rate(&THANKS),
        T::Apologies => rate(&SORRY),
        T::Praise => rate(&PRAISE),
        T::Reassurance => rate(&REASSURE),
        T::IndirectRequests => rate(&INDIRECT),
        T::Warmth => rate(&WARM),
        T::NegativeWords => rate(&NEGATIVE),
        T::HarshWords => rate(&HARSH),
        T::ConjunctionStart => Some(Count::Times(times(&AND_START, text), times(&ANY_START, text))),
        T::OpeningCourtesies | T::ClosingCourtesies => rate(&COURTESY),
        T::EasyReading => {
            // Long sentences and long words make a text hard to read.
            let text = body(text);
            let lengths: Vec<usize> =
                WORD.find_iter(&text).map(|word| word.as_str().chars().count()).collect();
            let long =
                lengths.iter().filter(|length| **length > 6).count() as f64 / lengths.len().max(1) as f64;
            Some(Count::Amount(-(mean(&sentence_lengths(&text)) + 100.0 * long)))
        }
        T::MixedSentences
        | T::FormalTone
        | T::RequestFirst
        | T::TwelveHourClock
        | T::DayBeforeMonth
        | T::Corrections => None,
    }
}
