//! Lines, paragraphs, lists, sentences; and which part of a message is the writer's own.
//!
//! Invariant: what is given back are slices of the text, in order and without overlap.

/// What a line is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing visible.
    Blank,
    /// An item of a list with bullets.
    Bullet,
    /// An item of a list with numbers.
    Numbered,
    /// A heading, marked with number signs.
    Heading,
    /// Any other line.
    Plain,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'t> {
    /// Its text without surrounding white space.
    pub text: &'t str,
    /// What it is.
    pub kind: LineKind,
}

/// The lines of a text.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().map(|line| {
        let text = line.trim();
        Line { text, kind: kind(text) }
    })
}

fn kind(line: &str) -> LineKind {
    if line.is_empty() {
        return LineKind::Blank;
    }
    if let Some(rest) = line.strip_prefix(['-', '*', '+', '•', '‣', '▪', '◦', '–', '·']) {
        return if rest.starts_with(char::is_whitespace) { LineKind::Bullet } else { LineKind::Plain };
    }
    let after_marks = line.trim_start_matches('#');
    if after_marks.len() < line.len() {
        let marks = line.len() - after_marks.len();
        let heading = marks <= 6 && after_marks.starts_with(char::is_whitespace);
        return if heading { LineKind::Heading } else { LineKind::Plain };
    }
    let after_digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - after_digits.len();
    let numbered = (1..=3).contains(&digits)
        && after_digits.strip_prefix(['.', ')']).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    if numbered { LineKind::Numbered } else { LineKind::Plain }
}

/// The paragraphs: stretches of lines that blank lines set apart.
pub fn paragraphs(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            found.extend(start.take().map(|start| text[start..at].trim()));
        } else {
            start.get_or_insert(at);
        }
        at += line.len();
    }
    found.extend(start.map(|start| text[start..].trim()));
    found
}

/// A line at least so long that does not end a sentence is taken to be wrapped.
const WRAPPED_BYTES: usize = 50;

/// The sentences. A line break ends one, too, unless the line looks wrapped. Takes linear time.
pub fn sentences(text: &str) -> Vec<&str> {
    let lower = starts_in_lower_case(text);
    let mut found = Vec::new();
    let mut open = Open::new(text);
    let mut line_start = 0;
    let mut at = 0;
    while let Some((mark, c)) = next_mark(text, at) {
        at = mark + c.len_utf8();
        if c == '\n' {
            let wrapped = mark - line_start >= WRAPPED_BYTES && text[at..].starts_with(char::is_alphanumeric);
            if !wrapped {
                found.extend(open.end(at));
            }
            line_start = at;
        } else {
            let after = at;
            let rest = &text[after..];
            at = text.len() - rest.trim_start_matches(|c| is_terminator(c) || closes(c)).len();
            let wide = matches!(c, '。' | '！' | '？' | '｡');
            let spaced = text[at..].chars().next().is_none_or(char::is_whitespace);
            let stop = c == '.' && at == after;
            if wide || spaced && !(stop && abbreviates(open.up_to(mark), rest, lower)) {
                found.extend(open.end(at));
            }
        }
    }
    found.extend(open.end(text.len()));
    found
}

/// The next line break or mark that may end a sentence, from a place on.
fn next_mark(text: &str, from: usize) -> Option<(usize, char)> {
    let mut at = from;
    loop {
        let may_be = |byte: &u8| matches!(byte, b'\n' | b'.' | b'!' | b'?' | 0x80..);
        at += text.as_bytes()[at..].iter().position(may_be)?;
        let c = text[at..].chars().next()?;
        if c == '\n' || is_terminator(c) {
            return Some((at, c));
        }
        at += c.len_utf8();
    }
}

/// A sentence that has not ended yet.
struct Open<'t> {
    text: &'t str,
    /// Where it may start: there is nothing visible between the sentence before and here.
    start: usize,
    /// Up to where there is no letter or digit.
    silent: usize,
}

impl<'t> Open<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, start: 0, silent: 0 }
    }

    /// Its visible text up to a place.
    fn up_to(&mut self, end: usize) -> &'t str {
        let text = self.text[self.start..end].trim_start();
        self.start = end - text.len();
        text
    }

    /// The sentence that ends here. Marks alone are none: they open the next.
    fn end(&mut self, end: usize) -> Option<&'t str> {
        let unheard = &self.text[self.silent..end];
        self.silent += unheard.find(char::is_alphanumeric).unwrap_or(unheard.len());
        if self.silent == end {
            return None;
        }
        let sentence = self.up_to(end).trim_end();
        (self.start, self.silent) = (end, end);
        Some(sentence)
    }
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '؟' | '۔' | '।')
}

fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）' | '*' | '_')
}

