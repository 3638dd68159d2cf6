//! Parses a prompt for the simulated assistant: statement by statement, by keywords.
//!
//! Invariant: depends on the prompt's text alone. A statement that is not understood has no effect.

use crate::drafter::{Formula, Instructions};

/// Parses a prompt. The first statement on a subject counts.
pub(crate) fn read(prompt: &str) -> Instructions {
    let mut instructions = Instructions::default();
    for line in prompt.lines() {
        if let Some(statement) = line.strip_prefix("- ") {
            statement.trim_end_matches('.').split("; ").for_each(|part| take(&mut instructions, part));
        }
    }
    instructions
}

const AGAINST: &[&str] = &[
    "avoid",
    "no ",
    "never",
    "without",
    "drops",
    "leaves out",
    "leave out",
    "does not",
    "do not",
    "rarely",
    "skips",
    "fewer",
    "less",
    "omits",
    "seldom",
    "hardly",
];

fn take(instructions: &mut Instructions, statement: &str) {
    let quoted = quotes(statement);
    let bare = unquoted(statement).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    let against = says(AGAINST);
    let first = |field: &mut Option<bool>, value: bool| {
        field.get_or_insert(value);
    };
    let formula = |field: &mut Option<Formula>| match quoted.first() {
        // Another formula is wanted; a different statement may name it.
        Some(_) if against => {}
        Some(words) => {
            let vague = matches!(field, None | Some(Formula::Some));
            if vague {
                *field = Some(Formula::Words(words.clone()));
            }
        }
        None => {
            field.get_or_insert(if against { Formula::None } else { Formula::Some });
        }
    };
    if says(&["signs off", "sign off", "sign-off", "closing", "closes with", "ends with"]) {
        formula(&mut instructions.closing);
    } else if says(&["greet", "opens with", "open with", "salutation", "begins with"]) {
        formula(&mut instructions.greeting);
    } else if says(&["contraction"]) {
        first(&mut instructions.contractions, !against && !says(&["in full"]));
    } else if says(&["exclamation"]) {
        first(&mut instructions.exclamations, !against);
    } else if says(&["hedg"]) {
        first(&mut instructions.hedges, !against && says(&["uses", "hedges"]));
    } else if says(&["bullet"]) {
        first(&mut instructions.bullets, !against && !says(&["prose"]));
    } else if says(&["emoji"]) {
        first(&mut instructions.emoji, !against);
    } else if says(&["british", "american"]) {
        first(&mut instructions.british, says(&["british"]) != against);
    } else if says(&["lower case", "lower-case", "lowercase"]) {
        first(&mut instructions.lower_case, !against);
    } else if says(&["with a capital"]) {
        first(&mut instructions.lower_case, against);
    } else if says(&["thank"]) && against {
        instructions.unwelcome.push("thank".to_owned());
    } else if says(&["apologi"]) && against {
        instructions.unwelcome.extend(["apologi".to_owned(), "sorry".to_owned()]);
    } else if says(&["intensifier"]) && against {
        instructions.dropped.extend(["very", "really", "super", "totally", "absolutely"].map(str::to_owned));
    } else if let ([wanted, other], true) = (quoted.as_slice(), says(&[", not", "instead of", "rather than"]))
    {
        instructions.swaps.push((other.clone(), wanted.clone()));
    } else if let ([phrase], "avoids" | "drops" | "leaves out" | "never writes") =
        (quoted.as_slice(), bare.trim())
    {
        instructions.unwelcome.push(phrase.clone());
    } else if let Some(number) = number(&bare).filter(|_| says(&["keeps", "near", "about", "around"])) {
        // "Words a sentence" and similar are other measures.
        let of = |unit: &str| bare.trim_end().ends_with(unit);
        if of("words") && !says(&["sentence", "paragraph", "letter", "capital"]) {
            instructions.words.get_or_insert(number);
        } else if of("sentences") || of("sentence") {
            instructions.sentences.get_or_insert(number);
        }
    } else if bare.starts_with("keeps") && (says(&[" short", " brief"]) || says(&["a few sentences"])) {
        first(&mut instructions.shorter, true);
    }
}

fn number(text: &str) -> Option<usize> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

/// The parts in quotation marks; an apostrophe within a word is not a quotation mark.
fn quotes(text: &str) -> Vec<String> {
    split_quotes(text).into_iter().filter(|(quoted, _)| *quoted).map(|(_, part)| part).collect()
}

fn unquoted(text: &str) -> String {
    split_quotes(text).into_iter().filter(|(quoted, _)| !*quoted).map(|(_, part)| part).collect()
}

fn split_quotes(text: &str) -> Vec<(bool, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut parts = vec![(false, String::new())];
    let mut open = None;
    for (at, c) in chars.iter().copied().enumerate() {
        let inside_word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
        let apostrophe = c == '\'' && at > 0 && inside_word(at - 1) && inside_word(at + 1);
        match open {
            None if !apostrophe && matches!(c, '\'' | '"' | '“' | '‘') => {
                open = Some(match c {
                    '“' => '”',
                    '‘' => '’',
                    same => same,
                });
                parts.push((true, String::new()));
            }
            Some(close) if c == close && !apostrophe => {
                open = None;
                parts.push((false, String::new()));
            }
            _ => parts.last_mut().expect("there is always a part").1.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_distinguished_from_apostrophes() {
        assert_eq!(quotes("writes 'don't', not \"do not\""), ["don't", "do not"]);
        assert_eq!(unquoted("signs off with 'Cheers,'"), "signs off with ");
    }

    #[test]
    fn the_first_statement_on_a_subject_counts() {
        let instructions =
            read("Preferences:\n- keeps mails near 60 words\n- keeps texts near 90 words\n- avoids emoji.");
        assert_eq!(instructions.words, Some(60));
        assert_eq!(instructions.emoji, Some(false));
        assert_eq!(read("hello\nnothing here"), Instructions::default());
    }

    #[test]
    fn statements_are_understood() {
        let instructions = read(
            "- opens with 'Hi' and the name\n- does not open with 'Hello' and the name\n- ends without a sign-off\n\
             - writes contractions out in full ('do not', not 'don't')\n- uses British spelling (colour, not color)\n\
             - writes 'use', not 'utilize'\n- seldom says 'I'\n- writes sentences of about 16 words\n\
             - avoids hedging words such as 'perhaps' and 'I think'\n- puts points in a bulleted list\n\
             - avoids words in all capitals\n- starts sentences in lower case\n- avoids exclamation marks",
        );
        let wanted = Instructions {
            greeting: Some(Formula::Words("Hi".to_owned())),
            closing: Some(Formula::None),
            contractions: Some(false),
            british: Some(true),
            swaps: vec![("utilize".to_owned(), "use".to_owned())],
            hedges: Some(false),
            bullets: Some(true),
            lower_case: Some(true),
            exclamations: Some(false),
            ..Instructions::default()
        };
        assert_eq!(instructions, wanted);
    }
}
