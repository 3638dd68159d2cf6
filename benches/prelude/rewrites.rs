//! The person's hidden preferences, each a program that rewrites a note and what the person would say of it.
//!
//! Invariant: shares nothing with the engine or the drafting stand-in. Half of the programs are kept for the split that
//! nobody tunes on, some of them in families that the other split does not have.

use crate::person::Family::{Frame, Layout, Length, Notation, Order, Register, Stance, Wording};
use crate::person::{Family, Mark, Note, Program, capital, expression};

const DIGITS: [(&str, &str); 9] = [
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

const fn program(
    family: Family,
    slot: &'static str,
    apart: bool,
    asked: [&'static str; 3],
    rewrite: fn(&mut Note),
) -> Program {
    Program { family, slot, apart, asked, rewrite }
}

/// All programs, in the order in which they are applied: words, then sentences, then the frame and the layout.
pub(crate) const PROGRAMS: [Program; 46] = [
    program(
        Wording,
        "plain",
        false,
        ["prefer plain words to formal ones", "use everyday words", "keep to plain language"],
        |note| {
            note.replace(&[
                ("utilize", "use"),
                ("utilizing", "using"),
                ("commence", "start"),
                ("assistance", "help"),
                ("additional", "more"),
                ("purchase", "buy"),
                ("require", "need"),
                ("obtain", "get"),
                ("regarding", "about"),
            ]);
        },
    ),
    program(
        Wording,
        "clients",
        false,
        [
            "say 'customers' instead of 'clients'",
            "write 'customers', not 'clients'",
            "replace 'clients' with 'customers'",
        ],
        |note| {
            note.replace(&[("clients", "customers")]);
        },
    ),
    program(
        Wording,
        "about",
        true,
        [
            "say 'about' rather than 'regarding'",
            "write 'about', not 'regarding'",
            "replace 'regarding' with 'about'",
        ],
        |note| {
            note.replace(&[("regarding", "about")]);
        },
    ),
    program(
        Wording,
        "group",
        true,
        ["write 'group', not 'team'", "say 'group' instead of 'team'", "replace 'team' with 'group'"],
        |note| {
            note.replace(&[("team", "group")]);
        },
    ),
    program(
        Wording,
        "spelling",
        false,
        ["use British spelling", "stick to UK spelling", "spell in British English"],
        |note| {
            note.replace(&[
                ("color", "colour"),
                ("behavior", "behaviour"),
                ("favor", "favour"),
                ("labor", "labour"),
                ("center", "centre"),
                ("organize", "organise"),
                ("organized", "organised"),
                ("realize", "realise"),
                ("favorite", "favourite"),
                ("recognize", "recognise"),
                ("apologize", "apologise"),
                ("program", "programme"),
                ("neighbor", "neighbour"),
            ]);
        },
    ),
    program(
        Wording,
        "contract",
        false,
        ["use contractions", "contract where you can", "prefer short forms such as 'don't'"],
        |note| {
            note.replace(&[
                ("(do|does|did|is|are|was|were|should|would|could|have|has) not", "$1n't"),
                ("cannot", "can't"),
                ("will not", "won't"),
                ("(it|that|there) is", "$1's"),
                ("I am", "I'm"),
                ("(we|you|they) are", "$1're"),
                ("(I|we|you|they) will", "$1'll"),
                ("(I|we|you|they) have", "$1've"),
            ]);
        },
    ),
    program(
        Wording,
        "contract",
        true,
        ["write contractions out in full", "avoid contractions", "don't use short forms"],
        |note| {
            note.replace(&[
                ("can't", "cannot"),
                ("won't", "will not"),
                ("(do|does|did|is|are|was|were|should|would|could|have|has)n't", "$1 not"),
                ("(it|that|there)'s", "$1 is"),
                ("I'm", "I am"),
                ("(we|you|they)'re", "$1 are"),
                ("(I|we|you|they)'ll", "$1 will"),
                ("(I|we|you|they)'ve", "$1 have"),
            ]);
        },
    ),
    program(
        Stance,
        "hedge",
        false,
        ["avoid hedging", "don't hedge", "drop qualifiers such as 'perhaps'"],
        |note| {
            note.without(
                r"(?i)\b(I (think|believe|suppose) that|it seems that|perhaps|probably|maybe|possibly)\b",
            );
        },
    ),
    program(
        Stance,
        "intense",
        true,
        ["avoid intensifiers", "leave out intensifiers such as 'very'", "no emphatic words"],
        |note| {
            note.without(r"(?i)\b(very|really|extremely|highly|truly|so much)\b");
        },
    ),
    program(Stance, "sorry", true, ["never apologize", "no apologies", "don't say sorry"], |note| {
        note.leave_out(expression!(r"(?i)\b(sorry|apologi[sz]e)\b"));
    }),
    program(
        Stance,
        "thanks",
        false,
        ["leave out thanks", "don't thank the reader", "no thank-yous"],
        |note| {
            note.leave_out(expression!(r"(?i)\bthank(s| you)\b"));
        },
    ),
    program(Stance, "please", false, ["ask without 'please'", "drop 'please'", "never say please"], |note| {
        note.without(r"(?i)\bplease\b");
    }),
    program(
        Stance,
        "we",
        true,
        ["speak as 'we'", "write in the name of the team, as we", "say 'we' instead of 'I'"],
        |note| {
            note.replace(&[
                ("I am", "we are"),
                ("I'm", "we're"),
                ("I was", "we were"),
                ("me", "us"),
                ("my", "our"),
                ("I", "we"),
            ]);
        },
    ),
    program(
        Notation,
        "digits",
        false,
        ["write numbers as digits", "use numerals", "use figures for numbers"],
        |note| {
            note.replace(&DIGITS);
        },
    ),
    program(
        Notation,
        "percent",
        false,
        ["write '%' instead of 'percent'", "use the percent sign", "use percent signs"],
        |note| {
            note.replace(&[(r"(\d+) percent", "$1%")]);
        },
    ),
    program(
        Notation,
        "clock",
        true,
        ["use the 24-hour clock", "give times in 24-hour format", "use military time"],
        |note| {
            let clock = expression!(r"\b(\d{1,2}):(\d\d) p\.m\.");
            note.each(|point| {
                clock
                    .replace_all(point, |time: &regex::Captures<'_>| {
                        format!("{}:{}", time[1].parse::<u32>().unwrap_or(0) % 12 + 12, &time[2])
                    })
                    .into_owned()
            });
        },
    ),
    program(
        Notation,
        "date",
        true,
        [
            "put the day before the month",
            "write dates day first",
            "write dates with the day before the month",
        ],
        |note| {
            let date = expression!(
                r"\b(January|February|March|April|May|June|July|August|September|October|November|December) (\d{1,2})\b"
            );
            note.each(|point| date.replace_all(point, "$2 $1").into_owned());
        },
    ),
    program(
        Notation,
        "and",
        true,
        ["write '&' instead of 'and'", "use ampersands", "use the ampersand"],
        |note| {
            note.replace(&[("and", "&")]);
        },
    ),
    program(
        Notation,
        "serial",
        true,
        ["leave out the comma before 'and' in lists", "no Oxford comma", "skip the serial comma"],
        |note| {
            let serial = expression!(r"(\w+, [\w ]+), (and|&) ");
            note.each(|point| serial.replace_all(point, "$1 $2 ").into_owned());
        },
    ),
    program(Notation, "dash", false, ["avoid dashes", "no dashes, use commas", "don't use dashes"], |note| {
        note.each(|point| point.replace(" – ", ", "));
    }),
    program(
        Layout,
        "dash",
        true,
        ["put asides in parentheses", "use parentheses for asides", "set asides in brackets"],
        |note| {
            let aside = expression!(r" – (.*[^.!?])([.!?]+)$");
            note.each(|point| aside.replace(point, " ($1)$2").into_owned());
        },
    ),
    program(
        Register,
        "exclaim",
        false,
        ["avoid exclamation marks", "no exclamation marks", "never use exclamation marks"],
        |note| {
            note.each(|point| point.replace('!', "."));
        },
    ),
    program(
        Register,
        "dash",
        true,
        ["use ellipses", "let sentences trail off with an ellipsis", "use ellipses instead of dashes"],
        |note| {
            note.each(|point| point.replace(" – ", "... "));
        },
    ),
    program(
        Frame,
        "opening",
        true,
        ["skip the pleasantries at the start", "no small talk", "leave out the friendly opening"],
        |note| {
            if expression!(r"(?i)\b(hope that you|delighted to|wonderful to|in touch)\b")
                .is_match(&note.points[0])
                && note.points.len() > 1
            {
                note.points.remove(0);
            }
        },
    ),
    program(
        Frame,
        "offer",
        false,
        ["leave out stock phrases at the end", "no polite phrases at the end", "skip the closing courtesies"],
        |note| {
            note.leave_out(expression!(
                r"(?i)\b(hesitate to|let me know if|glad to (help|answer)|at any time)\b"
            ));
        },
    ),
    program(
        Order,
        "ask",
        true,
        ["put the request first", "lead with the request", "state the request at the top"],
        |note| {
            if let Some(at) = note.asks() {
                let ask = note.points.remove(at);
                note.points.insert(0, ask);
            }
        },
    ),
    program(
        Length,
        "length",
        false,
        ["keep it near 40 words", "aim for about 40 words", "stay around 40 words"],
        |note| note.keep_near(40),
    ),
    program(
        Length,
        "length",
        true,
        ["keep it near 70 words", "aim for about 70 words", "use roughly 70 words"],
        |note| note.keep_near(70),
    ),
    program(
        Length,
        "length",
        false,
        ["keep it to three sentences", "write about three sentences", "use only 3 sentences"],
        |note| note.keep_first(3),
    ),
    program(
        Length,
        "length",
        true,
        ["keep it to five sentences", "write about five sentences", "use only 5 sentences"],
        |note| note.keep_first(5),
    ),
    program(
        Length,
        "split",
        true,
        ["keep sentences short", "write short sentences", "prefer short, simple sentences"],
        |note| {
            let joint = expression!(r"(?:, (?:and|but|so)|,? because) (\w+ )");
            note.points = note
                .points
                .iter()
                .flat_map(|point| {
                    let parts = joint
                        .replace_all(point, |next: &regex::Captures<'_>| format!(".\n{}", capital(&next[1])));
                    parts.lines().map(str::to_owned).collect::<Vec<_>>()
                })
                .collect();
        },
    ),
    program(
        Order,
        "question",
        true,
        ["end with a question", "finish with a question", "close with a question"],
        |note| {
            if !note.points.last().is_some_and(|last| last.ends_with('?')) {
                note.points.push("What do you think?".to_owned());
            }
        },
    ),
    program(
        Register,
        "lower",
        false,
        ["start sentences in lower case", "write in lowercase", "no capitals at the start of sentences"],
        |note| {
            note.each(|point| {
                let proper = expression!(r"^(I\b|[A-Z][A-Z])");
                let mut letters = point.chars();
                match letters.next() {
                    Some(first) if !proper.is_match(point) => first.to_lowercase().chain(letters).collect(),
                    _ => point.to_owned(),
                }
            });
        },
    ),
    program(
        Layout,
        "bold",
        false,
        ["set the request in bold", "use bold text for the request", "bold what you ask for"],
        |note| {
            if let Some(at) = note.asks().filter(|at| !note.points[*at].starts_with("**")) {
                note.points[at] = format!("**{}**", note.points[at]);
            }
        },
    ),
    program(
        Layout,
        "bold",
        true,
        ["set the request in italics", "use italics for the request", "italicize the request"],
        |note| {
            if let Some(at) = note.asks().filter(|at| !note.points[*at].starts_with('*')) {
                note.points[at] = format!("*{}*", note.points[at]);
            }
        },
    ),
    program(
        Layout,
        "mark",
        false,
        ["use bullet points", "put points in a bulleted list", "write bullets"],
        |note| note.mark = Mark::Dash,
    ),
    program(
        Layout,
        "mark",
        false,
        ["use a numbered list", "number the points", "put points in a numbered list"],
        |note| note.mark = Mark::Number,
    ),
    program(
        Layout,
        "title",
        false,
        ["start with the heading 'Summary'", "put a heading on top", "use a heading 'Summary'"],
        |note| {
            note.title = Some("# Summary".to_owned());
        },
    ),
    program(Register, "emoji", false, ["use an emoji", "add an emoji at the end", "use emoji"], |note| {
        note.emoji = true;
    }),
    program(
        Frame,
        "hello",
        false,
        ["open without a greeting", "skip the greeting", "no salutation"],
        |note| note.hello = None,
    ),
    program(
        Frame,
        "hello",
        false,
        ["open with 'Hi there,'", "greet with 'Hi there,'", "start with 'Hi there,'"],
        |note| {
            note.hello = Some("Hi there,".to_owned());
        },
    ),
    program(
        Frame,
        "hello",
        true,
        ["open with 'Dear colleagues,'", "greet with 'Dear colleagues,'", "begin with 'Dear colleagues,'"],
        |note| {
            note.hello = Some("Dear colleagues,".to_owned());
        },
    ),
    program(Frame, "bye", false, ["end without a sign-off", "skip the sign-off", "don't sign off"], |note| {
        note.bye = None;
    }),
    program(
        Frame,
        "bye",
        false,
        ["sign off with 'Cheers,'", "close with 'Cheers,'", "use 'Cheers,' as closing line"],
        |note| {
            note.bye = Some("Cheers,\nRobin".to_owned());
        },
    ),
    program(
        Frame,
        "bye",
        true,
        ["sign off with 'Kind regards,'", "close with 'Kind regards,'", "end with 'Kind regards,'"],
        |note| {
            note.bye = Some("Kind regards,\nRobin".to_owned());
        },
    ),
    program(Frame, "bye", true, ["sign with 'R.' only", "sign off with just 'R.'", "sign as 'R.'"], |note| {
        note.bye = Some("R.".to_owned());
    }),
];