/// Whether the writer starts sentences in lower case, so that a small letter after a full stop tells of no
/// abbreviation: two full stops or more have one after them, and most of them do.
fn starts_in_lower_case(text: &str) -> bool {
    let (mut lower, mut upper) = (0, 0);
    for after in text.split('.').skip(1) {
        let first = after.trim_start().chars().next().filter(|c| c.is_alphabetic());
        lower += usize::from(first.is_some_and(char::is_lowercase));
        upper += usize::from(first.is_some_and(char::is_uppercase));
    }
    lower >= 2 && lower > upper
}

/// Whether a full stop between `before`, the sentence up to it, and `after` belongs to an abbreviation, an initial or a
/// list number; `lower` where sentences start in lower case.
fn abbreviates(before: &str, after: &str, lower: bool) -> bool {
    const ALWAYS: [&str; 12] =
        ["mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "approx", "fig", "cf"];
    let last = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let last = last.trim_start_matches(['(', '[', '"', '\'', '“', '‘']);
    let lower_follows =
        (!lower || last.contains('.')) && after.trim_start().chars().next().is_some_and(char::is_lowercase);
    let mut chars = last.chars();
    let initial = matches!((chars.next(), chars.next()), (Some(c), None) if c.is_uppercase() && c != 'I');
    let list_number = before.len() == last.len()
        && !last.is_empty()
        && last.len() <= 3
        && last.bytes().all(|b| b.is_ascii_digit());
    lower_follows || initial || list_number || ALWAYS.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// The writer's own part of a message; the whole text where that is nothing: what is all quotes is the writer's choice.
pub fn own_text(text: &str) -> String {
    own_part(text).unwrap_or_else(|| text.to_owned())
}

/// The writer's own part of a message: without quoted lines, without texts of others below what announces them
/// ("On ... wrote:", "Original Message", a mail's headers), and without the signature below a line of two hyphens or a
/// mail program's ("Sent from my ..."). `None` where nothing is left.
///
/// Below an announcement the quoted lines are another's, where there are any; else everything is.
pub(crate) fn own_part(text: &str) -> Option<String> {
    let mut own = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(line) = rest.split_inclusive('\n').next() {
        let bare = line.trim_end_matches(['\n', '\r']);
        if bare == "-- " || bare == "--" {
            break;
        }
        if let Some(length) = announcement(rest) {
            rest = &rest[length..];
            if !quotes(rest) {
                break;
            }
            continue;
        }
        rest = &rest[line.len()..];
        if !quotes(bare) && !signs(bare.trim(), rest) {
            own.push_str(line);
        }
    }
    (!own.trim().is_empty()).then_some(own)
}

/// Whether the first visible line is quoted.
fn quotes(text: &str) -> bool {
    text.trim_start().starts_with('>')
}

/// How a line that tells who wrote what follows begins, and its verb.
const ATTRIBUTIONS: [(&str, &str); 4] =
    [("On ", " wrote"), ("Am ", " schrieb"), ("Le ", " a écrit"), ("El ", " escribió")];

/// The length of the announcement of another's text that a text begins with.
fn announcement(text: &str) -> Option<usize> {
    let first = text.split_inclusive('\n').next()?;
    let (shown, after) = (first.trim(), &text[first.len()..]);
    let rule = shown.len() >= 10 && shown.bytes().all(|byte| byte == b'_');
    if separates(shown) || heads_mail(if rule { after } else { text }) {
        return Some(first.len());
    }
    let (_, verb) = ATTRIBUTIONS.iter().find(|(start, _)| shown.starts_with(start))?;
    if shown.ends_with(':') {
        return attributes(shown, verb, after).then_some(first.len());
    }
    // Mail programs wrap long ones. They have a date.
    let second = after.split_inclusive('\n').next()?;
    let dated = shown.bytes().any(|byte| byte.is_ascii_digit());
    let wrapped = dated && second.trim_end().ends_with(':') && {
        attributes(&format!("{shown} {}", second.trim()), verb, &after[second.len()..])
    };
    wrapped.then_some(first.len() + second.len())
}

/// Whether a line that ends with a colon says who wrote what comes after. What "she wrote" is the writer's own account
/// of it, unless it is quoted.
fn attributes(line: &str, verb: &str, after: &str) -> bool {
    const PRONOUNS: [&str; 16] = [
        "i", "you", "he", "she", "we", "they", "ich", "er", "sie", "wir", "il", "elle", "ils", "elles", "él",
        "ella",
    ];
    let said = line.trim_end_matches([':', ' ', '\u{a0}', '\u{202f}']);
    // In German the name comes after the verb.
    let tells = said.ends_with(verb) || verb == " schrieb" && said.contains(" schrieb ");
    let told = || said.split_whitespace().any(|word| PRONOUNS.contains(&&*word.to_lowercase()));
    tells && (quotes(after) || !told())
}

/// Whether a line sets a text apart that is another's.
fn separates(line: &str) -> bool {
    const BETWEEN_DASHES: [&str; 9] = [
        "Original Message",
        "Forwarded Message",
        "Ursprüngliche Nachricht",
        "Original-Nachricht",
        "Weitergeleitete Nachricht",
        "Message d'origine",
        "Message transféré",
        "Mensaje original",
        "Mensaje reenviado",
    ];
    const WHOLE: [&str; 4] = [
        "Begin forwarded message:",
        "Anfang der weitergeleiteten Nachricht:",
        "Début du message réexpédié :",
        "Inicio del mensaje reenviado:",
    ];
    let is_one_of = |line: &str, of: &[&str]| of.iter().any(|one| one.eq_ignore_ascii_case(line));
    let dashed = line.starts_with("--") && line.ends_with("--");
    dashed && is_one_of(line.trim_matches('-').trim(), &BETWEEN_DASHES) || is_one_of(line, &WHOLE)
}

/// Whether a text begins with the headers of a mail: whom it is from, and next to it its date and subject.
fn heads_mail(text: &str) -> bool {
    const FROM: [&str; 3] = ["From", "Von", "De"];
    const DATE: [&str; 8] = ["Sent", "Date", "Gesendet", "Datum", "Envoyé", "Enviado", "Enviado el", "Fecha"];
    const SUBJECT: [&str; 4] = ["Subject", "Betreff", "Objet", "Asunto"];
    let headers = || {
        text.lines().map(|line| line.split(':').next().unwrap_or_default().trim_matches(['*', ' ', '\u{a0}']))
    };
    let has = |names: &[&str]| {
        headers().take(8).take_while(|name| !name.is_empty()).any(|name| names.contains(&name))
    };
    headers().next().is_some_and(|name| FROM.contains(&name)) && has(&DATE) && has(&SUBJECT)
}

/// Whether a line is the signature of a mail program, with nothing of the writer's below.
fn signs(line: &str, below: &str) -> bool {
    const SIGNATURES: [(&str, &str); 6] = [
        ("Sent from my ", ""),
        ("Get Outlook for ", ""),
        ("Von meinem ", " gesendet"),
        ("Gesendet von ", ""),
        ("Envoyé de mon ", ""),
        ("Enviado desde mi ", ""),
    ];
    let ends_text = || {
        let below = below.trim_start();
        below.is_empty() || quotes(below) || announcement(below).is_some()
    };
    SIGNATURES.iter().any(|(start, end)| line.starts_with(start) && line.ends_with(end))
        && line.split_whitespace().count() <= 8
        && ends_text()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LineKind::{Blank, Bullet, Heading, Numbered, Plain};
    use super::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(
            sentences("Dr. Smith came at 3.30 p.m. and left. \"Why?\" she asked! See e.g. this... OK"),
            ["Dr. Smith came at 3.30 p.m. and left.", "\"Why?\"", "she asked!", "See e.g. this...", "OK"]
        );
        assert_eq!(sentences("你好。我很好！"), ["你好。", "我很好！"]);
        assert_eq!(sentences("Hi Sam,\nthanks\n\n- one\n- two"), ["Hi Sam,", "thanks", "- one", "- two"]);
        assert_eq!(
            sentences("This line is long enough that it was surely wrapped by\nthe mail program. Yes."),
            ["This line is long enough that it was surely wrapped by\nthe mail program.", "Yes."]
        );
        assert_eq!(sentences("... !!"), [""; 0]);
        assert_eq!(
            sentences("it rained. we left at 5 p.m. on foot. nobody saw us, e.g. the dog."),
            ["it rained.", "we left at 5 p.m. on foot.", "nobody saw us, e.g. the dog."]
        );
        assert_eq!(sentences("The dept. of parks is shut."), ["The dept. of parks is shut."]);
    }

    #[test]
    fn lines_are_told_by_their_form() {
        let kinds: Vec<LineKind> =
            lines("# Plan\n\n- one\n2) two\n*bold*\n1999. no").map(|l| l.kind).collect();
        assert_eq!(kinds, [Heading, Blank, Bullet, Numbered, Plain, Plain]);
        assert_eq!(paragraphs("a\nb\n\n \nc\n"), ["a\nb", "c"]);
    }

    #[test]
    fn quotes_and_signatures_are_not_the_writers_own() {
        assert_eq!(own_text("Yes.\n> Really?\nFine.\n-- \nSam, CEO"), "Yes.\nFine.\n");
        assert_eq!(own_text("Sure.\nOn Monday Ann wrote:\nlong"), "Sure.\n");
        assert_eq!(own_text("> only a quote"), "> only a quote");
    }

    #[test]
    fn texts_of_marks_and_spaces_take_linear_time() {
        // A minute and more each, where every mark looks back to the start.
        let half = 1 << 19;
        let spaces = " ".repeat(half);
        assert_eq!(sentences(&"! ".repeat(half)), [""; 0]);
        assert_eq!(sentences(&format!("!{}", "\n".repeat(2 * half))), [""; 0]);
        assert_eq!(sentences(&format!("{spaces}{}", "! ".repeat(half / 2))), [""; 0]);
        for line in ["\n", "On 3 she wrote:\n", "From:\n", "Sent from my x\n", "\n >"] {
            let text = line.repeat(half);
            assert!(own_text(&text).len() <= text.len());
        }
        let titles = "Mr. ".repeat(half / 4);
        assert_eq!(sentences(&format!("{spaces}{titles}")), [titles.trim_end()]);
    }

    #[test]
    fn a_forwarded_text_is_not_the_writers_own() {
        for announcement in [
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "-----Original Message-----",
            "________________________________\nFrom: Ann\nSent: Monday\nTo: Sam\nSubject: Plan",
            "*From:* Ann\n*Date:* 3 May\n*Subject:* Plan",
            "Von: Ann\nGesendet: Montag\nAn: Sam\nBetreff: Plan",
            "De : Ann\nEnvoyé : lundi\nÀ : Sam\nObjet : Plan",
            "On Mon, May 3, 2021 at 10:00 AM Ann Smith <ann@example.com> wrote:",
            "On Mon, May 3, 2021 at 10:00 AM Ann Maria Smith\n<ann@example.com> wrote:",
            "Am 3. Mai 2021 um 10:00 schrieb Ann <ann@example.com>:",
            "Am Mo., 3. Mai 2021 um 10:00 Uhr schrieb Ann Smith <\nann@example.com>:",
            "Le lun. 3 mai 2021 à 10:00, Ann <ann@example.com> a écrit\u{a0}:",
            "El lun, 3 may 2021 a las 10:00, Ann (<ann@example.com>) escribió:",
        ] {
            let forwarded = format!("Have a look.\r\n\r\n{announcement}\r\n\r\nDear Sam, no.\r\n");
            assert_eq!(own_text(&forwarded), "Have a look.\r\n\r\n", "{announcement}");
            let forwarded = format!("{announcement}\nDear Sam, no.\n");
            assert_eq!(own_part(&forwarded), None);
            assert_eq!(own_text(&forwarded), forwarded);
        }
    }

    #[test]
    fn what_is_written_below_a_quote_is_the_writers_own() {
        let text =
            "Hi,\nOn Monday Ann wrote:\n\n> Can you?\n>> No.\nYes, at five.\n> Where?\nHere.\n-- \nSam";
        assert_eq!(own_text(text), "Hi,\n\nYes, at five.\nHere.\n");
    }

    #[test]
    fn the_signature_of_a_mail_program_is_not_the_writers_own() {
        assert_eq!(own_text("Yes.\n\nSent from my iPhone\n"), "Yes.\n\n");
        assert_eq!(own_text("Yes.\nGet Outlook for iOS\n\nOn 3 May 2021 Ann wrote:\nno"), "Yes.\n\n");
        assert_eq!(own_text("Ja.\nVon meinem iPhone gesendet\n\n> Nein?"), "Ja.\n\n");
        for kept in ["Sent from my office this morning\nas you asked.", "Von meinem Bruder"] {
            let kept = format!("Hello.\n{kept}");
            assert_eq!(own_text(&kept), kept);
        }
    }

    #[test]
    fn prose_that_looks_like_an_announcement_stays() {
        for kept in [
            "On Monday she wrote: come at once. I did.",
            "On Monday she wrote:\nCome at once.\nI did.",
            "On Friday the people of the new office met, and\nin the minutes Ann wrote:\nno.",
            "The tickets:\nFrom: London\nTo: Paris\nDate: 3 May",
            "The original message was lost.\n--- the original message, I mean\nSorry.",
            "-- Original message\nis how it was called.",
            "On the table:\n- a book",
            "El libro que Ana escribió: bueno.",
        ] {
            let kept = format!("Hello.\n{kept}");
            assert_eq!(own_text(&kept), kept);
        }
    }

    proptest! {
        #[test]
        fn sentences_are_slices_in_order(text in any::<String>()) {
            let mut from = text.as_ptr() as usize;
            for sentence in sentences(&text) {
                let at = sentence.as_ptr() as usize;
                prop_assert!(at >= from);
                from = at + sentence.len();
            }
            let _ = (own_text(&text), paragraphs(&text), lines(&text).count());
        }
    }
}
