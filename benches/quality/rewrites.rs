//! Deterministic rewrites of real texts, each in one direction.
//!
//! Invariant: all rules are defined here; none comes from the engine's features or word lists, so the engine's
//! statements about these rewrites are its own findings.

/// A small deterministic random number generator (`SplitMix64`).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Splits a text into sentences, at a full stop, question mark or exclamation mark before a space and a capital.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        let ends = matches!(bytes[at], b'.' | b'!' | b'?')
            && text[at + 1..].starts_with(' ')
            && text[at + 2..].chars().next().is_some_and(char::is_uppercase);
        if ends {
            found.push(text[start..=at].trim().to_owned());
            start = at + 1;
        }
    }
    let rest = text[start..].trim();
    if !rest.is_empty() {
        found.push(rest.to_owned());
    }
    found
}

/// Replaces whole words and phrases, preserving an initial capital.
fn replace(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = text.to_owned();
    for (from, to) in pairs {
        let mut next = String::with_capacity(out.len());
        let mut rest = out.as_str();
        let inside = |c: char| c.is_alphanumeric() || c == '\'';
        loop {
            let lower = rest.to_ascii_lowercase();
            let Some(at) = lower.find(from) else { break };
            let end = at + from.len();
            let whole = !rest[..at]
                .chars()
                .next_back()
                .or(next.chars().next_back().filter(|_| at == 0))
                .is_some_and(inside)
                && !rest[end..].chars().next().is_some_and(inside);
            next.push_str(&rest[..at]);
            if whole {
                let capital = rest[at..].chars().next().is_some_and(char::is_uppercase);
                next.push_str(&if capital { capitalised(to) } else { (*to).to_owned() });
            } else {
                next.push_str(&rest[at..end]);
            }
            rest = &rest[end..];
        }
        next.push_str(rest);
        out = next;
    }
    out
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn uncapitalised(text: &str) -> String {
    let keeps = text.starts_with("I ")
        || text.starts_with("I'")
        || text.split(' ').next().is_some_and(|word| word.chars().skip(1).any(char::is_uppercase));
    let mut chars = text.chars();
    if keeps {
        text.to_owned()
    } else {
        chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
    }
}

const CONTRACTED: &[(&str, &str)] = &[
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("cannot", "can't"),
    ("could not", "couldn't"),
    ("will not", "won't"),
    ("it is", "it's"),
    ("that is", "that's"),
    ("i am", "I'm"),
    ("i have", "I've"),
    ("i will", "I'll"),
    ("we are", "we're"),
    ("you are", "you're"),
    ("they are", "they're"),
    ("there is", "there's"),
    ("would not", "wouldn't"),
];
const FORMAL: &[(&str, &str)] = &[
    ("get", "obtain"),
    ("got", "obtained"),
    ("help", "assist"),
    ("need", "require"),
    ("needs", "requires"),
    ("start", "commence"),
    ("started", "commenced"),
    ("buy", "purchase"),
    ("bought", "purchased"),
    ("ask", "inquire"),
    ("show", "demonstrate"),
    ("shows", "demonstrates"),
    ("use", "utilize"),
    ("used", "utilized"),
    ("kids", "children"),
    ("a lot of", "a great deal of"),
    ("lots of", "numerous"),
    ("really", "genuinely"),
    ("so", "therefore"),
    ("but", "however"),
    ("ok", "satisfactory"),
    ("guy", "gentleman"),
    ("big", "substantial"),
    ("enough", "sufficient"),
    ("tell", "inform"),
    ("about", "regarding"),
    ("stuff", "material"),
];

/// One direction of rewriting.
pub(crate) struct Rewrite {
    pub(crate) name: &'static str,
    pub(crate) apply: fn(&str, &mut Chance) -> String,
}

pub(crate) const REWRITES: &[Rewrite] = &[
    Rewrite {
        name: "formalize",
        apply: |text, _| {
            let reversed: Vec<(String, String)> = CONTRACTED
                .iter()
                .map(|(full, short)| (short.to_ascii_lowercase(), capital_i(full)))
                .collect();
            let reversed: Vec<(&str, &str)> = reversed.iter().map(|(a, b)| (&**a, &**b)).collect();
            replace(&replace(text, &reversed), FORMAL)
        },
    },
    Rewrite {
        name: "casualize",
        apply: |text, chance| {
            let plain: Vec<(&str, &str)> = FORMAL.iter().map(|(casual, formal)| (*formal, *casual)).collect();
            let mut out = replace(&replace(text, CONTRACTED), &plain);
            out = replace(
                &out,
                &[("very", "super"), ("thank you", "thanks"), ("going to", "gonna"), ("yes", "yeah")],
            );
            let mut parts = sentences(&out);
            let at = chance.below(parts.len());
            let opener = *chance.pick(&["Yeah, ", "Well, ", "Ok so ", "Honestly, "]);
            if let Some(part) = parts.get_mut(at) {
                *part = format!("{opener}{}", uncapitalised(part));
            }
            parts.join(" ")
        },
    },
    Rewrite {
        name: "shorten",
        apply: |text, chance| {
            let parts = sentences(text);
            let keep = (parts.len() / 2).max(1);
            let first = chance.below(parts.len() - keep + 1);
            parts[first..first + keep].join(" ")
        },
    },
    Rewrite {
        name: "expand",
        apply: |text, chance| {
            const MORE: [&str; 8] = [
                "There is a good deal more to say about this, and it may help to look at it from another side as well.",
                "To put the same thing in other words, the point is one that comes back in many places and in many forms.",
                "It is worth going into this at some length, because the details matter more than one would think at first.",
                "An example may help to see what this means and why it is of interest to the people who deal with it.",
                "This follows from what was said before, and it leads in turn to the next point, which builds upon it.",
                "The background to this is a longer story, parts of which are told in other places and need no repeating.",
                "Those who know the subject will recognise the pattern, while others may want to read on with some patience.",
                "All of this has to be seen together with the rest, since no part of it can be understood quite by itself.",
            ];
            let mut parts = sentences(text);
            let added = parts.len().clamp(2, 5);
            for _ in 0..added {
                let at = chance.below(parts.len() + 1);
                parts.insert(at, (*chance.pick(&MORE)).to_owned());
            }
            parts.join(" ")
        },
    },
    Rewrite {
        name: "polite",
        apply: |text, chance| {
            let open = *chance.pick(&[
                "Thank you for your time.",
                "Thanks so much for reading this.",
                "I would be grateful for your thoughts.",
            ]);
            let close = *chance.pick(&[
                "Please let me know what you think.",
                "Could you please have a look?",
                "Would you please take this into account?",
            ]);
            format!("{open} {text} {close}")
        },
    },
    Rewrite { name: "calm", apply: |text, _| text.replace('!', ".") },
    Rewrite {
        name: "split sentences",
        apply: |text, _| {
            let mut out = String::new();
            for part in sentences(text) {
                let mut rest = part.as_str();
                let joints = [", and ", ", but ", ", which ", "; ", ", so ", ", while ", ", because "];
                while let Some((at, joint)) =
                    joints.iter().filter_map(|j| rest.find(j).map(|at| (at, *j))).min()
                {
                    let head = rest[..at].trim();
                    out.push_str(head);
                    out.push_str(". ");
                    rest = &rest[at + joint.len()..];
                    if joint == ", which " {
                        out.push_str("This ");
                    } else {
                        let mut chars = rest.chars();
                        if let Some(first) = chars.next() {
                            out.extend(first.to_uppercase());
                            rest = chars.as_str();
                        }
                    }
                }
                out.push_str(rest);
                out.push(' ');
            }
            out.trim().to_owned()
        },
    },
    Rewrite {
        name: "bullets",
        apply: |text, _| {
            let parts = sentences(text);
            let items: Vec<String> =
                parts.iter().skip(1).map(|part| format!("- {}", part.trim_end_matches('.'))).collect();
            format!("{}\n\n{}", parts[0], items.join("\n"))
        },
    },
    Rewrite {
        name: "hedge",
        apply: |text, chance| {
            let parts: Vec<String> = sentences(text)
                .into_iter()
                .map(|part| {
                    let start = *chance.pick(&["Perhaps ", "It seems that ", "Maybe ", "I think ", ""]);
                    if start.is_empty() { part } else { format!("{start}{}", uncapitalised(&part)) }
                })
                .collect();
            parts.join(" ")
        },
    },
    Rewrite {
        name: "greet",
        apply: |text, chance| {
            let name = *chance.pick(&["Sam", "Ana", "Li", "Tom", "Eva", "Max", "Kim"]);
            format!("Hi {name},\n\n{text}")
        },
    },
    Rewrite {
        name: "emoji",
        apply: |text, chance| {
            let parts: Vec<String> = sentences(text)
                .into_iter()
                .enumerate()
                .map(|(at, part)| {
                    if at % 2 == 0 {
                        format!("{part} {}", chance.pick(&["😀", "🎉", "👍", "🙏", "🔥"]))
                    } else {
                        part
                    }
                })
                .collect();
            parts.join(" ")
        },
    },
    Rewrite { name: "typos put right", apply: |text, _| text.to_owned() },
];

fn capital_i(text: &str) -> String {
    text.strip_prefix("i ").map_or_else(|| text.to_owned(), |rest| format!("I {rest}"))
}

/// The draft of a rewrite: the text itself, unless the direction requires something to remove.
pub(crate) fn draft(name: &str, text: &str, chance: &mut Chance) -> String {
    match name {
        "calm" => {
            let parts: Vec<String> = sentences(text)
                .into_iter()
                .map(
                    |part| {
                        if chance.below(2) == 0 { format!("{}!", part.trim_end_matches('.')) } else { part }
                    },
                )
                .collect();
            parts.join(" ")
        }
        "typos put right" => misspell(text, chance),
        _ => text.to_owned(),
    }
}

/// Adds two to four typos: letters swapped, doubled or dropped, endings dropped; and may drop an article.
fn misspell(text: &str, chance: &mut Chance) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len())
        .filter(|at| words[*at].len() >= 5 && words[*at].bytes().all(|b| b.is_ascii_lowercase()))
        .collect();
    for _ in 0..2 + chance.below(3) {
        if long.is_empty() {
            break;
        }
        let word = &mut words[*chance.pick(&long)];
        let letters: Vec<char> = word.chars().collect();
        let at = 1 + chance.below(letters.len() - 2);
        let mut slipped = letters.clone();
        match chance.below(4) {
            0 => slipped.swap(at, at + 1),
            1 => slipped.insert(at, letters[at]),
            2 => drop(slipped.remove(at)),
            _ if word.ends_with('s') => drop(slipped.pop()),
            _ => slipped.swap(at, at + 1),
        }
        *word = slipped.into_iter().collect();
    }
    if let Some(at) =
        (0..words.len()).filter(|at| words[*at] == "the" || words[*at] == "a").nth(chance.below(3))
    {
        words.remove(at);
    }
    words.join(" ")
}
